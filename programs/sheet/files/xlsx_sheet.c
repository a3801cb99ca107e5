/* SPDX-License-Identifier: MIT */
/*
 * xlsx_sheet.c - a sheet's file but for its cells: see xlsx_sheet.h.
 *
 * <worksheet> <sheetViews> <sheetView> <pane/> <selection/>     frozen lines, the cursor
 *             <cols> <col min max width/>
 *             <sheetData> ... xlsx_cells.c
 *             <autoFilter ref/> <mergeCells> <mergeCell ref/>
 *
 * Everything else is looked for among what is known not to be kept.
 */
#include "sheet/files/xlsx_sheet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sheet/files/xml.h"

/* Elements that are lost, wherever outside of the cells they stand. */
static const struct {
    const char *name, *what;
} lost[] = {
    {"cfRule", "conditional formats"},     {"dataValidation", "data validations"},
    {"hyperlink", "hyperlinks"},           {"sheetProtection", "protections of sheets"},
    {"protectedRange", "protected areas"}, {"oleObject", "embedded objects"},
    {"control", "form controls"},          {"tablePart", "tables"},
    {"sparklineGroup", "sparklines"},      {"brk", "page breaks"},
    {"picture", "background pictures"},    {"scenario", "scenarios"},
    {"customSheetView", "custom views"},   {"filterColumn", "conditions of filters"},
    {"tabColor", "colours of tabs"},
};

/* Of views and pages what is not as usual is lost. The paper's size and margins are not told: some
 * writer always puts them down. */
enum unusual_kind { UNUSUAL_PAGE, UNUSUAL_ZOOM, UNUSUAL_LINES, UNUSUAL_ZEROS, UNUSUAL_KINDS };
static const char *const unusual_names[UNUSUAL_KINDS] = {
    "page set-ups", "zoomed views", "sheets without grid lines", "sheets without zeros"};
static const struct {
    const char *element, *attribute, *usual[2];
    enum unusual_kind kind;
} unusual[] = {
    {"pageSetup", "orientation", {"portrait", "default"}, UNUSUAL_PAGE},
    {"pageSetup", "scale", {"100", "0"}, UNUSUAL_PAGE},
    {"pageSetUpPr", "fitToPage", {"0", "false"}, UNUSUAL_PAGE},
    {"printOptions", "headings", {"0", "false"}, UNUSUAL_PAGE},
    {"printOptions", "gridLines", {"0", "false"}, UNUSUAL_PAGE},
    {"printOptions", "horizontalCentered", {"0", "false"}, UNUSUAL_PAGE},
    {"printOptions", "verticalCentered", {"0", "false"}, UNUSUAL_PAGE},
    {"sheetView", "zoomScale", {"100", "0"}, UNUSUAL_ZOOM},
    {"sheetView", "showGridLines", {"1", "true"}, UNUSUAL_LINES},
    {"sheetView", "showZeros", {"1", "true"}, UNUSUAL_ZEROS},
};
enum { LOST_KINDS = sizeof lost / sizeof *lost };

struct reading {
    struct arrival *arrival;
    struct sheet *sheet;
    struct xlsx_cells *cells;
    const struct xlsx_style_list *styles;
    unsigned depth, fallback_depth;
    bool is_in_data, is_in_header, is_foreign;
    bool has_view, has_header; /* the first view counts */
    char active_pane[16];
    double usual_width; /* of columns; 0: the default */
    uint64_t lost[LOST_KINDS], grouped_columns;
    bool is_unusual[UNUSUAL_KINDS];
};

/* ---- views ----------------------------------------------------------------------------------- */

static uint32_t line_number(const char *const *attributes, const char *name, uint32_t limit)
{
    const char *text = xml_attribute(attributes, name);
    double number;
    if (!text || !value_parse_number(text, strlen(text), &number) || !(number > 0))
        return 0;
    return number < limit ? (uint32_t)number : limit - 1;
}

static void read_pane(struct reading *reading, const char *const *attributes)
{
    const char *state = xml_attribute(attributes, "state");
    const char *active = xml_attribute(attributes, "activePane");
    (void)snprintf(reading->active_pane, sizeof reading->active_pane, "%s",
                   active ? active : "topLeft");
    if (!state || strncmp(state, "frozen", 6) != 0) {
        losses_add(reading->arrival->losses, "split windows",
                   sheet_name(reading->arrival->book, reading->sheet));
        return;
    }
    reading->sheet->frozen.row = line_number(attributes, "ySplit", ROWS);
    reading->sheet->frozen.column = line_number(attributes, "xSplit", COLUMNS);
}

static void read_selection(struct reading *reading, const char *const *attributes)
{
    const char *pane = xml_attribute(attributes, "pane");
    const char *cell = xml_attribute(attributes, "activeCell");
    const char *active = reading->active_pane[0] ? reading->active_pane : "topLeft";
    struct area area;
    if (cell && strcmp(pane ? pane : "topLeft", active) == 0 && area_parse(cell, &area))
        reading->sheet->cursor = area.first;
}

static void read_view(struct reading *reading, const char *name, const char *const *attributes)
{
    if (strcmp(name, "pane") == 0)
        read_pane(reading, attributes);
    else if (strcmp(name, "selection") == 0)
        read_selection(reading, attributes);
    else if (strcmp(name, "sheetView") == 0 && xml_truth(attributes, "rightToLeft", false))
        losses_add(reading->arrival->losses, "sheets from right to left",
                   sheet_name(reading->arrival->book, reading->sheet));
}

/* ---- columns --------------------------------------------------------------------------------- */

/* The file's widths are those of digits with five pixels around all of them. */
static double width_of(const char *const *attributes, const char *name)
{
    enum { DIGIT_PIXELS = 7 };
    const char *text = xml_attribute(attributes, name);
    double width;
    if (!text || !value_parse_number(text, strlen(text), &width) || !(width > 0))
        return 0;
    return arrival_characters(
        trunc((256 * width + trunc(128.0 / DIGIT_PIXELS)) / 256 * DIGIT_PIXELS));
}

/* How lines are of which nothing is said: all of them, before any is. Widths that differ by less
 * than half a digit are what some programs have for the usual one. */
static bool read_defaults(struct reading *reading, const char *const *attributes)
{
    enum { USUAL_PIXELS = 64 };
    struct sheet *sheet = reading->sheet;
    double width = width_of(attributes, "defaultColWidth");
    struct line_span columns = {.last = COLUMNS - 1, .size = width};
    struct line_span rows = {.last = ROWS - 1,
                             .is_hidden = xml_truth(attributes, "zeroHeight", false)};
    if (width > 0 && fabs(width - arrival_characters(USUAL_PIXELS)) >= 0.5)
        reading->usual_width = width;
    if ((reading->usual_width == 0 || line_span_set(&sheet->columns, &columns)) &&
        (!rows.is_hidden || line_span_set(&sheet->rows, &rows)))
        return true;
    return arrival_say_refused(reading->arrival);
}

static bool read_column(struct reading *reading, const char *const *attributes)
{
    int64_t first = xml_number(attributes, "min", 0), last = xml_number(attributes, "max", first);
    int64_t style = xml_number(attributes, "style", 0);
    double width = width_of(attributes, "width");
    if (last > COLUMNS)
        last = COLUMNS;
    if (first < 1 || first > last)
        return true;
    struct line_span span = {.first = (uint32_t)first - 1,
                             .last = (uint32_t)last - 1,
                             .size = width > 0 ? width : reading->usual_width,
                             .is_hidden = xml_truth(attributes, "hidden", false)};
    if (style >= 0 && (uint64_t)style < reading->styles->count)
        span.style = reading->styles->styles[style].style;
    reading->grouped_columns += xml_number(attributes, "outlineLevel", 0) > 0;
    return line_span_set(&reading->sheet->columns, &span) || arrival_say_refused(reading->arrival);
}

/* ---- areas ----------------------------------------------------------------------------------- */

static void read_merge(struct reading *reading, const char *const *attributes)
{
    const char *reference = xml_attribute(attributes, "ref");
    struct area area;
    if (reference && area_parse(reference, &area))
        arrival_merge(reading->arrival, reading->sheet, area);
    else
        losses_add(reading->arrival->losses, "merged areas outside of the grid",
                   sheet_name(reading->arrival->book, reading->sheet));
}

static void read_filter(struct reading *reading, const char *const *attributes)
{
    const char *reference = xml_attribute(attributes, "ref");
    struct area area;
    if (!reference || !area_parse(reference, &area))
        return;
    reading->sheet->filter = area;
    reading->sheet->has_filter = true;
}

/* ---- the file -------------------------------------------------------------------------------- */

/* Some write what says that nothing is protected. */
static bool protects_nothing(const char *name, const char *const *attributes)
{
    return strcmp(name, "sheetProtection") == 0 && !xml_truth(attributes, "sheet", false);
}

static void count_lost(struct reading *reading, const char *name, const char *const *attributes)
{
    if (protects_nothing(name, attributes))
        return;
    for (size_t i = 0; i < LOST_KINDS; i++)
        if (strcmp(name, lost[i].name) == 0)
            reading->lost[i]++;
}

/* The first view counts; those of custom views lie deeper. */
static void note_unusual(struct reading *reading, const char *name, const char *const *attributes)
{
    enum { DEEPEST = 3 };
    if (reading->depth > DEEPEST || (reading->has_view && strcmp(name, "sheetView") == 0))
        return;
    for (size_t i = 0; i < sizeof unusual / sizeof *unusual; i++) {
        if (strcmp(name, unusual[i].element) != 0)
            continue;
        const char *text = xml_attribute(attributes, unusual[i].attribute);
        if (text && strcmp(text, unusual[i].usual[0]) != 0 &&
            strcmp(text, unusual[i].usual[1]) != 0)
            reading->is_unusual[unusual[i].kind] = true;
    }
}

/* Of filters, those of tables and of custom views are not meant: they lie deeper. */
static bool start_element(struct reading *reading, const char *name, const char *const *attributes)
{
    if (strcmp(name, "sheetData") == 0)
        reading->is_in_data = reading->depth == 2;
    else if (strcmp(name, "sheetFormatPr") == 0 && reading->depth == 2)
        return read_defaults(reading, attributes);
    else if (strcmp(name, "col") == 0 && reading->depth == 3)
        return read_column(reading, attributes);
    else if (strcmp(name, "mergeCell") == 0)
        read_merge(reading, attributes);
    else if (strcmp(name, "autoFilter") == 0 && reading->depth == 2)
        read_filter(reading, attributes);
    else if (!reading->has_view)
        read_view(reading, name, attributes);
    if (strcmp(name, "headerFooter") == 0)
        reading->is_in_header = true;
    return true;
}

static bool on_start(void *context, const char *name, const char *const *attributes)
{
    struct reading *reading = context;
    reading->depth++;
    if (reading->is_in_data)
        return xlsx_cells_on_start(reading->cells, name, attributes);
    if (reading->depth == 1)
        reading->is_foreign = strcmp(name, "worksheet") != 0;
    if (reading->is_foreign)
        return true;
    if (reading->fallback_depth || strcmp(name, "Fallback") == 0) {
        reading->fallback_depth++;
        return true;
    }
    count_lost(reading, name, attributes);
    note_unusual(reading, name, attributes);
    return start_element(reading, name, attributes);
}

static bool on_end(void *context, const char *name)
{
    struct reading *reading = context;
    unsigned depth = reading->depth--;
    if (reading->is_in_data && depth > 2)
        return xlsx_cells_on_end(reading->cells);
    reading->is_in_data = false;
    if (reading->fallback_depth)
        reading->fallback_depth--;
    else if (strcmp(name, "sheetView") == 0)
        reading->has_view = true;
    else if (strcmp(name, "headerFooter") == 0)
        reading->is_in_header = false;
    return true;
}

static bool on_text(void *context, const char *text, size_t text_bytes)
{
    struct reading *reading = context;
    if (reading->is_in_data)
        xlsx_cells_on_text(reading->cells, text, text_bytes);
    else if (reading->is_in_header && text_bytes && *text > ' ')
        reading->has_header = true;
    return true;
}

static void tell_losses(const struct reading *reading)
{
    struct losses *losses = reading->arrival->losses;
    const char *where = sheet_name(reading->arrival->book, reading->sheet);
    for (size_t i = 0; i < LOST_KINDS; i++)
        losses_add_many(losses, lost[i].what, where, reading->lost[i]);
    for (size_t i = 0; i < UNUSUAL_KINDS; i++)
        losses_add_many(losses, unusual_names[i], where, reading->is_unusual[i]);
    losses_add_many(losses, "columns in groups", where, reading->grouped_columns);
    losses_add_many(losses, "page headers", where, reading->has_header);
    losses_add_many(losses, "sheets of another kind", where, reading->is_foreign);
}

bool xlsx_sheet_read(const struct xlsx_cells_options *options, struct archive *archive,
                     const char *part)
{
    struct reading reading = {.arrival = options->arrival,
                              .sheet = options->sheet,
                              .styles = options->styles,
                              .cells = xlsx_cells_new(options)};
    struct xml_handler handler = {
        .start = on_start, .end = on_end, .text = on_text, .context = &reading};
    char doing[ARRIVAL_WHERE_BYTES];
    if (!reading.cells)
        return false;
    (void)snprintf(doing, sizeof doing, "reading %s",
                   sheet_name(options->arrival->book, options->sheet));
    bool is_read = xml_read_archive(archive, part, &handler, options->arrival->progress, doing,
                                    options->arrival->problem);
    tell_losses(&reading);
    xlsx_cells_end(reading.cells);
    return is_read;
}
