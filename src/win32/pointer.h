/* SPDX-License-Identifier: MIT */
/* pointer.h - where results go to. */
#ifndef W32_POINTER_H
#define W32_POINTER_H

#include <stdbool.h>
#include <stddef.h>

#include <steppe/fault.h>

/* To be asked before anything is changed: writing to it afterwards might fail. At most 16 bytes. */
static inline bool w32_pointer_is_writable(void *pointer, size_t size_bytes)
{
    char bytes[16];
    return pointer && steppe_probe_read(pointer, bytes, size_bytes, NULL) == STEPPE_OK &&
           steppe_probe_write(pointer, bytes, size_bytes, NULL) == STEPPE_OK;
}

#endif
