/* SPDX-License-Identifier: MIT */
/*
 * images.h - how far the variables of programs and libraries reach. Those that begin as zeros
 * (.bss) are in no file: the loader maps private memory for them right behind the file's, and maps
 * does not tell it from memory that something else put there, or has joined both to one mapping.
 * The program headers of the file know where they end.
 *
 * A file is read once, 8 KiB of it at the most, and kept by device and inode while it is mapped.
 * What is in it may be hostile: nothing in it is believed but where an area of variables ends, and
 * that only where it fits what is mapped.
 */
#ifndef STEPPE_MAP_IMAGES_H
#define STEPPE_MAP_IMAGES_H

#include "map/proc.h"
#include "map/region.h"

enum {
    IMAGES_MAX = 4096, /* files kept; those beyond are unknown */
    IMAGE_SEGMENTS_MAX = 32
};

/* Where nobody can read the file, so much behind it still counts as its variables: of the libraries
 * of a system hardly one has more. */
#define IMAGE_GUESS_BYTES (UINT64_C(1) << 20)

/* A part of the file that the loader maps (PT_LOAD). */
struct image_segment {
    uint64_t offset, address, file_bytes, memory_bytes; /* no sum of them runs over */
};

/* Of one file. */
struct image {
    uint32_t device_major, device_minor;
    uint64_t inode;
    bool is_used;  /* since images_forget_unused */
    bool is_known; /* else it could not be read, or is no ELF file of this machine's byte order */
    size_t segment_count;
    struct image_segment segments[IMAGE_SEGMENTS_MAX];
};

/* Files by device and inode. {0}: none. */
struct images {
    struct image **files; /* sorted */
    size_t count, capacity;
};

/* Where the variables end that begin at the end of a region of a file, which a private mapping
 * without a name follows: an address behind region->end, or region->end itself when it has none
 * there. False: the file is not known.
 *
 * It is opened through map_files (which takes CAP_CHECKPOINT_RESTORE), or by the region's name as
 * the process sees it, or as we do; by name only when device and inode are those of the mapping (on
 * btrfs they never are, as maps tells another device than stat). Files that are not regular ones,
 * and those of FUSE, which may never answer, are left alone. */
bool images_end_of_variables(struct images *images, const struct proc *proc,
                             const struct region *region, size_t page_bytes, uint64_t *end);
/* After each reading of all mappings: files that nobody asked for since the last time are
 * forgotten, for another one may get the inode of one that is gone. */
void images_forget_unused(struct images *images);
void images_free(struct images *images);

/* The program headers of a file, taken from its descriptor. False: see is_known. */
bool image_read(struct image *image, int file);

/* The same question, of one file that is known. Returns region->end where it has none. */
uint64_t image_end_of_variables(const struct image *image, const struct region *region,
                                size_t page_bytes);

#endif
