/* SPDX-License-Identifier: MIT */
/* losses.c - what is not kept: see losses.h. */
#include "sheet/book/losses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"

enum { LOSS_LINE_BYTES = 2 * LOSS_TEXT_BYTES + HUMAN_TEXT_BYTES + 8 };

static const char *const others = "other things";

/* Those beyond ASCII, too: they are two bytes, C2 80 to C2 9F. */
static bool is_control(const char *at)
{
    unsigned char c = (unsigned char)at[0], next = (unsigned char)(c ? at[1] : 0);
    return c < 32 || c == 127 || (c == 0xC2 && next >= 0x80 && next < 0xA0);
}

/* Cut at a character, without control characters. */
static void copy_text(char text[LOSS_TEXT_BYTES], const char *from)
{
    size_t length = strnlen(from, LOSS_TEXT_BYTES);
    if (length == LOSS_TEXT_BYTES)
        for (length--; length && ((unsigned char)from[length] & 0xC0) == 0x80;)
            length--;
    for (size_t i = 0; i < length; i++) {
        text[i] = from[i];
        if (!is_control(from + i))
            continue;
        text[i] = '?';
        if ((unsigned char)from[i] == 0xC2)
            text[++i] = '?';
    }
    text[length] = '\0';
}

static struct loss *find_loss(struct losses *losses, const char *what)
{
    for (size_t i = 0; i < losses->count; i++)
        if (strcmp(losses->losses[i].what, what) == 0)
            return &losses->losses[i];
    return NULL;
}

static struct loss *new_loss(struct losses *losses, const char *what, const char *where)
{
    struct loss *loss = &losses->losses[losses->count++];
    *loss = (struct loss){.count = 0};
    copy_text(loss->what, what);
    copy_text(loss->where, where);
    return loss;
}

/* The last place is for what has none of its own. */
static struct loss *loss_for(struct losses *losses, const char *what, const char *where)
{
    char name[LOSS_TEXT_BYTES];
    copy_text(name, what);
    struct loss *loss = find_loss(losses, name);
    if (!loss && losses->count == LOSSES_MAX)
        loss = &losses->losses[LOSSES_MAX - 1];
    if (!loss && losses->count == LOSSES_MAX - 1)
        return new_loss(losses, others, where);
    return loss ? loss : new_loss(losses, name, where);
}

void losses_add_many(struct losses *losses, const char *what, const char *where, uint64_t count)
{
    if (!losses || !count)
        return;
    struct loss *loss = loss_for(losses, what, where ? where : "");
    if (__builtin_add_overflow(loss->count, count, &loss->count))
        loss->count = UINT64_MAX;
}

void losses_add(struct losses *losses, const char *what, const char *where)
{
    losses_add_many(losses, what, where, 1);
}

void losses_join(struct losses *losses, const struct losses *more)
{
    for (size_t i = 0; i < more->count; i++)
        losses_add_many(losses, more->losses[i].what, more->losses[i].where, more->losses[i].count);
}

/* ---- as text --------------------------------------------------------------------------------- */

/* Where the noun ends that counts: "borders of cells", "formulas that cannot be read". */
static size_t noun_end(const char *what)
{
    static const char *const behind[] = {" of ",      " that ",   " in ",      " with ",
                                         " without ", " beyond ", " outside ", " from ",
                                         " through ", " on ",     " to "};
    size_t end = strlen(what);
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++) {
        const char *found = strstr(what, behind[i]);
        if (found && (size_t)(found - what) < end)
            end = (size_t)(found - what);
    }
    return end;
}

static bool ends_with(const char *text, size_t end, const char *with)
{
    size_t length = strlen(with);
    return end > length && memcmp(text + end - length, with, length) == 0;
}

/* "1 picture", "2 pictures". */
static int print_counted(char *line, size_t line_bytes, const struct loss *loss)
{
    size_t end = noun_end(loss->what), cut = 0;
    const char *put = "";
    if (loss->count == 1 && ends_with(loss->what, end, "ies")) {
        cut = 3;
        put = "y";
    } else if (loss->count == 1 &&
               (ends_with(loss->what, end, "xes") || ends_with(loss->what, end, "ches") ||
                ends_with(loss->what, end, "sses"))) {
        cut = 2;
    } else if (loss->count == 1 && ends_with(loss->what, end, "s")) {
        cut = 1;
    }
    return snprintf(line, line_bytes, "%s %.*s%s%s", human_count(loss->count).text,
                    (int)(end - cut), loss->what, put, loss->what + end);
}

static void print_loss(FILE *stream, const struct loss *loss)
{
    char line[LOSS_LINE_BYTES];
    (void)print_counted(line, sizeof line, loss); /* all of it fits in */
    (void)fputs(line, stream);                    /* fclose tells */
    if (loss->where[0])
        (void)fprintf(stream, " (%s)", loss->where);
}

char *losses_text(const struct losses *losses)
{
    char *text = NULL;
    size_t text_bytes;
    FILE *stream = open_memstream(&text, &text_bytes);
    if (!stream)
        return NULL;
    for (size_t i = 0; i < losses->count; i++) {
        if (i)
            (void)fputs(", ", stream);
        print_loss(stream, &losses->losses[i]);
    }
    bool failed = ferror(stream) != 0;
    if (fclose(stream) == 0 && !failed)
        return text;
    free(text);
    return NULL;
}
