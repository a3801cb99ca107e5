/* SPDX-License-Identifier: MIT */
/*
 * steppe/region.h - reserve, commit, decommit, protect, query, release.
 *
 * A page is in one of three states:
 *
 *                 steppe_reserve              steppe_commit, or a fault that the policy resolves
 *        free  ------------------>  reserved  ------------------------------>  committed
 *             <------------------            <------------------------------
 *                 steppe_release              steppe_decommit (contents gone, zero when it returns)
 *
 * Reserving costs address space and nothing else. A committed page is charged to the budgets, holds
 * its contents, and costs physical memory from its first touch at the latest. Access to a page that
 * is not committed, or that its protection forbids, is a fault: steppe/fault.h says what happens
 * then.
 *
 * Read these before you build on it:
 *  - The kernel never faults for us. read(fd, p, n) into pages that are not committed fails with
 *    EFAULT, as ReadFile does on Windows: the policy is not asked. Call steppe_ready first.
 *  - Commit, decommit and protect work on whole pages: the start is rounded down, the end up, so
 *    bytes beside the range but on its pages share its fate. steppe_reset alone rounds inward.
 *  - A release or decommit under the feet of another thread that still uses the memory is the
 *    program's bug, as with free(): the library stays sound, the other thread faults.
 *  - After fork the child has its own copy of every reservation and a working library. Handlers
 *    given to pthread_atfork before the library was loaded must not touch uncommitted pages, nor
 *    ask about them. vfork
 *    and raw clone do not run the library's fork handlers: exec or exit is all that is safe there.
 *  - Committed pages are left out of core dumps unless options.dump is set.
 *  - pthread_cancel is deferred while the library works; asynchronous cancellation (the type that
 *    strikes anywhere) and siglongjmp out of a handler that interrupted a call of the library leave
 *    it locked, as with malloc. So does fork in such a handler.
 *
 * Threads: every call may be made from any thread at any time, on the same reservation too.
 * Signal handlers may call steppe_commit, steppe_commit_as, steppe_decommit, steppe_protect,
 * steppe_reset, steppe_ready, steppe_query and the run walk, and may touch committed-on-fault
 * memory. They may not call steppe_reserve, steppe_release or the walk over reservations.
 * A fault filter may call everything except steppe_release on the reservation that faulted.
 */
#ifndef STEPPE_REGION_H
#define STEPPE_REGION_H

#include <steppe/base.h>
#include <steppe/budget.h>
#include <steppe/fault.h>

STEPPE_BEGIN_DECLS

/* What may be done with a page. One of these six values, alone or with STEPPE_GUARD added. */
typedef uint32_t steppe_protection;
enum {
    STEPPE_READ_WRITE = 0,
    STEPPE_READ_ONLY = 1,
    STEPPE_NO_ACCESS = 2, /* committed and charged, contents kept, every access faults */
    STEPPE_EXECUTE = 3,   /* can be read as well, as on Windows */
    STEPPE_EXECUTE_READ = 4,
    STEPPE_EXECUTE_READ_WRITE = 5,
    STEPPE_GUARD = 0x10 /* one-shot: the first access faults and takes this flag off that page */
};

typedef enum steppe_state {
    STEPPE_FREE = 0,
    STEPPE_RESERVED = 1,
    STEPPE_COMMITTED = 2
} steppe_state;

/* How the kernel is made to hold the state of pages. All keep the same contract; they differ in
 * cost (see ARCHITECTURE.md). STEPPE_MECHANISM_BEST probes the machine: uffd where it works, but
 * guard for STEPPE_RAISE up to 4 GiB; else guard; else mprotect. The environment variable
 * STEPPE_MECHANISM=guard|mprotect|uffd|best overrides BEST, never a mechanism that options name. A
 * mechanism that stops working (userfaultfd forbidden by a sandbox set up later, say) is replaced
 * by the next one before anybody notices; steppe_statistics_of tells. */
typedef enum steppe_mechanism {
    STEPPE_MECHANISM_BEST = 0,
    STEPPE_MECHANISM_GUARD = 1,    /* guard markers inside touched chunks; Linux >= 6.13. A page
                                      costs no mapping; a chunk of 2 MiB, later more, costs 10 us,
                                      4 KiB of page table and two mappings when first touched */
    STEPPE_MECHANISM_MPROTECT = 2, /* two kernel mappings for every isolated run of pages. All
                                      reservations together may take three quarters of
                                      vm.max_map_count (seven eighths to give memory back), some
                                      24,500 isolated pages as a rule; then STEPPE_E_MAP_COUNT:
                                      decommit runs, or commit the gaps between them, which joins
                                      mappings */
    STEPPE_MECHANISM_UFFD = 3      /* userfaultfd: missing pages are trapped; Linux >= 5.11. What a
                                      fault commits has memory at once, but for dense runs */
} steppe_mechanism;

/* Where the kernel may use huge pages (2 MiB, transparent). They make dense memory six times
 * cheaper to touch first, and one touch takes 2 MiB of physical memory. Only inside committed pages
 * that fill a whole huge page; the commit charge knows nothing of them. A system that forbids them
 * (transparent_hugepage/enabled: never) goes without. */
typedef enum steppe_huge_pages {
    STEPPE_HUGE_WHEN_DENSE = 0, /* where faults have run through whole MiBs page by page; not with
                                   strict or whole_chunks. Under guard and mprotect also where one
                                   steppe_commit covers a huge page of a reservation whose policy
                                   is STEPPE_COMMIT */
    STEPPE_HUGE_NEVER = 1,
    STEPPE_HUGE_ALWAYS = 2 /* wherever one commit covers a whole huge page, by steppe_commit too */
} steppe_huge_pages;

/* Every field's zero is its default; {0} (in C++ {}) and a null pointer mean all defaults. */
typedef struct steppe_options {
    void *address; /* where to reserve, rounded down to 64 KiB; NULL: the library chooses */
    bool top_down; /* without an address: the highest free place instead of a low one */
    bool strict;   /* a fault commits exactly the page it touched, never a neighbour */
    size_t fault_around_bytes; /* the most one fault commits unless strict; 0: 2 MiB, or 8 MiB
                                  where huge pages are used */
    steppe_huge_pages huge_pages;
    bool whole_chunks; /* under mprotect, when mappings run short: commit chunks of 2 MiB and more
                          rather than single pages, budgets permitting; never when strict. That may
                          multiply the charge by hundreds: give it a limit. Chunks so scattered that
                          they need all mappings themselves end in STEPPE_E_MAP_COUNT as well */
    bool write_watch;  /* note which pages are written: steppe/watch.h */
    bool dump;         /* committed pages appear in core dumps */
    steppe_on_fault on_fault;     /* STEPPE_RAISE (default), STEPPE_COMMIT or STEPPE_ASK */
    steppe_filter filter;         /* STEPPE_ASK needs one; STEPPE_COMMIT may have one */
    void *filter_context;         /* handed to the filter as it is */
    steppe_protection protection; /* of pages committed by faults and by steppe_commit */
    steppe_mechanism mechanism;
    steppe_budget *budget; /* shared budget to charge, beside the process's; must outlive it */
    uint64_t limit_bytes;  /* this reservation's own limit on committed bytes; 0 or
                              STEPPE_NO_LIMIT: none (steppe_set_limit takes 0 at its word) */
    size_t page_bytes;     /* unit in which states are kept: a power of two from the system's page
                              to 2 MiB; 0: the system's page. All rounding then goes by it. */
    const char *name;      /* copied, at most 63 bytes kept; shown by walks and explorers */
    uint64_t tag;          /* yours; walks and queries return it */
} steppe_options;

/* Reserve address space for size_bytes; nothing is committed.
 *
 * Rounding: the base is a multiple of 64 KiB, and of page_bytes when that is more (an address is
 * rounded down to it); the end is rounded up to a page, so with an address the size grows by what
 * the base moved. The rest of the last 64 KiB stays free, yet nobody can reserve it. Ownership: the
 * reservation is the caller's until steppe_release. options are copied; a budget must live until
 * the release. Threads: any. Signal handlers: no. The first reservation whose policy is not
 * STEPPE_RAISE, or which has guard pages, installs the process's fault handler. Returns the base,
 * or NULL with one of: STEPPE_E_SIZE (zero, or past the address space), STEPPE_E_ADDRESS (below 64
 * KiB or beyond the user range), STEPPE_E_ADDRESS_IN_USE, STEPPE_E_OPTION (unknown enum value,
 * STEPPE_ASK without a filter, a filter with STEPPE_RAISE, page_bytes not a power of two in range),
 * STEPPE_E_NO_BUDGET, STEPPE_E_MECHANISM (named in options or STEPPE_MECHANISM, but unknown or not
 * available here), STEPPE_E_ADDRESS_SPACE, STEPPE_E_MEMORY, STEPPE_E_MAP_COUNT,
 * STEPPE_E_UNSUPPORTED, STEPPE_E_SYSTEM. Nothing is left behind. Like mmap(PROT_NONE,
 * MAP_NORESERVE); like VirtualAlloc(MEM_RESERVE). */
STEPPE_API void *steppe_reserve(size_t size_bytes, const steppe_options *options);

/* Commit the pages of a range, and give all of them the protection their reservation was given:
 * pages committed already too, guards and write protection included.
 *
 * Rounding: start down, end up, to pages. All pages must lie in one reservation.
 * Pages committed already keep their bytes; new ones read zero.
 * All or nothing: on failure no page has changed and nothing is charged.
 * Threads and signal handlers: any.
 * Errors: STEPPE_E_SIZE, STEPPE_E_NOT_RESERVED, STEPPE_E_OUTSIDE (past the end, into a neighbouring
 * reservation included), STEPPE_E_BUDGET, STEPPE_E_MEMORY, STEPPE_E_MAP_COUNT, STEPPE_E_SYSTEM.
 * Like mprotect(PROT_READ | PROT_WRITE); like VirtualAlloc(MEM_COMMIT). */
STEPPE_API steppe_status steppe_commit(void *address, size_t size_bytes);

/* Commit with a protection of one's own. As steppe_commit, and STEPPE_E_OPTION for a protection
 * that is none (STEPPE_NO_ACCESS with STEPPE_GUARD included), STEPPE_E_UNSUPPORTED for a guard
 * where faults cannot be caught. */
STEPPE_API steppe_status steppe_commit_as(void *address, size_t size_bytes,
                                          steppe_protection protection);

/* Give pages back: they become reserved, their contents are gone, their physical memory and their
 * charge are returned at once, and a later commit reads zero.
 *
 * Rounding: start down, end up, to pages: the whole first and last page go. All must lie in one
 * reservation; pages that are not committed are fine.
 * All or nothing: on failure every page is as it was.
 * Threads and signal handlers: any.
 * Errors: STEPPE_E_SIZE, STEPPE_E_NOT_RESERVED, STEPPE_E_OUTSIDE, STEPPE_E_MEMORY,
 * STEPPE_E_MAP_COUNT (taking pages out of the middle of a run can need more kernel mappings: under
 * mprotect, and where protections differ; never where whole runs go), STEPPE_E_SYSTEM.
 * Like madvise(MADV_DONTNEED) and mprotect(PROT_NONE) together; like VirtualFree(MEM_DECOMMIT). */
STEPPE_API steppe_status steppe_decommit(void *address, size_t size_bytes);

/* A range of memory, for lists. */
typedef struct steppe_range {
    void *address;
    size_t size_bytes;
} steppe_range;

/* Give many ranges back, in fewer system calls than one by one: ranges of one reservation that
 * follow each other in the list are taken together, and joined where one ends as the next begins.
 * (One call for 64 of them under userfaultfd, one for each that cannot be joined elsewhere; and
 * with a write watch of the kernel's another one for each, which fetches its marks.)
 *
 * Each range as steppe_decommit: rounding, preconditions, and all of it or nothing. The list is
 * read while nothing is locked, and not kept. Ranges may overlap. done_count may be NULL; otherwise
 * it receives how many ranges, from the first on, have been given back: all of them with STEPPE_OK;
 * on failure ranges[*done_count] is what failed, and it and all behind it are as they were: go on
 * behind it, or mend it and call again from there.
 * Threads and signal handlers: any.
 * Errors: STEPPE_E_NULL (ranges, with a count that is not 0), and those of steppe_decommit.
 * Like process_madvise(MADV_DONTNEED). */
STEPPE_API steppe_status steppe_decommit_all(const steppe_range *ranges, size_t range_count,
                                             size_t *done_count);

/* End a reservation: all its pages become free, its charge is returned.
 *
 * address: anywhere in the reservation's first page. The whole reservation goes; there is no
 * release of a part. Afterwards every pointer into it is dead, and a second release fails.
 * Threads: any. Signal handlers: no.
 * Errors: STEPPE_E_NULL, STEPPE_E_NOT_RESERVED (never reserved, or released already),
 * STEPPE_E_NOT_BASE; STEPPE_E_MEMORY, STEPPE_E_MAP_COUNT or STEPPE_E_SYSTEM (the kernel refused;
 * the reservation stays as it was). Like munmap; like VirtualFree(MEM_RELEASE). */
STEPPE_API steppe_status steppe_release(void *address);

/* Change the protection of committed pages.
 *
 * Rounding: start down, end up, to pages. All pages must lie in one reservation and be committed.
 * old may be NULL; otherwise it receives what the first page had. All or nothing.
 * Threads and signal handlers: any.
 * Errors: STEPPE_E_SIZE, STEPPE_E_OPTION, STEPPE_E_NOT_RESERVED, STEPPE_E_OUTSIDE,
 * STEPPE_E_UNSUPPORTED (a guard where faults cannot be caught), STEPPE_E_NOT_COMMITTED,
 * STEPPE_E_MEMORY, STEPPE_E_MAP_COUNT, STEPPE_E_SYSTEM. Like mprotect; like VirtualProtect. */
STEPPE_API steppe_status steppe_protect(void *address, size_t size_bytes,
                                        steppe_protection protection, steppe_protection *old);

/* Say that the contents of a range are no longer needed, but keep it committed: afterwards every
 * byte of it reads old or zero, and its physical memory has been given back.
 *
 * Rounding: inward, start up and end down, so no byte outside the range is lost; a range without a
 * whole page in it succeeds and does nothing. All pages must lie in one reservation; committed or
 * not, state, protection and charge stay as they are.
 * Threads and signal handlers: any.
 * Errors: STEPPE_E_SIZE, STEPPE_E_NOT_RESERVED, STEPPE_E_OUTSIDE, STEPPE_E_SYSTEM.
 * Like madvise(MADV_DONTNEED); like VirtualAlloc(MEM_RESET). */
STEPPE_API steppe_status steppe_reset(void *address, size_t size_bytes);

/* Make a range ready for system calls: commit it where it is not, and make it present, so that the
 * kernel can read it (STEPPE_ACCESS_READ, before write(2)) or write it (STEPPE_ACCESS_WRITE, before
 * read(2)) without EFAULT, until it is decommitted, reset or protected otherwise.
 *
 * Rounding: start down, end up, to pages. New pages take the reservation's protection; committed
 * ones keep theirs. No filter is asked. All or nothing as to state and charge.
 * Threads and signal handlers: any.
 * Errors: as steppe_commit; STEPPE_E_OPTION for STEPPE_ACCESS_EXECUTE or a value not listed;
 * STEPPE_E_PROTECTION when a page forbids that access; STEPPE_E_GUARD when a page is a guard.
 * Like madvise(MADV_POPULATE_WRITE). */
STEPPE_API steppe_status steppe_ready(void *address, size_t size_bytes, steppe_access access);

/* Who made the memory of a run. */
typedef enum steppe_owner {
    STEPPE_OWNER_NONE = 0,      /* free */
    STEPPE_OWNER_STEPPE = 1,    /* a reservation of this library */
    STEPPE_OWNER_ANONYMOUS = 2, /* others' private memory: heap, stacks, plain mmap */
    STEPPE_OWNER_FILE = 3,      /* others' mapping of a file or shared memory */
    STEPPE_OWNER_IMAGE = 4      /* others' mapping of a program or shared library */
} steppe_owner;

/* A run: neighbouring pages alike in state, protection and reservation.
 * For others' memory state is STEPPE_COMMITTED (STEPPE_RESERVED where it allows no access and is
 * anonymous), protection is what the kernel enforces, and reservation fields are zero. */
typedef struct steppe_run {
    void *base;        /* the page asked about, not the start of the run */
    size_t size_bytes; /* from base to the end of the run; 0 only after the end of a walk */
    steppe_state state;
    steppe_protection protection; /* of committed pages; STEPPE_NO_ACCESS otherwise */
    steppe_owner owner;
    void *reservation;                        /* its base; NULL when owner is not STEPPE */
    size_t reservation_bytes;                 /* its size */
    steppe_protection reservation_protection; /* what the reservation was given */
    uint64_t tag;                             /* what the reservation was given */
    void *mapping; /* for others' memory: where the kernel's mapping starts; else NULL */
} steppe_run;

/* What lies at an address: any address of the process, also memory that is not ours.
 *
 * Rounding: run->base is the address rounded down to a page (of its reservation's page size).
 * A free run ends at the next mapping of anybody.
 * In a reservation this costs no system call; elsewhere it asks the kernel for its map.
 * Other threads may change the state as soon as it was read.
 * Threads and signal handlers: any.
 * Errors: STEPPE_E_NULL (run), STEPPE_E_ADDRESS (outside the range a program may use; *run is
 * untouched), STEPPE_E_SYSTEM (the kernel's map cannot be read: only for memory not ours).
 * Like VirtualQuery; like reading /proc/self/maps. */
STEPPE_API steppe_status steppe_query(const void *address, steppe_run *run);

/* Walk the runs of one reservation in address order:
 *
 *     for (steppe_run run = steppe_first_run(base); run.size_bytes; run = steppe_next_run(run))
 *
 * steppe_first_run takes any address in the reservation and starts at its base; steppe_next_run
 * also goes on from a run that steppe_query gave. To walk the whole process, query base +
 * size_bytes until STEPPE_E_ADDRESS. Every step is a query of its own, so the walk holds nothing,
 * may be left at any time, and stays safe while others change the reservation (it then sees parts
 * of both states). After the last run, or when the address is in no reservation, or the reservation
 * was released meanwhile: size_bytes is 0. Threads and signal handlers: any. */
STEPPE_API steppe_run steppe_first_run(const void *address);
STEPPE_API steppe_run steppe_next_run(steppe_run run);

/* One reservation as it was made, for walks. */
typedef struct steppe_reservation {
    void *base;
    size_t size_bytes; /* 0 only after the end of a walk */
    size_t page_bytes;
    uint64_t committed_bytes;
    uint64_t limit_bytes; /* UINT64_MAX: none */
    steppe_on_fault on_fault;
    steppe_protection protection;
    steppe_mechanism mechanism;
    steppe_budget *budget;
    bool strict;
    bool write_watch;
    uint64_t tag;
    char name[64];
} steppe_reservation;

/* Walk all reservations of the process in address order:
 *
 *     for (steppe_reservation r = steppe_first_reservation(); r.size_bytes;
 *          r = steppe_next_reservation(r))
 *
 * As the walk over runs: it holds nothing and survives changes. Threads: any. Signal handlers: no.
 */
STEPPE_API steppe_reservation steppe_first_reservation(void);
STEPPE_API steppe_reservation steppe_next_reservation(steppe_reservation reservation);

/* The reservation that holds an address, anywhere in it, without asking the kernel; size_bytes is 0
 * when there is none. Threads and signal handlers: any. */
STEPPE_API steppe_reservation steppe_reservation_of(const void *address);

/* "free", "reserved", "committed"; "?" for another value. Constant strings; any thread, signal
 * handlers included. */
STEPPE_API const char *steppe_state_name(steppe_state state);

/* "read-write", "read-only", "no-access", "execute", "execute-read", "execute-read-write", each
 * also with "+guard"; "?" for another value. Constant strings; any thread, signal handlers
 * included. */
STEPPE_API const char *steppe_protection_name(steppe_protection protection);

/* "guard", "mprotect", "uffd", "best"; "?" for another value. Constant strings; any thread, signal
 * handlers included. */
STEPPE_API const char *steppe_mechanism_name(steppe_mechanism mechanism);

/* Whether a mechanism can be used on this machine; STEPPE_MECHANISM_BEST: whether any can. Probes
 * on the first call. Threads: any. Signal handlers: no. */
STEPPE_API bool steppe_mechanism_is_available(steppe_mechanism mechanism);

STEPPE_END_DECLS
#endif
