/* SPDX-License-Identifier: MIT */
/* winnt.h - nothing of its own: everything is in windows.h. */
#ifndef STEPPE_WIN32_WINNT_H
#define STEPPE_WIN32_WINNT_H
#include <windows.h>
#endif
