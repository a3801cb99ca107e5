# SPDX-License-Identifier: MIT
"""What tests of programs share: TAP, running without a terminal, and running in tmux."""
import os
import re
import shutil
import subprocess
import tempfile
import time

TIMEOUT_SECONDS = 60
POLL_SECONDS = 0.05


# What screens were waited for in vain.
never_seen = []


class Tap:
    """Prints a line for each case as it comes."""

    def __init__(self):
        self.count = self.failed = 0

    def check(self, name, holds, *why):
        self.count += 1
        print(f"{'ok' if holds else 'not ok'} {self.count} - {name}", flush=True)
        if not holds:
            self.failed += 1
            for line in '\n'.join(str(part) for part in why).splitlines():
                print('#', line, flush=True)
        return holds

    def skip(self, name, reason):
        self.count += 1
        print(f'ok {self.count} - {name} # SKIP {reason}', flush=True)

    def end(self):
        if never_seen:
            self.check('all that was waited for came', False, *never_seen)
        print(f'1..{self.count}')
        return 1 if self.failed else 0


def environment(**changes):
    names = {'PATH', 'HOME', 'LD_LIBRARY_PATH', 'STEPPE_MECHANISM', 'ASAN_OPTIONS',
             'UBSAN_OPTIONS', 'LSAN_OPTIONS'}
    result = {name: value for name, value in os.environ.items() if name in names}
    return {**result, 'LC_ALL': 'C.UTF-8', 'TERM': 'xterm-256color', **changes}


def run(*arguments, **options):
    """Run to the end without a terminal; text of both outputs."""
    options.setdefault('env', environment())
    options.setdefault('stdin', subprocess.DEVNULL)
    options.setdefault('stdout', subprocess.PIPE)
    options.setdefault('stderr', subprocess.PIPE)
    return subprocess.run(list(arguments), timeout=TIMEOUT_SECONDS, check=False, text=True,
                          errors='surrogateescape', **options)


def has_tmux():
    return shutil.which('tmux') is not None


class Screen:
    """A program in a tmux of its own. The shell around it says how it ended, and what stty says."""

    def __init__(self, *arguments, columns=80, rows=24, term='xterm-256color', **changes):
        self.folder = tempfile.mkdtemp(prefix='steppe-screen-')
        self.socket = os.path.join(self.folder, 'tmux')
        self.rows = rows
        variables = environment(TERM=term, **changes)
        words = ' '.join("'" + word.replace("'", "'\\''") + "'" for word in arguments)
        script = os.path.join(self.folder, 'script')
        with open(script, 'w', encoding='utf-8') as file:
            file.write("stty sane; before=$(stty -g)\nulimit -c 0\n"
                       f"sh -c 'echo $$ >\"$0\"; exec \"$@\"' '{self.folder}/pid' {words}\n"
                       'status=$?\n'
                       'if [ "$(stty -g)" = "$before" ]; then state=clean; else state=spoilt; fi\n'
                       'echo "ended with $status, terminal $state"\nexec sleep 1000\n')
        settings = [f'{name}={value}' for name, value in variables.items()]
        # tmux does not start without a terminal it knows; the program sees TERM all the same.
        self.tmux('-f', '/dev/null', 'new-session', '-d', '-x', str(columns), '-y', str(rows),
                   'env', '-i', *settings, 'sh', script, check=True)

    def tmux(self, *arguments, check=False):
        return subprocess.run(['tmux', '-S', self.socket, *arguments], text=True, check=check,
                              env={**os.environ, 'TERM': 'screen', 'LC_ALL': 'C.UTF-8'},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=TIMEOUT_SECONDS)

    def text(self):
        return self.tmux('capture-pane', '-p').stdout

    def escapes(self):
        """The same with colours."""
        return self.tmux('capture-pane', '-p', '-e').stdout

    def keys(self, *names):
        """Keys by tmux's names: Up, Enter, F1, a ..."""
        self.tmux('send-keys', *names)

    def type(self, text):
        self.tmux('send-keys', '-l', text)

    def mouse(self, column, row, button=0):
        """Press a button, and let it go; 64 and 65 are the wheel."""
        self.type(f'\033[<{button};{column + 1};{row + 1}M')
        if button < 64:
            self.type(f'\033[<{button};{column + 1};{row + 1}m')

    def click(self, words):
        """The left button on words; false: they are not on the screen."""
        for row, line in enumerate(self.text().split('\n')):
            if words in line:
                self.mouse(line.index(words) + 1, row)
                return True
        return False

    def modes(self):
        """Alternate screen, mouse, cursor, keypad: '0 0 1 0 0' when nobody has taken it."""
        return self.tmux('display-message', '-p', '#{alternate_on} #{mouse_any_flag} '
                         '#{cursor_flag} #{keypad_flag} #{keypad_cursor_flag}').stdout.strip()

    def pid(self):
        """Of the program, once it is on the screen."""
        with open(os.path.join(self.folder, 'pid'), encoding='ascii') as file:
            return int(file.read())

    def resize(self, columns, rows):
        self.tmux('resize-window', '-x', str(columns), '-y', str(rows))

    def wait(self, *patterns, without=(), seconds=TIMEOUT_SECONDS):
        """The text once all patterns are in it and the others are not; else what it is at last."""
        end = time.monotonic() + seconds
        while True:
            text = self.text()
            if all(re.search(one, text) for one in patterns) and not any(
                    re.search(one, text) for one in without):
                return text
            if time.monotonic() > end:
                never_seen.append(f'{patterns}, without {without}')
                return text + '\n(never seen: ' + ', '.join(patterns) + ')'
            time.sleep(POLL_SECONDS)

    def is_given_back(self, status):
        """The program has ended with this status, and the terminal is as it was."""
        return (self.has(f'ended with {status}, terminal clean') and
                self.modes() == '0 0 1 0 0')

    def has(self, *patterns, **options):
        return '(never seen: ' not in self.wait(*patterns, **options)

    def end(self):
        self.tmux('kill-server')
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
