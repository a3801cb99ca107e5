/* SPDX-License-Identifier: MIT */
/*
 * xlsx_write.c - a workbook as an XLSX file, by libzip: see workfile.h.
 *
 *     zip_close -- wants bytes of a part --> source_read -- wants a step --> the part's producer
 *
 * So nothing is in memory but a buffer, however large the workbook is; each failure to write comes
 * back through zip_close; and whoever wants to stop is asked between two steps.
 *
 * Why not libxlsxwriter: it writes numbers with 16 digits (0.1+0.2 comes back as 0.3) and results
 * of formulas that are truths or errors as texts, tells readers to compute everything anew, and
 * leaves the level of packing at zlib's usual one (2,000,000 cells: 3.4 s instead of 0.5 s).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zip.h>

#include "sheet/book/print.h"
#include "sheet/book/recalculate.h"
#include "sheet/files/xlsx_output.h"

enum {
    PACKING_LEVEL = 1,     /* of 9: one fifth larger than by the usual 6, in a sixth of the time */
    NEW_YEAR_1980 = 0x21,  /* the first day that archives know: the same workbook, the same file */
    CELL_BYTES_LIKELY = 64 /* to tell files of many GiB, which are packed in another way */
};

/* A file in the archive. */
struct part {
    struct package *package;
    xlsx_producer *produce;
    void *context;
    size_t taken; /* of what is in the output */
    bool is_done;
    bool is_large;
};

struct package {
    struct xlsx_job job;
    const struct sheet *active;
    zip_t *zip;
    struct xlsx_sheet_part *sheets[SHEETS_MAX];
    struct part parts[SHEETS_MAX + 5];
    size_t part_count;
    /* Stages of the parts made here, each of which is short but for names. */
    bool has_types, has_relations, has_book_relations;
    bool has_book_head, has_names, has_book_tail;
    uint32_t next_name;
    size_t next_filter;
    struct xlsx_output output; /* of the part being read now */
};

static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

static const char filter_name[] = "_xlnm._FilterDatabase";

/* ---- small parts ------------------------------------------------------------------------------
 */

static bool produce_types(void *context, struct xlsx_output *output)
{
    struct package *package = context;
    if (package->has_types)
        return false;
    package->has_types = true;
    output_string(output, head);
    output_string(output,
                  "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
                  "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-"
                  "package.relationships+xml\"/>"
                  "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
                  "<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd."
                  "openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>"
                  "<Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd."
                  "openxmlformats-officedocument.spreadsheetml.styles+xml\"/>");
    for (size_t i = 1; i <= package->job.book->sheet_count; i++)
        output_format(output,
                      "<Override PartName=\"/xl/worksheets/sheet%zu.xml\" ContentType="
                      "\"application/vnd.openxmlformats-officedocument.spreadsheetml."
                      "worksheet+xml\"/>",
                      i);
    output_string(output, "</Types>");
    return true;
}

static bool produce_relations(void *context, struct xlsx_output *output)
{
    struct package *package = context;
    if (package->has_relations)
        return false;
    package->has_relations = true;
    output_string(output, head);
    output_string(output, "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/"
                          "relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas."
                          "openxmlformats.org/officeDocument/2006/relationships/officeDocument\" "
                          "Target=\"xl/workbook.xml\"/></Relationships>");
    return true;
}

static bool produce_book_relations(void *context, struct xlsx_output *output)
{
    struct package *package = context;
    size_t count = package->job.book->sheet_count;
    static const char type[] =
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
    if (package->has_book_relations)
        return false;
    package->has_book_relations = true;
    output_string(output, head);
    output_string(output, "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/"
                          "relationships\">");
    for (size_t i = 1; i <= count; i++)
        output_format(output,
                      "<Relationship Id=\"rId%zu\" Type=\"%sworksheet\" "
                      "Target=\"worksheets/sheet%zu.xml\"/>",
                      i, type, i);
    output_format(output,
                  "<Relationship Id=\"rId%zu\" Type=\"%sstyles\" Target=\"styles.xml\"/>"
                  "</Relationships>",
                  count + 1, type);
    return true;
}

/* ---- the workbook -----------------------------------------------------------------------------
 */

static void put_book_head(const struct package *package, struct xlsx_output *output)
{
    const struct book *book = package->job.book;
    output_string(output, head);
    output_string(output, "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/"
                          "main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/"
                          "relationships\">");
    output_string(output, book->is_1904 ? "<workbookPr date1904=\"1\"/>" : "<workbookPr/>");
    output_format(output, "<bookViews><workbookView activeTab=\"%zu\"/></bookViews><sheets>",
                  book_place_of(book, package->active));
    for (size_t place = 0; place < book->sheet_count; place++) {
        const char *name = sheet_name(book, book->sheets[place]);
        output_string(output, "<sheet name=\"");
        output_text(output, name, strlen(name));
        output_format(output, "\" sheetId=\"%zu\"%s r:id=\"rId%zu\"/>", place + 1,
                      book->sheets[place]->is_hidden ? " state=\"hidden\"" : "", place + 1);
    }
    output_string(output, "</sheets>");
}

/* The list of names must not be empty. */
static void begin_name(struct package *package, struct xlsx_output *output)
{
    output_string(output, package->has_names ? "<definedName name=\""
                                             : "<definedNames><definedName name=\"");
    package->has_names = true;
}

/* Whole "Sheet!$A$1:$D$9" is what the filter is called by those who look for it as a name. */
static void put_filter_name(struct package *package, struct xlsx_output *output, size_t place)
{
    const struct book *book = package->job.book;
    const struct sheet *sheet = book->sheets[place];
    if (!sheet->has_filter)
        return;
    const char *name = sheet_name(book, sheet);
    begin_name(package, output);
    output_format(output, "%s\" localSheetId=\"%zu\" hidden=\"1\">'", filter_name, place);
    for (; *name; name++) {
        size_t length = strcspn(name, "'");
        output_text(output, name, length);
        name += length;
        if (!*name)
            break;
        output_string(output, "''");
    }
    const unsigned fixed = POSITION_FIXED_ROW | POSITION_FIXED_COLUMN;
    output_format(output, "'!%s:%s</definedName>", position_name(sheet->filter.first, fixed).text,
                  position_name(sheet->filter.last, fixed).text);
}

static void put_defined_name(struct package *package, struct xlsx_output *output,
                             const struct name *name)
{
    const struct book *book = package->job.book;
    const struct sheet *sheet = name->sheet ? book_sheet(book, name->sheet) : NULL;
    size_t name_bytes;
    const char *text = text_bytes(book->texts, name->text, &name_bytes);
    if (!name->formula || (name->sheet && !sheet) || strcasecmp(text, filter_name) == 0)
        return;
    char *formula =
        xlsx_formula_text(&package->job, name->formula, SHEET_OWN, (struct position){0, 0}, text);
    if (!formula)
        return;
    begin_name(package, output);
    output_text(output, text, name_bytes);
    output_string(output, "\"");
    if (sheet)
        output_format(output, " localSheetId=\"%zu\"", book_place_of(book, sheet));
    output_string(output, name->is_hidden ? " hidden=\"1\">" : ">");
    output_text(output, formula, strlen(formula));
    output_string(output, "</definedName>");
    free(formula);
}

static void put_book_tail(const struct package *package, struct xlsx_output *output)
{
    const struct book *book = package->job.book;
    output_string(output, package->has_names ? "</definedNames>" : "");
    output_string(output, "<calcPr calcId=\"191029\"");
    output_string(output, book->is_manual ? " calcMode=\"manual\"" : "");
    if (recalculation_stale_count(book->recalculation) > 0)
        output_string(output, " fullCalcOnLoad=\"1\"");
    output_string(output, "/></workbook>");
}

static bool produce_book(void *context, struct xlsx_output *output)
{
    struct package *package = context;
    const struct book *book = package->job.book;
    if (package->has_book_tail)
        return false;
    if (!package->has_book_head)
        put_book_head(package, output);
    package->has_book_head = true;
    for (; package->next_filter < book->sheet_count && output->used < OUTPUT_STEP_BYTES;
         package->next_filter++)
        put_filter_name(package, output, package->next_filter);
    for (; package->next_name < name_count(book->names) && output->used < OUTPUT_STEP_BYTES;
         package->next_name++)
        put_defined_name(package, output, name_of(book->names, package->next_name + 1));
    if (package->next_filter < book->sheet_count || package->next_name < name_count(book->names))
        return true;
    put_book_tail(package, output);
    package->has_book_tail = true;
    return true;
}

/* ---- libzip's side ----------------------------------------------------------------------------
 */

static bool is_given_up(const struct package *package)
{
    return package->job.is_cancelled || package->job.is_out_of_memory;
}

/* As much as is wanted, or less at the end; -1: given up. */
static zip_int64_t source_read(struct part *part, char *bytes, uint64_t wanted)
{
    struct xlsx_output *output = &part->package->output;
    uint64_t given = 0;
    while (given < wanted) {
        if (part->taken == output->used) {
            part->taken = output->used = 0;
            part->is_done = part->is_done || !part->produce(part->context, output);
            if (is_given_up(part->package))
                return -1;
            if (part->is_done)
                break;
        }
        size_t count = output->used - part->taken;
        count = count < wanted - given ? count : (size_t)(wanted - given);
        memcpy(bytes + given, output->bytes + part->taken, count);
        part->taken += count;
        given += count;
    }
    return (zip_int64_t)given;
}

/* A size has to be given, or an archive comes out that some readers do not take; it is put right
 * when the part is complete. */
static zip_int64_t source_stat(const struct part *part, zip_stat_t *stat)
{
    zip_stat_init(stat);
    if (!part->is_large) {
        stat->valid = ZIP_STAT_SIZE;
        stat->size = 1;
    }
    return sizeof *stat;
}

static zip_int64_t source_error(void *data, zip_uint64_t length)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_error_set(&error, ZIP_ER_INTERNAL, 0); /* nobody is told: see is_given_up */
    zip_int64_t result = zip_error_to_data(&error, data, length);
    zip_error_fini(&error);
    return result;
}

static zip_int64_t source(void *context, void *data, zip_uint64_t length, zip_source_cmd_t command)
{
    struct part *part = context;
    switch (command) {
    case ZIP_SOURCE_OPEN:
        part->package->output.used = part->taken = 0;
        return 0;
    case ZIP_SOURCE_READ:
        return source_read(part, data, length);
    case ZIP_SOURCE_STAT:
        return source_stat(part, data);
    case ZIP_SOURCE_ERROR:
        return source_error(data, length);
    case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_READABLE;
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    default:
        return -1;
    }
}

static bool add_part(struct package *package, const char *name, xlsx_producer *produce,
                     void *context, bool is_large)
{
    struct part *part = &package->parts[package->part_count++];
    *part = (struct part){
        .package = package, .produce = produce, .context = context, .is_large = is_large};
    zip_source_t *zip_source = zip_source_function(package->zip, source, part);
    if (!zip_source)
        return false;
    zip_int64_t index = zip_file_add(package->zip, name, zip_source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(zip_source);
        return false;
    }
    return zip_set_file_compression(package->zip, (zip_uint64_t)index, ZIP_CM_DEFLATE,
                                    PACKING_LEVEL) == 0 &&
           zip_file_set_dostime(package->zip, (zip_uint64_t)index, 0, NEW_YEAR_1980, 0) == 0;
}

static bool add_sheets(struct package *package)
{
    const struct book *book = package->job.book;
    for (size_t place = 0; place < book->sheet_count; place++) {
        char name[64];
        const struct sheet *sheet = book->sheets[place];
        uint64_t cells = grid_count(sheet->grid, area_of_all());
        (void)snprintf(name, sizeof name, "xl/worksheets/sheet%zu.xml", place + 1);
        package->job.total_cells += cells;
        package->sheets[place] =
            xlsx_sheet_part_new(&package->job, sheet, sheet == package->active);
        if (!package->sheets[place] ||
            !add_part(package, name, xlsx_sheet_part_produce, package->sheets[place],
                      cells > (UINT64_C(1) << 31) / CELL_BYTES_LIKELY))
            return false;
    }
    return true;
}

static bool add_parts(struct package *package)
{
    return add_part(package, "[Content_Types].xml", produce_types, package, false) &&
           add_part(package, "_rels/.rels", produce_relations, package, false) &&
           add_part(package, "xl/workbook.xml", produce_book, package, false) &&
           add_part(package, "xl/_rels/workbook.xml.rels", produce_book_relations, package,
                    false) &&
           add_part(package, "xl/styles.xml", xlsx_style_part_produce, package->job.styles,
                    false) &&
           add_sheets(package);
}

/* ---- all of it --------------------------------------------------------------------------------
 */

/* The tab shown; one that is hidden cannot be. */
static const struct sheet *active_sheet(const struct book *book)
{
    if (!book->sheets[book->active]->is_hidden)
        return book->sheets[book->active];
    for (size_t place = 0; place < book->sheet_count; place++)
        if (!book->sheets[place]->is_hidden)
            return book->sheets[place];
    return book->sheets[book->active];
}

static bool say_zip(const struct package *package, struct problem *problem)
{
    zip_error_t *error = zip_get_error(package->zip);
    if (zip_error_system_type(error) == ZIP_ET_SYS)
        return problem_say(problem, "%s", strerror(zip_error_code_system(error)));
    return problem_say(problem, "%s", zip_error_strerror(error));
}

static bool write_package(struct package *package, const char *path, struct problem *problem)
{
    int error = 0;
    errno = 0;
    package->zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
    if (!package->zip)
        return problem_say(problem, "%s", strerror(errno ? errno : ENOMEM));
    if (add_parts(package) && zip_close(package->zip) == 0)
        return true;
    if (package->job.is_cancelled)
        (void)problem_say(problem, "writing was cancelled");
    else if (package->job.is_out_of_memory)
        (void)problem_out_of_memory(problem);
    else
        (void)say_zip(package, problem);
    zip_discard(package->zip);
    return false;
}

bool xlsx_write(const struct book *book, const char *path, const struct workfile_options *options,
                struct losses *losses, struct problem *problem)
{
    if (book->sheet_count == 0)
        return problem_say(problem, "there is no sheet to write");
    struct package *package = calloc(1, sizeof *package);
    if (!package)
        return problem_out_of_memory(problem);
    package->job = (struct xlsx_job){.book = book,
                                     .losses = losses,
                                     .progress = options->progress,
                                     .styles = xlsx_style_part_new(book, losses)};
    package->active = active_sheet(book);
    bool is_written = package->job.styles ? write_package(package, path, problem)
                                          : problem_out_of_memory(problem);
    for (size_t place = 0; place < SHEETS_MAX; place++)
        xlsx_sheet_part_free(package->sheets[place]);
    xlsx_style_part_free(package->job.styles);
    free(package);
    return is_written;
}
