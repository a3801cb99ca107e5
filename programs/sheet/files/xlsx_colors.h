/* SPDX-License-Identifier: MIT */
/* xlsx_colors.h - colours as XLSX files name them: by value, of the theme, of the palette. */
#ifndef STEPPE_SHEET_XLSX_COLORS_H
#define STEPPE_SHEET_XLSX_COLORS_H

#include "sheet/files/archive.h"

enum { XLSX_THEME_COLORS = 12, XLSX_PALETTE_COLORS = 64 };

struct xlsx_colors {
    uint32_t theme[XLSX_THEME_COLORS]; /* by their numbers in styles: 0 is paper, 1 is ink */
    uint32_t palette[XLSX_PALETTE_COLORS];
};

/* Office's own. */
void xlsx_colors_reset(struct xlsx_colors *colors);
/* Those of a theme's file; what cannot be read stays as it was. */
void xlsx_colors_read_theme(struct xlsx_colors *colors, struct archive *archive, const char *part);
/* <color rgb="FF4472C4"/>, <color theme="4" tint="-0.25"/>, <color indexed="10"/>: in two steps,
 * for a file has its palette behind all that names its colours. */
enum xlsx_color_kind { XLSX_NO_COLOR, XLSX_COLOR_RGB, XLSX_COLOR_THEME, XLSX_COLOR_INDEXED };
struct xlsx_color {
    enum xlsx_color_kind kind;
    uint32_t value; /* 0xRRGGBB, or the number */
    double tint;    /* -1 (black) to 1 (white) */
};
struct xlsx_color xlsx_color_read(const char *const *attributes);
/* false: none, or what the screen has anyway (auto, black ink of the theme). */
bool xlsx_color_find(const struct xlsx_colors *colors, const struct xlsx_color *color,
                     uint32_t *rgb);
bool xlsx_color_parse(const char *text, uint32_t *rgb); /* "FF4472C4", "4472C4" */

#endif
