/* SPDX-License-Identifier: MIT */
/*
 * slab.h - objects of one size whose memory never goes back to the system.
 *
 * A fault handler reads descriptors without a lock; it may hold a pointer to one that was just
 * returned. So an object's memory stays what it is for ever, and stp_slab_take hands out the bytes
 * as the last owner left them (zero the first time): whoever reads must check, whoever takes must
 * not wipe what readers count on.
 */
#ifndef STP_SLAB_H
#define STP_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stp_slab_block;

struct stp_slab {
    size_t object_bytes; /* a multiple of 64; at most STP_SLAB_BLOCK_BYTES - 64 */
    uint32_t lock;
    struct stp_slab_block *blocks;
};

enum { STP_SLAB_BLOCK_BYTES = 64 * 1024 };

/* Take an object, NULL when the system refuses memory (*os_error says why); return one.
 * Asynchronous signals must be blocked. Not in fault handlers. */
void *stp_slab_take(struct stp_slab *slab, int *os_error);
void stp_slab_return(struct stp_slab *slab, void *object);

/* Was object, possibly garbage, taken from here and not returned? No lock; safe on any pointer. */
bool stp_slab_holds(const struct stp_slab *slab, const void *object);

#endif
