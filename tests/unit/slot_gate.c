/* SPDX-License-Identifier: MIT */
/* slot_gate.c - alone inside, and nobody waits for ever beside those who close it all the time. */
#include "containers/slot_gate.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "support.h"

enum { CLOSERS = 2, USERS = 2, ENTRIES = 60 };

static struct stp_slot_gate gate;
static uint32_t stop, closing_count, inside;
static uint64_t closings_waited;

static void *close_all_the_time(void *context)
{
    (void)context;
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        stp_slot_gate_close(&gate);
        require_equal(__atomic_load_n(&inside, __ATOMIC_ACQUIRE), 0);
        __atomic_fetch_add(&closing_count, 1, __ATOMIC_ACQ_REL);
        nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
        require_equal(__atomic_load_n(&inside, __ATOMIC_ACQUIRE), 0);
        stp_slot_gate_open(&gate);
    }
    return NULL;
}

static void *enter_and_leave(void *context)
{
    (void)context;
    for (int i = 0; i < ENTRIES; i++) {
        while (!__atomic_load_n(&gate.closed, __ATOMIC_ACQUIRE))
            sched_yield();
        uint32_t before = __atomic_load_n(&closing_count, __ATOMIC_ACQUIRE);
        stp_slot_gate_enter(&gate);
        uint32_t after = __atomic_load_n(&closing_count, __ATOMIC_ACQUIRE);
        __atomic_fetch_add(&inside, 1, __ATOMIC_ACQ_REL);
        __atomic_fetch_add(&closings_waited, after - before, __ATOMIC_ACQ_REL);
        __atomic_fetch_sub(&inside, 1, __ATOMIC_ACQ_REL);
        stp_slot_gate_leave(&gate);
    }
    return NULL;
}

/* Counted in closings, for time says nothing on a busy machine. A closer that looked before
 * somebody began to wait may still come first: that is seldom. */
START_TEST(those_who_wait_come_before_those_who_close)
{
    pthread_t closers[CLOSERS], users[USERS];
    for (size_t i = 0; i < CLOSERS; i++)
        require(!pthread_create(&closers[i], NULL, close_all_the_time, NULL));
    while (!__atomic_load_n(&closing_count, __ATOMIC_ACQUIRE))
        sched_yield();
    for (size_t i = 0; i < USERS; i++)
        require(!pthread_create(&users[i], NULL, enter_and_leave, NULL));
    for (size_t i = 0; i < USERS; i++)
        require(!pthread_join(users[i], NULL));
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    for (size_t i = 0; i < CLOSERS; i++)
        require(!pthread_join(closers[i], NULL));
    require(closings_waited <= UINT64_C(2) * USERS * ENTRIES);
    require_equal(gate.waiting, 0);
    require_equal(gate.closed, 0);
    require_equal(gate.inside, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("slot_gate");
    tcase_add_test(test_case(suite, "threads"), those_who_wait_come_before_those_who_close);
    return test_main(suite);
}
