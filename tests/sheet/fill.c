/* SPDX-License-Identifier: MIT */
/* fill.c - series, as command lines and what is in the cells afterwards. */
#include "sheet/edits/fill.h"

#include "editing.h"

/* Values typed into A1, A2 ..., with '|' between them; filled to A9 in all; and back. */
static void series(const char *typed, const char *filled)
{
    char copy[200], line[300], *next;
    unsigned count = 0;
    open_book();
    snprintf(copy, sizeof copy, "%s", typed);
    for (char *value = strtok_r(copy, "|", &next); value; value = strtok_r(NULL, "|", &next)) {
        snprintf(line, sizeof line, "type A%u %s", ++count, value);
        does(line);
    }
    snprintf(line, sizeof line, "fill A1:A%u A1:A9", count);
    does(line);
    line_shows("A1", false, filled);
    undo();
    snprintf(line, sizeof line, "A%u", count + 1);
    source(line, "");
    redo();
    line_shows("A1", false, filled);
    close_book();
}

START_TEST(down)
{
    series("5", "5|5|5|5|5|5|5|5|5");
    series("1|3", "1|3|5|7|9|11|13|15|17");
    series("1|3|4", "1|3|4|5|6|7|8|9|10");
    series("10|7.5", "10|7.5|5|2.5|0|-2.5|-5|-7.5|-10");
    series("2024-02-27", "2024-02-27|2024-02-28|2024-02-29|2024-03-01|2024-03-02|2024-03-03|"
                         "2024-03-04|2024-03-05|2024-03-06");
    series("2024-01-01|2024-01-08", "2024-01-01|2024-01-08|2024-01-15|2024-01-22|2024-01-29|"
                                    "2024-02-05|2024-02-12|2024-02-19|2024-02-26");
    series("2023-11-15|2023-12-15", "2023-11-15|2023-12-15|2024-01-15|2024-02-15|2024-03-15|"
                                    "2024-04-15|2024-05-15|2024-06-15|2024-07-15");
    series("2024-01-31|2024-02-29", "2024-01-31|2024-02-29|2024-03-31|2024-04-30|2024-05-31|"
                                    "2024-06-30|2024-07-31|2024-08-31|2024-09-30");
    series("2020-02-29|2021-02-28", "2020-02-29|2021-02-28|2022-02-28|2023-02-28|2024-02-29|"
                                    "2025-02-28|2026-02-28|2027-02-28|2028-02-29");
    series("Q1", "Q1|Q2|Q3|Q4|Q1|Q2|Q3|Q4|Q1");
    series("Q7", "Q7|Q8|Q9|Q10|Q11|Q12|Q13|Q14|Q15");
    series("Item 08|Item 10", "Item 08|Item 10|Item 12|Item 14|Item 16|Item 18|Item 20|Item 22|"
                              "Item 24");
    series("Mon", "Mon|Tue|Wed|Thu|Fri|Sat|Sun|Mon|Tue");
    series("sunday|tuesday", "sunday|tuesday|thursday|saturday|monday|wednesday|friday|sunday|"
                             "tuesday");
    series("NOV", "NOV|DEC|JAN|FEB|MAR|APR|MAY|JUN|JUL");
    series("May|June", "May|June|July|August|September|October|November|December|January");
    series("a|b", "a|b|a|b|a|b|a|b|a");
    series("1|a", "1|a|1|a|1|a|1|a|1");
    series("TRUE", "TRUE|TRUE|TRUE|TRUE|TRUE|TRUE|TRUE|TRUE|TRUE");
    series("2|=A1*2", "2|4|2|4|2|4|2|4|2");
    series("=ROW()*2", "2|4|6|8|10|12|14|16|18");
}
END_TEST

START_TEST(other_ways)
{
    open_book();
    DO("type C5 3", "type C6 5", "fill C5:C6 C2:C8");
    line_shows("C2", false, "-3|-1|1|3|5|7|9");
    DO("type E1 1", "type F1 2", "type E2 Jan", "style E2 +bold", "fill E1:F2 E1:H2");
    line_shows("E1", true, "1|2|3|4");
    line_shows("E2", true, "Jan||Jan|");
    require(style_of(book->styles, grid_at(sheet_called("Sheet1")->grid, at("G2"))->style)->flags ==
            STYLE_BOLD);
    DO("type A10 1", "type A11 2", "fill A10:A11 A10:C13");
    line_shows("A13", true, "4|4|4");
    DO("fill A10:B10 A10:B10");
    refused("fill A10:A11 B1:B9", "does not begin");
    refused("fill A1 A1:XFD1048576", "more than");
    DO("merge J1:J2");
    refused("fill J1 J1:J9", "a merged area, J1:J2");
    close_book();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fill");
    TCase *tests = test_case(suite, "fill");
    tcase_add_test(tests, down);
    tcase_add_test(tests, other_ways);
    return test_main(suite);
}
