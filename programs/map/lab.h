/* SPDX-License-Identifier: MIT */
/*
 * lab.h - the lab's model: an array of structures in reserved memory, what can be done with it, and
 * a log of the calls of the library that this took. Nothing here knows of screens or scripts.
 *
 * States:   FREE --lab_reserve--> RESERVED --lab_release--> FREE      (lab->slots says which)
 *
 * Strategy, give-back and mechanism are chosen while nothing is reserved; the budget and background
 * collection at any time. Pages count from 0 at structure 0; the page of bookkeeping that the
 * library keeps before it is none of them.
 *
 * The verbs return whether they did what was asked; lab->said says in words what was done, or what
 * was wrong and what to do about it ("what; what to do"). Threads: one.
 */
#ifndef STEPPE_MAP_LAB_H
#define STEPPE_MAP_LAB_H

#include "common/human.h"
#include "map/lab_log.h"
#include "map/lab_task.h"

#include <steppe/steppe.h>

enum {
    LAB_SAID_BYTES = 256,
    LAB_CONTENT_BYTES = 48, /* of what is written into a structure, again and again */
};

struct lab_options {
    uint64_t slot_max;
    size_t slot_bytes;
    size_t page_bytes; /* 0: the system's */
    steppe_slots_commit strategy;
    steppe_slots_give_back give_back;
    steppe_mechanism mechanism;
    uint64_t budget_bytes; /* STEPPE_NO_LIMIT: none */
    bool is_strict;        /* a fault commits one page, never a neighbour */
    bool is_background;
    uint32_t interval_ms; /* of background collection; 0: the library's default */
};

/* 50 structures of 2 KiB, given back when collected. */
extern const struct lab_options lab_default_options;

struct lab {
    struct lab_options options;
    size_t page_bytes;
    uint64_t page_count;
    uint8_t *slots; /* NULL: nothing is reserved */
    steppe_budget *budget;
    steppe_collector *collector;    /* while background collection is on */
    bool has_guards;                /* some page was given a guard since it was reserved */
    bool has_refused;               /* some structure may be in use without memory */
    uint64_t use_count;             /* numbers what is written */
    int64_t opened_ms, counting_ms; /* spent in all on counting what calls did */
    uint64_t refused_before;        /* in the process, until it was reserved */
    uint64_t noticed_bytes;         /* given back since it was reserved, as far as it was told */
    struct lab_task task;           /* what is being done piece by piece */
    int pagemap;                    /* the kernel's table of our pages; -1: cannot be read */
    bool is_error;                  /* what said is about */
    char said[LAB_SAID_BYTES];
    uint64_t line_count; /* of the log, of which the last LAB_LOG_LINES are kept */
    struct lab_line *lines;
};

/* Start with nothing reserved. false: said is all that may be looked at. */
bool lab_open(struct lab *lab, const struct lab_options *options);
void lab_close(struct lab *lab);

/* ---- the verbs -------------------------------------------------------------------------------
 * Those that may take long are in lab_task.h: use, clear, collect, wait.
 */

/* Is anything reserved? Else lab->said says so. */
bool lab_is_reserved(struct lab *lab);

bool lab_reserve(struct lab *lab);
bool lab_release(struct lab *lab);

/* Make a committed page a guard; read a byte of a page, whatever that does. */
bool lab_guard(struct lab *lab, uint64_t page);
bool lab_touch(struct lab *lab, uint64_t page);

/* Let all guards in the way of these structures go off, by touching them; the log tells. */
void lab_trip_guards(struct lab *lab, struct human_range range);

/* ---- settings --------------------------------------------------------------------------------
 */

bool lab_set_budget(struct lab *lab, uint64_t limit_bytes);
bool lab_set_background(struct lab *lab, bool is_on);
bool lab_set_strategy(struct lab *lab, steppe_slots_commit strategy);
bool lab_set_give_back(struct lab *lab, steppe_slots_give_back give_back);
bool lab_set_mechanism(struct lab *lab, steppe_mechanism mechanism);

/* "by-fault", "always", "after-query", "by-record"; "batched", "at-once", "collected"; NULL for
 * other values. Those of mechanisms are steppe_mechanism_name's. */
const char *lab_strategy_name(steppe_slots_commit strategy);
const char *lab_give_back_name(steppe_slots_give_back give_back);
bool lab_find_strategy(const char *name, steppe_slots_commit *strategy);
bool lab_find_give_back(const char *name, steppe_slots_give_back *give_back);
bool lab_find_mechanism(const char *name, steppe_mechanism *mechanism);

/* Pages that so many structures take, and whether that is possible at all (else why, a sentence).
 */
bool lab_count_pages(const struct lab_options *options, size_t page_bytes, uint64_t *page_count,
                     const char **why);

/* ---- asking ----------------------------------------------------------------------------------
 */

enum lab_verb { LAB_RESERVE, LAB_USE, LAB_CLEAR, LAB_COLLECT, LAB_RELEASE, LAB_BACKGROUND };

/* Would it do anything? ranges: of LAB_USE and LAB_CLEAR. NULL, or why not: a sentence. */
const char *lab_why_not(const struct lab *lab, enum lab_verb verb,
                        const struct human_ranges *ranges);

struct lab_figures {
    uint64_t reserved_bytes, committed_bytes, resident_bytes; /* of structures; resident UINT64_MAX:
                                                                 the kernel does not tell */
    uint64_t bookkeeping_bytes;                               /* charged beside committed_bytes */
    uint64_t slot_count, slot_max;
    uint64_t fault_count, os_call_count, vma_count; /* of their reservation */
    uint64_t refused_count;                         /* of their bookkeeping as well */
    uint64_t given_back_bytes, collection_count;
    uint64_t charged_bytes, limit_bytes; /* of the budget; STEPPE_NO_LIMIT */
    uint64_t process_charged_bytes;      /* by all that the library has reserved in the process */
    steppe_mechanism mechanism;          /* what it is; BEST while nothing is reserved */
    const char *why;                     /* ... and why; NULL while nothing is reserved */
};

/* All zero but the budgets' while nothing is reserved. Asks the kernel. */
struct lab_figures lab_figures_of(const struct lab *lab);

/* Two of them, of which the kernel is not asked. 0 while nothing is reserved. */
uint64_t lab_committed_bytes(const struct lab *lab);
uint64_t lab_given_back_bytes(const struct lab *lab);

/* Tell what the background has given back since the last verb, or the last notice: a line in the
 * log, and said. false: nothing. */
bool lab_notice_background(struct lab *lab);

/* The bytes of the pages that structures in use lie on, committed or not. Time goes with the runs
 * of those in use. */
uint64_t lab_needed_bytes(const struct lab *lab);

/* What a structure holds, as far as it can be read without changing anything: up to size_bytes - 1
 * characters. false: it is clear, or its memory is not there, or guarded. */
bool lab_content_of(const struct lab *lab, uint64_t slot, char *text, size_t size_bytes);

/* A line of the log by its number, or NULL: too old, or not yet. */
const struct lab_line *lab_line_of(const struct lab *lab, uint64_t number);

/* Say something that is no verb's. Always returns !is_error. */
bool lab_say(struct lab *lab, bool is_error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
