#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proves that conformance.py sees what it is meant to see, and that its files belong together.
Prints TAP."""

import re
import sys
import tempfile
from pathlib import Path

import conformance

WANTED = ["  1: free A 0 RELEASE => OK", "  2: query A => UNSETTLED likely: OK", "  3: say hello"]
GOT = ["  1: free A 0 RELEASE => OK", "  2: query A => FAIL ERROR_BAD_LENGTH", "  3: say hello"]
REFUSED = "  1: free A 0 RELEASE => FAIL ERROR_INVALID_PARAMETER"

# (title, wanted, got, known, agree/differ/unsettled/known)
COMPARED = [
    ("as on Windows", WANTED, GOT, [], (2, 0, 1, 0)),
    ("an outcome differs", WANTED, [REFUSED, *GOT[1:]], [], (1, 1, 1, 0)),
    ("it is known", WANTED, [REFUSED, *GOT[1:]], [REFUSED], (1, 0, 1, 1)),
    ("it is known, and gone", WANTED, GOT, [REFUSED], (2, 1, 1, 0)),
    ("it is known once, and occurs twice", WANTED[:1] * 2, [REFUSED] * 2, [REFUSED], (0, 1, 0, 1)),
    ("another command", WANTED, [GOT[0], "  2: query B => OK", GOT[2]], [], (2, 1, 0, 0)),
    ("the end is missing", WANTED, GOT[:2], [], (1, 1, 1, 0)),
    ("there is more", WANTED, [*GOT, "  4: say more"], [], (2, 1, 1, 0)),
]

LISTED = """# a comment

scenario a
  1: free A 0 RELEASE => OK
  2: free A 0 RELEASE => OK
  why: it is so
       and will stay so
scenario b
  3: query A => OK
  why: as above

not played c
  why: it never ends
"""

# (title, list, what is said of it)
UNREADABLE = [
    ("a difference without a reason", "scenario a\n  1: same A A => no\n", "x:2: no reason"),
    ("a scenario that is left out without a reason", "not played a\n", "x:1: no reason"),
    ("a line that says nothing", "scenario a\nsame A A\n", "x:2: cannot be understood"),
    ("a difference of no scenario", "  1: same A A => no\n", "x:1: cannot be understood"),
    ("a scenario in the middle of another", "scenario a\n  1: same A A => no\nscenario b\n",
     "x:3: cannot be understood"),
]


def compare_cases():
    for title, wanted, got, known, expected in COMPARED:
        counts = conformance.Counts()
        complaints = list(conformance.compare(wanted, got, known, counts))
        found = (counts.agree, counts.differ, counts.unsettled, counts.known)
        right = found == expected and bool(complaints) == bool(expected[1])
        yield title, [] if right else [f"{found} instead of {expected}", *complaints]


def differences_of(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_text(text, encoding="ascii")
        return conformance.Differences(path)


def list_cases():
    listed = differences_of(LISTED)
    right = ({name: len(lines) for name, lines in listed.lines.items()} == {"a": 2, "b": 1}
             and listed.not_played == {"c": "it never ends"})
    yield "a list of differences", [] if right else [f"{listed.lines}, {listed.not_played}"]
    for title, text, expected in UNREADABLE:
        try:
            differences_of(text)
            said = "nothing"
        except SystemExit as end:
            said = str(end)
        yield title, [] if expected in said else [f"{expected} is not in: {said}"]


def commands_of(scenario):
    """Line number and text of the commands, loops played once."""
    for number, line in enumerate(scenario.read_text(encoding="utf-8").split("\n"), start=1):
        command = line.split("#")[0].strip()
        if command and command != "end":
            yield f"{number:3}: {command}"


def files_case():
    """Every line of a scenario has an outcome, and every outcome a line."""
    scenarios = {path.name: path for path in (conformance.HERE / "scenarios").glob("*.txt")}
    windows = {path.name: path for path in (conformance.HERE / "windows").glob("*.txt")}
    for name in sorted(scenarios.keys() ^ windows.keys()):
        yield f"{name}: only in one of scenarios/ and windows/"
    for name in sorted(scenarios.keys() & windows.keys()):
        lines = conformance.outcomes(windows[name].read_text(encoding="utf-8"))
        told = {re.sub(r" => .*", "", line) for line in lines}
        for line in sorted(told ^ set(commands_of(scenarios[name]))):
            yield f"{name}: only in one of scenarios/ and windows/: {line}"


def main():
    results = [*compare_cases(), *list_cases(),
               ("every line has an outcome", list(files_case()))]
    print(f"1..{len(results)}")
    for number, (title, complaints) in enumerate(results, start=1):
        print(f"{'not ok' if complaints else 'ok'} {number} - {title}")
        for complaint in complaints:
            print(f"# {complaint}")
    return 1 if any(complaints for _, complaints in results) else 0


if __name__ == "__main__":
    sys.exit(main())
