/* SPDX-License-Identifier: MIT */
/* record.c - see record.h. */
#include "sheet/edits/record.h"

#include <string.h>

#include <steppe/array.h>

#include "sheet/book/recalculate.h"
#include "sheet/edits/carry.h"

/* ---- cells ----------------------------------------------------------------------------------- */

static bool has_same_contents(const struct cell *a, const struct cell *b)
{
    return a->bits == b->bits && a->formula == b->formula && a->kind == b->kind;
}

static bool exchange_cell(struct book *book, struct record *record)
{
    const struct sheet *sheet = book_sheet(book, record->sheet);
    struct cell contents = record->cell;
    record->cell = *grid_at(sheet->grid, record->position);
    if (!cell_is_used(&record->cell) && !cell_is_used(&contents))
        return true;
    struct cell *cell = grid_use(sheet->grid, record->position);
    if (!cell) {
        record->cell = contents;
        return false;
    }
    *cell = contents;
    if (has_same_contents(&contents, &record->cell))
        return true;
    cell->flags &= (uint8_t)~CELL_ON_STACK;
    /* What these two are refused makes everything stale. */
    if (contents.formula) {
        cell->flags |= CELL_STALE;
        (void)recalculation_add(book->recalculation, record->sheet, record->position);
    }
    (void)recalculation_changed(book->recalculation, record->sheet, area_of_one(record->position));
    return true;
}

/* All of the run have the same formula, now as then. */
static void exchange_formula(struct book *book, struct record *record)
{
    const struct sheet *sheet = book_sheet(book, record->sheet);
    struct position position = record->run.first;
    formula_id formula = record->run.formula;
    for (uint32_t i = 0; i < record->count; i++, position.row++) {
        struct cell *cell = (struct cell *)(uintptr_t)grid_at(sheet->grid, position);
        record->run.formula = cell->formula;
        cell->formula = formula;
        cell->flags |= CELL_STALE;
    }
}

/* ---- lines, merges --------------------------------------------------------------------------- */

static bool exchange_lines(struct book *book, struct record *record)
{
    struct sheet *sheet = book_sheet(book, record->sheet);
    struct line_spans *spans = record->flags & RECORD_IS_COLUMNS ? &sheet->columns : &sheet->rows;
    struct line_span span = {.first = record->lines.first,
                             .last = record->lines.last,
                             .size = record->lines.sizes[1],
                             .is_hidden = (record->flags & RECORD_IS_HIDDEN) != 0,
                             .style = record->styles[1]};
    unsigned flags = record->flags & ~(unsigned)(RECORD_IS_HIDDEN | RECORD_WAS_HIDDEN);
    if (!line_span_set(spans, &span))
        return false;
    flags |= record->flags & RECORD_IS_HIDDEN ? RECORD_WAS_HIDDEN : 0;
    flags |= record->flags & RECORD_WAS_HIDDEN ? RECORD_IS_HIDDEN : 0;
    record->flags = (uint8_t)flags;
    record->lines.sizes[1] = record->lines.sizes[0];
    record->lines.sizes[0] = span.size;
    record->styles[1] = record->styles[0];
    record->styles[0] = span.style;
    return true;
}

static bool exchange_merge(struct book *book, struct record *record)
{
    struct sheet *sheet = book_sheet(book, record->sheet);
    bool is_done = record->flags & RECORD_IS_DONE;
    if (is_done)
        (void)sheet_unmerge(sheet, record->area); /* it is there, and alone in the area */
    else if (!sheet_merge(sheet, record->area))
        return false;
    record->flags ^= RECORD_IS_DONE;
    return true;
}

static void exchange_frozen(struct book *book, struct record *record)
{
    struct sheet *sheet = book_sheet(book, record->sheet);
    struct position frozen = record->position;
    record->position = sheet->frozen;
    sheet->frozen = frozen;
}

static void exchange_filter(struct book *book, struct record *record)
{
    struct sheet *sheet = book_sheet(book, record->sheet);
    struct area area = record->area;
    bool has_filter = record->flags & RECORD_HAS_FILTER;
    record->area = sheet->filter;
    record->flags = (uint8_t)(sheet->has_filter ? RECORD_HAS_FILTER : 0);
    sheet->filter = area;
    sheet->has_filter = has_filter;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* A name is spelled as it was defined last; one that is not defined shows in
 * formulas, too. */
static bool define(struct book *book, const struct name *old, text_id text, formula_id formula)
{
    size_t size_bytes;
    const char *bytes = text_bytes(book->texts, text, &size_bytes);
    if (formula)
        return book_define_name(book, bytes, size_bytes, old->sheet, formula) != 0;
    if (old->formula) {
        formula_hold(book->formulas, old->formula);
        if (!name_define(book->names, bytes, size_bytes, old->sheet, old->formula)) {
            formula_drop(book->formulas, old->formula);
            return false;
        }
    }
    return book_define_name(book, bytes, size_bytes, old->sheet, 0) != 0;
}

static bool exchange_name(struct book *book, struct record *record)
{
    struct name old = *name_of(book->names, record->name.number);
    text_hold(book->texts, old.text);
    formula_hold(book->formulas, old.formula);
    if (!define(book, &old, record->name.text, record->name.formula)) {
        text_drop(book->texts, old.text);
        formula_drop(book->formulas, old.formula);
        return false;
    }
    text_drop(book->texts, record->name.text);
    record->name.text = old.text;
    record->name.formula = old.formula;
    return true;
}

/* ---- lines and areas that move --------------------------------------------------------------- */

static struct shift shift_of(const struct record *record)
{
    struct shift shift = {.kind = (enum shift_kind)record->shift,
                          .sheet = record->sheet,
                          .to_sheet = record->to_sheet};
    if (shift.kind == SHIFT_MOVE) {
        shift.area = record->area;
        shift.to = record->to;
    } else {
        shift.first = record->area.first.row;
        shift.count = record->area.last.row;
    }
    return shift;
}

void record_set_shift(struct record *record, const struct shift *shift)
{
    record->sheet = shift->sheet;
    record->shift = (uint16_t)shift->kind;
    record->to_sheet = shift->to_sheet;
    if (shift->kind == SHIFT_MOVE) {
        record->area = shift->area;
        record->to = shift->to;
    } else {
        record->area.first.row = shift->first;
        record->area.last.row = shift->count;
    }
}

/* Lines that come in are what undoes lines that go. */
static enum shift_kind opposite(enum shift_kind kind)
{
    switch (kind) {
    case SHIFT_INSERT_ROWS:
        return SHIFT_DELETE_ROWS;
    case SHIFT_DELETE_ROWS:
        return SHIFT_INSERT_ROWS;
    case SHIFT_INSERT_COLUMNS:
        return SHIFT_DELETE_COLUMNS;
    case SHIFT_DELETE_COLUMNS:
        return SHIFT_INSERT_COLUMNS;
    default:
        return kind;
    }
}

static struct shift inverse_of(const struct shift *shift)
{
    struct shift inverse = *shift;
    inverse.kind = opposite(shift->kind);
    if (shift->kind != SHIFT_MOVE)
        return inverse;
    inverse.sheet = shift->to_sheet;
    inverse.to_sheet = shift->sheet;
    inverse.area.first = shift->to;
    inverse.area.last.row = shift->to.row + area_rows(shift->area) - 1;
    inverse.area.last.column = shift->to.column + area_columns(shift->area) - 1;
    inverse.to = shift->area.first;
    return inverse;
}

static bool is_insertion(const struct shift *shift)
{
    return shift->kind == SHIFT_INSERT_ROWS || shift->kind == SHIFT_INSERT_COLUMNS;
}

static bool is_of_rows(const struct shift *shift)
{
    return shift->kind == SHIFT_INSERT_ROWS || shift->kind == SHIFT_DELETE_ROWS;
}

/* Merges whose ends lie among lines that go have been taken out before: none is
 * lost or cut. */
static bool shift_merge(const struct shift *shift, struct area *merge)
{
    bool rows = is_of_rows(shift);
    uint32_t *first = rows ? &merge->first.row : &merge->first.column;
    uint32_t *last = rows ? &merge->last.row : &merge->last.column;
    uint32_t change = is_insertion(shift) ? shift->count : 0 - shift->count;
    if (*last < shift->first)
        return false;
    if (*first >= shift->first)
        *first += change;
    *last += change;
    return true;
}

/* A copy of the sheet's merges where they will be, as a steppe_array. NULL:
 * refused. */
static struct area *shifted_merges(struct book *book, const struct sheet *sheet,
                                   const struct shift *shift, bool *moves)
{
    steppe_options memory = {.budget = book->budget, .name = "merges that move"};
    struct area *merges = steppe_array_new(struct area, MERGES_MAX, &memory);
    if (!merges || !steppe_array_append(merges, sheet->merge_count)) {
        (void)steppe_array_free(merges); /* it is one, or null */
        return NULL;
    }
    *moves = false;
    for (size_t i = 0; i < sheet->merge_count; i++) {
        merges[i] = sheet->merges[i];
        *moves |= shift_merge(shift, &merges[i]);
    }
    return merges;
}

/* In place of those there are. As many as there were just now: with the limit
 * lifted nothing is refused. */
static void put_merges(struct book *book, struct sheet *sheet, const struct area *merges)
{
    uint64_t limit_bytes = carry_lift_limit(book);
    (void)sheet_unmerge(sheet, area_of_all()); /* there are some */
    for (uint64_t i = 0; i < steppe_array_count(merges); i++)
        (void)sheet_merge(sheet, merges[i]);
    carry_set_limit(book, limit_bytes);
}

static bool carry_lines(struct book *book, struct sheet *sheet, const struct shift *shift,
                        const struct progress *progress)
{
    struct area area = area_of_all();
    struct position corner = {0, 0};
    bool rows = is_of_rows(shift);
    uint32_t *first = rows ? &area.first.row : &area.first.column;
    uint32_t *last = rows ? &area.last.row : &area.last.column;
    uint32_t limit = rows ? ROWS : COLUMNS, lines_from = shift->first, lines_to = shift->first;
    if (is_insertion(shift))
        lines_to += shift->count;
    else
        lines_from += shift->count;
    if (lines_from >= limit || lines_to >= limit)
        return true;
    *first = lines_from;
    *last = limit - 1 - (is_insertion(shift) ? shift->count : 0);
    *(rows ? &corner.row : &corner.column) = lines_to;
    return carry_area(book, sheet, area, sheet, corner, progress);
}

static bool shift_lines(struct book *book, struct sheet *sheet, const struct shift *shift,
                        const struct progress *progress)
{
    struct line_spans *spans = is_of_rows(shift) ? &sheet->rows : &sheet->columns;
    int64_t count = is_insertion(shift) ? (int64_t)shift->count : -(int64_t)shift->count;
    struct area *merges = NULL;
    bool moves = false;
    if (sheet->merge_count) {
        merges = shifted_merges(book, sheet, shift, &moves);
        if (!merges)
            return false;
    }
    bool is_done = carry_lines(book, sheet, shift, progress);
    if (is_done) {
        if (moves)
            put_merges(book, sheet, merges);
        /* Spans are moved in their array: that takes no memory. */
        (void)line_spans_shift(spans, shift->first, count, is_of_rows(shift) ? ROWS : COLUMNS);
    }
    (void)steppe_array_free(merges); /* it is one, or null */
    return is_done;
}

static bool exchange_shift(struct book *book, struct record *record,
                           const struct progress *progress)
{
    struct shift shift = shift_of(record);
    if (record->flags & RECORD_IS_DONE)
        shift = inverse_of(&shift);
    struct sheet *sheet = book_sheet(book, shift.sheet);
    bool is_done = shift.kind == SHIFT_MOVE
                       ? carry_area(book, sheet, shift.area, book_sheet(book, shift.to_sheet),
                                    shift.to, progress)
                       : shift_lines(book, sheet, &shift, progress);
    if (is_done)
        record->flags ^= RECORD_IS_DONE;
    return is_done;
}

static bool exchange_order(struct book *book, struct record *record, const uint32_t *orders,
                           const struct progress *progress)
{
    struct carry_order order = {.area = record->area,
                                .order = orders + record->order_at,
                                .count = record->count,
                                .by_columns = (record->flags & RECORD_IS_COLUMNS) != 0,
                                .is_inverse = (record->flags & RECORD_IS_DONE) != 0};
    if (!carry_in_order(book, book_sheet(book, record->sheet), &order, progress))
        return false;
    record->flags ^= RECORD_IS_DONE;
    return true;
}

/* ---- sheets ---------------------------------------------------------------------------------- */

/* book_take_sheet would look for references to it, and change them: who takes a
 * sheet out by a record has records of these, too. */
static void take_out(struct book *book, struct record *record)
{
    struct sheet *sheet = book_sheet(book, record->sheet);
    size_t at = book_detach_sheet(book, sheet);
    if (record->flags & RECORD_IS_PROMISED) {
        text_hold(book->texts, sheet->name);
        book->promises[sheet->id] = (struct sheet_promise){sheet->name, sheet->private_.name_hash};
    }
    record->sheet_out = sheet;
    record->count = (uint32_t)at;
}

static bool put_in(struct book *book, struct record *record)
{
    struct sheet *sheet = record->sheet_out;
    if (!book_put_sheet(book, sheet, record->count, NULL))
        return false;
    if (record->flags & RECORD_IS_PROMISED) {
        text_drop(book->texts, book->promises[sheet->id].name);
        book->promises[sheet->id] = (struct sheet_promise){0};
    }
    record->sheet_out = NULL;
    return true;
}

static bool exchange_sheet(struct book *book, struct record *record)
{
    if (record->flags & RECORD_IS_DONE)
        take_out(book, record);
    else if (!put_in(book, record))
        return false;
    record->flags ^= RECORD_IS_DONE;
    return true;
}

static bool exchange_sheet_name(struct book *book, struct record *record)
{
    struct sheet *sheet = book_sheet(book, record->sheet);
    text_id old = sheet->name;
    text_hold(book->texts, old);
    if (!book_rename_sheet(book, sheet, text_bytes(book->texts, record->text, NULL), NULL)) {
        text_drop(book->texts, old);
        return false;
    }
    text_drop(book->texts, record->text);
    record->text = old;
    return true;
}

static bool exchange_sheet_place(struct book *book, struct record *record)
{
    struct sheet *sheet = book_sheet(book, record->sheet);
    size_t place = book_place_of(book, sheet);
    if (!book_move_sheet(book, sheet, record->count))
        return false;
    record->count = (uint32_t)place;
    return true;
}

/* ---- any ------------------------------------------------------------------------------------- */

bool record_exchange(struct book *book, struct record *record, const uint32_t *orders,
                     const struct progress *progress)
{
    switch ((enum record_kind)record->kind) {
    case RECORD_CELL:
        return exchange_cell(book, record);
    case RECORD_FORMULA:
        exchange_formula(book, record);
        return true;
    case RECORD_LINES:
        return exchange_lines(book, record);
    case RECORD_MERGE:
        return exchange_merge(book, record);
    case RECORD_FROZEN:
        exchange_frozen(book, record);
        return true;
    case RECORD_FILTER:
        exchange_filter(book, record);
        return true;
    case RECORD_NAME:
        return exchange_name(book, record);
    case RECORD_SHIFT:
        return exchange_shift(book, record, progress);
    case RECORD_ORDER:
        return exchange_order(book, record, orders, progress);
    case RECORD_SHEET:
        return exchange_sheet(book, record);
    case RECORD_SHEET_NAME:
        return exchange_sheet_name(book, record);
    case RECORD_SHEET_PLACE:
        return exchange_sheet_place(book, record);
    }
    return false;
}

void record_drop(struct book *book, struct record *record)
{
    switch ((enum record_kind)record->kind) {
    case RECORD_CELL:
        if (record->cell.kind == VALUE_TEXT)
            text_drop(book->texts, record->cell.text);
        formula_drop(book->formulas, record->cell.formula);
        break;
    case RECORD_FORMULA:
        for (uint32_t i = 0; i < record->count; i++)
            formula_drop(book->formulas, record->run.formula);
        break;
    case RECORD_NAME:
        text_drop(book->texts, record->name.text);
        formula_drop(book->formulas, record->name.formula);
        break;
    case RECORD_SHEET:
        if (!(record->flags & RECORD_IS_DONE))
            sheet_free(book, record->sheet_out);
        break;
    case RECORD_SHEET_NAME:
        text_drop(book->texts, record->text);
        break;
    default:
        break;
    }
}

bool record_restructures(const struct record *record)
{
    return record->kind == RECORD_FORMULA || record->kind == RECORD_SHIFT ||
           record->kind == RECORD_ORDER || record->kind == RECORD_SHEET;
}
