/* SPDX-License-Identifier: MIT */
/*
 * xlsx_output.h - the parts of an XLSX file while they are written: XML in a buffer, produced in
 * small steps whenever the archive wants more of it.
 *
 * Room: a step begins with an empty buffer or one with less than OUTPUT_STEP_BYTES in it, and puts
 * in no more than one cell, row, column, style, name or the like at a time. The longest of these, a
 * formula with a text as its value, all of them characters that become others, fits in behind that.
 */
#ifndef STEPPE_SHEET_XLSX_OUTPUT_H
#define STEPPE_SHEET_XLSX_OUTPUT_H

#include "sheet/files/workfile.h"

enum { OUTPUT_STEP_BYTES = 64 << 10, OUTPUT_ROOM_BYTES = 2 << 20 };

struct xlsx_output {
    size_t used;
    char bytes[OUTPUT_STEP_BYTES + OUTPUT_ROOM_BYTES];
};

void output_put(struct xlsx_output *output, const char *bytes, size_t count);
void output_string(struct xlsx_output *output, const char *string); /* as it is */
void output_format(struct xlsx_output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void output_number(struct xlsx_output *output, double number);
void output_whole(struct xlsx_output *output, uint64_t number);
/* Between tags, or in an attribute: with &lt; and the like; what XML cannot hold as _x0001_. */
void output_text(struct xlsx_output *output, const char *text, size_t text_bytes);

/* ---- what the parts are made of ---------------------------------------------------------------
 */

struct xlsx_style_part; /* xlsx_write_styles.c: numbers of styles in the file */

/* What all parts share. */
struct xlsx_job {
    const struct book *book;
    struct losses *losses;
    const struct progress *progress;
    struct xlsx_style_part *styles;
    uint64_t done_cells, total_cells;
    bool is_out_of_memory, is_cancelled; /* nobody wants the rest */
};

/* Put a little into the output. false: there was nothing left to put in. */
typedef bool xlsx_producer(void *part, struct xlsx_output *output);

/* NULL: out of memory. */
struct xlsx_sheet_part;
struct xlsx_sheet_part *xlsx_sheet_part_new(struct xlsx_job *job, const struct sheet *sheet,
                                            bool is_active);
void xlsx_sheet_part_free(struct xlsx_sheet_part *part);
xlsx_producer xlsx_sheet_part_produce;

struct xlsx_style_part *xlsx_style_part_new(const struct book *book, struct losses *losses);
void xlsx_style_part_free(struct xlsx_style_part *styles);
uint32_t xlsx_style_part_number(const struct xlsx_style_part *styles, style_id style);
xlsx_producer xlsx_style_part_produce;

/* The text of a formula for files; NULL with is_out_of_memory, or when it is too long (a loss). The
 * caller's to free. */
char *xlsx_formula_text(struct xlsx_job *job, formula_id formula, sheet_id sheet,
                        struct position cell, const char *where);

#endif
