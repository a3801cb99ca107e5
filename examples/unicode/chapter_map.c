/* SPDX-License-Identifier: MIT */
#include "story.h"

#include "report.h"

bool chapter_map(struct story *story)
{
    report_chapter(6, "See every page");
    uint64_t cells = report_has_colour() ? MAP_CELLS : MAP_CELLS / 2;
    uint64_t pages = TABLE_USABLE_BYTES / steppe_page_bytes();
    report_say("The table's %s pages after the removal. A plane of 65,536 code points has two",
               report_number(pages));
    report_say("lines, or one if it was never touched; a %s stands for %s pages.",
               report_has_colour() ? "half block" : "letter",
               report_number(pages / (MAP_PLANE_COUNT * cells)));
    report_gap();
    map_print(&story->map, &story->loading.table, &story->dataset.scripts);
    return true;
}
