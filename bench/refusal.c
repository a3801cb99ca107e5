/* SPDX-License-Identifier: MIT */
/*
 * refusal.c - What does a fault cost that a budget refuses and a STEPPE_TRY catches, against a bare
 * SIGSEGV that a handler leaves by siglongjmp?
 */
#include "harness.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

enum how { WITHOUT_MASK, WITH_MASK };

static sigjmp_buf jump;

static void leave(int signal)
{
    (void)signal;
    siglongjmp(jump, 1);
}

/* Without the mask SA_NODEFER is needed, and nothing is saved or restored: the least there is. */
static void touch_and_jump(bench_turn *turn, volatile char *byte, int savemask)
{
    for (turn->done = 0; turn->done < turn->size; turn->done++)
        if (sigsetjmp(jump, savemask) == 0)
            *byte = 1;
}

static void by_hand(const bench_contender *self, bench_turn *turn)
{
    struct sigaction before,
        action = {.sa_handler = leave, .sa_flags = self->how == WITH_MASK ? 0 : SA_NODEFER};
    size_t page_bytes = steppe_page_bytes();
    char *memory = mmap(NULL, page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || sigaction(SIGSEGV, &action, &before) != 0)
        bench_die("mmap or sigaction");
    double start = bench_now_s();
    touch_and_jump(turn, memory, self->how == WITH_MASK);
    turn->values[0] = bench_now_s() - start;
    if (sigaction(SIGSEGV, &before, NULL) != 0 || munmap(memory, page_bytes) != 0)
        bench_die("sigaction or munmap");
}

static void touch_and_catch(bench_turn *turn, volatile char *byte)
{
    steppe_fault fault;
    volatile size_t caught = 0;
    for (turn->done = 0; turn->done < turn->size; turn->done++) {
        STEPPE_TRY(&fault)
        {
            *byte = 1;
        }
        STEPPE_CAUGHT
        {
            caught += fault.reason == STEPPE_E_BUDGET;
        }
    }
    if (caught != turn->size)
        bench_refuse(turn, "only %zu of %zu were refused by the budget", caught, turn->size);
}

static void by_steppe(const bench_contender *self, bench_turn *turn)
{
    size_t page_bytes = steppe_page_bytes();
    char *memory = bench_take(self, turn, STEPPE_MIB);
    if (!memory)
        return;
    *(volatile char *)memory = 1;
    double start = bench_now_s();
    touch_and_catch(turn, memory + page_bytes);
    turn->values[0] = bench_now_s() - start;
    bench_give_back(self, memory, STEPPE_MIB);
}

#define UNDER(label, mechanism)                                                                    \
    BENCH_STEPPE_UNDER(label, mechanism, by_steppe, .on_fault = STEPPE_COMMIT, .limit_bytes = 4096)

static const bench_contender contenders[] = {
    {.name = "SIGSEGV, siglongjmp, no mask saved", .run = by_hand, .how = WITHOUT_MASK},
    {.name = "SIGSEGV, siglongjmp, mask saved", .run = by_hand, .how = WITH_MASK},
    UNDER("guard", STEPPE_MECHANISM_GUARD),
    UNDER("mprotect", STEPPE_MECHANISM_MPROTECT),
    UNDER("uffd", STEPPE_MECHANISM_UFFD),
    UNDER("best", STEPPE_MECHANISM_BEST),
};

static const bench_target targets[] = {
    {.what = "a fault refused by a budget and unwound, against bare SIGSEGV and siglongjmp",
     .contender = "Steppe best",
     .at_least = 2},
};

static const bench_table table = {
    .title = "Faults refused and left",
    BENCH_SIZE(50000),
    BENCH_TIME(""),
    BENCH_LIST(contender, contenders),
    BENCH_LIST(target, targets),
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "refusal",
                                        .text = "What does a fault cost that a budget refuses and "
                                                "a STEPPE_TRY catches?",
                                        .tables = &table,
                                        .table_count = 1});
}
