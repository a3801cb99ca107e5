/* SPDX-License-Identifier: MIT */
/* xlsx_extras.c - drawings, comments and the like: see xlsx_extras.h. */
#include "sheet/files/xlsx_extras.h"

#include <stdio.h>
#include <string.h>

#include "sheet/files/xlsx_relations.h"
#include "sheet/files/xml.h"

struct counting {
    unsigned fallback_depth; /* within mc:Fallback: the same again for older programs */
    uint64_t charts, pictures, shapes, comments;
    char first_comment[POSITION_TEXT_BYTES];
};

static void note_comment(struct counting *counting, const char *const *attributes)
{
    const char *place = xml_attribute(attributes, "ref");
    if (counting->comments++ == 0 && place)
        (void)snprintf(counting->first_comment, sizeof counting->first_comment, "%s", place);
}

static bool on_start(void *context, const char *name, const char *const *attributes)
{
    struct counting *counting = context;
    if (counting->fallback_depth || strcmp(name, "Fallback") == 0)
        counting->fallback_depth++;
    if (counting->fallback_depth)
        return true;
    if (strcmp(name, "graphicFrame") == 0)
        counting->charts++;
    else if (strcmp(name, "pic") == 0)
        counting->pictures++;
    else if (strcmp(name, "sp") == 0 || strcmp(name, "cxnSp") == 0)
        counting->shapes++;
    else if (strcmp(name, "comment") == 0)
        note_comment(counting, attributes);
    return true;
}

static bool on_end(void *context, const char *name)
{
    struct counting *counting = context;
    (void)name;
    if (counting->fallback_depth)
        counting->fallback_depth--;
    return true;
}

static void count_in(struct counting *counting, struct archive *archive, const char *part)
{
    struct xml_handler handler = {.start = on_start, .end = on_end, .context = counting};
    struct problem ignored;
    counting->fallback_depth = 0;
    (void)xml_read_archive(archive, part, &handler, NULL, "", &ignored); /* what is read counts */
}

static void tell(struct arrival *arrival, const struct sheet *sheet,
                 const struct counting *counting)
{
    const char *name = sheet_name(arrival->book, sheet);
    char where[ARRIVAL_WHERE_BYTES];
    losses_add_many(arrival->losses, "charts", name, counting->charts);
    losses_add_many(arrival->losses, "pictures", name, counting->pictures);
    losses_add_many(arrival->losses, "shapes", name, counting->shapes);
    (void)snprintf(where, sizeof where, "%s%s%s", name, counting->first_comment[0] ? "!" : "",
                   counting->first_comment);
    losses_add_many(arrival->losses, "comments", where, counting->comments);
}

bool xlsx_extras_count(struct arrival *arrival, struct archive *archive, const char *part,
                       const struct sheet *sheet)
{
    static const struct {
        const char *type, *what;
    } whole[] = {{"pivotTable", "pivot tables"},
                 {"slicer", "slicers"},
                 {"timeline", "timelines"},
                 {"queryTable", "queries"}};
    struct xlsx_relations relations;
    struct counting counting = {0};
    if (!xlsx_relations_read(&relations, archive, part, arrival->problem))
        return false;
    for (size_t i = 0; i < relations.count; i++) {
        const struct xlsx_relation *relation = &relations.relations[i];
        if (strcmp(relation->type, "drawing") == 0 || strcmp(relation->type, "comments") == 0)
            count_in(&counting, archive, relation->target);
    }
    tell(arrival, sheet, &counting);
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        losses_add_many(arrival->losses, whole[i].what, sheet_name(arrival->book, sheet),
                        xlsx_relation_count(&relations, whole[i].type));
    xlsx_relations_free(&relations);
    return true;
}
