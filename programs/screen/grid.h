/* SPDX-License-Identifier: MIT */
/*
 * grid.h - a screenful of cells, and drawing into it. No terminal is needed: views are pure
 * functions from what they show to a grid, and tests read it as text.
 *
 * Columns count from the left and rows from the top, both from 0. What lies outside is not drawn.
 * Text is UTF-8; a wide character takes two cells, of which the second is SCREEN_NO_GLYPH; accents
 * and vowel signs go into the cell of the character in front of them. What cannot be shown becomes
 * U+FFFD: control characters, broken UTF-8, and what only formats text (U+202E turns the rest of a
 * line round: the name of a file could look like another one). What joins emoji or makes them
 * colourful is left out: terminals do not agree how wide the outcome is.
 */
#ifndef STEPPE_SCREEN_GRID_H
#define STEPPE_SCREEN_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Colours that those who cannot tell red from green can tell apart (Okabe and Ito), and grays. */
enum screen_color {
    SCREEN_DEFAULT,
    SCREEN_ORANGE,
    SCREEN_SKY,
    SCREEN_GREEN,
    SCREEN_YELLOW,
    SCREEN_BLUE,
    SCREEN_RED,
    SCREEN_PURPLE,
    SCREEN_BLACK,
    SCREEN_DARK,
    SCREEN_GRAY,
    SCREEN_WHITE,
    SCREEN_COLORS,
    /* From here to 255: xterm's cube of 6 x 6 x 6 colours and its grays, for colours that come from
     * outside; the nearest there is on terminals that have fewer. */
    SCREEN_CUBE = 16
};

/* The colour nearest to 0xRRGGBB. */
uint8_t screen_color_near(uint32_t rgb);
/* What a colour is, about, as 0xRRGGBB; that of SCREEN_DEFAULT is not known: 0. */
uint32_t screen_color_rgb(uint8_t color);

enum {
    SCREEN_BOLD = 1,
    SCREEN_DIM = 2,
    SCREEN_REVERSE = 4,
    SCREEN_UNDERLINE = 8,
    SCREEN_ITALIC = 16 /* underlined where the terminal has none */
};

struct screen_style {
    uint8_t ink, paper; /* screen_color, or one of the cube */
    uint8_t flags;
};

enum { SCREEN_NO_GLYPH = 0, SCREEN_MARKS_MAX = 4 };

struct screen_cell {
    uint32_t glyph;
    struct screen_style style;
    uint32_t marks[SCREEN_MARKS_MAX]; /* on the glyph; 0: no more */
};

struct screen_grid {
    int columns, rows;
    struct screen_cell *cells;
};

struct screen_area {
    int column, row, columns, rows;
};

/* An empty grid of this size, or false: out of memory, and the old one is untouched. Starts as {0}.
 */
bool screen_grid_resize(struct screen_grid *grid, int columns, int rows);
void screen_grid_free(struct screen_grid *grid);

void screen_clear(struct screen_grid *grid);
void screen_fill(struct screen_grid *grid, struct screen_area area, uint32_t glyph,
                 struct screen_style style);
void screen_put(struct screen_grid *grid, int column, int row, uint32_t glyph,
                struct screen_style style);
/* A mark, which takes no column, on what is there, be it the second half of something wide; more
 * than fit on it are left out. */
void screen_put_mark(struct screen_grid *grid, int column, int row, uint32_t mark);
/* One character, with what it is replaced by: how many columns it takes; 0: it is a mark, or, with
 * *glyph 0, nothing to be seen. */
int screen_width_of(uint32_t *glyph);

/* Text in so many columns at the most; what is cut off ends in an ellipsis. Returns the columns
 * drawn. */
int screen_text(struct screen_grid *grid, int column, int row, int columns_max,
                struct screen_style style, const char *text);
int screen_format(struct screen_grid *grid, int column, int row, int columns_max,
                  struct screen_style style, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* The same with its last column at the given one. */
void screen_text_right(struct screen_grid *grid, int last_column, int row,
                       struct screen_style style, const char *text);

/* How many columns text takes. */
int screen_columns_of(const char *text);

/* One character of UTF-8 at text, and how many bytes it has: 1 and U+FFFD for a broken one; 0 at
 * the end. */
size_t screen_decode(const char *text, uint32_t *glyph);

/* Can it be seen, other than control characters, those that only format text (bidirectional ones,
 * joiners, tags), and separators of lines? Accents can. */
bool screen_is_visible(uint32_t glyph);

/* The other way, without a 0 behind it: how many bytes. glyph is a character, as decoded ones and
 * keys are. */
enum { SCREEN_UTF8_BYTES_MAX = 4 };
size_t screen_encode(uint32_t glyph, char bytes[SCREEN_UTF8_BYTES_MAX]);

/* A frame around an area, with a title in its upper line. */
void screen_frame(struct screen_grid *grid, struct screen_area area, struct screen_style style,
                  const char *title);

bool screen_area_has(struct screen_area area, int column, int row);

/* The grid as UTF-8: a line a row, without spaces at their ends. Ownership: the caller's; NULL: out
 * of memory. */
char *screen_grid_text(const struct screen_grid *grid);

/* Replace what only UTF-8 has by ASCII: frames, bars, half blocks. */
void screen_grid_to_ascii(struct screen_grid *grid);

#endif
