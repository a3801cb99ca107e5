/* SPDX-License-Identifier: MIT */
/*
 * harness.h - contenders that take turns, and what is reported about them.
 *
 * A benchmark is one file that asks one question: it describes its tables (who competes, what is
 * measured, what is to be reached) as data, and calls bench_main. In every round each contender has
 * one turn, so whatever disturbs the machine disturbs all of them; a ratio is always one of two
 * turns of the same round.
 *
 * In a virtual machine, memory that was never touched, or that lay free for seconds and went back
 * to the host, costs the first touch several times more than memory freed a moment ago. So one
 * round before the first is not counted, and questions about first touch name the bytes that are to
 * be warm at each turn.
 *
 * A turn ends with its values, or with a reason why there are none: a contender that refuses, or
 * dies, is a result and is reported, it ends nothing. Nothing here fails a program because of a
 * time.
 */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <steppe/steppe.h>

enum { BENCH_MEASURES_MAX = 6, BENCH_REASON_BYTES = 160 };

/* What one contender did in one round. Lies in memory shared with the contender's own process. */
typedef struct bench_turn {
    size_t size;                       /* how many pages (or calls): from the table */
    double values[BENCH_MEASURES_MAX]; /* one for each measure of the table */
    volatile size_t done;              /* how far it came; told when it dies */
    char reason[BENCH_REASON_BYTES];   /* not empty: it did not come to its end, and why */
    char note[BENCH_REASON_BYTES];     /* told beside the values: which mechanism was chosen, say */
} bench_turn;

/* How memory is had. */
typedef enum bench_way {
    BENCH_OTHER = 0,   /* the contender sees to it itself */
    BENCH_KERNEL,      /* mmap, huge pages forbidden: the kernel's own first touch */
    BENCH_KERNEL_HUGE, /* mmap, huge pages asked for */
    BENCH_NORESERVE,   /* mmap with MAP_NORESERVE, as it comes */
    BENCH_CALLOC,
    BENCH_SIGSEGV,    /* mmap without access; a handler of SIGSEGV calls mprotect */
    BENCH_UFFD,       /* mmap with traps for missing pages; a handler of SIGBUS fills one */
    BENCH_LIBSIGSEGV, /* the same through GNU libsigsegv */
    BENCH_STEPPE      /* steppe_reserve with the contender's options */
} bench_way;

typedef struct bench_contender bench_contender;
typedef void bench_run(const bench_contender *self, bench_turn *turn);

struct bench_contender {
    const char *name;
    bench_run *run;
    bench_run *begin; /* NULL, or called once before the first round; its turn may give a reason */
    bench_run *end;   /* NULL, or called once after the last round */
    bench_way way;
    steppe_options options; /* for BENCH_STEPPE */
    int how;                /* the question's own */
    bool alone; /* each turn in a process of its own: it may die, or changes the process */
};

/* What becomes of a value. */
typedef enum bench_kind {
    BENCH_RATIO = 0,   /* divided by the baseline's value of the same round: less is better */
    BENCH_SPEEDUP = 1, /* the baseline's value divided by it: more is better */
    BENCH_VALUE = 2    /* stands for itself */
} bench_kind;

typedef struct bench_measure {
    const char *title;
    const char *unit; /* of the values: "s", "bytes a page" */
    bench_kind kind;
    const char *chart; /* NULL, or the end of the chart's file name: "" for the question's first */
} bench_measure;

/* What the library is to reach: told, never enforced. */
typedef struct bench_target {
    const char *what;      /* NULL: the contender's name */
    size_t measure;        /* index in the table */
    const char *contender; /* its name in the table */
    const char *against;   /* NULL: the measure as it is; else the values' ratio to this one */
    double at_least, aim;  /* 0: none */
    const char *unit;      /* NULL, or written behind the figures: " ns" */
    bool more_is_better;
} bench_target;

typedef struct bench_table {
    const char *title;
    const char *remark;  /* NULL, or a sentence printed below */
    const size_t *sizes; /* what a turn's size is; several: how the cost grows, as lines */
    size_t size_count;   /* 0: one size of 1 */
    size_t full_factor;  /* sizes are multiplied by it under --full; 0: they are not */
    const bench_measure *measures;
    size_t measure_count;
    const bench_contender *contenders; /* the first that can take part is the baseline */
    size_t contender_count;
    const bench_target *targets;
    size_t target_count;
} bench_table;

typedef struct bench_question {
    const char *name;
    const char *text; /* the question itself */
    int rounds;       /* 0: BENCH_ROUNDS; --rounds goes before */
    /* Memory for each of a turn's pages that is touched and freed just before it; 0: none. */
    size_t warm_page_bytes;
    bool without_warm_round; /* turns take too long for an uncounted round */
    const bench_table *tables;
    size_t table_count;
} bench_question;

enum { BENCH_ROUNDS = 9, BENCH_QUICK_DIVISOR = 1000, BENCH_QUICK_SIZE_MIN = 16 };

int bench_main(int argc, char **argv, const bench_question *question);

/* Whether this is only a check that the program runs (--quick). Sizes are scaled by the harness. */
bool bench_is_quick(void);

/* ---- for contenders ---------------------------------------------------------------------------
 */

#define BENCH_COUNT(array) (sizeof(array) / sizeof *(array))

/* A list of a table: BENCH_LIST(target, targets) sets .targets and .target_count. */
#define BENCH_LIST(what, array) .what##s = (array), .what##_count = BENCH_COUNT(array)

/* The lists of a table that has one size, and whose turns have one time. */
#define BENCH_SIZE(size_) .sizes = (const size_t[]){size_}, .size_count = 1
#define BENCH_TIME(chart_)                                                                         \
    .measures = (const bench_measure[]){{.title = "time", .unit = "s", .chart = (chart_)}},        \
    .measure_count = 1

/* The library under every mechanism; further options may follow the name of the function. */
#define BENCH_STEPPE_UNDER(label, mechanism_, function, ...)                                       \
    {                                                                                              \
        .name = "Steppe " label, .run = (function), .way = BENCH_STEPPE, .options = {              \
            .mechanism = (mechanism_),                                                             \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

double bench_now_s(void);

/* The turn has no values, for this reason. printf's format. */
void bench_refuse(bench_turn *turn, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with errno, or the library's last message, behind it. */
void bench_refuse_errno(bench_turn *turn, const char *what);
void bench_refuse_steppe(bench_turn *turn);

/* The program cannot go on: its own mistake, or the machine's. */
_Noreturn void bench_die(const char *what);

/* Memory the contender's way; NULL when the turn was refused. For signals only one at a time. */
char *bench_take(const bench_contender *self, bench_turn *turn, size_t size_bytes);
void bench_give_back(const bench_contender *self, char *memory, size_t size_bytes);

/* Numbers of turn->size different pages out of of_pages at random: always the same ones in the same
 * order. The array belongs to the harness and lives until a call with other figures. */
const uint32_t *bench_random_pages(size_t count, size_t of_pages);

/* xorshift64; *state is not 0. */
uint64_t bench_random(uint64_t *state);

/* Write one byte a page, to the first turn->size pages or to those given, counting turn->done.
 * Returns the seconds it took; what is refused or dies in between ends the turn. */
double bench_touch_in_order(bench_turn *turn, char *memory);
double bench_touch_at(bench_turn *turn, char *memory, const uint32_t *pages);

/* steppe_commit for each of the pages; seconds, as above. */
double bench_commit_at(bench_turn *turn, char *memory, const uint32_t *pages);

/* What the kernel says of this process. */
typedef struct bench_usage {
    uint64_t anonymous_bytes; /* exact, but walks all page tables when asked */
    uint64_t page_table_bytes;
} bench_usage;

bench_usage bench_usage_now(void);

#endif
