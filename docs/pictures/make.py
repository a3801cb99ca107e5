#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""make.py PROGRAM [PICTURE...] - makes the pictures beside this file; needs tmux and Chromium.

PROGRAM is the built steppe-map or steppe-sheet. Terminals are pictures of what tmux has on its
screen, with its colours; reports are what the program writes. Without names all pictures of the
program are made:

    lab         steppe-map: the lab in a terminal, after use 7, 46, 10-13; clear 46
    process     a process in a terminal
    report      the report of the same process
    sheet       steppe-sheet: a workbook with formulas, its titles frozen, some cells chosen
    sheet-map   the pages of a sheet, some of them gone empty
"""
import html
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent.parent / 'tests' / 'programs'))
sys.dont_write_bytecode = True  # beside the tests
from driver import Screen

TIMEOUT_SECONDS = 30
COLUMNS, ROWS, TALL_ROWS = 100, 26, 34
BROWSERS = ('chromium', 'chromium-browser', 'google-chrome')

# Keys as tmux names them, each with words that are on the screen when it has done its work.
LAB_KEYS = (
    ('r', 'nothing is committed'),
    *((key, '') for key in ('Tab', 'C-u', '7,46,10-13')), ('Enter', 'put to use'),
    *((key, '') for key in ('C-u', '46', 'Tab')), ('c', '1 structure cleared'),
)
# A lab large enough to be worth a report.
SAMPLE_KEYS = (
    ('r', 'nothing is committed'),
    *((key, '') for key in ('Tab', 'C-u', '0-3000,9000-9999,40000-40100,70000')),
    ('Enter', 'put to use'),
    *((key, '') for key in ('C-u', '500-900,1500-2100', 'Tab')), ('c', 'cleared'),
)

# Pages of the region, two steps nearer.
PROCESS_KEYS = (
    ('Tab', ''), ('+', ''), ('+', ''), ('Right', ''), ('Right', ''), ('Tab', ''),
)

# Some cells of a column chosen, the first of them a formula.
SHEET_KEYS = (('F5', 'go to'), *((key, '') for key in ('F13:F20',)), ('Enter', 'average'))
SHEET_ROWS = 60
SHEET_SCRIPT = """
type F1 amount
type F2 =ROUND(D2*E2,2)
copy F2 F3:F61
type H1 product
type I1 sold
type J1 share
type H2 tea
type H3 coffee
type H4 honey
type H5 rice
type H6 all
type I2 =SUMIF(C:C,H2,F:F)
copy I2 I3:I5
type I6 =SUM(I2:I5)
type J2 =I2/I$6
copy J2 J3:J6
type H8 best month
type I8 =INDEX(A2:A61,MATCH(MAX(F2:F61),F2:F61,0))
format I8 "mmmm yyyy"
format A2:A61 "d mmm yyyy"
format E2:F61 "#,##0.00;[Red]-#,##0.00"
format I2:I6 #,##0.00
format J2:J6 0.0%
style A1:F1 +bold ink=FFFFFF paper=1F4E79
style H1:J1 +bold ink=FFFFFF paper=1F4E79
style H6:J6 +bold paper=DDEBF7
style I8 align=left +italic
style D1:F1 align=right
style I1:J1 align=right
width A:A 11
width B:B 13
width C:C 7
width D:E 7
width F:F 9
width G:G 2
width H:H 10
width I:I 10
width J:J 7
add-sheet Stock
add-sheet Prices
"""

# Cells of a column cleared: their pages are there until they are collected.
SHEET_MAP_KEYS = (('F5', 'go to'), *((key, '') for key in ('C4000:C9000',)), ('Enter', 'count'),
                  ('Delete', ''), ('F8', 'gone empty'))

# A terminal's colours; the first sixteen are those that programs/screen means.
PALETTE = ['#14171a', '#d55e00', '#009e73', '#e69f00', '#0072b2', '#cc79a7', '#56b4e9', '#c9d1d9',
           '#6b7683', '#ff8f3d', '#2fc79b', '#f0e442', '#4aa8e0', '#e3a3c6', '#8fd0f5', '#ffffff']
INK, PAPER = '#d6dce2', '#14171a'


def colour_of(index):
    """A colour of the 256."""
    if index < 16:
        return PALETTE[index]
    if index >= 232:
        return '#' + f'{8 + 10 * (index - 232):02x}' * 3
    steps = (0, 95, 135, 175, 215, 255)
    index -= 16
    return '#' + ''.join(f'{steps[index // place % 6]:02x}' for place in (36, 6, 1))


# ---- a terminal as HTML -------------------------------------------------------------------------

class Style:
    """What escape sequences have said so far."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.ink = self.paper = None
        self.flags = set()

    def take(self, codes):
        codes = list(codes or [0])
        while codes:
            code = codes.pop(0)
            if code in (38, 48) and codes:
                self.take_long(code, codes)
            elif code == 0:
                self.reset()
            elif code in (1, 2, 3, 4, 7):
                self.flags.add(code)
            elif code in (22, 23, 24, 27):
                self.flags -= {22: {1, 2}, 23: {3}, 24: {4}, 27: {7}}[code]
            elif 30 <= code <= 39:
                self.ink = None if code == 39 else PALETTE[code - 30]
            elif 40 <= code <= 49:
                self.paper = None if code == 49 else PALETTE[code - 40]
            elif 90 <= code <= 97:
                self.ink = PALETTE[code - 82]
            elif 100 <= code <= 107:
                self.paper = PALETTE[code - 92]

    def take_long(self, code, codes):
        if codes[0] == 5:
            colour = colour_of(codes[1])
            del codes[:2]
        else:
            colour = '#' + ''.join(f'{value:02x}' for value in codes[1:4])
            del codes[:4]
        if code == 38:
            self.ink = colour
        else:
            self.paper = colour

    def css(self):
        ink, paper = self.ink or INK, self.paper or PAPER
        if 7 in self.flags:
            ink, paper = paper, ink
        rules = [f'color:{ink}', f'background:{paper}']
        rules += ['font-weight:bold'] if 1 in self.flags else []
        rules += ['opacity:.62'] if 2 in self.flags else []
        rules += ['font-style:italic'] if 3 in self.flags else []
        rules += ['text-decoration:underline'] if 4 in self.flags else []
        return ';'.join(rules)


def line_as_html(line, style):
    parts = []
    for codes, text in re.findall(r'\x1b\[([\d;]*)m|([^\x1b]+)', line):
        if text:
            parts.append(f'<span style="{style.css()}">{html.escape(text)}</span>')
        else:
            style.take(int(code or 0) for code in codes.split(';'))
    return f'<div>{"".join(parts)}&nbsp;</div>'


def terminal_as_html(screen):
    style = Style()
    lines = ''.join(line_as_html(line, style) for line in screen.split('\n'))
    return f"""<!doctype html><meta charset="utf-8"><style>
        body {{ margin: 0; background: {PAPER}; }}
        pre {{ margin: 0; padding: 14px 18px; width: max-content; }}
        div {{ height: 19px; overflow: hidden; white-space: pre; }}
        div, span {{ font: 15px/19px "DejaVu Sans Mono", monospace; }}
        span {{ display: inline-block; height: 19px; }}
        </style><body><pre id="end">{lines}</pre>"""


class Terminal(Screen):
    """A program in a terminal, as the tests have it."""

    def __init__(self, *command, rows=ROWS, **variables):
        # The shell says which process it becomes.
        file, self._pid_path = tempfile.mkstemp(prefix='pictures-')
        os.close(file)
        super().__init__('sh', '-c', 'echo $$ >"$0"; exec "$@"', self._pid_path, *command,
                         columns=COLUMNS, rows=rows, **variables)

    def end(self):
        super().end()
        os.unlink(self._pid_path)

    def process(self):
        return int(Path(self._pid_path).read_text(encoding='ascii'))

    def escapes(self):
        """With the spaces at the ends of lines, which have colours too."""
        return self.tmux('capture-pane', '-p', '-e', '-N').stdout.rstrip('\n')

    def expect(self, words):
        if not self.has(re.escape(words), seconds=TIMEOUT_SECONDS):
            sys.exit(f'make.py: waited for “{words}”, but the screen says:\n{self.text()}')

    def enter(self, keys):
        for key, words in keys:
            self.keys(key)
            self.expect(words)

    def settled(self):
        """The screen once nothing changes any more."""
        before, end = None, time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < end:
            now = self.escapes()
            if now == before:
                return now
            before = now
            time.sleep(0.3)
        sys.exit(f'make.py: the screen does not come to rest:\n{self.text()}')


# ---- pictures -----------------------------------------------------------------------------------

def chunk(name, content):
    return (struct.pack('>I', len(content)) + name + content
            + struct.pack('>I', zlib.crc32(name + content)))


def unfiltered(content, row_bytes, pixel_bytes):
    """The rows of a PNG without the filters before them."""
    rows, before = [], bytearray(row_bytes)
    for at in range(0, len(content), row_bytes + 1):
        kind, row = content[at], bytearray(content[at + 1:at + 1 + row_bytes])
        for i in range(row_bytes if kind else 0):
            left = row[i - pixel_bytes] if i >= pixel_bytes else 0
            corner = before[i - pixel_bytes] if i >= pixel_bytes else 0
            row[i] = (row[i] + predicted(kind, left, before[i], corner)) & 255
        rows.append(row)
        before = row
    return rows


def predicted(kind, left, above, corner):
    if kind < 4:
        return (0, left, above, (left + above) // 2)[kind]
    distances = [abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)]
    return (left, above, corner)[distances.index(min(distances))]


def crop(path, width, height):
    """Keep the upper left part of a PNG, written small: no library is needed for that."""
    content = path.read_bytes()
    parts, at = {}, 8
    while at < len(content):
        size = struct.unpack('>I', content[at:at + 4])[0]
        name = content[at + 4:at + 8]
        parts[name] = parts.get(name, b'') + content[at + 8:at + 8 + size]
        at += size + 12
    was_wide, _, depth, kind = struct.unpack('>IIBB', parts[b'IHDR'][:10])
    pixel_bytes = {2: 3, 6: 4}[kind]
    if depth != 8:
        sys.exit(f'make.py: {path} has {depth} bits a channel')
    rows = unfiltered(zlib.decompress(parts[b'IDAT']), was_wide * pixel_bytes, pixel_bytes)
    small = []
    for row in rows[:height]:
        row = row[:width * pixel_bytes]
        if pixel_bytes == 4:
            del row[3::4]
        small.append(row)
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack(
        '>IIBBBBB', len(small[0]) // 3, len(small), 8, 2, 0, 0, 0))
        + chunk(b'IDAT', zlib.compress(b''.join(packed(small)), 9)) + chunk(b'IEND', b''))


def packed(rows):
    """Rows that repeat the one above cost nothing."""
    before = None
    for row in rows:
        if row == before:
            yield b'\2' + bytes(len(row))
        else:
            yield b'\0' + bytes(row)
        before = row


def browser():
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or sys.exit(f'make.py: needs one of {", ".join(BROWSERS)}')


def photograph(url, name, width, height, scale=1):
    """The upper left part of a page, width x height pixels of CSS."""
    path = FOLDER / f'{name}.png'
    with tempfile.TemporaryDirectory(prefix='pictures-', ignore_cleanup_errors=True) as profile:
        # The window is larger than what is kept: it has a frame that cannot be seen.
        subprocess.run(
            [browser(), '--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars',
             f'--user-data-dir={profile}', f'--window-size={width},{height + 200}',
             f'--force-device-scale-factor={scale}', f'--screenshot={path}', url],
            check=True, timeout=120, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
    crop(path, width * scale, height * scale)
    print(f'{path.name}: {path.stat().st_size // 1024} KiB')


def photograph_terminal(terminal, name):
    with tempfile.TemporaryDirectory(prefix='pictures-') as folder:
        page = Path(folder) / 'terminal.html'
        page.write_text(terminal_as_html(terminal.settled()), encoding='utf-8')
        photograph(page.as_uri(), name, 36 + round(COLUMNS * 9.03), 28 + terminal.rows * 19)


def lab(program):
    with Terminal(program, 'lab') as terminal:
        terminal.expect('Reserve')
        terminal.enter(LAB_KEYS)
        photograph_terminal(terminal, 'lab')


def sample(program):
    """A process worth seeing: a lab, which says of itself what it reserved."""
    terminal = Terminal(program, 'lab', '--slots', '100000', STEPPE_PUBLISH='1')
    terminal.expect('Reserve')
    terminal.enter(SAMPLE_KEYS)
    return terminal


def address_of(program, watched, name):
    """Where a reservation lies: the bookkeeping of slots has its name as well."""
    made = subprocess.run([program, '--json', str(watched.process())], check=True,
                          timeout=TIMEOUT_SECONDS, stdin=subprocess.DEVNULL, capture_output=True)
    return next(one['start'] for one in json.loads(made.stdout)['regions']
                if one['kind'] == 'steppe' and one['name'] == name)


def process(program):
    with sample(program) as watched, Terminal(program, '--interval', '0.1', str(watched.process()),
                                              rows=TALL_ROWS) as terminal:
        terminal.expect('this region')
        address = address_of(program, watched, 'lab')
        terminal.enter((('/', 'find an address'), (address, address),
                        ('Enter', f'{address[2:]}..'), *PROCESS_KEYS))
        photograph_terminal(terminal, 'process')


def report(program):
    with sample(program) as watched, tempfile.TemporaryDirectory(prefix='pictures-') as folder:
        page = Path(folder) / 'report.html'
        subprocess.run([program, '--html', page, str(watched.process())], check=True,
                       timeout=TIMEOUT_SECONDS, stdin=subprocess.DEVNULL)
        photograph(f'{page.as_uri()}#zoom=4', 'report', 1000, 1812)


def orders(path):
    """A shop's book: the same every time."""
    names = ('Ana Silva', 'Jun Tanaka', 'Marie Curie', 'Olu Adeyemi', 'Sven Lund')
    products = (('tea', 4.2), ('coffee', 6.95), ('honey', 8.5), ('rice', 2.35))
    with open(path, 'w', encoding='utf-8') as file:
        file.write('date,customer,product,pieces,price\n')
        for i in range(SHEET_ROWS):
            product, price = products[i * 7 % 11 % 4]
            pieces = -1 if i % 17 == 9 else 1 + i * 5 % 24
            file.write(f'2025-{1 + i // 5:02d}-{1 + i * 11 % 28:02d},{names[i * 3 % 5]},{product},'
                       f'{pieces},{price + i % 6 / 10:.2f}\n')


def sheet(program):
    program = os.path.abspath(program)
    with tempfile.TemporaryDirectory(prefix='pictures-') as folder:
        table, book = os.path.join(folder, 'orders.csv'), os.path.join(folder, 'orders.xlsx')
        orders(table)
        subprocess.run([program, 'run', table, '-', '-o', book], input=SHEET_SCRIPT, text=True,
                       check=True, timeout=TIMEOUT_SECONDS)
        with Terminal(program, '--no-journal', book) as terminal:
            terminal.expect('customer')
            terminal.enter(SHEET_KEYS)
            photograph_terminal(terminal, 'sheet')


def sheet_map(program):
    program = os.path.abspath(program)
    with tempfile.TemporaryDirectory(prefix='pictures-') as folder:
        table = os.path.join(folder, 'readings.csv')
        with open(table, 'w', encoding='utf-8') as file:
            file.write('time,place,value,remark,checked,value,error\n')
            for i in range(12000):
                file.write(f'{i},{i % 40},{i * 7919 % 1000},{"late" if i % 97 == 0 else ""},'
                           f'{"yes" if 2000 < i < 8000 else ""},{i * 31 % 77},'
                           f'{"x" if i % 3001 == 5 else ""}\n')
        with Terminal(program, '--no-journal', table) as terminal:
            terminal.expect('remark')
            terminal.enter(SHEET_MAP_KEYS)
            photograph_terminal(terminal, 'sheet-map')


PICTURES = {'steppe-map': {'lab': lab, 'process': process, 'report': report},
            'steppe-sheet': {'sheet': sheet, 'sheet-map': sheet_map}}


def main(program='', *names):
    pictures = PICTURES.get(os.path.basename(program), {})
    if not pictures or not set(names) <= set(pictures):
        sys.exit(__doc__)
    # Pictures should not say where the program lies on this machine.
    os.chdir(os.path.dirname(os.path.abspath(program)))
    for name in names or pictures:
        pictures[name](f'./{os.path.basename(program)}')


if __name__ == '__main__':
    main(*sys.argv[1:])
