/* SPDX-License-Identifier: MIT */
/* ntstatus.h - nothing of its own: everything is in windows.h. */
#ifndef STEPPE_WIN32_NTSTATUS_H
#define STEPPE_WIN32_NTSTATUS_H
#include <windows.h>
#endif
