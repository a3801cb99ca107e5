/* SPDX-License-Identifier: MIT */
/*
 * lab_task.h - the lab's verbs that may take long: use, clear, collect, and waiting for the
 * background. They are done in pieces, between which a screen can be drawn and keys be read.
 *
 *   IDLE --lab_task_use, _clear, _collect, _wait--> RUNNING --lab_task_step: done, or refused-->
 * IDLE
 *                                                      |
 *                                                      +------lab_task_stop: what is done stays->
 * IDLE
 *
 * Where nobody looks on, lab_task_finish does all the rest in one piece. While RUNNING no other
 * verb may be called. Each leaves its calls in the log, and what came of it in lab->said, when it
 * ends.
 */
#ifndef STEPPE_MAP_LAB_TASK_H
#define STEPPE_MAP_LAB_TASK_H

#include "common/human.h"
#include "map/lab_log.h"
#include "map/lab_use.h"

struct lab;

enum lab_task_kind { LAB_TASK_NONE, LAB_TASK_USE, LAB_TASK_CLEAR, LAB_TASK_COLLECT, LAB_TASK_WAIT };

enum { LAB_TASK_STEP_MS = 60, LAB_TASK_TEXT_BYTES = 96 };

/* Invariant, while it is a use or a clear: range < ranges.count, and all before it are done. */
struct lab_task {
    enum lab_task_kind kind; /* NONE: idle, the rest but the last means nothing */
    struct human_ranges ranges;
    size_t range;
    uint64_t passed, total; /* structures of ranges done, and of all; or pages to collect */
    struct lab_use use;     /* of the range it is at */
    uint64_t used, kept;    /* of ranges done */
    uint64_t next;          /* structure to clear */
    size_t page_max;        /* to collect; 0: all */
    uint64_t pages;         /* ... given back so far */
    uint64_t call_count;    /* that one line of the log stands for */
    struct lab_counts before;
    uint64_t slots_before, range_slots_before, committed_before;
    uint64_t timeout_ms;
    int64_t start_ms;
    bool was_shown;      /* it took more than one step, so somebody was told how to stop it */
    bool has_just_ended; /* ... and it ended of itself, and no key has come since */
};

/* Begin. false: it cannot be begun, lab->said says why; nothing has changed.
 *
 * use: put structures to use, and write all their bytes, so that their pages come. One in use
 * already stays as it is. Ends at the first that is refused: with STEPPE_SLOTS_BY_FAULT that one is
 * in use all the same, without memory, until it is cleared, or used again with more budget.
 * clear: those that are clear stay so.
 * collect: give back so many pages without a structure in use, at the most; 0: all.
 * wait: until background collection has left no page without a structure in use, for so many
 * milliseconds at the most.
 *
 * A guard in the way of a use or a clear goes off first. */
bool lab_task_use(struct lab *lab, const struct human_ranges *ranges);
bool lab_task_clear(struct lab *lab, const struct human_ranges *ranges);
bool lab_task_collect(struct lab *lab, size_t page_max);
bool lab_task_wait(struct lab *lab, uint64_t timeout_ms);

/* Go on for about so many milliseconds, if anything is running: LAB_TASK_STEP_MS between two looks
 * at the keys; 0 is a single piece. One call of the library may take longer, and so may clearing a
 * single large structure. What waits only looks whether it is over. */
void lab_task_step(struct lab *lab, uint32_t ms);

/* Go on to the end. Returns whether it was done, and not refused. */
bool lab_task_finish(struct lab *lab);

/* End it here. A structure that is written in part is in use all the same. */
void lab_task_stop(struct lab *lab);

bool lab_task_is_running(const struct lab *lab);

/* "using 312,000 of 1,000,000"; empty while idle. */
void lab_task_text(const struct lab *lab, char text[LAB_TASK_TEXT_BYTES]);

/* How much of it is done, from 0 to 1; negative: nobody knows. */
double lab_task_share(const struct lab *lab);

#endif
