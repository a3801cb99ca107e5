/* SPDX-License-Identifier: MIT */
/* crew.c - see crew.h. */
#include "crew.h"

static atomic_int first_failed_line;

void worker_failed(int line)
{
    int none = 0;
    atomic_compare_exchange_strong(&first_failed_line, &none, line);
}

size_t scaled(size_t count)
{
    if (is_valgrind())
        return (count + 39) / 40;
    return TEST_UNDER_TSAN ? (count + 3) / 4 : count;
}

UNWATCHED uint32_t add_one(uint8_t *address)
{
    return __atomic_fetch_add((uint32_t *)(void *)address, 1, __ATOMIC_RELAXED);
}

static void *work(void *context)
{
    struct worker *worker = context;
    pthread_barrier_wait(&worker->crew->barrier);
    worker->crew->body(worker);
    atomic_fetch_add(&worker->crew->finished, 1);
    return NULL;
}

size_t run_crew(struct crew *crew)
{
    pthread_t threads[THREAD_COUNT];
    atomic_store(&crew->finished, 0);
    pthread_barrier_init(&crew->barrier, NULL, THREAD_COUNT);
    for (size_t i = 0; i < THREAD_COUNT; i++) {
        crew->workers[i] = (struct worker){.crew = crew, .number = i, .random = i + 1};
        require(pthread_create(&threads[i], NULL, work, &crew->workers[i]) == 0);
    }
    size_t sum = 0;
    for (size_t i = 0; i < THREAD_COUNT; i++) {
        pthread_join(threads[i], NULL);
        sum += crew->workers[i].count;
    }
    pthread_barrier_destroy(&crew->barrier);
    int line = atomic_load(&first_failed_line);
    require(line == 0, "a worker failed in line %d", line);
    return sum;
}
