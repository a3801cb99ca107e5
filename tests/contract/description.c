/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1

#include "description.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 64 * 1024 };

/* ---- finding --------------------------------------------------------------------------------- */

static bool leads_to_description(const char *path)
{
    char target[64];
    ssize_t length = readlink(path, target, sizeof target);
    return length == (ssize_t)strlen(STEPPE_PUBLISHED_LINK) &&
           !memcmp(target, STEPPE_PUBLISHED_LINK, (size_t)length);
}

/* Those of process; *own (may be NULL) is opened when it is the process's own. */
static size_t look(pid_t process, struct description *own)
{
    char folder[64], path[PATH_MAX];
    size_t count = 0;
    snprintf(folder, sizeof folder, "/proc/%d/fd", (int)process);
    DIR *list = opendir(folder);
    require(list, "%s", folder);
    for (struct dirent *entry; (entry = readdir(list));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (!leads_to_description(path))
            continue;
        count++;
        if (!own || own->file >= 0)
            continue;
        own->file = open(path, O_RDONLY | O_CLOEXEC);
        require(own->file >= 0, "%s", path);
        ssize_t got = pread(own->file, &own->header, sizeof own->header, 0);
        if (got != sizeof own->header || own->header.magic != STEPPE_PUBLISHED_MAGIC ||
            own->header.process_id != (uint64_t)process)
            description_close(own);
    }
    closedir(list);
    return count;
}

bool description_open(struct description *description, pid_t process)
{
    description->file = -1;
    (void)look(process, description);
    return description->file >= 0;
}

void description_close(struct description *description)
{
    close(description->file);
    description->file = -1;
}

size_t description_file_count(pid_t process)
{
    return look(process, NULL);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void read_at(const struct description *d, uint64_t offset, void *to, size_t size_bytes)
{
    require(pread(d->file, to, size_bytes, (off_t)offset) == (ssize_t)size_bytes, "offset %#llx",
            (unsigned long long)offset);
}

static bool next_record(const struct description *d, uint64_t *number,
                        steppe_published_reservation *record)
{
    for (; *number < d->header.reservation_end; ++*number) {
        read_at(d, d->header.reservations_at + *number * d->header.reservation_bytes, record,
                sizeof *record);
        if (record->kind == STEPPE_PUBLISHED_UNUSED)
            continue;
        ++*number;
        return true;
    }
    return false;
}

bool description_find(const struct description *d, const void *base,
                      steppe_published_reservation *record)
{
    for (uint64_t number = 0; next_record(d, &number, record);)
        if (record->base == (uintptr_t)base)
            return true;
    return false;
}

size_t description_reservation_count(const struct description *d)
{
    steppe_published_reservation record;
    size_t count = 0;
    for (uint64_t number = 0; next_record(d, &number, &record);)
        count++;
    return count;
}

static bool has_bit(const struct description *d, uint64_t area, uint64_t bit)
{
    uint64_t word;
    read_at(d, area + bit / 64 * 8, &word, sizeof word);
    return word >> bit % 64 & 1;
}

bool description_has_page(const struct description *d, const void *address)
{
    return has_bit(d, d->header.pages_at, (uintptr_t)address / d->header.page_bytes);
}

bool description_has_slot(const struct description *d, const steppe_published_reservation *record,
                          uint64_t slot)
{
    return has_bit(d, record->slots_bits_at, slot);
}

static uint64_t count_bits(const struct description *d, uint64_t at, uint64_t end)
{
    uint64_t words[BLOCK_BYTES / 8], count = 0;
    while (at < end) {
        off_t data = lseek(d->file, (off_t)at, SEEK_DATA);
        if (data < 0 || (uint64_t)data >= end)
            break;
        at = (uint64_t)data;
        uint64_t part = end - at < BLOCK_BYTES ? end - at : BLOCK_BYTES;
        read_at(d, at, words, part);
        for (uint64_t i = 0; i < part / 8; i++)
            count += (uint64_t)__builtin_popcountll(words[i]);
        at += part;
    }
    return count;
}

uint64_t description_page_count(const struct description *d)
{
    return count_bits(d, d->header.pages_at, d->header.slots_at);
}

uint64_t description_slot_count(const struct description *d,
                                const steppe_published_reservation *record)
{
    return count_bits(d, record->slots_bits_at,
                      record->slots_bits_at + (record->slot_max + 63) / 64 * 8);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static const char *from_file;
static int from_line;

#define compare(left, right)                                                                       \
    do {                                                                                           \
        unsigned long long left_ = (unsigned long long)(left);                                     \
        unsigned long long right_ = (unsigned long long)(right);                                   \
        if (left_ != right_)                                                                       \
            require_failed(from_file, from_line, "described as it is",                             \
                           ": " #left " is %llu (%#llx), but " #right " %llu (%#llx)", left_,      \
                           left_, right_, right_);                                                 \
    } while (0)

static uint64_t fault_sum(const uint64_t *counts)
{
    uint64_t sum = 0;
    for (int count = 0; count <= STEPPE_PUBLISHED_FAULT_NOTE; count++)
        sum += counts[count];
    return sum;
}

static void compare_counts(const uint64_t *counts, const steppe_statistics *s)
{
    compare(fault_sum(counts), s->fault_count);
    compare(counts[STEPPE_PUBLISHED_FAULT_COMMIT], s->fault_commit_count);
    compare(counts[STEPPE_PUBLISHED_FAULT_RESUME], s->fault_resume_count);
    compare(counts[STEPPE_PUBLISHED_FAULT_UNWIND], s->fault_unwind_count);
    compare(counts[STEPPE_PUBLISHED_FAULT_PASS], s->fault_pass_count);
    compare(counts[STEPPE_PUBLISHED_FAULT_RACE], s->fault_race_count);
    compare(counts[STEPPE_PUBLISHED_FAULT_NOTE], s->fault_note_count);
    compare(counts[STEPPE_PUBLISHED_FAULT_PAGE], s->fault_page_count);
    compare(counts[STEPPE_PUBLISHED_OS_CALL], s->os_call_count);
    compare(counts[STEPPE_PUBLISHED_COMMIT], s->commit_count);
    compare(counts[STEPPE_PUBLISHED_DECOMMIT], s->decommit_count);
    compare(counts[STEPPE_PUBLISHED_REFUSED], s->refused_count);
}

static void compare_budget(const struct description *d, const steppe_published_reservation *record,
                           const steppe_budget *budget)
{
    steppe_published_budget read;
    compare(record->budget != 0, budget != NULL);
    if (!budget)
        return;
    read_at(d, d->header.budgets_at + (record->budget - 1) * d->header.budget_bytes, &read,
            sizeof read);
    compare(read.charge.committed_bytes, steppe_budget_charged_bytes(budget));
    compare(read.charge.limit_bytes, steppe_budget_limit_bytes(budget));
}

/* All bits of all runs, those that are not set as well. */
static void compare_pages(const struct description *d, const void *base)
{
    size_t page = d->header.page_bytes;
    for (steppe_run run = steppe_first_run(base); run.size_bytes; run = steppe_next_run(run)) {
        uint64_t first = (uintptr_t)run.base / page, end = first + run.size_bytes / page;
        uint64_t pages = end - first, inner = count_bits(d, d->header.pages_at + first / 64 * 8,
                                                         d->header.pages_at + (end + 63) / 64 * 8);
        bool is_committed = run.state == STEPPE_COMMITTED;
        for (uint64_t bit = first / 64 * 64; bit < first; bit++)
            inner -= has_bit(d, d->header.pages_at, bit);
        for (uint64_t bit = end; bit < (end + 63) / 64 * 64; bit++)
            inner -= has_bit(d, d->header.pages_at, bit);
        compare(inner, is_committed ? pages : 0);
    }
}

static uint64_t compare_reservation(const struct description *d, const steppe_reservation *r)
{
    steppe_published_reservation record;
    steppe_statistics s = statistics_of(r->base);
    if (!description_find(d, r->base, &record))
        return 0;
    compare(record.sequence & 1, 0);
    compare(record.size_bytes, r->size_bytes);
    compare(record.page_bytes, r->page_bytes);
    compare(record.tag, r->tag);
    compare(strcmp(record.name, r->name), 0);
    compare(record.on_fault, r->on_fault);
    compare(record.protection, r->protection);
    compare(record.mechanism, r->mechanism);
    compare(record.charge.committed_bytes, r->committed_bytes);
    compare(record.charge.committed_peak_bytes, s.committed_peak_bytes);
    compare(record.charge.limit_bytes, r->limit_bytes);
    compare_counts(record.counts, &s);
    compare_budget(d, &record, r->budget);
    compare_pages(d, r->base);
    return r->committed_bytes / d->header.page_bytes;
}

/* Of what is inherited nothing was counted yet. */
static void compare_process(const struct description *d)
{
    uint64_t counts[STEPPE_PUBLISHED_COUNTS];
    steppe_published_reservation record;
    steppe_statistics s = {0};
    memcpy(counts, d->header.released_counts, sizeof counts);
    for (uint64_t number = 0; next_record(d, &number, &record);)
        for (int count = 0; count < STEPPE_PUBLISHED_COUNTS; count++)
            counts[count] += record.counts[count];
    require_ok(steppe_statistics_process(&s));
    if (!d->header.inherited_count)
        compare_counts(counts, &s);
    compare(d->header.charge.committed_bytes, s.committed_bytes);
    compare(d->header.charge.committed_peak_bytes, s.committed_peak_bytes);
    compare(d->header.charge.limit_bytes, steppe_budget_limit_bytes(steppe_process_budget()));
}

void require_described_at(const char *file, int line, size_t inherited_count)
{
    struct description d;
    uint64_t pages = 0;
    size_t count = 0;
    from_file = file;
    from_line = line;
    compare(description_open(&d, getpid()), true);
    for (steppe_reservation r = steppe_first_reservation(); r.size_bytes;
         r = steppe_next_reservation(r)) {
        pages += compare_reservation(&d, &r);
        count++;
    }
    compare(d.header.inherited_count, inherited_count);
    compare(description_reservation_count(&d) + inherited_count, count);
    compare(description_page_count(&d), pages);
    compare(d.header.not_described_count, 0);
    compare(d.header.missing_page_count, 0);
    compare_process(&d);
    description_close(&d);
}

void require_slots_described_at(const char *file, int line, const void *slots)
{
    struct description d;
    steppe_published_reservation record;
    steppe_slots_statistics s;
    from_file = file;
    from_line = line;
    compare(description_open(&d, getpid()), true);
    require_ok(steppe_slots_statistics_of(slots, &s));
    steppe_reservation r = steppe_reservation_of((const char *)slots - 1);
    compare(description_find(&d, r.base, &record), true);
    compare(record.kind, STEPPE_PUBLISHED_SLOTS);
    compare(record.slots_base, (uintptr_t)slots);
    compare(record.slot_bytes, s.slot_bytes);
    compare(record.slot_max, s.slot_max);
    compare(record.slots_bits_at != 0, true);
    compare(description_slot_count(&d, &record), s.slot_count);
    for (steppe_slots_run run = steppe_slots_next_run(slots, 0); run.first != STEPPE_NO_SLOT;
         run = steppe_slots_next_run(slots, run.first + run.count)) {
        compare(description_has_slot(&d, &record, run.first), true);
        compare(description_has_slot(&d, &record, run.first + run.count - 1), true);
    }
    description_close(&d);
}
