# SPDX-License-Identifier: MIT
"""test_report.py REPORT_PAGE [FOLDER] - opens reports in headless Chromium; prints TAP.

REPORT_PAGE writes the report of the JSON on its standard input. The pages say in data attributes
what they show, and are driven by what stands behind the "#" of their address, as links are. With a
folder the reports of the samples are left there, to be looked at.
"""
import fcntl
import html
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

from driver import Tap

TIMEOUT_SECONDS = 120
PAGE = 4096
MIB = 1 << 20
BROWSERS = ('chromium', 'chromium-browser', 'google-chrome')

tap = Tap()
check = tap.check


# ---- samples ------------------------------------------------------------------------------------

def region(start, size, kind, protection, name='', runs=()):
    """A region of the format; its figures follow from its runs of pages."""
    def figure(letter):
        return sum(length for _, length, letters in runs if letter in letters) * PAGE
    committed = size if protection[1] == 'w' and protection[3] == 'p' else 0
    return {'start': hex(start), 'end': hex(start + size), 'size_bytes': size, 'kind': kind,
            'protection': protection, 'name': name, 'offset_bytes': 0, 'device': '08:01',
            'inode': 7, 'committed_is_exact': True,
            'committed_bytes': committed, 'resident_bytes': figure('r'),
            'dirty_bytes': figure('d'), 'swapped_bytes': figure('s'), 'huge_bytes': figure('h'),
            'pages': [list(run) for run in runs]}


def totals(regions):
    figures = {'region_count': len(regions),
               'reserved_bytes': sum(one['size_bytes'] for one in regions)}
    for name in ('committed_bytes', 'resident_bytes', 'dirty_bytes', 'swapped_bytes'):
        figures[name] = sum(one[name] for one in regions)
    return figures


def capture(regions, **changes):
    kinds = [{'kind': kind, **totals([one for one in regions if one['kind'] == kind])}
             for kind in sorted({one['kind'] for one in regions})]
    return {'format': 'steppe-map', 'version': 1, 'kind': 'process',
            'taken': {'unix_ns': '1795000000000000000', 'text': '2026-11-22T21:00:00Z'},
            'process': {'pid': 4711, 'name': 'sample', 'command': ['./sample', '--all'],
                        'state': 'S', 'page_bytes': PAGE, 'is_ended': False},
            'cost': {'refresh_ns': 1234567, 'cpu_ns': 1200000, 'regions_by': 'maps',
                     'pages_by': 'pagemap_scan', 'why_no_pages': None},
            'totals': {**totals(regions), 'hole_count': 3,
                       'committed_is_exact': all(one['committed_is_exact'] for one in regions),
                       'largest_hole_bytes': 1 << 46,
                       'largest_hole_start': '0x600000000000', 'fragmentation': 0.25},
            'kinds': kinds, 'regions': regions, 'timeline': [], 'steppe': None, **changes}


def reservation(start, **changes):
    return {'name': 'cells', 'start': hex(start), 'size_bytes': 1 << 40, 'page_bytes': PAGE,
            'tag': '0x0', 'mechanism': 'uffd', 'policy': 'commit', 'protection': 'rw',
            'committed_bytes': 3 * PAGE, 'committed_peak_bytes': 9 * PAGE, 'limit_bytes': 16 * PAGE,
            'budget': {'charged_bytes': 8 * PAGE, 'limit_bytes': 32 * PAGE},
            'fault_count': 3, 'fault_commit_count': 3, 'commit_count': 0, 'decommit_count': 1,
            'refused_count': 0, 'os_call_count': 5, 'committed': [[3, 1], [23, 2]],
            'slots': {'start': hex(start), 'slot_bytes': 2048, 'slot_max': 1 << 29,
                      'slot_count': 2, 'in_use': [[7, 1], [46, 1]]}, **changes}


CODE, HEAP, RESERVATION, STACK = 0x400000, 0x1000000, 0x7e0000000000, 0x7ffffff00000


def sample_process():
    regions = [
        region(CODE, 64 * PAGE, 'code', 'r-xp', '/usr/bin/sample', [(0, 40, 'rf')]),
        region(HEAP, 256 * PAGE, 'heap', 'rw-p', '[heap]',
               [(0, 100, 'rd'), (120, 10, 's'), (140, 5, 'z'), (200, 16, 'rdh')]),
        region(RESERVATION, 1 << 40, 'steppe', 'rw-p', 'cells', [(3, 1, 'rd'), (23, 1, 'rd')]),
        region(STACK, 32 * PAGE, 'stack', 'rw-p', '[stack]', [(28, 4, 'rd')]),
    ]
    regions[2]['committed_bytes'] = 3 * PAGE
    timeline = [{'unix_ns': str(1795000000000000000 + i * 10**9), 'reserved_bytes': 1 << 40,
                 'committed_bytes': i * MIB, 'resident_bytes': i * MIB // 2, 'dirty_bytes': 0,
                 'swapped_bytes': None, 'region_count': 4, 'fault_count': i * i}
                for i in range(20)]
    steppe = {'committed_bytes': 3 * PAGE, 'committed_peak_bytes': 9 * PAGE,
              'limit_bytes': 64 * PAGE, 'fault_count': 3, 'os_call_count': 5, 'refused_count': 0,
              'reservation_count': 1, 'reservations': [reservation(RESERVATION)]}
    return capture(regions, timeline=timeline, steppe=steppe)


HOSTILE = [
    '</script><script>document.body.dataset.state="stolen"</script>',
    '<!--<script>',
    '<img src=x onerror="document.body.dataset.state=\'stolen\'">',
    '"\'&amp;\\u003cb>\u2028\u2029\u202e\x07',
    '/tmp/</title></style><b>folder</b>/<i>file</i>',
    '__proto__',
]


def sample_bound():
    """Nobody asked smaps: 2^40 bytes may be committed or not; of the heap it is known."""
    sample = sample_process()
    regions = [one for one in sample['regions'] if one['kind'] != 'steppe']
    regions.insert(2, region(0x100000000000, 1 << 40, 'anonymous', 'rw-p', 'perhaps',
                             [(0, 64, 'rd')]))
    for one in regions[1:]:
        one['committed_is_exact'] = one['kind'] == 'heap'
    return capture(regions, timeline=sample['timeline'])


def sample_budgets():
    """Reservations of two budgets, one of a budget that is not known by number, and one without;
    the last has the most in memory, and is no array of slots."""
    sample = sample_process()
    def budget(number, charged, limit=64):
        return {'number': number, 'charged_bytes': charged * MIB,
                'limit_bytes': limit * MIB if limit else None}
    place = 0x7f8000000000
    sample['steppe']['reservations'] += [
        reservation(place, name='rows', kind='slots', size_bytes=MIB, budget=budget(4, 47)),
        reservation(place + MIB, name='rows', kind='slots-bits', slots=None, size_bytes=MIB,
                    budget=budget(4, 47)),
        reservation(place + 2 * MIB, name='', kind='slots-bits', slots=None, size_bytes=MIB,
                    budget=budget(9, 3, None)),
        reservation(place + 3 * MIB, name='last', slots=None, size_bytes=MIB, budget=None)]
    for i, pages in enumerate((30, 0, 0, 40)):
        sample['regions'].insert(3 + i, region(
            place + i * MIB, MIB, 'steppe', 'rw-p', 'x', [(8, pages, 'rd')] if pages else []))
    return sample


def sample_many_slots():
    """A reservation of 2^34 slots, and a cell of the map that spans very many of them."""
    sample = sample_process()
    sample['steppe']['torn_count'] = 1
    sample['steppe']['reservations'].insert(0, reservation(RESERVATION + (1 << 41), slots=None))
    sample['steppe']['reservations'][1]['slots'].update(
        slot_bytes=64, slot_max=1 << 34, in_use=[[i * 1000, 1] for i in range(20000)])
    return sample


def sample_hostile():
    regions = [region(CODE + i * 0x100000, 4 * PAGE, 'anonymous', 'rw-p', name)
               for i, name in enumerate(HOSTILE)]
    regions[0]['kind'] = '<u>kind</u>'
    steppe = {'committed_bytes': 0, 'reservations': [
        reservation(CODE, name=HOSTILE[0], mechanism=HOSTILE[2], policy='<b>',
                    size_bytes=4 * PAGE)]}
    sample = capture(regions, steppe=steppe)
    sample['process']['name'] = HOSTILE[0]
    sample['process']['command'] = [HOSTILE[2], HOSTILE[0]]
    sample['cost']['why_no_pages'] = HOSTILE[2]
    return sample


def sample_difference():
    def before(one):
        return {name: one[name] for name in ('size_bytes', 'committed_bytes', 'resident_bytes',
                                             'dirty_bytes', 'swapped_bytes')}
    came = region(0x7f0000000000, 16 * PAGE, 'anonymous', 'rw-p', '', [(0, 8, 'rd')])
    went = region(0x7f0000100000, 8 * PAGE, 'file', 'r--p', '/tmp/gone', [(0, 8, 'rf')])
    heap = region(HEAP, 64 * PAGE, 'heap', 'rw-p', '[heap]', [(0, 20, 'rd')])
    grown = region(0x7f0000200000, 32 * PAGE, 'anonymous', 'rw-p', 'grown', [(0, 24, 'rd')])
    shrunk = region(0x7f0000300000, 16 * PAGE, 'anonymous', 'rw-p', 'shrunk', [(0, 4, 'rd')])
    fuller = region(0x7f0000400000, 16 * PAGE, 'anonymous', 'rw-p', 'fuller', [(0, 3, 'rd')])
    shrunk['committed_is_exact'] = False
    unknown = region(0x7f0000500000, 16 * PAGE, 'anonymous', 'rw-p', 'unknown', [(0, 3, 'rd')])
    sample = sample_process()
    regions = [
        {**heap, 'change': 'changed', 'before': before(heap), 'pages_came': [[12, 8]],
         'pages_went': [[30, 4]]},
        {**came, 'change': 'came', 'before': None, 'pages_came': [[0, 8]], 'pages_went': []},
        {**went, 'change': 'went', 'before': before(went), 'pages_came': [],
         'pages_went': [[0, 8]]},
        {**grown, 'change': 'changed', 'before': {
            **before(grown), 'committed_is_exact': True,
            'size_bytes': 16 * PAGE, 'committed_bytes': 16 * PAGE,
            'resident_bytes': 4 * PAGE}, 'pages_came': [[4, 20]], 'pages_went': []},
        {**shrunk, 'change': 'changed', 'before': {
            **before(shrunk), 'size_bytes': 64 * PAGE, 'committed_bytes': 64 * PAGE,
            'resident_bytes': 10 * PAGE}, 'pages_came': [], 'pages_went': [[4, 6]]},
        {**fuller, 'change': 'changed', 'before': {**before(fuller), 'resident_bytes': PAGE},
         'pages_came': [[1, 2]], 'pages_went': []},
        {**unknown, 'change': 'changed', 'before': {
            **before(unknown), 'resident_bytes': None, 'committed_bytes': None},
         'pages_came': [], 'pages_went': []}]
    def figure(old, new):
        return {'before': old, 'after': new, 'change': new - old}
    return {'format': 'steppe-map', 'version': 1, 'kind': 'difference',
            'before': {'taken': sample['taken'], 'process': sample['process']},
            'after': {'taken': {'unix_ns': '1795000005000000000', 'text': '2026-11-22T21:00:05Z'},
                      'process': sample['process']},
            'totals': {'region_count': figure(4, 4),
                       'reserved_bytes': figure(96 * PAGE, 104 * PAGE),
                       'committed_bytes': figure(64 * PAGE, 80 * PAGE),
                       'resident_bytes': figure(24 * PAGE, 28 * PAGE),
                       'dirty_bytes': figure(16 * PAGE, 28 * PAGE), 'swapped_bytes': figure(0, 0)},
            'regions': regions}


def sample_marks():
    """Regions of the same size, of which more or less is committed, and resident."""
    sample = sample_difference()
    regions = sample['regions'] = []
    for i, (figure, old, new) in enumerate((
            ('committed', 2, 8), ('committed', 8, 2), ('resident', 2, 8), ('resident', 8, 2))):
        one = region(0x7f0000000000 + (i << 20), 16 * PAGE, 'anonymous', 'rw-p', figure)
        one[f'{figure}_bytes'] = new * PAGE
        past = {name: value for name, value in one.items() if name.endswith('_bytes')}
        regions.append({**one, 'change': 'changed', 'pages_came': [], 'pages_went': [],
                        'before': {**past, f'{figure}_bytes': old * PAGE}})
    return sample


def sample_slots():
    """Pages whose slots are all in use, then pages of which half are, then none."""
    sample = sample_process()
    sample['regions'][2]['pages'] = [[0, 1024, 'rd']]
    sample['steppe']['reservations'] = [reservation(
        RESERVATION, committed=[[0, 1024]], size_bytes=1 << 24, slots={
            'start': hex(RESERVATION), 'slot_bytes': 2048, 'slot_max': 8192, 'slot_count': 1536,
            'in_use': [[0, 1024], *([1024 + 2 * i, 1] for i in range(512))]})]
    sample['regions'][2].update(size_bytes=1 << 24, end=hex(RESERVATION + (1 << 24)))
    return sample


def sample_large(region_count):
    start = 0x7f0000000000
    kinds = ('anonymous', 'file', 'reserved')
    return capture([
        region(start + i * 4 * PAGE, (1 + i % 4) * PAGE, kinds[i % 3],
               '---p' if i % 3 == 2 else 'rw-p', f'/lib/part-{i:05}' if i % 3 == 1 else '',
               () if i % 3 == 2 else [(0, 1, 'rd')]) for i in range(region_count)])


def sample_unknown():
    """No permission for pages: figures null, no runs."""
    sample = sample_process()
    for one in sample['regions'] + sample['kinds'] + [sample['totals']]:
        for name in ('committed_bytes', 'resident_bytes', 'dirty_bytes', 'swapped_bytes'):
            one[name] = None
        one.pop('pages', None)
    sample['steppe'] = None
    sample['cost'].update(pages_by='none', why_no_pages='no permission')
    return sample


def sample_lab():
    return {'format': 'steppe-map', 'version': 1, 'kind': 'lab',
            'taken': {'unix_ns': '1795000000000000000', 'text': '2026-11-22T21:00:00Z'},
            'lab': {'is_reserved': True, 'start': hex(RESERVATION), 'slot_max': 50,
                    'slot_bytes': 2048, 'page_bytes': PAGE, 'page_count': 25,
                    'strategy': 'by-fault', 'give_back': 'collected', 'mechanism_wanted': 'best',
                    'mechanism': 'uffd', 'why': 'it works here', 'strict': False,
                    'background': False,
                    'budget': {'limit_bytes': MIB, 'charged_bytes': 7 * PAGE},
                    'figures': {'reserved_bytes': 25 * PAGE, 'committed_bytes': 4 * PAGE,
                                'resident_bytes': 2 * PAGE, 'slot_count': 2, 'fault_count': 2,
                                'os_call_count': 9, 'vma_count': 1, 'refused_count': 0},
                    'pages': [[3, 1, 'cr'], [5, 1, 'c'], [9, 1, 'crg'], [23, 1, 'cr']],
                    'in_use': [[7, 1], [46, 1]],
                    'log': [{'number': 1, 'call': 'steppe_slots_use(slots, 7)', 'result': '0x1',
                             'effect': '1 fault', 'is_refused': False}]}}


def sample_bare():
    """Only what makes it a capture."""
    return {'format': 'steppe-map', 'version': 1, 'kind': 'process'}


def sample_senseless():
    """The right names with the wrong kinds of values."""
    sample = sample_process()
    sample['regions'][0].update(start=7, end=None, size_bytes='many', pages='rd', name=None)
    sample['regions'][1].update(pages=[[5, 2, 'rd'], [1, 9, 'rd'], [-3, 1], 'x', [1e300, 1, 's']])
    sample['regions'][2].update(kind=None, protection=5)
    sample['steppe']['reservations'][0].update(committed={}, slots={'slot_bytes': 0}, budget=3)
    sample['timeline'] = {}
    sample['kinds'] = None
    return sample


# ---- a page in the browser ----------------------------------------------------------------------

class Page(HTMLParser):
    """What was there after the scripts ran."""

    VOID = {'meta', 'input', 'br', 'link', 'img'}
    APART = {'td', 'th', 'dd', 'li'}

    def __init__(self, text, messages):
        super().__init__(convert_charrefs=True)
        self.messages = messages
        self.body = {}
        self.texts = {}
        self.tags = []
        self.rows = 0
        self._open = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag == 'body':
            self.body = {name[5:]: value for name, value in attributes.items()
                         if name.startswith('data-')}
        self.rows += tag == 'tr' and 'data-index' in attributes
        if tag not in self.VOID:
            self._open.append((tag, attributes.get('id')))
        if tag in self.APART:
            self.handle_data(' ')

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for tag, name in self._open:
            if name or tag == 'title':
                self.texts[name or tag] = self.texts.get(name or tag, '') + data

    def text(self, name):
        return re.sub(r'\s+', ' ', self.texts.get(name, '')).strip()

    def is_hidden(self, name):
        return any(attributes.get('id') == name and 'hidden' in attributes
                   for _, attributes in self.tags)

    def colours(self, picture):
        return json.loads(self.body.get(f'{picture}-colours', '{}'))


class Browser:
    def __init__(self, command, program, folder):
        self.command = command
        self.program = program
        self.folder = Path(folder)

    def write(self, name, sample):
        text = sample if isinstance(sample, bytes) else json.dumps(sample).encode()
        made = subprocess.run([self.program], input=text, capture_output=True, check=True,
                              timeout=TIMEOUT_SECONDS)
        path = self.folder / f'{name}.html'
        path.write_bytes(made.stdout)
        return path

    def run(self, url, *options):
        return subprocess.run(
            [self.command, '--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run',
             '--disable-extensions', '--enable-logging=stderr', '--window-size=1100,900',
             f'--user-data-dir={self.folder / "profile"}', *options, url],
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=TIMEOUT_SECONDS)

    def open(self, path, *options, **commands):
        url = path.as_uri() + (f'#{urlencode(commands)}' if commands else '')
        result = self.run(url, '--dump-dom', *options)
        messages = [line for line in result.stderr.decode(errors='replace').splitlines()
                    if ':CONSOLE' in line]
        return Page(result.stdout.decode(errors='replace'), messages)


class Hand:
    """Somebody at the mouse and the keyboard: the browser told by a pipe what happens."""

    def __init__(self, browser):
        here, self._write = os.pipe()
        self._read, there = os.pipe()
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (here, there)]
        os.close(here)
        os.close(there)

        def move():
            os.dup2(theirs[0], 3)
            os.dup2(theirs[1], 4)
        self._process = subprocess.Popen(
            [browser.command, '--headless=new', '--no-sandbox', '--disable-gpu',
             '--remote-debugging-pipe', '--window-size=1100,900', '--no-first-run',
             f'--user-data-dir={browser.folder / "hand"}', 'about:blank'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=move, close_fds=False)
        for end in theirs:
            os.close(end)
        self._rest, self._count, self._session = b'', 0, None
        self.say('Browser.getVersion')

    def visit(self, path, scheme='light', **commands):
        """A report in a window of its own, once it is ready."""
        self._session = None
        url = f'{path.as_uri()}#{urlencode(commands)}'
        target = self.say('Target.createTarget', url='about:blank')['targetId']
        self._session = self.say('Target.attachToTarget', targetId=target, flatten=True)[
            'sessionId']
        self.say('Emulation.setEmulatedMedia',
                 features=[{'name': 'prefers-color-scheme', 'value': scheme}])
        self.say('Page.navigate', url=url)
        self.wait('document.body && document.body.dataset.state', 'ready')

    def resize(self, width):
        self.say('Emulation.setDeviceMetricsOverride', width=width, height=900,
                 deviceScaleFactor=1, mobile=False)
        self.wait(f'innerWidth === {width} && document.body.dataset.width '
                  '=== String(document.getElementById("main").clientWidth)', True)

    def rows(self):
        """What the rows of the table say, by the names of its columns."""
        names = self.data('columns').split(' ')
        rows = self.ask('[...document.querySelectorAll("#table tbody tr[data-index]")]'
                        '.map(row => [...row.cells].map(cell => cell.textContent.trim()))')
        return [dict(zip(names, row, strict=True)) for row in rows]

    def press(self, selector):
        """A button by its key: it has to be one that the keyboard gets to."""
        self.ask(f'document.querySelector({json.dumps(selector)}).focus()')
        self.key('Enter', 13, '\r')

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        os.close(self._write)
        os.close(self._read)
        self._process.terminate()
        self._process.wait(TIMEOUT_SECONDS)

    def say(self, method, **params):
        self._count += 1
        message = {'id': self._count, 'method': method, 'params': params}
        if self._session:
            message['sessionId'] = self._session
        os.write(self._write, json.dumps(message).encode() + b'\0')
        while True:
            answer = self._answer()
            if answer.get('id') == self._count:
                if 'error' in answer:
                    raise RuntimeError(f'{method}: {answer["error"]}')
                return answer['result']

    def _answer(self):
        while b'\0' not in self._rest:
            if not select.select([self._read], [], [], TIMEOUT_SECONDS)[0]:
                raise TimeoutError('the browser says nothing')
            some = os.read(self._read, 1 << 20)
            if not some:
                raise EOFError('the browser is gone')
            self._rest += some
        answer, _, self._rest = self._rest.partition(b'\0')
        return json.loads(answer)

    def ask(self, expression):
        result = self.say('Runtime.evaluate', expression=expression, returnByValue=True)
        return result['result'].get('value')

    def wait(self, expression, value):
        end = time.monotonic() + TIMEOUT_SECONDS
        while self.ask(expression) != value:
            if time.monotonic() > end:
                raise TimeoutError(f'{expression} does not become {value}')
            time.sleep(0.05)

    def text(self, name):
        return self.ask(f'document.getElementById("{name}").textContent')

    def data(self, name):
        return self.ask(f'document.body.dataset.{name}')

    def place(self, name, right, down):
        """So far from the upper left corner of an element, which is brought to where it is seen."""
        box = self.ask(f'(() => {{ const e = document.getElementById("{name}");'
                       'e.scrollIntoView({block: "center"});'
                       'const b = e.getBoundingClientRect(); return [b.left, b.top]; })()')
        return {'x': box[0] + right, 'y': box[1] + down}

    def mouse(self, kind, place, **more):
        self.say('Input.dispatchMouseEvent', type=kind, **place, **more)

    def click(self, place):
        for kind in ('mousePressed', 'mouseReleased'):
            self.mouse(kind, place, button='left', clickCount=1)

    def key(self, key, code=0, text=None):
        more = {'text': text} if text else {}
        for kind in ('keyDown', 'keyUp'):
            self.say('Input.dispatchKeyEvent', type=kind, key=key, windowsVirtualKeyCode=code,
                     **(more if kind == 'keyDown' else {}))


def check_ready(name, page):
    check(f'{name}: ready, nothing on the console',
          page.body.get('state') == 'ready' and not page.messages, page.body, *page.messages)


# ---- checks -------------------------------------------------------------------------------------

def check_process(browser):
    path = browser.write('process', sample_process())
    page = browser.open(path, describe=1)
    check_ready('a process', page)
    check('title and command', page.text('title').startswith('sample process 4711')
          and page.text('command') == './sample --all', page.text('title'), page.text('command'))
    facts = page.text('facts')
    check('when and what it cost', all(words in facts for words in (
        '2026-11-22 21:00:00 UTC', 'refresh took 1.2 ms', 'pages by pagemap_scan')), facts)
    cards = page.text('cards')
    check('totals', 'reserved 1 TiB' in cards and 'swapped 40 KiB' in cards
          and 'committed 1.14 MiB' in cards, cards)
    check('holes', '3 holes' in page.text('holes') and 'largest 64 TiB' in page.text('holes')
          and '25.0 %' in page.text('holes'), page.text('holes'))
    check('rows', page.body.get('rows') == '4' and page.rows == 4, page.body, page.rows)
    check('kinds', all(kind in page.text('kinds-table')
                       for kind in ('code', 'heap', 'steppe', 'stack')))
    check('a timeline', page.body.get('points') == '20' and '361' in page.text('charts'),
          page.text('charts'))
    steppe = page.text('steppe')
    check('a reservation, its slots, budget and faults', all(words in steppe for words in (
        'cells', 'by uffd', '2 slots of 2 KiB in use', 'Budget: 32 KiB of 128 KiB (25 %)',
        'Limit of the process: 12 KiB of 256 KiB', '3 faults', '2 committed runs')), steppe)
    overview = page.colours('overview')
    check('the overview has colours for what is there',
          all(overview.get(state, 0) > 0 for state in
              ('dirty', 'resident', 'committed', 'reserved', 'swapped', 'zero')), overview)
    check('the reservation is chosen first', page.body.get('chosen') == hex(RESERVATION), page.body)
    check('nothing is an upper bound where all is exact', page.is_hidden('bound')
          and '≤' not in ''.join(page.texts.values()), page.text('main'))
    return path


def check_bound(browser):
    """What is committed at most is nowhere said to be committed."""
    page = browser.open(browser.write('bound', sample_bound()), describe=1)
    check_ready('an upper bound', page)
    check('it has its sign', 'committed ≤ 1 TiB' in page.text('cards'), page.text('cards'))
    check('and below it words of why, and what helps', not page.is_hidden('bound')
          and page.text('bound') == 'Committed is an upper bound: memory mapped with '
          'MAP_NORESERVE counts in full; --smaps makes it exact.', page.text('bound'))
    kinds = page.text('kinds-table')
    check('by kind: where it is one, and not where it is not', '≤ 1 TiB' in kinds
          and kinds.count('≤') == 2 and 'heap 1 1 MiB 1 MiB 464 KiB' in kinds, kinds)
    check('in the table of regions', page.text('table').count('≤') == 2
          and '≤ 1 TiB' in page.text('table'), page.text('table'))
    check('in the timeline', '≤ 19 MiB' in page.text('charts'), page.text('charts'))
    cascade = page.text('cascade')
    check('in the bars', 'of it committed or resident ≤ 100 %' in cascade
          and 'perhaps committed, not resident≤ 1 TiB' in cascade
          and 'committed, not resident520 KiB' in cascade, cascade)
    parts = [attributes.get('style', '') for tag, attributes in page.tags if tag == 'i']
    check('a part of a bar is hatched, another is not', any('var(--bound)' in part
          for part in parts) and any('var(--committed)' in part for part in parts), parts)
    colours = page.colours('overview')
    check('as it is in the picture, in both colours', 'perhaps committed' in
          page.text('overview-legend') and colours.get('committed', 0) > 1000
          and colours.get('reserved', 0) > 1000, page.text('overview-legend'), colours)
    page = browser.open(browser.folder / 'bound.html', find='0x100000000000', page=100)
    check('in words of a region and a page', 'committed ≤ 1 TiB' in page.text('chosen')
          and page.text('map-status').endswith('perhaps committed, not resident'),
          page.text('chosen'), page.text('map-status'))
    sample = sample_bound()
    del sample['totals']['committed_is_exact']
    page = browser.open(browser.write('silent', sample))
    check('no word of it means that nobody looked', 'committed ≤' in page.text('cards'),
          page.text('cards'))


def check_budgets(browser):
    page = browser.open(browser.write('budgets', sample_budgets()))
    check_ready('budgets', page)
    budgets, reservations = page.text('budgets'), page.text('reservations')
    check('a budget once, with its members', not page.is_hidden('budgets') and budgets.startswith(
        'BudgetsBudget 4: 47 MiB of 64 MiB (73 %) rows committed 12 KiB steppe: bits of slots '
        '(rows) committed 12 KiBBudget 9: 3 MiB, no limit') and budgets.count('47 MiB') == 1,
        budgets)
    check('its members name it', reservations.count('in budget 4') == 2
          and reservations.count('in budget 9') == 1 and '47 MiB' not in reservations,
          reservations)
    check('one without a number stays with its reservation',
          reservations.count('Budget: 32 KiB of 128 KiB') == 1, reservations)
    titles = re.findall(r'Show pages(.*?) 0x', reservations)
    check('reservations have the names of the terminal', titles == [
        'cells', 'rows', 'steppe: bits of slots (rows)', 'steppe: bits of slots', 'last'], titles)
    check('the reservation where most is resident is chosen first',
          page.body['chosen'] == hex(0x7f8000000000 + 3 * MIB)
          and page.text('chosen').startswith('Reservation last'), page.body, page.text('chosen'))
    sample = sample_budgets()
    for one in sample['regions'][3:7]:
        one.update(resident_bytes=None, pages=[])
    sample['regions'][2].update(resident_bytes=0, pages=[])
    sample['steppe']['reservations'].reverse()
    page = browser.open(browser.write('budgets', sample))
    check('of equals one with slots', page.body['chosen'] == hex(0x7f8000000000), page.body)
    page = browser.open(browser.write('plain', sample_process()))
    check('without numbers there is no panel', page.is_hidden('budgets'))


def check_map(browser, path):
    page = browser.open(path, describe=1, find=hex(RESERVATION + 23 * PAGE), zoom=-3)
    status = page.text('map-status')
    check('an address leads to its page and its slots', f'{RESERVATION + 23 * PAGE:#x}' in status
          and 'resident, dirty' in status and 'slots 46–47, in use: 46' in status, status)
    colours = page.colours('map')
    check('the map close by: pages, and slots as dots', page.body.get('pages-per-cell') == '1'
          and all(colours.get(state, 0) > 20
                  for state in ('dirty', 'committed', 'reserved', 'slot')),
          colours, page.body)
    page = browser.open(path, find=hex(RESERVATION + 24 * PAGE), zoom=100)
    check('a committed page that is not there', 'committed, not resident' in
          browser.open(path, find=hex(RESERVATION + 24 * PAGE), zoom=0).text('map-status'))
    check('a terabyte fits', int(page.body.get('pages-per-cell', 0)) >= 4096, page.body)
    page = browser.open(path, describe=1, find=hex(HEAP + 120 * PAGE + 5))
    check('swapped, zeros and huge pages of the heap', 'swapped' in page.text('map-status')
          and all(page.colours('map').get(state, 0) > 0
                  for state in ('swapped', 'zero', 'dirty', 'committed')),
          page.text('map-status'), page.colours('map'))
    check('huge pages in words', 'huge' in
          browser.open(path, find=hex(HEAP), page=201).text('map-status'))
    check('pages of a file', 'in the file, not resident' in
          browser.open(path, find=hex(CODE), page=50).text('map-status'))
    many = browser.open(browser.write('many', sample_many_slots()), zoom=100)
    check_ready('2^34 slots', many)
    check('what could not be read is said', '1 reservation changed' in many.text('reservations'))
    check('slots are chosen before others', many.body['chosen'] == hex(RESERVATION), many.body)
    check('many slots are a figure', re.search(r'slots 0–[\d,]+, [\d,]+ in use',
                                               many.text('map-status')), many.text('map-status'))
    near = int(browser.open(path, find=hex(HEAP), zoom=-100).body['zoom'])
    far = int(browser.open(path, find=hex(HEAP), zoom=100).body['zoom'])
    check('zoom has ends', near < 0 <= far, near, far)


def check_find(browser, path):
    page = browser.open(path, find='0x5000000')
    check('an address in a hole', 'is not mapped: it lies in a hole of' in page.text('found'),
          page.text('found'))
    check('an address below and above all', 'below the lowest' in
          browser.open(path, find='0x1000').text('found') and 'above the highest' in
          browser.open(path, find='ffffffffffffffff').text('found'))
    page = browser.open(path, find='<b>0x</b>')
    check('no address at all', 'is not an address' in page.text('found')
          and '<b>0x</b>' in page.text('found'), page.text('found'))


def check_table(browser, path):
    def names(**commands):
        page = browser.open(path, **commands)
        return re.findall(r'0x[0-9a-f]+', page.text('table')), page
    order, page = names(sort='resident')
    check('sorted by resident, most first', order[:1] == [hex(HEAP)], order)
    order, _ = names(sort='size', order='up')
    check('sorted by size, least first', order[:1] == [hex(STACK)]
          and order[-1] == hex(RESERVATION), order)
    order, page = names(filter='HEAP')
    check('filtered by text', order == [hex(HEAP)] and page.body['rows'] == '1'
          and page.text('count') == '1 of 4 regions', order, page.text('count'))
    order, _ = names(kind='stack')
    check('filtered by kind', order == [hex(STACK)], order)
    order, page = names(filter='no such')
    check('nothing left', not order and page.body['rows'] == '0', order)
    page = browser.open(path, describe=1, color='kind')
    check('the overview by kind', 'swapped' not in page.colours('overview')
          and 'code' in page.text('overview-legend'), page.colours('overview'))


def check_hostile(browser):
    page = browser.open(browser.write('hostile', sample_hostile()))
    check_ready('hostile names', page)
    table = page.texts.get('table', '')
    check('hostile names are text', all(name in table for name in HOSTILE), table)
    check('and in the title, the command and the reservations', HOSTILE[0] in page.text('title')
          and HOSTILE[2] in page.text('command') and HOSTILE[0] in page.text('reservations'),
          page.text('title'), page.text('command'))
    elements = {tag for tag, _ in page.tags}
    check('no element came of them', not elements & {'img', 'i0', 'u', 'iframe'} and
          sum(tag == 'script' for tag, _ in page.tags) == 2 and
          not any(name.startswith('on') for _, attributes in page.tags for name in attributes),
          sorted(elements))
    broken = json.dumps(sample_process()).encode().replace(b'/usr/bin/sample', b'/usr/\xff\xc3/x')
    page = browser.open(browser.write('broken', broken))
    check_ready('a name that is not UTF-8', page)
    check('it shows U+FFFD', '/usr/\ufffd\ufffd/x' in page.texts.get('table', ''))
    # What a browser makes of a page that a script was smuggled into in spite of all.
    text = browser.write('smuggled', sample_process()).read_text(encoding='utf-8')
    path = browser.folder / 'smuggled.html'
    path.write_text(text.replace('<body>', '<body><script>document.title = "stolen"</script>'),
                    encoding='utf-8')
    page = browser.open(path)
    check('the policy keeps other scripts out', page.text('title').startswith('sample')
          and any('Content Security Policy' in line for line in page.messages), page.text('title'))


def check_difference(browser):
    path = browser.write('difference', sample_difference())
    page = browser.open(path, describe=1)
    check_ready('a difference', page)
    check('before, after, change', 'resident 96 KiB 112 KiB +16 KiB' in page.text('changes-table'),
          page.text('changes-table'))
    table = page.text('table')
    check('came, went, changed', all(words in table for words in ('+ came', '− went', 'changed')),
          table)
    page = browser.open(path, find=hex(HEAP), page=12)
    check('a page that came', page.text('map-status').endswith('came'), page.text('map-status'))
    order = [attributes.get('id') for tag, attributes in page.tags if tag == 'section']
    check('the table of regions leads, then where they lie', order[:3] == [
        'regions', 'space', 'pages'], order)
    check('totals that may be less', 'committed ≤ 320 KiB+64 KiB' in page.text('cards')
          and 'committed ≤ 256 KiB ≤ 320 KiB +64 KiB' in page.text('changes-table')
          and page.text('bound').endswith('Changes of it are changes of bounds.')
          and page.text('rows-bound') == page.text('bound') and not page.is_hidden('rows-bound'),
          page.text('cards'), page.text('changes-table'), page.text('bound'))
    cascade = page.text('cascade')
    check('and their bar', 'perhaps committed, not resident≤ 208 KiB' in cascade, cascade)
    sample = sample_difference()
    sample['totals']['committed_is_exact'] = {'before': False, 'after': True}
    page = browser.open(browser.write('exact', sample))
    check('totals of which one side is exact', 'committed ≤ 256 KiB 320 KiB +64 KiB' in
          page.text('changes-table') and '≤' not in page.text('cards')
          and page.text('bound').startswith('Committed before is an upper bound'),
          page.text('changes-table'), page.text('bound'))
    sample['totals']['committed_is_exact']['before'] = True
    page = browser.open(browser.write('exact', sample))
    check('and both', '≤' not in page.text('changes-table') and page.is_hidden('bound'),
          page.text('changes-table'))
    table = browser.open(browser.write('marks', sample_marks())).text('table')
    check('what has its size is not called grown', all(words in table for words in (
        '▲ more committed', '▼ less committed', '▲ more resident', '▼ less resident'))
        and 'grown' not in table and 'shrunk' not in table, table)
    sample = sample_difference()
    for one in sample['regions']:
        del one['pages']
    sample['totals'].update(regions_came=1, regions_went=1, regions_changed=1)
    path = browser.write('changes', sample)
    page = browser.open(path, describe=1, find=hex(HEAP), page=30)
    check_ready('a difference that says of pages only what changed', page)
    colours = page.colours('map')
    check('what came, went and stayed has its colour', colours.get('came', 0) > 0
          and colours.get('went', 0) > 0 and not colours.get('committed'), colours)
    check('and its words', page.text('map-status').endswith('went: was resident')
          and 'regions: 1 came, 1 went, 1 changed' in page.text('changes-words'),
          page.text('map-status'), page.text('changes-words'))


def sample_reservation_changes():
    sample = sample_difference()
    def figure(old, new):
        return {'before': old, 'after': new, 'change': None if None in (old, new) else new - old}
    sample['reservations'] = [
        {'change': 'changed', 'start': '0x20000', 'size_bytes': 1 << 20, 'name': HOSTILE[0],
         'kind': 'slots', 'committed_bytes': figure(PAGE, 3 * PAGE), 'slot_count': figure(5, 4005),
         'fault_count': figure(7, 7), 'refused_count': figure(0, 2)},
        {'change': 'came', 'start': '0x180000', 'size_bytes': PAGE, 'name': '', 'kind': 'plain',
         'committed_bytes': figure(0, PAGE), 'slot_count': figure(None, None),
         'fault_count': figure(0, 0), 'refused_count': figure(None, None)}]
    return sample


def check_reservation_changes(browser):
    page = browser.open(browser.write('nothing-published', sample_difference()))
    check('nothing was published: no reservations', page.is_hidden('reservation-changes'))
    sample = sample_reservation_changes()
    page = browser.open(browser.write('reservation-changes', sample))
    check_ready('a difference of reservations', page)
    table = page.text('reservation-changes-table')
    check('their figures before and after',
          f'{HOSTILE[0]} · 0x20000 · 1 MiB · changed committed 4 KiB 12 KiB +8 KiB '
          'slots in use 5 4,005 +4,000 refused 0 2 +2 '
          '(no name) · 0x180000 · 4 KiB · came committed 0 4 KiB +4 KiB' in table
          and 'faults' not in table and not page.is_hidden('reservation-changes'), table)
    sample['reservations'] *= 101
    page = browser.open(browser.write('many-reservations', sample))
    check('not all of very many', page.text('reservation-changes-words').startswith('2 more'),
          page.text('reservation-changes-words'))
    sample['reservations'] = [7, None, {'committed_bytes': 5, 'name': {}, 'start': []}]
    check_ready('senseless reservations', browser.open(browser.write('odd', sample)))
    sample['reservations'] = []
    page = browser.open(browser.write('same-reservations', sample))
    check('none changed', 'No reservation has changed.' in page.text('reservation-changes-words'),
          page.text('reservation-changes-words'))


def check_others(browser):
    page = browser.open(browser.write('unknown', sample_unknown()))
    check_ready('figures not known', page)
    check('they are not shown as 0', 'committed –' in page.text('cards')
          and 'no permission' in page.text('facts'), page.text('cards'))
    check('nor is it said what is resident', 'resident' not in page.text('overview-legend'),
          page.text('overview-legend'))
    check_ready('a bare capture', browser.open(browser.write('bare', sample_bare())))
    check_ready('senseless values', browser.open(browser.write('senseless', sample_senseless())))
    senseless = sample_difference()
    for one, change, past in zip(senseless['regions'], (7, None, 'changed', {}, 'came'),
                                 (5, 'x', {'size_bytes': 'many'}, None, [1])):
        one.update(change=change, before=past, pages_came=past)
    senseless['totals'] = {'resident_bytes': 7}
    check_ready('a senseless difference', browser.open(browser.write('senseless', senseless)))
    empty = capture([])
    check_ready('no regions', browser.open(browser.write('empty', empty)))
    page = browser.open(browser.write('lab', sample_lab()), describe=1, page=23)
    check_ready('a lab', page)
    check('its slots are on the map', 'slots 46–47, in use: 46' in page.text('map-status')
          and page.is_hidden('regions') and not page.is_hidden('pages'), page.text('map-status'))
    colours = page.colours('map')
    check('its pages have their colours', all(colours.get(state, 0) > 20 for state in (
        'resident', 'committed', 'guard', 'reserved', 'slot')), colours)
    check('its figures, budget and calls', 'slots in use 2' in page.text('cards')
          and 'Budget: 28 KiB of 1 MiB' in page.text('reservations')
          and 'steppe_slots_use(slots, 7)' in page.text('calls-table'), page.text('cards'))
    lab = sample_lab()
    lab['lab'].update(is_reserved=False, start=None, pages=[], in_use=[])
    page = browser.open(browser.write('lab_free', lab))
    check_ready('a lab without an array', page)
    check('which it says', 'nothing is reserved' in page.text('facts')
          and page.is_hidden('pages'), page.text('facts'))
    for name, text, words in (
            ('no JSON', b'{"format": ', 'cannot be shown'), ('not ours', b'[1]', 'not a capture'),
            ('nothing', b'', 'cannot be shown'), ('null', b'null', 'not a capture')):
        page = browser.open(browser.write('bad', text))
        check(f'data that is wrong: {name}', words in page.text('problem')
              and page.body.get('state', '').startswith('error'), page.text('problem'))
    page = browser.open(browser.write('later', {**sample_process(), 'version': 2}))
    check('a later version says so', 'version 2' in page.text('problem')
          and page.body.get('rows') == '4', page.text('problem'))


def check_large(browser):
    path = browser.write('large', sample_large(50000))
    page = browser.open(path, describe=1, find=hex(0x7f0000000000 + 44444 * 4 * PAGE))
    check_ready('50,000 regions', page)
    check('all are counted, few are elements', page.body['rows'] == '50000' and 10 < page.rows < 80,
          page.body, page.rows)
    check('the one looked for is among them', 'aria-current' in
          {name for tag, attributes in page.tags if tag == 'tr' for name in attributes})
    check('all are drawn', sum(page.colours('overview').values()) > 50000, page.colours('overview'))
    page = browser.open(path, filter='part-4444')
    check('a filter finds few of them', page.body['rows'] == '4' and page.rows == 4, page.body)
    print(f"# 50,000 regions drawn in {page.body.get('overview-ms')} ms, "
          f"the map in {page.body.get('map-ms')} ms")


def check_mouse(hand):
    place = hand.place('map', 200, 200)
    hand.mouse('mouseMoved', place)
    words = hand.text('map-status')
    check('a page is described under the pointer', re.match(r'Pages? [\d,–]+ of 268,435,456', words)
          and '0x7e00' in words, words)
    before = int(hand.data('zoom'))
    hand.mouse('mouseWheel', place, deltaX=0, deltaY=120)
    check('the wheel zooms out', int(hand.data('zoom')) == before + 1, before, hand.data('zoom'))
    hand.mouse('mouseWheel', place, deltaX=0, deltaY=-120)
    hand.mouse('mouseWheel', place, deltaX=0, deltaY=-120)
    check('and in', int(hand.data('zoom')) == before - 1, before, hand.data('zoom'))
    first = hand.text('map-status')
    hand.mouse('mousePressed', place, button='left', clickCount=1)
    hand.mouse('mouseMoved', {**place, 'y': place['y'] - 90}, button='left', buttons=1)
    hand.mouse('mouseReleased', {**place, 'y': place['y'] - 90}, button='left', clickCount=1)
    hand.mouse('mouseMoved', {**place, 'x': place['x'] + 1})
    check('dragging moves the map', hand.text('map-status') != first, first)
    hand.click(hand.place('overview', 3, 30))
    check('a click on the overview chooses a region', hand.data('chosen') == hex(CODE),
          hand.data('chosen'))
    hand.click(hand.place('zoom-in', 5, 5))
    hand.click(hand.place('next', 5, 5))
    check('and a button the next one', hand.data('chosen') == hex(HEAP), hand.data('chosen'))
    hand.click(hand.place('rows', 40, 32 + 27 * 3 + 10))
    check('a click on a row chooses it', hand.data('chosen') == hex(STACK), hand.data('chosen'))
    hand.click(hand.place('color-kind', 5, 5))
    check('what is chosen stands in the address',
          f'find={STACK:#x}' in hand.ask('location.hash') and 'color=kind' in
          hand.ask('location.hash'), hand.ask('location.hash'))


def check_keys(hand):
    hand.ask('document.getElementById("overview").focus()')
    hand.key('ArrowLeft', 37)
    check('left chooses the region before', hand.data('chosen') == hex(RESERVATION),
          hand.data('chosen'))
    hand.ask('document.getElementById("map").focus()')
    hand.key('Home', 36)
    hand.key('ArrowRight', 39)
    words = hand.text('map-status')
    check('right moves to the next cell', words.startswith('Page 1 of'), words)
    hand.key('-', 189, '-')
    check('minus zooms out', int(hand.data('zoom')) > -3, hand.data('zoom'))
    hand.key('0', 48, '0')
    check('0 shows all', int(hand.data('pagesPerCell')) >= 4096, hand.data('pagesPerCell'))
    hand.key('End', 35)
    words = hand.text('map-status')
    check('the end is the last page', '268,435,455 of' in words, words)
    hand.ask('document.getElementById("filter").focus()')
    for letter in 'stack':
        hand.key(letter, ord(letter.upper()), letter)
    check('typing filters', hand.text('count') == '1 of 4 regions', hand.text('count'))
    hand.ask('document.getElementById("find").focus()')
    for letter in f'{HEAP + PAGE:x}':
        hand.key(letter, ord(letter.upper()), letter)
    hand.key('Enter', 13, '\r')
    check('Enter finds an address', 'is on page 1 of [heap]' in hand.text('found'),
          hand.text('found'))
    hand.click(hand.place('table', 200, 15))
    check('nothing went wrong', hand.data('state') == 'ready', hand.data('state'))


def check_print(hand):
    pages = hand.say('Page.printToPDF')['data']
    check('it prints, and is as before afterwards', len(pages) > 10000
          and hand.data('state') == 'ready'
          and not hand.ask('document.documentElement.classList.contains("printing")'))


def check_tabs(hand, path):
    """All that can be used is reached by Tab, is seen when it is, and has a name to be read out."""
    hand.visit(path)
    reached, unseen = [], []
    for _ in range(60):
        hand.key('Tab', 9)
        name, outline = hand.ask(
            '(() => { const e = document.activeElement; const sort = e.dataset.sort;'
            'return [e === document.body ? "" : sort ? `sort ${sort}`'
            ': e.id || e.className || e.textContent.slice(0, 40),'
            'getComputedStyle(e).outlineStyle]; })()')
        if not name or name in reached:
            break
        reached.append(name)
        if outline == 'none':
            unseen.append(name)
    missing = {'skip', 'color-state', 'color-kind', 'overview', 'zoom-in', 'zoom-fit', 'map',
               'filter', 'kind', 'find', 'rows', 'sort start', 'sort resident', 'charts'}
    missing -= set(reached)
    check('Tab reaches everything', reached[:1] == ['skip'] and not missing, missing, reached)
    check('and shows where it is', len(reached) > 20 and not unseen, unseen)
    nodes = hand.say('Accessibility.getFullAXTree')['nodes']
    def has(node, name):
        return any(one['name'] == name and one['value']['value'] for one in
                   node.get('properties', ()))
    usable = [node for node in nodes if has(node, 'focusable')]
    nameless = [node['role']['value'] for node in usable
                if not node.get('name', {}).get('value')]
    check('everything usable has a name to be read out', len(usable) > 20 and not nameless,
          nameless)
    tables = [node.get('name', {}).get('value') for node in nodes
              if node.get('role', {}).get('value') == 'table']
    check('and so has every table', len(tables) == 2 and all(tables), tables)
    hand.visit(path)
    hand.key('Tab', 9)
    hand.key('Enter', 13, '\r')
    hand.key('Tab', 9)
    check('the first link skips to the regions',
          hand.ask('document.activeElement.id') == 'filter', hand.ask('document.activeElement.id'))


def check_row_keys(hand, path):
    hand.visit(path)
    hand.ask('document.getElementById("rows").focus()')
    chosen = []
    for key, code in (('Home', 36), ('ArrowDown', 40), ('End', 35), ('ArrowUp', 38),
                      ('PageUp', 33)):
        hand.key(key, code)
        chosen.append(hand.data('chosen'))
    check('keys choose rows', chosen == [hex(one) for one in (
        CODE, HEAP, STACK, RESERVATION, CODE)], chosen)
    hand.key('Enter', 13, '\r')
    check('and Enter goes to the pages', hand.ask('document.activeElement.id') == 'map')
    hand.ask('document.getElementById("charts").focus()')
    hand.key('Home', 36)
    hand.key('ArrowRight', 39)
    check('keys move in the timeline', hand.text('moment').startswith('1.0 s after the first')
          and '1 MiB' in hand.text('charts'), hand.text('moment'), hand.text('charts'))
    hand.key('Escape', 27)
    check('and leave it', hand.text('moment').startswith('20 points'), hand.text('moment'))
    hand.press('[data-sort="size"]')
    check('a head sorts by key and keeps the focus',
          [row['start'] for row in hand.rows()][0] == hex(RESERVATION)
          and hand.ask('document.activeElement.dataset.sort') == 'size', hand.rows())


# How many pixels of a canvas are dark, are of the colour of slots, and lie half between that
# colour and the one of dirty pages; right of the addresses and above the cursor.
SPOTS = """(() => {
  const canvas = document.querySelector('%s');
  const all = canvas.getContext('2d').getImageData(%d, 0, canvas.width - %d, %d).data;
  const found = { dark: 0, slot: 0, half: 0 };
  const near = (i, colour) => colour.every((value, part) => Math.abs(all[i + part] - value) < 4);
  for (let i = 0; i < all.length; i += 4) {
    if (all[i + 3] < 255) continue;
    if (0.3 * all[i] + 0.6 * all[i + 1] + 0.1 * all[i + 2] < 45) found.dark++;
    if (near(i, [240, 228, 66])) found.slot++;
    if (near(i, [237, 207, 46])) found.half++;
  }
  return found;
})()"""


def check_spots(hand, browser):
    path = browser.write('slots', sample_slots())
    for scheme in ('light', 'dark'):
        hand.visit(path, scheme=scheme, zoom=2, page=4000)
        found = hand.ask(SPOTS % ('#map', 140, 140, 70))
        check(f'slots from afar: their colour, paler for half of them, never dark ({scheme})',
              not found['dark'] and found['slot'] > 500 and found['half'] > 500, found)
        found = hand.ask(SPOTS % ('#reservations canvas', 0, 0, 22))
        check(f'and in the strip of the reservation ({scheme})',
              not found['dark'] and found['slot'] > 500 and found['half'] > 500, found)
        check(f'with words for it ({scheme})', 'slots in use, paler where only some are' in
              hand.text('map-legend'), hand.text('map-legend'))
    hand.visit(path, zoom=-100, page=3)
    check('close by a slot is a dot', hand.text('map-legend').endswith('slot in use'),
          hand.text('map-legend'))


def check_changes(hand, path):
    """The table of a difference: before, after and change of each region, and sorted by them."""
    hand.visit(path)
    hand.resize(1600)
    rows = {row['start']: row for row in hand.rows()}
    def figures(start, name):
        return [rows[hex(start)][key] for key in (f'{name}-before', name, f'{name}-change')]
    check('before, after and change of a region that has grown',
          figures(0x7f0000200000, 'committed') == ['64 KiB', '128 KiB', '+64 KiB']
          and figures(0x7f0000200000, 'resident') == ['16 KiB', '96 KiB', '+80 KiB'], rows)
    check('of one that has shrunk, and nobody asked smaps', figures(0x7f0000300000, 'committed')
          == ['≤ 256 KiB', '≤ 64 KiB', '−192 KiB'], rows)
    check('of one that came and one that went', figures(0x7f0000000000, 'resident')
          == ['–', '32 KiB', '+32 KiB'] and figures(0x7f0000100000, 'resident')
          == ['32 KiB', '–', '−32 KiB'], rows)
    check('what was not known is not 0', figures(0x7f0000500000, 'resident')
          == ['–', '12 KiB', '–'], rows)
    marks = {int(start, 16): row['change'] for start, row in rows.items()}
    check('marks', marks == {
        HEAP: '≠ changed', 0x7f0000000000: '+ came', 0x7f0000100000: '− went',
        0x7f0000200000: '▲ grown', 0x7f0000300000: '▼ shrunk',
        0x7f0000400000: '▲ more resident',
        0x7f0000500000: '≠ changed'}, marks)
    check('what is said of a change of bounds', '−196,608 bytes, of upper bounds' in
          hand.ask('[...document.querySelectorAll("td.number")].map(e => e.title)'))
    check('what a mark means', 'reserved +64 KiB, committed +64 KiB, resident +80 KiB' in
          hand.ask('[...document.querySelectorAll("td.change")].map(e => e.title)'))
    def order():
        return [int(row['start'], 16) >> 20 & 15 for row in hand.rows() if 'f0000' in row['start']]
    check('the largest growth first, what is not known last', order() == [2, 0, 4, 3, 1, 5],
          order())
    expected = {'committed-change': [0, 2, 1, 4, 3, 5], 'resident-before': [3, 1, 2, 4, 0, 5],
                'committed': [2, 0, 3, 4, 5, 1], 'change': [0, 5, 2, 4, 3, 1]}
    for key, wanted in expected.items():
        hand.press(f'[data-sort="{key}"]')
        sorted_by = hand.ask('document.querySelector("th[aria-sort$=ending] button").dataset.sort')
        check(f'sorted by {key}', order() == wanted and sorted_by == key, order(), sorted_by)
    hand.press('[data-sort="change"]')
    check('and the other way round', order() == [1, 3, 4, 2, 5, 0], order())
    check('the link to it', 'sort=change' in hand.ask('location.hash'), hand.ask('location.hash'))
    hand.visit(path, filter='grown')
    check('a filter finds marks', hand.text('count') == '1 of 7 regions', hand.text('count'))
    hand.visit(path)
    check('what changed is where one looks first', hand.text('map-status').startswith('Page 4 of'),
          hand.text('map-status'))


# What is wider than its place: the page, the box of the table, and cells or heads of the table.
# Names are cut with dots and have titles, but there is room for some of them.
WIDE = """(() => {
  const wide = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) wide.push('the page');
  const look = (e, name) => { if (e.scrollWidth > e.clientWidth) wide.push(name); };
  look(document.getElementById('rows'), 'the table');
  document.querySelectorAll('#table td:not(:last-child), #table th button')
    .forEach(e => look(e, e.textContent));
  if (document.querySelector('[data-sort=name]').clientWidth < 90) wide.push('names');
  return wide;
})()"""


def check_widths(hand, process, difference):
    stay = {process: 'start size committed resident name',
            difference: 'change start committed-change resident-change name'}
    for path, names in stay.items():
        hand.visit(path)
        found = {}
        for width in (1600, 1000, 800, 700, 400):
            hand.resize(width)
            wide = hand.ask(WIDE)
            check(f'{path.stem}: nothing is wider than {width} pixels have room for',
                  not wide and hand.data('state') == 'ready', wide, hand.data('state'))
            found[width] = hand.data('columns').split()
        counts = [len(columns) for columns in found.values()]
        check(f'{path.stem}: columns are left out one by one',
              counts == sorted(counts, reverse=True) and counts[0] > counts[2] > counts[4], found)
        check(f'{path.stem}: from 700 pixels on those that matter are there',
              set(names.split()) <= set(found[700]), found[700])
        words = hand.text('left-out')
        check(f'{path.stem}: what is left out is said', words.startswith('Left out')
              and 'swapped' in words and 'protection' in words, words)
        # A4 at 96 pixels an inch, without its margins.
        hand.resize(720)
        hand.say('Emulation.setEmulatedMedia', media='print')
        hand.ask('dispatchEvent(new Event("beforeprint"))')
        edge = hand.ask('document.getElementById("table").getBoundingClientRect().right')
        check(f'{path.stem}: the table fits on paper', edge <= 720
              and len(hand.data('columns').split()) > len(found[700]), edge, hand.data('columns'))
    hand.visit(process)
    hand.resize(1600)
    check('with room for all, all are there', not hand.text('left-out')
          and hand.data('columns') == 'start size kind protection committed resident dirty '
          'swapped share name', hand.data('columns'))
    hand.resize(1000)
    check('at 1000 pixels one column at most is missing',
          len(hand.data('columns').split()) >= 9, hand.data('columns'))
    hand.visit(process, sort='swapped')
    hand.resize(700)
    check('what the table is sorted by stays', 'swapped' in hand.data('columns'),
          hand.data('columns'))


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
             for part in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def check_looks(hand, process, difference):
    """Text is readable on whatever it stands, and figures stand beneath each other."""
    for scheme in ('light', 'dark'):
        hand.visit(process, scheme=scheme)
        names = ('ink', 'soft', 'quiet', 'accent', 'came', 'went', 'refused',
                 'sheet', 'paper', 'chosen', 'hover')
        colours = dict(zip(names, hand.ask(
            f'{list(names)}.map(name => getComputedStyle(document.documentElement)'
            '.getPropertyValue(`--${name}`).trim())'), strict=True))
        weak = [(ink, ground, round(contrast(colours[ink], colours[ground]), 2))
                for ink in names[:7] for ground in names[7:]
                if contrast(colours[ink], colours[ground]) < 4.5]
        check(f'text has contrast ({scheme})', not weak, weak)
    for path in (process, difference):
        hand.visit(path)
        styles = hand.ask('[...document.querySelectorAll("td.number, th.number")].map(cell => {'
                          'const style = getComputedStyle(cell);'
                          'return `${style.textAlign} ${style.fontVariantNumeric}`; })')
        check(f'{path.stem}: figures are aligned', len(styles) > 30
              and set(styles) == {'right tabular-nums'}, set(styles))


def check_budget_members(hand, browser):
    hand.visit(browser.write('budgets', sample_budgets()))
    hand.press('.members li:nth-child(2) button')
    check('a member of a budget leads to its pages', hand.text('chosen').startswith(
        'Reservation steppe: bits of slots (rows)'), hand.text('chosen'))
    hand.resize(400)
    check('budgets fit into 400 pixels', not hand.ask(WIDE), hand.ask(WIDE))


def check_hand(browser, path):
    try:
        hand = Hand(browser)
    except (OSError, EOFError, TimeoutError) as error:
        tap.skip('with mouse and keyboard', f'the browser takes no pipe: {error}')
        return
    with hand:
        hand.visit(path)
        check_mouse(hand)
        check_keys(hand)
        check_print(hand)
        check_tabs(hand, path)
        check_row_keys(hand, path)
        check_spots(hand, browser)
        difference = browser.write('difference', sample_difference())
        check_changes(hand, difference)
        check_widths(hand, path, difference)
        hand.visit(browser.write('marks', sample_marks()))
        hand.resize(1000)
        check('the longest words of a change fit', not hand.ask(WIDE)
              and 'change' in hand.data('columns'), hand.ask(WIDE), hand.data('columns'))
        check_budget_members(hand, browser)
        check_looks(hand, path, difference)


def check_sizes(browser):
    """Nothing is wider than the window, at 1000 and at 400 pixels."""
    path = browser.write('process', sample_process())
    frames = browser.folder / 'frames.html'
    for width in (1000, 400):
        frames.write_text(
            f'<iframe id="f" src="{path.name}" style="width:{width}px;height:900px;border:0">'
            '</iframe><script>onload = () => {'
            'const root = document.getElementById("f").contentDocument.documentElement;'
            'document.body.dataset.width = root.scrollWidth;'
            'document.body.dataset.state = root.querySelector("body").dataset.state; }</script>',
            encoding='utf-8')
        page = Page(browser.run(frames.as_uri(), '--dump-dom', '--allow-file-access-from-files')
                    .stdout.decode(), [])
        check(f'{width} pixels are enough', page.body.get('state') == 'ready'
              and int(page.body.get('width', 9999)) <= width, page.body)


def check_offline(browser, path):
    text = html.unescape(path.read_text(encoding='utf-8'))
    head = text[:text.index('<script type="application/json"')]
    check('nothing is loaded from anywhere', not re.search(
        r'(?:src|href)\s*=\s*["\'](?!#)|url\(|@import|https?://(?!www\.w3\.org/)', head))


def main(program, folder=None):
    command = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not command:
        print(f'1..0 # SKIP none of {", ".join(BROWSERS)} is installed')
        return 0
    with tempfile.TemporaryDirectory(prefix='report-', ignore_cleanup_errors=True) as temporary:
        browser = Browser(command, os.path.abspath(program), folder or temporary)
        probe = browser.run('data:text/html,<body data-a="works">', '--dump-dom')
        if b'works' not in probe.stdout:
            print(f'1..0 # SKIP {command} does not start here: exit status {probe.returncode}')
            return 0
        path = check_process(browser)
        check_bound(browser)
        check_budgets(browser)
        check_map(browser, path)
        check_find(browser, path)
        check_table(browser, path)
        check_hand(browser, path)
        check_hostile(browser)
        check_difference(browser)
        check_reservation_changes(browser)
        check_others(browser)
        check_large(browser)
        check_sizes(browser)
        check_offline(browser, path)
    return tap.end()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
