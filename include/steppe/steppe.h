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
 *   array.h       an array that grows and never moves
 *   slots.h       a sparse array
 *   arena.h       memory that is given back all at once
 *   collect.h     giving back the pages of any array on which nothing is in use
 *   collector.h   the same in the background
 *   file.h        slots and arrays in files
 *   publish.h     what the library knows, for another process to read
 */
#ifndef STEPPE_STEPPE_H
#define STEPPE_STEPPE_H

#include <steppe/arena.h>
#include <steppe/array.h>
#include <steppe/base.h>
#include <steppe/budget.h>
#include <steppe/collect.h>
#include <steppe/collector.h>
#include <steppe/fault.h>
#include <steppe/file.h>
#include <steppe/publish.h>
#include <steppe/region.h>
#include <steppe/slots.h>
#include <steppe/statistics.h>
#include <steppe/watch.h>

#endif
