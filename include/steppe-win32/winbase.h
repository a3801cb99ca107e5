/* SPDX-License-Identifier: MIT */
/* winbase.h - nothing of its own: everything is in windows.h. */
#ifndef STEPPE_WIN32_WINBASE_H
#define STEPPE_WIN32_WINBASE_H
#include <windows.h>
#endif
