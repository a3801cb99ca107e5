/* SPDX-License-Identifier: MIT */
/* collector.c - a thread that gives pages back in the background. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <steppe/collector.h>

enum { SESSIONS = 10000 };

struct session {
    char state[1000];
};

static uint64_t committed_bytes(const struct session *sessions)
{
    steppe_slots_statistics figures;
    return steppe_slots_statistics_of(sessions, &figures) == STEPPE_OK ? figures.committed_bytes
                                                                       : 0;
}

int main(void)
{
    struct session *sessions = steppe_slots_new(
        struct session, 1 << 30, &(steppe_slots_options){.give_back = STEPPE_SLOTS_COLLECTED});
    steppe_collector *collector =
        steppe_collector_start(&(steppe_collector_options){.interval_ms = 10});
    if (!sessions || !collector || steppe_collector_add(collector, sessions) != STEPPE_OK) {
        fprintf(stderr, "%s\n", steppe_last_message());
        return EXIT_FAILURE;
    }
    for (uint64_t i = 0; i < SESSIONS; i++)
        steppe_slots_use(sessions, i)->state[0] = 'x';
    uint64_t busy_bytes = committed_bytes(sessions);
    printf("%d sessions are %s\n", SESSIONS,
           busy_bytes >= sizeof(struct session) * SESSIONS ? "there" : "missing");

    if (steppe_slots_clear_range(sessions, 1, SESSIONS - 1) != STEPPE_OK)
        return EXIT_FAILURE;
    while (committed_bytes(sessions) > 64 * STEPPE_KIB) /* nobody asks it to */
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    printf("one is left, and its memory: state '%c'\n", sessions[0].state[0]);

    if (steppe_collector_remove(collector, sessions) != STEPPE_OK ||
        steppe_slots_free(sessions) != STEPPE_OK)
        return EXIT_FAILURE;
    return steppe_collector_stop(collector) == STEPPE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
