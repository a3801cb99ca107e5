/* SPDX-License-Identifier: MIT */
/* main.c - steppe-map: see docs/man/steppe-map.1.scd. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <steppe/steppe.h>

#include "map/batch.h"
#include "map/explorer_screen.h"
#include "map/lab_main.h"
#include "map/options.h"

enum { DONE = 0, FAILED = 1, USAGE = 2 };

/* Whoever starts us may have closed these: then the first files opened would get their numbers, and
 * what is said would land in a snapshot. Each of them is the lowest that is free when its turn
 * comes. What cannot be written to stays so, that nobody takes silence for success; but there is
 * nobody to tell that errors cannot be told. */
static void fill_descriptors(void)
{
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        if (fcntl(i, F_GETFD) == -1)
            (void)open("/dev/null", i == STDERR_FILENO ? O_RDWR : O_RDONLY); /* as it was */
}

static int say(const char *text)
{
    if (fputs(text, stdout) >= 0 && fflush(stdout) == 0)
        return DONE;
    fprintf(stderr, "steppe-map: standard output cannot be written to: %s\n", strerror(errno));
    return FAILED;
}

static int say_version(void)
{
    printf("steppe-map %d.%d.%d\n", STEPPE_VERSION_MAJOR, STEPPE_VERSION_MINOR,
           STEPPE_VERSION_PATCH);
    return say("");
}

static int look(const struct options *options)
{
    struct problem problem = {0};
    /* The command inherits it; we ourselves make no reservation on this way. */
    if (options->publish && setenv("STEPPE_PUBLISH", "1", 1) != 0) {
        fprintf(stderr, "steppe-map: --publish: %s\n", strerror(errno));
        return FAILED;
    }
    bool is_done = options_are_batch(options) ? batch_run(options, &problem)
                                              : explorer_screen_run(options, &problem);
    if (!is_done)
        fprintf(stderr, "steppe-map: %s\n", problem.text);
    return is_done ? DONE : FAILED;
}

int main(int argument_count, char *arguments[])
{
    struct options options;
    fill_descriptors();
    (void)setlocale(LC_CTYPE, ""); /* without it, ASCII is all there is */
    const char *wrong = options_read(&options, argument_count, arguments);
    if (wrong) {
        fprintf(stderr, "steppe-map: %s\n", wrong);
        return USAGE;
    }
    switch (options.way) {
    case OPTIONS_HELP:
        return say(options_help());
    case OPTIONS_VERSION:
        return say_version();
    case OPTIONS_LAB:
        return lab_main(argument_count - 1, arguments + 1);
    default:
        return look(&options);
    }
}
