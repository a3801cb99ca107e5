/* SPDX-License-Identifier: MIT */
/*
 * state.h - the simulated kernel, shared by the files of sim/ only.
 */
#ifndef STP_SIM_STATE_H
#define STP_SIM_STATE_H

#include "platform/sim/sim.h"

enum {
    SIM_PAGE_BYTES = 4096,
    SIM_RESERVATION_MAX = 4096,
    SIM_LOG_MAX = 1024,
    SIM_SETTING_MAX = 8,
    SIM_RESUME_MAX = 1000
};

/* Two bytes per page. */
enum {
    SIM_READ = 1,
    SIM_WRITE = 2,
    SIM_EXECUTE = 4,
    SIM_ACCESS = SIM_READ | SIM_WRITE | SIM_EXECUTE,
    SIM_MARKER = 8,
    SIM_PRESENT = 16,
    SIM_CHARGED = 32,
    SIM_TRAPPED = 64, /* STP_TRAP_MISSING */
    SIM_NOTED = 128,  /* STP_TRAP_WRITES */
    SIM_TRAPS = SIM_TRAPPED | SIM_NOTED,
    SIM_WRITTEN = 256, /* since it was last cleared; only with NOTED and PRESENT */
    SIM_HUGE = 512,    /* huge pages were asked for here */
    SIM_NO_HUGE = 1024,
    SIM_ADVICE = SIM_HUGE | SIM_NO_HUGE,
    /* What goes with the contents. */
    SIM_CONTENTS = SIM_PRESENT | SIM_WRITTEN,
    /* Neighbours alike in these share one kernel mapping. */
    SIM_KEY = SIM_ACCESS | SIM_CHARGED | SIM_TRAPS | SIM_ADVICE
};

struct sim_reservation {
    uintptr_t base;
    size_t page_count;
    uint16_t *pages; /* first page's entry: how it differs (xor) from common */
    uint16_t common; /* so that what befalls a whole terabyte needs no writing; never holds bits of
                        SIM_CONTENTS */
    void *table;     /* as mapped: pages moves when a head is released */
    size_t table_bytes;
    size_t changed_first, changed_end; /* the entries outside were never written: zero */
    bool was_open;                     /* access was allowed beyond the changed entries too */
    unsigned flags;                    /* those of STP_RESERVE_ that a kernel keeps */
    uint64_t number;
};

struct sim_call {
    uint64_t number;
    const char *name;
    uint64_t reservation; /* 0: none */
    uintptr_t address;
    size_t offset_bytes, size_bytes;
    long detail; /* protection, access or flags; -1: none */
    int result;
    bool is_injected;
};

struct sim_state {
    bool is_ready;
    struct stp_platform_facts facts;
    uint64_t physical_page_max, charged_page_max, address_space_max;
    uint64_t physical_page_count, charged_page_count, reserved_bytes, mapping_count;
    bool enforces, allows_threads, tears, has_lost_traps;
    uint32_t traps_age;

    struct sim_reservation reservations[SIM_RESERVATION_MAX]; /* by address */
    size_t reservation_count;
    uint64_t reservations_made;

    uint64_t call_count, fail_at, fail_from, failure_count;
    int error;
    const char *failed_call;
    const char *refused; /* names of calls, or NULL */
    struct sim_call log[SIM_LOG_MAX];

    struct {
        const char *name, *value;
    } settings[SIM_SETTING_MAX];

    stp_platform_fault_handler handler;
    uint64_t fault_count, unwind_count;
};

extern struct sim_state stp_sim;

/* Every entry takes the lock and makes the machine ready; fault handlers run without it. */
void stp_sim_lock(void);
void stp_sim_unlock(void);

/* Say what the layers above did wrong, show the log, and abort. */
_Noreturn __attribute__((format(printf, 1, 2))) void stp_sim_violation(const char *format, ...);

/* A fallible call begins: count it. Gives the error to fail with, or 0. */
int stp_sim_begin(const char *name, uintptr_t address, size_t size_bytes, long detail);
/* ... and ends: note the result, unlock. */
int stp_sim_end(int result);

/* The reservation of an address, or NULL; the index of the first one that ends above it. */
struct sim_reservation *stp_sim_find(uintptr_t address);
size_t stp_sim_index_above(uintptr_t address);

static inline uint16_t stp_sim_bits(const struct sim_reservation *reservation, size_t index)
{
    return reservation->pages[index] ^ reservation->common;
}

/* Index just behind the run of pages alike in the bits of mask, from index on. */
size_t stp_sim_run_end(const struct sim_reservation *reservation, size_t index, uint16_t mask);

/* What neighbouring pages must have in common to share one mapping, whoever reserved them. */
int stp_sim_key(const struct sim_reservation *reservation, uint16_t page);

steppe_protection stp_sim_protection(uint16_t page);
bool stp_sim_page_allows(uint16_t page, steppe_access access);

/* Is the page missing where missing pages are trapped? */
bool stp_sim_is_trap(uint16_t page);

/* What an access, or a fill, does to a page: present it is, and written where that is noted. False
 * when physical memory is used up. */
bool stp_sim_make_present(struct sim_reservation *reservation, size_t index, bool is_written);

struct sim_range {
    struct sim_reservation *reservation;
    size_t first, end; /* page indices */
};

/* The range of a call, which must lie in one reservation. */
struct sim_range stp_sim_range(const char *call, uintptr_t base, size_t size_bytes);

/* The part of a range whose entries may differ from zero; nothing when its end is not behind its
 * first. */
struct sim_range stp_sim_changed_part(struct sim_range range);

/* Clear and set bits of every page: 0, or ENOMEM for want of mappings or charge, with nothing
 * changed. fits: only ask; write: after that, or where it cannot be refused. */
int stp_sim_change(struct sim_range range, uint16_t clear, uint16_t set);
int stp_sim_fits(struct sim_range range, uint16_t clear, uint16_t set);
void stp_sim_write(struct sim_range range, uint16_t clear, uint16_t set);

void stp_sim_drop_contents(struct sim_range range);

/* Give real memory the protections of the table, where stp_sim_enforce is on. */
void stp_sim_enforce_range(struct sim_range range);

/* A fault on its way through the handler. */
struct sim_delivery {
    bool was_blocked;
    int saved_errno;
    const struct sim_delivery *outer; /* the handler this one interrupted */
};

/* Unmap everything. */
void stp_sim_drop_all(void);

/* Signals of the calling thread are held back. */
extern _Thread_local bool stp_sim_blocked;

#endif
