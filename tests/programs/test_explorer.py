#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Process mode of steppe-map in tmux at the common size: mouse, timeline, library, help.

usage: test_explorer.py STEPPE_MAP CHILD
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

from driver import Screen, Tap, environment, has_tmux, run

# What a terminal sends of its mouse (SGR mode).
LEFT, WHEEL_UP, WHEEL_DOWN = 0, 64, 65

tap = Tap()


class Child:
    """A program of known regions that says when it is ready."""

    def __init__(self, program, *arguments, **changes):
        self.process = subprocess.Popen([program, *arguments], env=environment(**changes),
                                        text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for line in self.process.stdout:
            if not line.strip():
                break

    def __enter__(self):
        return str(self.process.pid)

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def find(screen, text, first_row=0):
    """Column and row of a text that is on the screen from a row on; else None."""
    for row, line in enumerate(screen.text().splitlines()):
        if row >= first_row and text in line:
            return line.index(text), row
    return None


def send_mouse(screen, button, column, row):
    screen.type(f'\033[<{button};{column + 1};{row + 1}M')
    if button == LEFT:
        screen.type(f'\033[<{button};{column + 1};{row + 1}m')


def click(screen, text, first_row=0):
    place = find(screen, text, first_row)
    if place:
        send_mouse(screen, LEFT, *place)
    return place


def click_title(screen, title):
    """In the line of titles: what is above has the same words."""
    return click(screen, title, (find(screen, '  address') or (0, 0))[1])


def shows(name, screen, *patterns, **options):
    return tap.check(name, screen.has(*patterns, **options), screen.text())


def first_line(screen):
    """The first line of the list, which stands below the titles."""
    lines = screen.text().splitlines()
    titles = [row for row, line in enumerate(lines) if line.startswith('  address')]
    return lines[titles[0] + 1] if titles else ''


def mouse(program, pid):
    with Screen(program, pid) as screen:
        shows('the list is by address', screen, r'address\^')
        tap.check('a title is clicked', click_title(screen, 'size'), screen.text())
        shows('... and sorts', screen, r'sizev', 'sorted by size, largest first')
        largest = first_line(screen)
        click_title(screen, 'sizev')
        shows('a second click turns the order round', screen, r'size\^', 'smallest first')
        tap.check('... and another line comes first', first_line(screen) != largest, largest)
        click_title(screen, 'address')
        shows('by address again', screen, r'address\^')

        place = click(screen, 'K stack')
        tap.check('a kind is clicked', place, screen.text())
        shows('... and chosen', screen, r'1 of \d+ regions shown  kind: stack', r'K .* \[stack\]')
        tap.check('... and the legend is where it was', find(screen, 'K stack') == place,
                  place, screen.text())
        click(screen, 'C code')
        shows('another one comes to it', screen, r'\d+ of \d+ regions shown  kind: code stack')
        click(screen, 'K stack')
        click(screen, 'C code')
        shows('clicked again they choose no more', screen, r'\d+ holes', without=['shown'])

        column, row = find(screen, 'address')
        before = first_line(screen)
        for _ in range(8):
            send_mouse(screen, WHEEL_DOWN, column, row + 2)
        tap.check('the wheel scrolls the list', screen.wait('holes') and wait_for(
            lambda: first_line(screen) != before), before)
        for _ in range(8):
            send_mouse(screen, WHEEL_UP, column, row + 2)
        tap.check('... and back', wait_for(lambda: first_line(screen) == before), before)

        screen.keys('a')
        shows('all regions', screen, 'all regions: .* a cell')
        title = re.search(r'pages, (.*) a cell', screen.text()).group(1)
        column, row = find(screen, '─ all regions')
        send_mouse(screen, WHEEL_UP, column, row + 1)
        shows('the wheel zooms the map', screen, 'all regions: .* a cell',
              without=[re.escape(f'pages, {title} a cell')])
        send_mouse(screen, WHEEL_DOWN, column, row + 1)
        shows('... and back', screen, re.escape(f'pages, {title} a cell'))

        tap.check('a key is clicked', click(screen, '? help'), screen.text())
        shows('... and does the same', screen, 'any key: back')
        screen.keys('Escape')
        tap.check('... and a key closes help', screen.has('q quit', without=['any key']))
        click(screen, 'q quit')
        shows('the screen is left by the mouse', screen, 'ended with 0, terminal clean')


def wait_for(holds, tries=100):
    for _ in range(tries):
        if holds():
            return True
        time.sleep(0.05)
    return False


def sizes(program, pid):
    with Screen(program, '--interval', '0.05', pid) as screen:
        shows('at 80x24 the timeline is one row', screen,
              r'\n committed █{4,} +resident █{4,} +dirty █{4,}\n \?')
        shows('what the library says of the whole process', screen,
              r'\n Steppe: reservations \d+ reserved 1\.0 GiB committed 3\d\.0 KiB peak',
              r'process limit none faults \d+ refused 0 OS calls \d+ slots 2 of 50')
        tap.check('no word is cut but names', not re.search(
            r'…(?!\S*\n)', '\n'.join(line for line in screen.text().splitlines()
                                     if not re.match(r'[A-Z] [0-9a-f]{12}', line))), screen.text())
        screen.resize(80, 30)
        shows('at 80x30 a row for each curve', screen,
              r'\n committed +\d.* peak .*█\n resident +\d.* peak .*█\n dirty +\d.* peak .*█')
        screen.resize(80, 15)
        shows('at 80x15 there are list, map and words', screen, 'this region', r'size \d.*\n \?',
              without=['too small', 'Steppe:'])
        screen.keys('Tab')
        shows('... of what has the focus', screen, r'page 0 at .*\n \?')
        screen.keys('?')
        shows('help begins', screen, 'up down PgUp', 'down: more')
        tap.check('... without its end', 'resident: in memory' not in screen.text())
        screen.keys('End')
        shows('... and its last line can be seen', screen, 'resident: in memory', 'up: more')
        screen.keys('Up')
        screen.keys('PPage')
        shows('... and its first one again', screen, 'up down PgUp', 'down: more')
        screen.keys('x')
        shows('another key closes it', screen, r'\? help', without=['more'])
        screen.resize(80, 12)
        shows('at 80x12 it says what it needs', screen, 'too small: 64 x 13')
        screen.keys('q')
        shows('it ends', screen, 'ended with 0, terminal clean')


# A shell that waits for two children, and one of these has a child of its own.
FAMILY = 'sh -c "sleep 1000; true" & sleep 1000 & wait'


def numbers_of(screen, word):
    """The processes of a name in the list of children."""
    return re.findall(rf'│ +(\d+) +\d+ +\d \w+ +[\d.]+ \wiB {word} +│', screen.text())


def is_alive(pid):
    """Not ended, and no zombie either."""
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as file:
            return file.read().rsplit(')', 1)[1].split()[0] not in 'ZX'
    except OSError:
        return False


def children(program):
    with Screen(program, '--interval', '0.1', '--', 'sh', '-c', FAMILY) as screen:
        shows('children are told', screen, r'\n not counted here: 3 children: \d+ ', r'c children')
        parent = re.search(r'steppe-map  (\d+)  sh', screen.text()).group(1)
        screen.keys('c')
        shows('and listed', screen, rf'children of {parent} sh: 3', r'│ +process +parent +depth',
              r'\d+ +\d+ +2 sleeping +[\d.]+ MiB sleep', 'Enter: look at it; Esc: close')
        family = numbers_of(screen, 'sh') + numbers_of(screen, 'sleep')
        tap.check('... all three', len(set(family)) == 3, family, screen.text())
        screen.keys('End')
        screen.keys('Enter')
        shows('one is looked at', screen, rf'steppe-map  {family[-1]}  sleep',
              f'Backspace goes back to {parent} sh')
        screen.keys('c')
        shows('its list has the way back', screen, rf'│ \.\. {parent} sh',
              f'children of {family[-1]} sleep: 0')
        screen.keys('Enter')
        shows('... which leads back', screen, rf'steppe-map  {parent}  sh', f'back at {parent} sh')
        screen.keys('c')
        shows('the list again', screen, 'children of')
        click(screen, f' {family[0]} ', find(screen, 'depth')[1])
        shows('the mouse chooses as well', screen, rf'steppe-map  {family[0]}  sh')
        screen.keys('BSpace')
        shows('Backspace goes back', screen, rf'steppe-map  {parent}  sh')
        click(screen, 'not counted')
        shows('a click on their row lists them', screen, f'children of {parent} sh')
        screen.keys('Escape')
        shows('Esc closes the list', screen, r'\? help', without=['children of'])
        screen.keys('c')
        screen.keys('End')
        screen.keys('Enter')
        shows('at a child', screen, rf'steppe-map  {family[-1]}  sleep')
        subprocess.run(['kill', '-KILL', family[-1]], check=True)
        shows('a child that ends', screen, 'ended.*; Backspace goes back')
        screen.keys('BSpace')
        shows('the command is still looked at', screen, rf'steppe-map  {parent}  sh +.*live')
        screen.keys('c')
        screen.keys('Down')
        screen.keys('Enter')
        shows('at another child', screen, 'Backspace goes back')
        screen.keys('q')
        shows('it ends', screen, 'ended with 0, terminal clean')
        tap.check('... and with it the command and its children', wait_for(
            lambda: not any(is_alive(pid) for pid in [parent, *family])), parent, family)


def snapshot(program):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'family.json')
        shell = subprocess.Popen(['sh', '-c', FAMILY], env=environment(), start_new_session=True,
                                 stdin=subprocess.DEVNULL)
        try:
            has_three = wait_for(
                lambda: '3 children' in run(program, '--once', str(shell.pid)).stdout)
            saved = run(program, '--save', path, str(shell.pid))
            tap.check('a snapshot of a family', has_three and saved.returncode == 0, saved)
        finally:
            os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
        with Screen(program, '--load', path) as screen:
            shows('its children are told', screen, 'not counted here: 3 children')
            screen.keys('c')
            shows('... and listed', screen, 'none can be looked at')
            screen.keys('Enter')
            shows('... but have no memory there', screen,
                  f'a snapshot has the memory of process {shell.pid} only')
            screen.keys('q')
            screen.keys('q')
            shows('it ends', screen, 'ended with 0, terminal clean')


def committed(program, pid):
    with Screen(program, pid, columns=100, rows=50) as screen:
        shows('every region is there', screen, 'D data')
        click(screen, 'D data')
        shows('variables without a file are named after it', screen,
              r'D \w{12} .* libc\S* \(variables\)', 'kind: data')
        tap.check('... and there is a hint what makes committed exact',
                  re.search(r'committed ≤ [\d.]+ [KMGT]iB \(m: exact\)', screen.text()),
                  screen.text())
    with Screen(program, pid) as screen:
        shows('committed is an upper bound', screen, r'commit ≤ [\d.]+ [KMGT]iB', r'm exact')
        screen.keys('m')
        shows('smaps makes it exact, and says what that cost', screen,
              r'committed is exact now; smaps took \d+\.\d ms of processor so far',
              r'commit \d', 'smaps rss')
        screen.keys('Left')
        shows('... and nobody asks for it any more', screen, r'\? help', without=['m exact', '≤'])
        screen.keys('q')
    with Screen(program, '--ascii', pid) as screen:
        shows('in ASCII as well', screen, r'commit <= [\d.]+ [KMGT]iB')


def thread(program, pid):
    with Screen(program, pid) as screen:
        shows('another thread shows the memory', screen,
              rf'steppe-map  {pid}  map_child  thread \d+ shows .*live')


def main(program, child_program):
    if not has_tmux():
        tap.skip('screens', 'tmux is not installed')
        return tap.end()
    with Child(child_program) as pid:
        mouse(program, pid)
    with Child(child_program, STEPPE_PUBLISH='1') as pid:
        sizes(program, pid)
    children(program)
    snapshot(program)
    with Child(child_program) as pid:
        committed(program, pid)
    with Child(child_program, 'headless') as pid:
        thread(program, pid)
    return tap.end()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
