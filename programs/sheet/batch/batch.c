/* SPDX-License-Identifier: MIT */
/* batch.c - commands without a screen, and what they share: see batch.h. */
#include "sheet/batch/batch.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/human.h"
#include "screen/clock.h"

enum { TELL_AFTER_MS = 1000, TELL_EVERY_MS = 200 };

/* ---- being stopped --------------------------------------------------------------------------- */

/* The first one ends the work as soon as nothing is left half done, a second one at once. */
static volatile sig_atomic_t signal_seen;

static void note_signal(int number)
{
    signal_seen = number;
}

static void heed_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGXCPU};
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction old;
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            (void)sigaction(numbers[i], &action, NULL); /* without it, it dies at once */
    }
}

/* The parent shall see what ended us. */
static void obey_signal(void)
{
    if (!signal_seen)
        return;
    (void)signal(signal_seen, SIG_DFL);
    (void)raise(signal_seen);
}

/* ---- how far it is --------------------------------------------------------------------------- */

static bool tell_progress(void *context, const char *doing, uint64_t done, uint64_t total)
{
    struct batch *batch = context;
    int64_t now_ms = screen_clock_ms();
    if (signal_seen)
        return false;
    if (batch->options->quiet || now_ms - batch->begun_ms < TELL_AFTER_MS ||
        now_ms - batch->told_ms < TELL_EVERY_MS || !isatty(STDERR_FILENO))
        return true;
    batch->told_ms = now_ms;
    batch->is_telling = true;
    if (total)
        fprintf(stderr, "\r%s: %3.0f%%\033[K", doing, 100 * ((double)done / (double)total));
    else
        fprintf(stderr, "\r%s: %s\033[K", doing, human_count(done).text);
    return true;
}

/* Before anything else is said. */
static void end_telling(struct batch *batch)
{
    if (batch->is_telling)
        fputs("\r\033[K", stderr);
    batch->is_telling = false;
}

/* ---- reading and writing --------------------------------------------------------------------- */

enum batch_status batch_failed(const struct batch *batch)
{
    return batch->problem.kind == PROBLEM_MEMORY ? BATCH_MEMORY : BATCH_FILE;
}

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

static struct workfile_options file_options(const struct batch *batch, enum workfile_format format)
{
    return (struct workfile_options){
        .format = format, .csv = batch->options->csv, .progress = &batch->progress};
}

/* What of a table does not come in is missing in whatever is done with it. Those who write tell it
 * then; other formats have losses that nobody misses who only wants values. */
static bool tell_unread(struct batch *batch, const char *path)
{
    if (!batch->found.separator || batch->options->output || batch->options->quiet)
        return true;
    char *text = losses_text(&batch->losses);
    if (!text)
        return problem_out_of_memory(&batch->problem);
    end_telling(batch);
    struct problem told; /* for its way with control characters */
    (void)problem_say(&told, "%s: not read as it is: %s",
                      is_standard(path) ? "standard input" : path, text);
    if (*text)
        fprintf(stderr, "steppe-sheet: %s\n", told.text);
    free(text);
    batch->losses = (struct losses){0}; /* of diff's second one its own */
    return true;
}

/* What is text for its commas is found missing only when somebody adds it up. */
static void tell_commas(struct batch *batch, const char *path)
{
    if (!batch->found.comma_column || batch->options->quiet)
        return;
    end_telling(batch);
    struct problem told; /* for its way with control characters */
    (void)problem_say(&told, "%s: column %s looks like numbers with decimal commas: --decimal ,",
                      is_standard(path) ? "standard input" : path,
                      column_name(batch->found.comma_column - 1).text);
    fprintf(stderr, "steppe-sheet: %s\n", told.text);
}

static struct book *open_book(struct batch *batch, const char *path, bool as_it_is)
{
    struct workfile_options how = file_options(batch, batch->options->from);
    struct book *book = book_new(batch->options->memory_bytes, &batch->problem);
    if (!book)
        return NULL;
    batch->found = (struct csv_options){0};
    how.keep_stale = how.leave_stale = as_it_is;
    how.found = &batch->found;
    if (batch->options->in_place)
        (void)!stat(path, &batch->stamp); /* not there: reading says so */
    bool is_read = workfile_read(book, path, &how, &batch->losses, &batch->problem) &&
                   tell_unread(batch, path);
    if (is_read && batch->options->recalculate) {
        book_make_stale(book);
        is_read = book_recalculate(book, &batch->progress, NULL, &batch->problem);
    }
    if (is_read)
        tell_commas(batch, path);
    if (is_read)
        return book;
    book_free(book);
    return NULL;
}

struct book *batch_open(struct batch *batch, const char *path)
{
    return open_book(batch, path, batch->options->recalculate);
}

struct book *batch_open_as_it_is(struct batch *batch, const char *path)
{
    return open_book(batch, path, true);
}

struct sheet *batch_sheet(struct batch *batch, const struct book *book)
{
    const char *name = batch->options->sheet;
    if (!name)
        return book->sheets[book->active];
    struct sheet *sheet = book_find_sheet(book, name, strlen(name));
    if (!sheet)
        (void)problem_say(&batch->problem, "%s: there is no sheet called '%s'",
                          batch->options->path, name);
    return sheet;
}

/* What is lost is told once it is; with --strict it is not. */
static bool tell_losses(struct batch *batch, const struct losses *losses)
{
    const char *path = batch->options->output;
    char *text = losses_text(losses);
    if (!text)
        return problem_out_of_memory(&batch->problem);
    end_telling(batch);
    if (batch->options->strict)
        (void)problem_say(&batch->problem, "%s was not written, for it would lose %s", path, text);
    else if (!batch->options->quiet)
        fprintf(stderr, "steppe-sheet: not kept in %s: %s\n",
                is_standard(path) ? "standard output" : path, text);
    free(text);
    return true;
}

static enum workfile_format format_written(const struct options *options)
{
    if (options->to != WORKFILE_UNKNOWN)
        return options->to;
    return is_standard(options->output) ? WORKFILE_CSV : workfile_format_of_name(options->output);
}

/* A table that is changed in place stays as it was: its separator, encoding, and all that. */
static struct csv_options csv_written(const struct batch *batch)
{
    const struct options *options = batch->options;
    struct csv_options csv = options->csv;
    csv.encoding = CSV_ENCODING_GUESS;
    if (options->in_place && !options->to && batch->found.separator)
        csv = batch->found;
    csv.keeps_looks = batch->found.keeps_looks;
    if (options->to_separator)
        csv.separator = options->to_separator;
    if (options->to_encoding) {
        csv.encoding = options->to_encoding;
        csv.has_mark = options->to_mark;
    }
    return csv;
}

/* Before it is written, for --strict. */
static bool would_lose(struct batch *batch, const struct book *book)
{
    struct losses losses = batch->losses;
    struct csv_options csv = csv_written(batch);
    workfile_losses(book, format_written(batch->options), &csv, &losses);
    if (losses.count == 0)
        return false;
    (void)tell_losses(batch, &losses); /* what matters is that there are some */
    return true;
}

/* Somebody else may have written to it in the meantime: what they have done shall not be lost. */
static bool is_as_it_was(const struct batch *batch)
{
    struct stat now;
    const struct stat *then = &batch->stamp;
    return stat(batch->options->path, &now) == 0 && now.st_dev == then->st_dev &&
           now.st_ino == then->st_ino && now.st_size == then->st_size &&
           now.st_mtim.tv_sec == then->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == then->st_mtim.tv_nsec;
}

enum batch_status batch_write(struct batch *batch, const struct book *book)
{
    const struct options *options = batch->options;
    struct workfile_options how = file_options(batch, options->to);
    how.csv = csv_written(batch);
    how.sheet = options->sheet;
    how.replace = options->force || options->in_place;
    if (options->sheet && !batch_sheet(batch, book))
        return BATCH_FILE;
    if (options->strict && would_lose(batch, book))
        return BATCH_DIFFERENT;
    if (options->in_place && !is_as_it_was(batch)) {
        (void)problem_say(&batch->problem,
                          "%s was not written: another program has changed it in the meantime",
                          options->path);
        return BATCH_FILE;
    }
    if (!workfile_write(book, options->output, &how, &batch->losses, &batch->problem))
        return batch_failed(batch);
    if (batch->losses.count && !tell_losses(batch, &batch->losses))
        return BATCH_MEMORY;
    return BATCH_DONE;
}

FILE *batch_figures(const struct batch *batch)
{
    const char *output = batch->options->output;
    return output && is_standard(output) ? stderr : stdout;
}

enum batch_status batch_end_output(struct batch *batch, FILE *stream)
{
    if (fflush(stream) == 0 && !ferror(stream))
        return BATCH_DONE;
    (void)problem_say(&batch->problem, "standard output cannot be written to: %s",
                      strerror(errno ? errno : EIO));
    return BATCH_FILE;
}

/* ---- commands -------------------------------------------------------------------------------- */

enum batch_status batch_convert(struct batch *batch)
{
    struct book *book = batch_open(batch, batch->options->path);
    if (!book)
        return batch_failed(batch);
    enum batch_status status = batch_write(batch, book);
    book_free(book);
    return status;
}

/* Asked before the work, and again when it is written. */
static bool may_write(struct batch *batch)
{
    const struct options *options = batch->options;
    struct stat found;
    if (!options->output || options->force || options->in_place || is_standard(options->output) ||
        stat(options->output, &found) != 0 || !S_ISREG(found.st_mode))
        return true;
    return problem_say(&batch->problem, "%s is there already; --force replaces it",
                       options->output);
}

static enum batch_status run_command(struct batch *batch)
{
    if (!may_write(batch))
        return BATCH_FILE;
    switch (batch->options->way) {
    case OPTIONS_CONVERT:
        return batch_convert(batch);
    case OPTIONS_GET:
        return batch_get(batch);
    case OPTIONS_SET:
        return batch_set(batch);
    case OPTIONS_CALC:
        return batch_calc(batch);
    case OPTIONS_STAT:
        return batch_stat(batch);
    case OPTIONS_DIFF:
        return batch_diff(batch);
    default:
        return batch_script(batch);
    }
}

enum batch_status batch_run(const struct options *options)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch) {
        fputs("steppe-sheet: out of memory\n", stderr);
        return BATCH_MEMORY;
    }
    batch->options = options;
    batch->begun_ms = screen_clock_ms();
    batch->progress = (struct progress){.step = tell_progress, .context = batch};
    heed_signals();
    enum batch_status status = run_command(batch);
    end_telling(batch);
    if (*batch->problem.text)
        fprintf(stderr, "steppe-sheet: %s\n", batch->problem.text);
    free(batch);
    obey_signal();
    return status;
}
