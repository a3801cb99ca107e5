/* SPDX-License-Identifier: MIT */
/*
 * options.h - the command line of steppe-map, but for the lab's, which has its own.
 */
#ifndef STEPPE_MAP_OPTIONS_H
#define STEPPE_MAP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "screen/terminal.h"

enum options_way {
    OPTIONS_PROCESS, /* pid */
    OPTIONS_COMMAND, /* command */
    OPTIONS_LOAD,    /* load */
    OPTIONS_DIFF,    /* before, after */
    OPTIONS_LAB,     /* the other arguments are the lab's */
    OPTIONS_HELP,
    OPTIONS_VERSION
};

struct options {
    enum options_way way;
    pid_t pid;
    char *const *command;
    const char *load, *before, *after;
    bool once, json, csv;
    bool smaps;              /* ask it, so that committed is exact */
    bool publish;            /* the command gets STEPPE_PUBLISH=1 */
    const char *html, *save; /* files; NULL: none. html "-": standard output */
    uint64_t interval_ms;
    uint64_t sample_count; /* 0: as many as it lives, for a command; else 1 */
    struct screen_options screen;
};

enum { OPTIONS_INTERVAL_MS = 1000 };

/* Read the command line. Returns NULL, or what is wrong with it: a sentence, valid until the next
 * call. */
const char *options_read(struct options *options, int argument_count, char *arguments[]);

/* Is everything said on standard output and in files, and no screen wanted? */
bool options_are_batch(const struct options *options);

/* The text of --help. */
const char *options_help(void);

#endif
