/* SPDX-License-Identifier: MIT */
/* array.c - an array that grows and never moves: pointers into it stay good. */
#include <stdio.h>
#include <stdlib.h>

#include <steppe/array.h>

struct event {
    int number;
    const struct event *cause; /* an element of the same array */
};

int main(void)
{
    struct event *events = steppe_array_new(struct event, UINT64_C(1) << 32, NULL);
    if (!events) {
        fprintf(stderr, "%s\n", steppe_last_message());
        return EXIT_FAILURE;
    }
    for (int i = 0; i < 1000000; i++) {
        struct event *event = steppe_array_push(events);
        if (!event)
            return EXIT_FAILURE;
        *event = (struct event){.number = i, .cause = i ? &events[i / 2] : NULL};
    }
    const struct event *first = &events[0];
    int steps = 0;
    for (const struct event *e = steppe_array_end(events) - 1; e != first; e = e->cause)
        steps++;
    printf("%llu events of at most %llu; %d causes lead to the first\n",
           (unsigned long long)steppe_array_count(events),
           (unsigned long long)steppe_array_max(events), steps);

    struct event *gap = steppe_array_insert(events, 1, 2);
    printf("a gap of zeros: %d %d; behind it %d\n", gap[0].number, gap[1].number, gap[2].number);
    steppe_array_remove(events, 1, 2);

    steppe_array_resize(events, 10);
    steppe_array_trim(events);
    printf("%llu left, the last is %d\n", (unsigned long long)steppe_array_count(events),
           steppe_array_end(events)[-1].number);
    return steppe_array_free(events) == STEPPE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
