/* SPDX-License-Identifier: MIT */
/* use_windows.c - a program for Windows, built against what is installed. */
#include <Windows.h>

#include <tchar.h>

static DWORD filter(EXCEPTION_POINTERS *exception)
{
    PVOID address = (PVOID)exception->ExceptionRecord->ExceptionInformation[1];
    return VirtualAlloc(address, 1, MEM_COMMIT, PAGE_READWRITE) ? EXCEPTION_CONTINUE_EXECUTION
                                                                : EXCEPTION_EXECUTE_HANDLER;
}

int _tmain(int argc, TCHAR *argv[])
{
    char *table = VirtualAlloc(NULL, (SIZE_T)1 << 40, MEM_RESERVE, PAGE_READWRITE);
    if (!table)
        return 1;
    __try {
        table[(SIZE_T)1 << 39] = 42;
    } __except (filter(GetExceptionInformation())) {
        return 2;
    }
    _tprintf(TEXT("%s: %d argument(s), %d\n"), argv[0] ? TEXT("named") : TEXT("nameless"), argc,
             table[(SIZE_T)1 << 39]);
    return VirtualFree(table, 0, MEM_RELEASE) ? 0 : 3;
}
