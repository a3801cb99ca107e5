/* SPDX-License-Identifier: MIT */
/*
 * file.c - what steppe/file.h promises: what comes back is what was saved, in every shape and by
 * every strategy; whatever is wrong with a file or with writing one leaves everything as it was.
 *
 * STEPPE_FILE_SEED=n plays the corruptions by chance again.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define slots_options(...) (&(steppe_slots_options){__VA_ARGS__})

enum { HEADER_BYTES = 4096, STRATEGIES = 4 };

static size_t page;
static char folder[64], path[96];

/* ---- helpers ----------------------------------------------------------------------------------
 */

static void setup(void)
{
    page = steppe_page_bytes();
    /* In memory where there is such a place: disks are slow at thousands of files. */
    strcpy(folder, access("/dev/shm", W_OK) == 0 ? "/dev/shm/steppe-file-XXXXXX"
                                                 : "/tmp/steppe-file-XXXXXX");
    require(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/it", folder);
}

static size_t files_in_folder(void)
{
    size_t count = 0;
    DIR *opened = opendir(folder);
    require(opened);
    for (struct dirent *entry; (entry = readdir(opened));)
        count += entry->d_name[0] != '.';
    require(closedir(opened) == 0);
    return count;
}

/* Whatever a test did, no file of ours is left beside the one it made. */
static void teardown(void)
{
    size_t left = files_in_folder();
    require(unlink(path) == 0 || errno == ENOENT);
    require(left <= 1, "%zu files", left);
    require(rmdir(folder) == 0);
}

static uint8_t *make(size_t slot_bytes, uint64_t slot_max, const steppe_slots_options *with)
{
    uint8_t *slots = steppe_slots_make(slot_bytes, slot_max, with);
    require(slots, "%zu bytes, %llu slots", slot_bytes, (unsigned long long)slot_max);
    return slots;
}

static uint8_t byte_of(uint64_t slot, uint64_t at)
{
    return (uint8_t)(1 + (slot * 31 + at * 7) % 255);
}

static void fill(uint8_t *slots, size_t slot_bytes, uint64_t index)
{
    uint8_t *slot = steppe_slots_use(slots, index);
    require(slot, "slot %llu", (unsigned long long)index);
    for (size_t i = 0; i < slot_bytes; i++)
        slot[i] = byte_of(index, i);
}

static void fill_range(uint8_t *slots, size_t slot_bytes, uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        fill(slots, slot_bytes, first + i);
}

static void require_same_slots(const uint8_t *one, const uint8_t *other, size_t slot_bytes)
{
    require_equal(steppe_slots_max(other), steppe_slots_max(one));
    require_equal(steppe_slots_count(other), steppe_slots_count(one));
    uint64_t from = 0;
    for (;;) {
        steppe_slots_run left = steppe_slots_next_run(one, from);
        steppe_slots_run right = steppe_slots_next_run(other, from);
        require_equal(right.first, left.first);
        require_equal(right.count, left.count);
        if (!left.count)
            return;
        require(memcmp(one + left.first * slot_bytes, other + left.first * slot_bytes,
                       left.count * slot_bytes) == 0,
                "slots from %llu on", (unsigned long long)left.first);
        from = left.first + left.count;
    }
}

static struct stat status_of(const char *which)
{
    struct stat status;
    require(stat(which, &status) == 0, "%s: %s", which, strerror(errno));
    return status;
}

/* The file's bytes; to be freed. */
static uint8_t *read_file(size_t *size_bytes)
{
    *size_bytes = (size_t)status_of(path).st_size;
    uint8_t *bytes = malloc(*size_bytes + 1);
    FILE *file = fopen(path, "rb");
    require(bytes && file && fread(bytes, 1, *size_bytes, file) == *size_bytes);
    require(fclose(file) == 0);
    return bytes;
}

static void write_file(const uint8_t *bytes, size_t size_bytes)
{
    FILE *file = fopen(path, "wb");
    require(file && fwrite(bytes, 1, size_bytes, file) == size_bytes && fclose(file) == 0);
}

static void write_text(const char *text)
{
    write_file((const uint8_t *)text, strlen(text));
}

static void require_text(const char *text)
{
    size_t size_bytes;
    uint8_t *bytes = read_file(&size_bytes);
    require(size_bytes == strlen(text) && memcmp(bytes, text, size_bytes) == 0);
    free(bytes);
}

static uint8_t *load_slots(size_t slot_bytes, const steppe_slots_options *with)
{
    uint8_t *slots = steppe_slots_load_from(slot_bytes, path, with);
    require(slots, "%s", steppe_last_message());
    return slots;
}

/* As require_null, for what the macros name otherwise. */
#define require_no_load(call, status)                                                              \
    do {                                                                                           \
        require(!(call));                                                                          \
        require_equal(steppe_last_status(), (status));                                             \
        require(strstr(steppe_last_message(), "_load: ") && strstr(#call, "_load_from"), "%s",     \
                steppe_last_message());                                                            \
    } while (0)

/* ---- round trips ------------------------------------------------------------------------------
 */

static const size_t sizes[] = {1, 7, 64, 100, 4096, 4097, 5000, 65536, 100000};

static void there_and_back(uint8_t *slots, size_t slot_bytes)
{
    require_ok(steppe_slots_save(slots, path));
    for (int strategy = 0; strategy < STRATEGIES; strategy++) {
        uint8_t *loaded =
            load_slots(slot_bytes, slots_options(.commit = (steppe_slots_commit)strategy));
        require_same_slots(slots, loaded, slot_bytes);
        /* It is as good as any other. */
        fill(loaded, slot_bytes, 0);
        require_ok(steppe_slots_clear_range(loaded, 0, steppe_slots_max(loaded)));
        require_equal(steppe_slots_count(loaded), 0);
        require_ok(steppe_slots_free(loaded));
    }
    require_ok(steppe_slots_free(slots));
}

START_TEST(no_slot_in_use)
{
    there_and_back(make(sizes[_i], 1, NULL), sizes[_i]);
    there_and_back(make(sizes[_i], 1000000, NULL), sizes[_i]);
    require_equal(status_of(path).st_size, HEADER_BYTES);
}
END_TEST

START_TEST(dense_slots)
{
    size_t bytes = sizes[_i];
    uint64_t count = 600000 / bytes + 3;
    uint8_t *slots = make(bytes, count, NULL);
    fill_range(slots, bytes, 0, count);
    there_and_back(slots, bytes);
    slots = make(bytes, 3 * count, NULL);
    fill_range(slots, bytes, count, count);
    there_and_back(slots, bytes);
}
END_TEST

START_TEST(scattered_slots)
{
    size_t bytes = sizes[_i];
    uint64_t chance = 7 + (uint64_t)_i, max = 1 + STEPPE_GIB / bytes;
    uint8_t *slots = make(bytes, max, NULL);
    for (int i = 0; i < 300; i++) {
        uint64_t first = random_below(&chance, max), length = 1 + random_below(&chance, 4);
        fill_range(slots, bytes, first, length < max - first ? length : max - first);
    }
    fill(slots, bytes, max - 1);
    for (int i = 0; i < 100; i++)
        require_ok(steppe_slots_clear(slots, random_below(&chance, max)));
    there_and_back(slots, bytes);
}
END_TEST

/* Every second one, and all but every fifth: many extents share pages. */
START_TEST(slots_with_gaps)
{
    size_t bytes = sizes[_i];
    uint64_t max = bytes > page ? 50 : 20000;
    uint8_t *slots = make(bytes, max, NULL);
    for (uint64_t i = 0; i < max; i++)
        if (i < max / 2 ? i % 2 : i % 5 != 0)
            fill(slots, bytes, i);
    there_and_back(slots, bytes);
}
END_TEST

START_TEST(first_and_last_of_very_many)
{
    uint64_t max = UINT64_C(1) << 40;
    uint8_t *slots = make(16, max, NULL);
    fill(slots, 16, 0);
    fill(slots, 16, max / 3);
    fill(slots, 16, max - 1);
    there_and_back(slots, 16);
    require_equal(status_of(path).st_size, HEADER_BYTES + 4096 + 3 * page);
}
END_TEST

START_TEST(every_strategy_saves)
{
    for (int strategy = 0; strategy < STRATEGIES; strategy++) {
        uint8_t *slots = make(100, 100000,
                              slots_options(.commit = (steppe_slots_commit)strategy,
                                            .give_back = STEPPE_SLOTS_AT_ONCE));
        fill_range(slots, 100, 500, 3000);
        require_ok(steppe_slots_clear_range(slots, 700, 100));
        there_and_back(slots, 100);
    }
}
END_TEST

START_TEST(same_content_same_file)
{
    size_t one_bytes, other_bytes;
    uint8_t *slots = make(24, 1000000, slots_options(.commit = STEPPE_SLOTS_BY_RECORD));
    fill_range(slots, 24, 1000, 500);
    fill(slots, 24, 999999);
    require_ok(steppe_slots_save(slots, path));
    uint8_t *one = read_file(&one_bytes);
    uint8_t *loaded = load_slots(24, NULL);
    memset(steppe_slots_use(loaded, 0), 9, 24); /* beside those in use, and gone again */
    require_ok(steppe_slots_clear(loaded, 0));
    require_ok(steppe_slots_save(loaded, path));
    uint8_t *other = read_file(&other_bytes);
    require(one_bytes == other_bytes && memcmp(one, other, one_bytes) == 0);
    free(one);
    free(other);
    require_ok(steppe_slots_free(loaded));
    require_ok(steppe_slots_free(slots));
}
END_TEST

START_TEST(large_pages)
{
    uint8_t *slots = make(300, 1000000, slots_options(.memory = options(.page_bytes = 65536)));
    fill_range(slots, 300, 10, 1000);
    fill(slots, 300, 777777);
    require_ok(steppe_slots_save(slots, path));
    uint8_t *loaded =
        load_slots(300, slots_options(.memory = options(.page_bytes = 2 * STEPPE_MIB)));
    require_same_slots(slots, loaded, 300);
    require_ok(steppe_slots_free(loaded));
    there_and_back(slots, 300);
}
END_TEST

START_TEST(arrays)
{
    static const uint64_t counts[] = {0, 1, 5, 1000, 70001};
    for (size_t i = 0; i < array_count(counts); i++) {
        size_t bytes = sizes[_i];
        uint64_t count = bytes > page && counts[i] > 1000 ? 100 : counts[i];
        uint8_t *array = steppe_array_make(bytes, 100000, NULL);
        require(array && steppe_array_append(array, count));
        for (uint64_t at = 0; at < count * bytes; at++)
            array[at] = byte_of(at, at);
        require_ok(steppe_array_save(array, path));
        uint8_t *loaded = steppe_array_load_from(bytes, path, NULL);
        require(loaded, "%s", steppe_last_message());
        require_equal(steppe_array_count(loaded), count);
        require_equal(steppe_array_max(loaded), 100000);
        require(memcmp(array, loaded, count * bytes) == 0);
        require(steppe_array_push_to(loaded));
        require_ok(steppe_array_free(loaded));
        require_ok(steppe_array_free(array));
    }
}
END_TEST

START_TEST(the_macros_give_the_type)
{
    struct point {
        int x, y;
    };
    struct point *points = steppe_slots_new(struct point, 100, NULL);
    steppe_slots_use(points, 5)->y = 7;
    require_ok(steppe_slots_save(points, path));
    require_ok(steppe_slots_free(points));
    const struct point *view = steppe_slots_map(struct point, path);
    require(view && steppe_slots_get(view, 5)->y == 7 && view[5].x == 0);
    require(!steppe_slots_get(view, 6));
    require_ok(steppe_slots_unmap(view));
    points = steppe_slots_load(struct point, path, NULL);
    require(points && steppe_slots_get(points, 5)->y == 7);
    require_ok(steppe_slots_free(points));
    points = steppe_array_new(struct point, 100, NULL);
    steppe_array_push(points)->x = 3;
    require_ok(steppe_array_save(points, path));
    require_ok(steppe_array_free(points));
    points = steppe_array_load(struct point, path, NULL);
    require(points && points[0].x == 3 && steppe_array_count(points) == 1);
    require_ok(steppe_array_free(points));
}
END_TEST

/* ---- what it costs ----------------------------------------------------------------------------
 */

START_TEST(saving_commits_nothing)
{
    uint8_t *slots = make(page, 1000, NULL);
    for (uint64_t i = 0; i < 100; i++)
        require(steppe_slots_use(slots, i * 3));
    fill(slots, page, 300);
    struct snapshot before = snapshot_take();
    require_ok(steppe_slots_save(slots, path));
    require_same(&before);
    /* Nor does loading, where all is zero. */
    uint8_t *loaded = load_slots(page, slots_options(.memory = options(.strict = true)));
    require_equal(steppe_slots_count(loaded), 101);
    steppe_slots_statistics figures;
    require_ok(steppe_slots_statistics_of(loaded, &figures));
    require_equal(figures.committed_bytes, page);
    require(steppe_slots_get(loaded, 297));
    require_bytes(loaded + 297 * page, page, 0);
    require_bytes(loaded + 300 * page, 1, byte_of(300, 0));
    require_ok(steppe_slots_free(loaded));
    require_ok(steppe_slots_free(slots));
}
END_TEST

START_TEST(what_is_zero_takes_no_room)
{
    uint8_t *slots = make(page, 100000, NULL);
    for (uint64_t i = 0; i < 20000; i++)
        require(steppe_slots_use(slots, i));
    fill(slots, page, 9999);
    require_ok(steppe_slots_save(slots, path));
    struct stat status = status_of(path);
    require_equal(status.st_size, HEADER_BYTES + 4096 + 20000 * page);
    if (status.st_blocks * 512 >= status.st_size)
        printf("# what_is_zero_takes_no_room: this file system has no holes\n");
    else
        require((size_t)status.st_blocks * 512 <= 64 * page, "%lld", (long long)status.st_blocks);
    there_and_back(slots, page);
}
END_TEST

START_TEST(a_budget_refuses_in_the_middle)
{
    uint8_t *slots = make(128, 1000000, NULL);
    fill_range(slots, 128, 0, 20000);
    fill(slots, 128, 999999);
    require_ok(steppe_slots_save(slots, path));
    require_ok(steppe_slots_free(slots));
    for (int strategy = 0; strategy < STRATEGIES; strategy++) {
        for (uint64_t limit = page; limit < 3000000; limit = limit * 3 / 2 + page) {
            steppe_budget *budget = steppe_budget_new(limit);
            require(budget);
            struct snapshot before = snapshot_take();
            uint8_t *loaded =
                steppe_slots_load_from(128, path,
                                       slots_options(.commit = (steppe_slots_commit)strategy,
                                                     .memory = options(.budget = budget)));
            if (loaded) {
                require(limit > 20000 * 128);
                require_equal(steppe_slots_count(loaded), 20001);
                require_ok(steppe_slots_free(loaded));
            } else {
                require_equal(steppe_last_status(), STEPPE_E_BUDGET);
                require(strstr(steppe_last_message(), "steppe_slots_load:"));
            }
            require_same(&before);
            require_equal(steppe_budget_charged_bytes(budget), 0);
            require_ok(steppe_budget_free(budget));
        }
    }
}
END_TEST

START_TEST(a_limit_refuses_an_array)
{
    uint8_t *array = steppe_array_make(8, 1000000, NULL);
    require(steppe_array_append(array, 100000));
    require_ok(steppe_array_save(array, path));
    struct snapshot before = snapshot_take();
    require_no_load(steppe_array_load_from(8, path, options(.limit_bytes = 100 * page)),
                    STEPPE_E_BUDGET);
    require_same(&before);
    require_ok(steppe_array_free(array));
}
END_TEST

/* ---- damage -----------------------------------------------------------------------------------
 */

static void require_refused(bool is_array, size_t element_bytes, const char *what, uint64_t where)
{
    const void *loaded = is_array ? steppe_array_load_from(element_bytes, path, NULL)
                                  : steppe_slots_load_from(element_bytes, path, NULL);
    require(!loaded, "%s %llu", what, (unsigned long long)where);
    steppe_status status = steppe_last_status();
    require(status == STEPPE_E_DAMAGED || status == STEPPE_E_FOREIGN, "%s %llu: %s", what,
            (unsigned long long)where, steppe_last_message());
}

static void put_byte(uint64_t at, uint8_t byte)
{
    int handle = open(path, O_WRONLY | O_CLOEXEC);
    require(handle >= 0 && pwrite(handle, &byte, 1, (off_t)at) == 1 && close(handle) == 0);
}

/* Slots with gaps inside pages, over a border of pages, and zeros behind the last one. */
static void save_small(bool is_array)
{
    if (is_array) {
        uint8_t *array = steppe_array_make(100, 1000, NULL);
        require(array && steppe_array_append(array, 45));
        memset(array, 3, 4500);
        require_ok(steppe_array_save(array, path));
        require_ok(steppe_array_free(array));
        return;
    }
    uint8_t *slots = make(100, 100000, NULL);
    fill_range(slots, 100, 3, 2);
    fill_range(slots, 100, 38, 5);
    fill(slots, 100, 99999);
    require_ok(steppe_slots_save(slots, path));
    require_ok(steppe_slots_free(slots));
}

START_TEST(every_changed_byte_is_found)
{
    size_t size_bytes;
    bool is_array = _i == 1;
    save_small(is_array);
    uint8_t *bytes = read_file(&size_bytes);
    size_t step = is_slow() ? 61 : 1;
    struct snapshot before = snapshot_take();
    for (size_t at = 0; at < size_bytes; at += step) {
        put_byte(at, (uint8_t)(bytes[at] ^ 1 << at % 8));
        require_refused(is_array, 100, "byte", at);
        put_byte(at, bytes[at]);
    }
    require_same(&before);
    void *loaded = is_array ? steppe_array_load_from(100, path, NULL)
                            : steppe_slots_load_from(100, path, NULL);
    require(loaded);
    require_ok(is_array ? steppe_array_free(loaded) : steppe_slots_free(loaded));
    free(bytes);
}
END_TEST

START_TEST(every_other_length_is_refused)
{
    size_t size_bytes;
    bool is_array = _i == 1;
    save_small(is_array);
    uint8_t *bytes = read_file(&size_bytes);
    struct snapshot before = snapshot_take();
    for (size_t more = 1; more <= 3 * 4096; more += more < 3 ? 1 : 4096 - 3) {
        require(truncate(path, (off_t)(size_bytes + more)) == 0);
        require_refused(is_array, 100, "more", more);
    }
    for (size_t left = size_bytes; left-- > 0;) {
        require(truncate(path, (off_t)left) == 0);
        require_refused(is_array, 100, "left", left);
        left -= is_slow() && left > 100 ? 97 : 0;
    }
    require_same(&before);
    free(bytes);
}
END_TEST

static uint64_t chosen_seed(void)
{
    const char *text = getenv("STEPPE_FILE_SEED");
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return text ? strtoull(text, NULL, 0) : (uint64_t)now.tv_nsec * 1000003 + (uint64_t)now.tv_sec;
}

/* Bytes, blocks swapped, lengths, runs of zeros. */
static void damage_by_chance(uint8_t *bytes, size_t *size_bytes, uint64_t *chance)
{
    size_t at = random_below(chance, *size_bytes);
    size_t length = 1 + random_below(chance, 5000), from = random_below(chance, *size_bytes);
    length = length < *size_bytes - at ? length : *size_bytes - at;
    length = length < *size_bytes - from ? length : *size_bytes - from;
    switch (random_below(chance, 4)) {
    case 0:
        bytes[at] ^= (uint8_t)(1 << random_below(chance, 8));
        break;
    case 1:
        memset(bytes + at, 0, length);
        break;
    case 2:
        memmove(bytes + at, bytes + from, length);
        break;
    default:
        *size_bytes -= random_below(chance, 2) ? at : 0;
        bytes[random_below(chance, *size_bytes)] ^= 0x80;
    }
}

START_TEST(damage_by_chance_is_found)
{
    uint64_t seed = chosen_seed(), chance = seed;
    size_t size_bytes, rounds = is_slow() ? 20 : 400;
    printf("# damage_by_chance_is_found: STEPPE_FILE_SEED=%#llx\n", (unsigned long long)seed);
    uint8_t *slots = make(72, 10000000, NULL);
    for (int i = 0; i < 3000; i++)
        fill(slots, 72, random_below(&chance, 300000));
    require_ok(steppe_slots_save(slots, path));
    uint8_t *whole = read_file(&size_bytes), *bytes = malloc(size_bytes);
    for (size_t i = 0; i < rounds; i++) {
        size_t now_bytes = size_bytes;
        memcpy(bytes, whole, size_bytes);
        damage_by_chance(bytes, &now_bytes, &chance);
        if (now_bytes == size_bytes && memcmp(bytes, whole, size_bytes) == 0)
            continue;
        write_file(bytes, now_bytes);
        require_refused(false, 72, "round", i);
    }
    write_file(whole, size_bytes);
    free(whole);
    free(bytes);
    there_and_back(slots, 72);
}
END_TEST

/* ---- forgery ----------------------------------------------------------------------------------
 */

static uint64_t number_at(const uint8_t *bytes, size_t size_bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size_bytes; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

static void put_number(uint8_t *bytes, uint64_t value, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

/* Checksums as they would be if all of it were meant, as far as there are bytes. */
static void seal(uint8_t *bytes, size_t size_bytes)
{
    uint64_t element_bytes = number_at(bytes + 24, 8), end = number_at(bytes + 64, 8);
    uint64_t extent_count = number_at(bytes + 48, 8);
    end = end < HEADER_BYTES || end > size_bytes ? size_bytes : end;
    for (uint64_t i = 0; i < extent_count && HEADER_BYTES + 32 * (i + 1) <= end; i++) {
        uint8_t *extent = bytes + HEADER_BYTES + 32 * i;
        uint64_t count = number_at(extent + 8, 8), offset = number_at(extent + 16, 8);
        if (offset <= size_bytes && count <= (size_bytes - offset) / element_bytes)
            put_number(extent + 24, XXH3_64bits(bytes + offset, count * element_bytes), 8);
    }
    put_number(bytes + 80, XXH3_64bits(bytes + HEADER_BYTES, end - HEADER_BYTES), 8);
    put_number(bytes + 88, 0, 8);
    put_number(bytes + 88, XXH3_64bits(bytes, HEADER_BYTES), 8);
}

/* What can be loaded can be looked at, and what cannot be does no harm. */
static void look_at_forged(bool is_good, size_t element_bytes, uint64_t file_bytes)
{
    const uint8_t *view = steppe_slots_map_from(element_bytes, path);
    require(view || !is_good, "%s", steppe_last_message());
    if (!view)
        return;
    steppe_status status = steppe_slots_verify(view);
    require(status == STEPPE_OK || (!is_good && status == STEPPE_E_DAMAGED));
    require(steppe_slots_count(view) * element_bytes <= file_bytes);
    require_ok(steppe_slots_unmap(view));
}

/* Refused, or a container that is sound; nothing else. */
static bool loads(bool is_array, size_t element_bytes, uint64_t file_bytes)
{
    uint64_t charge = process_charge();
    size_t count = reservation_count();
    void *loaded =
        is_array ? steppe_array_load_from(element_bytes, path, options(.limit_bytes = STEPPE_MIB))
                 : steppe_slots_load_from(element_bytes, path, NULL);
    if (!loaded) {
        steppe_status status = steppe_last_status();
        require(status == STEPPE_E_DAMAGED || status == STEPPE_E_FOREIGN ||
                    status == STEPPE_E_SIZE || status == STEPPE_E_ADDRESS_SPACE ||
                    status == STEPPE_E_MEMORY || status == STEPPE_E_BUDGET,
                "%s", steppe_last_message());
    } else if (is_array) {
        require(steppe_array_count(loaded) * element_bytes <= file_bytes);
        require_ok(steppe_array_free(loaded));
    } else {
        require(steppe_slots_count(loaded) * element_bytes <= file_bytes);
        require_ok(steppe_slots_free(loaded));
    }
    if (!is_array)
        look_at_forged(loaded, element_bytes, file_bytes);
    require_equal(process_charge(), charge);
    require_equal(reservation_count(), count);
    return loaded;
}

struct field {
    size_t at, size_bytes;
};

/* The header's numbers, and those of the first two extents. */
static const struct field fields[] = {
    {8, 4},    {12, 4},   {16, 4},   {20, 4},   {24, 8},        {32, 8},        {40, 8},
    {48, 8},   {56, 8},   {64, 8},   {72, 8},   {100, 8},       {4096, 8},      {4104, 8},
    {4112, 8}, {4128, 8}, {4136, 8}, {4144, 8}, {4096 + 96, 8}, {4096 + 104, 8}};

static uint64_t nasty_number(uint64_t was, uint64_t *chance)
{
    static const uint64_t numbers[] = {
        0,          1,          2,          31,         32,         4095,       4096,
        8192,       1 << 20,    1 << 21,    1 << 22,    1 << 30,    UINT32_MAX, 1ULL << 32,
        1ULL << 47, 1ULL << 58, 1ULL << 60, 1ULL << 61, 1ULL << 62, 1ULL << 63, UINT64_MAX};
    uint64_t number = numbers[random_below(chance, array_count(numbers))];
    switch (random_below(chance, 5)) {
    case 0:
        return was + number;
    case 1:
        return was - number;
    case 2:
        return -number;
    case 3:
        return was * number;
    default:
        return number;
    }
}

START_TEST(forged_files)
{
    uint64_t seed = chosen_seed(), chance = seed;
    bool is_array = _i == 1;
    size_t size_bytes, rounds = is_slow() ? 100 : 5000, loaded_count = 0;
    printf("# forged_files: STEPPE_FILE_SEED=%#llx\n", (unsigned long long)seed);
    save_small(is_array);
    uint8_t *whole = read_file(&size_bytes), *bytes = malloc(size_bytes);
    for (size_t i = 0; i < rounds; i++) {
        memcpy(bytes, whole, size_bytes);
        for (uint64_t changes = 1 + random_below(&chance, 3); changes; changes--) {
            const struct field *field = &fields[random_below(&chance, array_count(fields))];
            uint64_t was = number_at(bytes + field->at, field->size_bytes);
            put_number(bytes + field->at, nasty_number(was, &chance), field->size_bytes);
        }
        if (number_at(bytes + 24, 8) != 100)
            put_number(bytes + 24, 100, 8);
        seal(bytes, size_bytes);
        write_file(bytes, size_bytes);
        loaded_count += loads(is_array, 100, size_bytes);
    }
    require(loaded_count > 0); /* some changes leave it good: the checks looked at the rest */
    free(whole);
    free(bytes);
}
END_TEST

/* One of each that only looks right. */
START_TEST(files_that_almost_are)
{
    static const struct {
        bool is_array;
        struct field field;
        uint64_t value;
        bool is_good;
    } changes[] = {
        {false, {24, 8}, 100, true},
        {false, {32, 8}, 100001, true}, /* one slot more */
        {false, {32, 8}, 99999, false}, /* the last one is beyond */
        {false, {4096, 8}, 2, true},    /* elsewhere on the page: all must move */
        {false, {4128, 8}, 5, false},   /* it touches the first */
        {false, {4128, 8}, 4, false},   /* ... overlaps it */
        {false, {4096, 8}, UINT64_MAX, false},
        {false, {4104, 8}, UINT64_MAX - 2, false},
        {false, {4104, 8}, 0, false},
        {false, {4104, 8}, 3, false},
        {false, {96, 1}, 1, false},
        {false, {4095, 1}, 1, false},
        {true, {4096, 8}, 5, false}, /* an array from its fifth element on */
        {true, {4104, 8}, 44, false},
        {true, {40, 8}, 44, false},
        {true, {32, 8}, 45, true},
        {true, {32, 8}, 44, false},
    };
    for (size_t i = 0; i < array_count(changes); i++) {
        size_t size_bytes;
        save_small(changes[i].is_array);
        uint8_t *bytes = read_file(&size_bytes);
        put_number(bytes + changes[i].field.at, changes[i].value, changes[i].field.size_bytes);
        if (changes[i].field.at == 4096 && changes[i].is_good) { /* with offset and bytes */
            put_number(bytes + 4112, number_at(bytes + 4112, 8) - 100, 8);
            memset(bytes + 8192 + 200, 7, 300);
            memset(bytes + 8192 + 400, 0, 100);
        }
        seal(bytes, size_bytes);
        write_file(bytes, size_bytes);
        require(loads(changes[i].is_array, 100, size_bytes) == changes[i].is_good, "change %zu: %s",
                i, steppe_last_message());
        free(bytes);
    }
}
END_TEST

/* ---- strangers --------------------------------------------------------------------------------
 */

START_TEST(something_else)
{
    save_small(false);
    require_no_load(steppe_slots_load_from(99, path, NULL), STEPPE_E_FOREIGN);
    require_no_load(steppe_slots_load_from(200, path, NULL), STEPPE_E_FOREIGN);
    require_no_load(steppe_array_load_from(100, path, NULL), STEPPE_E_FOREIGN);
    save_small(true);
    require_no_load(steppe_slots_load_from(100, path, NULL), STEPPE_E_FOREIGN);
    require_no_load(steppe_array_load_from(101, path, NULL), STEPPE_E_FOREIGN);
    write_text("");
    require_no_load(steppe_slots_load_from(100, path, NULL), STEPPE_E_FOREIGN);
    write_text("Dear sir or madam, this is not what you are looking for, but a letter.");
    require_no_load(steppe_slots_load_from(100, path, NULL), STEPPE_E_FOREIGN);
}
END_TEST

/* Options are checked as when making. */
START_TEST(options_are_refused)
{
    save_small(false);
    require_no_load(steppe_slots_load_from(100, path, slots_options(.commit = 99)),
                    STEPPE_E_OPTION);
    save_small(true);
    require_no_load(steppe_array_load_from(100, path, options(.on_fault = STEPPE_COMMIT)),
                    STEPPE_E_OPTION);
}
END_TEST

START_TEST(wrong_arguments)
{
    int nothing[64] = {0};
    uint8_t *slots = make(8, 10, NULL);
    uint8_t *array = steppe_array_make(8, 10, NULL);
    require_fails(steppe_slots_save(NULL, path), STEPPE_E_NULL);
    require_fails(steppe_array_save(NULL, path), STEPPE_E_NULL);
    require_fails(steppe_slots_save(slots, NULL), STEPPE_E_NULL);
    require_fails(steppe_array_save(array, NULL), STEPPE_E_NULL);
    require_no_load(steppe_slots_load_from(8, NULL, NULL), STEPPE_E_NULL);
    require_no_load(steppe_array_load_from(8, NULL, NULL), STEPPE_E_NULL);
    require_fails(steppe_slots_save(nothing + 32, path), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_slots_save(array, path), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_array_save(slots, path), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_slots_save(slots, ""), STEPPE_E_FILE);
    require_no_load(steppe_slots_load_from(8, "", NULL), STEPPE_E_FILE);
    require_equal(files_in_folder(), 0);
    require_ok(steppe_array_free(array));
    require_ok(steppe_slots_free(slots));
}
END_TEST

/* ---- the system refuses -----------------------------------------------------------------------
 */

START_TEST(paths_that_cannot_be)
{
    char long_path[6000], inside[160];
    uint8_t *slots = make(8, 10, NULL);
    memset(long_path, 'a', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    write_text("a file");
    snprintf(inside, sizeof inside, "%s/inside", path);
    const char *const paths[] = {folder, "/nowhere/at/all", long_path,
                                 inside, "/dev/full",       "/dev/null"};
    for (size_t i = 0; i < array_count(paths); i++) {
        require_fails(steppe_slots_save(slots, paths[i]), STEPPE_E_FILE);
        require_no_load(steppe_slots_load_from(8, paths[i], NULL), STEPPE_E_FILE);
        require_no_load(steppe_array_load_from(8, paths[i], NULL), STEPPE_E_FILE);
    }
    require(S_ISCHR(status_of("/dev/full").st_mode) && S_ISCHR(status_of("/dev/null").st_mode));
    require_text("a file");
    require_ok(steppe_slots_free(slots));
}
END_TEST

START_TEST(a_pipe_does_not_hang)
{
    uint8_t *slots = make(8, 10, NULL);
    require(mkfifo(path, 0600) == 0);
    require_no_load(steppe_slots_load_from(8, path, NULL), STEPPE_E_FILE);
    require_fails(steppe_slots_save(slots, path), STEPPE_E_FILE);
    require(S_ISFIFO(status_of(path).st_mode));
    require_ok(steppe_slots_free(slots));
}
END_TEST

static int save_without_rights(void *context)
{
    if (geteuid() == 0)
        child_require(setegid(65534) == 0 && seteuid(65534) == 0);
    child_require(steppe_slots_save(context, path) == STEPPE_E_FILE);
    child_require(strstr(steppe_last_message(), strerror(EACCES)));
    child_require(!steppe_slots_load_from(8, path, NULL) && steppe_last_status() == STEPPE_E_FILE);
    return 0;
}

START_TEST(no_permission)
{
    uint8_t *slots = make(8, 10, NULL);
    write_text("old");
    require(chmod(path, 0) == 0 && chmod(folder, 0555) == 0);
    require_exits(run_child(save_without_rights, slots), 0);
    require(chmod(path, 0600) == 0 && chmod(folder, 0700) == 0);
    require_text("old");
    require_equal(files_in_folder(), 1);
    require_ok(steppe_slots_free(slots));
}
END_TEST

/* No signal comes: the default one would kill. */
static int save_too_much(void *context)
{
    struct rlimit limit = {.rlim_cur = 100000, .rlim_max = 100000};
    child_require(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    child_require(steppe_slots_save(context, path) == STEPPE_E_FILE);
    child_require(strstr(steppe_last_message(), strerror(EFBIG)));
    return 0;
}

START_TEST(a_file_too_large)
{
    uint8_t *slots = make(1000, 1000, NULL);
    fill_range(slots, 1000, 0, 1000);
    write_text("old");
    require_exits(run_child(save_too_much, slots), 0);
    require_text("old");
    require_equal(files_in_folder(), 1);
    require_ok(steppe_slots_free(slots));
}
END_TEST

START_TEST(memory_that_cannot_be_read)
{
    uint8_t *slots = make(1000, 1000, NULL);
    write_text("old");
    fill_range(slots, 1000, 0, 1000);
    /* The container's own memory may be shut by its owner. */
    require_ok(steppe_protect(slots + 5 * page, page, STEPPE_NO_ACCESS, NULL));
    require_fails(steppe_slots_save(slots, path), STEPPE_E_PROTECTION);
    require_text("old");
    require_equal(files_in_folder(), 1);
    require_ok(steppe_protect(slots + 5 * page, page, STEPPE_READ_ONLY, NULL));
    require_ok(steppe_slots_save(slots, path));
    require_ok(steppe_slots_free(slots));
}
END_TEST

/* ---- replacing --------------------------------------------------------------------------------
 */

START_TEST(an_old_file_is_replaced)
{
    write_text("something old and much longer than nothing");
    require(chmod(path, 0640) == 0);
    ino_t before = status_of(path).st_ino;
    int held = open(path, O_RDONLY | O_CLOEXEC);
    require(held >= 0);
    save_small(false);
    struct stat after = status_of(path);
    require(after.st_ino != before);
    require_equal(after.st_mode & 0777, 0640);
    char byte; /* who has it open goes on with the old one */
    require(read(held, &byte, 1) == 1 && byte == 's' && close(held) == 0);
    require_equal(files_in_folder(), 1);
}
END_TEST

static uint32_t is_watching;

static void *look_for_readable_files(void *context)
{
    unsigned *readable_count = context;
    while (__atomic_load_n(&is_watching, __ATOMIC_ACQUIRE)) {
        DIR *names = opendir(folder);
        require(names);
        for (struct dirent *name; (name = readdir(names));) {
            struct stat status;
            if (fstatat(dirfd(names), name->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISREG(status.st_mode) && status.st_mode & 077)
                ++*readable_count;
        }
        closedir(names);
    }
    return NULL;
}

/* Whoever could open it before it gets the old one's permissions could read all that is written. */
START_TEST(a_secret_stays_one_while_it_is_replaced)
{
    pthread_t thread;
    unsigned readable_count = 0;
    uint8_t *slots = make(page, 100, NULL);
    fill_range(slots, page, 0, 50);
    write_text("secret");
    require(chmod(path, 0600) == 0);
    __atomic_store_n(&is_watching, 1, __ATOMIC_RELEASE);
    require(pthread_create(&thread, NULL, look_for_readable_files, &readable_count) == 0);
    for (int i = 0; i < (is_slow() ? 20 : 1000); i++)
        require_ok(steppe_slots_save(slots, path));
    __atomic_store_n(&is_watching, 0, __ATOMIC_RELEASE);
    require(pthread_join(thread, NULL) == 0);
    require_equal(readable_count, 0);
    require_ok(steppe_slots_free(slots));
}
END_TEST

START_TEST(a_link_stays)
{
    char other[128];
    snprintf(other, sizeof other, "%s/other", folder);
    write_text("old");
    require(rename(path, other) == 0 && symlink("other", path) == 0);
    save_small(false);
    struct stat status;
    require(lstat(path, &status) == 0 && S_ISLNK(status.st_mode));
    uint8_t *loaded = load_slots(100, NULL);
    require_ok(steppe_slots_free(loaded));
    require_equal(files_in_folder(), 2);
    require(unlink(other) == 0);
    uint8_t *slots = make(8, 10, NULL);
    require_fails(steppe_slots_save(slots, path), STEPPE_E_FILE); /* it leads nowhere */
    require(lstat(path, &status) == 0 && S_ISLNK(status.st_mode));
    require_ok(steppe_slots_free(slots));
}
END_TEST

START_TEST(a_path_without_a_folder)
{
    char before[4096];
    require(getcwd(before, sizeof before) && chdir(folder) == 0);
    uint8_t *slots = make(8, 10, NULL);
    fill(slots, 8, 3);
    require_ok(steppe_slots_save(slots, "it"));
    uint8_t *loaded = steppe_slots_load_from(8, "it", NULL);
    require(loaded);
    require_same_slots(slots, loaded, 8);
    require_ok(steppe_slots_free(loaded));
    require_ok(steppe_slots_free(slots));
    require(chdir(before) == 0);
}
END_TEST

/* ---- views ------------------------------------------------------------------------------------
 */

static const uint8_t *map_slots(size_t slot_bytes)
{
    const uint8_t *view = steppe_slots_map_from(slot_bytes, path);
    require(view, "%s", steppe_last_message());
    return view;
}

START_TEST(views_show_what_is_there)
{
    size_t bytes = sizes[_i];
    uint64_t chance = 5 + (uint64_t)_i, max = 1 + STEPPE_GIB / bytes;
    uint8_t *slots = make(bytes, max, NULL);
    require_ok(steppe_slots_save(slots, path));
    const uint8_t *view = map_slots(bytes);
    require_same_slots(slots, view, bytes);
    require_ok(steppe_slots_verify(view));
    require_ok(steppe_slots_unmap(view));
    for (int i = 0; i < 200; i++) {
        uint64_t first = random_below(&chance, max), length = 1 + random_below(&chance, 4);
        fill_range(slots, bytes, first, length < max - first ? length : max - first);
    }
    fill_range(slots, bytes, 0, 3);
    fill(slots, bytes, max - 1);
    require_ok(steppe_slots_save(slots, path));
    uint64_t charge = process_charge();
    view = map_slots(bytes);
    require(process_charge() - charge < 300 * page); /* bits, no slots */
    require_same_slots(slots, view, bytes);
    require_ok(steppe_slots_verify(view));
    require_equal(steppe_slots_previous(view, max - 1), max - 1);
    require_equal(steppe_slots_first_free(view, 0), steppe_slots_first_free(slots, 0));
    for (uint64_t i = 0; i < 2000; i++) {
        uint64_t index = random_below(&chance, max);
        require(steppe_slots_in_use(view, index) == steppe_slots_in_use(slots, index));
        require(!steppe_slots_get(view, index) ||
                steppe_slots_get(view, index)[0] == byte_of(index, 0));
    }
    /* The file is replaced: the view keeps the old one. A view can be saved. */
    require_ok(steppe_slots_clear(slots, 0));
    require_ok(steppe_slots_save(slots, path));
    require_equal(view[0], byte_of(0, 0));
    require_ok(steppe_slots_save(view, path));
    uint8_t *loaded = load_slots(bytes, NULL);
    require_same_slots(view, loaded, bytes);
    require_ok(steppe_slots_free(loaded));
    require_ok(steppe_slots_unmap(view));
    require_equal(process_charge(), charge);
    require_ok(steppe_slots_free(slots));
}
END_TEST

START_TEST(views_cannot_be_changed)
{
    save_small(false);
    size_t count = reservation_count();
    uint64_t charge = process_charge();
    uint8_t *view = (uint8_t *)(uintptr_t)map_slots(100);
    require_null(steppe_slots_use(view, 3), STEPPE_E_PROTECTION);
    require_null(steppe_slots_use(view, 0), STEPPE_E_PROTECTION);
    require_fails(steppe_slots_clear(view, 3), STEPPE_E_PROTECTION);
    require_fails(steppe_slots_clear_range(view, 0, 1000), STEPPE_E_PROTECTION);
    require_fails(steppe_slots_collect(view, 0, NULL), STEPPE_E_PROTECTION);
    require_fails(steppe_slots_free(view), STEPPE_E_PROTECTION);
    require_faults(touch_write(view + 300, 1), view + 300);
    require_faults(touch_read(view + 10 * page), view + 10 * page);
    require_touchable(touch_read(view + 300));
    require_ok(steppe_slots_verify(view));
    require_ok(steppe_slots_unmap(view));
    require_ok(steppe_slots_unmap(NULL));
    require_fails(steppe_slots_unmap(view), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_slots_verify(view), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_slots_verify(NULL), STEPPE_E_NULL);
    uint8_t *slots = make(8, 10, NULL);
    require_fails(steppe_slots_verify(slots), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_slots_unmap(slots), STEPPE_E_NOT_CONTAINER);
    require_ok(steppe_slots_free(slots));
    require_equal(reservation_count(), count);
    require_equal(process_charge(), charge);
}
END_TEST

/* A changed byte is found when the view is made, or by verify, or is nobody's. */
START_TEST(views_of_damaged_files)
{
    size_t size_bytes, found_count = 0;
    save_small(false);
    uint8_t *bytes = read_file(&size_bytes);
    struct snapshot before = snapshot_take();
    for (size_t at = 0; at < size_bytes; at += is_slow() ? 61 : 1) {
        put_byte(at, (uint8_t)(bytes[at] ^ 1));
        const uint8_t *view = steppe_slots_map_from(100, path);
        require(!view || at >= 2 * HEADER_BYTES, "byte %zu", at);
        if (view) {
            found_count += steppe_slots_verify(view) == STEPPE_E_DAMAGED;
            require_ok(steppe_slots_unmap(view));
        }
        put_byte(at, bytes[at]);
    }
    require_same(&before);
    require(is_slow() || found_count == 8 * 100, "%zu", found_count);
    require(truncate(path, (off_t)size_bytes - 1) == 0);
    require(!steppe_slots_map_from(100, path) && steppe_last_status() == STEPPE_E_DAMAGED);
    require(!steppe_slots_map_from(100, folder) && steppe_last_status() == STEPPE_E_FILE);
    require(!steppe_slots_map_from(100, NULL) && steppe_last_status() == STEPPE_E_NULL);
    require(!steppe_slots_map_from(99, path) && steppe_last_status() != STEPPE_OK);
    free(bytes);
}
END_TEST

/* Calls on memory take a view's slots for others', and touch nothing. */
START_TEST(views_are_no_reservations)
{
    steppe_run run;
    save_small(false);
    uint8_t *view = (uint8_t *)(uintptr_t)map_slots(100);
    uint64_t charge = process_charge();
    uint8_t *at = view + 300 * page; /* beside slots in use, and on them */
    for (int i = 0; i < 2; i++, at = view) {
        require_fails(steppe_commit(at, page), STEPPE_E_NOT_RESERVED);
        require_fails(steppe_commit_as(at, page, STEPPE_READ_WRITE), STEPPE_E_NOT_RESERVED);
        require_fails(steppe_decommit(at, page), STEPPE_E_NOT_RESERVED);
        require_fails(steppe_decommit_all(&(steppe_range){at, page}, 1, NULL),
                      STEPPE_E_NOT_RESERVED);
        require_fails(steppe_reset(at, page), STEPPE_E_NOT_RESERVED);
        require_fails(steppe_ready(at, page, STEPPE_ACCESS_READ), STEPPE_E_NOT_RESERVED);
        require_fails(steppe_protect(at, page, STEPPE_READ_WRITE, NULL), STEPPE_E_NOT_RESERVED);
        require_fails(steppe_release(at), STEPPE_E_NOT_RESERVED);
        require_equal(steppe_reservation_of(at).size_bytes, 0);
    }
    uint8_t *head = view - 1;
    require_fails(steppe_commit(head, 2), STEPPE_E_OUTSIDE);
    require_fails(steppe_decommit(head, 2), STEPPE_E_OUTSIDE);
    require_equal(steppe_reservation_of(head).committed_bytes, page);
    require_ok(steppe_query(view, &run));
    require(run.base == view && run.state == STEPPE_COMMITTED && !run.reservation);
    require(run.protection == STEPPE_READ_ONLY && run.owner == STEPPE_OWNER_FILE);
    require_ok(steppe_query(view + 300 * page, &run));
    require(run.state == STEPPE_RESERVED && run.owner == STEPPE_OWNER_ANONYMOUS);
    require_equal(process_charge(), charge);
    require_ok(steppe_slots_verify(view));
    require_ok(steppe_slots_unmap(view));
    require_ok(steppe_query(view, &run));
    require(run.state == STEPPE_FREE);
}
END_TEST

START_TEST(views_and_collectors)
{
    save_small(false);
    uint8_t *view = (uint8_t *)(uintptr_t)map_slots(100);
    steppe_collector *collector =
        steppe_collector_start(&(steppe_collector_options){.interval_ms = UINT32_MAX});
    require(collector);
    require_fails(steppe_collector_add(collector, view), STEPPE_E_PROTECTION);
    require_ok(steppe_collector_run(collector, NULL));
    require_ok(steppe_slots_verify(view));
    require_ok(steppe_collector_stop(collector));
    require_ok(steppe_slots_unmap(view));
}
END_TEST

/* A list of what is there does not go through each granule of what is lent. */
START_TEST(a_view_of_very_many)
{
    uint64_t max = UINT64_C(1) << 40;
    uint8_t *slots = make(16, max, NULL);
    fill(slots, 16, 0);
    fill(slots, 16, max / 3);
    fill(slots, 16, max - 1);
    require_ok(steppe_slots_save(slots, path));
    size_t count = reservation_count();
    const uint8_t *view = map_slots(16);
    require_equal(reservation_count(), count + 2);
    require_same_slots(slots, view, 16);
    require_ok(steppe_slots_verify(view));
    steppe_slots_statistics statistics;
    require_ok(steppe_slots_statistics_of(view, &statistics));
    require_equal(statistics.slot_count, 3);
    require_equal(statistics.committed_bytes, 0);
    require_equal(statistics.commit_call_count, 0);
    require_ok(steppe_slots_unmap(view));
    require_ok(steppe_slots_free(slots));
}
END_TEST

START_TEST(a_budget_refuses_a_view)
{
    save_small(false);
    struct snapshot before = snapshot_take();
    uint64_t charge = process_charge(), refusals = 0;
    const uint8_t *view = NULL;
    for (uint64_t more = 0; !view; more += page, refusals += !view) {
        steppe_budget_set_limit(steppe_process_budget(), charge + more);
        view = steppe_slots_map_from(100, path);
        require(view || steppe_last_status() == STEPPE_E_BUDGET, "%s", steppe_last_message());
        require(view || strncmp(steppe_last_message(), "steppe_slots_map: ", 18) == 0);
    }
    steppe_budget_set_limit(steppe_process_budget(), STEPPE_NO_LIMIT);
    require_equal(refusals, (process_charge() - charge) / page);
    require_ok(steppe_slots_unmap(view));
    require_same(&before);
}
END_TEST

static int look_at_what_is_cut_off(void *context)
{
    const uint8_t *view = context;
    volatile bool was_caught = false;
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        (void)load(view);
    }
    STEPPE_CAUGHT
    {
        was_caught = true;
    }
    return was_caught;
}

START_TEST(a_view_of_what_is_cut_off)
{
    uint8_t value;
    save_small(false);
    const uint8_t *view = map_slots(100);
    require(truncate(path, HEADER_BYTES) == 0);
    struct touch did = touch_read(view);
    require(did.faulted && did.signal == SIGBUS && did.address == view);
    require_fails(steppe_probe_read(view, &value, 1, NULL), STEPPE_E_UNMAPPED);
    require_killed(run_child(look_at_what_is_cut_off, (void *)(uintptr_t)view), SIGBUS);
    require_equal(steppe_slots_count(view), 8);
    require_ok(steppe_slots_unmap(view));
}
END_TEST

static int release_under_a_view(void *context)
{
    const uint8_t *view = context;
    child_require(steppe_release(steppe_reservation_of(view - 1).base) == STEPPE_OK);
    child_require(steppe_slots_unmap(view) == STEPPE_E_NOT_CONTAINER);
    child_require(steppe_slots_verify(view) == STEPPE_E_NOT_CONTAINER);
    child_require(steppe_slots_count(view) == 0);
    return 0;
}

START_TEST(a_view_whose_reservation_is_released)
{
    save_small(false);
    const uint8_t *view = map_slots(100);
    require_exits(run_child(release_under_a_view, (void *)(uintptr_t)view), 0);
    require_ok(steppe_slots_verify(view));
    require_ok(steppe_slots_unmap(view));
}
END_TEST

/* Written where pages have 64 KiB: several runs of one block, and on neighbouring ones. */
START_TEST(a_view_of_large_blocks)
{
    enum { BLOCK = 65536, ELEMENT = 4096, FILE_BYTES = 4 * BLOCK };
    static const uint64_t runs[][2] = {{1, 2}, {5, 1}, {15, 3}, {47, 1}};
    static const uint64_t offsets[] = {1, 5, 15, 32 + 15};
    if (BLOCK % page || ELEMENT % page)
        skip_test("pages of %zu bytes", page);
    save_small(false);
    uint8_t *header = read_file(&(size_t){0}), *bytes = calloc(1, FILE_BYTES);
    memcpy(bytes, header, HEADER_BYTES);
    put_number(bytes + 20, BLOCK, 4);
    put_number(bytes + 24, ELEMENT, 8);
    put_number(bytes + 32, 100, 8);
    put_number(bytes + 40, 7, 8);
    put_number(bytes + 48, array_count(runs), 8);
    put_number(bytes + 64, BLOCK, 8);
    put_number(bytes + 72, FILE_BYTES, 8);
    for (size_t i = 0; i < array_count(runs); i++) {
        uint8_t *extent = bytes + HEADER_BYTES + 32 * i;
        uint64_t offset = BLOCK + offsets[i] * ELEMENT;
        put_number(extent, runs[i][0], 8);
        put_number(extent + 8, runs[i][1], 8);
        put_number(extent + 16, offset, 8);
        memset(bytes + offset, (int)i + 1, runs[i][1] * ELEMENT);
    }
    seal(bytes, FILE_BYTES);
    write_file(bytes, FILE_BYTES);
    const uint8_t *view = map_slots(ELEMENT);
    require_ok(steppe_slots_verify(view));
    uint8_t *loaded = load_slots(ELEMENT, NULL);
    require_same_slots(loaded, view, ELEMENT);
    for (size_t i = 0; i < array_count(runs); i++)
        require_bytes(view + runs[i][0] * ELEMENT, runs[i][1] * ELEMENT, (uint8_t)(i + 1));
    require_ok(steppe_slots_free(loaded));
    require_ok(steppe_slots_unmap(view));
    free(header);
    free(bytes);
}
END_TEST

START_TEST(several_views_of_a_file)
{
    enum { VIEWS = 8 };
    const uint8_t *views[VIEWS];
    uint8_t *slots = make(page, 1000, NULL);
    fill_range(slots, page, 10, 20);
    fill_range(slots, page, 500, 1);
    require_ok(steppe_slots_save(slots, path));
    for (size_t i = 0; i < VIEWS; i++)
        views[i] = map_slots(page);
    for (size_t i = 0; i < VIEWS; i++) {
        require_same_slots(slots, views[i], page);
        require_ok(steppe_slots_unmap(views[i]));
    }
    require_ok(steppe_slots_free(slots));
}
END_TEST

START_TEST(too_many_mappings_for_a_view)
{
    const uint8_t *views[4];
    size_t view_count = 0;
    uint64_t runs = mapping_count_max() / 8; /* the list takes two, too */
    if (runs > 100000)
        skip_test("this machine allows %llu mappings", (unsigned long long)runs);
    uint8_t *slots = make(page, 3 * runs, NULL);
    for (uint64_t i = 0; i < runs; i++)
        require(steppe_slots_use(slots, 2 * i));
    require_ok(steppe_slots_save(slots, path));
    struct snapshot before = snapshot_take();
    require(!steppe_slots_map_from(page, path));
    require_equal(steppe_last_status(), STEPPE_E_MAP_COUNT);
    require_same(&before);
    require_ok(steppe_slots_clear(slots, 0));
    require_ok(steppe_slots_save(slots, path));
    size_t count = reservation_count();
    while (view_count < array_count(views) &&
           (views[view_count] = steppe_slots_map_from(page, path)))
        view_count++;
    require(view_count == 2 || view_count == 3, "%zu", view_count);
    require_equal(steppe_last_status(), STEPPE_E_MAP_COUNT);
    require(strstr(steppe_last_message(), "three quarters"), "%s", steppe_last_message());
    require_equal(reservation_count(), count + 2 * view_count);
    for (size_t i = 0; i < view_count; i++) {
        require_equal(steppe_slots_count(views[i]), runs - 1);
        require_ok(steppe_slots_verify(views[i]));
        require_bytes(views[i] + 2 * (runs - 1) * page, page, 0);
        require(mapping_count_of(views[i], 2 * runs * page) <= mapping_count_max() / 4);
        require_ok(steppe_slots_unmap(views[i]));
    }
    require_ok(steppe_slots_unmap(map_slots(page)));
    require_ok(steppe_slots_free(slots));
}
END_TEST

static int look_at_view(void *context)
{
    const uint8_t *view = context;
    child_require(steppe_slots_count(view) == 8 && view[300] == byte_of(3, 0));
    child_require(steppe_slots_verify(view) == STEPPE_OK);
    child_require(steppe_slots_unmap(view) == STEPPE_OK);
    return 0;
}

START_TEST(views_after_fork)
{
    save_small(false);
    const uint8_t *view = map_slots(100);
    require_exits(run_child(look_at_view, (void *)(uintptr_t)view), 0);
    require_ok(steppe_slots_verify(view));
    require_ok(steppe_slots_unmap(view));
}
END_TEST

/* ---- threads ----------------------------------------------------------------------------------
 */

static void *save_again_and_again(void *slots)
{
    for (int i = 0; i < 20; i++)
        require_ok(steppe_slots_save(slots, path));
    return NULL;
}

/* While two replace it, every load finds one or the other, whole. */
START_TEST(loads_while_others_save)
{
    pthread_t threads[2];
    uint8_t *slots[2];
    for (int i = 0; i < 2; i++) {
        slots[i] = make(64, 100000, NULL);
        fill_range(slots[i], 64, 1000, 1000 + 3000 * (uint64_t)i);
    }
    require_ok(steppe_slots_save(slots[0], path));
    for (int i = 0; i < 2; i++)
        require(pthread_create(&threads[i], NULL, save_again_and_again, slots[i]) == 0);
    for (int i = 0; i < 20; i++) {
        uint8_t *loaded = load_slots(64, NULL);
        uint64_t count = steppe_slots_count(loaded);
        require(count == 1000 || count == 4000, "%llu", (unsigned long long)count);
        require_ok(steppe_slots_free(loaded));
    }
    for (int i = 0; i < 2; i++)
        require(pthread_join(threads[i], NULL) == 0);
    require_equal(files_in_folder(), 1);
    for (int i = 0; i < 2; i++)
        require_ok(steppe_slots_free(slots[i]));
}
END_TEST

/* The cancellation is due all the time, and strikes behind the calls only. */
static void *cancelled_while_busy(void *slots)
{
    require(pthread_cancel(pthread_self()) == 0);
    require_ok(steppe_slots_save(slots, path));
    uint8_t *loaded = steppe_slots_load_from(64, path, NULL);
    require(loaded);
    require_ok(steppe_slots_free(loaded));
    require(steppe_slots_save(slots, "/nowhere/at/all") == STEPPE_E_FILE);
    pthread_testcancel();
    return slots;
}

START_TEST(cancellation_waits)
{
    pthread_t thread;
    void *result;
    uint8_t *slots = make(64, 100000, NULL);
    fill_range(slots, 64, 1000, 1000);
    require(pthread_create(&thread, NULL, cancelled_while_busy, slots) == 0);
    require(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
    require_ok(steppe_slots_free(load_slots(64, NULL)));
    require_equal(files_in_folder(), 1);
    require_ok(steppe_slots_free(slots));
}
END_TEST

struct worker {
    uint8_t *slots;
    bool is_over;
};

static void *use_and_clear(void *context)
{
    struct worker *worker = context;
    uint64_t chance = 3;
    while (!__atomic_load_n(&worker->is_over, __ATOMIC_RELAXED)) {
        uint64_t index = random_below(&chance, 50000);
        if (random_below(&chance, 2))
            require(steppe_slots_use(worker->slots, index));
        else
            require_ok(steppe_slots_clear(worker->slots, index));
    }
    return NULL;
}

/* Not allowed, but it must not do harm: a file that can be read, or a refusal. */
START_TEST(saving_what_others_change)
{
    pthread_t thread;
    struct worker worker = {.slots = make(64, 100000, NULL)};
    require(pthread_create(&thread, NULL, use_and_clear, &worker) == 0);
    for (int i = 0; i < 30; i++) {
        steppe_status status = steppe_slots_save(worker.slots, path);
        require(status == STEPPE_OK || status == STEPPE_E_IN_USE, "%s", steppe_last_message());
        if (status == STEPPE_OK)
            require_ok(steppe_slots_free(load_slots(64, NULL)));
        require(files_in_folder() <= 1);
    }
    __atomic_store_n(&worker.is_over, true, __ATOMIC_RELAXED);
    require(pthread_join(thread, NULL) == 0);
    require_ok(steppe_slots_free(worker.slots));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file");
    TCase *trips = test_case(suite, "round trips");
    tcase_add_checked_fixture(trips, setup, teardown);
    tcase_add_loop_test(trips, no_slot_in_use, 0, (int)array_count(sizes));
    tcase_add_loop_test(trips, dense_slots, 0, (int)array_count(sizes));
    tcase_add_loop_test(trips, scattered_slots, 0, (int)array_count(sizes));
    tcase_add_loop_test(trips, slots_with_gaps, 0, (int)array_count(sizes));
    tcase_add_loop_test(trips, arrays, 0, (int)array_count(sizes));
    tcase_add_test(trips, first_and_last_of_very_many);
    tcase_add_test(trips, every_strategy_saves);
    tcase_add_test(trips, same_content_same_file);
    tcase_add_test(trips, large_pages);
    tcase_add_test(trips, the_macros_give_the_type);
    TCase *cost = test_case(suite, "cost");
    tcase_add_checked_fixture(cost, setup, teardown);
    tcase_add_test(cost, saving_commits_nothing);
    tcase_add_test(cost, what_is_zero_takes_no_room);
    tcase_add_test(cost, a_budget_refuses_in_the_middle);
    tcase_add_test(cost, a_limit_refuses_an_array);
    TCase *damage = test_case(suite, "damage");
    tcase_add_checked_fixture(damage, setup, teardown);
    tcase_add_loop_test(damage, every_changed_byte_is_found, 0, 2);
    tcase_add_loop_test(damage, every_other_length_is_refused, 0, 2);
    tcase_add_test(damage, damage_by_chance_is_found);
    tcase_add_loop_test(damage, forged_files, 0, 2);
    tcase_add_test(damage, files_that_almost_are);
    tcase_add_test(damage, something_else);
    tcase_add_test(damage, options_are_refused);
    TCase *refusals = test_case(suite, "refusals");
    tcase_add_checked_fixture(refusals, setup, teardown);
    tcase_add_test(refusals, wrong_arguments);
    tcase_add_test(refusals, paths_that_cannot_be);
    tcase_add_test(refusals, a_pipe_does_not_hang);
    tcase_add_test(refusals, no_permission);
    tcase_add_test(refusals, a_file_too_large);
    tcase_add_test(refusals, memory_that_cannot_be_read);
    TCase *replacing = test_case(suite, "replacing");
    tcase_add_checked_fixture(replacing, setup, teardown);
    tcase_add_test(replacing, an_old_file_is_replaced);
    tcase_add_test(replacing, a_secret_stays_one_while_it_is_replaced);
    tcase_add_test(replacing, a_link_stays);
    tcase_add_test(replacing, a_path_without_a_folder);
    tcase_add_test(replacing, loads_while_others_save);
    tcase_add_test(replacing, cancellation_waits);
    tcase_add_test(replacing, saving_what_others_change);
    TCase *views = test_case_catching(suite, "views");
    tcase_add_checked_fixture(views, setup, teardown);
    tcase_add_loop_test(views, views_show_what_is_there, 0, (int)array_count(sizes));
    tcase_add_test(views, views_cannot_be_changed);
    tcase_add_test(views, views_of_damaged_files);
    tcase_add_test(views, views_are_no_reservations);
    tcase_add_test(views, views_and_collectors);
    tcase_add_test(views, a_view_of_very_many);
    tcase_add_test(views, a_budget_refuses_a_view);
    tcase_add_test(views, a_view_of_what_is_cut_off);
    tcase_add_test(views, a_view_whose_reservation_is_released);
    tcase_add_test(views, a_view_of_large_blocks);
    tcase_add_test(views, several_views_of_a_file);
    tcase_add_test(views, too_many_mappings_for_a_view);
    tcase_add_test(views, views_after_fork);
    return test_main(suite);
}
