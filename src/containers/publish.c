/* SPDX-License-Identifier: MIT */
/* publish.c - what the library knows, for other processes: reservations, then the slots in them. */
#include <steppe/publish.h>

#include "base/status.h"
#include "containers/slots_living.h"
#include "region/published.h"
#include "region/reservation.h"

static steppe_status fail(int error)
{
    return stp_status_fail(
        &(struct stp_failure){.function = "steppe_publish",
                              .status = stp_platform_diagnose(error, stp_published_bytes()),
                              .os_error = error});
}

steppe_status steppe_publish(void)
{
    int error = stp_slots_handle_forks();
    if (!error)
        error = stp_reservation_publish();
    if (error)
        return fail(error);
    stp_slots_publish_living();
    return STEPPE_OK;
}
