/* SPDX-License-Identifier: MIT */
/*
 * sim/facts.c - the machine's facts, and the controls that tests set: failures, limits, the log.
 */
#include "platform/sim/state.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct sim_state stp_sim;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void make_ready(void)
{
    stp_sim.is_ready = true;
    stp_sim.facts = (struct stp_platform_facts){
        .page_bytes = SIM_PAGE_BYTES,
        .table_span_bytes = (size_t)2 << 20,
        .address_first = 0x10000,
        .address_end = (uintptr_t)0x7ffffffff000,
        .mapping_count_max = UINT64_MAX,
        .has_memory = true,
        .has_faults = true,
        .has_guard_markers = true,
        .has_traps = false,
        .has_write_marks = false,
        .has_huge_pages = false,
        .accounts_commit = false,
    };
    stp_sim.physical_page_max = UINT64_MAX;
    stp_sim.charged_page_max = UINT64_MAX;
    stp_sim.address_space_max = UINT64_MAX;
    stp_sim.error = ENOMEM;
    stp_sim.failed_call = "";
}

void stp_sim_lock(void)
{
    pthread_mutex_lock(&lock);
    if (!stp_sim.is_ready)
        make_ready();
}

void stp_sim_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

const struct stp_platform_facts *stp_platform_facts(void)
{
    return stp_sim_facts();
}

const char *stp_platform_setting(const char *name)
{
    for (size_t i = 0; i < SIM_SETTING_MAX; i++)
        if (stp_sim.settings[i].name && strcmp(stp_sim.settings[i].name, name) == 0)
            return stp_sim.settings[i].value;
    return NULL;
}

void stp_sim_reset(void)
{
    stp_sim_lock();
    stp_sim_drop_all();
    memset(&stp_sim, 0, sizeof stp_sim);
    make_ready();
    stp_sim_unlock();
}

struct stp_platform_facts *stp_sim_facts(void)
{
    stp_sim_lock();
    stp_sim_unlock();
    return &stp_sim.facts;
}

void stp_sim_set_setting(const char *name, const char *value)
{
    size_t i = 0;
    while (i < SIM_SETTING_MAX && stp_sim.settings[i].name &&
           strcmp(stp_sim.settings[i].name, name) != 0)
        i++;
    if (i == SIM_SETTING_MAX)
        stp_sim_violation("no room for the setting %s", name);
    stp_sim.settings[i].name = name;
    stp_sim.settings[i].value = value;
}

/* A control that sets one field of a machine that may not be ready yet. */
#define SET(field, new_value)                                                                      \
    do {                                                                                           \
        stp_sim_lock();                                                                            \
        stp_sim.field = (new_value);                                                               \
        stp_sim_unlock();                                                                          \
    } while (0)

void stp_sim_set_physical_page_max(uint64_t page_count)
{
    SET(physical_page_max, page_count);
}

void stp_sim_set_charged_page_max(uint64_t page_count)
{
    SET(charged_page_max, page_count);
}

void stp_sim_set_address_space_max(uint64_t byte_count)
{
    SET(address_space_max, byte_count);
}

void stp_sim_enforce(bool on)
{
    if (stp_sim.reservation_count)
        stp_sim_violation("stp_sim_enforce comes before the first reservation");
    SET(enforces, on);
}

void stp_sim_allow_threads(bool on)
{
    SET(allows_threads, on);
}

void stp_sim_tear(bool on)
{
    SET(tears, on);
}

void stp_sim_lose_traps(bool on)
{
    SET(has_lost_traps, on);
}

void stp_sim_set_error(int os_error)
{
    SET(error, os_error);
}

void stp_sim_fail_call(uint64_t n)
{
    SET(fail_at, n ? stp_sim.call_count + n : 0);
}

void stp_sim_fail_every_after(uint64_t n)
{
    SET(fail_from, n ? stp_sim.call_count + n : 0);
}

void stp_sim_refuse(const char *names)
{
    SET(refused, names);
}

uint64_t stp_sim_call_count(void)
{
    return stp_sim.call_count;
}

uint64_t stp_sim_failure_count(void)
{
    return stp_sim.failure_count;
}

const char *stp_sim_failed_call(void)
{
    return stp_sim.failed_call ? stp_sim.failed_call : "";
}

uint64_t stp_sim_leaks(void)
{
    return stp_sim.reservation_count;
}

uint64_t stp_sim_reserved_bytes(void)
{
    return stp_sim.reserved_bytes;
}

uint64_t stp_sim_mapping_count(void)
{
    return stp_sim.mapping_count;
}

uint64_t stp_sim_charged_page_count(void)
{
    return stp_sim.charged_page_count;
}

static struct sim_call *log_entry(uint64_t call_number)
{
    return &stp_sim.log[call_number % SIM_LOG_MAX];
}

static bool is_refused(const char *name)
{
    size_t length = strlen(name);
    for (const char *at = stp_sim.refused; at && *at; at += strcspn(at, " ")) {
        at += strspn(at, " ");
        if (strcspn(at, " ") == length && strncmp(at, name, length) == 0)
            return true;
    }
    return false;
}

static bool must_fail(const char *name, uint64_t call_number)
{
    if (stp_sim.fail_at == call_number || is_refused(name))
        return true;
    return stp_sim.fail_from && call_number >= stp_sim.fail_from;
}

int stp_sim_begin(const char *name, uintptr_t address, size_t size_bytes, long detail)
{
    stp_sim_lock();
    uint64_t number = ++stp_sim.call_count;
    const struct sim_reservation *reservation = stp_sim_find(address);
    bool fails = must_fail(name, number);

    *log_entry(number) = (struct sim_call){
        .number = number,
        .name = name,
        .reservation = reservation ? reservation->number : 0,
        .address = address,
        .offset_bytes = reservation ? address - reservation->base : 0,
        .size_bytes = size_bytes,
        .detail = detail,
        .is_injected = fails,
    };
    if (!fails)
        return 0;
    stp_sim.failure_count++;
    stp_sim.failed_call = name;
    return stp_sim.error;
}

int stp_sim_end(int result)
{
    log_entry(stp_sim.call_count)->result = result;
    stp_sim_unlock();
    return result;
}

static void print_call(FILE *file, const struct sim_call *call)
{
    fprintf(file, "# %5llu %-13s", (unsigned long long)call->number, call->name);
    if (call->reservation)
        fprintf(file, " #%llu+0x%zx", (unsigned long long)call->reservation, call->offset_bytes);
    else
        fprintf(file, " 0x%llx", (unsigned long long)call->address);
    fprintf(file, " 0x%zx", call->size_bytes);
    if (call->detail >= 0)
        fprintf(file, " (0x%lx)", call->detail);
    if (call->result)
        fprintf(file, " = %s", strerror(call->result));
    fputs(call->is_injected ? " (made to)\n" : "\n", file);
}

static void print_last(FILE *file, uint64_t most)
{
    uint64_t last = stp_sim.call_count;
    for (uint64_t number = last > most ? last - most + 1 : 1; number <= last; number++)
        print_call(file, log_entry(number));
}

void stp_sim_print_log(FILE *file)
{
    print_last(file, SIM_LOG_MAX);
}

void stp_sim_violation(const char *format, ...)
{
    va_list arguments;

    print_last(stderr, 20);
    fputs("# platform contract broken: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}
