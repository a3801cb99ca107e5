/* SPDX-License-Identifier: MIT */
/*
 * command.h - everything that can be done to a workbook, each as one line of text: what the journal
 * holds, what scripts say, and what keys and the mouse are turned into.
 *
 *     type Sheet1!B7 =SUM(B1:B6)         as typed by a person
 *     clear Sheet1!A1:C9 [all|contents|formats]
 *     copy Sheet1!A1:B2 Sheet2!D4:D9 [all|values|formulas|formats]   repeated to fill the area
 *     move Sheet1!A1:B2 Sheet1!D4        cut and paste
 *     fill Sheet1!A1:A2 Sheet1!A1:A20    goes on with the series in the first area
 *     insert Sheet1!3:4                  two rows in front of row 3; columns: Sheet1!C:C
 *     delete Sheet1!3:4
 *     format Sheet1!A1:B2 0.00%          a number format code
 *     style Sheet1!A1:B2 +bold -italic ink=FF0000 paper=none align=center
 *     width Sheet1!C:E 12.5              characters; 0: the default
 *     height Sheet1!3:5 20               points
 *     hide Sheet1!3:5          unhide Sheet1!3:5
 *     merge Sheet1!A1:C1       unmerge Sheet1!A1:C1
 *     freeze Sheet1!B2                   rows above and columns left of it; A1: none
 *     sort Sheet1!A2:D99 +B -C [header]  by columns; by rows: +2 -3
 *     filter Sheet1!A1:D99     unfilter Sheet1!A1
 *     show Sheet1!A1:D99 B >=10          hide the area's rows that do not fulfil it (criterion.h);
 *                                        of several, with \n between, one
 *     replace Sheet1!A1:D99 "old" "new" [case] [whole] [formulas]
 *     add-sheet Name [PLACE]   remove-sheet Name   rename-sheet Old New   move-sheet Name PLACE
 *     name Total =Sheet1!$B$7  name Total      the second takes it away
 *     calculate
 *
 * Words with spaces or other signs stand in double quotes, a quote within them twice, a line's end
 * as \n, a backslash as \\; the last argument of type, format and name needs none, and is taken as
 * it is. Sheets are written as in formulas; where one is understood, it may be left out. Empty
 * lines and those with # in front are no commands.
 */
#ifndef STEPPE_SHEET_COMMAND_H
#define STEPPE_SHEET_COMMAND_H

#include "sheet/book/book.h"
#include "sheet/edits/rearrange.h"

enum command_kind {
    COMMAND_TYPE = 1,
    COMMAND_CLEAR,
    COMMAND_COPY,
    COMMAND_MOVE,
    COMMAND_FILL,
    COMMAND_INSERT,
    COMMAND_DELETE,
    COMMAND_FORMAT,
    COMMAND_STYLE,
    COMMAND_WIDTH,
    COMMAND_HEIGHT,
    COMMAND_HIDE,
    COMMAND_UNHIDE,
    COMMAND_MERGE,
    COMMAND_UNMERGE,
    COMMAND_FREEZE,
    COMMAND_SORT,
    COMMAND_FILTER,
    COMMAND_UNFILTER,
    COMMAND_SHOW,
    COMMAND_REPLACE,
    COMMAND_SHEET_ADD,
    COMMAND_SHEET_REMOVE,
    COMMAND_SHEET_RENAME,
    COMMAND_SHEET_MOVE,
    COMMAND_NAME,
    COMMAND_CALCULATE,
    COMMAND_KINDS
};

enum clear_what { CLEAR_CONTENTS, CLEAR_FORMATS, CLEAR_ALL };

/* Sheets by name: a command outlives a sheet's number. */
struct command {
    enum command_kind kind;
    char *sheet, *to_sheet; /* owned; NULL where not used */
    char *text,
        *other_text; /* typed text, format code, criterion ...; NAME: other_text is the name */
    struct area area, to;
    bool is_columns; /* INSERT, DELETE, HIDE ...: area's columns, not its rows */
    enum clear_what clear;
    enum copy_what copy;
    struct style_change {
        uint8_t set, unset;  /* style_flag */
        int align;           /* -1: as it is; style_align */
        uint32_t ink, paper; /* 0xRRGGBB, COMMAND_COLOR_NONE, COMMAND_COLOR_SAME */
    } style;
    double size;
    struct sort_options sort;
    uint32_t place;
    uint32_t column; /* SHOW */
    bool match_case, match_whole, in_formulas;
};
#define COMMAND_COLOR_NONE UINT32_C(0x1000000)
#define COMMAND_COLOR_SAME UINT32_C(0x1000001)

/* One line, without its end. sheet: what is meant where none is written (NULL: none). false with a
 * sentence. *command is to be freed only after true. */
bool command_parse(struct command *command, const char *line, const char *sheet,
                   struct problem *problem);
/* The line for it: parsed again it is the same. The caller's to free; NULL: out of memory. */
char *command_print(const struct command *command);
void command_free(struct command *command);

#endif
