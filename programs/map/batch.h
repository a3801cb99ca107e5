/* SPDX-License-Identifier: MIT */
/*
 * batch.h - process mode without a screen: look so many times, then say and write what was asked
 * for.
 */
#ifndef STEPPE_MAP_BATCH_H
#define STEPPE_MAP_BATCH_H

#include "map/difference.h"
#include "map/options.h"
#include "common/problem.h"

/* Do what the options ask for. False with a sentence. */
bool batch_run(const struct options *options, struct problem *problem);

/* Write the report on a capture, or on a difference if there is one, to a file
 * (outfile.h). False with a sentence. */
bool batch_write_html(const struct capture *capture, const struct difference *difference,
                      const char *path, struct problem *problem);

#endif
