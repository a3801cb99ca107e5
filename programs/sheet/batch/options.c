/* SPDX-License-Identifier: MIT */
/* options.c - reading the command line: see options.h. */
#include "sheet/batch/options.h"

#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <steppe/budget.h>

#include "common/human.h"

enum {
    OPTION_FROM = 256,
    OPTION_TO,
    OPTION_SHEET,
    OPTION_SEPARATOR,
    OPTION_TO_SEPARATOR,
    OPTION_QUOTE,
    OPTION_ENCODING,
    OPTION_TO_ENCODING,
    OPTION_DECIMAL,
    OPTION_DATES,
    OPTION_HEADER,
    OPTION_NO_HEADER,
    OPTION_TEXT,
    OPTION_FORMULAS,
    OPTION_SHOWN,
    OPTION_JSON,
    OPTION_RECALCULATE,
    OPTION_CHECK,
    OPTION_VALUES,
    OPTION_TYPED,
    OPTION_TOLERANCE,
    OPTION_STRICT,
    OPTION_MEMORY,
    OPTION_NO_JOURNAL,
    OPTION_ASCII,
    OPTION_COLOR,
    OPTION_NO_MOUSE,
    OPTION_FUNCTIONS,
    MEMORY_MIN_MIB = 1
};

static const struct option long_options[] = {
    {"from", required_argument, NULL, OPTION_FROM},
    {"to", required_argument, NULL, OPTION_TO},
    {"output", required_argument, NULL, 'o'},
    {"force", no_argument, NULL, 'f'},
    {"in-place", no_argument, NULL, 'i'},
    {"quiet", no_argument, NULL, 'q'},
    {"sheet", required_argument, NULL, OPTION_SHEET},
    {"separator", required_argument, NULL, OPTION_SEPARATOR},
    {"to-separator", required_argument, NULL, OPTION_TO_SEPARATOR},
    {"quote", required_argument, NULL, OPTION_QUOTE},
    {"encoding", required_argument, NULL, OPTION_ENCODING},
    {"to-encoding", required_argument, NULL, OPTION_TO_ENCODING},
    {"decimal", required_argument, NULL, OPTION_DECIMAL},
    {"dates", required_argument, NULL, OPTION_DATES},
    {"header", no_argument, NULL, OPTION_HEADER},
    {"no-header", no_argument, NULL, OPTION_NO_HEADER},
    {"text", no_argument, NULL, OPTION_TEXT},
    {"formulas", no_argument, NULL, OPTION_FORMULAS},
    {"shown", no_argument, NULL, OPTION_SHOWN},
    {"json", no_argument, NULL, OPTION_JSON},
    {"recalculate", no_argument, NULL, OPTION_RECALCULATE},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"values", no_argument, NULL, OPTION_VALUES},
    {"typed", no_argument, NULL, OPTION_TYPED},
    {"tolerance", required_argument, NULL, OPTION_TOLERANCE},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"no-journal", no_argument, NULL, OPTION_NO_JOURNAL},
    {"ascii", no_argument, NULL, OPTION_ASCII},
    {"color", required_argument, NULL, OPTION_COLOR},
    {"no-mouse", no_argument, NULL, OPTION_NO_MOUSE},
    {"functions", no_argument, NULL, OPTION_FUNCTIONS},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

#define FOR(way) (1U << (way))
#define FOR_WRITERS (FOR(OPTIONS_CONVERT) | FOR(OPTIONS_SET) | FOR(OPTIONS_CALC) | FOR(OPTIONS_RUN))

/* Options that not every command takes. */
static const struct {
    int option;
    unsigned ways;
} limited[] = {
    {OPTION_TO, FOR_WRITERS | FOR(OPTIONS_GET)},
    {'o', FOR(OPTIONS_SET) | FOR(OPTIONS_CALC) | FOR(OPTIONS_RUN)},
    {'f', FOR_WRITERS},
    {'i', FOR(OPTIONS_SET) | FOR(OPTIONS_CALC) | FOR(OPTIONS_RUN)},
    {OPTION_STRICT, FOR_WRITERS},
    {OPTION_TO_SEPARATOR, FOR_WRITERS | FOR(OPTIONS_GET)},
    {OPTION_TO_ENCODING, FOR_WRITERS},
    {OPTION_SHEET, ~(FOR(OPTIONS_SCREEN) | FOR(OPTIONS_STAT))},
    {OPTION_SHOWN, FOR_WRITERS | FOR(OPTIONS_GET)},
    {OPTION_JSON, FOR(OPTIONS_GET) | FOR(OPTIONS_CALC) | FOR(OPTIONS_STAT) | FOR(OPTIONS_DIFF) |
                      FOR(OPTIONS_RUN)},
    {OPTION_RECALCULATE, FOR(OPTIONS_CONVERT) | FOR(OPTIONS_GET) | FOR(OPTIONS_DIFF)},
    {OPTION_CHECK, FOR(OPTIONS_CALC)},
    {OPTION_VALUES, FOR(OPTIONS_DIFF)},
    {OPTION_TYPED, FOR(OPTIONS_DIFF)},
    {OPTION_TOLERANCE, FOR(OPTIONS_CALC) | FOR(OPTIONS_DIFF)},
    {OPTION_NO_JOURNAL, FOR(OPTIONS_SCREEN)},
    {OPTION_ASCII, FOR(OPTIONS_SCREEN)},
    {OPTION_COLOR, FOR(OPTIONS_SCREEN)},
    {OPTION_NO_MOUSE, FOR(OPTIONS_SCREEN)},
};

static const struct {
    const char *name;
    enum options_way way;
} commands[] = {
    {"convert", OPTIONS_CONVERT}, {"get", OPTIONS_GET},   {"set", OPTIONS_SET},
    {"calc", OPTIONS_CALC},       {"stat", OPTIONS_STAT}, {"diff", OPTIONS_DIFF},
    {"run", OPTIONS_RUN},         {"help", OPTIONS_HELP},
};

static const char help[] =
    "usage: steppe-sheet [OPTION...] [FILE]          work on a workbook on the terminal\n"
    "       steppe-sheet convert A B                 read A, write B\n"
    "       steppe-sheet get FILE [RANGE...]         print cells: B2:C9, 'My sheet'!A:A, a name,\n"
    "                                                or what a formula gives: '=SUM(A:A)'\n"
    "       steppe-sheet set FILE CELL=VALUE... -o OUT    put values or formulas in (A1==B1*2)\n"
    "       steppe-sheet calc FILE [-o OUT]          compute every formula anew\n"
    "       steppe-sheet stat FILE                   what is in it, and what memory it takes\n"
    "       steppe-sheet diff A B                    compare cell by cell\n"
    "       steppe-sheet run FILE [SCRIPT] [-o OUT]  do the commands of a script, one a line\n"
    "\n"
    "Files are XLSX, CSV or TSV; ODS and FODS are read only, JSON is written only. '-' is "
    "standard\n"
    "input or output. A file that is called like a command: ./get\n"
    "\n"
    "Reading and writing:\n"
    "  --from FORMAT    the format that is read: xlsx, ods, fods, csv, tsv (default: as it looks)\n"
    "  --to FORMAT      the format that is written: xlsx, csv, tsv, json (default: by OUT's "
    "name);\n"
    "                   get prints tsv, csv or json (default: tsv)\n"
    "  -o, --output OUT where to write; -i, --in-place is FILE itself\n"
    "  -f, --force      OUT may be there already, and is replaced\n"
    "  --strict         write nothing if something would be lost\n"
    "  -q, --quiet      do not tell what is lost, nor how far the work is\n"
    "  --sheet NAME     the sheet that is meant (default: the one that was open last)\n"
    "  --memory SIZE    no more memory for the workbook: 512M, 2G\n"
    "\n"
    "CSV and TSV:\n"
    "  --separator C    a character or 'tab' (default: as it looks; written: a comma)\n"
    "  --to-separator C the same, only of what is written or printed\n"
    "  --quote C        (default \")\n"
    "  --encoding NAME  utf-8, utf-16, latin1 or windows-1252 (default: as it looks)\n"
    "  --to-encoding NAME  the same, or utf-8-bom, of what is written (default: utf-8)\n"
    "  --decimal C      of numbers read and written: '.' (default) or ','\n"
    "  --dates ORDER    dates such as 31.12.2024, too: dmy, mdy or ymd (default: 2024-12-31 "
    "alone)\n"
    "  --header, --no-header   the first line is titles or not (default: as it looks)\n"
    "  --text           everything is text: no numbers, no dates\n"
    "  --formulas       read '=...' as a formula; write formulas instead of their values\n"
    "  --shown          write values as they are shown: formatted\n"
    "\n"
    "Of one command:\n"
    "  --json           get, calc, stat, diff, run: print JSON\n"
    "  --recalculate    convert, get, diff: compute everything anew first\n"
    "  --check          calc: are the file's values right? Lists those that are not\n"
    "  --values         diff: only values, not formulas\n"
    "  --typed          diff: only what was typed, not what formulas give\n"
    "  --tolerance X    diff, calc: numbers may differ by X (beyond 1: by X times the number)\n"
    "\n"
    "On the terminal (F1 there lists the keys):\n"
    "  --no-journal     keep none: what is not saved is lost when the program is killed\n"
    "  --ascii          no other characters than ASCII\n"
    "  --color WHEN     auto (default), never, 16 or 256; NO_COLOR is obeyed by auto\n"
    "  --no-mouse       leave the mouse to the terminal\n"
    "\n"
    "  --functions      list the functions of formulas\n"
    "  -h, --help       this text\n"
    "  -V, --version    the version\n"
    "\n"
    "Exit status: 0 done; 1 there are differences (diff, calc --check), something would be lost\n"
    "(--strict), or a command of a script cannot be done; 2 the command line is wrong; 3 a file\n"
    "cannot be read or written, or has not what was asked for; 4 memory was refused.\n";

const char *options_help(void)
{
    return help;
}

static bool options_only_tell(const struct options *options)
{
    return options->way >= OPTIONS_HELP;
}

static const char *complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *complain(const char *format, ...)
{
    static struct problem problem;
    char text[sizeof problem.text];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments); /* cut where it is too long */
    va_end(arguments);
    (void)problem_say(&problem, "%s", text); /* for its way with what is no text */
    return problem.text;
}

/* ---- values of options ----------------------------------------------------------------------- */

static const char *read_from(struct options *options, const char *text)
{
    if (workfile_format_parse(text, &options->from) && options->from != WORKFILE_JSON)
        return NULL;
    return complain("--from '%s': give xlsx, ods, fods, csv or tsv", text);
}

static const char *read_to(struct options *options, const char *text)
{
    if (workfile_format_parse(text, &options->to) && options->to != WORKFILE_ODS &&
        options->to != WORKFILE_FODS)
        return NULL;
    return complain("--to '%s': give xlsx, csv, tsv or json", text);
}

/* One character that cannot be part of a number or a word. */
static bool read_sign(const char *text, char *sign)
{
    if (!*text || text[1] || *text <= ' ' || *text >= 127)
        return false;
    *sign = *text;
    return !strchr("\"0123456789.+-", *text) && !((*text | 32) >= 'a' && (*text | 32) <= 'z');
}

static const char *read_separator(char *separator, const char *text)
{
    static const struct {
        const char *name;
        char sign;
    } names[] = {{"tab", '\t'},  {"\\t", '\t'},  {"\t", '\t'},      {" ", ' '},
                 {"space", ' '}, {"comma", ','}, {"semicolon", ';'}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].name, text) == 0) {
            *separator = names[i].sign;
            return NULL;
        }
    if (read_sign(text, separator))
        return NULL;
    return complain("separator '%s': give a character such as ',' ';' '|', or 'tab'", text);
}

static const char *read_quote(struct options *options, const char *text)
{
    if (strcmp(text, "\"") == 0)
        options->csv.quote = '"';
    else if (!read_sign(text, &options->csv.quote))
        return complain("--quote '%s': give a character such as '\"' or \"'\"", text);
    return NULL;
}

struct encoding_name {
    const char *name;
    enum csv_encoding encoding;
};

/* NULL: there is none of that name. */
static const struct encoding_name *find_encoding(const char *text)
{
    static const struct encoding_name names[] = {
        {"utf-8", CSV_UTF8},        {"utf8", CSV_UTF8},
        {"utf-16", CSV_UTF16},      {"utf16", CSV_UTF16},
        {"latin1", CSV_LATIN1},     {"latin-1", CSV_LATIN1},
        {"iso-8859-1", CSV_LATIN1}, {"windows-1252", CSV_WINDOWS},
        {"windows", CSV_WINDOWS},   {"cp1252", CSV_WINDOWS}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(names[i].name, text) == 0)
            return &names[i];
    return NULL;
}

static const char *read_encoding(struct options *options, const char *text)
{
    const struct encoding_name *found = find_encoding(text);
    if (!found)
        return complain("--encoding '%s': give utf-8, utf-16, latin1 or windows-1252", text);
    options->csv.encoding = found->encoding;
    return NULL;
}

/* Excel takes UTF-8 for something else unless it begins with the mark. */
static const char *read_to_encoding(struct options *options, const char *text)
{
    const struct encoding_name *found = find_encoding(text);
    bool is_marked = strcasecmp(text, "utf-8-bom") == 0;
    if (!found && !is_marked)
        return complain("--to-encoding '%s': give utf-8, utf-8-bom, utf-16, latin1 or windows-1252",
                        text);
    options->to_encoding = found ? found->encoding : CSV_UTF8;
    options->to_mark = is_marked || options->to_encoding == CSV_UTF16;
    return NULL;
}

static const char *read_decimal(struct options *options, const char *text)
{
    if (strcmp(text, ".") != 0 && strcmp(text, ",") != 0)
        return complain("--decimal '%s': give '.' or ','", text);
    options->csv.decimal = *text;
    return NULL;
}

static const char *read_dates(struct options *options, const char *text)
{
    static const char *const names[] = {
        [TYPED_DATES_DMY] = "dmy", [TYPED_DATES_MDY] = "mdy", [TYPED_DATES_YMD] = "ymd"};
    for (enum typed_dates i = TYPED_DATES_DMY; i <= TYPED_DATES_YMD; i++)
        if (strcmp(names[i], text) == 0) {
            options->csv.dates = i;
            return NULL;
        }
    return complain("--dates '%s': give dmy (31.12.2024), mdy (12/31/2024) or ymd", text);
}

static const char *read_tolerance(struct options *options, const char *text)
{
    char *end;
    options->tolerance = strtod(text, &end);
    options->has_tolerance = true;
    if (end == text || *end || !(options->tolerance >= 0) || !isfinite(options->tolerance))
        return complain("--tolerance '%s': give a number such as 0, 0.01 or 1e-9", text);
    return NULL;
}

static const char *read_memory(struct options *options, const char *text)
{
    if (human_parse_size(text, &options->memory_bytes) &&
        options->memory_bytes >= (uint64_t)MEMORY_MIN_MIB << 20)
        return NULL;
    return complain("--memory '%s': give a size such as 512M or 2G, %dM at least", text,
                    MEMORY_MIN_MIB);
}

static const char *read_color(struct options *options, const char *text)
{
    static const struct {
        const char *name;
        enum screen_colors colors;
    } names[] = {{"auto", SCREEN_COLORS_AUTO},
                 {"never", SCREEN_COLORS_NONE},
                 {"16", SCREEN_COLORS_16},
                 {"256", SCREEN_COLORS_256}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].name, text) == 0) {
            options->screen.colors = names[i].colors;
            return NULL;
        }
    return complain("--color '%s': give auto, never, 16 or 256", text);
}

static const char *read_valued(struct options *options, int option, const char *value)
{
    switch (option) {
    case OPTION_FROM:
        return read_from(options, value);
    case OPTION_TO:
        return read_to(options, value);
    case 'o':
        options->output = value;
        return *value ? NULL : complain("--output needs the name of a file, not ''");
    case OPTION_SHEET:
        options->sheet = value;
        return NULL;
    case OPTION_SEPARATOR:
        return read_separator(&options->csv.separator, value);
    case OPTION_TO_SEPARATOR:
        return read_separator(&options->to_separator, value);
    case OPTION_QUOTE:
        return read_quote(options, value);
    case OPTION_ENCODING:
        return read_encoding(options, value);
    case OPTION_TO_ENCODING:
        return read_to_encoding(options, value);
    case OPTION_DECIMAL:
        return read_decimal(options, value);
    case OPTION_DATES:
        return read_dates(options, value);
    case OPTION_TOLERANCE:
        return read_tolerance(options, value);
    case OPTION_MEMORY:
        return read_memory(options, value);
    default:
        return read_color(options, value);
    }
}

/* NULL: it takes a value. */
static bool *switch_of(struct options *options, int option)
{
    switch (option) {
    case 'f':
        return &options->force;
    case 'i':
        return &options->in_place;
    case 'q':
        return &options->quiet;
    case OPTION_TEXT:
        return &options->csv.all_text;
    case OPTION_FORMULAS:
        return &options->csv.formulas;
    case OPTION_SHOWN:
        return &options->csv.shown;
    case OPTION_JSON:
        return &options->json;
    case OPTION_RECALCULATE:
        return &options->recalculate;
    case OPTION_CHECK:
        return &options->check;
    case OPTION_VALUES:
        return &options->values;
    case OPTION_TYPED:
        return &options->typed;
    case OPTION_STRICT:
        return &options->strict;
    case OPTION_NO_JOURNAL:
        return &options->no_journal;
    case OPTION_ASCII:
        return &options->screen.ascii;
    case OPTION_NO_MOUSE:
        return &options->screen.no_mouse;
    default:
        return NULL;
    }
}

static const char *read_option(struct options *options, int option, const char *value)
{
    bool *set = switch_of(options, option);
    if (option == 'h' || option == 'V' || option == OPTION_FUNCTIONS) {
        options->way = option == 'h'   ? OPTIONS_HELP
                       : option == 'V' ? OPTIONS_VERSION
                                       : OPTIONS_FUNCTIONS;
    } else if (option == OPTION_HEADER || option == OPTION_NO_HEADER) {
        enum csv_header header = option == OPTION_HEADER ? CSV_HEADER_YES : CSV_HEADER_NO;
        if (options->csv.header != CSV_HEADER_GUESS && options->csv.header != header)
            return complain("--header and --no-header: one at a time");
        options->csv.header = header;
    } else if (set) {
        *set = true;
    } else {
        return read_valued(options, option, value);
    }
    return NULL;
}

/* ---- the line -------------------------------------------------------------------------------- */

/* Which options were given, to tell those that a command does not take. */
struct given {
    const char *names[sizeof limited / sizeof *limited];
};

static void remember(struct given *given, int option, const char *name)
{
    for (size_t i = 0; i < sizeof limited / sizeof *limited; i++)
        if (limited[i].option == option)
            given->names[i] = name;
}

static const char *name_of_option(int option)
{
    for (const struct option *known = long_options; known->name; known++)
        if (known->val == option)
            return known->name;
    return "";
}

static const char *read_options(struct options *options, struct given *given, int count,
                                char *arguments[])
{
    int option;
    const char *wrong = NULL;
    opterr = 0;
    optind = 0; /* anew: tests read several lines */
    while (!wrong &&
           (option = getopt_long(count, arguments, ":o:fiqhV", long_options, NULL)) != -1) {
        const char *word = arguments[optind - 1];
        if (option == ':')
            return complain("'%s' needs a value; see --help", word);
        if (option == '?' && optopt >= OPTION_FROM)
            return complain("'%s' takes no value; see --help", word);
        if (option == '?')
            return complain("unknown option '%s'; see --help",
                            optopt ? (char[]){'-', (char)optopt, 0} : word);
        remember(given, option, name_of_option(option));
        wrong = read_option(options, option, optarg);
        if (options_only_tell(options))
            return NULL;
    }
    return wrong;
}

static const char *command_name(enum options_way way)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (commands[i].way == way)
            return commands[i].name;
    return "the screen";
}

static bool read_way(struct options *options, const char *word)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, word) == 0) {
            options->way = commands[i].way;
            return true;
        }
    return false;
}

static const char *check_given(const struct options *options, const struct given *given)
{
    for (size_t i = 0; i < sizeof limited / sizeof *limited; i++)
        if (given->names[i] && !(limited[i].ways & FOR(options->way)))
            return complain("--%s is not for %s; see --help", given->names[i],
                            command_name(options->way));
    return NULL;
}

/* A command with an error in it, where no file is called so. */
static const char *check_word(const char *word)
{
    if (!*word || word[strspn(word, "abcdefghijklmnopqrstuvwxyz-")] || access(word, F_OK) == 0)
        return NULL;
    return complain("'%s' is no command, and no file; there are convert, get, set, calc, stat, "
                    "diff, run, help",
                    word);
}

/* How many words a command takes, the workbook among them. */
static const char *check_count(const struct options *options, size_t count)
{
    static const struct {
        size_t least, most;
        const char *usage;
    } counts[] = {
        [OPTIONS_SCREEN] = {0, 1, "steppe-sheet [FILE]"},
        [OPTIONS_CONVERT] = {2, 2, "steppe-sheet convert A B"},
        [OPTIONS_GET] = {1, SIZE_MAX, "steppe-sheet get FILE [RANGE...]"},
        [OPTIONS_SET] = {2, SIZE_MAX, "steppe-sheet set FILE CELL=VALUE... -o OUT"},
        [OPTIONS_CALC] = {1, 1, "steppe-sheet calc FILE [-o OUT]"},
        [OPTIONS_STAT] = {1, 1, "steppe-sheet stat FILE"},
        [OPTIONS_DIFF] = {2, 2, "steppe-sheet diff A B"},
        [OPTIONS_RUN] = {1, 2, "steppe-sheet run FILE [SCRIPT] [-o OUT]"},
    };
    if (count >= counts[options->way].least && count <= counts[options->way].most)
        return NULL;
    return complain("too %s arguments: %s", count < counts[options->way].least ? "few" : "many",
                    counts[options->way].usage);
}

static void take_words(struct options *options, char *words[], size_t count)
{
    options->path = count ? words[0] : NULL;
    if (options->way == OPTIONS_CONVERT)
        options->output = words[1];
    if (options->way == OPTIONS_DIFF)
        options->other_path = words[1];
    if (options->way == OPTIONS_RUN)
        options->script = count > 1 ? words[1] : "-";
    if ((options->way == OPTIONS_GET || options->way == OPTIONS_SET) && count > 1) {
        options->words = words + 1;
        options->word_count = count - 1;
    }
}

static bool is_standard(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

/* Told before the work, not after it. */
static const char *check_format(const struct options *options)
{
    if (!options->output || options->to || is_standard(options->output))
        return NULL;
    switch (workfile_format_of_name(options->output)) {
    case WORKFILE_UNKNOWN:
        return complain("%s: its name does not say in which format to write; choose a name with "
                        ".xlsx, .csv, .tsv or .json, or give --to",
                        options->output);
    case WORKFILE_ODS:
    case WORKFILE_FODS:
        return complain("%s: ODS is only read; choose .xlsx, .csv, .tsv or .json", options->output);
    default:
        return NULL;
    }
}

static enum workfile_format format_written(const struct options *options)
{
    return options->to ? options->to : workfile_format_of_name(options->output);
}

static const char *check_output(struct options *options)
{
    if (options->in_place && options->output)
        return complain("--in-place and --output: one at a time");
    if (options->in_place && is_standard(options->path))
        return complain("--in-place needs a file; standard input cannot be replaced");
    if (options->in_place)
        options->output = options->path;
    if (options->way == OPTIONS_SET && !options->output)
        return complain("set needs --output OUT, or --in-place");
    if (options->way == OPTIONS_GET && options->to == WORKFILE_XLSX)
        return complain("get prints tsv, csv or json; convert writes XLSX");
    if (((options->to && options->way != OPTIONS_GET) || options->strict) && !options->output)
        return complain("--to and --strict need --output OUT, or --in-place");
    const char *wrong = check_format(options);
    if (wrong)
        return wrong;
    if (options->way == OPTIONS_CONVERT && options->sheet &&
        format_written(options) == WORKFILE_XLSX)
        return complain("--sheet is for CSV, TSV and JSON: an XLSX gets all sheets");
    options->json = options->json || (options->way == OPTIONS_GET && options->to == WORKFILE_JSON);
    return NULL;
}

/* Of CSV. */
static char separator_written(const struct options *options)
{
    char separator = options->to_separator ? options->to_separator : options->csv.separator;
    return separator ? separator : ',';
}

static const char *check(struct options *options)
{
    if ((options->path && !*options->path) || (options->other_path && !*options->other_path) ||
        (options->output && !*options->output) || (options->script && !*options->script))
        return complain("a file needs a name, not ''");
    if (is_standard(options->path) && is_standard(options->other_path))
        return complain("standard input cannot be read twice: give one of the files a name");
    if (is_standard(options->path) && is_standard(options->script))
        return complain("standard input cannot be workbook and script both; give one a name");
    if (options->way == OPTIONS_SCREEN && is_standard(options->path))
        return complain("the screen needs a file to save to, not standard input; to print cells: "
                        "steppe-sheet get -");
    if (options->values && options->typed)
        return complain("--values and --typed: one at a time");
    if (options->csv.formulas && options->csv.shown)
        return complain("--formulas and --shown: one at a time");
    if (options->json && options->to && options->to != WORKFILE_JSON && options->way == OPTIONS_GET)
        return complain("--json and --to: one at a time");
    if (options->csv.quote && (options->csv.quote == options->csv.separator ||
                               options->csv.quote == separator_written(options)))
        return complain("'%c' cannot be both separator and quote", options->csv.quote);
    return check_output(options);
}

const char *options_read(struct options *options, int argument_count, char *arguments[])
{
    struct given given = {0};
    size_t behind_dashes = 0;
    *options = (struct options){.memory_bytes = STEPPE_NO_LIMIT};
    for (int i = 1; i < argument_count && !behind_dashes; i++) /* before getopt moves them */
        if (strcmp(arguments[i], "--") == 0)
            behind_dashes = (size_t)(argument_count - i - 1);
    const char *wrong = read_options(options, &given, argument_count, arguments);
    if (wrong || options_only_tell(options))
        return wrong;
    char **words = arguments + optind;
    size_t count = (size_t)(argument_count - optind);
    if (count > behind_dashes && read_way(options, words[0])) {
        words++;
        count--;
    }
    if (options_only_tell(options))
        return NULL;
    wrong = check_given(options, &given);
    if (!wrong && options->way == OPTIONS_SCREEN && count > 1)
        wrong = check_word(words[0]);
    if (!wrong)
        wrong = check_count(options, count);
    if (wrong)
        return wrong;
    take_words(options, words, count);
    return check(options);
}
