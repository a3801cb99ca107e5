/* SPDX-License-Identifier: MIT */
/*
 * archive.c - zip archives by libzip: see archive.h.
 *
 * What an archive says about sizes is only used to tell people how far reading is. The limits count
 * what really came out: entries may overlap in the file, so that each of them is small and all of
 * them together are not.
 */
#include "sheet/files/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "common/human.h"
#include "sheet/files/ahead.h"

enum {
    RATIO_FREE_BYTES = 16 << 20,
    AHEAD_BYTES_MIN = 1 << 18 /* of smaller files a thread costs more than it saves */
};

struct archive_file {
    struct archive *archive;
    zip_file_t *zip_file;
    struct ahead *ahead; /* NULL: it is read here */
    const char *name;
    uint64_t said_bytes, read_bytes;
};

struct archive {
    zip_t *zip;
    uint64_t packed_bytes; /* the archive's file */
    uint64_t read_bytes;   /* unpacked so far */
    struct archive_file file;
};

/* ---- opening --------------------------------------------------------------------------------- */

static bool is_compound_file(const unsigned char *start, ssize_t count)
{
    static const unsigned char magic[] = {0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1};
    return count >= (ssize_t)sizeof magic && memcmp(start, magic, sizeof magic) == 0;
}

/* Looks at the file first: what libzip says of a folder or a pipe helps nobody. */
static bool look_at(const char *path, uint64_t *size_bytes, struct problem *problem)
{
    unsigned char start[8] = {0};
    struct stat facts;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return problem_say(problem, "%s: %s", path, strerror(errno));
    bool is_plain = fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
    ssize_t count = is_plain ? pread(descriptor, start, sizeof start, 0) : 0;
    (void)close(descriptor); /* only read */
    if (!is_plain)
        return problem_say(problem, "%s: this is no plain file; save it as one first", path);
    if (is_compound_file(start, count))
        return problem_say(problem,
                           "%s: this is a file with a password, or one of Excel before 2007; save "
                           "it as .xlsx without a password",
                           path);
    *size_bytes = (uint64_t)facts.st_size;
    return true;
}

static bool say_zip(struct problem *problem, const char *path, int code)
{
    if (code == ZIP_ER_NOZIP)
        return problem_say(problem, "%s: this is no zip archive, or it is cut off", path);
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    (void)problem_say(problem, "%s: the archive is damaged (%s)", path, zip_error_strerror(&error));
    zip_error_fini(&error);
    return false;
}

struct archive *archive_open(const char *path, struct problem *problem)
{
    uint64_t size_bytes = 0; /* gcc does not see that it is set */
    int code = 0;
    if (!look_at(path, &size_bytes, problem))
        return NULL;
    struct archive *archive = calloc(1, sizeof *archive);
    if (!archive) {
        (void)problem_say_memory(problem, "%s: out of memory", path);
        return NULL;
    }
    archive->packed_bytes = size_bytes;
    archive->zip = zip_open(path, ZIP_RDONLY, &code);
    if (!archive->zip) {
        (void)say_zip(problem, path, code);
        archive_close(archive);
        return NULL;
    }
    if (zip_get_num_entries(archive->zip, 0) > ARCHIVE_FILES_MAX) {
        (void)problem_say(problem, "%s: more than %d files in the archive", path,
                          ARCHIVE_FILES_MAX);
        archive_close(archive);
        return NULL;
    }
    return archive;
}

void archive_close(struct archive *archive)
{
    if (!archive)
        return;
    archive_file_close(archive->file.archive ? &archive->file : NULL);
    if (archive->zip)
        zip_discard(archive->zip);
    free(archive);
}

/* ---- names ----------------------------------------------------------------------------------- */

static int plain_letter(char c)
{
    if (c == '\\') /* some writers' slash */
        return '/';
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool is_name(const char *a, const char *b)
{
    while (*a && plain_letter(*a) == plain_letter(*b)) {
        a++;
        b++;
    }
    return plain_letter(*a) == plain_letter(*b);
}

static int64_t find_file(const struct archive *archive, const char *name)
{
    int64_t found = zip_name_locate(archive->zip, name, ZIP_FL_ENC_RAW);
    if (found >= 0)
        return found;
    for (size_t i = 0; i < archive_count(archive); i++)
        if (is_name(archive_name(archive, i), name))
            return (int64_t)i;
    return -1;
}

bool archive_has(const struct archive *archive, const char *name)
{
    return find_file(archive, name) >= 0;
}

size_t archive_count(const struct archive *archive)
{
    return (size_t)zip_get_num_entries(archive->zip, 0);
}

const char *archive_name(const struct archive *archive, size_t index)
{
    const char *name = zip_get_name(archive->zip, index, ZIP_FL_ENC_RAW);
    return name ? name : "";
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool can_open(struct archive *archive, int64_t index, const char *name, zip_stat_t *facts,
                     struct problem *problem)
{
    if (index < 0)
        return problem_say(problem, "%s is missing from the file", name);
    if (zip_stat_index(archive->zip, (zip_uint64_t)index, 0, facts) != 0)
        return problem_say(problem, "%s cannot be found in the archive: it is damaged", name);
    if ((facts->valid & ZIP_STAT_ENCRYPTION_METHOD) && facts->encryption_method != ZIP_EM_NONE)
        return problem_say(problem, "the file has a password; save it without one");
    if ((facts->valid & ZIP_STAT_COMP_METHOD) && facts->comp_method != ZIP_CM_STORE &&
        facts->comp_method != ZIP_CM_DEFLATE) /* others only help to make bombs */
        return problem_say(problem, "%s is packed in a way that no office program uses", name);
    return true;
}

static int64_t unpack(void *context, void *buffer, size_t buffer_bytes)
{
    return zip_fread(context, buffer, buffer_bytes);
}

struct archive_file *archive_file_open(struct archive *archive, const char *name,
                                       struct problem *problem)
{
    struct archive_file *file = &archive->file;
    zip_stat_t facts;
    int64_t index = find_file(archive, name);
    if (file->archive) {
        (void)problem_say(problem, "%s is being read already", file->name);
        return NULL;
    }
    if (!can_open(archive, index, name, &facts, problem))
        return NULL;
    file->zip_file = zip_fopen_index(archive->zip, (zip_uint64_t)index, 0);
    if (!file->zip_file) {
        (void)problem_say(problem, "%s cannot be unpacked (%s)", name,
                          zip_error_strerror(zip_get_error(archive->zip)));
        return NULL;
    }
    file->archive = archive;
    file->name = archive_name(archive, (size_t)index);
    file->said_bytes = facts.valid & ZIP_STAT_SIZE ? facts.size : 0;
    file->read_bytes = 0;
    file->ahead = file->said_bytes < AHEAD_BYTES_MIN ? NULL : ahead_new(unpack, file->zip_file);
    return file;
}

static bool is_bomb(const struct archive_file *file)
{
    const struct archive *archive = file->archive;
    if (file->read_bytes > ARCHIVE_FILE_BYTES_MAX || archive->read_bytes > ARCHIVE_BYTES_MAX)
        return true;
    return archive->read_bytes > RATIO_FREE_BYTES &&
           archive->read_bytes / ARCHIVE_RATIO_MAX > archive->packed_bytes;
}

int64_t archive_file_read(struct archive_file *file, void *buffer, size_t buffer_bytes,
                          struct problem *problem)
{
    int64_t count = file->ahead ? ahead_read(file->ahead, buffer, buffer_bytes)
                                : unpack(file->zip_file, buffer, buffer_bytes);
    if (count < 0) {
        (void)problem_say(problem, "%s is damaged (%s)", file->name,
                          zip_error_strerror(zip_file_get_error(file->zip_file)));
        return -1;
    }
    file->read_bytes += (uint64_t)count;
    file->archive->read_bytes += (uint64_t)count;
    if (!is_bomb(file))
        return count;
    (void)problem_say(problem,
                      "%s unpacks to more than %s out of a file of %s: it is made to do harm",
                      file->name, human_bytes(file->archive->read_bytes).text,
                      human_bytes(file->archive->packed_bytes).text);
    return -1;
}

uint64_t archive_file_size_bytes(const struct archive_file *file)
{
    return file->said_bytes;
}

void archive_file_close(struct archive_file *file)
{
    if (!file)
        return;
    ahead_free(file->ahead);
    (void)zip_fclose(file->zip_file); /* only read; what was wrong archive_file_read has said */
    file->archive = NULL;
}
