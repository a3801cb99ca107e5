/* SPDX-License-Identifier: MIT */
#include "map.h"

#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "report.h"

/* What a cell shows: the kind that most of its characters have, or the state of its pages. */
enum kind {
    KIND_LATIN,
    KIND_COMMON,
    KIND_HAN,
    KIND_HANGUL,
    KIND_TANGUT,
    KIND_OTHER,
    KIND_SCRIPT_COUNT,
    KIND_BARE = KIND_SCRIPT_COUNT,
    KIND_RETURNED,
    KIND_RESERVED,
    KIND_COUNT
};

static const struct {
    const char *script; /* as Scripts.txt names it; NULL: none */
    const char *legend;
    enum colour colour;
    char letter;
} kinds[KIND_COUNT] = {
    [KIND_LATIN] = {"Latin", "Latin", COLOUR_ORANGE, 'L'},
    [KIND_COMMON] = {"Common", "common signs", COLOUR_YELLOW, 'C'},
    [KIND_HAN] = {"Han", "Han", COLOUR_VERMILION, 'H'},
    [KIND_HANGUL] = {"Hangul", "Hangul", COLOUR_SKY, 'K'},
    [KIND_TANGUT] = {"Tangut", "Tangut", COLOUR_PURPLE, 'T'},
    [KIND_OTHER] = {NULL, "other scripts", COLOUR_GREEN, 'o'},
    [KIND_BARE] = {NULL, "committed, no character", COLOUR_BLUE, '+'},
    [KIND_RETURNED] = {NULL, "given back", COLOUR_GREY, 'x'},
    [KIND_RESERVED] = {NULL, "reserved", COLOUR_NONE, '.'},
};

static const char *const plane_names[MAP_PLANE_COUNT] = {
    [0] = "BMP",  [1] = "SMP",    [2] = "SIP",    [3] = "TIP",
    [14] = "SSP", [15] = "PUA-A", [16] = "PUA-B",
};

struct cell {
    uint64_t committed_bytes, earlier_bytes;
    uint32_t counts[KIND_SCRIPT_COUNT];
};

struct picture {
    struct cell cells[MAP_CELL_COUNT];
    uint16_t scripts[KIND_SCRIPT_COUNT]; /* index of each kind's script */
    uint64_t character_count;
};

enum { CELL_BYTES = MAP_CELL_CODE_POINTS * RECORD_BYTES };

/* Hand out the bytes of each committed run to the cells it covers. */
static void measure_runs(const struct table *table, uint64_t bytes[MAP_CELL_COUNT])
{
    for (steppe_run run = steppe_first_run(table->records); run.size_bytes;
         run = steppe_next_run(run)) {
        if (run.state != STEPPE_COMMITTED)
            continue;
        size_t first = (size_t)((char *)run.base - (char *)table->records);
        size_t end = first + run.size_bytes;
        end = end < TABLE_USABLE_BYTES ? end : TABLE_USABLE_BYTES;
        while (first < end) {
            size_t cell_end = (first / CELL_BYTES + 1) * CELL_BYTES;
            size_t stop = cell_end < end ? cell_end : end;
            bytes[first / CELL_BYTES] += stop - first;
            first = stop;
        }
    }
}

void map_remember(struct map *map, const struct table *table)
{
    *map = (struct map){0};
    measure_runs(table, map->earlier_bytes);
}

static void count_kind(uint32_t code_point, struct record *record, void *context)
{
    struct picture *picture = context;
    int kind = 0;
    while (kind < KIND_OTHER && picture->scripts[kind] != record->script)
        kind++;
    picture->cells[code_point / MAP_CELL_CODE_POINTS].counts[kind]++;
    picture->character_count++;
}

static struct cell together(struct cell left, struct cell right)
{
    left.committed_bytes += right.committed_bytes;
    left.earlier_bytes += right.earlier_bytes;
    for (int i = 0; i < KIND_SCRIPT_COUNT; i++)
        left.counts[i] += right.counts[i];
    return left;
}

static enum kind kind_of(struct cell cell)
{
    int best = 0;
    for (int i = 1; i < KIND_SCRIPT_COUNT; i++)
        best = cell.counts[i] > cell.counts[best] ? i : best;
    if (cell.counts[best] > 0)
        return (enum kind)best;
    if (cell.committed_bytes > 0)
        return KIND_BARE;
    return cell.earlier_bytes > 0 ? KIND_RETURNED : KIND_RESERVED;
}

/* Two cells in one place: the upper one is ink, the lower one paper. */
static void print_halves(enum kind upper, enum kind lower)
{
    enum colour ink = kinds[upper].colour, paper = kinds[lower].colour;
    if (upper == KIND_RESERVED && lower == KIND_RESERVED)
        printf("%s·%s", report_ink(COLOUR_FAINT), report_plain());
    else if (upper == KIND_RESERVED)
        printf("%s▄%s", report_ink(paper), report_plain());
    else if (lower == KIND_RESERVED)
        printf("%s▀%s", report_ink(ink), report_plain());
    else if (upper == lower)
        printf("%s█%s", report_ink(ink), report_plain());
    else
        printf("%s%s▀%s", report_ink(ink), report_paper(paper), report_plain());
}

static void print_line(const struct cell *cells)
{
    for (unsigned i = 0; i < MAP_COLUMNS; i++) {
        if (report_has_colour())
            print_halves(kind_of(cells[i]), kind_of(cells[MAP_COLUMNS + i]));
        else
            putchar(kinds[kind_of(together(cells[2 * i], cells[2 * i + 1]))].letter);
    }
    putchar('\n');
}

static bool is_untouched(const struct cell *cells)
{
    for (unsigned i = 0; i < MAP_CELLS; i++)
        if (kind_of(cells[i]) != KIND_RESERVED)
            return false;
    return true;
}

static void print_plane(const struct picture *picture, unsigned plane)
{
    const struct cell *cells = &picture->cells[plane * MAP_CELLS];
    printf("     %s%-5s %2u%s ", report_ink(COLOUR_GREY),
           plane_names[plane] ? plane_names[plane] : "", plane, report_plain());
    print_line(cells);
    if (is_untouched(cells))
        return;
    for (unsigned line = 1; line < MAP_LINES; line++) {
        printf("     %9s", "");
        print_line(cells + line * 2 * MAP_COLUMNS);
    }
}

static void print_legend_of(enum kind kind)
{
    if (report_has_colour())
        printf("   %s%s%s %s",
               report_ink(kind == KIND_RESERVED ? COLOUR_FAINT : kinds[kind].colour),
               kind == KIND_RESERVED ? "·" : "█", report_plain(), kinds[kind].legend);
    else
        printf("   %c %s", kinds[kind].letter, kinds[kind].legend);
}

/* Kinds that do not appear are not explained. */
static void print_legend(const struct picture *picture)
{
    bool is_there[KIND_COUNT] = {false};
    for (size_t i = 0; i < MAP_CELL_COUNT; i += 2) {
        const struct cell *cells = &picture->cells[i];
        is_there[kind_of(cells[0])] = is_there[kind_of(cells[1])] = true;
        is_there[kind_of(together(cells[0], cells[1]))] = true;
    }
    fputs("\n  ", stdout);
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (kind == KIND_BARE)
            fputs("\n  ", stdout);
        if (is_there[kind])
            print_legend_of((enum kind)kind);
    }
    fputs("\n\n", stdout);
}

static void audit_picture(const struct picture *picture, const struct table *table)
{
    uint64_t bytes = 0, characters = 0;
    for (size_t i = 0; i < MAP_CELL_COUNT; i++) {
        bytes += picture->cells[i].committed_bytes;
        for (int kind = 0; kind < KIND_SCRIPT_COUNT; kind++)
            characters += picture->cells[i].counts[kind];
    }
    audit_equal((struct figure){"the map", characters},
                (struct figure){"the walk over records", picture->character_count});
    audit_at_most((struct figure){"the map", bytes},
                  (struct figure){"the walk over runs", table_committed_bytes(table)});
    audit_tick("the map shows %s characters on %s", report_number(characters), report_bytes(bytes));
}

void map_print(const struct map *map, const struct table *table, const struct ranges *scripts)
{
    static struct picture picture;
    picture = (struct picture){0};
    for (int kind = 0; kind < KIND_OTHER; kind++)
        picture.scripts[kind] = ranges_name_index(scripts, kinds[kind].script);
    uint64_t committed_bytes[MAP_CELL_COUNT] = {0};
    measure_runs(table, committed_bytes);
    for (size_t i = 0; i < MAP_CELL_COUNT; i++) {
        picture.cells[i].earlier_bytes = map->earlier_bytes[i];
        picture.cells[i].committed_bytes = committed_bytes[i];
    }
    table_visit(table, count_kind, &picture);

    for (unsigned plane = 0; plane < MAP_PLANE_COUNT; plane++)
        print_plane(&picture, plane);
    print_legend(&picture);
    audit_picture(&picture, table);
}
