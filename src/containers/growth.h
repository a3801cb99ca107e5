/* SPDX-License-Identifier: MIT */
/*
 * growth.h - the memory of a container that grows at its end: arrays and arenas.
 *
 *     base              bytes                  bytes + committed_bytes          bytes + max_bytes
 *     |<-- one page --->|<-- committed ------->|<-- reserved only ------------->|
 *     |   descriptor    |   content            |                                |
 *
 * One reservation each. Between calls exactly the first page and the content up to committed_bytes
 * are committed. Only where both a commit and the decommit after it failed may pages beyond be, and
 * hold old contents: so who hands content out goes by a watermark of what was ever used.
 *
 * Committing ahead: half as much again, at least a page, at most 64 MiB; from 4 MiB on up to a
 * border of huge pages. When that is refused, exactly what is needed.
 * Giving back: only when more than twice is committed (arrays: or 64 MiB go at once), and then down
 * to where growing would have stopped. So from there a container must lose a quarter or gain a half
 * before the next call.
 */
#ifndef STP_GROWTH_H
#define STP_GROWTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <steppe/region.h>

#include "base/status.h"

/* What a descriptor begins with. */
struct stp_growth {
    uint64_t kind;
    const struct stp_growth *self; /* a copy of a descriptor is none */
    uint8_t *base, *bytes;
    size_t page_bytes; /* of the reservation */
    size_t max_bytes, committed_bytes;
};

/* Numbers that nothing else begins with by accident. */
#define STP_GROWTH_ARRAY UINT64_C(0x9d3fa10c5be27741)
#define STP_GROWTH_ARENA UINT64_C(0x57c6e8b20f49ad13)

/* ---- life ----------------------------------------------------------------------------------- */

/* Reserve, and commit the first page. *growth is filled in, for the caller to put there. Failures
 * are remembered under the function's name; nothing is left behind. */
steppe_status stp_growth_open(const char *function, uint64_t kind, size_t max_bytes,
                              const steppe_options *options, struct stp_growth *growth);

/* End it, the descriptor included. */
steppe_status stp_growth_close(const char *function, struct stp_growth *growth);

/* ---- is it one? ----------------------------------------------------------------------------- */

/* Descriptors this thread has found to be good, as long as none has ended since. */
enum { STP_GROWTH_SEEN_COUNT = 8 };
struct stp_growth_seen {
    const void *place;
    uint64_t age;
};
extern STP_THREAD_LOCAL struct stp_growth_seen stp_growth_seen[STP_GROWTH_SEEN_COUNT];
extern uint64_t stp_growth_age; /* grows with every end; never 0 */

/* Look whether a living descriptor of that kind begins there, without touching what may not be
 * touched; not for every call. */
bool stp_growth_look(const void *place, uint64_t kind);

/* The same, for every call. */
static inline bool stp_growth_is(const void *place, uint64_t kind)
{
    uintptr_t address = (uintptr_t)place;
    const struct stp_growth_seen *seen =
        &stp_growth_seen[((address >> 16) ^ (address >> 20)) % STP_GROWTH_SEEN_COUNT];
    if (seen->place == place && seen->age == __atomic_load_n(&stp_growth_age, __ATOMIC_RELAXED))
        return true;
    return stp_growth_look(place, kind);
}

/* ---- more and less -------------------------------------------------------------------------- */

/* Commit the content up to end_bytes, which is at most max_bytes; ahead of it too, or just so. */
steppe_status stp_growth_extend(const char *function, struct stp_growth *growth, size_t end_bytes);
steppe_status stp_growth_extend_exactly(const char *function, struct stp_growth *growth,
                                        size_t end_bytes);

/* Decommit the content behind end_bytes, which is rounded up to a page. */
steppe_status stp_growth_cut(const char *function, struct stp_growth *growth, size_t end_bytes);

/* The same when it pays, down to least_bytes at the least; true when committed_bytes has changed.
 * When it is refused everything stays as it was. */
bool stp_growth_give_back(struct stp_growth *growth, size_t used_bytes, size_t least_bytes);

static inline bool stp_growth_settle(struct stp_growth *growth, size_t used_bytes,
                                     size_t least_bytes)
{
    enum { SLACK_BYTES = 64 << 10 }; /* little is not worth a system call */
    return growth->committed_bytes > 2 * used_bytes + SLACK_BYTES &&
           growth->committed_bytes > least_bytes &&
           stp_growth_give_back(growth, used_bytes, least_bytes);
}

/* ---- failures ------------------------------------------------------------------------------- */

/* Remember a refusal of a container's call. address may be NULL. */
steppe_status stp_growth_fail(const char *function, steppe_status status, const void *address,
                              const char *note);

/* The same with figures: asked for so many of so many. */
steppe_status stp_growth_fail_request(const char *function, steppe_status status,
                                      const void *address, uint64_t requested, uint64_t available,
                                      const char *note);

/* A call inside has failed: remember the same figures under the name of the container's. */
steppe_status stp_growth_fail_as(const char *function);

/* The pointer given to a call is no container: null, or none of that kind. */
steppe_status stp_growth_fail_pointer(const char *function, const void *pointer);

#endif
