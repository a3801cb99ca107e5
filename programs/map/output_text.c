/* SPDX-License-Identifier: MIT */
/* output_text.c - captures and differences for people: see output.h. */
#include "map/output.h"

#include <inttypes.h>
#include <stdlib.h>

#include "screen/grid.h"

/* Not by %f: in some languages that writes a comma. */
const char *output_bytes(uint64_t bytes, char text[16])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    uint64_t whole = bytes, rest = 0;
    if (!figure_is_known(bytes))
        return "?";
    if (bytes == 0)
        return "0";
    for (; whole >= 1024; unit++) {
        rest = whole % 1024;
        whole /= 1024;
    }
    /* Rounded down: nothing is shown as larger than it is. */
    if (whole >= 100 || rest * 10 / 1024 == 0)
        (void)snprintf(text, 16, "%" PRIu64 " %s", whole, units[unit]); /* 8 characters */
    else
        (void)snprintf(text, 16, "%" PRIu64 ".%" PRIu64 " %s", whole, rest * 10 / 1024,
                       units[unit]);
    return text;
}

static void put_tamed(FILE *stream, const char *text)
{
    uint32_t glyph;
    for (size_t bytes; (bytes = screen_decode(text, &glyph)) != 0; text += bytes) {
        bool is_bad = glyph < 32 || (glyph >= 127 && glyph < 160) || (bytes == 1 && glyph > 127);
        if (is_bad)
            (void)fputc('?', stream);
        else
            (void)fwrite(text, 1, bytes, stream);
    }
}

static void put_bytes(FILE *stream, uint64_t bytes)
{
    char text[16];
    (void)fprintf(stream, " %9s", output_bytes(bytes, text));
}

static void put_figures(FILE *stream, const struct figures *figures)
{
#define PUT(member, name, title) put_bytes(stream, figures->member);
    FIGURES_LIST(PUT)
#undef PUT
}

static void put_titles(FILE *stream)
{
#define PUT(member, name, title) (void)fprintf(stream, " %9s", title);
    FIGURES_LIST(PUT)
#undef PUT
}

static void put_head(FILE *stream, const struct capture *capture)
{
    const struct capture_holes *holes = &capture->holes;
    char largest[16];
    (void)fprintf(stream, "process %ld (", (long)capture->pid);
    put_tamed(stream, capture->name);
    (void)fprintf(stream, ")%s: %zu regions, %zu mappings\n",
                  capture->is_ended ? ", which has ended" : "", capture->region_count,
                  capture->mapping_count);
    (void)fprintf(stream,
                  "largest hole %s at 0x%" PRIx64 ", %" PRIu64 " holes, fragmentation %u %%\n",
                  output_bytes(holes->largest_bytes, largest), holes->largest_start, holes->count,
                  (unsigned)(holes->fragmentation * 100 + 0.5));
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
    return finish(stream);
}

/* ---- differences ----------------------------------------------------------------------------- */

static void put_change(FILE *stream, const char *title, uint64_t before, uint64_t after)
{
    char before_text[16], after_text[16], change_text[16];
    (void)fprintf(stream, "%-10s %9s -> %9s", title, output_bytes(before, before_text),
                  output_bytes(after, after_text));
    if (figure_is_known(before) && figure_is_known(after) && before != after)
        (void)fprintf(stream, "  %c%s", after > before ? '+' : '-',
                      output_bytes(after > before ? after - before : before - after, change_text));
    (void)fputc('\n', stream);
}

static void put_difference(FILE *stream, const struct difference_region *region)
{
    const struct region *shown = difference_shown(region);
    char before[16], after[16];
    (void)fprintf(stream, "%16" PRIx64 " %-7s %-10s %s %9s -> %9s %+9" PRIi64 " %+9" PRIi64,
                  shown->start, difference_change_name(region->change),
                  region_kind_name(shown->kind), shown->protection,
                  output_bytes(region->before ? region_size_bytes(region->before) : 0, before),
                  output_bytes(region->after ? region_size_bytes(region->after) : 0, after),
                  (int64_t)region->pages_came, -(int64_t)region->pages_went);
    put_name(stream, shown->name);
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
    (void)fprintf(stream, "\n%16s %-7s %-10s %4s %9s    %9s %9s %9s  %s\n", "address", "change",
                  "kind", "may", "before", "after", "pages in", "pages out", "name");
    for (size_t i = 0; i < difference->region_count; i++)
        put_difference(stream, &difference->regions[i]);
    return finish(stream);
}
