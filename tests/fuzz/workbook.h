/* SPDX-License-Identifier: MIT */
/* workbook.h - what the targets of steppe-sheet share: inputs as files, and is a workbook sound? */
#ifndef STEPPE_TESTS_FUZZ_WORKBOOK_H
#define STEPPE_TESTS_FUZZ_WORKBOOK_H

#include "fuzz.h"
#include "sheet/book/book.h"
#include "sheet/files/workfile.h"

/* Bytes as a file without a name, and how to call it nevertheless. */
struct input_file {
    int descriptor;
    char path[32];
};
struct input_file input_file(const void *bytes, size_t size_bytes);
void input_file_close(struct input_file *file);
/* The caller's to free. */
uint8_t *input_file_bytes(const struct input_file *file, size_t *size_bytes);

/* An archive of the parts that are described so: each a line "=== name", and what follows up to the
 * next. What begins with "PK" is an archive already. */
struct input_file input_archive(const uint8_t *data, size_t size);
bool input_is_parts(const uint8_t *data, size_t size);

/* Is it what texts of a workbook are: UTF-8 without a 0? */
bool input_is_text(const void *text, size_t text_bytes);

/* No sheets yet; with so little memory that refusals are reached. */
struct book *workbook_new(void);
/* Everything in it is what it should be. */
void workbook_check(const struct book *book);
/* Computed as far as it goes in a second or so, collected, checked. */
void workbook_compute(struct book *book);
uint64_t workbook_cells(const struct book *book);
/* The same sheets, names of them, values and formulas. */
void workbook_must_be(const struct book *book, const struct book *expected);

/* Says stop after so many steps. */
struct patience {
    struct progress progress;
    uint64_t left;
};
void patience_begin(struct patience *patience, uint64_t steps);

#endif
