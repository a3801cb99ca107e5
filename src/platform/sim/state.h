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

/* One byte per page. All zero is what reserve gives, so a fresh table needs no writing. */
enum {
    SIM_READ = 1,
    SIM_WRITE = 2,
    SIM_EXECUTE = 4,
    SIM_ACCESS = SIM_READ | SIM_WRITE | SIM_EXECUTE,
    SIM_MARKER = 8,
    SIM_PRESENT = 16,
    SIM_CHARGED = 32,
    SIM_KEY = SIM_ACCESS | SIM_CHARGED /* neighbours alike in these share one kernel mapping */
};

struct sim_reservation {
    uintptr_t base;
    size_t page_count;
    uint8_t *pages; /* first page's byte */
    void *table;    /* as mapped: pages moves when a head is released */
    size_t table_bytes;
    size_t changed_first, changed_end; /* all pages outside were never written: zero */
    unsigned flags;                    /* those of STP_RESERVE_ that set mappings apart */
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
    bool enforces, allows_threads, tears;

    struct sim_reservation reservations[SIM_RESERVATION_MAX]; /* by address */
    size_t reservation_count;
    uint64_t reservations_made;

    uint64_t call_count, fail_at, fail_from, failure_count;
    int error;
    const char *failed_call;
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

/* Index just behind the run of pages alike in the bits of mask, from index on. */
size_t stp_sim_run_end(const struct sim_reservation *reservation, size_t index, uint8_t mask);

steppe_protection stp_sim_protection(uint8_t page);
bool stp_sim_page_allows(uint8_t page, steppe_access access);

/* Make a page present; false when physical memory is used up. */
bool stp_sim_make_present(uint8_t *page);

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
