/* SPDX-License-Identifier: MIT */
/*
 * random_calls.c - random Win32 memory calls and accesses, valid and invalid, on the library and on
 * the naive model of win32_model.h. After each call the result, the last error, the exception and
 * the pages around it must be those of the model; now and then everything is compared.
 *
 * Options and replay: tests/support/random.h.
 */
#define _GNU_SOURCE 1

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../support/random.h"
#include "win32_model.h"

#if defined(__x86_64__)

enum {
    ARENA_GRANULES = 1024, /* where reservations with an address go: 64 MiB */
    FULL_EVERY = 20000,
    SENTINEL = 0x5a5a, /* the last error before each call */
    WATCH_MAX = 3000
};

static const size_t page = MODEL_PAGE, granule = MODEL_GRANULE, mib2 = (size_t)2 << 20;

static uintptr_t arena, arena_end;
static int memory_file = -1; /* /proc/self/mem */

/* ---- words ------------------------------------------------------------------------------------
 */

struct word {
    DWORD bits;
    const char *name;
};

static const struct word type_words[] = {
    {MEM_COMMIT, "COMMIT"},     {MEM_RESERVE, "RESERVE"},   {MEM_DECOMMIT, "DECOMMIT"},
    {MEM_RELEASE, "RELEASE"},   {MEM_FREE, "FREE"},         {MEM_PRIVATE, "PRIVATE"},
    {MEM_RESET, "RESET"},       {MEM_TOP_DOWN, "TOP_DOWN"}, {MEM_WRITE_WATCH, "WRITE_WATCH"},
    {0x80000000u, "0x80000000"}};

static const struct word protection_words[] = {{PAGE_NOACCESS, "NOACCESS"},
                                               {PAGE_READONLY, "READONLY"},
                                               {PAGE_READWRITE, "READWRITE"},
                                               {PAGE_WRITECOPY, "WRITECOPY"},
                                               {PAGE_EXECUTE, "EXECUTE"},
                                               {PAGE_EXECUTE_READ, "EXECUTE_READ"},
                                               {PAGE_EXECUTE_READWRITE, "EXECUTE_READWRITE"},
                                               {PAGE_EXECUTE_WRITECOPY, "EXECUTE_WRITECOPY"},
                                               {PAGE_GUARD, "GUARD"},
                                               {PAGE_NOCACHE, "NOCACHE"},
                                               {PAGE_WRITECOMBINE, "WRITECOMBINE"}};

static const struct word way_words[] = {{CAN_SUCCEED, "success"},
                                        {CAN_BE_PARAMETER, "ERROR_INVALID_PARAMETER"},
                                        {CAN_BE_ADDRESS, "ERROR_INVALID_ADDRESS"},
                                        {CAN_BE_NOACCESS, "ERROR_NOACCESS"},
                                        {CAN_BE_LENGTH, "ERROR_BAD_LENGTH"},
                                        {CAN_BE_OTHER, "another error"}};

/* A few strings live at a time. */
static const char *in_words(const struct word *words, size_t count, DWORD bits, const char *between)
{
    static char texts[8][160];
    static size_t next;
    char *text = texts[next++ % array_count(texts)];
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < count && used < sizeof texts[0]; i++) {
        if (!(bits & words[i].bits))
            continue;
        used += (size_t)snprintf(text + used, sizeof texts[0] - used, "%s%s", used ? between : "",
                                 words[i].name);
        bits &= ~words[i].bits;
    }
    if ((bits || !used) && used < sizeof texts[0])
        snprintf(text + used, sizeof texts[0] - used, "%s%#x", used ? between : "", (unsigned)bits);
    return text;
}

static const char *type_text(DWORD bits)
{
    return in_words(type_words, array_count(type_words), bits, "|");
}

static const char *protection_text(DWORD bits)
{
    return in_words(protection_words, array_count(protection_words), bits, "|");
}

static const char *ways_text(unsigned ways)
{
    return in_words(way_words, array_count(way_words), ways, " or ");
}

static const char *page_text(const MEMORY_BASIC_INFORMATION *m)
{
    static char texts[2][200];
    static size_t next;
    char *text = texts[next++ % 2];
    snprintf(text, sizeof texts[0], "[%p, %#llx bytes, %s %s, of %p %s, type %s]", m->BaseAddress,
             (unsigned long long)m->RegionSize, type_text(m->State), protection_text(m->Protect),
             m->AllocationBase, protection_text(m->AllocationProtect), type_text(m->Type));
    return text;
}

/* "arena+0x12000", or the plain address elsewhere. */
static const char *place(uintptr_t address)
{
    static char texts[4][40];
    static size_t next;
    char *text = texts[next++ % array_count(texts)];
    if (address >= arena && address < arena_end)
        snprintf(text, sizeof texts[0], "arena+%#llx", (unsigned long long)(address - arena));
    else
        snprintf(text, sizeof texts[0], "%#llx", (unsigned long long)address);
    return text;
}

/* The call ended in one of the ways; true when it succeeded. */
static bool agree_way(int line, bool succeeded, unsigned ways)
{
    DWORD error = GetLastError();
    unsigned way = succeeded ? CAN_SUCCEED : model_way(error);
    if (!(way & ways))
        mismatch(__FILE__, line, "the call", "gave %s (last error %u), not %s", ways_text(way),
                 (unsigned)error, ways_text(ways));
    remember_end(ways_text(way));
    return succeeded;
}

#define agree_ended(succeeded, ways) agree_way(__LINE__, (succeeded), (ways))

/* ---- accesses ---------------------------------------------------------------------------------
 */

static struct {
    volatile bool is_open;
    unsigned kind;
    void *volatile resume; /* where a failed load or store goes on */
    volatile size_t count; /* of exceptions */
    EXCEPTION_RECORD record;
    DWORD64 instruction;
} probe;

/* Records the exception, and goes on as if the access had not been there. */
static LONG CALLBACK on_exception(EXCEPTION_POINTERS *pointers)
{
    CONTEXT *context = pointers->ContextRecord;
    if (!probe.is_open)
        return EXCEPTION_CONTINUE_SEARCH;
    probe.is_open = false;
    probe.count++;
    probe.record = *pointers->ExceptionRecord;
    probe.instruction = context->Rip;
    if (probe.kind == KIND_FETCH) {
        context->Rip = *(const DWORD64 *)(uintptr_t)context->Rsp;
        context->Rsp += sizeof(DWORD64);
    } else {
        context->Rip = (DWORD64)(uintptr_t)probe.resume;
    }
    return EXCEPTION_CONTINUE_EXECUTION;
}

/* One instruction whose successor the handler can find. */
#define FAULTING(instruction, value_, address_)                                                    \
    do {                                                                                           \
        void *scratch_;                                                                            \
        __asm__ volatile(                                                                          \
            "leaq 1f(%%rip), %[scratch]\n\t"                                                       \
            "movq %[scratch], %[resume]\n\t" instruction "\n"                                      \
            "1:"                                                                                   \
            : [scratch] "=&r"(scratch_), [resume] "=m"(probe.resume), [value] "+&r"(value_)        \
            : [address] "r"(address_)                                                              \
            : "memory");                                                                           \
    } while (0)

static NO_SANITIZER void do_access(uintptr_t address, unsigned kind, size_t size, uint32_t *value)
{
    uint32_t moved = *value;
    if (kind == KIND_FETCH)
        call_code((void *)address);
    else if (kind == KIND_WRITE && size == 1)
        FAULTING("movb %b[value], (%[address])", moved, address);
    else if (kind == KIND_WRITE)
        FAULTING("movw %w[value], (%[address])", moved, address);
    else if (size == 1)
        FAULTING("movzbl (%[address]), %[value]", moved, address);
    else
        FAULTING("movzwl (%[address]), %[value]", moved, address);
    *value = moved;
}

/* What the access gave: one of ACCESS_DONE, ACCESS_VIOLATES, ACCESS_HITS_GUARD. */
static unsigned try_access(uintptr_t address, unsigned kind, size_t size, uint32_t *value)
{
    size_t count = probe.count;
    probe.kind = kind;
    probe.is_open = true;
    do_access(address, kind, size, value);
    if (probe.count == count) {
        probe.is_open = false;
        return ACCESS_DONE;
    }
    const EXCEPTION_RECORD *record = &probe.record;
    agree(record->NumberParameters == 2, "%u parameters", (unsigned)record->NumberParameters);
    agree(record->ExceptionInformation[0] == kind, "kind %llu, not %u",
          (unsigned long long)record->ExceptionInformation[0], kind);
    agree((uintptr_t)record->ExceptionAddress == probe.instruction, "%p, but Rip is %#llx",
          record->ExceptionAddress, (unsigned long long)probe.instruction);
    if (kind == KIND_FETCH)
        agree(probe.instruction == address, "fetch at %#llx", (unsigned long long)address);
    if (record->ExceptionCode == STATUS_GUARD_PAGE_VIOLATION)
        return ACCESS_HITS_GUARD;
    agree(record->ExceptionCode == EXCEPTION_ACCESS_VIOLATION, "exception %#x",
          (unsigned)record->ExceptionCode);
    return ACCESS_VIOLATES;
}

static uintptr_t fault_address(void)
{
    return (uintptr_t)probe.record.ExceptionInformation[1];
}

/* ---- comparing --------------------------------------------------------------------------------
 */

static bool is_in_arena(uintptr_t address)
{
    return address >= arena && address < arena_end;
}

/* The length of a free run that is not ended by one of the model's reservations is not known. */
static bool is_alike(const MEMORY_BASIC_INFORMATION *is, const MEMORY_BASIC_INFORMATION *wanted)
{
    uintptr_t end = (uintptr_t)wanted->BaseAddress + wanted->RegionSize;
    bool size = is->RegionSize == wanted->RegionSize;
    if (wanted->State == MEM_FREE && (wanted->RegionSize == 0 || end > arena_end))
        size = (uintptr_t)is->BaseAddress + is->RegionSize >= arena_end;
    return size && is->BaseAddress == wanted->BaseAddress && is->State == wanted->State &&
           is->Protect == wanted->Protect && is->Type == wanted->Type &&
           is->AllocationBase == wanted->AllocationBase &&
           is->AllocationProtect == wanted->AllocationProtect;
}

static MEMORY_BASIC_INFORMATION query(uintptr_t address)
{
    MEMORY_BASIC_INFORMATION m;
    memset(&m, 0x5a, sizeof m);
    SetLastError(SENTINEL);
    SIZE_T length = VirtualQuery((const void *)address, &m, sizeof m);
    agree(length == sizeof m, "VirtualQuery of %s gave %llu, last error %u", place(address),
          (unsigned long long)length, (unsigned)GetLastError());
    return m;
}

/* What lies outside the arena and the model belongs to others. */
static void compare_query(uintptr_t address)
{
    if (!model_holder(address) && !is_in_arena(address))
        return;
    MEMORY_BASIC_INFORMATION is = query(address), wanted = model_information(address);
    agree(is_alike(&is, &wanted), "query of %s gave %s, not %s", place(address), page_text(&is),
          page_text(&wanted));
}

/* The kernel's way to the bytes where the protection closes the ordinary one. */
static bool see_byte(uintptr_t address, bool plainly, uint8_t *byte)
{
    uint32_t value = 0;
    if (!plainly)
        return memory_file >= 0 && pread(memory_file, byte, 1, (off_t)address) == 1;
    agree(try_access(address, KIND_READ, 1, &value) == ACCESS_DONE, "read of %s", place(address));
    *byte = (uint8_t)value;
    return true;
}

static void compare_bytes(uintptr_t page_address)
{
    const struct model_page *model = model_page_at(page_address);
    if (!model || !model->committed)
        return;
    bool plainly = judge_access(page_address, KIND_READ) == ACCESS_DONE;
    for (size_t i = 0; i < MODEL_BYTES; i++) {
        uintptr_t address = page_address + model_offset_of_byte(page_address, i);
        uint8_t byte = 0, wanted = model->bytes[i];
        if (see_byte(address, plainly, &byte))
            agree(model_saw(page_address, i, byte), "%s holds %#x, not %#x%s", place(address), byte,
                  wanted, model->doubtful >> i & 1 ? " or zero" : "");
    }
}

static void compare_page(uintptr_t address)
{
    compare_query(address);
    compare_bytes(address & ~(uintptr_t)(page - 1));
}

/* The pages on both sides of both ends of the range, and one inside. */
static void compare_around(struct model_range range)
{
    const uintptr_t looks[] = {range.first - page, range.first, range.end - page, range.end,
                               range.first + below(range.end - range.first)};
    compare_page(looks[below(4)]);
    compare_page(looks[below(array_count(looks))]);
    compare_bytes(looks[4] & ~(uintptr_t)(page - 1));
}

static void compare_watch(const struct model_reservation *r)
{
    static void *is[MODEL_PAGES_MAX];
    static uintptr_t wanted[MODEL_PAGES_MAX];
    ULONG_PTR count = array_count(is);
    DWORD unit = 0;
    UINT failed = GetWriteWatch(0, (void *)r->base, r->page_count * page, is, &count, &unit);
    size_t count_wanted =
        model_watch(0, (struct model_range){r->base, model_end(r)}, wanted, array_count(wanted));
    agree(!failed && count == count_wanted, "%llu dirty pages, not %zu", (unsigned long long)count,
          count_wanted);
    for (size_t i = 0; i < count; i++)
        agree((uintptr_t)is[i] == wanted[i], "%s instead of %s", place((uintptr_t)is[i]),
              place(wanted[i]));
}

static void compare_reservation(const struct model_reservation *r)
{
    for (uintptr_t at = r->base; at < model_end(r); at += page)
        compare_page(at);
    if (r->watched)
        compare_watch(r);
}

static void compare_everything(void)
{
    for (size_t i = 0; i < MODEL_RESERVATIONS; i++) {
        if (model_reservations[i].base)
            compare_reservation(&model_reservations[i]);
    }
    for (uintptr_t at = arena; at < arena_end; at += query(at).RegionSize)
        compare_query(at);
}

/* ---- choosing ---------------------------------------------------------------------------------
 */

static struct model_reservation *some_reservation(void)
{
    size_t start = below(MODEL_RESERVATIONS);
    for (size_t i = 0; i < MODEL_RESERVATIONS; i++) {
        struct model_reservation *r = &model_reservations[(start + i) % MODEL_RESERVATIONS];
        if (r->base)
            return r;
    }
    return NULL;
}

/* A page, mostly near a border that an implementation may care for: 64 KiB and 2 MiB, counted from
 * the reservation's base or from address zero. */
static uintptr_t some_page(const struct model_reservation *r)
{
    const size_t borders[] = {1, 16, 16, 64, 512, 512, 2048};
    if (one_in(3))
        return r->base + below(r->page_count) * page;
    size_t unit = pick(borders), first = one_in(2) ? 0 : -(r->base / page) % unit;
    size_t at = first + below(r->page_count / unit + 1) * unit + below(5);
    at = at > 2 ? at - 2 : 0;
    return r->base + (at < r->page_count ? at : r->page_count - 1) * page;
}

static size_t some_page_count(void)
{
    const size_t counts[] = {1, 1, 1, 1, 2, 2, 3, 8, 15, 16, 17, 64, 100, 511, 512, 513, 1025};
    return pick(counts);
}

/* Bytes of a reservation, or past its end now and then; not always whole pages. */
static void some_range(const struct model_reservation *r, uintptr_t *address, size_t *size)
{
    const size_t starts[] = {1, 16, page / 2, page - 1}, cuts[] = {1, page / 2, page - 1};
    *address = some_page(r);
    *size = some_page_count() * page;
    if (*address + *size > model_end(r) && !one_in(8))
        *size = model_end(r) - *address;
    if (one_in(3))
        *address += pick(starts);
    if (one_in(3))
        *size -= pick(cuts);
    if (*address + *size > model_end(r) && !one_in(8))
        *size = model_end(r) - *address;
}

static uintptr_t some_odd_address(uintptr_t otherwise)
{
    const uintptr_t odd[] = {0,
                             1,
                             0x1000,
                             0xffff,
                             model_highest + 1,
                             model_highest + granule,
                             UINT64_C(0x800000000000),
                             UINT64_C(0xffff800000000000),
                             UINTPTR_MAX - granule + 1,
                             UINTPTR_MAX,
                             arena + below(ARENA_GRANULES) * granule,
                             arena + below(ARENA_GRANULES * granule),
                             otherwise ^ granule};
    return pick(odd);
}

static size_t some_odd_size(uintptr_t address)
{
    const size_t odd[] = {0,
                          0,
                          SIZE_MAX,
                          SIZE_MAX - page,
                          SIZE_MAX - address,
                          (size_t)0 - address,
                          SIZE_MAX / 2,
                          (size_t)0 - address - below(page)};
    return pick(odd);
}

/* Now and then something that has no sense. */
static void disturb(uintptr_t *address, size_t *size)
{
    if (one_in(40))
        *address = some_odd_address(*address);
    if (one_in(40))
        *size = some_odd_size(*address);
}

static DWORD some_protection(void)
{
    const DWORD likely[] = {PAGE_READWRITE,
                            PAGE_READWRITE,
                            PAGE_READWRITE,
                            PAGE_READONLY,
                            PAGE_NOACCESS,
                            PAGE_EXECUTE,
                            PAGE_EXECUTE_READ,
                            PAGE_EXECUTE_READWRITE,
                            PAGE_EXECUTE_READWRITE,
                            PAGE_READWRITE | PAGE_GUARD,
                            PAGE_READONLY | PAGE_GUARD,
                            PAGE_EXECUTE_READWRITE | PAGE_GUARD,
                            PAGE_READWRITE | PAGE_NOCACHE};
    const DWORD bases[] = {0, 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80};
    const DWORD unknown[] = {0x1000, 0x8000, 0x10000, 0x100000, 0x2000000};
    if (!one_in(12))
        return pick(likely);
    DWORD protection = one_in(4) ? (DWORD)below(256) : pick(bases);
    protection |= (DWORD)below(8) << 8;
    return one_in(8) ? protection | pick(unknown) : protection;
}

static DWORD some_type(DWORD meant)
{
    const DWORD known[] = {MEM_COMMIT, MEM_RESERVE, MEM_RESET, MEM_TOP_DOWN, MEM_WRITE_WATCH};
    /* Bits that mean nothing to VirtualAlloc; others mean things this test does not know. */
    const DWORD unknown[] = {MEM_DECOMMIT, MEM_RELEASE, MEM_PRIVATE, 0x100, 0x800, 0x80000000u};
    if (!one_in(15))
        return meant;
    DWORD type = one_in(4) ? meant : 0;
    for (size_t i = 0; i < array_count(known); i++)
        type |= one_in(2) ? known[i] : 0;
    return one_in(4) ? type | pick(unknown) : type;
}

static size_t some_reservation_size(void)
{
    const size_t borders[] = {page,           2 * page,       granule,  granule,
                              2 * granule,    mib2,           mib2,     2 * mib2,
                              mib2 - granule, mib2 + granule, 4 * mib2, 15 * granule + page};
    const size_t jitters[] = {0, 0, 0, 1, page - 1, page};
    size_t size = one_in(4) ? 1 + below(4 * mib2) : pick(borders);
    size_t jitter = pick(jitters);
    if (size > jitter && (one_in(2) || size + jitter > 4 * mib2))
        return size - jitter;
    return size + jitter;
}

/* In the arena, often right behind another reservation or around a border of 2 MiB. */
static uintptr_t some_new_address(void)
{
    const size_t offsets[] = {0, 0, 0, 1, page - 1, page, 3 * page + 8, granule - 1};
    const struct model_reservation *r = some_reservation();
    uintptr_t address = arena + below(ARENA_GRANULES) * granule;
    if (r && one_in(2))
        address = (model_end(r) + granule - 1) / granule * granule + below(2) * granule;
    else if (one_in(2))
        address = address / mib2 * mib2;
    if (address < arena || address >= arena + ARENA_GRANULES * granule)
        address = arena;
    return address + pick(offsets);
}

/* ---- VirtualAlloc -----------------------------------------------------------------------------
 */

struct allocation {
    uintptr_t address;
    size_t size;
    DWORD type, protection;
};

/* The model has a slot for it, and knows that no stranger is in the way. */
static bool fits_model(const struct allocation *a)
{
    if (!model_free_slot() || a->size > MODEL_PAGES_MAX * page - granule)
        return false;
    return !a->address || (a->address >= arena && a->address + a->size <= arena_end);
}

static void choose_new(struct allocation *a)
{
    const DWORD types[] = {
        MEM_RESERVE,
        MEM_RESERVE,
        MEM_RESERVE | MEM_COMMIT,
        MEM_RESERVE | MEM_TOP_DOWN,
        MEM_RESERVE | MEM_WRITE_WATCH,
        MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH,
        MEM_RESERVE | MEM_COMMIT | MEM_TOP_DOWN | MEM_WRITE_WATCH,
    };
    const DWORD types_anywhere[] = {MEM_COMMIT, MEM_COMMIT | MEM_TOP_DOWN};
    bool anywhere = one_in(3);
    a->address = anywhere ? 0 : some_new_address();
    a->size = some_reservation_size();
    a->type = some_type(anywhere && one_in(3) ? pick(types_anywhere) : pick(types));
}

static void choose_within(struct allocation *a, const struct model_reservation *r)
{
    DWORD type = one_in(6) ? MEM_RESET : MEM_COMMIT;
    if (type == MEM_COMMIT && one_in(10))
        type |= MEM_TOP_DOWN;
    some_range(r, &a->address, &a->size);
    a->type = some_type(type);
}

/* Where the result must lie; a range of one address for most calls. */
static void agree_result(const struct allocation *a, uintptr_t result)
{
    uintptr_t wanted = a->address & ~(uintptr_t)(page - 1);
    if (model_reserves(a->address, a->type) && !a->address) {
        agree(result % granule == 0, "%#llx", (unsigned long long)result);
        struct model_range range = model_reservation_range(result, a->size);
        for (uintptr_t at = range.first; at < range.end; at += page)
            agree(!model_holder(at), "%s is taken", place(at));
        return;
    }
    if (model_reserves(a->address, a->type))
        wanted = a->address & ~(uintptr_t)(granule - 1);
    bool inward = a->type == MEM_RESET && result == model_inward(a->address, a->size).first;
    agree(result == wanted || inward, "%s, not %s", place(result), place(wanted));
}

static struct model_range allocated(const struct allocation *a, uintptr_t result)
{
    if (!model_reserves(a->address, a->type))
        return model_outward(a->address, a->size);
    return model_reservation_range(a->address ? a->address : result, a->size);
}

static void apply_alloc(const struct allocation *a, uintptr_t result)
{
    if (model_reserves(a->address, a->type))
        model_reserve(allocated(a, result), a->type, a->protection);
    else if (a->type == MEM_RESET)
        model_reset(model_inward(a->address, a->size));
    else
        model_commit(allocated(a, result), a->protection);
}

static void do_alloc(struct model_reservation *within)
{
    struct allocation a = {.protection = some_protection()};
    if (within)
        choose_within(&a, within);
    else
        choose_new(&a);
    disturb(&a.address, &a.size);
    unsigned ways = judge_alloc(a.address, a.size, a.type, a.protection);
    if (ways & CAN_SUCCEED && model_reserves(a.address, a.type) && !fits_model(&a))
        return;
    remember("VirtualAlloc(%s, %#zx, %s, %s)", place(a.address), a.size, type_text(a.type),
             protection_text(a.protection));
    SetLastError(SENTINEL);
    void *result = VirtualAlloc((void *)a.address, a.size, a.type, a.protection);
    if (agree_ended(result != NULL, ways)) {
        agree_result(&a, (uintptr_t)result);
        apply_alloc(&a, (uintptr_t)result);
        compare_around(allocated(&a, (uintptr_t)result));
    } else if (a.address) {
        compare_page(a.address);
    }
}

/* ---- VirtualFree ------------------------------------------------------------------------------
 */

static DWORD some_free_type(DWORD meant)
{
    const DWORD odd[] = {0,
                         MEM_DECOMMIT | MEM_RELEASE,
                         MEM_RELEASE | 1,
                         MEM_DECOMMIT | MEM_RESET,
                         MEM_COMMIT,
                         MEM_RESERVE,
                         MEM_FREE,
                         MEM_RELEASE | 0x80000000u};
    return one_in(20) ? pick(odd) : meant;
}

static void call_free(uintptr_t address, size_t size, DWORD type)
{
    unsigned ways = judge_free(address, size, type);
    struct model_range range = model_outward(address, size ? size : 1);
    const struct model_reservation *r = model_holder(address);
    if (r && size == 0)
        range = (struct model_range){r->base, model_end(r)};
    remember("VirtualFree(%s, %#zx, %s)", place(address), size, type_text(type));
    SetLastError(SENTINEL);
    if (agree_ended(VirtualFree((void *)address, size, type), ways)) {
        model_free(address, size, type);
        compare_around(range);
    } else if (address) {
        compare_page(address);
    }
}

static void do_decommit(const struct model_reservation *r)
{
    uintptr_t address;
    size_t size;
    some_range(r, &address, &size);
    if (one_in(30)) {
        size = 0;
        address = one_in(3) ? address : r->base + below(page);
    }
    disturb(&address, &size);
    call_free(address, size, some_free_type(MEM_DECOMMIT));
}

/* Mostly tries that must fail, so that reservations live long enough to be used. */
static void do_release(const struct model_reservation *r)
{
    uintptr_t address = r->base + below(page);
    size_t size = 0;
    if (!one_in(3)) {
        address = some_page(r);
        if (address == r->base)
            size = 1 + below(2 * page);
    }
    disturb(&address, &size);
    call_free(address, size, some_free_type(MEM_RELEASE));
}

/* ---- VirtualProtect ---------------------------------------------------------------------------
 */

/* Shortens the range to its first committed pages, so that most calls succeed. */
static size_t committed_part(uintptr_t address, size_t size)
{
    for (uintptr_t at = address; at - address < size; at = (at & ~(uintptr_t)(page - 1)) + page) {
        const struct model_page *model = model_page_at(at);
        if (!model || !model->committed)
            return at > address ? at - address : size;
    }
    return size;
}

static void do_protect(const struct model_reservation *r)
{
    uintptr_t address;
    size_t size;
    DWORD protection = some_protection(), old = SENTINEL;
    DWORD *old_place = one_in(50) ? NULL : &old;
    some_range(r, &address, &size);
    if (!one_in(8))
        size = committed_part(address, size);
    disturb(&address, &size);
    unsigned ways = judge_protect(address, size, protection, old_place != NULL);
    remember("VirtualProtect(%s, %#zx, %s, %s)", place(address), size, protection_text(protection),
             old_place ? "&old" : "NULL");
    SetLastError(SENTINEL);
    if (agree_ended(VirtualProtect((void *)address, size, protection, old_place), ways)) {
        DWORD old_wanted = model_protect(address, size, protection);
        agree(old == old_wanted, "old protection %s, not %s", protection_text(old),
              protection_text(old_wanted));
        compare_around(model_outward(address, size));
    } else if (address) {
        compare_page(address);
    }
}

/* ---- VirtualQuery -----------------------------------------------------------------------------
 */

static void do_odd_query(void)
{
    MEMORY_BASIC_INFORMATION m;
    uintptr_t address = some_odd_address(arena);
    size_t length = one_in(3) ? below(sizeof m) : sizeof m;
    unsigned ways = address > model_highest ? CAN_BE_PARAMETER : 0;
    ways |= length < sizeof m ? CAN_BE_LENGTH : 0;
    remember("VirtualQuery(%s, %zu bytes)", place(address), length);
    SetLastError(SENTINEL);
    SIZE_T got = VirtualQuery((const void *)address, &m, length);
    if (!agree_ended(got != 0, ways ? ways : CAN_SUCCEED))
        return;
    agree(got == sizeof m, "%llu bytes", (unsigned long long)got);
    agree((uintptr_t)m.BaseAddress == (address & ~(uintptr_t)(page - 1)) && m.RegionSize,
          "%p, %#llx bytes", m.BaseAddress, (unsigned long long)m.RegionSize);
}

static void do_query(const struct model_reservation *r)
{
    if (one_in(10)) {
        do_odd_query();
        return;
    }
    uintptr_t address = some_page(r) + below(page);
    if (one_in(4))
        address = arena + below(arena_end - arena);
    remember("VirtualQuery(%s)", place(address));
    compare_page(address);
}

/* ---- GetWriteWatch ----------------------------------------------------------------------------
 */

static void agree_watched(uintptr_t address, size_t size, DWORD flags, void **is, size_t count,
                          size_t room)
{
    static uintptr_t wanted[WATCH_MAX];
    size_t count_wanted = model_watch(flags, model_outward(address, size), wanted, room);
    agree(count == count_wanted, "%zu pages, not %zu", count, count_wanted);
    for (size_t i = 0; i < count; i++)
        agree((uintptr_t)is[i] == wanted[i], "page %zu is %s, not %s", i, place((uintptr_t)is[i]),
              place(wanted[i]));
}

static void do_watch(const struct model_reservation *r)
{
    static void *pages[WATCH_MAX];
    const size_t rooms[] = {WATCH_MAX, WATCH_MAX, WATCH_MAX, 1, 2, 3, 10, 64, 0};
    uintptr_t address;
    size_t size, room = pick(rooms);
    DWORD flags = one_in(30) ? (DWORD)below(8) : (DWORD)below(2), unit = 0;
    some_range(r, &address, &size);
    if (one_in(4)) {
        address = r->base;
        size = r->page_count * page;
    }
    disturb(&address, &size);
    unsigned ways = judge_watch(flags, address, size, room);
    ULONG_PTR count = room;
    remember("GetWriteWatch(%u, %s, %#zx, room for %zu)", (unsigned)flags, place(address), size,
             room);
    SetLastError(SENTINEL);
    UINT result = GetWriteWatch(flags, (void *)address, size, pages, &count, &unit);
    agree(result == 0 || result == ~(UINT)0, "%#x", result);
    if (agree_ended(result == 0, ways)) {
        agree(unit == page, "the unit is %u", (unsigned)unit);
        agree_watched(address, size, flags, pages, count, room);
    }
}

static void do_reset_watch(const struct model_reservation *r)
{
    static uintptr_t pages[WATCH_MAX];
    uintptr_t address;
    size_t size;
    some_range(r, &address, &size);
    disturb(&address, &size);
    unsigned ways = judge_watch(0, address, size, 1);
    remember("ResetWriteWatch(%s, %#zx)", place(address), size);
    SetLastError(SENTINEL);
    UINT result = ResetWriteWatch((void *)address, size);
    if (agree_ended(result == 0, ways))
        model_watch(WRITE_WATCH_FLAG_RESET, model_outward(address, size), pages, WATCH_MAX);
}

/* ---- accesses ---------------------------------------------------------------------------------
 */

static const char *kind_text(unsigned kind)
{
    if (kind == KIND_FETCH)
        return "fetch";
    return kind == KIND_WRITE ? "write" : "read";
}

static void agree_outcome(uintptr_t address, unsigned outcome, unsigned ways)
{
    static const struct word words[] = {{ACCESS_DONE, "success"},
                                        {ACCESS_VIOLATES, "EXCEPTION_ACCESS_VIOLATION"},
                                        {ACCESS_HITS_GUARD, "STATUS_GUARD_PAGE_VIOLATION"}};
    agree(outcome & ways, "the access of %s gave %s, not %s", place(address),
          in_words(words, array_count(words), outcome, " or "),
          in_words(words, array_count(words), ways, " or "));
    remember_end(in_words(words, array_count(words), outcome, " or "));
    if (outcome == ACCESS_HITS_GUARD)
        model_hit_guard(address);
}

static void agree_fault_at(uintptr_t wanted)
{
    agree(fault_address() == wanted, "the exception says %s, not %s", place(fault_address()),
          place(wanted));
}

/* Only what is surely a "return" instruction may be called, and what surely cannot be. */
static bool is_callable(uintptr_t page_address, size_t which)
{
    const struct model_page *model = model_page_at(page_address);
    if (!(judge_access(page_address, KIND_FETCH) & ACCESS_DONE))
        return true;
    return model->bytes[which] == 0xc3 && !(model->doubtful >> which & 1);
}

static void access_one(uintptr_t page_address, size_t which, unsigned kind)
{
    uint32_t value = one_in(3) ? 0xc3 : 1 + (uint32_t)below(255), wrote = value;
    uintptr_t address = page_address + model_offset_of_byte(page_address, which);
    if (kind == KIND_FETCH && !is_callable(page_address, which)) {
        kind = KIND_WRITE;
        value = wrote = 0xc3;
    }
    unsigned ways = judge_access(address, kind);
    remember("%s %s, %#x", kind_text(kind), place(address), kind == KIND_WRITE ? wrote : 0);
    unsigned outcome = try_access(address, kind, 1, &value);
    agree_outcome(address, outcome, ways);
    if (outcome != ACCESS_DONE)
        agree_fault_at(address);
    else if (kind == KIND_WRITE)
        model_wrote(page_address, which, (uint8_t)wrote);
    else if (kind == KIND_READ)
        agree(model_saw(page_address, which, (uint8_t)value), "%s holds %#x, not %#x",
              place(address), value, model_page_at(page_address)->bytes[which]);
}

static void across_done(uintptr_t page_address, unsigned kind, uint32_t value)
{
    const uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    for (size_t i = 0; i < 2; i++) {
        uintptr_t at = page_address + i * page;
        size_t which = i == 0 ? MODEL_BYTES - 1 : 0;
        if (kind == KIND_WRITE)
            model_wrote(at, which, bytes[i]);
        else
            agree(model_saw(at, which, bytes[i]), "byte %zu is %#x", i, bytes[i]);
    }
}

/* The last byte of one page and the first of the next. When both pages refuse, the processor is
 * free to tell of either. */
static void access_across(uintptr_t page_address, unsigned kind)
{
    uintptr_t address = page_address + page - 1, next = page_address + page;
    uint32_t value = (uint32_t)below(65536), wrote = value;
    unsigned ways = judge_access(address, kind), ways_next = judge_access(next, kind);
    remember("%s across %s, %#x", kind_text(kind), place(next), value);
    unsigned outcome = try_access(address, kind, 2, &value);
    if (outcome == ACCESS_DONE) {
        agree_outcome(address, outcome, ways);
        agree_outcome(next, outcome, ways_next);
        across_done(page_address, kind, kind == KIND_WRITE ? wrote : value);
    } else if (fault_address() == next) {
        agree_outcome(next, outcome, ways_next);
    } else {
        agree_fault_at(address);
        agree_outcome(address, outcome, ways);
    }
}

/* Whether a store that fails on one page marks the other is nobody's promise. */
static bool may_access_across(const struct model_reservation *r, uintptr_t page_address)
{
    const struct model_reservation *next = model_holder(page_address + page);
    return !r->watched && !(next && next->watched) &&
           (next || (page_address + page >= arena && page_address + page < arena_end));
}

static void access_free_page(void)
{
    uintptr_t page_address = arena + below((arena_end - arena) / page) * page;
    if (!model_holder(page_address))
        access_one(page_address, below(MODEL_BYTES), one_in(2) ? KIND_READ : KIND_WRITE);
}

static void do_access_some(const struct model_reservation *r)
{
    const unsigned kinds[] = {KIND_READ,  KIND_READ,  KIND_READ, KIND_WRITE,
                              KIND_WRITE, KIND_WRITE, KIND_FETCH};
    uintptr_t page_address = some_page(r);
    unsigned kind = pick(kinds);
    size_t count = one_in(10) ? 1 + below(20) : 1;
    if (one_in(30))
        access_free_page();
    if (one_in(8) && kind != KIND_FETCH && may_access_across(r, page_address)) {
        access_across(page_address, kind);
        return;
    }
    for (size_t i = 0; i < count && model_holder(page_address) == r; i++, page_address += page)
        access_one(page_address, below(MODEL_BYTES), kind);
}

/* ---- running ----------------------------------------------------------------------------------
 */

static void do_operation(void)
{
    struct model_reservation *r = some_reservation();
    uint64_t dice = below(1000);
    if (!r || dice < 40)
        do_alloc(NULL);
    else if (dice < 60)
        do_release(r);
    else if (dice < 160)
        do_query(r);
    else if (dice < 240)
        do_watch(r);
    else if (dice < 260)
        do_reset_watch(r);
    else if (dice < 390)
        do_protect(r);
    else if (dice < 500)
        do_decommit(r);
    else if (dice < 680)
        do_alloc(r);
    else
        do_access_some(r);
}

/* Far from where the system and the sanitizers put things of their own. */
static uintptr_t find_arena(size_t size)
{
    const uintptr_t hints[] = {UINT64_C(0x1000000000), UINT64_C(0x200000000000),
                               UINT64_C(0x7b8000000000), 0};
    for (size_t i = 0; i < array_count(hints); i++) {
        void *found = VirtualAlloc((void *)hints[i], size, MEM_RESERVE, PAGE_NOACCESS);
        if (!found)
            continue;
        agree(VirtualFree(found, 0, MEM_RELEASE), "last error %u", (unsigned)GetLastError());
        return (uintptr_t)found;
    }
    mismatch(__FILE__, __LINE__, "no room", "for an arena of %#zx bytes", size);
}

static void start(void)
{
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    agree(system.dwPageSize == page && system.dwAllocationGranularity == granule, "%u, %u",
          (unsigned)system.dwPageSize, (unsigned)system.dwAllocationGranularity);
    model_lowest = (uintptr_t)system.lpMinimumApplicationAddress;
    model_highest = (uintptr_t)system.lpMaximumApplicationAddress;
    memory_file = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    agree(AddVectoredExceptionHandler(1, on_exception), "no handler");
    size_t size = (ARENA_GRANULES + 2) * granule + MODEL_PAGES_MAX * page;
    arena = find_arena(size);
    arena_end = arena + size;
}

static void finish(void)
{
    compare_everything();
    for (size_t i = 0; i < MODEL_RESERVATIONS; i++) {
        uintptr_t base = model_reservations[i].base;
        if (!base)
            continue;
        call_free(base, 0, MEM_RELEASE);
        call_free(base, 0, MEM_RELEASE);
    }
    compare_everything();
}

static void tell_arena(void)
{
    printf("# arena %#llx\n", (unsigned long long)arena);
}

/* AddressSanitizer looks up the stack's bounds, in /proc, at the end of every exception. */
static uint64_t usual_operations(void)
{
    if (is_slow())
        return 20000;
    return TEST_UNDER_ASAN ? 100000 : 1000000;
}

int main(int argc, char **argv)
{
    const struct random_test test = {
        .name = "random calls agree with the model",
        .operation_count = usual_operations(),
        .compare_every = FULL_EVERY,
        .start = start,
        .operate = do_operation,
        .compare = compare_everything,
        .finish = finish,
        .tell = tell_arena,
    };
    return random_main(argc, argv, &test, NULL);
}

#else

/* The probe of accesses is written for one processor. */
int main(void)
{
    printf("1..1\nok 1 # SKIP the probe knows x86-64 only\n");
    return 0;
}

#endif
