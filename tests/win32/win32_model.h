/* SPDX-License-Identifier: MIT */
/*
 * win32_model.h - what the Win32 memory calls give, told as naively as possible: one record per
 * page, ranges walked page by page, nothing shared with the library.
 *
 * Each call has a judge, which says in how many ways the call may end, and most have a second
 * function that brings about what a success changes. Where Windows is not known to decide between
 * several refusals, the judge names them all. Three bytes of each page are followed: its first, one
 * inside, its last; the others are never written.
 */
#ifndef STEPPE_TESTS_WIN32_MODEL_H
#define STEPPE_TESTS_WIN32_MODEL_H

#include <windows.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MODEL_PAGE = 4096,
    MODEL_GRANULE = 65536,
    MODEL_RESERVATIONS = 10,
    MODEL_PAGES_MAX = 2048 + 3 * 16, /* 8 MiB, and what rounding adds */
    MODEL_BYTES = 3
};

/* Ways a call may end, as a set. */
enum {
    CAN_SUCCEED = 1,
    CAN_BE_PARAMETER = 2, /* ERROR_INVALID_PARAMETER */
    CAN_BE_ADDRESS = 4,   /* ERROR_INVALID_ADDRESS */
    CAN_BE_NOACCESS = 8,  /* ERROR_NOACCESS */
    CAN_BE_LENGTH = 16,   /* ERROR_BAD_LENGTH */
    CAN_BE_OTHER = 32
};

/* Ways an access may end, as a set. */
enum { ACCESS_DONE = 1, ACCESS_VIOLATES = 2, ACCESS_HITS_GUARD = 4 };

/* As in EXCEPTION_RECORD.ExceptionInformation[0]. */
enum { KIND_READ = 0, KIND_WRITE = 1, KIND_FETCH = 8 };

struct model_page {
    bool committed;
    bool dirty;
    bool rewritten;   /* since the MEM_RESET that made bytes doubtful */
    bool mixed;       /* doubts of several resets: each byte has a doubt of its own */
    uint8_t doubtful; /* a bit for each byte that is its old value or zero */
    uint8_t bytes[MODEL_BYTES];
    uint16_t protection; /* base and PAGE_GUARD; of a reserved page, what it had last: not told, but
                            the runs of VirtualQuery end where it changes */
};

struct model_reservation {
    uintptr_t base; /* 0: none */
    size_t page_count;
    DWORD protection; /* as given */
    bool watched;
    struct model_page pages[MODEL_PAGES_MAX];
};

extern struct model_reservation model_reservations[MODEL_RESERVATIONS];
extern uintptr_t model_lowest, model_highest; /* of the user range, by GetSystemInfo */

/* ---- looking ----------------------------------------------------------------------------------
 */

unsigned model_way(DWORD error);
struct model_reservation *model_holder(uintptr_t address); /* NULL: free */
struct model_page *model_page_at(uintptr_t address);       /* NULL: free */
uintptr_t model_end(const struct model_reservation *r);
/* What VirtualQuery tells. The size of a free run is that up to the next reservation; 0 without. */
MEMORY_BASIC_INFORMATION model_information(uintptr_t address);
size_t model_offset_of_byte(uintptr_t page_address, size_t which);

/* ---- calls ------------------------------------------------------------------------------------
 */

struct model_range {
    uintptr_t first, end;
};

/* Every page touched by the bytes; the sum must not wrap. */
struct model_range model_outward(uintptr_t address, size_t size);
struct model_range model_inward(uintptr_t address, size_t size);

bool model_reserves(uintptr_t address, DWORD type); /* the call would make a reservation */
struct model_range model_reservation_range(uintptr_t address, size_t size);
struct model_reservation *model_free_slot(void); /* NULL: no room in the model */

unsigned judge_alloc(uintptr_t address, size_t size, DWORD type, DWORD protection);
void model_reserve(struct model_range range, DWORD type, DWORD protection);
void model_commit(struct model_range range, DWORD protection);
void model_reset(struct model_range range);

unsigned judge_free(uintptr_t address, size_t size, DWORD type);
void model_free(uintptr_t address, size_t size, DWORD type);

unsigned judge_protect(uintptr_t address, size_t size, DWORD protection, bool has_old);
DWORD model_protect(uintptr_t address, size_t size, DWORD protection); /* the old one */

unsigned judge_watch(DWORD flags, uintptr_t address, size_t size, size_t count);
size_t model_watch(DWORD flags, struct model_range range, uintptr_t *pages, size_t count);

/* ---- accesses ---------------------------------------------------------------------------------
 */

unsigned judge_access(uintptr_t address, unsigned kind);
void model_wrote(uintptr_t page_address, size_t which, uint8_t value);
void model_hit_guard(uintptr_t address);
/* A byte was seen: whether it may be that, and what is known since. */
bool model_saw(uintptr_t page_address, size_t which, uint8_t value);

#endif
