# SPDX-License-Identifier: MIT
"""What is in an XLSX file by its XML, counted with zipfile and regular expressions alone: nothing
of it comes from steppe-sheet. Of files as LibreOffice writes them."""
import re
import zipfile

ROWS = 1048576
PAGE_ROWS = 256  # cells of a column that share a page of the grid
CELL = re.compile(r'<c r="([A-Z]+)(\d+)"(?: s="(\d+)")?(?: t="(\w+)")?(/?)>(<f)?')
KINDS = {'s': 'texts', 'str': 'texts', 'inlineStr': 'texts', 'n': 'numbers', None: 'numbers',
         'e': 'errors', 'b': 'booleans'}


def column_number(name):
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number


class Area:
    """A1:B7, A:B, 1:7, B7; both ends included."""

    def __init__(self, text):
        first, _, last = text.partition(':')
        first = re.fullmatch(r'([A-Z]*)(\d*)', first)
        last = re.fullmatch(r'([A-Z]*)(\d*)', last) if last else first
        self.first_name, self.last_name = first[1] or 'A', last[1] or 'XFD'
        self.first_row, self.last_row = int(first[2] or 1), int(last[2] or ROWS)
        self.first_column = column_number(self.first_name)
        self.last_column = column_number(self.last_name)

    def has(self, column, row):
        return (self.first_column <= column <= self.last_column and
                self.first_row <= row <= self.last_row)


class Parts:
    """cells: of each sheet, in the order of its tabs: (column, row, kind or None, is a formula)."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as archive:
            self.xml_bytes = sum(part.file_size for part in archive.infolist())
            application = archive.read('docProps/app.xml').decode()
            names = re.findall(r'<sheet name="([^"]*)" sheetId="(\d+)"',
                               archive.read('xl/workbook.xml').decode())
            self.cells = {name: self._cells(archive, number) for name, number in names}
        self.application = re.search('<Application>([^<$]*)', application)[1].replace('/', ' ')

    @staticmethod
    def _cells(archive, number):
        xml = archive.read(f'xl/worksheets/sheet{number}.xml').decode()
        return [(column_number(column), int(row), None if end else KINDS[kind], bool(formula))
                for column, row, style, kind, end, formula in
                ((m[1], m[2], m[3], m[4], m[5], m[6]) for m in CELL.finditer(xml))
                if not end or style not in (None, '0')]

    def count(self, kind):
        return sum(cell[2] == kind for cells in self.cells.values() for cell in cells)

    def formula_count(self):
        return sum(cell[3] for cells in self.cells.values() for cell in cells)

    def cell_count(self):
        """Also those that only have a style."""
        return sum(map(len, self.cells.values()))

    def page_count(self, without=None):
        """Pages of the grid that have a cell on them. without: (sheet, area)."""
        return len({(name, column, (row - 1) // PAGE_ROWS)
                    for name, cells in self.cells.items() for column, row, _, _ in cells
                    if not without or name != without[0] or not without[1].has(column, row)})

    def count_in(self, sheet, area):
        return sum(area.has(column, row) for column, row, _, _ in self.cells[sheet])
