/* SPDX-License-Identifier: MIT */
/*
 * random.c - the same for all tests with random operations: options, history, replay, shrinking.
 */
#define _GNU_SOURCE 1

#include "random.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    HISTORY_COUNT = 30,
    LINE_BYTES = 240,
    FIGURES_BYTES = 600,
    OPERATIONS_USUAL = 200000,
    OPERATIONS_SLOW = 4000
};

uint64_t random_state;

static const struct random_test *test;
static uint64_t seed, operation_count, operation;
static uint8_t *left_out;            /* one bit for each operation; NULL: none is */
static volatile uint64_t *furthest;  /* of a forked run, for its parent; or NULL */
static bool is_verbose, is_in_suite; /* under Check */
static char history[HISTORY_COUNT][LINE_BYTES];
static size_t history_next;

/* ---- what was done ----------------------------------------------------------------------------
 */

void remember(const char *format, ...)
{
    char *line = history[history_next++ % HISTORY_COUNT];
    int length = snprintf(line, LINE_BYTES, "%llu: ", (unsigned long long)operation);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + length, LINE_BYTES - (size_t)length, format, arguments);
    va_end(arguments);
    if (is_verbose)
        printf("# %s\n", line);
}

void remember_end(const char *text)
{
    char *line = history[(history_next - 1) % HISTORY_COUNT];
    size_t length = strlen(line);
    snprintf(line + length, LINE_BYTES - length, ": %s", text);
    if (is_verbose)
        printf("#   %s\n", text);
}

uint64_t random_operation(void)
{
    return operation;
}

static bool is_left_out(uint64_t number)
{
    return left_out && left_out[number / 8] >> (number % 8) & 1;
}

static void leave_out(uint64_t first, uint64_t end, bool is_out)
{
    for (uint64_t i = first; i < end; i++) {
        uint8_t bit = (uint8_t)(1 << i % 8);
        left_out[i / 8] = is_out ? left_out[i / 8] | bit : left_out[i / 8] & (uint8_t)~bit;
    }
}

/* As --only takes them. */
static void print_list(void)
{
    const char *between = " --only ";
    for (uint64_t first = 0; first < operation_count; first++) {
        uint64_t last = first;
        if (is_left_out(first))
            continue;
        while (last + 1 < operation_count && !is_left_out(last + 1))
            last++;
        printf("%s%llu", between, (unsigned long long)first);
        if (last > first)
            printf("-%llu", (unsigned long long)last);
        between = ",";
        first = last;
    }
    printf("\n");
}

static void tell_again(void)
{
    printf("# again: --seed %llu", (unsigned long long)seed);
    if (left_out)
        print_list();
    else
        printf(" --operations %llu; shorter: add --shrink\n", (unsigned long long)operation + 1);
}

void mismatch(const char *file, int line, const char *what, const char *format, ...)
{
    char figures[FIGURES_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(figures, sizeof figures, format, arguments);
    va_end(arguments);
    const char *between = figures[0] ? ": " : "";
    if (!is_in_suite) /* else it is Check that says so, below */
        printf("not ok 1 - %s%s%s\n", what, between, figures);
    printf("# %s:%d, seed %llu, operation %llu; last message: %s\n", file, line,
           (unsigned long long)seed, (unsigned long long)operation, steppe_last_message());
    size_t count = history_next < HISTORY_COUNT ? history_next : HISTORY_COUNT;
    for (size_t i = history_next - count; i < history_next; i++)
        printf("#   %s\n", history[i % HISTORY_COUNT]);
    if (test->tell)
        test->tell();
    tell_again();
    fflush(stdout);
    if (is_in_suite)
        require_failed(file, line, what, "%s%s", between, figures);
    _exit(1);
}

/* ---- running ----------------------------------------------------------------------------------
 */

static void run(void)
{
    test->start();
    for (operation = 0; operation < operation_count; operation++) {
        if (is_left_out(operation))
            continue;
        if (furthest)
            *furthest = operation;
        uint64_t mixed = seed * UINT64_C(0x9e3779b97f4a7c15) + operation;
        random_state = random_next(&mixed);
        test->operate();
        if (test->compare_every && operation % test->compare_every == test->compare_every - 1)
            test->compare();
    }
    test->finish();
}

START_TEST(random_operations)
{
    run();
}
END_TEST

static int run_in_suite(Suite *suite)
{
    TCase *random = test_case(suite, "random operations");
    is_in_suite = true;
    tcase_set_timeout(random, 240 + (double)operation_count / 1000);
    tcase_add_test(random, random_operations);
    return test_main(suite);
}

/* ---- shrinking --------------------------------------------------------------------------------
 */

static bool still_fails(void)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
        alarm(10 + (unsigned)(operation_count / 2000)); /* one that never returns has failed */
        run();
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static bool are_left_out(uint64_t first, uint64_t end)
{
    for (uint64_t i = first; i < end; i++)
        if (!is_left_out(i))
            return false;
    return true;
}

/* Whether it failed without them as well. */
static bool do_without(uint64_t first, uint64_t end, uint8_t *saved)
{
    size_t size_bytes = (size_t)(operation_count / 8 + 1);
    memcpy(saved, left_out, size_bytes);
    leave_out(first, end, true);
    bool fails = still_fails();
    if (fails)
        operation_count = *furthest + 1; /* what follows was not reached */
    else
        memcpy(left_out, saved, size_bytes);
    return fails;
}

/* The parts of this many operations; whether any of them could go. */
static bool shrink_by(uint64_t step, uint8_t *saved)
{
    bool any = false;
    for (uint64_t first = 0; first < operation_count; first += step) {
        uint64_t end = first + step < operation_count ? first + step : operation_count;
        if (!are_left_out(first, end))
            any |= do_without(first, end, saved);
    }
    return any;
}

/* Few operations are left, and their numbers printed. False: nothing has failed. */
static bool shrink(void)
{
    size_t size_bytes = (size_t)(operation_count / 8 + 1);
    uint8_t *saved = malloc(size_bytes);
    furthest =
        mmap(NULL, sizeof *furthest, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!left_out)
        left_out = calloc(size_bytes, 1);
    require(saved && left_out && furthest != MAP_FAILED);
    bool fails = do_without(0, 0, saved);
    for (uint64_t step = operation_count / 2; fails && step > 1; step /= 2)
        shrink_by(step, saved);
    while (fails && shrink_by(1, saved))
        continue;
    free(saved);
    if (fails) {
        is_verbose = true;
        tell_again(); /* already here: the run may end otherwise than by a mismatch */
    }
    return fails;
}

/* ---- options ----------------------------------------------------------------------------------
 */

_Noreturn static void complain(const char *what, const char *about)
{
    fprintf(stderr, "%s: %s\n", about, what);
    exit(2);
}

static uint64_t number_from(const char *name, const char *text, const char **rest)
{
    char *end = NULL;
    uint64_t number = text ? strtoull(text, &end, 0) : 0;
    if (!text || end == text || (*end && !rest))
        complain("a number should follow", name);
    if (rest)
        *rest = end;
    return number;
}

static uint64_t number_from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? number_from(name, text, NULL) : otherwise;
}

/* The first number or run of numbers in the list; what follows it, or NULL. */
static const char *next_of_list(const char *list, uint64_t *first, uint64_t *last)
{
    *first = *last = number_from("--only", list, &list);
    if (*list == '-')
        *last = number_from("--only", list + 1, &list);
    if ((*list && *list != ',') || *last < *first || *last > UINT32_MAX)
        complain("should be like 17,403-405", "--only");
    return *list ? list + 1 : NULL;
}

static void take_only(const char *list)
{
    const char *at = list;
    uint64_t first, last;
    operation_count = 0;
    while (at) {
        at = next_of_list(at, &first, &last);
        operation_count = last < operation_count ? operation_count : last + 1;
    }
    left_out = calloc((size_t)(operation_count / 8 + 1), 1);
    require(left_out);
    leave_out(0, operation_count, true);
    while (list) {
        list = next_of_list(list, &first, &last);
        leave_out(first, last + 1, false);
    }
}

static void take_options(int argc, char **argv, bool *shrinks)
{
    const char *only = NULL;
    for (int i = 1; i < argc; i++) {
        const char *next = argv[i + 1];
        if (strcmp(argv[i], "--shrink") == 0)
            *shrinks = true;
        else if (strcmp(argv[i], "--verbose") == 0)
            is_verbose = true;
        else if (strcmp(argv[i], "--seed") == 0)
            seed = number_from("--seed", next, NULL), i++;
        else if (strcmp(argv[i], "--operations") == 0)
            operation_count = number_from("--operations", next, NULL), i++;
        else if (strcmp(argv[i], "--only") == 0 && next)
            only = next, i++;
        else
            complain("what is that?", argv[i]);
    }
    if (only)
        take_only(only);
}

int random_main(int argc, char **argv, const struct random_test *chosen, Suite *(*make_suite)(void))
{
    bool shrinks = false;
    uint64_t usual = is_slow() ? OPERATIONS_SLOW : OPERATIONS_USUAL;
    test = chosen;
    operation_count = number_from_environment(
        "STEPPE_MODEL_OPERATIONS", test->operation_count ? test->operation_count : usual);
    seed = number_from_environment("STEPPE_MODEL_SEED", 1);
    take_options(argc, argv, &shrinks);
    if (is_verbose || shrinks)
        setvbuf(stdout, NULL, _IOLBF, 0); /* a crash takes no line with it */
    if (seed == 0)
        seed = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32;
    printf("# seed %llu, %llu operations\n", (unsigned long long)seed,
           (unsigned long long)operation_count);
    fflush(stdout);
    if (make_suite && argc == 1)
        return run_in_suite(make_suite());
    printf("1..1\n");
    if (shrinks && !shrink())
        printf("# nothing to shrink\n");
    else
        run();
    printf("ok 1 - %s\n", test->name);
    return 0;
}
