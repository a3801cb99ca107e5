/* SPDX-License-Identifier: MIT */
/* slots.c - a sparse array: any number at any time, paid for by what is in use. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <steppe/slots.h>

struct order {
    char customer[48];
    double amount;
};

static void take_order(struct order *orders, uint64_t number, const char *customer, double amount)
{
    struct order *order = steppe_slots_use(orders, number);
    if (!order) {
        fprintf(stderr, "%s\n", steppe_last_message());
        exit(EXIT_FAILURE);
    }
    strncpy(order->customer, customer, sizeof order->customer - 1);
    order->amount = amount;
}

static void list(const struct order *orders)
{
    for (uint64_t i = steppe_slots_next(orders, 0); i != STEPPE_NO_SLOT;
         i = steppe_slots_next(orders, i + 1))
        printf("  %12llu  %-8s %7.2f\n", (unsigned long long)i, orders[i].customer,
               orders[i].amount);
}

int main(void)
{
    /* Half a terabyte of orders, as far as addresses go. */
    struct order *orders = steppe_slots_new(struct order, UINT64_C(10000000000), NULL);
    if (!orders) {
        fprintf(stderr, "%s\n", steppe_last_message());
        return EXIT_FAILURE;
    }
    take_order(orders, 9999999999, "Omega", 12.5);
    take_order(orders, 4711, "Ford", 42);
    take_order(orders, 4712, "Arthur", 6);
    take_order(orders, 0, "Alpha", 1);
    list(orders);

    steppe_slots_clear(orders, 4711);
    printf("4711 is %s, 4712 is %s, 5 never was: %s\n",
           steppe_slots_in_use(orders, 4711) ? "there" : "gone",
           steppe_slots_get(orders, 4712) ? "there" : "gone",
           steppe_slots_get(orders, 5) ? "there" : "gone");
    printf("used again it is empty: \"%s\"\n", steppe_slots_use(orders, 4711)->customer);
    printf("%llu in use, the first free one is %llu\n",
           (unsigned long long)steppe_slots_count(orders),
           (unsigned long long)steppe_slots_first_free(orders, 0));
    return steppe_slots_free(orders) == STEPPE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
