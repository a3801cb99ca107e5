/* SPDX-License-Identifier: MIT */
/*
 * target.h - what is looked at: a live process with what the library published of it, or a
 * snapshot.
 */
#ifndef STEPPE_MAP_TARGET_H
#define STEPPE_MAP_TARGET_H

#include "map/capture.h"
#include "map/process.h"

struct target {
    struct process *process; /* NULL: a snapshot */
    struct published *published;
    struct json_t *steppe;         /* what was published last; owned, NULL: nothing */
    struct problem steppe_problem; /* why it could not be read; empty: nothing is published, or
                                      all is well */
    struct capture loaded;
};

/* Look a first time. target is {0} before. False with a sentence; target is {0}. */
bool target_open_process(struct target *target, pid_t pid, struct problem *problem);
bool target_open_snapshot(struct target *target, const char *path, struct problem *problem);
void target_close(struct target *target);

/* Look again; a snapshot stays as it is. False with a sentence: see process_refresh. */
bool target_refresh(struct target *target, struct problem *problem);

bool target_is_live(const struct target *target); /* a process that has not ended */

/* What was seen last, good until the next refresh. */
const struct capture *target_capture(const struct target *target);
const struct timeline *target_timeline(const struct target *target);
const struct json_t *target_steppe(const struct target *target);

/* A capture of one's own with everything: timeline and what was published. to is {0} before.
 * False: out of memory. */
bool target_take(const struct target *target, struct capture *to);

#endif
