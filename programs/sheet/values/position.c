/* SPDX-License-Identifier: MIT */
/* position.c - names of cells and areas, and rectangles: see position.h. */
#include "sheet/values/position.h"

#include <string.h>

/* ---- writing -------------------------------------------------------------------------------- */

static char *put_column(char *end, uint32_t column)
{
    char letters[8];
    size_t count = 0;
    /* No digit stands for zero, so Z is followed by AA: one is taken off before each division. */
    for (uint64_t rest = (uint64_t)column + 1; rest; rest = (rest - 1) / 26)
        letters[count++] = (char)('A' + (rest - 1) % 26);
    while (count)
        *end++ = letters[--count];
    return end;
}

static char *put_row(char *end, uint32_t row)
{
    char digits[12];
    size_t count = 0;
    for (uint64_t rest = (uint64_t)row + 1; rest; rest /= 10)
        digits[count++] = (char)('0' + rest % 10);
    while (count)
        *end++ = digits[--count];
    return end;
}

/* Nobody has rows or columns outside of the grid, but a name must not run out of its room then. */
static struct position inside(struct position position)
{
    return (struct position){position.row < ROWS ? position.row : ROWS - 1,
                             position.column < COLUMNS ? position.column : COLUMNS - 1};
}

static char *put_position(char *end, struct position position, unsigned fixed)
{
    struct position known = inside(position);
    if (fixed & POSITION_FIXED_COLUMN)
        *end++ = '$';
    end = put_column(end, known.column);
    if (fixed & POSITION_FIXED_ROW)
        *end++ = '$';
    return put_row(end, known.row);
}

struct position_text position_name(struct position position, unsigned fixed)
{
    struct position_text name = {{0}};
    *put_position(name.text, position, fixed) = '\0';
    return name;
}

struct position_text column_name(uint32_t column)
{
    struct position_text name = {{0}};
    *put_column(name.text, column < COLUMNS ? column : COLUMNS - 1) = '\0';
    return name;
}

struct area_text area_name(struct area area)
{
    struct area_text name = {{0}};
    struct position first = inside(area.first), last = inside(area.last);
    char *end = name.text;
    bool whole_columns = first.row == 0 && last.row == ROWS - 1;
    bool whole_rows = first.column == 0 && last.column == COLUMNS - 1;
    if (whole_columns) {
        end = put_column(end, first.column);
        *end++ = ':';
        end = put_column(end, last.column);
    } else if (whole_rows) {
        end = put_row(end, first.row);
        *end++ = ':';
        end = put_row(end, last.row);
    } else {
        end = put_position(end, first, 0);
        if (!area_is_one(area)) {
            *end++ = ':';
            end = put_position(end, last, 0);
        }
    }
    *end = '\0';
    return name;
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static unsigned letter_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A') + 1;
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 1;
    return 0;
}

/* What would make a name of what looks like a reference: "A1B", "A1.x", "LOG10_". */
static bool goes_on(char c)
{
    return letter_of(c) || is_digit(c) || c == '_' || c == '.' || c == '$' ||
           (unsigned char)c >= 0x80;
}

size_t column_read(const char *text, uint32_t *column)
{
    uint32_t number = 0;
    size_t length = 0;
    for (unsigned letter; (letter = letter_of(text[length])) != 0; length++) {
        number = number * 26 + letter;
        if (number > COLUMNS)
            return 0;
    }
    if (length)
        *column = number - 1;
    return length;
}

/* Digits of a row alone; leading zeros are none of a reference. */
static size_t row_read(const char *text, uint32_t *row)
{
    uint32_t number = 0;
    size_t length = 0;
    if (*text == '0')
        return 0;
    for (; is_digit(text[length]); length++) {
        number = number * 10 + (uint32_t)(text[length] - '0');
        if (number > ROWS)
            return 0;
    }
    if (length)
        *row = number - 1;
    return length;
}

size_t position_read(const char *text, struct position *position, unsigned *fixed)
{
    const char *at = text;
    struct position found;
    unsigned dollars = 0;
    if (*at == '$') {
        dollars |= POSITION_FIXED_COLUMN;
        at++;
    }
    size_t length = column_read(at, &found.column);
    if (!length)
        return 0;
    at += length;
    if (*at == '$') {
        dollars |= POSITION_FIXED_ROW;
        at++;
    }
    length = row_read(at, &found.row);
    if (!length || goes_on(at[length]))
        return 0;
    *position = found;
    if (fixed)
        *fixed = dollars;
    return (size_t)(at + length - text);
}

static bool whole_columns_parse(const char *text, struct area *area)
{
    uint32_t first, last;
    text += *text == '$';
    size_t length = column_read(text, &first);
    if (!length || text[length] != ':')
        return false;
    text += length + 1;
    text += *text == '$';
    length = column_read(text, &last);
    if (!length || text[length])
        return false;
    *area = area_of((struct position){0, first}, (struct position){ROWS - 1, last});
    return true;
}

static bool whole_rows_parse(const char *text, struct area *area)
{
    uint32_t first, last;
    text += *text == '$';
    size_t length = row_read(text, &first);
    if (!length || text[length] != ':')
        return false;
    text += length + 1;
    text += *text == '$';
    length = row_read(text, &last);
    if (!length || text[length])
        return false;
    *area = area_of((struct position){first, 0}, (struct position){last, COLUMNS - 1});
    return true;
}

bool area_parse(const char *text, struct area *area)
{
    struct position first, last;
    size_t length = position_read(text, &first, NULL);
    if (!length)
        return whole_columns_parse(text, area) || whole_rows_parse(text, area);
    text += length;
    last = first;
    if (*text == ':') {
        text++;
        length = position_read(text, &last, NULL);
        if (!length)
            return false;
        text += length;
    }
    if (*text)
        return false;
    *area = area_of(first, last);
    return true;
}

/* ---- rectangles ----------------------------------------------------------------------------- */

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

struct area area_of(struct position a, struct position b)
{
    return (struct area){{least(a.row, b.row), least(a.column, b.column)},
                         {most(a.row, b.row), most(a.column, b.column)}};
}

struct area area_of_one(struct position position)
{
    return (struct area){position, position};
}

struct area area_of_all(void)
{
    return (struct area){{0, 0}, {ROWS - 1, COLUMNS - 1}};
}

bool area_has(struct area area, struct position position)
{
    return position.row >= area.first.row && position.row <= area.last.row &&
           position.column >= area.first.column && position.column <= area.last.column;
}

bool area_meet(struct area a, struct area b, struct area *common)
{
    struct area both = {{most(a.first.row, b.first.row), most(a.first.column, b.first.column)},
                        {least(a.last.row, b.last.row), least(a.last.column, b.last.column)}};
    if (both.first.row > both.last.row || both.first.column > both.last.column)
        return false;
    *common = both;
    return true;
}

bool area_is_one(struct area area)
{
    return position_is(area.first, area.last);
}

uint64_t area_cells(struct area area)
{
    return (uint64_t)area_rows(area) * area_columns(area);
}

uint32_t area_rows(struct area area)
{
    return area.last.row - area.first.row + 1;
}

uint32_t area_columns(struct area area)
{
    return area.last.column - area.first.column + 1;
}

bool position_is(struct position a, struct position b)
{
    return a.row == b.row && a.column == b.column;
}
