/* SPDX-License-Identifier: MIT */
#include "contender.h"

#include <stdlib.h>

#include "complaint.h"

/* uthash cannot report failure to its caller. */
static _Noreturn void fail(void)
{
    complain("no memory for the hash table");
    _Exit(EXIT_BAD_INPUT);
}

#define uthash_fatal(message) fail()
#include <uthash.h>

struct entry {
    UT_hash_handle hh;
    uint32_t code_point;
    struct record record;
};

struct hash {
    struct entry *entries;
};

static void *open_hash(void)
{
    struct hash *hash = calloc(1, sizeof *hash);
    if (!hash)
        complain("no memory for the hash table");
    return hash;
}

static void insert(void *self, uint32_t code_point, const struct record *record)
{
    struct hash *hash = self;
    struct entry *entry = malloc(sizeof *entry);
    if (!entry)
        fail();
    entry->code_point = code_point;
    entry->record = *record;
    HASH_ADD(hh, hash->entries, code_point, sizeof entry->code_point, entry);
}

static const struct record *find(void *self, uint32_t code_point)
{
    struct hash *hash = self;
    struct entry *entry = NULL;
    HASH_FIND(hh, hash->entries, &code_point, sizeof code_point, entry);
    return entry ? &entry->record : NULL;
}

/* HASH_OVERHEAD counts the handles inside the entries too. */
static bool figures(void *self, struct contender_figures *figures)
{
    struct hash *hash = self;
    size_t own = sizeof(struct entry) - sizeof(UT_hash_handle);
    *figures = (struct contender_figures){.committed_bytes = HASH_COUNT(hash->entries) * own +
                                                             HASH_OVERHEAD(hh, hash->entries)};
    return true;
}

const struct contender contender_hash = {
    .name = "hash table",
    .second_line = "(uthash)",
    .open = open_hash,
    .insert = insert,
    .find = find,
    .figures = figures,
};
