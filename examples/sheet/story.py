#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""story.py STEPPE_SHEET [WORKBOOK] - what steppe-sheet does with a workbook, and what it costs.

Opens it, computes it, empties half of it, collects, saves, opens that, compares; and lets a budget
refuse. Without a workbook it is the one beside this file, about which more is known: what its XML
says. Every figure is measured while it runs. All files written are in a temporary folder, which is
removed; the workbook is only read.

Exit status: 0 all comparisons hold, 1 the workbook cannot be read or the system refuses, 2 wrong
use, 3 a comparison failed.
"""
import hashlib
import os
import re
import shutil
import signal
import sys
import tempfile

from layout import is_alike
from parts import Area, Parts
from program import Program, Trouble, parse, printable
from report import Report, number, size, time

HERE = os.path.dirname(os.path.abspath(__file__))
WORKBOOK = os.path.join(HERE, 'characters.xlsx')
CELLS_OF_A_SHEET = 1048576 * 16384
CELL_BYTES = 16
MEBIBYTE = 1 << 20
SHOWN_MAX = 3
EXCERPT_BEFORE, EXCERPT_CHARACTERS = 40, 80
DONE, DIFFERENT, REFUSED = 0, 1, 4
EXIT_TROUBLE, EXIT_USAGE, EXIT_CONTRADICTION = 1, 2, 3


class Plan:
    """What a script does: the cell it types into, and the area it clears."""

    def __init__(self, path):
        with open(path, encoding='utf-8') as file:
            self.lines = file.read().splitlines()
        self.path = path
        for line in self.lines:
            typed = re.fullmatch(r"type (.*)!([A-Z]+\d+) .*", line)
            cleared = re.fullmatch(r"clear (.*)!([A-Z]+\d+:[A-Z]+\d+) all", line)
            if typed:
                self.typed = typed[2]
            elif cleared:
                self.word, self.area = cleared[1], Area(cleared[2])
        self.sheet = self.word[1:-1].replace("''", "'") if self.word[0] == "'" else self.word


def write_plan(path, stat):
    """Half of the largest sheet's rows, and a cell in the other half."""
    largest = max(stat['sheets'], key=lambda sheet: sheet['cells'])
    if not largest['area']:
        raise Trouble('there is nothing in the workbook that could be emptied')
    word = largest['name']
    if not re.fullmatch(r'[A-Za-z]{4,28}\d*', word) or word.upper() in ('TRUE', 'FALSE'):
        word = "'" + word.replace("'", "''") + "'"
    area = Area(largest['area'])
    rows = area.last_row - area.first_row + 1
    middle = area.first_row + (rows + 1) // 2
    if middle > area.last_row:
        middle = area.last_row
    typed = f'{area.last_name}{area.first_row + rows // 4}'
    cleared = f'{area.first_name}{middle}:{area.last_name}{area.last_row}'
    with open(path, 'w', encoding='utf-8') as file:
        file.write('stat opened\n'
                   f'type {word}!{typed} 9\n'
                   'stat one cell edited\n'
                   f'clear {word}!{cleared} all\n'
                   'stat half emptied\n'
                   'collect\n'
                   'stat collected\n')


class Story:
    """parts: what the XML says, of the workbook that is ours; else None."""

    def __init__(self, program, report, workbook):
        self.program, self.report = program, report
        self.workbook = workbook
        self.folder = program.folder
        self.stat = self.plan = self.volatile_count = None
        self.parts = Parts(workbook) if workbook == WORKBOOK else None

    def path(self, name):
        return os.path.join(self.folder, name)

    def message(self, run):
        """What it said on standard error, without the folder that nobody will find again."""
        return run.message.replace(os.path.join(self.folder, ''), '')

    # ---- 1 -------------------------------------------------------------------------------------

    def reserve(self):
        report, script = self.report, os.path.join(HERE, 'corners.steppe')
        report.chapter(1, 'The full grid is reserved, and costs what is used of it')
        report.say('A sheet of one cell, and then one in the opposite corner:')
        report.gap()
        run = self.program('run', '-', script, '--json', before="echo 'the first one' | ",
                           given=b'the first one\n')
        self.show_script(script)
        report.gap()
        one, two = run.lines()
        reserved = one['reserved_bytes']
        report.figure('reserved', f'{size(reserved)}: {number(reserved // CELL_BYTES)} cells of '
                                  f'{CELL_BYTES} bytes, one array')
        report.figure('committed', f'{size(one["committed_bytes"])} with one cell, '
                                   f'{size(two["committed_bytes"])} with two; all the rest of '
                                   'steppe-sheet included')
        report.figure('resident', f'{size(two["resident_bytes"])}: the program and its libraries')
        report.check(reserved == CELLS_OF_A_SHEET * CELL_BYTES,
                     'every cell of 1,048,576 rows and 16,384 columns has its place',
                     f'{number(reserved)} bytes are reserved')
        report.check((one['cells'], two['cells']) == (1, 2), 'A1 and XFD1048576 are in use, and '
                     'nothing else', f'in use: {one["cells"]}, then {two["cells"]} cells')

    # ---- 2 -------------------------------------------------------------------------------------

    def open(self):
        report = self.report
        report.chapter(2, 'A real workbook is opened')
        if self.parts:
            report.say(f'Unicode\'s characters and figures about them, as {self.parts.application} '
                       'wrote them (examples/sheet/README.md):')
            report.gap()
        run = self.program('stat', self.workbook, '--json')
        self.stat = stat = run.json()
        sheets = stat['sheets']
        file_bytes = os.path.getsize(self.workbook)
        unpacked = f', {size(self.parts.xml_bytes)} of XML' if self.parts else ''
        tiles = sum(sheet['open_tiles'] for sheet in sheets)
        packed = sum(sheet['packed_tiles'] for sheet in sheets)
        report.figure('file', f'{size(file_bytes)}{unpacked}, read in {time(run.seconds)}')
        report.figure('cells', f'{number(stat["cells"])} on {several(len(sheets), "sheet")}: '
                               f'{several(stat["different_texts"], "different text")}, '
                               f'{several(stat["formulas"], "formula")}')
        report.figure('reserved', size(sum(sheet['reserved_bytes'] for sheet in sheets)))
        ahead = ', some ahead of their use' if tiles else ''
        report.figure('committed', f'{size(stat["committed_bytes"])}: {several(tiles, "page")} for '
                                   f'cells{ahead}; {number(packed)} with few cells are packed')
        if self.parts:
            self.check_parts(tiles + packed)

    def check_parts(self, tiles):
        report, parts, stat = self.report, self.parts, self.stat
        for kind in ('numbers', 'texts'):
            found, expected = sum(sheet[kind] for sheet in stat['sheets']), parts.count(kind)
            report.check(found == expected, f'{number(expected)} {kind}, as many as the XML has',
                         f'steppe-sheet has {number(found)}')
        report.check(stat['formulas'] == parts.formula_count(),
                     f'{number(parts.formula_count())} formulas, likewise',
                     f'steppe-sheet has {number(stat["formulas"])}')
        report.check(tiles >= parts.page_count(), 'pages are there wherever the XML has cells: on '
                     f'{number(parts.page_count())}', f'steppe-sheet has {number(tiles)}')

    # ---- 3 -------------------------------------------------------------------------------------

    def compute(self):
        report = self.report
        report.chapter(3, 'It is computed')
        report.say('All formulas anew; the results are compared with those that are in the file:')
        report.gap()
        run = self.program('calc', self.workbook, '--check', '--json', expected=(DONE, DIFFERENT))
        result = run.json()
        self.volatile_count = result['by_time_or_chance']
        compared = result['formulas'] - result['without_value'] - result['by_time_or_chance']
        report.figure('formulas', f'{number(result["formulas"])}: opened and computed in '
                                  f'{time(run.seconds)}; {several(result["errors"], "error")} '
                                  'among the results')
        for member, text in (('without_value', 'had no value in the file'),
                             ('by_time_or_chance', 'depend on the time or on chance'),
                             ('kept', 'have functions that are not known, and keep their values')):
            if result[member]:
                report.figure('', f'{number(result[member])} {text}')
        if not compared:
            return
        writer = f'{self.parts.application} stored' if self.parts else 'the file has'
        report.check(result['changed'] == 0 and run.status == DONE,
                     f'what {writer} is what is computed: {several(compared, "result")}',
                     f'{number(result["changed"])} are not, the first of them:',
                     *map(self.show_difference, result['cells'][:SHOWN_MAX]))
        if self.parts:
            report.check(compared == self.parts.formula_count(),
                         'these are all formulas that the XML has', f'it has '
                         f'{number(self.parts.formula_count())}')

    @staticmethod
    def show_difference(cell):
        return printable(f'{cell["sheet"]} {cell["cell"]}: {cell["before"].get("value")!r} in the '
                         f'file, computed {cell["after"].get("value")!r}')

    # ---- 4 -------------------------------------------------------------------------------------

    def show_script(self, path):
        with open(path, encoding='utf-8') as file:
            for line in file.read().splitlines():
                if 'SPDX' not in line:
                    self.report.line(printable(line), 'grey' if line.startswith('#') else None)

    def edit(self):
        report = self.report
        report.chapter(4, 'One cell is edited, half of it is emptied, and collected')
        script = os.path.join(HERE, 'half.steppe')
        if not self.parts:
            script = self.path('half.steppe')
            write_plan(script, self.stat)
        self.plan = Plan(script)
        run = self.program('run', self.workbook, script, '--json', '-o', 'half.xlsx')
        self.show_script(script)
        report.gap()
        measures = [item for item in run.lines() if item['format'] == 'steppe-sheet-measure']
        self.show_measures(measures)
        report.gap()
        self.check_measures(*measures)
        report.figure('in all', f'{time(run.seconds)}, opening and saving included')
        if run.message:
            report.line(self.message(run))

    def show_measures(self, measures):
        computed = 0
        rows = []
        for item in measures:
            rows.append((item['words'], number(item['cells']),
                         number(item['open_tiles'] + item['packed_tiles']),
                         size(item['committed_bytes']), size(item['undo_bytes']),
                         size(item['resident_bytes']), number(item['computed'] - computed)))
            computed = item['computed']
        self.report.table(('', 'cells', 'pages', 'committed', 'for undo', 'resident',
                           'formulas computed'), rows)

    def check_measures(self, opened, edited, emptied, collected):
        report = self.report
        gone = edited['cells'] - emptied['cells']
        if self.parts:
            where = (self.plan.sheet, self.plan.area)
            expected, pages = self.parts.count_in(*where), self.parts.page_count(where)
            found = collected['open_tiles'] + collected['packed_tiles']
            report.check(gone == expected, f'{number(expected)} cells are gone: all that the XML '
                         'has there', f'it is {number(gone)}')
            report.check(found == pages, f'{number(pages)} pages are left: where the XML has other '
                         'cells, and nowhere else', f'it is {number(found)}')
        report.check(collected['cells'] == emptied['cells'],
                     'collecting took no cell that is in use')
        report.check(collected['committed_bytes'] <= emptied['committed_bytes'],
                     f'{size(emptied["committed_bytes"] - collected["committed_bytes"])} were '
                     'given back by collecting')
        if self.parts:
            report.check(collected['committed_bytes'] < opened['committed_bytes'] and
                         collected['resident_bytes'] < opened['resident_bytes'],
                         'less is committed and resident than when it was opened',
                         f'opened: {size(opened["committed_bytes"])} committed, '
                         f'{size(opened["resident_bytes"])} resident')
            report.check(0 < edited['computed'] - opened['computed'] < opened['formulas'],
                         f'{number(edited["computed"] - opened["computed"])} of '
                         f'{number(opened["formulas"])} formulas depend on the digit, and were '
                         'computed')

    # ---- 5 -------------------------------------------------------------------------------------

    def reopen(self):
        report = self.report
        report.chapter(5, 'It is saved, opened again, and compared')
        report.figure('saved', f'half.xlsx, {size(os.path.getsize(self.path("half.xlsx")))}')
        self.compare_with_memory()
        self.compare_computed()
        report.gap()
        self.compare_with_original()
        report.gap()
        self.compare_copy()
        report.gap()
        self.find_change()

    def compare_with_memory(self):
        """The workbook as it was in memory, and as it is read: as JSON, line by line."""
        self.program('run', self.workbook, self.plan.path, '-o', 'memory.json', '-q')
        self.program('convert', 'half.xlsx', 'reopened.json')
        lines = different = 0
        first = ()
        with open(self.path('memory.json'), encoding='utf-8') as memory, \
                open(self.path('reopened.json'), encoding='utf-8') as reopened:
            while True:
                before, after = memory.readline(), reopened.readline()
                if not before and not after:
                    break
                lines += 1
                if not is_alike(before, after):
                    different += 1
                    first = first or excerpts(before.strip(), after.strip())
        self.report.check(different <= self.volatile_count,
                          f'what is opened is what was in memory: {number(lines)} lines of JSON',
                          f'{number(different)} of them differ, the first:',
                          *map(printable, first))

    def compare_computed(self):
        """Only what depended on the changes was computed: was that enough?"""
        run = self.program('calc', 'half.xlsx', '--check', '--json', expected=(DONE, DIFFERENT))
        result = run.json()
        self.report.check(result['changed'] == 0 and run.status == DONE,
                          'all formulas computed anew give what the changes left: '
                          f'{number(result["formulas"])}',
                          f'{number(result["changed"])} do not, the first of them:',
                          *map(self.show_difference, result['cells'][:SHOWN_MAX]))

    def differences(self, before, after):
        """Of a diff that was written to a file, one by one."""
        run, path = self.program.listed('differences.json', 'diff', before, after, '--json',
                                        expected=(DONE, DIFFERENT))
        found = []
        with open(path, encoding='utf-8') as file:
            for line in file:
                if line.startswith('{"sheet"'):
                    found.append(parse(line.rstrip().rstrip(',')))
        return run, found

    def compare_with_original(self):
        """What differs from the workbook that was opened: the half that went, what was typed, and
        formulas."""
        _, found = self.differences(self.workbook, 'half.xlsx')
        typed = gone = formulas = 0
        others = []
        for item in found:
            place = Area(item['cell']) if 'cell' in item else None
            is_here = place and item['sheet'] == self.plan.sheet
            if is_here and item['cell'] == self.plan.typed:
                typed += 1
            elif is_here and self.plan.area.has(place.first_column, place.first_row):
                gone += 1
            elif place and 'formula' in (item['before'] or {}):
                formulas += 1
            else:
                others.append(printable(f'{item["sheet"]} {item.get("cell", "")}'))
        self.report.figure('different', f'{number(len(found))}: {several(gone, "cell")} that went, '
                                        f'{number(typed)} that was typed, '
                                        f'{several(formulas, "formula")} with another result')
        self.report.check(not others, 'nothing else differs from the workbook that was opened',
                          *others[:SHOWN_MAX])
        if self.parts:
            expected = self.parts.count_in(self.plan.sheet, self.plan.area)
            self.report.check((gone, typed) == (expected, 1),
                              f'of {number(expected)} cells that went, each is told')

    def compare_copy(self):
        self.program('convert', 'half.xlsx', 'copy.xlsx')
        run, found = self.differences('half.xlsx', 'copy.xlsx')
        self.report.check(len(found) <= self.volatile_count and
                          (run.status == DIFFERENT) == bool(found),
                          'saved once more, it is equal: no cell differs',
                          f'{number(len(found))} do')

    def find_change(self):
        cell, text = self.plan.typed, 'changed by the demo'
        if self.parts:
            cell, text = 'C51', 'A NAME CHANGED BY THE DEMO'  # which no formula shows
        self.program('set', 'half.xlsx', f'{self.plan.word}!{cell}={text}', '-o', 'changed.xlsx')
        run, found = self.differences('half.xlsx', 'changed.xlsx')
        ours = [item for item in found
                if item['sheet'] == self.plan.sheet and item.get('cell') == cell]
        others = [item for item in found if item not in ours]
        is_found = len(ours) == 1 and ours[0]['after'].get('value') == text
        told = f'; and {several(len(others), "formula")} that depend on it' if others else ''
        self.report.check(is_found and run.status == DIFFERENT and
                          all('formula' in (item['before'] or {}) for item in others) and
                          (not self.parts or not others),
                          f'one cell is changed, and it is found: {self.plan.sheet} {cell}{told}',
                          f'found: {number(len(found))}',
                          *(printable(f'{item["sheet"]} {item.get("cell", "")}')
                            for item in found[:SHOWN_MAX]))

    # ---- 6 -------------------------------------------------------------------------------------

    def refuse(self):
        report = self.report
        report.chapter(6, 'A budget refuses, and nothing is harmed')
        copy = self.path('budget' + os.path.splitext(self.workbook)[1])
        shutil.copyfile(self.workbook, copy)
        before = fingerprint(copy)
        committed = self.stat['committed_bytes']
        limit = committed // 2 // MEBIBYTE
        if limit:
            report.say('Half of the memory that the workbook needs: it is not opened.')
            run = self.program('stat', copy, '--memory', f'{limit}M', expected=(DONE, REFUSED))
            report.line(self.message(run))
            report.check(run.status == REFUSED, f'refused, exit status {REFUSED}',
                         f'it was opened under a limit of {limit} MiB')
        self.refuse_edit(copy, committed)
        report.check(fingerprint(copy) == before, 'the file is what it was, byte for byte')
        strangers = [name for name in os.listdir(self.folder)
                     if name.startswith('.') or name == 'refused.xlsx']
        report.check(not strangers, 'nothing is left beside it', *strangers)

    def refuse_edit(self, copy, committed):
        """A column of a million numbers takes 16 MiB, and what is kept to undo it twice that."""
        limit = (committed + 8 * MEBIBYTE) // MEBIBYTE
        names = {sheet['name'].casefold() for sheet in self.stat['sheets']}
        name = next(name for name in (f'Million{i}' for i in range(len(names) + 1))
                    if name.casefold() not in names)
        script = f'add-sheet {name}\ntype {name}!A1 1\nfill {name}!A1:A1 {name}!A1:A1048576\n'
        where = ('--in-place',)
        if os.path.splitext(copy)[1] not in ('.xlsx', '.csv', '.tsv'):
            where = ('-o', 'refused.xlsx')
        self.report.say('A little more than it needs: it is opened, and a column of a million '
                        'numbers is not filled.')
        run = self.program('run', copy, '-', *where, '--memory', f'{limit}M',
                           given=script.encode(), expected=(DONE, REFUSED))
        for line in script.splitlines():
            self.report.line(line)
        self.report.line(self.message(run))
        self.report.check(run.status == REFUSED and 'line 3' in run.message,
                          f'refused at the third line, exit status {REFUSED}',
                          f'exit status {run.status}')

    def tell(self):
        self.report.title('A spreadsheet whose whole grid is one array',
                          'steppe-sheet, built on Steppe alone: '
                          + printable(os.path.basename(self.workbook)))
        self.reserve()
        self.open()
        self.compute()
        self.edit()
        self.reopen()
        self.refuse()


def excerpts(before, after):
    """Where two lines begin to differ."""
    begin = max(len(os.path.commonprefix((before, after))) - EXCERPT_BEFORE, 0)
    end = begin + EXCERPT_CHARACTERS
    return f'was: {before[begin:end]}', f'is:  {after[begin:end]}'


def several(count, what):
    return f'{number(count)} {what}' + ('s' if count != 1 else '')


def fingerprint(path):
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while piece := file.read(MEBIBYTE):
            digest.update(piece)
    return digest.digest()


def complain(text):
    print(f'story: {text}', file=sys.stderr)


def run_story(program_path, workbook):
    report = Report()
    with tempfile.TemporaryDirectory(prefix='steppe-story-') as folder:
        story = Story(Program(program_path, folder, report), report, workbook)
        try:
            story.tell()
        except Trouble as trouble:
            print(flush=True)
            complain(trouble)
            return EXIT_TROUBLE
    return 0 if report.conclude() else EXIT_CONTRADICTION


def read_arguments(arguments):
    """The program and the workbook, or a sentence and None."""
    if not 1 <= len(arguments) <= 2:
        return 'usage: story.py STEPPE_SHEET [WORKBOOK]', None
    program = os.path.abspath(arguments[0])
    workbook = os.path.abspath(arguments[1]) if len(arguments) > 1 else WORKBOOK
    if not os.access(program, os.X_OK):
        return printable(f'{arguments[0]}: there is no such program'), None
    if not os.path.isfile(workbook):
        return printable(f'{arguments[-1]}: there is no such workbook'), None
    return program, workbook


def stop(number_of_signal, _):
    sys.exit(128 + number_of_signal)


def main():
    program, workbook = read_arguments(sys.argv[1:])
    if not workbook:
        complain(program)
        return EXIT_USAGE
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, stop)
    try:
        return run_story(program, workbook)
    except OSError as error:
        # What is still to be written would fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # then whoever read it has seen enough
            complain(printable(str(error)))
        return EXIT_TROUBLE


if __name__ == '__main__':
    sys.exit(main())
