/* SPDX-License-Identifier: MIT */
/* options.h - the command line of steppe-sheet. */
#ifndef STEPPE_SHEET_OPTIONS_H
#define STEPPE_SHEET_OPTIONS_H

#include "screen/terminal.h"
#include "sheet/files/workfile.h"

enum options_way {
    OPTIONS_SCREEN,
    OPTIONS_CONVERT,
    OPTIONS_GET,
    OPTIONS_SET,
    OPTIONS_CALC,
    OPTIONS_STAT,
    OPTIONS_DIFF,
    OPTIONS_RUN,
    OPTIONS_HELP, /* from here on: to be told, nothing more */
    OPTIONS_VERSION,
    OPTIONS_FUNCTIONS
};

struct options {
    enum options_way way;
    const char *path; /* the workbook; the first one of DIFF. NULL: a new one, on the screen */
    const char *other_path; /* DIFF's second one */
    const char *output;     /* where to write; NULL: nowhere. CONVERT's second one */
    const char *script;     /* RUN's; "-" is standard input */
    char *const *words;     /* GET: ranges, SET: assignments */
    size_t word_count;
    enum workfile_format from, to; /* WORKFILE_UNKNOWN: find out */
    struct csv_options csv;
    char to_separator;             /* of what is written or printed; 0: as csv says */
    enum csv_encoding to_encoding; /* of what is written; CSV_ENCODING_GUESS: UTF-8 */
    bool to_mark;                  /* with U+FEFF at its start */
    const char *sheet;             /* NULL: the active one */
    bool force;                    /* what is there may be replaced */
    bool in_place;                 /* output is the workbook itself */
    bool json;
    bool recalculate; /* everything, at once */
    bool check;       /* CALC: are the file's values those that are computed? */
    bool values;      /* DIFF: formulas are not compared */
    bool typed;       /* DIFF: what formulas give is not compared */
    bool strict;      /* nothing is written that would lose something */
    bool quiet;       /* neither losses nor progress are told */
    bool no_journal;
    bool has_tolerance;
    double tolerance;      /* of numbers, relative beyond 1 */
    uint64_t memory_bytes; /* STEPPE_NO_LIMIT */
    struct screen_options screen;
};

/* Read the command line. Returns NULL, or what is wrong with it: a sentence, valid until the next
 * call. */
const char *options_read(struct options *options, int argument_count, char *arguments[]);

/* The text of --help. */
const char *options_help(void);

#endif
