/* SPDX-License-Identifier: MIT */
/*
 * threads.c - How many more pages do two threads get in the time of one, against the kernel's own
 * scaling?
 *
 * Each thread has a half of the same memory. A scaling of 2.00 means that they do not meet; the
 * kernel's own first touch meets in its locks too. The halves lie a power of two apart, as they
 * mostly do: locks chosen by the remainder of an address would always be the same one.
 */
#include "harness.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

enum how { BY_TOUCH, BY_COMMIT, BY_MPROTECT };

enum { THREADS = 2 };

static const size_t half_bytes = STEPPE_GIB;

struct worker {
    const bench_contender *contender;
    char *memory;
    bench_turn turn;
    pthread_barrier_t *start;
    double start_s, end_s;
};

static bool prepare(enum how how, char *page, size_t page_bytes)
{
    if (how == BY_COMMIT)
        return steppe_commit(page, page_bytes) == STEPPE_OK;
    if (how == BY_MPROTECT)
        return mprotect(page, page_bytes, PROT_READ | PROT_WRITE) == 0;
    return true;
}

/* Page by page, as a program does that commits what it is about to write. */
static void work_by_calls(struct worker *worker)
{
    enum how how = (enum how)worker->contender->how;
    size_t page_bytes = steppe_page_bytes();
    volatile char *byte = worker->memory;
    for (size_t i = 0; i < worker->turn.size; i++, byte += page_bytes) {
        if (!prepare(how, (char *)byte, page_bytes)) {
            bench_refuse(&worker->turn, "refused after %zu", i);
            return;
        }
        *byte = 1;
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    (void)pthread_barrier_wait(worker->start);
    worker->start_s = bench_now_s();
    if (worker->contender->how == BY_TOUCH)
        (void)bench_touch_in_order(&worker->turn, worker->memory);
    else
        work_by_calls(worker);
    worker->end_s = bench_now_s();
    return NULL;
}

/* Seconds from the first start to the last end. */
static double run_threads(const bench_contender *self, bench_turn *turn, char *memory,
                          unsigned count)
{
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    pthread_barrier_t start;
    double first_s = 0, last_s = 0;
    if (pthread_barrier_init(&start, NULL, count) != 0)
        bench_die("pthread_barrier_init");
    for (unsigned i = 0; i < count; i++) {
        workers[i] = (struct worker){.contender = self,
                                     .memory = memory + i * half_bytes,
                                     .turn = {.size = turn->size},
                                     .start = &start};
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
            bench_die("pthread_create");
    }
    for (unsigned i = 0; i < count; i++) {
        if (pthread_join(threads[i], NULL) != 0)
            bench_die("pthread_join");
        if (workers[i].turn.reason[0])
            memcpy(turn->reason, workers[i].turn.reason, sizeof turn->reason);
        first_s = i == 0 || workers[i].start_s < first_s ? workers[i].start_s : first_s;
        last_s = workers[i].end_s > last_s ? workers[i].end_s : last_s;
    }
    (void)pthread_barrier_destroy(&start);
    return last_s - first_s;
}

static char *take(const bench_contender *self, bench_turn *turn, size_t size_bytes)
{
    char *memory = bench_take(self, turn, size_bytes);
    if (memory && self->how == BY_MPROTECT && mprotect(memory, size_bytes, PROT_NONE) != 0)
        bench_die("mprotect");
    return memory;
}

static double run_once(const bench_contender *self, bench_turn *turn, unsigned thread_count)
{
    char *memory = take(self, turn, THREADS * half_bytes);
    if (!memory)
        return 0;
    double seconds = run_threads(self, turn, memory, thread_count);
    bench_give_back(self, memory, THREADS * half_bytes);
    return seconds;
}

static void scale(const bench_contender *self, bench_turn *turn)
{
    double one_s = run_once(self, turn, 1);
    double two_s = turn->reason[0] ? 0 : run_once(self, turn, THREADS);
    if (turn->reason[0])
        return;
    turn->values[0] = THREADS * one_s / two_s;
    turn->values[1] = turn->values[0];
    turn->values[2] = THREADS * (double)turn->size / two_s / 1e6;
}

#define UNDER(label, how_, mechanism_, on_fault_)                                                  \
    {                                                                                              \
        .name = "Steppe " label, .run = scale, .way = BENCH_STEPPE, .how = (how_), .options = {    \
            .mechanism = (mechanism_),                                                             \
            .on_fault = (on_fault_),                                                               \
            .strict = true                                                                         \
        }                                                                                          \
    }

static const bench_contender contenders[] = {
    {.name = "kernel, 4 KiB pages", .run = scale, .way = BENCH_KERNEL},
    {.name = "mprotect by hand, then write", .run = scale, .way = BENCH_KERNEL, .how = BY_MPROTECT},
    {.name = "SIGSEGV and mprotect by hand",
     .run = scale,
     .way = BENCH_SIGSEGV,
     .how = BY_TOUCH,
     .alone = true},
    {.name = "userfaultfd by hand",
     .run = scale,
     .way = BENCH_UFFD,
     .how = BY_TOUCH,
     .alone = true},
    UNDER("guard, strict faults", BY_TOUCH, STEPPE_MECHANISM_GUARD, STEPPE_COMMIT),
    UNDER("mprotect, strict faults", BY_TOUCH, STEPPE_MECHANISM_MPROTECT, STEPPE_COMMIT),
    UNDER("uffd, strict faults", BY_TOUCH, STEPPE_MECHANISM_UFFD, STEPPE_COMMIT),
    UNDER("best, strict faults", BY_TOUCH, STEPPE_MECHANISM_BEST, STEPPE_COMMIT),
    UNDER("guard, committed", BY_COMMIT, STEPPE_MECHANISM_GUARD, STEPPE_RAISE),
    UNDER("mprotect, committed", BY_COMMIT, STEPPE_MECHANISM_MPROTECT, STEPPE_RAISE),
    UNDER("uffd, committed", BY_COMMIT, STEPPE_MECHANISM_UFFD, STEPPE_RAISE),
    UNDER("best, committed", BY_COMMIT, STEPPE_MECHANISM_BEST, STEPPE_RAISE),
};

static const bench_target targets[] = {
    {.what = "scaling to 2 threads by strict faults, against the kernel's scaling",
     .measure = 1,
     .contender = "Steppe best, strict faults",
     .against = "kernel, 4 KiB pages",
     .at_least = 0.9,
     .aim = 1.0,
     .more_is_better = true},
    {.what = "the same by explicit commits",
     .measure = 1,
     .contender = "Steppe best, committed",
     .against = "kernel, 4 KiB pages",
     .at_least = 0.9,
     .aim = 1.0,
     .more_is_better = true},
};

static const bench_measure measures[] = {
    {.title = "pages of 2 threads in the time of 1 thread's",
     .unit = "times",
     .kind = BENCH_VALUE,
     .chart = ""},
    {.title = "the same, against the kernel's (more is better)", .unit = "times"},
    {.title = "pages a second with 2 threads", .unit = "millions", .kind = BENCH_VALUE},
};

static const bench_table table = {
    .title = "One thread, and two in halves of the same memory, page by page",
    BENCH_SIZE(30000),
    BENCH_LIST(measure, measures),
    BENCH_LIST(contender, contenders),
    BENCH_LIST(target, targets),
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "threads",
                                        .text = "How many more pages do two threads get in the "
                                                "time of one, against the kernel's own scaling?",
                                        .warm_page_bytes = 12 * STEPPE_KIB,
                                        .tables = &table,
                                        .table_count = 1});
}
