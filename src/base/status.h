/* SPDX-License-Identifier: MIT */
/* status.h - remembering why a call of this thread failed. */
#ifndef STP_STATUS_H
#define STP_STATUS_H

#include <steppe/base.h>

/* Thread-local storage that is there from the thread's start: a fault handler may be its first
 * user, and the dynamic kind would call malloc there. */
#define STP_THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))

/* The figures of a failure. Zero fields are left out of the message. */
struct stp_failure {
    const char *function; /* public name of the failed call; constant */
    steppe_status status;
    int os_error;
    uintptr_t address;
    bool has_size; /* a size of 0 may be the very fault */
    size_t size_bytes;
    bool has_limit;
    uint64_t limit_bytes, charged_bytes;
    bool has_request; /* for an index, a count, a size, of which there are so many */
    uint64_t requested, available;
    uint64_t mapping_count, mapping_limit; /* of all reservations; 0: not the reason */
    bool has_path;                         /* stp_status_tell_path */
    const char *note;                      /* what to do, or what exactly; constant */
};

/* Remember the failure for steppe_last_status and steppe_last_message, and return its status.
 * Formats nothing, so it may be called in a fault handler. */
steppe_status stp_status_fail(const struct stp_failure *failure);

/* The failure remembered is about the file of this path. Not for fault handlers. */
void stp_status_tell_path(const char *path);

/* The failure remembered, and putting it back: what a filter does must not show in the code it
 * interrupts. */
struct stp_failure stp_status_last(void);
void stp_status_put_back(const struct stp_failure *failure);

#endif
