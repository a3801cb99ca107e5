/* SPDX-License-Identifier: MIT */
/*
 * publish.c - memory that other processes can read: a file without a name (memfd), mapped shared.
 *
 * They find it by its descriptor in /proc, which therefore stays open. Nothing is ever done with
 * that number again, but to close it in a fork's child: somebody else may have closed it, as
 * daemons do, and got it for a file of his own.
 *
 * The file keeps its size, and nobody else may write it (F_SEAL_FUTURE_WRITE: what is mapped before
 * stays). So nobody can cut off, or punch out, a page that we are about to write. Its own pages
 * cannot be given back either, which would take the same right.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "platform/linux/linux.h"
#include "platform/platform.h"

enum {
    NO_DESCRIPTOR = -1,
    DESCRIPTOR_FIRST = 100, /* as in traps.c */
    START_FIELD = 22,       /* of /proc/PID/stat */
    TRIES_MAX = 1000,
    PIDFS = 0x50494446,    /* PIDFS_MAGIC, Linux 6.9 */
    NOT_EXECUTABLE = 8,    /* MFD_NOEXEC_SEAL, Linux 6.3; some systems insist on it */
    SEAL_FUTURE_WRITE = 16 /* F_SEAL_, Linux 5.1 */
};

static const char file_name[] = "steppe";

static int descriptor = NO_DESCRIPTOR;
static ino_t inode;
static dev_t device;

/* Asked first: what is beyond the limit is refused with a signal that kills. */
static int set_size(int file, size_t size_bytes)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && size_bytes > limit.rlim_cur)
        return EFBIG;
    return ftruncate(file, (off_t)size_bytes) == 0 ? 0 : errno;
}

static int open_file(int *file)
{
    int low =
        (int)syscall(SYS_memfd_create, file_name, MFD_CLOEXEC | MFD_ALLOW_SEALING | NOT_EXECUTABLE);
    if (low < 0 && errno == EINVAL)
        low = (int)syscall(SYS_memfd_create, file_name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (low < 0)
        return errno;
    int high = fcntl(low, F_DUPFD_CLOEXEC, DESCRIPTOR_FIRST);
    if (high >= 0)
        stp_linux_close_file(low);
    *file = high >= 0 ? high : low;
    return 0;
}

/* Without access, and unlocked: where all memory is locked (mlockall) the kernel would fill the
 * whole of it. */
static int map(int file, size_t size_bytes, uintptr_t at, uintptr_t *base)
{
    int flags = MAP_SHARED | MAP_NORESERVE | (at ? MAP_FIXED : 0);
    void *mapped = mmap((void *)at, size_bytes, PROT_NONE, flags, file, 0);
    if (mapped == MAP_FAILED)
        return errno;
    (void)munlock(mapped, size_bytes);                  /* benign: mostly it is not locked */
    (void)madvise(mapped, size_bytes, MADV_DONTDUMP);   /* benign: a larger core */
    (void)madvise(mapped, size_bytes, MADV_NOHUGEPAGE); /* benign: more memory */
    *base = (uintptr_t)mapped;
    return 0;
}

static void seal(int file)
{
    int seals = F_SEAL_SHRINK | F_SEAL_GROW;
    if (fcntl(file, F_ADD_SEALS, seals | SEAL_FUTURE_WRITE | F_SEAL_SEAL) != 0)
        (void)fcntl(file, F_ADD_SEALS, seals | F_SEAL_SEAL); /* benign: of the same user only */
}

int stp_platform_publish(size_t size_bytes, uintptr_t at, uintptr_t *base)
{
    struct stat status;
    int file = NO_DESCRIPTOR;
    int error = open_file(&file);
    if (error)
        return error;
    error = set_size(file, size_bytes);
    if (!error && fstat(file, &status) != 0)
        error = errno;
    if (!error)
        error = map(file, size_bytes, at, base);
    if (error) {
        stp_linux_close_file(file);
        return error;
    }
    seal(file);
    inode = status.st_ino;
    device = status.st_dev;
    descriptor = file;
    return 0;
}

/* Is the number still that of our file? It is mapped, so no other file has its inode. */
static bool is_ours(int file)
{
    struct stat status;
    return fstat(file, &status) == 0 && status.st_ino == inode && status.st_dev == device;
}

int stp_platform_publish_check(void)
{
    return descriptor != NO_DESCRIPTOR && is_ours(descriptor) ? 0 : EBADF;
}

void stp_platform_publish_forget(void)
{
    if (stp_platform_publish_check() == 0)
        stp_linux_close_file(descriptor);
    descriptor = NO_DESCRIPTOR;
}

void stp_platform_unpublish(uintptr_t base, size_t size_bytes)
{
    (void)munmap((void *)base, size_bytes); /* benign: address space only */
}

int stp_platform_publish_open(uintptr_t base, size_t size_bytes)
{
    return mprotect((void *)base, size_bytes, PROT_READ | PROT_WRITE) == 0 ? 0 : errno;
}

/* Before Linux 5.14 writing finds out: it is killed where memory is accounted and used up. */
int stp_platform_publish_page(uintptr_t base)
{
    size_t page_bytes = stp_platform_facts()->page_bytes;
    for (int try = 0; try < TRIES_MAX; try++) {
        if (madvise((void *)base, page_bytes, STP_LINUX_POPULATE_WRITE) == 0)
            return 0;
        if (errno != EINTR && errno != EAGAIN)
            break;
    }
    return errno == EINVAL && !stp_platform_facts()->accounts_commit ? 0 : errno;
}

/* Behind the name, which may hold anything, and its parenthesis. */
uint64_t stp_platform_process_start(void)
{
    char text[1024];
    int file = stp_linux_open_file("/proc/self/stat");
    if (file < 0)
        return 0;
    long length = syscall(SYS_read, file, text, sizeof text - 1);
    stp_linux_close_file(file);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < START_FIELD; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at, NULL, 10) : 0;
}

/* Before Linux 6.9 all of them have one inode, in another file system. */
static uint64_t serial_of(int pidfd)
{
    struct statfs system;
    struct stat status;
    if (fstatfs(pidfd, &system) != 0 || system.f_type != PIDFS || fstat(pidfd, &status) != 0)
        return 0;
    return status.st_ino;
}

uint64_t stp_platform_process_serial(void)
{
    int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (pidfd < 0)
        return 0;
    uint64_t serial = serial_of(pidfd);
    stp_linux_close_file(pidfd);
    return serial;
}
