/* SPDX-License-Identifier: MIT */
/* published.c - what a process publishes of itself: see published.h. */
#include "map/published.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <steppe/region.h>

enum {
    TRIES_MAX = 100,     /* of a record that is being written */
    SEEKS_MAX = 1 << 18, /* from data to data in one look */
    BLOCK_BYTES = 64 * 1024,
    DESCRIPTORS_MAX = 1 << 16,
    PATH_BYTES = 512,
    RECORD_BYTES_MAX = 1024,
    WORD_BITS = 64
};

struct runs {
    struct published_run *runs;
    size_t count, capacity;
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
    size_t capacity;
    struct runs runs;
    uint64_t bits_left, seeks_left;
    uint64_t *block;
};

struct published {
    pid_t process;
    char folder[PATH_BYTES];
    int file;              /* what was opened last; -1: nothing */
    char path[PATH_BYTES]; /* ... and where it was found */
    bool has_description;
    struct published_description description;
    struct published_run *runs;
    char problem[256];
};

/* ---- problems ------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static enum published_state fail(struct published *p,
                                                                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(p->problem, sizeof p->problem, format, arguments) < 0)
        p->problem[0] = '\0';
    va_end(arguments);
    return PUBLISHED_FAILED;
}

static enum published_state fail_memory(struct published *p)
{
    return fail(p, "out of memory while reading what the process publishes");
}

static enum published_state fail_damaged(struct published *p, const char *what)
{
    return fail(p, "what the process publishes is damaged: %s", what);
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
static enum published_state read_header(struct published *p, struct look *look, uint64_t process,
                                        uint64_t start)
{
    struct stat status;
    steppe_published_header *h = &look->header;
    if (fstat(look->file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < 0)
        return PUBLISHED_NONE;
    look->file_bytes = (uint64_t)status.st_size;
    if (look->file_bytes < sizeof *h || !read_at(look, 0, h, sizeof *h))
        return fail_damaged(p, "it is too short");
    if (h->magic == 0)
        return PUBLISHED_NONE;
    if (h->magic != STEPPE_PUBLISHED_MAGIC)
        return fail_damaged(p, "it does not begin as it should");
    if (h->version != STEPPE_PUBLISHED_VERSION)
        return fail(p,
                    "the process publishes version %" PRIu32 " of the description, and this "
                    "program reads version %d: use the steppe-map of the library it runs with",
                    h->version, STEPPE_PUBLISHED_VERSION);
    if ((process && h->process_id != process) ||
        (start && h->process_start && h->process_start != start))
        return PUBLISHED_NONE;
    const char *wrong = wrong_in_header(look);
    return wrong ? fail_damaged(p, wrong) : PUBLISHED_READ;
}

/* ---- runs of bits --------------------------------------------------------------------------- */

/* False: out of memory. */
static bool add_run(struct look *look, size_t begin, uint64_t first, uint64_t end)
{
    struct runs *runs = &look->runs;
    struct published_run *last = runs->count > begin ? &runs->runs[runs->count - 1] : NULL;
    if (last && first <= last->first + last->count) {
        if (end > last->first + last->count)
            last->count = end - last->first;
        return true;
    }
    if (runs->count == PUBLISHED_RUN_MAX) {
        look->description.is_cut = true;
        return true;
    }
    if (runs->count == runs->capacity) {
        size_t capacity = runs->capacity ? runs->capacity * 2 : 1024;
        struct published_run *grown = realloc(runs->runs, capacity * sizeof *grown);
        if (!grown)
            return false;
        runs->runs = grown;
        runs->capacity = capacity;
    }
    runs->runs[runs->count++] = (struct published_run){first, end - first};
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

static bool add_word(struct look *look, const struct bits *bits, uint64_t word, uint64_t value)
{
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
        if (look->bits_left < part) {
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
static bool read_record(const struct look *look, uint64_t number,
                        steppe_published_reservation *record, bool *is_readable)
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
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        struct found *grown = realloc(list->found, capacity * sizeof *grown);
        if (!grown)
            return false;
        list->found = grown;
        list->capacity = capacity;
    }
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
                        .begin = look->runs.count};
    look->places[index].committed = bits.begin;
    enum outcome outcome = read_bits(look, &bits);
    r->committed.count = look->runs.count - bits.begin;
    return outcome;
}

static enum outcome read_in_use(struct look *look, struct published_reservation *r, size_t index,
                                uint64_t at)
{
    struct bits bits = {.at = at, .end = r->slot_max, .each = 1, .begin = look->runs.count};
    look->places[index].in_use = bits.begin;
    enum outcome outcome = r->has_slot_bits ? read_bits(look, &bits) : DONE;
    r->in_use.count = look->runs.count - bits.begin;
    for (size_t run = bits.begin; run < look->runs.count; run++)
        r->slot_count += look->runs.runs[run].count;
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
    for (size_t i = 0; look->runs.runs && i < list->count; i++) {
        d->reservations[i].committed.runs = look->runs.runs + look->places[i].committed;
        d->reservations[i].in_use.runs = look->runs.runs + look->places[i].in_use;
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

static void keep(struct published *p, struct look *look)
{
    free(p->description.reservations);
    free(p->runs);
    p->description = look->description;
    p->runs = look->runs.runs;
    p->has_description = true;
    look->description.reservations = NULL;
    look->runs.runs = NULL;
}

enum published_state published_read_file(struct published *p, int file, uint64_t process,
                                         uint64_t start)
{
    struct look look = {.file = file, .bits_left = PUBLISHED_BITS_MAX, .seeks_left = SEEKS_MAX};
    enum published_state state = read_header(p, &look, process, start);
    if (state != PUBLISHED_READ)
        return state;
    look.block = malloc(BLOCK_BYTES);
    enum outcome outcome = look.block ? take_all(&look) : NO_MEMORY;
    if (outcome == DONE)
        keep(p, &look);
    free(look.description.reservations);
    free(look.runs.runs);
    free(look.places);
    free(look.block);
    if (outcome == NO_MEMORY)
        return fail_memory(p);
    return outcome == DONE ? PUBLISHED_READ : fail_damaged(p, "it cannot be read to its end");
}

/* ---- finding it ----------------------------------------------------------------------------- */

/* A file of /proc as text; false: it cannot be read. */
static bool read_text(const char *path, char *text, size_t text_bytes)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    size_t length = 0;
    ssize_t got;
    while (length < text_bytes - 1 &&
           (got = read(file, text + length, text_bytes - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    (void)close(file); /* was only read */
    return length > 0;
}

/* Who the process is: its number as it sees itself, in a container perhaps, and its start. */
struct identity {
    uint64_t process, start;
};

/* Field 22, counted from behind the name, which may hold anything. */
static uint64_t start_in(const char *stat_text)
{
    enum { FIRST_BEHIND_NAME = 2, START = 22 };
    const char *at = strrchr(stat_text, ')');
    for (int field = FIRST_BEHIND_NAME; at && field < START; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at, NULL, 10) : 0;
}

/* The last number of "NSpid:\t1234\t7\n" is the innermost one. */
static uint64_t number_in(const char *status_text, uint64_t otherwise)
{
    const char *line = strstr(status_text, "\nNSpid:");
    if (!line)
        return otherwise;
    line++;
    const char *end = strchr(line, '\n');
    for (const char *at = line; (at = strchr(at, '\t')) && (!end || at < end); at++)
        otherwise = strtoull(at + 1, NULL, 10);
    return otherwise;
}

static bool identify(const struct published *p, struct identity *identity)
{
    char path[PATH_BYTES + 32], text[8192];
    snprintf(path, sizeof path, "%s/%d/stat", p->folder, (int)p->process);
    if (!read_text(path, text, sizeof text))
        return false;
    identity->start = start_in(text);
    identity->process = (uint64_t)p->process;
    snprintf(path, sizeof path, "%s/%d/status", p->folder, (int)p->process);
    if (read_text(path, text, sizeof text))
        identity->process = number_in(text, identity->process);
    return true;
}

static bool leads_to_one(const char *path)
{
    char target[sizeof STEPPE_PUBLISHED_LINK];
    ssize_t length = readlink(path, target, sizeof target);
    return length == (ssize_t)sizeof target - 1 &&
           !memcmp(target, STEPPE_PUBLISHED_LINK, sizeof target - 1);
}

/* Is what we have open still what the process has there? After exec it is not. */
static bool is_still_there(const struct published *p)
{
    struct stat ours, theirs;
    return p->file >= 0 && leads_to_one(p->path) && fstat(p->file, &ours) == 0 &&
           stat(p->path, &theirs) == 0 && ours.st_ino == theirs.st_ino &&
           ours.st_dev == theirs.st_dev;
}

static void forget_file(struct published *p)
{
    if (p->file >= 0)
        (void)close(p->file); /* was only read */
    p->file = -1;
}

/* NONE: it is none, or another process's. Not to wait for whoever writes into a pipe of that name.
 */
static enum published_state try_file(struct published *p, const char *path,
                                     const struct identity *identity)
{
    if (!leads_to_one(path))
        return PUBLISHED_NONE;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return errno == ENOENT ? PUBLISHED_NONE
                               : fail(p, "what process %d publishes cannot be opened: %s",
                                      (int)p->process, strerror(errno));
    enum published_state state = published_read_file(p, file, identity->process, identity->start);
    if (state != PUBLISHED_READ) {
        (void)close(file); /* was only read */
        return state;
    }
    forget_file(p);
    p->file = file;
    snprintf(p->path, sizeof p->path, "%s", path);
    return PUBLISHED_READ;
}

/* Others may lie beside its own: children inherit descriptors. */
static enum published_state search(struct published *p, DIR *list, const struct identity *identity)
{
    char path[PATH_BYTES];
    enum published_state worst = PUBLISHED_NONE;
    struct dirent *entry;
    for (int count = 0; count < DESCRIPTORS_MAX && (entry = readdir(list)); count++) {
        int length =
            snprintf(path, sizeof path, "%s/%d/fd/%s", p->folder, (int)p->process, entry->d_name);
        if (entry->d_name[0] == '.' || length < 0 || (size_t)length >= sizeof path)
            continue;
        enum published_state state = try_file(p, path, identity);
        if (state == PUBLISHED_READ)
            return state;
        if (state != PUBLISHED_NONE)
            worst = state;
    }
    return worst;
}

static enum published_state find(struct published *p, const struct identity *identity)
{
    char path[PATH_BYTES + 32];
    snprintf(path, sizeof path, "%s/%d/fd", p->folder, (int)p->process);
    DIR *list = opendir(path);
    if (!list && (errno == ENOENT || errno == ESRCH))
        return PUBLISHED_ENDED;
    if (!list)
        return fail(p,
                    "what process %d publishes cannot be looked for: %s; its owner may, and root",
                    (int)p->process, strerror(errno));
    enum published_state state = search(p, list, identity);
    (void)closedir(list); /* was only read */
    return state;
}

/* ---- outside -------------------------------------------------------------------------------- */

struct published *published_open(pid_t process, const char *folder)
{
    struct published *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->process = process;
    p->file = -1;
    int length = snprintf(p->folder, sizeof p->folder, "%s", folder ? folder : "/proc");
    if (length < 0 || (size_t)length >= sizeof p->folder) {
        free(p);
        return NULL;
    }
    return p;
}

void published_close(struct published *p)
{
    if (!p)
        return;
    forget_file(p);
    free(p->description.reservations);
    free(p->runs);
    free(p);
}

enum published_state published_read(struct published *p)
{
    struct identity identity;
    if (!identify(p, &identity))
        return PUBLISHED_ENDED;
    if (is_still_there(p)) {
        enum published_state state =
            published_read_file(p, p->file, identity.process, identity.start);
        if (state != PUBLISHED_NONE)
            return state;
    }
    forget_file(p);
    return find(p, &identity);
}

const struct published_description *published_description(const struct published *p)
{
    return p->has_description ? &p->description : NULL;
}

const char *published_problem(const struct published *p)
{
    return p->problem;
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static json_t *number(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *limit(uint64_t value)
{
    return value == STEPPE_NO_LIMIT ? json_null() : number(value);
}

static json_t *hexadecimal(uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "0x%" PRIx64, value);
    return json_string(text);
}

/* Takes the member, and tells whether all is well so far. */
static bool put(json_t *object, const char *name, json_t *member)
{
    return json_object_set_new(object, name, member) == 0;
}

static json_t *runs_json(const struct published_runs *runs)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < runs->count; i++) {
        json_t *run = json_array();
        bool is_done = run && json_array_append_new(run, number(runs->runs[i].first)) == 0 &&
                       json_array_append_new(run, number(runs->runs[i].count)) == 0 &&
                       json_array_append(array, run) == 0;
        json_decref(run);
        if (!is_done) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static uint64_t fault_count(const uint64_t *counts)
{
    uint64_t sum = 0;
    for (int count = 0; count <= STEPPE_PUBLISHED_FAULT_NOTE; count++)
        if (__builtin_add_overflow(sum, counts[count], &sum))
            return UINT64_MAX;
    return sum;
}

static const char *policy_name(uint32_t on_fault)
{
    static const char *const names[] = {
        [STEPPE_RAISE] = "raise", [STEPPE_COMMIT] = "commit", [STEPPE_ASK] = "ask"};
    return on_fault < sizeof names / sizeof *names ? names[on_fault] : "?";
}

static const char *kind_name(enum steppe_published_kind kind)
{
    return kind == STEPPE_PUBLISHED_SLOTS        ? "slots"
           : kind == STEPPE_PUBLISHED_SLOTS_BITS ? "slots-bits"
                                                 : "plain";
}

static json_t *protection_json(uint32_t protection)
{
    static const char *const names[] = {"rw", "r", "-", "x", "rx", "rwx"};
    uint32_t plain = protection & ~(uint32_t)STEPPE_GUARD;
    char text[16];
    snprintf(text, sizeof text, "%s%s", plain < sizeof names / sizeof *names ? names[plain] : "?",
             protection & STEPPE_GUARD ? "+guard" : "");
    return json_string(text);
}

static json_t *budget_json(const struct published_reservation *r)
{
    if (!r->has_budget)
        return json_null();
    json_t *object = json_object();
    if (put(object, "charged_bytes", number(r->budget.committed_bytes)) &&
        put(object, "limit_bytes", limit(r->budget.limit_bytes)))
        return object;
    json_decref(object);
    return NULL;
}

static json_t *slots_json(const struct published_reservation *r)
{
    if (!r->has_slots)
        return json_null();
    json_t *object = json_object();
    if (put(object, "start", hexadecimal(r->slots_base)) &&
        put(object, "slot_bytes", number(r->slot_bytes)) &&
        put(object, "slot_max", number(r->slot_max)) &&
        put(object, "slot_count", r->has_slot_bits ? number(r->slot_count) : json_null()) &&
        put(object, "in_use", runs_json(&r->in_use)))
        return object;
    json_decref(object);
    return NULL;
}

static bool put_counts(json_t *object, const uint64_t *counts)
{
    return put(object, "fault_count", number(fault_count(counts))) &&
           put(object, "fault_commit_count", number(counts[STEPPE_PUBLISHED_FAULT_COMMIT])) &&
           put(object, "commit_count", number(counts[STEPPE_PUBLISHED_COMMIT])) &&
           put(object, "decommit_count", number(counts[STEPPE_PUBLISHED_DECOMMIT])) &&
           put(object, "refused_count", number(counts[STEPPE_PUBLISHED_REFUSED])) &&
           put(object, "os_call_count", number(counts[STEPPE_PUBLISHED_OS_CALL]));
}

static bool put_charge(json_t *object, const steppe_published_charge *charge)
{
    return put(object, "committed_bytes", number(charge->committed_bytes)) &&
           put(object, "committed_peak_bytes", number(charge->committed_peak_bytes)) &&
           put(object, "limit_bytes", limit(charge->limit_bytes));
}

static json_t *reservation_json(const struct published_reservation *r)
{
    json_t *object = json_object();
    const char *mechanism = steppe_mechanism_name((steppe_mechanism)r->mechanism);
    if (put(object, "name", json_string(r->name)) && put(object, "start", hexadecimal(r->base)) &&
        put(object, "size_bytes", number(r->size_bytes)) &&
        put(object, "page_bytes", number(r->page_bytes)) &&
        put(object, "tag", hexadecimal(r->tag)) &&
        put(object, "kind", json_string(kind_name(r->kind))) &&
        put(object, "mechanism", json_string(mechanism)) &&
        put(object, "policy", json_string(policy_name(r->on_fault))) &&
        put(object, "protection", protection_json(r->protection)) &&
        put_charge(object, &r->charge) && put(object, "budget", budget_json(r)) &&
        put_counts(object, r->counts) && put(object, "committed", runs_json(&r->committed)) &&
        put(object, "slots", slots_json(r)))
        return object;
    json_decref(object);
    return NULL;
}

static json_t *reservations_json(const struct published_description *d)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < d->reservation_count; i++)
        if (json_array_append_new(array, reservation_json(&d->reservations[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

struct json_t *published_json(const struct published_description *d)
{
    json_t *object = json_object();
    uint64_t count = d->reservation_count;
    if (__builtin_add_overflow(count, d->not_described_count, &count))
        count = UINT64_MAX;
    if (put_charge(object, &d->charge) && put_counts(object, d->counts) &&
        put(object, "reservation_count", number(count)) &&
        put(object, "not_described_count", number(d->not_described_count)) &&
        put(object, "missing_page_count", number(d->missing_page_count)) &&
        put(object, "torn_count", number(d->torn_count)) &&
        put(object, "damaged_count", number(d->damaged_count)) &&
        put(object, "is_cut", json_boolean(d->is_cut)) &&
        put(object, "reservations", reservations_json(d)))
        return object;
    json_decref(object);
    return NULL;
}
