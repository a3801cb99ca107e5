#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""embed.py HTML CSS JS... OUTPUT - the page of the report as C, with its style and script inside.

The scripts are joined in their order inside of one function, so that they share names and leave
none behind.

The page's content security policy names its style and its script by their hashes, so nothing else
runs, whatever a name in the data says. The data comes between report_head and report_tail.
"""

import base64
import hashlib
import sys
from pathlib import Path


def source_of(text):
    """As the policy names a text: by its hash."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def put(page, mark, text):
    before, found, after = page.partition(mark)
    if not found or mark in after:
        sys.exit(f"embed.py: the page has to say {mark} exactly once")
    return before + text + after


def array(name, text):
    """A text as C; bytes rather than a string, for whose length compilers have limits."""
    content = text.encode()
    rows = [", ".join(str(byte) for byte in content[i:i + 20]) for i in range(0, len(content), 20)]
    return (f"const unsigned char {name}[] = {{\n    " + ",\n    ".join(rows) + "};\n"
            f"const size_t {name}_bytes = sizeof {name};\n")


def main(html, css, *scripts, output):
    page, style, *parts = (Path(name).read_text(encoding="utf-8") for name in (html, css, *scripts))
    code = "(() => {\n\"use strict\";\n" + "\n".join(parts) + "})();\n"
    for text, end in ((style, "</style"), (code, "</script"), (code, "<!--")):
        if end in text.lower():
            sys.exit(f"embed.py: {end} would end the element around it")
    # A newline after the tag belongs to the element, and so to what is hashed.
    style, code = f"\n{style}", f"\n{code}"
    page = put(page, "@POLICY@", f"default-src 'none'; script-src {source_of(code)}; "
               f"style-src {source_of(style)}; base-uri 'none'; form-action 'none'")
    head, tail = put(page, "@STYLE@", style).split("@DATA@")
    tail = put(tail, "@SCRIPT@", code)
    Path(output).write_text(
        "/* SPDX-License-Identifier: MIT */\n/* Made by embed.py: do not edit. */\n"
        '#include "map/report/template.h"\n\n' + array("report_head", head)
        + array("report_tail", tail), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:-1], output=sys.argv[-1])
