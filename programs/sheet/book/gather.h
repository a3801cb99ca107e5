/* SPDX-License-Identifier: MIT */
/* gather.h - text of a file that comes in pieces, put together; never more than a cell may hold,
 * all of it written as escapes. */
#ifndef STEPPE_SHEET_GATHER_H
#define STEPPE_SHEET_GATHER_H

#include "sheet/values/value.h"

enum { GATHER_BYTES_MAX = 7 * TEXT_CHARACTERS_MAX }; /* "_x000D_" is one character */

struct gather {
    size_t size_bytes;
    bool is_cut; /* there was more */
    char bytes[GATHER_BYTES_MAX + 1];
};

static inline void gather_clear(struct gather *gather)
{
    gather->size_bytes = 0;
    gather->is_cut = false;
}

void gather_add(struct gather *gather, const char *text, size_t text_bytes);
/* Cut at TEXT_CHARACTERS_MAX characters, and at the end of a character; with a 0 behind it. Bytes
 * that are 0 are left out. */
struct value gather_text(struct gather *gather);
/* The same without spaces and line ends around it. */
struct value gather_trimmed(struct gather *gather);
/* Write what Office has for characters that XML has not, _x000D_, as those characters. */
void gather_unescape(struct gather *gather);

#endif
