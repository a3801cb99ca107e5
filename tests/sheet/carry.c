/* SPDX-License-Identifier: MIT */
/* carry.c - very many cells moved, piece by piece: all of them, or none when memory is refused. */
#include "sheet/edits/carry.h"

#include <stdlib.h>

#include "support.h"

static struct book *book;
static struct sheet *one, *two;
static struct problem problem;

static void open_book(void)
{
    book = book_new(STEPPE_NO_LIMIT, &problem);
    one = book ? book_add_sheet(book, "One", SIZE_MAX, &problem) : NULL;
    two = one ? book_add_sheet(book, "Two", SIZE_MAX, &problem) : NULL;
    require(two, "%s", problem.text);
}

static double number_at(struct position position)
{
    return position.row * 20000.0 + position.column + 1;
}

/* A dense block and some cells far away. */
static uint64_t fill(struct area area, uint64_t *chance)
{
    for (uint32_t column = area.first.column; column <= area.last.column; column++)
        for (uint32_t row = area.first.row; row <= area.last.row; row++) {
            struct position position = {row, column};
            require(cell_set_value(book, one, position, value_number(number_at(position))));
        }
    for (int i = 0; i < 200; i++) {
        struct position position = {(uint32_t)random_below(chance, ROWS / 2),
                                    (uint32_t)random_below(chance, COLUMNS / 2)};
        require(cell_set_value(book, one, position, value_number(number_at(position))));
    }
    return grid_count(one->grid, area_of_all());
}

/* Every cell says where it was: it is so far down and right of there now. */
static void require_moved(const struct sheet *sheet, int64_t down, int64_t right, uint64_t count)
{
    struct grid_walk walk;
    uint64_t found = 0;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL; found++) {
        struct position was = {(uint32_t)(walk.position.row - down),
                               (uint32_t)(walk.position.column - right)};
        require(cell->number == number_at(was));
    }
    require_equal(found, count);
    require(grid_is_valid(sheet->grid));
}

static struct area dense(void)
{
    return (struct area){{100, 3}, {is_slow() ? 3000 : 40000, 7}};
}

START_TEST(areas)
{
    static const struct {
        uint32_t row, column; /* from 1000, 1000 on */
    } ways[] = {{1001, 1000}, {999, 1000}, {1000, 1003}, {1000, 998}, {6000, 1001},
                {500, 900},   {1256, 998}, {744, 1040},  {1000, 1000}};
    uint64_t chance = (uint64_t)_i + 1;
    open_book();
    uint64_t count = fill(dense(), &chance);
    struct area all = {{0, 0}, {ROWS / 2, COLUMNS / 2}};
    struct position start = {1000, 1000}, goal = {ways[_i].row, ways[_i].column};
    struct area moved = {start, {start.row + ROWS / 2, start.column + COLUMNS / 2}};
    require(carry_area(book, one, all, one, start, NULL));
    require_moved(one, 1000, 1000, count);
    require(carry_area(book, one, moved, one, goal, NULL));
    require_moved(one, goal.row, goal.column, count);
    moved.last = (struct position){goal.row + ROWS / 2, goal.column + COLUMNS / 2};
    moved.first = goal;
    require(carry_area(book, one, moved, two, (struct position){0, 0}, NULL));
    require_moved(one, 0, 0, 0);
    require_moved(two, 0, 0, count);
    book_free(book);
}
END_TEST

START_TEST(refused)
{
    uint64_t chance = 1, refused_count = 0, pages = 0;
    open_book();
    uint64_t count = fill(dense(), &chance);
    struct area all = {{0, 0}, {ROWS / 2, COLUMNS / 2}};
    struct position goal = {90000, 11};
    bool is_done = false;
    while (!is_done) {
        uint64_t charged_bytes = steppe_budget_charged_bytes(book->budget);
        require_ok(steppe_budget_set_limit(book->budget, charged_bytes + pages * 4096));
        is_done = carry_area(book, one, all, one, goal, NULL);
        require_equal(steppe_budget_limit_bytes(book->budget), charged_bytes + pages * 4096);
        require_ok(steppe_budget_set_limit(book->budget, STEPPE_NO_LIMIT));
        if (!is_done)
            require_moved(one, 0, 0, count);
        refused_count += !is_done;
        pages += 1 + pages / 4;
    }
    require(refused_count > 5);
    require_moved(one, goal.row, goal.column, count);
    book_free(book);
}
END_TEST

static bool stop_later(void *context, const char *doing, uint64_t done, uint64_t total)
{
    int *left = context;
    (void)doing, (void)done, (void)total;
    return --*left > 0;
}

START_TEST(stopped)
{
    uint64_t chance = 1;
    int left = 3;
    struct progress progress = {.step = stop_later, .context = &left};
    if (is_slow())
        skip_test("there are too few pieces");
    open_book();
    uint64_t count = fill(dense(), &chance);
    struct area all = {{0, 0}, {ROWS / 2, COLUMNS / 2}};
    require(!carry_area(book, one, all, one, (struct position){5, 0}, &progress));
    require_moved(one, 0, 0, count);
    book_free(book);
}
END_TEST

/* A random order of all lines, and back; refused in between. */
START_TEST(orders)
{
    enum { LINES = 5000 };
    static uint32_t list[LINES];
    uint64_t chance = 1;
    open_book();
    uint64_t count = fill((struct area){{0, 0}, {3000, 40}}, &chance);
    struct carry_order order = {
        .area = {{0, 0}, {ROWS - 1, COLUMNS - 1}}, .order = list, .count = LINES};
    order.by_columns = _i;
    for (uint32_t i = 0; i < LINES; i++)
        list[i] = i;
    for (uint32_t i = LINES - 1; i > 0; i--) {
        uint32_t other = (uint32_t)random_below(&chance, i + 1), line = list[i];
        list[i] = list[other];
        list[other] = line;
    }
    require_ok(steppe_budget_set_limit(book->budget,
                                       steppe_budget_charged_bytes(book->budget) + 512 * 1024));
    require(!carry_in_order(book, one, &order, NULL));
    require_moved(one, 0, 0, count);
    require_ok(steppe_budget_set_limit(book->budget, STEPPE_NO_LIMIT));
    require(carry_in_order(book, one, &order, NULL));
    for (uint32_t i = 0; i < LINES; i++) {
        struct position now = {_i ? 7 : i, _i ? i : 7}, was = {_i ? 7 : list[i], _i ? list[i] : 7};
        const struct cell *cell = grid_at(one->grid, now);
        require(!cell_is_used(cell) || cell->number == number_at(was));
    }
    order.is_inverse = true;
    require(carry_in_order(book, one, &order, NULL));
    require_moved(one, 0, 0, count);
    book_free(book);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("carry");
    TCase *tests = test_case(suite, "carry");
    tcase_add_loop_test(tests, areas, 0, 9);
    tcase_add_test(tests, refused);
    tcase_add_test(tests, stopped);
    tcase_add_loop_test(tests, orders, 0, 2);
    return test_main(suite);
}
