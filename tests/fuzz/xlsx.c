/* SPDX-License-Identifier: MIT */
/*
 * xlsx.c - whatever is in an archive that is read as XLSX, a sound workbook comes of it or a
 * sentence; and what is written of it reads the same.
 *
 * An input is the parts of an archive (workbook.h), or an archive.
 */
#include <string.h>
#include <unistd.h>

#include "workbook.h"

enum { STEPS = 10000, CELLS_MAX = 2000 };

static struct book *read_book(const char *path)
{
    struct problem problem = {0};
    struct losses losses = {.count = 0};
    struct patience patience;
    struct book *book = workbook_new();
    patience_begin(&patience, STEPS);
    struct workfile_options options = {.progress = &patience.progress, .keep_stale = true};
    if (xlsx_read(book, path, &options, &losses, &problem)) {
        free(losses_text(&losses));
        workbook_check(book);
        return book;
    }
    must(problem.text[0]);
    book_free(book);
    return NULL;
}

static void check_again(const struct book *book)
{
    char path[] = "/dev/shm/steppe-fuzz-XXXXXX";
    int descriptor = mkstemp(path);
    struct problem problem = {0};
    struct losses losses = {.count = 0};
    must(descriptor >= 0 && close(descriptor) == 0);
    bool is_written =
        xlsx_write(book, path, &(struct workfile_options){.replace = true}, &losses, &problem);
    if (!is_written)
        (void)fprintf(stderr, "not written: %s\n", problem.text);
    must(is_written);
    struct book *other = read_book(path);
    must(other && unlink(path) == 0);
    workbook_must_be(other, book);
    book_free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input_file file = input_archive(data, size);
    struct book *book = read_book(file.path);
    if (book) {
        if (workbook_cells(book) <= CELLS_MAX)
            check_again(book);
        workbook_compute(book);
        book_free(book);
    }
    input_file_close(&file);
    return 0;
}
