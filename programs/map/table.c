/* SPDX-License-Identifier: MIT */
/* table.c - tables for people: see table.h. */
#include "map/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "screen/grid.h"

enum {
    NAME_COLUMNS_MIN = 12, /* for less of a name a column goes */
    HIDDEN = -1
};

static const char cut_mark[] = "...";

void table_put_tamed(FILE *stream, const char *text)
{
    uint32_t glyph;
    for (size_t bytes; (bytes = screen_decode(text, &glyph)) != 0; text += bytes) {
        bool is_bad = !screen_is_visible(glyph) || (bytes == 1 && glyph > 127);
        if (is_bad)
            (void)fputc('?', stream);
        else
            (void)fwrite(text, 1, bytes, stream);
    }
}

/* ---- cells ----------------------------------------------------------------------------------- */

bool table_begin(struct table *table, const struct table_column *columns, size_t column_count)
{
    assert(column_count <= TABLE_COLUMN_MAX);
    *table = (struct table){.columns = columns, .column_count = column_count};
    table->cells = open_memstream(&table->text, &table->text_bytes);
    return table->cells != NULL;
}

static void note_cell(struct table *table, const char *cell)
{
    size_t column = table->cell_count % table->column_count;
    int wide = screen_columns_of(cell);
    if (wide > table->widest[column])
        table->widest[column] = wide;
    if (table->cell_count < table->column_count) {
        table->is_uniform[column] = strlen(cell) < sizeof table->first[column];
        (void)snprintf(table->first[column], sizeof table->first[column], "%s", cell);
    } else if (strcmp(table->first[column], cell) != 0)
        table->is_uniform[column] = false;
    table->cell_count++;
}

void table_put(struct table *table, const char *cell)
{
    note_cell(table, cell); /* a question mark has one column, as what it stands for */
    table_put_tamed(table->cells, cell);
    (void)fputc('\0', table->cells);
}

void table_format(struct table *table, const char *format, ...)
{
    char cell[128];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(cell, sizeof cell, format, arguments);
    va_end(arguments);
    table_put(table, cell);
}

/* ---- widths ---------------------------------------------------------------------------------- */

/* Of each column, without its gap; HIDDEN: it is left out. */
struct widths {
    int of[TABLE_COLUMN_MAX];
};

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int width_of_contents(const struct table *table, size_t column)
{
    return larger(screen_columns_of(table->columns[column].title), table->widest[column]);
}

static int width_of_all(const struct table *table, const struct widths *widths)
{
    int all = 0;
    for (size_t i = 0; i < table->column_count; i++)
        all += widths->of[i] == HIDDEN ? 0 : table->columns[i].gap + widths->of[i];
    return all;
}

static struct widths described_widths(const struct table *table)
{
    struct widths widths = {{0}};
    for (size_t i = 0; i < table->column_count; i++)
        widths.of[i] = larger(table->columns[i].width, width_of_contents(table, i));
    return widths;
}

static struct widths narrow_widths(const struct table *table)
{
    struct widths widths = {{0}};
    for (size_t i = 0; i < table->column_count; i++) {
        widths.of[i] = width_of_contents(table, i);
        if (table->columns[i].is_name && widths.of[i] > NAME_COLUMNS_MIN)
            widths.of[i] = NAME_COLUMNS_MIN;
    }
    return widths;
}

/* The column to be left out next; column_count: none can be. */
static size_t next_to_go(const struct table *table, const struct widths *widths)
{
    size_t found = table->column_count;
    for (size_t i = 0; i < table->column_count; i++) {
        unsigned rank = table->columns[i].rank;
        if (rank == 0 || widths->of[i] == HIDDEN)
            continue;
        if (found < table->column_count) {
            bool is_same_sort = table->is_uniform[i] == table->is_uniform[found];
            if (is_same_sort ? rank < table->columns[found].rank : table->is_uniform[found])
                continue;
        }
        found = i;
    }
    return found;
}

static struct widths fitting_widths(const struct table *table, int columns)
{
    struct widths widths = described_widths(table);
    if (columns == 0 || width_of_all(table, &widths) <= columns)
        return widths;
    widths = narrow_widths(table);
    for (size_t i; width_of_all(table, &widths) > columns &&
                   (i = next_to_go(table, &widths)) < table->column_count;)
        widths.of[i] = HIDDEN;
    size_t last = table->column_count - 1;
    int left = columns - width_of_all(table, &widths);
    if (left > 0 && table->columns[last].is_name)
        widths.of[last] += left;
    return widths;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_blanks(FILE *stream, int count)
{
    if (count > 0)
        (void)fprintf(stream, "%*s", count, "");
}

/* The end of a path tells more than its beginning. */
static void put_name(FILE *stream, const char *name, int gap, int width)
{
    uint32_t glyph;
    if (!*name)
        return;
    put_blanks(stream, gap);
    if (screen_columns_of(name) > width) {
        (void)fputs(cut_mark, stream);
        while (*name && screen_columns_of(name) > width - (int)sizeof cut_mark + 1)
            name += screen_decode(name, &glyph);
    }
    (void)fputs(name, stream);
}

static void put_cell(FILE *stream, const struct table_column *column, const char *cell, int width)
{
    int blanks = width - screen_columns_of(cell);
    if (width == HIDDEN)
        return;
    if (column->is_name) {
        put_name(stream, cell, column->gap, width);
        return;
    }
    put_blanks(stream, column->gap + (column->is_left ? 0 : blanks));
    (void)fputs(cell, stream);
    if (column->is_left)
        put_blanks(stream, blanks);
}

static void put_rows(const struct table *table, FILE *stream, const struct widths *widths)
{
    const char *cell = table->text;
    for (size_t i = 0; i < table->column_count; i++)
        put_cell(stream, &table->columns[i], table->columns[i].title, widths->of[i]);
    (void)fputc('\n', stream);
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t column = i % table->column_count;
        put_cell(stream, &table->columns[column], cell, widths->of[column]);
        if (column == table->column_count - 1)
            (void)fputc('\n', stream);
        cell += strlen(cell) + 1;
    }
}

static void put_hidden(const struct table *table, FILE *stream, const struct widths *widths,
                       int columns)
{
    bool is_any = false;
    for (size_t i = 0; i < table->column_count; i++) {
        if (widths->of[i] != HIDDEN)
            continue;
        if (is_any)
            (void)fputc(',', stream);
        else
            (void)fprintf(stream, "(no room in %d columns for:", columns);
        is_any = true;
        (void)fprintf(stream, " %s",
                      table->columns[i].title + strspn(table->columns[i].title, " "));
        if (table->is_uniform[i] && table->cell_count)
            (void)fprintf(stream, " (all %s)", table->first[i]);
    }
    if (is_any)
        (void)fputs(")\n", stream);
}

bool table_end(struct table *table, FILE *stream, int columns)
{
    bool is_whole = !ferror(table->cells);
    is_whole = fclose(table->cells) == 0 && is_whole && table->text;
    if (is_whole) {
        struct widths widths = fitting_widths(table, columns);
        put_rows(table, stream, &widths);
        put_hidden(table, stream, &widths, columns);
    }
    free(table->text);
    *table = (struct table){0};
    return is_whole;
}
