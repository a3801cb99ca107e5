/* SPDX-License-Identifier: MIT */
/*
 * machine.c - what the results were measured on, and what the kernel says of this process.
 */
#include "machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

/* Copies the rest of the first line that begins with prefix; "unknown" when there is none. */
static void line_of(const char *path, const char *prefix, char *out, size_t out_bytes)
{
    char line[512];
    (void)snprintf(out, out_bytes, "unknown");
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, prefix, strlen(prefix)) != 0)
            continue;
        const char *rest = line + strlen(prefix);
        rest += strspn(rest, " \t:");
        (void)snprintf(out, out_bytes, "%.*s", (int)strcspn(rest, "\n"), rest);
        break;
    }
    if (file)
        (void)fclose(file);
}

static uint64_t kib_of(const char *path, const char *prefix)
{
    char text[64];
    line_of(path, prefix, text, sizeof text);
    return strtoull(text, NULL, 10) * STEPPE_KIB;
}

bench_usage bench_usage_now(void)
{
    return (bench_usage){.anonymous_bytes = kib_of("/proc/self/smaps_rollup", "Anonymous:"),
                         .page_table_bytes = kib_of("/proc/self/status", "VmPTE:")};
}

static void name_mechanisms(bench_machine *machine)
{
    for (steppe_mechanism m = STEPPE_MECHANISM_GUARD; m <= STEPPE_MECHANISM_UFFD; m++)
        if (steppe_mechanism_is_available(m)) {
            size_t used = strlen(machine->mechanisms);
            (void)snprintf(machine->mechanisms + used, sizeof machine->mechanisms - used, "%s%s",
                           used ? " " : "", steppe_mechanism_name(m));
        }
    void *memory = steppe_reserve(STEPPE_MIB, NULL);
    steppe_mechanism best = memory ? steppe_reservation_of(memory).mechanism : 0;
    (void)snprintf(machine->best, sizeof machine->best, "%s",
                   memory ? steppe_mechanism_name(best) : "none");
    if (memory)
        (void)steppe_release(memory);
}

bench_machine bench_machine_here(void)
{
    bench_machine machine = {.core_count = sysconf(_SC_NPROCESSORS_ONLN)};
    struct utsname system;
    if (uname(&system) == 0)
        (void)snprintf(machine.kernel, sizeof machine.kernel, "%.60s %.32s", system.release,
                       system.machine);
    line_of("/proc/cpuinfo", "model name", machine.cpu, sizeof machine.cpu);
    line_of("/proc/sys/vm/max_map_count", "", machine.max_map_count, sizeof machine.max_map_count);
    line_of("/sys/kernel/mm/transparent_hugepage/enabled", "", machine.huge_pages,
            sizeof machine.huge_pages);
    machine.memory_mib = (long)(kib_of("/proc/meminfo", "MemTotal:") / STEPPE_MIB);
    name_mechanisms(&machine);
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc))
        (void)strftime(machine.date, sizeof machine.date, "%Y-%m-%d %H:%M:%S UTC", &utc);
    return machine;
}
