/* SPDX-License-Identifier: MIT */
/* lab_main.h - "steppe-map lab ...". */
#ifndef STEPPE_MAP_LAB_MAIN_H
#define STEPPE_MAP_LAB_MAIN_H

/* arguments[0] is "lab". Returns the exit status. */
int lab_main(int argument_count, char *arguments[]);

#endif
