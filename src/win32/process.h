/* SPDX-License-Identifier: MIT */
/* process.h - the one process there is. */
#ifndef W32_PROCESS_H
#define W32_PROCESS_H

#include <stdbool.h>

#include <windows.h>

/* Whether the handle is GetCurrentProcess(); else the last error is ERROR_INVALID_HANDLE. */
bool w32_process_is_current(HANDLE process);

#endif
