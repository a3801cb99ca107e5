/* SPDX-License-Identifier: MIT */
/*
 * book.h - a workbook: its sheets, and what they share: texts, styles, formulas, names, a budget.
 *
 * All memory that grows with the contents is of the library and charged to one budget, so a limit
 * (--memory) holds for all of it. What is refused leaves the workbook as it was.
 *
 * This is the model without its history: whoever edits on behalf of a person goes through edit.h,
 * which can undo.
 */
#ifndef STEPPE_SHEET_BOOK_H
#define STEPPE_SHEET_BOOK_H

#include "common/problem.h"
#include "sheet/book/formula.h"
#include "sheet/book/name.h"
#include "sheet/grid/grid.h"
#include "sheet/grid/style.h"
#include "sheet/grid/text.h"

struct dependents;
struct merge_index;
struct reference_notes;
struct recalculation;

enum { SHEET_NAME_CHARACTERS_MAX = 31, SHEETS_MAX = 255, MERGES_MAX = 65536 };

/* Width and the like of rows or columns, for those that differ from the default; in order, none
 * touching another that is alike. */
struct line_span {
    uint32_t first, last;
    double size; /* columns: characters; rows: points; 0: the default */
    bool is_hidden;
    style_id style; /* of cells that are not used */
};

struct line_spans {
    struct line_span *spans;
    size_t count;
    steppe_budget *budget; /* charged for them; may be NULL */
};

struct sheet {
    sheet_id id;
    text_id name;
    bool is_hidden;
    struct grid *grid;
    struct line_spans columns, rows;
    struct area
        *merges; /* to look at, in no order: changed by sheet_merge and sheet_unmerge alone */
    size_t merge_count;
    struct position frozen;  /* rows above and columns left of it stay */
    struct area filter;      /* of an automatic filter, with its row of titles ... */
    bool has_filter;         /* ... if there is one */
    bool has_guessed_widths; /* nobody asked for those of columns: nothing is lost with them */
    struct position cursor;  /* where it was saved */
    struct sheet_private {
        uint32_t name_hash;
        struct merge_index *merge_index;
    } private_; /* sheet.c's and merge.c's */
};

/* A sheet's name that a formula has, before there is the sheet. */
struct sheet_promise {
    text_id name; /* 0: none */
    uint32_t name_hash;
};

struct book {
    steppe_budget *budget;
    struct text_pool *texts;
    struct style_pool *styles;
    struct formula_pool *formulas;
    struct name_table *names;
    struct dependents *dependents;
    struct recalculation *recalculation;
    struct sheet *sheets[SHEETS_MAX]; /* in the order of the tabs */
    size_t sheet_count;
    struct sheet *by_id[SHEET_IDS_MAX];
    struct sheet_promise promises[SHEET_IDS_MAX]; /* by id */
    sheet_id last_id;
    size_t active;  /* the tab shown */
    bool is_1904;   /* days count from 1904 (date.h) */
    bool is_manual; /* computed only when asked */
};

/* memory_bytes: the limit on all of it; STEPPE_NO_LIMIT. NULL with a sentence. No sheets yet. */
struct book *book_new(uint64_t memory_bytes, struct problem *problem);
void book_free(struct book *book);

/* A sheet more, at a place among the tabs (SIZE_MAX: the last). NULL with a sentence: the name is
 * not allowed (empty, too long, \ / ? * [ ] :, or ' at an end), taken, there are too many, or
 * memory was refused. */
struct sheet *book_add_sheet(struct book *book, const char *name, size_t place,
                             struct problem *problem);
bool book_rename_sheet(struct book *book, struct sheet *sheet, const char *name,
                       struct problem *problem);
/* References to it become #REF!, its own names go. The last sheet stays. */
bool book_remove_sheet(struct book *book, struct sheet *sheet, struct problem *problem);
/* The same in two steps, for those who can take it back: out of the workbook, with all that is in
 * it, telling what became of formulas elsewhere (notes: rearrange.h, or NULL); then back to a place
 * under its old number, or to its end. References are the caller's to put back. */
bool book_take_sheet(struct book *book, struct sheet *sheet, const struct reference_notes *notes,
                     struct problem *problem);
bool book_put_sheet(struct book *book, struct sheet *sheet, size_t place, struct problem *problem);
/* The first half of that, for who sees to references and all that by other means: out of the tabs.
 * Returns its place. */
size_t book_detach_sheet(struct book *book, const struct sheet *sheet);
void sheet_free(struct book *book, struct sheet *sheet);
bool book_move_sheet(struct book *book, struct sheet *sheet, size_t place);
/* By name, of either case; by number (NULL: gone); its place among the tabs. */
struct sheet *book_find_sheet(const struct book *book, const char *name, size_t name_bytes);
struct sheet *book_sheet(const struct book *book, sheet_id id);
size_t book_place_of(const struct book *book, const struct sheet *sheet);
const char *sheet_name(const struct book *book, const struct sheet *sheet);
/* Why a sheet cannot be called so, as a sentence; true: it can. Whether it is taken is not asked.
 */
bool sheet_name_is_allowed(const char *name, size_t name_bytes, struct problem *problem);
/* The number a sheet of this name has or would get: formulas may name sheets that a file has only
 * later. 0: too many, or memory was refused. */
sheet_id book_sheet_number(struct book *book, const char *name, size_t name_bytes);

/* name_define (name.h), and formulas that use names become stale. Not during a load: there
 * name_define will do. */
name_id book_define_name(struct book *book, const char *name, size_t name_bytes, sheet_id sheet,
                         formula_id formula);

/* ---- cells ---------------------------------------------------------------------------------- */

/* Each of these puts something into a cell and lets go of what it held; dependents become stale
 * (not computed: book_recalculate). The style stays, but for cell_set_style. false: memory was
 * refused, the cell is as it was. */
bool cell_set_value(struct book *book, struct sheet *sheet, struct position position,
                    struct value value);
/* The same of a text that is kept already; takes a hold of its own. */
bool cell_set_text(struct book *book, struct sheet *sheet, struct position position, text_id text);
/* Takes a hold of its own. value: the last one known (a file's), or NULL: it is stale. With a value
 * it is not computed now; one that cannot be computed keeps it (CELL_KEPT_VALUE). */
bool cell_set_formula(struct book *book, struct sheet *sheet, struct position position,
                      formula_id formula, const struct value *value);
bool cell_set_style(struct book *book, struct sheet *sheet, struct position position,
                    style_id style);
/* Everything in the area goes: styles too when styles is set. */
bool cells_clear(struct book *book, struct sheet *sheet, struct area area, bool styles);

/* As typed: "=..." a formula, "{=...}" an array formula, otherwise typed.h with TYPED_ALL, or text
 * as it is where the cell's format is "@"; "" takes the value away. The format that what was typed
 * wants is given to a cell of General. false: a sentence (of the parser, with its place, or of
 * memory). */
bool cell_type(struct book *book, struct sheet *sheet, struct position position, const char *text,
               struct problem *problem);

/* What a cell holds. The result's text is good until something changes. */
struct value cell_value(const struct book *book, const struct cell *cell);
/* What F2 would show: "=A1+1", "12", "'12", "2024-01-31". The caller's to free; NULL: out of
 * memory. */
char *cell_source(const struct book *book, const struct sheet *sheet, struct position position);
/* As it is shown: formatted. columns: room, 0: as much as it wants. */
struct formatted;
void cell_show(const struct book *book, const struct sheet *sheet, struct position position,
               size_t columns, struct formatted *result);

/* ---- computing ------------------------------------------------------------------------------ */

/* For long work: called now and then. false: stop. */
struct progress {
    bool (*step)(void *context, const char *doing, uint64_t done,
                 uint64_t total); /* total 0: not known */
    void *context;
};
bool progress_step(const struct progress *progress, const char *doing, uint64_t done,
                   uint64_t total); /* true for a null pointer */

/* Compute what is stale, and everything volatile. false: it was stopped, the rest is still stale;
 * or memory was refused (a sentence). computed (may be NULL): how many formulas. */
bool book_recalculate(struct book *book, const struct progress *progress, uint64_t *computed,
                      struct problem *problem);
/* Everything becomes stale. */
void book_make_stale(struct book *book);

/* Give back what nobody uses: pages, texts, formulas. Returns the bytes given back. */
uint64_t book_collect(struct book *book);
/* Would it be worth while? For those who have nothing else to do. */
bool book_wants_collection(const struct book *book);

/* Says why memory was refused, by the library's last status. Always false. */
bool book_say_refused(const struct book *book, struct problem *problem);

struct book_statistics {
    uint64_t used_cells, formula_cells, different_formulas, different_texts;
    uint64_t committed_bytes, limit_bytes;
    uint64_t cell_pages, packed_tiles;
    uint64_t fault_count;
};
/* Looks at every cell. */
struct book_statistics book_statistics_of(const struct book *book);

/* ---- lines: widths, heights ----------------------------------------------------------------- */

/* NULL: it is as the default. Good until one is set. */
const struct line_span *line_span_at(const struct line_spans *spans, uint32_t line);
/* What a cell that is not used looks like: as its row, or its column. */
style_id sheet_style_of_lines(const struct sheet *sheet, struct position position);
/* All lines from first to last become so, whatever they were. false: memory was refused. Setting
 * them in order is fastest. */
bool line_span_set(struct line_spans *spans, const struct line_span *span);
/* Lines come in before first (alike to it, where it is in the middle of a span), or go from first
 * on (count < 0); limit: ROWS or COLUMNS, what is pushed beyond is gone. */
bool line_spans_shift(struct line_spans *spans, uint32_t first, int64_t count, uint32_t limit);
void line_spans_free(struct line_spans *spans);

/* ---- merges --------------------------------------------------------------------------------- */

/* false: it is one cell, meets another, there are too many, or memory was refused. */
bool sheet_merge(struct sheet *sheet, struct area area);
/* Every merge that meets the area ends. false: there was none. */
bool sheet_unmerge(struct sheet *sheet, struct area area);
/* NULL: there is none. Its place in sheet->merges. Time does not go with how many there are. */
const struct area *sheet_merge_at(const struct sheet *sheet, struct position position);
bool sheet_meets_merge(const struct sheet *sheet, struct area area);
void sheet_free_merges(struct sheet *sheet);

#endif
