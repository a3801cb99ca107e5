/* SPDX-License-Identifier: MIT */
/* process.c - GetCurrentProcess, ExitProcess. */
#include "process.h"

#include <stdlib.h>

#include "last_error.h"

HANDLE WINAPI GetCurrentProcess(void)
{
    return (HANDLE)(LONG_PTR)-1;
}

bool w32_process_is_current(HANDLE process)
{
    return process == GetCurrentProcess() || w32_fail(ERROR_INVALID_HANDLE);
}

void WINAPI ExitProcess(UINT code)
{
    exit((int)(code & 0xff));
}
