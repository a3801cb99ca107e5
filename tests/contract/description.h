/* SPDX-License-Identifier: MIT */
/*
 * description.h - a reader of what the library publishes (steppe/publish.h), for tests, and the
 * comparison with what the library's own calls say. It believes the writer, and knows nothing of
 * the reader in programs/map.
 */
#ifndef STEPPE_TESTS_DESCRIPTION_H
#define STEPPE_TESTS_DESCRIPTION_H

#include "../support/support.h"

#include <steppe/publish.h>

struct description {
    int file;
    steppe_published_header header;
};

/* The description of a process; false when there is none of its own. description_file_count: how
 * many descriptors of the process lead to such a file, its own or not. */
bool description_open(struct description *description, pid_t process);
void description_close(struct description *description);
size_t description_file_count(pid_t process);

/* The record of the reservation that starts there; false when it is not described. */
bool description_find(const struct description *description, const void *base,
                      steppe_published_reservation *record);

size_t description_reservation_count(const struct description *description);

/* Is the page, the slot, described as committed, as in use? */
bool description_has_page(const struct description *description, const void *address);
bool description_has_slot(const struct description *description,
                          const steppe_published_reservation *record, uint64_t slot);

/* How many bits are set altogether. */
uint64_t description_page_count(const struct description *description);
uint64_t description_slot_count(const struct description *description,
                                const steppe_published_reservation *record);

/* This process's description has all its reservations, their figures, their pages, the process's
 * figures, and nothing else. Nothing may be under way. In a fork's child: all but so many, which
 * are inherited, and not in it with anything. */
void require_described_at(const char *file, int line, size_t inherited_count);
#define require_described() require_described_at(__FILE__, __LINE__, 0)
#define require_described_but(inherited_count)                                                     \
    require_described_at(__FILE__, __LINE__, (inherited_count))

/* It has just these slots in use. */
void require_slots_described_at(const char *file, int line, const void *slots);
#define require_slots_described(slots) require_slots_described_at(__FILE__, __LINE__, (slots))

#endif
