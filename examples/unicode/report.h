/* SPDX-License-Identifier: MIT */
/*
 * report.h - how the story looks on standard output.
 *
 * Colour and signs beyond ASCII are used only on a terminal in a UTF-8 locale; colour not when
 * NO_COLOR is set. Anything else gets plain ASCII, so a file or a pipe holds nothing but text.
 */
#ifndef UNICODE_REPORT_H
#define UNICODE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

/* Okabe and Ito's palette: its colours stay apart for colour-blind readers too. */
enum colour {
    COLOUR_NONE,
    COLOUR_ORANGE,
    COLOUR_SKY,
    COLOUR_GREEN,
    COLOUR_YELLOW,
    COLOUR_BLUE,
    COLOUR_VERMILION,
    COLOUR_PURPLE,
    COLOUR_GREY,
    COLOUR_FAINT
};

/* Look at the terminal, the locale and the environment. Call once, first. */
void report_open(void);

bool report_has_colour(void);
bool report_has_utf8(void);

/* The sign, or its ASCII stand-in. */
const char *report_sign(const char *utf8, const char *ascii);

/* Start and end a stretch of colour; empty without colour. */
const char *report_ink(enum colour colour);
const char *report_paper(enum colour colour);
const char *report_bold(void);
const char *report_plain(void);

void report_title(const char *title, const char *subtitle);
void report_chapter(unsigned number, const char *title);

void report_gap(void);

/* An indented line of prose; a figure with its name; a figure that was checked. */
void report_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void report_figure(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
void report_wrapped(const char *name, const char *text); /* broken into lines between words */
void report_check(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "37,924,864" and "36.2 MiB". The strings live in a small ring: several in one call are fine. */
const char *report_number(uint64_t number);
const char *report_bytes(uint64_t bytes);
const char *report_time(double seconds);

#endif
