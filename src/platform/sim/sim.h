/* SPDX-License-Identifier: MIT */
/*
 * sim.h - the controls of the simulated platform, for tests.
 *
 * sim/ keeps a page table in arrays and obeys platform.h to the letter, so a test can set the facts
 * of the machine, make any call fail, touch pages without a real fault, and ask at any time what a
 * kernel would hold. Reservations lie on real memory at the same addresses in every run, so
 * pointers into them may be used.
 *
 * What a port would answer with wrong behaviour is answered here with abort() and a sentence: a
 * range that is empty, unaligned, wraps, or leaves its reservation; guard markers or traps where
 * there are none; traps on traps; waiting for a lock that nobody can release.
 *
 * Huge pages are advice that sets mappings apart and nothing more: memory comes page by page.
 */
#ifndef STP_SIM_H
#define STP_SIM_H

#include <stdio.h>

#include "platform/platform.h"

/* ---- the machine ----------------------------------------------------------------------------- */

/* Back to an empty machine with the default facts: 4 KiB pages, guard markers, neither traps nor
 * write marks nor huge pages, no limits, nothing armed. Only before the library was used in this
 * process, or in a test of sim itself: the library's own tables would keep pointing to what is
 * gone. */
void stp_sim_reset(void);

/* The facts that stp_platform_facts gives; change them before the library reads them. The page is
 * 4096 bytes and stays so. mapping_count_max is enforced. */
struct stp_platform_facts *stp_sim_facts(void);

/* Settings that stp_platform_setting gives; value NULL unsets. Strings are not copied. */
void stp_sim_set_setting(const char *name, const char *value);

/* Limits besides facts->mapping_count_max; UINT64_MAX takes them away. Beyond them calls fail with
 * ENOMEM. Physical pages are those made present by populate, by fill (the shared page of zeros
 * counts as well) and by touches, not by plain pointers.
 * Charged pages are counted only where facts->accounts_commit. */
void stp_sim_set_physical_page_max(uint64_t page_count);
void stp_sim_set_charged_page_max(uint64_t page_count);
void stp_sim_set_address_space_max(uint64_t byte_count);

/* Give real memory the simulated protections. Off by default: then all reservations can be read and
 * written by plain pointers whatever the table says. On: a plain access that the table forbids, to
 * a trapped missing page too, is a real fault, delivered to the installed handler like a touch. Set
 * it before the first reservation.
 *
 * Off, no trap sees a plain access: a missing page stays missing, and what was written there is
 * gone when it is filled; a write is not noted. On, writes are noted once a handler is installed.
 * Pages that plain accesses made before there were traps are found when those are set.
 */
void stp_sim_enforce(bool on);

/* A sandbox forbids traps from now on: all calls on them fail with EPERM. Traps that are set stay
 * in force. */
void stp_sim_lose_traps(bool on);

/* What a kernel does in a fork's child: all traps of all reservations vanish, and nobody is told.
 * Forked tests keep theirs: only this, and stp_platform_traps_after_fork, take them away. */
void stp_sim_forget_traps(void);

/* More than one thread uses the library: waiting yields the processor, and no longer means that the
 * program can never go on. Failures are then no longer deterministic. */
void stp_sim_allow_threads(bool on);

/* ---- failures -------------------------------------------------------------------------------- */

/* All int-returning calls of platform.h are fallible and counted, those that fail included. */
uint64_t stp_sim_call_count(void);

/* The n-th fallible call from now, counted from 1, fails, once; 0 disarms. */
void stp_sim_fail_call(uint64_t n);

/* The n-th fallible call from now and every one after it fails, until disarmed with 0. */
void stp_sim_fail_every_after(uint64_t n);

/* All calls of these names fail, as under a sandbox that forbids them: "discard renew". NULL:
 * none. The string is not copied. */
void stp_sim_refuse(const char *names);

/* The error of injected failures; ENOMEM after a reset. */
void stp_sim_set_error(int os_error);

/* What fails has come half way, as in kernels: a refused protect, injected or for want of mappings,
 * has changed the mappings before the last one; a refused guard_install or fill, when injected, has
 * done the first half of its pages, a refused discard_all the first half of its ranges. */
void stp_sim_tear(bool on);

/* How many injected failures were delivered since the reset. */
uint64_t stp_sim_failure_count(void);

/* ---- the log --------------------------------------------------------------------------------- */

/* Since the reset, the last 1024 calls: number, name, reservation, offset, size, result. */
void stp_sim_print_log(FILE *file);

/* Name of the last call that was made to fail; "" when none was. */
const char *stp_sim_failed_call(void);

/* ---- looking and touching -------------------------------------------------------------------- */

struct stp_sim_page {
    bool is_reserved;             /* all else is false or no-access otherwise */
    steppe_protection protection; /* what the kernel was told */
    bool has_marker;
    bool is_present; /* touched, populated or filled since its contents were last dropped */
    bool is_charged; /* by the kernel, where facts->accounts_commit */
    bool is_trapped; /* with STP_TRAP_MISSING */
    bool notes_writes;
};

struct stp_sim_page stp_sim_page(const void *address);

/* What the processor would say now to accesses, without making any: bit 1 << access for each that
 * is allowed. */
unsigned stp_sim_allowed(const void *address);

/* Contents, whatever protection and markers say; false where nothing is reserved. */
bool stp_sim_peek(const void *address, void *buffer, size_t size_bytes);

enum stp_sim_outcome {
    STP_SIM_DONE,      /* the access was made: a byte read, or written back as it was */
    STP_SIM_PASSED_ON, /* it would have reached the previous handler */
    STP_SIM_UNHANDLED, /* refused, and no handler is installed */
    STP_SIM_LOOP,      /* the handler said resume a thousand times and nothing changed */
    STP_SIM_NO_MEMORY  /* no physical page left: a kernel would kill the process */
};

/* Access one byte as a processor would: faults go to the installed handler. Does not return when
 * the handler leaves by stp_platform_fault_leave. An execute access runs nothing. */
enum stp_sim_outcome stp_sim_touch(const void *address, steppe_access access);

/* Faults delivered, and faults left by stp_platform_fault_leave, since the reset. */
uint64_t stp_sim_fault_count(void);
uint64_t stp_sim_unwind_count(void);

/* What was published; NULL: nothing is. */
const void *stp_sim_published(void);

/* ---- what must be left behind ---------------------------------------------------------------- */

/* Live reservations of the platform, their bytes, and the mappings a kernel would need for them.
 * The library keeps some for its bookkeeping. */
uint64_t stp_sim_leaks(void);
uint64_t stp_sim_reserved_bytes(void);
uint64_t stp_sim_mapping_count(void);

/* Pages that are charged now, where facts->accounts_commit. */
uint64_t stp_sim_charged_page_count(void);

/* Whether the calling thread holds signals back, in a fault or because it blocked them. */
bool stp_sim_signals_blocked(void);

#endif
