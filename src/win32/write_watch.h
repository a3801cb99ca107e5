/* SPDX-License-Identifier: MIT */
/* write_watch.h - reservations made with MEM_WRITE_WATCH: which of their pages were written. */
#ifndef W32_WRITE_WATCH_H
#define W32_WRITE_WATCH_H

#include <steppe/region.h>

/* As the calls without "watch" in their name, for a watched reservation. */
steppe_status w32_watch_reserve(size_t size_bytes, const steppe_options *options, void **base);
steppe_status w32_watch_commit(void *address, size_t size_bytes, steppe_protection protection);
steppe_status w32_watch_protect(void *address, size_t size_bytes, steppe_protection protection,
                                steppe_protection *old);

/* What the program gave the run's pages instead of what stands in for it; may shorten the run. */
void w32_watch_correct(steppe_run *run);

/* After the reservation with this tag was released. */
void w32_watch_forget(uint64_t tag);

#endif
