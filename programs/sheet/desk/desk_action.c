/* SPDX-License-Identifier: MIT */
/* desk_action.c - the table of what can be done: see desk_action.h. */
#include "sheet/desk/desk_action.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "screen/terminal.h"
#include "sheet/desk/desk_answer.h"
#include "sheet/desk/desk_autosum.h"
#include "sheet/desk/desk_change.h"
#include "sheet/desk/desk_file.h"
#include "sheet/desk/desk_fit.h"
#include "sheet/desk/desk_format.h"
#include "sheet/desk/desk_repeat.h"
#include "sheet/desk/desk_table.h"
#include "sheet/desk/desk_typing.h"

/* ---- small ones ----------------------------------------------------------------------------- */

static void edit_cell(struct desk *desk)
{
    desk_typing_begin(desk, DESK_EDITS, NULL);
}

static void show_help(struct desk *desk)
{
    desk->mode_behind = desk->mode;
    desk->mode = DESK_HELPS;
}

static void show_map(struct desk *desk)
{
    desk->mode = DESK_MAPS;
}

static void ask_go_to(struct desk *desk)
{
    desk_ask(desk, DESK_ASKS_GO_TO, "");
}

static void ask_find(struct desk *desk)
{
    desk->in_formulas = false;
    desk_ask(desk, DESK_ASKS_FIND, desk->sought);
}

static void ask_find_in_formulas(struct desk *desk)
{
    desk->in_formulas = true;
    desk_ask(desk, DESK_ASKS_FIND, desk->sought);
}

static void find_next_one(struct desk *desk)
{
    desk_answer_find_next(desk, false);
}

static void find_previous_one(struct desk *desk)
{
    desk_answer_find_next(desk, true);
}

static void ask_replace(struct desk *desk)
{
    desk_ask(desk, DESK_ASKS_REPLACE, desk->sought);
}

static void select_all(struct desk *desk)
{
    struct area region = desk_region(desk), chosen = desk_selection(desk);
    bool is_region =
        position_is(region.first, chosen.first) && position_is(region.last, chosen.last);
    if (area_is_one(region) || is_region)
        desk_select(desk, area_of_all(), DESK_SHEET);
    else
        desk_select(desk, region, DESK_CELLS);
}

static void select_rows(struct desk *desk)
{
    desk_look(desk)->span = DESK_ROWS;
}

static void select_columns(struct desk *desk)
{
    desk_look(desk)->span = DESK_COLUMNS;
}

static void extend_or_not(struct desk *desk)
{
    desk->extends = !desk->extends;
    desk_say(desk, false,
             desk->extends ? "arrows choose an area now; F7 ends it" : "arrows move again");
}

static void next_sheet(struct desk *desk)
{
    size_t place = desk->book->active;
    do
        place = (place + 1) % desk->book->sheet_count;
    while (desk->book->sheets[place]->is_hidden && place != desk->book->active);
    desk_go_to_sheet(desk, place);
}

static void previous_sheet(struct desk *desk)
{
    size_t count = desk->book->sheet_count, place = desk->book->active;
    do
        place = (place + count - 1) % count;
    while (desk->book->sheets[place]->is_hidden && place != desk->book->active);
    desk_go_to_sheet(desk, place);
}

static void take_sheet(struct desk *desk, int id)
{
    if (id >= 0)
        desk_go_to_sheet(desk, (size_t)id);
}

static void list_sheets(struct desk *desk)
{
    desk_list_begin(&desk->list, "Go to a sheet", take_sheet);
    for (size_t i = 0; i < desk->book->sheet_count; i++) {
        const struct sheet *sheet = desk->book->sheets[i];
        struct grid_statistics figures = grid_statistics_of(sheet->grid);
        char detail[DESK_DETAIL_BYTES];
        snprintf(detail, sizeof detail, "%s%s", sheet->is_hidden ? "hidden  " : "",
                 human_bytes(figures.cell_bytes + figures.bookkeeping_bytes).text);
        (void)desk_list_add(&desk->list, (int)i, sheet_name(desk->book, sheet), detail);
    }
    desk_list_show(desk);
}

static void take_name(struct desk *desk, int id)
{
    struct problem problem = {0};
    struct area area;
    sheet_id sheet;
    if (id < 0)
        return;
    const struct name *name = name_of(desk->book->names, (name_id)id);
    const char *text = name ? text_bytes(desk->book->texts, name->text, &(size_t){0}) : "";
    if (desk_read_place(desk, text, &sheet, &area, &problem))
        desk_show_area(desk, sheet, area);
    else
        desk_say(desk, true, "%s", problem.text);
}

static void list_names(struct desk *desk)
{
    desk_list_begin(&desk->list, "Go to what a name stands for", take_name);
    for (name_id i = 1; i <= name_count(desk->book->names); i++) {
        const struct name *name = name_of(desk->book->names, i);
        size_t size;
        if (!name || !name->formula || name->is_hidden)
            continue;
        const struct sheet *sheet = name->sheet ? book_sheet(desk->book, name->sheet) : NULL;
        if (!desk_list_add(&desk->list, (int)i, text_bytes(desk->book->texts, name->text, &size),
                           sheet ? sheet_name(desk->book, sheet) : ""))
            break;
    }
    desk_list_show(desk);
}

static void ask_add_sheet(struct desk *desk)
{
    char name[32];
    size_t number = desk->book->sheet_count + 1;
    do
        snprintf(name, sizeof name, "Sheet%zu", number++);
    while (book_find_sheet(desk->book, name, strlen(name)));
    desk_ask(desk, DESK_ASKS_SHEET_ADD, name);
}

static void ask_rename_sheet(struct desk *desk)
{
    desk_ask(desk, DESK_ASKS_SHEET_RENAME, desk_sheet_name(desk));
}

static void ask_move_sheet(struct desk *desk)
{
    desk_ask(desk, DESK_ASKS_SHEET_PLACE, "1");
}

static void ask_height(struct desk *desk)
{
    desk_ask(desk, DESK_ASKS_HEIGHT, "15");
}

static void ask_ink(struct desk *desk)
{
    desk_ask(desk, DESK_ASKS_INK, "");
}

static void ask_paper(struct desk *desk)
{
    desk_ask(desk, DESK_ASKS_PAPER, "");
}

static void ask_sort(struct desk *desk)
{
    char keys[DESK_SORT_KEYS_BYTES];
    desk_table_sort_proposal(desk, keys);
    desk_ask(desk, DESK_ASKS_SORT, keys);
}

static void ask_condition(struct desk *desk)
{
    desk_ask(desk, DESK_ASKS_CONDITION, "");
}

static void ask_save_as(struct desk *desk)
{
    desk_ask(desk, DESK_ASKS_SAVE_AS, desk->path[0] ? desk->path : "book.xlsx");
}

static void ask_open(struct desk *desk)
{
    desk_ask(desk, DESK_ASKS_OPEN, "");
}

static void ask_command(struct desk *desk)
{
    desk_ask(desk, DESK_ASKS_COMMAND, "");
}

static void type_date(struct desk *desk)
{
    desk_typing_put_now(desk, false);
}

static void type_time(struct desk *desk)
{
    desk_typing_put_now(desk, true);
}

static void type_what_is_above(struct desk *desk)
{
    struct position above = desk_cursor(desk);
    if (above.row == 0) {
        desk_say(desk, true, "there is no row above");
        return;
    }
    above.row--;
    char *source = cell_source(desk->book, desk_sheet(desk), above);
    if (source)
        desk_typing_begin(desk, DESK_EDITS, source);
    else
        desk_say(desk, true, "out of memory");
    free(source);
}

static void reveal_cursor(struct desk *desk)
{
    desk_reveal(desk, desk_cursor(desk));
}

static void collect(struct desk *desk)
{
    uint64_t bytes = book_collect(desk->book);
    desk_changed(desk);
    desk_say(desk, false, "%s given back", human_bytes(bytes).text);
}

/* ---- the table ------------------------------------------------------------------------------ */

#define CONTROL(letter) ((uint32_t)(letter) - '@')
#define ALT(letter) (SCREEN_KEY_ALT | (uint32_t)(letter))
#define CTRL(character) (SCREEN_KEY_CTRL | (uint32_t)(character))
#define CTRL_SHIFT(character) (SCREEN_KEY_CTRL | SCREEN_KEY_SHIFT | (uint32_t)(character))
#define FUNCTION_KEY(number) (SCREEN_KEY_F1 + (number)-1)

static const struct desk_action actions[] = {
    {"Help", "Help", "F1, ?", "Help", {FUNCTION_KEY(1), '?'}, show_help},
    {"Help",
     "Search all commands",
     "F10, Ctrl+P",
     "Commands",
     {FUNCTION_KEY(10), CONTROL('P')},
     desk_action_show_palette},
    {"Help", "Map of the grid's pages", "F8", "Map", {FUNCTION_KEY(8)}, show_map},
    {"Help", "Give unused memory back", "", NULL, {0}, collect},
    {"File", "Save", "Ctrl+S", "Save", {CONTROL('S')}, desk_file_save},
    {"File", "Save under another name", "F12", NULL, {FUNCTION_KEY(12)}, ask_save_as},
    {"File", "Open", "Ctrl+O", NULL, {CONTROL('O')}, ask_open},
    {"File", "New workbook", "Ctrl+N", NULL, {CONTROL('N')}, desk_file_new},
    {"File", "Quit", "Ctrl+Q", "Quit", {CONTROL('Q')}, desk_file_quit},
    {"Cells", "Edit the cell", "F2", "Edit", {FUNCTION_KEY(2)}, edit_cell},
    {"Cells", "Copy", "Ctrl+C, Alt+Y", "Copy", {CONTROL('C'), ALT('y')}, desk_change_copy},
    {"Cells", "Cut", "Ctrl+X, Alt+X", NULL, {CONTROL('X'), ALT('x')}, desk_change_cut},
    {"Cells", "Paste", "Ctrl+V, Alt+P", "Paste", {CONTROL('V'), ALT('p')}, desk_change_paste},
    {"Cells", "Paste values, formulas or formats", "Alt+V", NULL, {ALT('v')}, desk_change_paste_as},
    {"Cells", "Clear", "Delete", NULL, {SCREEN_KEY_DELETE}, desk_change_clear},
    {"Cells", "Sum of what is above or left", "Alt+=", NULL, {ALT('=')}, desk_autosum},
    {"Cells", "Today's date", "Ctrl+;, Alt+;", NULL, {CTRL(';'), ALT(';')}, type_date},
    {"Cells",
     "The time it is",
     "Ctrl+Shift+;, Alt+T",
     NULL,
     {CTRL_SHIFT(';'), CTRL_SHIFT(':'), CTRL(':'), ALT('t')},
     type_time},
    {"Cells",
     "The formula of the cell above",
     "Ctrl+', Alt+'",
     NULL,
     {CTRL('\''), ALT('\'')},
     type_what_is_above},
    {"Cells", "Clear formats", "", NULL, {0}, desk_change_clear_formats},
    {"Cells", "Clear everything", "", NULL, {0}, desk_change_clear_all},
    {"Cells", "Fill down", "Ctrl+D", NULL, {CONTROL('D')}, desk_change_fill_down},
    {"Cells", "Fill to the right", "Ctrl+R", NULL, {CONTROL('R')}, desk_change_fill_right},
    {"Cells",
     "Fill: go on with the series",
     "Ctrl+E",
     NULL,
     {CONTROL('E')},
     desk_change_fill_series},
    {"Cells", "Undo", "Ctrl+Z, Alt+U", "Undo", {CONTROL('Z'), ALT('u')}, desk_change_undo},
    {"Cells", "Redo", "Ctrl+Y, Alt+R", NULL, {CONTROL('Y'), ALT('r')}, desk_change_redo},
    {"Cells", "Once more what was done last", "F4", NULL, {FUNCTION_KEY(4)}, desk_repeat},
    {"Find",
     "Go to a cell, an area or a name",
     "F5, Ctrl+G",
     "Go to",
     {FUNCTION_KEY(5), CONTROL('G')},
     ask_go_to},
    {"Find", "Find", "Ctrl+F", "Find", {CONTROL('F')}, ask_find},
    {"Find", "Find in formulas", "", NULL, {0}, ask_find_in_formulas},
    {"Find", "Find the next one", "F3, Alt+N", NULL, {FUNCTION_KEY(3), ALT('n')}, find_next_one},
    {"Find",
     "Find the one before",
     "Shift+F3, Alt+B",
     NULL,
     {SCREEN_KEY_SHIFT | FUNCTION_KEY(3), ALT('b')},
     find_previous_one},
    {"Find", "Replace", "Ctrl+H, Alt+G", NULL, {CONTROL('H'), ALT('g')}, ask_replace},
    {"Find",
     "Go to what a name stands for",
     "Ctrl+F3, Alt+O",
     NULL,
     {SCREEN_KEY_CTRL | FUNCTION_KEY(3), ALT('o')},
     list_names},
    {"Find",
     "Back to the cursor",
     "Ctrl+Backspace",
     NULL,
     {CTRL(SCREEN_KEY_BACKSPACE)},
     reveal_cursor},
    {"Choose", "All that belongs together, then all", "Ctrl+A", NULL, {CONTROL('A')}, select_all},
    {"Choose",
     "Whole rows",
     "Shift+Space, Alt+Space",
     NULL,
     {SCREEN_KEY_SHIFT | ' ', ALT(' ')},
     select_rows},
    {"Choose",
     "Whole columns",
     "Ctrl+Space, Alt+C",
     NULL,
     {SCREEN_KEY_CTRL | ' ', ALT('c')},
     select_columns},
    {"Choose", "Arrows choose an area, or move", "F7", NULL, {FUNCTION_KEY(7)}, extend_or_not},
    {"Rows and columns",
     "Insert or delete rows and columns",
     "Insert, Alt+I, Ctrl++",
     "Rows",
     {SCREEN_KEY_INSERT, ALT('i'), CTRL('+'), CTRL_SHIFT('+')},
     desk_change_lines},
    {"Rows and columns", "Insert rows", "", NULL, {0}, desk_change_insert_rows},
    {"Rows and columns", "Insert columns", "", NULL, {0}, desk_change_insert_columns},
    {"Rows and columns",
     "Delete rows or columns",
     "Ctrl+-",
     NULL,
     {CTRL('-')},
     desk_change_delete_lines},
    {"Rows and columns",
     "Delete rows",
     "Ctrl+Delete",
     NULL,
     {SCREEN_KEY_CTRL | SCREEN_KEY_DELETE},
     desk_change_delete_rows},
    {"Rows and columns", "Delete columns", "", NULL, {0}, desk_change_delete_columns},
    {"Rows and columns", "Wider", "Alt++, Alt+>", NULL, {ALT('+'), ALT('>')}, desk_change_wider},
    {"Rows and columns",
     "Narrower",
     "Alt+-, Alt+<",
     NULL,
     {ALT('-'), ALT('<')},
     desk_change_narrower},
    {"Rows and columns", "As wide as the contents", "Alt+W", NULL, {ALT('w')}, desk_fit_chosen},
    {"Rows and columns", "Width", "Ctrl+W", NULL, {CONTROL('W')}, desk_answer_ask_width},
    {"Rows and columns", "Height", "", NULL, {0}, ask_height},
    {"Rows and columns", "Hide rows", "Ctrl+9", NULL, {CTRL('9')}, desk_change_hide_rows},
    {"Rows and columns", "Hide columns", "Ctrl+0", NULL, {CTRL('0')}, desk_change_hide_columns},
    {"Rows and columns", "Show hidden rows and columns again", "", NULL, {0}, desk_change_unhide},
    {"Rows and columns",
     "Freeze rows above and columns left, or no more",
     "Alt+Z",
     NULL,
     {ALT('z')},
     desk_change_freeze},
    {"Rows and columns", "Merge cells", "", NULL, {0}, desk_change_merge},
    {"Rows and columns", "Merged cells apart again", "", NULL, {0}, desk_change_unmerge},
    {"Data", "Sort by this column, A to Z", "Alt+S", NULL, {ALT('s')}, desk_table_sort_up},
    {"Data", "Sort by this column, Z to A", "Alt+D", NULL, {ALT('d')}, desk_table_sort_down},
    {"Data", "Sort by several columns", "Ctrl+T", "Sort", {CONTROL('T')}, ask_sort},
    {"Data",
     "Filter by value",
     "F11, Alt+F, Alt+Down",
     "Filter",
     {FUNCTION_KEY(11), ALT('f'), SCREEN_KEY_ALT | SCREEN_KEY_DOWN, CTRL_SHIFT('l')},
     desk_table_filter_values},
    {"Data", "Filter by a condition", "", NULL, {0}, ask_condition},
    {"Data", "Filter, or no filter any more", "", NULL, {0}, desk_table_filter},
    {"Data", "Compute formulas", "F9", NULL, {FUNCTION_KEY(9)}, desk_change_calculate},
    {"Data", "Compute only when asked, or always", "", NULL, {0}, desk_change_manual},
    {"Data", "Define a name for what is chosen", "Alt+A", NULL, {ALT('a')}, desk_answer_ask_name},
    {"Formats",
     "Number format",
     "F6, Alt+M, Ctrl+1",
     "Format",
     {FUNCTION_KEY(6), ALT('m'), CTRL('1')},
     desk_format_choose},
    {"Formats", "One decimal more", "Alt+.", NULL, {ALT('.')}, desk_format_more_decimals},
    {"Formats", "One decimal fewer", "Alt+,", NULL, {ALT(',')}, desk_format_fewer_decimals},
    {"Formats", "Bold", "Ctrl+B", NULL, {CONTROL('B')}, desk_format_bold},
    {"Formats", "Italic", "Alt+E", NULL, {ALT('e')}, desk_format_italic},
    {"Formats", "Underlined", "Ctrl+U", NULL, {CONTROL('U')}, desk_format_underline},
    {"Formats", "Struck through", "Ctrl+5", NULL, {CTRL('5')}, desk_format_strike},
    {"Formats", "Wrapped", "", NULL, {0}, desk_format_wrap},
    {"Formats", "Colour of text", "", NULL, {0}, ask_ink},
    {"Formats", "Colour behind the text", "", NULL, {0}, ask_paper},
    {"Formats", "Align", "", NULL, {0}, desk_format_align},
    {"Sheets",
     "Next sheet",
     "Ctrl+PgDn",
     NULL,
     {SCREEN_KEY_CTRL | SCREEN_KEY_PAGE_DOWN},
     next_sheet},
    {"Sheets",
     "Previous sheet",
     "Ctrl+PgUp",
     NULL,
     {SCREEN_KEY_CTRL | SCREEN_KEY_PAGE_UP},
     previous_sheet},
    {"Sheets", "Go to a sheet", "Alt+0", NULL, {ALT('0')}, list_sheets},
    {"Sheets",
     "Add a sheet",
     "Shift+F11",
     NULL,
     {SCREEN_KEY_SHIFT | FUNCTION_KEY(11)},
     ask_add_sheet},
    {"Sheets", "Rename this sheet", "", NULL, {0}, ask_rename_sheet},
    {"Sheets", "Move this sheet", "", NULL, {0}, ask_move_sheet},
    {"Sheets", "Remove this sheet", "", NULL, {0}, desk_change_remove_sheet},
    {"Sheets", "A command in words", "Alt+:", NULL, {ALT(':')}, ask_command},
};

enum { ACTIONS = sizeof actions / sizeof *actions };

int desk_action_count(void)
{
    return ACTIONS;
}

const struct desk_action *desk_action_of(int number)
{
    return &actions[number];
}

const struct desk_action *desk_action_for(uint32_t key)
{
    for (int i = 0; i < ACTIONS; i++)
        for (int j = 0; j < DESK_KEYS_MAX && actions[i].key[j]; j++)
            if (actions[i].key[j] == key)
                return &actions[i];
    return NULL;
}

/* "^S" for "Ctrl+S", "F10" for "F10, Ctrl+P". */
const char *desk_action_key(const struct desk_action *action)
{
    static char texts[ACTIONS][8];
    char *text = texts[action - actions];
    size_t length = strcspn(action->keys, ",");
    if (strncmp(action->keys, "Ctrl+", 5) == 0 && length == 6)
        snprintf(text, sizeof texts[0], "^%c", action->keys[5]);
    else
        snprintf(text, sizeof texts[0], "%.*s", (int)length, action->keys);
    return text;
}

static void take_action(struct desk *desk, int id)
{
    if (id < 0)
        return;
    actions[id].run(desk);
    desk_repeat_note_action(desk, &actions[id]);
    desk_repeat_begin(desk); /* it is noted */
}

/* What people call it elsewhere. */
static const char *words_for(const struct desk_action *action)
{
    static const struct {
        void (*run)(struct desk *desk);
        const char *words;
    } also[] = {
        {ask_add_sheet, "new insert worksheet tab"},
        {desk_change_remove_sheet, "delete worksheet tab"},
        {ask_ink, "color font"},
        {ask_paper, "color colour background fill highlight"},
        {desk_format_choose, "currency money euro dollar pound percent date time decimals"},
        {desk_autosum, "total autosum add"},
        {desk_change_freeze, "titles header panes"},
    };
    for (size_t i = 0; i < sizeof also / sizeof *also; i++)
        if (also[i].run == action->run)
            return also[i].words;
    return NULL;
}

void desk_action_show_palette(struct desk *desk)
{
    desk_list_begin(&desk->list, "What is to be done? Type a word of it.", take_action);
    desk->list.can_repeat = true;
    for (int i = 0; i < ACTIONS; i++) {
        char text[DESK_ENTRY_BYTES];
        if (actions[i].run == desk_action_show_palette)
            continue;
        snprintf(text, sizeof text, "%s: %s", actions[i].group, actions[i].name);
        if (desk_list_add(&desk->list, i, text, actions[i].keys))
            desk_list_add_words(&desk->list, words_for(&actions[i]));
    }
    desk_list_show(desk);
}

/* ---- a click with the right button ---------------------------------------------------------- */

static int number_of(void (*run)(struct desk *desk))
{
    int number = 0;
    while (number < ACTIONS && actions[number].run != run)
        number++;
    return number;
}

void desk_action_show_menu(struct desk *desk)
{
    static void (*const wanted[])(struct desk *) = {
        desk_change_cut,          desk_change_copy,
        desk_change_paste,        desk_change_paste_as,
        desk_change_clear,        desk_autosum,
        desk_change_insert_rows,  desk_change_insert_columns,
        desk_change_delete_rows,  desk_change_delete_columns,
        desk_table_sort_up,       desk_table_sort_down,
        desk_table_filter_values, desk_format_choose,
        desk_format_align,        desk_fit_chosen,
        desk_change_hide_rows,    desk_change_hide_columns,
        desk_change_unhide,       desk_change_freeze};
    char title[DESK_TITLE_BYTES];
    snprintf(title, sizeof title, "What is to be done with %s?",
             area_name(desk_selection(desk)).text);
    desk_list_begin(&desk->list, title, take_action);
    desk->list.can_repeat = true;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        int number = number_of(wanted[i]);
        (void)desk_list_add(&desk->list, number, actions[number].name, actions[number].keys);
    }
    desk_list_show(desk);
}
