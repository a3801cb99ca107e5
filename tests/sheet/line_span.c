/* SPDX-License-Identifier: MIT */
/* line_span.c - widths and heights, against an array with an entry for each line. */
#include <string.h>

#include "sheet/book/book.h"
#include "support.h"

enum { LINES = 60 };

struct line {
    double size;
    bool is_hidden;
    style_id style;
};

static bool is_plain(struct line line)
{
    return line.size == 0 && !line.is_hidden && !line.style;
}

static bool is_same(struct line line, const struct line_span *span)
{
    return line.size == span->size && line.is_hidden == span->is_hidden &&
           line.style == span->style;
}

static void require_model(const struct line_spans *spans, const struct line *model)
{
    for (uint32_t line = 0; line < LINES; line++) {
        const struct line_span *span = line_span_at(spans, line);
        if (is_plain(model[line]))
            require(!span, "line %u", line);
        else
            require(span && span->first <= line && line <= span->last && is_same(model[line], span),
                    "line %u", line);
    }
    for (size_t i = 0; i < spans->count; i++) {
        const struct line_span *span = &spans->spans[i], *before = i ? span - 1 : NULL;
        require(span->first <= span->last && span->last < LINES);
        if (before)
            require(before->last < span->first);
        if (before && before->last + 1 == span->first)
            require(before->size != span->size || before->is_hidden != span->is_hidden ||
                    before->style != span->style);
    }
}

static void model_shift(struct line *model, uint32_t first, int64_t count)
{
    struct line old[LINES];
    memcpy(old, model, sizeof old);
    for (int64_t line = 0; line < LINES; line++) {
        int64_t from = line;
        if (line >= first)
            from = line - count;
        if (count > 0 && line >= first && line < first + count) {
            /* New: as those on both sides of it, if they are of one span. */
            bool inside =
                first && first < LINES && !memcmp(&old[first - 1], &old[first], sizeof old[0]);
            model[line] = inside ? old[first] : (struct line){0};
            continue;
        }
        model[line] = from < LINES ? old[from] : (struct line){0};
    }
}

START_TEST(as_an_array)
{
    uint64_t chance = (uint64_t)_i + 1;
    struct line_spans spans = {0};
    struct line model[LINES];
    memset(model, 0, sizeof model);
    for (int step = 0; step < 3000; step++) {
        uint32_t a = (uint32_t)random_below(&chance, LINES);
        uint32_t b = (uint32_t)random_below(&chance, LINES);
        if (random_below(&chance, 5)) {
            struct line_span span = {.first = a < b ? a : b, .last = a < b ? b : a};
            if (random_below(&chance, 3))
                span.last = span.first;
            if (random_below(&chance, 3))
                span.size = (double)random_below(&chance, 3);
            span.is_hidden = !random_below(&chance, 8);
            span.style = (style_id)!random_below(&chance, 8);
            require(line_span_set(&spans, &span));
            for (uint32_t line = span.first; line <= span.last; line++) {
                memset(&model[line], 0, sizeof model[line]);
                model[line].size = span.size;
                model[line].is_hidden = span.is_hidden;
                model[line].style = span.style;
            }
        } else {
            int64_t count = (int64_t)random_below(&chance, 7) - 3;
            require(line_spans_shift(&spans, a, count, LINES));
            model_shift(model, a, count);
        }
        require_model(&spans, model);
    }
    line_spans_free(&spans);
    require(!spans.spans && !spans.count);
}
END_TEST

START_TEST(at_the_edges)
{
    struct line_spans spans = {0};
    require(!line_span_at(&spans, 0));
    require(line_spans_shift(&spans, 0, 5, ROWS) && line_spans_shift(&spans, 0, -5, ROWS));
    require(line_span_set(&spans, &(struct line_span){.first = 0, .last = ROWS - 1, .size = 3}));
    require_equal(spans.count, 1);
    require(line_span_set(&spans, &(struct line_span){.first = ROWS - 1, .last = ROWS - 1}));
    require(!line_span_at(&spans, ROWS - 1) && line_span_at(&spans, ROWS - 2));
    require(line_spans_shift(&spans, 0, INT64_MAX, ROWS));
    require_equal(spans.count, 0);
    require(line_span_set(&spans, &(struct line_span){.first = 7, .last = 9, .size = 3}));
    require(line_spans_shift(&spans, 0, INT64_MIN, ROWS));
    require_equal(spans.count, 0);
    line_spans_free(&spans);
}
END_TEST

START_TEST(refused)
{
    steppe_budget *budget = steppe_budget_new(0);
    struct line_spans spans = {.budget = budget};
    struct line_span span = {.first = 3, .last = 3, .size = 1};
    require(line_span_set(&spans, &(struct line_span){.first = 3, .last = 3}), "nothing to keep");
    require(!line_span_set(&spans, &span));
    require_equal(steppe_last_status(), STEPPE_E_BUDGET);
    require_ok(steppe_budget_set_limit(budget, 4 * steppe_page_bytes()));
    uint32_t count = 0;
    for (; count < 10000; count++) {
        span.first = span.last = 2 * count;
        if (!line_span_set(&spans, &span))
            break;
    }
    require(count > 0 && count < 10000);
    require_equal(spans.count, count);
    require(line_span_at(&spans, 2 * count - 2) && !line_span_at(&spans, 2 * count));
    line_spans_free(&spans);
    require_ok(steppe_budget_free(budget));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("line_span");
    TCase *plain = test_case(suite, "plain");
    tcase_add_test(plain, at_the_edges);
    tcase_add_test(plain, refused);
    tcase_add_loop_test(plain, as_an_array, 0, 6);
    return test_main(suite);
}
