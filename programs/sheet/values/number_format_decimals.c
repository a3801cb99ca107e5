/* SPDX-License-Identifier: MIT */
/*
 * number_format_decimals.c - one decimal more or less: see number_format.h. The code is taken apart
 * for where its digits are, and changed there; all else stays as it was written.
 */
#include "sheet/values/format_code.h"

#include <string.h>

enum { DECIMALS_MAX = 30 };

/* At a place in the code: bytes to leave out, text to put in. */
struct change {
    const char *at;
    size_t leave_bytes;
    const char *put;
};

struct changes {
    struct change list[2 * FORMAT_SECTIONS_MAX];
    size_t count;
};

static void change(struct changes *changes, const char *at, size_t leave_bytes, const char *text)
{
    changes->list[changes->count++] = (struct change){at, leave_bytes, text};
}

struct places {
    const struct format_token *point, *last_whole, *last_decimal;
};

static struct places find_places(const struct format_section *section)
{
    struct places places = {0};
    for (unsigned i = 0; i < section->token_count; i++) {
        const struct format_token *token = &section->tokens[i];
        if (token->kind == FORMAT_EXPONENT)
            break;
        if (token->kind == FORMAT_POINT)
            places.point = token;
        else if (token->kind == FORMAT_DIGIT && places.point)
            places.last_decimal = token;
        else if (token->kind == FORMAT_DIGIT)
            places.last_whole = token;
    }
    return places;
}

static void change_decimals(struct changes *changes, const struct format_section *section, int by)
{
    struct places places = find_places(section);
    const struct format_token *last = places.last_decimal ? places.last_decimal : places.point;
    if (by > 0 && last && section->decimal_places < DECIMALS_MAX)
        change(changes, last->text + 1, 0, "0");
    else if (by > 0 && !last && places.last_whole)
        change(changes, places.last_whole->text + 1, 0, ".0");
    if (by > 0 || !last || (!section->whole_places && section->decimal_places <= 1))
        return; /* the last digit stays */
    if (section->decimal_places <= 1)
        change(changes, places.point->text, 1, "");
    if (places.last_decimal)
        change(changes, places.last_decimal->text, 1, "");
}

static void change_general(struct changes *changes, const struct format_section *section, int by)
{
    for (unsigned i = 0; i < section->token_count; i++)
        if (section->tokens[i].kind == FORMAT_AS_GENERAL) {
            change(changes, section->tokens[i].text, section->tokens[i].text_bytes,
                   by > 0 ? "0.0" : "0");
            return;
        }
}

static void change_section(struct changes *changes, const struct format_section *section, int by)
{
    switch (section->kind) {
    case FORMAT_NUMBER:
    case FORMAT_CURRENCY:
    case FORMAT_PERCENT:
    case FORMAT_SCIENTIFIC:
        change_decimals(changes, section, by);
        break;
    case FORMAT_GENERAL:
        change_general(changes, section, by);
        break;
    default:
        break;
    }
}

static bool apply(const struct changes *changes, const char *code, char changed[FORMAT_TEXT_BYTES])
{
    size_t put_bytes = 0;
    for (size_t i = 0; i <= changes->count; i++) {
        const struct change *next = i < changes->count ? &changes->list[i] : NULL;
        size_t copy_bytes = next ? (size_t)(next->at - code) : strlen(code);
        size_t new_bytes = next ? strlen(next->put) : 0;
        if (copy_bytes + new_bytes >= FORMAT_TEXT_BYTES - put_bytes)
            return false;
        memcpy(changed + put_bytes, code, copy_bytes);
        put_bytes += copy_bytes;
        if (!next)
            break;
        memcpy(changed + put_bytes, next->put, new_bytes);
        put_bytes += new_bytes;
        code = next->at + next->leave_bytes;
    }
    changed[put_bytes] = '\0';
    return true;
}

bool number_format_decimals(const char *code, int by, char changed[FORMAT_TEXT_BYTES])
{
    struct format_code parsed;
    struct changes changes = {.count = 0};
    if (!code || !*code)
        code = "General";
    if (!by || !format_code_parse(&parsed, code))
        return false;
    for (unsigned i = 0; i < parsed.section_count; i++)
        change_section(&changes, &parsed.sections[i], by);
    /* A digit more may mean something else to what stands beside it: ".0/4" is half a fraction. */
    return changes.count && apply(&changes, code, changed) && format_code_parse(&parsed, changed);
}
