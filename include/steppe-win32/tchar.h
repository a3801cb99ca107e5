/* SPDX-License-Identifier: MIT */
/*
 * tchar.h - one source text for narrow and for wide characters: with UNICODE or _UNICODE (either is
 * enough) every name here is of wchar_t, else of char.
 *
 * Formats of the _tprintf family follow Microsoft's rules, for which see steppe_win32_text.h. The
 * rest is the C library's, or as Microsoft's function of that name.
 *
 * _tmain is main, or wmain with UNICODE. For a program that defines wmain the library supplies
 * main, which makes wide arguments and calls it; wmain may take (void), (int, wchar_t **), or the
 * environment as well. As with main, the exit status of a wmain that returns void is not defined.
 */
#ifndef STEPPE_WIN32_TCHAR_H
#define STEPPE_WIN32_TCHAR_H

#include <steppe_win32_text.h>
#include <steppe_win32_types.h>

#define _T(quote) STEPPE_WIN32_TEXT_(quote)
#define _TEXT(quote) STEPPE_WIN32_TEXT_(quote)

typedef TCHAR _TCHAR;
typedef TCHAR _TSCHAR;
typedef TCHAR _TXCHAR;

#if defined(UNICODE) || defined(_UNICODE)

typedef wchar_t _TUCHAR;
typedef wint_t _TINT;
#define _TEOF WEOF

/* Visible, so that the library finds it also under -fvisibility=hidden. */
#define _tmain __attribute__((visibility("default"))) wmain

#define _tprintf steppe_win32_printf_w
#define _ftprintf steppe_win32_fprintf_w
#define _stprintf steppe_win32_sprintf_w
#define _stprintf_s steppe_win32_sprintf_s_w
#define _sntprintf steppe_win32_old_snprintf_w
#define _sntprintf_s steppe_win32_snprintf_s_w
#define _sctprintf steppe_win32_scprintf_w
#define _vtprintf steppe_win32_vprintf_w
#define _vftprintf steppe_win32_vfprintf_w
#define _vstprintf steppe_win32_vsprintf_w
#define _vstprintf_s steppe_win32_vsprintf_s_w
#define _vsntprintf steppe_win32_old_vsnprintf_w
#define _vsntprintf_s steppe_win32_vsnprintf_s_w
#define _vsctprintf steppe_win32_vscprintf_w

#define _putts steppe_win32_puts_w
#define _fputts steppe_win32_fputs_w
#define _puttc steppe_win32_putc_w
#define _fputtc steppe_win32_putc_w
#define _puttchar(character) steppe_win32_putc_w((character), stdout)
#define _gettc steppe_win32_getc_w
#define _fgettc steppe_win32_getc_w
#define _gettchar() steppe_win32_getc_w(stdin)
#define _fgetts steppe_win32_fgets_w
#define _tfopen steppe_win32_fopen_w

#define _tcslen wcslen
#define _tcscpy wcscpy
#define _tcscpy_s steppe_win32_strcpy_s_w
#define _tcsncpy wcsncpy
#define _tcsncpy_s steppe_win32_strncpy_s_w
#define _tcscat wcscat
#define _tcscat_s steppe_win32_strcat_s_w
#define _tcsncat wcsncat
#define _tcsncat_s steppe_win32_strncat_s_w
#define _tcscmp wcscmp
#define _tcsncmp wcsncmp
#define _tcsicmp steppe_win32_stricmp_w
#define _tcsnicmp steppe_win32_strnicmp_w
#define _tcscoll wcscoll
#define _tcschr wcschr
#define _tcsrchr wcsrchr
#define _tcsstr wcsstr
#define _tcsspn wcsspn
#define _tcscspn wcscspn
#define _tcspbrk wcspbrk
#define _tcsdup steppe_win32_strdup_w
#define _tcsupr _wcsupr
#define _tcslwr _wcslwr
#define _tcsnlen wcsnlen_s
#define _tperror _wperror
#define _tcsftime wcsftime

#define _tcstol wcstol
#define _tcstoul wcstoul
#define _tcstoll wcstoll
#define _tcstoull wcstoull
#define _tcstoi64 wcstoll
#define _tcstoui64 wcstoull
#define _tcstod wcstod
#define _ttoi steppe_win32_atoi_w
#define _ttol steppe_win32_atoi_w
#define _tstoi steppe_win32_atoi_w
#define _tstol steppe_win32_atoi_w
#define _ttoi64(text) wcstoll((text), NULL, 10)
#define _tstof(text) wcstod((text), NULL)

#define _totupper towupper
#define _totlower towlower
#define _istalnum iswalnum
#define _istalpha iswalpha
#define _istcntrl iswcntrl
#define _istdigit iswdigit
#define _istgraph iswgraph
#define _istlower iswlower
#define _istprint iswprint
#define _istpunct iswpunct
#define _istspace iswspace
#define _istupper iswupper
#define _istxdigit iswxdigit

#else

typedef unsigned char _TUCHAR;
typedef int _TINT;
#define _TEOF EOF

#define _tmain main

#define _tprintf steppe_win32_printf
#define _ftprintf steppe_win32_fprintf
#define _stprintf steppe_win32_sprintf
#define _stprintf_s steppe_win32_sprintf_s
#define _sntprintf steppe_win32_old_snprintf
#define _sntprintf_s steppe_win32_snprintf_s
#define _sctprintf steppe_win32_scprintf
#define _vtprintf steppe_win32_vprintf
#define _vftprintf steppe_win32_vfprintf
#define _vstprintf steppe_win32_vsprintf
#define _vstprintf_s steppe_win32_vsprintf_s
#define _vsntprintf steppe_win32_old_vsnprintf
#define _vsntprintf_s steppe_win32_vsnprintf_s
#define _vsctprintf steppe_win32_vscprintf

#define _putts puts
#define _fputts fputs
#define _puttc putc
#define _fputtc fputc
#define _puttchar putchar
#define _gettc getc
#define _fgettc fgetc
#define _gettchar getchar
#define _fgetts fgets
#define _tfopen fopen

#define _tcslen strlen
#define _tcscpy strcpy
#define _tcscpy_s steppe_win32_strcpy_s
#define _tcsncpy strncpy
#define _tcsncpy_s steppe_win32_strncpy_s
#define _tcscat strcat
#define _tcscat_s steppe_win32_strcat_s
#define _tcsncat strncat
#define _tcsncat_s steppe_win32_strncat_s
#define _tcscmp strcmp
#define _tcsncmp strncmp
#define _tcsicmp steppe_win32_stricmp
#define _tcsnicmp steppe_win32_strnicmp
#define _tcscoll strcoll
#define _tcschr strchr
#define _tcsrchr strrchr
#define _tcsstr strstr
#define _tcsspn strspn
#define _tcscspn strcspn
#define _tcspbrk strpbrk
#define _tcsdup steppe_win32_strdup
#define _tcsupr _strupr
#define _tcslwr _strlwr
#define _tcsnlen strnlen_s
#define _tperror perror
#define _tcsftime strftime

#define _tcstol strtol
#define _tcstoul strtoul
#define _tcstoll strtoll
#define _tcstoull strtoull
#define _tcstoi64 strtoll
#define _tcstoui64 strtoull
#define _tcstod strtod
#define _ttoi steppe_win32_atoi
#define _ttol steppe_win32_atoi
#define _tstoi steppe_win32_atoi
#define _tstol steppe_win32_atoi
#define _ttoi64(text) strtoll((text), NULL, 10)
#define _tstof(text) strtod((text), NULL)

#define _totupper toupper
#define _totlower tolower
#define _istalnum isalnum
#define _istalpha isalpha
#define _istcntrl iscntrl
#define _istdigit isdigit
#define _istgraph isgraph
#define _istlower islower
#define _istprint isprint
#define _istpunct ispunct
#define _istspace isspace
#define _istupper isupper
#define _istxdigit isxdigit

#endif

/* Open a file: 0, or errno and *file is NULL. Like Microsoft's _tfopen_s. */
static __inline__ errno_t _tfopen_s(FILE **file, const TCHAR *path, const TCHAR *mode)
{
    if (!file)
        return errno = EINVAL;
    *file = path && mode ? _tfopen(path, mode) : NULL;
    if (*file)
        return 0;
    if (!path || !mode)
        errno = EINVAL;
    return errno;
}

#define _tcsclen _tcslen
#define _tcsinc(position) ((position) + 1)
#define _tcsdec(start, position) ((position) > (start) ? (position)-1 : NULL)
#define _tcsnextc(position) ((unsigned)*(position))

#endif
