/* SPDX-License-Identifier: MIT */
/* sheet_merge.c - merged areas, against looking at all of them. */
#include <string.h>

#include "sheet/book/book.h"
#include "support.h"

static struct area random_area(uint64_t *chance)
{
    uint32_t rows = UINT32_C(1) << random_below(chance, 14);
    uint32_t columns = UINT32_C(1) << random_below(chance, 10);
    struct position corner = {(uint32_t)random_below(chance, ROWS >> random_below(chance, 12)),
                              (uint32_t)random_below(chance, COLUMNS >> random_below(chance, 8))};
    struct position other = {corner.row + (uint32_t)random_below(chance, rows),
                             corner.column + (uint32_t)random_below(chance, columns)};
    other.row = other.row < ROWS ? other.row : ROWS - 1;
    other.column = other.column < COLUMNS ? other.column : COLUMNS - 1;
    return area_of(corner, other);
}

static size_t count_meeting(const struct area *areas, size_t count, struct area area)
{
    size_t found = 0;
    struct area common;
    for (size_t i = 0; i < count; i++)
        found += area_meet(areas[i], area, &common);
    return found;
}

static size_t model_remove(struct area *areas, size_t count, struct area area)
{
    size_t kept = 0;
    struct area common;
    for (size_t i = 0; i < count; i++)
        if (!area_meet(areas[i], area, &common))
            areas[kept++] = areas[i];
    return kept;
}

static void require_model(const struct sheet *sheet, const struct area *areas, size_t count,
                          uint64_t *chance)
{
    require_equal(sheet->merge_count, count);
    for (size_t i = 0; i < count; i++) {
        struct area area = areas[i];
        struct position inside = {area.first.row + (uint32_t)random_below(chance, area_rows(area)),
                                  area.first.column +
                                      (uint32_t)random_below(chance, area_columns(area))};
        const struct area *found = sheet_merge_at(sheet, inside);
        require(found && position_is(found->first, area.first) &&
                position_is(found->last, area.last));
        require(found >= sheet->merges && found < sheet->merges + count);
    }
    for (int i = 0; i < 50; i++) {
        struct area area = random_area(chance);
        require(sheet_meets_merge(sheet, area) == (count_meeting(areas, count, area) != 0));
        require((sheet_merge_at(sheet, area.first) != NULL) ==
                (count_meeting(areas, count, area_of_one(area.first)) != 0));
    }
}

START_TEST(as_a_list)
{
    static struct area areas[20000];
    uint64_t chance = (uint64_t)_i + 1;
    struct sheet sheet = {0};
    size_t count = 0;
    for (unsigned step = 0; step < (is_slow() ? 1000 : 6000); step++) {
        struct area area = random_area(&chance);
        if (random_below(&chance, 20)) {
            bool may = !area_is_one(area) && !count_meeting(areas, count, area);
            require(sheet_merge(&sheet, area) == may, "%s", area_name(area).text);
            if (may)
                areas[count++] = area;
        } else {
            size_t kept = model_remove(areas, count, area);
            require(sheet_unmerge(&sheet, area) == (kept < count));
            count = kept;
        }
        if (step % 300 == 0)
            require_model(&sheet, areas, count, &chance);
    }
    require(count > 20);
    require_model(&sheet, areas, count, &chance);
    require(sheet_unmerge(&sheet, area_of_all()) && !sheet.merge_count);
    require(!sheet_unmerge(&sheet, area_of_all()));
    sheet_free_merges(&sheet);
    require(!sheet_merge_at(&sheet, (struct position){0, 0}));
}
END_TEST

START_TEST(as_many_as_there_may_be)
{
    struct sheet sheet = {0};
    for (uint32_t i = 0; i < MERGES_MAX; i++)
        require(sheet_merge(&sheet, (struct area){{i, 0}, {i, i % 5 + 1}}));
    require(!sheet_merge(&sheet, (struct area){{MERGES_MAX, 0}, {MERGES_MAX, 1}}));
    require_equal(sheet.merge_count, MERGES_MAX);
    for (uint32_t i = 0; i < MERGES_MAX; i++)
        require(sheet_merge_at(&sheet, (struct position){i, 1})->first.row == i);
    sheet_free_merges(&sheet);
}
END_TEST

START_TEST(refused)
{
    steppe_budget *budget = steppe_budget_new(0);
    struct sheet sheet = {.columns.budget = budget};
    for (uint64_t pages = 0; pages < 16; pages++) {
        uint32_t count = (uint32_t)sheet.merge_count;
        require_ok(steppe_budget_set_limit(budget, pages * steppe_page_bytes()));
        while (sheet_merge(&sheet, (struct area){{count, 0}, {count, 2}}))
            count++;
        require_equal(steppe_last_status(), STEPPE_E_BUDGET);
        require_equal(sheet.merge_count, count);
        for (uint32_t i = 0; i < count; i++)
            require(sheet_merge_at(&sheet, (struct position){i, 1})->first.row == i);
        require(!sheet_merge_at(&sheet, (struct position){count, 1}));
    }
    require(sheet.merge_count > 100);
    sheet_free_merges(&sheet);
    require_equal(steppe_budget_charged_bytes(budget), 0);
    require_ok(steppe_budget_free(budget));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sheet_merge");
    TCase *plain = test_case(suite, "plain");
    tcase_add_test(plain, as_many_as_there_may_be);
    tcase_add_test(plain, refused);
    tcase_add_loop_test(plain, as_a_list, 0, 6);
    return test_main(suite);
}
