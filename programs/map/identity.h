/* SPDX-License-Identifier: MIT */
/*
 * identity.h - which process it is that has a number now: so that a description is not taken for
 * that of another one, which had the number before, or has it in another namespace.
 */
#ifndef STEPPE_MAP_IDENTITY_H
#define STEPPE_MAP_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <steppe/publish.h>

/* Of each 0: not known. */
struct identity {
    uint64_t process; /* its number as it sees itself, in a container perhaps */
    uint64_t serial;  /* the inode of a pidfd: no other process ever has it (Linux 6.9) */
    uint64_t start;   /* field 22 of its stat; unknown in another time namespace than ours, where it
                         counts from elsewhere */
};

/* folder: "/proc", or what stands for it in tests; then there is no serial. False: there is no such
 * process. */
bool identity_find(const char *folder, pid_t process, struct identity *identity);

/* Is this the header of its description? By the serial if both know it, else by the start. */
bool identity_has(const struct identity *identity, const steppe_published_header *header);

#endif
