/* SPDX-License-Identifier: MIT */
/*
 * terminal.h - the terminal: shows grids, and reads keys and the mouse. One at a time.
 *
 * From screen_open to screen_close the terminal is ours; it is given back on exit, and when a
 * signal ends the program.
 */
#ifndef STEPPE_SCREEN_TERMINAL_H
#define STEPPE_SCREEN_TERMINAL_H

#include "screen/grid.h"

enum screen_event_kind {
    SCREEN_NOTHING, /* time is over */
    SCREEN_KEY,
    SCREEN_MOUSE,
    SCREEN_RESIZE,
    SCREEN_PASTE, /* with options.more_keys: text that the terminal puts in, see screen_pasted */
    SCREEN_GONE   /* the terminal is */
};

/* Keys are characters, control keys those below 32, or these. */
enum screen_key {
    SCREEN_KEY_TAB = 9,
    SCREEN_KEY_ENTER = 13,
    SCREEN_KEY_ESCAPE = 27,
    SCREEN_KEY_BACKSPACE = 127,
    SCREEN_KEY_UP = 0x110000, /* no character is as large */
    SCREEN_KEY_DOWN,
    SCREEN_KEY_LEFT,
    SCREEN_KEY_RIGHT,
    SCREEN_KEY_HOME,
    SCREEN_KEY_END,
    SCREEN_KEY_PAGE_UP,
    SCREEN_KEY_PAGE_DOWN,
    SCREEN_KEY_INSERT,
    SCREEN_KEY_DELETE,
    SCREEN_KEY_BACK_TAB,
    SCREEN_KEY_SHIFT_LEFT,
    SCREEN_KEY_SHIFT_RIGHT,
    SCREEN_KEY_SHIFT_UP,
    SCREEN_KEY_SHIFT_DOWN,
    SCREEN_KEY_F1, /* F2 is SCREEN_KEY_F1 + 1 ... */
    SCREEN_KEY_F12 = SCREEN_KEY_F1 + 11,
    /* Only with options.more_keys: added to a key above, Tab, Enter, Backspace, a function key, or
     * to a character, in lower case where it is a letter. Ctrl alone and a letter is the control
     * key below 32, Shift alone and an arrow the key above, and Shift alone and a character another
     * character, but for a space. Which of them a terminal tells apart is up to it; Alt and
     * characters, and arrows, all do. */
    SCREEN_KEY_ALT = 0x200000,
    SCREEN_KEY_CTRL = 0x400000,
    SCREEN_KEY_SHIFT = 0x800000
};

enum screen_button {
    SCREEN_BUTTON_LEFT,
    SCREEN_BUTTON_RIGHT,
    SCREEN_BUTTON_DOUBLE,
    SCREEN_WHEEL_UP,
    SCREEN_WHEEL_DOWN,
    SCREEN_DRAG,
    SCREEN_BUTTON_UP
};

struct screen_event {
    enum screen_event_kind kind;
    uint32_t key;
    enum screen_button button;
    int column, row;    /* of the mouse */
    uint32_t modifiers; /* while it was used: SCREEN_KEY_SHIFT and so on; the wheel goes to the side
                         * with SHIFT, also one that does so by itself */
};

enum screen_colors { SCREEN_COLORS_AUTO, SCREEN_COLORS_NONE, SCREEN_COLORS_16, SCREEN_COLORS_256 };

struct screen_options {
    enum screen_colors colors; /* AUTO: as TERM says; none where NO_COLOR is set */
    bool ascii;                /* also where the locale has no UTF-8 */
    bool no_mouse;
    /* Arrows and the like with Shift, Ctrl and Alt, and Alt with characters, are keys of their own;
     * so are Ctrl+Z, which else stops the job, and Ctrl+H, which else is Backspace, where the
     * terminal has another one. Escape and a character that comes at once are Alt and that
     * character. */
    bool more_keys;
};

/* NULL, or why it cannot be: a sentence. */
const char *screen_open(const struct screen_options *options);

/* Why it cannot be opened here, as far as that is known before; NULL: nothing is known. */
const char *screen_why_not(void);

void screen_close(void);

/* From now on call this before a signal that nobody handles or ignores ends the program, whether or
 * not the screen is open; NULL: no more. It may only do what a signal handler may. The program then
 * dies of that signal, as its parent expects. */
void screen_on_death(void (*do_last)(void));

void screen_size(int *columns, int *rows);

/* Show a grid, which becomes ASCII where the terminal has nothing else; the cursor at a cell, or
 * hidden with a column of -1. */
void screen_show(struct screen_grid *grid, int cursor_column, int cursor_row);

/* Wait for so many milliseconds at the most; -1: for ever. */
struct screen_event screen_read(int timeout_ms);

/* What came with the last SCREEN_PASTE: UTF-8, lines end in '\n'. NULL: it was too large. */
const char *screen_pasted(void);

/* Give a text to the terminal for other programs to paste; those that cannot do nothing. false: it
 * is not that kind of terminal, or the text is longer than they take. */
bool screen_offer(const char *text, size_t size_bytes);

/* Does the locale have UTF-8, and does NO_COLOR ask for none? */
bool screen_has_utf8(void);
bool screen_wants_no_color(void);

#endif
