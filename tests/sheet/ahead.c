/* SPDX-License-Identifier: MIT */
/* ahead.c - what is read ahead is what was there, and whoever stops in the middle gets away. */
#include "sheet/files/ahead.h"

#include <pthread.h>
#include <string.h>

#include "random.h"
#include "support.h"

/* Bytes that say where they are, in pieces of any size; then the end, or a failure. */
struct spring {
    uint64_t chance, given_bytes, size_bytes;
    int64_t last; /* 0, or -1 */
    unsigned calls_at_end;
    bool takes_signals;
};

static char byte_at(uint64_t place)
{
    return (char)(place * 2654435761u >> 13);
}

static int64_t give(void *context, void *buffer, size_t buffer_bytes)
{
    struct spring *spring = context;
    char *bytes = buffer;
    sigset_t mask;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    spring->takes_signals |= !sigismember(&mask, SIGTERM);
    uint64_t left = spring->size_bytes - spring->given_bytes;
    size_t count = 1 + random_below(&spring->chance, buffer_bytes);
    count = count < left ? count : left;
    for (size_t i = 0; i < count; i++)
        bytes[i] = byte_at(spring->given_bytes + i);
    spring->given_bytes += count;
    spring->calls_at_end += count == 0;
    return count ? (int64_t)count : spring->last;
}

static struct ahead *begin(struct spring *spring)
{
    struct ahead *ahead = ahead_new(give, spring);
    require(ahead);
    return ahead;
}

static int64_t read_some(struct ahead *ahead, uint64_t place, size_t wanted_bytes)
{
    static char bytes[1 << 17];
    memset(bytes, 0, wanted_bytes);
    int64_t count = ahead_read(ahead, bytes, wanted_bytes);
    require(count <= (int64_t)wanted_bytes);
    for (int64_t i = 0; i < count; i++)
        require(bytes[i] == byte_at(place + (uint64_t)i), "byte %llu",
                (unsigned long long)(place + (uint64_t)i));
    return count;
}

START_TEST(all_of_it)
{
    static const uint64_t sizes[] = {0, 1, 1 << 17, (1 << 17) + 1, 3000000};
    uint64_t chance = (uint64_t)_i + 1, place = 0;
    struct spring spring = {
        .chance = (uint64_t)_i + 3, .size_bytes = sizes[_i / 2], .last = _i % 2 ? -1 : 0};
    struct ahead *ahead = begin(&spring);
    int64_t count;
    while ((count = read_some(ahead, place, 1 + random_below(&chance, 100000))) > 0)
        place += (uint64_t)count;
    require_equal(place, sizes[_i / 2]);
    require_equal(count, spring.last);
    require_equal(read_some(ahead, place, 10), spring.last); /* and again */
    ahead_free(ahead);
    require_equal(spring.calls_at_end, 1);
    require(!spring.takes_signals);
}
END_TEST

START_TEST(given_up)
{
    struct spring spring = {.chance = 5, .size_bytes = UINT64_MAX};
    struct ahead *ahead = begin(&spring);
    uint64_t place = 0;
    for (int i = 0; i < _i; i++)
        place += (uint64_t)read_some(ahead, place, 50000);
    ahead_free(ahead);
    uint64_t given_bytes = spring.given_bytes;
    require(given_bytes >= place);
    require(given_bytes - place <= UINT64_C(4) << 17, "only so far ahead");
    ahead_free(NULL);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("ahead");
    TCase *plain = test_case(suite, "plain");
    tcase_add_loop_test(plain, all_of_it, 0, 10);
    tcase_add_loop_test(plain, given_up, 0, 20);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
