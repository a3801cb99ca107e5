#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""exceptions.c under every compiler, optimization and sanitizer there is: how __try is made must
not depend on what an optimizer does. Prints TAP.

    test_compilers.py [--all] SOURCE_ROOT BUILD_ROOT [COMBINATION...]
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS_TO_COMPILE = 240
SECONDS_TO_RUN = 600

LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os"]
# Only when asked for, by --all: they take long, and have not found anything of their own yet.
OTHERS = [
    ("-O2 -fomit-frame-pointer -fstack-protector-all", None),
    ("-O2 -flto", None),
    ("-O2 -fPIC -mavx2", "avx2"),
    ("-O2 -maccumulate-outgoing-args", "gcc"),
    ("-O2 -fstack-clash-protection", None),
    ("-O2 -fcf-protection=full", None),
    ("-O1 -fsanitize=address,undefined -fno-omit-frame-pointer", None),
    ("-O2 -fsanitize=address,undefined", None),
]

ENVIRONMENT = {
    "STEPPE_TEST_SMALL": "1",
    "ASAN_OPTIONS": "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:"
                    "allow_user_segv_handler=1:detect_leaks=0",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


def processor_has(feature):
    try:
        return f" {feature} " in Path("/proc/cpuinfo").read_text() + " "
    except OSError:
        return False


def combinations():
    """(compiler, flags, reason to skip or None)"""
    for compiler in ("gcc", "clang"):
        found = shutil.which(compiler)
        reason = None if found else f"no {compiler}"
        for flags in LEVELS:
            yield compiler, flags, reason
        for flags, needs in OTHERS:
            if needs == "gcc" and compiler != "gcc":
                continue
            lacks = needs == "avx2" and not processor_has("avx2")
            yield compiler, flags, reason or ("no AVX2" if lacks else None)


def run(command, seconds, **keywords):
    """(exit status, output); the status is None when the time is up."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=seconds, text=True,
                              errors="replace", **keywords)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        output = late.stdout or b""
        return None, output.decode("utf-8", "replace") if isinstance(output, bytes) else output


def check_flags():
    status, output = run(["pkg-config", "--cflags", "--libs", "check"], 60)
    return output.split() if status == 0 else ["-lcheck"]


def command_of(compiler, flags, program, source, build):
    libraries = [build / "src" / "win32", build / "src"]
    return ([compiler, "-std=gnu11", "-g", "-w"] + flags.split()
            + [f"-I{source}/include", f"-I{source}/include/steppe-win32",
               f"-I{source}/tests/support", "-o", str(program),
               f"{source}/tests/win32/exceptions.c", f"{source}/tests/support/support.c"]
            + [f"-L{folder}" for folder in libraries]
            + [f"-Wl,-rpath,{folder}" for folder in libraries]
            + ["-lsteppe-win32", "-lsteppe"] + check_flags() + ["-pthread", "-lm"])


def is_unsupported(output):
    """The compiler is there, but not what these flags need beside it."""
    return any(words in output for words in (
        "LLVMgold", "libasan", "libubsan", "libclang_rt", "unsupported option",
        "cannot be used without a linker plugin", "plugin needed"))


def try_one(compiler, flags, folder, source, build):
    """(verdict, notes): verdict is "ok", "not ok" or "skip"."""
    program = Path(folder) / "exceptions"
    status, output = run(command_of(compiler, flags, program, source, build), SECONDS_TO_COMPILE)
    if status != 0:
        return ("skip" if status and is_unsupported(output) else "not ok"), output
    status, output = run([str(program)], SECONDS_TO_RUN, env={**os.environ, **ENVIRONMENT})
    failed = [line for line in output.splitlines() if not line.startswith("ok ")]
    if status == 0:
        return "ok", "\n".join(line for line in failed if line.startswith("# SKIP"))
    return "not ok", "\n".join([f"status {status}"] + failed[-40:])


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--all"]
    is_all = "--all" in sys.argv
    source, build = (Path(argument).resolve() for argument in arguments[:2])
    wanted = arguments[2:]
    cases = [case for case in combinations()
             if (f"{case[0]} {case[1]}" in wanted if wanted else is_all or case[1] in LEVELS)]
    is_good = True
    print(f"1..{len(cases)}", flush=True)
    for number, (compiler, flags, reason) in enumerate(cases, 1):
        name = f"{compiler} {flags}"
        verdict, notes = "skip", reason
        if not reason:
            with tempfile.TemporaryDirectory() as folder:
                verdict, notes = try_one(compiler, flags, folder, source, build)
        if verdict == "skip":
            print(f"ok {number} - {name} # SKIP {notes.splitlines()[0]}", flush=True)
            continue
        is_good = is_good and verdict == "ok"
        print(f"{verdict} {number} - {name}")
        for line in (notes or "").splitlines():
            print(f"# {line}")
        sys.stdout.flush()
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
