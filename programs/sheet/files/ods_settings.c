/* SPDX-License-Identifier: MIT */
/*
 * ods_settings.c - the view's settings in OpenDocument: see ods_settings.h.
 *
 * <config:config-item-map-indexed config:name="Views">
 *   <config:config-item-map-entry>
 *     <config:config-item-map-named config:name="Tables">
 *       <config:config-item-map-entry config:name="Sheet1">
 *         <config:config-item config:name="VerticalSplitMode">2</config:config-item> ...
 *     <config:config-item config:name="ActiveTable">Sheet1</config:config-item>
 *
 * The first view counts.
 */
#include "sheet/files/ods_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/files/xml.h"

enum { MODE_FROZEN = 2 };

struct ods_settings *ods_settings_new(struct arrival *arrival)
{
    struct ods_settings *settings = calloc(1, sizeof *settings);
    if (settings)
        settings->views = calloc(SHEETS_MAX, sizeof *settings->views);
    if (settings && settings->views) {
        settings->arrival = arrival;
        return settings;
    }
    free(settings);
    (void)problem_out_of_memory(arrival->problem);
    return NULL;
}

void ods_settings_free(struct ods_settings *settings)
{
    if (!settings)
        return;
    struct text_pool *texts = settings->arrival->book->texts;
    for (size_t i = 0; i < settings->count; i++)
        text_drop(texts, settings->views[i].name);
    text_drop(texts, settings->active);
    free(settings->views);
    free(settings);
}

static bool keep(struct ods_settings *settings, const char *text, size_t text_bytes, text_id *kept)
{
    struct text_pool *texts = settings->arrival->book->texts;
    text_drop(texts, *kept);
    *kept = text_keep(texts, text, text_bytes);
    return *kept || arrival_say_refused(settings->arrival);
}

static bool start_view(struct ods_settings *settings, const char *const *attributes)
{
    const char *name = xml_attribute(attributes, "name");
    if (!name || settings->count == SHEETS_MAX)
        return true;
    struct ods_view *view = &settings->views[settings->count++];
    *view = (struct ods_view){.name = 0};
    return keep(settings, name, strnlen(name, TEXT_BYTES_MAX), &view->name);
}

bool ods_settings_on_start(struct ods_settings *settings, const char *name,
                           const char *const *attributes)
{
    const char *called = xml_attribute(attributes, "name");
    settings->depth++;
    settings->item[0] = '\0';
    if (settings->is_first_view_over)
        return true;
    if (strcmp(name, "config-item-map-named") == 0 && called && strcmp(called, "Tables") == 0) {
        settings->tables_depth = settings->depth;
    } else if (strcmp(name, "config-item-map-entry") == 0 && settings->tables_depth) {
        if (settings->depth == settings->tables_depth + 1)
            return start_view(settings, attributes);
    } else if (strcmp(name, "config-item") == 0 && called) {
        (void)snprintf(settings->item, sizeof settings->item, "%s", called); /* longer: unknown */
        gather_clear(&settings->text);
    }
    return true;
}

static uint32_t line_of(struct gather *text, uint32_t limit)
{
    struct value value = gather_trimmed(text);
    double number;
    if (!value_parse_number(value.text, value.text_bytes, &number) || !(number > 0))
        return 0;
    return number < limit ? (uint32_t)number : limit - 1;
}

static void read_item(struct ods_settings *settings, struct ods_view *view)
{
    const char *item = settings->item;
    if (strcmp(item, "HorizontalSplitMode") == 0)
        view->is_frozen_column = line_of(&settings->text, COLUMNS) == MODE_FROZEN;
    else if (strcmp(item, "VerticalSplitMode") == 0)
        view->is_frozen_row = line_of(&settings->text, ROWS) == MODE_FROZEN;
    else if (strcmp(item, "HorizontalSplitPosition") == 0)
        view->frozen.column = line_of(&settings->text, COLUMNS);
    else if (strcmp(item, "VerticalSplitPosition") == 0)
        view->frozen.row = line_of(&settings->text, ROWS);
    else if (strcmp(item, "CursorPositionX") == 0)
        view->cursor.column = line_of(&settings->text, COLUMNS);
    else if (strcmp(item, "CursorPositionY") == 0)
        view->cursor.row = line_of(&settings->text, ROWS);
}

bool ods_settings_on_end(struct ods_settings *settings, const char *name)
{
    bool is_kept = true;
    if (settings->item[0] && settings->tables_depth && settings->count) {
        read_item(settings, &settings->views[settings->count - 1]);
    } else if (strcmp(settings->item, "ActiveTable") == 0) {
        struct value text = gather_trimmed(&settings->text);
        is_kept = keep(settings, text.text, text.text_bytes, &settings->active);
    }
    settings->item[0] = '\0';
    if (settings->tables_depth == settings->depth)
        settings->tables_depth = 0;
    if (strcmp(name, "config-item-map-indexed") == 0 && settings->count)
        settings->is_first_view_over = true;
    settings->depth--;
    return is_kept;
}

void ods_settings_on_text(struct ods_settings *settings, const char *text, size_t text_bytes)
{
    if (settings->item[0])
        gather_add(&settings->text, text, text_bytes);
}

static struct sheet *find_sheet(const struct ods_settings *settings, text_id name)
{
    size_t name_bytes;
    const char *text = text_bytes(settings->arrival->book->texts, name, &name_bytes);
    return name ? book_find_sheet(settings->arrival->book, text, name_bytes) : NULL;
}

void ods_settings_apply(const struct ods_settings *settings)
{
    struct book *book = settings->arrival->book;
    for (size_t i = 0; i < settings->count; i++) {
        const struct ods_view *view = &settings->views[i];
        struct sheet *sheet = find_sheet(settings, view->name);
        if (!sheet)
            continue;
        sheet->frozen.row = view->is_frozen_row ? view->frozen.row : 0;
        sheet->frozen.column = view->is_frozen_column ? view->frozen.column : 0;
        sheet->cursor = view->cursor;
    }
    const struct sheet *active = find_sheet(settings, settings->active);
    if (active)
        book->active = book_place_of(book, active);
}
