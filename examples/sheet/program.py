# SPDX-License-Identifier: MIT
"""Running steppe-sheet, and telling what was run."""
import json
import os
import re
import subprocess
import time

TIMEOUT_SECONDS = 600


class Trouble(Exception):
    """Why the story cannot go on: a sentence."""


def printable(text):
    return ''.join(c if c.isprintable() else '?' for c in text)


def quoted(word):
    """As a shell would want it; interactive ones take a ! in double quotes for a command of old."""
    if re.fullmatch(r'[\w./:=,+-]+', word):
        return word
    end = word.rfind("'") + 1
    if end and not re.search(r'["$`\\!]', word[:end]):
        return f'"{word[:end]}"' + (quoted(word[end:]) if word[end:] else '')
    return "'" + word.replace("'", "'\\''") + "'"


def parse(text):
    try:
        return json.loads(text)
    except ValueError:
        raise Trouble('what steppe-sheet printed is not what it should be') from None


class Run:
    def __init__(self, finished, seconds):
        self.status = finished.returncode
        self.text = finished.stdout.decode(errors='replace')
        self.message = printable(finished.stderr.decode(errors='replace').strip())
        self.seconds = seconds

    def json(self):
        return parse(self.text)

    def lines(self):
        """JSON, an object on each line."""
        return [parse(line) for line in self.text.splitlines()]


class Program:
    """steppe-sheet, at work in a folder."""

    def __init__(self, path, folder, report):
        self.path, self.folder, self.report = path, folder, report

    def show(self, *arguments, before=''):
        words = (quoted(os.path.basename(word) or word if os.path.isabs(word) else word)
                 for word in arguments)
        self.report.command(printable(f'{before}steppe-sheet {" ".join(words)}'))

    def quietly(self, *arguments, given=b'', output=subprocess.PIPE, expected=(0,)):
        begun = time.monotonic()
        try:
            finished = subprocess.run([self.path, *arguments], input=given, cwd=self.folder,
                                      stdout=output, stderr=subprocess.PIPE, check=False,
                                      timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            raise Trouble(f'steppe-sheet {arguments[0]} was not done after '
                          f'{TIMEOUT_SECONDS} seconds') from None
        if output is not subprocess.PIPE:
            finished.stdout = b''
        run = Run(finished, time.monotonic() - begun)
        if run.status not in expected:
            raise Trouble(run.message.removeprefix('steppe-sheet: ') or
                          f'steppe-sheet {arguments[0]} ended with status {run.status}')
        return run

    def __call__(self, *arguments, before='', **how):
        self.show(*arguments, before=before)
        return self.quietly(*arguments, **how)

    def listed(self, name, *arguments, **how):
        """JSON of many lines, to a file, for it may be long. Returns the run and the path."""
        path = os.path.join(self.folder, name)
        with open(path, 'wb') as file:
            run = self(*arguments, output=file, **how)
        return run, path
