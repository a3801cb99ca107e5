/* SPDX-License-Identifier: MIT */
/*
 * results.h - what a run of a question gave, and the forms in which it is told.
 */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include "harness.h"
#include "machine.h"

/* Of one contender, at one size. */
typedef struct bench_series {
    double *values[BENCH_MEASURES_MAX]; /* as measured, one a round */
    char reason[BENCH_REASON_BYTES];    /* not empty: no values, and why */
    char note[BENCH_REASON_BYTES];
} bench_series;

typedef struct bench_result {
    const bench_table *table;
    size_t *sizes;
    size_t size_count;
    size_t baseline;      /* index of a contender */
    bench_series *series; /* [contender][size] */
} bench_result;

typedef struct bench_report {
    const bench_question *question;
    bench_machine machine;
    const char *revision; /* NULL: unknown */
    int rounds;
    bool is_quick, is_full;
    bench_result *results; /* one a table */
} bench_report;

/* Median and ends over the rounds of what a measure makes of the values. */
typedef struct bench_summary {
    bool is_there;
    double median, lowest, highest;
} bench_summary;

const bench_series *bench_series_at(const bench_result *result, size_t contender, size_t size);

/* What the measure makes of the values of one round; NaN where there is no baseline. */
double bench_outcome(const bench_result *result, size_t measure, size_t contender, size_t size,
                     int round);
bench_summary bench_summarize(const bench_report *report, const bench_result *result,
                              size_t measure, size_t contender, size_t size);
bench_summary bench_summarize_target(const bench_report *report, const bench_result *result,
                                     const bench_target *target);
bool bench_is_met(const bench_target *target, double measured, double limit);

/* At most three digits that say something, thousands with commas. out holds 32 bytes. */
const char *bench_number(double value, char *out);

void bench_print(const bench_report *report);
void bench_write_json(const bench_report *report, const char *folder);
void bench_write_rows(const bench_report *report, const char *folder);
void bench_write_charts(const bench_report *report, const char *folder);

#include <stdio.h>
/* A file for the question, <folder>/<question><suffix>; dies when it cannot be made. */
FILE *bench_open(const bench_report *report, const char *folder, const char *suffix);
void bench_close(FILE *file);

#endif
