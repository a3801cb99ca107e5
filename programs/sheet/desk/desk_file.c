/* SPDX-License-Identifier: MIT */
/*
 * desk_file.c - see desk_file.h.
 *
 *    save --> does another file stand there? --> what would be lost? --> written
 *                 |  no, or "replace it"             |  nothing, or "all the same"
 *                 v                                  v
 *             nothing has happened               nothing has happened
 */
#include "sheet/desk/desk_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <steppe/array.h>

#include "sheet/desk/desk_fit.h"
#include "sheet/desk/desk_path.h"

enum { REPLAY_BYTES_MAX = 1 << 30, TITLE_LOSS_BYTES = 200 };

/* ---- what stands under a name --------------------------------------------------------------- */

static struct desk_stamp stamp_of(const char *path)
{
    struct stat status;
    if (!*path || stat(path, &status) != 0)
        return (struct desk_stamp){0};
    return (struct desk_stamp){.is_there = true,
                               .size_bytes = status.st_size,
                               .changed_s = status.st_mtim.tv_sec,
                               .changed_ns = status.st_mtim.tv_nsec};
}

static bool is_same_stamp(struct desk_stamp a, struct desk_stamp b)
{
    return a.is_there == b.is_there && a.size_bytes == b.size_bytes && a.changed_s == b.changed_s &&
           a.changed_ns == b.changed_ns;
}

/* ---- recovery ------------------------------------------------------------------------------- */

/* The journal's lines, with a 0 behind each: beginning a new one puts the old one away. */
struct replay {
    char *bytes; /* an array of the library */
    size_t size_bytes;
};

static bool keep_line(void *context, const char *command)
{
    struct replay *replay = context;
    size_t size = strlen(command) + 1;
    if (size > REPLAY_BYTES_MAX - replay->size_bytes)
        return false;
    memcpy(replay->bytes + replay->size_bytes, command, size); /* a touch commits */
    replay->size_bytes += size;
    return true;
}

static void begin_journal(struct desk *desk)
{
    struct problem problem = {0};
    if (!desk->is_journaled || !desk->path[0])
        return;
    desk->journal = journal_open(desk->path, &problem);
    edit_set_journal(desk->edit, desk->journal);
    if (!desk->journal)
        desk_say(desk, true, "no journal: %s", problem.text);
}

static void do_again(struct desk *desk, const struct replay *replay)
{
    struct problem problem = {0};
    size_t done = 0, at = 0;
    while (at < replay->size_bytes) {
        const char *line = replay->bytes + at;
        const struct progress *progress = desk_begin_work(desk, "doing it again");
        bool is_done = edit_line(desk->edit, line, desk_sheet_name(desk), progress, &problem);
        desk_end_work(desk);
        if (!is_done)
            break;
        done++;
        at += strlen(line) + 1;
    }
    desk_changed(desk);
    if (at == replay->size_bytes && desk->journal)
        journal_drop_old(desk->journal);
    if (at < replay->size_bytes)
        desk_say(desk, true, "%zu %s done again, then: %s", done,
                 done == 1 ? "step is" : "steps are", problem.text);
    else
        desk_say(desk, false, "%zu step%s not saved %s done again", done,
                 done == 1 ? " that was" : "s that were", done == 1 ? "is" : "are");
}

enum { RECOVER, FORGET };

static void take_recovery(struct desk *desk, int id)
{
    struct problem problem = {0};
    struct replay replay = {0};
    if (id != RECOVER) {
        begin_journal(desk);
        if (desk->journal)
            desk_say(desk, false, "what was not saved is kept beside the file, as .old");
        return;
    }
    replay.bytes = steppe_reserve(REPLAY_BYTES_MAX,
                                  &(steppe_options){.on_fault = STEPPE_COMMIT, .name = "journal"});
    bool is_read = replay.bytes && journal_read(desk->path, keep_line, &replay, &problem);
    if (is_read) {
        begin_journal(desk);
        do_again(desk, &replay);
    } else
        desk_say(desk, true, "%s", problem.text[0] ? problem.text : "out of memory");
    if (replay.bytes)
        (void)steppe_release(replay.bytes); /* it is a reservation */
}

static void offer_recovery(struct desk *desk, bool is_stale, uint64_t count)
{
    char title[DESK_TITLE_BYTES];
    snprintf(title, sizeof title, "%.128s: %llu change%s not saved when the program ended%s",
             desk->path, (unsigned long long)count, count == 1 ? " was" : "s were",
             is_stale ? "; but the file has been changed since by somebody else" : "");
    desk_list_begin(&desk->list, title, take_recovery);
    if (is_stale)
        (void)desk_list_add(&desk->list, FORGET, "Leave the file as it is", "");
    (void)desk_list_add(&desk->list, RECOVER, "Do them again", "");
    if (!is_stale)
        (void)desk_list_add(&desk->list, FORGET, "Leave the file as it is", "");
    desk_list_show(desk);
}

static void look_for_journal(struct desk *desk)
{
    uint64_t count = 0;
    if (!desk->is_journaled || !desk->path[0])
        return;
    switch (journal_look(desk->path, &count)) {
    case JOURNAL_FOUND:
        offer_recovery(desk, false, count);
        break;
    case JOURNAL_STALE:
        offer_recovery(desk, true, count);
        break;
    case JOURNAL_IN_USE:
        desk_say(desk, true,
                 "another program has this file open, too: no journal is kept for it here");
        break;
    case JOURNAL_DAMAGED:
        begin_journal(desk);
        if (desk->journal)
            desk_say(desk, true, "a journal that cannot be read lay beside it; it is kept as .old");
        break;
    default:
        begin_journal(desk);
    }
}

/* ---- opening -------------------------------------------------------------------------------- */

struct book *desk_file_new_book(uint64_t memory_bytes, struct problem *problem)
{
    struct book *book = book_new(memory_bytes ? memory_bytes : STEPPE_NO_LIMIT, problem);
    if (!book || book_add_sheet(book, "Sheet1", SIZE_MAX, problem))
        return book;
    book_free(book);
    return NULL;
}

static struct book *read_book(struct desk *desk, const char *path, struct losses *losses,
                              struct csv_options *found, struct problem *problem)
{
    struct workfile_options options = desk->file;
    if (!stamp_of(path).is_there)
        return desk_file_new_book(desk->memory_bytes, problem);
    struct book *book =
        book_new(desk->memory_bytes ? desk->memory_bytes : STEPPE_NO_LIMIT, problem);
    if (!book)
        return NULL;
    options.progress = desk_begin_work(desk, "reading");
    options.found = found;
    bool is_read = workfile_read(book, path, &options, losses, problem);
    desk_end_work(desk);
    if (is_read && book->sheet_count > 0)
        return book;
    if (is_read)
        (void)problem_say(problem, "%s has no sheets", path);
    book_free(book);
    return NULL;
}

static void say_opened(struct desk *desk)
{
    char *lost = losses_text(&desk->losses);
    if (!desk->stamp.is_there)
        desk_say(desk, false, "a new workbook");
    else if (lost && *lost)
        desk_say(desk, true, "opened; saving will not keep %s", lost);
    else
        desk->message[0] = 0;
    free(lost);
}

static bool is_text(enum workfile_format format)
{
    return format == WORKFILE_CSV || format == WORKFILE_TSV;
}

/* Is the workbook one that was read from a table? */
static bool is_text_file(const struct desk *desk)
{
    return desk->stamp.is_there && is_text(workfile_format_of_name(desk->path));
}

bool desk_file_open(struct desk *desk, const char *path, struct problem *problem)
{
    struct losses *losses = calloc(1, sizeof *losses);
    struct csv_options found = {0};
    struct book *book = losses ? read_book(desk, path, losses, &found, problem) : NULL;
    if (!book || !desk_take_book(desk, book, NULL)) {
        if (!problem->text[0])
            (void)problem_out_of_memory(problem);
        if (book)
            book_free(book);
        free(losses);
        return false;
    }
    desk->losses = *losses;
    desk->found = found;
    free(losses);
    snprintf(desk->path, sizeof desk->path, "%s", path);
    desk->stamp = stamp_of(path);
    desk->accepts_losses = false;
    if (is_text_file(desk))
        desk_fit_guess(desk);
    say_opened(desk);
    look_for_journal(desk);
    return true;
}

/* ---- changes that are not saved ------------------------------------------------------------- */

enum { SAVE, DISCARD, STAY, ASK_NAME };

static void go_on(struct desk *desk)
{
    struct problem problem = {0};
    if (desk->quits_after) {
        desk->ends = true;
        return;
    }
    if (!desk->opens_after)
        return;
    desk->opens_after = false;
    if (desk->open_path[0]) {
        char path[DESK_PATH_BYTES];
        memcpy(path, desk->open_path, sizeof path);
        if (!desk_file_open(desk, path, &problem))
            desk_say(desk, true, "%s", problem.text);
        return;
    }
    struct book *book = desk_file_new_book(desk->memory_bytes, &problem);
    if (!book || !desk_take_book(desk, book, NULL)) {
        desk_say(desk, true, "%s", problem.text[0] ? problem.text : "out of memory");
        if (book)
            book_free(book);
        return;
    }
    desk->path[0] = 0;
    desk->stamp = (struct desk_stamp){0};
    memset(&desk->losses, 0, sizeof desk->losses);
    desk_say(desk, false, "a new workbook");
}

static void take_changes(struct desk *desk, int id)
{
    if (id == SAVE)
        desk_file_save(desk);
    else if (id == DISCARD)
        go_on(desk);
    else
        desk->quits_after = desk->opens_after = false;
}

/* Ask what becomes of changes, then go on to whatever is to come. */
static void leave_book(struct desk *desk)
{
    if (!edit_is_changed(desk->edit)) {
        go_on(desk);
        return;
    }
    desk_list_begin(&desk->list, "There are changes that are not saved.", take_changes);
    (void)desk_list_add(&desk->list, SAVE, "Save them", "");
    (void)desk_list_add(&desk->list, DISCARD, "Give them up", "");
    (void)desk_list_add(&desk->list, STAY, "Go back to the sheet", "");
    desk_list_show(desk);
}

void desk_file_quit(struct desk *desk)
{
    desk->quits_after = true;
    desk->opens_after = false;
    leave_book(desk);
}

void desk_file_ask_open(struct desk *desk, const char *written)
{
    char path[DESK_PATH_BYTES];
    if (!desk_path_expand(written, path, sizeof path)) {
        desk_say(desk, true, "that is too long");
        return;
    }
    if (!stamp_of(path).is_there) {
        desk_say(desk, true, "there is no file %s", path);
        return;
    }
    snprintf(desk->open_path, sizeof desk->open_path, "%s", path);
    desk->quits_after = false;
    desk->opens_after = true;
    leave_book(desk);
}

void desk_file_new(struct desk *desk)
{
    desk->open_path[0] = 0;
    desk->quits_after = false;
    desk->opens_after = true;
    leave_book(desk);
}

/* ---- saving --------------------------------------------------------------------------------- */

static void stop_saving(struct desk *desk)
{
    desk->quits_after = desk->opens_after = false;
}

/* The journal is of the file's name: another name, another journal. */
static void journal_moved(struct desk *desk, bool has_moved)
{
    struct problem problem = {0};
    if (!has_moved && desk->journal) {
        if (!journal_saved(desk->journal, &problem))
            desk_say(desk, true, "%s", problem.text);
        return;
    }
    edit_set_journal(desk->edit, NULL);
    if (desk->journal)
        journal_close(desk->journal, true);
    desk->journal = NULL;
    begin_journal(desk);
}

/* Files say where one was. */
static void keep_cursors(struct desk *desk)
{
    for (size_t i = 0; i < desk->book->sheet_count; i++) {
        struct sheet *sheet = desk->book->sheets[i];
        if (desk->looks[sheet->id].is_known)
            sheet->cursor = desk->looks[sheet->id].cursor;
    }
}

/* Under its own name a table stays as it was; what --encoding says is for reading. */
static struct csv_options csv_written(const struct desk *desk)
{
    struct csv_options csv = desk->file.csv;
    csv.encoding = CSV_ENCODING_GUESS;
    csv.keeps_looks = desk->found.keeps_looks;
    bool is_own = strcmp(desk->path, desk->save_path) == 0 && desk->found.separator;
    return is_own ? desk->found : csv;
}

static void write_book(struct desk *desk)
{
    struct problem problem = {0};
    struct workfile_options options = desk->file;
    struct losses *losses = calloc(1, sizeof *losses);
    const char *path = desk->save_path;
    keep_cursors(desk);
    options.format = workfile_format_of_name(path);
    options.replace = true; /* it was asked */
    options.csv = csv_written(desk);
    options.progress = desk_begin_work(desk, "saving");
    bool is_written = losses && workfile_write(desk->book, path, &options, losses, &problem);
    desk_end_work(desk);
    free(losses);
    if (!is_written) {
        desk_say(desk, true, "%s", problem.text[0] ? problem.text : "out of memory");
        stop_saving(desk);
        return;
    }
    bool has_moved = strcmp(desk->path, path) != 0;
    if (has_moved)
        desk->found = (struct csv_options){.keeps_looks = desk->found.keeps_looks};
    memcpy(desk->path, desk->save_path, sizeof desk->path);
    desk->stamp = stamp_of(path);
    edit_saved(desk->edit);
    desk_say(desk, false, "saved to %s", path);
    journal_moved(desk, has_moved);
    go_on(desk);
}

enum { ALL_THE_SAME, OTHER_NAME };

static void take_losses(struct desk *desk, int id)
{
    if (id == ALL_THE_SAME) {
        desk->accepts_losses = true;
        write_book(desk);
        return;
    }
    stop_saving(desk);
    if (id == OTHER_NAME)
        desk_ask(desk, DESK_ASKS_SAVE_AS, desk->path);
}

static void check_losses(struct desk *desk)
{
    char title[DESK_TITLE_BYTES];
    enum workfile_format format = workfile_format_of_name(desk->save_path);
    struct losses *losses = calloc(1, sizeof *losses);
    if (!losses) {
        desk_say(desk, true, "out of memory");
        stop_saving(desk);
        return;
    }
    *losses = desk->losses;
    struct csv_options csv = csv_written(desk);
    workfile_losses(desk->book, format, &csv, losses);
    char *lost = losses->count > 0 && !desk->accepts_losses ? losses_text(losses) : NULL;
    free(losses);
    if (!lost || !*lost) {
        free(lost);
        write_book(desk);
        return;
    }
    snprintf(title, sizeof title, "Saved as %s this would be lost: %.*s",
             workfile_format_name(format), TITLE_LOSS_BYTES, lost);
    free(lost);
    desk_list_begin(&desk->list, title, take_losses);
    (void)desk_list_add(&desk->list, ALL_THE_SAME, "Save all the same", "");
    (void)desk_list_add(&desk->list, OTHER_NAME, "Save under another name", "");
    (void)desk_list_add(&desk->list, STAY, "Do not save", "");
    desk_list_show(desk);
}

static void take_replace(struct desk *desk, int id)
{
    if (id == SAVE) {
        check_losses(desk);
        return;
    }
    stop_saving(desk);
    if (id == ASK_NAME)
        desk_ask(desk, DESK_ASKS_SAVE_AS, desk->path);
}

static void check_other_file(struct desk *desk)
{
    char title[DESK_TITLE_BYTES];
    bool is_own = strcmp(desk->path, desk->save_path) == 0;
    struct desk_stamp there = stamp_of(desk->save_path);
    if (!there.is_there || (is_own && is_same_stamp(there, desk->stamp))) {
        check_losses(desk);
        return;
    }
    snprintf(title, sizeof title, "%.150s %s", desk->save_path,
             is_own ? "has been changed by somebody else since it was read."
                    : "is another file that is there already.");
    desk_list_begin(&desk->list, title, take_replace);
    (void)desk_list_add(&desk->list, STAY, "Do not save", "");
    (void)desk_list_add(&desk->list, SAVE, "Replace it", "");
    (void)desk_list_add(&desk->list, ASK_NAME, "Save under another name", "");
    desk_list_show(desk);
}

static bool can_write(enum workfile_format format)
{
    return format == WORKFILE_CSV || format == WORKFILE_TSV || format == WORKFILE_XLSX ||
           format == WORKFILE_JSON;
}

/* A name without an ending gets one. */
static bool name_to_save(const char *written, char path[DESK_PATH_BYTES])
{
    if (!desk_path_expand(written, path, DESK_PATH_BYTES))
        return false;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t length = strlen(path);
    if (!*name || strchr(name, '.'))
        return true;
    if (length + sizeof ".xlsx" > DESK_PATH_BYTES)
        return false;
    memcpy(path + length, ".xlsx", sizeof ".xlsx");
    return true;
}

void desk_file_save_as(struct desk *desk, const char *written)
{
    char path[DESK_PATH_BYTES];
    if (!name_to_save(written, path)) {
        desk_say(desk, true, "that is too long");
        stop_saving(desk);
        return;
    }
    if (!can_write(workfile_format_of_name(path))) {
        desk_say(desk, true, "%s: names end in .xlsx, .csv, .tsv or .json for what can be written",
                 path);
        stop_saving(desk);
        return;
    }
    if (strcmp(path, desk->path) != 0)
        desk->accepts_losses = false;
    snprintf(desk->save_path, sizeof desk->save_path, "%s", path);
    check_other_file(desk);
}

void desk_file_save(struct desk *desk)
{
    char name[DESK_PATH_BYTES];
    if (desk->path[0] && can_write(workfile_format_of_name(desk->path))) {
        memcpy(name, desk->path, sizeof name);
        desk_file_save_as(desk, name);
        return;
    }
    const char *dot = strrchr(desk->path, '.'), *slash = strrchr(desk->path, '/');
    size_t length =
        dot && (!slash || dot > slash) ? (size_t)(dot - desk->path) : strlen(desk->path);
    snprintf(name, sizeof name, "%.*s.xlsx", (int)(length < DESK_PATH_BYTES - 6 ? length : 0),
             desk->path);
    desk_ask(desk, DESK_ASKS_SAVE_AS, desk->path[0] ? name : "book.xlsx");
    if (desk->path[0])
        desk_say(desk, true, "this format can only be read: save it as another one");
}
