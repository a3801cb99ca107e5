/* SPDX-License-Identifier: MIT */
/* Excpt.h - another spelling of excpt.h. */
#include <excpt.h>
