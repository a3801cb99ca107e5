/* SPDX-License-Identifier: MIT */
/* output_text.c - captures and differences for people: see output.h. */
#include "map/output.h"

#include <inttypes.h>
#include <stdlib.h>

#include "map/reservation.h"
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
    (void)fprintf(stream, ")%s: %zu regions, %zu mappings\n",
                  capture->is_ended ? ", which has ended" : "", capture->region_count,
                  capture->mapping_count);
    (void)fprintf(stream,
                  "largest hole %s at 0x%" PRIx64 ", %" PRIu64 " holes, fragmentation %u %%\n",
                  figure_bytes_text(holes->largest_bytes, &largest), holes->largest_start,
                  holes->count, (unsigned)(holes->fragmentation * 100 + 0.5));
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

/* Its region's name says what it is in plain words, where it has no name of its own. */
static const char *reservation_name(const struct capture *capture, const struct reservation *r)
{
    size_t index = region_at(capture->regions, capture->region_count, r->start);
    if (index == capture->region_count || capture->regions[index].kind != REGION_STEPPE ||
        capture->regions[index].start != r->start)
        return r->name;
    return capture->regions[index].name;
}

static void put_reservation(FILE *stream, const struct capture *capture,
                            const struct reservation *r)
{
    (void)fprintf(stream, "%16" PRIx64 " %-8s %-6s", r->start, r->mechanism, r->policy);
    put_bytes(stream, r->size_bytes);
    put_bytes(stream, r->committed_bytes);
    put_bytes(stream, r->committed_peak_bytes);
    put_limit(stream, r->limit_bytes);
    put_limit(stream, r->budget_limit_bytes);
    put_count(stream, r->fault_count);
    put_count(stream, r->refused_count);
    if (r->has_slots)
        put_count(stream, r->slot_count);
    else
        (void)fprintf(stream, " %9s", "-");
    put_name(stream, reservation_name(capture, r));
}

/* What the library published. False: out of memory. */
static bool put_reservations(FILE *stream, const struct capture *capture)
{
    struct reservation_list list = {0};
    if (!capture->steppe)
        return true;
    if (!reservation_list_read(&list, capture->steppe))
        return false;
    (void)fprintf(stream, "\n%16s %-8s %-6s %10s %10s %10s %10s %10s %9s %9s %9s  %s\n",
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
    put_kinds(stream, capture);
    (void)fprintf(stream, "\n%16s %-10s %4s", "address", "kind", "may");
    put_titles(stream);
    (void)fputs("  name\n", stream);
    for (; shown < chosen && shown < most; shown++)
        put_region(stream, &capture->regions[indices[shown]]);
    if (shown < chosen)
        (void)fprintf(stream, "%16s %zu more\n", "...", chosen - shown);
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

static void put_difference(FILE *stream, const struct difference_region *region)
{
    const struct region *shown = difference_shown(region);
    struct figures before = difference_figures_before(region);
    struct figures after = difference_figures_after(region);
    struct human_text room, other, resident, committed;
    (void)fprintf(stream,
                  "%16" PRIx64 " %-7s %-10s %s %11s %11s %10s -> %10s %+9" PRIi64 " %+9" PRIi64,
                  shown->start, difference_change_name(region->change),
                  region_kind_name(shown->kind), shown->protection,
                  difference_bytes_text(before.resident_bytes, after.resident_bytes, &resident),
                  difference_bytes_text(before.committed_bytes, after.committed_bytes, &committed),
                  figure_bytes_text(region->before ? region_size_bytes(region->before) : 0, &room),
                  figure_bytes_text(region->after ? region_size_bytes(region->after) : 0, &other),
                  (int64_t)region->pages_came, -(int64_t)region->pages_went);
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

bool output_text_difference(FILE *stream, const struct difference *difference)
{
    const struct capture *before = difference->before, *after = difference->after;
    (void)fprintf(stream,
                  "%zu regions came, %zu went, %zu changed; %" PRIu64 " pages came, %" PRIu64
                  " went\n\n",
                  difference->regions_came, difference->regions_went, difference->regions_changed,
                  difference->pages_came, difference->pages_went);
#define PUT(member, name, title)                                                                   \
    put_change(stream, title, before->totals.member, after->totals.member);
    FIGURES_LIST(PUT)
#undef PUT
    (void)fprintf(stream, "\n%16s %-7s %-10s %4s %11s %11s %10s -> %10s %9s %9s  %s\n", "address",
                  "change", "kind", "may", "resident+-", "committed+-", "size", "size now",
                  "pages in", "pages out", "name");
    return put_regions_changed(stream, difference) && finish(stream);
}
