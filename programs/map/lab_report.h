/* SPDX-License-Identifier: MIT */
/*
 * lab_report.h - the lab for other programs: JSON and CSV, as docs/map-lab.md says.
 */
#ifndef STEPPE_MAP_LAB_REPORT_H
#define STEPPE_MAP_LAB_REPORT_H

#include <stdio.h>

#include "map/lab.h"
#include "common/problem.h"

/* NULL, or what was wrong, a sentence. */
const char *lab_report_json(const struct lab *lab, FILE *output);
const char *lab_report_csv(const struct lab *lab, FILE *output);

/* As a page of HTML, to a file (outfile.h). False with a sentence. */
bool lab_report_html(const struct lab *lab, const char *path, struct problem *problem);

#endif
