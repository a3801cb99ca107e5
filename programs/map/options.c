/* SPDX-License-Identifier: MIT */
/* options.c - reading the command line: see options.h. */
#include "map/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OPTION_ONCE = 256,
    OPTION_JSON,
    OPTION_CSV,
    OPTION_HTML,
    OPTION_SAVE,
    OPTION_LOAD,
    OPTION_DIFF,
    OPTION_INTERVAL,
    OPTION_SAMPLES,
    OPTION_SMAPS,
    OPTION_PUBLISH,
    OPTION_ASCII,
    OPTION_COLOR,
    OPTION_NO_MOUSE,
    INTERVAL_MS_MIN = 50,
    INTERVAL_S_MAX = 86400,
    SAMPLES_MAX = 100000
};

static const struct option long_options[] = {
    {"once", no_argument, NULL, OPTION_ONCE},
    {"json", no_argument, NULL, OPTION_JSON},
    {"csv", no_argument, NULL, OPTION_CSV},
    {"html", required_argument, NULL, OPTION_HTML},
    {"save", required_argument, NULL, OPTION_SAVE},
    {"load", required_argument, NULL, OPTION_LOAD},
    {"diff", required_argument, NULL, OPTION_DIFF},
    {"interval", required_argument, NULL, OPTION_INTERVAL},
    {"samples", required_argument, NULL, OPTION_SAMPLES},
    {"smaps", no_argument, NULL, OPTION_SMAPS},
    {"publish", no_argument, NULL, OPTION_PUBLISH},
    {"ascii", no_argument, NULL, OPTION_ASCII},
    {"color", required_argument, NULL, OPTION_COLOR},
    {"no-mouse", no_argument, NULL, OPTION_NO_MOUSE},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: steppe-map [OPTION...] PID              look at a running process\n"
    "       steppe-map [OPTION...] -- COMMAND...    start a command and look at it\n"
    "       steppe-map [OPTION...] --load SNAPSHOT  look at a saved snapshot\n"
    "       steppe-map [OPTION...] --diff A B       what came and went between two snapshots\n"
    "       steppe-map lab [LAB OPTION...]          an array to use, clear and collect by hand\n"
    "\n"
    "Without one of these it shows an explorer on the terminal ('?' there lists the keys); of two\n"
    "snapshots always a table:\n"
    "  --once           print the regions as a table\n"
    "  --json           print everything as JSON\n"
    "  --csv            print the regions as comma-separated values\n"
    "  --html FILE      write a report with pictures, one file for a browser; -: standard output\n"
    "  --save FILE      write a snapshot, for --load and --diff; what FILE was is overwritten\n"
    "\n"
    "  --interval S     seconds between two looks (default 1, 0.05 at least)\n"
    "  --samples N      with one of the above: look N times before it, for the timeline\n"
    "                   (default 1; with a command: as long as it runs)\n"
    "  --smaps          with one of the above: ask the kernel for smaps once, at the end, which "
    "is\n"
    "                   slow; so that committed is exact\n"
    "  --publish        with a command: have Steppe publish in it (STEPPE_PUBLISH=1)\n"
    "  --ascii          no other characters than ASCII\n"
    "  --color WHEN     auto (default), never, 16 or 256; NO_COLOR is obeyed by auto\n"
    "  --no-mouse       leave the mouse to the terminal\n"
    "  --help           this text; 'steppe-map lab --help' tells the lab's options\n"
    "  --version        the version\n"
    "\n"
    "Exit status: 0 done, 1 it could not be done (no such process, no permission, a damaged\n"
    "file ...), 2 the command line is wrong.\n";

const char *options_help(void)
{
    return help;
}

static const char *complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *complain(const char *format, ...)
{
    static char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return text;
}

bool options_are_batch(const struct options *options)
{
    return options->once || options->json || options->csv || options->html || options->save ||
           options->way == OPTIONS_DIFF;
}

static const char *read_interval(struct options *options, const char *text)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end || !(seconds * 1000 >= INTERVAL_MS_MIN) || seconds > INTERVAL_S_MAX)
        return complain("--interval '%s': give seconds from 0.05 to %d", text, INTERVAL_S_MAX);
    options->interval_ms = (uint64_t)(seconds * 1000 + 0.5);
    return NULL;
}

/* Digits only: strtoul alone takes signs and spaces. */
static bool read_number(const char *text, uint64_t most, uint64_t *number)
{
    if (!*text || strspn(text, "0123456789") != strlen(text))
        return false;
    errno = 0;
    *number = strtoull(text, NULL, 10);
    return errno == 0 && *number >= 1 && *number <= most;
}

static const char *read_color(struct options *options, const char *text)
{
    static const struct {
        const char *name;
        enum screen_colors colors;
    } names[] = {
        {"auto", SCREEN_COLORS_AUTO},
        {"never", SCREEN_COLORS_NONE},
        {"16", SCREEN_COLORS_16},
        {"256", SCREEN_COLORS_256},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].name, text) == 0) {
            options->screen.colors = names[i].colors;
            return NULL;
        }
    return complain("--color '%s': give auto, never, 16 or 256", text);
}

static const char *read_option(struct options *options, int option, char *argument)
{
    switch (option) {
    case OPTION_ONCE:
        options->once = true;
        return NULL;
    case OPTION_JSON:
        options->json = true;
        return NULL;
    case OPTION_CSV:
        options->csv = true;
        return NULL;
    case OPTION_HTML:
        options->html = argument;
        return NULL;
    case OPTION_SAVE:
        options->save = argument;
        return NULL;
    case OPTION_LOAD:
        options->load = argument;
        return NULL;
    case OPTION_DIFF:
        options->before = argument;
        return NULL;
    case OPTION_INTERVAL:
        return read_interval(options, argument);
    case OPTION_SAMPLES:
        if (read_number(argument, SAMPLES_MAX, &options->sample_count))
            return NULL;
        return complain("--samples '%s': give a number from 1 to %d", argument, SAMPLES_MAX);
    case OPTION_SMAPS:
        options->smaps = true;
        return NULL;
    case OPTION_PUBLISH:
        options->publish = true;
        return NULL;
    case OPTION_ASCII:
        options->screen.ascii = true;
        return NULL;
    case OPTION_COLOR:
        return read_color(options, argument);
    case OPTION_NO_MOUSE:
        options->screen.no_mouse = true;
        return NULL;
    case 'h':
        options->way = OPTIONS_HELP;
        return NULL;
    default:
        options->way = OPTIONS_VERSION;
        return NULL;
    }
}

static const char *read_options(struct options *options, int count, char *arguments[])
{
    int option;
    const char *wrong = NULL;
    opterr = 0;
    optind = 0; /* anew: tests read several lines */
    while (!wrong && (option = getopt_long(count, arguments, ":hV", long_options, NULL)) != -1) {
        const char *given = arguments[optind - 1];
        if (option == ':')
            return complain("'%s' needs a value; see --help", given);
        if (option == '?' && optopt >= OPTION_ONCE)
            return complain("'%s' takes no value; see --help", given);
        if (option == '?')
            return complain("unknown option '%s'; see --help",
                            optopt ? (char[]){'-', (char)optopt, 0} : given);
        wrong = read_option(options, option, optarg);
    }
    return wrong;
}

static const char *read_pid(struct options *options, const char *text)
{
    uint64_t pid;
    if (!read_number(text, INT_MAX, &pid))
        return complain("'%s' is no process's number; to start a command: steppe-map -- %s; or to "
                        "look at one that runs: steppe-map $(pidof -s %s)",
                        text, text, text);
    options->pid = (pid_t)pid;
    return NULL;
}

/* A number, and no file of that name. */
static bool is_pid_only(const char *text)
{
    uint64_t pid;
    return read_number(text, INT_MAX, &pid) && access(text, F_OK) != 0;
}

/* command_count: how many stand behind "--". */
static const char *read_way(struct options *options, int count, char *rest[], int command_count)
{
    if (command_count && (options->before || options->load || count > command_count))
        return complain("'%s' behind --, and something else to look at: one thing at a time",
                        rest[count - command_count]);
    if (options->before && options->load)
        return complain("--diff and --load: one thing at a time");
    if (options->before) {
        if (count == 1 && is_pid_only(rest[0]))
            return complain("--diff takes two snapshots, and '%s' is no file: take a snapshot of "
                            "the process first: --save FILE %s",
                            rest[0], rest[0]);
        if (count != 1)
            return complain("--diff takes two snapshots: --diff BEFORE AFTER");
        options->way = OPTIONS_DIFF;
        options->after = rest[0];
        return NULL;
    }
    if (options->load) {
        options->way = OPTIONS_LOAD;
        return count ? complain("'%s' besides --load: one thing at a time", rest[0]) : NULL;
    }
    if (command_count) {
        options->way = OPTIONS_COMMAND;
        options->command = rest;
        return NULL;
    }
    if (!count)
        return complain("what is to be looked at? Give a PID, -- COMMAND, or lab; see --help");
    if (count > 1)
        return complain("'%s' after '%s': one process at a time; a command goes behind --", rest[1],
                        rest[0]);
    options->way = OPTIONS_PROCESS;
    return read_pid(options, rest[0]);
}

/* Before getopt moves the arguments. */
static int count_behind_dashes(int count, char *arguments[])
{
    for (int i = 1; i < count; i++)
        if (strcmp(arguments[i], "--") == 0)
            return count - i - 1;
    return 0;
}

/* Of what goes to standard output there is one. */
static const char *check(const struct options *options)
{
    if (options->once + options->json + options->csv > 1)
        return complain("--once, --json and --csv: one at a time");
    if (options->save && options->way == OPTIONS_DIFF)
        return complain("--save is of no use with --diff: a difference is no snapshot");
    bool is_live = options->way == OPTIONS_PROCESS || options->way == OPTIONS_COMMAND;
    if (options->sample_count && !is_live)
        return complain("--samples is for processes: a snapshot does not change");
    if ((options->html && !*options->html) || (options->save && !*options->save))
        return complain("--html and --save need the name of a file, not ''");
    if (options->save && strcmp(options->save, "-") == 0)
        return complain("--save '-': a snapshot goes into a file; --json prints the same, and "
                        "./- is a file of that name");
    if (options->html && strcmp(options->html, "-") == 0 &&
        (options->once || options->json || options->csv))
        return complain("--html - and --once, --json or --csv: one thing on standard output");
    if (options->publish && options->way != OPTIONS_COMMAND)
        return complain("--publish is for a command behind --: what runs already must have been "
                        "started with STEPPE_PUBLISH=1");
    if (options->smaps && !is_live)
        return complain("--smaps is for processes: a snapshot has it or not");
    if (options->smaps && !options_are_batch(options))
        return complain("--smaps needs one of --once, --json, --csv, --html or --save; "
                        "on the screen m asks");
    if (options->sample_count && !options_are_batch(options))
        return complain("--samples needs one of --once, --json, --csv, --html or --save");
    return NULL;
}

const char *options_read(struct options *options, int argument_count, char *arguments[])
{
    *options = (struct options){.interval_ms = OPTIONS_INTERVAL_MS};
    if (argument_count > 1 && strcmp(arguments[1], "lab") == 0) {
        options->way = OPTIONS_LAB;
        return NULL;
    }
    int command_count = count_behind_dashes(argument_count, arguments);
    const char *wrong = read_options(options, argument_count, arguments);
    if (wrong || options->way == OPTIONS_HELP || options->way == OPTIONS_VERSION)
        return wrong;
    wrong = read_way(options, argument_count - optind, arguments + optind, command_count);
    return wrong ? wrong : check(options);
}
