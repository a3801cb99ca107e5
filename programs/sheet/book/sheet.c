/* SPDX-License-Identifier: MIT */
/* sheet.c - a sheet alone: its name, its end. See book.h. */
#include <stdlib.h>
#include <string.h>

#include "sheet/book/book.h"
#include "sheet/values/fold.h"

const char *sheet_name(const struct book *book, const struct sheet *sheet)
{
    return text_bytes(book->texts, sheet->name, NULL);
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool may_stand(uint32_t character)
{
    static const char never[] = "\\/?*[]:";
    if (character < ' ' || (character >= 0x7F && character < 0xA0) || character == 0xFFFD)
        return false;
    return character >= 0x80 || !memchr(never, (int)character, sizeof never - 1);
}

static bool count_characters(const char *name, size_t name_bytes, size_t *count,
                             struct problem *problem)
{
    uint32_t character;
    *count = 0;
    for (size_t at = 0, bytes; at < name_bytes; at += bytes, ++*count) {
        bytes = fold_decode(name + at, name_bytes - at, &character);
        if (!may_stand(character))
            return problem_say(problem, "a sheet's name cannot have '%.*s' in it", (int)bytes,
                               name + at);
    }
    return true;
}

bool sheet_name_is_allowed(const char *name, size_t name_bytes, struct problem *problem)
{
    size_t count;
    if (!name_bytes)
        return problem_say(problem, "a sheet needs a name");
    if (name_bytes > 4 * SHEET_NAME_CHARACTERS_MAX)
        return problem_say(problem, "a sheet's name has at most %d characters",
                           SHEET_NAME_CHARACTERS_MAX);
    if (!count_characters(name, name_bytes, &count, problem))
        return false;
    if (count > SHEET_NAME_CHARACTERS_MAX)
        return problem_say(problem, "a sheet's name has at most %d characters, not %zu",
                           SHEET_NAME_CHARACTERS_MAX, count);
    if (name[0] == '\'' || name[name_bytes - 1] == '\'')
        return problem_say(problem, "a sheet's name cannot begin or end with '");
    return true;
}

/* ---- its end --------------------------------------------------------------------------------- */

static void drop_cells(struct book *book, const struct sheet *sheet)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        if (cell->kind == VALUE_TEXT)
            text_drop(book->texts, cell->text);
        formula_drop(book->formulas, cell->formula);
    }
}

void sheet_free(struct book *book, struct sheet *sheet)
{
    if (!sheet)
        return;
    if (sheet->grid)
        drop_cells(book, sheet);
    grid_free(sheet->grid);
    text_drop(book->texts, sheet->name);
    line_spans_free(&sheet->columns);
    line_spans_free(&sheet->rows);
    sheet_free_merges(sheet);
    free(sheet);
}
