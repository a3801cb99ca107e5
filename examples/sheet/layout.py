# SPDX-License-Identifier: MIT
"""Are two sheets laid out alike? XLSX knows widths by the pixel only: what was read from a file of
another kind, or typed, comes back a pixel wider or narrower."""
import json

from parts import Area

DEFAULTS = {'width_characters': 8.43, 'height_points': 15}
PIXEL = {'width_characters': 0.15, 'height_points': 0.75}
BEHIND_ALL = 1 << 21


def spans_of(lines, member, is_columns):
    """(first, behind the last, size, is hidden), in order, without gaps."""
    spans, at, default = [], 1, DEFAULTS[member]
    for item in lines:
        area = Area(item['lines'])
        first, last = ((area.first_column, area.last_column) if is_columns
                       else (area.first_row, area.last_row))
        if first > at:
            spans.append((at, first, default, False))
        spans.append((first, last + 1, item[member] or default, item['is_hidden']))
        at = last + 1
    return spans + [(at, BEHIND_ALL, default, False)]


def are_lines_alike(before, after, member, is_columns):
    """Piece by piece, as far as both go on."""
    before, after = (iter(spans_of(lines, member, is_columns)) for lines in (before, after))
    ours, theirs = next(before), next(after)
    while True:
        if abs(ours[2] - theirs[2]) > PIXEL[member] or ours[3] != theirs[3]:
            return False
        end = min(ours[1], theirs[1])
        if end == BEHIND_ALL:
            return True
        ours = next(before) if ours[1] == end else ours
        theirs = next(after) if theirs[1] == end else theirs


def is_alike(before, after):
    """Two lines of a workbook as JSON: the same, or of sheets that differ by less than a pixel."""
    if before == after:
        return True
    try:
        before, after = (json.loads(line.strip() + ']}') for line in (before, after))
    except ValueError:
        return False
    if not all(isinstance(sheet, dict) and 'columns' in sheet for sheet in (before, after)):
        return False
    return (are_lines_alike(before.pop('columns'), after.pop('columns'), 'width_characters', True)
            and are_lines_alike(before.pop('rows'), after.pop('rows'), 'height_points', False)
            and before == after)
