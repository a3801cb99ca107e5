/* SPDX-License-Identifier: MIT */
/* xlsx_read.c - XLSX workbooks: what is kept, what is said to be lost, and what harms nobody. */
#include "parts.h"
#include "sheet/book/recalculate.h"
#include "sheet/values/number_format.h"

/* ---- values ---------------------------------------------------------------------------------- */

static void check_cells(const char *data, const char *values)
{
    char *sheet;
    require(asprintf(&sheet, "<sheetData>%s</sheetData>", data) > 0);
    struct book *book = read_xlsx((struct xlsx_file){
        .sheet = sheet,
        .strings = "<si><t>zero</t></si><si><r><rPr><b/></rPr><t>o</t></r><r><t>ne</t></r></si>"
                   "<si><t>two</t><rPh sb='0' eb='1'><t>too</t></rPh></si>"
                   "<si><t xml:space='preserve'> a_x000D_b_x005F_ </t></si><si/>"});
    require_values(book, book->sheets[0], values);
    book_free(book);
    free(sheet);
}

START_TEST(values)
{
    check_cells("", "");
    check_cells("<row r='1'><c r='A1'><v>1</v></c><c r='C1'><v>-2.5e3</v></c></row>",
                "A1=1 C1=-2500");
    check_cells("<row r='2'><c r='B2' t='n'><v> 0.1 </v></c></row>", "B2=0.1");
    check_cells("<row r='1'><c r='A1' t='b'><v>1</v></c><c r='B1' t='b'><v>0</v></c></row>",
                "A1=TRUE B1=FALSE");
    check_cells(
        "<row r='1'><c r='A1' t='e'><v>#DIV/0!</v></c><c r='B1' t='e'><v>#N/A</v></c></row>",
        "A1=#DIV/0! B1=#N/A");
    check_cells("<row r='1'><c r='A1' t='str'><v>text &amp; more</v></c></row>",
                "A1='text & more'");
    check_cells("<row r='1'><c r='A1' t='inlineStr'><is><t>in</t></is></c></row>", "A1='in'");
    check_cells("<row r='1'><c r='A1' t='inlineStr'><is><r><t>r</t></r><r><rPr><b/></rPr>"
                "<t>ich</t></r><rPh><t>no</t></rPh></is></c></row>",
                "A1='rich'");
    check_cells("<row r='1'><c r='A1'/><c r='B1'><v></v></c><c r='C1'><v>3</v></c></row>", "C1=3");
}
END_TEST

START_TEST(shared_strings)
{
    check_cells("<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c>"
                "<c r='C1' t='s'><v>2</v></c><c r='D1' t='s'><v>3</v></c>"
                "<c r='E1' t='s'><v>4</v></c><c r='F1' t='s'><v>0</v></c></row>",
                "A1='zero' B1='one' C1='two' D1=' a\rb_ ' E1='' F1='zero'");
    require_losses("1 text in several formats");
    check_cells("<row r='1'><c r='A1' t='s'><v>5</v></c><c r='B1' t='s'><v>-1</v></c>"
                "<c r='C1' t='s'><v>x</v></c><c r='D1' t='s'><v>1e300</v></c>"
                "<c r='E1' t='s'/><c r='F1' t='s'><v>0</v></c></row>",
                "F1='zero'");
    require_losses("1 text in several formats, 4 cells with a text that is missing (Sheet1!A1), "
                   "1 number that cannot be read (Sheet1!C1)");
}
END_TEST

START_TEST(dates)
{
    check_cells("<row r='1'><c r='A1' t='d'><v>2024-01-31</v></c>"
                "<c r='B1' t='d'><v>2024-01-31T12:00:00Z</v></c>"
                "<c r='C1' t='d'><v>06:00</v></c><c r='D1' t='d'><v>1900-01-01</v></c>"
                "<c r='E1' t='d'><v>1900-03-01</v></c><c r='F1' t='d'><v>45000</v></c></row>",
                "A1=45322 B1=45322.5 C1=0.25 D1=1 E1=61 F1=45000");
    struct book *book = read_xlsx((struct xlsx_file){
        .workbook = "<workbookPr date1904='1'/>" XLSX_ONE_SHEET,
        .sheet =
            "<sheetData><row><c><v>1</v></c><c t='d'><v>1904-01-02</v></c></row></sheetData>"});
    require(book->is_1904);
    require_values(book, book->sheets[0], "A1=1 B1=1");
    book_free(book);
}
END_TEST

START_TEST(places)
{
    /* Left out: one after the other. */
    check_cells("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>",
                "A1=1 B1=2 A2=3");
    check_cells("<row r='5'><c r='C5'><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>",
                "C5=1 D5=2 A6=3");
    /* In any order, twice, on another row than theirs. */
    check_cells(
        "<row r='2'><c r='B2'><v>1</v></c><c r='A2'><v>2</v></c></row>"
        "<row r='1'><c r='A1'><v>3</v></c><c r='A1'><v>4</v></c><c r='C3'><v>5</v></c></row>",
        "A1=4 A2=2 B2=1 C3=5");
    require_losses("1 text in several formats");
    check_cells("<row r='1048576'><c r='XFD1048576'><v>7</v></c></row>", "XFD1048576=7");
    check_cells("<row r='1'><c r='XFE1'><v>1</v></c><c r='A1048577'><v>1</v></c>"
                "<c r='A0'><v>1</v></c><c r='1A'><v>1</v></c><c r=''><v>1</v></c>"
                "<c r='AAAAAAAAAAAAAAAAAAA1'><v>1</v></c><c r='A99999999999999999999'><v>1</v></c>"
                "<c r='B1'><v>2</v></c></row>",
                "B1=2");
    require_losses("1 text in several formats, 7 cells outside of the grid (Sheet1)");
    check_cells("<row r='4294967297'><c><v>1</v></c></row><row><c><v>1</v></c></row>"
                "<row r='0'><c><v>1</v></c></row><row r='-5'><c r='B2'><v>3</v></c></row>"
                "<row r='9223372036854775807'/><row><c><v>1</v></c></row>",
                "B2=3");
    require_losses("1 text in several formats, 4 cells outside of the grid (Sheet1)");
}
END_TEST

START_TEST(wrong_values)
{
    check_cells("<row><c><v>abc</v></c><c><v>1e999</v></c><c t='b'><v>true</v></c>"
                "<c t='e'><v>#SPILL!</v></c><c t='new'><v>5</v></c><c t='b'><v/></c></row>",
                "A1='abc' B1='1e999' C1=TRUE D1=#VALUE! E1=5 F1=FALSE");
    require_losses("1 text in several formats, 2 numbers that cannot be read (Sheet1!A1), 1 error "
                   "of kinds that are not known (Sheet1!D1)");
}
END_TEST

START_TEST(long_texts)
{
    enum { CHARACTERS = 40000 };
    char *text = malloc(3 * CHARACTERS + 200), *end = text;
    require(text);
    end = stpcpy(end, "<sheetData><row><c t='str'><v>");
    for (int i = 0; i < CHARACTERS; i++)
        end = stpcpy(end, "\xe2\x82\xac");
    (void)stpcpy(end, "</v></c></row></sheetData>");
    struct book *book = read_xlsx((struct xlsx_file){.sheet = text});
    struct value value = cell_value(book, cell_named(book, 0, "A1"));
    require_equal(value.text_bytes, 3 * TEXT_CHARACTERS_MAX);
    require_losses("1 text beyond 32,767 characters (Sheet1!A1)");
    book_free(book);
    free(text);
}
END_TEST

/* ---- formulas -------------------------------------------------------------------------------- */

static struct book *read_formulas(const char *data)
{
    char *sheet;
    require(asprintf(&sheet, "<sheetData>%s</sheetData>", data) > 0);
    struct book *book = read_xlsx((struct xlsx_file){
        .workbook = "<sheets><sheet name='Sheet1' r:id='rId1'/><sheet name='It&apos;s' "
                    "r:id='rId2'/></sheets><definedNames><definedName name='rate'>"
                    "'It''s'!$A$1</definedName></definedNames>",
        .sheet = sheet,
        .sheet2 = "<sheetData><row><c><v>10</v></c></row></sheetData>"});
    free(sheet);
    return book;
}

static void recalculate(struct book *book, uint64_t expected)
{
    uint64_t computed = 0;
    require(book_recalculate(book, NULL, &computed, &problem), "%s", problem.text);
    require_equal(computed, expected);
}

START_TEST(formulas)
{
    struct book *book =
        read_formulas("<row><c><f>1+1</f><v>2</v></c><c><f>A1*rate</f><v>99</v></c>"
                      "<c><f>SUM('It''s'!A1:A3)</f></c><c t='str'><f>\"x\"&amp;A1</f><v>x2</v></c>"
                      "<c t='e'><f>1/0</f><v>#DIV/0!</v></c><c t='b'><f>A1&gt;1</f><v>1</v></c>"
                      "<c t='str'><f>\"\"</f><v></v></c></row>");
    require_source(book, 0, "A1", "=1+1");
    require_source(book, 0, "B1", "=A1*rate");
    require_source(book, 0, "C1", "=SUM('It''s'!A1:A3)");
    require_values(book, book->sheets[0], "A1=2 B1=99 C1= D1='x2' E1=#DIV/0! F1=TRUE G1=''");
    /* Only what had no value is computed. */
    recalculate(book, 1);
    require_values(book, book->sheets[0], "A1=2 B1=99 C1=10 D1='x2' E1=#DIV/0! F1=TRUE G1=''");
    /* And everything is connected. */
    type(book, book->sheets[1], "A1", "7");
    recalculate(book, 2);
    require_values(book, book->sheets[0], "A1=2 B1=14 C1=7 D1='x2' E1=#DIV/0! F1=TRUE G1=''");
    require_losses("");
    book_free(book);
}
END_TEST

START_TEST(shared_formulas)
{
    struct book *book = read_formulas(
        "<row r='1'><c><f t='shared' ref='A1:A3' si='0'>$C1+B1</f><v>1</v></c>"
        "<c><f t='shared' si='1'>ROW()</f><v>1</v></c></row>"
        "<row r='2'><c><f t='shared' si='0'/><v>2</v></c><c><f t='shared' "
        "si='1'/><v>2</v></c></row>"
        "<row r='3'><c><f t='shared' si='0'/><v>3</v></c>"
        "<c><f t='shared' si='0'>5+5</f><v>10</v></c></row>"
        "<row r='4'><c><f t='shared' si='0'/><v>4</v></c><c><f t='shared' si='7'/><v>5</v></c>"
        "<c><f t='shared' si='-1'/><v>6</v></c><c><f t='shared'>1+2</f><v>3</v></c>"
        "<c><f t='shared' si='99999999999'/><v>7</v></c></row>");
    require_source(book, 0, "A3", "=$C3+B3");
    require_source(book, 0, "A4", "=$C4+B4");
    require_source(book, 0, "B2", "=ROW()");
    require_source(book, 0, "B3", "=5+5");
    require_source(book, 0, "B4", "5");
    require_source(book, 0, "D4", "=1+2");
    require_equal(cell_named(book, 0, "A1")->formula, cell_named(book, 0, "A4")->formula);
    require_losses("3 shared formulas that are missing (Sheet1!B4)");
    book_free(book);
    /* One that cannot be read leaves its values. */
    book = read_formulas("<row><c><f t='shared' ref='A1:A2' si='0'>1+</f><v>1</v></c></row>"
                         "<row><c><f t='shared' si='0'/><v>2</v></c></row>");
    require_values(book, book->sheets[0], "A1=1 A2=2");
    require_equal(losses.losses[0].count, 2);
    require(strncmp(losses.losses[0].where, "Sheet1!A1: the formula ends", 20) == 0);
    book_free(book);
}
END_TEST

START_TEST(array_formulas)
{
    struct book *book = read_formulas(
        "<row><c><f t='array' ref='A1'>SUM(C1:C2*D1:D2)</f><v>1</v></c>"
        "<c><f t='array' ref='B1:B2'>C1:C2</f><v>5</v></c><c><v>5</v></c><c><v>2</v></c></row>"
        "<row><c/><c><v>6</v></c><c><v>6</v></c><c><v>3</v></c></row>"
        "<row><c><f t='dataTable' ref='A3:A4' dt2D='1'/><v>8</v></c></row>");
    require_source(book, 0, "A1", "{=SUM(C1:C2*D1:D2)}");
    require_source(book, 0, "B2", "6");
    require_source(book, 0, "A3", "8");
    require_losses("1 array formula of several cells (Sheet1!B1), 1 data table (Sheet1!A3)");
    book_make_stale(book);
    recalculate(book, 2);
    require_values(book, book->sheets[0], "A1=28 B1=5 C1=5 D1=2 B2=6 C2=6 D2=3 A3=8");
    book_free(book);
}
END_TEST

START_TEST(formulas_not_understood)
{
    struct book *book = read_formulas(
        "<row><c><f>[1]Sheet1!A1</f><v>1</v></c><c><f>Table1[Sum]</f><v>2</v></c>"
        "<c><f>NOSUCH(1)</f><v>3</v></c><c t='str'><f>((</f><v>x</v></c>"
        "<c><f>Nowhere!A1</f></c><c><f>Sheet1:It!A1</f><v>4</v></c><c><f></f><v>5</v></c></row>");
    require_source(book, 0, "A1", "1");
    require_source(book, 0, "C1", "=NOSUCH(1)");
    require_source(book, 0, "D1", "x");
    require_source(book, 0, "F1", "4");
    require(!cell_is_used(cell_named(book, 0, "E1")));
    require_equal(losses.count, 1);
    require_equal(losses.losses[0].count, 5);
    /* The value of a function that is not known stays. */
    require(cell_named(book, 0, "C1")->flags & CELL_KEPT_VALUE);
    recalculate(book, 0);
    require_values(book, book->sheets[0], "A1=1 B1=2 C1=3 D1='x' F1=4 G1=5");
    book_free(book);
}
END_TEST

START_TEST(computing_all)
{
    struct xlsx_file file = {
        .workbook = XLSX_ONE_SHEET "<calcPr fullCalcOnLoad='1' calcMode='manual'/>",
        .sheet = "<sheetData><row><c><f>1+1</f><v>0</v></c><c><f>NOW()*0</f><v>7</v></c></row>"
                 "</sheetData>"};
    struct book *book = read_xlsx(file);
    require(book->is_manual);
    recalculate(book, 2);
    require_values(book, book->sheets[0], "A1=2 B1=0");
    book_free(book);
    /* Who wants to see what the file says is not hindered; what changes by itself does. */
    book = new_book();
    struct file_path path = write_xlsx(file);
    struct workfile_options options = {.keep_stale = true};
    require(xlsx_read(book, path.text, &options, &losses, &problem));
    require_values(book, book->sheets[0], "A1=0 B1=7");
    recalculate(book, 1);
    require_values(book, book->sheets[0], "A1=0 B1=0");
    book_free(book);
}
END_TEST

/* ---- looks ----------------------------------------------------------------------------------- */

#define STYLES                                                                                     \
    "<numFmts><numFmt numFmtId='200' formatCode='0.000'/><numFmt numFmtId='4' "                    \
    "formatCode='\"own\"0'/></numFmts>"                                                            \
    "<fonts><font><sz val='11'/><name val='Calibri'/><color theme='1'/></font>"                    \
    "<font><b/><i val='1'/><u val='double'/><strike/><sz val='11'/><name val='Calibri'/>"          \
    "<color rgb='FF112233'/></font>"                                                               \
    "<font><b val='0'/><u val='none'/><color indexed='10'/><sz val='20'/></font>"                  \
    "<font><color theme='4' tint='-0.5'/></font></fonts>"                                          \
    "<fills><fill><patternFill patternType='none'/></fill>"                                        \
    "<fill><patternFill patternType='gray125'/></fill>"                                            \
    "<fill><patternFill patternType='solid'><fgColor rgb='FFFFCC00'/></patternFill></fill>"        \
    "<fill><gradientFill><stop><color rgb='FF000000'/></stop></gradientFill></fill></fills>"       \
    "<borders><border><left/><right style='none'/></border><border><left style='thin'/></border>"  \
    "</borders>"                                                                                   \
    "<cellStyleXfs><xf numFmtId='9'/></cellStyleXfs>"                                              \
    "<cellXfs><xf numFmtId='0' fontId='0' fillId='0' borderId='0'/>"                               \
    "<xf numFmtId='14' fontId='1' fillId='2'/>"                                                    \
    "<xf numFmtId='200' fontId='2' borderId='1'/>"                                                 \
    "<xf numFmtId='4' fontId='3' fillId='3'><alignment horizontal='center' wrapText='1' "          \
    "vertical='top'/></xf>"                                                                        \
    "<xf numFmtId='999999' fontId='77' fillId='-1' borderId='x'/></cellXfs>"                       \
    "<dxfs><dxf><font><b/></font><fill><patternFill patternType='solid'/></fill></dxf></dxfs>"

START_TEST(styles)
{
    struct book *book = read_xlsx((struct xlsx_file){
        .styles = STYLES,
        .sheet = "<sheetData><row><c><v>1</v></c><c s='1'><v>1</v></c><c s='2'><v>1</v></c>"
                 "<c s='3'/><c s='4'><v>1</v></c><c s='5'><v>1</v></c><c s='-1'><v>1</v></c>"
                 "<c s='99999999999999999999'/></row></sheetData>"});
    require_equal(cell_named(book, 0, "A1")->style, 0);
    const struct style *date = style_named(book, 0, "B1");
    require_equal(date->flags, STYLE_BOLD | STYLE_ITALIC | STYLE_UNDERLINE | STYLE_STRIKE |
                                   STYLE_HAS_INK | STYLE_HAS_PAPER);
    require_equal(date->ink, 0x112233);
    require_equal(date->paper, 0xFFCC00);
    require(number_format_kind(format_of(book, 0, "B1")) == FORMAT_DATE);
    require(strcmp(format_of(book, 0, "C1"), "0.000") == 0);
    require_equal(style_named(book, 0, "C1")->flags, STYLE_HAS_INK);
    require_equal(style_named(book, 0, "C1")->ink, 0xFF0000);
    require(strcmp(format_of(book, 0, "D1"), "\"own\"0") == 0);
    require_equal(style_named(book, 0, "D1")->align, ALIGN_CENTER);
    require_equal(style_named(book, 0, "D1")->flags, STYLE_WRAP | STYLE_HAS_INK);
    require(style_named(book, 0, "D1")->ink < 0x305080, "darker than the theme's blue");
    require_equal(cell_named(book, 0, "E1")->style, 0);
    require_values(book, book->sheets[0], "A1=1 B1=1 C1=1 D1= E1=1 F1=1 G1=1");
    require_losses(
        "1 cell with borders (Sheet1!C1), 1 cell with other fonts or sizes (Sheet1!C1), "
        "1 cell with indented, turned or vertically placed text (Sheet1!D1), 1 cell with "
        "patterns (Sheet1!D1), 3 cells with a style that is missing (Sheet1!F1)");
    book_free(book);
}
END_TEST

START_TEST(themes)
{
    struct book *book = read_xlsx((struct xlsx_file){
        .styles = "<fonts><font/><font><color theme='4'/></font><font><color theme='0'/></font>"
                  "<font><color indexed='1'/></font></fonts>"
                  "<cellXfs><xf/><xf fontId='1'/><xf fontId='2'/><xf fontId='3'/></cellXfs>"
                  "<colors><indexedColors><rgbColor rgb='00000000'/><rgbColor rgb='00ABCDEF'/>"
                  "</indexedColors></colors>",
        .sheet = "<sheetData><row><c s='1'/><c s='2'/><c s='3'/></row></sheetData>",
        .relations = XLSX_RELATION("rId5", "theme", "theme/theme1.xml"),
        .more = {
            {"xl/theme/theme1.xml",
             "<a:theme xmlns:a='urn:a'><a:clrScheme><a:dk1><a:sysClr lastClr='111111'/></a:dk1>"
             "<a:lt1><a:srgbClr val='EEEEEE'/></a:lt1><a:accent1><a:srgbClr val='123456'/>"
             "</a:accent1></a:clrScheme></a:theme>",
             0}}});
    require_equal(style_named(book, 0, "A1")->ink, 0x123456);
    require_equal(style_named(book, 0, "B1")->ink, 0xEEEEEE);
    require_equal(style_named(book, 0, "C1")->ink, 0xABCDEF); /* of a palette that comes later */
    book_free(book);
}
END_TEST

START_TEST(lines)
{
    struct book *book = read_xlsx((struct xlsx_file){
        .styles = STYLES,
        .sheet = "<cols><col min='1' max='1' width='9.140625' customWidth='1'/>"
                 "<col min='2' max='3' width='20.7109375' style='1' hidden='1'/>"
                 "<col min='4' max='16384' width='8' outlineLevel='1'/>"
                 "<col min='0' max='1' width='5'/><col min='16385' max='99999999' width='5'/>"
                 "<col min='7' max='6' width='5'/></cols>"
                 "<sheetData><row r='2' ht='30' customHeight='1'/><row r='3' ht='30'/>"
                 "<row r='4' hidden='1' s='2' customFormat='1'><c r='A4' s='2'/>"
                 "<c r='B4' s='1'/></row><row r='5'><c r='B5' s='1'/><c r='C5' s='2'/></row>"
                 "<row r='1048576' ht='99999' customHeight='true' outlineLevel='2'/></sheetData>"});
    const struct sheet *sheet = book->sheets[0];
    require(line_span_at(&sheet->columns, 0)->size == 8.43, "%f",
            line_span_at(&sheet->columns, 0)->size);
    require(line_span_at(&sheet->columns, 2)->is_hidden);
    require(line_span_at(&sheet->columns, 1)->size == 20);
    require_equal(line_span_at(&sheet->columns, 1)->style, cell_named(book, 0, "B4")->style);
    require_equal(line_span_at(&sheet->columns, COLUMNS - 1)->first, 3);
    require(!line_span_at(&sheet->rows, 0) && line_span_at(&sheet->rows, 1)->size == 30);
    require(!line_span_at(&sheet->rows, 2));
    require(line_span_at(&sheet->rows, 3)->is_hidden && line_span_at(&sheet->rows, 3)->style);
    require(line_span_at(&sheet->rows, ROWS - 1)->size == 409);
    /* Empty cells that look as their row or column are not there. */
    require_values(book, sheet, "B4= C5=");
    require_losses(
        "1 column in groups (Sheet1), 1 cell with borders (Sheet1!C5), 1 cell with other "
        "fonts or sizes (Sheet1!C5), 1 row in groups (Sheet1!A1048576)");
    book_free(book);
}
END_TEST

/* What lines are of which nothing is said. */
START_TEST(usual_lines)
{
    struct book *book = read_xlsx((struct xlsx_file){
        .sheet = "<sheetFormatPr baseColWidth='10' defaultColWidth='20.7109375' zeroHeight='1'/>"
                 "<cols><col min='2' max='2' width='9.140625'/><col min='3' max='3' hidden='1'/>"
                 "</cols><sheetData><row r='2'><c><v>1</v></c></row><row r='3' hidden='1'/>"
                 "<row r='4' ht='30' customHeight='1'/></sheetData>"});
    const struct sheet *sheet = book->sheets[0];
    require(line_span_at(&sheet->columns, 0)->size == 20);
    require(line_span_at(&sheet->columns, 1)->size == 8.43);
    require(line_span_at(&sheet->columns, 2)->size == 20);
    require(line_span_at(&sheet->columns, 2)->is_hidden);
    require(line_span_at(&sheet->columns, COLUMNS - 1)->size == 20);
    require(line_span_at(&sheet->rows, 0)->is_hidden);
    require(!line_span_at(&sheet->rows, 1));
    require(line_span_at(&sheet->rows, 2)->is_hidden);
    require(!line_span_at(&sheet->rows, 3)->is_hidden);
    require(line_span_at(&sheet->rows, ROWS - 1)->is_hidden);
    require_losses("");
    book_free(book);
    /* Nearly the usual width is the usual one. */
    book = read_xlsx((struct xlsx_file){
        .sheet = "<sheetFormatPr defaultColWidth='9' zeroHeight='0'/><sheetData/>"});
    require(book->sheets[0]->columns.count == 0 && book->sheets[0]->rows.count == 0);
    book_free(book);
}
END_TEST

START_TEST(pages_and_views)
{
    book_free(read_xlsx((struct xlsx_file){
        .sheet = "<sheetPr><pageSetUpPr fitToPage='0'/></sheetPr><sheetViews><sheetView "
                 "zoomScale='100' showGridLines='1' workbookViewId='0'/><sheetView zoomScale='50'/>"
                 "</sheetViews><sheetData/><customSheetViews><customSheetView scale='80'>"
                 "<pageSetup orientation='landscape'/></customSheetView></customSheetViews>"
                 "<printOptions/><pageMargins left='9'/><pageSetup paperSize='9' scale='100' "
                 "orientation='portrait'/>"}));
    require_losses("1 custom view (Sheet1)");
    book_free(read_xlsx((struct xlsx_file){
        .sheet = "<sheetPr><pageSetUpPr fitToPage='1'/></sheetPr><sheetViews><sheetView "
                 "zoomScale='85' showGridLines='0' showZeros='false'/></sheetViews><sheetData/>"
                 "<printOptions gridLines='1'/><pageSetup orientation='landscape'/>"}));
    require_losses("1 page set-up (Sheet1), 1 zoomed view (Sheet1), 1 sheet without grid lines "
                   "(Sheet1), 1 sheet without zeros (Sheet1)");
}
END_TEST

/* Black and white are colours where somebody gave them, not where all cells have them. */
START_TEST(black_and_white)
{
#define BLACK_ON_WHITE(default_font)                                                               \
    "<fonts><font>" default_font "</font><font><color rgb='FF000000'/></font></fonts>"             \
    "<fills><fill/><fill/><fill><patternFill patternType='solid'><fgColor rgb='FFFFFFFF'/>"        \
    "</patternFill></fill></fills><cellXfs><xf/><xf fontId='1'/><xf fillId='2'/></cellXfs>"
    static const char sheet[] =
        "<sheetData><row><c><v>1</v></c><c s='1'><v>1</v></c><c s='2'><v>1</v></c></row>"
        "</sheetData>";
    struct book *book = read_xlsx(
        (struct xlsx_file){.styles = BLACK_ON_WHITE("<color theme='1'/>"), .sheet = sheet});
    require_equal(cell_named(book, 0, "A1")->style, 0);
    require_equal(style_named(book, 0, "B1")->flags, STYLE_HAS_INK);
    require_equal(style_named(book, 0, "B1")->ink, 0);
    require_equal(style_named(book, 0, "C1")->flags, STYLE_HAS_PAPER);
    require_equal(style_named(book, 0, "C1")->paper, 0xFFFFFF);
    book_free(book);
    book = read_xlsx(
        (struct xlsx_file){.styles = BLACK_ON_WHITE("<color indexed='8'/>"), .sheet = sheet});
    require_equal(cell_named(book, 0, "A1")->style, 0);
    require_equal(cell_named(book, 0, "B1")->style, 0);
    book_free(book);
}
END_TEST

/* <mc:AlternateContent> in lists: its fallback is ours, and counts as one of the list. */
START_TEST(alternatives)
{
    struct book *book = read_xlsx((struct xlsx_file){
        .styles = "<fonts><font/><mc:AlternateContent xmlns:mc='urn:mc'><mc:Choice Requires='hs'>"
                  "<font><b/></font></mc:Choice><mc:Fallback><font><i/></font></mc:Fallback>"
                  "</mc:AlternateContent><font><u/></font></fonts><cellXfs><xf/><xf fontId='1'/>"
                  "<xf fontId='2'/></cellXfs>",
        .sheet = "<sheetData><row><c s='1'/><c s='2'/></row></sheetData>"});
    require_equal(style_named(book, 0, "A1")->flags, STYLE_ITALIC);
    require_equal(style_named(book, 0, "B1")->flags, STYLE_UNDERLINE);
    book_free(book);
}
END_TEST

/* ---- tables, and references through several sheets ------------------------------------------- */

#define TABLE_ROWS                                                                                 \
    "<sheetData><row r='1'><c r='A1' t='str'><v>Kind</v></c></row>"                                \
    "<row r='2'><c r='A2'><v>1</v></c><c r='B2'><v>10</v></c></row>"                               \
    "<row r='3'><c r='A3'><v>2</v></c><c r='B3'><v>20</v></c></row>"                               \
    "<row r='4'><c r='A4'><v>3</v></c><c r='C4'><f>%s</f><v>9</v></c></row></sheetData>"

static struct book *read_table(const char *formula)
{
    char *sheet;
    require(asprintf(&sheet, TABLE_ROWS, formula) > 0);
    struct book *book = read_xlsx((struct xlsx_file){
        .workbook = "<sheets><sheet name='One' r:id='rId1'/><sheet name=\"Two's\" r:id='rId2'/>"
                    "</sheets><definedNames><definedName name='total'>SUM(Sales[Price])"
                    "</definedName></definedNames>",
        .sheet = sheet,
        .sheet2 = "<sheetData><row><c><f>Sales[[#Headers],[Kind]]</f><v>1</v></c></row>"
                  "</sheetData>",
        .sheet_relations = XLSX_RELATION("rId1", "table", "../tables/table1.xml"),
        .more = {{"xl/tables/table1.xml",
                  "<table xmlns='" XLSX_MAIN "' name='t' displayName='Sales' ref='A1:C4' "
                  "totalsRowCount='1'><autoFilter "
                  "ref='A1:C3'><filterColumn/></autoFilter><tableColumns count='3'>"
                  "<tableColumn id='1' name='Kind'/><tableColumn id='2' name='Price'/>"
                  "<tableColumn id='3' name=\"it's [odd]_x000a_#1\"/></tableColumns></table>",
                  0}}});
    free(sheet);
    return book;
}

START_TEST(tables)
{
    static const struct {
        const char *formula, *source;
    } cases[] = {
        {"SUM(Sales[Price])", "=SUM($B$2:$B$3)"},
        {"SUM(sales[PRICE])", "=SUM($B$2:$B$3)"},
        {"SUM(Sales)", "=SUM($A$2:$C$3)"},
        {"SUM(Sales[])", "=SUM($A$2:$C$3)"},
        {"SUM(Sales[#All])", "=SUM($A$1:$C$4)"},
        {"SUM(Sales[[#Totals],[Kind]:[Price]])", "=SUM($A$4:$B$4)"},
        {"SUM(Sales[[Kind]:[Price]])", "=SUM($A$2:$B$3)"},
        {"SUM(Sales[[#Headers],[#Data],[Price]])", "=SUM($B$1:$B$3)"},
        {"SUM(Sales[[#Data], [#Totals], [Price]])", "=SUM($B$2:$B$4)"},
        {"Sales[[#This Row],[Price]]*2", "=$B4*2"},
        {"Sales[@Price]*2", "=$B4*2"},
        {"SUM(Sales[@[Kind]:[Price]])", "=SUM($A4:$B4)"},
        {"[@Price]+[Kind]", "=$B4+$A$2:$A$3"},
        {"SUM(Sales[it''s '[odd']\n'#1])", "=SUM($C$2:$C$3)"},
        {"COUNTIF(Sales[Kind],&quot;Sales[Kind]&quot;)", "=COUNTIF($A$2:$A$3,\"Sales[Kind]\")"},
        {"SUM('One:Two''s'!A$1:B2)", "=SUM((One!A$1:B2,'Two''s'!A$1:B2))"},
        {"SUM('Two''s:One'!A1)+One!A1", "=SUM((One!A1,'Two''s'!A1))+One!A1"},
        {"[0]!total", "=total"},
        {"Sales[Gone]", NULL},
        {"Sales[[Price]", NULL},
        {"Other[Price]", NULL},
        {"[1]One!A1", NULL},
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        struct book *book = read_table(cases[i].formula);
        require_source(book, 0, "C4", cases[i].source ? cases[i].source : "9");
        require_source(book, 1, "A1", "=One!$A$1");
        require(book->sheets[0]->has_filter && book->sheets[0]->filter.last.row == 2);
        const struct name *name = name_of(book->names, 1);
        size_t count;
        const struct token *tokens = formula_tokens(book->formulas, name->formula, &count);
        require(tokens->kind == TOKEN_AREA && count > 1);
        book_free(book);
    }
    book_free(read_table("SUM('One:Two''s'!A1)"));
    require_losses("1 condition of filters (One), 1 reference through several sheets (One!C4)");
}
END_TEST

/* A sheet's own name is named with its sheet elsewhere. */
START_TEST(names_of_other_sheets)
{
    struct book *book = read_xlsx((struct xlsx_file){
        .workbook = "<sheets><sheet name='One' r:id='rId1'/><sheet name='Two' r:id='rId2'/>"
                    "</sheets><definedNames><definedName name='all'>One!$A$1</definedName>"
                    "<definedName name='own' localSheetId='1'>Two!$A$1</definedName>"
                    "</definedNames>",
        .sheet = "<sheetData><row><c><f>Two!own+all</f><v>1</v></c></row></sheetData>",
        .sheet2 = "<sheetData><row><c><f>own+all</f><v>1</v></c></row></sheetData>"});
    require_source(book, 0, "A1", "=Two!own+all");
    require_source(book, 1, "A1", "=own+all");
    book_free(book);
}
END_TEST

/* A table that is nonsense is none; its sheet is read. */
START_TEST(odd_tables)
{
    static const char *const parts[] = {
        "<table",
        "<table/>",
        "<table displayName='Sales'/>",
        "<table displayName='Sales' ref='nowhere'/>",
        "<other><table displayName='Sales' ref='A1:A2'><tableColumn/></table></other>",
        "<table displayName='Sales' ref='A1:B2' headerRowCount='-1' totalsRowCount='99999999999'>"
        "<tableColumn name='a'/><tableColumn name='a'/><tableColumn name='b'/></table>",
        "<table displayName='Sales' ref='A1:B1' headerRowCount='1'><tableColumn "
        "name='b'/></table>"};
    for (size_t i = 0; i < array_count(parts); i++) {
        struct book *book = read_xlsx((struct xlsx_file){
            .sheet = "<sheetData><row><c><f>SUM(Sales[b])</f><v>7</v></c></row></sheetData>",
            .sheet_relations = XLSX_RELATION("rId1", "table", "../tables/table1.xml")
                XLSX_RELATION("rId2", "table", "../tables/gone.xml"),
            .more = {{"xl/tables/table1.xml", parts[i], 0}}});
        require_values(book, book->sheets[0], "A1=7");
        book_free(book);
    }
}
END_TEST

START_TEST(sheets)
{
    struct book *book = read_xlsx((struct xlsx_file){
        .workbook = "<bookViews><workbookView activeTab='2'/><workbookView activeTab='0'/>"
                    "</bookViews><sheets><sheet name='One' state='hidden' r:id='rId1'/>"
                    "<sheet name='Graph' r:id='rId3'/><sheet name='Two' r:id='rId2'/>"
                    "<sheet name='Gone' r:id='rId9'/><sheet name='Lost' r:id='rId4'/></sheets>",
        .sheet = "<sheetData><row><c><v>1</v></c></row></sheetData>",
        .sheet2 = "<sheetData><row><c><f>One!A1</f><v>1</v></c></row></sheetData>",
        .relations = XLSX_RELATION("rId3", "chartsheet", "chartsheets/sheet1.xml")
            XLSX_RELATION("rId4", "worksheet", "worksheets/sheet4.xml")});
    require_equal(book->sheet_count, 3);
    require(strcmp(sheet_name(book, book->sheets[0]), "One") == 0 && book->sheets[0]->is_hidden);
    require(strcmp(sheet_name(book, book->sheets[2]), "Lost") == 0);
    require_equal(book->active, 1);
    require_source(book, 1, "A1", "=One!A1");
    require_losses("1 chart sheet (Graph), 2 sheets that are missing from the file (Gone)");
    book_free(book);
}
END_TEST

/* Some number their relations by words, and hide sheets even from people. */
START_TEST(odd_sheets)
{
#define LONG_ID "Monozipmx003Ammx002Fmmx002Fmlocalhostmx002Fmcontent.xmlElementm1m0m3m1m0m"
    struct book *book = read_xlsx((struct xlsx_file){
        .workbook = "<sheets><sheet name='One' r:id='" LONG_ID "'/><sheet name='Two' r:id='rId2' "
                    "state='veryHidden'/></sheets>",
        .sheet = "<sheetData><row><c><v>1</v></c></row></sheetData>",
        .sheet2 = "<sheetData/>",
        .relations = XLSX_RELATION(LONG_ID, "worksheet", "worksheets/sheet1.xml")});
    require_values(book, book->sheets[0], "A1=1");
    require(book->sheets[1]->is_hidden);
    require_losses("1 sheet that only macros can show (Two)");
    book_free(book);
}
END_TEST

START_TEST(names_of_sheets)
{
    char workbook[300 * 48], *end = workbook;
    struct book *book = read_xlsx((struct xlsx_file){
        .workbook = "<sheets><sheet name='a/b' r:id='rId1'/><sheet name='A_B' r:id='rId1'/>"
                    "<sheet name='' r:id='rId1'/><sheet r:id='rId1'/>"
                    "<sheet name='0123456789012345678901234567890123456789' r:id='rId1'/></sheets>",
        .sheet = "<sheetData/>"});
    const char *const names[] = {"a_b", "A_B (2)", "Sheet (2)", "Sheet (3)",
                                 "0123456789012345678901234567890"};
    for (size_t i = 0; i < array_count(names); i++)
        require(strcmp(sheet_name(book, book->sheets[i]), names[i]) == 0, "%s",
                sheet_name(book, book->sheets[i]));
    require_losses("5 names of sheets that are not allowed or taken (a/b)");
    book_free(book);
    end = stpcpy(end, "<sheets>");
    for (int i = 0; i < 260; i++)
        end += sprintf(end, "<sheet name='n%d' r:id='rId1'/>", i);
    (void)stpcpy(end, "</sheets>");
    book = read_xlsx((struct xlsx_file){.workbook = workbook, .sheet = "<sheetData/>"});
    require_equal(book->sheet_count, SHEETS_MAX);
    require_losses("5 sheets beyond the 255th (n255)");
    book_free(book);
}
END_TEST

START_TEST(views_and_areas)
{
    struct book *book = read_xlsx((struct xlsx_file){
        .workbook =
            "<sheets><sheet name='Sheet1' r:id='rId1'/><sheet name='S' r:id='rId2'/></sheets>",
        .sheet = "<sheetViews><sheetView><pane xSplit='2' ySplit='1' topLeftCell='C2' "
                 "activePane='bottomRight' state='frozen'/><selection pane='topRight' "
                 "activeCell='B1'/><selection pane='bottomRight' activeCell='D7' sqref='D7:E9'/>"
                 "</sheetView><sheetView><pane ySplit='9' state='frozen'/></sheetView></sheetViews>"
                 "<sheetData><row><c r='A1' t='str'><v>m</v></c></row></sheetData>"
                 "<autoFilter ref='A1:C9'><filterColumn colId='0'><filters/></filterColumn>"
                 "</autoFilter><mergeCells><mergeCell ref='A1:B2'/><mergeCell ref='B2:C3'/>"
                 "<mergeCell ref='E5'/><mergeCell ref='XFD1:XFE2'/><mergeCell ref='D1:D1048576'/>"
                 "<mergeCell/></mergeCells>",
        .sheet2 =
            "<sheetViews><sheetView><pane xSplit='99999999999' ySplit='-3' state='frozen'/>"
            "<selection activeCell='C3'/></sheetView><sheetView><pane xSplit='1'/></sheetView>"
            "</sheetViews>"});
    const struct sheet *sheet = book->sheets[0];
    require(position_is(sheet->frozen, (struct position){.row = 1, .column = 2}));
    require(position_is(sheet->cursor, at("D7")));
    require(sheet->has_filter && position_is(sheet->filter.last, at("C9")));
    require_equal(sheet->merge_count, 2);
    require(sheet_merge_at(sheet, at("B2")) && sheet_merge_at(sheet, at("D1048576")));
    require_equal(book->sheets[1]->frozen.column, COLUMNS - 1);
    require_equal(book->sheets[1]->frozen.row, 0);
    require_losses("1 merged area that meet others or are too many (Sheet1!B2), 2 merged areas "
                   "outside of the grid (Sheet1), 1 condition of filters (Sheet1)");
    book_free(book);
}
END_TEST

START_TEST(names)
{
    struct book *book = read_xlsx((struct xlsx_file){
        .workbook =
            "<sheets><sheet name='Sheet1' r:id='rId1'/><sheet name='S' r:id='rId2'/></sheets>"
            "<definedNames><definedName name='total'>Sheet1!$A$1:$A$3</definedName>"
            "<definedName name='own' localSheetId='1' hidden='1'>S!$B$1</definedName>"
            "<definedName name='relative'>Sheet1!B1</definedName>"
            "<definedName name='_xlnm.Print_Area' localSheetId='0'>Sheet1!$A$1</definedName>"
            "<definedName name='_xlnm._FilterDatabase' localSheetId='0' hidden='1'>"
            "Sheet1!$A$1</definedName><definedName name='A1'>Sheet1!$A$1</definedName>"
            "<definedName name='outside'>[1]X!$A$1</definedName><definedName>1</definedName>"
            "<definedName name='broken'>#REF!</definedName>"
            "<definedName name='both'>Sheet1!$A$1,Sheet1!$A$2</definedName>"
            "<definedName name='nosheet' localSheetId='77'>1</definedName></definedNames>",
        .sheet = "<sheetData><row><c><v>1</v></c><c><f>SUM(total)+own</f></c>"
                 "<c><f>SUM(both)</f></c></row><row><c><v>2</v>"
                 "</c><c><f>relative</f></c></row></sheetData>",
        .sheet2 = "<sheetData><row><c><f>own*2</f></c><c><v>21</v></c></row></sheetData>"});
    recalculate(book, 4);
    require_values(book, book->sheets[0], "A1=1 B1=#NAME? C1=3 A2=2 B2=0");
    require_values(book, book->sheets[1], "A1=42 B1=21");
    name_id area = name_find(book->names, "_xlnm.print_area", 16, book->sheets[0]->id);
    require(area && name_of(book->names, area)->is_hidden);
    require(!name_find(book->names, "_xlnm._FilterDatabase", 21, book->sheets[0]->id));
    require(name_of(book->names, name_find(book->names, "own", 3, book->sheets[1]->id))->is_hidden);
    require_equal(losses.count, 2);
    require(strcmp(losses.losses[0].what, "names that are not allowed") == 0 &&
            losses.losses[0].count == 2);
    require(strcmp(losses.losses[1].what, "names that mean nothing here") == 0);
    book_free(book);
}
END_TEST

/* ---- what is lost ---------------------------------------------------------------------------- */

START_TEST(extras)
{
    static const char drawing[] =
        "<xdr:wsDr xmlns:xdr='urn:x' xmlns:mc='urn:m'><xdr:graphicFrame/><xdr:pic/><xdr:pic/>"
        "<mc:AlternateContent><mc:Choice><xdr:sp/></mc:Choice><mc:Fallback><xdr:sp/><xdr:pic/>"
        "</mc:Fallback></mc:AlternateContent></xdr:wsDr>";
    struct book *book = read_xlsx((struct xlsx_file){
        .sheet =
            "<sheetPr><tabColor rgb='FFFF0000'/></sheetPr><sheetData/>"
            "<sheetProtection sheet='1'/><conditionalFormatting sqref='A1'><cfRule/><cfRule/>"
            "</conditionalFormatting><dataValidations><dataValidation/></dataValidations>"
            "<hyperlinks><hyperlink ref='A1' r:id='rId1'/></hyperlinks><headerFooter><oddHeader>"
            "Page</oddHeader></headerFooter><tableParts><tablePart r:id='rId4'/></tableParts>",
        .sheet_relations = XLSX_RELATION("rId2", "drawing", "../drawings/drawing1.xml")
            XLSX_RELATION("rId3", "comments", "/xl/comments1.xml")
                XLSX_RELATION("rId4", "table", "../tables/table1.xml")
                    XLSX_RELATION("rId5", "pivotTable", "../pivotTables/p.xml")
                        XLSX_RELATION("rId6", "drawing", "../drawings/absent.xml"),
        .relations = XLSX_RELATION("rId7", "vbaProject", "vbaProject.bin")
            XLSX_RELATION("rId8", "externalLink", "externalLinks/e.xml"),
        .more = {{"xl/drawings/drawing1.xml", drawing, 0},
                 {"xl/comments1.xml",
                  "<comments><commentList><comment ref='B7'><text/></comment><comment ref='B8'/>"
                  "</commentList></comments>",
                  0}}});
    require_losses(
        "1 macro, 1 link to other workbooks, 2 conditional formats (Sheet1), 1 data validation "
        "(Sheet1), 1 hyperlink (Sheet1), 1 protection of sheets (Sheet1), 1 table (Sheet1), 1 "
        "colour of tabs (Sheet1), 1 page header (Sheet1), 1 chart (Sheet1), 2 "
        "pictures (Sheet1), 1 shape (Sheet1), 2 comments (Sheet1!B7), 1 pivot table (Sheet1)");
    book_free(book);
}
END_TEST

/* ---- files that are wrong -------------------------------------------------------------------- */

START_TEST(other_writers)
{
    /* Prefixes everywhere, a strict document, relations by absolute targets and another prefix. */
    static const char main_uri[] = "http://purl.oclc.org/ooxml/spreadsheetml/main";
    static const char relations_uri[] = "http://purl.oclc.org/ooxml/officeDocument/relationships";
    char rels[512], workbook_rels[512], workbook[512], sheet[512];
    (void)snprintf(
        rels, sizeof rels,
        "<p:Relationships xmlns:p='urn:p'><p:Relationship Id='x' Type='%s/officeDocument' "
        "Target='/office/book.xml'/></p:Relationships>",
        relations_uri);
    (void)snprintf(workbook_rels, sizeof workbook_rels,
                   "<p:Relationships xmlns:p='urn:p'><p:Relationship Id='y' Type='%s/worksheet' "
                   "Target='../cells\\one.xml'/></p:Relationships>",
                   relations_uri);
    (void)snprintf(
        workbook, sizeof workbook,
        "<x:workbook xmlns:x='%s' xmlns:rel='%s'><x:sheets><x:sheet name='S' rel:id='y'/>"
        "</x:sheets></x:workbook>",
        main_uri, relations_uri);
    (void)snprintf(sheet, sizeof sheet,
                   "<x:worksheet xmlns:x='%s'><x:sheetData><x:row><x:c t='inlineStr'><x:is><x:t>ok"
                   "</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>",
                   main_uri);
    struct part parts[] = {{"_rels/.rels", rels, 0},
                           {"office/_rels/book.xml.rels", workbook_rels, 0},
                           {"OFFICE/book.xml", workbook, 0},
                           {"cells/ONE.xml", sheet, 0}};
    struct file_path path = write_archive("strict.xlsx", parts, array_count(parts));
    struct book *book = new_book();
    require(xlsx_read(book, path.text, &(struct workfile_options){0}, &losses, &problem), "%s",
            problem.text);
    require_values(book, book->sheets[0], "A1='ok'");
    book_free(book);
}
END_TEST

START_TEST(no_workbooks)
{
    struct part nothing = {"hello.txt", "hello", 0};
    struct book *book = new_book();
    struct workfile_options options = {0};
    require(
        !xlsx_read(book, write_archive("a.xlsx", &nothing, 1).text, &options, &losses, &problem));
    require(strstr(problem.text, "no XLSX workbook"), "%s", problem.text);
    require(!xlsx_read(book, file_path("absent").text, &options, &losses, &problem));
    book_free(book);
    refuse_xlsx((struct xlsx_file){.workbook = "<sheets/>"}, "no sheet");
    refuse_xlsx((struct xlsx_file){.workbook = "<sheets>", .sheet = ""},
                "xl/workbook.xml is damaged");
    refuse_xlsx((struct xlsx_file){.sheet = "<sheetData><row></sheetData>"},
                "sheet1.xml is damaged");
    refuse_xlsx((struct xlsx_file){.sheet = "", .strings = "<si>"}, "sharedStrings.xml is damaged");
    refuse_xlsx((struct xlsx_file){.sheet = "", .styles = "<a></b>"}, "styles.xml is damaged");
}
END_TEST

START_TEST(strange_but_harmless)
{
    /* Elements where they do not belong, in each other, and unknown ones. */
    check_cells("<row><row><c><v>1</v></c></row><c r='B1'><c><v>2</v></c></c><v>3</v><f>1</f>"
                "<c r='C1'><is><t>no</t></is><v><v>4</v></v><x><v>5</v></x><v>6</v></c></row>"
                "<v>7</v><c><v>8</v></c>",
                "C1=6");
    struct book *book = read_xlsx((struct xlsx_file){
        .sheet = "<sheetData><row><c><v>1</v></c></row></sheetData><sheetData><row><c><v>2</v></c>"
                 "</row></sheetData><extLst><ext><sheetData><row><c><v>3</v></c></row></sheetData>"
                 "</ext></extLst>"});
    require_equal(book->sheet_count, 1);
    book_free(book);
}
END_TEST

/* ---- memory, and stopping -------------------------------------------------------------------- */

static char *many_cells(unsigned rows)
{
    char *text = malloc(64 + (size_t)rows * 128), *end = text;
    require(text);
    end = stpcpy(end, "<sheetData>");
    for (unsigned i = 0; i < rows; i++)
        end += sprintf(
            end, "<row><c><v>%u</v></c><c t='str'><v>text %u</v></c><c><f>A%u+1</f></c></row>", i,
            i, i + 1);
    (void)stpcpy(end, "</sheetData>");
    return text;
}

START_TEST(limits_on_memory)
{
    char *sheet = many_cells(4000);
    struct file_path path = write_xlsx((struct xlsx_file){.sheet = sheet});
    struct workfile_options options = {0};
    unsigned refused = 0, read = 0;
    for (uint64_t limit = 64 << 10; limit < 4 << 20; limit += limit / 8) {
        struct book *book = book_new(limit, &problem);
        if (!book)
            continue;
        problem.text[0] = '\0';
        bool is_read = xlsx_read(book, path.text, &options, &losses, &problem);
        require(is_read || strstr(problem.text, "limit on memory"), "%s", problem.text);
        require(steppe_budget_charged_bytes(book->budget) <= limit);
        is_read ? read++ : refused++;
        book_free(book);
    }
    require(refused > 3 && read > 3, "%u refused, %u read", refused, read);
    free(sheet);
}
END_TEST

static bool stop_after(void *context, const char *doing, uint64_t done, uint64_t total)
{
    unsigned *left = context;
    (void)doing;
    (void)done;
    (void)total;
    return (*left)-- > 0;
}

START_TEST(cancelling)
{
    char *sheet = many_cells(4000);
    struct file_path path = write_xlsx((struct xlsx_file){.sheet = sheet});
    unsigned stopped = 0;
    for (unsigned steps = 0;; steps++) {
        unsigned left = steps;
        struct progress progress = {.step = stop_after, .context = &left};
        struct workfile_options options = {.progress = &progress};
        struct book *book = new_book();
        bool is_read = xlsx_read(book, path.text, &options, &losses, &problem);
        require(is_read || strcmp(problem.text, "stopped") == 0, "%s", problem.text);
        book_free(book);
        if (is_read)
            break;
        stopped++;
    }
    require(stopped > 2);
    free(sheet);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xlsx_read");
    TCase *all = test_case(suite, "xlsx");
    tcase_add_checked_fixture(all, files_begin, files_end);
    tcase_add_test(all, values);
    tcase_add_test(all, shared_strings);
    tcase_add_test(all, dates);
    tcase_add_test(all, places);
    tcase_add_test(all, wrong_values);
    tcase_add_test(all, long_texts);
    tcase_add_test(all, formulas);
    tcase_add_test(all, shared_formulas);
    tcase_add_test(all, array_formulas);
    tcase_add_test(all, formulas_not_understood);
    tcase_add_test(all, computing_all);
    tcase_add_test(all, styles);
    tcase_add_test(all, themes);
    tcase_add_test(all, alternatives);
    tcase_add_test(all, tables);
    tcase_add_test(all, names_of_other_sheets);
    tcase_add_test(all, odd_tables);
    tcase_add_test(all, lines);
    tcase_add_test(all, usual_lines);
    tcase_add_test(all, pages_and_views);
    tcase_add_test(all, black_and_white);
    tcase_add_test(all, sheets);
    tcase_add_test(all, odd_sheets);
    tcase_add_test(all, names_of_sheets);
    tcase_add_test(all, views_and_areas);
    tcase_add_test(all, names);
    tcase_add_test(all, extras);
    tcase_add_test(all, other_writers);
    tcase_add_test(all, no_workbooks);
    tcase_add_test(all, strange_but_harmless);
    tcase_add_test(all, limits_on_memory);
    tcase_add_test(all, cancelling);
    return test_main(suite);
}
