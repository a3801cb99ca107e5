/* SPDX-License-Identifier: MIT */
/*
 * files.h - a folder for a test's files, and workbooks as text to be compared: for tests of readers
 * and writers.
 */
#ifndef STEPPE_TESTS_FILES_H
#define STEPPE_TESTS_FILES_H

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sheet/book/exact.h"
#include "sheet/files/workfile.h"
#include "support.h"

#define FILES_UNUSED __attribute__((unused))

static char files_folder[64];
static struct problem problem;
static struct losses losses;

struct file_path {
    char text[256];
};

FILES_UNUSED static struct file_path file_path(const char *name)
{
    struct file_path path;
    (void)snprintf(path.text, sizeof path.text, "%s/%s", files_folder, name);
    return path;
}

FILES_UNUSED static void files_begin(void)
{
    strcpy(files_folder, "/tmp/steppe-sheet-test-XXXXXX");
    require(mkdtemp(files_folder));
    losses = (struct losses){0};
    problem.text[0] = '\0';
}

/* How many files there are; removes them when asked to. */
FILES_UNUSED static size_t files_visit(bool remove_them)
{
    DIR *folder = opendir(files_folder);
    size_t count = 0;
    require(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        if (remove_them)
            require(unlinkat(dirfd(folder), entry->d_name, 0) == 0);
    }
    (void)closedir(folder);
    return count;
}

FILES_UNUSED static void files_end(void)
{
    (void)files_visit(true);
    require(rmdir(files_folder) == 0);
}

FILES_UNUSED static struct file_path put_file(const char *name, const void *bytes, size_t count)
{
    struct file_path path = file_path(name);
    FILE *file = fopen(path.text, "we");
    require(file && fwrite(bytes, 1, count, file) == count && fclose(file) == 0);
    return path;
}

/* The caller's to free; a 0 behind. */
FILES_UNUSED static char *take_file(const char *path, size_t *count)
{
    struct stat found;
    FILE *file = fopen(path, "re");
    require(file, "%s", path);
    require(fstat(fileno(file), &found) == 0);
    char *bytes = malloc((size_t)found.st_size + 1);
    require(bytes && fread(bytes, 1, (size_t)found.st_size, file) == (size_t)found.st_size);
    bytes[found.st_size] = '\0';
    (void)fclose(file);
    if (count)
        *count = (size_t)found.st_size;
    return bytes;
}

/* ---- workbooks --------------------------------------------------------------------------------
 */

FILES_UNUSED static struct book *new_book(void)
{
    struct book *book = book_new(STEPPE_NO_LIMIT, &problem);
    require(book, "%s", problem.text);
    return book;
}

FILES_UNUSED static struct position at(const char *name)
{
    struct position position;
    require_equal(position_read(name, &position, NULL), strlen(name));
    return position;
}

FILES_UNUSED static void type(struct book *book, struct sheet *sheet, const char *name,
                              const char *text)
{
    require(cell_type(book, sheet, at(name), text, &problem), "%s: %s", text, problem.text);
}

/* "A1=12 B1='text' C2=TRUE": values of a sheet, by rows. The caller's to free. */
FILES_UNUSED static char *values_of(const struct book *book, const struct sheet *sheet)
{
    char *text, number[VALUE_NUMBER_BYTES];
    size_t text_bytes;
    const char *space = "";
    struct grid_walk walk;
    FILE *stream = open_memstream(&text, &text_bytes);
    require(stream);
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_BY_ROWS);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        struct value value = cell_value(book, cell);
        (void)fprintf(stream, "%s%s=", space, position_name(walk.position, 0).text);
        space = " ";
        if (value.kind == VALUE_NUMBER && exact_print(value.number, number))
            (void)fputs(number, stream);
        else if (value.kind == VALUE_TEXT)
            (void)fprintf(stream, "'%.*s'", (int)value.text_bytes, value.text);
        else if (value.kind == VALUE_BOOLEAN)
            (void)fputs(value.boolean ? "TRUE" : "FALSE", stream);
        else if (value.kind == VALUE_ERROR)
            (void)fputs(value_error_name(value.error), stream);
    }
    require(fclose(stream) == 0);
    return text;
}

FILES_UNUSED static void require_values(const struct book *book, const struct sheet *sheet,
                                        const char *expected)
{
    char *values = values_of(book, sheet);
    require(strcmp(values, expected) == 0, "%s, not %s", values, expected);
    free(values);
}

FILES_UNUSED static void require_losses(const char *expected)
{
    char *text = losses_text(&losses);
    require(text && strcmp(text, expected) == 0, "%s, not %s", text, expected);
    free(text);
}

#endif
