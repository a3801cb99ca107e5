/* SPDX-License-Identifier: MIT */
/*
 * xlsx_strings.c - shared strings: see xlsx_strings.h.
 *
 * <sst> <si> <t>text</t> </si>
 *       <si> <r><rPr>...</rPr><t>some</t></r> <r><t>thing</t></r> <rPh><t>furigana</t></rPh> </si>
 */
#include "sheet/files/xlsx_strings.h"

#include <stdlib.h>
#include <string.h>

#include <steppe/array.h>

#include "sheet/book/gather.h"
#include "sheet/files/xml.h"

enum { STRINGS_MAX = 1 << 28 };

struct reading {
    struct xlsx_strings *strings;
    struct arrival *arrival;
    bool is_in_text, is_in_phonetic, has_runs;
    uint64_t cut_count, run_count;
    struct gather gather;
};

static bool on_start(void *context, const char *name, const char *const *attributes)
{
    struct reading *reading = context;
    (void)attributes;
    if (strcmp(name, "t") == 0) {
        reading->is_in_text = !reading->is_in_phonetic;
    } else if (strcmp(name, "si") == 0) {
        gather_clear(&reading->gather);
        reading->has_runs = false;
    } else if (strcmp(name, "rPh") == 0) {
        reading->is_in_phonetic = true;
    } else if (strcmp(name, "rPr") == 0) {
        reading->has_runs = true;
    }
    return true;
}

static bool add_string(struct reading *reading)
{
    struct xlsx_strings *strings = reading->strings;
    gather_unescape(&reading->gather);
    struct value text = gather_text(&reading->gather);
    text_id *place = steppe_array_push(strings->texts);
    if (!place)
        return arrival_say_refused(reading->arrival);
    *place = text_keep(reading->arrival->book->texts, text.text, text.text_bytes);
    if (!*place)
        return arrival_say_refused(reading->arrival);
    strings->count++;
    reading->cut_count += reading->gather.is_cut;
    reading->run_count += reading->has_runs;
    return true;
}

static bool on_end(void *context, const char *name)
{
    struct reading *reading = context;
    if (strcmp(name, "t") == 0)
        reading->is_in_text = false;
    else if (strcmp(name, "rPh") == 0)
        reading->is_in_phonetic = false;
    else if (strcmp(name, "si") == 0)
        return add_string(reading);
    return true;
}

static bool on_text(void *context, const char *text, size_t text_bytes)
{
    struct reading *reading = context;
    if (reading->is_in_text)
        gather_add(&reading->gather, text, text_bytes);
    return true;
}

static bool open_array(struct xlsx_strings *strings, struct arrival *arrival)
{
    steppe_options memory = {.budget = arrival->book->budget, .name = "shared strings"};
    strings->texts = steppe_array_new(text_id, STRINGS_MAX, &memory);
    return strings->texts || arrival_say_refused(arrival);
}

bool xlsx_strings_read(struct xlsx_strings *strings, struct arrival *arrival,
                       struct archive *archive, const char *part)
{
    struct reading *reading = malloc(sizeof *reading);
    *strings = (struct xlsx_strings){.count = 0};
    if (!reading)
        return problem_out_of_memory(arrival->problem);
    reading->strings = strings;
    reading->arrival = arrival;
    reading->is_in_text = reading->is_in_phonetic = reading->has_runs = false;
    reading->cut_count = reading->run_count = 0;
    gather_clear(&reading->gather);
    struct xml_handler handler = {
        .start = on_start, .end = on_end, .text = on_text, .context = reading};
    bool is_read =
        open_array(strings, arrival) && xml_read_archive(archive, part, &handler, arrival->progress,
                                                         "reading texts", arrival->problem);
    losses_add_many(arrival->losses, "texts in several formats", NULL, reading->run_count);
    losses_add_many(arrival->losses, "texts beyond 32,767 characters", NULL, reading->cut_count);
    free(reading);
    return is_read;
}

void xlsx_strings_free(struct xlsx_strings *strings, struct book *book)
{
    for (uint64_t i = 0; i < strings->count; i++)
        text_drop(book->texts, strings->texts[i]);
    (void)steppe_array_free(strings->texts); /* it is one, or null */
    *strings = (struct xlsx_strings){.count = 0};
}
