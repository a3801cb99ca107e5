/* SPDX-License-Identifier: MIT */
/*
 * instruction.c - reading one x86-64 instruction.
 *
 * Only div and idiv are taken apart: [prefixes] [REX] F6 or F7, ModRM with /6 or /7, [SIB],
 * [displacement].
 *
 * The instruction is copied first: where it could not be fetched, or lies at the end of a mapping,
 * reading on would fault.
 */
#include "instruction.h"

#include <stdint.h>
#include <string.h>

#include <steppe/fault.h>

enum { LONGEST_BYTES = 15 };

/* Bytes that are not there are zero, and the room behind lets any displacement be read. */
struct text {
    uint8_t bytes[LONGEST_BYTES + 16];
};

struct decoded {
    const uint8_t *at;
    unsigned rex;
    unsigned size_bytes;
    bool has_segment; /* an address relative to fs or gs: not followed */
};

static const int register_of_number[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

static uint64_t value_of(const ucontext_t *machine, unsigned number)
{
    return (uint64_t)machine->uc_mcontext.gregs[register_of_number[number & 15]];
}

static struct text text_at(const ucontext_t *machine)
{
    struct text text = {{0}};
    const char *start = (const char *)machine->uc_mcontext.gregs[REG_RIP];
    size_t done_bytes;
    (void)steppe_probe_read(start, text.bytes, LONGEST_BYTES, &done_bytes); /* what can be had */
    return text;
}

static struct decoded decode_prefixes(const struct text *text)
{
    struct decoded decoded = {.at = text->bytes, .size_bytes = 4};
    for (; decoded.at < text->bytes + LONGEST_BYTES; decoded.at++) {
        if (*decoded.at == 0x66)
            decoded.size_bytes = 2;
        else if (*decoded.at == 0x64 || *decoded.at == 0x65)
            decoded.has_segment = true;
        else if (*decoded.at != 0xf2 && *decoded.at != 0xf3 && *decoded.at != 0x2e &&
                 *decoded.at != 0x36 && *decoded.at != 0x3e && *decoded.at != 0x26 &&
                 *decoded.at != 0x67)
            break;
    }
    if ((*decoded.at & 0xf0) == 0x40)
        decoded.rex = *decoded.at++;
    if (decoded.rex & 8)
        decoded.size_bytes = 8;
    return decoded;
}

static int64_t displacement(const uint8_t *at, unsigned mode)
{
    int8_t short_value;
    int32_t long_value;
    memcpy(&short_value, at, sizeof short_value);
    memcpy(&long_value, at, sizeof long_value);
    return mode == 1 ? short_value : long_value;
}

static uint64_t indexed(const ucontext_t *machine, const struct decoded *decoded, uint8_t sib,
                        bool has_base)
{
    unsigned index = (sib >> 3 & 7) | (decoded->rex & 2 ? 8 : 0);
    unsigned base = (sib & 7) | (decoded->rex & 1 ? 8 : 0);
    uint64_t address = has_base ? value_of(machine, base) : 0;
    return index == 4 ? address : address + (value_of(machine, index) << (sib >> 6));
}

/* Of a memory operand. */
static uint64_t effective_address(const ucontext_t *machine, const struct decoded *decoded,
                                  const struct text *text)
{
    const uint8_t *at = decoded->at + 1;
    uint64_t start = (uint64_t)machine->uc_mcontext.gregs[REG_RIP];
    unsigned mode = *at >> 6, rm = *at & 7;
    at++;
    if (rm == 4) {
        uint8_t sib = *at++;
        bool has_base = mode != 0 || (sib & 7) != 5;
        uint64_t address = indexed(machine, decoded, sib, has_base);
        bool has_displacement = mode != 0 || !has_base;
        return has_displacement ? address + (uint64_t)displacement(at, mode) : address;
    }
    if (mode == 0 && rm == 5)
        return start + (uint64_t)(at + 4 - text->bytes) + (uint64_t)displacement(at, 2);
    uint64_t address = value_of(machine, rm | (decoded->rex & 1 ? 8 : 0));
    return mode == 0 ? address : address + (uint64_t)displacement(at, mode);
}

static uint64_t register_operand(const ucontext_t *machine, const struct decoded *decoded,
                                 uint8_t modrm, unsigned size_bytes)
{
    unsigned number = (modrm & 7) | (decoded->rex & 1 ? 8 : 0);
    bool is_high_byte = size_bytes == 1 && !decoded->rex && number >= 4;
    uint64_t value = value_of(machine, is_high_byte ? number - 4 : number);
    return is_high_byte ? value >> 8 : value;
}

bool w32_division_overflows(const ucontext_t *machine)
{
    struct text text = text_at(machine);
    struct decoded decoded = decode_prefixes(&text);
    uint8_t operation = decoded.at[0], modrm = decoded.at[1];
    uint64_t value = 0;
    if ((operation != 0xf6 && operation != 0xf7) || (modrm >> 3 & 6) != 6)
        return false;
    unsigned size_bytes = operation == 0xf6 ? 1 : decoded.size_bytes;
    if (modrm >> 6 == 3)
        value = register_operand(machine, &decoded, modrm, size_bytes);
    else if (decoded.has_segment)
        return false;
    else /* read just now by the processor, so it is there */
        memcpy(&value, (const void *)effective_address(machine, &decoded, &text), size_bytes);
    return size_bytes == 8 ? value != 0 : (value & ((UINT64_C(1) << size_bytes * 8) - 1)) != 0;
}

bool w32_instruction_is_privileged(const ucontext_t *machine)
{
    static const uint8_t operations[] = {
        0xf4,                   /* hlt */
        0xfa, 0xfb,             /* cli, sti */
        0xe4, 0xe5, 0xe6, 0xe7, /* in, out */
        0xec, 0xed, 0xee, 0xef, 0x6c, 0x6d, 0x6e, 0x6f,
    };
    static const uint8_t behind_0f[] = {
        0x00, 0x01,             /* lldt, ltr, lgdt, lidt, lmsw, invlpg */
        0x06, 0x08, 0x09,       /* clts, invd, wbinvd */
        0x20, 0x21, 0x22, 0x23, /* control and debug registers */
        0x30, 0x32, 0x33,       /* wrmsr, rdmsr, rdpmc */
    };
    struct text text = text_at(machine);
    const uint8_t *at = decode_prefixes(&text).at;
    return *at == 0x0f ? memchr(behind_0f, at[1], sizeof behind_0f) != NULL
                       : memchr(operations, *at, sizeof operations) != NULL;
}
