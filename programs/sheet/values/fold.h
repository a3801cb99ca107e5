/* SPDX-License-Identifier: MIT */
/* fold.h - names that are the same in either case (of sheets, defined names), made the same. */
#ifndef STEPPE_SHEET_FOLD_H
#define STEPPE_SHEET_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One character at the start of UTF-8 text, which has at least a byte: its bytes. A byte that
 * begins none is one of its own, U+FFFD. */
size_t fold_decode(const char *text, size_t text_bytes, uint32_t *character);

/* Write the text with small letters. Returns the bytes written, SIZE_MAX: more than there is room
 * for. No 0 is put behind. Bytes that are no UTF-8 stay as they are. */
size_t fold_text(const char *text, size_t text_bytes, char *folded, size_t room_bytes);

/* The same but for case. */
bool fold_is(const char *a, size_t a_bytes, const char *b, size_t b_bytes);

#endif
