/* SPDX-License-Identifier: MIT */
/* csv_guess.c - separators and quotes by looking: see csv_guess.h. */
#include "sheet/files/csv_guess.h"

#include <string.h>
#include <strings.h>

enum {
    COUNTS_MAX = 1024, /* separators in a line; those with more count as so many */
    SHARE_LEAST = 50,  /* percent of the lines; below, it is no table */
    SHARE_MORE = 5     /* percent */
};

/* The first is taken where others are as good. */
static const char separators[] = "\t;|,";

/* How well a separator fits. */
struct fit {
    char separator;
    size_t lines;             /* that are not empty */
    size_t alike, alike_with; /* the most that have one number of separators, and which */
    size_t with_any;
    size_t odd_quotes; /* in the midst of fields, or never closed: a wrong separator has those */
};

struct scan {
    const char *at, *end;
    char separator, quote;
};

/* ---- lines and fields -------------------------------------------------------------------------
 */

struct quotes {
    size_t closed; /* fields in quotes */
    size_t odd;    /* quotes elsewhere */
};

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_field_end(const struct scan *scan)
{
    return scan->at == scan->end || is_line_end(*scan->at) || *scan->at == scan->separator;
}

/* Over a field in quotes. false: something else stands behind the last quote, or there is none. */
static bool pass_quoted(struct scan *scan)
{
    for (scan->at++; scan->at < scan->end; scan->at++) {
        if (*scan->at != scan->quote)
            continue;
        scan->at++;
        if (scan->at == scan->end || *scan->at != scan->quote)
            return is_field_end(scan);
    }
    return false;
}

static void pass_field(struct scan *scan, struct quotes *quotes)
{
    if (!is_field_end(scan) && *scan->at == scan->quote)
        ++*(pass_quoted(scan) ? &quotes->closed : &quotes->odd);
    for (; !is_field_end(scan); scan->at++)
        quotes->odd += *scan->at == scan->quote;
}

/* Over a line; how many separators it has. */
static size_t pass_line(struct scan *scan, struct quotes *quotes)
{
    size_t count = 0;
    for (;; count++) {
        pass_field(scan, quotes);
        if (scan->at == scan->end || is_line_end(*scan->at))
            break;
        scan->at++;
    }
    while (scan->at < scan->end && is_line_end(*scan->at))
        scan->at++;
    return count;
}

/* ---- separators -------------------------------------------------------------------------------
 */

static struct fit fit_of(struct scan scan, bool is_all)
{
    size_t counts[COUNTS_MAX + 1] = {0};
    struct quotes quotes = {0};
    struct fit fit = {.separator = scan.separator};
    while (scan.at < scan.end) {
        size_t count = pass_line(&scan, &quotes);
        if (scan.at == scan.end && !is_all && fit.lines > 0)
            break; /* the rest of the line is not known */
        fit.lines++;
        fit.with_any += count > 0;
        counts[count < COUNTS_MAX ? count : COUNTS_MAX]++;
    }
    fit.odd_quotes = quotes.odd;
    for (size_t count = 1; count <= COUNTS_MAX; count++)
        if (counts[count] > fit.alike) {
            fit.alike = counts[count];
            fit.alike_with = count;
        }
    return fit;
}

static size_t percent(size_t part, size_t whole)
{
    return whole ? part * 100 / whole : 0;
}

/* Is the second one clearly better? */
static bool is_better(const struct fit *best, const struct fit *fit)
{
    size_t best_share = percent(best->alike, best->lines), share = percent(fit->alike, fit->lines);
    if (fit->with_any == 0 || best->with_any == 0)
        return fit->with_any > 0;
    if (best->odd_quotes != fit->odd_quotes)
        return fit->odd_quotes < best->odd_quotes;
    if (best_share < SHARE_LEAST && share < SHARE_LEAST)
        return percent(fit->with_any, fit->lines) > percent(best->with_any, best->lines);
    if (best->lines == 1 && fit->lines == 1)
        return fit->alike_with > best->alike_with;
    return share > best_share + SHARE_MORE;
}

static char guess_separator(const struct scan *scan, bool is_all)
{
    struct fit best = {.separator = ','};
    for (size_t i = 0; separators[i]; i++) {
        struct scan one = *scan;
        if (separators[i] == scan->quote)
            continue;
        one.separator = separators[i];
        struct fit fit = fit_of(one, is_all);
        if (is_better(&best, &fit))
            best = fit;
    }
    return best.separator;
}

/* ---- quotes -----------------------------------------------------------------------------------
 */

static struct quotes count_quotes(struct scan scan, char separator, char quote)
{
    struct quotes quotes = {0};
    scan.separator = separator;
    scan.quote = quote;
    while (scan.at < scan.end)
        (void)pass_line(&scan, &quotes);
    return quotes;
}

/* An apostrophe, where it stands around fields and nowhere else, and there are no quotation marks.
 */
static char guess_quote(const struct scan *scan, char separator)
{
    const char *candidates = separator ? (const char[]){separator, '\0'} : separators;
    bool is_likely = false;
    for (size_t i = 0; candidates[i]; i++) {
        struct quotes marks = count_quotes(*scan, candidates[i], '"');
        struct quotes apostrophes = count_quotes(*scan, candidates[i], '\'');
        if (marks.closed || marks.odd)
            return '"';
        is_likely |= apostrophes.closed > 1 && !apostrophes.odd;
    }
    return is_likely ? '\'' : '"';
}

/* ---- both -------------------------------------------------------------------------------------
 */

/* "sep=;" and the line's end. */
static bool read_sep_line(const char *text, size_t text_bytes, struct csv_dialect *dialect)
{
    if (text_bytes < 6 || strncasecmp(text, "sep=", 4) != 0 || !is_line_end(text[5]))
        return false;
    dialect->separator = text[4];
    dialect->skip_bytes = text_bytes > 6 && text[5] == '\r' && text[6] == '\n' ? 7 : 6;
    return true;
}

struct csv_dialect csv_guess(const char *text, size_t text_bytes, bool is_all, char separator,
                             char quote)
{
    struct csv_dialect dialect = {.separator = separator, .quote = quote};
    if (!separator)
        (void)read_sep_line(text, text_bytes, &dialect); /* most have none */
    struct scan scan = {.at = text + dialect.skip_bytes, .end = text + text_bytes};
    if (!quote)
        dialect.quote = guess_quote(&scan, dialect.separator);
    scan.quote = dialect.quote;
    if (!dialect.separator)
        dialect.separator = guess_separator(&scan, is_all);
    return dialect;
}
