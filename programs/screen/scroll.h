/* SPDX-License-Identifier: MIT */
/* scroll.h - text that is longer than its place on the screen: what keys do to its first line. */
#ifndef STEPPE_SCREEN_SCROLL_H
#define STEPPE_SCREEN_SCROLL_H

#include <stdbool.h>
#include <stdint.h>

/* Move the first line shown, by arrows, pages of so many lines, to line_count's end or the
 * beginning. It may end up in front of the first line or behind the last: the caller puts it where
 * text is. false: a key that does not scroll; *top is as it was. */
bool screen_scroll(uint32_t key, int page, int line_count, int *top);

#endif
