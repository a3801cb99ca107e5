/* SPDX-License-Identifier: MIT */
/*
 * desk_list.h - a list to choose from, made shorter by typing: the palette of all commands, values
 * to filter by, number formats, sheets, questions.
 *
 * Invariants after every call: the entries shown are those with every word typed in them; chosen is
 * one of them unless there are none.
 */
#ifndef STEPPE_SHEET_DESK_LIST_H
#define STEPPE_SHEET_DESK_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DESK_ENTRIES_MAX = 1024,
    DESK_ENTRY_BYTES = 128,
    DESK_DETAIL_BYTES = 40,
    DESK_TITLE_BYTES = 256
};

struct desk_entry {
    char text[DESK_ENTRY_BYTES], detail[DESK_DETAIL_BYTES];
    const char *also; /* other words it is found by, which are not shown; or NULL */
    int id;
    bool is_marked;
};

struct desk;
/* What happens with the one chosen; id -1: none was. */
typedef void desk_list_taker(struct desk *desk, int id);

/* What happens with a text that is in no entry. */
typedef void desk_list_typed_taker(struct desk *desk, const char *typed);

struct desk_list {
    char title[DESK_TITLE_BYTES];
    struct desk_entry entries[DESK_ENTRIES_MAX];
    size_t count;
    char typed[DESK_ENTRY_BYTES];
    uint16_t shown[DESK_ENTRIES_MAX];
    size_t shown_count, chosen, top; /* of those shown */
    desk_list_taker *take;
    desk_list_typed_taker *take_typed; /* NULL: only entries can be taken */
    bool can_repeat;                   /* F4 may do again what it does, without asking */
    bool can_mark; /* several can be taken: Insert marks one; whoever takes looks at is_marked */
};

/* Nothing in it yet. */
void desk_list_begin(struct desk_list *list, const char *title, desk_list_taker *take);
/* false: there are too many, it is left out. What is too long is cut at a character. */
bool desk_list_add(struct desk_list *list, int id, const char *text, const char *detail);
/* Other words for the one added last; they are kept by the caller. */
void desk_list_add_words(struct desk_list *list, const char *also);
/* After the last: shows it. */
void desk_list_show(struct desk *desk);
/* Find what is shown, after the list or what was typed was changed. */
void desk_list_settle(struct desk_list *list);
/* Move, type, choose, leave; page: entries on the screen. */
void desk_list_press(struct desk *desk, uint32_t key, int page);
void desk_list_click(struct desk *desk, size_t place, bool takes);

#endif
