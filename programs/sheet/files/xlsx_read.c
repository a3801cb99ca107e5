/* SPDX-License-Identifier: MIT */
/*
 * xlsx_read.c - XLSX workbooks: see workfile.h.
 *
 *   _rels/.rels -> xl/workbook.xml -> sheets, defined names, how days are counted
 *                  xl/_rels/workbook.xml.rels -> theme, styles, shared strings, the sheets' files
 *
 * All sheets are made before any is filled, tables are read before names are defined that refer to
 * them, and names are defined before formulas use them. Files
 * are found by what they are to each other, never by their names: writers differ in those.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <steppe/array.h>

#include "common/room.h"
#include "sheet/book/arrival.h"
#include "sheet/book/gather.h"
#include "sheet/book/recalculate.h"
#include "sheet/files/workfile.h"
#include "sheet/files/xlsx_extras.h"
#include "sheet/files/xlsx_references.h"
#include "sheet/files/xlsx_relations.h"
#include "sheet/files/xlsx_sheet.h"
#include "sheet/files/xml.h"

enum { TABS_MAX = 4096 };

/* A name, kept until the tables are known that it may refer to. */
struct defined_name {
    text_id name, formula; /* held */
    int64_t tab;           /* of its own sheet; -1: the workbook's */
    bool is_hidden;
};

/* A sheet of the workbook's list; some are none of ours (charts). */
struct tab {
    struct sheet *sheet; /* or NULL */
    char part[XLSX_PATH_BYTES];
};

struct reading {
    struct arrival arrival;
    struct archive *archive;
    struct xlsx_relations relations;
    struct xlsx_strings strings;
    struct xlsx_style_list styles;
    struct xlsx_tables *tables;
    struct tab *tabs;
    size_t tab_count, tab_capacity;
    int64_t active_tab;
    bool must_compute;          /* the file's values are not to be trusted */
    struct defined_name *names; /* an array of steppe/array.h */
    bool is_in_name;            /* the last of them is being read */
    struct gather text;
};

/* ---- sheets ---------------------------------------------------------------------------------- */

static bool is_worksheet(struct reading *reading, const struct xlsx_relation *relation,
                         const char *name)
{
    if (!relation) {
        losses_add(reading->arrival.losses, "sheets that are missing from the file", name);
        return false;
    }
    if (strcmp(relation->type, "worksheet") == 0)
        return true;
    losses_add(reading->arrival.losses,
               strcmp(relation->type, "chartsheet") == 0 ? "chart sheets"
                                                         : "sheets of another kind",
               name);
    return false;
}

static bool add_sheet(struct reading *reading, struct tab *tab, const char *name,
                      const char *const *attributes)
{
    const struct xlsx_relation *relation =
        xlsx_relation_by_id(&reading->relations, xml_attribute(attributes, "r:id"));
    const char *state = xml_attribute(attributes, "state");
    bool is_refused;
    if (!is_worksheet(reading, relation, name))
        return true;
    tab->sheet = arrival_sheet(&reading->arrival, name, &is_refused);
    if (!tab->sheet)
        return !is_refused;
    tab->sheet->is_hidden = state && strcmp(state, "visible") != 0;
    if (state && strcmp(state, "veryHidden") == 0)
        losses_add(reading->arrival.losses, "sheets that only macros can show", name);
    memcpy(tab->part, relation->target, sizeof tab->part);
    return true;
}

static bool start_sheet(struct reading *reading, const char *const *attributes)
{
    const char *name = xml_attribute(attributes, "name");
    if (reading->tab_count == TABS_MAX) {
        losses_add(reading->arrival.losses, "sheets beyond the 255th", name);
        return true;
    }
    if (!room_make((void **)&reading->tabs, &reading->tab_capacity, reading->tab_count,
                   sizeof *reading->tabs))
        return problem_out_of_memory(reading->arrival.problem);
    struct tab *tab = &reading->tabs[reading->tab_count++];
    *tab = (struct tab){.sheet = NULL};
    return add_sheet(reading, tab, name ? name : "", attributes);
}

/* ---- names ----------------------------------------------------------------------------------- */

static struct sheet *sheet_of_tab(const struct reading *reading, int64_t tab)
{
    return tab >= 0 && (uint64_t)tab < reading->tab_count ? reading->tabs[tab].sheet : NULL;
}

static bool start_name(struct reading *reading, const char *const *attributes)
{
    const char *name = xml_attribute(attributes, "name");
    name = name ? name : "";
    if (steppe_array_count(reading->names) == NAMES_MAX) {
        losses_add(reading->arrival.losses, "names beyond 65,535", name);
        return true;
    }
    struct defined_name *defined = steppe_array_push(reading->names);
    if (!defined)
        return arrival_say_refused(&reading->arrival);
    reading->is_in_name = true;
    gather_clear(&reading->text);
    *defined = (struct defined_name){
        .name = text_keep(reading->arrival.book->texts, name, strnlen(name, TEXT_BYTES_MAX)),
        .tab = xml_number(attributes, "localSheetId", -1),
        .is_hidden = xml_truth(attributes, "hidden", false)};
    return defined->name || arrival_say_refused(&reading->arrival);
}

static bool end_name(struct reading *reading)
{
    struct defined_name *defined = steppe_array_end(reading->names) - 1;
    struct value text = gather_trimmed(&reading->text);
    reading->is_in_name = false;
    defined->formula = text_keep(reading->arrival.book->texts, text.text, text.text_bytes);
    return defined->formula || arrival_say_refused(&reading->arrival);
}

static bool parse_name(struct reading *reading, const struct defined_name *defined,
                       const char *name, formula_id *formula)
{
    const struct sheet *sheet = sheet_of_tab(reading, defined->tab);
    struct xlsx_tables_place place = {.sheet = sheet};
    struct value text = text_value(reading->arrival.book->texts, defined->formula);
    char *resolved;
    /* Parsing keeps texts, and they may move then: a copy in any case. */
    if (!xlsx_references_resolve(&reading->arrival, reading->tables, &place, text, &resolved))
        return false;
    if (!resolved)
        resolved = strndup(text.text, text.text_bytes);
    if (!resolved)
        return problem_out_of_memory(reading->arrival.problem);
    bool is_parsed = arrival_formula(&reading->arrival,
                                     &(struct arrival_formula){.text = resolved,
                                                               .text_bytes = strlen(resolved),
                                                               .sheet = sheet,
                                                               .name = name,
                                                               .dialect = PARSE_EXCEL,
                                                               .may_unite = true},
                                     formula);
    free(resolved);
    return is_parsed;
}

static bool define_name(struct reading *reading, const struct defined_name *defined)
{
    struct text_pool *texts = reading->arrival.book->texts;
    const struct sheet *sheet = sheet_of_tab(reading, defined->tab);
    char name[4 * NAME_CHARACTERS_MAX + 1];
    size_t name_bytes;
    const char *bytes = text_bytes(texts, defined->name, &name_bytes);
    formula_id formula;
    if (name_bytes >= sizeof name) {
        losses_add(reading->arrival.losses, "names that are not allowed", NULL);
        return true;
    }
    memcpy(name, bytes, name_bytes); /* a copy, likewise */
    name[name_bytes] = '\0';
    if (defined->tab >= 0 && !sheet)
        return true; /* of a sheet that is lost, which was said */
    if (strcasecmp(name, "_xlnm._FilterDatabase") == 0)
        return true; /* the filter says the same */
    if (!parse_name(reading, defined, name, &formula))
        return false;
    return !formula ||
           arrival_name(&reading->arrival, name, name_bytes, sheet, formula, defined->is_hidden);
}

static bool define_names(struct reading *reading)
{
    for (uint64_t i = 0; i < steppe_array_count(reading->names); i++)
        if (!define_name(reading, &reading->names[i]))
            return false;
    return true;
}

static void drop_names(struct reading *reading)
{
    struct text_pool *texts = reading->arrival.book->texts;
    for (uint64_t i = 0; i < steppe_array_count(reading->names); i++) {
        text_drop(texts, reading->names[i].name);
        text_drop(texts, reading->names[i].formula);
    }
    (void)steppe_array_free(reading->names); /* it is one, or null */
}

/* ---- the workbook ---------------------------------------------------------------------------- */

static void start_computing(struct reading *reading, const char *const *attributes)
{
    struct book *book = reading->arrival.book;
    const char *mode = xml_attribute(attributes, "calcMode");
    book->is_manual = mode && strcmp(mode, "manual") == 0;
    reading->must_compute = xml_truth(attributes, "fullCalcOnLoad", false);
    if (!xml_truth(attributes, "fullPrecision", true))
        losses_add(reading->arrival.losses, "roundings to what is shown", NULL);
}

static bool on_start(void *context, const char *name, const char *const *attributes)
{
    struct reading *reading = context;
    if (strcmp(name, "sheet") == 0)
        return start_sheet(reading, attributes);
    if (strcmp(name, "definedName") == 0 && !reading->is_in_name)
        return start_name(reading, attributes);
    if (strcmp(name, "workbookPr") == 0)
        reading->arrival.book->is_1904 = xml_truth(attributes, "date1904", false);
    else if (strcmp(name, "workbookView") == 0 && reading->active_tab < 0)
        reading->active_tab = xml_number(attributes, "activeTab", 0);
    else if (strcmp(name, "calcPr") == 0)
        start_computing(reading, attributes);
    else if (strcmp(name, "workbookProtection") == 0 && *attributes)
        losses_add(reading->arrival.losses, "protections of the workbook", NULL);
    return true;
}

static bool on_end(void *context, const char *name)
{
    struct reading *reading = context;
    return strcmp(name, "definedName") != 0 || !reading->is_in_name || end_name(reading);
}

static bool on_text(void *context, const char *text, size_t text_bytes)
{
    struct reading *reading = context;
    if (reading->is_in_name)
        gather_add(&reading->text, text, text_bytes);
    return true;
}

static bool find_workbook(struct reading *reading, char part[XLSX_PATH_BYTES])
{
    struct xlsx_relations relations;
    struct problem *problem = reading->arrival.problem;
    if (!xlsx_relations_read(&relations, reading->archive, "", problem))
        return false;
    const char *target = xlsx_relation_target(&relations, "officeDocument");
    memcpy(part, "xl/workbook.xml", sizeof "xl/workbook.xml");
    if (target)
        memcpy(part, target, XLSX_PATH_BYTES);
    xlsx_relations_free(&relations);
    size_t length = strlen(part);
    if (length > 4 && strcasecmp(part + length - 4, ".bin") == 0)
        return problem_say(problem, "this is a binary workbook (.xlsb); save it as .xlsx");
    return archive_has(reading->archive, part) ||
           problem_say(problem, "this is no XLSX workbook: %s is missing", part);
}

static void count_parts(struct reading *reading)
{
    static const struct {
        const char *type, *what;
    } parts[] = {{"vbaProject", "macros"},
                 {"externalLink", "links to other workbooks"},
                 {"connections", "connections to data"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        losses_add_many(reading->arrival.losses, parts[i].what, NULL,
                        xlsx_relation_count(&reading->relations, parts[i].type));
}

static void choose_active(struct reading *reading)
{
    struct book *book = reading->arrival.book;
    const struct sheet *active = sheet_of_tab(reading, reading->active_tab);
    if (active)
        book->active = book_place_of(book, active);
}

static bool read_workbook(struct reading *reading)
{
    struct xml_handler handler = {
        .start = on_start, .end = on_end, .text = on_text, .context = reading};
    char part[XLSX_PATH_BYTES];
    if (!find_workbook(reading, part) ||
        !xlsx_relations_read(&reading->relations, reading->archive, part,
                             reading->arrival.problem) ||
        !xml_read_archive(reading->archive, part, &handler, NULL, "", reading->arrival.problem))
        return false;
    count_parts(reading);
    choose_active(reading);
    return reading->arrival.book->sheet_count ||
           problem_say(reading->arrival.problem, "the workbook has no sheet with cells");
}

/* ---- what sheets share ----------------------------------------------------------------------- */

/* NULL: there is none, or it is missing. */
static const char *find_part(const struct reading *reading, const char *type)
{
    const char *part = xlsx_relation_target(&reading->relations, type);
    if (!part || archive_has(reading->archive, part))
        return part;
    losses_add(reading->arrival.losses, "parts that are missing from the file", part);
    return NULL;
}

static bool read_shared(struct reading *reading)
{
    struct arrival *arrival = &reading->arrival;
    struct xlsx_colors colors;
    const char *theme = find_part(reading, "theme"), *styles = find_part(reading, "styles");
    const char *strings = find_part(reading, "sharedStrings");
    xlsx_colors_reset(&colors);
    if (theme)
        xlsx_colors_read_theme(&colors, reading->archive, theme);
    if (styles &&
        !xlsx_style_list_read(&reading->styles, &colors, arrival, reading->archive, styles))
        return false;
    return !strings || xlsx_strings_read(&reading->strings, arrival, reading->archive, strings);
}

static bool read_tab(struct reading *reading, const struct tab *tab)
{
    struct xlsx_cells_options options = {.arrival = &reading->arrival,
                                         .strings = &reading->strings,
                                         .styles = &reading->styles,
                                         .tables = reading->tables,
                                         .sheet = tab->sheet};
    if (!archive_has(reading->archive, tab->part)) {
        losses_add(reading->arrival.losses, "sheets that are missing from the file",
                   sheet_name(reading->arrival.book, tab->sheet));
        return true;
    }
    return xlsx_sheet_read(&options, reading->archive, tab->part) &&
           xlsx_extras_count(&reading->arrival, reading->archive, tab->part, tab->sheet);
}

static bool read_tables(struct reading *reading)
{
    for (size_t i = 0; i < reading->tab_count; i++)
        if (reading->tabs[i].sheet &&
            !xlsx_tables_read(reading->tables, reading->archive, reading->tabs[i].part,
                              reading->tabs[i].sheet))
            return false;
    return true;
}

static bool open_lists(struct reading *reading)
{
    steppe_options memory = {.budget = reading->arrival.book->budget, .name = "names read"};
    reading->tables = xlsx_tables_new(&reading->arrival);
    if (!reading->tables)
        return false;
    reading->names = steppe_array_new(struct defined_name, NAMES_MAX, &memory);
    return reading->names || arrival_say_refused(&reading->arrival);
}

static bool read_all(struct reading *reading)
{
    if (!open_lists(reading) || !read_workbook(reading) || !read_tables(reading) ||
        !define_names(reading) || !read_shared(reading))
        return false;
    for (size_t i = 0; i < reading->tab_count; i++)
        if (reading->tabs[i].sheet && !read_tab(reading, &reading->tabs[i]))
            return false;
    return true;
}

static void close_reading(struct reading *reading)
{
    struct book *book = reading->arrival.book;
    drop_names(reading);
    xlsx_tables_free(reading->tables);
    xlsx_strings_free(&reading->strings, book);
    xlsx_style_list_free(&reading->styles);
    xlsx_relations_free(&reading->relations);
    archive_close(reading->archive);
    arrival_end(&reading->arrival);
    free(reading->tabs);
    free(reading);
}

/* Formulas are looked at all together when they are there. */
static bool read_suspended(struct reading *reading, bool keep_stale)
{
    struct book *book = reading->arrival.book;
    recalculation_suspend(book->recalculation);
    bool is_read = read_all(reading);
    if (!recalculation_resume(book->recalculation) && is_read)
        return arrival_say_refused(&reading->arrival);
    if (is_read && reading->must_compute && !keep_stale)
        book_make_stale(book);
    return is_read;
}

bool xlsx_read(struct book *book, const char *path, const struct workfile_options *options,
               struct losses *losses, struct problem *problem)
{
    struct reading *reading = calloc(1, sizeof *reading);
    if (!reading)
        return problem_out_of_memory(problem);
    reading->active_tab = -1;
    bool is_read = arrival_begin(&reading->arrival, book, losses, options->progress, problem);
    if (is_read) {
        reading->archive = archive_open(path, problem);
        is_read = reading->archive && read_suspended(reading, options->keep_stale);
    }
    close_reading(reading);
    return is_read;
}
