/* SPDX-License-Identifier: MIT */
/*
 * ods_table.c - tables of OpenDocument: see ods_table.h.
 *
 * <table:table table:name="Sheet1">
 *   <table:table-column table:number-columns-repeated="3" table:default-cell-style-name="ce1"/>
 *   <table:table-row table:number-rows-repeated="2">
 *     <table:table-cell .../> <table:covered-table-cell/>
 *
 * Columns, rows and cells may stand in groups and headers, which are looked through. Everything
 * that is not looked into is passed over as a whole (skip_depth), and counted if it is a loss.
 *
 * A row is put into its first place while it is read; when it ends, it is copied to the others.
 */
#include "sheet/files/ods_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/files/ods_cell.h"
#include "sheet/files/xml.h"

enum { STEP_CELLS = 1 << 14 };

enum loss_kind {
    LOSS_OUTSIDE = ODS_STYLE_LOSSES,
    LOSS_LOOKS,
    LOSS_CUT,
    LOSS_FORMATS,
    LOSS_MATRIX,
    LOSS_KINDS
};

struct loss_count {
    uint64_t count;
    struct position first;
};

/* The row being read. */
struct row {
    uint32_t row, count; /* its places: count is 0 when they lie outside */
    uint32_t column;     /* of the next cell; COLUMNS: outside */
    bool has_contents;
    struct ods_look look;
    bool is_hidden;
    bool has_cell_style; /* for cells that have none */
    struct ods_look cell_style;
};

/* The cell being read. */
struct placed_cell {
    uint32_t column, count; /* likewise */
    uint32_t merged_rows, merged_columns;
    bool is_wide; /* an array formula of several cells */
    bool is_array;
    bool has_look;
    struct ods_look look;
};

struct ods_tables {
    struct arrival *arrival;
    struct ods_styles *styles;
    unsigned skip_depth, object_depth;
    bool is_in_table, is_in_row, is_in_cell;
    struct sheet *sheet; /* NULL in a table that found no place */
    uint32_t next_column, next_row;
    struct row row;
    struct placed_cell placed;
    uint64_t repeated_cells;
    uint32_t column_count, columns[COLUMNS]; /* of the row that is copied */
    bool frame_has_object;
    struct loss_count losses[LOSS_KINDS];
    struct ods_cell cell;
};

static const char *loss_name(unsigned kind)
{
    static const char *const names[] = {
        [LOSS_OUTSIDE - ODS_STYLE_LOSSES] = "cells outside of the grid",
        [LOSS_LOOKS - ODS_STYLE_LOSSES] = "large areas of styles without contents",
        [LOSS_CUT - ODS_STYLE_LOSSES] = "texts beyond 32,767 characters",
        [LOSS_FORMATS - ODS_STYLE_LOSSES] = "texts in several formats",
        [LOSS_MATRIX - ODS_STYLE_LOSSES] = "array formulas of several cells",
    };
    return kind < ODS_STYLE_LOSSES ? ods_style_loss_name(kind) : names[kind - ODS_STYLE_LOSSES];
}

static struct position here(const struct ods_tables *tables)
{
    return (struct position){.row = tables->row.row, .column = tables->placed.column};
}

static void lose(struct ods_tables *tables, unsigned kind, uint64_t count)
{
    if (!tables->losses[kind].count)
        tables->losses[kind].first = here(tables);
    tables->losses[kind].count += count;
}

static const char *name_of_sheet(const struct ods_tables *tables)
{
    return tables->sheet ? sheet_name(tables->arrival->book, tables->sheet) : "";
}

/* ---- life ------------------------------------------------------------------------------------ */

struct ods_tables *ods_tables_new(struct arrival *arrival, struct ods_styles *styles)
{
    struct ods_tables *tables = calloc(1, sizeof *tables);
    if (!tables) {
        (void)problem_out_of_memory(arrival->problem);
        return NULL;
    }
    tables->arrival = arrival;
    tables->styles = styles;
    return tables;
}

static void tell_losses(struct ods_tables *tables)
{
    char where[ARRIVAL_WHERE_BYTES];
    for (unsigned kind = 0; tables->sheet && kind < LOSS_KINDS; kind++) {
        struct loss_count *loss = &tables->losses[kind];
        arrival_where(tables->arrival, tables->sheet, loss->first, where);
        losses_add_many(tables->arrival->losses, loss_name(kind),
                        kind == LOSS_OUTSIDE ? name_of_sheet(tables) : where, loss->count);
    }
    memset(tables->losses, 0, sizeof tables->losses);
}

void ods_tables_end(struct ods_tables *tables)
{
    if (!tables)
        return;
    tell_losses(tables);
    free(tables);
}

/* ---- what is passed over --------------------------------------------------------------------- */

enum passing { LOOKED_INTO, PASSED_OVER };

/* what NULL: it is no loss of its own. */
static const struct {
    const char *name, *what;
    enum passing passing;
} known[] = {
    {"annotation", "comments", PASSED_OVER},
    {"tracked-changes", "recorded changes", PASSED_OVER},
    {"shapes", NULL, PASSED_OVER},
    {"forms", NULL, PASSED_OVER},
    {"frame", NULL, PASSED_OVER},
    {"g", NULL, PASSED_OVER},
    {"custom-shape", "shapes", PASSED_OVER},
    {"line", "shapes", PASSED_OVER},
    {"rect", "shapes", PASSED_OVER},
    {"circle", "shapes", PASSED_OVER},
    {"ellipse", "shapes", PASSED_OVER},
    {"polygon", "shapes", PASSED_OVER},
    {"polyline", "shapes", PASSED_OVER},
    {"path", "shapes", PASSED_OVER},
    {"connector", "shapes", PASSED_OVER},
    {"measure", "shapes", PASSED_OVER},
    {"control", "form controls", PASSED_OVER},
    {"scenario", "scenarios", PASSED_OVER},
    {"table-source", "links to other workbooks", PASSED_OVER},
    {"dde-links", NULL, PASSED_OVER},
    {"dde-link", "links to other programs", PASSED_OVER},
    {"content-validations", NULL, PASSED_OVER},
    {"content-validation", "data validations", PASSED_OVER},
    {"conditional-formats", NULL, PASSED_OVER},
    {"conditional-format", "conditional formats", PASSED_OVER},
    {"sparkline-groups", NULL, PASSED_OVER},
    {"sparkline-group", "sparklines", PASSED_OVER},
    {"data-pilot-tables", NULL, PASSED_OVER},
    {"data-pilot-table", "pivot tables", PASSED_OVER},
    {"consolidation", "consolidations", PASSED_OVER},
    {"detective", NULL, PASSED_OVER},
    {"sort", NULL, PASSED_OVER},
    {"filter", "conditions of filters", PASSED_OVER},
    {"table-row-group", "groups of rows or columns", LOOKED_INTO},
    {"table-column-group", "groups of rows or columns", LOOKED_INTO},
    {"a", "hyperlinks", LOOKED_INTO},
};

static void count_known(struct ods_tables *tables, size_t index)
{
    char where[ARRIVAL_WHERE_BYTES];
    (void)snprintf(where, sizeof where, "%s", name_of_sheet(tables));
    if (tables->is_in_cell && tables->sheet && tables->placed.count)
        arrival_where(tables->arrival, tables->sheet, here(tables), where);
    if (known[index].what)
        losses_add(tables->arrival->losses, known[index].what, where);
}

/* A frame holds an object and a picture of it, or a picture. */
static void count_in_frame(struct ods_tables *tables, const char *name)
{
    if (strcmp(name, "frame") == 0)
        tables->frame_has_object = false;
    if (strcmp(name, "object") == 0 || strcmp(name, "object-ole") == 0) {
        losses_add(tables->arrival->losses, "charts", name_of_sheet(tables));
        tables->frame_has_object = true;
        tables->object_depth = tables->skip_depth;
    } else if (strcmp(name, "image") == 0 && !tables->frame_has_object) {
        losses_add(tables->arrival->losses, "pictures", name_of_sheet(tables));
    }
}

/* true: it is passed over, with all that is in it. What is within an object is the object's. */
static bool pass_over(struct ods_tables *tables, const char *name)
{
    enum passing passing = LOOKED_INTO;
    bool is_within = tables->object_depth != 0;
    for (size_t i = 0; !is_within && i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0) {
            count_known(tables, i);
            passing = known[i].passing;
            break;
        }
    if (!tables->skip_depth && passing == LOOKED_INTO)
        return false;
    tables->skip_depth++;
    if (strcmp(name, "annotation") == 0)
        tables->object_depth = tables->skip_depth; /* its text and its box are its own */
    if (!is_within)
        count_in_frame(tables, name);
    return true;
}

static void end_passed_over(struct ods_tables *tables)
{
    if (tables->object_depth == tables->skip_depth)
        tables->object_depth = 0;
    tables->skip_depth--;
}

/* ---- tables and columns ---------------------------------------------------------------------- */

/* "'file:///tmp/other.ods'#Sheet1": what was last seen of a sheet elsewhere. */
static bool is_of_other_workbook(const char *name)
{
    return *name == '\'' && strstr(name, ":/") && strstr(name, "'#");
}

static bool start_table(struct ods_tables *tables, const char *const *attributes)
{
    const char *name = xml_attribute(attributes, "name");
    bool is_refused;
    name = name ? name : "";
    tables->is_in_table = true;
    tables->next_column = tables->next_row = 0;
    tables->sheet = NULL;
    if (is_of_other_workbook(name))
        return true; /* its <table:table-source> is counted */
    tables->sheet = arrival_sheet(tables->arrival, name, &is_refused);
    if (!tables->sheet)
        return !is_refused;
    tables->sheet->is_hidden =
        ods_styles_find(tables->styles, ODS_TABLE, xml_attribute(attributes, "style-name"))
            .is_hidden;
    if (xml_truth(attributes, "protected", false))
        losses_add(tables->arrival->losses, "protections of sheets", name_of_sheet(tables));
    return true;
}

/* How many of so many places from first on lie in the grid. */
static uint32_t clip(int64_t count, uint32_t first, uint32_t limit)
{
    if (count < 1)
        count = 1;
    return count < (int64_t)(limit - first) ? (uint32_t)count : limit - first;
}

static bool is_line_hidden(const char *const *attributes)
{
    const char *visibility = xml_attribute(attributes, "visibility");
    return visibility && strcmp(visibility, "visible") != 0;
}

static bool set_line(struct ods_tables *tables, struct line_spans *spans, struct line_span span)
{
    if (span.size == 0 && !span.is_hidden && !span.style)
        return true;
    return line_span_set(spans, &span) || arrival_say_refused(tables->arrival);
}

static bool start_column(struct ods_tables *tables, const char *const *attributes)
{
    uint32_t first = tables->next_column;
    uint32_t count = clip(xml_number(attributes, "number-columns-repeated", 1), first, COLUMNS);
    tables->next_column += count;
    if (!count || !tables->sheet)
        return true;
    struct ods_look look =
        ods_styles_find(tables->styles, ODS_COLUMN, xml_attribute(attributes, "style-name"));
    struct ods_look cells = ods_styles_find(tables->styles, ODS_CELL,
                                            xml_attribute(attributes, "default-cell-style-name"));
    return set_line(tables, &tables->sheet->columns,
                    (struct line_span){.first = first,
                                       .last = first + count - 1,
                                       .size = look.size,
                                       .is_hidden = is_line_hidden(attributes),
                                       .style = cells.style});
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void start_row(struct ods_tables *tables, const char *const *attributes)
{
    const char *cell_style = xml_attribute(attributes, "default-cell-style-name");
    uint32_t first = tables->next_row;
    tables->is_in_row = true;
    tables->row = (struct row){
        .row = first,
        .count = clip(xml_number(attributes, "number-rows-repeated", 1), first, ROWS),
        .look = ods_styles_find(tables->styles, ODS_ROW, xml_attribute(attributes, "style-name")),
        .is_hidden = is_line_hidden(attributes),
        .has_cell_style = cell_style != NULL,
        .cell_style = ods_styles_find(tables->styles, ODS_CELL, cell_style)};
    tables->next_row += tables->row.count;
}

/* More cells are to be repeated. false with a sentence: too many, or it is cancelled. */
static bool may_repeat(struct ods_tables *tables, uint64_t count)
{
    struct arrival *arrival = tables->arrival;
    uint64_t before = tables->repeated_cells;
    if (count > ODS_REPEATED_CELLS_MAX - before)
        return problem_say(arrival->problem,
                           "%s, row %u: the file repeats cells more than %d times",
                           name_of_sheet(tables), tables->row.row + 1, ODS_REPEATED_CELLS_MAX);
    tables->repeated_cells += count;
    if (before / STEP_CELLS == tables->repeated_cells / STEP_CELLS)
        return true;
    return progress_step(arrival->progress, "repeating cells", tables->repeated_cells, 0) ||
           problem_say(arrival->problem, "stopped");
}

/* A formula that is repeated refers to the same cells, not to those beside. */
static bool copy_formula(struct ods_tables *tables, const struct cell *cell, struct position from,
                         struct position to)
{
    struct book *book = tables->arrival->book;
    struct value value = cell_value(book, cell);
    formula_id formula;
    if (!arrival_move_formula(tables->arrival, cell->formula, from, to, &formula))
        return false;
    bool is_set = cell_set_formula(book, tables->sheet, to, formula,
                                   cell->flags & CELL_STALE ? NULL : &value);
    formula_drop(book->formulas, formula); /* the cell has a hold of its own */
    return is_set || arrival_say_refused(tables->arrival);
}

static bool copy_cell(struct ods_tables *tables, struct position from, struct position to)
{
    struct book *book = tables->arrival->book;
    struct cell cell = *grid_at(tables->sheet->grid, from);
    bool is_set;
    if (cell.formula) {
        if (!copy_formula(tables, &cell, from, to))
            return false;
        is_set = true;
    } else if (cell.kind == VALUE_TEXT) {
        is_set = cell_set_text(book, tables->sheet, to, cell.text);
    } else {
        is_set = cell_set_value(book, tables->sheet, to, cell_value(book, &cell));
    }
    is_set = is_set && cell_set_style(book, tables->sheet, to, cell.style);
    return is_set || arrival_say_refused(tables->arrival);
}

/* The columns of a row that are used. Asking the grid for them once for each copy would make time
 * go with the square of the row's length. */
static void list_columns(struct ods_tables *tables)
{
    uint32_t row = tables->row.row;
    struct area line = {{.row = row}, {.row = row, .column = COLUMNS - 1}};
    struct grid_walk walk;
    tables->column_count = 0;
    grid_walk_begin(&walk, tables->sheet->grid, line, GRID_BY_ROWS);
    while (grid_walk_next(&walk))
        tables->columns[tables->column_count++] = walk.position.column;
}

static bool copy_row(struct ods_tables *tables, uint32_t row)
{
    for (uint32_t i = 0; i < tables->column_count; i++) {
        uint32_t column = tables->columns[i];
        struct position from = {.row = tables->row.row, .column = column};
        if (!may_repeat(tables, 1) ||
            !copy_cell(tables, from, (struct position){.row = row, .column = column}))
            return false;
    }
    return true;
}

static bool end_row(struct ods_tables *tables)
{
    const struct row *row = &tables->row;
    tables->is_in_row = false;
    if (!row->count || !tables->sheet)
        return true;
    if (!set_line(tables, &tables->sheet->rows,
                  (struct line_span){.first = row->row,
                                     .last = row->row + row->count - 1,
                                     .size = row->look.size,
                                     .is_hidden = row->is_hidden,
                                     .style = row->cell_style.style}))
        return false;
    if (row->has_contents && row->count > 1)
        list_columns(tables);
    for (uint32_t i = 1; row->has_contents && i < row->count; i++)
        if (!copy_row(tables, row->row + i))
            return false;
    return true;
}

/* ---- cells ----------------------------------------------------------------------------------- */

/* Named, or the row's, or the column's. */
static void find_look(struct ods_tables *tables, const char *name)
{
    struct placed_cell *placed = &tables->placed;
    placed->has_look = true;
    if (name) {
        placed->look = ods_styles_find(tables->styles, ODS_CELL, name);
    } else if (tables->row.has_cell_style) {
        placed->look = tables->row.cell_style;
    } else {
        const struct line_span *span = line_span_at(&tables->sheet->columns, placed->column);
        placed->look = (struct ods_look){.style = span ? span->style : 0};
        placed->has_look = false;
    }
}

static uint32_t span_of(const char *const *attributes, const char *name, uint32_t first,
                        uint32_t limit)
{
    return clip(xml_number(attributes, name, 1), first, limit);
}

static void start_cell(struct ods_tables *tables, const char *const *attributes)
{
    uint32_t column = tables->row.column;
    uint32_t count = clip(xml_number(attributes, "number-columns-repeated", 1), column, COLUMNS);
    tables->is_in_cell = true;
    ods_cell_begin(&tables->cell, attributes, tables->arrival->book->is_1904);
    tables->row.column += count;
    tables->placed = (struct placed_cell){.column = column, .count = count};
    if (!tables->row.count || !tables->sheet)
        tables->placed.count = 0;
    if (!tables->placed.count)
        return;
    tables->placed.merged_columns = span_of(attributes, "number-columns-spanned", column, COLUMNS);
    tables->placed.merged_rows = span_of(attributes, "number-rows-spanned", tables->row.row, ROWS);
    tables->placed.is_array = xml_attribute(attributes, "number-matrix-columns-spanned") != NULL;
    tables->placed.is_wide = xml_number(attributes, "number-matrix-columns-spanned", 1) > 1 ||
                             xml_number(attributes, "number-matrix-rows-spanned", 1) > 1;
    find_look(tables, xml_attribute(attributes, "style-name"));
}

/* The style a cell gets: one of General takes the format that its type wants. */
static bool choose_style(struct ods_tables *tables, style_id *style)
{
    struct style_pool *pool = tables->arrival->book->styles;
    const char *format = ods_cell_format(&tables->cell);
    *style = tables->placed.look.style;
    if (!format || style_of(pool, *style)->format)
        return true;
    return style_with_format(pool, *style, format, style) || arrival_say_refused(tables->arrival);
}

static bool set_formula(struct ods_tables *tables, struct position position,
                        const struct value *value, bool *is_set)
{
    struct ods_cell *cell = &tables->cell;
    struct book *book = tables->arrival->book;
    struct value text = gather_trimmed(&cell->formula);
    formula_id formula;
    *is_set = false;
    if (!arrival_formula(tables->arrival,
                         &(struct arrival_formula){.text = text.text,
                                                   .text_bytes = text.text_bytes,
                                                   .sheet = tables->sheet,
                                                   .cell = position,
                                                   .dialect = cell->dialect,
                                                   .is_array = tables->placed.is_array},
                         &formula))
        return false;
    if (!formula)
        return true;
    *is_set = cell_set_formula(book, tables->sheet, position, formula,
                               value->kind == VALUE_BLANK ? NULL : value);
    formula_drop(book->formulas, formula); /* the cell has a hold of its own */
    return *is_set || arrival_say_refused(tables->arrival);
}

static bool set_cell(struct ods_tables *tables, struct position position, struct value value,
                     style_id style)
{
    struct book *book = tables->arrival->book;
    bool is_formula = false;
    if (tables->cell.has_formula && !set_formula(tables, position, &value, &is_formula))
        return false;
    if (!is_formula && !cell_set_value(book, tables->sheet, position, value))
        return arrival_say_refused(tables->arrival);
    return cell_set_style(book, tables->sheet, position, style) ||
           arrival_say_refused(tables->arrival);
}

static void count_style_losses(struct ods_tables *tables, uint64_t cell_count)
{
    for (unsigned bit = 0; bit < ODS_STYLE_LOSSES; bit++)
        if (tables->placed.look.losses >> bit & 1)
            lose(tables, bit, cell_count);
}

static void count_cell_losses(struct ods_tables *tables)
{
    const struct placed_cell *placed = &tables->placed;
    count_style_losses(tables, placed->count);
    if (tables->cell.has_formats)
        lose(tables, LOSS_FORMATS, 1);
    if (tables->cell.text.is_cut)
        lose(tables, LOSS_CUT, 1);
    if (placed->is_wide)
        lose(tables, LOSS_MATRIX, 1);
}

static bool place_contents(struct ods_tables *tables)
{
    struct value value = ods_cell_value(&tables->cell);
    style_id style;
    count_cell_losses(tables);
    tables->row.has_contents = true;
    if (!choose_style(tables, &style))
        return false;
    for (uint32_t i = 0; i < tables->placed.count; i++) {
        struct position position = {.row = tables->row.row, .column = tables->placed.column + i};
        if ((i && !may_repeat(tables, 1)) || !set_cell(tables, position, value, style))
            return false;
    }
    return true;
}

/* An empty cell that looks in some way. Its column may say the same already. */
static bool place_look(struct ods_tables *tables)
{
    const struct placed_cell *placed = &tables->placed;
    struct book *book = tables->arrival->book;
    uint64_t cell_count = (uint64_t)placed->count * tables->row.count;
    const struct line_span *span = line_span_at(&tables->sheet->columns, placed->column);
    style_id usual = span ? span->style : 0;
    if (tables->row.has_cell_style)
        usual = tables->row.cell_style.style;
    if (!placed->has_look || !placed->look.style || placed->look.style == usual)
        return true;
    if (cell_count > ODS_REPEATED_LOOKS_MAX) {
        lose(tables, LOSS_LOOKS, 1);
        return true;
    }
    count_style_losses(tables, cell_count);
    for (uint32_t row = 0; row < tables->row.count; row++)
        for (uint32_t i = 0; i < placed->count; i++)
            if (!cell_set_style(
                    book, tables->sheet,
                    (struct position){.row = tables->row.row + row, .column = placed->column + i},
                    placed->look.style))
                return arrival_say_refused(tables->arrival);
    return may_repeat(tables, cell_count);
}

static void merge_cells(struct ods_tables *tables)
{
    const struct placed_cell *placed = &tables->placed;
    struct position first = here(tables);
    struct position last = {.row = first.row + placed->merged_rows - 1,
                            .column = first.column + placed->merged_columns - 1};
    arrival_merge(tables->arrival, tables->sheet, area_of(first, last));
}

static bool end_cell(struct ods_tables *tables)
{
    bool has_contents = ods_cell_has_contents(&tables->cell);
    tables->is_in_cell = false;
    if (!tables->placed.count) {
        if (has_contents)
            lose(tables, LOSS_OUTSIDE, 1);
        return true;
    }
    merge_cells(tables);
    return has_contents ? place_contents(tables) : place_look(tables);
}

/* ---- names and filters ----------------------------------------------------------------------- */

/* A text as a formula of names: "$Sheet1.$A$1:.$B$2" needs brackets to be one. */
static bool parse_reference(struct ods_tables *tables, const char *reference, struct position base,
                            const char *name, formula_id *formula)
{
    char *text;
    *formula = 0;
    if (asprintf(&text, "[%s]", reference) < 0)
        return problem_out_of_memory(tables->arrival->problem);
    bool is_parsed = arrival_formula(tables->arrival,
                                     &(struct arrival_formula){.text = text,
                                                               .text_bytes = strlen(text),
                                                               .sheet = tables->sheet,
                                                               .name = name,
                                                               .cell = base,
                                                               .dialect = PARSE_OPEN_FORMULA},
                                     formula);
    free(text);
    return is_parsed;
}

/* The first area a formula names; false: it does not begin with one. */
static bool area_of_formula(const struct ods_tables *tables, formula_id formula,
                            struct position cell, struct sheet **sheet, struct area *area)
{
    struct book *book = tables->arrival->book;
    size_t token_count;
    const struct token *tokens = formula_tokens(book->formulas, formula, &token_count);
    if (token_count != 1 || (tokens->kind != TOKEN_AREA && tokens->kind != TOKEN_CELL))
        return false;
    *sheet = tokens->sheet ? book_sheet(book, tokens->sheet) : tables->sheet;
    *area = token_area(tokens, cell);
    return *sheet != NULL;
}

/* Where references of a name are relative to. */
static bool find_base(struct ods_tables *tables, const char *const *attributes, const char *name,
                      struct position *base)
{
    const char *text = xml_attribute(attributes, "base-cell-address");
    struct sheet *sheet;
    struct area area;
    formula_id formula;
    *base = (struct position){0};
    if (!text)
        return true;
    if (!parse_reference(tables, text, *base, name, &formula))
        return false;
    if (formula && area_of_formula(tables, formula, *base, &sheet, &area))
        *base = area.first;
    formula_drop(tables->arrival->book->formulas, formula);
    return true;
}

static bool read_expression(struct ods_tables *tables, const char *text, struct position base,
                            const char *name, formula_id *formula)
{
    return arrival_formula(tables->arrival,
                           &(struct arrival_formula){.text = text,
                                                     .text_bytes = strlen(text),
                                                     .sheet = tables->sheet,
                                                     .name = name,
                                                     .cell = base,
                                                     .dialect = PARSE_OPEN_FORMULA},
                           formula);
}

static bool define_name(struct ods_tables *tables, const char *const *attributes)
{
    const char *name = xml_attribute(attributes, "name");
    const char *range = xml_attribute(attributes, "cell-range-address");
    const char *expression = xml_attribute(attributes, "expression");
    struct position base;
    formula_id formula;
    if (!name || (!range && !expression))
        return true;
    if (!find_base(tables, attributes, name, &base))
        return false;
    if (range ? !parse_reference(tables, range, base, name, &formula)
              : !read_expression(tables, expression, base, name, &formula))
        return false;
    return !formula || arrival_name(tables->arrival, name, strlen(name), tables->sheet, formula,
                                    xml_truth(attributes, "hidden", false));
}

static bool read_filter(struct ods_tables *tables, const char *const *attributes)
{
    const char *target = xml_attribute(attributes, "target-range-address");
    struct sheet *sheet;
    struct area area;
    formula_id formula;
    if (!target || !xml_truth(attributes, "display-filter-buttons", false))
        return true;
    if (!parse_reference(tables, target, (struct position){0}, "filter", &formula))
        return false;
    if (formula && area_of_formula(tables, formula, (struct position){0}, &sheet, &area)) {
        sheet->filter = area;
        sheet->has_filter = true;
    }
    formula_drop(tables->arrival->book->formulas, formula);
    return true;
}

static void read_null_date(struct ods_tables *tables, const char *const *attributes)
{
    const char *date = xml_attribute(attributes, "date-value");
    if (!date || strcmp(date, "1899-12-30") == 0)
        return;
    if (strcmp(date, "1904-01-01") == 0)
        tables->arrival->book->is_1904 = true;
    else
        losses_add(tables->arrival->losses, "days that count from another one", date);
}

/* ---- elements -------------------------------------------------------------------------------- */

static bool start_in_table(struct ods_tables *tables, const char *name,
                           const char *const *attributes)
{
    if (strcmp(name, "table-row") == 0) {
        start_row(tables, attributes);
        return true;
    }
    if (strcmp(name, "table-column") == 0)
        return start_column(tables, attributes);
    if (strcmp(name, "named-range") == 0 || strcmp(name, "named-expression") == 0)
        return define_name(tables, attributes);
    if (strcmp(name, "table") == 0) /* a table in a table */
        tables->skip_depth = 1;
    return true;
}

static bool start_outside(struct ods_tables *tables, const char *name,
                          const char *const *attributes)
{
    if (strcmp(name, "table") == 0)
        return start_table(tables, attributes);
    if (strcmp(name, "named-range") == 0 || strcmp(name, "named-expression") == 0)
        return define_name(tables, attributes);
    if (strcmp(name, "database-range") == 0)
        return read_filter(tables, attributes);
    if (strcmp(name, "null-date") == 0)
        read_null_date(tables, attributes);
    return true;
}

bool ods_tables_on_start(struct ods_tables *tables, const char *name, const char *const *attributes)
{
    if (tables->is_in_row && !tables->is_in_cell && !tables->skip_depth &&
        (strcmp(name, "table-cell") == 0 || strcmp(name, "covered-table-cell") == 0)) {
        start_cell(tables, attributes);
        return true;
    }
    bool is_paragraph = tables->is_in_cell && !tables->skip_depth && strcmp(name, "p") == 0;
    if (!is_paragraph && pass_over(tables, name)) /* most elements are paragraphs */
        return true;
    if (tables->is_in_cell) {
        if (!ods_cell_on_start(&tables->cell, name, attributes))
            tables->skip_depth = 1;
        return true;
    }
    if (tables->is_in_row)
        tables->skip_depth = 1; /* no cell: nothing that is known */
    else if (tables->is_in_table)
        return start_in_table(tables, name, attributes);
    else
        return start_outside(tables, name, attributes);
    return true;
}

bool ods_tables_on_end(struct ods_tables *tables, const char *name)
{
    if (tables->skip_depth) {
        end_passed_over(tables);
        return true;
    }
    if (tables->is_in_cell && tables->cell.paragraph_depth) {
        ods_cell_on_end(&tables->cell);
        return true;
    }
    if (tables->is_in_cell)
        return end_cell(tables);
    if (tables->is_in_row)
        return end_row(tables);
    if (tables->is_in_table && strcmp(name, "table") == 0) {
        tell_losses(tables);
        tables->is_in_table = false;
        tables->sheet = NULL;
    }
    return true;
}

void ods_tables_on_text(struct ods_tables *tables, const char *text, size_t text_bytes)
{
    if (tables->is_in_cell && !tables->skip_depth)
        ods_cell_on_text(&tables->cell, text, text_bytes);
}
