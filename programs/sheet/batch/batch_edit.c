/* SPDX-License-Identifier: MIT */
/*
 * batch_edit.c - set and run: changing a workbook by what stands on the command line or in a
 * script. When one thing cannot be done nothing is written.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "sheet/batch/batch_measure.h"
#include "sheet/batch/batch_range.h"

static enum batch_status out_of_memory(struct batch *batch)
{
    (void)problem_out_of_memory(&batch->problem);
    return BATCH_MEMORY;
}

/* A sentence after something was done is about computing that was stopped. */
static enum batch_status after(struct batch *batch, bool is_done, enum batch_status refusal)
{
    if (is_done && !*batch->problem.text)
        return BATCH_DONE;
    return batch_failed(batch) == BATCH_MEMORY ? BATCH_MEMORY : refusal;
}

/* What is computed by hand elsewhere is computed here, for nobody can see that it is not. */
static enum batch_status finish(struct batch *batch, struct book *book)
{
    if (!book_recalculate(book, &batch->progress, NULL, &batch->problem)) {
        (void)problem_precede(&batch->problem, "%s: ", batch->options->path);
        return batch_failed(batch);
    }
    return batch->options->output ? batch_write(batch, book) : BATCH_DONE;
}

/* ---- set ------------------------------------------------------------------------------------- */

/* Where the value of CELL=VALUE begins; a sheet's name in quotes may have a '=', too. NULL: none.
 */
static const char *value_of(const char *word)
{
    const char *at = word;
    if (*at == '\'')
        for (at++; *at && (*at != '\'' || at[1] == '\''); at++)
            at += *at == '\'';
    at = strchr(at, '=');
    return at && at > word ? at + 1 : NULL;
}

static enum batch_status check_words(struct batch *batch)
{
    const struct options *options = batch->options;
    for (size_t i = 0; i < options->word_count; i++)
        if (!value_of(options->words[i])) {
            (void)problem_say(
                &batch->problem,
                "'%s' is no assignment; write CELL=VALUE or CELL==FORMULA, as in B7=12",
                options->words[i]);
            return BATCH_USAGE;
        }
    return BATCH_DONE;
}

static enum batch_status type_into(struct batch *batch, struct edit *edit, struct book *book,
                                   struct place place, const char *cell, const char *text)
{
    const char *name = sheet_name(book, book_sheet(book, place.sheet));
    struct command command = {.kind = COMMAND_TYPE,
                              .sheet = strdup(name),
                              .text = strdup(text),
                              .area = area_of_one(place.position)};
    if (!command.sheet || !command.text) {
        free(command.sheet);
        free(command.text);
        return out_of_memory(batch);
    }
    bool is_done = edit_do(edit, &command, &batch->progress, NULL, &batch->problem);
    command_free(&command);
    enum batch_status status = after(batch, is_done, BATCH_USAGE);
    if (status)
        (void)problem_precede(&batch->problem, "%s: ", cell);
    return status;
}

static enum batch_status assign(struct batch *batch, struct edit *edit,
                                struct evaluation *evaluation, const struct sheet *sheet,
                                const char *word)
{
    struct book *book = evaluation_book(evaluation);
    const char *value = value_of(word);
    struct place place;
    char *cell = strndup(word, (size_t)(value - 1 - word));
    if (!cell)
        return out_of_memory(batch);
    enum batch_status status = batch_cell(batch, evaluation, sheet, cell, &place);
    if (!status)
        status = type_into(batch, edit, book, place, cell, value);
    free(cell);
    return status;
}

static enum batch_status assign_all(struct batch *batch, struct edit *edit, struct book *book)
{
    const struct options *options = batch->options;
    const struct sheet *sheet = batch_sheet(batch, book);
    if (!sheet)
        return BATCH_FILE;
    struct evaluation *evaluation = evaluation_new(book);
    if (!evaluation) {
        (void)book_say_refused(book, &batch->problem);
        return BATCH_MEMORY;
    }
    enum batch_status status = BATCH_DONE;
    edit_begin(edit);
    for (size_t i = 0; i < options->word_count && !status; i++)
        status = assign(batch, edit, evaluation, sheet, options->words[i]);
    (void)edit_end(edit, NULL, NULL); /* what could not be computed is still stale */
    evaluation_free(evaluation);
    return status;
}

/* ---- run ------------------------------------------------------------------------------------- */

enum { LINE_BYTES_MAX = 1 << 20 }; /* the longest command has a third of that */

struct script {
    FILE *file;
    const char *name;
    char *line; /* LINE_BYTES_MAX */
    uint64_t number;
};

static enum batch_status say_line(struct batch *batch, const struct script *script,
                                  enum batch_status status)
{
    (void)problem_precede(&batch->problem, "%s, line %ju: ", script->name,
                          (uintmax_t)script->number);
    return status;
}

static enum batch_status do_line(struct batch *batch, struct edit *edit, struct book *book,
                                 const struct script *script, size_t length)
{
    const char *sheet = batch->options->sheet;
    char *line = script->line;
    while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        line[--length] = '\0';
    if (strlen(line) != length) {
        (void)problem_say(&batch->problem, "there is a 0 byte in it; a script is text");
        return BATCH_DIFFERENT;
    }
    if (batch_is_measure(line))
        return batch_measure(batch, edit, book, line);
    if (!sheet)
        sheet = sheet_name(book, book->sheets[book->active]);
    bool is_done = edit_line(edit, line, sheet, &batch->progress, &batch->problem);
    uint64_t hidden = edit_hidden_count(edit);
    if (hidden && !batch->options->quiet)
        fprintf(stderr, "steppe-sheet: %s, line %ju: %s cell%s under it %s hidden\n", script->name,
                (uintmax_t)script->number, human_count(hidden).text, hidden == 1 ? "" : "s",
                hidden == 1 ? "is" : "are");
    return after(batch, is_done, BATCH_DIFFERENT);
}

/* Not more than LINE_BYTES_MAX, of whatever file: getline would take all memory there is. SIZE_MAX:
 * longer; 0: the end. */
static size_t read_line(struct script *script)
{
    size_t length = 0;
    for (int c = 0; c != '\n' && (c = getc_unlocked(script->file)) != EOF;) {
        if (length + 1 == LINE_BYTES_MAX)
            return SIZE_MAX;
        script->line[length++] = (char)c;
    }
    script->line[length] = '\0';
    script->number += length > 0;
    return length;
}

static enum batch_status do_lines(struct batch *batch, struct edit *edit, struct book *book,
                                  struct script *script)
{
    enum batch_status status = BATCH_DONE;
    size_t length;
    errno = 0;
    while (!status && (length = read_line(script)) > 0) {
        if (length == SIZE_MAX) {
            (void)problem_say(&batch->problem, "%s, line %ju: it is too long; a script is text",
                              script->name, (uintmax_t)script->number + 1);
            return BATCH_DIFFERENT;
        }
        status = do_line(batch, edit, book, script, length);
        errno = 0;
    }
    if (status)
        return say_line(batch, script, status);
    if (!ferror(script->file))
        return BATCH_DONE;
    (void)problem_say(&batch->problem, "%s cannot be read: %s", script->name, strerror(errno));
    return BATCH_FILE;
}

static enum batch_status do_script(struct batch *batch, struct edit *edit, struct book *book)
{
    const char *path = batch->options->script;
    bool is_standard = strcmp(path, "-") == 0;
    struct script script = {.file = is_standard ? stdin : fopen(path, "re"),
                            .name = is_standard ? "standard input" : path,
                            .line = malloc(LINE_BYTES_MAX)};
    enum batch_status status = BATCH_FILE;
    if (!script.file)
        (void)problem_say(&batch->problem, "%s: %s", path, strerror(errno));
    else if (!script.line)
        status = out_of_memory(batch);
    else
        status = do_lines(batch, edit, book, &script);
    free(script.line);
    if (script.file && !is_standard)
        (void)fclose(script.file); /* only read from */
    return status;
}

/* ---- both ------------------------------------------------------------------------------------ */

typedef enum batch_status editor(struct batch *batch, struct edit *edit, struct book *book);

static enum batch_status edit_file(struct batch *batch, editor *change)
{
    struct book *book = batch_open(batch, batch->options->path);
    if (!book)
        return batch_failed(batch);
    enum batch_status status = BATCH_MEMORY;
    struct edit *edit = edit_new(book, NULL);
    if (edit) {
        status = change(batch, edit, book);
        edit_free(edit);
    } else {
        (void)book_say_refused(book, &batch->problem);
    }
    if (!status)
        status = finish(batch, book);
    book_free(book);
    return status;
}

enum batch_status batch_set(struct batch *batch)
{
    enum batch_status status = check_words(batch);
    return status ? status : edit_file(batch, assign_all);
}

enum batch_status batch_script(struct batch *batch)
{
    enum batch_status status = edit_file(batch, do_script);
    if (!status && !batch->options->output && !batch->options->quiet)
        fputs("steppe-sheet: all done, and nothing written: there was no --output\n", stderr);
    return status;
}
