/* SPDX-License-Identifier: MIT */
/* errhandlingapi.h - nothing of its own: everything is in windows.h. */
#ifndef STEPPE_WIN32_ERRHANDLINGAPI_H
#define STEPPE_WIN32_ERRHANDLINGAPI_H
#include <windows.h>
#endif
