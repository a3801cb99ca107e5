/* SPDX-License-Identifier: MIT */
/* find.c - see find.h. */
#include "sheet/edits/find.h"

#include <stdlib.h>
#include <string.h>

#include "sheet/edits/history.h"
#include "sheet/edits/rearrange.h"
#include "sheet/values/fold.h"
#include "sheet/values/number_format.h"

enum { FOLDED_BYTES = 32, PROGRESS_CELLS = 1 << 12 };

/* ---- text in text ---------------------------------------------------------------------------- */

/* Are the first characters of both the same but for case? Then the bytes of
 * each. */
static bool same_character(const char *a, size_t a_bytes, const char *b, size_t b_bytes,
                           size_t *a_step, size_t *b_step)
{
    char folded_a[FOLDED_BYTES], folded_b[FOLDED_BYTES];
    uint32_t character;
    *a_step = fold_decode(a, a_bytes, &character);
    *b_step = fold_decode(b, b_bytes, &character);
    if (*a_step == *b_step && memcmp(a, b, *a_step) == 0)
        return true;
    size_t a_length = fold_text(a, *a_step, folded_a, sizeof folded_a);
    size_t b_length = fold_text(b, *b_step, folded_b, sizeof folded_b);
    return a_length == b_length && a_length <= FOLDED_BYTES &&
           memcmp(folded_a, folded_b, a_length) == 0;
}

/* How many bytes at the start of text are what is looked for; 0: none. */
static size_t match_at(const struct find *find, const char *text, size_t text_bytes)
{
    size_t find_bytes = strlen(find->text), at = 0, step, find_step;
    if (find->match_case)
        return text_bytes >= find_bytes && memcmp(text, find->text, find_bytes) == 0 ? find_bytes
                                                                                     : 0;
    for (size_t i = 0; i < find_bytes; i += find_step, at += step)
        if (at == text_bytes || !same_character(text + at, text_bytes - at, find->text + i,
                                                find_bytes - i, &step, &find_step))
            return 0;
    return at;
}

/* The first place at start or behind; SIZE_MAX: nowhere. match_bytes: how long
 * it is there. */
static size_t match_from(const struct find *find, const char *text, size_t text_bytes, size_t start,
                         size_t *match_bytes)
{
    uint32_t character;
    if (!*find->text)
        return SIZE_MAX;
    for (size_t at = start; at < text_bytes;) {
        *match_bytes = match_at(find, text + at, text_bytes - at);
        if (*match_bytes && (!find->match_whole || (at == 0 && *match_bytes == text_bytes)))
            return at;
        if (find->match_whole)
            return SIZE_MAX;
        at += fold_decode(text + at, text_bytes - at, &character);
    }
    return SIZE_MAX;
}

static bool is_in_text(const struct find *find, const char *text, size_t text_bytes)
{
    size_t match_bytes;
    return match_from(find, text, text_bytes, 0, &match_bytes) != SIZE_MAX;
}

/* ---- text in cells --------------------------------------------------------------------------- */

static bool is_in_source(const struct book *book, const struct sheet *sheet,
                         struct position position, const struct find *find)
{
    char *source = cell_source(book, sheet, position);
    bool is_in = source && is_in_text(find, source, strlen(source));
    free(source);
    return is_in;
}

bool find_is_in(const struct book *book, const struct sheet *sheet, struct position position,
                const struct find *find)
{
    const struct cell *cell = grid_at(sheet->grid, position);
    struct formatted shown;
    size_t size_bytes;
    if (cell->kind == VALUE_TEXT && !(find->in_formulas && cell->formula)) {
        const char *text = text_bytes(book->texts, cell->text, &size_bytes);
        return is_in_text(find, text, size_bytes);
    }
    if (find->in_formulas)
        return is_in_source(book, sheet, position, find);
    if (cell->kind == VALUE_BLANK)
        return false;
    cell_show(book, sheet, position, 0, &shown);
    return is_in_text(find, shown.text, shown.text_bytes);
}

struct search {
    const struct book *book;
    const struct find *find;
    const struct progress *progress;
    uint64_t looked_count;
    bool backward, is_stopped;
};

/* In an area: the first one, or backward the last. There is no walk backward,
 * so that one goes over all that are found. */
static bool search_area(struct search *search, const struct sheet *sheet, struct area area,
                        struct place *found)
{
    struct grid_walk walk;
    bool is_found = false;
    grid_walk_begin(&walk, sheet->grid, area, GRID_BY_ROWS);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        if (++search->looked_count % PROGRESS_CELLS == 0 &&
            !progress_step(search->progress, "searching", search->looked_count, 0)) {
            search->is_stopped = true;
            return false;
        }
        if (!find_is_in(search->book, sheet, walk.position, search->find))
            continue;
        *found = (struct place){.sheet = sheet->id, .position = walk.position};
        is_found = true;
        if (!search->backward)
            return true;
    }
    return is_found;
}

/* The cells of a sheet behind a position (before it), the nearer ones first. */
static bool search_beside(struct search *search, const struct sheet *sheet,
                          struct position position, bool before, struct place *found)
{
    struct area row = {{position.row, before ? 0 : position.column + 1},
                       {position.row, before ? position.column - 1 : COLUMNS - 1}};
    struct area rows = {{before ? 0 : position.row + 1, 0},
                        {before ? position.row - 1 : ROWS - 1, COLUMNS - 1}};
    bool has_row = before ? position.column > 0 : position.column + 1 < COLUMNS;
    bool has_rows = before ? position.row > 0 : position.row + 1 < ROWS;
    bool row_first = before == search->backward;
    for (int turn = 0; turn < 2; turn++) {
        bool takes_row = (turn == 0) == row_first;
        if ((takes_row ? has_row : has_rows) &&
            search_area(search, sheet, takes_row ? row : rows, found))
            return true;
    }
    return false;
}

bool find_next(const struct book *book, const struct find *find, struct place start, bool backward,
               const struct progress *progress, struct place *found)
{
    struct search search = {.book = book, .find = find, .progress = progress, .backward = backward};
    const struct sheet *sheet = book_sheet(book, start.sheet);
    size_t place = sheet ? book_place_of(book, sheet) : SIZE_MAX;
    if (place == SIZE_MAX)
        return false;
    if (search_beside(&search, sheet, start.position, backward, found))
        return true;
    for (size_t i = 1; i < book->sheet_count && !search.is_stopped; i++) {
        size_t step = backward ? book->sheet_count - i : i;
        size_t other = (place + step) % book->sheet_count;
        if (search_area(&search, book->sheets[other], area_of_all(), found))
            return true;
    }
    if (!search.is_stopped && search_beside(&search, sheet, start.position, !backward, found))
        return true;
    return !search.is_stopped && search_area(&search, sheet, area_of_one(start.position), found);
}

uint64_t find_count(const struct book *book, const struct sheet *sheet, struct area area,
                    const struct find *find)
{
    struct grid_walk walk;
    uint64_t count = 0;
    grid_walk_begin(&walk, sheet->grid, area, GRID_AS_THEY_LIE);
    while (grid_walk_next(&walk))
        count += find_is_in(book, sheet, walk.position, find);
    return count;
}

/* ---- replacing ------------------------------------------------------------------------------- */

/* A text that grows; no text NULL: out of memory. */
struct growing {
    char *text;
    size_t length, room;
};

static bool grow(struct growing *growing, const char *text, size_t length)
{
    if (growing->room - growing->length <= length) {
        size_t room = growing->room + length + 256;
        char *larger = realloc(growing->text, room);
        if (!larger)
            return false;
        growing->text = larger;
        growing->room = room;
    }
    memcpy(growing->text + growing->length, text, length);
    growing->length += length;
    growing->text[growing->length] = '\0';
    return true;
}

/* The source with the other text in its place, from the start-th byte on. It
 * ends as too long for a cell, if it is. NULL: out of memory. */
static char *replaced(const struct find *find, const char *source, size_t start,
                      const char *replacement)
{
    struct growing result = {0};
    size_t source_bytes = strlen(source), at = start, match, match_bytes = 0;
    bool goes_on = grow(&result, source, start);
    const char *text = source + start;
    while (goes_on && result.length <= TEXT_BYTES_MAX &&
           (match = match_from(find, text, source_bytes - start, at - start, &match_bytes)) !=
               SIZE_MAX) {
        goes_on = grow(&result, source + at, match + start - at) &&
                  grow(&result, replacement, strlen(replacement));
        at = start + match + match_bytes;
    }
    if (goes_on && grow(&result, source + at, source_bytes - at))
        return result.text;
    free(result.text);
    return NULL;
}

static bool type_replaced(struct history *history, struct sheet *sheet, struct position position,
                          const char *text, struct problem *problem)
{
    struct problem why = {0};
    if (!history_note_cell(history, sheet, position))
        return rearrange_say_failed(history, problem);
    if (cell_type(history_book(history), sheet, position, text, &why))
        return true;
    if (problem)
        *problem = why;
    return problem_precede(problem, "%s, which would be %.100s: ", position_name(position, 0).text,
                           text);
}

/* A ' in front, which says that it is text, is no part of what is looked at. */
static bool replace_in_cell(struct history *history, struct sheet *sheet, struct position position,
                            const struct find *find, const char *replacement, uint64_t *count,
                            struct problem *problem)
{
    char *source = cell_source(history_book(history), sheet, position);
    if (!source)
        return problem_out_of_memory(problem);
    size_t start = source[0] == '\'';
    char *text = NULL;
    bool is_done = true;
    if (is_in_text(find, source + start, strlen(source + start))) {
        text = replaced(find, source, start, replacement);
        is_done = text ? type_replaced(history, sheet, position, text, problem)
                       : problem_out_of_memory(problem);
        ++*count;
    }
    free(text);
    free(source);
    return is_done;
}

/* Cells are typed anew after the walk has gone on to the next one: none is made
 * that was not. */
bool find_replace(struct history *history, struct sheet *sheet, struct area area,
                  const struct find *find, const char *replacement, uint64_t *count,
                  struct problem *problem)
{
    struct grid_walk walk;
    uint64_t looked_count = 0;
    *count = 0;
    if (!*find->text)
        return problem_say(problem, "there is nothing to look for");
    grid_walk_begin(&walk, sheet->grid, area, GRID_BY_COLUMNS);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        bool is_passed_over = cell->formula ? !find->in_formulas : cell->kind == VALUE_BLANK;
        if (!history_step(history, "replacing", ++looked_count, 0))
            return rearrange_say_failed(history, problem);
        if (!is_passed_over &&
            !replace_in_cell(history, sheet, walk.position, find, replacement, count, problem))
            return false;
    }
    return true;
}
