/* SPDX-License-Identifier: MIT */
/* statistics.c - figures of one reservation, and their sums. */
#include <steppe/statistics.h>

#include "base/status.h"
#include "region/reservation.h"

static void add_counts(steppe_statistics *sum, uint64_t (*counted)(const void *, enum stp_count),
                       const void *of)
{
    sum->fault_commit_count += counted(of, STP_COUNT_FAULT_COMMIT);
    sum->fault_resume_count += counted(of, STP_COUNT_FAULT_RESUME);
    sum->fault_unwind_count += counted(of, STP_COUNT_FAULT_UNWIND);
    sum->fault_pass_count += counted(of, STP_COUNT_FAULT_PASS);
    sum->fault_race_count += counted(of, STP_COUNT_FAULT_RACE);
    sum->fault_note_count += counted(of, STP_COUNT_FAULT_NOTE);
    sum->fault_page_count += counted(of, STP_COUNT_FAULT_PAGE);
    sum->os_call_count += counted(of, STP_COUNT_OS_CALL);
    sum->commit_count += counted(of, STP_COUNT_COMMIT);
    sum->decommit_count += counted(of, STP_COUNT_DECOMMIT);
    sum->refused_count += counted(of, STP_COUNT_REFUSED);
    sum->fault_count = sum->fault_commit_count + sum->fault_resume_count + sum->fault_unwind_count +
                       sum->fault_pass_count + sum->fault_race_count + sum->fault_note_count;
}

static uint64_t counted_in(const void *reservation, enum stp_count count)
{
    return stp_reservation_counted(reservation, count);
}

static uint64_t counted_released(const void *nothing, enum stp_count count)
{
    (void)nothing;
    return stp_reservation_counted_released(count);
}

static void add_measure(uintptr_t base, uintptr_t end, uint64_t *vma_count, uint64_t *resident)
{
    uint64_t mappings = 0, bytes;
    if (stp_platform_measure(base, end - base, vma_count ? &mappings : NULL, &bytes) != 0) {
        *resident = UINT64_MAX;
        if (vma_count)
            *vma_count = UINT64_MAX;
        return;
    }
    *resident += *resident == UINT64_MAX ? 0 : bytes;
    if (vma_count)
        *vma_count += *vma_count == UINT64_MAX ? 0 : mappings;
}

/* Everything but what is only a process's or only a reservation's. */
static void add_reservation(steppe_statistics *sum, const struct stp_reservation *r)
{
    sum->reservation_count++;
    sum->reserved_bytes += r->end - r->base;
    add_measure(r->base, r->end, &sum->vma_count, &sum->resident_bytes);
    add_measure(r->map.memory, r->map.memory + r->map.memory_bytes, NULL, &sum->bookkeeping_bytes);
    if (r->write_watch)
        add_measure(r->watch.memory, r->watch.memory + r->watch.memory_bytes, NULL,
                    &sum->bookkeeping_bytes);
    if (sum->bookkeeping_bytes != UINT64_MAX)
        sum->bookkeeping_bytes += sizeof *r;
    add_counts(sum, counted_in, r);
}

static steppe_status fail(const char *function, steppe_status status, const void *address)
{
    return stp_status_fail(&(struct stp_failure){
        .function = function, .status = status, .address = (uintptr_t)address});
}

steppe_status steppe_statistics_of(const void *address, steppe_statistics *statistics)
{
    if (!statistics)
        return fail("steppe_statistics_of", STEPPE_E_NULL, address);
    struct stp_reservation *r = stp_reservation_pin((uintptr_t)address);
    if (!r)
        return fail("steppe_statistics_of", STEPPE_E_NOT_RESERVED, address);
    steppe_statistics answer = {
        .committed_bytes = stp_charge_bytes(&r->charge),
        .committed_peak_bytes = stp_charge_peak(&r->charge),
        .mechanism = stp_reservation_mechanism(r)->id,
        .why = __atomic_load_n(&r->why, __ATOMIC_RELAXED),
        .chunk_bytes = ((size_t)1 << r->map.chunk_shift) << r->page_shift,
    };
    add_reservation(&answer, r);
    stp_reservation_unpin(r, (uintptr_t)address);
    *statistics = answer; /* may fault, so not while pinned */
    return STEPPE_OK;
}

steppe_status steppe_statistics_process(steppe_statistics *statistics)
{
    if (!statistics)
        return fail("steppe_statistics_process", STEPPE_E_NULL, NULL);
    const struct stp_charge *charge = &steppe_process_budget()->charge;
    steppe_statistics sum = {
        .committed_bytes = stp_charge_bytes(charge),
        .committed_peak_bytes = stp_charge_peak(charge),
    };
    add_counts(&sum, counted_released, NULL);
    uintptr_t next = 0;
    for (struct stp_reservation *r; (r = stp_reservation_pin_next(next));) {
        add_reservation(&sum, r);
        next = r->mapped_end;
        stp_reservation_unpin(r, r->base);
    }
    if (sum.bookkeeping_bytes != UINT64_MAX)
        sum.bookkeeping_bytes += stp_registry_bytes();
    *statistics = sum;
    return STEPPE_OK;
}
