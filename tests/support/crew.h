/* SPDX-License-Identifier: MIT */
/* crew.h - threads that begin at the same time, and what they have found when all have come home.
 */
#ifndef STEPPE_TESTS_CREW_H
#define STEPPE_TESTS_CREW_H

#include <pthread.h>
#include <stdatomic.h>

#include "support.h"

enum { THREAD_COUNT = 6 };

struct crew;

struct worker {
    struct crew *crew;
    size_t number;
    uint64_t random;
    size_t count; /* what the body likes to count */
};

/* All but body is the test's own: set what it needs. */
struct crew {
    void (*body)(struct worker *worker);
    uint8_t *base;
    size_t page_count, rounds;
    steppe_budget *budget;
    atomic_bool stop;
    atomic_size_t finished; /* bodies that have returned */
    pthread_barrier_t barrier;
    struct worker workers[THREAD_COUNT];
};

/* Run the body in THREAD_COUNT threads, to its end; the sum of what they counted. The test fails
 * if a worker did. */
size_t run_crew(struct crew *crew);

/* In a worker: the first failure is kept, and told by the main thread. */
#define worker_require(condition)                                                                  \
    do {                                                                                           \
        if (!(condition))                                                                          \
            worker_failed(__LINE__);                                                               \
    } while (0)
void worker_failed(int line);

/* So many rounds, fewer where everything is slow. */
size_t scaled(size_t count);

/* Others decommit or collect at the same time; that is meant, and no news for a race detector. */
#if defined(__clang__)
#define UNWATCHED __attribute__((disable_sanitizer_instrumentation, noinline))
#else
#define UNWATCHED __attribute__((no_sanitize("thread"), noinline))
#endif

/* Add one to the word at an address; what it was. */
UNWATCHED uint32_t add_one(uint8_t *address);

#endif
