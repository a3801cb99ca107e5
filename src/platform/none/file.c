/* SPDX-License-Identifier: MIT */
/*
 * none/file.c - no files here: every call says so.
 */
#include "platform/platform.h"

#include <errno.h>

/* Porter: refuse what is no regular file, without waiting for a writer of a pipe. */
int stp_platform_file_open(const char *path, struct stp_platform_file *file, uint64_t *size_bytes,
                           bool *is_other)
{
    (void)path;
    (void)file;
    (void)size_bytes;
    *is_other = false;
    return ENOSYS;
}

/* Porter: go on after interruptions and partial reads. */
int stp_platform_file_read(const struct stp_platform_file *file, uint64_t offset_bytes,
                           void *buffer, size_t size_bytes, size_t *got_bytes)
{
    (void)file;
    (void)offset_bytes;
    (void)buffer;
    (void)size_bytes;
    *got_bytes = 0;
    return ENOSYS;
}

/* Porter: in the same folder, so that it can be renamed; never over what is there. */
int stp_platform_file_replace(const char *path, uint64_t size_bytes, struct stp_platform_file *file,
                              bool *is_other)
{
    (void)path;
    (void)size_bytes;
    (void)file;
    *is_other = false;
    return ENOSYS;
}

int stp_platform_file_write(const struct stp_platform_file *file, uint64_t offset_bytes,
                            const void *buffer, size_t size_bytes)
{
    (void)file;
    (void)offset_bytes;
    (void)buffer;
    (void)size_bytes;
    return ENOSYS;
}

/* Porter: the disk must have the contents before the name changes. */
int stp_platform_file_finish(struct stp_platform_file *file)
{
    (void)file;
    return ENOSYS;
}

void stp_platform_file_close(struct stp_platform_file *file)
{
    (void)file;
}

/* Porter: what is written to the file by others may show or not. */
int stp_platform_file_map(const struct stp_platform_file *file, uint64_t offset_bytes,
                          uintptr_t base, size_t size_bytes)
{
    (void)file;
    (void)offset_bytes;
    (void)base;
    (void)size_bytes;
    return ENOSYS;
}
