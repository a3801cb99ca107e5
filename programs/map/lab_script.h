/* SPDX-License-Identifier: MIT */
/*
 * lab_script.h - a file of commands for the lab, one a line.
 */
#ifndef STEPPE_MAP_LAB_SCRIPT_H
#define STEPPE_MAP_LAB_SCRIPT_H

#include "map/lab_command.h"

/* Run the lines of a file ("-": standard input) until one fails, or says quit. false: one failed,
 * or the file cannot be read; a line on errors says "FILE:LINE: what; what to do". */
bool lab_script_run(struct lab_session *session, const char *path, FILE *errors);

#endif
