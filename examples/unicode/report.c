/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RING_COUNT = 16, RING_BYTES = 40, WRAP_COLUMNS = 66 };

static struct {
    bool has_colour, has_utf8, has_true_colour;
} look;

/* Each colour for terminals with 24 bits, and its neighbour in the palette of 256. */
static const struct {
    unsigned char red, green, blue, index;
} palette[] = {
    [COLOUR_ORANGE] = {0xE6, 0x9F, 0x00, 178}, [COLOUR_SKY] = {0x56, 0xB4, 0xE9, 74},
    [COLOUR_GREEN] = {0x00, 0x9E, 0x73, 36},   [COLOUR_YELLOW] = {0xF0, 0xE4, 0x42, 227},
    [COLOUR_BLUE] = {0x00, 0x72, 0xB2, 25},    [COLOUR_VERMILION] = {0xD5, 0x5E, 0x00, 166},
    [COLOUR_PURPLE] = {0xCC, 0x79, 0xA7, 175}, [COLOUR_GREY] = {0x8A, 0x8A, 0x8A, 245},
    [COLOUR_FAINT] = {0x3A, 0x3A, 0x3A, 237},
};

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] != '\0';
}

void report_open(void)
{
    bool is_terminal = isatty(STDOUT_FILENO) == 1;
    setlocale(LC_CTYPE, "");
    const char *terminal = getenv("TERM");
    const char *depth = getenv("COLORTERM");
    look.has_utf8 = is_terminal && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    look.has_colour =
        look.has_utf8 && !is_set("NO_COLOR") && terminal && strcmp(terminal, "dumb") != 0;
    look.has_true_colour =
        depth && (strcmp(depth, "truecolor") == 0 || strcmp(depth, "24bit") == 0);
}

bool report_has_colour(void)
{
    return look.has_colour;
}

bool report_has_utf8(void)
{
    return look.has_utf8;
}

const char *report_sign(const char *utf8, const char *ascii)
{
    return look.has_utf8 ? utf8 : ascii;
}

/* A few strings are alive at a time: as many as one printf takes. */
static char *ring_next(void)
{
    static char ring[RING_COUNT][RING_BYTES];
    static unsigned turn;
    return ring[turn++ % RING_COUNT];
}

static const char *colour_code(enum colour colour, int layer)
{
    if (!look.has_colour || colour == COLOUR_NONE)
        return "";
    char *code = ring_next();
    if (look.has_true_colour)
        snprintf(code, RING_BYTES, "\033[%d;2;%u;%u;%um", layer, palette[colour].red,
                 palette[colour].green, palette[colour].blue);
    else
        snprintf(code, RING_BYTES, "\033[%d;5;%um", layer, palette[colour].index);
    return code;
}

const char *report_ink(enum colour colour)
{
    return colour_code(colour, 38);
}

const char *report_paper(enum colour colour)
{
    return colour_code(colour, 48);
}

const char *report_bold(void)
{
    return look.has_colour ? "\033[1m" : "";
}

const char *report_plain(void)
{
    return look.has_colour ? "\033[0m" : "";
}

void report_title(const char *title, const char *subtitle)
{
    printf("\n  %s%s%s\n  %s%s%s\n", report_bold(), title, report_plain(), report_ink(COLOUR_GREY),
           subtitle, report_plain());
}

void report_chapter(unsigned number, const char *title)
{
    printf("\n  %s%s%u  %s%s\n\n", report_bold(), report_ink(COLOUR_SKY), number, title,
           report_plain());
    fflush(stdout);
}

void report_gap(void)
{
    putchar('\n');
}

void report_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("     ", stdout);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

void report_figure(const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("     %s%-14s%s", report_ink(COLOUR_GREY), name, report_plain());
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

void report_wrapped(const char *name, const char *text)
{
    while (*text) {
        size_t length = strlen(text);
        if (length > WRAP_COLUMNS) {
            length = WRAP_COLUMNS;
            while (length > 0 && text[length] != ' ')
                length--;
            length = length > 0 ? length : strlen(text);
        }
        report_figure(name, "%.*s", (int)length, text);
        text += length + strspn(text + length, " ");
        name = "";
    }
}

void report_check(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("     %s%s%s ", report_ink(COLOUR_GREEN), report_sign("✓", "ok:"), report_plain());
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

const char *report_number(uint64_t number)
{
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%ju", (uintmax_t)number);
    char *text = ring_next(), *to = text;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}

const char *report_bytes(uint64_t bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
    char *text = ring_next();
    double amount = (double)bytes;
    size_t unit = 0;
    while (amount >= 1024 && unit + 1 < sizeof units / sizeof *units) {
        amount /= 1024;
        unit++;
    }
    char digits[16];
    int length = snprintf(digits, sizeof digits, "%.1f", amount);
    if (strcmp(digits + length - 2, ".0") == 0)
        digits[length - 2] = '\0';
    snprintf(text, RING_BYTES, "%s %s", digits, units[unit]);
    return text;
}

const char *report_time(double seconds)
{
    char *text = ring_next();
    if (seconds < 1e-3)
        snprintf(text, RING_BYTES, "%.0f us", seconds * 1e6);
    else if (seconds < 1)
        snprintf(text, RING_BYTES, seconds < 0.01 ? "%.1f ms" : "%.0f ms", seconds * 1e3);
    else
        snprintf(text, RING_BYTES, "%.2f s", seconds);
    return text;
}
