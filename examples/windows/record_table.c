/* SPDX-License-Identifier: MIT */
/*
 * record_table.c - a table of structures that pays only for the pages its used records lie on.
 *
 * Address space is reserved for the whole table. Using a record commits the pages it lies on;
 * clearing it only marks it, since its neighbours share them; collecting gives back every page on
 * which no record is in use. Nobody keeps a list of committed pages: VirtualQuery knows.
 *
 *     record_table                              a fixed sequence of operations
 *     record_table [records N] OPERATION...     those given
 *
 *     records N   size of the table, 50 to 1000; 50 if not told otherwise
 *     use N       put record N to use       collect   give back pages without used records
 *     clear N     end its use               map       show the pages
 *     list        show the records in use
 *
 * The same text compiles for Windows and, with steppe-win32, for Linux. No output depends on where
 * the memory lies.
 */
#include <windows.h>

#include <tchar.h>

#include <stdio.h>
#include <stdlib.h>

/* Not a divisor of the page size: many records lie on two pages. */
#define RECORD_BYTES 2000
#define RECORDS_MIN 50
#define RECORDS_MAX 1000
#define MAP_COLUMNS 64

/* A page that was just committed is zero, so its records are not in use. */
struct record {
    BOOL is_in_use;
    BYTE contents[RECORD_BYTES - sizeof(BOOL)];
};

static struct record *records;
static SIZE_T record_count = RECORDS_MIN;
static SIZE_T page_bytes;

static void fail(LPCTSTR what)
{
    _ftprintf(stderr, TEXT("record_table: %s: error %lu\n"), what, GetLastError());
    exit(EXIT_FAILURE);
}

/* ---- pages and records ----------------------------------------------------------------------- */

static SIZE_T page_count(void)
{
    return (record_count * sizeof *records + page_bytes - 1) / page_bytes;
}

static BYTE *page_address(SIZE_T page)
{
    return (BYTE *)records + page * page_bytes;
}

/* The state of a page, and the first page behind it whose state may be another. */
static DWORD page_state(SIZE_T page, SIZE_T *end)
{
    MEMORY_BASIC_INFORMATION run;
    if (!VirtualQuery(page_address(page), &run, sizeof run))
        fail(TEXT("cannot query"));
    *end = page + run.RegionSize / page_bytes;
    if (*end > page_count())
        *end = page_count();
    return run.State;
}

static SIZE_T first_page_of(SIZE_T index)
{
    return index * sizeof *records / page_bytes;
}

static SIZE_T last_page_of(SIZE_T index)
{
    return ((index + 1) * sizeof *records - 1) / page_bytes;
}

/* Asks before it looks: a record on a page that is not committed cannot be read. */
static BOOL is_in_use(SIZE_T index)
{
    SIZE_T end;
    return page_state(first_page_of(index), &end) == MEM_COMMIT && records[index].is_in_use;
}

/* Whether a record in use lies on the page, if only with one byte. */
static BOOL is_page_in_use(SIZE_T page)
{
    SIZE_T index = page * page_bytes / sizeof *records;
    SIZE_T last = ((page + 1) * page_bytes - 1) / sizeof *records;
    for (; index <= last && index < record_count; index++)
        if (is_in_use(index))
            return TRUE;
    return FALSE;
}

/* ---- contents -------------------------------------------------------------------------------- */

static BYTE expected_byte(SIZE_T index, SIZE_T position)
{
    return (BYTE)(index * 5 + position * 3 + 1);
}

static void fill(SIZE_T index)
{
    for (SIZE_T i = 0; i < sizeof records[index].contents; i++)
        records[index].contents[i] = expected_byte(index, i);
}

static BOOL is_intact(SIZE_T index)
{
    for (SIZE_T i = 0; i < sizeof records[index].contents; i++)
        if (records[index].contents[i] != expected_byte(index, i))
            return FALSE;
    return TRUE;
}

/* ---- operations ------------------------------------------------------------------------------ */

static void use(SIZE_T index)
{
    if (is_in_use(index)) {
        _tprintf(TEXT("record %Iu is in use already\n"), index);
        return;
    }
    /* Pages that are committed already stay as they are. */
    if (!VirtualAlloc(&records[index], sizeof *records, MEM_COMMIT, PAGE_READWRITE))
        fail(TEXT("cannot commit"));
    records[index].is_in_use = TRUE;
    fill(index);
    SIZE_T first = first_page_of(index), last = last_page_of(index);
    if (first == last)
        _tprintf(TEXT("record %Iu is in use, on page %Iu\n"), index, first);
    else
        _tprintf(TEXT("record %Iu is in use, on pages %Iu and %Iu\n"), index, first, last);
}

static void clear(SIZE_T index)
{
    if (!is_in_use(index)) {
        _tprintf(TEXT("record %Iu is not in use\n"), index);
        return;
    }
    records[index].is_in_use = FALSE;
    _tprintf(TEXT("record %Iu is clear\n"), index);
}

/* Decommit the pages without used records among those from first to end. */
static SIZE_T collect_run(SIZE_T first, SIZE_T end)
{
    SIZE_T collected = 0;
    for (SIZE_T page = first; page < end; page++) {
        if (is_page_in_use(page))
            continue;
        if (!VirtualFree(page_address(page), page_bytes, MEM_DECOMMIT))
            fail(TEXT("cannot decommit"));
        collected++;
    }
    return collected;
}

static void collect(SIZE_T unused)
{
    SIZE_T collected = 0, end;
    (void)unused;
    for (SIZE_T page = 0; page < page_count(); page = end)
        if (page_state(page, &end) == MEM_COMMIT)
            collected += collect_run(page, end);
    _tprintf(TEXT("pages given back: %Iu\n"), collected);
}

static void list(SIZE_T unused)
{
    SIZE_T count = 0, damaged = 0;
    (void)unused;
    _tprintf(TEXT("in use:"));
    for (SIZE_T index = 0; index < record_count; index++) {
        if (!is_in_use(index))
            continue;
        _tprintf(TEXT(" %Iu"), index);
        count++;
        damaged += !is_intact(index);
    }
    _tprintf(TEXT("%s; damaged: %Iu\n"), count ? TEXT("") : TEXT(" none"), damaged);
}

static void draw_page(SIZE_T page, DWORD state)
{
    if (page % MAP_COLUMNS == 0)
        _tprintf(TEXT("%s%5Iu  "), page ? TEXT("\n") : TEXT(""), page);
    if (state != MEM_COMMIT)
        _tprintf(TEXT("."));
    else
        _tprintf(is_page_in_use(page) ? TEXT("#") : TEXT("o"));
}

static void map(SIZE_T unused)
{
    SIZE_T committed = 0, end;
    (void)unused;
    for (SIZE_T page = 0; page < page_count(); page = end) {
        DWORD state = page_state(page, &end);
        if (state == MEM_COMMIT)
            committed += end - page;
        for (SIZE_T drawn = page; drawn < end; drawn++)
            draw_page(drawn, state);
    }
    _tprintf(TEXT("\n       %Iu of %Iu pages committed   . reserved   # in use   o not in use\n"),
             committed, page_count());
}

/* ---- the command line ------------------------------------------------------------------------ */

struct command {
    LPCTSTR name;
    BOOL takes_record;
    void (*run)(SIZE_T record);
};

static const struct command commands[] = {
    {TEXT("use"), TRUE, use},  {TEXT("clear"), TRUE, clear}, {TEXT("collect"), FALSE, collect},
    {TEXT("map"), FALSE, map}, {TEXT("list"), FALSE, list},
};

static void complain(LPCTSTR what, LPCTSTR word)
{
    _ftprintf(stderr, TEXT("record_table: %s '%s'\n"), what, word);
    _ftprintf(stderr,
              TEXT("usage: record_table [records %d..%d] ")
                  TEXT("[use N | clear N | collect | map | list]...\n"),
              RECORDS_MIN, RECORDS_MAX);
    exit(2);
}

/* A number from least to most behind a word; it may be missing. */
static SIZE_T read_number(LPCTSTR word, LPCTSTR text, SIZE_T least, SIZE_T most)
{
    TCHAR *end;
    if (!text)
        complain(TEXT("a number is missing behind"), word);
    SIZE_T number = _tcstoul(text, &end, 10);
    if (!_istdigit(text[0]) || *end != 0)
        complain(TEXT("not a number:"), text);
    if (number < least || number > most)
        complain(TEXT("out of range:"), text);
    return number;
}

static const struct command *find_command(LPCTSTR name)
{
    for (SIZE_T i = 0; i < sizeof commands / sizeof *commands; i++)
        if (_tcscmp(commands[i].name, name) == 0)
            return &commands[i];
    complain(TEXT("no such operation:"), name);
    return NULL;
}

/* Go through the operations, of which NULL is the last. Once without running them, so that a
 * mistake at the end does not leave half of them done. */
static void go_through(LPTSTR *words, BOOL is_for_real)
{
    for (; *words; words++) {
        const struct command *command = find_command(*words);
        SIZE_T record = 0;
        if (command->takes_record)
            record = read_number(words[0], words[1], 0, record_count - 1);
        if (is_for_real && command->takes_record)
            _tprintf(TEXT("> %s %Iu\n"), command->name, record);
        else if (is_for_real)
            _tprintf(TEXT("> %s\n"), command->name);
        if (is_for_real)
            command->run(record);
        words += command->takes_record;
    }
}

static void make_table(void)
{
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    page_bytes = system.dwPageSize;
    records = VirtualAlloc(NULL, record_count * sizeof *records, MEM_RESERVE, PAGE_READWRITE);
    if (!records)
        fail(TEXT("cannot reserve"));
    _tprintf(TEXT("%Iu records of %Iu bytes on %Iu pages of %Iu bytes\n"), record_count,
             sizeof *records, page_count(), page_bytes);
}

/* What happens when nothing is told: 46 has its page alone, 6 and 7 share one. */
static LPTSTR *usual_operations(void)
{
    static TCHAR map_[] = TEXT("map"), use_[] = TEXT("use"), clear_[] = TEXT("clear");
    static TCHAR collect_[] = TEXT("collect"), list_[] = TEXT("list");
    static TCHAR six[] = TEXT("6"), seven[] = TEXT("7"), last[] = TEXT("46");
    static LPTSTR words[] = {map_,  use_,     seven, use_,   last, map_,     clear_, last,   map_,
                             list_, collect_, map_,  use_,   six,  clear_,   seven,  clear_, seven,
                             list_, collect_, map_,  clear_, six,  collect_, map_,   list_,  NULL};
    return words;
}

int _tmain(int argc, TCHAR *argv[])
{
    LPTSTR *words = argc > 1 ? argv + 1 : usual_operations();
    if (_tcscmp(words[0], TEXT("records")) == 0) {
        record_count = read_number(words[0], words[1], RECORDS_MIN, RECORDS_MAX);
        words += 2;
    }
    go_through(words, FALSE);
    make_table();
    go_through(words, TRUE);
    if (!VirtualFree(records, 0, MEM_RELEASE))
        fail(TEXT("cannot release"));
    return EXIT_SUCCESS;
}
