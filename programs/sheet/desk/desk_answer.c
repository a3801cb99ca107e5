/* SPDX-License-Identifier: MIT */
/* desk_answer.c - see desk_answer.h. */
#include "sheet/desk/desk_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "screen/terminal.h"
#include "sheet/desk/desk_change.h"
#include "sheet/desk/desk_file.h"
#include "sheet/desk/desk_path.h"
#include "sheet/desk/desk_repeat.h"
#include "sheet/desk/desk_table.h"
#include "sheet/edits/find.h"

static void go_to(struct desk *desk, const char *text)
{
    struct problem problem = {0};
    struct area area;
    sheet_id sheet;
    if (!desk_read_place(desk, text, &sheet, &area, &problem)) {
        desk_say(desk, true, "%s", problem.text);
        return;
    }
    desk_show_area(desk, sheet, area);
}

/* ---- finding -------------------------------------------------------------------------------- */

void desk_answer_find_next(struct desk *desk, bool backward)
{
    struct find find = {.text = desk->sought, .in_formulas = desk->in_formulas};
    struct place start = {.sheet = desk_sheet(desk)->id, .position = desk_cursor(desk)}, found;
    if (!desk->sought[0]) {
        desk_say(desk, true, "nothing was sought yet: Ctrl+F does");
        return;
    }
    const struct progress *progress = desk_begin_work(desk, "searching");
    bool is_found = find_next(desk->book, &find, start, backward, progress, &found);
    desk_end_work(desk);
    if (!is_found) {
        desk_say(desk, true, "nowhere: %.200s%s", desk->sought,
                 desk->in_formulas ? "" : " (F10 has a search in formulas)");
        return;
    }
    bool is_back = found.sheet == start.sheet && (found.position.row < start.position.row ||
                                                  (found.position.row == start.position.row &&
                                                   found.position.column <= start.position.column));
    desk_show_area(desk, found.sheet, area_of_one(found.position));
    if (is_back && !backward)
        desk_say(desk, false, "from the beginning again");
}

static void find(struct desk *desk, const char *text)
{
    if (!*text)
        return;
    snprintf(desk->sought, sizeof desk->sought, "%s", text);
    desk_answer_find_next(desk, false);
}

enum { IN_VALUES, IN_FORMULAS };

static void take_replace(struct desk *desk, int id)
{
    char old[DESK_WORD_BYTES], new[DESK_WORD_BYTES];
    struct area area = desk_selection(desk);
    if (id < 0)
        return;
    if (area_is_one(area))
        area = area_of_all();
    if (desk_do_line(desk, "replace %s %s %s%s", area_name(area).text,
                     desk_quoted(desk->sought, old), desk_quoted(desk->replacement, new),
                     id == IN_FORMULAS ? " formulas" : ""))
        desk_say(desk, desk->changed_count == 0, "%s cell%s changed",
                 human_count(desk->changed_count).text, desk->changed_count == 1 ? "" : "s");
}

static void ask_where(struct desk *desk)
{
    struct area area = desk_selection(desk);
    char title[DESK_TITLE_BYTES];
    snprintf(title, sizeof title, "Replace %.80s by %.80s in %s", desk->sought, desk->replacement,
             area_is_one(area) ? "the whole sheet" : area_name(area).text);
    desk_list_begin(&desk->list, title, take_replace);
    (void)desk_list_add(&desk->list, IN_VALUES, "In texts and numbers", "");
    (void)desk_list_add(&desk->list, IN_FORMULAS, "In formulas, too", "");
    desk_list_show(desk);
}

/* ---- names ---------------------------------------------------------------------------------- */

void desk_answer_ask_name(struct desk *desk)
{
    desk_ask(desk, DESK_ASKS_NAME, "");
}

/* "Total", for what is chosen; "Total =formula"; "Total =" takes it away. */
static void define_name(struct desk *desk, const char *text)
{
    char prefix[DESK_WORD_BYTES];
    size_t length = strcspn(text, " =");
    const char *formula = text + length + strspn(text + length, " ");
    if (strcmp(formula, "=") == 0) {
        if (desk_do_line(desk, "name %.*s", (int)length, text))
            desk_say(desk, false, "%.*s is no name any more", (int)length, text);
        return;
    }
    if (*formula) {
        if (desk_do_line(desk, "name %.*s %s", (int)length, text, formula))
            desk_say(desk, false, "%.*s is defined", (int)length, text);
        return;
    }
    struct area area = desk_selection(desk);
    struct position_text first =
        position_name(area.first, POSITION_FIXED_ROW | POSITION_FIXED_COLUMN);
    struct position_text last =
        position_name(area.last, POSITION_FIXED_ROW | POSITION_FIXED_COLUMN);
    (void)desk_sheet_prefix(desk, desk_sheet(desk), prefix);
    bool is_one = area_is_one(area);
    if (desk_do_line(desk, "name %s =%s%s%s%s", text, prefix, first.text, is_one ? "" : ":",
                     is_one ? "" : last.text))
        desk_say(desk, false, "%s is %s", text, area_name(area).text);
}

/* ---- answers -------------------------------------------------------------------------------- */

void desk_answer_ask_width(struct desk *desk)
{
    const struct line_span *span =
        line_span_at(&desk_sheet(desk)->columns, desk_cursor(desk).column);
    char text[32];
    snprintf(text, sizeof text, "%.2f", span && span->size > 0 ? span->size : 10.0);
    desk_ask(desk, DESK_ASKS_WIDTH, text);
}

static void color(struct desk *desk, const char *what, const char *text)
{
    (void)desk_do_line(desk, "style %s %s=%s", area_name(desk_selection(desk)).text, what,
                       *text == '#' ? text + 1 : text);
}

static void add_sheet(struct desk *desk, const char *name)
{
    char word[DESK_WORD_BYTES];
    if (!desk_do_line(desk, "add-sheet %s %zu", desk_quoted(name, word), desk->book->active + 2))
        return;
    const struct sheet *sheet = book_find_sheet(desk->book, name, strlen(name));
    if (sheet)
        desk_go_to_sheet(desk, book_place_of(desk->book, sheet));
}

static void rename_sheet(struct desk *desk, const char *name)
{
    char old[DESK_WORD_BYTES], new[DESK_WORD_BYTES];
    (void)desk_do_line(desk, "rename-sheet %s %s", desk_quoted(desk_sheet_name(desk), old),
                       desk_quoted(name, new));
}

static void move_sheet(struct desk *desk, const char *place)
{
    char word[DESK_WORD_BYTES];
    const struct sheet *sheet = desk_sheet(desk);
    uint64_t number;
    if (!human_parse_number(place, &number) || number == 0 || number > desk->book->sheet_count) {
        desk_say(desk, true, "%s: a place from 1 to %zu is needed", place, desk->book->sheet_count);
        return;
    }
    if (desk_do_line(desk, "move-sheet %s %s", desk_quoted(desk_sheet_name(desk), word), place))
        desk_go_to_sheet(desk, book_place_of(desk->book, sheet));
}

static void replace_by(struct desk *desk, const char *text)
{
    snprintf(desk->replacement, sizeof desk->replacement, "%s", text);
    ask_where(desk);
}

void desk_answer_do(struct desk *desk, enum desk_question question, const char *text)
{
    switch (question) {
    case DESK_ASKS_GO_TO:
        go_to(desk, text);
        break;
    case DESK_ASKS_FIND:
        find(desk, text);
        break;
    case DESK_ASKS_REPLACE:
        snprintf(desk->sought, sizeof desk->sought, "%s", text);
        if (*text)
            desk_ask(desk, DESK_ASKS_REPLACE_BY, desk->replacement);
        break;
    case DESK_ASKS_REPLACE_BY:
        replace_by(desk, text);
        break;
    case DESK_ASKS_SAVE_AS:
        desk_file_save_as(desk, text);
        break;
    case DESK_ASKS_OPEN:
        desk_file_ask_open(desk, text);
        break;
    case DESK_ASKS_WIDTH:
        (void)desk_do_line(desk, "width %s %s", desk_change_columns(desk).text, text);
        break;
    case DESK_ASKS_HEIGHT:
        (void)desk_do_line(desk, "height %s %s", desk_change_rows(desk).text, text);
        break;
    case DESK_ASKS_FORMAT:
        (void)desk_do_line(desk, "format %s %s", area_name(desk_selection(desk)).text, text);
        break;
    case DESK_ASKS_INK:
        color(desk, "ink", text);
        break;
    case DESK_ASKS_PAPER:
        color(desk, "paper", text);
        break;
    case DESK_ASKS_SHEET_ADD:
        add_sheet(desk, text);
        break;
    case DESK_ASKS_SHEET_RENAME:
        rename_sheet(desk, text);
        break;
    case DESK_ASKS_SHEET_PLACE:
        move_sheet(desk, text);
        break;
    case DESK_ASKS_SORT:
        desk_table_sort_by(desk, text);
        break;
    case DESK_ASKS_CONDITION:
        desk_table_show_rows(desk, text);
        break;
    case DESK_ASKS_NAME:
        define_name(desk, text);
        break;
    case DESK_ASKS_COMMAND:
        (void)desk_do_line(desk, "%s", text);
        break;
    default:
        break;
    }
}

/* An empty answer is none, but to what something is to be replaced by. */
static void answer(struct desk *desk)
{
    char text[DESK_INPUT_BYTES];
    desk->mode = DESK_READY;
    if (desk->line.length >= sizeof text) {
        desk_say(desk, true, "that is too long");
        return;
    }
    memcpy(text, desk->line.text, desk->line.length + 1);
    enum desk_question question = desk->question;
    if (*text || question == DESK_ASKS_REPLACE_BY) {
        desk_repeat_begin(desk);
        desk_answer_do(desk, question, text);
        desk_repeat_note_answer(desk, question, text);
    } else
        desk->quits_after = desk->opens_after = false;
}

/* What is proposed goes when something else is typed, and stays when it is moved in. */
static void press_line(struct desk *desk, uint32_t key)
{
    bool is_character = key >= ' ' && key < SCREEN_KEY_UP;
    if (desk->is_proposed && is_character)
        formula_line_begin(&desk->line, "");
    desk->is_proposed = false;
    (void)formula_line_press(&desk->line, key); /* others mean nothing here */
}

static void complete_path(struct desk *desk)
{
    char path[DESK_INPUT_BYTES];
    if (desk->line.length >= sizeof path)
        return;
    memcpy(path, desk->line.text, desk->line.length + 1);
    size_t count = desk_path_complete(path, sizeof path);
    formula_line_begin(&desk->line, path);
    desk->is_proposed = false;
    desk->choice_count = count;
}

void desk_answer_press(struct desk *desk, uint32_t key)
{
    bool is_path = desk->question == DESK_ASKS_OPEN || desk->question == DESK_ASKS_SAVE_AS;
    desk->choice_count = SIZE_MAX;
    if (key == SCREEN_KEY_ESCAPE || key == 'C' - '@') {
        desk->mode = DESK_READY;
        desk->quits_after = desk->opens_after = false;
    } else if (key == SCREEN_KEY_ENTER)
        answer(desk);
    else if (key == SCREEN_KEY_TAB && is_path)
        complete_path(desk);
    else
        press_line(desk, key);
}
