/* SPDX-License-Identifier: MIT */
/*
 * dependents.c - runs of formulas, their links, and the index of blocks that finds these: see
 * dependents.h.
 *
 * Invariants
 *
 *   A run's cells are those from its first to its last row that hold its formula; cells between,
 *   which do not, are no harm: up to GAP_MAX rows are left between two of them.
 *   No reference of a run passes the edge of the grid and comes in again within the run, so the
 *   rectangle of a link goes from what the first cell means to what the last one means.
 *   A link is entered in all blocks of its level that its rectangle touches. Blocks of a smaller
 *   level, where it was entered while the run was shorter, are passed over.
 */
#include "sheet/book/dependents.h"

#include <stdlib.h>
#include <string.h>

#include <steppe/array.h>

#include "sheet/book/block.h"
#include "sheet/book/book.h"
#include "sheet/book/function.h"

enum {
    GAP_MAX = 8,
    CHAIN_MAX = 8,     /* runs of one formula in one column that are looked at to be continued */
    NAMES_IN_MAX = 64, /* different names that stand in one formula, or in these */
    TABLE_LEAST = 256,
    RUNS_BEFORE_RENEWAL = 4096
};
static const uint64_t table_max = UINT64_C(1) << 33;

struct run {
    formula_id formula;
    uint32_t first_row, last_row;
    uint16_t column;
    sheet_id sheet;
    uint32_t first_link, link_count;
    uint32_t before; /* an older run of the same formula in the same column: its number, or 0 */
};

struct link {
    struct token token; /* CELL or AREA; its sheet is never SHEET_OWN */
    uint32_t run;
    uint8_t height, width; /* levels of the blocks it is entered in */
    uint16_t room_;
};

struct dependents {
    struct book *book;
    steppe_budget *budget;
    struct block_index *blocks;
    /* steppe_arrays; number 0 of runs and links is nobody's. */
    struct run *runs;
    struct link *links;
    uint32_t *table; /* by formula, sheet and column: the youngest run; 0: none */
    uint64_t table_mask, table_used;
    uint32_t *volatile_runs, *name_runs;
    uint64_t renewed_runs; /* how many there were when everything was entered anew */
};

/* ---- memory -------------------------------------------------------------------------------------
 */

#define new_array(type, max, of, budget_)                                                          \
    steppe_array_new(type, max, &(steppe_options){.budget = (budget_), .name = "dependents: " of})

static uint32_t *new_table(steppe_budget *budget, uint64_t count)
{
    uint32_t *table = new_array(uint32_t, table_max, "table", budget);
    if (table && !steppe_array_append(table, count)) {
        (void)steppe_array_free(table); /* ours: nothing can fail */
        return NULL;
    }
    return table;
}

struct dependents *dependents_new(struct book *book, steppe_budget *budget)
{
    struct dependents *dependents = calloc(1, sizeof *dependents);
    if (!dependents)
        return NULL;
    dependents->book = book;
    dependents->budget = budget;
    dependents->blocks = block_index_new(budget);
    dependents->runs = new_array(struct run, UINT32_MAX, "runs", budget);
    dependents->links = new_array(struct link, UINT32_MAX, "links", budget);
    dependents->volatile_runs = new_array(uint32_t, UINT32_MAX, "volatile", budget);
    dependents->name_runs = new_array(uint32_t, UINT32_MAX, "names", budget);
    dependents->table = new_table(budget, TABLE_LEAST);
    dependents->table_mask = TABLE_LEAST - 1;
    if (dependents->blocks && dependents->runs && dependents->links && dependents->volatile_runs &&
        dependents->name_runs && dependents->table && steppe_array_push(dependents->runs) &&
        steppe_array_push(dependents->links))
        return dependents;
    dependents_free(dependents);
    return NULL;
}

void dependents_free(struct dependents *dependents)
{
    if (!dependents)
        return;
    block_index_free(dependents->blocks);
    /* NULL is fine; else they are ours, and nothing can fail. */
    (void)steppe_array_free(dependents->runs);
    (void)steppe_array_free(dependents->links);
    (void)steppe_array_free(dependents->volatile_runs);
    (void)steppe_array_free(dependents->name_runs);
    (void)steppe_array_free(dependents->table);
    free(dependents);
}

void dependents_clear(struct dependents *dependents)
{
    block_index_clear(dependents->blocks);
    /* Getting smaller cannot be refused. */
    (void)steppe_array_resize(dependents->runs, 1);
    (void)steppe_array_resize(dependents->links, 1);
    (void)steppe_array_resize(dependents->volatile_runs, 0);
    (void)steppe_array_resize(dependents->name_runs, 0);
    (void)steppe_array_resize(dependents->table, TABLE_LEAST);
    memset(dependents->table, 0, TABLE_LEAST * sizeof *dependents->table);
    dependents->table_mask = TABLE_LEAST - 1;
    dependents->table_used = 0;
    dependents->renewed_runs = 0;
}

/* ---- runs by formula, sheet and column ----------------------------------------------------------
 */

static uint64_t hash_of(formula_id formula, sheet_id sheet, uint32_t column)
{
    uint64_t key = (uint64_t)formula << 32 | (uint64_t)sheet << 16 | column;
    key = (key ^ key >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    return key ^ key >> 32;
}

static uint32_t *slot_of(const struct dependents *dependents, uint32_t *table, uint64_t mask,
                         formula_id formula, sheet_id sheet, uint32_t column)
{
    uint64_t at = hash_of(formula, sheet, column) & mask;
    for (; table[at]; at = (at + 1) & mask) {
        const struct run *run = &dependents->runs[table[at]];
        if (run->formula == formula && run->sheet == sheet && run->column == column)
            break;
    }
    return &table[at];
}

static bool make_room(struct dependents *dependents)
{
    uint64_t count = dependents->table_mask + 1;
    if (dependents->table_used + 1 <= count / 8 * 5)
        return true;
    uint32_t *larger = new_table(dependents->budget, 2 * count);
    if (!larger)
        return false;
    for (uint64_t at = 0; at < count; at++) {
        uint32_t number = dependents->table[at];
        const struct run *run = &dependents->runs[number];
        if (number)
            *slot_of(dependents, larger, 2 * count - 1, run->formula, run->sheet, run->column) =
                number;
    }
    (void)steppe_array_free(dependents->table); /* ours: nothing can fail */
    dependents->table = larger;
    dependents->table_mask = 2 * count - 1;
    return true;
}

/* ---- what a run's cells mean by a reference -----------------------------------------------------
 */

/* Rows that the cells of a run mean by one corner. */
struct corner {
    bool is_fixed;
    int64_t distance; /* not fixed: row meant less the cell's; fixed: the row meant */
};

static struct corner corner_of(uint32_t word, bool is_fixed, uint32_t cell_row)
{
    if (is_fixed)
        return (struct corner){.is_fixed = true, .distance = word};
    uint32_t row = (word + cell_row) & (ROWS - 1);
    return (struct corner){.distance = (int64_t)row - cell_row};
}

static void corners_of(const struct link *link, const struct run *run, struct corner corners[2])
{
    const struct token *token = &link->token;
    corners[0] = corner_of(token->row, token->flags & TOKEN_FIXED_ROW, run->first_row);
    corners[1] =
        token->kind == TOKEN_CELL
            ? corners[0]
            : corner_of(token->last_row, token->flags & TOKEN_FIXED_LAST_ROW, run->first_row);
}

static int64_t row_meant(const struct corner *corner, uint32_t cell_row)
{
    return corner->is_fixed ? corner->distance : corner->distance + cell_row;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* All of a run's rectangles together. */
static struct area box_of(const struct link *link, const struct run *run)
{
    struct corner corners[2];
    struct area box = token_area(&link->token, (struct position){run->first_row, run->column});
    corners_of(link, run, corners);
    box.first.row = (uint32_t)lesser(row_meant(&corners[0], run->first_row),
                                     row_meant(&corners[1], run->first_row));
    box.last.row = (uint32_t)greater(row_meant(&corners[0], run->last_row),
                                     row_meant(&corners[1], run->last_row));
    return box;
}

/* The cells of a run that mean any row from first to last: none of a corner's rows goes back from
 * one cell to the next, so they lie together. */
static bool rows_that_mean(const struct link *link, const struct run *run, struct area area,
                           uint32_t *first_row, uint32_t *last_row)
{
    struct corner corners[2];
    int64_t first = INT64_MAX, last = INT64_MIN;
    corners_of(link, run, corners);
    for (int i = 0; i < 2; i++) {
        const struct corner *corner = &corners[i];
        int64_t reaches = (int64_t)area.first.row - corner->distance; /* from this cell on */
        int64_t passes = (int64_t)area.last.row - corner->distance;   /* up to this one */
        if (corner->is_fixed) {
            reaches = reaches <= 0 ? 0 : INT64_MAX;
            passes = passes >= 0 ? ROWS : INT64_MIN;
        }
        first = lesser(first, reaches);
        last = greater(last, passes);
    }
    first = greater(first, run->first_row);
    last = lesser(last, run->last_row);
    *first_row = (uint32_t)first;
    *last_row = (uint32_t)last;
    return first <= last;
}

static bool comes_in_again(uint32_t word, bool is_fixed, uint32_t first_row, uint32_t last_row)
{
    if (is_fixed)
        return false;
    return ((word + first_row) & (ROWS - 1)) > ((word + last_row) & (ROWS - 1));
}

static bool passes_edge(const struct token *token, uint32_t first_row, uint32_t last_row)
{
    if (comes_in_again(token->row, token->flags & TOKEN_FIXED_ROW, first_row, last_row))
        return true;
    return token->kind == TOKEN_AREA &&
           comes_in_again(token->last_row, token->flags & TOKEN_FIXED_LAST_ROW, first_row,
                          last_row);
}

/* ---- entering -----------------------------------------------------------------------------------
 */

static bool span_has(const struct block_span *span, uint32_t row, uint32_t column)
{
    return area_has(span->blocks, (struct position){row, column});
}

/* Enter a link in the blocks of a span; not in those of the span where it is already (may be NULL).
 */
static bool enter(struct dependents *dependents, uint32_t link, const struct block_span *span,
                  const struct block_span *entered)
{
    const struct area *blocks = &span->blocks;
    bool is_same_shape =
        entered && entered->height == span->height && entered->width == span->width;
    sheet_id sheet = dependents->links[link].token.sheet;
    for (uint32_t row = blocks->first.row; row <= blocks->last.row; row++)
        for (uint32_t column = blocks->first.column; column <= blocks->last.column; column++) {
            if (is_same_shape && span_has(entered, row, column))
                continue;
            if (!block_index_add(dependents->blocks, sheet, span->height, span->width,
                                 (struct position){row, column}, link))
                return false;
        }
    dependents->links[link].height = span->height;
    dependents->links[link].width = span->width;
    return true;
}

static bool add_link(struct dependents *dependents, uint32_t number, const struct token *token,
                     sheet_id own_sheet)
{
    uint64_t count = steppe_array_count(dependents->links);
    struct link *link = steppe_array_push(dependents->links);
    if (!link)
        return false;
    struct run *run = &dependents->runs[number];
    *link = (struct link){.token = *token, .run = number};
    if (token->sheet == SHEET_OWN)
        link->token.sheet = own_sheet;
    run->link_count++;
    struct block_span span = block_span_of(box_of(link, run));
    return enter(dependents, (uint32_t)count, &span, NULL);
}

/* Names that stand in a formula, and in what they mean, each once for each sheet they stand on. */
struct names_in {
    struct {
        name_id name;
        sheet_id sheet;
    } uses[NAMES_IN_MAX];
    size_t count;
    bool are_too_many;
};

static void add_name(struct names_in *names, name_id name, sheet_id sheet)
{
    for (size_t i = 0; i < names->count; i++)
        if (names->uses[i].name == name && names->uses[i].sheet == sheet)
            return;
    if (names->count == NAMES_IN_MAX) {
        names->are_too_many = true;
        return;
    }
    names->uses[names->count].name = name;
    names->uses[names->count++].sheet = sheet;
}

static bool add_links(struct dependents *dependents, uint32_t number, formula_id formula,
                      sheet_id own_sheet, struct names_in *names)
{
    size_t count;
    const struct token *tokens = formula_tokens(dependents->book->formulas, formula, &count);
    for (size_t i = 0; i < count; i++) {
        if (tokens[i].kind == TOKEN_NAME)
            add_name(names, tokens[i].name,
                     tokens[i].sheet == SHEET_OWN ? own_sheet : tokens[i].sheet);
        if (tokens[i].kind != TOKEN_CELL && tokens[i].kind != TOKEN_AREA)
            continue;
        if (!add_link(dependents, number, &tokens[i], own_sheet))
            return false;
    }
    return true;
}

static bool add_links_of_names(struct dependents *dependents, uint32_t number,
                               struct names_in *names)
{
    for (size_t i = 0; i < names->count; i++) {
        sheet_id sheet = names->uses[i].sheet;
        const struct name *name = name_meaning(dependents->book->names, names->uses[i].name, sheet);
        if (!name || !name->formula)
            continue;
        if (name->sheet != SHEET_OWN)
            sheet = name->sheet;
        if (!add_links(dependents, number, name->formula, sheet, names))
            return false;
    }
    return true;
}

/* An area in a formula, also by a name that means one. false: it is something else. */
static bool area_meant(const struct dependents *dependents, const struct run *run,
                       const struct token *token, struct area *area)
{
    if (token->kind == TOKEN_NAME) {
        sheet_id sheet = token->sheet == SHEET_OWN ? run->sheet : token->sheet;
        const struct name *name = name_meaning(dependents->book->names, token->name, sheet);
        size_t count = 0;
        if (name && name->formula)
            token = formula_tokens(dependents->book->formulas, name->formula, &count);
        if (count != 1)
            return false;
    }
    if (token->kind != TOKEN_AREA)
        return false;
    *area = token_area(token, (struct position){run->first_row, run->column});
    return true;
}

static bool has_area_alike(const struct dependents *dependents, const struct run *run,
                           const struct token *tokens, size_t count, const struct token *token)
{
    struct area area, other;
    if (!area_meant(dependents, run, token, &area))
        return false;
    for (size_t i = 0; i < count; i++)
        if (&tokens[i] != token && area_meant(dependents, run, &tokens[i], &other) &&
            area_rows(other) == area_rows(area) && area_columns(other) == area_columns(area))
            return true;
    return false;
}

/* Does it read cells that none of its references means? Ranges up to what a function gives, and
 * SUMIF(A1:A9,1,B1), where B1 is nine cells. */
static bool is_vague(const struct dependents *dependents, const struct run *run)
{
    size_t count;
    const struct token *tokens = formula_tokens(dependents->book->formulas, run->formula, &count);
    for (size_t i = 0; i < count; i++) {
        if (tokens[i].kind == TOKEN_RANGE)
            return true;
        if (tokens[i].kind != TOKEN_CALL || i == 0)
            continue;
        const struct function *function = function_of(tokens[i].function);
        if (!function || !(function->flags & FUNCTION_READS_BEYOND) || tokens[i].count < 3)
            continue;
        if (!has_area_alike(dependents, run, tokens, count, &tokens[i - 1]))
            return true;
    }
    return false;
}

static bool push_number(uint32_t *numbers, uint32_t number)
{
    uint32_t *pushed = steppe_array_push(numbers);
    if (pushed)
        *pushed = number;
    return pushed != NULL;
}

static bool list_run(struct dependents *dependents, uint32_t number, const struct names_in *names)
{
    const struct run *run = &dependents->runs[number];
    unsigned flags = formula_flags(dependents->book->formulas, run->formula);
    bool is_volatile =
        flags & FORMULA_IS_VOLATILE || names->are_too_many || is_vague(dependents, run);
    for (size_t i = 0; i < names->count && !is_volatile; i++) {
        const struct name *name =
            name_meaning(dependents->book->names, names->uses[i].name, names->uses[i].sheet);
        struct run named = *run;
        named.formula = name ? name->formula : 0;
        is_volatile = named.formula && (is_vague(dependents, &named) ||
                                        formula_flags(dependents->book->formulas, named.formula) &
                                            FORMULA_IS_VOLATILE);
    }
    if (is_volatile && !push_number(dependents->volatile_runs, number))
        return false;
    return !(flags & FORMULA_HAS_NAME) || push_number(dependents->name_runs, number);
}

static bool add_run(struct dependents *dependents, formula_id formula, sheet_id sheet,
                    struct position cell)
{
    struct names_in names = {.count = 0};
    uint64_t number = steppe_array_count(dependents->runs);
    if (!make_room(dependents))
        return false;
    struct run *run = steppe_array_push(dependents->runs);
    if (!run)
        return false;
    uint32_t *slot =
        slot_of(dependents, dependents->table, dependents->table_mask, formula, sheet, cell.column);
    *run = (struct run){.formula = formula,
                        .first_row = cell.row,
                        .last_row = cell.row,
                        .column = (uint16_t)cell.column,
                        .sheet = sheet,
                        .first_link = (uint32_t)steppe_array_count(dependents->links),
                        .before = *slot};
    dependents->table_used += !*slot;
    *slot = (uint32_t)number;
    return add_links(dependents, (uint32_t)number, formula, sheet, &names) &&
           add_links_of_names(dependents, (uint32_t)number, &names) &&
           list_run(dependents, (uint32_t)number, &names);
}

/* ---- continuing a run ---------------------------------------------------------------------------
 */

static bool is_within_reach(const struct run *run, uint32_t row)
{
    return (int64_t)row >= (int64_t)run->first_row - GAP_MAX &&
           (int64_t)row <= (int64_t)run->last_row + GAP_MAX;
}

static bool may_continue(const struct dependents *dependents, const struct run *run, uint32_t row)
{
    uint32_t first = (uint32_t)lesser(run->first_row, row),
             last = (uint32_t)greater(run->last_row, row);
    if (!is_within_reach(run, row))
        return false;
    for (uint32_t i = 0; i < run->link_count; i++)
        if (passes_edge(&dependents->links[run->first_link + i].token, first, last))
            return false;
    return true;
}

static bool continue_run(struct dependents *dependents, struct run *run, uint32_t row)
{
    struct run before = *run;
    run->first_row = (uint32_t)lesser(run->first_row, row);
    run->last_row = (uint32_t)greater(run->last_row, row);
    for (uint32_t i = 0; i < run->link_count; i++) {
        uint32_t number = run->first_link + i;
        const struct link *link = &dependents->links[number];
        struct block_span entered = block_span_at(box_of(link, &before), link->height, link->width);
        struct block_span span = block_span_of(box_of(link, run));
        if (!enter(dependents, number, &span, &entered))
            return false;
    }
    return true;
}

bool dependents_add(struct dependents *dependents, sheet_id sheet, struct position cell)
{
    const struct sheet *of = book_sheet(dependents->book, sheet);
    formula_id formula = of ? grid_at(of->grid, cell)->formula : 0;
    if (!formula)
        return true;
    uint32_t number = *slot_of(dependents, dependents->table, dependents->table_mask, formula,
                               sheet, cell.column);
    for (int i = 0; number && i < CHAIN_MAX; i++, number = dependents->runs[number].before) {
        struct run *run = &dependents->runs[number];
        if (cell.row >= run->first_row && cell.row <= run->last_row)
            return true;
        if (may_continue(dependents, run, cell.row))
            return continue_run(dependents, run, cell.row);
    }
    return add_run(dependents, formula, sheet, cell);
}

bool dependents_wants_renewal(const struct dependents *dependents)
{
    return steppe_array_count(dependents->runs) >
           2 * dependents->renewed_runs + RUNS_BEFORE_RENEWAL;
}

void dependents_renewed(struct dependents *dependents)
{
    dependents->renewed_runs = steppe_array_count(dependents->runs);
}

/* ---- visiting -----------------------------------------------------------------------------------
 */

struct visit {
    const struct dependents *dependents;
    sheet_id sheet;
    struct area area;
    dependents_visitor *visit;
    void *context;
};

static void hit(const struct visit *visit, const struct run *run, uint32_t first_row,
                uint32_t last_row)
{
    struct dependents_hit found = {.sheet = run->sheet,
                                   .column = run->column,
                                   .first_row = first_row,
                                   .last_row = last_row,
                                   .formula = run->formula};
    visit->visit(visit->context, &found);
}

static bool visit_link(const struct visit *visit, const struct link *link, const struct area *box)
{
    const struct run *run = &visit->dependents->runs[link->run];
    uint32_t first_row, last_row;
    struct area common;
    if (!area_meet(*box, visit->area, &common) ||
        !rows_that_mean(link, run, visit->area, &first_row, &last_row))
        return false;
    hit(visit, run, first_row, last_row);
    return true;
}

static void visit_all_links(const struct visit *visit)
{
    uint64_t count = steppe_array_count(visit->dependents->links);
    for (uint64_t i = 1; i < count; i++) {
        const struct link *link = &visit->dependents->links[i];
        if (link->token.sheet != visit->sheet)
            continue;
        struct area box = box_of(link, &visit->dependents->runs[link->run]);
        (void)visit_link(visit, link, &box); /* hit or not, the next one */
    }
}

/* A link stands in up to four of the blocks that are visited: it counts in the first of them. */
static bool is_first_block(const struct area *box, const struct block_span *span,
                           struct position block)
{
    struct block_span of = block_span_at(*box, span->height, span->width);
    return block.row == (uint32_t)greater(of.blocks.first.row, span->blocks.first.row) &&
           block.column == (uint32_t)greater(of.blocks.first.column, span->blocks.first.column);
}

static void visit_block(const struct visit *visit, const struct block_span *span,
                        struct position block)
{
    const struct dependents *dependents = visit->dependents;
    uint32_t entry =
        block_index_first(dependents->blocks, visit->sheet, span->height, span->width, block);
    for (; entry; entry = block_index_next(dependents->blocks, entry)) {
        const struct link *link = &dependents->links[block_index_number(dependents->blocks, entry)];
        if (link->height != span->height || link->width != span->width)
            continue;
        struct area box = box_of(link, &dependents->runs[link->run]);
        if (is_first_block(&box, span, block))
            (void)visit_link(visit, link, &box); /* hit or not, the next one */
    }
}

static void visit_shape(const struct visit *visit, const struct block_span *span)
{
    const struct area *blocks = &span->blocks;
    for (uint32_t row = blocks->first.row; row <= blocks->last.row; row++)
        for (uint32_t column = blocks->first.column; column <= blocks->last.column; column++)
            visit_block(visit, span, (struct position){row, column});
}

typedef void shape_visitor(void *context, const struct block_span *span);

static void each_shape(const struct visit *visit, shape_visitor *each, void *context)
{
    const struct block_index *blocks = visit->dependents->blocks;
    for (unsigned shape = 0;; shape++) {
        shape = block_index_next_shape(blocks, visit->sheet, shape);
        if (shape == BLOCK_SHAPES)
            return;
        struct block_span span = block_span_at(visit->area, (uint8_t)(shape / BLOCK_WIDTHS),
                                               (uint8_t)(shape % BLOCK_WIDTHS));
        each(context, &span);
    }
}

static void count_blocks(void *context, const struct block_span *span)
{
    *(uint64_t *)context += area_cells(span->blocks);
}

static void visit_each(void *context, const struct block_span *span)
{
    visit_shape(context, span);
}

void dependents_visit(const struct dependents *dependents, sheet_id sheet, struct area area,
                      dependents_visitor *visitor, void *context)
{
    struct visit visit = {.dependents = dependents,
                          .sheet = sheet,
                          .area = area,
                          .visit = visitor,
                          .context = context};
    uint64_t block_count = 0;
    if (!area_is_one(area))
        each_shape(&visit, count_blocks, &block_count);
    /* A large area has more blocks than there are links. */
    if (block_count > steppe_array_count(dependents->links) + BLOCK_SHAPES)
        visit_all_links(&visit);
    else
        each_shape(&visit, visit_each, &visit);
}

static void visit_runs(const struct dependents *dependents, const uint32_t *numbers,
                       dependents_visitor *visitor, void *context)
{
    struct visit visit = {.dependents = dependents, .visit = visitor, .context = context};
    for (uint64_t i = 0; i < steppe_array_count(numbers); i++) {
        const struct run *run = &dependents->runs[numbers[i]];
        hit(&visit, run, run->first_row, run->last_row);
    }
}

void dependents_visit_volatile(const struct dependents *dependents, dependents_visitor *visit,
                               void *context)
{
    visit_runs(dependents, dependents->volatile_runs, visit, context);
}

void dependents_visit_names(const struct dependents *dependents, dependents_visitor *visit,
                            void *context)
{
    visit_runs(dependents, dependents->name_runs, visit, context);
}

struct dependents_statistics dependents_statistics_of(const struct dependents *dependents)
{
    return (struct dependents_statistics){.run_count = steppe_array_count(dependents->runs) - 1,
                                          .link_count = steppe_array_count(dependents->links) - 1,
                                          .entry_count = block_index_count(dependents->blocks),
                                          .committed_bytes = dependents_bytes(dependents)};
}

uint64_t dependents_bytes(const struct dependents *dependents)
{
    return block_index_bytes(dependents->blocks) +
           steppe_array_capacity(dependents->runs) * sizeof(struct run) +
           steppe_array_capacity(dependents->links) * sizeof(struct link) +
           (steppe_array_capacity(dependents->table) +
            steppe_array_capacity(dependents->volatile_runs) +
            steppe_array_capacity(dependents->name_runs)) *
               sizeof(uint32_t);
}
