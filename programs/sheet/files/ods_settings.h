/* SPDX-License-Identifier: MIT */
/*
 * ods_settings.h - what an OpenDocument file says of its view: frozen lines, cursors, the active
 * sheet. It may come before the sheets, so it is remembered, and given to them at the end.
 */
#ifndef STEPPE_SHEET_ODS_SETTINGS_H
#define STEPPE_SHEET_ODS_SETTINGS_H

#include "sheet/book/arrival.h"
#include "sheet/book/gather.h"

/* One sheet's. */
struct ods_view {
    text_id name; /* held */
    bool is_frozen_row, is_frozen_column;
    struct position frozen, cursor;
};

struct ods_settings {
    struct arrival *arrival;
    struct ods_view *views; /* malloc'd: SHEETS_MAX of them */
    size_t count;
    text_id active; /* held, or 0 */
    unsigned depth, tables_depth;
    bool is_first_view_over;
    char item[32]; /* the name of the one being read, or "" */
    struct gather text;
};

/* NULL with a sentence. */
struct ods_settings *ods_settings_new(struct arrival *arrival);
void ods_settings_free(struct ods_settings *settings);

/* For each element and text within <office:settings>. false with a sentence: memory was refused. */
bool ods_settings_on_start(struct ods_settings *settings, const char *name,
                           const char *const *attributes);
bool ods_settings_on_end(struct ods_settings *settings, const char *name);
void ods_settings_on_text(struct ods_settings *settings, const char *text, size_t text_bytes);

/* To the sheets, which are there by now. */
void ods_settings_apply(const struct ods_settings *settings);

#endif
