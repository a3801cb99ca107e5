#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Workbooks to try readers with: ordinary ones, strange ones, and those made to do harm.

    make_workbooks.py FOLDER

Writes them into FOLDER, and FOLDER/workbooks.json: for each file "read" or "refused". By zipfile
alone; openpyxl adds some of its own where it is installed.
"""
import io
import json
import os
import struct
import sys
import zipfile

MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
NAMESPACE = 'urn:oasis:names:tc:opendocument:xmlns'
ODF = ''.join(f' xmlns:{prefix}="{NAMESPACE}:{uri}:1.0"' for prefix, uri in [
    ('office', 'office'), ('style', 'style'), ('text', 'text'), ('table', 'table'),
    ('draw', 'drawing'), ('fo', 'xsl-fo-compatible'), ('number', 'datastyle'),
    ('config', 'config')])


def archive(parts, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', method) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return buffer.getvalue()


def relations(*items):
    inner = ''.join(f'<Relationship Id="rId{i + 1}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
                    for i, (kind, target) in enumerate(items))
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def element(name, inner):
    return f'<{name} xmlns="{MAIN}" xmlns:r="{RELATIONS}">{inner}</{name}>'


def xlsx_parts(sheet, strings=None, styles=None, names=''):
    items = [('worksheet', 'worksheets/sheet1.xml')]
    parts = {
        '[Content_Types].xml': f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
                               'ContentType="application/xml"/></Types>',
        '_rels/.rels': relations(('officeDocument', 'xl/workbook.xml')),
        'xl/workbook.xml': element('workbook', '<sheets><sheet name="Sheet1" sheetId="1" '
                                               f'r:id="rId1"/></sheets>{names}'),
        'xl/worksheets/sheet1.xml': element('worksheet', sheet),
    }
    for text, kind, root in [(strings, 'sharedStrings', 'sst'), (styles, 'styles', 'styleSheet')]:
        if text is not None:
            items.append((kind, f'{kind}.xml'))
            parts[f'xl/{kind}.xml'] = element(root, text)
    parts['xl/_rels/workbook.xml.rels'] = relations(*items)
    return parts


def xlsx(sheet, **more):
    return archive(xlsx_parts(sheet, **more))


def fods(spreadsheet, front=''):
    return (f'<?xml version="1.0" encoding="UTF-8"?><office:document{ODF}>{front}<office:body>'
            f'<office:spreadsheet>{spreadsheet}</office:spreadsheet></office:body>'
            '</office:document>').encode()


def ods(spreadsheet):
    content = (f'<office:document-content{ODF}><office:body><office:spreadsheet>{spreadsheet}'
               '</office:spreadsheet></office:body></office:document-content>')
    return archive({'mimetype': 'application/vnd.oasis.opendocument.spreadsheet',
                    'content.xml': content})


def data(rows):
    """<sheetData> of numbers, texts and formulas (which begin with =)."""
    lines = []
    for row in rows:
        cells = []
        for value in row:
            if isinstance(value, str) and value.startswith('='):
                cells.append(f'<c><f>{value[1:]}</f></c>')
            elif isinstance(value, str):
                cells.append(f'<c t="inlineStr"><is><t>{value}</t></is></c>')
            else:
                cells.append(f'<c><v>{value}</v></c>')
        lines.append('<row>' + ''.join(cells) + '</row>')
    return '<sheetData>' + ''.join(lines) + '</sheetData>'


def table(rows):
    """The same of OpenDocument; formulas are written as there."""
    lines = []
    for row in rows:
        cells = []
        for value in row:
            if isinstance(value, str) and value.startswith('='):
                cells.append(f'<table:table-cell table:formula="of:{value}"/>')
            elif isinstance(value, str):
                cells.append('<table:table-cell office:value-type="string"><text:p>'
                             f'{value}</text:p></table:table-cell>')
            else:
                cells.append('<table:table-cell office:value-type="float" '
                             f'office:value="{value}"/>')
        lines.append('<table:table-row>' + ''.join(cells) + '</table:table-row>')
    return '<table:table table:name="Sheet1">' + ''.join(lines) + '</table:table>'


def break_checksum(whole):
    """The checksums of all entries, where readers look for them."""
    whole = bytearray(whole)
    at = whole.find(b'PK\1\2')
    while at >= 0:
        whole[at + 16] ^= 0x55
        at = whole.find(b'PK\1\2', at + 4)
    return bytes(whole)


def overlap(parts, count):
    """Many names in the directory for one packed file."""
    whole = archive(parts)
    end = whole.rfind(b'PK\5\6')
    start = struct.unpack_from('<I', whole, end + 16)[0]
    entry = whole[start:end]
    extra = entry[entry.rfind(b'PK\1\2'):] * count
    tail = bytearray(whole[end:])
    struct.pack_into('<HHII', tail, 8, len(parts) + count, len(parts) + count,
                     len(entry) + len(extra), start)
    return whole[:end] + extra + bytes(tail)


def ordinary():
    rows = [['name', 'number', 'twice']] + [[f'row {i}', i * 1.25, f'=B{i + 2}*2']
                                           for i in range(100)]
    odf_rows = [['name', 'number', 'twice']] + [[f'row {i}', i * 1.25, f'=[.B{i + 2}]*2']
                                               for i in range(100)]
    yield 'table.xlsx', xlsx(data(rows)), 'read'
    yield 'stored.xlsx', archive(xlsx_parts(data(rows)), zipfile.ZIP_STORED), 'read'
    yield 'table.ods', ods(table(odf_rows)), 'read'
    yield 'table.fods', fods(table(odf_rows)), 'read'
    yield 'shared.xlsx', xlsx(
        '<sheetData>' + ''.join(f'<row><c t="s"><v>{i % 7}</v></c></row>' for i in range(500)) +
        '</sheetData>', strings=''.join(f'<si><t>text {i}</t></si>' for i in range(7))), 'read'
    yield 'corners.xlsx', xlsx(
        '<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">'
        '<c r="XFD1048576"><v>2</v></c></row></sheetData>'), 'read'


def strange():
    yield 'strings_missing.xlsx', xlsx('<sheetData><row><c t="s"><v>4294967296</v></c>'
                                       '<c t="s"><v>-1</v></c></row></sheetData>'), 'read'
    yield 'outside.xlsx', xlsx(
        '<cols><col min="4294967297" max="4294967299" width="1e308"/></cols><sheetData>'
        '<row r="4294967297"><c r="A4294967297"><v>1</v></c></row>'
        '<row r="1"><c r="ZZZZZZ1" s="4294967296"><v>1</v></c></row></sheetData>'
        '<mergeCells><mergeCell ref="A1:ZZZ99999999999"/></mergeCells>'), 'read'
    yield 'formulas.xlsx', xlsx(data([['=' + '(' * 5000], ['=' + '1+' * 4000 + '1'],
                                      ['=' + 'SUM(' * 300 + '1' + ')' * 300],
                                      ['=' + '-' * 8000 + '1'],
                                      ['="' + 'x' * 40000 + '"']])), 'read'
    yield 'circles.xlsx', xlsx(data([['=A1'], ['=A3', '=A2'], ['=A2']])), 'read'
    yield 'styles.xlsx', xlsx('<sheetData><row><c s="60000"><v>1</v></c></row></sheetData>',
                              styles='<cellXfs>' + '<xf numFmtId="0"/>' * 70000 +
                                     '</cellXfs>'), 'read'
    yield 'merges.xlsx', xlsx('<sheetData/><mergeCells>' + ''.join(
        f'<mergeCell ref="A{i}:B{i + 1}"/>' for i in range(1, 30000)) + '</mergeCells>'), 'read'
    yield 'names.xlsx', xlsx('<sheetData/>', names='<definedNames>' + ''.join(
        f'<definedName name="name{i}">name{i + 1}+1</definedName>' for i in range(5000)) +
        '</definedNames>'), 'read'
    yield 'repeats.fods', fods(
        '<table:table table:name="T"><table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'
    ), 'read'


def harmful():
    whole = xlsx(data([[i, f'text {i}'] for i in range(1000)]))
    yield 'cut.xlsx', whole[:len(whole) // 2], 'refused'
    yield 'cut_end.xlsx', whole[:-10], 'refused'
    yield 'checksum.xlsx', break_checksum(whole), 'refused'
    yield 'empty.xlsx', b'', 'refused'
    yield 'entities.xlsx', archive(dict(xlsx_parts(''), **{
        'xl/worksheets/sheet1.xml': '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">' + ''.join(
            f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)) +
            ']><worksheet><sheetData><row><c t="inlineStr"><is><t>&j;</t></is></c></row>'
            '</sheetData></worksheet>'})), 'refused'
    yield 'depth.xlsx', xlsx('<a>' * 100000), 'refused'
    yield 'tag.xlsx', xlsx('<sheetData><row spans="' + '1' * 3000000 + '"/></sheetData>'), 'refused'
    yield 'bomb.xlsx', xlsx('<sheetData/>' + ' ' * (120 << 20)), 'refused'
    yield 'overlap.xlsx', overlap(xlsx_parts('<sheetData/>'), 60000), 'read'
    yield 'entities.fods', (b'<!DOCTYPE d [<!ENTITY a "a">]><office:document' + ODF.encode() +
                            b'>&a;</office:document>'), 'refused'
    yield 'depth.fods', fods('<table:table>' * 1000), 'refused'
    yield 'text.ods', archive({'content.xml': f'<office:document-content{ODF}><office:body>'
                               '<office:text/></office:body></office:document-content>'}), 'refused'


def by_openpyxl(folder):
    try:
        import openpyxl
    except ImportError:
        return {}
    book = openpyxl.Workbook()
    sheet = book.active
    for row in range(1, 50):
        sheet.append([f'row {row}', row / 8, f'=B{row}^2', row % 2 == 0])
    sheet.freeze_panes = 'B2'
    sheet.merge_cells('F1:G3')
    sheet.auto_filter.ref = 'A1:D49'
    sheet.column_dimensions['A'].width = 30
    book.save(os.path.join(folder, 'openpyxl.xlsx'))
    return {'openpyxl.xlsx': 'read'}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    folder, outcomes = sys.argv[1], {}
    os.makedirs(folder, exist_ok=True)
    for group in (ordinary, strange, harmful):
        for name, contents, outcome in group():
            with open(os.path.join(folder, name), 'wb') as file:
                file.write(contents)
            outcomes[name] = outcome
    outcomes.update(by_openpyxl(folder))
    with open(os.path.join(folder, 'workbooks.json'), 'w', encoding='utf-8') as file:
        json.dump(outcomes, file, indent=1)


if __name__ == '__main__':
    main()
