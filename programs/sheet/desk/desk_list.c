/* SPDX-License-Identifier: MIT */
/* desk_list.c - a list to choose from: see desk_list.h. */
#include "sheet/desk/desk_list.h"

#include <stdio.h>
#include <string.h>

#include "screen/terminal.h"
#include "sheet/desk/desk_model.h"
#include "sheet/desk/desk_repeat.h"
#include "sheet/values/fold.h"

/* As snprintf, but never a part of a character at the end. */
static void copy_text(char *to, size_t room, const char *from)
{
    size_t length = strnlen(from, room);
    if (length == room) {
        length = room - 1;
        while (length > 0 && ((unsigned char)from[length] & 0xC0) == 0x80)
            length--;
    }
    memcpy(to, from, length);
    to[length] = 0;
}

void desk_list_begin(struct desk_list *list, const char *title, desk_list_taker *take)
{
    list->count = list->shown_count = list->chosen = list->top = 0;
    list->typed[0] = 0;
    list->take = take;
    list->take_typed = NULL;
    list->can_repeat = list->can_mark = false;
    copy_text(list->title, sizeof list->title, title);
}

bool desk_list_add(struct desk_list *list, int id, const char *text, const char *detail)
{
    if (list->count == DESK_ENTRIES_MAX)
        return false;
    struct desk_entry *entry = &list->entries[list->count++];
    entry->id = id;
    entry->is_marked = false;
    entry->also = NULL;
    copy_text(entry->text, sizeof entry->text, text);
    copy_text(entry->detail, sizeof entry->detail, detail ? detail : "");
    return true;
}

void desk_list_add_words(struct desk_list *list, const char *also)
{
    if (list->count > 0)
        list->entries[list->count - 1].also = also;
}

void desk_list_show(struct desk *desk)
{
    desk_list_settle(&desk->list);
    desk->mode = DESK_LISTS;
}

static bool contains(const char *text, const char *word, size_t word_bytes)
{
    char folded[2 * DESK_ENTRY_BYTES], folded_word[2 * DESK_ENTRY_BYTES];
    size_t length = fold_text(text, strlen(text), folded, sizeof folded);
    size_t word_length = fold_text(word, word_bytes, folded_word, sizeof folded_word);
    if (length == SIZE_MAX || word_length == SIZE_MAX)
        return false;
    return memmem(folded, length, folded_word, word_length) != NULL;
}

static bool fits(const struct desk_entry *entry, const char *typed)
{
    while (*typed) {
        size_t length = strcspn(typed, " ");
        if (length > 0 && !contains(entry->text, typed, length) &&
            !contains(entry->detail, typed, length) &&
            !(entry->also && contains(entry->also, typed, length)))
            return false;
        typed += length + strspn(typed + length, " ");
    }
    return true;
}

/* What is typed stands there just so: those come first. */
static bool has_phrase(const struct desk_entry *entry, const char *typed)
{
    return contains(entry->text, typed, strlen(typed));
}

void desk_list_settle(struct desk_list *list)
{
    list->shown_count = 0;
    for (size_t i = 0; i < list->count; i++)
        if (has_phrase(&list->entries[i], list->typed))
            list->shown[list->shown_count++] = (uint16_t)i;
    for (size_t i = 0; i < list->count; i++)
        if (!has_phrase(&list->entries[i], list->typed) && fits(&list->entries[i], list->typed))
            list->shown[list->shown_count++] = (uint16_t)i;
    if (list->chosen >= list->shown_count)
        list->chosen = list->shown_count ? list->shown_count - 1 : 0;
}

static void type(struct desk_list *list, uint32_t key)
{
    char bytes[SCREEN_UTF8_BYTES_MAX];
    size_t used = strlen(list->typed);
    if (key == SCREEN_KEY_BACKSPACE) {
        while (used && ((unsigned char)list->typed[--used] & 0xC0) == 0x80)
            continue;
        list->typed[used] = 0;
    } else if (key == 'U' - '@') {
        list->typed[0] = 0;
    } else if (key >= ' ' && key < SCREEN_KEY_UP) {
        size_t length = screen_encode(key, bytes);
        if (used + length >= sizeof list->typed)
            return;
        memcpy(list->typed + used, bytes, length);
        list->typed[used + length] = 0;
    } else
        return;
    list->chosen = list->top = 0;
    desk_list_settle(list);
}

/* The list may be another one afterwards: taking one may ask the next question. */
static void take(struct desk *desk, int id)
{
    desk_list_taker *taker = desk->list.take;
    bool can_repeat = desk->list.can_repeat;
    desk->mode = DESK_READY;
    if (!taker)
        return;
    desk_repeat_begin(desk);
    taker(desk, id);
    if (can_repeat)
        desk_repeat_note_choice(desk, taker, id);
}

static void take_typed(struct desk *desk)
{
    char typed[DESK_ENTRY_BYTES]; /* the list may be another one afterwards */
    memcpy(typed, desk->list.typed, sizeof typed);
    desk->mode = DESK_READY;
    desk_repeat_begin(desk);
    desk->list.take_typed(desk, typed);
}

static int chosen_id(const struct desk_list *list)
{
    return list->shown_count ? list->entries[list->shown[list->chosen]].id : -1;
}

static void move(struct desk_list *list, int64_t steps, int page)
{
    int64_t place = (int64_t)list->chosen + steps, last = (int64_t)list->shown_count - 1;
    list->chosen = (size_t)(place < 0 || last < 0 ? 0 : place > last ? last : place);
    if (list->chosen < list->top)
        list->top = list->chosen;
    if (page > 0 && list->chosen >= list->top + (size_t)page)
        list->top = list->chosen + 1 - (size_t)page;
}

void desk_list_press(struct desk *desk, uint32_t key, int page)
{
    struct desk_list *list = &desk->list;
    switch (key) {
    case SCREEN_KEY_ESCAPE:
    case 'C' - '@':
    case 'Q' - '@':
        take(desk, -1);
        return;
    case SCREEN_KEY_ENTER:
        if (list->shown_count)
            take(desk, chosen_id(list));
        else if (list->take_typed)
            take_typed(desk);
        return;
    case SCREEN_KEY_INSERT:
    case 'T' - '@':
        if (list->can_mark && list->shown_count) {
            struct desk_entry *entry = &list->entries[list->shown[list->chosen]];
            entry->is_marked = !entry->is_marked;
            move(list, 1, page);
        }
        return;
    case SCREEN_KEY_UP:
        move(list, -1, page);
        return;
    case SCREEN_KEY_DOWN:
    case SCREEN_KEY_TAB:
        move(list, 1, page);
        return;
    case SCREEN_KEY_PAGE_UP:
        move(list, -page, page);
        return;
    case SCREEN_KEY_PAGE_DOWN:
        move(list, page, page);
        return;
    case SCREEN_KEY_HOME:
        move(list, -DESK_ENTRIES_MAX, page);
        return;
    case SCREEN_KEY_END:
        move(list, DESK_ENTRIES_MAX, page);
        return;
    default:
        type(list, key);
    }
}

void desk_list_click(struct desk *desk, size_t place, bool takes)
{
    if (place >= desk->list.shown_count)
        return;
    desk->list.chosen = place;
    if (takes)
        take(desk, chosen_id(&desk->list));
}
