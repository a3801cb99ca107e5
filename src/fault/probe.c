/* SPDX-License-Identifier: MIT */
/* probe.c - copying from and to memory that may not be there. */
#include "base/align.h"
#include "base/status.h"
#include "fault/frames.h"
#include "region/reservation.h"

/* One part of a copy that crosses no page: it is done whole, or faults at once.
 * Volatile, and without instrumentation: the addresses are the caller's guess, so neither the
 * compiler's idea of memcpy nor a sanitizer's idea of valid memory applies. */
#define STP_UNCHECKED __attribute__((noinline, no_sanitize("address", "thread", "undefined")))

typedef uint64_t __attribute__((may_alias)) word;

static STP_UNCHECKED void copy(char *to, const char *from, size_t size_bytes)
{
    size_t done = 0;
    if (((uintptr_t)to | (uintptr_t)from) % sizeof(word) == 0)
        for (; done + sizeof(word) <= size_bytes; done += sizeof(word))
            *(volatile word *)(to + done) = *(const volatile word *)(from + done);
    for (; done < size_bytes; done++)
        *(volatile char *)(to + done) = *(const volatile char *)(from + done);
}

struct probe {
    const char *function;
    char *to;
    const char *from;
    uintptr_t touched; /* to or from: the side that may not be there */
    size_t size_bytes;
    size_t volatile done_bytes; /* read after a jump */
    steppe_fault frame;
};

static size_t left_in_page(const char *address)
{
    size_t page_bytes = stp_platform_facts()->page_bytes;
    return page_bytes - (uintptr_t)address % page_bytes;
}

static void copy_by_pages(struct probe *probe, size_t size_bytes)
{
    while (probe->done_bytes < size_bytes) {
        size_t done = probe->done_bytes;
        size_t in_page = stp_min(left_in_page(probe->to + done), left_in_page(probe->from + done));
        size_t part = stp_min(in_page, size_bytes - done);
        copy(probe->to + probe->done_bytes, probe->from + probe->done_bytes, part);
        probe->done_bytes += part;
    }
}

/* The frame is open while the copy runs; a caught fault has closed it. */
static steppe_status copy_in_frame(struct probe *probe, size_t size_bytes)
{
    probe->frame.catches_first_ = probe->touched;
    probe->frame.catches_size_ = size_bytes;
    if (setjmp(probe->frame.jump_) != 0)
        return probe->frame.reason;
    stp_frames_push(&probe->frame);
    copy_by_pages(probe, size_bytes);
    stp_frames_pop(&probe->frame);
    return STEPPE_OK;
}

static steppe_status fail(const struct probe *probe, steppe_status status, int os_error)
{
    return stp_status_fail(&(struct stp_failure){
        .function = probe->function,
        .status = status,
        .os_error = os_error,
        .address = status == STEPPE_E_NULL ? 0 : probe->touched + probe->done_bytes,
        .has_size = true,
        .size_bytes = probe->size_bytes,
    });
}

static steppe_status run(struct probe *probe)
{
    uintptr_t end;
    uintptr_t address_end = stp_platform_facts()->address_end;
    if (!probe->size_bytes)
        return STEPPE_OK;
    if (!probe->touched)
        return fail(probe, STEPPE_E_UNMAPPED, 0);
    if (!stp_add(probe->touched, probe->size_bytes, &end))
        return fail(probe, STEPPE_E_SIZE, 0);
    int error = stp_reservation_arm();
    if (error)
        return fail(probe, stp_platform_diagnose(error, 0), error);
    /* The processor names no address when it is asked for one beyond the user range. */
    if (probe->touched >= address_end)
        return fail(probe, STEPPE_E_UNMAPPED, 0);
    size_t size_bytes = stp_min(end, address_end) - probe->touched;
    steppe_status status = copy_in_frame(probe, size_bytes);
    if (status == STEPPE_OK && size_bytes < probe->size_bytes)
        status = STEPPE_E_UNMAPPED;
    return status == STEPPE_OK ? status : fail(probe, status, 0);
}

static steppe_status finish(struct probe *probe, size_t *done_bytes)
{
    steppe_status status = run(probe);
    if (done_bytes)
        *done_bytes = probe->done_bytes;
    return status;
}

steppe_status steppe_probe_read(const void *address, void *buffer, size_t size_bytes,
                                size_t *done_bytes)
{
    struct probe probe = {.function = "steppe_probe_read",
                          .to = buffer,
                          .from = address,
                          .touched = (uintptr_t)address,
                          .size_bytes = size_bytes};
    if (!buffer && size_bytes)
        return fail(&probe, STEPPE_E_NULL, 0);
    return finish(&probe, done_bytes);
}

steppe_status steppe_probe_write(void *address, const void *bytes, size_t size_bytes,
                                 size_t *done_bytes)
{
    struct probe probe = {.function = "steppe_probe_write",
                          .to = address,
                          .from = bytes,
                          .touched = (uintptr_t)address,
                          .size_bytes = size_bytes};
    if (!bytes && size_bytes)
        return fail(&probe, STEPPE_E_NULL, 0);
    return finish(&probe, done_bytes);
}
