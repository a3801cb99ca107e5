/* SPDX-License-Identifier: MIT */
/*
 * exact.h - numbers as the shortest text that reads back as the same number: for files. What people
 * are shown has 15 digits (value.h), which is not enough: 0.1+0.2 is 0.30000000000000004.
 */
#ifndef STEPPE_SHEET_EXACT_H
#define STEPPE_SHEET_EXACT_H

#include "sheet/values/value.h"

/* "12", "-0.5", "1E+20": with a point and no groups in every language, as CSV, JSON and XML take
 * it. Returns the length. The number is finite. */
size_t exact_print(double number, char text[VALUE_NUMBER_BYTES]);

#endif
