#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proves that every rule of tidy.py finds what it is meant to find, and leaves the rest alone."""

import sys
import tempfile
from pathlib import Path

import tidy

SPDX = "/* SPDX-License-Identifier: MIT */\n"
HEADER = SPDX + '''
STEPPE_API int steppe_nothing(void);

/* Told. */
STEPPE_API void *steppe_told(int a,
                             int b);
STEPPE_API void *steppe_told_too(void);
STEPPE_API void steppe_private_(void);
'''

# (rule, {file: text}, what the complaints begin with; none for an innocent tree)
CASES = [
    (tidy.layer_arrows, {"src/region/a.c": '#include "fault/try.h"\n'}, ["src/region/a.c:1"]),
    (tidy.layer_arrows, {"src/base/a.c": '\n#include "platform/platform.h"\n'},
     ["src/base/a.c:2"]),
    (tidy.layer_arrows, {"src/fault/a.c": '#include "try.h"\n'}, ["src/fault/a.c:1"]),
    (tidy.layer_arrows, {"src/region/a.c": '#include "platform/sim/sim.h"\n'},
     ["src/region/a.c:1"]),
    (tidy.layer_arrows, {"src/platform/linux/a.c": '#include "platform/sim/sim.h"\n'},
     ["src/platform/linux/a.c:1"]),
    (tidy.layer_arrows, {"include/steppe/a.h": '#include "base/check.h"\n'},
     ["include/steppe/a.h:1"]),
    (tidy.layer_arrows, {"examples/a/a.c": '#include "region/registry.h"\n'},
     ["examples/a/a.c:1"]),
    (tidy.layer_arrows, {"src/win32/a.c": '#include "region/registry.h"\n'}, ["src/win32/a.c:1"]),
    (tidy.layer_arrows, {"programs/sheet/grid/a.c": '#include "sheet/book/b.h"\n',
                         "programs/sheet/book/b.h": ""}, ["programs/sheet/grid/a.c:1"]),
    (tidy.layer_arrows, {"programs/sheet/book/a.c": '#include "sheet/grid/b.h"\n',
                         "programs/sheet/main.c": '#include "sheet/book/a.h"\n',
                         "programs/sheet/book/a.h": "",
                         "programs/sheet/grid/b.h": ""}, []),
    (tidy.layer_arrows, {
        "src/fault/a.c": '#include "region/a.h"\n// #include "win32/a.h"\n',
        "src/platform/sim/a.c": '#include "platform/sim/a.h"\n#include "a.h"\n',
        "src/platform/sim/a.h": '#include <steppe/base.h>\n',
        "examples/a/a.c": '#include "a.h"\n#include <steppe/steppe.h>\n',
        "examples/a/a.h": "",
        "src/win32/a.c": '#include "linux/a.h"\n#include <windows.h>\n',
        "src/win32/linux/a.h": '#include "../b.h"\n',
        "src/win32/b.h": ""}, []),

    (tidy.system_calls, {"src/region/a.c": "#include <sys/mman.h>\n"}, ["src/region/a.c:1"]),
    (tidy.system_calls, {"src/region/a.c": "#include <unistd.h>\n"}, ["src/region/a.c:1"]),
    (tidy.system_calls, {"src/region/a.c": "int x = mprotect(a, b, c);\n"}, ["src/region/a.c:1"]),
    (tidy.system_calls, {"src/region/a.c": "int x = open(a, b);\n"}, ["src/region/a.c:1"]),
    (tidy.system_calls, {"src/base/a.c": 'f("/proc/self/maps");\n'}, ["src/base/a.c:1"]),
    (tidy.system_calls, {
        "src/region/a.c": "/* mmap(\n munmap */ f(\"madvise\"); g.open(1); is_open(2); // futex\n",
        "src/region/b.c": "static void write(int a)\n{\n    write(a);\n}\n",
        "src/platform/linux/a.c": "#include <sys/mman.h>\nmmap();\n"}, []),

    (tidy.system_macros, {"src/region/a.c": "#ifdef __linux__\n"}, ["src/region/a.c:1"]),
    (tidy.system_macros, {"examples/a.c": "#  if defined(__x86_64__)\n"}, ["examples/a.c:1"]),
    (tidy.system_macros, {"src/region/a.c": "/* #ifdef __linux__ */\n",
                          "src/platform/linux/a.c": "#ifdef __aarch64__\n",
                          "include/steppe/base.h": "#if defined(_WIN32)\n"}, []),

    (tidy.same_ports, {"src/platform/a/x.c": "", "src/platform/a/y.c": "",
                       "src/platform/b/x.c": ""}, ["src/platform/b: has no y.c"]),
    (tidy.same_ports, {"src/platform/a/x.c": "", "src/platform/b/x.c": "",
                       "src/platform/b/x.h": ""}, []),

    (tidy.public_functions, {"include/steppe/a.h": HEADER, "tests/unit/a.c": "steppe_told();"}, [
        "include/steppe/a.h:3: steppe_nothing has no comment",
        "include/steppe/a.h:3: steppe_nothing occurs in no test",
        "include/steppe/a.h:8: steppe_told_too occurs in no test"]),

    (tidy.built_sources, {"src/a/a.c": "", "src/a/b.c": "", "tests/unit/c.c": "",
                          "src/meson.build": "files('a/b.c')", "tests/meson.build": "['c']"},
     ["src/a/a.c:1"]),

    (tidy.licence_lines, {"a.md": "# Title\n"}, ["a.md:1"]),
    (tidy.licence_lines, {"a.sh": "#!/bin/sh\n# SPDX-License-Identifier: MIT\n",
                          "a.png": "\0PNG"}, []),

    (tidy.layout, {"a.md": "text"}, ["a.md:1: no newline"]),
    (tidy.layout, {"a.md": "text \n"}, ["a.md:1: space"]),
    (tidy.layout, {"src/a.c": "\tx;\n"}, ["src/a.c:1: a tab"]),
    (tidy.layout, {"src/a.c": "x" * 101 + "\n"}, ["src/a.c:1: 101 characters"]),
    (tidy.layout, {"src/a.c": "x" * 100 + "\n", "a.md": "x" * 101 + "\n"}, []),

    (tidy.include_guards, {"src/a.h": SPDX + "int x;\n"}, ["src/a.h:1"]),
    (tidy.include_guards, {"src/a.h": SPDX + "#ifndef A_H\n#define B_H\n#endif\n"}, ["src/a.h:1"]),
    (tidy.include_guards, {"src/a.h": SPDX + "/* a.h */\n#ifndef A_H\n#define A_H\n#endif\n"}, []),

    (tidy.foreign_mentions, {"a.md": "see /home" + "/me/notes\n"}, ["a.md:1: /home"]),
    (tidy.foreign_mentions, {"a.md": "\nsee shared" + "/notes\n"}, ["a.md:2: shared"]),
    (tidy.foreign_mentions, {"a.md": "see NOWHERE" + ".md\n"}, ["a.md:1: NOWHERE"]),
    (tidy.foreign_mentions, {"CHANGELOG.md": "see CHANGELOG.md, /usr/share, shared/static\n"}, []),

    (tidy.versions, {"meson.build": "  version: '0.2.0',\n", "include/steppe/base.h":
                     "#define STEPPE_VERSION_MAJOR 0\n#define STEPPE_VERSION_MINOR 1\n"
                     "#define STEPPE_VERSION_PATCH 0\n"}, ["include/steppe/base.h:1: 0.1.0"]),
]


def tree_with(folder, files):
    for name, text in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tidy.Tree(folder)


def differences(found, expected):
    """Every expectation begins exactly one complaint, and no complaint is left over."""
    if len(found) != len(expected):
        yield f"expected {expected}, found {found}"
    for complaint, start in zip(found, expected):
        if not complaint.startswith(start):
            yield f"expected {start}..., found {complaint}"


def main():
    results = []
    for rule, files, expected in CASES:
        with tempfile.TemporaryDirectory() as folder:
            found = list(rule(tree_with(folder, files)))
        title = f"{rule.__name__}: {expected[0] if expected else 'nothing in ' + next(iter(files))}"
        results.append((title, list(differences(found, expected))))

    with tempfile.TemporaryDirectory() as folder:
        tree = tree_with(folder, {"include/steppe/a.h": HEADER, "include/other/b.h": HEADER})
        found = list(tidy.exported_symbols(tree, [
            "00 A STEPPE_0.1", "01 T steppe_told@@STEPPE_0.1", "02 T steppe_told_too@@STEPPE_0.1",
            "03 T steppe_private_@@STEPPE_0.1", "04 T stp_inside@@STEPPE_0.1",
            "05 T main@@STEPPE_0.1"], "include/steppe/", {"main"}))
    results.append(("exported_symbols", list(differences(
        found, ["steppe_nothing: public, but", "stp_inside: exported, but"]))))
    found = list(tidy.external_names(
        ["a.c.o:", "00 T stp_a", "01 D steppe_b", "02 T helper", "03 T main", "U free"],
        ("steppe_", "stp_"), {"main"}))
    results.append(("external_names", list(differences(found, ["helper: begins with none of"]))))

    tried = {case[0] for case in CASES}
    untried = [rule.__name__ for rule in tidy.TREE_RULES if rule not in tried]
    results.append(("every rule is tried here", untried))
    return tidy.report(results)


if __name__ == "__main__":
    sys.exit(main())
