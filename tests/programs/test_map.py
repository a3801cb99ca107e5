# SPDX-License-Identifier: MIT
"""test_map.py STEPPE_MAP CHILD - process mode: without a screen, and in tmux; prints TAP.

CHILD is a program with regions that this script knows: it prints their names and addresses.
"""
import csv
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

from driver import Screen, Tap, environment, has_tmux, run

PAGE = os.sysconf('SC_PAGE_SIZE')
NEVER_A_PID = 2 ** 22 + 1  # above the kernel's highest

tap = Tap()


class Child:
    """The program to look at; one line on its standard input makes it go on to the next step."""

    def __init__(self, program, *arguments, **changes):
        self.process = subprocess.Popen([program, *arguments], text=True,
                                        env=environment(**changes),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addresses = {}
        self.step()

    def step(self):
        """Read "name address bytes" up to an empty line."""
        for line in self.process.stdout:
            words = line.split()
            if not words:
                return
            self.addresses[words[0]] = (int(words[1], 16), int(words[2]))

    def go_on(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        self.step()

    def end(self):
        self.process.kill()
        self.process.communicate()

    @property
    def pid(self):
        return str(self.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


# ---- without a screen -----------------------------------------------------------------------

def says(name, result, status, *parts):
    holds = result.returncode == status and all(part in result.stderr for part in parts)
    holds = holds and (status == 0 or result.stderr.count('\n') == 1)
    tap.check(name, holds, f'status {result.returncode}, wanted {status} and {parts}',
              result.stderr, (result.stdout or '')[:500])


def refusals(program):
    says('no argument', run(program), 2, 'what is to be looked at')
    says('an unknown option', run(program, '--wat'), 2, "'--wat'")
    says('no number', run(program, 'init'), 2, "'init'", 'steppe-map -- init')
    says('no such process', run(program, '--once', str(NEVER_A_PID)), 1, str(NEVER_A_PID))
    says('no terminal', run(program, str(os.getpid())), 1, 'terminal', '--help')
    says('no such command', run(program, '--once', '--', '/nowhere/x'), 1, "'/nowhere/x'")
    ended = run(program, '--once', '--', 'true')  # it may be seen, or be too fast
    tap.check('a command that ends at once', ended.returncode == 0 and 'ended' in ended.stdout or
              ended.returncode == 1 and "'true' ended" in ended.stderr, ended)
    for option, text in (('--load', 'no such'), ('--diff', 'no such')):
        rest = ['/nowhere/y'] * (2 if option == '--diff' else 1)
        says(f'{option} of a file that is not there', run(program, '--once', option, *rest), 1,
             '/nowhere/y', text.capitalize())
    says('a report nowhere', run(program, '--html', '/nowhere/z', str(os.getpid())), 1,
         '/nowhere/z')
    says('a snapshot nowhere', run(program, '--save', '/nowhere/z', str(os.getpid())), 1,
         '/nowhere/z')
    with open('/dev/full', 'w', encoding='utf-8') as full:
        for option in ('--once', '--json', '--csv'):
            says(f'{option} to a full disk',
                 run(program, option, str(os.getpid()), stdout=full), 1, 'No space left')
        for words in (['--help'], ['--version'], ['lab', '--json'], ['lab', '--once']):
            says(f'{" ".join(words)} to a full disk', run(program, *words, stdout=full), 1,
                 'standard output cannot be written to: No space left')
    help_text = run(program, '--help')
    tap.check('--help', help_text.returncode == 0 and '--diff A B' in help_text.stdout)
    version = run(program, '--version')
    tap.check('--version', re.match(r'steppe-map \d+\.\d+\.\d+\n$', version.stdout),
              version.stdout)


def permission(program):
    if os.getuid() != 0:
        tap.skip('another user', 'only root can become another one')
        return
    reachable = run('test', '-x', program, user=65534)
    if reachable.returncode != 0:
        tap.skip('another user', 'the build folder is not open to other users')
        return
    says('the process of another user', run(program, '--once', str(os.getpid()), user=65534), 1,
         str(os.getpid()), 'ermission')


def read_json(result):
    try:
        return json.loads(result.stdout)
    except ValueError as error:
        tap.check('JSON', False, error, result.stderr, result.stdout[:300])
        return None


def region_at(data, address):
    for region in data['regions']:
        if int(region['start'], 16) <= address < int(region['end'], 16):
            return region
    return {}


def known_regions(program, child_program):
    with Child(child_program) as child:
        data = read_json(run(program, '--json', child.pid))
        if not data:
            return
        tap.check('format and process', data['format'] == 'steppe-map' and data['version'] == 1
                  and data['process']['pid'] == int(child.pid), data['process'])
        wanted = {  # kind, resident pages, dirty pages
            'touched': ('anonymous', 3, 3),
            'reserved': ('reserved', 0, 0),
            'file': ('data', 4, 1),
        }
        for name, (kind, resident, dirty) in wanted.items():
            address, size = child.addresses[name]
            region = region_at(data, address)
            pages = known_pages(region, address, size)
            tap.check(f'{name}: kind and pages',
                      region.get('kind') == kind and pages == (resident, dirty), pages, region)
        totals = data['totals']
        exact = [region['committed_is_exact'] for region in data['regions']]
        tap.check('committed: exact or not', region_at(data, child.addresses['reserved'][0])[
            'committed_is_exact'] and not data['totals']['committed_is_exact'] and
            not all(exact), data['totals'])
        tap.check('totals are sums', totals['reserved_bytes'] == sum(
            region['size_bytes'] for region in data['regions']), totals)
        rows = list(csv.reader(run(program, '--csv', child.pid).stdout.splitlines()))
        tap.check('CSV has a line for each region', len(rows) == len(data['regions']) + 1
                  and len({len(row) for row in rows}) == 1, len(rows), rows[:3])
        once = run(program, '--once', child.pid).stdout
        tap.check('--once is a table', all(
            word in once for word in ('resident', 'committed', 'anonymous', 'libc')), once)


def known_pages(region, address, size):
    """Resident and dirty pages in a range."""
    if not region:
        return None
    first = (address - int(region['start'], 16)) // PAGE
    last = first + size // PAGE
    resident = dirty = 0
    for start, count, letters in region['pages']:
        common = max(0, min(last, start + count) - max(first, start))
        resident += common if 'r' in letters else 0
        dirty += common if 'd' in letters else 0
    return resident, dirty


def snapshots(program, child_program, folder):
    before, after = os.path.join(folder, 'before'), os.path.join(folder, 'after')
    with Child(child_program) as child:
        says('--save', run(program, '--save', before, child.pid), 0)
        tap.check('only the owner may read a snapshot', os.stat(before).st_mode & 0o777 == 0o600)
        child.go_on()
        says('--save again', run(program, '--save', after, child.pid), 0)
        came = child.addresses['came'][0]
        went = child.addresses['reserved'][0]
    data = read_json(run(program, '--diff', before, after, '--json'))
    if data:
        changes = {change: [region for region in data['regions'] if region['change'] == change]
                   for change in ('came', 'went', 'changed')}
        tap.check('the difference knows what came', region_at({'regions': changes['came']}, came),
                  came, changes['came'])
        tap.check('... and went', region_at({'regions': changes['went']}, went), changes['went'])
    says('a process for a snapshot', run(program, '--diff', before, '1', cwd=folder), 2,
         'take a snapshot of the process first', '--save FILE 1')
    says('a snapshot on standard output', run(program, '--save', '-', '1', cwd=folder), 2, '--json')
    tap.check('... makes no file', not os.path.exists(os.path.join(folder, '-')))
    text = run(program, '--diff', before, after).stdout
    tap.check('the difference as text', 'came' in text and 'went' in text, text)
    loaded = read_json(run(program, '--load', before, '--json'))
    with open(before, encoding='utf-8') as file:
        saved = json.load(file)
    tap.check('a snapshot loads as it was saved', loaded and loaded['regions'] == saved['regions']
              and loaded['totals'] == saved['totals'])
    with open(before, encoding='utf-8') as file:
        text = file.read()
    damaged = os.path.join(folder, 'damaged')
    for name, content in (('cut', text[:len(text) // 2]), ('empty', ''),
                          ('of another program', '{"format": "x"}'),
                          ('of a later version', text.replace('"version": 1', '"version": 99', 1)
                           .replace('"version":1', '"version":99', 1))):
        with open(damaged, 'w', encoding='utf-8') as file:
            file.write(content)
        says(f'a snapshot that is {name}', run(program, '--once', '--load', damaged), 1, damaged)
    says('a folder as a snapshot', run(program, '--once', '--load', folder), 1, folder)


def commands(program, folder):
    report = os.path.join(folder, 'report.html')
    result = run(program, '--json', '--html', report, '--interval', '0.1', '--', 'sh', '-c',
                 'i=0; while [ $i -lt 5 ]; do sleep 0.1; i=$((i+1)); done; echo done >&2')
    data = read_json(result)
    tap.check('a command is looked at until it ends',
              result.returncode == 0 and data and data['process']['is_ended']
              and len(data['timeline']) > 2 and 'done' in result.stderr, result.stderr)
    with open(report, encoding='utf-8') as file:
        tap.check('the report is one file', '<html' in file.read())
    data = read_json(run(program, '--json', '--samples', '4', '--interval', '0.05',
                         str(os.getpid())))
    tap.check('--samples', data and len(data['timeline']) == 4, data and data['timeline'])
    # Without a terminal nothing is started: this one could not be.
    says('a command without a terminal', run(program, '--', '/nonexistent'), 1,
         'this needs a terminal')


def other_programs(program, folder):
    script = os.path.join(folder, 'again')
    with open(script, 'w', encoding='utf-8') as file:
        file.write('sleep 0.2; exec sh "$0"\n')
    result = run(program, '--csv', '--samples', '40', '--interval', '0.05', '--', 'sh', script)
    tap.check('exec is told between two looks', result.returncode == 0 and re.search(
        r'^steppe-map: exec: process \d+ is sh now, and was sh: ', result.stderr, re.M),
        result.stderr)
    result = run(program, '--csv', '--samples', '3', '--interval', '0.05', str(os.getpid()))
    tap.check('... and only where it was', result.returncode == 0 and not result.stderr,
              result.stderr)


def in_terminal(columns, *arguments):
    """What is printed to a terminal of so many columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    text = b''
    with subprocess.Popen(arguments, env=environment(), stdin=subprocess.DEVNULL,
                          stdout=slave) as process:
        os.close(slave)
        try:
            while part := os.read(master, 65536):
                text += part
        except OSError:  # the other side is closed
            pass
    os.close(master)
    return process.returncode, text.decode().replace('\r\n', '\n')


def narrow_terminal(program, folder):
    kept = os.path.join(folder, 'narrow.json')
    run(program, '--save', kept, str(os.getpid()))
    piped = run(program, '--once', '--load', kept).stdout
    status, wide = in_terminal(1000, program, '--once', '--load', kept)
    tap.check('a wide terminal gets what a pipe gets', status == 0 and wide == piped, wide)
    status, text = in_terminal(80, program, '--once', '--load', kept)
    tables = text[text.find('\nkind '):].splitlines()
    tap.check('a narrow one gets tables that fit', status == 0 and len(tables) > 10 and
              max(len(line) for line in tables if 'no room' not in line) <= 80, text)


def smaps(program, child_program):
    with Child(child_program) as child:
        data = read_json(run(program, '--json', '--smaps', child.pid))
        if not data:
            return
        tap.check('--smaps: committed is exact', data['totals']['committed_is_exact'] and
                  all(region['committed_is_exact'] for region in data['regions']) and
                  data['cost']['smaps_cpu_ns'] > 0, data['totals'], data['cost'])
        region = region_at(data, child.addresses['cells'][0])
        tap.check('a reservation unpublished is committed as far as it is there',
                  not region['is_no_reserve'] or region['committed_bytes'] == 3 * PAGE, region)
        tap.check('--once says so', 'committed is exact\n' in run(
            program, '--once', '--smaps', child.pid).stdout)
    says('--smaps of a snapshot', run(program, '--once', '--smaps', '--load', '/nowhere/x'), 2,
         '--smaps')
    says('--smaps on the screen', run(program, '--smaps', str(os.getpid())), 2, '--smaps')


def children(program):
    looks = ('--interval', '0.5', '--samples', '2')
    result = run(program, '--json', *looks, '--', 'sh', '-c',
                 'sleep 1000 & sh -c "sleep 1000; :" & wait')
    data = read_json(result)
    listed = data and data['process']['children']
    if not tap.check('children of a command', listed and len(listed) == 3, result.stderr, listed):
        return
    by_depth = [(one['depth'], one['name']) for one in listed]
    tap.check('... and theirs', by_depth == [(1, 'sleep'), (1, 'sh'), (2, 'sleep')] or
              by_depth == [(1, 'sh'), (1, 'sleep'), (2, 'sleep')], listed)
    tap.check('... by parents', listed[0]['parent'] == data['process']['pid'] and
              listed[2]['parent'] in (listed[0]['pid'], listed[1]['pid']) and
              listed[0]['resident_bytes'] > 0 and not data['process']['children_are_cut'], listed)
    text = run(program, '--once', *looks, '--', 'sh', '-c', 'sleep 1000 & sleep 1000; :').stdout
    tap.check('... in words', re.search(
        r'not counted here, it has 2 children: \d+ sleep \([\d.]+ [KM]iB\), \d+ sleep', text),
        text[:500])
    text = run(program, '--once', *looks, '--', 'sleep', '1000').stdout
    tap.check('no children, no words', text and 'child' not in text, text[:500])


def headless(program, child_program):
    """A process whose first thread has ended."""
    with Child(child_program, 'headless') as child:
        state = None
        while state != 'Z':  # it may not have come to its end yet
            time.sleep(0.01)
            with open(f'/proc/{child.pid}/stat', encoding='utf-8') as file:
                state = file.read().rpartition(')')[2].split()[0]
        data = read_json(run(program, '--json', child.pid))
        if not data:
            return
        process = data['process']
        tap.check('without its first thread', process['thread'] and
                  process['pid'] == int(child.pid) and not process['is_ended'], process)
        address, size = child.addresses['touched']
        tap.check('... its pages', known_pages(region_at(data, address), address, size) == (3, 3))
        once = run(program, '--once', child.pid).stdout
        tap.check('... in words', f"thread {process['thread']} shows" in once, once[:500])


def closed(program, folder):
    """Descriptors 0 to 2 closed: what is opened must not take their places."""
    snapshot = os.path.join(folder, 'closed')
    pid = str(os.getpid())
    command = ['sh', '-c', '"$0" "$@" 0<&- 1>&- 2>&-', program]
    result = run(*command, '--save', snapshot, pid)
    tap.check('all closed', result.returncode == 0, result)
    tap.check('... the snapshot is whole', read_json(run(program, '--json', '--load', snapshot)))
    tap.check('... and nobody hears', run(*command, '--once', pid).returncode == 1)
    talker, failed = os.path.join(folder, 'talker'), os.path.join(folder, 'failed')
    result = run(*command, '--interval', '0.2', '--save', talker, '--', 'sh', '-c',
                 f'echo words || touch {failed}; echo more >&2 || touch {failed}; sleep 0.5')
    data = read_json(run(program, '--json', '--load', talker))
    tap.check('... a command that speaks', result.returncode == 0 and data and
              data['process']['command'][0] == 'sh', result, data and data['process'])
    tap.check('... can do so', not os.path.exists(failed))
    result = run('sh', '-c', '"$0" "$@" 0<&- 1>&-', program, '--once', pid)
    says('standard output closed', result, 1, 'standard output cannot be written to')
    result = run('sh', '-c', '"$0" "$@" 1>&-', program, '--help')
    tap.check('help to nobody', result.returncode == 1, result)


def steppe_program(program, child_program):
    with Child(child_program, STEPPE_PUBLISH='1') as child:
        data = read_json(run(program, '--json', child.pid))
        steppe = data and data['steppe']
        if not tap.check('the library publishes its state', steppe, data and data['cost']):
            return
        found = {one['name']: one for one in steppe['reservations']}
        tap.check('one look is one point, and is right', len(data['timeline']) == 1 and
                  data['timeline'][0]['committed_bytes'] == data['totals']['committed_bytes'],
                  data['timeline'])
        address, size = child.addresses['cells']
        cells = found.get('cells', {})
        tap.check('a reservation by name', cells and int(cells['start'], 16) == address
                  and cells['size_bytes'] == size and cells['policy'] == 'commit', cells)
        tap.check('its committed runs', cells.get('committed') == [[0, 1], [7, 2]], cells)
        region = region_at(data, address)
        tap.check('it is a region', region.get('kind') == 'steppe' and
                  region.get('committed_bytes') == 3 * PAGE, region)
        slots = next((one['slots'] for one in steppe['reservations'] if one['slots']), {})
        tap.check('slots in use', slots.get('in_use') == [[7, 1], [46, 1]]
                  and slots.get('slot_bytes') == 2048, slots)
        once = run(program, '--once', child.pid).stdout
        tap.check('reservations are in the table', re.search(
            r'(uffd|guard|mprotect) +commit +1.0 GiB +12.0 KiB .* cells\n', once), once[-2000:])
        tap.check('what the library keeps of slots is said in words', len(re.findall(
            r'  steppe: bits of slots \(orders\)\n', once)) == 2, once[-2000:])
        tap.check('a region without a name has its size', [one['name'] for one in data['regions']
                  if one['kind'] == 'steppe' and '(no name), ' in one['name']] == [
                      '(no name), 1.0 MiB'], [one['name'] for one in data['regions']])
        tap.check('nobody is told to publish who does', 'publishes nothing' not in once, once[:900])
        html = run(program, '--html', '-', child.pid)
        tap.check('a report on standard output', html.returncode == 0 and html.stdout.lower()
                  .startswith('<!doctype html>') and html.stdout.rstrip().endswith('</html>') and
                  '"cells"' in html.stdout, html.stdout[:200], html.stderr)
    with Child(child_program, 'nameless', STEPPE_PUBLISH='1') as child:
        once = run(program, '--once', child.pid).stdout
        tap.check('slots without a name are told by their size', all(
            once.count(f'  {name}\n') == 2 for name in (
                '(no name), slots of 100 B', 'steppe: bits of slots')), once[-2000:])
    with Child(child_program) as child:
        data = read_json(run(program, '--json', child.pid))
        tap.check('nothing is published unless asked', data and data['steppe'] is None)
        once = run(program, '--once', child.pid).stdout
        advice = '\nit uses Steppe, publishes nothing: start it with STEPPE_PUBLISH=1\n'
        tap.check('... and how to ask is told', advice in once, once[:900])
    publishing = 'echo "${STEPPE_PUBLISH-nothing}" >&2; sleep 1'
    for options, expected in ((('--publish',), '1\n'), ((), 'nothing\n')):
        result = run(program, *options, '--json', '--samples', '1', '--interval', '0.3', '--',
                     'sh', '-c', publishing)
        tap.check(f'STEPPE_PUBLISH of a command with {options}', result.returncode == 0
                  and result.stderr == expected, result.stderr)


# ---- in tmux --------------------------------------------------------------------------------

def on_screen(program, child_program):
    with Child(child_program) as child, Screen(program, child.pid, columns=110, rows=34) as screen:
        tap.check('the screen shows the process',
                  screen.has(f'steppe-map  {child.pid}', 'live', 'C code', 'this region'),
                  screen.text())
        address, _ = child.addresses['touched']
        screen.keys('/')
        screen.type(f'{address:#x}')
        screen.keys('Enter')
        tap.check('an address is found', screen.has(f'page \\d+ at {address:#x}: resident, dirty'),
                  screen.text())
        screen.keys('s')
        tap.check('regions are sorted', screen.has('sorted by size', 'sizev'), screen.text())
        screen.keys('b')
        tap.check('a baseline', screen.has('baseline taken'), screen.text())
        child.go_on()
        screen.keys('d')
        tap.check('the difference', screen.has(
            'difference from the baseline', r'came +\+4\.0 KiB', r'went +0 B',
            r'changed +\+4\.0 KiB'), screen.text())
        screen.keys('d')
        screen.resize(80, 24)
        tap.check('a smaller screen', screen.has(r'\? help', 'swapped|dirty'), screen.text())
        screen.resize(40, 10)
        tap.check('a screen that is too small', screen.has('too small'), screen.text())
        screen.resize(80, 24)
        child.process.send_signal(signal.SIGKILL)
        child.process.wait()
        tap.check('the process ends', screen.has('ended'), screen.text())
        screen.keys('q')
        tap.check('the terminal is left clean', screen.has('ended with 0, terminal clean'),
                  screen.text())


def looks(program):
    pid = str(os.getpid())
    with Screen(program, '--ascii', pid) as screen:
        tap.check('ASCII', screen.has('this region', r'\+- ') and screen.text().isascii(),
                  screen.text())
    with Screen(program, pid, LC_ALL='C') as screen:
        tap.check('no UTF-8 in the locale', screen.has('this region') and screen.text().isascii(),
                  screen.text())
    with Screen(program, pid, NO_COLOR='1') as screen:
        screen.has('this region')
        tap.check('NO_COLOR', not re.search(r'\x1b\[[0-9;]*[34][0-8]', screen.escapes()),
                  repr(screen.escapes()[:500]))
    with Screen(program, pid) as screen:
        screen.has('this region')
        tap.check('256 colours', re.search(r'\x1b\[[0-9;]*38;5;', screen.escapes()),
                  repr(screen.escapes()[:500]))
    with Screen(program, '--color', '16', pid) as screen:
        screen.has('this region')
        tap.check('16 colours', not re.search(r'38;5;(1[6-9]|[2-9][0-9]|[0-9]{3})',
                                              screen.escapes()), repr(screen.escapes()[:500]))
    with Screen(program, pid, term='dumb-x') as screen:
        tap.check('an unknown terminal', screen.has('TERM', 'ended with 1, terminal clean'),
                  screen.text())
    with Screen(program, '--', 'true') as screen:
        tap.check('what ends at once may be seen, or was too fast', screen.has(
            "'true' ended before it could be looked at|has ended"), screen.text())
        tap.check('... and nobody is told to wait for us', 'zombie' not in screen.text(),
                  screen.text())
    with Screen(program, '--', 'sh', '-c', 'echo said; sleep 100') as screen:
        screen.has('this region')
        screen.keys('q')
        tap.check('what a command said is shown at the end',
                  screen.has('^said', 'ended with 0, terminal clean'), screen.text())


def main(program, child_program):
    program = os.path.abspath(program)  # some runs are in another folder
    with tempfile.TemporaryDirectory() as folder:
        refusals(program)
        permission(program)
        known_regions(program, child_program)
        snapshots(program, child_program, folder)
        commands(program, folder)
        other_programs(program, folder)
        narrow_terminal(program, folder)
        smaps(program, child_program)
        children(program)
        headless(program, child_program)
        closed(program, folder)
        steppe_program(program, child_program)
        if has_tmux():
            on_screen(program, child_program)
            looks(program)
        else:
            tap.skip('screens', 'tmux is not installed')
    return tap.end()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
