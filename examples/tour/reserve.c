/* SPDX-License-Identifier: MIT */
/* reserve.c - address space for nothing, pages when asked for, every page's state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <steppe/steppe.h>

static void show(const char *title, const void *base)
{
    printf("%s:", title);
    for (steppe_run run = steppe_first_run(base); run.size_bytes; run = steppe_next_run(run))
        printf(" %zu %s,", run.size_bytes / steppe_page_bytes(), steppe_state_name(run.state));
    printf(" in pages\n");
}

int main(void)
{
    size_t page = steppe_page_bytes();
    char *base = steppe_reserve(1000 * page, NULL);
    if (!base) {
        fprintf(stderr, "%s\n", steppe_last_message());
        return EXIT_FAILURE;
    }
    show("reserved", base);

    if (steppe_commit(base + 10 * page, 3 * page) != STEPPE_OK)
        return EXIT_FAILURE;
    strcpy(base + 10 * page, "kept");
    strcpy(base + 11 * page, "given back");
    show("committed", base);

    steppe_decommit(base + 11 * page, page);
    show("decommitted", base);
    steppe_commit(base + 11 * page, page);
    printf("\"%s\" and \"%s\"\n", base + 10 * page, base + 11 * page);

    /* A call that fails says why, with its figures, and has changed nothing. */
    if (steppe_commit(base + 999 * page, 2 * page) == STEPPE_E_OUTSIDE)
        printf("refused: %s\n", steppe_status_text(steppe_last_status()));
    return steppe_release(base) == STEPPE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
