/* SPDX-License-Identifier: MIT */
/*
 * launch.h - a command that is started to be looked at. One at a time.
 *
 *   NONE --launch_start--> RUNNING --launch_poll sees its end--> ENDED
 *     RUNNING, ENDED --launch_end, exit, a deadly signal--> OVER, and so is its process group
 *
 * It gets a process group of its own, so that all of it can be ended; the keyboard's signals reach
 * us only. Until OVER the ended command is not waited for: its number, which is the group's, could
 * belong to somebody else.
 *
 * Behind a screen its output would garble what is shown: it goes into a pipe, which launch_poll
 * empties, and launch_show_output tells it once the screen is closed.
 */
#ifndef STEPPE_MAP_LAUNCH_H
#define STEPPE_MAP_LAUNCH_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "map/warden.h"

enum { LAUNCH_POLL_MS = 100, LAUNCH_KEPT_BYTES = 1024 * 1024 };

struct launch {
    pid_t pid; /* 0: none */
    bool has_ended;
    int status;    /* of wait, after launch_end */
    int output_fd; /* -1: none is kept, or it is at its end */
    struct warden warden;
};

/* Start arguments[0], found by PATH, without input; the last argument is NULL. Its output is kept,
 * or else both outputs go to our standard error: our standard output is for what we say.
 * The launch stays where it is until launch_end. Should we be killed by a signal that cannot be
 * handled, the kernel kills the command, and a process of ours in its group the rest of that.
 * Returns NULL, or why not: a sentence that is valid until the next call. */
const char *launch_start(struct launch *launch, char *const arguments[], bool keeps_output);

/* Read its output, and notice whether it has ended. While launch_needs_poll it is to be called
 * every LAUNCH_POLL_MS or so: a command whose output nobody reads would wait. */
void launch_poll(struct launch *launch);
bool launch_needs_poll(const struct launch *launch);

/* End it and its group: SIGTERM, and SIGKILL for who is left when it has ended, or after a
 * second. */
void launch_end(struct launch *launch);

/* What it wrote, or the last LAUNCH_KEPT_BYTES of it; after launch_end, so that it is all. */
void launch_show_output(const struct launch *launch, FILE *stream);

#endif
