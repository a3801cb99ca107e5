# SPDX-License-Identifier: MIT
"""test_story.py STORY STEPPE_SHEET - runs the story of a workbook (examples/sheet); prints TAP.

Figures are compared with counts this script makes from Unicode's files by itself; and a story of
which something is not true must end with exit status 3 and say what.
"""
import collections
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'programs'))
from driver import Tap, environment  # noqa: E402

DATA = '/usr/share/unicode'
TIMEOUT_SECONDS = 300
TROUBLE, USAGE, CONTRADICTION = 1, 2, 3

tap = Tap()
check, skip = tap.check, tap.skip


class Test:
    """Paths, and a folder in which all that the story leaves would be found."""

    def __init__(self, story, program, folder):
        self.story, self.program, self.folder = story, program, folder
        self.workbook = os.path.join(os.path.dirname(story), 'characters.xlsx')
        self.scratch = self.path('scratch')
        os.mkdir(self.scratch)

    def path(self, name):
        return os.path.join(self.folder, name)

    def environment(self, **changes):
        return environment(**{'TMPDIR': self.scratch, **changes})

    def command(self, *arguments, program=None):
        return [sys.executable, '-B', self.story, program or self.program, *arguments]

    def run(self, *arguments, program=None, **options):
        return subprocess.run(self.command(*arguments, program=program), capture_output=True,
                              env=self.environment(), timeout=TIMEOUT_SECONDS, check=False,
                              stdin=subprocess.DEVNULL, **options)

    def sheet(self, *arguments):
        return subprocess.run([self.program, *arguments], capture_output=True, check=True,
                              env=self.environment(), timeout=TIMEOUT_SECONDS,
                              stdin=subprocess.DEVNULL).stdout

    def is_clean(self):
        return not os.listdir(self.scratch)


# ---- what Unicode's files say -------------------------------------------------------------------

def data_lines(name):
    with open(os.path.join(DATA, name), encoding='utf-8') as file:
        yield from file


def scripts():
    found = {}
    for line in data_lines('Scripts.txt'):
        content = line.split('#')[0].strip()
        if content:
            bounds, script = (part.strip() for part in content.split(';'))
            first, _, last = bounds.partition('..')
            for number in range(int(first, 16), int(last or first, 16) + 1):
                found[number] = script
    return found


def characters():
    """(number, category, digit or None, value or None) of all with a line of their own."""
    for line in data_lines('UnicodeData.txt'):
        fields = line.split(';')
        if not fields[1].endswith((', First>', ', Last>')):
            yield int(fields[0], 16), fields[2], fields[6], fields[8]


def is_version_of_workbook():
    return any('-15.0.0.txt' in line for line in data_lines('Scripts.txt'))


# ---- the workbook of the demo -------------------------------------------------------------------

def check_look(text):
    check('plain ASCII in a pipe', text.isascii() and '\033' not in text)
    longest = max(text.splitlines(), key=len)
    check('at most 100 columns', len(longest) <= 100, longest)
    check('no blanks at ends of lines', not re.search(r'[ \t]$', text, re.M))
    chapters = re.findall(r'^  (\d)  \S', text, re.M)
    check('six chapters', chapters == list('123456'), chapters)


def number_in(pattern, text):
    found = re.search(pattern, text)
    return int(found[1].replace(',', '')) if found else None


def check_figures(test, text):
    """By the files of Unicode: neither the workbook nor a spreadsheet has a say in them."""
    rows = list(characters())
    kept = (len(rows) + 1) // 2
    digits = sum(bool(digit) for _, _, digit, _ in rows)
    values = sum(bool(value) for _, _, _, value in rows)
    gone = rows[kept:]
    cells_gone = 8 * len(gone) + sum(bool(row[2]) + bool(row[3]) for row in gone)
    found = number_in(r'([\d,]+) cells are gone', text)
    check('cells that go', found == cells_gone, found, cells_gone)
    found = number_in(r'of ([\d,]+) cells that went, each is told', text)
    check('and are told', found == cells_gone, found, cells_gone)
    sheet = json.loads(test.sheet('stat', test.workbook, '--json'))['sheets'][0]
    check('cells of the sheet', sheet['cells'] == 10 + 8 * len(rows) + digits + values, sheet)
    table = test.sheet('get', test.workbook, 'Figures!A:B').decode().splitlines()
    figures = dict(line.split('\t')[:2] for line in table if '\t' in line)
    check('characters', figures['Characters'] == str(len(rows)), figures['Characters'])
    by_number = scripts()
    for name, counts in (('category', collections.Counter(row[1] for row in rows)),
                         ('script', collections.Counter(by_number[row[0]] for row in rows))):
        wrong = {key: (figures.get(key), expected) for key, expected in counts.items()
                 if figures.get(key) != str(expected)}
        check(f'characters of every {name}: {len(counts)}', not wrong, wrong)


def check_workbook(test):
    before = os.stat(test.workbook)
    result = test.run()
    after = os.stat(test.workbook)
    text = result.stdout.decode()
    check('the story: exit status 0', result.returncode == 0, result.returncode, text,
          result.stderr.decode())
    check('nothing on standard error', result.stderr == b'', result.stderr)
    check('no contradiction', 'CONTRADICTION' not in text and 'no contradiction' in text, text)
    check('the workbook is only read', (before.st_mtime_ns, before.st_size) ==
          (after.st_mtime_ns, after.st_size))
    check('nothing is left', test.is_clean(), os.listdir(test.scratch))
    check_look(text)
    if is_version_of_workbook():
        check_figures(test, text)
    else:
        skip('figures', "Unicode's files here are not those of the workbook")


# ---- workbooks of somebody ----------------------------------------------------------------------

def altered(source, target, part, old, new):
    """A copy of a workbook with something else in a part."""
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(target, 'w') as after:
        for item in before.infolist():
            content = before.read(item)
            if item.filename == part:
                assert content.count(old) == 1, (old, content.count(old))
                content = content.replace(old, new)
            after.writestr(item, content, zipfile.ZIP_DEFLATED, 1)


def check_others(test):
    path = test.path("a sheet's name.xlsx")
    with open(test.path('small.csv'), 'w', encoding='utf-8') as file:
        file.write('what,price,count\n' + ''.join(f'thing {i},{i * 1.5},{i}\n' for i in range(99)))
    test.sheet('set', test.path('small.csv'), 'D2==B2*C2', 'D3==NOW()', 'D4==RAND()+D3', 'D5==1/0',
               '-o', path)
    for name in (path, test.path('small.csv')):
        result = test.run(name)
        text = result.stdout.decode()
        check(f'{os.path.basename(name)}: exit status 0', result.returncode == 0,
              result.returncode, text, result.stderr.decode())
        check('at most 100 columns', max(map(len, text.splitlines())) <= 100)
    test.sheet('set', test.path('small.csv'), 'C99=', '-o', test.path('one.xlsx'))
    for name, text in (('one cell.csv', 'x\n'), ('one row.csv', 'a,1,2,3\n'),
                       ('two rows.csv', '1\n2\n')):
        with open(test.path(name), 'w', encoding='utf-8') as file:
            file.write(text)
        result = test.run(test.path(name))
        check(name, result.returncode == 0, result.returncode, result.stdout.decode(),
              result.stderr.decode())


def check_line(name, result, status, *patterns):
    """Exit status, one clear line on standard error."""
    lines = result.stderr.decode(errors='replace').splitlines()
    check(name, result.returncode == status and len(lines) == 1 and lines[0].startswith('story: ')
          and lines[0].isprintable() and all(re.search(part, lines[0]) for part in patterns),
          f'exit status {result.returncode}', *lines)


def check_wrong_use(test):
    check_line('no such workbook', test.run('/nonexistent.xlsx'), USAGE, 'nonexistent.xlsx')
    check_line('a folder', test.run(test.folder), USAGE, 'no such workbook')
    check_line('two workbooks', test.run('a', 'b'), USAGE, 'usage')
    check_line('no such program', test.run(program='/nonexistent'), USAGE, 'no such program')
    check_line('a name that a terminal would obey', test.run('\033[31mred'), USAGE, r'\?\[31mred')
    cut = test.path('cut.xlsx')
    shutil.copy(test.workbook, cut)
    os.truncate(cut, os.path.getsize(cut) // 2)
    check_line('half of a workbook', test.run(cut), TROUBLE, 'cut.xlsx')
    empty = test.path('empty.xlsx')
    with open(empty, 'wb'):
        pass
    result = test.run(empty)
    check_line('an empty file', result, TROUBLE, 'nothing in the workbook')
    with open(test.path('old.xls'), 'wb') as file:
        file.write(bytes.fromhex('d0cf11e0a1b11ae1') + bytes(4096))
    check_line('an old workbook', test.run(test.path('old.xls')), TROUBLE, 'old.xls')
    check('nothing is left', test.is_clean(), os.listdir(test.scratch))


# ---- what is not true ---------------------------------------------------------------------------

def check_contradiction(name, result, *patterns):
    text = result.stdout.decode()
    check(name, result.returncode == CONTRADICTION and 'CONTRADICT' in text and
          all(re.search(part, text) for part in patterns), f'exit status {result.returncode}', text,
          result.stderr.decode())


def check_stored_result(test):
    """A result that LibreOffice did not store, for the program to find."""
    path = test.path('wrong.xlsx')
    altered(test.workbook, path, 'xl/worksheets/sheet2.xml',
            b'<f aca="false">MEDIAN(Numbers)</f><v>66365.5</v>',
            b'<f aca="false">MEDIAN(Numbers)</f><v>66366</v>')
    check_contradiction('a result in the file is wrong', test.run(path),
                        r'Figures B9: 66366 in the file, computed 66365\.5',
                        r'1 of [\d,]+ comparisons CONTRADICT')


# For each: the command that lies, and what it does to the program's output.
LIES = (
    ('a cell too few', 'stat', r's/"formulas":1793/"formulas":1792/', 'formulas'),
    ('too few pages', 'stat', r's/"open_tiles":[0-9]*/"open_tiles":0/', 'pages are there'),
    ('pages that are not given back', 'run', r'/collected/s/"packed_tiles":/"packed_tiles":9/',
     'pages are left'),
    ('cells that did not go', 'run', r's/"cells":14/"cells":15/', 'cells are gone'),
    ('memory that was not given back', 'run',
     r'/collected/s/"committed_bytes":/"committed_bytes":9/', 'given back'),
    ('a result that is not computed', 'calc', r's/"changed":0/"changed":1/', 'is what is computed'),
    ('a change that is not found', 'diff', r'/C51/d', 'one cell is changed'),
    ('a difference too many', 'diff',
     r's/^\],"count":0}/{"sheet":"Figures","cell":"A1","before":null,"after":null}\n&/',
     'it is equal'),
)


def check_lies(test):
    liar = test.path('liar')
    for name, command, script, pattern in LIES:
        with open(liar, 'w', encoding='utf-8') as file:
            file.write('#!/bin/bash\n'
                       f'[ "$1" = {command} ] || exec "{test.program}" "$@"\n'
                       f'"{test.program}" "$@" | sed \'{script}\'\n'
                       'exit ${PIPESTATUS[0]}\n')
        os.chmod(liar, 0o755)
        check_contradiction(f'a program that lies: {name}', test.run(program=liar), pattern)
    with open(liar, 'w', encoding='utf-8') as file:
        file.write('#!/bin/sh\necho nothing\n')
    check_line('a program that is another', test.run(program=liar), TROUBLE, 'not what')
    with open(liar, 'w', encoding='utf-8') as file:
        file.write('#!/bin/sh\nkill -9 $$\n')
    check_line('a program that dies', test.run(program=liar), TROUBLE, 'status -9')
    check('nothing is left', test.is_clean(), os.listdir(test.scratch))


# ---- terminals, signals -------------------------------------------------------------------------

def run_on_terminal(test, **changes):
    """Output and exit status with a pseudo-terminal as standard output."""
    ours, theirs = os.openpty()
    command = test.command(test.path('small.csv'))
    child = subprocess.Popen(command, env=test.environment(**changes), stdout=theirs,
                             stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    os.close(theirs)
    output = b''
    while select.select([ours], [], [], TIMEOUT_SECONDS)[0]:
        try:
            some = os.read(ours, 65536)
        except OSError:  # Linux says EIO when the other end is closed
            break
        if not some:
            break
        output += some
    os.close(ours)
    child.communicate(timeout=TIMEOUT_SECONDS)
    return output, child.returncode


def check_terminals(test):
    try:
        for end in os.openpty():
            os.close(end)
    except OSError as error:
        skip('terminals', f'no pseudo-terminal: {error.strerror}')
        return
    output, status = run_on_terminal(test)
    check('UTF-8 terminal: colours', status == 0 and b'\033[' in output and '✓'.encode() in output)
    output, status = run_on_terminal(test, NO_COLOR='1')
    check('NO_COLOR: no escape sequence', status == 0 and b'\033' not in output)
    output, status = run_on_terminal(test, LC_ALL='C')
    check('terminal without UTF-8: plain ASCII',
          status == 0 and output.isascii() and b'\033' not in output)


def check_endings(test):
    with open('/dev/full', 'wb') as full:
        result = subprocess.run(test.command(), env=test.environment(), stdout=full,
                                stderr=subprocess.PIPE, timeout=TIMEOUT_SECONDS, check=False)
    check_line('full disk as standard output', result, TROUBLE, 'No space left')
    child = subprocess.Popen(test.command(), env=test.environment(), stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    child.stdout.readline()
    child.stdout.close()
    error = child.stderr.read()
    child.wait(timeout=TIMEOUT_SECONDS)
    check('a reader that goes: no traceback', error == b'', error)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        child = subprocess.Popen(test.command(), env=test.environment(), stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        while b'A real workbook' not in child.stdout.readline():
            pass
        child.send_signal(number)
        _, error = child.communicate(timeout=TIMEOUT_SECONDS)
        check(f'{number.name}: ends', child.returncode == 128 + number and error == b'',
              child.returncode, error)
    check('nothing is left', test.is_clean(), os.listdir(test.scratch))


def main():
    if len(sys.argv) != 3:
        sys.exit('usage: test_story.py STORY STEPPE_SHEET')
    with tempfile.TemporaryDirectory(prefix='test-story-') as folder:
        test = Test(*map(os.path.abspath, sys.argv[1:]), folder)
        if os.path.exists(os.path.join(DATA, 'Scripts.txt')):
            check_workbook(test)
        else:
            skip('the workbook', f'the package unicode-data is not installed in {DATA}')
        check_others(test)
        check_wrong_use(test)
        check_stored_result(test)
        check_lies(test)
        check_terminals(test)
        check_endings(test)
    sys.exit(tap.end())


main()
