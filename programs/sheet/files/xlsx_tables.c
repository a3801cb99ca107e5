/* SPDX-License-Identifier: MIT */
/*
 * xlsx_tables.c - see xlsx_tables.h.
 *
 *   xl/tables/table1.xml
 *   <table displayName="Sales" ref="A1:C9" headerRowCount="1" totalsRowCount="1">
 *     <tableColumns> <tableColumn name="Price"/> ...
 *
 * What may stand in the brackets behind a table's name:
 *
 *   []  [Price]  [#Totals]  [@]  [@Price]  [@[Price]:[Tax]]
 *   [[#Headers],[#Data],[Price]:[Tax]]      parts of the table, then columns
 *
 * In a column's name a ' stands before [ ] # ' and what else means something.
 */
#include "sheet/files/xlsx_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <steppe/array.h>

#include "sheet/book/gather.h"
#include "sheet/files/xlsx_relations.h"
#include "sheet/files/xml.h"

enum { TABLES_MAX = 1 << 16, TABLE_COLUMNS_MAX = 1 << 22, WORD_BYTES_MAX = 1024 };

struct table {
    text_id name; /* held */
    const struct sheet *sheet;
    struct area area;
    uint32_t header_rows, totals_rows;
    uint64_t first_column; /* in the list of all tables' columns */
    uint32_t column_count;
};

struct xlsx_tables {
    struct arrival *arrival;
    struct table *tables; /* arrays of steppe/array.h */
    text_id *columns;     /* names, held */
    bool begins[256];     /* does a table's name begin with this letter? small ones of ASCII */
};

/* ---- life ------------------------------------------------------------------------------------ */

struct xlsx_tables *xlsx_tables_new(struct arrival *arrival)
{
    struct xlsx_tables *tables = calloc(1, sizeof *tables);
    steppe_options memory = {.budget = arrival->book->budget, .name = "tables"};
    if (!tables) {
        (void)problem_out_of_memory(arrival->problem);
        return NULL;
    }
    tables->arrival = arrival;
    tables->tables = steppe_array_new(struct table, TABLES_MAX, &memory);
    tables->columns = steppe_array_new(text_id, TABLE_COLUMNS_MAX, &memory);
    if (tables->tables && tables->columns)
        return tables;
    (void)arrival_say_refused(arrival);
    xlsx_tables_free(tables);
    return NULL;
}

void xlsx_tables_free(struct xlsx_tables *tables)
{
    if (!tables)
        return;
    struct text_pool *texts = tables->arrival->book->texts;
    for (uint64_t i = 0; i < steppe_array_count(tables->tables); i++)
        text_drop(texts, tables->tables[i].name);
    for (uint64_t i = 0; i < steppe_array_count(tables->columns); i++)
        text_drop(texts, tables->columns[i]);
    (void)steppe_array_free(tables->tables); /* each is one, or null */
    (void)steppe_array_free(tables->columns);
    free(tables);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reading {
    struct xlsx_tables *tables;
    struct sheet *sheet;
    struct table *table; /* NULL: not begun, or none that is known */
    struct area filter;  /* of this table */
    bool has_filter;
    bool is_refused;
    struct gather text;
};

static bool refuse(struct reading *reading)
{
    reading->is_refused = true;
    return arrival_say_refused(reading->tables->arrival);
}

/* With its escapes read. false: refused. */
static bool keep(struct reading *reading, const char *text, text_id *kept)
{
    struct arrival *arrival = reading->tables->arrival;
    gather_clear(&reading->text);
    gather_add(&reading->text, text, strlen(text));
    gather_unescape(&reading->text);
    struct value value = gather_text(&reading->text);
    *kept = text_keep(arrival->book->texts, value.text, value.text_bytes);
    return *kept || refuse(reading);
}

/* Beyond ASCII one for all, for there case is not so simple. */
static unsigned char small_letter(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned char)(c | 32);
    return (unsigned char)c < 0x80 ? (unsigned char)c : 0x80;
}

static uint32_t row_count(const char *const *attributes, const char *name, uint32_t otherwise)
{
    int64_t count = xml_number(attributes, name, otherwise);
    return count >= 0 && count < ROWS ? (uint32_t)count : 0;
}

static bool start_table(struct reading *reading, const char *const *attributes)
{
    struct xlsx_tables *tables = reading->tables;
    const char *name = xml_attribute(attributes, "displayName");
    const char *reference = xml_attribute(attributes, "ref");
    struct area area;
    name = name ? name : xml_attribute(attributes, "name");
    if (!name || !reference || !area_parse(reference, &area) ||
        steppe_array_count(tables->tables) == TABLES_MAX)
        return true;
    struct table *table = steppe_array_push(tables->tables);
    if (!table)
        return refuse(reading);
    *table = (struct table){.sheet = reading->sheet,
                            .area = area,
                            .header_rows = row_count(attributes, "headerRowCount", 1),
                            .totals_rows = row_count(attributes, "totalsRowCount", 0),
                            .first_column = steppe_array_count(tables->columns)};
    reading->table = table;
    tables->begins[small_letter(*name)] = true;
    return keep(reading, name, &table->name);
}

static bool start_column(struct reading *reading, const char *const *attributes)
{
    struct xlsx_tables *tables = reading->tables;
    struct table *table = reading->table;
    const char *name = xml_attribute(attributes, "name");
    if (table->column_count > table->area.last.column - table->area.first.column ||
        steppe_array_count(tables->columns) == TABLE_COLUMNS_MAX)
        return true;
    text_id *column = steppe_array_push(tables->columns);
    if (!column)
        return refuse(reading);
    *column = 0;
    table->column_count++;
    return keep(reading, name ? name : "", column);
}

static void start_filter(struct reading *reading, const char *const *attributes)
{
    const char *reference = xml_attribute(attributes, "ref");
    reading->has_filter = reference && area_parse(reference, &reading->filter);
}

/* A sheet has one filter: of its tables' the first by which rows are hidden, for SUBTOTAL has to
 * know of these. (The sheet's own, which is read later, goes before.) */
static void start_condition(struct reading *reading)
{
    struct arrival *arrival = reading->tables->arrival;
    losses_add(arrival->losses, "conditions of filters", sheet_name(arrival->book, reading->sheet));
    if (!reading->has_filter || reading->sheet->has_filter)
        return;
    reading->sheet->filter = reading->filter;
    reading->sheet->has_filter = true;
}

static bool on_start(void *context, const char *name, const char *const *attributes)
{
    struct reading *reading = context;
    if (!reading->table)
        return strcmp(name, "table") != 0 || start_table(reading, attributes);
    if (strcmp(name, "tableColumn") == 0)
        return start_column(reading, attributes);
    if (strcmp(name, "autoFilter") == 0)
        start_filter(reading, attributes);
    else if (strcmp(name, "filterColumn") == 0)
        start_condition(reading);
    return true;
}

static bool on_end(void *context, const char *name)
{
    (void)context;
    (void)name;
    return true;
}

bool xlsx_tables_read(struct xlsx_tables *tables, struct archive *archive, const char *part,
                      struct sheet *sheet)
{
    struct arrival *arrival = tables->arrival;
    struct reading *reading = malloc(sizeof *reading);
    struct xml_handler handler = {.start = on_start, .end = on_end, .context = reading};
    struct xlsx_relations relations;
    struct problem ignored;
    if (!reading)
        return problem_out_of_memory(arrival->problem);
    if (!xlsx_relations_read(&relations, archive, part, arrival->problem)) {
        free(reading);
        return false;
    }
    *reading = (struct reading){.tables = tables, .sheet = sheet};
    for (size_t i = 0; i < relations.count && !reading->is_refused; i++) {
        const struct xlsx_relation *relation = &relations.relations[i];
        reading->table = NULL;
        reading->has_filter = false;
        if (strcmp(relation->type, "table") == 0 && archive_has(archive, relation->target))
            (void)xml_read_archive(archive, relation->target, &handler, NULL, "", &ignored);
    }
    bool is_read = !reading->is_refused;
    xlsx_relations_free(&relations);
    free(reading);
    return is_read;
}

/* ---- finding --------------------------------------------------------------------------------- */

/* A piece of a formula. */
struct word {
    const char *text;
    size_t text_bytes;
};

static bool is_name(const struct xlsx_tables *tables, text_id name, struct word word)
{
    size_t name_bytes;
    const char *text = text_bytes(tables->arrival->book->texts, name, &name_bytes);
    return value_compare_text(text, name_bytes, word.text, word.text_bytes) == 0;
}

static const struct table *find_table(const struct xlsx_tables *tables, struct word name)
{
    for (uint64_t i = 0; i < steppe_array_count(tables->tables); i++)
        if (is_name(tables, tables->tables[i].name, name))
            return &tables->tables[i];
    return NULL;
}

/* The one in which a cell lies: there its name may be left out. */
static const struct table *table_at(const struct xlsx_tables *tables,
                                    const struct xlsx_tables_place *place)
{
    for (uint64_t i = 0; place->sheet && i < steppe_array_count(tables->tables); i++) {
        const struct table *table = &tables->tables[i];
        if (table->sheet == place->sheet && area_has(table->area, place->cell))
            return table;
    }
    return NULL;
}

/* ---- what stands in the brackets --------------------------------------------------------------
 */

enum table_part { PART_HEADERS = 1, PART_DATA = 2, PART_TOTALS = 4, PART_THIS_ROW = 8 };

struct specifier {
    const char *at, *end;
    unsigned parts;
    uint32_t first, last; /* columns of the table */
    bool has_columns;
};

static bool take(struct specifier *specifier, char c)
{
    if (specifier->at == specifier->end || *specifier->at != c)
        return false;
    specifier->at++;
    return true;
}

static void skip_spaces(struct specifier *specifier)
{
    while (specifier->at < specifier->end && strchr(" \n\r\t", *specifier->at))
        specifier->at++;
}

/* Up to the next "]", which is taken, without the quotes of its letters. false: there is none. */
static bool take_word(struct specifier *specifier, char word[WORD_BYTES_MAX], size_t *word_bytes)
{
    *word_bytes = 0;
    while (specifier->at < specifier->end && *specifier->at != ']') {
        if (*specifier->at == '\'' && specifier->end - specifier->at > 1)
            specifier->at++;
        if (*word_bytes == WORD_BYTES_MAX)
            return false;
        word[(*word_bytes)++] = *specifier->at++;
    }
    return take(specifier, ']');
}

static bool take_part(struct specifier *specifier)
{
    static const struct {
        const char *name;
        unsigned parts;
    } parts[] = {{"#All", PART_HEADERS | PART_DATA | PART_TOTALS},
                 {"#Data", PART_DATA},
                 {"#Headers", PART_HEADERS},
                 {"#Totals", PART_TOTALS},
                 {"#This Row", PART_THIS_ROW}};
    char word[WORD_BYTES_MAX];
    size_t word_bytes;
    if (!take_word(specifier, word, &word_bytes))
        return false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strlen(parts[i].name) == word_bytes &&
            strncasecmp(parts[i].name, word, word_bytes) == 0) {
            specifier->parts |= parts[i].parts;
            return true;
        }
    return false;
}

static bool take_column(struct specifier *specifier, const struct xlsx_tables *tables,
                        const struct table *table, uint32_t *column)
{
    char word[WORD_BYTES_MAX];
    size_t word_bytes;
    if (!take_word(specifier, word, &word_bytes))
        return false;
    for (*column = 0; *column < table->column_count; ++*column)
        if (is_name(tables, tables->columns[table->first_column + *column],
                    (struct word){word, word_bytes}))
            return true;
    return false;
}

static bool is_at_part(const struct specifier *specifier)
{
    return specifier->at < specifier->end && *specifier->at == '#';
}

/* "[Price]" and "[#Data]", after their bracket; behind a column ":[Tax]". */
static bool take_item(struct specifier *specifier, const struct xlsx_tables *tables,
                      const struct table *table)
{
    if (is_at_part(specifier))
        return take_part(specifier);
    if (specifier->has_columns || !take_column(specifier, tables, table, &specifier->first))
        return false;
    specifier->has_columns = true;
    specifier->last = specifier->first;
    skip_spaces(specifier);
    if (!take(specifier, ':'))
        return true;
    skip_spaces(specifier);
    return take(specifier, '[') && take_column(specifier, tables, table, &specifier->last);
}

/* All of it, from the first bracket to its other one. */
static bool take_specifier(struct specifier *specifier, const struct xlsx_tables *tables,
                           const struct table *table)
{
    if (!take(specifier, '['))
        return false;
    skip_spaces(specifier);
    if (take(specifier, '@')) {
        specifier->parts = PART_THIS_ROW;
        skip_spaces(specifier);
    }
    if (take(specifier, ']'))
        return true;
    if (specifier->at < specifier->end && *specifier->at != '[')
        return take_item(specifier, tables, table);
    do {
        skip_spaces(specifier);
        if (!take(specifier, '[') || !take_item(specifier, tables, table))
            return false;
        skip_spaces(specifier);
    } while (take(specifier, ','));
    return take(specifier, ']');
}

/* ---- writing cells ----------------------------------------------------------------------------
 */

static bool find_rows(const struct table *table, const struct xlsx_tables_place *place,
                      unsigned parts, struct area *area)
{
    uint32_t first = table->area.first.row, last = table->area.last.row;
    uint32_t headers = table->header_rows, totals = table->totals_rows;
    *area = table->area;
    if (headers + totals > last - first)
        return false;
    if (parts & PART_THIS_ROW) {
        area->first.row = area->last.row = place->cell.row;
        return place->cell.row >= first && place->cell.row <= last;
    }
    if ((parts == PART_HEADERS && !headers) || (parts == PART_TOTALS && !totals))
        return false;
    parts = parts ? parts : PART_DATA;
    if (!(parts & PART_HEADERS))
        area->first.row = parts & PART_DATA ? first + headers : last - totals + 1;
    if (!(parts & PART_TOTALS))
        area->last.row = parts & PART_DATA ? last - totals : first + headers - 1;
    return true;
}

static void put_sheet(FILE *stream, const struct xlsx_tables *tables, const struct sheet *sheet)
{
    (void)fputc('\'', stream); /* what fails is seen when the stream is closed */
    for (const char *at = sheet_name(tables->arrival->book, sheet); *at; at++) {
        if (*at == '\'')
            (void)fputc('\'', stream);
        (void)fputc(*at, stream);
    }
    (void)fputs("'!", stream);
}

static void put_cells(FILE *stream, const struct xlsx_tables *tables, const struct table *table,
                      const struct xlsx_tables_place *place, const struct specifier *specifier)
{
    bool is_row = specifier->parts & PART_THIS_ROW;
    unsigned fixed = POSITION_FIXED_COLUMN | (is_row ? 0 : POSITION_FIXED_ROW);
    struct area area;
    if (!find_rows(table, place, specifier->parts, &area)) {
        (void)fputs(is_row ? "#VALUE!" : "#REF!", stream);
        return;
    }
    if (specifier->has_columns) {
        area.first.column = table->area.first.column + specifier->first;
        area.last.column = table->area.first.column + specifier->last;
        area = area_of(area.first, area.last);
    }
    if (table->sheet != place->sheet)
        put_sheet(stream, tables, table->sheet);
    (void)fputs(position_name(area.first, fixed).text, stream);
    if (!area_is_one(area))
        (void)fprintf(stream, ":%s", position_name(area.last, fixed).text);
}

uint64_t xlsx_tables_count(const struct xlsx_tables *tables)
{
    return steppe_array_count(tables->tables);
}

bool xlsx_tables_put(const struct xlsx_tables *tables, const struct xlsx_tables_place *place,
                     struct xlsx_tables_text *text, FILE *stream)
{
    struct word name = {text->name, text->name_bytes};
    struct specifier specifier = {.at = text->at, .end = text->end};
    const struct table *table = NULL;
    if (!name.text_bytes)
        table = table_at(tables, place);
    else if (tables->begins[small_letter(*name.text)])
        table = find_table(tables, name);
    if (!table)
        return false;
    bool has_brackets = specifier.at < specifier.end && *specifier.at == '[';
    if (has_brackets && !take_specifier(&specifier, tables, table))
        return false;
    put_cells(stream, tables, table, place, &specifier);
    text->at = specifier.at;
    return true;
}
