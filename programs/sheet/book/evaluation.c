/* SPDX-License-Identifier: MIT */
/* evaluation.c - what an evaluation has beside its tokens: memory, limits, needs, chance. */
#include "sheet/book/evaluation.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "sheet/book/keys.h"
#include "sheet/values/typed.h"

static const uint64_t memory_bytes_max = UINT64_C(2) << 30; /* of one formula */
static const size_t memory_bytes_kept = 256 * 1024;         /* from one to the next */

static uint64_t random_seed(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
        return seed;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
    return (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 32;
}

struct evaluation *evaluation_new(struct book *book)
{
    struct evaluation *evaluation = calloc(1, sizeof *evaluation);
    if (!evaluation)
        return NULL;
    evaluation->book = book;
    evaluation->random = random_seed();
    evaluation->arena = steppe_arena_new(
        memory_bytes_max, &(steppe_options){.budget = book->budget, .name = "evaluation"});
    evaluation->needs =
        steppe_array_new(struct place, 2 * NEEDS_MAX,
                         &(steppe_options){.budget = book->budget, .name = "evaluation: needs"});
    if (evaluation->arena && evaluation->needs)
        return evaluation;
    evaluation_free(evaluation);
    return NULL;
}

void evaluation_free(struct evaluation *evaluation)
{
    if (!evaluation)
        return;
    (void)steppe_array_free(evaluation->needs); /* NULL is fine; ours, so nothing can fail */
    (void)steppe_arena_free(evaluation->arena);
    keys_free(evaluation->keys);
    free(evaluation);
}

void evaluation_renew_keys(struct evaluation *evaluation)
{
    if (!evaluation->keys)
        evaluation->keys = keys_new(evaluation->book); /* without them it is slower */
    else
        keys_forget(evaluation->keys);
}

struct keys *evaluation_keys(const struct evaluation *evaluation)
{
    return evaluation->keys;
}

void evaluation_set_progress(struct evaluation *evaluation, const struct progress *progress)
{
    evaluation->progress = progress;
}

void evaluation_set_limit(struct evaluation *evaluation, uint64_t work_max)
{
    evaluation->work_max = work_max;
}

bool evaluation_lacks_memory(const struct evaluation *evaluation)
{
    return evaluation->end == END_MEMORY;
}

void evaluation_end_for(struct evaluation *evaluation, enum evaluation_end end)
{
    if (evaluation->end == END_NONE)
        evaluation->end = end;
}

void evaluation_need(struct evaluation *evaluation, sheet_id sheet, struct position position)
{
    if (steppe_array_count(evaluation->needs) >= NEEDS_MAX)
        return;
    struct place *need = steppe_array_push(evaluation->needs);
    if (!need) {
        evaluation_end_for(evaluation, END_MEMORY);
        return;
    }
    *need = (struct place){.sheet = sheet, .position = position};
}

const struct place *evaluation_needs(const struct evaluation *evaluation, size_t *need_count)
{
    *need_count = steppe_array_count(evaluation->needs);
    return evaluation->needs;
}

void *evaluation_take(struct evaluation *evaluation, size_t size_bytes)
{
    if (evaluation->end != END_NONE)
        return NULL;
    evaluation->arena_is_used = true;
    void *taken = steppe_arena_take(evaluation->arena, size_bytes, 0);
    if (!taken)
        evaluation_end_for(evaluation,
                           steppe_last_status() == STEPPE_E_OUTSIDE ? END_TOO_LARGE : END_MEMORY);
    return taken;
}

/* Characters are counted only where there may be too many of them. */
static bool is_too_long(const char *text, size_t text_bytes)
{
    size_t characters = 0;
    if (text_bytes <= TEXT_CHARACTERS_MAX)
        return false;
    for (size_t i = 0; i < text_bytes; i++)
        characters += ((unsigned char)text[i] & 0xc0) != 0x80;
    return characters > TEXT_CHARACTERS_MAX;
}

struct value evaluation_own_text(const char *text, size_t text_bytes)
{
    return is_too_long(text, text_bytes) ? value_error(ERROR_VALUE) : value_text(text, text_bytes);
}

struct value evaluation_text(struct evaluation *evaluation, const char *text, size_t text_bytes)
{
    if (text_bytes > TEXT_BYTES_MAX)
        return value_error(ERROR_VALUE);
    char *copy = evaluation_take(evaluation, text_bytes + 1);
    if (!copy)
        return value_error(ERROR_NUM);
    if (text_bytes)
        memcpy(copy, text, text_bytes);
    return evaluation_own_text(copy, text_bytes);
}

struct book *evaluation_book(const struct evaluation *evaluation)
{
    return evaluation->book;
}

sheet_id evaluation_sheet(const struct evaluation *evaluation)
{
    return evaluation->sheet;
}

struct position evaluation_cell(const struct evaluation *evaluation)
{
    return evaluation->cell;
}

uint64_t evaluation_random(struct evaluation *evaluation)
{
    /* SplitMix64. */
    uint64_t mixed = evaluation->random += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

bool evaluation_is_stopped(struct evaluation *evaluation, uint64_t work)
{
    evaluation->work += work;
    if (evaluation->end != END_NONE)
        return true;
    if (evaluation->work_max && evaluation->work > evaluation->work_max)
        evaluation_end_for(evaluation, END_STOPPED);
    if (evaluation->progress && evaluation->work - evaluation->work_asked >= WORK_OF_A_STEP) {
        evaluation->work_asked = evaluation->work;
        if (!progress_step(evaluation->progress, "computing", 0, 0))
            evaluation_end_for(evaluation, END_STOPPED);
    }
    return evaluation->end != END_NONE;
}

void evaluation_renew(struct evaluation *evaluation)
{
    if (evaluation->arena_is_used)
        (void)steppe_arena_reset(evaluation->arena, memory_bytes_kept); /* kept pages do no harm */
    evaluation->arena_is_used = false;
    if (evaluation_has_needs(evaluation))
        (void)steppe_array_resize(evaluation->needs, 0); /* getting smaller */
    evaluation->end = END_NONE;
    evaluation->stack_count = evaluation->frame_count = 0;
    evaluation->name_use_count = evaluation->pending_count = 0;
    /* What is left of the last formula's work counts for the next question, not for the limit. */
    evaluation->work_asked -= evaluation->work;
    evaluation->work = 0;
}

struct value evaluation_number(const struct evaluation *evaluation, struct value value)
{
    double number;
    if (value.kind == VALUE_TEXT && evaluation->book->is_1904)
        return typed_number_in(value.text, value.text_bytes, true, &number)
                   ? value_number(number)
                   : value_error(ERROR_VALUE);
    return value_to_number(value);
}
