#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compare what the player prints for every scenario with what Windows does. Prints TAP.

    conformance.py [--differences FILE] [--skip REASON] PLAYER [ARGUMENT...]

The command gets the path of a scenario as its last argument. scenarios/NAME.txt is a script (its
language is described in player.c), windows/NAME.txt holds the outcome of each line; an outcome that
begins with UNSETTLED is counted and not compared.

FILE lists where the system behind this player is known to differ from Windows:

    scenario NAME
     12: query A => OK Base=A ...
      why: what differs, and what says that Windows is different

A line of output stands as it is printed, one "why" serves all lines above it. Each of them must
come true: a difference that is gone, or has changed, is a failure too. A scenario that cannot be
played there stands as "not played NAME", with its reason.
"""

import argparse
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCENARIO_SECONDS_MAX = 120
AT_ONCE = 2
STATUS_SKIPPED = 77

OUTCOME = re.compile(r"\s*\d+: (?P<command>.*?)(?: => (?P<outcome>.*))?")


class Counts:
    def __init__(self):
        self.agree = self.differ = self.unsettled = self.known = 0


def outcomes(text):
    """The lines that tell an outcome, without the first ones."""
    return [line for line in text.split("\n") if OUTCOME.fullmatch(line)]


def is_unsettled(line):
    return (OUTCOME.fullmatch(line)["outcome"] or "").startswith("UNSETTLED")


class Differences:
    """What a list of differences says."""

    def __init__(self, path=None):
        self.lines = {}  # {scenario: [line of output]}
        self.not_played = {}  # {scenario: reason}
        if path:
            self._read(path)

    def _read(self, path):
        scenario = unexplained = None
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            header = re.fullmatch(r"(scenario|not played) (\S+)", line)
            reason = re.fullmatch(r" +why: (.*)", line)
            if header and not unexplained:
                scenario = header[2]
                if header[1] == "scenario":
                    self.lines[scenario] = []
                else:
                    self.not_played[scenario] = ""
                    unexplained = number
            elif reason and unexplained:
                unexplained = None
                if scenario in self.not_played:
                    self.not_played[scenario] = reason[1]
            elif scenario in self.lines and OUTCOME.fullmatch(line):
                self.lines[scenario].append(line)
                unexplained = unexplained or number
            elif line.strip() and not line.startswith(("#", "       ")):  # a reason may go on
                sys.exit(f"{path}:{number}: cannot be understood")
        if unexplained:
            sys.exit(f"{path}:{unexplained}: no reason is given")

    def scenarios(self):
        return {*self.lines, *self.not_played}


def compare(wanted, got, known, counts):
    """Complaints about one scenario."""
    left = list(known)
    for want, have in zip(wanted, got):
        if is_unsettled(want):
            if want.split(" => ")[0] == have.split(" => ")[0]:
                counts.unsettled += 1
                continue
        elif want == have:
            counts.agree += 1
            continue
        elif have in left:
            left.remove(have)
            counts.known += 1
            continue
        counts.differ += 1
        yield f"Windows {want.strip()}"
        yield f"   here {have.strip()}"
    for missing in wanted[len(got):]:
        counts.differ += 1
        yield f"Windows {missing.strip()}"
        yield "   here nothing"
    for more in got[len(wanted):]:
        counts.differ += 1
        yield f"not in windows/: {more.strip()}"
    for stale in left:
        counts.differ += 1
        yield f"known as a difference, but does not occur: {stale.strip()}"


def play(command, scenario):
    """(exit status, output, complaint or None) of the player."""
    try:
        played = subprocess.run([*command, str(scenario)], capture_output=True, check=False,
                                stdin=subprocess.DEVNULL, timeout=SCENARIO_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return None, "", f"no end after {SCENARIO_SECONDS_MAX} seconds"
    except OSError as error:
        return None, "", str(error)
    output = played.stdout.decode("utf-8", "replace")
    complaint = None
    if played.returncode not in (0, STATUS_SKIPPED):
        complaint = f"exit status {played.returncode}: " + played.stderr.decode("utf-8", "replace")
    return played.returncode, output, complaint


def judge(scenario, played, known, counts):
    """(reason to skip or None, complaints) for one scenario."""
    status, output, complaint = played
    got = outcomes(output)
    if status == STATUS_SKIPPED:
        return (got[-1].strip() if got else "the player says so"), []
    windows = HERE / "windows" / scenario.name
    if not windows.exists():
        return None, [f"windows/{scenario.name} is missing"]
    wanted = outcomes(windows.read_text(encoding="utf-8"))
    complaints = list(compare(wanted, got, known.lines.get(scenario.stem, []), counts))
    if complaint:
        complaints.append(complaint)
    return None, complaints


def report(number, name, skipped, complaints):
    print(f"{'not ok' if complaints else 'ok'} {number} - {name}"
          + (f" # SKIP {skipped}" if skipped else ""))
    for complaint in complaints:
        for line in complaint.rstrip().split("\n"):
            print(f"# {line}")
    sys.stdout.flush()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--differences", type=Path, metavar="FILE")
    parser.add_argument("--skip", metavar="REASON", help="run nothing and say why")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="PLAYER [ARGUMENT...]")
    parsed = parser.parse_args()
    if not parsed.command:
        parser.error("which player?")
    return parsed


def main():
    options = arguments()
    if options.skip:
        print(f"1..0 # SKIP {options.skip}")
        return 0
    known = Differences(options.differences)
    scenarios = sorted((HERE / "scenarios").glob("*.txt"))
    unknown = known.scenarios() - {scenario.stem for scenario in scenarios}
    if unknown:
        sys.exit(f"{options.differences}: there is no scenario {', '.join(sorted(unknown))}")

    def play_unless_known(scenario):
        reason = known.not_played.get(scenario.stem)
        return (reason, None) if reason else (None, play(options.command, scenario))

    counts = Counts()
    failed = False
    print(f"1..{len(scenarios)}", flush=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = pool.map(play_unless_known, scenarios)
        for number, (scenario, (skipped, played)) in enumerate(zip(scenarios, results), start=1):
            complaints = []
            if not skipped:
                skipped, complaints = judge(scenario, played, known, counts)
            report(number, scenario.stem, skipped, complaints)
            failed |= bool(complaints)
    print(f"# {counts.agree} lines agree, {counts.differ} differ, {counts.unsettled} unsettled"
          + (f", {counts.known} known differences" if options.differences else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
