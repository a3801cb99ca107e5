/* SPDX-License-Identifier: MIT */
/* windef.h - nothing of its own: everything is in windows.h. */
#ifndef STEPPE_WIN32_WINDEF_H
#define STEPPE_WIN32_WINDEF_H
#include <windows.h>
#endif
