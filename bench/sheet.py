#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How do time and memory of opening, computing and saving workbooks compare to other spreadsheets?

    sheet.py STEPPE_SHEET SHEET_RUN [--rounds N] [--quick] [--output FOLDER] [--revision TEXT]
             [--only TASK,...] [--without CONTENDER,...]

Every contender does every task it can, as a batch program from a file to a file, in turns; the
first turn does not count. Ratios are of medians, to ssconvert. Results are read and compared: who
is fast and wrong is not fast. Files are made by this program, with zipfile alone, so that none of
the contenders has written what it reads.
"""
import argparse
import csv
import json
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from xml.sax.saxutils import escape

TIMEOUT_SECONDS = 300
BASELINE = 'ssconvert'
MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


# ---- files ---------------------------------------------------------------------------------------

def column_name(column):
    name = ''
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(65 + letter) + name
    return name


NAMES = [column_name(column) for column in range(16384)]


def write_xlsx(path, rows, strings=()):
    """rows: (row number from 1, [(column from 0, XML within <c>, its attributes)])."""
    kind = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr('[Content_Types].xml', HEAD + (
            f'<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/>'
            '</Types>'))
        archive.writestr('_rels/.rels', HEAD + (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'))
        archive.writestr('xl/workbook.xml', HEAD + (
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
            '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'))
        archive.writestr('xl/_rels/workbook.xml.rels', HEAD + (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/><Relationship '
            f'Id="rId2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
            '</Relationships>'))
        archive.writestr('xl/sharedStrings.xml', HEAD + (
            f'<sst xmlns="{MAIN}" count="{len(strings)}" uniqueCount="{len(strings)}">'
            + ''.join(f'<si><t>{escape(text)}</t></si>' for text in strings) + '</sst>'))
        with archive.open('xl/worksheets/sheet1.xml', 'w') as sheet:
            sheet.write((HEAD + f'<worksheet xmlns="{MAIN}"><sheetData>').encode())
            for row, cells in rows:
                sheet.write((f'<row r="{row}">' + ''.join(
                    f'<c r="{NAMES[column]}{row}"{attributes}>{inner}</c>'
                    for column, inner, attributes in cells) + '</row>').encode())
            sheet.write(b'</sheetData></worksheet>')


def dense_value(row, column):
    """Numbers, whole and not, and texts, some the same and some not, as tables have them."""
    if column == 0:
        return f'customer {row % 5000}'
    if column == 1:
        return f'order {row:07}'
    if column < 6:
        return (row * 31 + column * 7919) % 100000
    return round((row * 17 + column * 104729) % 1000003 / 100, 2)


def make_dense(path, scale):
    count = 200000 // scale
    strings = [f'customer {i}' for i in range(5000)] + [f'order {i:07}' for i in range(count)]

    def cells(row):
        yield 0, f'<v>{row % 5000}</v>', ' t="s"'
        yield 1, f'<v>{5000 + row}</v>', ' t="s"'
        for column in range(2, 10):
            yield column, f'<v>{dense_value(row, column)}</v>', ''

    write_xlsx(path, ((row + 1, cells(row)) for row in range(count)), strings)
    return count * 10


def make_csv(path, scale):
    count = 200000 // scale
    with open(path, 'w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        for row in range(count):
            writer.writerow([dense_value(row, column) for column in range(10)])
    return count * 10


def make_scattered(path, scale):
    random.seed(6)
    cells = {(random.randrange(1048576), random.randrange(16384)) for _ in range(100000 // scale)}
    rows = {}
    for row, column in sorted(cells):
        rows.setdefault(row + 1, []).append((column, f'<v>{row % 1000}.5</v>', ''))
    write_xlsx(path, rows.items())
    return len(cells)


def make_two(path, _scale):
    write_xlsx(path, [(1, [(0, '<v>1</v>', '')]), (1048576, [(16383, '<v>2</v>', '')])])
    return 2


def make_chain(path, scale):
    """Each cell of the column is made of the one above it."""
    count = 100000 // scale
    rows = [(1, [(0, '<v>1</v>', '')])]
    rows += [(row, [(0, f'<f>A{row - 1}*0.5+1</f>', '')]) for row in range(2, count + 1)]
    write_xlsx(path, rows)
    return count


def make_table(path, scale):
    """A multiplication table whose margins are sums: a million products of sums."""
    size = int((1000 * 1000 / scale) ** 0.5)
    first = [(0, '<v>0</v>', '')]
    first += [(column, f'<f>SUM($A$1:$A$1,{column},1)</f>', '') for column in range(1, size + 1)]

    def body(row):
        yield 0, f'<f>SUM($A$1:$A$1,{row},1)</f>', ''
        for column in range(1, size + 1):
            yield column, f'<f>$A{row}*{NAMES[column]}$1</f>', ''

    def rows():
        yield 1, first
        for row in range(2, size + 2):
            yield row, body(row)

    write_xlsx(path, rows())
    return size * size


# ---- tasks ---------------------------------------------------------------------------------------

class Task:
    def __init__(self, name, title, make, ending, output, aim):
        self.name, self.title, self.make = name, title, make
        self.ending, self.output, self.aim = ending, output, aim


TASKS = [
    Task('dense_xlsx', 'XLSX of 200,000 x 10 to CSV', make_dense, 'xlsx', 'csv', (0.2, 0.5)),
    Task('dense_both', 'XLSX of 200,000 x 10 to XLSX', make_dense, 'xlsx', 'xlsx', (0.2, 0.5)),
    Task('fields', 'CSV of 2,000,000 fields to CSV', make_csv, 'csv', 'csv', (0.2, 0.5)),
    Task('fields_xlsx', 'CSV of 2,000,000 fields to XLSX', make_csv, 'csv', 'xlsx', (0.2, 0.5)),
    Task('scattered', '100,000 scattered cells, XLSX to XLSX', make_scattered, 'xlsx', 'xlsx',
         (0.5, 1.0)),
    Task('two', 'A1 and XFD1048576, XLSX to XLSX', make_two, 'xlsx', 'xlsx', (0.5, 1.0)),
    Task('chain', '100,000 formulas in a chain, XLSX to CSV', make_chain, 'xlsx', 'csv', None),
    Task('table', '1,000 x 1,000 products of sums, XLSX to CSV', make_table, 'xlsx', 'csv', None),
]


# ---- results -------------------------------------------------------------------------------------

def cell_number(text):
    try:
        return float(text)
    except ValueError:
        return text


def digest_csv(path):
    """How many fields have something, and the sum of numbers."""
    count, total = 0, 0.0
    with open(path, encoding='utf-8', newline='') as file:
        for line in csv.reader(file):
            for text in line:
                count += text != ''
                value = cell_number(text)
                total += value if isinstance(value, float) else 0
    return count, total


def digest_xlsx(path):
    count, total = 0, 0.0
    value = re.compile(rb'<c ([^>]*)>\s*(?:<f[^>]*>[^<]*</f>)?\s*<(?:v|is)>([^<]*)<')
    with zipfile.ZipFile(path) as archive, archive.open('xl/worksheets/sheet1.xml') as sheet:
        rest = b''
        for piece in iter(lambda: sheet.read(1 << 20), b''):
            piece = rest + piece
            end = piece.rfind(b'</c>') + 4
            if end < 4:
                rest = piece
                continue
            for attributes, text in value.findall(piece[:end]):
                count += 1
                if b't="s"' not in attributes and b'inlineStr' not in attributes:
                    total += float(text)
            rest = piece[end:]
    return count, total


def same(a, b):
    return a[0] == b[0] and abs(a[1] - b[1]) <= 1e-6 * max(1.0, abs(a[1]))


# ---- contenders ----------------------------------------------------------------------------------

class Contender:
    """command(source, target): what to run; None: it cannot."""
    name = title = ''

    def available(self):
        return shutil.which(self.name) is not None

    def version(self):
        return ''

    def reason(self, _task):
        """Why it cannot; None: it can."""
        return None

    def environment(self):
        return {**os.environ, 'LC_ALL': 'C.UTF-8'}


def first_line(*command):
    try:
        output = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                                stdin=subprocess.DEVNULL)
        return (output.stdout + output.stderr).strip().splitlines()[0]
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return 'unknown'


class Steppe(Contender):
    name = 'steppe-sheet'

    def __init__(self, program):
        self.program = program

    def available(self):
        return os.access(self.program, os.X_OK)

    def version(self):
        return first_line(self.program, '--version')

    def command(self, source, target, _folder):
        return [self.program, 'convert', '--force', '--quiet', source, target]


class Gnumeric(Contender):
    name = 'ssconvert'

    def version(self):
        return first_line('ssconvert', '--version')

    def command(self, source, target, _folder):
        return ['ssconvert', source, target]


class Office(Contender):
    name = 'soffice'

    def version(self):
        return first_line('soffice', '--version')

    def command(self, source, target, folder):
        kind = os.path.splitext(target)[1][1:]
        return ['soffice', f'-env:UserInstallation=file://{folder}/profile', '--headless',
                '--convert-to', kind, '--outdir', os.path.dirname(target), source]


class Sc(Contender):
    """Reads what psc makes of CSV; no XLSX, 702 columns. What it writes is its own format."""
    name = 'sc'

    def available(self):
        return shutil.which('sc') is not None and shutil.which('psc') is not None

    def version(self):
        return 'sc ' + first_line('dpkg-query', '-W', '-f', '${Version}', 'sc')

    def reason(self, task):
        return None if task.name == 'fields' else 'reads no XLSX, or writes none'

    def environment(self):
        return {**super().environment(), 'TERM': 'dumb'}

    def command(self, source, target, _folder):
        script = ('psc -S -d, -k <"$0" >"$1.sc" 2>/dev/null && '
                  'printf \'P "%s"\\n\' "$1" | sc -q -W% "$1.sc" >"$1"')
        return ['sh', '-c', script, source, target]


def run(run_program, contender, task, source, folder):
    """Seconds, seconds of the processor, KiB; or why not."""
    out = os.path.join(folder, contender.name)
    shutil.rmtree(out, ignore_errors=True)
    os.mkdir(out)
    name = os.path.splitext(os.path.basename(source))[0]
    target = os.path.join(out, f'{name}.{task.output}')
    read_end, write_end = os.pipe()
    with open(os.path.join(folder, 'log'), 'wb') as log:
        process = subprocess.Popen(
            ['sh', '-c', f'exec 3>&{write_end} {write_end}>&-; exec "$@"', 'sh', run_program,
             str(TIMEOUT_SECONDS), *contender.command(source, target, folder)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[write_end],
            env=contender.environment())
        os.close(write_end)
        with os.fdopen(read_end) as report:
            words = report.read().split()
        process.wait()
    if len(words) != 4:
        return 'it did not run', None
    if words[3] == '-1':
        return f'killed, or not done after {TIMEOUT_SECONDS} s', None
    if words[3] != '0' or not os.path.exists(target):
        with open(os.path.join(folder, 'log'), encoding='utf-8', errors='replace') as log:
            said = log.read().strip().splitlines()
        return f'failed: {said[-1][:100] if said else "status " + words[3]}', None
    return [float(words[0]), float(words[1]), int(words[2])], target


def measure(arguments, contenders, task, folder, scale):
    source = os.path.join(folder, f'{task.name}.{task.ending}')
    cells = task.make(source, scale)
    entries, digests = {}, {}
    for contender in contenders:
        entry = entries[contender.name] = {'seconds': [], 'cpu_seconds': [], 'peak_kib': []}
        reason = contender.reason(task)
        if reason:
            entry['reason'] = reason
    for turn in range(arguments.rounds + 1):
        for contender in contenders:
            entry = entries[contender.name]
            if 'reason' in entry:
                continue
            values, target = run(arguments.run, contender, task, source, folder)
            if target is None:
                entry['reason'] = values
                continue
            if turn == 0:
                digests[contender.name] = digest(task, contender, target)
                if arguments.rounds > 0:
                    continue
            for key, value in zip(('seconds', 'cpu_seconds', 'peak_kib'), values):
                entry[key].append(value)
    compare(digests, entries)
    os.unlink(source)
    return {'task': task.name, 'title': task.title, 'cells': cells, 'aim': task.aim,
            'contenders': entries}


def digest(task, contender, target):
    if isinstance(contender, Sc):
        return None
    return digest_csv(target) if task.output == 'csv' else digest_xlsx(target)


def compare(digests, entries):
    """Who has another result than the baseline, is told so."""
    right = digests.get(BASELINE)
    for name, found in digests.items():
        if right and found and not same(right, found):
            entries[name]['note'] = (f'another result: {found[0]} cells, sum {found[1]:.15g}, '
                                     f'not {right[0]}, {right[1]:.15g}')


# ---- telling -------------------------------------------------------------------------------------

def median(entry, key):
    return statistics.median(entry[key]) if entry[key] else None


def ratio(result, name, key):
    own = median(result['contenders'][name], key)
    base = median(result['contenders'].get(BASELINE, {key: []}), key)
    return own / base if own is not None and base else None


def short(value):
    if value is None:
        return '-'
    return f'{value:,.0f}' if value >= 100 else f'{value:.3g}'


def print_table(results, file):
    print('| task | contender | seconds | of the processor | peak MiB | time, ratio | '
          'processor, ratio | memory, ratio | aim | |', file=file)
    print('|---|---|---|---|---|---|---|---|---|---|', file=file)
    for result in results:
        for name, entry in result['contenders'].items():
            time, memory = ratio(result, name, 'seconds'), ratio(result, name, 'peak_kib')
            aim = verdict = ''
            if name == 'steppe-sheet' and result['aim']:
                aim = f'<= {result["aim"][0]}, <= {result["aim"][1]}'
                if time is not None:
                    met = time <= result['aim'][0] and memory <= result['aim'][1]
                    verdict = 'met' if met else '**not met**'
            words = '; '.join(word for word in (verdict, entry.get('reason'), entry.get('note'))
                              if word)
            peak = median(entry, 'peak_kib')
            print(f'| {result["title"]} | {name} | {short(median(entry, "seconds"))} | '
                  f'{short(median(entry, "cpu_seconds"))} | '
                  f'{short(peak / 1024 if peak is not None else None)} | {short(time)} | '
                  f'{short(ratio(result, name, "cpu_seconds"))} | {short(memory)} | {aim} | '
                  f'{words} |', file=file)


def print_rows(results, quick, file):
    """The summary's rows, as the other questions have them."""
    for result in results:
        for key, what, place in (('seconds', 'time', 0), ('peak_kib', 'peak memory', 1)):
            measured = ratio(result, 'steppe-sheet', key)
            row = f'| `sheet` | {result["title"]}: {what}, ssconvert = 1 | '
            row += 'none here | ' if measured is None else f'{short(measured)} | '
            if quick:
                row += '(tiny sizes: no verdict) | |'
            elif not result['aim'] or measured is None:
                row += '| |'
            else:
                limit = result['aim'][place]
                row += f'| <= {limit}: {"met" if measured <= limit else "**not met**"} |'
            print(row, file=file)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('program')
    parser.add_argument('run')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--quick', action='store_true', help='tiny files, one round')
    parser.add_argument('--full', action='store_true', help='there are no larger ones')
    parser.add_argument('--output', default='.')
    parser.add_argument('--revision', default='unknown')
    parser.add_argument('--only', default='')
    parser.add_argument('--without', default='')
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds = 1
    if arguments.rounds < 1:
        parser.error('--rounds wants a number from 1 on')
    return arguments


def main():
    arguments = parse_arguments()
    scale = 100 if arguments.quick else 1
    without = arguments.without.split(',')
    contenders = [contender for contender in
                  (Steppe(arguments.program), Gnumeric(), Office(), Sc())
                  if contender.name not in without]
    missing = [contender.name for contender in contenders if not contender.available()]
    contenders = [contender for contender in contenders if contender.available()]
    for name in missing:
        print(f'{name} is not installed', file=sys.stderr)
    only = [name for name in arguments.only.split(',') if name]
    results = []
    with tempfile.TemporaryDirectory(prefix='steppe-bench-sheet-') as folder:
        for task in TASKS:
            if only and task.name not in only:
                continue
            print(f'{task.title} ...', file=sys.stderr, flush=True)
            results.append(measure(arguments, contenders, task, folder, scale))
    os.makedirs(arguments.output, exist_ok=True)
    report = {'question': 'sheet', 'revision': arguments.revision, 'rounds': arguments.rounds,
              'quick': arguments.quick, 'machine': f'{platform.processor() or platform.machine()}, '
              f'{os.cpu_count()} processors, {platform.system()} {platform.release()}',
              'baseline': BASELINE, 'missing': missing,
              'versions': {contender.name: contender.version() for contender in contenders},
              'results': results}
    with open(os.path.join(arguments.output, 'sheet.json'), 'w', encoding='utf-8') as file:
        json.dump(report, file, indent=1)
    with open(os.path.join(arguments.output, 'sheet_table.md'), 'w', encoding='utf-8') as file:
        print_table(results, file)
    with open(os.path.join(arguments.output, 'sheet.md'), 'w', encoding='utf-8') as file:
        print_rows(results, arguments.quick, file)
    print_table(results, sys.stdout)
    return 0


if __name__ == '__main__':
    sys.exit(main())
