/* SPDX-License-Identifier: MIT */
/*
 * line_span.c - what is said of rows and columns: see book.h.
 *
 * Spans stand in order, none meets another, none is as the default, and two that touch differ. They
 * lie in an array of the library (steppe/array.h), which is made with the first of them.
 */
#include <steppe/array.h>

#include "sheet/book/book.h"

static bool is_default(const struct line_span *span)
{
    return span->size == 0 && !span->is_hidden && !span->style;
}

static bool is_alike(const struct line_span *a, const struct line_span *b)
{
    return a->size == b->size && a->is_hidden == b->is_hidden && a->style == b->style;
}

/* The first span that ends at a line or behind it. */
static size_t first_from(const struct line_spans *spans, uint32_t line)
{
    size_t low = 0, high = spans->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (spans->spans[middle].last < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct line_span *line_span_at(const struct line_spans *spans, uint32_t line)
{
    size_t at = first_from(spans, line);
    return at < spans->count && spans->spans[at].first <= line ? &spans->spans[at] : NULL;
}

style_id sheet_style_of_lines(const struct sheet *sheet, struct position position)
{
    const struct line_span *row = line_span_at(&sheet->rows, position.row);
    const struct line_span *column = line_span_at(&sheet->columns, position.column);
    if (row && row->style)
        return row->style;
    return column ? column->style : 0;
}

/* ---- setting --------------------------------------------------------------------------------- */

/* What comes in place of the spans that the new one meets or touches: the rest of the first, the
 * new one, the rest of the last. */
struct pieces {
    struct line_span spans[3];
    size_t count;
};

static void put_piece(struct pieces *pieces, const struct line_span *span)
{
    struct line_span *last = pieces->count ? &pieces->spans[pieces->count - 1] : NULL;
    if (is_default(span))
        return;
    if (last && last->last + 1 == span->first && is_alike(last, span))
        last->last = span->last;
    else
        pieces->spans[pieces->count++] = *span;
}

static bool make_array(struct line_spans *spans)
{
    steppe_options memory = {.budget = spans->budget, .name = "lines"};
    if (!spans->spans)
        spans->spans = steppe_array_new(struct line_span, ROWS, &memory);
    return spans->spans != NULL;
}

/* Put the pieces in place of so many spans. */
static bool replace(struct line_spans *spans, size_t at, size_t old_count,
                    const struct pieces *pieces)
{
    if (pieces->count > old_count &&
        !steppe_array_insert(spans->spans, at, pieces->count - old_count))
        return false;
    if (pieces->count < old_count) /* fewer are never refused */
        (void)steppe_array_remove(spans->spans, at, old_count - pieces->count);
    for (size_t i = 0; i < pieces->count; i++)
        spans->spans[at + i] = pieces->spans[i];
    spans->count = (size_t)steppe_array_count(spans->spans);
    return true;
}

bool line_span_set(struct line_spans *spans, const struct line_span *span)
{
    struct pieces pieces = {.count = 0};
    size_t at = first_from(spans, span->first ? span->first - 1 : 0), end = at;
    while (end < spans->count && spans->spans[end].first <= (uint64_t)span->last + 1)
        end++;
    if (end > at && spans->spans[at].first < span->first) {
        struct line_span before = spans->spans[at];
        before.last = before.last < span->first ? before.last : span->first - 1;
        put_piece(&pieces, &before);
    }
    put_piece(&pieces, span);
    if (end > at && spans->spans[end - 1].last > span->last) {
        struct line_span behind = spans->spans[end - 1];
        behind.first = behind.first > span->last ? behind.first : span->last + 1;
        put_piece(&pieces, &behind);
    }
    if (!pieces.count && end == at)
        return true;
    return make_array(spans) && replace(spans, at, end - at, &pieces);
}

/* ---- lines that come and go ------------------------------------------------------------------ */

/* false: nothing of it is left within the limit. */
static bool insert_into(struct line_span *span, uint32_t first, uint64_t count, uint32_t limit)
{
    uint64_t begin = span->first, end = span->last;
    begin += begin >= first ? count : 0;
    end += end >= first ? count : 0;
    if (begin >= limit)
        return false;
    span->first = (uint32_t)begin;
    span->last = end < limit ? (uint32_t)end : limit - 1;
    return true;
}

static bool delete_from(struct line_span *span, uint32_t first, uint64_t count)
{
    uint64_t behind = first + count; /* the first line that stays behind those that go */
    uint64_t begin = span->first, end = (uint64_t)span->last + 1;
    if (begin >= first)
        begin = begin < behind ? first : begin - count;
    if (end > first)
        end = end < behind ? first : end - count;
    if (begin == end)
        return false;
    span->first = (uint32_t)begin;
    span->last = (uint32_t)(end - 1);
    return true;
}

bool line_spans_shift(struct line_spans *spans, uint32_t first, int64_t count, uint32_t limit)
{
    uint64_t lines = count < 0 ? -(uint64_t)count : (uint64_t)count;
    size_t kept = 0;
    if (lines > limit)
        lines = limit;
    for (size_t i = 0; i < spans->count; i++) {
        struct line_span span = spans->spans[i];
        struct line_span *last = kept ? &spans->spans[kept - 1] : NULL;
        if (count < 0 ? !delete_from(&span, first, lines)
                      : !insert_into(&span, first, lines, limit))
            continue;
        if (last && last->last + 1 == span.first && is_alike(last, &span))
            last->last = span.last;
        else
            spans->spans[kept++] = span;
    }
    spans->count = kept;
    if (spans->spans)
        (void)steppe_array_resize(spans->spans, kept); /* fewer are never refused */
    return true;
}

void line_spans_free(struct line_spans *spans)
{
    (void)steppe_array_free(spans->spans); /* it is one, or null */
    spans->spans = NULL;
    spans->count = 0;
}
