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

from driver import Screen, Tap, environment, has_tmux

TIMEOUT_SECONDS = 120

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
    check_line('a folder as script', run(binary, '--script', '/'), 1,
               r'^/: cannot be read \(Is a directory\); name a script$')
    check_line('a script that cannot be read', run(binary, '--script', '/proc/self/mem'), 1,
               r'^/proc/self/mem: cannot be read \(Input/output error\); name a script$')
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

def start(binary, *arguments, **options):
    return Screen(binary, 'lab', *arguments, **options)


def shows(screen, name, *words):
    """All words come to be on the screen; its text."""
    text = screen.wait(*(re.escape(word) for word in words))
    check(name, all(word in text for word in words), text)
    return text


def click(screen, words):
    if not screen.click(words):
        check(f'{words} is on the screen', False, screen.text())


def check_end(screen, name, status):
    check(f'{name}: status {status}, and the terminal is as it was',
          screen.is_given_back(status), screen.modes(), screen.text())


def map_of(text):
    """The rows of the map, without labels and the mark of the cursor."""
    lines = text.split('\n')
    return [line[4:].replace('>', ' ') for line in lines[5:6]]



def check_story_by_keys(binary):
    with start(binary) as screen:
        shows(screen, 'keys: start', '[ Reserve ] ( Use )', 'nothing is reserved yet')
        screen.type('r')
        shows(screen, 'keys: reserve', '( Reserve ) [ Use ] ( Clear )', 'reserved 100.0 KiB')
        screen.type('7u')
        shows(screen, 'keys: use 7', '·· ·· ··>▒█ ··', 'committed 4.0 KiB', 'slots in use 1')
        screen.type('46\r')
        used = shows(screen, 'keys: use 46', '·· ·· ·· ▒█ ··', '>█▒ ··', 'committed 8.0 KiB',
                     'page 23, bytes 94208..98303: committed, resident',
                     '46 holds [slot 46 use 2]')
        screen.type('c')
        cleared = shows(screen, 'keys: clear 46', 'no page has gone yet', '>▒▒ ··',
                        'committed 8.0 KiB', 'resident 8.0 KiB')
        check('keys: clearing changes no page', [row.replace('█▒ ··', '▒▒ ··')
                                                 for row in map_of(used)] == map_of(cleared),
              map_of(used), map_of(cleared))
        screen.type('o')
        shows(screen, 'keys: collect', '1 page given back', '>·· ··', 'committed 4.0 KiB',
               'page 23, bytes 94208..98303: reserved', '·· ·· ·· ▒█ ··')
        screen.type('?')
        shows(screen, 'keys: help', '─ help ─', 'any key closes this')
        screen.type(' ')
        shows(screen, 'keys: help goes', 'committed 4.0 KiB')
        screen.type('b20k\r')
        shows(screen, 'keys: budget', 'of 20.0 KiB charged')
        screen.type('*\r')
        shows(screen, 'keys: refused', 'STEPPE_E_BUDGET', 'in use without memory', 'FULL', '×')
        screen.type('a')
        shows(screen, 'keys: background', '[ Background: on ]')
        screen.type('\033')
        shows(screen, 'keys: Escape', ' arrows page ')
        screen.keys('End')
        shows(screen, 'keys: End', 'page 24, bytes 98304..102399')
        screen.keys('Left')
        shows(screen, 'keys: Left', 'page 23, ')
        screen.type('q')
        check_end(screen, 'quit', 0)


def check_story_by_mouse(binary):
    with start(binary) as screen:
        shows(screen, 'mouse: start', '[ Reserve ]')
        click(screen, '[ Reserve ]')
        shows(screen, 'mouse: reserve', '( Reserve ) [ Use ]')
        click(screen, '[0    ')
        shows(screen, 'mouse: the field', 'Enter use')
        screen.type('7')
        click(screen, '[ Use ]')
        shows(screen, 'mouse: use 7', '·· ·· ··>▒█ ··', 'committed 4.0 KiB')
        click(screen, '[7    ')
        shows(screen, 'mouse: the field again', 'Enter use')
        screen.type('46')
        shows(screen, 'mouse: 46', '[46   ')
        click(screen, '[ Use ]')
        used = shows(screen, 'mouse: use 46', '>█▒ ··', 'committed 8.0 KiB')
        click(screen, '[ Clear ]')
        cleared = shows(screen, 'mouse: clear 46', '>▒▒ ··', 'committed 8.0 KiB')
        check('mouse: clearing changes no page', [row.replace('█▒ ··', '▒▒ ··')
                                                  for row in map_of(used)] == map_of(cleared),
              map_of(used), map_of(cleared))
        click(screen, '[ Collect ]')
        shows(screen, 'mouse: collect', '>·· ··', 'committed 4.0 KiB')
        screen.mouse(4 + 3 * 3, 5)
        shows(screen, 'mouse: a page', 'page 3, bytes 12288..16383: committed, resident')
        screen.mouse(4 + 3 * 10, 5)
        screen.mouse(4 + 3 * 10, 5)
        shows(screen, 'mouse: twice on a page', 'page 10, ', '>██ ··', '[20-21  ')
        screen.mouse(40, 5, 65)
        shows(screen, 'mouse: the wheel', '1 page a cell')
        screen.mouse(40, 5, 64)
        shows(screen, 'mouse: the wheel back', '2 cells a page')
        click(screen, '[ Background: off ]')
        shows(screen, 'mouse: background', '[ Background: on ]')
        click(screen, '[ Release ]')
        shows(screen, 'mouse: release', '[ Reserve ] ( Use )', 'free: nothing is reserved')
        click(screen, 'v give back')
        shows(screen, 'mouse: a setting', 'give back: batched')
        screen.keys('C-c')
        check_end(screen, 'Ctrl-C', 0)


def check_terminals(binary):
    # For the console curses loads libgpm, which leaks ten bytes.
    quiet = {'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0'}
    for name, changes in (('xterm', {'term': 'xterm'}), ('linux', {'term': 'linux', **quiet}),
                          ('screen', {'term': 'screen'}), ('no colour', {'NO_COLOR': '1'})):
        with start(binary, **changes) as screen:
            screen.wait('Reserve ]')
            screen.type('r7u')
            shows(screen, f'{name}: the map', '·· ·· ··>▒█ ··')
            screen.type('q')
            check_end(screen, name, 0)
    for name, changes in (('vt100', {'term': 'vt100', 'LC_ALL': 'C'}), ('ASCII', {'LC_ALL': 'C'})):
        with start(binary, **changes) as screen:
            screen.wait('Reserve ]')
            screen.type('r7u')
            shows(screen, f'{name}: the map', '0 .. .. ..>:# .. ', '-- pages 0..24 of 25')
            screen.type('q')
            check_end(screen, name, 0)
    for name, words in (('dumb', 'cannot move its cursor'), ('nonsense', 'terminfo does not know')):
        with start(binary, term=name) as screen:
            shows(screen, f'TERM={name}', words)
            check_end(screen, f'TERM={name}', 1)


def check_sizes(binary):
    with start(binary, '--slots', '100000') as screen:
        shows(screen, '80x24', '[ Reserve ]', '50,000')
        screen.type('r')
        screen.resize(130, 45)
        shows(screen, 'larger', 'pages 0..49,999 of 50,000, 32 pages a cell')
        larger = screen.wait('(?m)^(.*\n){44}.*\\? q')
        check('larger: all rows', '? q' in larger.split('\n')[44], larger)
        screen.resize(50, 12)
        shows(screen, 'too small', '50x12 is too small', '76x15 needed')
        screen.type('?x')
        screen.resize(80, 24)
        shows(screen, 'and back', 'pages 0..49,999 of 50,000', '( Reserve ) [ Use ]')
        screen.type('q')
        check_end(screen, 'resized', 0)


def check_small(binary):
    """80x15: all there is, and the help, which is longer."""
    with start(binary, rows=15) as screen:
        shows(screen, '80x15: start', '[ Reserve ]', '0 free: nothing is reserved', 'budget none')
        screen.type('r7u')
        shows(screen, '80x15: use', '·· ·· ··>▒█ ··', 'slots in use 1 ',
              'steppe_slots_use(slots, 7)')
        screen.type('?')
        text = shows(screen, '80x15: help', '─ help ─', 'r  Reserve the array', ' 1 to 13 of ')
        check('80x15: the end of the help is not there', 'stop what takes long' not in text, text)
        screen.keys('Down')
        shows(screen, '80x15: a line further', ' 2 to 14 of ')
        screen.keys('End')
        text = shows(screen, '80x15: its end', 'Ctrl-C Esc  stop what takes long')
        check('80x15: its beginning is not there', 'r  Reserve' not in text, text)
        screen.keys('PPage')
        shows(screen, '80x15: back', 'r  Reserve the array', ' 1 to 13 of ')
        screen.mouse(40, 8, 65)
        shows(screen, '80x15: the wheel', ' 2 to 14 of ')
        screen.type('x')
        shows(screen, '80x15: help goes', 'slots in use 1 ')
        screen.type('?')
        shows(screen, '80x15: help again, from its beginning', ' 1 to 13 of ')
        screen.resize(80, 24)
        shows(screen, '80x24: all of the help', 'r  Reserve the array', 'stop what takes long',
              ' any key closes this ')
        screen.keys('Down')
        shows(screen, '80x24: any key closes it', 'steppe_slots_use(slots, 7)')
        screen.type('q')
        check_end(screen, '80x15', 0)


# ---- what takes long ------------------------------------------------------------------------

# Seconds of work. The budget is never reached; without one a small machine would be asked for more
# than it has.
MANY = ('--slots', '2^27', '--slot-size', '8', '--budget', '512M')


def number_in(text, pattern):
    found = re.search(pattern, text)
    return int(found.group(1).replace(',', '')) if found else None


def check_stopped(screen, name, folder, in_use):
    """What the screen says, its figure, and the report agree; in_use: of the number stopped at."""
    text = screen.wait('stopped after [0-9,]+ structure', 'u c o l')
    count = number_in(text, 'stopped after ([0-9,]+) structure')
    shown = number_in(text, 'slots in use ([0-9,]+) ')
    check(f'{name}: it is stopped in the middle', count and 0 < count < 1 << 27, text)
    check(f'{name}: the figure is the same', count and shown == in_use(count), count, shown, text)
    path = os.path.join(folder, name.replace(' ', '-') + '.json')
    screen.type(f':json {path}\r')
    shows(screen, f'{name}: a report', '.json is ')
    with open(path, encoding='utf-8') as file:
        lab = json.load(file)['lab']
    check(f'{name}: the report has the same',
          lab['figures']['slot_count'] == shown == sum(run[1] for run in lab['in_use']),
          shown, lab['figures'], lab['in_use'][:9])
    check(f'{name}: the log says it', 'stopped before' in lab['log'][-1]['effect'], lab['log'])
    return lab, count or 0


def check_long(binary):
    with tempfile.TemporaryDirectory(prefix='steppe-lab-') as folder, \
            start(binary, *MANY) as screen:
        screen.wait('Reserve ]')
        screen.type('r*u')
        shows(screen, 'long: busy', '( Reserve ) ( Use ) ( Clear ) ( Collect ) ( Release )', 'busy',
              'Ctrl-C or Esc stops')
        first = screen.wait('using [0-9,]+ of 134,217,728 ')
        second = screen.wait('using [0-9,]+ of 134,217,728 ',
                             without=[re.escape(re.search('using [0-9,]+|$', first).group())])
        counts = [number_in(text, 'using ([0-9,]+) of') for text in (first, second)]
        check('long: it goes on before one\'s eyes', all(counts) and counts[0] < counts[1], counts)
        screen.keys('End')
        shows(screen, 'long: one may look around', 'pages 261,120..262,143: ', 'using ')
        screen.type('clr?')
        screen.keys('Escape')
        lab, used = check_stopped(screen, 'use', folder, lambda count: count)
        check('use: what is done stays done', lab['in_use'] == [[0, used]], lab['in_use'][:9])
        pages = (used * 8 + 4095) // 4096
        check('use: the pages are there', sum(run[1] for run in lab['pages']) >= pages,
              lab['pages'][:9])
        screen.type(':clear *\r')
        shows(screen, 'long: clear', 'structures cleared; no page has gone', 'slots in use 0 ')
        screen.type('o')
        shows(screen, 'long: collect', 'collected: ', 'committed 0 B', 'resident 0 B')
        # Ctrl-C stops what is done, and ends the program only then.
        screen.type(':use *\r')
        screen.wait('using [0-9,]{7,} of')
        screen.keys('C-c')
        check_stopped(screen, 'use again', folder, lambda count: count)
        screen.keys('C-c')
        check_end(screen, 'long: Ctrl-C', 0)
    with start(binary, *MANY) as screen:
        screen.wait('Reserve ]')
        screen.type('r*u')
        screen.wait('using [0-9,]{7,} of')
        screen.type('q')
        check_end(screen, 'long: q ends it', 0)


def check_waiting(binary):
    # The background looks so rarely that it never does here.
    with start(binary, '--interval', '1000000') as screen:
        screen.wait('Reserve ]')
        screen.type('ra*u:wait-collected\r')
        shows(screen, 'wait: nothing to wait for', 'collected in the background')
        screen.type('7c:clear 8-49\r')
        shows(screen, 'wait: before', 'slots in use 7 ')
        screen.type(':wait-collected 1000000000\r')
        shows(screen, 'wait: a sign', 'waiting for 0 of 21 pages', 'Ctrl-C or Esc stops')
        screen.keys('Escape')
        shows(screen, 'wait: stopped', 'stopped after ', '21 pages are left over', 'arrows page')
        screen.type('o')
        shows(screen, 'wait: and the lab goes on', '21 pages given back')
        screen.type(':clear *\r:wait-collected 30\r')
        shows(screen, 'wait: its end', 'after 30 ms 4 pages are still left over')
        screen.type(':refused use 1\r')
        shows(screen, 'refused is for scripts', 'refused is for scripts')
        screen.type('q')
        check_end(screen, 'wait', 0)


def check_script_stops(binary):
    """A script has no screen: Ctrl-C is a signal, and ends it."""
    with subprocess.Popen([binary, 'lab', *MANY, '--script', '-'], env=environment(),
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(b'reserve\nprint now\nuse *\nprint AFTER\n')
        process.stdin.close()
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        status = process.wait(TIMEOUT_SECONDS)
    check('SIGINT ends a script', (line, rest, status) == (b'now\n', b'', -signal.SIGINT),
          line, rest, status)


# ---- signals --------------------------------------------------------------------------------

def check_signals(binary):
    for name, number in (('SIGTERM', signal.SIGTERM), ('SIGABRT', signal.SIGABRT)):
        with start(binary) as screen:
            screen.wait('Reserve ]')
            screen.type('r')
            screen.wait(r'\( Reserve \)')
            os.kill(screen.pid(), number)
            check_end(screen, name, 128 + number)


def check_stopping(binary):
    with Screen('sh', '-i', PS1='ready: ', ENV='') as screen:
        screen.wait('ready:')
        screen.type(f"'{binary}' lab\r")
        screen.wait('Reserve ]')
        screen.type('r7u')
        screen.wait('>▒█ ··')
        screen.keys('C-z')
        shows(screen, 'Ctrl-Z stops', 'topped')
        check('stopped: the terminal is given back', screen.modes().startswith('0 0 1'),
              screen.modes())
        screen.type('fg\r')
        shows(screen, 'and on', '·· ·· ··>▒█ ··', '( Reserve ) ( Use )')
        screen.tmux('run-shell', "printf rubbish > #{pane_tty}")
        screen.keys('C-l')
        check('the screen again', screen.has('Tab map', without=['rubbish']), screen.text())
        screen.type('q')
        check('stopped and gone on: ended', screen.has('ready:\\s*$'), screen.text())


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
    check_script_stops(binary)
    if has_tmux():
        check_story_by_keys(binary)
        check_story_by_mouse(binary)
        check_terminals(binary)
        check_sizes(binary)
        check_small(binary)
        check_long(binary)
        check_waiting(binary)
        check_signals(binary)
        check_stopping(binary)
    else:
        skip('keys and mouse', 'tmux is not installed')
    sys.exit(tap.end())


main()
