/* SPDX-License-Identifier: MIT */
/*
 * check.h - assertions in three tiers, chosen by the build (STP_CHECK_TIER).
 *
 *   STP_ASSERT     always on: a broken invariant here would lose memory or data
 *   STP_CHECK      tier 1 and up: preconditions and results of small functions
 *   STP_EXPENSIVE  tier 2: whole-structure _is_valid walks
 */
#ifndef STP_CHECK_H
#define STP_CHECK_H

#ifndef STP_CHECK_TIER
#define STP_CHECK_TIER 0
#endif

_Noreturn void stp_check_failed(const char *expression, const char *file, int line);

#define STP_ASSERT(expression)                                                                     \
    ((expression) ? (void)0 : stp_check_failed(#expression, __FILE__, __LINE__))

#if STP_CHECK_TIER >= 1
#define STP_CHECK(expression) STP_ASSERT(expression)
#else
#define STP_CHECK(expression) ((void)sizeof(expression))
#endif

#if STP_CHECK_TIER >= 2
#define STP_EXPENSIVE(expression) STP_ASSERT(expression)
#else
#define STP_EXPENSIVE(expression) ((void)sizeof(expression))
#endif

#endif
