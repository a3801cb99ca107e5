/* SPDX-License-Identifier: MIT */
/*
 * carry.c - see carry.h.
 *
 * An area with more than PIECE_CELLS is halved, and the half that lies in the
 * direction of the move is moved first, so that none is laid over another that
 * is still to be moved. A piece is taken out into a buffer and put down at its
 * new places.
 */
#include "sheet/edits/carry.h"

#include <steppe/array.h>

enum { PIECE_CELLS = 1 << 16, PIECE_ROWS = 4096 };

/* A cell, and where it was. */
struct carried {
    struct position position;
    struct cell cell;
};

struct carry {
    struct book *book;
    struct grid *from, *to;
    struct carried *buffer; /* a steppe_array */
    const struct progress *progress;
    uint64_t done, total;
    /* Where a cell goes: so far down and right; or by a list of the lines' new
     * places. */
    int64_t down, right;
    const uint32_t *places, *places_back;
    struct area area; /* of the list */
    uint32_t place_count;
    bool by_columns;
};

uint64_t carry_lift_limit(struct book *book)
{
    uint64_t limit_bytes = steppe_budget_limit_bytes(book->budget);
    (void)steppe_budget_set_limit(book->budget, STEPPE_NO_LIMIT); /* it is a living one */
    return limit_bytes;
}

void carry_set_limit(struct book *book, uint64_t limit_bytes)
{
    (void)steppe_budget_set_limit(book->budget, limit_bytes); /* it is a living one */
}

/* ---- one piece ------------------------------------------------------------------------------- */

static uint32_t place_of(const struct carry *carry, uint32_t line, uint32_t first)
{
    return line - first < carry->place_count ? first + carry->places[line - first] : line;
}

static struct position goal(const struct carry *carry, struct position position)
{
    if (!carry->places)
        return (struct position){(uint32_t)(position.row + carry->down),
                                 (uint32_t)(position.column + carry->right)};
    if (carry->by_columns)
        position.column = place_of(carry, position.column, carry->area.first.column);
    else
        position.row = place_of(carry, position.row, carry->area.first.row);
    return position;
}

/* Where an area's cells come to lie: lines that change places do so within it.
 */
static struct area goal_area(const struct carry *carry, struct area area)
{
    if (carry->places)
        return area;
    return (struct area){goal(carry, area.first), goal(carry, area.last)};
}

static bool fill_buffer(struct carry *carry, struct area area)
{
    struct grid_walk walk;
    (void)steppe_array_resize(carry->buffer, 0); /* fewer are never refused */
    grid_walk_begin(&walk, carry->from, area, GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        struct carried *carried = steppe_array_push(carry->buffer);
        if (!carried)
            return false;
        *carried = (struct carried){walk.position, *cell};
    }
    return true;
}

static void empty_area(const struct carry *carry, struct area area)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, carry->from, area, GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;)
        *(struct cell *)(uintptr_t)cell = (struct cell){.bits = 0};
}

/* The first count cells of the buffer are at their goals: back with all of
 * them. */
static void put_back(const struct carry *carry, uint64_t count)
{
    uint64_t all = steppe_array_count(carry->buffer);
    for (uint64_t i = 0; i < count; i++)
        *(struct cell *)(uintptr_t)grid_at(carry->to, goal(carry, carry->buffer[i].position)) =
            (struct cell){.bits = 0};
    uint64_t limit_bytes = carry_lift_limit(carry->book);
    for (uint64_t i = 0; i < all; i++) {
        struct cell *cell = grid_use(carry->from, carry->buffer[i].position);
        if (cell) /* it was there a moment ago, and no limit is left */
            *cell = carry->buffer[i].cell;
    }
    carry_set_limit(carry->book, limit_bytes);
}

static bool carry_piece(struct carry *carry, struct area area)
{
    if (!fill_buffer(carry, area))
        return false;
    empty_area(carry, area);
    uint64_t count = steppe_array_count(carry->buffer);
    for (uint64_t i = 0; i < count; i++) {
        struct cell *cell = grid_use(carry->to, goal(carry, carry->buffer[i].position));
        if (!cell) {
            put_back(carry, i);
            return false;
        }
        *cell = carry->buffer[i].cell;
    }
    carry->done += count;
    return true;
}

/* ---- pieces after another -------------------------------------------------------------------- */

/* Is there no more than so much? */
static bool is_small(const struct carry *carry, struct area area)
{
    struct grid_walk walk;
    uint64_t count = 0;
    grid_walk_begin(&walk, carry->from, area, GRID_AS_THEY_LIE);
    while (count <= PIECE_CELLS && grid_walk_next(&walk))
        count++;
    return count <= PIECE_CELLS;
}

/* Lines that change places stay together: what is halved is the other way. */
static bool halves_rows(const struct carry *carry, struct area area)
{
    if (carry->places)
        return carry->by_columns;
    return area_rows(area) > PIECE_ROWS || area_columns(area) == 1;
}

/* The half to be moved first, and the other. false: there is nothing to halve.
 */
static bool halve(const struct carry *carry, struct area area, struct area halves[2])
{
    bool rows = halves_rows(carry, area);
    uint32_t first = rows ? area.first.row : area.first.column;
    uint32_t last = rows ? area.last.row : area.last.column;
    uint32_t middle = first + (last - first) / 2;
    if (first == last)
        return false;
    if (rows && middle - first >= GRID_TILE_ROWS)
        middle |= GRID_TILE_ROWS - 1;
    bool is_backward = (rows ? carry->down : carry->right) > 0;
    struct area *low = &halves[is_backward], *high = &halves[!is_backward];
    *low = *high = area;
    *(rows ? &low->last.row : &low->last.column) = middle;
    *(rows ? &high->first.row : &high->first.column) = middle + 1;
    return true;
}

static bool carry_all(struct carry *carry, struct area area);

static void carry_back(const struct carry *carry, struct area area)
{
    struct carry back = *carry;
    back.from = carry->to;
    back.to = carry->from;
    back.down = -carry->down;
    back.right = -carry->right;
    back.places = carry->places_back;
    back.progress = NULL;
    uint64_t limit_bytes = carry_lift_limit(carry->book);
    (void)carry_all(&back, goal_area(carry, area)); /* no limit is left */
    carry_set_limit(carry->book, limit_bytes);
}

/* false: nothing has been moved. The depth is that of halving a grid: 34. */
static bool carry_all(struct carry *carry, struct area area)
{
    struct area halves[2];
    if (is_small(carry, area) || !halve(carry, area, halves))
        return progress_step(carry->progress, "moving cells", carry->done, carry->total) &&
               carry_piece(carry, area);
    if (!carry_all(carry, halves[0]))
        return false;
    if (carry_all(carry, halves[1]))
        return true;
    carry_back(carry, halves[0]);
    return false;
}

static bool begin(struct carry *carry)
{
    steppe_options memory = {.budget = carry->book->budget, .name = "cells that move"};
    carry->buffer = steppe_array_new(struct carried, UINT64_C(1) << 32, &memory);
    return carry->buffer != NULL;
}

static void end(struct carry *carry)
{
    (void)steppe_array_free(carry->buffer); /* it is one, or null */
}

/* ---- for others ------------------------------------------------------------------------------ */

bool carry_area(struct book *book, struct sheet *from, struct area area, struct sheet *to,
                struct position corner, const struct progress *progress)
{
    struct carry carry = {.book = book,
                          .from = from->grid,
                          .to = to->grid,
                          .progress = progress,
                          .down = (int64_t)corner.row - area.first.row,
                          .right = (int64_t)corner.column - area.first.column};
    struct area extent, used;
    if (!grid_extent(from->grid, &extent) || !area_meet(extent, area, &used))
        return true;
    if (!begin(&carry))
        return false;
    carry.total = progress ? grid_count(from->grid, used) : 0;
    bool is_done = carry_all(&carry, used);
    end(&carry);
    return is_done;
}

/* A list of places read the other way round: a steppe_array. NULL: refused. */
static uint32_t *turned_round(struct book *book, const uint32_t *places, uint32_t count)
{
    steppe_options memory = {.budget = book->budget, .name = "lines that move"};
    uint32_t *turned = steppe_array_new(uint32_t, ROWS, &memory);
    if (!turned || !steppe_array_append(turned, count)) {
        (void)steppe_array_free(turned); /* it is one, or null */
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++)
        turned[places[i]] = i;
    return turned;
}

bool carry_in_order(struct book *book, struct sheet *sheet, const struct carry_order *order,
                    const struct progress *progress)
{
    struct carry carry = {.book = book,
                          .from = sheet->grid,
                          .to = sheet->grid,
                          .progress = progress,
                          .area = order->area,
                          .place_count = order->count,
                          .by_columns = order->by_columns};
    struct area extent, used;
    if (!order->count || !grid_extent(sheet->grid, &extent) ||
        !area_meet(extent, order->area, &used))
        return true;
    uint32_t *turned = turned_round(book, order->order, order->count);
    if (!turned)
        return false;
    /* order says where each line comes from; places, where it goes to. */
    carry.places = order->is_inverse ? order->order : turned;
    carry.places_back = order->is_inverse ? turned : order->order;
    bool is_done = begin(&carry);
    if (is_done) {
        carry.total = progress ? grid_count(sheet->grid, used) : 0;
        is_done = carry_all(&carry, used);
        end(&carry);
    }
    (void)steppe_array_free(turned); /* it is one */
    return is_done;
}
