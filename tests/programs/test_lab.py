# SPDX-License-Identifier: MIT
"""test_lab.py BINARY - drives the lab by scripts, and by keys and mouse in tmux; prints TAP.

The story: an array of 50 structures is reserved; 7 and 46 are put to use; 46 is cleared, and the
map of pages does not change; a collection takes 46's page.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

from driver import Tap, environment, has_tmux

TIMEOUT_SECONDS = 120
WAIT_SECONDS = 30  # for a screen: only a hang takes so long

tap = Tap()
check = tap.check
skip = tap.skip


def run(binary, *arguments, script=None, **changes):
    """Output, errors and exit status; a script goes through standard input."""
    if script is not None:
        arguments += ('--script', '-')
    return subprocess.run([binary, 'lab', *arguments], env=environment(**changes), check=False,
                          input=script if isinstance(script, bytes) else (script or '').encode(),
                          capture_output=True, timeout=TIMEOUT_SECONDS)


def passes(name, result, *words):
    output = result.stdout.decode()
    good = result.returncode == 0 and not result.stderr and all(word in output for word in words)
    check(name, good, result.returncode, result.stderr.decode(), output)


def check_line(name, result, status, *patterns):
    """It fails with this status and one line on standard error that matches."""
    errors = result.stderr.decode(errors='replace')
    good = (result.returncode == status and errors.count('\n') >= 1 and
            all(re.search(pattern, errors) for pattern in patterns))
    check(name, good, f'status {result.returncode}, standard error:', errors)


# ---- scripts --------------------------------------------------------------------------------

STORY = """# the story
expect page 23 free
reserve
expect committed 0
use 7
use 46
expect slots-in-use 2
expect committed 8K
map
clear 46
expect slot 46 clear
expect page 23 resident
expect committed 8192
map
collect
expect page 23 reserved
expect page 3 resident
expect committed 4096
map
release
expect page 3 free
expect reserved 0
map
"""

STORY_MAPS = """\
         0  ...R...................R.
         0  ...R...................r.
         0  ...R.....................
         0  _________________________
"""


def check_story(binary):
    for strategy in ('by-fault', 'always', 'after-query', 'by-record'):
        result = run(binary, '--strategy', strategy, script=STORY)
        check(f'the story by a script, {strategy}', result.returncode == 0 and
              result.stdout.decode() == STORY_MAPS, result.stdout.decode(), result.stderr.decode())
    for mechanism in ('guard', 'mprotect', 'uffd'):
        result = run(binary, '--mechanism', mechanism, script=STORY)
        if b'STEPPE_E_MECHANISM' in result.stderr:
            skip(f'the story under {mechanism}', 'not on this machine')
            continue
        check(f'the story under {mechanism}', result.returncode == 0 and
              result.stdout.decode() == STORY_MAPS, result.stdout.decode(), result.stderr.decode())


def check_million(binary):
    script = """
reserve
use *
expect slots-in-use 1000000
expect committed 64000000
clear 1-999998
expect slots-in-use 2
expect committed 64000000
collect 10
expect given-back 40K
collect
expect committed 8K
expect page 0 resident
expect page 1 reserved
expect page 15624 resident
use 500000-500063
expect page 7812 resident
clear 0-999999
release
"""
    passes('a million structures', run(binary, '--slots', '1000000', '--slot-size', '64',
                                       script=script))
    script = """
reserve
use 0,9,17179869183,1000000000-1000001023
expect slots-in-use 1027
expect slot 17179869183 in-use
expect page 8589934591 resident
map
show
zoom 1
cursor 500000000
show
clear *
collect
expect committed 0
"""
    passes('2^34 structures', run(binary, '--slots', '2^34', script=script),
           '8589934528  ...............................................................R',
           '33,554,432 pages a cell', 'page 500,000,000, bytes 2048000000000..2048000004095: ')


def check_commands(binary):
    passes('a budget refuses, and is told', run(binary, '--strict', script="""
budget 100K
reserve
use 49
expect charged 16K
budget 24K
refused use 0-9
expect refused 1
expect slot 4 in-use
expect page 2 reserved
map
budget 28K
use 4
expect page 2 resident
budget none
expect budget none
use *
expect committed-pages 25
"""), '         0  RRx.....................R')
    passes('guards go off', run(binary, script="""
reserve
use 46
guard 23
expect page 23 guard
map
touch 23
expect page 23 resident
guard 23
clear 46
expect page 23 resident
refused guard 5
"""), '         0  .......................G.')
    passes('background collection', run(binary, '--interval', '10', script="""
background on
reserve
use 7,46
clear 46
wait-collected 60000
expect page 23 reserved
expect committed 4K
background off
expect background off
"""))
    passes('settings while released', run(binary, script="""
strategy always
give-back at-once
mechanism best
expect strategy always
expect give-back at-once
reserve
refused strategy by-fault
use 46,47
clear 46
expect page 23 resident
clear 47
expect page 23 reserved
release
strategy by-fault
"""))
    passes('print, figures, quit', run(binary, script="print  two  words\nfigures\nquit\nnonsense"),
           'two  words\n', 'slots 50\n', 'budget none\n')
    passes('an empty script', run(binary, script=''))
    passes('a script without its last line end', run(binary, script='reserve\nexpect pages 25'))
    passes('a script with carriage returns', run(binary, script='reserve\r\nexpect pages 25\r\n'))
    passes('the screen as text', run(binary, '--once', '--rows', '30', '--columns', '100',
                                     script='reserve\nuse 7'),
           '0>·· ·· ·· ▒█ ··', '[ Release ]', 'steppe_slots_use(slots, 7)')
    passes('in ASCII', run(binary, '--once', script='reserve\nuse 7', LC_ALL='C'),
           '0>.. .. .. :# ..', '-- pages 0..24')
    passes('a screen that is too small', run(binary, '--once', '--rows', '3'), 'too small')


def check_reports(binary):
    script = 'budget 1M\nreserve\nuse 7,46-47\nguard 23'
    result = run(binary, '--json', script=script)
    try:
        document = json.loads(result.stdout)
    except ValueError as error:
        check('JSON', False, error, result.stdout, result.stderr)
        return
    lab = document['lab']
    check('JSON: what it is', (document['format'], document['version'], document['kind']) ==
          ('steppe-map', 1, 'lab') and document['taken']['unix_ns'].isdigit(), document)
    check('JSON: options', (lab['slot_max'], lab['slot_bytes'], lab['page_bytes'],
                            lab['page_count'], lab['strategy'], lab['give_back']) ==
          (50, 2048, 4096, 25, 'by-fault', 'collected') and lab['start'].startswith('0x'), lab)
    check('JSON: pages', lab['pages'] == [[3, 1, 'cr'], [23, 1, 'crg']], lab['pages'])
    check('JSON: structures', lab['in_use'] == [[7, 1], [46, 2]], lab['in_use'])
    check('JSON: figures', lab['figures']['committed_bytes'] == 8192 and
          lab['figures']['slot_count'] == 3 and lab['budget']['limit_bytes'] == 1 << 20, lab)
    check('JSON: the log', [line['number'] for line in lab['log']] ==
          list(range(1, len(lab['log']) + 1)) and
          lab['log'][1]['call'].startswith('steppe_slots_make'), lab['log'])
    free = json.loads(run(binary, '--json').stdout)['lab']
    check('JSON of nothing', free['start'] is None and free['pages'] == [] and
          free['mechanism'] is None and free['budget']['limit_bytes'] is None, free)
    result = run(binary, '--csv', script=script)
    check('CSV', result.stdout.decode() == 'first_page,page_count,state,slots_in_use\n'
          '0,3,reserved,0\n3,1,resident,1\n4,19,reserved,0\n23,1,guard,2\n24,1,reserved,0\n',
          result.stdout.decode())
    check('CSV of nothing', run(binary, '--csv').stdout.decode().endswith('\n0,25,free,0\n'))
    with tempfile.TemporaryDirectory(prefix='steppe-lab-') as folder:
        path = os.path.join(folder, 'a report.json')
        passes('JSON into a file', run(binary, script=f'reserve\njson {path}\n'))
        with open(path, encoding='utf-8') as file:
            check('... that is whole', json.load(file)['kind'] == 'lab')
        page = os.path.join(folder, 'report.html')
        passes('HTML into a file', run(binary, script=f'reserve\nuse 7\nhtml {page}\n'))
        with open(page, encoding='utf-8') as file:
            check('... is a page of the lab', '"kind":"lab"' in file.read().replace(' ', ''))
        passes('HTML by an option', run(binary, '--html', page))
        check_line('HTML nowhere', run(binary, '--html', f'{folder}/no/where'), 1,
                   'cannot be written: No such file')
        check_line('HTML without a file', run(binary, script='html'), 1, 'html FILE')
        check_line('a file that cannot be', run(binary, script=f'csv {folder}/no/where'), 1,
                   r'^standard input:1: .*cannot be opened \(No such file')
    with open('/dev/full', 'wb') as full:
        result = subprocess.run([binary, 'lab', '--once'], env=environment(), stdout=full,
                                stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                timeout=TIMEOUT_SECONDS, check=False)
    check_line('a full disk', result, 1, 'cannot be written')


# (script, words of the message); the line is the last one.
WRONG = (
    ('nonsense', "unknown command 'nonsense'; write"),
    ('reserve\nreserve', 'reserved already; release'),
    ('use 1', 'nothing is reserved; reserve first'),
    ('clear 1', 'nothing is reserved'),
    ('collect', 'nothing is reserved'),
    ('release', 'nothing is reserved'),
    ('guard 1', 'nothing is reserved'),
    ('touch 1', 'nothing is reserved'),
    ('reserve\nuse', 'no index; write 7'),
    ('reserve\nuse x', "'x' is no index; write"),
    ('reserve\nuse 50', '50 is out of range; the last index is 49'),
    ('reserve\nuse 3-1', '3-1 runs backwards; write 1-3'),
    ('reserve\nuse -1', "'-1' is no index"),
    ('reserve\nuse 99999999999999999999', 'is no index'),
    ('reserve\nuse 1 2', 'is no index'),
    ('reserve\nclear 7,', 'is no index'),
    ('reserve\ncollect x', "'x' is no page"),
    ('reserve\ncollect 0', '0 pages are none'),
    ('reserve now', "'now' is too much; leave it out"),
    ('release now', "'now' is too much"),
    ('reserve\nguard', 'the page is missing'),
    ('reserve\nguard 25', 'page 25 is out of range; the last page is 24'),
    ('reserve\nguard 3', r'STEPPE_E_NOT_COMMITTED\); use a structure'),
    ('reserve\ntouch 99', 'out of range'),
    ('budget', 'the budget is missing'),
    ('budget much', "'much' is no size; write 100K"),
    ('budget 1K 2K', "'2K' is too much"),
    ('budget 0\nreserve', r'STEPPE_E_BUDGET\); set a larger'),
    ('reserve\nbudget 0\nuse 7', r'STEPPE_E_BUDGET\)'),
    ('strategy never', "'never' is no strategy; write by-fault"),
    ('give-back', 'the give-back policy is missing'),
    ('give-back never', 'is no give-back policy; write'),
    ('mechanism magic', "'magic' is no mechanism; write"),
    ('reserve\nmechanism best', 'release first'),
    ('background', 'on or off is missing'),
    ('background maybe', "'maybe' is neither; write on or off"),
    ('wait-collected', 'nothing is reserved'),
    ('reserve\nwait-collected', 'is off; turn it on'),
    ('wait-collected soon', "'soon' is no time"),
    ('zoom', 'is missing'),
    ('zoom 3', "'3' is no zoom; write"),
    ('zoom x', "'x' is no zoom"),
    ('fit me', "'me' is too much"),
    ('cursor 25', 'page 25 is out of range'),
    ('expect', 'what is missing'),
    ('expect committed', 'the value is missing'),
    ('expect committed x', "'x' is no value"),
    ('expect committed 1', 'committed is 0, not 1; mend'),
    ('expect luck 1', "'luck' is no figure"),
    ('expect slot 7', 'incomplete; write: expect slot'),
    ('expect slot 50 clear', "'50' is no slot; write 0 to 49"),
    ('expect slot 7 happy', "'happy' is neither"),
    ('expect slot 7 in-use', 'slot 7 is clear, not in-use'),
    ('expect page 7 happy', "'happy' is no state"),
    ('expect page 25 free', "'25' is no page"),
    ('expect page 7 resident', 'page 7 is free, not resident'),
    ('expect background on', 'background is off, not on'),
    ('expect strategy always', 'strategy is by-fault, not always'),
    ('refused', 'no command that can be refused'),
    ('refused print x', 'no command that can be refused'),
    ('refused reserve', 'reserve was not refused; mend'),
    ('json /nonexistent/x', 'cannot be opened'),
    ('use 1\x1b[31m', r'a control character \(27\)'),
    ('print \x07', r'a control character \(7\)'),
    ('x' * 3000, 'no command'),
    ('x' * 5000, 'the line is too long'),
    ('print ' + 'x' * 5000, 'the line is too long'),
    ('print a\0b', 'a NUL byte'),
    ('\xff\xfe', 'unknown command'),
)


def check_wrong_scripts(binary):
    for script, words in WRONG:
        line = script.count('\n') + 1
        shown = re.sub(r'[^ -~]', '?', script.replace('\n', '; '))[:50]
        result = run(binary, script=script.encode('latin-1') + b'\nprint AFTER\n')
        check_line(f'wrong: {shown}', result, 1, f'^standard input:{line}: ', words)
        if b'AFTER' in result.stdout or result.stderr.count(b'\n') != 1:
            check('... and nothing after it', False, result.stdout, result.stderr)
    check_line('no such script', run(binary, '--script', '/nonexistent'), 1,
               '^/nonexistent: cannot be opened')
    check_line('a folder as script', run(binary, '--script', '/'), 1, '^/:1: Is a directory')
    check_line('an endless script', run(binary, '--script', '/dev/zero'), 1, 'a NUL byte')


def check_usage(binary):
    for arguments, words in (
            (('--nonsense',), '--nonsense'), (('word',), "'word' is no option"),
            (('--slots', '0'), '--slots 0: write'), (('--slots', 'x'), '--slots x'),
            (('--slots', '-1'), '--slots -1'), (('--slot-size', '0'), '--slot-size 0'),
            (('--slot-size', '1Z'), 'such as 2048'), (('--page-size', '5000'), 'power of two'),
            (('--page-size', '4M'), '2 MiB at the most'), (('--page-size', '1K'), "system's"),
            (('--strategy', 'x'), 'by-fault'), (('--give-back', 'x'), 'collected'),
            (('--mechanism', 'x'), 'guard'), (('--budget', 'x'), '100K'),
            (('--interval', '0'), 'milliseconds'), (('--columns', '0'), '1 to 1000'),
            (('--rows', '501'), '1 to 500'), (('--color', 'x'), 'auto'),
            (('--json', '--csv'), 'exclude'), (('--script',), 'requires an argument'),
            (('--slots', '2^63', '--slot-size', '1M'), 'addresses')):
        check_line('usage: ' + ' '.join(arguments), run(binary, *arguments), 2, words)
    check_line('more than any machine', run(binary, '--slots', '2^60', '--slot-size', '2',
                                            script='reserve'), 1, 'is refused')
    check_line('no terminal', run(binary), 1, 'this needs a terminal')
    passes('help', run(binary, '--help'), '--slots N', '--script FILE')


# ---- tmux -----------------------------------------------------------------------------------

class Terminal:
    """The program in a shell in tmux; the shell is there to look at the terminal afterwards."""

    number = 0  # a server that is being killed must not be met by the next one

    def __init__(self, binary, *arguments, columns=80, rows=24, **changes):
        Terminal.number += 1
        self.socket = f'steppe-lab-{os.getpid()}-{Terminal.number}'
        self.folder = tempfile.TemporaryDirectory(prefix='steppe-lab-')
        self.pid_file = os.path.join(self.folder.name, 'pid')
        settings = ' '.join(f'{name}={value}' for name, value in environment(**changes).items()
                            if name in ('LC_ALL', 'TERM', 'NO_COLOR', 'ASAN_OPTIONS'))
        self.tmux('new-session', '-d', '-x', str(columns), '-y', str(rows),
                  "env PS1='ready: ' ENV= BASH_ENV= sh")
        self.wait('the shell', lambda screen: 'ready:' in screen or '$' in screen or '#' in screen)
        self.type('stty -a > ' + self.pid_file + '.before; clear\r')
        command = f"sh -c 'echo $$ > {self.pid_file}; exec env {settings} {binary} lab " \
            + ' '.join(arguments) + "'; echo ended: $?"
        self.type(command + '\r')

    def tmux(self, *arguments):
        return subprocess.run(['tmux', '-L', self.socket, '-f', '/dev/null', *arguments],
                              capture_output=True, timeout=TIMEOUT_SECONDS, check=False,
                              env={**os.environ, 'LC_ALL': 'C.UTF-8',
                                   'TMUX_TMPDIR': self.folder.name}).stdout.decode()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.tmux('kill-server')
        self.folder.cleanup()

    def screen(self):
        return self.tmux('capture-pane', '-p')

    def type(self, text):
        self.tmux('send-keys', '-l', text)

    def key(self, name):
        self.tmux('send-keys', name)

    def wait(self, what, holds):
        """The first screen for which it holds; fails after a time that only a hang reaches."""
        end = time.monotonic() + WAIT_SECONDS
        while True:
            screen = self.screen()
            if holds(screen):
                return screen
            if time.monotonic() > end:
                check(f'waiting for {what}', False, screen)
                return screen
            time.sleep(0.02)

    def shows(self, name, *words):
        screen = self.wait(name, lambda screen: all(word in screen for word in words))
        check(name, all(word in screen for word in words), screen)
        return screen

    def mouse(self, column, row, button=0):
        self.type(f'\033[<{button};{column + 1};{row + 1}M')
        if button < 64:
            self.type(f'\033[<{button};{column + 1};{row + 1}m')

    def click(self, words):
        """The left button on words that are on the screen."""
        lines = self.screen().split('\n')
        for row, line in enumerate(lines):
            if words in line:
                self.mouse(line.index(words) + 1, row)
                return
        check(f'{words} is on the screen', False, *lines)

    def pid(self):
        with open(self.pid_file, encoding='ascii') as file:
            return int(file.read())

    def check_clean(self, name, status):
        """Ended with this status, and the terminal is as it was."""
        self.wait('the end', lambda screen: re.search(r'ended: \d+', screen))
        ended = re.search(r'ended: (\d+)', self.screen())
        check(f'{name}: status', ended and int(ended.group(1)) == status, self.screen())
        self.type(f'stty -a > {self.pid_file}.after; echo looked\r')
        self.wait('stty', lambda screen: '\nlooked' in screen)
        texts = []
        for suffix in ('.before', '.after'):
            with open(self.pid_file + suffix, encoding='ascii') as file:
                texts.append(re.sub(r'rows \d+; columns \d+;', '', file.read()))
        check(f'{name}: modes of the terminal', texts[0] and texts[0] == texts[1], *texts)
        flags = self.tmux('display', '-p', '#{mouse_any_flag} #{alternate_on} #{cursor_flag} '
                                           '#{keypad_cursor_flag}').split()
        check(f'{name}: mouse, screen, cursor, keypad', flags == ['0', '0', '1', '0'], flags)


def map_of(screen):
    """The rows of the map, without labels and the mark of the cursor."""
    lines = screen.split('\n')
    return [line[4:].replace('>', ' ') for line in lines[5:6]]



def check_story_by_keys(binary):
    with Terminal(binary) as terminal:
        terminal.shows('keys: start', '[ Reserve ] ( Use )', 'nothing is reserved yet')
        terminal.type('r')
        terminal.shows('keys: reserve', '( Reserve ) [ Use ] ( Clear )', 'reserved 100.0 KiB')
        terminal.type('7u')
        terminal.shows('keys: use 7', '·· ·· ··>▒█ ··', 'committed 4.0 KiB', 'slots in use 1')
        terminal.type('46\r')
        used = terminal.shows('keys: use 46', '·· ·· ·· ▒█ ··', '>█▒ ··', 'committed 8.0 KiB',
                              'page 23, bytes 94208..98303: committed, resident',
                              '46 holds [slot 46 use 2]')
        terminal.type('c')
        cleared = terminal.shows('keys: clear 46', 'no page has gone yet', '>▒▒ ··',
                                 'committed 8.0 KiB', 'resident 8.0 KiB')
        check('keys: clearing changes no page', [row.replace('█▒ ··', '▒▒ ··')
                                                 for row in map_of(used)] == map_of(cleared),
              map_of(used), map_of(cleared))
        terminal.type('o')
        terminal.shows('keys: collect', '1 page given back', '>·· ··', 'committed 4.0 KiB',
                       'page 23, bytes 94208..98303: reserved', '·· ·· ·· ▒█ ··')
        terminal.type('?')
        terminal.shows('keys: help', '─ help ─', 'any key closes this')
        terminal.type(' ')
        terminal.shows('keys: help goes', 'committed 4.0 KiB')
        terminal.type('b20k\r')
        terminal.shows('keys: budget', 'of 20.0 KiB charged')
        terminal.type('*\r')
        terminal.shows('keys: refused', 'STEPPE_E_BUDGET', 'in use without memory', 'FULL', '×')
        terminal.type('a')
        terminal.shows('keys: background', '[ Background: on ]')
        terminal.type('\033')
        terminal.shows('keys: Escape', ' arrows page ')
        terminal.key('End')
        terminal.shows('keys: End', 'page 24, bytes 98304..102399')
        terminal.key('Left')
        terminal.shows('keys: Left', 'page 23, ')
        terminal.type('q')
        terminal.check_clean('quit', 0)


def check_story_by_mouse(binary):
    with Terminal(binary) as terminal:
        terminal.shows('mouse: start', '[ Reserve ]')
        terminal.click('[ Reserve ]')
        terminal.shows('mouse: reserve', '( Reserve ) [ Use ]')
        terminal.click('[0    ')
        terminal.shows('mouse: the field', 'Enter use')
        terminal.type('7')
        terminal.click('[ Use ]')
        terminal.shows('mouse: use 7', '·· ·· ··>▒█ ··', 'committed 4.0 KiB')
        terminal.click('[7    ')
        terminal.shows('mouse: the field again', 'Enter use')
        terminal.type('46')
        terminal.shows('mouse: 46', '[46   ')
        terminal.click('[ Use ]')
        used = terminal.shows('mouse: use 46', '>█▒ ··', 'committed 8.0 KiB')
        terminal.click('[ Clear ]')
        cleared = terminal.shows('mouse: clear 46', '>▒▒ ··', 'committed 8.0 KiB')
        check('mouse: clearing changes no page', [row.replace('█▒ ··', '▒▒ ··')
                                                  for row in map_of(used)] == map_of(cleared),
              map_of(used), map_of(cleared))
        terminal.click('[ Collect ]')
        terminal.shows('mouse: collect', '>·· ··', 'committed 4.0 KiB')
        terminal.mouse(4 + 3 * 3, 5)
        terminal.shows('mouse: a page', 'page 3, bytes 12288..16383: committed, resident')
        terminal.mouse(4 + 3 * 10, 5)
        terminal.mouse(4 + 3 * 10, 5)
        terminal.shows('mouse: twice on a page', 'page 10, ', '>██ ··', '[20-21  ')
        terminal.mouse(40, 5, 65)
        terminal.shows('mouse: the wheel', '1 page a cell')
        terminal.mouse(40, 5, 64)
        terminal.shows('mouse: the wheel back', '2 cells a page')
        terminal.click('[ Background: off ]')
        terminal.shows('mouse: background', '[ Background: on ]')
        terminal.click('[ Release ]')
        terminal.shows('mouse: release', '[ Reserve ] ( Use )', 'free: nothing is reserved')
        terminal.click('v give back')
        terminal.shows('mouse: a setting', 'give back: batched')
        terminal.key('C-c')
        terminal.check_clean('Ctrl-C', 0)


def check_terminals(binary):
    # For the console curses loads libgpm, which leaks ten bytes.
    linux = {'TERM': 'linux',
             'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0'}
    for name, changes in (('xterm', {'TERM': 'xterm'}), ('linux', linux),
                          ('screen', {'TERM': 'screen'}), ('no colour', {'NO_COLOR': '1'})):
        with Terminal(binary, **changes) as terminal:
            terminal.wait('the start', lambda screen: '[ Reserve ]' in screen)
            terminal.type('r7u')
            terminal.shows(f'{name}: the map', '·· ·· ··>▒█ ··')
            terminal.type('q')
            terminal.check_clean(name, 0)
    for name, changes in (('vt100', {'TERM': 'vt100', 'LC_ALL': 'C'}), ('ASCII', {'LC_ALL': 'C'})):
        with Terminal(binary, **changes) as terminal:
            terminal.wait('the start', lambda screen: '[ Reserve ]' in screen)
            terminal.type('r7u')
            terminal.shows(f'{name}: the map', '0 .. .. ..>:# .. ', '-- pages 0..24 of 25')
            terminal.type('q')
            terminal.check_clean(name, 0)
    for name, words in (('dumb', 'cannot move its cursor'), ('nonsense', 'terminfo does not know')):
        with Terminal(binary, TERM=name) as terminal:
            terminal.shows(f'TERM={name}', words)
            terminal.check_clean(f'TERM={name}', 1)


def check_sizes(binary):
    with Terminal(binary, '--slots', '100000') as terminal:
        terminal.shows('80x24', '[ Reserve ]', '50,000')
        terminal.type('r')
        terminal.tmux('resize-window', '-x', '130', '-y', '45')
        terminal.shows('larger', 'pages 0..49,999 of 50,000, 32 pages a cell')
        larger = terminal.wait('all rows', lambda screen: '? q' in screen.split('\n')[44])
        check('larger: all rows', '? q' in larger.split('\n')[44], larger)
        terminal.tmux('resize-window', '-x', '50', '-y', '12')
        terminal.shows('too small', '50x12 is too small', '76x20 needed')
        terminal.type('?x')
        terminal.tmux('resize-window', '-x', '80', '-y', '24')
        terminal.shows('and back', 'pages 0..49,999 of 50,000', '( Reserve ) [ Use ]')
        terminal.type('q')
        terminal.check_clean('resized', 0)


def check_signals(binary):
    with Terminal(binary) as terminal:
        terminal.wait('the start', lambda screen: '[ Reserve ]' in screen)
        terminal.type('r')
        terminal.wait('reserve', lambda screen: '( Reserve )' in screen)
        os.kill(terminal.pid(), signal.SIGTERM)
        terminal.wait('the end', lambda screen: 'ended: ' in screen)
        terminal.check_clean('SIGTERM', 128 + signal.SIGTERM)
    with Terminal(binary) as terminal:
        terminal.wait('the start', lambda screen: '[ Reserve ]' in screen)
        os.kill(terminal.pid(), signal.SIGABRT)
        terminal.check_clean('SIGABRT', 128 + signal.SIGABRT)


def check_stopping(binary):
    with Terminal(binary) as terminal:
        terminal.wait('the start', lambda screen: '[ Reserve ]' in screen)
        terminal.type('r7u')
        terminal.wait('use', lambda screen: '>▒█ ··' in screen)
        terminal.key('C-z')
        terminal.shows('Ctrl-Z stops', 'topped')
        flags = terminal.tmux('display', '-p', '#{mouse_any_flag} #{alternate_on}').split()
        check('stopped: the terminal is given back', flags == ['0', '0'], flags)
        terminal.type('fg\r')
        terminal.shows('and on', '·· ·· ··>▒█ ··', '( Reserve ) ( Use )')
        terminal.tmux('run-shell', "printf rubbish > #{pane_tty}")
        terminal.key('C-l')
        terminal.wait('the screen again', lambda screen: 'rubbish' not in screen)
        terminal.type('q')
        screen = terminal.wait('the shell', lambda screen: screen.rstrip().endswith('\nready:'))
        check('stopped and gone on: ended', screen.rstrip().endswith('\nready:'), screen)


def main():
    if len(sys.argv) != 2:
        sys.exit('usage: test_lab.py BINARY')
    binary = os.path.abspath(sys.argv[1])
    check_story(binary)
    check_million(binary)
    check_commands(binary)
    check_reports(binary)
    check_wrong_scripts(binary)
    check_usage(binary)
    if has_tmux():
        check_story_by_keys(binary)
        check_story_by_mouse(binary)
        check_terminals(binary)
        check_sizes(binary)
        check_signals(binary)
        check_stopping(binary)
    else:
        skip('keys and mouse', 'tmux is not installed')
    sys.exit(tap.end())


main()
