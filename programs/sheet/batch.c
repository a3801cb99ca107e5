/* SPDX-License-Identifier: MIT */
/* batch.c - commands without a screen, and what they share: see batch.h. */
#include "sheet/batch.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <steppe/base.h>

#include "common/human.h"
#include "screen/clock.h"
#include "sheet/csv_dialect.h"

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
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
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

/* The status alone may be of a refusal that was got round, and the word part of a file's name. */
enum batch_status batch_failed(const struct batch *batch)
{
    steppe_status status = steppe_last_status();
    bool was_refused = status == STEPPE_E_BUDGET || status == STEPPE_E_MEMORY;
    if ((was_refused && strstr(batch->problem.text, "memory")) ||
        strstr(batch->problem.text, "out of memory"))
        return BATCH_MEMORY;
    return BATCH_FILE;
}

static struct workfile_options file_options(const struct batch *batch, enum workfile_format format)
{
    return (struct workfile_options){
        .format = format, .csv = batch->options->csv, .progress = &batch->progress};
}

static struct book *open_book(struct batch *batch, const char *path, bool as_it_is)
{
    struct workfile_options how = file_options(batch, batch->options->from);
    struct book *book = book_new(batch->options->memory_bytes, &batch->problem);
    if (!book)
        return NULL;
    how.keep_stale = how.leave_stale = as_it_is;
    bool is_read = workfile_read(book, path, &how, &batch->losses, &batch->problem);
    if (is_read && batch->options->recalculate) {
        book_make_stale(book);
        is_read = book_recalculate(book, &batch->progress, NULL, &batch->problem);
    }
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
        return problem_say(&batch->problem, "out of memory");
    end_telling(batch);
    if (batch->options->strict)
        (void)problem_say(&batch->problem, "%s was not written, for it would lose %s", path, text);
    else if (!batch->options->quiet)
        fprintf(stderr, "steppe-sheet: not kept in %s: %s\n",
                strcmp(path, "-") == 0 ? "standard output" : path, text);
    free(text);
    return true;
}

static enum workfile_format format_written(const struct options *options)
{
    if (options->to != WORKFILE_UNKNOWN)
        return options->to;
    return strcmp(options->output, "-") == 0 ? WORKFILE_CSV
                                             : workfile_format_of_name(options->output);
}

/* Before it is written, for --strict. */
static bool would_lose(struct batch *batch, const struct book *book)
{
    struct losses losses = batch->losses;
    workfile_losses(book, format_written(batch->options), &losses);
    if (losses.count == 0)
        return false;
    (void)tell_losses(batch, &losses); /* what matters is that there are some */
    return true;
}

/* As the file that was read, but in UTF-8. */
static struct csv_options csv_written(const struct options *options)
{
    struct csv_options csv = options->csv;
    bool is_text = format_written(options) == WORKFILE_CSV;
    if (options->in_place && is_text && !options->to && !options->to_separator)
        csv_dialect_of_file(options->path, &csv);
    if (options->to_separator)
        csv.separator = options->to_separator;
    csv.encoding = CSV_ENCODING_GUESS;
    return csv;
}

enum batch_status batch_write(struct batch *batch, const struct book *book)
{
    const struct options *options = batch->options;
    struct workfile_options how = file_options(batch, options->to);
    how.csv = csv_written(options);
    how.sheet = options->sheet;
    how.replace = options->force || options->in_place;
    if (options->sheet && !batch_sheet(batch, book))
        return BATCH_FILE;
    if (options->strict && would_lose(batch, book))
        return BATCH_DIFFERENT;
    if (!workfile_write(book, options->output, &how, &batch->losses, &batch->problem))
        return batch_failed(batch);
    if (batch->losses.count && !tell_losses(batch, &batch->losses))
        return BATCH_MEMORY;
    return BATCH_DONE;
}

FILE *batch_figures(const struct batch *batch)
{
    const char *output = batch->options->output;
    return output && strcmp(output, "-") == 0 ? stderr : stdout;
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
    if (!options->output || options->force || options->in_place ||
        strcmp(options->output, "-") == 0 || stat(options->output, &found) != 0 ||
        !S_ISREG(found.st_mode))
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
