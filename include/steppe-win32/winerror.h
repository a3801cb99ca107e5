/* SPDX-License-Identifier: MIT */
/* winerror.h - nothing of its own: everything is in windows.h. */
#ifndef STEPPE_WIN32_WINERROR_H
#define STEPPE_WIN32_WINERROR_H
#include <windows.h>
#endif
