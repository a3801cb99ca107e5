/* SPDX-License-Identifier: MIT */
#include "images.h"

#include <dlfcn.h>
#include <stddef.h>

void *w32_image_base(const void *address)
{
    Dl_info information;
    return dladdr(address, &information) ? information.dli_fbase : NULL;
}
