/* SPDX-License-Identifier: MIT */
/* edit.c - commands done, taken back and done again: everything is as it was,
 * to the last cell. */
#include <unistd.h>

#include "editing.h"
#include "sheet/edits/journal.h"

/* ---- the whole workbook as text -------------------------------------------------------------- */

static void write_style(FILE *stream, style_id id)
{
    const struct style *style = style_of(book->styles, id);
    fprintf(stream, " {%s %x %x %x %d}", style_format(book->styles, id), style->flags, style->ink,
            style->paper, style->align);
}

static void write_cells(FILE *stream, const struct sheet *sheet)
{
    char buffer[VALUE_NUMBER_BYTES];
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_BY_ROWS);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        char *text = cell_source(book, sheet, walk.position);
        struct value value = cell_value(book, cell), shown = value;
        if (value.kind == VALUE_ERROR)
            shown = value_string(value_error_name(value.error));
        else
            shown = value_to_text(value, buffer);
        fprintf(stream, "%s %d %.*s = %s", position_name(walk.position, 0).text, value.kind,
                (int)shown.text_bytes, shown.text, text);
        write_style(stream, cell->style);
        fputc('\n', stream);
        free(text);
    }
}

static void write_spans(FILE *stream, const char *name, const struct line_spans *spans)
{
    for (size_t i = 0; i < spans->count; i++)
        fprintf(stream, "%s %u-%u %g %d %d\n", name, spans->spans[i].first, spans->spans[i].last,
                spans->spans[i].size, spans->spans[i].is_hidden, spans->spans[i].style);
}

static int by_place(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct area));
}

static void write_sheet(FILE *stream, const struct sheet *sheet)
{
    struct area merges[256];
    fprintf(stream, "sheet %d %s\n", sheet->id, sheet_name(book, sheet));
    write_cells(stream, sheet);
    write_spans(stream, "column", &sheet->columns);
    write_spans(stream, "row", &sheet->rows);
    require(sheet->merge_count < array_count(merges));
    for (size_t i = 0; i < sheet->merge_count; i++)
        merges[i] = sheet->merges[i];
    qsort(merges, sheet->merge_count, sizeof *merges, by_place);
    for (size_t i = 0; i < sheet->merge_count; i++)
        fprintf(stream, "merge %s\n", area_name(merges[i]).text);
    fprintf(stream, "frozen %s\n", position_name(sheet->frozen, 0).text);
    if (sheet->has_filter)
        fprintf(stream, "filter %s\n", area_name(sheet->filter).text);
}

static void write_names(FILE *stream)
{
    for (name_id id = 1; id <= name_count(book->names); id++) {
        const struct name *name = name_of(book->names, id);
        size_t count;
        const struct token *tokens = formula_tokens(book->formulas, name->formula, &count);
        if (!name->formula)
            continue;
        fprintf(stream, "name %d %s", name->sheet, text_bytes(book->texts, name->text, NULL));
        for (size_t i = 0; i < count * sizeof *tokens; i++)
            fprintf(stream, " %x", ((const unsigned char *)tokens)[i]);
        fputc('\n', stream);
    }
}

static char *picture(void)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    require(stream != NULL);
    for (size_t i = 0; i < book->sheet_count; i++)
        write_sheet(stream, book->sheets[i]);
    write_names(stream);
    require(fclose(stream) == 0);
    return text;
}

static unsigned seed;

/* Where they begin to differ. */
static void require_picture(const char *expected, const char *what)
{
    char *now = picture();
    size_t i = 0, begin = 0;
    while (now[i] && now[i] == expected[i])
        if (now[i++] == '\n')
            begin = i;
    require(now[i] == expected[i], "seed %u, %s: now\n%.200s\nnot\n%.200s", seed, what, now + begin,
            expected + begin);
    free(now);
}

/* ---- random commands ------------------------------------------------------------------------- */

enum { STATES_MAX = 300, EDGE = 12 };

static uint64_t chance;

static unsigned pick(unsigned below)
{
    return (unsigned)random_below(&chance, below);
}

static const char *any_of(const char *const *words, unsigned count)
{
    return words[pick(count)];
}
#define ANY(...)                                                                                   \
    any_of((const char *const[]){__VA_ARGS__},                                                     \
           (unsigned)array_count(((const char *const[]){__VA_ARGS__})))

static struct position any_position(void)
{
    struct position position = {pick(EDGE), pick(6)};
    if (!pick(40))
        position.row = ROWS - 1 - pick(3);
    if (!pick(40))
        position.column = COLUMNS - 1 - pick(3);
    return position;
}

static struct area small_area(void)
{
    struct position first = {pick(EDGE), pick(6)};
    return area_of(first, (struct position){first.row + pick(5), first.column + pick(3)});
}

static struct area any_area(void)
{
    struct area area = small_area();
    if (!pick(15)) {
        area.first.row = 0;
        area.last.row = ROWS - 1;
    } else if (!pick(15)) {
        area.first.column = 0;
        area.last.column = COLUMNS - 1;
    }
    return area;
}

static struct area any_lines(void)
{
    struct area area = area_of_all();
    uint32_t first = pick(30) ? pick(EDGE) : 16000 + pick(300);
    if (pick(2)) {
        area.first.row = first;
        area.last.row = first + pick(pick(20) ? 3 : 2000);
    } else {
        area.first.column = first;
        area.last.column = first + pick(pick(20) ? 3 : 80);
    }
    return area;
}

static const char *any_sheet(void)
{
    return sheet_name(book, book->sheets[pick((unsigned)book->sheet_count)]);
}

/* "'Sheet 2'!A1:B3": all of their names can stand in quotes. */
static char *place(struct area area)
{
    static char texts[8][120];
    static unsigned turn;
    char *text = texts[turn++ % 8];
    snprintf(text, sizeof texts[0], "'%s'!%s", any_sheet(), area_name(area).text);
    return text;
}

static char *one(void)
{
    return place(area_of_one(any_position()));
}

static void any_formula(char *text, size_t room)
{
    const char *other = pick(4) ? "" : place(small_area());
    struct area area = any_area();
    struct position position = any_position();
    switch (pick(8)) {
    case 0:
        snprintf(text, room, "=SUM(%s)+%u", area_name(area).text, pick(9));
        break;
    case 1:
        snprintf(text, room, "=%s*2", position_name(position, pick(4)).text);
        break;
    case 2:
        snprintf(text, room, "=COUNTA(%s)&\"x\"", *other ? other : "B:B");
        break;
    case 3:
        snprintf(text, room, "=IF(%s>3,%s,\"less\")", position_name(position, pick(4)).text,
                 position_name(any_position(), pick(4)).text);
        break;
    case 4:
        snprintf(text, room, "=Total+ROW()+%s", one());
        break;
    case 5:
        snprintf(text, room, "{=SUM(%s*2)}", area_name(small_area()).text);
        break;
    case 6:
        snprintf(text, room, "=UNHEARD(%s)+SUM(3:4)", position_name(position, 0).text);
        break;
    default:
        snprintf(text, room, "=MAX($%s,%s)", position_name(position, 2).text,
                 area_name(small_area()).text);
        break;
    }
}

static void any_contents(char *text, size_t room)
{
    switch (pick(7)) {
    case 0:
    case 1:
        any_formula(text, room);
        break;
    case 2:
        snprintf(text, room, "%s%u", ANY("Item ", "Q", "it's "), pick(9));
        break;
    case 3:
        snprintf(text, room, "%s", ANY("Mon", "x", "2024-01-31", "50%", "TRUE", "#N/A", "'12", ""));
        break;
    default:
        snprintf(text, room, "%u", pick(100));
        break;
    }
}

static void any_line(char *text, size_t room)
{
    char contents[300];
    struct area area = any_area();
    switch (pick(34)) {
    default:
        any_contents(contents, sizeof contents);
        snprintf(text, room, "type %s %s", one(), contents);
        break;
    case 1:
    case 2:
        snprintf(text, room, "clear %s %s", place(area), ANY("contents", "formats", "all"));
        break;
    case 3:
    case 4:
        snprintf(text, room, "copy %s %s %s", place(area),
                 place(pick(3) ? area_of_one(any_position()) : small_area()),
                 ANY("all", "all", "values", "formulas", "formats"));
        break;
    case 5:
    case 6:
        snprintf(text, room, "move %s %s", place(area), one());
        break;
    case 7: {
        struct area from = small_area(), to = from;
        to.last.row += pick(6);
        to.last.column += pick(3);
        to.first.row -= pick(2) && to.first.row ? 1 : 0;
        const char *sheet = any_sheet();
        snprintf(text, room, "fill '%s'!%s '%s'!%s", sheet, area_name(from).text, sheet,
                 area_name(to).text);
        break;
    }
    case 8:
    case 9:
    case 10:
        snprintf(text, room, "insert %s", place(any_lines()));
        break;
    case 11:
    case 12:
    case 13:
        snprintf(text, room, "delete %s", place(any_lines()));
        break;
    case 14:
        snprintf(text, room, "format %s %s", place(area), ANY("0.00", "0%", "@", "yyyy-mm-dd"));
        break;
    case 15:
        snprintf(text, room, "style %s %s", place(area),
                 ANY("+bold", "-bold +italic", "ink=FF0000 align=center", "paper=00FF00",
                     "ink=none paper=none align=general"));
        break;
    case 16:
        snprintf(text, room, "%s %s %u", ANY("width", "height"), place(any_lines()), pick(30));
        break;
    case 17:
        snprintf(text, room, "%s %s", ANY("hide", "unhide"), place(any_lines()));
        break;
    case 18:
        snprintf(text, room, "merge %s", place(small_area()));
        break;
    case 19:
        snprintf(text, room, "unmerge %s", place(area));
        break;
    case 20:
        snprintf(text, room, "freeze %s", one());
        break;
    case 21:
    case 22:
        snprintf(text, room, "sort %s %s%s %s", place(area), ANY("+", "-"),
                 pick(2) ? column_name(area.first.column).text
                         : ANY("1", "2", "3", "4", "5", "6", "7"),
                 ANY("", "header"));
        break;
    case 23:
        snprintf(text, room, "%s %s", ANY("filter", "filter", "unfilter"),
                 pick(3) ? place(area) : one());
        break;
    case 24:
        snprintf(text, room, "show %s %s %s", place(area), column_name(area.first.column).text,
                 ANY(">=10", "<>x", "*e*", "=", "<>"));
        break;
    case 25:
    case 26:
        snprintf(text, room, "replace %s %s %s %s", place(pick(2) ? area_of_all() : area),
                 ANY("1", "2", "ITEM", "SUM", "A", "x"), ANY("\"\"", "3", "Max", "B", "1x"),
                 ANY("", "case", "whole", "formulas", "formulas case"));
        break;
    case 27:
        snprintf(text, room, "add-sheet \"%s\" %u",
                 ANY("Sheet1", "Sheet 2", "O''Neil", "Data", "Mar"), 1 + pick(3));
        break;
    case 28:
        snprintf(text, room, "remove-sheet \"%s\"", any_sheet());
        break;
    case 29:
        snprintf(text, room, "rename-sheet \"%s\" \"%s\"", any_sheet(),
                 ANY("Sheet1", "Sheet 2", "data", "Mar", "new"));
        break;
    case 30:
        snprintf(text, room, "move-sheet \"%s\" %u", any_sheet(), 1 + pick(4));
        break;
    case 31:
        snprintf(text, room, "name %s %s%s", ANY("Total", "total", "Other"), pick(4) ? "=" : "",
                 pick(4) ? "" : "");
        if (text[strlen(text) - 1] == '=')
            snprintf(text + strlen(text), room - strlen(text), "SUM('%s'!%s)+%u", any_sheet(),
                     pick(2) ? "$B$2:$C$7" : "B2", pick(5));
        break;
    }
}

/* ---- the states there were ------------------------------------------------------------------- */

struct states {
    char *pictures[STATES_MAX];
    size_t count, now;
};

static void forget_after(struct states *states, size_t count)
{
    while (states->count > count)
        free(states->pictures[--states->count]);
}

static void push_state(struct states *states)
{
    forget_after(states, states->now + 1);
    if (states->count == STATES_MAX) {
        free(states->pictures[0]);
        memmove(states->pictures, states->pictures + 1,
                (STATES_MAX - 1) * sizeof *states->pictures);
        states->count--;
    }
    states->pictures[states->count] = picture();
    states->now = states->count++;
}

/* Without a limit, so that all is computed. */
static void settle(uint64_t limit_bytes)
{
    if (limit_bytes == STEPPE_NO_LIMIT)
        return;
    require_ok(steppe_budget_set_limit(book->budget, STEPPE_NO_LIMIT));
    require(book_recalculate(book, NULL, NULL, &problem), "%s", problem.text);
}

static uint64_t any_limit(bool tight)
{
    if (!tight || pick(2))
        return STEPPE_NO_LIMIT;
    uint64_t limit_bytes = steppe_budget_charged_bytes(book->budget) + pick(12) * 4096;
    require_ok(steppe_budget_set_limit(book->budget, limit_bytes));
    return limit_bytes;
}

static size_t done_count, refused_count, memory_count;

static void random_command(struct states *states, bool tight)
{
    char text[1000];
    any_line(text, sizeof text);
    edit_saved(edit);
    uint64_t limit_bytes = any_limit(tight);
    bool is_done = edit_line(edit, text, "Sheet1", NULL, &problem);
    settle(limit_bytes);
    if (!is_done) {
        require(problem.text[0] != 0, "%s", text);
        require_picture(states->pictures[states->now], text);
        refused_count++;
        memory_count += strstr(problem.text, "limit on memory") != NULL;
        return;
    }
    done_count++;
    if (edit_is_changed(edit))
        push_state(states);
    require_picture(states->pictures[states->now], text);
}

static void go(struct states *states, bool backward, bool tight)
{
    size_t count = backward ? edit_undo_count(edit) : edit_redo_count(edit);
    uint64_t limit_bytes = count ? any_limit(tight) : STEPPE_NO_LIMIT;
    bool is_done =
        backward ? edit_undo(edit, NULL, NULL, &problem) : edit_redo(edit, NULL, NULL, &problem);
    settle(limit_bytes);
    require(is_done || !count || limit_bytes != STEPPE_NO_LIMIT, "%s", problem.text);
    if (is_done)
        states->now += backward ? -1 : 1;
    memory_count += !is_done && count;
    require(states->now < states->count);
    require_picture(states->pictures[states->now], backward ? "undo" : "redo");
}

static void walk_states(bool tight, unsigned steps)
{
    static struct states states;
    states.count = states.now = 0;
    states.pictures[states.count++] = picture();
    for (unsigned step = 0; step < steps; step++) {
        if (pick(5))
            random_command(&states, tight);
        else
            for (unsigned i = pick(6); i > 0; i--)
                go(&states, pick(3) != 0, tight);
        if (step % 64 == 0)
            for (size_t i = 0; i < book->sheet_count; i++)
                require(grid_is_valid(book->sheets[i]->grid));
    }
    while (edit_undo_count(edit))
        go(&states, true, false);
    while (edit_redo_count(edit))
        go(&states, false, false);
    forget_after(&states, 0);
}

START_TEST(all_comes_back)
{
    chance = seed = (unsigned)_i + 1;
    open_book();
    walk_states(_i % 2, is_slow() ? 60 : 400);
    close_book();
}
END_TEST

START_TEST(something_was_refused)
{
    open_book();
    chance = seed = 4711;
    done_count = refused_count = memory_count = 0;
    walk_states(true, is_slow() ? 100 : 1500);
    require(done_count > 20 && refused_count > 5 && memory_count > 0,
            "%zu done, %zu refused, %zu for memory", done_count, refused_count, memory_count);
    close_book();
}
END_TEST

/* ---- single commands ------------------------------------------------------------------------- */

static const struct style *style_at(const char *name)
{
    return style_of(book->styles, grid_at(sheet_called("Sheet1")->grid, at(name))->style);
}

START_TEST(styles)
{
    open_book();
    DO("type A1 0.5", "format A1 0%", "style A1:B2 +bold ink=FF0000 align=right");
    shows("A1", "50%");
    require(style_at("B2")->flags == (STYLE_BOLD | STYLE_HAS_INK) &&
            style_at("B2")->ink == 0xFF0000 && style_at("B2")->align == ALIGN_RIGHT);
    DO("style A1 -bold +italic ink=none");
    require(style_at("A1")->flags == STYLE_ITALIC && !style_at("A1")->ink);
    shows("A1", "50%");
    DO("format C:D 0.00", "type C7 1", "type E7 1", "format 7:7 0.0", "type D7 2", "type F7 3");
    shows("C7", "1.0");
    shows("D7", "2.0");
    shows("F7", "3.0");
    DO("type D8 2");
    shows("D8", "2.00");
    DO("clear A:F formats", "type D9 2");
    shows("D9", "2");
    shows("A1", "0.5");
    DO("clear 1:9 all");
    require_equal(grid_count(sheet_called("Sheet1")->grid, area_of_all()), 0);
    undo();
    shows("A1", "0.5");
    refused("format B2:XFD1048575 0.0", "choose whole columns or rows");
    refused("format A1 [x", "is no number format");
    DO("style A:XFD +bold", "type Z99 x");
    require(style_at("Z99")->flags == STYLE_BOLD);
    close_book();
}
END_TEST

static bool is_hidden(unsigned row)
{
    const struct line_span *span = line_span_at(&sheet_called("Sheet1")->rows, row - 1);
    return span && span->is_hidden;
}

START_TEST(lines_and_filters)
{
    open_book();
    DO("width C:E 12.5", "hide D:D", "height 3:3 20", "hide 2:3", "unhide 3:3");
    const struct sheet *sheet = sheet_called("Sheet1");
    require(line_span_at(&sheet->columns, 3)->is_hidden &&
            line_span_at(&sheet->columns, 3)->size == 12.5);
    require(is_hidden(2) && !is_hidden(3) && line_span_at(&sheet->rows, 2)->size == 20);
    refused("width 3:5 9", "columns have a width");
    refused("height C:E 9", "rows have a height");
    DO("unhide 1:9", "type A1 Name", "type A2 5", "type A3 12", "type A5 x", "type A6 30",
       "type B8 1", "filter A1:B9", "show A1:B9 A >=10");
    for (unsigned row = 1; row <= 10; row++)
        require(is_hidden(row) == (row == 2 || row == 4 || row == 5 || row == 7 || row == 8),
                "row %u", row);
    undo();
    DO("show A1:B9 A <>x");
    for (unsigned row = 1; row <= 10; row++)
        require(is_hidden(row) == (row == 5), "row %u", row);
    DO("unhide 1:9", "show A2:B9 A =");
    for (unsigned row = 1; row <= 10; row++)
        require(is_hidden(row) == (row == 2 || row == 3 || row == 5 || row == 6), "row %u", row);
    refused("show A1:B9 C x", "column C is not in");
    DO("unfilter A1");
    require(!is_hidden(2) && !sheet->has_filter);
    refused("unfilter A1", "no filter");
    close_book();
}
END_TEST

static style_id style_number(const char *name)
{
    const struct cell *cell = grid_at(sheet_called("Sheet1")->grid, at(name));
    return cell_is_used(cell) ? cell->style
                              : sheet_style_of_lines(sheet_called("Sheet1"), at(name));
}

START_TEST(inserted_lines_look_like_those_in_front)
{
    open_book();
    DO("type A1 title", "type A2 1", "type C2 3", "format A2:B2 0.00", "style A1 +bold");
    style_id title = style_number("A1"), money = style_number("A2");
    require(title && money && title != money);
    char *before = picture();
    DO("insert 3:4");
    require(style_number("A3") == money && style_number("B4") == money && !style_number("C3"));
    source("A3", "");
    DO("type A4 5");
    shows("A4", "5.00");
    undo();
    undo();
    require_picture(before, "undone");
    redo();
    require_equal(style_number("B4"), money);
    undo();
    DO("insert 2:2");
    require(style_number("A2") == title && style_number("A3") == money && !style_number("B2"));
    undo();
    DO("insert B:C");
    require(style_number("B1") == title && style_number("C2") == money &&
            style_number("D2") == money);
    undo();
    DO("insert 1:1"); /* nothing is in front */
    require(!style_number("A1") && style_number("A2") == title);
    undo();
    require_picture(before, "undone again");
    free(before);
    close_book();
}
END_TEST

/* More than are gathered at once; lines with a style of their own; the end of the sheet. */
START_TEST(inserted_lines_of_many_cells)
{
    open_book();
    DO("format A5:XFD5 0.0", "insert 6:7");
    style_id style = style_number("A5");
    require(style_number("XFD7") == style && style_number("CCC6") == style && !style_number("A8"));
    uint64_t used = grid_count(sheet_called("Sheet1")->grid, area_of_all());
    DO("format 9:9 0.0", "format C:C 0.0", "insert 10:12", "insert D:D");
    require(style_number("A12") == style && style_number("D20") == style && !style_number("A13"));
    require_equal(grid_count(sheet_called("Sheet1")->grid, area_of_all()), used + 3 - 3);
    DO("insert 1048576:1048576", "format A8:A8 0.0", "insert 9:500000");
    require(style_number("A9") == style && style_number("A500000") == style);
    close_book();
}
END_TEST

START_TEST(merges_and_names)
{
    open_book();
    DO("type A1 1", "type B1 2", "merge A1:B2");
    source("B1", "2"); /* hidden, and not lost: whoever merges is told */
    require_equal(edit_hidden_count(edit), 1);
    refused("merge B2:C3", "merged cells in B2:C3 already");
    refused("merge D1", "is one cell");
    refused("unmerge D1:E9", "no merged area");
    DO("unmerge A:A");
    require_equal(edit_hidden_count(edit), 0);
    source("B1", "2");
    DO("merge C1:C2");
    require_equal(edit_hidden_count(edit), 0);
    undo();
    undo();
    undo();
    source("B1", "2");
    DO("name Total =Sheet1!$A$1+1", "type C1 =total*2");
    shows("C1", "4");
    DO("name Total =Sheet1!$B$1");
    shows("C1", "4");
    DO("name total");
    shows("C1", "#NAME?");
    undo();
    undo();
    DO("type A1 10");
    shows("C1", "22");
    refused("name A1 =1", "cannot be a name");
    refused("name Nothing", "there is no name");
    refused("name Bad =1+", "character");
    refused("type A1 =1+", "character");
    refused("type Gone!A1 1", "no sheet called Gone");
    source("A1", "10");
    close_book();
}
END_TEST

START_TEST(groups)
{
    open_book();
    edit_begin(edit);
    DO("type A1 1", "type A2 =A1+1");
    edit_begin(edit);
    DO("insert 1:1");
    require(!edit_line(edit, "type A1 =1+", "Sheet1", NULL, &problem));
    DO("type B1 x");
    require(edit_end(edit, NULL, &problem) && edit_end(edit, NULL, &problem));
    require(edit_end(edit, NULL, &problem)); /* one too many does nothing */
    shows("A3", "2");
    require_equal(edit_undo_count(edit), 1);
    undo();
    require_equal(grid_count(sheet_called("Sheet1")->grid, area_of_all()), 0);
    redo();
    source("A3", "=A2+1");
    source("B1", "x");
    edit_begin(edit);
    DO("type A9 9");
    undo(); /* ends it */
    source("A9", "");
    require(!edit_line(edit, "end", "Sheet1", NULL, &problem));
    close_book();
}
END_TEST

START_TEST(changed_since_saved)
{
    struct place where;
    open_book();
    require(!edit_is_changed(edit));
    require(!edit_undo(edit, NULL, NULL, &problem) && strstr(problem.text, "nothing to undo"));
    require(!edit_redo(edit, NULL, NULL, &problem) && strstr(problem.text, "nothing to redo"));
    DO("type C7 1");
    require(edit_is_changed(edit));
    edit_saved(edit);
    require(!edit_is_changed(edit));
    require(edit_undo(edit, NULL, &where, &problem) && position_is(where.position, at("C7")));
    require(edit_is_changed(edit));
    redo();
    require(!edit_is_changed(edit));
    undo();
    DO("type C7 1");
    require(edit_is_changed(edit) && !edit_redo_count(edit));
    edit_saved(edit);
    DO("clear Z1:Z9", "", "  # nothing", "calculate");
    require(!edit_is_changed(edit));
    require_equal(edit_undo_count(edit), 1);
    close_book();
}
END_TEST

START_TEST(forgotten)
{
    open_book();
    DO("type A1 1", "fill A1:A1 A1:A5000", "clear A2:A4000", "type B1 =SUM(A:A)", "type B2 7");
    undo();
    uint64_t before_bytes = edit_committed_bytes(edit);
    edit_begin(edit);
    require(!edit_forget(edit, &problem) && strstr(problem.text, "begin and end"));
    require(edit_end(edit, NULL, &problem));
    require(edit_undo_count(edit) == 4 && edit_redo_count(edit) == 1);
    edit_saved(edit);
    require(edit_forget(edit, &problem));
    require(!edit_is_changed(edit));
    require(edit_undo_count(edit) == 0 && edit_redo_count(edit) == 0);
    require(edit_committed_bytes(edit) < before_bytes / 4);
    require(!edit_undo(edit, NULL, NULL, &problem) && !edit_redo(edit, NULL, NULL, &problem));
    shows("B1", "1001");
    DO("type A1 2");
    shows("B1", "1002");
    undo();
    shows("B1", "1001");
    require(!edit_is_changed(edit));
    require(edit_forget(edit, &problem) && edit_forget(edit, &problem));
    close_book();
}
END_TEST

START_TEST(computed_by_hand)
{
    open_book();
    book->is_manual = true;
    DO("type A1 1", "type A2 =A1+1");
    shows("A2", "");
    DO("calculate");
    shows("A2", "2");
    DO("type A1 5");
    shows("A2", "2");
    DO("calculate");
    shows("A2", "6");
    close_book();
}
END_TEST

static bool stop(void *context, const char *doing, uint64_t done, uint64_t total)
{
    (void)context, (void)doing, (void)done, (void)total;
    return false;
}

START_TEST(stopped)
{
    static const char *const lines[] = {
        "insert 1:1",           "delete 1:1",        "copy A1:A70000 C1", "fill A1 A1:A140000",
        "clear A1:A70000",      "move A1:A70000 D7", "sort A1:A70000 -A", "replace A1:A70000 x y",
        "style A1:A70000 +bold"};
    struct progress progress = {.step = stop};
    open_book();
    DO("type A1 x", "fill A1 A1:A70000", "type B1 =A1", "type B2 =COUNTA(A:A)", "type A5 z");
    char *before = picture();
    size_t undo_count = edit_undo_count(edit);
    for (size_t i = 0; i < array_count(lines); i++) {
        require(!edit_line(edit, lines[i], "Sheet1", &progress, &problem), "%s", lines[i]);
        require(strstr(problem.text, "stopped") != NULL, "%s: %s", lines[i], problem.text);
        require(book_recalculate(book, NULL, NULL, &problem));
        require_picture(before, lines[i]);
        require_equal(edit_undo_count(edit), undo_count);
    }
    free(before);
    close_book();
}
END_TEST

/* ---- the journal ----------------------------------------------------------------------------- */

static bool gather(void *context, const char *command)
{
    char *lines = context;
    strcat(strcat(lines, command), "\n");
    return strlen(lines) < 3000;
}

/* All of it again, in another workbook. */
static bool do_again(void *context, const char *command)
{
    require(edit_line(context, command, NULL, NULL, &problem), "%s: %s", command, problem.text);
    return true;
}

START_TEST(journal)
{
    char folder[] = "/tmp/steppe-edit-XXXXXX", path[64], lines[4000] = "";
    require(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/book.csv", folder);
    open_book();
    struct journal *written = journal_open(path, &problem);
    require(written, "%s", problem.text);
    edit_set_journal(edit, written);
    DO("type A1 1", "fill A1 A1:A3", "insert 1:1");
    undo();
    redo();
    undo();
    require(!edit_line(edit, "type A1 =1+", "Sheet1", NULL, &problem));
    edit_begin(edit);
    DO("type B1 =A1", "type B2 two  spaces ");
    require(edit_end(edit, NULL, &problem), "%s", problem.text);
    journal_close(written, false);
    edit_set_journal(edit, NULL);
    require(journal_read(path, gather, lines, &problem), "%s", problem.text);
    ck_assert_str_eq(lines, "type Sheet1!A1 1\nfill Sheet1!A1 Sheet1!A1:A3\ninsert Sheet1!1:1\n"
                            "undo\nredo\nundo\nbegin\ntype Sheet1!B1 =A1\n"
                            "type Sheet1!B2 \"two  spaces \"\nend\n");
    char *before = picture();
    edit_free(edit);
    book_free(book);
    open_book();
    require(journal_read(path, do_again, edit, &problem), "%s", problem.text);
    require_picture(before, "again");
    require_equal(edit_undo_count(edit), 3);
    free(before);
    close_book();
    written = journal_open(path, &problem);
    journal_close(written, true);
    snprintf(path, sizeof path, "%s/.book.csv.steppe-journal.old", folder);
    (void)unlink(path);
    (void)rmdir(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("edit");
    TCase *tests = test_case(suite, "edit");
    tcase_add_test(tests, styles);
    tcase_add_test(tests, lines_and_filters);
    tcase_add_test(tests, merges_and_names);
    tcase_add_test(tests, inserted_lines_look_like_those_in_front);
    tcase_add_test(tests, inserted_lines_of_many_cells);
    tcase_add_test(tests, groups);
    tcase_add_test(tests, changed_since_saved);
    tcase_add_test(tests, forgotten);
    tcase_add_test(tests, computed_by_hand);
    tcase_add_test(tests, stopped);
    tcase_add_test(tests, journal);
    tcase_add_loop_test(tests, all_comes_back, 0, 40);
    tcase_add_test(tests, something_was_refused);
    return test_main(suite);
}
