/* SPDX-License-Identifier: MIT */
/*
 * lab_options.h - the command line of the lab, and running it.
 *
 * Exit status: 0 all is well; 1 a script failed, or something could not be done; 2 the command line
 * is wrong.
 */
#ifndef STEPPE_MAP_LAB_OPTIONS_H
#define STEPPE_MAP_LAB_OPTIONS_H

#include "map/lab.h"
#include "screen/terminal.h"

enum { LAB_EXIT_OK = 0, LAB_EXIT_FAILED = 1, LAB_EXIT_USAGE = 2 };

struct lab_settings {
    struct lab_options lab;
    struct screen_options screen;
    const char *script; /* NULL: none */
    bool prints_screen, prints_json, prints_csv, prints_help;
    const char *html;  /* file; NULL: none */
    int columns, rows; /* of a screen that is printed */
};

/* The help's lines about options, each ended. */
extern const char lab_options_help[];

/* argv[0] is a name for messages. false: a line on standard error says what is wrong. */
bool lab_options_parse(struct lab_settings *settings, int argc, char **argv);

/* Do as the settings say; the exit status. */
int lab_options_run(const struct lab_settings *settings);

#endif
