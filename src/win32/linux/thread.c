/* SPDX-License-Identifier: MIT */
/* thread.c - the stacks of a thread. */
#include "../thread.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

enum { ALTERNATE_STACK_BYTES = 64 * 1024 };

_Thread_local struct w32_thread w32_thread;

static pthread_key_t key; /* of the alternate stack, for its destructor */
static pthread_once_t key_made = PTHREAD_ONCE_INIT;
static int key_error;

static void free_alternate_stack(void *stack)
{
    stack_t none = {.ss_flags = SS_DISABLE}, current;
    bool is_current = sigaltstack(NULL, &current) == 0 && current.ss_sp == stack;
    if (!is_current || sigaltstack(&none, NULL) == 0)
        (void)munmap(stack, ALTERNATE_STACK_BYTES);
}

static void make_key(void)
{
    key_error = pthread_key_create(&key, free_alternate_stack);
}

/* Without one, everything works but handling a stack overflow. */
static void make_alternate_stack(void)
{
    stack_t current;
    if (sigaltstack(NULL, &current) != 0 || !(current.ss_flags & SS_DISABLE))
        return;
    if (pthread_once(&key_made, make_key) != 0 || key_error)
        return;
    void *stack = mmap(NULL, ALTERNATE_STACK_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED)
        return;
    stack_t ours = {.ss_sp = stack, .ss_size = ALTERNATE_STACK_BYTES};
    if (pthread_setspecific(key, stack) != 0 || sigaltstack(&ours, NULL) != 0) {
        (void)pthread_setspecific(key, NULL);
        (void)munmap(stack, ALTERNATE_STACK_BYTES);
    }
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

void w32_thread_prepare(void)
{
    if (w32_thread.is_prepared)
        return;
    w32_thread.is_prepared = true;
    find_stack();
    make_alternate_stack();
}
