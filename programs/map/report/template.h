/* SPDX-License-Identifier: MIT */
/*
 * template.h - the page without its data, made by embed.py: what stands before the data, and what
 * stands behind.
 */
#ifndef STEPPE_MAP_REPORT_TEMPLATE_H
#define STEPPE_MAP_REPORT_TEMPLATE_H

#include <stddef.h>

extern const unsigned char report_head[];
extern const size_t report_head_bytes;
extern const unsigned char report_tail[];
extern const size_t report_tail_bytes;

#endif
