#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compare a program of examples/windows on Linux with itself on Windows. Prints TAP.

    compare_windows.py LINUX_PROGRAM PROGRAM.exe RUNNER

Both are run with several lists of arguments; exit status, standard output and error must be
the same. RUNNER is a Python script that runs PROGRAM.exe with arguments. Without Wine the test is
skipped. An empty PROGRAM.exe or RUNNER leaves what Linux can say alone: exit status, and whether
there is output where it should be.
"""

import subprocess
import sys
from pathlib import Path

TIMEOUT_SECONDS = 400  # the first run under Wine makes its files

# Arguments and the exit status they must lead to.
CASES = {
    "commit_on_fault": [
        ("", 0),
        ("1", 0),
        ("300", 0),
        ("0", 2),
        ("100001", 2),
        ("99999999999999999999", 2),
        ("-1", 2),
        ("12x", 2),
        ("1 2", 2),
    ],
    "record_table": [
        ("", 0),
        ("use 7 use 46 clear 46 collect map", 0),
        ("use 0 use 49 list map clear 0 collect clear 49 collect map list", 0),
        ("use 7 use 7 clear 8 clear 7 clear 7 use 7 list", 0),
        ("use 2 use 3 use 4 clear 3 collect map list clear 2 collect map list", 0),
        ("records 1000 use 999 use 500 use 501 use 502 clear 501 collect map list", 0),
        ("records 51", 0),
        ("collect", 0),
        ("use", 2),
        ("use 50", 2),
        ("use -1", 2),
        ("use 7x", 2),
        ("map use 1 bogus", 2),
        ("records", 2),
        ("records 49 map", 2),
        ("records 1001 map", 2),
        ("use 1 records 60", 2),
    ],
}


def run(*command):
    """(exit status, standard output, standard error)"""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            encoding="utf-8", errors="replace", timeout=TIMEOUT_SECONDS,
                            check=False)
    return result.returncode, result.stdout, result.stderr


def is_without_wine(runner):
    """Only when it says so: a runner that is broken in another way must not pass for that."""
    status, _, errors = run(sys.executable, runner, "--version")
    return status != 0 and "no Wine" in errors


def complaints_alone(seen, status):
    if seen[0] != status:
        yield f"exit status {seen[0]}, not {status}"
    if bool(seen[1]) == bool(status):
        yield "standard output is " + ("not empty" if seen[1] else "empty")
    if bool(seen[2]) != bool(status):
        yield "standard error is " + ("not empty" if seen[2] else "empty")


def complaints(linux, windows):
    for what, here, there in zip(("exit status", "standard output", "standard error"),
                                 linux, windows):
        if here != there:
            yield f"{what} on Linux:"
            yield from str(here).split("\n")
            yield f"{what} on Windows:"
            yield from str(there).split("\n")


def main(linux_program, exe="", runner=""):
    name = Path(linux_program).name.removesuffix("_narrow")
    if runner and is_without_wine(runner):
        print("1..0 # SKIP there is no Wine")
        return 0
    cases = CASES[name]
    failed = 0
    print(f"1..{len(cases)}")
    for number, (words, status) in enumerate(cases, start=1):
        linux = run(linux_program, *words.split())
        found = list(complaints_alone(linux, status))
        if exe and runner:
            found += complaints(linux, run(sys.executable, runner, exe, *words.split()))
        print(f"{'not ok' if found else 'ok'} {number} - {name} {words}".rstrip(), flush=True)
        for line in found:
            print(f"# {line}")
        failed += bool(found)
    return 1 if failed else 0


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
