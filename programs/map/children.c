/* SPDX-License-Identifier: MIT */
/* children.c - the processes that a process started: see children.h. */
#include "map/children.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/human.h"
#include "map/proc.h"
#include "map/region.h"
#include "common/room.h"

enum {
    THREADS_MAX = 256,       /* of a process, asked for their children */
    ALL_THREADS_MAX = 1024,  /* of all processes; 5 us each */
    PROCESSES_MAX = 1 << 15, /* whose parents are asked */
    TEXT_BYTES = 8192,       /* of one list; 7 digits and a blank for each */
    NAMES_MAX = 8            /* in words */
};

struct link {
    pid_t pid, parent;
};

/* While they are looked for. */
struct search {
    struct children *children;
    const char *root;
    bool has_lists;     /* the kernel tells children */
    size_t asked;       /* threads so far */
    struct link *links; /* else: the parent of every process */
    size_t link_count, link_capacity;
};

/* -1: not there. */
static int open_folder(const char *root, pid_t pid)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%ld", root, (long)pid) >= (int)sizeof path)
        return -1;
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static uint64_t read_resident(const struct proc *proc)
{
    char text[256], *rest;
    if (proc_read(proc, "statm", text, sizeof text) <= 0)
        return FIGURE_UNKNOWN;
    (void)strtoull(text, &rest, 10);
    uint64_t pages = strtoull(rest, NULL, 10), bytes;
    return __builtin_mul_overflow(pages, (uint64_t)sysconf(_SC_PAGESIZE), &bytes) ? FIGURE_UNKNOWN
                                                                                  : bytes;
}

/* One that is gone, or that was never a child of this one, is left out. */
static void add_child(struct search *search, pid_t pid, pid_t parent, unsigned depth)
{
    struct children *children = search->children;
    struct proc_stat stat;
    if (children->count == CHILDREN_MAX) {
        children->is_cut = true;
        return;
    }
    struct proc proc = {.folder = open_folder(search->root, pid), .pid = pid};
    if (proc.folder < 0)
        return;
    if (proc_read_stat(&proc, &stat) && stat.parent == parent) {
        struct child_process *child = &children->list[children->count++];
        *child = (struct child_process){
            .pid = pid, .parent = parent, .state = stat.state, .depth = depth};
        memcpy(child->name, stat.name, sizeof child->name);
        child->resident_bytes = read_resident(&proc);
    }
    (void)close(proc.folder); /* only read */
}

/* The next process or thread of a folder; 0: no more. */
static pid_t next_number(DIR *folder)
{
    const struct dirent *entry;
    while ((entry = readdir(folder))) {
        char *end;
        long number = strtol(entry->d_name, &end, 10);
        if (number > 0 && number <= INT32_MAX && !*end)
            return (pid_t)number;
    }
    return 0;
}

/* ---- from lists ------------------------------------------------------------------------------ */

/* False: the kernel has no such list. */
static bool add_of_thread(struct search *search, const struct proc *proc, pid_t thread,
                          unsigned depth)
{
    char name[64], text[TEXT_BYTES];
    (void)snprintf(name, sizeof name, "task/%ld/children", (long)thread); /* 34 at the most */
    ssize_t bytes = proc_read(proc, name, text, sizeof text);
    if (bytes < 0)
        return false;
    search->children->is_cut |= bytes == (ssize_t)sizeof text - 1;
    char *at = text, *end;
    for (long pid; (pid = strtol(at, &end, 10)) > 0 && pid <= INT32_MAX && *end; at = end)
        add_child(search, (pid_t)pid, proc->pid, depth);
    return true;
}

static void add_from_lists(struct search *search, const struct proc *proc, unsigned depth)
{
    if (search->asked == ALL_THREADS_MAX) {
        search->children->is_cut = true;
        return;
    }
    int tasks = proc_open(proc, "task");
    DIR *folder = tasks >= 0 ? fdopendir(tasks) : NULL;
    size_t asked = 0;
    if (!folder) {
        if (tasks >= 0)
            (void)close(tasks); /* only read */
        return;
    }
    for (pid_t thread; (thread = next_number(folder)) != 0; asked++, search->asked++) {
        if (asked == THREADS_MAX || search->asked == ALL_THREADS_MAX) {
            search->children->is_cut = true;
            break;
        }
        if (add_of_thread(search, proc, thread, depth))
            search->has_lists = true;
    }
    (void)closedir(folder); /* only read */
}

/* ---- from parents ---------------------------------------------------------------------------- */

static pid_t parent_of(const char *root, pid_t pid)
{
    struct proc proc = {.folder = open_folder(root, pid), .pid = pid};
    struct proc_stat stat;
    if (proc.folder < 0)
        return 0;
    bool is_read = proc_read_stat(&proc, &stat);
    (void)close(proc.folder); /* only read */
    return is_read ? stat.parent : 0;
}

/* Of all processes, once. Out of memory, those there is room for. */
static void read_links(struct search *search)
{
    DIR *folder = opendir(search->root);
    void *links = NULL;
    if (!folder)
        return;
    for (pid_t pid; (pid = next_number(folder)) != 0; search->link_count++) {
        if (search->link_count == PROCESSES_MAX ||
            !room_make(&links, &search->link_capacity, search->link_count, sizeof(struct link))) {
            search->children->is_cut = true;
            break;
        }
        search->links = links;
        search->links[search->link_count] = (struct link){pid, parent_of(search->root, pid)};
    }
    (void)closedir(folder); /* only read */
}

static void add_from_links(struct search *search, pid_t parent, unsigned depth)
{
    for (size_t i = 0; i < search->link_count; i++)
        if (search->links[i].parent == parent)
            add_child(search, search->links[i].pid, parent, depth);
}

/* ---- both ------------------------------------------------------------------------------------ */

static int by_number(const void *left, const void *right)
{
    const struct child_process *l = left, *r = right;
    return (l->pid > r->pid) - (l->pid < r->pid);
}

static void add_children_of(struct search *search, pid_t pid, unsigned depth)
{
    struct children *children = search->children;
    size_t first = children->count;
    struct proc proc = {.pid = pid};
    if (search->links) {
        add_from_links(search, pid, depth);
    } else if ((proc.folder = open_folder(search->root, pid)) >= 0) {
        add_from_lists(search, &proc, depth);
        (void)close(proc.folder); /* only read */
    }
    qsort(children->list + first, children->count - first, sizeof *children->list, by_number);
}

/* Every one that is found is asked for its own once: CHILDREN_MAX bounds it all, even where numbers
 * are given anew meanwhile. */
void children_find(struct children *children, const char *root, pid_t pid)
{
    struct search search = {.children = children, .root = root};
    children->count = 0;
    children->is_cut = false;
    add_children_of(&search, pid, 1);
    if (!search.has_lists) {
        read_links(&search);
        add_children_of(&search, pid, 1);
    }
    for (size_t i = 0; i < children->count; i++)
        add_children_of(&search, children->list[i].pid, children->list[i].depth + 1);
    free(search.links);
}

/* ---- text ------------------------------------------------------------------------------------ */

static void put(char text[CHILDREN_TEXT_BYTES], const char *more)
{
    size_t bytes = strlen(text), more_bytes = strlen(more);
    if (more_bytes < CHILDREN_TEXT_BYTES - bytes)
        memcpy(text + bytes, more, more_bytes + 1);
}

static void tame(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 32 || *text == 127)
            *text = '?';
}

void children_text(const struct children *children, char text[CHILDREN_TEXT_BYTES])
{
    static const char more[] = ", ...";
    text[0] = '\0';
    if (children->count == 0)
        return;
    (void)snprintf(text, CHILDREN_TEXT_BYTES, "%zu%s %s:", children->count,
                   children->is_cut ? " or more" : "", children->count == 1 ? "child" : "children");
    for (size_t i = 0; i < children->count; i++) {
        const struct child_process *child = &children->list[i];
        struct human_text room;
        char one[160];
        (void)snprintf(
            one, sizeof one, "%s %ld %s (%s)", i ? "," : "", (long)child->pid, child->name,
            proc_has_died(child->state) ? "ended"
                                        : figure_bytes_text(child->resident_bytes, &room));
        if (i == NAMES_MAX || strlen(text) + strlen(one) + sizeof more > CHILDREN_TEXT_BYTES) {
            put(text, more);
            break;
        }
        put(text, one);
    }
    tame(text);
}
