/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complaint.h"
#include "record.h"

enum {
    TEXT_BYTES_MAX = 64 << 20, /* the largest file of the three has 2 MB */
    TEXT_LINE_MAX = 1024       /* the longest line of the three has 208 bytes */
};

static char *join(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", directory, name);
    return path;
}

static bool read_all(struct text *text, int file)
{
    size_t done = 0;
    while (done < text->size_bytes) {
        ssize_t got = read(file, text->bytes + done, text->size_bytes - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return complain_at(text->path, 0, "cannot be read: %s", strerror(errno));
        if (got == 0)
            return complain_at(text->path, 0, "became shorter while it was read; try again");
        done += (size_t)got;
    }
    return true;
}

static bool load_open_file(struct text *text, int file)
{
    struct stat facts;
    if (fstat(file, &facts) != 0)
        return complain_at(text->path, 0, "cannot be examined: %s", strerror(errno));
    if (!S_ISREG(facts.st_mode))
        return complain_at(text->path, 0,
                           "is not a regular file; name a directory that holds the "
                           "files of Debian's package unicode-data");
    if (facts.st_size == 0)
        return complain_at(text->path, 1, "is empty (reinstall the package unicode-data)");
    if (facts.st_size > TEXT_BYTES_MAX)
        return complain_at(text->path, 0, "has more than %d MiB, so it is not the file expected",
                           TEXT_BYTES_MAX >> 20);
    text->size_bytes = (size_t)facts.st_size;
    text->bytes = malloc(text->size_bytes);
    if (!text->bytes)
        return complain_at(text->path, 0, "no memory for its %zu bytes", text->size_bytes);
    return read_all(text, file);
}

bool text_load(struct text *text, const char *directory, const char *name)
{
    *text = (struct text){.path = join(directory, name)};
    if (!text->path)
        return complain("no memory for the path of %s", name);
    int file = open(text->path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return complain_at(text->path, 0,
                           "cannot be opened: %s (install the package unicode-data, "
                           "or name the directory that holds its files)",
                           strerror(errno));
    bool loaded = load_open_file(text, file);
    if (close(file) != 0 && loaded)
        return complain_at(text->path, 0, "cannot be closed: %s", strerror(errno));
    return loaded;
}

void text_free(struct text *text)
{
    free(text->path);
    free(text->bytes);
    *text = (struct text){0};
}

enum text_next text_next(const struct text *text, struct cursor *cursor, struct span *line)
{
    size_t left = text->size_bytes - cursor->at;
    if (left == 0)
        return TEXT_END;
    const char *first = text->bytes + cursor->at;
    const char *end = memchr(first, '\n', left);
    cursor->line++;
    size_t length = end ? (size_t)(end - first) : left;
    if (length > TEXT_LINE_MAX) {
        complain_at(text->path, cursor->line, "line longer than %d bytes (damaged file)",
                    TEXT_LINE_MAX);
        return TEXT_DAMAGED;
    }
    if (!end) {
        complain_at(text->path, cursor->line,
                    "the file ends in the middle of a line (cut short? reinstall unicode-data)");
        return TEXT_DAMAGED;
    }
    if (memchr(first, '\0', length)) {
        complain_at(text->path, cursor->line, "a NUL byte in a text file (damaged file)");
        return TEXT_DAMAGED;
    }
    if (length > 0 && first[length - 1] == '\r')
        length--;
    *line = (struct span){first, length};
    cursor->at += (size_t)(end - first) + 1;
    return TEXT_LINE;
}

struct span span_trim(struct span span)
{
    while (span.length > 0 && (span.first[0] == ' ' || span.first[0] == '\t')) {
        span.first++;
        span.length--;
    }
    while (span.length > 0 &&
           (span.first[span.length - 1] == ' ' || span.first[span.length - 1] == '\t'))
        span.length--;
    return span;
}

struct span span_cut(struct span *rest, char separator)
{
    const char *end = rest->length > 0 ? memchr(rest->first, separator, rest->length) : NULL;
    struct span part = *rest;
    if (end) {
        part.length = (size_t)(end - rest->first);
        *rest = (struct span){end + 1, rest->length - part.length - 1};
    } else {
        *rest = (struct span){rest->first + rest->length, 0};
    }
    return span_trim(part);
}

bool span_is(struct span span, const char *word)
{
    return span.length == strlen(word) && memcmp(span.first, word, span.length) == 0;
}

bool span_starts(struct span span, const char *word)
{
    size_t length = strlen(word);
    return span.length >= length && memcmp(span.first, word, length) == 0;
}

bool span_ends(struct span span, const char *word)
{
    size_t length = strlen(word);
    return span.length >= length && memcmp(span.first + span.length - length, word, length) == 0;
}

/* -1 for what is no hexadecimal digit. Not isxdigit: that asks the locale. */
static int hex_digit(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    if (letter >= 'A' && letter <= 'F')
        return letter - 'A' + 10;
    if (letter >= 'a' && letter <= 'f')
        return letter - 'a' + 10;
    return -1;
}

bool span_code_point(struct span span, uint32_t *code_point)
{
    if (span.length < 4 || span.length > 6)
        return false;
    uint32_t number = 0;
    for (size_t i = 0; i < span.length; i++) {
        int digit = hex_digit(span.first[i]);
        if (digit < 0)
            return false;
        number = number * 16 + (uint32_t)digit;
    }
    if (number >= CODE_POINT_COUNT)
        return false;
    *code_point = number;
    return true;
}

bool span_decimal(struct span span, int64_t max, int64_t *number)
{
    bool is_negative = span.length > 1 && span.first[0] == '-';
    if (span.length == 0)
        return false;
    int64_t sum = 0;
    for (size_t i = is_negative ? 1 : 0; i < span.length; i++) {
        char letter = span.first[i];
        if (letter < '0' || letter > '9')
            return false;
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, letter - '0', &sum))
            return false;
    }
    if (sum > max)
        return false;
    *number = is_negative ? -sum : sum;
    return true;
}

const char *span_shown(struct span span, char shown[SPAN_SHOWN_BYTES])
{
    size_t length = span.length < SPAN_SHOWN_BYTES ? span.length : SPAN_SHOWN_BYTES - 1;
    for (size_t i = 0; i < length; i++)
        shown[i] = span.first[i] >= ' ' && span.first[i] <= '~' ? span.first[i] : '?';
    shown[length] = '\0';
    return shown;
}
