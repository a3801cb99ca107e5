/* SPDX-License-Identifier: MIT */
/*
 * workfile.c - workbooks in files: see workfile.h.
 *
 * Two formats need a file in which they can go back and forth. From standard input and other
 * streams they are put into a file without a name first, and to streams they come from one.
 */
#include "sheet/files/workfile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sheet/book/recalculate.h"
#include "sheet/files/archive.h"
#include "sheet/files/field.h"
#include "sheet/files/replacement.h"
#include "sheet/values/number_format.h"

enum { LOOK_BYTES = 4096, COPY_BYTES = 65536, STYLES = 65536 };

/* ---- formats ----------------------------------------------------------------------------------
 */

static const struct {
    const char *name, *shown;
    enum workfile_format format;
} formats[] = {
    {"csv", "CSV", WORKFILE_CSV},    {"tsv", "TSV", WORKFILE_TSV},
    {"tab", "TSV", WORKFILE_TSV},    {"txt", "CSV", WORKFILE_CSV},
    {"xlsx", "XLSX", WORKFILE_XLSX}, {"xlsm", "XLSX", WORKFILE_XLSX},
    {"xltx", "XLSX", WORKFILE_XLSX}, {"ods", "ODS", WORKFILE_ODS},
    {"ots", "ODS", WORKFILE_ODS},    {"fods", "FODS", WORKFILE_FODS},
    {"json", "JSON", WORKFILE_JSON},
};

/* What stands behind the last point of a name; "": nothing. */
static const char *ending_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *point = strrchr(name, '.');
    return point && point > name ? point + 1 : "";
}

bool workfile_format_parse(const char *name, enum workfile_format *format)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcasecmp(formats[i].name, name) == 0) {
            *format = formats[i].format;
            return true;
        }
    return false;
}

enum workfile_format workfile_format_of_name(const char *path)
{
    enum workfile_format format = WORKFILE_UNKNOWN;
    (void)workfile_format_parse(ending_of(path), &format); /* unknown stays */
    return format;
}

const char *workfile_format_name(enum workfile_format format)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i].format == format)
            return formats[i].shown;
    return "unknown";
}

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* ---- which format a file has ------------------------------------------------------------------
 */

static bool starts_with(const char *bytes, size_t count, const char *start)
{
    size_t length = strlen(start);
    return count >= length && memcmp(bytes, start, length) == 0;
}

static bool has_text(const char *bytes, size_t count, const char *text)
{
    return memmem(bytes, count, text, strlen(text)) != NULL;
}

static bool format_of_archive(const char *path, enum workfile_format *format,
                              struct problem *problem)
{
    struct archive *archive = archive_open(path, problem);
    if (!archive)
        return false;
    *format = WORKFILE_UNKNOWN;
    if (archive_has(archive, "[Content_Types].xml"))
        *format = WORKFILE_XLSX;
    else if (archive_has(archive, "content.xml"))
        *format = WORKFILE_ODS;
    archive_close(archive);
    return *format != WORKFILE_UNKNOWN ||
           problem_say(problem, "an archive, but no workbook: it has neither an XLSX's parts nor "
                                "an ODS's");
}

/* What we know and do not read; NULL: none of them. */
static const char *why_not(const char *bytes, size_t count)
{
    if (starts_with(bytes, count, "\xD0\xCF\x11\xE0"))
        return "an old Excel file (.xls), or one with a password; save it as .xlsx, without one";
    if (starts_with(bytes, count, "\x1F\x8B") || starts_with(bytes, count, "BZh") ||
        starts_with(bytes, count,
                    "\xFD"
                    "7zXZ") ||
        starts_with(bytes, count, "\x28\xB5\x2F\xFD"))
        return "packed; unpack it first";
    if (starts_with(bytes, count, "%PDF"))
        return "a PDF; tables cannot be read from that";
    if (starts_with(bytes, count,
                    "\x7F"
                    "ELF"))
        return "a program";
    if (starts_with(bytes, count, "{\"format\":\"steppe-sheet\""))
        return "JSON, which is only written; keep the workbook as .xlsx";
    if (starts_with(bytes, count, "<?xml") &&
        has_text(bytes, count, "urn:schemas-microsoft-com:office:spreadsheet"))
        return "an XML of Excel 2003; save it as .xlsx";
    return NULL;
}

/* Without many control characters; zeros may be UTF-16's. With a byte order mark most bytes below
 * 32 are halves of letters. */
static bool is_text(const char *bytes, size_t count)
{
    static const char *const marks[] = {"\xFF\xFE", "\xFE\xFF"};
    size_t odd = 0;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (starts_with(bytes, count, marks[i]))
            return true;
    if (count >= 4 && memcmp(bytes, "\0\0\xFE\xFF", 4) == 0)
        return true;
    for (size_t i = 0; i < count; i++)
        odd += (unsigned char)bytes[i] < 32 && bytes[i] && !strchr("\t\n\r\f\v\x1A\x1B", bytes[i]);
    return odd <= count / 50;
}

static bool is_archive(const char *bytes, size_t count)
{
    return starts_with(bytes, count, "PK\3\4") || starts_with(bytes, count, "PK\5\6");
}

/* path: "" of a stream, in whose archive one cannot look: by the part that an ODS begins with. */
static bool format_of_bytes(const char *path, const char *bytes, size_t count,
                            enum workfile_format *format, struct problem *problem)
{
    const char *why = why_not(bytes, count);
    if (why)
        return problem_say(problem, "this is %s", why);
    if (is_archive(bytes, count) && *path)
        return format_of_archive(path, format, problem);
    *format = WORKFILE_CSV;
    if (is_archive(bytes, count)) {
        *format = has_text(bytes, count, "mimetypeapplication/vnd.oasis.opendocument")
                      ? WORKFILE_ODS
                      : WORKFILE_XLSX;
        return true;
    }
    if (has_text(bytes, count, "urn:oasis:names:tc:opendocument:xmlns:office:1.0") ||
        has_text(bytes, count, "<office:document"))
        *format = WORKFILE_FODS;
    else if (!is_text(bytes, count))
        return problem_say(problem, "this is neither a workbook nor text");
    else if (workfile_format_of_name(path) == WORKFILE_TSV)
        *format = WORKFILE_TSV;
    return true;
}

/* The first bytes of a stream, which stay in it. 0: there are none, or it is no file and no pipe.
 */
static size_t peek(int stream, char *bytes, size_t room)
{
    int ends[2];
    off_t at = lseek(stream, 0, SEEK_CUR);
    ssize_t count = at < 0 ? -1 : pread(stream, bytes, room, at);
    if (count >= 0)
        return (size_t)count;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 0;
    count = tee(stream, ends[1], room, 0); /* waits for some */
    if (count > 0)
        count = read(ends[0], bytes, (size_t)count);
    (void)close(ends[0]); /* of copies */
    (void)close(ends[1]);
    return count > 0 ? (size_t)count : 0;
}

static bool find_stream_format(int stream, enum workfile_format *format, struct problem *problem)
{
    char bytes[LOOK_BYTES];
    return format_of_bytes("", bytes, peek(stream, bytes, sizeof bytes), format, problem);
}

/* What a shell gives for <(command). Others that have a name, when they are closed and opened
 * again, have lost who writes to them. */
static bool is_nameless_pipe(const char *path, const struct stat *found)
{
    struct statfs system;
    return S_ISFIFO(found->st_mode) && statfs(path, &system) == 0 && system.f_type == PIPEFS_MAGIC;
}

/* Other streams cannot be looked at without taking from them: by their names then, or CSV. */
static bool find_named_stream_format(const char *path, const struct stat *found,
                                     enum workfile_format *format, struct problem *problem)
{
    *format = workfile_format_of_name(path);
    if (*format == WORKFILE_UNKNOWN)
        *format = WORKFILE_CSV;
    int stream = is_nameless_pipe(path, found) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (stream < 0)
        return true;
    bool is_found = find_stream_format(stream, format, problem);
    (void)close(stream); /* it is open elsewhere, too */
    return is_found;
}

static bool find_format(const char *path, enum workfile_format *format, struct problem *problem)
{
    char bytes[LOOK_BYTES];
    struct stat found;
    if (stat(path, &found) == 0 && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode))
        return find_named_stream_format(path, &found, format, problem);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return problem_say(problem, "%s", strerror(errno));
    ssize_t count = read(file, bytes, sizeof bytes);
    int error = errno;
    (void)close(file); /* only read from */
    if (count < 0)
        return problem_say(problem, "%s", strerror(error));
    return format_of_bytes(path, bytes, (size_t)count, format, problem);
}

/* ---- files without a name ---------------------------------------------------------------------
 */

struct nameless {
    int descriptor;
    char path[64]; /* by which it can be opened for reading */
};

static bool nameless_open(struct nameless *file, struct problem *problem)
{
    const char *folder = getenv("TMPDIR");
    char *name;
    if (!folder || !*folder)
        folder = "/tmp";
    if (asprintf(&name, "%s/steppe-sheet.XXXXXX", folder) < 0)
        return problem_out_of_memory(problem);
    file->descriptor = mkostemp(name, O_CLOEXEC);
    int error = errno;
    if (file->descriptor >= 0)
        (void)unlink(name); /* it lives for as long as it is open */
    free(name);
    if (file->descriptor < 0)
        return problem_say(problem, "no temporary file in %s: %s", folder, strerror(error));
    (void)snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->descriptor);
    return true;
}

static bool write_all(int to, const char *bytes, size_t count, const struct progress *progress)
{
    while (count > 0) {
        ssize_t written = write(to, bytes, count);
        bool is_cut = written < 0 ? errno == EINTR : (size_t)written < count;
        if (is_cut && !progress_step(progress, "writing", 0, 0)) {
            errno = ECANCELED;
            return false;
        }
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

/* where: what is written to, for the sentence; NULL: whoever called says that. */
static bool copy(int from, int to, const char *where, const struct progress *progress,
                 const char *doing, struct problem *problem)
{
    char bytes[COPY_BYTES];
    uint64_t done = 0;
    while (progress_step(progress, doing, done, 0)) { /* each time before there may be a wait */
        ssize_t count = read(from, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR)
            continue;
        if (count == 0)
            return true;
        if (count < 0)
            return problem_say(problem, "%s", strerror(errno));
        if (!write_all(to, bytes, (size_t)count, progress))
            return problem_say(problem, "%s%s%s", where ? where : "", where ? ": " : "",
                               strerror(errno));
        done += (uint64_t)count;
    }
    return problem_say(problem, "%s was cancelled", doing);
}

/* ---- reading ----------------------------------------------------------------------------------
 */

typedef bool reader(struct book *book, const char *path, const struct workfile_options *options,
                    struct losses *losses, struct problem *problem);

static reader *const readers[] = {
    [WORKFILE_CSV] = csv_read, [WORKFILE_TSV] = csv_read,  [WORKFILE_XLSX] = xlsx_read,
    [WORKFILE_ODS] = ods_read, [WORKFILE_FODS] = ods_read, [WORKFILE_JSON] = NULL};

static bool is_plain_file(const char *path)
{
    struct stat found;
    return !is_standard(path) && (stat(path, &found) != 0 || S_ISREG(found.st_mode));
}

static bool is_folder(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

/* Nobody knows what came out of a stream by the name it is opened with here. Always false. */
static bool forget_path(const char *path, struct problem *problem)
{
    size_t length = strlen(path);
    if (problem && strncmp(problem->text, path, length) == 0 &&
        strncmp(problem->text + length, ": ", 2) == 0)
        memmove(problem->text, problem->text + length + 2, strlen(problem->text + length + 2) + 1);
    return false;
}

/* A stream's bytes through a file, for readers that go back and forth. */
static bool read_spooled(reader *read_it, struct book *book, const char *path,
                         const struct workfile_options *options, struct losses *losses,
                         struct problem *problem)
{
    struct nameless file;
    if (!nameless_open(&file, problem))
        return false;
    int from = is_standard(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    bool is_read = from >= 0 || problem_say(problem, "%s", strerror(errno));
    is_read = is_read && copy(from, file.descriptor, "a temporary file, where TMPDIR says",
                              options->progress, "reading", problem);
    if (is_read && !read_it(book, file.path, options, losses, problem))
        is_read = forget_path(file.path, problem);
    if (from > STDIN_FILENO)
        (void)close(from); /* only read from */
    (void)close(file.descriptor);
    return is_read;
}

static bool read_contents(struct book *book, const char *path,
                          const struct workfile_options *options, struct losses *losses,
                          struct problem *problem)
{
    struct workfile_options found = *options;
    if (found.format == WORKFILE_UNKNOWN && is_standard(path) &&
        !find_stream_format(STDIN_FILENO, &found.format, problem))
        return false;
    if (found.format == WORKFILE_UNKNOWN && !find_format(path, &found.format, problem))
        return false;
    reader *read_it = readers[found.format];
    if (!read_it)
        return problem_say(problem, "%s is only written, not read; choose .xlsx, .ods or .csv",
                           workfile_format_name(found.format));
    if (read_it != csv_read && !is_plain_file(path) && !is_folder(path))
        return read_spooled(read_it, book, path, &found, losses, problem);
    return read_it(book, path, &found, losses, problem);
}

/* The file's name in front of what was wrong with it, if it is not there yet. */
static bool say_with_path(const char *path, struct problem *problem)
{
    const char *name = is_standard(path) ? "standard input" : path;
    if (!problem || strncmp(problem->text, name, strlen(name)) == 0)
        return false;
    return problem_precede(problem, "%s: ", name);
}

bool workfile_read(struct book *book, const char *path, const struct workfile_options *options,
                   struct losses *losses, struct problem *problem)
{
    if (!read_contents(book, path, options, losses, problem))
        return say_with_path(path, problem);
    if (options->leave_stale ||
        (options->keep_stale && recalculation_stale_count(book->recalculation) == 0))
        return true;
    return book_recalculate(book, options->progress, NULL, problem) || say_with_path(path, problem);
}

/* ---- what writing loses -----------------------------------------------------------------------
 */

struct counting {
    const struct book *book;
    const struct sheet *sheet;
    struct losses *losses;
    enum workfile_format format;
    struct csv_options csv;
    uint8_t styles[STYLES]; /* of each: what is lost with it, and COUNTED */
};

enum { LOST_LOOK = 1, LOST_FORMAT = 2, COUNTED = 4 };

static uint8_t lost_with(struct counting *counting, style_id id, bool is_title)
{
    const struct style *style = style_of(counting->book->styles, id);
    bool is_bold_alone = !(style->flags & ~STYLE_BOLD) && !style->align;
    if (!(counting->styles[id] & COUNTED)) {
        enum format_kind kind = number_format_kind(style_format(counting->book->styles, id));
        bool is_kept = kind == FORMAT_GENERAL || kind == FORMAT_DATE || kind == FORMAT_TIME ||
                       kind == FORMAT_DATE_TIME || counting->format == WORKFILE_JSON;
        counting->styles[id] = (uint8_t)(COUNTED | (style->flags || style->align ? LOST_LOOK : 0) |
                                         (is_kept ? 0 : LOST_FORMAT));
    }
    uint8_t lost = counting->styles[id];
    return is_title && is_bold_alone ? (uint8_t)(lost & ~LOST_LOOK) : lost;
}

/* The formats of others than numbers show nothing. */
static bool keeps_look(const struct counting *counting, const struct cell *cell)
{
    char text[FIELD_NUMBER_BYTES];
    if (!counting->csv.keeps_looks || counting->book->is_1904)
        return false;
    return cell->kind != VALUE_NUMBER ||
           field_print_look(text, cell->number, style_format(counting->book->styles, cell->style),
                            counting->csv.decimal, counting->csv.dates) > 0;
}

static void count_cells(struct counting *counting)
{
    const struct sheet *sheet = counting->sheet;
    bool has_titles = sheet->frozen.row == 1 && sheet->frozen.column == 0; /* csv_read.c's own */
    uint64_t looks = 0, number_formats = 0, formulas = 0, circles = 0;
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        formulas += cell->formula != 0;
        circles += cell->kind == VALUE_ERROR && cell->error == ERROR_CYCLE;
        if (!cell->style || counting->format == WORKFILE_XLSX)
            continue;
        uint8_t lost = lost_with(counting, cell->style, has_titles && walk.position.row == 0);
        if ((lost & LOST_FORMAT) && keeps_look(counting, cell))
            lost &= (uint8_t)~LOST_FORMAT;
        looks += (lost & LOST_LOOK) != 0;
        number_formats += (lost & LOST_FORMAT) != 0;
    }
    const char *where = sheet_name(counting->book, sheet);
    if (counting->format == WORKFILE_XLSX) {
        if (circles)
            losses_add_many(counting->losses, "results of circles (#CYCLE!) written as #REF!",
                            where, circles);
        return;
    }
    if (formulas && counting->format != WORKFILE_JSON && !counting->csv.formulas)
        losses_add_many(counting->losses, "formulas of which only values are kept", where,
                        formulas);
    if (looks)
        losses_add_many(counting->losses, "looks of cells", where, looks);
    if (number_formats)
        losses_add_many(counting->losses, "number formats of cells", where, number_formats);
}

static void count_sheet(struct counting *counting)
{
    const struct sheet *sheet = counting->sheet;
    const char *where = sheet_name(counting->book, sheet);
    bool has_titles = sheet->frozen.row == 1 && sheet->frozen.column == 0;
    count_cells(counting);
    if (counting->format == WORKFILE_XLSX || counting->format == WORKFILE_JSON)
        return;
    size_t sizes = sheet->rows.count + (sheet->has_guessed_widths ? 0 : sheet->columns.count);
    if (sizes)
        losses_add_many(counting->losses, "sizes of rows and columns", where, sizes);
    if (sheet->merge_count)
        losses_add_many(counting->losses, "merged areas", where, sheet->merge_count);
    if ((sheet->frozen.row || sheet->frozen.column) && !has_titles)
        losses_add(counting->losses, "frozen panes", where);
    if (sheet->has_filter)
        losses_add(counting->losses, "filters", where);
}

static uint64_t count_names(const struct book *book)
{
    uint64_t count = 0;
    for (uint32_t number = 1; number <= name_count(book->names); number++)
        count += name_of(book->names, number)->formula != 0;
    return count;
}

/* All but other sheets. options may be NULL. */
static void count_losses(const struct book *book, const struct workfile_options *options,
                         enum workfile_format format, struct losses *losses)
{
    bool is_text = format == WORKFILE_CSV || format == WORKFILE_TSV;
    const struct sheet *alone = NULL;
    if (options && options->sheet)
        alone = book_find_sheet(book, options->sheet, strlen(options->sheet));
    if (is_text && !alone && book->sheet_count)
        alone = book->sheets[book->active];
    struct counting *counting = calloc(1, sizeof *counting);
    if (!counting) {
        losses_add(losses, "other things", NULL);
        return;
    }
    *counting = (struct counting){.book = book,
                                  .losses = losses,
                                  .format = format,
                                  .csv = options ? options->csv : (struct csv_options){0}};
    for (size_t place = 0; place < book->sheet_count; place++) {
        counting->sheet = book->sheets[place];
        if (!alone || counting->sheet == alone)
            count_sheet(counting);
    }
    free(counting);
    uint64_t names = is_text ? count_names(book) : 0;
    if (names)
        losses_add_many(losses, "defined names", NULL, names);
}

void workfile_losses(const struct book *book, enum workfile_format format,
                     const struct csv_options *csv, struct losses *losses)
{
    struct workfile_options options = {.csv = csv ? *csv : (struct csv_options){0}};
    count_losses(book, &options, format, losses);
    bool is_text = format == WORKFILE_CSV || format == WORKFILE_TSV;
    for (size_t place = 0; is_text && place < book->sheet_count; place++)
        if (place != book->active)
            losses_add(losses, "other sheets", sheet_name(book, book->sheets[place]));
}

/* ---- writing ----------------------------------------------------------------------------------
 */

/* Which format is written under a name; false with a sentence that says what can be chosen. */
static bool choose_format(const char *path, const struct workfile_options *options,
                          enum workfile_format *format, struct problem *problem)
{
    const char *ending = ending_of(path);
    *format = options->format;
    if (*format == WORKFILE_UNKNOWN)
        *format = is_standard(path) ? WORKFILE_CSV : workfile_format_of_name(path);
    if (*format == WORKFILE_UNKNOWN)
        return problem_say(problem,
                           "%s: its name does not say in which format to write; choose a name with "
                           ".xlsx, .csv, .tsv or .json",
                           path);
    if (*format == WORKFILE_ODS || *format == WORKFILE_FODS)
        return problem_say(problem, "%s: %s is only read; choose .xlsx, .csv, .tsv or .json", path,
                           workfile_format_name(*format));
    if (*format == WORKFILE_XLSX && *ending && strcasecmp(ending, "xlsx") != 0 &&
        workfile_format_of_name(path) == WORKFILE_XLSX)
        return problem_say(problem, "%s: .%s needs macros or is a template; choose .xlsx", path,
                           ending);
    return true;
}

/* The archive is made in a folder of its own, for libzip makes another file beside it. */
static bool write_archive(const struct book *book, int descriptor,
                          const struct workfile_options *options, struct losses *losses,
                          struct problem *problem)
{
    const char *parent = getenv("TMPDIR");
    char *folder, *path = NULL;
    if (asprintf(&folder, "%s/steppe-sheet.XXXXXX", parent && *parent ? parent : "/tmp") < 0)
        return problem_out_of_memory(problem);
    if (!mkdtemp(folder)) {
        (void)problem_say(problem, "no temporary folder: %s", strerror(errno));
        free(folder);
        return false;
    }
    int file = -1;
    bool is_written = asprintf(&path, "%s/book.xlsx", folder) >= 0 &&
                      xlsx_write(book, path, options, losses, problem);
    if (is_written) {
        file = open(path, O_RDONLY | O_CLOEXEC);
        is_written = file >= 0 || problem_say(problem, "%s", strerror(errno));
    }
    /* Before it is copied, which whoever reads the stream can end. It lives while it is open. */
    if (path)
        (void)unlink(path);
    (void)rmdir(folder);
    is_written = is_written && copy(file, descriptor, NULL, options->progress, "writing", problem);
    if (file >= 0)
        (void)close(file); /* only read from */
    free(path);
    free(folder);
    return is_written;
}

static bool write_text(const struct book *book, int descriptor,
                       const struct workfile_options *options, struct losses *losses,
                       struct problem *problem)
{
    return options->format == WORKFILE_JSON
               ? json_write(book, descriptor, options, losses, problem)
               : csv_write_sheet(book, descriptor, options, losses, problem);
}

static bool write_stream(const struct book *book, int descriptor,
                         const struct workfile_options *options, struct losses *losses,
                         struct problem *problem)
{
    return options->format == WORKFILE_XLSX
               ? write_archive(book, descriptor, options, losses, problem)
               : write_text(book, descriptor, options, losses, problem);
}

/* Pipes, terminals and the like: there is nothing to be replaced. */
static bool write_device(const struct book *book, const char *path,
                         const struct workfile_options *options, struct losses *losses,
                         struct problem *problem)
{
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0)
        return problem_say(problem, "%s", strerror(errno));
    bool is_written = write_stream(book, descriptor, options, losses, problem);
    if (close(descriptor) != 0 && is_written)
        return problem_say(problem, "%s", strerror(errno));
    return is_written;
}

static bool say_unwritten(const char *path, struct problem *problem)
{
    return problem_precede(problem,
                           "%s was not written: ", is_standard(path) ? "standard output" : path);
}

static bool write_file(const struct book *book, const char *path,
                       const struct workfile_options *options, struct losses *losses,
                       struct problem *problem)
{
    struct replacement file;
    if (!replacement_begin(&file, path, options->replace, problem))
        return false;
    bool is_written = options->format == WORKFILE_XLSX
                          ? xlsx_write(book, file.beside, options, losses, problem)
                          : write_text(book, file.descriptor, options, losses, problem);
    if (is_written)
        return replacement_commit(&file, problem);
    replacement_abandon(&file);
    return say_unwritten(path, problem);
}

bool workfile_write(const struct book *book, const char *path,
                    const struct workfile_options *options, struct losses *losses,
                    struct problem *problem)
{
    struct workfile_options chosen = *options;
    bool is_written;
    if (!choose_format(path, options, &chosen.format, problem))
        return false;
    if (is_standard(path))
        is_written = write_stream(book, STDOUT_FILENO, &chosen, losses, problem) ||
                     say_unwritten(path, problem);
    else if (is_plain_file(path) || is_folder(path))
        is_written = write_file(book, path, &chosen, losses, problem);
    else
        is_written =
            write_device(book, path, &chosen, losses, problem) || say_unwritten(path, problem);
    if (is_written)
        count_losses(book, &chosen, chosen.format, losses);
    return is_written;
}
