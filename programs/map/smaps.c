/* SPDX-License-Identifier: MIT */
/* smaps.c - the text of /proc/PID/smaps: see smaps.h. */
#include "map/smaps.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "map/maps.h"
#include "map/region.h"

static const struct {
    const char *title;
    size_t offset;
} titles[] = {
#define TITLE(member, title) {title, offsetof(struct smaps, member)},
    SMAPS_LIST(TITLE)
#undef TITLE
};

static void forget(struct smaps *smaps)
{
    *smaps = (struct smaps){0};
#define FORGET(member, title) smaps->member = FIGURE_UNKNOWN;
    SMAPS_LIST(FORGET)
#undef FORGET
}

/* "Rss:      12 kB" */
static void take_figure(struct smaps *smaps, const char *line)
{
    size_t title_bytes = strcspn(line, ":");
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        if (strlen(titles[i].title) != title_bytes ||
            memcmp(titles[i].title, line, title_bytes) != 0)
            continue;
        char *behind;
        unsigned long long kilobytes = strtoull(line + title_bytes + 1, &behind, 10);
        uint64_t bytes;
        if (behind != line + title_bytes + 1 && !__builtin_mul_overflow(kilobytes, 1024, &bytes))
            memcpy((char *)smaps + titles[i].offset, &bytes, sizeof bytes);
        return;
    }
}

static void take_flags(struct smaps *smaps, const char *flags)
{
    flags += strspn(flags, " ");
    size_t bytes = strlen(flags);
    while (bytes && flags[bytes - 1] == ' ')
        bytes--;
    bytes = bytes < sizeof smaps->flags ? bytes : sizeof smaps->flags - 1;
    memcpy(smaps->flags, flags, bytes);
    smaps->flags[bytes] = '\0';
}

bool smaps_has_flag(const struct smaps *smaps, const char *flag)
{
    for (const char *at = smaps->flags; *at; at += strcspn(at, " ")) {
        at += strspn(at, " ");
        if (strncmp(at, flag, 2) == 0 && (at[2] == ' ' || at[2] == '\0'))
            return true;
    }
    return false;
}

bool smaps_read_all(FILE *text, void (*take)(void *context, const struct smaps *smaps),
                    void *context, struct problem *problem)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t bytes;
    bool has_one = false;
    struct mapping mapping;
    struct smaps smaps;
    while ((bytes = getline(&line, &capacity, text)) > 0) {
        if (line[bytes - 1] == '\n')
            line[--bytes] = '\0';
        if (maps_read_line(line, (size_t)bytes, &mapping)) {
            if (has_one)
                take(context, &smaps);
            has_one = true;
            forget(&smaps);
            smaps.start = mapping.start;
            smaps.end = mapping.end;
        } else if (has_one && strncmp(line, "VmFlags:", 8) == 0) {
            take_flags(&smaps, line + 8);
        } else if (has_one) {
            take_figure(&smaps, line);
        }
    }
    bool failed = ferror(text);
    free(line);
    if (failed)
        return problem_say(problem, "smaps cannot be read to its end");
    if (has_one)
        take(context, &smaps);
    return true;
}

/* Looked for among all. */
struct wanted {
    uint64_t address;
    struct smaps *smaps;
    bool is_found;
};

static void take_wanted(void *context, const struct smaps *smaps)
{
    struct wanted *wanted = context;
    if (wanted->is_found || wanted->address < smaps->start || wanted->address >= smaps->end)
        return;
    *wanted->smaps = *smaps;
    wanted->is_found = true;
}

bool smaps_read(FILE *text, uint64_t address, struct smaps *smaps, struct problem *problem)
{
    struct wanted wanted = {address, smaps, false};
    if (!smaps_read_all(text, take_wanted, &wanted, problem))
        return false;
    return wanted.is_found || problem_say(problem, "nothing is mapped at 0x%" PRIx64, address);
}
