/* SPDX-License-Identifier: MIT */
/*
 * reader.h - the characters of a data set, one finished record after the other.
 *
 *     struct reader reader;
 *     for (reader_start(&reader, dataset); reader.state == READER_HAS_RECORD;
 * reader_advance(&reader)) table[reader.code_point] = reader.record;
 *
 * The reader knows nothing of tables and holds its place by itself: when storing a record fails,
 * the same record can be stored again later and the reading goes on from there.
 *
 * Ranges ("<CJK Ideograph, First>" to Last) are expanded, with names made by Unicode's rules. Left
 * out are surrogates and private use: those code points are reserved, but hold no character.
 */
#ifndef UNICODE_READER_H
#define UNICODE_READER_H

#include <stdint.h>

#include "dataset.h"
#include "record.h"

enum reader_state { READER_HAS_RECORD, READER_AT_END, READER_FAILED /* and has complained */ };

/* How the name of a character inside a range is made. */
enum reader_naming { NAMING_LISTED, NAMING_BY_NUMBER, NAMING_HANGUL };

struct reader {
    enum reader_state state;
    uint32_t code_point;  /* of the record */
    struct record record; /* complete when state is READER_HAS_RECORD */
    uint64_t count;       /* records given so far, this one included */

    /* Private from here on. */
    const struct dataset *dataset;
    struct cursor cursor;
    uint32_t next_first; /* no line may describe a code point below: the file is in order */
    uint32_t range_last; /* end of the range being expanded */
    enum reader_naming naming;
    char stem[RECORD_NAME_BYTES]; /* "CJK UNIFIED IDEOGRAPH-" */
    size_t age_hint, script_hint;
};

void reader_start(struct reader *reader, const struct dataset *dataset);
void reader_advance(struct reader *reader);

#endif
