/* SPDX-License-Identifier: MIT */
/*
 * test_api_names.c - every public name and sentence, and what happens to values that have none.
 */
#include "../support/support.h"

#include <string.h>

START_TEST(statuses_have_names_and_sentences)
{
    static const struct {
        steppe_status status;
        int number;
        const char *name, *text;
    } listed[] = {
#define LISTED(name, number, text) {name, number, #name, text},
        STEPPE_STATUS_LIST(LISTED)
#undef LISTED
    };
    for (size_t i = 0; i < array_count(listed); i++) {
        require(listed[i].status == (steppe_status)listed[i].number);
        require(strcmp(steppe_status_name(listed[i].status), listed[i].name) == 0);
        require(strcmp(steppe_status_text(listed[i].status), listed[i].text) == 0);
        require(listed[i].text[strlen(listed[i].text) - 1] != '.');
        for (size_t j = 0; j < i; j++)
            require(listed[i].number != listed[j].number &&
                    strcmp(listed[i].text, listed[j].text) != 0);
    }
}
END_TEST

START_TEST(numbers_that_are_no_status)
{
    const int numbers[] = {-1, 26, 1000, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < array_count(numbers); i++) {
        require(strcmp(steppe_status_name((steppe_status)numbers[i]), "STEPPE_E_?") == 0, "%d: %s",
                numbers[i], steppe_status_name((steppe_status)numbers[i]));
        require(strcmp(steppe_status_text((steppe_status)numbers[i]), "not a status") == 0);
    }
}
END_TEST

START_TEST(numbers_of_statuses_never_change)
{
    require(STEPPE_OK == 0 && STEPPE_E_NULL == 1 && STEPPE_E_SIZE == 2 && STEPPE_E_OPTION == 3);
    require(STEPPE_E_ADDRESS == 4 && STEPPE_E_NOT_RESERVED == 5 && STEPPE_E_NOT_BASE == 6);
    require(STEPPE_E_OUTSIDE == 7 && STEPPE_E_NOT_COMMITTED == 8 && STEPPE_E_PROTECTION == 9);
    require(STEPPE_E_GUARD == 10 && STEPPE_E_BUDGET == 11 && STEPPE_E_ADDRESS_IN_USE == 12);
    require(STEPPE_E_ADDRESS_SPACE == 13 && STEPPE_E_MEMORY == 14 && STEPPE_E_MAP_COUNT == 15);
    require(STEPPE_E_MECHANISM == 16 && STEPPE_E_UNSUPPORTED == 17 && STEPPE_E_IN_USE == 18);
    require(STEPPE_E_NO_BUDGET == 19 && STEPPE_E_UNMAPPED == 20 && STEPPE_E_SYSTEM == 21);
    require(STEPPE_E_NOT_CONTAINER == 22 && STEPPE_E_FILE == 23 && STEPPE_E_FOREIGN == 24);
    require(STEPPE_E_DAMAGED == 25);
}
END_TEST

START_TEST(states_protections_accesses_mechanisms)
{
    require(strcmp(steppe_state_name(STEPPE_FREE), "free") == 0);
    require(strcmp(steppe_state_name(STEPPE_RESERVED), "reserved") == 0);
    require(strcmp(steppe_state_name(STEPPE_COMMITTED), "committed") == 0);
    require(strcmp(steppe_state_name((steppe_state)3), "?") == 0);
    require(strcmp(steppe_state_name((steppe_state)-1), "?") == 0);

    static const char *const names[] = {"read-write", "read-only",    "no-access",
                                        "execute",    "execute-read", "execute-read-write"};
    for (uint32_t i = 0; i < array_count(names); i++) {
        require(strcmp(steppe_protection_name(i), names[i]) == 0, "%u", i);
        char guarded[64];
        snprintf(guarded, sizeof guarded, "%s+guard", names[i]);
        require(strcmp(steppe_protection_name(i | STEPPE_GUARD), guarded) == 0, "%u", i);
    }
    const uint32_t no_protections[] = {6, 7, 15, 22, 0x20, 0x21, 0x30, UINT32_MAX};
    for (size_t i = 0; i < array_count(no_protections); i++)
        require(strcmp(steppe_protection_name(no_protections[i]), "?") == 0, "%#x: %s",
                no_protections[i], steppe_protection_name(no_protections[i]));

    require(strcmp(steppe_access_name(STEPPE_ACCESS_READ), "read") == 0);
    require(strcmp(steppe_access_name(STEPPE_ACCESS_WRITE), "write") == 0);
    require(strcmp(steppe_access_name(STEPPE_ACCESS_EXECUTE), "execute") == 0);
    require(strcmp(steppe_access_name((steppe_access)3), "?") == 0);
    require(strcmp(steppe_access_name((steppe_access)-1), "?") == 0);

    require(strcmp(steppe_mechanism_name(STEPPE_MECHANISM_BEST), "best") == 0);
    require(strcmp(steppe_mechanism_name(STEPPE_MECHANISM_GUARD), "guard") == 0);
    require(strcmp(steppe_mechanism_name(STEPPE_MECHANISM_MPROTECT), "mprotect") == 0);
    require(strcmp(steppe_mechanism_name(STEPPE_MECHANISM_UFFD), "uffd") == 0);
    require(strcmp(steppe_mechanism_name((steppe_mechanism)4), "?") == 0);
    require(strcmp(steppe_mechanism_name((steppe_mechanism)-1), "?") == 0);
}
END_TEST

START_TEST(version_is_the_one_compiled_against)
{
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", STEPPE_VERSION_MAJOR, STEPPE_VERSION_MINOR,
             STEPPE_VERSION_PATCH);
    require(strcmp(steppe_version(), version) == 0, "%s", steppe_version());
}
END_TEST

START_TEST(units)
{
    size_t page = steppe_page_bytes();
    require(page >= 4096 && (page & (page - 1)) == 0);
    require_equal(steppe_granularity_bytes(), 65536);
    require_equal(STEPPE_KIB, 1024);
    require_equal(STEPPE_MIB, 1024 * STEPPE_KIB);
    require_equal(STEPPE_GIB, 1024 * STEPPE_MIB);
    require_equal(STEPPE_TIB, 1024 * STEPPE_GIB);
}
END_TEST

START_TEST(no_failure_yet)
{
    require(steppe_last_status() == STEPPE_OK);
    require(steppe_last_message()[0] == 0);
    steppe_status_name((steppe_status)-1);
    steppe_state_name((steppe_state)9);
    require(steppe_last_status() == STEPPE_OK, "a name is not a call that fails");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("api names");
    TCase *tests = test_case(suite, "names");
    tcase_add_test(tests, statuses_have_names_and_sentences);
    tcase_add_test(tests, numbers_that_are_no_status);
    tcase_add_test(tests, numbers_of_statuses_never_change);
    tcase_add_test(tests, states_protections_accesses_mechanisms);
    tcase_add_test(tests, version_is_the_one_compiled_against);
    tcase_add_test(tests, units);
    tcase_add_test(tests, no_failure_yet);
    return test_main(suite);
}
