/* SPDX-License-Identifier: MIT */
/* iso_time.h - dates and durations of ISO 8601, as files have them, in days. */
#ifndef STEPPE_SHEET_ISO_TIME_H
#define STEPPE_SHEET_ISO_TIME_H

#include <stdbool.h>
#include <stddef.h>

/* "2024-01-31", "2024-01-31T12:30:15.25", "12:30:15": days since 1899-12-30, or since 1904-01-01;
 * so that 1900-03-01 is 61, and earlier ones are as LibreOffice counts them, below 0 too. A time
 * zone is passed over. false: it is none of them. */
bool iso_time_read(const char *text, size_t text_bytes, bool is_1904, double *days);
/* "PT12H30M15.5S", "-P1DT2H": days. false: it is none, or has years or months. */
bool iso_duration_read(const char *text, size_t text_bytes, double *days);

#endif
