/* SPDX-License-Identifier: MIT */
/*
 * edit.c - see edit.h.
 *
 * A command is tried; refused memory, it is taken back, the older half of the
 * history forgotten, and it is tried again, as long as there is anything to
 * forget that would help (history.h).
 */
#include "sheet/edits/edit.h"

#include <stdlib.h>
#include <string.h>

#include <steppe/array.h>

#include "sheet/book/parse.h"
#include "sheet/book/recalculate.h"
#include "sheet/edits/fill.h"
#include "sheet/edits/find.h"
#include "sheet/edits/history.h"
#include "sheet/edits/inherit.h"
#include "sheet/edits/journal.h"
#include "sheet/functions/criterion.h"
#include "sheet/values/format_code.h"
#include "sheet/values/number_format.h"

struct edit {
    struct book *book;
    struct history *history;
    struct journal *journal;
    size_t depth;       /* of edit_begin */
    struct place place; /* of the last command in the open step */
    uint64_t saved_state;
    uint64_t hidden_count; /* edit_hidden_count */
};

/* A command that is being done, its sheets found. */
struct doing {
    struct history *history;
    struct book *book;
    const struct command *command;
    struct sheet *sheet, *to_sheet;
    uint64_t changed; /* if it counts something else than cells */
    bool has_changed;
    uint64_t hidden_count; /* cells with contents that came to lie under a merged one */
    struct problem *problem;
};

struct edit *edit_new(struct book *book, struct journal *journal)
{
    struct edit *edit = calloc(1, sizeof *edit);
    if (!edit)
        return NULL;
    edit->book = book;
    edit->journal = journal;
    edit->history = history_new(book);
    if (edit->history)
        return edit;
    free(edit);
    return NULL;
}

void edit_free(struct edit *edit)
{
    if (!edit)
        return;
    history_free(edit->history);
    free(edit);
}

void edit_set_journal(struct edit *edit, struct journal *journal)
{
    edit->journal = journal;
}

static bool say_failed(const struct doing *doing)
{
    return rearrange_say_failed(doing->history, doing->problem);
}

/* ---- cells ----------------------------------------------------------------------------------- */

static bool do_type(struct doing *doing)
{
    const struct command *command = doing->command;
    struct position position = command->area.first;
    const char *text = command->text ? command->text : "";
    bool is_used = cell_is_used(grid_at(doing->sheet->grid, position));
    if (!is_used && !*text)
        return true;
    if (!history_note_cell(doing->history, doing->sheet, position))
        return say_failed(doing);
    style_id style = is_used ? 0 : sheet_style_of_lines(doing->sheet, position);
    if (style && !cell_set_style(doing->book, doing->sheet, position, style))
        return book_say_refused(doing->book, doing->problem);
    return cell_type(doing->book, doing->sheet, position, text, doing->problem);
}

static bool covers_rows(struct area area)
{
    return area.first.row == 0 && area.last.row == ROWS - 1;
}

static bool covers_columns(struct area area)
{
    return area.first.column == 0 && area.last.column == COLUMNS - 1;
}

static bool set_lines(struct doing *doing, bool columns, const struct line_change *change)
{
    struct area area = doing->command->area;
    return history_lines(doing->history, doing->sheet, columns,
                         columns ? area.first.column : area.first.row,
                         columns ? area.last.column : area.last.row, change) ||
           say_failed(doing);
}

/* Whole lines have a style of their own, for cells that are not used. */
static bool clear_lines_style(struct doing *doing)
{
    struct line_change none = {.sets_style = true};
    struct area area = doing->command->area;
    return (!covers_rows(area) || set_lines(doing, true, &none)) &&
           (!covers_columns(area) || set_lines(doing, false, &none));
}

static bool do_clear(struct doing *doing)
{
    const struct command *command = doing->command;
    bool contents = command->clear != CLEAR_FORMATS, formats = command->clear != CLEAR_CONTENTS;
    return (history_clear(doing->history, doing->sheet, command->area, NULL, contents, formats) ||
            say_failed(doing)) &&
           (!formats || clear_lines_style(doing));
}

static bool do_copy(struct doing *doing)
{
    const struct command *command = doing->command;
    struct copy copy = {.from = doing->sheet,
                        .to = doing->to_sheet,
                        .area = command->area,
                        .to_area = command->to,
                        .what = command->copy};
    return rearrange_copy(doing->history, &copy, doing->problem);
}

static bool do_move(struct doing *doing)
{
    const struct command *command = doing->command;
    struct shift shift = {.kind = SHIFT_MOVE,
                          .sheet = doing->sheet->id,
                          .area = command->area,
                          .to_sheet = doing->to_sheet->id,
                          .to = command->to.first};
    doing->changed = grid_count(doing->sheet->grid, command->area);
    doing->has_changed = true;
    return rearrange(doing->history, &shift, doing->problem);
}

static bool do_fill(struct doing *doing)
{
    const struct command *command = doing->command;
    if (doing->sheet != doing->to_sheet)
        return problem_say(doing->problem, "a series goes on in the sheet where it begins");
    return fill_series(doing->history, doing->sheet, command->area, command->to, doing->problem);
}

static bool do_replace(struct doing *doing)
{
    const struct command *command = doing->command;
    struct find find = {.text = command->text,
                        .match_case = command->match_case,
                        .match_whole = command->match_whole,
                        .in_formulas = command->in_formulas};
    doing->has_changed = true;
    return find_replace(doing->history, doing->sheet, command->area, &find, command->other_text,
                        &doing->changed, doing->problem);
}

/* ---- styles ---------------------------------------------------------------------------------- */

/* A style of before, and what it becomes; the last one is kept, as most cells
 * have the same. */
struct restyling {
    struct doing *doing;
    const char *format; /* or NULL: the command's style_change */
    bool knows_last;
    style_id last, became;
};

static void change_color(uint32_t color, uint8_t flag, struct style *style, uint32_t *field)
{
    if (color == COMMAND_COLOR_SAME)
        return;
    style->flags =
        (uint8_t)(color == COMMAND_COLOR_NONE ? style->flags & ~flag : style->flags | flag);
    *field = color == COMMAND_COLOR_NONE ? 0 : color;
}

static bool make_style(const struct restyling *restyling, style_id old, style_id *became)
{
    struct style_pool *styles = restyling->doing->book->styles;
    const struct style_change *change = &restyling->doing->command->style;
    if (restyling->format)
        return style_with_format(styles, old, restyling->format, became);
    struct style style = *style_of(styles, old);
    style.flags = (uint8_t)((style.flags | change->set) & ~change->unset);
    change_color(change->ink, STYLE_HAS_INK, &style, &style.ink);
    change_color(change->paper, STYLE_HAS_PAPER, &style, &style.paper);
    if (change->align >= 0)
        style.align = (uint8_t)change->align;
    return style_keep(styles, &style, became);
}

static bool restyled(struct restyling *restyling, style_id old, style_id *became)
{
    if (!restyling->knows_last || restyling->last != old) {
        if (!make_style(restyling, old, &restyling->became))
            return book_say_refused(restyling->doing->book, restyling->doing->problem);
        restyling->last = old;
        restyling->knows_last = true;
    }
    *became = restyling->became;
    return true;
}

static bool restyle_cell(struct restyling *restyling, struct position position)
{
    struct doing *doing = restyling->doing;
    struct cell cell = *grid_at(doing->sheet->grid, position);
    style_id old = cell_is_used(&cell) ? cell.style : sheet_style_of_lines(doing->sheet, position);
    if (!restyled(restyling, old, &cell.style))
        return false;
    if (cell.style == old)
        return true;
    return history_put_cell(doing->history, doing->sheet, position, &cell) || say_failed(doing);
}

/* Lines: those that have no cells of their own, and cells in use. */
static bool restyle_lines(struct restyling *restyling, bool columns)
{
    struct doing *doing = restyling->doing;
    struct area area = doing->command->area;
    uint32_t first = columns ? area.first.column : area.first.row;
    uint32_t last = columns ? area.last.column : area.last.row;
    const struct line_spans *spans = columns ? &doing->sheet->columns : &doing->sheet->rows;
    for (uint64_t line = first; line <= last;) {
        const struct line_span *span = line_span_at(spans, (uint32_t)line);
        struct line_change change = {.sets_style = true};
        uint32_t end = span ? span->last : (uint32_t)line;
        while (!span && end < last && !line_span_at(spans, end + 1))
            end++;
        end = end < last ? end : last;
        if (!restyled(restyling, span ? span->style : 0, &change.style))
            return false;
        if (!history_lines(doing->history, doing->sheet, columns, (uint32_t)line, end, &change))
            return say_failed(doing);
        line = (uint64_t)end + 1;
    }
    return true;
}

static bool restyle_used(struct restyling *restyling)
{
    struct doing *doing = restyling->doing;
    struct grid_walk walk;
    uint64_t done = 0;
    grid_walk_begin(&walk, doing->sheet->grid, doing->command->area, GRID_AS_THEY_LIE);
    while (grid_walk_next(&walk))
        if (!history_step(doing->history, "changing styles", ++done, 0) ||
            !restyle_cell(restyling, walk.position))
            return doing->problem->text[0] ? false : say_failed(doing);
    return true;
}

static bool restyle_all(struct restyling *restyling)
{
    struct doing *doing = restyling->doing;
    struct area area = doing->command->area;
    uint64_t done = 0;
    if (area_cells(area) > REARRANGE_CELLS_MAX)
        return problem_say(doing->problem,
                           "%s has more than %d cells: choose whole columns or rows, or less",
                           area_name(area).text, REARRANGE_CELLS_MAX);
    for (uint32_t column = area.first.column; column <= area.last.column; column++)
        for (uint32_t row = area.first.row; row <= area.last.row; row++)
            if (!history_step(doing->history, "changing styles", ++done, area_cells(area)))
                return say_failed(doing);
            else if (!restyle_cell(restyling, (struct position){row, column}))
                return false;
    return true;
}

static bool restyle(struct restyling *restyling)
{
    struct area area = restyling->doing->command->area;
    bool columns = covers_rows(area), rows = covers_columns(area);
    if (!columns && !rows)
        return restyle_all(restyling);
    return restyle_used(restyling) && restyle_lines(restyling, columns);
}

/* A letter that stands for nothing and is in no quotes. Files may have such codes, which are read
 * as far as can be; who types one means something else: "currency", "EUR". */
static bool has_stray_letter(const char *format)
{
    struct format_code parsed;
    if (!format_code_parse(&parsed, format))
        return false;
    unsigned count = parsed.section_count + parsed.has_text_section;
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < parsed.sections[i].token_count; k++) {
            const struct format_token *token = &parsed.sections[i].tokens[k];
            if (token->kind == FORMAT_LITERAL && !token->letter &&
                ((*token->text | 32) >= 'a' && (*token->text | 32) <= 'z'))
                return true;
        }
    return false;
}

static bool do_format(struct doing *doing)
{
    const char *format = doing->command->text;
    if (!number_format_is_valid(format))
        return problem_say(doing->problem, "'%s' is no number format; 0.00 or yyyy-mm-dd is one",
                           format);
    if (has_stray_letter(format))
        return problem_say(doing->problem,
                           "'%s' is no number format: letters stand in quotes, as in 0.00 \"kg\"; "
                           "others are 0.00%%, $#,##0.00 or yyyy-mm-dd",
                           format);
    return restyle(&(struct restyling){.doing = doing, .format = format});
}

static bool do_style(struct doing *doing)
{
    return restyle(&(struct restyling){.doing = doing});
}

/* ---- lines ----------------------------------------------------------------------------------- */

static bool do_shift(struct doing *doing)
{
    const struct command *command = doing->command;
    bool columns = command->is_columns, inserts = command->kind == COMMAND_INSERT;
    struct shift shift = {.sheet = doing->sheet->id,
                          .first = columns ? command->area.first.column : command->area.first.row,
                          .count =
                              columns ? area_columns(command->area) : area_rows(command->area)};
    if (columns)
        shift.kind = inserts ? SHIFT_INSERT_COLUMNS : SHIFT_DELETE_COLUMNS;
    else
        shift.kind = inserts ? SHIFT_INSERT_ROWS : SHIFT_DELETE_ROWS;
    if (!rearrange(doing->history, &shift, doing->problem))
        return false;
    return !inserts || inherit_styles(doing->history, doing->sheet, &shift) || say_failed(doing);
}

static bool do_size(struct doing *doing)
{
    const struct command *command = doing->command;
    bool columns = command->kind == COMMAND_WIDTH;
    struct line_change change = {.sets_size = true, .size = command->size};
    if (columns && !covers_rows(command->area))
        return problem_say(doing->problem, "%s: columns have a width, such as C:E",
                           area_name(command->area).text);
    if (!columns && !covers_columns(command->area))
        return problem_say(doing->problem, "%s: rows have a height, such as 3:5",
                           area_name(command->area).text);
    return set_lines(doing, columns, &change);
}

static bool do_hide(struct doing *doing)
{
    struct line_change change = {.sets_hidden = true,
                                 .is_hidden = doing->command->kind == COMMAND_HIDE};
    return set_lines(doing, doing->command->is_columns, &change);
}

static bool do_freeze(struct doing *doing)
{
    struct position frozen = doing->command->area.first;
    if (position_is(frozen, doing->sheet->frozen))
        return true;
    return history_freeze(doing->history, doing->sheet, frozen) || say_failed(doing);
}

/* ---- merges ---------------------------------------------------------------------------------- */

static uint64_t count_contents(const struct sheet *sheet, struct area area)
{
    struct grid_walk walk;
    uint64_t count = 0;
    grid_walk_begin(&walk, sheet->grid, area, GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk));)
        count += cell->kind != VALUE_BLANK || cell->formula;
    return count;
}

/* What lies under it keeps its contents, as those of files do: unmerging shows them again. */
static bool do_merge(struct doing *doing)
{
    struct area area = doing->command->area;
    if (area_is_one(area))
        return problem_say(doing->problem, "%s is one cell: there is nothing to merge",
                           area_name(area).text);
    if (sheet_meets_merge(doing->sheet, area))
        return problem_say(doing->problem, "there are merged cells in %s already",
                           area_name(area).text);
    if (doing->sheet->merge_count >= MERGES_MAX)
        return problem_say(doing->problem, "a sheet has at most %d merged areas", MERGES_MAX);
    doing->hidden_count =
        count_contents(doing->sheet, area) - count_contents(doing->sheet, area_of_one(area.first));
    return history_merge(doing->history, doing->sheet, area) || say_failed(doing);
}

static bool do_unmerge(struct doing *doing)
{
    struct area area = doing->command->area;
    if (!sheet_meets_merge(doing->sheet, area))
        return problem_say(doing->problem, "there is no merged area in %s", area_name(area).text);
    return history_unmerge(doing->history, doing->sheet, area) || say_failed(doing);
}

/* ---- sorting, filters ------------------------------------------------------------------------ */

static bool do_sort(struct doing *doing)
{
    const struct command *command = doing->command;
    doing->has_changed = true;
    return rearrange_sort(doing->history, doing->sheet, command->area, &command->sort,
                          &doing->changed, doing->problem);
}

static bool do_filter(struct doing *doing)
{
    return history_filter(doing->history, doing->sheet, &doing->command->area) || say_failed(doing);
}

/* All its rows can be seen again. */
static bool do_unfilter(struct doing *doing)
{
    struct sheet *sheet = doing->sheet;
    struct line_change seen = {.sets_hidden = true};
    if (!sheet->has_filter)
        return problem_say(doing->problem, "the sheet has no filter");
    return (history_lines(doing->history, sheet, false, sheet->filter.first.row,
                          sheet->filter.last.row, &seen) &&
            history_filter(doing->history, sheet, NULL)) ||
           say_failed(doing);
}

static bool hide_rows(struct doing *doing, uint64_t first, uint64_t end)
{
    struct line_change hidden = {.sets_hidden = true, .is_hidden = true};
    doing->changed += end - first;
    return first == end ||
           history_lines(doing->history, doing->sheet, false, (uint32_t)first, (uint32_t)end - 1,
                         &hidden) ||
           say_failed(doing);
}

/* The rows of the area, down to the last one in use; without the titles of the
 * filter. */
static bool rows_to_show(const struct doing *doing, struct area *area)
{
    const struct sheet *sheet = doing->sheet;
    struct area extent, used;
    *area = doing->command->area;
    if (sheet->has_filter && position_is(area->first, sheet->filter.first))
        area->first.row++;
    if (area->first.row > area->last.row || !grid_extent(sheet->grid, &extent) ||
        !area_meet(extent, *area, &used))
        return false;
    area->last.row = used.last.row;
    return true;
}

enum { CONDITIONS_MAX = 256 };

/* One of them is to be fulfilled. */
struct conditions {
    struct criterion criteria[CONDITIONS_MAX];
    size_t count;
};

static bool read_conditions(struct doing *doing, struct conditions *conditions)
{
    const char *line = doing->command->text;
    conditions->count = 0;
    for (;;) {
        size_t length = strcspn(line, "\n");
        struct value text = {.kind = VALUE_TEXT, .text = line, .text_bytes = (uint32_t)length};
        if (conditions->count == CONDITIONS_MAX)
            return problem_say(doing->problem, "there are more than %d conditions", CONDITIONS_MAX);
        conditions->criteria[conditions->count++] = criterion_of(text);
        if (!line[length])
            return true;
        line += length + 1;
    }
}

static bool one_holds(const struct conditions *conditions, struct value value)
{
    for (size_t i = 0; i < conditions->count; i++)
        if (criterion_holds(&conditions->criteria[i], value))
            return true;
    return false;
}

/* Hide what does not fulfil it. */
static bool show_rows(struct doing *doing, struct area area, const struct conditions *conditions)
{
    struct area column = {{area.first.row, doing->command->column},
                          {area.last.row, doing->command->column}};
    bool hides_blank = !one_holds(conditions, value_blank());
    struct grid_walk walk;
    uint64_t from = area.first.row, begin = from, looked = 0; /* begin: of what is to be hidden */
    grid_walk_begin(&walk, doing->sheet->grid, column, GRID_BY_ROWS);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL; from++) {
        uint64_t row = walk.position.row;
        if (!history_step(doing->history, "filtering", ++looked, 0))
            return say_failed(doing);
        if (!hides_blank && row > from) { /* a gap of blanks, which stays */
            if (!hide_rows(doing, begin, from))
                return false;
            begin = row;
        }
        from = row;
        if (!one_holds(conditions, cell_value(doing->book, cell)))
            continue;
        if (!hide_rows(doing, begin, row))
            return false;
        begin = row + 1;
    }
    uint64_t end = hides_blank ? (uint64_t)area.last.row + 1 : from;
    return begin >= end || hide_rows(doing, begin, end);
}

static bool do_show(struct doing *doing)
{
    const struct command *command = doing->command;
    struct conditions conditions;
    struct area area;
    if (command->column < command->area.first.column || command->column > command->area.last.column)
        return problem_say(doing->problem, "column %s is not in %s",
                           column_name(command->column).text, area_name(command->area).text);
    if (!read_conditions(doing, &conditions))
        return false;
    doing->has_changed = true;
    return !rows_to_show(doing, &area) || show_rows(doing, area, &conditions);
}

/* ---- sheets, names --------------------------------------------------------------------------- */

static struct sheet *find_sheet(const struct book *book, const char *name, struct problem *problem)
{
    struct sheet *sheet = book_find_sheet(book, name, strlen(name));
    if (!sheet)
        (void)problem_say(problem, "there is no sheet called %s", name);
    return sheet;
}

static bool do_add_sheet(struct doing *doing)
{
    uint32_t place = doing->command->place;
    return history_add_sheet(doing->history, doing->command->text, place ? place - 1 : SIZE_MAX,
                             doing->problem) != NULL;
}

static bool do_remove_sheet(struct doing *doing)
{
    struct sheet *sheet = find_sheet(doing->book, doing->command->text, doing->problem);
    return sheet && rearrange_remove_sheet(doing->history, sheet, doing->problem);
}

static bool do_rename_sheet(struct doing *doing)
{
    struct sheet *sheet = find_sheet(doing->book, doing->command->text, doing->problem);
    return sheet &&
           history_rename_sheet(doing->history, sheet, doing->command->other_text, doing->problem);
}

static bool do_move_sheet(struct doing *doing)
{
    struct sheet *sheet = find_sheet(doing->book, doing->command->text, doing->problem);
    uint32_t place = doing->command->place;
    if (!sheet)
        return false;
    if (place > doing->book->sheet_count)
        return problem_say(doing->problem, "there are only %zu sheets", doing->book->sheet_count);
    if (book_place_of(doing->book, sheet) == place - 1)
        return true;
    return history_move_sheet(doing->history, sheet, place - 1) || say_failed(doing);
}

/* References that do not say of which sheet they are, are of the one that uses
 * the name. */
static formula_id read_meaning(struct doing *doing, const char *text)
{
    struct parse_options options = {.book = doing->book};
    struct parse_error error = {0};
    formula_id formula = parse_and_keep(text, strlen(text), &options, &error);
    if (!formula)
        (void)parse_say(doing->problem, &error, 0);
    return formula;
}

static bool do_name(struct doing *doing)
{
    const char *name = doing->command->other_text, *text = doing->command->text;
    size_t name_bytes = strlen(name);
    formula_id formula = 0;
    if (!name_is_allowed(name, name_bytes))
        return problem_say(doing->problem, "'%s' cannot be a name", name);
    if (!text || !*text) {
        if (!name_find(doing->book->names, name, name_bytes, SHEET_OWN))
            return problem_say(doing->problem, "there is no name %s", name);
    } else {
        formula = read_meaning(doing, text);
        if (!formula)
            return false;
    }
    return history_name(doing->history, name, name_bytes, SHEET_OWN, formula) || say_failed(doing);
}

/* ---- any command ----------------------------------------------------------------------------- */

typedef bool command_doer(struct doing *doing);

static command_doer *const doers[COMMAND_KINDS] = {
    [COMMAND_TYPE] = do_type,
    [COMMAND_CLEAR] = do_clear,
    [COMMAND_COPY] = do_copy,
    [COMMAND_MOVE] = do_move,
    [COMMAND_FILL] = do_fill,
    [COMMAND_INSERT] = do_shift,
    [COMMAND_DELETE] = do_shift,
    [COMMAND_FORMAT] = do_format,
    [COMMAND_STYLE] = do_style,
    [COMMAND_WIDTH] = do_size,
    [COMMAND_HEIGHT] = do_size,
    [COMMAND_HIDE] = do_hide,
    [COMMAND_UNHIDE] = do_hide,
    [COMMAND_MERGE] = do_merge,
    [COMMAND_UNMERGE] = do_unmerge,
    [COMMAND_FREEZE] = do_freeze,
    [COMMAND_SORT] = do_sort,
    [COMMAND_FILTER] = do_filter,
    [COMMAND_UNFILTER] = do_unfilter,
    [COMMAND_SHOW] = do_show,
    [COMMAND_REPLACE] = do_replace,
    [COMMAND_SHEET_ADD] = do_add_sheet,
    [COMMAND_SHEET_REMOVE] = do_remove_sheet,
    [COMMAND_SHEET_RENAME] = do_rename_sheet,
    [COMMAND_SHEET_MOVE] = do_move_sheet,
    [COMMAND_NAME] = do_name,
};

static bool find_sheets(struct doing *doing)
{
    const struct command *command = doing->command;
    if (command->sheet)
        doing->sheet = find_sheet(doing->book, command->sheet, doing->problem);
    if (command->to_sheet)
        doing->to_sheet = find_sheet(doing->book, command->to_sheet, doing->problem);
    return (!command->sheet || doing->sheet) && (!command->to_sheet || doing->to_sheet);
}

/* The library's last status is nobody's refusal from now on. */
static void forget_status(void)
{
    (void)steppe_array_pop_from(NULL); /* fails with STEPPE_E_NULL */
}

static bool was_refused(const struct history *history)
{
    steppe_status status = steppe_last_status();
    return history_was_refused(history) || status == STEPPE_E_BUDGET || status == STEPPE_E_MEMORY;
}

/* One try. false: as it was before. */
static bool try_command(struct doing *doing, bool *may_try_again)
{
    struct history_mark mark = history_here(doing->history);
    doing->problem->text[0] = '\0';
    doing->changed = 0;
    forget_status();
    if (doers[doing->command->kind](doing)) {
        if (!doing->has_changed)
            doing->changed = history_cells_since(doing->history, mark);
        return true;
    }
    *may_try_again = was_refused(doing->history) && !history_was_stopped(doing->history);
    history_roll_back(doing->history, mark);
    return false;
}

static bool perform(struct doing *doing, const struct progress *progress)
{
    bool may_try_again = false;
    if (!find_sheets(doing))
        return false;
    history_set_progress(doing->history, progress);
    while (!try_command(doing, &may_try_again)) {
        if (!may_try_again || !history_make_room(doing->history)) {
            history_set_progress(doing->history, NULL);
            return false;
        }
        (void)book_collect(doing->book);
        history_set_progress(doing->history, progress);
    }
    history_set_progress(doing->history, NULL);
    return true;
}

/* ---- journal, computing ---------------------------------------------------------------------- */

static bool write_line(struct edit *edit, const char *line, struct problem *problem)
{
    return !edit->journal || journal_write(edit->journal, line, problem);
}

static void write_command(struct edit *edit, const struct command *command, struct problem *problem)
{
    if (!edit->journal)
        return;
    char *line = command_print(command);
    if (line)
        (void)write_line(edit, line, problem); /* the sentence goes along with what is done */
    else
        (void)problem_say_memory(problem, "out of memory: this is not in the journal");
    free(line);
}

static bool compute(struct edit *edit, const struct progress *progress, struct problem *problem)
{
    return edit->book->is_manual || book_recalculate(edit->book, progress, NULL, problem);
}

/* ---- for others ------------------------------------------------------------------------------ */

static bool calculate(struct edit *edit, const struct command *command,
                      const struct progress *progress, uint64_t *changed, struct problem *problem)
{
    recalculation_all(edit->book->recalculation);
    if (!book_recalculate(edit->book, progress, changed, problem))
        return false;
    write_command(edit, command, problem);
    return true;
}

static struct place place_of(const struct doing *doing)
{
    const struct command *command = doing->command;
    const struct sheet *sheet = doing->to_sheet ? doing->to_sheet : doing->sheet;
    struct position position = doing->to_sheet ? command->to.first : command->area.first;
    if (!sheet)
        sheet = doing->book->sheets[doing->book->active];
    return (struct place){.sheet = sheet->id, .position = position};
}

bool edit_do(struct edit *edit, const struct command *command, const struct progress *progress,
             uint64_t *changed, struct problem *problem)
{
    struct problem own_problem;
    struct doing doing = {.history = edit->history,
                          .book = edit->book,
                          .command = command,
                          .problem = problem ? problem : &own_problem};
    doing.problem->text[0] = '\0';
    edit->hidden_count = 0;
    if (changed)
        *changed = 0;
    if (command->kind == COMMAND_CALCULATE)
        return calculate(edit, command, progress, changed, doing.problem);
    if (command->kind < 1 || command->kind >= COMMAND_KINDS)
        return problem_say(doing.problem, "this is no command");
    if (!edit->depth)
        history_begin(edit->history);
    bool is_done = perform(&doing, progress);
    if (is_done)
        edit->place = place_of(&doing);
    edit->hidden_count = is_done ? doing.hidden_count : 0;
    if (!edit->depth)
        (void)history_commit(edit->history, edit->place); /* nothing in it: no step */
    if (!is_done)
        return false;
    if (changed)
        *changed = doing.changed;
    if (!edit->depth)
        (void)compute(edit, progress, doing.problem); /* it is done, and says why not computed */
    write_command(edit, command, doing.problem);
    return true;
}

static void begin_step(struct edit *edit, struct problem *problem)
{
    if (edit->depth++)
        return;
    history_begin(edit->history);
    (void)write_line(edit, "begin", problem); /* the next command will say what is the matter */
}

/* false: a sentence about computing or the journal; it is ended. */
static bool end_step(struct edit *edit, const struct progress *progress, struct problem *problem)
{
    if (!edit->depth || --edit->depth)
        return true;
    (void)history_commit(edit->history, edit->place); /* nothing in it: no step */
    bool is_written = write_line(edit, "end", problem);
    return compute(edit, progress, problem) && is_written;
}

void edit_begin(struct edit *edit)
{
    begin_step(edit, NULL);
}

bool edit_end(struct edit *edit, const struct progress *progress, struct problem *problem)
{
    return end_step(edit, progress, problem);
}

/* Take back, or do again, with progress. */
static bool go_through(struct edit *edit, bool backward, const struct progress *progress,
                       struct place *where, struct problem *problem)
{
    struct problem own_problem;
    struct place place;
    if (!problem)
        problem = &own_problem;
    problem->text[0] = '\0';
    while (edit->depth)
        (void)end_step(edit, progress, problem); /* what is not computed stays stale */
    size_t count = backward ? edit_undo_count(edit) : edit_redo_count(edit);
    if (!count)
        return problem_say(problem, "there is nothing to %s", backward ? "undo" : "redo");
    history_set_progress(edit->history, progress);
    bool is_done =
        backward ? history_undo(edit->history, &place) : history_redo(edit->history, &place);
    if (!is_done)
        (void)rearrange_say_failed(edit->history, problem);
    history_set_progress(edit->history, NULL);
    if (!is_done)
        return false;
    if (!book_sheet(edit->book, place.sheet))
        place = (struct place){.sheet = edit->book->sheets[edit->book->active]->id};
    if (where)
        *where = place;
    (void)compute(edit, progress, problem); /* as in edit_do */
    (void)write_line(edit, backward ? "undo" : "redo", problem);
    return true;
}

bool edit_undo(struct edit *edit, const struct progress *progress, struct place *where,
               struct problem *problem)
{
    return go_through(edit, true, progress, where, problem);
}

bool edit_redo(struct edit *edit, const struct progress *progress, struct place *where,
               struct problem *problem)
{
    return go_through(edit, false, progress, where, problem);
}

/* Is it this word, and nothing else? */
static bool is_word(const char *line, const char *word)
{
    size_t length = strlen(word);
    return strncmp(line, word, length) == 0 && !line[length + strspn(line + length, " \t\r")];
}

bool edit_line(struct edit *edit, const char *line, const char *sheet,
               const struct progress *progress, struct problem *problem)
{
    struct command command;
    const char *at = line + strspn(line, " \t\r");
    edit->hidden_count = 0;
    if (problem)
        problem->text[0] = '\0';
    if (!*at || *at == '#')
        return true;
    if (is_word(at, "undo") || is_word(at, "redo"))
        return go_through(edit, *at == 'u', progress, NULL, problem);
    if (is_word(at, "begin")) {
        begin_step(edit, problem);
        return true;
    }
    if (is_word(at, "end")) {
        if (!edit->depth)
            return problem_say(problem, "there is no begin to this end");
        (void)end_step(edit, progress, problem); /* it is ended */
        return true;
    }
    if (!command_parse(&command, at, sheet, problem))
        return false;
    bool is_done = edit_do(edit, &command, progress, NULL, problem);
    command_free(&command);
    return is_done;
}

uint64_t edit_hidden_count(const struct edit *edit)
{
    return edit->hidden_count;
}

size_t edit_undo_count(const struct edit *edit)
{
    return history_undo_count(edit->history);
}

size_t edit_redo_count(const struct edit *edit)
{
    return history_redo_count(edit->history);
}

bool edit_forget(struct edit *edit, struct problem *problem)
{
    if (edit->depth)
        return problem_say(problem, "nothing is forgotten between begin and end");
    history_forget(edit->history);
    return true;
}

uint64_t edit_committed_bytes(const struct edit *edit)
{
    return history_committed_bytes(edit->history);
}

uint64_t edit_state(const struct edit *edit)
{
    return history_state(edit->history);
}

bool edit_is_changed(const struct edit *edit)
{
    return history_state(edit->history) != edit->saved_state || edit->depth;
}

void edit_saved(struct edit *edit)
{
    edit->saved_state = history_state(edit->history);
}
