#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run a program for Windows under Wine, quietly and away from the user's own Wine.

    wine.py PROGRAM.exe [ARGUMENT...]
    wine.py --version                  exit status 2 where there is no Wine

The output comes without carriage returns; the exit status is the program's. Wine's files lie in
the directory WINEPREFIX or, without it, in "wine" beside the program; whoever comes first makes
them, which takes some ten seconds. Wine's server ends by itself ten seconds after the last program.
"""

import fcntl
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Debian keeps the 64-bit loader out of PATH; its "wine" asks for the 32-bit one.
PLACES = ["/usr/lib/wine/wine64", "/usr/lib/*/wine/wine64", "wine64", "wine"]

# Neither .NET nor HTML, and no entries in the user's menus.
OVERRIDES = "mscoree=d;mshtml=d;winemenubuilder.exe=d"

SETUP_SECONDS_MAX = 300

# A server that ends with its last program may do so while the next one is about to connect to it.
SERVER_LINGERS_SECONDS = 10
NOT_CONNECTED = re.compile(rb"^wine: .*cannot connect|^wine client error|^wineserver: ", re.M)
TRIES = 5


def loader():
    """The path of Wine's 64-bit loader, or None."""
    for place in PLACES:
        found = glob.glob(place) if "/" in place else [shutil.which(place)]
        if found and found[0]:
            return found[0]
    return None


def environment(prefix):
    return {**os.environ, "WINEPREFIX": str(prefix), "WINEDEBUG": "-all", "WINEARCH": "win64",
            "WINEDLLOVERRIDES": OVERRIDES}


def run_quietly(prefix, *command):
    return subprocess.run(command, env=environment(prefix), check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, timeout=SETUP_SECONDS_MAX).returncode


def start_server(wine, prefix):
    """Unless one is running already, which is not asked: then this one sees it and ends."""
    beside = Path(wine).parent
    for server in beside / "wineserver64", beside / "wineserver", shutil.which("wineserver"):
        if server and Path(server).exists():
            run_quietly(prefix, str(server), f"-p{SERVER_LINGERS_SECONDS}")
            return


def prepare(wine, prefix):
    """Make Wine's files unless they are there, and see to it that its server runs."""
    prefix.mkdir(parents=True, exist_ok=True)
    ready = prefix / ".ready"
    with open(prefix / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        start_server(wine, prefix)
        if not ready.exists():
            if run_quietly(prefix, wine, "wineboot", "--init"):
                raise OSError("wineboot fails")
            ready.touch()


def run_into_files(command, prefix):
    """Not into pipes: Wine's services inherit them, and their end would come with theirs."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        played = subprocess.run(command, env=environment(prefix), check=False,
                                stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        for file in output, errors:
            file.seek(0)
        played.stdout, played.stderr = output.read(), errors.read()
    return played


def run(wine, prefix, program, *arguments):
    """The program as it ended, once it could reach the server."""
    for number in range(TRIES):
        prepare(wine, prefix)
        played = run_into_files([wine, program, *arguments], prefix)
        if not NOT_CONNECTED.search(played.stderr):
            break
        time.sleep(number + 1)
    return played


def main(program, *arguments):
    wine = loader()
    if not wine:
        print("wine.py: there is no Wine", file=sys.stderr)
        return 2
    if program == "--version":
        return subprocess.run([wine, program], env=environment(os.devnull), check=False).returncode
    default = Path(program).resolve().parent / "wine"
    prefix = Path(os.environ.get("WINEPREFIX") or default).resolve()
    try:
        played = run(wine, prefix, program, *arguments)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"wine.py: Wine does not start: {error}", file=sys.stderr)
        return 2
    for stream, output in (sys.stdout, played.stdout), (sys.stderr, played.stderr):
        stream.buffer.write(output.replace(b"\r", b""))
        stream.flush()
    return played.returncode


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
