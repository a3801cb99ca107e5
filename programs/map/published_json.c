/* SPDX-License-Identifier: MIT */
/* published_json.c - what a process publishes, as JSON (docs/map-format.md): see published.h. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include <steppe/region.h>

#include "map/published.h"

static json_t *number(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *limit(uint64_t value)
{
    return value == STEPPE_NO_LIMIT ? json_null() : number(value);
}

static json_t *hexadecimal(uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "0x%" PRIx64, value);
    return json_string(text);
}

/* Takes the member, and tells whether all is well so far. */
static bool put(json_t *object, const char *name, json_t *member)
{
    return json_object_set_new(object, name, member) == 0;
}

static json_t *runs_json(const struct published_runs *runs)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < runs->count; i++) {
        json_t *run = json_array();
        bool is_done = run && json_array_append_new(run, number(runs->runs[i].first)) == 0 &&
                       json_array_append_new(run, number(runs->runs[i].count)) == 0 &&
                       json_array_append(array, run) == 0;
        json_decref(run);
        if (!is_done) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static uint64_t fault_count(const uint64_t *counts)
{
    uint64_t sum = 0;
    for (int count = 0; count <= STEPPE_PUBLISHED_FAULT_NOTE; count++)
        if (__builtin_add_overflow(sum, counts[count], &sum))
            return UINT64_MAX;
    return sum;
}

static const char *policy_name(uint32_t on_fault)
{
    static const char *const names[] = {
        [STEPPE_RAISE] = "raise", [STEPPE_COMMIT] = "commit", [STEPPE_ASK] = "ask"};
    return on_fault < sizeof names / sizeof *names ? names[on_fault] : "?";
}

static const char *kind_name(enum steppe_published_kind kind)
{
    return kind == STEPPE_PUBLISHED_SLOTS        ? "slots"
           : kind == STEPPE_PUBLISHED_SLOTS_BITS ? "slots-bits"
                                                 : "plain";
}

static json_t *protection_json(uint32_t protection)
{
    static const char *const names[] = {"rw", "r", "-", "x", "rx", "rwx"};
    uint32_t plain = protection & ~(uint32_t)STEPPE_GUARD;
    char text[16];
    snprintf(text, sizeof text, "%s%s", plain < sizeof names / sizeof *names ? names[plain] : "?",
             protection & STEPPE_GUARD ? "+guard" : "");
    return json_string(text);
}

static json_t *budget_json(const struct published_reservation *r)
{
    if (!r->has_budget)
        return json_null();
    json_t *object = json_object();
    if (put(object, "number", number(r->budget_number)) &&
        put(object, "charged_bytes", number(r->budget.committed_bytes)) &&
        put(object, "limit_bytes", limit(r->budget.limit_bytes)))
        return object;
    json_decref(object);
    return NULL;
}

static json_t *slots_json(const struct published_reservation *r)
{
    if (!r->has_slots)
        return json_null();
    json_t *object = json_object();
    if (put(object, "start", hexadecimal(r->slots_base)) &&
        put(object, "slot_bytes", number(r->slot_bytes)) &&
        put(object, "slot_max", number(r->slot_max)) &&
        put(object, "slot_count", r->has_slot_bits ? number(r->slot_count) : json_null()) &&
        put(object, "in_use", runs_json(&r->in_use)))
        return object;
    json_decref(object);
    return NULL;
}

static bool put_counts(json_t *object, const uint64_t *counts)
{
    return put(object, "fault_count", number(fault_count(counts))) &&
           put(object, "fault_commit_count", number(counts[STEPPE_PUBLISHED_FAULT_COMMIT])) &&
           put(object, "commit_count", number(counts[STEPPE_PUBLISHED_COMMIT])) &&
           put(object, "decommit_count", number(counts[STEPPE_PUBLISHED_DECOMMIT])) &&
           put(object, "refused_count", number(counts[STEPPE_PUBLISHED_REFUSED])) &&
           put(object, "os_call_count", number(counts[STEPPE_PUBLISHED_OS_CALL]));
}

static bool put_charge(json_t *object, const steppe_published_charge *charge)
{
    return put(object, "committed_bytes", number(charge->committed_bytes)) &&
           put(object, "committed_peak_bytes", number(charge->committed_peak_bytes)) &&
           put(object, "limit_bytes", limit(charge->limit_bytes));
}

static json_t *reservation_json(const struct published_reservation *r)
{
    json_t *object = json_object();
    const char *mechanism = steppe_mechanism_name((steppe_mechanism)r->mechanism);
    if (put(object, "name", json_string(r->name)) && put(object, "start", hexadecimal(r->base)) &&
        put(object, "size_bytes", number(r->size_bytes)) &&
        put(object, "page_bytes", number(r->page_bytes)) &&
        put(object, "tag", hexadecimal(r->tag)) &&
        put(object, "kind", json_string(kind_name(r->kind))) &&
        put(object, "mechanism", json_string(mechanism)) &&
        put(object, "policy", json_string(policy_name(r->on_fault))) &&
        put(object, "protection", protection_json(r->protection)) &&
        put_charge(object, &r->charge) && put(object, "budget", budget_json(r)) &&
        put_counts(object, r->counts) && put(object, "committed", runs_json(&r->committed)) &&
        put(object, "slots", slots_json(r)))
        return object;
    json_decref(object);
    return NULL;
}

static json_t *reservations_json(const struct published_description *d)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < d->reservation_count; i++)
        if (json_array_append_new(array, reservation_json(&d->reservations[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

struct json_t *published_json(const struct published_description *d)
{
    json_t *object = json_object();
    uint64_t count = d->reservation_count;
    if (__builtin_add_overflow(count, d->not_described_count, &count) ||
        __builtin_add_overflow(count, d->inherited_count, &count))
        count = UINT64_MAX;
    if (put_charge(object, &d->charge) && put_counts(object, d->counts) &&
        put(object, "reservation_count", number(count)) &&
        put(object, "not_described_count", number(d->not_described_count)) &&
        put(object, "inherited_count", number(d->inherited_count)) &&
        put(object, "missing_page_count", number(d->missing_page_count)) &&
        put(object, "torn_count", number(d->torn_count)) &&
        put(object, "damaged_count", number(d->damaged_count)) &&
        put(object, "is_cut", json_boolean(d->is_cut)) &&
        put(object, "reservations", reservations_json(d)))
        return object;
    json_decref(object);
    return NULL;
}
