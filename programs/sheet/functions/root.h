/* SPDX-License-Identifier: MIT */
/*
 * root.h - the rate of interest at which something comes to nothing: IRR, RATE, XIRR.
 *
 * Rates lie above -1. There may be several; the one found is near the guess, but need not be the
 * nearest.
 */
#ifndef STEPPE_SHEET_ROOT_H
#define STEPPE_SHEET_ROOT_H

#include <stdbool.h>

/* What something comes to at a rate; not finite: it cannot be said. */
typedef double root_function(void *context, double rate);

/* A few steps along secants, then a search for a change of sign on both sides of the guess, and
 * halving: some 700 calls at the worst. false: there seems to be none. */
bool root_find(root_function *function, void *context, double guess, double *rate);

#endif
