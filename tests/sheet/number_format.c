/* SPDX-License-Identifier: MIT */
/* number_format.c - numbers as codes write them. */
#include "sheet/values/number_format.h"

#include <string.h>

#include "sheet/values/date.h"
#include "support.h"

static struct formatted format(struct value value, const char *code, size_t columns)
{
    struct formatted result;
    memset(&result, 0xA5, sizeof result);
    number_format(&result, value, code, columns, false);
    require(result.text_bytes < FORMAT_TEXT_BYTES && !result.text[result.text_bytes]);
    require_equal(strlen(result.text), result.text_bytes);
    return result;
}

static void require_text(struct value value, const char *code, size_t columns, const char *text)
{
    struct formatted result = format(value, code, columns);
    require(!strcmp(result.text, text), "'%s' is '%s', not '%s'", code, result.text, text);
}

/* text NULL: refused. */
static const struct {
    double number;
    const char *code, *text;
} numbers[] = {
    {-0.001, "0.00", "0.00"},
    {-0.4, "0", "0"},
    {-0.001, "0.00;(0.00)", "(0.00)"},
    {-0.4, "#,##0", "0"},
    {0.3, "# ?/?", " 2/7"},
    {0.3, "?/?", "2/7"},
    {3.141592653589793, "# ?\?/?\?", "3  1/7 "},
    {3.141592653589793, "# ?\?\?/?\?\?", "3  16/113"},
    {5, "# ?/?", "5    "},
    {0, "# ?/?", "0    "},
    {-0.1, "# ?/?", "-0    "},
    {1.2345678912, "General", "1.234567891"},
    {-1.2345678912, "General\" kg\"", "-1.234567891 kg"},
    {112345900000, "General", "1.12346E+11"},
    {1e-9, "General", "0.000000001"},
    {1e-10, "General", "1E-10"},
    {10, "[<10]0\" small\"", "10"},
    {3.14159, "s:m", "53:23"},
    {3.14159, "[h] h:mm", "75 75:23"},
    {3.14159, "[s] ss s", "271433 271433 271433"},
    {123456.789, "#%e-#", "1%e5"},
    {123456.789, "0.0,E+0", "1.2E+5"},
    {0.000123456789, "#.##|E+|0", "1.23|E|-4"},
    {0, "#.#E+0", "0.E+0"},
    {0.5, "# ?/?", " 1/2"},
    {5.5, "# #/#", "5 1/2"},
    {5, "# #/#", "5    "},
    {5.5, "0 0/0", "5 1/2"},
    {5, "0 0/0", "5 0/1"},
    {2.5, "?/?", "5/2"},
    {2.3, "# ?/8", "2 2/8"},
    {2.01, "# ?/8", "2    "},
    {2.25, "# ?\?/100", "2 25/100"},
    {1.5, "# ?\?/?\?", "1  1/2 "},
    {-1.5, "# ?/?", "-1 1/2"},
    {1.99, "# ?/?", "2    "},
    {5, "*-0", "5"},
    {5, "0_)", "5 "},
    {5, "[>100]\"big\" 0;\"small\" 0", "small 5"},
    {-5, "[>100]\"big\" 0;\"small\" 0", "-small 5"},
    {-5, "[>100]\"big\" 0;\"small\" 0;\"else\" 0", "small 5"},
    {5, "[>100]\"big\" 0;\"small\" 0;\"else\" 0", "else 5"},
    {-5, "[<0]\"neg\" 0;\"pos\" 0", "neg 5"},
    {-5, "[<10]\"neg\" 0;\"pos\" 0", "-neg 5"},
    {-5, "[>=0]\"p\" 0;\"n\" 0", "n 5"},
    {-5, "[>5]\"a\" 0;[<-3]\"b\" 0;\"c\" 0", "b 5"},
    {-1, "[>5]\"a\" 0;[<-3]\"b\" 0;\"c\" 0", "-c 1"},
    {-5, "[=-5]\"a\" 0;\"b\" 0", "a 5"},
    {0, "0;-0;\"zero\"", "zero"},
    {-5, "0;", ""},
    {5, "0;;", "5"},
    {0, "0;-0;", ""},
    {-5, "\"none\"", "-none"},
    {5, "\"none\"", "none"},
    {5, "@", "5"},
    {-5, "@", "-5"},
    {5, "@ \"x\"", "5 x"},
    {1234567.891, "#,##0.00", "1,234,567.89"},
    {1234567.891, "0,,.0", "1.2"},
    {1234567.891, "#,##0,", "1,235"},
    {1234567.891, "0.0,", "1234.6"},
    {12, "#,###", "12"},
    {0, "#,###", ""},
    {0, "#.##", "."},
    {5, "0.#", "5."},
    {5, "0.?\?", "5.  "},
    {5, "?\?\?", "  5"},
    {5, "?,?\?\?", "    5"},
    {123456789, "000-00-0000", "123-45-6789"},
    {12345, "0##", "12345"},
    {5, "0##", "05"},
    {12.5, ".00", "12.50"},
    {0.5, ".00", ".50"},
    {0.285, "0.00", "0.29"},
    {1.005, "0.00", "1.01"},
    {2.5, "0", "3"},
    {0.1234, "0.0%", "12.3%"},
    {0.1234, "%0", "%12"},
    {0.5, "0%%", "5000%%"},
    {12345, "0.00E+00", "1.23E+04"},
    {12345, "##0.0E+0", "12.3E+3"},
    {999960, "##0.0E+0", "1.0E+6"},
    {0, "0.00E+00", "0.00E+00"},
    {0.00012345, "0.00E-00", "1.23E-04"},
    {12345, "0.00E-00", "1.23E04"},
    {12345, ".00E+00", ".12E+05"},
    {1234, "00.0E+0", "12.3E+2"},
    {12345, "0E+0", "1E+4"},
    {-12345, "0.0E+0", "-1.2E+4"},
    {12345, "#.##E+#", "1.23E+4"},
    {1e+20, "0", "100000000000000000000"},
    {123456789012345678.0, "0", "123456789012346000"},
    {0.30000000000000004, "0.00000000000000000", "0.30000000000000000"},
    {45322.52, "yyyy-mm-dd hh:mm:ss", "2024-01-31 12:28:48"},
    {45322.52, "m/d/yy h:mm AM/PM", "1/31/24 12:28 PM"},
    {45322.52, "m/d/yy h:mm am/pm", "1/31/24 12:28 PM"},
    {45322.52, "h:mm A/P", "12:28 P"},
    {45322.52, "h:mm a/p", "12:28 p"},
    {45322.52, "dddd, mmmm d, yyyy", "Wednesday, January 31, 2024"},
    {45322.52, "ddd mmm mmmmm", "Wed Jan J"},
    {45322.52, "yy yyy yyyy y", "24 2024 2024 24"},
    {45322.52, "[h]:mm:ss", "1087740:28:48"},
    {1.5, "[mm]:ss", "2160:00"},
    {1.5, "[ss]", "129600"},
    {1.5, "[s].00", "129600.00"},
    {0.123456789, "hh:mm:ss.000", "02:57:46.667"},
    {0.123456789, "hh:mm:ss.0", "02:57:46.7"},
    {0.123456789, "mm:ss.00", "57:46.67"},
    {0.999999, "hh:mm:ss", "00:00:00"},
    {0.99999, "hh:mm", "23:59"},
    {0.9999999, "hh:mm", "00:00"},
    {45322.9999999, "yyyy-mm-dd", "2024-01-31"},
    {45322.999999, "yyyy-mm-dd hh:mm:ss", "2024-02-01 00:00:00"},
    {-1, "yyyy-mm-dd", NULL},
    {-0.5, "[h]:mm", NULL},
    {-0.5, "[h]:mm;-[h]:mm", "-12:00"},
    {0, "yyyy-mm-dd", "1900-01-00"},
    {60, "yyyy-mm-dd", "1900-02-29"},
    {59, "yyyy-mm-dd ddd", "1900-02-28 Tue"},
    {2958466, "yyyy-mm-dd", NULL},
    {45322, "e-mm-dd", "2024-01-31"},
    {45322.52, "h \"hours\" m \"min\"", "12 hours 28 min"},
    {45322.52, "mm", "01"},
    {45322.52, "mm:ss", "28:48"},
    {45322.52, "h:m:s", "12:28:48"},
    {45322.52, "[$-409]d-mmm-yy", "31-Jan-24"},
    {45322.52, "[$-F800]dddd, mmmm dd, yyyy", "Wednesday, January 31, 2024"},
    {5, "[$\u20ac-407] #,##0.00", "\u20ac 5.00"},
    {5, "#,##0.00 [$\u20ac-407]", "5.00 \u20ac"},
    {5, "[$USD] 0", "USD 5"},
    {5, "[Red]0", "5"},
    {5, "[Color10]0", "5"},
    {5, "0 x", "5 x"},
    {5, "0.0.0", "5.0.0"},
    {5, "General", "5"},
    {-5, "General;General", "5"},
    {-5, "General", "-5"},
    {5, "General \"kg\"", "5 kg"},
    {1234567.123456789, "General", "1234567.123"},
    {5, "yyyy", "1900"},
    {45322, "d.m.yyyy", "31.1.2024"},
    {45322, "dd/mm/yyyy", "31/01/2024"},
    {45322, "b", "67"},
    {45322, "bbbb", "2567"},
    {0.5, "h", "12"},
    {0.04, "h AM/PM", "12 AM"},
    {5, "(0)", "(5)"},
    {5, "0!", "5!"},
    {5, "<0>", "<5>"},
    {5, "0'x", "5'x"},
    {1.5, "[h] \"h\" mm", "36 h 00"},
    {100.5, "[hhh]:mm", "2412:00"},
    {45322.52, "yyyymmdd", "20240131"},
    {45322.52, "hhmm", "1228"},
    {45322.52, "hhmmss", "122848"},
    {45322.52, "ss.000", "48.000"},
    {45322.52, "s.00", "48.00"},
    {1234.5, "$#,##0.00", "$1,234.50"},
    {-1234.5, "$#,##0.00;[Red]-$#,##0.00", "-$1,234.50"},
    {1234.5, "#,##0.00_);(#,##0.00)", "1,234.50 "},
    {0.5, "#.0", ".5"},
    {1234567, "#,#", "1,234,567"},
    {1234567, "#,", "1235"},
    {5, ",0", ",5"},
    {1234, "0,000.0", "1,234.0"},
    {5, "0,000", "0,005"},
    {45322.52, "hh:mm:ss AM/PM", "12:28:48 PM"},
    {1e-10, "General", "1E-10"},
    {12345.678, "0.00;;;", "12345.68"},
    {5, "00000", "00005"},
    {-5, "00000", "-00005"},
    {1, "\\a0\\b", "a1b"},
    {45322.52, "d \"of\" mmmm", "31 of January"},
    {45322.52, "[$-407]mmmm", "January"},
    {0.75, "[m]", "1080"},
    {12.3456, "0.00##", "12.3456"},
    {12.3, "0.00##", "12.30"},
    {1234.5, "# ##0.00", "1 234.50"},
    {5, "#\"x\"#", "x5"},
    {57, "#\"x\"#", "5x7"},
    {1e308, "0% ?/?", NULL},
    {1.7e308, "?/9999", NULL},
    {0.125, "0.00", "0.13"},
    {-0.125, "0.00", "-0.13"},
    {9.995, "0.00", "10.00"},
    {0.5, "0", "1"},
    {0.49999999999999994, "0", "1"}, /* of 15 digits: 0.500000000000000 */
    {999999, "0.0,,", "1.0"},
    {1e15, "0", "1000000000000000"},
    {1e-300, "0.00", "0.00"},
    {1.5e-300, "0.0E+0", "1.5E-300"},
    {9.99e299, "0.0E+00", "1.0E+300"},
    {0.00001, "##0.0E+0", "10.0E-6"},
    {1234.5, "_(* #,##0.00_);_(* (#,##0.00);_(* \"-\"?\?_);_(@_)", " 1,234.50 "},
    {-1234.5, "_(* #,##0.00_);_(* (#,##0.00);_(* \"-\"?\?_);_(@_)", " (1,234.50)"},
    {0, "_(* #,##0.00_);_(* (#,##0.00);_(* \"-\"?\?_);_(@_)", " -   "},
    {1.3, "# ?/?", "1 1/3"},
    {2.3, "# ?/?", "2 2/7"},
    {12.3, "# ?/?", "12 1/3"},
    {-123.456, "# ?/?", "-123 1/2"},
    {-123.456, "# ?\?/?\?", "-123 26/57"},
    {-123.456, "?\?/?\?", "-7037/57"},
    {1234.567, "# ?\?\?/?\?\?", "1234  55/97 "},
    {-1.2, "# ?/2", "-1    "},
    {123.45, "# ?/10", "123 5/10"},
    {1, "?\?/?\?", " 1/1 "},
    {1.5, "# ? / ?", "1 1 / 2"},
    {3.25, "?\? / 16", "52 / 16"},
    {0.0001, "# ?/?", "0    "},
    {0.3333333333, "# ?/?", " 1/3"},
    {0.9999, "# ?/?", "1    "},
    {45322, "dd.mm.yyyy", "31.01.2024"},
    {45322, "[$-409]mmmm\\ d\\,\\ yyyy;@", "January 31, 2024"},
    {0.5, "mmmm", "January"},
    {1.25, "d \"days\" h", "1 days 6"},
    {2958465.999, "yyyy", "9999"},
    {-0.0, "0", "0"},
};

START_TEST(numbers_by_codes)
{
    for (size_t i = 0; i < array_count(numbers); i++) {
        struct formatted result = format(value_number(numbers[i].number), numbers[i].code, 0);
        require(number_format_is_valid(numbers[i].code), "%s", numbers[i].code);
        require(result.is_refused == !numbers[i].text, "%g by %s", numbers[i].number,
                numbers[i].code);
        require(!numbers[i].text || !strcmp(result.text, numbers[i].text),
                "%.17g by %s is '%s', not '%s'", numbers[i].number, numbers[i].code, result.text,
                numbers[i].text);
    }
}
END_TEST

START_TEST(other_values)
{
    require_text(value_string("x"), "0;@", 0, "x");
    require_text(value_string("x"), "0;-0;0;\"<\"@\">\"", 0, "<x>");
    require_text(value_string("x"), ";;;", 0, "");
    require_text(value_string("x"), "@@", 0, "xx");
    require_text(value_string("x"), "0.00", 0, "x");
    require_text(value_string("x"), "yyyy", 0, "x");
    require_text(value_boolean(true), "0.00", 0, "TRUE");
    require_text(value_boolean(false), "yyyy", 0, "FALSE");
    require_text(value_error(ERROR_DIV0), "0", 0, "#DIV/0!");
    require_text(value_blank(), "0", 0, "");
    require_text(value_number(5), NULL, 0, "5");
    require_text(value_number(5), "", 0, "5");
    require_text(value_number(-5), "general", 0, "-5");
    require(!format(value_string("x"), "0", 0).fills && format(value_number(1), "0", 0).fills);
    require(!format(value_number(1), "@", 0).fills && !format(value_boolean(true), "0", 0).fills);
}
END_TEST

START_TEST(not_understood)
{
    const char *const codes[] = {
        "0 km",         "0\"abc",     "0\\",       "[foo]0",      "0;0;0;0;0", "[Red",
        "[]0",          "0E+",        "0.0E+0E+0", "0_",          "0*",        "[>x]0",
        "0 ?/? ?/?",    "0.0 ?/?",    "General0",  "hh:mm 0",     "@0",        "@General",
        "# ?/99999999", "[Color57]0", "[>]0",      "yyyy General"};
    for (size_t i = 0; i < array_count(codes); i++) {
        require(!number_format_is_valid(codes[i]), "%s", codes[i]);
        require(number_format_kind(codes[i]) == FORMAT_GENERAL);
        require_text(value_number(-1.5), codes[i], 0, "-1.5");
        require_text(value_string("t"), codes[i], 0, "t");
    }
}
END_TEST

/* Codes as workbooks of many countries have them. */
START_TEST(found_in_files)
{
    static const struct {
        const char *code;
        double number;
        const char *text;
    } found[] = {
        {"\"Years: \"0", 5, "Years: 5"},
        {"\"\u20ac\"\\ #,##0.00_-", 1234.5, "\u20ac 1,234.50 "},
        {"#,##0\"\u0440.\";[Red]\\-#,##0\"\u0440.\"", -1234.5, "-1,235\u0440."},
        {"#,##0.00[$\u20b9-449]_);\\(#,##0.00[$\u20b9-449]\\)", -2, "(2.00\u20b9)"},
        {"#\"abded\"\\ ?\?/?\?", 1.5, "1abded  1/2 "},
        {"#\" \"?/?", 1.5, "1 1/2"},
        {"0\"abde\".0\"?\?\"000E+00", 12345, "1abde.2?\?345E+04"},
        {"00.00.00.000", 5, "05.00.00.000"},
        {"000\\-00\\-0000", 123456789, "123-45-6789"},
        {"0\\-00000\\-00000\\-0", 12345678901, "0-12345-67890-1"},
        {"[<=9999999]###\\-####;\\(###\\)\\ ###\\-####", 5551234, "555-1234"},
        {"[<=9999999]###\\-####;\\(###\\)\\ ###\\-####", 8005551234, "(800) 555-1234"},
        {"[>999999]#,,\"M\";[>999]#,\"K\";#", 2500000, "3M"},
        {"[>999999]#,,\"M\";[>999]#,\"K\";#", 2400, "2K"},
        {"[>999999]#,,\"M\";[>999]#,\"K\";#", 24, "24"},
        {"[Red][<-25]General;[Blue][>25]General;[Green]General;[Yellow]General\\ ", -30, "30"},
        {"[Red][<>50]General;[Blue]000", 50, "050"},
        {"[=0]?;[<4.16666666666667][hh]:mm:ss;[hh]:mm", 0.5, "12:00:00"},
        {"[=0]?;[<4.16666666666667][hh]:mm:ss;[hh]:mm", 5, "120:00"},
        {"[<0]\"\";0%", -1, ""},
        {"\\C\\O\\B\\ \\o\\n\\ @", 5, "COB on 5"},
        {"_-* #,##0.00\\ [$\u20ac-407]_-;\\-* #,##0.00\\ [$\u20ac-407]_-;_-@_-", -5,
         "-5.00 \u20ac "},
        {"[$SFr.-810]\\ #,##0.00_)", 5, "SFr. 5.00 "},
        {"[$RD$-1C0A]#,##0.00", 5, "RD$5.00"},
        {"[$-409]AM/PM\\ hh:mm:ss;@", 0.75, "PM 06:00:00"},
        {"[$-41C]h:mm:ss\\.AM/PM;@", 0.75, "6:00:00.PM"},
        {"[DBNum1][$-804]AM/PMh\"\u65f6\"mm\"\u5206\";@", 0.75, "PM6\u65f600\u5206"},
        {"[JPN][$-411]gggyy\"\u5e74\"m\"\u6708\"d\"\u65e5\"\\ dddd;@", 45322,
         "24\u5e741\u670831\u65e5 Wednesday"},
        {"[TWN][DBNum1][$-404]y\"\u5e74\"m\"\u6708\"d\"\u65e5\";@", 45322,
         "24\u5e741\u670831\u65e5"},
        {"[ENG][$-40B]d\\.\\ mmmm\\t\\a\\ yyyy;@", 45322, "31. Januaryta 2024"},
        {"[ENG][$-42D]yyyy\"(e)ko\"\\ mmmm\"ren\"\\ d\"a\";@", 45322, "2024(e)ko Januaryren 31a"},
        {"[$-D010000]d/mm/yyyy\\ h:mm\\ \"\u0e19.\";@", 45322.5, "31/01/2024 12:00 \u0e19."},
        {"HH[MM]", 1.5, "122160"},
        {"DDDD\", \"MMMM\\ DD\", \"YYYY", 45322, "Wednesday, January 31, 2024"},
        {"yyyy\\-mm\\-dd\\Thhmmss.000", 45322.5, "2024-01-31T120000.000"},
        {"GENERAL", -5, "-5"},
        {"[BLUE]GENERAL", -5, "-5"},
        {"A/P", 0.7, "P"},
        {"e", 0.7, "1900"},
        {"123", 0.7, "123"},
        {"\"foo\";\"bar\";@", 0, "foo"},
        {"((;@", 1, "(("},
        {"#.0000,,", 1234567, "1.2346"},
        {"####0.0E+0", 123456.789, "1.2E+5"},
        {"####0.0E+0", 1.23457e-12, "1234.6E-15"},
        {"###0.0E+0", 12345678.9, "1234.6E+4"},
        {"#0.0E+0", 0.000123457, "1.2E-4"},
        {"_(\"$\"* #,##0_);_(\"$\"* \\(#,##0\\);_(\"$\"* \"-\"?\?_);_(@_)", 0, " $-   "},
    };
    for (size_t i = 0; i < array_count(found); i++) {
        require(number_format_is_valid(found[i].code), "%s", found[i].code);
        require_text(value_number(found[i].number), found[i].code, 0, found[i].text);
    }
}
END_TEST

START_TEST(colors)
{
    static const struct {
        const char *code;
        enum format_color positive, negative;
    } expected[] = {{"0", FORMAT_NO_COLOR, FORMAT_NO_COLOR},
                    {"[Red]0", FORMAT_RED, FORMAT_RED},
                    {"0;[red]-0", FORMAT_NO_COLOR, FORMAT_RED},
                    {"[Blue][>=0]0;[CYAN]0", FORMAT_BLUE, FORMAT_CYAN},
                    {"[Color3]0;[Color 10]0", FORMAT_RED, FORMAT_NO_COLOR},
                    {"[Magenta]General;[Yellow]General", FORMAT_MAGENTA, FORMAT_YELLOW},
                    {"[Black]0;[White]0", FORMAT_BLACK, FORMAT_WHITE},
                    {"[Green]yyyy", FORMAT_GREEN, FORMAT_GREEN}};
    for (size_t i = 0; i < array_count(expected); i++) {
        require_equal(format(value_number(1), expected[i].code, 0).color, expected[i].positive);
        require_equal(format(value_number(-1), expected[i].code, 0).color, expected[i].negative);
    }
    require_equal(format(value_string("x"), "0;0;0;[Red]@", 0).color, FORMAT_RED);
}
END_TEST

START_TEST(room)
{
    require_text(value_number(1.0 / 3), "General", 6, "0.3333");
    require_text(value_number(123456789), "General", 9, "123456789");
    require_text(value_number(5), "*-0", 6, "-----5");
    require_text(value_number(5), "$* 0", 6, "$    5");
    require_text(value_number(5), "0*.", 4, "5...");
    require_text(value_number(123456), "$* 0", 3, "$123456");
    require_text(value_number(5), "*\u4e2d0", 6,
                 "\u4e2d\u4e2d"
                 "5");
    require_text(value_string("x"), "@*.", 4, "x...");
    require(format(value_number(123456), "General", 3).is_refused);
    /* As much room as one likes: cut where the text is full. */
    require_equal(format(value_number(5), "*-0", 100000).text_bytes, FORMAT_TEXT_BYTES - 1);
}
END_TEST

/* A truth is a text to codes. */
START_TEST(truths)
{
    require_text(value_boolean(true), "0.00", 0, "TRUE");
    require_text(value_boolean(false), "@", 0, "FALSE");
    require_text(value_boolean(true), "0;-0;0;-@-", 0, "-TRUE-");
    require_text(value_boolean(true), ";;;", 0, "");
}
END_TEST

START_TEST(days_from_1904)
{
    struct formatted result;
    number_format(&result, value_number(0), "yyyy-mm-dd", 0, true);
    require(!strcmp(result.text, "1904-01-01"), "%s", result.text);
    number_format(&result, value_number(43860), "yyyy-mm-dd ddd", 0, true);
    require(!strcmp(result.text, "2024-01-31 Wed"), "%s", result.text);
    number_format(&result, value_number(1.5), "[h]:mm", 0, true);
    require(!strcmp(result.text, "36:00"), "%s", result.text);
    number_format(&result, value_number(-1), "yyyy-mm-dd", 0, true);
    require(!strcmp(result.text, "-1904-01-02"), "%s", result.text);
    number_format(&result, value_number(-1.5), "[h]:mm;(hh:mm)", 0, true);
    require(!strcmp(result.text, "(12:00)"), "%s", result.text);
    number_format(&result, value_number(5), "0", 0, true);
    require(!strcmp(result.text, "5"));
}
END_TEST

START_TEST(kinds)
{
    static const struct {
        const char *code;
        enum format_kind kind;
    } expected[] = {{"General", FORMAT_GENERAL},
                    {"", FORMAT_GENERAL},
                    {"0", FORMAT_NUMBER},
                    {"#,##0.00;[Red]-#,##0.00", FORMAT_NUMBER},
                    {"\"abc\"", FORMAT_NUMBER},
                    {"$0", FORMAT_CURRENCY},
                    {"0 \"\u20ac\"", FORMAT_CURRENCY},
                    {"[$\u20ac-407] 0", FORMAT_CURRENCY},
                    {"[$-409]0", FORMAT_NUMBER},
                    {"0.0%", FORMAT_PERCENT},
                    {"# ?/?", FORMAT_FRACTION},
                    {"0.0E+0", FORMAT_SCIENTIFIC},
                    {"yyyy-mm-dd", FORMAT_DATE},
                    {"mm", FORMAT_DATE},
                    {"mmm-yy", FORMAT_DATE},
                    {"mm:ss", FORMAT_TIME},
                    {"[h]:mm", FORMAT_TIME},
                    {"h AM/PM", FORMAT_TIME},
                    {"m/d/yyyy h:mm", FORMAT_DATE_TIME},
                    {"[$-F800]dddd\\, mmmm dd\\, yyyy;@", FORMAT_DATE},
                    {"[=0]?;[<4.1666][hh]:mm:ss;[hh]:mm", FORMAT_TIME},
                    {"@", FORMAT_TEXT},
                    {"[Red]General", FORMAT_GENERAL}};
    for (size_t i = 0; i < array_count(expected); i++)
        require(number_format_kind(expected[i].code) == expected[i].kind, "%s: %d",
                expected[i].code, number_format_kind(expected[i].code));
}
END_TEST

START_TEST(builtins)
{
    unsigned count = 0;
    for (unsigned number = 0; number < 100; number++) {
        const char *code = number_format_builtin(number);
        count += code != NULL;
        require(!code || number_format_builtin_of(code) == (int)number, "%u", number);
        require(!code || number_format_is_valid(code), "%s", code);
    }
    require_equal(count, 36);
    require(!number_format_builtin(27) && !number_format_builtin(164));
    require(!number_format_builtin(UINT32_MAX));
    require(!strcmp(number_format_builtin(0), "General"));
    require(!strcmp(number_format_builtin(49), "@"));
    require_equal(number_format_builtin_of("mm-dd-yy"), 14);
    require(number_format_builtin_of("0.000") == -1);
    require_text(value_number(45322.52), number_format_builtin(22), 0, "1/31/2024 12:28");
    require_text(value_number(-5.5), number_format_builtin(44), 0, " $(5.50)");
}
END_TEST

START_TEST(decimals)
{
    static const struct {
        const char *code;
        int by;
        const char *changed; /* NULL: nothing to change */
    } expected[] = {{"General", 1, "0.0"},
                    {"General", -1, "0"},
                    {"", 1, "0.0"},
                    {"0", 1, "0.0"},
                    {"0", -1, NULL},
                    {"0.0", -1, "0"},
                    {"0.00", -1, "0.0"},
                    {"0.00", 1, "0.000"},
                    {"#,##0", 1, "#,##0.0"},
                    {"#,##0,", 1, "#,##0.0,"},
                    {"0%", 1, "0.0%"},
                    {"0.00E+00", -1, "0.0E+00"},
                    {"0E+00", 1, "0.0E+00"},
                    {"0.0;[Red]-0.0;\"-\";@", -1, "0;[Red]-0;\"-\";@"},
                    {"\"$\"#,##0.00_);(\"$\"#,##0.00)", 1, "\"$\"#,##0.000_);(\"$\"#,##0.000)"},
                    {"[Red]General", 1, "[Red]0.0"},
                    {"0.", -1, "0"},
                    {"General General", 1, NULL},
                    {".0", -1, NULL},
                    {".00", -1, ".0"},
                    {"yyyy", 1, NULL},
                    {"# ?/?", 1, NULL},
                    {"@", -1, NULL},
                    {"\"x\"", 1, NULL},
                    {"0\"", 1, NULL},
                    {"0", 0, NULL}};
    for (size_t i = 0; i < array_count(expected); i++) {
        char changed[FORMAT_TEXT_BYTES] = "?";
        bool is_changed = number_format_decimals(expected[i].code, expected[i].by, changed);
        require(is_changed == (expected[i].changed != NULL), "%s", expected[i].code);
        require(!is_changed || !strcmp(changed, expected[i].changed), "%s: %s", expected[i].code,
                changed);
    }
    /* More and more comes to an end. */
    char code[FORMAT_TEXT_BYTES] = "0", changed[FORMAT_TEXT_BYTES];
    int count = 0;
    while (count < 1000 && number_format_decimals(code, 1, changed)) {
        strcpy(code, changed);
        count++;
    }
    require_equal(count, 30);
}
END_TEST

/* Whatever a file says. */
START_TEST(any_code)
{
    static const char letters[] = "0##??.,,%/E+-@;;\"\\_*[]$<>=19ymdhsAPMGeneral \xe2\x82\xac\xff";
    static const double values[] = {0,           -0.5, 1,     1234567.891, -1e308,          5e-324,
                                    45322.99999, 1e15, 0.999, -1e-9,       2958465.9999999, 1e20};
    uint64_t random = 18831;
    char code[64], changed[FORMAT_TEXT_BYTES];
    unsigned valid = 0;
    for (int round = 0; round < (is_slow() ? 3000 : 200000); round++) {
        size_t count = random_below(&random, 1 + random_below(&random, sizeof code - 1));
        for (size_t i = 0; i < count; i++)
            code[i] = letters[random_below(&random, sizeof letters - 1)];
        code[count] = '\0';
        struct value value = value_number(values[random_below(&random, array_count(values))]);
        (void)format(value, code, random_below(&random, 40));
        (void)format(value_string("text"), code, 0);
        valid += number_format_is_valid(code);
        (void)number_format_kind(code);
        if (number_format_decimals(code, round % 2 ? 1 : -1, changed))
            require(strlen(changed) < sizeof changed);
    }
    require(valid > (is_slow() ? 100 : 10000), "%u", valid);
    /* Long ones. */
    static char filled[5000];
    static const char each[] = "0#?,.%/yhs@*_\\\"[;E";
    for (size_t i = 0; i < sizeof each - 1; i++)
        for (size_t length = 200; length < sizeof filled; length += 55) {
            memset(filled, each[i], length);
            filled[length] = '\0';
            (void)format(value_number(-1e300), filled, 80);
            (void)number_format_decimals(filled, 1, changed);
        }
}
END_TEST

/* Fractions have no denominator larger than there are places for, and are as near as a continued
 * fraction must be. */
START_TEST(fractions_are_near)
{
    uint64_t random = 355113;
    for (int round = 0; round < 3000; round++) {
        double part = (double)random_below(&random, 1000000) / 1000000;
        struct formatted result = format(value_number(part), "?\?/?\?", 0);
        int above, below;
        require(sscanf(result.text, "%d/%d", &above, &below) == 2, "%s", result.text);
        require(below >= 1 && below <= 99, "%s", result.text);
        double difference = part - (double)above / below;
        require(difference * below < 0.01 + 1e-9 && difference * below > -0.01 - 1e-9, "%g is %s",
                part, result.text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sheet/number_format");
    TCase *values = test_case(suite, "values");
    tcase_add_test(values, numbers_by_codes);
    tcase_add_test(values, other_values);
    tcase_add_test(values, not_understood);
    tcase_add_test(values, found_in_files);
    tcase_add_test(values, colors);
    tcase_add_test(values, room);
    tcase_add_test(values, truths);
    tcase_add_test(values, days_from_1904);
    tcase_add_test(values, fractions_are_near);
    TCase *codes = test_case(suite, "codes");
    tcase_add_test(codes, kinds);
    tcase_add_test(codes, builtins);
    tcase_add_test(codes, decimals);
    tcase_add_test(codes, any_code);
    return test_main(suite);
}
