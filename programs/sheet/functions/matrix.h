/* SPDX-License-Identifier: MIT */
/*
 * matrix.h - tables of doubles, by rows, in an evaluation's memory; and the line, plane or more
 * that lies best between points.
 */
#ifndef STEPPE_SHEET_MATRIX_H
#define STEPPE_SHEET_MATRIX_H

#include "sheet/book/function.h"

struct matrix {
    uint32_t rows, columns;
    double *numbers;
};

/* false: *error; what is no number, or empty, is #VALUE!. */
bool matrix_read(struct matrix *matrix, struct evaluation *evaluation,
                 const struct operand *operand, struct value *error);
/* All 0. false: too large, or memory was refused: the result is #NUM!. */
bool matrix_new(struct matrix *matrix, struct evaluation *evaluation, uint32_t rows,
                uint32_t columns);
/* As an array, or #NUM!. */
struct operand matrix_result(const struct matrix *matrix, struct evaluation *evaluation);

static inline double *matrix_at(const struct matrix *matrix, uint32_t row, uint32_t column)
{
    return &matrix->numbers[(size_t)row * matrix->columns + column];
}

/* The determinant; matrix is spoilt. */
double matrix_determinant(struct matrix *matrix, struct evaluation *evaluation);
/* inverse is the unit matrix before. false: there is none. */
bool matrix_invert(struct matrix *matrix, struct matrix *inverse, struct evaluation *evaluation);

/* ---- least squares ------------------------------------------------------------------------------
 */

/* y = constant + sum of factor[i] x[i]. Of columns that say nothing new the factor is 0. */
struct fit {
    uint32_t column_count;
    double *factors, *errors; /* standard ones */
    double constant, constant_error;
    double squares, rest_squares; /* of what the fit explains, and what it does not */
    double used_count;            /* of columns that say something */
    double freedom;               /* points that are not needed to fit */
};

/* A row of xs, and one of ys, for each point; both are spoilt. false: refused. */
bool matrix_fit(struct fit *fit, struct matrix *xs, struct matrix *ys, bool has_constant,
                struct evaluation *evaluation);

#endif
