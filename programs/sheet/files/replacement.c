/* SPDX-License-Identifier: MIT */
/* replacement.c - files written beside and renamed: see replacement.h. */
#include "sheet/files/replacement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <sys/random.h>
#include <unistd.h>

enum {
    NAME_BYTES_KEPT = 200, /* of the old name in the new one, which has a limit of 255 */
    NAME_TRIES = 100,
    LINKS_MAX = 40
};

static bool say(struct problem *problem, const char *path, int error)
{
    return problem_say(problem, "%s cannot be written: %s", path, strerror(error));
}

static void free_all(struct replacement *replacement)
{
    if (replacement->descriptor >= 0)
        (void)close(replacement->descriptor); /* synced by now, or given up */
    free(replacement->path);
    free(replacement->folder);
    free(replacement->beside);
}

/* ---- names ------------------------------------------------------------------------------------
 */

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* Where a link leads to; it may lead to what is not there yet. NULL with errno. */
static char *follow(const char *path)
{
    char *at = strdup(path);
    for (unsigned links = 0; at && links < LINKS_MAX; links++) {
        char target[4096];
        ssize_t length = readlink(at, target, sizeof target);
        if (length < 0) /* no link, or none that can be read: opening will tell */
            return at;
        if ((size_t)length == sizeof target) {
            errno = ENAMETOOLONG;
            break;
        }
        char *folder = target[0] == '/' ? strdup("") : folder_of(at), *next = NULL;
        if (!folder ||
            asprintf(&next, "%s%s%.*s", folder, *folder ? "/" : "", (int)length, target) < 0)
            next = NULL;
        free(folder);
        free(at);
        at = next;
        errno = ELOOP;
    }
    free(at);
    return NULL;
}

/* Whoever may not read the old file shall not read the new one while it is written either. */
static int open_beside(struct replacement *replacement)
{
    mode_t mode = replacement->has_old ? S_IRUSR | S_IWUSR : 0666;
    const char *slash = strrchr(replacement->path, '/');
    const char *name = slash ? slash + 1 : replacement->path;
    for (unsigned tries = 0; tries < NAME_TRIES; tries++) {
        uint32_t chance = tries;
        (void)!getrandom(&chance, sizeof chance, GRND_NONBLOCK); /* or the number of the try */
        free(replacement->beside);
        if (asprintf(&replacement->beside, "%s/.%.*s.%08x~", replacement->folder, NAME_BYTES_KEPT,
                     name, chance) < 0) {
            replacement->beside = NULL;
            errno = ENOMEM;
            return -1;
        }
        int file = open(replacement->beside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (file >= 0 || errno != EEXIST)
            return file;
    }
    return -1;
}

/* ---- beginning --------------------------------------------------------------------------------
 */

/* May the file there go? 0 or an error number. */
static int look_at_old(struct replacement *replacement)
{
    if (stat(replacement->path, &replacement->old) != 0)
        return errno == ENOENT ? 0 : errno;
    replacement->has_old = true;
    if (S_ISDIR(replacement->old.st_mode))
        return EISDIR;
    if (!replacement->may_replace)
        return EEXIST;
    /* Renaming would go round what its mode says. */
    return faccessat(AT_FDCWD, replacement->path, W_OK, AT_EACCESS) == 0 ? 0 : errno;
}

bool replacement_begin(struct replacement *replacement, const char *path, bool may_replace,
                       struct problem *problem)
{
    *replacement = (struct replacement){.descriptor = -1, .may_replace = may_replace};
    replacement->path = follow(path);
    int error = replacement->path ? 0 : errno;
    if (!error) {
        replacement->folder = folder_of(replacement->path);
        error = replacement->folder ? look_at_old(replacement) : ENOMEM;
    }
    bool is_of_folder = false;
    if (!error) {
        replacement->descriptor = open_beside(replacement);
        error = replacement->descriptor < 0 ? errno : 0;
        is_of_folder = error == EACCES;
    }
    if (!error)
        return true;
    free_all(replacement);
    if (error == EEXIST)
        return problem_say(problem, "%s is there already, and was not to be replaced", path);
    if (is_of_folder)
        return problem_say(problem, "%s cannot be written: its folder takes no new file: %s", path,
                           strerror(error));
    return say(problem, path, error);
}

/* ---- ending -----------------------------------------------------------------------------------
 */

/* Whoever wrote by the path may have put another file there: so it is opened anew. */
static int sync_beside(const struct replacement *replacement)
{
    int error = 0, file = open(replacement->beside, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno;
    if (replacement->has_old) {
        if (fchown(file, replacement->old.st_uid, replacement->old.st_gid) != 0) /* root's alone */
            (void)!fchown(file, (uid_t)-1, replacement->old.st_gid); /* its members', too */
        if (fchmod(file, replacement->old.st_mode & 07777) != 0)
            error = errno;
    }
    if (!error && fsync(file) != 0)
        error = errno;
    (void)close(file); /* only read from */
    return error;
}

/* Where the system cannot refuse to replace by itself, look_at_old has looked. */
static int rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    return rename(from, to) == 0 ? 0 : errno;
}

static int put_in_place(const struct replacement *replacement)
{
    if (!replacement->may_replace)
        return rename_new(replacement->beside, replacement->path);
    return rename(replacement->beside, replacement->path) == 0 ? 0 : errno;
}

/* The new name on disk, too. Not all file systems can do that for folders; the file itself is. */
static void sync_folder(const struct replacement *replacement)
{
    int folder = open(replacement->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return;
    (void)fsync(folder);
    (void)close(folder);
}

bool replacement_commit(struct replacement *replacement, struct problem *problem)
{
    int error = sync_beside(replacement);
    if (!error)
        error = put_in_place(replacement);
    if (error) {
        (void)say(problem, replacement->path, error);
        replacement_abandon(replacement);
        return false;
    }
    sync_folder(replacement);
    free_all(replacement);
    return true;
}

void replacement_abandon(struct replacement *replacement)
{
    (void)unlink(replacement->beside); /* it is what was to be said */
    free_all(replacement);
}
