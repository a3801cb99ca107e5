/* SPDX-License-Identifier: MIT */
/*
 * publish.c - What does it cost to publish what the library knows, for other processes to read?
 *
 * Who did not ask pays a branch; that is in all the other figures. Every turn has a process of its
 * own, for publishing does not end before the process does.
 */
#include "harness.h"

#include <sys/wait.h>
#include <unistd.h>

enum how { NOT_ASKED, PUBLISHED };

enum measure { TIME, EACH_NS };

static void finish(bench_turn *turn, double seconds)
{
    turn->values[TIME] = seconds;
    turn->values[EACH_NS] = seconds / (double)turn->size * 1e9;
}

static void begin(const bench_contender *self, bench_turn *turn)
{
    if (self->how == PUBLISHED && steppe_publish() != STEPPE_OK)
        bench_refuse_steppe(turn);
}

static void touch(const bench_contender *self, bench_turn *turn)
{
    size_t size_bytes = turn->size * steppe_page_bytes();
    begin(self, turn);
    char *memory = turn->reason[0] ? NULL : bench_take(self, turn, size_bytes);
    if (!memory)
        return;
    finish(turn, bench_touch_in_order(turn, memory));
    bench_give_back(self, memory, size_bytes);
}

static void commit(const bench_contender *self, bench_turn *turn)
{
    size_t of_pages = turn->size * 16;
    begin(self, turn);
    char *memory = turn->reason[0] ? NULL : bench_take(self, turn, of_pages * steppe_page_bytes());
    if (!memory)
        return;
    finish(turn, bench_commit_at(turn, memory, bench_random_pages(turn->size, of_pages)));
    bench_give_back(self, memory, of_pages * steppe_page_bytes());
}

/* Use and clear, with the pages committed already: the bit is most of it. */
static double use_all(bench_turn *turn, void *slots, const uint32_t *order)
{
    double start = bench_now_s();
    for (turn->done = 0; turn->done < turn->size; turn->done++) {
        if (!steppe_slots_use_at(slots, order[turn->done])) {
            bench_refuse_steppe(turn);
            break;
        }
    }
    return bench_now_s() - start;
}

static void use(const bench_contender *self, bench_turn *turn)
{
    steppe_slots_options how = {.commit = STEPPE_SLOTS_BY_RECORD,
                                .give_back = STEPPE_SLOTS_COLLECTED};
    const uint32_t *order = bench_random_pages(turn->size, turn->size);
    begin(self, turn);
    void *slots = turn->reason[0] ? NULL : steppe_slots_make(64, turn->size, &how);
    if (!slots)
        return;
    (void)use_all(turn, slots, order);
    if (steppe_slots_clear_range(slots, 0, turn->size) != STEPPE_OK)
        bench_refuse_steppe(turn);
    finish(turn, use_all(turn, slots, order));
    if (steppe_slots_free(slots) != STEPPE_OK)
        bench_refuse_steppe(turn);
}

/* ---- forks ------------------------------------------------------------------------------------
 */

/* Every page lies in a page of its own of the description. */
static const size_t apart_bytes = 129 * STEPPE_MIB;

static void run_program(char *memory)
{
    (void)memory;
    execl("/bin/true", "true", (char *)NULL);
    _exit(1);
}

static void touch_one(char *memory)
{
    *(volatile char *)(memory + steppe_page_bytes()) = 1;
    _exit(0);
}

static double fork_once(bench_turn *turn, char *memory, void (*in_child)(char *))
{
    int status = 0;
    double start = bench_now_s();
    pid_t child = fork();
    if (child == 0)
        in_child(memory);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        bench_refuse_errno(turn, "fork");
    return bench_now_s() - start;
}

static void fork_to(const bench_contender *self, bench_turn *turn, void (*in_child)(char *))
{
    begin(self, turn);
    char *memory = turn->reason[0] ? NULL : bench_take(self, turn, turn->size * apart_bytes);
    if (!memory)
        return;
    for (turn->done = 0; turn->done < turn->size; turn->done++)
        memory[turn->done * apart_bytes] = 1;
    finish(turn, fork_once(turn, memory, in_child));
    bench_give_back(self, memory, turn->size * apart_bytes);
}

static void fork_and_run(const bench_contender *self, bench_turn *turn)
{
    fork_to(self, turn, run_program);
}

static void fork_and_touch(const bench_contender *self, bench_turn *turn)
{
    fork_to(self, turn, touch_one);
}

#define ONE(name_, run_, how_, ...)                                                                \
    {                                                                                              \
        .name = (name_), .run = (run_), .how = (how_), .way = BENCH_STEPPE, .alone = true,         \
        .options = {                                                                               \
            .huge_pages = STEPPE_HUGE_NEVER,                                                       \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

#define BOTH(run_, ...)                                                                            \
    ONE("not asked", run_, NOT_ASKED, __VA_ARGS__), ONE("published", run_, PUBLISHED, __VA_ARGS__)

static const bench_contender touching[] = {BOTH(touch, .on_fault = STEPPE_COMMIT, .strict = true)};
static const bench_contender around[] = {BOTH(touch, .on_fault = STEPPE_COMMIT)};
static const bench_contender committing[] = {BOTH(commit, .on_fault = STEPPE_RAISE)};
static const bench_contender running[] = {
    BOTH(fork_and_run, .on_fault = STEPPE_COMMIT, .strict = true)};
static const bench_contender changing[] = {
    BOTH(fork_and_touch, .on_fault = STEPPE_COMMIT, .strict = true)};
static const bench_contender using[] = {BOTH(use, .on_fault = STEPPE_RAISE)};

#define TABLE(title_, chart_, size, contenders_, what_, most, best)                                \
    {                                                                                              \
        .title = (title_), BENCH_SIZE(size),                                                       \
        .measures = (const bench_measure[]){{.title = "time", .unit = "s", .chart = (chart_)},     \
                                            {.title = "each", .unit = "ns", .kind = BENCH_VALUE}}, \
        .measure_count = 2, .contenders = (contenders_),                                           \
        .contender_count = BENCH_COUNT(contenders_),                                               \
        .targets = &(const bench_target){.what = what_ ", published, against not",                 \
                                         .contender = "published",                                 \
                                         .at_least = (most),                                       \
                                         .aim = (best)},                                           \
        .target_count = 1                                                                          \
    }

static const bench_table tables[] = {
    TABLE("Pages touched in order, one fault each", "", 1 << 15, touching, "faults of one page",
          1.10, 1.03),
    TABLE("Pages touched in order, as faults come", "runs", 1 << 16, around, "faults in runs", 1.10,
          1.03),
    TABLE("Pages committed one by one at random", "commits", 1 << 14, committing, "commits", 1.20,
          1.08),
    TABLE("Slots used once more, their pages committed already", "slots", 1 << 20, using,
          "uses of slots", 1.50, 1.25),
    TABLE("A fork that runs another program, with so many scattered pages", "forks", 30000, running,
          "forks to run a program", 1.20, 1.05),
    TABLE("A fork whose child touches a page, with so many scattered pages", "changes", 30000,
          changing, "first changes in a child", 0, 0),
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "publish",
                                        .text = "What does it cost to publish what the library "
                                                "knows, for other processes to read?",
                                        .warm_page_bytes = 6 * STEPPE_KIB,
                                        BENCH_LIST(table, tables)});
}
