/* SPDX-License-Identifier: MIT */
/* minwindef.h - nothing of its own: everything is in windows.h. */
#ifndef STEPPE_WIN32_MINWINDEF_H
#define STEPPE_WIN32_MINWINDEF_H
#include <windows.h>
#endif
