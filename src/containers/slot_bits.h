/* SPDX-License-Identifier: MIT */
/*
 * slot_bits.h - which slots are in use: a bit a slot, and what lets a search pass over the rest.
 *
 *   used     one bit a slot
 *   groups   one for STP_SLOT_GROUP slots: their used bits can be read. Where it is 0 they are all
 *            clear, and nobody reads them: their page may not be committed
 *   spans    one for a word of groups: some bit of it was set, at some time. It is never taken back
 *            (another thread may be setting a bit of the same word), so it says "look", not "is"
 *
 * Threads: searches take nothing and see each slot before or after a change of it. Who opens or
 * closes groups keeps out those that set and clear bits of them (slots.c), but no searches: one
 * that has seen the group's bit may read the used bits after they went. Then they read zero, which
 * is true.
 */
#ifndef STP_SLOT_BITS_H
#define STP_SLOT_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <steppe/slots.h>

enum { STP_SLOT_GROUP = 1 << STEPPE_SLOTS_GROUP_SHIFT_, STP_WORD_BITS = 64 };

struct stp_slot_bits {
    uint64_t *used, *groups, *spans;
    uint64_t slot_max;
    /* Where changes of used are copied to (region/published.h); 0: nowhere. In a fork's child with
     * STP_SLOT_BITS_INHERITED: nothing was copied yet. Whoever changes some copies all. */
    uint64_t published_at;
};

#define STP_SLOT_BITS_INHERITED UINT64_C(1)

static inline uint64_t stp_slot_bits_words(uint64_t bits)
{
    return bits / STP_WORD_BITS + (bits % STP_WORD_BITS != 0);
}

static inline bool stp_slot_bits_is_open(const struct stp_slot_bits *bits, uint64_t slot)
{
    uint64_t group = slot / STP_SLOT_GROUP;
    return __atomic_load_n(&bits->groups[group / STP_WORD_BITS], __ATOMIC_ACQUIRE) >>
               (group % STP_WORD_BITS) &
           1;
}

/* Of a slot whose group is open: whether the bit was set before. */
bool stp_slot_bits_insert(struct stp_slot_bits *bits, uint64_t slot);

/* Of slots in open groups. */
void stp_slot_bits_remove(struct stp_slot_bits *bits, uint64_t first, uint64_t end);

/* The groups of [first, end), which are whole: their used bits can be read, or can no longer. */
void stp_slot_bits_open(struct stp_slot_bits *bits, uint64_t first, uint64_t end);
void stp_slot_bits_close(struct stp_slot_bits *bits, uint64_t first, uint64_t end);

/* Copy what is in use among [first, end), slots of one sheet whose groups are open. */
void stp_slot_bits_publish(struct stp_slot_bits *bits, uint64_t first, uint64_t end);

/* Copy what is inherited, if that was not done yet. */
void stp_slot_bits_publish_inherited(struct stp_slot_bits *bits);

/* The first slot from which on a group is open; or end. */
uint64_t stp_slot_bits_next_open(const struct stp_slot_bits *bits, uint64_t from, uint64_t end);

/* The first slot in use, or not in use, in [from, end), or end. */
uint64_t stp_slot_bits_next(const struct stp_slot_bits *bits, uint64_t from, uint64_t end);
uint64_t stp_slot_bits_next_clear(const struct stp_slot_bits *bits, uint64_t from, uint64_t end);

/* The last slot in use at or below a slot, or STEPPE_NO_SLOT. */
uint64_t stp_slot_bits_previous(const struct stp_slot_bits *bits, uint64_t slot);

/* Any words of bits: the first one set in [from, end), or end; all of [first, end) set? Set them,
 * clear them. Words may be shared with others who change other bits of them. */
uint64_t stp_bits_next(const uint64_t *words, uint64_t from, uint64_t end);
bool stp_bits_are_set(const uint64_t *words, uint64_t first, uint64_t end);
void stp_bits_set(uint64_t *words, uint64_t first, uint64_t end);
void stp_bits_clear(uint64_t *words, uint64_t first, uint64_t end);

#endif
