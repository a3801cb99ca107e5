/* SPDX-License-Identifier: MIT */
/*
 * container.h - one call of a container with every platform call in it failing in turn.
 *
 *     in a forked copy, for n = 1, 2, 3 ...
 *         prepare; make the n-th platform call fail; run
 *         failed?     the status is one it documents, the message begins with its name, and the
 *                     container equals the model (changed as the header says for a failure)
 *         again, without a failure: succeeds
 *         the container equals the changed model; is used on, and ended: nothing is left behind
 *     until the call ends before its n-th platform call
 *
 * The machines enforce protections: contents are read by plain accesses, so what the library calls
 * committed must be open.
 */
#ifndef STEPPE_TESTS_FAULTS_CONTAINER_H
#define STEPPE_TESTS_FAULTS_CONTAINER_H

#include "world.h"

/* Sets of statuses. */
#define STATUS_BIT(status) (1U << (status))
#define DECOMMIT_REFUSALS                                                                          \
    (STATUS_BIT(STEPPE_E_MEMORY) | STATUS_BIT(STEPPE_E_MAP_COUNT) | STATUS_BIT(STEPPE_E_SYSTEM))
#define COMMIT_REFUSALS DECOMMIT_REFUSALS
#define RELEASE_REFUSALS DECOMMIT_REFUSALS
#define RESERVE_REFUSALS (COMMIT_REFUSALS | STATUS_BIT(STEPPE_E_ADDRESS_SPACE))

enum { KERNEL_PAGE_BYTES = 4096 };

struct container_call {
    const char *what;     /* in the test's words */
    const char *function; /* which messages begin with */
    unsigned refusals;    /* what it may come to when the system refuses; 0: it never fails */
    bool releases;        /* nobody can give back what the kernel does not take */
    /* It clears by hand what could not be decommitted, and the program dies of that where undoing
     * half a decommit was refused as well: failures for good begin with the first call only. */
    bool clears_what_stays;
    void (*prepare)(void *subject);      /* may be NULL */
    steppe_status (*run)(void *subject); /* the call alone */
    void (*model)(void *subject);        /* it succeeded */
    /* is_certain: what fails was undone; else pages may be charged beyond what is needed */
    void (*check)(const void *subject, bool is_certain);
    void (*model_failed)(void *subject, bool is_certain); /* it failed; NULL: nothing has changed */
    /* After failures that could not be undone some pages may be shut that the library calls
     * committed, until a call on them succeeds: make such a call. NULL: there are none. */
    void (*mend)(void *subject);
    void (*end)(void *subject); /* use it on, and end it */
};

extern const struct machine container_machines[];
extern const size_t container_machine_count;

/* Try a call with the campaigns that are this turn's, on the machine that was started; all of them
 * with STEPPE_FAULT_TESTS=all. */
void container_try(const struct machine *machine, const struct container_call *call, void *subject,
                   size_t turn);

#endif
