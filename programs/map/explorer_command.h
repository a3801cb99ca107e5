/* SPDX-License-Identifier: MIT */
/* explorer_command.h - keys and mouse change an explorer. No terminal is needed. */
#ifndef STEPPE_MAP_EXPLORER_COMMAND_H
#define STEPPE_MAP_EXPLORER_COMMAND_H

#include "map/explorer.h"
#include "screen/terminal.h"

/* Do what an event on a screen of this size asks for. False: quit. */
bool explorer_command_do(struct explorer *explorer, const struct screen_event *event, int columns,
                         int rows);

#endif
