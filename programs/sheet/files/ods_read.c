/* SPDX-License-Identifier: MIT */
/*
 * ods_read.c - OpenDocument spreadsheets, as an archive (ODS) or as one file (FODS): see
 * workfile.h.
 *
 *   ODS   META-INF/manifest.xml  is it encrypted?       FODS  <office:document>
 *         styles.xml             <office:styles>                <office:settings>
 *         content.xml            <office:automatic-styles>      <office:styles>
 *                                <office:body>                  <office:automatic-styles>
 *         settings.xml           <office:settings>              <office:body>
 *
 * Each of these elements stands in the root of its file, whichever that is: one handler reads all
 * files. Styles are settled when the body begins. Those of styles.xml that are called automatic are
 * of pages, and may have the names of the body's.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sheet/book/arrival.h"
#include "sheet/book/recalculate.h"
#include "sheet/files/ods_settings.h"
#include "sheet/files/ods_styles.h"
#include "sheet/files/ods_table.h"
#include "sheet/files/workfile.h"
#include "sheet/files/xml.h"

enum section {
    SECTION_OTHER,
    SECTION_SETTINGS,
    SECTION_STYLES,
    SECTION_BODY,
    SECTION_SCRIPTS,
};
enum depth { DEPTH_ROOT = 1, DEPTH_SECTION, DEPTH_WITHIN };

struct reading {
    struct arrival arrival;
    struct ods_styles *styles;
    struct ods_settings *settings;
    struct ods_tables *tables;
    unsigned depth;
    enum section section;
    bool is_spreadsheet; /* the body is one */
    bool has_body;
    bool skips_automatic; /* styles of pages */
    bool has_macros;
};

/* ---- one file -------------------------------------------------------------------------------- */

static enum section section_of(const struct reading *reading, const char *name)
{
    if (strcmp(name, "settings") == 0)
        return SECTION_SETTINGS;
    if (strcmp(name, "styles") == 0)
        return SECTION_STYLES;
    if (strcmp(name, "automatic-styles") == 0)
        return reading->skips_automatic ? SECTION_OTHER : SECTION_STYLES;
    if (strcmp(name, "body") == 0)
        return SECTION_BODY;
    return strcmp(name, "scripts") == 0 ? SECTION_SCRIPTS : SECTION_OTHER;
}

static bool start_section(struct reading *reading, const char *name)
{
    reading->section = section_of(reading, name);
    if (reading->section != SECTION_BODY)
        return true;
    if (reading->has_body)
        return problem_say(reading->arrival.problem, "the file has two bodies");
    reading->has_body = true;
    return ods_styles_settle(reading->styles);
}

static bool start_in_body(struct reading *reading, const char *name, const char *const *attributes)
{
    if (reading->depth > DEPTH_WITHIN)
        return ods_tables_on_start(reading->tables, name, attributes);
    reading->is_spreadsheet = strcmp(name, "spreadsheet") == 0;
    return reading->is_spreadsheet ||
           problem_say(reading->arrival.problem, "this is no spreadsheet (office:%s)", name);
}

static bool on_start(void *context, const char *name, const char *const *attributes)
{
    struct reading *reading = context;
    reading->depth++;
    if (reading->depth == DEPTH_ROOT)
        return true;
    if (reading->depth == DEPTH_SECTION)
        return start_section(reading, name);
    switch (reading->section) {
    case SECTION_SETTINGS:
        return ods_settings_on_start(reading->settings, name, attributes);
    case SECTION_STYLES:
        return ods_styles_on_start(reading->styles, name, attributes);
    case SECTION_BODY:
        return start_in_body(reading, name, attributes);
    case SECTION_SCRIPTS:
        reading->has_macros = reading->has_macros || strcmp(name, "module") == 0;
        break;
    case SECTION_OTHER:
        break;
    }
    return true;
}

static bool on_end(void *context, const char *name)
{
    struct reading *reading = context;
    unsigned depth = reading->depth--;
    if (depth <= DEPTH_SECTION)
        return true;
    switch (reading->section) {
    case SECTION_SETTINGS:
        return ods_settings_on_end(reading->settings, name);
    case SECTION_STYLES:
        return ods_styles_on_end(reading->styles, name);
    case SECTION_BODY:
        return depth == DEPTH_WITHIN || ods_tables_on_end(reading->tables, name);
    case SECTION_SCRIPTS:
    case SECTION_OTHER:
        break;
    }
    return true;
}

static bool on_text(void *context, const char *text, size_t text_bytes)
{
    struct reading *reading = context;
    if (reading->depth <= DEPTH_SECTION)
        return true;
    if (reading->section == SECTION_SETTINGS)
        ods_settings_on_text(reading->settings, text, text_bytes);
    else if (reading->section == SECTION_STYLES)
        ods_styles_on_text(reading->styles, text, text_bytes);
    else if (reading->section == SECTION_BODY)
        ods_tables_on_text(reading->tables, text, text_bytes);
    return true;
}

static struct xml_handler handler_of(struct reading *reading)
{
    reading->depth = 0;
    reading->section = SECTION_OTHER;
    return (struct xml_handler){
        .start = on_start, .end = on_end, .text = on_text, .context = reading};
}

/* ---- archives -------------------------------------------------------------------------------- */

static bool on_manifest(void *context, const char *name, const char *const *attributes)
{
    bool *is_encrypted = context;
    (void)attributes;
    *is_encrypted = *is_encrypted || strcmp(name, "encryption-data") == 0;
    return true;
}

static bool on_manifest_end(void *context, const char *name)
{
    (void)context;
    (void)name;
    return true;
}

static bool is_encrypted(struct archive *archive)
{
    static const char manifest[] = "META-INF/manifest.xml";
    bool found = false;
    struct xml_handler handler = {.start = on_manifest, .end = on_manifest_end, .context = &found};
    struct problem ignored;
    if (archive_has(archive, manifest)) /* what cannot be read says nothing */
        (void)xml_read_archive(archive, manifest, &handler, NULL, "", &ignored);
    return found;
}

static bool read_part(struct reading *reading, struct archive *archive, const char *part,
                      const char *doing)
{
    struct xml_handler handler = handler_of(reading);
    return xml_read_archive(archive, part, &handler, reading->arrival.progress, doing,
                            reading->arrival.problem);
}

static void count_parts(const struct reading *reading, const struct archive *archive)
{
    static const char macros[] = "Basic/", library[] = "script-lb.xml";
    size_t macro_count = 0;
    for (size_t i = 0; i < archive_count(archive); i++) {
        const char *name = archive_name(archive, i);
        macro_count += strncmp(name, macros, sizeof macros - 1) == 0 && strstr(name, ".xml") &&
                       !strstr(name, library) && !strstr(name, "script-lc.xml");
    }
    losses_add_many(reading->arrival.losses, "macros", NULL, macro_count);
}

static bool read_archive(struct reading *reading, struct archive *archive)
{
    struct problem *problem = reading->arrival.problem;
    if (!archive_has(archive, "content.xml"))
        return problem_say(problem, "this is no OpenDocument file: content.xml is missing");
    if (is_encrypted(archive))
        return problem_say(problem, "the file has a password; save it without one");
    reading->skips_automatic = true;
    if (archive_has(archive, "styles.xml") &&
        !read_part(reading, archive, "styles.xml", "reading styles"))
        return false;
    reading->skips_automatic = false;
    if (!read_part(reading, archive, "content.xml", "reading sheets"))
        return false;
    count_parts(reading, archive);
    return !archive_has(archive, "settings.xml") ||
           read_part(reading, archive, "settings.xml", "reading settings");
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bool begins_as_archive(const char *path)
{
    char start[2] = {0};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    bool is_archive = pread(descriptor, start, sizeof start, 0) == (ssize_t)sizeof start &&
                      memcmp(start, "PK", sizeof start) == 0;
    (void)close(descriptor); /* only read */
    return is_archive;
}

static bool read_file(struct reading *reading, const char *path)
{
    if (!begins_as_archive(path)) {
        struct xml_handler handler = handler_of(reading);
        return xml_read_file(path, &handler, reading->arrival.progress, "reading sheets",
                             reading->arrival.problem);
    }
    struct archive *archive = archive_open(path, reading->arrival.problem);
    if (!archive)
        return false;
    bool is_read = read_archive(reading, archive);
    archive_close(archive);
    return is_read;
}

static bool read_all(struct reading *reading, const char *path)
{
    struct problem *problem = reading->arrival.problem;
    if (!read_file(reading, path))
        return false;
    if (!reading->has_body || !reading->is_spreadsheet)
        return problem_say(problem, "this is no spreadsheet of OpenDocument");
    if (!reading->arrival.book->sheet_count)
        return problem_say(problem, "the workbook has no sheet");
    if (reading->has_macros)
        losses_add(reading->arrival.losses, "macros", NULL);
    ods_settings_apply(reading->settings);
    return true;
}

static bool open_parts(struct reading *reading)
{
    reading->styles = ods_styles_new(&reading->arrival);
    if (reading->styles)
        reading->settings = ods_settings_new(&reading->arrival);
    if (reading->settings)
        reading->tables = ods_tables_new(&reading->arrival, reading->styles);
    return reading->tables != NULL;
}

bool ods_read(struct book *book, const char *path, const struct workfile_options *options,
              struct losses *losses, struct problem *problem)
{
    struct reading reading = {.depth = 0};
    bool is_read = arrival_begin(&reading.arrival, book, losses, options->progress, problem);
    if (is_read) {
        recalculation_suspend(book->recalculation);
        is_read = open_parts(&reading) && read_all(&reading, path);
        if (!recalculation_resume(book->recalculation) && is_read)
            is_read = arrival_say_refused(&reading.arrival);
    }
    ods_tables_end(reading.tables);
    ods_settings_free(reading.settings);
    ods_styles_free(reading.styles);
    arrival_end(&reading.arrival);
    return is_read;
}
