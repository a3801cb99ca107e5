/* SPDX-License-Identifier: MIT */
/*
 * chain.c - signal handlers beside ours: what is not ours reaches the handler that was there
 * before, once, with the original information, and the default action where there was none.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
    struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
}

/* ---- a previous handler that notes everything -------------------------------------------------
 */

static volatile struct {
    int calls, number, code;
    void *address, *context_address;
    pid_t sender;
    bool usr1_blocked, usr2_blocked, own_blocked;
} seen;

static uint8_t *volatile fixable; /* the handler makes this page writable and returns */
static sigjmp_buf way_out;
static volatile bool leaves;

static void note_signal(int number, siginfo_t *info, void *context)
{
    ucontext_t *machine = context;
    sigset_t mask;
    seen.calls++;
    seen.number = number;
    seen.code = info->si_code;
    seen.address = info->si_addr;
    seen.sender = info->si_code <= 0 ? info->si_pid : 0;
#if defined(__x86_64__)
    seen.context_address = (void *)machine->uc_mcontext.gregs[REG_CR2];
#else
    seen.context_address = machine ? info->si_addr : NULL;
#endif
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    seen.usr1_blocked = sigismember(&mask, SIGUSR1) == 1;
    seen.usr2_blocked = sigismember(&mask, SIGUSR2) == 1;
    seen.own_blocked = sigismember(&mask, number) == 1;
    if (fixable)
        mprotect(fixable, page, PROT_READ | PROT_WRITE);
    if (leaves)
        siglongjmp(way_out, 1);
}

static void note_plain(int number)
{
    seen.calls++;
    seen.number = number;
    if (fixable)
        mprotect(fixable, page, PROT_READ | PROT_WRITE);
    if (leaves)
        siglongjmp(way_out, 1);
}

static void install_noting(int number, int flags)
{
    struct sigaction action = {.sa_sigaction = note_signal, .sa_flags = SA_SIGINFO | flags};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGUSR1);
    require(sigaction(number, &action, NULL) == 0);
}

static uint8_t *arm(void)
{
    return reserve(16 * page, options(.on_fault = STEPPE_COMMIT));
}

/* A foreign page that allows only reading. */
static uint8_t *read_only_page(void)
{
    uint8_t *mapping = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(mapping != MAP_FAILED);
    return mapping;
}

static bool leave_after_store(uint8_t *address)
{
    leaves = true;
    if (sigsetjmp(way_out, 1) == 0) {
        store(address, 1);
        return false;
    }
    return true;
}

/* ---- installing -------------------------------------------------------------------------------
 */

static struct sigaction action_of(int number)
{
    struct sigaction action;
    require(sigaction(number, NULL, &action) == 0);
    return action;
}

static bool raises_without_handler(void)
{
    const char *mechanism = getenv("STEPPE_MECHANISM");
    return !mechanism || strcmp(mechanism, "uffd") != 0;
}

START_TEST(nothing_is_installed_before_the_first_armed_reservation)
{
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    if (!raises_without_handler())
        skip_test("userfaultfd tells of a page by SIGBUS, which somebody must turn into SIGSEGV");
    uint8_t *raising = reserve(4 * page, NULL);
    require_ok(steppe_commit(raising, page));
    store(raising, 1);
    require_ok(steppe_decommit(raising, page));
    steppe_run run;
    require_ok(steppe_query(raising, &run));
    require_ok(steppe_query(&run, &run));
    require(action_of(SIGSEGV).sa_handler == SIG_DFL, "SIGSEGV is taken too early");
    require(action_of(SIGBUS).sa_handler == SIG_DFL, "SIGBUS is taken too early");

    arm();
    const int numbers[] = {SIGSEGV, SIGBUS};
    for (size_t i = 0; i < array_count(numbers); i++) {
        struct sigaction ours = action_of(numbers[i]);
        const int flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
        require(ours.sa_handler != SIG_DFL && ours.sa_handler != SIG_IGN);
        require((ours.sa_flags & flags) == flags, "flags %#x", (unsigned)ours.sa_flags);
    }
}
END_TEST

START_TEST(guard_pages_arm_too)
{
    signal(SIGSEGV, SIG_DFL);
    reserve(page, options(.protection = STEPPE_READ_WRITE | STEPPE_GUARD));
    require(action_of(SIGSEGV).sa_handler != SIG_DFL);
}
END_TEST

START_TEST(guard_pages_made_later_arm_too)
{
    signal(SIGSEGV, SIG_DFL);
    if (!raises_without_handler())
        skip_test("userfaultfd needs the handler anyway");
    uint8_t *base = reserve(2 * page, NULL);
    require_ok(steppe_commit(base, 2 * page));
    require(action_of(SIGSEGV).sa_handler == SIG_DFL);
    require_ok(steppe_protect(base, page, STEPPE_READ_WRITE | STEPPE_GUARD, NULL));
    require(action_of(SIGSEGV).sa_handler != SIG_DFL);
}
END_TEST

START_TEST(probes_arm_too)
{
    signal(SIGSEGV, SIG_DFL);
    uint8_t byte = 0;
    require_ok(steppe_probe_read(&page, &byte, 1, NULL));
    require(action_of(SIGSEGV).sa_handler != SIG_DFL);
}
END_TEST

START_TEST(nothing_happens_at_load_time)
{
    /* The program is linked with the library and has called nothing of it but page_bytes. */
    if (TEST_UNDER_TSAN)
        skip_test("the tool has a thread of its own");
    struct stat task;
    require(stat("/proc/self/task", &task) != 0 || task.st_nlink == 3, "%lu threads",
            (unsigned long)task.st_nlink - 2);
    require(action_of(SIGSEGV).sa_handler == SIG_DFL && action_of(SIGBUS).sa_handler == SIG_DFL);
}
END_TEST

/* ---- the original information -----------------------------------------------------------------
 */

START_TEST(foreign_faults_keep_their_information)
{
    install_noting(SIGSEGV, 0);
    arm();
    uint8_t *area = free_area(page, 0), *read_only = read_only_page();
    require(leave_after_store(area + 123));
    require(seen.calls == 1 && seen.number == SIGSEGV && seen.code == SEGV_MAPERR);
    require(seen.address == area + 123 && seen.context_address == area + 123);
    require(leave_after_store(read_only + 45));
    require(seen.calls == 2 && seen.code == SEGV_ACCERR && seen.address == read_only + 45);
}
END_TEST

START_TEST(faults_of_raising_reservations_keep_their_information)
{
    install_noting(SIGSEGV, 0);
    arm();
    uint8_t *base = reserve(4 * page, NULL);
    require(leave_after_store(base + 99));
    require(seen.calls == 1 && seen.number == SIGSEGV && seen.code > 0);
    require(seen.address == base + 99 && seen.context_address == base + 99);
    require_ok(steppe_commit_as(base, page, STEPPE_READ_ONLY));
    require(leave_after_store(base + 98));
    require(seen.calls == 2 && seen.code == SEGV_ACCERR && seen.address == base + 98);
    require_ok(steppe_protect(base, page, STEPPE_READ_WRITE | STEPPE_GUARD, NULL));
    require(leave_after_store(base + 97));
    require(seen.calls == 3 && seen.address == base + 97);
    leaves = false;
    store(base + 97, 1);
    require_equal(seen.calls, 3);
}
END_TEST

static steppe_answer pass_on(const steppe_fault *fault, void *context)
{
    (void)fault;
    ++*(int *)context;
    return STEPPE_PASS_ON;
}

START_TEST(faults_passed_on_keep_their_information)
{
    int calls = 0;
    install_noting(SIGSEGV, 0);
    uint8_t *base = reserve(
        4 * page, options(.on_fault = STEPPE_ASK, .filter = pass_on, .filter_context = &calls));
    require(leave_after_store(base + page + 7));
    require(calls == 1 && seen.calls == 1 && seen.address == base + page + 7 && seen.code > 0);
}
END_TEST

START_TEST(our_own_faults_are_not_shown_to_others)
{
    install_noting(SIGSEGV, 0);
    uint8_t *base = arm();
    for (size_t i = 0; i < 16; i++)
        store(base + i * page, 1);
    require_equal(seen.calls, 0);
}
END_TEST

START_TEST(previous_handler_runs_with_the_mask_it_asked_for)
{
    install_noting(SIGSEGV, 0);
    arm();
    uint8_t *area = free_area(page, 0);
    require(leave_after_store(area));
    require(seen.usr1_blocked, "a signal of its sa_mask is not blocked");
    require(!seen.usr2_blocked, "a signal is blocked that it did not ask for");
    require(seen.own_blocked, "its own signal is not blocked, though it had no SA_NODEFER");
}
END_TEST

/* ---- kinds of previous handlers ---------------------------------------------------------------
 */

START_TEST(plain_handlers_are_called)
{
    struct sigaction action = {.sa_handler = note_plain};
    sigaction(SIGSEGV, &action, NULL);
    arm();
    require(leave_after_store(free_area(page, 0)));
    require(seen.calls == 1 && seen.number == SIGSEGV);
}
END_TEST

START_TEST(handlers_that_repair_and_return)
{
    install_noting(SIGSEGV, 0);
    arm();
    fixable = read_only_page();
    store(fixable, 0x41);
    require(load(fixable) == 0x41 && seen.calls == 1);
    mprotect(fixable, page, PROT_READ);
    store(fixable, 0x42);
    require(load(fixable) == 0x42 && seen.calls == 2);
}
END_TEST

START_TEST(plain_handlers_that_repair_and_return)
{
    struct sigaction action = {.sa_handler = note_plain};
    sigaction(SIGSEGV, &action, NULL);
    arm();
    fixable = read_only_page();
    store(fixable, 0x43);
    require(load(fixable) == 0x43 && seen.calls == 1 && seen.number == SIGSEGV);
}
END_TEST

START_TEST(handlers_may_always_leave_by_a_jump)
{
    install_noting(SIGSEGV, 0);
    uint8_t *base = arm(), *area = free_area(page, 0);
    for (int i = 0; i < 10000; i++)
        require(leave_after_store(area));
    require_equal(seen.calls, 10000);
    leaves = false;
    store(base, 1);
    require(load(base) == 1);
}
END_TEST

static uint8_t *volatile armed_page;

static void touch_armed_page(int number, siginfo_t *info, void *context)
{
    store(armed_page, 0x6b);
    note_signal(number, info, context);
}

START_TEST(handlers_may_fault_themselves)
{
    struct sigaction action = {.sa_sigaction = touch_armed_page,
                               .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigaction(SIGSEGV, &action, NULL);
    uint8_t *base = arm();
    armed_page = base + 3 * page;
    require(leave_after_store(free_area(page, 0)));
    require(seen.calls == 1 && load(base + 3 * page) == 0x6b);
}
END_TEST

/* ---- the default action and its kin, in children ----------------------------------------------
 */

enum deed { DEED_FOREIGN, DEED_RAISING, DEED_SENT, DEED_TWICE, DEED_PAST_FILE, DEED_NOTHING };

struct story {
    void (*disposition)(int);
    int flags;
    int number; /* whose disposition; SIGSEGV when 0 */
    enum deed deed;
};

static uint8_t *page_past_the_file(void)
{
    int file = memfd_create("contract", MFD_CLOEXEC);
    child_require(file >= 0 && ftruncate(file, (off_t)page) == 0);
    uint8_t *mapping = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    child_require(mapping != MAP_FAILED);
    return mapping + page;
}

static int tell(void *context)
{
    const struct story *story = context;
    int number = story->number ? story->number : SIGSEGV;
    struct sigaction action = {.sa_handler = story->disposition, .sa_flags = story->flags};
    sigaction(number, &action, NULL);
    uint8_t *armed = arm();
    store(armed, 1);
    uint8_t *area = free_area(page, 0);
    switch (story->deed) {
    case DEED_FOREIGN:
        store(area, 1);
        break;
    case DEED_RAISING:
        store(reserve(page, NULL), 1);
        break;
    case DEED_SENT:
        kill(getpid(), number);
        break;
    case DEED_TWICE:
        child_require(leave_after_store(area));
        child_require(seen.calls == 1);
        child_require(leave_after_store(area));
        break;
    case DEED_PAST_FILE:
        store(page_past_the_file(), 1);
        break;
    case DEED_NOTHING:
        break;
    }
    store(armed + page, 1);
    return 42;
}

START_TEST(default_action_kills_with_the_right_signal)
{
    struct story foreign = {.disposition = SIG_DFL, .deed = DEED_FOREIGN};
    require_killed(run_child(tell, &foreign), SIGSEGV);
    struct story raising = {.disposition = SIG_DFL, .deed = DEED_RAISING};
    require_killed(run_child(tell, &raising), SIGSEGV);
    struct story past_file = {.disposition = SIG_DFL, .number = SIGBUS, .deed = DEED_PAST_FILE};
    require_killed(run_child(tell, &past_file), SIGBUS);
    struct story nothing = {.disposition = SIG_DFL, .deed = DEED_NOTHING};
    require_exits(run_child(tell, &nothing), 42);
}
END_TEST

START_TEST(sent_signals_have_their_default_action)
{
    struct story segv = {.disposition = SIG_DFL, .deed = DEED_SENT};
    require_killed(run_child(tell, &segv), SIGSEGV);
    struct story bus = {.disposition = SIG_DFL, .number = SIGBUS, .deed = DEED_SENT};
    require_killed(run_child(tell, &bus), SIGBUS);
}
END_TEST

START_TEST(ignoring_does_not_survive_a_fault)
{
    /* The kernel kills whoever ignores a fault of his own; a signal that was sent is ignored. */
    struct story foreign = {.disposition = SIG_IGN, .deed = DEED_FOREIGN};
    require_killed(run_child(tell, &foreign), SIGSEGV);
    struct story raising = {.disposition = SIG_IGN, .deed = DEED_RAISING};
    require_killed(run_child(tell, &raising), SIGSEGV);
    struct story sent = {.disposition = SIG_IGN, .deed = DEED_SENT};
    require_exits(run_child(tell, &sent), 42);
}
END_TEST

START_TEST(one_shot_handlers_are_called_once)
{
    struct story story = {
        .disposition = note_plain, .flags = (int)SA_RESETHAND, .deed = DEED_TWICE};
    require_killed(run_child(tell, &story), SIGSEGV);
    /* Without the flag the second one would be called again, and leave. */
    story.flags = 0;
    require_exits(run_child(tell, &story), 42);
}
END_TEST

/* ---- sent by hand, and SIGBUS -----------------------------------------------------------------
 */

START_TEST(sent_signals_reach_the_previous_handler_once)
{
    install_noting(SIGSEGV, 0);
    uint8_t *base = arm();
    require(kill(getpid(), SIGSEGV) == 0);
    require(seen.calls == 1 && seen.number == SIGSEGV && seen.code == SI_USER);
    require(seen.sender == getpid());
    raise(SIGSEGV);
    require(seen.calls == 2 && seen.code == SI_TKILL);
    store(base, 1);
    require(seen.calls == 2 && load(base) == 1);
}
END_TEST

START_TEST(a_sent_signal_with_a_tempting_address_is_not_a_fault)
{
    /* si_addr shares its place with what the sender put there. */
    install_noting(SIGSEGV, 0);
    uint8_t *base = arm();
    siginfo_t info = {.si_signo = SIGSEGV, .si_code = SI_QUEUE};
    info.si_addr = base + 5 * page;
    require(syscall(SYS_rt_sigqueueinfo, getpid(), SIGSEGV, &info) == 0, "%s", strerror(errno));
    require(seen.calls == 1 && seen.code == SI_QUEUE && seen.address == base + 5 * page);
    require_equal(charge_of(base), 0);
    require_equal(statistics_of(base).fault_count, 0);
}
END_TEST

START_TEST(bus_errors_reach_the_previous_handler)
{
    install_noting(SIGBUS, 0);
    arm();
    uint8_t *past = page_past_the_file();
    require(leave_after_store(past + 5));
    require(seen.calls == 1 && seen.number == SIGBUS && seen.code == BUS_ADRERR);
    require(seen.address == past + 5);
    steppe_fault fault;
    volatile bool caught = false;
    STEPPE_TRY(&fault)
    {
        leave_after_store(past + 6);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(!caught && seen.calls == 2);
}
END_TEST

/* ---- a handler installed after ours -----------------------------------------------------------
 */

static struct sigaction replaced;
static volatile int later_calls;

static void later_handler(int number, siginfo_t *info, void *context)
{
    later_calls++;
    replaced.sa_sigaction(number, info, context);
}

START_TEST(later_handlers_that_call_the_one_they_replaced)
{
    install_noting(SIGSEGV, 0);
    uint8_t *base = arm();
    struct sigaction action = {.sa_sigaction = later_handler,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    require(sigaction(SIGSEGV, &action, &replaced) == 0);
    store(base, 0x11);
    require(later_calls == 1 && seen.calls == 0 && load(base) == 0x11);
    fixable = read_only_page();
    store(fixable, 0x12);
    require(later_calls == 2 && seen.calls == 1 && load(fixable) == 0x12);
    fixable = NULL;
    require(leave_after_store(free_area(page, 0)));
    require(later_calls == 3 && seen.calls == 2);
    leaves = false;
    /* Arming again must not put us in front of it a second time. */
    uint8_t *second = arm();
    require(action_of(SIGSEGV).sa_sigaction == later_handler);
    store(second, 1);
    require(later_calls == 4 && seen.calls == 2);
    steppe_fault fault;
    volatile bool caught = false;
    uint8_t *limited = reserve(2 * page, options(.on_fault = STEPPE_COMMIT, .limit_bytes = page));
    store(limited, 1);
    STEPPE_TRY(&fault)
    {
        store(limited + page, 1);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(caught && fault.reason == STEPPE_E_BUDGET && seen.calls == 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chain");
    TCase *tests = test_case(suite, "chain");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, nothing_happens_at_load_time);
    tcase_add_test(tests, nothing_is_installed_before_the_first_armed_reservation);
    tcase_add_test(tests, guard_pages_arm_too);
    tcase_add_test(tests, guard_pages_made_later_arm_too);
    tcase_add_test(tests, probes_arm_too);
    tcase_add_test(tests, foreign_faults_keep_their_information);
    tcase_add_test(tests, faults_of_raising_reservations_keep_their_information);
    tcase_add_test(tests, faults_passed_on_keep_their_information);
    tcase_add_test(tests, our_own_faults_are_not_shown_to_others);
    tcase_add_test(tests, previous_handler_runs_with_the_mask_it_asked_for);
    tcase_add_test(tests, plain_handlers_are_called);
    tcase_add_test(tests, handlers_that_repair_and_return);
    tcase_add_test(tests, plain_handlers_that_repair_and_return);
    tcase_add_test(tests, handlers_may_always_leave_by_a_jump);
    tcase_add_test(tests, handlers_may_fault_themselves);
    tcase_add_test(tests, default_action_kills_with_the_right_signal);
    tcase_add_test(tests, sent_signals_have_their_default_action);
    tcase_add_test(tests, ignoring_does_not_survive_a_fault);
    tcase_add_test(tests, one_shot_handlers_are_called_once);
    tcase_add_test(tests, sent_signals_reach_the_previous_handler_once);
    tcase_add_test(tests, a_sent_signal_with_a_tempting_address_is_not_a_fault);
    tcase_add_test(tests, bus_errors_reach_the_previous_handler);
    tcase_add_test(tests, later_handlers_that_call_the_one_they_replaced);
    return test_main(suite);
}
