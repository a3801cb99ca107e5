/* SPDX-License-Identifier: MIT */
/* explorer_children.c - choosing a child, going there and back: see explorer_children.h. */
#include "map/explorer_children.h"

enum { WIDTH = 76, FRAME = 2, TITLES = 1, MARGIN_ROWS = 2, WHEEL_ENTRIES = 1 };

size_t explorer_children_count(const struct explorer *explorer)
{
    const struct children *children = target_capture(&explorer->target)->children;
    return children ? children->count : 0;
}

const struct capture *explorer_children_origin(const struct explorer *explorer)
{
    if (explorer->trail_count == 0)
        return NULL;
    return target_capture(&explorer->trail[explorer->trail_count - 1].target);
}

/* ---- entries -------------------------------------------------------------------------------- */

static size_t ways_back(const struct explorer *explorer)
{
    return explorer->trail_count != 0;
}

size_t explorer_children_entry_count(const struct explorer *explorer)
{
    return ways_back(explorer) + explorer_children_count(explorer);
}

const struct child_process *explorer_children_entry(const struct explorer *explorer, size_t entry)
{
    size_t before = ways_back(explorer);
    if (entry < before)
        return NULL;
    return &target_capture(&explorer->target)->children->list[entry - before];
}

/* When it has ended, what stands in its line now. */
size_t explorer_children_chosen(const struct explorer *explorer)
{
    size_t count = explorer_children_entry_count(explorer);
    for (size_t i = ways_back(explorer); i < count; i++)
        if (explorer_children_entry(explorer, i)->pid == explorer->child_pid)
            return i;
    if (explorer->child_entry < count)
        return explorer->child_entry;
    return count ? count - 1 : 0;
}

static void choose(struct explorer *explorer, size_t entry)
{
    size_t count = explorer_children_entry_count(explorer);
    explorer->child_entry = entry < count ? entry : count ? count - 1 : 0;
    const struct child_process *child =
        count ? explorer_children_entry(explorer, explorer->child_entry) : NULL;
    explorer->child_pid = child ? child->pid : 0;
}

/* ---- layout --------------------------------------------------------------------------------- */

/* The first entry shown, so that the one chosen is. */
static size_t top_for(const struct explorer *explorer, size_t shown)
{
    size_t count = explorer_children_entry_count(explorer);
    size_t chosen = explorer_children_chosen(explorer), last = count > shown ? count - shown : 0;
    size_t top = explorer->child_top < last ? explorer->child_top : last;
    if (chosen < top)
        return chosen;
    return chosen >= top + shown ? chosen - shown + 1 : top;
}

struct explorer_children_layout explorer_children_layout(const struct explorer *explorer,
                                                         int columns, int rows)
{
    struct explorer_children_layout layout = {0};
    int around = FRAME + TITLES, room = rows - around - MARGIN_ROWS;
    size_t count = explorer_children_entry_count(explorer);
    size_t shown = room < 1 ? 1 : (size_t)room;
    shown = count == 0 ? 1 : count < shown ? count : shown;
    int wide = columns - FRAME < WIDTH ? columns - FRAME : WIDTH, high = (int)shown + around;
    layout.frame = (struct screen_area){(columns - wide) / 2, (rows - high) / 2, wide, high};
    layout.titles =
        (struct screen_area){layout.frame.column + 2, layout.frame.row + 1, wide - 4, TITLES};
    layout.entries = (struct screen_area){layout.titles.column, layout.titles.row + TITLES,
                                          layout.titles.columns, (int)shown};
    layout.top = top_for(explorer, shown);
    return layout;
}

/* ---- going ---------------------------------------------------------------------------------- */

static void go_to(struct explorer *explorer, const struct child_process *child)
{
    struct explorer_place place = {0};
    struct problem problem;
    if (!explorer->target.process) {
        explorer_say(explorer, true, "a snapshot has the memory of process %ld only",
                     (long)target_capture(&explorer->target)->pid);
        return;
    }
    if (explorer->trail_count == EXPLORER_TRAIL_MAX) {
        explorer_say(explorer, true, "this is too deep: steppe-map %ld looks at it",
                     (long)child->pid);
        return;
    }
    if (!target_open_process(&place.target, child->pid, &problem)) {
        explorer_say(explorer, true, "%s", problem.text);
        return;
    }
    explorer_change_place(explorer, &place); /* child is gone with it */
    explorer->trail[explorer->trail_count++] = place;
    explorer->shows_children = false;
    const struct capture *origin = explorer_children_origin(explorer);
    explorer_say(explorer, false, "Backspace goes back to %ld %s", (long)origin->pid, origin->name);
}

void explorer_children_go_back(struct explorer *explorer)
{
    if (explorer->trail_count == 0) {
        explorer_say(explorer, true, "this is the process you began with; c lists its children");
        return;
    }
    struct explorer_place *place = &explorer->trail[explorer->trail_count - 1];
    explorer->trail_count--;
    explorer->shows_children = false;
    explorer_change_place(explorer, place);
    explorer_place_free(place);
    const struct capture *capture = target_capture(&explorer->target);
    explorer_say(explorer, false, "back at %ld %s", (long)capture->pid, capture->name);
    explorer_refresh(explorer); /* nobody has looked meanwhile; it may say that it has ended */
}

/* ---- commands ------------------------------------------------------------------------------- */

void explorer_children_show(struct explorer *explorer)
{
    size_t back = ways_back(explorer);
    if (explorer_children_entry_count(explorer) == 0) {
        explorer_say(explorer, true,
                     target_capture(&explorer->target)->children
                         ? "it has no children"
                         : "nobody looked for children when this was saved");
        return;
    }
    explorer->shows_children = true;
    explorer->child_top = 0;
    choose(explorer, explorer_children_count(explorer) ? back : 0);
}

static void enter(struct explorer *explorer)
{
    size_t entry = explorer_children_chosen(explorer);
    if (entry >= explorer_children_entry_count(explorer))
        return;
    const struct child_process *child = explorer_children_entry(explorer, entry);
    if (child)
        go_to(explorer, child);
    else
        explorer_children_go_back(explorer);
}

static void move(struct explorer *explorer, bool is_up, size_t entries)
{
    size_t chosen = explorer_children_chosen(explorer);
    if (is_up)
        choose(explorer, chosen > entries ? chosen - entries : 0);
    else
        choose(explorer, chosen + entries);
}

static void press(struct explorer *explorer, uint32_t key, size_t page)
{
    switch (key) {
    case SCREEN_KEY_UP:
    case SCREEN_KEY_DOWN:
        move(explorer, key == SCREEN_KEY_UP, 1);
        break;
    case SCREEN_KEY_PAGE_UP:
    case SCREEN_KEY_PAGE_DOWN:
        move(explorer, key == SCREEN_KEY_PAGE_UP, page);
        break;
    case SCREEN_KEY_HOME:
    case SCREEN_KEY_END:
        move(explorer, key == SCREEN_KEY_HOME, CHILDREN_MAX + 1);
        break;
    case SCREEN_KEY_ENTER:
        enter(explorer);
        break;
    case SCREEN_KEY_BACKSPACE:
        explorer_children_go_back(explorer);
        break;
    case SCREEN_KEY_ESCAPE:
    case 'c':
    case 'q':
    case 'Q':
        explorer->shows_children = false;
        break;
    default:
        explorer_say(explorer, true, "Enter looks at a child, Esc closes the list");
    }
}

static void click(struct explorer *explorer, const struct explorer_children_layout *layout,
                  int column, int row)
{
    if (!screen_area_has(layout->frame, column, row)) {
        explorer->shows_children = false;
        return;
    }
    if (!screen_area_has(layout->entries, column, row))
        return;
    size_t entry = layout->top + (size_t)(row - layout->entries.row);
    if (entry >= explorer_children_entry_count(explorer))
        return;
    choose(explorer, entry);
    enter(explorer);
}

void explorer_children_use(struct explorer *explorer, const struct screen_event *event, int columns,
                           int rows)
{
    struct explorer_children_layout layout = explorer_children_layout(explorer, columns, rows);
    bool is_up = event->button == SCREEN_WHEEL_UP;
    explorer->child_top = layout.top;
    if (event->kind == SCREEN_KEY)
        press(explorer, event->key, (size_t)layout.entries.rows);
    else if (is_up || event->button == SCREEN_WHEEL_DOWN)
        move(explorer, is_up, WHEEL_ENTRIES);
    else if (event->button != SCREEN_BUTTON_RIGHT)
        click(explorer, &layout, event->column, event->row);
}
