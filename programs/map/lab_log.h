/* SPDX-License-Identifier: MIT */
/*
 * lab_log.h - the lab's log: a line for each call of the library, with its result and what it
 * changed. For the lab's own files; lab_line_of in lab.h reads it.
 */
#ifndef STEPPE_MAP_LAB_LOG_H
#define STEPPE_MAP_LAB_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <steppe/base.h>

struct lab;

enum { LAB_LOG_LINES = 1000 };

/* One call: "steppe_slots_use(slots, 46)", "0x7f...b800", "1 fault, 1 page committed". */
struct lab_line {
    uint64_t number; /* from 1 */
    bool is_refused;
    char call[72], result[40], effect[128];
};

/* What a call may change; the difference is what it did. */
struct lab_counts {
    uint64_t committed_bytes, fault_count, os_call_count;
    bool is_complete; /* else only the first of them */
};

/* The counts before a call. The library asks the kernel for some of them, which takes the longer
 * the more there is; where that has taken too much of the lab's time they are left out. */
struct lab_counts lab_log_counts(struct lab *lab);

/* A new line, with its call. It is the log's, until LAB_LOG_LINES more have come. */
struct lab_line *lab_log_begin(struct lab *lab, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Its result. */
void lab_log_end(struct lab_line *line, bool is_refused, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One more of its effects. */
void lab_log_add(struct lab_line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ... all that has changed since, or that nothing has. */
void lab_log_add_changes(struct lab *lab, struct lab_line *line, struct lab_counts before);

/* "s", or "" for one. */
const char *lab_log_plural(uint64_t count);

/* Say that the library has refused something, and what to do. Always returns false. */
bool lab_log_refusal(struct lab *lab, steppe_status status, const char *what);

#endif
