/* SPDX-License-Identifier: MIT */
/* explorer_view.c - the parts of the screen, and its last line: see explorer_view.h. */
#include "map/explorer_view.h"

#include "map/explorer_children_view.h"
#include "map/explorer_help.h"
#include "map/explorer_layout.h"
#include "map/explorer_list_view.h"
#include "map/explorer_look.h"
#include "map/explorer_map_view.h"
#include "map/explorer_timeline_view.h"
#include "map/explorer_totals_view.h"
#include "map/explorer_words_view.h"

static const char *const prompts[] = {
    [EXPLORER_ASKS_FILTER] = "filter (name, kind, access; C-u Enter: none; Esc: keep): ",
    [EXPLORER_ASKS_FIND] = "find an address or a name: ",
    [EXPLORER_ASKS_SAVE] = "save a snapshot to the file: ",
    [EXPLORER_ASKS_HTML] = "write a report to the file: ",
};

/* Long input shows its end, where the cursor is. Returns the cursor's column. */
static int draw_prompt(const struct explorer *explorer, struct screen_grid *grid, int row,
                       int columns)
{
    int at = 1 + screen_text(grid, 1, row, columns - 1, explorer_bold, prompts[explorer->prompt]);
    const char *input = explorer->input;
    uint32_t glyph;
    while (*input && screen_columns_of(input) > columns - at - 2)
        input += screen_decode(input, &glyph);
    return at + screen_text(grid, at, row, columns - at - 1, explorer_plain, input);
}

static void draw_last_line(const struct explorer *explorer, struct screen_grid *grid,
                           const struct explorer_layout *layout)
{
    int row = layout->keys.row, columns = layout->keys.columns;
    if (*explorer->message)
        screen_text(grid, 1, row, columns - 1, explorer->is_bad_news ? explorer_bad : explorer_good,
                    explorer->message);
    for (size_t i = 0; i < layout->named_count; i++) {
        const struct explorer_key *key = &layout->named[i];
        int at = key->area.column;
        at += 1 + screen_text(grid, at, row, columns - at, explorer_bold, key->name);
        screen_text(grid, at, row, columns - at, explorer_dim, key->meaning);
    }
}

void explorer_view_draw(struct explorer *explorer, struct screen_grid *grid, int *cursor_column,
                        int *cursor_row)
{
    struct explorer_layout layout = explorer_layout(explorer, grid->columns, grid->rows);
    *cursor_column = *cursor_row = -1;
    screen_clear(grid);
    if (layout.is_too_small) {
        screen_format(grid, 0, 0, grid->columns, explorer_plain,
                      "too small: %d x %d cells are needed", EXPLORER_COLUMNS_MIN,
                      EXPLORER_ROWS_MIN);
        return;
    }
    explorer_totals_view_draw(explorer, grid, &layout);
    explorer_list_view_draw(explorer, grid, &layout);
    explorer_map_view_draw(explorer, grid, layout.map);
    explorer_words_view_draw(explorer, grid, layout.words);
    explorer_timeline_view_draw(target_timeline(&explorer->target), grid, layout.timeline);
    if (explorer->prompt) {
        *cursor_column = draw_prompt(explorer, grid, layout.keys.row, layout.keys.columns);
        *cursor_row = layout.keys.row;
    } else
        draw_last_line(explorer, grid, &layout);
    if (explorer->shows_children)
        explorer_children_view_draw(explorer, grid);
    if (explorer->shows_help)
        explorer_help_draw(explorer, grid);
}
