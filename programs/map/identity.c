/* SPDX-License-Identifier: MIT */
/* identity.c - which process has a number: see identity.h. */
#include "map/identity.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    PATH_BYTES = 512,
    PIDFS = 0x50494446 /* PIDFS_MAGIC, Linux 6.9: before, all pidfds have one inode */
};

/* A file of /proc as text; false: it cannot be read. */
static bool read_text(const char *path, char *text, size_t text_bytes)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    size_t length = 0;
    ssize_t got;
    while (length < text_bytes - 1 &&
           (got = read(file, text + length, text_bytes - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    (void)close(file); /* was only read */
    return length > 0;
}

/* Field 22, counted from behind the name, which may hold anything. */
static uint64_t start_in(const char *stat_text)
{
    enum { FIRST_BEHIND_NAME = 2, START = 22 };
    const char *at = strrchr(stat_text, ')');
    for (int field = FIRST_BEHIND_NAME; at && field < START; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at, NULL, 10) : 0;
}

/* The last number of "NSpid:\t1234\t7\n" is the innermost one. */
static uint64_t number_in(const char *status_text, uint64_t otherwise)
{
    const char *line = strstr(status_text, "\nNSpid:");
    if (!line)
        return otherwise;
    line++;
    const char *end = strchr(line, '\n');
    for (const char *at = line; (at = strchr(at, '\t')) && (!end || at < end); at++)
        otherwise = strtoull(at + 1, NULL, 10);
    return otherwise;
}

/* Where the kernel has none, all processes are in one. */
static bool shares_our_time(const char *folder, pid_t process)
{
    char path[PATH_BYTES];
    struct stat ours, theirs;
    (void)snprintf(path, sizeof path, "%s/%d/ns/time", folder, (int)process); /* then not there */
    if (stat("/proc/self/ns/time", &ours) != 0 || stat(path, &theirs) != 0)
        return true;
    return ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

static uint64_t serial_of(int pidfd)
{
    struct statfs system;
    struct stat status;
    if (fstatfs(pidfd, &system) != 0 || system.f_type != PIDFS || fstat(pidfd, &status) != 0)
        return 0;
    return status.st_ino;
}

static uint64_t find_serial(const char *folder, pid_t process)
{
    if (strcmp(folder, "/proc") != 0)
        return 0;
    int pidfd = (int)syscall(SYS_pidfd_open, process, 0);
    if (pidfd < 0)
        return 0;
    uint64_t serial = serial_of(pidfd);
    (void)close(pidfd); /* was only looked at */
    return serial;
}

bool identity_find(const char *folder, pid_t process, struct identity *identity)
{
    char path[PATH_BYTES], text[8192];
    int length = snprintf(path, sizeof path, "%s/%d/stat", folder, (int)process);
    if (length < 0 || (size_t)length >= sizeof path || !read_text(path, text, sizeof text))
        return false;
    identity->start = shares_our_time(folder, process) ? start_in(text) : 0;
    identity->serial = find_serial(folder, process);
    identity->process = (uint64_t)process;
    length = snprintf(path, sizeof path, "%s/%d/status", folder, (int)process);
    if (length > 0 && (size_t)length < sizeof path && read_text(path, text, sizeof text))
        identity->process = number_in(text, identity->process);
    return true;
}

static bool may_be(uint64_t left, uint64_t right)
{
    return !left || !right || left == right;
}

bool identity_has(const struct identity *identity, const steppe_published_header *header)
{
    if (!may_be(identity->process, header->process_id))
        return false;
    if (identity->serial && header->process_serial)
        return identity->serial == header->process_serial;
    return may_be(identity->start, header->process_start);
}
