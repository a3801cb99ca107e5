/* SPDX-License-Identifier: MIT */
/* images.h - the program and its libraries. */
#ifndef W32_IMAGES_H
#define W32_IMAGES_H

/* Where the program or library that holds the address was loaded; NULL when none does. */
void *w32_image_base(const void *address);

#endif
