/* SPDX-License-Identifier: MIT */
/* batch_range.c - words that mean cells: see batch_range.h. */
#include "sheet/batch/batch_range.h"

#include <stdlib.h>
#include <string.h>

#include "sheet/book/parse.h"

/* What a word consists of. */
struct parts {
    char *sheet; /* owned; NULL: none is named */
    const char *rest;
};

/* 'It''s' before a '!'. Where it ends, NULL: it does not. */
static const char *copy_quoted(const char *word, char *name)
{
    for (word++; *word; word++) {
        if (*word == '\'' && word[1] != '\'')
            break;
        word += *word == '\'';
        *name++ = *word;
    }
    *name = '\0';
    return *word == '\'' && word[1] == '!' ? word + 2 : NULL;
}

/* false: out of memory. What is not written right has no sheet, and is found to be no range. */
static bool split(const char *word, struct parts *parts)
{
    const char *mark = strrchr(word, '!');
    *parts = (struct parts){.rest = word};
    if (!mark)
        return true;
    parts->sheet = strdup(word);
    if (!parts->sheet)
        return false;
    const char *rest = mark + 1;
    if (*word == '\'')
        rest = copy_quoted(word, parts->sheet);
    else
        parts->sheet[mark - word] = '\0';
    if (rest) {
        parts->rest = rest;
        return true;
    }
    free(parts->sheet);
    parts->sheet = NULL;
    return true;
}

/* ---- formulas -------------------------------------------------------------------------------- */

static enum batch_status compute(struct batch *batch, struct evaluation *evaluation,
                                 const struct sheet *sheet, formula_id formula,
                                 struct operand *operand)
{
    struct book *book = evaluation_book(evaluation);
    const struct position corner = {0, 0};
    evaluation_set_progress(evaluation, &batch->progress);
    enum evaluate_outcome outcome =
        evaluate_operand(evaluation, formula, sheet->id, corner, operand);
    if (outcome == EVALUATE_NEEDS) { /* a workbook that is computed by hand */
        if (!book_recalculate(book, &batch->progress, NULL, &batch->problem))
            return batch_failed(batch);
        outcome = evaluate_operand(evaluation, formula, sheet->id, corner, operand);
    }
    if (outcome == EVALUATE_DONE)
        return BATCH_DONE;
    if (evaluation_lacks_memory(evaluation)) {
        (void)book_say_refused(book, &batch->problem);
        return BATCH_MEMORY;
    }
    (void)problem_say(&batch->problem, "computing was stopped");
    return BATCH_FILE;
}

/* "=...", or "{=...}" for all of what it gives where one value would do. */
static enum batch_status compute_text(struct batch *batch, struct evaluation *evaluation,
                                      const struct sheet *sheet, const char *text,
                                      struct operand *operand)
{
    struct book *book = evaluation_book(evaluation);
    struct parse_options options = {.book = book, .sheet = sheet->id};
    struct parse_error error;
    bool is_array = *text == '{';
    formula_id formula =
        parse_and_keep(text + is_array, strlen(text) - 2 * (size_t)is_array, &options, &error);
    formula_id whole = formula && is_array ? formula_as_array(book->formulas, formula) : formula;
    if (whole) /* held to the end: its texts may stand in the result */
        return compute(batch, evaluation, sheet, whole, operand);
    if (formula) {
        (void)book_say_refused(book, &batch->problem);
        return BATCH_MEMORY;
    }
    if (error.lacks_memory) {
        (void)parse_say(&batch->problem, &error, 0);
        return BATCH_MEMORY;
    }
    (void)problem_say(&batch->problem, "'%s' is no formula: %s, at character %zu", text, error.text,
                      error.offset + is_array + 1);
    return BATCH_USAGE;
}

/* ---- ranges ---------------------------------------------------------------------------------- */

static enum batch_status find_name(struct batch *batch, struct evaluation *evaluation,
                                   const struct sheet *sheet, const char *text,
                                   struct operand *operand)
{
    const struct book *book = evaluation_book(evaluation);
    size_t text_bytes = strlen(text);
    bool can_be = name_is_allowed(text, text_bytes);
    name_id number = can_be ? name_find(book->names, text, text_bytes, sheet->id) : 0;
    if (!number && can_be)
        number = name_find(book->names, text, text_bytes, SHEET_OWN);
    if (number)
        return compute(batch, evaluation, sheet, name_of(book->names, number)->formula, operand);
    if (can_be)
        (void)problem_say(&batch->problem,
                          "%s: there is no name '%s'; a range is written B7, B2:C9, A:C or 3:5, up "
                          "to XFD1048576, a sheet in front of it as Sheet2!B7",
                          batch->options->path, text);
    else
        (void)problem_say(
            &batch->problem,
            "'%s' is no range; write B7, B2:C9, A:C or 3:5, up to XFD1048576, a sheet "
            "in front of it as Sheet2!B7",
            text);
    return can_be ? BATCH_FILE : BATCH_USAGE;
}

static enum batch_status find_parts(struct batch *batch, struct evaluation *evaluation,
                                    const struct sheet *sheet, const struct parts *parts,
                                    struct operand *operand)
{
    const struct book *book = evaluation_book(evaluation);
    struct area area = area_of_all();
    if (parts->sheet) {
        sheet = book_find_sheet(book, parts->sheet, strlen(parts->sheet));
        if (!sheet) {
            (void)problem_say(&batch->problem, "%s: there is no sheet called '%s'",
                              batch->options->path, parts->sheet);
            return BATCH_FILE;
        }
    }
    bool is_all = parts->sheet && !*parts->rest;
    if (!is_all && !area_parse(parts->rest, &area))
        return find_name(batch, evaluation, sheet, parts->rest, operand);
    *operand = operand_of_reference(sheet->id, area);
    return BATCH_DONE;
}

static bool is_formula(const char *word)
{
    size_t length = strlen(word);
    return *word == '=' ||
           (length > 3 && word[0] == '{' && word[1] == '=' && word[length - 1] == '}');
}

enum batch_status batch_range(struct batch *batch, struct evaluation *evaluation,
                              const struct sheet *sheet, const char *word, struct operand *operand)
{
    struct parts parts;
    if (is_formula(word))
        return compute_text(batch, evaluation, sheet, word, operand);
    if (!split(word, &parts)) {
        (void)problem_out_of_memory(&batch->problem);
        return BATCH_MEMORY;
    }
    enum batch_status status = find_parts(batch, evaluation, sheet, &parts, operand);
    free(parts.sheet);
    return status;
}

enum batch_status batch_cell(struct batch *batch, struct evaluation *evaluation,
                             const struct sheet *sheet, const char *word, struct place *place)
{
    struct operand operand;
    enum batch_status status = batch_range(batch, evaluation, sheet, word, &operand);
    if (status != BATCH_DONE)
        return status;
    if (operand.kind != OPERAND_REFERENCE || operand.rows != 1 ||
        !area_is_one(operand.reference.area)) {
        (void)problem_say(&batch->problem, "'%s' is not one cell; write B7 or Sheet2!B7", word);
        return BATCH_USAGE;
    }
    *place = (struct place){operand.reference.sheet, operand.reference.area.first};
    return BATCH_DONE;
}
