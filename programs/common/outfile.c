/* SPDX-License-Identifier: MIT */
/* outfile.c - files written whole or not at all: see outfile.h. */
#include "common/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool say_unwritten(const char *path, int error, struct problem *problem)
{
    return problem_say(problem, "%s cannot be written: %s", path, strerror(error));
}

struct saving {
    outfile_writer *write;
    const void *context;
};

static bool save_into(FILE *stream, const struct saving *saving, bool to_disk)
{
    errno = ENOMEM; /* for failures that are no system call's */
    return saving->write(stream, saving->context) && fflush(stream) == 0 &&
           (!to_disk || fsync(fileno(stream)) == 0);
}

static bool save_directly(const struct saving *saving, const char *path, struct problem *problem)
{
    FILE *stream = fopen(path, "we");
    if (!stream)
        return say_unwritten(path, errno, problem);
    bool is_written = save_into(stream, saving, false);
    int error = errno;
    if (fclose(stream) != 0 && is_written) {
        is_written = false;
        error = errno;
    }
    return is_written || say_unwritten(path, error, problem);
}

/* Into a new file; 0 or an error number. */
static int save_new(int file, const struct saving *saving)
{
    FILE *stream = fdopen(file, "w");
    if (!stream) {
        int error = errno;
        (void)close(file); /* nothing was written */
        return error;
    }
    int error = save_into(stream, saving, true) ? 0 : errno;
    if (fclose(stream) != 0 && !error)
        error = errno;
    return error;
}

static bool save_beside(const struct saving *saving, const char *path, struct problem *problem)
{
    char *beside;
    if (asprintf(&beside, "%s.XXXXXX", path) < 0)
        return say_unwritten(path, ENOMEM, problem);
    int file = mkostemp(beside, O_CLOEXEC), error = 0;
    if (file < 0) {
        error = errno;
    } else {
        error = save_new(file, saving);
        if (!error && rename(beside, path) != 0)
            error = errno;
        if (error)
            (void)unlink(beside); /* the first error is the one to tell */
    }
    free(beside);
    return !error || say_unwritten(path, error, problem);
}

bool outfile_save(const char *path, outfile_writer *write, const void *context,
                  struct problem *problem)
{
    const struct saving saving = {write, context};
    struct stat found;
    if (stat(path, &found) != 0)
        return save_beside(&saving, path, problem);
    if (S_ISDIR(found.st_mode))
        return say_unwritten(path, EISDIR, problem);
    if (!S_ISREG(found.st_mode))
        return save_directly(&saving, path, problem);
    /* What a link leads to is replaced, not the link. */
    char *resolved = realpath(path, NULL);
    if (!resolved)
        return say_unwritten(path, errno, problem);
    bool is_saved = save_beside(&saving, resolved, problem);
    free(resolved);
    return is_saved;
}
