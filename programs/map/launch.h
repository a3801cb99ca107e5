/* SPDX-License-Identifier: MIT */
/*
 * launch.h - a command that is started to be looked at.
 *
 *   NONE --launch_start--> RUNNING --launch_poll sees its end--> ENDED
 *
 * Behind a screen its output would garble what is shown, so it goes to a file without a name, and
 * launch_show_output copies it once the screen is closed.
 */
#ifndef STEPPE_MAP_LAUNCH_H
#define STEPPE_MAP_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

struct launch {
    pid_t pid; /* 0: none */
    bool has_ended;
    int status;    /* of wait, once it has ended */
    int output_fd; /* -1: its output is ours */
};

/* Start arguments[0], found by PATH, without input; the last argument is NULL. One whose output is
 * kept gets a process group of its own, which ends with it; another one shares ours, and so the
 * keyboard's signals. Returns NULL, or why not: a sentence that is valid until the next call. */
const char *launch_start(struct launch *launch, char *const arguments[], bool keeps_output);

/* Notice whether it has ended. */
void launch_poll(struct launch *launch);

/* What it wrote, to our standard output. */
void launch_show_output(const struct launch *launch);

/* End it if it runs: SIGTERM, and SIGKILL after a second. */
void launch_end(struct launch *launch);

#endif
