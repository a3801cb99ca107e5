/* SPDX-License-Identifier: MIT */
/* ods_read.c - OpenDocument spreadsheets: what is kept, what is lost, and what harms nobody. */
#include "parts.h"
#include "sheet/values/number_format.h"

/* Rows of one table. */
static struct book *read_rows(const char *rows)
{
    char *table;
    require(asprintf(&table, "<table:table table:name='Sheet1'>%s</table:table>", rows) > 0);
    struct book *book = read_fods(NULL, table);
    free(table);
    return book;
}

static void check_rows(const char *rows, const char *values)
{
    struct book *book = read_rows(rows);
    require_values(book, book->sheets[0], values);
    book_free(book);
}

#define ROW(cells) "<table:table-row>" cells "</table:table-row>"
#define CELL(attributes, contents)                                                                 \
    "<table:table-cell " attributes ">" contents "</table:table-cell>"
#define NUMBER(value) CELL("office:value-type='float' office:value='" value "'", "")

/* ---- values ---------------------------------------------------------------------------------- */

START_TEST(values)
{
    check_rows("", "");
    check_rows(ROW(NUMBER("1") CELL("", "") NUMBER("-2.5E3")), "A1=1 C1=-2500");
    check_rows(
        ROW(CELL("office:value-type='percentage' office:value='0.25'", "<text:p>25%</text:p>")
                CELL("office:value-type='currency' office:value='7'", "")),
        "A1=0.25 B1=7");
    check_rows(ROW(CELL("office:value-type='boolean' office:boolean-value='true'", "")
                       CELL("office:value-type='boolean' office:boolean-value='false'", "")),
               "A1=TRUE B1=FALSE");
    check_rows(ROW(CELL("office:value-type='date' office:date-value='2024-01-31'", "")
                       CELL("office:value-type='date' office:date-value='2024-01-31T18:00:00'", "")
                           CELL("office:value-type='time' office:time-value='PT36H00M00S'", "")
                               CELL("office:value-type='date' office:date-value='1899-12-29'", "")),
               "A1=45322 B1=45322.75 C1=1.5 D1=-1");
    check_rows(ROW(CELL("office:value-type='string' office:string-value='kept'",
                        "<text:p>shown</text:p>")),
               "A1='kept'");
    /* Without a type, or with one whose value is missing, the text is all there is. */
    check_rows(ROW(CELL("", "<text:p>bare</text:p>")
                       CELL("office:value-type='float'", "<text:p>1,5</text:p>")
                           CELL("office:value-type='date' office:date-value='soon'", "")),
               "A1='bare' B1='1,5'");
}
END_TEST

START_TEST(formats_of_types)
{
    struct book *book =
        read_rows(ROW(CELL("office:value-type='date' office:date-value='2024-01-31'",
                           "") CELL("office:value-type='time' office:time-value='PT1H'", "")
                          CELL("office:value-type='percentage' office:value='1'", "") NUMBER("1")));
    require(number_format_kind(format_of(book, 0, "A1")) == FORMAT_DATE);
    require(number_format_kind(format_of(book, 0, "B1")) == FORMAT_TIME);
    require(number_format_kind(format_of(book, 0, "C1")) == FORMAT_PERCENT);
    require_equal(cell_named(book, 0, "D1")->style, 0);
    book_free(book);
}
END_TEST

START_TEST(paragraphs)
{
    check_rows(
        ROW(CELL("office:value-type='string'", "\n  <text:p>  one \n two</text:p>\n"
                                               "<text:p>three<text:s/>\n<text:s text:c='2'/>x"
                                               "<text:tab/>y<text:line-break/>z</text:p>")),
        "A1='  one two\nthree    x\ty\nz'");
    /* Spaces are as they are; around a line's end they are of the file. */
    check_rows(
        ROW(CELL("office:value-type='string'", "<text:p> a  <text:span> b</text:span> </text:p>"
                                               "<text:p>\n  c\n\t d\n</text:p>")),
        "A1=' a   b \nc d'");
    check_rows(ROW(CELL("office:value-type='string'",
                        "<text:p>a<text:ruby><text:ruby-base>b</text:ruby-base><text:ruby-text>not"
                        "</text:ruby-text></text:ruby>c</text:p>")),
               "A1='abc'");
    check_rows(ROW(CELL("office:value-type='string'",
                        "<text:p>a<text:span text:style-name='T1'>b<text:a>c</text:a></text:span>d"
                        "</text:p>")),
               "A1='abcd'");
    require_losses("1 hyperlink (Sheet1!A1), 1 text in several formats (Sheet1!A1)");
    check_rows(ROW(CELL("office:value-type='string'",
                        "<office:annotation><dc:date xmlns:dc='urn:dc'>x</dc:date><text:p>note"
                        "</text:p></office:annotation><text:p>text</text:p>")),
               "A1='text'");
    require_losses("1 comment (Sheet1!A1)");
    check_rows(ROW(CELL("office:value-type='string'", "<text:p/><text:p/>")), "A1='\n'");
    /* A few bytes that say many spaces. */
    struct book *book = read_rows(ROW(
        CELL("office:value-type='string'", "<text:p>x<text:s text:c='99999999999'/></text:p>")));
    require_equal(cell_value(book, cell_named(book, 0, "A1")).text_bytes, TEXT_CHARACTERS_MAX);
    require_losses("1 text beyond 32,767 characters (Sheet1!A1)");
    book_free(book);
}
END_TEST

START_TEST(errors)
{
    check_rows(ROW(CELL("table:formula='of:=1/0' office:value-type='string' office:string-value='' "
                        "calcext:value-type='error'",
                        "<text:p>#DIV/0!</text:p>")
                       CELL("table:formula='of:=[.B1]' office:value-type='string' "
                            "calcext:value-type='error'",
                            "<text:p>Err:522</text:p>")
                           CELL("table:formula='of:=1/0' office:value-type='string' "
                                "office:string-value='#DIV/0!'",
                                "") CELL("table:formula='of:=1' office:value-type='string' "
                                         "calcext:value-type='error'",
                                         "<text:p>Err:599</text:p>")
                               CELL("office:value-type='string'", "<text:p>#N/A</text:p>")),
               "A1=#DIV/0! B1=#CYCLE! C1=#DIV/0! D1=#VALUE! E1='#N/A'");
}
END_TEST

/* ---- formulas -------------------------------------------------------------------------------- */

START_TEST(formulas)
{
    struct book *book = read_fods(
        NULL,
        "<table:table table:name='One'>" ROW(
            NUMBER("2") CELL("table:formula='of:=[.A1]*[$Two.$A$1]' office:value-type='float' "
                             "office:value='99'",
                             "<text:p>99</text:p>") CELL("table:formula='msoxl:=SUM(A1:B1)'", "")
                CELL("table:formula='oooc:=SUM([.A1:.B1];1)'", "")
                    CELL("table:formula='=[.A1]+total' office:value-type='float' "
                         "office:value='1'",
                         ""))
            ROW(CELL("table:formula='of:=SUM([.A1:.B1]' office:value-type='float' office:value='7'",
                     "") CELL("table:formula='of:=SUM([.A1:.B1]*2)' "
                              "table:number-matrix-columns-spanned="
                              "'1' table:number-matrix-rows-spanned='1'",
                              "")
                    CELL("table:formula='of:=[.A1:.B1]' "
                         "table:number-matrix-columns-spanned='2' "
                         "table:number-matrix-rows-spanned='1' office:value-type='float' "
                         "office:value='2'",
                         "") NUMBER("99")) "</table:table><table:table "
                                           "table:name='Two'>" ROW(NUMBER("10")) "</"
                                                                                 "table:"
                                                                                 "table><"
                                                                                 "table:"
                                                                                 "named-"
                                                                                 "expression"
                                                                                 "s>"
                                                                                 "<table:"
                                                                                 "named-"
                                                                                 "range "
                                                                                 "table:"
                                                                                 "name='"
                                                                                 "total' "
                                                                                 "table:"
                                                                                 "base-cell-"
                                                                                 "address="
                                                                                 "'$One.$A$"
                                                                                 "1' "
                                                                                 "table:"
                                                                                 "cell-"
                                                                                 "range-"
                                                                                 "address='$"
                                                                                 "Two.$A$1:."
                                                                                 "$A$3'/>"
                                                                                 "<table:"
                                                                                 "named-"
                                                                                 "expression"
                                                                                 " table:"
                                                                                 "name='"
                                                                                 "twice' "
                                                                                 "table:"
                                                                                 "base-cell-"
                                                                                 "address="
                                                                                 "'$One.$A$"
                                                                                 "1' "
                                                                                 "table:"
                                                                                 "expression"
                                                                                 "='2*[.A1]'"
                                                                                 "/></"
                                                                                 "table:"
                                                                                 "named-"
                                                                                 "expression"
                                                                                 "s>");
    require_source(book, 0, "B1", "=A1*Two!$A$1");
    require_source(book, 0, "C1", "=SUM(A1:B1)");
    require_source(book, 0, "D1", "=SUM(A1:B1,1)");
    require_source(book, 0, "E1", "=A1+total");
    require_source(book, 0, "A2", "7");
    require_source(book, 0, "B2", "{=SUM(A1:B1*2)}");
    uint64_t computed;
    require(book_recalculate(book, NULL, &computed, &problem));
    require_equal(computed, 3);
    require_values(book, book->sheets[0], "A1=2 B1=99 C1=101 D1=102 E1=1 A2=7 B2=202 C2=2 D2=99");
    require_equal(losses.count, 2);
    require(strcmp(losses.losses[0].what, "formulas that cannot be read") == 0);
    require(strcmp(losses.losses[1].what, "array formulas of several cells") == 0);
    require(name_find(book->names, "twice", 5, SHEET_OWN));
    book_make_stale(book);
    require(book_recalculate(book, NULL, &computed, &problem));
    require_source(book, 0, "E1", "=A1+total");
    require(cell_named(book, 0, "B1")->number == 20);
    book_free(book);
}
END_TEST

START_TEST(defined_names)
{
    struct book *book = read_fods(
        NULL,
        "<table:table table:name='One'>" ROW(NUMBER("1") CELL("table:formula='of:=own+all'", ""))
            ROW(CELL(
                "table:formula='of:=above'",
                "")) "<table:named-expressions>"
                     "<table:named-range table:name='own' table:cell-range-address='$One.$A$1'/>"
                     "<table:named-range table:name='A1' table:cell-range-address='$One.$A$1'/>"
                     "<table:named-range "
                     "table:name='lost'/></table:named-expressions></table:table>"
                     "<table:named-expressions>"
                     "<table:named-range table:name='above' table:base-cell-address='$One.$A$2' "
                     "table:cell-range-address='$One.A1'/>"
                     "<table:named-expression table:name='all' "
                     "table:expression='of:=SUM([$One.$A$1])'/>"
                     "</table:named-expressions>");
    uint64_t computed;
    require(book_recalculate(book, NULL, &computed, &problem));
    require_values(book, book->sheets[0], "A1=1 B1=2 A2=1");
    require(name_find(book->names, "own", 3, book->sheets[0]->id));
    require_losses("1 name that are not allowed (A1)");
    book_free(book);
}
END_TEST

/* ---- repeats --------------------------------------------------------------------------------- */

START_TEST(repeats)
{
    check_rows(
        ROW(CELL("table:number-columns-repeated='3'", "") CELL(
            "table:number-columns-repeated='2' office:value-type='float' "
            "office:value='5'",
            "")) "<table:table-row table:number-rows-repeated='2'>" CELL("office:value-type='"
                                                                         "string'",
                                                                         "<text:p>x</text:p>")
            CELL("", "")
                CELL("table:formula='of:=[.A1]+1' office:value-type='float' office:value='1'",
                     "") "</table:table-row>" ROW(NUMBER("9")),
        "D1=5 E1=5 A2='x' C2=1 A3='x' C3=1 A4=9");
    struct book *book = read_rows(
        "<table:table-row table:number-rows-repeated='3'>"
        "<table:table-cell table:number-columns-repeated='2' table:formula='of:=[.D1]+[.$D$1]'/>"
        "</table:table-row>");
    const char *const names[] = {"A1", "B1", "A2", "B3"};
    for (size_t i = 0; i < array_count(names); i++)
        require_source(book, 0, names[i], "=D1+$D$1"); /* the same cells everywhere */
    book_free(book);
    /* Empty up to the end of the grid, and beyond it. */
    check_rows("<table:table-row table:number-rows-repeated='1048575'><table:table-cell "
               "table:number-columns-repeated='16384'/></table:table-row>" ROW(NUMBER("1"))
                   ROW(NUMBER("2")),
               "A1048576=1");
    require_losses("1 cell outside of the grid (Sheet1)");
    check_rows(ROW("<table:table-cell table:number-columns-repeated='99999999999'/>" NUMBER("1"))
                   ROW(NUMBER("2")),
               "A2=2");
    require_losses("1 cell outside of the grid (Sheet1)");
    check_rows("<table:table-row table:number-rows-repeated='0'>" NUMBER(
                   "1") "</table:table-row>"
                        "<table:table-row table:number-rows-repeated='-7'>" NUMBER(
                            "2") "</table:table-row>",
               "A1=1 A2=2");
}
END_TEST

#define EVERYWHERE                                                                                 \
    "<table:table table:name='T'><table:table-row table:number-rows-repeated='1048576'>"           \
    "<table:table-cell table:number-columns-repeated='16384' office:value-type='float' "           \
    "office:value='1'/></table:table-row></table:table>"

static bool stop_after(void *context, const char *doing, uint64_t done, uint64_t total)
{
    unsigned *left = context;
    (void)doing;
    (void)done;
    (void)total;
    return (*left)-- > 0;
}

START_TEST(repeats_that_harm)
{
    struct file_path path = write_fods(NULL, EVERYWHERE);
    /* By the limit on memory ... */
    struct book *book = book_new(8 << 20, &problem);
    require(book);
    require(!ods_read(book, path.text, &(struct workfile_options){0}, &losses, &problem));
    require(strstr(problem.text, "limit on memory"), "%s", problem.text);
    book_free(book);
    /* ... by whoever waits ... */
    unsigned left = 5;
    struct progress progress = {.step = stop_after, .context = &left};
    book = new_book();
    require(!ods_read(book, path.text, &(struct workfile_options){.progress = &progress}, &losses,
                      &problem));
    require(strcmp(problem.text, "stopped") == 0, "%s", problem.text);
    book_free(book);
}
END_TEST

START_TEST(repeats_without_end)
{
    if (is_slow())
        skip_test("a gigabyte of cells");
    /* ... and in the end by their number. */
    refuse_fods(NULL, EVERYWHERE, "repeats cells more than 67108864 times");
}
END_TEST

/* ---- looks ----------------------------------------------------------------------------------- */

#define STYLES                                                                                     \
    "<office:styles><style:default-style style:family='table-cell'><style:text-properties "        \
    "style:font-name='Sans' fo:font-size='10pt'/></style:default-style>"                           \
    "<number:number-style style:name='N2'><number:number number:decimal-places='2' "               \
    "number:min-decimal-places='2' number:min-integer-digits='1' number:grouping='true'/>"         \
    "</number:number-style>"                                                                       \
    "<style:style style:name='Default' style:family='table-cell'/>"                                \
    "<style:style style:name='Strong' style:family='table-cell' "                                  \
    "style:parent-style-name='Default'>"                                                           \
    "<style:text-properties fo:font-weight='bold' fo:color='#112233'/></style:style>"              \
    "</office:styles><office:automatic-styles>"                                                    \
    "<style:style style:name='co1' style:family='table-column'><style:table-column-properties "    \
    "style:column-width='2.54cm'/></style:style>"                                                  \
    "<style:style style:name='ro1' style:family='table-row'><style:table-row-properties "          \
    "style:row-height='30pt' style:use-optimal-row-height='false'/></style:style>"                 \
    "<style:style style:name='ro2' style:family='table-row'><style:table-row-properties "          \
    "style:row-height='30pt' style:use-optimal-row-height='true'/></style:style>"                  \
    "<style:style style:name='ta1' style:family='table'><style:table-properties "                  \
    "table:display='false'/></style:style>"                                                        \
    "<style:style style:name='ce1' style:family='table-cell' style:parent-style-name='Strong' "    \
    "style:data-style-name='N2'><style:table-cell-properties fo:background-color='#ffcc00' "       \
    "fo:wrap-option='wrap'/><style:paragraph-properties fo:text-align='end'/>"                     \
    "<style:text-properties fo:font-style='italic' style:text-underline-style='solid' "            \
    "style:text-line-through-style='none'/></style:style>"                                         \
    "<style:style style:name='ce2' style:family='table-cell' style:parent-style-name='Strong'>"    \
    "<style:table-cell-properties fo:border-left='1pt solid #000000' fo:border-right='none'/>"     \
    "<style:text-properties fo:font-weight='normal' style:font-name='Serif'/>"                     \
    "<style:map style:condition='x' style:apply-style-name='Strong'/></style:style>"               \
    "<style:style style:name='loop' style:family='table-cell' style:parent-style-name='loop'/>"    \
    "</office:automatic-styles>"

START_TEST(styles_of_cells)
{
    struct book *book = read_fods(
        STYLES,
        "<table:table table:name='One'><table:table-column "
        "table:default-cell-style-name='Strong' table:number-columns-repeated='2'/>" ROW(
            NUMBER("1") CELL("table:style-name='ce1' office:value-type='float' "
                             "office:value='1234'",
                             "") CELL("table:style-name='ce2'", "")
                CELL("table:style-name='loop' office:value-type='float' office:value='1'", "")
                    CELL("table:style-name='nosuch' office:value-type='float' "
                         "office:value='1'",
                         "")) "<table:table-row table:default-cell-style-name='ce1'>" NUMBER("5")
            CELL("table:style-name='Strong'", "")
                CELL("table:style-name='ce1'", "") "</table:table-row></table:table>");
    require_equal(style_named(book, 0, "A1")->flags, STYLE_BOLD | STYLE_HAS_INK);
    const struct style *style = style_named(book, 0, "B1");
    require_equal(style->flags, STYLE_BOLD | STYLE_HAS_INK | STYLE_HAS_PAPER | STYLE_WRAP |
                                    STYLE_ITALIC | STYLE_UNDERLINE);
    require(style->ink == 0x112233 && style->paper == 0xFFCC00 && style->align == ALIGN_RIGHT);
    require(strcmp(format_of(book, 0, "B1"), "#,##0.00") == 0, "%s", format_of(book, 0, "B1"));
    require_equal(cell_named(book, 0, "D1")->style, 0);
    require_equal(cell_named(book, 0, "E1")->style, 0);
    require_equal(cell_named(book, 0, "A2")->style, cell_named(book, 0, "B1")->style);
    /* An empty cell that looks as its row does is not there. */
    require_values(book, book->sheets[0], "A1=1 B1=1234 C1= D1=1 E1=1 A2=5 B2=");
    book_free(book);
}
END_TEST

START_TEST(losses_of_styles)
{
    struct book *book =
        read_fods(STYLES, "<table:table table:name='One'>" ROW(
                              CELL("table:style-name='ce2' table:number-columns-repeated='3' "
                                   "office:value-type='float' office:value='1'",
                                   "")) "</table:table>");
    require_losses("3 cells with borders (One!A1), 3 cells with other fonts or sizes (One!A1), 3 "
                   "cells with conditional formats (One!A1)");
    book_free(book);
    /* Looks without contents: some are kept, what covers the sheet is not. */
    book = read_fods(STYLES,
                     "<table:table table:name='One'><table:table-row "
                     "table:number-rows-repeated='2'>"
                     "<table:table-cell table:style-name='ce1' table:number-columns-repeated='2'/>"
                     "</table:table-row><table:table-row table:number-rows-repeated='1000'>"
                     "<table:table-cell table:style-name='ce1' "
                     "table:number-columns-repeated='16384'/></table:table-row></table:table>");
    require_values(book, book->sheets[0], "A1= B1= A2= B2=");
    require_losses("1 large area of styles without contents (One!A3)");
    book_free(book);
}
END_TEST

START_TEST(lines)
{
    struct book *book = read_fods(
        STYLES,
        "<table:table table:name='One' table:style-name='ta1' table:protected='true'>"
        "<table:table-header-columns><table:table-column table:style-name='co1'/>"
        "</table:table-header-columns><table:table-column-group><table:table-column "
        "table:visibility='collapse' table:number-columns-repeated='99999'/>"
        "</table:table-column-group><table:table-column table:style-name='co1'/>"
        "<table:table-header-rows><table:table-row table:style-name='ro1' "
        "table:number-rows-repeated='2'/></table:table-header-rows>"
        "<table:table-row-group><table:table-row table:style-name='ro2'/><table:table-row "
        "table:visibility='filter'>" NUMBER("4") "</table:table-row></table:table-row-group>"
                                                 "</table:table>");
    const struct sheet *sheet = book->sheets[0];
    require(sheet->is_hidden);
    require(line_span_at(&sheet->columns, 0)->size == 13, "%f",
            line_span_at(&sheet->columns, 0)->size);
    require(line_span_at(&sheet->columns, COLUMNS - 1)->is_hidden);
    require(line_span_at(&sheet->rows, 0)->size == 30 && line_span_at(&sheet->rows, 1)->size == 30);
    require(!line_span_at(&sheet->rows, 2) && line_span_at(&sheet->rows, 3)->is_hidden);
    require_values(book, sheet, "A4=4");
    require_losses("1 protection of sheets (One), 2 groups of rows or columns (One)");
    book_free(book);
}
END_TEST

/* Black and white are colours where somebody gave them, not where all cells have them. */
START_TEST(black_and_white)
{
#define STYLE_OF(name, more, text, cell)                                                           \
    "<style:style style:name='" name "' style:family='table-cell'" more                            \
    "><style:table-cell-properties " cell "/><style:text-properties " text "/></style:style>"
#define BLACK "fo:color='#000000'"
#define WHITE "fo:background-color='#ffffff'"
#define CHILD " style:parent-style-name='Default'"
    static const char cells[] =
        "<table:table table:name='One'><table:table-row><table:table-cell table:style-name='a'/>"
        "<table:table-cell table:style-name='b'/></table:table-row></table:table>";
    struct book *book = read_fods(
        "<office:styles>" STYLE_OF("Default", "", "", "") STYLE_OF("a", CHILD, BLACK, WHITE)
            STYLE_OF("b", CHILD, BLACK " style:use-window-font-color='true'",
                     "") "</office:styles>",
        cells);
    require_equal(style_named(book, 0, "A1")->flags, STYLE_HAS_INK | STYLE_HAS_PAPER);
    require_equal(style_named(book, 0, "A1")->ink, 0);
    require_equal(style_named(book, 0, "A1")->paper, 0xFFFFFF);
    require_equal(cell_named(book, 0, "B1")->style, 0);
    book_free(book);
    book = read_fods("<office:styles>" STYLE_OF("Default", "", BLACK, WHITE)
                         STYLE_OF("a", CHILD, BLACK, "")
                             STYLE_OF("b", CHILD, "", WHITE) "</office:styles>",
                     cells);
    require_equal(cell_named(book, 0, "A1")->style, 0);
    require_equal(cell_named(book, 0, "B1")->style, 0);
    book_free(book);
}
END_TEST

/* What was seen of other workbooks is none of this one's sheets. */
START_TEST(sheets_of_others)
{
    struct book *book = read_fods(
        NULL, "<table:table table:name='One'><table:table-row><table:table-cell "
              "office:value-type='boolean' office:boolean-value='2.5e3'/><table:table-cell "
              "office:value-type='boolean' office:boolean-value='true'/></table:table-row>"
              "</table:table><table:table table:name=\"'file:///tmp/a.ods'#Sheet1\">"
              "<table:table-source/><table:table-row><table:table-cell office:value-type='float' "
              "office:value='1'/></table:table-row></table:table>");
    require_equal(book->sheet_count, 1);
    require_values(book, book->sheets[0], "A1=2500 B1=TRUE");
    require_losses("1 link to other workbooks");
    book_free(book);
}
END_TEST

START_TEST(number_formats)
{
    static const struct {
        const char *style, *code;
    } cases[] = {
        {"<number:number-style style:name='N'><number:number number:decimal-places='0' "
         "number:min-integer-digits='9'><number:embedded-text number:position='6'>-"
         "</number:embedded-text><number:embedded-text "
         "number:position='4'>a0</number:embedded-text>"
         "<number:embedded-text number:position='0'>!</number:embedded-text></number:number>"
         "</number:number-style>",
         "000-00\"a0\"0000!"},
        {"<number:number-style style:name='N'><number:fill-character>.</number:fill-character>"
         "<number:number number:decimal-places='0' number:min-integer-digits='1'/>"
         "</number:number-style>",
         "*.0"},
        {"<number:boolean-style style:name='N'><number:boolean/></number:boolean-style>",
         "\"TRUE\";\"TRUE\";\"FALSE\""},
        {"<number:number-style style:name='N'><number:scientific-number number:decimal-places='1' "
         "number:min-integer-digits='1' number:min-exponent-digits='1' "
         "number:exponent-interval='3' number:forced-exponent-sign='false'/></number:number-style>",
         "##0.0E-0"},
        {"<number:number-style style:name='N'><number:fraction number:min-integer-digits='0' "
         "number:min-numerator-digits='1' number:max-numerator-digits='2' "
         "number:min-denominator-digits='1' number:max-denominator-value='99'/>"
         "</number:number-style>",
         "# ?\?/?\?"},
        {"<number:number-style style:name='N'><number:number number:decimal-places='0' "
         "number:min-integer-digits='0'><number:embedded-text number:position='6'> "
         "</number:embedded-text><number:embedded-text number:position='3'> </number:embedded-text>"
         "</number:number></number:number-style>",
         "# ### ###"},
        {"<number:number-style style:name='P0'/><number:number-style style:name='N'><number:number "
         "number:min-integer-digits='1'/><style:map style:condition='value()=0' "
         "style:apply-style-name='P0'/></number:number-style>",
         "[=0];General"},
        {"<number:date-style style:name='P0'><number:year/></number:date-style><number:text-style "
         "style:name='N'><number:text-content/><style:map style:condition="
         "'value()&lt;=1.79769313486232E+308' style:apply-style-name='P0'/></number:text-style>",
         "yy;@"},
        {"<number:date-style style:name='N'><number:day/><number:text>/</number:text><number:year "
         "number:style='long' number:calendar='buddhist'/></number:date-style>",
         "d/bbbb"},
        {"<number:number-style style:name='N'><number:number number:min-integer-digits='1'/>"
         "</number:number-style>",
         "General"},
        {"<number:number-style style:name='N'><number:number number:decimal-places='3' "
         "number:min-decimal-places='1' number:min-integer-digits='4'/></number:number-style>",
         "0000.0##"},
        {"<number:number-style style:name='N'><number:number number:decimal-places='0' "
         "number:min-integer-digits='0' number:grouping='true' number:display-factor='1000000'/>"
         "</number:number-style>",
         "#,###,,"},
        {"<number:percentage-style style:name='N'><number:number number:decimal-places='1' "
         "number:min-integer-digits='1'/><number:text> %</number:text></number:percentage-style>",
         "0.0 %"},
        {"<number:number-style style:name='N'><number:text>a\"b%</number:text><number:number "
         "number:decimal-places='0' number:min-integer-digits='1'/><number:text> km</number:text>"
         "</number:number-style>",
         "\"a\"\\\"\"b%\"0 \"km\""},
        {"<number:number-style style:name='N'><number:scientific-number number:decimal-places='2' "
         "number:min-integer-digits='1' number:min-exponent-digits='3'/></number:number-style>",
         "0.00E+000"},
        {"<number:number-style style:name='N'><number:fraction number:min-integer-digits='0' "
         "number:min-numerator-digits='2' number:min-denominator-digits='2'/>"
         "</number:number-style>",
         "# ?\?/\?\?"},
        {"<number:number-style style:name='N'><number:fraction number:min-numerator-digits='1' "
         "number:denominator-value='16'/></number:number-style>",
         "?/16"},
        {"<number:date-style style:name='N'><number:day-of-week "
         "number:style='long'/><number:text>, "
         "</number:text><number:day/><number:text>. </number:text><number:month "
         "number:textual='true' number:style='long'/><number:text> </number:text><number:year "
         "number:style='long'/></number:date-style>",
         "dddd\",\" d\".\" mmmm yyyy"},
        {"<number:time-style style:name='N' number:truncate-on-overflow='false'><number:hours/>"
         "<number:text>:</number:text><number:minutes number:style='long'/><number:text>:"
         "</number:text><number:seconds number:style='long' number:decimal-places='2'/>"
         "</number:time-style>",
         "[h]:mm:ss.00"},
        {"<number:time-style style:name='N'><number:hours/><number:text> </number:text>"
         "<number:am-pm/></number:time-style>",
         "h AM/PM"},
        {"<number:text-style style:name='N'><number:text-content/></number:text-style>", "@"},
        {"<number:currency-style style:name='P0'><number:number number:decimal-places='2' "
         "number:min-integer-digits='1'/></number:currency-style><number:currency-style "
         "style:name='N'><style:text-properties fo:color='#ff0000'/><number:text>-</number:text>"
         "<number:currency-symbol>\xe2\x82\xac</number:currency-symbol><number:number "
         "number:decimal-places='2' number:min-integer-digits='1'/><style:map "
         "style:condition='value()&gt;=0' style:apply-style-name='P0'/></number:currency-style>",
         "0.00;[Red]-[$\xe2\x82\xac]0.00"},
        {"<number:number-style style:name='P0'><number:text>a</number:text></number:number-style>"
         "<number:number-style style:name='P1'><number:text>b</number:text></number:number-style>"
         "<number:number-style style:name='N'><number:text>c</number:text><style:map "
         "style:condition='value()&gt;0' style:apply-style-name='P0'/><style:map "
         "style:condition='value()!=7' style:apply-style-name='P1'/></number:number-style>",
         "\"a\";[<>7]\"b\";\"c\""},
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        char *styles;
        require(asprintf(&styles,
                         "<office:automatic-styles>%s<style:style style:name='ce1' "
                         "style:family='table-cell' style:data-style-name='N'/>"
                         "</office:automatic-styles>",
                         cases[i].style) > 0);
        struct book *book =
            read_fods(styles, "<table:table table:name='T'>" ROW(
                                  CELL("table:style-name='ce1' office:value-type='float' "
                                       "office:value='1'",
                                       "")) "</table:table>");
        require(strcmp(format_of(book, 0, "A1"), cases[i].code) == 0, "%s, not %s",
                format_of(book, 0, "A1"), cases[i].code);
        require(number_format_is_valid(cases[i].code), "%s", cases[i].code);
        book_free(book);
        free(styles);
    }
}
END_TEST

START_TEST(merges_and_filters)
{
    struct book *book = read_fods(
        NULL, "<table:table table:name='One'>" ROW(
                  CELL("table:number-columns-spanned='2' table:number-rows-spanned='3'",
                       "<text:p>m</text:p>") "<table:covered-table-cell><text:p>under</text:p>"
                                             "</table:covered-table-cell>" CELL(
                                                 "table:number-columns-spanned='99999' "
                                                 "table:number-rows-spanned='-1'",
                                                 "")) "</"
                                                      "table:table><table:database-ranges><table:"
                                                      "database-range table:name='d' "
                                                      "table:target-range-address='One.A1:One.C9' "
                                                      "table:display-filter-buttons='true'>"
                                                      "<table:filter/></"
                                                      "table:database-range><table:database-range "
                                                      "table:target-range-address='nonsense' "
                                                      "table:display-filter-buttons='true'/>"
                                                      "</table:database-ranges>");
    const struct sheet *sheet = book->sheets[0];
    require_equal(sheet->merge_count, 2);
    require(position_is(sheet_merge_at(sheet, at("B3"))->first, at("A1")));
    require(position_is(sheet_merge_at(sheet, at("C1"))->last, at("XFD1")));
    require_values(book, sheet, "A1='m' B1='under'");
    require(sheet->has_filter && position_is(sheet->filter.last, at("C9")));
    book_free(book);
}
END_TEST

/* ---- settings -------------------------------------------------------------------------------- */

#define ITEM(name, value)                                                                          \
    "<config:config-item config:name='" name "'>" value "</config:config-item>"
#define SETTINGS                                                                                   \
    "<office:settings><config:config-item-set config:name='ooo:view-settings'>" ITEM(              \
        "VisibleAreaTop",                                                                          \
        "5") "<config:config-item-map-indexed config:name='Views'>"                                \
             "<config:config-item-map-entry>" ITEM(                                                \
                 "ViewId",                                                                         \
                 "view1") "<config:config-item-map-named config:name='Tables'>"                    \
                          "<config:config-item-map-entry config:name='Two'>" ITEM(                 \
                              "CursorPositionX",                                                   \
                              "3") ITEM("CursorPositionY",                                         \
                                        "6") ITEM("HorizontalSplitMode",                           \
                                                  "2") ITEM("VerticalSplitMode", "2")              \
                              ITEM("HorizontalSplitPosition", "1") ITEM(                           \
                                  "VerticalSplitPosition",                                         \
                                  "99999999999") "</"                                              \
                                                 "config:config-item-map-entry><config:config-"    \
                                                 "item-map-entry config:name='One'>" ITEM(         \
                                                     "Horiz"                                       \
                                                     "ontal"                                       \
                                                     "Split"                                       \
                                                     "Mode",                                       \
                                                     "1") ITEM("HorizontalSplitPosition", "700")   \
                                                     ITEM("VerticalSplitMode", "2") ITEM(          \
                                                         "VerticalSplitPosition",                  \
                                                         "4") "</"                                 \
                                                              "config:config-item-map-entry><"     \
                                                              "config:config-item-map-entry "      \
                                                              "config:name='Gone'/>"               \
                                                              "</"                                 \
                                                              "config:config-item-map-"            \
                                                              "named>" ITEM(                       \
                                                                  "ActiveTable",                   \
                                                                  "Two") "</"                      \
                                                                         "config:config-item-"     \
                                                                         "map-entry><config:"      \
                                                                         "config-item-map-"        \
                                                                         "entry>" ITEM("ActiveTa"  \
                                                                                       "ble",      \
                                                                                       "One") "<"  \
                                                                                              "/"  \
                                                                                              "c"  \
                                                                                              "o"  \
                                                                                              "n"  \
                                                                                              "f"  \
                                                                                              "i"  \
                                                                                              "g"  \
                                                                                              ":"  \
                                                                                              "c"  \
                                                                                              "o"  \
                                                                                              "n"  \
                                                                                              "f"  \
                                                                                              "i"  \
                                                                                              "g"  \
                                                                                              "-"  \
                                                                                              "i"  \
                                                                                              "t"  \
                                                                                              "e"  \
                                                                                              "m"  \
                                                                                              "-"  \
                                                                                              "m"  \
                                                                                              "a"  \
                                                                                              "p"  \
                                                                                              "-"  \
                                                                                              "e"  \
                                                                                              "n"  \
                                                                                              "t"  \
                                                                                              "r"  \
                                                                                              "y"  \
                                                                                              ">"  \
                                                                                              "<"  \
                                                                                              "/"  \
                                                                                              "c"  \
                                                                                              "o"  \
                                                                                              "n"  \
                                                                                              "f"  \
                                                                                              "i"  \
                                                                                              "g"  \
                                                                                              ":"  \
                                                                                              "c"  \
                                                                                              "o"  \
                                                                                              "n"  \
                                                                                              "f"  \
                                                                                              "i"  \
                                                                                              "g"  \
                                                                                              "-"  \
                                                                                              "i"  \
                                                                                              "t"  \
                                                                                              "e"  \
                                                                                              "m"  \
                                                                                              "-"  \
                                                                                              "m"  \
                                                                                              "a"  \
                                                                                              "p"  \
                                                                                              "-"  \
                                                                                              "i"  \
                                                                                              "n"  \
                                                                                              "d"  \
                                                                                              "e"  \
                                                                                              "x"  \
                                                                                              "e"  \
                                                                                              "d"  \
                                                                                              ">"  \
                                                                                              "<"  \
                                                                                              "/"  \
                                                                                              "c"  \
                                                                                              "o"  \
                                                                                              "n"  \
                                                                                              "f"  \
                                                                                              "i"  \
                                                                                              "g"  \
                                                                                              ":"  \
                                                                                              "c"  \
                                                                                              "o"  \
                                                                                              "n"  \
                                                                                              "f"  \
                                                                                              "i"  \
                                                                                              "g"  \
                                                                                              "-"  \
                                                                                              "i"  \
                                                                                              "t"  \
                                                                                              "e"  \
                                                                                              "m"  \
                                                                                              "-"  \
                                                                                              "s"  \
                                                                                              "e"  \
                                                                                              "t"  \
                                                                                              ">"  \
                                                                                              "<"  \
                                                                                              "/"  \
                                                                                              "o"  \
                                                                                              "f"  \
                                                                                              "f"  \
                                                                                              "i"  \
                                                                                              "c"  \
                                                                                              "e"  \
                                                                                              ":"  \
                                                                                              "s"  \
                                                                                              "e"  \
                                                                                              "t"  \
                                                                                              "t"  \
                                                                                              "i"  \
                                                                                              "n"  \
                                                                                              "g"  \
                                                                                              "s"  \
                                                                                              ">"
#define TWO_TABLES "<table:table table:name='One'/><table:table table:name='Two'/>"

START_TEST(settings)
{
    struct book *book = read_fods(SETTINGS, TWO_TABLES);
    require(position_is(book->sheets[0]->frozen, (struct position){.row = 4}));
    require(position_is(book->sheets[1]->frozen, (struct position){.row = ROWS - 1, .column = 1}));
    require(position_is(book->sheets[1]->cursor, at("D7")));
    require_equal(book->active, 0); /* the last one said so in the same list */
    book_free(book);
}
END_TEST

START_TEST(null_dates)
{
    static const char *const dates[] = {"1899-12-30", "1904-01-01", "1900-01-01"};
    for (size_t i = 0; i < array_count(dates); i++) {
        char *text;
        require(asprintf(&text,
                         "<table:calculation-settings><table:null-date table:date-value='%s'/>"
                         "</table:calculation-settings><table:table table:name='T'>" ROW(
                             CELL("office:value-type='date' office:date-value='1904-01-02'",
                                  "")) "</table:table>",
                         dates[i]) > 0);
        struct book *book = read_fods(NULL, text);
        require(book->is_1904 == (i == 1));
        require_values(book, book->sheets[0], i == 1 ? "A1=1" : "A1=1463");
        require_losses(i == 2 ? "1 day that count from another one (1900-01-01)" : "");
        book_free(book);
        free(text);
    }
}
END_TEST

/* ---- files ----------------------------------------------------------------------------------- */

#define CONTENT(body)                                                                              \
    "<office:document-content" ODF_NAMESPACES "><office:automatic-styles><style:style "            \
    "style:name='co1' style:family='table-column'><style:table-column-properties "                 \
    "style:column-width='1in'/></style:style></office:automatic-styles><office:body>" body         \
    "</office:body></office:document-content>"

START_TEST(archives)
{
    struct part parts[] = {
        {"mimetype", "application/vnd.oasis.opendocument.spreadsheet", 0},
        {"content.xml",
         CONTENT("<office:spreadsheet>" TWO_TABLES
                 "<table:table table:name='Three'><table:table-column table:style-name='co1'/>" ROW(
                     CELL("table:style-name='Bold' office:value-type='float' office:value='1'",
                          "")) "</table:table></office:spreadsheet>"),
         0},
        {"styles.xml",
         "<office:document-styles" ODF_NAMESPACES "><office:styles><style:style style:name='Bold' "
         "style:family='table-cell'><style:text-properties fo:font-weight='bold'/></style:style>"
         "</office:styles><office:automatic-styles><style:style style:name='co1' "
         "style:family='table-column'><style:table-column-properties style:column-width='5in'/>"
         "</style:style></office:automatic-styles></office:document-styles>",
         0},
        {"settings.xml",
         "<office:document-settings" ODF_NAMESPACES ">" SETTINGS "</office:document-settings>", 0},
        {"Basic/Standard/Module1.xml", "<a/>", 0},
        {"Basic/Standard/script-lb.xml", "<a/>", 0},
    };
    struct book *book = new_book();
    struct workfile_options options = {0};
    require(ods_read(book, write_archive("a.ods", parts, array_count(parts)).text, &options,
                     &losses, &problem),
            "%s", problem.text);
    require_equal(book->sheet_count, 3);
    require_equal(book->sheets[0]->frozen.row, 4);
    require(line_span_at(&book->sheets[2]->columns, 0)->size == 13);
    require_equal(style_named(book, 2, "A1")->flags, STYLE_BOLD);
    require_losses("1 macro");
    book_free(book);
}
END_TEST

static void refuse_parts(const struct part *parts, size_t count, const char *words)
{
    struct book *book = new_book();
    struct workfile_options options = {0};
    problem.text[0] = '\0';
    require(
        !ods_read(book, write_archive("b.ods", parts, count).text, &options, &losses, &problem));
    require(strstr(problem.text, words), "%s", problem.text);
    book_free(book);
}

START_TEST(no_spreadsheets)
{
    struct part text = {"content.xml", CONTENT("<office:text/>"), 0};
    struct part empty = {"content.xml", CONTENT("<office:spreadsheet/>"), 0};
    struct part none = {"x", "x", 0};
    struct part secret[] = {{"content.xml", "\x01\x02", 0},
                            {"META-INF/manifest.xml",
                             "<m:manifest xmlns:m='urn:m'><m:file-entry><m:encryption-data/>"
                             "</m:file-entry></m:manifest>",
                             0}};
    struct part broken = {"content.xml", "<office:document-content>", 0};
    refuse_parts(&text, 1, "no spreadsheet (office:text)");
    refuse_parts(&empty, 1, "no sheet");
    refuse_parts(&none, 1, "content.xml is missing");
    refuse_parts(secret, 2, "password");
    refuse_parts(&broken, 1, "content.xml is damaged");
    refuse_fods(NULL, "<table:table>", "is damaged");
    refuse_fods("<office:body><office:spreadsheet/></office:body>", "", "two bodies");
    struct book *book = new_book();
    struct workfile_options options = {0};
    require(!ods_read(book, file_path("absent").text, &options, &losses, &problem));
    require(!ods_read(book, put_file("a.fods", "<html/>", 7).text, &options, &losses, &problem));
    require(strstr(problem.text, "no spreadsheet"), "%s", problem.text);
    book_free(book);
}
END_TEST

START_TEST(what_is_lost)
{
    struct book *book = read_fods(
        "<office:scripts><script:module xmlns:script='urn:s'/></office:scripts>",
        "<table:tracked-changes><table:cell-content-change><table:table-cell><text:p>old</text:p>"
        "</table:table-cell></table:cell-content-change></table:tracked-changes>"
        "<table:content-validations><table:content-validation/><table:content-validation/>"
        "</table:content-validations><table:table table:name='One'><office:forms/>"
        "<table:shapes><draw:frame><draw:object><office:document><office:body><office:chart>"
        "<table:table table:name='local'><table:table-row>" NUMBER(
            "1") "</table:table-row>"
                 "</table:table><draw:frame/></office:chart></office:body></office:document></"
                 "draw:object>"
                 "<draw:image/></draw:frame><draw:frame><draw:image><office:binary-data>AAAA"
                 "</office:binary-data></draw:image></draw:frame><draw:custom-shape/></"
                 "table:shapes>" ROW(CELL("", "<draw:frame><draw:image/></draw:frame><text:p>x</"
                                              "text:p>"
                                              "<table:table "
                                              "table:name='inner'><table:table-row/></"
                                              "table:table>")) "<calcext:conditional-formats><"
                                                               "calcext:conditional-format/></"
                                                               "calcext:conditional-formats>"
                                                               "</"
                                                               "table:table><table:data-pilot-"
                                                               "tables><table:data-pilot-table/>"
                                                               "</table:data-pilot-tables>");
    require_equal(book->sheet_count, 1);
    require_values(book, book->sheets[0], "A1='x'");
    require_losses("1 recorded change, 2 data validations, 1 chart (One), 2 "
                   "pictures (One), 1 shape (One), 1 conditional format (One), 1 pivot table, 1 "
                   "macro");
    book_free(book);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ods_read");
    TCase *all = test_case(suite, "ods");
    tcase_add_checked_fixture(all, files_begin, files_end);
    tcase_add_test(all, values);
    tcase_add_test(all, formats_of_types);
    tcase_add_test(all, paragraphs);
    tcase_add_test(all, errors);
    tcase_add_test(all, formulas);
    tcase_add_test(all, defined_names);
    tcase_add_test(all, repeats);
    tcase_add_test(all, repeats_that_harm);
    tcase_add_test(all, repeats_without_end);
    tcase_add_test(all, styles_of_cells);
    tcase_add_test(all, losses_of_styles);
    tcase_add_test(all, lines);
    tcase_add_test(all, black_and_white);
    tcase_add_test(all, sheets_of_others);
    tcase_add_test(all, number_formats);
    tcase_add_test(all, merges_and_filters);
    tcase_add_test(all, settings);
    tcase_add_test(all, null_dates);
    tcase_add_test(all, archives);
    tcase_add_test(all, no_spreadsheets);
    tcase_add_test(all, what_is_lost);
    return test_main(suite);
}
