/* SPDX-License-Identifier: MIT */
/*
 * sim/publish.c - memory of the process's own, beside the simulated machine, so that a test can
 * look at what others would see, before it is opened too.
 */
#include "platform/sim/state.h"

#include <errno.h>
#include <sys/mman.h>

static void *published;

const void *stp_sim_published(void)
{
    return published;
}

int stp_platform_publish(size_t size_bytes, uintptr_t at, uintptr_t *base)
{
    int error = stp_sim_begin("publish", at, size_bytes, -1);
    if (error)
        return stp_sim_end(error);
    void *mapped = mmap((void *)at, size_bytes, PROT_READ,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (at ? MAP_FIXED : 0), -1, 0);
    if (mapped == MAP_FAILED)
        return stp_sim_end(errno);
    published = mapped;
    *base = (uintptr_t)mapped;
    return stp_sim_end(0);
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
    published = NULL;
    if (munmap((void *)base, size_bytes) != 0)
        stp_sim_violation("unpublish of what was not published");
}

int stp_platform_publish_open(uintptr_t base, size_t size_bytes)
{
    int error = stp_sim_begin("publish_open", base, size_bytes, -1);
    if (!error && mprotect((void *)base, size_bytes, PROT_READ | PROT_WRITE) != 0)
        error = errno;
    return stp_sim_end(error);
}

int stp_platform_publish_page(uintptr_t base)
{
    int error = stp_sim_begin("publish_page", base, SIM_PAGE_BYTES, -1);
    return stp_sim_end(error);
}

uint64_t stp_platform_process_start(void)
{
    return 1;
}

uint64_t stp_platform_process_serial(void)
{
    return 1;
}
