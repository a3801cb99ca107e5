/* SPDX-License-Identifier: MIT */
/*
 * steppe/publish.h - what the library knows, readable by another process; and the manual of that
 * format.
 *
 * When asked, by STEPPE_PUBLISH=1 in the environment (read once, at the first reservation) or by
 * steppe_publish, the library keeps a description of itself in a file that has no name in any
 * folder (memfd_create): its reservations, which of their pages are committed, which slots are in
 * use, charges, limits and counters. Whoever may look at the process reads it there, steppe-map for
 * one:
 *
 *     /proc/PID/fd/N   is a link to "/memfd:steppe (deleted)"; open it for reading, and use pread.
 *                      N is 100 or above where the limit on descriptors allows that. There may be
 *                      several, for children that run no program of their own inherit
 *                      descriptors: try all, the header says whose it is.
 *
 * It is PID's when
 *   - process_id is the last number of NSpid in /proc/PID/status: so the process sees itself; and
 *   - process_serial is the inode of a pidfd of it (pidfd_open, fstat): no other process ever has
 *     that, and it is the same in all namespaces. There is such a thing from Linux 6.9 on: then a
 *     pidfd lies in a file system of PIDFS_MAGIC (fstatfs). Where one side does not know it (0)
 *   - process_start is field 22 of /proc/PID/stat; but that counts from the beginning of the time
 *     namespace of who reads it, so this says nothing to who is in another one than PID
 *     (/proc/PID/ns/time).
 *
 * The described process neither waits for readers nor knows of them; a stopped one can be read as
 * well. The file is sealed: others can read it only. A program that closes descriptors it does not
 * know ends that, and nothing else; then it cannot be had again but in a fork's child.
 *
 * Not asked, it costs a branch where a system call is made anyway, and one when a slot is used or
 * cleared. Asked, it costs some 3 % of a fault, 6 % of a commit and 7 ns of 26 of a use of a slot
 * (bench/publish.c), 8 GiB of address space, a descriptor, and memory: a page of 4 KiB for each 128
 * MiB of address space, and for each 32,768 slots, in which something is or was committed or in
 * use. That is used again, but not given back to the system before the process ends.
 *
 * Locked memory. mlockall with MCL_CURRENT fills what can be touched, and that is opened 64 KiB at
 * a time (the bits of 2 GiB of address space, with pages of 4 KiB): so every 4 KiB may become 64.
 * 20 pages that lie far apart take 1.1 MiB then instead of 72 KiB. A program that has touched more
 * than 1,024 such parts opens further ones 4 MiB at a time, to spare mappings. What is opened after
 * mlockall, or when MCL_FUTURE was set before, is not filled. The 8 GiB count as locked (VmLck). So
 * who may not lock as much (RLIMIT_MEMLOCK, without CAP_IPC_LOCK) is refused MCL_CURRENT after
 * steppe_publish, and steppe_publish after MCL_FUTURE (STEPPE_E_MEMORY), as with any reservation of
 * that size.
 *
 * After fork the child describes itself in a file of its own. What it inherited is not in it at
 * first (inherited_count in the header): a reservation is described when something of it changes in
 * the child, be it a figure; slots when one of them does; everything when the child calls
 * steppe_publish. So a fork to run another program pays for an empty file, whatever there is: with
 * 30,000 scattered pages 64 ms instead of 62, and 4 KiB (bench/publish.c). The first change of a
 * reservation takes time and memory for all that is committed in it: there 102 ms, and 120 MiB.
 *
 * Where the file cannot be had the child publishes no more, and may be asked again. The parent's is
 * closed in it. exec ends it. A child that runs no fork handlers (_Fork, clone) and touches memory
 * of the library writes to its parent's description.
 *
 * There is room for 65,536 reservations, 1,024 shared budgets, and for 2^35 slots in 4,096
 * containers together; a container that finds none is described without its bits, until
 * steppe_publish is called again and there is.
 *
 * THE FORMAT. Everything is in the byte order of the machine, at the offsets that the header names;
 * integers are aligned. The file never changes its size; what was never written is a hole
 * (SEEK_DATA), and reads zero.
 *
 *     header             steppe_published_header, at 0
 *     budgets            budget_max times budget_bytes
 *     reservations       reservation_max times reservation_bytes
 *     bits of pages      page_count bits: of the page at address n * page_bytes bit n % 64 of the
 *                        64-bit word n / 64 is set while it is committed. They are in units of the
 *                        system's page, whatever unit a reservation has
 *     bits of slots      each container of slots has an area there: bit n of it is slot n's
 *
 * Writers do not wait for readers. A single figure is always whole, and figures and bits are right
 * whenever nothing is under way; among each other they may differ by what is. The constant part of
 * a reservation is guarded: read its sequence, all of it, and the sequence again. If they are equal
 * and even, what was read in between is of one reservation, and so are the figures behind it; else
 * try again. Sums may dip for a moment while a reservation ends. The strides reservation_bytes and
 * budget_bytes may be larger than the structures here: later versions add to their ends.
 *
 *     for (off_t at = bits_at; (at = lseek(file, at, SEEK_DATA)) >= 0 && at < bits_end;
 *          at = lseek(file, at, SEEK_HOLE))
 *         ...                    (read what lies there, up to the next hole)
 *
 * A reader should believe nothing: the process may overwrite its own memory.
 */
#ifndef STEPPE_PUBLISH_H
#define STEPPE_PUBLISH_H

#include <steppe/base.h>

STEPPE_BEGIN_DECLS

/* Describe this process from now on, what there is already included; it is described when this
 * returns. Once is enough. Only the setting "1" of STEPPE_PUBLISH means the same.
 *
 * In a fork's child: describe what it inherited now.
 *
 * Threads: any. Signal handlers and fault filters: no. Takes time in proportion to what is
 * committed. Errors, and then everything else works all the same: STEPPE_E_UNSUPPORTED (the system
 * has no such files), STEPPE_E_ADDRESS_SPACE, STEPPE_E_MEMORY, STEPPE_E_SYSTEM (no
 * descriptor or no file to be had: limits, a sandbox; or the program has closed the one there was).
 * Where the environment asked for it, the same is ignored. */
STEPPE_API steppe_status steppe_publish(void);

#define STEPPE_PUBLISHED_LINK "/memfd:steppe (deleted)"
#define STEPPE_PUBLISHED_MAGIC UINT64_C(0x3165707065747378)

enum {
    STEPPE_PUBLISHED_VERSION = 1, /* of another one nothing may be read but magic and version */
    STEPPE_PUBLISHED_NAME_BYTES = 64
};

/* What is counted, as in steppe/statistics.h. */
typedef enum steppe_published_count {
    STEPPE_PUBLISHED_FAULT_COMMIT,
    STEPPE_PUBLISHED_FAULT_RESUME,
    STEPPE_PUBLISHED_FAULT_UNWIND,
    STEPPE_PUBLISHED_FAULT_PASS,
    STEPPE_PUBLISHED_FAULT_RACE,
    STEPPE_PUBLISHED_FAULT_NOTE, /* fault_count is the sum of these six */
    STEPPE_PUBLISHED_FAULT_PAGE,
    STEPPE_PUBLISHED_OS_CALL,
    STEPPE_PUBLISHED_COMMIT,
    STEPPE_PUBLISHED_DECOMMIT,
    STEPPE_PUBLISHED_REFUSED,
    STEPPE_PUBLISHED_COUNTS
} steppe_published_count;

/* 24 bytes. */
typedef struct steppe_published_charge {
    uint64_t committed_bytes;
    uint64_t committed_peak_bytes; /* the highest it was */
    uint64_t limit_bytes;          /* STEPPE_NO_LIMIT: none */
} steppe_published_charge;

/* 320 bytes. */
typedef struct steppe_published_header {
    uint64_t magic;             /* written last */
    uint32_t version;           /* STEPPE_PUBLISHED_VERSION */
    uint32_t header_bytes;      /* sizes of the structures here, as the writer knows them */
    uint32_t budget_bytes;      /* steppe_published_budget */
    uint32_t reservation_bytes; /* steppe_published_reservation */
    uint64_t process_id;        /* as the process itself sees it */
    uint64_t process_start;     /* field 22 of /proc/self/stat; 0: not known */
    uint64_t page_bytes;        /* the system's page */
    uint64_t file_bytes;
    uint64_t budgets_at, budget_max; /* offset in the file, and how many there is room for */
    uint64_t reservations_at, reservation_max;
    uint64_t pages_at, page_count;  /* bits of pages */
    uint64_t slots_at, slots_bytes; /* bits of slots */

    /* changes */
    uint64_t reservation_end;     /* records from here on were never used */
    uint64_t not_described_count; /* living reservations for which there is no record */
    uint64_t missing_page_count;  /* how often the system refused memory for bits: when not 0, some
                                     that should be set may be clear */
    steppe_published_charge charge;                    /* of the process */
    uint64_t released_counts[STEPPE_PUBLISHED_COUNTS]; /* of reservations that are no more */
    uint64_t inherited_count; /* living reservations that are not described yet, for they are as the
                                 process got them when it was forked */

    /* constant */
    uint64_t process_serial; /* the inode of a pidfd of the process; 0: not known */
    uint64_t more[6];        /* zero */
} steppe_published_header;

/* A budget that is shared; 64 bytes. */
typedef struct steppe_published_budget {
    steppe_published_charge charge;
    uint64_t reserved[5]; /* zero */
} steppe_published_budget;

typedef enum steppe_published_kind {
    STEPPE_PUBLISHED_UNUSED = 0,    /* no reservation here: all else means nothing */
    STEPPE_PUBLISHED_PLAIN = 1,     /* memory of the program, or of arrays and arenas */
    STEPPE_PUBLISHED_SLOTS = 2,     /* holds slots (steppe/slots.h) */
    STEPPE_PUBLISHED_SLOTS_BITS = 3 /* the bookkeeping of slots; it has the same name */
} steppe_published_kind;

/* 512 bytes. */
typedef struct steppe_published_reservation {
    uint64_t sequence; /* odd while the constant part is written */

    /* constant, under sequence */
    uint32_t kind;       /* steppe_published_kind; readers take what they do not know for plain */
    uint32_t on_fault;   /* steppe_on_fault */
    uint32_t protection; /* steppe_protection, of pages committed by default */
    uint32_t budget;     /* 1 + its place among the budgets; 0: none, or none described */
    uint64_t base, size_bytes;
    uint64_t page_bytes; /* unit in which it keeps states */
    uint64_t tag;
    char name[STEPPE_PUBLISHED_NAME_BYTES]; /* ends with 0 */
    uint64_t slots_base; /* with SLOTS: address of slot 0; of a view of a file behind the end */
    uint64_t slot_bytes, slot_max;
    uint64_t slots_bits_at; /* offset in the file of its area; 0: there was no room for one */

    /* changes */
    uint32_t mechanism; /* steppe_mechanism */
    uint32_t reserved;
    steppe_published_charge charge;
    uint64_t counts[STEPPE_PUBLISHED_COUNTS];
    uint64_t more[30]; /* zero */
} steppe_published_reservation;

STEPPE_END_DECLS
#endif
