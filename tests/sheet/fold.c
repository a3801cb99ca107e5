/* SPDX-License-Identifier: MIT */
/* fold.c - names in either case, and bytes that are no names at all. */
#include "sheet/values/fold.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

static bool is_same(const char *a, const char *b)
{
    return fold_is(a, strlen(a), b, strlen(b));
}

START_TEST(same_but_for_case)
{
    require(is_same("", "") && is_same("Sheet1", "sHEET1") && is_same("ÄÖÜ", "äöü"));
    require(is_same("ΑΒΓ", "αβγ") && is_same("ЖЗ", "жз"));
    require(!is_same("a", "") && !is_same("", "a") && !is_same("ab", "a") && !is_same("a", "ä"));
    require(!is_same("@", "`") && !is_same("[", "{"), "not letters");
    require(is_same("\xff\xc3", "\xff\xc3") && !is_same("\xff", "\xfe"), "no UTF-8, yet bytes");
    require(!is_same("\xff", "\xef\xbf\xbd"), "nor the sign for what cannot be read");
}
END_TEST

START_TEST(characters)
{
    uint32_t character;
    require(fold_decode("a", 1, &character) == 1 && character == 'a');
    require(fold_decode("€x", 4, &character) == 3 && character == 0x20AC);
    require(fold_decode("€", 2, &character) == 1 && character == 0xFFFD);
    require(fold_decode("\xed\xa0\x80", 3, &character) == 1 && character == 0xFFFD);
    char folded[4];
    require_equal(fold_text("ÄB", 3, folded, 4), 3);
    require(!memcmp(folded, "äb", 3));
    require_equal(fold_text("ÄBC", 4, folded, 3), SIZE_MAX);
    require_equal(fold_text("", 0, folded, 0), 0);
}
END_TEST

/* Both ways of asking say the same, and nobody reads or writes beyond the end. */
START_TEST(any_bytes)
{
    static const char some[] = "aAbB\xc3\xa4\x84\xe2\x82\xac\xff\xf0\x9f";
    uint64_t chance = (uint64_t)_i + 1, same_count = 0;
    for (int round = 0; round < 50000; round++) {
        size_t sizes[2];
        char *texts[2], folded[2][64];
        size_t folded_bytes[2];
        for (int i = 0; i < 2; i++) {
            sizes[i] = random_below(&chance, 4);
            texts[i] = malloc(sizes[i] ? sizes[i] : 1);
            require(texts[i]);
            for (size_t at = 0; at < sizes[i]; at++)
                texts[i][at] = some[random_below(&chance, sizeof some - 1)];
            folded_bytes[i] = fold_text(texts[i], sizes[i], folded[i], sizeof folded[i]);
            require(folded_bytes[i] <= sizeof folded[i]);
        }
        bool same =
            folded_bytes[0] == folded_bytes[1] && !memcmp(folded[0], folded[1], folded_bytes[0]);
        require(same == fold_is(texts[0], sizes[0], texts[1], sizes[1]));
        same_count += same;
        free(texts[0]);
        free(texts[1]);
    }
    require(same_count > 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fold");
    TCase *plain = test_case(suite, "plain");
    tcase_add_test(plain, same_but_for_case);
    tcase_add_test(plain, characters);
    tcase_add_loop_test(plain, any_bytes, 0, 4);
    return test_main(suite);
}
