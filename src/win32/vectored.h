/* SPDX-License-Identifier: MIT */
/* vectored.h - asking the vectored handlers. */
#ifndef W32_VECTORED_H
#define W32_VECTORED_H

#include <stdbool.h>

#include <windows.h>

/* Ask them in order; true: one said to continue execution. */
bool w32_vectored_continue(EXCEPTION_POINTERS *exception);

#endif
