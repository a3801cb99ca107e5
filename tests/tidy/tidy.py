#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Taste as a test: rules about the source tree that a compiler does not check. Prints TAP.

    tidy.py tree ROOT                             rules about the files below ROOT
    tidy.py symbols ROOT [SHARED_LIB ARCHIVE]...  rules about the symbols of the built libraries

A rule is a generator of complaints, "file:line: what is wrong". test_tidy.py proves for each rule
that it finds what it is meant to find.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

LAYERS = ["base", "platform", "region", "fault", "containers", "win32"]

# The folders of a program that has some, the lowest first.
PROGRAM_LAYERS = {
    "sheet": ["values", "grid", "book", "functions", "files", "edits", "desk", "batch"]}

# The system may be called here only.
SYSTEM_FOLDERS = ("src/platform/", "src/win32/linux/")
SYSTEM_HEADERS = re.compile(
    r"(sys|linux|asm)/|(dlfcn|fcntl|poll|pthread|sched|signal|spawn|ucontext|unistd|windows)\.h")
SYSTEM_NAMES = re.compile(
    r"\b(mmap|munmap|mremap|mprotect|madvise|mincore|syscall|ioctl|futex|userfaultfd|prctl"
    r"|sigaction|sigprocmask|sigaltstack|pthread_\w+|VirtualAlloc|VirtualFree|VirtualProtect)\b"
    r"|(?<![.\w>])(fopen|open|openat|close|read|pread|write|pwrite|fork|raise|signal)(?=\s*\()")

SYSTEM_MACROS = re.compile(
    r"\b(__linux__|__unix__|__APPLE__|__FreeBSD__|__ANDROID__|_WIN32|_WIN64"
    r"|__x86_64__|__i386__|__aarch64__|__arm__|__riscv|__powerpc64__|__s390x__)\b")

# Places that exist on one machine only.
FOREIGN_PATHS = re.compile(r"/(?:home|root|work|Users)/|\b(?:shared[/](?!static)|farm[-])")

LINE_LENGTH_MAX = 100


class Tree:
    """The files below a root that git tracks or would track; without git, all but the builds."""

    def __init__(self, root):
        self.root = Path(root)
        self.names = sorted(self._git() or self._walk())

    def _git(self):
        if not (self.root / ".git").exists() or not shutil.which("git"):
            return []
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.root, stdout=subprocess.PIPE, text=True, check=True).stdout
        return [name for name in listing.split("\0") if (self.root / name).is_file()]

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in (".git", "build", "__pycache__")]
            for name in names:
                yield str((Path(folder) / name).relative_to(self.root))

    def text(self, name):
        """The file's text; empty for a binary file, and for what fuzzers found: any bytes."""
        content = (self.root / name).read_bytes()
        is_found = re.fullmatch(r"tests/fuzz/\w+/\w[^/.]*", name)
        return "" if is_found or b"\0" in content else content.decode("utf-8")

    def texts(self):
        for name in self.names:
            yield name, self.text(name)

    def sources(self, *folders):
        """C sources and headers, below the folders if any are given."""
        for name, text in self.texts():
            if name.endswith((".c", ".h")) and (not folders or name.startswith(folders)):
                yield name, text


TOKEN = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')', re.S)


def code(text, strings=True):
    """C text without comments, and without the contents of strings if told so; lines stay put."""
    def blank(match):
        if match["comment"]:
            return " " + "\n" * match[0].count("\n")
        return match[0] if strings else '""'
    return TOKEN.sub(blank, text)


def lines(text):
    return enumerate(text.split("\n"), start=1)


def includes(text):
    """(line number, "<" or '"', path) for every #include."""
    for number, line in lines(code(text)):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line)
        if match:
            yield number, match[1], match[2]


def points_up(name, path):
    """Whether a program's file includes one of a layer above its own, or of none that is known."""
    parts, target = name.split("/"), path.split("/")
    layers = PROGRAM_LAYERS.get(target[0], [])
    if len(parts) < 4 or len(target) < 3 or parts[1] != target[0]:
        return False
    return target[1] not in layers or parts[2] not in layers[layers.index(target[1]):]


def layer_arrows(tree):
    """an #include points to the same layer or a lower one; clients see public headers only"""
    for name, text in tree.sources("include/", "src/", "programs/", "examples/"):
        parts = name.split("/")
        folder = "/".join(parts[:-1])
        is_client = parts[0] in ("programs", "examples") or parts[:2] == ["src", "win32"]
        for number, kind, path in includes(text):
            if kind == "<":
                continue
            where = f"{name}:{number}: includes \"{path}\""
            if parts[0] == "include":
                yield f"{where}: a public header includes public headers, as <steppe/...>"
                continue
            target = path.split("/")
            if len(target) == 1 and (tree.root / folder / path).is_file() or path == "arch.h":
                continue  # a neighbour in the same folder
            if is_client:
                neighbour = os.path.normpath(f"{folder}/{path}")
                is_own = parts[1] == "win32" and neighbour.startswith("src/win32/") and (
                    tree.root / neighbour).is_file()
                # Of programs only what they share is seen by all: screen and common.
                visible = (parts[1], "screen", "common")
                is_program = parts[0] == "programs" and target[0] in visible and (
                    tree.root / "programs" / path).is_file()
                if parts[0] == "programs" and points_up(name, path):
                    yield f"{where}: {parts[2]} lies below {target[1]}"
                    continue
                if target[0] == parts[0] or path.startswith("../common/") or is_own or is_program:
                    continue
                yield f"{where}: a client of the library includes <steppe/...> and its own headers"
            elif target[0] not in LAYERS or len(target) == 1:
                yield f"{where}: write it as \"layer/file.h\""
            elif LAYERS.index(target[0]) > LAYERS.index(parts[1]):
                yield f"{where}: {parts[1]} lies below {target[0]}"
            elif target[0] == "platform" and len(target) > 2 and not name.startswith(
                    "src/" + "/".join(target[:2]) + "/"):
                yield f"{where}: a port is seen through platform/platform.h only"


def system_calls(tree):
    """the operating system is called in src/platform and src/win32/linux only"""
    for name, text in tree.sources("src/"):
        if name.startswith(SYSTEM_FOLDERS):
            continue
        for number, kind, path in includes(text):
            is_facade = path == "windows.h" and name.startswith("src/win32/")
            if kind == "<" and SYSTEM_HEADERS.match(path) and not is_facade:
                yield f"{name}:{number}: includes <{path}>"
        own = re.findall(r"^(?:static|\w+ WINAPI) [^;=(]*?\b(\w+)\(", text, re.M)
        for number, line in lines(code(text, strings=False)):
            match = SYSTEM_NAMES.search(line)
            if match and match[0] not in own and not line.lstrip().startswith("#"):
                yield f"{name}:{number}: {match[0]}"
        for number, line in lines(code(text)):
            if '"/proc' in line or '"/sys' in line:
                yield f"{name}:{number}: a file of the kernel"


def system_macros(tree):
    """the library asks the compiler about system or processor in src/platform and base.h only"""
    for name, text in tree.sources("include/", "src/", "programs/", "examples/"):
        if name.startswith("src/platform/") or name == "include/steppe/base.h":
            continue
        for number, line in lines(code(text)):
            match = SYSTEM_MACROS.search(line)
            if match and line.lstrip().startswith("#"):
                yield f"{name}:{number}: {match[0]}"


def same_ports(tree):
    """every folder of src/platform has the same C files"""
    ports = {}
    for name, _ in tree.sources("src/platform/"):
        parts = name.split("/")
        if len(parts) == 4 and name.endswith(".c"):
            ports.setdefault(parts[2], set()).add(parts[3])
    every = set().union(*ports.values()) if ports else set()
    for port, files in sorted(ports.items()):
        for missing in sorted(every - files):
            yield f"src/platform/{port}: has no {missing}"


def declarations(tree):
    """(file, line number, name, whether a comment stands before it) of every public function;
    neighbouring declarations may share a comment. Names ending in _ are private parts of macros."""
    for name, text in tree.sources("include/"):
        everything = text.split("\n")
        for number, line in lines(text):
            if not line.startswith("STEPPE_API"):
                continue
            declaration = " ".join(everything[number - 1:number + 3])
            function = re.match(r"STEPPE_API [^(]*?(\w+)\(", declaration)[1]
            before = number - 2
            while everything[before].startswith(("STEPPE_API", " ")) and not (
                    everything[before].rstrip().endswith("*/")):
                before -= 1
            yield name, number, function, everything[before].rstrip().endswith("*/")


def public_functions(tree):
    """every public function is explained in its header and named in a test"""
    tests = "".join(text for name, text in tree.texts() if name.startswith("tests/"))
    for name, number, function, has_comment in declarations(tree):
        if function.endswith("_"):
            continue
        if not has_comment:
            yield f"{name}:{number}: {function} has no comment before it"
        if not re.search(rf"\b{function}\b", tests):
            yield f"{name}:{number}: {function} occurs in no test"


def built_sources(tree):
    """every C file is named in a build file"""
    builds = "".join(text for name, text in tree.texts()
                     if name.endswith(("meson.build", "CMakeLists.txt")))
    for name, _ in tree.sources("src/", "tests/", "examples/", "bench/", "programs/"):
        stem = re.escape(Path(name).stem)
        if name.endswith(".c") and not re.search(rf"['/ ]{stem}(\.c\b|')", builds):
            yield f"{name}:1: no build file names it"


def licence_lines(tree):
    """every text file begins with its licence"""
    for name, text in tree.texts():
        if text and "SPDX-License-Identifier: MIT" not in "\n".join(text.split("\n")[:3]):
            yield f"{name}:1: no SPDX-License-Identifier"


def layout(tree):
    """lines end where they should"""
    for name, text in tree.texts():
        if text and not text.endswith("\n"):
            yield f"{name}:{text.count(chr(10)) + 1}: no newline at the end"
        for number, line in lines(text):
            if line != line.rstrip():
                yield f"{name}:{number}: space at the end of the line"
            if name.endswith((".c", ".h", ".py", ".map")) and len(line) > LINE_LENGTH_MAX:
                yield f"{name}:{number}: {len(line)} characters, more than {LINE_LENGTH_MAX}"
            if name.endswith((".c", ".h")) and "\t" in line:
                yield f"{name}:{number}: a tab"


def include_guards(tree):
    """every header has an include guard"""
    for name, text in tree.sources():
        if name.endswith(".h") and not re.match(
                r"\s*#ifndef (\w+_H)\n#define \1\n", code(text).lstrip()):
            yield f"{name}:1: does not begin with #ifndef ..._H and #define"


def foreign_mentions(tree):
    """no text mentions a place or document outside of this tree"""
    documents = {Path(name).name for name in tree.names}
    for name, text in tree.texts():
        for number, line in lines(text):
            match = FOREIGN_PATHS.search(line)
            if match:
                yield f"{name}:{number}: {match[0]}"
            for document in re.findall(r"\b[A-Z]{2}[A-Z_]*\.md\b", line):
                if document not in documents:
                    yield f"{name}:{number}: {document} is not there"


def versions(tree):
    """header and build file give the same version"""
    header = tree.text("include/steppe/base.h")
    parts = [re.search(rf"STEPPE_VERSION_{part} (\d+)", header)[1]
             for part in ("MAJOR", "MINOR", "PATCH")]
    built = re.search(r"\bversion: '([^']+)'", tree.text("meson.build"))[1]
    if ".".join(parts) != built:
        yield f"include/steppe/base.h:1: {'.'.join(parts)}, but meson.build says {built}"


def exported_symbols(tree, nm_lines, headers, besides=()):
    """the shared library exports the public functions, and nothing else"""
    public = {function for name, _, function, _ in declarations(tree) if name.startswith(headers)}
    public.update(besides)
    exported = {line.split()[-1].split("@")[0] for line in nm_lines if " A " not in line}
    for function in sorted(public - exported):
        yield f"{function}: public, but not exported"
    for symbol in sorted(exported - public):
        yield f"{symbol}: exported, but not public"


def external_names(nm_lines, prefixes, besides=()):
    """identifiers with external linkage have the library's prefix"""
    for line in nm_lines:
        name = line.split()[-1]
        if re.match(r"[0-9a-f]+ [A-Z] ", line) and not name.startswith(prefixes) and (
                name not in besides):
            yield f"{name}: begins with none of {', '.join(prefixes)}"


TREE_RULES = [layer_arrows, system_calls, system_macros, same_ports, public_functions,
              built_sources, licence_lines, layout, include_guards, foreign_mentions, versions]


def nm(*arguments):
    listing = subprocess.run(["nm", *arguments], capture_output=True, text=True, check=True)
    return [line for line in listing.stdout.split("\n") if line]


def report(results):
    """Print (title, complaints) pairs as TAP."""
    print(f"1..{len(results)}")
    failed = 0
    for number, (title, complaints) in enumerate(results, start=1):
        print(f"{'not ok' if complaints else 'ok'} {number} - {title}")
        for complaint in complaints:
            print(f"# {complaint}")
        failed += bool(complaints)
    return 1 if failed else 0


def main(what, root, *libraries):
    tree = Tree(root)
    if what == "tree":
        return report([(rule.__doc__.split("\n", maxsplit=1)[0], list(rule(tree)))
                       for rule in TREE_RULES])
    results = []
    for shared_library, archive in zip(libraries[::2], libraries[1::2]):
        is_facade = "win32" in Path(archive).name
        headers = "include/steppe-win32/" if is_facade else "include/steppe/"
        prefixes = ("steppe_", "w32_" if is_facade else "stp_")
        # The facade has the names of Windows, and main for programs that have a wmain.
        besides = {"main"} if is_facade else set()
        public = {function for name, _, function, _ in declarations(tree)
                  if is_facade and name.startswith(headers)} | besides
        results += [
            (f"{exported_symbols.__doc__} ({Path(archive).stem})", list(exported_symbols(
                tree, nm("-D", "--defined-only", shared_library), headers, besides))),
            (f"{external_names.__doc__} ({Path(archive).stem})", list(external_names(
                nm("-g", "--defined-only", archive), prefixes, public))),
        ]
    return report(results)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
