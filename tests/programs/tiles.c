/* SPDX-License-Identifier: MIT */
/* tiles.c - units as cells, against counting. */
#include "map/tiles.h"

#include "random.h"
#include "support.h"

START_TEST(small)
{
    struct tiles tiles = {0};
    int column, row;
    tiles_resize(&tiles, 25, 10, 4);
    require(tiles.is_fitted && tiles.units_per_cell == 1 && tiles.first == 0);
    require_equal(tiles_span_at(&tiles, 4, 2).first, 24);
    require_equal(tiles_span_at(&tiles, 4, 2).count, 1);
    require_equal(tiles_span_at(&tiles, 5, 2).count, 0);
    require_equal(tiles_span_at(&tiles, 10, 0).count, 0);
    require_equal(tiles_span_at(&tiles, -1, 0).count, 0);
    require(tiles_find(&tiles, 24, &column, &row) && column == 4 && row == 2);
    require(!tiles_find(&tiles, 25, &column, &row));
    /* Nearer than one unit a cell it does not go. */
    tiles_zoom(&tiles, 3, 7);
    require(tiles.units_per_cell == 1 && tiles.first == 0);
}
END_TEST

START_TEST(nothing_and_nowhere)
{
    struct tiles tiles = {0};
    int column, row;
    tiles_resize(&tiles, 0, 10, 4);
    require(tiles_is_valid(&tiles));
    require_equal(tiles_span_at(&tiles, 0, 0).count, 0);
    require(!tiles_find(&tiles, 0, &column, &row));
    tiles_zoom(&tiles, -1, 0);
    tiles_scroll(&tiles, 1);
    tiles_reveal(&tiles, 0);
    tiles_resize(&tiles, 1000, 0, 0);
    require(tiles_is_valid(&tiles));
    tiles_scroll(&tiles, -1);
    tiles_reveal(&tiles, 999);
    tiles_resize(&tiles, 1000, 10, 10);
    require(tiles.units_per_cell == 16 && tiles.is_fitted);
}
END_TEST

START_TEST(zooming_keeps_the_place)
{
    struct tiles tiles = {0};
    int column, row, then_column, then_row;
    uint64_t unit = 123456789;
    tiles_resize(&tiles, UINT64_C(1) << 40, 64, 16);
    require_equal(tiles.units_per_cell, UINT64_C(1) << 30);
    require(tiles_find(&tiles, unit, &column, &row));
    tiles_zoom(&tiles, 30, unit);
    require_equal(tiles.units_per_cell, 1);
    require(tiles_find(&tiles, unit, &then_column, &then_row));
    require(column == then_column && row == then_row && !tiles.is_fitted);
    tiles_reveal(&tiles, 0);
    require(tiles.first == 0);
    tiles_reveal(&tiles, tiles.unit_count - 1);
    require(tiles_find(&tiles, tiles.unit_count - 1, &column, &row) && row == 15);
    tiles_scroll(&tiles, INT64_MAX);
    require(tiles_find(&tiles, tiles.unit_count - 1, &column, &row) && row == 15);
    tiles_scroll(&tiles, INT64_MIN);
    require(tiles.first == 0);
    tiles_zoom(&tiles, -64, 5);
    require(tiles.is_fitted && tiles.first == 0);
}
END_TEST

/* What every cell shows, one after the other, is a row of units without gaps. */
static void require_consistent(const struct tiles *tiles)
{
    uint64_t expected = tiles->first;
    require(tiles_is_valid(tiles));
    for (int row = 0; row < tiles->rows; row++)
        for (int column = 0; column < tiles->columns; column++) {
            struct tiles_span span = tiles_span_at(tiles, column, row);
            int found_column, found_row;
            if (!span.count) {
                require(expected == tiles->unit_count || !tiles->columns || !tiles->rows);
                continue;
            }
            require_equal(span.first, expected);
            expected += span.count;
            require(tiles_find(tiles, expected - 1, &found_column, &found_row));
            require(found_column == column && found_row == row);
        }
}

START_TEST(whatever_is_done)
{
    uint64_t random = (uint64_t)_i + 1;
    struct tiles tiles = {0};
    tiles_resize(&tiles, 0, 0, 0);
    for (int i = 0; i < 2000; i++) {
        uint64_t count = tiles.unit_count, unit = count ? random_below(&random, count) : 0;
        switch (random_below(&random, 5)) {
        case 0:
            count = random_below(&random, UINT64_C(1) << random_below(&random, 63));
            tiles_resize(&tiles, count, (int)random_below(&random, 40),
                         (int)random_below(&random, 20));
            break;
        case 1:
            tiles_zoom(&tiles, (int)random_below(&random, 9) - 4, unit);
            break;
        case 2:
            tiles_scroll(&tiles, (int64_t)random_below(&random, 31) - 15);
            break;
        case 3:
            tiles_reveal(&tiles, unit);
            if (unit < tiles.unit_count && tiles.columns && tiles.rows) {
                int column, row;
                require(tiles_find(&tiles, unit, &column, &row));
            }
            break;
        default:
            tiles_fit(&tiles);
            require_equal(tiles.first, 0);
        }
        require_consistent(&tiles);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tiles");
    TCase *plain = test_case(suite, "plain");
    tcase_add_test(plain, small);
    tcase_add_test(plain, nothing_and_nowhere);
    tcase_add_test(plain, zooming_keeps_the_place);
    tcase_add_loop_test(plain, whatever_is_done, 0, 10);
    return test_main(suite);
}
