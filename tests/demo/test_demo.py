# SPDX-License-Identifier: MIT
"""test_demo.py BINARY - runs unicode-table on the real data and on damaged copies; prints TAP.

The figures are compared with counts this script makes from the same files by itself. Every damage
must end in exit status 1 and one line on standard error that names the file and the line.
"""
import os
import random
import re
import resource
import select
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'programs'))
from driver import Tap, environment  # noqa: E402

DATA = '/usr/share/unicode'
FILES = ('UnicodeData.txt', 'DerivedAge.txt', 'Scripts.txt')
RECORD_BYTES = 256
TIMEOUT_SECONDS = 120

tap = Tap()
check, skip = tap.check, tap.skip


def run(binary, *arguments, **options):
    return subprocess.run([binary, *arguments], env=environment(), capture_output=True,
                          timeout=TIMEOUT_SECONDS, check=False, **options)


def run_on_terminal(binary, **changes):
    """Output and exit status with a pseudo-terminal as standard output."""
    ours, theirs = os.openpty()
    child = subprocess.Popen([binary], env=environment(**changes), stdout=theirs,
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


# ---- what the files say ---------------------------------------------------------------------

def data_lines(name):
    with open(os.path.join(DATA, name), encoding='utf-8') as file:
        for line in file:
            content = line.split('#')[0].strip()
            if content:
                yield content


def script_of_characters():
    scripts = {}
    for line in data_lines('Scripts.txt'):
        bounds, script = (part.strip() for part in line.split(';'))
        first, _, last = bounds.partition('..')
        for code_point in range(int(first, 16), int(last or first, 16) + 1):
            scripts[code_point] = script
    return scripts


def assigned_code_points():
    characters, first = set(), None
    for line in data_lines('UnicodeData.txt'):
        fields = line.split(';')
        code_point = int(fields[0], 16)
        if fields[1].endswith(', First>'):
            first = code_point
            continue
        if fields[2] not in ('Cs', 'Co'):
            characters.update(range(code_point if first is None else first, code_point + 1))
        first = None
    return characters


def pages_of(code_points):
    page_bytes = resource.getpagesize()
    return {code_point * RECORD_BYTES // page_bytes for code_point in code_points}


# ---- the real data --------------------------------------------------------------------------

def number_after(pattern, text):
    found = re.search(pattern, text)
    return int(found.group(1).replace(',', '')) if found else None


def check_figures(text):
    scripts = script_of_characters()
    characters = assigned_code_points()
    han = {code_point for code_point, script in scripts.items() if script == 'Han'}
    needed, rest = pages_of(characters), pages_of(characters - han)

    def figure(name, pattern, expected):
        found = number_after(pattern, text)
        check(name, found == expected, f'printed {found}, the files say {expected}')

    figure('characters read', r'read +([\d,]+) characters', len(characters))
    figure('pages needed', r'lie on ([\d,]+) of them', len(needed))
    figure('Han removed', r'removed +Han: ([\d,]+) characters', len(han))
    figure('pages given back', r'given back +([\d,]+) pages', len(pages_of(han) - rest))
    figure('pages kept', r'kept +([\d,]+) pages', len(pages_of(han) & rest))
    figure('characters on the map', r'the map shows ([\d,]+) characters',
           len(characters) - len(han))
    for script in ('Hangul', 'Common', 'Tangut', 'Latin'):
        figure(f'characters of {script}', rf'\n +{script} +([\d,]+) ',
               sum(1 for value in scripts.values() if value == script))

    limit = number_after(r'may commit ([\d,]+) bytes', text)
    charged = number_after(r'refused at the byte: ([\d,]+) charged', text)
    page_bytes = resource.getpagesize()
    check('refused at the exact byte', limit and charged == limit // page_bytes * page_bytes,
          f'limit {limit}, charged {charged}')
    committed = [int(value.replace(',', ''))
                 for value in re.findall(r'budget all say ([\d,]+) bytes', text)]
    resident = [int(value.replace(',', ''))
                for value in re.findall(r'kernel holds ([\d,]+) bytes', text)]
    check('resident is at most committed',
          len(committed) == 3 and len(resident) == 3
          and all(small <= large for small, large in zip(resident, committed)),
          committed, resident)
    check('committed holds all records', committed and committed[0] >= len(needed) * page_bytes,
          committed)


def check_real_data(binary):
    result = run(binary)
    text = result.stdout.decode()
    check('the real data: exit status 0', result.returncode == 0, result.returncode, text,
          result.stderr.decode())
    check('the real data: nothing on standard error', result.stderr == b'', result.stderr)
    check('no contradiction', 'CONTRADICTION' not in text and 'no contradiction' in text, text)
    check('plain ASCII in a pipe', result.stdout.isascii() and b'\033' not in result.stdout)
    check('at most 100 columns', max(map(len, text.splitlines())) <= 100)
    check('no blanks at ends of lines', not re.search(r'[ \t]$', text, re.M))
    planes = re.findall(r'^ +(?:\S+ +)?(\d+) [A-Zox+.]{64}$', text, re.M)
    check('the map has 17 planes', planes == [str(plane) for plane in range(17)], planes)
    check_figures(text)


def has_terminals():
    try:
        for end in os.openpty():
            os.close(end)
    except OSError as error:
        skip('terminals', f'no pseudo-terminal: {error.strerror}')
        return False
    return True


def check_terminals(binary):
    if not has_terminals():
        return
    output, status = run_on_terminal(binary)
    check('UTF-8 terminal: colours and half blocks',
          status == 0 and b'\033[' in output and '▀'.encode() in output and '漢'.encode() in output)
    output, status = run_on_terminal(binary, NO_COLOR='1')
    check('NO_COLOR: no escape sequence', status == 0 and b'\033' not in output)
    output, status = run_on_terminal(binary, LC_ALL='C')
    check('terminal without UTF-8: plain ASCII',
          status == 0 and output.isascii() and b'\033' not in output)


# ---- wrong use and a refusing system --------------------------------------------------------

def check_line(name, result, status, *patterns):
    """Exit status, one clear line, and no crash."""
    error = result.stderr.decode(errors='replace')
    lines = error.splitlines()
    check(name, result.returncode == status and len(lines) == 1
          and lines[0].startswith('unicode-table: ') and lines[0].isprintable()
          and all(re.search(part, lines[0]) for part in patterns),
          f'exit status {result.returncode}', error)


def check_use(binary):
    result = run(binary, '--help')
    check('--help', result.returncode == 0 and b'usage: unicode-table' in result.stdout)
    result = run(binary, '--version')
    check('--version', result.returncode == 0 and b'Steppe' in result.stdout)
    check_line('unknown option', run(binary, '--no-such'), 2, '--no-such', '--help')
    check_line('unknown short option', run(binary, '-x'), 2, '-x')
    check_line('two directories', run(binary, DATA, DATA), 2, 'more than one directory')
    check_line('missing directory', run(binary, '/nonexistent'), 1,
               r'/nonexistent/UnicodeData\.txt: cannot be opened', 'unicode-data')
    check_line('a directory called like an option', run(binary, '--', '-x'), 1, '-x/UnicodeData')
    check_line('a file as directory', run(binary, '/dev/null'), 1, 'cannot be opened')
    with open('/dev/full', 'wb') as full:
        result = subprocess.run([binary], env=environment(), stdout=full, stderr=subprocess.PIPE,
                                timeout=TIMEOUT_SECONDS, check=False)
    check_line('full disk as standard output', result, 1, 'cannot be written')


def check_address_space(binary):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    check_line('RLIMIT_AS of 1 GiB', run(binary, preexec_fn=limit), 1, '1 TiB', 'ulimit -v')


# ---- damaged data ---------------------------------------------------------------------------

class Copy:
    """A directory with copies of the files, to be damaged."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix='unicode-table-')
        for name in FILES:
            shutil.copy(os.path.join(DATA, name), self.directory)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        shutil.rmtree(self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def read(self, name):
        with open(self.path(name), 'rb') as file:
            return file.read()

    def write(self, name, content):
        with open(self.path(name), 'wb') as file:
            file.write(content)


def line_of(content, needle):
    return content[:content.index(needle)].count(b'\n') + 1


LATIN_A = b'0041;LATIN CAPITAL LETTER A;Lu;0;L;;;;;N;;;;0061;\n'
LATIN_B = b'0042;LATIN CAPITAL LETTER B;Lu;0;L;;;;;N;;;;0062;\n'
HAN_FIRST = b'4E00;<CJK Ideograph, First>;Lo;0;L;;;;;N;;;;;\n'
HAN_LAST = b'9FFF;<CJK Ideograph, Last>;Lo;0;L;;;;;N;;;;;\n'

# (what, file, old bytes, new bytes, line of the message from that of the old bytes on or None for
#  any, words of the message)
REPLACEMENTS = (
    ('a field too few', 0, LATIN_A, LATIN_A.replace(b';;;;;', b';;;;'), 0, '14 fields'),
    ('a field too many', 0, LATIN_A, LATIN_A[:-1] + b';\n', 0, '16 fields'),
    ('no field at all', 0, LATIN_A, b'nonsense\n', 0, '1 field where'),
    ('an empty line', 0, LATIN_A, b'\n' + LATIN_A, 0, '1 field where'),
    ('a code point beyond 10FFFF', 0, LATIN_A, LATIN_A.replace(b'0041;', b'110000;'), 0, '110000'),
    ('a code point that is not hexadecimal', 0, LATIN_A, b'00G1' + LATIN_A[4:], 0, '00G1'),
    ('a negative code point', 0, LATIN_A, b'-041' + LATIN_A[4:], 0, '-041'),
    ('an endless code point', 0, LATIN_A, b'0' * 30 + LATIN_A, 0, 'not a code point'),
    ('a code point twice', 0, LATIN_A, LATIN_A * 2, 1, 'out of order'),
    ('code points in disorder', 0, LATIN_A + LATIN_B, LATIN_B + LATIN_A, 1, 'out of order'),
    ('an empty name', 0, LATIN_A, LATIN_A.replace(b'LATIN CAPITAL LETTER A', b''), 0, 'name'),
    ('a name too long', 0, LATIN_A, LATIN_A.replace(b'LATIN', b'L' * 200), 0, 'not a name'),
    ('a wrong category', 0, LATIN_A, LATIN_A.replace(b';Lu;', b';Letter;'), 0, 'category'),
    ('a wrong combining class', 0, LATIN_A, LATIN_A.replace(b';0;', b';255;'), 0, 'combining'),
    ('a wrong bidi class', 0, LATIN_A, LATIN_A.replace(b';L;', b';;'), 0, 'bidi'),
    ('a wrong mirror flag', 0, LATIN_A, LATIN_A.replace(b';N;', b';?;'), 0, 'mirrored'),
    ('a wrong case mapping', 0, LATIN_A, LATIN_A.replace(b'0061', b'61'), 0, 'case mapping'),
    ('a wrong decomposition', 0, LATIN_A, LATIN_A.replace(b';L;;', b';L;0041 X;'), 0,
     'decomposition'),
    ('a decomposition too long', 0, LATIN_A,
     LATIN_A.replace(b';L;;', b';L;' + b' '.join([b'0041'] * 21) + b';'), 0, 'more than 20'),
    ('a tag without end', 0, LATIN_A, LATIN_A.replace(b';L;;', b';L;<compatible 0041;'), 0, 'tag'),
    ('a division by zero', 0, LATIN_A, LATIN_A.replace(b';;N;', b';1/0;N;'), 0, 'numeric'),
    ('a number too large', 0, LATIN_A, LATIN_A.replace(b';;N;', b';' + b'9' * 30 + b';N;'), 0,
     'numeric'),
    ('a range without its last line', 0, HAN_LAST, b'', -1, 'range without an end'),
    ('a range without its first line', 0, HAN_FIRST, b'', 0, 'did not begin'),
    ('a range that ends in another', 0, HAN_LAST, HAN_LAST.replace(b'CJK', b'Yak'), -1,
     'range without an end'),
    ('a line too long', 0, LATIN_A, b'x' * 5000 + b'\n', 0, 'longer than'),
    ('a NUL byte', 0, LATIN_A, LATIN_A.replace(b'LATIN', b'LA\0IN'), 0, 'NUL'),
    ('an escape sequence', 0, LATIN_A, LATIN_A.replace(b';Lu;', b';\033[31m;'), 0, 'category'),
    ('a character that Scripts.txt lacks', 0, b'037A;', b'0379;X;Lu;0;L;;;;;N;;;;;\n037A;', 0,
     'is not in'),
    ('a line of ages without value', 1, b'0000..001F    ;', b'0000..001F     ', 0, '1 field'),
    ('a wrong age', 1, b'; 1.1 #', b'; young #', 0, 'version'),
    ('an age beyond all versions', 1, b'; 1.1 #', b'; 1.999 #', 0, 'version'),
    ('ages that overlap', 1, b'0020..007E', b'001F..007E', 0, 'a value already'),
    ('a character without age', 1, b'\n0020..007E', b'\n0021..007E', None, 'is not in'),
    ('a script range without end', 2, b'0000..001F ', b'0000..     ', 0, 'without an end'),
    ('a script range with one dot', 2, b'0000..001F ', b'0000.001F  ', 0, 'not a range'),
    ('a script range backwards', 2, b'0000..001F ', b'001F..0000 ', 0, 'before it begins'),
    ('a script range that is not hexadecimal', 2, b'0000..001F ', b'0000..00xF ', 0, 'code point'),
    ('a script range beyond 10FFFF', 2, b'0000..001F ', b'0000..110000 ', 0, 'code point'),
    ('a script without name', 2, b'; Common #', b';  #', 0, 'name'),
    ('a script with a long name', 2, b'; Common #', b'; ' + b'C' * 40 + b' #', 0, 'name'),
    ('a line of three fields', 2, b'; Common #', b'; Common ; more #', 0, 'more than 2'),
    ('scripts without closing line', 2, b'# EOF', b'#', None, 'EOF'),
    ('ages without closing line', 1, b'# EOF', b'#', None, 'EOF'),
)


def check_replacements(binary):
    for what, file, old, new, offset, words in REPLACEMENTS:
        with Copy() as copy:
            content = copy.read(FILES[file])
            copy.write(FILES[file], content.replace(old, new, 1))
            place = re.escape(copy.directory) + r'/\w+\.txt:\d+: '
            if offset is not None:
                place = rf'/{FILES[file]}:{line_of(content, old) + offset}: '
            check_line(what, run(binary, copy.directory), 1, place, words)


def check_cuts(binary):
    for name in FILES:
        with Copy() as copy:
            content = copy.read(name)
            middle = content.index(b'\n', len(content) // 2) + 1
            place = rf'/{name}:\d+: '
            copy.write(name, content[:middle])
            check_line(f'{name} cut short after a line', run(binary, copy.directory), 1, place,
                       'cut short')
            copy.write(name, content[:middle + 5])
            check_line(f'{name} cut short in a line', run(binary, copy.directory), 1, place,
                       'middle of a line')
            copy.write(name, b'')
            check_line(f'{name} empty', run(binary, copy.directory), 1, rf'/{name}:1: ', 'empty')
            copy.write(name, bytes(range(256)) * 64)
            check_line(f'{name} with binary rubbish', run(binary, copy.directory), 1, place)
            os.unlink(copy.path(name))
            check_line(f'{name} missing', run(binary, copy.directory), 1, rf'/{name}: ',
                       'unicode-data')
            os.mkdir(copy.path(name))
            check_line(f'{name} a directory', run(binary, copy.directory), 1, rf'/{name}: ',
                       'regular file')
    with Copy() as copy:
        os.truncate(copy.path(FILES[0]), 1 << 40)
        check_line('a file of a terabyte', run(binary, copy.directory), 1, 'more than 64 MiB')
    if os.geteuid() == 0:
        skip('an unreadable file', 'root may read everything')
    else:
        with Copy() as copy:
            os.chmod(copy.path(FILES[0]), 0)
            check_line('an unreadable file', run(binary, copy.directory), 1, 'cannot be opened')


def check_chance(binary):
    """Separators lost at random places: always an error, never a crash."""
    chance = random.Random(20240915)
    for number in range(24):
        with Copy() as copy:
            content = bytearray(copy.read(FILES[0]))
            at = content.index(b';', chance.randrange(len(content) - 400))
            content[at] = chance.choice(b'\n,;\0\x80:' if number % 2 else b'\n,\0\xff')
            if content[at] == ord(';'):
                del content[at]
            copy.write(FILES[0], bytes(content))
            check_line(f'chance {number}: byte {at}', run(binary, copy.directory), 1,
                       r'\.txt:\d+: ')


def main():
    if len(sys.argv) != 2:
        sys.exit('usage: test_demo.py BINARY')
    binary = os.path.abspath(sys.argv[1])
    if not all(os.path.exists(os.path.join(DATA, name)) for name in FILES):
        print(f'1..0 # SKIP the package unicode-data is not installed in {DATA}')
        return
    check_use(binary)
    check_real_data(binary)
    check_terminals(binary)
    check_address_space(binary)
    check_replacements(binary)
    check_cuts(binary)
    check_chance(binary)
    sys.exit(tap.end())


main()
