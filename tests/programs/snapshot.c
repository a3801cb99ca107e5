/* SPDX-License-Identifier: MIT */
/* snapshot.c - captures into files and back, and files that somebody has damaged. */
#include "map/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "map/output.h"
#include "support.h"

enum { PAGE = 4096 };

static struct capture capture, loaded;
static struct problem problem;
static char folder[] = "/tmp/steppe-map-XXXXXX";

#define require_says(words) require(strstr(problem.text, (words)), "it says \"%s\"", problem.text)

static void add_region(uint64_t start, size_t pages, enum region_kind kind, const char *name)
{
    struct region region = {.start = start,
                            .end = start + pages * PAGE,
                            .mapping_count = 1,
                            .kind = kind,
                            .protection = "rw-p",
                            .offset_bytes = 7 * PAGE,
                            .device_major = 0xfe,
                            .device_minor = 1,
                            .inode = 4711};
    region.figures.reserved_bytes = pages * PAGE;
    region.figures.committed_bytes = pages * PAGE;
    region.name = capture_keep_text(&capture, name, strlen(name));
    require(region.name && capture_add_region(&capture, &region));
}

static void add_run(size_t region, uint64_t page, uint64_t count, uint32_t flags)
{
    struct figures *figures = &capture.regions[region].figures;
    figures->resident_bytes += flags & PAGE_RESIDENT ? count * PAGE : 0;
    figures->dirty_bytes += flags & PAGE_DIRTY ? count * PAGE : 0;
    figures->swapped_bytes += flags & PAGE_SWAPPED ? count * PAGE : 0;
    require(capture_add_run(&capture, region, page, count, flags));
}

static void make(void)
{
    static char first[] = "a \"command\"", second[] = "\xff with\nbad bytes";
    require(mkdtemp(folder));
    capture.pid = 4711;
    capture.page_bytes = PAGE;
    capture.state = 'S';
    capture.taken_unix_ns = UINT64_C(1795000000123456789);
    capture.command = calloc(3, sizeof *capture.command);
    require(capture.command);
    capture.command[0] = strdup(first);
    capture.command[1] = strdup(second);
    capture.command_count = 2;
    (void)strcpy(capture.name, "sleep");
    capture.cost = (struct capture_cost){.refresh_ns = 5, .cpu_ns = 4};
    capture.cost.pages_by = CAPTURE_BY_PAGEMAP_SCAN;
    add_region(0x10000, 4, REGION_DATA, "/a \"name\"\n\\with, all");
    add_run(0, 0, 2, PAGE_RESIDENT | PAGE_DIRTY);
    add_run(0, 3, 1, PAGE_SWAPPED);
    add_region(0x20000, 1024, REGION_STEPPE, "cells");
    add_run(1, 10, 1, PAGE_ZERO | PAGE_HUGE);
    add_region(UINT64_C(0x7fff00000000), 1, REGION_STACK, "");
    capture.regions[2].figures.resident_bytes = FIGURE_UNKNOWN;
    struct timeline_point point = {.unix_ns = 1, .region_count = 3, .fault_count = FIGURE_UNKNOWN};
    require(timeline_add(&capture.timeline, &point));
    point.unix_ns = 2;
    require(timeline_add(&capture.timeline, &point));
    capture.steppe = json_pack("{s:i,s:[]}", "fault_count", 12, "reservations");
    require(capture.steppe);
    capture_sum(&capture);
}

static void teardown(void)
{
    capture_free(&capture);
    capture_free(&loaded);
    (void)rmdir(folder);
}

static char *text_of(const struct capture *of, size_t *bytes)
{
    static char *text; /* static: else gcc takes what the stream makes for a part of it */
    FILE *stream = open_memstream(&text, bytes);
    require(stream && output_json(stream, of) && fclose(stream) == 0);
    return text;
}

static const char *path_of(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static size_t files_in_folder(void)
{
    size_t count = 0;
    DIR *files = opendir(folder);
    require(files);
    while (readdir(files))
        count++;
    (void)closedir(files);
    return count - 2; /* itself and its parent */
}

START_TEST(what_is_saved_is_loaded)
{
    size_t bytes, again;
    struct stat status;
    require(snapshot_save(&capture, path_of("s"), &problem), "%s", problem.text);
    require(snapshot_save(&capture, path_of("s"), &problem), "%s", problem.text);
    require(stat(path_of("s"), &status) == 0 && (status.st_mode & 0777) == 0600);
    require_equal(files_in_folder(), 1);
    require(snapshot_load(&loaded, path_of("s"), &problem), "%s", problem.text);
    require(capture_check(&loaded, &problem), "%s", problem.text);
    require(strcmp(loaded.regions[0].name, capture.regions[0].name) == 0);
    require(strcmp(loaded.command[0], capture.command[0]) == 0);
    require(strcmp(loaded.command[1], "\xef\xbf\xbd with\nbad bytes") == 0);
    require(!figure_is_known(loaded.totals.resident_bytes));
    require_equal(loaded.taken_unix_ns, capture.taken_unix_ns);
    require_equal(json_integer_value(json_object_get(loaded.steppe, "fault_count")), 12);
    /* Nothing is lost on the way, but bytes that are no UTF-8. */
    free(capture.command[1]);
    capture.command[1] = strdup("\xef\xbf\xbd with\nbad bytes");
    char *text = text_of(&capture, &bytes), *text_again = text_of(&loaded, &again);
    ck_assert_str_eq(text, text_again);
    free(text);
    free(text_again);
    require_equal(unlink(path_of("s")), 0);
}
END_TEST

START_TEST(what_cannot_be_saved_leaves_nothing)
{
    require(!snapshot_save(&capture, "/nowhere/at/all", &problem));
    require_says("/nowhere/at/all cannot be written: No such file");
    require(!snapshot_save(&capture, folder, &problem));
    require_says("Is a directory");
    require(!snapshot_save(&capture, "/dev/full", &problem));
    require_says("No space");
    require(snapshot_save(&capture, "/dev/null", &problem), "%s", problem.text);
    require_equal(files_in_folder(), 0);
    /* What a link leads to is replaced, the link stays. */
    char target[256];
    struct stat status;
    (void)snprintf(target, sizeof target, "%s", path_of("target"));
    require_equal(symlink("target", path_of("link")), 0);
    int file = open(target, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    require(file >= 0 && close(file) == 0);
    require(snapshot_save(&capture, path_of("link"), &problem), "%s", problem.text);
    require(lstat(path_of("link"), &status) == 0 && S_ISLNK(status.st_mode));
    require(snapshot_load(&loaded, target, &problem), "%s", problem.text);
    require(unlink(target) == 0 && unlink(path_of("link")) == 0);
}
END_TEST

/* The text with the first occurrence of something replaced is refused with these words. */
static void require_refused(const char *text, const char *old, const char *new, const char *words)
{
    const char *found = strstr(text, old);
    require(found, "no \"%s\"", old);
    size_t at = (size_t)(found - text);
    char *changed = NULL;
    require(asprintf(&changed, "%.*s%s%s", (int)at, text, new, text + at + strlen(old)) >= 0);
    require(!snapshot_read(&loaded, changed, strlen(changed), "a.snap", &problem), "%s: loaded",
            new);
    require(strncmp(problem.text, "a.snap ", 7) == 0, "\"%s\"", problem.text);
    require(strstr(problem.text, words), "\"%s\" instead of \"%s\": \"%s\"", new, old,
            problem.text);
    require(loaded.regions == NULL && loaded.texts == NULL);
    free(changed);
}

START_TEST(the_first_thing_wrong_is_named)
{
    size_t bytes;
    char *text = text_of(&capture, &bytes);
    static const struct {
        const char *old, *new, *words;
    } wrong[] = {
        {"steppe-map", "other", "was not written by steppe-map"},
        {"\"version\":1", "\"version\":2", "another version"},
        {"\"version\":1", "\"version\":\"1\"", "another version"},
        {"\"kind\":\"process\"", "\"kind\":\"lab\"", "is of kind \"lab\""},
        {"\"pid\":4711", "\"pid\":-1", "process.pid"},
        {"\"pid\":4711", "\"pid\":4711.5", "process.pid"},
        {"\"pid\":4711", "\"pid\":99999999999", "process.pid"},
        {"\"page_bytes\":4096", "\"page_bytes\":4095", "process.page_bytes"},
        {"\"state\":\"S\"", "\"state\":\"SS\"", "process.state"},
        {"\"is_ended\":false", "\"is_ended\":0", "process.is_ended"},
        {"1795000000123456789", "17950000001234567890000", "unix_ns"},
        {"\"pages_by\":\"pagemap_scan\"", "\"pages_by\":\"guess\"", "cost.pages_by"},
        {"\"start\":\"0x10000\"", "\"start\":\"65536\"", "regions[0].start"},
        {"\"start\":\"0x10000\"", "\"start\":\"0x14000\"", "regions[0].end"},
        {"\"start\":\"0x10000\"", "\"start\":\"0x10001\"", "regions[0].start"},
        {"\"start\":\"0x20000\"", "\"start\":\"0x13000\"", "regions[1].start"},
        {"\"size_bytes\":16384", "\"size_bytes\":16385", "regions[0].size_bytes"},
        {"\"kind\":\"data\",\"protection\"", "\"kind\":\"date\",\"protection\"", "regions[0].kind"},
        {"\"rw-p\"", "\"rw-\"", "regions[0].protection"},
        {"\"rw-p\"", "\"rw-pp\"", "regions[0].protection"},
        {"\"fe:01\"", "\"fe01\"", "regions[0].device"},
        {"\"inode\":4711", "\"inode\":null", "regions[0].inode"},
        {"[0,2,\"rd\"]", "[0,3,\"rd\"]", "regions[0].resident_bytes"},
        {"[0,2,\"rd\"]", "[0,2,\"r\"]", "regions[0].dirty_bytes"},
        {"[0,2,\"rd\"]", "[0,2,\"d\"]", "letters that cannot be together"},
        {"[0,2,\"rd\"]", "[0,0,\"rd\"]", "regions[0].pages"},
        {"[0,2,\"rd\"]", "[0,4,\"rd\"]", "regions[0].pages"},
        {"[0,2,\"rd\"]", "[0,2]", "regions[0].pages"},
        {"[3,1,\"s\"]", "[4,1,\"s\"]", "regions[0].pages"},
        {"[3,1,\"s\"]", "[1,1,\"s\"]", "regions[0].pages"},
        {"[3,1,\"s\"]", "[-1,1,\"s\"]", "regions[0].pages"},
        {"[3,1,\"s\"]", "7", "regions[0].pages"},
        {"\"unix_ns\":\"1\"", "\"unix_ns\":\"3\"", "timeline[1].unix_ns"},
        {"\"steppe\":{", "\"steppe\":[],\"x\":{", "steppe"},
        {"\"timeline\"", "\"timelines\"", "timeline"},
        {"\"regions\":[", "\"regions\":7,\"x\":[", "regions"},
        {"\"format\"", "\"pid\":1,\"pid\":2,\"format\"", "duplicate"},
    };
    for (size_t i = 0; i < array_count(wrong); i++)
        require_refused(text, wrong[i].old, wrong[i].new, wrong[i].words);
    free(text);
}
END_TEST

START_TEST(members_that_nobody_knows_are_ignored)
{
    size_t bytes;
    char *text = text_of(&capture, &bytes), *changed;
    require(asprintf(&changed, "{\"new\":[1,{}],%s", text + 1) >= 0);
    require(snapshot_read(&loaded, changed, strlen(changed), "x", &problem), "%s", problem.text);
    free(changed);
    free(text);
}
END_TEST

START_TEST(other_files_are_no_snapshots)
{
    static const char *const texts[] = {"",
                                        "x",
                                        "[]",
                                        "{}",
                                        "7",
                                        "null",
                                        "\"steppe-map\"",
                                        "\xff\xfe",
                                        "{\"format\":7}",
                                        "{\"format\":\"steppe-map\"}"};
    for (size_t i = 0; i < array_count(texts); i++) {
        require(!snapshot_read(&loaded, texts[i], strlen(texts[i]), "x", &problem));
        require(strncmp(problem.text, "x is ", 5) == 0, "\"%s\"", problem.text);
    }
    require(!snapshot_load(&loaded, "/nowhere/x", &problem));
    require_says("/nowhere/x cannot be opened: No such file");
    require(!snapshot_load(&loaded, folder, &problem));
    require_says("cannot be read: Is a directory");
    require(!snapshot_load(&loaded, "/dev/null", &problem));
    require_says("/dev/null is no snapshot");
    char deep[100000];
    memset(deep, '[', sizeof deep);
    require(!snapshot_read(&loaded, deep, sizeof deep, "x", &problem));
}
END_TEST

/* It loads, and then all invariants hold, or there is a sentence and nothing is left behind. */
static bool try_to_read(const char *bytes, size_t byte_count)
{
    char *exact = malloc(byte_count ? byte_count : 1);
    require(exact);
    memcpy(exact, bytes, byte_count);
    problem.text[0] = '\0';
    bool is_read = snapshot_read(&loaded, exact, byte_count, "x", &problem);
    if (is_read)
        require(capture_check(&loaded, &problem), "%s", problem.text);
    else
        require(problem.text[0] && !loaded.regions && !loaded.command && !loaded.timeline.points);
    capture_free(&loaded);
    free(exact);
    return is_read;
}

START_TEST(every_truncation)
{
    size_t bytes, step = is_slow() ? 37 : 1;
    char *text = text_of(&capture, &bytes);
    for (size_t cut = 0; cut + 2 < bytes; cut += step)
        require(!try_to_read(text, cut), "cut at %zu it loads", cut);
    require(try_to_read(text, bytes));
    free(text);
}
END_TEST

START_TEST(every_bit_turned)
{
    size_t bytes, step = is_slow() ? 101 : 1, refused = 0;
    char *text = text_of(&capture, &bytes);
    for (size_t bit = 0; bit < 8 * bytes; bit += step) {
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
        refused += !try_to_read(text, bytes);
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
    }
    require(refused > 4 * bytes / step, "only %zu of %zu are refused", refused, 8 * bytes / step);
    free(text);
}
END_TEST

START_TEST(many_regions_come_back)
{
    size_t bytes, count = is_slow() ? 2000 : 50000;
    capture_clear(&capture);
    capture.page_bytes = PAGE;
    capture.state = 'R';
    for (size_t i = 0; i < count; i++) {
        add_region((i + 16) * 2 * PAGE, 2, REGION_ANONYMOUS, i % 2 ? "" : "[anon:x]");
        add_run(i, i % 2, 1, PAGE_RESIDENT | PAGE_DIRTY);
    }
    capture_sum(&capture);
    char *text = text_of(&capture, &bytes);
    require(snapshot_read(&loaded, text, bytes, "x", &problem), "%s", problem.text);
    free(text);
    require_equal(loaded.region_count, count);
    require_equal(loaded.run_count, count);
    require_equal(loaded.totals.resident_bytes, count * PAGE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("snapshot");
    TCase *all = test_case(suite, "snapshot");
    tcase_add_checked_fixture(all, make, teardown);
    tcase_add_test(all, what_is_saved_is_loaded);
    tcase_add_test(all, what_cannot_be_saved_leaves_nothing);
    tcase_add_test(all, the_first_thing_wrong_is_named);
    tcase_add_test(all, members_that_nobody_knows_are_ignored);
    tcase_add_test(all, other_files_are_no_snapshots);
    tcase_add_test(all, every_truncation);
    tcase_add_test(all, every_bit_turned);
    tcase_add_test(all, many_regions_come_back);
    return test_main(suite);
}
