/* SPDX-License-Identifier: MIT */
/*
 * edit.h - doing commands, taking them back, and doing them again; everything a
 * person changes goes through here.
 *
 *    edit_do --> done, and a step more to undo; steps to redo are gone
 *    edit_undo: the last step is taken back <--> edit_redo: done again
 *
 * What a step changed is kept (history.h) in reservations charged to the
 * workbook's budget; when that refuses, the oldest steps are forgotten first,
 * and at the last the command is refused, with everything as it was.
 */
#ifndef STEPPE_SHEET_EDIT_H
#define STEPPE_SHEET_EDIT_H

#include "sheet/book/evaluate.h"
#include "sheet/edits/command.h"

struct edit;
struct journal;

/* journal may be NULL; else every step, undo and redo is written there:
 * commands as command_print has them, and "undo", "redo", "begin", "end". NULL:
 * memory was refused. Both must outlive it. */
struct edit *edit_new(struct book *book, struct journal *journal);
void edit_free(struct edit *edit);
/* Another one from now on, or none. */
void edit_set_journal(struct edit *edit, struct journal *journal);

/* Do it, compute what became stale (unless the workbook is computed by hand).
 * false with a sentence; nothing has changed. true with a sentence (else
 * problem's text is empty): it is done, but computing was stopped, or the
 * journal could not be written. changed (may be NULL): how many cells, for "3
 * replaced"; of sort: lines. */
bool edit_do(struct edit *edit, const struct command *command, const struct progress *progress,
             uint64_t *changed, struct problem *problem);
/* The same of a line (command.h), or "undo", "redo", "begin" and "end" as in
 * the journal. Empty lines and those with # in front do nothing. */
bool edit_line(struct edit *edit, const char *line, const char *sheet,
               const struct progress *progress, struct problem *problem);
/* How many cells with contents the last command has hidden under a merged one: nobody sees them,
 * and formulas still do. */
uint64_t edit_hidden_count(const struct edit *edit);
/* Several commands that are one step to undo, computed at the end. One that is
 * refused leaves the others. They may stand in each other. edit_end: false with a sentence when
 * not all is computed or in the journal; it is ended all the same. */
void edit_begin(struct edit *edit);
bool edit_end(struct edit *edit, const struct progress *progress, struct problem *problem);

/* false with a sentence: there is nothing to take back (do again), memory was refused, or progress
 * stopped it; then nothing has changed. where (may be NULL): a place to look at. Commands begun
 * with edit_begin are ended before. */
bool edit_undo(struct edit *edit, const struct progress *progress, struct place *where,
               struct problem *problem);
bool edit_redo(struct edit *edit, const struct progress *progress, struct place *where,
               struct problem *problem);
size_t edit_undo_count(const struct edit *edit);
size_t edit_redo_count(const struct edit *edit);
/* Forget them all: what they kept is given back. false: between begin and end it cannot be. */
bool edit_forget(struct edit *edit, struct problem *problem);
/* What is kept for them. */
uint64_t edit_committed_bytes(const struct edit *edit);

/* A number for the workbook as it is: another one when a step is done, the same as before when it
 * is undone. */
uint64_t edit_state(const struct edit *edit);
/* Has anything changed since it was saved? */
bool edit_is_changed(const struct edit *edit);
void edit_saved(struct edit *edit);

#endif
