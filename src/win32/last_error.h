/* SPDX-License-Identifier: MIT */
/* last_error.h - failing the Windows way. */
#ifndef W32_LAST_ERROR_H
#define W32_LAST_ERROR_H

#include <windows.h>

/* Set the last error and return FALSE. */
BOOL w32_fail(DWORD error);

/* The Windows error for a status. outside: the one for STEPPE_E_OUTSIDE, which differs between
 * calls. */
DWORD w32_error_of(steppe_status status, DWORD outside);

#endif
