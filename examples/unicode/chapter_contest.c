/* SPDX-License-Identifier: MIT */
#include "story.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "complaint.h"
#include "heat.h"
#include "reader.h"
#include "report.h"

enum { ROUND_COUNT = 5, LOOKUP_COUNT = 1 << 20, CELL_COLUMNS = 12, CONTENDER_COUNT = 5 };

static const struct contender *const contenders[CONTENDER_COUNT] = {
    &contender_parser, &contender_steppe, &contender_steppe_strict,
    &contender_dense,  &contender_hash,
};

/* Their places in the list. */
enum { PARSER, STEPPE, STRICT, DENSE, HASH };

struct contest {
    struct heat heats[CONTENDER_COUNT][ROUND_COUNT];
    struct heat median[CONTENDER_COUNT];
    uint32_t *code_points;
};

/* ---- the list -------------------------------------------------------------------------------- */

/* xorshift64: the same list in every run. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static bool choose_lookups(const struct dataset *dataset, uint32_t *code_points)
{
    size_t count = (size_t)ranges_code_points(&dataset->scripts);
    uint32_t *assigned = calloc(count, sizeof *assigned);
    if (!assigned)
        return complain("no memory for a list of all characters");
    size_t at = 0;
    for (size_t i = 0; i < dataset->scripts.count; i++)
        for (uint32_t c = dataset->scripts.list[i].first; c <= dataset->scripts.list[i].last; c++)
            assigned[at++] = c;
    uint64_t state = UINT64_C(0x5DEECE66D);
    for (size_t i = 0; i < LOOKUP_COUNT; i++)
        code_points[i] = assigned[next_random(&state) % count];
    free(assigned);
    return true;
}

/* ---- medians --------------------------------------------------------------------------------- */

static int by_seconds(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double seconds[ROUND_COUNT])
{
    qsort(seconds, ROUND_COUNT, sizeof *seconds, by_seconds);
    return seconds[ROUND_COUNT / 2];
}

/* Times are medians; the other figures are those of the last round. */
static struct heat summary(const struct heat heats[ROUND_COUNT])
{
    struct heat result = heats[ROUND_COUNT - 1];
    double loads[ROUND_COUNT], lookups[ROUND_COUNT];
    for (size_t i = 0; i < ROUND_COUNT; i++) {
        loads[i] = heats[i].load_seconds;
        lookups[i] = heats[i].lookup_seconds;
    }
    result.load_seconds = median(loads);
    result.lookup_seconds = median(lookups);
    return result;
}

/* Rounds go round all contenders, so that a slow moment of the machine hits everybody. */
static bool run_rounds(struct contest *contest, const struct dataset *dataset)
{
    struct lookups lookups = {contest->code_points, LOOKUP_COUNT};
    for (size_t round = 0; round < ROUND_COUNT; round++)
        for (size_t i = 0; i < CONTENDER_COUNT; i++)
            if (!heat_run(&contest->heats[i][round], contenders[i], dataset, &lookups))
                return false;
    for (size_t i = 0; i < CONTENDER_COUNT; i++)
        contest->median[i] = summary(contest->heats[i]);
    return true;
}

/* ---- the table of figures -------------------------------------------------------------------- */

typedef const char *(*shown)(const struct heat *heat);

static const char *show_address_space(const struct heat *heat)
{
    return report_bytes(heat->address_space_bytes);
}

static const char *show_committed(const struct heat *heat)
{
    return heat->own.committed_bytes ? report_bytes(heat->own.committed_bytes) : "-";
}

static const char *show_resident(const struct heat *heat)
{
    return report_bytes(heat->resident_bytes);
}

static const char *show_page_tables(const struct heat *heat)
{
    return report_bytes(heat->page_table_bytes);
}

static const char *show_mappings(const struct heat *heat)
{
    return report_number(heat->mapping_count);
}

static const char *show_faults(const struct heat *heat)
{
    return report_number(heat->fault_count);
}

static const char *show_signals(const struct heat *heat)
{
    return report_number(heat->own.signal_count);
}

static const char *show_load(const struct heat *heat)
{
    return report_time(heat->load_seconds);
}

static const char *show_lookups(const struct heat *heat)
{
    static char text[CONTENDER_COUNT][24];
    static unsigned turn;
    char *to = text[turn++ % CONTENDER_COUNT];
    if (heat->lookup_seconds <= 0)
        return "-";
    snprintf(to, sizeof *text, "%.1f M/s", LOOKUP_COUNT / heat->lookup_seconds / 1e6);
    return to;
}

static void print_row(const struct contest *contest, const char *name, shown show)
{
    printf("     %s%-14s%s", report_ink(COLOUR_GREY), name, report_plain());
    for (size_t i = 0; i < CONTENDER_COUNT; i++)
        printf("%*s", CELL_COLUMNS, show(&contest->median[i]));
    putchar('\n');
}

static void print_table(const struct contest *contest)
{
    printf("\n     %-14s%s", "", report_bold());
    for (size_t i = 0; i < CONTENDER_COUNT; i++)
        printf("%*s", CELL_COLUMNS, contenders[i]->name);
    printf("\n     %-14s", "");
    for (size_t i = 0; i < CONTENDER_COUNT; i++)
        printf("%*s", CELL_COLUMNS, contenders[i]->second_line);
    printf("%s\n", report_plain());
    print_row(contest, "address space", show_address_space);
    print_row(contest, "committed", show_committed);
    print_row(contest, "resident", show_resident);
    print_row(contest, "page tables", show_page_tables);
    print_row(contest, "mappings", show_mappings);
    print_row(contest, "kernel faults", show_faults);
    print_row(contest, "signals", show_signals);
    print_row(contest, "load, all", show_load);
    print_row(contest, "lookups", show_lookups);
    putchar('\n');
}

/* ---- what must agree ------------------------------------------------------------------------- */

static void audit_contest(const struct contest *contest, const struct story *story)
{
    for (size_t i = STEPPE; i < CONTENDER_COUNT; i++)
        for (size_t round = 0; round < ROUND_COUNT; round++)
            audit_true(contest->heats[i][round].fingerprint == contest->heats[DENSE][0].fingerprint,
                       "the lookups in %s %s found other records", contenders[i]->name,
                       contenders[i]->second_line);
    audit_equal((struct figure){"Steppe, strict", contest->median[STRICT].own.committed_bytes},
                (struct figure){"the pages with records", story->needed_bytes});
    audit_tick("all lookups of all rounds found the same records in all of them");
    audit_tick("strict Steppe committed exactly the %s pages that hold records",
               report_number(story->needed_bytes / steppe_page_bytes()));
}

/* Whether the heap can give what Steppe reserves. Through a volatile pointer, or the compiler would
 * leave out a calloc that nobody uses. */
static bool heap_refuses(size_t size_bytes)
{
    void *volatile block = calloc(1, size_bytes);
    bool is_refused = block == NULL;
    free(block);
    return is_refused;
}

/* Neither praise nor blame beyond what the table shows. */
static void conclude(const struct contest *contest)
{
    const struct heat *steppe = &contest->median[STEPPE], *dense = &contest->median[DENSE];
    report_gap();
    report_say("calloc pays for touched pages only, too, and loads in %s beside Steppe's %s:",
               report_time(dense->load_seconds), report_time(steppe->load_seconds));
    report_say("Linux overcommits. But it asks for all %s at once%s, and it cannot",
               report_bytes(dense->own.committed_bytes),
               heap_refuses(TABLE_RESERVED_BYTES) ? ", is refused 1 TiB" : "");
    report_say("tell which pages are in use, stop at a limit, or give a page back.");
}

bool chapter_contest(struct story *story)
{
    report_chapter(7, "What others pay for the same");
    report_say("Each loads the same characters through the same parser, then finds %s of",
               report_number(LOOKUP_COUNT));
    report_say("them at random; each time in a fresh child process, which compares its own memory");
    report_say("(smaps, status) before and after. Times are medians of %d rounds.", ROUND_COUNT);
    struct contest *contest = calloc(1, sizeof *contest);
    uint32_t *code_points = calloc(LOOKUP_COUNT, sizeof *code_points);
    bool is_done = contest && code_points;
    if (!is_done)
        complain("no memory for the contest");
    if (is_done)
        contest->code_points = code_points;
    is_done = is_done && choose_lookups(&story->dataset, code_points);
    is_done = is_done && run_rounds(contest, &story->dataset);
    if (is_done) {
        print_table(contest);
        audit_contest(contest, story);
        conclude(contest);
    }
    free(code_points);
    free(contest);
    return is_done;
}
