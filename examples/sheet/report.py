# SPDX-License-Identifier: MIT
"""How the story looks on standard output: as that of unicode-table (../unicode/report.h).

Colour and signs beyond ASCII only on a terminal in a UTF-8 locale; colour not when NO_COLOR is set.
"""
import locale
import os
import sys
import textwrap

UNITS = ('bytes', 'KiB', 'MiB', 'GiB', 'TiB')
BEGIN = '     '
# Each for terminals with 24 bits, and its neighbour in the palette of 256.
PALETTE = {'sky': ((0x56, 0xB4, 0xE9), 74), 'green': ((0x00, 0x9E, 0x73), 36),
           'vermilion': ((0xD5, 0x5E, 0x00), 166), 'grey': ((0x8A, 0x8A, 0x8A), 245)}
END_COLUMN = 92


def number(count):
    return f'{count:,}'


def size(count_bytes):
    amount, unit = float(count_bytes), 0
    while amount >= 1024 and unit + 1 < len(UNITS):
        amount, unit = amount / 1024, unit + 1
    return f'{amount:.1f}'.removesuffix('.0') + ' ' + UNITS[unit]


def time(seconds):
    return f'{seconds * 1000:.0f} ms' if seconds < 1 else f'{seconds:.2f} s'


def broken(text, indent):
    return textwrap.wrap(text, END_COLUMN - len(indent), break_on_hyphens=False) or ['']


def is_utf8():
    try:
        locale.setlocale(locale.LC_CTYPE, '')
    except locale.Error:
        return False
    return locale.nl_langinfo(locale.CODESET) == 'UTF-8'


class Report:
    """What was said, and how many comparisons there were, and which failed."""

    def __init__(self):
        is_terminal = sys.stdout.isatty()
        self.has_utf8 = is_terminal and is_utf8()
        self.has_colour = self.has_utf8 and not os.environ.get('NO_COLOR') and \
            os.environ.get('TERM', 'dumb') != 'dumb'
        self.has_true_colour = os.environ.get('COLORTERM') in ('truecolor', '24bit')
        sys.stdout.reconfigure(encoding='utf-8' if self.has_utf8 else 'ascii',
                               errors='backslashreplace')
        self.comparison_count = 0
        self.failed = []

    def ink(self, colour):
        if not self.has_colour:
            return ''
        true, index = PALETTE[colour]
        if self.has_true_colour:
            return '\033[38;2;{};{};{}m'.format(*true)
        return f'\033[38;5;{index}m'

    def bold(self):
        return '\033[1m' if self.has_colour else ''

    def plain(self):
        return '\033[0m' if self.has_colour else ''

    def title(self, title, subtitle):
        print(f'\n  {self.bold()}{title}{self.plain()}')
        print(f'  {self.ink("grey")}{subtitle}{self.plain()}', flush=True)

    def chapter(self, place, title):
        print(f'\n  {self.bold()}{self.ink("sky")}{place}  {title}{self.plain()}\n', flush=True)

    def gap(self):
        print()

    def say(self, text, begin=BEGIN, indent=BEGIN):
        """In lines of bearable length, broken between words; or within one that is too long."""
        for at, line in enumerate(broken(text, indent)):
            print((indent if at else begin) + line)
        sys.stdout.flush()

    def line(self, text, colour=None):
        """Of a script, or of the program."""
        ink = self.ink(colour) if colour else ''
        plain = self.plain() if ink else ''
        for line in broken(text, BEGIN + '  '):
            print(f'{BEGIN}  {ink}{line}{plain}', flush=True)

    def command(self, text):
        for at, line in enumerate(broken(text, BEGIN + '  ')):
            print(f'{BEGIN}{"  " if at else "$ "}{self.bold()}{line}{self.plain()}', flush=True)

    def figure(self, name, text):
        self.say(text, f'{BEGIN}{self.ink("grey")}{name:<14}{self.plain()}', BEGIN + ' ' * 14)

    def table(self, titles, rows):
        """The first column to the left, the others to the right."""
        widths = [max(len(row[at]) for row in (titles, *rows)) for at in range(len(titles))]

        def text(row):
            cells = [row[0].ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
            return '   '.join(cells).rstrip()
        print(f'{BEGIN}{self.ink("grey")}{text(titles)}{self.plain()}')
        for row in rows:
            print(BEGIN + text(row))
        sys.stdout.flush()

    def check(self, holds, text, *why):
        """A comparison. What differs is said at once, and counts at the end."""
        self.comparison_count += 1
        if holds:
            sign = '✓' if self.has_utf8 else 'ok:'
            self.say(text, f'{BEGIN}{self.ink("green")}{sign}{self.plain()} ', BEGIN + '    ')
            return
        self.failed.append(text)
        self.say(f'it should be that {text}',
                 f'{BEGIN}{self.ink("vermilion")}CONTRADICTION:{self.plain()} ', BEGIN + '  ')
        for part in why:
            self.say(part, BEGIN + '  ')

    def conclude(self):
        """Whether no comparison failed."""
        count = number(self.comparison_count)
        if self.failed:
            print(f'\n  {number(len(self.failed))} of {count} comparisons CONTRADICT each other: '
                  'see the lines above.\n', flush=True)
        else:
            print(f'\n  {count} comparisons, no contradiction.\n', flush=True)
        return not self.failed
