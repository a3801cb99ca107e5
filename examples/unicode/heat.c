/* SPDX-License-Identifier: MIT */
#include "heat.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "complaint.h"
#include "kernel.h"
#include "reader.h"

static uint64_t grown(uint64_t before, uint64_t after)
{
    return after > before ? after - before : 0;
}

static bool load(const struct contender *contender, void *self, const struct dataset *dataset)
{
    static struct reader reader;
    for (reader_start(&reader, dataset); reader.state == READER_HAS_RECORD; reader_advance(&reader))
        contender->insert(self, reader.code_point, &reader.record);
    return reader.state == READER_AT_END;
}

static void look_up(struct heat *heat, const struct contender *contender, void *self,
                    const struct lookups *lookups)
{
    if (!contender->find)
        return;
    uint64_t sum = 0;
    double start = kernel_seconds();
    for (size_t i = 0; i < lookups->count; i++) {
        const struct record *record = contender->find(self, lookups->code_points[i]);
        sum = sum * 31 + (record ? record->script + (uint64_t)record->name[0] : 0);
    }
    heat->lookup_seconds = kernel_seconds() - start;
    heat->fingerprint = sum;
}

static bool measure(struct heat *heat, const struct contender *contender,
                    const struct dataset *dataset, const struct lookups *lookups)
{
    *heat = (struct heat){0};
    struct kernel_process before, after;
    /* Heap the parent freed would serve the first allocations without a trace. */
    malloc_trim(0);
    /* Asked twice, so that asking itself is warm. */
    bool is_known = kernel_process_now(&before) && kernel_process_now(&before);
    double start = kernel_seconds();
    void *self = contender->open();
    if (!self || !load(contender, self, dataset))
        return false;
    heat->load_seconds = kernel_seconds() - start;
    is_known = is_known && kernel_process_now(&after);
    if (!contender->figures(self, &heat->own))
        return false;
    look_up(heat, contender, self, lookups);
    if (!is_known)
        return true;
    heat->address_space_bytes = grown(before.address_space_bytes, after.address_space_bytes);
    heat->resident_bytes = grown(before.resident_bytes, after.resident_bytes);
    heat->page_table_bytes = grown(before.page_table_bytes, after.page_table_bytes);
    heat->mapping_count = grown(before.mapping_count, after.mapping_count);
    heat->fault_count = grown(before.fault_count, after.fault_count);
    return true;
}

static bool read_heat(struct heat *heat, int from)
{
    size_t done = 0;
    while (done < sizeof *heat) {
        ssize_t got = read(from, (char *)heat + done, sizeof *heat - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static bool reap(pid_t child, const char *name)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return complain("waiting for \"%s\" failed: %s", name, strerror(errno));
    if (WIFSIGNALED(status))
        return complain("\"%s\" was ended by signal %d", name, WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return complain("\"%s\" failed", name);
    return true;
}

bool heat_run(struct heat *heat, const struct contender *contender, const struct dataset *dataset,
              const struct lookups *lookups)
{
    int ends[2];
    if (pipe(ends) != 0)
        return complain("no pipe: %s", strerror(errno));
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) {
        close(ends[0]);
        close(ends[1]);
        return complain("no child process: %s", strerror(errno));
    }
    if (child == 0) {
        struct heat mine;
        bool is_done = measure(&mine, contender, dataset, lookups);
        /* The structure is smaller than PIPE_BUF, so it goes whole or not at all. */
        is_done = is_done && write(ends[1], &mine, sizeof mine) == (ssize_t)sizeof mine;
        _exit(is_done ? EXIT_SUCCESS : EXIT_BAD_INPUT);
    }
    close(ends[1]);
    bool is_read = read_heat(heat, ends[0]);
    close(ends[0]);
    bool is_done = reap(child, contender->name);
    if (is_done && !is_read)
        return complain("\"%s\" told no figures", contender->name);
    return is_done && is_read;
}
