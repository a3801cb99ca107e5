/* SPDX-License-Identifier: MIT */
/*
 * desk_model.h - what the screen shows: a workbook, and what has been chosen of it. desk_layout
 * tells where, desk_view draws it, desk_command changes it by keys and mouse.
 *
 *                  typing, F2, =                 Enter, an arrow, a click elsewhere
 *     READY ------------------------> ENTERS --------------------------------------> READY
 *       |  ^                          EDITS   Esc: nothing has changed
 *       |  |
 *       |  +-- Enter, Esc --+
 *       +--> ASKS (one line), LISTS (choose one), HELPS, MAPS
 *
 * ENTERS takes arrows for the end of typing, EDITS for moving in the line; both take them for
 * pointing where a reference makes sense.
 *
 * What is chosen lies between the anchor and the end, where Shift and an arrow go on; the cursor is
 * the cell in it that is typed into: the anchor, until Enter or Tab lead through what is chosen.
 *
 * Invariants after every call: the active sheet exists; the cursor of a sheet is the first cell of
 * a merged area when it is in one, and lies in what is chosen, or in such an area that does.
 */
#ifndef STEPPE_SHEET_DESK_MODEL_H
#define STEPPE_SHEET_DESK_MODEL_H

#include "sheet/desk/desk.h"
#include "sheet/desk/desk_list.h"
#include "sheet/desk/desk_sums.h"
#include "sheet/desk/formula_line.h"
#include "sheet/edits/edit.h"
#include "sheet/edits/journal.h"

enum desk_mode {
    DESK_READY,
    DESK_ENTERS,
    DESK_EDITS,
    DESK_ASKS,
    DESK_LISTS,
    DESK_HELPS,
    DESK_MAPS
};

/* What the one line is asked for. */
enum desk_question {
    DESK_ASKS_GO_TO,
    DESK_ASKS_FIND,
    DESK_ASKS_REPLACE,
    DESK_ASKS_REPLACE_BY,
    DESK_ASKS_SAVE_AS,
    DESK_ASKS_OPEN,
    DESK_ASKS_WIDTH,
    DESK_ASKS_HEIGHT,
    DESK_ASKS_FORMAT,
    DESK_ASKS_INK,
    DESK_ASKS_PAPER,
    DESK_ASKS_SHEET_ADD,
    DESK_ASKS_SHEET_RENAME,
    DESK_ASKS_SHEET_PLACE,
    DESK_ASKS_SORT,
    DESK_ASKS_CONDITION,
    DESK_ASKS_NAME,
    DESK_ASKS_COMMAND,
    DESK_QUESTIONS
};

/* What is chosen between the anchor and the end. */
enum desk_span { DESK_CELLS, DESK_ROWS, DESK_COLUMNS, DESK_SHEET };

/* How a sheet is looked at. */
struct desk_look {
    struct position cursor, anchor, end, top; /* top: the first cell that scrolls */
    enum desk_span span;
    bool is_known;
};

enum {
    DESK_PATH_BYTES = 4096,
    DESK_INPUT_BYTES = 1024,
    DESK_DOING_BYTES = 64,
    DESK_CONDITION_BYTES = 1000, /* of all values of a column together; has room when quoted */
    DESK_CONDITIONS_MAX = 16
};

struct desk {
    struct book *book;
    struct edit *edit;
    struct journal *journal;    /* NULL: none */
    char path[DESK_PATH_BYTES]; /* "": it has no name yet */
    struct workfile_options file;
    uint64_t memory_bytes;
    struct losses losses;     /* what the file had that is not kept */
    struct csv_options found; /* how the file is written, if it is a CSV; separator 0: it is none */
    bool is_journaled;        /* wanted, that is */

    struct desk_look looks[SHEET_IDS_MAX]; /* by sheet_id */
    int columns, rows;                     /* of the screen, when it was drawn last */

    enum desk_mode mode, mode_behind; /* behind help */
    bool extends; /* arrows choose areas, as with Shift: for terminals that do not tell Shift */

    struct formula_line line; /* what is typed: a cell's text, or an answer */
    struct place edited;      /* the cell being typed into */
    uint32_t home_column;     /* where Enter goes back to after Tabs ... */
    bool has_home;            /* ... if there were any */
    struct {
        sheet_id sheet; /* 0: nothing is pointed to */
        struct position anchor, cursor;
    } pointed;

    enum desk_question question;
    bool is_proposed;    /* the answer that stands there: typing takes its place */
    size_t choice_count; /* files that Tab found; SIZE_MAX: it was not pressed */
    char sought[DESK_INPUT_BYTES], replacement[DESK_INPUT_BYTES];

    struct desk_list list;
    char open_path[DESK_PATH_BYTES], save_path[DESK_PATH_BYTES]; /* while something is asked */
    bool quits_after, opens_after;                               /* saving */
    bool accepts_losses; /* somebody was told, and saves all the same */
    struct desk_stamp {
        bool is_there;
        int64_t size_bytes, changed_s, changed_ns;
    } stamp; /* of the file as it was read or written last */

    bool in_formulas; /* where is it sought? */
    struct desk_value {
        enum value_kind kind;
        uint64_t bits, count;
    } values[DESK_ENTRIES_MAX]; /* in the list to filter by, by id */
    struct area filter_area;
    struct desk_condition {
        uint32_t column;
        char text[DESK_CONDITION_BYTES];
    } conditions[DESK_CONDITIONS_MAX]; /* of what is filtered: */
    size_t condition_count;
    sheet_id filtered_sheet;
    struct position filtered_corner;

    struct {
        bool is_there, is_cut;
        sheet_id sheet;
        struct area area;
    } clip;

    struct {
        const struct desk_action *action; /* desk_repeat.h: one of the three */
        desk_list_taker *take;
        int id;
        enum desk_question question;
        char text[DESK_INPUT_BYTES];
        uint64_t state; /* of the workbook, before */
    } repeat;

    struct desk_sums sums;   /* of what is chosen */
    struct desk_sums counts; /* of all cells of the sheet */
    struct {
        sheet_id sheet; /* 0: it was not counted yet */
        uint64_t version, shown_rows, rows;
    } filtered;             /* below the titles of the sheet's filter; rows 0: it has none */
    uint64_t version;       /* counts changes of cells */
    uint64_t changed_count; /* by the last command */
    uint64_t resident_bytes;

    int help_top;
    bool drags; /* the left button is held */
    enum desk_span drag_span;
    struct {
        bool is_on; /* a column's edge is dragged */
        uint32_t column;
        int at, width; /* where the column begins on the screen; 0: not dragged yet */
    } resizes;

    char message[PROBLEM_BYTES]; /* until the next key */
    bool is_bad_news;
    bool ends, is_gone; /* is_gone: the terminal is; changes stay in the journal */
    bool collects;      /* give back memory, soon */

    /* What takes long, while it does. */
    struct progress progress;
    char doing[DESK_DOING_BYTES];
    uint64_t done, total;
};

/* Takes over workbook (with a sheet) and journal (may be NULL). NULL: out of memory; they are the
 * caller's still. */
struct desk *desk_new(struct book *book, struct journal *journal);
/* The journal goes, unless the terminal went first. */
void desk_free(struct desk *desk);

/* Another workbook, in place of the one there was, which ends with its journal. false: out of
 * memory, and nothing has changed. */
bool desk_take_book(struct desk *desk, struct book *book, struct journal *journal);

void desk_say(struct desk *desk, bool is_bad_news, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct sheet *desk_sheet(const struct desk *desk);
const char *desk_sheet_name(const struct desk *desk);
/* How the active sheet is looked at. */
struct desk_look *desk_look(struct desk *desk);
const struct desk_look *desk_look_at(const struct desk *desk);
void desk_go_to_sheet(struct desk *desk, size_t place);

/* All that is chosen; merged areas wholly. */
struct area desk_selection(const struct desk *desk);
/* The same, but of lines that are chosen as such no more than there are cells. */
struct area desk_selection_used(const struct desk *desk);
struct position desk_cursor(const struct desk *desk);

/* Move the cursor; extend: only the end of what is chosen. Sees to it that it can be seen. */
void desk_go_to(struct desk *desk, struct position position, bool extend);
void desk_select(struct desk *desk, struct area area, enum desk_span span);
/* The cursor alone, within what is chosen. */
void desk_go_within(struct desk *desk, struct position position);
/* So many lines on, over hidden lines and out of merged areas. */
void desk_move(struct desk *desk, int rows, int columns);
/* From a place so many lines on that are not hidden. */
struct position desk_step(const struct desk *desk, struct position start, int rows, int columns);
struct position desk_edge(const struct desk *desk, struct position start, int row_step,
                          int column_step);
/* Scroll so that the place is on the screen. */
void desk_reveal(struct desk *desk, struct position position);
void desk_scroll(struct desk *desk, int rows, int columns);
/* The area of used cells around the cursor. */
struct area desk_region(const struct desk *desk);

/* ---- changing ------------------------------------------------------------------------------- */

/* Do commands (edit.h), with progress; what goes wrong becomes the message, how much was changed
 * changed_count. */
bool desk_do(struct desk *desk, const struct command *command);
/* A line of command.h, for the active sheet; printf's format. */
bool desk_do_line(struct desk *desk, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Several commands that are one step to undo, computed at the end; false: they are not, and it was
 * said why. */
void desk_begin_step(struct desk *desk);
bool desk_end_step(struct desk *desk);
/* After anything may have changed. */
void desk_changed(struct desk *desk);
/* In front of what takes long, and behind it. */
const struct progress *desk_begin_work(struct desk *desk, const char *doing);
void desk_end_work(struct desk *desk);

/* A name as commands have it: quoted where needed. */
enum { DESK_WORD_BYTES = 2 * DESK_INPUT_BYTES + 16 };
const char *desk_quoted(const char *text, char quoted[DESK_WORD_BYTES]);

/* ---- asking --------------------------------------------------------------------------------- */

/* A sheet's name as references have it: with a '!' behind it, in quotes where it needs them. */
const char *desk_sheet_prefix(const struct desk *desk, const struct sheet *sheet,
                              char prefix[DESK_WORD_BYTES]);
/* What somebody wrote: [sheet!]area, or a name that means one. false: a sentence. */
bool desk_read_place(const struct desk *desk, const char *text, sheet_id *sheet, struct area *area,
                     struct problem *problem);
/* Select it, as whole lines where it is some. */
void desk_show_area(struct desk *desk, sheet_id sheet, struct area area);

void desk_ask(struct desk *desk, enum desk_question question, const char *text);
/* The style of a cell, also of one that is not used. */
style_id desk_style_at(const struct sheet *sheet, struct position position);

#endif
