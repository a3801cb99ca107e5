/* SPDX-License-Identifier: MIT */
/*
 * history.h - changing a workbook in a way that can be taken back: every change
 * there is, each with a record of what was there before.
 *
 *            history_begin      history_*           history_commit
 *    closed --------------> open ---------> open ------------------> closed, a
 * step more to undo ^                     |  |           | | |  +-----------+
 * history_roll_back: as at the mark
 *      +---------------------+ history_commit, nothing recorded
 *
 * A record holds what a place in the workbook had; to take it back, or to do it
 * again, the two are exchanged. So the records of a step, from the last to the
 * first, undo it, and from the first to the last do it again, and no more is
 * kept for the one than for the other.
 *
 * Whoever does something that may be refused takes a mark first and goes back
 * to it. Going back is not refused: the budget's limit is lifted for it, as all
 * that comes was there before.
 *
 * Memory: two arrays of the library, charged to the workbook's budget; 32 bytes for each cell
 * changed, for each run of the same formula, for each group of lines. When it is refused the steps
 * to redo are forgotten, then the oldest to undo, unless those hold less than the one that is open.
 */
#ifndef STEPPE_SHEET_HISTORY_H
#define STEPPE_SHEET_HISTORY_H

#include "sheet/book/book.h"
#include "sheet/book/evaluate.h"
#include "sheet/book/shift.h"
#include "sheet/edits/carry.h"

struct history;

/* NULL: memory was refused. The book must outlive it. */
struct history *history_new(struct book *book);
void history_free(struct history *history);

/* ---- steps ----------------------------------------------------------------------------------- */

/* Open a step. progress (may be NULL) is asked by all that takes long until the
 * step is closed. */
void history_begin(struct history *history);
bool history_is_open(const struct history *history);
void history_set_progress(struct history *history, const struct progress *progress);
/* Close it; place: to look at when it is undone. What could be redone is
 * forgotten. Returns whether there was anything in it; if not there is no step.
 */
bool history_commit(struct history *history, struct place place);

/* How many records and cells the open step has. */
struct history_mark {
    uint64_t record_count, order_count, cell_count;
};
struct history_mark history_here(struct history *history);
void history_roll_back(struct history *history, struct history_mark mark);
/* Cells changed since the mark. */
uint64_t history_cells_since(const struct history *history, struct history_mark mark);

/* Was the last call that failed refused memory, or stopped by progress? If
 * neither, it had another reason. To be asked before history_roll_back. */
bool history_was_refused(const struct history *history);
bool history_was_stopped(const struct history *history);
/* Forget the steps to redo, or the older half of those to undo, if they hold more than the open one
 * has (or had before history_roll_back), so that what was refused can be tried again. false:
 * nothing was forgotten. */
bool history_make_room(struct history *history);

/* All steps go, and the memory they took; the workbook stays as it is. Not while one is open. */
void history_forget(struct history *history);

/* Take back the last step, or do it again. false: there is none, or memory was
 * refused; then nothing has changed. */
bool history_undo(struct history *history, struct place *place);
bool history_redo(struct history *history, struct place *place);
size_t history_undo_count(const struct history *history);
size_t history_redo_count(const struct history *history);
/* A number for the workbook as it is now: the same after undo as before the
 * step. */
uint64_t history_state(const struct history *history);

/* ---- changes --------------------------------------------------------------------------------- */
/* Each false: refused, stopped; nothing has changed, unless it says otherwise.
 */

/* Before a cell is changed by other means (cell_set_value, cell_type ...). */
bool history_note_cell(struct history *history, const struct sheet *sheet,
                       struct position position);
/* Put contents into a cell: text and formula are held by the caller, and now by
 * the cell too. */
bool history_put_cell(struct history *history, struct sheet *sheet, struct position position,
                      const struct cell *contents);
/* Empty the used cells of an area, but for those in except (may be NULL).
 * Refused, some may have been emptied. */
bool history_clear(struct history *history, struct sheet *sheet, struct area area,
                   const struct area *except, bool contents, bool formats);
/* Another formula in the cell, which has one; its value stays till it is
 * computed. The hold of the formula is taken over. */
bool history_put_formula(struct history *history, struct sheet *sheet, struct position position,
                         formula_id formula);

/* What of lines is to be changed; the rest stays. Refused, some lines may have
 * been changed. */
struct line_change {
    bool sets_size, sets_hidden, sets_style;
    double size;
    bool is_hidden;
    style_id style;
    bool notes_all; /* note lines that do not change as well, for a shift that
                       follows */
};
bool history_lines(struct history *history, struct sheet *sheet, bool columns, uint32_t first,
                   uint32_t last, const struct line_change *change);

bool history_merge(struct history *history, struct sheet *sheet, struct area area);
/* All merges that meet the area. Refused, some may have ended. */
bool history_unmerge(struct history *history, struct sheet *sheet, struct area area);
bool history_freeze(struct history *history, struct sheet *sheet, struct position frozen);
/* NULL: none. */
bool history_filter(struct history *history, struct sheet *sheet, const struct area *area);
/* The hold of the formula is taken over in any case; 0: the name goes. Of a sheet: it is there. */
bool history_name(struct history *history, const char *name, size_t name_bytes, sheet_id sheet,
                  formula_id formula);

/* To be called before changes after which formulas mean other cells, or lie
 * elsewhere: everything will be computed, and what refers to what found out
 * anew. */
void history_restructure(struct history *history);
/* Cells, widths and merges alone go where the shift (of lines, or MOVE) says.
 * Nothing may be where they go to, or be lost: the caller has seen to that. */
bool history_shift(struct history *history, const struct shift *shift);
/* order: copied. The number of lines may be less than the area's. */
bool history_order(struct history *history, struct sheet *sheet, const struct carry_order *order);

/* place: among the tabs; SIZE_MAX: the last. */
struct sheet *history_add_sheet(struct history *history, const char *name, size_t place,
                                struct problem *problem);
/* The sheet goes, with what is in it; formulas and names that refer to it are
 * the caller's. */
bool history_remove_sheet(struct history *history, struct sheet *sheet);
bool history_rename_sheet(struct history *history, struct sheet *sheet, const char *name,
                          struct problem *problem);
bool history_move_sheet(struct history *history, struct sheet *sheet, size_t place);

struct book *history_book(const struct history *history);
/* For loops that take long. false: stop. */
bool history_step(struct history *history, const char *doing, uint64_t done, uint64_t total);
const struct progress *history_progress(struct history *history);

uint64_t history_committed_bytes(const struct history *history);

#endif
