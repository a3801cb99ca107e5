/* SPDX-License-Identifier: MIT */
#include "region/mechanism.h"

#include <string.h>

#include "base/align.h"
#include "region/reservation.h"

/* At most a third of the mappings the kernel allows a process, even when every second chunk of
 * one reservation is touched: the rest is for other reservations and for the program. */
enum { CHUNKS_SHARE = 3, CHUNKS_MAX = 1 << 20 };

static bool has_guard(void)
{
    return stp_platform_facts()->has_guard_markers;
}

static const struct stp_mechanism *best(const char **why)
{
    if (!has_guard()) {
        *why = "the kernel has no guard markers (Linux 6.13 brought them)";
        return &stp_mechanism_mprotect;
    }
    if (stp_platform_facts()->accounts_commit) {
        *why = "the kernel charges writable memory (vm.overcommit_memory=2 or RLIMIT_DATA), so "
               "chunks would not be "
               "free";
        return &stp_mechanism_mprotect;
    }
    *why = "guard markers work here, and isolated pages need no kernel mapping of their own";
    return &stp_mechanism_guard;
}

static const struct stp_mechanism *named(steppe_mechanism wanted, const char **why)
{
    switch (wanted) {
    case STEPPE_MECHANISM_GUARD:
        *why = has_guard() ? "asked for" : "guard markers need Linux 6.13 or newer";
        return has_guard() ? &stp_mechanism_guard : NULL;
    case STEPPE_MECHANISM_MPROTECT:
        *why = "asked for";
        return &stp_mechanism_mprotect;
    default:
        *why = "not one of the mechanisms";
        return NULL;
    }
}

const struct stp_mechanism *stp_mechanism_choose(steppe_mechanism wanted, const char **why)
{
    if (wanted != STEPPE_MECHANISM_BEST)
        return named(wanted, why);
    const char *setting = stp_platform_setting("STEPPE_MECHANISM");
    if (!setting || !*setting || !strcmp(setting, "best"))
        return best(why);
    const struct stp_mechanism *chosen = NULL;
    if (!strcmp(setting, "guard"))
        chosen = named(STEPPE_MECHANISM_GUARD, why);
    else if (!strcmp(setting, "mprotect"))
        chosen = named(STEPPE_MECHANISM_MPROTECT, why);
    else
        *why = "STEPPE_MECHANISM is neither guard, mprotect nor best";
    if (chosen)
        *why = "STEPPE_MECHANISM asked for it";
    return chosen;
}

size_t stp_mechanism_chunk_bytes(size_t size_bytes)
{
    const struct stp_platform_facts *facts = stp_platform_facts();
    size_t chunks_max = (size_t)stp_min(facts->mapping_count_max / CHUNKS_SHARE, CHUNKS_MAX);
    size_t chunk = facts->table_span_bytes;
    while (size_bytes / chunk > stp_max(chunks_max, 1))
        chunk *= 2;
    return chunk;
}

bool steppe_mechanism_is_available(steppe_mechanism mechanism)
{
    const char *why;
    if (!stp_platform_facts()->has_memory)
        return false;
    return mechanism == STEPPE_MECHANISM_BEST || named(mechanism, &why);
}

const char *steppe_mechanism_name(steppe_mechanism mechanism)
{
    static const char *const names[] = {"best", "guard", "mprotect"};
    return (unsigned)mechanism < sizeof names / sizeof *names ? names[mechanism] : "?";
}

/* ---- counted platform calls ----------------------------------------------------------------- */

static size_t bytes(const struct stp_reservation *r, size_t first, size_t end)
{
    return (end - first) << r->page_shift;
}

int stp_mechanism_call_protect(struct stp_reservation *r, size_t first, size_t end,
                               steppe_protection protection)
{
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, 1);
    return stp_platform_protect(stp_reservation_address(r, first), bytes(r, first, end),
                                protection);
}

int stp_mechanism_call_discard(struct stp_reservation *r, size_t first, size_t end)
{
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, 1);
    return stp_platform_discard(stp_reservation_address(r, first), bytes(r, first, end));
}

int stp_mechanism_call_renew(struct stp_reservation *r, size_t first, size_t end)
{
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, 2);
    return stp_platform_renew(stp_reservation_address(r, first), bytes(r, first, end),
                              r->reserve_flags);
}

int stp_mechanism_call_install(struct stp_reservation *r, size_t first, size_t end)
{
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, 1);
    return stp_platform_guard_install(stp_reservation_address(r, first), bytes(r, first, end));
}

int stp_mechanism_call_remove(struct stp_reservation *r, size_t first, size_t end)
{
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, 1);
    return stp_platform_guard_remove(stp_reservation_address(r, first), bytes(r, first, end));
}

void stp_mechanism_restore(struct stp_reservation *r, size_t first, size_t end)
{
    const struct stp_page_map *map = &r->map;
    size_t page = stp_bit_tree_next(&map->committed, first, end);
    while (page < end) {
        size_t run_end = stp_page_map_run_end(map, page, end);
        (void)stp_mechanism_call_protect(r, page, run_end, stp_page_map_attribute(map, page));
        page = stp_bit_tree_next(&map->committed, run_end, end);
    }
}

int stp_mechanism_protect_all(struct stp_reservation *r, size_t first, size_t end,
                              uint8_t attribute)
{
    int error = stp_mechanism_call_protect(r, first, end, attribute);
    if (error)
        stp_mechanism_restore(r, first, end);
    return error;
}

int stp_mechanism_shut_and_empty(struct stp_reservation *r, size_t first, size_t end)
{
    int error = stp_mechanism_call_protect(r, first, end, STEPPE_NO_ACCESS);
    if (!error)
        error = stp_mechanism_call_discard(r, first, end);
    if (error)
        stp_mechanism_restore(r, first, end);
    return error;
}
