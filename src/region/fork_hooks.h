/* SPDX-License-Identifier: MIT */
/*
 * fork_hooks.h - functions called around fork, registered once.
 *
 *   word     0 never, the number of a process whose thread registers them now, or REGISTERED
 *
 * When the library is loaded, or later if that was refused. A lock would do but for a fork at that
 * very moment: in the child it is taken, by a thread that stayed in the parent. So whoever finds
 * another process's number there takes over. Perhaps the hooks are registered then, and are twice:
 * they must bear to be called so (stp_fork_is_nested).
 */
#ifndef STP_FORK_HOOKS_H
#define STP_FORK_HOOKS_H

#include <limits.h>
#include <stdbool.h>

#include "platform/platform.h"

#define STP_FORK_HOOKS_REGISTERED UINT32_MAX

struct stp_fork_hooks {
    void (*before)(void), (*in_parent)(void), (*in_child)(void); /* any of them may be NULL */
};

/* An error of the system: the next caller tries again. */
static inline int stp_fork_hooks_set(uint32_t *word, const struct stp_fork_hooks *hooks)
{
    uint32_t process = stp_platform_process();
    for (;;) {
        uint32_t seen = __atomic_load_n(word, __ATOMIC_ACQUIRE);
        if (seen == STP_FORK_HOOKS_REGISTERED)
            return 0;
        if (seen == process)
            stp_platform_wait(word, seen);
        else if (__atomic_compare_exchange_n(word, &seen, process, false, __ATOMIC_ACQUIRE,
                                             __ATOMIC_RELAXED))
            break;
    }
    int error = stp_platform_at_fork(hooks->before, hooks->in_parent, hooks->in_child);
    __atomic_store_n(word, error ? 0 : STP_FORK_HOOKS_REGISTERED, __ATOMIC_RELEASE);
    stp_platform_wake(word, INT_MAX);
    return error;
}

/* Is this call of before, or of one of the others, to be passed over, for it is not the outermost
 * one? depth: how many before have come without an other, in this thread. */
static inline bool stp_fork_is_nested(unsigned *depth, bool is_before)
{
    if (is_before)
        return (*depth)++ > 0;
    return *depth == 0 || --*depth > 0;
}

#endif
