/* SPDX-License-Identifier: MIT */
/* options.c - command lines, right and wrong. */
#include "map/options.h"

#include <string.h>

#include "support.h"

enum { ARGUMENTS_MAX = 12 };

static struct options options;

/* Words are parted by one space. */
static const char *read_line(const char *line)
{
    static char words[256];
    char *arguments[ARGUMENTS_MAX + 1] = {"steppe-map"};
    int count = 1;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        require(count < ARGUMENTS_MAX);
        arguments[count++] = word;
    }
    static char *kept[ARGUMENTS_MAX + 1];
    memcpy(kept, arguments, sizeof kept);
    return options_read(&options, count, kept);
}

static void require_wrong(const char *line, const char *part)
{
    const char *wrong = read_line(line);
    ck_assert_msg(wrong && strstr(wrong, part), "%s: %s", line, wrong ? wrong : "no complaint");
}

START_TEST(ways)
{
    require(!read_line("1234"));
    require(options.way == OPTIONS_PROCESS && options.pid == 1234);
    require(!options_are_batch(&options) && options.interval_ms == 1000);
    require(!read_line("--once --interval 0.25 -- sleep 9 --once"));
    require(options.way == OPTIONS_COMMAND && options.once && options.interval_ms == 250);
    ck_assert_str_eq(options.command[0], "sleep");
    ck_assert_str_eq(options.command[2], "--once");
    require(!options.command[3]);
    require(!read_line("--load a.json --html b.html"));
    require(options.way == OPTIONS_LOAD && strcmp(options.html, "b.html") == 0);
    require(!read_line("--diff a.json b.json --json"));
    require(options.way == OPTIONS_DIFF && strcmp(options.after, "b.json") == 0);
    require(options.json && options_are_batch(&options));
    require(!read_line("--publish --html - -- a"));
    require(options.publish && options.way == OPTIONS_COMMAND);
    require(!read_line("7 --csv"));
    require(options.pid == 7 && options.csv);
    require(!read_line("lab --slots x"));
    require_equal(options.way, OPTIONS_LAB);
    require(!read_line("--help"));
    require_equal(options.way, OPTIONS_HELP);
    require(!read_line("-V"));
    require_equal(options.way, OPTIONS_VERSION);
    require(!read_line("--color never --ascii --no-mouse 1"));
    require(options.screen.colors == SCREEN_COLORS_NONE && options.screen.ascii);
    require(options.screen.no_mouse);
}
END_TEST

START_TEST(wrong_ones)
{
    require_wrong("", "what is to be looked at");
    require_wrong("x", "'x' is no process's number");
    require_wrong("x", "steppe-map $(pidof -s x)");
    require_wrong("0", "'0' is no");
    require_wrong("-5", "unknown option '-5'");
    require_wrong("99999999999999999999", "is no process's number");
    require_wrong("1 2", "one process at a time");
    require_wrong("--html", "'--html' needs a value");
    require_wrong("--once=yes 1", "takes no value");
    require_wrong("--wat 1", "unknown option '--wat'");
    require_wrong("-x 1", "unknown option '-x'");
    require_wrong("--interval 0 1", "--interval '0'");
    require_wrong("--interval nan 1", "--interval 'nan'");
    require_wrong("--interval 1s 1", "--interval '1s'");
    require_wrong("--samples 0 --once 1", "--samples '0'");
    require_wrong("--samples 5 1", "--samples needs");
    require_wrong("--color red 1", "--color 'red'");
    require_wrong("--once --json 1", "one at a time");
    require_wrong("--diff a", "--diff takes two");
    require_wrong("--diff a b c", "--diff takes two");
    require_wrong("--diff a b --save c", "no snapshot");
    require_wrong("--load a 1", "besides --load");
    require_wrong("--diff a b --load c", "one thing at a time");
    require_wrong("--diff a b --samples 3", "--samples is for processes");
    require_wrong("--load a --once --samples 3", "--samples is for processes");
    char *empty[] = {"steppe-map", "--html", "", "1", NULL};
    require(options_read(&options, 4, empty));
    require_wrong("1 -- sleep 2", "'sleep' behind --");
    require_wrong("--load a -- b", "'b' behind --");
    require_wrong("--save - 1", "./- is a file of that name");
    require_wrong("--html - --json 1", "one thing on standard output");
    require_wrong("--publish 1", "STEPPE_PUBLISH=1");
    require_wrong("--diff no-such-file 1234567", "take a snapshot of the process first");
    require_wrong("--", "what is to be looked at");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *plain = test_case(suite, "plain");
    tcase_add_test(plain, ways);
    tcase_add_test(plain, wrong_ones);
    return test_main(suite);
}
