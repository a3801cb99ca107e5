/* SPDX-License-Identifier: MIT */
/*
 * csv_input.h - a file or standard input as pieces of clean UTF-8, whatever its encoding is.
 *
 * Which encoding it has is found by the way, unless it is named:
 *
 *             a byte order mark, or every other byte is 0
 *   guess --------------------------------------------------> UTF-16, UTF-32
 *     |  the first piece with bytes beyond ASCII is UTF-8
 *     +-----------------------------------------------------> UTF-8
 *     |  it is not
 *     +-----------------------------------------------------> Windows-1252
 *
 * What came before that piece was ASCII, which is the same in both. Windows-1252 has all that
 * Latin-1 has, but for control characters.
 */
#ifndef STEPPE_SHEET_CSV_INPUT_H
#define STEPPE_SHEET_CSV_INPUT_H

#include "sheet/files/workfile.h"

struct csv_input;

/* "-": standard input. progress (may be NULL) is asked before each look at what may have to be
 * waited for. NULL with a sentence. */
struct csv_input *csv_input_open(const char *path, enum csv_encoding encoding,
                                 const struct progress *progress, struct problem *problem);
void csv_input_close(struct csv_input *input);

/* The next piece of text, 64 KiB of the file: its bytes, of which none is 0 and all are UTF-8; it
 * ends at a character's end, and is good until the next call. 0: the end; -1 with a sentence. */
int64_t csv_input_next(struct csv_input *input, const char **text, struct problem *problem);

uint64_t csv_input_done_bytes(const struct csv_input *input);
uint64_t csv_input_total_bytes(const struct csv_input *input); /* 0: not known */
/* Characters that were none, or 0: U+FFFD stands in their place. */
uint64_t csv_input_broken_count(const struct csv_input *input);
/* Which encoding it has, as far as it has been read; UTF-32 as CSV_UTF8, for it is not written. */
enum csv_encoding csv_input_encoding(const struct csv_input *input);
bool csv_input_has_mark(const struct csv_input *input); /* of the byte order */

/* The character of a byte from 0x80 to 0x9F in Windows-1252. Those that it leaves out are control
 * characters, as in Latin-1. */
uint32_t csv_input_windows(unsigned char byte);

#endif
