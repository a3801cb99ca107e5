/* SPDX-License-Identifier: MIT */
/* maps.c - lines of /proc/PID/maps and smaps, kind and hostile. */
#include "map/maps.h"

#include <stdlib.h>
#include <string.h>

#include "map/smaps.h"
#include "support.h"

static struct problem problem;

static bool read_line(const char *text, struct mapping *mapping, char *line)
{
    size_t bytes = strlen(text);
    memcpy(line, text, bytes);
    return maps_read_line(line, bytes, mapping);
}

START_TEST(a_line_is_read)
{
    struct mapping mapping;
    char line[512];
    require(read_line("7f00-ffffffffffffe000 r-xs 00012000 fe:1a 18446744073709551615       "
                      "/a path/with  two\\012lines\\01 (deleted)",
                      &mapping, line));
    require(mapping.start == 0x7f00 && mapping.end == UINT64_C(0xffffffffffffe000));
    require(strcmp(mapping.protection, "r-xs") == 0 && mapping.offset_bytes == 0x12000);
    require(mapping.device_major == 0xfe && mapping.device_minor == 0x1a);
    require_equal(mapping.inode, UINT64_MAX);
    static const char name[] = "/a path/with  two\nlines\\01 (deleted)";
    require_equal(mapping.name_bytes, strlen(name));
    require(memcmp(mapping.name, name, strlen(name)) == 0);
    require(read_line("1000-2000 ---p 00000000 00:00 0", &mapping, line));
    require_equal(mapping.name_bytes, 0);
    require(read_line("1000-2000 ---p 00000000 00:00 0                  ", &mapping, line));
    require_equal(mapping.name_bytes, 0);
}
END_TEST

START_TEST(other_lines_are_refused)
{
    static const char *const lines[] = {
        "",
        "-",
        "1000",
        "1000-",
        "1000-2000",
        "2000-1000 rw-p 0 0:0 0",
        "1000-1000 rw-p 0 0:0 0",
        "1000-2000 rw-x 0 0:0 0",
        "1000-2000 wr-p 0 0:0 0",
        "1000-2000 rw-",
        "1000-2000 rw-p",
        "1000-2000 rw-p  0:0 0",
        "1000-2000 rw-p 0 00 0",
        "1000-2000 rw-p 0 0: 0",
        "1000-2000 rw-p 0 0:100000000 0",
        "1000-2000 rw-p 0 0:0 18446744073709551616",
        "1000-2000 rw-p 0 0:0 99999999999999999999999999",
        "1000-2000 rw-p 0 0:0 ",
        "1000-2000 rw-p 0 0:0 7x",
        "1000-12345678901234567 rw-p 0 0:0 0",
        " 1000-2000 rw-p 0 0:0 0",
        "1000-2000  rw-p 0 0:0 0",
        "Rss:     12 kB",
    };
    struct mapping mapping;
    char line[512];
    for (size_t i = 0; i < array_count(lines); i++)
        require(!read_line(lines[i], &mapping, line), "\"%s\"", lines[i]);
    memcpy(line, "1000-2000 rw-p 0 0:0 0 /a\0b", 27);
    require(!maps_read_line(line, 27, &mapping));
}
END_TEST

/* No line, however damaged, makes it read outside: each has memory of just its size. */
START_TEST(damaged_lines_harm_nothing)
{
    static const char good[] = "7f001000-7f002000 rw-p 00012000 fe:1a 4711   /lib/\\012x (deleted)";
    uint64_t seed = 7;
    struct mapping mapping;
    for (int i = 0; i < 20000; i++) {
        size_t bytes = random_below(&seed, sizeof good);
        char *line = malloc(bytes ? bytes : 1);
        require(line);
        memcpy(line, good, bytes);
        for (uint64_t change = random_below(&seed, 4); change && bytes; change--)
            line[random_below(&seed, bytes)] = (char)random_below(&seed, 256);
        if (maps_read_line(line, bytes, &mapping)) {
            require(mapping.start < mapping.end && mapping.name_bytes <= bytes);
            require((unsigned)maps_kind_of(&mapping) < REGION_KIND_COUNT);
        }
        free(line);
    }
}
END_TEST

START_TEST(kinds_of_lines)
{
    static const struct {
        const char *line;
        enum region_kind kind;
    } known[] = {
        {"1000-2000 r-xp 0 8:1 7 /usr/bin/cat", REGION_CODE},
        {"1000-2000 r--p 0 8:1 7 /usr/bin/cat", REGION_FILE},
        {"1000-2000 rw-p 0 8:1 7 /usr/bin/cat", REGION_DATA},
        {"1000-2000 rw-s 0 8:1 7 /srv/base", REGION_FILE},
        {"1000-2000 ---p 0 8:1 7 /usr/bin/cat", REGION_RESERVED},
        {"1000-2000 rw-p 0 0:0 0 [heap]", REGION_HEAP},
        {"1000-2000 rw-p 0 0:0 0 [anon: glibc: malloc arena]", REGION_HEAP},
        {"1000-2000 rw-p 0 0:0 0 [anon: glibc: pthread stack: 12]", REGION_STACK},
        {"1000-2000 rw-p 0 0:0 0 [stack]", REGION_STACK},
        {"1000-2000 rw-p 0 0:0 0 [anon:mine]", REGION_ANONYMOUS},
        {"1000-2000 rw-p 0 0:0 0", REGION_ANONYMOUS},
        {"1000-2000 ---p 0 0:0 0", REGION_RESERVED},
        {"1000-2000 rw-s 0 0:1 7 /dev/zero (deleted)", REGION_SHARED},
        {"1000-2000 rw-p 0 0:1 7 /dev/zero", REGION_ANONYMOUS},
        {"1000-2000 rw-s 0 0:1 7 /memfd:x (deleted)", REGION_SHARED},
        {"1000-2000 rw-s 0 0:1 7 /dev/shm/x", REGION_SHARED},
        {"1000-2000 rw-s 0 0:1 7 /SYSV00000000 (deleted)", REGION_SHARED},
        {"1000-2000 rw-s 0 0:1 7 [anon_shmem:x]", REGION_SHARED},
        {"1000-2000 r-xp 0 0:0 0 [vdso]", REGION_SPECIAL},
        {"1000-2000 r--p 0 0:0 0 [vvar]", REGION_SPECIAL},
        {"1000-2000 rw-s 0 0:d 9 anon_inode:[io_uring]", REGION_SPECIAL},
    };
    struct mapping mapping;
    char line[512];
    for (size_t i = 0; i < array_count(known); i++) {
        require(read_line(known[i].line, &mapping, line));
        require(maps_kind_of(&mapping) == known[i].kind, "%s: %s", known[i].line,
                region_kind_name(maps_kind_of(&mapping)));
    }
}
END_TEST

START_TEST(neighbours_decide)
{
    struct region regions[] = {
        {.start = 0x1000, .end = 0x2000, .kind = REGION_FILE, .protection = "r--p", .inode = 7},
        {.start = 0x2000,
         .end = 0x3000,
         .kind = REGION_CODE,
         .protection = "r-xp",
         .offset_bytes = 0x1000,
         .inode = 7},
        {.start = 0x3000,
         .end = 0x4000,
         .kind = REGION_FILE,
         .protection = "r--p",
         .offset_bytes = 0x2000,
         .inode = 7},
        {.start = 0x4000,
         .end = 0x5000,
         .kind = REGION_FILE,
         .protection = "r--p",
         .offset_bytes = 0x2000,
         .inode = 7}, /* relocations */
        {.start = 0x5000,
         .end = 0x6000,
         .kind = REGION_DATA,
         .protection = "rw-p",
         .offset_bytes = 0x3000,
         .inode = 7},
        {.start = 0x6000, .end = 0x7000, .kind = REGION_ANONYMOUS, .protection = "rw-p"},
        {.start = 0x7000, .end = 0x8000, .kind = REGION_ANONYMOUS, .protection = "rw-p"},
        {.start = 0x8000, .end = 0x9000, .kind = REGION_FILE, .protection = "r--p", .inode = 8},
        {.start = 0x9000, .end = 0xa000, .kind = REGION_DATA, .protection = "rw-p", .inode = 8},
    };
    static const enum region_kind expected[] = {
        REGION_CODE,      REGION_CODE,      REGION_CODE, REGION_DATA, REGION_DATA,
        REGION_ANONYMOUS, REGION_ANONYMOUS, REGION_FILE, REGION_DATA,
    };
    for (size_t i = 0; i < array_count(regions); i++)
        regions[i].name = "";
    maps_settle_kinds(regions, array_count(regions));
    for (size_t i = 0; i < array_count(regions); i++)
        require(regions[i].kind == expected[i], "%zu: %s", i, region_kind_name(regions[i].kind));
    maps_settle_kinds(regions, 0);
}
END_TEST

static const char smaps_text[] = "1000-3000 rw-p 00000000 00:00 0 \n"
                                 "Size:                  8 kB\n"
                                 "Rss:                   4 kB\n"
                                 "VmFlags: rd wr \n"
                                 "5000-6000 rw-p 00000000 00:00 0                  [heap]\n"
                                 "Size:                  4 kB\n"
                                 "Rss:    99999999999999999999999 kB\n"
                                 "Swap:                  junk\n"
                                 "Locked:               12 kB\n";

static bool read_smaps(const char *text, uint64_t address, struct smaps *smaps)
{
    FILE *stream = fmemopen((void *)text, strlen(text), "r"); /* read only */
    require(stream);
    bool found = smaps_read(stream, address, smaps, &problem);
    require_equal(fclose(stream), 0);
    return found;
}

START_TEST(smaps_of_one_mapping)
{
    struct smaps smaps;
    require(read_smaps(smaps_text, 0x2fff, &smaps));
    require(smaps.start == 0x1000 && smaps.end == 0x3000);
    require(smaps.size_bytes == 8192 && smaps.rss_bytes == 4096);
    require(!figure_is_known(smaps.pss_bytes) && !figure_is_known(smaps.locked_bytes));
    require(strcmp(smaps.flags, "rd wr") == 0);
    require(read_smaps(smaps_text, 0x5000, &smaps));
    require(smaps.locked_bytes == 12288 && !figure_is_known(smaps.swap_bytes));
    require(!read_smaps(smaps_text, 0x3000, &smaps));
    require(strstr(problem.text, "nothing is mapped at 0x3000"));
    require(!read_smaps(smaps_text, 0x6000, &smaps));
    require(!read_smaps("\n", 0x6000, &smaps));
}
END_TEST

static void count_one(void *context, const struct smaps *smaps)
{
    size_t *count = context;
    static const uint64_t starts[] = {0x1000, 0x5000};
    require(*count < array_count(starts));
    require_equal(smaps->start, starts[(*count)++]);
}

START_TEST(smaps_of_all_mappings)
{
    struct smaps smaps = {.flags = "rd wr mr nr ac"};
    size_t count = 0;
    FILE *stream = fmemopen((void *)smaps_text, strlen(smaps_text), "r"); /* read only */
    require(stream);
    require(smaps_read_all(stream, count_one, &count, &problem));
    require_equal(fclose(stream), 0);
    require_equal(count, 2);
    require(smaps_has_flag(&smaps, "nr") && smaps_has_flag(&smaps, "rd"));
    require(smaps_has_flag(&smaps, "ac"));
    require(!smaps_has_flag(&smaps, "sh"));
    (void)strcpy(smaps.flags, "xnr");
    require(!smaps_has_flag(&smaps, "nr"));
    (void)strcpy(smaps.flags, "");
    require(!smaps_has_flag(&smaps, "nr"));
}
END_TEST

START_TEST(a_problem_has_no_control_characters)
{
    require(!problem_say(&problem, "a\nb\x1b[1mc\xff\xc3\xa4%s", "\x7f"));
    require(strcmp(problem.text, "a?b?[1mc?\xc3\xa4?") == 0, "\"%s\"", problem.text);
    char much[2 * PROBLEM_BYTES];
    memset(much, 'x', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    require(!problem_say(&problem, "%s", much));
    require_equal(strlen(problem.text), PROBLEM_BYTES - 1);
    require(!problem_say(NULL, "nobody listens"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("maps");
    TCase *lines = test_case(suite, "lines");
    tcase_add_test(lines, a_line_is_read);
    tcase_add_test(lines, other_lines_are_refused);
    tcase_add_test(lines, damaged_lines_harm_nothing);
    tcase_add_test(lines, smaps_of_one_mapping);
    tcase_add_test(lines, smaps_of_all_mappings);
    tcase_add_test(lines, a_problem_has_no_control_characters);
    TCase *kinds = test_case(suite, "kinds");
    tcase_add_test(kinds, kinds_of_lines);
    tcase_add_test(kinds, neighbours_decide);
    return test_main(suite);
}
