/* SPDX-License-Identifier: MIT */
/*
 * explorer_children.h - from a process to one that it started, and back.
 *
 *   LOOKING --c--> CHOOSING --an entry--> LOOKING at that one; the process left is on the trail
 *   LOOKING, CHOOSING --Backspace--> LOOKING at the last of the trail
 *   CHOOSING --c, Esc, q, a click beside--> LOOKING
 *
 * The first entry is the way back where there is one, the others are the children of the capture.
 * They come and go while somebody chooses: what is chosen is a process, not a line.
 */
#ifndef STEPPE_MAP_EXPLORER_CHILDREN_H
#define STEPPE_MAP_EXPLORER_CHILDREN_H

#include "map/children.h"
#include "map/explorer.h"
#include "screen/terminal.h"

/* Children there are; not those of which nobody looked for. */
size_t explorer_children_count(const struct explorer *explorer);

/* The process that was left last; NULL: this is the first one. Good until the next command. */
const struct capture *explorer_children_origin(const struct explorer *explorer);

/* ---- choosing ---- */

/* The way back included. */
size_t explorer_children_entry_count(const struct explorer *explorer);

/* NULL: the entry is the way back. Precondition: entry < explorer_children_entry_count. */
const struct child_process *explorer_children_entry(const struct explorer *explorer, size_t entry);

/* The entry chosen; 0 as well where there is none. */
size_t explorer_children_chosen(const struct explorer *explorer);

/* Where the list lies over everything else. */
struct explorer_children_layout {
    struct screen_area frame;
    struct screen_area titles;
    struct screen_area entries; /* a row each, from entry `top` on */
    size_t top;
};

struct explorer_children_layout explorer_children_layout(const struct explorer *explorer,
                                                         int columns, int rows);

/* ---- commands: what cannot be done becomes the message ---- */

/* Begin to choose. */
void explorer_children_show(struct explorer *explorer);

/* A key or the mouse while somebody chooses, on a screen of this size. */
void explorer_children_use(struct explorer *explorer, const struct screen_event *event, int columns,
                           int rows);

/* To the process that was left last. */
void explorer_children_go_back(struct explorer *explorer);

#endif
