/* SPDX-License-Identifier: MIT */
/*
 * ods.c - whatever is read as ODS or FODS, a sound workbook comes of it or a sentence.
 *
 * An input is the parts of an archive (workbook.h), an archive, or, beginning with '<', a FODS.
 */
#include <string.h>

#include "workbook.h"

enum { STEPS = 10000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problem problem = {0};
    struct losses losses = {.count = 0};
    struct patience patience;
    struct input_file file = input_archive(data, size); /* a FODS is left as it is */
    struct book *book = workbook_new();
    patience_begin(&patience, STEPS);
    struct workfile_options options = {.progress = &patience.progress, .keep_stale = true};
    bool is_read = ods_read(book, file.path, &options, &losses, &problem);
    must(is_read || problem.text[0]);
    if (is_read) {
        free(losses_text(&losses));
        workbook_check(book);
        workbook_compute(book);
    }
    book_free(book);
    input_file_close(&file);
    return 0;
}
