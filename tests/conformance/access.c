/* SPDX-License-Identifier: MIT */
#include "access.h"

#include <stdbool.h>

/* Sanitizers would look at the memory before the access does. */
#define UNCHECKED __attribute__((no_sanitize("address", "thread", "undefined"), noinline))

enum { FAULT_WRITES = 1, FAULT_EXECUTES = 8 }; /* ExceptionInformation[0]; a read is 0 */

/* Room on the stack of the interrupted function that belongs to it. */
enum { RED_ZONE_BYTES = 256, STACK_ALIGNMENT = 16, RETURN_ADDRESS_BYTES = 8 };

struct __attribute__((packed)) word {
    volatile uint64_t value;
};

static struct {
    uintptr_t base;
    size_t size_bytes;
    size_t page_bytes;
    DWORD protection;
    volatile unsigned commit_count;
} automatic;

/* The access that is being tried, and where to go on when it cannot be done. */
static struct access *volatile trying;
static void *way_back[5];

static bool commit_page_of(uintptr_t address)
{
    if (address < automatic.base || address - automatic.base >= automatic.size_bytes)
        return false;
    uintptr_t page = address - address % automatic.page_bytes;
    if (!VirtualAlloc((void *)page, automatic.page_bytes, MEM_COMMIT, automatic.protection))
        return false;
    automatic.commit_count++;
    return true;
}

_Noreturn UNCHECKED static void go_back(void)
{
    __builtin_longjmp(way_back, 1);
}

/* Let the thread go on as if the faulting instruction had called go_back(). */
static void leave_by(CONTEXT *context)
{
    uintptr_t stack = (uintptr_t)context->Rsp - RED_ZONE_BYTES;
    stack -= stack % STACK_ALIGNMENT;
    context->Rsp = stack - RETURN_ADDRESS_BYTES;
    context->Rip = (uintptr_t)go_back;
}

static enum access_outcome outcome_of(DWORD code)
{
    switch (code) {
    case EXCEPTION_ACCESS_VIOLATION:
        return ACCESS_VIOLATION;
    case EXCEPTION_GUARD_PAGE:
        return ACCESS_GUARD_PAGE;
    default:
        return ACCESS_OTHER_EXCEPTION;
    }
}

static void record(struct access *access, const EXCEPTION_RECORD *exception)
{
    access->code = (uint32_t)exception->ExceptionCode;
    access->outcome = outcome_of((DWORD)exception->ExceptionCode);
    if (exception->NumberParameters < 2)
        return;
    access->fault_kind = exception->ExceptionInformation[0] == FAULT_EXECUTES ? ACCESS_EXECUTE
                         : exception->ExceptionInformation[0] == FAULT_WRITES ? ACCESS_WRITE
                                                                              : ACCESS_READ;
    access->fault_address = (uintptr_t)exception->ExceptionInformation[1];
}

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *pointers)
{
    const EXCEPTION_RECORD *exception = pointers->ExceptionRecord;
    if ((DWORD)exception->ExceptionCode == (DWORD)EXCEPTION_ACCESS_VIOLATION &&
        exception->NumberParameters >= 2 &&
        commit_page_of((uintptr_t)exception->ExceptionInformation[1]))
        return EXCEPTION_CONTINUE_EXECUTION;
    struct access *access = trying;
    if (!access)
        return EXCEPTION_CONTINUE_SEARCH;
    trying = NULL;
    record(access, exception);
    leave_by(pointers->ContextRecord);
    return EXCEPTION_CONTINUE_EXECUTION;
}

static void install_handler(void)
{
    static void *handler;
    if (!handler)
        handler = AddVectoredExceptionHandler(1, on_exception);
}

UNCHECKED static void perform(struct access *access, uintptr_t address)
{
    volatile uint8_t *byte = (volatile uint8_t *)address;
    struct word *word = (struct word *)address;
    bool is_byte = access->size_bytes == 1;
    switch (access->kind) {
    case ACCESS_READ:
        access->value = is_byte ? *byte : word->value;
        break;
    case ACCESS_WRITE:
        if (is_byte)
            *byte = (uint8_t)access->value;
        else
            word->value = access->value;
        break;
    case ACCESS_EXECUTE:
        ((void (*)(void))address)();
        break;
    }
}

UNCHECKED void access_try(struct access *access, uintptr_t address)
{
    install_handler();
    access->outcome = ACCESS_DONE;
    access->fault_kind = access->kind;
    access->fault_address = address;
    if (__builtin_setjmp(way_back) == 0) {
        trying = access;
        perform(access, address);
    }
    trying = NULL;
}

void access_auto_commit(uintptr_t base, size_t size_bytes, DWORD protection, size_t page_bytes)
{
    install_handler();
    automatic.size_bytes = 0;
    automatic.base = base;
    automatic.protection = protection;
    automatic.page_bytes = page_bytes;
    if (size_bytes)
        automatic.commit_count = 0;
    automatic.size_bytes = size_bytes;
}

unsigned access_auto_commits(void)
{
    return automatic.commit_count;
}
