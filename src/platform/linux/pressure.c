/* SPDX-License-Identifier: MIT */
/*
 * pressure.c - how short memory is: /proc/pressure/memory for the system, memory.pressure and
 * memory.events for our control group (version 2). A container often shows one of them only, and a
 * group's own pressure says nothing of a system that is short: the worse one counts.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/linux/linux.h"
#include "platform/platform.h"

enum { PATH_BYTES = 1024 };

/* The number behind "prefix", in the first line that begins with it. */
static bool read_number_behind(const char *path, const char *prefix, uint64_t *number)
{
    struct stp_linux_reader reader;
    char line[256];
    bool found = false;
    if (!stp_linux_open(&reader, path))
        return false;
    while (!found && stp_linux_line(&reader, line, sizeof line)) {
        found = strncmp(line, prefix, strlen(prefix)) == 0;
        if (found)
            *number = strtoull(line + strlen(prefix), NULL, 10);
    }
    stp_linux_close(&reader);
    return found;
}

/* "some avg10=1.23 avg60=...": whole percents. */
static bool read_waiting(const char *path, uint32_t *waiting_percent)
{
    uint64_t percent;
    if (!read_number_behind(path, "some avg10=", &percent))
        return false;
    if (percent > *waiting_percent)
        *waiting_percent = percent < 100 ? (uint32_t)percent : 100;
    return true;
}

/* "0::/user.slice/...". The file system of the groups is where everybody mounts it; elsewhere, and
 * with a path longer than this, nothing is found. */
static bool find_group(char *path, size_t path_bytes)
{
    static const char prefix[] = "0::/";
    struct stp_linux_reader reader;
    char line[PATH_BYTES];
    bool found = false;
    if (!stp_linux_open(&reader, "/proc/self/cgroup"))
        return false;
    while (!found && stp_linux_line(&reader, line, sizeof line))
        found = strncmp(line, prefix, strlen(prefix)) == 0;
    stp_linux_close(&reader);
    if (!found)
        return false;
    const char *group = line + strlen(prefix);
    int length = snprintf(path, path_bytes, "/sys/fs/cgroup/%s%s", group, *group ? "/" : "");
    return length > 0 && (size_t)length < path_bytes;
}

static bool group_file(char *path, const char *group, const char *name)
{
    int length = snprintf(path, PATH_BYTES, "%s%s", group, name);
    return length > 0 && length < PATH_BYTES;
}

int stp_platform_pressure(struct stp_platform_pressure *pressure)
{
    char group[PATH_BYTES], path[PATH_BYTES];
    *pressure = (struct stp_platform_pressure){0};
    bool is_told = read_waiting("/proc/pressure/memory", &pressure->waiting_percent);
    if (!find_group(group, sizeof group))
        return is_told ? 0 : ENOTSUP;
    if (group_file(path, group, "memory.pressure"))
        is_told |= read_waiting(path, &pressure->waiting_percent);
    if (group_file(path, group, "memory.events"))
        is_told |= read_number_behind(path, "high ", &pressure->high_count);
    return is_told ? 0 : ENOTSUP;
}
