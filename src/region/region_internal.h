/* SPDX-License-Identifier: MIT */
/*
 * region_internal.h - what views of files need of regions: space that is lent.
 *
 *     base                      end                                                lent_end
 *     | pages, as of any other  | lent: no access, until its owner maps a file there |
 *
 * Lent space goes with its reservation, and is no part of it otherwise: it has no pages in the page
 * map, so no mechanism acts there, no fork, and no call, which all say STEPPE_E_NOT_RESERVED.
 * Queries and faults tell of it as of others' memory: as the kernel has it.
 */
#ifndef STP_REGION_INTERNAL_H
#define STP_REGION_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include <steppe/region.h>

#include "platform/platform.h"

/* The mappings a file's mapping is counted as: itself, and the rest behind it. */
enum { STP_REGION_FILE_MAPPINGS = 2 };

/* steppe_reserve, with space lent behind it: whole pages behind whole granules, at any address.
 * Failures are steppe_reserve's. */
void *stp_region_reserve(size_t size_bytes, size_t lent_bytes, const steppe_options *options);

/* Map whole pages of a file, read-only, into the space lent behind a living reservation; its end
 * takes them away. The mappings are counted (mappings.h). Failures are remembered for the caller to
 * rename: STEPPE_E_MAP_COUNT, or what stp_platform_diagnose makes of the system's. */
steppe_status stp_region_map_file(const void *base, void *address, size_t size_bytes,
                                  const struct stp_platform_file *file, uint64_t offset_bytes);

#endif
