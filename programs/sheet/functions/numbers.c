/* SPDX-License-Identifier: MIT */
#include "sheet/functions/numbers.h"

#include <math.h>
#include <string.h>

/* ---- one after the other ------------------------------------------------------------------------
 */

void numbers_begin(struct numbers *numbers, struct call *call, unsigned first, unsigned end,
                   unsigned rules)
{
    numbers->call = call;
    numbers->next = first;
    numbers->end = end;
    numbers->rules = rules;
    numbers->is_open = false;
    numbers->error = value_blank();
    numbers->number = 0;
}

/* A value that is no number: what it counts as; false: it is passed over, or an error. */
static bool convert(struct numbers *numbers, struct value value, bool is_from_cell)
{
    if (value.kind != VALUE_ERROR && is_from_cell) {
        numbers->number = value.kind == VALUE_BOOLEAN && value.boolean;
        return numbers->rules & NUMBERS_TEXT_IS_0;
    }
    value = evaluation_number(numbers->call->evaluation, value);
    if (value.kind == VALUE_ERROR) {
        numbers->error = value;
        return false;
    }
    numbers->number = value.number;
    return true;
}

static bool open_next(struct numbers *numbers)
{
    if (numbers->next == numbers->end)
        return false;
    walk_begin(&numbers->walk, numbers->call->evaluation,
               &numbers->call->arguments[numbers->next++],
               numbers->rules & NUMBERS_BY_ROWS ? WALK_BY_ROWS : WALK_ANY);
    numbers->is_open = true;
    return true;
}

bool numbers_next(struct numbers *numbers)
{
    struct walk *walk = &numbers->walk;
    while (numbers->is_open || open_next(numbers)) {
        if (!walk_next(walk)) {
            numbers->is_open = false;
            continue;
        }
        if (walk->value.kind == VALUE_NUMBER) {
            numbers->number = walk->value.number;
            return true;
        }
        if (convert(numbers, walk->value, walk->is_from_cell))
            return true;
        if (numbers->error.kind == VALUE_ERROR)
            return false;
    }
    return false;
}

struct number_list numbers_take(struct call *call, unsigned first, unsigned end, unsigned rules)
{
    struct number_list list = {.error = value_blank()};
    struct numbers numbers;
    size_t count = 0;
    numbers_begin(&numbers, call, first, end, rules);
    while (numbers_next(&numbers))
        count++;
    list.error = numbers.error;
    if (!count || list.error.kind == VALUE_ERROR)
        return list;
    list.numbers = evaluation_take(call->evaluation, count * sizeof *list.numbers);
    if (!list.numbers) {
        list.error = value_error(ERROR_NUM);
        return list;
    }
    numbers_begin(&numbers, call, first, end, rules);
    while (list.count < count && numbers_next(&numbers))
        list.numbers[list.count++] = numbers.number;
    return list;
}

/* ---- order --------------------------------------------------------------------------------------
 */

static void swap(double *a, double *b)
{
    double held = *a;
    *a = *b;
    *b = held;
}

/* What is smaller than a number chosen by chance goes in front, what is larger behind; equal ones
 * are from *first to *last. By chance, so that no order of the numbers makes this slow. */
static void partition(struct evaluation *evaluation, double *numbers, size_t count, size_t *first,
                      size_t *last)
{
    double pivot = numbers[evaluation_random(evaluation) % count];
    size_t low = 0, at = 0, high = count;
    while (at < high) {
        if (numbers[at] < pivot)
            swap(&numbers[at++], &numbers[low++]);
        else if (numbers[at] > pivot)
            swap(&numbers[at], &numbers[--high]);
        else
            at++;
    }
    *first = low;
    *last = high - 1;
}

void numbers_sort(struct evaluation *evaluation, double *numbers, size_t count)
{
    while (count > 1 && !evaluation_is_stopped(evaluation, count)) {
        size_t first, last;
        partition(evaluation, numbers, count, &first, &last);
        size_t behind = count - last - 1;
        /* The smaller part by a call: so they go no deeper than the logarithm. */
        if (first < behind) {
            numbers_sort(evaluation, numbers, first);
            numbers += last + 1;
            count = behind;
        } else {
            numbers_sort(evaluation, numbers + last + 1, behind);
            count = first;
        }
    }
}

double numbers_select(struct evaluation *evaluation, double *numbers, size_t count, size_t index)
{
    size_t low = 0, end = count;
    while (end - low > 1 && !evaluation_is_stopped(evaluation, end - low)) {
        size_t first, last;
        partition(evaluation, numbers + low, end - low, &first, &last);
        if (index < low + first)
            end = low + first;
        else if (index > low + last)
            low += last + 1;
        else
            break;
    }
    return numbers[index];
}

double numbers_at_place(struct evaluation *evaluation, struct number_list *list, double place)
{
    size_t index = (size_t)place;
    double part = place - floor(place);
    double below = numbers_select(evaluation, list->numbers, list->count, index);
    if (part == 0 || index + 1 >= list->count)
        return below;
    double above = numbers_select(evaluation, list->numbers, list->count, index + 1);
    return below + part * (above - below);
}

size_t numbers_lower_bound(const double *numbers, size_t count, double number)
{
    size_t low = 0, end = count;
    while (low < end) {
        size_t middle = low + (end - low) / 2;
        if (numbers[middle] < number)
            low = middle + 1;
        else
            end = middle;
    }
    return low;
}

static size_t longest_run(const struct number_list *list)
{
    size_t longest = 0, start = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (list->numbers[i] != list->numbers[start])
            start = i;
        if (i - start + 1 > longest)
            longest = i - start + 1;
    }
    return longest;
}

struct operand numbers_mode(struct evaluation *evaluation, const struct number_list *list)
{
    struct number_list sorted = *list;
    sorted.numbers =
        list->count ? evaluation_take(evaluation, list->count * sizeof *sorted.numbers) : NULL;
    if (!sorted.numbers)
        return operand_error(ERROR_NA);
    memcpy(sorted.numbers, list->numbers, list->count * sizeof *sorted.numbers);
    numbers_sort(evaluation, sorted.numbers, sorted.count);
    size_t longest = longest_run(&sorted), i = 0;
    if (longest < 2)
        return operand_error(ERROR_NA);
    for (; i + 1 < list->count; i++) {
        size_t first = numbers_lower_bound(sorted.numbers, sorted.count, list->numbers[i]);
        size_t last = first + longest - 1;
        if (last < sorted.count && sorted.numbers[last] == list->numbers[i])
            break;
    }
    return operand_number(list->numbers[i]);
}
