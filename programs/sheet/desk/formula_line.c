/* SPDX-License-Identifier: MIT */
/* formula_line.c - a line that is being typed: see formula_line.h. */
#include "sheet/desk/formula_line.h"

#include <stdio.h>
#include <string.h>

#include "screen/terminal.h"
#include "sheet/values/fold.h"

static void forget(struct formula_line *line)
{
    line->point_start = line->point_end = 0;
    line->choice_count = line->choice = 0;
}

void formula_line_begin(struct formula_line *line, const char *text)
{
    size_t length = strnlen(text, FORMULA_LINE_BYTES - 1);
    while (length > 0 && length == FORMULA_LINE_BYTES - 1 &&
           ((unsigned char)text[length] & 0xC0) == 0x80)
        length--;
    memmove(line->text, text, length);
    line->text[length] = 0;
    line->length = line->cursor = length;
    line->is_refused = false;
    forget(line);
}

bool formula_line_is_formula(const struct formula_line *line)
{
    return line->text[0] == '=' || (line->text[0] == '{' && line->text[1] == '=');
}

/* ---- characters ----------------------------------------------------------------------------- */

static size_t before(const struct formula_line *line, size_t place)
{
    while (place > 0 && ((unsigned char)line->text[--place] & 0xC0) == 0x80)
        continue;
    return place;
}

static size_t behind(const struct formula_line *line, size_t place)
{
    uint32_t glyph;
    return place < line->length ? place + screen_decode(line->text + place, &glyph) : place;
}

static bool is_word(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || (unsigned char)c >= 0x80;
}

static void cut(struct formula_line *line, size_t start, size_t end)
{
    memmove(line->text + start, line->text + end, line->length - end + 1);
    line->length -= end - start;
    line->cursor = start;
}

static bool put(struct formula_line *line, const char *bytes, size_t count)
{
    line->is_refused = count > FORMULA_LINE_BYTES - 1 - line->length;
    if (line->is_refused)
        return false;
    memmove(line->text + line->cursor + count, line->text + line->cursor,
            line->length - line->cursor + 1);
    memcpy(line->text + line->cursor, bytes, count);
    line->length += count;
    line->cursor += count;
    return true;
}

void formula_line_insert(struct formula_line *line, const char *text)
{
    forget(line);
    (void)put(line, text, strlen(text)); /* is_refused tells */
}

static size_t word_before(const struct formula_line *line, size_t place)
{
    while (place > 0 && !is_word(line->text[place - 1]))
        place--;
    while (place > 0 && is_word(line->text[place - 1]))
        place--;
    return place;
}

static size_t word_behind(const struct formula_line *line, size_t place)
{
    while (place < line->length && is_word(line->text[place]))
        place++;
    while (place < line->length && !is_word(line->text[place]))
        place++;
    return place;
}

void formula_line_go_to_column(struct formula_line *line, int column)
{
    size_t place = 0;
    forget(line);
    for (int at = 0; place < line->length; place = behind(line, place)) {
        char one[SCREEN_UTF8_BYTES_MAX + 1] = {0};
        memcpy(one, line->text + place, behind(line, place) - place);
        at += screen_columns_of(one);
        if (at > column)
            break;
    }
    line->cursor = place;
}

/* ---- keys ----------------------------------------------------------------------------------- */

static bool move(struct formula_line *line, uint32_t key)
{
    switch (key) {
    case SCREEN_KEY_LEFT:
        line->cursor = before(line, line->cursor);
        return true;
    case SCREEN_KEY_RIGHT:
        line->cursor = behind(line, line->cursor);
        return true;
    case SCREEN_KEY_HOME:
        line->cursor = 0;
        return true;
    case SCREEN_KEY_END:
        line->cursor = line->length;
        return true;
    case SCREEN_KEY_CTRL | SCREEN_KEY_LEFT:
        line->cursor = word_before(line, line->cursor);
        return true;
    case SCREEN_KEY_CTRL | SCREEN_KEY_RIGHT:
        line->cursor = word_behind(line, line->cursor);
        return true;
    default:
        return false;
    }
}

static bool take_away(struct formula_line *line, uint32_t key)
{
    switch (key) {
    case SCREEN_KEY_BACKSPACE:
        cut(line, before(line, line->cursor), line->cursor);
        return true;
    case SCREEN_KEY_DELETE:
        cut(line, line->cursor, behind(line, line->cursor));
        return true;
    case 'U' - '@':
        cut(line, 0, line->cursor);
        return true;
    case 'K' - '@':
        cut(line, line->cursor, line->length);
        return true;
    case 'W' - '@':
        cut(line, word_before(line, line->cursor), line->cursor);
        return true;
    default:
        return false;
    }
}

bool formula_line_press(struct formula_line *line, uint32_t key)
{
    char bytes[SCREEN_UTF8_BYTES_MAX];
    line->is_refused = false;
    if (move(line, key) || take_away(line, key)) {
        forget(line);
        return true;
    }
    bool is_return = key == (SCREEN_KEY_ALT | SCREEN_KEY_ENTER);
    if (!is_return && (key < ' ' || key >= SCREEN_KEY_UP || key == SCREEN_KEY_BACKSPACE))
        return false;
    forget(line);
    (void)put(line, bytes, screen_encode(is_return ? '\n' : key, bytes)); /* is_refused tells */
    return true;
}

/* ---- references ----------------------------------------------------------------------------- */

/* "$A:C", "3:$5": how many bytes, 0: it is none. */
static size_t read_lines(const char *text, struct area *area)
{
    size_t used = 0;
    uint32_t lines[2];
    bool are_columns = false;
    for (int i = 0; i < 2; i++) {
        if (text[used] == '$')
            used++;
        size_t count = column_read(text + used, &lines[i]);
        if (i == 0)
            are_columns = count > 0;
        if (!are_columns) {
            uint64_t number = 0;
            for (count = 0; count < 8 && text[used + count] >= '0' && text[used + count] <= '9';)
                number = number * 10 + (uint64_t)(text[used + count++] - '0');
            if (number == 0 || number > ROWS)
                return 0;
            lines[i] = (uint32_t)number - 1;
        }
        used += count;
        if (count == 0 || (i == 0 && text[used++] != ':'))
            return 0;
    }
    if (is_word(text[used]) || text[used] == '(')
        return 0;
    struct position a = {0, lines[0]}, b = {ROWS - 1, lines[1]};
    if (!are_columns) {
        a = (struct position){lines[0], 0};
        b = (struct position){lines[1], COLUMNS - 1};
    }
    *area = area_of(a, b);
    return used;
}

static size_t read_area(const char *text, struct area *area)
{
    struct position first, last;
    size_t one = position_read(text, &first, NULL);
    if (one == 0)
        return read_lines(text, area);
    if (text[one] == '(' || text[one] == '!')
        return 0;
    *area = area_of_one(first);
    size_t two = text[one] == ':' ? position_read(text + one + 1, &last, NULL) : 0;
    if (two == 0 || text[one + 1 + two] == '(')
        return one;
    *area = area_of(first, last);
    return one + 1 + two;
}

/* Behind something in quotes that begins here, where a quote within is written twice. */
static size_t skip_quoted(const char *text, size_t place)
{
    char quote = text[place++];
    for (; text[place]; place++) {
        if (text[place] != quote)
            continue;
        if (text[place + 1] != quote)
            return place + 1;
        place++;
    }
    return place;
}

size_t formula_line_close(struct formula_line *line)
{
    size_t depth = 0, added = 0;
    if (!formula_line_is_formula(line) || line->text[0] == '{')
        return 0;
    for (size_t place = 1; place < line->length;) {
        char c = line->text[place];
        if (c == '"' || c == '\'') {
            place = skip_quoted(line->text, place);
            continue;
        }
        depth += c == '(';
        depth -= c == ')' && depth > 0;
        place++;
    }
    line->cursor = line->length;
    while (added < depth && put(line, ")", 1))
        added++;
    return added;
}

static bool begins_reference(char c)
{
    return c == '$' || is_word(c);
}

static size_t skip_word(const char *text, size_t place)
{
    while (text[place] == '$' || is_word(text[place]))
        place++;
    return place;
}

/* A reference that begins at a place; else where to look next. */
static bool read_reference(const char *text, size_t place, struct formula_reference *reference,
                           size_t *next)
{
    size_t at = place;
    bool is_quoted = text[place] == '\'';
    *reference = (struct formula_reference){.start = place};
    size_t name_end = is_quoted ? skip_quoted(text, place) : skip_word(text, place);
    if (text[name_end] == '!') {
        reference->sheet_start = place;
        reference->sheet_end = name_end;
        at = name_end + 1;
    }
    size_t used = is_quoted && at == place ? 0 : read_area(text + at, &reference->area);
    reference->area_start = at;
    reference->end = at + used;
    *next = used ? at + used : at > place ? at : name_end;
    if (*next == place)
        (*next)++;
    return used > 0;
}

size_t formula_line_references(const struct formula_line *line,
                               struct formula_reference references[FORMULA_REFERENCES_MAX])
{
    size_t count = 0, place = 1;
    if (!formula_line_is_formula(line))
        return 0;
    while (place < line->length && count < FORMULA_REFERENCES_MAX) {
        char c = line->text[place];
        if (c == '"')
            place = skip_quoted(line->text, place);
        else if (c != '\'' && !begins_reference(c))
            place++;
        else if (read_reference(line->text, place, &references[count], &place))
            count++;
    }
    return count;
}

static bool reference_at_cursor(const struct formula_line *line, struct formula_reference *found)
{
    struct formula_reference references[FORMULA_REFERENCES_MAX];
    size_t count = formula_line_references(line, references);
    for (size_t i = 0; i < count; i++)
        if (line->cursor >= references[i].start && line->cursor <= references[i].end) {
            *found = references[i];
            return true;
        }
    return false;
}

/* A1 -> $A$1 -> A$1 -> $A1 -> A1 */
static unsigned next_fixed(unsigned fixed)
{
    switch (fixed) {
    case 0:
        return POSITION_FIXED_ROW | POSITION_FIXED_COLUMN;
    case POSITION_FIXED_ROW | POSITION_FIXED_COLUMN:
        return POSITION_FIXED_ROW;
    case POSITION_FIXED_ROW:
        return POSITION_FIXED_COLUMN;
    default:
        return 0;
    }
}

/* The same reference with other dollars. */
static void print_fixed(const char *text, char fixed_text[AREA_TEXT_BYTES])
{
    struct position first, last;
    unsigned fixed = 0;
    struct area area;
    size_t one = position_read(text, &first, &fixed);
    if (one == 0) { /* whole lines */
        bool is_fixed = *text == '$';
        (void)read_lines(text, &area); /* it was one just now */
        struct area_text plain = area_name(area);
        const char *colon = strchr(plain.text, ':');
        snprintf(fixed_text, AREA_TEXT_BYTES, is_fixed ? "%.*s:%s" : "$%.*s:$%s",
                 (int)(colon - plain.text), plain.text, colon + 1);
        return;
    }
    fixed = next_fixed(fixed);
    size_t two = text[one] == ':' ? position_read(text + one + 1, &last, NULL) : 0;
    if (two > 0)
        snprintf(fixed_text, AREA_TEXT_BYTES, "%s:%s", position_name(first, fixed).text,
                 position_name(last, fixed).text);
    else
        snprintf(fixed_text, AREA_TEXT_BYTES, "%s", position_name(first, fixed).text);
}

bool formula_line_fix(struct formula_line *line)
{
    struct formula_reference found;
    char text[AREA_TEXT_BYTES];
    if (!reference_at_cursor(line, &found))
        return false;
    bool is_pointed = line->point_end > line->point_start && line->point_end == found.end;
    size_t point_start = line->point_start;
    print_fixed(line->text + found.area_start, text);
    cut(line, found.area_start, found.end);
    bool is_put = put(line, text, strlen(text));
    forget(line);
    if (is_pointed) {
        line->point_start = point_start;
        line->point_end = line->cursor;
    }
    return is_put;
}

static bool is_in_quotes(const struct formula_line *line)
{
    bool is_inside = false;
    for (size_t i = 0; i < line->cursor; i++)
        if (line->text[i] == '"')
            is_inside = !is_inside;
    return is_inside;
}

bool formula_line_can_point(const struct formula_line *line)
{
    if (!formula_line_is_formula(line) || line->cursor == 0 || is_in_quotes(line))
        return false;
    if (line->point_end > line->point_start)
        return line->cursor == line->point_end;
    size_t place = line->cursor;
    while (place > 0 && line->text[place - 1] == ' ')
        place--;
    return place > 0 && strchr("=+-*/^&(,;<>:{", line->text[place - 1]) &&
           !begins_reference(line->text[line->cursor]);
}

void formula_line_point(struct formula_line *line, const char *reference)
{
    size_t start = line->cursor;
    if (line->point_end > line->point_start) {
        start = line->point_start;
        cut(line, line->point_start, line->point_end);
    }
    forget(line);
    if (!put(line, reference, strlen(reference)))
        return;
    line->point_start = start;
    line->point_end = line->cursor;
}

void formula_line_end_point(struct formula_line *line)
{
    line->point_start = line->point_end = 0;
}

/* ---- functions and names -------------------------------------------------------------------- */

void formula_line_drop_choices(struct formula_line *line)
{
    line->choice_count = line->choice = 0;
}

static void add_choice(struct formula_line *line, const char *name, const struct function *function)
{
    if (line->choice_count == FORMULA_CHOICES_MAX)
        return;
    struct formula_choice *choice = &line->choices[line->choice_count++];
    snprintf(choice->name, sizeof choice->name, "%s", name);
    choice->function = function;
}

static void find_functions(struct formula_line *line, const char *word, size_t word_bytes)
{
    for (function_id i = 0; i < function_count(); i++) {
        const struct function *function = function_of(i);
        if (strlen(function->name) >= word_bytes &&
            fold_is(function->name, word_bytes, word, word_bytes))
            add_choice(line, function->name, function);
    }
}

static void find_names(struct formula_line *line, const struct book *book, const char *word,
                       size_t word_bytes)
{
    for (name_id i = 1; i <= name_count(book->names); i++) {
        const struct name *name = name_of(book->names, i);
        size_t size;
        if (!name || !name->formula || name->is_hidden)
            continue;
        const char *text = text_bytes(book->texts, name->text, &size);
        if (size > word_bytes && size < FORMULA_CHOICE_BYTES &&
            fold_is(text, word_bytes, word, word_bytes))
            add_choice(line, text, NULL);
    }
}

void formula_line_find_choices(struct formula_line *line, const struct book *book)
{
    size_t start = line->cursor;
    formula_line_drop_choices(line);
    if (!formula_line_is_formula(line) || is_in_quotes(line))
        return;
    while (start > 0 && is_word(line->text[start - 1]))
        start--;
    const char *word = line->text + start;
    char next = line->text[line->cursor];
    bool is_letter = (*word >= 'A' && *word <= 'Z') || (*word >= 'a' && *word <= 'z') ||
                     *word == '_' || (unsigned char)*word >= 0x80;
    if (start == line->cursor || !is_letter || is_word(next) || next == '(' || next == '!' ||
        (start > 0 && strchr("$'!", line->text[start - 1])))
        return;
    line->word_start = start;
    if (book)
        find_names(line, book, word, line->cursor - start);
    find_functions(line, word, line->cursor - start);
}

void formula_line_choose(struct formula_line *line, int step)
{
    if (line->choice_count == 0)
        return;
    size_t count = line->choice_count;
    line->choice = (line->choice + count + (size_t)(step < 0 ? count - 1 : 1)) % count;
}

void formula_line_take_choice(struct formula_line *line)
{
    if (line->choice_count == 0)
        return;
    struct formula_choice choice = line->choices[line->choice];
    cut(line, line->word_start, line->cursor);
    if (put(line, choice.name, strlen(choice.name)) && choice.function)
        (void)put(line, "(", 1); /* is_refused tells */
    forget(line);
}

const struct function *formula_line_function(const struct formula_line *line, unsigned *argument)
{
    enum { DEEPEST = 64 };
    struct {
        size_t start, end; /* of the word in front of it */
        unsigned argument;
    } open[DEEPEST];
    size_t depth = 0, word_start = 0;
    if (!formula_line_is_formula(line))
        return NULL;
    for (size_t i = 1; i < line->cursor; i++) {
        char c = line->text[i];
        if (c == '"' || c == '\'') {
            i = skip_quoted(line->text, i) - 1;
        } else if (is_word(c)) {
            if (!is_word(line->text[i - 1]))
                word_start = i;
        } else if (c == '(' || c == '{') {
            bool has_name = c == '(' && is_word(line->text[i - 1]);
            if (depth == DEEPEST)
                return NULL;
            open[depth].start = has_name ? word_start : i;
            open[depth].end = i;
            open[depth++].argument = 0;
        } else if (c == ')' || c == '}') {
            depth -= depth > 0;
        } else if (c == ',' && depth > 0) {
            open[depth - 1].argument++;
        }
    }
    while (depth > 0 && open[depth - 1].start == open[depth - 1].end)
        depth--;
    if (depth == 0)
        return NULL;
    int found = function_find(line->text + open[depth - 1].start,
                              open[depth - 1].end - open[depth - 1].start);
    *argument = open[depth - 1].argument;
    return found < 0 ? NULL : function_of((function_id)found);
}
