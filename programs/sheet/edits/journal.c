/* SPDX-License-Identifier: MIT */
/*
 * journal.c - commands on disk: see journal.h.
 *
 *               open: locked, its head written     write, tick
 *    (nothing) --------------------------------> open ----------> open, with commands
 *                                                 ^  | a failure       | saved: emptied
 *                                                 |  v                 |
 *                                                 | broken             |
 *                                                 +--------------------+
 *
 * What another one left is never written to: it is renamed to ".old", or ".old2" ... A broken
 * journal takes nothing more; the commands before the failure are whole, and stay.
 *
 * The chain of hashes is no protection against people, but against what disks and crashes do: old
 * blocks within new ones, zeros at the end, lines cut off. The first is seeded with the head, so
 * that commands for one file are none for another.
 */
#include "sheet/edits/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

enum {
    LINE_BYTES_MAX = 1 << 20, /* the longest command has a third of that */
    HASH_DIGITS = 16,
    HEAD_BYTES_MAX = 160,
    OPEN_TRIES = 8,
    OLD_MAX = 9, /* journals put away; the last one gives way to a new one */
    SYNC_NS = 1000000000
};

static const char title[] = "steppe-sheet journal 1\n";

struct journal {
    char *path, *workbook_path;
    char *old_path; /* of the one that was put away; NULL: none was */
    int descriptor;
    uint64_t hash;
    off_t end; /* behind the last whole line */
    bool is_broken;
    bool is_dirty;
    uint64_t dirty_since_ns;
};

/* ---- names ------------------------------------------------------------------------------------
 */

/* Links to one workbook share a journal. */
static char *resolve(const char *workbook_path)
{
    char *resolved = realpath(workbook_path, NULL);
    return resolved ? resolved : strdup(workbook_path);
}

/* NULL: out of memory. */
static char *journal_path(const char *workbook_path)
{
    const char *slash = strrchr(workbook_path, '/');
    int folder_bytes = slash ? (int)(slash + 1 - workbook_path) : 0;
    char *path;
    if (asprintf(&path, "%.*s.%s.steppe-journal", folder_bytes, workbook_path,
                 workbook_path + folder_bytes) < 0)
        return NULL;
    return path;
}

/* The two lines at the start, for a workbook as it is now. */
static size_t write_head(char head[HEAD_BYTES_MAX], const char *workbook_path)
{
    struct stat found;
    int length;
    if (stat(workbook_path, &found) != 0)
        length = snprintf(head, HEAD_BYTES_MAX, "%sfile none\n", title);
    else
        length = snprintf(head, HEAD_BYTES_MAX, "%sfile %jd %jd\n", title, (intmax_t)found.st_size,
                          (intmax_t)found.st_mtim.tv_sec * 1000000000 + found.st_mtim.tv_nsec);
    return length > 0 && length < HEAD_BYTES_MAX ? (size_t)length : 0;
}

static uint64_t hash_of(const char *text, size_t text_bytes, uint64_t before)
{
    return XXH64(text, text_bytes, before);
}

/* ---- reading ----------------------------------------------------------------------------------
 */

struct reading {
    FILE *file;
    char *line; /* LINE_BYTES_MAX */
    uint64_t hash;
    char head[HEAD_BYTES_MAX];
};

/* A line without its end; false: there is no whole one, or it is no text. */
static bool read_line(FILE *file, char *line, size_t room_bytes)
{
    size_t length = 0;
    for (int c; (c = getc_unlocked(file)) != EOF && c;) {
        if (c == '\n') {
            line[length] = '\0';
            return true;
        }
        if (length + 1 == room_bytes)
            return false;
        line[length++] = (char)c;
    }
    return false;
}

static bool read_head(struct reading *reading)
{
    char first[HEAD_BYTES_MAX], second[HEAD_BYTES_MAX];
    if (!read_line(reading->file, first, sizeof first) ||
        !read_line(reading->file, second, sizeof second) || strncmp(second, "file ", 5) != 0)
        return false;
    int length = snprintf(reading->head, sizeof reading->head, "%s\n%s\n", first, second);
    if (length < 0 || (size_t)length >= sizeof reading->head)
        return false;
    reading->hash = hash_of(reading->head, (size_t)length, 0);
    return strncmp(reading->head, title, sizeof title - 1) == 0;
}

/* The next command, which is in the line; NULL: the journal ends here. */
static const char *read_command(struct reading *reading)
{
    char digits[HASH_DIGITS + 1];
    char *line = reading->line, *command = line + HASH_DIGITS + 1;
    if (!read_line(reading->file, line, LINE_BYTES_MAX) || strlen(line) <= HASH_DIGITS ||
        line[HASH_DIGITS] != ' ')
        return NULL;
    uint64_t hash = hash_of(command, strlen(command), reading->hash);
    (void)snprintf(digits, sizeof digits, "%016" PRIx64, hash);
    if (memcmp(digits, line, HASH_DIGITS) != 0)
        return NULL;
    reading->hash = hash;
    return command;
}

/* Takes over the descriptor. false: out of memory. */
static bool reading_begin(struct reading *reading, int descriptor)
{
    reading->line = malloc(LINE_BYTES_MAX);
    reading->file = reading->line ? fdopen(descriptor, "r") : NULL;
    if (reading->file)
        return true;
    free(reading->line);
    (void)close(descriptor); /* only read from */
    return false;
}

static void reading_end(struct reading *reading)
{
    (void)fclose(reading->file); /* only read from */
    free(reading->line);
}

/* A plain file of our own; -1 with errno. */
static int open_own(const char *path, int flags)
{
    struct stat found;
    int file = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (file < 0)
        return -1;
    if (fstat(file, &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == geteuid())
        return file;
    (void)close(file); /* nothing was written */
    errno = EPERM;
    return -1;
}

static enum journal_finding look_into(int file, const char *workbook_path, uint64_t *command_count)
{
    struct reading reading;
    struct stat found;
    char head[HEAD_BYTES_MAX];
    if (fstat(file, &found) == 0 && found.st_size == 0) {
        (void)close(file); /* only read from */
        return JOURNAL_NONE;
    }
    if (!reading_begin(&reading, file))
        return JOURNAL_DAMAGED;
    bool is_ours = read_head(&reading);
    while (is_ours && read_command(&reading))
        ++*command_count;
    bool is_same = is_ours && write_head(head, workbook_path) && strcmp(head, reading.head) == 0;
    reading_end(&reading);
    if (!is_ours)
        return JOURNAL_DAMAGED;
    if (*command_count == 0)
        return JOURNAL_NONE;
    return is_same ? JOURNAL_FOUND : JOURNAL_STALE;
}

static enum journal_finding look(const char *path, const char *workbook_path,
                                 uint64_t *command_count)
{
    int file = open_own(path, O_RDONLY);
    if (file < 0)
        return errno == ENOENT || errno == ENOTDIR ? JOURNAL_NONE : JOURNAL_DAMAGED;
    if (flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        (void)close(file); /* only read from */
        return JOURNAL_IN_USE;
    }
    return look_into(file, workbook_path, command_count);
}

enum journal_finding journal_look(const char *workbook_path, uint64_t *command_count)
{
    enum journal_finding finding = JOURNAL_DAMAGED; /* out of memory */
    char *resolved = resolve(workbook_path);
    char *path = resolved ? journal_path(resolved) : NULL;
    uint64_t count = 0;
    if (path)
        finding = look(path, resolved, &count);
    if (command_count)
        *command_count = count;
    free(path);
    free(resolved);
    return finding;
}

static bool visit_all(int file, journal_visitor *visit, void *context, struct problem *problem)
{
    struct reading reading;
    bool goes_on = true;
    if (!reading_begin(&reading, file))
        return problem_out_of_memory(problem);
    if (!read_head(&reading))
        goes_on = problem_say(problem, "the journal is damaged, or not one of ours");
    for (const char *command; goes_on && (command = read_command(&reading)) != NULL;)
        goes_on = visit(context, command);
    reading_end(&reading);
    return goes_on;
}

bool journal_read(const char *workbook_path, journal_visitor *visit, void *context,
                  struct problem *problem)
{
    char *resolved = resolve(workbook_path);
    char *path = resolved ? journal_path(resolved) : NULL;
    bool is_read = false;
    int file = path ? open_own(path, O_RDONLY) : -1;
    if (!path)
        (void)problem_out_of_memory(problem);
    else if (file < 0)
        (void)problem_say(problem, "%s cannot be read: %s", path, strerror(errno));
    else
        is_read = visit_all(file, visit, context, problem);
    free(path);
    free(resolved);
    return is_read;
}

/* ---- beginning --------------------------------------------------------------------------------
 */

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* this clock is always there */
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool write_whole(int file, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(file, bytes, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

/* An empty file with a head, for the workbook as it is. */
static bool begin_anew(struct journal *journal)
{
    char head[HEAD_BYTES_MAX];
    size_t head_bytes = write_head(head, journal->workbook_path);
    journal->end = 0;
    if (ftruncate(journal->descriptor, 0) != 0 || lseek(journal->descriptor, 0, SEEK_SET) != 0 ||
        !write_whole(journal->descriptor, head, head_bytes) || fdatasync(journal->descriptor) != 0)
        return false;
    journal->hash = hash_of(head, head_bytes, 0);
    journal->end = (off_t)head_bytes;
    journal->is_dirty = false;
    journal->is_broken = false;
    return true;
}

/* Is the locked file still the one of that name? Somebody may have renamed or removed it between
 * opening and locking. */
static bool is_in_place(const char *path, int file)
{
    struct stat named, opened;
    return stat(path, &named) == 0 && fstat(file, &opened) == 0 && named.st_ino == opened.st_ino &&
           named.st_dev == opened.st_dev;
}

/* Something that is not ours to write over: commands, or another's file. */
static bool is_worth_keeping(const struct journal *journal)
{
    uint64_t count = 0;
    int file = open_own(journal->path, O_RDONLY);
    if (file < 0)
        return true;
    return look_into(file, journal->workbook_path, &count) != JOURNAL_NONE;
}

/* Where the system cannot refuse to replace by itself, an older one goes. */
static int rename_to_free(const char *path, const char *old)
{
    if (renameat2(AT_FDCWD, path, AT_FDCWD, old, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    return rename(path, old) == 0 ? 0 : errno;
}

/* To ".old", ".old2" ...: what was put away may be all there is of it, when the program is killed
 * again while it does the commands again. */
static bool move_away(struct journal *journal)
{
    const char *path = journal->path;
    int error = EEXIST;
    for (unsigned number = 1; error == EEXIST && number <= OLD_MAX; number++) {
        char *old;
        if (asprintf(&old, number == 1 ? "%s.old" : "%s.old%u", path, number) < 0) {
            error = ENOMEM;
            break;
        }
        error = rename_to_free(path, old);
        if (error == EEXIST && number == OLD_MAX)
            error = rename(path, old) == 0 ? 0 : errno;
        if (error) {
            free(old);
        } else {
            free(journal->old_path);
            journal->old_path = old;
        }
    }
    errno = error;
    return !error;
}

/* 1: it is locked and empty or to be emptied; 0: try again; -1 with errno. */
static int try_open(struct journal *journal)
{
    int file = open_own(journal->path, O_RDWR | O_CREAT);
    if (file < 0)
        return -1;
    bool is_locked = flock(file, LOCK_EX | LOCK_NB) == 0;
    int error = errno;
    if (is_locked && is_in_place(journal->path, file)) {
        if (!is_worth_keeping(journal)) {
            journal->descriptor = file;
            return 1;
        }
        is_locked = move_away(journal);
        error = errno;
    }
    (void)close(file); /* nothing was written */
    errno = error;
    return is_locked ? 0 : -1;
}

static bool open_locked(struct journal *journal)
{
    for (unsigned tries = 0; tries < OPEN_TRIES; tries++) {
        int result = try_open(journal);
        if (result != 0)
            return result > 0;
    }
    errno = EAGAIN;
    return false;
}

/* That there is a file of this name, on disk; where folders cannot be synced, it comes later. */
static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash + 1 - path)) : strdup(".");
    int file = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (file >= 0) {
        (void)fsync(file);
        (void)close(file);
    }
    free(folder);
}

static void free_journal(struct journal *journal)
{
    if (journal->descriptor >= 0)
        (void)close(journal->descriptor); /* synced, or given up; the lock goes with it */
    free(journal->path);
    free(journal->old_path);
    free(journal->workbook_path);
    free(journal);
}

struct journal *journal_open(const char *workbook_path, struct problem *problem)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal) {
        journal->descriptor = -1;
        journal->workbook_path = resolve(workbook_path);
        journal->path = journal->workbook_path ? journal_path(journal->workbook_path) : NULL;
    }
    if (!journal || !journal->path) {
        (void)problem_out_of_memory(problem);
    } else if (!open_locked(journal)) {
        if (errno == EWOULDBLOCK)
            (void)problem_say(problem, "another program has %s open", workbook_path);
        else
            (void)problem_say(problem, "edits cannot be kept in %s: %s", journal->path,
                              strerror(errno));
    } else if (!begin_anew(journal)) {
        (void)problem_say(problem, "edits cannot be kept in %s: %s", journal->path,
                          strerror(errno));
        (void)unlink(journal->path); /* it is of no use */
    } else {
        sync_folder(journal->path);
        return journal;
    }
    if (journal)
        free_journal(journal);
    return NULL;
}

/* ---- writing ----------------------------------------------------------------------------------
 */

/* Told once: from then on it is broken. What was written of the line goes again, so that the lines
 * before it stay good. */
static bool give_up(struct journal *journal, struct problem *problem)
{
    int error = errno;
    journal->is_broken = true;
    (void)!ftruncate(journal->descriptor, journal->end); /* else its hash ends it */
    return problem_say(problem, "edits are not kept for a crash any more: %s", strerror(error));
}

bool journal_write(struct journal *journal, const char *command, struct problem *problem)
{
    char start[HASH_DIGITS + 2];
    size_t command_bytes = strlen(command), line_bytes = HASH_DIGITS + 1 + command_bytes + 1;
    if (journal->is_broken)
        return true;
    if (line_bytes >= LINE_BYTES_MAX || strchr(command, '\n')) {
        errno = EMSGSIZE;
        return give_up(journal, problem);
    }
    char *line = malloc(line_bytes + 1);
    if (!line)
        return give_up(journal, problem);
    uint64_t hash = hash_of(command, command_bytes, journal->hash);
    (void)snprintf(start, sizeof start, "%016" PRIx64 " ", hash);
    memcpy(line, start, HASH_DIGITS + 1);
    memcpy(line + HASH_DIGITS + 1, command, command_bytes);
    line[line_bytes - 1] = '\n';
    bool is_written = write_whole(journal->descriptor, line, line_bytes);
    int error = errno;
    free(line);
    errno = error;
    if (!is_written)
        return give_up(journal, problem);
    journal->hash = hash;
    journal->end += (off_t)line_bytes;
    if (!journal->is_dirty)
        journal->dirty_since_ns = now_ns();
    journal->is_dirty = true;
    return journal_tick(journal, problem);
}

bool journal_tick(struct journal *journal, struct problem *problem)
{
    if (journal->is_broken || !journal->is_dirty || now_ns() - journal->dirty_since_ns < SYNC_NS)
        return true;
    journal->is_dirty = false;
    return fdatasync(journal->descriptor) == 0 || give_up(journal, problem);
}

void journal_drop_old(struct journal *journal)
{
    if (!journal->old_path || journal->is_broken || fdatasync(journal->descriptor) != 0)
        return;
    (void)unlink(journal->old_path); /* what stays does no harm */
    free(journal->old_path);
    journal->old_path = NULL;
}

bool journal_saved(struct journal *journal, struct problem *problem)
{
    return begin_anew(journal) || give_up(journal, problem);
}

void journal_close(struct journal *journal, bool remove)
{
    if (!journal)
        return;
    if (remove && is_in_place(journal->path, journal->descriptor))
        (void)unlink(journal->path); /* a journal left is looked at next time, and is stale */
    else if (journal->is_dirty)
        (void)fdatasync(journal->descriptor); /* there is nobody left to tell */
    free_journal(journal);
}
