/* SPDX-License-Identifier: MIT */
/* main.c - steppe-sheet: see docs/man/steppe-sheet.1.scd. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <steppe/steppe.h>

#include "sheet/batch/batch.h"
#include "sheet/book/function.h"
#include "sheet/desk/desk.h"

/* Whoever starts us may have closed these: then the first files opened would get their numbers, and
 * what is said would land in a workbook. Each of them is the lowest that is free when its turn
 * comes. What cannot be read from, or written to, stays so, that nobody takes silence for success.
 */
static void fill_descriptors(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDWR};
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        if (fcntl(i, F_GETFD) == -1)
            (void)open("/dev/null", modes[i]); /* as it was */
}

static int end_saying(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return BATCH_DONE;
    fprintf(stderr, "steppe-sheet: standard output cannot be written to: %s\n", strerror(errno));
    return BATCH_FILE;
}

static int say_help(void)
{
    fputs(options_help(), stdout); /* whether it could is asked at the end */
    return end_saying();
}

static int say_version(void)
{
    printf("steppe-sheet %d.%d.%d\n", STEPPE_VERSION_MAJOR, STEPPE_VERSION_MINOR,
           STEPPE_VERSION_PATCH);
    return end_saying();
}

static int say_functions(void)
{
    for (function_id i = 0; i < function_count(); i++)
        printf("%s\t%s\n", function_of(i)->usage, function_of(i)->says);
    return end_saying();
}

static int open_desk(const struct options *options)
{
    struct desk_options desk = {.path = options->path,
                                .file = {.format = options->from, .csv = options->csv},
                                .memory_bytes = options->memory_bytes,
                                .screen = options->screen,
                                .no_journal = options->no_journal};
    return desk_main(&desk);
}

int main(int argument_count, char *arguments[])
{
    struct options options;
    fill_descriptors();
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is a full disk */
    (void)setlocale(LC_CTYPE, "");  /* without it, ASCII is all there is */
    const char *wrong = options_read(&options, argument_count, arguments);
    if (wrong) {
        fprintf(stderr, "steppe-sheet: %s\n", wrong);
        return BATCH_USAGE;
    }
    switch (options.way) {
    case OPTIONS_HELP:
        return say_help();
    case OPTIONS_VERSION:
        return say_version();
    case OPTIONS_FUNCTIONS:
        return say_functions();
    case OPTIONS_SCREEN:
        return open_desk(&options);
    default:
        return (int)batch_run(&options);
    }
}
