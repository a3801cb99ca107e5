/* SPDX-License-Identifier: MIT */
/* proc.c - the files of a process in /proc: see proc.h. */
#include "map/proc.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int proc_open(const struct proc *proc, const char *file)
{
    return openat(proc->folder, file, O_RDONLY | O_CLOEXEC);
}

ssize_t proc_read_some(int file, void *bytes, size_t byte_count)
{
    ssize_t got;
    do
        got = read(file, bytes, byte_count);
    while (got < 0 && errno == EINTR);
    return got;
}

ssize_t proc_read(const struct proc *proc, const char *file, char *text, size_t capacity)
{
    size_t bytes = 0;
    ssize_t got = 0;
    int opened = proc_open(proc, file);
    if (opened < 0)
        return -1;
    while (bytes < capacity - 1 &&
           (got = proc_read_some(opened, text + bytes, capacity - 1 - bytes)) > 0)
        bytes += (size_t)got;
    int error = errno;
    (void)close(opened); /* only read */
    errno = error;
    text[bytes] = '\0';
    return got < 0 ? -1 : (ssize_t)bytes;
}

bool proc_say_unreadable(const struct proc *proc, const char *file, int error,
                         struct problem *problem)
{
    struct stat folder;
    if (error == EACCES || error == EPERM) {
        long owner = fstat(proc->folder, &folder) == 0 ? (long)folder.st_uid : -1;
        return problem_say(problem,
                           "no permission to see the memory of process %ld (%s), which belongs to "
                           "user %ld: run steppe-map as that user, or as root (or give it "
                           "CAP_SYS_PTRACE); programs that changed their user, and containers, "
                           "need the latter",
                           (long)proc->pid, proc->name, owner);
    }
    return problem_say(problem, "process %ld (%s): %s cannot be read: %s", (long)proc->pid,
                       proc->name, file, strerror(error));
}

/* ---- stat ------------------------------------------------------------------------------------ */

/* The field with a number from `man 5 proc`, in what follows the name; 0: not there. */
static uint64_t stat_field(const char *rest, unsigned number)
{
    for (unsigned at = 3; at < number; at++) {
        rest += strcspn(rest, " ");
        rest += strspn(rest, " ");
    }
    return strtoull(rest, NULL, 10);
}

/* "12 (a name) with) S 1 ...": the name ends at the last parenthesis. */
bool proc_parse_stat(const char *text, struct proc_stat *stat)
{
    const char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (!open || !close || close < open || close[1] != ' ' || !close[2])
        return false;
    size_t bytes = (size_t)(close - open - 1);
    if (bytes >= sizeof stat->name)
        bytes = sizeof stat->name - 1;
    memcpy(stat->name, open + 1, bytes);
    stat->name[bytes] = '\0';
    const char *rest = close + 2;
    stat->state = isalpha((unsigned char)*rest) ? *rest : '?';
    stat->parent = (pid_t)stat_field(rest, 4);
    stat->flags = stat_field(rest, 9);
    stat->minor_faults = stat_field(rest, 10);
    stat->major_faults = stat_field(rest, 12);
    stat->thread_count = stat_field(rest, 20);
    stat->start_ticks = stat_field(rest, 22);
    stat->stack_start = stat_field(rest, 28);
    return true;
}

bool proc_read_stat(const struct proc *proc, struct proc_stat *stat)
{
    char text[PROC_STAT_BYTES];
    return proc_read(proc, "stat", text, sizeof text) > 0 && proc_parse_stat(text, stat);
}

bool proc_has_died(char state)
{
    return state == 'Z' || state == 'X' || state == 'x';
}
