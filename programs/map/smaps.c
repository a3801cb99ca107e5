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

bool smaps_read(FILE *text, uint64_t address, struct smaps *smaps, struct problem *problem)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t bytes;
    bool found = false;
    struct mapping mapping;
    forget(smaps);
    while ((bytes = getline(&line, &capacity, text)) > 0) {
        if (line[bytes - 1] == '\n')
            line[--bytes] = '\0';
        if (maps_read_line(line, (size_t)bytes, &mapping)) {
            if (found || mapping.start > address)
                break;
            found = address < mapping.end;
            smaps->start = mapping.start;
            smaps->end = mapping.end;
        } else if (found && strncmp(line, "VmFlags:", 8) == 0) {
            take_flags(smaps, line + 8);
        } else if (found) {
            take_figure(smaps, line);
        }
    }
    bool failed = ferror(text);
    free(line);
    if (found && !failed)
        return true;
    if (failed)
        return problem_say(problem, "smaps cannot be read to its end");
    return problem_say(problem, "nothing is mapped at 0x%" PRIx64, address);
}
