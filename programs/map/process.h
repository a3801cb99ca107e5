/* SPDX-License-Identifier: MIT */
/*
 * process.h - a live process: opened by its number, looked at again and again.
 *
 *              process_open                 process_refresh: it has ended
 *   (none) ---------------------> WATCHED -------------------------------> ENDED
 *              the first look                                        what was seen last stays
 *
 * The process is held by its folder in /proc, which never shows a later process that got the same
 * number: so what is watched is always the process that was opened. Nothing is done to it: reading
 * takes no signal and stops no thread. A refresh costs what process_capture()->cost says; it
 * never reads smaps.
 *
 * It may become another program by exec meanwhile: capture->exec_count tells.
 *
 * When its first thread ends and others go on, one of these shows the memory: capture->thread.
 *
 * One thread at a time for one struct process.
 */
#ifndef STEPPE_MAP_PROCESS_H
#define STEPPE_MAP_PROCESS_H

#include "map/capture.h"
#include "map/listing.h"
#include "common/problem.h"
#include "map/smaps.h"
#include "map/timeline.h"

struct process;

struct process_options {
    const char *folder;                             /* instead of "/proc", for tests; NULL */
    bool no_pagemap_scan;                           /* read /proc/PID/pagemap in any case */
    bool no_pages;                                  /* neither: figures of pages are unknown */
    const struct process_reservation *reservations; /* for the first look. Copied */
    size_t reservation_count;
};

/* Watch a process, and look at it a first time. options may be NULL. NULL with a sentence that says
 * what to do: no such process, no permission, a kernel thread, a zombie, no memory. The number of a
 * thread does as well. */
struct process *process_open(pid_t pid, const struct process_options *options,
                             struct problem *problem);
void process_close(struct process *process); /* NULL is fine */

/* Before the next refresh: where reservations are, until said otherwise. Copied. False: out of
 * memory, and the list is as before. */
bool process_set_reservations(struct process *process,
                              const struct process_reservation *reservations, size_t count);

/* Look again. False with a sentence: it has ended (process_is_ended), or it could not be read this
 * time; what was seen before stays, whole. A process whose number was given to another one counts
 * as ended. */
bool process_refresh(struct process *process, struct problem *problem);

bool process_is_ended(const struct process *process);

/* What was seen last: never NULL, not to be freed, and good until the next refresh or close. Its
 * timeline is empty and its steppe is NULL: process_take adds them. */
const struct capture *process_capture(const struct process *process);

/* Totals of every refresh so far. Good until the next refresh or close. */
const struct timeline *process_timeline(const struct process *process);

/* A capture of one's own, with the timeline; for snapshots and outputs. steppe (NULL: nothing) gets
 * one reference more. to is {0} before; capture_free frees it. False: out of memory. */
bool process_take(const struct process *process, struct json_t *steppe, struct capture *to);

/* ---- when asked only ---- */

/* smaps is slow: the kernel walks all mappings page by page. capture->cost.smaps_cpu_ns adds up
 * what it has cost.
 *
 * It alone tells what was mapped with MAP_NORESERVE, so whoever asks it makes committed_bytes
 * exact: at once in process_capture (and the last point of the timeline), and as long as regions
 * stay the same in later refreshes. Regions that come are not known until somebody asks again. What
 * cannot be noticed: a region unmapped and mapped anew in the same place between two looks. */

/* What smaps says of the mapping that has an address (smaps.h). False with a sentence. */
bool process_ask_smaps(struct process *process, uint64_t address, struct smaps *smaps,
                       struct problem *problem);

/* Only for committed_bytes. */
bool process_ask_charges(struct process *process, struct problem *problem);

#endif
