/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <unistd.h>

void w32_output_error(const char *text, size_t length)
{
    while (length) {
        ssize_t written = write(STDERR_FILENO, text, length);
        if (written <= 0)
            return;
        text += written;
        length -= (size_t)written;
    }
}
