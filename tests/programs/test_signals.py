# SPDX-License-Identifier: MIT
"""test_signals.py STEPPE_MAP - what is left when steppe-map ends: no command, and a terminal
as it was. Prints TAP.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

from driver import POLL_SECONDS, TIMEOUT_SECONDS, Screen, Tap, environment, has_tmux, run

DEADLY = ('HUP', 'INT', 'QUIT', 'PIPE', 'USR1', 'USR2', 'ALRM', 'XCPU', 'TERM', 'SEGV', 'ABRT')
# Writes its number and that of a child to a file, which has a last line then.
COMMAND = 'echo $$ >"$0"; sleep 1000 & echo $! >>"$0"; echo all >>"$0"; wait'
# Starts the rest of its words, which are deaf to the end of the terminal.
DEAF_START = 'trap "" HUP; exec "$@"'

tap = Tap()


def comes_true(holds):
    end = time.monotonic() + TIMEOUT_SECONDS
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True


def numbers_in(path):
    """Of processes, once the file is all there."""
    def lines():
        try:
            with open(path, encoding='utf-8') as file:
                return file.read().split()
        except FileNotFoundError:
            return []
    comes_true(lambda: lines()[-1:] == ['all'])
    return [int(line) for line in lines()[:-1]]


def is_gone(pid):
    """A zombie is: whether somebody waits for an orphan depends on where this runs."""
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8') as file:
            return file.read().rpartition(')')[2].split()[0] in 'ZX'
    except (FileNotFoundError, ProcessLookupError):
        return True


def are_gone(pids):
    return pids and comes_true(lambda: all(is_gone(pid) for pid in pids))


def end_rest(pids):
    """Where a test has failed, nothing stays behind."""
    for pid in pids:
        if not is_gone(pid):
            os.kill(pid, signal.SIGKILL)


def number_of(name):
    return getattr(signal, 'SIG' + name)


# ---- without a screen -----------------------------------------------------------------------

def batch_dies(program, folder, name):
    path = os.path.join(folder, 'batch-' + name)
    with subprocess.Popen([program, '--json', '--interval', '0.05', '--', 'sh', '-c', COMMAND,
                           path], env=environment(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        pids = numbers_in(path)
        process.send_signal(number_of(name))
        try:
            status = process.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired as error:
            status = error
            process.kill()
    tap.check(f'batch: SIG{name} ends it', status == -number_of(name), status)
    if name == 'KILL':
        end_rest(pids[1:])  # the kernel knows of the first only
    tap.check(f'batch: SIG{name} ends what it started', len(pids) == 2 and are_gone(pids), pids)
    end_rest(pids)


def batch_ends(program, folder):
    path = os.path.join(folder, 'batch-end')
    # The first of them has ended, the other one is deaf.
    result = run(program, '--once', '--interval', '0.05', '--', 'sh', '-c',
                 'trap "" TERM; sleep 1000 & echo $! >"$0"; echo all >>"$0"; sleep 0.3', path)
    tap.check('batch: what is left of the group is ended',
              result.returncode == 0 and are_gone(numbers_in(path)), result)


def outputs(program):
    result = run(program, '--json', '--interval', '0.05', '--', 'sh', '-c', 'echo hello; sleep 0.3')
    try:
        data = json.loads(result.stdout)
    except ValueError:
        data = None
    tap.check('standard output is ours only', data and data['format'] == 'steppe-map',
              result.stdout[:300])
    tap.check("the command's is on standard error", result.stderr == 'hello\n', result.stderr)


# ---- in tmux --------------------------------------------------------------------------------

def dies_on_screen(name, ready, *words, started=None):
    way = 'lab' if 'lab' in words else 'command' if started else 'process'
    with Screen(*words) as screen:
        if not tap.check(f'{way}: the screen is there', screen.has(ready), screen.text()):
            return
        before = screen.modes()
        tap.check(f'{way}: it has taken the terminal', before.startswith('1 1'), before)
        pids = numbers_in(started) if started else []
        os.kill(screen.pid(), number_of(name))
        status = 128 + number_of(name)
        tap.check(f'{way}: SIG{name} ends it, the terminal is clean',
                  screen.has(f'ended with {status}, terminal clean'), screen.text())
        tap.check(f'{way}: SIG{name} gives the terminal back', screen.modes() == '0 0 1 0 0',
                  screen.modes())
        if started:
            tap.check(f'{way}: SIG{name} ends what it started',
                      len(pids) == 2 and are_gone(pids), pids)
            end_rest(pids)


def ignored(program):
    with Screen('sh', '-c', DEAF_START, 'sh', program, str(os.getpid())) as screen:
        screen.has('this region')
        os.kill(screen.pid(), signal.SIGHUP)
        screen.keys('q')
        tap.check('a signal that is ignored stays so',
                  screen.has('ended with 0, terminal clean'), screen.text())


def much_output(program, folder):
    written, shown = os.path.join(folder, 'written'), os.path.join(folder, 'shown')
    command = ('head -c 3000000 /dev/zero | tr "\\0" x; echo; echo the end; echo all >"$0"; '
               'sleep 1000')
    with Screen(program, '--', 'sh', '-c', command, written) as screen:
        screen.has('this region')
        screen.keys('p')  # nothing changes by itself now; the output is read all the same
        numbers_in(written)
        tap.check('a command that writes much goes on', os.path.exists(written))
        screen.tmux('pipe-pane', f"cat >'{shown}'")
        screen.keys('q')
        tap.check('the end of its output is shown',
                  screen.has('the end', 'ended with 0, terminal clean'), screen.text())

        def is_told():
            with open(shown, encoding='utf-8', errors='replace') as file:
                return re.search(r'\(1951433 bytes before this are not shown\)\s+x', file.read())
        tap.check('and how much is not', comes_true(is_told))


def last_words(program):
    with Screen(program, '--', 'sh', '-c',
                'trap "echo farewell; exit" TERM; while :; do sleep 0.05; done') as screen:
        screen.has('this region')
        screen.keys('q')
        tap.check('what it says at its end is shown',
                  screen.has('^farewell|\nfarewell', 'ended with 0, terminal clean'),
                  screen.text())


def main(program):
    for name in DEADLY:  # whoever started this may ignore some of them: nohup, for one
        if signal.getsignal(number_of(name)) == signal.SIG_IGN:
            signal.signal(number_of(name), signal.SIG_DFL)
    with tempfile.TemporaryDirectory() as folder:
        for name in ('TERM', 'INT', 'HUP', 'KILL'):
            batch_dies(program, folder, name)
        batch_ends(program, folder)
        outputs(program)
        if not has_tmux():
            tap.skip('screens', 'tmux is not installed')
            return tap.end()
        for name in DEADLY:
            started = os.path.join(folder, 'command-' + name)
            dies_on_screen(name, 'this region', program, '--', 'sh', '-c', COMMAND, started,
                           started=started)
        for name in ('TERM', 'HUP'):
            dies_on_screen(name, 'this region', program, str(os.getpid()))
            dies_on_screen(name, 'help', program, 'lab')
        ignored(program)
        much_output(program, folder)
        last_words(program)
    return tap.end()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
