/* SPDX-License-Identifier: MIT */
/*
 * collect_model.c - random operations on arrays of structures, and steppe_collect against a model
 * that decides page by page in the dullest way there is: all bytes of an array, and for each page
 * whether it is committed and how it is protected. After each operation the charge, after each
 * collection all pages and some bytes must be those of the model; now and then everything is
 * compared.
 *
 * Options and replay: tests/support/random.h.
 */
#define _GNU_SOURCE 1

#include <stdlib.h>
#include <string.h>

#include <steppe/collect.h>

#include "../support/random.h"

enum {
    ARRAY_COUNT = 5,
    PAGES_USUAL = 120,
    PAGES_MANY = 600,           /* more ranges than go into one decommit */
    STRUCTURES_USUAL = 6000,    /* the model looks at each of them at each collection */
    HOT_COUNT = 6,              /* structures that are chosen more often than others */
    CHANGE_BYTES_MAX = 1 << 20, /* put to use, or cleared, at once */
    FULL_EVERY = 20000
};

/* ---- the model --------------------------------------------------------------------------------
 */

struct page {
    bool committed, stays;
    uint8_t protection;
};

struct array {
    uint8_t *base; /* of the reservation; NULL: none */
    size_t page_bytes, page_count;
    bool commits_by_fault; /* and just the page that is touched */
    uint64_t charge_bytes;
    steppe_collection what;
    size_t look_offset_bytes, look_bytes; /* of the flag, or of what the callback reads */
    uint8_t *bytes;                       /* zero where not committed */
    struct page *pages;
};

static struct array arrays[ARRAY_COUNT];
static size_t page;
static bool choose_mechanisms;

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t number_of(const struct array *array)
{
    return (size_t)(array - arrays);
}

/* Where structure index begins in the reservation. */
static size_t offset_of(const struct array *array, size_t index)
{
    return (size_t)((uint8_t *)array->what.base - array->base) +
           index * array->what.structure_bytes;
}

static size_t look_at(const struct array *array, size_t index)
{
    return offset_of(array, index) + array->look_offset_bytes;
}

static bool is_readable(const struct page *of)
{
    return of->committed && of->protection != STEPPE_NO_ACCESS && !(of->protection & STEPPE_GUARD);
}

static void model_commit(struct array *array, size_t first_byte, size_t end_byte)
{
    size_t end = (end_byte - 1) / array->page_bytes + 1;
    for (size_t at = first_byte / array->page_bytes; at < end; at++) {
        array->charge_bytes += array->pages[at].committed ? 0 : array->page_bytes;
        array->pages[at] = (struct page){.committed = true, .protection = STEPPE_READ_WRITE};
    }
}

static void model_decommit(struct array *array, size_t at)
{
    if (!array->pages[at].committed)
        return;
    array->pages[at] = (struct page){0};
    array->charge_bytes -= array->page_bytes;
    memset(array->bytes + at * array->page_bytes, 0, array->page_bytes);
}

static bool looks_alive(const uint8_t *looked_at, size_t size_bytes)
{
    return looked_at[0] == 1 || looked_at[size_bytes - 1] == 1;
}

static bool is_in_use(const struct array *array, size_t index)
{
    size_t first = look_at(array, index), end = first + array->look_bytes;
    bool is_whole = true, is_set = false;
    for (size_t at = first / array->page_bytes; at <= (end - 1) / array->page_bytes; at++) {
        if (array->pages[at].committed && !is_readable(&array->pages[at]))
            return true;
        is_whole &= array->pages[at].committed;
    }
    for (size_t i = first; i < end && !is_set; i++)
        is_set = array->bytes[i];
    if (!is_set || !array->what.is_in_use || !is_whole)
        return is_set;
    return looks_alive(array->bytes + first, array->look_bytes);
}

static void find_what_stays(struct array *array)
{
    size_t first_byte = offset_of(array, 0), end_byte = offset_of(array, array->what.count);
    for (size_t at = 0; at < array->page_count; at++)
        array->pages[at].stays =
            at * array->page_bytes < first_byte || (at + 1) * array->page_bytes > end_byte;
    for (size_t i = 0; i < array->what.count; i++) {
        if (!is_in_use(array, i))
            continue;
        size_t last = (offset_of(array, i + 1) - 1) / array->page_bytes;
        for (size_t at = offset_of(array, i) / array->page_bytes; at <= last; at++)
            array->pages[at].stays = true;
    }
}

/* After find_what_stays. How many pages go; *next_page as the call keeps it. */
static size_t model_collect(struct array *array, size_t page_max, size_t *next_page)
{
    size_t first = (offset_of(array, 0) + array->page_bytes - 1) / array->page_bytes;
    size_t end = offset_of(array, array->what.count) / array->page_bytes;
    size_t count = end > first ? end - first : 0, gone = 0;
    size_t start = page_max && *next_page < count ? *next_page : 0;
    if (!array->what.count)
        return 0;
    *next_page = 0;
    for (size_t i = 0; i < count; i++) {
        size_t at = first + (start + i) % count;
        if (!array->pages[at].committed || array->pages[at].stays)
            continue;
        model_decommit(array, at);
        if (++gone < page_max || !page_max)
            continue;
        *next_page = (at - first + 1) % count;
        return gone;
    }
    return gone;
}

/* ---- comparing --------------------------------------------------------------------------------
 */

static void compare_charges(void)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < ARRAY_COUNT; i++)
        sum += arrays[i].charge_bytes;
    agree_equal(steppe_budget_charged_bytes(steppe_process_budget()), sum);
}

static void compare_bytes(const struct array *array, size_t at)
{
    size_t offset = at * array->page_bytes;
    if (!is_readable(&array->pages[at]))
        return;
    for (size_t i = offset; i < offset + array->page_bytes; i++) {
        size_t left = offset + array->page_bytes - i;
        if (memcmp(array->base + i, array->bytes + i, left) == 0)
            return;
        agree(load(array->base + i) == array->bytes[i], "byte %#zx is %#x, not %#x", i,
              load(array->base + i), array->bytes[i]);
    }
}

static void compare_pages(const struct array *array)
{
    size_t at = 0;
    for (steppe_run run = steppe_first_run(array->base); run.size_bytes;
         run = steppe_next_run(run)) {
        agree(run.base == array->base + at * array->page_bytes, "the walk at page %zu", at);
        for (size_t end = at + run.size_bytes / array->page_bytes; at < end; at++) {
            const struct page *wanted = &array->pages[at];
            agree((run.state == STEPPE_COMMITTED) == wanted->committed,
                  "page %zu of array %zu is %s", at, number_of(array),
                  steppe_state_name(run.state));
            agree(!wanted->committed || run.protection == wanted->protection,
                  "page %zu of array %zu is %s, not %s", at, number_of(array),
                  steppe_protection_name(run.protection),
                  steppe_protection_name(wanted->protection));
        }
    }
    agree_equal(at, array->page_count);
    agree_equal(steppe_reservation_of(array->base).committed_bytes, array->charge_bytes);
}

static void compare_everything(void)
{
    size_t wanted = 0;
    for (size_t i = 0; i < ARRAY_COUNT; i++) {
        if (!arrays[i].base)
            continue;
        wanted++;
        compare_pages(&arrays[i]);
        for (size_t at = 0; at < arrays[i].page_count; at++)
            compare_bytes(&arrays[i], at);
    }
    agree_equal(reservation_count(), wanted);
    compare_charges();
}

/* ---- making -----------------------------------------------------------------------------------
 */

/* All of it may be read: a byte of every page is. */
static bool callback(const void *structure, size_t index, void *context)
{
    const struct array *array = context;
    agree(index < array->what.count && structure == array->base + offset_of(array, index),
          "asked for %zu at %p", index, structure);
    size_t first = look_at(array, index), end = first + array->look_bytes;
    for (size_t i = first; i < end; i = (i / array->page_bytes + 1) * array->page_bytes) {
        agree(is_readable(&array->pages[i / array->page_bytes]), "asked for half of %zu", index);
        agree(load(array->base + i) == array->bytes[i], "byte %#zx", i);
    }
    return looks_alive(array->base + first, array->look_bytes);
}

static size_t some_structure_bytes(void)
{
    const size_t sizes[] = {24,       96,           100,      1000,     2048,         3000,
                            page - 1, page,         page + 1, 2 * page, 3 * page / 4, page / 2 + 8,
                            5 * page, 5 * page + 7, 3 * page, 13 * page};
    switch (below(6)) {
    case 0:
        return 1 + below(16);
    case 1:
        return (size_t)16 << below(9);
    case 2:
        return 1 + below(3 * page);
    case 3:
        return page + below(40 * page);
    default:
        return pick(sizes);
    }
}

static void choose_flag(struct array *array)
{
    steppe_collection *what = &array->what;
    do
        what->flag_bytes = (size_t)1 << below(4);
    while (what->flag_bytes > what->structure_bytes);
    what->flag_offset_bytes = below(what->structure_bytes - what->flag_bytes + 1);
    if (one_in(2))
        what->flag_offset_bytes -= what->flag_offset_bytes % what->flag_bytes;
    array->look_offset_bytes = what->flag_offset_bytes;
    array->look_bytes = what->flag_bytes;
}

static void choose_callback(struct array *array)
{
    steppe_collection *what = &array->what;
    what->is_in_use = callback;
    what->context = array;
    what->look_offset_bytes = one_in(3) ? 0 : below(what->structure_bytes);
    array->look_offset_bytes = what->look_offset_bytes;
    array->look_bytes = what->structure_bytes - what->look_offset_bytes;
    if (!one_in(4))
        array->look_bytes = 1 + below(smaller(array->look_bytes, one_in(3) ? SIZE_MAX : 24));
    what->look_bytes = array->look_bytes;
}

/* An array of the size, or of a part of it, somewhere in it. */
static void choose_place(struct array *array, size_t size_bytes)
{
    size_t each = array->what.structure_bytes, room = size_bytes - each;
    size_t offset = one_in(2) ? 0 : below(room + 1);
    if (one_in(2))
        offset %= 2 * page;
    array->what.base = array->base + offset;
    array->what.count = (size_bytes - offset) / each;
    if (one_in(4))
        array->what.count = below(array->what.count + 1);
}

static size_t some_size_bytes(size_t structure_bytes)
{
    size_t pages = 1 + below(one_in(8) ? PAGES_MANY : PAGES_USUAL), size_bytes = pages * page;
    if (!one_in(50))
        size_bytes = smaller(size_bytes, STRUCTURES_USUAL * structure_bytes);
    return size_bytes < structure_bytes ? structure_bytes : size_bytes;
}

static void do_make(struct array *array)
{
    const size_t unit_counts[] = {1, 1, 1, 1, 1, 2, 4, 16};
    bool is_big = one_in(100), is_strict = one_in(2), is_committing = one_in(2);
    *array = (struct array){.page_bytes = page * pick(unit_counts)};
    if (one_in(100))
        array->page_bytes = 2 * STEPPE_MIB;
    size_t each = is_big ? STEPPE_MIB / 4 + below(4 * STEPPE_MIB) : some_structure_bytes();
    size_t size_bytes = is_big ? each + below(12 * STEPPE_MIB) : some_size_bytes(each);
    array->page_count = (size_bytes + array->page_bytes - 1) / array->page_bytes;
    size_bytes = array->page_count * array->page_bytes;
    array->commits_by_fault = is_strict && is_committing;
    steppe_options chosen = {.on_fault = is_committing ? STEPPE_COMMIT : STEPPE_RAISE,
                             .strict = is_strict,
                             .page_bytes = array->page_bytes,
                             .write_watch = one_in(8),
                             .name = "model"};
    if (choose_mechanisms)
        chosen.mechanism = (steppe_mechanism)below(STEPPE_MECHANISM_UFFD + 1);
    if (!steppe_mechanism_is_available(chosen.mechanism))
        chosen.mechanism = STEPPE_MECHANISM_BEST;
    array->base = steppe_reserve(size_bytes, &chosen);
    array->bytes = calloc(1, size_bytes);
    array->pages = calloc(array->page_count, sizeof *array->pages);
    agree(array->base && array->bytes && array->pages);
    array->what.structure_bytes = each;
    choose_place(array, size_bytes);
    if (one_in(3))
        choose_callback(array);
    else
        choose_flag(array);
    remember(
        "make array %zu: %zu pages of %#zx, %zu structures of %zu bytes at %#zx, %s %zu at %zu",
        number_of(array), array->page_count, array->page_bytes, array->what.count, each,
        offset_of(array, 0), array->what.is_in_use ? "callback" : "flag", array->look_bytes,
        array->look_offset_bytes);
}

static void do_free(struct array *array)
{
    remember("release array %zu", number_of(array));
    compare_pages(array);
    agree(steppe_release(array->base) == STEPPE_OK);
    agree(!array->what.count || steppe_collect(&array->what, 0, NULL) == STEPPE_E_NOT_RESERVED);
    free(array->bytes);
    free(array->pages);
    *array = (struct array){0};
}

/* ---- structures -------------------------------------------------------------------------------
 */

static size_t some_index(const struct array *array)
{
    size_t count = array->what.count;
    if (one_in(2))
        return below(count);
    return (count / 3 + below(HOT_COUNT)) % count;
}

/* Of structures from index on, how many are changed. */
static size_t some_count(const struct array *array, size_t index)
{
    size_t count = one_in(8) ? 1 + below(40) : 1, each = array->what.structure_bytes;
    if (one_in(40))
        count = array->what.count;
    count = smaller(count, 1 + CHANGE_BYTES_MAX / 4 / each);
    return smaller(count, array->what.count - index);
}

static void do_commit_bytes(struct array *array, size_t first_byte, size_t end_byte)
{
    agree(steppe_commit(array->base + first_byte, end_byte - first_byte) == STEPPE_OK, "%s",
          steppe_last_message());
    model_commit(array, first_byte, end_byte);
}

/* Where the page can be written, or comes by itself. */
static void write_byte(struct array *array, size_t offset, uint8_t value)
{
    struct page *of = &array->pages[offset / array->page_bytes];
    if (!of->committed && array->commits_by_fault && value)
        model_commit(array, offset, offset + 1);
    if (!of->committed || of->protection != STEPPE_READ_WRITE)
        return;
    array->bytes[offset] = value;
    store(array->base + offset, value);
}

/* All of it is committed, or what says that it is in use, or what comes by touching it. */
static void use(struct array *array, size_t index)
{
    size_t first = look_at(array, index), end = first + array->look_bytes;
    if (one_in(2))
        do_commit_bytes(array, offset_of(array, index), offset_of(array, index + 1));
    else if (!array->commits_by_fault || one_in(2))
        do_commit_bytes(array, first, end);
    if (array->what.is_in_use)
        write_byte(array, one_in(2) ? first : end - 1, 1);
    else
        write_byte(array, first + below(end - first), (uint8_t)(1 + below(255)));
    size_t any = offset_of(array, index) + below(array->what.structure_bytes);
    if (any < first || any >= end)
        write_byte(array, any, (uint8_t)below(256));
}

static void clear(struct array *array, size_t index)
{
    size_t first = look_at(array, index), end = first + array->look_bytes;
    if (array->what.is_in_use && one_in(2)) { /* something stands there still */
        write_byte(array, first + below(end - first), 2);
        write_byte(array, first, 2 * (uint8_t)below(2));
        write_byte(array, end - 1, 2 * (uint8_t)below(2));
        return;
    }
    for (size_t i = first; i < end; i++)
        if (array->bytes[i])
            write_byte(array, i, 0);
}

static void do_use(struct array *array)
{
    if (!array->what.count)
        return;
    size_t index = some_index(array), count = some_count(array, index);
    remember("use %zu from %zu of array %zu", count, index, number_of(array));
    for (size_t i = 0; i < count; i++)
        use(array, index + i);
}

static void do_clear(struct array *array)
{
    if (!array->what.count)
        return;
    size_t index = some_index(array), count = some_count(array, index);
    if (one_in(10)) {
        index = one_in(2) ? 0 : index;
        count = array->what.count - index;
    }
    remember("clear %zu from %zu of array %zu", count, index, number_of(array));
    for (size_t i = 0; i < count; i++)
        clear(array, index + i);
}

/* ---- pages ------------------------------------------------------------------------------------
 */

static void some_pages(const struct array *array, size_t *first, size_t *end)
{
    size_t most = smaller(array->page_count, 1 + CHANGE_BYTES_MAX / array->page_bytes);
    *first = below(array->page_count);
    *end = smaller(*first + 1 + below(one_in(2) ? 3 : most), array->page_count);
}

/* Whatever the structures there say, with rubbish that callbacks do not take for a sign. */
static void do_commit(struct array *array)
{
    size_t first, end;
    some_pages(array, &first, &end);
    remember("commit pages %zu..%zu of array %zu", first, end, number_of(array));
    do_commit_bytes(array, first * array->page_bytes, end * array->page_bytes);
    for (size_t i = below(4); i > 0; i--)
        write_byte(array, first * array->page_bytes + below((end - first) * array->page_bytes),
                   (uint8_t)(2 * below(3)));
}

static void do_decommit(struct array *array)
{
    size_t first, end;
    some_pages(array, &first, &end);
    remember("decommit pages %zu..%zu of array %zu", first, end, number_of(array));
    agree(steppe_decommit(array->base + first * array->page_bytes,
                          (end - first) * array->page_bytes) == STEPPE_OK);
    for (size_t at = first; at < end; at++)
        model_decommit(array, at);
}

static void protect_page(struct array *array, size_t at, steppe_protection protection)
{
    agree(steppe_protect(array->base + at * array->page_bytes, 1, protection, NULL) == STEPPE_OK);
    array->pages[at].protection = (uint8_t)protection;
}

static void do_protect(struct array *array)
{
    const steppe_protection some[] = {STEPPE_READ_WRITE,   STEPPE_READ_ONLY,
                                      STEPPE_NO_ACCESS,    STEPPE_READ_WRITE | STEPPE_GUARD,
                                      STEPPE_EXECUTE_READ, STEPPE_READ_ONLY | STEPPE_GUARD};
    steppe_protection protection = pick(some);
    size_t first, end;
    some_pages(array, &first, &end);
    end = smaller(end, first + 4);
    remember("protect pages %zu..%zu of array %zu: %s", first, end, number_of(array),
             steppe_protection_name(protection));
    for (size_t at = first; at < end; at++)
        if (array->pages[at].committed)
            protect_page(array, at, protection);
}

/* In use by turns, so that pages that go lie in many places; and now and then each page is a run of
 * its own. */
static void do_stripes(struct array *array)
{
    size_t step = 2 + below(1 + 3 * array->page_bytes / array->what.structure_bytes);
    size_t first_byte = offset_of(array, 0), end_byte = offset_of(array, array->what.count);
    bool is_mixed = one_in(4);
    if (!array->what.count)
        return;
    remember("use every %zuth of array %zu", step, number_of(array));
    do_commit_bytes(array, first_byte, end_byte);
    for (size_t i = 0; i < array->what.count; i++)
        clear(array, i);
    for (size_t i = below(step); i < array->what.count; i += step)
        use(array, i);
    for (size_t at = first_byte / array->page_bytes; is_mixed && at < array->page_count; at += 2)
        if (array->pages[at].committed)
            protect_page(array, at, STEPPE_READ_ONLY);
}

/* ---- collecting -------------------------------------------------------------------------------
 */

static void do_collect(struct array *array)
{
    const size_t limits[] = {1, 5, 20, PAGES_MANY};
    size_t page_max = one_in(2) ? 0 : 1 + below(pick(limits)), page_count = SIZE_MAX;
    bool asks = !one_in(8);
    if (one_in(20))
        array->what.next_page = one_in(2) ? below(2 * array->page_count) : SIZE_MAX;
    size_t next_page = array->what.next_page;
    remember("collect %zu pages of array %zu from page %zu", page_max, number_of(array), next_page);
    find_what_stays(array);
    agree(steppe_collect(&array->what, page_max, asks ? &page_count : NULL) == STEPPE_OK);
    size_t wanted = model_collect(array, page_max, &next_page);
    compare_pages(array);
    agree(!asks || page_count == wanted, "%zu pages went, not %zu", page_count, wanted);
    agree_equal(array->what.next_page, next_page);
    for (int i = 0; i < 3; i++)
        compare_bytes(array, below(array->page_count));
}

static void do_nonsense(struct array *array)
{
    steppe_collection bad = array->what;
    size_t page_count = 1, end_bytes = array->page_count * array->page_bytes;
    remember("nonsense about array %zu", number_of(array));
    bad.count = (end_bytes - offset_of(array, 0)) / bad.structure_bytes + 1;
    agree(steppe_collect(&bad, below(3), &page_count) == STEPPE_E_OUTSIDE && !page_count);
    bad = array->what;
    bad.is_in_use = bad.flag_bytes ? callback : NULL;
    agree(steppe_collect(&bad, below(3), NULL) == STEPPE_E_OPTION);
    bad.structure_bytes = 0;
    agree(steppe_collect(&bad, below(3), NULL) == STEPPE_E_SIZE);
}

static void do_operation(void)
{
    struct array *array = &arrays[below(ARRAY_COUNT)];
    uint64_t dice = below(1000);
    if (!array->base)
        do_make(array);
    else if (dice < 4)
        do_free(array);
    else if (dice < 8)
        do_nonsense(array);
    else if (dice < 12)
        do_stripes(array);
    else if (dice < 60)
        do_commit(array);
    else if (dice < 110)
        do_decommit(array);
    else if (dice < 140)
        do_protect(array);
    else if (dice < 300)
        do_collect(array);
    else if (dice < 650)
        do_clear(array);
    else
        do_use(array);
    compare_charges();
}

/* ---- running ----------------------------------------------------------------------------------
 */

static void start(void)
{
    page = steppe_page_bytes();
    choose_mechanisms = !getenv("STEPPE_MECHANISM");
}

static void finish(void)
{
    compare_everything();
    for (size_t i = 0; i < ARRAY_COUNT; i++)
        if (arrays[i].base)
            do_free(&arrays[i]);
    compare_everything();
}

int main(int argc, char **argv)
{
    static const struct random_test test = {
        .name = "random collections agree with the model",
        .compare_every = FULL_EVERY,
        .start = start,
        .operate = do_operation,
        .compare = compare_everything,
        .finish = finish,
    };
    return random_main(argc, argv, &test, NULL);
}
