/* SPDX-License-Identifier: MIT */
/*
 * unicode-table - a terabyte reserved, all of Unicode in it, a few megabytes paid.
 *
 * This file reads the command line and tells the chapters in order; each chapter is a file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <steppe/steppe.h>

#include "audit.h"
#include "complaint.h"
#include "report.h"
#include "story.h"

#define DEFAULT_DIRECTORY "/usr/share/unicode"

static void print_help(void)
{
    puts("usage: unicode-table [DIRECTORY]\n"
         "\n"
         "Shows Steppe on real data: one record for each of Unicode's 1,114,112 code points, in a\n"
         "plain C array inside a reservation of one tebibyte, committed on fault.\n"
         "\n"
         "  DIRECTORY   where UnicodeData.txt, DerivedAge.txt and Scripts.txt are\n"
         "              (default: " DEFAULT_DIRECTORY ", Debian's package unicode-data)\n"
         "  --help      print this and exit\n"
         "  --version   print the library's version and exit\n"
         "\n"
         "Colour only on a UTF-8 terminal, and not when NO_COLOR is set. STEPPE_MECHANISM=uffd,\n"
         "guard, mprotect or best chooses how Steppe holds its pages.\n"
         "\n"
         "Exit status: 0 all figures agree, 1 the data cannot be read or the system refuses,\n"
         "2 wrong use, 3 two figures contradict each other.");
}

static int wrong_use(const char *what, const char *argument)
{
    complain("%s: %s (see unicode-table --help)", what, argument);
    return EXIT_USAGE;
}

static bool tell(struct story *story, const char *directory)
{
    report_title("A terabyte reserved, real data in it, a few megabytes paid",
                 "Steppe: the reserve/commit virtual memory of Windows, for C on Linux");
    return dataset_load(&story->dataset, directory) && chapter_fill(story) &&
           chapter_lookup(story) && chapter_census(story) && chapter_removal(story) &&
           chapter_budget(story) && chapter_map(story) && table_release(&story->loading.table) &&
           chapter_contest(story);
}

static int conclude(void)
{
    uint64_t comparisons = audit_comparison_count(), wrong = audit_contradiction_count();
    if (wrong > 0) {
        printf("\n  %s of %s comparisons CONTRADICT each other: see the lines above.\n\n",
               report_number(wrong), report_number(comparisons));
        return EXIT_CONTRADICTION;
    }
    printf("\n  %s comparisons between independent sources, no contradiction.\n\n",
           report_number(comparisons));
    return EXIT_SUCCESS;
}

static int run(const char *directory)
{
    struct story *story = calloc(1, sizeof *story);
    if (!story) {
        complain("no memory to begin with");
        return EXIT_BAD_INPUT;
    }
    report_open();
    bool is_told = tell(story, directory);
    int status = is_told ? conclude() : EXIT_BAD_INPUT;
    dataset_free(&story->dataset);
    free(story);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        complain("standard output cannot be written");
        return EXIT_BAD_INPUT;
    }
    return status;
}

int main(int argc, char **argv)
{
    const char *directory = NULL;
    bool options_are_over = false;
    for (int i = 1; i < argc; i++) {
        const char *argument = argv[i];
        bool is_option = !options_are_over && argument[0] == '-';
        if (is_option && strcmp(argument, "--help") == 0) {
            print_help();
            return EXIT_SUCCESS;
        }
        if (is_option && strcmp(argument, "--version") == 0) {
            printf("unicode-table (Steppe %s)\n", steppe_version());
            return EXIT_SUCCESS;
        }
        if (is_option && strcmp(argument, "--") == 0) {
            options_are_over = true;
            continue;
        }
        if (is_option)
            return wrong_use("unknown option", argument);
        if (directory)
            return wrong_use("more than one directory", argument);
        directory = argument;
    }
    return run(directory ? directory : DEFAULT_DIRECTORY);
}
