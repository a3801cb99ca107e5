# SPDX-License-Identifier: MIT
"""test_batch.py STEPPE_SHEET - all commands that need no screen; prints TAP.

XLSX files are made here by zipfile, so that what is in them is known to the byte.
"""
import fcntl
import json
import os
import re
import resource
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import termios
import time
import zipfile
from xml.sax.saxutils import escape

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'programs'))
from driver import Tap, environment, run  # noqa: E402 (where it is, is known only now)

DONE, DIFFERENT, USAGE, FILE, MEMORY = range(5)
MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
PACKAGE = 'http://schemas.openxmlformats.org/package/2006/relationships'

tap = Tap()
program = sys.argv[1]


def sheet(*arguments, **options):
    return run(program, *arguments, **options)


def does(name, arguments, output='', status=DONE, errors='', **options):
    """It prints just this, ends so, and has these words on standard error (''; nothing there)."""
    result = sheet(*arguments, **options)
    holds = result.returncode == status and result.stdout == output
    holds = holds and (errors in result.stderr if errors else not result.stderr)
    tap.check(name, holds, arguments, f'status {result.returncode}, wanted {status}',
              f'output {result.stdout[:1000]!r}, wanted {output[:1000]!r}',
              f'errors {result.stderr!r}, wanted {errors!r}')
    return result


def refuses(name, arguments, status, *words, **options):
    """One line on standard error with these words, and nothing else."""
    result = sheet(*arguments, **options)
    holds = result.returncode == status and all(word in result.stderr for word in words)
    holds = holds and result.stderr.count('\n') == 1 and not result.stdout
    tap.check(name, holds, arguments, f'status {result.returncode}, wanted {status} and {words}',
              result.stderr, result.stdout[:300])


def write(path, text, mode='w'):
    with open(path, mode, **({} if 'b' in mode else {'encoding': 'utf-8', 'newline': ''})) as file:
        file.write(text)
    return path


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def workbook(path, sheets, names=(), extra=()):
    """sheets: name -> [(cell, XML of the c element's inside, its attributes)]."""
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        listed, related, typed = '', '', ''
        for number, (name, cells) in enumerate(sheets.items(), 1):
            rows = {}
            for cell, inside, attributes in cells:
                row = int(cell.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ'))
                rows.setdefault(row, []).append(f'<c r="{cell}" {attributes}>{inside}</c>')
            data = ''.join(f'<row r="{row}">{"".join(rows[row])}</row>' for row in sorted(rows))
            archive.writestr(f'xl/worksheets/sheet{number}.xml',
                             f'<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData></worksheet>')
            listed += (f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{number}" '
                       f'r:id="r{number}"/>')
            related += (f'<Relationship Id="r{number}" Type="{RELATIONS}/worksheet" '
                        f'Target="worksheets/sheet{number}.xml"/>')
            typed += (f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="'
                      'application/vnd.openxmlformats-officedocument.spreadsheetml.'
                      'worksheet+xml"/>')
        defined = ''.join(f'<definedName name="{name}">{escape(text)}</definedName>'
                          for name, text in names)
        archive.writestr('xl/workbook.xml',
                         f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets>'
                         f'<definedNames>{defined}</definedNames></workbook>')
        archive.writestr('xl/_rels/workbook.xml.rels',
                         f'<Relationships xmlns="{PACKAGE}">{related}</Relationships>')
        archive.writestr('_rels/.rels',
                         f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
                         f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
                         '</Relationships>')
        archive.writestr('[Content_Types].xml',
                         '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
                         'content-types"><Default Extension="xml" ContentType="application/xml"/>'
                         '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.'
                         'openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
                         f'{typed}</Types>')
        for name, text in extra:
            archive.writestr(name, text)
    return path


def number(cell, value, formula=None):
    before = f'<f>{escape(formula)}</f>' if formula else ''
    return (cell, f'{before}<v>{value}</v>', '')


def text(cell, value):
    return (cell, f'<is><t xml:space="preserve">{escape(value)}</t></is>', 't="inlineStr"')


# ---- files used by several -------------------------------------------------------------------

def make_files():
    write('table.csv', 'name,amount,day\noats,12.5,2024-01-31\nrye,1000,2024-02-01\n')
    workbook('book.xlsx', {
        'Data': [number('A1', 1), number('A2', 2), number('A3', 3, 'A1+A2'),
                 text('B1', 'one\ttab'), text('B2', 'a "quote"'), text('B3', 'two\nlines'),
                 ('C1', '<v>1</v>', 't="b"'), ('C2', '<v>#N/A</v>', 't="e"'),
                 number('E9', 0.1)],
        "It's = here": [number('B2', 7), number('XFD1048576', 5)],
        'Wrong': [number('A1', 2), number('A2', 99, 'A1*2'), number('A3', 8, 'A1*4')],
    }, names=[('total', 'Data!$A$1:$A$3'), ('rate', '0.19'), ('place', 'Data!$A$2')])


# ---- get -------------------------------------------------------------------------------------

ALL = ('1\t"one\ttab"\tTRUE\t\t\n2\t"a ""quote"""\t#N/A\t\t\n3\t"two\nlines"\t\t\t\n' +
       '\t\t\t\t\n' * 5 + '\t\t\t\t0.1\n')


def get():
    does('get: all of the first sheet', ['get', 'book.xlsx'], ALL)
    does('get: one cell', ['get', 'book.xlsx', 'A3'], '3\n')
    does('get: an area keeps its blank fields', ['get', 'book.xlsx', 'C3:E4'], '\t\t\n\t\t\n')
    does('get: ranges one after the other', ['get', 'book.xlsx', 'A1:A2', 'C2'], '1\n2\n#N/A\n')
    does('get: a whole column ends with its last cell', ['get', 'book.xlsx', 'A:A'], '1\n2\n3\n')
    does('get: a whole row, too', ['get', 'book.xlsx', '9:9'], '\t\t\t\t0.1\n')
    does('get: a column without cells', ['get', 'book.xlsx', 'Z:Z'], '')
    does('get: a row without cells', ['get', 'book.xlsx', '20:21'], '')
    does('get: another sheet, in quotes', ['get', 'book.xlsx', "'It''s = here'!B2"], '7\n')
    does('get: without quotes', ['get', 'book.xlsx', "It's = here!B2"], '7\n')
    does('get: by --sheet', ['get', 'book.xlsx', 'B2', '--sheet', "IT'S = HERE"], '7\n')
    does('get: all of another sheet', ['get', 'book.xlsx', 'Wrong!'], '2\n99\n8\n')
    does('get: the last cell there is', ['get', 'book.xlsx', "'It''s = here'!XFD1048576"], '5\n')
    does('get: a name of an area', ['get', 'book.xlsx', 'total'], '1\n2\n3\n')
    does('get: a name, of either case, with a sheet', ['get', 'book.xlsx', 'Wrong!TOTAL'],
         '1\n2\n3\n')
    does('get: a name of a number', ['get', 'book.xlsx', 'rate'], '0.19\n')
    does('get: a formula', ['get', 'book.xlsx', '=SUM(total)*10', '=Data!B2&"!"'],
         '60\n"a ""quote""!"\n')
    does('get: a formula that gives an array', ['get', 'book.xlsx', '={1,2;3,4}'], '1\t2\n3\t4\n')
    does('get: all of what a formula gives', ['get', 'book.xlsx', '{=A1:A3*2}'], '2\n4\n6\n')
    does('get: an error is a value', ['get', 'book.xlsx', '=1/0'], '#DIV/0!\n')
    does('get: as CSV', ['get', 'book.xlsx', 'A2:C2', '--to', 'csv'], '2,"a ""quote""",#N/A\n')
    does('get: with a separator', ['get', 'book.xlsx', 'A1:C1', '--to-separator', '|'],
         '1|one\ttab|TRUE\n')
    does('get: formulas', ['get', 'book.xlsx', 'A2:A3', '--formulas'], '2\n=A1+A2\n')
    does('get: dates are ISO dates', ['get', 'table.csv', 'C2'], '2024-01-31\n')
    result = subprocess.run([program, 'get', '-', 'B2'], input='1,2\n3,4\n', text=True,
                            env=environment(), capture_output=True, timeout=60, check=False)
    tap.check('get: from standard input', result.stdout == '4\n', result)
    # Two cells as far apart as can be: lines end with their last cell, or it would be 17 GB.
    result = sheet('get', 'book.xlsx', "'It''s = here'!")
    lines = result.stdout.split('\n')
    tap.check('get: cells far apart', len(lines) == 1048577 and lines[1] == '\t7' and
              lines[1048575] == '\t' * 16383 + '5', len(lines), len(result.stdout))


def get_json():
    result = sheet('get', 'book.xlsx', 'A3:B3', 'rate', '=total', '={1,TRUE}', '--json')
    data = json.loads(result.stdout)
    tap.check('get --json: its head', data['format'] == 'steppe-sheet-cells' and
              data['version'] == 1 and
              [one['range'] for one in data['ranges']] == ['A3:B3', 'rate', '=total', '={1,TRUE}'],
              data)
    cells = data['ranges'][0]['areas'][0]
    tap.check('get --json: cells', cells == {'sheet': 'Data', 'area': 'A3:B3', 'cells': [
        {'cell': 'A3', 'kind': 'number', 'value': 3, 'formula': '=A1+A2'},
        {'cell': 'B3', 'kind': 'text', 'value': 'two\nlines'}]}, cells)
    tap.check('get --json: a value', data['ranges'][1]['rows'] ==
              [[{'kind': 'number', 'value': 0.19}]], data['ranges'][1])
    tap.check('get --json: a reference', data['ranges'][2]['areas'][0]['area'] == 'A1:A3',
              data['ranges'][2])
    tap.check('get --json: an array', data['ranges'][3]['rows'] ==
              [[{'kind': 'number', 'value': 1}, {'kind': 'boolean', 'value': True}]],
              data['ranges'][3])
    data = json.loads(sheet('get', 'book.xlsx', '--json').stdout)
    tap.check('get --json: a whole sheet', data['ranges'][0]['range'] is None and
              len(data['ranges'][0]['areas'][0]['cells']) == 9, data)
    data = json.loads(sheet('get', 'table.csv', 'C2', '--json').stdout)
    tap.check('get --json: a date has its number and what is shown',
              data['ranges'][0]['areas'][0]['cells'] == [
                  {'cell': 'C2', 'kind': 'number', 'value': 45322, 'format': 'yyyy-mm-dd',
                   'shown': '2024-01-31'}], data)


def get_refusals():
    refuses('get: no such sheet', ['get', 'book.xlsx', 'Nope!A1'], FILE, "'Nope'", 'book.xlsx')
    refuses('get: no such sheet by --sheet', ['get', 'book.xlsx', '--sheet', 'x'], FILE, "'x'")
    refuses('get: no such name', ['get', 'book.xlsx', 'totals'], FILE, "'totals'", 'B2:C9')
    refuses('get: beyond the last row', ['get', 'book.xlsx', 'A1048577'], FILE, 'XFD1048576')
    refuses('get: beyond the last column', ['get', 'book.xlsx', 'XFE1'], FILE, 'XFD1048576')
    refuses('get: no range', ['get', 'book.xlsx', 'A1:'], USAGE, "'A1:'", 'B2:C9')
    refuses('get: no array formula', ['get', 'book.xlsx', '{=SUM(}'], USAGE, 'character 7')
    refuses('get: no formula', ['get', 'book.xlsx', '=SUM('], USAGE, "'=SUM('", 'character 6')
    refuses('get: all or nothing', ['get', 'book.xlsx', 'A1', 'A1:B'], USAGE, "'A1:B'")
    refuses('get: prints no XLSX', ['get', 'book.xlsx', '--to', 'xlsx'], USAGE, 'convert')


# ---- convert ---------------------------------------------------------------------------------

def convert():
    does('convert: CSV to XLSX', ['convert', 'table.csv', 'table.xlsx'])
    does('convert: and back', ['convert', 'table.xlsx', '-'], read('table.csv').decode())
    does('convert: another separator', ['convert', 'table.csv', '-', '--to-separator', ';'],
         read('table.csv').decode().replace(',', ';'))
    does('convert: TSV', ['convert', 'table.csv', '-', '--to', 'tsv'],
         read('table.csv').decode().replace(',', '\t'))
    result = subprocess.run([program, 'convert', '-', '-', '--from', 'xlsx', '--to', 'csv',
                             '--sheet', 'Wrong'], input=read('book.xlsx'), env=environment(),
                            capture_output=True, timeout=60, check=False)
    tap.check('convert: an XLSX from standard input', result.stdout == b'2\n99\n8\n' and
              b'not kept' in result.stderr and result.returncode == DONE, result)
    result = sheet('convert', 'book.xlsx', '-', '--to', 'json')
    data = json.loads(result.stdout)
    tap.check('convert: JSON', [one['name'] for one in data['sheets']] ==
              ['Data', "It's = here", 'Wrong'] and data['names'][0]['name'] == 'total',
              result.stdout[:300])
    packed = subprocess.run([program, 'convert', 'table.csv', '-', '--to', 'xlsx'],
                            env=environment(), capture_output=True, timeout=60, check=False)
    write('piped.xlsx', packed.stdout, 'wb')
    does('convert: an XLSX to standard output', ['get', 'piped.xlsx', 'A2'], 'oats\n')
    does('convert: formulas instead of values', ['convert', 'book.xlsx', '-', '--sheet', 'Wrong',
                                                 '--formulas', '--quiet'], '2\n=A1*2\n=A1*4\n')
    write('percent.csv', 'a,50%\n')
    does('convert: what is shown', ['convert', 'percent.csv', '-', '--shown', '--quiet'],
         'a,50%\n')
    write('odd.csv', '007,1e5,2024-1-31\n')
    does('convert: --text keeps all as it is', ['convert', 'odd.csv', '-', '--text'],
         '007,1e5,2024-1-31\n')
    does('convert: what cannot be read back the same is text', ['convert', 'odd.csv', '-'],
         '007,1e5,2024-1-31\n')
    write('formula.csv', '2,=A1*21\n')
    does('convert: = is text', ['convert', 'formula.csv', '-'], '2,=A1*21\n')
    does('convert: = is a formula when it is asked for',
         ['convert', 'formula.csv', 'formula.xlsx', '--formulas'])
    does('convert: and is computed', ['get', 'formula.xlsx', 'B1'], '42\n')
    write('latin.csv', 'a,M\xfcller\n'.encode('latin-1'), 'wb')
    does('convert: an encoding', ['convert', 'latin.csv', '-', '--encoding', 'latin1'],
         'a,Müller\n')


def losses():
    does('losses are told', ['convert', 'book.xlsx', 'lost.csv'], errors='other sheets')
    does('losses: --quiet', ['convert', 'book.xlsx', 'lost.csv', '--force', '--quiet'])
    before = read('lost.csv')
    refuses('losses: --strict', ['convert', 'book.xlsx', 'lost.csv', '--force', '--strict'],
            DIFFERENT, 'lost.csv', 'was not written', 'other sheets')
    tap.check('losses: --strict leaves the file', read('lost.csv') == before)
    refuses('losses: --strict writes none', ['convert', 'book.xlsx', 'none.csv', '--strict'],
            DIFFERENT, 'none.csv')
    tap.check('losses: none is there', not os.path.exists('none.csv'))
    does('losses: --strict where nothing is lost', ['convert', 'table.csv', 'kept.xlsx',
                                                    '--strict'])


def encodings():
    write('mark.csv', '\ufeffa;M\u00fcller\r\n1;2\r\n', 'w')
    does('in place: a table stays as it was', ['set', 'mark.csv', 'B2=3', '-i'])
    tap.check('in place: with its mark, its separator and its line ends', read('mark.csv') ==
              '\ufeffa;M\u00fcller\r\n1;3\r\n'.encode(), read('mark.csv'))
    for name, encoded in (('utf-16', 'utf-16-le'), ('utf-16', 'utf-16-be')):
        mark = '\ufeff'.encode(encoded)
        line = 'a,\u00fc \U0001f600 \u043e\u0432\u0435\u0441'
        write('wide.csv', mark + f'{line}\n'.encode(encoded), 'wb')
        does(f'in place: {encoded}', ['set', 'wide.csv', 'C1=x', '-i'])
        tap.check(f'in place: it is still {name}', read('wide.csv') ==
                  mark + f'{line},x\n'.encode(encoded), read('wide.csv'))
    write('narrow.csv', 'a,M\u00fcller \u20ac\n'.encode('cp1252'), 'wb')
    does('in place: Windows-1252', ['set', 'narrow.csv', 'C1=\u2013', '-i'])
    tap.check('in place: it is still Windows-1252', read('narrow.csv') ==
              'a,M\u00fcller \u20ac,\u2013\n'.encode('cp1252'), read('narrow.csv'))
    does('in place: no character is lost', ['set', 'narrow.csv', 'C1=\u2192', '-i'],
         errors='encoding')
    tap.check('in place: rather the encoding', read('narrow.csv') ==
              'a,M\u00fcller \u20ac,\u2192\n'.encode(), read('narrow.csv'))
    write('letters.csv', 'a,\u00fc\u20ac\u2192\U0001f600\n')
    for name, expected in (
            ('utf-8', 'a,\u00fc\u20ac\u2192\U0001f600\n'.encode()),
            ('utf-8-bom', '\ufeffa,\u00fc\u20ac\u2192\U0001f600\n'.encode()),
            ('utf-16', '\ufeffa,\u00fc\u20ac\u2192\U0001f600\n'.encode('utf-16-le')),
            ('windows-1252', 'a,\u00fc\u20ac??\n'.encode('cp1252')),
            ('latin1', b'a,\xfc???\n')):
        write('encoded.csv', '')
        result = sheet('convert', 'letters.csv', 'encoded.csv', '-f', '--to-encoding', name)
        tap.check(f'--to-encoding {name}', result.returncode == DONE and
                  read('encoded.csv') == expected and (b'?' in expected) ==
                  ('characters' in result.stderr), result, read('encoded.csv'))
    many = ''.join(f'{i};' + '\u00e4\u20ac\U0001f600' * 7 + '\n' for i in range(4000))
    write('many-letters.csv', many)
    result = sheet('convert', 'many-letters.csv', 'encoded.csv', '-f', '--to-encoding', 'utf-16',
                   '--to-separator', ';')
    tap.check('--to-encoding: of more than a buffer', result.returncode == DONE and
              read('encoded.csv') == ('\ufeff' + many).encode('utf-16-le'), result)
    for encoded in ('utf-32-le', 'utf-32-be'):
        write('wide.csv', '\ufeffa,\u00fc\U0001f600\n'.encode(encoded), 'wb')
        does(f'{encoded} is read', ['get', 'wide.csv'], 'a\t\u00fc\U0001f600\n')


LOOKS = ('12.50,5%,"1,000",12:30,2024-01-31T12:30,$5,12:30:15.250,1.5,007,1e5,2024-01-31,'
         '"1,234.50",12:30 PM,36:00:00,-0.10,"a ""b"""\n')


def looks():
    """What nobody has changed is written as it was."""
    write('looks.csv', LOOKS * 2)
    does('in place: other cells look as they did', ['set', 'looks.csv', 'A2=x', '-i', '--strict'])
    tap.check('in place: to the byte', read('looks.csv').decode() ==
              LOOKS + 'x' + LOOKS[LOOKS.index(','):], read('looks.csv'))
    german = '12,50;5,5%;1.000;12:30;1.234,50;12:30:15,250;1,5\n'
    write('german.csv', german * 2)
    does('in place: with decimal commas, too', ['set', 'german.csv', 'A2=x', '-i', '--strict',
                                                '--decimal', ','])
    tap.check('in place: to the byte again', read('german.csv').decode() ==
              german + 'x' + german[german.index(';'):], read('german.csv'))
    write('ends.csv', 'name;amount;\noats;1;\nrye;2;\n')
    does('in place: blank fields at the ends of lines', ['set', 'ends.csv', 'A2=barley', '-i'])
    tap.check('in place: they stay', read('ends.csv') == b'name;amount;\nbarley;1;\nrye;2;\n',
              read('ends.csv'))
    does('another table keeps them', ['convert', 'looks.csv', '-'], LOOKS + 'x' +
         LOOKS[LOOKS.index(','):])
    does('get has values as they are', ['get', 'looks.csv', 'A1:E1', '--to', 'csv'],
         '12.5,0.05,1000,12:30:00,2024-01-31T12:30:00\n')


def decimals():
    write('comma.csv', 'a;1,5\nb;1.000,25\nc;-3\nd;1.5\ne;31.12.2024\nf;2024-12-31\n')
    result = json.loads(sheet('get', 'comma.csv', 'B1:B6', '--decimal', ',', '--json').stdout)
    values = [cell['value'] for cell in result['ranges'][0]['areas'][0]['cells']]
    tap.check('--decimal ,: numbers', values == [1.5, 1000.25, -3, '1.5', '31.12.2024', 45657],
              values)
    does('--decimal ,: not by itself', ['get', 'comma.csv', 'B1', '--json', '--sheet', 'comma'],
         '{"format":"steppe-sheet-cells","version":1,"ranges":[\n{"range":"B1","areas":[{"sheet":'
         '"comma","area":"B1","cells":[\n{"cell":"B1","kind":"text","value":"1,5"}]}]}\n]}\n')
    does('--decimal ,: in place', ['set', 'comma.csv', 'B3==B1*2.5', '-i', '--decimal', ',',
                                   '--quiet'])
    tap.check('--decimal ,: what is written', read('comma.csv').startswith(
        b'a;1,5\nb;1.000,25\nc;3,75\nd;1.5\n'), read('comma.csv'))


def decimal_commas():
    """A column of them is told, and nothing else is."""
    lines = ''.join(f'oats;x, y;{i},5;{i}\n' for i in range(1, 10))
    write('commas.csv', 'name;note;price;count\n' + lines + 'rye;;12;3\n')
    does('decimal commas are told', ['get', 'commas.csv', 'C2'], '1,5\n',
         errors='steppe-sheet: commas.csv: column C looks like numbers with decimal commas: '
                '--decimal ,\n')
    for name, more in (('with -q', ['-q']), ('with --text', ['--text']),
                       ('with --decimal', ['--decimal', '.'])):
        does(f'decimal commas are not told {name}', ['get', 'commas.csv', 'C2', *more], '1,5\n')
    does('decimal commas are read', ['get', 'commas.csv', '=SUM(C:C)', '--decimal', ','], '61.5\n')
    write('few-commas.csv', 'a;b\n' + '1,5;x\n' * 4 + 'p. 3;y\n')
    does('decimal commas in fewer fields are not told', ['get', 'few-commas.csv', 'A2'], '1,5\n')


def dates():
    write('days.csv', 'day;paid\n31.12.2024;1,5\n01.02.24;2\n1.2.2024;3\n01.2.2024;4\n'
          '30.02.2024;5\n2024-12-31;6\n12/24/2024;7\n')
    does('--dates dmy', ['get', 'days.csv', 'A2:A8', '--dates', 'dmy'],
         '2024-12-31\n2024-02-01\n2024-02-01\n01.2.2024\n30.02.2024\n2024-12-31\n12/24/2024\n')
    does('--dates mdy', ['get', 'days.csv', 'A2:A8', '--dates', 'mdy'],
         '31.12.2024\n2024-01-02\n2024-01-02\n01.2.2024\n30.02.2024\n2024-12-31\n2024-12-24\n')
    does('--dates: not by itself', ['get', 'days.csv', 'A2:A3'], '31.12.2024\n01.02.24\n')
    write('years.csv', '2024/12/31,24.1.2\n')
    does('--dates ymd', ['get', 'years.csv', '--dates', 'ymd'], '2024-12-31\t2024-01-02\n')
    before = read('days.csv')
    does('--dates: in place', ['set', 'days.csv', 'B8=8', '-i', '--strict', '--dates', 'dmy',
                               '--decimal', ','])
    tap.check('--dates: other dates look as they did',
              read('days.csv') == before.replace(b';7', b';8'), read('days.csv'))


def new_workbook():
    write('steps', 'type A1 5\ncollect\n')
    result = sheet('run', '-', 'steps', '-o', 'new-one.xlsx', stdin=subprocess.DEVNULL)
    tap.check('run: a new workbook', result.returncode == DONE and '(1 step)' in result.stdout,
              result)
    does('run: what is in it', ['get', 'new-one.xlsx'], '5\n')


def number_formats():
    for code in ('currency', 'EUR', 'percent', 'xyz', '0.00 kg', '0;x'):
        write('formats', f'format B2:B3 {code}\n')
        refuses(f'format: {code} is none', ['run', 'table.csv', 'formats'], DIFFERENT, 'line 1',
                f"'{code}'", 'quotes')
    for code in ('0.00 "kg"', '0.00 \\x', '[Red]0.00', '$#,##0.00', 'd mmm yyyy h:mm AM/PM',
                 'General', '@', '0.0E+00', '[$EUR-407] 0', '#,##0 _x'):
        write('formats', f'format B2:B3 {code}\n')
        does(f'format: {code} is one', ['run', 'table.csv', 'formats', '-q'])
    styles = (f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="170" '
              'formatCode="0 xz"/></numFmts><fonts count="1"><font/></fonts><fills count="1">'
              '<fill/></fills><borders count="1"><border/></borders><cellXfs count="2"><xf/>'
              '<xf numFmtId="170" applyNumberFormat="1"/></cellXfs></styleSheet>')
    path = workbook('stray.xlsx', {'S': [('A1', '<v>7</v>', 's="1"')]})
    related = f'<Relationship Id="s" Type="{RELATIONS}/styles" Target="styles.xml"/>'
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    parts['xl/styles.xml'] = styles
    parts['xl/_rels/workbook.xml.rels'] = parts['xl/_rels/workbook.xml.rels'].replace(
        '</Relationships>', related + '</Relationships>')
    with zipfile.ZipFile(path, 'w') as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    does('format: files may have such codes', ['get', path, '--shown'], '7 xz\n')


def from_standard_input():
    for name in ('book.xlsx', 'table.csv'):
        for how in ('a pipe', 'a file'):
            with open(name, 'rb') as file:
                contents = file.read()
                file.seek(0)
                given = {'input': contents} if how == 'a pipe' else {'stdin': file}
                result = subprocess.run([program, 'get', '-', 'A1:A2'], capture_output=True,
                                        env=environment(), timeout=60, check=False, **given)
            tap.check(f'{name} from {how}', result.stdout ==
                      (b'1\n2\n' if name == 'book.xlsx' else b'name\noats\n'), result)
    ours, theirs = os.pipe()  # as <(command) of a shell
    os.write(theirs, read('book.xlsx'))
    os.close(theirs)
    does('from a pipe by its number', ['get', f'/dev/fd/{ours}', 'A1:A2'], '1\n2\n',
         pass_fds=(ours,))
    os.close(ours)
    for contents, words in ((b'\x1f\x8b' + bytes(100), b'packed'),
                            (b'%PDF-1.4 ' + bytes(100), b'PDF'),
                            (read('book.xlsx')[:600], b'zip')):
        result = subprocess.run([program, 'get', '-'], input=contents, capture_output=True,
                                env=environment(), timeout=60, check=False)
        tap.check(f'from a pipe: {words}', result.returncode == FILE and words in result.stderr and
                  result.stderr.startswith(b'steppe-sheet: standard input: ') and
                  b'/proc' not in result.stderr and not result.stdout, result)


def unread():
    """What of a table does not come in is told, whoever wants to know it."""
    write('beyond.csv', ','.join(str(i) for i in range(16390)) + '\n')
    write('unclosed.csv', 'a,"b\nc,d\n')
    for arguments, words in ((['get', 'beyond.csv', 'A1'], '6 fields beyond column XFD'),
                             (['get', 'unclosed.csv', 'A1'], '1 unclosed quote'),
                             (['stat', 'unclosed.csv'], '1 unclosed quote'),
                             (['diff', 'unclosed.csv', 'unclosed.csv'], '1 unclosed quote')):
        result = sheet(*arguments)
        tap.check(f'{" ".join(arguments)}: what is not read', result.returncode == DONE and
                  f'steppe-sheet: {arguments[1]}: not read as it is: {words}' in result.stderr,
                  result.stderr)
    does('--quiet: it is not told', ['get', 'unclosed.csv', 'A1', '-q'], 'a\n')


def long_texts():
    long = 'word ' * 1000
    write('long.csv', f'a,{long}\n')
    does('--shown: a long text', ['get', 'long.csv', 'B1', '--shown'], f'{long}\n')
    does('--shown: a long text in CSV', ['convert', 'long.csv', '-', '--shown'], f'a,{long}\n')


def overwriting():
    write('old.csv', 'old\n')
    os.chmod('old.csv', 0o640)
    refuses('a file that is there stays', ['convert', 'table.csv', 'old.csv'], FILE, 'old.csv',
            '--force')
    tap.check('it is as it was', read('old.csv') == b'old\n')
    does('--force replaces it', ['convert', 'table.csv', 'old.csv', '--force'])
    tap.check('it is replaced, and its mode kept', read('old.csv') == read('table.csv') and
              stat.S_IMODE(os.stat('old.csv').st_mode) == 0o640)
    refuses('not to a name that says no format', ['convert', 'table.csv', 'x.doc'], USAGE, 'x.doc',
            '.xlsx')
    does('unless it is said', ['convert', 'table.csv', 'x.doc', '--to', 'csv'])
    refuses('ODS is not written', ['convert', 'table.csv', 'x.ods'], USAGE, 'ODS', '.xlsx')
    refuses('no such folder', ['convert', 'table.csv', 'nowhere/x.csv'], FILE, 'nowhere/x.csv')
    refuses('a folder', ['convert', 'table.csv', '.', '--to', 'csv', '--force'], FILE, 'directory')
    does('to nowhere', ['convert', 'table.csv', '/dev/null', '--to', 'csv'])
    with open('/dev/full', 'w', encoding='utf-8') as full:
        for arguments in (['get', 'book.xlsx'], ['get', 'book.xlsx', '--json'],
                          ['stat', 'book.xlsx'], ['stat', 'book.xlsx', '--json'],
                          ['diff', 'book.xlsx', 'table.csv'], ['calc', 'book.xlsx'],
                          ['convert', 'table.csv', '-'], ['--help'], ['--functions'],
                          ['--version']):
            full_disk(arguments, full)


def full_disk(arguments, full):
    result = sheet(*arguments, stdout=full)
    tap.check(f'a full disk: {" ".join(arguments)}', result.returncode == FILE and
              'No space left' in result.stderr and result.stderr.count('\n') == 1, result)


def limit_file_size():
    """As a full disk: what is written beyond it fails."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def disk_full():
    write('many.csv', ''.join(f'{i},{i * 7919 % 10007},word {i}\n' for i in range(5000)))
    for name in ('full.xlsx', 'full.csv', 'full.json'):
        write(name, 'the old one')
        names = sorted(os.listdir('.'))
        refuses(f'a full disk: {name}', ['convert', 'many.csv', name, '--force'], FILE, name,
                preexec_fn=limit_file_size)
        tap.check(f'a full disk: the old {name} is as it was, and nothing is left beside it',
                  read(name) == b'the old one' and sorted(os.listdir('.')) == names,
                  os.listdir('.'))


# ---- set and run -----------------------------------------------------------------------------

def set_cells():
    does('set', ['set', 'table.csv', 'B2=99', 'B4==SUM(B2:B3)', 'D1=50%', 'A3=', "A4='12",
                 'C2=2025-12-31', '-o', 'set.xlsx'])
    does('set: what is in it', ['get', 'set.xlsx'],
         'name\tamount\tday\t0.5\noats\t99\t2025-12-31\t\n\t1000\t2024-02-01\t\n12\t1099\t\t\n')
    does('set: as shown', ['get', 'set.xlsx', 'D1', '--shown'], '50%\n')
    does('set: a later one sees an earlier one', ['set', 'table.csv', 'E1=3', 'E2==E1*2', 'E1=5',
                                                  '-o', '-', '--quiet'],
         'name,amount,day,,5\noats,12.5,2024-01-31,,10\nrye,1000,2024-02-01,,\n')
    does('set: another sheet, and a name',
         ['set', 'book.xlsx', "'It''s = here'!B2==1+1", 'place=44', '-o', 'other.xlsx'])
    does('set: they are there', ['get', 'other.xlsx', "'It''s = here'!B2", 'A2:A3'],
         '2\n44\n45\n')
    write('place.csv', 'a;b\n1;2,5\n')
    does('set: in place, with its own separator', ['set', 'place.csv', 'C2=7', '--in-place'])
    tap.check('set: in place: what is in it', read('place.csv') == b'a;b;\n1;2,5;7\n',
              read('place.csv'))
    before = read('place.csv')
    for name, word, status, words in (
            ('no assignment', 'B7', USAGE, ("'B7'", 'CELL=VALUE')),
            ('an area', 'A1:A2=1', USAGE, ("'A1:A2'", 'one cell')),
            ('no such sheet', 'Nope!A1=1', FILE, ("'Nope'",)),
            ('no such name', 'nope=1', FILE, ("'nope'",)),
            ('outside', 'A1048577=1', FILE, ('XFD1048576',)),
            ('a wrong formula', 'A1==SUM(', USAGE, ('A1', 'character'))):
        refuses(f'set: {name}', ['set', 'place.csv', 'A1=changed', word, '-i'], status, *words)
    tap.check('set: what is refused changes nothing', read('place.csv') == before)
    refuses('set: nowhere to write', ['set', 'place.csv', 'A1=1'], USAGE, '--output', '--in-place')
    refuses('set: nothing to set', ['set', 'place.csv', '-i'], USAGE, 'CELL=VALUE')


SCRIPT = '''# what is done
type A4 wheat
type B4 7.25

insert 2:2
name Sum =SUM(table!$B$3:$B$5)
type B6 =Sum
format B6 0.00
sort A3:C5 +B
'''


def scripts():
    write('script', SCRIPT)
    does('run', ['run', 'table.csv', 'script', '-o', 'run.xlsx'])
    does('run: what is in it', ['get', 'run.xlsx', '--shown', 'A1:B6'],
         'name\tamount\n\t\nwheat\t7.25\noats\t12.5\nrye\t1000\n\t1019.75\n')
    result = subprocess.run([program, 'run', 'table.csv', '-o', '-'], text=True, timeout=60,
                            input='type A2 barley\r\ndelete 3:3\n', env=environment(),
                            capture_output=True, check=False)
    tap.check('run: from standard input', result.stdout ==
              'name,amount,day\nbarley,12.5,2024-01-31\n', result)
    write('merge', 'type E1 under\nmerge D1:E1\nmerge F1:G1\n')
    does('run: what a merge hides is told, and kept', ['run', 'table.csv', 'merge', '-o', 'm.xlsx'],
         errors='merge, line 2: 1 cell under it is hidden')
    does('run: what a merge hid', ['get', 'm.xlsx', 'E1'], 'under\n')
    write('like', 'format B3 0.00\ninsert 4:4\ntype B4 7\n')
    does('run: an inserted row has formats', ['run', 'table.csv', 'like', '-o', 'like.xlsx'])
    does('run: those of the row above', ['get', 'like.xlsx', '--shown', 'B4'], '7.00\n')
    does('run: without an output', ['run', 'table.csv', 'script'], errors='nothing written')
    write('wrong', 'type A1 1\nformat A1\n')
    refuses('run: a wrong command', ['run', 'table.csv', 'wrong', '-o', 'wrong.xlsx'], DIFFERENT,
            'wrong, line 2')
    tap.check('run: then nothing is written', not os.path.exists('wrong.xlsx'))
    write('zero', b'type A1 1\ntype A\0B 2\n', 'wb')
    refuses('run: a 0 byte', ['run', 'table.csv', 'zero'], DIFFERENT, 'zero, line 2')
    refuses('run: no such script', ['run', 'table.csv', 'nix'], FILE, 'nix')
    refuses('run: a folder', ['run', 'table.csv', '/'], FILE, 'directory')
    refuses('run: standard input for both', ['run', '-'], USAGE, 'standard input')
    write('widths', 'width A:A 0.25\nwidth B:B 1\nwidth C:C 12\n')
    does('run: widths', ['run', 'table.csv', 'widths', '-o', 'widths.xlsx'])
    tap.check('narrow columns come back as they were', [
        line['width_characters'] for line in
        json.loads(sheet('convert', 'widths.xlsx', '-', '--to', 'json').stdout)
        ['sheets'][0]['columns']] == [0.25, 1, 12])
    measuring()


def measuring():
    """stat and collect, which scripts alone have."""
    write('measure', ' stat as opened \ntype E1 =B2+B3\ntype E2 =E1*2\nstat\ntype B2 5\nstat\n'
          'fill E2:E2 E2:E3000\nstat filled\nclear E3:E3000\ncollect\nstat \x1b[31mcollected\n'
          'status\n')
    result = sheet('run', 'table.csv', 'measure', '--json')
    tap.check('stat: a word that only begins so is no command', result.returncode == DIFFERENT and
              'line 12' in result.stderr, result)
    objects = [json.loads(line) for line in result.stdout.splitlines()]
    opened, typed, edited, filled, collected, last = objects
    tap.check('stat: words', [item.get('words') for item in objects] ==
              ['as opened', '', '', 'filled', None, '\x1b[31mcollected'], objects)
    tap.check('stat: cells and formulas', [(item['cells'], item['formulas']) for item in objects
                                           if 'cells' in item] ==
              [(9, 0), (11, 2), (11, 2), (3009, 3000), (11, 2)], objects)
    tap.check('stat: formulas computed so far', (opened['computed'], edited['computed'] -
              typed['computed'], last['computed'] - filled['computed']) == (0, 2, 0), objects)
    tap.check('stat: memory', opened['reserved_bytes'] == 1048576 * 16384 * 16 and
              filled['open_tiles'] >= 11 and filled['undo_bytes'] > opened['undo_bytes'] and
              filled['resident_bytes'] > filled['committed_bytes'] > opened['committed_bytes'],
              objects)
    tap.check('collect', collected['forgotten_steps'] == 5 and collected['undo_bytes'] > 0 and
              collected['collected_bytes'] > 0 and last['open_tiles'] + last['packed_tiles'] ==
              typed['packed_tiles'] and
              last['committed_bytes'] < filled['committed_bytes'], objects)
    result = sheet('run', 'table.csv', 'measure')
    lines = result.stdout.splitlines()
    tap.check('stat and collect as text', len(lines) == 6 and lines[1].startswith('stat: 11 cells')
              and lines[5].startswith('?[31mcollected: 11 cells') and
              lines[4].startswith('collected: ') and '5 steps' in lines[4], lines)
    write('measure', 'stat\n')
    result = sheet('run', 'table.csv', 'measure', '-o', '-')
    tap.check('stat: a workbook has standard output for itself', result.stdout.startswith('name,')
              and 'stat: 9 cells' in result.stderr, result)
    write('measure', 'begin\ntype A9 1\ncollect\nend\n')
    refuses('collect within a step', ['run', 'table.csv', 'measure'], DIFFERENT, 'line 3',
            'begin and end')
    write('measure', 'undo\n')
    refuses('undo of what was never done', ['run', 'table.csv', 'measure'], DIFFERENT, 'line 1')
    write('measure', 'stat\n')
    with open('/dev/full', 'wb') as full:
        for options in ([], ['--json']):
            full_disk(['run', 'table.csv', 'measure', *options], full)


# ---- calc, stat, diff ------------------------------------------------------------------------

def calc():
    workbook('calc.xlsx', {'S': [
        number('A1', 2), number('A2', 99, 'A1*2'), number('A3', 6, 'A1*3'),
        number('B1', 1, 'RAND()'), number('B2', 1, 'B1*2'),
        number('C1', 17, 'NOSUCHFUNCTION(A1)'), ('D1', '<f>A1*10</f>', ''),
        number('E1', 0.30000000000000004, 'A1/20+A1/10'), number('F1', 5, 'A1/0')]})
    wanted = ('formulas\t8\nchanged\t2\nwithout a value before\t1\nby time or chance\t2\n'
              'kept as they were\t1\nerrors\t1\nfunctions not known\t1\tNOSUCHFUNCTION\n')
    does('calc', ['calc', 'calc.xlsx'], wanted)
    result = sheet('calc', 'calc.xlsx', '--check')
    tap.check('calc --check', result.returncode == DIFFERENT and sorted(
        result.stdout.replace(wanted, '').splitlines()) ==
        ['S\tA2\t99\t4', 'S\tF1\t5\t#DIV/0!'] and result.stdout.endswith(wanted), result)
    data = json.loads(sheet('calc', 'calc.xlsx', '--json').stdout)
    tap.check('calc --json', data['changed'] == 2 and data['without_value'] == 1 and
              data['by_time_or_chance'] == 2 and data['kept'] == 1 and
              data['unknown_functions'] == {'count': 1, 'first': 'NOSUCHFUNCTION'} and
              sorted(one['cell'] for one in data['cells']) == ['A2', 'F1'], data)
    does('calc -o', ['calc', 'calc.xlsx', '-o', 'right.xlsx'], wanted)
    result = sheet('calc', 'right.xlsx', '--check')
    tap.check('calc: what was written is right', result.returncode == DONE and
              'changed\t0\n' in result.stdout, result)
    does('calc: values', ['get', 'right.xlsx', 'A2:A3', 'C1:D1'], '4\n6\n17\t20\n')
    result = sheet('calc', 'calc.xlsx', '-o', '-', '-q')
    tap.check('calc to standard output: figures go to the other one', wanted == result.stderr and
              result.stdout.startswith('2,'), result)
    does('calc --tolerance', ['calc', 'calc.xlsx', '--tolerance', '100'],
         wanted.replace('changed\t2', 'changed\t1'))
    workbook('unknown.xlsx', {'S': [number('A1', 1, 'NIX(NIX(1),NADA(2))'),
                                    number('A2', 1, 'NADA(1)+NIX(2)'), number('A3', 1, 'ABS(1)')]})
    result = sheet('calc', 'unknown.xlsx')
    tap.check('calc: different functions that are not known', result.stdout.endswith(
        'kept as they were\t2\nerrors\t0\nfunctions not known\t2\tNIX\n'), result)
    workbook('known.xlsx', {'S': [number('A1', 1, 'ABS(1)')]})
    result = sheet('calc', 'known.xlsx', '--json')
    tap.check('calc: all functions are known', 'unknown_functions' not in result.stdout and
              'not known' not in sheet('calc', 'known.xlsx').stdout, result)
    does('get believes the file', ['get', 'calc.xlsx', 'A2'], '99\n')
    does('get --recalculate does not', ['get', 'calc.xlsx', 'A2', '--recalculate'], '4\n')


def stats():
    data = json.loads(sheet('stat', 'book.xlsx', '--json').stdout)
    tap.check('stat --json', data['format'] == 'steppe-sheet-stat' and data['cells'] == 14 and
              data['formulas'] == 3 and data['limit_bytes'] is None and
              [one['name'] for one in data['sheets']] == ['Data', "It's = here", 'Wrong'], data)
    far = data['sheets'][1]
    tap.check('stat: two cells far apart cost little', far['area'] == 'B2:XFD1048576' and
              far['cells'] == 2 and far['reserved_bytes'] >= 1 << 38 and
              far['cell_bytes'] + far['bookkeeping_bytes'] < 1 << 20, far)
    result = sheet('stat', 'book.xlsx')
    tap.check('stat', result.returncode == DONE and 'cells in use           14' in result.stdout and
              "It's = here" in result.stdout and '256.0 GiB' in result.stdout, result)
    data = json.loads(sheet('stat', 'book.xlsx', '--json', '--memory', '64M').stdout)
    tap.check('stat: a limit', data['limit_bytes'] == 64 << 20, data)


def diff():
    does('diff: the same', ['diff', 'book.xlsx', 'book.xlsx'])
    does('diff: of two formats', ['diff', 'table.csv', 'table.xlsx'])
    result = sheet('set', 'book.xlsx', 'A2=5', 'E9=', 'F1=new', 'Wrong!A3==A1*8/2', '-o',
                   'changed.xlsx')
    tap.check('diff: something to compare', result.returncode == DONE, result)
    does('diff', ['diff', 'book.xlsx', 'changed.xlsx'],
         'Data\tF1\tvalue\t\tnew\nData\tA2\tvalue\t2\t5\nData\tA3\tvalue\t3\t6\n'
         'Data\tE9\tvalue\t0.1\t\nWrong\tA3\tformula\t=A1*4\t=A1*8/2\n', DIFFERENT)
    does('diff --values', ['diff', 'book.xlsx', 'changed.xlsx', '--values', '--sheet', 'Wrong'])
    does('diff --quiet', ['diff', 'book.xlsx', 'changed.xlsx', '-q'], '', DIFFERENT)
    data = json.loads(sheet('diff', 'book.xlsx', 'changed.xlsx', '--json').stdout)
    tap.check('diff --json', data['count'] == 5 and data['differences'][0] == {
        'sheet': 'Data', 'cell': 'F1', 'value_differs': True, 'formula_differs': False,
        'before': None, 'after': {'cell': 'F1', 'kind': 'text', 'value': 'new'}}, data)
    write('near.csv', 'a,1000.001\n')
    write('far.csv', 'a,1000.002\n')
    does('diff: numbers exactly', ['diff', 'near.csv', 'far.csv'],
         'near\tB1\tvalue\t1000.001\t1000.002\n', DIFFERENT)
    does('diff --tolerance', ['diff', 'near.csv', 'far.csv', '--tolerance', '1e-5'])
    write('longer.csv', 'a,1000.002\nb\n')
    does('diff: two tables are one sheet of one name', ['diff', 'near.csv', 'longer.csv'],
         'near\tB1\tvalue\t1000.001\t1000.002\nnear\tA2\tvalue\t\tb\n', DIFFERENT)
    does('diff --typed: no results', ['diff', 'book.xlsx', 'changed.xlsx', '--typed'],
         'Data\tF1\tvalue\t\tnew\nData\tA2\tvalue\t2\t5\n'
         'Data\tE9\tvalue\t0.1\t\nWrong\tA3\tformula\t=A1*4\t=A1*8/2\n', DIFFERENT)
    workbook('two.xlsx', {'Data': [number('A1', 1)], 'Other': [number('A1', 1)]})
    workbook('three.xlsx', {'New': [number('A1', 1)], 'data': [number('A1', 1)]})
    does('diff: sheets', ['diff', 'two.xlsx', 'three.xlsx'],
         'Other\t\tsheet\tthere\t\nNew\t\tsheet\t\tthere\n', DIFFERENT)
    refuses('diff: no such sheet', ['diff', 'two.xlsx', 'three.xlsx', '--sheet', 'New'], FILE,
            'two.xlsx', "'New'")
    refuses('diff: no such file', ['diff', 'two.xlsx', 'nix.csv'], FILE, 'nix.csv')
    refuses('diff: standard input twice', ['diff', '-', '-'], USAGE, 'standard input')


# ---- memory, time, bad input -----------------------------------------------------------------

def memory():
    write('large.csv', ''.join(f'{i},text {i},{i * 3}\n' for i in range(100000)))
    write('limited.csv', 'the old one')
    refuses('memory: refused in reading', ['convert', 'large.csv', 'limited.csv', '-f',
                                           '--memory', '2M'], MEMORY, 'limit', '2.0 MiB')
    tap.check('memory: the old file is as it was', read('limited.csv') == b'the old one')
    does('memory: enough of it', ['get', 'large.csv', 'B100000', '--memory', '64M'],
         'text 99999\n')
    write('fill', 'fill A1:A2 A1:A1000000\n')
    refuses('memory: refused in a command', ['run', 'table.csv', 'fill', '-o', 'limited.csv', '-f',
                                             '--memory', '4M'], MEMORY, 'line 1', 'limit')
    tap.check('memory: the old file still is', read('limited.csv') == b'the old one')


def limit_data():
    if 'ASAN_OPTIONS' not in os.environ:  # whose own is large
        resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))


def hostile():
    good = read('book.xlsx')
    write('cut.xlsx', good[:len(good) // 2], 'wb')
    refuses('a truncated XLSX', ['get', 'cut.xlsx'], FILE, 'cut.xlsx')
    write('noise.bin', bytes(i * 7919 % 251 for i in range(5000)), 'wb')
    refuses('noise', ['get', 'noise.bin'], FILE, 'noise.bin')
    write('old.xls', b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + bytes(600), 'wb')
    refuses('an old Excel file', ['get', 'old.xls'], FILE, '.xlsx')
    sheet('convert', 'two.xlsx', 'two.json')
    refuses('JSON is not read', ['get', 'two.json'], FILE, 'written')
    refuses('a folder', ['get', '/'], FILE, 'directory')
    refuses('no such file', ['get', 'nix.xlsx'], FILE, 'nix.xlsx', 'No such file')
    refuses('a long name', ['get', 'a' * 4000], FILE, 'aaa ... aaa', 'File name too long')
    if 'ASAN_OPTIONS' not in os.environ:
        refuses('a limit on addresses', ['get', 'table.csv'], MEMORY, '256.0 GiB', 'ulimit -v',
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32)))
    refuses('no such file, whatever its name says', ['get', 'out of memory.csv'], FILE,
            'out of memory.csv', 'No such file')
    refuses('a script without an end', ['run', 'table.csv', '/dev/zero', '-o', 'endless.xlsx'],
            DIFFERENT, 'line 1', 'too long',
            preexec_fn=limit_data)
    refuses('a name with a newline', ['get', 'a\nb'], FILE, 'a?b')
    workbook('bomb.xlsx', {'S': [number('A1', 1)]}, extra=[('xl/sharedStrings.xml', '<sst/>')])
    does('a part that nobody needs', ['get', 'bomb.xlsx'], '1\n')
    depth = 'A1==' + '(' * 5000 + '1' + ')' * 5000
    refuses('a formula too deep', ['set', 'table.csv', depth, '-o', 'deep.csv'], USAGE, 'A1')


def usage():
    for name, arguments, words in (
            ('an unknown option', ['get', 'a.csv', '--wat'], ("'--wat'", '--help')),
            ('an unknown letter', ['-x'], ("'-x'",)),
            ('a value missing', ['get', 'a.csv', '--memory'], ("'--memory'", 'value')),
            ('a value too many', ['get', 'a.csv', '--json=1'], ("'--json=1'", 'no value')),
            ('no files', ['convert'], ('too few', 'convert A B')),
            ('one file', ['diff', 'a'], ('too few', 'diff A B')),
            ('a file too many', ['stat', 'a', 'b'], ('too many', 'stat FILE')),
            ('two files for the screen', ['table.csv', 'b'], ('too many',)),
            ('a command with an error', ['gett', 'x'], ("'gett'", 'no command', 'get,')),
            ('no order of dates', ['get', 'a', '--dates', 'german'], ("'german'", 'dmy')),
            ('--values and --typed', ['diff', 'a', 'b', '--values', '--typed'],
             ('one at a time',)),
            ('no name', ['get', ''], ("''",)),
            ('no memory', ['get', 'a', '--memory', 'much'], ("'much'", '512M')),
            ('too little memory', ['get', 'a', '--memory', '4K'], ("'4K'",)),
            ('no format', ['get', 'a', '--from', 'doc'], ("'doc'", 'xlsx')),
            ('JSON is not read', ['get', 'a', '--from', 'json'], ("'json'",)),
            ('ODS is not written', ['convert', 'a', 'b', '--to', 'ods'], ("'ods'",)),
            ('no separator', ['get', 'a', '--separator', ',,'], ("',,'", "'tab'")),
            ('a letter for a separator', ['get', 'a', '--separator', 'x'], ("'x'",)),
            ('no encoding', ['get', 'a', '--encoding', 'ebcdic'], ("'ebcdic'", 'utf-8')),
            ('no tolerance', ['diff', 'a', 'b', '--tolerance', 'nan'], ("'nan'",)),
            ('a negative one', ['diff', 'a', 'b', '--tolerance=-1'], ("'-1'",)),
            ('one sheet as XLSX', ['convert', 'a', 'b.xlsx', '--sheet', 'S'], ('--sheet', 'all')),
            ('an option of another command', ['get', 'a', '--check'], ('--check', 'get')),
            ('an option of the screen', ['stat', 'a', '--ascii'], ('--ascii', 'stat')),
            ('two outputs', ['calc', 'a', '-i', '-o', 'b'], ('--in-place', '--output')),
            ('in place of standard input', ['calc', '-', '-i'], ('--in-place',)),
            ('--strict without an output', ['calc', 'a', '--strict'], ('--output',)),
            ('--json and --to', ['get', 'a', '--json', '--to', 'csv'], ('one at a time',)),
            ('one sign for two things', ['get', 'a', '--separator', ';', '--quote', ';'],
             ("';'", 'both')),
            ('no encoding to write', ['convert', 'a', 'b.csv', '--to-encoding', 'utf-7'],
             ("'utf-7'", 'utf-8-bom')),
            ('no decimal sign', ['get', 'a', '--decimal', ';'], ("';'", "','")),
            ('bytes that are no text', ['get', 'a', b'--from=\xff\xfe'], ("'??'",)),
            ('--formulas and --shown', ['get', 'a', '--formulas', '--shown'], ('one at a time',)),
            ('two headers', ['get', 'a', '--header', '--no-header'], ('one at a time',)),
            ('standard input on the screen', ['-'], ('get -',))):
        refuses(f'usage: {name}', arguments, USAGE, *words)
    write('get', 'a,b\n')
    does('a file that is called like a command', ['get', 'get', 'B1'], 'b\n')
    result = sheet('--', 'get')
    tap.check('no terminal', result.returncode == DIFFERENT and 'terminal' in result.stderr and
              '--help' in result.stderr, result)
    result = sheet('--help')
    tap.check('--help', result.returncode == DONE and 'Exit status' in result.stdout and
              all(len(line) <= 100 for line in result.stdout.splitlines()), result.stdout)
    does('help', ['help'], result.stdout)
    does('help behind something', ['help', 'get'], result.stdout)
    result = sheet('--functions')
    names = [line.split('(')[0] for line in result.stdout.splitlines()]
    tap.check('--functions', names == sorted(names) and len(names) >= 120 and 'SUMIFS' in names,
              result.stdout[:300])
    result = sheet('--version')
    tap.check('--version', result.stdout.startswith('steppe-sheet ') and
              result.returncode == DONE, result)


def every_option():
    """What --help lists is in the man page and the completion, and nothing else is."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
    option = re.compile(r'(?<![-\w])--[a-z][-a-z]+')
    listed = set(option.findall(sheet('--help').stdout))
    for name in ('docs/man/steppe-sheet.1.scd', 'packaging/bash-completion/steppe-sheet'):
        with open(os.path.join(folder, name), encoding='utf-8') as file:
            found = set(option.findall(file.read()))
        tap.check(f'options: {name} has those of --help', found == listed, found ^ listed)
    for name in sorted(listed - {'--help', '--version', '--functions'}):
        result = sheet('get', name)  # known, whatever else is wrong
        tap.check(f'options: {name} is one', 'unknown' not in result.stderr, result)


def every_function():
    """What --functions lists is in the table of docs/sheet.md, and nothing else is."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
    listed = {line.split('(')[0] for line in sheet('--functions').stdout.splitlines()}
    with open(os.path.join(folder, 'docs/sheet.md'), encoding='utf-8') as file:
        table = file.read().split('There are over ')[1].split('\n\n')[1]
    rows = [line.split('|')[2].split() for line in table.splitlines()[2:]]
    told = [name for row in rows for name in row]
    tap.check('functions: the table has each once', sorted(told) == sorted(listed),
              set(told) ^ listed, len(told), len(listed))


def closed_descriptors():
    refuses('without standard input', ['get', '-'], FILE, 'standard input', 'Bad file descriptor',
            stdin=None, preexec_fn=lambda: os.close(0))
    result = sheet('get', 'table.csv', 'A2', preexec_fn=lambda: os.close(2))
    tap.check('without standard error', result.stdout == 'oats\n', result)
    result = subprocess.run([program, 'convert', 'table.csv', 'closed.xlsx'], env=environment(),
                            preexec_fn=lambda: (os.close(0), os.close(1), os.close(2)), timeout=60,
                            check=False)
    does('without any descriptor', ['get', 'closed.xlsx', 'A2'], 'oats\n')


def unread_bytes(pipe):
    return struct.unpack('i', fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def wait_until(holds, what):
    for _ in range(6000):
        if holds():
            return
        time.sleep(0.01)
    tap.check(f'waiting for {what}', False)


def waiting():
    """One signal is enough when it waits for somebody else."""
    for arguments in (['get', '-'], ['convert', '-', 'never.csv'], ['get', '-', '--from', 'xlsx'],
                      ['run', 'table.csv', '-', '-o', 'never.csv']):
        process = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment())
        process.stdin.write(b'type A1 1\n')
        process.stdin.flush()
        wait_until(lambda pipe=process.stdin: unread_bytes(pipe) == 0, arguments)
        process.send_signal(signal.SIGTERM)
        ended_by(f'a signal while reading: {arguments}', process, signal.SIGTERM)
        process.stdin.close()
        process.stdout.close()
        process.stderr.close()
    for arguments in (['get', 'many.csv'], ['convert', 'many.csv', '-'],
                      ['convert', 'many.csv', '-', '--to', 'xlsx'],
                      ['convert', 'many.csv', '-', '--to', 'json'],
                      ['diff', 'many.csv', 'table.csv'], ['get', 'many.csv', '--json']):
        ours, theirs = os.pipe()
        size = fcntl.fcntl(ours, fcntl.F_SETPIPE_SZ, 4096)
        process = subprocess.Popen([program, *arguments], stdin=subprocess.DEVNULL, stdout=theirs,
                                   stderr=subprocess.DEVNULL, env=environment())
        os.close(theirs)
        wait_until(lambda: unread_bytes(ours) == size, arguments)
        process.send_signal(signal.SIGTERM)
        ended_by(f'a signal while writing: {arguments}', process, signal.SIGTERM)
        os.close(ours)
    tap.check('a signal while waiting: nothing was written', not os.path.exists('never.csv'))


def ended_by(name, process, number):
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    tap.check(name, process.returncode == -number, process.returncode)


def broken_pipe():
    os.mkdir('temporary')
    ours, theirs = os.pipe()
    os.close(ours)
    result = sheet('convert', 'many.csv', '-', '--to', 'xlsx', stdout=theirs,
                   env=environment(TMPDIR=os.path.abspath('temporary')))
    os.close(theirs)
    tap.check('a broken pipe ends it, and nothing is left',
              result.returncode == -signal.SIGPIPE and not os.listdir('temporary'), result,
              os.listdir('temporary'))


def changed_meanwhile():
    """In place: what another program has written in the meantime stays."""
    write('shared.csv', 'a,1\n')
    process = subprocess.Popen([program, 'run', 'shared.csv', '-', '-i'], stdin=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment())
    process.stdin.write(b'type B1 2\n')
    process.stdin.flush()
    wait_until(lambda: unread_bytes(process.stdin) == 0, 'the script')
    write('other.csv', 'a,another\n')
    os.rename('other.csv', 'shared.csv')
    _, errors = process.communicate(timeout=60)
    tap.check('in place: not over what another program has written',
              process.returncode == FILE and b'another program' in errors and
              read('shared.csv') == b'a,another\n', process.returncode, errors,
              read('shared.csv'))


def signals():
    """Stopped in the midst of it: the signal is what ends it, and nothing is left."""
    write('endless.csv', 'the old one')
    names = sorted(os.listdir('.'))
    process = subprocess.Popen([program, 'convert', '-', 'endless.csv', '--force'],
                               stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    line = b'1,2,3\n' * 20000
    try:
        process.stdin.write(line)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        for _ in range(10000):
            process.stdin.write(line)
            process.stdin.flush()
            time.sleep(0.001)
    except BrokenPipeError:
        pass
    process.stdin = None
    _, errors = process.communicate(timeout=60)
    tap.check('SIGINT ends it', process.returncode == -signal.SIGINT, process.returncode, errors)
    tap.check('and leaves all as it was', sorted(os.listdir('.')) == names and
              read('endless.csv') == b'the old one', os.listdir('.'))


def main():
    global program
    program = os.path.abspath(program)
    with tempfile.TemporaryDirectory(prefix='steppe-sheet-') as folder:
        os.chdir(folder)
        make_files()
        for part in (get, get_json, get_refusals, convert, losses, encodings, looks, decimals,
                     decimal_commas, dates, new_workbook, number_formats, from_standard_input,
                     unread, long_texts, overwriting, disk_full, set_cells, scripts, calc, stats,
                     diff, memory, hostile, usage, every_option, every_function,
                     closed_descriptors, changed_meanwhile, broken_pipe, waiting, signals):
            part()
        os.chdir('/')
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
