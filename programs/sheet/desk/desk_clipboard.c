/* SPDX-License-Identifier: MIT */
/* desk_clipboard.c - see desk_clipboard.h. */
#include "sheet/desk/desk_clipboard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "screen/terminal.h"
#include "sheet/values/number_format.h"

enum { OFFER_BYTES_MAX = 64 << 10 };

/* ---- to others ------------------------------------------------------------------------------ */

static void put_field(FILE *stream, const char *text)
{
    if (!text[strcspn(text, "\t\n\r\"")]) {
        (void)fputs(text, stream); /* its error is asked for at the end */
        return;
    }
    (void)putc('"', stream);
    for (; *text; text++) {
        if (*text == '"')
            (void)putc('"', stream);
        (void)putc(*text, stream);
    }
    (void)putc('"', stream);
}

static void put_area(FILE *stream, const struct desk *desk, struct area area, size_t bytes_max)
{
    const struct sheet *sheet = desk_sheet(desk);
    for (uint32_t row = area.first.row; row <= area.last.row; row++)
        for (uint32_t column = area.first.column; column <= area.last.column; column++) {
            struct position position = {row, column};
            struct formatted shown = {.text = ""};
            if (cell_is_used(grid_at(sheet->grid, position)))
                cell_show(desk->book, sheet, position, 0, &shown);
            put_field(stream, shown.text);
            (void)putc(column < area.last.column ? '\t' : '\n', stream);
            if (ftello(stream) > (off_t)bytes_max)
                return;
        }
}

char *desk_clipboard_text(const struct desk *desk, struct area area, size_t bytes_max)
{
    char *text = NULL;
    size_t size_bytes = 0;
    FILE *stream = open_memstream(&text, &size_bytes);
    if (!stream)
        return NULL;
    put_area(stream, desk, area, bytes_max);
    bool is_bad = ferror(stream);
    is_bad |= fclose(stream) != 0;
    if (!is_bad && size_bytes <= bytes_max)
        return text;
    free(text);
    return NULL;
}

void desk_clipboard_offer(const struct desk *desk)
{
    char *text = desk_clipboard_text(desk, desk_selection_used(desk), OFFER_BYTES_MAX);
    if (text)
        (void)screen_offer(text, strlen(text)); /* within the program it is copied all the same */
    free(text);
}

/* ---- from others ---------------------------------------------------------------------------- */

/* A field, from text on, without its quotes, with a 0; returns where it ends: at a tab, at a line's
 * end, or at the text's. field has room for all of text. */
static const char *read_field(const char *text, char *field)
{
    bool is_quoted = *text == '"';
    text += is_quoted;
    while (*text && (is_quoted || (*text != '\t' && *text != '\n'))) {
        if (is_quoted && *text == '"' && *++text != '"') {
            is_quoted = false;
            continue;
        }
        *field++ = *text++;
    }
    *field = 0;
    return text;
}

struct pasting {
    struct desk *desk;
    const struct progress *progress;
    struct position corner, at;
    struct area area; /* of what was typed so far */
    uint64_t count;
    struct problem problem;
};

static bool type_field(struct pasting *pasting, char *field)
{
    char name[4 * SHEET_NAME_CHARACTERS_MAX + 1];
    struct desk *desk = pasting->desk;
    const struct sheet *sheet = desk_sheet(desk);
    if (pasting->at.row >= ROWS || pasting->at.column >= COLUMNS)
        return problem_say(&pasting->problem, "there is no room for it: the sheet ends");
    if (pasting->at.row > pasting->area.last.row)
        pasting->area.last.row = pasting->at.row;
    if (pasting->at.column > pasting->area.last.column)
        pasting->area.last.column = pasting->at.column;
    if (!*field && !cell_is_used(grid_at(sheet->grid, pasting->at)))
        return true;
    snprintf(name, sizeof name, "%s", sheet_name(desk->book, sheet));
    struct command command = {
        .kind = COMMAND_TYPE, .sheet = name, .text = field, .area = area_of_one(pasting->at)};
    return progress_step(pasting->progress, "pasting", ++pasting->count, 0) &&
           edit_do(desk->edit, &command, pasting->progress, NULL, &pasting->problem);
}

static bool type_table(struct pasting *pasting, const char *text, char *field)
{
    while (*text) {
        text = read_field(text, field);
        if (!type_field(pasting, field))
            return false;
        pasting->at.column++;
        if (*text == '\n') {
            pasting->at.row++;
            pasting->at.column = pasting->corner.column;
        }
        text += *text != 0;
    }
    return true;
}

static void type_at_cursor(struct desk *desk, const char *text, char *field)
{
    struct pasting pasting = {.desk = desk,
                              .progress = desk_begin_work(desk, "pasting"),
                              .corner = desk_cursor(desk),
                              .at = desk_cursor(desk),
                              .area = area_of_one(desk_cursor(desk))};
    size_t steps = edit_undo_count(desk->edit);
    desk_begin_step(desk);
    bool is_done = type_table(&pasting, text, field);
    desk_end_work(desk);
    bool is_computed = desk_end_step(desk);
    if (!is_done && edit_undo_count(desk->edit) > steps)
        (void)edit_undo(desk->edit, NULL, NULL, NULL); /* what there was has room */
    desk_changed(desk);
    if (!is_done) {
        desk_say(desk, true, "nothing is pasted: %s",
                 pasting.problem.text[0] ? pasting.problem.text : "it was stopped");
        return;
    }
    desk_select(desk, pasting.area, DESK_CELLS);
    if (is_computed)
        desk_say(desk, false, "%s %s pasted", human_count(pasting.count).text,
                 pasting.count == 1 ? "cell is" : "cells are");
}

static void type_on(struct desk *desk, const char *text, char *copy)
{
    bool keeps_lines = desk->mode == DESK_ENTERS || desk->mode == DESK_EDITS;
    size_t used = 0;
    for (; *text; text++)
        if ((unsigned char)*text >= ' ' && *text != 127)
            copy[used++] = *text;
        else if (*text == '\t' || *text == '\n')
            copy[used++] = *text == '\n' && keeps_lines ? '\n' : ' ';
    while (used > 0 && copy[used - 1] == '\n')
        used--;
    copy[used] = 0;
    if (desk->mode == DESK_ASKS && desk->is_proposed)
        formula_line_begin(&desk->line, "");
    desk->is_proposed = false;
    formula_line_insert(&desk->line, copy);
    if (desk->line.is_refused)
        desk_say(desk, true, "there is no room for so much text");
}

void desk_clipboard_paste(struct desk *desk, const char *text)
{
    char *room = text ? malloc(strlen(text) + 1) : NULL;
    if (!room) {
        desk_say(desk, true, text ? "out of memory" : "that is too much to be pasted");
        return;
    }
    if (desk->mode == DESK_READY)
        type_at_cursor(desk, text, room);
    else if (desk->mode == DESK_ENTERS || desk->mode == DESK_EDITS || desk->mode == DESK_ASKS)
        type_on(desk, text, room);
    free(room);
}
