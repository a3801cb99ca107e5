/* SPDX-License-Identifier: MIT */
#include "region/registry.h"

#include "base/align.h"
#include "region/lock.h"
#include "region/slab.h"

enum {
    UNIT_SHIFT = 16,
    TABLE_SHIFT = 10,
    TABLE_ENTRIES = 1 << TABLE_SHIFT,
    TOP_ENTRIES = 4096,
    BOTTOM = 0, /* levels */
    TOP = 2,
    IS_TABLE = 1 /* in an entry; reservations and tables are aligned */
};

typedef uintptr_t entry;

struct table {
    entry entries[TABLE_ENTRIES];
};

_Static_assert(1 << UNIT_SHIFT == STP_GRANULE_BYTES, "one unit is one allocation granule");
_Static_assert((uintptr_t)TOP_ENTRIES << (UNIT_SHIFT + 2 * TABLE_SHIFT) == (uintptr_t)1 << 48,
               "the tree spans 48 bits of address");

static entry top[TOP_ENTRIES];
static struct stp_slab tables = {.object_bytes = sizeof(struct table)};
static uint32_t registry_lock;
static uint64_t table_count;

static entry load(const entry *slot)
{
    return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}

static void store(entry *slot, entry value)
{
    __atomic_store_n(slot, value, __ATOMIC_RELEASE);
}

static struct table *table_of(entry value)
{
    return value & IS_TABLE ? (struct table *)(value & ~(entry)IS_TABLE) : NULL;
}

/* Which entry of its table a unit falls into at a level, and how many units an entry spans there.
 */
static size_t index_at(unsigned level, uintptr_t unit)
{
    size_t index = unit >> (level * TABLE_SHIFT);
    return level == TOP ? index : index % TABLE_ENTRIES;
}

static uintptr_t span_at(unsigned level)
{
    return (uintptr_t)1 << (level * TABLE_SHIFT);
}

struct stp_reservation *stp_registry_find(uintptr_t address)
{
    uintptr_t unit = address >> UNIT_SHIFT;
    if (unit >> (2 * TABLE_SHIFT) >= TOP_ENTRIES)
        return NULL;
    entry value = load(&top[index_at(TOP, unit)]);
    for (unsigned level = TOP; value & IS_TABLE;) {
        level--;
        value = load(&table_of(value)->entries[index_at(level, unit)]);
    }
    return (struct stp_reservation *)value;
}

/* First reservation at or after *unit among the entries of one table, whose first unit is start. */
static struct stp_reservation *next_in(const entry *entries, size_t count, unsigned level,
                                       uintptr_t start, uintptr_t *unit)
{
    size_t index = *unit > start ? (*unit - start) >> (level * TABLE_SHIFT) : 0;
    for (; index < count; index++) {
        uintptr_t first = start + index * span_at(level);
        entry value = load(&entries[index]);
        if (!value)
            continue;
        if (!(value & IS_TABLE)) {
            *unit = *unit > first ? *unit : first;
            return (struct stp_reservation *)value;
        }
        struct stp_reservation *found =
            next_in(table_of(value)->entries, TABLE_ENTRIES, level - 1, first, unit);
        if (found)
            return found;
    }
    return NULL;
}

struct stp_reservation *stp_registry_next(uintptr_t address, uintptr_t *base)
{
    uintptr_t unit = address >> UNIT_SHIFT;
    struct stp_reservation *found = next_in(top, TOP_ENTRIES, TOP, 0, &unit);
    *base = unit << UNIT_SHIFT;
    return found;
}

static int make_table(entry *slot)
{
    int os_error;
    struct table *table = stp_slab_take(&tables, &os_error);
    if (!table)
        return os_error;
    store(slot, (entry)table | IS_TABLE);
    __atomic_fetch_add(&table_count, 1, __ATOMIC_RELAXED);
    return 0;
}

/* Make the tables that entering [first, end) needs: where an entry is covered only in part. */
static int prepare(entry *entries, unsigned level, uintptr_t start, uintptr_t first, uintptr_t end)
{
    uintptr_t span = span_at(level);
    for (uintptr_t unit = stp_round_down(first, span); unit < end; unit += span) {
        entry *slot = &entries[(unit - start) / span];
        if (unit >= first && unit + span <= end)
            continue;
        int error = load(slot) ? 0 : make_table(slot);
        if (!error)
            error = prepare(table_of(load(slot))->entries, level - 1, unit,
                            unit > first ? unit : first, stp_min(unit + span, end));
        if (error)
            return error;
    }
    return 0;
}

/* Write value over [first, end); an entry that has a table keeps it, and the table is filled. */
static void write(entry *entries, unsigned level, uintptr_t start, uintptr_t first, uintptr_t end,
                  entry value)
{
    uintptr_t span = span_at(level);
    for (uintptr_t unit = stp_round_down(first, span); unit < end; unit += span) {
        entry *slot = &entries[(unit - start) / span];
        struct table *table = table_of(load(slot));
        if (!table) {
            store(slot, value);
            continue;
        }
        write(table->entries, level - 1, unit, unit > first ? unit : first,
              stp_min(unit + span, end), value);
    }
}

int stp_registry_enter(uintptr_t first, uintptr_t end, struct stp_reservation *reservation)
{
    first >>= UNIT_SHIFT;
    end >>= UNIT_SHIFT;
    stp_lock_take(&registry_lock);
    int error = prepare(top, TOP, 0, first, end);
    if (!error)
        write(top, TOP, 0, first, end, (entry)reservation);
    stp_lock_give(&registry_lock);
    return error;
}

void stp_registry_remove(uintptr_t first, uintptr_t end)
{
    stp_lock_take(&registry_lock);
    write(top, TOP, 0, first >> UNIT_SHIFT, end >> UNIT_SHIFT, 0);
    stp_lock_give(&registry_lock);
}

uint64_t stp_registry_bytes(void)
{
    return __atomic_load_n(&table_count, __ATOMIC_RELAXED) * sizeof(struct table);
}

void stp_registry_lock_all(void)
{
    stp_lock_take(&registry_lock);
    stp_lock_take(&tables.lock);
}

void stp_registry_unlock_all(void)
{
    stp_lock_give(&tables.lock);
    stp_lock_give(&registry_lock);
}
