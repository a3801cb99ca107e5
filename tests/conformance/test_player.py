#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scripts that are wrong, and what the player says about them. Prints TAP.

    test_player.py PLAYER [ARGUMENT...]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS_MAX = 60

# (what is wrong, script, line number, what is said)
WRONG = [
    ("a command", "area R 1M\nreserve R 1M\n", 2, "unknown command 'reserve'"),
    ("a command that begins like one", "query0 NULL\n", 1, "unknown command 'query0'"),
    ("too few words", "\n\nfree NULL 0\n", 3, "usage: free ADDR SIZE TYPE"),
    ("too many words", "same NULL NULL NULL\n", 1, "usage: same ADDR ADDR"),
    ("far too many words", "query" + " NULL" * 20 + "\n", 1, "more than 12 words"),
    ("the equals sign", "alloc A is NULL 1 RESERVE NOACCESS\n", 1, "no '=' after 'A'"),
    ("a symbol", "query A\n", 1, "unknown symbol 'A'"),
    ("a symbol in a sum", "area R 1M\nquery R+B\n", 2, "unknown symbol 'B'"),
    ("a number", "query 12x\n", 1, "'12x' is not a number"),
    ("a sum", "area R 1M\nquery R+\n", 2, "'R+' is not a sum"),
    ("a type", "free NULL 0 RELAESE\n", 1, "unknown flag 'RELAESE'"),
    ("a protection", "protect NULL 1 READWRITE|RW\n", 1, "unknown flag 'RW'"),
    ("an option of protect", "protect NULL 1 READWRITE new\n", 1, "unknown option 'new'"),
    ("an option of query", "query NULL long\n", 1, "bad option 'long'"),
    ("a length of query", "query NULL length=1025\n", 1, "bad option 'length=1025'"),
    ("max of watch", "watch NULL 1 max=513\n", 1, "max=513 is more than 512"),
    ("autocommit", "autocommit on\n", 1, "usage: autocommit"),
    ("repeat alone", "repeat I 0 1 1\nsay\n", 1, "repeat without end"),
    ("end alone", "say\nend\n", 2, "end without repeat"),
    ("no symbol for repeat", "repeat _ 0 1 1\nend\n", 1, "repeat needs a symbol"),
    ("a step of nothing", "repeat I 0 1 0\nend\n", 1, "a step of 0 never ends"),
    ("five loops", "repeat I 0 1 1\n" * 5 + "end\n" * 5, 5, "more than 4 loops"),
    ("nothing to divide by", "aligned NULL 0\n", 1, "nothing is a multiple of 0"),
    ("a long line", "say\nsay " + "x" * 600 + "\n", 2, "more than 510 characters"),
    ("many lines", "say\n" * 513, 513, "more than 512 commands"),
    ("a long symbol", "area " + "R" * 24 + " 1M\n", 1, "is too long"),
    ("many symbols", "".join(f"area S{i} 1M\n" for i in range(65)), 65, "more than 64 symbols"),
]

RIGHT = """# a comment
area R 1M # another

\tsay   hello
repeat I 0 2 1
repeat J I 2 1
same I J
end
end
lasterror"""

RIGHT_OUTPUT = """page 0x1000 granularity 0x10000
  2: area R 1M => OK 64K-aligned
  4: say   hello
  5: repeat I 0 2 1 => I=0x0
  6: repeat J I 2 1 => J=0x0
  7: same I J => yes
  6: repeat J I 2 1 => J=0x1
  7: same I J => no
  6: repeat J I 2 1 => J=0x2
  7: same I J => no
  5: repeat I 0 2 1 => I=0x1
  6: repeat J I 2 1 => J=0x1
  7: same I J => yes
  6: repeat J I 2 1 => J=0x2
  7: same I J => no
  5: repeat I 0 2 1 => I=0x2
  6: repeat J I 2 1 => J=0x2
  7: same I J => yes
 10: lasterror => ERROR_SUCCESS
"""


def play(command, *arguments):
    played = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False,
                            stdin=subprocess.DEVNULL, timeout=SECONDS_MAX)
    return played.returncode, played.stdout, played.stderr


def complaints_about(command, folder, script, number, said):
    file = Path(folder) / "wrong.txt"
    file.write_text(script, encoding="ascii")
    status, _, errors = play(command, str(file))
    if status != 2:
        yield f"exit status {status} instead of 2"
    if f"{file}:{number}: " not in errors or said not in errors:
        yield f"expected {number}: {said}, got {errors.strip()}"


def other_complaints(command, folder):
    file = Path(folder) / "right.txt"
    file.write_text(RIGHT, encoding="ascii")
    status, output, errors = play(command, str(file))
    yield "a script that is right", [] if (status, output, errors) == (0, RIGHT_OUTPUT, "") else [
        f"exit status {status}", *output.split("\n"), errors]

    missing = str(Path(folder) / "missing.txt")
    status, _, errors = play(command, missing)
    yield "a file that is not there", [] if status == 2 and missing in errors else [
        f"exit status {status}: {errors}"]

    status, _, errors = play(command)
    yield "no file", [] if status == 2 and "usage: player" in errors else [
        f"exit status {status}: {errors}"]

    file.write_text("need 0x10 1\n", encoding="ascii")
    status, output, _ = play(command, str(file))
    yield "an area that is taken", [] if status == 77 and "=> taken\n" in output else [
        f"exit status {status}: {output}"]


def main(*command):
    with tempfile.TemporaryDirectory() as folder:
        results = [(f"wrong: {what}", list(complaints_about(command, folder, *case)))
                   for what, *case in WRONG]
        results += other_complaints(command, folder)
    print(f"1..{len(results)}")
    for number, (title, complaints) in enumerate(results, start=1):
        print(f"{'not ok' if complaints else 'ok'} {number} - {title}")
        for complaint in complaints:
            print(f"# {complaint}")
    return 1 if any(complaints for _, complaints in results) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
