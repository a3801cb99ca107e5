/* SPDX-License-Identifier: MIT */
/* batch_measure.c - what a script costs while it runs: see batch_measure.h. */
#include "sheet/batch/batch_measure.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "common/resident.h"
#include "sheet/book/recalculate.h"
#include "sheet/files/json_put.h"

#define BLANKS " \t"

static bool begins_with(const char *line, const char *word)
{
    size_t length = strlen(word);
    line += strspn(line, BLANKS);
    return strncmp(line, word, length) == 0 && (!line[length] || strchr(BLANKS, line[length]));
}

bool batch_is_measure(const char *line)
{
    return begins_with(line, "stat") || begins_with(line, "collect");
}

/* The rest of the line, without blanks around it; in place. */
static char *words_after(char *line, const char *word)
{
    char *words = line + strspn(line, BLANKS) + strlen(word);
    words += strspn(words, BLANKS);
    size_t length = strlen(words);
    while (length && strchr(BLANKS, words[length - 1]))
        words[--length] = '\0';
    return words;
}

/* ---- what is measured ------------------------------------------------------------------------ */

struct measures {
    const char *words;
    struct book_statistics book;
    struct grid_statistics grids; /* of all sheets */
    uint64_t undo_bytes, resident_bytes, computed_count;
};

static struct measures measure(const struct book *book, const struct edit *edit, const char *words)
{
    struct measures measures = {.words = words,
                                .book = book_statistics_of(book),
                                .undo_bytes = edit_committed_bytes(edit),
                                .resident_bytes = resident_bytes(),
                                .computed_count =
                                    recalculation_computed_count(book->recalculation)};
    for (size_t place = 0; place < book->sheet_count; place++) {
        struct grid_statistics grid = grid_statistics_of(book->sheets[place]->grid);
        measures.grids.packed_tiles += grid.packed_tiles;
        measures.grids.packed_cells += grid.packed_cells;
        measures.grids.reserved_bytes += grid.reserved_bytes;
        measures.grids.open_tiles += grid.open_tiles;
    }
    return measures;
}

static void say_measures(FILE *stream, const struct measures *measures)
{
    struct problem words; /* for its way with control characters */
    (void)problem_say(&words, "%s", *measures->words ? measures->words : "stat");
    fprintf(stream, "%s: %s cells", words.text, human_count(measures->book.used_cells).text);
    fprintf(stream, " on %s pages", human_count(measures->grids.open_tiles).text);
    fprintf(stream, " and %s packed", human_count(measures->grids.packed_tiles).text);
    fprintf(stream, " of %s", human_bytes(measures->grids.reserved_bytes).text);
    fprintf(stream, "; committed %s", human_bytes(measures->book.committed_bytes).text);
    fprintf(stream, " (for undo %s)", human_bytes(measures->undo_bytes).text);
    fprintf(stream, ", resident %s", human_bytes(measures->resident_bytes).text);
    fprintf(stream, "; formulas computed so far: %s\n", human_count(measures->computed_count).text);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

struct member {
    const char *name;
    uint64_t count;
};

/* words: NULL: there are none. */
static enum batch_status put_object(struct batch *batch, const char *format, const char *words,
                                    const struct member *members, size_t count)
{
    struct sink *sink = malloc(sizeof *sink);
    if (!sink) {
        (void)problem_out_of_memory(&batch->problem);
        return BATCH_MEMORY;
    }
    sink_begin(sink, fileno(batch_figures(batch)), &batch->progress);
    sink_put_string(sink, "{\"format\":");
    json_put_string(sink, format);
    sink_put_string(sink, ",\"version\":1");
    if (words) {
        sink_put_string(sink, ",\"words\":");
        json_put_string(sink, words);
    }
    for (size_t i = 0; i < count; i++) {
        sink_put_char(sink, ',');
        json_put_string(sink, members[i].name);
        sink_put_char(sink, ':');
        json_put_count(sink, members[i].count);
    }
    sink_put_string(sink, "}\n");
    enum batch_status status = sink_end(sink) ? BATCH_DONE : BATCH_FILE;
    if (status)
        (void)problem_say(&batch->problem, "standard output cannot be written to: %s",
                          strerror(sink->error));
    free(sink);
    return status;
}

static enum batch_status put_measures(struct batch *batch, const struct measures *measures)
{
    const struct member members[] = {
        {"cells", measures->book.used_cells},
        {"formulas", measures->book.formula_cells},
        {"open_tiles", measures->grids.open_tiles},
        {"packed_tiles", measures->grids.packed_tiles},
        {"packed_cells", measures->grids.packed_cells},
        {"reserved_bytes", measures->grids.reserved_bytes},
        {"committed_bytes", measures->book.committed_bytes},
        {"undo_bytes", measures->undo_bytes},
        {"resident_bytes", measures->resident_bytes},
        {"computed", measures->computed_count},
    };
    return put_object(batch, "steppe-sheet-measure", measures->words, members,
                      sizeof members / sizeof *members);
}

/* ---- the two lines --------------------------------------------------------------------------- */

static enum batch_status collect(struct batch *batch, struct edit *edit, struct book *book)
{
    uint64_t undo_bytes = edit_committed_bytes(edit);
    size_t steps = edit_undo_count(edit) + edit_redo_count(edit);
    if (!edit_forget(edit, &batch->problem))
        return BATCH_DIFFERENT;
    undo_bytes -= edit_committed_bytes(edit);
    const struct member members[] = {{"forgotten_steps", steps},
                                     {"undo_bytes", undo_bytes},
                                     {"collected_bytes", book_collect(book)}};
    if (batch->options->json)
        return put_object(batch, "steppe-sheet-collect", NULL, members,
                          sizeof members / sizeof *members);
    FILE *stream = batch_figures(batch);
    fprintf(stream, "collected: %s of undo", human_bytes(members[1].count).text);
    fprintf(stream, " (%s step%s)", human_count(members[0].count).text,
            members[0].count == 1 ? "" : "s");
    fprintf(stream, ", %s that nobody used\n", human_bytes(members[2].count).text);
    return batch_end_output(batch, stream);
}

enum batch_status batch_measure(struct batch *batch, struct edit *edit, struct book *book,
                                const char *line)
{
    if (begins_with(line, "collect"))
        return collect(batch, edit, book);
    char *copy = strdup(line);
    if (!copy) {
        (void)problem_out_of_memory(&batch->problem);
        return BATCH_MEMORY;
    }
    enum batch_status status;
    struct measures measures = measure(book, edit, words_after(copy, "stat"));
    if (batch->options->json) {
        status = put_measures(batch, &measures);
    } else {
        FILE *stream = batch_figures(batch);
        say_measures(stream, &measures);
        status = batch_end_output(batch, stream);
    }
    free(copy);
    return status;
}
