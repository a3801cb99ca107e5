/* SPDX-License-Identifier: MIT */
/* explorer_command.c - what keys and the mouse do. */
#include "map/explorer_command.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "map/batch.h"
#include "map/explorer_children.h"
#include "map/explorer_help.h"
#include "map/explorer_layout.h"
#include "map/snapshot.h"

enum { WHEEL_LINES = 3, WHEEL_STEPS = 1, NEAREST = 64 };

/* ---- moving --------------------------------------------------------------------------------- */

static void move_line(struct explorer *explorer, int64_t lines)
{
    size_t line = explorer->line;
    if (lines < 0)
        line = line > (size_t)-lines ? line - (size_t)-lines : 0;
    else if (__builtin_add_overflow(line, (size_t)lines, &line))
        line = SIZE_MAX;
    explorer_go_to_line(explorer, line);
}

static void move_page(struct explorer *explorer, int64_t cells)
{
    struct tiles *tiles = &explorer->tiles;
    uint64_t far;
    if (tiles->unit_count == 0)
        return;
    uint64_t count = (uint64_t)(cells < 0 ? -cells : cells), last = tiles->unit_count - 1;
    if (__builtin_mul_overflow(count, tiles->units_per_cell, &far))
        far = last;
    if (cells < 0)
        explorer->page = explorer->page > far ? explorer->page - far : 0;
    else
        explorer->page = last - explorer->page > far ? explorer->page + far : last;
    tiles_reveal(tiles, explorer->page);
}

static bool move(struct explorer *explorer, uint32_t key, const struct explorer_layout *layout)
{
    bool is_list = explorer->focus == EXPLORER_LIST;
    int columns = layout->map.columns, rows = is_list ? layout->list.rows - 1 : layout->map.rows;
    int64_t row = is_list ? 1 : columns, cells;
    switch (key) {
    case SCREEN_KEY_UP:
        cells = -row;
        break;
    case SCREEN_KEY_DOWN:
        cells = row;
        break;
    case SCREEN_KEY_LEFT:
        cells = -1;
        break;
    case SCREEN_KEY_RIGHT:
        cells = 1;
        break;
    case SCREEN_KEY_PAGE_UP:
        cells = -row * rows;
        break;
    case SCREEN_KEY_PAGE_DOWN:
        cells = row * rows;
        break;
    case SCREEN_KEY_HOME:
        cells = -INT64_MAX;
        break;
    case SCREEN_KEY_END:
        cells = INT64_MAX;
        break;
    default:
        return false;
    }
    if (is_list && (key == SCREEN_KEY_LEFT || key == SCREEN_KEY_RIGHT))
        return true;
    is_list ? move_line(explorer, cells) : move_page(explorer, cells);
    return true;
}

/* ---- prompts -------------------------------------------------------------------------------- */

static void find(struct explorer *explorer, const char *typed, size_t from)
{
    const struct capture *capture = target_capture(&explorer->target);
    struct problem problem;
    size_t index;
    uint64_t address;
    if (!region_search(capture->regions, capture->region_count, typed, from, &index, &address,
                       &problem)) {
        explorer_say(explorer, true, "%s", problem.text);
        return;
    }
    const struct region *region = &capture->regions[index];
    explorer_go_to(explorer, index, address);
    if (address < region->start || address >= region->end)
        explorer_say(explorer, false, "nothing is mapped at %#" PRIx64 ": this is the %s region",
                     address, address < region->start ? "next" : "last");
}

static void save(struct explorer *explorer, const char *path)
{
    struct capture capture = {0};
    struct problem problem;
    if (!target_take(&explorer->target, &capture)) {
        explorer_say(explorer, true, "out of memory: nothing was saved");
        return;
    }
    if (snapshot_save(&capture, path, &problem))
        explorer_say(explorer, false, "saved to %s", path);
    else
        explorer_say(explorer, true, "%s", problem.text);
    capture_free(&capture);
}

static void write_report(struct explorer *explorer, const char *path)
{
    struct capture capture = {0};
    struct problem problem;
    if (!target_take(&explorer->target, &capture)) {
        explorer_say(explorer, true, "out of memory: nothing was written");
        return;
    }
    if (batch_write_html(&capture, NULL, path, &problem))
        explorer_say(explorer, false, "written to %s", path);
    else
        explorer_say(explorer, true, "%s", problem.text);
    capture_free(&capture);
}

static void end_prompt(struct explorer *explorer)
{
    enum explorer_prompt prompt = explorer->prompt;
    explorer->prompt = EXPLORER_NO_PROMPT;
    if (prompt == EXPLORER_ASKS_FILTER) {
        snprintf(explorer->filter, sizeof explorer->filter, "%s", explorer->input);
        explorer->line = 0;
        explorer_settle(explorer);
        return;
    }
    if (!*explorer->input)
        return;
    if (prompt == EXPLORER_ASKS_FIND) {
        snprintf(explorer->sought, sizeof explorer->sought, "%s", explorer->input);
        find(explorer, explorer->sought, SIZE_MAX);
    } else if (prompt == EXPLORER_ASKS_SAVE)
        save(explorer, explorer->input);
    else
        write_report(explorer, explorer->input);
}

/* Names of files are bytes, so what is typed becomes UTF-8 again. */
static void type(struct explorer *explorer, uint32_t key)
{
    char *input = explorer->input, bytes[SCREEN_UTF8_BYTES_MAX];
    size_t used = strlen(input);
    if (key == SCREEN_KEY_ESCAPE) {
        explorer->prompt = EXPLORER_NO_PROMPT;
    } else if (key == SCREEN_KEY_ENTER) {
        end_prompt(explorer);
    } else if (key == SCREEN_KEY_BACKSPACE) {
        while (used && ((unsigned char)input[--used] & 0xC0) == 0x80)
            continue;
        input[used] = 0;
    } else if (key == 'U' - '@') {
        input[0] = 0;
    } else if (key >= ' ' && key < SCREEN_KEY_UP) {
        size_t length = screen_encode(key, bytes);
        if (used + length < sizeof explorer->input) {
            memcpy(input + used, bytes, length);
            input[used + length] = 0;
        }
    }
}

/* The first name of "steppe-map-42.json", "steppe-map-42-2.json" ... that no file has: Enter alone
 * overwrites nothing. Of so many files the last one is named, and seen. */
static void name_new_file(struct explorer *explorer, const char *ending)
{
    enum { NAMES_MAX = 10000 };
    int pid = (int)target_capture(&explorer->target)->pid;
    char *name = explorer->input;
    size_t bytes = sizeof explorer->input;
    snprintf(name, bytes, "steppe-map-%d.%s", pid, ending);
    for (int i = 2; i < NAMES_MAX && faccessat(AT_FDCWD, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0; i++)
        snprintf(name, bytes, "steppe-map-%d-%d.%s", pid, i, ending);
}

static void ask(struct explorer *explorer, enum explorer_prompt prompt)
{
    explorer->prompt = prompt;
    explorer->input[0] = 0;
    if (prompt == EXPLORER_ASKS_FILTER)
        snprintf(explorer->input, sizeof explorer->input, "%s", explorer->filter);
    if (prompt == EXPLORER_ASKS_SAVE)
        name_new_file(explorer, "json");
    if (prompt == EXPLORER_ASKS_HTML)
        name_new_file(explorer, "html");
}

/* ---- commands ------------------------------------------------------------------------------- */

static void go_to_used_page(struct explorer *explorer, bool is_forwards)
{
    uint64_t page;
    if (explorer->tiles.unit_count == 0) {
        explorer_say(explorer, true, "no region is selected");
        return;
    }
    if (!explorer_find_used_page(explorer, is_forwards, &page)) {
        explorer_say(explorer, true, "no page %s this one has something in it",
                     is_forwards ? "behind" : "before");
        return;
    }
    explorer->page = page;
    tiles_reveal(&explorer->tiles, page);
    tiles_zoom(&explorer->tiles, NEAREST, page);
}

static void zoom(struct explorer *explorer, int steps)
{
    if (explorer->tiles.unit_count)
        tiles_zoom(&explorer->tiles, steps, explorer->page);
}

static void fit(struct explorer *explorer)
{
    tiles_fit(&explorer->tiles);
}

static void show_all(struct explorer *explorer)
{
    const struct region *region = explorer_region(explorer);
    uint64_t base = region && !explorer->shows_difference ? region->first_page : 0;
    explorer->page = explorer->shows_all ? 0 : explorer->page + base;
    explorer->shows_all = !explorer->shows_all;
    explorer->tiles.is_fitted = true;
    explorer_settle(explorer);
}

/* A difference has all that changed; the choice is of the other list. */
static bool is_no_list_to_choose_from(struct explorer *explorer)
{
    if (explorer->shows_difference)
        explorer_say(explorer, true, "a difference shows all changes; d goes back to the regions");
    return explorer->shows_difference;
}

/* The place in the legend of the first kind that is chosen; -1: all are shown. */
static int place_of_kinds(const struct explorer *explorer)
{
    for (int place = 0; explorer->choice.kinds && place < REGION_KIND_COUNT; place++)
        if (explorer->choice.kinds >> explorer_layout_kind(place) & 1)
            return place;
    return -1;
}

/* All, then one kind after the other that has regions, as the legend has them; and round. */
static void next_kind(struct explorer *explorer, bool is_forwards)
{
    const struct capture *capture = target_capture(&explorer->target);
    int place = place_of_kinds(explorer);
    do {
        place += is_forwards ? 1 : -1;
        if (place < -1)
            place = REGION_KIND_COUNT - 1;
    } while (place >= 0 && place < REGION_KIND_COUNT &&
             capture->kind_counts[explorer_layout_kind(place)] == 0);
    bool is_one = place >= 0 && place < REGION_KIND_COUNT;
    explorer->choice.kinds = is_one ? 1u << explorer_layout_kind(place) : 0;
    explorer->line = 0;
    explorer_settle(explorer);
}

/* As the columns stand, from left to right; the kind has no title, and the address is last because
 * the list begins with it. */
static enum region_order next_order(enum region_order order)
{
    static const enum region_order orders[] = {
        REGION_BY_RESERVED, REGION_BY_RESIDENT, REGION_BY_COMMITTED, REGION_BY_DIRTY,
        REGION_BY_SWAPPED,  REGION_BY_NAME,     REGION_BY_KIND,      REGION_BY_ADDRESS,
    };
    enum { ORDERS = sizeof orders / sizeof *orders };
    for (size_t i = 0; i + 1 < ORDERS; i++)
        if (orders[i] == order)
            return orders[i + 1];
    return orders[0];
}

/* A column may not fit on the screen, so the order is said as well. */
static void say_order(struct explorer *explorer)
{
    const struct region_choice *choice = &explorer->choice;
    bool is_figure = choice->order >= REGION_BY_RESERVED && choice->order <= REGION_BY_HUGE;
    bool is_size = choice->order == REGION_BY_RESERVED;
    explorer_say(explorer, false, "sorted by %s%s",
                 is_size ? "size" : region_order_name(choice->order),
                 is_figure ? (choice->is_reversed ? ", smallest first" : ", largest first")
                           : (choice->is_reversed ? ", last first" : ""));
}

static void sort_difference(struct explorer *explorer, bool reverse)
{
    bool is_by_address = explorer->difference_order == DIFFERENCE_BY_ADDRESS;
    if (reverse)
        explorer->is_difference_reversed = !explorer->is_difference_reversed;
    else
        explorer->difference_order = is_by_address ? DIFFERENCE_BY_RESIDENT : DIFFERENCE_BY_ADDRESS;
    difference_sort(explorer->difference.regions, explorer->difference.region_count,
                    explorer->difference_order, explorer->is_difference_reversed);
    explorer_go_to_line(explorer, 0);
    bool is_reversed = explorer->is_difference_reversed;
    if (explorer->difference_order == DIFFERENCE_BY_ADDRESS)
        explorer_say(explorer, false, "sorted by address%s", is_reversed ? ", last first" : "");
    else
        explorer_say(explorer, false, "sorted by change of resident bytes, %s first",
                     is_reversed ? "smallest" : "largest");
}

static void sort(struct explorer *explorer, bool reverse)
{
    struct region_choice *choice = &explorer->choice;
    if (explorer->shows_difference) {
        sort_difference(explorer, reverse);
        return;
    }
    if (reverse)
        choice->is_reversed = !choice->is_reversed;
    else
        choice->order = next_order(choice->order);
    explorer->line = 0;
    explorer_settle(explorer);
    say_order(explorer);
}

static void set_baseline(struct explorer *explorer)
{
    struct capture capture = {0};
    if (!target_take(&explorer->target, &capture)) {
        explorer_say(explorer, true, "out of memory: there is no new baseline");
        return;
    }
    explorer->shows_difference = false; /* it points into the old one */
    explorer_refresh(explorer);
    capture_free(&explorer->baseline);
    explorer->baseline = capture;
    explorer_say(explorer, false, "baseline taken; d shows what came, went and changed since");
}

static void show_difference(struct explorer *explorer)
{
    if (explorer->baseline.page_bytes == 0) {
        explorer_say(explorer, true, "there is no baseline yet: b takes one");
        return;
    }
    explorer->shows_difference = !explorer->shows_difference;
    explorer->line = 0;
    if (explorer->shows_difference) /* begin with the largest change */
        explorer->chosen_id = explorer->chosen_start = 0;
    explorer_refresh(explorer);
}

/* What it cost is said: it is why nobody asks every time. */
static void say_exactness(struct explorer *explorer)
{
    const struct capture *capture = target_capture(&explorer->target);
    double cost_ms = (double)capture->cost.smaps_cpu_ns / 1e6;
    bool is_exact = capture->is_committed_exact;
    explorer_say(explorer, !is_exact, "committed is %s; smaps took %.1f ms of processor so far",
                 is_exact ? "exact now" : "still an upper bound", cost_ms);
}

/* With no region in line there is still the sum to be made exact. */
static void ask_smaps(struct explorer *explorer)
{
    const struct region *region = explorer_region(explorer);
    struct process *process = explorer->target.process;
    struct problem problem;
    explorer->shows_smaps = false;
    if (!process) {
        explorer_say(explorer, true, "smaps can be asked of a living process only");
        return;
    }
    bool is_read = region ? process_ask_smaps(process, region->start, &explorer->smaps, &problem)
                          : process_ask_charges(process, &problem);
    explorer->shows_smaps = is_read && region;
    if (is_read)
        say_exactness(explorer);
    else
        explorer_say(explorer, true, "%s", problem.text);
}

static void find_next(struct explorer *explorer)
{
    const struct capture *capture = target_capture(&explorer->target);
    const struct region *region = explorer_region(explorer);
    if (!*explorer->sought || !region) {
        explorer_say(explorer, true, "nothing was searched for yet: / does");
        return;
    }
    find(explorer, explorer->sought,
         region_at_or_after(capture->regions, capture->region_count, region->start));
}

static void pause_or_go_on(struct explorer *explorer)
{
    if (!target_is_live(&explorer->target)) {
        explorer_say(explorer, true, "this does not change: nothing is there to be paused");
        return;
    }
    explorer->is_paused = !explorer->is_paused;
    explorer_say(explorer, false, explorer->is_paused ? "paused; p goes on" : "it goes on");
}

static void other_focus(struct explorer *explorer)
{
    explorer->focus = explorer->focus == EXPLORER_LIST ? EXPLORER_MAP : EXPLORER_LIST;
}

/* False: quit. */
static bool press(struct explorer *explorer, uint32_t key)
{
    switch (key) {
    case 'q':
    case 'Q':
    case 'C' - '@':
        return false;
    case '?':
        explorer->shows_help = true;
        explorer->help_top = 0;
        break;
    case SCREEN_KEY_TAB:
    case SCREEN_KEY_BACK_TAB:
    case SCREEN_KEY_ENTER:
        other_focus(explorer);
        break;
    case SCREEN_KEY_ESCAPE:
        explorer->focus = EXPLORER_LIST;
        break;
    case '+':
    case '=':
        zoom(explorer, 1);
        break;
    case '-':
        zoom(explorer, -1);
        break;
    case '0':
        fit(explorer);
        break;
    case 'a':
        show_all(explorer);
        break;
    case 'l':
        explorer->shows_letters = !explorer->shows_letters;
        break;
    case '/':
        ask(explorer, EXPLORER_ASKS_FIND);
        break;
    case 'n':
        find_next(explorer);
        break;
    case 'f':
        if (!is_no_list_to_choose_from(explorer))
            ask(explorer, EXPLORER_ASKS_FILTER);
        break;
    case 'k':
    case 'K':
        if (!is_no_list_to_choose_from(explorer))
            next_kind(explorer, key == 'k');
        break;
    case 'r':
        if (!is_no_list_to_choose_from(explorer)) {
            explorer->choice.only_resident = !explorer->choice.only_resident;
            explorer_settle(explorer);
        }
        break;
    case '.':
    case ',':
        go_to_used_page(explorer, key == '.');
        break;
    case 's':
    case 'S':
        sort(explorer, key == 'S');
        break;
    case 'b':
        set_baseline(explorer);
        break;
    case 'd':
        show_difference(explorer);
        break;
    case 'w':
        ask(explorer, EXPLORER_ASKS_SAVE);
        break;
    case 'h':
        ask(explorer, EXPLORER_ASKS_HTML);
        break;
    case 'm':
        ask_smaps(explorer);
        break;
    case 'c':
        explorer_children_show(explorer);
        break;
    case SCREEN_KEY_BACKSPACE:
        explorer_children_go_back(explorer);
        break;
    case 'p':
    case ' ':
        pause_or_go_on(explorer);
        break;
    default:
        explorer_say(explorer, true, "this key means nothing here: ? lists the keys");
    }
    return true;
}

/* ---- mouse ---------------------------------------------------------------------------------- */

/* A title that is sorted by already turns the order round. */
static void click_title(struct explorer *explorer, int order)
{
    struct region_choice *choice = &explorer->choice;
    int current = explorer->shows_difference ? (int)explorer->difference_order : (int)choice->order;
    if (order < 0)
        return;
    if (order == current) {
        sort(explorer, true);
        return;
    }
    if (explorer->shows_difference) { /* there are two orders: the other one */
        explorer->is_difference_reversed = false;
        sort(explorer, false);
        return;
    }
    choice->order = (enum region_order)order;
    choice->is_reversed = false;
    explorer->line = 0;
    explorer_settle(explorer);
    say_order(explorer);
}

/* One more kind is shown, or one less; none that is asked for: all. */
static void click_kind(struct explorer *explorer, enum region_kind kind)
{
    explorer->choice.kinds ^= 1u << kind;
    explorer->line = 0;
    explorer_settle(explorer);
}

static void click_line(struct explorer *explorer, int row)
{
    size_t line = explorer->top_line + (size_t)row;
    explorer->focus = EXPLORER_LIST;
    if (line < explorer->line_count)
        explorer_go_to_line(explorer, line);
}

static void click_cell(struct explorer *explorer, int column, int row)
{
    struct tiles_span span = tiles_span_at(&explorer->tiles, column, row);
    explorer->focus = EXPLORER_MAP;
    if (span.count)
        explorer->page = span.first;
}

/* False: quit. */
static bool click(struct explorer *explorer, const struct explorer_hit *hit)
{
    switch (hit->what) {
    case EXPLORER_HIT_TITLE:
        click_title(explorer, hit->order);
        break;
    case EXPLORER_HIT_LINE:
        click_line(explorer, hit->row);
        break;
    case EXPLORER_HIT_CELL:
        click_cell(explorer, hit->column, hit->row);
        break;
    case EXPLORER_HIT_KIND:
        click_kind(explorer, hit->kind);
        break;
    case EXPLORER_HIT_KEY:
        return press(explorer, hit->key);
    case EXPLORER_HIT_NOTHING:
        break;
    }
    return true;
}

static void turn_wheel(struct explorer *explorer, const struct explorer_layout *layout,
                       const struct screen_event *event)
{
    bool is_up = event->button == SCREEN_WHEEL_UP;
    if (screen_area_has(layout->list, event->column, event->row)) {
        move_line(explorer, is_up ? -WHEEL_LINES : WHEEL_LINES);
        return;
    }
    if (!screen_area_has(layout->map, event->column, event->row))
        return;
    click_cell(explorer, event->column - layout->map.column, event->row - layout->map.row);
    zoom(explorer, is_up ? WHEEL_STEPS : -WHEEL_STEPS);
}

static bool is_wheel(const struct screen_event *event)
{
    return event->kind == SCREEN_MOUSE &&
           (event->button == SCREEN_WHEEL_UP || event->button == SCREEN_WHEEL_DOWN);
}

/* False: quit. */
static bool use_mouse(struct explorer *explorer, const struct explorer_layout *layout,
                      const struct screen_event *event)
{
    struct explorer_hit hit = explorer_layout_hit(layout, event->column, event->row);
    if (is_wheel(event))
        turn_wheel(explorer, layout, event);
    else if (event->button == SCREEN_BUTTON_LEFT || event->button == SCREEN_BUTTON_DOUBLE)
        return click(explorer, &hit);
    return true;
}

/* ---- events --------------------------------------------------------------------------------- */

/* A button that is let go of, or a mouse that is moved, means nothing here. */
static bool is_meant(const struct screen_event *event)
{
    return event->kind == SCREEN_KEY ||
           (event->kind == SCREEN_MOUSE && event->button != SCREEN_BUTTON_UP &&
            event->button != SCREEN_DRAG);
}

/* What does not scroll help closes it. */
static void use_help(struct explorer *explorer, const struct screen_event *event, int rows)
{
    uint32_t key = event->key;
    if (is_wheel(event))
        key = event->button == SCREEN_WHEEL_UP ? SCREEN_KEY_UP : SCREEN_KEY_DOWN;
    else if (event->kind == SCREEN_MOUSE)
        key = SCREEN_KEY_ESCAPE;
    explorer->shows_help = explorer_help_scroll(explorer, key, rows);
}

bool explorer_command_do(struct explorer *explorer, const struct screen_event *event, int columns,
                         int rows)
{
    struct explorer_layout layout = explorer_layout(explorer, columns, rows);
    if (!is_meant(event))
        return event->kind != SCREEN_GONE;
    if (explorer->prompt) {
        if (event->kind == SCREEN_KEY)
            type(explorer, event->key);
        return true;
    }
    explorer->message[0] = 0;
    if (explorer->shows_help) {
        use_help(explorer, event, rows);
        return true;
    }
    if (explorer->shows_children) {
        explorer_children_use(explorer, event, columns, rows);
        return true;
    }
    if (event->kind == SCREEN_MOUSE)
        return use_mouse(explorer, &layout, event);
    return move(explorer, event->key, &layout) || press(explorer, event->key);
}
