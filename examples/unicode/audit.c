/* SPDX-License-Identifier: MIT */
#include "audit.h"

#include <stdarg.h>
#include <stdio.h>

#include "report.h"

static uint64_t comparison_count, contradiction_count, ticked_count;

static void begin_contradiction(void)
{
    contradiction_count++;
    printf("     %s%s%s CONTRADICTION: %s", report_bold(), report_ink(COLOUR_VERMILION),
           report_sign("✗", "!!"), report_plain());
}

static void compare(bool holds, struct figure left, const char *relation, struct figure right)
{
    comparison_count++;
    if (holds)
        return;
    begin_contradiction();
    printf("%s says %s, which should be %s %s, said by %s\n", left.source,
           report_number(left.value), relation, report_number(right.value), right.source);
}

bool audit_equal(struct figure left, struct figure right)
{
    compare(left.value == right.value, left, "equal to", right);
    return left.value == right.value;
}

bool audit_at_most(struct figure small, struct figure large)
{
    compare(small.value <= large.value, small, "at most", large);
    return small.value <= large.value;
}

bool audit_true(bool holds, const char *format, ...)
{
    comparison_count++;
    if (holds)
        return true;
    begin_contradiction();
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    return false;
}

void audit_tick(const char *format, ...)
{
    bool is_clean = contradiction_count == ticked_count;
    ticked_count = contradiction_count;
    if (!is_clean)
        return;
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    report_check("%s", text);
}

uint64_t audit_comparison_count(void)
{
    return comparison_count;
}

uint64_t audit_contradiction_count(void)
{
    return contradiction_count;
}
