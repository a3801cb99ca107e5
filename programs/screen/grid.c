/* SPDX-License-Identifier: MIT */
/* grid.c - cells of a screen: see grid.h. */
#include "screen/grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum {
    REPLACEMENT = 0xFFFD,
    ELLIPSIS = 0x2026,
    ZERO_WIDTH_NON_JOINER = 0x200C,
    ZERO_WIDTH_JOINER = 0x200D,
    VARIATION_FIRST = 0xFE00,
    VARIATION_LAST = 0xFE0F,
    FORMAT_BYTES = 1024
};

static const struct screen_cell empty_cell = {.glyph = ' '};

static struct screen_cell *cell_at(struct screen_grid *grid, int column, int row)
{
    bool is_inside = column >= 0 && row >= 0 && column < grid->columns && row < grid->rows;
    return is_inside ? &grid->cells[(size_t)row * (size_t)grid->columns + (size_t)column] : NULL;
}

bool screen_grid_resize(struct screen_grid *grid, int columns, int rows)
{
    size_t count = (size_t)(columns > 0 ? columns : 0) * (size_t)(rows > 0 ? rows : 0);
    struct screen_cell *cells = calloc(count + 1, sizeof *cells);
    if (!cells)
        return false;
    free(grid->cells);
    *grid = (struct screen_grid){.columns = columns, .rows = rows, .cells = cells};
    screen_clear(grid);
    return true;
}

void screen_grid_free(struct screen_grid *grid)
{
    free(grid->cells);
    *grid = (struct screen_grid){0};
}

void screen_clear(struct screen_grid *grid)
{
    for (size_t i = 0; i < (size_t)grid->columns * (size_t)grid->rows; i++)
        grid->cells[i] = empty_cell;
}

/* ---- colours -------------------------------------------------------------------------------- */

/* Steps of the cube's edges; 95 is not 51: the first step is larger. */
static const uint8_t cube_levels[6] = {0, 95, 135, 175, 215, 255};

static int nearest_level(int value)
{
    int best = 0;
    for (int i = 1; i < 6; i++)
        if (abs(cube_levels[i] - value) < abs(cube_levels[best] - value))
            best = i;
    return best;
}

static int distance_of(int red, int green, int blue, uint32_t rgb)
{
    int r = red - (int)(rgb >> 16 & 0xFF), g = green - (int)(rgb >> 8 & 0xFF);
    int b = blue - (int)(rgb & 0xFF);
    return r * r + g * g + b * b;
}

uint8_t screen_color_near(uint32_t rgb)
{
    int red = (int)(rgb >> 16 & 0xFF), green = (int)(rgb >> 8 & 0xFF), blue = (int)(rgb & 0xFF);
    int r = nearest_level(red), g = nearest_level(green), b = nearest_level(blue);
    int gray = ((red + green + blue) / 3 - 3) / 10;
    gray = gray < 0 ? 0 : gray > 23 ? 23 : gray;
    int level = 8 + 10 * gray;
    bool is_gray = distance_of(level, level, level, rgb) <
                   distance_of(cube_levels[r], cube_levels[g], cube_levels[b], rgb);
    return (uint8_t)(is_gray ? 232 + gray : SCREEN_CUBE + 36 * r + 6 * g + b);
}

uint32_t screen_color_rgb(uint8_t color)
{
    static const uint32_t named[SCREEN_CUBE] = {0,        0xFFAF00, 0x5FAFD7, 0x00AF87,
                                                0xFFFF5F, 0x005FAF, 0xD75F00, 0xD787AF,
                                                0x000000, 0x444444, 0xA8A8A8, 0xFFFFFF};
    if (color < SCREEN_CUBE)
        return named[color];
    if (color >= 232)
        return (uint32_t)(8 + 10 * (color - 232)) * 0x010101;
    unsigned place = color - SCREEN_CUBE;
    return (uint32_t)cube_levels[place / 36] << 16 | (uint32_t)cube_levels[place / 6 % 6] << 8 |
           cube_levels[place % 6];
}

/* ---- characters ----------------------------------------------------------------------------- */

static size_t length_of(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first < 0xE0)
        return 2;
    if (first >= 0xE0 && first < 0xF0)
        return 3;
    return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

static bool is_character(uint32_t glyph, size_t length)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    return glyph >= smallest[length] && glyph <= 0x10FFFF && (glyph < 0xD800 || glyph > 0xDFFF);
}

size_t screen_decode(const char *text, uint32_t *glyph)
{
    unsigned char first = (unsigned char)text[0];
    size_t length = length_of(first);
    *glyph = first;
    if (length == 1)
        return first ? 1 : 0;
    *glyph = REPLACEMENT;
    if (!length)
        return 1;
    uint32_t value = first & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            return 1;
        value = value << 6 | ((unsigned char)text[i] & 0x3F);
    }
    if (!is_character(value, length))
        return 1;
    *glyph = value;
    return length;
}

size_t screen_encode(uint32_t glyph, char bytes[SCREEN_UTF8_BYTES_MAX])
{
    if (glyph < 0x80) {
        bytes[0] = (char)glyph;
        return 1;
    }
    size_t length = glyph < 0x800 ? 2 : glyph < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, glyph >>= 6)
        bytes[i] = (char)(0x80 | (glyph & 0x3F));
    bytes[0] = (char)((0xF00u >> length & 0xFF) | glyph);
    return length;
}

/* Categories Cc, Cf, Zl and Zp of Unicode 15. wcwidth does not tell: of most of these it says 0, as
 * of an accent, of some 1, and in a terminal they turn the rest of the line round. */
bool screen_is_visible(uint32_t glyph)
{
    static const struct {
        uint32_t first, last;
    } invisible[] = {
        {0x0001, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x0600, 0x0605},
        {0x061C, 0x061C},   {0x06DD, 0x06DD},   {0x070F, 0x070F},   {0x0890, 0x0891},
        {0x08E2, 0x08E2},   {0x180E, 0x180E},   {0x200B, 0x200F},   {0x2028, 0x202E},
        {0x2060, 0x206F},   {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB},   {0x110BD, 0x110BD},
        {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
        {0xE0000, 0xE007F},
    };
    for (size_t i = 0; i < sizeof invisible / sizeof *invisible && glyph >= invisible[i].first; i++)
        if (glyph <= invisible[i].last)
            return false;
    return true;
}

/* See grid.h; and between letters of Persian stand joiners that change only their shape. */
static bool is_left_out(uint32_t glyph)
{
    return glyph == ZERO_WIDTH_JOINER || glyph == ZERO_WIDTH_NON_JOINER ||
           (glyph >= VARIATION_FIRST && glyph <= VARIATION_LAST);
}

int screen_width_of(uint32_t *glyph)
{
    if (is_left_out(*glyph)) {
        *glyph = 0;
        return 0;
    }
    if (!screen_is_visible(*glyph))
        *glyph = REPLACEMENT;
    int width = wcwidth((wchar_t)*glyph);
    /* Without a locale wcwidth knows ASCII only; frames and blocks are narrow everywhere. */
    return width >= 0 ? width : 1;
}

/* ---- drawing -------------------------------------------------------------------------------- */

void screen_put(struct screen_grid *grid, int column, int row, uint32_t glyph,
                struct screen_style style)
{
    struct screen_cell *cell = cell_at(grid, column, row);
    if (!cell)
        return;
    *cell = (struct screen_cell){.glyph = screen_is_visible(glyph) ? glyph : REPLACEMENT,
                                 .style = style};
}

void screen_put_mark(struct screen_grid *grid, int column, int row, uint32_t mark)
{
    struct screen_cell *cell = cell_at(grid, column, row);
    if (cell && cell->glyph == SCREEN_NO_GLYPH)
        cell = cell_at(grid, column - 1, row);
    if (!cell || !mark)
        return;
    for (int i = 0; i < SCREEN_MARKS_MAX; i++)
        if (!cell->marks[i]) {
            cell->marks[i] = mark;
            return;
        }
}

void screen_fill(struct screen_grid *grid, struct screen_area area, uint32_t glyph,
                 struct screen_style style)
{
    for (int row = area.row; row < area.row + area.rows; row++)
        for (int column = area.column; column < area.column + area.columns; column++)
            screen_put(grid, column, row, glyph, style);
}

int screen_columns_of(const char *text)
{
    uint32_t glyph;
    int columns = 0;
    for (size_t length; (length = screen_decode(text, &glyph)) != 0; text += length)
        columns += screen_width_of(&glyph);
    return columns;
}

int screen_text(struct screen_grid *grid, int column, int row, int columns_max,
                struct screen_style style, const char *text)
{
    uint32_t glyph;
    int drawn = 0, last = -1; /* last: where a mark goes */
    bool is_cut = screen_columns_of(text) > columns_max;
    int room = is_cut ? columns_max - 1 : columns_max;
    if (columns_max <= 0)
        return 0;
    for (size_t length; (length = screen_decode(text, &glyph)) != 0; text += length) {
        int width = screen_width_of(&glyph);
        if (drawn + width > room)
            break;
        if (width > 0)
            screen_put(grid, last = column + drawn, row, glyph, style);
        else if (last >= 0)
            screen_put_mark(grid, last, row, glyph);
        if (width == 2)
            screen_put(grid, column + drawn + 1, row, SCREEN_NO_GLYPH, style);
        drawn += width;
    }
    if (is_cut)
        screen_put(grid, column + drawn++, row, ELLIPSIS, style);
    return drawn;
}

int screen_format(struct screen_grid *grid, int column, int row, int columns_max,
                  struct screen_style style, const char *format, ...)
{
    char text[FORMAT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return screen_text(grid, column, row, columns_max, style, text);
}

void screen_text_right(struct screen_grid *grid, int last_column, int row,
                       struct screen_style style, const char *text)
{
    int columns = screen_columns_of(text);
    screen_text(grid, last_column + 1 - columns, row, columns, style, text);
}

void screen_frame(struct screen_grid *grid, struct screen_area area, struct screen_style style,
                  const char *title)
{
    int right = area.column + area.columns - 1, bottom = area.row + area.rows - 1;
    for (int column = area.column + 1; column < right; column++) {
        screen_put(grid, column, area.row, 0x2500, style);
        screen_put(grid, column, bottom, 0x2500, style);
    }
    for (int row = area.row + 1; row < bottom; row++) {
        screen_put(grid, area.column, row, 0x2502, style);
        screen_put(grid, right, row, 0x2502, style);
    }
    screen_put(grid, area.column, area.row, 0x250C, style);
    screen_put(grid, right, area.row, 0x2510, style);
    screen_put(grid, area.column, bottom, 0x2514, style);
    screen_put(grid, right, bottom, 0x2518, style);
    if (title && *title)
        screen_format(grid, area.column + 2, area.row, area.columns - 4, style, " %s ", title);
}

bool screen_area_has(struct screen_area area, int column, int row)
{
    return column >= area.column && column < area.column + area.columns && row >= area.row &&
           row < area.row + area.rows;
}

/* ---- as text -------------------------------------------------------------------------------- */

static size_t text_of_row(const struct screen_cell *cells, int columns, char *text)
{
    size_t length = 0, end = 0;
    for (int column = 0; column < columns; column++) {
        if (cells[column].glyph == SCREEN_NO_GLYPH)
            continue;
        length += screen_encode(cells[column].glyph, text + length);
        for (int i = 0; i < SCREEN_MARKS_MAX && cells[column].marks[i]; i++)
            length += screen_encode(cells[column].marks[i], text + length);
        if (cells[column].glyph != ' ')
            end = length;
    }
    text[end] = '\n';
    return end + 1;
}

char *screen_grid_text(const struct screen_grid *grid)
{
    size_t cell_bytes = (size_t)(1 + SCREEN_MARKS_MAX) * SCREEN_UTF8_BYTES_MAX;
    size_t row_bytes = (size_t)grid->columns * cell_bytes + 1, length = 0;
    char *text = malloc(row_bytes * (size_t)grid->rows + 1);
    if (!text)
        return NULL;
    for (int row = 0; row < grid->rows; row++)
        length += text_of_row(grid->cells + (size_t)row * (size_t)grid->columns, grid->columns,
                              text + length);
    text[length] = 0;
    return text;
}

static uint32_t ascii_of(uint32_t glyph)
{
    static const struct {
        uint32_t glyph;
        char ascii;
    } substitutes[] = {
        {0x2500, '-'}, {0x2502, '|'}, {0x250C, '+'}, {0x2510, '+'}, {0x2514, '+'}, {0x2518, '+'},
        {0x251C, '+'}, {0x2524, '+'}, {0x252C, '+'}, {0x2534, '+'}, {0x253C, '+'}, {0x2026, '~'},
        {0x2580, '"'}, {0x2584, '_'}, {0x2588, '#'}, {0x2591, ','}, {0x2592, ':'}, {0x2593, '%'},
        {0x25B2, '^'}, {0x25BC, 'v'}, {0x25B6, '>'}, {0x25C0, '<'}, {0x2022, '*'}, {0x00B7, '.'},
        {0x00D7, 'x'}, {0x25C6, '@'}, {0x2013, '-'}, {0x2014, '-'}, {0x2192, '>'}, {0x25A0, '#'},
        {0x25AA, 'o'}, {0x2211, 'S'}, {0x2190, '<'}, {0x2191, '^'}, {0x2193, 'v'},
    };
    if (glyph < 0x80)
        return glyph;
    for (size_t i = 0; i < sizeof substitutes / sizeof *substitutes; i++)
        if (substitutes[i].glyph == glyph)
            return (unsigned char)substitutes[i].ascii;
    if (glyph >= 0x2581 && glyph <= 0x2588) /* bars of eighths */
        return (uint32_t) "._-=+*%#"[glyph - 0x2581];
    return '?';
}

void screen_grid_to_ascii(struct screen_grid *grid)
{
    for (size_t i = 0; i < (size_t)grid->columns * (size_t)grid->rows; i++) {
        grid->cells[i].glyph = ascii_of(grid->cells[i].glyph);
        grid->cells[i].marks[0] = 0;
    }
}
