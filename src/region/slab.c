/* SPDX-License-Identifier: MIT */
#include "region/slab.h"

#include "platform/platform.h"
#include "region/lock.h"

enum { HEADER_BYTES = 64, USED_WORDS = 4 };

/* At the start of each block: which of its objects are taken. Blocks of large objects use few bits.
 */
struct stp_slab_block {
    struct stp_slab_block *next;
    uint64_t used[USED_WORDS];
};

_Static_assert(sizeof(struct stp_slab_block) <= HEADER_BYTES,
               "the header holds the block's record");

static size_t objects_per_block(const struct stp_slab *slab)
{
    size_t count = (STP_SLAB_BLOCK_BYTES - HEADER_BYTES) / slab->object_bytes;
    return count < 64 * USED_WORDS ? count : 64 * USED_WORDS;
}

static char *object_at(const struct stp_slab *slab, struct stp_slab_block *block, size_t index)
{
    return (char *)block + HEADER_BYTES + index * slab->object_bytes;
}

static int add_block(struct stp_slab *slab)
{
    uintptr_t base;
    bool in_use;
    uint32_t os_calls = 0;
    int error =
        stp_platform_reserve(0, STP_SLAB_BLOCK_BYTES, STP_SLAB_BLOCK_BYTES,
                             STP_RESERVE_TOP_DOWN | STP_RESERVE_DUMP, &base, &in_use, &os_calls);
    if (error)
        return error;
    error = stp_platform_protect(base, STP_SLAB_BLOCK_BYTES, STEPPE_READ_WRITE);
    if (error) {
        (void)stp_platform_release(base, STP_SLAB_BLOCK_BYTES); /* benign: address space only */
        return error;
    }
    struct stp_slab_block *block = (struct stp_slab_block *)base;
    block->next = slab->blocks;
    __atomic_store_n(&slab->blocks, block, __ATOMIC_RELEASE);
    return 0;
}

static void *take_from(const struct stp_slab *slab, struct stp_slab_block *block)
{
    for (size_t word = 0; word < USED_WORDS; word++) {
        uint64_t open = ~block->used[word];
        size_t index = 64 * word + (open ? (size_t)__builtin_ctzll(open) : 0);
        if (!open || index >= objects_per_block(slab))
            continue;
        __atomic_store_n(&block->used[word], block->used[word] | (open & -open), __ATOMIC_RELEASE);
        return object_at(slab, block, index);
    }
    return NULL;
}

void *stp_slab_take(struct stp_slab *slab, int *os_error)
{
    void *object = NULL;
    *os_error = 0;
    stp_lock_take(&slab->lock);
    for (struct stp_slab_block *block = slab->blocks; block && !object; block = block->next)
        object = take_from(slab, block);
    if (!object && !(*os_error = add_block(slab)))
        object = take_from(slab, slab->blocks);
    stp_lock_give(&slab->lock);
    return object;
}

/* The block and index of an object; NULL for a pointer that is none. */
static struct stp_slab_block *block_of(const struct stp_slab *slab, const void *object,
                                       size_t *index)
{
    struct stp_slab_block *block = __atomic_load_n(&slab->blocks, __ATOMIC_ACQUIRE);
    for (; block; block = block->next) {
        uintptr_t offset = (uintptr_t)object - (uintptr_t)block;
        if (offset < HEADER_BYTES || offset >= STP_SLAB_BLOCK_BYTES)
            continue;
        *index = (offset - HEADER_BYTES) / slab->object_bytes;
        if ((offset - HEADER_BYTES) % slab->object_bytes || *index >= objects_per_block(slab))
            return NULL;
        return block;
    }
    return NULL;
}

void stp_slab_return(struct stp_slab *slab, void *object)
{
    size_t index;
    struct stp_slab_block *block = block_of(slab, object, &index);
    STP_ASSERT(block);
    stp_lock_take(&slab->lock);
    uint64_t *word = &block->used[index / 64];
    STP_ASSERT(*word >> (index % 64) & 1);
    __atomic_store_n(word, *word & ~((uint64_t)1 << (index % 64)), __ATOMIC_RELEASE);
    stp_lock_give(&slab->lock);
}

bool stp_slab_holds(const struct stp_slab *slab, const void *object)
{
    size_t index;
    struct stp_slab_block *block = block_of(slab, object, &index);
    return block && __atomic_load_n(&block->used[index / 64], __ATOMIC_ACQUIRE) >> (index % 64) & 1;
}
