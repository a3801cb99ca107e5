/* SPDX-License-Identifier: MIT */
/*
 * none/publish.c - nobody else can look.
 */
#include "platform/platform.h"

#include <errno.h>

/* Porter: an error is fine for ever; the library then describes itself to nobody. */
int stp_platform_publish(size_t size_bytes, uintptr_t at, uintptr_t *base)
{
    (void)size_bytes;
    (void)at;
    (void)base;
    return ENOSYS;
}

int stp_platform_publish_check(void)
{
    return 0;
}

void stp_platform_publish_forget(void)
{
}

void stp_platform_unpublish(uintptr_t base, size_t size_bytes)
{
    (void)base;
    (void)size_bytes;
}

int stp_platform_publish_open(uintptr_t base, size_t size_bytes)
{
    (void)base;
    (void)size_bytes;
    return ENOSYS;
}

int stp_platform_publish_page(uintptr_t base)
{
    (void)base;
    return ENOSYS;
}

uint64_t stp_platform_process_start(void)
{
    return 0;
}

uint64_t stp_platform_process_serial(void)
{
    return 0;
}
