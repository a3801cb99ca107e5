/* SPDX-License-Identifier: MIT */
/*
 * format_code.c - codes to tokens, in two steps: letters to tokens, which takes no look around, and
 * then each section by itself: is it of a date, what does each comma, point and m mean.
 */
#include "sheet/values/format_code.h"

#include <string.h>
#include <strings.h>

enum { CODE_BYTES_MAX = 1024, FIXED_DIGITS_MAX = 7 };

struct reader {
    const char *at;
    struct format_code *parsed;
    struct format_section *section;
    bool has_digits; /* so far, in this section */
};

static bool add(struct reader *reader, enum format_token_kind kind, char letter, const char *text,
                size_t text_bytes)
{
    struct format_code *parsed = reader->parsed;
    if (parsed->token_count == FORMAT_TOKENS_MAX)
        return false;
    parsed->tokens[parsed->token_count++] =
        (struct format_token){.kind = (uint8_t)kind,
                              .letter = (uint8_t)letter,
                              .count = (uint16_t)text_bytes,
                              .text_bytes = (uint16_t)text_bytes,
                              .text = text};
    reader->section->token_count++;
    return true;
}

/* Bytes of the UTF-8 character here; 0 at the end of the code. */
static size_t character_bytes(const char *at)
{
    size_t size_bytes = 1;
    if (!*at)
        return 0;
    while (((unsigned char)*at & 0xC0) == 0xC0 && ((unsigned char)at[size_bytes] & 0xC0) == 0x80 &&
           size_bytes < 4)
        size_bytes++;
    return size_bytes;
}

/* ---- letters to tokens --------------------------------------------------------------------------
 */

static bool read_quoted(struct reader *reader)
{
    const char *start = reader->at + 1, *end = strchr(start, '"');
    if (!end)
        return false;
    reader->at = end + 1;
    return add(reader, FORMAT_LITERAL, '"', start, (size_t)(end - start));
}

/* "\x", "_x", "*x" */
static bool read_pair(struct reader *reader, enum format_token_kind kind)
{
    size_t size_bytes = character_bytes(reader->at + 1);
    const char *start = reader->at + 1;
    if (!size_bytes)
        return false;
    reader->at = start + size_bytes;
    return add(reader, kind, '\\', start, size_bytes);
}

static bool read_run(struct reader *reader, enum format_token_kind kind)
{
    const char *start = reader->at;
    char small = (char)(*start | 32);
    while ((*reader->at | 32) == small)
        reader->at++;
    return add(reader, kind, small, start, (size_t)(reader->at - start));
}

static bool read_literal(struct reader *reader)
{
    const char *start = reader->at;
    size_t size_bytes = character_bytes(start);
    reader->at += size_bytes;
    return add(reader, FORMAT_LITERAL, 0, start, size_bytes);
}

static bool read_word(struct reader *reader, enum format_token_kind kind, const char *word)
{
    const char *start = reader->at;
    reader->at += strlen(word);
    return add(reader, kind, 0, start, strlen(word));
}

static bool begins(const struct reader *reader, const char *word)
{
    return strncasecmp(reader->at, word, strlen(word)) == 0;
}

/* ---- brackets: [Red] [>=100] [h] [$€-407] -------------------------------------------------------
 */

static bool is_word(const char *text, size_t text_bytes, const char *word)
{
    return text_bytes == strlen(word) && strncasecmp(text, word, text_bytes) == 0;
}

static bool read_color(struct reader *reader, const char *text, size_t text_bytes)
{
    static const char *const names[] = {
        [FORMAT_BLACK] = "black", [FORMAT_BLUE] = "blue",       [FORMAT_CYAN] = "cyan",
        [FORMAT_GREEN] = "green", [FORMAT_MAGENTA] = "magenta", [FORMAT_RED] = "red",
        [FORMAT_WHITE] = "white", [FORMAT_YELLOW] = "yellow"};
    /* The first eight of the 56 colours by number; the others come near none of ours. */
    static const enum format_color numbered[] = {FORMAT_NO_COLOR, FORMAT_BLACK,   FORMAT_WHITE,
                                                 FORMAT_RED,      FORMAT_GREEN,   FORMAT_BLUE,
                                                 FORMAT_YELLOW,   FORMAT_MAGENTA, FORMAT_CYAN};
    for (enum format_color i = FORMAT_BLACK; i <= FORMAT_YELLOW; i++)
        if (is_word(text, text_bytes, names[i])) {
            reader->section->color = i;
            return true;
        }
    if (text_bytes < 6 || text_bytes > 8 || strncasecmp(text, "color", 5) != 0)
        return false;
    unsigned number = 0;
    for (size_t i = 5; i < text_bytes; i++) {
        if (text[i] == ' ')
            continue;
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (unsigned)(text[i] - '0');
    }
    if (number < sizeof numbered / sizeof *numbered)
        reader->section->color = numbered[number];
    return number >= 1 && number <= 56;
}

static bool read_condition(struct reader *reader, const char *text, size_t text_bytes)
{
    static const struct {
        const char *text;
        enum format_relation relation;
    } relations[] = {{"<>", FORMAT_NOT_EQUAL},     {"<=", FORMAT_LESS_EQUAL},
                     {">=", FORMAT_GREATER_EQUAL}, {"<", FORMAT_LESS},
                     {">", FORMAT_GREATER},        {"=", FORMAT_EQUAL}};
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++) {
        size_t size_bytes = strlen(relations[i].text);
        if (text_bytes <= size_bytes || memcmp(text, relations[i].text, size_bytes) != 0)
            continue;
        reader->section->relation = relations[i].relation;
        return value_parse_number(text + size_bytes, text_bytes - size_bytes,
                                  &reader->section->limit);
    }
    return false;
}

static bool read_elapsed(struct reader *reader, const char *text, size_t text_bytes)
{
    char small = (char)(*text | 32);
    if (small != 'h' && small != 'm' && small != 's')
        return false;
    for (size_t i = 1; i < text_bytes; i++)
        if ((text[i] | 32) != small)
            return false;
    return add(reader, FORMAT_ELAPSED, small, text, text_bytes);
}

/* [DBNum1], [NatNum12], [ENG]: digits and calendars of other languages; ours stay as they are. */
static bool is_ignored(const char *text, size_t text_bytes)
{
    static const char *const words[] = {"ENG", "HIJ", "JPN", "TWN"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(text, text_bytes, words[i]))
            return true;
    return (text_bytes > 5 && strncasecmp(text, "dbnum", 5) == 0) ||
           (text_bytes > 6 && strncasecmp(text, "natnum", 6) == 0);
}

static bool read_bracket(struct reader *reader)
{
    const char *text = reader->at + 1, *end = strchr(text, ']');
    if (!end || end == text)
        return false;
    size_t text_bytes = (size_t)(end - text);
    reader->at = end + 1;
    if (*text == '$') {
        size_t symbol_bytes = 0;
        while (symbol_bytes + 1 < text_bytes && text[symbol_bytes + 1] != '-')
            symbol_bytes++;
        if (!symbol_bytes)
            return true; /* a language alone */
        reader->section->has_currency = true;
        return add(reader, FORMAT_LITERAL, '"', text + 1, symbol_bytes);
    }
    return read_color(reader, text, text_bytes) || read_condition(reader, text, text_bytes) ||
           read_elapsed(reader, text, text_bytes) || is_ignored(text, text_bytes);
}

/* ---- one token ----------------------------------------------------------------------------------
 */

static bool read_letter(struct reader *reader)
{
    switch (*reader->at | 32) {
    case 'y':
        return read_run(reader, FORMAT_YEAR);
    case 'b':
        return read_run(reader, FORMAT_BUDDHIST_YEAR);
    case 'm':
        return read_run(reader, FORMAT_MONTH);
    case 'd':
        return read_run(reader, FORMAT_DAY);
    case 'h':
        return read_run(reader, FORMAT_HOUR);
    case 's':
        return read_run(reader, FORMAT_SECOND);
    case 'a':
        if (begins(reader, "AM/PM"))
            return read_word(reader, FORMAT_HALF_DAY, "AM/PM");
        if (begins(reader, "A/P"))
            return read_word(reader, FORMAT_HALF_DAY, "A/P");
        break;
    case 'e':
        if (reader->has_digits && (reader->at[1] == '+' || reader->at[1] == '-')) {
            reader->at += 2;
            return add(reader, FORMAT_EXPONENT, reader->at[-1], reader->at - 2, 2);
        }
        if (!reader->has_digits) {
            bool added = read_run(reader, FORMAT_YEAR); /* the same, in Japan's calendar */
            if (added)
                reader->parsed->tokens[reader->parsed->token_count - 1].count = 4;
            return added;
        }
        break;
    case 'g':
        if (begins(reader, "General"))
            return read_word(reader, FORMAT_AS_GENERAL, "General");
        while ((*reader->at | 32) == 'g') /* an era, which ours has no name for */
            reader->at++;
        return true;
    default:
        break;
    }
    return read_literal(reader);
}

static bool read_token(struct reader *reader)
{
    char first = *reader->at;
    switch (first) {
    case '"':
        return read_quoted(reader);
    case '\\':
        return read_pair(reader, FORMAT_LITERAL);
    case '_':
        return read_pair(reader, FORMAT_ROOM);
    case '*':
        return read_pair(reader, FORMAT_FILL);
    case '[':
        return read_bracket(reader);
    case '0':
    case '#':
    case '?':
        reader->has_digits = true;
        return add(reader, FORMAT_DIGIT, first, reader->at++, 1);
    case '.':
        return add(reader, FORMAT_POINT, first, reader->at++, 1);
    case '%':
        return add(reader, FORMAT_PERCENT_SIGN, first, reader->at++, 1);
    case '/':
        return add(reader, FORMAT_SLASH, first, reader->at++, 1);
    case '@':
        reader->section->has_as_text = true;
        return add(reader, FORMAT_AS_TEXT, first, reader->at++, 1);
    default:
        break;
    }
    if ((first | 32) >= 'a' && (first | 32) <= 'z')
        return read_letter(reader);
    if (first == '$')
        reader->section->has_currency = true;
    return read_literal(reader);
}

/* ---- a section: dates ---------------------------------------------------------------------------
 */

static bool is_of_date(const struct format_token *token)
{
    return token->kind >= FORMAT_YEAR;
}

static bool is_of_hour(const struct format_token *token)
{
    return token->kind == FORMAT_HOUR || (token->kind == FORMAT_ELAPSED && token->letter == 'h');
}

static bool is_of_second(const struct format_token *token)
{
    return token->kind == FORMAT_SECOND || (token->kind == FORMAT_ELAPSED && token->letter == 's');
}

/* The m behind an hour, or beside a second, are minutes, whatever stands between that is no date.
 */
static void settle_minutes(struct format_token *tokens, unsigned count)
{
    const struct format_token *before = NULL;
    struct format_token *month = NULL;
    for (unsigned i = 0; i < count; i++) {
        struct format_token *token = &tokens[i];
        if (!is_of_date(token) || token->kind == FORMAT_SECOND_PART ||
            token->kind == FORMAT_HALF_DAY)
            continue;
        if (month && is_of_second(token))
            month->kind = FORMAT_MINUTE;
        month = NULL;
        if (token->kind == FORMAT_MONTH && token->count <= 2) {
            if (before && (is_of_hour(before) || is_of_second(before)))
                token->kind = FORMAT_MINUTE;
            else
                month = token;
        }
        before = token;
    }
}

/* What has passed goes on as that: in "[h] h" both are more than a day's hours. */
static void settle_elapsed(struct format_token *tokens, unsigned count)
{
    static const char letters[] = {
        [FORMAT_HOUR] = 'h', [FORMAT_MINUTE] = 'm', [FORMAT_SECOND] = 's'};
    bool has_passed[128] = {false};
    for (unsigned i = 0; i < count; i++) {
        struct format_token *token = &tokens[i];
        if (token->kind == FORMAT_ELAPSED)
            has_passed[token->letter & 127] = true;
        if (token->kind < FORMAT_HOUR || token->kind > FORMAT_SECOND ||
            !has_passed[(unsigned char)letters[token->kind]])
            continue;
        token->letter = (uint8_t)letters[token->kind];
        token->kind = FORMAT_ELAPSED;
    }
}

/* ".000" behind a second becomes one token. false: digits that belong to nothing. */
static bool settle_second_parts(struct format_section *section, struct format_token *tokens)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < section->token_count; i++) {
        struct format_token token = tokens[i];
        if (token.kind == FORMAT_POINT && kept && is_of_second(&tokens[kept - 1]) &&
            i + 1 < section->token_count && tokens[i + 1].kind == FORMAT_DIGIT) {
            token.kind = FORMAT_SECOND_PART;
            token.count = 0;
            while (i + 1 < section->token_count && tokens[i + 1].kind == FORMAT_DIGIT) {
                token.count++;
                i++;
            }
            if (token.count > section->second_places)
                section->second_places = token.count;
        } else if (token.kind == FORMAT_DIGIT || token.kind == FORMAT_EXPONENT ||
                   token.kind == FORMAT_AS_GENERAL || token.kind == FORMAT_AS_TEXT) {
            return false;
        } else if (!is_of_date(&token) && token.kind != FORMAT_ROOM && token.kind != FORMAT_FILL) {
            token.kind = FORMAT_LITERAL;
        }
        tokens[kept++] = token;
    }
    section->token_count = kept;
    return true;
}

static bool settle_date(struct format_section *section, struct format_token *tokens)
{
    bool has_day = false, has_time = false;
    if (!settle_second_parts(section, tokens))
        return false;
    settle_minutes(tokens, section->token_count);
    settle_elapsed(tokens, section->token_count);
    for (unsigned i = 0; i < section->token_count; i++) {
        has_day |= tokens[i].kind >= FORMAT_YEAR && tokens[i].kind <= FORMAT_DAY;
        has_time |= tokens[i].kind >= FORMAT_HOUR;
        section->has_half_day |= tokens[i].kind == FORMAT_HALF_DAY;
    }
    section->kind = !has_day ? FORMAT_TIME : has_time ? FORMAT_DATE_TIME : FORMAT_DATE;
    return true;
}

/* ---- a section: numbers -------------------------------------------------------------------------
 */

static bool is_digit_literal(const struct format_token *token)
{
    return token->kind == FORMAT_LITERAL && !token->letter && token->text_bytes == 1 &&
           *token->text >= '0' && *token->text <= '9';
}

static bool is_comma(const struct format_token *token)
{
    return token->kind == FORMAT_LITERAL && !token->letter && token->text_bytes == 1 &&
           *token->text == ',';
}

/* Commas behind a digit: between digits they ask for groups, else divide by 1000 each. They write
 * nothing themselves. */
static void settle_commas(struct format_section *section, struct format_token *tokens)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < section->token_count; i++) {
        if (!kept || tokens[kept - 1].kind != FORMAT_DIGIT || !is_comma(&tokens[i])) {
            tokens[kept++] = tokens[i];
            continue;
        }
        unsigned commas = 1;
        while (i + 1 < section->token_count && is_comma(&tokens[i + 1])) {
            commas++;
            i++;
        }
        if (i + 1 < section->token_count && tokens[i + 1].kind == FORMAT_DIGIT)
            section->has_groups = true;
        else
            section->thousands += commas;
    }
    section->token_count = kept;
}

static bool is_space(const struct format_token *token)
{
    return token->kind == FORMAT_LITERAL && token->text_bytes == 1 && *token->text == ' ';
}

/* A slash between digits makes a fraction; the digits right before it are the numerator. There may
 * be spaces around it: numerator_end and denominator are where digits are. */
static bool settle_fraction(struct format_section *section, struct format_token *tokens,
                            unsigned numerator_end, unsigned denominator)
{
    unsigned first = numerator_end, next = denominator;
    while (first && tokens[first - 1].kind == FORMAT_DIGIT)
        first--;
    section->numerator = first;
    section->numerator_places = numerator_end - first;
    section->denominator = denominator;
    while (next < section->token_count && tokens[next].kind == FORMAT_DIGIT)
        next++;
    section->denominator_places = next - denominator;
    while (!section->denominator_places && next < section->token_count &&
           (is_digit_literal(&tokens[next]) || tokens[next].kind == FORMAT_DIGIT)) {
        const char *digit = tokens[next].text;
        if (*digit < '0' || *digit > '9' || next - denominator >= FIXED_DIGITS_MAX)
            return false;
        section->fixed = section->fixed * 10 + (uint32_t)(*digit - '0');
        tokens[next++].kind = FORMAT_FIXED;
    }
    section->kind = FORMAT_FRACTION;
    return section->denominator_places || section->fixed;
}

static bool settle_slashes(struct format_section *section, struct format_token *tokens)
{
    for (unsigned i = 0; i < section->token_count; i++) {
        if (tokens[i].kind != FORMAT_SLASH)
            continue;
        unsigned before = i, behind = i + 1;
        while (before && is_space(&tokens[before - 1]))
            before--;
        while (behind < section->token_count && is_space(&tokens[behind]))
            behind++;
        bool is_between =
            before && tokens[before - 1].kind == FORMAT_DIGIT && behind < section->token_count &&
            (tokens[behind].kind == FORMAT_DIGIT || is_digit_literal(&tokens[behind]));
        if (!is_between)
            tokens[i].kind = FORMAT_LITERAL;
        else if (section->kind == FORMAT_FRACTION ||
                 !settle_fraction(section, tokens, before, behind))
            return false;
    }
    return true;
}

/* How many digits stand before the point, behind it, and in the exponent. */
static bool settle_places(struct format_section *section, struct format_token *tokens)
{
    bool has_point = false, has_exponent = false;
    bool is_fraction = section->kind == FORMAT_FRACTION;
    for (unsigned i = 0; i < section->token_count; i++) {
        struct format_token *token = &tokens[i];
        if (token->kind == FORMAT_POINT && (has_point || has_exponent))
            token->kind = FORMAT_LITERAL;
        else if (token->kind == FORMAT_POINT)
            has_point = true;
        else if (token->kind == FORMAT_EXPONENT && has_exponent)
            return false;
        else if (token->kind == FORMAT_EXPONENT)
            has_exponent = true;
        else if (token->kind == FORMAT_PERCENT_SIGN)
            section->percents++;
        else if (token->kind == FORMAT_DIGIT && (!is_fraction || i < section->numerator))
            ++*(has_exponent ? &section->exponent_places
                             : (has_point ? &section->decimal_places : &section->whole_places));
    }
    if (is_fraction)
        return !has_point && !has_exponent;
    if (has_exponent)
        section->kind = FORMAT_SCIENTIFIC;
    return !has_exponent || section->exponent_places;
}

static bool has_currency_sign(const struct format_section *section)
{
    static const char *const signs[] = {"$", "\u20ac", "\u00a3", "\u00a5"};
    if (section->has_currency)
        return true;
    for (unsigned i = 0; i < section->token_count; i++)
        for (size_t sign = 0; sign < sizeof signs / sizeof *signs; sign++)
            if (section->tokens[i].kind == FORMAT_LITERAL &&
                memmem(section->tokens[i].text, section->tokens[i].text_bytes, signs[sign],
                       strlen(signs[sign])))
                return true;
    return false;
}

static bool settle_number(struct format_section *section, struct format_token *tokens)
{
    section->kind = FORMAT_NUMBER;
    settle_commas(section, tokens);
    if (!settle_slashes(section, tokens) || !settle_places(section, tokens))
        return false;
    bool has_general = false, has_digits = section->whole_places || section->decimal_places;
    for (unsigned i = 0; i < section->token_count; i++)
        has_general |= tokens[i].kind == FORMAT_AS_GENERAL;
    if ((has_general || section->has_as_text) && (has_digits || section->kind != FORMAT_NUMBER))
        return false;
    if (section->kind != FORMAT_NUMBER)
        return true;
    if (has_general && section->has_as_text)
        return false;
    if (has_general)
        section->kind = FORMAT_GENERAL;
    else if (section->has_as_text)
        section->kind = FORMAT_TEXT;
    else if (section->percents)
        section->kind = FORMAT_PERCENT;
    else if (has_currency_sign(section))
        section->kind = FORMAT_CURRENCY;
    return true;
}

static bool settle(struct format_section *section, struct format_token *tokens)
{
    section->tokens = tokens;
    for (unsigned i = 0; i < section->token_count; i++)
        if (is_of_date(&tokens[i]))
            return settle_date(section, tokens);
    return settle_number(section, tokens);
}

/* ---- the whole ----------------------------------------------------------------------------------
 */

bool format_code_parse(struct format_code *parsed, const char *code)
{
    struct reader reader = {.at = code, .parsed = parsed, .section = parsed->sections};
    unsigned count = 1, first = 0;
    parsed->token_count = 0;
    parsed->has_text_section = false;
    memset(parsed->sections, 0, sizeof parsed->sections);
    if (strnlen(code, CODE_BYTES_MAX) == CODE_BYTES_MAX)
        return false;
    for (;; reader.at++) {
        while (*reader.at && *reader.at != ';')
            if (!read_token(&reader))
                return false;
        if (!settle(reader.section, parsed->tokens + first))
            return false;
        if (!*reader.at)
            break;
        if (count++ == FORMAT_SECTIONS_MAX)
            return false;
        first = parsed->token_count;
        reader.section++;
        reader.has_digits = false;
    }
    const struct format_section *last = &parsed->sections[count - 1];
    parsed->has_text_section =
        count == FORMAT_SECTIONS_MAX || (count > 1 && last->kind == FORMAT_TEXT);
    parsed->section_count = count - parsed->has_text_section;
    return true;
}
