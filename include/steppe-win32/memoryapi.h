/* SPDX-License-Identifier: MIT */
/* memoryapi.h - nothing of its own: everything is in windows.h. */
#ifndef STEPPE_WIN32_MEMORYAPI_H
#define STEPPE_WIN32_MEMORYAPI_H
#include <windows.h>
#endif
