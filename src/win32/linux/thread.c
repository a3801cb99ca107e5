/* SPDX-License-Identifier: MIT */
/* thread.c - the stacks of a thread. */
#include "../thread.h"

#include <pthread.h>
#include <signal.h>

#include "memory.h"

enum { ALTERNATE_STACK_BYTES = 64 * 1024 };

/* What a thread is given, at the start of the memory it lies in. */
struct belongings {
    struct w32_code codes[W32_CODES_MAX];
    _Alignas(64) char alternate_stack[ALTERNATE_STACK_BYTES];
};

_Thread_local struct w32_thread w32_thread;

static pthread_key_t key;
static pthread_once_t key_made = PTHREAD_ONCE_INIT;
static int key_error;

static void free_belongings(void *argument)
{
    struct belongings *belongings = argument;
    stack_t none = {.ss_flags = SS_DISABLE}, current;
    bool is_ours =
        sigaltstack(NULL, &current) == 0 && current.ss_sp == (void *)belongings->alternate_stack;
    if (is_ours && sigaltstack(&none, NULL) != 0)
        return; /* still in use: kept for good */
    w32_thread.codes = NULL;
    w32_memory_unmap(belongings, sizeof *belongings);
}

static void make_key(void)
{
    key_error = pthread_key_create(&key, free_belongings);
}

/* Without one, everything works but handling a stack overflow. */
static void use_alternate_stack(struct belongings *belongings)
{
    stack_t current;
    stack_t ours = {.ss_sp = belongings->alternate_stack, .ss_size = ALTERNATE_STACK_BYTES};
    if (sigaltstack(NULL, &current) == 0 && current.ss_flags & SS_DISABLE)
        (void)sigaltstack(&ours, NULL);
}

static void find_stack(void)
{
    pthread_attr_t attributes;
    void *first;
    size_t size_bytes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return;
    if (pthread_attr_getstack(&attributes, &first, &size_bytes) == 0) {
        w32_thread.stack_first = (uintptr_t)first;
        w32_thread.stack_end = (uintptr_t)first + size_bytes;
    }
    (void)pthread_attr_destroy(&attributes); /* cannot fail */
}

/* Touched as it is used; without it, GetExceptionCode knows filters only. */
static void make_belongings(void)
{
    if (pthread_once(&key_made, make_key) != 0 || key_error)
        return;
    struct belongings *belongings = w32_memory_map(sizeof *belongings);
    if (!belongings)
        return;
    if (pthread_setspecific(key, belongings) != 0) {
        w32_memory_unmap(belongings, sizeof *belongings);
        return;
    }
    w32_thread.codes = belongings->codes;
    use_alternate_stack(belongings);
}

void w32_thread_prepare(void)
{
    if (w32_thread.is_prepared)
        return;
    w32_thread.is_prepared = true;
    find_stack();
    make_belongings();
}
