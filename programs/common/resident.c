/* SPDX-License-Identifier: MIT */
/* resident.c - see resident.h. */
#include "common/resident.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

enum { STATUS_BYTES = 128 };

/* From /proc/self/statm: the second figure, in pages. */
uint64_t resident_bytes(void)
{
    char text[STATUS_BYTES];
    unsigned long long size, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    bool is_read =
        fgets(text, sizeof text, file) && sscanf(text, "%llu %llu", &size, &resident) == 2;
    (void)fclose(file); /* it was only read */
    return is_read ? (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}
