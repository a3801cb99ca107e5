/* SPDX-License-Identifier: MIT */
/*
 * fault.c - policies, filters, STEPPE_TRY and probes: what fault.h says.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
}

/* A filter that notes what it saw and does what it was told. */
struct script {
    steppe_answer answer;
    bool commits;    /* commit the page first */
    int idle_rounds; /* so many times only say resume, without a change */
    void (*action)(const steppe_fault *fault, struct script *script);
    void *target; /* for the action */
    int calls;
    steppe_fault seen; /* the last one */
};

static void note_fault(struct script *script, const steppe_fault *fault)
{
    script->calls++;
    script->seen.reservation = fault->reservation;
    script->seen.address = fault->address;
    script->seen.offset_bytes = fault->offset_bytes;
    script->seen.access = fault->access;
    script->seen.reason = fault->reason;
    script->seen.budget = fault->budget;
    script->seen.instruction = fault->instruction;
}

static steppe_answer scripted(const steppe_fault *fault, void *context)
{
    struct script *script = context;
    note_fault(script, fault);
    if (script->idle_rounds > 0) {
        script->idle_rounds--;
        return STEPPE_RESUME;
    }
    if (script->action)
        script->action(fault, script);
    if (script->commits)
        steppe_commit(fault->address, 1);
    return script->answer;
}

static uint8_t *reserve_asking(size_t size_bytes, struct script *script)
{
    return reserve(size_bytes,
                   options(.on_fault = STEPPE_ASK, .filter = scripted, .filter_context = script));
}

#define require_fault(fault_, base_, address_, access_, reason_)                                   \
    do {                                                                                           \
        const steppe_fault *is_ = &(fault_);                                                       \
        require(is_->reservation == (void *)(base_) && is_->address == (void *)(address_) &&       \
                    is_->offset_bytes == (size_t)((uint8_t *)(address_) - (uint8_t *)(base_)) &&   \
                    is_->access == (access_) && is_->reason == (reason_),                          \
                "%p in %p, offset %#zx, %s, %s", is_->address, is_->reservation,                   \
                is_->offset_bytes, steppe_access_name(is_->access),                                \
                steppe_status_name(is_->reason));                                                  \
    } while (0)

/* ---- policies ---------------------------------------------------------------------------------
 */

START_TEST(raise_goes_to_the_previous_handler)
{
    /* Armed by a neighbour, so that our handler is the first to see it. */
    reserve(page, options(.on_fault = STEPPE_COMMIT));
    uint8_t *base = reserve(4 * page, NULL);
    require_faults(touch_read(base + page + 3), base + page + 3);
    require_faults(touch_write(base + 2 * page + 4, 1), base + 2 * page + 4);
    require_ok(steppe_commit_as(base, page, STEPPE_READ_ONLY));
    require_faults(touch_write(base + 5, 1), base + 5);
    require_faults(touch_execute(base + 6), base + 6);
    require_ok(steppe_commit_as(base, page, STEPPE_READ_WRITE | STEPPE_GUARD));
    require_faults(touch_read(base + 7), base + 7);
    require_touchable(touch_read(base + 7));
    require_equal(charge_of(base), page);
    steppe_statistics statistics = statistics_of(base);
    require_equal(statistics.fault_count, 5);
    require_equal(statistics.fault_pass_count, 5);
}
END_TEST

START_TEST(raise_is_not_caught_by_a_try)
{
    reserve(page, options(.on_fault = STEPPE_COMMIT));
    uint8_t *base = reserve(page, NULL);
    steppe_fault fault;
    volatile bool caught = false, reached = false;
    struct touch did = {0};
    STEPPE_TRY(&fault)
    {
        did = touch_read(base);
        reached = true;
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(reached && !caught && did.faulted && did.address == base);
}
END_TEST

START_TEST(foreign_faults_are_not_caught_by_a_try)
{
    reserve(page, options(.on_fault = STEPPE_COMMIT));
    uint8_t *area = free_area(page, 0);
    steppe_fault fault;
    volatile bool caught = false;
    STEPPE_TRY(&fault)
    {
        require_faults(touch_write(area, 1), area);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(!caught);
}
END_TEST

START_TEST(commit_policy_commits_on_reads_and_writes)
{
    uint8_t *base = reserve(64 * page, options(.on_fault = STEPPE_COMMIT, .strict = true));
    require(load(base + 10 * page + 5) == 0);
    require_run(base + 10 * page, base + 10 * page, page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    store(base + 20 * page + 5, 0x77);
    require(load(base + 20 * page + 5) == 0x77);
    require_bytes(base + 20 * page, 5, 0);
    require_equal(charge_of(base), 2 * page);
    require_equal(charge_by_runs(base), 2 * page);
    require_equal(process_charge(), 2 * page);
    steppe_statistics statistics = statistics_of(base);
    require_equal(statistics.fault_count, 2);
    require_equal(statistics.fault_commit_count, 2);
    require_equal(statistics.fault_page_count, 2);
    /* Gone, and committed again by the next touch, as zero. */
    require_ok(steppe_decommit(base + 20 * page, 1));
    require(load(base + 20 * page + 5) == 0);
    require_equal(charge_of(base), 2 * page);
}
END_TEST

START_TEST(commit_policy_gives_the_protection_of_the_reservation)
{
    uint8_t *base = reserve(8 * page, options(.on_fault = STEPPE_COMMIT, .strict = true,
                                              .protection = STEPPE_READ_ONLY));
    require(load(base + page) == 0);
    require_run(base + page, base + page, page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
    /* A write is refused by the protection that the page then has. */
    steppe_fault fault;
    volatile bool caught = false;
    STEPPE_TRY(&fault)
    {
        store(base + 3 * page + 1, 1);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(caught);
    require_fault(fault, base, base + 3 * page + 1, STEPPE_ACCESS_WRITE, STEPPE_E_PROTECTION);
}
END_TEST

START_TEST(accesses_across_pages)
{
    struct script script = {.answer = STEPPE_RESUME, .commits = true};
    uint8_t *base = reserve_asking(64 * page, &script);
    require(load_word(base + 2 * page - 3) == 0);
    require_equal(script.calls, 2);
    require_equal(charge_of(base), 2 * page);
    require_ok(steppe_commit(base + 9 * page, page));
    store_word(base + 10 * page - 3, UINT64_C(0x0102030405060708));
    require_equal(script.calls, 3);
    /* The first byte of the word that was refused, not the first byte of the word. */
    require_fault(script.seen, base, base + 10 * page, STEPPE_ACCESS_WRITE, STEPPE_E_NOT_COMMITTED);
    require(load_word(base + 10 * page - 3) == UINT64_C(0x0102030405060708));
    require_equal(charge_of(base), 4 * page);
    uint8_t *strict = reserve(64 * page, options(.on_fault = STEPPE_COMMIT, .strict = true));
    store_word(strict + 5 * page - 1, UINT64_MAX);
    require_equal(charge_of(strict), 2 * page);
    require(load_word(strict + 5 * page - 1) == UINT64_MAX);
    require(load(strict + 5 * page - 2) == 0 && load(strict + 5 * page + 7) == 0);
}
END_TEST

START_TEST(execute_faults_are_told_as_such)
{
    struct script script = {.answer = STEPPE_RESUME, .commits = true};
    uint8_t *base = reserve(8 * page, options(.on_fault = STEPPE_ASK, .filter = scripted,
                                              .filter_context = &script,
                                              .protection = STEPPE_EXECUTE_READ_WRITE));
    require_ok(steppe_commit(base, page));
    if (!put_return(base + 16))
        skip_test("no return instruction known for this machine");
    call_code(base + 16);
    require_equal(script.calls, 0);
    require_ok(steppe_protect(base, page, STEPPE_READ_WRITE, NULL));
    script.answer = STEPPE_UNWIND;
    script.commits = false;
    steppe_fault fault;
    volatile int caught = 0;
    STEPPE_TRY(&fault)
    {
        call_code(base + 16);
    }
    STEPPE_CAUGHT
    {
        caught++;
    }
    require_fault(script.seen, base, base + 16, STEPPE_ACCESS_EXECUTE, STEPPE_E_PROTECTION);
    require_fault(fault, base, base + 16, STEPPE_ACCESS_EXECUTE, STEPPE_E_PROTECTION);
    require(fault.instruction == base + 16);
    STEPPE_TRY(&fault)
    {
        call_code(base + 3 * page + 16);
    }
    STEPPE_CAUGHT
    {
        caught++;
    }
    require_equal(caught, 2);
    require_fault(fault, base, base + 3 * page + 16, STEPPE_ACCESS_EXECUTE, STEPPE_E_NOT_COMMITTED);
}
END_TEST

static void write_return(const steppe_fault *fault, struct script *script)
{
    (void)script;
    if (fault->access != STEPPE_ACCESS_EXECUTE)
        return;
    steppe_commit(fault->address, 16);
    put_return(fault->address);
}

START_TEST(code_that_is_made_when_it_is_called)
{
    struct script script = {.answer = STEPPE_RESUME, .action = write_return};
    uint8_t *base = reserve(8 * page, options(.on_fault = STEPPE_ASK, .filter = scripted,
                                              .filter_context = &script,
                                              .protection = STEPPE_EXECUTE_READ_WRITE));
    uint8_t probe[16];
    if (!put_return(probe))
        skip_test("no return instruction known for this machine");
    call_code(base + 5 * page + 64);
    require_equal(script.calls, 1);
    require_fault(script.seen, base, base + 5 * page + 64, STEPPE_ACCESS_EXECUTE,
                  STEPPE_E_NOT_COMMITTED);
    call_code(base + 5 * page + 64);
    require_equal(script.calls, 1);
}
END_TEST

START_TEST(instruction_of_the_fault_lies_in_the_code)
{
    struct script script = {.answer = STEPPE_RESUME, .commits = true};
    uint8_t *base = reserve_asking(page, &script);
    store(base, 1);
    uintptr_t distance = (uintptr_t)script.seen.instruction - (uintptr_t)store;
    require(distance < 256, "%p, but store() is at %p", script.seen.instruction,
            (void *)(uintptr_t)store);
}
END_TEST

/* ---- fault-around -----------------------------------------------------------------------------
 */

/* Faults of a sequential run may grow with the logarithm, and by one for every 2 MiB. */
static void require_few_faults(const uint8_t *base, size_t page_count)
{
    steppe_statistics statistics = statistics_of(base);
    size_t most = 24 + 2 * (page_count * page / CHUNK_FLOOR);
    require(statistics.fault_count <= most, "%zu pages took %llu faults", page_count,
            (unsigned long long)statistics.fault_count);
    require(statistics.fault_page_count * page == statistics.committed_bytes);
}

START_TEST(lone_faults_commit_one_page)
{
    uint8_t *base = reserve(64 * STEPPE_MIB, options(.on_fault = STEPPE_COMMIT));
    for (size_t i = 0; i < 32; i++)
        store(base + i * 2 * STEPPE_MIB + i * 3 * page, 1);
    require_equal(charge_of(base), 32 * page);
    require_equal(statistics_of(base).fault_count, 32);
}
END_TEST

START_TEST(sequential_runs_double_forward)
{
    size_t page_count = 4096;
    uint8_t *base = reserve(page_count * page, options(.on_fault = STEPPE_COMMIT));
    size_t committed_before = 0;
    for (size_t i = 0; i < page_count; i++) {
        store(base + i * page, (uint8_t)i);
        if (i == page_count / 2 + 1)
            committed_before = charge_of(base);
    }
    require(committed_before > page_count / 2 * page);
    require_few_faults(base, page_count);
    require_equal(charge_of(base), page_count * page);
    for (size_t i = 0; i < page_count; i++)
        require(load(base + i * page) == (uint8_t)i && load(base + i * page + 1) == 0);
}
END_TEST

START_TEST(sequential_runs_double_backward)
{
    size_t page_count = 4096;
    uint8_t *base = reserve(page_count * page, options(.on_fault = STEPPE_COMMIT));
    for (size_t i = page_count; i-- > 0;)
        store(base + i * page + page - 1, (uint8_t)i);
    require_few_faults(base, page_count);
    require_equal(charge_of(base), page_count * page);
    for (size_t i = 0; i < page_count; i++)
        require(load(base + i * page + page - 1) == (uint8_t)i);
}
END_TEST

START_TEST(fault_around_takes_no_more_than_lies_on_the_other_side)
{
    uint8_t *base = reserve(64 * page, options(.on_fault = STEPPE_COMMIT));
    require_ok(steppe_commit(base + 10 * page, 4 * page));
    store(base + 14 * page, 1);
    steppe_run run;
    require_ok(steppe_query(base + 10 * page, &run));
    require(run.size_bytes >= 6 * page && run.size_bytes <= 9 * page, "%zu pages",
            run.size_bytes / page);
    require_run(base, base, 10 * page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_equal(charge_of(base), run.size_bytes);
    require_ok(steppe_decommit(base, 64 * page));
    require_ok(steppe_commit(base + 40 * page, 4 * page));
    store(base + 39 * page, 1);
    uint64_t charge = charge_of(base);
    require(charge >= 6 * page && charge <= 9 * page, "%llu", (unsigned long long)charge);
    require_run(base + 44 * page, base + 44 * page, 20 * page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
}
END_TEST

START_TEST(fault_around_stays_in_the_reservation)
{
    uint8_t *area = free_area(3 * GRANULE, 0);
    uint8_t *low = reserve(GRANULE, options(.address = area, .on_fault = STEPPE_COMMIT));
    uint8_t *base = reserve(GRANULE, options(.address = area + GRANULE, .on_fault = STEPPE_COMMIT));
    uint8_t *high =
        reserve(GRANULE, options(.address = area + 2 * GRANULE, .on_fault = STEPPE_COMMIT));
    size_t page_count = GRANULE / page;
    for (size_t i = 0; i < page_count; i++)
        store(base + i * page, 1);
    require_equal(charge_of(base), GRANULE);
    require_ok(steppe_decommit(base, GRANULE));
    for (size_t i = page_count; i-- > 0;)
        store(base + i * page, 1);
    require_equal(charge_of(base), GRANULE);
    require_equal(charge_of(low), 0);
    require_equal(charge_of(high), 0);
    require_run(low, low, GRANULE, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_run(high, high, GRANULE, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    /* The rest of the last granule belongs to nobody, however strong the run. */
    uint8_t *odd = reserve(9 * page, options(.on_fault = STEPPE_COMMIT));
    for (size_t i = 0; i < 9; i++)
        store(odd + i * page, 1);
    require_equal(charge_of(odd), 9 * page);
    require_faults(touch_write(odd + 9 * page, 1), odd + 9 * page);
}
END_TEST

START_TEST(fault_around_leaves_committed_pages_alone)
{
    uint8_t *base = reserve(256 * page, options(.on_fault = STEPPE_COMMIT));
    require_ok(steppe_commit(base + 37 * page, page));
    store(base + 37 * page, 0x37);
    require_ok(steppe_protect(base + 37 * page, page, STEPPE_READ_ONLY, NULL));
    require_ok(steppe_commit_as(base + 41 * page, page, STEPPE_NO_ACCESS));
    require_ok(steppe_commit_as(base + 43 * page, page, STEPPE_READ_WRITE | STEPPE_GUARD));
    for (size_t i = 0; i < 256; i++) {
        if (i != 37 && i != 41 && i != 43)
            store(base + i * page, 1);
    }
    require_run(base + 37 * page, base + 37 * page, page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
    require_run(base + 41 * page, base + 41 * page, page, STEPPE_COMMITTED, STEPPE_NO_ACCESS);
    require_run(base + 43 * page, base + 43 * page, page, STEPPE_COMMITTED,
                STEPPE_READ_WRITE | STEPPE_GUARD);
    require(load(base + 37 * page) == 0x37);
    require_equal(charge_of(base), 256 * page);
    require_equal(charge_by_runs(base), 256 * page);
}
END_TEST

START_TEST(strict_commits_exactly_one_page)
{
    uint8_t *base = reserve(600 * page, options(.on_fault = STEPPE_COMMIT, .strict = true));
    for (size_t i = 0; i < 300; i++) {
        store(base + (i + 1) * page - 1, 1);
        require_equal(charge_of(base), (i + 1) * page);
    }
    require_run(base + 300 * page, base + 300 * page, 300 * page, STEPPE_RESERVED,
                STEPPE_NO_ACCESS);
    require_equal(statistics_of(base).fault_page_count, 300);
}
END_TEST

START_TEST(larger_pages_are_committed_whole)
{
    uint8_t *base = reserve(
        8 * GRANULE, options(.on_fault = STEPPE_COMMIT, .strict = true, .page_bytes = GRANULE));
    store(base + 3 * GRANULE + page + 1, 1);
    require_run(base + 3 * GRANULE, base + 3 * GRANULE, GRANULE, STEPPE_COMMITTED,
                STEPPE_READ_WRITE);
    require_equal(charge_of(base), GRANULE);
    require_equal(statistics_of(base).fault_count, 1);
    require_bytes(base + 3 * GRANULE, page + 1, 0);
    require_bytes(base + 3 * GRANULE + page + 2, GRANULE - page - 2, 0);
    require_equal(statistics_of(base).fault_count, 1);
}
END_TEST

/* ---- filters ----------------------------------------------------------------------------------
 */

START_TEST(filter_resumes_after_committing)
{
    struct script script = {.answer = STEPPE_RESUME, .commits = true};
    uint8_t *base = reserve_asking(8 * page, &script);
    store(base + 2 * page + 9, 0x2a);
    require(load(base + 2 * page + 9) == 0x2a);
    require_equal(script.calls, 1);
    require_fault(script.seen, base, base + 2 * page + 9, STEPPE_ACCESS_WRITE,
                  STEPPE_E_NOT_COMMITTED);
    require(load(base + 3 * page) == 0);
    require_equal(script.calls, 2);
    require_fault(script.seen, base, base + 3 * page, STEPPE_ACCESS_READ, STEPPE_E_NOT_COMMITTED);
    require_equal(charge_of(base), 2 * page);
    require_equal(statistics_of(base).fault_resume_count, 2);
}
END_TEST

START_TEST(resume_without_a_change_faults_again)
{
    struct script script = {.answer = STEPPE_RESUME, .commits = true, .idle_rounds = 5};
    uint8_t *base = reserve_asking(8 * page, &script);
    store(base, 1);
    require_equal(script.calls, 6);
    require_equal(charge_of(base), page);
}
END_TEST

START_TEST(filter_unwinds)
{
    struct script script = {.answer = STEPPE_UNWIND};
    uint8_t *base = reserve_asking(8 * page, &script);
    steppe_fault fault;
    volatile bool caught = false, after = false;
    STEPPE_TRY(&fault)
    {
        store(base + 5 * page + 1, 1);
        after = true;
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(caught && !after && script.calls == 1);
    require_fault(fault, base, base + 5 * page + 1, STEPPE_ACCESS_WRITE, STEPPE_E_NOT_COMMITTED);
    require(fault.instruction == script.seen.instruction && !fault.budget);
    require_equal(charge_of(base), 0);
    require_equal(statistics_of(base).fault_unwind_count, 1);
}
END_TEST

START_TEST(filter_passes_on)
{
    const steppe_answer answers[] = {STEPPE_PASS_ON, (steppe_answer)0, (steppe_answer)99,
                                     (steppe_answer)-1};
    for (volatile size_t i = 0; i < array_count(answers); i++) {
        struct script script = {.answer = answers[i]};
        uint8_t *base = reserve_asking(8 * page, &script);
        steppe_fault fault;
        volatile bool caught = false;
        STEPPE_TRY(&fault)
        {
            require_faults(touch_read(base + 3), base + 3);
        }
        STEPPE_CAUGHT
        {
            caught = true;
        }
        require(!caught && script.calls == 1, "answer %d", answers[i]);
        require_equal(statistics_of(base).fault_pass_count, 1);
        require_ok(steppe_release(base));
    }
}
END_TEST

START_TEST(unwind_without_a_try_goes_to_the_previous_handler)
{
    struct script script = {.answer = STEPPE_UNWIND};
    uint8_t *base = reserve_asking(8 * page, &script);
    require_faults(touch_write(base + page, 1), base + page);
    require_equal(script.calls, 1);
}
END_TEST

START_TEST(commit_policy_asks_its_filter_only_when_refused)
{
    struct script script = {.answer = STEPPE_UNWIND};
    uint8_t *base =
        reserve(8 * page, options(.on_fault = STEPPE_COMMIT, .filter = scripted,
                                  .filter_context = &script, .strict = true, .limit_bytes = page));
    store(base, 1);
    require_equal(script.calls, 0);
    steppe_fault fault;
    volatile bool caught = false;
    STEPPE_TRY(&fault)
    {
        store(base + 2 * page, 1);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(caught && script.calls == 1);
    require_fault(script.seen, base, base + 2 * page, STEPPE_ACCESS_WRITE, STEPPE_E_BUDGET);
    require_fault(fault, base, base + 2 * page, STEPPE_ACCESS_WRITE, STEPPE_E_BUDGET);
    require_equal(charge_of(base), page);
}
END_TEST

static void make_room(const steppe_fault *fault, struct script *script)
{
    if (fault->reason == STEPPE_E_BUDGET)
        steppe_decommit(script->target, 1);
}

START_TEST(filter_makes_room_and_resumes)
{
    struct script script = {.answer = STEPPE_RESUME, .action = make_room};
    uint8_t *base = reserve(8 * page, options(.on_fault = STEPPE_COMMIT, .filter = scripted,
                                              .filter_context = &script, .strict = true,
                                              .limit_bytes = 2 * page));
    script.target = base;
    store(base, 1);
    store(base + page, 2);
    store(base + 2 * page, 3);
    require_equal(script.calls, 1);
    require_run(base, base, page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_run(base + page, base + page, 2 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require(load(base + page) == 2 && load(base + 2 * page) == 3);
}
END_TEST

static void touch_target(const steppe_fault *fault, struct script *script)
{
    (void)fault;
    store(script->target, 0x5d);
}

START_TEST(filters_may_fault_themselves)
{
    /* Three filters, each touching the next one's reservation, the last a plain commit. */
    uint8_t *bottom = reserve(4 * page, options(.on_fault = STEPPE_COMMIT));
    struct script third = {
        .answer = STEPPE_RESUME, .commits = true, .action = touch_target, .target = bottom + page};
    uint8_t *c = reserve_asking(4 * page, &third);
    struct script second = {
        .answer = STEPPE_RESUME, .commits = true, .action = touch_target, .target = c + page};
    uint8_t *b = reserve_asking(4 * page, &second);
    struct script first = {
        .answer = STEPPE_RESUME, .commits = true, .action = touch_target, .target = b + page};
    uint8_t *a = reserve_asking(4 * page, &first);
    store(a + page, 0x77);
    require(load(a + page) == 0x77 && load(b + page) == 0x5d && load(c + page) == 0x5d &&
            load(bottom + page) == 0x5d);
    require(first.calls == 1 && second.calls == 1 && third.calls == 1);
    require_fault(third.seen, c, c + page, STEPPE_ACCESS_WRITE, STEPPE_E_NOT_COMMITTED);
    require_fault(first.seen, a, a + page, STEPPE_ACCESS_WRITE, STEPPE_E_NOT_COMMITTED);
}
END_TEST

static void try_and_catch(const steppe_fault *fault, struct script *script)
{
    (void)fault;
    steppe_fault inner;
    STEPPE_TRY(&inner)
    {
        store(script->target, 1);
    }
    STEPPE_CAUGHT
    {
        script->idle_rounds = -1;
    }
}

START_TEST(filters_may_use_a_try)
{
    struct script refusing = {.answer = STEPPE_UNWIND};
    uint8_t *other = reserve_asking(page, &refusing);
    struct script script = {
        .answer = STEPPE_RESUME, .commits = true, .action = try_and_catch, .target = other};
    uint8_t *base = reserve_asking(page, &script);
    steppe_fault fault;
    volatile bool caught = false;
    STEPPE_TRY(&fault)
    {
        store(base, 1);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(!caught && script.idle_rounds == -1 && script.calls == 1 && refusing.calls == 1);
    require(load(base) == 1);
}
END_TEST

START_TEST(unwinding_through_filters)
{
    /* The inner filter unwinds to a try that stands outside of the outer filter. */
    struct script inner = {.answer = STEPPE_UNWIND};
    uint8_t *other = reserve_asking(page, &inner);
    struct script outer = {.answer = STEPPE_RESUME, .action = touch_target, .target = other};
    uint8_t *base = reserve_asking(page, &outer);
    steppe_fault fault;
    volatile int caught = 0;
    for (int i = 0; i < 100; i++) {
        STEPPE_TRY(&fault)
        {
            store(base, 1);
        }
        STEPPE_CAUGHT
        {
            caught++;
        }
    }
    require_equal(caught, 100);
    require_fault(fault, other, other, STEPPE_ACCESS_WRITE, STEPPE_E_NOT_COMMITTED);
}
END_TEST

static void use_the_library(const steppe_fault *fault, struct script *script)
{
    uint8_t *base = fault->reservation;
    (void)script;
    require_ok(steppe_commit(base + 4 * page, 2 * page));
    memset(base + 4 * page, 0x61, 2 * page);
    require_ok(steppe_protect(base + 4 * page, page, STEPPE_READ_ONLY, NULL));
    require_run(base + 4 * page, base + 4 * page, page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
    require_ok(steppe_decommit(base + 5 * page, page));
    require_ok(steppe_commit_as(fault->address, 1, STEPPE_READ_WRITE));
    require_ok(steppe_reset(base + 4 * page, page));
    size_t run_count = 0;
    for (steppe_run run = steppe_first_run(base); run.size_bytes; run = steppe_next_run(run))
        run_count++;
    require_equal(run_count, 5);
    require_ok(steppe_set_limit(base, 3 * page));
    require_fails(steppe_commit(base, 8 * page), STEPPE_E_BUDGET);
    uint8_t *fresh = reserve(page, NULL);
    require_ok(steppe_release(fresh));
}

START_TEST(filters_may_use_the_library)
{
    struct script script = {.answer = STEPPE_RESUME, .action = use_the_library};
    uint8_t *base = reserve_asking(8 * page, &script);
    store(base + page, 0x0f);
    require(load(base + page) == 0x0f && script.calls == 1);
    require_equal(charge_of(base), 2 * page);
}
END_TEST

START_TEST(protection_faults_reach_the_filter)
{
    struct script script = {.answer = STEPPE_UNWIND};
    const steppe_on_fault policies[] = {STEPPE_ASK, STEPPE_COMMIT};
    for (volatile size_t i = 0; i < array_count(policies); i++) {
        uint8_t *base = reserve(8 * page, options(.on_fault = policies[i], .filter = scripted,
                                                  .filter_context = &script));
        require_ok(steppe_commit_as(base, page, STEPPE_READ_ONLY));
        require_ok(steppe_commit_as(base + page, page, STEPPE_NO_ACCESS));
        steppe_fault fault;
        volatile int caught = 0;
        STEPPE_TRY(&fault)
        {
            store(base + 3, 1);
        }
        STEPPE_CAUGHT
        {
            caught++;
            require_fault(fault, base, base + 3, STEPPE_ACCESS_WRITE, STEPPE_E_PROTECTION);
        }
        STEPPE_TRY(&fault)
        {
            load(base + page + 4);
        }
        STEPPE_CAUGHT
        {
            caught++;
            require_fault(fault, base, base + page + 4, STEPPE_ACCESS_READ, STEPPE_E_PROTECTION);
        }
        require_equal(caught, 2);
        require(load(base) == 0);
    }
    require_equal(script.calls, 4);
}
END_TEST

START_TEST(commit_policy_without_filter_unwinds_on_protection)
{
    uint8_t *base = reserve(8 * page, options(.on_fault = STEPPE_COMMIT));
    require_ok(steppe_commit_as(base, page, STEPPE_READ_ONLY));
    steppe_fault fault;
    volatile bool caught = false;
    STEPPE_TRY(&fault)
    {
        store(base + 8, 1);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(caught);
    require_fault(fault, base, base + 8, STEPPE_ACCESS_WRITE, STEPPE_E_PROTECTION);
    require_faults(touch_write(base + 8, 1), base + 8);
}
END_TEST

static void check_guard_is_off(const steppe_fault *fault, struct script *script)
{
    (void)script;
    steppe_run run;
    require_ok(steppe_query(fault->address, &run));
    require(run.state == STEPPE_COMMITTED && run.protection == STEPPE_READ_WRITE, "%s",
            steppe_protection_name(run.protection));
}

START_TEST(guard_pages_under_ask_and_commit)
{
    const steppe_on_fault policies[] = {STEPPE_ASK, STEPPE_COMMIT};
    for (volatile size_t i = 0; i < array_count(policies); i++) {
        struct script script = {.answer = STEPPE_RESUME, .action = check_guard_is_off};
        uint8_t *base = reserve(8 * page, options(.on_fault = policies[i], .filter = scripted,
                                                  .filter_context = &script));
        require_ok(steppe_commit(base, 4 * page));
        memset(base, 0x71, 4 * page);
        require_ok(steppe_protect(base + page, 2 * page, STEPPE_READ_WRITE | STEPPE_GUARD, NULL));
        require(load(base + page + 100) == 0x71);
        require_equal(script.calls, 1);
        require_fault(script.seen, base, base + page + 100, STEPPE_ACCESS_READ, STEPPE_E_GUARD);
        require(load(base + page + 100) == 0x71);
        require_equal(script.calls, 1);
        script.answer = STEPPE_UNWIND;
        steppe_fault fault;
        volatile bool caught = false;
        STEPPE_TRY(&fault)
        {
            store(base + 2 * page, 1);
        }
        STEPPE_CAUGHT
        {
            caught = true;
        }
        require(caught && script.calls == 2);
        require_fault(fault, base, base + 2 * page, STEPPE_ACCESS_WRITE, STEPPE_E_GUARD);
        require(load(base + 2 * page) == 0x71);
        require_equal(script.calls, 2);
    }
}
END_TEST

START_TEST(guard_pages_under_commit_without_filter)
{
    uint8_t *base = reserve(8 * page, options(.on_fault = STEPPE_COMMIT));
    require_ok(steppe_commit_as(base, page, STEPPE_READ_WRITE | STEPPE_GUARD));
    steppe_fault fault;
    volatile bool caught = false;
    STEPPE_TRY(&fault)
    {
        load(base + 5);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(caught);
    require_fault(fault, base, base + 5, STEPPE_ACCESS_READ, STEPPE_E_GUARD);
    require(load(base + 5) == 0);
    require_run(base, base, page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
}
END_TEST

/* ---- try --------------------------------------------------------------------------------------
 */

/* A page that every touch unwinds from. */
static uint8_t *refusing_page(void)
{
    static struct script script = {.answer = STEPPE_UNWIND};
    return reserve_asking(page, &script);
}

START_TEST(try_without_a_fault_writes_nothing)
{
    steppe_fault fault = {
        .reservation = &fault, .address = &page, .offset_bytes = 77, .reason = STEPPE_E_IN_USE};
    volatile int ran = 0;
    STEPPE_TRY(&fault)
    {
        ran = 1;
    }
    STEPPE_CAUGHT
    {
        ran = 2;
    }
    require(ran == 1);
    require(fault.reservation == &fault && fault.address == &page && fault.offset_bytes == 77 &&
            fault.reason == STEPPE_E_IN_USE);
}
END_TEST

static void store_deep(uint8_t *address, int depth)
{
    volatile char frame[64];
    frame[depth % 64] = 1;
    if (depth == 0) {
        store(address, 1);
        return;
    }
    store_deep(address, depth - 1);
    frame[0] = frame[depth % 64];
}

START_TEST(refusal_a_hundred_calls_deep)
{
    uint8_t *refusing = refusing_page();
    steppe_fault fault;
    volatile int caught = 0;
    for (int i = 0; i < 1000; i++) {
        STEPPE_TRY(&fault)
        {
            store_deep(refusing, 100);
        }
        STEPPE_CAUGHT
        {
            caught++;
        }
    }
    require_equal(caught, 1000);
}
END_TEST

START_TEST(innermost_try_wins)
{
    uint8_t *refusing = refusing_page();
    steppe_fault outer, inner;
    volatile int outer_caught = 0, inner_caught = 0, after = 0;
    STEPPE_TRY(&outer)
    {
        STEPPE_TRY(&inner)
        {
            store(refusing, 1);
        }
        STEPPE_CAUGHT
        {
            inner_caught++;
        }
        after++;
        /* The inner try is over: this one is the outer's. */
        store(refusing + 1, 1);
        after++;
    }
    STEPPE_CAUGHT
    {
        outer_caught++;
    }
    require(inner_caught == 1 && outer_caught == 1 && after == 1);
    require(inner.address == refusing && outer.address == refusing + 1);
}
END_TEST

START_TEST(fault_in_the_caught_block_goes_to_the_outer_try)
{
    uint8_t *refusing = refusing_page();
    steppe_fault outer, inner;
    volatile int outer_caught = 0, inner_caught = 0;
    STEPPE_TRY(&outer)
    {
        STEPPE_TRY(&inner)
        {
            store(refusing, 1);
        }
        STEPPE_CAUGHT
        {
            inner_caught++;
            store(refusing + 2, 1);
            inner_caught++;
        }
    }
    STEPPE_CAUGHT
    {
        outer_caught++;
    }
    require(inner_caught == 1 && outer_caught == 1 && outer.address == refusing + 2);
}
END_TEST

static int catch_in_a_callee(uint8_t *address)
{
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        store(address, 1);
    }
    STEPPE_CAUGHT
    {
        return 1;
    }
    return 0;
}

START_TEST(try_in_a_callee)
{
    uint8_t *refusing = refusing_page();
    steppe_fault fault;
    volatile int caught = 0, sum = 0;
    STEPPE_TRY(&fault)
    {
        sum = sum + catch_in_a_callee(refusing);
        sum = sum + catch_in_a_callee(refusing);
        store_deep(refusing, 3);
    }
    STEPPE_CAUGHT
    {
        caught = 1;
    }
    require(caught == 1 && sum == 2);
}
END_TEST

/* Each leaves the body of its try in another way; none may leave the try open. */
static int leave_by_return(void)
{
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        return 5;
    }
    STEPPE_CAUGHT
    {
        return 6;
    }
    return 7;
}

static int leave_by_break(void)
{
    steppe_fault fault;
    volatile int rounds = 0;
    for (; rounds < 10; rounds++) {
        STEPPE_TRY(&fault)
        {
            if (rounds == 3)
                break;
        }
        STEPPE_CAUGHT
        {
            return -1;
        }
    }
    return rounds;
}

static int leave_by_continue(void)
{
    steppe_fault fault;
    volatile int passed = 0;
    for (volatile int i = 0; i < 10; i++) {
        STEPPE_TRY(&fault)
        {
            if (i % 2)
                continue;
        }
        STEPPE_CAUGHT
        {
            return -1;
        }
        passed++;
    }
    return passed;
}

static int leave_by_goto(void)
{
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        goto out;
    }
    STEPPE_CAUGHT
    {
        return -1;
    }
    return -2;
out:
    return 8;
}

START_TEST(leaving_the_body_closes_the_try)
{
    uint8_t *refusing = refusing_page();
    int (*const ways[])(void) = {leave_by_return, leave_by_break, leave_by_continue, leave_by_goto};
    const int results[] = {5, 3, 5, 8};
    for (size_t i = 0; i < array_count(ways); i++) {
        require_equal(ways[i](), results[i]);
        require_faults(touch_write(refusing, 1), refusing);
    }
    /* Inside another try the outer one is the innermost again. */
    steppe_fault fault;
    volatile size_t caught = 0;
    for (volatile size_t i = 0; i < array_count(ways); i++) {
        STEPPE_TRY(&fault)
        {
            ways[i]();
            store(refusing + 4, 1);
        }
        STEPPE_CAUGHT
        {
            caught += fault.address == refusing + 4;
        }
    }
    require_equal(caught, array_count(ways));
}
END_TEST

START_TEST(no_try_is_open_after_one)
{
    uint8_t *refusing = refusing_page();
    require_equal(catch_in_a_callee(refusing), 1);
    require_faults(touch_write(refusing, 1), refusing);
}
END_TEST

START_TEST(try_may_be_used_again)
{
    uint8_t *refusing = refusing_page();
    steppe_fault fault;
    volatile int caught = 0;
    for (int i = 0; i < 10000; i++) {
        STEPPE_TRY(&fault)
        {
            if (i % 2)
                store(refusing + i % 100, 1);
        }
        STEPPE_CAUGHT
        {
            caught += fault.offset_bytes == (size_t)(i % 100);
        }
    }
    require_equal(caught, 5000);
}
END_TEST

struct bystander {
    uint8_t *refusing;
    struct touch touched;
};

static void *touch_without_a_try(void *context)
{
    struct bystander *bystander = context;
    bystander->touched = touch_write(bystander->refusing + 9, 1);
    return NULL;
}

START_TEST(try_belongs_to_its_thread)
{
    struct bystander bystander = {.refusing = refusing_page()};
    steppe_fault fault;
    volatile bool caught = false;
    STEPPE_TRY(&fault)
    {
        pthread_t thread;
        require(pthread_create(&thread, NULL, touch_without_a_try, &bystander) == 0);
        pthread_join(thread, NULL);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(!caught);
    require(bystander.touched.faulted);
    require(bystander.touched.address == bystander.refusing + 9);
}
END_TEST

/* The wrong program is told, rather than left to turn in a ring of tries. */
START_TEST(one_object_for_two_open_tries_aborts)
{
    uint8_t *refusing = refusing_page();
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        STEPPE_TRY(&fault)
        {
            store(refusing, 1);
        }
        STEPPE_CAUGHT
        {
            store(refusing, 2);
        }
    }
    STEPPE_CAUGHT
    {
    }
}
END_TEST

START_TEST(refusal_without_try_or_handler_kills)
{
    uint8_t *refusing = refusing_page();
    store(refusing, 1);
}
END_TEST

START_TEST(raise_without_handler_kills)
{
    reserve(page, options(.on_fault = STEPPE_COMMIT));
    load(reserve(page, NULL));
}
END_TEST

START_TEST(pass_on_inside_a_try_without_handler_kills)
{
    struct script script = {.answer = STEPPE_PASS_ON};
    uint8_t *base = reserve_asking(page, &script);
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        store(base, 1);
    }
    STEPPE_CAUGHT
    {
        return;
    }
}
END_TEST

/* ---- what must survive a fault ----------------------------------------------------------------
 */

static void spoil_errno(const steppe_fault *fault, struct script *script)
{
    (void)fault;
    (void)script;
    errno = EILSEQ;
}

START_TEST(errno_is_kept)
{
    struct script script = {.answer = STEPPE_RESUME, .commits = true, .action = spoil_errno};
    uint8_t *asking = reserve_asking(4 * page, &script);
    uint8_t *committing =
        reserve(4 * page, options(.on_fault = STEPPE_COMMIT, .strict = true, .limit_bytes = page));
    errno = 77;
    store(asking, 1);
    require_equal(errno, 77);
    store(committing, 1);
    require_equal(errno, 77);
    volatile bool caught = false;
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        store(committing + page, 1);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(caught);
    require_equal(errno, 77);
    require_equal(script.calls, 1);
}
END_TEST

static bool masks_equal(const sigset_t *left, const sigset_t *right)
{
    for (int number = 1; number < 64; number++) {
        if (sigismember(left, number) != sigismember(right, number))
            return false;
    }
    return true;
}

START_TEST(signal_mask_is_kept)
{
    struct script script = {.answer = STEPPE_RESUME, .commits = true};
    uint8_t *asking = reserve_asking(4 * page, &script), *refusing = refusing_page();
    const int blocked[] = {SIGUSR1, SIGTERM};
    sigset_t set, before, after;
    sigemptyset(&set);
    for (size_t i = 0; i < array_count(blocked); i++) {
        sigaddset(&set, blocked[i]);
        pthread_sigmask(SIG_SETMASK, &set, NULL);
        pthread_sigmask(SIG_SETMASK, NULL, &before);
        store(asking + i * page, 1);
        pthread_sigmask(SIG_SETMASK, NULL, &after);
        require(masks_equal(&before, &after), "after resuming");
        require_equal(catch_in_a_callee(refusing), 1);
        pthread_sigmask(SIG_SETMASK, NULL, &after);
        require(masks_equal(&before, &after), "after unwinding");
        uint8_t byte;
        require_fails(steppe_probe_read(refusing, &byte, 1, NULL), STEPPE_E_NOT_COMMITTED);
        pthread_sigmask(SIG_SETMASK, NULL, &after);
        require(masks_equal(&before, &after), "after a probe");
    }
}
END_TEST

START_TEST(mask_changed_in_the_body_is_kept_when_unwinding)
{
    /* As with a longjmp that does not touch the mask: what the body blocked stays blocked. */
    uint8_t *refusing = refusing_page();
    sigset_t set, after;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        store(refusing, 1);
    }
    STEPPE_CAUGHT
    {
        pthread_sigmask(SIG_SETMASK, NULL, &after);
    }
    require(sigismember(&after, SIGUSR2) == 1 && sigismember(&after, SIGSEGV) == 0);
}
END_TEST

static volatile sig_atomic_t usr1_count;

static void count_usr1(int number)
{
    (void)number;
    usr1_count++;
}

static void raise_usr1(const steppe_fault *fault, struct script *script)
{
    (void)fault;
    pthread_kill(pthread_self(), SIGUSR1);
    script->idle_rounds = usr1_count;
}

START_TEST(other_signals_wait_while_a_filter_runs)
{
    struct sigaction action = {.sa_handler = count_usr1};
    sigaction(SIGUSR1, &action, NULL);
    struct script script = {.answer = STEPPE_RESUME, .commits = true, .action = raise_usr1};
    uint8_t *base = reserve_asking(page, &script);
    store(base, 1);
    require(script.idle_rounds == 0, "the signal came while the filter ran");
    require_equal(usr1_count, 1);
}
END_TEST

static void note_stack(const steppe_fault *fault, struct script *script)
{
    (void)fault;
    script->target = __builtin_frame_address(0);
}

START_TEST(alternate_stack_is_used_when_there_is_one)
{
    size_t stack_bytes = 256 * STEPPE_KIB;
    uint8_t *bytes = malloc(stack_bytes);
    require(bytes);
    struct script script = {.answer = STEPPE_RESUME, .commits = true, .action = note_stack};
    uint8_t *base = reserve_asking(4 * page, &script);
    stack_t none = {.ss_flags = SS_DISABLE}; /* sanitizers bring one */
    sigaltstack(&none, NULL);
    store(base, 1);
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    require(here - (uintptr_t)script.target < 256 * STEPPE_KIB, "not on the thread's own stack");

    stack_t stack = {.ss_sp = bytes, .ss_size = stack_bytes};
    require(sigaltstack(&stack, NULL) == 0);
    store(base + page, 1);
    require((uint8_t *)script.target - bytes < (ptrdiff_t)stack_bytes &&
            (uint8_t *)script.target >= bytes);
    /* Unwinding leaves the alternate stack, so that it can be used again. */
    uint8_t *refusing = refusing_page();
    for (int i = 0; i < 1000; i++)
        require_equal(catch_in_a_callee(refusing), 1);
    stack_t now;
    require(sigaltstack(NULL, &now) == 0);
    require(now.ss_flags == 0 && now.ss_sp == bytes, "flags %#x", (unsigned)now.ss_flags);
    store(base + 2 * page, 1);
    require(load(base + 2 * page) == 1);
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, NULL);
    free(bytes);
}
END_TEST

static int eat_stack(int depth)
{
    volatile uint8_t frame[1024];
    frame[depth % 1024] = (uint8_t)depth;
    int deeper = depth > 0 ? eat_stack(depth - 1) : 0;
    return deeper + frame[depth % 1024] - (uint8_t)depth + 1;
}

static void *grow_own_stack(void *context)
{
    stack_t stack = {.ss_sp = context, .ss_size = 128 * STEPPE_KIB};
    if (sigaltstack(&stack, NULL) != 0)
        return NULL;
    return (void *)(intptr_t)eat_stack(2000);
}

START_TEST(stack_that_is_committed_by_touching_it)
{
    if (TEST_UNDER_ASAN || is_slow())
        skip_test("the tool keeps a record of its own of every stack");
    size_t size_bytes = 8 * STEPPE_MIB;
    uint8_t *alternate = malloc(128 * STEPPE_KIB);
    uint8_t *stack = reserve(size_bytes, options(.on_fault = STEPPE_COMMIT, .strict = true));
    require_ok(steppe_commit(stack + size_bytes - 128 * STEPPE_KIB, 128 * STEPPE_KIB));
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    require(pthread_attr_setstack(&attributes, stack, size_bytes) == 0);
    pthread_t thread;
    require(pthread_create(&thread, &attributes, grow_own_stack, alternate) == 0);
    void *result = NULL;
    pthread_join(thread, &result);
    require_equal((intptr_t)result, 2001);
    require(charge_of(stack) > 2000 * 1024 && charge_of(stack) < 6 * STEPPE_MIB);
    free(alternate);
}
END_TEST

static void change_rounding(const steppe_fault *fault, struct script *script)
{
    (void)fault;
    (void)script;
    volatile double spoiled = 1.5;
    for (int i = 0; i < 20; i++)
        spoiled = spoiled * 1.25 + i;
    fesetround(FE_TOWARDZERO);
}

START_TEST(rounding_mode_survives_a_resumed_fault)
{
    struct script script = {.answer = STEPPE_RESUME, .commits = true, .action = change_rounding};
    uint8_t *base = reserve_asking(page, &script);
    fesetround(FE_UPWARD);
    store(base, 1);
    int mode = fegetround();
    fesetround(FE_TONEAREST);
    require(mode == FE_UPWARD && script.calls == 1);
}
END_TEST

#if defined(__x86_64__)
enum { VECTOR_BYTES = 1024 };

/* clang-format off */
#define EACH_VECTOR(DO, name, size)                                                                \
    DO(0, name, size) DO(1, name, size) DO(2, name, size) DO(3, name, size)                        \
    DO(4, name, size) DO(5, name, size) DO(6, name, size) DO(7, name, size)                        \
    DO(8, name, size) DO(9, name, size) DO(10, name, size) DO(11, name, size)                      \
    DO(12, name, size) DO(13, name, size) DO(14, name, size) DO(15, name, size)
/* clang-format on */
#define LOAD_VECTOR(number, name, size) "vmovups " #number "*" #size "(%0), %%" #name #number "\n"
#define STORE_VECTOR(number, name, size) "vmovups %%" #name #number ", " #number "*" #size "(%1)\n"
#define LOAD_OLD(number, name, size) "movups " #number "*" #size "(%0), %%" #name #number "\n"
#define STORE_OLD(number, name, size) "movups %%" #name #number ", " #number "*" #size "(%1)\n"

/* Fill the vector registers, fault, and look at them again. */
#define VECTORS_KEPT(function, isa, load_one, store_one, name, size)                               \
    __attribute__((target(isa), noinline)) static void function(const uint8_t *in, uint8_t *out,   \
                                                                uint8_t *touched)                  \
    {                                                                                              \
        __asm__ volatile(                                                                          \
            EACH_VECTOR(load_one, name, size) "movb $1, (%2)\n" EACH_VECTOR(store_one, name, size) \
            :                                                                                      \
            : "r"(in), "r"(out), "r"(touched)                                                      \
            : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",    \
              "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");                       \
    }
VECTORS_KEPT(keep_xmm, "sse2", LOAD_OLD, STORE_OLD, xmm, 16)
VECTORS_KEPT(keep_ymm, "avx", LOAD_VECTOR, STORE_VECTOR, ymm, 32)
VECTORS_KEPT(keep_zmm, "avx512f", LOAD_VECTOR, STORE_VECTOR, zmm, 64)

static size_t keep_vectors(size_t round, const uint8_t *in, uint8_t *out, uint8_t *touched)
{
    if (round == 0)
        return keep_xmm(in, out, touched), 16 * 16;
    if (round == 1 && __builtin_cpu_supports("avx"))
        return keep_ymm(in, out, touched), 16 * 32;
    if (round == 2 && __builtin_cpu_supports("avx512f"))
        return keep_zmm(in, out, touched), 16 * 64;
    return 0;
}
#elif defined(__aarch64__)
enum { VECTOR_BYTES = 512 };

static size_t keep_vectors(size_t round, const uint8_t *in, uint8_t *out, uint8_t *touched)
{
    if (round > 0)
        return 0;
    __asm__ volatile("ld1 {v0.16b-v3.16b}, [%0], #64\nld1 {v4.16b-v7.16b}, [%0], #64\n"
                     "ld1 {v16.16b-v19.16b}, [%0], #64\nld1 {v20.16b-v23.16b}, [%0], #64\n"
                     "strb wzr, [%2]\n"
                     "st1 {v0.16b-v3.16b}, [%1], #64\nst1 {v4.16b-v7.16b}, [%1], #64\n"
                     "st1 {v16.16b-v19.16b}, [%1], #64\nst1 {v20.16b-v23.16b}, [%1], #64\n"
                     : "+r"(in), "+r"(out)
                     : "r"(touched)
                     : "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17",
                       "v18", "v19", "v20", "v21", "v22", "v23");
    return 256;
}
#else
enum { VECTOR_BYTES = 16 };

static size_t keep_vectors(size_t round, const uint8_t *in, uint8_t *out, uint8_t *touched)
{
    (void)round, (void)in, (void)out, (void)touched;
    return 0;
}
#endif

static void spoil_vectors(const steppe_fault *fault, struct script *script)
{
    (void)fault;
    (void)script;
    uint8_t ones[VECTOR_BYTES], out[VECTOR_BYTES], byte;
    memset(ones, 0xff, sizeof ones);
    for (size_t round = 0; round < 3; round++)
        keep_vectors(round, ones, out, &byte);
}

START_TEST(vector_registers_survive_a_resumed_fault)
{
    struct script script = {.answer = STEPPE_RESUME, .commits = true, .action = spoil_vectors};
    uint8_t *asking = reserve_asking(4 * page, &script);
    uint8_t *committing = reserve(4 * page, options(.on_fault = STEPPE_COMMIT, .strict = true));
    uint8_t in[VECTOR_BYTES], out[VECTOR_BYTES];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 7 + 1);
    size_t rounds = 0;
    for (; rounds < 3; rounds++) {
        size_t size_bytes = keep_vectors(rounds, in, out, asking + rounds * page);
        if (size_bytes == 0)
            break;
        require(memcmp(in, out, size_bytes) == 0, "round %zu, asking", rounds);
        memset(out, 0, sizeof out);
        keep_vectors(rounds, in, out, committing + rounds * page);
        require(memcmp(in, out, size_bytes) == 0, "round %zu, committing", rounds);
        require_equal(script.calls, rounds + 1);
    }
    if (rounds == 0)
        skip_test("no vector registers known for this machine");
}
END_TEST

/* ---- probes -----------------------------------------------------------------------------------
 */

#define require_probe_fails(address, size_bytes, status, done)                                     \
    do {                                                                                           \
        size_t done_ = SIZE_MAX;                                                                   \
        require_fails(steppe_probe_read((address), buffer, (size_bytes), &done_), status);         \
        require_equal(done_, (done));                                                              \
        done_ = SIZE_MAX;                                                                          \
        require_fails(steppe_probe_write((address), buffer, (size_bytes), &done_), status);        \
        require_equal(done_, (done));                                                              \
    } while (0)

START_TEST(probes_of_memory_of_others)
{
    uint8_t buffer[64], *area = free_area(4 * page, 0);
    require_probe_fails(area, 8, STEPPE_E_UNMAPPED, 0);
    require_probe_fails(NULL, 8, STEPPE_E_UNMAPPED, 0);
    require_probe_fails((void *)(uintptr_t)(page - 8), 16, STEPPE_E_UNMAPPED, 0);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    require(mmap(area, page, PROT_NONE, flags, -1, 0) == area);
    require(mmap(area + page, page, PROT_READ, flags, -1, 0) == area + page);
    require(mmap(area + 2 * page, page, PROT_READ | PROT_WRITE, flags, -1, 0) == area + 2 * page);
    require_probe_fails(area, 8, STEPPE_E_PROTECTION, 0);
    size_t done = 99;
    require_ok(steppe_probe_read(area + page, buffer, 8, &done));
    require_equal(done, 8);
    require_fails(steppe_probe_write(area + page, buffer, 8, &done), STEPPE_E_PROTECTION);
    require_equal(done, 0);
    memset(area + 2 * page, 0x4b, page);
    require_ok(steppe_probe_read(area + 2 * page + 1, buffer, sizeof buffer, NULL));
    require_bytes(buffer, sizeof buffer, 0x4b);
    memset(buffer, 0x2b, sizeof buffer);
    require_probe_fails(area + 3 * page - 16, 32, STEPPE_E_UNMAPPED, 16);
    munmap(area, 3 * page);
}
END_TEST

START_TEST(probes_copy_up_to_the_fault)
{
    uint8_t buffer[200], *area = free_area(2 * page, 0);
    require(mmap(area, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                 0) == area);
    for (size_t i = 0; i < page; i++)
        area[i] = (uint8_t)(i * 3 + 1);
    for (size_t left = 1; left < 100; left++) {
        size_t done = 0;
        memset(buffer, 0, sizeof buffer);
        require_fails(steppe_probe_read(area + page - left, buffer, 150, &done), STEPPE_E_UNMAPPED);
        require_equal(done, left);
        require(memcmp(buffer, area + page - left, left) == 0, "%zu bytes", left);
        memset(buffer, (int)left, sizeof buffer);
        done = 0;
        require_fails(steppe_probe_write(area + page - left, buffer, 150, &done),
                      STEPPE_E_UNMAPPED);
        require_equal(done, left);
        require_bytes(area + page - left, left, (uint8_t)left);
        for (size_t i = 0; i < page; i++)
            area[i] = (uint8_t)(i * 3 + 1);
    }
    munmap(area, page);
}
END_TEST

START_TEST(probes_go_by_the_policies)
{
    uint8_t buffer[64] = {0};
    uint8_t *raising = reserve(4 * page, NULL);
    require_probe_fails(raising, 8, STEPPE_E_NOT_COMMITTED, 0);
    require_ok(steppe_commit(raising + page, page));
    require_probe_fails(raising + 2 * page - 5, 8, STEPPE_E_NOT_COMMITTED, 5);
    require_ok(steppe_commit_as(raising + 2 * page, page, STEPPE_NO_ACCESS));
    require_probe_fails(raising + 2 * page - 5, 8, STEPPE_E_PROTECTION, 5);
    require_equal(charge_of(raising), 2 * page);

    uint8_t *committing = reserve(
        8 * page, options(.on_fault = STEPPE_COMMIT, .strict = true, .limit_bytes = 4 * page));
    memset(buffer, 0x33, sizeof buffer);
    require_ok(steppe_probe_write(committing + page - 32, buffer, 64, NULL));
    require_equal(charge_of(committing), 2 * page);
    require_bytes(committing + page - 32, 64, 0x33);
    require_ok(steppe_probe_read(committing + 4 * page - 32, buffer, 64, NULL));
    require_bytes(buffer, 64, 0);
    require_equal(charge_of(committing), 4 * page);
    require_probe_fails(committing + 6 * page, 64, STEPPE_E_BUDGET, 0);
    require_probe_fails(committing + 5 * page - 7, 64, STEPPE_E_BUDGET, 7);

    struct script script = {.answer = STEPPE_UNWIND};
    uint8_t *asking = reserve_asking(4 * page, &script);
    require_probe_fails(asking, 8, STEPPE_E_NOT_COMMITTED, 0);
    script.answer = STEPPE_PASS_ON;
    require_probe_fails(asking, 8, STEPPE_E_NOT_COMMITTED, 0);
    require_equal(script.calls, 4);
    script = (struct script){.answer = STEPPE_RESUME, .commits = true};
    require_ok(steppe_probe_write(asking, buffer, 8, NULL));
    require_equal(script.calls, 1);
}
END_TEST

START_TEST(probes_of_guard_pages_take_the_guard_off)
{
    uint8_t byte = 0;
    const steppe_on_fault policies[] = {STEPPE_RAISE, STEPPE_COMMIT};
    for (size_t i = 0; i < array_count(policies); i++) {
        uint8_t *base = reserve(4 * page, options(.on_fault = policies[i]));
        require_ok(steppe_commit_as(base, 2 * page, STEPPE_READ_WRITE | STEPPE_GUARD));
        size_t done = 5;
        require_fails(steppe_probe_read(base + 3, &byte, 1, &done), STEPPE_E_GUARD);
        require_equal(done, 0);
        require_run(base, base, page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
        require_ok(steppe_probe_read(base + 3, &byte, 1, &done));
        require_equal(done, 1);
        require_fails(steppe_probe_write(base + page, &byte, 1, &done), STEPPE_E_GUARD);
        require_ok(steppe_probe_write(base + page, &byte, 1, &done));
    }
}
END_TEST

START_TEST(probes_across_the_end_of_a_reservation)
{
    uint8_t buffer[64];
    uint8_t *base = reserve(3 * page, options(.on_fault = STEPPE_COMMIT));
    require_probe_fails(base + 3 * page - 10, 20, STEPPE_E_UNMAPPED, 10);
    require_equal(charge_of(base), page);
    uint8_t *area = free_area(2 * GRANULE, 0);
    reserve(GRANULE, options(.address = area, .on_fault = STEPPE_COMMIT, .strict = true));
    uint8_t *next = reserve(GRANULE, options(.address = area + GRANULE));
    require_probe_fails(next - 12, 20, STEPPE_E_NOT_COMMITTED, 12);
}
END_TEST

START_TEST(probes_inside_a_try_answer_themselves)
{
    uint8_t byte, *refusing = refusing_page();
    steppe_fault fault;
    volatile int caught = 0, reached = 0;
    STEPPE_TRY(&fault)
    {
        require_fails(steppe_probe_read(refusing, &byte, 1, NULL), STEPPE_E_NOT_COMMITTED);
        reached = 1;
        store(refusing, 1);
    }
    STEPPE_CAUGHT
    {
        caught = 1;
    }
    require(caught && reached);
}
END_TEST

START_TEST(probes_with_nothing_to_do)
{
    uint8_t byte = 0;
    size_t done = 7;
    require_ok(steppe_probe_read(&byte, &byte, 0, &done));
    require_equal(done, 0);
    done = 7;
    require_ok(steppe_probe_write(&byte, &byte, 0, &done));
    require_equal(done, 0);
    require_fails(steppe_probe_read(&byte, NULL, 1, NULL), STEPPE_E_NULL);
    require_fails(steppe_probe_write(&byte, NULL, 1, NULL), STEPPE_E_NULL);
    require_fails(steppe_probe_read(&byte, &byte, SIZE_MAX, NULL), STEPPE_E_SIZE);
    require_fails(steppe_probe_write(&byte, &byte, SIZE_MAX, NULL), STEPPE_E_SIZE);
}
END_TEST

START_TEST(probes_of_addresses_no_program_may_use)
{
    uint8_t buffer[16];
    const uintptr_t addresses[] = {(uintptr_t)1 << 63, ((uintptr_t)1 << 63) + 12345,
                                   UINTPTR_MAX - 64};
    for (size_t i = 0; i < array_count(addresses); i++)
        require_probe_fails((void *)addresses[i], 8, STEPPE_E_UNMAPPED, 0);
}
END_TEST

START_TEST(probe_of_a_truncated_file)
{
    int file = memfd_create("contract", MFD_CLOEXEC);
    require(file >= 0 && ftruncate(file, (off_t)page) == 0);
    uint8_t byte, *mapping = mmap(NULL, 2 * page, PROT_READ, MAP_SHARED, file, 0);
    require(mapping != MAP_FAILED);
    require_ok(steppe_probe_read(mapping, &byte, 1, NULL));
    size_t done = 9;
    /* SIGBUS: the mapping is there, but no memory lies behind it. */
    require_fails(steppe_probe_read(mapping + page, &byte, 1, &done), STEPPE_E_UNMAPPED);
    require_equal(done, 0);
    munmap(mapping, 2 * page);
    close(file);
}
END_TEST

START_TEST(many_probes_leave_nothing_open)
{
    uint8_t byte, *raising = reserve(page, NULL);
    for (int i = 0; i < 20000; i++)
        require(steppe_probe_read(raising, &byte, 1, NULL) == STEPPE_E_NOT_COMMITTED);
    require_faults(touch_read(raising), raising);
}
END_TEST

START_TEST(system_calls_do_not_ask_the_policy)
{
    struct script script = {.answer = STEPPE_RESUME, .commits = true};
    uint8_t *asking = reserve_asking(page, &script);
    uint8_t *committing = reserve(page, options(.on_fault = STEPPE_COMMIT));
    int ends[2];
    require(pipe(ends) == 0);
    require(write(ends[1], asking, 8) == -1 && errno == EFAULT);
    require(write(ends[1], committing, 8) == -1 && errno == EFAULT);
    require(write(ends[1], "12345678", 8) == 8);
    require(read(ends[0], committing, 8) == -1 && errno == EFAULT);
    require(script.calls == 0 && charge_of(asking) == 0 && charge_of(committing) == 0);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

/* ---- the suite --------------------------------------------------------------------------------
 */

static void add_policies(Suite *suite)
{
    TCase *tests = test_case_catching(suite, "policies");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, raise_goes_to_the_previous_handler);
    tcase_add_test(tests, raise_is_not_caught_by_a_try);
    tcase_add_test(tests, foreign_faults_are_not_caught_by_a_try);
    tcase_add_test(tests, commit_policy_commits_on_reads_and_writes);
    tcase_add_test(tests, commit_policy_gives_the_protection_of_the_reservation);
    tcase_add_test(tests, accesses_across_pages);
    tcase_add_test(tests, execute_faults_are_told_as_such);
    tcase_add_test(tests, code_that_is_made_when_it_is_called);
    tcase_add_test(tests, instruction_of_the_fault_lies_in_the_code);
    tcase_add_test(tests, lone_faults_commit_one_page);
    tcase_add_test(tests, sequential_runs_double_forward);
    tcase_add_test(tests, sequential_runs_double_backward);
    tcase_add_test(tests, fault_around_takes_no_more_than_lies_on_the_other_side);
    tcase_add_test(tests, fault_around_stays_in_the_reservation);
    tcase_add_test(tests, fault_around_leaves_committed_pages_alone);
    tcase_add_test(tests, strict_commits_exactly_one_page);
    tcase_add_test(tests, larger_pages_are_committed_whole);
}

static void add_filters(Suite *suite)
{
    TCase *tests = test_case_catching(suite, "filters");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, filter_resumes_after_committing);
    tcase_add_test(tests, resume_without_a_change_faults_again);
    tcase_add_test(tests, filter_unwinds);
    tcase_add_test(tests, filter_passes_on);
    tcase_add_test(tests, unwind_without_a_try_goes_to_the_previous_handler);
    tcase_add_test(tests, commit_policy_asks_its_filter_only_when_refused);
    tcase_add_test(tests, filter_makes_room_and_resumes);
    tcase_add_test(tests, filters_may_fault_themselves);
    tcase_add_test(tests, filters_may_use_a_try);
    tcase_add_test(tests, unwinding_through_filters);
    tcase_add_test(tests, filters_may_use_the_library);
    tcase_add_test(tests, protection_faults_reach_the_filter);
    tcase_add_test(tests, commit_policy_without_filter_unwinds_on_protection);
    tcase_add_test(tests, guard_pages_under_ask_and_commit);
    tcase_add_test(tests, guard_pages_under_commit_without_filter);
}

static void add_try(Suite *suite)
{
    TCase *tests = test_case_catching(suite, "try");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, try_without_a_fault_writes_nothing);
    tcase_add_test(tests, refusal_a_hundred_calls_deep);
    tcase_add_test(tests, innermost_try_wins);
    tcase_add_test(tests, fault_in_the_caught_block_goes_to_the_outer_try);
    tcase_add_test(tests, try_in_a_callee);
    tcase_add_test(tests, leaving_the_body_closes_the_try);
    tcase_add_test(tests, no_try_is_open_after_one);
    tcase_add_test(tests, try_may_be_used_again);
    tcase_add_test(tests, try_belongs_to_its_thread);
    TCase *deadly = test_case(suite, "try, deadly");
    tcase_add_checked_fixture(deadly, setup, NULL);
    tcase_add_test_raise_signal(deadly, one_object_for_two_open_tries_aborts, SIGABRT);
    tcase_add_test_raise_signal(deadly, refusal_without_try_or_handler_kills, SIGSEGV);
    tcase_add_test_raise_signal(deadly, raise_without_handler_kills, SIGSEGV);
    tcase_add_test_raise_signal(deadly, pass_on_inside_a_try_without_handler_kills, SIGSEGV);
}

static void add_survival(Suite *suite)
{
    TCase *tests = test_case_catching(suite, "what survives a fault");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, errno_is_kept);
    tcase_add_test(tests, signal_mask_is_kept);
    tcase_add_test(tests, mask_changed_in_the_body_is_kept_when_unwinding);
    tcase_add_test(tests, other_signals_wait_while_a_filter_runs);
    tcase_add_test(tests, alternate_stack_is_used_when_there_is_one);
    tcase_add_test(tests, stack_that_is_committed_by_touching_it);
    tcase_add_test(tests, rounding_mode_survives_a_resumed_fault);
    tcase_add_test(tests, vector_registers_survive_a_resumed_fault);
}

static void add_probes(Suite *suite)
{
    TCase *tests = test_case_catching(suite, "probes and system calls");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, probes_of_memory_of_others);
    tcase_add_test(tests, probes_copy_up_to_the_fault);
    tcase_add_test(tests, probes_go_by_the_policies);
    tcase_add_test(tests, probes_of_guard_pages_take_the_guard_off);
    tcase_add_test(tests, probes_across_the_end_of_a_reservation);
    tcase_add_test(tests, probes_inside_a_try_answer_themselves);
    tcase_add_test(tests, probes_with_nothing_to_do);
    tcase_add_test(tests, probes_of_addresses_no_program_may_use);
    tcase_add_test(tests, probe_of_a_truncated_file);
    tcase_add_test(tests, many_probes_leave_nothing_open);
    tcase_add_test(tests, system_calls_do_not_ask_the_policy);
}

int main(void)
{
    Suite *suite = suite_create("fault");
    add_policies(suite);
    add_filters(suite);
    add_try(suite);
    add_survival(suite);
    add_probes(suite);
    return test_main(suite);
}
