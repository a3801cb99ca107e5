/* SPDX-License-Identifier: MIT */
/* published_look.c - one look at a description: see published_look.h. */
#include "map/published_look.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <steppe/region.h>

#include "common/room.h"

enum {
    TRIES_MAX = 100,     /* of a record that is being written */
    TRIES_OF_ALL = 2000, /* ... beyond the first, in one look */
    TRIES_A_YIELD = 10,  /* which takes long where others want the processor */
    SEEKS_MAX = 1 << 18, /* from data to data in one look */
    BLOCK_BYTES = 64 * 1024,
    RECORD_BYTES_MAX = 1024,
    WORD_BITS = 64
};

/* Where in the look's runs the runs of a reservation are: those move while they are collected. */
struct place {
    size_t committed, in_use;
};

/* One look, and what it may still cost. */
struct look {
    int file;
    uint64_t file_bytes;
    steppe_published_header header;
    struct published_description description;
    struct place *places;
    struct published_run *runs;
    size_t run_count, run_capacity;
    uint64_t bits_left, seeks_left, tries_left;
    bool has_all_runs; /* that may be */
    uint64_t *block;
};

/* ---- problems ------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static enum published_state fail(struct published_look *told,
                                                                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(told->problem, sizeof told->problem, format, arguments) < 0)
        told->problem[0] = '\0';
    va_end(arguments);
    return PUBLISHED_FAILED;
}

static enum published_state fail_memory(struct published_look *told)
{
    return fail(told, "out of memory while reading what the process publishes");
}

static enum published_state fail_damaged(struct published_look *told, const char *what)
{
    return fail(told, "what the process publishes is damaged: %s", what);
}

/* ---- reading -------------------------------------------------------------------------------- */

/* All of it or nothing. */
static bool read_at(const struct look *look, uint64_t offset, void *to, size_t size_bytes)
{
    for (size_t done = 0; done < size_bytes;) {
        ssize_t got =
            pread(look->file, (char *)to + done, size_bytes - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

/* Does the area lie in the file? */
static bool has_area(const struct look *look, uint64_t at, uint64_t count, uint64_t each)
{
    uint64_t bytes;
    return !__builtin_mul_overflow(count, each, &bytes) && at <= look->file_bytes &&
           bytes <= look->file_bytes - at;
}

static bool is_power_of_two(uint64_t number)
{
    return number && !(number & (number - 1));
}

/* ---- the header ----------------------------------------------------------------------------- */

static const char *wrong_in_header(const struct look *look)
{
    const steppe_published_header *h = &look->header;
    if (h->header_bytes < sizeof *h || h->budget_bytes < sizeof(steppe_published_budget) ||
        h->reservation_bytes < sizeof(steppe_published_reservation) ||
        h->budget_bytes > RECORD_BYTES_MAX || h->reservation_bytes > RECORD_BYTES_MAX)
        return "the sizes of its records";
    if (!is_power_of_two(h->page_bytes) || h->page_bytes < 4096 || h->page_bytes > STEPPE_GIB)
        return "the size of a page";
    if (h->reservation_max > PUBLISHED_RESERVATION_MAX || h->reservation_end > h->reservation_max)
        return "the number of its reservations";
    if (h->page_count > UINT64_MAX / h->page_bytes || h->page_count > UINT64_MAX - WORD_BITS)
        return "the number of its pages";
    uint64_t words = (h->page_count + WORD_BITS - 1) / WORD_BITS;
    if (!has_area(look, h->budgets_at, h->budget_max, h->budget_bytes) ||
        !has_area(look, h->reservations_at, h->reservation_max, h->reservation_bytes) ||
        !has_area(look, h->pages_at, words, sizeof(uint64_t)) ||
        !has_area(look, h->slots_at, h->slots_bytes, 1))
        return "something is said to lie behind its end";
    if (h->pages_at % sizeof(uint64_t) || h->slots_at % sizeof(uint64_t))
        return "bits are not aligned";
    return NULL;
}

/* NONE: it is another process's, or not ready. */
static enum published_state read_header(struct published_look *told, struct look *look,
                                        const struct identity *who)
{
    struct stat status;
    steppe_published_header *h = &look->header;
    if (fstat(look->file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < 0)
        return PUBLISHED_NONE;
    look->file_bytes = (uint64_t)status.st_size;
    if (look->file_bytes < sizeof *h || !read_at(look, 0, h, sizeof *h))
        return fail_damaged(told, "it is too short");
    if (h->magic == 0)
        return PUBLISHED_NONE;
    if (h->magic != STEPPE_PUBLISHED_MAGIC)
        return fail_damaged(told, "it does not begin as it should");
    if (h->version != STEPPE_PUBLISHED_VERSION)
        return fail(told,
                    "the process publishes version %" PRIu32 " of the description, and this "
                    "program reads version %d: use the steppe-map of the library it runs with",
                    h->version, STEPPE_PUBLISHED_VERSION);
    if (who && !identity_has(who, h))
        return PUBLISHED_NONE;
    const char *wrong = wrong_in_header(look);
    return wrong ? fail_damaged(told, wrong) : PUBLISHED_READ;
}

/* ---- runs of bits --------------------------------------------------------------------------- */

/* False: out of memory. */
static bool add_run(struct look *look, size_t begin, uint64_t first, uint64_t end)
{
    struct published_run *last = look->run_count > begin ? &look->runs[look->run_count - 1] : NULL;
    if (last && first <= last->first + last->count) {
        if (end > last->first + last->count)
            last->count = end - last->first;
        return true;
    }
    if (look->run_count == PUBLISHED_RUN_MAX) {
        look->has_all_runs = look->description.is_cut = true;
        return true;
    }
    if (!room_make((void **)&look->runs, &look->run_capacity, look->run_count, sizeof *look->runs))
        return false;
    look->runs[look->run_count++] = (struct published_run){first, end - first};
    return true;
}

/* Bits of an area, those of interest, and what is to be made of them. */
struct bits {
    uint64_t at;         /* of the area in the file */
    uint64_t first, end; /* bits */
    uint64_t each;       /* so many bits are one of what is told: pages of a larger unit */
    size_t begin;        /* the first run in look->runs */
};

static bool add_bits(struct look *look, const struct bits *bits, uint64_t first, uint64_t end)
{
    uint64_t from = first > bits->first ? first : bits->first;
    uint64_t to = end < bits->end ? end : bits->end;
    if (from >= to)
        return true;
    from -= bits->first;
    to -= bits->first;
    return add_run(look, bits->begin, from / bits->each, (to - 1) / bits->each + 1);
}

/* With each unit that has a bit all its bits: so runs of units are runs of bits, and a word full of
 * lone bits costs no more than they. */
static uint64_t whole_units(uint64_t value, uint64_t each)
{
    if (each >= WORD_BITS)
        return value ? UINT64_MAX : 0;
    uint64_t unit = (UINT64_C(1) << each) - 1, first_of_each = UINT64_MAX / unit;
    for (uint64_t shift = 1; shift < each; shift *= 2)
        value |= value >> shift;
    return (value & first_of_each) * unit;
}

static bool add_word(struct look *look, const struct bits *bits, uint64_t word, uint64_t value)
{
    value = whole_units(value, bits->each);
    while (value) {
        unsigned low = (unsigned)__builtin_ctzll(value);
        uint64_t above = ~(value >> low);
        unsigned length = above ? (unsigned)__builtin_ctzll(above) : WORD_BITS;
        if (length > WORD_BITS - low)
            length = WORD_BITS - low;
        uint64_t first = word * WORD_BITS + low;
        if (!add_bits(look, bits, first, first + length))
            return false;
        value = low + length == WORD_BITS ? 0 : value >> (low + length) << (low + length);
    }
    return true;
}

/* The next byte at or behind one that may be other than zero; the end: none. Where the file system
 * cannot tell, all may. */
static uint64_t next_data(struct look *look, uint64_t at, uint64_t end)
{
    if (!look->seeks_left) {
        look->description.is_cut = true;
        return end;
    }
    look->seeks_left--;
    off_t data = lseek(look->file, (off_t)at, SEEK_DATA);
    if (data < 0)
        return errno == ENXIO ? end : at;
    return (uint64_t)data < end ? (uint64_t)data / sizeof(uint64_t) * sizeof(uint64_t) : end;
}

enum outcome { DONE, NO_MEMORY, UNREADABLE };

static enum outcome read_bits(struct look *look, const struct bits *bits)
{
    uint64_t at = bits->at + bits->first / WORD_BITS * sizeof(uint64_t);
    uint64_t end = bits->at + ((bits->end - 1) / WORD_BITS + 1) * sizeof(uint64_t);
    while ((at = next_data(look, at, end)) < end) {
        size_t part = end - at < BLOCK_BYTES ? (size_t)(end - at) : BLOCK_BYTES;
        if (look->bits_left < part || look->has_all_runs) {
            look->description.is_cut = true;
            return DONE;
        }
        look->bits_left -= part;
        if (!read_at(look, at, look->block, part))
            return UNREADABLE;
        uint64_t word = (at - bits->at) / sizeof(uint64_t);
        for (size_t i = 0; i < part / sizeof(uint64_t); i++)
            if (look->block[i] && !add_word(look, bits, word + i, look->block[i]))
                return NO_MEMORY;
        at += part;
    }
    return DONE;
}

/* ---- records -------------------------------------------------------------------------------- */

/* The writer changes the constant part only between two changes of the sequence. False: it did so
 * all the time. */
static bool read_record(struct look *look, uint64_t number, steppe_published_reservation *record,
                        bool *is_readable)
{
    uint64_t at = look->header.reservations_at + number * look->header.reservation_bytes;
    for (int try = 0; try < TRIES_MAX; try++) {
        uint64_t before, after;
        *is_readable = read_at(look, at, &before, sizeof before) &&
                       read_at(look, at, record, sizeof *record) &&
                       read_at(look, at, &after, sizeof after);
        if (!*is_readable)
            return false;
        if (before == record->sequence && after == before && !(after & 1))
            return true;
        if (!look->tries_left)
            return false;
        look->tries_left--;
        if (try % TRIES_A_YIELD == 0)
            (void)sched_yield(); /* cannot fail */
    }
    return false;
}

/* Bytes of a well-formed character of UTF-8 that is no control; 0: it is none. */
static size_t character_bytes(const unsigned char *text)
{
    if (text[0] >= 0x20 && text[0] < 0x7f)
        return 1;
    size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    uint32_t glyph = text[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        glyph = glyph << 6 | (text[i] & 0x3f);
    }
    bool is_too_long = (length == 3 && glyph < 0x800) || (length == 4 && glyph < 0x10000);
    bool is_none = glyph > 0x10ffff || (glyph >= 0xd800 && glyph < 0xe000) || glyph < 0xa0;
    return is_too_long || is_none ? 0 : length;
}

/* Names are cut at 63 bytes by the writer: in the middle of a character perhaps. */
static void copy_name(char *to, const char *from)
{
    char text[STEPPE_PUBLISHED_NAME_BYTES + 4] = {0};
    memcpy(text, from, STEPPE_PUBLISHED_NAME_BYTES - 1);
    size_t at = 0;
    while (text[at]) {
        size_t length = character_bytes((const unsigned char *)text + at);
        if (!length)
            text[at] = '?';
        at += length ? length : 1;
    }
    memcpy(to, text, STEPPE_PUBLISHED_NAME_BYTES);
}

static bool is_sound(const struct look *look, const steppe_published_reservation *record)
{
    const steppe_published_header *h = &look->header;
    uint64_t end;
    return is_power_of_two(record->page_bytes) && record->page_bytes >= h->page_bytes &&
           record->page_bytes <= STEPPE_GIB && record->base % record->page_bytes == 0 &&
           record->size_bytes && record->size_bytes % record->page_bytes == 0 &&
           !__builtin_add_overflow(record->base, record->size_bytes, &end) &&
           end / h->page_bytes <= h->page_count;
}

static bool has_sound_slots(const struct look *look, const steppe_published_reservation *record)
{
    const steppe_published_header *h = &look->header;
    uint64_t bytes, end, at = record->slots_bits_at;
    if (!record->slot_bytes || !record->slot_max || record->slot_max > UINT64_MAX - WORD_BITS ||
        __builtin_mul_overflow(record->slot_bytes, record->slot_max, &bytes) ||
        __builtin_add_overflow(record->slots_base, bytes, &end))
        return false;
    uint64_t words = (record->slot_max + WORD_BITS - 1) / WORD_BITS;
    return !at ||
           (at % sizeof(uint64_t) == 0 && at >= h->slots_at && at - h->slots_at <= h->slots_bytes &&
            words <= (h->slots_bytes - (at - h->slots_at)) / sizeof(uint64_t));
}

static void take_budget(const struct look *look, uint32_t number, struct published_reservation *to)
{
    steppe_published_budget budget;
    if (!number || number > look->header.budget_max)
        return;
    uint64_t at = look->header.budgets_at + (uint64_t)(number - 1) * look->header.budget_bytes;
    to->has_budget = read_at(look, at, &budget, sizeof budget);
    if (to->has_budget)
        to->budget = budget.charge;
    to->budget_number = to->has_budget ? number : 0;
}

static void fill_in(const struct look *look, const steppe_published_reservation *record,
                    struct published_reservation *to)
{
    *to = (struct published_reservation){
        .kind = record->kind <= STEPPE_PUBLISHED_SLOTS_BITS
                    ? (enum steppe_published_kind)record->kind
                    : STEPPE_PUBLISHED_PLAIN,
        .base = record->base,
        .size_bytes = record->size_bytes,
        .page_bytes = record->page_bytes,
        .tag = record->tag,
        .mechanism = record->mechanism,
        .on_fault = record->on_fault,
        .protection = record->protection,
        .charge = record->charge,
    };
    copy_name(to->name, record->name);
    memcpy(to->counts, record->counts, sizeof to->counts);
    take_budget(look, record->budget, to);
    if (record->kind != STEPPE_PUBLISHED_SLOTS || !has_sound_slots(look, record))
        return;
    to->has_slots = true;
    to->has_slot_bits = record->slots_bits_at != 0;
    to->slots_base = record->slots_base;
    to->slot_bytes = record->slot_bytes;
    to->slot_max = record->slot_max;
}

/* Where the bits of its slots are; kept beside it until they are read. */
struct found {
    struct published_reservation reservation;
    uint64_t slots_bits_at;
};

struct found_list {
    struct found *found;
    size_t count, capacity;
};

static bool add_found(struct found_list *list, const struct found *one)
{
    if (!room_make((void **)&list->found, &list->capacity, list->count, sizeof *list->found))
        return false;
    list->found[list->count++] = *one;
    return true;
}

static enum outcome find_record(struct look *look, uint64_t number, struct found_list *list)
{
    steppe_published_reservation record;
    bool is_readable;
    if (!read_record(look, number, &record, &is_readable)) {
        look->description.torn_count += is_readable;
        return is_readable ? DONE : UNREADABLE;
    }
    if (record.kind == STEPPE_PUBLISHED_UNUSED)
        return DONE;
    if (!is_sound(look, &record)) {
        look->description.damaged_count++;
        return DONE;
    }
    struct found one = {.slots_bits_at = record.slots_bits_at};
    fill_in(look, &record, &one.reservation);
    if (record.kind == STEPPE_PUBLISHED_SLOTS && !one.reservation.has_slots)
        look->description.damaged_count++;
    return add_found(list, &one) ? DONE : NO_MEMORY;
}

/* What was never used is a hole, which is passed over. */
static enum outcome find_records(struct look *look, struct found_list *list)
{
    const steppe_published_header *h = &look->header;
    uint64_t end = h->reservations_at + h->reservation_end * h->reservation_bytes;
    for (uint64_t number = 0; number < h->reservation_end; number++) {
        uint64_t at = h->reservations_at + number * h->reservation_bytes;
        if (number % (BLOCK_BYTES / h->reservation_bytes) == 0) {
            uint64_t data = next_data(look, at, end);
            if (data >= end)
                return DONE;
            if (data > at)
                number += (data - at) / h->reservation_bytes;
        }
        enum outcome outcome = find_record(look, number, list);
        if (outcome != DONE)
            return outcome;
    }
    return DONE;
}

static int by_base(const void *left, const void *right)
{
    uint64_t a = ((const struct found *)left)->reservation.base;
    uint64_t b = ((const struct found *)right)->reservation.base;
    return (a > b) - (a < b);
}

/* Of those that overlap only the first can be true. */
static void drop_overlapping(struct look *look, struct found_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct published_reservation *last = kept ? &list->found[kept - 1].reservation : NULL;
        if (last && list->found[i].reservation.base - last->base < last->size_bytes)
            look->description.damaged_count++;
        else
            list->found[kept++] = list->found[i];
    }
    list->count = kept;
}

/* ---- one look ------------------------------------------------------------------------------- */

static enum outcome read_committed(struct look *look, struct published_reservation *r, size_t index)
{
    uint64_t page_bytes = look->header.page_bytes;
    struct bits bits = {.at = look->header.pages_at,
                        .first = r->base / page_bytes,
                        .end = (r->base + r->size_bytes) / page_bytes,
                        .each = r->page_bytes / page_bytes,
                        .begin = look->run_count};
    look->places[index].committed = bits.begin;
    enum outcome outcome = read_bits(look, &bits);
    r->committed.count = look->run_count - bits.begin;
    return outcome;
}

static enum outcome read_in_use(struct look *look, struct published_reservation *r, size_t index,
                                uint64_t at)
{
    struct bits bits = {.at = at, .end = r->slot_max, .each = 1, .begin = look->run_count};
    look->places[index].in_use = bits.begin;
    enum outcome outcome = r->has_slot_bits ? read_bits(look, &bits) : DONE;
    r->in_use.count = look->run_count - bits.begin;
    for (size_t run = bits.begin; run < look->run_count; run++)
        r->slot_count += look->runs[run].count;
    return outcome;
}

static void add_counts(uint64_t *sums, const uint64_t *counts)
{
    for (int count = 0; count < STEPPE_PUBLISHED_COUNTS; count++)
        if (__builtin_add_overflow(sums[count], counts[count], &sums[count]))
            sums[count] = UINT64_MAX;
}

static enum outcome take_reservations(struct look *look, const struct found_list *list)
{
    struct published_description *d = &look->description;
    enum outcome outcome = DONE;
    d->reservations = calloc(list->count + 1, sizeof *d->reservations);
    look->places = calloc(list->count + 1, sizeof *look->places);
    if (!d->reservations || !look->places)
        return NO_MEMORY;
    d->reservation_count = list->count;
    for (size_t i = 0; i < list->count && outcome == DONE; i++) {
        struct published_reservation *r = &d->reservations[i];
        *r = list->found[i].reservation;
        add_counts(d->counts, r->counts);
        outcome = read_committed(look, r, i);
        if (outcome == DONE && r->has_slots)
            outcome = read_in_use(look, r, i, list->found[i].slots_bits_at);
    }
    for (size_t i = 0; look->runs && i < list->count; i++) {
        d->reservations[i].committed.runs = look->runs + look->places[i].committed;
        d->reservations[i].in_use.runs = look->runs + look->places[i].in_use;
    }
    return outcome;
}

static enum outcome take_all(struct look *look)
{
    struct published_description *d = &look->description;
    struct found_list list = {0};
    d->page_bytes = look->header.page_bytes;
    d->charge = look->header.charge;
    d->not_described_count = look->header.not_described_count;
    d->missing_page_count = look->header.missing_page_count;
    d->inherited_count = look->header.inherited_count;
    add_counts(d->counts, look->header.released_counts);
    enum outcome outcome = find_records(look, &list);
    if (outcome == DONE && list.count)
        qsort(list.found, list.count, sizeof *list.found, by_base);
    drop_overlapping(look, &list);
    if (outcome == DONE)
        outcome = take_reservations(look, &list);
    free(list.found);
    return outcome;
}

enum published_state published_look_at(struct published_look *told, int file,
                                       const struct identity *who)
{
    struct look look = {.file = file,
                        .bits_left = PUBLISHED_BITS_MAX,
                        .seeks_left = SEEKS_MAX,
                        .tries_left = TRIES_OF_ALL};
    enum published_state state = read_header(told, &look, who);
    if (state != PUBLISHED_READ)
        return state;
    look.block = malloc(BLOCK_BYTES);
    enum outcome outcome = look.block ? take_all(&look) : NO_MEMORY;
    free(look.places);
    free(look.block);
    told->description = look.description;
    told->runs = look.runs;
    if (outcome == DONE)
        return PUBLISHED_READ;
    published_look_free(told);
    return outcome == NO_MEMORY ? fail_memory(told)
                                : fail_damaged(told, "it cannot be read to its end");
}

void published_look_free(struct published_look *told)
{
    free(told->description.reservations);
    free(told->runs);
    told->description = (struct published_description){0};
    told->runs = NULL;
}
