/* SPDX-License-Identifier: MIT */
/*
 * none/facts.c - the platform that has nothing, and the template for a port.
 *
 * To port Steppe: copy this folder, keep the file names, and fill in the functions in this order;
 * the library becomes more useful after each step.
 *   1. facts.c    page size and address range; has_memory once memory.c works
 *   2. memory.c   reserve, release, protect, discard, renew; guard markers if the system has any
 *   3. thread.c   wait and wake, signal masks, fork; threads of our own, for the collector
 *   4. fault.c    fault delivery; has_faults once it works
 *   5. maps.c     what others have mapped; used by queries outside reservations and by statistics
 *   6. file.c     saving and loading; pressure.c   when the collector is to hurry
 * Every function says in platform.h what it promises. The tests that run over sim/ must pass over
 * the port too, apart from those that inject failures.
 */
#include "platform/platform.h"

/* Porter: probe what the running machine can do, do not decide it when building: a container or an
 * older kernel may refuse what the headers promise. */
const struct stp_platform_facts *stp_platform_facts(void)
{
    static const struct stp_platform_facts facts = {
        .page_bytes = 4096,
        .table_span_bytes = (size_t)2 << 20,
        .address_first = 0x10000,
        .address_end = UINTPTR_MAX - 0xffff,
        .mapping_count_max = UINT64_MAX,
        .has_memory = false,
        .has_faults = false,
        .has_guard_markers = false,
        .accounts_commit = false,
    };
    return &facts;
}

/* Porter: read the environment, but not in a program that runs with raised privileges. */
const char *stp_platform_setting(const char *name)
{
    (void)name;
    return NULL;
}
