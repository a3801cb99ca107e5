/* SPDX-License-Identifier: MIT */
/*
 * fill.c - see fill.h.
 *
 * One line after the other: a line's cells in the area are the pattern; what
 * kind of series they make is found out once, and then the value of each
 * further cell is computed from its number, which counts from the first cell of
 * the pattern and is below 0 in front of it.
 */
#include "sheet/edits/fill.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <steppe/array.h>

#include "sheet/edits/history.h"
#include "sheet/edits/rearrange.h"
#include "sheet/values/date.h"
#include "sheet/values/number_format.h"

enum { DIGITS_MAX = 15, SERIES_TEXT_BYTES = 256 };

enum series_kind {
    SERIES_REPEAT,
    SERIES_NUMBER,  /* first, step */
    SERIES_MONTHS,  /* a day of months, month_step apart */
    SERIES_COUNTER, /* text with a number at its end */
    SERIES_WORD     /* names of days or months */
};

struct words {
    const char *const *words;
    unsigned count;
};

struct series {
    enum series_kind kind;
    /* Going on behind the pattern from its last, and in front of it from its
     * first. */
    double last, step, first, first_step;
    struct date last_date, first_date;
    int64_t month_step, first_month_step;
    bool at_month_end;
    char prefix[SERIES_TEXT_BYTES];
    size_t digit_count;
    unsigned cycle; /* COUNTER: Q1 to Q4 */
    struct words words;
    int letters; /* WORD: 0 Mon, 1 MON, 2 mon */
};

struct filling {
    struct history *history;
    struct book *book;
    struct sheet *sheet;
    struct cell *pattern; /* a steppe_array */
    uint32_t count;
    struct series series;
    uint64_t done;
};

static const char *const short_days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const long_days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};
static const char *const short_months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const long_months[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};
static const struct words word_lists[] = {
    {short_days, 7}, {long_days, 7}, {short_months, 12}, {long_months, 12}};
enum { WORD_LISTS = sizeof word_lists / sizeof *word_lists };

/* ---- what the pattern is --------------------------------------------------------------------- */

static bool all_are(const struct filling *filling, unsigned kind)
{
    for (uint32_t i = 0; i < filling->count; i++)
        if (filling->pattern[i].kind != kind || filling->pattern[i].formula)
            return false;
    return true;
}

static enum format_kind format_of(const struct filling *filling, const struct cell *cell)
{
    return number_format_kind(style_format(filling->book->styles, cell->style));
}

static bool is_date_cell(const struct filling *filling, const struct cell *cell)
{
    enum format_kind kind = format_of(filling, cell);
    return kind == FORMAT_DATE || kind == FORMAT_DATE_TIME;
}

static bool read_date(const struct filling *filling, const struct cell *cell, struct date *date)
{
    double number = cell->number + (filling->book->is_1904 ? DATE_1904 : 0);
    return date_from_number(floor(number), date) && date->month >= 1;
}

static bool ends_month(const struct date *date)
{
    return date->day == date_days_in_month(date->year, date->month);
}

static int64_t months_between(const struct date *a, const struct date *b)
{
    return (int64_t)(b->year - a->year) * 12 + b->month - a->month;
}

/* On the same day of different months, or at the ends of months, and at the
 * same time of day. */
static bool are_months_apart(const struct filling *filling, const struct cell *a,
                             const struct cell *b, struct date *date_a, struct date *date_b,
                             bool *at_month_end)
{
    if (!read_date(filling, a, date_a) || !read_date(filling, b, date_b) ||
        a->number - floor(a->number) != b->number - floor(b->number))
        return false;
    *at_month_end = ends_month(date_a) && ends_month(date_b);
    return months_between(date_a, date_b) && (date_a->day == date_b->day || *at_month_end);
}

static bool find_months(struct filling *filling)
{
    const struct cell *cells = filling->pattern, *last = &cells[filling->count - 1];
    struct series *series = &filling->series;
    struct date second, before;
    bool first_at_end;
    if (filling->count < 2 || !is_date_cell(filling, last))
        return false;
    if (!are_months_apart(filling, last - 1, last, &before, &series->last_date,
                          &series->at_month_end) ||
        !are_months_apart(filling, &cells[0], &cells[1], &series->first_date, &second,
                          &first_at_end))
        return false;
    series->month_step = months_between(&before, &series->last_date);
    series->first_month_step = months_between(&series->first_date, &second);
    series->last = last->number;
    series->first = cells[0].number;
    return true;
}

static void find_numbers(struct filling *filling)
{
    const struct cell *cells = filling->pattern, *last = &cells[filling->count - 1];
    struct series *series = &filling->series;
    series->kind = SERIES_NUMBER;
    series->first = cells[0].number;
    series->last = last->number;
    if (filling->count > 1) {
        series->step = last->number - last[-1].number;
        series->first_step = cells[1].number - cells[0].number;
    } else {
        series->step = series->first_step = is_date_cell(filling, last) ? 1 : 0;
    }
}

/* Text of a cell of the pattern. */
static const char *pattern_text(const struct filling *filling, uint32_t i, size_t *size_bytes)
{
    return text_bytes(filling->book->texts, filling->pattern[i].text, size_bytes);
}

/* What is in front of the number at the end, and the number. false: there is
 * none. */
static bool split_counter(const char *text, size_t size_bytes, size_t *prefix_bytes, double *number)
{
    size_t at = size_bytes;
    while (at > 0 && isdigit((unsigned char)text[at - 1]) && size_bytes - at < DIGITS_MAX)
        at--;
    *prefix_bytes = at;
    if (at == size_bytes || at == 0 || at >= SERIES_TEXT_BYTES)
        return false;
    *number = strtod(text + at, NULL); /* digits alone, up to the 0 behind them */
    return true;
}

static bool is_quarter(const char *prefix)
{
    return !strcasecmp(prefix, "Q") || !strcasecmp(prefix, "Qtr") || !strcasecmp(prefix, "Qtr ") ||
           !strcasecmp(prefix, "Quarter ");
}

static bool find_counter(struct filling *filling)
{
    struct series *series = &filling->series;
    double number, numbers[4] = {0}; /* the first two, the last two */
    size_t size_bytes, prefix_bytes;
    for (uint32_t i = 0; i < filling->count; i++) {
        const char *text = pattern_text(filling, i, &size_bytes);
        if (!split_counter(text, size_bytes, &prefix_bytes, &number))
            return false;
        if (i == 0) {
            memcpy(series->prefix, text, prefix_bytes);
            series->prefix[prefix_bytes] = '\0';
            series->digit_count = size_bytes - prefix_bytes;
        }
        if (strlen(series->prefix) != prefix_bytes || memcmp(series->prefix, text, prefix_bytes))
            return false;
        if (i < 2)
            numbers[i] = number;
        numbers[2] = numbers[3];
        numbers[3] = number;
    }
    series->first = numbers[0];
    series->last = numbers[3];
    series->step = filling->count > 1 ? numbers[3] - numbers[2] : 1;
    series->first_step = filling->count > 1 ? numbers[1] - numbers[0] : 1;
    series->cycle = is_quarter(series->prefix) && series->last <= 4 && series->first <= 4 &&
                            series->last >= 1 && series->first >= 1
                        ? 4
                        : 0;
    return true;
}

static int find_word(const struct words *words, const char *text)
{
    for (unsigned i = 0; i < words->count; i++)
        if (!strcasecmp(words->words[i], text))
            return (int)i;
    return -1;
}

static bool find_words_of(struct filling *filling, const struct words *words)
{
    struct series *series = &filling->series;
    double numbers[4] = {0};
    for (uint32_t i = 0; i < filling->count; i++) {
        int number = find_word(words, pattern_text(filling, i, NULL));
        if (number < 0)
            return false;
        if (i < 2)
            numbers[i] = number;
        numbers[2] = numbers[3];
        numbers[3] = number;
    }
    series->words = *words;
    series->first = numbers[0];
    series->last = numbers[3];
    series->step = filling->count > 1 ? numbers[3] - numbers[2] : 1;
    series->first_step = filling->count > 1 ? numbers[1] - numbers[0] : 1;
    return true;
}

static bool find_words(struct filling *filling)
{
    const char *text = pattern_text(filling, filling->count - 1, NULL);
    if (!*text)
        return false;
    filling->series.letters = islower((unsigned char)text[0])              ? 2
                              : text[1] && isupper((unsigned char)text[1]) ? 1
                                                                           : 0;
    for (size_t i = 0; i < WORD_LISTS; i++)
        if (find_words_of(filling, &word_lists[i]))
            return true;
    return false;
}

static void find_series(struct filling *filling)
{
    memset(&filling->series, 0, sizeof filling->series);
    if (all_are(filling, VALUE_NUMBER)) {
        if (find_months(filling))
            filling->series.kind = SERIES_MONTHS;
        else
            find_numbers(filling);
    } else if (all_are(filling, VALUE_TEXT)) {
        if (find_words(filling))
            filling->series.kind = SERIES_WORD;
        else if (find_counter(filling))
            filling->series.kind = SERIES_COUNTER;
    }
}

/* ---- what comes next ------------------------------------------------------------------------- */

/* How far from the end of the pattern that it goes on from: 1, 2 ... behind it,
 * -1, -2 ... before it; and from what, by what. */
struct going_on {
    double from, step, distance;
};

static struct going_on going_on(const struct filling *filling, int64_t number)
{
    const struct series *series = &filling->series;
    if (number < 0)
        return (struct going_on){series->first, series->first_step, (double)number};
    return (struct going_on){series->last, series->step, (double)(number - filling->count + 1)};
}

/* One of count, going round. */
static unsigned around(double number, unsigned count)
{
    double rest = fmod(number, count);
    return (unsigned)(rest < 0 ? rest + count : rest);
}

static bool month_value(const struct filling *filling, int64_t number, struct cell *cell)
{
    const struct series *series = &filling->series;
    struct going_on on = going_on(filling, number);
    const struct date *from = number < 0 ? &series->first_date : &series->last_date;
    int64_t step = number < 0 ? series->first_month_step : series->month_step;
    int64_t month = (int64_t)from->year * 12 + from->month - 1 + (int64_t)on.distance * step;
    int64_t year = month / 12;
    if (month < 1900 * 12 || year > 9999)
        return false;
    int days = date_days_in_month((int)year, (int)(month % 12) + 1);
    int day = series->at_month_end || from->day > days ? days : from->day;
    double value;
    if (!date_to_number(year, month % 12 + 1, day, &value))
        return false;
    cell->number = value - (filling->book->is_1904 ? DATE_1904 : 0) + (on.from - floor(on.from));
    return true;
}

static void write_word(const struct series *series, unsigned number, char *text)
{
    (void)snprintf(text, SERIES_TEXT_BYTES, "%s", series->words.words[number]);
    for (char *at = text; *at; at++)
        *at = (char)(series->letters == 1   ? toupper((unsigned char)*at)
                     : series->letters == 2 ? tolower((unsigned char)*at)
                                            : *at);
}

/* false: there is none; the pattern repeats. */
static bool series_text(const struct filling *filling, int64_t number, char *text, size_t room)
{
    const struct series *series = &filling->series;
    struct going_on on = going_on(filling, number);
    double value = on.from + on.step * on.distance;
    if (series->kind == SERIES_WORD) {
        write_word(series, around(value, series->words.count), text);
        return true;
    }
    if (series->cycle)
        value = around(value - 1, series->cycle) + 1;
    value = fabs(value); /* "Item 0" is followed by "Item 1" in both directions */
    return value < 1e15 && snprintf(text, room, "%s%0*.0f", series->prefix,
                                    (int)series->digit_count, value) < (int)room;
}

static bool put_text(struct filling *filling, struct position position, struct cell *cell,
                     const char *text)
{
    text_id kept = text_keep(filling->book->texts, text, strlen(text));
    if (!kept)
        return false;
    cell->bits = 0;
    cell->text = kept;
    bool is_done = history_put_cell(filling->history, filling->sheet, position, cell);
    text_drop(filling->book->texts, kept); /* the cell has a hold of its own */
    return is_done;
}

/* The cell with this number. */
static bool fill_cell(struct filling *filling, struct position position, int64_t number)
{
    int64_t count = filling->count, at = number % count;
    struct cell cell = filling->pattern[at < 0 ? at + count : at];
    char text[SERIES_TEXT_BYTES + DIGITS_MAX + 1];
    struct going_on on = going_on(filling, number);
    if (!history_step(filling->history, "filling", ++filling->done, 0))
        return false;
    if (filling->series.kind == SERIES_NUMBER && isfinite(on.from + on.step * on.distance))
        cell.number = on.from + on.step * on.distance;
    if (filling->series.kind == SERIES_MONTHS)
        (void)month_value(filling, number, &cell); /* outside of the calendar the pattern repeats */
    if ((filling->series.kind == SERIES_COUNTER || filling->series.kind == SERIES_WORD) &&
        series_text(filling, number, text, sizeof text))
        return put_text(filling, position, &cell, text);
    return history_put_cell(filling->history, filling->sheet, position, &cell);
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* Fill line number line (a column, or with across a row) of the cells from
 * begin to end that are not in the pattern's part, from first to last. */
struct line {
    uint32_t line, first, last, begin, end;
    bool across;
};

static struct position position_in(const struct line *line, uint32_t at)
{
    return line->across ? (struct position){line->line, at} : (struct position){at, line->line};
}

static bool read_pattern(struct filling *filling, const struct line *line)
{
    filling->count = line->last - line->first + 1;
    if (steppe_array_resize(filling->pattern, filling->count) != STEPPE_OK)
        return false;
    for (uint32_t i = 0; i < filling->count; i++) {
        filling->pattern[i] = *grid_at(filling->sheet->grid, position_in(line, line->first + i));
        filling->pattern[i].flags = 0;
    }
    find_series(filling);
    return true;
}

static bool fill_line(struct filling *filling, const struct line *line)
{
    if (!read_pattern(filling, line))
        return false;
    for (uint64_t at = line->begin; at <= line->end; at++) {
        if (at >= line->first && at <= line->last)
            continue;
        if (!fill_cell(filling, position_in(line, (uint32_t)at), (int64_t)at - line->first))
            return false;
    }
    return true;
}

static bool fill_down(struct filling *filling, struct area area, struct area to)
{
    for (uint32_t column = area.first.column; column <= area.last.column; column++) {
        struct line line = {.line = column,
                            .first = area.first.row,
                            .last = area.last.row,
                            .begin = to.first.row,
                            .end = to.last.row};
        if (!fill_line(filling, &line))
            return false;
    }
    return true;
}

static bool fill_across(struct filling *filling, struct area area, struct area to)
{
    for (uint32_t row = to.first.row; row <= to.last.row; row++) {
        struct line line = {.line = row,
                            .first = area.first.column,
                            .last = area.last.column,
                            .begin = to.first.column,
                            .end = to.last.column,
                            .across = true};
        if (!fill_line(filling, &line))
            return false;
    }
    return true;
}

/* Rows (columns) behind the last one in use have nothing to go on with. */
static void clip(const struct sheet *sheet, struct area *area, struct area *to)
{
    struct area extent;
    if (!grid_extent(sheet->grid, &extent))
        extent = area_of_one((struct position){0, 0});
    if (area->last.row == to->last.row && area->last.row == ROWS - 1 &&
        extent.last.row >= area->first.row)
        area->last.row = to->last.row = extent.last.row;
    if (area->last.column == to->last.column && area->last.column == COLUMNS - 1 &&
        extent.last.column >= area->first.column)
        area->last.column = to->last.column = extent.last.column;
}

static bool check(const struct filling *filling, struct area area, struct area to,
                  struct problem *problem)
{
    struct area common;
    if (!area_has(to, area.first) || !area_has(to, area.last))
        return problem_say(problem, "%s, which is to be filled, does not begin with %s",
                           area_name(to).text, area_name(area).text);
    if (area_cells(to) - area_cells(area) > REARRANGE_CELLS_MAX)
        return problem_say(problem, "these would be more than %d cells at once",
                           REARRANGE_CELLS_MAX);
    for (size_t i = 0; i < filling->sheet->merge_count; i++)
        if (area_meet(filling->sheet->merges[i], to, &common))
            return problem_say(problem, "there is a merged area, %s, which cannot be filled",
                               area_name(filling->sheet->merges[i]).text);
    return true;
}

bool fill_series(struct history *history, struct sheet *sheet, struct area area, struct area to,
                 struct problem *problem)
{
    struct book *book = history_book(history);
    struct filling filling = {.history = history, .book = book, .sheet = sheet};
    steppe_options memory = {.budget = book->budget, .name = "filling"};
    clip(sheet, &area, &to);
    if (!check(&filling, area, to, problem))
        return false;
    filling.pattern = steppe_array_new(struct cell, ROWS, &memory);
    bool is_done = filling.pattern && fill_down(&filling, area, to);
    area.first.row = to.first.row;
    area.last.row = to.last.row;
    is_done =
        is_done && (area_columns(area) == area_columns(to) || fill_across(&filling, area, to));
    (void)steppe_array_free(filling.pattern); /* it is one, or null */
    return is_done || rearrange_say_failed(history, problem);
}
