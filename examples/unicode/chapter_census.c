/* SPDX-License-Identifier: MIT */
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "complaint.h"
#include "report.h"

enum { SHOWN_COUNT = 8, BAR_COLUMNS = 32 };

struct census {
    uint64_t counts[RANGES_NAMES_MAX];
    uint64_t total;
};

static void count_character(uint32_t code_point, struct record *record, void *context)
{
    (void)code_point;
    struct census *census = context;
    census->total++;
    if (record->script < RANGES_NAMES_MAX)
        census->counts[record->script]++;
}

static size_t largest(const struct census *census, const bool *is_shown, size_t count)
{
    size_t best = RANGES_NAMES_MAX;
    for (size_t i = 0; i < count; i++)
        if (!is_shown[i] && (best == RANGES_NAMES_MAX || census->counts[i] > census->counts[best]))
            best = i;
    return best;
}

static void print_bar(uint64_t count, uint64_t most)
{
    size_t columns = (size_t)((count * BAR_COLUMNS + most - 1) / most);
    fputs(report_ink(COLOUR_SKY), stdout);
    for (size_t i = 0; i < columns; i++)
        fputs(report_sign("▪", "#"), stdout);
    printf("%s\n", report_plain());
}

static void print_census(const struct story *story, const struct census *census)
{
    const struct ranges *scripts = &story->dataset.scripts;
    bool is_shown[RANGES_NAMES_MAX] = {false};
    uint64_t most = 0;
    size_t shown = 0;
    for (; shown < SHOWN_COUNT && shown < scripts->name_count; shown++) {
        size_t script = largest(census, is_shown, scripts->name_count);
        is_shown[script] = true;
        most = most ? most : census->counts[script];
        printf("     %-22s %8s  ", scripts->names[script], report_number(census->counts[script]));
        print_bar(census->counts[script], most ? most : 1);
    }
    report_say("and %zu scripts more", scripts->name_count - shown);
}

static void compare_with_files(const struct story *story, const struct census *census)
{
    const struct ranges *scripts = &story->dataset.scripts;
    for (size_t i = 0; i < scripts->name_count; i++) {
        uint64_t expected = ranges_code_points_of(scripts, (uint16_t)i);
        audit_true(census->counts[i] == expected,
                   "script %s has %s characters in the table, %s in Scripts.txt", scripts->names[i],
                   report_number(census->counts[i]), report_number(expected));
    }
    audit_equal((struct figure){"the table", census->total},
                (struct figure){"Scripts.txt", ranges_code_points(scripts)});
    audit_tick("all %zu scripts: the table holds exactly what Scripts.txt lists, %s characters",
               scripts->name_count, report_number(census->total));
}

bool chapter_census(struct story *story)
{
    report_chapter(3, "Walk what is there, and count");
    report_say(
        "steppe_first_run and steppe_next_run lead over the committed pages, and only those:");
    report_gap();
    struct census census = {0};
    table_visit(&story->loading.table, count_character, &census);
    print_census(story, &census);
    report_gap();
    compare_with_files(story, &census);
    return true;
}
