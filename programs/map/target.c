/* SPDX-License-Identifier: MIT */
/* target.c - a process or a snapshot, and what was published: see target.h. */
#include "map/target.h"

#include <jansson.h>
#include <stdlib.h>

#include "map/published.h"
#include "map/snapshot.h"

/* Where the reservations are, so that the next look takes each as one region. */
static bool tell_reservations(struct target *target,
                              const struct published_description *description)
{
    size_t count = description ? description->reservation_count : 0;
    struct process_reservation *reservations = calloc(count + 1, sizeof *reservations);
    if (!reservations)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct published_reservation *one = &description->reservations[i];
        reservations[i] = (struct process_reservation){
            .start = one->base,
            .size_bytes = one->size_bytes,
            .committed_bytes = one->charge.committed_bytes,
            .name = one->name,
        };
    }
    bool is_told = process_set_reservations(target->process, reservations, count);
    free(reservations);
    return is_told;
}

static void keep_published(struct target *target, struct json_t *steppe)
{
    json_decref(target->steppe);
    target->steppe = steppe;
}

/* Why it cannot be read is no reason to show nothing of the process. */
static void read_published(struct target *target)
{
    enum published_state state = published_read(target->published);
    const struct published_description *description = published_description(target->published);
    target->steppe_problem.text[0] = 0;
    switch (state) {
    case PUBLISHED_READ:
        keep_published(target, published_json(description));
        if (!target->steppe || !tell_reservations(target, description))
            (void)problem_say(&target->steppe_problem, "out of memory for what Steppe published");
        break;
    case PUBLISHED_FAILED:
        (void)problem_say(&target->steppe_problem, "%s", published_problem(target->published));
        break;
    case PUBLISHED_NONE:
        keep_published(target, NULL);
        if (!tell_reservations(target, NULL))
            (void)problem_say(&target->steppe_problem, "out of memory");
        break;
    case PUBLISHED_ENDED: /* the process's own reader will say so; what was read last stays */
        break;
    }
}

bool target_open_process(struct target *target, pid_t pid, struct problem *problem)
{
    struct problem ignored; /* the first look was good, and stays */
    target->process = process_open(pid, NULL, problem);
    if (!target->process)
        return false;
    target->published = published_open(pid, NULL);
    if (!target->published) {
        target_close(target);
        return problem_say(problem, "out of memory");
    }
    read_published(target);
    if (target->steppe)
        (void)process_refresh(target->process, &ignored);
    return true;
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
    read_published(target);
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
