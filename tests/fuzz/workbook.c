/* SPDX-License-Identifier: MIT */
/* workbook.c - see workbook.h. */
#include "workbook.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utf8proc.h>
#include <zip.h>

#include "sheet/book/parse.h"
#include "sheet/book/print.h"
#include "sheet/book/recalculate.h"
#include "sheet/values/number_format.h"

enum { MEMORY_BYTES = 64 << 20, PARTS_MAX = 64, PART_NAME_MAX = 100, STEPS = 100 };

/* ---- inputs ---------------------------------------------------------------------------------- */

struct input_file input_file(const void *bytes, size_t size_bytes)
{
    struct input_file file = {.descriptor = memfd_create("fuzz", MFD_CLOEXEC)};
    must(file.descriptor >= 0);
    must(pwrite(file.descriptor, bytes, size_bytes, 0) == (ssize_t)size_bytes);
    (void)snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.descriptor);
    return file;
}

void input_file_close(struct input_file *file)
{
    must(close(file->descriptor) == 0);
}

uint8_t *input_file_bytes(const struct input_file *file, size_t *size_bytes)
{
    struct stat found;
    must(fstat(file->descriptor, &found) == 0);
    *size_bytes = (size_t)found.st_size;
    uint8_t *bytes = malloc(*size_bytes + 1);
    must(bytes && pread(file->descriptor, bytes, *size_bytes, 0) == (ssize_t)*size_bytes);
    return bytes;
}

static const char head[] = "=== ";

bool input_is_parts(const uint8_t *data, size_t size)
{
    return size > sizeof head && memcmp(data, head, sizeof head - 1) == 0;
}

/* Where the next part's line begins, or the end. */
static const char *next_head(const char *at, const char *end)
{
    while (at < end && !((size_t)(end - at) >= sizeof head && memcmp(at, head, 4) == 0)) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        at = line ? line + 1 : end;
    }
    return at;
}

static void add_part(zip_t *zip, const char *name, const char *text, size_t text_bytes)
{
    zip_source_t *source = zip_source_buffer(zip, text, text_bytes, 0);
    must(source);
    zip_int64_t index = zip_file_add(zip, name, source, ZIP_FL_OVERWRITE);
    if (index < 0)
        zip_source_free(source); /* a name that is none */
    else
        must(zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) == 0);
}

static void add_parts(zip_t *zip, const char *at, const char *end)
{
    unsigned count = 0;
    for (at = next_head(at, end); at < end && count < PARTS_MAX; count++) {
        char name[PART_NAME_MAX];
        const char *line = memchr(at, '\n', (size_t)(end - at)), *name_end = line ? line : end;
        at += sizeof head - 1;
        (void)snprintf(name, sizeof name, "%.*s", (int)(name_end - at), at);
        const char *text = line ? line + 1 : end;
        at = next_head(text, end);
        add_part(zip, name, text, (size_t)(at - text));
    }
}

struct input_file input_archive(const uint8_t *data, size_t size)
{
    if (!input_is_parts(data, size))
        return input_file(data, size);
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_t *zip = zip_open_from_source(source, ZIP_TRUNCATE, NULL);
    zip_stat_t found;
    must(zip);
    add_parts(zip, (const char *)data, (const char *)data + size);
    zip_source_keep(source);
    must(zip_close(zip) == 0);
    if (zip_source_stat(source, &found) != 0 || !(found.valid & ZIP_STAT_SIZE))
        found.size = 0; /* without a part it was not made */
    char *bytes = malloc(found.size + 1);
    must(bytes);
    if (found.size) {
        must(zip_source_open(source) == 0);
        must(zip_source_read(source, bytes, found.size) == (zip_int64_t)found.size);
        (void)zip_source_close(source); /* only read */
    }
    zip_source_free(source);
    struct input_file file = input_file(bytes, found.size);
    free(bytes);
    return file;
}

/* ---- workbooks ------------------------------------------------------------------------------- */

struct book *workbook_new(void)
{
    struct problem problem;
    struct book *book = book_new(MEMORY_BYTES, &problem);
    must(book);
    return book;
}

bool input_is_text(const void *text, size_t text_bytes)
{
    if (memchr(text, 0, text_bytes))
        return false;
    for (size_t at = 0; at < text_bytes;) {
        utf8proc_int32_t character;
        utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)text + at,
                                                  (utf8proc_ssize_t)(text_bytes - at), &character);
        if (bytes <= 0)
            return false;
        at += (size_t)bytes;
    }
    return true;
}

static void check_text(const char *text, size_t text_bytes)
{
    must(text && text_bytes <= TEXT_BYTES_MAX && input_is_text(text, text_bytes));
}

static void check_value(struct value value)
{
    must(value.kind <= VALUE_ERROR);
    if (value.kind == VALUE_NUMBER)
        must(isfinite(value.number));
    if (value.kind == VALUE_TEXT)
        check_text(value.text, value.text_bytes);
    if (value.kind == VALUE_ERROR)
        must(value.error >= ERROR_NULL && value.error <= ERROR_COUNT);
}

static void check_cell(const struct book *book, const struct sheet *sheet, struct position position,
                       const struct cell *cell)
{
    size_t token_count;
    struct formatted shown;
    must(cell_is_used(cell) && position.row < ROWS && position.column < COLUMNS);
    must(cell->style < style_count(book->styles) || cell->style == 0);
    check_value(cell_value(book, cell));
    if (cell->formula) {
        const struct token *tokens = formula_tokens(book->formulas, cell->formula, &token_count);
        must(formula_is_valid(tokens, token_count));
    }
    cell_show(book, sheet, position, 10, &shown);
    check_text(shown.text, shown.text_bytes);
    free(cell_source(book, sheet, position)); /* NULL: no memory, which is none of our business */
}

static void check_lines(const struct line_spans *spans, uint32_t limit)
{
    for (size_t i = 0; i < spans->count; i++) {
        const struct line_span *span = &spans->spans[i];
        must(span->first <= span->last && span->last < limit);
        must(i == 0 || span->first > span[-1].last);
        must(isfinite(span->size) && span->size >= 0);
    }
}

static void check_sheet(const struct book *book, const struct sheet *sheet)
{
    const char *name = sheet_name(book, sheet);
    struct grid_walk walk;
    must(book_sheet(book, sheet->id) == sheet);
    must(book_find_sheet(book, name, strlen(name)) == sheet);
    must(sheet_name_is_allowed(name, strlen(name), NULL));
    check_lines(&sheet->columns, COLUMNS);
    check_lines(&sheet->rows, ROWS);
    must(sheet->frozen.row < ROWS && sheet->frozen.column < COLUMNS);
    must(sheet->cursor.row < ROWS && sheet->cursor.column < COLUMNS);
    for (size_t i = 0; i < sheet->merge_count; i++) {
        must(sheet->merges[i].last.row < ROWS && sheet->merges[i].last.column < COLUMNS);
        must(sheet_merge_at(sheet, sheet->merges[i].first) == &sheet->merges[i]);
    }
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;)
        check_cell(book, sheet, walk.position, cell);
}

void workbook_check(const struct book *book)
{
    must(text_is_valid(book->texts));
    must(formula_pool_is_valid(book->formulas));
    must(book->sheet_count <= SHEETS_MAX);
    must(book->sheet_count == 0 || book->active < book->sheet_count);
    for (size_t i = 0; i < book->sheet_count; i++)
        check_sheet(book, book->sheets[i]);
}

static bool step(void *context, const char *doing, uint64_t done, uint64_t total)
{
    struct patience *patience = context;
    must(doing && (total == 0 || done <= total));
    return patience->left && --patience->left;
}

void patience_begin(struct patience *patience, uint64_t steps)
{
    *patience = (struct patience){.progress = {.step = step, .context = patience}, .left = steps};
}

void workbook_compute(struct book *book)
{
    struct patience patience;
    struct problem problem = {0};
    patience_begin(&patience, STEPS);
    book_make_stale(book);
    must(book_recalculate(book, &patience.progress, NULL, &problem) || problem.text[0]);
    workbook_check(book);
    (void)book_collect(book); /* however much it is */
    workbook_check(book);
}

uint64_t workbook_cells(const struct book *book)
{
    return book_statistics_of(book).used_cells;
}

static bool has_contents(const struct cell *cell)
{
    return cell && (cell->kind != VALUE_BLANK || cell->formula);
}

/* The next one with a value or a formula. */
static const struct cell *next_cell(struct grid_walk *walk)
{
    const struct cell *cell;
    do
        cell = grid_walk_next(walk);
    while (cell && !has_contents(cell));
    return cell;
}

static void must_be_cell(const struct book *book, const struct sheet *sheet,
                         const struct cell *cell, const struct book *other,
                         const struct sheet *other_sheet, const struct cell *other_cell,
                         struct position position)
{
    char *source = cell_source(book, sheet, position);
    char *other_source = cell_source(other, other_sheet, position);
    bool is_same = value_is(cell_value(book, cell), cell_value(other, other_cell)) &&
                   !cell->formula == !other_cell->formula &&
                   (!cell->formula || (source && other_source && !strcmp(source, other_source)));
    if (!is_same)
        (void)fprintf(stderr, "%s!%s: %s, not %s\n", sheet_name(book, sheet),
                      position_name(position, 0).text, source, other_source);
    must(is_same);
    free(source);
    free(other_source);
}

void workbook_must_be(const struct book *book, const struct book *expected)
{
    must(book->sheet_count == expected->sheet_count);
    for (size_t i = 0; i < book->sheet_count; i++) {
        const struct sheet *sheet = book->sheets[i], *other = expected->sheets[i];
        struct grid_walk walk, other_walk;
        const struct cell *cell, *other_cell;
        must(strcmp(sheet_name(book, sheet), sheet_name(expected, other)) == 0);
        grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_BY_ROWS);
        grid_walk_begin(&other_walk, other->grid, area_of_all(), GRID_BY_ROWS);
        do {
            cell = next_cell(&walk);
            other_cell = next_cell(&other_walk);
            must(!cell == !other_cell);
            must(!cell || position_is(walk.position, other_walk.position));
            if (cell)
                must_be_cell(book, sheet, cell, expected, other, other_cell, walk.position);
        } while (cell);
    }
}
