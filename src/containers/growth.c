/* SPDX-License-Identifier: MIT */
#include "containers/growth.h"

#include "base/align.h"
#include "base/check.h"
#include "platform/platform.h"

enum {
    AHEAD_MAX_BYTES = 64 << 20,
    LARGE_BYTES = 4 << 20, /* from here on by huge pages */
    PAGE_MAX_BYTES = 2 << 20,
    HUGE_BYTES = 2 << 20,     /* larger ones are not worth so much ahead */
    HUGE_MAX_BYTES = 64 << 20 /* a container that may become so large asks for them */
};

STP_THREAD_LOCAL struct stp_growth_seen stp_growth_seen[STP_GROWTH_SEEN_COUNT];
uint64_t stp_growth_age = 1;

/* ---- failures ------------------------------------------------------------------------------- */

steppe_status stp_growth_fail(const char *function, steppe_status status, const void *address,
                              const char *note)
{
    return stp_status_fail(&(struct stp_failure){
        .function = function, .status = status, .address = (uintptr_t)address, .note = note});
}

steppe_status stp_growth_fail_request(const char *function, steppe_status status,
                                      const void *address, uint64_t requested, uint64_t available,
                                      const char *note)
{
    return stp_status_fail(&(struct stp_failure){.function = function,
                                                 .status = status,
                                                 .address = (uintptr_t)address,
                                                 .has_request = true,
                                                 .requested = requested,
                                                 .available = available,
                                                 .note = note});
}

steppe_status stp_growth_fail_pointer(const char *function, const void *pointer)
{
    return stp_growth_fail(function, pointer ? STEPPE_E_NOT_CONTAINER : STEPPE_E_NULL, pointer,
                           NULL);
}

steppe_status stp_growth_fail_as(const char *function)
{
    struct stp_failure failure = stp_status_last();
    failure.function = function;
    return stp_status_fail(&failure);
}

/* ---- life ----------------------------------------------------------------------------------- */

static const char *wrong_option(const steppe_options *options)
{
    if (options->on_fault != STEPPE_RAISE)
        return "on_fault must be STEPPE_RAISE: the container commits";
    if (options->protection != STEPPE_READ_WRITE)
        return "protection must be STEPPE_READ_WRITE";
    return NULL;
}

static steppe_status fail_size(const char *function, size_t size_bytes)
{
    return stp_status_fail(&(struct stp_failure){.function = function,
                                                 .status = STEPPE_E_SIZE,
                                                 .has_size = true,
                                                 .size_bytes = size_bytes,
                                                 .note = "more than the address space"});
}

/* What the commit was refused for stays the last failure. */
static steppe_status fail_and_release(const char *function, uint8_t *base)
{
    struct stp_failure failure = stp_status_last();
    failure.function = function;
    (void)steppe_release(base); /* refused, it is an empty reservation too many */
    return stp_status_fail(&failure);
}

steppe_status stp_growth_open(const char *function, uint64_t kind, size_t max_bytes,
                              const steppe_options *options, struct stp_growth *growth)
{
    steppe_options wanted = {0};
    size_t content_bytes, whole_bytes;
    if (options)
        wanted = *options;
    const char *wrong = wrong_option(&wanted);
    if (wrong)
        return stp_growth_fail(function, STEPPE_E_OPTION, NULL, wrong);
    if (!wanted.page_bytes)
        wanted.page_bytes = steppe_page_bytes();
    if (!stp_is_power_of_two(wanted.page_bytes) || wanted.page_bytes < steppe_page_bytes() ||
        wanted.page_bytes > PAGE_MAX_BYTES)
        return stp_growth_fail(function, STEPPE_E_OPTION, NULL,
                               "page_bytes is not a power of two from the system's page to 2 MiB");
    if (!stp_round_up(max_bytes, wanted.page_bytes, &content_bytes) ||
        !stp_add(content_bytes, wanted.page_bytes, &whole_bytes))
        return fail_size(function, max_bytes);
    if (max_bytes >= HUGE_MAX_BYTES && wanted.huge_pages == STEPPE_HUGE_WHEN_DENSE)
        wanted.huge_pages = STEPPE_HUGE_ALWAYS;
    uint8_t *base = steppe_reserve(whole_bytes, &wanted);
    if (!base)
        return stp_growth_fail_as(function);
    if (steppe_commit(base, wanted.page_bytes) != STEPPE_OK)
        return fail_and_release(function, base);
    *growth = (struct stp_growth){.kind = kind,
                                  .base = base,
                                  .bytes = base + wanted.page_bytes,
                                  .page_bytes = wanted.page_bytes,
                                  .max_bytes = content_bytes};
    return STEPPE_OK;
}

steppe_status stp_growth_close(const char *function, struct stp_growth *growth)
{
    if (steppe_release(growth->base) != STEPPE_OK)
        return stp_growth_fail_as(function);
    __atomic_fetch_add(&stp_growth_age, 1, __ATOMIC_RELAXED);
    return STEPPE_OK;
}

bool stp_growth_look(const void *place, uint64_t kind)
{
    uintptr_t address = (uintptr_t)place;
    steppe_reservation reservation = steppe_reservation_of(place);
    uintptr_t offset = address - (uintptr_t)reservation.base;
    const struct stp_growth *growth = place;
    steppe_run run;
    if (!reservation.size_bytes || address % _Alignof(struct stp_growth) != 0 ||
        offset > reservation.page_bytes - sizeof *growth)
        return false;
    if (steppe_query(place, &run) != STEPPE_OK || run.state != STEPPE_COMMITTED ||
        run.protection != STEPPE_READ_WRITE)
        return false;
    if (growth->kind != kind || growth->self != growth)
        return false;
    stp_growth_seen[((address >> 16) ^ (address >> 20)) % STP_GROWTH_SEEN_COUNT] =
        (struct stp_growth_seen){place, __atomic_load_n(&stp_growth_age, __ATOMIC_RELAXED)};
    return true;
}

/* ---- more and less -------------------------------------------------------------------------- */

/* Content sizes are at most max_bytes, which with the first page fits into the address space: sums
 * of a few of them fit into size_t. */
static size_t whole_pages(const struct stp_growth *growth, size_t size_bytes)
{
    return stp_round_down(size_bytes + growth->page_bytes - 1, growth->page_bytes);
}

/* How far to commit when so much is used. */
static size_t ahead_of(const struct stp_growth *growth, size_t used_bytes)
{
    size_t ahead_bytes = stp_max(stp_min(used_bytes / 2, AHEAD_MAX_BYTES), growth->page_bytes);
    size_t end_bytes = whole_pages(growth, used_bytes + ahead_bytes);
    size_t huge_bytes = stp_min(stp_platform_facts()->table_span_bytes, HUGE_BYTES);
    if (end_bytes >= LARGE_BYTES) {
        uintptr_t end = (uintptr_t)growth->bytes + end_bytes + huge_bytes - 1;
        end_bytes = stp_round_down(end, huge_bytes) - (uintptr_t)growth->bytes;
    }
    return stp_min(end_bytes, growth->max_bytes);
}

static steppe_status commit_to(struct stp_growth *growth, size_t end_bytes)
{
    STP_CHECK(end_bytes > growth->committed_bytes && end_bytes <= growth->max_bytes);
    steppe_status status =
        steppe_commit(growth->bytes + growth->committed_bytes, end_bytes - growth->committed_bytes);
    if (status == STEPPE_OK)
        growth->committed_bytes = end_bytes;
    return status;
}

steppe_status stp_growth_extend_exactly(const char *function, struct stp_growth *growth,
                                        size_t end_bytes)
{
    size_t whole_bytes = whole_pages(growth, end_bytes);
    if (whole_bytes <= growth->committed_bytes || commit_to(growth, whole_bytes) == STEPPE_OK)
        return STEPPE_OK;
    return stp_growth_fail_as(function);
}

steppe_status stp_growth_extend(const char *function, struct stp_growth *growth, size_t end_bytes)
{
    if (end_bytes <= growth->committed_bytes)
        return STEPPE_OK;
    struct stp_failure before = stp_status_last();
    size_t ahead_bytes = ahead_of(growth, growth->committed_bytes);
    if (ahead_bytes > whole_pages(growth, end_bytes) && commit_to(growth, ahead_bytes) == STEPPE_OK)
        return STEPPE_OK;
    steppe_status status = stp_growth_extend_exactly(function, growth, end_bytes);
    if (status == STEPPE_OK)
        stp_status_put_back(&before);
    return status;
}

static steppe_status cut_to(struct stp_growth *growth, size_t end_bytes)
{
    if (end_bytes >= growth->committed_bytes)
        return STEPPE_OK;
    steppe_status status =
        steppe_decommit(growth->bytes + end_bytes, growth->committed_bytes - end_bytes);
    if (status == STEPPE_OK)
        growth->committed_bytes = end_bytes;
    return status;
}

steppe_status stp_growth_cut(const char *function, struct stp_growth *growth, size_t end_bytes)
{
    if (end_bytes >= growth->committed_bytes)
        return STEPPE_OK;
    steppe_status status = cut_to(growth, whole_pages(growth, end_bytes));
    return status == STEPPE_OK ? status : stp_growth_fail_as(function);
}

bool stp_growth_give_back(struct stp_growth *growth, size_t used_bytes, size_t least_bytes)
{
    size_t end_bytes = stp_max(ahead_of(growth, used_bytes), whole_pages(growth, least_bytes));
    if (end_bytes >= growth->committed_bytes)
        return false;
    struct stp_failure before = stp_status_last();
    if (cut_to(growth, end_bytes) == STEPPE_OK)
        return true;
    stp_status_put_back(&before);
    return false;
}
