/* SPDX-License-Identifier: MIT */
/* csv_dialect.c - see csv_dialect.h. */
#include "sheet/csv_dialect.h"

#include "sheet/csv_guess.h"
#include "sheet/csv_input.h"

void csv_dialect_of_file(const char *path, struct csv_options *csv)
{
    const char *text;
    struct csv_input *input = csv_input_open(path, csv->encoding, NULL);
    int64_t text_bytes = input ? csv_input_next(input, &text, NULL) : 0;
    if (text_bytes > 0) {
        bool is_all = csv_input_done_bytes(input) == csv_input_total_bytes(input);
        struct csv_dialect dialect =
            csv_guess(text, (size_t)text_bytes, is_all, csv->separator, csv->quote);
        csv->separator = dialect.separator;
        csv->quote = dialect.quote;
    }
    if (input)
        csv_input_close(input);
}
