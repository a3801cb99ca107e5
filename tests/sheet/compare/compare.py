#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what steppe-sheet computes with what Gnumeric and LibreOffice compute.

    compare.py STEPPE_SHEET WRITE_WORKBOOK [--only FUNCTION,...] [--keep FOLDER] [--table FILE]

For each function a workbook is made of formulas.txt, and of more formulas that come from the first
one by putting other things in the place of each argument. It is written by openpyxl and by
libxlsxwriter without results; Gnumeric and LibreOffice read it, compute it and write it again, so
that there are five workbooks by four writers. steppe-sheet computes every one of them.

A result is right when Gnumeric or LibreOffice has it as well: numbers to 12 digits. Where both
have something else, it is a difference, and known.txt must have it with a reason. Where a formula
is unknown to both, nothing can be said; nor where it is not documented what Excel has: unasked.txt
keeps such formulas from being made. Complex numbers are compared as numbers, however written. The
same formula must have the same result whoever wrote the workbook. Prints TAP, and a table of
agreement per function; opt-in: ./run check compare.
"""
import argparse
import datetime
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings

try:
    import openpyxl
except ImportError:
    openpyxl = None

warnings.filterwarnings('ignore', module='openpyxl')  # of default styles
HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT_SECONDS = 1200
DIGITS = 1e-12
FORMULA_COLUMN = 2  # B; A has the text
EDGES = ['Data!C4', 'Data!C2', 'Data!C3', 'Data!F2', '""', '"x"', '"3"', 'TRUE', '0', '-1', '0.5',
         '-2.5', '1E+10', '1E-10', '']

# Others count up to such a number one by one, for minutes.
VERY_MANY = '1E+10'
SLOW = re.compile(r'.*(BINOM|BETA|POISSON|HYPGEOM|GAMMA|CHI|WEIBULL|T\.?DIST|T\.?INV|F\.?DIST'
                  r'|F\.?INV|CONFIDENCE|PERMUT|MULTINOMIAL|VDB|MUNIT|SEQUENCE|WRAP|EXPAND)')

# What stands in the sheet "Data", column by column from A1.
ERRORS = ['=1/0', '=NA()', 5, '="a"&1', '=A1>2']
DATA = [
    [3, 1, 4, 1, 5, 9, 2, 6],
    ['apple', 'Banana', 'cherry', 'date', 'apple', 'fig', 'grape', '12'],
    [1, 'x', True, None, 2.5, False, '3', None],
    [10, 20, 30, 40, 50, 60, 70, 80],
    [45292, 45323, 45352, 45383, 45413, 45444, 45474, 45505],
    ERRORS,
    [-1000, 300, 420, 680, 150],
    [2, 4, 5, 4, 5, 7, 8, 9],
    [],
    [10, 'a', 1], [20, 'b', 2], [30, 'c', 3], [40, 'd', 4],
]

# Excel writes these with a prefix, as they came after the file format.
LATER = set('''ACOT ACOTH AGGREGATE ARABIC BASE BETA.DIST BETA.INV BINOM.DIST BINOM.DIST.RANGE
    BINOM.INV BITAND BITLSHIFT BITOR BITRSHIFT BITXOR CEILING.MATH CEILING.PRECISE CHISQ.DIST
    CHISQ.DIST.RT CHISQ.INV CHISQ.INV.RT CHISQ.TEST CHOOSECOLS CHOOSEROWS COMBINA CONCAT
    CONFIDENCE.NORM CONFIDENCE.T COT COTH COVARIANCE.P COVARIANCE.S CSC CSCH DAYS DECIMAL DROP
    ENCODEURL ERF.PRECISE ERFC.PRECISE EXPAND EXPON.DIST F.DIST F.DIST.RT F.INV F.INV.RT F.TEST
    FLOOR.MATH FLOOR.PRECISE FORECAST.LINEAR FORMULATEXT GAMMA GAMMA.DIST GAMMA.INV
    GAMMALN.PRECISE GAUSS HSTACK HYPGEOM.DIST IFNA IFS IMCOSH IMCOT IMCSC IMCSCH IMSEC IMSECH
    IMSINH IMTAN ISFORMULA ISOWEEKNUM LOGNORM.DIST LOGNORM.INV MAXIFS MINIFS MODE.MULT MODE.SNGL
    MUNIT NEGBINOM.DIST NORM.DIST NORM.INV NORM.S.DIST NORM.S.INV NUMBERVALUE PDURATION
    PERCENTILE.EXC PERCENTILE.INC PERCENTRANK.EXC PERCENTRANK.INC PERMUTATIONA PHI POISSON.DIST
    QUARTILE.EXC QUARTILE.INC RANDARRAY RANK.AVG RANK.EQ RRI SEC SECH SEQUENCE SHEET SHEETS
    SKEW.P SORTBY STDEV.P STDEV.S SWITCH T.DIST T.DIST.2T T.DIST.RT T.INV T.INV.2T T.TEST TAKE
    TEXTAFTER TEXTBEFORE TEXTJOIN TEXTSPLIT TOCOL TOROW UNICHAR UNICODE UNIQUE VAR.P VAR.S
    VSTACK WEIBULL.DIST WRAPCOLS WRAPROWS XLOOKUP XMATCH XOR Z.TEST'''.split())
OF_SHEETS = {'FILTER', 'SORT'}
WORD = re.compile(r'"(?:[^"]|"")*"|([A-Z][A-Z0-9.]*)\(')


# ---- formulas ------------------------------------------------------------------------------------

def in_file(formula):
    """As it stands in a file: with prefixes."""
    def prefixed(match):
        prefix = '_xlfn.' if match[1] in LATER else '_xlfn._xlws.' if match[1] in OF_SHEETS else ''
        return prefix + match[0]
    return WORD.sub(prefixed, formula)


def arguments_of(formula):
    """("ROUND", ["2.345", "2"]) where that is all of it, else None."""
    match = re.fullmatch(r'([A-Z][A-Z0-9.]*)\((.*)\)', formula)
    if not match:
        return None
    arguments, depth, quoted, start = [], 0, False, 0
    text = match[2]
    for i, sign in enumerate(text):
        if sign == '"':
            quoted = not quoted
        elif not quoted and sign in '({':
            depth += 1
        elif not quoted and sign in ')}':
            depth -= 1
            if depth < 0:
                return None
        elif not quoted and depth == 0 and sign == ',':
            arguments.append(text[start:i])
            start = i + 1
    return match[1], arguments + [text[start:]] if text else []


def group_of(formula):
    match = re.match(r'([A-Z][A-Z0-9.]*)\(', formula)
    return match[1] if match else 'operators'


def variations(formula):
    found = arguments_of(formula)
    if not found:
        return
    name, arguments = found
    for place in range(len(arguments)):
        for edge in EDGES:
            if edge == VERY_MANY and SLOW.match(name):
                continue
            yield f'{name}({",".join(arguments[:place] + [edge] + arguments[place + 1:])})'
    for count in range(len(arguments)):
        yield f'{name}({",".join(arguments[:count])})'


def read_groups(unasked):
    """{group: [formula]}, and the formulas that were not made here."""
    groups = {}
    with open(os.path.join(HERE, 'formulas.txt'), encoding='utf-8') as file:
        for line in file:
            formula = line.rstrip('\n')
            if formula and not formula.startswith('#'):
                groups.setdefault(group_of(formula), []).append(formula)
    written = {formula for formulas in groups.values() for formula in formulas}
    for formulas in groups.values():
        more = [other for other in variations(formulas[0])
                if other not in formulas and not unasked.has(other)]
        if not is_random(formulas[0]):
            formulas.extend(dict.fromkeys(more))
    return groups, written


class Patterns:
    """Lines of known.txt or unasked.txt, and which of them have been met."""
    def __init__(self, name):
        self.patterns, self.used = [], set()
        with open(os.path.join(HERE, name), encoding='utf-8') as file:
            for line in file.read().splitlines():
                if line and not line.startswith(('= ', '  ', '#')):
                    pattern = '.*'.join(re.escape(part) for part in line.split('*'))
                    self.patterns.append((re.compile(pattern), line))

    def has(self, formula):
        for pattern, line in self.patterns:
            if pattern.fullmatch(formula):
                self.used.add(line)
                return True
        return False

    def unused(self):
        return [line for _, line in self.patterns if line not in self.used]


# ---- writers -------------------------------------------------------------------------------------

def cells_of(formulas):
    """(sheet, row, column, value) from 0; formulas begin with '='."""
    for column, values in enumerate(DATA):
        for row, value in enumerate(values):
            if value is not None:
                yield 'Data', row, column, value
    for row, formula in enumerate(formulas):
        yield 'Test', row, FORMULA_COLUMN - 1, '=' + in_file(formula)


def write_openpyxl(path, formulas):
    book = openpyxl.Workbook()
    book.active.title = 'Data'
    book.create_sheet('Test')
    for sheet, row, column, value in cells_of(formulas):
        cell = book[sheet].cell(row + 1, column + 1)
        cell.value = value
        if isinstance(value, str) and not value.startswith('='):
            cell.data_type = 's'
    book.save(path)


def write_libxlsxwriter(program, path, formulas):
    lines = []
    for sheet, row, column, value in cells_of(formulas):
        if isinstance(value, bool):
            kind, value = 'b', int(value)
        elif isinstance(value, str):
            kind = 'f' if value.startswith('=') else 's'
        else:
            kind = 'n'
        lines.append(f'{sheet}\t{row}\t{column}\t{kind}\t{value}\n')
    subprocess.run([program, path], input=''.join(lines), text=True, check=True, timeout=60)


# ---- the others ----------------------------------------------------------------------------------

PROFILE = '''<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="ODFRecalcMode"
oor:op="fuse"><value>0</value></prop></item>
</oor:items>
'''


def run_office(folder, kind, sources, target):
    """LibreOffice computes and writes them all."""
    profile = os.path.join(folder, 'profile', 'user')
    if not os.path.isdir(profile):
        os.makedirs(profile)
        with open(os.path.join(profile, 'registrymodifications.xcu'), 'w',
                  encoding='utf-8') as file:
            file.write(PROFILE)
    os.makedirs(target, exist_ok=True)
    for start in range(0, len(sources), 50):
        subprocess.run(
            ['soffice', f'-env:UserInstallation=file://{folder}/profile', '--headless',
             '--convert-to', kind, '--outdir', target, *sources[start:start + 50]],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_SECONDS, check=False)


def run_gnumeric(sources, target):
    os.makedirs(target, exist_ok=True)
    for source in sources:
        subprocess.run(['ssconvert', '--recalc', source,
                        os.path.join(target, os.path.basename(source))],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=120, check=False)


def plain(value):
    if isinstance(value, datetime.timedelta):
        return value / datetime.timedelta(days=1)
    if isinstance(value, datetime.datetime):
        return (value - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)
    if isinstance(value, datetime.date):
        return float((value - datetime.date(1899, 12, 30)).days)
    if isinstance(value, datetime.time):
        return (value.hour * 3600 + value.minute * 60 + value.second) / 86400
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return '' if value is None else unescape(value) if isinstance(value, str) else value
    return float(value)


def unescape(text):
    """Control characters as XLSX has them."""
    return re.sub('_x([0-9A-F]{4})_', lambda match: chr(int(match[1], 16)), text)


def read_results(path, count):
    """Values that another program has written; None: there is no such file."""
    if not os.path.exists(path):
        return None
    sheet = openpyxl.load_workbook(path, data_only=True)['Test']
    for row in sheet.iter_rows():
        for cell in row:
            cell.number_format = 'General'
    return [plain(sheet.cell(row + 1, FORMULA_COLUMN).value) for row in range(count)]


def ask_steppe(program, path, count):
    """The same by steppe-sheet, each with its formula; or a string: what it says."""
    output = subprocess.run(
        [program, 'get', '--json', '--recalculate', '--quiet', path, f'Test!B1:B{count}'],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_SECONDS,
        check=False)
    if output.returncode != 0:
        return output.stderr.strip() or f'status {output.returncode}'
    results = [('', None)] * count
    for area in json.loads(output.stdout)['ranges'][0]['areas']:
        for cell in area['cells']:
            value = cell.get('value', '')
            results[int(cell['cell'][1:]) - 1] = (
                float(value) if cell['kind'] == 'number' else value, cell.get('formula'))
    return results


# ---- comparing -----------------------------------------------------------------------------------

def are_same(a, b):
    if isinstance(a, bool) or isinstance(b, bool):
        return isinstance(a, bool) and isinstance(b, bool) and a == b
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= DIGITS * max(1.0, abs(a), abs(b))
    return a == b


def complex_of(value):
    """None: it is none. Excel writes them as texts, others those without 'i' as numbers."""
    if isinstance(value, bool) or not isinstance(value, (float, str)):
        return None
    try:
        return complex(str(value).replace('i', 'j'))
    except ValueError:
        return None


def are_same_complex(a, b):
    a, b = complex_of(a), complex_of(b)
    if a is None or b is None:
        return False
    return abs(a - b) <= DIGITS * max(1.0, abs(a), abs(b))


def is_unknown(value):
    """To Gnumeric and LibreOffice: the function, or how many arguments it has."""
    return value is None or value == '#NAME?'


def is_error(value):
    return isinstance(value, str) and value.startswith('#')


class Count:
    def __init__(self):
        self.formulas = self.gnumeric = self.office = self.either = 0
        self.errors = self.known = self.differences = self.unknown = 0


def show(value):
    return f'"{value}"' if isinstance(value, str) and not value.startswith('#') else repr(value)


class Comparison:
    def __init__(self, known):
        self.known = known
        self.counts, self.lines = {}, []

    def add(self, group, formula, own, gnumeric, office):
        count = self.counts.setdefault(group, Count())
        count.formulas += 1
        is_complex = group == 'COMPLEX' or group.startswith('IM')
        by_gnumeric, by_office = (
            are_same(own, other) or (is_complex and are_same_complex(own, other))
            for other in (gnumeric, office))
        count.gnumeric += by_gnumeric
        count.office += by_office
        if by_gnumeric or by_office:
            count.either += 1
        elif is_unknown(gnumeric) and is_unknown(office):
            count.unknown += 1
        elif all(is_error(value) for value in (own, gnumeric, office)):
            count.errors += 1
        elif self.known.has(formula):
            count.known += 1
        else:
            count.differences += 1
            self.lines.append((group, f'={formula} is {show(own)}; Gnumeric {show(gnumeric)}, '
                                      f'LibreOffice {show(office)}'))


def print_table(comparison, file):
    print('| function | formulas | as Gnumeric | as LibreOffice | as one of them | another error '
          '| known | differences | unknown to both |', file=file)
    print('|---|---|---|---|---|---|---|---|---|', file=file)
    total = Count()
    for group, count in sorted(comparison.counts.items()) + [('**all**', total)]:
        values = [count.formulas, count.gnumeric, count.office, count.either, count.errors,
                  count.known, count.differences, count.unknown]
        print(f'| {group} | ' + ' | '.join(f'{value:,}' for value in values) + ' |', file=file)
        for name in vars(total):
            setattr(total, name, getattr(total, name) + getattr(count, name))


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def check(self, name, lines):
        self.count += 1
        print(f"{'not ok' if lines else 'ok'} {self.count} - {name}", flush=True)
        for line in lines:
            print('#', line)
        self.failed += bool(lines)


def functions_of(program):
    output = subprocess.run([program, '--functions'], capture_output=True, text=True, check=True,
                            timeout=60).stdout
    return {line.split('(')[0] for line in output.splitlines() if '(' in line}


def make_workbooks(arguments, folder, groups):
    """{writer: folder}, of which the first is what the others have computed."""
    writers = {name: os.path.join(folder, name)
               for name in ('openpyxl', 'libxlsxwriter', 'gnumeric', 'libreoffice', 'ods')}
    for name in ('openpyxl', 'libxlsxwriter'):
        os.makedirs(writers[name], exist_ok=True)
    if arguments.again:
        return writers
    for group, formulas in groups.items():
        write_openpyxl(os.path.join(writers['openpyxl'], group + '.xlsx'), formulas)
        write_libxlsxwriter(arguments.writer,
                            os.path.join(writers['libxlsxwriter'], group + '.xlsx'), formulas)
    sources = [os.path.join(writers['openpyxl'], group + '.xlsx') for group in groups]
    run_gnumeric(sources, writers['gnumeric'])
    run_office(folder, 'xlsx', sources, writers['libreoffice'])
    run_office(folder, 'ods', sources, writers['ods'])
    return writers


def compare_writers(program, writers, groups, own, comparison):
    """Lines of what steppe-sheet computes otherwise when another has written it."""
    lines = {name: [] for name in writers if name != 'openpyxl'}
    for name, found in lines.items():
        for group in own:
            formulas = groups[group]
            ending = '.ods' if name == 'ods' else '.xlsx'
            path = os.path.join(writers[name], group + ending)
            if not os.path.exists(path):
                if not comparison.known.has(f'@{name} {group}'):
                    found.append(f'{group}: {name} did not write it')
                continue
            results = ask_steppe(program, path, len(formulas))
            if isinstance(results, str):
                found.append(f'{group}: {results}')
                continue
            for formula, (value, read), (right, meant) in zip(formulas, results, own[group]):
                # Some write another formula, which means the same to them: that is not asked.
                is_right = read != meant or not meant or are_same(value, right)
                if not is_right and not comparison.known.has(f'@{name} {formula}'):
                    found.append(f'={formula} is {show(value)}, not {show(right)}')
    return lines


def is_random(formula):
    return fnmatch.fnmatch(formula, '*RAND*') or fnmatch.fnmatch(formula, '*NOW*')


def compare(arguments, folder):
    tap = Tap()
    unasked = Patterns('unasked.txt')
    groups, written = read_groups(unasked)
    if arguments.only:
        groups = {group: groups[group] for group in arguments.only.split(',')}
    else:
        tap.check('every function has formulas',
                  sorted(functions_of(arguments.program) - set(groups)))
    writers = make_workbooks(arguments, folder, groups)
    comparison, own, refused = Comparison(Patterns('known.txt')), {}, []
    for group, formulas in groups.items():
        results = ask_steppe(arguments.program,
                             os.path.join(writers['openpyxl'], group + '.xlsx'), len(formulas))
        if isinstance(results, str):
            refused.append(f'{group}: {results}')
            continue
        own[group] = results
        gnumeric, office = (
            read_results(os.path.join(writers[name], group + '.xlsx'), len(formulas))
            or [None] * len(formulas) for name in ('gnumeric', 'libreoffice'))
        for formula, (value, read), *others in zip(formulas, results, gnumeric, office):
            if read is not None:
                comparison.add(group, formula, value, *others)
            elif formula in written:
                refused.append(f'={formula} is not understood')
    tap.check('steppe-sheet opens them all', refused)
    found = compare_writers(arguments.program, writers, groups, own, comparison)
    if not arguments.only:
        tap.check('what is known is still there', comparison.known.unused())
        tap.check('what is not asked would be', unasked.unused())
    for group in sorted(comparison.counts):
        tap.check(group, [line for its, line in comparison.lines if its == group])
    for name, lines in found.items():
        tap.check(f'the same in workbooks of {name}', lines)
    print(f'1..{tap.count}')
    with open(arguments.table, 'w', encoding='utf-8') as file:
        print_table(comparison, file)
    with open(arguments.table, encoding='utf-8') as file:
        print('# ' + file.read().replace('\n', '\n# '))
    return 1 if tap.failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('program')
    parser.add_argument('writer', help='write_workbook, built')
    parser.add_argument('--only', help='these functions')
    parser.add_argument('--keep', help='where to leave the workbooks')
    parser.add_argument('--again', action='store_true', help='they are there already')
    parser.add_argument('--table', default='/dev/null', help='where to write the table')
    arguments = parser.parse_args()
    missing = [name for name in ('ssconvert', 'soffice') if not shutil.which(name)]
    missing += [] if openpyxl else ['openpyxl']
    if missing:
        print(f'1..0 # SKIP {", ".join(missing)} is not installed')
        return 0
    if arguments.keep:
        os.makedirs(arguments.keep, exist_ok=True)
        return compare(arguments, os.path.abspath(arguments.keep))
    with tempfile.TemporaryDirectory(prefix='steppe-compare-') as folder:
        return compare(arguments, folder)


if __name__ == '__main__':
    sys.exit(main())
