/* SPDX-License-Identifier: MIT */
/*
 * Saving and loading with every platform call failing in turn: the old file or the new one, never
 * anything else; a whole container or none.
 */
#include "world.h"

#include <string.h>

#define slots_options(...) (&(steppe_slots_options){__VA_ARGS__})

enum { SLOT_BYTES = 1000, SLOT_MAX = 100000 };

static const uint64_t indices[] = {0, 1, 2, 3, 4, 5, 300, 301, 5000, 99999};

struct saving {
    const struct machine *machine;
    uint8_t *before, *after; /* slots: what is in the file, what is to be */
    steppe_slots_commit commit;
    struct campaign campaign;
};

static const char path[] = "the file";

static uint8_t *make_slots(steppe_slots_commit commit, uint8_t value)
{
    uint8_t *slots = steppe_slots_make(SLOT_BYTES, SLOT_MAX, slots_options(.commit = commit));
    require(slots, "%s", steppe_last_message());
    for (size_t i = 0; i < array_count(indices); i++) {
        uint8_t *slot = steppe_slots_use(slots, indices[i] - (value == 2 && i > 7));
        require(slot);
        memset(slot, value, SLOT_BYTES);
    }
    return slots;
}

static bool is_equal(const uint8_t *one, const uint8_t *other)
{
    uint64_t at = steppe_slots_next(one, 0);
    if (steppe_slots_count(one) != steppe_slots_count(other))
        return false;
    for (; at != STEPPE_NO_SLOT; at = steppe_slots_next(one, at + 1))
        if (!steppe_slots_in_use(other, at) ||
            memcmp(one + at * SLOT_BYTES, other + at * SLOT_BYTES, SLOT_BYTES) != 0)
            return false;
    return true;
}

/* What the comments list for a refusal by the system. */
static bool is_documented(steppe_status status)
{
    return status == STEPPE_E_FILE || status == STEPPE_E_ADDRESS_SPACE ||
           status == STEPPE_E_MEMORY || status == STEPPE_E_MAP_COUNT || status == STEPPE_E_SYSTEM;
}

static void check_file(const uint8_t *slots)
{
    uint8_t *loaded = steppe_slots_load_from(SLOT_BYTES, path, NULL);
    must(loaded, "%s", steppe_last_message());
    must(is_equal(slots, loaded));
    must(steppe_slots_free(loaded) == STEPPE_OK);
}

static enum attempt save_once(void *context, uint64_t n)
{
    const struct saving *saving = context;
    struct left before = left_now();
    uint64_t failures = stp_sim_failure_count();
    campaign_arm(&saving->campaign, n);
    steppe_status status = steppe_slots_save(saving->after, path);
    campaign_disarm(saving->machine);
    bool was_reached = stp_sim_failure_count() > failures;
    must(was_reached || status == STEPPE_OK, "%s", steppe_last_message());
    must(status == STEPPE_OK || is_documented(status), "%s", steppe_last_message());
    must(status == STEPPE_OK || strncmp(steppe_last_message(), "steppe_slots_save: ", 19) == 0);
    must(!stp_sim_signals_blocked());
    struct left after = left_now();
    must(after.charged == before.charged && after.count == before.count);
    if (saving->campaign.injection == FAIL_ONCE && strcmp(stp_sim_failed_call(), "release") != 0)
        must(after.reservations == before.reservations);
    check_file(status == STEPPE_OK ? saving->after : saving->before);
    must(steppe_slots_save(saving->after, path) == STEPPE_OK, "once more: %s",
         steppe_last_message());
    check_file(saving->after);
    return was_reached ? ATTEMPT_REACHED : ATTEMPT_ENDED_BEFORE;
}

static enum attempt load_once(void *context, uint64_t n)
{
    const struct saving *saving = context;
    struct left before = left_now();
    uint64_t failures = stp_sim_failure_count();
    campaign_arm(&saving->campaign, n);
    uint8_t *loaded =
        steppe_slots_load_from(SLOT_BYTES, path, slots_options(.commit = saving->commit));
    campaign_disarm(saving->machine);
    bool was_reached = stp_sim_failure_count() > failures;
    must(was_reached || loaded, "%s", steppe_last_message());
    must(!stp_sim_signals_blocked());
    if (loaded) {
        must(is_equal(saving->before, loaded));
        must(steppe_slots_free(loaded) == STEPPE_OK);
    } else {
        must(is_documented(steppe_last_status()), "%s", steppe_last_message());
        must(strncmp(steppe_last_message(), "steppe_slots_load: ", 19) == 0, "%s",
             steppe_last_message());
    }
    struct left after = left_now();
    if (saving->campaign.injection == FAIL_ONCE) /* else giving back failed, too */
        must(after.charged == before.charged && after.count == before.count);
    check_file(saving->before);
    return was_reached ? ATTEMPT_REACHED : ATTEMPT_ENDED_BEFORE;
}

static enum attempt map_once(void *context, uint64_t n)
{
    const struct saving *saving = context;
    struct left before = left_now();
    uint64_t failures = stp_sim_failure_count();
    campaign_arm(&saving->campaign, n);
    const uint8_t *view = steppe_slots_map_from(SLOT_BYTES, path);
    campaign_disarm(saving->machine);
    bool was_reached = stp_sim_failure_count() > failures;
    must(was_reached || view, "%s", steppe_last_message());
    if (view) {
        must(is_equal(saving->before, view) && steppe_slots_verify(view) == STEPPE_OK);
        must(steppe_slots_unmap(view) == STEPPE_OK);
    } else {
        must(is_documented(steppe_last_status()), "%s", steppe_last_message());
        must(strncmp(steppe_last_message(), "steppe_slots_map: ", 18) == 0, "%s",
             steppe_last_message());
    }
    struct left after = left_now();
    bool is_once = saving->campaign.injection == FAIL_ONCE; /* else giving back failed, too */
    if (is_once)
        must(after.charged == before.charged && after.count == before.count);
    if (is_once && strcmp(stp_sim_failed_call(), "release") != 0)
        must(after.reservations == before.reservations);
    return was_reached ? ATTEMPT_REACHED : ATTEMPT_ENDED_BEFORE;
}

static void fail_at_each(enum attempt (*attempt)(void *context, uint64_t n), int kind)
{
    const struct machine machine = {.has_traps = kind & 2, .enforces = true};
    struct saving saving = {.machine = &machine,
                            .commit = (steppe_slots_commit)(kind / 4),
                            .campaign.injection = kind & 1 ? FAIL_FOR_GOOD : FAIL_ONCE};
    machine_start(&machine);
    saving.before = make_slots(saving.commit, 1);
    saving.after = make_slots(saving.commit, 2);
    require_ok(steppe_slots_save(saving.before, path));
    uint8_t *once = steppe_slots_load_from(SLOT_BYTES, path, NULL);
    require(once && is_equal(once, saving.before));
    require_ok(steppe_slots_free(once)); /* the tables it needed stay */
    const uint8_t *view = steppe_slots_map_from(SLOT_BYTES, path);
    require(view && is_equal(view, saving.before));
    require_ok(steppe_slots_unmap(view));
    require_equal(try_each("file", attempt, &saving), 0);
}

START_TEST(save)
{
    fail_at_each(save_once, _i);
}
END_TEST

START_TEST(load_again)
{
    fail_at_each(load_once, _i);
}
END_TEST

START_TEST(map_again)
{
    fail_at_each(map_once, _i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file");
    TCase *all = test_case(suite, "every call fails");
    tcase_add_loop_test(all, save, 0, 16);
    tcase_add_loop_test(all, load_again, 0, 16);
    tcase_add_loop_test(all, map_again, 0, 4);
    return test_main(suite);
}
