/* SPDX-License-Identifier: MIT */
/*
 * platform.h - everything Steppe asks of an operating system.
 *
 * A port is one folder beside this file that defines these functions, in files of the same names as
 * its neighbours': memory.c, fault.c, maps.c, thread.c, file.c, pressure.c, publish.c, traps.c,
 * facts.c. none/ is the honest "unsupported" and the template; sim/ is deterministic and can fail
 * the n-th call.
 *
 * Said once for all:
 *  - Ranges are page-aligned, not empty, do not wrap, and lie in one earlier
 *    stp_platform_reserve, unless a comment says otherwise.
 *  - int results are 0 or an OS error number; only stp_platform_diagnose understands those.
 *  - A call that fails has changed nothing, but protect, guard_install and guard_remove may have
 * come half way, to a page somewhere in the range, as kernels do.
 *  - All calls may be made from any thread and from a fault handler, except those marked [calm].
 *  - Each memory call is one system call unless its comment says otherwise.
 */
#ifndef STP_PLATFORM_H
#define STP_PLATFORM_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <steppe/base.h>
#include <steppe/fault.h>
#include <steppe/region.h>

/* ---- facts ---------------------------------------------------------------------------------- */

struct stp_platform_facts {
    size_t page_bytes;
    size_t table_span_bytes;    /* address range that one last-level page table covers (2 MiB) */
    uintptr_t address_first;    /* lowest address a reservation may have */
    uintptr_t address_end;      /* one past the highest byte of the user range */
    uint64_t mapping_count_max; /* kernel mappings a process may have; UINT64_MAX: no limit */
    bool has_memory;            /* reservations work at all */
    bool has_faults;            /* faults are delivered, so policies other than raise work */
    bool has_guard_markers;     /* stp_platform_guard_* work (probed, not guessed) */
    bool has_traps;             /* stp_platform_trap and _fill work with STP_TRAP_MISSING; they may
                                   be forbidden later */
    bool has_write_marks;       /* ... and with STP_TRAP_WRITES, and stp_platform_written */
    bool has_huge_pages;        /* a range of table_span_bytes may be given memory in one piece */
    bool accounts_commit;       /* the kernel charges memory when it becomes writable
                                   (overcommit_memory=2, RLIMIT_DATA), so address space made
                                   writable for nothing is not free */
};

/* Facts of the running machine, probed on the first call [calm: first call only]. */
const struct stp_platform_facts *stp_platform_facts(void);

/* An environment variable, NULL when unset or when the program runs with raised privileges [calm].
 * Like secure_getenv. */
const char *stp_platform_setting(const char *name);

/* ---- memory --------------------------------------------------------------------------------- */

enum {
    STP_RESERVE_FIXED = 1,    /* exactly at address, or fail; never replaces what is there */
    STP_RESERVE_TOP_DOWN = 2, /* highest free place; else a low one */
    STP_RESERVE_DUMP = 4,     /* contents appear in core dumps */
    STP_RESERVE_SPARSE = 8,   /* will be touched here and there: never with huge pages */
    STP_RESERVE_HUGE = 16,    /* with huge pages, where the system wants to be asked for them */
    STP_RESERVE_SMALL = 32    /* never with huge pages, and marked so */
};

/* Take address space: no access, no contents, no memory. address is used only with FIXED, and then
 * alignment_bytes is not; otherwise the base becomes a multiple of it (a power of two, at least a
 * page). May take several system
 * calls; *os_call_count grows by their number. [calm]
 * *in_use tells, on failure with FIXED, that something lies there. */
int stp_platform_reserve(uintptr_t address, size_t size_bytes, size_t alignment_bytes,
                         unsigned flags, uintptr_t *base, bool *in_use, uint32_t *os_call_count);

/* Give address space back, whole or the tail or head of what reserve gave. [calm] Like munmap. */
int stp_platform_release(uintptr_t base, size_t size_bytes);

/* Set what the processor may do with the range; STEPPE_GUARD counts as no access. Contents stay.
 * The range may hold guard markers: they stay, and win. Like mprotect. */
int stp_platform_protect(uintptr_t base, size_t size_bytes, steppe_protection protection);

/* Drop contents and physical memory; what is accessible reads zero next, or is trapped. Protection,
 * guard markers and traps stay. Like madvise(MADV_DONTNEED). */
int stp_platform_discard(uintptr_t base, size_t size_bytes);

/* Discard many ranges; *done_count of them, from the first on, were. Few system calls where the
 * system takes lists; *os_call_count grows by their number. Like process_madvise. */
struct stp_platform_range {
    uintptr_t base;
    size_t size_bytes;
};
int stp_platform_discard_all(const struct stp_platform_range *ranges, size_t range_count,
                             size_t *done_count, uint32_t *os_call_count);

/* Return the range to what reserve gave: no access, no contents, no guard markers, no traps, and
 * any charge of the kernel returned. flags: STP_RESERVE_DUMP, _SPARSE and _HUGE as given to
 * reserve, and _SMALL where the rest was marked so since. Up to three system calls. Like
 * mmap(MAP_FIXED, PROT_NONE). */
int stp_platform_renew(uintptr_t base, size_t size_bytes, unsigned flags);

/* Put guard markers on every page: contents are gone, any access faults, whatever protection says.
 * Pages that hold one already are fine. Needs facts->has_guard_markers.
 * Like madvise(MADV_GUARD_INSTALL). */
int stp_platform_guard_install(uintptr_t base, size_t size_bytes);

/* Take guard markers off; pages without one keep their contents. Like madvise(MADV_GUARD_REMOVE).
 */
int stp_platform_guard_remove(uintptr_t base, size_t size_bytes);

/* Make every page present for the access (read or write), which the range's protection must allow.
 * Like madvise(MADV_POPULATE_READ / MADV_POPULATE_WRITE). */
int stp_platform_populate(uintptr_t base, size_t size_bytes, steppe_access access);

/* Whether huge pages may lie in the range from now on: a hint, which the system may ignore. Like
 * madvise(MADV_HUGEPAGE and MADV_NOHUGEPAGE). */
void stp_platform_huge_pages(uintptr_t base, size_t size_bytes, bool on);

/* What an OS error of a memory call on size_bytes means: STEPPE_E_MEMORY, STEPPE_E_MAP_COUNT,
 * STEPPE_E_ADDRESS_SPACE, STEPPE_E_UNSUPPORTED or STEPPE_E_SYSTEM. May look at the process's limits
 * and map, so it is slow; for failures only. */
steppe_status stp_platform_diagnose(int os_error, size_t size_bytes);

/* ---- traps ---------------------------------------------------------------------------------- */

enum {
    STP_TRAP_MISSING = 1, /* an access to a page that is not present faults, instead of the system
                             making the page; one by a system call fails */
    STP_TRAP_WRITES = 2   /* writes are noted, for stp_platform_written */
};

/* Set traps on a range that has none, or these; what is present stays, and counts as written.
 * Protection and markers are as they were: a trap is asked last. Like UFFDIO_REGISTER. */
int stp_platform_trap(uintptr_t base, size_t size_bytes, unsigned traps);

/* Take all traps off. Like UFFDIO_UNREGISTER. */
int stp_platform_untrap(uintptr_t base, size_t size_bytes);

enum stp_fill {
    STP_FILL_ZEROS, /* with the one page of zeros that all share, until the first write */
    STP_FILL_MEMORY /* with memory of their own; counts as written */
};

/* Make the missing pages of a range trapped with STP_TRAP_MISSING present, reading zero, whatever
 * protection says; those present keep their contents. One system call, more when pages among them
 * are present: *os_call_count grows by their number. A failure may have come half way. Like
 * UFFDIO_COPY and UFFDIO_ZEROPAGE. */
int stp_platform_fill(uintptr_t base, size_t size_bytes, enum stp_fill fill,
                      uint32_t *os_call_count);

/* In a fork's child, before any other call on trapped ranges: the child's ranges have no traps. 0
 * when new ones can be set. */
int stp_platform_traps_after_fork(void);

/* Take off all traps of the process, without a call that a sandbox forbids. False when they are
 * perhaps still there: a child that runs no program of its own has kept a copy of the descriptor.
 * Like close. */
bool stp_platform_traps_end(void);

/* Grows when traps were found lost or were taken off, all of them, and calls began anew: who set
 * traps before must set them again. */
uint32_t stp_platform_traps_age(void);

/* Does the error mean that traps work no more in this process (forbidden, or our descriptor
 * closed by somebody)? */
bool stp_platform_traps_are_lost(int os_error);

/* Does the error of populate mean that a trapped page is missing? */
bool stp_platform_page_is_missing(int os_error);

/* Pages of a range with STP_TRAP_WRITES that were written since they were last cleared, as runs,
 * lowest first, no more than capacity; *next is where to go on, or the range's end. clear: each
 * counts as not written from the moment it is told. Without runs (capacity 0) clear only. Like
 * PAGEMAP_SCAN. */
struct stp_platform_written_run {
    uintptr_t first, end;
};
int stp_platform_written(uintptr_t base, size_t size_bytes, bool clear,
                         struct stp_platform_written_run *runs, size_t capacity, size_t *count,
                         uintptr_t *next);

/* ---- the process's map ---------------------------------------------------------------------- */

struct stp_platform_mapping {
    uintptr_t first, end;
    steppe_protection protection;
    steppe_owner owner; /* never STEPPE_OWNER_STEPPE: the platform does not know reservations */
};

/* The mapping that holds address, or else the next one above it; *found is false when there is
 * none. Several system calls. Like PROCMAP_QUERY, or /proc/self/maps. */
int stp_platform_mapping_at(uintptr_t address, struct stp_platform_mapping *mapping, bool *found);

/* How many kernel mappings touch the range (any range), and how many bytes of it are in physical
 * memory. mapping_count may be NULL. Time grows with both. [calm] Like /proc/self/maps and
 * /proc/self/pagemap. */
int stp_platform_measure(uintptr_t base, size_t size_bytes, uint64_t *mapping_count,
                         uint64_t *resident_bytes);

/* ---- threads -------------------------------------------------------------------------------- */

/* Sleep while *word == expected; may wake for no reason. Wake at most count sleepers. Like futex.
 */
void stp_platform_wait(uint32_t *word, uint32_t expected);
void stp_platform_wake(uint32_t *word, int count);

/* As stp_platform_wait, for so long at the most. */
void stp_platform_wait_for(uint32_t *word, uint32_t expected, uint32_t timeout_ms);

/* Time that only ever grows, and the processor time that this thread has used. Like
 * clock_gettime(CLOCK_MONOTONIC and CLOCK_THREAD_CPUTIME_ID). */
uint64_t stp_platform_now_ns(void);
uint64_t stp_platform_worked_ns(void);

/* A thread of the library's own, with asynchronous signals blocked. It lies where the caller wants
 * it until it is joined. */
struct stp_platform_thread {
    void (*body)(void *context);
    void *context;
    const char *name; /* of 15 bytes at the most; for who looks at the process */
    uint64_t handle;  /* the port's own */
};

/* Run thread->body in a thread; wait until it has returned. [calm] Like pthread_create and
 * pthread_join. */
int stp_platform_thread_start(struct stp_platform_thread *thread);
void stp_platform_thread_join(struct stp_platform_thread *thread);

/* Let this thread work only when nobody else wants the processor; false where that cannot be had.
 * [calm] Like sched_setscheduler(SCHED_IDLE). */
bool stp_platform_thread_be_idle(void);

/* Keep asynchronous signals of this thread away between block and restore, so that no signal
 * handler of the program runs, and touches our memory, while the thread holds a lock of ours. */
struct stp_signal_mask {
    uint64_t words[2];
};
void stp_platform_signals_block(struct stp_signal_mask *before);
void stp_platform_signals_restore(const struct stp_signal_mask *before);

/* A number of this process that its parent does not have, and neither 0 nor UINT32_MAX. Like
 * getpid. */
uint32_t stp_platform_process(void);

/* Have functions called around fork. [calm] Like pthread_atfork. */
int stp_platform_at_fork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void));

/* ---- publishing ----------------------------------------------------------------------------- */

/* Memory, all zero and taking no room, that other processes of the same user can find and read, and
 * cannot change; one in a process. It cannot be touched before publish_open. at: in the place of
 * what an earlier call gave, which in a fork's child is still the parent's; else 0. Several system
 * calls. [calm] Like memfd_create and mmap. */
int stp_platform_publish(size_t size_bytes, uintptr_t at, uintptr_t *base);

/* Can others still find it? An error when the program has closed what they go by. */
int stp_platform_publish_check(void);

/* In a fork's child, before any call above: what others find there is not the parent's any more. */
void stp_platform_publish_forget(void);

/* Take it out of the address space; the whole of it. */
void stp_platform_unpublish(uintptr_t base, size_t size_bytes);

/* Let a part of it be touched from now on. */
int stp_platform_publish_open(uintptr_t base, size_t size_bytes);

/* Have room for one page of an open part: only this can fail, and writing cannot once it succeeded.
 */
int stp_platform_publish_page(uintptr_t base);

/* When this process was started, as others can ask it of the system; 0: not known. It depends on
 * who asks (time namespaces). */
uint64_t stp_platform_process_start(void);

/* A number that no other process ever has, which others can ask of the system; 0: not known. */
uint64_t stp_platform_process_serial(void);

/* ---- pressure ------------------------------------------------------------------------------- */

struct stp_platform_pressure {
    uint32_t waiting_percent; /* of the last 10 seconds in which some task waited for memory */
    uint64_t high_count;      /* how often our control group was held back at its soft limit */
};

/* How short memory is, of the system and of our part of it: whichever is worse. Fails where the
 * system says neither. Several system calls. [calm] Like /proc/pressure/memory. */
int stp_platform_pressure(struct stp_platform_pressure *pressure);

/* ---- files ---------------------------------------------------------------------------------- */

/* All [calm], and no place where a thread may be cancelled. */

enum { STP_PLATFORM_PATH_BYTES = 4096 };

struct stp_platform_file {
    int64_t handle;
    bool is_new;                            /* made by file_replace, and not there yet */
    char path[STP_PLATFORM_PATH_BYTES];     /* what it replaces */
    char new_path[STP_PLATFORM_PATH_BYTES]; /* the port's own */
};

/* Open a regular file for reading; *is_other on failure: it is there, and something else. */
int stp_platform_file_open(const char *path, struct stp_platform_file *file, uint64_t *size_bytes,
                           bool *is_other);

/* Read at an offset; *got_bytes is less than asked at the end of the file only. */
int stp_platform_file_read(const struct stp_platform_file *file, uint64_t offset_bytes,
                           void *buffer, size_t size_bytes, size_t *got_bytes);

/* Begin a new file of so many bytes, all zero and taking no room, that is to replace what lies at
 * the path, or to be the first there. Nobody finds it before file_finish. What it replaces keeps
 * its access rights; through a symbolic link the file it leads to is meant. */
int stp_platform_file_replace(const char *path, uint64_t size_bytes, struct stp_platform_file *file,
                              bool *is_other);

/* Write all of it at an offset of a new file, not beyond its size. */
int stp_platform_file_write(const struct stp_platform_file *file, uint64_t offset_bytes,
                            const void *buffer, size_t size_bytes);

/* Flush a new file to the disk, then put it in the old one's place, in one step. On failure the old
 * one is there as before. Either way stp_platform_file_close comes next. Like fsync and rename. */
int stp_platform_file_finish(struct stp_platform_file *file);

/* Close a file; a new one that was not finished is gone. */
void stp_platform_file_close(struct stp_platform_file *file);

/* Put bytes of a file, read-only, in the place of what stp_platform_reserve gave; the offset is a
 * multiple of a page. Touching what somebody has cut off the file since faults. Like mmap. */
int stp_platform_file_map(const struct stp_platform_file *file, uint64_t offset_bytes,
                          uintptr_t base, size_t size_bytes);

/* ---- faults --------------------------------------------------------------------------------- */

struct stp_platform_fault {
    uintptr_t address; /* exact byte */
    steppe_access access;
    bool is_mapped; /* something is mapped there, but forbids the access */
    const void *instruction;
    bool is_taken; /* by stp_platform_fault_take, rather than delivered */
    void *context; /* the port's own */
};

enum stp_verdict {
    STP_VERDICT_RESUME,         /* run the instruction again */
    STP_VERDICT_PASS_ON,        /* previous handler or default action, with the original
                                   information, once */
    STP_VERDICT_PASS_ON_REFUSED /* the same, told as a refused access whatever the system called it:
                                   a trap has a name of its own in some */
};

/* Called on the faulting thread for every refused access of the process, ours or not, with errno
 * kept and asynchronous signals held back. Faults inside it come back to it, nested. */
typedef enum stp_verdict (*stp_platform_fault_handler)(const struct stp_platform_fault *fault);

/* Deliver faults to handler from now on, in front of the handlers there are. Once per process; a
 * second call does nothing. [calm] Like sigaction(SIGSEGV and SIGBUS). */
int stp_platform_faults_install(stp_platform_fault_handler handler);

/* Have one fault decided by handler, in a handler of the program's own for the OS's report of it
 * (on Linux a signal and its handler's arguments). What is no refused access passes on, and handler
 * is not called. */
enum stp_verdict stp_platform_fault_take(stp_platform_fault_handler handler, int signal,
                                         const void *information, void *machine);

/* Whether the handler is what stp_platform_faults_install put in place for the signal, and nobody's
 * was there before. */
bool stp_platform_handler_is_last(int signal, const void *handler);

/* Where this thread is: in which of its active fault handlers, NULL in none. To be compared only.
 */
const void *stp_platform_fault_place(void);

/* Leave the handler for where jump was set, at a place this thread was then, with the signal mask
 * it had there. Like longjmp. */
_Noreturn void stp_platform_fault_leave(const struct stp_platform_fault *fault, const void *place,
                                        jmp_buf *jump);

#endif
