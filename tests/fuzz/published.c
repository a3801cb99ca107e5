/* SPDX-License-Identifier: MIT */
/*
 * published.c - whatever a process publishes, steppe-map reads it to an end, and what it tells is
 * sound (programs/map/published.h). For libFuzzer, and for replay.c.
 *
 * An input is eight bytes that say how much of nothing lies behind the rest in the file, and the
 * file. "made" in published/ is a small description that is whole; the others reach more, and were
 * found from it (README.md).
 */
#define _GNU_SOURCE 1

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "map/published.h"
#include "map/reservation.h"

enum { HOLE_BITS = 46 }; /* what shared memory may be at most is more */

static void check_runs(const struct published_runs *runs, uint64_t max)
{
    uint64_t end = 0;
    for (size_t i = 0; i < runs->count; i++) {
        const struct published_run *run = &runs->runs[i];
        must(run->count && run->first >= end + (i > 0) && run->first < max);
        must(run->count <= max - run->first);
        end = run->first + run->count;
    }
}

static void check_name(const char *name)
{
    must(memchr(name, 0, STEPPE_PUBLISHED_NAME_BYTES));
    json_t *text = json_string(name); /* which refuses what is no UTF-8 */
    must(text);
    json_decref(text);
}

static void check_description(const struct published_description *d)
{
    uint64_t end = 0, bytes;
    size_t runs = 0;
    must(d->reservation_count <= PUBLISHED_RESERVATION_MAX);
    for (size_t i = 0; i < d->reservation_count; i++) {
        const struct published_reservation *r = &d->reservations[i];
        must(r->base >= end && r->size_bytes && r->size_bytes % r->page_bytes == 0);
        must(!__builtin_add_overflow(r->base, r->size_bytes, &end));
        check_runs(&r->committed, r->size_bytes / r->page_bytes);
        must(r->has_slots || !r->in_use.count);
        must(!r->has_slots || !__builtin_mul_overflow(r->slot_max, r->slot_bytes, &bytes));
        check_runs(&r->in_use, r->slot_max);
        check_name(r->name);
        runs += r->committed.count + r->in_use.count;
    }
    must(runs <= PUBLISHED_RUN_MAX);
}

/* What the screen makes of it; there it is believed as little. */
static void check_json(const struct published_description *d)
{
    struct reservation_list list = {0};
    json_t *json = published_json(d);
    must(json && reservation_list_read(&list, json));
    for (size_t i = 0; i < list.count; i++) {
        const struct reservation *r = &list.reservations[i];
        uint64_t middle = r->start + r->size_bytes / 2, first, last;
        must(reservation_at(&list, r->start) == r);
        must(reservation_committed_in(r, r->start, middle) <= r->size_bytes);
        (void)reservation_used_in(r, middle, r->start + r->size_bytes); /* whatever it is */
        if (reservation_slots_in(r, middle, middle + 4096, &first, &last))
            must(first <= last && last < r->slot_max);
    }
    reservation_list_free(&list);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t hole;
    if (size < sizeof hole)
        return 0;
    memcpy(&hole, data, sizeof hole);
    hole &= (UINT64_C(1) << HOLE_BITS) - 1;
    data += sizeof hole;
    size -= sizeof hole;
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    struct published *p = published_open(1, NULL);
    must(file >= 0 && p && pwrite(file, data, size, 0) == (ssize_t)size);
    must(ftruncate(file, (off_t)(size + hole)) == 0);
    enum published_state state = published_read_file(p, file, NULL);
    must(state != PUBLISHED_ENDED && (state != PUBLISHED_FAILED || published_problem(p)[0]));
    must((state == PUBLISHED_READ) == (published_description(p) != NULL));
    if (state == PUBLISHED_READ) {
        check_description(published_description(p));
        check_json(published_description(p));
    }
    published_close(p);
    must(close(file) == 0);
    return 0;
}
