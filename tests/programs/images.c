/* SPDX-License-Identifier: MIT */
/* images.c - program headers, sound and hostile, and where variables of this very program end. */
#include "map/images.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "map/process.h"
#include "support.h"

enum { PAGE = 4096, FILE_BYTES = 8192 };

static struct problem problem;

/* ---- files of the test's own ----------------------------------------------------------------- */

static unsigned char bytes[FILE_BYTES];

static int file_of(size_t byte_count)
{
    int file = memfd_create("image", MFD_CLOEXEC);
    require(file >= 0);
    require_equal(write(file, bytes, byte_count), byte_count);
    return file;
}

static bool read_image(struct image *image, size_t byte_count)
{
    int file = file_of(byte_count);
    *image = (struct image){0};
    bool is_read = image_read(image, file);
    require_equal(close(file), 0);
    return is_read;
}

static Elf64_Ehdr *head(void)
{
    return (Elf64_Ehdr *)(void *)bytes;
}

static Elf64_Phdr *segment(size_t index)
{
    return (Elf64_Phdr *)(void *)(bytes + sizeof(Elf64_Ehdr)) + index;
}

/* Code, relocated data with variables, and a third area of variables only. */
static void make_file(void)
{
    const uint16_t one = 1;
    memset(bytes, 0, sizeof bytes);
    memcpy(head()->e_ident, ELFMAG, SELFMAG);
    head()->e_ident[EI_CLASS] = ELFCLASS64;
    head()->e_ident[EI_DATA] = *(const unsigned char *)&one ? ELFDATA2LSB : ELFDATA2MSB;
    head()->e_phoff = sizeof(Elf64_Ehdr);
    head()->e_phentsize = sizeof(Elf64_Phdr);
    head()->e_phnum = 4;
    *segment(0) = (Elf64_Phdr){.p_type = PT_LOAD, .p_filesz = 0x1f00, .p_memsz = 0x1f00};
    *segment(1) = (Elf64_Phdr){.p_type = PT_LOAD,
                               .p_offset = 0x1f00,
                               .p_vaddr = 0x3f00,
                               .p_filesz = 0x900,
                               .p_memsz = 0x5000};
    *segment(2) = (Elf64_Phdr){.p_type = PT_NOTE, .p_filesz = UINT64_MAX};
    *segment(3) = (Elf64_Phdr){.p_type = PT_LOAD, .p_vaddr = 0x20000, .p_memsz = 0x2001};
}

/* As the loader maps the second segment of it at an address. */
static struct region data_region(uint64_t start, uint64_t size_bytes)
{
    return (struct region){.start = start,
                           .end = start + size_bytes,
                           .offset_bytes = 0x1000,
                           .kind = REGION_DATA,
                           .protection = "rw-p",
                           .inode = 7};
}

START_TEST(the_end_of_variables)
{
    struct image image;
    require(read_image(&image, FILE_BYTES));
    require_equal(image.segment_count, 3);
    /* 0x3f00 + 0x900 lies in the page of 0x4000, 0x3f00 + 0x5000 in that of 0x8000. */
    struct region data = data_region(0x7f0000003000, 0x2000);
    require_equal(image_end_of_variables(&image, &data, PAGE), 0x7f0000009000);
    /* Only its first page: what comes behind it is of the file. */
    data = data_region(0x7f0000003000, 0x1000);
    require_equal(image_end_of_variables(&image, &data, PAGE), data.end);
    /* More of the file than the segment has. */
    data = data_region(0x7f0000003000, 0x3000);
    require_equal(image_end_of_variables(&image, &data, PAGE), data.end);
    /* At the end of all addresses. */
    data = data_region(UINT64_MAX - 0x2fff, 0x2000);
    require_equal(image_end_of_variables(&image, &data, PAGE), data.end);
    data = data_region(0x7f0000003000, 0x2000);
    data.offset_bytes = UINT64_MAX - 0xfff;
    require_equal(image_end_of_variables(&image, &data, PAGE), data.end);
}
END_TEST

START_TEST(variables_without_a_file)
{
    struct image image;
    segment(3)->p_vaddr = 0x9000;
    segment(1)->p_memsz = 0x900;
    segment(1)->p_filesz = 0x900;
    segment(3)->p_vaddr = 0x5000;
    require(read_image(&image, FILE_BYTES));
    struct region data = data_region(0x3000, 0x2000);
    require_equal(image_end_of_variables(&image, &data, PAGE), 0x8000);
}
END_TEST

START_TEST(what_is_no_image_is_refused)
{
    struct image image;
    require(!read_image(&image, 0));
    require(!read_image(&image, 20));
    require(!read_image(&image, sizeof(Elf64_Ehdr)));
    require(!read_image(&image, sizeof(Elf64_Ehdr) + 4 * sizeof(Elf64_Phdr) - 1));
    require(read_image(&image, sizeof(Elf64_Ehdr) + 4 * sizeof(Elf64_Phdr)));
    head()->e_phnum = PN_XNUM;
    require(!read_image(&image, FILE_BYTES));
    head()->e_phnum = 0;
    require(!read_image(&image, FILE_BYTES));
    make_file();
    head()->e_phoff = UINT64_MAX - 8;
    require(!read_image(&image, FILE_BYTES));
    make_file();
    head()->e_ident[EI_DATA] ^= ELFDATA2LSB ^ ELFDATA2MSB;
    require(!read_image(&image, FILE_BYTES));
    make_file();
    segment(1)->p_memsz = 0x800; /* less than in the file */
    require(!read_image(&image, FILE_BYTES));
    make_file();
    segment(1)->p_vaddr = UINT64_MAX - 7;
    require(!read_image(&image, FILE_BYTES));
    make_file();
    head()->e_phnum = IMAGE_SEGMENTS_MAX + 1;
    for (size_t i = 0; i <= IMAGE_SEGMENTS_MAX; i++)
        *segment(i) = *segment(0);
    require(!read_image(&image, FILE_BYTES));
    head()->e_phnum = IMAGE_SEGMENTS_MAX;
    require(read_image(&image, FILE_BYTES));
}
END_TEST

START_TEST(narrow_files)
{
    struct image image;
    Elf32_Ehdr *narrow = (Elf32_Ehdr *)(void *)bytes;
    Elf32_Phdr *load = (Elf32_Phdr *)(void *)(bytes + sizeof *narrow);
    head()->e_ident[EI_CLASS] = ELFCLASS32;
    memset(bytes + EI_NIDENT, 0, sizeof bytes - EI_NIDENT);
    narrow->e_phoff = sizeof *narrow;
    narrow->e_phnum = 1;
    require(!read_image(&image, FILE_BYTES));
    narrow->e_phentsize = sizeof *load;
    *load = (Elf32_Phdr){.p_type = PT_LOAD,
                         .p_offset = 0x1000,
                         .p_vaddr = 0x8001000,
                         .p_filesz = 0x2000,
                         .p_memsz = 0x5000};
    require(read_image(&image, FILE_BYTES));
    struct region data = data_region(0xf7001000, 0x2000);
    require_equal(image_end_of_variables(&image, &data, PAGE), 0xf7006000);
}
END_TEST

/* Whatever a file says: an answer is a page, and not before the region's end. */
START_TEST(hostile_headers_harm_nothing)
{
    uint64_t seed = 11;
    struct image image;
    for (int i = 0; i < (is_slow() ? 500 : 20000); i++) {
        make_file();
        for (uint64_t change = 1 + random_below(&seed, 6); change; change--) {
            size_t at = random_below(&seed, sizeof(Elf64_Ehdr) + 4 * sizeof(Elf64_Phdr));
            bytes[at] = random_below(&seed, 3) ? (unsigned char)random_below(&seed, 256) : 0xff;
        }
        if (!read_image(&image, random_below(&seed, 8) ? FILE_BYTES : random_below(&seed, 400)))
            continue;
        for (int j = 0; j < 20; j++) {
            struct region data = data_region(random_below(&seed, UINT64_C(1) << 51) * PAGE,
                                             (1 + random_below(&seed, 4)) * PAGE);
            data.offset_bytes = random_below(&seed, 5) * PAGE;
            uint64_t end = image_end_of_variables(&image, &data, PAGE);
            require(end >= data.end && end % PAGE == 0);
        }
    }
}
END_TEST

/* ---- this program ---------------------------------------------------------------------------- */

enum { VAST_BYTES = 96 << 20 };

static unsigned char vast[VAST_BYTES];

static struct process *look_at_myself(void)
{
    struct process *process = process_open(getpid(), NULL, &problem);
    require(process, "%s", problem.text);
    return process;
}

static const struct region *region_of(const struct process *process, uint64_t address)
{
    const struct capture *seen = process_capture(process);
    size_t index = region_at(seen->regions, seen->region_count, address);
    require(index < seen->region_count);
    return &seen->regions[index];
}

START_TEST(large_variables_are_data)
{
    struct process *process = look_at_myself();
    require(region_of(process, (uintptr_t)vast + VAST_BYTES / 2)->kind == REGION_DATA);
    require(region_size_bytes(region_of(process, (uintptr_t)vast + VAST_BYTES / 2)) >
            VAST_BYTES - 2 * STEPPE_MIB);
    process_close(process);
}
END_TEST

/* The file of make_file, mapped as a loader does, with so much private memory behind its data;
 * anything else around it is far away. NULL: no folder allows code. */
static uint8_t *load_image(size_t behind_bytes)
{
    char path[] = "/tmp/steppe-image-XXXXXX";
    int file = mkstemp(path), fixed = MAP_PRIVATE | MAP_FIXED;
    int all = PROT_READ | PROT_WRITE;
    size_t area_bytes = 0x10000 + behind_bytes;
    uint8_t *area = mmap(NULL, area_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(file >= 0 && area != MAP_FAILED);
    require_equal(write(file, bytes, sizeof bytes), sizeof bytes);
    uint8_t *base = area + 0x4000;
    if (mmap(base, 0x2000, PROT_READ | PROT_EXEC, fixed, file, 0) == MAP_FAILED) {
        require_equal(unlink(path), 0);
        return NULL;
    }
    require(mmap(base + 0x3000, 0x2000, all, fixed, file, 0x1000) != MAP_FAILED);
    require(mmap(base + 0x5000, behind_bytes, all, fixed | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    /* A name is left to find it by, where the kernel does not open it for us. */
    struct process *process = look_at_myself();
    require_equal(unlink(path), 0);
    const struct region *variables = region_of(process, (uintptr_t)base + 0x5000);
    require(variables->kind == REGION_DATA, "%s", region_kind_name(variables->kind));
    require_equal(variables->start, (uintptr_t)base + 0x5000);
    require(variables->inode == 0 && variables->mapping_count == 1);
    require_equal(region_of(process, (uintptr_t)base + 0x9000)->start, (uintptr_t)base + 0x9000);
    require(capture_check(process_capture(process), &problem), "%s", problem.text);
    require(region_of(process, (uintptr_t)base + 0x9000)->kind ==
            (behind_bytes > 0x4000 ? REGION_ANONYMOUS : REGION_RESERVED));
    /* By then the file has no name; it was read once. */
    require(process_refresh(process, &problem), "%s", problem.text);
    require_equal(region_of(process, (uintptr_t)base + 0x5000)->end, (uintptr_t)base + 0x9000);
    process_close(process);
    (void)close(file);
    return area;
}

/* The kernel joins what is mapped behind variables to their mapping: a line of maps is cut then. */
START_TEST(memory_behind_variables_is_none)
{
    static const size_t behind[] = {0x4000, 0x8000, 64 << 20};
    if (steppe_page_bytes() != PAGE)
        skip_test("another size of a page");
    uint8_t *area = load_image(behind[_i]);
    if (!area)
        skip_test("/tmp allows no code");
    require_equal(munmap(area, 0x10000 + behind[_i]), 0);
}
END_TEST

/* ---- where the file cannot be read ----------------------------------------------------------- */

#define ROOT "77/root" /* as the process sees files */

static char folder[] = "/tmp/steppe-images-XXXXXX";

static void write_file(const char *name, const void *content, size_t byte_count)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(file >= 0);
    require_equal(write(file, content, byte_count), byte_count);
    require_equal(close(file), 0);
}

static void write_text(const char *name, const char *text)
{
    write_file(name, text, strlen(text));
}

static void make_folder(void)
{
    char path[256];
    require(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/77", folder);
    require_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/" ROOT, folder);
    require_equal(mkdir(path, 0700), 0);
    write_text("77/stat", "77 (x) S 1 77 77 0 -1 0 1 0 2 0 1 1 0 0 20 0 1 0 500 1 1\n");
}

static void remove_folder(void)
{
    static const char *const names[] = {"77/stat", "77/maps", ROOT "/image", ROOT, "77", ""};
    char path[256];
    for (size_t i = 0; i < array_count(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)remove(path);
    }
}

/* A file called /image is mapped, with memory behind its data. */
static void write_maps(uint64_t behind_bytes, ino_t inode, dev_t device)
{
    char text[512];
    (void)snprintf(text, sizeof text,
                   "00001000-00003000 r-xp 00000000 %x:%x %ju /image\n"
                   "00003000-00005000 rw-p 00001000 %x:%x %ju /image\n"
                   "00005000-%08jx rw-p 00000000 00:00 0 \n",
                   major(device), minor(device), (uintmax_t)inode, major(device), minor(device),
                   (uintmax_t)inode, (uintmax_t)(0x5000 + behind_bytes));
    write_text("77/maps", text);
}

/* The kind of what lies behind. */
static enum region_kind kind_behind(uint64_t behind_bytes, ino_t inode, dev_t device)
{
    struct process_options options = {.folder = folder};
    write_maps(behind_bytes, inode, device);
    struct process *process = process_open(77, &options, &problem);
    require(process, "%s", problem.text);
    enum region_kind kind = region_of(process, 0x5000)->kind;
    process_close(process);
    return kind;
}

static uint64_t end_behind(struct process *process)
{
    require(process_refresh(process, &problem), "%s", problem.text);
    return region_of(process, 0x5000)->end;
}

START_TEST(files_that_go_are_forgotten)
{
    struct stat info;
    struct process_options options = {.folder = folder};
    char path[256];
    if (steppe_page_bytes() != PAGE)
        skip_test("another size of a page");
    write_file(ROOT "/image", bytes, sizeof bytes);
    (void)snprintf(path, sizeof path, "%s/" ROOT "/image", folder);
    require_equal(stat(path, &info), 0);
    write_maps(0x10000, info.st_ino, info.st_dev);
    struct process *process = process_open(77, &options, &problem);
    require(process, "%s", problem.text);
    require_equal(end_behind(process), 0x9000);
    segment(1)->p_memsz += 0x1000;
    write_file(ROOT "/image", bytes, sizeof bytes);
    require_equal(end_behind(process), 0x9000); /* it is not read again */
    write_text("77/maps", "00005000-00006000 rw-p 00000000 00:00 0 \n");
    require_equal(end_behind(process), 0x6000);
    write_maps(0x10000, info.st_ino, info.st_dev);
    require_equal(end_behind(process), 0xa000);
    process_close(process);
}
END_TEST

START_TEST(by_name_only_the_very_file)
{
    struct stat info;
    char path[256];
    if (steppe_page_bytes() != PAGE)
        skip_test("another size of a page");
    write_file(ROOT "/image", bytes, sizeof bytes);
    (void)snprintf(path, sizeof path, "%s/" ROOT "/image", folder);
    require_equal(stat(path, &info), 0);
    uint64_t large = 4 * IMAGE_GUESS_BYTES;
    /* The file ends variables at 0x9000; unread, four MiB are no variables. */
    require(kind_behind(large, info.st_ino, info.st_dev) == REGION_DATA);
    require(kind_behind(large, info.st_ino + 1, info.st_dev) == REGION_ANONYMOUS);
    require(kind_behind(large, info.st_ino, info.st_dev + 1) == REGION_ANONYMOUS);
    require(kind_behind(IMAGE_GUESS_BYTES, info.st_ino + 1, info.st_dev) == REGION_DATA);
    /* A pipe in its place: nobody waits for somebody to write. */
    require_equal(unlink(path), 0);
    require_equal(mkfifo(path, 0600), 0);
    require_equal(stat(path, &info), 0);
    require(kind_behind(large, info.st_ino, info.st_dev) == REGION_ANONYMOUS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("images");
    TCase *headers = test_case(suite, "headers");
    tcase_add_checked_fixture(headers, make_file, NULL);
    tcase_add_test(headers, the_end_of_variables);
    tcase_add_test(headers, variables_without_a_file);
    tcase_add_test(headers, what_is_no_image_is_refused);
    tcase_add_test(headers, narrow_files);
    tcase_add_test(headers, hostile_headers_harm_nothing);
    TCase *own = test_case(suite, "this program");
    tcase_add_checked_fixture(own, make_file, NULL);
    tcase_add_test(own, large_variables_are_data);
    tcase_add_loop_test(own, memory_behind_variables_is_none, 0, 3);
    TCase *unread = test_case(suite, "unread");
    tcase_add_checked_fixture(unread, make_file, NULL);
    tcase_add_checked_fixture(unread, make_folder, remove_folder);
    tcase_add_test(unread, by_name_only_the_very_file);
    tcase_add_test(unread, files_that_go_are_forgotten);
    return test_main(suite);
}
