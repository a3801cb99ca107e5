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

enum {
    WHOLE_BYTES = 16384, /* the longest path there is, and what is said of it */
    END_BYTES = 192      /* of what is too long: there stands why */
};

/* What is too long goes from the midst: names stand in front. */
static void put(struct problem *problem, const char *whole)
{
    size_t length = strlen(whole), room = sizeof problem->text - 1;
    static const char gap[] = " ... ";
    if (length <= room) {
        memcpy(problem->text, whole, length + 1);
    } else {
        size_t begin = room - END_BYTES - strlen(gap);
        char *to = mempcpy(problem->text, whole, begin);
        to = mempcpy(to, gap, strlen(gap));
        memcpy(to, whole + length - END_BYTES, END_BYTES + 1);
    }
    tame(problem->text);
}

static bool say(struct problem *problem, enum problem_kind kind, const char *behind,
                const char *format, va_list arguments)
{
    char whole[WHOLE_BYTES];
    if (!problem)
        return false;
    int length = vsnprintf(whole, sizeof whole, format, arguments);
    if (length < 0)
        length = 0;
    if ((size_t)length >= sizeof whole)
        length = (int)sizeof whole - 1;
    (void)snprintf(whole + length, sizeof whole - (size_t)length, "%s", behind);
    put(problem, whole);
    problem->kind = kind;
    return false;
}

bool problem_say(struct problem *problem, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)say(problem, PROBLEM_ANY, "", format, arguments); /* always false */
    va_end(arguments);
    return false;
}

bool problem_say_memory(struct problem *problem, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)say(problem, PROBLEM_MEMORY, "", format, arguments); /* always false */
    va_end(arguments);
    return false;
}

bool problem_out_of_memory(struct problem *problem)
{
    return problem_say_memory(problem, "out of memory");
}

bool problem_precede(struct problem *problem, const char *format, ...)
{
    va_list arguments;
    if (!problem)
        return false;
    struct problem bare = *problem;
    va_start(arguments, format);
    (void)say(problem, bare.kind, bare.text, format, arguments); /* always false */
    va_end(arguments);
    return false;
}
