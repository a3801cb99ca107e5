/* SPDX-License-Identifier: MIT */
/* text.c - the printf family by Microsoft's rules: where the text of format.c goes. */
#include <steppe_win32_text.h>

#include <errno.h>
#include <stdbool.h>

#include "format.h"

/* The format is one of these two. */
struct format {
    const char *bytes;
    const wchar_t *wide;
};

/* Build the text, or say why not in errno. */
static bool build(struct w32_text *text, struct format format, va_list arguments)
{
    w32_text_open(text);
    int error = format.wide ? w32_format_wide(text, format.wide, arguments)
                            : w32_format_bytes(text, format.bytes, arguments);
    if (!error)
        return true;
    w32_text_close(text);
    errno = error;
    return false;
}

static int refuse(int error)
{
    errno = error;
    return -1;
}

/* ---- streams ------------------------------------------------------------------------------- */

static int print(FILE *stream, struct format format, va_list arguments)
{
    if (!stream)
        return refuse(EINVAL);
    struct w32_text text;
    if (!build(&text, format, arguments))
        return -1;
    char *bytes;
    size_t size_bytes = format.wide ? w32_text_bytes_of_wide(&text, &bytes)
                                    : w32_text_bytes_of_bytes(&text, &bytes);
    int written = fwrite(bytes, 1, size_bytes, stream) == size_bytes ? (int)text.count : -1;
    w32_text_close(&text);
    return written;
}

/* ---- buffers ------------------------------------------------------------------------------- */

/* A buffer of bytes or of wide characters: one of the two. */
struct buffer {
    char *bytes;
    wchar_t *wide;
    size_t size; /* in characters; SIZE_MAX: the caller promises */
};

static bool is_null(const struct buffer *buffer)
{
    return !buffer->bytes && !buffer->wide;
}

static void store(const struct buffer *buffer, size_t index, wchar_t unit)
{
    if (buffer->wide)
        buffer->wide[index] = unit;
    else
        buffer->bytes[index] = (char)unit;
}

static void copy(const struct buffer *buffer, const struct w32_text *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        store(buffer, i, text->units[i]);
}

static void make_empty(const struct buffer *buffer)
{
    if (!is_null(buffer) && buffer->size)
        store(buffer, 0, L'\0');
}

/* How many characters there would be. */
static int measure(struct format format, va_list arguments)
{
    struct w32_text text;
    if (!build(&text, format, arguments))
        return -1;
    w32_text_close(&text);
    return (int)text.count;
}

/* Cut to size - 1 characters; the whole text's length, so that the caller sees whether it was. */
static int print_cut(const struct buffer *buffer, struct format format, va_list arguments)
{
    if (buffer->size == 0)
        return measure(format, arguments);
    if (is_null(buffer))
        return refuse(EINVAL);
    struct w32_text text;
    if (!build(&text, format, arguments)) {
        make_empty(buffer);
        return -1;
    }
    size_t count = text.count < buffer->size ? text.count : buffer->size - 1;
    copy(buffer, &text, count);
    store(buffer, count, L'\0');
    w32_text_close(&text);
    return (int)text.count;
}

static int print_old(const struct buffer *buffer, struct format format, va_list arguments)
{
    if (is_null(buffer))
        return buffer->size == 0 ? measure(format, arguments) : refuse(EINVAL);
    struct w32_text text;
    if (!build(&text, format, arguments))
        return -1;
    bool fits = text.count <= buffer->size;
    copy(buffer, &text, fits ? text.count : buffer->size);
    if (text.count < buffer->size)
        store(buffer, text.count, L'\0');
    w32_text_close(&text);
    return fits ? (int)text.count : -1;
}

/* At most count characters and a zero, or nothing. */
static int print_safely(const struct buffer *buffer, size_t count, struct format format,
                        va_list arguments)
{
    if (is_null(buffer) || buffer->size == 0)
        return refuse(EINVAL);
    make_empty(buffer);
    struct w32_text text;
    if (!build(&text, format, arguments))
        return -1;
    bool is_cut = text.count > count;
    size_t kept = is_cut ? count : text.count;
    if (kept >= buffer->size && count == _TRUNCATE) {
        is_cut = true;
        kept = buffer->size - 1;
    }
    bool fits = kept < buffer->size;
    if (fits) {
        copy(buffer, &text, kept);
        store(buffer, kept, L'\0');
    }
    w32_text_close(&text);
    if (!fits)
        return refuse(ERANGE);
    return is_cut ? -1 : (int)kept;
}

/* ---- the family: v... -------------------------------------------------------------------------
 */

#define NARROW ((struct format){.bytes = format})
#define WIDE ((struct format){.wide = format})
#define TO_BYTES(size_) (&(struct buffer){.bytes = buffer, .size = (size_)})
#define TO_WIDE(size_) (&(struct buffer){.wide = buffer, .size = (size_)})

int steppe_win32_vfprintf(FILE *stream, const char *format, va_list arguments)
{
    return print(stream, NARROW, arguments);
}

int steppe_win32_vfprintf_w(FILE *stream, const wchar_t *format, va_list arguments)
{
    return print(stream, WIDE, arguments);
}

int steppe_win32_vprintf(const char *format, va_list arguments)
{
    return print(stdout, NARROW, arguments);
}

int steppe_win32_vprintf_w(const wchar_t *format, va_list arguments)
{
    return print(stdout, WIDE, arguments);
}

int steppe_win32_vsprintf(char *buffer, const char *format, va_list arguments)
{
    return print_cut(TO_BYTES(SIZE_MAX), NARROW, arguments);
}

int steppe_win32_vsprintf_w(wchar_t *buffer, const wchar_t *format, va_list arguments)
{
    return print_cut(TO_WIDE(SIZE_MAX), WIDE, arguments);
}

int steppe_win32_vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
    return print_cut(TO_BYTES(size), NARROW, arguments);
}

int steppe_win32_vsnprintf_w(wchar_t *buffer, size_t size, const wchar_t *format, va_list arguments)
{
    int length = print_cut(TO_WIDE(size), WIDE, arguments);
    return length >= 0 && (size_t)length < size ? length : -1;
}

int steppe_win32_old_vsnprintf(char *buffer, size_t count, const char *format, va_list arguments)
{
    return print_old(TO_BYTES(count), NARROW, arguments);
}

int steppe_win32_old_vsnprintf_w(wchar_t *buffer, size_t count, const wchar_t *format,
                                 va_list arguments)
{
    return print_old(TO_WIDE(count), WIDE, arguments);
}

int steppe_win32_vscprintf(const char *format, va_list arguments)
{
    return measure(NARROW, arguments);
}

int steppe_win32_vscprintf_w(const wchar_t *format, va_list arguments)
{
    return measure(WIDE, arguments);
}

int steppe_win32_vsprintf_s(char *buffer, size_t size, const char *format, va_list arguments)
{
    return print_safely(TO_BYTES(size), SIZE_MAX - 1, NARROW, arguments);
}

int steppe_win32_vsprintf_s_w(wchar_t *buffer, size_t size, const wchar_t *format,
                              va_list arguments)
{
    return print_safely(TO_WIDE(size), SIZE_MAX - 1, WIDE, arguments);
}

int steppe_win32_vsnprintf_s(char *buffer, size_t size, size_t count, const char *format,
                             va_list arguments)
{
    return print_safely(TO_BYTES(size), count, NARROW, arguments);
}

int steppe_win32_vsnprintf_s_w(wchar_t *buffer, size_t size, size_t count, const wchar_t *format,
                               va_list arguments)
{
    return print_safely(TO_WIDE(size), count, WIDE, arguments);
}

/* ---- the family: with ... ---------------------------------------------------------------------
 */

/* The body of a function whose arguments follow format. */
#define PASS_ON(call)                                                                              \
    do {                                                                                           \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        int written = (call);                                                                      \
        va_end(arguments);                                                                         \
        return written;                                                                            \
    } while (0)

int steppe_win32_printf(const char *format, ...)
{
    PASS_ON(print(stdout, NARROW, arguments));
}

int steppe_win32_printf_w(const wchar_t *format, ...)
{
    PASS_ON(print(stdout, WIDE, arguments));
}

int steppe_win32_fprintf(FILE *stream, const char *format, ...)
{
    PASS_ON(print(stream, NARROW, arguments));
}

int steppe_win32_fprintf_w(FILE *stream, const wchar_t *format, ...)
{
    PASS_ON(print(stream, WIDE, arguments));
}

int steppe_win32_sprintf(char *buffer, const char *format, ...)
{
    PASS_ON(steppe_win32_vsprintf(buffer, format, arguments));
}

int steppe_win32_sprintf_w(wchar_t *buffer, const wchar_t *format, ...)
{
    PASS_ON(steppe_win32_vsprintf_w(buffer, format, arguments));
}

int steppe_win32_snprintf(char *buffer, size_t size, const char *format, ...)
{
    PASS_ON(steppe_win32_vsnprintf(buffer, size, format, arguments));
}

int steppe_win32_snprintf_w(wchar_t *buffer, size_t size, const wchar_t *format, ...)
{
    PASS_ON(steppe_win32_vsnprintf_w(buffer, size, format, arguments));
}

int steppe_win32_old_snprintf(char *buffer, size_t count, const char *format, ...)
{
    PASS_ON(steppe_win32_old_vsnprintf(buffer, count, format, arguments));
}

int steppe_win32_old_snprintf_w(wchar_t *buffer, size_t count, const wchar_t *format, ...)
{
    PASS_ON(steppe_win32_old_vsnprintf_w(buffer, count, format, arguments));
}

int steppe_win32_scprintf(const char *format, ...)
{
    PASS_ON(measure(NARROW, arguments));
}

int steppe_win32_scprintf_w(const wchar_t *format, ...)
{
    PASS_ON(measure(WIDE, arguments));
}

int steppe_win32_sprintf_s(char *buffer, size_t size, const char *format, ...)
{
    PASS_ON(steppe_win32_vsprintf_s(buffer, size, format, arguments));
}

int steppe_win32_sprintf_s_w(wchar_t *buffer, size_t size, const wchar_t *format, ...)
{
    PASS_ON(steppe_win32_vsprintf_s_w(buffer, size, format, arguments));
}

int steppe_win32_snprintf_s(char *buffer, size_t size, size_t count, const char *format, ...)
{
    PASS_ON(steppe_win32_vsnprintf_s(buffer, size, count, format, arguments));
}

int steppe_win32_snprintf_s_w(wchar_t *buffer, size_t size, size_t count, const wchar_t *format,
                              ...)
{
    PASS_ON(steppe_win32_vsnprintf_s_w(buffer, size, count, format, arguments));
}
