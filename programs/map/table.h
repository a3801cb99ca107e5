/* SPDX-License-Identifier: MIT */
/*
 * table.h - tables for people, as wide as there is room.
 *
 * Where there is room, or nobody knows how much, every column is as wide as its description says,
 * so that tables one below the other look alike. Where there is not, in this order until it fits:
 * columns get as narrow as what is in them; the last one, of names, loses the beginnings of long
 * ones; columns with the same in every row go, and then others, by rank. A line below the table
 * tells which went, and what was in every row of them.
 */
#ifndef STEPPE_MAP_TABLE_H
#define STEPPE_MAP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table_column {
    const char *title;
    int width;     /* columns on the screen; a longer cell moves the rest of its line */
    int gap;       /* blanks before it */
    unsigned rank; /* 0 stays; of the others those with the highest go first */
    bool is_left;  /* what is in it begins at its left */
    bool is_name;  /* the last: it may be cut, and no blanks stand at the end of a line */
};

enum { TABLE_COLUMN_MAX = 16 };

struct table {
    const struct table_column *columns; /* borrowed */
    size_t column_count;
    FILE *cells; /* one after the other, each with a NUL behind it */
    char *text;  /* what was written to it */
    size_t text_bytes, cell_count;
    int widest[TABLE_COLUMN_MAX];
    bool is_uniform[TABLE_COLUMN_MAX]; /* so far */
    char first[TABLE_COLUMN_MAX][32];  /* the cell of the first row, as far as it is short */
};

/* table is {0} before. False: out of memory, and it is {0}. */
bool table_begin(struct table *table, const struct table_column *columns, size_t column_count);

/* The next cell, row by row. Characters that cannot be seen become question marks. */
void table_put(struct table *table, const char *cell);
void table_format(struct table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Write a line of titles and the rows in so many columns (0: no limit), and free everything. False:
 * out of memory. */
bool table_end(struct table *table, FILE *stream, int columns);

/* Text with question marks where it has characters that cannot be seen. */
void table_put_tamed(FILE *stream, const char *text);

#endif
