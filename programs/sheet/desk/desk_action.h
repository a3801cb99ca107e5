/* SPDX-License-Identifier: MIT */
/*
 * desk_action.h - everything that can be done with a sheet that is neither moving nor typing: one
 * table for keys, the palette, the help and the last line of the screen. So nothing depends on a
 * key that some terminal keeps for itself.
 */
#ifndef STEPPE_SHEET_DESK_ACTION_H
#define STEPPE_SHEET_DESK_ACTION_H

#include "sheet/desk/desk_model.h"

enum { DESK_KEYS_MAX = 4 };

struct desk_action {
    const char *group, *name;    /* "Edit", "Copy" */
    const char *keys;            /* as people read them: "Ctrl+C, Alt+Y"; "" none */
    const char *hint;            /* in the last line of the screen; NULL: not there */
    uint32_t key[DESK_KEYS_MAX]; /* 0: none */
    void (*run)(struct desk *desk);
};

int desk_action_count(void);
const struct desk_action *desk_action_of(int number);
/* The first of its keys, short: "^C". */
const char *desk_action_key(const struct desk_action *action);
/* Of a key; NULL: none. */
const struct desk_action *desk_action_for(uint32_t key);
/* All of them in a list; and those that are wanted most often with what is chosen. */
void desk_action_show_palette(struct desk *desk);
void desk_action_show_menu(struct desk *desk);

#endif
