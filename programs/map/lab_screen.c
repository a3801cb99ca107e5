/* SPDX-License-Identifier: MIT */
/* lab_screen.c - the lab on a terminal: see lab_screen.h. */
#include "map/lab_screen.h"

enum {
    BACKGROUND_MS = 250,
    WAITING_MS = 50, /* between looks whether the background is done */
    FOR_EVER = -1,
    EVENTS_MAX = 64, /* between two pieces of a task: they must not hold it up */
};

static void handle(struct lab_session *session, const struct screen_event *event)
{
    switch (event->kind) {
    case SCREEN_KEY:
        lab_command_key(session, event->key);
        break;
    case SCREEN_MOUSE:
        lab_command_mouse(session, event);
        break;
    case SCREEN_GONE:
        session->wants_quit = true;
        break;
    case SCREEN_NOTHING:
        if (!lab_task_is_running(&session->lab)) /* which counts what it gives back itself */
            (void)lab_notice_background(&session->lab);
        break;
    case SCREEN_RESIZE:
    case SCREEN_PASTE: /* not asked for */
        break;
    }
}

static bool draw(struct lab_session *session, struct screen_grid *grid)
{
    struct lab_view *view = &session->view;
    int column, row;
    screen_size(&view->columns, &view->rows);
    if ((grid->columns != view->columns || grid->rows != view->rows) &&
        !screen_grid_resize(grid, view->columns, view->rows))
        return false;
    lab_view_draw(view, &session->lab, grid, &column, &row);
    screen_show(grid, column, row);
    return true;
}

static int patience_ms(const struct lab *lab)
{
    if (lab->task.kind == LAB_TASK_WAIT)
        return WAITING_MS;
    if (lab_task_is_running(lab))
        return 0;
    return lab->collector ? BACKGROUND_MS : FOR_EVER;
}

/* All that has come while a piece was done; the first of it is waited for. */
static void read_events(struct lab_session *session)
{
    struct screen_event event = screen_read(patience_ms(&session->lab));
    handle(session, &event);
    for (int i = 1;
         i < EVENTS_MAX && event.kind != SCREEN_NOTHING && lab_task_is_running(&session->lab);
         i++) {
        event = screen_read(0);
        handle(session, &event);
    }
}

const char *lab_screen_run(struct lab_session *session, const struct screen_options *options)
{
    struct screen_grid grid = {0};
    const char *why = screen_open(options);
    if (why)
        return why;
    session->has_screen = true;
    while (!session->wants_quit && !why) {
        if (!draw(session, &grid)) {
            why = "no memory for the screen; end other programs";
            break;
        }
        read_events(session);
        lab_task_step(&session->lab, LAB_TASK_STEP_MS);
    }
    session->has_screen = false;
    screen_close();
    screen_grid_free(&grid);
    return why;
}
