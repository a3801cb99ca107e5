/* SPDX-License-Identifier: MIT */
/* arena.c - memory taken piece by piece and given back all at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <steppe/arena.h>

struct word {
    const struct word *next;
    char *text;
};

static struct word *split(steppe_arena *arena, const char *text)
{
    struct word *words = NULL;
    for (size_t length; *text; text += length) {
        length = strcspn(text, " ");
        struct word *word = steppe_arena_make(arena, struct word, 1);
        char *copy = steppe_arena_take(arena, length + 1, 1); /* zeroed: no end to be written */
        if (!word || !copy)
            return NULL;
        *word = (struct word){.next = words, .text = memcpy(copy, text, length)};
        words = word;
        length += text[length] == ' ';
    }
    return words;
}

int main(void)
{
    steppe_arena *arena = steppe_arena_new(STEPPE_TIB, NULL);
    if (!arena) {
        fprintf(stderr, "%s\n", steppe_last_message());
        return EXIT_FAILURE;
    }
    const struct word *kept = split(arena, "not with a bang but a whimper");
    steppe_arena_mark mark = steppe_arena_here(arena);
    for (int i = 0; i < 100000; i++) { /* scratch, forgotten at once: always the same bytes */
        struct word *scratch = split(arena, "gone before anybody reads it");
        if (!scratch || steppe_arena_return(arena, mark) != STEPPE_OK)
            return EXIT_FAILURE;
    }
    for (const struct word *word = kept; word; word = word->next)
        printf("%s%s", word->text, word->next ? " " : "\n");
    printf("committed: %s\n",
           steppe_arena_committed_bytes(arena) <= STEPPE_MIB ? "next to nothing" : "too much");
    steppe_arena_reset(arena, 0);
    printf("taken after the reset: %zu\n", steppe_arena_taken_bytes(arena));
    return steppe_arena_free(arena) == STEPPE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
