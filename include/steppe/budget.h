/* SPDX-License-Identifier: MIT */
/*
 * steppe/budget.h - exact limits on committed bytes.
 *
 * A budget counts the bytes committed by the reservations charged to it, to the byte, and refuses a
 * commit that would pass its limit: explicit commits return STEPPE_E_BUDGET, faults are refused at
 * the faulting instruction (steppe/fault.h: reason STEPPE_E_BUDGET). A refused commit charges
 * nothing. Three limits apply to every commit, each may refuse it: the reservation's own
 * (options.limit_bytes), the budget it was given (options.budget), and the process's.
 *
 * Limits may be moved at any time. A limit below the present charge takes nothing away: it refuses
 * further commits until enough has been decommitted.
 *
 * All figures are read without a lock and are exact whenever no commit is under way. When several
 * threads reach for the last bytes of different limits at once, one may be refused for the sake of
 * another that is refused too.
 */
#ifndef STEPPE_BUDGET_H
#define STEPPE_BUDGET_H

#include <steppe/base.h>

STEPPE_BEGIN_DECLS

#define STEPPE_NO_LIMIT UINT64_MAX

typedef struct steppe_budget steppe_budget;

/* Make a budget with a limit in bytes (STEPPE_NO_LIMIT: counts only; 0 refuses everything).
 * Reservations take it in options.budget. The caller owns it until steppe_budget_free.
 * Threads: any. Signal handlers: no.
 * Returns NULL with STEPPE_E_MEMORY. Like creating a job object with a commit limit. */
STEPPE_API steppe_budget *steppe_budget_new(uint64_t limit_bytes);

/* End a budget. NULL is fine and does nothing. The pointer is dead afterwards; using it is an error
 * that is told only until a new budget takes its place. Threads: any. Signal handlers: no. Errors:
 * STEPPE_E_NO_BUDGET (not a living budget: freed already, or never one), STEPPE_E_IN_USE (a
 * reservation is still charged to it; it lives on), STEPPE_E_OPTION (the process's budget cannot be
 * freed). */
STEPPE_API steppe_status steppe_budget_free(steppe_budget *budget);

/* The process's own budget, to which every reservation is charged; without a limit until one is
 * set. It belongs to the library. Any thread, signal handlers included; never fails. */
STEPPE_API steppe_budget *steppe_process_budget(void);

/* Move the limit, in bytes; STEPPE_NO_LIMIT takes it away. Any thread, signal handlers and filters
 * included. Errors: STEPPE_E_NO_BUDGET. */
STEPPE_API steppe_status steppe_budget_set_limit(steppe_budget *budget, uint64_t limit_bytes);

/* The limit and the present charge, in bytes; 0 with STEPPE_E_NO_BUDGET as last status when the
 * pointer is not a living budget. Any thread, signal handlers included. */
STEPPE_API uint64_t steppe_budget_limit_bytes(const steppe_budget *budget);
STEPPE_API uint64_t steppe_budget_charged_bytes(const steppe_budget *budget);

/* Move a reservation's own limit, in bytes; STEPPE_NO_LIMIT takes it away. address: anywhere in it.
 * Any thread, signal handlers and filters included. Errors: STEPPE_E_NOT_RESERVED. */
STEPPE_API steppe_status steppe_set_limit(const void *address, uint64_t limit_bytes);

STEPPE_END_DECLS
#endif
