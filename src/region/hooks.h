/* SPDX-License-Identifier: MIT */
/* hooks.h - what this layer needs from the one above, which defines it. */
#ifndef STP_HOOKS_H
#define STP_HOOKS_H

/* Have faults delivered to Steppe from now on; 0 or an OS error. Called before the first page that
 * needs it exists; further calls do nothing. Defined in fault/fault.c. */
int stp_fault_arm(void);

#endif
