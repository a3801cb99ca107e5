/* SPDX-License-Identifier: MIT */
/* images.c - how far the variables of programs and libraries reach: see images.h. */
#include "map/images.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/room.h"

/* ---- program headers ------------------------------------------------------------------------- */

enum { HEADERS_MAX = 128, FUSE_FILES = 0x65735546 };

/* What both classes of ELF files say, in the wider type. */
struct header_place {
    uint64_t at, count, each;
    bool is_wide;
};

static bool read_at(int file, uint64_t at, void *bytes, size_t byte_count)
{
    ssize_t got;
    if (at > INT64_MAX - byte_count)
        return false;
    do
        got = pread(file, bytes, byte_count, (off_t)at);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)byte_count;
}

static unsigned char own_byte_order(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one ? ELFDATA2LSB : ELFDATA2MSB;
}

static bool find_headers(int file, struct header_place *place)
{
    Elf64_Ehdr wide;
    Elf32_Ehdr narrow;
    if (!read_at(file, 0, &wide, sizeof narrow) || memcmp(wide.e_ident, ELFMAG, SELFMAG) != 0 ||
        wide.e_ident[EI_DATA] != own_byte_order())
        return false;
    memcpy(&narrow, &wide, sizeof narrow);
    place->is_wide = wide.e_ident[EI_CLASS] == ELFCLASS64;
    if (!place->is_wide) {
        *place = (struct header_place){narrow.e_phoff, narrow.e_phnum, sizeof(Elf32_Phdr), false};
        return wide.e_ident[EI_CLASS] == ELFCLASS32 && narrow.e_phentsize == sizeof(Elf32_Phdr);
    }
    if (!read_at(file, 0, &wide, sizeof wide))
        return false;
    *place = (struct header_place){wide.e_phoff, wide.e_phnum, sizeof(Elf64_Phdr), true};
    return wide.e_phentsize == sizeof(Elf64_Phdr);
}

static Elf64_Phdr widened(const Elf32_Phdr *narrow)
{
    return (Elf64_Phdr){
        .p_type = narrow->p_type,
        .p_offset = narrow->p_offset,
        .p_vaddr = narrow->p_vaddr,
        .p_filesz = narrow->p_filesz,
        .p_memsz = narrow->p_memsz,
    };
}

/* False: a sum would run over, even rounded up to a page. */
static bool is_sound(const Elf64_Phdr *header)
{
    static const uint64_t most = UINT64_C(1) << 62;
    return header->p_filesz <= header->p_memsz && header->p_memsz < most &&
           header->p_offset < most && header->p_vaddr < most;
}

static bool add_segment(struct image *image, const Elf64_Phdr *header)
{
    if (header->p_type != PT_LOAD)
        return true;
    if (!is_sound(header) || image->segment_count == IMAGE_SEGMENTS_MAX)
        return false;
    image->segments[image->segment_count++] = (struct image_segment){
        .offset = header->p_offset,
        .address = header->p_vaddr,
        .file_bytes = header->p_filesz,
        .memory_bytes = header->p_memsz,
    };
    return true;
}

bool image_read(struct image *image, int file)
{
    Elf64_Phdr wide[HEADERS_MAX];
    Elf32_Phdr narrow[HEADERS_MAX];
    struct header_place place;
    image->segment_count = 0;
    if (!find_headers(file, &place) || place.count > HEADERS_MAX)
        return false;
    void *headers = place.is_wide ? (void *)wide : (void *)narrow;
    if (!read_at(file, place.at, headers, (size_t)(place.count * place.each)))
        return false;
    for (size_t i = 0; i < place.count; i++) {
        Elf64_Phdr header = place.is_wide ? wide[i] : widened(&narrow[i]);
        if (!add_segment(image, &header))
            return false;
    }
    return image->segment_count != 0;
}

/* ---- where variables end --------------------------------------------------------------------- */

static uint64_t round_down(uint64_t number, uint64_t unit)
{
    return number - number % unit;
}

/* The caller's numbers are below 2^63. */
static uint64_t round_up(uint64_t number, uint64_t unit)
{
    return round_down(number + unit - 1, unit);
}

/* Does the segment, as it was mapped, have all of the region's part of the file? */
static bool holds(const struct image_segment *segment, const struct region *region, uint64_t page)
{
    uint64_t end;
    return segment->file_bytes != 0 &&
           !__builtin_add_overflow(region->offset_bytes, region_size_bytes(region), &end) &&
           region->offset_bytes >= round_down(segment->offset, page) &&
           end <= round_up(segment->offset + segment->file_bytes, page);
}

/* The end of a segment's variables if they have the address; else the address. All of it modulo
 * 2^64: the file may say anything, and what does not fit round the address is passed over. */
static uint64_t end_round(const struct image_segment *segment, uint64_t shift, uint64_t address,
                          uint64_t page)
{
    uint64_t first = round_up(segment->address + segment->file_bytes, page) + shift;
    uint64_t bytes = round_up(segment->address + segment->memory_bytes, page) + shift - first;
    bool has_any = segment->memory_bytes > segment->file_bytes && bytes < UINT64_C(1) << 62;
    uint64_t into = address - first, end;
    if (!has_any || into >= bytes || __builtin_add_overflow(first, bytes, &end))
        return address;
    return end;
}

/* Every segment that may be the region says where the image was loaded; a page of the file at the
 * border of two belongs to both. */
uint64_t image_end_of_variables(const struct image *image, const struct region *region,
                                size_t page_bytes)
{
    for (size_t i = image->segment_count; i > 0; i--) {
        const struct image_segment *own = &image->segments[i - 1];
        uint64_t shift = region->start - region->offset_bytes + own->offset - own->address;
        if (!holds(own, region, page_bytes) || shift % page_bytes)
            continue;
        for (size_t other = 0; other < image->segment_count; other++) {
            uint64_t end = end_round(&image->segments[other], shift, region->end, page_bytes);
            if (end > region->end)
                return end;
        }
    }
    return region->end;
}

/* ---- opening --------------------------------------------------------------------------------- */

static bool is_harmless(int file, struct stat *info)
{
    struct statfs system;
    return fstat(file, info) == 0 && S_ISREG(info->st_mode) && fstatfs(file, &system) == 0 &&
           system.f_type != FUSE_FILES;
}

static bool is_file_of(const struct stat *info, const struct region *region)
{
    return info->st_ino == region->inode && major(info->st_dev) == region->device_major &&
           minor(info->st_dev) == region->device_minor;
}

/* Not opened before it is known to be a file: a device or a pipe may do something, or wait. -1: it
 * is not the one, or is not to be had. */
static int open_checked(int folder, const char *path, const struct region *expected)
{
    struct stat info;
    char again[64];
    int file = -1, place = openat(folder, path, O_PATH | O_CLOEXEC);
    if (place < 0)
        return -1;
    if (is_harmless(place, &info) && (!expected || is_file_of(&info, expected))) {
        (void)snprintf(again, sizeof again, "/proc/self/fd/%d", place); /* 25 at the most */
        file = open(again, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    }
    (void)close(place);
    return file;
}

static int open_mapped(const struct proc *proc, const struct region *region)
{
    char path[4200];
    /* The kernel itself follows this one to the file that is mapped. */
    (void)snprintf(path, sizeof path, "map_files/%" PRIx64 "-%" PRIx64, region->start, region->end);
    int file = open_checked(proc->folder, path, NULL);
    if (file >= 0 || *region->name != '/')
        return file;
    if (snprintf(path, sizeof path, "root%s", region->name) < (int)sizeof path)
        file = open_checked(proc->folder, path, region);
    return file >= 0 ? file : open_checked(AT_FDCWD, region->name, region);
}

/* ---- files kept ------------------------------------------------------------------------------ */

static int compare_to(const struct image *image, const struct region *region)
{
    if (image->inode != region->inode)
        return image->inode < region->inode ? -1 : 1;
    if (image->device_major != region->device_major)
        return image->device_major < region->device_major ? -1 : 1;
    return (image->device_minor > region->device_minor) -
           (image->device_minor < region->device_minor);
}

/* The first file that is not before the region's. */
static size_t place_of(const struct images *images, const struct region *region)
{
    size_t low = 0, high = images->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_to(images->files[middle], region) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* NULL: too many, or out of memory; both are as good as not known. */
static struct image *add_file(struct images *images, size_t place, const struct region *region)
{
    void *files = images->files;
    struct image *image = NULL;
    if (images->count < IMAGES_MAX &&
        room_make(&files, &images->capacity, images->count, sizeof *images->files))
        image = calloc(1, sizeof *image);
    images->files = files;
    if (!image)
        return NULL;
    image->device_major = region->device_major;
    image->device_minor = region->device_minor;
    image->inode = region->inode;
    memmove(images->files + place + 1, images->files + place,
            (images->count - place) * sizeof *images->files);
    images->files[place] = image;
    images->count++;
    return image;
}

static struct image *image_of(struct images *images, const struct proc *proc,
                              const struct region *region)
{
    size_t place = place_of(images, region);
    if (place < images->count && compare_to(images->files[place], region) == 0)
        return images->files[place];
    struct image *image = add_file(images, place, region);
    int file = image ? open_mapped(proc, region) : -1;
    if (file < 0)
        return image;
    image->is_known = image_read(image, file);
    (void)close(file); /* only read */
    return image;
}

bool images_end_of_variables(struct images *images, const struct proc *proc,
                             const struct region *region, size_t page_bytes, uint64_t *end)
{
    struct image *image = image_of(images, proc, region);
    if (image)
        image->is_used = true;
    if (!image || !image->is_known)
        return false;
    *end = image_end_of_variables(image, region, page_bytes);
    return true;
}

void images_forget_unused(struct images *images)
{
    size_t kept = 0;
    for (size_t i = 0; i < images->count; i++) {
        struct image *image = images->files[i];
        if (image->is_used)
            images->files[kept++] = image;
        else
            free(image);
    }
    images->count = kept;
    for (size_t i = 0; i < kept; i++)
        images->files[i]->is_used = false;
}

void images_free(struct images *images)
{
    for (size_t i = 0; i < images->count; i++)
        free(images->files[i]);
    free(images->files);
    *images = (struct images){0};
}
