/* SPDX-License-Identifier: MIT */
/* reservation_change.c - reservations of two captures: see reservation_change.h. */
#include "map/reservation_change.h"

#include <stdlib.h>
#include <string.h>

static bool is_same(const struct reservation *left, const struct reservation *right)
{
    return left->start == right->start && strcmp(left->kind, right->kind) == 0 &&
           strcmp(left->name, right->name) == 0;
}

static bool differs(const struct reservation *before, const struct reservation *after)
{
#define DIFFERS(member, name, title, is_bytes)                                                     \
    if (before->member != after->member)                                                           \
        return true;
    RESERVATION_FIGURES(DIFFERS)
#undef DIFFERS
    return false;
}

static void add(struct reservation_changes *changes, const struct reservation *before,
                const struct reservation *after)
{
    if (before && after && !differs(before, after))
        return;
    changes->changes[changes->count++] = (struct reservation_change){
        .change = !before  ? DIFFERENCE_CAME
                  : !after ? DIFFERENCE_WENT
                           : DIFFERENCE_CHANGED,
        .before = before,
        .after = after,
    };
}

/* Both lists are by address. What went stands before what came in its place. */
static void merge(struct reservation_changes *changes)
{
    const struct reservation_list *before = &changes->before, *after = &changes->after;
    size_t i = 0, j = 0;
    while (i < before->count || j < after->count) {
        const struct reservation *old = i < before->count ? &before->reservations[i] : NULL;
        const struct reservation *new = j < after->count ? &after->reservations[j] : NULL;
        if (old && new &&is_same(old, new)) {
            add(changes, old, new);
            i++, j++;
        } else if (old && (!new || old->start <= new->start)) {
            add(changes, old, NULL);
            i++;
        } else {
            add(changes, NULL, new);
            j++;
        }
    }
}

bool reservation_changes_make(struct reservation_changes *changes, const struct capture *before,
                              const struct capture *after)
{
    changes->is_known = before->steppe || after->steppe;
    bool is_read = reservation_list_read(&changes->before, before->steppe) &&
                   reservation_list_read(&changes->after, after->steppe);
    size_t most = changes->before.count + changes->after.count;
    changes->changes = is_read ? calloc(most + 1, sizeof *changes->changes) : NULL;
    if (!changes->changes) {
        reservation_changes_free(changes);
        return false;
    }
    merge(changes);
    return true;
}

void reservation_changes_free(struct reservation_changes *changes)
{
    reservation_list_free(&changes->before);
    reservation_list_free(&changes->after);
    free(changes->changes);
    *changes = (struct reservation_changes){0};
}

const struct reservation *reservation_change_shown(const struct reservation_change *change)
{
    return change->after ? change->after : change->before;
}

static struct reservation_figures figures_of(const struct reservation *one,
                                             const struct reservation *other)
{
    struct reservation_figures figures;
#define FIGURE(member, name, title, is_bytes)                                                      \
    figures.member = one ? one->member : figure_is_known(other->member) ? 0 : FIGURE_UNKNOWN;
    RESERVATION_FIGURES(FIGURE)
#undef FIGURE
    return figures;
}

struct reservation_figures reservation_change_before(const struct reservation_change *change)
{
    return figures_of(change->before, change->after);
}

struct reservation_figures reservation_change_after(const struct reservation_change *change)
{
    return figures_of(change->after, change->before);
}
