/* SPDX-License-Identifier: MIT */
/* touch.c - pages that come when they are touched, and a limit that can be survived. */
#include <stdio.h>
#include <stdlib.h>

#include <steppe/steppe.h>

enum { ROWS = 1000000, COLUMNS = 1000 };

int main(void)
{
    /* 8 GB of numbers, of which 64 pages may be there. */
    steppe_budget *budget = steppe_budget_new(64 * steppe_page_bytes());
    double(*table)[COLUMNS] = steppe_reserve(
        sizeof(double[COLUMNS]) * ROWS,
        &(steppe_options){.on_fault = STEPPE_COMMIT, .strict = true, .budget = budget});
    if (!budget || !table) {
        fprintf(stderr, "%s\n", steppe_last_message());
        return EXIT_FAILURE;
    }
    table[999999][999] = 1.5; /* plain C: the page comes by itself */
    printf("%g, and beside it %g\n", table[999999][999], table[999999][998]);
    printf("%llu pages\n",
           (unsigned long long)(steppe_budget_charged_bytes(budget) / steppe_page_bytes()));

    volatile int row = 0; /* changed in a body that may be left at any access */
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        for (row = 0; row < ROWS; row++)
            table[row][0] = row;
    }
    STEPPE_CAUGHT
    {
        printf("stopped before all %d rows were there: %s\n", ROWS,
               steppe_status_text(fault.reason));
    }
    printf("row 1 holds %g, %llu pages\n", table[1][0],
           (unsigned long long)(steppe_budget_charged_bytes(budget) / steppe_page_bytes()));
    steppe_release(table);
    return steppe_budget_free(budget) == STEPPE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
