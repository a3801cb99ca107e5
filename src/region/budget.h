/* SPDX-License-Identifier: MIT */
/*
 * budget.h - counting committed bytes against up to three limits.
 *
 * Main invariant: charged never passes the limit by a charge made while that limit held. Charging
 * is all or nothing over the three; a charge that a later limit refuses is taken back from the
 * earlier ones, so for a moment figures can be too high, never too low.
 */
#ifndef STP_BUDGET_H
#define STP_BUDGET_H

#include <steppe/budget.h>

#include "base/status.h"

/* One counter with its limit; part of a reservation, a budget, and the process. */
struct stp_charge {
    uint64_t charged_bytes;
    uint64_t limit_bytes;
    uint64_t peak_bytes; /* before the last fall: stp_charge_peak */
};

struct steppe_budget {
    struct stp_charge charge;
    uint32_t user_count; /* reservations charged to it */
    uint32_t published;  /* its number (published.c); 0: none */
};

uint64_t stp_charge_bytes(const struct stp_charge *charge);
uint64_t stp_charge_peak(const struct stp_charge *charge);
uint64_t stp_charge_limit(const struct stp_charge *charge);
void stp_charge_set_limit(struct stp_charge *charge, uint64_t limit_bytes);

/* How many bytes more the three would allow now. budget may be NULL. */
uint64_t stp_budget_room(const struct stp_charge *own, const struct steppe_budget *budget);

/* Charge bytes to own, budget (may be NULL) and the process; or to none of them: then false, and
 * *refused tells which (NULL: own). */
bool stp_budget_charge(struct stp_charge *own, struct steppe_budget *budget, uint64_t bytes,
                       struct steppe_budget **refused);
void stp_budget_return(struct stp_charge *own, struct steppe_budget *budget, uint64_t bytes);

/* Register a reservation with the budget it was given (NULL: none); false when it is not a living
 * budget. */
bool stp_budget_join(struct steppe_budget *budget);
void stp_budget_leave(struct steppe_budget *budget);

/* Around fork. */
void stp_budget_lock_all(void);
void stp_budget_unlock_all(void);

#endif
