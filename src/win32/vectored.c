/* SPDX-License-Identifier: MIT */
/*
 * vectored.c - the list of vectored handlers.
 *
 * A handler runs without a lock, so that it may raise exceptions, add and remove; and walking the
 * list costs no system call. So an entry that is removed stays what it was for those who stand on
 * it: it keeps its next, is called no more, and is used again only when nobody walks.
 *
 *      unused --add--> listed --remove--> removed --add, when nobody walks--> listed
 *
 * Who leaves a walk by an unwinding is counted as walking for ever: then removed entries are not
 * used again. They are never given back to malloc, for an exception may happen inside malloc.
 */
#include "vectored.h"

#include <stdlib.h>

#include "last_error.h"
#include "linux/lock.h"
#include "linux/signals.h"
#include "thread.h"

struct entry {
    PVECTORED_EXCEPTION_HANDLER handler; /* NULL: removed */
    struct entry *next;
    struct entry *next_removed;
};

/* Under the lock, but for reading entries->next and handler while counted in walkers. */
static struct entry *entries, *removed;
static unsigned walkers;
static w32_lock lock;

static struct entry **link_to(const struct entry *entry)
{
    struct entry **link = &entries;
    while (*link != entry)
        link = &(*link)->next;
    return link;
}

static bool is_listed(const struct entry *wanted)
{
    for (struct entry *entry = entries; entry; entry = entry->next)
        if (entry == wanted)
            return true;
    return false;
}

static struct entry *take_removed(void)
{
    struct w32_signal_mask before;
    struct entry *entry = NULL;
    w32_lock_take(&lock, &before);
    if (__atomic_load_n(&walkers, __ATOMIC_ACQUIRE) == 0 && removed) {
        entry = removed;
        removed = entry->next_removed;
    }
    w32_lock_give(&lock, &before);
    return entry;
}

static void list_entry(struct entry *entry, bool is_first)
{
    struct w32_signal_mask before;
    w32_lock_take(&lock, &before);
    struct entry **link = is_first ? &entries : link_to(NULL);
    entry->next = *link;
    __atomic_store_n(link, entry, __ATOMIC_RELEASE);
    w32_lock_give(&lock, &before);
}

PVOID WINAPI AddVectoredExceptionHandler(ULONG first, PVECTORED_EXCEPTION_HANDLER handler)
{
    if (!handler) {
        (void)w32_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    struct entry *entry = w32_signals_install() == 0 ? take_removed() : NULL;
    if (!entry)
        entry = malloc(sizeof *entry);
    if (!entry) {
        (void)w32_fail(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    w32_thread_prepare();
    *entry = (struct entry){.handler = handler};
    list_entry(entry, first != 0);
    return entry;
}

ULONG WINAPI RemoveVectoredExceptionHandler(PVOID handle)
{
    struct w32_signal_mask before;
    struct entry *entry = handle;
    w32_lock_take(&lock, &before);
    bool was_listed = entry && is_listed(entry);
    if (was_listed) {
        __atomic_store_n(&entry->handler, NULL, __ATOMIC_RELEASE);
        __atomic_store_n(link_to(entry), entry->next, __ATOMIC_RELEASE);
        entry->next_removed = removed;
        removed = entry;
    }
    w32_lock_give(&lock, &before);
    return was_listed;
}

static bool walk(EXCEPTION_POINTERS *exception)
{
    struct entry *entry = __atomic_load_n(&entries, __ATOMIC_ACQUIRE);
    for (; entry; entry = __atomic_load_n(&entry->next, __ATOMIC_ACQUIRE)) {
        PVECTORED_EXCEPTION_HANDLER handler = __atomic_load_n(&entry->handler, __ATOMIC_ACQUIRE);
        if (handler && handler(exception) == EXCEPTION_CONTINUE_EXECUTION)
            return true;
    }
    return false;
}

bool w32_vectored_continue(EXCEPTION_POINTERS *exception)
{
    if (!__atomic_load_n(&entries, __ATOMIC_ACQUIRE))
        return false;
    __atomic_fetch_add(&walkers, 1, __ATOMIC_ACQ_REL);
    bool continues = walk(exception);
    __atomic_fetch_sub(&walkers, 1, __ATOMIC_ACQ_REL);
    return continues;
}
