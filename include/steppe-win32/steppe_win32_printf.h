/* SPDX-License-Identifier: MIT */
/*
 * steppe_win32_printf.h - Microsoft's format rules for printf itself, and its relatives.
 *
 * windows.h includes this where STEPPE_WIN32_PRINTF is defined. Without it, printf stays the C
 * library's: there %ld expects 64 bits, and a DWORD wants %u.
 *
 * The rules stand in steppe_win32_text.h. The names are macros with arguments, so that
 * __attribute__((format(printf, 1, 2))) and pointers to printf mean what they meant.
 */
#ifndef STEPPE_WIN32_PRINTF_H
#define STEPPE_WIN32_PRINTF_H

#include <stdio.h>
#include <wchar.h>

#ifdef __cplusplus
#include <cstdio>
#include <cwchar>
#endif

#include <steppe_win32_text.h>

#undef printf
#undef fprintf
#undef vprintf
#undef vfprintf
#undef sprintf
#undef vsprintf
#undef snprintf
#undef vsnprintf
#undef wprintf
#undef fwprintf
#undef vwprintf
#undef vfwprintf
#undef swprintf
#undef vswprintf

#define printf(...) steppe_win32_printf(__VA_ARGS__)
#define fprintf(...) steppe_win32_fprintf(__VA_ARGS__)
#define vprintf(...) steppe_win32_vprintf(__VA_ARGS__)
#define vfprintf(...) steppe_win32_vfprintf(__VA_ARGS__)
#define sprintf(...) steppe_win32_sprintf(__VA_ARGS__)
#define vsprintf(...) steppe_win32_vsprintf(__VA_ARGS__)
#define snprintf(...) steppe_win32_snprintf(__VA_ARGS__)
#define vsnprintf(...) steppe_win32_vsnprintf(__VA_ARGS__)

#define wprintf(...) steppe_win32_printf_w(__VA_ARGS__)
#define fwprintf(...) steppe_win32_fprintf_w(__VA_ARGS__)
#define vwprintf(...) steppe_win32_vprintf_w(__VA_ARGS__)
#define vfwprintf(...) steppe_win32_vfprintf_w(__VA_ARGS__)
#define swprintf(...) steppe_win32_snprintf_w(__VA_ARGS__)
#define vswprintf(...) steppe_win32_vsnprintf_w(__VA_ARGS__)

/* The names that only Microsoft has. */
#define _snprintf(...) steppe_win32_old_snprintf(__VA_ARGS__)
#define _snwprintf(...) steppe_win32_old_snprintf_w(__VA_ARGS__)
#define _vsnprintf(...) steppe_win32_old_vsnprintf(__VA_ARGS__)
#define _vsnwprintf(...) steppe_win32_old_vsnprintf_w(__VA_ARGS__)
#define _scprintf(...) steppe_win32_scprintf(__VA_ARGS__)
#define _scwprintf(...) steppe_win32_scprintf_w(__VA_ARGS__)
#define printf_s(...) steppe_win32_printf(__VA_ARGS__)
#define wprintf_s(...) steppe_win32_printf_w(__VA_ARGS__)
#define fprintf_s(...) steppe_win32_fprintf(__VA_ARGS__)
#define fwprintf_s(...) steppe_win32_fprintf_w(__VA_ARGS__)
#define sprintf_s(...) steppe_win32_sprintf_s(__VA_ARGS__)
#define swprintf_s(...) steppe_win32_sprintf_s_w(__VA_ARGS__)
#define vsprintf_s(...) steppe_win32_vsprintf_s(__VA_ARGS__)
#define vswprintf_s(...) steppe_win32_vsprintf_s_w(__VA_ARGS__)
#define _snprintf_s(...) steppe_win32_snprintf_s(__VA_ARGS__)
#define _snwprintf_s(...) steppe_win32_snprintf_s_w(__VA_ARGS__)

#ifdef __cplusplus
/* For std::printf and its relatives. */
namespace std
{
using ::steppe_win32_fprintf;
using ::steppe_win32_fprintf_w;
using ::steppe_win32_printf;
using ::steppe_win32_printf_w;
using ::steppe_win32_snprintf;
using ::steppe_win32_snprintf_w;
using ::steppe_win32_sprintf;
using ::steppe_win32_vfprintf;
using ::steppe_win32_vfprintf_w;
using ::steppe_win32_vprintf;
using ::steppe_win32_vprintf_w;
using ::steppe_win32_vsnprintf;
using ::steppe_win32_vsnprintf_w;
using ::steppe_win32_vsprintf;
} // namespace std
#endif

#endif
