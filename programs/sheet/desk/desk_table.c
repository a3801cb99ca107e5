/* SPDX-License-Identifier: MIT */
/* desk_table.c - see desk_table.h. */
#include "sheet/desk/desk_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "sheet/values/number_format.h"

/* ---- sorting --------------------------------------------------------------------------------- */

static struct area area_to_sort(const struct desk *desk)
{
    struct area area = desk_selection_used(desk);
    return area_is_one(area) ? desk_region(desk) : area;
}

/* Titles: text all over the first row, and something else below it. */
static bool has_titles(const struct desk *desk, struct area area)
{
    bool has_other = false;
    if (area_rows(area) < 2)
        return false;
    for (struct position at = area.first; at.column <= area.last.column; at.column++) {
        struct position below = {at.row + 1, at.column};
        if (grid_at(desk_sheet(desk)->grid, at)->kind != VALUE_TEXT)
            return false;
        has_other |= grid_at(desk_sheet(desk)->grid, below)->kind != VALUE_TEXT;
    }
    return has_other;
}

static void sort(struct desk *desk, bool descends)
{
    struct area area = area_to_sort(desk);
    bool has_header = has_titles(desk, area);
    if (desk_do_line(desk, "sort %s %c%s%s", area_name(area).text, descends ? '-' : '+',
                     column_name(desk_cursor(desk).column).text, has_header ? " header" : ""))
        desk_say(desk, false, "%s is sorted by %s%s", area_name(area).text,
                 column_name(desk_cursor(desk).column).text,
                 has_header ? "; the first row has titles, and stays" : "");
}

void desk_table_sort_up(struct desk *desk)
{
    sort(desk, false);
}

void desk_table_sort_down(struct desk *desk)
{
    sort(desk, true);
}

void desk_table_sort_proposal(const struct desk *desk, char keys[DESK_SORT_KEYS_BYTES])
{
    snprintf(keys, DESK_SORT_KEYS_BYTES, "+%s%s", column_name(desk_cursor(desk).column).text,
             has_titles(desk, area_to_sort(desk)) ? " header" : "");
}

void desk_table_sort_by(struct desk *desk, const char *keys)
{
    struct area area = area_to_sort(desk);
    if (desk_do_line(desk, "sort %s %s", area_name(area).text, keys))
        desk_say(desk, false, "%s is sorted", area_name(area).text);
}

/* ---- filtering ------------------------------------------------------------------------------- */

/* What is filtered, or would be: the cursor's part of the sheet. */
static struct area area_to_filter(const struct desk *desk)
{
    const struct sheet *sheet = desk_sheet(desk);
    if (sheet->has_filter && area_has(sheet->filter, desk_cursor(desk)))
        return sheet->filter;
    return area_to_sort(desk);
}

static void show_all_rows(struct desk *desk, struct area area)
{
    (void)desk_do_line(desk, "unhide %u:%u", area.first.row + 1, area.last.row + 1);
}

void desk_table_filter(struct desk *desk)
{
    const struct sheet *sheet = desk_sheet(desk);
    if (!sheet->has_filter) {
        struct area area = area_to_filter(desk);
        if (desk_do_line(desk, "filter %s", area_name(area).text))
            desk_say(desk, false, "%s can be filtered now: by value, or by a condition",
                     area_name(area).text);
        return;
    }
    struct area area = sheet->filter;
    desk->condition_count = 0;
    desk_begin_step(desk);
    show_all_rows(desk, area);
    (void)desk_do_line(desk, "unfilter %s", position_name(area.first, 0).text);
    (void)desk_end_step(desk); /* it says what is not computed */
}

static uint64_t visible_rows(const struct desk *desk, struct area area)
{
    const struct line_spans *spans = &desk_sheet(desk)->rows;
    uint64_t hidden = 0;
    for (size_t i = 0; i < spans->count; i++) {
        uint32_t first = spans->spans[i].first, last = spans->spans[i].last;
        first = first < area.first.row ? area.first.row : first;
        last = last > area.last.row ? area.last.row : last;
        if (spans->spans[i].is_hidden && first <= last)
            hidden += last - first + 1;
    }
    return area_rows(area) - hidden;
}

/* Not at every drawing: a sheet may have as many groups of rows as rows. */
void desk_table_count_filtered(struct desk *desk)
{
    const struct sheet *sheet = desk_sheet(desk);
    struct area area = sheet->filter, extent;
    if (desk->filtered.sheet == sheet->id && desk->filtered.version == desk->version)
        return;
    desk->filtered.sheet = sheet->id;
    desk->filtered.version = desk->version;
    desk->filtered.rows = desk->filtered.shown_rows = 0;
    if (!sheet->has_filter || !grid_extent(sheet->grid, &extent))
        return;
    if (area.last.row > extent.last.row) /* whole columns */
        area.last.row = extent.last.row;
    if (area.last.row <= area.first.row)
        return;
    area.first.row++;
    desk->filtered.rows = area_rows(area);
    desk->filtered.shown_rows = visible_rows(desk, area);
}

/* A column's condition goes in the place of one it had before. false: there are too many. */
static bool keep_condition(struct desk *desk, struct area area, uint32_t column,
                           const char *condition)
{
    size_t i = 0;
    if (desk->filtered_sheet != desk_sheet(desk)->id ||
        !position_is(desk->filtered_corner, area.first))
        desk->condition_count = 0;
    desk->filtered_sheet = desk_sheet(desk)->id;
    desk->filtered_corner = area.first;
    while (i < desk->condition_count && desk->conditions[i].column != column)
        i++;
    if (i == DESK_CONDITIONS_MAX || strlen(condition) >= DESK_CONDITION_BYTES) {
        desk_say(desk, true, "that is too long, or too many columns have a condition already");
        return false;
    }
    desk->conditions[i].column = column;
    snprintf(desk->conditions[i].text, sizeof desk->conditions[i].text, "%s", condition);
    desk->condition_count += i == desk->condition_count;
    return true;
}

static void say_shown(struct desk *desk, uint64_t rows)
{
    desk_say(desk, false, "%s %s shown", human_count(rows).text, rows == 1 ? "row is" : "rows are");
}

/* All conditions anew: hiding more is all that a condition does. */
static void show_rows(struct desk *desk, struct area area, uint32_t column, const char *condition)
{
    char word[DESK_WORD_BYTES];
    if (!keep_condition(desk, area, column, condition))
        return;
    desk_begin_step(desk);
    bool is_done =
        desk_sheet(desk)->has_filter || desk_do_line(desk, "filter %s", area_name(area).text);
    if (is_done)
        show_all_rows(desk, area);
    for (size_t i = 0; is_done && i < desk->condition_count; i++)
        is_done = desk_do_line(desk, "show %s %s %s", area_name(area).text,
                               column_name(desk->conditions[i].column).text,
                               desk_quoted(desk->conditions[i].text, word));
    (void)desk_end_step(desk); /* it says what is not computed */
    if (is_done)
        say_shown(desk, visible_rows(desk, area) - 1);
    else
        desk->condition_count = 0;
    desk_reveal(desk, desk_cursor(desk));
}

void desk_table_show_rows(struct desk *desk, const char *condition)
{
    show_rows(desk, area_to_filter(desk), desk_cursor(desk).column, condition);
}

/* ---- filtering by value --------------------------------------------------------------------- */

enum { BUCKETS = 4096, ALL_ROWS = DESK_ENTRIES_MAX };

struct value_table {
    struct desk *desk;
    uint16_t buckets[BUCKETS]; /* place + 1 */
    size_t count;
    uint64_t left_out;
};

static void count_value(struct value_table *table, enum value_kind kind, uint64_t bits)
{
    uint64_t hash = (bits + (uint64_t)kind) * UINT64_C(0x9E3779B97F4A7C15);
    size_t bucket = hash >> 52;
    for (; table->buckets[bucket]; bucket = (bucket + 1) % BUCKETS) {
        struct desk_value *value = &table->desk->values[table->buckets[bucket] - 1];
        if (value->kind == kind && value->bits == bits) {
            value->count++;
            return;
        }
    }
    if (table->count == DESK_ENTRIES_MAX - 1) { /* one for "all rows" */
        table->left_out++;
        return;
    }
    table->desk->values[table->count++] =
        (struct desk_value){.kind = kind, .bits = bits, .count = 1};
    table->buckets[bucket] = (uint16_t)table->count;
}

static struct cell cell_of(const struct desk_value *value)
{
    struct cell cell = {.bits = value->bits};
    cell.kind = (uint8_t)value->kind;
    return cell;
}

static int compare_values(const void *a, const void *b, void *context)
{
    const struct desk *desk = context;
    struct cell left = cell_of(a), right = cell_of(b);
    int order = value_compare(cell_value(desk->book, &left), cell_value(desk->book, &right));
    bool is_left_blank = left.kind == VALUE_BLANK, is_right_blank = right.kind == VALUE_BLANK;
    return is_left_blank != is_right_blank ? is_left_blank - is_right_blank : order;
}

/* Conditions one below the other; one that has no room is not there, and it is told. */
struct wanted {
    char text[DESK_CONDITION_BYTES];
    size_t used;
    bool is_too_long;
};

static void want(struct wanted *wanted, const char *condition)
{
    size_t size = strlen(condition);
    size_t needed = size + (wanted->used > 0);
    if (wanted->used + needed >= sizeof wanted->text) {
        wanted->is_too_long = true;
        return;
    }
    if (wanted->used > 0)
        wanted->text[wanted->used++] = '\n';
    memcpy(wanted->text + wanted->used, condition, size + 1);
    wanted->used += size;
}

enum { CONDITION_TEXT_BYTES = 240 };

/* Each '*', '?' and '~' is one of those, and no wildcard. What is very long is known by its
 * beginning; a line's end would end the condition. */
static void condition_of_text(struct value value, char condition[CONDITION_TEXT_BYTES])
{
    size_t used = 0;
    condition[used++] = '=';
    for (uint32_t i = 0; i < value.text_bytes; i++) {
        unsigned char c = (unsigned char)value.text[i];
        bool is_start = (c & 0xC0) != 0x80;
        if (used + 8 > CONDITION_TEXT_BYTES && is_start) {
            condition[used++] = '*';
            break;
        }
        if (c == '*' || c == '?' || c == '~')
            condition[used++] = '~';
        condition[used++] = c == '\n' ? '?' : (char)c;
    }
    condition[used] = 0;
}

static void want_value(struct desk *desk, struct wanted *wanted, int id)
{
    char condition[CONDITION_TEXT_BYTES];
    struct cell cell = cell_of(&desk->values[id]);
    struct value value = cell_value(desk->book, &cell);
    switch (value.kind) {
    case VALUE_NUMBER:
        snprintf(condition, sizeof condition, "=%.17g", value.number);
        break;
    case VALUE_TEXT:
        condition_of_text(value, condition);
        break;
    case VALUE_BOOLEAN:
        snprintf(condition, sizeof condition, "=%s", value.boolean ? "TRUE" : "FALSE");
        break;
    case VALUE_ERROR:
        snprintf(condition, sizeof condition, "=%s", value_error_name(value.error));
        break;
    default:
        snprintf(condition, sizeof condition, "=");
    }
    want(wanted, condition);
}

/* Those that are marked; if none is, the one that was chosen. */
static void take_value(struct desk *desk, int id)
{
    struct wanted wanted = {.used = 0};
    if (id < 0)
        return;
    for (size_t i = 0; i < desk->list.count; i++)
        if (desk->list.entries[i].is_marked && desk->list.entries[i].id != ALL_ROWS)
            want_value(desk, &wanted, desk->list.entries[i].id);
    if (!wanted.used && id == ALL_ROWS) {
        desk->condition_count = 0;
        show_all_rows(desk, desk->filter_area);
        return;
    }
    if (!wanted.used)
        want_value(desk, &wanted, id);
    if (wanted.is_too_long) {
        desk_say(desk, true, "too many values: a condition (F10) may say it in fewer words");
        return;
    }
    show_rows(desk, desk->filter_area, desk_cursor(desk).column, wanted.text);
}

/* Numbers as the cells below the titles show them: a date as a date. */
static void add_value(struct desk *desk, size_t place, const char *code)
{
    struct cell cell = cell_of(&desk->values[place]);
    struct formatted shown;
    number_format(&shown, cell_value(desk->book, &cell), code, 0, desk->book->is_1904);
    for (char *at = shown.text; *at; at++)
        if (*at == '\n' || *at == '\t')
            *at = ' ';
    (void)desk_list_add(&desk->list, (int)place, cell.kind == VALUE_BLANK ? "(blank)" : shown.text,
                        human_count(desk->values[place].count).text);
}

void desk_table_filter_values(struct desk *desk)
{
    char title[DESK_TITLE_BYTES];
    struct area area = area_to_filter(desk), column = area, extent;
    struct value_table table = {.desk = desk};
    struct grid_walk walk;
    uint64_t found = 0;
    const struct sheet *sheet = desk_sheet(desk);
    column.first.column = column.last.column = desk_cursor(desk).column;
    if (area_rows(area) < 2 || !grid_extent(sheet->grid, &extent)) {
        desk_say(desk, true, "there is nothing to filter here");
        return;
    }
    column.first.row++;
    if (column.last.row > extent.last.row)
        column.last.row = extent.last.row;
    desk->filter_area = area;
    grid_walk_begin(&walk, sheet->grid, column, GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk));)
        if (cell->kind != VALUE_BLANK) {
            count_value(&table, (enum value_kind)cell->kind, cell->bits);
            found++;
        }
    if (column.last.row >= column.first.row && found < area_rows(column)) {
        size_t before = table.count;
        count_value(&table, VALUE_BLANK, 0);
        if (table.count > before)
            desk->values[before].count = area_rows(column) - found;
    }
    qsort_r(desk->values, table.count, sizeof *desk->values, compare_values, desk);
    snprintf(title, sizeof title, "Rows of %s where column %s is%s", area_name(area).text,
             column_name(column.first.column).text,
             table.left_out ? " (more than are listed)" : "");
    desk_list_begin(&desk->list, title, take_value);
    desk->list.can_mark = true;
    (void)desk_list_add(&desk->list, ALL_ROWS, "(whatever it is: show all rows)", "");
    style_id style = desk_style_at(sheet, column.first);
    for (size_t i = 0; i < table.count; i++)
        add_value(desk, i, style_format(desk->book->styles, style));
    desk_list_show(desk);
}
