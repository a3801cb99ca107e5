/* SPDX-License-Identifier: MIT */
/* problem.c - one sentence: see problem.h. */
#include "common/problem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "screen/grid.h"

static bool is_control(uint32_t glyph)
{
    return glyph < 32 || (glyph >= 127 && glyph < 160);
}

/* What has no place in a line of text becomes question marks, byte by byte, so that nothing moves.
 */
static void tame(char *text)
{
    uint32_t glyph;
    for (size_t bytes; (bytes = screen_decode(text, &glyph)) != 0; text += bytes)
        if (is_control(glyph) || (bytes == 1 && (unsigned char)*text >= 128))
            memset(text, '?', bytes);
}

bool problem_say(struct problem *problem, const char *format, ...)
{
    if (!problem)
        return false;
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(problem->text, sizeof problem->text, format, arguments) < 0)
        problem->text[0] = '\0';
    va_end(arguments);
    tame(problem->text);
    return false;
}
