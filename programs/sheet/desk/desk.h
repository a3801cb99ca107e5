/* SPDX-License-Identifier: MIT */
/*
 * desk.h - a workbook on the terminal: opens it, lets somebody work on it, and ends when he says
 * so.
 *
 *     desk_model.h     what is shown and chosen                   (no terminal)
 *     desk_layout.h    where on the screen everything is          (pure)
 *     desk_view.h      model -> screen_grid                       (pure)
 *     desk_command.h   keys and mouse -> model, by desk_action.h's table
 *     desk.c           the terminal, and the loop
 */
#ifndef STEPPE_SHEET_DESK_H
#define STEPPE_SHEET_DESK_H

#include "screen/terminal.h"
#include "sheet/files/workfile.h"

struct desk_options {
    const char *path;             /* NULL: a new workbook */
    struct workfile_options file; /* how to read it; format and csv also for saving it again */
    uint64_t memory_bytes;        /* STEPPE_NO_LIMIT, or the limit on the workbook; 0 is no limit */
    struct screen_options screen;
    bool no_journal;
};

/* 0: somebody worked on it and left. Else a sentence went to standard error: 1 there is no
 * terminal, 3 the file could not be read, 4 memory was refused. A path that does not exist is a new
 * workbook to be saved there. */
enum { DESK_DONE = 0, DESK_NO_TERMINAL = 1, DESK_FILE = 3, DESK_MEMORY = 4 };
int desk_main(const struct desk_options *options);

#endif
