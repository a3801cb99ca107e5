/* SPDX-License-Identifier: MIT */
/*
 * criterion.c - see criterion.h.
 *
 * A criterion that reads as a number is also fulfilled by text that reads as this number, as in
 * Excel; for an order only numbers are compared with numbers and text with text. "=" and "<>" alone
 * ask for cells with nothing in them, and "" for these and for empty text.
 */
#include "sheet/functions/criterion.h"

#include <string.h>
#include <strings.h>

#include "sheet/values/fold.h"
#include "sheet/values/typed.h"

/* ---- conditions ---------------------------------------------------------------------------------
 */

static const struct {
    const char *text;
    enum criterion_operator relation;
} operators[] = {{"<>", CRITERION_NOT_EQUAL},     {"<=", CRITERION_LESS_EQUAL},
                 {">=", CRITERION_GREATER_EQUAL}, {"<", CRITERION_LESS},
                 {">", CRITERION_GREATER},        {"=", CRITERION_EQUAL}};

static size_t read_operator(struct value text, enum criterion_operator *relation)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t size_bytes = strlen(operators[i].text);
        if (text.text_bytes >= size_bytes &&
            memcmp(text.text, operators[i].text, size_bytes) == 0) {
            *relation = operators[i].relation;
            return size_bytes;
        }
    }
    *relation = CRITERION_EQUAL;
    return 0;
}

static bool is_word(struct value text, const char *word)
{
    return text.text_bytes == strlen(word) && strncasecmp(text.text, word, text.text_bytes) == 0;
}

static struct value meaning_of(struct value text)
{
    double number;
    enum value_error error;
    if (typed_number(text.text, text.text_bytes, &number))
        return value_number(number);
    if (is_word(text, "TRUE") || is_word(text, "FALSE"))
        return value_boolean(is_word(text, "TRUE"));
    if (value_error_parse(text.text, text.text_bytes, &error))
        return value_error(error);
    return text;
}

static bool is_for_equality(enum criterion_operator relation)
{
    return relation == CRITERION_EQUAL || relation == CRITERION_NOT_EQUAL;
}

static bool has_wildcard(struct value text)
{
    for (uint32_t i = 0; i < text.text_bytes; i++)
        if (text.text[i] == '*' || text.text[i] == '?' || text.text[i] == '~')
            return true;
    return false;
}

static struct criterion criterion_of_text(struct value text)
{
    struct criterion criterion = {.value = text};
    size_t taken = read_operator(text, &criterion.relation);
    struct value rest = value_text(text.text + taken, text.text_bytes - taken);
    bool is_equality = is_for_equality(criterion.relation);
    if (rest.text_bytes == 0) {
        /* Nothing behind "=" or "<>" is nothing; "" is empty text as well. */
        criterion.value = is_equality && taken ? value_blank() : rest;
        criterion.takes_blank = criterion.relation == CRITERION_EQUAL;
        return criterion;
    }
    criterion.value = meaning_of(rest);
    criterion.has_wildcards =
        is_equality && criterion.value.kind == VALUE_TEXT && has_wildcard(criterion.value);
    criterion.takes_blank = criterion.relation == CRITERION_NOT_EQUAL;
    return criterion;
}

struct criterion criterion_of(struct value value)
{
    if (value.kind == VALUE_TEXT)
        return criterion_of_text(value);
    /* An empty cell as a criterion asks for 0. */
    if (value.kind == VALUE_BLANK)
        value = value_number(0);
    return (struct criterion){.relation = CRITERION_EQUAL, .value = value};
}

static bool is_equal(const struct criterion *criterion, struct value value)
{
    struct value wanted = criterion->value;
    double number;
    if (wanted.kind == VALUE_NUMBER && value.kind == VALUE_TEXT)
        return typed_number(value.text, value.text_bytes, &number) && number == wanted.number;
    if (wanted.kind != value.kind)
        return false;
    if (criterion->has_wildcards)
        return wildcard_matches(wanted.text, wanted.text_bytes, value.text, value.text_bytes);
    return value_compare(value, wanted) == 0;
}

bool criterion_holds(const struct criterion *criterion, struct value value)
{
    if (value.kind == VALUE_BLANK)
        return criterion->takes_blank;
    if (criterion->relation == CRITERION_EQUAL)
        return is_equal(criterion, value);
    if (criterion->relation == CRITERION_NOT_EQUAL)
        return !is_equal(criterion, value);
    if (value.kind != criterion->value.kind || value.kind == VALUE_ERROR)
        return false;
    int order = value_compare(value, criterion->value);
    switch (criterion->relation) {
    case CRITERION_LESS:
        return order < 0;
    case CRITERION_LESS_EQUAL:
        return order <= 0;
    case CRITERION_GREATER:
        return order > 0;
    default:
        return order >= 0;
    }
}

/* ---- wildcards ----------------------------------------------------------------------------------
 */

struct cursor {
    const char *at, *end;
};

static struct cursor cursor_of(const char *text, size_t text_bytes)
{
    return (struct cursor){text, text + text_bytes};
}

static size_t character_bytes(struct cursor cursor)
{
    uint32_t character;
    if ((unsigned char)*cursor.at < 0x80)
        return 1;
    return fold_decode(cursor.at, (size_t)(cursor.end - cursor.at), &character);
}

/* Goes over one character of each if they are the same. */
static bool step_over_same(struct cursor *pattern, struct cursor *text)
{
    size_t pattern_bytes = character_bytes(*pattern), text_bytes = character_bytes(*text);
    if (!fold_is(pattern->at, pattern_bytes, text->at, text_bytes))
        return false;
    pattern->at += pattern_bytes;
    text->at += text_bytes;
    return true;
}

/* A '~' in front of anything else is itself. */
static bool is_escape(struct cursor pattern)
{
    if (*pattern.at != '~' || pattern.end - pattern.at < 2)
        return false;
    return pattern.at[1] == '*' || pattern.at[1] == '?' || pattern.at[1] == '~';
}

/* One character of the pattern, which is no '*', against one of the text. */
static bool step(struct cursor *pattern, struct cursor *text)
{
    if (text->at == text->end)
        return false;
    if (*pattern->at == '?') {
        pattern->at++;
        text->at += character_bytes(*text);
        return true;
    }
    if (is_escape(*pattern)) {
        struct cursor escaped = {pattern->at + 1, pattern->end};
        if (!step_over_same(&escaped, text))
            return false;
        pattern->at = escaped.at;
        return true;
    }
    return step_over_same(pattern, text);
}

/* Up to the next '*' or the end: where the pattern goes on, and the text behind what it took.
 * false: it does not fit. */
static bool fits(struct cursor *pattern, struct cursor *text)
{
    struct cursor p = *pattern, t = *text;
    while (p.at < p.end && *p.at != '*')
        if (!step(&p, &t))
            return false;
    *pattern = p;
    *text = t;
    return true;
}

/* The first place in the text where the pattern fits up to its next '*'. To take the first is
 * enough: what follows a '*' has all the more room. */
static bool find_piece(struct cursor *pattern, struct cursor *text, const char **found)
{
    for (struct cursor start = *text;; start.at += character_bytes(start)) {
        struct cursor t = start;
        if (fits(pattern, &t)) {
            *found = start.at;
            *text = t;
            return true;
        }
        if (start.at == start.end)
            return false;
    }
}

static void skip_stars(struct cursor *pattern)
{
    while (pattern->at < pattern->end && *pattern->at == '*')
        pattern->at++;
}

/* The last piece must end with the text. */
static bool ends_with(struct cursor pattern, struct cursor text)
{
    for (;; text.at += character_bytes(text)) {
        struct cursor p = pattern, t = text;
        if (fits(&p, &t) && t.at == t.end)
            return true;
        if (text.at == text.end)
            return false;
    }
}

static bool has_star(struct cursor pattern)
{
    for (; pattern.at < pattern.end; pattern.at++) {
        if (*pattern.at == '*')
            return true;
        if (is_escape(pattern))
            pattern.at++;
    }
    return false;
}

bool wildcard_matches(const char *pattern, size_t pattern_bytes, const char *text,
                      size_t text_bytes)
{
    struct cursor p = cursor_of(pattern, pattern_bytes), t = cursor_of(text, text_bytes);
    const char *found;
    if (!fits(&p, &t))
        return false;
    if (p.at == p.end)
        return t.at == t.end;
    for (;;) {
        skip_stars(&p);
        if (p.at == p.end)
            return true;
        if (!has_star(p))
            return ends_with(p, t);
        if (!find_piece(&p, &t, &found))
            return false;
    }
}

size_t wildcard_find(const char *pattern, size_t pattern_bytes, const char *text, size_t text_bytes,
                     size_t start)
{
    if (start > text_bytes)
        return SIZE_MAX;
    struct cursor p = cursor_of(pattern, pattern_bytes);
    struct cursor t = cursor_of(text + start, text_bytes - start);
    const char *first, *found;
    if (!find_piece(&p, &t, &first))
        return SIZE_MAX;
    while (p.at < p.end) {
        skip_stars(&p);
        if (!find_piece(&p, &t, &found))
            return SIZE_MAX;
    }
    return (size_t)(first - text);
}
