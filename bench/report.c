/* SPDX-License-Identifier: MIT */
/*
 * report.c - tells results as text, as JSON, and as rows of a Markdown table.
 */
#include "results.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_COLUMNS = 40, PATH_BYTES = 4096 };

/* ---- numbers ----------------------------------------------------------------------------------
 */

static const char *with_commas(double value, char *out)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%.0f", value), used = 0;
    for (int i = 0; i < length && used < 30; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-')
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = '\0';
    return out;
}

const char *bench_number(double value, char *out)
{
    double size = fabs(value);
    if (size >= 1e15)
        (void)snprintf(out, 32, "%.3g", value);
    else if (size >= 100 || value == 0 || (size >= 10 && value == floor(value)))
        return with_commas(value, out);
    else if (size >= 10)
        (void)snprintf(out, 32, "%.1f", value);
    else if (size >= 0.1)
        (void)snprintf(out, 32, "%.2f", value);
    else
        (void)snprintf(out, 32, "%.2g", value);
    return out;
}

FILE *bench_open(const bench_report *report, const char *folder, const char *suffix)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s%s", folder, report->question->name, suffix);
    FILE *file = fopen(path, "we");
    if (!file)
        bench_die(path);
    return file;
}

void bench_close(FILE *file)
{
    if (fclose(file) != 0)
        bench_die("cannot write the results");
}

/* ---- text -------------------------------------------------------------------------------------
 */

static const char *with_unit(double value, const char *unit, char *out, size_t out_bytes)
{
    char number[32];
    (void)snprintf(out, out_bytes, "%s%s%s", bench_number(value, number), unit && *unit ? " " : "",
                   unit ? unit : "");
    return out;
}

static void print_summary(bench_summary summary, const char *unit)
{
    char median[32], lowest[32], highest[32];
    bench_number(summary.median, median);
    bench_number(summary.lowest, lowest);
    bench_number(summary.highest, highest);
    printf(" %10s%s%s", median, unit && *unit ? " " : "", unit ? unit : "");
    if (strcmp(lowest, highest) != 0)
        printf("   (%s .. %s)", lowest, highest);
}

/* The baseline's own figure, so that ratios can be read as times. */
static void print_baseline(const bench_report *report, const bench_result *result, size_t measure,
                           size_t size)
{
    double *values = bench_series_at(result, result->baseline, size)->values[measure];
    double lowest = values[0];
    char text[64];
    for (int i = 1; i < report->rounds; i++)
        lowest = values[i] < lowest ? values[i] : lowest;
    printf("   (is %s at best)",
           with_unit(lowest, result->table->measures[measure].unit, text, sizeof text));
}

static void print_contender(const bench_report *report, const bench_result *result, size_t measure,
                            size_t contender, size_t size)
{
    const bench_series *series = bench_series_at(result, contender, size);
    bench_kind kind = result->table->measures[measure].kind;
    bench_summary summary = bench_summarize(report, result, measure, contender, size);
    printf("    %-*s", NAME_COLUMNS, result->table->contenders[contender].name);
    if (summary.is_there)
        print_summary(summary, kind == BENCH_VALUE ? result->table->measures[measure].unit : NULL);
    if (summary.is_there && kind != BENCH_VALUE && contender == result->baseline)
        print_baseline(report, result, measure, size);
    if (series->reason[0])
        printf(" %s", series->reason);
    else if (!summary.is_there)
        printf("          -");
    if (series->note[0])
        printf("   [%s]", series->note);
    printf("\n");
}

/* A figure that a contender does not have is left out, where it has others. */
static bool is_shown(const bench_report *report, const bench_result *result, size_t measure,
                     size_t contender, size_t size)
{
    return measure == 0 || bench_summarize(report, result, measure, contender, size).is_there;
}

static void print_measure(const bench_report *report, const bench_result *result, size_t measure)
{
    const bench_measure *what = &result->table->measures[measure];
    printf("  %s", what->title);
    if (what->kind != BENCH_VALUE)
        printf(" (%s = 1.00%s)", result->table->contenders[result->baseline].name,
               what->kind == BENCH_SPEEDUP ? "; more is better" : "");
    printf("\n");
    for (size_t size = 0; size < result->size_count; size++) {
        char number[32];
        if (result->size_count > 1)
            printf("   %s\n", bench_number((double)result->sizes[size], number));
        for (size_t i = 0; i < result->table->contender_count; i++)
            if (is_shown(report, result, measure, i, size))
                print_contender(report, result, measure, i, size);
    }
}

static void print_limit(const bench_target *target, double measured, const char *what, double limit)
{
    char number[32];
    if (limit == 0)
        return;
    printf("; %s %s %s%s: %s", what,
           target->more_is_better ? ">=" : "<=", bench_number(limit, number),
           target->unit ? target->unit : "",
           bench_is_met(target, measured, limit) ? "met" : "NOT met");
}

static const char *target_name(const bench_target *target)
{
    return target->what ? target->what : target->contender;
}

static void print_target(const bench_report *report, const bench_result *result,
                         const bench_target *target)
{
    bench_summary summary = bench_summarize_target(report, result, target);
    char number[32];
    printf("  => %s: ", target_name(target));
    if (!summary.is_there) {
        printf("no figure here\n");
        return;
    }
    printf("%s%s", bench_number(summary.median, number), target->unit ? target->unit : "");
    if (report->is_quick) {
        printf("; sizes this small decide nothing\n");
        return;
    }
    print_limit(target, summary.median, "reach at least", target->at_least);
    print_limit(target, summary.median, "aim", target->aim);
    printf("\n");
}

static void print_table(const bench_report *report, const bench_result *result)
{
    const bench_table *table = result->table;
    char number[32];
    printf("\n%s", table->title);
    if (result->size_count == 1 && result->sizes[0] > 1)
        printf(" [%s]", bench_number((double)result->sizes[0], number));
    printf("\n");
    for (size_t i = 0; i < table->measure_count; i++)
        print_measure(report, result, i);
    for (size_t i = 0; i < table->target_count; i++)
        print_target(report, result, &table->targets[i]);
    if (table->remark)
        printf("  %s\n", table->remark);
}

void bench_print(const bench_report *report)
{
    printf("%s: %s\n", report->question->name, report->question->text);
    printf("median of %d round%s, lowest .. highest%s\n", report->rounds,
           report->rounds == 1 ? "" : "s",
           report->is_quick ? "; sizes only to see that it runs" : "");
    for (size_t i = 0; i < report->question->table_count; i++)
        print_table(report, &report->results[i]);
}

/* ---- JSON -------------------------------------------------------------------------------------
 */

static void json_string(FILE *file, const char *text)
{
    if (!text || !*text) {
        fprintf(file, "null");
        return;
    }
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', file);
        if ((unsigned char)*text < ' ')
            fprintf(file, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            fputc(*text, file);
    }
    fputc('"', file);
}

static void json_field(FILE *file, const char *name, const char *text)
{
    fprintf(file, "\"%s\": ", name);
    json_string(file, text);
    fprintf(file, ", ");
}

static void json_number(FILE *file, double value)
{
    if (isfinite(value))
        fprintf(file, "%.9g", value);
    else
        fprintf(file, "null");
}

static void json_machine(FILE *file, const bench_report *report)
{
    const bench_machine *machine = &report->machine;
    fprintf(file, "  \"machine\": {");
    json_field(file, "kernel", machine->kernel);
    json_field(file, "cpu", machine->cpu);
    json_field(file, "max_map_count", machine->max_map_count);
    json_field(file, "transparent_hugepage", machine->huge_pages);
    json_field(file, "mechanisms", machine->mechanisms);
    json_field(file, "best_mechanism", machine->best);
    fprintf(file, "\"cores\": %ld, \"memory_mib\": %ld},\n", machine->core_count,
            machine->memory_mib);
}

static void json_rounds(FILE *file, const bench_report *report, const bench_result *result,
                        size_t measure, size_t contender, size_t size)
{
    const double *values = bench_series_at(result, contender, size)->values[measure];
    bench_summary summary = bench_summarize(report, result, measure, contender, size);
    const char *outcome =
        result->table->measures[measure].kind == BENCH_VALUE ? "figures" : "ratios";
    fprintf(file, "\"median\": ");
    json_number(file, summary.median);
    fprintf(file, ", \"lowest\": ");
    json_number(file, summary.lowest);
    fprintf(file, ", \"highest\": ");
    json_number(file, summary.highest);
    fprintf(file, ", \"%s\": [", outcome);
    for (int round = 0; round < report->rounds; round++) {
        fprintf(file, "%s", round ? ", " : "");
        json_number(file, bench_outcome(result, measure, contender, size, round));
    }
    fprintf(file, "], \"measured\": [");
    for (int round = 0; round < report->rounds; round++) {
        fprintf(file, "%s", round ? ", " : "");
        json_number(file, values[round]);
    }
    fprintf(file, "]");
}

static void json_series(FILE *file, const bench_report *report, const bench_result *result,
                        size_t measure, size_t contender, size_t size)
{
    const bench_series *series = bench_series_at(result, contender, size);
    fprintf(file, "        {");
    json_field(file, "contender", result->table->contenders[contender].name);
    fprintf(file, "\"size\": %zu, ", result->sizes[size]);
    json_field(file, "note", series->note);
    fprintf(file, "\"failed\": ");
    json_string(file, series->reason);
    if (bench_summarize(report, result, measure, contender, size).is_there) {
        fprintf(file, ", ");
        json_rounds(file, report, result, measure, contender, size);
    }
    fprintf(file, "}");
}

static const char *kind_name(bench_kind kind)
{
    static const char *const names[] = {"ratio to the baseline", "speedup over the baseline",
                                        "value"};
    return names[kind];
}

static void json_measure(FILE *file, const bench_report *report, const bench_result *result,
                         size_t measure)
{
    const bench_measure *what = &result->table->measures[measure];
    const char *separator = "\n";
    fprintf(file, "%s      {", measure ? ",\n" : "");
    json_field(file, "title", what->title);
    json_field(file, "kind", kind_name(what->kind));
    json_field(file, "unit", what->unit);
    fprintf(file, "\"results\": [");
    for (size_t contender = 0; contender < result->table->contender_count; contender++)
        for (size_t size = 0; size < result->size_count; size++) {
            fprintf(file, "%s", separator);
            json_series(file, report, result, measure, contender, size);
            separator = ",\n";
        }
    fprintf(file, "]}");
}

static void json_target(FILE *file, const bench_report *report, const bench_result *result,
                        const bench_target *target)
{
    bench_summary summary = bench_summarize_target(report, result, target);
    fprintf(file, "      {");
    json_field(file, "what", target_name(target));
    fprintf(file, "\"measured\": ");
    json_number(file, summary.is_there ? summary.median : NAN);
    fprintf(file, ", \"at_least\": ");
    json_number(file, target->at_least != 0 ? target->at_least : NAN);
    fprintf(file, ", \"aim\": ");
    json_number(file, target->aim != 0 ? target->aim : NAN);
    fprintf(file, ", \"more_is_better\": %s}", target->more_is_better ? "true" : "false");
}

static void json_table(FILE *file, const bench_report *report, const bench_result *result)
{
    const bench_table *table = result->table;
    fprintf(file, "    {");
    json_field(file, "title", table->title);
    json_field(file, "baseline", table->contenders[result->baseline].name);
    json_field(file, "remark", table->remark);
    fprintf(file, "\"measures\": [\n");
    for (size_t i = 0; i < table->measure_count; i++)
        json_measure(file, report, result, i);
    fprintf(file, "],\n     \"targets\": [");
    for (size_t i = 0; i < table->target_count; i++) {
        fprintf(file, "%s\n", i ? "," : "");
        json_target(file, report, result, &table->targets[i]);
    }
    fprintf(file, "]}");
}

void bench_write_json(const bench_report *report, const char *folder)
{
    FILE *file = bench_open(report, folder, ".json");
    fprintf(file, "{\n  ");
    json_field(file, "question", report->question->name);
    json_field(file, "text", report->question->text);
    fprintf(file, "\n  ");
    json_field(file, "date", report->machine.date);
    json_field(file, "revision", report->revision);
    fprintf(file, "\"rounds\": %d, \"quick\": %s, \"full\": %s,\n", report->rounds,
            report->is_quick ? "true" : "false", report->is_full ? "true" : "false");
    json_machine(file, report);
    fprintf(file, "  \"tables\": [\n");
    for (size_t i = 0; i < report->question->table_count; i++) {
        fprintf(file, "%s", i ? ",\n" : "");
        json_table(file, report, &report->results[i]);
    }
    fprintf(file, "]\n}\n");
    bench_close(file);
}

/* ---- Markdown ---------------------------------------------------------------------------------
 */

static void row_limit(FILE *file, const bench_target *target, bench_summary summary, double limit)
{
    char number[32];
    if (limit == 0) {
        fprintf(file, " |");
        return;
    }
    fprintf(file, " %s %s%s%s |", target->more_is_better ? "≥" : "≤", bench_number(limit, number),
            target->unit ? target->unit : "",
            summary.is_there && !bench_is_met(target, summary.median, limit) ? " (missed)" : "");
}

static void write_row(FILE *file, const bench_report *report, const bench_result *result,
                      const bench_target *target)
{
    bench_summary summary = bench_summarize_target(report, result, target);
    const char *unit = target->unit ? target->unit : "";
    char median[32], lowest[32], highest[32];
    fprintf(file, "| `%s` | %s |", report->question->name, target_name(target));
    bench_number(summary.lowest, lowest);
    bench_number(summary.highest, highest);
    if (!summary.is_there)
        fprintf(file, " none here |");
    else if (strcmp(lowest, highest) == 0)
        fprintf(file, " %s%s |", bench_number(summary.median, median), unit);
    else
        fprintf(file, " %s%s (%s .. %s) |", bench_number(summary.median, median), unit, lowest,
                highest);
    if (report->is_quick) {
        fprintf(file, " (tiny sizes: no verdict) | |\n");
        return;
    }
    row_limit(file, target, summary, target->at_least);
    row_limit(file, target, summary, target->aim);
    fprintf(file, "\n");
}

void bench_write_rows(const bench_report *report, const char *folder)
{
    FILE *file = bench_open(report, folder, ".md");
    for (size_t i = 0; i < report->question->table_count; i++)
        for (size_t j = 0; j < report->results[i].table->target_count; j++)
            write_row(file, report, &report->results[i], &report->results[i].table->targets[j]);
    bench_close(file);
}
