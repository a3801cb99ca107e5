/* SPDX-License-Identifier: MIT */
/*
 * csv.c - whatever bytes are read as CSV, a sound sheet comes of them or a sentence; and what is
 * written of it reads the same.
 *
 * An input is four letters and the file: separator and quote (ASCII; '?': to be guessed), the
 * number of an encoding ('0' guesses), and of the header ('0' guesses; and 4 for texts only, 8 for
 * formulas).
 */
#include <string.h>

#include "workbook.h"

enum { LETTERS = 4, STEPS = 10000 };

static struct csv_options options_of(const uint8_t *letters)
{
    return (struct csv_options){
        .separator = letters[0] == '?' ? 0 : (char)(letters[0] & 127),
        .quote = letters[1] == '?' ? 0 : (char)(letters[1] & 127),
        .encoding = (enum csv_encoding)(letters[2] % (CSV_WINDOWS + 1)),
        .header = (enum csv_header)(letters[3] % 4 % (CSV_HEADER_NO + 1)),
        .all_text = letters[3] & 4,
        .formulas = letters[3] & 8,
    };
}

static struct book *read_book(const struct input_file *file, const struct csv_options *csv)
{
    struct problem problem = {0};
    struct losses losses = {.count = 0};
    struct patience patience;
    struct book *book = workbook_new();
    patience_begin(&patience, STEPS);
    struct workfile_options options = {.csv = *csv, .progress = &patience.progress};
    if (csv_read(book, file->path, &options, &losses, &problem)) {
        free(losses_text(&losses));
        workbook_check(book);
        return book;
    }
    must(problem.text[0]);
    book_free(book);
    return NULL;
}

static struct input_file write_book(const struct book *book, const struct csv_options *csv)
{
    struct problem problem = {0};
    struct losses losses = {.count = 0};
    struct workfile_options options = {.csv = *csv};
    struct input_file file = input_file("", 0);
    must(csv_write_sheet(book, file.descriptor, &options, &losses, &problem));
    return file;
}

/* Texts alone are the same; numbers in texts, dates and the like need not be: but there must be
 * something that can be read. */
static void check_again(const struct book *book, const struct csv_options *csv)
{
    struct csv_options again = {.separator = ';',
                                .quote = '"',
                                .encoding = CSV_UTF8,
                                .header = CSV_HEADER_NO,
                                .all_text = csv->all_text,
                                .formulas = csv->formulas};
    struct input_file file = write_book(book, &again);
    struct book *other = read_book(&file, &again);
    must(other);
    if (csv->all_text && !csv->formulas) {
        const char *name = sheet_name(book, book->sheets[0]); /* which is the file's */
        must(book_rename_sheet(other, other->sheets[0], name, NULL));
        workbook_must_be(other, book);
    }
    book_free(other);
    input_file_close(&file);
    again.shown = true;
    file = write_book(book, &again);
    input_file_close(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < LETTERS)
        return 0;
    struct csv_options csv = options_of(data);
    struct input_file file = input_file(data + LETTERS, size - LETTERS);
    struct book *book = read_book(&file, &csv);
    if (book) {
        workbook_compute(book);
        if (book->sheet_count == 1)
            check_again(book, &csv);
        book_free(book);
    }
    input_file_close(&file);
    return 0;
}
