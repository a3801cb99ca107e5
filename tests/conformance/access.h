/* SPDX-License-Identifier: MIT */
/*
 * access.h - one access to memory that may not be there, told as a Windows program sees it.
 *
 * Everything here goes through AddVectoredExceptionHandler and the context it is given, so the same
 * code runs on Windows and wherever <windows.h> is imitated. For one thread only.
 */
#ifndef STEPPE_TESTS_CONFORMANCE_ACCESS_H
#define STEPPE_TESTS_CONFORMANCE_ACCESS_H

#include <stddef.h>
#include <stdint.h>

#include <windows.h>

enum access_kind { ACCESS_READ, ACCESS_WRITE, ACCESS_EXECUTE };

enum access_outcome {
    ACCESS_DONE,
    ACCESS_VIOLATION,
    ACCESS_GUARD_PAGE,
    ACCESS_OTHER_EXCEPTION,
};

struct access {
    enum access_kind kind;
    size_t size_bytes; /* 1 or 8; such an access may lie on two pages */
    uint64_t value;    /* to write, or what was read */
    enum access_outcome outcome;
    uint32_t code; /* of the exception; the rest is told by its record */
    enum access_kind fault_kind;
    uintptr_t fault_address;
};

/* Do what kind, size_bytes and value say, and fill in the rest. ACCESS_EXECUTE calls the address.
 */
void access_try(struct access *access, uintptr_t address);

/* From now on an access violation in [base, base + size_bytes) commits the page it hit, with this
 * protection, and the access goes on. A size of 0 ends that. */
void access_auto_commit(uintptr_t base, size_t size_bytes, DWORD protection, size_t page_bytes);

/* The pages committed in this way since the last range was set. */
unsigned access_auto_commits(void);

#endif
