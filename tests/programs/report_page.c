/* SPDX-License-Identifier: MIT */
/* report_page.c - the report of the JSON on standard input, for test_report.py. */
#include "map/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All of a stream; NULL: it could not be read, or there is no memory. Ownership: the caller's. */
static char *read_all(FILE *in, size_t *bytes)
{
    char *text = NULL;
    FILE *collected = open_memstream(&text, bytes);
    if (!collected)
        return NULL;
    char some[65536];
    size_t got;
    bool is_well = true;
    while (is_well && (got = fread(some, 1, sizeof some, in)) > 0)
        is_well = fwrite(some, 1, got, collected) == got;
    is_well = fclose(collected) == 0 && is_well && !ferror(in);
    if (is_well)
        return text;
    free(text);
    return NULL;
}

int main(void)
{
    size_t bytes;
    char *text = read_all(stdin, &bytes);
    if (!text) {
        fprintf(stderr, "report_page: standard input cannot be read\n");
        return 2;
    }
    bool is_written = report_write(stdout, text, bytes);
    if (!is_written)
        fprintf(stderr, "report_page: cannot be written: %s\n", strerror(errno));
    free(text);
    return is_written ? 0 : 1;
}
