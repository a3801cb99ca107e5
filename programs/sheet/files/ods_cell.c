/* SPDX-License-Identifier: MIT */
/* ods_cell.c - a cell of OpenDocument: see ods_cell.h. */
#include "sheet/files/ods_cell.h"

#include <string.h>

#include "sheet/files/xml.h"
#include "sheet/values/iso_time.h"

static enum ods_cell_type type_of(const char *text)
{
    static const struct {
        const char *name;
        enum ods_cell_type type;
    } types[] = {{"float", ODS_NUMBER},    {"string", ODS_STRING}, {"percentage", ODS_PERCENTAGE},
                 {"currency", ODS_NUMBER}, {"date", ODS_DATE},     {"time", ODS_TIME},
                 {"boolean", ODS_TRUTH}};
    for (size_t i = 0; text && i < sizeof types / sizeof *types; i++)
        if (strcmp(text, types[i].name) == 0)
            return types[i].type;
    return ODS_NOTHING;
}

static void begin_number(struct ods_cell *cell, const char *const *attributes, bool is_1904)
{
    const char *name = "value";
    if (cell->type == ODS_DATE)
        name = "date-value";
    else if (cell->type == ODS_TIME)
        name = "time-value";
    const char *text = xml_attribute(attributes, name);
    if (!text)
        return;
    size_t text_bytes = strlen(text);
    if (cell->type == ODS_DATE)
        cell->has_value = iso_time_read(text, text_bytes, is_1904, &cell->number);
    else if (cell->type == ODS_TIME)
        cell->has_value = iso_duration_read(text, text_bytes, &cell->number);
    else
        cell->has_value = value_parse_number(text, text_bytes, &cell->number);
}

/* LibreOffice writes any number so that is shown as a truth. */
static void begin_truth(struct ods_cell *cell, const char *const *attributes)
{
    const char *text = xml_attribute(attributes, "boolean-value");
    cell->has_value = text != NULL;
    if (text && value_parse_number(text, strlen(text), &cell->number))
        cell->type = ODS_NUMBER;
    else
        cell->number = xml_truth(attributes, "boolean-value", false);
}

static void begin_formula(struct ods_cell *cell, const char *text)
{
    static const char excel[] = "msoxl:";
    cell->has_formula = text && *text;
    if (!cell->has_formula)
        return;
    cell->dialect = PARSE_OPEN_FORMULA;
    if (strncmp(text, excel, sizeof excel - 1) == 0) {
        cell->dialect = PARSE_EXCEL;
        text += sizeof excel - 1;
    }
    gather_clear(&cell->formula);
    gather_add(&cell->formula, text, strlen(text));
}

void ods_cell_begin(struct ods_cell *cell, const char *const *attributes, bool is_1904)
{
    const char *type = xml_attribute(attributes, "value-type");
    const char *more = xml_attribute(attributes, "calcext:value-type");
    const char *string = xml_attribute(attributes, "string-value");
    cell->type = type_of(type);
    cell->has_value = false;
    cell->number = 0;
    cell->is_error = (more && strcmp(more, "error") == 0) || (type && strcmp(type, "error") == 0);
    cell->paragraph_depth = cell->spoken_depth = 0;
    cell->paragraph_count = 0;
    cell->has_formats = false;
    gather_clear(&cell->text);
    begin_formula(cell, xml_attribute(attributes, "formula"));
    if (cell->type == ODS_TRUTH) {
        begin_truth(cell, attributes);
    } else if (cell->type == ODS_STRING && string && !cell->is_error) {
        cell->has_value = true;
        gather_add(&cell->text, string, strlen(string));
    } else if (cell->type != ODS_STRING) {
        begin_number(cell, attributes, is_1904);
    }
}

/* ---- paragraphs ------------------------------------------------------------------------------ */

/* The value counts, not how it is shown. */
static void add(struct ods_cell *cell, const char *text, size_t text_bytes)
{
    if (!cell->has_value)
        gather_add(&cell->text, text, text_bytes);
}

/* What is said of spaces is not what is done: LibreOffice writes and reads them as they are. So
 * they stay, but for those around the end of a line, which are of who laid out the file: one space,
 * or none at either end of a paragraph. */
static void put_spaces(struct ods_cell *cell)
{
    if (cell->has_line_end && cell->has_text)
        add(cell, " ", 1);
    for (; !cell->has_line_end && cell->space_count; cell->space_count--)
        add(cell, " ", 1);
    cell->space_count = 0;
    cell->has_line_end = false;
}

void ods_cell_on_text(struct ods_cell *cell, const char *text, size_t text_bytes)
{
    const char *end = text + text_bytes;
    if (!cell->paragraph_depth || cell->spoken_depth)
        return;
    while (text < end) {
        const char *word = text;
        while (text < end && (unsigned char)*text > ' ')
            text++;
        if (text > word) {
            put_spaces(cell);
            add(cell, word, (size_t)(text - word));
            cell->has_text = true;
            continue;
        }
        cell->space_count += *text == ' ' && cell->space_count < TEXT_CHARACTERS_MAX;
        cell->has_line_end |= *text != ' ';
        text++;
    }
}

/* Those of an element, which count. */
static void add_spaces(struct ods_cell *cell, int64_t count)
{
    for (; count > 0 && !cell->text.is_cut && !cell->has_value; count--)
        add(cell, " ", 1);
}

static void start_inside(struct ods_cell *cell, const char *name, const char *const *attributes)
{
    if (strcmp(name, "span") == 0)
        cell->has_formats = true;
    if (strcmp(name, "ruby-text") == 0) /* how the text before it is spoken */
        cell->spoken_depth = cell->paragraph_depth;
    bool is_space = strcmp(name, "s") == 0, is_tab = strcmp(name, "tab") == 0;
    if (!is_space && !is_tab && strcmp(name, "line-break") != 0)
        return;
    put_spaces(cell);
    cell->has_text = true;
    if (is_space)
        add_spaces(cell, xml_number(attributes, "c", 1));
    else
        add(cell, is_tab ? "\t" : "\n", 1);
}

bool ods_cell_on_start(struct ods_cell *cell, const char *name, const char *const *attributes)
{
    if (cell->paragraph_depth) {
        cell->paragraph_depth++;
        start_inside(cell, name, attributes);
        return true;
    }
    if (strcmp(name, "p") != 0 && strcmp(name, "h") != 0)
        return false;
    if (cell->paragraph_count++)
        add(cell, "\n", 1);
    cell->paragraph_depth = 1;
    cell->has_text = cell->has_line_end = false;
    cell->space_count = 0;
    return true;
}

void ods_cell_on_end(struct ods_cell *cell)
{
    if (!cell->paragraph_depth)
        return;
    if (cell->spoken_depth == cell->paragraph_depth)
        cell->spoken_depth = 0;
    if (--cell->paragraph_depth == 0 && !cell->has_line_end)
        put_spaces(cell);
}

/* ---- its value ------------------------------------------------------------------------------- */

bool ods_cell_has_contents(const struct ods_cell *cell)
{
    return cell->type != ODS_NOTHING || cell->has_formula || cell->text.size_bytes;
}

/* "Err:522" and its like are LibreOffice's own. */
static struct value error_of(struct value text)
{
    enum value_error error = ERROR_VALUE;
    if (value_error_parse(text.text, text.text_bytes, &error))
        return value_error(error);
    if (text.text_bytes == 7 && memcmp(text.text, "Err:522", 7) == 0)
        return value_error(ERROR_CYCLE);
    if (text.text_bytes == 7 && memcmp(text.text, "Err:503", 7) == 0)
        return value_error(ERROR_NUM);
    return value_error(ERROR_VALUE);
}

/* Gnumeric writes an error as the text it is shown by. */
static struct value string_of(struct ods_cell *cell)
{
    struct value text = gather_text(&cell->text);
    enum value_error error;
    if (cell->is_error)
        return error_of(text);
    if (cell->has_formula && text.text_bytes && text.text[0] == '#' &&
        value_error_parse(text.text, text.text_bytes, &error))
        return value_error(error);
    return text;
}

struct value ods_cell_value(struct ods_cell *cell)
{
    if (cell->type == ODS_STRING || cell->is_error)
        return string_of(cell);
    if (cell->has_value)
        return cell->type == ODS_TRUTH ? value_boolean(cell->number != 0)
                                       : value_number(cell->number);
    /* A value that is not said, or cannot be read: what is shown is all there is. */
    return cell->has_formula || !cell->text.size_bytes ? value_blank() : string_of(cell);
}

const char *ods_cell_format(const struct ods_cell *cell)
{
    if (!cell->has_value)
        return NULL;
    switch (cell->type) {
    case ODS_PERCENTAGE:
        return "0.00%";
    case ODS_DATE:
        return cell->number == (double)(int64_t)cell->number ? "yyyy-mm-dd" : "yyyy-mm-dd hh:mm:ss";
    case ODS_TIME:
        return "[h]:mm:ss";
    default:
        return NULL;
    }
}
