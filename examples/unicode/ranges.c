/* SPDX-License-Identifier: MIT */
#include "ranges.h"

#include <stdlib.h>
#include <string.h>

#include "complaint.h"
#include "record.h"

static bool damaged(const struct ranges *ranges, unsigned line, const char *what, struct span span)
{
    char shown[SPAN_SHOWN_BYTES];
    return complain_at(ranges->text.path, line, "%s: \"%s\" (damaged? reinstall unicode-data)",
                       what, span_shown(span, shown));
}

static bool parse_bounds(const struct ranges *ranges, struct span field, struct range *range)
{
    struct span whole = field;
    struct span first = span_cut(&field, '.');
    if (!span_code_point(first, &range->first))
        return damaged(ranges, range->line,
                       "not a code point, four to six hexadecimal digits up to 10FFFF", first);
    range->last = range->first;
    if (first.length == whole.length)
        return true;
    if (!span_starts(field, "."))
        return damaged(ranges, range->line, "not a range FIRST..LAST", whole);
    struct span last = {field.first + 1, field.length - 1};
    if (last.length == 0)
        return damaged(ranges, range->line, "a range without an end", whole);
    if (!span_code_point(last, &range->last))
        return damaged(ranges, range->line,
                       "not a code point, four to six hexadecimal digits up to 10FFFF", last);
    if (range->last < range->first)
        return damaged(ranges, range->line, "a range that ends before it begins", whole);
    return true;
}

static bool parse_age(const struct ranges *ranges, struct span field, struct range *range)
{
    struct span rest = field;
    int64_t major = 0, minor = 0;
    if (!span_decimal(span_cut(&rest, '.'), 254, &major) || !span_decimal(rest, 255, &minor) ||
        major < 1 || minor < 0)
        return damaged(ranges, range->line, "not a version of Unicode", field);
    range->value = (uint16_t)(major * 256 + minor);
    return true;
}

static bool parse_name(struct ranges *ranges, struct span field, struct range *range)
{
    if (field.length == 0 || field.length >= RANGES_NAME_BYTES)
        return damaged(ranges, range->line, "not a name of 1 to 31 letters", field);
    /* Lines of one name stand together, so the last name is nearly always the one. */
    for (size_t i = ranges->name_count; i-- > 0;) {
        if (!span_is(field, ranges->names[i]))
            continue;
        range->value = (uint16_t)i;
        return true;
    }
    if (ranges->name_count == RANGES_NAMES_MAX)
        return damaged(ranges, range->line, "more than 512 different names", field);
    memcpy(ranges->names[ranges->name_count], field.first, field.length);
    range->value = (uint16_t)ranges->name_count++;
    return true;
}

static bool append(struct ranges *ranges, const struct range *range)
{
    if (ranges->count == ranges->room) {
        size_t room = ranges->room ? ranges->room * 2 : 4096;
        struct range *list = reallocarray(ranges->list, room, sizeof *list);
        if (!list)
            return complain_at(ranges->text.path, range->line, "no memory for its ranges");
        ranges->list = list;
        ranges->room = room;
    }
    ranges->list[ranges->count++] = *range;
    return true;
}

static bool parse_line(struct ranges *ranges, struct span line, unsigned number)
{
    struct span content = span_cut(&line, '#');
    if (content.length == 0)
        return true;
    struct range range = {.line = number};
    struct span whole = content;
    struct span bounds = span_cut(&content, ';');
    if (bounds.length == whole.length)
        return damaged(ranges, number, "1 field where 2 were expected", whole);
    struct span value = span_cut(&content, ';');
    if (content.length > 0)
        return damaged(ranges, number, "more than 2 fields", whole);
    if (!parse_bounds(ranges, bounds, &range))
        return false;
    bool parsed = ranges->kind == RANGES_OF_AGES ? parse_age(ranges, value, &range)
                                                 : parse_name(ranges, value, &range);
    return parsed && append(ranges, &range);
}

/* The files end with the line "# EOF", so that one cut short between two lines can be told. */
static bool parse(struct ranges *ranges)
{
    struct cursor cursor = {0};
    struct span line = {0}, last = {0};
    enum text_next next;
    while ((next = text_next(&ranges->text, &cursor, &line)) == TEXT_LINE) {
        if (!parse_line(ranges, line, cursor.line))
            return false;
        if (span_trim(line).length > 0)
            last = span_trim(line);
    }
    if (next == TEXT_DAMAGED)
        return false;
    if (!span_is(last, "# EOF"))
        return complain_at(ranges->text.path, cursor.line,
                           "the closing line \"# EOF\" is missing (cut short? reinstall "
                           "unicode-data)");
    if (ranges->count == 0)
        return complain_at(ranges->text.path, cursor.line, "the file has no data lines");
    return true;
}

static int by_first(const void *left, const void *right)
{
    const struct range *a = left, *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

static bool check_overlap(const struct ranges *ranges)
{
    for (size_t i = 1; i < ranges->count; i++) {
        const struct range *before = &ranges->list[i - 1], *range = &ranges->list[i];
        if (range->first > before->last)
            continue;
        const struct range *later = range->line > before->line ? range : before;
        const struct range *earlier = later == range ? before : range;
        return complain_at(ranges->text.path, later->line,
                           "U+%04X has a value already, from line %u (damaged? reinstall "
                           "unicode-data)",
                           range->first, earlier->line);
    }
    return true;
}

bool ranges_load(struct ranges *ranges, enum ranges_kind kind, const char *directory,
                 const char *name)
{
    *ranges = (struct ranges){.kind = kind};
    if (!text_load(&ranges->text, directory, name))
        return false;
    if (kind == RANGES_OF_NAMES) {
        ranges->names = calloc(RANGES_NAMES_MAX, sizeof *ranges->names);
        if (!ranges->names)
            return complain_at(ranges->text.path, 0, "no memory for its names");
    }
    if (!parse(ranges))
        return false;
    qsort(ranges->list, ranges->count, sizeof *ranges->list, by_first);
    return check_overlap(ranges);
}

void ranges_free(struct ranges *ranges)
{
    text_free(&ranges->text);
    free(ranges->list);
    free(ranges->names);
    *ranges = (struct ranges){0};
}

uint16_t ranges_value(const struct ranges *ranges, size_t *hint, uint32_t code_point)
{
    size_t i = *hint;
    if (i >= ranges->count || ranges->list[i].first > code_point)
        i = 0;
    while (i < ranges->count && ranges->list[i].last < code_point)
        i++;
    *hint = i;
    if (i == ranges->count || ranges->list[i].first > code_point)
        return RANGES_NO_VALUE;
    return ranges->list[i].value;
}

static uint64_t length(const struct range *range)
{
    return (uint64_t)range->last - range->first + 1;
}

uint64_t ranges_code_points_of(const struct ranges *ranges, uint16_t value)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < ranges->count; i++)
        sum += ranges->list[i].value == value ? length(&ranges->list[i]) : 0;
    return sum;
}

uint64_t ranges_code_points(const struct ranges *ranges)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < ranges->count; i++)
        sum += length(&ranges->list[i]);
    return sum;
}

uint16_t ranges_name_index(const struct ranges *ranges, const char *name)
{
    for (size_t i = 0; i < ranges->name_count; i++)
        if (strcmp(ranges->names[i], name) == 0)
            return (uint16_t)i;
    return RANGES_NO_VALUE;
}
