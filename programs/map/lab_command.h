/* SPDX-License-Identifier: MIT */
/*
 * lab_command.h - what keys, the mouse and words do to the lab: the model and the view of it
 * together. The words are those of scripts (docs/map-lab.md); the screen takes them behind ':'.
 */
#ifndef STEPPE_MAP_LAB_COMMAND_H
#define STEPPE_MAP_LAB_COMMAND_H

#include "map/lab.h"
#include "map/lab_view.h"
#include "screen/terminal.h"

#include <stdio.h>

struct lab_session {
    struct lab lab;
    struct lab_view view;
    bool is_ascii;   /* screens printed as text have nothing else */
    bool has_screen; /* commands that print are refused: the terminal is taken */
    FILE *output;    /* what commands print goes there; not owned */
    bool wants_quit;
};

/* One command, a line of words. Returns whether it did what was asked; else session->lab.said says
 * what was wrong and what to do, as "what; what to do". An empty line, or one that begins with '#',
 * does nothing. */
bool lab_command_run(struct lab_session *session, const char *line);

/* A key, or something the mouse did. */
void lab_command_key(struct lab_session *session, uint32_t key);
void lab_command_mouse(struct lab_session *session, const struct screen_event *event);

/* The screen as text, a line a row; false: no memory, or it cannot be written. */
bool lab_command_show(struct lab_session *session, FILE *output);

#endif
