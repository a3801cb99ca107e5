#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""words.py FILE.c... - the short strings in sources, as a dictionary for libFuzzer."""
import re
import sys

words = set()
for path in sys.argv[1:]:
    with open(path, encoding='utf-8') as file:
        words.update(re.findall(r'"([!#$&-\[\]-~]{2,40})"', file.read()))
for word in sorted(words):
    print(f'"{word}"')
