/* SPDX-License-Identifier: MIT */
#include "story.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "audit.h"
#include "report.h"

enum { NOTE_BYTES = 64, GLYPH_COLUMNS = 3, SCRIPT_COLUMNS = 7 };

/* Letters, a sign, a ligature, names by rule; then three that are no characters. */
static const uint32_t questions[] = {0x0041, 0x00DF, 0x00BD,  0x03A9, 0x20AC,  0xFB03,
                                     0x6F22, 0xD55C, 0x1F600, 0x0378, 0x50000, 0x10FFFD};

/* UTF-8 of a code point that is no surrogate. */
static void encode(uint32_t code_point, char bytes[5])
{
    memset(bytes, 0, 5);
    if (code_point < 0x80) {
        bytes[0] = (char)code_point;
    } else if (code_point < 0x800) {
        bytes[0] = (char)(0xC0 | code_point >> 6);
        bytes[1] = (char)(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        bytes[0] = (char)(0xE0 | code_point >> 12);
        bytes[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        bytes[2] = (char)(0x80 | (code_point & 0x3F));
    } else {
        bytes[0] = (char)(0xF0 | code_point >> 18);
        bytes[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
        bytes[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
        bytes[3] = (char)(0x80 | (code_point & 0x3F));
    }
}

/* The character itself where the terminal can show it, filled up with blanks to its column. */
static void print_glyph(const struct record *record, uint32_t code_point)
{
    if (!report_has_utf8())
        return;
    int width = record ? wcwidth((wchar_t)code_point) : 0;
    char bytes[5] = "";
    if (width > 0)
        encode(code_point, bytes);
    printf("%s%*s", bytes, GLYPH_COLUMNS - (width > 0 ? width : 0), "");
}

/* The one most telling property, after a blank; empty when there is none. */
static void describe(const struct record *record, char note[NOTE_BYTES])
{
    note[0] = '\0';
    if (record->denominator > 1)
        snprintf(note, NOTE_BYTES, "  value %" PRId64 "/%" PRIu32, record->numerator,
                 record->denominator);
    else if (record->part_count > 0)
        snprintf(note, NOTE_BYTES, "  %s of %u", record->tag[0] ? record->tag : "composed",
                 record->part_count);
    else if (record->lower != 0)
        snprintf(note, NOTE_BYTES, "  lower U+%04" PRIX32, record->lower);
    else if (record->upper != 0)
        snprintf(note, NOTE_BYTES, "  upper U+%04" PRIX32, record->upper);
}

static void print_answer(const struct story *story, uint32_t code_point,
                         const struct record *record, steppe_state state)
{
    char number[16], version[8], note[NOTE_BYTES];
    snprintf(number, sizeof number, "U+%04" PRIX32, code_point);
    fputs("     ", stdout);
    print_glyph(record, code_point);
    if (!record) {
        printf("%-10s%sno character, page %s%s\n", number, report_ink(COLOUR_GREY),
               steppe_state_name(state), report_plain());
        return;
    }
    snprintf(version, sizeof version, "%u.%u", record->age / 256U, record->age % 256U);
    describe(record, note);
    printf("%-10s%-28.28s %s  %-5s%-*s%s\n", number, record->name, record->category, version,
           note[0] ? SCRIPT_COLUMNS : 0, story->dataset.scripts.names[record->script], note);
}

/* Scripts.txt is a witness of its own: it lists exactly the characters. */
static void answer(const struct story *story, uint32_t code_point)
{
    const struct table *table = &story->loading.table;
    const struct record *record = table_find(table, code_point);
    steppe_state state = table_state(table, code_point);
    print_answer(story, code_point, record, state);
    size_t hint = 0;
    bool is_listed = ranges_value(&story->dataset.scripts, &hint, code_point) != RANGES_NO_VALUE;
    audit_true((record != NULL) == is_listed, "U+%04" PRIX32 " is %s the table, %s Scripts.txt",
               code_point, record ? "in" : "not in", is_listed ? "in" : "not in");
}

bool chapter_lookup(struct story *story)
{
    report_chapter(2, "Look characters up");
    uint64_t before = steppe_budget_charged_bytes(story->loading.table.budget);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        answer(story, questions[i]);
    report_gap();
    report_say(
        "The last two lie on pages nobody paid for. A touch would commit them; steppe_query");
    report_say("asks first, so looking is free.");
    audit_equal(
        (struct figure){"the charge after looking", table_committed_bytes(&story->loading.table)},
        (struct figure){"the charge before", before});
    audit_tick("looking committed nothing: still %s bytes", report_number(before));
    return true;
}
