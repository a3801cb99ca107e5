/* SPDX-License-Identifier: MIT */
/* output_text.c - captures and differences for people: see output.h. */
#include "map/output.h"

#include <inttypes.h>
#include <stdlib.h>

#include "map/reservation_change.h"
#include "screen/grid.h"

static void put_tamed(FILE *stream, const char *text)
{
    uint32_t glyph;
    for (size_t bytes; (bytes = screen_decode(text, &glyph)) != 0; text += bytes) {
        bool is_bad = !screen_is_visible(glyph) || (bytes == 1 && glyph > 127);
        if (is_bad)
            (void)fputc('?', stream);
        else
            (void)fwrite(text, 1, bytes, stream);
    }
}

static void put_bytes(FILE *stream, uint64_t bytes)
{
    struct human_text room;
    (void)fprintf(stream, " %10s", figure_bytes_text(bytes, &room));
}

static void put_figures(FILE *stream, const struct figures *figures)
{
#define PUT(member, name, title) put_bytes(stream, figures->member);
    FIGURES_LIST(PUT)
#undef PUT
}

static void put_titles(FILE *stream)
{
#define PUT(member, name, title) (void)fprintf(stream, " %10s", title);
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
    put_tamed(stream, text);
    (void)fputc('\n', stream);
}

static void put_head(FILE *stream, const struct capture *capture)
{
    const struct capture_holes *holes = &capture->holes;
    struct human_text largest;
    (void)fprintf(stream, "process %ld (", (long)capture->pid);
    put_tamed(stream, capture->name);
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
        put_tamed(stream, capture->cost.why_no_pages);
        (void)fputc('\n', stream);
    }
}

static void put_kinds(FILE *stream, const struct capture *capture)
{
    (void)fprintf(stream, "\n%-10s %7s", "kind", "regions");
    put_titles(stream);
    for (unsigned kind = 0; kind < REGION_KIND_COUNT; kind++) {
        if (capture->kind_counts[kind] == 0)
            continue;
        (void)fprintf(stream, "\n%-10s %7zu", region_kind_name((enum region_kind)kind),
                      capture->kind_counts[kind]);
        put_figures(stream, &capture->kinds[kind]);
    }
    (void)fprintf(stream, "\n%-10s %7zu", "total", capture->region_count);
    put_figures(stream, &capture->totals);
    (void)fputc('\n', stream);
}

/* The last column: no blanks stand at the end of a line. */
static void put_name(FILE *stream, const char *name)
{
    (void)fputs(*name ? "  " : "", stream);
    put_tamed(stream, name);
    (void)fputc('\n', stream);
}

static void put_region(FILE *stream, const struct region *region)
{
    (void)fprintf(stream, "%16" PRIx64 " %-10s %s", region->start, region_kind_name(region->kind),
                  region->protection);
    put_figures(stream, &region->figures);
    put_name(stream, region->name);
}

static void put_count(FILE *stream, uint64_t count)
{
    struct human_text room;
    (void)fprintf(stream, " %9s", figure_count_text(count, &room));
}

static void put_limit(FILE *stream, uint64_t bytes)
{
    if (figure_is_known(bytes))
        put_bytes(stream, bytes);
    else
        (void)fprintf(stream, " %10s", "none");
}

static void put_budget(FILE *stream, const struct reservation *r)
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
    (void)fprintf(stream, " %20s", text);
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
static void put_reservation_name(FILE *stream, const struct capture *capture,
                                 const struct reservation *r)
{
    const char *name = reservation_name(capture, r);
    if (r->bits_refused_count == 0) {
        put_name(stream, name);
        return;
    }
    (void)fputs("  ", stream);
    put_tamed(stream, name);
    (void)fprintf(stream, "%s(%s more refused for its bits)\n", *name ? " " : "",
                  human_count(r->bits_refused_count).text);
}

static void put_reservation(FILE *stream, const struct capture *capture,
                            const struct reservation *r)
{
    (void)fprintf(stream, "%16" PRIx64 " %-8s %-6s", r->start, r->mechanism, r->policy);
    put_bytes(stream, r->size_bytes);
    put_bytes(stream, r->committed_bytes);
    put_bytes(stream, r->committed_peak_bytes);
    put_limit(stream, r->limit_bytes);
    put_budget(stream, r);
    put_count(stream, r->fault_count);
    put_count(stream, r->refused_count);
    if (r->has_slots)
        put_count(stream, r->slot_count);
    else
        (void)fprintf(stream, " %9s", "-");
    put_reservation_name(stream, capture, r);
}

/* What the library published. False: out of memory. */
static bool put_reservations(FILE *stream, const struct capture *capture)
{
    struct reservation_list list = {0};
    if (!capture->steppe)
        return true;
    if (!reservation_list_read(&list, capture->steppe))
        return false;
    (void)fprintf(stream, "\n%16s %-8s %-6s %10s %10s %10s %10s %20s %9s %9s %9s  %s\n",
                  "reservation", "by", "policy", "reserved", "committed", "peak", "limit", "budget",
                  "faults", "refused", "slots", "name");
    for (size_t i = 0; i < list.count; i++)
        put_reservation(stream, capture, &list.reservations[i]);
    reservation_list_free(&list);
    return true;
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
    size_t most = options && options->line_max ? options->line_max : SIZE_MAX, shown = 0;
    uint32_t *indices = calloc(capture->region_count + 1, sizeof *indices);
    if (!indices)
        return false;
    size_t chosen = region_choose(capture->regions, capture->region_count, choice, indices);
    put_head(stream, capture);
    if (!capture->steppe && !(options && options->is_steppe_unread) && capture_has_library(capture))
        (void)fputs(OUTPUT_SILENT_TEXT "\n", stream);
    put_kinds(stream, capture);
    (void)fprintf(stream, "\n%16s %-10s %4s", "address", "kind", "may");
    put_titles(stream);
    (void)fputs("  name\n", stream);
    for (; shown < chosen && shown < most; shown++)
        put_region(stream, &capture->regions[indices[shown]]);
    if (shown < chosen)
        (void)fprintf(stream, "%16s %s more\n", "...", human_count(chosen - shown).text);
    free(indices);
    return put_reservations(stream, capture) && finish(stream);
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

static void put_difference(FILE *stream, const struct difference_region *region)
{
    const struct region *shown = difference_shown(region);
    struct figures before = difference_figures_before(region);
    struct figures after = difference_figures_after(region);
    struct human_text room, other, resident, committed, came, went;
    (void)fprintf(
        stream, "%16" PRIx64 " %-7s %-10s %s %11s %11s %10s -> %10s %9s %9s", shown->start,
        difference_change_name(region->change), region_kind_name(shown->kind), shown->protection,
        difference_bytes_text(before.resident_bytes, after.resident_bytes, &resident),
        difference_bytes_text(before.committed_bytes, after.committed_bytes, &committed),
        figure_bytes_text(region->before ? region_size_bytes(region->before) : 0, &room),
        figure_bytes_text(region->after ? region_size_bytes(region->after) : 0, &other),
        moved_text('+', region->pages_came, &came), moved_text('-', region->pages_went, &went));
    put_name(stream, shown->name);
}

/* The largest change first; the difference itself stays in address order. False: out of memory. */
static bool put_regions_changed(FILE *stream, const struct difference *difference)
{
    size_t count = difference->region_count;
    struct difference_region *regions = calloc(count + 1, sizeof *regions);
    if (!regions)
        return false;
    for (size_t i = 0; i < count; i++)
        regions[i] = difference->regions[i];
    difference_sort(regions, count, DIFFERENCE_BY_RESIDENT, false);
    for (size_t i = 0; i < count; i++)
        put_difference(stream, &regions[i]);
    free(regions);
    return true;
}

/* A row for each figure that is not as it was; the first has address and name. */
struct changed_rows {
    FILE *stream;
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
    (void)fprintf(rows->stream, "%16s %-7s %-9s %10s -> %10s %11s", address,
                  rows->has_begun ? "" : difference_change_name(rows->change->change), title,
                  changed_text(before, is_bytes, &room), changed_text(after, is_bytes, &other),
                  change.text);
    if (rows->has_begun)
        (void)fputc('\n', rows->stream);
    else
        put_name(rows->stream, reservation_name(rows->capture, shown));
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

/* What only the library knows. False: out of memory. */
static bool put_library_changed(FILE *stream, const struct difference *difference)
{
    struct reservation_changes changes = {0};
    if (!reservation_changes_make(&changes, difference->before, difference->after))
        return false;
    if (changes.is_known)
        (void)fprintf(stream, "\n%16s %-7s %-9s %10s -> %10s %11s  %s\n", "reservation", "change",
                      "figure", "before", "after", "change", "name");
    for (size_t i = 0; i < changes.count; i++) {
        const struct reservation_change *change = &changes.changes[i];
        put_reservation_changed(&(struct changed_rows){
            .stream = stream,
            .capture = change->after ? difference->after : difference->before,
            .change = change,
        });
    }
    if (changes.is_known && changes.count == 0)
        (void)fputs("             no reservation has changed\n", stream);
    reservation_changes_free(&changes);
    return true;
}

bool output_text_difference(FILE *stream, const struct difference *difference)
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
    (void)fprintf(stream, "\n%16s %-7s %-10s %4s %11s %11s %10s -> %10s %9s %9s  %s\n", "address",
                  "change", "kind", "may", "resident+-", "committed+-", "size", "size now",
                  "pages in", "pages out", "name");
    return put_regions_changed(stream, difference) && put_library_changed(stream, difference) &&
           finish(stream);
}
