/* SPDX-License-Identifier: MIT */
/*
 * mappings.h - how many kernel mappings (VMAs) all reservations need, and how many they may.
 *
 * The kernel allows a process vm.max_map_count mappings. Reservations share them:
 *
 *   0 ........ max/4 ........ max/2 ........ max*3/4 ........ max
 *     fine           coarse          refuse            the program's own
 *
 *   fine    memory is prepared in single chunks, or pages
 *   coarse  in groups so large that all reserved memory could be touched and still fit into what
 *           is left up to max/2; the same size for all reservations, so a share goes by size
 *   refuse  beyond max*3/4 nothing that needs one more is begun: STEPPE_E_MAP_COUNT, with figures,
 *           long before the program's own mmap, dlopen or new thread would fail. Giving back may go
 *           half as far again: whoever runs short should be able to
 *
 * The library's own tables, two or three mappings a reservation, are not counted.
 *
 * Counts are kept by those who change pages, from the page map alone. They are what the kernel
 * needs if it joins all it can; mostly it does. Two threads that change neighbours at the same time
 * may leave a count off by one until the reservation ends.
 */
#ifndef STP_MAPPINGS_H
#define STP_MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The mappings of one reservation; starts and ends as zero. */
struct stp_mappings {
    int64_t count;
    size_t size_bytes; /* of the reservation, when its mappings grow with what is touched */
};

/* A reservation whose use is counted begins and ends. */
void stp_mappings_begin(struct stp_mappings *mappings, size_t size_bytes);
void stp_mappings_end(struct stp_mappings *mappings);

/* A change of so many mappings, more or less. */
void stp_mappings_add(struct stp_mappings *mappings, int64_t change);

uint64_t stp_mappings_count(void);
uint64_t stp_mappings_limit(void); /* max*3/4 */

/* May more be begun? More that gives memory back? */
bool stp_mappings_have_room(void);
bool stp_mappings_have_room_to_give_back(void);
bool stp_mappings_have_room_for(int64_t count);

/* Beyond fine? */
bool stp_mappings_are_short(void);

/* In groups of how many bytes to prepare memory now: a power of two from least to most bytes. */
size_t stp_mappings_group_bytes(size_t least_bytes, size_t most_bytes);

#endif
