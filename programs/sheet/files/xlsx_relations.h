/* SPDX-License-Identifier: MIT */
/*
 * xlsx_relations.h - which files of an OOXML archive belong to one of them, and what they are to
 * it: "xl/workbook.xml" has "worksheet" rId1, which is "xl/worksheets/sheet1.xml".
 */
#ifndef STEPPE_SHEET_XLSX_RELATIONS_H
#define STEPPE_SHEET_XLSX_RELATIONS_H

#include "sheet/book/losses.h"
#include "sheet/files/archive.h"

enum {
    XLSX_RELATIONS_MAX = 4096,
    XLSX_ID_BYTES = 256,
    XLSX_PATH_BYTES = 256,
    XLSX_TYPE_BYTES = 32
};

struct xlsx_relation {
    char id[XLSX_ID_BYTES];
    char type[XLSX_TYPE_BYTES];   /* the last word of its URI: "worksheet", "styles" */
    char target[XLSX_PATH_BYTES]; /* a name in the archive, without "/" in front */
};

struct xlsx_relations {
    struct xlsx_relation *relations;
    size_t count, capacity;
    uint64_t link_count; /* of type hyperlink, which are not listed */
};

/* Those of a file, or of the archive itself (""). None at all, and those that cannot be read, are
 * no problem: what is needed will be missed. false with a sentence: out of memory. */
bool xlsx_relations_read(struct xlsx_relations *relations, struct archive *archive,
                         const char *part, struct problem *problem);
void xlsx_relations_free(struct xlsx_relations *relations);

/* By id, of a type (the first): its target; NULL: there is none. */
const struct xlsx_relation *xlsx_relation_by_id(const struct xlsx_relations *relations,
                                                const char *id);
const char *xlsx_relation_target(const struct xlsx_relations *relations, const char *type);
uint64_t xlsx_relation_count(const struct xlsx_relations *relations, const char *type);

#endif
