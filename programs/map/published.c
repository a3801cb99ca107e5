/* SPDX-License-Identifier: MIT */
/* published.c - where a process publishes its description, and the last look at it: see
 * published.h. */
#include "map/published.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "map/identity.h"
#include "map/published_look.h"

enum { DESCRIPTORS_MAX = 1 << 16, PATH_BYTES = 512 };

struct published {
    pid_t process;
    char folder[PATH_BYTES];
    int file;              /* what was opened last; -1: nothing */
    char path[PATH_BYTES]; /* ... and where it was found */
    bool has_description;
    struct published_look look; /* the last that told something */
    char problem[256];
};

__attribute__((format(printf, 2, 3))) static enum published_state fail(struct published *p,
                                                                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(p->problem, sizeof p->problem, format, arguments) < 0)
        p->problem[0] = '\0';
    va_end(arguments);
    return PUBLISHED_FAILED;
}

enum published_state published_read_file(struct published *p, int file, const struct identity *who)
{
    struct published_look look = {0};
    enum published_state state = published_look_at(&look, file, who);
    if (state == PUBLISHED_FAILED)
        return fail(p, "%s", look.problem);
    if (state != PUBLISHED_READ)
        return state;
    published_look_free(&p->look);
    p->look = look;
    p->has_description = true;
    return state;
}

/* ---- finding it ----------------------------------------------------------------------------- */

static bool leads_to_one(const char *path)
{
    char target[sizeof STEPPE_PUBLISHED_LINK];
    ssize_t length = readlink(path, target, sizeof target);
    return length == (ssize_t)sizeof target - 1 &&
           !memcmp(target, STEPPE_PUBLISHED_LINK, sizeof target - 1);
}

/* Is what we have open still what the process has there? After exec it is not. */
static bool is_still_there(const struct published *p)
{
    struct stat ours, theirs;
    return p->file >= 0 && leads_to_one(p->path) && fstat(p->file, &ours) == 0 &&
           stat(p->path, &theirs) == 0 && ours.st_ino == theirs.st_ino &&
           ours.st_dev == theirs.st_dev;
}

static void forget_file(struct published *p)
{
    if (p->file >= 0)
        (void)close(p->file); /* was only read */
    p->file = -1;
}

/* NONE: it is none, or another process's. Not to wait for whoever writes into a pipe of that name.
 */
static enum published_state try_file(struct published *p, const char *path,
                                     const struct identity *identity)
{
    if (!leads_to_one(path))
        return PUBLISHED_NONE;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return errno == ENOENT ? PUBLISHED_NONE
                               : fail(p, "what process %d publishes cannot be opened: %s",
                                      (int)p->process, strerror(errno));
    enum published_state state = published_read_file(p, file, identity);
    if (state != PUBLISHED_READ) {
        (void)close(file); /* was only read */
        return state;
    }
    forget_file(p);
    p->file = file;
    snprintf(p->path, sizeof p->path, "%s", path);
    return PUBLISHED_READ;
}

/* Others may lie beside its own: children inherit descriptors. */
static enum published_state search(struct published *p, DIR *list, const struct identity *identity)
{
    char path[PATH_BYTES];
    enum published_state worst = PUBLISHED_NONE;
    struct dirent *entry;
    for (int count = 0; count < DESCRIPTORS_MAX && (entry = readdir(list)); count++) {
        int length =
            snprintf(path, sizeof path, "%s/%d/fd/%s", p->folder, (int)p->process, entry->d_name);
        if (entry->d_name[0] == '.' || length < 0 || (size_t)length >= sizeof path)
            continue;
        enum published_state state = try_file(p, path, identity);
        if (state == PUBLISHED_READ)
            return state;
        if (state != PUBLISHED_NONE)
            worst = state;
    }
    return worst;
}

static enum published_state find(struct published *p, const struct identity *identity)
{
    char path[PATH_BYTES + 32];
    snprintf(path, sizeof path, "%s/%d/fd", p->folder, (int)p->process);
    DIR *list = opendir(path);
    if (!list && (errno == ENOENT || errno == ESRCH))
        return PUBLISHED_ENDED;
    if (!list)
        return fail(p,
                    "what process %d publishes cannot be looked for: %s; its owner may, and root",
                    (int)p->process, strerror(errno));
    enum published_state state = search(p, list, identity);
    (void)closedir(list); /* was only read */
    return state;
}

/* ---- outside -------------------------------------------------------------------------------- */

struct published *published_open(pid_t process, const char *folder)
{
    struct published *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->process = process;
    p->file = -1;
    int length = snprintf(p->folder, sizeof p->folder, "%s", folder ? folder : "/proc");
    if (length < 0 || (size_t)length >= sizeof p->folder) {
        free(p);
        return NULL;
    }
    return p;
}

void published_close(struct published *p)
{
    if (!p)
        return;
    forget_file(p);
    published_look_free(&p->look);
    free(p);
}

enum published_state published_read(struct published *p)
{
    struct identity identity;
    if (!identity_find(p->folder, p->process, &identity))
        return PUBLISHED_ENDED;
    if (is_still_there(p)) {
        enum published_state state = published_read_file(p, p->file, &identity);
        if (state != PUBLISHED_NONE)
            return state;
    }
    forget_file(p);
    return find(p, &identity);
}

const struct published_description *published_description(const struct published *p)
{
    return p->has_description ? &p->look.description : NULL;
}

const char *published_problem(const struct published *p)
{
    return p->problem;
}
