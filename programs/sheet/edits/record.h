/* SPDX-License-Identifier: MIT */
/*
 * record.h - what one place of a workbook had, or will have; for history.h
 * alone.
 *
 *     record has A, workbook has B  <-- record_exchange -->  record has B,
 * workbook has A
 *
 * A record holds its texts and formulas, and a sheet that is out of the
 * workbook.
 */
#ifndef STEPPE_SHEET_RECORD_H
#define STEPPE_SHEET_RECORD_H

#include "sheet/book/book.h"
#include "sheet/book/shift.h"

enum record_kind {
    RECORD_CELL = 1, /* its contents */
    RECORD_FORMULA,  /* the same formula in some cells of a column, one below the
                        other */
    RECORD_LINES,    /* size, hiding and style of lines that are alike */
    RECORD_MERGE,
    RECORD_FROZEN,
    RECORD_FILTER,
    RECORD_NAME,
    RECORD_SHIFT, /* lines that come in or go, an area that moves */
    RECORD_ORDER, /* lines in another order */
    RECORD_SHEET, /* a sheet that comes or goes */
    RECORD_SHEET_NAME,
    RECORD_SHEET_PLACE
};

enum record_flag {
    RECORD_IS_DONE = 1,     /* SHIFT, ORDER: the next exchange takes it back; MERGE:
                               ... ends it; SHEET: ... takes it out */
    RECORD_IS_COLUMNS = 2,  /* LINES, ORDER: columns */
    RECORD_WAS_HIDDEN = 4,  /* LINES: in the workbook */
    RECORD_IS_HIDDEN = 8,   /* LINES: in the record */
    RECORD_HAS_FILTER = 16, /* FILTER */
    RECORD_IS_PROMISED = 32 /* SHEET: formulas may have named it before it was there (book.h) */
};

struct record {
    uint8_t kind;
    uint8_t flags;
    sheet_id sheet;
    union {
        uint32_t count;     /* FORMULA: cells; ORDER: lines; SHEET, SHEET_PLACE: the place */
        style_id styles[2]; /* LINES: in the workbook, in the record */
        struct {
            sheet_id to_sheet;
            uint16_t shift; /* SHIFT: shift_kind */
        };
    };
    union {
        struct {
            struct position position;
            struct cell cell;
        };
        struct {
            struct position first;
            formula_id formula; /* held count times */
        } run;
        struct {
            uint32_t first, last;
            double sizes[2]; /* in the workbook, in the record */
        } lines;
        struct {
            name_id number;
            formula_id formula;
            text_id text;
        } name;
        struct {
            struct area area; /* SHIFT: MOVE; lines: from first.row on, last.row of them */
            union {
                struct position to; /* SHIFT: MOVE */
                uint64_t order_at;  /* ORDER: in the step's orders */
            };
        };
        struct sheet *sheet_out; /* SHEET */
        text_id text;            /* SHEET_NAME */
    };
};

/* Exchange what the record has and what the workbook has. orders: of the
 * record's step. false: refused or stopped, and nothing has changed. */
bool record_exchange(struct book *book, struct record *record, const uint32_t *orders,
                     const struct progress *progress);
/* Let go of what it holds. */
void record_drop(struct book *book, struct record *record);
/* Do formulas mean other cells when it is exchanged, or lie elsewhere? */
bool record_restructures(const struct record *record);

/* RECORD_SHIFT of a shift; and back. */
void record_set_shift(struct record *record, const struct shift *shift);

#endif
