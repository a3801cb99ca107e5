/* SPDX-License-Identifier: MIT */
/* json_put.h - values and cells as the members of JSON objects: docs/sheet-json.md. */
#ifndef STEPPE_SHEET_JSON_PUT_H
#define STEPPE_SHEET_JSON_PUT_H

#include "sheet/book/book.h"
#include "sheet/files/sink.h"

/* "text", in quotes; bytes that are no UTF-8 become U+FFFD. */
void json_put_text(struct sink *sink, const char *text, size_t text_bytes);
void json_put_string(struct sink *sink, const char *string);
/* Reads back the same. */
void json_put_number(struct sink *sink, double number);
void json_put_count(struct sink *sink, uint64_t count);
/* "kind":"number","value":12 */
void json_put_value(struct sink *sink, struct value value);
/* {"cell":"B7","kind":...}. false: out of memory. */
bool json_put_cell(struct sink *sink, const struct book *book, const struct sheet *sheet,
                   const struct cell *cell, struct position position);

#endif
