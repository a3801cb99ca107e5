/* SPDX-License-Identifier: MIT */
/*
 * steppe.h - reserve/commit virtual memory: all public headers at once.
 *
 *   base.h        statuses, page size, version
 *   region.h      reserve, commit, decommit, protect, query, release: start reading here
 *   fault.h       commit on touch, filters, STEPPE_TRY, probes
 *   budget.h      exact limits on committed bytes
 *   statistics.h  figures
 *   watch.h       which pages were written
 */
#ifndef STEPPE_STEPPE_H
#define STEPPE_STEPPE_H

#include <steppe/base.h>
#include <steppe/budget.h>
#include <steppe/fault.h>
#include <steppe/region.h>
#include <steppe/statistics.h>
#include <steppe/watch.h>

#endif
