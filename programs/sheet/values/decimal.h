/* SPDX-License-Identifier: MIT */
/* decimal.h - numbers as decimal text of 15 digits, to be rounded as people round. */
#ifndef STEPPE_SHEET_DECIMAL_H
#define STEPPE_SHEET_DECIMAL_H

enum { DECIMAL_DIGITS = 15 };

/* 0.d1d2d3 * 10^point, without zeros at the end; 0 has no digits, and its point is 0. */
struct decimal {
    char digits[DECIMAL_DIGITS + 1];
    int count, point;
};

/* Without its sign. The number is finite. */
struct decimal decimal_of(double number);
void decimal_scale(struct decimal *decimal, int powers); /* times 10^powers */
/* To so many places behind the point, halves away from zero. */
void decimal_round(struct decimal *decimal, int places);
/* The digit that counts 10^place. */
char decimal_digit(const struct decimal *decimal, int place);

#endif
