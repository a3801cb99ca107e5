/* SPDX-License-Identifier: MIT */
/*
 * function_text.c - LEFT, FIND, SUBSTITUTE, TEXT and their like.
 *
 * Characters are Unicode's, as in LibreOffice and Gnumeric: LEN of an emoji is 1, where Excel
 * counts its two halves of UTF-16. Bytes that are no UTF-8 are a character each. What would have
 * more than TEXT_CHARACTERS_MAX characters is #VALUE!.
 *
 * Parts of a text are not copied: they point into it. Case is that of single characters, so that
 * UPPER changes no length.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "sheet/book/book.h"
#include "sheet/book/function.h"
#include "sheet/functions/criterion.h"
#include "sheet/values/fold.h"
#include "sheet/values/number_format.h"
#include "sheet/values/typed.h"

enum { PATTERN_CHARACTERS_MAX = 255, CODE_BYTES_MAX = 1024, DECIMALS_MAX = 127 };

/* ---- characters ---------------------------------------------------------------------------------
 */

static size_t character_bytes(struct value text, size_t at)
{
    uint32_t character;
    if ((unsigned char)text.text[at] < 0x80)
        return 1;
    return fold_decode(text.text + at, text.text_bytes - at, &character);
}

static size_t count_characters(struct value text)
{
    size_t count = 0;
    for (size_t at = 0; at < text.text_bytes; at += character_bytes(text, at))
        count++;
    return count;
}

/* Where so many characters behind a byte are over, or the end. */
static size_t skip_characters(struct value text, size_t at, double count)
{
    for (; count >= 1 && at < text.text_bytes; count--)
        at += character_bytes(text, at);
    return at;
}

static struct value text_of(const struct call *call, unsigned i)
{
    return call->arguments[i].value;
}

static struct operand part_of(struct value text, size_t from, size_t to)
{
    return operand_of(value_text(text.text + from, to - from));
}

/* ---- texts put together -------------------------------------------------------------------------
 */

/* bytes NULL: memory was refused, and nothing more is put. */
struct builder {
    char *bytes;
    size_t count, room;
    struct evaluation *evaluation;
    bool is_too_long;
};

static struct builder builder_of(struct call *call, size_t room)
{
    struct builder builder = {.room = room < TEXT_BYTES_MAX ? room : TEXT_BYTES_MAX,
                              .evaluation = call->evaluation};
    builder.bytes = evaluation_take(call->evaluation, builder.room + 1);
    return builder;
}

static void need_room(struct builder *builder, size_t more)
{
    size_t room = 2 * (builder->count + more);
    room = room < TEXT_BYTES_MAX ? room : TEXT_BYTES_MAX;
    char *bytes = evaluation_take(builder->evaluation, room + 1);
    if (bytes)
        memcpy(bytes, builder->bytes, builder->count);
    builder->bytes = bytes;
    builder->room = room;
}

static void append(struct builder *builder, const char *text, size_t text_bytes)
{
    if (!builder->bytes || builder->is_too_long || !text_bytes)
        return;
    if (text_bytes > TEXT_BYTES_MAX - builder->count) {
        builder->is_too_long = true;
        return;
    }
    if (text_bytes > builder->room - builder->count)
        need_room(builder, text_bytes);
    if (!builder->bytes)
        return;
    memcpy(builder->bytes + builder->count, text, text_bytes);
    builder->count += text_bytes;
}

/* Nothing more will change the result. */
static bool is_over(const struct builder *builder)
{
    return !builder->bytes || builder->is_too_long || evaluation_is_stopped(builder->evaluation, 1);
}

static struct operand finish(const struct builder *builder)
{
    if (!builder->bytes)
        return operand_error(ERROR_NUM);
    struct value text = evaluation_own_text(builder->bytes, builder->count);
    if (builder->is_too_long ||
        (builder->count > TEXT_CHARACTERS_MAX && count_characters(text) > TEXT_CHARACTERS_MAX))
        return operand_error(ERROR_VALUE);
    return operand_of(text);
}

/* ---- parts --------------------------------------------------------------------------------------
 */

/* Argument i as a number of characters; false: it is below least. */
static bool count_of(const struct call *call, unsigned i, double least, double otherwise,
                     double *count)
{
    *count = call_number_or(call, i, otherwise);
    return *count >= least;
}

static struct operand do_left(struct call *call)
{
    double count;
    struct value text = text_of(call, 0);
    if (!count_of(call, 1, 0, 1, &count))
        return operand_error(ERROR_VALUE);
    return part_of(text, 0, skip_characters(text, 0, count));
}

static struct operand do_right(struct call *call)
{
    double count;
    struct value text = text_of(call, 0);
    if (!count_of(call, 1, 0, 1, &count))
        return operand_error(ERROR_VALUE);
    double all = (double)count_characters(text);
    return part_of(text, skip_characters(text, 0, all - count), text.text_bytes);
}

static struct operand do_mid(struct call *call)
{
    double start, count;
    struct value text = text_of(call, 0);
    if (!count_of(call, 1, 1, 1, &start) || !count_of(call, 2, 0, 0, &count))
        return operand_error(ERROR_VALUE);
    size_t from = skip_characters(text, 0, start - 1);
    return part_of(text, from, skip_characters(text, from, count));
}

static struct operand do_len(struct call *call)
{
    return operand_number((double)count_characters(text_of(call, 0)));
}

/* ---- finding ------------------------------------------------------------------------------------
 */

/* The byte where a search begins; false: the start lies outside of the text. */
static bool find_start(const struct call *call, struct value text, size_t *at)
{
    double start;
    if (!count_of(call, 2, 1, 1, &start))
        return false;
    *at = skip_characters(text, 0, start - 1);
    if (*at < text.text_bytes)
        return true;
    return start - 1 <= (double)count_characters(text); /* right behind it "" is found */
}

static struct operand place_of(struct value text, size_t at)
{
    return operand_number((double)count_characters(value_text(text.text, at)) + 1);
}

static struct operand do_find(struct call *call)
{
    size_t at;
    struct value wanted = text_of(call, 0), text = text_of(call, 1);
    if (!find_start(call, text, &at))
        return operand_error(ERROR_VALUE);
    if (!wanted.text_bytes)
        return place_of(text, at);
    (void)evaluation_is_stopped(call->evaluation, text.text_bytes / 16); /* seen at the next look */
    const char *found =
        memmem(text.text + at, text.text_bytes - at, wanted.text, wanted.text_bytes);
    return found ? place_of(text, (size_t)(found - text.text)) : operand_error(ERROR_VALUE);
}

static struct operand do_search(struct call *call)
{
    size_t at;
    struct value wanted = text_of(call, 0), text = text_of(call, 1);
    if (!find_start(call, text, &at) || count_characters(wanted) > PATTERN_CHARACTERS_MAX)
        return operand_error(ERROR_VALUE);
    (void)evaluation_is_stopped(call->evaluation, text.text_bytes); /* likewise */
    at = wildcard_find(wanted.text, wanted.text_bytes, text.text, text.text_bytes, at);
    return at == SIZE_MAX ? operand_error(ERROR_VALUE) : place_of(text, at);
}

static bool is_plain_in_address(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("-_.~", c));
}

static struct operand do_encodeurl(struct call *call)
{
    struct value text = text_of(call, 0);
    struct builder builder = builder_of(call, text.text_bytes);
    for (uint32_t i = 0; i < text.text_bytes && !is_over(&builder); i++) {
        unsigned char c = (unsigned char)text.text[i];
        char code[4];
        if (is_plain_in_address(c)) {
            append(&builder, text.text + i, 1);
            continue;
        }
        (void)snprintf(code, sizeof code, "%%%02X", c); /* fits */
        append(&builder, code, 3);
    }
    return finish(&builder);
}

static struct operand do_exact(struct call *call)
{
    return operand_boolean(value_is(text_of(call, 0), text_of(call, 1)));
}

/* ---- replacing ----------------------------------------------------------------------------------
 */

static struct operand do_replace(struct call *call)
{
    double start, count;
    struct value text = text_of(call, 0), with = text_of(call, 3);
    if (!count_of(call, 1, 1, 1, &start) || !count_of(call, 2, 0, 0, &count))
        return operand_error(ERROR_VALUE);
    size_t from = skip_characters(text, 0, start - 1), to = skip_characters(text, from, count);
    struct builder builder = builder_of(call, (size_t)text.text_bytes + with.text_bytes);
    append(&builder, text.text, from);
    append(&builder, with.text, with.text_bytes);
    append(&builder, text.text + to, text.text_bytes - to);
    return finish(&builder);
}

static struct operand do_substitute(struct call *call)
{
    struct value text = text_of(call, 0), old = text_of(call, 1), with = text_of(call, 2);
    double only = call_number_or(call, 3, 0), number = 0;
    size_t from = 0;
    if (call_has(call, 3) && only < 1)
        return operand_error(ERROR_VALUE);
    if (!old.text_bytes)
        return operand_of(text);
    struct builder builder = builder_of(call, text.text_bytes);
    while (!is_over(&builder)) {
        const char *start = text.text + from;
        const char *found = memmem(start, text.text_bytes - from, old.text, old.text_bytes);
        if (!found)
            break;
        append(&builder, start, (size_t)(found - start));
        if (only == 0 || ++number == only)
            append(&builder, with.text, with.text_bytes);
        else
            append(&builder, found, old.text_bytes);
        from = (size_t)(found - text.text) + old.text_bytes;
        if (only != 0 && number == only)
            break;
    }
    append(&builder, text.text + from, text.text_bytes - from);
    return finish(&builder);
}

static struct operand do_trim(struct call *call)
{
    struct value text = text_of(call, 0);
    struct builder builder = builder_of(call, text.text_bytes);
    for (size_t at = 0; at < text.text_bytes;) {
        size_t from = at;
        while (at < text.text_bytes && text.text[at] != ' ')
            at++;
        if (at > from && builder.count)
            append(&builder, " ", 1);
        append(&builder, text.text + from, at - from);
        while (at < text.text_bytes && text.text[at] == ' ')
            at++;
    }
    return finish(&builder);
}

static struct operand do_clean(struct call *call)
{
    struct value text = text_of(call, 0);
    struct builder builder = builder_of(call, text.text_bytes);
    for (size_t at = 0; at < text.text_bytes;) {
        size_t from = at;
        while (at < text.text_bytes && (unsigned char)text.text[at] >= ' ')
            at++;
        append(&builder, text.text + from, at - from);
        while (at < text.text_bytes && (unsigned char)text.text[at] < ' ')
            at++;
    }
    return finish(&builder);
}

static struct operand do_rept(struct call *call)
{
    struct value text = text_of(call, 0);
    double count = call_number(call, 1);
    if (count < 0 || count * text.text_bytes > TEXT_BYTES_MAX)
        return operand_error(ERROR_VALUE);
    if (!text.text_bytes)
        return operand_of(text);
    struct builder builder = builder_of(call, (size_t)count * text.text_bytes);
    for (size_t i = 0; i < (size_t)count; i++)
        append(&builder, text.text, text.text_bytes);
    return finish(&builder);
}

/* ---- case ---------------------------------------------------------------------------------------
 */

enum letter_case { CASE_LOWER, CASE_UPPER, CASE_PROPER };

static bool is_letter(int32_t character)
{
    utf8proc_category_t category = utf8proc_category(character);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

static int32_t in_case(int32_t character, enum letter_case wanted, bool is_behind_letter)
{
    if (wanted == CASE_PROPER)
        wanted = is_behind_letter ? CASE_LOWER : CASE_UPPER;
    return wanted == CASE_UPPER ? utf8proc_toupper(character) : utf8proc_tolower(character);
}

static struct operand change_case(struct call *call, enum letter_case wanted)
{
    struct value text = text_of(call, 0);
    struct builder builder = builder_of(call, 2 * (size_t)text.text_bytes);
    bool is_behind_letter = false;
    for (size_t at = 0; at < text.text_bytes;) {
        uint32_t character;
        utf8proc_uint8_t encoded[4];
        size_t taken = fold_decode(text.text + at, text.text_bytes - at, &character);
        bool is_broken = taken == 1 && (unsigned char)text.text[at] >= 0x80;
        if (is_broken) {
            append(&builder, text.text + at, 1);
        } else {
            int32_t changed = in_case((int32_t)character, wanted, is_behind_letter);
            append(&builder, (const char *)encoded, (size_t)utf8proc_encode_char(changed, encoded));
        }
        is_behind_letter = !is_broken && is_letter((int32_t)character);
        at += taken;
    }
    return finish(&builder);
}

static struct operand do_upper(struct call *call)
{
    return change_case(call, CASE_UPPER);
}

static struct operand do_lower(struct call *call)
{
    return change_case(call, CASE_LOWER);
}

static struct operand do_proper(struct call *call)
{
    return change_case(call, CASE_PROPER);
}

/* ---- joining ------------------------------------------------------------------------------------
 */

static struct operand do_concatenate(struct call *call)
{
    size_t size_bytes = 0;
    for (unsigned i = 0; i < call->argument_count; i++)
        size_bytes += text_of(call, i).text_bytes;
    struct builder builder = builder_of(call, size_bytes);
    for (unsigned i = 0; i < call->argument_count; i++)
        append(&builder, text_of(call, i).text, text_of(call, i).text_bytes);
    return finish(&builder);
}

enum { BUILDER_ROOM = 256 };

static struct operand do_concat(struct call *call)
{
    struct builder builder = builder_of(call, BUILDER_ROOM);
    char buffer[VALUE_NUMBER_BYTES];
    struct walk walk;
    for (unsigned i = 0; i < call->argument_count; i++) {
        if (call->arguments[i].kind == OPERAND_MISSING)
            continue;
        walk_begin(&walk, call->evaluation, &call->arguments[i], WALK_BY_ROWS);
        while (walk_next(&walk) && !is_over(&builder)) {
            struct value text = value_to_text(walk.value, buffer);
            if (text.kind == VALUE_ERROR)
                return operand_of(text);
            append(&builder, text.text, text.text_bytes);
        }
    }
    return finish(&builder);
}

/* TEXTJOIN: texts with separators between; separators may be several, used one after the other. */
struct joining {
    struct call *call;
    struct builder builder;
    struct value error; /* VALUE_BLANK: none */
    bool skips_empty, has_some;
    uint32_t separator_rows, separator_columns, separator_at;
};

static void join_separator(struct joining *joining)
{
    char buffer[VALUE_NUMBER_BYTES];
    uint32_t row = joining->separator_at / joining->separator_columns;
    uint32_t column = joining->separator_at % joining->separator_columns;
    struct value separator = value_to_text(
        operand_at(joining->call->evaluation, &joining->call->arguments[0], row, column), buffer);
    if (separator.kind == VALUE_ERROR)
        joining->error = separator;
    else
        append(&joining->builder, separator.text, separator.text_bytes);
    if (++joining->separator_at / joining->separator_columns == joining->separator_rows)
        joining->separator_at = 0;
}

static bool join(struct joining *joining, struct value value)
{
    char buffer[VALUE_NUMBER_BYTES];
    struct value text = value_to_text(value, buffer);
    if (text.kind == VALUE_ERROR) {
        joining->error = text;
        return false;
    }
    if (joining->skips_empty && !text.text_bytes)
        return true;
    if (joining->has_some)
        join_separator(joining);
    joining->has_some = true;
    append(&joining->builder, text.text, text.text_bytes);
    return joining->error.kind != VALUE_ERROR && !is_over(&joining->builder);
}

static bool join_walk(struct joining *joining, const struct operand *operand)
{
    struct walk walk;
    walk_begin(&walk, joining->call->evaluation, operand, WALK_BY_ROWS);
    while (walk_next(&walk))
        if (!join(joining, walk.value))
            return false;
    return true;
}

/* With empty cells: each adds a separator, so that it is too long soon; when separators are empty
 * as well they add nothing at all. */
static bool join_all(struct joining *joining, const struct operand *operand)
{
    uint32_t rows, columns;
    if (!operand_size(operand, &rows, &columns))
        return join_walk(joining, operand);
    for (uint32_t row = 0; row < rows; row++)
        for (uint32_t column = 0; column < columns; column++)
            if (!join(joining, operand_at(joining->call->evaluation, operand, row, column)))
                return false;
    return true;
}

static bool separators_are_empty(const struct operand *separators, struct evaluation *evaluation)
{
    struct walk walk;
    walk_begin(&walk, evaluation, separators, WALK_BY_ROWS);
    while (walk_next(&walk))
        if (walk.value.kind != VALUE_TEXT || walk.value.text_bytes)
            return false;
    return true;
}

static struct operand do_textjoin(struct call *call)
{
    struct joining joining = {.call = call,
                              .builder = builder_of(call, BUILDER_ROOM),
                              .error = value_blank(),
                              .skips_empty = call->arguments[1].value.boolean};
    if (!operand_size(&call->arguments[0], &joining.separator_rows, &joining.separator_columns))
        return operand_error(ERROR_VALUE);
    bool is_plain = call->arguments[0].kind == OPERAND_MISSING;
    bool walks = joining.skips_empty || is_plain ||
                 separators_are_empty(&call->arguments[0], call->evaluation);
    for (unsigned i = 2; i < call->argument_count; i++) {
        const struct operand *texts = &call->arguments[i];
        bool goes_on = texts->kind == OPERAND_MISSING ? join(&joining, value_blank())
                       : walks                        ? join_walk(&joining, texts)
                                                      : join_all(&joining, texts);
        if (!goes_on)
            break;
    }
    return joining.error.kind == VALUE_ERROR ? operand_of(joining.error) : finish(&joining.builder);
}

/* ---- numbers and codes --------------------------------------------------------------------------
 */

static bool copy_code(struct value text, char code[CODE_BYTES_MAX])
{
    if (text.text_bytes >= CODE_BYTES_MAX)
        return false;
    memcpy(code, text.text, text.text_bytes);
    code[text.text_bytes] = '\0';
    return true;
}

static struct operand write_number(struct call *call, struct value value, const char *code)
{
    struct formatted formatted;
    number_format(&formatted, value, code, 0, evaluation_book(call->evaluation)->is_1904);
    /* A text that fills all of the room has been cut. */
    if (formatted.is_refused || formatted.text_bytes == FORMAT_TEXT_BYTES - 1)
        return operand_error(ERROR_VALUE);
    return operand_of(evaluation_text(call->evaluation, formatted.text, formatted.text_bytes));
}

static bool read_number(struct call *call, struct value text, double *number)
{
    bool is_1904 = evaluation_book(call->evaluation)->is_1904;
    return typed_number_in(text.text, text.text_bytes, is_1904, number);
}

static struct operand do_text(struct call *call)
{
    char code[CODE_BYTES_MAX];
    double number;
    struct value value = operand_value(call->evaluation, &call->arguments[0]);
    struct value text = text_of(call, 1);
    if (!text.text_bytes && value.kind != VALUE_ERROR)
        return operand_of(value.kind == VALUE_TEXT ? value : text);
    if (!copy_code(text, code) || !number_format_is_valid(code))
        return operand_error(ERROR_VALUE);
    if (value.kind == VALUE_BLANK)
        value = value_number(0);
    if (value.kind == VALUE_TEXT && read_number(call, value, &number))
        value = value_number(number);
    /* So long ones are not for formats. */
    if (value.kind == VALUE_TEXT && value.text_bytes > FORMAT_TEXT_BYTES / 4)
        return operand_of(value);
    return write_number(call, value, code);
}

static struct operand do_value(struct call *call)
{
    double number;
    struct value value = operand_value(call->evaluation, &call->arguments[0]);
    switch (value.kind) {
    case VALUE_BLANK:
        return operand_number(0);
    case VALUE_TEXT:
        return read_number(call, value, &number) ? operand_number(number)
                                                 : operand_error(ERROR_VALUE);
    case VALUE_BOOLEAN:
        return operand_error(ERROR_VALUE);
    case VALUE_NUMBER:
    case VALUE_ERROR:
        break;
    }
    return operand_of(value);
}

/* Digits before the point that are not wanted become 0; halves away from it. */
static double round_before_point(double number, int64_t digits)
{
    double power = pow(10, (double)digits);
    return round(number / power) * power;
}

/* Argument 0, or its size, in the format of front with so many decimals. false: too many of them,
 * or too long. */
static bool write_decimals(struct call *call, const char *front, bool is_size, double wanted,
                           struct formatted *formatted)
{
    char zeros[DECIMALS_MAX + 2] = "", code[CODE_BYTES_MAX];
    double number = is_size ? fabs(call_number(call, 0)) : call_number(call, 0);
    if (!(fabs(wanted) <= DECIMALS_MAX))
        return false;
    int decimals = (int)wanted;
    if (decimals > 0) {
        zeros[0] = '.';
        memset(zeros + 1, '0', (size_t)decimals);
    } else {
        number = round_before_point(number, -decimals);
    }
    (void)snprintf(code, sizeof code, "%s%s", front, zeros); /* fits always */
    number_format(formatted, value_number(number), code, 0, false);
    return formatted->text_bytes < FORMAT_TEXT_BYTES - 1; /* else it has been cut */
}

/* Written empty there are 2 decimals, as when there is no such argument; DOLLAR has none then. */
static struct operand do_fixed(struct call *call)
{
    struct formatted formatted;
    struct value decimals = value_number(2);
    if (call_has(call, 1))
        decimals = evaluation_number(call->evaluation, call->arguments[1].value);
    if (decimals.kind == VALUE_ERROR)
        return operand_of(decimals);
    if (!write_decimals(call, call_truth_or(call, 2, false) ? "0" : "#,##0", false, decimals.number,
                        &formatted))
        return operand_error(ERROR_VALUE);
    return operand_of(evaluation_text(call->evaluation, formatted.text, formatted.text_bytes));
}

/* What is rounded to 0 is not negative. */
static struct operand do_dollar(struct call *call)
{
    struct formatted formatted;
    if (!write_decimals(call, "$#,##0", true, call_number_or(call, 1, 2), &formatted))
        return operand_error(ERROR_VALUE);
    bool is_negative = call_number(call, 0) < 0 && strpbrk(formatted.text, "123456789");
    struct builder builder = builder_of(call, formatted.text_bytes + 2);
    append(&builder, "(", is_negative);
    append(&builder, formatted.text, formatted.text_bytes);
    append(&builder, ")", is_negative);
    return finish(&builder);
}

/* NUMBERVALUE: the separators are the first characters of its arguments. */
struct separators {
    uint32_t decimal, group;
};

static bool separator_of(const struct call *call, unsigned i, uint32_t otherwise,
                         uint32_t *separator)
{
    *separator = otherwise;
    if (!call_has(call, i))
        return true;
    struct value text = text_of(call, i);
    if (!text.text_bytes)
        return false;
    (void)fold_decode(text.text, text.text_bytes, separator); /* its length does not matter */
    return true;
}

/* Digits and such, without spaces and groups, the point as a point; percent signs are counted. */
static bool copy_number(struct value text, const struct separators *separators,
                        char copy[CODE_BYTES_MAX], size_t *copy_bytes, unsigned *percents)
{
    bool has_decimal = false;
    *copy_bytes = *percents = 0;
    for (size_t at = 0; at < text.text_bytes;) {
        uint32_t character;
        at += fold_decode(text.text + at, text.text_bytes - at, &character);
        if (character == separators->decimal) {
            if (has_decimal)
                return false;
            has_decimal = true;
            character = '.';
        } else if (character == separators->group) {
            if (has_decimal)
                return false;
            continue;
        } else if (character == '%') {
            ++*percents;
            continue;
        }
        if (character == ' ')
            continue;
        /* Only signs may follow a percent sign. */
        if (*percents || character >= 0x80 || *copy_bytes == CODE_BYTES_MAX)
            return false;
        copy[(*copy_bytes)++] = (char)character;
    }
    return true;
}

static struct operand do_numbervalue(struct call *call)
{
    struct separators separators;
    struct value text = text_of(call, 0);
    char copy[CODE_BYTES_MAX];
    size_t copy_bytes;
    unsigned percents;
    double number = 0;
    if (!separator_of(call, 1, '.', &separators.decimal) ||
        !separator_of(call, 2, ',', &separators.group) ||
        !copy_number(text, &separators, copy, &copy_bytes, &percents) ||
        (copy_bytes && !value_parse_number(copy, copy_bytes, &number)) || (!copy_bytes && percents))
        return operand_error(ERROR_VALUE);
    return operand_number(number / pow(100, percents));
}

/* ---- codes --------------------------------------------------------------------------------------
 */

/* Of Windows-1252, from 0x80 on, where it is not Latin-1. */
static const uint16_t windows_codes[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

static struct operand text_of_character(struct call *call, uint32_t character)
{
    utf8proc_uint8_t encoded[4];
    utf8proc_ssize_t size_bytes = utf8proc_encode_char((utf8proc_int32_t)character, encoded);
    return operand_of(evaluation_text(call->evaluation, (const char *)encoded, (size_t)size_bytes));
}

static struct operand do_char(struct call *call)
{
    int64_t code;
    if (!call_whole(call, 0, 1, 255, &code))
        return operand_error(ERROR_VALUE);
    bool is_windows = code >= 0x80 && code < 0xA0;
    return text_of_character(call, is_windows ? windows_codes[code - 0x80] : (uint32_t)code);
}

static struct operand do_code(struct call *call)
{
    uint32_t character;
    struct value text = text_of(call, 0);
    if (!text.text_bytes)
        return operand_error(ERROR_VALUE);
    (void)fold_decode(text.text, text.text_bytes, &character); /* its length does not matter */
    for (unsigned i = 0; i < 32; i++)
        if (windows_codes[i] == character)
            return operand_number(0x80 + i);
    return operand_number(character < 256 ? character : '?');
}

static struct operand do_unichar(struct call *call)
{
    int64_t code;
    if (!call_whole(call, 0, 1, 0x10FFFF, &code))
        return operand_error(ERROR_VALUE);
    if (code >= 0xD800 && code <= 0xDFFF)
        return operand_error(ERROR_NA);
    return text_of_character(call, (uint32_t)code);
}

static struct operand do_unicode(struct call *call)
{
    uint32_t character;
    struct value text = text_of(call, 0);
    if (!text.text_bytes)
        return operand_error(ERROR_VALUE);
    (void)fold_decode(text.text, text.text_bytes, &character); /* its length does not matter */
    return operand_number(character);
}

/* ---- the table ----------------------------------------------------------------------------------
 */

static const struct function functions[] = {
    {"CHAR", 1, 1, "i", do_char, 0, "CHAR(code)", "the character of a code from 1 to 255"},
    {"CLEAN", 1, 1, "t", do_clean, 0, "CLEAN(text)", "a text without control characters"},
    {"CODE", 1, 1, "t", do_code, 0, "CODE(text)", "the code of the first character, to 255"},
    {"CONCAT", 1, 255, "r*", do_concat, FUNCTION_IS_LATER, "CONCAT(text, ...)",
     "all texts put together, of areas as well"},
    {"CONCATENATE", 1, 255, "t*", do_concatenate, 0, "CONCATENATE(text, ...)",
     "texts put together"},
    {"DOLLAR", 1, 2, "ni", do_dollar, 0, "DOLLAR(number, decimals)",
     "a number as text with a dollar sign"},
    {"ENCODEURL", 1, 1, "t", do_encodeurl, FUNCTION_IS_LATER, "ENCODEURL(text)",
     "a text as it may stand in an address"},
    {"EXACT", 2, 2, "tt", do_exact, 0, "EXACT(text, text)",
     "whether texts are the same, case included"},
    {"FIND", 2, 3, "tti", do_find, 0, "FIND(wanted, text, start)",
     "the place of a text in another, of the same case"},
    {"FINDB", 2, 3, "tti", do_find, 0, "FINDB(wanted, text, start)",
     "the same: a character counts as one byte"},
    {"FIXED", 1, 3, "nvb", do_fixed, 0, "FIXED(number, decimals, without_groups)",
     "a number as text with so many decimals"},
    {"LEFT", 1, 2, "ti", do_left, 0, "LEFT(text, count)", "the first characters of a text"},
    {"LEFTB", 1, 2, "ti", do_left, 0, "LEFTB(text, count)",
     "the same: a character counts as one byte"},
    {"LEN", 1, 1, "t", do_len, 0, "LEN(text)", "how many characters a text has"},
    {"LENB", 1, 1, "t", do_len, 0, "LENB(text)", "the same: a character counts as one byte"},
    {"LOWER", 1, 1, "t", do_lower, 0, "LOWER(text)", "a text in small letters"},
    {"MID", 3, 3, "tii", do_mid, 0, "MID(text, start, count)", "a part of a text"},
    {"MIDB", 3, 3, "tii", do_mid, 0, "MIDB(text, start, count)",
     "the same: a character counts as one byte"},
    {"NUMBERVALUE", 1, 3, "ttt", do_numbervalue, FUNCTION_IS_LATER,
     "NUMBERVALUE(text, decimal_separator, group_separator)",
     "the number that a text of another country says"},
    {"PROPER", 1, 1, "t", do_proper, 0, "PROPER(text)", "Every Word With A Capital"},
    {"REPLACE", 4, 4, "tiit", do_replace, 0, "REPLACE(text, start, count, new)",
     "a text with another in place of some characters"},
    {"REPLACEB", 4, 4, "tiit", do_replace, 0, "REPLACEB(text, start, count, new)",
     "the same: a character counts as one byte"},
    {"REPT", 2, 2, "ti", do_rept, 0, "REPT(text, count)", "a text again and again"},
    {"RIGHT", 1, 2, "ti", do_right, 0, "RIGHT(text, count)", "the last characters of a text"},
    {"RIGHTB", 1, 2, "ti", do_right, 0, "RIGHTB(text, count)",
     "the same: a character counts as one byte"},
    {"SEARCH", 2, 3, "tti", do_search, 0, "SEARCH(wanted, text, start)",
     "the place of a text in another, of either case, with * and ?"},
    {"SEARCHB", 2, 3, "tti", do_search, 0, "SEARCHB(wanted, text, start)",
     "the same: a character counts as one byte"},
    {"SUBSTITUTE", 3, 4, "ttti", do_substitute, 0, "SUBSTITUTE(text, old, new, which)",
     "a text with another in place of an old one"},
    {"TEXT", 2, 2, "vt", do_text, 0, "TEXT(value, format)", "a value as a format code writes it"},
    {"TEXTJOIN", 3, 255, "rbr*", do_textjoin, FUNCTION_IS_LATER,
     "TEXTJOIN(separator, skip_empty, text, ...)", "texts put together with separators between"},
    {"TRIM", 1, 1, "t", do_trim, 0, "TRIM(text)", "a text without spaces around and double ones"},
    {"UNICHAR", 1, 1, "i", do_unichar, FUNCTION_IS_LATER, "UNICHAR(code)",
     "the character of a Unicode code"},
    {"UNICODE", 1, 1, "t", do_unicode, FUNCTION_IS_LATER, "UNICODE(text)",
     "the Unicode code of the first character"},
    {"UPPER", 1, 1, "t", do_upper, 0, "UPPER(text)", "a text in capitals"},
    {"VALUE", 1, 1, "v", do_value, 0, "VALUE(text)", "the number or date that a text says"},
};

const struct function_list function_text = {functions, sizeof functions / sizeof *functions};
