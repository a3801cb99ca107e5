/* SPDX-License-Identifier: MIT */
/*
 * xlsx_styles.c - xl/styles.xml: see xlsx_styles.h.
 *
 * <styleSheet> <numFmts> <numFmt numFmtId formatCode/>        codes by number
 *              <fonts> <font> <b/> <color/> <sz/> ...
 *              <fills> <fill> <patternFill patternType> <fgColor/> ...
 *              <borders> <border> <left style/> ...
 *              <cellXfs> <xf numFmtId fontId fillId borderId> <alignment/> ...
 *
 * Each xf names its parts by their places in the lists before; so lists are read first, and the
 * styles made at the end.
 */
#include "sheet/files/xlsx_styles.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include <steppe/array.h>

#include "sheet/files/xml.h"
#include "sheet/values/number_format.h"

enum { ITEMS_MAX = 65536, FORMAT_CODE_BYTES_MAX = 1024 };

struct format_code {
    int64_t number;
    text_id code; /* held */
};

struct font {
    uint64_t name_hash;
    double points;
    struct xlsx_color color;
    uint32_t ink;  /* of the color, when all is read */
    uint8_t flags; /* style_flag */
    bool is_strange;
};

struct fill {
    struct xlsx_color color;
    uint32_t paper; /* likewise */
    bool has_paper, is_solid, is_pattern;
};

struct border {
    bool is_drawn;
};

struct xf {
    int64_t format, font, fill, border;
    uint8_t align;
    bool wraps, is_placed;
};

enum section {
    SECTION_OTHER,
    SECTION_FORMATS,
    SECTION_FONTS,
    SECTION_FILLS,
    SECTION_BORDERS,
    SECTION_XFS,
    SECTION_COLORS
};

struct reading {
    struct xlsx_style_list *styles;
    struct arrival *arrival;
    struct xlsx_colors colors;
    unsigned depth, choice_depth;
    enum section section;
    size_t palette_next;
    bool is_full; /* more than ITEMS_MAX of something */
    struct format_code *formats;
    struct font *fonts;
    struct fill *fills;
    struct border *borders;
    struct xf *xfs;
};

const char *xlsx_style_loss_name(unsigned bit)
{
    static const char *const names[XLSX_STYLE_LOSSES] = {
        "cells with borders", "cells with other fonts or sizes",
        "cells with indented, turned or vertically placed text", "cells with patterns"};
    return bit < XLSX_STYLE_LOSSES ? names[bit] : "";
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* One more, or NULL: refused with a sentence, or the list is full (*is_full). */
static void *add_item(struct reading *reading, void *array)
{
    if (steppe_array_count(array) == ITEMS_MAX) {
        reading->is_full = true;
        return NULL;
    }
    void *item = steppe_array_push_to(array);
    if (!item)
        (void)arrival_say_refused(reading->arrival);
    return item;
}

/* The one being read: the last. */
#define last_of(array) (steppe_array_count(array) ? steppe_array_end(array) - 1 : NULL)

static bool open_lists(struct reading *reading)
{
    steppe_options memory = {.budget = reading->arrival->book->budget, .name = "styles read"};
    reading->formats = steppe_array_new(struct format_code, ITEMS_MAX, &memory);
    reading->fonts = steppe_array_new(struct font, ITEMS_MAX, &memory);
    reading->fills = steppe_array_new(struct fill, ITEMS_MAX, &memory);
    reading->borders = steppe_array_new(struct border, ITEMS_MAX, &memory);
    reading->xfs = steppe_array_new(struct xf, ITEMS_MAX, &memory);
    reading->styles->styles = steppe_array_new(struct xlsx_style, ITEMS_MAX, &memory);
    if (reading->formats && reading->fonts && reading->fills && reading->borders && reading->xfs &&
        reading->styles->styles)
        return true;
    return arrival_say_refused(reading->arrival);
}

static void close_lists(struct reading *reading)
{
    for (uint64_t i = 0; i < steppe_array_count(reading->formats); i++)
        text_drop(reading->arrival->book->texts, reading->formats[i].code);
    /* Each is an array, or null. */
    (void)steppe_array_free(reading->formats);
    (void)steppe_array_free(reading->fonts);
    (void)steppe_array_free(reading->fills);
    (void)steppe_array_free(reading->borders);
    (void)steppe_array_free(reading->xfs);
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool start_format(struct reading *reading, const char *name, const char *const *attributes)
{
    const char *code = xml_attribute(attributes, "formatCode");
    if (strcmp(name, "numFmt") != 0 || !code || strlen(code) > FORMAT_CODE_BYTES_MAX)
        return true;
    struct format_code *format = add_item(reading, reading->formats);
    if (!format)
        return reading->is_full;
    format->number = xml_number(attributes, "numFmtId", -1);
    format->code = text_keep(reading->arrival->book->texts, code, strlen(code));
    return format->code || arrival_say_refused(reading->arrival);
}

static void start_font_part(struct font *font, const char *name, const char *const *attributes)
{
    static const struct {
        const char *name;
        uint8_t flag;
    } flags[] = {
        {"b", STYLE_BOLD}, {"i", STYLE_ITALIC}, {"u", STYLE_UNDERLINE}, {"strike", STYLE_STRIKE}};
    const char *value = xml_attribute(attributes, "val");
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(name, flags[i].name) == 0 && xml_truth(attributes, "val", true))
            font->flags |= flags[i].flag;
    if (strcmp(name, "u") == 0 && value && strcmp(value, "none") != 0)
        font->flags |= STYLE_UNDERLINE; /* "single", "double" are no truths */
    else if (strcmp(name, "color") == 0)
        font->color = xlsx_color_read(attributes);
    else if (strcmp(name, "sz") == 0 && value)
        (void)value_parse_number(value, strlen(value), &font->points); /* or 0: unknown */
    else if (strcmp(name, "name") == 0 && value)
        font->name_hash = XXH3_64bits(value, strlen(value));
    else if (strcmp(name, "vertAlign") == 0 && value && strcmp(value, "baseline") != 0)
        font->is_strange = true;
}

static bool start_font(struct reading *reading, const char *name, const char *const *attributes)
{
    if (reading->depth == 3 && strcmp(name, "font") == 0)
        return add_item(reading, reading->fonts) || reading->is_full;
    struct font *font = last_of(reading->fonts);
    if (font && reading->depth == 4)
        start_font_part(font, name, attributes);
    return true;
}

static bool start_fill(struct reading *reading, const char *name, const char *const *attributes)
{
    if (reading->depth == 3 && strcmp(name, "fill") == 0)
        return add_item(reading, reading->fills) || reading->is_full;
    struct fill *fill = last_of(reading->fills);
    if (!fill)
        return true;
    if (strcmp(name, "patternFill") == 0) {
        const char *type = xml_attribute(attributes, "patternType");
        fill->is_solid = type && strcmp(type, "solid") == 0;
        fill->is_pattern = type && !fill->is_solid && strcmp(type, "none") != 0;
    } else if (strcmp(name, "gradientFill") == 0) {
        fill->is_pattern = true;
    } else if (strcmp(name, "fgColor") == 0 && fill->is_solid) {
        fill->color = xlsx_color_read(attributes);
    }
    return true;
}

static bool start_border(struct reading *reading, const char *name, const char *const *attributes)
{
    if (reading->depth == 3 && strcmp(name, "border") == 0)
        return add_item(reading, reading->borders) || reading->is_full;
    struct border *border = last_of(reading->borders);
    const char *style = xml_attribute(attributes, "style");
    if (border && reading->depth == 4 && style && strcmp(style, "none") != 0)
        border->is_drawn = true;
    return true;
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static void start_alignment(struct xf *xf, const char *const *attributes)
{
    static const char *const centers[] = {"center", "centerContinuous", NULL};
    static const char *const plain[] = {"general", "left", "right", "center", "", NULL};
    const char *horizontal = xml_attribute(attributes, "horizontal");
    const char *vertical = xml_attribute(attributes, "vertical");
    horizontal = horizontal ? horizontal : "";
    if (strcmp(horizontal, "left") == 0)
        xf->align = ALIGN_LEFT;
    else if (strcmp(horizontal, "right") == 0)
        xf->align = ALIGN_RIGHT;
    else if (is_one_of(horizontal, centers))
        xf->align = ALIGN_CENTER;
    xf->wraps = xml_truth(attributes, "wrapText", false);
    xf->is_placed =
        !is_one_of(horizontal, plain) || (vertical && strcmp(vertical, "bottom") != 0) ||
        xml_number(attributes, "textRotation", 0) != 0 ||
        xml_number(attributes, "indent", 0) != 0 || xml_truth(attributes, "shrinkToFit", false);
}

static bool start_xf(struct reading *reading, const char *name, const char *const *attributes)
{
    if (reading->depth == 3 && strcmp(name, "xf") == 0) {
        struct xf *xf = add_item(reading, reading->xfs);
        if (!xf)
            return reading->is_full;
        xf->format = xml_number(attributes, "numFmtId", 0);
        xf->font = xml_number(attributes, "fontId", 0);
        xf->fill = xml_number(attributes, "fillId", 0);
        xf->border = xml_number(attributes, "borderId", 0);
        return true;
    }
    struct xf *xf = last_of(reading->xfs);
    if (xf && strcmp(name, "alignment") == 0)
        start_alignment(xf, attributes);
    return true;
}

static bool start_color(struct reading *reading, const char *name, const char *const *attributes)
{
    if (strcmp(name, "rgbColor") == 0 && reading->palette_next < XLSX_PALETTE_COLORS &&
        xlsx_color_parse(xml_attribute(attributes, "rgb"),
                         &reading->colors.palette[reading->palette_next]))
        reading->palette_next++;
    return true;
}

static enum section section_of(const char *name)
{
    static const struct {
        const char *name;
        enum section section;
    } sections[] = {{"numFmts", SECTION_FORMATS}, {"fonts", SECTION_FONTS},
                    {"fills", SECTION_FILLS},     {"borders", SECTION_BORDERS},
                    {"cellXfs", SECTION_XFS},     {"colors", SECTION_COLORS}};
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (strcmp(name, sections[i].name) == 0)
            return sections[i].section;
    return SECTION_OTHER;
}

/* <mc:AlternateContent> <mc:Choice Requires="..."> for others <mc:Fallback> for us: this is looked
 * through, as if what is in it stood in their place. */
static bool is_looked_through(const char *name)
{
    return strcmp(name, "AlternateContent") == 0 || strcmp(name, "Fallback") == 0;
}

static bool on_start(void *context, const char *name, const char *const *attributes)
{
    struct reading *reading = context;
    if (reading->choice_depth || strcmp(name, "Choice") == 0) {
        reading->choice_depth++;
        return true;
    }
    if (is_looked_through(name))
        return true;
    reading->depth++;
    if (reading->depth == 2)
        reading->section = section_of(name);
    if (reading->depth <= 2)
        return true;
    switch (reading->section) {
    case SECTION_FORMATS:
        return start_format(reading, name, attributes);
    case SECTION_FONTS:
        return start_font(reading, name, attributes);
    case SECTION_FILLS:
        return start_fill(reading, name, attributes);
    case SECTION_BORDERS:
        return start_border(reading, name, attributes);
    case SECTION_XFS:
        return start_xf(reading, name, attributes);
    case SECTION_COLORS:
        return start_color(reading, name, attributes);
    case SECTION_OTHER:
        break;
    }
    return true;
}

static bool on_end(void *context, const char *name)
{
    struct reading *reading = context;
    if (reading->choice_depth)
        reading->choice_depth--;
    else if (!is_looked_through(name))
        reading->depth--;
    return true;
}

/* ---- making styles --------------------------------------------------------------------------- */

static int compare_formats(const void *a, const void *b)
{
    const struct format_code *first = a, *second = b;
    return (first->number > second->number) - (first->number < second->number);
}

/* Days of East Asian calendars; their codes differ from country to country. */
static bool is_local_date(int64_t number)
{
    return (number >= 27 && number <= 36) || (number >= 50 && number <= 58);
}

static const char *code_of(const struct reading *reading, int64_t number)
{
    struct format_code wanted = {.number = number};
    uint64_t count = steppe_array_count(reading->formats);
    const struct format_code *found =
        count ? bsearch(&wanted, reading->formats, count, sizeof wanted, compare_formats) : NULL;
    if (found)
        return text_bytes(reading->arrival->book->texts, found->code, NULL);
    if (number < 0 || number > UINT16_MAX)
        return NULL;
    const char *builtin = number_format_builtin((unsigned)number);
    return builtin || !is_local_date(number) ? builtin : "yyyy-mm-dd";
}

/* The item a number means; NULL: there is none. */
#define item_of(array, number)                                                                     \
    ((number) >= 0 && (uint64_t)(number) < steppe_array_count(array) ? &(array)[number] : NULL)

static void add_font(const struct reading *reading, const struct font *font, struct style *style,
                     unsigned *losses)
{
    const struct font *usual = item_of(reading->fonts, reading->xfs[0].font);
    if (!font)
        return;
    usual = usual ? usual : font;
    style->flags |= font->flags;
    style->ink = font->ink;
    /* Black that cells have which nobody coloured: no colour of theirs. */
    if (font->ink == 0 && (usual->flags & STYLE_HAS_INK) && usual->ink == 0)
        style->flags &= (uint8_t)~STYLE_HAS_INK;
    bool has_name = font->name_hash && font->name_hash != usual->name_hash;
    bool has_size = font->points != 0 && font->points != usual->points;
    if (font->is_strange || has_name || has_size)
        *losses |= XLSX_LOSES_FONT;
}

/* false: refused. */
static bool keep_code(struct reading *reading, const char *code, text_id *format)
{
    *format = 0;
    if (!code || !*code || strcasecmp(code, "General") == 0)
        return true;
    *format = text_keep(reading->arrival->book->texts, code, strlen(code));
    return *format != 0;
}

/* White that cells have which nobody coloured. */
static bool is_usual_white(const struct reading *reading, const struct fill *fill)
{
    const struct fill *usual = item_of(reading->fills, reading->xfs[0].fill);
    return fill->paper == 0xFFFFFF && usual && usual->has_paper && usual->paper == 0xFFFFFF;
}

static bool make_style(struct reading *reading, const struct xf *xf)
{
    struct style_pool *pool = reading->arrival->book->styles;
    struct style style = {.align = xf->align, .flags = xf->wraps ? STYLE_WRAP : 0};
    const struct fill *fill = item_of(reading->fills, xf->fill);
    const struct border *border = item_of(reading->borders, xf->border);
    const char *code = code_of(reading, xf->format);
    unsigned losses = xf->is_placed ? XLSX_LOSES_PLACE : 0;
    style_id id;
    add_font(reading, item_of(reading->fonts, xf->font), &style, &losses);
    if (fill && fill->has_paper && !is_usual_white(reading, fill)) {
        style.flags |= STYLE_HAS_PAPER;
        style.paper = fill->paper;
    }
    losses |= fill && fill->is_pattern ? XLSX_LOSES_PATTERN : 0;
    losses |= border && border->is_drawn ? XLSX_LOSES_BORDER : 0;
    if (!keep_code(reading, code, &style.format))
        return arrival_say_refused(reading->arrival);
    bool is_kept = style_keep(pool, &style, &id);
    text_drop(reading->arrival->book->texts, style.format); /* the style has a hold of its own */
    struct xlsx_style *made = is_kept ? steppe_array_push(reading->styles->styles) : NULL;
    if (!made)
        return arrival_say_refused(reading->arrival);
    *made = (struct xlsx_style){.style = id, .losses = (uint16_t)losses};
    reading->styles->count++;
    return true;
}

/* The palette stands behind fonts and fills. */
static void find_colors(struct reading *reading)
{
    for (uint64_t i = 0; i < steppe_array_count(reading->fonts); i++) {
        struct font *font = &reading->fonts[i];
        if (xlsx_color_find(&reading->colors, &font->color, &font->ink))
            font->flags |= STYLE_HAS_INK;
    }
    for (uint64_t i = 0; i < steppe_array_count(reading->fills); i++) {
        struct fill *fill = &reading->fills[i];
        fill->has_paper = xlsx_color_find(&reading->colors, &fill->color, &fill->paper);
    }
}

static bool make_styles(struct reading *reading)
{
    find_colors(reading);
    uint64_t format_count = steppe_array_count(reading->formats);
    if (format_count)
        qsort(reading->formats, format_count, sizeof *reading->formats, compare_formats);
    for (uint64_t i = 0; i < steppe_array_count(reading->xfs); i++)
        if (!make_style(reading, &reading->xfs[i]))
            return false;
    return true;
}

bool xlsx_style_list_read(struct xlsx_style_list *styles, const struct xlsx_colors *theme,
                          struct arrival *arrival, struct archive *archive, const char *part)
{
    *styles = (struct xlsx_style_list){.count = 0};
    struct reading reading = {.styles = styles, .arrival = arrival, .colors = *theme};
    struct xml_handler handler = {.start = on_start, .end = on_end, .context = &reading};
    bool is_read = open_lists(&reading) &&
                   xml_read_archive(archive, part, &handler, arrival->progress, "reading styles",
                                    arrival->problem) &&
                   make_styles(&reading);
    if (reading.is_full)
        losses_add(arrival->losses, "lists of styles beyond 65,536", NULL);
    close_lists(&reading);
    return is_read;
}

void xlsx_style_list_free(struct xlsx_style_list *styles)
{
    (void)steppe_array_free(styles->styles); /* it is one, or null */
    *styles = (struct xlsx_style_list){.count = 0};
}
