/* SPDX-License-Identifier: MIT */
/*
 * function.c - the table of all functions: made of the files' lists at its first use, sorted by
 * name; a function's number is its place in there.
 */
#include "sheet/book/function.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FUNCTIONS_MAX = 1024 };

static const struct function_list *const lists[] = {
    &function_math,   &function_rounding,     &function_subtotal,  &function_statistics,
    &function_logic,  &function_information,  &function_lookup,    &function_text,
    &function_date,   &function_money,        &function_condition, &function_database,
    &function_matrix, &function_distribution, &function_sample,    &function_notation,
    &function_array,  &function_engineering,  &function_split,     &function_complex};

static const struct function *table[FUNCTIONS_MAX];
static size_t table_count;
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(const struct function *const *)a)->name,
                  (*(const struct function *const *)b)->name);
}

static void make_table(void)
{
    for (size_t list = 0; list < sizeof lists / sizeof *lists; list++)
        for (size_t i = 0; i < lists[list]->count && table_count < FUNCTIONS_MAX; i++)
            table[table_count++] = &lists[list]->functions[i];
    qsort(table, table_count, sizeof *table, compare_names);
}

static void need_table(void)
{
    (void)pthread_once(&table_once, make_table); /* cannot fail for a static one */
}

size_t function_count(void)
{
    need_table();
    return table_count;
}

const struct function *function_of(function_id function)
{
    need_table();
    return function < table_count ? table[function] : NULL;
}

/* As strcmp of the name against bytes of either case. */
static int compare_with(const char *name, const char *written, size_t written_bytes)
{
    int order = strncasecmp(name, written, written_bytes);
    return order ? order : name[written_bytes] != '\0';
}

int function_find(const char *name, size_t name_bytes)
{
    need_table();
    size_t low = 0, high = table_count;
    if (memchr(name, '\0', name_bytes))
        return -1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_with(table[middle]->name, name, name_bytes);
        if (order == 0)
            return (int)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

char function_letter(const struct function *function, unsigned argument)
{
    const char *takes = function->takes;
    size_t letters = 0;
    while (takes[letters] != '\0' && takes[letters] != '*')
        if (letters++ == argument)
            return takes[argument];
    if (takes[letters] == '\0' || letters == 0)
        return 'v'; /* more than it takes: the parser lets none through */
    if (takes[letters + 1] == '*' && letters > 1)
        return takes[letters - 2 + (argument - letters) % 2];
    return takes[letters - 1];
}

double call_number_or(const struct call *call, unsigned i, double otherwise)
{
    return call_has(call, i) ? call_number(call, i) : otherwise;
}

bool call_truth_or(const struct call *call, unsigned i, bool otherwise)
{
    return call_has(call, i) ? call->arguments[i].value.boolean : otherwise;
}
