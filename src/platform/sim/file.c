/* SPDX-License-Identifier: MIT */
/*
 * sim/file.c - a disk: a few files in memory. It outlives stp_sim_reset, as disks do.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "platform/sim/state.h"

enum { FILE_MAX = 16 };

/* Free when nothing has it open and it has no name. */
static struct disk_file {
    uint8_t *bytes;
    uint64_t size_bytes;
    char path[256]; /* empty: it has no name yet, or no longer */
    unsigned open_count;
} disk[FILE_MAX];

static struct disk_file *find(const char *path)
{
    for (size_t i = 0; i < FILE_MAX; i++)
        if (*disk[i].path && strcmp(disk[i].path, path) == 0)
            return &disk[i];
    return NULL;
}

static struct disk_file *file_of(const struct stp_platform_file *file)
{
    if (file->handle < 0 || file->handle >= FILE_MAX || !disk[file->handle].open_count)
        stp_sim_violation("handle %lld is not open", (long long)file->handle);
    return &disk[file->handle];
}

static void drop_if_free(struct disk_file *found)
{
    if (found->open_count || *found->path)
        return;
    free(found->bytes);
    *found = (struct disk_file){0};
}

int stp_platform_file_open(const char *path, struct stp_platform_file *file, uint64_t *size_bytes,
                           bool *is_other)
{
    int error = stp_sim_begin("file_open", 0, 0, -1);
    struct disk_file *found = error ? NULL : find(path);
    *is_other = false;
    if (found) {
        found->open_count++;
        file->handle = found - disk;
        file->is_new = false;
        *size_bytes = found->size_bytes;
    } else if (!error) {
        error = ENOENT;
    }
    return stp_sim_end(error);
}

int stp_platform_file_read(const struct stp_platform_file *file, uint64_t offset_bytes,
                           void *buffer, size_t size_bytes, size_t *got_bytes)
{
    int error = stp_sim_begin("file_read", 0, size_bytes, -1);
    *got_bytes = 0;
    if (!error) {
        const struct disk_file *found = file_of(file);
        uint64_t left = found->size_bytes < offset_bytes ? 0 : found->size_bytes - offset_bytes;
        *got_bytes = left < size_bytes ? (size_t)left : size_bytes;
        memcpy(buffer, found->bytes + offset_bytes, *got_bytes);
    }
    return stp_sim_end(error);
}

static int make(const char *path, uint64_t size_bytes, struct stp_platform_file *file)
{
    size_t i = 0;
    while (i < FILE_MAX && (disk[i].open_count || *disk[i].path))
        i++;
    if (i == FILE_MAX || strlen(path) >= sizeof disk->path)
        return ENOSPC;
    disk[i].bytes = calloc(1, size_bytes);
    if (!disk[i].bytes)
        return ENOSPC;
    disk[i].size_bytes = size_bytes;
    disk[i].open_count = 1;
    file->handle = (int64_t)i;
    file->is_new = true;
    strcpy(file->path, path);
    return 0;
}

int stp_platform_file_replace(const char *path, uint64_t size_bytes, struct stp_platform_file *file,
                              bool *is_other)
{
    int error = stp_sim_begin("file_replace", 0, size_bytes, -1);
    *is_other = false;
    if (!error)
        error = make(path, size_bytes, file);
    return stp_sim_end(error);
}

/* What fails has come half way, as on full disks. */
int stp_platform_file_write(const struct stp_platform_file *file, uint64_t offset_bytes,
                            const void *buffer, size_t size_bytes)
{
    int error = stp_sim_begin("file_write", 0, size_bytes, -1);
    struct disk_file *found = file_of(file);
    if (!file->is_new || offset_bytes > found->size_bytes ||
        size_bytes > found->size_bytes - offset_bytes)
        stp_sim_violation("a write beyond the file's size, or to a file for reading");
    memcpy(found->bytes + offset_bytes, buffer, error ? size_bytes / 2 : size_bytes);
    return stp_sim_end(error);
}

int stp_platform_file_finish(struct stp_platform_file *file)
{
    int error = stp_sim_begin("file_finish", 0, 0, -1);
    if (!error) {
        struct disk_file *old = find(file->path);
        strcpy(file_of(file)->path, file->path);
        file->is_new = false;
        if (old) {
            *old->path = '\0';
            drop_if_free(old);
        }
    }
    return stp_sim_end(error);
}

void stp_platform_file_close(struct stp_platform_file *file)
{
    stp_sim_lock();
    struct disk_file *found = file_of(file);
    found->open_count--;
    drop_if_free(found);
    stp_sim_unlock();
}

/* A copy: nobody writes to a file in place. */
int stp_platform_file_map(const struct stp_platform_file *file, uint64_t offset_bytes,
                          uintptr_t base, size_t size_bytes)
{
    int error = stp_sim_begin("file_map", base, size_bytes, -1);
    (void)stp_sim_range("file_map", base, size_bytes);
    if (!error) {
        const struct disk_file *found = file_of(file);
        void *memory = mmap((void *)base, size_bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        if (memory == MAP_FAILED)
            stp_sim_violation("no real memory for a mapping of a file");
        if (offset_bytes > found->size_bytes || size_bytes > found->size_bytes - offset_bytes)
            stp_sim_violation("a mapping beyond the end of the file");
        memcpy(memory, found->bytes + offset_bytes, size_bytes);
        (void)mprotect(memory, size_bytes, PROT_READ);
    }
    return stp_sim_end(error);
}
