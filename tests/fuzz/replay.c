/* SPDX-License-Identifier: MIT */
/* replay.c FOLDER - the inputs in a folder once more, without a fuzzer; TAP. */
#include "fuzz.h"

#include <dirent.h>
#include <unistd.h>

enum { INPUT_BYTES_MAX = 1 << 20 };

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static size_t read_input(const char *path, uint8_t *input)
{
    FILE *stream = fopen(path, "rb");
    must(stream);
    size_t size = fread(input, 1, INPUT_BYTES_MAX, stream);
    must(!ferror(stream) && fclose(stream) == 0);
    return size;
}

int main(int argc, char **argv)
{
    uint8_t *input = malloc(INPUT_BYTES_MAX);
    struct dirent **entries;
    must(argc == 2 && input && chdir(argv[1]) == 0);
    int count = scandir(".", &entries, is_input, alphasort);
    must(count > 0);
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        (void)LLVMFuzzerTestOneInput(input, read_input(entries[i]->d_name, input)); /* always 0 */
        printf("ok %d - %s\n", i + 1, entries[i]->d_name);
        (void)fflush(stdout); /* before the next ends us */
        free(entries[i]);
    }
    free(entries);
    free(input);
    return 0;
}
