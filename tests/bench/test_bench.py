#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every benchmark runs, and leaves what it promises.

    test_bench.py PROGRAM...      the programs bench-<question>

Runs each with --quick and looks at its table, its JSON and its charts. What is measured decides
nothing here: tiny sizes on a busy machine say nothing.
"""

import json
import math
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

TIMEOUT_S = 120


def run(program, *arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=TIMEOUT_S,
                          check=False)


def numbers_in(value):
    """All numbers of a JSON value."""
    if isinstance(value, bool):
        return []
    if isinstance(value, (int, float)):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [number for part in parts for number in numbers_in(part)]


def complaints(program, question, output):
    """What is wrong with one run."""
    done = run(program, "--quick", "--output", output)
    if done.returncode != 0:
        return [f"exit status {done.returncode}: {done.stderr.strip()[-300:]}"]
    found = []
    if not done.stdout.startswith(question + ":"):
        found.append("the table does not begin with the question")
    results = output / f"{question}.json"
    if not results.is_file():
        return found + ["there is no JSON"]
    try:
        data = json.loads(results.read_text(encoding="utf-8"))
    except ValueError as error:
        return found + [f"the JSON cannot be read: {error}"]
    numbers = numbers_in(data)
    if len(numbers) < 5 or not all(map(math.isfinite, numbers)):
        found.append(f"{len(numbers)} numbers in the JSON, or some that are none")
    charts = list(output.glob(f"{question}*.svg"))
    if not charts:
        found.append("there is no chart")
    for chart in charts:
        try:
            ElementTree.parse(chart)
        except ElementTree.ParseError as error:
            found.append(f"{chart.name} is not well formed: {error}")
    return found


def refusals(program):
    """Bad options must be refused, and named."""
    bad = (["--rounds", "0"], ["--rounds", "many"], ["--rounds"], ["--no-such-option"],
           ["--output", "/no/such/directory"])
    found = []
    for arguments in bad:
        done = run(program, *arguments)  # before anything is measured, which would time out
        if done.returncode == 0 or not done.stderr.strip():
            found.append(f"{' '.join(arguments)}: exit status {done.returncode}, silent or taken")
    return found


def main(programs):
    number = 0

    def tell(name, found):
        nonlocal number
        number += 1
        print(f"{'not ok' if found else 'ok'} {number} - {name}")
        for line in found:
            print(f"# {line}")

    for program in programs:
        question = Path(program).name.removeprefix("bench-")
        with tempfile.TemporaryDirectory() as output:
            try:
                tell(question, complaints(program, question, Path(output)))
            except subprocess.TimeoutExpired:
                tell(question, [f"not done after {TIMEOUT_S} s"])
    tell("bad options", refusals(programs[0]))
    print(f"1..{number}")


if __name__ == "__main__":
    main(sys.argv[1:])
