/* SPDX-License-Identifier: MIT */
/*
 * report.h - a capture as one page of HTML with pictures. The page needs nothing else: no network,
 * no other file; its script and style lie in it, and its content security policy allows no others.
 */
#ifndef STEPPE_MAP_REPORT_H
#define STEPPE_MAP_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/outfile.h"

/* Write the page that shows a capture: one JSON object of kind "process", "lab" or "difference", as
 * docs/map-format.md describes it, of so many bytes; no NUL need follow. Names in it may be
 * hostile: whatever could end the element that holds the text is written as an escape of JSON, and
 * bytes that are not UTF-8 become U+FFFD.
 *
 * False: it could not be written, and errno says why. Flushes, so a full disk is noticed here; does
 * not close. */
bool report_write(FILE *out, const char *json_text, size_t json_bytes);

/* The same to a file (outfile.h), of the JSON that a writer writes. False with a sentence. */
bool report_save(const char *path, outfile_writer *write_json, const void *context,
                 struct problem *problem);

#endif
