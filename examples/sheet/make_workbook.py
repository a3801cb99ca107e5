#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""make_workbook.py OUTPUT.xlsx [DIRECTORY] - Unicode's characters as a workbook, by LibreOffice.

Needs openpyxl and LibreOffice (Debian: python3-openpyxl, libreoffice-calc-nogui), and Unicode's
files (unicode-data). openpyxl writes the cells and formulas, without a single result; LibreOffice
opens that, computes it, and writes the workbook. So what it holds is LibreOffice's, as a file from
somebody else would be.
"""
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName

DATA = '/usr/share/unicode'
TIMEOUT_SECONDS = 900
DATE = 'yyyy-mm-dd'
COUNT = '#,##0'
SHARE = '0.00%'

# ---- Unicode's files -----------------------------------------------------------------------------


def lines_of(directory, name):
    with open(os.path.join(directory, name), encoding='utf-8') as file:
        yield from file


def ranges_of(directory, name):
    """(first, last, value) of a file such as Scripts.txt."""
    for line in lines_of(directory, name):
        content = line.split('#')[0].strip()
        if content:
            bounds, value = (part.strip() for part in content.split(';'))
            first, _, last = bounds.partition('..')
            yield int(first, 16), int(last or first, 16), value


def property_of(directory, name):
    return {number: value for first, last, value in ranges_of(directory, name)
            for number in range(first, last + 1)}


def releases(directory):
    """When each version came: DerivedAge.txt has the months; 1.1 is called June 1993 there."""
    pattern = re.compile(r'# (?:Newly assigned|Assigned as of) .*?(\d+\.\d+)(?:\.\d+)? '
                         r'\((\w+), (\d+)')
    found = {}
    for line in lines_of(directory, 'DerivedAge.txt'):
        match = pattern.match(line)
        if match:
            found[match.group(1)] = datetime.strptime(f'1 {match.group(2)} {match.group(3)}',
                                                      '%d %B %Y')
    return found


def number_of(text):
    if not text:
        return None
    above, _, below = text.partition('/')
    return int(above) / int(below) if below else int(above)


def characters(directory):
    """A row for each character that has a line of its own: no ranges, no surrogates."""
    scripts = property_of(directory, 'Scripts.txt')
    blocks = property_of(directory, 'Blocks.txt')
    ages = property_of(directory, 'DerivedAge.txt')
    months = releases(directory)
    for line in lines_of(directory, 'UnicodeData.txt'):
        fields = line.rstrip('\n').split(';')
        number, category = int(fields[0], 16), fields[2]
        if fields[1].endswith((', First>', ', Last>')):
            continue
        yield (f'U+{number:04X}', number, fields[1], category, scripts[number], blocks[number],
               float(ages[number]), months[ages[number]], number_of(fields[6]),
               number_of(fields[8]))


# ---- the sheet of characters ---------------------------------------------------------------------

TITLES = ('Code', 'Number', 'Name', 'Category', 'Script', 'Block', 'Version', 'Since', 'Digit',
          'Value')
WIDTHS = (10, 9, 56, 10, 20, 30, 9, 12, 7, 12)
FORMATS = {2: COUNT, 7: '0.0', 8: DATE, 10: '# ??/??'}
COLUMN_NAMES = ('Codes', 'Numbers', 'Names', 'Categories', 'Scripts', 'Blocks', 'Versions',
                'Dates', 'Digits', 'Amounts')
TITLE_FONT = Font(bold=True, color='FFFFFF')
TITLE_FILL = PatternFill('solid', fgColor='0072B2')


def put_titles(sheet, row, titles):
    for column, title in enumerate(titles, 1):
        cell = sheet.cell(row, column, title)
        cell.font, cell.fill = TITLE_FONT, TITLE_FILL


def put_characters(sheet, rows):
    put_titles(sheet, 1, TITLES)
    for at, row in enumerate(rows, 2):
        for column, value in enumerate(row, 1):
            if value is None:
                continue
            cell = sheet.cell(at, column, value)
            if column in FORMATS:
                cell.number_format = FORMATS[column]
    for column, width in enumerate(WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = 'B2'
    sheet.auto_filter.ref = f'A1:{get_column_letter(len(TITLES))}{len(rows) + 1}'


# ---- the sheet of figures ------------------------------------------------------------------------

NOTICE = ('Modified: these are data of the Unicode Character Database, rearranged as a workbook. '
          'Copyright © Unicode, Inc. Terms of use: https://www.unicode.org/copyright.html')

TOTALS = (
    ('Characters', '=COUNTA(Codes)', COUNT),
    ('letters', '=COUNTIF(Categories,"L?")', COUNT),
    ('no letters', '=Total-B5', COUNT),
    ('Lowest number', '=MIN(Numbers)', COUNT),
    ('Highest number', '=MAX(Numbers)', COUNT),
    ('Median', '=MEDIAN(Numbers)', '#,##0.0'),
    ('First quartile', '=QUARTILE(Numbers,1)', '#,##0.00'),
    ('Third quartile', '=QUARTILE(Numbers,3)', '#,##0.00'),
    ('99th percentile', '=PERCENTILE(Numbers,0.99)', '#,##0.00'),
    ('Standard deviation', '=STDEV(Numbers)', '#,##0.00'),
    ('Mean', '=AVERAGE(Numbers)', '#,##0.00'),
    ('Tenth largest', '=LARGE(Numbers,10)', COUNT),
    ('Tenth smallest', '=SMALL(Numbers,10)', COUNT),
    ('In the first plane', '=COUNTIF(Numbers,"<65536")', COUNT),
    ('in the second', '=COUNTIFS(Numbers,">=65536",Numbers,"<131072")', COUNT),
    ('behind it', '=SUMPRODUCT((Numbers>=131072)*1)', COUNT),
    ('Decimal digits', '=COUNT(Digits)', COUNT),
    ('their sum', '=SUM(Digits)', COUNT),
    ('their mean', '=AVERAGE(Digits)', '0.00'),
    ('the most frequent', '=MODE(Digits)', COUNT),
    ('Numeric values', '=COUNT(Amounts)', COUNT),
    ('the smallest', '=MIN(Amounts)', '# ??/??'),
    ('the largest', '=MAX(Amounts)', COUNT),
    ('fractions between 0 and 1', '=COUNTIFS(Amounts,">0",Amounts,"<1")', COUNT),
    ('their sum', '=SUMIFS(Amounts,Amounts,">0",Amounts,"<1")', '# ??/??'),
    ('Longest name, characters', ('=MAX(LEN(Names))',), COUNT),
    ('it is', '=INDEX(Names,MATCH(REPT("?",B29),Names,0))', None),
    ('Names with LETTER', '=COUNTIF(Names,"*LETTER*")', COUNT),
    ('Latin capitals', '=COUNTIFS(Names,"*CAPITAL*",Scripts,"Latin")', COUNT),
    ('Letters but no Latin ones', '=COUNTIFS(Categories,"L?",Scripts,"<>Latin")', COUNT),
    ('First month', '=MIN(Dates)', DATE),
    ('Last month', '=MAX(Dates)', DATE),
    ('in words', '=TEXT(B35,"dddd, d mmmm yyyy")', None),
    ('Years between', '=DATEDIF(B34,B35,"y")', '0'),
    ('to the day', '=YEARFRAC(B34,B35)', '0.000'),
    ('Days between', '=DAYS(B35,B34)', COUNT),
    ('Working days', '=NETWORKDAYS(B34,B35)', COUNT),
    ('End of that month', '=EOMONTH(B35,0)', DATE),
    ('Day of the week', '=WEEKDAY(B35,2)', '0'),
    ('The euro', '=VLOOKUP("U+20AC",Table,3,FALSE)', None),
    ('its number', '=INDEX(Numbers,MATCH("U+20AC",Codes,0))', COUNT),
    ('its sign', '=UNICHAR(B44)', None),
    ('is it this number\'s', '=UNICODE(B45)=B44', None),
    ('in small letters', '=LOWER(B43)', None),
    ('its second word', '=MID(B43,FIND(" ",B43)+1,99)', None),
    ('No such character', '=IFERROR(VLOOKUP("U+FFFF",Table,3,FALSE),"not assigned")', None),
    ('Nor this one', '=VLOOKUP("U+FFFE",Table,3,FALSE)', None),
    ('An address', '=ADDRESS(MATCH("U+20AC",Codes,0)+1,3,4)', None),
    ('The first categories', '=TEXTJOIN(", ",TRUE,INDEX(Table,1,4),INDEX(Table,33,4),'
     'INDEX(Table,34,4),INDEX(Table,37,4),INDEX(Table,41,4))', None),
    ('In one line', '="Unicode "&TEXT(MAX(Versions),"0.0")&": "&TEXT(Total,"#,##0")&" characters"',
     None),
)

VERSION_TITLES = ('Version', 'Since', 'New', 'So far', 'Share', 'Growth', 'Months', 'Letters',
                  'Median number', 'In words')
VERSION_FORMATS = ('0.0', DATE, COUNT, COUNT, SHARE, SHARE, '0', COUNT, '#,##0.0', None)
CATEGORY_TITLES = ('Category', 'Characters', 'Share', 'Rank', 'Lowest', 'Highest', 'Mean',
                   'Scripts begin with', 'First character')
CATEGORY_FORMATS = (None, COUNT, SHARE, '0', COUNT, COUNT, '#,##0.00', None, None)
SCRIPT_TITLES = ('Script', 'Characters', 'Share', 'Rank', 'Letters', 'Sum of digits', 'Since',
                 'Size', 'First character')
SCRIPT_FORMATS = (None, COUNT, SHARE, '0', COUNT, COUNT, '0.0', None, None)


def version_formulas(version, row, first, last):
    before = row - 1
    return (version, f'=INDEX(Dates,MATCH(A{row},Versions,0))', f'=COUNTIF(Versions,A{row})',
            f'=SUM(C${first}:C{row})', f'=C{row}/Total',
            f'=C{row}/D{before}' if row > first else None,
            f'=DATEDIF(B{before},B{row},"m")' if row > first else None,
            f'=COUNTIFS(Versions,A{row},Categories,"L?")',
            (f'=MEDIAN(IF(Versions=A{row},Numbers))',),
            f'=TEXT(B{row},"mmmm yyyy")&IF(C{row}=MAX(C${first}:C${last}),": the most","")')


def category_formulas(category, row, first, last):
    return (category, f'=COUNTIF(Categories,A{row})', f'=B{row}/Total',
            f'=RANK(B{row},B${first}:B${last})', f'=MINIFS(Numbers,Categories,A{row})',
            f'=MAXIFS(Numbers,Categories,A{row})', f'=AVERAGEIF(Categories,A{row},Numbers)',
            f'=INDEX(Scripts,MATCH(A{row},Categories,0))',
            f'=INDEX(Names,MATCH(A{row},Categories,0))')


def script_formulas(script, row, first, last):
    return (script, f'=COUNTIF(Scripts,A{row})', f'=B{row}/Total',
            f'=RANK(B{row},B${first}:B${last})', f'=COUNTIFS(Scripts,A{row},Categories,"L?")',
            f'=SUMIFS(Digits,Scripts,A{row})', f'=MINIFS(Versions,Scripts,A{row})',
            f'=IF(B{row}>=1000,"large",IF(B{row}>=100,"middling","small"))',
            f'=PROPER(INDEX(Names,MATCH(A{row},Scripts,0)))')


def put(sheet, row, column, value, number_format):
    """A tuple is an array formula."""
    if value is None:
        return
    cell = sheet.cell(row, column)
    if isinstance(value, tuple):
        cell.value = value[0]
        sheet.formula_attributes[cell.coordinate] = {'t': 'array', 'ref': cell.coordinate}
    else:
        cell.value = value
    if number_format:
        cell.number_format = number_format


def put_table(sheet, row, titles, formats, keys, formulas):
    """Returns the row behind it."""
    put_titles(sheet, row, titles)
    first, last = row + 1, row + len(keys)
    for at, key in enumerate(keys, first):
        for column, value in enumerate(formulas(key, at, first, last)):
            put(sheet, at, column + 1, value, formats[column])
    return last + 2


# As Excel wants them in a file that it did not write itself.
PREFIXED = re.compile(r'\b(DAYS|MAXIFS|MINIFS|TEXTJOIN|UNICHAR|UNICODE)\(')


def name_as_excel(sheet):
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and cell.value.startswith('='):
                cell.value = PREFIXED.sub(r'_xlfn.\1(', cell.value)


def put_figures(sheet, rows):
    sheet['A1'] = "The characters of Unicode in figures"
    sheet['A1'].font = Font(bold=True, size=16)
    sheet['A1'].alignment = Alignment(horizontal='center')
    sheet.merge_cells('A1:J1')
    sheet['A2'] = NOTICE  # the licence wants it in the file
    put_titles(sheet, 3, ('All of them', 'Figure'))
    for at, (title, formula, number_format) in enumerate(TOTALS, 4):
        put(sheet, at, 1, title, None)
        put(sheet, at, 2, formula, number_format)
    row = len(TOTALS) + 5
    row = put_table(sheet, row, VERSION_TITLES, VERSION_FORMATS,
                    sorted({line[6] for line in rows}), version_formulas)
    row = put_table(sheet, row, CATEGORY_TITLES, CATEGORY_FORMATS,
                    sorted({line[3] for line in rows}), category_formulas)
    put_table(sheet, row, SCRIPT_TITLES, SCRIPT_FORMATS,
              sorted({line[4] for line in rows}), script_formulas)
    for column, width in enumerate((26, 14, 12, 12, 10, 14, 14, 22, 34, 26), 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = 'B4'
    name_as_excel(sheet)


# ---- the workbook --------------------------------------------------------------------------------

def define(book, name, meaning):
    book.defined_names.append(DefinedName(name, attr_text=meaning))


def write(path, rows):
    book = Workbook()
    sheet = book.active
    sheet.title = 'Characters'
    put_characters(sheet, rows)
    put_figures(book.create_sheet('Figures'), rows)
    last = len(rows) + 1
    for column, name in enumerate(COLUMN_NAMES, 1):
        letter = get_column_letter(column)
        define(book, name, f'Characters!${letter}$2:${letter}${last}')
    define(book, 'Table', f'Characters!$A$2:${get_column_letter(len(TITLES))}${last}')
    define(book, 'Total', 'Figures!$B$4')
    book.save(path)


def compute(source, target):
    """LibreOffice opens, computes and writes it, with a profile of its own."""
    folder = os.path.dirname(source)
    subprocess.run(['soffice', f'-env:UserInstallation=file://{folder}/profile', '--headless',
                    '--convert-to', 'xlsx:Calc MS Excel 2007 XML', '--outdir', f'{folder}/out',
                    source], check=True, timeout=TIMEOUT_SECONDS, stdin=subprocess.DEVNULL)
    pack(os.path.join(folder, 'out', os.path.basename(source)), target)


def pack(source, target):
    """The same parts, byte for byte, compressed as far as it goes."""
    with zipfile.ZipFile(source) as old, \
            zipfile.ZipFile(target, 'w', zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(zipfile.ZipInfo(part.filename, part.date_time), old.read(part),
                         zipfile.ZIP_DEFLATED, 9)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    rows = list(characters(sys.argv[2] if len(sys.argv) == 3 else DATA))
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, 'characters.xlsx')
        write(source, rows)
        compute(source, sys.argv[1])


if __name__ == '__main__':
    main()
