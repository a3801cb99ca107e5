/* SPDX-License-Identifier: MIT */
/*
 * none/pressure.c - nobody says how short memory is.
 */
#include "platform/platform.h"

#include <errno.h>

/* Porter: an error is fine where the system does not tell; the collector then goes by time and
 * budgets alone. Never called in a fault handler. */
int stp_platform_pressure(struct stp_platform_pressure *pressure)
{
    *pressure = (struct stp_platform_pressure){0};
    return ENOSYS;
}
