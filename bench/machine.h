/* SPDX-License-Identifier: MIT */
/*
 * machine.h - what the results were measured on.
 */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stddef.h>

typedef struct bench_machine {
    char kernel[100];
    char cpu[100];
    char max_map_count[32];
    char huge_pages[64]; /* /sys/kernel/mm/transparent_hugepage/enabled, the chosen one in brackets
                          */
    char mechanisms[100];
    char best[32]; /* the mechanism chosen when none is named */
    char date[32]; /* UTC */
    long core_count;
    long memory_mib;
} bench_machine;

bench_machine bench_machine_here(void);

#endif
