/* SPDX-License-Identifier: MIT */
/* sysinfoapi.h - nothing of its own: everything is in windows.h. */
#ifndef STEPPE_WIN32_SYSINFOAPI_H
#define STEPPE_WIN32_SYSINFOAPI_H
#include <windows.h>
#endif
