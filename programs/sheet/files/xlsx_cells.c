/* SPDX-License-Identifier: MIT */
/*
 * xlsx_cells.c - rows and cells of XLSX: see xlsx_cells.h.
 *
 * <row r="5" ht="30" customHeight="1">
 *   <c r="B5" s="3" t="s"> <f>A1+1</f> <v>12</v> </c>
 *   <c r="C5" t="inlineStr"> <is> <t>text</t> </is> </c>
 *
 * Places may be left out: then a row follows the one before, and so does a cell. Cells may come in
 * any order, and twice: the last one counts.
 *
 * A shared formula stands with its number in the first cell that has it; the others have the number
 * alone. Formulas are kept relative to their cell, so all of them hold the same one.
 */
#include "sheet/files/xlsx_cells.h"

#include <stdlib.h>
#include <string.h>

#include <steppe/array.h>

#include "sheet/book/gather.h"
#include "sheet/files/xlsx_references.h"
#include "sheet/files/xml.h"
#include "sheet/values/iso_time.h"

enum { SHARED_MAX = 1 << 22 };
static const formula_id NOT_READABLE = UINT32_MAX; /* a shared formula of which that is said */

enum cell_type {
    TYPE_NUMBER,
    TYPE_SHARED,
    TYPE_TEXT,
    TYPE_INLINE,
    TYPE_TRUTH,
    TYPE_ERROR,
    TYPE_DATE
};
enum formula_type { FORMULA_NONE, FORMULA_PLAIN, FORMULA_SHARED, FORMULA_ARRAY, FORMULA_TABLE };
enum depth { DEPTH_ROW = 1, DEPTH_CELL, DEPTH_PART, DEPTH_INLINE };

/* Kinds of losses that may be many: counted here, told at the end. */
enum loss_kind {
    LOSS_OUTSIDE = XLSX_STYLE_LOSSES,
    LOSS_NO_STYLE,
    LOSS_NO_TEXT,
    LOSS_NO_NUMBER,
    LOSS_ERROR,
    LOSS_CUT,
    LOSS_RUNS,
    LOSS_SHARED,
    LOSS_ARRAY,
    LOSS_TABLE,
    LOSS_GROUP,
    LOSS_KINDS
};

struct loss_count {
    uint64_t count;
    struct position first;
};

struct formula_read {
    enum formula_type type;
    int64_t number; /* of a shared one; -1: none */
    bool has_area;  /* the first one of a shared formula */
    bool is_wide;   /* an array formula of several cells */
};

struct xlsx_cells {
    struct arrival *arrival;
    const struct xlsx_strings *strings;
    const struct xlsx_style_list *styles;
    const struct xlsx_tables *tables;
    struct sheet *sheet;
    unsigned depth;
    /* The row, and its next cell where it has no place of its own. Both may lie outside. */
    int64_t row, column;
    style_id row_style;
    /* The cell. */
    struct position position;
    bool is_outside, has_value, is_in_phonetic;
    enum cell_type type;
    struct xlsx_style style;
    struct formula_read formula;
    struct gather *target; /* where text goes now, or NULL */
    struct gather value, formula_text;
    formula_id *shared; /* by number, held; 0: not there yet */
    struct loss_count losses[LOSS_KINDS];
};

static const char *loss_name(unsigned kind)
{
    static const char *const names[] = {
        [LOSS_OUTSIDE - XLSX_STYLE_LOSSES] = "cells outside of the grid",
        [LOSS_NO_STYLE - XLSX_STYLE_LOSSES] = "cells with a style that is missing",
        [LOSS_NO_TEXT - XLSX_STYLE_LOSSES] = "cells with a text that is missing",
        [LOSS_NO_NUMBER - XLSX_STYLE_LOSSES] = "numbers that cannot be read",
        [LOSS_ERROR - XLSX_STYLE_LOSSES] = "errors of kinds that are not known",
        [LOSS_CUT - XLSX_STYLE_LOSSES] = "texts beyond 32,767 characters",
        [LOSS_RUNS - XLSX_STYLE_LOSSES] = "texts in several formats",
        [LOSS_SHARED - XLSX_STYLE_LOSSES] = "shared formulas that are missing",
        [LOSS_ARRAY - XLSX_STYLE_LOSSES] = "array formulas of several cells",
        [LOSS_TABLE - XLSX_STYLE_LOSSES] = "data tables",
        [LOSS_GROUP - XLSX_STYLE_LOSSES] = "rows in groups",
    };
    return kind < XLSX_STYLE_LOSSES ? xlsx_style_loss_name(kind) : names[kind - XLSX_STYLE_LOSSES];
}

static void lose(struct xlsx_cells *cells, unsigned kind)
{
    if (cells->losses[kind].count++ == 0)
        cells->losses[kind].first = cells->position;
}

/* ---- life ------------------------------------------------------------------------------------ */

struct xlsx_cells *xlsx_cells_new(const struct xlsx_cells_options *options)
{
    struct xlsx_cells *cells = calloc(1, sizeof *cells);
    steppe_options memory = {.budget = options->arrival->book->budget, .name = "shared formulas"};
    if (!cells) {
        (void)problem_out_of_memory(options->arrival->problem);
        return NULL;
    }
    cells->arrival = options->arrival;
    cells->strings = options->strings;
    cells->styles = options->styles;
    cells->tables = options->tables;
    cells->sheet = options->sheet;
    cells->row = -1;
    cells->shared = steppe_array_new(formula_id, SHARED_MAX, &memory);
    if (cells->shared)
        return cells;
    (void)arrival_say_refused(options->arrival);
    free(cells);
    return NULL;
}

static void tell_losses(const struct xlsx_cells *cells)
{
    char where[ARRIVAL_WHERE_BYTES];
    for (unsigned kind = 0; kind < LOSS_KINDS; kind++) {
        const struct loss_count *loss = &cells->losses[kind];
        if (!loss->count)
            continue;
        arrival_where(cells->arrival, cells->sheet, loss->first, where);
        losses_add_many(cells->arrival->losses, loss_name(kind),
                        kind == LOSS_OUTSIDE ? sheet_name(cells->arrival->book, cells->sheet)
                                             : where,
                        loss->count);
    }
}

void xlsx_cells_end(struct xlsx_cells *cells)
{
    if (!cells)
        return;
    tell_losses(cells);
    for (uint64_t i = 0; i < steppe_array_count(cells->shared); i++)
        if (cells->shared[i] != NOT_READABLE)
            formula_drop(cells->arrival->book->formulas, cells->shared[i]);
    (void)steppe_array_free(cells->shared); /* ours: nothing can fail */
    free(cells);
}

/* ---- places and styles ----------------------------------------------------------------------- */

/* "XFD1048576". Beyond the grid they are still told apart from what is none. */
static bool read_place(const char *text, int64_t *row, int64_t *column)
{
    enum { LETTERS_MAX = 6, DIGITS_MAX = 10 };
    unsigned letter_count = 0, digit_count = 0;
    *row = *column = 0;
    for (; (*text | 32) >= 'a' && (*text | 32) <= 'z' && letter_count < LETTERS_MAX; letter_count++)
        *column = *column * 26 + ((*text++ | 32) - 'a' + 1);
    for (; *text >= '0' && *text <= '9' && digit_count < DIGITS_MAX; digit_count++)
        *row = *row * 10 + (*text++ - '0');
    --*column;
    --*row;
    return letter_count && digit_count && !*text;
}

static bool is_in_grid(int64_t row, int64_t column)
{
    return row >= 0 && row < ROWS && column >= 0 && column < COLUMNS;
}

static struct xlsx_style style_of_number(struct xlsx_cells *cells, const char *text)
{
    uint64_t number = 0;
    for (; *text >= '0' && *text <= '9' && number < UINT32_MAX; text++)
        number = number * 10 + (uint64_t)(*text - '0');
    if (!*text && number < cells->styles->count)
        return cells->styles->styles[number];
    if (number || *text)
        lose(cells, LOSS_NO_STYLE);
    return (struct xlsx_style){0};
}

/* ---- rows ------------------------------------------------------------------------------------ */

static double height_of(const char *const *attributes)
{
    enum { POINTS_MAX = 409 };
    const char *text = xml_attribute(attributes, "ht");
    double points = 0;
    if (!text || !xml_truth(attributes, "customHeight", false) ||
        !value_parse_number(text, strlen(text), &points) || !(points > 0))
        return 0;
    return points < POINTS_MAX ? points : POINTS_MAX;
}

static bool start_row(struct xlsx_cells *cells, const char *const *attributes)
{
    int64_t number = xml_number(attributes, "r", cells->row + 2);
    cells->row = number < 1 ? -1 : number > ROWS ? ROWS : number - 1;
    cells->column = -1;
    cells->row_style = 0;
    if (cells->row < 0 || cells->row >= ROWS)
        return true; /* its cells are told */
    const char *style = xml_attribute(attributes, "s");
    cells->position = (struct position){.row = (uint32_t)cells->row};
    if (style && xml_truth(attributes, "customFormat", false))
        cells->row_style = style_of_number(cells, style).style;
    if (xml_number(attributes, "outlineLevel", 0) > 0)
        lose(cells, LOSS_GROUP);
    struct line_span span = {.first = (uint32_t)cells->row,
                             .last = (uint32_t)cells->row,
                             .size = height_of(attributes),
                             .is_hidden = xml_truth(attributes, "hidden", false),
                             .style = cells->row_style};
    bool is_usual = span.size == 0 && !span.is_hidden && !span.style;
    if (is_usual && !line_span_at(&cells->sheet->rows, span.first))
        return true;
    return line_span_set(&cells->sheet->rows, &span) || arrival_say_refused(cells->arrival);
}

/* ---- what a cell is made of ------------------------------------------------------------------ */

static enum cell_type type_of(const char *text)
{
    static const struct {
        const char *name;
        enum cell_type type;
    } types[] = {{"s", TYPE_SHARED},         {"str", TYPE_TEXT}, {"b", TYPE_TRUTH},
                 {"inlineStr", TYPE_INLINE}, {"e", TYPE_ERROR},  {"d", TYPE_DATE}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(text, types[i].name) == 0)
            return types[i].type;
    return TYPE_NUMBER;
}

static void start_cell(struct xlsx_cells *cells, const char *const *attributes)
{
    int64_t row = cells->row, column = cells->column + 1;
    const char *style = NULL;
    cells->type = TYPE_NUMBER;
    for (; *attributes; attributes += 2) {
        const char *name = attributes[0];
        if (name[0] == 'r' && !name[1]) {
            if (!read_place(attributes[1], &row, &column))
                row = -1;
        } else if (name[0] == 's' && !name[1]) {
            style = attributes[1];
        } else if (name[0] == 't' && !name[1]) {
            cells->type = type_of(attributes[1]);
        }
    }
    cells->is_outside = !is_in_grid(row, column);
    if (!cells->is_outside) {
        cells->column = column;
        cells->position = (struct position){.row = (uint32_t)row, .column = (uint32_t)column};
    }
    cells->style = style
                       ? style_of_number(cells, style)
                       : (cells->styles->count ? cells->styles->styles[0] : (struct xlsx_style){0});
    cells->has_value = false;
    cells->formula.type = FORMULA_NONE;
    gather_clear(&cells->value);
}

static enum formula_type formula_type_of(const char *text)
{
    if (!text)
        return FORMULA_PLAIN;
    if (strcmp(text, "shared") == 0)
        return FORMULA_SHARED;
    if (strcmp(text, "array") == 0)
        return FORMULA_ARRAY;
    return strcmp(text, "dataTable") == 0 ? FORMULA_TABLE : FORMULA_PLAIN;
}

static void start_formula(struct xlsx_cells *cells, const char *const *attributes)
{
    const char *reference = xml_attribute(attributes, "ref");
    struct area area;
    cells->formula = (struct formula_read){.type = formula_type_of(xml_attribute(attributes, "t")),
                                           .number = xml_number(attributes, "si", -1),
                                           .has_area = reference != NULL,
                                           .is_wide = reference && area_parse(reference, &area) &&
                                                      !area_is_one(area)};
    gather_clear(&cells->formula_text);
    cells->target = &cells->formula_text;
}

static void start_part(struct xlsx_cells *cells, const char *name, const char *const *attributes)
{
    if (name[0] == 'v' && !name[1]) {
        cells->has_value = true;
        cells->target = &cells->value;
    } else if (name[0] == 'f' && !name[1]) {
        start_formula(cells, attributes);
    }
}

static void start_inline(struct xlsx_cells *cells, const char *name)
{
    if (strcmp(name, "t") == 0 && !cells->is_in_phonetic && cells->type == TYPE_INLINE) {
        cells->has_value = true;
        cells->target = &cells->value;
    } else if (strcmp(name, "rPh") == 0) {
        cells->is_in_phonetic = true;
    } else if (strcmp(name, "rPr") == 0) {
        lose(cells, LOSS_RUNS);
    }
}

bool xlsx_cells_on_start(struct xlsx_cells *cells, const char *name, const char *const *attributes)
{
    cells->target = NULL;
    switch (++cells->depth) {
    case DEPTH_ROW:
        return start_row(cells, attributes);
    case DEPTH_CELL:
        cells->is_in_phonetic = false;
        start_cell(cells, attributes);
        break;
    case DEPTH_PART:
        start_part(cells, name, attributes);
        break;
    default:
        start_inline(cells, name);
        break;
    }
    return true;
}

void xlsx_cells_on_text(struct xlsx_cells *cells, const char *text, size_t text_bytes)
{
    if (cells->target)
        gather_add(cells->target, text, text_bytes);
}

/* ---- formulas -------------------------------------------------------------------------------- */

/* false: refused. *formula is the caller's to drop; 0: it cannot be read. */
static bool parse(struct xlsx_cells *cells, formula_id *formula)
{
    struct value text = gather_trimmed(&cells->formula_text);
    struct xlsx_tables_place place = {cells->sheet, cells->position};
    char *resolved;
    if (!xlsx_references_resolve(cells->arrival, cells->tables, &place, text, &resolved))
        return false;
    bool is_parsed = arrival_formula(
        cells->arrival,
        &(struct arrival_formula){.text = resolved ? resolved : text.text,
                                  .text_bytes = resolved ? strlen(resolved) : text.text_bytes,
                                  .sheet = cells->sheet,
                                  .cell = cells->position,
                                  .dialect = PARSE_EXCEL,
                                  .is_array = cells->formula.type == FORMULA_ARRAY},
        formula);
    free(resolved);
    return is_parsed;
}

static bool is_shared_number(int64_t number)
{
    return number >= 0 && number < SHARED_MAX;
}

/* Takes a hold of its own. */
static bool set_shared(struct xlsx_cells *cells, int64_t number, formula_id formula)
{
    struct formula_pool *pool = cells->arrival->book->formulas;
    uint64_t wanted = (uint64_t)number + 1;
    if (wanted > steppe_array_count(cells->shared) &&
        steppe_array_resize(cells->shared, wanted) != STEPPE_OK)
        return arrival_say_refused(cells->arrival);
    formula_id before = cells->shared[number];
    if (before && before != NOT_READABLE)
        formula_drop(pool, before);
    formula_hold(pool, formula);
    cells->shared[number] = formula ? formula : NOT_READABLE;
    return true;
}

static formula_id get_shared(const struct xlsx_cells *cells, int64_t number)
{
    if (number < 0 || (uint64_t)number >= steppe_array_count(cells->shared))
        return 0;
    return cells->shared[number];
}

static bool find_shared_formula(struct xlsx_cells *cells, formula_id *formula)
{
    int64_t number = cells->formula.number;
    formula_id shared = get_shared(cells, number);
    if (cells->formula_text.size_bytes) {
        if (!parse(cells, formula))
            return false;
        if (!is_shared_number(number) || (shared && !cells->formula.has_area) ||
            set_shared(cells, number, *formula))
            return true;
        formula_drop(cells->arrival->book->formulas, *formula);
        return false;
    }
    *formula = shared == NOT_READABLE ? 0 : shared;
    formula_hold(cells->arrival->book->formulas, *formula);
    if (!shared)
        lose(cells, LOSS_SHARED);
    else if (shared == NOT_READABLE)
        arrival_lose(cells->arrival, "formulas that cannot be read", cells->sheet, cells->position);
    return true;
}

/* As parse. */
static bool find_formula(struct xlsx_cells *cells, formula_id *formula)
{
    *formula = 0;
    switch (cells->formula.type) {
    case FORMULA_NONE:
        return true;
    case FORMULA_TABLE:
        lose(cells, LOSS_TABLE);
        return true;
    case FORMULA_SHARED:
        return find_shared_formula(cells, formula);
    case FORMULA_ARRAY:
        if (cells->formula.is_wide)
            lose(cells, LOSS_ARRAY);
        break;
    case FORMULA_PLAIN:
        break;
    }
    return !cells->formula_text.size_bytes || parse(cells, formula);
}

/* ---- values ---------------------------------------------------------------------------------- */

static struct value text_of_value(struct xlsx_cells *cells)
{
    gather_unescape(&cells->value);
    struct value text = gather_text(&cells->value);
    if (cells->value.is_cut)
        lose(cells, LOSS_CUT);
    return text;
}

/* What is no number stays as the text it is. */
static struct value number_of_value(struct xlsx_cells *cells)
{
    double number;
    if (value_parse_number(cells->value.bytes, cells->value.size_bytes, &number))
        return value_number(number);
    struct value text = gather_trimmed(&cells->value);
    if (!text.text_bytes)
        return value_blank();
    if (value_parse_number(text.text, text.text_bytes, &number))
        return value_number(number);
    lose(cells, LOSS_NO_NUMBER);
    return text;
}

static struct value error_of_value(struct xlsx_cells *cells)
{
    struct value text = gather_trimmed(&cells->value);
    enum value_error error;
    if (value_error_parse(text.text, text.text_bytes, &error))
        return value_error(error);
    lose(cells, LOSS_ERROR);
    return value_error(ERROR_VALUE);
}

/* Files count 1900-01-01 as 1, ISO dates are read as days since 1899-12-30. */
static struct value date_of_value(struct xlsx_cells *cells)
{
    struct value text = gather_trimmed(&cells->value);
    bool is_1904 = cells->arrival->book->is_1904;
    double days;
    if (!iso_time_read(text.text, text.text_bytes, is_1904, &days))
        return number_of_value(cells);
    return value_number(!is_1904 && days >= 1 && days < 61 ? days - 1 : days);
}

/* 0: there is none. */
static text_id shared_text(struct xlsx_cells *cells)
{
    struct value value = number_of_value(cells);
    if (value.kind == VALUE_NUMBER && value.number >= 0 &&
        value.number < (double)cells->strings->count)
        return cells->strings->texts[(uint64_t)value.number];
    lose(cells, LOSS_NO_TEXT);
    return 0;
}

static struct value value_of_cell(struct xlsx_cells *cells)
{
    struct value text;
    text_id shared;
    if (!cells->has_value)
        return value_blank();
    switch (cells->type) {
    case TYPE_SHARED:
        shared = shared_text(cells);
        return shared ? text_value(cells->arrival->book->texts, shared) : value_blank();
    case TYPE_TEXT:
    case TYPE_INLINE:
        return text_of_value(cells);
    case TYPE_TRUTH:
        text = gather_trimmed(&cells->value);
        return value_boolean(text.text_bytes && strchr("1tT", text.text[0]));
    case TYPE_ERROR:
        return error_of_value(cells);
    case TYPE_DATE:
        return date_of_value(cells);
    case TYPE_NUMBER:
        break;
    }
    return number_of_value(cells);
}

/* ---- into the sheet -------------------------------------------------------------------------- */

static void count_style_losses(struct xlsx_cells *cells)
{
    for (unsigned bit = 0; bit < XLSX_STYLE_LOSSES; bit++)
        if (cells->style.losses >> bit & 1)
            lose(cells, bit);
}

/* An empty cell that looks as its row or column does need not be there. */
static bool looks_as_its_line(const struct xlsx_cells *cells)
{
    if (cells->row_style)
        return cells->row_style == cells->style.style;
    const struct line_span *column = line_span_at(&cells->sheet->columns, cells->position.column);
    return cells->style.style == (column ? column->style : 0);
}

static bool set_formula(struct xlsx_cells *cells, formula_id formula)
{
    struct value value = value_of_cell(cells);
    bool is_set = cell_set_formula(cells->arrival->book, cells->sheet, cells->position, formula,
                                   value.kind == VALUE_BLANK ? NULL : &value);
    formula_drop(cells->arrival->book->formulas, formula); /* the cell has a hold of its own */
    return is_set;
}

static bool set_constant(struct xlsx_cells *cells, bool *is_empty)
{
    struct book *book = cells->arrival->book;
    if (cells->has_value && cells->type == TYPE_SHARED) {
        text_id text = shared_text(cells);
        *is_empty = !text;
        return !text || cell_set_text(book, cells->sheet, cells->position, text);
    }
    struct value value = value_of_cell(cells);
    *is_empty = value.kind == VALUE_BLANK;
    return *is_empty || cell_set_value(book, cells->sheet, cells->position, value);
}

static bool set_cell(struct xlsx_cells *cells)
{
    formula_id formula;
    bool is_empty = false;
    if (!find_formula(cells, &formula))
        return false;
    if (formula ? !set_formula(cells, formula) : !set_constant(cells, &is_empty))
        return arrival_say_refused(cells->arrival);
    if (is_empty && looks_as_its_line(cells))
        return true;
    count_style_losses(cells);
    if (!cells->style.style)
        return true;
    return cell_set_style(cells->arrival->book, cells->sheet, cells->position,
                          cells->style.style) ||
           arrival_say_refused(cells->arrival);
}

bool xlsx_cells_on_end(struct xlsx_cells *cells)
{
    unsigned depth = cells->depth--;
    cells->target = NULL;
    if (depth == DEPTH_INLINE)
        cells->is_in_phonetic = false;
    if (depth != DEPTH_CELL)
        return true;
    if (!cells->is_outside)
        return set_cell(cells);
    lose(cells, LOSS_OUTSIDE);
    return true;
}
