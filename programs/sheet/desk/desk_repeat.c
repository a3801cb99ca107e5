/* SPDX-License-Identifier: MIT */
/* desk_repeat.c - see desk_repeat.h. */
#include "sheet/desk/desk_repeat.h"

#include <stdio.h>
#include <string.h>

#include "sheet/desk/desk_action.h"
#include "sheet/desk/desk_answer.h"
#include "sheet/desk/desk_change.h"

void desk_repeat_begin(struct desk *desk)
{
    desk->repeat.state = edit_state(desk->edit);
}

static bool has_changed(const struct desk *desk)
{
    return edit_state(desk->edit) != desk->repeat.state;
}

void desk_repeat_note_action(struct desk *desk, const struct desk_action *action)
{
    bool is_own = action->run == desk_repeat || action->run == desk_change_undo ||
                  action->run == desk_change_redo;
    if (is_own)
        desk_repeat_begin(desk); /* nor whoever ran it */
    if (is_own || !has_changed(desk))
        return;
    desk->repeat.action = action;
    desk->repeat.take = NULL;
}

void desk_repeat_note_choice(struct desk *desk, desk_list_taker *take, int id)
{
    if (!has_changed(desk))
        return;
    desk->repeat.action = NULL;
    desk->repeat.take = take;
    desk->repeat.id = id;
}

void desk_repeat_note_answer(struct desk *desk, enum desk_question question, const char *text)
{
    if (!has_changed(desk))
        return;
    desk->repeat.action = NULL;
    desk->repeat.take = NULL;
    desk->repeat.question = question;
    snprintf(desk->repeat.text, sizeof desk->repeat.text, "%s", text);
}

void desk_repeat(struct desk *desk)
{
    char text[sizeof desk->repeat.text];
    if (desk->repeat.action) {
        desk->repeat.action->run(desk);
    } else if (desk->repeat.take) {
        desk->repeat.take(desk, desk->repeat.id);
    } else if (desk->repeat.text[0]) {
        memcpy(text, desk->repeat.text, sizeof text);
        desk_answer_do(desk, desk->repeat.question, text);
    } else
        desk_say(desk, true, "nothing was done yet that could be done once more");
}
