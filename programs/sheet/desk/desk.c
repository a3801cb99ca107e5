/* SPDX-License-Identifier: MIT */
/* desk.c - the terminal, and the loop: see desk.h. */
#include "sheet/desk/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/human.h"
#include "common/resident.h"
#include "screen/clock.h"
#include "sheet/desk/desk_command.h"
#include "sheet/desk/desk_file.h"
#include "sheet/desk/desk_table.h"
#include "sheet/desk/desk_view.h"

enum {
    SHOW_MS = 100,     /* between two looks at what takes long */
    TICK_MS = 1000,    /* the journal, the figures */
    COLLECT_MS = 3000, /* nobody has typed for so long */
    CELLS_AT_ONCE = 200000,
    TYPED_AHEAD_MAX = 256
};

struct loop {
    struct desk *desk;
    struct screen_grid grid;
    int64_t shown_ms, typed_ms, ticked_ms;
    struct screen_event typed_ahead[TYPED_AHEAD_MAX]; /* while something took long */
    size_t ahead_first, ahead_count;
};

static bool fit_grid(struct screen_grid *grid)
{
    int columns, rows;
    screen_size(&columns, &rows);
    if (grid->cells && grid->columns == columns && grid->rows == rows)
        return true;
    return screen_grid_resize(grid, columns, rows);
}

static bool show(struct loop *loop)
{
    int column, row;
    struct desk *desk = loop->desk;
    if (!fit_grid(&loop->grid))
        return false;
    if (desk->columns != loop->grid.columns || desk->rows != loop->grid.rows) {
        struct screen_event resized = {.kind = SCREEN_RESIZE};
        desk_command_do(desk, &resized, loop->grid.columns, loop->grid.rows);
    }
    desk->resident_bytes = resident_bytes();
    desk_sums_want(&desk->sums, desk_sheet(desk), desk_selection(desk), desk->version);
    desk_sums_want(&desk->counts, desk_sheet(desk), area_of_all(), desk->version);
    desk_table_count_filtered(desk);
    desk_view_draw(desk, &loop->grid, &column, &row);
    screen_show(&loop->grid, column, row);
    loop->shown_ms = screen_clock_ms();
    return true;
}

/* ---- what takes long ------------------------------------------------------------------------ */

/* Cells are being changed: only the line that says so is drawn. */
static void show_progress(struct loop *loop)
{
    if (!loop->grid.cells)
        return;
    desk_view_draw_progress(loop->desk, &loop->grid);
    screen_show(&loop->grid, -1, -1);
}

static void keep_for_later(struct loop *loop, const struct screen_event *event)
{
    if (loop->ahead_count == TYPED_AHEAD_MAX)
        return;
    size_t place = (loop->ahead_first + loop->ahead_count++) % TYPED_AHEAD_MAX;
    loop->typed_ahead[place] = *event;
}

static bool step(void *context, const char *doing, uint64_t done, uint64_t total)
{
    struct loop *loop = context;
    int64_t now = screen_clock_ms();
    if (now - loop->shown_ms < SHOW_MS)
        return true;
    loop->shown_ms = now;
    snprintf(loop->desk->doing, sizeof loop->desk->doing, "%s", doing ? doing : "working");
    loop->desk->done = done;
    loop->desk->total = total;
    show_progress(loop);
    for (struct screen_event event = screen_read(0); event.kind != SCREEN_NOTHING;
         event = screen_read(0)) {
        bool is_stop = event.key == SCREEN_KEY_ESCAPE || event.key == 'C' - '@';
        if (event.kind == SCREEN_GONE)
            loop->desk->is_gone = loop->desk->ends = true;
        if (event.kind == SCREEN_GONE || (event.kind == SCREEN_KEY && is_stop)) {
            loop->ahead_count = 0; /* it was for what does not come about now */
            return false;
        }
        if (event.kind == SCREEN_KEY)
            keep_for_later(loop, &event);
    }
    return true;
}

/* ---- while nobody types --------------------------------------------------------------------- */

static void tick(struct loop *loop)
{
    struct problem problem = {0};
    struct desk *desk = loop->desk;
    int64_t now = screen_clock_ms();
    if (desk->collects) {
        uint64_t bytes = book_collect(desk->book);
        desk->collects = false;
        desk->version++; /* sums are in the middle of cells */
        desk_say(desk, false, "%s given back", human_bytes(bytes).text);
    }
    if (now - loop->ticked_ms < TICK_MS)
        return;
    loop->ticked_ms = now;
    if (desk->journal && !journal_tick(desk->journal, &problem) && problem.text[0])
        desk_say(desk, true, "%s", problem.text);
    /* Not while a list has texts of cells, which would move. */
    if (now - loop->typed_ms < COLLECT_MS || desk->mode != DESK_READY ||
        !book_wants_collection(desk->book))
        return;
    (void)book_collect(desk->book); /* nobody asked how much */
    desk->version++;
}

static bool look_on(struct desk *desk)
{
    bool has_more = desk_sums_step(&desk->sums, CELLS_AT_ONCE);
    return desk_sums_step(&desk->counts, CELLS_AT_ONCE) || has_more;
}

/* What was typed while something took long comes first. */
static struct screen_event next_event(struct loop *loop, int wait_ms)
{
    if (loop->ahead_count == 0)
        return screen_read(wait_ms);
    struct screen_event event = loop->typed_ahead[loop->ahead_first];
    loop->ahead_first = (loop->ahead_first + 1) % TYPED_AHEAD_MAX;
    loop->ahead_count--;
    return event;
}

/* true: something has happened. Somebody who holds an arrow down does not wait for each step to be
 * drawn. */
static bool do_events(struct loop *loop, int wait_ms)
{
    struct screen_event event = next_event(loop, wait_ms);
    bool has_event = event.kind != SCREEN_NOTHING;
    for (; event.kind != SCREEN_NOTHING && !loop->desk->ends; event = next_event(loop, 0)) {
        loop->typed_ms = screen_clock_ms();
        desk_command_do(loop->desk, &event, loop->grid.columns, loop->grid.rows);
        if (event.kind == SCREEN_RESIZE)
            break;
    }
    return has_event;
}

/* Until there is something new to show: an event, sums that are ready, another second. */
static void wait_for_news(struct loop *loop)
{
    struct desk *desk = loop->desk;
    bool has_news = false;
    while (!has_news && !desk->ends) {
        bool was_done = desk->sums.is_done && desk->counts.is_done;
        bool has_more = look_on(desk);
        bool is_just_done = !was_done && !has_more;
        has_news = do_events(loop, has_more || is_just_done ? 0 : TICK_MS) || desk->collects;
        tick(loop);
        has_news |= is_just_done || screen_clock_ms() - loop->shown_ms > SHOW_MS;
    }
}

static bool run(struct loop *loop)
{
    while (!loop->desk->ends) {
        if (!show(loop))
            return false;
        wait_for_news(loop);
    }
    return true;
}

/* ---- begin and end -------------------------------------------------------------------------- */

static struct desk *make_desk(const struct desk_options *options, struct problem *problem)
{
    struct book *book = desk_file_new_book(options->memory_bytes, problem);
    struct desk *desk = book ? desk_new(book, NULL) : NULL;
    if (!book)
        return NULL;
    if (!desk) {
        book_free(book);
        (void)problem_out_of_memory(problem);
        return NULL;
    }
    desk->file = options->file;
    desk->memory_bytes = options->memory_bytes;
    desk->is_journaled = !options->no_journal;
    return desk;
}

static int run_desk(struct desk *desk, const struct desk_options *options, struct problem *problem)
{
    struct loop loop = {.desk = desk, .typed_ms = screen_clock_ms()};
    int status = DESK_DONE;
    desk->progress = (struct progress){.step = step, .context = &loop};
    if (!show(&loop) || (options->path && !desk_file_open(desk, options->path, problem)))
        status = loop.grid.cells && problem->kind != PROBLEM_MEMORY ? DESK_FILE : DESK_MEMORY;
    if (status == DESK_DONE && !run(&loop)) {
        (void)problem_say_memory(problem, "out of memory for the screen");
        desk->is_gone = true; /* nothing is lost */
        status = DESK_MEMORY;
    }
    screen_grid_free(&loop.grid);
    return status;
}

int desk_main(const struct desk_options *options)
{
    struct problem problem = {0};
    struct screen_options screen = options->screen;
    if (options->path && strcmp(options->path, "-") == 0) {
        fputs("steppe-sheet: the screen needs a file; see --help for what reads standard input\n",
              stderr);
        return DESK_FILE;
    }
    struct desk *desk = make_desk(options, &problem);
    if (!desk) {
        fprintf(stderr, "steppe-sheet: %s\n", problem.text);
        return DESK_MEMORY;
    }
    screen.more_keys = true;
    const char *why = screen_open(&screen);
    int status = why ? DESK_NO_TERMINAL : run_desk(desk, options, &problem);
    if (why)
        (void)problem_say(&problem, "%s", why);
    screen_close();
    desk_free(desk);
    if (status != DESK_DONE)
        fprintf(stderr, "steppe-sheet: %s\n", problem.text);
    return status;
}
