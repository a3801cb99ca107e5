/* SPDX-License-Identifier: MIT */
/* desk_wrap.c - see desk_wrap.h. */
#include "sheet/desk/desk_wrap.h"

#include <stdbool.h>
#include <string.h>

#include "screen/grid.h"

size_t desk_wrap_line(const char *text, int columns, size_t *next)
{
    size_t place = 0, space = 0; /* space: the last one that the line can end at */
    int used = 0;
    uint32_t glyph;
    for (size_t length; (length = screen_decode(text + place, &glyph)) != 0; place += length) {
        if (glyph == '\n') {
            *next = place + length;
            return place;
        }
        int width = screen_width_of(&glyph);
        if (used + width > columns && used > 0 && glyph != ' ')
            break;
        if (glyph == ' ')
            space = place;
        used += width;
    }
    bool is_end = !text[place];
    size_t end = is_end || !space ? place : space;
    *next = end + strspn(text + end, is_end ? "" : " ");
    while (!is_end && end > 0 && text[end - 1] == ' ')
        end--;
    return end;
}

int desk_wrap_count(const char *text, int columns, int limit)
{
    int count = 0;
    for (size_t next; count < limit && *text; text += next, count++)
        (void)desk_wrap_line(text, columns, &next); /* only where it ends */
    return count;
}
