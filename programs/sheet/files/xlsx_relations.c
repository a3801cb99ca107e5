/* SPDX-License-Identifier: MIT */
/* xlsx_relations.c - files that belong to each other: see xlsx_relations.h. */
#include "sheet/files/xlsx_relations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/room.h"
#include "sheet/files/xml.h"

struct reading {
    struct xlsx_relations *relations;
    char folder[XLSX_PATH_BYTES]; /* of the file they belong to, with its '/', or "" */
    bool lacks_memory;
};

/* ---- paths ----------------------------------------------------------------------------------- */

static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* "xl/workbook.xml" has "xl/_rels/workbook.xml.rels". */
static bool relations_path(const char *part, char path[XLSX_PATH_BYTES])
{
    size_t folder = folder_length(part);
    int length =
        snprintf(path, XLSX_PATH_BYTES, "%.*s_rels/%s.rels", (int)folder, part, part + folder);
    return length > 0 && length < XLSX_PATH_BYTES;
}

static void leave_folder(char *path, size_t *length)
{
    if (*length)
        --*length; /* its slash */
    while (*length && path[*length - 1] != '/')
        --*length;
}

/* One part of a path between slashes. false: too long. */
static bool add_segment(char path[XLSX_PATH_BYTES], size_t *length, const char *segment,
                        size_t segment_bytes, bool is_last)
{
    if (segment_bytes == 0 || (segment_bytes == 1 && segment[0] == '.'))
        return true;
    if (segment_bytes == 2 && segment[0] == '.' && segment[1] == '.') {
        leave_folder(path, length);
        return true;
    }
    if (*length + segment_bytes + 2 > XLSX_PATH_BYTES)
        return false;
    memcpy(path + *length, segment, segment_bytes);
    *length += segment_bytes;
    if (!is_last)
        path[(*length)++] = '/';
    return true;
}

/* Against the folder, unless it begins with a slash; "." and ".." are followed. */
static bool resolve(const char *folder, const char *target, char path[XLSX_PATH_BYTES])
{
    size_t length = 0;
    if (*target != '/' && *target != '\\') {
        length = strlen(folder);
        memcpy(path, folder, length);
    }
    while (*target) {
        size_t segment_bytes = strcspn(target, "/\\");
        bool is_last = !target[segment_bytes];
        if (!add_segment(path, &length, target, segment_bytes, is_last))
            return false;
        target += segment_bytes + !is_last;
    }
    path[length] = '\0';
    return length != 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool copy(char *to, size_t to_bytes, const char *from)
{
    size_t length = from ? strlen(from) : to_bytes;
    if (length >= to_bytes)
        return false;
    memcpy(to, from, length + 1);
    return true;
}

static bool fill(const struct reading *reading, struct xlsx_relation *relation, const char *type,
                 const char *const *attributes)
{
    const char *target = xml_attribute(attributes, "Target");
    return copy(relation->type, sizeof relation->type, type) &&
           copy(relation->id, sizeof relation->id, xml_attribute(attributes, "Id")) && target &&
           resolve(reading->folder, target, relation->target);
}

static bool is_external(const char *const *attributes)
{
    const char *mode = xml_attribute(attributes, "TargetMode");
    return mode && strcmp(mode, "External") == 0;
}

static bool on_start(void *context, const char *name, const char *const *attributes)
{
    struct reading *reading = context;
    struct xlsx_relations *relations = reading->relations;
    const char *uri = xml_attribute(attributes, "Type");
    if (strcmp(name, "Relationship") != 0 || !uri)
        return true;
    const char *type = strrchr(uri, '/') ? strrchr(uri, '/') + 1 : uri;
    relations->link_count += strcmp(type, "hyperlink") == 0;
    if (is_external(attributes) || strcmp(type, "hyperlink") == 0 ||
        relations->count == XLSX_RELATIONS_MAX)
        return true;
    if (!room_make((void **)&relations->relations, &relations->capacity, relations->count,
                   sizeof *relations->relations)) {
        reading->lacks_memory = true;
        return false;
    }
    struct xlsx_relation *relation = &relations->relations[relations->count];
    if (fill(reading, relation, type, attributes))
        relations->count++;
    return true;
}

static bool on_end(void *context, const char *name)
{
    (void)context;
    (void)name;
    return true;
}

bool xlsx_relations_read(struct xlsx_relations *relations, struct archive *archive,
                         const char *part, struct problem *problem)
{
    struct reading reading = {.relations = relations};
    struct xml_handler handler = {.start = on_start, .end = on_end, .context = &reading};
    struct problem ignored;
    char path[XLSX_PATH_BYTES];
    *relations = (struct xlsx_relations){.count = 0};
    if (!relations_path(part, path) || !archive_has(archive, path))
        return true;
    memcpy(reading.folder, part, folder_length(part));
    (void)xml_read_archive(archive, path, &handler, NULL, "", &ignored); /* what is read counts */
    return !reading.lacks_memory || problem_out_of_memory(problem);
}

void xlsx_relations_free(struct xlsx_relations *relations)
{
    free(relations->relations);
    *relations = (struct xlsx_relations){.count = 0};
}

/* ---- finding --------------------------------------------------------------------------------- */

const struct xlsx_relation *xlsx_relation_by_id(const struct xlsx_relations *relations,
                                                const char *id)
{
    for (size_t i = 0; id && i < relations->count; i++)
        if (strcmp(relations->relations[i].id, id) == 0)
            return &relations->relations[i];
    return NULL;
}

const char *xlsx_relation_target(const struct xlsx_relations *relations, const char *type)
{
    for (size_t i = 0; i < relations->count; i++)
        if (strcmp(relations->relations[i].type, type) == 0)
            return relations->relations[i].target;
    return NULL;
}

uint64_t xlsx_relation_count(const struct xlsx_relations *relations, const char *type)
{
    uint64_t count = 0;
    for (size_t i = 0; i < relations->count; i++)
        count += strcmp(relations->relations[i].type, type) == 0;
    return count;
}
