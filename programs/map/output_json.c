/* SPDX-License-Identifier: MIT */
/*
 * output_json.c - captures and differences as JSON, docs/map-format.md.
 *
 * Written by hand, one region a line: as a tree of values 50,000 regions would take ten times as
 * long, and nobody could look at the lines. What the library published is such a tree already.
 */
#include "map/output.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "map/reservation_change.h"
#include "screen/grid.h"

/* ---- values ---------------------------------------------------------------------------------- */

static void put_glyph(FILE *stream, const char *text, size_t bytes, uint32_t glyph)
{
    if (glyph == '"' || glyph == '\\')
        (void)fprintf(stream, "\\%c", (int)glyph);
    else if (glyph < 32 || glyph == 127)
        (void)fprintf(stream, "\\u%04x", (unsigned)glyph);
    else if (bytes == 1 && glyph >= 128)
        (void)fputs("\xef\xbf\xbd", stream); /* no UTF-8: U+FFFD in its place */
    else
        (void)fwrite(text, 1, bytes, stream);
}

/* Whether writing failed is asked once, of the stream, at the end. */
static void put_text(FILE *stream, const char *text)
{
    uint32_t glyph;
    (void)fputc('"', stream);
    for (size_t bytes; (bytes = screen_decode(text, &glyph)) != 0; text += bytes)
        put_glyph(stream, text, bytes, glyph);
    (void)fputc('"', stream);
}

static void put_figure(FILE *stream, const char *name, uint64_t figure)
{
    if (figure_is_known(figure))
        (void)fprintf(stream, "\"%s\":%" PRIu64, name, figure);
    else
        (void)fprintf(stream, "\"%s\":null", name);
}

static void put_figures(FILE *stream, const struct figures *figures)
{
    const char *comma = "";
#define PUT(member, name, title)                                                                   \
    (void)fputs(comma, stream);                                                                    \
    put_figure(stream, name, figures->member);                                                     \
    comma = ",";
    FIGURES_LIST(PUT)
#undef PUT
}

/* Not by %f: in some languages that writes a comma. */
static void put_share(FILE *stream, double share)
{
    unsigned millionths = (unsigned)(share * 1000000 + 0.5);
    (void)fprintf(stream, "%u.%06u", millionths / 1000000, millionths % 1000000);
}

/* ---- parts of a capture ---------------------------------------------------------------------- */

static void put_taken(FILE *stream, const struct capture *capture)
{
    time_t seconds = (time_t)(capture->taken_unix_ns / 1000000000);
    struct tm parts;
    char text[64] = "";
    if (gmtime_r(&seconds, &parts))
        (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts); /* empty: too far ahead */
    (void)fprintf(stream, "\"taken\":{\"unix_ns\":\"%" PRIu64 "\",\"text\":\"%s\"}",
                  capture->taken_unix_ns, text);
}

static const char *bool_text(bool is_true)
{
    return is_true ? "true" : "false";
}

static void put_child(FILE *stream, const struct child_process *child)
{
    const char state[] = {child->state, '\0'};
    (void)fprintf(stream, "{\"pid\":%ld,\"parent\":%ld,\"depth\":%u,\"name\":", (long)child->pid,
                  (long)child->parent, child->depth);
    put_text(stream, child->name);
    (void)fputs(",\"state\":", stream);
    put_text(stream, state);
    (void)fputc(',', stream);
    put_figure(stream, "resident_bytes", child->resident_bytes);
    (void)fputc('}', stream);
}

static void put_children(FILE *stream, const struct children *children)
{
    if (!children) {
        (void)fputs("\"children\":null", stream);
        return;
    }
    (void)fprintf(stream, "\"children_are_cut\":%s,\"children\":[", bool_text(children->is_cut));
    for (size_t i = 0; i < children->count; i++) {
        (void)fputs(i ? "," : "", stream);
        put_child(stream, &children->list[i]);
    }
    (void)fputc(']', stream);
}

static void put_process(FILE *stream, const struct capture *capture)
{
    const char *comma = "";
    const char state[] = {capture->state, '\0'};
    (void)fprintf(stream, "\"process\":{\"pid\":%ld,\"name\":", (long)capture->pid);
    put_text(stream, capture->name);
    (void)fputs(",\"command\":[", stream);
    for (size_t i = 0; i < capture->command_count; i++, comma = ",") {
        (void)fputs(comma, stream);
        put_text(stream, capture->command[i]);
    }
    (void)fputs("],\"state\":", stream);
    put_text(stream, state);
    (void)fprintf(stream, ",\"page_bytes\":%zu,\"is_ended\":%s,\"thread\":", capture->page_bytes,
                  bool_text(capture->is_ended));
    if (capture->thread)
        (void)fprintf(stream, "%ld", (long)capture->thread);
    else
        (void)fputs("null", stream);
    (void)fputc(',', stream);
    put_children(stream, capture->children);
    (void)fputc('}', stream);
}

static const char *const regions_by[] = {
    [CAPTURE_BY_MAPS] = "maps",
    [CAPTURE_BY_PROCMAP_QUERY] = "procmap_query",
};

static const char *const pages_by[] = {
    [CAPTURE_BY_NONE] = "none",
    [CAPTURE_BY_PAGEMAP] = "pagemap",
    [CAPTURE_BY_PAGEMAP_SCAN] = "pagemap_scan",
};

static void put_cost(FILE *stream, const struct capture *capture)
{
    const struct capture_cost *cost = &capture->cost;
    (void)fprintf(stream,
                  "\"cost\":{\"refresh_ns\":%" PRIu64 ",\"cpu_ns\":%" PRIu64
                  ",\"regions_cpu_ns\":%" PRIu64 ",\"pages_cpu_ns\":%" PRIu64
                  ",\"smaps_cpu_ns\":%" PRIu64
                  ",\"regions_by\":\"%s\",\"pages_by\":\"%s\",\"pages_are_cut\":%s,"
                  "\"why_no_pages\":",
                  cost->refresh_ns, cost->cpu_ns, cost->regions_cpu_ns, cost->pages_cpu_ns,
                  cost->smaps_cpu_ns, regions_by[cost->regions_by], pages_by[cost->pages_by],
                  bool_text(capture->is_cut));
    if (cost->why_no_pages)
        put_text(stream, cost->why_no_pages);
    else
        (void)fputs("null", stream);
    (void)fputc('}', stream);
}

static void put_totals(FILE *stream, const struct capture *capture)
{
    const struct capture_holes *holes = &capture->holes;
    (void)fprintf(stream, "\"totals\":{\"region_count\":%zu,\"mapping_count\":%zu,",
                  capture->region_count, capture->mapping_count);
    put_figures(stream, &capture->totals);
    (void)fprintf(stream, ",\"committed_is_exact\":%s", bool_text(capture->is_committed_exact));
    (void)fprintf(stream,
                  ",\"hole_count\":%" PRIu64 ",\"hole_bytes\":%" PRIu64
                  ",\"largest_hole_bytes\":%" PRIu64 ",\"largest_hole_start\":\"0x%" PRIx64
                  "\",\"fragmentation\":",
                  holes->count, holes->total_bytes, holes->largest_bytes, holes->largest_start);
    put_share(stream, holes->fragmentation);
    (void)fputc('}', stream);
}

static void put_kinds(FILE *stream, const struct capture *capture)
{
    const char *comma = "";
    (void)fputs("\"kinds\":[", stream);
    for (unsigned kind = 0; kind < REGION_KIND_COUNT; kind++) {
        if (capture->kind_counts[kind] == 0)
            continue;
        (void)fprintf(stream, "%s\n{\"kind\":\"%s\",\"region_count\":%zu,", comma,
                      region_kind_name((enum region_kind)kind), capture->kind_counts[kind]);
        put_figures(stream, &capture->kinds[kind]);
        (void)fputc('}', stream);
        comma = ",";
    }
    (void)fputs("\n]", stream);
}

/* All members of a region but its pages, without braces. */
static void put_region_head(FILE *stream, const struct region *region)
{
    (void)fprintf(stream,
                  "\"start\":\"0x%" PRIx64 "\",\"end\":\"0x%" PRIx64 "\",\"size_bytes\":%" PRIu64
                  ",\"kind\":\"%s\",\"protection\":\"%s\",\"name\":",
                  region->start, region->end, region_size_bytes(region),
                  region_kind_name(region->kind), region->protection);
    put_text(stream, region->name);
    (void)fprintf(stream,
                  ",\"offset_bytes\":%" PRIu64 ",\"device\":\"%02" PRIx32 ":%02" PRIx32
                  "\",\"inode\":%" PRIu64 ",\"mapping_count\":%zu,",
                  region->offset_bytes, region->device_major, region->device_minor, region->inode,
                  region->mapping_count);
    put_figures(stream, &region->figures);
    (void)fprintf(stream, ",\"committed_is_exact\":%s", bool_text(region->is_committed_exact));
    if (region->charge != REGION_CHARGE_UNKNOWN)
        (void)fprintf(stream, ",\"is_no_reserve\":%s",
                      bool_text(region->charge == REGION_NOT_CHARGED));
}

static void put_runs(FILE *stream, const struct capture *capture, const struct region *region)
{
    char letters[7];
    for (size_t i = 0; i < region->run_count; i++) {
        const struct page_run *run = &capture->runs[region->first_run + i];
        page_flags_to_letters(run->flags, letters);
        (void)fprintf(stream, "%s[%" PRIu64 ",%" PRIu32 ",\"%s\"]", i ? "," : "",
                      run->first - region->first_page, run->count, letters);
    }
}

static void put_regions(FILE *stream, const struct capture *capture)
{
    (void)fputs("\"regions\":[", stream);
    for (size_t i = 0; i < capture->region_count; i++) {
        (void)fputs(i ? ",\n{" : "\n{", stream);
        put_region_head(stream, &capture->regions[i]);
        (void)fputs(",\"pages\":[", stream);
        put_runs(stream, capture, &capture->regions[i]);
        (void)fputs("]}", stream);
    }
    (void)fputs("\n]", stream);
}

static void put_timeline(FILE *stream, const struct timeline *timeline)
{
    (void)fputs("\"timeline\":[", stream);
    for (size_t i = 0; i < timeline->point_count; i++) {
        const struct timeline_point *point = &timeline->points[i];
        (void)fprintf(stream, "%s\n{\"unix_ns\":\"%" PRIu64 "\",", i ? "," : "", point->unix_ns);
        put_figures(stream, &point->totals);
        (void)fputc(',', stream);
        put_figure(stream, "region_count", point->region_count);
        (void)fputc(',', stream);
        put_figure(stream, "fault_count", point->fault_count);
        (void)fputc('}', stream);
    }
    (void)fputs("\n]", stream);
}

static bool put_steppe(FILE *stream, const json_t *steppe)
{
    (void)fputs("\"steppe\":", stream);
    if (steppe)
        return json_dumpf(steppe, stream, JSON_COMPACT | JSON_ENCODE_ANY) == 0;
    (void)fputs("null", stream);
    return true;
}

static void put_kind(FILE *stream, const char *kind)
{
    (void)fprintf(stream, "{\"format\":\"steppe-map\",\"version\":1,\"kind\":\"%s\"", kind);
}

static bool finish(FILE *stream)
{
    return fflush(stream) == 0 && !ferror(stream);
}

bool output_json(FILE *stream, const struct capture *capture)
{
    put_kind(stream, "process");
    (void)fputs(",\n", stream);
    put_taken(stream, capture);
    (void)fputs(",\n", stream);
    put_process(stream, capture);
    (void)fputs(",\n", stream);
    put_cost(stream, capture);
    (void)fputs(",\n", stream);
    put_totals(stream, capture);
    (void)fputs(",\n", stream);
    put_kinds(stream, capture);
    (void)fputs(",\n", stream);
    put_regions(stream, capture);
    (void)fputs(",\n", stream);
    put_timeline(stream, &capture->timeline);
    (void)fputs(",\n", stream);
    bool is_complete = put_steppe(stream, capture->steppe);
    (void)fputs("}\n", stream);
    return finish(stream) && is_complete;
}

/* ---- differences ----------------------------------------------------------------------------- */

static void put_side(FILE *stream, const char *name, const struct capture *capture)
{
    (void)fprintf(stream, "\"%s\":{", name);
    put_taken(stream, capture);
    (void)fputc(',', stream);
    put_process(stream, capture);
    (void)fputc('}', stream);
}

static void put_change(FILE *stream, const char *name, uint64_t before, uint64_t after)
{
    (void)fprintf(stream, "\"%s\":{", name);
    put_figure(stream, "before", before);
    (void)fputc(',', stream);
    put_figure(stream, "after", after);
    if (!figure_is_known(before) || !figure_is_known(after))
        (void)fputs(",\"change\":null}", stream);
    else
        (void)fprintf(stream, ",\"change\":%s%" PRIu64 "}", after < before ? "-" : "",
                      after < before ? before - after : after - before);
}

static void put_changes(FILE *stream, const struct difference *difference)
{
    const struct capture *before = difference->before, *after = difference->after;
    (void)fputs("\"totals\":{", stream);
    put_change(stream, "region_count", before->region_count, after->region_count);
#define PUT(member, name, title)                                                                   \
    (void)fputc(',', stream);                                                                      \
    put_change(stream, name, before->totals.member, after->totals.member);
    FIGURES_LIST(PUT)
#undef PUT
    (void)fprintf(stream, ",\"pages_came\":%" PRIu64 ",\"pages_went\":%" PRIu64,
                  difference->pages_came, difference->pages_went);
    (void)fprintf(stream, ",\"regions_came\":%zu,\"regions_went\":%zu,\"regions_changed\":%zu",
                  difference->regions_came, difference->regions_went, difference->regions_changed);
    (void)fprintf(stream, ",\"committed_is_exact\":{\"before\":%s,\"after\":%s}}",
                  bool_text(before->is_committed_exact), bool_text(after->is_committed_exact));
}

static void put_before(FILE *stream, const struct region *before)
{
    (void)fputs("\"before\":", stream);
    if (!before) {
        (void)fputs("null", stream);
        return;
    }
    (void)fprintf(stream, "{\"start\":\"0x%" PRIx64 "\",\"end\":\"0x%" PRIx64 "\",", before->start,
                  before->end);
    (void)fprintf(stream, "\"size_bytes\":%" PRIu64 ",\"protection\":\"%s\",\"kind\":\"%s\",",
                  region_size_bytes(before), before->protection, region_kind_name(before->kind));
    put_figures(stream, &before->figures);
    (void)fprintf(stream, ",\"committed_is_exact\":%s}", bool_text(before->is_committed_exact));
}

/* Pages that went from a part which the region has no longer have addresses outside it: those stand
 * in the list all the same, counted backwards from the start where they lie before it. */
static void put_pages(FILE *stream, const char *name, const struct difference_run *runs,
                      size_t first, size_t count, uint64_t start, size_t page_bytes)
{
    (void)fprintf(stream, "\"%s\":[", name);
    for (size_t i = first; i < first + count; i++) {
        bool is_before = runs[i].address < start;
        uint64_t far = is_before ? start - runs[i].address : runs[i].address - start;
        (void)fprintf(stream, "%s[%s%" PRIu64 ",%" PRIu64 "]", i > first ? "," : "",
                      is_before ? "-" : "", far / page_bytes, runs[i].page_count);
    }
    (void)fputc(']', stream);
}

static void put_difference(FILE *stream, const struct difference *difference,
                           const struct difference_region *region)
{
    const struct region *shown = difference_shown(region);
    size_t page_bytes = difference->after->page_bytes;
    (void)fprintf(stream, "{\"change\":\"%s\",", difference_change_name(region->change));
    put_region_head(stream, shown);
    (void)fputc(',', stream);
    put_before(stream, region->before);
    (void)fputc(',', stream);
    put_pages(stream, "pages_came", difference->came, region->first_came, region->came_count,
              shown->start, page_bytes);
    (void)fputc(',', stream);
    put_pages(stream, "pages_went", difference->went, region->first_went, region->went_count,
              shown->start, page_bytes);
    (void)fputc('}', stream);
}

static void put_reservation_change(FILE *stream, const struct reservation_change *change)
{
    const struct reservation *shown = reservation_change_shown(change);
    const struct reservation_figures before = reservation_change_before(change);
    const struct reservation_figures after = reservation_change_after(change);
    (void)fprintf(stream, "{\"change\":\"%s\",\"start\":\"0x%" PRIx64 "\",\"size_bytes\":%" PRIu64,
                  difference_change_name(change->change), shown->start, shown->size_bytes);
    (void)fputs(",\"name\":", stream);
    put_text(stream, shown->name);
    (void)fputs(",\"kind\":", stream);
    put_text(stream, shown->kind);
#define PUT(member, name, title, is_bytes)                                                         \
    (void)fputc(',', stream);                                                                      \
    put_change(stream, name, before.member, after.member);
    RESERVATION_FIGURES(PUT)
#undef PUT
    (void)fputc('}', stream);
}

/* False: out of memory. */
static bool put_reservation_changes(FILE *stream, const struct difference *difference)
{
    struct reservation_changes changes = {0};
    if (!reservation_changes_make(&changes, difference->before, difference->after))
        return false;
    (void)fputs(",\n\"reservations\":", stream);
    if (!changes.is_known)
        (void)fputs("null", stream);
    for (size_t i = 0; i < changes.count; i++) {
        (void)fputs(i ? ",\n" : "[\n", stream);
        put_reservation_change(stream, &changes.changes[i]);
    }
    if (changes.is_known)
        (void)fputs(changes.count ? "\n]" : "[]", stream);
    reservation_changes_free(&changes);
    return true;
}

bool output_json_difference(FILE *stream, const struct difference *difference)
{
    put_kind(stream, "difference");
    (void)fputs(",\n", stream);
    put_side(stream, "before", difference->before);
    (void)fputs(",\n", stream);
    put_side(stream, "after", difference->after);
    (void)fputs(",\n", stream);
    put_changes(stream, difference);
    (void)fputs(",\n\"regions\":[", stream);
    for (size_t i = 0; i < difference->region_count; i++) {
        (void)fputs(i ? ",\n" : "\n", stream);
        put_difference(stream, difference, &difference->regions[i]);
    }
    (void)fputs("\n]", stream);
    bool is_complete = put_reservation_changes(stream, difference);
    (void)fputs("}\n", stream);
    return finish(stream) && is_complete;
}
