/* SPDX-License-Identifier: MIT */
/* output.c - JSON, CSV and text of captures and differences. */
#include "map/output.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { PAGE = 4096 };

static struct capture before, after;
static struct difference difference;
static struct problem problem;

static void add_region(struct capture *capture, uint64_t start, size_t pages, const char *name)
{
    struct region region = {.start = start,
                            .end = start + pages * PAGE,
                            .mapping_count = 1,
                            .kind = REGION_DATA,
                            .protection = "rw-p"};
    region.figures.reserved_bytes = pages * PAGE;
    region.figures.huge_bytes = FIGURE_UNKNOWN;
    region.name = capture_keep_text(capture, name, strlen(name));
    require(region.name && capture_add_region(capture, &region));
}

static void add_run(struct capture *capture, size_t index, uint64_t page, uint64_t count)
{
    capture->regions[index].figures.resident_bytes += count * PAGE;
    require(capture_add_run(capture, index, page, count, PAGE_RESIDENT));
}

static void make(void)
{
    before.page_bytes = after.page_bytes = PAGE;
    before.state = after.state = 'S';
    before.pid = after.pid = 7;
    add_region(&before, 0x10000, 4, "plain");
    add_region(&before, 0x20000, 4, "");
    add_run(&before, 1, 2, 2);
    add_region(&after, 0x10000, 4, "a \"name\", with\nall \x1b[1m\xff");
    add_region(&after, 0x1e000, 5, "");
    add_run(&after, 1, 0, 2);
    capture_sum(&before);
    capture_sum(&after);
    require(difference_make(&difference, &before, &after, &problem), "%s", problem.text);
}

static void teardown(void)
{
    difference_free(&difference);
    capture_free(&before);
    capture_free(&after);
}

static char *written;
static size_t written_bytes;

static FILE *start_writing(void)
{
    free(written);
    written = NULL;
    FILE *stream = open_memstream(&written, &written_bytes);
    require(stream);
    return stream;
}

#define require_written(call)                                                                      \
    do {                                                                                           \
        FILE *stream = start_writing();                                                            \
        require(call);                                                                             \
        require_equal(fclose(stream), 0);                                                          \
    } while (0)

static json_t *parse(void)
{
    json_error_t error;
    json_t *root = json_loadb(written, written_bytes, JSON_REJECT_DUPLICATES, &error);
    require(root, "line %d: %s", error.line, error.text);
    return root;
}

/* "regions.1.pages.0" */
static const json_t *find(const json_t *root, const char *path)
{
    char name[64];
    while (*path) {
        size_t bytes = strcspn(path, ".");
        require(bytes < sizeof name);
        memcpy(name, path, bytes);
        name[bytes] = '\0';
        root = json_is_array(root) ? json_array_get(root, strtoul(name, NULL, 10))
                                   : json_object_get(root, name);
        require(root, "no %s", name);
        path += bytes + (path[bytes] == '.');
    }
    return root;
}

static void require_json(const json_t *root, const char *path, const char *expected)
{
    char *text = json_dumps(find(root, path), JSON_ENCODE_ANY | JSON_COMPACT);
    require(text);
    ck_assert_msg(strcmp(text, expected) == 0, "%s is %s, not %s", path, text, expected);
    free(text);
}

START_TEST(json_of_a_capture)
{
    require_written(output_json(stream, &after));
    json_t *root = parse();
    require_json(root, "format", "\"steppe-map\"");
    require_json(root, "version", "1");
    require_json(root, "kind", "\"process\"");
    require_json(root, "taken.text", "\"1970-01-01T00:00:00Z\"");
    require_json(root, "process.command", "[]");
    require_json(root, "process.is_ended", "false");
    require_json(root, "cost.pages_by", "\"none\"");
    require_json(root, "cost.why_no_pages", "null");
    require_json(root, "totals.region_count", "2");
    require_json(root, "totals.huge_bytes", "null");
    require_json(root, "totals.resident_bytes", "8192");
    require_json(root, "totals.largest_hole_start", "\"0x14000\"");
    require_json(root, "totals.fragmentation", "0.0");
    require_json(root, "kinds.0.kind", "\"data\"");
    require_json(root, "regions.0.name", "\"a \\\"name\\\", with\\nall \\u001B[1m\xef\xbf\xbd\"");
    require_json(root, "regions.0.huge_bytes", "null");
    require_json(root, "regions.0.device", "\"00:00\"");
    require_json(root, "regions.1.start", "\"0x1e000\"");
    require_json(root, "regions.1.pages", "[[0,2,\"r\"]]");
    require_json(root, "timeline", "[]");
    require_json(root, "steppe", "null");
    json_decref(root);
}
END_TEST

START_TEST(json_of_a_difference)
{
    require_written(output_json_difference(stream, &difference));
    json_t *root = parse();
    require_json(root, "kind", "\"difference\"");
    require_json(root, "before.process.pid", "7");
    require_json(root, "totals.reserved_bytes",
                 "{\"before\":32768,\"after\":36864,\"change\":4096}");
    require_json(root, "totals.resident_bytes", "{\"before\":8192,\"after\":8192,\"change\":0}");
    require_json(root, "totals.huge_bytes", "{\"before\":null,\"after\":null,\"change\":null}");
    require_json(root, "totals.pages_came", "2");
    require_json(root, "regions.0.change", "\"went\"");
    require_json(root, "regions.1.change", "\"came\"");
    require_json(root, "regions.1.before", "null");
    require_json(root, "regions.2.change", "\"changed\"");
    require_json(root, "regions.2.before.size_bytes", "16384");
    require_json(root, "regions.2.pages_came", "[[0,2]]");
    require_json(root, "regions.2.pages_went", "[[4,2]]");
    require_json(root, "regions.2.before.committed_is_exact", "false");
    require_json(root, "totals.committed_is_exact", "{\"before\":false,\"after\":false}");
    json_decref(root);
}
END_TEST

START_TEST(csv_quotes_what_must_be)
{
    require_written(output_csv(stream, &after));
    ck_assert_str_eq(written,
                     "start,end,size_bytes,kind,protection,offset_bytes,device,inode,mapping_count,"
                     "reserved_bytes,committed_bytes,resident_bytes,dirty_bytes,swapped_bytes,"
                     "huge_bytes,name\r\n"
                     "0x10000,0x14000,16384,data,rw-p,0,00:00,0,1,16384,0,0,0,0,,"
                     "\"a \"\"name\"\", with\uFFFDall \uFFFD[1m\uFFFD\"\r\n"
                     "0x1e000,0x23000,20480,data,rw-p,0,00:00,0,1,20480,0,8192,0,0,,\r\n");
    require_written(output_csv_difference(stream, &difference));
    require(strstr(written, "\r\nchanged,0x1e000,"));
    require(strstr(written, ",huge_bytes,size_bytes_before,committed_bytes_before,"
                            "committed_bytes_after,resident_bytes_before,resident_bytes_after,"
                            "pages_came,pages_went,name\r\n"),
            "%s", written);
    require(strstr(written, ",16384,0,0,8192,8192,2,2,\r\n"), "%s", written);
}
END_TEST

START_TEST(text_has_no_control_characters)
{
    struct region_choice choice = {.order = REGION_BY_RESIDENT};
    struct output_text_options few = {.choice = &choice, .line_max = 1};
    require_written(output_text(stream, &after, NULL));
    require(strstr(written, "a \"name\", with?all ?[1m?\n"), "%s", written);
    require_written(output_text(stream, &after, &few));
    require(strstr(written, "... 1 more\n") && !strstr(written, "name\","), "%s", written);
    require_written(output_text_difference(stream, &difference, 0));
    require(strstr(written, "1 changed; 2 pages came, 2 went\n"), "%s", written);
    require(strstr(written, " KiB        +2        -2\n"), "%s", written);
}
END_TEST

static size_t longest_line(const char *text)
{
    size_t longest = 0;
    for (size_t length; *text; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* What is below the line that begins with `from`: sentences above are as long as they are. */
static const char *below(const char *from)
{
    const char *found = strstr(written, from);
    require(found, "%s", written);
    return found + 1;
}

START_TEST(text_as_wide_as_the_terminal)
{
    struct output_text_options limit = {.columns = 300};
    require_written(output_text_difference(stream, &difference, 90));
    require(longest_line(below("\n\n")) <= 90, "%s", written);
    require(strstr(written, "(no room in 90 columns for: may (all rw-p), committed+- (all 0 B))"),
            "%s", written);

    add_region(&after, 0x90000, 1, "/a/folder/of/so/long/a/name/that/it/has/no/room/libx.so");
    capture_sum(&after);
    require_written(output_text(stream, &after, NULL));
    require(strstr(written, "  /a/folder/of/") && !strstr(written, "no room"), "%s", written);
    require(longest_line(below("\nkind ")) > 120, "%s", written);
    char *unlimited = strdup(written);
    require(unlimited);
    require_written(output_text(stream, &after, &limit));
    ck_assert_str_eq(written, unlimited);
    free(unlimited);

    limit.columns = 80; /* names lose their beginnings */
    require_written(output_text(stream, &after, &limit));
    require_equal(longest_line(below("\nkind ")), 80);
    require(strstr(written, "  ...oom/libx.so\n") && !strstr(written, "for:"), "%s", written);

    limit.columns = 70; /* what is the same everywhere goes first, and is told all the same */
    require_written(output_text(stream, &after, &limit));
    require_equal(longest_line(below("\nkind ")), 70);
    require(strstr(written, "\n(no room in 70 columns for: swapped (all 0 B), huge (all ?))\n"),
            "%s", written);

    limit.columns = 1; /* something is always left */
    require_written(output_text(stream, &after, &limit));
    require(strstr(below("\n\n"), "\naddress kind  may resident  name\n"), "%s", written);
}
END_TEST

static const char steppe_before[] =
    "{\"reservations\":["
    "{\"name\":\"gone\",\"kind\":\"plain\",\"start\":\"0x10000\",\"size_bytes\":4096,"
    "\"page_bytes\":4096,\"committed_bytes\":0},"
    "{\"name\":\"same\",\"kind\":\"plain\",\"start\":\"0x12000\",\"size_bytes\":4096,"
    "\"page_bytes\":4096,\"committed_bytes\":4096},"
    "{\"name\":\"rows\",\"kind\":\"slots\",\"start\":\"0x20000\",\"size_bytes\":1048576,"
    "\"page_bytes\":4096,\"committed_bytes\":4096,\"fault_count\":1,\"refused_count\":0,"
    "\"budget\":{\"number\":1,\"charged_bytes\":49283072,\"limit_bytes\":67108864},"
    "\"slots\":{\"start\":\"0x20000\",\"slot_bytes\":64,\"slot_max\":9000,\"slot_count\":5}}]}";

static const char steppe_after[] =
    "{\"reservations\":["
    "{\"name\":\"same\",\"kind\":\"plain\",\"start\":\"0x12000\",\"size_bytes\":4096,"
    "\"page_bytes\":4096,\"committed_bytes\":4096},"
    "{\"name\":\"rows\",\"kind\":\"slots\",\"start\":\"0x20000\",\"size_bytes\":1048576,"
    "\"page_bytes\":4096,\"committed_bytes\":12288,\"fault_count\":1,\"refused_count\":2,"
    "\"budget\":{\"number\":1,\"charged_bytes\":49283072,\"limit_bytes\":67108864},"
    "\"slots\":{\"start\":\"0x20000\",\"slot_bytes\":64,\"slot_max\":9000,\"slot_count\":4005}},"
    "{\"name\":\"rows\",\"kind\":\"slots-bits\",\"start\":\"0x180000\",\"size_bytes\":4096,"
    "\"page_bytes\":4096,\"committed_bytes\":4096,\"fault_count\":0,\"refused_count\":1234}]}";

static void publish(struct capture *capture, const char *steppe)
{
    json_decref(capture->steppe);
    capture->steppe = json_loads(steppe, 0, NULL);
    require(capture->steppe);
}

/* Figures that only the library knows. */
START_TEST(differences_of_reservations)
{
    require_written(output_json_difference(stream, &difference));
    json_t *root = parse();
    require_json(root, "reservations", "null");
    json_decref(root);
    require_written(output_text_difference(stream, &difference, 0));
    require(!strstr(written, "reservation"), "%s", written);

    publish(&before, steppe_before);
    publish(&after, steppe_before);
    require_written(output_json_difference(stream, &difference));
    root = parse();
    require_json(root, "reservations", "[]");
    json_decref(root);
    require_written(output_text_difference(stream, &difference, 0));
    require(strstr(written, "no reservation has changed\n"), "%s", written);

    publish(&after, steppe_after);
    require_written(output_json_difference(stream, &difference));
    root = parse();
    require_json(root, "reservations.0.change", "\"went\"");
    require_json(root, "reservations.0.committed_bytes", "{\"before\":0,\"after\":0,\"change\":0}");
    require_json(root, "reservations.0.slot_count",
                 "{\"before\":null,\"after\":null,\"change\":null}");
    require_json(root, "reservations.1.change", "\"changed\"");
    require_json(root, "reservations.1.name", "\"rows\"");
    require_json(root, "reservations.1.start", "\"0x20000\"");
    require_json(root, "reservations.1.slot_count",
                 "{\"before\":5,\"after\":4005,\"change\":4000}");
    require_json(root, "reservations.1.refused_count", "{\"before\":0,\"after\":2,\"change\":2}");
    require_json(root, "reservations.2.change", "\"came\"");
    require_json(root, "reservations.2.kind", "\"slots-bits\"");
    require_equal(json_array_size(find(root, "reservations")), 3);
    json_decref(root);

    require_written(output_text_difference(stream, &difference, 0));
    require(strstr(written,
                   "           10000 went    reserved     4.0 KiB ->        0 B    -4.0 KiB  gone\n"
                   "           20000 changed committed    4.0 KiB ->   12.0 KiB    +8.0 KiB  rows\n"
                   "                         slots              5 ->      4,005      +4,000\n"
                   "                         refused            0 ->          2          +2\n"
                   "          180000 came    reserved "),
            "%s", written);
    require(!strstr(written, "same"), "%s", written);
}
END_TEST

/* The charge beside the limit; and who was refused is told also of the bookkeeping. */
START_TEST(text_of_reservations)
{
    publish(&after, steppe_after);
    require_written(output_text(stream, &after, NULL));
    require(strstr(written, "     47.0 of 64.0 MiB "), "%s", written);
    require(strstr(written, "  rows (1,234 more refused for its bits)\n"), "%s", written);
    require(strstr(written, "none                 none "), "%s", written);
}
END_TEST

/* Somebody who wonders where the reservations are is told what to do. */
START_TEST(text_of_a_silent_library)
{
    const struct output_text_options unread = {.is_steppe_unread = true};
    require_written(output_text(stream, &after, NULL));
    require(!strstr(written, OUTPUT_SILENT_TEXT), "%s", written);
    add_region(&after, 0x90000, 1, "/usr/lib/libsteppe.so.0 (deleted)");
    capture_sum(&after);
    require_written(output_text(stream, &after, NULL));
    require(strstr(written, OUTPUT_SILENT_TEXT "\n"), "%s", written);
    require_written(output_text(stream, &after, &unread));
    require(!strstr(written, OUTPUT_SILENT_TEXT), "%s", written);
    publish(&after, steppe_after);
    require_written(output_text(stream, &after, NULL));
    require(!strstr(written, OUTPUT_SILENT_TEXT), "%s", written);
}
END_TEST

START_TEST(failure_to_write_is_told)
{
    FILE *full = fopen("/dev/full", "we");
    require(full);
    require(!output_json(full, &after));
    clearerr(full);
    require(!output_csv(full, &after));
    clearerr(full);
    require(!output_text(full, &after, NULL));
    clearerr(full);
    require(!output_json_difference(full, &difference));
    (void)fclose(full);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("output");
    TCase *all = test_case(suite, "output");
    tcase_add_checked_fixture(all, make, teardown);
    tcase_add_test(all, json_of_a_capture);
    tcase_add_test(all, json_of_a_difference);
    tcase_add_test(all, csv_quotes_what_must_be);
    tcase_add_test(all, text_has_no_control_characters);
    tcase_add_test(all, text_as_wide_as_the_terminal);
    tcase_add_test(all, differences_of_reservations);
    tcase_add_test(all, text_of_reservations);
    tcase_add_test(all, text_of_a_silent_library);
    tcase_add_test(all, failure_to_write_is_told);
    int failed = test_main(suite);
    free(written);
    return failed;
}
