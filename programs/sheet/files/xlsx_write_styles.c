/* SPDX-License-Identifier: MIT */
/*
 * xlsx_write_styles.c - xl/styles.xml: fonts, fills and format codes, each once, and the styles
 * that are made of them.
 *
 *     the workbook's style n  =  cellXfs[n]  =  (font, fill, format, alignment)
 *
 * Fonts are told apart by a number of their flags and colour, fills by their colour, formats by
 * their text: sorted lists of these numbers, in which each is looked up. Formats that the file
 * format has numbers for are written as these, so that what was read is what is written: what 14,
 * m/d/yyyy, looks like depends on the reader's language. Not so those with "$", which would become
 * other money there.
 */
#include <stdlib.h>
#include <string.h>

#include "sheet/files/xlsx_output.h"
#include "sheet/values/number_format.h"

enum {
    XLSX_STYLES_MAX = 64000, /* Excel's limit */
    FIRST_FORMAT = 164,      /* below are those that need no code */
    FIRST_FILL = 2,          /* none and gray, which must be there */
    HAS_COLOR = 1 << 24,
    FONT_FLAGS = STYLE_BOLD | STYLE_ITALIC | STYLE_UNDERLINE | STYLE_STRIKE
};

struct key_list {
    uint32_t *keys; /* in order */
    size_t count;
};

enum stage { STAGE_HEAD, STAGE_FORMATS, STAGE_FONTS, STAGE_FILLS, STAGE_STYLES, STAGE_TAIL };

struct xlsx_style_part {
    const struct book *book;
    size_t count;
    struct key_list fonts, fills, formats;
    size_t own_formats; /* of these formats, those that need a code */
    enum stage stage;
    size_t next; /* in the stage */
};

/* ---- keys -------------------------------------------------------------------------------------
 */

/* The default font's is 0 and so the first. */
static uint32_t font_key(const struct style *style)
{
    uint32_t color = style->flags & STYLE_HAS_INK ? HAS_COLOR | style->ink : 0;
    return (uint32_t)(style->flags & FONT_FLAGS) << 25 | color;
}

/* 0: none. */
static uint32_t fill_key(const struct style *style)
{
    return style->flags & STYLE_HAS_PAPER ? HAS_COLOR | style->paper : 0;
}

static uint32_t format_key(const struct style *style)
{
    return style->format;
}

static int compare_keys(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static bool list_keys(struct key_list *list, const struct xlsx_style_part *styles,
                      uint32_t (*key_of)(const struct style *style))
{
    list->keys = calloc(styles->count + 1, sizeof *list->keys);
    if (!list->keys)
        return false;
    for (size_t i = 0; i < styles->count; i++) /* and 0, for there is always the default */
        list->keys[i + 1] = key_of(style_of(styles->book->styles, (style_id)i));
    qsort(list->keys, styles->count + 1, sizeof *list->keys, compare_keys);
    for (size_t i = 0; i <= styles->count; i++)
        if (list->count == 0 || list->keys[list->count - 1] != list->keys[i])
            list->keys[list->count++] = list->keys[i];
    return true;
}

static size_t place_of(const struct key_list *list, uint32_t key)
{
    const uint32_t *found =
        bsearch(&key, list->keys, list->count, sizeof *list->keys, compare_keys);
    return found ? (size_t)(found - list->keys) : 0;
}

/* The number of the code at a place of the list. */
static size_t format_number(const struct xlsx_style_part *styles, size_t place)
{
    const char *code = text_bytes(styles->book->texts, styles->formats.keys[place], NULL);
    int number = place ? number_format_builtin_of(code) : 0;
    const char *builtin = number >= 0 ? number_format_builtin((unsigned)number) : NULL;
    bool is_builtin = builtin && strcmp(builtin, code) == 0 && !strchr(code, '$');
    return is_builtin || !place ? (size_t)number : FIRST_FORMAT + place - 1;
}

/* ---- life -------------------------------------------------------------------------------------
 */

struct xlsx_style_part *xlsx_style_part_new(const struct book *book, struct losses *losses)
{
    struct xlsx_style_part *styles = calloc(1, sizeof *styles);
    if (!styles)
        return NULL;
    styles->book = book;
    styles->count = style_count(book->styles);
    if (styles->count > XLSX_STYLES_MAX) {
        losses_add_many(losses, "styles beyond 64,000, Excel's limit", NULL,
                        styles->count - XLSX_STYLES_MAX);
        styles->count = XLSX_STYLES_MAX;
    }
    if (list_keys(&styles->fonts, styles, font_key) &&
        list_keys(&styles->fills, styles, fill_key) &&
        list_keys(&styles->formats, styles, format_key)) {
        for (size_t place = 1; place < styles->formats.count; place++)
            styles->own_formats += format_number(styles, place) >= FIRST_FORMAT;
        return styles;
    }
    xlsx_style_part_free(styles);
    return NULL;
}

void xlsx_style_part_free(struct xlsx_style_part *styles)
{
    if (!styles)
        return;
    free(styles->fonts.keys);
    free(styles->fills.keys);
    free(styles->formats.keys);
    free(styles);
}

uint32_t xlsx_style_part_number(const struct xlsx_style_part *styles, style_id style)
{
    return style < styles->count ? style : 0;
}

/* ---- the part ---------------------------------------------------------------------------------
 */

static void put_format(const struct xlsx_style_part *styles, struct xlsx_output *output,
                       size_t place)
{
    size_t code_bytes;
    const char *code = text_bytes(styles->book->texts, styles->formats.keys[place], &code_bytes);
    if (format_number(styles, place) < FIRST_FORMAT)
        return;
    output_format(output, "<numFmt numFmtId=\"%zu\" formatCode=\"", FIRST_FORMAT + place - 1);
    output_text(output, code, code_bytes);
    output_string(output, "\"/>");
}

static void put_font(const struct xlsx_style_part *styles, struct xlsx_output *output, size_t place)
{
    uint32_t key = styles->fonts.keys[place], flags = key >> 25;
    output_string(output, "<font>");
    output_string(output, flags & STYLE_BOLD ? "<b/>" : "");
    output_string(output, flags & STYLE_ITALIC ? "<i/>" : "");
    output_string(output, flags & STYLE_STRIKE ? "<strike/>" : "");
    output_string(output, flags & STYLE_UNDERLINE ? "<u/>" : "");
    output_string(output, "<sz val=\"11\"/>");
    if (key & HAS_COLOR)
        output_format(output, "<color rgb=\"FF%06X\"/>", key & 0xFFFFFF);
    output_string(output, "<name val=\"Calibri\"/><family val=\"2\"/></font>");
}

static void put_fill(const struct xlsx_style_part *styles, struct xlsx_output *output, size_t place)
{
    output_format(output,
                  "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FF%06X\"/>"
                  "<bgColor indexed=\"64\"/></patternFill></fill>",
                  styles->fills.keys[place] & 0xFFFFFF);
}

static const char *align_name(uint8_t align)
{
    static const char *const names[] = {[ALIGN_GENERAL] = NULL,
                                        [ALIGN_LEFT] = "left",
                                        [ALIGN_CENTER] = "center",
                                        [ALIGN_RIGHT] = "right"};
    return align < sizeof names / sizeof *names ? names[align] : NULL;
}

static void put_style(const struct xlsx_style_part *styles, struct xlsx_output *output,
                      size_t place)
{
    const struct style *style = style_of(styles->book->styles, (style_id)place);
    size_t font = place_of(&styles->fonts, font_key(style));
    size_t fill = place_of(&styles->fills, fill_key(style));
    size_t format = place_of(&styles->formats, format_key(style));
    const char *align = align_name(style->align);
    output_format(output,
                  "<xf numFmtId=\"%zu\" fontId=\"%zu\" fillId=\"%zu\" borderId=\"0\" xfId=\"0\"",
                  format_number(styles, format), font, fill ? FIRST_FILL + fill - 1 : 0);
    output_string(output, format ? " applyNumberFormat=\"1\"" : "");
    output_string(output, font ? " applyFont=\"1\"" : "");
    output_string(output, fill ? " applyFill=\"1\"" : "");
    if (!align && !(style->flags & STYLE_WRAP)) {
        output_string(output, "/>");
        return;
    }
    output_string(output, " applyAlignment=\"1\"><alignment");
    if (align)
        output_format(output, " horizontal=\"%s\"", align);
    output_string(output, style->flags & STYLE_WRAP ? " wrapText=\"1\"/></xf>" : "/></xf>");
}

/* What stands between the items of the stage before and this one's, and this one's first. */
static void begin_stage(struct xlsx_style_part *styles, struct xlsx_output *output)
{
    styles->next = 0;
    switch (styles->stage) {
    case STAGE_HEAD:
        break;
    case STAGE_FORMATS:
        styles->next = 1; /* General has no code */
        if (styles->own_formats)
            output_format(output, "<numFmts count=\"%zu\">", styles->own_formats);
        break;
    case STAGE_FONTS:
        output_string(output, styles->own_formats ? "</numFmts>" : "");
        output_format(output, "<fonts count=\"%zu\">", styles->fonts.count);
        break;
    case STAGE_FILLS:
        styles->next = 1; /* none is written here */
        output_format(output,
                      "</fonts><fills count=\"%zu\"><fill><patternFill patternType=\"none\"/>"
                      "</fill><fill><patternFill patternType=\"gray125\"/></fill>",
                      styles->fills.count + 1);
        break;
    case STAGE_STYLES:
        output_string(output, "</fills><borders count=\"1\"><border><left/><right/><top/><bottom/>"
                              "<diagonal/></border></borders><cellStyleXfs count=\"1\"><xf "
                              "numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>"
                              "</cellStyleXfs>");
        output_format(output, "<cellXfs count=\"%zu\">", styles->count);
        break;
    case STAGE_TAIL:
        output_string(output, "</cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" "
                              "xfId=\"0\" builtinId=\"0\"/></cellStyles><dxfs count=\"0\"/>"
                              "</styleSheet>");
        break;
    }
}

static void put_item(const struct xlsx_style_part *styles, struct xlsx_output *output)
{
    static void (*const put[])(const struct xlsx_style_part *, struct xlsx_output *,
                               size_t) = {[STAGE_FORMATS] = put_format,
                                          [STAGE_FONTS] = put_font,
                                          [STAGE_FILLS] = put_fill,
                                          [STAGE_STYLES] = put_style};
    put[styles->stage](styles, output, styles->next);
}

static size_t stage_end(const struct xlsx_style_part *styles)
{
    const size_t ends[] = {[STAGE_HEAD] = 0,
                           [STAGE_FORMATS] = styles->formats.count,
                           [STAGE_FONTS] = styles->fonts.count,
                           [STAGE_FILLS] = styles->fills.count,
                           [STAGE_STYLES] = styles->count,
                           [STAGE_TAIL] = 0};
    return ends[styles->stage];
}

bool xlsx_style_part_produce(void *part, struct xlsx_output *output)
{
    struct xlsx_style_part *styles = part;
    if (styles->stage == STAGE_TAIL)
        return false;
    if (styles->stage == STAGE_HEAD)
        output_string(output, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
                              "<styleSheet xmlns=\"http://schemas.openxmlformats.org/"
                              "spreadsheetml/2006/main\">");
    while (styles->next < stage_end(styles) && output->used < OUTPUT_STEP_BYTES) {
        put_item(styles, output);
        styles->next++;
    }
    if (styles->next < stage_end(styles))
        return true;
    styles->stage++;
    begin_stage(styles, output);
    return true;
}
