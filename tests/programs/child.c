/* SPDX-License-Identifier: MIT */
/*
 * child.c - a program to be looked at: it makes regions, prints "name address bytes" for each and
 * an empty line, and waits for a line; then some go and others come.
 *
 *     map_child             so
 *     map_child headless    the same in another thread, while the first thread has ended
 *     map_child nameless    nothing but slots that nobody gave a name
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <steppe/steppe.h>

enum { PAGES = 64, FILE_PAGES = 4 };

struct order {
    char text[2048];
};

static size_t page_bytes;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void tell(const char *name, const void *address, size_t size_bytes)
{
    printf("%s %p %zu\n", name, address, size_bytes);
}

/* Far from everything, so that no neighbour is joined to it; where the system agrees. */
#define FAR_AWAY ((void *)0x200000000000)

static char *map(const char *name, void *hint, size_t pages, int protection, int flags, int file)
{
    char *memory = mmap(hint, pages * page_bytes, protection, flags, file, 0);
    if (memory == MAP_FAILED)
        die(name);
    tell(name, memory, pages * page_bytes);
    return memory;
}

/* Between two pages without access, so that no neighbour is joined to it. */
static char *map_apart(const char *name, int protection)
{
    char *memory =
        mmap(NULL, (PAGES + 2) * page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        die(name);
    memory += page_bytes;
    if (mprotect(memory, PAGES * page_bytes, protection) ||
        madvise(memory, PAGES * page_bytes, MADV_NOHUGEPAGE))
        die(name);
    tell(name, memory, PAGES * page_bytes);
    return memory;
}

static void map_file(void)
{
    FILE *file = tmpfile();
    if (!file || ftruncate(fileno(file), (off_t)(FILE_PAGES * page_bytes)))
        die("file");
    char *memory = map("file", NULL, FILE_PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(file));
    for (size_t i = 0; i < FILE_PAGES; i++)
        (void)*(volatile char *)(memory + i * page_bytes);
    memory[2 * page_bytes] = 1;
}

static void use_steppe(void)
{
    size_t size_bytes = STEPPE_GIB;
    char *cells = steppe_reserve(
        size_bytes, &(steppe_options){.on_fault = STEPPE_COMMIT, .strict = true, .name = "cells"});
    struct order *orders =
        steppe_slots_new(struct order, 50,
                         &(steppe_slots_options){.give_back = STEPPE_SLOTS_COLLECTED,
                                                 .memory = &(steppe_options){.name = "orders"}});
    char *nameless = steppe_reserve(STEPPE_MIB, NULL);
    if (!cells || !orders || !nameless) {
        fprintf(stderr, "%s\n", steppe_last_message());
        exit(1);
    }
    cells[0] = cells[7 * page_bytes] = cells[8 * page_bytes] = 1;
    for (size_t i = 0; i < 2; i++)
        memset(steppe_slots_use(orders, i ? 46 : 7), 1, sizeof *orders);
    tell("cells", cells, size_bytes);
    tell("orders", orders, 50 * sizeof *orders);
}

static void wait_for_a_line(void)
{
    putchar('\n');
    fflush(stdout);
    if (getchar() == EOF)
        exit(0);
}

static void *run(void *unused)
{
    (void)unused;
    page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    char *touched = map_apart("touched", PROT_READ | PROT_WRITE);
    touched[0] = touched[5 * page_bytes] = touched[63 * page_bytes] = 1;
    char *reserved = map("reserved", FAR_AWAY, PAGES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    map_file();
    use_steppe();
    wait_for_a_line();

    if (munmap(reserved, PAGES * page_bytes))
        die("munmap");
    char *came = map_apart("came", PROT_READ | PROT_WRITE);
    came[0] = 1;
    touched[6 * page_bytes] = 1;
    wait_for_a_line();
    pause();
    return NULL;
}

static void use_nameless_slots(void)
{
    char *slots = steppe_slots_make(100, 9, NULL);
    if (!slots)
        exit(1);
    tell("slots", slots, 900);
    wait_for_a_line();
    pause();
}

int main(int argument_count, char *arguments[])
{
    pthread_t thread;
    if (argument_count > 1 && strcmp(arguments[1], "nameless") == 0)
        use_nameless_slots();
    if (argument_count < 2 || strcmp(arguments[1], "headless") != 0) {
        (void)run(NULL);
        return 0;
    }
    if (pthread_create(&thread, NULL, run, NULL) != 0)
        die("pthread_create");
    pthread_exit(NULL);
}
