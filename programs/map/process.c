/* SPDX-License-Identifier: MIT */
/*
 * process.c - a live process: see process.h.
 *
 * A refresh builds `next` and swaps it with `now` only when it is whole, so what was seen last
 * stays whatever fails. Both keep their memory: from the third refresh on nothing is allocated.
 */
#include "map/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "map/committed.h"
#include "map/pagemap.h"
#include "map/proc.h"
#include "map/stacks.h"

enum {
    STATUS_BYTES = 8192,
    COMMAND_BYTES = 1 << 16 /* what is longer is cut */
};

#define KERNEL_THREAD UINT64_C(0x00200000) /* PF_KTHREAD, in the flags of stat */

struct process {
    struct proc first;    /* of the process, which are those of its first thread */
    struct proc other;    /* those of another thread, while the first one has ended */
    pid_t thread;         /* the number of that one; 0: the first goes on */
    uint64_t start_ticks; /* when it started: no other process has both number and this */
    uint64_t stack_start; /* of the program that was seen last; 0: not known */
    uint32_t exec_count;
    bool is_ended;
    struct process_options options;
    struct capture now, next;
    struct timeline timeline;
    struct listing listing;
    struct stacks stacks;
    struct pagemap pagemap;
    uint64_t last_id;
    uint64_t smaps_cpu_ns; /* so far */
    char *text;            /* of its command */
};

/* Where in /proc processes are. */
static const char *root_of(const struct process *process)
{
    return process->options.folder ? process->options.folder : "/proc";
}

/* Whose files show the memory. */
static const struct proc *memory_of(const struct process *process)
{
    return process->thread ? &process->other : &process->first;
}

static bool has_no_swap(const struct process *process)
{
    char text[STATUS_BYTES];
    if (proc_read(memory_of(process), "status", text, sizeof text) <= 0)
        return false;
    const char *line = strstr(text, "\nVmSwap:");
    return line && strtoull(line + strlen("\nVmSwap:"), NULL, 10) == 0;
}

static bool end_of(struct process *process, const char *how, struct problem *problem)
{
    process->is_ended = true;
    process->now.is_ended = true;
    return problem_say(problem, "process %ld (%s) %s", (long)process->first.pid,
                       process->first.name, how);
}

/* ---- threads --------------------------------------------------------------------------------- */

/* When the first thread of a process ends and others go on, its folder in /proc shows no memory any
 * more; those of the others do. */

static void leave_thread(struct process *process)
{
    if (process->other.folder >= 0)
        (void)close(process->other.folder); /* only read */
    process->other.folder = -1;
    process->thread = 0;
}

static bool is_alive(const struct proc *proc, struct proc_stat *stat)
{
    return proc_read_stat(proc, stat) && !proc_has_died(stat->state);
}

/* "123", a name in the folder of threads. */
static bool take_thread(struct process *process, const char *number, struct proc_stat *stat)
{
    char path[300];
    char *end;
    long thread = strtol(number, &end, 10);
    if (thread <= 0 || thread > INT32_MAX || *end)
        return false;
    (void)snprintf(path, sizeof path, "task/%ld", thread); /* 15 at the most */
    process->other = process->first;
    process->other.folder = openat(process->first.folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    process->thread = (pid_t)thread;
    if (process->other.folder >= 0 && is_alive(&process->other, stat))
        return true;
    leave_thread(process);
    return false;
}

/* One that goes on: the same as the last time, where it can be. */
static bool find_thread(struct process *process, struct proc_stat *stat)
{
    if (process->thread && is_alive(&process->other, stat))
        return true;
    leave_thread(process);
    int folder = proc_open(&process->first, "task");
    DIR *tasks = folder >= 0 ? fdopendir(folder) : NULL;
    if (!tasks) {
        if (folder >= 0)
            (void)close(folder); /* only read */
        return false;
    }
    const struct dirent *entry;
    while ((entry = readdir(tasks)) && !take_thread(process, entry->d_name, stat))
        continue;
    (void)closedir(tasks); /* only read */
    return process->thread != 0;
}

/* stat of the process, with the state of the thread that shows the memory. False: it has ended, and
 * stat is what is left of it. */
static bool look_at_threads(struct process *process, struct proc_stat *stat)
{
    struct proc_stat other;
    *stat = (struct proc_stat){0};
    if (!proc_read_stat(&process->first, stat))
        return false;
    if (!proc_has_died(stat->state)) {
        leave_thread(process);
        return true;
    }
    if (stat->thread_count < 2 || !find_thread(process, &other))
        return false;
    stat->state = other.state;
    return true;
}

/* ---- identity -------------------------------------------------------------------------------- */

static bool same_memory(const struct region *old, const struct region *new)
{
    return old->inode == new->inode && old->device_major == new->device_major &&
           old->device_minor == new->device_minor &&
           (old->kind == REGION_STEPPE) == (new->kind == REGION_STEPPE) &&
           (old->name == new->name || strcmp(old->name, new->name) == 0);
}

/* Give a region the id of the first one before that it overlaps and that nobody has taken. *old is
 * the first that may be it, and goes on: both lists are in order. */
static void identify(struct process *process, size_t *old, struct region *region)
{
    const struct capture *now = &process->now;
    while (*old < now->region_count && now->regions[*old].end <= region->start)
        ++*old;
    for (size_t i = *old; i < now->region_count && now->regions[i].start < region->end; i++) {
        const struct region *before = &now->regions[i];
        if (!same_memory(before, region))
            continue;
        region->id = before->id;
        region->charge = before->charge;
        if (before->kind == REGION_STACK && region->kind == REGION_ANONYMOUS)
            region->kind = REGION_STACK;
        *old = i + 1;
        return;
    }
    region->id = ++process->last_id;
}

static void identify_all(struct process *process)
{
    size_t old = 0;
    for (size_t i = 0; i < process->next.region_count; i++)
        identify(process, &old, &process->next.regions[i]);
}

/* ---- pages ----------------------------------------------------------------------------------- */

static bool keep_reason(struct capture *capture, const char *reason)
{
    capture->cost.why_no_pages = capture_keep_text(capture, reason, strlen(reason));
    return capture->cost.why_no_pages;
}

static bool leave_pages_unknown(struct process *process, const char *reason)
{
    struct capture *next = &process->next;
    next->cost.pages_by = CAPTURE_BY_NONE;
    for (size_t i = 0; i < next->region_count; i++) {
        struct figures *figures = &next->regions[i].figures;
        figures->resident_bytes = figures->dirty_bytes = FIGURE_UNKNOWN;
        figures->swapped_bytes = figures->huge_bytes = FIGURE_UNKNOWN;
    }
    return keep_reason(next, reason);
}

/* False: out of memory. Whatever else fails leaves the pages unknown and says why. */
static bool read_pages(struct process *process, struct problem *problem)
{
    struct problem reason;
    bool is_out_of_memory;
    if (process->options.no_pages)
        return leave_pages_unknown(process, "nobody asked for them");
    struct pagemap_source source = {proc_open(memory_of(process), "pagemap"), false};
    if (source.file < 0) {
        (void)problem_say(&reason, "pagemap cannot be opened: %s", strerror(errno));
        return leave_pages_unknown(process, reason.text) ||
               problem_say(problem, "no memory for the pages");
    }
    source.has_no_swap = has_no_swap(process);
    bool is_read =
        pagemap_collect(&process->pagemap, &source, &process->next, &is_out_of_memory, &reason);
    (void)close(source.file); /* only read */
    if (is_read || (!is_out_of_memory && keep_reason(&process->next, reason.text)))
        return true;
    return problem_say(problem, "no memory for the pages of process %ld", (long)process->first.pid);
}

/* ---- programs -------------------------------------------------------------------------------- */

/* By exec a process becomes another program and stays the same process: number, start and folder
 * are as before. Its name is no sign: any program gives itself another one, and one that runs
 * itself anew has the same. But no two have their first stack in the same place, as the kernel
 * moves it at random; where that is switched off, those with other arguments still have not. */
static void count_exec(struct process *process, const struct proc_stat *stat)
{
    if (stat->stack_start == 0)
        return;
    if (process->stack_start != 0 && stat->stack_start != process->stack_start)
        process->exec_count++;
    process->stack_start = stat->stack_start;
}

/* ---- refresh --------------------------------------------------------------------------------- */

static uint64_t nanoseconds(clockid_t clock)
{
    struct timespec now = {0};
    (void)clock_gettime(clock, &now); /* clocks that are always there */
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool keep_command(struct process *process)
{
    struct capture *next = &process->next;
    char *text = process->text;
    ssize_t bytes = proc_read(memory_of(process), "cmdline", text, COMMAND_BYTES);
    size_t count = 0, at = 0;
    if (bytes <= 0)
        return true;
    for (ssize_t i = 0; i < bytes; i++)
        count += text[i] == '\0';
    count += text[bytes - 1] != '\0';
    next->command = calloc(count + 1, sizeof *next->command);
    if (!next->command)
        return false;
    for (; next->command_count < count; next->command_count++) {
        if (!(next->command[next->command_count] = strdup(text + at)))
            return false;
        at += strlen(text + at) + 1;
    }
    return true;
}

static bool start_next(struct process *process, const struct proc_stat *stat,
                       struct problem *problem)
{
    struct capture *next = &process->next;
    capture_clear(next);
    next->pid = process->first.pid;
    memcpy(process->first.name, stat->name, sizeof process->first.name);
    memcpy(next->name, stat->name, sizeof next->name);
    next->state = stat->state;
    next->exec_count = process->exec_count;
    next->thread = process->thread;
    next->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    next->taken_unix_ns = nanoseconds(CLOCK_REALTIME);
    next->cost.regions_by = CAPTURE_BY_MAPS;
    return keep_command(process) || problem_say(problem, "no memory for the command of process %ld",
                                                (long)process->first.pid);
}

static bool take_point(struct process *process, const struct proc_stat *stat,
                       struct problem *problem)
{
    struct timeline_point point = {
        .unix_ns = process->next.taken_unix_ns,
        .totals = process->next.totals,
        .region_count = process->next.region_count,
        .fault_count = stat->minor_faults + stat->major_faults,
    };
    return timeline_add(&process->timeline, &point) ||
           problem_say(problem, "no memory for the timeline");
}

/* Nothing is mapped, or maps was not to be had: has it ended meanwhile? */
static bool look_whether_ended(struct process *process, struct problem *problem)
{
    struct proc_stat stat;
    if (!look_at_threads(process, &stat))
        return end_of(process, "has ended", problem);
    return false;
}

static bool build_next(struct process *process, struct problem *problem)
{
    uint64_t start = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    struct capture *next = &process->next;
    bool is_read = listing_read(&process->listing, memory_of(process), next, problem);
    if (is_read && next->region_count == 0)
        is_read = problem_say(problem, "process %ld (%s) has no memory just now",
                              (long)process->first.pid, process->first.name);
    if (!is_read)
        return look_whether_ended(process, problem);
    uint64_t listed = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    if (!read_pages(process, problem))
        return false;
    next->cost.regions_cpu_ns = listed - start;
    next->cost.pages_cpu_ns = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - listed;
    next->cost.smaps_cpu_ns = process->smaps_cpu_ns;
    return true;
}

/* False: out of memory. */
static bool find_children(struct process *process, struct problem *problem)
{
    struct capture *next = &process->next;
    if (!next->children && !(next->children = malloc(sizeof *next->children)))
        return problem_say(problem, "no memory for the children of process %ld", (long)next->pid);
    children_find(next->children, root_of(process), next->pid);
    return true;
}

static void swap_captures(struct process *process)
{
    struct capture before = process->now;
    process->now = process->next;
    process->next = before;
}

bool process_refresh(struct process *process, struct problem *problem)
{
    uint64_t start = nanoseconds(CLOCK_MONOTONIC), cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    struct proc_stat stat;
    if (process->is_ended || !look_at_threads(process, &stat))
        return end_of(process, "has ended", problem);
    if (stat.start_ticks != process->start_ticks)
        return end_of(process, "has ended; its number belongs to another process now", problem);
    count_exec(process, &stat);
    if (!start_next(process, &stat, problem) || !build_next(process, problem))
        return false;
    identify_all(process);
    stacks_find(&process->stacks, &process->first, stat.thread_count, &process->next);
    committed_settle(&process->next, &process->listing);
    capture_sum(&process->next);
    if (!find_children(process, problem))
        return false;
    if (!take_point(process, &stat, problem))
        return false;
    process->next.cost.refresh_ns = nanoseconds(CLOCK_MONOTONIC) - start;
    process->next.cost.cpu_ns = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    swap_captures(process);
    return true;
}

/* ---- opening --------------------------------------------------------------------------------- */

static bool open_folder(struct process *process, struct problem *problem)
{
    const char *root = root_of(process);
    char path[4096];
    if (process->first.pid <= 0)
        return problem_say(problem, "%ld is no process number: they begin with 1",
                           (long)process->first.pid);
    if (snprintf(path, sizeof path, "%s/%ld", root, (long)process->first.pid) >= (int)sizeof path)
        return problem_say(problem, "the name of the folder \"%s\" is too long", root);
    process->first.folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (process->first.folder >= 0)
        return true;
    if (errno == ENOENT && access(root, F_OK) == 0)
        return problem_say(problem, "there is no process %ld (ps -e lists those there are)",
                           (long)process->first.pid);
    return problem_say(problem, "%s cannot be opened: %s", path, strerror(errno));
}

static bool look_what_it_is(struct process *process, struct problem *problem)
{
    struct proc_stat stat;
    bool is_alive = look_at_threads(process, &stat);
    if (!is_alive && stat.state == '\0')
        return problem_say(problem, "there is no process %ld any more", (long)process->first.pid);
    memcpy(process->first.name, stat.name, sizeof process->first.name);
    process->start_ticks = stat.start_ticks;
    if (stat.flags & KERNEL_THREAD)
        return problem_say(
            problem, "process %ld (%s) is a thread of the kernel: it has no memory of its own",
            (long)process->first.pid, process->first.name);
    if (!is_alive)
        return problem_say(
            problem,
            "process %ld (%s) has ended and only waits for its parent to take notice "
            "(a zombie): it has no memory any more",
            (long)process->first.pid, process->first.name);
    return true;
}

struct process *process_open(pid_t pid, const struct process_options *options,
                             struct problem *problem)
{
    struct process *process = calloc(1, sizeof *process);
    if (!process || !(process->text = malloc(COMMAND_BYTES))) {
        (void)problem_say(problem, "no memory to watch a process");
        free(process);
        return NULL;
    }
    process->first.pid = pid;
    process->first.folder = process->other.folder = -1;
    if (options)
        process->options = *options;
    process->pagemap.no_scan = process->options.no_pagemap_scan;
    if (!process_set_reservations(process, process->options.reservations,
                                  process->options.reservation_count)) {
        process_close(process);
        (void)problem_say(problem, "no memory to watch a process");
        return NULL;
    }
    process->options.reservations = NULL; /* the caller's */
    if (open_folder(process, problem) && look_what_it_is(process, problem) &&
        process_refresh(process, problem))
        return process;
    process_close(process);
    return NULL;
}

void process_close(struct process *process)
{
    if (!process)
        return;
    leave_thread(process);
    if (process->first.folder >= 0)
        (void)close(process->first.folder); /* only read */
    capture_free(&process->now);
    capture_free(&process->next);
    timeline_free(&process->timeline);
    pagemap_free(&process->pagemap);
    listing_free(&process->listing);
    free(process->text);
    free(process);
}

bool process_set_reservations(struct process *process,
                              const struct process_reservation *reservations, size_t count)
{
    return listing_set_reservations(&process->listing, reservations, count);
}

/* ---- looking --------------------------------------------------------------------------------- */

bool process_is_ended(const struct process *process)
{
    return process->is_ended;
}

const struct capture *process_capture(const struct process *process)
{
    return &process->now;
}

const struct timeline *process_timeline(const struct process *process)
{
    return &process->timeline;
}

bool process_take(const struct process *process, struct json_t *steppe, struct capture *to)
{
    if (!capture_copy(to, &process->now))
        return false;
    to->steppe = json_incref(steppe);
    if (timeline_copy(&to->timeline, &process->timeline))
        return true;
    capture_free(to);
    return false;
}

/* ---- smaps ----------------------------------------------------------------------------------- */

/* While smaps is read. */
struct asking {
    struct capture *capture;
    size_t region; /* the first that may be a part of what comes */
    uint64_t address;
    struct smaps *smaps; /* gets the mapping that has the address; NULL: none is wanted */
    bool is_found;
};

/* A mapping is a region or several: all of it is charged, or nothing. */
static void learn_charge(struct asking *asking, const struct smaps *smaps)
{
    struct capture *capture = asking->capture;
    enum region_charge charge = smaps_has_flag(smaps, "nr") ? REGION_NOT_CHARGED : REGION_CHARGED;
    for (; asking->region < capture->region_count; asking->region++) {
        struct region *region = &capture->regions[asking->region];
        if (region->end > smaps->end)
            return;
        if (region->start < smaps->start || region->kind == REGION_STEPPE)
            continue;
        region->charge = charge;
        committed_settle_region(region);
    }
}

static void take_smaps(void *context, const struct smaps *smaps)
{
    struct asking *asking = context;
    if (*smaps->flags) /* not in every kernel */
        learn_charge(asking, smaps);
    if (!asking->smaps || asking->address < smaps->start || asking->address >= smaps->end)
        return;
    *asking->smaps = *smaps;
    asking->is_found = true;
}

static bool read_smaps(const struct process *process, struct asking *asking,
                       struct problem *problem)
{
    int file = proc_open(memory_of(process), "smaps");
    FILE *text = file >= 0 ? fdopen(file, "r") : NULL;
    if (!text) {
        int error = errno;
        if (file >= 0)
            (void)close(file); /* only read */
        return proc_say_unreadable(&process->first, "smaps", error, problem);
    }
    bool is_read = smaps_read_all(text, take_smaps, asking, problem);
    (void)fclose(text); /* only read */
    return is_read;
}

static bool ask(struct process *process, struct asking *asking, struct problem *problem)
{
    struct capture *now = asking->capture = &process->now;
    struct timeline *timeline = &process->timeline;
    uint64_t start = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    bool is_read = read_smaps(process, asking, problem);
    process->smaps_cpu_ns += nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    now->cost.smaps_cpu_ns = process->smaps_cpu_ns;
    capture_sum(now);
    if (timeline->point_count) /* its last point is what is shown now */
        timeline->points[timeline->point_count - 1].totals = now->totals;
    return is_read;
}

bool process_ask_smaps(struct process *process, uint64_t address, struct smaps *smaps,
                       struct problem *problem)
{
    struct asking asking = {.address = address, .smaps = smaps};
    if (!ask(process, &asking, problem))
        return false;
    return asking.is_found || problem_say(problem, "nothing is mapped at 0x%" PRIx64, address);
}

bool process_ask_charges(struct process *process, struct problem *problem)
{
    struct asking asking = {0};
    return ask(process, &asking, problem);
}
