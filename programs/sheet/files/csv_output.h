/* SPDX-License-Identifier: MIT */
/*
 * csv_output.h - UTF-8 made text of another encoding, as a filter of a sink: the counterpart of
 * csv_input.h. UTF-8 itself needs none.
 */
#ifndef STEPPE_SHEET_CSV_OUTPUT_H
#define STEPPE_SHEET_CSV_OUTPUT_H

#include "sheet/files/sink.h"
#include "sheet/files/workfile.h"

struct csv_output {
    enum csv_encoding encoding;
    uint64_t lost_count; /* characters that the encoding has not: '?' stands in their place */
    size_t cut_bytes;    /* of a character whose rest is yet to come */
    char cut[4];
};

bool csv_output_has_all(enum csv_encoding encoding, const char *text, size_t text_bytes);

/* For sink_set_filter, with the struct, zeroed but for its encoding. */
sink_filter csv_output_convert;

#endif
