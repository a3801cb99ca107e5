/* SPDX-License-Identifier: MIT */
/*
 * process.c - a live process: see process.h.
 *
 * A refresh builds `next` and swaps it with `now` only when it is whole, so what was seen last
 * stays whatever fails. Both keep their memory: from the third refresh on nothing is allocated.
 */
#include "map/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "map/maps.h"
#include "map/pagemap.h"

enum {
    TEXT_BYTES = 1 << 16, /* of maps at a time, and the longest line */
    STAT_BYTES = 2048,
    STATUS_BYTES = 8192,
    COMMAND_BYTES = 1 << 16, /* what is longer is cut */
    THREADS_ASKED = 32       /* in one refresh */
};

#define KERNEL_THREAD UINT64_C(0x00200000) /* PF_KTHREAD, in the flags of stat */

struct process {
    int folder;
    pid_t pid;
    char name[64];
    uint64_t start_ticks; /* when it started: no other process has both number and this */
    bool is_ended;
    struct process_options options;
    struct capture now, next;
    struct timeline timeline;
    struct process_reservation *reservations;
    size_t reservation_count;
    struct pagemap pagemap;
    uint64_t last_id;
    long last_thread; /* the last one asked for its stack */
    char *text;
};

/* ---- files of the process -------------------------------------------------------------------- */

static int open_file(const struct process *process, const char *name)
{
    return openat(process->folder, name, O_RDONLY | O_CLOEXEC);
}

static ssize_t read_again(int file, void *bytes, size_t byte_count)
{
    ssize_t got;
    do
        got = read(file, bytes, byte_count);
    while (got < 0 && errno == EINTR);
    return got;
}

/* A file as far as it fits, with a NUL behind it; or -1 with errno. */
static ssize_t read_file(const struct process *process, const char *name, char *text,
                         size_t capacity)
{
    size_t bytes = 0;
    ssize_t got = 0;
    int file = open_file(process, name);
    if (file < 0)
        return -1;
    while (bytes < capacity - 1 && (got = read_again(file, text + bytes, capacity - 1 - bytes)) > 0)
        bytes += (size_t)got;
    int error = errno;
    (void)close(file); /* only read */
    errno = error;
    text[bytes] = '\0';
    return got < 0 ? -1 : (ssize_t)bytes;
}

/* ---- stat ------------------------------------------------------------------------------------ */

struct process_stat {
    char name[64];
    char state;
    uint64_t flags, minor_faults, major_faults, thread_count, start_ticks;
};

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
static bool parse_stat(const char *text, struct process_stat *stat)
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
    stat->flags = stat_field(rest, 9);
    stat->minor_faults = stat_field(rest, 10);
    stat->major_faults = stat_field(rest, 12);
    stat->thread_count = stat_field(rest, 20);
    stat->start_ticks = stat_field(rest, 22);
    return true;
}

static bool read_stat(const struct process *process, struct process_stat *stat)
{
    char text[STAT_BYTES];
    return read_file(process, "stat", text, sizeof text) > 0 && parse_stat(text, stat);
}

static bool has_died(char state)
{
    return state == 'Z' || state == 'X' || state == 'x';
}

static bool has_no_swap(const struct process *process)
{
    char text[STATUS_BYTES];
    if (read_file(process, "status", text, sizeof text) <= 0)
        return false;
    const char *line = strstr(text, "\nVmSwap:");
    return line && strtoull(line + strlen("\nVmSwap:"), NULL, 10) == 0;
}

/* ---- sentences ------------------------------------------------------------------------------- */

static bool say_unreadable(const struct process *process, const char *file, int error,
                           struct problem *problem)
{
    struct stat folder;
    if (error == EACCES || error == EPERM) {
        long owner = fstat(process->folder, &folder) == 0 ? (long)folder.st_uid : -1;
        return problem_say(problem,
                           "no permission to see the memory of process %ld (%s), which belongs to "
                           "user %ld: run steppe-map as that user, or as root (or give it "
                           "CAP_SYS_PTRACE); programs that changed their user, and containers, "
                           "need the latter",
                           (long)process->pid, process->name, owner);
    }
    return problem_say(problem, "process %ld (%s): %s cannot be read: %s", (long)process->pid,
                       process->name, file, strerror(error));
}

/* The kernel shows the memory in the folder of any thread that lives, not in that of the first. */
static bool say_first_thread_ended(const struct process *process, struct problem *problem)
{
    return problem_say(problem,
                       "the first thread of process %ld (%s) has ended, and others go on: give "
                       "steppe-map the number of one of them (ls /proc/%ld/task)",
                       (long)process->pid, process->name, (long)process->pid);
}

static bool end_of(struct process *process, const char *how, struct problem *problem)
{
    process->is_ended = true;
    process->now.is_ended = true;
    return problem_say(problem, "process %ld (%s) %s", (long)process->pid, process->name, how);
}

/* ---- mappings -------------------------------------------------------------------------------- */

/* While maps is read. */
struct reading {
    struct process *process;
    struct capture *capture;
    size_t reservation; /* the first that may hold what comes */
    size_t inside;      /* the last region is a part of this one; reservation_count: of none */
    struct problem *problem;
};

static bool say_no_memory(struct reading *reading)
{
    return problem_say(reading->problem, "no memory for the regions of process %ld",
                       (long)reading->process->pid);
}

static uint64_t committed_by_rule(const struct mapping *mapping, enum region_kind kind)
{
    bool is_private = mapping->protection[3] == 'p';
    if (kind == REGION_SHARED || (is_private && mapping->protection[1] == 'w'))
        return mapping->end - mapping->start;
    return 0;
}

static bool add_plain(struct reading *reading, const struct mapping *mapping)
{
    enum region_kind kind = maps_kind_of(mapping);
    struct region region = {
        .start = mapping->start,
        .end = mapping->end,
        .mapping_count = 1,
        .kind = kind,
        .name = capture_keep_text(reading->capture, mapping->name, mapping->name_bytes),
        .offset_bytes = mapping->offset_bytes,
        .device_major = mapping->device_major,
        .device_minor = mapping->device_minor,
        .inode = mapping->inode,
        .figures.committed_bytes = committed_by_rule(mapping, kind),
    };
    memcpy(region.protection, mapping->protection, sizeof region.protection);
    reading->inside = reading->process->reservation_count;
    if (region.name && capture_add_region(reading->capture, &region))
        return true;
    return say_no_memory(reading);
}

static void join_protection(char *joined, const char *more)
{
    for (unsigned i = 0; i < 3; i++)
        if (joined[i] == '-')
            joined[i] = more[i];
}

/* Neighbouring mappings of one reservation are one region. */
static bool add_reserved(struct reading *reading, const struct mapping *mapping)
{
    struct capture *capture = reading->capture;
    const struct process_reservation *reservation =
        &reading->process->reservations[reading->reservation];
    struct region *last =
        capture->region_count ? &capture->regions[capture->region_count - 1] : NULL;
    if (reading->inside != reading->reservation || !last || last->end != mapping->start) {
        struct mapping named = *mapping;
        named.name = reservation->name;
        named.name_bytes = strlen(reservation->name);
        if (!add_plain(reading, &named))
            return false;
        capture->regions[capture->region_count - 1].kind = REGION_STEPPE;
        reading->inside = reading->reservation;
        return true;
    }
    capture_extend_last(capture, mapping->end);
    join_protection(last->protection, mapping->protection);
    last->mapping_count++;
    last->figures.committed_bytes += committed_by_rule(mapping, REGION_STEPPE);
    return true;
}

/* What the library reserves is private and without a name: no list of reservations makes a file or
 * a stack one. */
static bool may_be_reserved(const struct mapping *mapping)
{
    return mapping->inode == 0 && mapping->name_bytes == 0 && mapping->protection[3] == 'p';
}

/* The part of a mapping before an address, and what is left of it. */
static struct mapping split(struct mapping *mapping, uint64_t end)
{
    struct mapping part = *mapping;
    part.end = end;
    mapping->offset_bytes += mapping->inode ? end - mapping->start : 0;
    mapping->start = end;
    return part;
}

/* The first reservation that ends behind an address; NULL: there is none. What is read comes in
 * order, so those before are done with. */
static const struct process_reservation *next_reservation(struct reading *reading, uint64_t address)
{
    const struct process *process = reading->process;
    for (; reading->reservation < process->reservation_count; reading->reservation++) {
        const struct process_reservation *next = &process->reservations[reading->reservation];
        if (next->start + next->size_bytes > address)
            return next;
    }
    return NULL;
}

static bool add_mapping(struct reading *reading, struct mapping mapping)
{
    while (mapping.start < mapping.end) {
        const struct process_reservation *next = next_reservation(reading, mapping.start);
        if (!next || next->start >= mapping.end || !may_be_reserved(&mapping))
            return add_plain(reading, &mapping);
        bool is_before = mapping.start < next->start;
        uint64_t end = is_before ? next->start : next->start + next->size_bytes;
        struct mapping part = split(&mapping, end < mapping.end ? end : mapping.end);
        if (!(is_before ? add_plain(reading, &part) : add_reserved(reading, &part)))
            return false;
    }
    return true;
}

/* While maps is read mappings may grow and join: then a line may tell again of what the line before
 * told. */
static bool add_line(struct reading *reading, char *line, size_t line_bytes)
{
    struct capture *capture = reading->capture;
    struct mapping mapping;
    if (!maps_read_line(line, line_bytes, &mapping) || mapping.start % capture->page_bytes ||
        mapping.end % capture->page_bytes)
        return problem_say(
            reading->problem, "process %ld: its list of mappings has a line that is none: \"%.*s\"",
            (long)reading->process->pid, line_bytes < 160 ? (int)line_bytes : 160, line);
    uint64_t told = capture->region_count ? capture->regions[capture->region_count - 1].end : 0;
    if (mapping.end <= told)
        return true;
    if (mapping.start < told)
        (void)split(&mapping, told);
    return add_mapping(reading, mapping);
}

/* All whole lines; what is left over goes to the beginning, and *bytes says how much that is. */
static bool add_lines(struct reading *reading, char *text, size_t *bytes)
{
    char *line = text, *end = text + *bytes, *line_end;
    while ((line_end = memchr(line, '\n', (size_t)(end - line)))) {
        if (!add_line(reading, line, (size_t)(line_end - line)))
            return false;
        line = line_end + 1;
    }
    *bytes = (size_t)(end - line);
    memmove(text, line, *bytes);
    if (*bytes < TEXT_BYTES)
        return true;
    return problem_say(reading->problem, "process %ld: its list of mappings has an endless line",
                       (long)reading->process->pid);
}

static bool read_maps(struct reading *reading, int file)
{
    struct process *process = reading->process;
    size_t bytes = 0;
    ssize_t got;
    while ((got = read_again(file, process->text + bytes, TEXT_BYTES - bytes)) > 0) {
        bytes += (size_t)got;
        if (!add_lines(reading, process->text, &bytes))
            return false;
    }
    if (got < 0)
        return say_unreadable(process, "maps", errno, reading->problem);
    return bytes == 0 || add_line(reading, process->text, bytes);
}

static bool read_regions(struct process *process, struct problem *problem)
{
    struct reading reading = {process, &process->next, 0, process->reservation_count, problem};
    int file = open_file(process, "maps");
    if (file < 0)
        return say_unreadable(process, "maps", errno, problem);
    bool is_read = read_maps(&reading, file);
    (void)close(file); /* only read */
    if (is_read)
        maps_settle_kinds(process->next.regions, process->next.region_count);
    return is_read;
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

/* ---- stacks of other threads ----------------------------------------------------------------- */

/* A thread that waits in the kernel shows its stack pointer: "7 0x1 ... 0x7ffd 0x7f00", the last
 * but one. */
static uint64_t stack_pointer_of(const struct process *process, const char *thread)
{
    char name[64], text[512];
    if (snprintf(name, sizeof name, "task/%s/syscall", thread) >= (int)sizeof name ||
        read_file(process, name, text, sizeof text) <= 0)
        return 0;
    char *last = strrchr(text, ' ');
    if (!last)
        return 0;
    *last = '\0';
    char *before = strrchr(text, ' ');
    return before ? strtoull(before + 1, NULL, 16) : 0;
}

static void mark_stack(struct capture *capture, uint64_t pointer)
{
    size_t index = region_at(capture->regions, capture->region_count, pointer);
    if (pointer == 0 || index == capture->region_count)
        return;
    struct region *region = &capture->regions[index];
    if (region->kind == REGION_ANONYMOUS && region->protection[1] == 'w')
        region->kind = REGION_STACK;
}

static int by_number(const void *left, const void *right)
{
    long l = *(const long *)left, r = *(const long *)right;
    return (l > r) - (l < r);
}

/* The threads with the lowest numbers behind the last one asked. */
static size_t list_threads(const struct process *process, DIR *tasks, long *threads)
{
    size_t count = 0;
    const struct dirent *entry;
    while ((entry = readdir(tasks))) {
        long thread = strtol(entry->d_name, NULL, 10);
        if (thread <= process->last_thread || thread == process->pid)
            continue;
        if (count < THREADS_ASKED) {
            threads[count++] = thread;
            qsort(threads, count, sizeof *threads, by_number);
        } else if (thread < threads[count - 1]) {
            threads[count - 1] = thread;
            qsort(threads, count, sizeof *threads, by_number);
        }
    }
    return count;
}

/* Some in every refresh, in turn: what is found once keeps its kind by its id. */
static void find_stacks(struct process *process, uint64_t thread_count)
{
    long threads[THREADS_ASKED];
    int folder = thread_count > 1 ? open_file(process, "task") : -1;
    DIR *tasks = folder >= 0 ? fdopendir(folder) : NULL;
    if (!tasks) {
        if (folder >= 0)
            (void)close(folder);
        return;
    }
    size_t count = list_threads(process, tasks, threads);
    (void)closedir(tasks); /* only read */
    for (size_t i = 0; i < count; i++) {
        char number[32];
        (void)snprintf(number, sizeof number, "%ld", threads[i]); /* 20 digits at the most */
        mark_stack(&process->next, stack_pointer_of(process, number));
    }
    process->last_thread = count == THREADS_ASKED ? threads[count - 1] : 0;
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
    struct pagemap_source source = {open_file(process, "pagemap"), false};
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
    return problem_say(problem, "no memory for the pages of process %ld", (long)process->pid);
}

/* ---- committed ------------------------------------------------------------------------------- */

/* The kernel counts their pages when they come: one of gigabytes, nearly empty, commits it to
 * nothing. Other shared memory is counted as a whole when it is made. */
static bool is_counted_by_page(const struct region *region)
{
    return region->kind == REGION_SHARED &&
           (strncmp(region->name, "/memfd:", 7) == 0 || strncmp(region->name, "/dev/shm/", 9) == 0);
}

/* Regions got what the rule says of their mappings; private copies elsewhere are added, and the
 * library knows better for its reservations, where a region is a whole one. */
static void settle_committed(struct region *region)
{
    struct figures *figures = &region->figures;
    if (is_counted_by_page(region))
        figures->committed_bytes = figure_add(figures->resident_bytes, figures->swapped_bytes);
    else if (region->kind != REGION_STEPPE && region->kind != REGION_SHARED &&
             region->protection[1] != 'w' && figure_is_known(figures->dirty_bytes))
        figures->committed_bytes = figures->dirty_bytes + figures->swapped_bytes;
    figures->reserved_bytes = region_size_bytes(region);
}

static void settle_all_committed(struct process *process)
{
    struct capture *next = &process->next;
    for (size_t i = 0; i < next->region_count; i++)
        settle_committed(&next->regions[i]);
    for (size_t i = 0; i < process->reservation_count; i++) {
        const struct process_reservation *reservation = &process->reservations[i];
        size_t index = region_at(next->regions, next->region_count, reservation->start);
        if (index == next->region_count || !figure_is_known(reservation->committed_bytes))
            continue;
        struct region *region = &next->regions[index];
        if (region->kind == REGION_STEPPE && region->start == reservation->start &&
            region_size_bytes(region) == reservation->size_bytes)
            region->figures.committed_bytes = reservation->committed_bytes < reservation->size_bytes
                                                  ? reservation->committed_bytes
                                                  : reservation->size_bytes;
    }
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
    ssize_t bytes = read_file(process, "cmdline", process->text, COMMAND_BYTES);
    size_t count = 0, at = 0;
    if (bytes <= 0)
        return true;
    for (ssize_t i = 0; i < bytes; i++)
        count += process->text[i] == '\0';
    count += process->text[bytes - 1] != '\0';
    next->command = calloc(count + 1, sizeof *next->command);
    if (!next->command)
        return false;
    for (; next->command_count < count; next->command_count++) {
        if (!(next->command[next->command_count] = strdup(process->text + at)))
            return false;
        at += strlen(process->text + at) + 1;
    }
    return true;
}

static bool start_next(struct process *process, const struct process_stat *stat,
                       struct problem *problem)
{
    struct capture *next = &process->next;
    capture_clear(next);
    next->pid = process->pid;
    memcpy(process->name, stat->name, sizeof process->name);
    memcpy(next->name, stat->name, sizeof next->name);
    next->state = stat->state;
    next->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    next->taken_unix_ns = nanoseconds(CLOCK_REALTIME);
    next->cost.regions_by = CAPTURE_BY_MAPS;
    return keep_command(process) ||
           problem_say(problem, "no memory for the command of process %ld", (long)process->pid);
}

static bool take_point(struct process *process, const struct process_stat *stat,
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
    struct process_stat stat;
    if (!read_stat(process, &stat) || has_died(stat.state))
        return end_of(process, "has ended", problem);
    return false;
}

static bool build_next(struct process *process, struct problem *problem)
{
    uint64_t start = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    bool is_read = read_regions(process, problem);
    if (is_read && process->next.region_count == 0)
        is_read = problem_say(problem, "process %ld (%s) has no memory just now",
                              (long)process->pid, process->name);
    if (!is_read)
        return look_whether_ended(process, problem);
    uint64_t listed = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    if (!read_pages(process, problem))
        return false;
    process->next.cost.regions_cpu_ns = listed - start;
    process->next.cost.pages_cpu_ns = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - listed;
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
    struct process_stat stat = {0};
    if (process->is_ended)
        return end_of(process, "has ended", problem);
    if (!read_stat(process, &stat) || has_died(stat.state)) {
        (void)end_of(process, "has ended", problem);
        return stat.thread_count > 1 && say_first_thread_ended(process, problem);
    }
    if (stat.start_ticks != process->start_ticks)
        return end_of(process, "has ended; its number belongs to another process now", problem);
    if (!start_next(process, &stat, problem) || !build_next(process, problem))
        return false;
    identify_all(process);
    find_stacks(process, stat.thread_count);
    settle_all_committed(process);
    capture_sum(&process->next);
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
    const char *root = process->options.folder ? process->options.folder : "/proc";
    char path[4096];
    if (process->pid <= 0)
        return problem_say(problem, "%ld is no process number: they begin with 1",
                           (long)process->pid);
    if (snprintf(path, sizeof path, "%s/%ld", root, (long)process->pid) >= (int)sizeof path)
        return problem_say(problem, "the name of the folder \"%s\" is too long", root);
    process->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (process->folder >= 0)
        return true;
    if (errno == ENOENT && access(root, F_OK) == 0)
        return problem_say(problem, "there is no process %ld (ps -e lists those there are)",
                           (long)process->pid);
    return problem_say(problem, "%s cannot be opened: %s", path, strerror(errno));
}

static bool look_what_it_is(struct process *process, struct problem *problem)
{
    struct process_stat stat;
    if (!read_stat(process, &stat))
        return problem_say(problem, "there is no process %ld any more", (long)process->pid);
    memcpy(process->name, stat.name, sizeof process->name);
    process->start_ticks = stat.start_ticks;
    if (stat.flags & KERNEL_THREAD)
        return problem_say(
            problem, "process %ld (%s) is a thread of the kernel: it has no memory of its own",
            (long)process->pid, process->name);
    if (has_died(stat.state) && stat.thread_count > 1)
        return say_first_thread_ended(process, problem);
    if (has_died(stat.state))
        return problem_say(
            problem,
            "process %ld (%s) has ended and only waits for its parent to take notice "
            "(a zombie): it has no memory any more",
            (long)process->pid, process->name);
    return true;
}

struct process *process_open(pid_t pid, const struct process_options *options,
                             struct problem *problem)
{
    struct process *process = calloc(1, sizeof *process);
    if (!process || !(process->text = malloc(TEXT_BYTES))) {
        (void)problem_say(problem, "no memory to watch a process");
        free(process);
        return NULL;
    }
    process->pid = pid;
    process->folder = -1;
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

static void free_reservations(struct process_reservation *reservations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((char *)reservations[i].name); /* copied in copy_reservations */
    free(reservations);
}

void process_close(struct process *process)
{
    if (!process)
        return;
    if (process->folder >= 0)
        (void)close(process->folder); /* only read */
    capture_free(&process->now);
    capture_free(&process->next);
    timeline_free(&process->timeline);
    pagemap_free(&process->pagemap);
    free_reservations(process->reservations, process->reservation_count);
    free(process->text);
    free(process);
}

/* ---- reservations ---------------------------------------------------------------------------- */

static int by_start(const void *left, const void *right)
{
    const struct process_reservation *l = left, *r = right;
    return (l->start > r->start) - (l->start < r->start);
}

static bool is_sensible(const struct process_reservation *reservation, size_t page_bytes)
{
    uint64_t end;
    return reservation->size_bytes != 0 && reservation->start % page_bytes == 0 &&
           reservation->size_bytes % page_bytes == 0 &&
           !__builtin_add_overflow(reservation->start, reservation->size_bytes, &end);
}

/* In order, and those only that can be and do not overlap one before. */
static size_t sort_out(struct process_reservation *list, size_t count, size_t page_bytes)
{
    size_t kept = 0;
    uint64_t end = 0;
    qsort(list, count, sizeof *list, by_start);
    for (size_t i = 0; i < count; i++) {
        if (!is_sensible(&list[i], page_bytes) || list[i].start < end)
            continue;
        end = list[i].start + list[i].size_bytes;
        list[kept++] = list[i];
    }
    return kept;
}

bool process_set_reservations(struct process *process,
                              const struct process_reservation *reservations, size_t count)
{
    struct process_reservation *list = NULL;
    size_t kept = 0, named = 0;
    if (count) {
        list = calloc(count, sizeof *list);
        if (!list)
            return false;
        memcpy(list, reservations, count * sizeof *list);
        kept = sort_out(list, count, (size_t)sysconf(_SC_PAGESIZE));
    }
    for (; named < kept; named++) {
        const char *name = list[named].name;
        list[named].name = strdup(name && *name ? name : "Steppe reservation");
        if (!list[named].name) {
            free_reservations(list, named);
            return false;
        }
    }
    free_reservations(process->reservations, process->reservation_count);
    process->reservations = list;
    process->reservation_count = kept;
    return true;
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

bool process_ask_smaps(const struct process *process, uint64_t address, struct smaps *smaps,
                       struct problem *problem)
{
    int file = open_file(process, "smaps");
    FILE *text = file >= 0 ? fdopen(file, "r") : NULL;
    if (!text) {
        int error = errno;
        if (file >= 0)
            (void)close(file); /* only read */
        return say_unreadable(process, "smaps", error, problem);
    }
    bool is_found = smaps_read(text, address, smaps, problem);
    (void)fclose(text); /* only read */
    return is_found;
}
