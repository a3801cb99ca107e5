/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

void *w32_memory_map(size_t size_bytes)
{
    void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void w32_memory_unmap(void *memory, size_t size_bytes)
{
    (void)munmap(memory, size_bytes); /* refused: it stays, and costs what it costs */
}

int w32_memory_lock(void *address, size_t size_bytes, bool as_they_are)
{
    unsigned flags = as_they_are ? MLOCK_ONFAULT : 0;
    return mlock2(address, size_bytes, flags) == 0 ? 0 : errno;
}

int w32_memory_unlock(void *address, size_t size_bytes)
{
    return munlock(address, size_bytes) == 0 ? 0 : errno;
}

/* Every mapping of smaps has one line of addresses first and one of flags last. */
int w32_memory_is_locked(uintptr_t first, uintptr_t end, bool *is_locked)
{
    unsigned long long mapping_first = 0, mapping_end = 0, one, other;
    char line[512];
    FILE *file = fopen("/proc/self/smaps", "re");
    if (!file)
        return errno;
    while (first < end && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%llx-%llx ", &one, &other) == 2) {
            mapping_first = one;
            mapping_end = other;
            continue;
        }
        bool is_flags = strncmp(line, "VmFlags:", 8) == 0;
        if (is_flags && first >= mapping_first && first < mapping_end && strstr(line, " lo"))
            first = (uintptr_t)mapping_end;
    }
    int error = ferror(file) ? EIO : 0;
    (void)fclose(file); /* only read */
    *is_locked = first >= end;
    return error;
}
