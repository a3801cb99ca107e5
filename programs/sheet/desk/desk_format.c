/* SPDX-License-Identifier: MIT */
/* desk_format.c - see desk_format.h. */
#include "sheet/desk/desk_format.h"

#include <stdio.h>

#include "sheet/desk/desk_answer.h"
#include "sheet/desk/desk_repeat.h"
#include "sheet/values/number_format.h"

static struct area_text chosen(const struct desk *desk)
{
    return area_name(desk_selection(desk));
}

static const struct {
    const char *name, *code;
} formats[] = {
    {"General", "General"},
    {"Whole number", "0"},
    {"Two decimals", "0.00"},
    {"Thousands", "#,##0"},
    {"Thousands, two decimals", "#,##0.00"},
    {"Negative in red", "#,##0.00;[Red]-#,##0.00"},
    {"Percent", "0%"},
    {"Percent, two decimals", "0.00%"},
    {"Scientific", "0.00E+00"},
    {"Fraction", "# ?\?/?\?"},
    {"Dollars", "$#,##0.00"},
    {"Euros", "#,##0.00 [$\u20AC-407]"},
    {"Pounds", "[$\u00A3-809]#,##0.00"},
    {"Date", "yyyy-mm-dd"},
    {"Date, day first", "dd/mm/yyyy"},
    {"Date, day first, dots", "dd.mm.yyyy"},
    {"Date, month first", "mm/dd/yyyy"},
    {"Date with month's name", "d mmm yyyy"},
    {"Weekday", "dddd"},
    {"Time", "hh:mm"},
    {"Time with seconds", "hh:mm:ss"},
    {"Time, AM or PM", "h:mm AM/PM"},
    {"Hours over a day", "[h]:mm:ss"},
    {"Date and time", "yyyy-mm-dd hh:mm"},
    {"Text as it is", "@"},
};
enum { FORMATS = sizeof formats / sizeof *formats };

static void take_format(struct desk *desk, int id)
{
    if (id == FORMATS)
        desk_ask(
            desk, DESK_ASKS_FORMAT,
            style_format(desk->book->styles, desk_style_at(desk_sheet(desk), desk_cursor(desk))));
    else if (id >= 0)
        (void)desk_do_line(desk, "format %s %s", chosen(desk).text, formats[id].code);
}

/* A code that is not in the list. */
static void take_code(struct desk *desk, const char *code)
{
    desk_answer_do(desk, DESK_ASKS_FORMAT, code);
    desk_repeat_note_answer(desk, DESK_ASKS_FORMAT, code);
}

void desk_format_choose(struct desk *desk)
{
    const struct cell *cell = grid_at(desk_sheet(desk)->grid, desk_cursor(desk));
    struct value value = cell_value(desk->book, cell);
    if (value.kind != VALUE_NUMBER)
        value = value_number(1234.5);
    desk_list_begin(&desk->list, "Number format of what is chosen", take_format);
    desk->list.take_typed = take_code;
    desk->list.can_repeat = true;
    for (int i = 0; i < FORMATS; i++) {
        struct formatted shown;
        char text[DESK_ENTRY_BYTES];
        number_format(&shown, value, formats[i].code, 0, desk->book->is_1904);
        snprintf(text, sizeof text, "%-24s %s", formats[i].name, formats[i].code);
        (void)desk_list_add(&desk->list, i, text, shown.text);
    }
    (void)desk_list_add(&desk->list, FORMATS, "Another code ...", "");
    desk_list_show(desk);
}

static void change_decimals(struct desk *desk, int change)
{
    char code[FORMAT_TEXT_BYTES];
    const char *before =
        style_format(desk->book->styles, desk_style_at(desk_sheet(desk), desk_cursor(desk)));
    if (!number_format_decimals(before, change, code)) {
        desk_say(desk, true, "this format has no decimals to change");
        return;
    }
    (void)desk_do_line(desk, "format %s %s", chosen(desk).text, code);
}

void desk_format_more_decimals(struct desk *desk)
{
    change_decimals(desk, 1);
}

void desk_format_fewer_decimals(struct desk *desk)
{
    change_decimals(desk, -1);
}

static void toggle(struct desk *desk, enum style_flag flag, const char *name)
{
    const struct style *style =
        style_of(desk->book->styles, desk_style_at(desk_sheet(desk), desk_cursor(desk)));
    (void)desk_do_line(desk, "style %s %c%s", chosen(desk).text, style->flags & flag ? '-' : '+',
                       name);
}

void desk_format_bold(struct desk *desk)
{
    toggle(desk, STYLE_BOLD, "bold");
}

void desk_format_italic(struct desk *desk)
{
    toggle(desk, STYLE_ITALIC, "italic");
}

void desk_format_underline(struct desk *desk)
{
    toggle(desk, STYLE_UNDERLINE, "underline");
}

void desk_format_strike(struct desk *desk)
{
    toggle(desk, STYLE_STRIKE, "strike");
}

void desk_format_wrap(struct desk *desk)
{
    toggle(desk, STYLE_WRAP, "wrap");
}

static const char *const aligns[] = {"general", "left", "center", "right"};

static void take_align(struct desk *desk, int id)
{
    if (id >= 0)
        (void)desk_do_line(desk, "style %s align=%s", chosen(desk).text, aligns[id]);
}

void desk_format_align(struct desk *desk)
{
    static const char *const names[] = {"As the value wants", "Left", "Centre", "Right"};
    desk_list_begin(&desk->list, "Align what is chosen", take_align);
    desk->list.can_repeat = true;
    for (int i = 0; i < 4; i++)
        (void)desk_list_add(&desk->list, i, names[i], "");
    desk_list_show(desk);
}
