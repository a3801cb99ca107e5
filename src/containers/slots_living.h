/* SPDX-License-Identifier: MIT */
/* slots_living.h - the slots that are alive, for forks. */
#ifndef STP_SLOTS_LIVING_H
#define STP_SLOTS_LIVING_H

#include "containers/slots_layout.h"

/* Have forks handled from now on, as reservation.c does and behind its hooks: in a child those that
 * were registered first run first, and heads can be touched when ours do. An error of the system.
 */
int stp_slots_handle_forks(void);

/* After the library has begun to publish itself. */
void stp_slots_publish_living(void);

void stp_slots_enter_living(struct stp_slots *slots);
void stp_slots_leave_living(struct stp_slots *slots);

/* Before the bookkeeping goes, for it is read to publish what is in use; and when it stays. */
void stp_slots_begin_to_end(struct stp_slots *slots);
void stp_slots_do_not_end(struct stp_slots *slots);

#endif
