/* SPDX-License-Identifier: MIT */
/* output_text.c - captures and differences for people: see output.h. */
#include "map/output.h"

#include <inttypes.h>
#include <stdlib.h>

#include "map/reservation_change.h"
#include "map/table.h"

/* Of those figures that are the same in every row nothing is lost when there is no room for them;
 * of the others the first are the most important ones. */
#define FIGURE_COLUMNS                                                                             \
    {"reserved", 10, 1, 2, false, false}, {"committed", 10, 1, 1, false, false},                   \
        {"resident", 10, 1, 0, false, false}, {"dirty", 10, 1, 3, false, false},                   \
        {"swapped", 10, 1, 4, false, false},                                                       \
    {                                                                                              \
        "huge", 10, 1, 5, false, false                                                             \
    }

static void put_bytes(struct table *table, uint64_t bytes)
{
    struct human_text room;
    table_put(table, figure_bytes_text(bytes, &room));
}

static void put_figures(struct table *table, const struct figures *figures)
{
#define PUT(member, name, title) put_bytes(table, figures->member);
    FIGURES_LIST(PUT)
#undef PUT
}

static void put_thread(FILE *stream, const struct capture *capture)
{
    if (capture->thread)
        (void)fprintf(stream, "its first thread has ended: this is what thread %ld shows\n",
                      (long)capture->thread);
}

/* Their memory is not in the figures; but often it is what somebody wants to see. */
static void put_children(FILE *stream, const struct children *children)
{
    char text[CHILDREN_TEXT_BYTES];
    if (!children || children->count == 0)
        return;
    children_text(children, text);
    (void)fputs("not counted here, it has ", stream);
    table_put_tamed(stream, text);
    (void)fputc('\n', stream);
}

static void put_head(FILE *stream, const struct capture *capture)
{
    const struct capture_holes *holes = &capture->holes;
    struct human_text largest;
    (void)fprintf(stream, "process %ld (", (long)capture->pid);
    table_put_tamed(stream, capture->name);
    (void)fprintf(
        stream, ")%s: %s regions, %s mappings\n", capture->is_ended ? ", which has ended" : "",
        human_count(capture->region_count).text, human_count(capture->mapping_count).text);
    (void)fprintf(stream, "largest hole %s at 0x%" PRIx64 ", %s holes, fragmentation %u %%\n",
                  figure_bytes_text(holes->largest_bytes, &largest), holes->largest_start,
                  human_count(holes->count).text, (unsigned)(holes->fragmentation * 100 + 0.5));
    (void)fputs(
        capture->is_committed_exact
            ? "committed is exact\n"
            : "committed is an upper bound: memory mapped with MAP_NORESERVE counts in full\n",
        stream);
    put_thread(stream, capture);
    put_children(stream, capture->children);
    if (capture->cost.why_no_pages) {
        (void)fputs("the pages are not known: ", stream);
        table_put_tamed(stream, capture->cost.why_no_pages);
        (void)fputc('\n', stream);
    }
}

static bool put_kinds(FILE *stream, const struct capture *capture, int columns)
{
    static const struct table_column described[] = {
        {"kind", 10, 0, 0, true, false}, {"regions", 7, 1, 0, false, false}, FIGURE_COLUMNS};
    struct table table;
    if (!table_begin(&table, described, sizeof described / sizeof *described))
        return false;
    for (unsigned kind = 0; kind < REGION_KIND_COUNT; kind++) {
        if (capture->kind_counts[kind] == 0)
            continue;
        table_put(&table, region_kind_name((enum region_kind)kind));
        table_format(&table, "%zu", capture->kind_counts[kind]);
        put_figures(&table, &capture->kinds[kind]);
    }
    table_put(&table, "total");
    table_format(&table, "%zu", capture->region_count);
    put_figures(&table, &capture->totals);
    (void)fputc('\n', stream);
    return table_end(&table, stream, columns);
}

static const struct table_column region_columns[] = {{"address", 16, 0, 0, false, false},
                                                     {"kind", 10, 1, 0, true, false},
                                                     {" may", 4, 1, 0, true, false},
                                                     FIGURE_COLUMNS,
                                                     {"name", 0, 2, 0, true, true}};

static void put_region(struct table *table, const struct region *region)
{
    table_format(table, "%" PRIx64, region->start);
    table_put(table, region_kind_name(region->kind));
    table_put(table, region->protection);
    put_figures(table, &region->figures);
    table_put(table, region->name);
}

/* The first so many of those chosen. */
static bool put_regions(FILE *stream, const struct capture *capture, const uint32_t *chosen,
                        size_t count, int columns)
{
    struct table table;
    if (!table_begin(&table, region_columns, sizeof region_columns / sizeof *region_columns))
        return false;
    for (size_t i = 0; i < count; i++)
        put_region(&table, &capture->regions[chosen[i]]);
    (void)fputc('\n', stream);
    return table_end(&table, stream, columns);
}

static void put_count(struct table *table, uint64_t count)
{
    struct human_text room;
    table_put(table, figure_count_text(count, &room));
}

static void put_limit(struct table *table, uint64_t bytes)
{
    struct human_text room;
    table_put(table, figure_is_known(bytes) ? figure_bytes_text(bytes, &room) : "none");
}

static void put_budget(struct table *table, const struct reservation *r)
{
    const char *text = "none";
    struct human_text room;
    if (figure_is_known(r->charged_bytes) && figure_is_known(r->budget_limit_bytes)) {
        room = human_share(r->charged_bytes, r->budget_limit_bytes);
        text = room.text;
    } else if (figure_is_known(r->charged_bytes)) {
        room = human_bytes(r->charged_bytes);
        text = room.text;
    } else if (figure_is_known(r->budget_limit_bytes))
        text = figure_bytes_text(r->budget_limit_bytes, &room);
    table_put(table, text);
}

/* Its region's name says what it is in plain words, where it has no name of its own. */
static const char *reservation_name(const struct capture *capture, const struct reservation *r)
{
    size_t index = region_at(capture->regions, capture->region_count, r->start);
    if (index == capture->region_count || capture->regions[index].kind != REGION_STEPPE ||
        capture->regions[index].start != r->start)
        return r->name;
    return capture->regions[index].name;
}

/* The last column: who misses a refusal among the slots' finds it here. */
static void put_reservation_name(struct table *table, const struct capture *capture,
                                 const struct reservation *r)
{
    const char *name = reservation_name(capture, r);
    if (r->bits_refused_count == 0)
        table_put(table, name);
    else
        table_format(table, "%s%s(%s more refused for its bits)", name, *name ? " " : "",
                     human_count(r->bits_refused_count).text);
}

static const struct table_column reservation_columns[] = {
    {"reservation", 16, 0, 0, false, false}, {"by", 8, 1, 6, true, false},
    {"policy", 6, 1, 7, true, false},        {"reserved", 10, 1, 3, false, false},
    {"committed", 10, 1, 0, false, false},   {"peak", 10, 1, 5, false, false},
    {"limit", 10, 1, 8, false, false},       {"budget", 20, 1, 1, false, false},
    {"faults", 9, 1, 4, false, false},       {"refused", 9, 1, 1, false, false},
    {"slots", 9, 1, 2, false, false},        {"name", 0, 2, 0, true, true}};

static void put_reservation(struct table *table, const struct capture *capture,
                            const struct reservation *r)
{
    table_format(table, "%" PRIx64, r->start);
    table_put(table, r->mechanism);
    table_put(table, r->policy);
    put_bytes(table, r->size_bytes);
    put_bytes(table, r->committed_bytes);
    put_bytes(table, r->committed_peak_bytes);
    put_limit(table, r->limit_bytes);
    put_budget(table, r);
    put_count(table, r->fault_count);
    put_count(table, r->refused_count);
    if (r->has_slots)
        put_count(table, r->slot_count);
    else
        table_put(table, "-");
    put_reservation_name(table, capture, r);
}

/* What the library published. False: out of memory. */
static bool put_reservations(FILE *stream, const struct capture *capture, int columns)
{
    struct reservation_list list = {0};
    struct table table;
    if (!capture->steppe)
        return true;
    if (!reservation_list_read(&list, capture->steppe))
        return false;
    bool is_begun = table_begin(&table, reservation_columns,
                                sizeof reservation_columns / sizeof *reservation_columns);
    for (size_t i = 0; is_begun && i < list.count; i++)
        put_reservation(&table, capture, &list.reservations[i]);
    reservation_list_free(&list);
    (void)fputc('\n', stream);
    return is_begun && table_end(&table, stream, columns);
}

static bool finish(FILE *stream)
{
    return fflush(stream) == 0 && !ferror(stream);
}

bool output_text(FILE *stream, const struct capture *capture,
                 const struct output_text_options *options)
{
    static const struct region_choice all;
    const struct region_choice *choice = options && options->choice ? options->choice : &all;
    size_t most = options && options->line_max ? options->line_max : SIZE_MAX;
    int columns = options ? options->columns : 0;
    uint32_t *indices = calloc(capture->region_count + 1, sizeof *indices);
    if (!indices)
        return false;
    size_t chosen = region_choose(capture->regions, capture->region_count, choice, indices);
    size_t shown = chosen < most ? chosen : most;
    put_head(stream, capture);
    if (!capture->steppe && !(options && options->is_steppe_unread) && capture_has_library(capture))
        (void)fputs(OUTPUT_SILENT_TEXT "\n", stream);
    bool is_put = put_kinds(stream, capture, columns) &&
                  put_regions(stream, capture, indices, shown, columns);
    if (shown < chosen)
        (void)fprintf(stream, "%16s %s more\n", "...", human_count(chosen - shown).text);
    free(indices);
    return is_put && put_reservations(stream, capture, columns) && finish(stream);
}

/* ---- differences ----------------------------------------------------------------------------- */

static void put_change(FILE *stream, const char *title, uint64_t before, uint64_t after)
{
    struct human_text room, other;
    (void)fprintf(stream, "%-10s %10s -> %10s", title, figure_bytes_text(before, &room),
                  figure_bytes_text(after, &other));
    if (figure_is_known(before) && figure_is_known(after) && before != after)
        (void)fprintf(stream, "  %c%s", after > before ? '+' : '-',
                      human_bytes(after > before ? after - before : before - after).text);
    (void)fputc('\n', stream);
}

/* "+1,234"; nothing is without a sign. */
static const char *moved_text(char sign, uint64_t pages, struct human_text *room)
{
    *room = human_count(pages);
    if (pages == 0)
        return room->text;
    struct human_text count = *room;
    (void)snprintf(room->text, sizeof room->text, "%c%.30s", sign, count.text);
    return room->text;
}

static const struct table_column difference_columns[] = {
    {"address", 16, 0, 0, false, false},
    {"change", 7, 1, 0, true, false},
    {"kind", 10, 1, 0, true, false},
    {" may", 4, 1, 2, true, false},
    {"resident+-", 11, 1, 0, false, false},
    {"committed+-", 11, 1, 1, false, false},
    {"size ->   size now", 24, 1, 5, false, false},
    {"pages in", 9, 1, 3, false, false},
    {"pages out", 9, 1, 4, false, false},
    {"name", 0, 2, 0, true, true},
};

static void put_difference(struct table *table, const struct difference_region *region)
{
    const struct region *shown = difference_shown(region);
    struct figures before = difference_figures_before(region);
    struct figures after = difference_figures_after(region);
    struct human_text room, other;
    table_format(table, "%" PRIx64, shown->start);
    table_put(table, difference_change_name(region->change));
    table_put(table, region_kind_name(shown->kind));
    table_put(table, shown->protection);
    table_put(table, difference_bytes_text(before.resident_bytes, after.resident_bytes, &room));
    table_put(table, difference_bytes_text(before.committed_bytes, after.committed_bytes, &room));
    table_format(table, "%10s -> %10s",
                 figure_bytes_text(region->before ? region_size_bytes(region->before) : 0, &room),
                 figure_bytes_text(region->after ? region_size_bytes(region->after) : 0, &other));
    table_put(table, moved_text('+', region->pages_came, &room));
    table_put(table, moved_text('-', region->pages_went, &room));
    table_put(table, shown->name);
}

/* The largest change first; the difference itself stays in address order. False: out of memory. */
static bool put_regions_changed(FILE *stream, const struct difference *difference, int columns)
{
    struct table table;
    size_t count = difference->region_count;
    struct difference_region *regions = calloc(count + 1, sizeof *regions);
    if (!regions || !table_begin(&table, difference_columns,
                                 sizeof difference_columns / sizeof *difference_columns)) {
        free(regions);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        regions[i] = difference->regions[i];
    difference_sort(regions, count, DIFFERENCE_BY_RESIDENT, false);
    for (size_t i = 0; i < count; i++)
        put_difference(&table, &regions[i]);
    free(regions);
    return table_end(&table, stream, columns);
}

/* A row for each figure that is not as it was; the first has address and name. */
struct changed_rows {
    struct table *table;
    const struct capture *capture; /* the one that has the reservation shown */
    const struct reservation_change *change;
    bool has_begun;
};

static const char *changed_text(uint64_t figure, bool is_bytes, struct human_text *room)
{
    return is_bytes ? figure_bytes_text(figure, room) : figure_count_text(figure, room);
}

static void put_changed_row(struct changed_rows *rows, const char *title, uint64_t before,
                            uint64_t after, bool is_bytes)
{
    const struct reservation *shown = reservation_change_shown(rows->change);
    struct human_text room, other, change = {"?"};
    char address[24] = "";
    if (before == after)
        return;
    if (figure_is_known(before) && figure_is_known(after)) {
        uint64_t far = after > before ? after - before : before - after;
        change.text[0] = after > before ? '+' : '-';
        (void)snprintf(change.text + 1, sizeof change.text - 1, "%s",
                       changed_text(far, is_bytes, &room));
    }
    if (!rows->has_begun)
        (void)snprintf(address, sizeof address, "%" PRIx64, shown->start);
    table_put(rows->table, address);
    table_put(rows->table, rows->has_begun ? "" : difference_change_name(rows->change->change));
    table_put(rows->table, title);
    table_format(rows->table, "%10s -> %10s", changed_text(before, is_bytes, &room),
                 changed_text(after, is_bytes, &other));
    table_put(rows->table, change.text);
    table_put(rows->table, rows->has_begun ? "" : reservation_name(rows->capture, shown));
    rows->has_begun = true;
}

/* What came or went begins with its size: so it has a line also with all other figures 0. */
static void put_reservation_changed(struct changed_rows *rows)
{
    const struct reservation *old = rows->change->before, *new = rows->change->after;
    put_changed_row(rows, "reserved", old ? old->size_bytes : 0, new ? new->size_bytes : 0, true);
    const struct reservation_figures before = reservation_change_before(rows->change);
    const struct reservation_figures after = reservation_change_after(rows->change);
#define PUT(member, name, title, is_bytes)                                                         \
    put_changed_row(rows, title, before.member, after.member, is_bytes);
    RESERVATION_FIGURES(PUT)
#undef PUT
}

static bool put_changes(FILE *stream, const struct difference *difference,
                        const struct reservation_changes *changes, int columns)
{
    static const struct table_column described[] = {
        {"reservation", 16, 0, 0, false, false}, {"change", 7, 1, 0, true, false},
        {"figure", 9, 1, 0, true, false},        {"before ->      after", 24, 1, 0, false, false},
        {"change", 11, 1, 1, false, false},      {"name", 0, 2, 0, true, true},
    };
    struct table table;
    if (!table_begin(&table, described, sizeof described / sizeof *described))
        return false;
    for (size_t i = 0; i < changes->count; i++) {
        const struct reservation_change *change = &changes->changes[i];
        put_reservation_changed(&(struct changed_rows){
            .table = &table,
            .capture = change->after ? difference->after : difference->before,
            .change = change,
        });
    }
    (void)fputc('\n', stream);
    if (!table_end(&table, stream, columns))
        return false;
    if (changes->count == 0)
        (void)fputs("             no reservation has changed\n", stream);
    return true;
}

/* What only the library knows. False: out of memory. */
static bool put_library_changed(FILE *stream, const struct difference *difference, int columns)
{
    struct reservation_changes changes = {0};
    if (!reservation_changes_make(&changes, difference->before, difference->after))
        return false;
    bool is_put = !changes.is_known || put_changes(stream, difference, &changes, columns);
    reservation_changes_free(&changes);
    return is_put;
}

bool output_text_difference(FILE *stream, const struct difference *difference, int columns)
{
    const struct capture *before = difference->before, *after = difference->after;
    (void)fprintf(
        stream, "%s regions came, %s went, %s changed; %s pages came, %s went\n\n",
        human_count(difference->regions_came).text, human_count(difference->regions_went).text,
        human_count(difference->regions_changed).text, human_count(difference->pages_came).text,
        human_count(difference->pages_went).text);
#define PUT(member, name, title)                                                                   \
    put_change(stream, title, before->totals.member, after->totals.member);
    FIGURES_LIST(PUT)
#undef PUT
    (void)fputc('\n', stream);
    return put_regions_changed(stream, difference, columns) &&
           put_library_changed(stream, difference, columns) && finish(stream);
}
