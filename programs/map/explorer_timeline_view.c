/* SPDX-License-Identifier: MIT */
/* explorer_timeline_view.c - bars of eighths: see explorer_timeline_view.h. */
#include "map/explorer_timeline_view.h"

#include <stddef.h>
#include <string.h>

#include "map/explorer_look.h"

struct curve {
    const char *name;
    size_t offset; /* in struct figures */
    uint8_t ink;
};

/* The largest of some points; FIGURE_UNKNOWN: it is known of none. */
static uint64_t peak_of(const struct timeline *timeline, size_t first, size_t end, size_t offset)
{
    uint64_t peak = FIGURE_UNKNOWN;
    for (size_t i = first; i < end; i++) {
        uint64_t value;
        memcpy(&value, (const char *)&timeline->points[i].totals + offset, sizeof value);
        if (figure_is_known(value) && (!figure_is_known(peak) || value > peak))
            peak = value;
    }
    return peak;
}

/* Where there are more points than columns a column shows the peak of several. */
static void draw_bars(const struct timeline *timeline, struct screen_grid *grid, int column,
                      int row, int columns, const struct curve *curve)
{
    size_t count = timeline->point_count, room = columns > 0 ? (size_t)columns : 0;
    size_t shown = count < room ? count : room;
    uint64_t most = peak_of(timeline, 0, count, curve->offset);
    for (size_t i = 0; i < shown; i++) {
        uint64_t peak =
            peak_of(timeline, i * count / shown, (i + 1) * count / shown, curve->offset);
        if (!figure_is_known(peak))
            continue;
        uint32_t eighth = most ? (uint32_t)((double)peak / (double)most * 7 + 0.5) : 0;
        screen_put(grid, column + (int)i, row, 0x2581 + eighth,
                   (struct screen_style){.ink = curve->ink});
    }
}

static void draw_curve(const struct timeline *timeline, struct screen_grid *grid, int row,
                       int columns, const struct curve *curve)
{
    enum { LABEL = 38 };
    struct human_text latest_room, most_room;
    size_t count = timeline->point_count;
    uint64_t most = peak_of(timeline, 0, count, curve->offset);
    uint64_t latest = count ? peak_of(timeline, count - 1, count, curve->offset) : FIGURE_UNKNOWN;
    screen_format(grid, 1, row, LABEL - 1, explorer_dim, "%-9s %10s  peak %s", curve->name,
                  figure_bytes_text(latest, &latest_room), figure_bytes_text(most, &most_room));
    draw_bars(timeline, grid, LABEL, row, columns - LABEL - 1, curve);
}

/* The totals above tell the figures. */
static void draw_side_by_side(const struct timeline *timeline, struct screen_grid *grid, int row,
                              int columns, const struct curve *curves, int curve_count)
{
    int each = (columns - 1) / curve_count;
    for (int i = 0; i < curve_count; i++) {
        int at = 1 + i * each;
        int label = 1 + screen_text(grid, at, row, each, explorer_dim, curves[i].name);
        draw_bars(timeline, grid, at + label, row, each - label - 2, &curves[i]);
    }
}

void explorer_timeline_view_draw(const struct timeline *timeline, struct screen_grid *grid,
                                 struct screen_area area)
{
    static const struct curve curves[] = {
        {"committed", offsetof(struct figures, committed_bytes), SCREEN_SKY},
        {"resident", offsetof(struct figures, resident_bytes), SCREEN_GREEN},
        {"dirty", offsetof(struct figures, dirty_bytes), SCREEN_ORANGE},
    };
    enum { CURVES = sizeof curves / sizeof *curves };
    if (area.rows > 0 && area.rows < CURVES)
        draw_side_by_side(timeline, grid, area.row, area.columns, curves, CURVES);
    for (int i = 0; area.rows >= CURVES && i < CURVES; i++)
        draw_curve(timeline, grid, area.row + i, area.columns, &curves[i]);
}
