/* SPDX-License-Identifier: MIT */
/*
 * text.c - tchar.h: Microsoft's format rules, buffers that are too small, strings, and wide text on
 * streams of bytes. Expected texts were compared with those of Wine's C library, which departs from
 * Microsoft's documentation for %hhd, %08.5d, %.0c and %.4p.
 *
 * Built twice, also with UNICODE: what is written with _T is tested in both ways.
 */
#include "../support/support.h"

#include <windows.h>

#include <tchar.h>

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { ROOM = 4096 };

/* ---- formats ----------------------------------------------------------------------------------
 */

#define narrow(expected, ...) narrow_at(__LINE__, (expected), __VA_ARGS__)
#define wide(expected, ...) wide_at(__LINE__, (expected), __VA_ARGS__)

static void narrow_at(int line, const char *expected, const char *format, ...)
{
    char text[ROOM];
    va_list arguments;
    va_start(arguments, format);
    int length = steppe_win32_vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    require(strcmp(text, expected) == 0, "line %d: \"%s\", not \"%s\"", line, text, expected);
    require(length == (int)strlen(expected), "line %d: length %d", line, length);
}

static void wide_at(int line, const wchar_t *expected, const wchar_t *format, ...)
{
    wchar_t text[ROOM];
    va_list arguments;
    va_start(arguments, format);
    int length = steppe_win32_vsnprintf_w(text, array_count(text), format, arguments);
    va_end(arguments);
    require(wcscmp(text, expected) == 0, "line %d: \"%ls\", not \"%ls\"", line, text, expected);
    require(length == (int)wcslen(expected), "line %d: length %d", line, length);
}

START_TEST(sizes_of_integers)
{
    const long long big = -5;
    narrow("-1 4294967295 ffffffff", "%ld %lu %lx", (LONG)-1, (DWORD)-1, (DWORD)-1);
    narrow("-3 -3 4294967293 FFFFFFFD 37777777775", "%d %i %u %X %o", -3, -3, -3, -3, -3);
    narrow("-5 -5 18446744073709551611 -5", "%lld %I64d %I64u %I64i", big, big, big, big);
    narrow("-5 18446744073709551611 -5 -5 -5", "%Id %Iu %zd %td %jd", big, big, big, big, big);
    narrow("-3 4294967293", "%I32d %I32u", -3, -3);
    narrow("4464 4464 1170", "%hd %hu %hx", 70000, 70000, 70000);
    narrow("44 44 ff -1", "%hhd %hhu %hhx %hhd", 300, 300, 511, 255);
    narrow("-5", "%Ld", big);
    narrow("5 6", "%wd %Td", 5, 6);
    wide(L"-1 4294967295 -5 44", L"%ld %lu %I64d %hhd", (LONG)-1, (DWORD)-1, big, 300);
}
END_TEST

/* An argument of 32 bits has eight bytes on the stack, and nobody clears the upper ones. */
START_TEST(garbage_above_a_dword)
{
    const unsigned long long dirty = 0xdeadbeef00000007, minus = 0xdeadbeeffffffff9;
    narrow("7 7 7 7 7 7 7 7", "%ld %lu %lx %lX %lo %li %ld %lu", dirty, dirty, dirty, dirty, dirty,
           dirty, dirty, dirty);
    narrow("-7 -7 -7 -7 -7 -7 -7 4294967289", "%ld %ld %ld %ld %ld %ld %ld %lu", minus, minus,
           minus, minus, minus, minus, minus, minus);
    wide(L"-7 -7 -7 -7 -7 -7 -7 4294967289", L"%ld %ld %ld %ld %ld %ld %ld %lu", minus, minus,
         minus, minus, minus, minus, minus, minus);
}
END_TEST

START_TEST(flags_width_and_precision)
{
    narrow("   42|42   |00042|+42| 42|  +42|+0042| 0042|+42  |",
           "%5d|%-5d|%05d|%+d|% d|%+5d|%+05d|% 05d|%-+5d|", 42, 42, 42, 42, 42, 42, 42, 42, 42);
    narrow("00042|   00042|00042   |   00042||||", "%.5d|%8.5d|%-8.5d|%08.5d|%.0d|%.d|%.0u|", 42,
           42, 42, 42, 0, 0, 0);
    narrow("0xff 0XFF 010 0 0x000000ff 0x000000ff", "%#x %#X %#o %#x %#010x %#.8x", 255, 255, 8, 0,
           255, 255);
    narrow("    42|42    |42    |00042|42|    0042|", "%*d|%-*d|%*d|%.*d|%.*d|%*.*d|", 6, 42, 6, 42,
           -6, 42, 5, 42, -5, 42, 8, 4, 42);
    wide(L"    42|42    |00042|", L"%*d|%-6d|%.*d|", 6, 42, 42, 5, 42);
}
END_TEST

START_TEST(pointers)
{
    void *pointer = (void *)0x1234abcd;
    narrow("0000000000000000 000000001234ABCD", "%p %p", NULL, pointer);
    narrow("    000000001234ABCD|000000001234ABCD    |", "%20p|%-20p|", pointer, pointer);
    narrow("000000001234ABCD|000000001234ABCD|", "%.4p|%5p|", pointer, pointer);
    wide(L"000000001234ABCD", L"%p", pointer);
}
END_TEST

START_TEST(kinds_of_strings)
{
    narrow("n w n w w n w", "%s %S %hs %ls %ws %hS %lS", "n", L"w", "n", L"w", L"w", "n", L"w");
    narrow("n w n w w n w", "%c %C %hc %lc %wc %hC %lC", 'n', L'w', 'n', L'w', L'w', 'n', L'w');
    narrow("n n", "%Ts %Tc", "n", 'n');
    wide(L"w n n w w n w", L"%s %S %hs %ls %ws %hS %lS", L"w", "n", "n", L"w", L"w", "n", L"w");
    wide(L"w n n w w n w", L"%c %C %hc %lc %wc %hC %lC", L'w', 'n', 'n', L'w', L'w', 'n', L'w');
    wide(L"w w", L"%Ts %Tc", L"w", L'w');
}
END_TEST

START_TEST(widths_of_strings)
{
    const char *nothing = NULL;
    const wchar_t *wide_nothing = NULL;
    narrow("(null)|(null)|(null)|(nu|    (null)|0000(null)", "%s|%S|%ls|%.3s|%10s|%010s", nothing,
           wide_nothing, wide_nothing, nothing, nothing, nothing);
    narrow("  abc|abc  |00abc|ab|   ab|ab   |||", "%5s|%-5s|%05s|%.2s|%5.2s|%-5.2s|%.0s|%.s|",
           "abc", "abc", "abc", "abc", "abc", "abc", "abc", "abc");
    narrow("  abc|abc  |ab|   ab|", "%5S|%-5S|%.2S|%5.2ls|", L"abc", L"abc", L"abc", L"abc");
    narrow("    x|x    |0000x|x|", "%5c|%-5c|%05c|%.0c|", 'x', 'x', 'x', 'x');
    wide(L"(null)|(null)|(nu|", L"%s|%S|%.3s|", wide_nothing, nothing, wide_nothing);
    wide(L"  abc|ab|   ab|", L"%5S|%.2hs|%5.2S|", "abc", "abc", "abc");

    /* What precision does not allow is not looked at. */
    const char open_end[3] = {'a', 'b', 'c'};
    const wchar_t wide_open_end[3] = {L'a', L'b', L'c'};
    narrow("abc abc", "%.3s %.3S", open_end, wide_open_end);
    wide(L"abc abc", L"%.3S %.3s", open_end, wide_open_end);
}
END_TEST

START_TEST(letters_beyond_ascii)
{
    narrow("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7", "%S %lc %ls", L"\u00e4", 0x20ac,
           L"\U0001f427");
    wide(L"\u00e4\u20ac|   \u00e4|", L"%S|%4S|", "\xc3\xa4\xe2\x82\xac", "\xc3\xa4");
    wide(L"\u00e4\u20ac|", L"%.2S|", "\xc3\xa4\xe2\x82\xac\xe2\x82\xac");
    narrow("  \xc3\xa4", "%3S", L"\u00e4");

    /* Not UTF-8: a lone byte, cut short, too long, a surrogate; there and back again. */
    const char *bad[] = {"\xff",         "a\xe2\x82",        "\xc0\x80",
                         "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"};
    for (size_t i = 0; i < array_count(bad); i++) {
        wchar_t text[16];
        require(steppe_win32_snprintf_w(text, array_count(text), L"%S", bad[i]) > 0);
        narrow(bad[i], "%S", text);
    }
    wide(L"\xdcff", L"%S", "\xff");
    narrow("\xef\xbf\xbd", "%S", L"\xd800");
}
END_TEST

START_TEST(floating_point)
{
    narrow("3.500000 1.001 -000003.14 3.", "%f %.3f %010.2f %#.0f", 3.5, 1.0008, -3.14159, 3.0);
    narrow("1.234568e+04 1.23E-300 1e+100", "%e %.2E %.0e", 12345.678, 1.23e-300, 1e100);
    narrow("100000 1e+06 1E-10 1.50000", "%g %g %G %#g", 1e5, 1e6, 1e-10, 1.5);
    narrow("0x1.0000000000000p+0 0X1.CP+1 0x1.92p+1", "%a %.1A %.2a", 1.0, 3.5, 3.14159);
    narrow("1.500000 2.500000", "%lf %Lf", 1.5, 2.5L);
    narrow("1.25 1.25", "%*.*f %.2lf", 0, 2, 1.25, 1.25);

    volatile double zero = 0;
    double infinite = 1 / zero;
    narrow("inf INF -inf        inf inf    |", "%f %F %g %10f %-7f|", infinite, infinite, -infinite,
           infinite, infinite);
    double indefinite = copysign(NAN, -1);
    narrow("-nan(ind) -NAN(IND) nan    -nan(ind)", "%f %F %g %012f", indefinite, indefinite,
           copysign(NAN, 1), indefinite);
    wide(L"1.5 -nan(ind)", L"%.1f %e", 1.5, indefinite);
}
END_TEST

START_TEST(odd_formats)
{
    narrow("100% y k y| q", "100%% %y %k %5y| %q");
    narrow("", "%");
    narrow("abc", "abc%");
    narrow("", "%-5.3l");
    narrow("Z D", "%Z %D");
    wide(L"y", L"%y%");
    narrow("1.500000 7", "%hf %d", 1.5, 7); /* %hf takes a double nevertheless */
}
END_TEST

START_TEST(refused_formats)
{
    int count = 77;
    char text[20] = "before";
    wchar_t wide_text[20] = L"before";
    errno = 0;
    require(steppe_win32_sprintf(text, "abc%n", &count) == -1 && errno == EINVAL && count == 77);
    require(text[0] == '\0');
    errno = 0;
    require(steppe_win32_sprintf_w(wide_text, L"abc%n", &count) == -1 && errno == EINVAL);
    require(count == 77 && wide_text[0] == L'\0');

    errno = 0;
    require(steppe_win32_printf(NULL) == -1 && errno == EINVAL);
    errno = 0;
    require(steppe_win32_printf_w(NULL) == -1 && errno == EINVAL);
    errno = 0;
    require(steppe_win32_fprintf(NULL, "x") == -1 && errno == EINVAL);
    errno = 0;
    require(steppe_win32_scprintf("%2147483648d", 1) == -1 && errno == EOVERFLOW);
    errno = 0;
    require(steppe_win32_scprintf("%*d", INT_MIN, 1) == -1 && errno == EOVERFLOW);
}
END_TEST

START_TEST(long_texts)
{
    enum { LONG_TEXT = 3000000 };
    char *text = malloc(2 * LONG_TEXT + 10);
    require(steppe_win32_sprintf(text, "%*d|%.*f", LONG_TEXT, 5, LONG_TEXT, 1.5) ==
            2 * LONG_TEXT + 3);
    require(strspn(text, " ") == LONG_TEXT - 1 && text[LONG_TEXT - 1] == '5');
    require(strncmp(text + LONG_TEXT, "|1.5000", 7) == 0);
    text[LONG_TEXT] = '\0';
    require_equal(steppe_win32_scprintf_w(L"%S%S", text, text), 2 * LONG_TEXT);
    require_equal(steppe_win32_scprintf("%s%-300d", text, 1), LONG_TEXT + 300);
    free(text);
}
END_TEST

/* ---- buffers ----------------------------------------------------------------------------------
 */

static const TCHAR untouched[] = _T("########");
static TCHAR buffer[9];

static void refill(void)
{
    memcpy(buffer, untouched, sizeof buffer);
    errno = 0;
}

#define require_buffer(expected)                                                                   \
    require(memcmp(buffer, (expected), sizeof(expected)) == 0, "buffer: %x %x %x %x %x",           \
            (unsigned)buffer[0], (unsigned)buffer[1], (unsigned)buffer[2], (unsigned)buffer[3],    \
            (unsigned)buffer[4])

START_TEST(buffers_without_size)
{
    refill();
    require(_stprintf(buffer, _T("%s-%d"), _T("ab"), 5) == 4);
    require_buffer(_T("ab-5\0###"));
}
END_TEST

START_TEST(buffers_cut_without_zero)
{
    refill();
    require(_sntprintf(buffer, 4, _T("%d"), 12345) == -1);
    require_buffer(_T("1234####"));
    refill();
    require(_sntprintf(buffer, 4, _T("%d"), 1234) == 4);
    require_buffer(_T("1234####"));
    refill();
    require(_sntprintf(buffer, 4, _T("%d"), 123) == 3);
    require_buffer(_T("123\0####"));
    refill();
    require(_sntprintf(buffer, 0, _T("%d"), 123) == -1);
    require_buffer(untouched);
    require(_sntprintf(NULL, 0, _T("%d"), 123) == 3);
    require(_sntprintf(NULL, 1, _T("%d"), 123) == -1 && errno == EINVAL);
    require(_sctprintf(_T("%d"), 123) == 3);
}
END_TEST

START_TEST(buffers_of_a_size)
{
    refill();
    require(_stprintf_s(buffer, 4, _T("%d"), 123) == 3);
    require_buffer(_T("123\0####"));
    refill();
    require(_stprintf_s(buffer, 4, _T("%d"), 1234) == -1 && errno == ERANGE);
    require(buffer[0] == 0 && buffer[4] == _T('#'));
    refill();
    require(_stprintf_s(buffer, 0, _T("%d"), 1) == -1 && errno == EINVAL);
    require_buffer(untouched);
    require(_stprintf_s(NULL, 5, _T("%d"), 1) == -1 && errno == EINVAL);
    refill();
    require(_stprintf_s(buffer, 4, NULL) == -1 && errno == EINVAL && buffer[0] == 0);
    refill();
    require(_stprintf_s(buffer, 4, _T("%n"), 1) == -1 && errno == EINVAL && buffer[0] == 0);
}
END_TEST

START_TEST(buffers_of_a_size_and_a_count)
{
    refill();
    require(_sntprintf_s(buffer, 5, 3, _T("%d"), 12345) == -1);
    require_buffer(_T("123\0####"));
    refill();
    require(_sntprintf_s(buffer, 5, 4, _T("%d"), 1234) == 4);
    require_buffer(_T("1234\0###"));
    refill();
    require(_sntprintf_s(buffer, 5, 8, _T("%d"), 123456) == -1 && errno == ERANGE);
    require(buffer[0] == 0);
    refill();
    require(_sntprintf_s(buffer, 5, 9, _T("%d"), 12) == 2);
    require_buffer(_T("12\0#####"));
    refill();
    require(_sntprintf_s(buffer, 5, _TRUNCATE, _T("%d"), 123456) == -1 && errno == 0);
    require_buffer(_T("1234\0###"));
    refill();
    require(_sntprintf_s(buffer, 5, _TRUNCATE, _T("%d"), 1234) == 4);
    refill();
    require(_sntprintf_s(NULL, 5, _TRUNCATE, _T("%d"), 1234) == -1 && errno == EINVAL);
}
END_TEST

START_TEST(standard_snprintf)
{
    char text[9] = "########";
    require(steppe_win32_snprintf(text, 4, "%d", 12345) == 5 && memcmp(text, "123\0##", 6) == 0);
    require(steppe_win32_snprintf(NULL, 0, "%d", 12345) == 5);
    wchar_t wide_text[9] = L"########";
    require(steppe_win32_snprintf_w(wide_text, 4, L"%d", 12345) == -1);
    require(wmemcmp(wide_text, L"123\0##", 6) == 0);
    require(steppe_win32_snprintf_w(wide_text, 4, L"%d", 123) == 3);
    require(steppe_win32_snprintf_w(wide_text, 0, L"%d", 123) == -1);
}
END_TEST

/* Every function with a va_list of either kind, once: what they do is tested above. */
static void call_all(const char *format, ...)
{
    char text[16];
    va_list arguments;
#define CALL(call, expected)                                                                       \
    va_start(arguments, format);                                                                   \
    require((call) == 2 && strcmp(text, (expected)) == 0, #call);                                  \
    va_end(arguments)
    CALL(steppe_win32_vsprintf(text, format, arguments), "42");
    CALL(steppe_win32_vsprintf_s(text, 16, format, arguments), "42");
    CALL(steppe_win32_vsnprintf_s(text, 16, 9, format, arguments), "42");
    CALL(steppe_win32_old_vsnprintf(text, 16, format, arguments), "42");
    CALL(steppe_win32_vscprintf(format, arguments), "42");
#undef CALL
    require(steppe_win32_old_snprintf(text, 16, "%d", 7) == 1 && strcmp(text, "7") == 0);
    require(steppe_win32_sprintf_s(text, 16, "%d", 8) == 1 && strcmp(text, "8") == 0);
    require(steppe_win32_snprintf_s(text, 16, 5, "%d", 9) == 1 && strcmp(text, "9") == 0);
}

static void call_all_wide(const wchar_t *format, ...)
{
    wchar_t text[16];
    va_list arguments;
#define CALL(call, expected)                                                                       \
    va_start(arguments, format);                                                                   \
    require((call) == 2 && wcscmp(text, (expected)) == 0, #call);                                  \
    va_end(arguments)
    CALL(steppe_win32_vsprintf_w(text, format, arguments), L"42");
    CALL(steppe_win32_vsprintf_s_w(text, 16, format, arguments), L"42");
    CALL(steppe_win32_vsnprintf_s_w(text, 16, 9, format, arguments), L"42");
    CALL(steppe_win32_old_vsnprintf_w(text, 16, format, arguments), L"42");
    CALL(steppe_win32_vscprintf_w(format, arguments), L"42");
#undef CALL
    require(steppe_win32_old_snprintf_w(text, 16, L"%d", 7) == 1 && wcscmp(text, L"7") == 0);
    require(steppe_win32_sprintf_s_w(text, 16, L"%d", 8) == 1 && wcscmp(text, L"8") == 0);
    require(steppe_win32_snprintf_s_w(text, 16, 5, L"%d", 9) == 1 && wcscmp(text, L"9") == 0);
}

START_TEST(every_name)
{
    call_all("%ld", 42);
    call_all_wide(L"%ld", 42);
}
END_TEST

/* ---- streams ----------------------------------------------------------------------------------
 */

static void require_file(FILE *file, const char *expected)
{
    char text[ROOM];
    rewind(file);
    size_t size_bytes = fread(text, 1, sizeof text - 1, file);
    text[size_bytes] = '\0';
    require(strcmp(text, expected) == 0, "\"%s\", not \"%s\"", text, expected);
    fclose(file);
}

START_TEST(narrow_and_wide_on_one_stream)
{
    FILE *file = tmpfile();
    require(steppe_win32_fprintf(file, "%s %ld\n", "n", (LONG)-1) == 5);
    require(steppe_win32_fprintf_w(file, L"%s %lu\n", L"\u00e4", (DWORD)-1) == 13);
    fprintf(file, "plain\n");
    require(steppe_win32_fputs_w(L"\u20ac\n", file) >= 0);
    require(steppe_win32_putc_w(L'\u00e4', file) == L'\u00e4');
    require(_ftprintf(file, _T("%s\n"), _T("t")) == 2);
    require(_fputts(_T("p\n"), file) >= 0);
    require(_puttc(_T('c'), file) == _T('c'));
    require(steppe_win32_fputs_w(NULL, file) == -1);
    require_file(file, "n -1\n\xc3\xa4 4294967295\nplain\n\xe2\x82\xac\n\xc3\xa4t\np\nc");
}
END_TEST

static void print_arguments(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    require(steppe_win32_vprintf(format, arguments) == 3);
    va_end(arguments);
    va_start(arguments, format);
    require(steppe_win32_vfprintf(stdout, format, arguments) == 3);
    va_end(arguments);
}

static void print_arguments_wide(const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    require(steppe_win32_vprintf_w(format, arguments) == 3);
    va_end(arguments);
    va_start(arguments, format);
    require(steppe_win32_vfprintf_w(stdout, format, arguments) == 3);
    va_end(arguments);
}

START_TEST(standard_output)
{
    FILE *file = tmpfile();
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    steppe_win32_printf("%ld\n", (LONG)-1);
    steppe_win32_printf_w(L"%ld\n", (LONG)-2);
    print_arguments("%ld\n", (LONG)-3);
    print_arguments_wide(L"%ld\n", (LONG)-4);
    steppe_win32_puts_w(L"\u00e4");
    _tprintf(_T("%s\n"), _T("t"));
    _putts(_T("p"));
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    require_file(file, "-1\n-2\n-3\n-3\n-4\n-4\n\xc3\xa4\nt\np\n");
}
END_TEST

START_TEST(output_that_fails)
{
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip_test("there is no /dev/full");
    setvbuf(full, NULL, _IONBF, 0);
    errno = 0;
    require(_ftprintf(full, _T("%d"), 5) == -1 && errno == ENOSPC);
    require(steppe_win32_fputs_w(L"x", full) == -1);
    require(steppe_win32_putc_w(L'x', full) == WEOF);
    fclose(full);
}
END_TEST

START_TEST(reading_lines)
{
    FILE *file = tmpfile();
    fputs("first\n\xc3\xa4\xe2\x82\xac\xff"
          "a\xe2\x82\n\nlast",
          file);
    rewind(file);
    wchar_t line[8];
    require(steppe_win32_fgets_w(line, 8, file) == line && wcscmp(line, L"first\n") == 0);
    require(steppe_win32_fgets_w(line, 8, file) &&
            wcscmp(line, L"\u00e4\u20ac\ufffda\ufffd\n") == 0);
    require(steppe_win32_fgets_w(line, 8, file) && wcscmp(line, L"\n") == 0);
    require(steppe_win32_fgets_w(line, 3, file) && wcscmp(line, L"la") == 0);
    require(steppe_win32_getc_w(file) == L's');
    require(steppe_win32_fgets_w(line, 3, file) && wcscmp(line, L"t") == 0);
    require(!steppe_win32_fgets_w(line, 3, file) && feof(file));
    require(steppe_win32_getc_w(file) == WEOF);
    errno = 0;
    require(!steppe_win32_fgets_w(NULL, 3, file) && errno == EINVAL);
    rewind(file);
    TCHAR text[8];
    require(_fgetts(text, 8, file) && _tcscmp(text, _T("first\n")) == 0);
    fclose(file);
}
END_TEST

START_TEST(opening_files)
{
    char name[] = "steppe-text-\xc3\xa4-XXXXXX";
    int descriptor = mkstemp(name);
    require(descriptor >= 0);
    close(descriptor);
    wchar_t wide_name[40];
    require(steppe_win32_snprintf_w(wide_name, 40, L"%S", name) > 0);
    FILE *file = steppe_win32_fopen_w(wide_name, L"wt, ccs=UTF-8");
    require(file && steppe_win32_fprintf_w(file, L"\u00e4") == 1);
    fclose(file);

    TCHAR t_name[40];
    require(_stprintf_s(t_name, 40, _T("%hs"), name) > 0);
    file = _tfopen(t_name, _T("rb"));
    require(file);
    require_file(file, "\xc3\xa4");
    require(_tfopen_s(&file, t_name, _T("r")) == 0);
    fclose(file);
    unlink(name);

    require(_tfopen_s(&file, t_name, _T("r")) == ENOENT && !file);
    require(_tfopen_s(&file, NULL, _T("r")) == EINVAL && !file);
    require(_tfopen_s(NULL, t_name, _T("r")) == EINVAL);
    errno = 0;
    require(!steppe_win32_fopen_w(NULL, L"r") && errno == EINVAL);

    char *utf8 = steppe_win32_narrow(L"\u00e4");
    require(strcmp(utf8, "\xc3\xa4") == 0);
    free(utf8);
    require(!steppe_win32_narrow(NULL));
}
END_TEST

/* ---- strings ----------------------------------------------------------------------------------
 */

START_TEST(copying)
{
    refill();
    require(_tcscpy_s(buffer, 4, _T("abc")) == 0);
    require_buffer(_T("abc\0####"));
    refill();
    require(_tcscpy_s(buffer, 4, _T("abcd")) == ERANGE && errno == ERANGE && buffer[0] == 0);
    refill();
    require(_tcscpy_s(buffer, 4, NULL) == EINVAL && errno == EINVAL && buffer[0] == 0);
    require(_tcscpy_s(NULL, 4, _T("a")) == EINVAL);
    refill();
    require(_tcscpy_s(buffer, 0, _T("a")) == EINVAL);
    require_buffer(untouched);

    require(_tcsncpy_s(buffer, 4, _T("abcdef"), 3) == 0);
    require_buffer(_T("abc\0####"));
    require(_tcsncpy_s(buffer, 4, _T("abcdef"), 4) == ERANGE && buffer[0] == 0);
    require(_tcsncpy_s(buffer, 4, _T("abcdef"), _TRUNCATE) == STRUNCATE);
    require_buffer(_T("abc\0####"));
    require(_tcsncpy_s(buffer, 4, _T("ab"), _TRUNCATE) == 0);
}
END_TEST

START_TEST(appending)
{
    refill();
    require(_tcscpy_s(buffer, 6, _T("ab")) == 0 && _tcscat_s(buffer, 6, _T("cde")) == 0);
    require_buffer(_T("abcde\0##"));
    require(_tcscat_s(buffer, 6, _T("f")) == ERANGE && buffer[0] == 0);
    refill();
    require(_tcscat_s(buffer, 8, _T("f")) == EINVAL && buffer[0] == 0); /* no zero in it */
    require(_tcsncat_s(buffer, 8, _T("xyz"), 2) == 0);
    require(_tcsncat_s(buffer, 8, _T("123456789"), _TRUNCATE) == STRUNCATE);
    require_buffer(_T("xy12345"));
    require(_tcscat_s(buffer, 8, NULL) == EINVAL && _tcscat_s(NULL, 8, _T("a")) == EINVAL);
}
END_TEST

/* The names of either kind, whichever this program is built for. */
START_TEST(both_kinds_of_strings)
{
    char text[8];
    wchar_t wide_text[8];
    require(steppe_win32_strcpy_s(text, 8, "ab") == 0 && steppe_win32_strcat_s(text, 8, "c") == 0);
    require(steppe_win32_strncat_s(text, 8, "def", 1) == 0 && strcmp(text, "abcd") == 0);
    require(steppe_win32_strncpy_s(text, 8, "def", 1) == 0 && strcmp(text, "d") == 0);
    require(steppe_win32_strcpy_s_w(wide_text, 8, L"ab") == 0);
    require(steppe_win32_strcat_s_w(wide_text, 8, L"c") == 0);
    require(steppe_win32_strncat_s_w(wide_text, 8, L"def", 1) == 0);
    require(wcscmp(wide_text, L"abcd") == 0);
    require(steppe_win32_strncpy_s_w(wide_text, 8, L"def", 1) == 0);

    require(steppe_win32_stricmp("aBc", "AbC") == 0 && steppe_win32_stricmp("a", "B") < 0);
    require(steppe_win32_stricmp_w(L"aBc", L"AbC") == 0 && steppe_win32_stricmp_w(L"b", L"A") > 0);
    require(steppe_win32_strnicmp("abX", "ABy", 2) == 0 && steppe_win32_strnicmp("a", "ab", 2) < 0);
    require(steppe_win32_strnicmp_w(L"abX", L"ABy", 2) == 0);
    require(steppe_win32_strnicmp_w(L"ab", L"a", 2) > 0);

    char *copy = steppe_win32_strdup("abc");
    wchar_t *wide_copy = steppe_win32_strdup_w(L"abc");
    require(strcmp(copy, "abc") == 0 && wcscmp(wide_copy, L"abc") == 0);
    free(copy);
    free(wide_copy);
    require(!steppe_win32_strdup(NULL) && !steppe_win32_strdup_w(NULL));

    require(steppe_win32_atoi(" -12x") == -12 && steppe_win32_atoi("x") == 0);
    require(steppe_win32_atoi_w(L"+7") == 7 && steppe_win32_atoi_w(NULL) == 0);
    require(steppe_win32_atoi("99999999999") == INT_MAX && errno == ERANGE);
    require(steppe_win32_atoi_w(L"-99999999999") == INT_MIN && steppe_win32_atoi(NULL) == 0);
}
END_TEST

START_TEST(names_of_tchar)
{
    const TCHAR *text = _T("Hello, world 12 ") TEXT("x") _TEXT("y");
    TCHAR *end, copy[32];
    require(_tcslen(text) == 18 && _tcsclen(text) == 18);
    require(_tcscmp(_tcscat(_tcscpy(copy, _T("a")), _T("b")), _T("ab")) == 0);
    require(_tcsncpy(copy, _T("xyz"), 4) == copy && _tcsncmp(copy, _T("xyQ"), 2) == 0);
    require(_tcsicmp(_T("HELLO"), _T("hello")) == 0 && _tcsnicmp(_T("HEx"), _T("hey"), 2) == 0);
    require(_tcschr(text, _T('o')) == text + 4 && _tcsrchr(text, _T('o')) == text + 8);
    require(_tcsstr(text, _T("world")) == text + 7);
    require(_tcstol(_T("-12z"), &end, 10) == -12 && *end == _T('z'));
    require(_tcstoul(_T("ff"), NULL, 16) == 255 && _tcstoui64(_T("1"), NULL, 10) == 1);
    require(_tcstod(_T("1.5"), NULL) == 1.5 && _tstof(_T("1.5")) == 1.5);
    require(_ttoi(_T("17")) == 17 && _ttol(_T("18")) == 18 &&
            _ttoi64(_T("5000000000")) == 5000000000);
    require(_totupper(_T('a')) == _T('A') && _totlower(_T('A')) == _T('a'));
    require(_istdigit(_T('5')) && _istspace(_T(' ')) && _istalpha(_T('x')) && _istalnum(_T('7')));
    require(_istupper(_T('X')) && !_istlower(_T('X')) && _istxdigit(_T('f')) && _istpunct(_T('!')));
    require(_tcsinc(text) == text + 1 && _tcsdec(text, text + 1) == text && !_tcsdec(text, text));

    TCHAR *allocated = _tcsdup(text);
    require(_tcscmp(allocated, text) == 0);
    free(allocated);
    require(sizeof(_TCHAR) == sizeof(TCHAR) && sizeof *(LPTSTR)0 == sizeof(TCHAR));
}
END_TEST

static Suite *text_suite(void)
{
    Suite *suite = suite_create("text");
    TCase *formats = test_case(suite, "formats");
    tcase_add_test(formats, sizes_of_integers);
    tcase_add_test(formats, garbage_above_a_dword);
    tcase_add_test(formats, flags_width_and_precision);
    tcase_add_test(formats, pointers);
    tcase_add_test(formats, kinds_of_strings);
    tcase_add_test(formats, widths_of_strings);
    tcase_add_test(formats, letters_beyond_ascii);
    tcase_add_test(formats, floating_point);
    tcase_add_test(formats, odd_formats);
    tcase_add_test(formats, refused_formats);
    tcase_add_test(formats, long_texts);
    TCase *buffers = test_case(suite, "buffers");
    tcase_add_test(buffers, buffers_without_size);
    tcase_add_test(buffers, buffers_cut_without_zero);
    tcase_add_test(buffers, buffers_of_a_size);
    tcase_add_test(buffers, buffers_of_a_size_and_a_count);
    tcase_add_test(buffers, standard_snprintf);
    tcase_add_test(buffers, every_name);
    TCase *streams = test_case(suite, "streams");
    tcase_add_test(streams, narrow_and_wide_on_one_stream);
    tcase_add_test(streams, standard_output);
    tcase_add_test(streams, output_that_fails);
    tcase_add_test(streams, reading_lines);
    tcase_add_test(streams, opening_files);
    TCase *strings = test_case(suite, "strings");
    tcase_add_test(strings, copying);
    tcase_add_test(strings, appending);
    tcase_add_test(strings, both_kinds_of_strings);
    tcase_add_test(strings, names_of_tchar);
    return suite;
}

int main(void)
{
    return test_main(text_suite());
}
