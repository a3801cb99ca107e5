/* SPDX-License-Identifier: MIT */
/*
 * losses.h - what a file has that is not kept, or a format cannot hold: said before anything is
 * lost, each kind once, with how often and where first.
 */
#ifndef STEPPE_SHEET_LOSSES_H
#define STEPPE_SHEET_LOSSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOSSES_MAX = 64, LOSS_TEXT_BYTES = 96 };

struct loss {
    char what[LOSS_TEXT_BYTES];  /* "charts", "conditional formats": plural, for "3 charts" */
    char where[LOSS_TEXT_BYTES]; /* of the first: "Sheet1", "Sheet1!B7", or "" */
    uint64_t count;
};

struct losses {
    struct loss losses[LOSSES_MAX];
    size_t count; /* kinds behind the last place are counted under "other things" */
};

/* where may be NULL. losses may be NULL. Control characters become question marks. */
void losses_add(struct losses *losses, const char *what, const char *where);
void losses_add_many(struct losses *losses, const char *what, const char *where, uint64_t count);
/* Another list's on top. */
void losses_join(struct losses *losses, const struct losses *others);
/* "3 charts (Sheet1), 1 picture (Data!B7)"; "" when there are none. The caller's to free; NULL: out
 * of memory. */
char *losses_text(const struct losses *losses);

#endif
