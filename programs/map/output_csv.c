/* SPDX-License-Identifier: MIT */
/* output_csv.c - captures and differences as CSV, RFC 4180: see output.h. */
#include "map/output.h"

#include <inttypes.h>
#include <string.h>

#include "screen/grid.h"

/* Names come from outside. What a terminal or a reader of UTF-8 may stumble over becomes U+FFFD. */
static void put_tamed(FILE *stream, const char *text)
{
    uint32_t glyph;
    for (size_t bytes; (bytes = screen_decode(text, &glyph)) != 0; text += bytes) {
        if (*text == '"')
            (void)fputs("\"\"", stream);
        else if (!screen_is_visible(glyph) || (bytes == 1 && glyph > 127))
            (void)fputs("\xEF\xBF\xBD", stream);
        else
            (void)fwrite(text, 1, bytes, stream);
    }
}

static void put_field(FILE *stream, const char *text)
{
    bool is_quoted = strpbrk(text, ",\"") != NULL;
    if (is_quoted)
        (void)fputc('"', stream);
    put_tamed(stream, text);
    if (is_quoted)
        (void)fputc('"', stream);
}

static void put_titles(FILE *stream, const char *first)
{
    (void)fprintf(stream,
                  "%sstart,end,size_bytes,kind,protection,offset_bytes,device,inode,"
                  "mapping_count",
                  first);
#define PUT(member, name, title) (void)fputs("," name, stream);
    FIGURES_LIST(PUT)
#undef PUT
}

static void put_number(FILE *stream, uint64_t figure)
{
    if (figure_is_known(figure))
        (void)fprintf(stream, ",%" PRIu64, figure);
    else
        (void)fputc(',', stream);
}

static void put_figures(FILE *stream, const struct figures *figures)
{
#define PUT(member, name, title) put_number(stream, figures->member);
    FIGURES_LIST(PUT)
#undef PUT
}

static void put_region(FILE *stream, const struct region *region)
{
    (void)fprintf(stream,
                  "0x%" PRIx64 ",0x%" PRIx64 ",%" PRIu64 ",%s,%s,%" PRIu64 ",%02" PRIx32
                  ":%02" PRIx32 ",%" PRIu64 ",%zu",
                  region->start, region->end, region_size_bytes(region),
                  region_kind_name(region->kind), region->protection, region->offset_bytes,
                  region->device_major, region->device_minor, region->inode, region->mapping_count);
    put_figures(stream, &region->figures);
}

static bool finish(FILE *stream)
{
    return fflush(stream) == 0 && !ferror(stream);
}

bool output_csv(FILE *stream, const struct capture *capture)
{
    put_titles(stream, "");
    (void)fputs(",name\r\n", stream);
    for (size_t i = 0; i < capture->region_count; i++) {
        put_region(stream, &capture->regions[i]);
        (void)fputc(',', stream);
        put_field(stream, capture->regions[i].name);
        (void)fputs("\r\n", stream);
    }
    return finish(stream);
}

bool output_csv_difference(FILE *stream, const struct difference *difference)
{
    put_titles(stream, "change,");
    (void)fputs(",size_bytes_before,committed_bytes_before,committed_bytes_after,"
                "resident_bytes_before,resident_bytes_after,pages_came,pages_went,name\r\n",
                stream);
    for (size_t i = 0; i < difference->region_count; i++) {
        const struct difference_region *region = &difference->regions[i];
        (void)fprintf(stream, "%s,", difference_change_name(region->change));
        put_region(stream, difference_shown(region));
        struct figures before = difference_figures_before(region);
        struct figures after = difference_figures_after(region);
        put_number(stream, region->before ? region_size_bytes(region->before) : 0);
        put_number(stream, before.committed_bytes);
        put_number(stream, after.committed_bytes);
        put_number(stream, before.resident_bytes);
        put_number(stream, after.resident_bytes);
        put_number(stream, region->pages_came);
        put_number(stream, region->pages_went);
        (void)fputc(',', stream);
        put_field(stream, difference_shown(region)->name);
        (void)fputs("\r\n", stream);
    }
    return finish(stream);
}
