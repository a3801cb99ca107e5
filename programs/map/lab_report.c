/* SPDX-License-Identifier: MIT */
/* lab_report.c - the lab for other programs: see lab_report.h. */
#include "map/lab_report.h"

#include "map/report.h"

#include "map/lab_pages.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char no_memory[] = "no memory for the report", not_written[] = "it cannot be written";

/* Walks are long in spite of their name. */
static bool next_run(struct lab_walk *walk, struct lab_run *run)
{
    *run = lab_walk_from(walk, run->first + run->count);
    return run->count != 0;
}

static bool is_alike(const struct lab_run *one, const struct lab_run *other)
{
    return one->is_committed == other->is_committed && one->is_resident == other->is_resident &&
           one->is_guard == other->is_guard;
}

/* Take runs that follow each other and are alike for one; each is handed over when it is whole. */
static bool walk_joined(const struct lab *lab, bool (*take)(const struct lab_run *, void *),
                        void *context)
{
    struct lab_walk *walk = malloc(sizeof *walk);
    struct lab_run run = {0}, joined = {0};
    bool is_good = walk != NULL;
    if (!walk)
        return false;
    lab_walk_begin(walk, lab, 0, lab->page_count);
    while (is_good && next_run(walk, &run)) {
        if (joined.count && is_alike(&joined, &run)) {
            joined.count += run.count;
            continue;
        }
        is_good = !joined.count || take(&joined, context);
        joined = run;
    }
    is_good = is_good && (!joined.count || take(&joined, context));
    free(walk);
    return is_good;
}

/* ---- JSON ----------------------------------------------------------------------------------- */

/* Unknown is null. */
static json_t *number_of(uint64_t number)
{
    return number <= INT64_MAX ? json_integer((json_int_t)number) : json_null();
}

static json_t *text_of(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *address_of(const void *address)
{
    char text[32];
    snprintf(text, sizeof text, "0x%" PRIxPTR, (uintptr_t)address);
    return address ? json_string(text) : json_null();
}

static bool put(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0;
}

static json_t *taken_now(void)
{
    struct timespec now;
    struct tm parts;
    char nanoseconds[32], text[32];
    json_t *taken = json_object();
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    snprintf(nanoseconds, sizeof nanoseconds, "%" PRIu64,
             (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    bool is_good = put(taken, "unix_ns", json_string(nanoseconds));
    is_good = put(taken, "text", json_string(text)) && is_good;
    if (is_good)
        return taken;
    json_decref(taken);
    return NULL;
}

static bool take_json_run(const struct lab_run *run, void *context)
{
    char letters[4];
    snprintf(letters, sizeof letters, "%s%s%s", run->is_committed ? "c" : "",
             run->is_resident ? "r" : "", run->is_guard ? "g" : "");
    if (!letters[0])
        return true;
    json_t *entry = json_array();
    bool is_good = json_array_append_new(entry, number_of(run->first)) == 0;
    is_good = json_array_append_new(entry, number_of(run->count)) == 0 && is_good;
    is_good = json_array_append_new(entry, json_string(letters)) == 0 && is_good;
    if (is_good)
        return json_array_append_new(context, entry) == 0;
    json_decref(entry);
    return false;
}

static bool put_slots(const struct lab *lab, json_t *runs)
{
    steppe_slots_run run = {0, 0};
    while (lab->slots && (run = steppe_slots_next_run(lab->slots, run.first + run.count)).count) {
        json_t *entry = json_array();
        bool is_good = json_array_append_new(entry, number_of(run.first)) == 0;
        is_good = json_array_append_new(entry, number_of(run.count)) == 0 && is_good;
        if (json_array_append_new(runs, entry) != 0 || !is_good)
            return false;
    }
    return true;
}

static bool put_log(const struct lab *lab, json_t *log)
{
    uint64_t first = lab->line_count > LAB_LOG_LINES ? lab->line_count - LAB_LOG_LINES : 0;
    for (uint64_t number = first + 1; number <= lab->line_count; number++) {
        const struct lab_line *line = lab_line_of(lab, number);
        json_t *entry = json_object();
        bool is_good = put(entry, "number", number_of(number));
        is_good = put(entry, "call", json_string(line->call)) && is_good;
        is_good = put(entry, "result", json_string(line->result)) && is_good;
        is_good = put(entry, "effect", json_string(line->effect)) && is_good;
        is_good = put(entry, "is_refused", json_boolean(line->is_refused)) && is_good;
        if (json_array_append_new(log, entry) != 0 || !is_good)
            return false;
    }
    return true;
}

static bool put_figures(const struct lab_figures *figures, json_t *object)
{
    const struct {
        const char *name;
        uint64_t value;
    } members[] = {
        {"reserved_bytes", figures->reserved_bytes},
        {"committed_bytes", figures->committed_bytes},
        {"resident_bytes", figures->resident_bytes},
        {"bookkeeping_bytes", figures->bookkeeping_bytes},
        {"slot_count", figures->slot_count},
        {"fault_count", figures->fault_count},
        {"os_call_count", figures->os_call_count},
        {"vma_count", figures->vma_count},
        {"refused_count", figures->refused_count},
        {"given_back_bytes", figures->given_back_bytes},
        {"collection_count", figures->collection_count},
        {"process_charged_bytes", figures->process_charged_bytes},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (!put(object, members[i].name, number_of(members[i].value)))
            return false;
    return true;
}

static bool put_budget(const struct lab_figures *figures, json_t *object)
{
    return put(object, "limit_bytes", number_of(figures->limit_bytes)) &&
           put(object, "charged_bytes", number_of(figures->charged_bytes));
}

static bool put_options(const struct lab *lab, const struct lab_figures *figures, json_t *object)
{
    const struct lab_options *options = &lab->options;
    const char *mechanism = lab->slots ? steppe_mechanism_name(figures->mechanism) : NULL;
    return put(object, "is_reserved", json_boolean(lab->slots != NULL)) &&
           put(object, "start", address_of(lab->slots)) &&
           put(object, "slot_max", number_of(options->slot_max)) &&
           put(object, "slot_bytes", number_of(options->slot_bytes)) &&
           put(object, "page_bytes", number_of(lab->page_bytes)) &&
           put(object, "page_count", number_of(lab->page_count)) &&
           put(object, "strategy", text_of(lab_strategy_name(options->strategy))) &&
           put(object, "give_back", text_of(lab_give_back_name(options->give_back))) &&
           put(object, "mechanism_wanted", text_of(steppe_mechanism_name(options->mechanism))) &&
           put(object, "mechanism", text_of(mechanism)) &&
           put(object, "why", text_of(figures->why)) &&
           put(object, "strict", json_boolean(options->is_strict)) &&
           put(object, "background", json_boolean(lab->collector != NULL));
}

/* An empty container that belongs to its owner from the start. */
static json_t *put_new(json_t *owner, const char *name, json_t *value)
{
    return put(owner, name, value) ? value : NULL;
}

static bool put_lab(const struct lab *lab, json_t *object)
{
    struct lab_figures figures = lab_figures_of(lab);
    json_t *figures_part, *budget, *pages, *slots, *log;
    return put_options(lab, &figures, object) &&
           (budget = put_new(object, "budget", json_object())) && put_budget(&figures, budget) &&
           (figures_part = put_new(object, "figures", json_object())) &&
           put_figures(&figures, figures_part) &&
           (pages = put_new(object, "pages", json_array())) &&
           walk_joined(lab, take_json_run, pages) &&
           (slots = put_new(object, "in_use", json_array())) && put_slots(lab, slots) &&
           (log = put_new(object, "log", json_array())) && put_log(lab, log);
}

static json_t *document_of(const struct lab *lab)
{
    json_t *document = json_object(), *object;
    bool is_good = put(document, "format", json_string("steppe-map")) &&
                   put(document, "version", json_integer(1)) &&
                   put(document, "kind", json_string("lab")) &&
                   put(document, "taken", taken_now()) &&
                   (object = put_new(document, "lab", json_object())) && put_lab(lab, object);
    if (is_good)
        return document;
    json_decref(document);
    return NULL;
}

const char *lab_report_json(const struct lab *lab, FILE *output)
{
    json_t *document = document_of(lab);
    if (!document)
        return no_memory;
    bool is_written = json_dumpf(document, output, JSON_INDENT(1)) == 0 &&
                      fputc('\n', output) != EOF && fflush(output) == 0;
    json_decref(document);
    return is_written ? NULL : not_written;
}

/* ---- CSV ------------------------------------------------------------------------------------ */

struct csv {
    const struct lab *lab;
    FILE *output;
};

static const char *state_of(const struct lab_run *run)
{
    if (!run->is_committed)
        return "reserved";
    if (run->is_guard)
        return "guard";
    return run->is_resident ? "resident" : "committed";
}

/* Structures in use that lie on the pages, with parts at least. */
static uint64_t used_on(const struct lab *lab, const struct lab_run *run)
{
    uint64_t used = 0, slot = run->first * lab->page_bytes / lab->options.slot_bytes;
    uint64_t end_byte = (run->first + run->count) * lab->page_bytes;
    uint64_t end = (end_byte - 1) / lab->options.slot_bytes + 1;
    for (steppe_slots_run in_use = steppe_slots_next_run(lab->slots, slot);
         in_use.count && in_use.first < end;
         in_use = steppe_slots_next_run(lab->slots, in_use.first + in_use.count))
        used += in_use.count < end - in_use.first ? in_use.count : end - in_use.first;
    return used;
}

static bool take_csv_run(const struct lab_run *run, void *context)
{
    struct csv *csv = context;
    return fprintf(csv->output, "%" PRIu64 ",%" PRIu64 ",%s,%" PRIu64 "\n", run->first, run->count,
                   state_of(run), used_on(csv->lab, run)) > 0;
}

const char *lab_report_csv(const struct lab *lab, FILE *output)
{
    struct csv csv = {lab, output};
    bool is_written = fputs("first_page,page_count,state,slots_in_use\n", output) != EOF;
    if (is_written && !lab->slots)
        is_written = fprintf(output, "0,%" PRIu64 ",free,0\n", lab->page_count) > 0;
    else if (is_written)
        is_written = walk_joined(lab, take_csv_run, &csv);
    return is_written && fflush(output) == 0 ? NULL : not_written;
}

static bool write_json(FILE *stream, const void *context)
{
    return lab_report_json(context, stream) == NULL;
}

bool lab_report_html(const struct lab *lab, const char *path, struct problem *problem)
{
    return report_save(path, write_json, lab, problem);
}
