/* SPDX-License-Identifier: MIT */
/*
 * command.c - see command.h.
 *
 * A table has for each verb how the words behind it are read, and how they are written. Both go by
 * the same description: a letter for each word.
 *
 *   a  Sheet!A1:B2, into sheet and area      p  the same, one cell only
 *   l  the same, whole rows or columns       A  into to_sheet and to
 *   t  the rest of the line, into text       T  likewise, or nothing
 *   w  a word into text                      W  into other_text
 *   n  a place: a number from 1              N  likewise, or nothing
 *   s  a size                                c  a column's letters
 *   C  contents, formats, all, or nothing    K  all, values, formulas, formats, or nothing
 *   Y  words of a style                      O  keys of a sort
 *   F  words of a search
 */
#include "sheet/edits/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "sheet/book/name.h"

struct verb {
    const char *name, *words;
};

static const struct verb verbs[COMMAND_KINDS] = {
    [COMMAND_TYPE] = {"type", "pT"},
    [COMMAND_CLEAR] = {"clear", "aC"},
    [COMMAND_COPY] = {"copy", "aAK"},
    [COMMAND_MOVE] = {"move", "aA"},
    [COMMAND_FILL] = {"fill", "aA"},
    [COMMAND_INSERT] = {"insert", "l"},
    [COMMAND_DELETE] = {"delete", "l"},
    [COMMAND_FORMAT] = {"format", "at"},
    [COMMAND_STYLE] = {"style", "aY"},
    [COMMAND_WIDTH] = {"width", "ls"},
    [COMMAND_HEIGHT] = {"height", "ls"},
    [COMMAND_HIDE] = {"hide", "l"},
    [COMMAND_UNHIDE] = {"unhide", "l"},
    [COMMAND_MERGE] = {"merge", "a"},
    [COMMAND_UNMERGE] = {"unmerge", "a"},
    [COMMAND_FREEZE] = {"freeze", "p"},
    [COMMAND_SORT] = {"sort", "aO"},
    [COMMAND_FILTER] = {"filter", "a"},
    [COMMAND_UNFILTER] = {"unfilter", "p"},
    [COMMAND_SHOW] = {"show", "acw"},
    [COMMAND_REPLACE] = {"replace", "awWF"},
    [COMMAND_SHEET_ADD] = {"add-sheet", "wN"},
    [COMMAND_SHEET_REMOVE] = {"remove-sheet", "w"},
    [COMMAND_SHEET_RENAME] = {"rename-sheet", "wW"},
    [COMMAND_SHEET_MOVE] = {"move-sheet", "wn"},
    [COMMAND_NAME] = {"name", "WT"},
    [COMMAND_CALCULATE] = {"calculate", ""},
};

static const char *const clear_words[] = {"contents", "formats", "all"};
static const char *const copy_words[] = {"all", "values", "formulas", "formats"};
static const char *const align_words[] = {"general", "left", "center", "right"};

static const struct flag_word {
    const char *name;
    uint8_t flag;
} flag_words[] = {{"bold", STYLE_BOLD},
                  {"italic", STYLE_ITALIC},
                  {"underline", STYLE_UNDERLINE},
                  {"strike", STYLE_STRIKE},
                  {"wrap", STYLE_WRAP}};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- reading: words ---------------------------------------------------------------------------
 */

struct reader {
    const char *at;
    const char *default_sheet;
    struct command *command;
    struct problem *problem;
};

static void skip_spaces(struct reader *reader)
{
    while (*reader->at == ' ' || *reader->at == '\t')
        reader->at++;
}

static bool out_of_memory(struct reader *reader)
{
    return problem_out_of_memory(reader->problem);
}

/* What a quoted word means: up to its closing quote. */
static char *read_quoted(struct reader *reader)
{
    char *word = malloc(strlen(reader->at) + 1);
    size_t length = 0;
    if (!word) {
        (void)out_of_memory(reader);
        return NULL;
    }
    for (reader->at++; *reader->at; reader->at++) {
        char c = *reader->at;
        if (c == '"' && reader->at[1] != '"') {
            reader->at++;
            word[length] = '\0';
            return word;
        }
        if (c == '"') {
            reader->at++;
        } else if (c == '\\' && (reader->at[1] == 'n' || reader->at[1] == '\\')) {
            reader->at++;
            c = *reader->at == 'n' ? '\n' : '\\';
        }
        word[length++] = c;
    }
    free(word);
    (void)problem_say(reader->problem, "a text has no closing \"");
    return NULL;
}

/* The next word as it stands; parts in single quotes may have spaces. Length 0: there is none. */
static size_t word_length(const char *at)
{
    size_t length = 0;
    bool is_quoted = false;
    while (at[length] && (is_quoted || (at[length] != ' ' && at[length] != '\t'))) {
        if (at[length] == '\'')
            is_quoted = !is_quoted;
        length++;
    }
    return length;
}

/* A word of any kind, its quotes taken off. NULL with a sentence: there is none. */
static char *read_word(struct reader *reader, const char *what)
{
    skip_spaces(reader);
    if (*reader->at == '"')
        return read_quoted(reader);
    size_t length = strcspn(reader->at, " \t");
    if (!length) {
        (void)problem_say(reader->problem, "expected %s", what);
        return NULL;
    }
    char *word = strndup(reader->at, length);
    if (!word)
        (void)out_of_memory(reader);
    reader->at += length;
    return word;
}

static bool keep(char **field, char *word)
{
    *field = word;
    return word != NULL;
}

/* ---- reading: references ----------------------------------------------------------------------
 */

/* Sheet's name in front of '!', unquoted; the reference is behind it. NULL with a sentence. */
static char *read_sheet(struct reader *reader, const char *word, size_t length,
                        const char **reference)
{
    const char *mark = memrchr(word, '!', length);
    size_t name_length = mark ? (size_t)(mark - word) : 0, count = 0;
    *reference = mark ? mark + 1 : word;
    if (!mark && !reader->default_sheet) {
        (void)problem_say(reader->problem, "%.*s: which sheet? Write Sheet1!%.*s", (int)length,
                          word, (int)length, word);
        return NULL;
    }
    char *name = mark ? malloc(name_length + 1) : strdup(reader->default_sheet);
    if (!name)
        (void)out_of_memory(reader);
    if (!name || !mark)
        return name;
    bool is_quoted = name_length >= 2 && word[0] == '\'' && word[name_length - 1] == '\'';
    for (size_t i = is_quoted; i < name_length - is_quoted; i++) {
        name[count++] = word[i];
        if (is_quoted && word[i] == '\'')
            i++;
    }
    name[count] = '\0';
    return name;
}

static bool read_reference(struct reader *reader, char **sheet, struct area *area)
{
    char text[AREA_TEXT_BYTES];
    const char *reference;
    skip_spaces(reader);
    const char *word = reader->at;
    size_t length = word_length(word);
    if (!length)
        return problem_say(reader->problem, "expected a reference such as Sheet1!A1:B2");
    *sheet = read_sheet(reader, word, length, &reference);
    if (!*sheet)
        return false;
    reader->at += length;
    size_t reference_length = length - (size_t)(reference - word);
    if (reference_length >= sizeof text)
        return problem_say(reader->problem, "%.*s is no reference", (int)length, word);
    memcpy(text, reference, reference_length);
    text[reference_length] = '\0';
    return area_parse(text, area) ||
           problem_say(reader->problem,
                       "%s is no reference; write A1, A1:B2, A:C or 3:5, up to XFD1048576", text);
}

static bool covers_rows(struct area area)
{
    return area.first.row == 0 && area.last.row == ROWS - 1;
}

static bool covers_columns(struct area area)
{
    return area.first.column == 0 && area.last.column == COLUMNS - 1;
}

static bool read_lines(struct reader *reader)
{
    struct command *command = reader->command;
    if (!read_reference(reader, &command->sheet, &command->area))
        return false;
    command->is_columns = covers_rows(command->area);
    if (command->is_columns || covers_columns(command->area))
        return true;
    return problem_say(reader->problem, "%s: whole rows (3:5) or columns (C:E) are expected",
                       area_name(command->area).text);
}

static bool read_cell(struct reader *reader)
{
    struct command *command = reader->command;
    if (!read_reference(reader, &command->sheet, &command->area))
        return false;
    return area_is_one(command->area) ||
           problem_say(reader->problem, "%s: one cell is expected", area_name(command->area).text);
}

/* ---- reading: the rest ------------------------------------------------------------------------
 */

static bool read_rest(struct reader *reader, const char *what)
{
    struct command *command = reader->command;
    skip_spaces(reader);
    if (*reader->at == '"')
        return keep(&command->text, read_quoted(reader));
    if (!*reader->at && what)
        return problem_say(reader->problem, "expected %s", what);
    if (!keep(&command->text, strdup(reader->at)))
        return out_of_memory(reader);
    reader->at += strlen(reader->at);
    return true;
}

static bool is_at_end(struct reader *reader)
{
    skip_spaces(reader);
    return !*reader->at;
}

static bool take_word(struct reader *reader, const char *word)
{
    skip_spaces(reader);
    size_t length = strlen(word);
    if (strncmp(reader->at, word, length) != 0 ||
        (reader->at[length] && reader->at[length] != ' ' && reader->at[length] != '\t'))
        return false;
    reader->at += length;
    return true;
}

static bool read_choice(struct reader *reader, const char *const *words, size_t count,
                        unsigned *choice)
{
    if (is_at_end(reader))
        return true;
    for (size_t i = 0; i < count; i++)
        if (take_word(reader, words[i])) {
            *choice = (unsigned)i;
            return true;
        }
    return problem_say(reader->problem, "'%s' is not known here; there are %s, %s, %s%s%s",
                       reader->at, words[0], words[1], words[2], count > 3 ? ", " : "",
                       count > 3 ? words[3] : "");
}

static bool read_size(struct reader *reader)
{
    skip_spaces(reader);
    size_t length = strcspn(reader->at, " \t");
    double size;
    if (!value_parse_number(reader->at, length, &size) || size < 0 || size > 1000)
        return problem_say(reader->problem, "a size from 0 (the default) to 1000 is expected");
    reader->command->size = size;
    reader->at += length;
    return true;
}

static bool read_place(struct reader *reader, bool may_lack)
{
    if (may_lack && is_at_end(reader))
        return true;
    skip_spaces(reader);
    char *end;
    unsigned long place = strtoul(reader->at, &end, 10);
    if (end == reader->at || (*end && *end != ' ') || !place || place > SHEETS_MAX)
        return problem_say(reader->problem, "a place among the sheets, from 1, is expected");
    reader->command->place = (uint32_t)place;
    reader->at = end;
    return true;
}

static bool read_column(struct reader *reader)
{
    skip_spaces(reader);
    size_t length = column_read(reader->at, &reader->command->column);
    if (!length || (reader->at[length] && reader->at[length] != ' '))
        return problem_say(reader->problem, "the letters of a column are expected");
    reader->at += length;
    return true;
}

static bool read_color(struct reader *reader, const char *text, uint32_t *color)
{
    char *end;
    if (strncmp(text, "none", 4) == 0 && (!text[4] || text[4] == ' ')) {
        *color = COMMAND_COLOR_NONE;
        reader->at = text + 4;
        return true;
    }
    size_t digit_count = strspn(text, "0123456789ABCDEFabcdef");
    unsigned long number = strtoul(text, &end, 16);
    if (digit_count != 6 || (*end && *end != ' '))
        return problem_say(reader->problem, "a colour is six digits such as FF0000, or none");
    *color = (uint32_t)number;
    reader->at = end;
    return true;
}

static bool read_flag(struct reader *reader, struct style_change *style)
{
    bool sets = *reader->at == '+';
    reader->at++;
    for (size_t i = 0; i < COUNT_OF(flag_words); i++)
        if (take_word(reader, flag_words[i].name)) {
            *(sets ? &style->set : &style->unset) |= flag_words[i].flag;
            return true;
        }
    return problem_say(reader->problem,
                       "'%s' is not known; there are bold, italic, underline, strike, wrap",
                       reader->at);
}

static bool read_align(struct reader *reader, struct style_change *style)
{
    for (size_t i = 0; i < COUNT_OF(align_words); i++)
        if (take_word(reader, align_words[i])) {
            style->align = (int)i;
            return true;
        }
    return problem_say(reader->problem, "align is general, left, center or right");
}

static bool read_style_word(struct reader *reader, struct style_change *style)
{
    if (*reader->at == '+' || *reader->at == '-')
        return read_flag(reader, style);
    if (strncmp(reader->at, "ink=", 4) == 0)
        return read_color(reader, reader->at + 4, &style->ink);
    if (strncmp(reader->at, "paper=", 6) == 0)
        return read_color(reader, reader->at + 6, &style->paper);
    if (strncmp(reader->at, "align=", 6) != 0)
        return problem_say(reader->problem,
                           "'%s': expected +bold, -italic ..., ink=, paper= or align=", reader->at);
    reader->at += 6;
    return read_align(reader, style);
}

static bool read_style(struct reader *reader)
{
    if (is_at_end(reader))
        return problem_say(reader->problem, "expected a style such as +bold or align=center");
    while (!is_at_end(reader))
        if (!read_style_word(reader, &reader->command->style))
            return false;
    return true;
}

/* "+B", "-3". */
static bool read_sort_key(struct reader *reader, struct sort_options *sort)
{
    struct sort_key key = {.descends = *reader->at == '-'};
    const char *word = reader->at + 1;
    char *end;
    size_t length = column_read(word, &key.column);
    bool is_row = !length;
    if (is_row) {
        unsigned long row = strtoul(word, &end, 10);
        length = (size_t)(end - word);
        if (!length || !row || row > ROWS)
            return problem_say(reader->problem, "'%s': expected +B or -3", reader->at);
        key.column = (uint32_t)row - 1;
    }
    if (word[length] && word[length] != ' ')
        return problem_say(reader->problem, "'%s': expected +B or -3", reader->at);
    if (sort->key_count == SORT_KEYS_MAX)
        return problem_say(reader->problem, "no more than %d keys", SORT_KEYS_MAX);
    if (sort->key_count && sort->by_columns != is_row)
        return problem_say(reader->problem, "keys are columns or rows, not both");
    sort->by_columns = is_row;
    sort->keys[sort->key_count++] = key;
    reader->at = word + length;
    return true;
}

static bool read_sort(struct reader *reader)
{
    struct sort_options *sort = &reader->command->sort;
    while (!is_at_end(reader)) {
        if (take_word(reader, "header"))
            sort->has_header = true;
        else if (*reader->at != '+' && *reader->at != '-')
            return problem_say(reader->problem, "'%s': expected +B, -C or header", reader->at);
        else if (!read_sort_key(reader, sort))
            return false;
    }
    return sort->key_count ||
           problem_say(reader->problem, "by what? Write +B for the values of column B");
}

static bool read_search(struct reader *reader)
{
    struct command *command = reader->command;
    while (!is_at_end(reader))
        if (take_word(reader, "case"))
            command->match_case = true;
        else if (take_word(reader, "whole"))
            command->match_whole = true;
        else if (take_word(reader, "formulas"))
            command->in_formulas = true;
        else
            return problem_say(reader->problem, "'%s': expected case, whole or formulas",
                               reader->at);
    return true;
}

static bool read_clear(struct reader *reader)
{
    unsigned choice = CLEAR_CONTENTS;
    if (!read_choice(reader, clear_words, COUNT_OF(clear_words), &choice))
        return false;
    reader->command->clear = (enum clear_what)choice;
    return true;
}

static bool read_copy(struct reader *reader)
{
    unsigned choice = COPY_ALL;
    if (!read_choice(reader, copy_words, COUNT_OF(copy_words), &choice))
        return false;
    reader->command->copy = (enum copy_what)choice;
    return true;
}

static bool read_by(struct reader *reader, char letter)
{
    struct command *command = reader->command;
    switch (letter) {
    case 'a':
        return read_reference(reader, &command->sheet, &command->area);
    case 'A':
        return read_reference(reader, &command->to_sheet, &command->to);
    case 'p':
        return read_cell(reader);
    case 'l':
        return read_lines(reader);
    case 't':
        return read_rest(reader, "something behind it");
    case 'T':
        return read_rest(reader, NULL);
    case 'w':
        return keep(&command->text, read_word(reader, "another word"));
    case 'W':
        return keep(&command->other_text, read_word(reader, "another word"));
    case 'n':
        return read_place(reader, false);
    case 'N':
        return read_place(reader, true);
    case 's':
        return read_size(reader);
    case 'c':
        return read_column(reader);
    case 'C':
        return read_clear(reader);
    case 'K':
        return read_copy(reader);
    case 'Y':
        return read_style(reader);
    case 'O':
        return read_sort(reader);
    case 'F':
        return read_search(reader);
    default:
        return false;
    }
}

static enum command_kind find_verb(const char *line, size_t length)
{
    for (int kind = 1; kind < COMMAND_KINDS; kind++)
        if (strlen(verbs[kind].name) == length && memcmp(verbs[kind].name, line, length) == 0)
            return (enum command_kind)kind;
    return COMMAND_KINDS;
}

static bool parse_words(struct reader *reader)
{
    for (const char *letter = verbs[reader->command->kind].words; *letter; letter++)
        if (!read_by(reader, *letter))
            return false;
    return is_at_end(reader) || problem_say(reader->problem, "'%s' is too much behind %s",
                                            reader->at, verbs[reader->command->kind].name);
}

/* What cells hold is UTF-8; a damaged journal may not be. */
static bool is_utf8(const char *line)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)line;
    utf8proc_int32_t character;
    utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(line), size;
    for (; left; at += size, left -= size)
        if ((size = utf8proc_iterate(at, left, &character)) <= 0)
            return false;
    return true;
}

bool command_parse(struct command *command, const char *line, const char *sheet,
                   struct problem *problem)
{
    struct reader reader = {
        .at = line, .default_sheet = sheet, .command = command, .problem = problem};
    *command = (struct command){
        .style = {.align = -1, .ink = COMMAND_COLOR_SAME, .paper = COMMAND_COLOR_SAME}};
    if (!is_utf8(line))
        return problem_say(problem, "the command is no UTF-8");
    skip_spaces(&reader);
    size_t length = strcspn(reader.at, " \t");
    command->kind = find_verb(reader.at, length);
    if (command->kind == COMMAND_KINDS)
        return problem_say(problem, "'%.*s' is no command", (int)(length < 40 ? length : 40),
                           reader.at);
    reader.at += length;
    if (parse_words(&reader))
        return true;
    command_free(command);
    return false;
}

/* ---- writing ----------------------------------------------------------------------------------
 */

static void write_quoted(FILE *stream, const char *text)
{
    (void)fputc('"', stream); /* errors are seen when the stream is closed */
    for (; *text; text++)
        if (*text == '\n')
            (void)fputs("\\n", stream);
        else
            (void)fprintf(stream, *text == '"' || *text == '\\' ? "%c%c" : "%c", *text, *text);
    (void)fputc('"', stream);
}

static void write_word(FILE *stream, const char *text)
{
    if (*text && !strpbrk(text, " \t\n\"\\'"))
        (void)fputs(text, stream);
    else
        write_quoted(stream, text);
}

static void write_rest(FILE *stream, const char *text)
{
    size_t length = strlen(text);
    bool is_plain = *text != '"' && *text != ' ' && *text != '\t' && !strchr(text, '\n') &&
                    (!length || (text[length - 1] != ' ' && text[length - 1] != '\t'));
    if (is_plain)
        (void)fputs(text, stream);
    else
        write_quoted(stream, text);
}

static void write_reference(FILE *stream, const char *sheet, struct area area)
{
    bool is_plain = name_is_allowed(sheet, strlen(sheet));
    if (!is_plain)
        (void)fputc('\'', stream);
    for (const char *at = sheet; *at; at++)
        (void)fprintf(stream, *at == '\'' ? "''" : "%c", *at);
    (void)fprintf(stream, "%s!%s", is_plain ? "" : "'", area_name(area).text);
}

static void write_color(FILE *stream, const char *word, uint32_t color)
{
    if (color == COMMAND_COLOR_NONE)
        (void)fprintf(stream, " %s=none", word);
    else if (color != COMMAND_COLOR_SAME)
        (void)fprintf(stream, " %s=%06X", word, color & 0xFFFFFF);
}

static void write_style(FILE *stream, const struct style_change *style)
{
    for (size_t i = 0; i < COUNT_OF(flag_words); i++) {
        if (style->set & flag_words[i].flag)
            (void)fprintf(stream, " +%s", flag_words[i].name);
        if (style->unset & flag_words[i].flag)
            (void)fprintf(stream, " -%s", flag_words[i].name);
    }
    write_color(stream, "ink", style->ink);
    write_color(stream, "paper", style->paper);
    if (style->align >= 0 && (size_t)style->align < COUNT_OF(align_words))
        (void)fprintf(stream, " align=%s", align_words[style->align]);
}

static void write_sort(FILE *stream, const struct sort_options *sort)
{
    for (size_t i = 0; i < sort->key_count; i++) {
        (void)fputs(sort->keys[i].descends ? " -" : " +", stream);
        if (sort->by_columns)
            (void)fprintf(stream, "%u", sort->keys[i].column + 1);
        else
            (void)fputs(column_name(sort->keys[i].column).text, stream);
    }
    if (sort->has_header)
        (void)fputs(" header", stream);
}

static void write_search(FILE *stream, const struct command *command)
{
    (void)fprintf(stream, "%s%s%s", command->match_case ? " case" : "",
                  command->match_whole ? " whole" : "", command->in_formulas ? " formulas" : "");
}

static void write_size(FILE *stream, double size)
{
    char text[VALUE_NUMBER_BYTES];
    (void)value_print_number(size, text);
    (void)fprintf(stream, " %s", text);
}

static void write_by(FILE *stream, const struct command *command, char letter)
{
    if (strchr("aplAtTwWc", letter))
        (void)fputc(' ', stream);
    switch (letter) {
    case 'a':
    case 'p':
    case 'l':
        write_reference(stream, command->sheet, command->area);
        break;
    case 'A':
        write_reference(stream, command->to_sheet, command->to);
        break;
    case 't':
    case 'T':
        write_rest(stream, command->text ? command->text : "");
        break;
    case 'w':
        write_word(stream, command->text);
        break;
    case 'W':
        write_word(stream, command->other_text);
        break;
    case 'n':
    case 'N':
        if (command->place)
            (void)fprintf(stream, " %u", command->place);
        break;
    case 's':
        write_size(stream, command->size);
        break;
    case 'c':
        (void)fputs(column_name(command->column).text, stream);
        break;
    case 'C':
        (void)fprintf(stream, " %s", clear_words[command->clear]);
        break;
    case 'K':
        (void)fprintf(stream, " %s", copy_words[command->copy]);
        break;
    case 'Y':
        write_style(stream, &command->style);
        break;
    case 'O':
        write_sort(stream, &command->sort);
        break;
    case 'F':
        write_search(stream, command);
        break;
    default:
        break;
    }
}

char *command_print(const struct command *command)
{
    char *line = NULL;
    size_t size_bytes = 0;
    FILE *stream = open_memstream(&line, &size_bytes);
    if (!stream)
        return NULL;
    (void)fputs(verbs[command->kind].name, stream);
    for (const char *letter = verbs[command->kind].words; *letter; letter++)
        write_by(stream, command, *letter);
    if (fclose(stream) == 0)
        return line;
    free(line);
    return NULL;
}

void command_free(struct command *command)
{
    free(command->sheet);
    free(command->to_sheet);
    free(command->text);
    free(command->other_text);
    *command = (struct command){0};
}
