/* SPDX-License-Identifier: MIT */
/* basetsd.h - nothing of its own: everything is in windows.h. */
#ifndef STEPPE_WIN32_BASETSD_H
#define STEPPE_WIN32_BASETSD_H
#include <windows.h>
#endif
