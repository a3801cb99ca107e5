/* SPDX-License-Identifier: MIT */
#include "format.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

_Static_assert(sizeof(wchar_t) >= W32_UTF8_BYTES_MAX, "a wide character has room for its bytes");

/* ---- the text that grows ------------------------------------------------------------------- */

void w32_text_open(struct w32_text *text)
{
    text->units = text->first_units;
    text->count = 0;
    text->room = sizeof text->first_units / sizeof *text->first_units;
}

void w32_text_close(struct w32_text *text)
{
    if (text->units != text->first_units)
        free(text->units);
}

static int grow(struct w32_text *text, size_t room)
{
    if (room < 2 * text->room)
        room = 2 * text->room;
    bool was_first = text->units == text->first_units;
    wchar_t *units = realloc(was_first ? NULL : text->units, room * sizeof *units);
    if (!units)
        return ENOMEM;
    if (was_first)
        wmemcpy(units, text->first_units, text->count);
    text->units = units;
    text->room = room;
    return 0;
}

static int make_room(struct w32_text *text, size_t count)
{
    if (count > INT_MAX - text->count)
        return EOVERFLOW;
    return count <= text->room - text->count ? 0 : grow(text, text->count + count);
}

static int put_repeated(struct w32_text *text, wchar_t unit, size_t count)
{
    int error = make_room(text, count);
    if (error)
        return error;
    wmemset(text->units + text->count, unit, count);
    text->count += count;
    return 0;
}

static int put_unit(struct w32_text *text, wchar_t unit)
{
    return put_repeated(text, unit, 1);
}

static int put_bytes(struct w32_text *text, const char *bytes, size_t count)
{
    int error = make_room(text, count);
    for (size_t i = 0; i < count && !error; i++)
        text->units[text->count++] = (unsigned char)bytes[i];
    return error;
}

size_t w32_text_bytes_of_bytes(struct w32_text *text, char **bytes)
{
    *bytes = (char *)text->units;
    for (size_t i = 0; i < text->count; i++)
        (*bytes)[i] = (char)text->units[i];
    return text->count;
}

size_t w32_text_bytes_of_wide(struct w32_text *text, char **bytes)
{
    size_t size_bytes = 0;
    *bytes = (char *)text->units;
    for (size_t i = 0; i < text->count; i++)
        size_bytes += w32_utf8_encode(text->units[i], *bytes + size_bytes);
    return size_bytes;
}

/* ---- reading a format ---------------------------------------------------------------------- */

/* The "size" between precision and type, by what it does. */
enum size {
    SIZE_NONE,
    SIZE_HH,
    SIZE_H,
    SIZE_L, /* 32 bits of a number; a wide string */
    SIZE_32,
    SIZE_64,
    SIZE_LONG_DOUBLE, /* 64 bits of an integer */
    SIZE_W,           /* a wide string */
    SIZE_T_           /* TCHAR: a string as the format itself */
};

struct conversion {
    bool left, zero, plus, space, alternate;
    int width;
    int precision; /* -1: not given */
    enum size size;
    wchar_t type;
};

struct formatter {
    struct w32_text *text;
    bool is_wide;
    const char *bytes;   /* one of these two is the format */
    const wchar_t *wide; /* and stands at what is read next */
    va_list arguments;
};

static wchar_t peek(const struct formatter *f)
{
    return f->is_wide ? *f->wide : (wchar_t)(unsigned char)*f->bytes;
}

static void step(struct formatter *f)
{
    if (f->is_wide)
        f->wide++;
    else
        f->bytes++;
}

static bool take(struct formatter *f, wchar_t expected)
{
    if (peek(f) != expected)
        return false;
    step(f);
    return true;
}

static void read_flags(struct formatter *f, struct conversion *c)
{
    for (;; step(f)) {
        switch (peek(f)) {
        case L'-':
            c->left = true;
            break;
        case L'0':
            c->zero = true;
            break;
        case L'+':
            c->plus = true;
            break;
        case L' ':
            c->space = true;
            break;
        case L'#':
            c->alternate = true;
            break;
        default:
            return;
        }
    }
}

static int read_number(struct formatter *f, int *number)
{
    *number = 0;
    for (; peek(f) >= L'0' && peek(f) <= L'9'; step(f)) {
        int digit = (int)(peek(f) - L'0');
        if (*number > (INT_MAX - digit) / 10)
            return EOVERFLOW;
        *number = *number * 10 + digit;
    }
    return 0;
}

static int read_width(struct formatter *f, struct conversion *c)
{
    if (!take(f, L'*'))
        return read_number(f, &c->width);
    c->width = va_arg(f->arguments, int);
    if (c->width == INT_MIN)
        return EOVERFLOW;
    if (c->width < 0) {
        c->left = true;
        c->width = -c->width;
    }
    return 0;
}

static int read_precision(struct formatter *f, struct conversion *c)
{
    c->precision = -1;
    if (!take(f, L'.'))
        return 0;
    if (!take(f, L'*'))
        return read_number(f, &c->precision);
    c->precision = va_arg(f->arguments, int);
    if (c->precision < 0)
        c->precision = -1;
    return 0;
}

static bool take_pair(struct formatter *f, wchar_t first, wchar_t second)
{
    wchar_t next = f->is_wide ? f->wide[0] : (wchar_t)f->bytes[0];
    if (next != first || (f->is_wide ? f->wide[1] : (wchar_t)f->bytes[1]) != second)
        return false;
    step(f);
    step(f);
    return true;
}

static enum size read_size(struct formatter *f)
{
    if (take(f, L'h'))
        return take(f, L'h') ? SIZE_HH : SIZE_H;
    if (take(f, L'l'))
        return take(f, L'l') ? SIZE_64 : SIZE_L;
    if (take(f, L'I')) {
        if (take_pair(f, L'3', L'2'))
            return SIZE_32;
        take_pair(f, L'6', L'4');
        return SIZE_64;
    }
    if (take(f, L'j') || take(f, L'z') || take(f, L't'))
        return SIZE_64;
    if (take(f, L'L'))
        return SIZE_LONG_DOUBLE;
    if (take(f, L'w'))
        return SIZE_W;
    return take(f, L'T') ? SIZE_T_ : SIZE_NONE;
}

static int read_conversion(struct formatter *f, struct conversion *c)
{
    read_flags(f, c);
    int error = read_width(f, c);
    if (!error)
        error = read_precision(f, c);
    if (error)
        return error;
    c->size = read_size(f);
    c->type = peek(f);
    if (c->type != L'\0')
        step(f);
    return 0;
}

/* ---- numbers: the C library prints them, one conversion at a time --------------------------- */

union number {
    unsigned long long integer;
    double floating;
    long double long_floating;
};

enum number_kind { INTEGER, FLOATING, LONG_FLOATING };

struct pattern {
    enum number_kind kind;
    char text[16];
};

static struct pattern pattern_of(const struct conversion *c, enum number_kind kind, char type)
{
    static const char *const lengths[] = {[INTEGER] = "ll", [FLOATING] = "", [LONG_FLOATING] = "L"};
    struct pattern pattern = {.kind = kind};
    snprintf(pattern.text, sizeof pattern.text, "%%%s%s%s%s%s*.*%s%c", c->left ? "-" : "",
             c->zero ? "0" : "", c->plus ? "+" : "", c->space ? " " : "", c->alternate ? "#" : "",
             lengths[kind], type);
    return pattern;
}

static int print_number(char *bytes, size_t size_bytes, const struct conversion *c,
                        const struct pattern *pattern, const union number *number)
{
    switch (pattern->kind) {
    case FLOATING:
        return snprintf(bytes, size_bytes, pattern->text, c->width, c->precision, number->floating);
    case LONG_FLOATING:
        return snprintf(bytes, size_bytes, pattern->text, c->width, c->precision,
                        number->long_floating);
    default:
        return snprintf(bytes, size_bytes, pattern->text, c->width, c->precision, number->integer);
    }
}

static int put_long_number(struct formatter *f, const struct conversion *c,
                           const struct pattern *pattern, const union number *number, size_t length)
{
    char *bytes = malloc(length + 1);
    if (!bytes)
        return ENOMEM;
    print_number(bytes, length + 1, c, pattern, number);
    int error = put_bytes(f->text, bytes, length);
    free(bytes);
    return error;
}

static int put_number(struct formatter *f, const struct conversion *c, enum number_kind kind,
                      char type, const union number *number)
{
    struct pattern pattern = pattern_of(c, kind, type);
    char bytes[128];
    int length = print_number(bytes, sizeof bytes, c, &pattern, number);
    if (length < 0)
        return EOVERFLOW;
    if ((size_t)length < sizeof bytes)
        return put_bytes(f->text, bytes, (size_t)length);
    return put_long_number(f, c, &pattern, number, (size_t)length);
}

static unsigned long long next_signed(struct formatter *f, enum size size)
{
    switch (size) {
    case SIZE_64:
    case SIZE_LONG_DOUBLE:
        return (unsigned long long)va_arg(f->arguments, long long);
    case SIZE_H:
        return (unsigned long long)(short)va_arg(f->arguments, int);
    case SIZE_HH:
        return (unsigned long long)(signed char)va_arg(f->arguments, int);
    default:
        /* Not long: what lies beyond the 32 bits of a LONG in its argument is garbage. */
        return (unsigned long long)va_arg(f->arguments, int);
    }
}

static unsigned long long next_unsigned(struct formatter *f, enum size size)
{
    switch (size) {
    case SIZE_64:
    case SIZE_LONG_DOUBLE:
        return va_arg(f->arguments, unsigned long long);
    case SIZE_H:
        return (unsigned short)va_arg(f->arguments, unsigned);
    case SIZE_HH:
        return (unsigned char)va_arg(f->arguments, unsigned);
    default:
        return va_arg(f->arguments, unsigned);
    }
}

static int put_pointer(struct formatter *f, const struct conversion *c)
{
    struct conversion as_digits = *c;
    as_digits.precision = 2 * (int)sizeof(void *);
    uintptr_t address = (uintptr_t)va_arg(f->arguments, void *);
    return put_number(f, &as_digits, INTEGER, 'X', &(union number){.integer = address});
}

/* ---- strings and characters ---------------------------------------------------------------- */

static int put_padding(struct formatter *f, const struct conversion *c, size_t length, bool before)
{
    if (c->left == before || (size_t)c->width <= length)
        return 0;
    /* Zeros also before strings. */
    return put_repeated(f->text, c->zero && before ? L'0' : L' ', (size_t)c->width - length);
}

static int put_wide_run(struct formatter *f, const wchar_t *run, size_t length)
{
    int error = 0;
    if (f->is_wide) {
        error = make_room(f->text, length);
        if (error)
            return error;
        wmemcpy(f->text->units + f->text->count, run, length);
        f->text->count += length;
        return 0;
    }
    for (size_t i = 0; i < length && !error; i++) {
        char bytes[W32_UTF8_BYTES_MAX];
        error = put_bytes(f->text, bytes, w32_utf8_encode(run[i], bytes));
    }
    return error;
}

static int put_decoded(struct formatter *f, const char *bytes, size_t size_bytes)
{
    int error = 0;
    for (size_t at = 0; at < size_bytes && !error;) {
        wchar_t character;
        at += w32_utf8_decode(bytes + at, size_bytes - at, &character);
        error = put_unit(f->text, character);
    }
    return error;
}

static int put_wide_string(struct formatter *f, const struct conversion *c, const wchar_t *string,
                           size_t length)
{
    int error = put_padding(f, c, length, true);
    if (!error)
        error = put_wide_run(f, string, length);
    return error ? error : put_padding(f, c, length, false);
}

/* length in units of the output: of a narrow string in a wide format, its characters. */
static int put_narrow_string(struct formatter *f, const struct conversion *c, const char *string,
                             size_t size_bytes, size_t length)
{
    int error = put_padding(f, c, length, true);
    if (!error)
        error = f->is_wide ? put_decoded(f, string, size_bytes)
                           : put_bytes(f->text, string, size_bytes);
    return error ? error : put_padding(f, c, length, false);
}

static size_t length_within(const char *string, int precision)
{
    if (precision < 0)
        return strlen(string);
    const char *end = memchr(string, '\0', (size_t)precision);
    return end ? (size_t)(end - string) : (size_t)precision;
}

static size_t wide_length_within(const wchar_t *string, int precision)
{
    if (precision < 0)
        return wcslen(string);
    size_t length = 0;
    while (length < (size_t)precision && string[length])
        length++;
    return length;
}

/* How many bytes hold the first limit characters, of which *length are there. Reads no byte beyond
 * them: the string may end there without a zero. */
static size_t characters_within(const char *string, size_t limit, size_t *length)
{
    size_t at = 0;
    for (*length = 0; *length < limit && string[at]; ++*length) {
        size_t available = 0, wanted = w32_utf8_length((unsigned char)string[at]);
        while (available < wanted && string[at + available])
            available++;
        wchar_t character;
        at += w32_utf8_decode(string + at, available, &character);
    }
    return at;
}

static bool is_wide_argument(const struct formatter *f, const struct conversion *c)
{
    switch (c->size) {
    case SIZE_H:
        return false;
    case SIZE_L:
    case SIZE_W:
        return true;
    case SIZE_T_:
        return f->is_wide;
    default:
        return f->is_wide == (c->type == L's' || c->type == L'c');
    }
}

static int put_string(struct formatter *f, const struct conversion *c)
{
    if (is_wide_argument(f, c)) {
        const wchar_t *string = va_arg(f->arguments, const wchar_t *);
        if (!string)
            string = L"(null)";
        return put_wide_string(f, c, string, wide_length_within(string, c->precision));
    }

    const char *string = va_arg(f->arguments, const char *);
    if (!string)
        string = "(null)";
    if (!f->is_wide) {
        size_t length = length_within(string, c->precision);
        return put_narrow_string(f, c, string, length, length);
    }
    size_t length, limit = c->precision < 0 ? SIZE_MAX : (size_t)c->precision;
    size_t size_bytes = characters_within(string, limit, &length);
    return put_narrow_string(f, c, string, size_bytes, length);
}

static int put_character(struct formatter *f, const struct conversion *c)
{
    int argument = va_arg(f->arguments, int);
    if (is_wide_argument(f, c))
        return put_wide_string(f, c, &(wchar_t){(wchar_t)argument}, 1);
    return put_narrow_string(f, c, &(char){(char)argument}, 1, 1);
}

/* ---- floating point ------------------------------------------------------------------------ */

/* What 0.0 / 0.0 gives on the processors of Windows. */
static bool is_indefinite(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits == UINT64_C(0xfff8000000000000);
}

static int put_double(struct formatter *f, const struct conversion *c)
{
    double value = va_arg(f->arguments, double);
    bool is_hexadecimal = c->type == L'a' || c->type == L'A';
    if (is_indefinite(value)) {
        bool is_upper = c->type < L'a';
        struct conversion as_string = *c;
        as_string.zero = false;
        const char *name = is_upper ? "-NAN(IND)" : "-nan(ind)";
        return put_narrow_string(f, &as_string, name, strlen(name), strlen(name));
    }

    struct conversion complete = *c;
    if (is_hexadecimal && c->precision < 0)
        complete.precision = 13; /* all digits of a double, always */
    return put_number(f, &complete, FLOATING, (char)c->type, &(union number){.floating = value});
}

static int put_floating(struct formatter *f, const struct conversion *c)
{
    if (c->size != SIZE_LONG_DOUBLE)
        return put_double(f, c);
    union number number = {.long_floating = va_arg(f->arguments, long double)};
    return put_number(f, c, LONG_FLOATING, (char)c->type, &number);
}

/* ---- a whole format ------------------------------------------------------------------------ */

static int put_integer(struct formatter *f, const struct conversion *c)
{
    bool is_signed = c->type == L'd' || c->type == L'i';
    union number number = {.integer =
                               is_signed ? next_signed(f, c->size) : next_unsigned(f, c->size)};
    return put_number(f, c, INTEGER, (char)c->type, &number);
}

static int put_conversion(struct formatter *f, const struct conversion *c)
{
    switch (c->type) {
    case L'd':
    case L'i':
    case L'u':
    case L'o':
    case L'x':
    case L'X':
        return put_integer(f, c);
    case L'e':
    case L'E':
    case L'f':
    case L'F':
    case L'g':
    case L'G':
    case L'a':
    case L'A':
        return put_floating(f, c);
    case L's':
    case L'S':
        return put_string(f, c);
    case L'c':
    case L'C':
        return put_character(f, c);
    case L'p':
        return put_pointer(f, c);
    case L'n': /* a way to write through the stack of a program: refused, as there */
        return EINVAL;
    case L'\0':
        return 0;
    default:
        return put_unit(f->text, c->type);
    }
}

static int put_all(struct formatter *f)
{
    int error = 0;
    while (peek(f) != L'\0' && !error) {
        wchar_t unit = peek(f);
        step(f);
        if (unit != L'%') {
            error = put_unit(f->text, unit);
            continue;
        }
        struct conversion conversion = {0};
        error = read_conversion(f, &conversion);
        if (!error)
            error = put_conversion(f, &conversion);
    }
    return error;
}

int w32_format_bytes(struct w32_text *text, const char *format, va_list arguments)
{
    struct formatter f = {.text = text, .bytes = format};
    if (!format)
        return EINVAL;
    va_copy(f.arguments, arguments);
    int error = put_all(&f);
    va_end(f.arguments);
    return error;
}

int w32_format_wide(struct w32_text *text, const wchar_t *format, va_list arguments)
{
    struct formatter f = {.text = text, .is_wide = true, .wide = format};
    if (!format)
        return EINVAL;
    va_copy(f.arguments, arguments);
    int error = put_all(&f);
    va_end(f.arguments);
    return error;
}
