/* SPDX-License-Identifier: MIT */
/*
 * workfile.h - workbooks in files: which format a file has, reading it into a workbook, and
 * writing one so that the old file is there until the new one is complete.
 *
 *                 read   write
 *   .csv .tsv .txt  x      x     csv_read.c, csv_write.c (libcsv)
 *   .xlsx .xlsm     x      x     xlsx_read.c (libzip, expat), xlsx_write.c (libzip)
 *   .ods .fods      x            ods_read.c
 *   .json                  x     json_write.c: values and formulas, for other programs
 *
 * The format of a file that is read is found from its first bytes, of one written from its name.
 * "-" is standard input and output: what comes in is looked at where that can be done (a pipe, a
 * file), else it is CSV, and so is what goes out, unless a format is named.
 */
#ifndef STEPPE_SHEET_WORKFILE_H
#define STEPPE_SHEET_WORKFILE_H

#include "sheet/book/book.h"
#include "sheet/book/losses.h"
#include "sheet/values/typed.h"

enum workfile_format {
    WORKFILE_UNKNOWN,
    WORKFILE_CSV,
    WORKFILE_TSV,
    WORKFILE_XLSX,
    WORKFILE_ODS,
    WORKFILE_FODS,
    WORKFILE_JSON
};

enum csv_header { CSV_HEADER_GUESS, CSV_HEADER_YES, CSV_HEADER_NO };
/* CSV_UTF16 has the low byte first, where a file does not say otherwise. */
enum csv_encoding {
    CSV_ENCODING_GUESS, /* written: UTF-8 */
    CSV_UTF8,
    CSV_UTF16,
    CSV_UTF16_BIG,
    CSV_LATIN1,
    CSV_WINDOWS
};

/* Zeros are the defaults: guess. */
struct csv_options {
    char separator, quote;
    char decimal; /* ',' or '.', which is the default, and not guessed */
    enum typed_dates dates;
    enum csv_encoding encoding;
    uint32_t columns; /* writing: so many fields in each line at least, blank or not */
    bool keeps_looks; /* writing: "12.50" and "5%" where they would be read back as just that */
    bool may_widen;   /* writing: UTF-8 where the encoding has not all characters */
    bool has_mark;    /* writing: U+FEFF at the start, as Excel wants it */
    bool has_returns; /* writing: a carriage return in front of each line feed */
    enum csv_header header; /* a header's row is frozen, and bold */
    bool all_text;          /* numbers and dates are not looked for */
    bool formulas;          /* reading: "=..." is a formula; writing: formulas instead of values */
    bool shown;             /* writing: as shown (formatted), not as kept */
    uint32_t
        comma_column; /* found: numbers with decimal commas seem to be in it; from 1, 0: none */
};

struct workfile_options {
    enum workfile_format format; /* WORKFILE_UNKNOWN: find out */
    struct csv_options csv;
    const struct progress *progress;
    bool keep_stale;           /* reading: do not compute what the file has values for */
    bool leave_stale;          /* reading: compute nothing, for those who do it themselves */
    const char *sheet;         /* writing CSV: which one; NULL: the active one */
    bool replace;              /* writing: a file of this name may go */
    struct csv_options *found; /* reading CSV: options to write it as it was; may be NULL */
};

enum workfile_format workfile_format_of_name(const char *path);
const char *workfile_format_name(enum workfile_format format);              /* "XLSX" */
bool workfile_format_parse(const char *name, enum workfile_format *format); /* "xlsx", "csv" */

/* Read a file into a workbook without sheets. What is not kept is added to losses. false with a
 * sentence: the workbook is then good for nothing but book_free. Computes what the file has no
 * values for. */
bool workfile_read(struct book *book, const char *path, const struct workfile_options *options,
                   struct losses *losses, struct problem *problem);

/* Write it: beside the file, to disk (fsync), then under its name (rename), with the old file's
 * mode. false with a sentence: a file that was there is as it was, and nothing is left beside it.
 */
bool workfile_write(const struct book *book, const char *path,
                    const struct workfile_options *options, struct losses *losses,
                    struct problem *problem);
/* What writing in a format would lose. csv: how, when it is CSV; may be NULL. */
void workfile_losses(const struct book *book, enum workfile_format format,
                     const struct csv_options *csv, struct losses *losses);

/* ---- the formats, for workfile.c
 * ------------------------------------------------------------------- */

bool csv_read(struct book *book, const char *path, const struct workfile_options *options,
              struct losses *losses, struct problem *problem);
bool xlsx_read(struct book *book, const char *path, const struct workfile_options *options,
               struct losses *losses, struct problem *problem);
bool ods_read(struct book *book, const char *path, const struct workfile_options *options,
              struct losses *losses, struct problem *problem);

/* To a stream, or a path: what is there goes. (libcsv has a csv_write.) */
bool csv_write_sheet(const struct book *book, int descriptor,
                     const struct workfile_options *options, struct losses *losses,
                     struct problem *problem);
bool json_write(const struct book *book, int descriptor, const struct workfile_options *options,
                struct losses *losses, struct problem *problem);
bool xlsx_write(const struct book *book, const char *path, const struct workfile_options *options,
                struct losses *losses, struct problem *problem);

#endif
