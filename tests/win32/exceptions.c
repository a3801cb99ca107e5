/* SPDX-License-Identifier: MIT */
/*
 * exceptions.c - structured exceptions from every side: resuming with all registers, filters,
 * handlers, __finally, unwinding, what the record says, stack overflow, threads, jumps, signals.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <errno.h>
#include <fenv.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include <windows.h>

enum { CODE_A = 0x20000001, CODE_B = 0x20000002, CODE_C = 0x20000003, CODE_D = 0x20000004 };

static const size_t page = 4096;

/* A hang ends by SIGALRM. */
static void setup(void)
{
    struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
    alarm(is_slow() || TEST_UNDER_ASAN ? 200 : 100);
}

/* ---- what the tests share ---------------------------------------------------------------------
 */

static uint8_t *reserve_pages(size_t page_count)
{
    uint8_t *base = VirtualAlloc(NULL, page_count * page, MEM_RESERVE, PAGE_READWRITE);
    require(base, "VirtualAlloc: %u", GetLastError());
    return base;
}

static void give_back(void *base)
{
    require(VirtualFree(base, 0, MEM_RELEASE), "VirtualFree: %u", GetLastError());
}

static DECLSPEC_NOINLINE void raise_code(DWORD code)
{
    RaiseException(code, 0, 0, NULL);
}

/* What happened, in order. */
static char trail[256];
static volatile size_t trail_length;

static int mark(char letter)
{
    trail[trail_length] = letter;
    trail_length = trail_length + 1;
    trail[trail_length] = 0;
    return letter;
}

static int mark_and_say(char letter, int value)
{
    mark(letter);
    return value;
}

#define require_trail(wanted)                                                                      \
    do {                                                                                           \
        require(strcmp(trail, (wanted)) == 0, "%s instead of %s", trail, (wanted));                \
        trail_length = 0;                                                                          \
        trail[0] = 0;                                                                              \
    } while (0)

static volatile int commit_count;

static LONG commit_page(EXCEPTION_POINTERS *exception)
{
    const EXCEPTION_RECORD *record = exception->ExceptionRecord;
    if (record->ExceptionCode != EXCEPTION_ACCESS_VIOLATION || record->NumberParameters != 2)
        return EXCEPTION_CONTINUE_SEARCH;
    if (!VirtualAlloc((LPVOID)record->ExceptionInformation[1], 1, MEM_COMMIT, PAGE_READWRITE))
        return EXCEPTION_CONTINUE_SEARCH;
    commit_count = commit_count + 1;
    return EXCEPTION_CONTINUE_EXECUTION;
}

/* All that is left of an exception is gone: the next ones go as if it had never been. */
static DECLSPEC_NOINLINE void require_sound(void)
{
    volatile int finally_count = 0, code = 0, filter_count = 0;
    __try {
        __try {
            __try {
                raise_code(CODE_D);
            } __finally {
                finally_count = finally_count + AbnormalTermination();
            }
        } __except (filter_count = filter_count + 1, EXCEPTION_CONTINUE_SEARCH) {
            finally_count = -100;
        }
    } __except (filter_count = filter_count + 1, GetExceptionInformation() != NULL) {
        code = (int)GetExceptionCode();
    }
    require_equal(code, CODE_D);
    require_equal(finally_count, 1);
    require_equal(filter_count, 2);
    require(!GetExceptionInformation(), "information without an exception");
}

/* The same at the end of a deep stack, full of rubbish: what lies there from earlier calls must not
 * be looked at. */
static DECLSPEC_NOINLINE void require_sound_below(size_t depth_bytes)
{
    volatile char *room = __builtin_alloca(depth_bytes);
    for (size_t i = 0; i < depth_bytes; i++)
        room[i] = (char)0xA5;
    require_sound();
    require_equal(room[depth_bytes / 2], (char)0xA5);
}

static void require_sound_everywhere(void)
{
    require_sound_below(64);
    require_sound_below(2000);
    require_sound_below(30000);
}

/* ---- resuming: every register -----------------------------------------------------------------
 */

struct registers {
    uint64_t general[15]; /* rax rbx rcx rdx rsi rdi rbp r8..r15 */
    uint64_t flags;
    uint64_t red_zone[16];
    double x87[8];
    uint32_t mxcsr, control_word;
    uint64_t masks[8];
    uint8_t vectors[32][64] __attribute__((aligned(64)));
};

_Static_assert(offsetof(struct registers, flags) == 120, "the assembler's FLAGS");
_Static_assert(offsetof(struct registers, red_zone) == 128, "RED");
_Static_assert(offsetof(struct registers, x87) == 256, "X87");
_Static_assert(offsetof(struct registers, mxcsr) == 320, "MXCSR");
_Static_assert(offsetof(struct registers, masks) == 328, "MASKS");
_Static_assert(offsetof(struct registers, vectors) == 448, "VECTORS");

extern struct registers registers_in, registers_out;
extern uint8_t registers_page[4096];
extern const char registers_access[1];
void registers_go_sse(void);
void registers_go_avx(void);
void registers_go_avx512(void);
uint64_t load_into_rax(const void *address);
double load_into_xmm0(const void *address);
int load_then_carry(const void *address);
void step_on(void);
void step_off(void);

/* Load everything from registers_in, touch registers_page, store everything to registers_out. */
__asm__("    .pushsection .bss\n"
        "    .balign 4096\n"
        "    .globl registers_page, registers_in, registers_out\n"
        "registers_page: .skip 4096\n"
        "registers_in: .skip 2496\n"
        "    .balign 64\n"
        "registers_out: .skip 2496\n"
        "registers_saved: .skip 64\n"
        "    .popsection\n"
        "    .pushsection .text\n"
        "    .macro load_sse n\n"
        "    movups registers_in+448+64*\\n(%rip), %xmm\\n\n"
        "    .endm\n"
        "    .macro store_sse n\n"
        "    movups %xmm\\n, registers_out+448+64*\\n(%rip)\n"
        "    .endm\n"
        "    .macro load_avx n\n"
        "    vmovups registers_in+448+64*\\n(%rip), %ymm\\n\n"
        "    .endm\n"
        "    .macro store_avx n\n"
        "    vmovups %ymm\\n, registers_out+448+64*\\n(%rip)\n"
        "    .endm\n"
        "    .macro load_avx512 n\n"
        "    vmovups registers_in+448+64*\\n(%rip), %zmm\\n\n"
        "    .endm\n"
        "    .macro store_avx512 n\n"
        "    vmovups %zmm\\n, registers_out+448+64*\\n(%rip)\n"
        "    .endm\n"
        "    .macro load_mask n\n"
        "    kmovw registers_in+328+8*\\n(%rip), %k\\n\n"
        "    .endm\n"
        "    .macro store_mask n\n"
        "    kmovw %k\\n, registers_out+328+8*\\n(%rip)\n"
        "    .endm\n"
        "    .macro each_of_16 what\n"
        "    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "    \\what \\n\n"
        "    .endr\n"
        "    .endm\n"
        "    .macro each_of_32 what\n"
        "    each_of_16 \\what\n"
        "    .irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
        "    \\what \\n\n"
        "    .endr\n"
        "    .endm\n"
        "    .macro each_mask what\n"
        "    .irp n, 1,2,3,4,5,6,7\n"
        "    \\what \\n\n"
        "    .endr\n"
        "    .endm\n"
        "    .macro each_general what\n"
        "    \\what %rbx, 8\n"
        "    \\what %rcx, 16\n"
        "    \\what %rdx, 24\n"
        "    \\what %rsi, 32\n"
        "    \\what %rdi, 40\n"
        "    \\what %rbp, 48\n"
        "    \\what %r8, 56\n"
        "    \\what %r9, 64\n"
        "    \\what %r10, 72\n"
        "    \\what %r11, 80\n"
        "    \\what %r12, 88\n"
        "    \\what %r13, 96\n"
        "    \\what %r14, 104\n"
        "    \\what %r15, 112\n"
        "    .endm\n"
        "    .macro load_general name, at\n"
        "    mov registers_in+\\at(%rip), \\name\n"
        "    .endm\n"
        "    .macro store_general name, at\n"
        "    mov \\name, registers_out+\\at(%rip)\n"
        "    .endm\n"
        "    .macro red_zone_in n\n"
        "    mov registers_in+128+8*\\n(%rip), %rax\n"
        "    mov %rax, -128+8*\\n(%rsp)\n"
        "    .endm\n"
        "    .macro red_zone_out n\n"
        "    mov -128+8*\\n(%rsp), %rax\n"
        "    mov %rax, registers_out+128+8*\\n(%rip)\n"
        "    .endm\n"
        "    .macro x87_in n\n"
        "    fldl registers_in+256+8*\\n(%rip)\n"
        "    .endm\n"
        "    .macro x87_out n\n"
        "    fstpl registers_out+256+8*\\n(%rip)\n"
        "    .endm\n"
        "    .macro go_begin name\n"
        "    .globl \\name\n"
        "    .type \\name, @function\n"
        "\\name:\n"
        "    push %rbx\n"
        "    push %rbp\n"
        "    push %r12\n"
        "    push %r13\n"
        "    push %r14\n"
        "    push %r15\n"
        "    stmxcsr registers_saved(%rip)\n"
        "    fnstcw registers_saved+4(%rip)\n"
        "    fninit\n"
        "    ldmxcsr registers_in+320(%rip)\n"
        "    fldcw registers_in+324(%rip)\n"
        "    .irp n, 7,6,5,4,3,2,1,0\n"
        "    x87_in \\n\n"
        "    .endr\n"
        "    .endm\n"
        "    .macro go_access\n"
        "    each_general load_general\n"
        "    pushq registers_in+120(%rip)\n"
        "    popfq\n"
        "    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "    red_zone_in \\n\n"
        "    .endr\n"
        "    mov registers_in(%rip), %rax\n"
        "    .endm\n"
        "    .macro go_store\n"
        "    mov %rax, registers_out(%rip)\n"
        "    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "    red_zone_out \\n\n"
        "    .endr\n"
        "    pushfq\n"
        "    popq registers_out+120(%rip)\n"
        "    cld\n"
        "    each_general store_general\n"
        "    .endm\n"
        "    .macro go_end name\n"
        "    stmxcsr registers_out+320(%rip)\n"
        "    fnstcw registers_out+324(%rip)\n"
        "    .irp n, 0,1,2,3,4,5,6,7\n"
        "    x87_out \\n\n"
        "    .endr\n"
        "    fninit\n"
        "    ldmxcsr registers_saved(%rip)\n"
        "    fldcw registers_saved+4(%rip)\n"
        "    pop %r15\n"
        "    pop %r14\n"
        "    pop %r13\n"
        "    pop %r12\n"
        "    pop %rbp\n"
        "    pop %rbx\n"
        "    ret\n"
        "    .size \\name, . - \\name\n"
        "    .endm\n"
        "    go_begin registers_go_sse\n"
        "    each_of_16 load_sse\n"
        "    go_access\n"
        "    .globl registers_access\n"
        "registers_access:\n"
        "    movb $0x5a, registers_page+123(%rip)\n"
        "    go_store\n"
        "    each_of_16 store_sse\n"
        "    go_end registers_go_sse\n"
        "    go_begin registers_go_avx\n"
        "    each_of_16 load_avx\n"
        "    go_access\n"
        "    movb $0x5a, registers_page+123(%rip)\n"
        "    go_store\n"
        "    each_of_16 store_avx\n"
        "    vzeroupper\n"
        "    go_end registers_go_avx\n"
        "    go_begin registers_go_avx512\n"
        "    each_of_32 load_avx512\n"
        "    each_mask load_mask\n"
        "    go_access\n"
        "    movb $0x5a, registers_page+123(%rip)\n"
        "    go_store\n"
        "    each_of_32 store_avx512\n"
        "    each_mask store_mask\n"
        "    vzeroupper\n"
        "    go_end registers_go_avx512\n"
        "    .globl load_into_rax, load_into_xmm0, load_then_carry\n"
        "    .type load_into_rax, @function\n"
        "    .type load_into_xmm0, @function\n"
        "    .type load_then_carry, @function\n"
        "load_into_rax:\n"
        "    movq (%rdi), %rax\n"
        "    ret\n"
        "load_into_xmm0:\n"
        "    movups (%rdi), %xmm0\n"
        "    ret\n"
        "load_then_carry:\n"
        "    clc\n"
        "    movq (%rdi), %rax\n"
        "    setc %al\n"
        "    movzbl %al, %eax\n"
        "    ret\n"
        "    .globl step_on, step_off\n"
        "    .type step_on, @function\n"
        "    .type step_off, @function\n"
        "step_on:\n"
        "    pushfq\n"
        "    orq $0x100, (%rsp)\n"
        "    popfq\n"
        "    ret\n"
        "step_off:\n"
        "    pushfq\n"
        "    andq $~0x100, (%rsp)\n"
        "    popfq\n"
        "    ret\n"
        "    .popsection\n");

/* Leave no register and no byte of the stack as it was. */
static DECLSPEC_NOINLINE double clobber_all(int number)
{
    volatile char room[16 * 1024];
    char text[128];
    volatile double values[16];
    memset((void *)room, number, sizeof room);
    for (int i = 0; i < 16; i++)
        values[i] = number * 1.25 + i;
    volatile long double sum = 0;
    for (int i = 0; i < 16; i++)
        sum = sum + (long double)values[i] / 3;
    (void)snprintf(text, sizeof text, "%f %g %La", values[3], values[7], (long double)sum);
    __asm__ volatile("std\n cld\n fninit\n fldpi\n fldpi\n fldpi\n fstp %%st(0)\n"
                     "fstp %%st(0)\n fstp %%st(0)\n"
                     "pcmpeqb %%xmm0, %%xmm0\n pcmpeqb %%xmm5, %%xmm5\n"
                     "pcmpeqb %%xmm9, %%xmm9\n pcmpeqb %%xmm15, %%xmm15\n"
                     "xor %%r8d, %%r8d\n mov $-1, %%r12\n mov %%r12, %%rbx\n"
                     :
                     :
                     : "xmm0", "xmm5", "xmm9", "xmm15", "rbx", "r8", "r12", "cc", "memory");
    if (__builtin_cpu_supports("avx"))
        __asm__ volatile("vzeroall" ::
                             : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                               "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
                               "xmm15");
    return (double)sum + text[0] + room[number];
}

static LONG open_registers_page(EXCEPTION_POINTERS *exception)
{
    require_equal(exception->ExceptionRecord->ExceptionInformation[1],
                  (uintptr_t)registers_page + 123);
    require_equal(exception->ExceptionRecord->ExceptionInformation[0], 1);
    require_equal(exception->ContextRecord->R15, registers_in.general[14]);
    require_equal(exception->ContextRecord->Rax, registers_in.general[0]);
    require_equal(exception->ContextRecord->Rdi, registers_in.general[5]);
    require(memcmp(&exception->ContextRecord->Xmm0, registers_in.vectors[0], 16) == 0);
    require(memcmp(&exception->ContextRecord->Xmm15, registers_in.vectors[15], 16) == 0);
    require(clobber_all(7) != 0);
    mprotect(registers_page, page, PROT_READ | PROT_WRITE);
    return EXCEPTION_CONTINUE_EXECUTION;
}

static void fill_registers(uint64_t seed)
{
    uint8_t *bytes = (uint8_t *)&registers_in;
    for (size_t i = 0; i < sizeof registers_in; i++)
        bytes[i] = (uint8_t)random_next(&seed);
    for (int i = 0; i < 8; i++)
        registers_in.x87[i] = i * 1.5 - 3;
    registers_in.flags = 0x202 | 0x1 | 0x10 | 0x80 | 0x400 | 0x800; /* CF AF SF DF OF */
    registers_in.mxcsr = 0x7f80;        /* all masked, rounds toward zero */
    registers_in.control_word = 0x0e7f; /* rounds toward zero, to double */
    for (int i = 0; i < 8; i++)
        registers_in.masks[i] &= 0xffff;
}

static void require_registers(size_t vector_count, size_t vector_bytes)
{
    for (int i = 0; i < 15; i++)
        require(registers_in.general[i] == registers_out.general[i], "register %d", i);
    for (int i = 0; i < 16; i++)
        require(registers_in.red_zone[i] == registers_out.red_zone[i], "red zone %d", i);
    for (int i = 0; i < 8; i++)
        require(registers_in.x87[i] == registers_out.x87[i], "st(%d)", i);
    require_equal(registers_in.flags, registers_out.flags);
    require_equal(registers_in.mxcsr, registers_out.mxcsr);
    require_equal(registers_in.control_word, registers_out.control_word & 0xffff);
    for (size_t i = 0; i < vector_count; i++)
        require(memcmp(registers_in.vectors[i], registers_out.vectors[i], vector_bytes) == 0,
                "vector %zu of %zu bytes", i, vector_bytes);
}

static DECLSPEC_NOINLINE void go_and_compare(void (*go)(void), size_t vector_count,
                                             size_t vector_bytes)
{
    for (volatile uint64_t round = 0; round < 20; round++) {
        fill_registers(round);
        memset(&registers_out, 0, sizeof registers_out);
        mprotect(registers_page, page, PROT_NONE);
        __try {
            go();
        } __except (open_registers_page(GetExceptionInformation())) {
            require(false, "the handler ran");
        }
        require_registers(vector_count, vector_bytes);
        require_equal(load(registers_page + 123), 0x5a);
    }
}

START_TEST(resuming_keeps_every_register)
{
    go_and_compare(registers_go_sse, 16, 16);
    if (__builtin_cpu_supports("avx"))
        go_and_compare(registers_go_avx, 16, 32);
    if (__builtin_cpu_supports("avx512f")) {
        go_and_compare(registers_go_avx512, 32, 64);
        for (int i = 1; i < 8; i++)
            require_equal(registers_in.masks[i], registers_out.masks[i] & 0xffff);
    }
}
END_TEST

/* ---- resuming ---------------------------------------------------------------------------------
 */

START_TEST(a_filter_commits_and_the_access_goes_on)
{
    uint8_t *base = reserve_pages(64);
    volatile int handler_count = 0;
    for (volatile size_t i = 0; i < 64; i++) {
        __try {
            store(base + i * page + 5, (uint8_t)i);
            require_equal(load(base + i * page + 5), i);
        } __except (commit_page(GetExceptionInformation())) {
            handler_count = handler_count + 1;
        }
    }
    require_equal(handler_count, 0);
    require_equal(commit_count, 64);
    give_back(base);
}
END_TEST

static DECLSPEC_NOINLINE uint64_t sum_deep(uint8_t *base, int depth, double scale)
{
    volatile uint64_t kept = (uint64_t)depth * 3;
    double weight = scale * depth;
    if (depth == 0)
        return 0;
    uint64_t sum = sum_deep(base, depth - 1, scale);
    store(base + (size_t)depth * page, (uint8_t)depth);
    sum += load(base + (size_t)depth * page) + kept + (uint64_t)weight;
    return sum;
}

START_TEST(resuming_in_a_deep_call_chain)
{
    uint8_t *base = reserve_pages(1000);
    volatile uint64_t sum = 0;
    __try {
        sum = sum_deep(base, 900, 2.0);
    } __except (clobber_all(3), commit_page(GetExceptionInformation())) {
        require(false);
    }
    uint64_t wanted = 0;
    for (uint64_t i = 1; i <= 900; i++)
        wanted += i % 256 + i * 3 + i * 2;
    require_equal(sum, wanted);
    require_equal(commit_count, 900);
    give_back(base);
}
END_TEST

static uintptr_t lowest_stack = UINTPTR_MAX;

static LONG decommit_other(EXCEPTION_POINTERS *exception, uint8_t *base)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uintptr_t at = exception->ExceptionRecord->ExceptionInformation[1];
    uint8_t *other = at - (uintptr_t)base < page ? base + page : base;
    if (here < lowest_stack)
        lowest_stack = here;
    (void)VirtualFree(other, page, MEM_DECOMMIT);
    return commit_page(exception);
}

START_TEST(a_million_resumes)
{
    uint8_t *base = reserve_pages(2);
    volatile uint64_t count = is_slow() || TEST_UNDER_ASAN ? 20000 : 1000000;
    volatile uintptr_t lowest_at_first = 0;
    __try {
        for (volatile uint64_t i = 0; i < count; i++) {
            store_word(base + (i & 1) * page, i);
            if (i == 1000)
                lowest_at_first = lowest_stack;
        }
    } __except (decommit_other(GetExceptionInformation(), base)) {
        require(false);
    }
    require_equal(commit_count, count);
    require_equal(lowest_at_first, lowest_stack);
    give_back(base);
}
END_TEST

START_TEST(accesses_that_straddle_two_pages)
{
    uint8_t *base = reserve_pages(4);
    volatile uint64_t value = 0;
    __try {
        store_word(base + page - 3, UINT64_C(0x1122334455667788));
        value = load_word(base + page - 3);
    } __except (commit_page(GetExceptionInformation())) {
        require(false);
    }
    require_equal(value, UINT64_C(0x1122334455667788));
    require_equal(commit_count, 2);
    give_back(base);
}
END_TEST

static uint8_t source[8 * 4096];

START_TEST(resuming_in_the_middle_of_a_string_instruction)
{
    uint8_t *base = reserve_pages(16);
    for (size_t i = 0; i < sizeof source; i++)
        source[i] = (uint8_t)(i * 7 + 1);
    __try {
        void *to = base + 100;
        const void *from = source;
        size_t count = sizeof source;
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
        /* and downward */
        to = base + 15 * page - 8;
        from = source + sizeof source - 8;
        count = 4 * page / 8;
        __asm__ volatile("std\n rep movsq\n cld" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
    } __except (clobber_all(9), commit_page(GetExceptionInformation())) {
        require(false);
    }
    require_equal(commit_count, 9 + 4);
    for (size_t i = 0; i < sizeof source; i++)
        require_equal(load(base + 100 + i), source[i]);
    for (size_t i = 0; i < 4 * page; i++)
        require_equal(load(base + 11 * page + i), source[4 * page + i]);
    give_back(base);
}
END_TEST

/* ---- what a filter is told and may change -----------------------------------------------------
 */

static EXCEPTION_RECORD noted_record;
static CONTEXT noted_context;
static volatile int note_count;

static LONG note(EXCEPTION_POINTERS *exception, LONG value)
{
    noted_record = *exception->ExceptionRecord;
    noted_context = *exception->ContextRecord;
    note_count = note_count + 1;
    return value;
}

#define require_note(code, kind, address)                                                          \
    do {                                                                                           \
        require_equal(noted_record.ExceptionCode, (code));                                         \
        require_equal(noted_record.ExceptionFlags, 0);                                             \
        require(!noted_record.ExceptionRecord);                                                    \
        require_equal(noted_record.NumberParameters, 2);                                           \
        require_equal(noted_record.ExceptionInformation[0], (kind));                               \
        require_equal(noted_record.ExceptionInformation[1], (uintptr_t)(address));                 \
        require_equal((uintptr_t)noted_record.ExceptionAddress, noted_context.Rip);                \
        require_equal(note_count, 1);                                                              \
        note_count = 0;                                                                            \
    } while (0)

#define noting(...)                                                                                \
    do {                                                                                           \
        volatile bool handled_ = false;                                                            \
        __try {                                                                                    \
            __VA_ARGS__;                                                                           \
        } __except (note(GetExceptionInformation(), EXCEPTION_EXECUTE_HANDLER)) {                  \
            handled_ = true;                                                                       \
            require_equal(GetExceptionCode(), noted_record.ExceptionCode);                         \
        }                                                                                          \
        require(handled_, "no exception");                                                         \
    } while (0)

START_TEST(the_record_of_an_access_violation)
{
    uint8_t *base = reserve_pages(4);
    noting(store(base + 77, 1));
    require_note(EXCEPTION_ACCESS_VIOLATION, 1, base + 77);
    noting((void)load(base + page + 4095));
    require_note(EXCEPTION_ACCESS_VIOLATION, 0, base + page + 4095);
    noting(call_code(base + 2 * page + 16));
    require_note(EXCEPTION_ACCESS_VIOLATION, 8, base + 2 * page + 16);
    require_equal(noted_context.Rip, (uintptr_t)base + 2 * page + 16);
    noting(call_code(NULL));
    require_note(EXCEPTION_ACCESS_VIOLATION, 8, 0);
    noting((void)load(NULL));
    require_note(EXCEPTION_ACCESS_VIOLATION, 0, 0);
    noting(store((void *)8, 1));
    require_note(EXCEPTION_ACCESS_VIOLATION, 1, 8);
    require(VirtualAlloc(base, page, MEM_COMMIT, PAGE_READONLY) == base);
    noting(store(base + 9, 1));
    require_note(EXCEPTION_ACCESS_VIOLATION, 1, base + 9);
    noting(call_code(base));
    require_note(EXCEPTION_ACCESS_VIOLATION, 8, base);
    noting((void)load((void *)UINT64_C(0x7000000000000000))); /* not canonical */
    require_note(EXCEPTION_ACCESS_VIOLATION, 0, -1);
    give_back(base);
    noting((void)load(base));
    require_note(EXCEPTION_ACCESS_VIOLATION, 0, base);
}
END_TEST

/* The instruction pointer itself is no address. */
START_TEST(a_call_of_what_is_no_address)
{
    noting(call_code((void *)UINT64_C(0x7000000000000000)));
    require_equal(noted_record.ExceptionCode, EXCEPTION_ACCESS_VIOLATION);
    require_equal(note_count, 1);
    require_sound();
}
END_TEST

/* The three instructions that access memory in load_into_... are three bytes long. */
enum { LOAD_BYTES = 3 };

enum change { SKIP_WITH_RAX, OTHER_ADDRESS, SKIP_WITH_XMM0, SKIP_WITH_CARRY, RETURN_FROM_IT };

static uint64_t known_word = 4711;

static LONG change_registers(EXCEPTION_POINTERS *exception, enum change change)
{
    CONTEXT *context = exception->ContextRecord;
    double third = 1.0 / 3;
    require(clobber_all(5) != 0);
    require_equal(context->Rdi, exception->ExceptionRecord->ExceptionInformation[1]);
    require_equal((uintptr_t)exception->ExceptionRecord->ExceptionAddress, context->Rip);
    require_equal(context->ContextFlags & CONTEXT_FULL, CONTEXT_FULL);
    context->Rip += LOAD_BYTES;
    switch (change) {
    case SKIP_WITH_RAX:
        require_equal(context->Rip, (uintptr_t)load_into_rax + LOAD_BYTES);
        context->Rax = 42;
        break;
    case OTHER_ADDRESS:
        context->Rip -= LOAD_BYTES;
        context->Rdi = (uintptr_t)&known_word;
        break;
    case SKIP_WITH_XMM0:
        memcpy(&context->Xmm0, &third, sizeof third);
        break;
    case SKIP_WITH_CARRY:
        context->EFlags |= 1;
        break;
    case RETURN_FROM_IT:
        memcpy(&context->Rip, (void *)(uintptr_t)context->Rsp, 8);
        context->Rsp += 8;
        context->Rax = 43;
        break;
    }
    return EXCEPTION_CONTINUE_EXECUTION;
}

START_TEST(a_filter_changes_registers)
{
    uint8_t *base = reserve_pages(1);
    volatile uint64_t value = 0;
    volatile double number = 0;
    volatile enum change change = SKIP_WITH_RAX;
    __try {
        value = load_into_rax(base);
        require_equal(value, 42);
        change = OTHER_ADDRESS;
        value = load_into_rax(base);
        require_equal(value, 4711);
        change = RETURN_FROM_IT;
        value = load_into_rax(base);
        require_equal(value, 43);
        change = SKIP_WITH_XMM0;
        number = load_into_xmm0(base);
        require(number == 1.0 / 3);
        change = SKIP_WITH_CARRY;
        value = (uint64_t)load_then_carry(base);
        require_equal(value, 1);
        value = (uint64_t)load_then_carry(&known_word);
        require_equal(value, 0);
    } __except (change_registers(GetExceptionInformation(), change)) {
        require(false);
    }
    require_sound();
    give_back(base);
}
END_TEST

/* ---- execute handler, continue search --------------------------------------------------------
 */

static DECLSPEC_NOINLINE int three_deep(int kind)
{
    volatile int path = 0;
    __try {
        __try {
            __try {
                raise_code((DWORD)kind);
            } __except (mark_and_say('1', GetExceptionCode() == CODE_A)) {
                path = 1;
                mark('a');
            }
            mark('x');
        } __except (mark_and_say('2', GetExceptionCode() == CODE_B)) {
            path = 2;
            mark('b');
        }
        mark('y');
    } __except (mark_and_say('3', GetExceptionCode() == CODE_C)) {
        path = 3;
        mark('c');
    }
    mark('z');
    return path;
}

START_TEST(filters_are_asked_outward_each_once)
{
    for (volatile int i = 0; i < 3; i++) {
        require_equal(three_deep(CODE_A), 1);
        require_trail("1axyz");
        require_equal(three_deep(CODE_B), 2);
        require_trail("12byz");
        require_equal(three_deep(CODE_C), 3);
        require_trail("123cz");
        volatile int outside = 0;
        __try {
            (void)three_deep(CODE_D);
            mark('!');
        } __except (mark_and_say('4', 1)) {
            outside = 1;
        }
        require_equal(outside, 1);
        require_trail("1234");
    }
    require_sound_everywhere();
}
END_TEST

static DECLSPEC_NOINLINE void inner_function(void)
{
    __try {
        raise_code(CODE_A);
        mark('!');
    } __except (mark_and_say('i', EXCEPTION_CONTINUE_SEARCH)) {
        mark('!');
    }
}

static DECLSPEC_NOINLINE void middle_function(void)
{
    __try {
        inner_function();
        mark('!');
    } __finally {
        mark(AbnormalTermination() ? 'f' : 'n');
    }
}

START_TEST(search_goes_over_functions)
{
    volatile int number = 5;
    __try {
        number = 6;
        middle_function();
        mark('!');
    } __except (mark('o'), number == 6 ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH) {
        mark('h');
    }
    require_trail("iofh");
    require_sound_everywhere();
}
END_TEST

static LONG look_at(int a, long b, const char *c, double d, volatile int *e)
{
    require(a == 11 && b == 22 && strcmp(c, "33") == 0 && d == 44.5 && *e == 56);
    *e = 57;
    return EXCEPTION_EXECUTE_HANDLER;
}

static DECLSPEC_NOINLINE int filter_sees(int a, long b, const char *c, double d)
{
    volatile int e = 55;
    __try {
        e = 56;
        raise_code(CODE_A);
    } __except (look_at(a, b, c, d, &e)) {
        return e + a;
    }
    return 0;
}

START_TEST(a_filter_sees_parameters_and_locals)
{
    require_equal(filter_sees(11, 22, "33", 44.5), 57 + 11);
}
END_TEST

struct large {
    uint64_t words[40];
};

static DECLSPEC_NOINLINE LONG many_arguments(int a, int b, int c, int d, int e, int f, int g, int h,
                                             double i, struct large j, long double k, int l)
{
    int sum = a + b + c + d + e + f + g + h + (int)i + (int)j.words[39] + (int)k + l;
    require(clobber_all(1) != 0);
    return sum == 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12;
}

static DECLSPEC_NOINLINE int with_many_arguments(int one, struct large large)
{
    volatile int in_body = 7;
    volatile struct large kept = large;
    __try {
        volatile int array[50];
        for (int i = 0; i < 50; i++)
            array[i] = i;
        raise_code(CODE_A);
        in_body = array[3];
    } __except (many_arguments(one, 2, 3, 4, 5, 6, 7, 8, 9.0, large, 11.0L, 12)) {
        require_equal(kept.words[39], 10);
        return in_body;
    }
    return 0;
}

START_TEST(a_filter_with_many_arguments)
{
    struct large large = {.words = {[39] = 10}};
    require_equal(with_many_arguments(1, large), 7);
}
END_TEST

static LONG check_locals(EXCEPTION_POINTERS *exception, volatile uint8_t *aligned,
                         volatile uint8_t *variable, size_t length)
{
    require((uintptr_t)aligned % 64 == 0);
    require_bytes((void *)aligned, 64, 3);
    require_bytes((void *)variable, length, 4);
    require(clobber_all(2) != 0);
    return exception->ExceptionRecord->ExceptionCode == CODE_B ? EXCEPTION_EXECUTE_HANDLER
                                                               : commit_page(exception);
}

static DECLSPEC_NOINLINE int aligned_and_variable(size_t length, uint8_t *page_to_touch)
{
    _Alignas(64) volatile uint8_t aligned[64];
    volatile uint8_t variable[length];
    volatile int result = 0;
    memset((void *)aligned, 3, sizeof aligned);
    memset((void *)variable, 4, length);
    __try {
        volatile uint8_t inner[length * 2];
        memset((void *)inner, 5, length * 2);
        store(page_to_touch, 1);
        result = inner[0] + inner[length * 2 - 1];
        raise_code(CODE_B);
    } __except (check_locals(GetExceptionInformation(), aligned, variable, length)) {
        require_bytes((void *)aligned, 64, 3);
        require_bytes((void *)variable, length, 4);
        result = result + 100;
    }
    return result + aligned[63] + variable[length - 1];
}

START_TEST(over_aligned_and_variable_length_locals)
{
    uint8_t *base = reserve_pages(8);
    for (size_t i = 0; i < 8; i++)
        require_equal(aligned_and_variable(100 + 1000 * i, base + i * page), 117);
    give_back(base);
}
END_TEST

static DECLSPEC_NOINLINE int large_frame(int depth, uint8_t *base)
{
    volatile uint8_t large[40000];
    volatile int result = 0;
    memset((void *)large, depth + 1, sizeof large);
    __try {
        if (depth > 0)
            result = large_frame(depth - 1, base);
        else
            store(base, 1);
        raise_code(CODE_A);
    } __except (GetExceptionCode() == EXCEPTION_ACCESS_VIOLATION
                    ? commit_page(GetExceptionInformation())
                    : EXCEPTION_EXECUTE_HANDLER) {
        result = result + 1;
    }
    require_bytes((void *)large, sizeof large, (uint8_t)(depth + 1));
    return result;
}

START_TEST(large_frames_and_recursion)
{
    uint8_t *base = reserve_pages(1);
    require_equal(large_frame(50, base), 51);
    require_equal(commit_count, 1);
    require_sound_everywhere();
    give_back(base);
}
END_TEST

static DECLSPEC_NOINLINE int recurse(int depth, int limit)
{
    volatile int below = 0;
    __try {
        if (depth == limit)
            raise_code(CODE_A);
        below = recurse(depth + 1, limit);
    } __except (GetExceptionCode() == CODE_A && depth == 10 ? EXCEPTION_EXECUTE_HANDLER
                                                            : EXCEPTION_CONTINUE_SEARCH) {
        return depth;
    }
    return below;
}

START_TEST(an_exception_passes_many_frames_of_one_function)
{
    require_equal(recurse(0, 800), 10);
    require_sound_everywhere();
}
END_TEST

/* Every level handles an exception of its own, and still knows its code when those below did; the
 * library does not remember more levels than it must. */
enum { CODES_KEPT = 13 };

static DECLSPEC_NOINLINE void handle_nested(unsigned depth, unsigned limit)
{
    __try {
        raise_code(CODE_A + depth * 16);
    } __except (GetExceptionCode() == CODE_A + depth * 16) {
        require_equal(GetExceptionCode(), CODE_A + depth * 16);
        if (depth < limit)
            handle_nested(depth + 1, limit);
        if (limit - depth < CODES_KEPT)
            require_equal(GetExceptionCode(), CODE_A + depth * 16);
    }
}

START_TEST(codes_of_nested_handlers)
{
    handle_nested(0, 12);
    require_sound_everywhere();
}
END_TEST

START_TEST(codes_of_deeply_nested_handlers)
{
    handle_nested(0, 100);
}
END_TEST

static DECLSPEC_NOINLINE void handle_many(void)
{
    for (volatile int i = 0; i < 100; i++) {
        __try {
            raise_code(CODE_B);
        } __except (GetExceptionCode() == CODE_B) {
            require_equal(GetExceptionCode(), CODE_B);
        }
    }
}

START_TEST(many_handlers_do_not_push_out_the_outer_code)
{
    __try {
        raise_code(CODE_A);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        handle_many();
        require_equal(GetExceptionCode(), CODE_A);
    }
}
END_TEST

/* What a filter leaves on the stack must not lie where the body keeps its variables. */
static LONG commit_by_query(EXCEPTION_POINTERS *exception)
{
    MEMORY_BASIC_INFORMATION information;
    uintptr_t address = exception->ExceptionRecord->ExceptionInformation[1];
    if (!VirtualQuery((LPCVOID)address, &information, sizeof information))
        return EXCEPTION_CONTINUE_SEARCH;
    return VirtualAlloc(information.BaseAddress, 1, MEM_COMMIT, PAGE_READWRITE)
               ? EXCEPTION_CONTINUE_EXECUTION
               : EXCEPTION_CONTINUE_SEARCH;
}

static DECLSPEC_NOINLINE void fill_and_store(uint8_t *array, size_t size_bytes, uint8_t *address)
{
    for (size_t i = 0; i < size_bytes; i++)
        array[i] = (uint8_t)i;
    store(address, 1);
}

static DECLSPEC_NOINLINE bool is_filled(const uint8_t *array, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++)
        if (array[i] != (uint8_t)i)
            return false;
    return true;
}

START_TEST(variables_of_the_body_outlive_the_filter)
{
    uint8_t *base = reserve_pages(4);
    volatile int good = 0;
    __try {
        uint8_t array[64];
        fill_and_store(array, sizeof array, base);
        good = good + is_filled(array, sizeof array);
    } __except (commit_by_query(GetExceptionInformation())) {
    }
    __try {
        uint8_t array[64];
        fill_and_store(array, sizeof array, base + page);
        good = good + is_filled(array, sizeof array);
    } __except (GetExceptionCode() == EXCEPTION_ACCESS_VIOLATION
                    ? commit_by_query(GetExceptionInformation())
                    : EXCEPTION_CONTINUE_SEARCH) {
    }
    __try {
        __try {
            volatile uint8_t array[64];
            for (int i = 0; i < 64; i++)
                array[i] = (uint8_t)i;
            store(base + 2 * page, 1);
            for (int i = 0; i < 64; i++)
                good = good + (array[i] != i ? -100 : 0);
            good = good + 1;
        } __finally {
            volatile uint8_t array[64];
            memset((void *)array, 0xff, sizeof array);
        }
    } __except (commit_by_query(GetExceptionInformation())) {
    }
    require_equal(good, 3);
    give_back(base);
}
END_TEST

/* ---- control flow -----------------------------------------------------------------------------
 */

static DECLSPEC_NOINLINE int in_control_flow(int kind)
{
    volatile int path = 0;
    if (kind == 0)
        __try {
            raise_code(CODE_A);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            path = 1;
        }
    else if (kind == 1) {
        __try {
            mark('t');
        } __finally {
            path = 2;
        }
    } else
        path = 3;
    switch (kind) {
    case 0:
        __try {
            path = path + 10;
            break;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            path = -1;
        }
        break;
    case 1:
        for (volatile int i = 0; i < 5; i++) {
            __try {
                if (i == 1)
                    continue;
                if (i == 3)
                    break;
                mark((char)('0' + i));
            } __finally {
                mark(AbnormalTermination() ? 'A' : 'N');
            }
        }
        break;
    default:
        do
            __try {
                raise_code(CODE_B);
            } __except (EXCEPTION_EXECUTE_HANDLER) {
                path = path + 20;
                continue;
            }
        while (path < 50);
    }
    return path;
}

START_TEST(bodies_in_control_flow)
{
    require_equal(in_control_flow(0), 11);
    require_trail("");
    require_equal(in_control_flow(1), 2);
    require_trail("t0NA2NA");
    require_equal(in_control_flow(2), 63);
    require_sound_everywhere();
}
END_TEST

enum leaving {
    BY_END,
    BY_LEAVE,
    BY_RETURN,
    BY_GOTO,
    BY_BREAK,
    BY_CONTINUE,
    BY_EXCEPTION,
    LEAVINGS
};

static DECLSPEC_NOINLINE int leave_except(enum leaving leaving)
{
    volatile int path = 0;
    for (int i = 0; i < 2; i++) {
        __try {
            path = path + 1;
            switch (leaving) {
            case BY_LEAVE:
                __leave;
            case BY_RETURN:
                return path + 100;
            case BY_GOTO:
                goto out;
            case BY_EXCEPTION:
                raise_code(CODE_A);
            default:
                break;
            }
            if (leaving == BY_BREAK)
                break;
            if (leaving == BY_CONTINUE)
                continue;
            path = path + 10;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            path = path + 50;
        }
        path = path + 1000;
    }
    return path;
out:
    return path + 200;
}

START_TEST(leaving_a_body_with_except)
{
    static const int wanted[] = {2022, 2002, 101, 201, 1, 2, 2102};
    for (int i = 0; i < LEAVINGS; i++) {
        require_equal(leave_except((enum leaving)i), wanted[i]);
        require_sound_everywhere();
    }
}
END_TEST

static DECLSPEC_NOINLINE int leave_finally(enum leaving leaving)
{
    volatile int path = 0;
    for (int i = 0; i < 2; i++) {
        __try {
            path = path + 1;
            if (leaving == BY_LEAVE)
                __leave;
            if (leaving == BY_RETURN)
                return path + 100;
            if (leaving == BY_GOTO)
                goto out;
            if (leaving == BY_BREAK)
                break;
            if (leaving == BY_CONTINUE)
                continue;
            if (leaving == BY_EXCEPTION)
                raise_code(CODE_A);
            path = path + 10;
        } __finally {
            mark(AbnormalTermination() ? 'A' : 'N');
            path = path + 50;
        }
        path = path + 1000;
    }
    return path;
out:
    return path + 200;
}

START_TEST(leaving_a_body_with_finally)
{
    static const int wanted[] = {2122, 2102, 101, 251, 51, 102};
    static const char *const trails[] = {"NN", "NN", "A", "A", "A", "AA"};
    for (int i = 0; i < BY_EXCEPTION; i++) {
        require_equal(leave_finally((enum leaving)i), wanted[i]);
        require_trail(trails[i]);
        require_sound_everywhere();
    }
    __try {
        (void)leave_finally(BY_EXCEPTION);
        mark('!');
    } __except (mark_and_say('f', 1)) {
        mark('h');
    }
    require_trail("fAh");
}
END_TEST

/* One return statement leaves three bodies. */
static DECLSPEC_NOINLINE int leave_three(void)
{
    volatile int value = 1;
    __try {
        __try {
            __try {
                return mark_and_say('r', value);
            } __finally {
                value = 2;
                mark('1');
            }
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            mark('!');
        }
    } __finally {
        mark('2');
    }
    return 5;
}

START_TEST(a_return_through_three_bodies)
{
    require_equal(leave_three(), 1);
    require_trail("r12");
    require_sound_everywhere();
}
END_TEST

static DECLSPEC_NOINLINE int return_in_finally(int kind)
{
    __try {
        if (kind == 1)
            return 1;
        if (kind == 2)
            raise_code(CODE_A);
    } __finally {
        mark(AbnormalTermination() ? 'A' : 'N');
        if (kind != 3)
            return 7;
    }
    return 8;
}

START_TEST(return_in_finally_wins)
{
    require_equal(return_in_finally(0), 7);
    require_trail("N");
    require_sound_everywhere();
    require_equal(return_in_finally(1), 7);
    require_trail("A");
    require_sound_everywhere();
    __try {
        require_equal(return_in_finally(2), 7); /* ends the unwinding */
        mark('w');
        require_sound_everywhere();
        raise_code(CODE_B);
    } __except (mark_and_say('f', 1)) {
        require_equal(GetExceptionCode(), CODE_B);
        mark('h');
    }
    require_trail("fAwfh");
    require_sound_everywhere();
    for (int i = 0; i < 10000; i++) {
        require_equal(return_in_finally(0), 7);
        trail_length = 0;
    }
    require_sound_everywhere();
}
END_TEST

static DECLSPEC_NOINLINE int break_in_finally(int kind)
{
    volatile int path = 0;
    for (int i = 0; i < 3; i++) {
        __try {
            if (kind == 1)
                continue;
            path = path + 1;
        } __finally {
            if (kind == 0)
                break;
            if (kind == 1)
                continue;
            path = path + 1000;
        }
        path = path + 10;
    }
    return path;
}

/* The documented deviation: they end the block. */
START_TEST(break_in_finally_ends_the_block)
{
    require_equal(break_in_finally(0), 33);
    require_equal(break_in_finally(1), 0);
    require_equal(break_in_finally(2), 3033);
    require_sound_everywhere();
}
END_TEST

static DECLSPEC_NOINLINE int goto_out_of_finally(void)
{
    volatile int round = 0;
again:
    __try {
        round = round + 1;
    } __finally {
        if (round < 20)
            goto again;
    }
    return round;
}

START_TEST(goto_out_of_finally_works)
{
    require_equal(goto_out_of_finally(), 20);
    require_sound_everywhere();
}
END_TEST

/* A compiler may have the room for arguments at the end of the function's frame; the block runs
 * farther down. */
struct huge {
    uint8_t bytes[5000];
};

static DECLSPEC_NOINLINE int take_huge(struct huge huge, int number)
{
    volatile struct huge *seen = &huge;
    return seen->bytes[0] + seen->bytes[4999] + number;
}

static DECLSPEC_NOINLINE int pass_huge(enum leaving leaving)
{
    static struct huge huge = {.bytes = {[0] = 1, [4999] = 2}};
    volatile int sum = take_huge(huge, 1);
    __try {
        sum = sum + take_huge(huge, 2);
        if (leaving == BY_RETURN)
            return 500;
        if (leaving == BY_EXCEPTION)
            raise_code(CODE_A);
    } __finally {
        sum = sum + take_huge(huge, 3);
        trail_length = (size_t)sum;
    }
    return sum;
}

START_TEST(huge_arguments_in_blocks)
{
    volatile int handled = 0;
    require_equal(pass_huge(BY_END), 15);
    require_equal(pass_huge(BY_RETURN), 500);
    require_equal(trail_length, 15);
    __try {
        (void)pass_huge(BY_EXCEPTION);
    } __except (take_huge((struct huge){.bytes = {[0] = 1}}, 0)) {
        handled = 1;
    }
    require_equal(handled, 1);
    require_equal(trail_length, 15);
    trail_length = 0;
    require_sound_everywhere();
}
END_TEST

/* ---- exceptions in blocks and filters --------------------------------------------------------
 */

static DECLSPEC_NOINLINE void raise_in_finally(bool is_unwinding)
{
    __try {
        if (is_unwinding)
            raise_code(CODE_A);
    } __finally {
        mark(AbnormalTermination() ? 'A' : 'N');
        raise_code(CODE_B);
        mark('!');
    }
}

START_TEST(exceptions_in_finally)
{
    for (volatile int is_unwinding = 0; is_unwinding < 2; is_unwinding++) {
        volatile DWORD code = 0;
        __try {
            __try {
                raise_in_finally(is_unwinding);
                mark('!');
            } __finally {
                mark('f');
            }
        } __except (mark_and_say(GetExceptionCode() == CODE_A ? 'a' : 'b', 1)) {
            code = GetExceptionCode();
        }
        require_equal(code, CODE_B);
        require_trail(is_unwinding ? "aAbf" : "Nbf");
        require_sound_everywhere();
    }
}
END_TEST

/* The __finally's exception is taken between it and the handler that the unwinding goes to: that
 * unwinding is over. */
START_TEST(an_unwinding_ended_by_an_exception_in_finally)
{
    __try {
        __try {
            raise_in_finally(true);
        } __except (mark_and_say('i', GetExceptionCode() == CODE_B)) {
            mark('h');
            require_equal(GetExceptionCode(), CODE_B);
        }
        mark('w');
        raise_code(CODE_C);
    } __except (mark_and_say('o', GetExceptionCode() != CODE_B)) {
        require_equal(GetExceptionCode(), CODE_C);
    }
    require_trail("ioAihwo");
    require_sound_everywhere();
}
END_TEST

/* A whole exception inside the block of __finally, while an unwinding waits. */
static DECLSPEC_NOINLINE void whole_exception(int depth)
{
    __try {
        raise_code(CODE_C);
    } __except (GetExceptionCode() == CODE_C) {
        mark('e');
        if (depth > 0)
            whole_exception(depth - 1);
        require_equal(GetExceptionCode(), CODE_C);
    }
}

static DECLSPEC_NOINLINE void unwind_with_whole_exceptions(void)
{
    __try {
        __try {
            raise_code(CODE_A);
        } __finally {
            mark('1');
            __try {
                whole_exception(1);
                raise_code(CODE_B);
            } __except (mark_and_say('f', GetExceptionCode() == CODE_B)) {
                mark('2');
            }
            require(AbnormalTermination());
        }
    } __finally {
        require(AbnormalTermination());
        whole_exception(0);
        __try {
            __leave;
        } __finally {
            require(!AbnormalTermination());
            mark('n');
        }
        require(AbnormalTermination());
        mark('3');
    }
}

START_TEST(exceptions_handled_inside_finally)
{
    __try {
        unwind_with_whole_exceptions();
        mark('!');
    } __except (mark_and_say('o', GetExceptionCode() == CODE_A)) {
        require_equal(GetExceptionCode(), CODE_A);
        mark('h');
    }
    require_trail("o1eef2en3h");
    require_sound_everywhere();
}
END_TEST

START_TEST(exceptions_in_handlers)
{
    __try {
        __try {
            raise_code(CODE_A);
        } __except (mark_and_say('1', 1)) {
            mark('h');
            raise_code(CODE_B); /* not for the filter of its own */
            mark('!');
        }
    } __except (mark_and_say('2', 1)) {
        require_equal(GetExceptionCode(), CODE_B);
        __try {
            raise_code(CODE_C);
        } __except (mark_and_say('3', GetExceptionCode() == CODE_C)) {
            mark('c');
        }
    }
    require_trail("1h23c");
    require_sound_everywhere();
}
END_TEST

static DECLSPEC_NOINLINE LONG filter_with_own_try(EXCEPTION_POINTERS *exception, uint8_t *base)
{
    volatile int handled = 0;
    __try {
        store(base, 1);
    } __except (GetExceptionCode() == EXCEPTION_ACCESS_VIOLATION) {
        require(GetExceptionInformation() == exception, "the outer exception is forgotten");
        handled = 1;
    }
    require_equal(handled, 1);
    whole_exception(3);
    require(GetExceptionInformation() == exception);
    require_equal(exception->ExceptionRecord->ExceptionCode, CODE_A);
    return EXCEPTION_EXECUTE_HANDLER;
}

START_TEST(an_exception_handled_inside_a_filter)
{
    uint8_t *base = reserve_pages(1);
    __try {
        raise_code(CODE_A);
    } __except (filter_with_own_try(GetExceptionInformation(), base) &&
                GetExceptionCode() == CODE_A) {
        require_equal(GetExceptionCode(), CODE_A);
        mark('h');
    }
    require_trail("eeeeh");
    require(!GetExceptionInformation());
    require_sound_everywhere();
    give_back(base);
}
END_TEST

static DECLSPEC_NOINLINE LONG raising_filter(DWORD code)
{
    mark('r');
    raise_code(code);
    mark('!');
    return EXCEPTION_EXECUTE_HANDLER;
}

static DECLSPEC_NOINLINE void body_below_a_raising_filter(void)
{
    __try {
        __try {
            raise_code(CODE_A);
        } __finally {
            mark('1');
        }
    } __except (mark_and_say('s', EXCEPTION_CONTINUE_SEARCH)) {
        mark('!');
    }
}

/* An exception in a filter goes outward from the __try the filter belongs to; the frames in between
 * are unwound then. */
START_TEST(an_exception_in_a_filter_goes_outward)
{
    for (volatile int round = 0; round < 3; round++) {
        __try {
            __try {
                body_below_a_raising_filter();
            } __except (raising_filter(CODE_B)) {
                mark('!');
            }
        } __except (mark_and_say('o', GetExceptionCode() == CODE_B)) {
            require_equal(GetExceptionCode(), CODE_B);
            require(!GetExceptionInformation(), "information of an exception that is over");
            mark('h');
        }
        require_trail("sro1h");
        require(!GetExceptionInformation(), "information of an exception that is over");
        require_sound_everywhere();
    }
}
END_TEST

static DECLSPEC_NOINLINE LONG filter_losing_another(EXCEPTION_POINTERS *exception)
{
    __try {
        __try {
            raise_code(CODE_B);
        } __except (raising_filter(CODE_C)) {
            mark('!');
        }
    } __except (GetExceptionCode() == CODE_C) {
        mark('c');
    }
    require(GetExceptionInformation() == exception, "the outer exception is forgotten");
    return EXCEPTION_EXECUTE_HANDLER;
}

START_TEST(an_exception_in_a_filter_in_a_filter)
{
    __try {
        raise_code(CODE_A);
    } __except (filter_losing_another(GetExceptionInformation()) && GetExceptionCode() == CODE_A) {
        require_equal(GetExceptionCode(), CODE_A);
        mark('h');
    }
    require_trail("rch");
    require_sound_everywhere();
}
END_TEST

/* Resumed inside a filter. */
static DECLSPEC_NOINLINE LONG filter_that_resumes_another(uint8_t *base)
{
    store(base, 9);
    require_equal(load(base), 9);
    return EXCEPTION_CONTINUE_EXECUTION;
}

START_TEST(an_exception_in_a_filter_is_resumed_by_an_outer_one)
{
    uint8_t *base = reserve_pages(2);
    volatile int round = 0;
    __try {
        for (round = 0; round < 100; round++) {
            (void)VirtualFree(base, page, MEM_DECOMMIT);
            __try {
                raise_code(CODE_A);
                mark('w');
            } __except (filter_that_resumes_another(base)) {
                mark('!');
            }
            require_trail("w");
        }
    } __except (commit_page(GetExceptionInformation())) {
        mark('!');
    }
    require_equal(commit_count, 100);
    require_sound_everywhere();
    give_back(base);
}
END_TEST

static DECLSPEC_NOINLINE void several_finally(int depth)
{
    __try {
        __try {
            if (depth == 0)
                raise_code(CODE_A);
            several_finally(depth - 1);
        } __finally {
            mark((char)('a' + depth));
        }
    } __finally {
        mark((char)('A' + depth));
    }
}

START_TEST(unwinding_runs_every_finally_inside_out)
{
    for (int i = 0; i < 3; i++) {
        __try {
            several_finally(4);
        } __except (mark_and_say('f', 1)) {
            mark('h');
        }
        require_trail("faAbBcCdDeEh");
        require_sound_everywhere();
    }
}
END_TEST

/* A million unwindings: nothing is left of each. */
START_TEST(a_million_unwindings)
{
    volatile uint64_t count = is_slow() || TEST_UNDER_ASAN ? 20000 : 1000000;
    volatile uint64_t handled = 0;
    for (volatile uint64_t i = 0; i < count; i++) {
        __try {
            __try {
                raise_code(CODE_A);
            } __finally {
                handled = handled + 1;
            }
        } __except (GetExceptionCode() == CODE_A) {
            handled = handled + 1;
        }
    }
    require_equal(handled, 2 * count);
    require_sound_everywhere();
}
END_TEST

/* ---- RaiseException ---------------------------------------------------------------------------
 */

START_TEST(raise_hands_over_its_arguments)
{
    ULONG_PTR arguments[20];
    for (size_t i = 0; i < 20; i++)
        arguments[i] = i + 100;
    noting(RaiseException(CODE_A, 0, 3, arguments));
    require_equal(noted_record.ExceptionCode, CODE_A);
    require_equal(noted_record.ExceptionFlags, 0);
    require_equal(noted_record.NumberParameters, 3);
    require_equal(noted_record.ExceptionInformation[2], 102);
    require(!noted_record.ExceptionRecord);
    noting(RaiseException(CODE_A, 0, 20, arguments));
    require_equal(noted_record.NumberParameters, EXCEPTION_MAXIMUM_PARAMETERS);
    require_equal(noted_record.ExceptionInformation[14], 114);
    noting(RaiseException(CODE_A, 0, 5, NULL));
    require_equal(noted_record.NumberParameters, 0);
    noting(RaiseException(CODE_A, EXCEPTION_NONCONTINUABLE, 0, arguments));
    require_equal(noted_record.NumberParameters, 0);
    require_equal(noted_record.ExceptionFlags, EXCEPTION_NONCONTINUABLE);
    noting(RaiseException(EXCEPTION_ACCESS_VIOLATION, 0, 0, NULL));
    require_equal(noted_record.ExceptionCode, EXCEPTION_ACCESS_VIOLATION);
    noting(RaiseException(0, 0xffffffff, 0, NULL));
    require_equal(noted_record.ExceptionCode, 0);
    require_equal(noted_record.ExceptionFlags & ~(DWORD)EXCEPTION_NONCONTINUABLE, 0);
}
END_TEST

START_TEST(raise_returns_when_it_is_continued)
{
    volatile int after = 0;
    volatile double number = 1.5;
    ULONG_PTR argument = 5;
    __try {
        for (int i = 0; i < 100; i++) {
            double before = number * i;
            RaiseException(CODE_A, 0, 1, &argument);
            after = after + 1;
            require(before == number * i);
        }
    } __except (clobber_all(4) != 0 ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_EXECUTE_HANDLER) {
        require(false);
    }
    require_equal(after, 100);
    require_sound_everywhere();
}
END_TEST

static LONG no_continuing(EXCEPTION_POINTERS *exception)
{
    const EXCEPTION_RECORD *record = exception->ExceptionRecord;
    mark(record->ExceptionCode == CODE_A ? 'a' : 'n');
    if (record->ExceptionCode == CODE_A)
        return EXCEPTION_CONTINUE_EXECUTION;
    require_equal(record->ExceptionCode, EXCEPTION_NONCONTINUABLE_EXCEPTION);
    require_equal(record->ExceptionFlags & EXCEPTION_NONCONTINUABLE, EXCEPTION_NONCONTINUABLE);
    require(record->ExceptionRecord && record->ExceptionRecord->ExceptionCode == CODE_A);
    return EXCEPTION_EXECUTE_HANDLER;
}

START_TEST(a_noncontinuable_exception_is_not_continued)
{
    __try {
        RaiseException(CODE_A, EXCEPTION_NONCONTINUABLE, 0, NULL);
        mark('!');
    } __except (no_continuing(GetExceptionInformation())) {
        require_equal(GetExceptionCode(), EXCEPTION_NONCONTINUABLE_EXCEPTION);
    }
    require_trail("an");
    require_sound_everywhere();
}
END_TEST

static int always_continue(void *context)
{
    (void)context;
    close(STDERR_FILENO);
    alarm(20);
    __try {
        RaiseException(CODE_A, EXCEPTION_NONCONTINUABLE, 0, NULL);
    } __except (EXCEPTION_CONTINUE_EXECUTION) {
    }
    return 3;
}

START_TEST(a_filter_that_continues_whatever_comes_ends_the_process)
{
    int status = run_child(always_continue, NULL);
    require(WIFSIGNALED(status) && WTERMSIG(status) != SIGALRM, "wait status %#x", status);
}
END_TEST

static LONG set_rip(EXCEPTION_POINTERS *exception, void (*function)(void))
{
    exception->ContextRecord->Rip = (uintptr_t)function;
    exception->ContextRecord->Rsp = (exception->ContextRecord->Rsp & ~(DWORD64)15) - 8;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static jmp_buf out_of_new_place;

static void new_place(void)
{
    mark('n');
    longjmp(out_of_new_place, 1);
}

START_TEST(raise_goes_on_where_the_context_says)
{
    if (setjmp(out_of_new_place) == 0) {
        __try {
            raise_code(CODE_A);
            mark('!');
        } __except (set_rip(GetExceptionInformation(), new_place)) {
            mark('!');
        }
    }
    require_trail("n");
    require_sound_below(64);
}
END_TEST

START_TEST(capture_context_tells_the_caller)
{
    CONTEXT context;
    memset(&context, 0xee, sizeof context);
    volatile int here = 0;
    uint16_t segment;
    __asm__("mov %%cs, %0" : "=r"(segment));
    RtlCaptureContext(&context);
    require(context.Rsp <= (uintptr_t)&here + 4096 && context.Rsp + 65536 > (uintptr_t)&here);
    require_equal(context.Rsp % 16, 0);
    require_equal(context.SegCs, segment);
    require_equal(context.MxCsr & 0x1f80, 0x1f80);
    require_equal(context.FltSave.MxCsr, context.MxCsr);
    require_equal(context.ContextFlags & CONTEXT_FULL, CONTEXT_FULL);
    require_equal(context.EFlags & 2, 2);
}
END_TEST

/* ---- other exceptions of instructions --------------------------------------------------------
 */

#define require_code(code)                                                                         \
    do {                                                                                           \
        require_equal(noted_record.ExceptionCode, (code));                                         \
        require_equal(noted_record.NumberParameters, 0);                                           \
        require_equal((uintptr_t)noted_record.ExceptionAddress, noted_context.Rip);                \
        require_equal(note_count, 1);                                                              \
        note_count = 0;                                                                            \
    } while (0)

/* Operands for the processor to find in every way it can. */
static int64_t minus_one = -1, zero, words[4] = {-1, 0, -1, 0};

#define divides(code, setting, instruction)                                                        \
    do {                                                                                           \
        noting(__asm__ volatile(setting "\n" instruction                                           \
                                :                                                                  \
                                : "r"(&minus_one), "r"(&zero), "m"(minus_one), "m"(zero)           \
                                : "rax", "rcx", "rdx", "rbx", "r12", "r13", "cc", "memory"));      \
        require_code(code);                                                                        \
    } while (0)

#define LEAST_8 "mov $0xff80, %%eax"
#define LEAST_16 "mov $0x8000, %%eax\n cwd"
#define LEAST_32 "mov $0x80000000, %%eax\n cdq"
#define LEAST_64 "movabs $0x8000000000000000, %%rax\n cqo"

static DECLSPEC_NOINLINE NO_SANITIZER long long divide_whole(long long value, int divisor,
                                                             bool is_long)
{
    volatile int short_value = (int)value;
    volatile long long quotient;
    if (is_long)
        quotient = value / divisor;
    else
        quotient = short_value / divisor;
    return quotient;
}

START_TEST(integer_division_by_zero)
{
    enum { BY_ZERO = (int)EXCEPTION_INT_DIVIDE_BY_ZERO };
    divides((DWORD)BY_ZERO, "xor %%ebx, %%ebx\n mov $5, %%eax\n cdq", "idivl %%ebx");
    divides((DWORD)BY_ZERO, "xor %%ebx, %%ebx\n mov $5, %%eax\n cdq", "divl %%ebx");
    divides((DWORD)BY_ZERO, "xor %%ebx, %%ebx\n mov $5, %%eax", "idivb %%bl");
    divides((DWORD)BY_ZERO, "mov $0x00ff, %%ebx\n mov $5, %%eax", "idivb %%bh");
    divides((DWORD)BY_ZERO, "mov $0xffff0000, %%ebx\n mov $5, %%eax\n cwd", "idivw %%bx");
    divides((DWORD)BY_ZERO, "xor %%ebx, %%ebx\n mov $5, %%eax\n cqo", "idivq %%rbx");
    divides((DWORD)BY_ZERO, "xor %%r12d, %%r12d\n mov $5, %%eax\n cqo", "idivq %%r12");
    divides((DWORD)BY_ZERO, "mov $5, %%eax\n cdq", "idivl (%1)");
    divides((DWORD)BY_ZERO, "mov $5, %%eax\n cdq", "idivl %3");
    divides((DWORD)BY_ZERO, "mov $5, %%eax\n cqo", "divq %3");
    divides((DWORD)BY_ZERO, "mov $5, %%eax\n movabs $0xffffffff00000000, %%rbx\n cdq",
            "idivl %%ebx");
    noting((void)divide_whole(1, 0, false));
    require_code((DWORD)BY_ZERO);
    noting((void)divide_whole(1, 0, true));
    require_code((DWORD)BY_ZERO);
}
END_TEST

START_TEST(integer_division_overflow)
{
    enum { OVERFLOW = (int)EXCEPTION_INT_OVERFLOW };
    divides((DWORD)OVERFLOW, LEAST_8 "\n mov $0xff, %%ebx", "idivb %%bl");
    divides((DWORD)OVERFLOW, LEAST_8 "\n mov $0xff00, %%ebx", "idivb %%bh");
    divides((DWORD)OVERFLOW, LEAST_16 "\n mov $0xffff, %%ebx", "idivw %%bx");
    divides((DWORD)OVERFLOW, LEAST_32 "\n mov $-1, %%ebx", "idivl %%ebx");
    divides((DWORD)OVERFLOW, LEAST_32 "\n mov $-1, %%r13d", "idivl %%r13d");
    divides((DWORD)OVERFLOW, LEAST_64 "\n mov $-1, %%rbx", "idivq %%rbx");
    divides((DWORD)OVERFLOW, LEAST_64 "\n mov $-1, %%r12", "idivq %%r12");
    divides((DWORD)OVERFLOW, LEAST_8, "idivb (%0)");
    divides((DWORD)OVERFLOW, LEAST_16, "idivw (%0)");
    divides((DWORD)OVERFLOW, LEAST_32, "idivl (%0)");
    divides((DWORD)OVERFLOW, LEAST_64, "idivq (%0)");
    divides((DWORD)OVERFLOW, LEAST_32, "idivl %2"); /* relative to rip, mostly */
    divides((DWORD)OVERFLOW, "mov $1, %%edx\n mov $7, %%eax\n mov $1, %%ebx", "divl %%ebx");
    divides((DWORD)OVERFLOW, "mov $256, %%eax\n mov $1, %%ebx", "divb %%bl");
    /* rsp, rbp and r12, r13 as base; an index; displacements of both lengths */
    divides((DWORD)OVERFLOW, "lea -256(%%rsp), %%rsp\n movl $-1, 136(%%rsp)\n" LEAST_32,
            "idivl 136(%%rsp)\n lea 256(%%rsp), %%rsp");
    divides((DWORD)OVERFLOW, "lea -256(%%rsp), %%rsp\n movl $-1, (%%rsp)\n" LEAST_32,
            "idivl (%%rsp)\n lea 256(%%rsp), %%rsp");
    divides((DWORD)OVERFLOW, "mov %0, %%r12\n" LEAST_32, "idivl (%%r12)");
    divides((DWORD)OVERFLOW, "mov %0, %%r13\n" LEAST_32, "idivl (%%r13)");
    divides((DWORD)OVERFLOW, "lea -100(%0), %%r13\n" LEAST_32, "idivl 100(%%r13)");
    divides((DWORD)OVERFLOW, "lea 1000(%0), %%rbx\n" LEAST_64, "idivq -1000(%%rbx)");
    divides((DWORD)OVERFLOW, "mov %0, %%rbx\n mov $4, %%ecx\n sub $16, %%rbx\n" LEAST_64,
            "idivq (%%rbx,%%rcx,4)");
    divides((DWORD)OVERFLOW, "mov %0, %%rbx\n mov $4, %%r12\n sub $40, %%rbx\n" LEAST_64,
            "idivq 8(%%rbx,%%r12,8)");
    divides((DWORD)OVERFLOW, "mov %0, %%r13\n mov $-2, %%rcx\n add $2, %%r13\n" LEAST_32,
            "idivl (%%r13,%%rcx)");
    divides((DWORD)OVERFLOW,
            "mov %0, %%rcx\n shr $2, %%rcx\n mov %0, %%rbx\n and $3, %%ebx\n" LEAST_32,
            "idivl (,%%rcx,4)");
    noting((void)divide_whole(INT_MIN, -1, false));
    require_code((DWORD)OVERFLOW);
    noting((void)divide_whole(LLONG_MIN, -1, true));
    require_code((DWORD)OVERFLOW);
    require(words[0] == -1 && minus_one == -1 && zero == 0);
}
END_TEST

static LONG repair_divisor(EXCEPTION_POINTERS *exception)
{
    if (exception->ExceptionRecord->ExceptionCode != EXCEPTION_INT_DIVIDE_BY_ZERO)
        return EXCEPTION_CONTINUE_SEARCH;
    exception->ContextRecord->Rcx = 5;
    return EXCEPTION_CONTINUE_EXECUTION;
}

START_TEST(a_division_is_repaired)
{
    volatile uint32_t quotient = 0;
    __try {
        uint32_t result;
        __asm__ volatile("mov $100, %%eax\n xor %%edx, %%edx\n xor %%ecx, %%ecx\n divl %%ecx"
                         : "=&a"(result)
                         :
                         : "rcx", "rdx", "cc");
        quotient = result;
    } __except (repair_divisor(GetExceptionInformation())) {
        require(false);
    }
    require_equal(quotient, 20);
}
END_TEST

/* The last bytes of a page, and nothing behind. */
START_TEST(a_division_at_the_end_of_mapped_code)
{
    static const uint8_t code[] = {
        0xb8, 0,    0,    0, 0x80, /* mov $0x80000000, %eax */
        0x99,                      /* cdq */
        0xf7, 0x7f, 0x00,          /* idivl 0(%rdi), the displacement in one byte */
    };
    uint8_t *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE | PROT_EXEC,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(memory != MAP_FAILED);
    memcpy(memory + page - sizeof code, code, sizeof code);
    require(munmap(memory + page, page) == 0);
    void (*function)(const int64_t *divisor) =
        (void (*)(const int64_t *))(uintptr_t)(memory + page - sizeof code);
    noting(function(&minus_one));
    require_code(EXCEPTION_INT_OVERFLOW);
    noting(function(&zero));
    require_code(EXCEPTION_INT_DIVIDE_BY_ZERO);
    munmap(memory, page);
}
END_TEST

START_TEST(illegal_and_privileged_instructions)
{
    noting(__asm__ volatile("ud2"));
    require_code(EXCEPTION_ILLEGAL_INSTRUCTION);
    noting(__asm__ volatile("hlt"));
    require_code(EXCEPTION_PRIV_INSTRUCTION);
    noting(__asm__ volatile("cli"));
    require_code(EXCEPTION_PRIV_INSTRUCTION);
    noting(__asm__ volatile("inb $0x80, %%al" ::: "rax"));
    require_code(EXCEPTION_PRIV_INSTRUCTION);
    noting(__asm__ volatile("outb %%al, %%dx" ::: "memory"));
    require_code(EXCEPTION_PRIV_INSTRUCTION);
}
END_TEST

START_TEST(privileged_instructions_of_two_bytes)
{
    noting(__asm__ volatile("mov %%cr0, %%rax" ::: "rax"));
    require_code(EXCEPTION_PRIV_INSTRUCTION);
    noting(__asm__ volatile("xor %%ecx, %%ecx\n rdmsr" ::: "rax", "rcx", "rdx"));
    require_code(EXCEPTION_PRIV_INSTRUCTION);
    noting(__asm__ volatile("wbinvd"));
    require_code(EXCEPTION_PRIV_INSTRUCTION);
    noting(__asm__ volatile("lgdt (%0)" ::"r"(words)));
    require_code(EXCEPTION_PRIV_INSTRUCTION);
}
END_TEST

static LONG skip_two_bytes(EXCEPTION_POINTERS *exception)
{
    exception->ContextRecord->Rip += 2;
    return EXCEPTION_CONTINUE_EXECUTION;
}

START_TEST(an_illegal_instruction_is_stepped_over)
{
    volatile int after = 0;
    __try {
        __asm__ volatile("ud2" ::: "memory");
        after = 1;
    } __except (skip_two_bytes(GetExceptionInformation())) {
        require(false);
    }
    require_equal(after, 1);
}
END_TEST

static NO_SANITIZER double divide(double a, double b)
{
    volatile double result = a / b;
    return result;
}

static NO_SANITIZER double multiply(double a, double b)
{
    volatile double result = a * b;
    return result;
}

static LONG mask_all(EXCEPTION_POINTERS *exception, DWORD code)
{
    require_equal(exception->ExceptionRecord->ExceptionCode, code);
    exception->ContextRecord->MxCsr |= 0x1f80;
    exception->ContextRecord->MxCsr &= ~(DWORD)0x3f;
    note_count = note_count + 1;
    return EXCEPTION_CONTINUE_EXECUTION;
}

START_TEST(floating_point_exceptions)
{
    static const struct {
        int enabled;
        DWORD code;
        double (*operation)(double, double);
        double left, right;
    } cases[] = {
        {FE_DIVBYZERO, EXCEPTION_FLT_DIVIDE_BY_ZERO, divide, 1, 0},
        {FE_INVALID, EXCEPTION_FLT_INVALID_OPERATION, divide, 0, 0},
        {FE_OVERFLOW, EXCEPTION_FLT_OVERFLOW, multiply, 1e300, 1e300},
        {FE_UNDERFLOW, EXCEPTION_FLT_UNDERFLOW, multiply, 1e-300, 1e-300},
        {FE_INEXACT, EXCEPTION_FLT_INEXACT_RESULT, divide, 1, 3},
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        volatile double result = 0;
        feclearexcept(FE_ALL_EXCEPT);
        feenableexcept(cases[i].enabled);
        noting(result = cases[i].operation(cases[i].left, cases[i].right));
        fedisableexcept(FE_ALL_EXCEPT);
        require_equal(noted_record.ExceptionCode, cases[i].code);
        require_equal(note_count, 1);
        feclearexcept(FE_ALL_EXCEPT);
        feenableexcept(cases[i].enabled);
        __try {
            result = cases[i].operation(cases[i].left, cases[i].right);
        } __except (mask_all(GetExceptionInformation(), cases[i].code)) {
            require(false);
        }
        fedisableexcept(FE_ALL_EXCEPT);
        feclearexcept(FE_ALL_EXCEPT);
        require_equal(note_count, 2);
        note_count = 0;
        double wanted = cases[i].operation(cases[i].left, cases[i].right);
        require(memcmp((void *)&result, &wanted, sizeof wanted) == 0);
    }
}
END_TEST

/* How the processor calculates is the program's own affair, before and after; in the handler too,
 * as on Windows. */
START_TEST(rounding_survives_filters_and_handlers)
{
    uint8_t *base = reserve_pages(1);
    volatile int in_handler = -1;
    fesetround(FE_UPWARD);
    __try {
        store(base, 1);
        require_equal(fegetround(), FE_UPWARD);
        (void)load((uint8_t *)8);
    } __except (commit_page(GetExceptionInformation()) < 0 ? -1 : 1) {
        in_handler = fegetround();
    }
    require_equal(in_handler, FE_UPWARD);
    require_equal(fegetround(), FE_UPWARD);
    in_handler = -1;
    __try {
        raise_code(CODE_A);
    } __except (1) {
        in_handler = fegetround();
    }
    require_equal(in_handler, FE_UPWARD);
    fesetround(FE_TONEAREST);
    give_back(base);
}
END_TEST

START_TEST(a_mapped_file_that_is_too_short)
{
    char path[] = "/tmp/steppe-exceptions-XXXXXX";
    int file = mkstemp(path);
    require(file >= 0);
    unlink(path);
    require(ftruncate(file, (off_t)page) == 0);
    uint8_t *mapping = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    require(mapping != MAP_FAILED);
    store(mapping, 1);
    noting((void)load(mapping + page + 9));
    require_equal(noted_record.ExceptionCode, EXCEPTION_IN_PAGE_ERROR);
    require_equal(noted_record.NumberParameters, 3);
    require_equal(noted_record.ExceptionInformation[0], 0);
    require_equal(noted_record.ExceptionInformation[1], (uintptr_t)mapping + page + 9);
    require(noted_record.ExceptionInformation[2] != 0);
    noting(store(mapping + page + 10, 1));
    require_equal(noted_record.ExceptionInformation[0], 1);
    munmap(mapping, 2 * page);
    close(file);
}
END_TEST

/* ---- stack overflow ---------------------------------------------------------------------------
 */

static volatile int overflow_depth;

static volatile bool recursion_ends;

static DECLSPEC_NOINLINE NO_SANITIZER int recurse_for_ever(volatile char *above)
{
    volatile char room[1000];
    room[0] = *above;
    overflow_depth = overflow_depth + 1;
    int below = recursion_ends ? 0 : recurse_for_ever(room);
    return below + room[0] + room[999];
}

static LONG is_overflow(EXCEPTION_POINTERS *exception)
{
    bool is_it = exception->ExceptionRecord->ExceptionCode == EXCEPTION_STACK_OVERFLOW;
    char text[64];
    (void)snprintf(text, sizeof text, "%f", 1.0); /* there is room for this */
    return is_it ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH;
}

static DECLSPEC_NOINLINE NO_SANITIZER int overflow_once(void)
{
    volatile char top = 1;
    volatile int caught = 0;
    volatile int finally_count = 0;
    __try {
        __try {
            (void)recurse_for_ever(&top);
        } __finally {
            finally_count = finally_count + AbnormalTermination();
        }
    } __except (is_overflow(GetExceptionInformation())) {
        caught = GetExceptionCode() == EXCEPTION_STACK_OVERFLOW;
    }
    return caught + finally_count;
}

static void *overflow_several_times(void *context)
{
    volatile int *sum = context;
    for (volatile int i = 0; i < 5; i++)
        *sum = *sum + overflow_once();
    require_sound_everywhere();
    return NULL;
}

START_TEST(stack_overflow_in_the_main_thread)
{
    volatile int sum = 0;
    if (TEST_UNDER_ASAN)
        skip_test("AddressSanitizer's stack cannot overflow and go on");
    struct rlimit limit;
    require(getrlimit(RLIMIT_STACK, &limit) == 0);
    if (limit.rlim_cur > 64 * STEPPE_MIB)
        skip_test("the stack is too large to overflow");
    overflow_several_times((void *)&sum);
    require_equal(sum, 10);
    require(overflow_depth > 1000);
}
END_TEST

START_TEST(stack_overflow_in_threads)
{
    if (TEST_UNDER_ASAN)
        skip_test("AddressSanitizer's stack cannot overflow and go on");
    static const size_t sizes[] = {16384, 65536, 131072, 1 << 20};
    for (size_t i = 1; i < 4 * array_count(sizes); i++) {
        pthread_t thread;
        pthread_attr_t attributes;
        volatile int sum = 0;
        pthread_attr_init(&attributes);
        require(pthread_attr_setstacksize(&attributes, sizes[i % array_count(sizes)]) == 0);
        if (i % array_count(sizes) == 0)
            continue;
        require(pthread_create(&thread, &attributes, overflow_several_times, (void *)&sum) == 0);
        pthread_join(thread, NULL);
        pthread_attr_destroy(&attributes);
        require_equal(sum, 10);
    }
}
END_TEST

/* A stack too small for the filter's room: everything happens on the alternate stack. */
static void *resume_on_little_stack(void *context)
{
    uint8_t *base = context;
    volatile int handled = 0;
    __try {
        for (volatile size_t i = 0; i < 16; i++)
            store(base + i * page, 1);
        raise_code(CODE_A);
    } __except (GetExceptionCode() == CODE_A ? EXCEPTION_EXECUTE_HANDLER
                                             : commit_page(GetExceptionInformation())) {
        handled = 1;
    }
    require_equal(handled, 1);
    require_sound();
    return NULL;
}

START_TEST(exceptions_on_a_small_stack)
{
    uint8_t *base = reserve_pages(16);
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (TEST_UNDER_ASAN)
        skip_test("AddressSanitizer needs more stack");
    require(pthread_attr_setstacksize(&attributes, 20480) == 0);
    require(pthread_create(&thread, &attributes, resume_on_little_stack, base) == 0);
    pthread_join(thread, NULL);
    require_equal(commit_count, 16);
    give_back(base);
}
END_TEST

/* ---- guard pages, write watch ----------------------------------------------------------------
 */

START_TEST(guard_pages)
{
    uint8_t *base = VirtualAlloc(NULL, 4 * page, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    DWORD old;
    volatile int resumed = 0;
    require(VirtualProtect(base + page, page, PAGE_READWRITE | PAGE_GUARD, &old));
    noting(store(base + page + 5, 1));
    require_note(EXCEPTION_GUARD_PAGE, 1, base + page + 5);
    store(base + page + 5, 2);
    require(VirtualProtect(base + page, page, PAGE_READWRITE | PAGE_GUARD, &old));
    require_equal(old, PAGE_READWRITE);
    __try {
        require_equal(load(base + page + 5), 2);
        resumed = 1;
    } __except (note(GetExceptionInformation(), EXCEPTION_CONTINUE_EXECUTION)) {
        require(false);
    }
    require_equal(resumed, 1);
    require_note(EXCEPTION_GUARD_PAGE, 0, base + page + 5);
    require(VirtualProtect(base, 4 * page, PAGE_READONLY | PAGE_GUARD, &old));
    noting(store(base, 1));
    require_note(EXCEPTION_GUARD_PAGE, 1, base);
    noting(store(base, 1));
    require_note(EXCEPTION_ACCESS_VIOLATION, 1, base);
    give_back(base);
}
END_TEST

START_TEST(write_watch_makes_no_exceptions)
{
    uint8_t *base =
        VirtualAlloc(NULL, 16 * page, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE);
    PVOID addresses[16];
    ULONG_PTR count = 16;
    DWORD granularity;
    volatile int exceptions = 0;
    require(base);
    __try {
        for (volatile size_t round = 0; round < 20; round++) {
            store(base + 3 * page + round, 1);
            store(base + 7 * page + round, 1);
            count = 16;
            require_equal(GetWriteWatch(WRITE_WATCH_FLAG_RESET, base, 16 * page, addresses, &count,
                                        &granularity),
                          0);
            require_equal(count, 2);
            require(addresses[0] == base + 3 * page && addresses[1] == base + 7 * page);
        }
        exceptions = 10;
        (void)VirtualFree(base, page, MEM_DECOMMIT);
        store(base, 1);
        exceptions = -1;
    } __except (exceptions = exceptions + 1, EXCEPTION_EXECUTE_HANDLER) {
        exceptions = exceptions + 1;
    }
    require_equal(exceptions, 12);
    give_back(base);
}
END_TEST

/* ---- beside Steppe's own faults ---------------------------------------------------------------
 */

static uint8_t *asking_pages;

static steppe_answer answer_native(const steppe_fault *fault, void *context)
{
    steppe_answer *answer = context;
    require((uint8_t *)fault->address - asking_pages < (ptrdiff_t)(16 * page));
    mark('n');
    return *answer;
}

static void mix_with_native(void)
{
    static steppe_answer answer;
    volatile int rounds = 0;
    uint8_t *committing = reserve(
        16 * page, options(.on_fault = STEPPE_COMMIT, .strict = true, .limit_bytes = 8 * page));
    asking_pages = reserve(16 * page, options(.on_fault = STEPPE_ASK, .filter = answer_native,
                                              .filter_context = &answer, .strict = true));
    __try {
        for (volatile size_t i = 0; i < 8; i++)
            store(committing + i * page, 1); /* not an exception */
        rounds = 8;
        store(committing + 8 * page, 1);
        rounds = -1;
    } __except (mark('e'), note(GetExceptionInformation(), EXCEPTION_EXECUTE_HANDLER)) {
    }
    require_equal(rounds, 8);
    require_trail("e");
    require_note(EXCEPTION_ACCESS_VIOLATION, 1, committing + 8 * page);

    answer = STEPPE_PASS_ON;
    noting(store(asking_pages + 3, 1));
    require_trail("n");
    require_note(EXCEPTION_ACCESS_VIOLATION, 1, asking_pages + 3);
    answer = STEPPE_COMMIT_AND_RESUME;
    __try {
        store(asking_pages + 3, 1);
    } __except (mark('!'), 1) {
    }
    require_trail("n");

    /* A try of Steppe's inside, and outside. */
    answer = STEPPE_UNWIND;
    steppe_fault fault;
    __try {
        STEPPE_TRY(&fault)
        {
            store(asking_pages + page, 1);
            mark('!');
        }
        STEPPE_CAUGHT
        {
            mark('c');
        }
        raise_code(CODE_A);
    } __except (GetExceptionCode() == CODE_A) {
        mark('h');
    }
    require_trail("nch");
    STEPPE_TRY(&fault)
    {
        __try {
            store((uint8_t *)16, 1); /* no memory of Steppe's: never its try's */
            mark('!');
        } __except (1) {
            mark('x');
        }
        store(asking_pages + page, 1);
        mark('!');
    }
    STEPPE_CAUGHT
    {
        mark('c');
    }
    require_trail("xnc");
    require_ok(steppe_release(committing));
    require_ok(steppe_release(asking_pages));
    require_sound_everywhere();
}

static void first_the_facade(void)
{
    __try {
        mark('-');
    } __finally {
        trail_length = 0;
    }
}

START_TEST(native_faults_with_the_facade_first)
{
    first_the_facade();
    mix_with_native();
    mix_with_native();
}
END_TEST

START_TEST(native_faults_with_the_native_handler_first)
{
    uint8_t *base = reserve(page, options(.on_fault = STEPPE_COMMIT));
    store(base, 1);
    mix_with_native();
    first_the_facade();
    mix_with_native();
    require_ok(steppe_release(base));
}
END_TEST

/* Unwinding out of a STEPPE_TRY: it must not catch what happens later. */
static DECLSPEC_NOINLINE void raise_in_native_try(steppe_fault *fault)
{
    STEPPE_TRY(fault)
    {
        raise_code(CODE_A);
    }
    STEPPE_CAUGHT
    {
        mark('!');
    }
}

START_TEST(unwinding_past_a_native_try)
{
    static steppe_answer answer = STEPPE_UNWIND;
    asking_pages = reserve(16 * page, options(.on_fault = STEPPE_ASK, .filter = answer_native,
                                              .filter_context = &answer));
    static steppe_fault fault;
    __try {
        raise_in_native_try(&fault);
    } __except (1) {
        mark('h');
    }
    noting(store(asking_pages, 1));
    require_trail("hn");
    require_note(EXCEPTION_ACCESS_VIOLATION, 1, asking_pages);
}
END_TEST

/* And STEPPE_TRY's unwinding past a __try: it must not be asked any more. */
static DECLSPEC_NOINLINE void fault_in_try(void)
{
    __try {
        store(asking_pages, 1);
        mark('!');
    } __except (mark_and_say('f', 1)) {
        mark('!');
    }
}

START_TEST(a_native_unwinding_past_a_try)
{
    static steppe_answer answer = STEPPE_UNWIND;
    asking_pages = reserve(16 * page, options(.on_fault = STEPPE_ASK, .filter = answer_native,
                                              .filter_context = &answer));
    steppe_fault fault;
    volatile bool caught = false;
    STEPPE_TRY(&fault)
    {
        fault_in_try();
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(caught);
    require_trail("n");
    require_sound_below(64);
}
END_TEST

/* ---- threads ----------------------------------------------------------------------------------
 */

enum { THREAD_COUNT = 8 };

static DECLSPEC_NOINLINE void raise_below(int depth, DWORD code)
{
    __try {
        if (depth == 0)
            raise_code(code);
        raise_below(depth - 1, code);
    } __finally {
        overflow_depth = overflow_depth + 1; /* a race that does no harm */
    }
}

static void *resume_and_unwind(void *context)
{
    uintptr_t number = (uintptr_t)context;
    uint8_t *base = reserve_pages(2);
    volatile size_t count = is_slow() || TEST_UNDER_ASAN ? 500 : 5000;
    volatile size_t handled = 0;
    for (volatile size_t i = 0; i < count; i++) {
        __try {
            uint8_t *at = base + (i & 1) * page;
            store(at, (uint8_t)i);
            require_equal(load(at), (uint8_t)i);
            (void)VirtualFree(at, page, MEM_DECOMMIT);
            raise_below((int)(i % 7), (DWORD)(i * THREAD_COUNT + number) | 0x40000000);
        } __except (GetExceptionCode() == EXCEPTION_ACCESS_VIOLATION
                        ? commit_page(GetExceptionInformation())
                        : EXCEPTION_EXECUTE_HANDLER) {
            require_equal(GetExceptionCode(), (DWORD)(i * THREAD_COUNT + number) | 0x40000000);
            handled = handled + 1;
        }
    }
    require_equal(handled, count);
    give_back(base);
    return NULL;
}

START_TEST(eight_threads)
{
    pthread_t threads[THREAD_COUNT];
    for (uintptr_t i = 0; i < THREAD_COUNT; i++)
        require(pthread_create(&threads[i], NULL, resume_and_unwind, (void *)i) == 0);
    for (uintptr_t i = 0; i < THREAD_COUNT; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

static void *one_try(void *context)
{
    volatile int handled = 0;
    __try {
        raise_code(CODE_A);
    } __except (1) {
        handled = 1;
    }
    require_equal(handled, 1);
    if (context)
        pthread_exit(NULL);
    return NULL;
}

static size_t mapping_count(void)
{
    return mapping_count_of(NULL, SIZE_MAX / 2);
}

START_TEST(threads_give_their_alternate_stack_back)
{
    size_t before = 0;
    for (int i = 0; i < 1000; i++) {
        pthread_t threads[4];
        if (i == 20)
            before = mapping_count();
        for (size_t t = 0; t < 4; t++)
            require(pthread_create(&threads[t], NULL, one_try, (i & 1) ? &threads : NULL) == 0);
        for (size_t t = 0; t < 4; t++)
            pthread_join(threads[t], NULL);
    }
    require(mapping_count() < before + 20, "%zu mappings, %zu before", mapping_count(), before);
}
END_TEST

START_TEST(an_alternate_stack_of_the_programs_own_stays)
{
    static uint8_t own[128 * 1024];
    stack_t ours = {.ss_sp = own, .ss_size = sizeof own}, after;
    require(sigaltstack(&ours, NULL) == 0);
    noting((void)load((uint8_t *)8));
    require(sigaltstack(NULL, &after) == 0);
    require(after.ss_sp == own && after.ss_size == sizeof own);
    require_sound_everywhere();
}
END_TEST

/* ---- jumps ------------------------------------------------------------------------------------
 */

static jmp_buf way_out;
static sigjmp_buf signal_way_out;

static DECLSPEC_NOINLINE void jump_out_of_body(int depth)
{
    __try {
        if (depth == 0)
            longjmp(way_out, 1);
        jump_out_of_body(depth - 1);
    } __except (mark_and_say('!', EXCEPTION_EXECUTE_HANDLER)) {
        mark('!');
    }
}

/* Only the filter of outside is to be asked, whatever the jump left behind. */
#define require_only_outside(...)                                                                  \
    do {                                                                                           \
        volatile bool handled_ = false;                                                            \
        __try {                                                                                    \
            __VA_ARGS__;                                                                           \
        } __except (mark_and_say('o', EXCEPTION_EXECUTE_HANDLER)) {                                \
            handled_ = true;                                                                       \
        }                                                                                          \
        require(handled_);                                                                         \
        require_trail("o");                                                                        \
    } while (0)

static DECLSPEC_NOINLINE void jump_then_raise(void)
{
    if (setjmp(way_out) == 0)
        jump_out_of_body(5);
    raise_code(CODE_A);
}

static DECLSPEC_NOINLINE void raise_deep(size_t depth_bytes)
{
    volatile char *room = __builtin_alloca(depth_bytes);
    for (size_t i = 0; i < depth_bytes; i++)
        room[i] = (char)0xA5;
    __try {
        raise_code(CODE_A);
    } __except (EXCEPTION_CONTINUE_SEARCH) {
        room[0] = 1;
    }
}

static DECLSPEC_NOINLINE void jump_then_raise_deep(void)
{
    if (setjmp(way_out) == 0)
        jump_out_of_body(5);
    raise_deep(20000);
}

/* Out of the body, and on in the same function. */
static DECLSPEC_NOINLINE void jump_to_oneself_then_raise(void)
{
    if (setjmp(way_out) == 0) {
        __try {
            longjmp(way_out, 1);
        } __except (mark_and_say('!', EXCEPTION_EXECUTE_HANDLER)) {
            mark('!');
        }
    }
    raise_code(CODE_A);
}

START_TEST(longjmp_out_of_a_body)
{
    for (volatile int i = 0; i < 10; i++)
        require_only_outside(jump_then_raise());
    require_sound_everywhere();
}
END_TEST

START_TEST(longjmp_out_of_a_body_then_deeper)
{
    for (volatile int i = 0; i < 10; i++)
        require_only_outside(jump_then_raise_deep());
    require_sound_everywhere();
}
END_TEST

START_TEST(longjmp_out_of_a_body_of_ones_own)
{
    for (volatile int i = 0; i < 10; i++)
        require_only_outside(jump_to_oneself_then_raise());
    require_sound_everywhere();
}
END_TEST

START_TEST(longjmp_inside_a_body)
{
    __try {
        if (setjmp(way_out) == 0)
            jump_out_of_body(3);
        mark('b');
    } __finally {
        mark(AbnormalTermination() ? 'A' : 'N');
    }
    require_trail("bN");
    require_sound_everywhere();
}
END_TEST

static LONG jump_out_of_filter(void)
{
    mark('j');
    longjmp(way_out, 1);
}

static DECLSPEC_NOINLINE void raise_to_jumping_filter(void)
{
    __try {
        raise_code(CODE_B);
    } __except (jump_out_of_filter()) {
        mark('!');
    }
}

START_TEST(longjmp_out_of_a_filter)
{
    for (volatile int i = 0; i < 10; i++) {
        if (setjmp(way_out) == 0)
            raise_to_jumping_filter();
        require_trail("j");
        require(!GetExceptionInformation(), "information of an exception that is over");
    }
    require_sound_everywhere();
}
END_TEST

/* ---- signals ----------------------------------------------------------------------------------
 */

static sigset_t mask_now(void)
{
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    return mask;
}

static void require_mask(const sigset_t *wanted)
{
    sigset_t mask = mask_now();
    for (int i = 1; i < 65; i++)
        require(sigismember(&mask, i) == sigismember(wanted, i), "signal %d", i);
}

static LONG check_mask(const sigset_t *wanted, LONG value)
{
    require_mask(wanted);
    errno = 77;
    return value;
}

START_TEST(mask_and_errors_stay)
{
    uint8_t *base = reserve_pages(1);
    sigset_t wanted;
    volatile int handled = 0;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR1);
    sigaddset(&wanted, SIGRTMIN + 3);
    pthread_sigmask(SIG_SETMASK, &wanted, NULL);
    wanted = mask_now();
    __try {
        errno = 55;
        SetLastError(66);
        store(base, 1);
        require_equal(errno, 55);
        require_equal(GetLastError(), 66);
        require_mask(&wanted);
        (void)load((uint8_t *)8);
    } __except (check_mask(&wanted, commit_page(GetExceptionInformation())) < 0 ? -1 : 1) {
        require_mask(&wanted);
        handled = 1;
    }
    require_equal(handled, 1);
    require_mask(&wanted);
    errno = 5;
    noting(__asm__ volatile("ud2"));
    require_mask(&wanted);
    give_back(base);
}
END_TEST

static volatile int signal_count;

static void jump_on_signal(int number)
{
    (void)number;
    signal_count = signal_count + 1;
    siglongjmp(signal_way_out, 1);
}

static DECLSPEC_NOINLINE void signal_in_body(void)
{
    __try {
        raise(SIGUSR1);
        mark('!');
    } __except (mark_and_say('!', 1)) {
        mark('!');
    }
}

static DECLSPEC_NOINLINE void signal_then_raise_deep(void)
{
    if (sigsetjmp(signal_way_out, 1) == 0)
        signal_in_body();
    raise_deep(30000);
}

START_TEST(siglongjmp_from_a_signal_handler)
{
    signal(SIGUSR1, jump_on_signal);
    for (volatile int i = 0; i < 10; i++)
        require_only_outside(signal_then_raise_deep());
    require_equal(signal_count, 10);
    require_sound_everywhere();
}
END_TEST

static int sent_signal(void *context)
{
    volatile int *number = context;
    signal(abs(*number), SIG_DFL); /* not a sanitizer's */
    __try {
        __try {
            if (*number < 0)
                kill(getpid(), -*number);
            else
                raise(*number);
            usleep(1000);
        } __finally {
            mark('f');
        }
    } __except (1) {
        return 1;
    }
    return 2;
}

START_TEST(sent_signals_are_no_exceptions)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    for (size_t i = 0; i < array_count(numbers); i++) {
        int number = numbers[i];
        require_killed(run_child(sent_signal, &number), number);
        number = -number;
        require_killed(run_child(sent_signal, &number), -number);
    }
}
END_TEST

static void count_signal(int number)
{
    (void)number;
    signal_count = signal_count + 1;
}

/* A handler that was there before. */
START_TEST(sent_signals_reach_the_earlier_handler)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    for (size_t i = 0; i < array_count(numbers); i++)
        signal(numbers[i], count_signal);
    __try {
        for (size_t i = 0; i < array_count(numbers); i++) {
            raise(numbers[i]);
            kill(getpid(), numbers[i]);
        }
    } __except (mark_and_say('!', 1)) {
    }
    require_trail("");
    require_equal(signal_count, 8);
}
END_TEST

/* An asynchronous handler with everything in it. */
static uint8_t *signal_pages;
static atomic_int signal_failures;

static LONG commit_signal_page(EXCEPTION_POINTERS *exception)
{
    return VirtualAlloc((LPVOID)exception->ExceptionRecord->ExceptionInformation[1], 1, MEM_COMMIT,
                        PAGE_READWRITE)
               ? EXCEPTION_CONTINUE_EXECUTION
               : EXCEPTION_CONTINUE_SEARCH;
}

static void exceptions_on_signal(int number)
{
    int saved_errno = errno;
    volatile int handled = 0, finally_count = 0;
    (void)number;
    __try {
        __try {
            store(signal_pages, 1);
            raise_code(CODE_C);
        } __finally {
            finally_count = finally_count + 1;
        }
    } __except (GetExceptionCode() == CODE_C ? EXCEPTION_EXECUTE_HANDLER
                                             : commit_signal_page(GetExceptionInformation())) {
        handled = GetExceptionCode() == CODE_C;
    }
    (void)VirtualFree(signal_pages, page, MEM_DECOMMIT);
    if (handled != 1 || finally_count != 1)
        atomic_fetch_add(&signal_failures, 1);
    signal_count = signal_count + 1;
    errno = saved_errno;
}

static void start_timer(long microseconds)
{
    struct itimerval interval = {{0, microseconds}, {0, microseconds}};
    require(setitimer(ITIMER_REAL, &interval, NULL) == 0);
}

static void work_under_signals(int seconds)
{
    uint8_t *base = reserve_pages(2);
    uint8_t *native = reserve(64 * page, options(.on_fault = STEPPE_COMMIT));
    volatile size_t handled = 0, rounds = 0;
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        rounds = rounds + 1;
        __try {
            uint8_t *at = base + (rounds & 1) * page;
            store(at, (uint8_t)rounds);
            require_equal(load(at), (uint8_t)rounds);
            (void)VirtualFree(at, page, MEM_DECOMMIT);
            store(native + (rounds & 63) * page, 1);
            if ((rounds & 63) == 63)
                require_ok(steppe_decommit(native, 64 * page));
            raise_below((int)(rounds % 5), (DWORD)rounds | 0x40000000);
        } __except (GetExceptionCode() == EXCEPTION_ACCESS_VIOLATION
                        ? commit_page(GetExceptionInformation())
                        : EXCEPTION_EXECUTE_HANDLER) {
            require_equal(GetExceptionCode(), (DWORD)rounds | 0x40000000);
            handled = handled + 1;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - start.tv_sec < seconds);
    require_equal(handled, rounds);
    start_timer(0);
    require_equal(atomic_load(&signal_failures), 0);
    require(signal_count > 100, "%d signals", signal_count);
    require_sound_everywhere();
}

static void handle_timer(int flags)
{
    struct sigaction action = {.sa_handler = exceptions_on_signal, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    alarm(0);
    signal_pages = reserve_pages(1);
    require(sigaction(SIGALRM, &action, NULL) == 0);
    first_the_facade();
    start_timer(TEST_UNDER_ASAN ? 500 : 50);
}

START_TEST(a_timers_handler_full_of_exceptions)
{
    handle_timer(SA_RESTART);
    work_under_signals(is_slow() ? 1 : 4);
}
END_TEST

START_TEST(a_timers_handler_on_the_alternate_stack)
{
    handle_timer(SA_RESTART | SA_ONSTACK);
    work_under_signals(is_slow() ? 1 : 4);
}
END_TEST

/* The handler touches the very memory whose fault it interrupts. */
static uint8_t *shared_native;

static void touch_shared(int number)
{
    (void)number;
    signal_count = signal_count + 1;
    store(shared_native + (signal_count & 63) * page, 1);
}

START_TEST(a_timers_handler_touches_what_faults)
{
    shared_native = reserve(64 * page, options(.on_fault = STEPPE_COMMIT, .strict = true));
    struct sigaction action = {.sa_handler = touch_shared, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    first_the_facade();
    uint8_t *second = reserve(page, options(.on_fault = STEPPE_COMMIT));
    store(second, 1);
    alarm(0);
    require(sigaction(SIGALRM, &action, NULL) == 0);
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    start_timer(50);
    do {
        for (size_t i = 0; i < 64; i++)
            store(shared_native + i * page, 1);
        require_ok(steppe_decommit(shared_native, 64 * page));
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - start.tv_sec < (is_slow() ? 1 : 4));
    start_timer(0);
}
END_TEST

/* ---- a signal between any two instructions ---------------------------------------------------
 */

static volatile long step_count;

/* The processor's trap flag is off in here. */
static void exceptions_on_step(int number)
{
    volatile int handled = 0;
    (void)number;
    step_count = step_count + 1;
    __try {
        __try {
            raise_code(CODE_C);
        } __finally {
            handled = handled + 1;
        }
    } __except (GetExceptionCode() == CODE_C) {
        handled = handled + (GetExceptionCode() == CODE_C);
    }
    if (handled != 2)
        atomic_fetch_add(&signal_failures, 1);
}

static LONG step_in_filter(EXCEPTION_POINTERS *exception)
{
    LONG answer = commit_page(exception); /* not in steps: it blocks signals */
    step_on();
    return answer;
}

static DECLSPEC_NOINLINE void exceptions_in_steps(void)
{
    step_on();
    __try {
        three_deep(CODE_B);
        three_deep(CODE_D);
    } __except (mark_and_say('4', GetExceptionCode() == CODE_D)) {
        mark(GetExceptionCode() == CODE_D ? 'd' : '!');
    }
    several_finally(2);
}

static DECLSPEC_NOINLINE void faults_in_steps(uint8_t *base)
{
    __try {
        store(base, 1);
        mark(load(base) == 1 ? '=' : '!');
        (void)load((uint8_t *)8);
    } __except (step_in_filter(GetExceptionInformation()) < 0 ? EXCEPTION_CONTINUE_EXECUTION
                                                              : EXCEPTION_EXECUTE_HANDLER) {
        mark('h');
    }
    step_off();
}

static void step_with(int flags)
{
    struct sigaction action = {.sa_handler = exceptions_on_step, .sa_flags = flags};
    uint8_t *base = reserve_pages(1);
    sigemptyset(&action.sa_mask);
    require(sigaction(SIGTRAP, &action, NULL) == 0);
    require_sound();
    __try {
        exceptions_in_steps();
    } __except (mark_and_say('5', GetExceptionCode() == CODE_A)) {
        mark(GetExceptionCode() == CODE_A ? 'a' : '!');
    }
    step_off();
    require_trail("12byz1234d5aAbBcCa");
    require(step_count > 500, "%ld steps", step_count);
    require_equal(atomic_load(&signal_failures), 0);
    require_sound_everywhere();
    faults_in_steps(base);
    require_trail("=h");
    require_equal(atomic_load(&signal_failures), 0);
    require_sound_everywhere();
    give_back(base);
}

START_TEST(a_signal_between_any_two_instructions)
{
    step_with(0);
}
END_TEST

START_TEST(a_signal_on_the_alternate_stack_between_any_two_instructions)
{
    step_with(SA_ONSTACK);
}
END_TEST

/* The alternate stack lies above the thread's own. */
static uint8_t *two_stacks;
enum { OWN_STACK_BYTES = 1 << 20, OTHER_STACK_BYTES = 256 * 1024 };

static void *work_below_the_alternate_stack(void *context)
{
    stack_t other = {.ss_sp = two_stacks + OWN_STACK_BYTES, .ss_size = OTHER_STACK_BYTES};
    (void)context;
    require(sigaltstack(&other, NULL) == 0);
    require_sound_everywhere();
    __try {
        raise_code(CODE_A);
    } __except (1) {
        raise(SIGUSR2); /* handles CODE_C there */
        require_equal(GetExceptionCode(), CODE_A);
        require_sound_everywhere();
        require_equal(GetExceptionCode(), CODE_A);
        if (!TEST_UNDER_ASAN)
            require_equal(overflow_once(), 2);
        require_equal(GetExceptionCode(), CODE_A);
    }
    require_sound_everywhere();
    return NULL;
}

START_TEST(an_alternate_stack_above_the_threads_own)
{
    struct sigaction action = {.sa_handler = exceptions_on_signal, .sa_flags = SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    require(sigaction(SIGUSR2, &action, NULL) == 0);
    signal_pages = reserve_pages(1);
    two_stacks = mmap(NULL, OWN_STACK_BYTES + OTHER_STACK_BYTES, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(two_stacks != MAP_FAILED);
    require(mprotect(two_stacks, page, PROT_NONE) == 0);
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    require(pthread_attr_setstack(&attributes, two_stacks + page, OWN_STACK_BYTES - page) == 0);
    require(pthread_create(&thread, &attributes, work_below_the_alternate_stack, NULL) == 0);
    pthread_join(thread, NULL);
    require_equal(atomic_load(&signal_failures), 0);
    require_equal(signal_count, 1);
}
END_TEST

/* ---- variables of the function ----------------------------------------------------------------
 */

/* The idiom of every other program: remember the exception in the filter, tell of it in the block.
 */
START_TEST(what_a_filter_changes_is_seen_in_the_block)
{
    DWORD code = 0;
    EXCEPTION_RECORD record = {0};
    __try {
        raise_code(CODE_A);
    } __except (code = GetExceptionCode(), record = *GetExceptionInformation()->ExceptionRecord,
                EXCEPTION_EXECUTE_HANDLER) {
        require_equal(code, CODE_A);
        require_equal(record.ExceptionCode, CODE_A);
    }
    require_equal(code, CODE_A);
}
END_TEST

static inline __attribute__((always_inline)) int filter_with_many_variables(uint8_t *address)
{
    volatile char many[512];
    int sum = 0;
    for (int i = 0; i < 512; i++)
        many[i] = (char)(i & 0x55);
    for (int i = 0; i < 512; i++)
        sum += many[i];
    bool is_there = VirtualAlloc(address, 1, MEM_COMMIT, PAGE_READWRITE) && sum != 0;
    return is_there ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_EXECUTE_HANDLER;
}

static DECLSPEC_NOINLINE int keep_many_variables(uint8_t *address, int factor)
{
    int differences = 0;
    __try {
        volatile char kept[512];
        for (int i = 0; i < 512; i++)
            kept[i] = (char)(i * factor & 0x7f);
        *(volatile uint8_t *)address = 1;
        for (int i = 0; i < 512; i++)
            differences += kept[i] != (char)(i * factor & 0x7f);
    } __except (filter_with_many_variables(address)) {
        differences = -1;
    }
    return differences;
}

/* To the compiler body and filter are never alive together; their variables must not share places.
 */
START_TEST(a_resumed_body_has_its_variables)
{
    uint8_t *base = reserve_pages(1);
    require_equal(keep_many_variables(base, 3), 0);
    give_back(base);
}
END_TEST

static int break_alone(void *context)
{
    (void)context;
    close(STDERR_FILENO); /* where the exception is told of */
    DebugBreak();
    return 0;
}

START_TEST(breakpoints_are_exceptions)
{
    volatile int passed = 0;
    __try {
        DebugBreak();
        passed = 1;
    } __except (
        GetExceptionCode() == EXCEPTION_BREAKPOINT
            ? (GetExceptionInformation()->ContextRecord->Rip++, EXCEPTION_CONTINUE_EXECUTION)
            : EXCEPTION_EXECUTE_HANDLER) {
        require(false, "not resumed");
    }
    require_equal(passed, 1);
    require_killed(run_child(break_alone, NULL), SIGTRAP);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exceptions");
    TCase *tests = test_case(suite, "exceptions");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, resuming_keeps_every_register);
    tcase_add_test(tests, a_filter_commits_and_the_access_goes_on);
    tcase_add_test(tests, resuming_in_a_deep_call_chain);
    tcase_add_test(tests, a_million_resumes);
    tcase_add_test(tests, accesses_that_straddle_two_pages);
    tcase_add_test(tests, resuming_in_the_middle_of_a_string_instruction);
    tcase_add_test(tests, the_record_of_an_access_violation);
    tcase_add_test(tests, a_call_of_what_is_no_address);
    tcase_add_test(tests, a_filter_changes_registers);
    tcase_add_test(tests, filters_are_asked_outward_each_once);
    tcase_add_test(tests, search_goes_over_functions);
    tcase_add_test(tests, a_filter_sees_parameters_and_locals);
    tcase_add_test(tests, a_filter_with_many_arguments);
    tcase_add_test(tests, over_aligned_and_variable_length_locals);
    tcase_add_test(tests, large_frames_and_recursion);
    tcase_add_test(tests, an_exception_passes_many_frames_of_one_function);
    tcase_add_test(tests, codes_of_nested_handlers);
    tcase_add_test(tests, codes_of_deeply_nested_handlers);
    tcase_add_test(tests, many_handlers_do_not_push_out_the_outer_code);
    tcase_add_test(tests, variables_of_the_body_outlive_the_filter);
    tcase_add_test(tests, bodies_in_control_flow);
    tcase_add_test(tests, leaving_a_body_with_except);
    tcase_add_test(tests, leaving_a_body_with_finally);
    tcase_add_test(tests, a_return_through_three_bodies);
    tcase_add_test(tests, return_in_finally_wins);
    tcase_add_test(tests, break_in_finally_ends_the_block);
    tcase_add_test(tests, goto_out_of_finally_works);
    tcase_add_test(tests, huge_arguments_in_blocks);
    tcase_add_test(tests, exceptions_in_finally);
    tcase_add_test(tests, an_unwinding_ended_by_an_exception_in_finally);
    tcase_add_test(tests, exceptions_handled_inside_finally);
    tcase_add_test(tests, exceptions_in_handlers);
    tcase_add_test(tests, an_exception_handled_inside_a_filter);
    tcase_add_test(tests, an_exception_in_a_filter_goes_outward);
    tcase_add_test(tests, an_exception_in_a_filter_in_a_filter);
    tcase_add_test(tests, an_exception_in_a_filter_is_resumed_by_an_outer_one);
    tcase_add_test(tests, unwinding_runs_every_finally_inside_out);
    tcase_add_test(tests, a_million_unwindings);
    tcase_add_test(tests, what_a_filter_changes_is_seen_in_the_block);
    tcase_add_test(tests, a_resumed_body_has_its_variables);
    tcase_add_test(tests, breakpoints_are_exceptions);
    tcase_add_test(tests, raise_hands_over_its_arguments);
    tcase_add_test(tests, raise_returns_when_it_is_continued);
    tcase_add_test(tests, a_noncontinuable_exception_is_not_continued);
    tcase_add_test(tests, a_filter_that_continues_whatever_comes_ends_the_process);
    tcase_add_test(tests, raise_goes_on_where_the_context_says);
    tcase_add_test(tests, capture_context_tells_the_caller);
    tcase_add_test(tests, integer_division_by_zero);
    tcase_add_test(tests, integer_division_overflow);
    tcase_add_test(tests, a_division_is_repaired);
    tcase_add_test(tests, a_division_at_the_end_of_mapped_code);
    tcase_add_test(tests, illegal_and_privileged_instructions);
    tcase_add_test(tests, privileged_instructions_of_two_bytes);
    tcase_add_test(tests, an_illegal_instruction_is_stepped_over);
    tcase_add_test(tests, floating_point_exceptions);
    tcase_add_test(tests, rounding_survives_filters_and_handlers);
    tcase_add_test(tests, a_mapped_file_that_is_too_short);
    tcase_add_test(tests, stack_overflow_in_the_main_thread);
    tcase_add_test(tests, stack_overflow_in_threads);
    tcase_add_test(tests, exceptions_on_a_small_stack);
    tcase_add_test(tests, guard_pages);
    tcase_add_test(tests, write_watch_makes_no_exceptions);
    tcase_add_test(tests, native_faults_with_the_facade_first);
    tcase_add_test(tests, native_faults_with_the_native_handler_first);
    tcase_add_test(tests, unwinding_past_a_native_try);
    tcase_add_test(tests, a_native_unwinding_past_a_try);
    tcase_add_test(tests, eight_threads);
    tcase_add_test(tests, threads_give_their_alternate_stack_back);
    tcase_add_test(tests, an_alternate_stack_of_the_programs_own_stays);
    tcase_add_test(tests, longjmp_out_of_a_body);
    tcase_add_test(tests, longjmp_out_of_a_body_then_deeper);
    tcase_add_test(tests, longjmp_out_of_a_body_of_ones_own);
    tcase_add_test(tests, longjmp_inside_a_body);
    tcase_add_test(tests, longjmp_out_of_a_filter);
    tcase_add_test(tests, mask_and_errors_stay);
    tcase_add_test(tests, siglongjmp_from_a_signal_handler);
    tcase_add_test(tests, sent_signals_are_no_exceptions);
    tcase_add_test(tests, sent_signals_reach_the_earlier_handler);
    tcase_add_test(tests, a_timers_handler_full_of_exceptions);
    tcase_add_test(tests, a_timers_handler_on_the_alternate_stack);
    tcase_add_test(tests, a_timers_handler_touches_what_faults);
    tcase_add_test(tests, a_signal_between_any_two_instructions);
    tcase_add_test(tests, a_signal_on_the_alternate_stack_between_any_two_instructions);
    tcase_add_test(tests, an_alternate_stack_above_the_threads_own);
    return test_main(suite);
}
