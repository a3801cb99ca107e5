/* SPDX-License-Identifier: MIT */
/* WinBase.h - another spelling of winbase.h. */
#include <winbase.h>
