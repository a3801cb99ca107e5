/* SPDX-License-Identifier: MIT */
/*
 * desk_file.h - opening, saving and leaving, with all that must be asked before: what a format
 * would lose, whether another file may go, what to do with changes that are not saved, or were not
 * when the program ended last time.
 */
#ifndef STEPPE_SHEET_DESK_FILE_H
#define STEPPE_SHEET_DESK_FILE_H

#include "sheet/desk/desk_model.h"

/* A workbook with one empty sheet. NULL with a sentence. */
struct book *desk_file_new_book(uint64_t memory_bytes, struct problem *problem);

/* In place of the workbook there is, without asking what becomes of it. A path that does not exist
 * is a new workbook. false: a sentence, and nothing has changed. May end in a question. */
bool desk_file_open(struct desk *desk, const char *path, struct problem *problem);

/* These ask what there is to be asked. */
void desk_file_ask_open(struct desk *desk, const char *written);
void desk_file_new(struct desk *desk);
void desk_file_save(struct desk *desk);
void desk_file_save_as(struct desk *desk, const char *written);
void desk_file_quit(struct desk *desk);

#endif
