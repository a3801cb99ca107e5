/* SPDX-License-Identifier: MIT */
/* editing.h - a workbook with one sheet, and command lines for it: what tests of edits share. */
#ifndef STEPPE_TESTS_SHEET_EDITING_H
#define STEPPE_TESTS_SHEET_EDITING_H

#include <stdlib.h>
#include <string.h>

#include "sheet/edits/edit.h"
#include "sheet/values/number_format.h"
#include "support.h"

static struct book *book;
static struct edit *edit;
static struct problem problem;

static inline void open_book(void)
{
    book = book_new(STEPPE_NO_LIMIT, &problem);
    require(book && book_add_sheet(book, "Sheet1", SIZE_MAX, &problem), "%s", problem.text);
    edit = edit_new(book, NULL);
    require(edit != NULL);
}

static inline void close_book(void)
{
    edit_free(edit);
    edit_free(NULL);
    require(text_is_valid(book->texts) && formula_pool_is_valid(book->formulas));
    book_free(book);
}

static inline void does(const char *text)
{
    require(edit_line(edit, text, "Sheet1", NULL, &problem), "%s: %s", text, problem.text);
    require(!problem.text[0], "%s: %s", text, problem.text);
}

/* Several lines, to a NULL. */
static inline void do_all(const char *const *lines)
{
    for (; *lines; lines++)
        does(*lines);
}
#define DO(...) do_all((const char *const[]){__VA_ARGS__, NULL})

static inline void refused(const char *text, const char *says)
{
    size_t undo_count = edit_undo_count(edit);
    require(!edit_line(edit, text, "Sheet1", NULL, &problem), "%s is done", text);
    require(strstr(problem.text, says) != NULL, "%s: %s", text, problem.text);
    require_equal(edit_undo_count(edit), undo_count);
}

static inline struct sheet *sheet_called(const char *name)
{
    struct sheet *sheet = book_find_sheet(book, name, strlen(name));
    require(sheet != NULL);
    return sheet;
}

static inline struct position at(const char *name)
{
    struct position position;
    require_equal(position_read(name, &position, NULL), strlen(name));
    return position;
}

/* What F2 would show in a cell of Sheet1. */
static inline void source(const char *name, const char *expected)
{
    char *text = cell_source(book, sheet_called("Sheet1"), at(name));
    require(text && !strcmp(text, expected), "%s: %s, not %s", name, text, expected);
    free(text);
}

static inline void shows(const char *name, const char *expected)
{
    struct formatted shown;
    cell_show(book, sheet_called("Sheet1"), at(name), 0, &shown);
    require(!strcmp(shown.text, expected), "%s: %s, not %s", name, shown.text, expected);
}

/* Cells from one on, down or right, as they are shown, with a space between. */
static inline void line_shows(const char *name, bool across, const char *expected)
{
    char text[1024] = "";
    struct formatted shown;
    struct position position = at(name);
    size_t count = 1, length = 0;
    for (const char *c = expected; *c; c++)
        count += *c == '|';
    for (size_t i = 0; i < count; i++) {
        cell_show(book, sheet_called("Sheet1"), position, 0, &shown);
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s%s", i ? "|" : "", shown.text);
        *(across ? &position.column : &position.row) += 1;
    }
    require(!strcmp(text, expected), "%s: %s, not %s", name, text, expected);
}

static inline void undo(void)
{
    require(edit_undo(edit, NULL, NULL, &problem), "%s", problem.text);
}

static inline void redo(void)
{
    require(edit_redo(edit, NULL, NULL, &problem), "%s", problem.text);
}

#endif
