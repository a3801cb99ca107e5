#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sum up the test cases of several meson runs.

    tally.py STAGE.json...        logs of meson test, each named after its stage

Counts TAP cases, not programs. A program that broke off, timed out or printed no TAP counts as one
failed case more. A skipped case gives its reason, either as "ok 1 - name # SKIP reason" or, where
the framework knows no skipping, in a line of its own: "# SKIP name: reason".
Lists what was skipped and what failed, and ends with "N passed, N failed, N skipped".
"""

import json
import re
import sys
from pathlib import Path

CASE = re.compile(r"(not )?ok\b\s*\d*\s*(?:- )?([^#\n]*)(?:#\s*SKIP\S*\s*(.*))?", re.I)
SKIPPED_WHOLE = re.compile(r"1\.\.0\s*(?:#\s*SKIP\S*)?\s*(.*)", re.I)
SKIPPED_CASE = re.compile(r"# SKIP ([^:]+): (.*)")

DETAIL_LINES_MAX = 20


def cases(test):
    """[outcome, name, reason] of every case in one entry of meson's test log."""
    found = []
    reasons = []
    for line in test.get("stdout", "").split("\n"):
        whole, skipped, case = (form.match(line) for form in (SKIPPED_WHOLE, SKIPPED_CASE, CASE))
        if whole:
            found.append(["skipped", "all", whole[1]])
        elif skipped:
            reasons.append(skipped.groups())
        elif case:
            outcome = "failed" if case[1] else "passed" if case[3] is None else "skipped"
            found.append([outcome, case[2].strip(), case[3] or ""])
        elif found and found[-1][0] == "failed" and line.startswith("#"):
            if found[-1][2].count("\n") < DETAIL_LINES_MAX:
                found[-1][2] += "\n    " + line[1:].strip()

    for name, reason in reasons:
        for case in found:
            if case[0] == "passed" and f":{name}:" in case[1]:
                case[:] = ["skipped", name, reason]
                break
    if test["result"] not in ("OK", "SKIP") and not any(case[0] == "failed" for case in found):
        found.append(["failed", "the program itself", test["result"].lower()])
    return found


def main(arguments):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    notes = {"skipped": {}, "failed": {}}
    for path in map(Path, arguments):
        with path.open(encoding="utf-8") as log:
            for test in map(json.loads, log):
                for outcome, name, reason in cases(test):
                    counts[outcome] += 1
                    if outcome != "passed":
                        note = f"{test['name'].split(' / ')[-1]}: {name}"
                        if reason:
                            note += reason if reason.startswith("\n") else f": {reason}"
                        notes[outcome].setdefault(note, []).append(path.stem)
    for outcome, listed in notes.items():
        for note, stages in listed.items():
            print(f"{outcome} ({', '.join(dict.fromkeys(stages))}) {note}")
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    return 0 if counts["passed"] and not counts["failed"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
