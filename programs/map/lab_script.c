/* SPDX-License-Identifier: MIT */
/* lab_script.c - a file of commands for the lab: see lab_script.h. */
#include "map/lab_script.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { LINE_BYTES = 4000 };

enum line_kind { LINE, LAST_LINE, NO_LINE, TOO_LONG, WITH_NUL, UNREADABLE };

/* A file without line ends must not fill the memory. */
static enum line_kind read_line(FILE *file, char line[LINE_BYTES])
{
    size_t length = 0;
    int character;
    while ((character = getc(file)) != EOF && character != '\n') {
        if (!character)
            return WITH_NUL;
        if (length + 1 == LINE_BYTES)
            return TOO_LONG;
        line[length++] = (char)character;
    }
    if (length && line[length - 1] == '\r')
        length--;
    line[length] = 0;
    if (character == '\n')
        return LINE;
    if (ferror(file))
        return UNREADABLE;
    return length ? LAST_LINE : NO_LINE;
}

static bool fail(FILE *errors, const char *name, uint64_t number, const char *what)
{
    fprintf(errors, "%s:%" PRIu64 ": %s\n", name, number, what);
    return false;
}

/* A folder, or a broken disk: no line of it is to blame. */
static bool fail_to_read(FILE *errors, const char *name)
{
    fprintf(errors, "%s: cannot be read (%s); name a script\n", name, strerror(errno));
    return false;
}

static bool run_lines(struct lab_session *session, FILE *file, const char *name, FILE *errors)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* that some editors put in front of UTF-8 */
    char line[LINE_BYTES];
    for (uint64_t number = 1; !session->wants_quit; number++) {
        enum line_kind kind = read_line(file, line);
        if (kind == NO_LINE)
            return true;
        if (kind == TOO_LONG)
            return fail(errors, name, number, "the line is too long; no command is, shorten it");
        if (kind == WITH_NUL)
            return fail(errors, name, number, "a NUL byte; a script is plain text");
        if (kind == UNREADABLE)
            return fail_to_read(errors, name);
        bool is_marked = number == 1 && strncmp(line, mark, strlen(mark)) == 0;
        if (!lab_command_run(session, is_marked ? line + strlen(mark) : line))
            return fail(errors, name, number, session->lab.said);
    }
    return true;
}

bool lab_script_run(struct lab_session *session, const char *path, FILE *errors)
{
    if (strcmp(path, "-") == 0)
        return run_lines(session, stdin, "standard input", errors);
    FILE *file = fopen(path, "re");
    if (!file) {
        fprintf(errors, "%s: cannot be opened (%s); name a script\n", path, strerror(errno));
        return false;
    }
    bool is_good = run_lines(session, file, path, errors);
    fclose(file);
    return is_good;
}
