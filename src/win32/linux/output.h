/* SPDX-License-Identifier: MIT */
/* output.h - writing where stdio may be in the middle of something. */
#ifndef W32_OUTPUT_H
#define W32_OUTPUT_H

#include <stddef.h>

/* To standard error, unbuffered; what cannot be written is lost. */
void w32_output_error(const char *text, size_t length);

#endif
