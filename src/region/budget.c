/* SPDX-License-Identifier: MIT */
#include "region/budget.h"

#include "region/lock.h"
#include "region/published.h"
#include "region/slab.h"

_Static_assert(sizeof(struct steppe_budget) <= 64, "one slab object");

static struct stp_slab budgets = {.object_bytes = 64};
static uint32_t budgets_lock; /* joins, leaves and ends of budgets, so that none ends in use */
static struct steppe_budget process_budget
    __attribute__((aligned(64))) = {.charge.limit_bytes = STEPPE_NO_LIMIT};

uint64_t stp_charge_bytes(const struct stp_charge *charge)
{
    return __atomic_load_n(&charge->charged_bytes, __ATOMIC_RELAXED);
}

uint64_t stp_charge_limit(const struct stp_charge *charge)
{
    return __atomic_load_n(&charge->limit_bytes, __ATOMIC_RELAXED);
}

void stp_charge_set_limit(struct stp_charge *charge, uint64_t limit_bytes)
{
    /* Not to be seen behind the look whether it is published, which follows. */
    __atomic_store_n(&charge->limit_bytes, limit_bytes, __ATOMIC_SEQ_CST);
}

static bool charge_one(struct stp_charge *charge, uint64_t bytes)
{
    uint64_t now = stp_charge_bytes(charge);
    do {
        uint64_t limit = stp_charge_limit(charge);
        if (now > limit || bytes > limit - now)
            return false;
    } while (!__atomic_compare_exchange_n(&charge->charged_bytes, &now, now + bytes, true,
                                          __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return true;
}

static void raise_peak(struct stp_charge *charge, uint64_t bytes)
{
    uint64_t peak = __atomic_load_n(&charge->peak_bytes, __ATOMIC_RELAXED);
    while (bytes > peak && !__atomic_compare_exchange_n(&charge->peak_bytes, &peak, bytes, true,
                                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

/* A peak is where the charge begins to fall: noting it here and not where it rises spares every
 * commit a write that all threads contend for. */
static void return_one(struct stp_charge *charge, uint64_t bytes)
{
    uint64_t was = __atomic_fetch_sub(&charge->charged_bytes, bytes, __ATOMIC_RELAXED);
    STP_ASSERT(was >= bytes);
    raise_peak(charge, was);
}

uint64_t stp_charge_peak(const struct stp_charge *charge)
{
    uint64_t peak = __atomic_load_n(&charge->peak_bytes, __ATOMIC_RELAXED);
    uint64_t now = stp_charge_bytes(charge);
    return now > peak ? now : peak;
}

static uint64_t room_of(const struct stp_charge *charge)
{
    uint64_t now = stp_charge_bytes(charge), limit = stp_charge_limit(charge);
    return now < limit ? limit - now : 0;
}

uint64_t stp_budget_room(const struct stp_charge *own, const struct steppe_budget *budget)
{
    uint64_t room = room_of(own);
    uint64_t process_room = room_of(&process_budget.charge);
    if (process_room < room)
        room = process_room;
    if (budget && room_of(&budget->charge) < room)
        room = room_of(&budget->charge);
    return room;
}

static bool refuses(const struct stp_charge *own, struct steppe_budget *budget, uint64_t bytes,
                    struct steppe_budget **by)
{
    if (bytes > room_of(own))
        return true;
    *by = budget;
    if (budget && bytes > room_of(&budget->charge))
        return true;
    *by = &process_budget;
    if (bytes > room_of(&process_budget.charge))
        return true;
    *by = NULL;
    return false;
}

bool stp_budget_charge(struct stp_charge *own, struct steppe_budget *budget, uint64_t bytes,
                       struct steppe_budget **refused)
{
    *refused = NULL;
    if (!bytes) /* a limit that was lowered below the charge refuses more, not what is there */
        return true;
    /* Look before charging: a charge that is taken back could refuse somebody else meanwhile. */
    if (refuses(own, budget, bytes, refused))
        return false;
    if (!charge_one(own, bytes))
        return false;
    if (budget && !charge_one(&budget->charge, bytes)) {
        return_one(own, bytes);
        *refused = budget;
        return false;
    }
    if (!charge_one(&process_budget.charge, bytes)) {
        if (budget)
            return_one(&budget->charge, bytes);
        return_one(own, bytes);
        *refused = &process_budget;
        return false;
    }
    return true;
}

void stp_budget_return(struct stp_charge *own, struct steppe_budget *budget, uint64_t bytes)
{
    return_one(&process_budget.charge, bytes);
    if (budget)
        return_one(&budget->charge, bytes);
    return_one(own, bytes);
}

static bool is_living(const struct steppe_budget *budget)
{
    return budget == &process_budget || stp_slab_holds(&budgets, budget);
}

bool stp_budget_join(struct steppe_budget *budget)
{
    struct stp_signal_mask mask;
    if (!budget)
        return true;
    stp_platform_signals_block(&mask);
    stp_lock_take(&budgets_lock);
    bool living = is_living(budget);
    if (living)
        budget->user_count++;
    stp_lock_give(&budgets_lock);
    stp_platform_signals_restore(&mask);
    return living;
}

void stp_budget_leave(struct steppe_budget *budget)
{
    struct stp_signal_mask mask;
    if (!budget)
        return;
    stp_platform_signals_block(&mask);
    stp_lock_take(&budgets_lock);
    STP_ASSERT(budget->user_count > 0);
    budget->user_count--;
    stp_lock_give(&budgets_lock);
    stp_platform_signals_restore(&mask);
}

void stp_budget_lock_all(void)
{
    stp_lock_take(&budgets_lock);
    stp_lock_take(&budgets.lock);
}

void stp_budget_unlock_all(void)
{
    stp_lock_give(&budgets.lock);
    stp_lock_give(&budgets_lock);
}

static steppe_status fail(const char *function, steppe_status status, const void *budget)
{
    return stp_status_fail(&(struct stp_failure){
        .function = function, .status = status, .address = (uintptr_t)budget});
}

steppe_budget *steppe_budget_new(uint64_t limit_bytes)
{
    struct stp_signal_mask mask;
    int os_error;
    stp_platform_signals_block(&mask);
    steppe_budget *budget = stp_slab_take(&budgets, &os_error);
    if (budget)
        *budget = (struct steppe_budget){.charge.limit_bytes = limit_bytes};
    stp_platform_signals_restore(&mask);
    if (!budget)
        stp_status_fail(&(struct stp_failure){
            .function = "steppe_budget_new", .status = STEPPE_E_MEMORY, .os_error = os_error});
    return budget;
}

/* Under budgets_lock. */
static steppe_status end_budget(steppe_budget *budget)
{
    if (!stp_slab_holds(&budgets, budget))
        return STEPPE_E_NO_BUDGET;
    if (budget->user_count > 0)
        return STEPPE_E_IN_USE;
    stp_published_end_budget(budget);
    stp_slab_return(&budgets, budget);
    return STEPPE_OK;
}

steppe_status steppe_budget_free(steppe_budget *budget)
{
    struct stp_signal_mask mask;
    if (!budget)
        return STEPPE_OK;
    if (budget == &process_budget)
        return fail("steppe_budget_free", STEPPE_E_OPTION, budget);
    stp_platform_signals_block(&mask);
    stp_lock_take(&budgets_lock);
    steppe_status status = end_budget(budget);
    stp_lock_give(&budgets_lock);
    stp_platform_signals_restore(&mask);
    return status == STEPPE_OK ? status : fail("steppe_budget_free", status, budget);
}

steppe_budget *steppe_process_budget(void)
{
    return &process_budget;
}

steppe_status steppe_budget_set_limit(steppe_budget *budget, uint64_t limit_bytes)
{
    if (!is_living(budget))
        return fail("steppe_budget_set_limit", STEPPE_E_NO_BUDGET, budget);
    stp_charge_set_limit(&budget->charge, limit_bytes);
    stp_published_budget(budget);
    return STEPPE_OK;
}

uint64_t steppe_budget_limit_bytes(const steppe_budget *budget)
{
    if (is_living(budget))
        return stp_charge_limit(&budget->charge);
    fail("steppe_budget_limit_bytes", STEPPE_E_NO_BUDGET, budget);
    return 0;
}

uint64_t steppe_budget_charged_bytes(const steppe_budget *budget)
{
    if (is_living(budget))
        return stp_charge_bytes(&budget->charge);
    fail("steppe_budget_charged_bytes", STEPPE_E_NO_BUDGET, budget);
    return 0;
}
