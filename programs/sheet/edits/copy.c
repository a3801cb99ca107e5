/* SPDX-License-Identifier: MIT */
/*
 * copy.c - copying an area, once or again and again: see rearrange.h.
 *
 * What is copied is read first, into an array, for the source may lie under the
 * target. Cells of the target that get nothing are emptied.
 */
#include <string.h>

#include <steppe/array.h>

#include "sheet/edits/history.h"
#include "sheet/edits/rearrange.h"

/* A cell, and where in the source it is. Texts and formulas are not held: they
 * are where they were read, or in the history. */
struct copied {
    struct position offset;
    struct cell cell;
};

struct copying {
    struct history *history;
    const struct copy *copy;
    struct copied *cells; /* a steppe_array */
    struct area target;
    uint64_t done;
};

static bool is_wanted(enum copy_what what, const struct cell *cell)
{
    if (what == COPY_FORMATS)
        return cell->style != 0;
    return what == COPY_ALL || cell->kind != VALUE_BLANK || cell->formula;
}

static bool read_source(struct copying *copying)
{
    const struct copy *copy = copying->copy;
    struct grid_walk walk;
    grid_walk_begin(&walk, copy->from->grid, copy->area, GRID_BY_COLUMNS);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        if (!is_wanted(copy->what, cell))
            continue;
        struct copied *copied = steppe_array_push(copying->cells);
        if (!copied)
            return false;
        copied->offset = (struct position){walk.position.row - copy->area.first.row,
                                           walk.position.column - copy->area.first.column};
        copied->cell = *cell;
    }
    return true;
}

/* ---- one cell -------------------------------------------------------------------------------- */

/* What the target has when the copy comes to lie on it. */
static struct cell laid_over(enum copy_what what, const struct cell *source,
                             const struct cell *target)
{
    struct cell laid = what == COPY_FORMATS ? *target : *source;
    if (what == COPY_FORMATS)
        laid.style = source->style;
    else if (what != COPY_ALL)
        laid.style = target->style;
    if (what == COPY_VALUES) {
        laid.formula = 0;
        laid.flags = 0;
    }
    return laid;
}

static bool lay_cell(struct copying *copying, const struct copied *copied, struct position position)
{
    const struct copy *copy = copying->copy;
    struct cell laid = laid_over(copy->what, &copied->cell, grid_at(copy->to->grid, position));
    return history_step(copying->history, "copying", ++copying->done, 0) &&
           history_put_cell(copying->history, copy->to, position, &laid);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* One column of the source after the other, so that the target is filled down.
 */
static bool lay_once(struct copying *copying, struct position corner)
{
    uint64_t count = steppe_array_count(copying->cells);
    for (uint64_t i = 0; i < count; i++) {
        struct position position = copying->cells[i].offset;
        position.row += corner.row;
        position.column += corner.column;
        if (area_has(copying->target, position) && !lay_cell(copying, &copying->cells[i], position))
            return false;
    }
    return true;
}

static bool lay_all(struct copying *copying)
{
    struct area area = copying->copy->area, target = copying->target;
    struct position corner;
    for (uint64_t column = target.first.column; column <= target.last.column;
         column += area_columns(area))
        for (uint64_t row = target.first.row; row <= target.last.row; row += area_rows(area)) {
            corner = (struct position){(uint32_t)row, (uint32_t)column};
            if (!lay_once(copying, corner))
                return false;
        }
    return true;
}

/* A target that gets less than it has room for is no longer than what it gets.
 */
static bool find_target(struct copying *copying, struct problem *problem)
{
    const struct copy *copy = copying->copy;
    struct area target = copy->to_area, area = copy->area;
    uint32_t rows = area_rows(area), columns = area_columns(area);
    rows = rows > area_rows(target) ? rows : area_rows(target);
    columns = columns > area_columns(target) ? columns : area_columns(target);
    if (rows > ROWS - target.first.row || columns > COLUMNS - target.first.column)
        return problem_say(problem, "from %s on there is not enough room for %s",
                           position_name(target.first, 0).text, area_name(area).text);
    target.last = (struct position){target.first.row + rows - 1, target.first.column + columns - 1};
    copying->target = target;
    return true;
}

static bool check_size(const struct copying *copying, struct problem *problem)
{
    const struct copy *copy = copying->copy;
    uint64_t count = steppe_array_count(copying->cells);
    uint64_t down = (area_rows(copying->target) - 1) / area_rows(copy->area) + 1;
    uint64_t across = (area_columns(copying->target) - 1) / area_columns(copy->area) + 1;
    uint64_t times = down * across;
    if (count && times > REARRANGE_CELLS_MAX / count)
        return problem_say(problem, "these would be more than %d cells at once",
                           REARRANGE_CELLS_MAX);
    if (copy->what == COPY_ALL && times > MERGES_MAX && sheet_meets_merge(copy->from, copy->area))
        return problem_say(problem, "these would be more than %d merged areas", MERGES_MAX);
    return true;
}

/* The source's own merges are another matter, when nothing else is there. */
static bool check_merges(const struct copying *copying, struct problem *problem)
{
    struct area common;
    for (size_t i = 0; i < copying->copy->to->merge_count; i++)
        if (area_meet(copying->copy->to->merges[i], copying->target, &common))
            return problem_say(problem, "there is a merged area, %s, where it would come to lie",
                               area_name(copying->copy->to->merges[i]).text);
    return true;
}

static bool copy_merge(struct copying *copying, struct area merge)
{
    struct area area = copying->copy->area, target = copying->target;
    for (uint64_t column = target.first.column; column <= target.last.column;
         column += area_columns(area))
        for (uint64_t row = target.first.row; row <= target.last.row; row += area_rows(area)) {
            struct area copied = {{(uint32_t)row + merge.first.row - area.first.row,
                                   (uint32_t)column + merge.first.column - area.first.column},
                                  {(uint32_t)row + merge.last.row - area.first.row,
                                   (uint32_t)column + merge.last.column - area.first.column}};
            if (area_has(target, copied.last) &&
                !history_merge(copying->history, copying->copy->to, copied))
                return false;
        }
    return true;
}

static bool copy_merges(struct copying *copying)
{
    const struct copy *copy = copying->copy;
    size_t count = copy->what == COPY_ALL ? copy->from->merge_count : 0;
    for (size_t i = 0; i < count; i++) {
        struct area merge = copy->from->merges[i];
        if (area_has(copy->area, merge.first) && area_has(copy->area, merge.last) &&
            !copy_merge(copying, merge))
            return false;
    }
    return true;
}

/* Cells that are laid over need not be emptied, when the copy leaves no gaps:
 * but who knows. */
static bool empty_target(struct copying *copying)
{
    enum copy_what what = copying->copy->what;
    return history_clear(copying->history, copying->copy->to, copying->target, NULL,
                         what != COPY_FORMATS, what == COPY_ALL || what == COPY_FORMATS);
}

static bool copies_onto_itself(const struct copying *copying)
{
    const struct copy *copy = copying->copy;
    return copy->from == copy->to && position_is(copy->area.first, copying->target.first) &&
           position_is(copy->area.last, copying->target.last);
}

bool rearrange_copy(struct history *history, const struct copy *copy, struct problem *problem)
{
    struct copying copying = {.history = history, .copy = copy};
    steppe_options memory = {.budget = history_book(history)->budget, .name = "copying"};
    if (!find_target(&copying, problem))
        return false;
    if (copies_onto_itself(&copying) && copy->what != COPY_VALUES)
        return true;
    if (!copies_onto_itself(&copying) && !check_merges(&copying, problem))
        return false;
    copying.cells = steppe_array_new(struct copied, UINT64_C(1) << 34, &memory);
    bool is_read = copying.cells && read_source(&copying);
    bool is_small = !is_read || check_size(&copying, problem);
    bool is_done =
        is_read && is_small && empty_target(&copying) && lay_all(&copying) && copy_merges(&copying);
    (void)steppe_array_free(copying.cells); /* it is one, or null */
    if (!is_small)
        return false;
    return is_done || rearrange_say_failed(history, problem);
}
