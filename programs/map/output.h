/* SPDX-License-Identifier: MIT */
/*
 * output.h - captures and differences as JSON (docs/map-format.md), CSV and plain text. All write
 * to a stream and return false when it failed or memory ran out; errno says why. The stream is not
 * closed; it is flushed.
 */
#ifndef STEPPE_MAP_OUTPUT_H
#define STEPPE_MAP_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "map/capture.h"
#include "map/difference.h"

bool output_json(FILE *stream, const struct capture *capture);
bool output_json_difference(FILE *stream, const struct difference *difference);

/* One line a region after a line of titles; RFC 4180: fields with commas, quotes or line ends are
 * quoted, lines end in CR LF. Unknown figures are empty fields. */
bool output_csv(FILE *stream, const struct capture *capture);
bool output_csv_difference(FILE *stream, const struct difference *difference);

/* Of a process that has the library mapped and publishes nothing. */
#define OUTPUT_SILENT_TEXT "it uses Steppe, publishes nothing: start it with STEPPE_PUBLISH=1"

struct output_text_options {
    const struct region_choice *choice; /* NULL: all by address */
    size_t line_max;                    /* regions shown; 0: all */
    int columns;                        /* of the terminal; 0: there is none, nothing is cut */
    bool is_steppe_unread; /* something was published and could not be read: do not say nothing was
                            */
};

/* A table for people, for --once: totals, kinds, regions. Control characters of names become
 * question marks. options may be NULL. */
bool output_text(FILE *stream, const struct capture *capture,
                 const struct output_text_options *options);
bool output_text_difference(FILE *stream, const struct difference *difference, int columns);

#endif
