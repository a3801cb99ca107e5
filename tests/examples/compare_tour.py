# SPDX-License-Identifier: MIT
"""compare_tour.py PROGRAM EXPECTED MECHANISM... - runs an example under every mechanism.

What it prints is compared with the text beside its source, but for the licence there. Prints TAP.
"""
import difflib
import os
import subprocess
import sys

TIMEOUT_SECONDS = 120


def run(program, mechanism):
    """What it prints, and why that does not count, if it does not."""
    environment = dict(os.environ, STEPPE_MECHANISM=mechanism)
    try:
        done = subprocess.run([program], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return "", f"still running after {TIMEOUT_SECONDS} s"
    if done.returncode:
        return done.stdout, f"exit status {done.returncode}: {done.stderr.strip()}"
    return done.stdout, f"wrote to standard error: {done.stderr.strip()}" if done.stderr else ""


def main():
    program, expected_file, mechanisms = sys.argv[1], sys.argv[2], sys.argv[3:]
    with open(expected_file, encoding="utf-8") as file:
        expected = "".join(line for line in file if not line.startswith("# SPDX"))
    print(f"1..{len(mechanisms)}")
    failed = 0
    for number, mechanism in enumerate(mechanisms, 1):
        printed, why = run(program, mechanism)
        unavailable = "not available here" in why
        good = unavailable or (not why and printed == expected)
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - under {mechanism}"
              + (" # SKIP not available here" if unavailable else ""))
        if not good:
            lines = [why] if why else []
            lines += difflib.unified_diff(expected.splitlines(), printed.splitlines(), "expected",
                                          "printed", lineterm="")
            print("\n".join("# " + line for line in lines))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
