/* SPDX-License-Identifier: MIT */
/* target.c - a process or a snapshot, and what was published: see target.h. */
#include "map/target.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/human.h"
#include "map/published.h"
#include "map/snapshot.h"

/* What the library keeps of slots lies in a reservation of its own, of the name of the slots; and
 * slots without a name are told by their size. Arrays, arenas and plain memory look alike. */
struct bits_name {
    char text[STEPPE_PUBLISHED_NAME_BYTES + 32];
};

/* Where reservations are, so that the next look takes each as one region. */
struct places {
    struct process_reservation *reservations;
    size_t count;
    struct bits_name *names; /* one for each, which need not be used */
};

static const char *name_of(const struct published_reservation *reservation, struct bits_name *room)
{
    bool has_name = *reservation->name != 0;
    if (!has_name && reservation->has_slots) {
        (void)snprintf(room->text, sizeof room->text, "(no name), slots of %s",
                       human_bytes(reservation->slot_bytes).text);
        return room->text;
    }
    if (reservation->kind != STEPPE_PUBLISHED_SLOTS_BITS)
        return reservation->name;
    if (!has_name)
        return "steppe: bits of slots";
    (void)snprintf(room->text, sizeof room->text, "steppe: bits of slots (%s)", reservation->name);
    return room->text;
}

static void free_places(struct places *places)
{
    free(places->reservations);
    free(places->names);
    *places = (struct places){0};
}

/* description may be NULL: there are none. False: out of memory. It is valid as long as the
 * description. */
static bool list_places(struct places *places, const struct published_description *description)
{
    size_t count = description ? description->reservation_count : 0;
    *places = (struct places){calloc(count + 1, sizeof *places->reservations), count,
                              calloc(count + 1, sizeof *places->names)};
    if (!places->reservations || !places->names) {
        free_places(places);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct published_reservation *one = &description->reservations[i];
        places->reservations[i] = (struct process_reservation){
            .start = one->base,
            .size_bytes = one->size_bytes,
            .committed_bytes = one->charge.committed_bytes,
            .name = name_of(one, &places->names[i]),
        };
    }
    return true;
}

static bool tell_reservations(struct target *target,
                              const struct published_description *description)
{
    struct places places;
    if (!list_places(&places, description))
        return false;
    bool is_told = process_set_reservations(target->process, places.reservations, places.count);
    free_places(&places);
    return is_told;
}

static void keep_published(struct target *target, struct json_t *steppe)
{
    json_decref(target->steppe);
    target->steppe = steppe;
}

/* Why it cannot be read is no reason to show nothing of the process. What was read last stays when
 * the process has ended: its own reader will say so. NULL: nothing is published. */
static const struct published_description *read_published(struct target *target)
{
    enum published_state state = published_read(target->published);
    target->steppe_problem.text[0] = 0;
    if (state == PUBLISHED_NONE) {
        keep_published(target, NULL);
        return NULL;
    }
    const struct published_description *description = published_description(target->published);
    if (state == PUBLISHED_FAILED)
        (void)problem_say(&target->steppe_problem, "%s", published_problem(target->published));
    if (state == PUBLISHED_READ)
        keep_published(target, published_json(description));
    if (state == PUBLISHED_READ && !target->steppe)
        (void)problem_say(&target->steppe_problem, "out of memory for what Steppe published");
    return description;
}

/* What is published is read first: so the first look knows what is a reservation, and the timeline
 * does not begin with a point that does not. */
static bool open_process(struct target *target, pid_t pid, struct problem *problem)
{
    struct places places;
    if (!list_places(&places, read_published(target)))
        return problem_say(problem, "out of memory");
    const struct process_options options = {.reservations = places.reservations,
                                            .reservation_count = places.count};
    target->process = process_open(pid, &options, problem);
    free_places(&places);
    return target->process != NULL;
}

bool target_open_process(struct target *target, pid_t pid, struct problem *problem)
{
    target->published = published_open(pid, NULL);
    if (!target->published)
        return problem_say(problem, "out of memory");
    if (open_process(target, pid, problem))
        return true;
    target_close(target);
    return false;
}

bool target_open_snapshot(struct target *target, const char *path, struct problem *problem)
{
    if (!snapshot_load(&target->loaded, path, problem))
        return false;
    target->steppe = json_incref(target->loaded.steppe);
    return true;
}

void target_close(struct target *target)
{
    json_decref(target->steppe);
    published_close(target->published);
    process_close(target->process);
    capture_free(&target->loaded);
    *target = (struct target){0};
}

bool target_refresh(struct target *target, struct problem *problem)
{
    if (!target->process)
        return true;
    if (!tell_reservations(target, read_published(target)))
        (void)problem_say(&target->steppe_problem, "out of memory");
    return process_refresh(target->process, problem);
}

bool target_is_live(const struct target *target)
{
    return target->process && !process_is_ended(target->process);
}

const struct capture *target_capture(const struct target *target)
{
    return target->process ? process_capture(target->process) : &target->loaded;
}

const struct timeline *target_timeline(const struct target *target)
{
    return target->process ? process_timeline(target->process) : &target->loaded.timeline;
}

const struct json_t *target_steppe(const struct target *target)
{
    return target->steppe;
}

bool target_take(const struct target *target, struct capture *to)
{
    if (target->process)
        return process_take(target->process, target->steppe, to);
    return capture_copy(to, &target->loaded);
}
