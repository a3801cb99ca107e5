/* SPDX-License-Identifier: MIT */
/* processthreadsapi.h - nothing of its own: everything is in windows.h. */
#ifndef STEPPE_WIN32_PROCESSTHREADSAPI_H
#define STEPPE_WIN32_PROCESSTHREADSAPI_H
#include <windows.h>
#endif
