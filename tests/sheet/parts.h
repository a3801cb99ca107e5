/* SPDX-License-Identifier: MIT */
/*
 * parts.h - workbooks in archives, written part by part with just the XML a test is about.
 *
 *     struct book *book = read_xlsx((struct xlsx_file){.sheet = "<sheetData>...</sheetData>"});
 */
#ifndef STEPPE_TESTS_PARTS_H
#define STEPPE_TESTS_PARTS_H

#include <zip.h>

#include "files.h"

struct part {
    const char *name; /* NULL: nothing */
    const char *text;
    size_t size_bytes; /* 0: up to the text's 0 */
};

FILES_UNUSED static struct file_path write_archive(const char *name, const struct part *parts,
                                                   size_t part_count)
{
    struct file_path path = file_path(name);
    int error;
    zip_t *zip = zip_open(path.text, ZIP_CREATE | ZIP_TRUNCATE, &error);
    require(zip, "%d", error);
    for (size_t i = 0; i < part_count; i++) {
        if (!parts[i].name)
            continue;
        size_t size_bytes = parts[i].size_bytes ? parts[i].size_bytes : strlen(parts[i].text);
        zip_source_t *source = zip_source_buffer(zip, parts[i].text, size_bytes, 0);
        require(source && zip_file_add(zip, parts[i].name, source, ZIP_FL_OVERWRITE) >= 0);
    }
    require(zip_close(zip) == 0);
    return path;
}

/* ---- XLSX ------------------------------------------------------------------------------------ */

/* What stands within each part's root element; NULL: the part is left out, or is the usual one. */
struct xlsx_file {
    const char *workbook;        /* usual: one sheet, "Sheet1", rId1 */
    const char *sheet;           /* xl/worksheets/sheet1.xml, rId1 */
    const char *sheet2;          /* xl/worksheets/sheet2.xml, rId2 */
    const char *strings;         /* xl/sharedStrings.xml */
    const char *styles;          /* xl/styles.xml */
    const char *relations;       /* of the workbook, beside those of these parts */
    const char *sheet_relations; /* of the first sheet */
    struct part more[4];
};

#define XLSX_MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define XLSX_RELATIONS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define XLSX_ONE_SHEET "<sheets><sheet name='Sheet1' sheetId='1' r:id='rId1'/></sheets>"
#define XLSX_RELATION(id, type, target)                                                            \
    "<Relationship Id='" id "' Type='" XLSX_RELATIONS "/" type "' Target='" target "'/>"

/* The caller's to free. */
FILES_UNUSED static char *element(const char *name, const char *inner)
{
    char *text;
    require(asprintf(&text,
                     "<?xml version='1.0' encoding='UTF-8'?>\n<%s xmlns='" XLSX_MAIN
                     "' xmlns:r='" XLSX_RELATIONS "'>%s</%s>",
                     name, inner, name) > 0);
    return text;
}

FILES_UNUSED static struct file_path write_xlsx(struct xlsx_file file)
{
    struct part parts[16] = {{"_rels/.rels", NULL, 0}};
    char *made[8];
    size_t count = 0, made_count = 0;
    char relations[4096];
    made[made_count++] =
        element("Relationships", XLSX_RELATION("rId1", "officeDocument", "xl/workbook.xml"));
    parts[count++] = (struct part){"_rels/.rels", made[0], 0};
    (void)snprintf(relations, sizeof relations, "%s%s%s%s%s",
                   file.sheet ? XLSX_RELATION("rId1", "worksheet", "worksheets/sheet1.xml") : "",
                   file.sheet2 ? XLSX_RELATION("rId2", "worksheet", "/xl/worksheets/sheet2.xml")
                               : "",
                   file.strings ? XLSX_RELATION("rId90", "sharedStrings", "sharedStrings.xml") : "",
                   file.styles ? XLSX_RELATION("rId91", "styles", "styles.xml") : "",
                   file.relations ? file.relations : "");
    const struct {
        const char *name, *root, *inner;
    } given[] = {
        {"xl/workbook.xml", "workbook", file.workbook ? file.workbook : XLSX_ONE_SHEET},
        {"xl/_rels/workbook.xml.rels", "Relationships", relations},
        {"xl/worksheets/sheet1.xml", "worksheet", file.sheet},
        {"xl/worksheets/sheet2.xml", "worksheet", file.sheet2},
        {"xl/sharedStrings.xml", "sst", file.strings},
        {"xl/styles.xml", "styleSheet", file.styles},
        {"xl/worksheets/_rels/sheet1.xml.rels", "Relationships", file.sheet_relations},
    };
    for (size_t i = 0; i < array_count(given); i++)
        if (given[i].inner) {
            made[made_count] = element(given[i].root, given[i].inner);
            parts[count++] = (struct part){given[i].name, made[made_count++], 0};
        }
    for (size_t i = 0; i < array_count(file.more); i++)
        parts[count++] = file.more[i];
    struct file_path path = write_archive("book.xlsx", parts, count);
    while (made_count)
        free(made[--made_count]);
    return path;
}

/* Losses are those of this file alone. */
FILES_UNUSED static struct book *read_xlsx(struct xlsx_file file)
{
    struct book *book = new_book();
    struct file_path path = write_xlsx(file);
    losses = (struct losses){0};
    require(xlsx_read(book, path.text, &(struct workfile_options){0}, &losses, &problem), "%s",
            problem.text);
    return book;
}

/* It is refused, with words of a sentence. */
FILES_UNUSED static void refuse_xlsx(struct xlsx_file file, const char *words)
{
    struct book *book = new_book();
    struct file_path path = write_xlsx(file);
    problem.text[0] = '\0';
    require(!xlsx_read(book, path.text, &(struct workfile_options){0}, &losses, &problem));
    require(strstr(problem.text, words), "%s", problem.text);
    book_free(book);
}

/* ---- OpenDocument ---------------------------------------------------------------------------- */

#define ODF_NAMESPACES                                                                             \
    " xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0'"                             \
    " xmlns:style='urn:oasis:names:tc:opendocument:xmlns:style:1.0'"                               \
    " xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0'"                                 \
    " xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0'"                               \
    " xmlns:draw='urn:oasis:names:tc:opendocument:xmlns:drawing:1.0'"                              \
    " xmlns:fo='urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0'"                      \
    " xmlns:number='urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0'"                          \
    " xmlns:config='urn:oasis:names:tc:opendocument:xmlns:config:1.0'"                             \
    " xmlns:calcext='urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0'"

/* What stands in <office:spreadsheet>, and before the body; styles may be NULL. */
FILES_UNUSED static struct file_path write_fods(const char *styles, const char *spreadsheet)
{
    char *text;
    require(asprintf(&text,
                     "<?xml version='1.0' encoding='UTF-8'?>\n<office:document" ODF_NAMESPACES
                     ">%s<office:body><office:spreadsheet>%s</office:spreadsheet></office:body>"
                     "</office:document>",
                     styles ? styles : "", spreadsheet) > 0);
    struct file_path path = put_file("book.fods", text, strlen(text));
    free(text);
    return path;
}

FILES_UNUSED static struct book *read_fods(const char *styles, const char *spreadsheet)
{
    struct book *book = new_book();
    struct file_path path = write_fods(styles, spreadsheet);
    losses = (struct losses){0};
    require(ods_read(book, path.text, &(struct workfile_options){0}, &losses, &problem), "%s",
            problem.text);
    return book;
}

FILES_UNUSED static void refuse_fods(const char *styles, const char *spreadsheet, const char *words)
{
    struct book *book = new_book();
    struct file_path path = write_fods(styles, spreadsheet);
    problem.text[0] = '\0';
    require(!ods_read(book, path.text, &(struct workfile_options){0}, &losses, &problem));
    require(strstr(problem.text, words), "%s", problem.text);
    book_free(book);
}

/* ---- looking at workbooks -------------------------------------------------------------------- */

/* What F2 shows of a cell. */
FILES_UNUSED static void require_source(const struct book *book, size_t place, const char *name,
                                        const char *expected)
{
    char *source = cell_source(book, book->sheets[place], at(name));
    require(source && strcmp(source, expected) == 0, "%s: %s, not %s", name, source, expected);
    free(source);
}

FILES_UNUSED static const struct cell *cell_named(const struct book *book, size_t place,
                                                  const char *name)
{
    return grid_at(book->sheets[place]->grid, at(name));
}

FILES_UNUSED static const char *format_of(const struct book *book, size_t place, const char *name)
{
    return style_format(book->styles, cell_named(book, place, name)->style);
}

FILES_UNUSED static const struct style *style_named(const struct book *book, size_t place,
                                                    const char *name)
{
    return style_of(book->styles, cell_named(book, place, name)->style);
}

#endif
