/* SPDX-License-Identifier: MIT */
/*
 * steppe_win32_text.h - what tchar.h and steppe_win32_printf.h give other names to. Programs
 * include those.
 *
 * Formats follow Microsoft's rules:
 *  - l is 32 bits wide, as LONG and DWORD are: %ld, %lu and %lx print them right. ll, I64, I, j, z,
 *    t and L are 64 bits, I32 is 32, h 16, hh 8. %Lf is the compiler's long double.
 *  - %s and %c are of the format's own kind, wide in a wide format, and %S and %C of the other;
 *    h makes any of them narrow, l and w make them wide, T leaves %s and %c alone. A null string is
 *    "(null)". 0 pads strings too. Precision and width count characters.
 *  - %p is 16 upper-case hexadecimal digits without 0x. %a prints all digits. The NaN that 0.0/0.0
 *    gives is "-nan(ind)". %n is refused.
 *  - A character behind % that means nothing is printed.
 *
 * Wide characters become UTF-8 in narrow text and in files, whatever the locale is, and streams
 * stay those of bytes, so that narrow and wide output may be mixed on one; do not use the C
 * library's own wide functions (fputws, wprintf) on the same stream. Bytes that are not UTF-8
 * become characters from U+DC80 to U+DCFF, and these become the bytes again.
 *
 * A call that prints builds its whole text first and writes it with one fwrite, so that lines of
 * several threads stay whole. Text may be of any length up to INT_MAX.
 *
 * All return how many characters were written (wide functions: wide characters), without the final
 * zero, or -1 with errno: EINVAL (format or buffer is NULL, %n), EOVERFLOW (more than INT_MAX),
 * ENOMEM, ERANGE (see below), or what fwrite said. Nothing is written then, unless a line below
 * says so. Any thread; no signal handlers. Never abort.
 */
#ifndef STEPPE_WIN32_TEXT_H
#define STEPPE_WIN32_TEXT_H

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include <steppe/base.h>

STEPPE_BEGIN_DECLS

typedef int errno_t;

/* As much as fits: the count for functions that may cut, and their result when they did. */
#define _TRUNCATE ((size_t)-1)
#define STRUNCATE 80

/* ---- formatting: _w are the wide ones ---------------------------------------------------------
 */

/* To a stream. Like printf. */
STEPPE_API int steppe_win32_printf(const char *format, ...);
STEPPE_API int steppe_win32_printf_w(const wchar_t *format, ...);
STEPPE_API int steppe_win32_vprintf(const char *format, va_list arguments);
STEPPE_API int steppe_win32_vprintf_w(const wchar_t *format, va_list arguments);
STEPPE_API int steppe_win32_fprintf(FILE *stream, const char *format, ...);
STEPPE_API int steppe_win32_fprintf_w(FILE *stream, const wchar_t *format, ...);
STEPPE_API int steppe_win32_vfprintf(FILE *stream, const char *format, va_list arguments);
STEPPE_API int steppe_win32_vfprintf_w(FILE *stream, const wchar_t *format, va_list arguments);

/* To a buffer that is large enough, as the caller promises. Like sprintf, Microsoft's _swprintf. */
STEPPE_API int steppe_win32_sprintf(char *buffer, const char *format, ...);
STEPPE_API int steppe_win32_sprintf_w(wchar_t *buffer, const wchar_t *format, ...);
STEPPE_API int steppe_win32_vsprintf(char *buffer, const char *format, va_list arguments);
STEPPE_API int steppe_win32_vsprintf_w(wchar_t *buffer, const wchar_t *format, va_list arguments);

/* To a buffer of size characters, cut to fit, always with a final zero. The narrow ones return the
 * whole text's length, the wide ones -1 when it was cut. Like snprintf, swprintf. */
STEPPE_API int steppe_win32_snprintf(char *buffer, size_t size, const char *format, ...);
STEPPE_API int steppe_win32_snprintf_w(wchar_t *buffer, size_t size, const wchar_t *format, ...);
STEPPE_API int steppe_win32_vsnprintf(char *buffer, size_t size, const char *format,
                                      va_list arguments);
STEPPE_API int steppe_win32_vsnprintf_w(wchar_t *buffer, size_t size, const wchar_t *format,
                                        va_list arguments);

/* To a buffer of count characters, cut to fit, WITHOUT a final zero unless there is room for one;
 * -1 when it was cut. buffer NULL and count 0: the text's length. Like Microsoft's _snprintf. */
STEPPE_API int steppe_win32_old_snprintf(char *buffer, size_t count, const char *format, ...);
STEPPE_API int steppe_win32_old_snprintf_w(wchar_t *buffer, size_t count, const wchar_t *format,
                                           ...);
STEPPE_API int steppe_win32_old_vsnprintf(char *buffer, size_t count, const char *format,
                                          va_list arguments);
STEPPE_API int steppe_win32_old_vsnprintf_w(wchar_t *buffer, size_t count, const wchar_t *format,
                                            va_list arguments);

/* How long the text would be. Like Microsoft's _scprintf. */
STEPPE_API int steppe_win32_scprintf(const char *format, ...);
STEPPE_API int steppe_win32_scprintf_w(const wchar_t *format, ...);
STEPPE_API int steppe_win32_vscprintf(const char *format, va_list arguments);
STEPPE_API int steppe_win32_vscprintf_w(const wchar_t *format, va_list arguments);

/* To a buffer of size characters, with a final zero. What does not fit: ERANGE, and the buffer
 * holds an empty string. Like sprintf_s. */
STEPPE_API int steppe_win32_sprintf_s(char *buffer, size_t size, const char *format, ...);
STEPPE_API int steppe_win32_sprintf_s_w(wchar_t *buffer, size_t size, const wchar_t *format, ...);
STEPPE_API int steppe_win32_vsprintf_s(char *buffer, size_t size, const char *format,
                                       va_list arguments);
STEPPE_API int steppe_win32_vsprintf_s_w(wchar_t *buffer, size_t size, const wchar_t *format,
                                         va_list arguments);

/* To a buffer of size characters, at most count of them and a final zero; -1 when the text was cut
 * to count. Where even that does not fit: ERANGE and an empty string, but with _TRUNCATE as count
 * as much as fits, and -1. Like Microsoft's _snprintf_s. */
STEPPE_API int steppe_win32_snprintf_s(char *buffer, size_t size, size_t count, const char *format,
                                       ...);
STEPPE_API int steppe_win32_snprintf_s_w(wchar_t *buffer, size_t size, size_t count,
                                         const wchar_t *format, ...);
STEPPE_API int steppe_win32_vsnprintf_s(char *buffer, size_t size, size_t count, const char *format,
                                        va_list arguments);
STEPPE_API int steppe_win32_vsnprintf_s_w(wchar_t *buffer, size_t size, size_t count,
                                          const wchar_t *format, va_list arguments);

/* ---- strings ----------------------------------------------------------------------------------
 */

/* Copy; append: to a buffer of size characters. 0, or EINVAL (buffer NULL, size 0, source NULL, no
 * zero in what is appended to) or ERANGE (does not fit), also in errno; the buffer, if there is
 * one, is an empty string then. Like strcpy_s, strcat_s. */
STEPPE_API errno_t steppe_win32_strcpy_s(char *buffer, size_t size, const char *source);
STEPPE_API errno_t steppe_win32_strcpy_s_w(wchar_t *buffer, size_t size, const wchar_t *source);
STEPPE_API errno_t steppe_win32_strcat_s(char *buffer, size_t size, const char *source);
STEPPE_API errno_t steppe_win32_strcat_s_w(wchar_t *buffer, size_t size, const wchar_t *source);

/* The same with at most count characters of source. With _TRUNCATE as count it copies what fits,
 * and STRUNCATE says that it was not all. Like strncpy_s, strncat_s. */
STEPPE_API errno_t steppe_win32_strncpy_s(char *buffer, size_t size, const char *source,
                                          size_t count);
STEPPE_API errno_t steppe_win32_strncpy_s_w(wchar_t *buffer, size_t size, const wchar_t *source,
                                            size_t count);
STEPPE_API errno_t steppe_win32_strncat_s(char *buffer, size_t size, const char *source,
                                          size_t count);
STEPPE_API errno_t steppe_win32_strncat_s_w(wchar_t *buffer, size_t size, const wchar_t *source,
                                            size_t count);

/* Compare without regard to case, by the locale; at most count characters. Less than, equal to, or
 * greater than 0. Like Microsoft's _stricmp, _strnicmp. */
STEPPE_API int steppe_win32_stricmp(const char *left, const char *right);
STEPPE_API int steppe_win32_stricmp_w(const wchar_t *left, const wchar_t *right);
STEPPE_API int steppe_win32_strnicmp(const char *left, const char *right, size_t count);
STEPPE_API int steppe_win32_strnicmp_w(const wchar_t *left, const wchar_t *right, size_t count);

/* A copy in memory of malloc; NULL where source is, or with ENOMEM. Like strdup. */
STEPPE_API char *steppe_win32_strdup(const char *source);
STEPPE_API wchar_t *steppe_win32_strdup_w(const wchar_t *source);

/* The number at the start of text, 0 if there is none or text is NULL; the nearest int, and ERANGE
 * in errno, if it is too large. Like Microsoft's atoi. */
STEPPE_API int steppe_win32_atoi(const char *text);
STEPPE_API int steppe_win32_atoi_w(const wchar_t *text);

/* ---- wide characters on streams of bytes ------------------------------------------------------
 */

/* Write a string; and a line feed; a character, which is also the result. WEOF or -1 on failure,
 * else not negative. Like fputws, _putws, putwc. */
STEPPE_API int steppe_win32_fputs_w(const wchar_t *text, FILE *stream);
STEPPE_API int steppe_win32_puts_w(const wchar_t *text);
STEPPE_API wint_t steppe_win32_putc_w(wchar_t character, FILE *stream);

/* Read a character of UTF-8; WEOF at the end. What is not UTF-8 is U+FFFD. Like getwc. */
STEPPE_API wint_t steppe_win32_getc_w(FILE *stream);

/* Read a line, at most count - 1 characters, with its line feed; NULL at the end, or with EINVAL.
 * Like fgetws. */
STEPPE_API wchar_t *steppe_win32_fgets_w(wchar_t *buffer, int count, FILE *stream);

/* A wide string as UTF-8 in memory of malloc; NULL with EINVAL (NULL), ENOMEM. */
STEPPE_API char *steppe_win32_narrow(const wchar_t *text);

/* Open a file by a wide name; NULL with errno. Files are those of bytes: what stands behind a comma
 * in mode ("ccs=UTF-8") is left out. Like Microsoft's _wfopen. */
static __inline__ FILE *steppe_win32_fopen_w(const wchar_t *path, const wchar_t *mode)
{
    char *narrow_path = steppe_win32_narrow(path);
    char *narrow_mode = steppe_win32_narrow(mode);
    FILE *file = NULL;
    if (narrow_path && narrow_mode) {
        narrow_mode[strcspn(narrow_mode, ",")] = '\0';
        file = fopen(narrow_path, narrow_mode);
    }
    free(narrow_path);
    free(narrow_mode);
    return file;
}

/* Message, colon, and what errno means on standard error. Like perror. */
static __inline__ void _wperror(const wchar_t *message)
{
    int error = errno;
    char *narrow = message ? steppe_win32_narrow(message) : NULL;
    errno = error;
    perror(narrow);
    free(narrow);
}

/* ---- Microsoft's own names --------------------------------------------------------------------
 */

/* The functions above by the names that <stdio.h> and <string.h> have for them on Windows. Their
 * formats follow Microsoft's rules whether STEPPE_WIN32_PRINTF is defined or not. */
#define STEPPE_WIN32_AS_(function) __asm__(#function)
int sprintf_s(char *buffer, size_t size, const char *format, ...)
    STEPPE_WIN32_AS_(steppe_win32_sprintf_s);
int swprintf_s(wchar_t *buffer, size_t size, const wchar_t *format, ...)
    STEPPE_WIN32_AS_(steppe_win32_sprintf_s_w);
int vsprintf_s(char *buffer, size_t size, const char *format, va_list arguments)
    STEPPE_WIN32_AS_(steppe_win32_vsprintf_s);
int vswprintf_s(wchar_t *buffer, size_t size, const wchar_t *format, va_list arguments)
    STEPPE_WIN32_AS_(steppe_win32_vsprintf_s_w);
int _snprintf(char *buffer, size_t count, const char *format, ...)
    STEPPE_WIN32_AS_(steppe_win32_old_snprintf);
int _snwprintf(wchar_t *buffer, size_t count, const wchar_t *format, ...)
    STEPPE_WIN32_AS_(steppe_win32_old_snprintf_w);
int _vsnprintf(char *buffer, size_t count, const char *format, va_list arguments)
    STEPPE_WIN32_AS_(steppe_win32_old_vsnprintf);
int _vsnwprintf(wchar_t *buffer, size_t count, const wchar_t *format, va_list arguments)
    STEPPE_WIN32_AS_(steppe_win32_old_vsnprintf_w);
int _snprintf_s(char *buffer, size_t size, size_t count, const char *format, ...)
    STEPPE_WIN32_AS_(steppe_win32_snprintf_s);
int _snwprintf_s(wchar_t *buffer, size_t size, size_t count, const wchar_t *format, ...)
    STEPPE_WIN32_AS_(steppe_win32_snprintf_s_w);

errno_t strcpy_s(char *buffer, size_t size, const char *source)
    STEPPE_WIN32_AS_(steppe_win32_strcpy_s);
errno_t wcscpy_s(wchar_t *buffer, size_t size, const wchar_t *source)
    STEPPE_WIN32_AS_(steppe_win32_strcpy_s_w);
errno_t strcat_s(char *buffer, size_t size, const char *source)
    STEPPE_WIN32_AS_(steppe_win32_strcat_s);
errno_t wcscat_s(wchar_t *buffer, size_t size, const wchar_t *source)
    STEPPE_WIN32_AS_(steppe_win32_strcat_s_w);
errno_t strncpy_s(char *buffer, size_t size, const char *source, size_t count)
    STEPPE_WIN32_AS_(steppe_win32_strncpy_s);
errno_t wcsncpy_s(wchar_t *buffer, size_t size, const wchar_t *source, size_t count)
    STEPPE_WIN32_AS_(steppe_win32_strncpy_s_w);
errno_t strncat_s(char *buffer, size_t size, const char *source, size_t count)
    STEPPE_WIN32_AS_(steppe_win32_strncat_s);
errno_t wcsncat_s(wchar_t *buffer, size_t size, const wchar_t *source, size_t count)
    STEPPE_WIN32_AS_(steppe_win32_strncat_s_w);

int _stricmp(const char *left, const char *right) STEPPE_WIN32_AS_(steppe_win32_stricmp);
int _wcsicmp(const wchar_t *left, const wchar_t *right) STEPPE_WIN32_AS_(steppe_win32_stricmp_w);
int _strnicmp(const char *left, const char *right, size_t count)
    STEPPE_WIN32_AS_(steppe_win32_strnicmp);
int _wcsnicmp(const wchar_t *left, const wchar_t *right, size_t count)
    STEPPE_WIN32_AS_(steppe_win32_strnicmp_w);
char *_strdup(const char *source) STEPPE_WIN32_AS_(steppe_win32_strdup);
wchar_t *_wcsdup(const wchar_t *source) STEPPE_WIN32_AS_(steppe_win32_strdup_w);

/* Turn text to upper case; to lower case; in place, by the locale. */
static __inline__ char *_strupr(char *text)
{
    char *position;
    for (position = text; *position; position++)
        *position = (char)toupper((unsigned char)*position);
    return text;
}
static __inline__ wchar_t *_wcsupr(wchar_t *text)
{
    wchar_t *position;
    for (position = text; *position; position++)
        *position = (wchar_t)towupper((wint_t)*position);
    return text;
}
static __inline__ char *_strlwr(char *text)
{
    char *position;
    for (position = text; *position; position++)
        *position = (char)tolower((unsigned char)*position);
    return text;
}
static __inline__ wchar_t *_wcslwr(wchar_t *text)
{
    wchar_t *position;
    for (position = text; *position; position++)
        *position = (wchar_t)towlower((wint_t)*position);
    return text;
}

/* Length, at most count; of NULL: 0. Like strnlen. */
static __inline__ size_t strnlen_s(const char *text, size_t count)
{
    size_t length = 0;
    while (text && length < count && text[length])
        length++;
    return length;
}
static __inline__ size_t wcsnlen_s(const wchar_t *text, size_t count)
{
    size_t length = 0;
    while (text && length < count && text[length])
        length++;
    return length;
}

STEPPE_END_DECLS

#ifdef __cplusplus
/* As on Windows, C++ finds out the size of an array by itself. */
template <size_t size>
inline int steppe_win32_sprintf_s(char (&buffer)[size], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = steppe_win32_vsprintf_s(buffer, size, format, arguments);
    va_end(arguments);
    return written;
}
template <size_t size>
inline int steppe_win32_sprintf_s_w(wchar_t (&buffer)[size], const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = steppe_win32_vsprintf_s_w(buffer, size, format, arguments);
    va_end(arguments);
    return written;
}
template <size_t size>
inline errno_t steppe_win32_strcpy_s(char (&buffer)[size], const char *source)
{
    return steppe_win32_strcpy_s(buffer, size, source);
}
template <size_t size>
inline errno_t steppe_win32_strcpy_s_w(wchar_t (&buffer)[size], const wchar_t *source)
{
    return steppe_win32_strcpy_s_w(buffer, size, source);
}
template <size_t size>
inline errno_t steppe_win32_strcat_s(char (&buffer)[size], const char *source)
{
    return steppe_win32_strcat_s(buffer, size, source);
}
template <size_t size>
inline errno_t steppe_win32_strcat_s_w(wchar_t (&buffer)[size], const wchar_t *source)
{
    return steppe_win32_strcat_s_w(buffer, size, source);
}
template <size_t size> inline int sprintf_s(char (&buffer)[size], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = steppe_win32_vsprintf_s(buffer, size, format, arguments);
    va_end(arguments);
    return written;
}
template <size_t size> inline int swprintf_s(wchar_t (&buffer)[size], const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = steppe_win32_vsprintf_s_w(buffer, size, format, arguments);
    va_end(arguments);
    return written;
}
template <size_t size> inline errno_t strcpy_s(char (&buffer)[size], const char *source)
{
    return steppe_win32_strcpy_s(buffer, size, source);
}
template <size_t size> inline errno_t wcscpy_s(wchar_t (&buffer)[size], const wchar_t *source)
{
    return steppe_win32_strcpy_s_w(buffer, size, source);
}
template <size_t size> inline errno_t strcat_s(char (&buffer)[size], const char *source)
{
    return steppe_win32_strcat_s(buffer, size, source);
}
template <size_t size> inline errno_t wcscat_s(wchar_t (&buffer)[size], const wchar_t *source)
{
    return steppe_win32_strcat_s_w(buffer, size, source);
}
#endif

#endif
