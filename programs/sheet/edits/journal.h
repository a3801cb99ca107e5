/* SPDX-License-Identifier: MIT */
/*
 * journal.h - every command since the last save, on disk: what a killed program had done is done
 * again when the file is opened next. At most the last second is lost.
 *
 * A file beside the workbook: "book.xlsx" has ".book.xlsx.steppe-journal", mode 0600. Lines:
 *
 *     steppe-sheet journal 1
 *     file SIZE MTIME_NS               of the workbook that the commands apply to; "none": a new
 * one
 *     XXXXXXXXXXXXXXXX COMMAND         a hash of the line before it and the command; undo and redo
 * are
 *     ...                              commands, too
 *
 * A line that is cut off, or whose hash is wrong, ends the journal: what is before it counts.
 * Written with every command, and brought to disk (fdatasync) once a second, when something was
 * written, and at the end. The program that has it open holds a lock on it (flock).
 */
#ifndef STEPPE_SHEET_JOURNAL_H
#define STEPPE_SHEET_JOURNAL_H

#include "common/problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal;

enum journal_finding {
    JOURNAL_NONE,   /* nothing to recover */
    JOURNAL_FOUND,  /* commands, for the file as it is */
    JOURNAL_STALE,  /* commands, for another state of the file: better not */
    JOURNAL_IN_USE, /* another program has the file open */
    JOURNAL_DAMAGED /* not one of ours, or unreadable */
};

/* What there is beside a workbook; count: commands. */
enum journal_finding journal_look(const char *workbook_path, uint64_t *command_count);
/* Read them, in order. false: the visitor said so. */
typedef bool journal_visitor(void *context, const char *command);
bool journal_read(const char *workbook_path, journal_visitor *visit, void *context,
                  struct problem *problem);

/* Begin one, for a workbook as it is on disk; an old one is kept as ".old" (".old2" ...) when it
 * had commands. NULL with a sentence (no permission in that folder, a full disk): work goes on
 * without. */
struct journal *journal_open(const char *workbook_path, struct problem *problem);
/* A command more. false: the disk is full or the like; told once, with a sentence, and then no
 * more. */
bool journal_write(struct journal *journal, const char *command, struct problem *problem);
/* To be called now and then: brings to disk what is older than a second. */
bool journal_tick(struct journal *journal, struct problem *problem);
/* All that the journal had which was put away when this one was opened is in this one, too: that
 * one goes, once this one is on disk. */
void journal_drop_old(struct journal *journal);
/* The workbook has been saved: begin anew. */
bool journal_saved(struct journal *journal, struct problem *problem);
/* remove: everything is saved or given up; else it stays, for the next time. */
void journal_close(struct journal *journal, bool remove);

#endif
