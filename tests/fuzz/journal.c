/* SPDX-License-Identifier: MIT */
/*
 * journal.c - whatever lies beside a workbook as its journal, only whole commands come out of it;
 * and whatever commands are done, they can be taken back and done again.
 *
 * An input is a letter and, after 'r', the journal's bytes; else lines of commands, which are
 * written as a journal, of which the last bytes are cut off or, by an odd letter, damaged.
 */
#include "sheet/edits/journal.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sheet/edits/command.h"
#include "sheet/edits/edit.h"
#include "workbook.h"

enum { LINES_MAX = 24, LINE_BYTES_MAX = 4096, STEPS = 200 };

/* The folder that holds the workbook, which is not there, and its journal. */
static char folder[] = "/dev/shm/steppe-fuzz-XXXXXX";
static char workbook_path[64], journal_file[64];

struct lines {
    char text[LINES_MAX][LINE_BYTES_MAX];
    size_t count;
};
static struct lines written;

static void remove_folder(void)
{
    (void)unlink(journal_file); /* may have gone */
    (void)rmdir(folder);
}

static void make_folder(void)
{
    static bool is_made;
    if (is_made)
        return;
    must(mkdtemp(folder) && atexit(remove_folder) == 0);
    (void)snprintf(workbook_path, sizeof workbook_path, "%s/book.xlsx", folder);
    (void)snprintf(journal_file, sizeof journal_file, "%s/.book.xlsx.steppe-journal", folder);
    is_made = true;
}

/* ---- journals -------------------------------------------------------------------------------- */

static void put_journal(const uint8_t *data, size_t size)
{
    FILE *stream = fopen(journal_file, "we");
    must(stream && fwrite(data, 1, size, stream) == size && fclose(stream) == 0);
}

static void split(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size;
    for (written.count = 0; at < end && written.count < LINES_MAX; written.count++) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        line_end = line_end ? line_end : end;
        (void)snprintf(written.text[written.count], LINE_BYTES_MAX, "%.*s", (int)(line_end - at),
                       at);
        at = line_end + 1;
    }
}

static void write_journal(void)
{
    struct problem problem = {0};
    struct journal *journal = journal_open(workbook_path, &problem);
    must(journal);
    for (size_t i = 0; i < written.count; i++)
        must(journal_write(journal, written.text[i], &problem));
    must(journal_tick(journal, &problem));
    journal_close(journal, false);
}

/* Those lines and no others, as far as it goes. */
struct reading {
    size_t count;
    bool are_ours;
};

static bool visit(void *context, const char *command)
{
    struct reading *reading = context;
    if (reading->are_ours) {
        must(reading->count < written.count);
        must(strcmp(command, written.text[reading->count]) == 0);
    }
    reading->count++;
    return true;
}

static void read_journal(bool are_ours, size_t least)
{
    struct problem problem = {0};
    struct reading reading = {.are_ours = are_ours};
    uint64_t count = 0;
    enum journal_finding finding = journal_look(workbook_path, &count);
    must(finding != JOURNAL_IN_USE);
    bool is_read = journal_read(workbook_path, visit, &reading, &problem);
    must(is_read || problem.text[0]);
    must(reading.count >= least);
    must(finding != JOURNAL_FOUND || count == reading.count);
}

/* Cut off, or changed, near its end. */
static void damage(uint8_t letter)
{
    struct stat found;
    if (stat(journal_file, &found) != 0)
        return;
    off_t at = found.st_size - 1 - letter / 2 % found.st_size;
    if (letter % 2 == 0) {
        must(truncate(journal_file, at) == 0);
        return;
    }
    FILE *stream = fopen(journal_file, "r+e");
    must(stream && fseeko(stream, at, SEEK_SET) == 0);
    must(fputc('~', stream) != EOF && fclose(stream) == 0);
}

/* ---- commands -------------------------------------------------------------------------------- */

static void check_command(const char *line)
{
    struct command command, again;
    struct problem problem = {0};
    if (!command_parse(&command, line, "Sheet1", &problem)) {
        must(problem.text[0]);
        return;
    }
    char *text = command_print(&command);
    must(text);
    bool is_parsed = command_parse(&again, text, NULL, &problem);
    if (!is_parsed)
        (void)fprintf(stderr, "%s: %s\n", text, problem.text);
    must(is_parsed);
    char *text_again = command_print(&again);
    must(text_again && strcmp(text, text_again) == 0);
    free(text);
    free(text_again);
    command_free(&command);
    command_free(&again);
}

static struct book *some_book(void)
{
    static const char *const cells[][2] = {{"A1", "1"},         {"A2", "2"},
                                           {"A3", "text"},      {"B1", "=A1+1"},
                                           {"B2", "=SUM(A:A)"}, {"C3", "2024-01-31"}};
    struct book *book = workbook_new();
    struct problem problem;
    must(book_add_sheet(book, "Sheet1", SIZE_MAX, &problem));
    must(book_add_sheet(book, "It's", SIZE_MAX, &problem));
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        struct position position;
        must(position_read(cells[i][0], &position, NULL) > 0);
        must(cell_type(book, book->sheets[0], position, cells[i][1], &problem));
    }
    must(book_recalculate(book, NULL, NULL, &problem));
    return book;
}

/* Done, all taken back, done again: the beginning, and the end. Steps that memory forgot are not
 * looked for. */
static void check_commands(void)
{
    struct problem problem = {0};
    struct patience patience;
    struct book *book = some_book(), *before = some_book();
    struct edit *edit = edit_new(book, NULL);
    must(edit);
    bool is_all = true; /* no step was forgotten */
    for (size_t i = 0; i < written.count; i++) {
        size_t undos = edit_undo_count(edit);
        patience_begin(&patience, STEPS);
        problem.text[0] = '\0';
        must(edit_line(edit, written.text[i], "Sheet1", &patience.progress, &problem) ||
             problem.text[0]);
        is_all = is_all && (edit_undo_count(edit) >= undos || !strcmp(written.text[i], "undo"));
    }
    while (edit_line(edit, "end", NULL, NULL, &problem)) /* those that were not ended */
        ;
    workbook_check(book);
    book->is_manual = true;
    size_t steps = edit_undo_count(edit);
    for (size_t i = 0; i < steps; i++)
        must(edit_undo(edit, NULL, NULL, &problem));
    workbook_check(book);
    if (is_all) {
        patience_begin(&patience, STEPS);
        if (book_recalculate(book, &patience.progress, NULL, &problem))
            workbook_must_be(book, before);
    }
    for (size_t i = 0; i < steps && edit_redo_count(edit); i++)
        if (!edit_redo(edit, NULL, NULL, &problem))
            break; /* memory */
    workbook_check(book);
    edit_free(edit);
    book_free(before);
    book_free(book);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    make_folder();
    (void)unlink(journal_file); /* the last input's */
    if (data[0] == 'r') {
        put_journal(data + 1, size - 1);
        read_journal(false, 0);
        return 0;
    }
    split(data + 1, size - 1);
    write_journal();
    read_journal(true, written.count);
    damage(data[0]);
    read_journal(true, 0);
    for (size_t i = 0; i < written.count; i++)
        check_command(written.text[i]);
    check_commands();
    return 0;
}
