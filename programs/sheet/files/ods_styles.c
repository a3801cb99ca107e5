/* SPDX-License-Identifier: MIT */
/*
 * ods_styles.c - styles of OpenDocument: see ods_styles.h.
 *
 * <style:style style:name="ce1" style:family="table-cell" style:parent-style-name="Default"
 *              style:data-style-name="N49">
 *   <style:table-cell-properties/> <style:paragraph-properties/> <style:text-properties/>
 *   <style:map/>                                          (of a cell's style: a condition)
 * <number:currency-style style:name="N104"> ...
 *   <style:map style:condition="value()&gt;=0" style:apply-style-name="N104P0"/>
 *                                                         (of a format: a section of its code)
 *
 * Names are kept as texts of the workbook, so two are the same when their numbers are; settling
 * sorts by them. The default of all cells is the style of the family without a name.
 */
#include "sheet/files/ods_styles.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include <steppe/array.h>

#include "sheet/files/ods_format.h"
#include "sheet/files/xml.h"

enum { STYLES_MAX = 1 << 17, PARENTS_MAX = 16, MAPS_MAX = 1 << 17, CODE_BYTES = 1024 };

/* What a style says itself; what it does not say is its parent's. */
enum said {
    SAYS_BOLD = 1,
    SAYS_ITALIC = 2,
    SAYS_UNDERLINE = 4,
    SAYS_STRIKE = 8,
    SAYS_WRAP = 16,
    SAYS_INK = 32,
    SAYS_PAPER = 64,
    SAYS_ALIGN = 128,
    SAYS_FONT = 256,
    SAYS_SIZE = 512,
    SAYS_BORDER = 1024,
    SAYS_PLACE = 2048
};

struct cell_style {
    unsigned said;
    unsigned flags; /* style_flag */
    uint32_t ink, paper;
    uint8_t align;
    bool has_border, is_placed;
    uint64_t font_hash, size_hash;
};

struct ods_style {
    text_id name, parent, format; /* held; 0: none */
    text_id code;                 /* of a format: its own part; held */
    uint32_t order;               /* of two alike the later one counts */
    uint8_t family;
    bool is_hidden, has_condition;
    double size;
    struct cell_style cell;
    style_id style;
    unsigned losses;
};

/* A section of a format. */
struct section {
    uint32_t order;            /* of its style */
    text_id condition, format; /* held */
};

struct ods_styles {
    struct arrival *arrival;
    struct ods_style *styles; /* arrays of steppe/array.h */
    struct section *sections;
    unsigned depth;
    struct ods_style *open; /* the one being read, or NULL */
    bool is_format;
    struct ods_format format;
    bool is_full;
    struct cell_style usual; /* of all cells */
    bool is_usually_black, is_usually_white;
    /* The last one found: most cells look as those before them. */
    text_id last_name;
    enum ods_family last_family;
    struct ods_look last_look;
};

const char *ods_style_loss_name(unsigned bit)
{
    static const char *const names[ODS_STYLE_LOSSES] = {
        "cells with borders", "cells with other fonts or sizes",
        "cells with indented, turned or vertically placed text", "cells with conditional formats"};
    return bit < ODS_STYLE_LOSSES ? names[bit] : "";
}

/* ---- life ------------------------------------------------------------------------------------ */

struct ods_styles *ods_styles_new(struct arrival *arrival)
{
    struct ods_styles *styles = calloc(1, sizeof *styles);
    steppe_options memory = {.budget = arrival->book->budget, .name = "styles read"};
    if (!styles) {
        (void)problem_out_of_memory(arrival->problem);
        return NULL;
    }
    styles->arrival = arrival;
    styles->styles = steppe_array_new(struct ods_style, STYLES_MAX, &memory);
    styles->sections = steppe_array_new(struct section, MAPS_MAX, &memory);
    if (styles->styles && styles->sections)
        return styles;
    (void)arrival_say_refused(arrival);
    ods_styles_free(styles);
    return NULL;
}

void ods_styles_free(struct ods_styles *styles)
{
    if (!styles)
        return;
    struct text_pool *texts = styles->arrival->book->texts;
    for (uint64_t i = 0; i < steppe_array_count(styles->styles); i++) {
        text_drop(texts, styles->styles[i].name);
        text_drop(texts, styles->styles[i].parent);
        text_drop(texts, styles->styles[i].format);
        text_drop(texts, styles->styles[i].code);
    }
    for (uint64_t i = 0; i < steppe_array_count(styles->sections); i++) {
        text_drop(texts, styles->sections[i].condition);
        text_drop(texts, styles->sections[i].format);
    }
    if (styles->is_full)
        losses_add(styles->arrival->losses, "lists of styles beyond 131,072", NULL);
    (void)steppe_array_free(styles->styles); /* each is one, or null */
    (void)steppe_array_free(styles->sections);
    free(styles);
}

/* ---- properties ------------------------------------------------------------------------------ */

double ods_pixels(const char *text)
{
    static const struct {
        const char *name;
        double pixels;
    } units[] = {{"cm", 96 / 2.54}, {"mm", 96 / 25.4}, {"in", 96},
                 {"pt", 96.0 / 72}, {"pc", 16},        {"px", 1}};
    size_t length = text ? strlen(text) : 0;
    double number;
    for (size_t i = 0; length > 2 && i < sizeof units / sizeof *units; i++)
        if (strcmp(text + length - 2, units[i].name) == 0 &&
            value_parse_number(text, length - 2, &number) && number > 0 && number < 1e6)
            return number * units[i].pixels;
    return 0;
}

static bool color_of(const char *text, uint32_t *rgb)
{
    char *end;
    if (!text || text[0] != '#' || strlen(text) != 7 || text[1] == '-' || text[1] == '+')
        return false;
    *rgb = (uint32_t)strtoul(text + 1, &end, 16);
    return !*end;
}

static bool is_word(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

/* A property that is on unless it says the word for off. */
static void set_flag(struct cell_style *cell, unsigned says, unsigned flag, bool is_on)
{
    cell->said |= says;
    cell->flags = is_on ? cell->flags | flag : cell->flags & ~flag;
}

static void read_line(struct cell_style *cell, const char *const *attributes, const char *name,
                      unsigned says, unsigned flag)
{
    const char *line = xml_attribute(attributes, name);
    if (line)
        set_flag(cell, says, flag, strcmp(line, "none") != 0);
}

static void read_text_properties(struct cell_style *cell, const char *const *attributes)
{
    enum { BOLD_FROM = 600 };
    const char *weight = xml_attribute(attributes, "font-weight");
    const char *slant = xml_attribute(attributes, "font-style");
    const char *color = xml_attribute(attributes, "color");
    const char *font = xml_attribute(attributes, "font-name");
    const char *size = xml_attribute(attributes, "font-size");
    if (weight)
        set_flag(cell, SAYS_BOLD, STYLE_BOLD,
                 strcmp(weight, "bold") == 0 || strtol(weight, NULL, 10) >= BOLD_FROM);
    if (slant)
        set_flag(cell, SAYS_ITALIC, STYLE_ITALIC, strcmp(slant, "normal") != 0);
    read_line(cell, attributes, "text-underline-style", SAYS_UNDERLINE, STYLE_UNDERLINE);
    read_line(cell, attributes, "text-line-through-style", SAYS_STRIKE, STYLE_STRIKE);
    if (xml_truth(attributes, "use-window-font-color", false))
        set_flag(cell, SAYS_INK, STYLE_HAS_INK, false);
    else if (color)
        set_flag(cell, SAYS_INK, STYLE_HAS_INK, color_of(color, &cell->ink));
    if (font) {
        cell->said |= SAYS_FONT;
        cell->font_hash = XXH3_64bits(font, strlen(font));
    }
    if (size) {
        cell->said |= SAYS_SIZE;
        cell->size_hash = XXH3_64bits(size, strlen(size));
    }
}

/* The sides of a box, which may be said together or one by one. */
static void read_borders(struct cell_style *cell, const char *const *attributes)
{
    static const char *const sides[] = {"border",        "border-left",   "border-right",
                                        "border-top",    "border-bottom", "diagonal-bl-tr",
                                        "diagonal-tl-br"};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        const char *side = xml_attribute(attributes, sides[i]);
        if (!side)
            continue;
        cell->said |= SAYS_BORDER;
        cell->has_border = cell->has_border || !strstr(side, "none");
    }
}

static void read_cell_properties(struct cell_style *cell, const char *const *attributes)
{
    const char *paper = xml_attribute(attributes, "background-color");
    const char *wrap = xml_attribute(attributes, "wrap-option");
    const char *vertical = xml_attribute(attributes, "vertical-align");
    if (paper)
        set_flag(cell, SAYS_PAPER, STYLE_HAS_PAPER, color_of(paper, &cell->paper));
    if (wrap)
        set_flag(cell, SAYS_WRAP, STYLE_WRAP, strcmp(wrap, "wrap") == 0);
    read_borders(cell, attributes);
    if (vertical || xml_attribute(attributes, "rotation-angle")) {
        cell->said |= SAYS_PLACE;
        cell->is_placed =
            xml_number(attributes, "rotation-angle", 0) != 0 ||
            xml_truth(attributes, "shrink-to-fit", false) ||
            (vertical && strcmp(vertical, "automatic") != 0 && strcmp(vertical, "bottom") != 0);
    }
}

static void read_paragraph_properties(struct cell_style *cell, const char *const *attributes)
{
    const char *align = xml_attribute(attributes, "text-align");
    if (!align)
        return;
    cell->said |= SAYS_ALIGN;
    if (is_word(align, "center"))
        cell->align = ALIGN_CENTER;
    else if (is_word(align, "end") || is_word(align, "right"))
        cell->align = ALIGN_RIGHT;
    else if (is_word(align, "start") || is_word(align, "left"))
        cell->align = ALIGN_LEFT;
}

static void read_properties(struct ods_style *style, const char *name,
                            const char *const *attributes)
{
    if (strcmp(name, "text-properties") == 0)
        read_text_properties(&style->cell, attributes);
    else if (strcmp(name, "table-cell-properties") == 0)
        read_cell_properties(&style->cell, attributes);
    else if (strcmp(name, "paragraph-properties") == 0)
        read_paragraph_properties(&style->cell, attributes);
    else if (strcmp(name, "table-column-properties") == 0)
        style->size = arrival_characters(ods_pixels(xml_attribute(attributes, "column-width")));
    else if (strcmp(name, "table-row-properties") == 0 &&
             !xml_truth(attributes, "use-optimal-row-height", true))
        style->size = ods_pixels(xml_attribute(attributes, "row-height")) * 72 / 96;
    else if (strcmp(name, "table-properties") == 0)
        style->is_hidden = !xml_truth(attributes, "display", true);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Keeps an attribute's text; 0 where there is none. false: refused. */
static bool keep(struct ods_styles *styles, const char *text, text_id *kept)
{
    *kept = 0;
    if (!text)
        return true;
    size_t text_bytes = strlen(text);
    if (text_bytes > TEXT_BYTES_MAX)
        text_bytes = TEXT_BYTES_MAX;
    *kept = text_keep(styles->arrival->book->texts, text, text_bytes);
    return *kept || arrival_say_refused(styles->arrival);
}

static bool family_of(const char *name, enum ods_family *family)
{
    static const char *const names[] = {
        [ODS_CELL] = "table-cell",
        [ODS_COLUMN] = "table-column",
        [ODS_ROW] = "table-row",
        [ODS_TABLE] = "table",
    };
    for (int i = ODS_CELL; i <= ODS_TABLE; i++)
        if (is_word(name, names[i])) {
            *family = (enum ods_family)i;
            return true;
        }
    return false;
}

static bool open_style(struct ods_styles *styles, enum ods_family family,
                       const char *const *attributes)
{
    uint64_t count = steppe_array_count(styles->styles);
    if (count == STYLES_MAX) {
        styles->is_full = true;
        return true;
    }
    struct ods_style *style = steppe_array_push(styles->styles);
    if (!style)
        return arrival_say_refused(styles->arrival);
    style->family = (uint8_t)family;
    style->order = (uint32_t)count;
    styles->open = style;
    return keep(styles, xml_attribute(attributes, "name"), &style->name) &&
           keep(styles, xml_attribute(attributes, "parent-style-name"), &style->parent) &&
           keep(styles, xml_attribute(attributes, "data-style-name"), &style->format);
}

static bool start_style(struct ods_styles *styles, const char *name, const char *const *attributes)
{
    enum ods_family family;
    styles->open = NULL;
    styles->is_format = ods_format_begin(&styles->format, name, attributes);
    if (styles->is_format)
        return open_style(styles, ODS_FORMAT, attributes);
    if (strcmp(name, "style") != 0 && strcmp(name, "default-style") != 0)
        return true;
    return !family_of(xml_attribute(attributes, "family"), &family) ||
           open_style(styles, family, attributes);
}

static bool start_section(struct ods_styles *styles, const char *const *attributes)
{
    if (steppe_array_count(styles->sections) == MAPS_MAX) {
        styles->is_full = true;
        return true;
    }
    struct section *section = steppe_array_push(styles->sections);
    if (!section)
        return arrival_say_refused(styles->arrival);
    section->order = styles->open->order;
    return keep(styles, xml_attribute(attributes, "condition"), &section->condition) &&
           keep(styles, xml_attribute(attributes, "apply-style-name"), &section->format);
}

bool ods_styles_on_start(struct ods_styles *styles, const char *name, const char *const *attributes)
{
    if (++styles->depth == 1)
        return start_style(styles, name, attributes);
    if (!styles->open)
        return true;
    if (strcmp(name, "map") == 0 && styles->is_format)
        return start_section(styles, attributes);
    if (strcmp(name, "map") == 0)
        styles->open->has_condition = true;
    else if (styles->is_format)
        ods_format_on_start(&styles->format, name, attributes);
    else
        read_properties(styles->open, name, attributes);
    return true;
}

bool ods_styles_on_end(struct ods_styles *styles, const char *name)
{
    if (styles->depth-- > 1) {
        if (styles->open && styles->is_format)
            ods_format_on_end(&styles->format, name);
        return true;
    }
    struct ods_style *style = styles->open;
    styles->open = NULL;
    return !style || !styles->is_format ||
           keep(styles, ods_format_code(&styles->format), &style->code);
}

void ods_styles_on_text(struct ods_styles *styles, const char *text, size_t text_bytes)
{
    if (styles->open && styles->is_format)
        ods_format_on_text(&styles->format, text, text_bytes);
}

/* ---- settling -------------------------------------------------------------------------------- */

static int compare_styles(const void *a, const void *b)
{
    const struct ods_style *first = a, *second = b;
    if (first->family != second->family)
        return first->family < second->family ? -1 : 1;
    if (first->name != second->name)
        return first->name < second->name ? -1 : 1;
    return (first->order > second->order) - (first->order < second->order);
}

static int compare_sections(const void *a, const void *b)
{
    const struct section *first = a, *second = b;
    return (first->order > second->order) - (first->order < second->order);
}

/* The last one of a name. */
static struct ods_style *find_style(const struct ods_styles *styles, enum ods_family family,
                                    text_id name)
{
    size_t low = 0, high = steppe_array_count(styles->styles);
    struct ods_style wanted = {.family = (uint8_t)family, .name = name, .order = UINT32_MAX};
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_styles(&styles->styles[middle], &wanted) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    struct ods_style *found = low ? &styles->styles[low - 1] : NULL;
    return found && found->family == family && found->name == name ? found : NULL;
}

/* "value()>=0" as "[>=0]". */
static int print_condition(char *code, size_t room, const char *condition)
{
    static const char front[] = "value()";
    if (strncmp(condition, front, sizeof front - 1) == 0)
        condition += sizeof front - 1;
    bool is_unequal = strncmp(condition, "!=", 2) == 0;
    return snprintf(code, room, "[%s%s]", is_unequal ? "<>" : "", condition + (is_unequal ? 2 : 0));
}

/* Conditions that codes have by the order of their sections: ">=0" for the first of two, ">0" and
 * "<0" for those of three and four, which may have "=0" as well. */
static bool is_usual(const char *condition, size_t index, size_t count)
{
    static const char *const usual[] = {"value()>0", "value()<0", "value()=0"};
    if (strcmp(condition, "value()<=1.79769313486232E+308") == 0)
        return true; /* any number, for behind it is how texts are shown */
    if (count == 1)
        return strcmp(condition, "value()>=0") == 0;
    return index < sizeof usual / sizeof *usual && strcmp(condition, usual[index]) == 0;
}

struct code {
    char text[CODE_BYTES];
    size_t size_bytes;
    bool is_too_long;
};

static void put_code(struct code *code, const char *text)
{
    int length =
        snprintf(code->text + code->size_bytes, sizeof code->text - code->size_bytes, "%s", text);
    if (length < 0 || (size_t)length >= sizeof code->text - code->size_bytes)
        code->is_too_long = true;
    else
        code->size_bytes += (size_t)length;
}

static void put_section(const struct ods_styles *styles, struct code *code,
                        const struct section *section, size_t index, size_t count)
{
    const struct text_pool *texts = styles->arrival->book->texts;
    const struct ods_style *format = find_style(styles, ODS_FORMAT, section->format);
    const char *condition = text_bytes(texts, section->condition, NULL);
    const char *own = format ? text_bytes(texts, format->code, NULL) : "General";
    char printed[64];
    if (!is_usual(condition, index, count) &&
        print_condition(printed, sizeof printed, condition) < (int)sizeof printed)
        put_code(code, printed);
    put_code(code, own);
    put_code(code, ";");
}

/* The whole code of a format. */
static void print_format(const struct ods_styles *styles, const struct ods_style *format,
                         struct code *code)
{
    enum { SECTIONS_MAX = 3 };
    uint64_t count = steppe_array_count(styles->sections), first = 0;
    size_t own = 0;
    for (uint64_t high = count; first < high;) {
        uint64_t middle = first + (high - first) / 2;
        if (styles->sections[middle].order < format->order)
            first = middle + 1;
        else
            high = middle;
    }
    while (first + own < count && styles->sections[first + own].order == format->order &&
           own < SECTIONS_MAX)
        own++;
    for (size_t i = 0; i < own; i++)
        put_section(styles, code, &styles->sections[first + i], i, own);
    const char *rest = text_bytes(styles->arrival->book->texts, format->code, NULL);
    put_code(code, *rest || own ? rest : "General");
}

static void take_property(struct cell_style *cell, const struct cell_style *own, unsigned says,
                          unsigned flag)
{
    if (own->said & says)
        cell->flags = (cell->flags & ~flag) | (own->flags & flag);
}

static void take_properties(struct cell_style *cell, const struct cell_style *own)
{
    take_property(cell, own, SAYS_BOLD, STYLE_BOLD);
    take_property(cell, own, SAYS_ITALIC, STYLE_ITALIC);
    take_property(cell, own, SAYS_UNDERLINE, STYLE_UNDERLINE);
    take_property(cell, own, SAYS_STRIKE, STYLE_STRIKE);
    take_property(cell, own, SAYS_WRAP, STYLE_WRAP);
    take_property(cell, own, SAYS_INK, STYLE_HAS_INK);
    take_property(cell, own, SAYS_PAPER, STYLE_HAS_PAPER);
    if (own->said & SAYS_INK)
        cell->ink = own->ink;
    if (own->said & SAYS_PAPER)
        cell->paper = own->paper;
    if (own->said & SAYS_ALIGN)
        cell->align = own->align;
    if (own->said & SAYS_FONT)
        cell->font_hash = own->font_hash;
    if (own->said & SAYS_SIZE)
        cell->size_hash = own->size_hash;
    if (own->said & SAYS_BORDER)
        cell->has_border = own->has_border;
    if (own->said & SAYS_PLACE)
        cell->is_placed = own->is_placed;
}

/* A style with its parents': those first. Their number is bounded, circles end there. */
static struct ods_style join_parents(const struct ods_styles *styles, const struct ods_style *style)
{
    const struct ods_style *chain[PARENTS_MAX];
    struct ods_style joined = *style;
    size_t count = 0;
    joined.cell = styles->usual;
    for (; style && count < PARENTS_MAX; count++) {
        chain[count] = style;
        style = style->parent ? find_style(styles, ODS_CELL, style->parent) : NULL;
    }
    joined.format = 0;
    while (count--) {
        take_properties(&joined.cell, &chain[count]->cell);
        joined.format = chain[count]->format ? chain[count]->format : joined.format;
        joined.has_condition = joined.has_condition || chain[count]->has_condition;
    }
    return joined;
}

static unsigned losses_of(const struct ods_styles *styles, const struct ods_style *joined)
{
    const struct cell_style *cell = &joined->cell;
    unsigned losses = 0;
    losses |= cell->has_border ? ODS_LOSES_BORDER : 0;
    losses |= cell->is_placed ? ODS_LOSES_PLACE : 0;
    losses |= joined->has_condition ? ODS_LOSES_CONDITION : 0;
    if (cell->font_hash != styles->usual.font_hash || cell->size_hash != styles->usual.size_hash)
        losses |= ODS_LOSES_FONT;
    return losses;
}

static bool settle_cell(struct ods_styles *styles, struct ods_style *style)
{
    struct book *book = styles->arrival->book;
    struct ods_style joined = join_parents(styles, style);
    const struct ods_style *format =
        joined.format ? find_style(styles, ODS_FORMAT, joined.format) : NULL;
    /* Black and white that cells have which nobody coloured: no colours of theirs. */
    if (styles->is_usually_black && joined.cell.ink == 0)
        joined.cell.flags &= ~(unsigned)STYLE_HAS_INK;
    if (styles->is_usually_white && joined.cell.paper == 0xFFFFFF)
        joined.cell.flags &= ~(unsigned)STYLE_HAS_PAPER;
    struct style look = {.flags = (uint8_t)joined.cell.flags,
                         .align = joined.cell.align,
                         .ink = joined.cell.ink,
                         .paper = joined.cell.paper};
    struct code code = {.size_bytes = 0};
    code.text[0] = '\0';
    if (format)
        print_format(styles, format, &code);
    style->losses = losses_of(styles, &joined);
    bool is_general = !code.size_bytes || code.is_too_long || strcmp(code.text, "General") == 0;
    if (!is_general && !keep(styles, code.text, &look.format))
        return false;
    bool is_kept = style_keep(book->styles, &look, &style->style);
    text_drop(book->texts, look.format); /* the style has a hold of its own */
    return is_kept || arrival_say_refused(styles->arrival);
}

/* What fonts and colours are usual: those of "Default", and of the style without a name under it.
 */
static void settle_usual(struct ods_styles *styles)
{
    struct text_pool *texts = styles->arrival->book->texts;
    const struct ods_style *nameless = find_style(styles, ODS_CELL, 0);
    text_id name = text_keep(texts, "Default", 7);
    const struct ods_style *base = name ? find_style(styles, ODS_CELL, name) : NULL;
    text_drop(texts, name);
    if (nameless)
        take_properties(&styles->usual, &nameless->cell);
    struct cell_style shown = styles->usual;
    if (base)
        take_properties(&shown, &base->cell);
    styles->is_usually_black = shown.flags & STYLE_HAS_INK && shown.ink == 0;
    styles->is_usually_white = shown.flags & STYLE_HAS_PAPER && shown.paper == 0xFFFFFF;
    if (base && (base->cell.said & SAYS_FONT))
        styles->usual.font_hash = base->cell.font_hash;
    if (base && (base->cell.said & SAYS_SIZE))
        styles->usual.size_hash = base->cell.size_hash;
}

bool ods_styles_settle(struct ods_styles *styles)
{
    uint64_t count = steppe_array_count(styles->styles);
    styles->open = NULL;
    if (count)
        qsort(styles->styles, count, sizeof *styles->styles, compare_styles);
    if (steppe_array_count(styles->sections))
        qsort(styles->sections, steppe_array_count(styles->sections), sizeof *styles->sections,
              compare_sections);
    settle_usual(styles);
    for (uint64_t i = 0; i < count; i++)
        if (styles->styles[i].family == ODS_CELL && !settle_cell(styles, &styles->styles[i]))
            return false;
    return true;
}

struct ods_look ods_styles_find(struct ods_styles *styles, enum ods_family family, const char *name)
{
    struct text_pool *texts = styles->arrival->book->texts;
    struct ods_look look = {0};
    text_id id = name ? text_keep(texts, name, strnlen(name, TEXT_BYTES_MAX)) : 0;
    if (!id)
        return look;
    text_drop(texts, id); /* styles hold their names; of others nothing is wanted */
    if (id == styles->last_name && family == styles->last_family)
        return styles->last_look;
    const struct ods_style *found = find_style(styles, family, id);
    if (!found)
        return look;
    look = (struct ods_look){.style = found->style,
                             .losses = found->losses,
                             .size = found->size,
                             .is_hidden = found->is_hidden};
    styles->last_name = id;
    styles->last_family = family;
    styles->last_look = look;
    return look;
}
