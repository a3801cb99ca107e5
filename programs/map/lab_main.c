/* SPDX-License-Identifier: MIT */
/* lab_main.c - "steppe-map lab ...": see lab_main.h. */
#include "map/lab_main.h"

#include <stdio.h>

#include "map/lab_options.h"

int lab_main(int argument_count, char *arguments[])
{
    struct lab_settings settings;
    static char name[] = "steppe-map lab"; /* complaints begin with it */
    arguments[0] = name;
    if (!lab_options_parse(&settings, argument_count, arguments))
        return LAB_EXIT_USAGE;
    if (settings.prints_help) {
        printf("usage: steppe-map lab [OPTION]...\n\n%s", lab_options_help);
        return fflush(stdout) == 0 ? LAB_EXIT_OK : LAB_EXIT_FAILED;
    }
    return lab_options_run(&settings);
}
