/* SPDX-License-Identifier: MIT */
/*
 * chart.c - one SVG a measure: bars for contenders, lines where the cost grows with the size.
 *
 * The files stand alone and take light or dark from who looks at them.
 */
#include "results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 880,
    PLOT_LEFT = 300,
    PLOT_RIGHT = 740,
    TITLE_Y = 26,
    SUBTITLE_Y = 46,
    PLOT_TOP = 66,
    BAR_STEP = 26,
    BAR_HEIGHT = 16,
    AXIS_HEIGHT = 52,
    LINES_LEFT = 80,
    LINES_RIGHT = 590,
    LINES_BOTTOM = 360,
    LEGEND_STEP = 20,
    COLORS = 7,
    LOG_FROM_SPAN = 10
};

/* A stretch of values along pixels. */
struct axis {
    double low, high;
    int from, to; /* pixels of low and high */
    bool is_log;
};

static const char style[] =
    "<style>\n"
    "text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-size:16px;font-weight:600}\n"
    ".small{font-size:11px;fill:#59636e}.back{fill:#fff}.grid{stroke:#d1d9e0}\n"
    ".one{stroke:#1f2328;stroke-dasharray:4 3}.whisker{stroke:#1f2328;stroke-width:1.5;fill:none}\n"
    ".line{fill:none;stroke-width:2}.other{fill:#8c959f}\n"
    ".c0{fill:#59636e;stroke:#59636e}.c1{fill:#0072b2;stroke:#0072b2}\n"
    ".c2{fill:#d55e00;stroke:#d55e00}.c3{fill:#009e73;stroke:#009e73}\n"
    ".c4{fill:#cc79a7;stroke:#cc79a7}.c5{fill:#e69f00;stroke:#e69f00}\n"
    ".c6{fill:#56b4e9;stroke:#56b4e9}.line.c0,.line.c1,.line.c2,.line.c3,.line.c4,.line.c5,"
    ".line.c6{fill:none}\n"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.back{fill:#0d1117}\n"
    ".grid{stroke:#3d444d}.one,.whisker{stroke:#e6edf3}.other{fill:#656c76}\n"
    ".c0{fill:#9198a1;stroke:#9198a1}.c1{fill:#4aa3df;stroke:#4aa3df}}\n"
    "</style>\n";

static void put_text(FILE *file, double x, double y, const char *attributes, const char *text)
{
    fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, attributes);
    for (; *text; text++)
        if (*text == '<')
            fprintf(file, "&lt;");
        else if (*text == '&')
            fprintf(file, "&amp;");
        else
            fputc(*text, file);
    fprintf(file, "</text>\n");
}

static void put_line(FILE *file, const char *class, double x1, double y1, double x2, double y2)
{
    fprintf(file, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class,
            x1, y1, x2, y2);
}

/* ---- scales -----------------------------------------------------------------------------------
 */

static double pixel(const struct axis *scale, double value)
{
    double share = scale->is_log ? (log10(fmax(value, scale->low)) - log10(scale->low)) /
                                       (log10(scale->high) - log10(scale->low))
                                 : (value - scale->low) / (scale->high - scale->low);
    return scale->from + share * (scale->to - scale->from);
}

/* The distance of some five round ticks. */
static double tick_step(double span)
{
    double step = pow(10, floor(log10(span / 4)));
    return span / step > 20 ? step * 5 : span / step > 8 ? step * 2 : step;
}

/* From the smallest and largest figure, both above 0 where there are any. */
static struct axis axis_over(double smallest, double largest, int from, int to)
{
    struct axis scale = {.from = from, .to = to};
    if (!(largest > 0)) {
        scale.high = 1;
        return scale;
    }
    scale.is_log = smallest > 0 && largest / smallest > LOG_FROM_SPAN;
    if (scale.is_log) {
        scale.low = pow(10, floor(log10(smallest) + 1e-9));
        scale.high = pow(10, ceil(log10(largest) - 1e-9));
        /* A bar as long as nothing would look like nothing. */
        if (scale.low > smallest * 0.8)
            scale.low /= 10;
        return scale;
    }
    double step = tick_step(largest);
    scale.high = ceil(largest / step) * step;
    return scale;
}

static double next_tick(const struct axis *scale, double tick)
{
    return scale->is_log ? tick * 10 : tick + tick_step(scale->high);
}

static void put_ticks_across(FILE *file, const struct axis *scale, int top, int bottom)
{
    char number[32];
    for (double tick = scale->low; tick <= scale->high * 1.0001; tick = next_tick(scale, tick)) {
        double x = pixel(scale, tick);
        put_line(file, "grid", x, top, x, bottom);
        put_text(file, x, bottom + 16, "class=\"small\" text-anchor=\"middle\"",
                 bench_number(tick, number));
    }
}

static void put_ticks_up(FILE *file, const struct axis *scale, int left, int right)
{
    char number[32];
    for (double tick = scale->low; tick <= scale->high * 1.0001; tick = next_tick(scale, tick)) {
        double y = pixel(scale, tick);
        put_line(file, "grid", left, y, right, y);
        put_text(file, left - 6, y + 4, "class=\"small\" text-anchor=\"end\"",
                 bench_number(tick, number));
    }
}

/* Widens the ends by a summary's, zeros left out: a logarithm has no place for them. */
static void widen(bench_summary summary, double *smallest, double *largest)
{
    if (!summary.is_there)
        return;
    if (summary.lowest > 0)
        *smallest = fmin(*smallest, summary.lowest);
    *largest = fmax(*largest, summary.highest);
}

static void extent(const bench_report *report, const bench_result *result, size_t measure,
                   double *smallest, double *largest)
{
    *smallest = INFINITY;
    *largest = 0;
    for (size_t i = 0; i < result->table->contender_count; i++)
        for (size_t size = 0; size < result->size_count; size++)
            widen(bench_summarize(report, result, measure, i, size), smallest, largest);
}

/* ---- bars -------------------------------------------------------------------------------------
 */

static void put_head(FILE *file, const bench_report *report, const bench_result *result, int height)
{
    char text[512];
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
            "height=\"%d\" role=\"img\">\n<!-- SPDX-License-Identifier: MIT -->\n%s"
            "<rect class=\"back\" width=\"%d\" height=\"%d\"/>\n",
            WIDTH, height, WIDTH, height, style, WIDTH, height);
    (void)snprintf(text, sizeof text, "%s: %s", report->question->name, result->table->title);
    put_text(file, 16, TITLE_Y, "class=\"title\"", text);
    (void)snprintf(text, sizeof text, "Median of %d, whiskers from lowest to highest. Linux %s, %s",
                   report->rounds, report->machine.kernel, report->machine.cpu);
    put_text(file, 16, SUBTITLE_Y, "class=\"small\"", text);
}

static void axis_label(const bench_result *result, size_t measure, char *out, size_t out_bytes)
{
    const bench_measure *what = &result->table->measures[measure];
    const char *baseline = result->table->contenders[result->baseline].name;
    if (what->kind == BENCH_VALUE)
        (void)snprintf(out, out_bytes, "%s, %s", what->title, what->unit ? what->unit : "");
    else
        (void)snprintf(out, out_bytes, "%s, %s%s = 1.00", what->title,
                       what->kind == BENCH_SPEEDUP ? "times faster; " : "", baseline);
}

static bool is_own(const bench_contender *contender)
{
    return strncmp(contender->name, "Steppe", 6) == 0;
}

static void put_bar(FILE *file, const struct axis *scale, const bench_contender *contender,
                    bench_summary summary, double y)
{
    char number[32];
    double end = pixel(scale, summary.median), middle = y + BAR_HEIGHT / 2.0;
    double from = pixel(scale, summary.lowest), to = pixel(scale, summary.highest);
    fprintf(file,
            "<rect class=\"%s\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>\n",
            is_own(contender) ? "c1" : "other", PLOT_LEFT, y, fmax(end - PLOT_LEFT, 1), BAR_HEIGHT);
    if (to - from >= 1)
        fprintf(file, "<path class=\"whisker\" d=\"M%.1f %.1fH%.1fM%.1f %.1fv8M%.1f %.1fv8\"/>\n",
                from, middle, to, from, middle - 4, to, middle - 4);
    put_text(file, fmax(end, to) + 8, middle + 4, "", bench_number(summary.median, number));
}

static void put_row(FILE *file, const bench_report *report, const bench_result *result,
                    size_t measure, size_t contender, const struct axis *scale, double y)
{
    const bench_contender *who = &result->table->contenders[contender];
    const bench_series *series = bench_series_at(result, contender, 0);
    bench_summary summary = bench_summarize(report, result, measure, contender, 0);
    put_text(file, PLOT_LEFT - 10, y + BAR_HEIGHT - 3, "text-anchor=\"end\"", who->name);
    if (summary.is_there)
        put_bar(file, scale, who, summary, y);
    else
        put_text(file, PLOT_LEFT + 8, y + BAR_HEIGHT - 3, "class=\"small\"",
                 series->reason[0] ? series->reason : "no figure");
}

static void put_bars(FILE *file, const bench_report *report, const bench_result *result,
                     size_t measure)
{
    int bottom = PLOT_TOP + BAR_STEP * (int)result->table->contender_count;
    double smallest, largest;
    char label[256];
    extent(report, result, measure, &smallest, &largest);
    struct axis scale = axis_over(smallest, largest, PLOT_LEFT, PLOT_RIGHT);
    put_head(file, report, result, bottom + AXIS_HEIGHT);
    put_ticks_across(file, &scale, PLOT_TOP, bottom);
    for (size_t i = 0; i < result->table->contender_count; i++)
        put_row(file, report, result, measure, i, &scale, PLOT_TOP + 5 + BAR_STEP * (double)i);
    if (result->table->measures[measure].kind != BENCH_VALUE)
        put_line(file, "one", pixel(&scale, 1), PLOT_TOP - 4, pixel(&scale, 1), bottom);
    axis_label(result, measure, label, sizeof label);
    put_text(file, (PLOT_LEFT + PLOT_RIGHT) / 2.0, bottom + 38, "text-anchor=\"middle\"", label);
}

/* ---- lines ------------------------------------------------------------------------------------
 */

static void put_curve(FILE *file, const bench_report *report, const bench_result *result,
                      size_t measure, size_t contender, const struct axis *across,
                      const struct axis *up)
{
    unsigned color = (unsigned)(contender % COLORS);
    const char *separator = "M";
    fprintf(file, "<path class=\"line c%u\" d=\"", color);
    for (size_t size = 0; size < result->size_count; size++) {
        bench_summary summary = bench_summarize(report, result, measure, contender, size);
        if (!summary.is_there)
            continue;
        fprintf(file, "%s%.1f %.1f", separator, pixel(across, (double)result->sizes[size]),
                pixel(up, summary.median));
        separator = "L";
    }
    fprintf(file, "\"/>\n");
    for (size_t size = 0; size < result->size_count; size++) {
        bench_summary summary = bench_summarize(report, result, measure, contender, size);
        double x = pixel(across, (double)result->sizes[size]);
        if (!summary.is_there)
            continue;
        put_line(file, "whisker", x, pixel(up, summary.lowest), x, pixel(up, summary.highest));
        fprintf(file, "<circle class=\"c%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", color, x,
                pixel(up, summary.median));
    }
}

/* Whoever came to no end says so beside its name. */
static void put_legend(FILE *file, const bench_result *result, size_t contender)
{
    double y = PLOT_TOP + 10 + LEGEND_STEP * (double)contender;
    char text[256], number[32];
    const char *name = result->table->contenders[contender].name;
    size_t size = result->size_count - 1;
    while (size > 0 && bench_series_at(result, contender, size - 1)->reason[0])
        size--;
    fprintf(file, "<rect class=\"c%u\" x=\"%d\" y=\"%.1f\" width=\"14\" height=\"4\"/>\n",
            (unsigned)(contender % COLORS), LINES_RIGHT + 20, y - 6);
    if (bench_series_at(result, contender, size)->reason[0])
        (void)snprintf(text, sizeof text, "%s (fails at %s)", name,
                       bench_number((double)result->sizes[size], number));
    else
        (void)snprintf(text, sizeof text, "%s", name);
    put_text(file, LINES_RIGHT + 40, y, "", text);
}

static void put_axis_names(FILE *file, const bench_result *result, size_t measure)
{
    char label[256];
    axis_label(result, measure, label, sizeof label);
    put_text(file, (LINES_LEFT + LINES_RIGHT) / 2.0, LINES_BOTTOM + 38, "text-anchor=\"middle\"",
             "pages");
    fprintf(file, "<g transform=\"translate(20 %d) rotate(-90)\">", (PLOT_TOP + LINES_BOTTOM) / 2);
    put_text(file, 0, 0, "text-anchor=\"middle\"", label);
    fprintf(file, "</g>\n");
}

static void put_lines(FILE *file, const bench_report *report, const bench_result *result,
                      size_t measure)
{
    double smallest, largest;
    size_t last = result->size_count - 1;
    extent(report, result, measure, &smallest, &largest);
    struct axis up = axis_over(smallest, largest, LINES_BOTTOM, PLOT_TOP);
    struct axis across = {.low = (double)result->sizes[0],
                          .high = (double)result->sizes[last],
                          .from = LINES_LEFT,
                          .to = LINES_RIGHT,
                          .is_log = true};
    if (across.high <= across.low)
        across.high = across.low * 10;
    put_head(file, report, result, LINES_BOTTOM + AXIS_HEIGHT);
    put_ticks_up(file, &up, LINES_LEFT, LINES_RIGHT);
    put_ticks_across(file, &across, PLOT_TOP, LINES_BOTTOM);
    for (size_t i = 0; i < result->table->contender_count; i++) {
        put_curve(file, report, result, measure, i, &across, &up);
        put_legend(file, result, i);
    }
    put_axis_names(file, result, measure);
}

static void write_chart(const bench_report *report, const bench_result *result, size_t measure,
                        const char *folder)
{
    char suffix[64];
    const char *part = result->table->measures[measure].chart;
    (void)snprintf(suffix, sizeof suffix, "%s%s.svg", *part ? "-" : "", part);
    FILE *file = bench_open(report, folder, suffix);
    if (result->size_count > 1)
        put_lines(file, report, result, measure);
    else
        put_bars(file, report, result, measure);
    fprintf(file, "</svg>\n");
    bench_close(file);
}

void bench_write_charts(const bench_report *report, const char *folder)
{
    for (size_t i = 0; i < report->question->table_count; i++) {
        const bench_result *result = &report->results[i];
        for (size_t measure = 0; measure < result->table->measure_count; measure++)
            if (result->table->measures[measure].chart)
                write_chart(report, result, measure, folder);
    }
}
