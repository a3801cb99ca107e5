/* SPDX-License-Identifier: MIT */
/* A program as a user of the installed library writes it: C and C++ alike. */
#include <stdio.h>
#include <string.h>

#include <steppe/steppe.h>

int main(void)
{
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", STEPPE_VERSION_MAJOR, STEPPE_VERSION_MINOR,
             STEPPE_VERSION_PATCH);
    if (strcmp(version, steppe_version()) != 0) {
        fprintf(stderr, "built against %s, runs with %s\n", version, steppe_version());
        return 1;
    }

    steppe_options options;
    memset(&options, 0, sizeof options);
    options.on_fault = STEPPE_COMMIT;
    options.limit_bytes = steppe_page_bytes();
    options.strict = true;
    char *bytes = (char *)steppe_reserve(STEPPE_MIB, &options);
    if (bytes == NULL) {
        fprintf(stderr, "%s\n", steppe_last_message());
        return 1;
    }

    volatile bool is_past_limit = false;
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        bytes[0] = 1;
        bytes[steppe_page_bytes()] = 1;
        is_past_limit = true;
    }
    STEPPE_CAUGHT
    {
        printf("stopped at %zu bytes: %s\n", fault.offset_bytes, steppe_status_text(fault.reason));
    }
    return is_past_limit || bytes[0] != 1 || steppe_release(bytes) != STEPPE_OK;
}
