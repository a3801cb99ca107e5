/* SPDX-License-Identifier: MIT */
/* scroll.c - see scroll.h. */
#include "screen/scroll.h"

#include "screen/terminal.h"

bool screen_scroll(uint32_t key, int page, int line_count, int *top)
{
    switch (key) {
    case SCREEN_KEY_UP:
        --*top;
        return true;
    case SCREEN_KEY_DOWN:
        ++*top;
        return true;
    case SCREEN_KEY_PAGE_UP:
        *top -= page;
        return true;
    case SCREEN_KEY_PAGE_DOWN:
    case ' ':
        *top += page;
        return true;
    case SCREEN_KEY_HOME:
        *top = 0;
        return true;
    case SCREEN_KEY_END:
        *top = line_count;
        return true;
    default:
        return false;
    }
}
