/* SPDX-License-Identifier: MIT */
/* desk_view.c - the screen, but for the cells: see desk_view.h. */
#include "sheet/desk/desk_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "sheet/desk/desk_action.h"
#include "sheet/desk/desk_cells_view.h"
#include "sheet/desk/desk_help.h"
#include "sheet/desk/desk_map_view.h"
#include "sheet/desk/desk_paint.h"
#include "sheet/desk/desk_wrap.h"

enum { PAGE_BYTES = 4096, STATUS_BYTES = 256, SUMS_MIN = 30, RETURN_SIGN = 0x21B5 };

static const char *const mode_names[] = {
    [DESK_READY] = "READY", [DESK_ENTERS] = "ENTER", [DESK_EDITS] = "EDIT", [DESK_ASKS] = "ASK",
    [DESK_LISTS] = "LIST",  [DESK_HELPS] = "HELP",   [DESK_MAPS] = "MAP",
};

static const char *const questions[DESK_QUESTIONS] = {
    [DESK_ASKS_GO_TO] = "go to (B7, XFD1048576, Sheet2!B7, A1:C9, a name): ",
    [DESK_ASKS_FIND] = "find: ",
    [DESK_ASKS_REPLACE] = "replace: ",
    [DESK_ASKS_REPLACE_BY] = "by: ",
    [DESK_ASKS_SAVE_AS] = "save as (.xlsx .csv .tsv .json): ",
    [DESK_ASKS_OPEN] = "open: ",
    [DESK_ASKS_WIDTH] = "width in characters (0: the default): ",
    [DESK_ASKS_HEIGHT] = "height in points (0: the default): ",
    [DESK_ASKS_FORMAT] = "number format code: ",
    [DESK_ASKS_INK] = "colour of text, as FF0000 (none: the default): ",
    [DESK_ASKS_PAPER] = "colour behind it, as FFFF00 (none: the default): ",
    [DESK_ASKS_SHEET_ADD] = "name of the new sheet: ",
    [DESK_ASKS_SHEET_RENAME] = "new name of this sheet: ",
    [DESK_ASKS_SHEET_PLACE] = "move this sheet to place (1 is the first): ",
    [DESK_ASKS_SORT] = "sort by columns (+B -C header): ",
    [DESK_ASKS_CONDITION] = "show rows where this column is (>=10, <>x, a*): ",
    [DESK_ASKS_NAME] = "name for what is chosen (Total, or Total =formula): ",
    [DESK_ASKS_COMMAND] = "command (see the manual): ",
};

/* ---- what is typed -------------------------------------------------------------------------- */

struct typed_colors {
    bool is_chosen; /* all of it */
    struct formula_reference references[FORMULA_REFERENCES_MAX];
    size_t count;
};

static struct screen_style color_at(const struct typed_colors *colors, size_t place)
{
    if (colors->is_chosen)
        return desk_chosen;
    for (size_t i = 0; i < colors->count; i++)
        if (place >= colors->references[i].start && place < colors->references[i].end)
            return (struct screen_style){.ink = desk_paint_reference(i), .flags = SCREEN_BOLD};
    return desk_plain;
}

static int columns_up_to(const char *text, size_t end)
{
    int columns = 0;
    uint32_t glyph;
    for (size_t place = 0, length; place < end; place += length) {
        length = screen_decode(text + place, &glyph);
        if (length == 0)
            break;
        columns += screen_width_of(&glyph);
    }
    return columns;
}

/* A line being typed, scrolled so that its cursor can be seen. Returns the cursor's column. */
static int draw_typed(const struct formula_line *line, const struct typed_colors *colors,
                      struct screen_grid *grid, struct screen_area area)
{
    int before = columns_up_to(line->text, line->cursor), room = area.columns - 1;
    int skipped = before > room ? before - room : 0, at = -skipped;
    uint32_t glyph;
    for (size_t place = 0, length; place < line->length && at <= area.columns; place += length) {
        length = screen_decode(line->text + place, &glyph);
        if (length == 0)
            break;
        if (glyph == '\n')
            glyph = RETURN_SIGN;
        int width = screen_width_of(&glyph);
        bool is_inside = at >= 0 && at + width <= area.columns;
        if (width == 0 && at > 0)
            screen_put_mark(grid, area.column + at - 1, area.row, glyph);
        if (is_inside && width > 0)
            screen_put(grid, area.column + at, area.row, glyph, color_at(colors, place));
        if (is_inside && width == 2)
            screen_put(grid, area.column + at + 1, area.row, SCREEN_NO_GLYPH, desk_plain);
        at += width;
    }
    return area.column + before - skipped;
}

/* ---- the first row -------------------------------------------------------------------------- */

static void name_selection(const struct desk *desk, char text[AREA_TEXT_BYTES])
{
    struct area area = desk_selection(desk);
    const struct desk_look *look = desk_look_at(desk);
    bool is_one = look->span == DESK_CELLS && position_is(look->anchor, look->end);
    if (is_one)
        snprintf(text, AREA_TEXT_BYTES, "%s", position_name(look->cursor, 0).text);
    else if (look->span == DESK_CELLS && (int)strlen(area_name(area).text) > DESK_NAME_COLUMNS - 2)
        snprintf(text, AREA_TEXT_BYTES, "%uR x %uC", area_rows(area), area_columns(area));
    else
        snprintf(text, AREA_TEXT_BYTES, "%s", area_name(area).text);
}

static void draw_source(const struct desk *desk, struct screen_grid *grid, struct screen_area area)
{
    char *source = cell_source(desk->book, desk_sheet(desk), desk_cursor(desk));
    if (!source)
        return;
    const struct cell *cell = grid_at(desk_sheet(desk)->grid, desk_cursor(desk));
    for (char *at = source; *at; at++)
        if (*at == '\n' || *at == '\r' || *at == '\t')
            *at = ' ';
    bool is_kept = cell->flags & CELL_KEPT_VALUE;
    int drawn = screen_text(grid, area.column, area.row, area.columns, desk_plain, source);
    if (is_kept)
        screen_text(grid, area.column + drawn + 2, area.row, area.columns - drawn - 2, desk_bad,
                    "(not known here: the file's value)");
    free(source);
}

static void draw_input(const struct desk *desk, struct screen_grid *grid,
                       const struct desk_layout *layout, int *cursor_column, int *cursor_row)
{
    bool is_typing = desk->mode == DESK_ENTERS || desk->mode == DESK_EDITS;
    char name[AREA_TEXT_BYTES];
    struct typed_colors colors;
    if (is_typing)
        snprintf(name, sizeof name, "%s", position_name(desk->edited.position, 0).text);
    else
        name_selection(desk, name);
    screen_text(grid, 1, 0, DESK_NAME_COLUMNS - 2, desk_bold, name);
    screen_put(grid, DESK_NAME_COLUMNS - 1, 0, 0x2502, desk_dim);
    if (!is_typing) {
        draw_source(desk, grid, layout->input);
        return;
    }
    colors.is_chosen = false;
    colors.count = formula_line_references(&desk->line, colors.references);
    *cursor_column = draw_typed(&desk->line, &colors, grid, layout->input);
    *cursor_row = 0;
}

/* ---- what helps with a formula -------------------------------------------------------------- */

/* The usage, with the argument the cursor is at in bold. The last one may be repeated. */
static void draw_usage(struct screen_grid *grid, struct screen_area area,
                       const struct function *function, unsigned argument)
{
    const char *usage = function->usage ? function->usage : function->name;
    unsigned commas = 0, at_comma = 0;
    for (const char *at = usage; *at; at++)
        commas += *at == ',';
    if (argument > commas)
        argument = commas;
    int at = area.column + 1, end = area.column + area.columns;
    bool is_inside = false;
    screen_fill(grid, area, ' ', desk_header);
    for (const char *c = usage; *c && at < end; c++) {
        at_comma += is_inside && *c == ',';
        bool is_mark = *c == ',' || *c == '(' || *c == ')' || *c == '[' || *c == ']' || *c == ' ';
        struct screen_style style = desk_header;
        if (is_inside && at_comma == argument && !is_mark)
            style.flags |= SCREEN_BOLD | SCREEN_UNDERLINE;
        screen_put(grid, at++, area.row, (unsigned char)*c, style);
        is_inside |= *c == '(';
    }
    if (function->says)
        screen_text(grid, at + 2, area.row, end - at - 2, desk_header, function->says);
}

static void draw_choices(const struct formula_line *line, struct screen_grid *grid,
                         struct screen_area area)
{
    for (size_t i = 0; i < line->choice_count && area.row < grid->rows - 3; i++, area.row++) {
        const struct formula_choice *choice = &line->choices[i];
        struct screen_style style = i == line->choice ? desk_chosen : desk_header;
        screen_fill(grid, area, ' ', style);
        const struct function *function = choice->function;
        const char *text = function && function->usage ? function->usage : choice->name;
        int drawn = screen_text(grid, area.column + 1, area.row, area.columns - 2, style, text);
        screen_text(grid, area.column + drawn + 3, area.row, area.columns - drawn - 4, style,
                    function ? function->says ? function->says : "" : "a name");
    }
}

static void draw_aid(const struct desk *desk, struct screen_grid *grid,
                     const struct desk_layout *layout)
{
    unsigned argument = 0;
    struct screen_area area = {DESK_NAME_COLUMNS, 1, layout->columns - DESK_NAME_COLUMNS, 1};
    if (desk->mode != DESK_ENTERS && desk->mode != DESK_EDITS)
        return;
    if (desk->line.choice_count > 0) {
        draw_choices(&desk->line, grid, area);
        return;
    }
    const struct function *function = formula_line_function(&desk->line, &argument);
    if (function)
        draw_usage(grid, area, function, argument);
}

/* ---- tabs and status ------------------------------------------------------------------------ */

static void draw_tabs(const struct desk *desk, struct screen_grid *grid,
                      const struct desk_layout *layout)
{
    int row = layout->tabs_row;
    for (int i = 0; i < layout->tab_count; i++) {
        size_t place = layout->tabs[i].place;
        struct screen_style style = place == desk->book->active ? desk_tab_active : desk_tab;
        int at = layout->tabs[i].at, size = layout->tabs[i].size;
        screen_fill(grid, (struct screen_area){at, row, size, 1}, ' ', style);
        screen_text(grid, at + 1, row, size - 2, style,
                    sheet_name(desk->book, desk->book->sheets[place]));
    }
    size_t last = layout->tab_count ? layout->tabs[layout->tab_count - 1].place : 0;
    int at = layout->tabs_end;
    if (last + 1 < desk->book->sheet_count)
        at += screen_format(grid, at + 1, row, 12, desk_dim, "+%zu",
                            desk->book->sheet_count - last - 1) +
              1;
    const char *slash = strrchr(desk->path, '/');
    const char *name = desk->path[0] ? (slash ? slash + 1 : desk->path) : "(no name yet)";
    char text[STATUS_BYTES];
    snprintf(text, sizeof text, "%.240s%s", name, edit_is_changed(desk->edit) ? " *" : "");
    int room = layout->columns - at - 2, wide = screen_columns_of(text);
    if (room > 0)
        screen_text(grid, wide < room ? layout->columns - 1 - wide : at + 2, row, room, desk_dim,
                    text);
}

static void print_number(double number, char text[VALUE_NUMBER_BYTES])
{
    if (value_print_narrow(number, 12, text) == 0)
        (void)value_print_number(number, text); /* always fits in */
}

static void print_sums(const struct desk *desk, char text[STATUS_BYTES])
{
    const struct desk_sums *sums = &desk->sums;
    char sum[VALUE_NUMBER_BYTES], average[VALUE_NUMBER_BYTES];
    const char *more = sums->is_done ? "" : "...";
    text[0] = 0;
    if (!sums->sheet || sums->used == 0 || (sums->is_done && area_is_one(sums->area)))
        return;
    print_number(sums->sum + sums->correction, sum);
    print_number(sums->numbers ? (sums->sum + sums->correction) / (double)sums->numbers : 0,
                 average);
    if (sums->numbers > 0)
        snprintf(text, STATUS_BYTES, "sum %s%s  average %s  count %s", sum, more, average,
                 human_count(sums->used).text);
    else
        snprintf(text, STATUS_BYTES, "count %s%s", human_count(sums->used).text, more);
}

/* From the most important on, as many as there is room for. */
static void print_memory(const struct desk *desk, int room, char text[STATUS_BYTES])
{
    uint64_t charged = steppe_budget_charged_bytes(desk->book->budget);
    uint64_t limit = steppe_budget_limit_bytes(desk->book->budget);
    char items[4][2 * HUMAN_TEXT_BYTES + 8];
    snprintf(items[0], sizeof items[0], "%s%s cells", human_count(desk->counts.used).text,
             desk->counts.is_done ? "" : "+");
    snprintf(items[1], sizeof items[1], "%s pages", human_count(charged / PAGE_BYTES).text);
    snprintf(items[2], sizeof items[2], "resident %s", human_bytes(desk->resident_bytes).text);
    if (limit == STEPPE_NO_LIMIT)
        snprintf(items[3], sizeof items[3], "no limit");
    else
        snprintf(items[3], sizeof items[3], "%s of %s", human_bytes(charged).text,
                 human_bytes(limit).text);
    text[0] = 0;
    for (int i = 0, used = 0; i < 4; i++) {
        int length = (int)strlen(items[i]) + (i > 0 ? 2 : 0);
        if (used + length > room)
            break;
        snprintf(text + used, STATUS_BYTES - (size_t)used, "%s%s", i > 0 ? "  " : "", items[i]);
        used += length;
    }
}

static const char *mode_name(const struct desk *desk)
{
    if (desk->pointed.sheet)
        return "POINT";
    if (desk->mode == DESK_READY && desk->extends)
        return "CHOOSE";
    return mode_names[desk->mode];
}

static void draw_progress(const struct desk *desk, struct screen_grid *grid, int row, int columns)
{
    char text[STATUS_BYTES];
    if (desk->total > 0)
        snprintf(text, sizeof text, "%s: %.0f %%", desk->doing,
                 100.0 * (double)desk->done / (double)desk->total);
    else
        snprintf(text, sizeof text, "%s: %s", desk->doing, human_count(desk->done).text);
    int at = 1 + screen_text(grid, 1, row, columns - 2, desk_bold, text);
    screen_text(grid, at + 2, row, columns - at - 3, desk_dim, "Esc or Ctrl+C stops it");
}

/* A long one goes on over the row below, which has nothing that cannot wait for the next key. */
static void draw_message(const struct desk *desk, struct screen_grid *grid, int at, int row)
{
    struct screen_style style = desk->is_bad_news ? desk_bad : desk_good;
    int room = grid->columns - at - 1;
    char text[PROBLEM_BYTES];
    size_t next;
    snprintf(text, sizeof text, "%s", desk->message);
    size_t end = desk_wrap_line(text, room, &next);
    if (text[next]) {
        screen_fill(grid, (struct screen_area){0, row + 1, grid->columns, 1}, ' ', desk_plain);
        screen_text(grid, at, row + 1, room, style, text + next);
        text[end] = 0;
    }
    screen_text(grid, at, row, room, style, text);
}

/* "filtered: 3 of 7 rows", while any are not shown; nothing when there is no room. Returns how wide
 * it is, with what keeps it apart. */
static int draw_filtered(const struct desk *desk, struct screen_grid *grid, int at, int row)
{
    char text[STATUS_BYTES];
    bool is_known = desk->filtered.sheet == desk_sheet(desk)->id;
    if (!is_known || desk->filtered.shown_rows >= desk->filtered.rows)
        return 0;
    snprintf(text, sizeof text, "filtered: %s of %s row%s",
             human_count(desk->filtered.shown_rows).text, human_count(desk->filtered.rows).text,
             desk->filtered.rows == 1 ? "" : "s");
    if (screen_columns_of(text) + 2 > grid->columns - at - 1)
        return 0;
    return screen_text(grid, at, row, grid->columns - at - 1, desk_bold, text) + 2;
}

static void draw_status(const struct desk *desk, struct screen_grid *grid,
                        const struct desk_layout *layout)
{
    char sums[STATUS_BYTES], memory[STATUS_BYTES];
    int row = layout->status_row, columns = layout->columns;
    if (desk->doing[0]) {
        draw_progress(desk, grid, row, columns);
        return;
    }
    int at = 1 + screen_text(grid, 1, row, columns - 2, desk_bold, mode_name(desk)) + 2;
    if (desk->message[0]) {
        draw_message(desk, grid, at, row);
        return;
    }
    at += draw_filtered(desk, grid, at, row);
    print_sums(desk, sums);
    int wide = screen_columns_of(sums);
    print_memory(desk, columns - at - (wide > 0 ? wide + 3 : 0) - 1, memory);
    at += screen_text(grid, at, row, columns - at - 1, desk_good, sums);
    screen_text_right(grid, columns - 2, row, desk_dim, memory);
}

static int draw_question(const struct desk *desk, struct screen_grid *grid,
                         const struct desk_layout *layout)
{
    int row = layout->status_row, columns = layout->columns;
    int at = 1 + screen_text(grid, 1, row, columns * 2 / 3, desk_bold, questions[desk->question]);
    const struct typed_colors none = {.is_chosen = desk->is_proposed};
    return draw_typed(&desk->line, &none, grid, (struct screen_area){at, row, columns - at - 1, 1});
}

static void draw_hints(const struct desk *desk, struct screen_grid *grid,
                       const struct desk_layout *layout)
{
    int row = layout->hints_row, columns = layout->columns;
    const char *words = desk->mode == DESK_ASKS ? "Enter: do it   Esc: never mind"
                        : desk->mode == DESK_LISTS && desk->list.can_mark
                            ? "type to search   Insert: mark several   Enter: choose   Esc: leave"
                        : desk->mode == DESK_LISTS ? "type to search   Enter: choose   Esc: leave"
                        : desk->mode == DESK_MAPS
                            ? "arrows: look around   C: collect, give unused pages back   Esc: back"
                        : desk->mode == DESK_ENTERS || desk->mode == DESK_EDITS
                            ? "Enter: done   Esc: as it was   F4: $   Tab: complete, or done"
                            : NULL;
    bool is_path = desk->mode == DESK_ASKS &&
                   (desk->question == DESK_ASKS_OPEN || desk->question == DESK_ASKS_SAVE_AS);
    if (is_path && desk->choice_count != SIZE_MAX && desk->choice_count != 1) {
        screen_format(grid, 1, row, columns - 2, desk_dim, "%zu files begin like this",
                      desk->choice_count);
        return;
    }
    if (words) {
        screen_text(grid, 1, row, columns - 2, desk_dim,
                    is_path ? "Enter: do it   Tab: complete   Esc: never mind" : words);
        return;
    }
    for (int i = 0; i < layout->hint_count; i++) {
        const struct desk_action *action = desk_action_of(layout->hints[i].action);
        int at = layout->hints[i].at;
        at += 1 + screen_text(grid, at, row, columns - at, desk_bold, desk_action_key(action));
        screen_text(grid, at, row, columns - at, desk_dim, action->hint);
    }
}

/* ---- lists ---------------------------------------------------------------------------------- */

static void draw_title(const char *title, struct screen_grid *grid, struct screen_area area)
{
    char text[DESK_TITLE_BYTES], *line = text;
    snprintf(text, sizeof text, "%s", title);
    for (size_t next; area.rows > 0 && *line; area.rows--, area.row++, line += next) {
        size_t end = desk_wrap_line(line, area.columns, &next);
        bool is_last = area.rows == 1;
        char behind = line[end];
        if (!is_last)
            line[end] = 0;
        screen_text(grid, area.column, area.row, area.columns, desk_bold, line);
        line[end] = behind;
    }
}

static int draw_list(const struct desk *desk, struct screen_grid *grid,
                     const struct desk_layout *layout)
{
    const struct desk_list *list = &desk->list;
    int titles = desk_layout_title_rows(layout, desk), room = desk_layout_list_rows(layout, desk);
    struct screen_area frame = layout->list;
    int shown = (int)list->count < room ? (int)list->count : room;
    frame.rows = shown + titles + 3;
    int left = frame.column + 2, width = frame.columns - 4, row = frame.row + 1;
    int indent = list->can_mark ? 3 : 1;
    screen_fill(grid, frame, ' ', desk_plain);
    screen_frame(grid, frame, desk_bold, NULL);
    draw_title(list->title, grid, (struct screen_area){left, row, width, titles});
    row += titles;
    int at = left + screen_text(grid, left, row, width, desk_dim, "> ");
    at += screen_text(grid, at, row, width - 2, desk_plain, list->typed);
    size_t top = list->chosen >= list->top + (size_t)room ? list->chosen + 1 - (size_t)room
                 : list->chosen < list->top               ? list->chosen
                                                          : list->top;
    for (size_t i = 0; i < (size_t)room && top + i < list->shown_count; i++) {
        const struct desk_entry *entry = &list->entries[list->shown[top + i]];
        bool is_chosen = top + i == list->chosen;
        struct screen_style style = is_chosen ? desk_chosen : desk_plain;
        int line = row + 1 + (int)i, detail = screen_columns_of(entry->detail);
        screen_fill(grid, (struct screen_area){left, line, width, 1}, ' ', style);
        if (entry->is_marked)
            screen_put(grid, left + 1, line, '*', style);
        screen_text(grid, left + indent, line, width - 2 - indent - detail, style, entry->text);
        screen_text_right(grid, left + width - 2, line, is_chosen ? style : desk_dim,
                          entry->detail);
    }
    if (list->shown_count == 0)
        screen_text(grid, left + 1, row + 1, width - 2, desk_dim,
                    list->take_typed ? "(nothing like this: Enter takes it as it is typed)"
                                     : "(nothing like this)");
    return at;
}

void desk_view_draw(const struct desk *desk, struct screen_grid *grid, int *cursor_column,
                    int *cursor_row)
{
    struct desk_layout layout;
    *cursor_column = *cursor_row = -1;
    screen_clear(grid);
    desk_layout_make(&layout, desk, grid->columns, grid->rows);
    if (layout.is_too_small) {
        screen_format(grid, 0, 0, grid->columns, desk_plain, "too small: %d x %d cells are needed",
                      DESK_COLUMNS_MIN, DESK_ROWS_MIN);
        return;
    }
    desk_cells_view_draw(desk, grid, &layout);
    if (desk->mode == DESK_MAPS)
        desk_map_view_draw(desk, grid, &layout);
    draw_input(desk, grid, &layout, cursor_column, cursor_row);
    draw_aid(desk, grid, &layout);
    draw_tabs(desk, grid, &layout);
    draw_hints(desk, grid, &layout);
    if (desk->mode == DESK_ASKS && !desk->doing[0]) {
        *cursor_column = draw_question(desk, grid, &layout);
        *cursor_row = layout.status_row;
    } else
        draw_status(desk, grid, &layout);
    if (desk->mode == DESK_LISTS) {
        *cursor_column = draw_list(desk, grid, &layout);
        *cursor_row = layout.list.row + 1 + desk_layout_title_rows(&layout, desk);
    }
    if (desk->mode == DESK_HELPS)
        desk_help_draw(desk, grid, &layout);
}

void desk_view_draw_progress(const struct desk *desk, struct screen_grid *grid)
{
    int row = grid->rows - 2;
    if (grid->columns < DESK_COLUMNS_MIN || grid->rows < DESK_ROWS_MIN)
        return;
    screen_fill(grid, (struct screen_area){0, row, grid->columns, 1}, ' ', desk_plain);
    draw_progress(desk, grid, row, grid->columns);
}
