/* SPDX-License-Identifier: MIT */
/*
 * sim/pressure.c - a machine with memory enough.
 */
#include "platform/sim/state.h"

int stp_platform_pressure(struct stp_platform_pressure *pressure)
{
    int error = stp_sim_begin("pressure", 0, 0, -1);
    *pressure = (struct stp_platform_pressure){0};
    return stp_sim_end(error);
}
