/* SPDX-License-Identifier: MIT */
/* save.c - a sparse array in a file, and back. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <steppe/file.h>

struct reading {
    uint64_t station;
    double degrees;
};

static void complain_and_exit(void)
{
    fprintf(stderr, "%s\n", steppe_last_message());
    exit(EXIT_FAILURE);
}

/* Station numbers are as they come: a few neighbours, and one far off. */
static struct reading *take_readings(void)
{
    static const uint64_t stations[] = {7, 8, 9, 40000000000};
    struct reading *readings = steppe_slots_new(struct reading, UINT64_C(1) << 40, NULL);
    if (!readings)
        complain_and_exit();
    for (size_t i = 0; i < sizeof stations / sizeof *stations; i++) {
        struct reading *reading = steppe_slots_use(readings, stations[i]);
        if (!reading)
            complain_and_exit();
        *reading = (struct reading){stations[i], 20.5 - (double)i};
    }
    return readings;
}

static void save(const char *path)
{
    struct reading *readings = take_readings();
    if (steppe_slots_save(readings, path) != STEPPE_OK || steppe_slots_free(readings) != STEPPE_OK)
        complain_and_exit();
}

static void load(const char *path)
{
    struct reading *readings = steppe_slots_load(struct reading, path, NULL);
    if (!readings)
        complain_and_exit();
    printf("%llu of %llu stations:\n", (unsigned long long)steppe_slots_count(readings),
           (unsigned long long)steppe_slots_max(readings));
    for (uint64_t i = steppe_slots_next(readings, 0); i != STEPPE_NO_SLOT;
         i = steppe_slots_next(readings, i + 1))
        printf("  %11llu %5.1f degrees\n", (unsigned long long)i, readings[i].degrees);
    if (steppe_slots_free(readings) != STEPPE_OK)
        complain_and_exit();
}

/* Without reading it in: from the disk comes what is looked at. */
static void look(const char *path)
{
    const struct reading *view = steppe_slots_map(struct reading, path);
    if (!view || steppe_slots_verify(view) != STEPPE_OK)
        complain_and_exit();
    printf("in place: %.1f degrees\n", view[40000000000].degrees);
    if (steppe_slots_unmap(view) != STEPPE_OK)
        complain_and_exit();
}

/* A bit of one of the readings, as a bad disk would have it. */
static void damage(const char *path)
{
    FILE *file = fopen(path, "r+b");
    if (!file)
        exit(EXIT_FAILURE);
    if (fseek(file, -4096 + 123, SEEK_END) != 0 || fputc(1, file) == EOF || fclose(file) != 0)
        exit(EXIT_FAILURE);
}

int main(void)
{
    char path[] = "/tmp/steppe-save-XXXXXX";
    int handle = mkstemp(path);
    if (handle < 0 || close(handle) != 0)
        return EXIT_FAILURE;
    save(path);
    load(path);
    look(path);

    damage(path);
    if (!steppe_slots_load(struct reading, path, NULL))
        printf("after a byte was changed: %s\n", steppe_status_text(steppe_last_status()));
    if (!steppe_array_load(struct reading, "/nowhere/at/all", NULL))
        printf("where there is none: %s\n", steppe_status_text(steppe_last_status()));
    return unlink(path) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
