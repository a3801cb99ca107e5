/* SPDX-License-Identifier: MIT */
/*
 * ahead.c - blocks in a ring: see ahead.h.
 *
 *                 the thread: fill            ahead_read: drain
 *     blocks[]:   read_count ... (filled, to be drained) ... filled_count
 *
 * filled_count - read_count blocks at a time are the owner's, the others are the thread's; both
 * counts only grow, and are changed under the lock alone. The last block has 0 bytes or fewer.
 */
#include "sheet/files/ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 4, BLOCK_BYTES = 1 << 17 };

struct block {
    int64_t size_bytes; /* 0: the end; below 0: it failed */
    char bytes[BLOCK_BYTES];
};

struct ahead {
    ahead_source *source;
    void *context;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* one of the next three */
    uint64_t filled_count, read_count;
    bool is_over;         /* the owner wants no more */
    size_t drained_bytes; /* of block read_count: the owner's alone */
    struct block blocks[BLOCKS];
};

/* Locks and conditions that are used as these are cannot fail. */

/* The next block to fill; NULL: no more are wanted. */
static struct block *take_free(struct ahead *ahead)
{
    (void)pthread_mutex_lock(&ahead->lock);
    while (ahead->filled_count - ahead->read_count == BLOCKS && !ahead->is_over)
        (void)pthread_cond_wait(&ahead->changed, &ahead->lock);
    struct block *block = ahead->is_over ? NULL : &ahead->blocks[ahead->filled_count % BLOCKS];
    (void)pthread_mutex_unlock(&ahead->lock);
    return block;
}

static void count_up(struct ahead *ahead, uint64_t *count)
{
    (void)pthread_mutex_lock(&ahead->lock);
    ++*count;
    (void)pthread_cond_signal(&ahead->changed); /* only one can be waiting */
    (void)pthread_mutex_unlock(&ahead->lock);
}

static void *fill(void *context)
{
    struct ahead *ahead = context;
    int64_t size_bytes = 1;
    for (struct block *block; size_bytes > 0 && (block = take_free(ahead));) {
        size_bytes = ahead->source(ahead->context, block->bytes, BLOCK_BYTES);
        block->size_bytes = size_bytes;
        count_up(ahead, &ahead->filled_count);
    }
    return NULL;
}

struct ahead *ahead_new(ahead_source *source, void *context)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    sigset_t all, before;
    struct ahead *ahead = malloc(sizeof *ahead);
    if (!ahead)
        return NULL;
    ahead->source = source;
    ahead->context = context;
    ahead->filled_count = ahead->read_count = 0;
    ahead->is_over = false;
    ahead->drained_bytes = 0;
    (void)pthread_mutex_init(&ahead->lock, NULL); /* with these attributes neither can fail */
    (void)pthread_cond_init(&ahead->changed, NULL);
    /* A thread begins with its maker's mask. What a fault raises comes to the thread that made it.
     */
    (void)sigfillset(&all);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        (void)sigdelset(&all, faults[i]); /* a valid number */
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&ahead->thread, NULL, fill, ahead);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!error)
        return ahead;
    (void)pthread_cond_destroy(&ahead->changed);
    (void)pthread_mutex_destroy(&ahead->lock);
    free(ahead);
    return NULL;
}

/* The next block to drain. */
static const struct block *take_filled(struct ahead *ahead)
{
    (void)pthread_mutex_lock(&ahead->lock);
    while (ahead->filled_count == ahead->read_count)
        (void)pthread_cond_wait(&ahead->changed, &ahead->lock);
    const struct block *block = &ahead->blocks[ahead->read_count % BLOCKS];
    (void)pthread_mutex_unlock(&ahead->lock);
    return block;
}

int64_t ahead_read(struct ahead *ahead, void *buffer, size_t buffer_bytes)
{
    const struct block *block = take_filled(ahead);
    if (block->size_bytes <= 0)
        return block->size_bytes; /* and again, for who asks again */
    size_t left = (size_t)block->size_bytes - ahead->drained_bytes;
    size_t count = left < buffer_bytes ? left : buffer_bytes;
    memcpy(buffer, block->bytes + ahead->drained_bytes, count);
    ahead->drained_bytes += count;
    if (count == left) {
        ahead->drained_bytes = 0;
        count_up(ahead, &ahead->read_count);
    }
    return (int64_t)count;
}

void ahead_free(struct ahead *ahead)
{
    if (!ahead)
        return;
    (void)pthread_mutex_lock(&ahead->lock);
    ahead->is_over = true;
    (void)pthread_cond_signal(&ahead->changed);
    (void)pthread_mutex_unlock(&ahead->lock);
    (void)pthread_join(ahead->thread, NULL); /* it is there, and ends */
    (void)pthread_cond_destroy(&ahead->changed);
    (void)pthread_mutex_destroy(&ahead->lock);
    free(ahead);
}
