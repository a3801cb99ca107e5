/* SPDX-License-Identifier: MIT */
#include "complaint.h"

#include <stdarg.h>
#include <stdio.h>

/* The story on standard output comes first, or a terminal would show the lines out of order. */
static void begin(void)
{
    fflush(stdout);
    fputs("unicode-table: ", stderr);
}

bool complain_at(const char *path, unsigned line, const char *format, ...)
{
    begin();
    if (line != 0)
        fprintf(stderr, "%s:%u: ", path, line);
    else
        fprintf(stderr, "%s: ", path);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return false;
}

bool complain(const char *format, ...)
{
    begin();
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return false;
}
