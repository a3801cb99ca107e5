/* SPDX-License-Identifier: MIT */
/*
 * csv_input.c - text of any encoding made UTF-8: see csv_input.h.
 *
 * Decoded here and not by iconv: its tables are files of their own, which a small system leaves
 * out, and of these encodings none takes more than a few lines.
 */
#include "sheet/files/csv_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utf8proc.h>

enum {
    PIECE_BYTES = 65536,
    CHARACTER_BYTES_MAX = 4,
    GROWTH_MAX = 3, /* a byte becomes U+FFFD at worst, two of UTF-16 any of three bytes */
    REPLACEMENT = 0xFFFD
};

enum coding {
    CODING_ASCII_YET,
    CODING_UTF8,
    CODING_LATIN1,
    CODING_WINDOWS,
    UTF16_LE, /* from here on ASCII is no longer ASCII */
    UTF16_BE,
    UTF32_LE,
    UTF32_BE
};

struct csv_input {
    int descriptor;
    bool is_at_end, is_begun, is_plain_file, has_mark;
    const struct progress *progress;
    enum coding coding;
    uint64_t done_bytes, total_bytes, broken_count;
    size_t raw_bytes; /* of a character that the last piece cut, at the start of raw */
    unsigned char raw[PIECE_BYTES + CHARACTER_BYTES_MAX];
    char text[GROWTH_MAX * (PIECE_BYTES + CHARACTER_BYTES_MAX)];
};

/* ---- reading ----------------------------------------------------------------------------------
 */

static int open_path(const char *path)
{
    /* A descriptor of our own, so that closing it is the same for both. */
    return strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                  : open(path, O_RDONLY | O_CLOEXEC);
}

static enum coding coding_of(enum csv_encoding encoding)
{
    static const enum coding codings[] = {[CSV_ENCODING_GUESS] = CODING_ASCII_YET,
                                          [CSV_UTF8] = CODING_UTF8,
                                          [CSV_UTF16] = UTF16_LE,
                                          [CSV_UTF16_BIG] = UTF16_BE,
                                          [CSV_LATIN1] = CODING_LATIN1,
                                          [CSV_WINDOWS] = CODING_WINDOWS};
    return codings[encoding];
}

struct csv_input *csv_input_open(const char *path, enum csv_encoding encoding,
                                 const struct progress *progress, struct problem *problem)
{
    struct stat found;
    struct csv_input *input = calloc(1, sizeof *input);
    if (!input) {
        (void)problem_out_of_memory(problem);
        return NULL;
    }
    input->coding = coding_of(encoding);
    input->progress = progress;
    input->descriptor = open_path(path);
    if (input->descriptor < 0 || fstat(input->descriptor, &found) != 0) {
        (void)problem_say(problem, "%s cannot be read: %s", path, strerror(errno));
        csv_input_close(input);
        return NULL;
    }
    input->is_plain_file = S_ISREG(found.st_mode);
    if (input->is_plain_file && found.st_size > 0)
        input->total_bytes = (uint64_t)found.st_size;
    return input;
}

void csv_input_close(struct csv_input *input)
{
    if (!input)
        return;
    if (input->descriptor >= 0)
        (void)close(input->descriptor); /* only read from */
    free(input);
}

/* A whole piece, behind what is left of the last one. A signal ends the waiting for more of it, but
 * not what goes on here: so whoever it may concern is asked each time. */
static bool fill(struct csv_input *input, struct problem *problem)
{
    size_t room = input->raw_bytes + PIECE_BYTES;
    while (!input->is_at_end && input->raw_bytes < room) {
        if (!input->is_plain_file &&
            !progress_step(input->progress, "reading", input->done_bytes, input->total_bytes))
            return problem_say(problem, "reading was cancelled");
        ssize_t count =
            read(input->descriptor, input->raw + input->raw_bytes, room - input->raw_bytes);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return problem_say(problem, "it cannot be read: %s", strerror(errno));
        input->is_at_end = count == 0;
        input->raw_bytes += (size_t)count;
        input->done_bytes += (uint64_t)count;
    }
    return true;
}

/* ---- which encoding ---------------------------------------------------------------------------
 */

static size_t count_zeros(const unsigned char *raw, size_t raw_bytes, size_t first)
{
    size_t count = 0;
    for (size_t i = first; i < raw_bytes; i += 2)
        count += raw[i] == 0;
    return count;
}

/* Without a byte order mark: half of what most people write in UTF-16 is 0. */
static enum coding coding_by_zeros(const struct csv_input *input)
{
    size_t half = input->raw_bytes / 2;
    size_t even = count_zeros(input->raw, input->raw_bytes, 0);
    size_t odd = count_zeros(input->raw, input->raw_bytes, 1);
    if (odd > half / 2 + 1 && even <= half / 20)
        return UTF16_LE;
    if (even > half / 2 + 1 && odd <= half / 20)
        return UTF16_BE;
    return input->coding;
}

static bool starts_with(const struct csv_input *input, const char *mark, size_t mark_bytes)
{
    return input->raw_bytes >= mark_bytes && memcmp(input->raw, mark, mark_bytes) == 0;
}

static bool may_be(const struct csv_input *input, enum coding coding)
{
    return input->coding == CODING_ASCII_YET || input->coding == coding;
}

/* Returns the bytes of the mark. */
static size_t look_at_start(struct csv_input *input)
{
    if (may_be(input, CODING_UTF8) && starts_with(input, "\xEF\xBB\xBF", 3)) {
        input->coding = CODING_UTF8;
        return 3;
    }
    if (input->coding == CODING_ASCII_YET &&
        (starts_with(input, "\xFF\xFE\0\0", 4) || starts_with(input, "\0\0\xFE\xFF", 4))) {
        input->coding = input->raw[0] ? UTF32_LE : UTF32_BE;
        return 4;
    }
    if (!may_be(input, UTF16_LE) && !may_be(input, UTF16_BE))
        return 0;
    if (starts_with(input, "\xFF\xFE", 2) || starts_with(input, "\xFE\xFF", 2)) {
        input->coding = input->raw[0] == 0xFF ? UTF16_LE : UTF16_BE;
        return 2;
    }
    input->coding = coding_by_zeros(input);
    return 0;
}

/* ---- decoding ---------------------------------------------------------------------------------
 */

/* How many bytes at the start are ASCII, and none of them 0; eight at a time. */
static size_t ascii_bytes(const unsigned char *raw, size_t raw_bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    size_t at = 0;
    for (uint64_t word; at + sizeof word <= raw_bytes; at += sizeof word) {
        memcpy(&word, raw + at, sizeof word);
        if ((word | (word - ones)) & high)
            break;
    }
    while (at < raw_bytes && raw[at] && raw[at] < 0x80)
        at++;
    return at;
}

/* One character: its bytes. 0: it is cut off. A byte that is none is U+FFFD. */
static size_t decode_utf8(const unsigned char *raw, size_t raw_bytes, uint32_t *character)
{
    static const unsigned char lengths[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4};
    utf8proc_int32_t found;
    utf8proc_ssize_t bytes = utf8proc_iterate(raw, (utf8proc_ssize_t)raw_bytes, &found);
    *character = bytes > 0 ? (uint32_t)found : REPLACEMENT;
    if (bytes > 0)
        return (size_t)bytes;
    size_t wanted = lengths[raw[0] >> 4], at = 1;
    while (at < raw_bytes && (raw[at] & 0xC0) == 0x80)
        at++;
    return at == raw_bytes && raw_bytes < wanted ? 0 : 1;
}

/* 0x80 to 0x9F; those that Windows-1252 leaves out are control characters, as in Latin-1. */
static const uint16_t windows[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

uint32_t csv_input_windows(unsigned char byte)
{
    return windows[byte - 0x80];
}

static size_t decode_utf16(const unsigned char *raw, size_t raw_bytes, bool is_little,
                           uint32_t *character)
{
    size_t low = is_little ? 0 : 1, high = 1 - low;
    if (raw_bytes < 2)
        return 0;
    uint32_t first = raw[low] | (uint32_t)raw[high] << 8;
    *character = first;
    if (first < 0xD800 || first > 0xDFFF)
        return 2;
    *character = REPLACEMENT;
    if (first >= 0xDC00)
        return 2;
    if (raw_bytes < 4)
        return 0;
    uint32_t second = raw[2 + low] | (uint32_t)raw[2 + high] << 8;
    if (second < 0xDC00 || second > 0xDFFF)
        return 2;
    *character = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    return 4;
}

static size_t decode_utf32(const unsigned char *raw, size_t raw_bytes, bool is_little,
                           uint32_t *character)
{
    *character = 0;
    if (raw_bytes < 4)
        return 0;
    for (size_t i = 0; i < 4; i++)
        *character = *character << 8 | raw[is_little ? 3 - i : i];
    if (!utf8proc_codepoint_valid((utf8proc_int32_t)*character))
        *character = REPLACEMENT;
    return 4;
}

static size_t decode(const struct csv_input *input, const unsigned char *raw, size_t raw_bytes,
                     uint32_t *character)
{
    *character = raw[0];
    switch (input->coding) {
    case CODING_LATIN1:
        return 1;
    case CODING_WINDOWS:
        if (raw[0] >= 0x80 && raw[0] < 0xA0)
            *character = csv_input_windows(raw[0]);
        return 1;
    case UTF16_LE:
    case UTF16_BE:
        return decode_utf16(raw, raw_bytes, input->coding == UTF16_LE, character);
    case UTF32_LE:
    case UTF32_BE:
        return decode_utf32(raw, raw_bytes, input->coding == UTF32_LE, character);
    default:
        return decode_utf8(raw, raw_bytes, character);
    }
}

/* Is all of it UTF-8, but perhaps for a last character that is cut off? */
static bool is_utf8(const unsigned char *raw, size_t raw_bytes, bool is_last)
{
    uint32_t character;
    for (size_t at = 0; at < raw_bytes;) {
        at += ascii_bytes(raw + at, raw_bytes - at);
        if (at == raw_bytes)
            return true;
        size_t bytes = decode_utf8(raw + at, raw_bytes - at, &character);
        if (bytes == 0)
            return !is_last;
        if (bytes == 1 && character == REPLACEMENT)
            return false;
        at += bytes;
    }
    return true;
}

static void decide(struct csv_input *input, const unsigned char *raw, size_t raw_bytes)
{
    for (size_t i = 0; i < raw_bytes && input->coding == CODING_ASCII_YET; i++)
        if (raw[i] >= 0x80)
            input->coding =
                is_utf8(raw, raw_bytes, input->is_at_end) ? CODING_UTF8 : CODING_WINDOWS;
}

/* How far the bytes can be handed out as they are. */
static size_t plain_bytes(const struct csv_input *input, const unsigned char *raw, size_t raw_bytes)
{
    uint32_t character;
    size_t at = 0;
    if (input->coding >= UTF16_LE)
        return 0;
    for (;;) {
        at += ascii_bytes(raw + at, raw_bytes - at);
        if (at == raw_bytes || input->coding != CODING_UTF8 || !raw[at])
            return at;
        size_t bytes = decode_utf8(raw + at, raw_bytes - at, &character);
        if (bytes < 2)
            return at;
        at += bytes;
    }
}

/* Write the characters as UTF-8; a last one that is cut off is left. Returns the raw bytes taken.
 */
static size_t convert(struct csv_input *input, const unsigned char *raw, size_t raw_bytes,
                      size_t *text_bytes)
{
    char *text = input->text;
    size_t at = 0;
    while (at < raw_bytes) {
        size_t plain = plain_bytes(input, raw + at, raw_bytes - at);
        text = mempcpy(text, raw + at, plain);
        at += plain;
        if (at == raw_bytes)
            break;
        uint32_t character;
        size_t bytes = decode(input, raw + at, raw_bytes - at, &character);
        if (bytes == 0 && !input->is_at_end)
            break;
        if (bytes == 0) { /* cut off for ever */
            bytes = raw_bytes - at;
            character = REPLACEMENT;
        }
        input->broken_count += character == 0 || character == REPLACEMENT;
        character = character ? character : REPLACEMENT;
        text += utf8proc_encode_char((utf8proc_int32_t)character, (utf8proc_uint8_t *)text);
        at += bytes;
    }
    *text_bytes = (size_t)(text - input->text);
    return at;
}

int64_t csv_input_next(struct csv_input *input, const char **text, struct problem *problem)
{
    size_t text_bytes = 0;
    while (text_bytes == 0 && (!input->is_at_end || input->raw_bytes > 0)) {
        if (!fill(input, problem))
            return -1;
        size_t from = input->is_begun ? 0 : look_at_start(input);
        input->has_mark |= from > 0;
        input->is_begun = true;
        decide(input, input->raw + from, input->raw_bytes - from);
        size_t taken =
            from + convert(input, input->raw + from, input->raw_bytes - from, &text_bytes);
        input->raw_bytes -= taken;
        memmove(input->raw, input->raw + taken, input->raw_bytes);
    }
    *text = input->text;
    return (int64_t)text_bytes;
}

/* ---- figures ----------------------------------------------------------------------------------
 */

uint64_t csv_input_done_bytes(const struct csv_input *input)
{
    return input->done_bytes;
}

uint64_t csv_input_total_bytes(const struct csv_input *input)
{
    return input->total_bytes;
}

uint64_t csv_input_broken_count(const struct csv_input *input)
{
    return input->broken_count;
}

enum csv_encoding csv_input_encoding(const struct csv_input *input)
{
    static const enum csv_encoding encodings[] = {
        [CODING_ASCII_YET] = CSV_UTF8,  [CODING_UTF8] = CSV_UTF8, [CODING_LATIN1] = CSV_LATIN1,
        [CODING_WINDOWS] = CSV_WINDOWS, [UTF16_LE] = CSV_UTF16,   [UTF16_BE] = CSV_UTF16_BIG,
        [UTF32_LE] = CSV_UTF8,          [UTF32_BE] = CSV_UTF8};
    return encodings[input->coding];
}

bool csv_input_has_mark(const struct csv_input *input)
{
    return input->has_mark;
}
