/* SPDX-License-Identifier: MIT */
/*
 * harness.c - takes turns, in this process or in one of the contender's own.
 */
#include "harness.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "results.h"

enum { ALONE_SECONDS_MAX = 300, EXIT_USAGE = 2 };

static bool is_quick;

bool bench_is_quick(void)
{
    return is_quick;
}

/* ---- a turn -----------------------------------------------------------------------------------
 */

static _Noreturn void run_child(const bench_contender *contender, bench_turn *turn)
{
    /* It may be meant to die: no core dump, and not by hanging. */
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    (void)alarm(ALONE_SECONDS_MAX);
    contender->run(contender, turn);
    _exit(0);
}

static void take_turn_alone(const bench_contender *contender, bench_turn *turn)
{
    int status = 0;
    pid_t child = fork();
    if (child < 0)
        bench_die("fork");
    if (child == 0)
        run_child(contender, turn);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            bench_die("waitpid");
    if (WIFSIGNALED(status))
        bench_refuse(turn, "dies after %zu: %s", turn->done, strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0 && !turn->reason[0])
        bench_refuse(turn, "dies after %zu", turn->done);
}

/* The turn lies in shared memory, so that a process of the contender's own can answer. */
static bench_turn *new_turn(void)
{
    bench_turn *turn =
        mmap(NULL, sizeof *turn, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (turn == MAP_FAILED)
        bench_die("mmap");
    return turn;
}

static void reset(bench_turn *turn, size_t size)
{
    *turn = (bench_turn){.size = size};
    for (size_t i = 0; i < BENCH_MEASURES_MAX; i++)
        turn->values[i] = NAN;
}

/* Makes the machine below, if there is one, give this much memory; huge pages take whole blocks. */
static void warm(const bench_report *report, size_t page_count)
{
    size_t size_bytes = page_count * report->question->warm_page_bytes;
    bench_contender kernel = {.way = BENCH_KERNEL_HUGE};
    bench_turn turn = {.size = size_bytes / steppe_page_bytes()};
    if (size_bytes == 0 || report->is_quick)
        return;
    char *memory = bench_take(&kernel, &turn, size_bytes);
    if (!memory)
        bench_die(turn.reason);
    (void)bench_touch_in_order(&turn, memory);
    bench_give_back(&kernel, memory, size_bytes);
}

static void take_turn(const bench_report *report, const bench_contender *contender,
                      bench_turn *turn)
{
    warm(report, turn->size);
    if (contender->alone)
        take_turn_alone(contender, turn);
    else
        contender->run(contender, turn);
}

/* ---- a table ----------------------------------------------------------------------------------
 */

const bench_series *bench_series_at(const bench_result *result, size_t contender, size_t size)
{
    return &result->series[contender * result->size_count + size];
}

static void *new_array(size_t count, size_t item_bytes)
{
    void *array = calloc(count, item_bytes);
    if (!array)
        bench_die("calloc");
    return array;
}

static size_t scaled(const bench_report *report, const bench_table *table, size_t size)
{
    if (report->is_full && table->full_factor)
        size *= table->full_factor;
    if (!report->is_quick)
        return size;
    size_t quick = size / BENCH_QUICK_DIVISOR;
    return quick > BENCH_QUICK_SIZE_MIN  ? quick
           : size < BENCH_QUICK_SIZE_MIN ? size
                                         : BENCH_QUICK_SIZE_MIN;
}

static bench_result new_result(const bench_report *report, const bench_table *table)
{
    size_t size_count = table->size_count ? table->size_count : 1;
    bench_result result = {
        .table = table,
        .size_count = size_count,
        .sizes = new_array(size_count, sizeof *result.sizes),
        .series = new_array(table->contender_count * size_count, sizeof *result.series)};
    for (size_t i = 0; i < size_count; i++)
        result.sizes[i] = table->size_count ? scaled(report, table, table->sizes[i]) : 1;
    for (size_t i = 0; i < table->contender_count * size_count; i++)
        for (size_t measure = 0; measure < table->measure_count; measure++)
            result.series[i].values[measure] = new_array((size_t)report->rounds, sizeof(double));
    return result;
}

/* Whoever refuses once is not asked again: its answer would be the same, and dying takes long. */
static void take_noted_turn(const bench_report *report, bench_result *result, size_t contender,
                            size_t size, int round, bench_turn *turn)
{
    bench_series *series = &result->series[contender * result->size_count + size];
    if (series->reason[0])
        return;
    reset(turn, result->sizes[size]);
    take_turn(report, &result->table->contenders[contender], turn);
    memcpy(series->reason, turn->reason, sizeof series->reason);
    memcpy(series->note, turn->note, sizeof series->note);
    for (size_t measure = 0; round >= 0 && measure < result->table->measure_count; measure++)
        series->values[measure][round] = turn->values[measure];
}

static void take_round(const bench_report *report, bench_result *result, int round,
                       bench_turn *turn)
{
    for (size_t size = 0; size < result->size_count; size++)
        for (size_t contender = 0; contender < result->table->contender_count; contender++)
            take_noted_turn(report, result, contender, size, round, turn);
}

static void begin(bench_result *result, bench_turn *turn)
{
    for (size_t i = 0; i < result->table->contender_count; i++) {
        const bench_contender *contender = &result->table->contenders[i];
        reset(turn, result->sizes[0]);
        if (contender->begin)
            contender->begin(contender, turn);
        for (size_t size = 0; size < result->size_count; size++)
            memcpy(result->series[i * result->size_count + size].reason, turn->reason,
                   sizeof turn->reason);
    }
}

static void end(bench_result *result, bench_turn *turn)
{
    for (size_t i = 0; i < result->table->contender_count; i++) {
        const bench_contender *contender = &result->table->contenders[i];
        reset(turn, result->sizes[0]);
        if (contender->end)
            contender->end(contender, turn);
    }
}

static void find_baseline(bench_result *result)
{
    for (size_t i = 0; i < result->table->contender_count; i++)
        if (!bench_series_at(result, i, 0)->reason[0]) {
            result->baseline = i;
            return;
        }
}

static bench_result compare(const bench_report *report, const bench_table *table)
{
    bench_result result = new_result(report, table);
    bench_turn *turn = new_turn();
    begin(&result, turn);
    for (int round = report->question->without_warm_round ? 0 : -1; round < report->rounds; round++)
        take_round(report, &result, round, turn);
    end(&result, turn);
    find_baseline(&result);
    (void)munmap(turn, sizeof *turn);
    return result;
}

/* ---- figures ----------------------------------------------------------------------------------
 */

double bench_outcome(const bench_result *result, size_t measure, size_t contender, size_t size,
                     int round)
{
    double value = bench_series_at(result, contender, size)->values[measure][round];
    const bench_series *baseline = bench_series_at(result, result->baseline, size);
    bench_kind kind = result->table->measures[measure].kind;
    if (kind == BENCH_VALUE)
        return value;
    if (baseline->reason[0])
        return NAN;
    double base = baseline->values[measure][round];
    return kind == BENCH_RATIO ? value / base : base / value;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bench_summary summary_of(double *outcomes, int count)
{
    for (int i = 0; i < count; i++)
        if (isnan(outcomes[i]))
            return (bench_summary){.is_there = false};
    qsort(outcomes, (size_t)count, sizeof *outcomes, by_value);
    double middle = outcomes[count / 2];
    if (count % 2 == 0)
        middle = (middle + outcomes[count / 2 - 1]) / 2;
    return (bench_summary){true, middle, outcomes[0], outcomes[count - 1]};
}

bench_summary bench_summarize(const bench_report *report, const bench_result *result,
                              size_t measure, size_t contender, size_t size)
{
    if (bench_series_at(result, contender, size)->reason[0])
        return (bench_summary){.is_there = false};
    double *outcomes = new_array((size_t)report->rounds, sizeof *outcomes);
    for (int round = 0; round < report->rounds; round++)
        outcomes[round] = bench_outcome(result, measure, contender, size, round);
    bench_summary summary = summary_of(outcomes, report->rounds);
    free(outcomes);
    return summary;
}

static size_t contender_named(const bench_table *table, const char *name)
{
    for (size_t i = 0; i < table->contender_count; i++)
        if (strcmp(table->contenders[i].name, name) == 0)
            return i;
    errno = EINVAL;
    bench_die(name);
}

/* Targets hold at the last, the greatest, size. */
bench_summary bench_summarize_target(const bench_report *report, const bench_result *result,
                                     const bench_target *target)
{
    size_t own = contender_named(result->table, target->contender), size = result->size_count - 1;
    if (!target->against)
        return bench_summarize(report, result, target->measure, own, size);
    size_t other = contender_named(result->table, target->against);
    if (bench_series_at(result, own, size)->reason[0] ||
        bench_series_at(result, other, size)->reason[0])
        return (bench_summary){.is_there = false};
    double *outcomes = new_array((size_t)report->rounds, sizeof *outcomes);
    for (int round = 0; round < report->rounds; round++) {
        double value = bench_series_at(result, own, size)->values[target->measure][round];
        double base = bench_series_at(result, other, size)->values[target->measure][round];
        outcomes[round] = result->table->measures[target->measure].kind == BENCH_SPEEDUP
                              ? base / value
                              : value / base;
    }
    bench_summary summary = summary_of(outcomes, report->rounds);
    free(outcomes);
    return summary;
}

bool bench_is_met(const bench_target *target, double measured, double limit)
{
    return target->more_is_better ? measured >= limit : measured <= limit;
}

/* ---- the program ------------------------------------------------------------------------------
 */

static void usage(FILE *file, const bench_question *question)
{
    fprintf(file,
            "usage: bench-%s [--rounds N] [--quick] [--full] [--output FOLDER] [--revision TEXT]\n"
            "\n%s\n\n"
            "  --rounds N         turns of each contender that count (%d)\n"
            "  --quick            tiny sizes and one round: only to see that it runs\n"
            "  --full             the largest sizes, where there are larger ones\n"
            "  --output FOLDER    write <question>.json, .svg and .md there\n"
            "  --revision TEXT    the version of the tree, for the JSON\n",
            question->name, question->text, question->rounds ? question->rounds : BENCH_ROUNDS);
}

static int rounds_from(const char *text)
{
    char *end_of_number;
    long rounds = strtol(text, &end_of_number, 10);
    if (rounds >= 1 && rounds <= 10000 && !*end_of_number)
        return (int)rounds;
    fprintf(stderr, "bench: --rounds takes a number from 1 to 10000, not '%s'\n", text);
    exit(EXIT_USAGE);
}

/* Fills in the report; returns the folder for files, NULL for none. */
static const char *read_options(int argc, char **argv, bench_report *report)
{
    enum { ROUNDS = 1, QUICK, FULL, OUTPUT, REVISION, HELP };
    static const struct option options[] = {{"rounds", required_argument, NULL, ROUNDS},
                                            {"quick", no_argument, NULL, QUICK},
                                            {"full", no_argument, NULL, FULL},
                                            {"output", required_argument, NULL, OUTPUT},
                                            {"revision", required_argument, NULL, REVISION},
                                            {"help", no_argument, NULL, HELP},
                                            {NULL, 0, NULL, 0}};
    const char *folder = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == ROUNDS)
            report->rounds = rounds_from(optarg);
        else if (option == QUICK)
            report->is_quick = is_quick = true;
        else if (option == FULL)
            report->is_full = true;
        else if (option == OUTPUT)
            folder = optarg;
        else if (option == REVISION)
            report->revision = optarg;
        if (option == HELP || option == '?') {
            usage(option == HELP ? stdout : stderr, report->question);
            exit(option == HELP ? 0 : EXIT_USAGE);
        }
    }
    if (optind < argc) {
        usage(stderr, report->question);
        exit(EXIT_USAGE);
    }
    return folder;
}

/* Told before anything is measured: that may take an hour. */
static void make_folder(const char *folder)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        bench_die(folder);
    if (access(folder, W_OK | X_OK) != 0)
        bench_die(folder);
}

static void write_files(const bench_report *report, const char *folder)
{
    bench_write_json(report, folder);
    bench_write_rows(report, folder);
    bench_write_charts(report, folder);
}

int bench_main(int argc, char **argv, const bench_question *question)
{
    bench_report report = {.question = question};
    const char *folder = read_options(argc, argv, &report);
    if (folder)
        make_folder(folder);
    if (!report.rounds)
        report.rounds = report.is_quick ? 1 : question->rounds ? question->rounds : BENCH_ROUNDS;
    report.results = new_array(question->table_count, sizeof *report.results);
    for (size_t i = 0; i < question->table_count; i++)
        report.results[i] = compare(&report, &question->tables[i]);
    report.machine = bench_machine_here();
    bench_print(&report);
    if (folder)
        write_files(&report, folder);
    return 0;
}
