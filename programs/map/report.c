/* SPDX-License-Identifier: MIT */
/*
 * report.c - the template with a capture in its middle.
 *
 * The data stands in an element that HTML reads as raw text up to "</script", and in a stranger way
 * after "<!--". Both begin with "<", which JSON has inside of strings only, where it may be written
 * as an escape. So there is no "<" at all in the data; escaping for HTML ("&lt;") would be wrong,
 * as nobody undoes it in a script element.
 */
#include "map/report.h"

#include "map/report/template.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd";

/* What a lead byte promises: the bytes of the character, and the range of the second one, which
 * keeps out overlong forms, surrogates and what lies beyond U+10FFFF. */
struct lead {
    size_t length;
    unsigned char low, high;
};

static struct lead lead_of(unsigned char byte)
{
    if (byte < 0x80)
        return (struct lead){1, 0x80, 0xbf};
    if (byte < 0xc2)
        return (struct lead){0};
    if (byte < 0xe0)
        return (struct lead){2, 0x80, 0xbf};
    if (byte < 0xf0)
        return (struct lead){3, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf};
    if (byte < 0xf5)
        return (struct lead){4, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf};
    return (struct lead){0};
}

/* How many bytes the character at text has; 0: it is broken. */
static size_t character_bytes(const char *text, size_t left_bytes)
{
    struct lead lead = lead_of((unsigned char)text[0]);
    if (lead.length > left_bytes)
        return 0;
    for (size_t i = 1; i < lead.length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte < (i == 1 ? lead.low : 0x80) || byte > (i == 1 ? lead.high : 0xbf))
            return 0;
    }
    return lead.length;
}

/* What is written instead of a character; NULL: the character itself. */
static const char *escape_of(const char *text, size_t character)
{
    if (!character || text[0] == '\0')
        return replacement;
    if (text[0] == '<')
        return "\\u003c";
    /* Ends of lines to JavaScript, though not to JSON. */
    if (character == 3 && !memcmp(text, "\xe2\x80\xa8", 3))
        return "\\u2028";
    if (character == 3 && !memcmp(text, "\xe2\x80\xa9", 3))
        return "\\u2029";
    return NULL;
}

static bool write_bytes(FILE *out, const void *bytes, size_t count)
{
    return !count || fwrite(bytes, 1, count, out) == count;
}

static bool write_data(FILE *out, const char *text, size_t text_bytes)
{
    size_t plain = 0, at = 0; /* what lies between is written as it is */
    while (at < text_bytes) {
        size_t character = character_bytes(text + at, text_bytes - at);
        const char *escape = escape_of(text + at, character);
        if (!escape) {
            at += character;
            continue;
        }
        if (!write_bytes(out, text + plain, at - plain) ||
            !write_bytes(out, escape, strlen(escape)))
            return false;
        at += character ? character : 1;
        plain = at;
    }
    return write_bytes(out, text + plain, text_bytes - plain);
}

bool report_write(FILE *out, const char *json_text, size_t json_bytes)
{
    errno = 0;
    bool is_written = write_bytes(out, report_head, report_head_bytes) &&
                      write_data(out, json_text, json_bytes) &&
                      write_bytes(out, report_tail, report_tail_bytes);
    if (is_written && fflush(out) == 0 && !ferror(out))
        return true;
    /* An error from before this call leaves no errno. */
    if (!errno)
        errno = EIO;
    return false;
}

/* ---- files ----------------------------------------------------------------------------------- */

struct saving {
    outfile_writer *write_json;
    const void *context;
};

static bool write_page(FILE *out, const void *context)
{
    const struct saving *saving = context;
    char *text = NULL;
    size_t bytes = 0;
    FILE *memory = open_memstream(&text, &bytes);
    if (!memory)
        return false;
    bool is_written = saving->write_json(memory, saving->context);
    is_written = fclose(memory) == 0 && is_written && report_write(out, text, bytes);
    free(text);
    return is_written;
}

bool report_save(const char *path, outfile_writer *write_json, const void *context,
                 struct problem *problem)
{
    const struct saving saving = {write_json, context};
    return outfile_save(path, write_page, &saving, problem);
}
