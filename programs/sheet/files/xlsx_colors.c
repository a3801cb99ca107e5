/* SPDX-License-Identifier: MIT */
/* xlsx_colors.c - colours in XLSX files: see xlsx_colors.h. */
#include "sheet/files/xlsx_colors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/files/xml.h"
#include "sheet/values/value.h"

enum { THEME_INK = 1 };

void xlsx_colors_reset(struct xlsx_colors *colors)
{
    static const struct xlsx_colors office = {
        .theme = {0xFFFFFF, 0x000000, 0xEEECE1, 0x1F497D, 0x4F81BD, 0xC0504D, 0x9BBB59, 0x8064A2,
                  0x4BACC6, 0xF79646, 0x0000FF, 0x800080},
        .palette = {
            0x000000, 0xFFFFFF, 0xFF0000, 0x00FF00, 0x0000FF, 0xFFFF00, 0xFF00FF, 0x00FFFF,
            0x000000, 0xFFFFFF, 0xFF0000, 0x00FF00, 0x0000FF, 0xFFFF00, 0xFF00FF, 0x00FFFF,
            0x800000, 0x008000, 0x000080, 0x808000, 0x800080, 0x008080, 0xC0C0C0, 0x808080,
            0x9999FF, 0x993366, 0xFFFFCC, 0xCCFFFF, 0x660066, 0xFF8080, 0x0066CC, 0xCCCCFF,
            0x000080, 0xFF00FF, 0xFFFF00, 0x00FFFF, 0x800080, 0x800000, 0x008080, 0x0000FF,
            0x00CCFF, 0xCCFFFF, 0xCCFFCC, 0xFFFF99, 0x99CCFF, 0xFF99CC, 0xCC99FF, 0xFFCC99,
            0x3366FF, 0x33CCCC, 0x99CC00, 0xFFCC00, 0xFF9900, 0xFF6600, 0x666699, 0x969696,
            0x003366, 0x339966, 0x003300, 0x333300, 0x993300, 0x993366, 0x333399, 0x333333}};
    *colors = office;
}

/* ---- lighter and darker ---------------------------------------------------------------------- */

struct hsl {
    double hue, saturation, lightness; /* hue in sixths */
};

static struct hsl hsl_of(uint32_t rgb)
{
    double red = (rgb >> 16 & 0xFF) / 255.0, green = (rgb >> 8 & 0xFF) / 255.0;
    double blue = (rgb & 0xFF) / 255.0;
    double most = fmax(red, fmax(green, blue)), least = fmin(red, fmin(green, blue));
    double range = most - least;
    struct hsl hsl = {.lightness = (most + least) / 2};
    if (range == 0)
        return hsl;
    hsl.saturation = range / (1 - fabs(2 * hsl.lightness - 1));
    if (most == red)
        hsl.hue = (green - blue) / range + (green < blue ? 6 : 0);
    else if (most == green)
        hsl.hue = (blue - red) / range + 2;
    else
        hsl.hue = (red - green) / range + 4;
    return hsl;
}

static uint32_t channel(double part)
{
    return (uint32_t)lround(fmin(fmax(part, 0), 1) * 255);
}

static uint32_t rgb_of(struct hsl hsl)
{
    double chroma = (1 - fabs(2 * hsl.lightness - 1)) * hsl.saturation;
    double second = chroma * (1 - fabs(fmod(hsl.hue, 2) - 1)), least = hsl.lightness - chroma / 2;
    double parts[6][3] = {{chroma, second, 0}, {second, chroma, 0}, {0, chroma, second},
                          {0, second, chroma}, {second, 0, chroma}, {chroma, 0, second}};
    const double *part = parts[(int)hsl.hue % 6];
    return channel(part[0] + least) << 16 | channel(part[1] + least) << 8 |
           channel(part[2] + least);
}

static uint32_t tinted(uint32_t rgb, double tint)
{
    struct hsl hsl = hsl_of(rgb);
    if (!(tint >= -1 && tint <= 1) || tint == 0)
        return rgb;
    hsl.lightness = tint < 0 ? hsl.lightness * (1 + tint) : hsl.lightness * (1 - tint) + tint;
    return rgb_of(hsl);
}

/* ---- reading --------------------------------------------------------------------------------- */

bool xlsx_color_parse(const char *text, uint32_t *rgb)
{
    size_t length = text ? strlen(text) : 0;
    char *end;
    if (length != 6 && length != 8)
        return false;
    unsigned long number = strtoul(text, &end, 16);
    *rgb = (uint32_t)number & 0xFFFFFF;
    return !*end && text[0] != '-' && text[0] != '+' && text[0] != ' ';
}

static bool is_one_of(int64_t number, uint32_t count)
{
    return number >= 0 && number < count;
}

struct xlsx_color xlsx_color_read(const char *const *attributes)
{
    const char *tint = xml_attribute(attributes, "tint");
    int64_t theme = xml_number(attributes, "theme", -1);
    int64_t indexed = xml_number(attributes, "indexed", -1);
    struct xlsx_color color = {.kind = XLSX_NO_COLOR};
    if (tint && !value_parse_number(tint, strlen(tint), &color.tint))
        color.tint = 0;
    if (xlsx_color_parse(xml_attribute(attributes, "rgb"), &color.value)) {
        color.kind = XLSX_COLOR_RGB;
    } else if (is_one_of(theme, XLSX_THEME_COLORS) && (theme != THEME_INK || color.tint != 0)) {
        color.kind = XLSX_COLOR_THEME;
        color.value = (uint32_t)theme;
    } else if (is_one_of(indexed, XLSX_PALETTE_COLORS)) {
        color.kind = XLSX_COLOR_INDEXED;
        color.value = (uint32_t)indexed;
    }
    return color;
}

bool xlsx_color_find(const struct xlsx_colors *colors, const struct xlsx_color *color,
                     uint32_t *rgb)
{
    if (color->kind == XLSX_NO_COLOR)
        return false;
    *rgb = color->value;
    if (color->kind == XLSX_COLOR_THEME)
        *rgb = colors->theme[color->value];
    else if (color->kind == XLSX_COLOR_INDEXED)
        *rgb = colors->palette[color->value];
    *rgb = tinted(*rgb, color->tint);
    return true;
}

/* ---- themes ---------------------------------------------------------------------------------- */

struct reading {
    struct xlsx_colors *colors;
    bool is_in_scheme;
    int place; /* in the theme, of the color being read; -1: none */
};

/* Light and dark change places between the file and what styles call them by. */
static int place_of(const char *name)
{
    static const char *const names[XLSX_THEME_COLORS] = {
        "lt1",     "dk1",     "lt2",     "dk2",     "accent1", "accent2",
        "accent3", "accent4", "accent5", "accent6", "hlink",   "folHlink"};
    for (int i = 0; i < XLSX_THEME_COLORS; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static bool on_start(void *context, const char *name, const char *const *attributes)
{
    struct reading *reading = context;
    uint32_t rgb;
    if (strcmp(name, "clrScheme") == 0)
        reading->is_in_scheme = true;
    if (!reading->is_in_scheme)
        return true;
    int place = place_of(name);
    if (place >= 0)
        reading->place = place;
    else if (reading->place >= 0 && (xlsx_color_parse(xml_attribute(attributes, "lastClr"), &rgb) ||
                                     xlsx_color_parse(xml_attribute(attributes, "val"), &rgb)))
        reading->colors->theme[reading->place] = rgb;
    return true;
}

static bool on_end(void *context, const char *name)
{
    struct reading *reading = context;
    if (strcmp(name, "clrScheme") == 0)
        reading->is_in_scheme = false;
    else if (place_of(name) >= 0)
        reading->place = -1;
    return true;
}

void xlsx_colors_read_theme(struct xlsx_colors *colors, struct archive *archive, const char *part)
{
    struct reading reading = {.colors = colors, .place = -1};
    struct xml_handler handler = {.start = on_start, .end = on_end, .context = &reading};
    struct problem ignored;
    (void)xml_read_archive(archive, part, &handler, NULL, "", &ignored); /* what is read counts */
}
