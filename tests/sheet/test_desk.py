#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""steppe-sheet on a terminal, in tmux: typing, choosing, pointing, files, mouse, resizing.

usage: test_desk.py STEPPE_SHEET
"""
import os
import re
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'programs'))
from driver import Screen, Tap, has_tmux, run  # noqa: E402

tap = Tap()

TABLE = """name,amount,kind
apple,12.5,fruit
pear,7,fruit
leek,3,root
plum,20,fruit
"""


class Desk(Screen):
    """The program, with words for what is done most."""

    def wait_for(self, name, *patterns, **options):
        return tap.check(name, self.has(*patterns, **options), self.text())

    def enter(self, text):
        """Type into the cell; the first row then shows the next one's."""
        self.type(text)
        self.keys('Enter')

    def go(self, place):
        self.keys('F5')
        self.has('go to')
        self.type(place)
        self.keys('Enter')
        self.has(r'READY')

    def do(self, words):
        """A command from the palette."""
        self.keys('F10')
        self.has('What is to be done')
        self.type(words)
        self.keys('Enter')

    def drag(self, column, row, to_column, to_row):
        self.type(f'\033[<0;{column + 1};{row + 1}M')
        self.type(f'\033[<32;{to_column + 1};{to_row + 1}M')
        self.type(f'\033[<0;{to_column + 1};{to_row + 1}m')

    def find(self, words):
        for row, line in enumerate(self.text().split('\n')):
            if words in line:
                return line.index(words), row
        return None


def cell_row(name, *words):
    """A row of the sheet that begins with a number and has words, whatever is between them."""
    return rf'(?m)^ *{name} .*' + '.*'.join(re.escape(word) for word in words)


def typing(program, folder):
    with Desk(program, os.path.join(folder, 'new.xlsx')) as desk:
        desk.wait_for('a new workbook', 'READY', 'new.xlsx', 'Sheet1', '(?m)^ A1 ')
        for text in ('1', '2', '=A1+A2', 'words'):
            desk.enter(text)
        desk.wait_for('what is typed stands there', cell_row(1, '1'), cell_row(3, '3'),
                      cell_row(4, 'words'), '(?m)^ A5 ')
        desk.go('A1')
        desk.enter('40')
        desk.wait_for('a formula follows', cell_row(3, '42'))
        desk.keys('C-z')
        desk.wait_for('undo', cell_row(3, '3'), '(?m)^ A1 ')
        desk.keys('C-y')
        desk.wait_for('redo', cell_row(3, '42'))
        desk.go('A3')
        desk.wait_for('the formula is shown', r'A3 .*=A1\+A2')
        desk.keys('F2')
        desk.has('EDIT')
        desk.type('*10')
        desk.keys('Escape')
        desk.wait_for('Escape leaves it as it was', r'A3 .*=A1\+A2$|A3 .*=A1\+A2\n', 'READY')
        desk.keys('F2')
        desk.has('EDIT')
        desk.type('+')
        desk.keys('Enter')
        desk.wait_for('a formula that is wrong is not taken', 'EDIT .*character')
        desk.keys('Escape')
        desk.has('READY')
        desk.keys('Delete')
        desk.wait_for('Delete clears', 'READY', without=[cell_row(3, '42')])
        desk.enter('=su')
        desk.wait_for('an unknown name is an error', cell_row(3, '#NAME?'))
        desk.go('C1')
        desk.type('=sumsq')
        desk.wait_for('functions are offered', r'SUMSQ\(number')
        desk.keys('Tab')
        desk.wait_for('Tab takes it', r'=SUMSQ\(')
        desk.keys('Left', 'Left')
        desk.wait_for('arrows point', r'=SUMSQ\(A1', 'POINT')
        desk.keys('S-Down')
        desk.wait_for('Shift and arrows point to an area', r'=SUMSQ\(A1:A2')
        desk.keys('F4')
        desk.wait_for('F4 fixes it', r'=SUMSQ\(\$A\$1:\$A\$2')
        desk.keys('F4', 'F4', 'F4')
        desk.wait_for('... and goes round', r'=SUMSQ\(A1:A2')
        desk.type(')')
        desk.keys('Enter')
        desk.wait_for('it is computed', cell_row(1, '1604'))
        desk.keys('C-s')
        desk.wait_for('saved', 'saved to .*new.xlsx')
        desk.keys('C-q')
        tap.check('nothing is asked at the end', desk.is_given_back(0), desk.text())
    result = run(program, 'get', os.path.join(folder, 'new.xlsx'), 'A1:C2', '--formulas')
    tap.check('the file has it', '=SUMSQ(A1:A2)' in result.stdout, result.stdout, result.stderr)


def moving(program, folder):
    path = os.path.join(folder, 'table.csv')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(TABLE)
    with Desk(program, path) as desk:
        desk.wait_for('a table is open', cell_row(2, 'apple', '12.5'))
        desk.go('XFD1048576')
        desk.wait_for('the last cell', 'XFD1048576', '(?m)^ *1048576$')
        desk.keys('C-Up')
        desk.wait_for('Ctrl+arrow to the edge', '(?m)^ XFD1 ')
        desk.keys('C-Left')
        desk.wait_for('... of data', '(?m)^ C1 ')
        desk.keys('M-j')
        desk.wait_for('Alt+J does as well', '(?m)^ C5 ')
        desk.keys('C-Home')
        desk.wait_for('home', '(?m)^ A[12] ')
        desk.keys('C-End')
        desk.wait_for('end', '(?m)^ C5 ')
        desk.go('B2:B5')
        desk.wait_for('sums of what is chosen', 'sum 42.5', 'average 10.625', 'count 4')
        desk.keys('M-s')
        desk.wait_for('sorted', cell_row(2, 'apple', '3'), 'is sorted by B')
        desk.keys('C-z')
        desk.has(cell_row(2, 'apple', '12.5'))
        desk.go('B2')
        desk.keys('M-s')
        desk.wait_for('the whole table, without its titles', cell_row(1, 'name', 'amount'),
                      cell_row(2, 'leek', '3'), cell_row(5, 'plum', '20'))
        desk.go('C2')
        desk.keys('M-f')
        desk.wait_for('values with how often', 'fruit +3', 'root +1')
        desk.type('root')
        desk.keys('Enter')
        desk.wait_for('filtered', cell_row(2, 'leek'), '1 rows? (is|are) shown',
                      without=['apple', 'plum'])
        desk.keys('M-f')
        desk.has('show all rows')
        desk.type('whatever')
        desk.keys('Enter')
        desk.wait_for('all rows again', 'apple', 'plum')
        desk.keys('C-f')
        desk.has('find:')
        desk.type('EAR')
        desk.keys('Enter')
        desk.wait_for('found, whatever the case', '(?m)^ A3 .*pear')
        desk.keys('C-q')
        desk.wait_for('what was changed is asked about', 'not saved')
        desk.type('give')
        desk.keys('Enter')
        tap.check('given up', desk.is_given_back(0), desk.text())
    with open(path, encoding='utf-8') as file:
        tap.check('the file is as it was', file.read() == TABLE)


def cells(program, folder):
    with Desk(program, os.path.join(folder, 'cells.xlsx')) as desk:
        desk.has('READY')
        desk.enter('10')
        desk.enter('20')
        desk.go('A1:A6')
        desk.keys('C-e')
        desk.wait_for('a series goes on', cell_row(6, '60'))
        desk.go('A1:A2')
        desk.keys('C-c')
        desk.wait_for('Ctrl+C copies, and does not kill', 'A1:A2 is copied')
        desk.go('C1')
        desk.keys('C-v')
        desk.wait_for('pasted', cell_row(2, '20', '20'))
        desk.go('B1')
        desk.enter('=A1*2')
        desk.go('B1:B6')
        desk.keys('C-d')
        desk.wait_for('filled down', cell_row(6, '60', '120'))
        desk.go('A3')
        desk.keys('IC')
        desk.wait_for('lines are asked about', 'Insert rows above')
        desk.keys('Enter')
        desk.wait_for('a row came in', cell_row(7, '60', '120'))
        desk.go('B7')
        desk.wait_for('references followed', r'=A7\*2')
        desk.go('B1')
        desk.keys('F6')
        desk.has('Number format')
        desk.type('percent two')
        desk.keys('Enter')
        desk.wait_for('a number format', cell_row(1, '10', '2000.00%'))
        desk.keys('M-,')
        desk.wait_for('a decimal fewer', cell_row(1, '10', '2000.0%'))
        desk.keys('C-b')
        time.sleep(0.3)
        tap.check('bold', re.search('\033\\[[0-9;]*1[;m]', desk.escapes()), desk.escapes())
        desk.go('A1')
        desk.keys('C-w')
        desk.has('width in')
        desk.keys('C-u')
        desk.type('2')
        desk.keys('Enter')
        desk.go('A7')
        desk.enter('12345')
        desk.wait_for('too narrow', cell_row(7, '##'))
        desk.do('as wide as')
        desk.wait_for('as wide as its contents', cell_row(7, '12345'))
        desk.go('D9')
        desk.enter('text that is longer than its cell')
        desk.wait_for('it runs on', 'text that is longer than its cell')
        desk.go('E9')
        desk.enter('x')
        desk.wait_for('... while the next one is empty', cell_row(9, 'text that…', 'x'),
                      without=['longer'])
        desk.go('B3')
        desk.keys('M-z')
        desk.wait_for('frozen', 'are frozen')
        desk.go('Z500')
        desk.wait_for('... stay', cell_row(1, '10'), '(?m)^ *500$')
        desk.go('A4')
        desk.do('replace')
        desk.has('replace:')
        desk.type('12345')
        desk.keys('Enter')
        desk.has('by:')
        desk.type('54321')
        desk.keys('Enter')
        desk.has('In texts')
        desk.keys('Enter')
        desk.wait_for('replaced', cell_row(7, '54321'), '1 cell changed')


def sheets(program, folder):
    with Desk(program, os.path.join(folder, 'sheets.xlsx')) as desk:
        desk.has('READY')
        desk.enter('5')
        desk.do('add a sheet')
        desk.wait_for('a name is proposed', 'name of the new sheet: Sheet2')
        desk.keys('C-u')
        desk.type('My data')
        desk.keys('Enter')
        desk.wait_for('a sheet more', 'Sheet1  My data')
        desk.type('=')
        desk.has('ENTER')
        desk.click('Sheet1')
        desk.has(cell_row(1, '5'))
        desk.click('5')
        desk.wait_for('pointing to another sheet', '=Sheet1!A1')
        desk.keys('Enter')
        desk.wait_for('... and back', cell_row(1, '5'), '(?m)^ A2 ')
        desk.keys('M-1')
        desk.wait_for('Alt and a number', 'READY', '(?m)^ A2 ')
        desk.go("'My data'!B7")
        desk.wait_for('go to another sheet', '(?m)^ B7 ')
        desk.do('define a name')
        desk.has('name for what')
        desk.type('Here')
        desk.keys('Enter')
        desk.wait_for('a name', 'Here is B7')
        desk.keys('M-1')
        desk.go('here')
        desk.wait_for('go to a name', '(?m)^ B7 ')
        desk.do('remove this sheet')
        desk.has('Remove the sheet')
        desk.keys('Down', 'Enter')
        desk.wait_for('a sheet less', without=['My data'])
        desk.keys('C-z')
        desk.wait_for('... and again', 'My data')


def files(program, folder):
    first, second = os.path.join(folder, 'a.xlsx'), os.path.join(folder, 'b.xlsx')
    with Desk(program) as desk:
        desk.has('READY', 'no name')
        desk.enter('1')
        desk.keys('C-s')
        desk.wait_for('a name is asked for', 'save as')
        desk.keys('C-u')
        desk.type(first)
        desk.keys('Enter')
        desk.wait_for('saved', 'saved to')
        with open(second, 'w', encoding='utf-8') as file:
            file.write('mine')
        desk.keys('F12')
        desk.has('save as')
        desk.keys('C-u')
        desk.type(second)
        desk.keys('Enter')
        desk.wait_for('another file is not replaced unasked', 'is another file')
        desk.keys('Enter')
        desk.has('READY', without=['is another file'])
        with open(second, encoding='utf-8') as file:
            tap.check('... nor when that is refused', file.read() == 'mine')
        desk.keys('F12')
        desk.has('save as')
        desk.keys('C-u')
        desk.type(os.path.join(folder, 'c.ods'))
        desk.keys('Enter')
        desk.wait_for('a format that cannot be written', 'names end in')
        desk.enter('2')
        desk.keys('C-q')
        desk.has('not saved')
        desk.keys('Enter')
        tap.check('saved at the end', desk.is_given_back(0), desk.text())
    result = run(program, 'get', first, 'A1:A3')
    tap.check('the file has it', result.stdout.split() == ['1', '2'], result.stdout,
              result.stderr)
    broken = os.path.join(folder, 'broken.xlsx')
    with open(broken, 'wb') as file:
        file.write(b'PK\3\4 nothing more')
    with Desk(program, broken) as desk:
        tap.check('a broken file: a sentence', desk.has('steppe-sheet: .*', 'ended with 3'),
                  desk.text())
    result = run(program, first)
    tap.check('without a terminal: a sentence', result.returncode == 1 and 'terminal' in
              result.stderr, result.returncode, result.stderr)


def killed(program, folder):
    path = os.path.join(folder, 'killed.xlsx')
    with Desk(program, path) as desk:
        desk.has('READY')
        desk.enter('7')
        desk.keys('C-s')
        desk.has('saved to')
        desk.enter('8')
        desk.enter('=A1+A2')
        desk.has(cell_row(3, '15'))
        time.sleep(1.5)
        os.kill(desk.pid(), signal.SIGKILL)
        desk.has('ended with 137')
    with Desk(program, path) as desk:
        desk.wait_for('what was not saved is offered', 'were not saved', 'Do them again')
        desk.keys('Enter')
        desk.wait_for('... and done again', cell_row(3, '15'), 'are done again')
        desk.keys('C-z')
        desk.wait_for('it can be undone', 'READY', without=[cell_row(3, '15')])


def looks(program, folder):
    path = os.path.join(folder, 'table.csv')
    with Desk(program, path) as desk:
        desk.has('READY')
        desk.keys('F1')
        desk.wait_for('help', 'keys and commands', 'arrows, PgUp')
        desk.keys('End')
        desk.wait_for('... scrolls', 'A command in words')
        desk.keys('Escape')
        desk.has('READY')
        desk.keys('F8')
        desk.wait_for('the map of pages', 'of addresses for 17,179,869,184 cells',
                      'the whole sheet', 'A1:A256: ')
        desk.type('c')
        desk.wait_for('... collects', 'given back')
        desk.keys('Escape')
        desk.has('READY', without=['whole sheet'])
        column, row = desk.find('pear')
        desk.mouse(column, row)
        desk.wait_for('a click chooses', '(?m)^ A3 .*pear')
        time.sleep(0.6)  # or this were the second of two
        desk.mouse(column, row)
        desk.mouse(column, row)
        desk.wait_for('two edit', 'EDIT')
        desk.keys('Escape')
        column, row = desk.find(' B ')
        desk.mouse(column + 1, row)
        desk.wait_for('a letter chooses its column', '(?m)^ B:B ', 'sum 42.5')
        desk.mouse(column, row + 3, button=65)
        desk.mouse(column, row + 3, button=65)
        desk.wait_for('the wheel scrolls', without=['leek'])
        desk.resize(20, 5)
        desk.wait_for('too small', 'too small')
        desk.resize(100, 30)
        desk.wait_for('large again', 'READY', 'F1 Help')
        desk.keys('C-q')
        tap.check('the end', desk.is_given_back(0), desk.text())
    with Desk(program, path, LC_ALL='C', NO_COLOR='1') as desk:
        desk.wait_for('ASCII without colours', cell_row(2, 'apple', '12.5'), r'(?m)^ A1 +\|')


def habits(program, folder):
    path = os.path.join(folder, 'semicolons.csv')
    with open(path, 'w', encoding='utf-8') as file:
        file.write('Name;Preis;Bemerkung\nApfel;1,50;"rot; von hier, und noch etwas mehr"\n')
    with Desk(program, path) as desk:
        desk.wait_for('columns as wide as they want to be', 'rot; von hier, und noch etwas')
        desk.enter('Obst')
        column, row = desk.find('Apfel  1,50')
        desk.drag(column, row, column + 8, row)
        desk.wait_for('the mouse drags over cells', '(?m)^ A2:B2 ')
        desk.type('\033[27;5;59~')
        desk.wait_for('a key that xterm tells apart', r'(?m)^ A2 +.\d{4}-\d\d-\d\d')
        desk.keys('Escape')
        desk.has('READY')
        desk.go('A3')
        desk.type('\033[200~a\tb\r1\t2\r\033[201~')
        desk.wait_for('a table is pasted', cell_row(3, 'a', 'b'), cell_row(4, '1', '2'),
                      '4 cells are pasted')
        desk.keys('C-s')
        desk.wait_for('nothing is asked about widths', 'saved to')
        desk.keys('C-q')
        tap.check('the end', desk.is_given_back(0), desk.text())
    with open(path, encoding='utf-8') as file:
        text = file.read()
    tap.check('separators are kept', text == 'Obst;Preis;Bemerkung\nApfel;1,50;'
              '"rot; von hier, und noch etwas mehr"\na;b;\n1;2;\n', text)
    with Desk(program, path, NO_COLOR='1') as desk:
        desk.wait_for('open again', 'Apfel')
        desk.go('A3:B4')
        time.sleep(0.3)
        tap.check('what is chosen is seen without colours', re.search(
            '4 \033\\[[0-9;]*7m(\033\\[[0-9;]*m)* *1 ', desk.escapes()), desk.escapes())


def ahead(program, folder):
    """Keys that come while a file is read are not lost."""
    path = os.path.join(folder, 'long.csv')
    with open(path, 'w', encoding='utf-8') as file:
        file.writelines(f'{i},{i * 7},word {i % 999},{i / 4}\n' for i in range(400000))
    with Desk(program, path) as desk:
        desk.keys('Down', 'Down', 'Right')
        desk.wait_for('typed ahead', '(?m)^ B3 ', '1,600,000 cells')


def main():
    program = os.path.abspath(sys.argv[1])
    if not has_tmux():
        tap.skip('the screen', 'there is no tmux')
        return tap.end()
    with tempfile.TemporaryDirectory() as folder:
        for part in (typing, moving, cells, sheets, files, killed, looks, habits, ahead):
            part(program, folder)
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
