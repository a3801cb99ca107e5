/* SPDX-License-Identifier: MIT */
/*
 * file.c - files that are read, and files that take another's place.
 *
 * The C library's open, close, read, write, fsync and getrandom are places where a thread may be
 * cancelled, so the system calls are made directly. Its stat, rename, unlink, ftruncate and
 * realpath are none.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/platform.h"

enum {
    TRIES_MAX = 16, /* names found taken */
    NEW_MODE = 0666
};

/* 0 or an error; *handle is what was opened. */
static int open_handle(const char *path, int flags, mode_t mode, int64_t *handle)
{
    do {
        *handle = syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC | O_NOCTTY, mode);
    } while (*handle < 0 && errno == EINTR);
    return *handle < 0 ? errno : 0;
}

static void close_handle(int64_t handle)
{
    (void)syscall(SYS_close, handle); /* what matters was flushed before */
}

int stp_platform_file_open(const char *path, struct stp_platform_file *file, uint64_t *size_bytes,
                           bool *is_other)
{
    struct stat status;
    *is_other = false;
    file->is_new = false;
    /* Not to wait for whoever writes into a pipe. */
    int error = open_handle(path, O_RDONLY | O_NONBLOCK, 0, &file->handle);
    if (error)
        return error;
    error = fstat((int)file->handle, &status) == 0 ? 0 : errno;
    if (!error && !S_ISREG(status.st_mode)) {
        *is_other = true;
        error = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    }
    if (error) {
        close_handle(file->handle);
        return error;
    }
    *size_bytes = (uint64_t)status.st_size;
    return 0;
}

int stp_platform_file_read(const struct stp_platform_file *file, uint64_t offset_bytes,
                           void *buffer, size_t size_bytes, size_t *got_bytes)
{
    *got_bytes = 0;
    while (*got_bytes < size_bytes) {
        long got = syscall(SYS_pread64, file->handle, (char *)buffer + *got_bytes,
                           size_bytes - *got_bytes, offset_bytes + *got_bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        *got_bytes += (size_t)got;
    }
    return 0;
}

/* ---- replacing ------------------------------------------------------------------------------ */

static int copy_path(const char *path, char *copy)
{
    size_t length = strlen(path);
    if (length >= STP_PLATFORM_PATH_BYTES)
        return ENAMETOOLONG;
    memcpy(copy, path, length + 1);
    return 0;
}

/* Where the file lies that is meant, and what is there now. A device or a directory must not be
 * replaced, nor the link that leads to it: root would lose /dev/null. */
static int find_place(const char *path, struct stp_platform_file *file, struct stat *status,
                      bool *exists, bool *is_other)
{
    _Static_assert(STP_PLATFORM_PATH_BYTES >= 4096, "realpath writes PATH_MAX bytes");
    *exists = lstat(path, status) == 0;
    if (!*exists)
        return errno == ENOENT && *path ? copy_path(path, file->path) : errno;
    if (!S_ISLNK(status->st_mode)) {
        int error = copy_path(path, file->path);
        *is_other = !S_ISREG(status->st_mode);
        if (!error && *is_other)
            error = S_ISDIR(status->st_mode) ? EISDIR : EINVAL;
        return error;
    }
    if (!realpath(path, file->path) || lstat(file->path, status) != 0)
        return errno;
    *is_other = !S_ISREG(status->st_mode);
    return *is_other ? EINVAL : 0;
}

/* Beside it, under a name nobody has. */
static int open_new(struct stp_platform_file *file, mode_t mode)
{
    int error = EEXIST;
    for (int try = 0; try < TRIES_MAX && error == EEXIST; try++) {
        uint64_t number = (uint64_t)getpid() * TRIES_MAX + (uint64_t)try;
        long got = syscall(SYS_getrandom, &number, sizeof number, GRND_NONBLOCK);
        (void)got; /* benign: O_EXCL finds out */
        int length = snprintf(file->new_path, sizeof file->new_path, "%s.%016" PRIx64 ".new",
                              file->path, number);
        if (length < 0 || (size_t)length >= sizeof file->new_path)
            return ENAMETOOLONG;
        error = open_handle(file->new_path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode,
                            &file->handle);
    }
    return error;
}

/* Asked first: what is beyond the limit is refused with a signal that kills. */
static int set_size(int64_t handle, uint64_t size_bytes)
{
    struct rlimit limit;
    if (size_bytes > INT64_MAX)
        return EFBIG;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && size_bytes > limit.rlim_cur)
        return EFBIG;
    return ftruncate((int)handle, (off_t)size_bytes) == 0 ? 0 : errno;
}

int stp_platform_file_replace(const char *path, uint64_t size_bytes, struct stp_platform_file *file,
                              bool *is_other)
{
    struct stat status;
    bool exists;
    *is_other = false;
    int error = find_place(path, file, &status, &exists, is_other);
    if (error)
        return error;
    /* Nobody else's until it has the permissions of the old one: an open file stays readable. */
    error = open_new(file, exists ? status.st_mode & 0700 : NEW_MODE);
    if (error)
        return error;
    file->is_new = true;
    if (exists && fchmod((int)file->handle, status.st_mode & 0777) != 0)
        error = errno;
    if (!error)
        error = set_size(file->handle, size_bytes);
    if (error)
        stp_platform_file_close(file);
    return error;
}

int stp_platform_file_write(const struct stp_platform_file *file, uint64_t offset_bytes,
                            const void *buffer, size_t size_bytes)
{
    size_t done_bytes = 0;
    while (done_bytes < size_bytes) {
        long done = syscall(SYS_pwrite64, file->handle, (const char *)buffer + done_bytes,
                            size_bytes - done_bytes, offset_bytes + done_bytes);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? errno : EIO;
        done_bytes += (size_t)done;
    }
    return 0;
}

static int flush(int64_t handle)
{
    long result;
    do {
        result = syscall(SYS_fsync, handle);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? errno : 0;
}

/* Of the folder, so that the new name outlives a loss of power. Not every file system can, and it
 * is in place already: no failure. new_path is free for it by now. */
static void flush_folder(struct stp_platform_file *file)
{
    int64_t handle;
    char *slash = strrchr(file->path, '/');
    const char *folder = slash ? file->new_path : ".";
    if (slash) {
        size_t length = slash == file->path ? 1 : (size_t)(slash - file->path);
        memcpy(file->new_path, file->path, length);
        file->new_path[length] = '\0';
    }
    if (open_handle(folder, O_RDONLY | O_DIRECTORY, 0, &handle) != 0)
        return;
    (void)flush(handle); /* benign: see above */
    close_handle(handle);
}

int stp_platform_file_finish(struct stp_platform_file *file)
{
    int error = flush(file->handle);
    if (!error && rename(file->new_path, file->path) != 0)
        error = errno;
    if (error)
        return error;
    file->is_new = false;
    flush_folder(file);
    return 0;
}

void stp_platform_file_close(struct stp_platform_file *file)
{
    close_handle(file->handle);
    if (file->is_new && unlink(file->new_path) != 0)
        return; /* benign: somebody else took it away */
}

int stp_platform_file_map(const struct stp_platform_file *file, uint64_t offset_bytes,
                          uintptr_t base, size_t size_bytes)
{
    void *mapped = mmap((void *)base, size_bytes, PROT_READ, MAP_PRIVATE | MAP_FIXED,
                        (int)file->handle, (off_t)offset_bytes);
    return mapped == MAP_FAILED ? errno : 0;
}
