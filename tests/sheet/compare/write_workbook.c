/* SPDX-License-Identifier: MIT */
/*
 * write_workbook.c FILE - a workbook by libxlsxwriter of what standard input says, a cell a line:
 * sheet, row and column from 0, kind (n, s, b, f), and value, with tabs between them.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

enum { FIELDS = 5 };

static bool write_cell(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column, char kind,
                       const char *value)
{
    switch (kind) {
    case 'n':
        return worksheet_write_number(sheet, row, column, strtod(value, NULL), NULL) ==
               LXW_NO_ERROR;
    case 's':
        return worksheet_write_string(sheet, row, column, value, NULL) == LXW_NO_ERROR;
    case 'b':
        return worksheet_write_boolean(sheet, row, column, value[0] == '1', NULL) == LXW_NO_ERROR;
    default:
        return worksheet_write_formula(sheet, row, column, value, NULL) == LXW_NO_ERROR;
    }
}

static bool write_line(lxw_workbook *workbook, char *line)
{
    char *fields[FIELDS] = {strtok(line, "\t")};
    for (int i = 1; i < FIELDS; i++)
        fields[i] = strtok(NULL, i == FIELDS - 1 ? "\n" : "\t");
    if (!fields[FIELDS - 1])
        return false;
    lxw_worksheet *sheet = workbook_get_worksheet_by_name(workbook, fields[0]);
    if (!sheet)
        sheet = workbook_add_worksheet(workbook, fields[0]);
    return sheet && write_cell(sheet, (lxw_row_t)atoi(fields[1]), (lxw_col_t)atoi(fields[2]),
                               fields[3][0], fields[4]);
}

int main(int argc, char **argv)
{
    char *line = NULL;
    size_t room = 0;
    lxw_workbook *workbook = argc == 2 ? workbook_new(argv[1]) : NULL;
    if (!workbook)
        return 2;
    while (getline(&line, &room, stdin) > 0)
        if (!write_line(workbook, line)) {
            (void)fprintf(stderr, "this is no cell, or libxlsxwriter refuses it: %s", line);
            return 1;
        }
    free(line);
    return workbook_close(workbook) == LXW_NO_ERROR ? 0 : 1;
}
