/* SPDX-License-Identifier: MIT */
/*
 * world.h - one reservation on the simulated platform, a naive model of it, and the loop that makes
 * every call of an operation fail in turn.
 *
 *     arrange a world (machine + starting state)
 *     for every operation, for n = 1, 2, 3 ...
 *         in a forked copy of the world:
 *             make the n-th platform call fail, run the operation
 *             failed?     its status is one it documents, and the world equals the model
 *             again, without a failure: succeeds, and the world equals the changed model
 *             release: nothing is left behind
 *         until the operation ends before its n-th call
 *
 * By default a sixth of the operations is tried in each world, another sixth in the next; all of
 * them with STEPPE_FAULT_TESTS=all.
 *
 * "The world equals the model" compares, page by page: states and protections by queries and by the
 * walk, contents, the charges of reservation, budget and process, and what the simulated kernel
 * would allow. Where missing pages are trapped, what is committed is present and what is not
 * committed is never present. A lock that was not given back ends in the platform's deadlock check.
 */
#ifndef STEPPE_TESTS_FAULTS_WORLD_H
#define STEPPE_TESTS_FAULTS_WORLD_H

#include "support.h"

#include "platform/sim/sim.h"

/* ---- machines -------------------------------------------------------------------------------- */

struct machine {
    const char *name;

    /* the platform */
    bool lacks_markers, has_traps, has_write_marks, accounts_commit, enforces;
    uint64_t mapping_count_max; /* 0: none */

    /* the reservation */
    steppe_mechanism mechanism;
    const char *watch;   /* STEPPE_WRITE_WATCH */
    size_t size_bytes;   /* 0: a few chunks that start and end in the middle of one */
    size_t page_bytes;   /* 0: 4096 */
    size_t window_bytes; /* what is arranged and modelled; 0: all */
    steppe_on_fault on_fault;
    bool strict, write_watch; /* write_watch needs enforces: plain stores are to be noted */
    steppe_filter filter;
    steppe_protection protection;
    uint64_t budget_bytes, limit_bytes; /* 0: none */
};

struct page {
    bool is_committed;
    bool may_be_zero;    /* was reset: the old bytes or zero */
    bool may_be_missing; /* under traps: had a protection that nobody could read it by */
    bool is_marked;      /* written since the marks were cleared; outlives the contents */
    bool may_be_marked;  /* a clear failed half way */
    bool is_told;        /* by the last look */
    uint8_t tag;         /* 0: zero bytes */
    steppe_protection protection;
};

struct world {
    const struct machine *machine;
    const char *arrangement;
    uint8_t *base;      /* of the reservation */
    size_t size_bytes;  /* of the reservation */
    uint8_t *window;    /* first modelled page; all outside the window is reserved */
    size_t page_bytes;  /* the reservation's */
    size_t page_count;  /* in the window */
    size_t chunk_pages; /* the mechanism's unit, at least 1 */
    size_t first_edge;  /* page of the window where a unit begins */
    struct page *pages;
    unsigned char *resident; /* each 4 KiB of the window: is there memory behind it? */
    steppe_budget *budget;
    uint64_t chance;   /* state of the random generator */
    bool was_failed;   /* a platform call was made to fail: under traps, what is committed may be
                          missing, and comes with the first touch; and more pages count as
                          written than were */
    bool is_copy;      /* of a fork: by the kernel's way, all with contents counts as written */
    size_t done_count; /* of the last DECOMMIT_ALL */
    void **told;       /* pages of the last WATCH_LOOK or WATCH_COLLECT, and how many */
    size_t told_count;
};

/* The platform alone, empty. Once per process. */
void machine_start(const struct machine *machine);

/* Make the platform and the reservation, nothing committed. Once per process. */
void world_open(struct world *world, const struct machine *machine);

/* Free the model; what lies on the platform ends with the process. */
void world_close(struct world *world);

/* ---- operations ------------------------------------------------------------------------------ */

enum verb {
    COMMIT,
    COMMIT_AS,
    DECOMMIT,
    DECOMMIT_ALL, /* the same pages by a list, unordered and overlapping */
    PROTECT,
    RESET,
    READY,
    RELEASE,
    WATCH_LOOK,
    WATCH_COLLECT,
    WATCH_CLEAR,
    TOUCH,      /* one byte, inside a STEPPE_TRY */
    TOUCH_BARE, /* one byte, without */
};

struct operation {
    enum verb verb;
    size_t first, count;          /* pages of the window */
    steppe_protection protection; /* COMMIT_AS, PROTECT */
    steppe_access access;         /* READY, TOUCH */
};

/* Besides statuses, what a touch can come to. */
enum { PASSED_ON = 100, LOOPED = 101, OUT_OF_MEMORY = 102 };

/* Run it on the library alone; on the model alone; on both, when it must succeed. */
steppe_status world_run(struct world *world, const struct operation *operation);
void world_model(struct world *world, const struct operation *operation);
void world_do(struct world *world, struct operation operation);

/* The status it must come to when nothing fails. */
steppe_status world_expected(const struct world *world, const struct operation *operation);

/* Commit read-write pages and fill them with a pattern. */
void world_fill(struct world *world, size_t first, size_t count);

/* ---- starting states ------------------------------------------------------------------------- */

struct arrangement {
    const char *name;
    void (*arrange)(struct world *world);
};

extern const struct arrangement arrangements[];
extern const size_t arrangement_count;

void world_arrange(struct world *world, const struct arrangement *arrangement);

/* ---- ranges ---------------------------------------------------------------------------------- */

struct span {
    size_t first, count; /* pages of the window */
};

enum { SPANS_MAX = 16 };

/* Edges, middles, wholes and crossings of chunks; and both ends of the world. */
size_t world_list_spans(const struct world *world, struct span *spans);

/* ---- checking -------------------------------------------------------------------------------- */

enum strictness {
    EQUAL,       /* library, kernel and model agree */
    LIBRARY_ONLY /* what the library says agrees with the model; contents and kernel may not */
};

void world_check(struct world *world, enum strictness strictness, const char *when);

/* ---- failing --------------------------------------------------------------------------------- */

enum injection {
    FAIL_ONCE,      /* the n-th call */
    FAIL_FOR_GOOD,  /* the n-th call and all that follow, undoing included */
    LIMIT_MAPPINGS, /* n - 1 more kernel mappings than there are */
    LIMIT_CHARGE,   /* n - 1 more writable pages than there are (a kernel that accounts) */
    LOSE_TRAPS,     /* once: all calls on traps are refused, before the operation begins */
    FORGET_TRAPS,   /* once: the traps are gone, as after their descriptor was closed */
    FORGET_AND_LOSE_TRAPS,
    REFUSE, /* the n-th set of refusals: all calls of some kinds, and mappings perhaps used up */
};

struct campaign {
    enum injection injection;
    int os_error;   /* 0: ENOMEM */
    bool tears;     /* failing calls do half of their work first */
    unsigned every; /* only each so-many-th operation; 0: each (STEPPE_FAULT_TESTS=all: always) */
    size_t turn;    /* ... beginning at this one */
};

/* Of how many operations one is tried. */
size_t campaign_stride(const struct campaign *campaign);

/* From here on the n-th failure of the campaign is to come; none any more. */
void campaign_arm(const struct campaign *campaign, uint64_t n);
void campaign_disarm(const struct machine *machine);

/* Make operations fail at every call, each in forked copies of the world, and report what does not
 * hold with the test's failure. */
void world_try_all(struct world *world, const struct operation *operations, size_t count,
                   const struct campaign *campaign);

/* ---- for tests with loops of their own ------------------------------------------------------- */

/* In a forked copy: a condition, or the copy ends and says why. In the test itself: it fails. */
#define must(condition, ...)                                                                       \
    do {                                                                                           \
        if (!(condition))                                                                          \
            must_failed(__FILE__, __LINE__, #condition, " " __VA_ARGS__);                          \
    } while (0)
_Noreturn void must_failed(const char *file, int line, const char *condition, const char *format,
                           ...) __attribute__((format(printf, 4, 5)));

/* What a container that has ended must not leave behind. */
struct left {
    uint64_t reservations, bytes, charged;
    size_t count;
};
struct left left_now(void);

enum attempt { ATTEMPT_REACHED, ATTEMPT_ENDED_BEFORE };

/* For n = 1, 2, ...: run attempt in a forked copy, which says whether the n-th failure was reached;
 * stop when it was not. Gives the number of copies that failed; their words go to standard output.
 */
unsigned try_each(const char *what, enum attempt (*attempt)(void *context, uint64_t n),
                  void *context);

#endif
