/* SPDX-License-Identifier: MIT */
/* names.c - what ordinary programs expect of <windows.h> beside its calls: numbers, types, words
 * of Microsoft's compiler, and the small calls that are wholly in headers. */
#include <windows.h>

#include <excpt.h>
#include <tchar.h>
#include <winbase.h>
#include <basetsd.h>
#include <errhandlingapi.h>
#include <minwindef.h>
#include <ntstatus.h>
#include <processthreadsapi.h>
#include <sal.h>
#include <sysinfoapi.h>
#include <windef.h>
#include <winerror.h>

#include "support.h"

/* ---- numbers and sizes, as on Windows ---------------------------------------------------------
 */

C_ASSERT(sizeof(__int8) == 1 && sizeof(__int16) == 2 && sizeof(__int32) == 4);
C_ASSERT(sizeof(unsigned __int64) == 8 && sizeof(INT8) == 1 && sizeof(UINT16) == 2);
C_ASSERT(sizeof(HRESULT) == 4 && sizeof(EXCEPTION_DISPOSITION) == 4 && sizeof(*(PUINT64)0) == 8);
C_ASSERT(sizeof(TBYTE) == sizeof(TCHAR) && sizeof(*(LPCCH)0) == 1 && sizeof(*(PDWORD32)0) == 4);
C_ASSERT(sizeof(LARGE_INTEGER) == 8 && sizeof(ULARGE_INTEGER) == 8);
C_ASSERT(FIELD_OFFSET(LARGE_INTEGER, HighPart) == 4 && FIELD_OFFSET(LARGE_INTEGER, QuadPart) == 0);
C_ASSERT((INT8)-1 < 0 && (UINT8)-1 > 0);
C_ASSERT(MAXULONG_PTR == 0xffffffffffffffff && MAXLONG == 0x7fffffff && MAXINT == 0x7fffffff);
C_ASSERT(MAKEWORD(0x134, 0x112) == 0x1234 && MAKELONG(0x15678, 0x11234) == 0x12345678);
C_ASSERT(MAKELONG(0, 0x8000) < 0 && LOWORD(MAKELONG(1, 2)) == 1 && HIWORD(MAKELONG(1, 2)) == 2);
C_ASSERT(ExceptionContinueExecution == 0 && ExceptionContinueSearch == 1);
C_ASSERT(ExceptionNestedException == 2 && ExceptionCollidedUnwind == 3);
C_ASSERT(S_OK == 0 && S_FALSE == 1 && FAILED(E_FAIL) && SUCCEEDED(S_FALSE) && !SUCCEEDED(E_FAIL));
C_ASSERT((DWORD)E_FAIL == 0x80004005 && (DWORD)E_INVALIDARG == 0x80070057);
C_ASSERT(MEM_RESERVE_PLACEHOLDER == 0x40000 && MEM_REPLACE_PLACEHOLDER == 0x4000);
C_ASSERT(MEM_COALESCE_PLACEHOLDERS == 1 && MEM_PRESERVE_PLACEHOLDER == 2);
C_ASSERT(MEM_4MB_PAGES == 0x80000000 && PAGE_TARGETS_INVALID == 0x40000000);
C_ASSERT(EXCEPTION_UNWIND == 0x66 && EXCEPTION_STACK_INVALID == 8 && EXCEPTION_NESTED_CALL == 16);
C_ASSERT(EXCEPTION_SOFTWARE_ORIGINATE == 0x80 && EXCEPTION_EXECUTE_FAULT == 8);
C_ASSERT(EXCEPTION_INVALID_HANDLE == 0xC0000008);
C_ASSERT(PROCESSOR_ARCHITECTURE_ARM == 5 && PROCESSOR_ARCHITECTURE_IA64 == 6);
C_ASSERT(PROCESSOR_ARCHITECTURE_UNKNOWN == 0xffff);

/* ---- words of the compiler --------------------------------------------------------------------
 */

EXTERN_C int WINAPIV add(_In_ int left, _In_opt_ int right);
__declspec(dllexport) __declspec(noinline) int PASCAL add(_In_ int left, _In_opt_ int right)
{
    C_ASSERT(1);
    return left + right;
}

__forceinline int twice(int number)
{
    return add(number, number);
}

static __forceinline int thrice(int number)
{
    return twice(number) + number;
}

_Success_(return == S_OK) _Must_inspect_result_ static HRESULT
    copy(_Out_writes_bytes_(size) void *to, _In_reads_bytes_(size) const void *from, SIZE_T size)
{
    RtlCopyMemory(to, from, size);
    return RtlEqualMemory(to, from, size) ? S_OK : E_FAIL;
}

__declspec(noreturn) static void leave(void)
{
    exit(7);
}

static int leaving(void *context)
{
    (void)context;
    leave();
}

__declspec(selectany) int chosen = 5;
static __declspec(thread) int of_thread = 1;
__declspec(thread) static int of_thread_too = 2;
static __declspec(align(64)) char aligned_bytes[3];

struct __declspec(align(64)) aligned_type {
    char byte;
};
C_ASSERT(sizeof(struct aligned_type) == 64);

START_TEST(compilers_words_mean_what_they_say)
{
    int from = 42, to = 0;
    require_equal(twice(3), 6);
    require_equal(thrice(3), 9);
    require(copy(&to, &from, sizeof to) == S_OK);
    require_equal(to, 42);
    require_equal((uintptr_t)aligned_bytes % 64, 0);
    require_equal(chosen + of_thread + of_thread_too, 8);
    require_equal(RTL_NUMBER_OF(aligned_bytes), 3);
    require_exits(run_child(leaving, NULL), 7);
}
END_TEST

START_TEST(large_integer_has_two_halves)
{
    LARGE_INTEGER number;
    ULARGE_INTEGER natural;
    number.QuadPart = -2;
    require(number.LowPart == 0xfffffffe && number.HighPart == -1 && number.u.HighPart == -1);
    natural.u.LowPart = 1;
    natural.HighPart = 0x80000000;
    require_equal(natural.QuadPart, 0x8000000000000001);
}
END_TEST

/* ---- small calls ------------------------------------------------------------------------------
 */

#define INTERLOCKED_TEST(name, type, suffix, top)                                                  \
    START_TEST(name)                                                                               \
    {                                                                                              \
        type volatile number = (top);                                                              \
        require(InterlockedIncrement##suffix(&number) == -(top)-1);                                \
        require(InterlockedDecrement##suffix(&number) == (top));                                   \
        require(InterlockedExchange##suffix(&number, 12) == (top));                                \
        require(InterlockedExchangeAdd##suffix(&number, -2) == 12);                                \
        require(InterlockedAdd##suffix(&number, 2) == 12);                                         \
        require(InterlockedAnd##suffix(&number, 10) == 12);                                        \
        require(InterlockedOr##suffix(&number, 3) == 8);                                           \
        require(InterlockedXor##suffix(&number, 1) == 11);                                         \
        require(InterlockedCompareExchange##suffix(&number, 5, 11) == 10);                         \
        require(InterlockedCompareExchange##suffix(&number, 5, 10) == 10);                         \
        require(number == 5);                                                                      \
    }                                                                                              \
    END_TEST
INTERLOCKED_TEST(interlocked_gives_old_or_new_value, LONG, , MAXLONG)
INTERLOCKED_TEST(interlocked_64_gives_old_or_new_value, LONG64, 64, MAXLONGLONG)

START_TEST(interlocked_pointers)
{
    int first, second;
    PVOID volatile pointer = &first;
    require(InterlockedExchangePointer(&pointer, &second) == &first);
    require(InterlockedCompareExchangePointer(&pointer, NULL, &first) == &second);
    require(pointer == &second);
    require(InterlockedCompareExchangePointer(&pointer, NULL, &second) == &second);
    require(!pointer);
}
END_TEST

NO_SANITIZER static void leave_a_secret(char **where)
{
    char secret[256];
    memset(secret, 's', sizeof secret);
    *where = secret;
    __asm__ volatile("" : : "r"(secret) : "memory");
    SecureZeroMemory(secret, sizeof secret);
}

NO_SANITIZER static int bytes_left(const volatile char *where)
{
    int count = 0;
    for (int i = 0; i < 256; i++)
        count += where[i] == 's';
    return count;
}

START_TEST(secrets_are_zeroed)
{
    char *where;
    char bytes[4] = "abc";
    require(SecureZeroMemory(bytes, 2) == bytes);
    require(!bytes[0] && !bytes[1] && bytes[2] == 'c');
    RtlFillMemory(bytes, 4, 'x');
    RtlMoveMemory(bytes + 1, bytes, 3);
    RtlZeroMemory(bytes, 1);
    require(!bytes[0] && bytes[3] == 'x');
    if (is_valgrind())
        skip_test("valgrind tells of memory below the stack");
    leave_a_secret(&where);
    require(bytes_left(where) < 16, "the secret is still there");
}
END_TEST

START_TEST(instructions_are_flushed_in_this_process_only)
{
    require(FlushInstructionCache(GetCurrentProcess(), aligned_bytes, 3));
    require(FlushInstructionCache(GetCurrentProcess(), NULL, 0));
    SetLastError(0);
    require(!FlushInstructionCache(NULL, NULL, 0));
    require_equal(GetLastError(), ERROR_INVALID_HANDLE);
    require_equal(_resetstkoflw(), 1);
}
END_TEST

START_TEST(microsofts_names_of_string_functions)
{
    char text[8];
    wchar_t wide[8];
    int (*compare)(const char *, const char *) = _stricmp;
    require_equal(strcpy_s(text, sizeof text, "abc"), 0);
    require_equal(strcat_s(text, sizeof text, "def"), 0);
    require(!compare(_strupr(text), "abcdef") && !strcmp(text, "ABCDEF"));
    require(!_strnicmp(_strlwr(text), "ABCx", 3) && !strcmp(text, "abcdef"));
    require_equal(strcat_s(text, sizeof text, "gh"), ERANGE);
    require_equal(strncpy_s(text, sizeof text, "abcdefghi", _TRUNCATE), STRUNCATE);
    require_equal(wcscpy_s(wide, 8, L"abc"), 0);
    require_equal(wcscat_s(wide, 8, L"def"), 0);
    require(!_wcsicmp(_wcsupr(wide), L"abcdef") && !wcscmp(wide, L"ABCDEF"));
    require(!_wcsnicmp(_wcslwr(wide), L"ABCx", 3) && !wcscmp(wide, L"abcdef"));
    require_equal(sprintf_s(text, sizeof text, "%ld", (LONG)-1), 2);
    require_equal(_snprintf(text, 3, "%d", 12345), -1);
    require(!memcmp(text, "123", 3));
    require_equal(_snprintf_s(text, sizeof text, _TRUNCATE, "%s", "0123456789"), -1);
    require(!strcmp(text, "0123456"));
    require_equal(swprintf_s(wide, 8, L"%s", L"wide"), 4);
    require_equal(strnlen_s("abc", 2), 2);
    require_equal(wcsnlen_s(L"abc", 8), 3);
    require_equal(strnlen_s(NULL, 8), 0);
    char *copy_of_text = _strdup("x");
    wchar_t *copy_of_wide = _wcsdup(L"y");
    require(!strcmp(copy_of_text, "x") && !wcscmp(copy_of_wide, L"y"));
    free(copy_of_text);
    free(copy_of_wide);
}
END_TEST

START_TEST(tchar_names_follow_unicode)
{
    TCHAR *text = _tcsdup(_T("Text"));
    require(!_tcscmp(_tcsupr(text), _T("TEXT")));
    require(!_tcscmp(_tcslwr(text), _T("text")));
    require_equal(_tcsnlen(text, 2), 2);
    free(text);
    errno = ENOENT;
    _tperror(_T("# expected"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("win32 names");
    TCase *tests = test_case(suite, "names");
    tcase_add_test(tests, compilers_words_mean_what_they_say);
    tcase_add_test(tests, large_integer_has_two_halves);
    tcase_add_test(tests, interlocked_gives_old_or_new_value);
    tcase_add_test(tests, interlocked_64_gives_old_or_new_value);
    tcase_add_test(tests, interlocked_pointers);
    tcase_add_test(tests, secrets_are_zeroed);
    tcase_add_test(tests, instructions_are_flushed_in_this_process_only);
    tcase_add_test(tests, microsofts_names_of_string_functions);
    tcase_add_test(tests, tchar_names_follow_unicode);
    return test_main(suite);
}
