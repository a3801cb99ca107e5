/* SPDX-License-Identifier: MIT */
/* explorer_screen.c - the loop of process mode: see explorer_screen.h. */
#include "map/explorer_screen.h"

#include <stdio.h>

#include "map/explorer_command.h"
#include "map/explorer_view.h"
#include "map/launch.h"
#include "screen/clock.h"
#include "screen/terminal.h"

static bool fit_grid(struct screen_grid *grid)
{
    int columns, rows;
    screen_size(&columns, &rows);
    if (grid->cells && grid->columns == columns && grid->rows == rows)
        return true;
    return screen_grid_resize(grid, columns, rows);
}

/* Milliseconds to wait; -1: nothing changes by itself. */
static int time_left(const struct explorer *explorer, const struct launch *launch, int64_t next_ms)
{
    int64_t now = screen_clock_ms();
    int left = next_ms > now ? (int)(next_ms - now) : 0;
    if (explorer->is_paused || !target_is_live(&explorer->target))
        left = -1;
    if (launch_needs_poll(launch) && (left < 0 || left > LAUNCH_POLL_MS))
        return LAUNCH_POLL_MS;
    return left;
}

static bool draw(struct explorer *explorer, struct screen_grid *grid)
{
    int column, row;
    if (!fit_grid(grid))
        return false;
    explorer_view_draw(explorer, grid, &column, &row);
    screen_show(grid, column, row);
    return true;
}

/* Somebody who turns the wheel does not wait for every step to be drawn. */
static bool do_events(struct explorer *explorer, const struct screen_grid *grid, int wait_ms)
{
    struct screen_event event = screen_read(wait_ms);
    while (event.kind != SCREEN_NOTHING) {
        if (!explorer_command_do(explorer, &event, grid->columns, grid->rows))
            return false;
        if (event.kind == SCREEN_RESIZE)
            return true;
        event = screen_read(0);
    }
    return true;
}

static bool run(struct explorer *explorer, struct launch *launch, struct problem *problem)
{
    struct screen_grid grid = {0};
    int64_t next_ms = screen_clock_ms() + (int64_t)explorer->interval_ms;
    bool goes_on = true, has_memory = true;
    while (goes_on && (has_memory = draw(explorer, &grid))) {
        goes_on = do_events(explorer, &grid, time_left(explorer, launch, next_ms));
        launch_poll(launch);
        if (!goes_on || explorer->is_paused || screen_clock_ms() < next_ms)
            continue;
        explorer_refresh(explorer);
        next_ms = screen_clock_ms() + (int64_t)explorer->interval_ms;
    }
    screen_grid_free(&grid);
    return has_memory || problem_say(problem, "out of memory for the screen");
}

/* A command may need a moment until it is more than a copy of ourselves. */
static bool open_target(const struct options *options, struct launch *launch, struct target *target,
                        struct problem *problem)
{
    if (options->way == OPTIONS_LOAD)
        return target_open_snapshot(target, options->load, problem);
    if (options->way == OPTIONS_PROCESS)
        return target_open_process(target, options->pid, problem);
    const char *why = screen_why_not(); /* before the command has done anything */
    if (!why)
        why = launch_start(launch, options->command, true);
    if (why)
        return problem_say(problem, "%s", why);
    if (target_open_process(target, launch->pid, problem))
        return true;
    launch_poll(launch);
    if (!launch->has_ended)
        return false;
    return problem_say(problem, "'%s' ended before it could be looked at", options->command[0]);
}

static bool run_on_screen(const struct options *options, struct target *target,
                          struct launch *launch, struct problem *problem)
{
    struct explorer explorer = {0};
    if (!explorer_begin(&explorer, target, options->interval_ms))
        return problem_say(problem, "out of memory");
    /* Where colours or blocks are missing, letters say what a cell is. */
    explorer.is_ascii = options->screen.ascii || !screen_has_utf8();
    if (options->screen.colors == SCREEN_COLORS_NONE || explorer.is_ascii)
        explorer.shows_letters = true;
    const char *why = screen_open(&options->screen);
    bool is_done = !why ? run(&explorer, launch, problem) : problem_say(problem, "%s", why);
    screen_close();
    explorer_end(&explorer);
    return is_done;
}

bool explorer_screen_run(const struct options *options, struct problem *problem)
{
    struct launch launch = {.output_fd = -1};
    struct target target = {0};
    bool is_done = open_target(options, &launch, &target, problem) &&
                   run_on_screen(options, &target, &launch, problem);
    target_close(&target);
    launch_end(&launch);
    launch_show_output(&launch, stdout);
    return is_done;
}
