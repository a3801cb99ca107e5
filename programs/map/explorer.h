/* SPDX-License-Identifier: MIT */
/*
 * explorer.h - what the screen of process mode shows: a target, and what has been chosen of it.
 * explorer_layout tells where, explorer_view draws it,
 * explorer_command changes it by keys and mouse.
 *
 * Invariants after every call: line < line_count unless that is 0; the map's units are the places
 * of the region chosen, or of all; page < tiles.unit_count unless that is 0.
 *
 * A line is a region of the capture, by the choice; with the difference shown, one of the
 * difference's.
 *
 * Processes that were left for one of their children are on the trail, held open, so that the way
 * back leads to the same ones.
 */
#ifndef STEPPE_MAP_EXPLORER_H
#define STEPPE_MAP_EXPLORER_H

#include "map/difference.h"
#include "map/explorer_library.h"
#include "map/reservation.h"
#include "map/smaps.h"
#include "map/target.h"
#include "map/tiles.h"
#include "screen/grid.h"

enum explorer_focus { EXPLORER_LIST, EXPLORER_MAP };

enum explorer_prompt {
    EXPLORER_NO_PROMPT,
    EXPLORER_ASKS_FILTER,
    EXPLORER_ASKS_FIND,
    EXPLORER_ASKS_SAVE,
    EXPLORER_ASKS_HTML
};

enum { EXPLORER_INPUT_BYTES = 256, EXPLORER_TRAIL_MAX = 16 };

/* What is looked at, and what its difference is from. */
struct explorer_place {
    struct target target;
    struct capture baseline;
};

struct explorer {
    struct target target;
    struct reservation_list reservations;
    struct explorer_library library;
    uint64_t interval_ms;

    struct explorer_place trail[EXPLORER_TRAIL_MAX]; /* the last one was left last */
    size_t trail_count;
    bool had_children; /* their row stays when they end, or all below would jump */
    bool shows_children;
    size_t child_entry, child_top; /* chosen when somebody chose last, and first on the screen */
    pid_t child_pid;               /* chosen; 0: the way back */

    struct capture baseline; /* page_bytes 0: none yet */
    struct difference difference;
    bool shows_difference;
    enum difference_order difference_order;
    bool is_difference_reversed;

    struct region_choice choice;
    char filter[EXPLORER_INPUT_BYTES];
    uint32_t *chosen;
    size_t chosen_capacity;
    size_t line_count, line, top_line;
    uint64_t chosen_id, chosen_start; /* of the region in line, to find it again */

    enum explorer_focus focus;
    bool shows_all; /* the map: all regions, not the one in line */
    struct tiles tiles;
    uint64_t page; /* under the cursor */

    bool is_paused, shows_help, shows_smaps;
    bool is_ascii;      /* the terminal has nothing else */
    int help_top;       /* the first line of help on the screen */
    bool shows_letters; /* in the map; from the start where NO_COLOR is set: without colours shades
                           do not tell swapped, dirty and resident apart */
    struct smaps smaps;
    enum explorer_prompt prompt;
    char input[EXPLORER_INPUT_BYTES];
    char sought[EXPLORER_INPUT_BYTES];
    char message[PROBLEM_BYTES]; /* the last line says it until the next key */
    bool is_bad_news;
};

/* Takes over the target. explorer is {0} before. False: out of memory. */
bool explorer_begin(struct explorer *explorer, struct target *target, uint64_t interval_ms);
void explorer_end(struct explorer *explorer);

/* Look again, and find what was chosen. What goes wrong becomes the message. */
void explorer_refresh(struct explorer *explorer);

/* After the choice, the line or what the map shows was changed. */
void explorer_settle(struct explorer *explorer);

/* Another place: it is taken over, and the one until now is in its stead. What was chosen goes, but
 * for order and filter. */
void explorer_change_place(struct explorer *explorer, struct explorer_place *place);
void explorer_place_free(struct explorer_place *place);

/* What stands before a figure of committed bytes: "" when it is exact, else that it is an upper
 * bound. */
const char *explorer_bound(const struct explorer *explorer, bool is_exact);

/* Has the process become another program since the baseline was taken? */
bool explorer_baseline_is_of_another(const struct explorer *explorer);

/* Does smaps have something to say that is not known? */
bool explorer_can_be_exact(const struct explorer *explorer);

/* The region in line; NULL: none. In a difference it may be one of the baseline. */
const struct region *explorer_region(const struct explorer *explorer);

/* The difference's entry in line; NULL: no difference is shown, or it is empty. */
const struct difference_region *explorer_change(const struct explorer *explorer);

/* The first place of the map, of the capture it is about. */
const struct capture *explorer_map_capture(const struct explorer *explorer);
uint64_t explorer_map_base(const struct explorer *explorer);

/* Is any region left out by the choice? A difference shows all of its regions. */
bool explorer_leaves_out(const struct explorer *explorer);

/* The first page (counted as explorer->page) of the next or the previous stretch of pages alike
 * that have something: resident, swapped, zeros, or committed. False: there is none. */
bool explorer_find_used_page(const struct explorer *explorer, bool is_forwards, uint64_t *page);

/* Go to a line, or to the line of a region of the capture and the page that has an address. */
void explorer_go_to_line(struct explorer *explorer, size_t line);
void explorer_go_to(struct explorer *explorer, size_t region_index, uint64_t address);

void explorer_say(struct explorer *explorer, bool is_bad_news, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
