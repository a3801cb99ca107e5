/* SPDX-License-Identifier: MIT */
/*
 * function.h - the functions of formulas: names, arguments, and where their code is
 * (function_math.c, function_text.c ...).
 *
 * takes says of each argument what the function wants, a letter each; the last may be repeated for
 * all that follow by a '*', or the last two by "**":
 *
 *   n  a number      converted, errors returned before the function is called
 *   i  a number cut to a whole one
 *   t  text          likewise
 *   b  a truth       likewise
 *   v  any value     errors returned
 *   e  any value     errors too
 *   r  whatever it is: a reference, array or value, not looked at
 *
 * An argument written empty (F(1,,2)) comes as 0, "" or false for 'n', 'i', 't', 'b', and as
 * OPERAND_MISSING for the other letters; one not written is not counted. A function where an empty
 * argument means something else than 0 takes 'v' or 'e' and looks with call_has. Whole numbers of
 * 'i' are cut towards 0 and may be as large as a double; use call_whole.
 *
 * An array, or in an array formula an area, for a letter other than 'r' makes the call be done for
 * each of its elements, and the result an array: bodies need not care. In other formulas an area
 * there means the one cell of it that lies in the formula's row or column.
 *
 * A body may return any operand; what evaluation_is_stopped, or a NULL of evaluation_take, ended
 * early may return anything.
 */
#ifndef STEPPE_SHEET_FUNCTION_H
#define STEPPE_SHEET_FUNCTION_H

#include "sheet/book/evaluate.h"

struct call {
    struct evaluation *evaluation;
    const struct operand *arguments; /* converted as takes says: numbers of 'n' in .value.number */
    unsigned argument_count;
};

typedef struct operand function_body(struct call *call);

enum function_flag {
    FUNCTION_IS_VOLATILE = 1,
    FUNCTION_IS_LATER = 2,     /* came after Excel 2007: "_xlfn." in files */
    FUNCTION_TAKES_ARRAYS = 4, /* its arguments are evaluated as in an array formula: SUMPRODUCT */
    FUNCTION_IS_LAZY = 8, /* parse.c emits jumps around its arguments (formula.h); all of them are
                             'r', and the body is called for arrays alone */
    FUNCTION_READS_BEYOND = 16, /* cells beside those of its last argument: SUMIF(A1:A9,1,B1) */
    FUNCTION_IS_TOTAL = 32,     /* passed over by others of its kind: SUBTOTAL */
    FUNCTION_IS_OF_SHEETS = 64  /* "_xlfn._xlws." in files: SORT, FILTER */
};

struct function {
    const char *name;    /* capitals */
    uint8_t least, most; /* arguments; 255: as many as there may be */
    const char *takes;
    function_body *body;
    unsigned flags;
    const char *usage; /* "ROUND(number, digits)": for the formula line and help */
    const char *says;  /* one line: what it gives */
};

typedef uint32_t function_id;

/* By number, from 0; NULL: no such. By name, of either case: -1: none. Numbers go from 0 to the
 * count in alphabetical order (for completion), and are good for this run of the program. */
const struct function *function_of(function_id function);
int function_find(const char *name, size_t name_bytes);
size_t function_count(void);

/* The letter of takes for an argument, from 0. */
char function_letter(const struct function *function, unsigned argument);

/* What function files give to the table: an array and its length. */
struct function_list {
    const struct function *functions;
    size_t count;
};
extern const struct function_list function_math, function_rounding, function_subtotal,
    function_statistics, function_logic, function_information, function_lookup, function_text,
    function_date, function_money, function_condition, /* SUMIF and its like */
    function_database, function_matrix, function_distribution, function_sample, function_notation,
    function_array, function_engineering, function_split, function_complex;

/* For bodies: argument i, which is there. */
static inline double call_number(const struct call *call, unsigned i)
{
    return call->arguments[i].value.number;
}
static inline bool call_has(const struct call *call, unsigned i)
{
    return i < call->argument_count && call->arguments[i].kind != OPERAND_MISSING;
}
/* A whole number within bounds; false: it is not. */
static inline bool call_whole(const struct call *call, unsigned i, int64_t least, int64_t most,
                              int64_t *whole)
{
    double number = call_number(call, i);
    if (!(number >= (double)least && number <= (double)most))
        return false;
    *whole = (int64_t)number;
    return true;
}
/* Argument i if it is there, else what is given. */
double call_number_or(const struct call *call, unsigned i, double otherwise);
bool call_truth_or(const struct call *call, unsigned i, bool otherwise);
struct operand operand_error(enum value_error error);
struct operand operand_number(double number);
struct operand operand_boolean(bool boolean);

#endif
