/* SPDX-License-Identifier: MIT */
#include "reader.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "complaint.h"

/* The fields of a line of UnicodeData.txt, in the order of the file (Unicode Standard Annex 44). */
enum field {
    FIELD_CODE_POINT,
    FIELD_NAME,
    FIELD_CATEGORY,
    FIELD_COMBINING,
    FIELD_BIDI,
    FIELD_DECOMPOSITION,
    FIELD_DECIMAL,
    FIELD_DIGIT,
    FIELD_NUMERIC,
    FIELD_MIRRORED,
    FIELD_OLD_NAME,
    FIELD_COMMENT,
    FIELD_UPPER,
    FIELD_LOWER,
    FIELD_TITLE,
    FIELD_COUNT
};

struct entry {
    struct span fields[FIELD_COUNT];
    uint32_t code_point;
};

static bool damaged_at(const struct reader *reader, unsigned line, const char *what,
                       struct span span)
{
    char shown[SPAN_SHOWN_BYTES];
    return complain_at(reader->dataset->characters.path, line,
                       "%s: \"%s\" (damaged? reinstall unicode-data)", what,
                       span_shown(span, shown));
}

static bool damaged(const struct reader *reader, const char *what, struct span span)
{
    return damaged_at(reader, reader->cursor.line, what, span);
}

/* ---- one line -------------------------------------------------------------------------------- */

static bool split(const struct reader *reader, struct span line, struct entry *entry)
{
    size_t separators = 0;
    for (size_t i = 0; i < line.length; i++)
        separators += line.first[i] == ';';
    if (separators + 1 != FIELD_COUNT)
        return complain_at(reader->dataset->characters.path, reader->cursor.line,
                           "%zu field%s where %d were expected (damaged? reinstall unicode-data)",
                           separators + 1, separators == 0 ? "" : "s", FIELD_COUNT);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        entry->fields[i] = span_cut(&line, ';');
    return true;
}

static bool read_entry(struct reader *reader, struct entry *entry, bool *at_end)
{
    struct span line;
    enum text_next next = text_next(&reader->dataset->characters, &reader->cursor, &line);
    *at_end = next == TEXT_END;
    if (next != TEXT_LINE)
        return false;
    if (!split(reader, line, entry))
        return false;
    struct span number = entry->fields[FIELD_CODE_POINT];
    if (!span_code_point(number, &entry->code_point))
        return damaged(reader, "not a code point, four to six hexadecimal digits up to 10FFFF",
                       number);
    if (entry->code_point < reader->next_first)
        return damaged(reader, "a code point out of order", number);
    reader->next_first = entry->code_point + 1;
    return true;
}

static bool copy_word(const struct reader *reader, const char *what, struct span word,
                      size_t length_min, char *to, size_t room)
{
    if (word.length < length_min || word.length >= room)
        return damaged(reader, what, word);
    memcpy(to, word.first, word.length);
    to[word.length] = '\0';
    return true;
}

static bool parse_parts(const struct reader *reader, struct span field, struct record *record)
{
    struct span rest = field;
    if (span_starts(rest, "<")) {
        rest.first++;
        rest.length--;
        struct span tag = span_cut(&rest, '>');
        if (!copy_word(reader, "not a decomposition tag", tag, 1, record->tag, RECORD_TAG_BYTES))
            return false;
        rest = span_trim(rest);
    }
    while (rest.length > 0) {
        if (record->part_count == RECORD_PARTS_MAX)
            return damaged(reader, "a decomposition of more than 20 code points", field);
        struct span part = span_cut(&rest, ' ');
        if (!span_code_point(part, &record->parts[record->part_count]))
            return damaged(reader, "not a decomposition", field);
        record->part_count++;
    }
    return true;
}

static bool parse_numeric(const struct reader *reader, struct span field, struct record *record)
{
    if (field.length == 0)
        return true;
    struct span rest = field;
    struct span top = span_cut(&rest, '/');
    int64_t bottom = 1;
    if (!span_decimal(top, INT64_MAX, &record->numerator))
        return damaged(reader, "not a numeric value", field);
    if (top.length != field.length && (!span_decimal(rest, UINT32_MAX, &bottom) || bottom < 1))
        return damaged(reader, "not a numeric value", field);
    record->denominator = (uint32_t)bottom;
    return true;
}

static bool parse_case(const struct reader *reader, struct span field, uint32_t *mapping)
{
    if (field.length == 0 || span_code_point(field, mapping))
        return true;
    return damaged(reader, "not a case mapping", field);
}

static bool parse_combining(const struct reader *reader, struct span field, struct record *record)
{
    int64_t number = 0;
    if (!span_decimal(field, 254, &number) || number < 0)
        return damaged(reader, "not a combining class from 0 to 254", field);
    record->combining_class = (uint8_t)number;
    return true;
}

static bool parse_mirrored(const struct reader *reader, struct span field, struct record *record)
{
    if (!span_is(field, "Y") && !span_is(field, "N"))
        return damaged(reader, "neither Y nor N for \"mirrored\"", field);
    record->is_mirrored = span_is(field, "Y");
    return true;
}

static bool fill_record(const struct reader *reader, const struct entry *entry,
                        struct record *record)
{
    const struct span *fields = entry->fields;
    *record = (struct record){.is_used = true};
    return copy_word(reader, "not a name of 1 to 103 letters", fields[FIELD_NAME], 1, record->name,
                     RECORD_NAME_BYTES) &&
           copy_word(reader, "not a general category of two letters", fields[FIELD_CATEGORY], 2,
                     record->category, RECORD_CATEGORY_BYTES) &&
           copy_word(reader, "not a bidi class", fields[FIELD_BIDI], 1, record->bidi,
                     RECORD_BIDI_BYTES) &&
           parse_combining(reader, fields[FIELD_COMBINING], record) &&
           parse_parts(reader, fields[FIELD_DECOMPOSITION], record) &&
           parse_numeric(reader, fields[FIELD_NUMERIC], record) &&
           parse_mirrored(reader, fields[FIELD_MIRRORED], record) &&
           parse_case(reader, fields[FIELD_UPPER], &record->upper) &&
           parse_case(reader, fields[FIELD_LOWER], &record->lower) &&
           parse_case(reader, fields[FIELD_TITLE], &record->title);
}

/* ---- names by rule --------------------------------------------------------------------------- */

static void name_by_number(struct record *record, const char *stem, uint32_t code_point)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t length = strlen(stem);
    memset(record->name, 0, sizeof record->name);
    memcpy(record->name, stem, length);
    for (int shift = code_point > 0xFFFF ? 16 : 12; shift >= 0; shift -= 4)
        record->name[length++] = digits[code_point >> shift & 0xF];
}

/* Hangul syllables are named by their letters: first, vowel, last (Unicode Standard, 3.12). */
static void name_hangul(struct record *record, uint32_t code_point)
{
    static const char firsts[19][3] = {"G",  "GG", "N", "D",  "DD", "R", "M", "B", "BB", "S",
                                       "SS", "",   "J", "JJ", "C",  "K", "T", "P", "H"};
    static const char vowels[21][4] = {"A",   "AE", "YA", "YAE", "EO", "E",  "YEO",
                                       "YE",  "O",  "WA", "WAE", "OE", "YO", "U",
                                       "WEO", "WE", "WI", "YU",  "EU", "YI", "I"};
    static const char lasts[28][3] = {"",   "G",  "GG", "GS", "N",  "NJ", "NH", "D", "L",  "LG",
                                      "LM", "LB", "LS", "LT", "LP", "LH", "M",  "B", "BS", "S",
                                      "SS", "NG", "J",  "C",  "K",  "T",  "P",  "H"};
    uint32_t index = code_point - 0xAC00;
    memset(record->name, 0, sizeof record->name);
    snprintf(record->name, sizeof record->name, "HANGUL SYLLABLE %s%s%s", firsts[index / 588],
             vowels[index / 28 % 21], lasts[index % 28]);
}

static void name_record(struct reader *reader)
{
    if (reader->naming == NAMING_HANGUL)
        name_hangul(&reader->record, reader->code_point);
    if (reader->naming == NAMING_BY_NUMBER)
        name_by_number(&reader->record, reader->stem, reader->code_point);
}

/* "<CJK Ideograph Extension B, First>" gives "CJK UNIFIED IDEOGRAPH-", "<Tangut Ideograph
 * Supplement, First>" gives "TANGUT IDEOGRAPH-"; a range of a later Unicode gives its own label. */
static void choose_naming(struct reader *reader, struct span label, uint32_t first, uint32_t last)
{
    reader->naming = NAMING_BY_NUMBER;
    memset(reader->stem, 0, sizeof reader->stem);
    if (span_starts(label, "<Hangul Syllable") && first == 0xAC00 && last == 0xD7A3) {
        reader->naming = NAMING_HANGUL;
    } else if (span_starts(label, "<CJK Ideograph")) {
        strcpy(reader->stem, "CJK UNIFIED IDEOGRAPH-");
    } else if (span_starts(label, "<Tangut Ideograph")) {
        strcpy(reader->stem, "TANGUT IDEOGRAPH-");
    } else {
        size_t length = label.length - strlen("<, First>");
        size_t room = sizeof reader->stem - sizeof "-10FFFF";
        length = length < room ? length : room;
        for (size_t i = 0; i < length; i++)
            reader->stem[i] = (char)toupper((unsigned char)label.first[i + 1]);
        reader->stem[length] = '-';
    }
}

/* ---- ranges and properties ------------------------------------------------------------------- */

static bool is_left_out(const struct record *record)
{
    return strcmp(record->category, "Cs") == 0 || strcmp(record->category, "Co") == 0;
}

/* Read the "Last" line that must follow a "First" line. */
static bool read_range_end(struct reader *reader, const struct entry *entry)
{
    struct span label = entry->fields[FIELD_NAME];
    unsigned line = reader->cursor.line;
    struct entry end;
    bool at_end = false;
    if (!read_entry(reader, &end, &at_end)) {
        if (at_end)
            damaged_at(reader, line, "a range without an end, the file stops here", label);
        return false;
    }
    struct span end_label = end.fields[FIELD_NAME];
    size_t stem = label.length - strlen("First>");
    if (!span_ends(end_label, ", Last>") || end_label.length != stem + strlen("Last>") ||
        memcmp(end_label.first, label.first, stem) != 0)
        return damaged_at(reader, line, "a range without an end, the next line is not its last",
                          label);
    reader->range_last = end.code_point;
    choose_naming(reader, label, entry->code_point, end.code_point);
    return true;
}

static bool add_properties(struct reader *reader)
{
    const struct dataset *dataset = reader->dataset;
    struct record *record = &reader->record;
    record->age = ranges_value(&dataset->ages, &reader->age_hint, reader->code_point);
    record->script = ranges_value(&dataset->scripts, &reader->script_hint, reader->code_point);
    if (record->age != RANGES_NO_VALUE && record->script != RANGES_NO_VALUE)
        return true;
    const struct text *lacking =
        record->age == RANGES_NO_VALUE ? &dataset->ages.text : &dataset->scripts.text;
    return complain_at(dataset->characters.path, reader->cursor.line,
                       "U+%04X is not in %s (are the files of one version of Unicode?)",
                       reader->code_point, lacking->path);
}

/* UnicodeData.txt has no closing line of its own, so Scripts.txt tells whether it is whole. */
static bool check_complete(const struct reader *reader)
{
    uint64_t expected = ranges_code_points(&reader->dataset->scripts);
    if (reader->count == expected)
        return true;
    return complain_at(reader->dataset->characters.path, reader->cursor.line,
                       "the file ends after %ju characters, but Scripts.txt knows %ju (cut short, "
                       "or not of one version? reinstall unicode-data)",
                       (uintmax_t)reader->count, (uintmax_t)expected);
}

static enum reader_state give(struct reader *reader)
{
    if (!add_properties(reader))
        return READER_FAILED;
    name_record(reader);
    reader->count++;
    return READER_HAS_RECORD;
}

static enum reader_state next_entry(struct reader *reader)
{
    for (;;) {
        struct entry entry;
        bool at_end = false;
        if (!read_entry(reader, &entry, &at_end))
            return at_end && check_complete(reader) ? READER_AT_END : READER_FAILED;
        if (!fill_record(reader, &entry, &reader->record))
            return READER_FAILED;
        reader->code_point = entry.code_point;
        reader->range_last = entry.code_point;
        reader->naming = NAMING_LISTED;
        struct span name = entry.fields[FIELD_NAME];
        if (span_starts(name, "<") && span_ends(name, ", First>")) {
            if (!read_range_end(reader, &entry))
                return READER_FAILED;
        } else if (span_starts(name, "<") && span_ends(name, ", Last>")) {
            damaged(reader, "the end of a range that did not begin", name);
            return READER_FAILED;
        }
        if (!is_left_out(&reader->record))
            return give(reader);
    }
}

void reader_start(struct reader *reader, const struct dataset *dataset)
{
    *reader = (struct reader){.dataset = dataset};
    reader->state = next_entry(reader);
}

void reader_advance(struct reader *reader)
{
    if (reader->state != READER_HAS_RECORD)
        return;
    if (reader->code_point == reader->range_last) {
        reader->state = next_entry(reader);
        return;
    }
    reader->code_point++;
    reader->state = give(reader);
}
