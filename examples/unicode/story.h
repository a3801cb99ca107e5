/* SPDX-License-Identifier: MIT */
/*
 * story.h - the chapters of the demo, in the order they are told, and what they hand on.
 *
 * Each prints its figures and has the audit compare them. False: it could not go on, and has
 * complained.
 */
#ifndef UNICODE_STORY_H
#define UNICODE_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "dataset.h"
#include "loading.h"
#include "map.h"

struct story {
    struct dataset dataset;
    struct loading loading; /* of the table the chapters are about */
    struct map map;         /* remembers the table as it was before the removal */
    uint64_t fingerprint;   /* of the complete table */
    uint64_t needed_bytes;  /* pages the complete table's records lie on */
};

bool chapter_fill(struct story *story);    /* 1: reserve a tebibyte, read Unicode into it */
bool chapter_lookup(struct story *story);  /* 2: look characters up, commit nothing by looking */
bool chapter_census(struct story *story);  /* 3: walk what is there, count it */
bool chapter_removal(struct story *story); /* 4: take a script out, give its memory back */
bool chapter_budget(struct story *story);  /* 5: stay under a limit, recover from a refusal */
bool chapter_map(struct story *story);     /* 6: see every page */
bool chapter_contest(struct story *story); /* 7: what others pay for the same */

#endif
