/* SPDX-License-Identifier: MIT */
/*
 * published.h - what a process that uses Steppe publishes of itself (steppe/publish.h), read
 * without its help: it is never stopped, waited for or written to.
 *
 * Nothing in it is believed: it comes from another process, which may be halfway through a change,
 * damaged, or hostile. Every offset and count is checked against the file, which is read and never
 * mapped; reading takes no more than a bounded time and memory. What does not fit together is left
 * out and counted.
 *
 *   NONE     the process publishes nothing (or not yet)
 *   READ     published_description is new
 *   ENDED    there is no such process any more; the number may be another's by now
 *   FAILED   published_problem says why: no permission, another version, damaged, out of memory
 */
#ifndef STEPPE_MAP_PUBLISHED_H
#define STEPPE_MAP_PUBLISHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <steppe/publish.h>

struct identity;
struct json_t;
struct published;

enum published_state { PUBLISHED_NONE, PUBLISHED_READ, PUBLISHED_ENDED, PUBLISHED_FAILED };

enum {
    PUBLISHED_RUN_MAX = 1 << 20, /* of all reservations together; more are left out */
    PUBLISHED_RESERVATION_MAX = 1 << 16,
    PUBLISHED_BITS_MAX = 256 << 20 /* bytes of bits that one look reads */
};

struct published_run {
    uint64_t first, count;
};

struct published_runs {
    const struct published_run *runs; /* ascending, with gaps in between */
    size_t count;
};

struct published_reservation {
    enum steppe_published_kind kind;
    char name[STEPPE_PUBLISHED_NAME_BYTES]; /* UTF-8; what is not is '?' */
    uint64_t base, size_bytes, page_bytes, tag;
    uint32_t mechanism, on_fault, protection;
    steppe_published_charge charge;
    bool has_budget;
    uint32_t budget_number; /* from 1: reservations of one budget have the same */
    steppe_published_charge budget;
    uint64_t counts[STEPPE_PUBLISHED_COUNTS];
    struct published_runs committed; /* pages of page_bytes, counted from base */
    bool has_slots, has_slot_bits;   /* without bits it is not known which are in use */
    uint64_t slots_base, slot_bytes, slot_max;
    uint64_t slot_count;          /* in use, of those in in_use */
    struct published_runs in_use; /* slots */
};

struct published_description {
    uint64_t page_bytes; /* the system's */
    steppe_published_charge charge;
    uint64_t counts[STEPPE_PUBLISHED_COUNTS];   /* of all reservations, released ones included */
    struct published_reservation *reservations; /* by address; none overlap */
    size_t reservation_count;
    uint64_t not_described_count; /* reservations more that the process has */
    uint64_t inherited_count;     /* ... and that it will describe when they change: it was forked,
                                     and they are as its parent had them */
    uint64_t missing_page_count;  /* when not 0, bits may be missing for want of memory */
    size_t torn_count;            /* reservations left out: just being made or ended, again and
                                     again; or forever, where the process was stopped in it */
    size_t damaged_count;         /* ... that make no sense */
    bool is_cut;                  /* some runs were left out: PUBLISHED_RUN_MAX, _BITS_MAX */
};

/* A reader of one process's; nothing is read yet. NULL: out of memory. folder: instead of "/proc",
 * for tests; NULL. */
struct published *published_open(pid_t process, const char *folder);
void published_close(struct published *published); /* NULL is fine */

/* Look (again). What was read before stays until PUBLISHED_READ. */
enum published_state published_read(struct published *published);

/* The same of an open file, which stays the caller's. who: whose it must be (map/identity.h); NULL:
 * anybody's. */
enum published_state published_read_file(struct published *published, int file,
                                         const struct identity *who);

/* What was read last, good until the next PUBLISHED_READ; NULL: nothing was yet. */
const struct published_description *published_description(const struct published *published);

/* After PUBLISHED_FAILED: one sentence for people, without a full stop. */
const char *published_problem(const struct published *published);

/* Member "steppe" of a capture (docs/map-format.md); the caller's. NULL: out of memory.
 * "protection" has the letters r, w and x, "-" for none, and "+guard" behind them. Members beyond
 * the documented ones: "kind" of a reservation (plain, slots, slots-bits), "not_described_count",
 * "inherited_count", "missing_page_count", "torn_count", "damaged_count", "is_cut". */
struct json_t *published_json(const struct published_description *description);

#endif
