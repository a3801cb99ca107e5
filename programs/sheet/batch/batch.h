/* SPDX-License-Identifier: MIT */
/*
 * batch.h - the commands that need no screen: convert, get, set, calc, stat, diff, run; and what
 * they share.
 *
 * Each reads, works, and at the last writes: what goes wrong before leaves every file as it was.
 * What is asked for goes to standard output, everything else to standard error.
 */
#ifndef STEPPE_SHEET_BATCH_H
#define STEPPE_SHEET_BATCH_H

#include <stdio.h>
#include <sys/stat.h>

#include "sheet/batch/options.h"
#include "sheet/edits/edit.h"

/* What the program ends with. */
enum batch_status {
    BATCH_DONE,
    BATCH_DIFFERENT, /* or a command of a script cannot be done, or something would be lost */
    BATCH_USAGE,
    BATCH_FILE,
    BATCH_MEMORY
};

struct batch {
    const struct options *options;
    struct problem problem; /* of what is not done; "": none */
    struct progress progress;
    struct losses losses;      /* in reading, then in writing too */
    int64_t begun_ms, told_ms; /* for the line that tells how far the work is */
    bool is_telling;
    struct csv_options found; /* of a CSV that is changed in place: how it is written */
    struct stat stamp;        /* of what is changed in place, before it was read */
};

/* Do what the options say; tells what went wrong. */
enum batch_status batch_run(const struct options *options);

/* Each is told in batch->problem when it does not return BATCH_DONE, but for differences. */
enum batch_status batch_convert(struct batch *batch);
enum batch_status batch_get(struct batch *batch);
enum batch_status batch_set(struct batch *batch);
enum batch_status batch_calc(struct batch *batch);
enum batch_status batch_stat(struct batch *batch);
enum batch_status batch_diff(struct batch *batch);
enum batch_status batch_script(struct batch *batch);

/* ---- what they share -------------------------------------------------------------------------
 */

/* A workbook that was read, and computed where the file has no values or says that they are not to
 * be trusted, or all of it when the options say so. NULL with a sentence. */
struct book *batch_open(struct batch *batch, const char *path);
/* The same with the values that are in the file, right or wrong. */
struct book *batch_open_as_it_is(struct batch *batch, const char *path);
/* To options->output, telling what is lost. false with a sentence. */
enum batch_status batch_write(struct batch *batch, const struct book *book);
/* Which status goes with the problem: memory or a file. */
enum batch_status batch_failed(const struct batch *batch);
/* The sheet that is meant where none is named. NULL with a sentence. */
struct sheet *batch_sheet(struct batch *batch, const struct book *book);
/* Figures for people are on standard output, unless a workbook goes there. */
FILE *batch_figures(const struct batch *batch);
enum batch_status batch_end_output(struct batch *batch, FILE *stream);

#endif
