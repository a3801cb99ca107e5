/* SPDX-License-Identifier: MIT */
/* registry.c - entering and removing spans of address space against a plain list. The registry
 * never looks into a reservation, so any aligned pointer will do for one. */
#include "region/registry.h"

#include "region/reservation.h"
#include "support.h"

enum { SPANS = 40, ROUNDS = 600 };

#define UNIT ((uintptr_t)STP_GRANULE_BYTES)
#define SPACE_END ((uintptr_t)1 << 47)

struct span {
    uintptr_t first, end; /* both 0: not entered */
};

static struct stp_reservation reservations[SPANS];
static struct span spans[SPANS];

static bool is_free(uintptr_t first, uintptr_t end)
{
    for (int i = 0; i < SPANS; i++)
        if (spans[i].end && first < spans[i].end && spans[i].first < end)
            return false;
    return true;
}

static struct stp_reservation *naive_find(uintptr_t address)
{
    for (int i = 0; i < SPANS; i++)
        if (spans[i].first <= address && address < spans[i].end)
            return &reservations[i];
    return NULL;
}

static struct stp_reservation *naive_next(uintptr_t address, uintptr_t *base)
{
    struct stp_reservation *best = NULL;
    for (int i = 0; i < SPANS; i++) {
        uintptr_t from = spans[i].first > address ? spans[i].first : address / UNIT * UNIT;
        if (from < spans[i].end && (!best || from < *base)) {
            best = &reservations[i];
            *base = from;
        }
    }
    return best;
}

/* Sizes and places that like the borders of 64 MiB and 64 GiB, where tables begin. */
static struct span pick(uint64_t *random)
{
    static const uintptr_t borders[] = {UNIT, UNIT << 10, UNIT << 20, UNIT << 24};
    uintptr_t border = borders[random_below(random, 4)];
    uintptr_t first = random_below(random, SPACE_END / border) * border;
    uintptr_t size = (1 + random_below(random, 3)) * borders[random_below(random, 4)];
    if (random_below(random, 2) && first)
        first -= UNIT;
    if (random_below(random, 2))
        size += UNIT;
    return (struct span){first, first + size};
}

static void compare_at(uintptr_t address)
{
    uintptr_t base = 0, naive_base = 0;
    require(stp_registry_find(address) == naive_find(address), "at %#lx", address);
    struct stp_reservation *next = stp_registry_next(address, &base);
    require(next == naive_next(address, &naive_base), "at %#lx", address);
    if (next)
        require_equal(base, naive_base);
}

static void compare(uint64_t *random)
{
    compare_at(random_next(random) % SPACE_END);
    for (int i = 0; i < SPANS; i++) {
        if (!spans[i].end)
            continue;
        compare_at(spans[i].first);
        compare_at(spans[i].first - 1);
        compare_at(spans[i].end);
        compare_at(spans[i].end - 1);
    }
}

START_TEST(agrees_with_a_list)
{
    uint64_t random = 7;
    for (int round = 0; round < (is_slow() ? ROUNDS / 20 : ROUNDS); round++) {
        int i = (int)random_below(&random, SPANS);
        struct span wanted = pick(&random);
        if (spans[i].end) {
            stp_registry_remove(spans[i].first, spans[i].end);
            spans[i] = (struct span){0, 0};
        } else if (wanted.end <= SPACE_END && is_free(wanted.first, wanted.end)) {
            require_equal(stp_registry_enter(wanted.first, wanted.end, &reservations[i]), 0);
            spans[i] = wanted;
        }
        compare(&random);
    }
}
END_TEST

START_TEST(knows_nothing_beyond_the_address_space)
{
    uintptr_t base;
    require(!stp_registry_find(UINTPTR_MAX));
    require(!stp_registry_find((uintptr_t)1 << 48));
    require(!stp_registry_next(UINTPTR_MAX - 1, &base));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("registry");
    TCase *all = test_case(suite, "all");
    tcase_add_test(all, agrees_with_a_list);
    tcase_add_test(all, knows_nothing_beyond_the_address_space);
    return test_main(suite);
}
