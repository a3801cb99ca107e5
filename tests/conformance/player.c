/* SPDX-License-Identifier: MIT */
/*
 * player SCENARIO - plays a script of Windows' virtual memory calls, and prints what each of them
 * did in a form that does not depend on where the memory landed.
 *
 * It knows nothing but <windows.h>: the real one, and the one of steppe-win32. The exit status is
 * 0, 2 for a script that is wrong, or 77 for one that needs an address that is taken here.
 *
 * A line of the script is one command; '#' starts a comment. Addresses and sizes are sums of terms
 * as in A+0x2000 or SIZE_MAX-0xfff, where a term is a number (with K, M or G), a symbol, NULL,
 * PAGE, GRAN, SIZE_MAX, USER_MIN or USER_MAX. TYPE and PROT are names joined by '|', without their
 * MEM_ or PAGE_, or numbers.
 *
 *   alloc S = ADDR SIZE TYPE PROT   VirtualAlloc; the symbol S becomes the result ('_': none does)
 *   free ADDR SIZE TYPE             VirtualFree
 *   protect ADDR SIZE PROT [noold]  VirtualProtect; noold: a null pointer for the old protection
 *   query ADDR [OPTION...]          VirtualQuery; anysize: do not print RegionSize; short: a buffer
 *                                   one byte short; length=N: a buffer of N bytes, 1024 at the most
 *   watch ADDR SIZE [FLAG...]       GetWriteWatch; a flag is RESET, a number, or max=N: at the most
 *                                   N addresses, 64 unless told, 512 at the most
 *   resetwatch ADDR SIZE            ResetWriteWatch
 *   lock ADDR SIZE                  VirtualLock
 *   unlock ADDR SIZE                VirtualUnlock
 *   badread ADDR SIZE               IsBadReadPtr, yes or no
 *   badwrite ADDR SIZE              IsBadWritePtr, yes or no
 *   lasterror                       what GetLastError gave after the last of the calls above
 *   lasterror NUMBER                SetLastError(NUMBER) before each of them from now on; 0 at
 * first
 *
 *   touch_read ADDR                 read a byte
 *   touch_write ADDR BYTE           write a byte
 *   touch_read8 ADDR                read eight bytes at once, perhaps on two pages
 *   touch_write8 ADDR NUMBER        write eight bytes at once
 *   touch_exec ADDR                 call the address
 *   put_ret ADDR                    store a return instruction there
 *   fill ADDR SIZE BYTE             write every byte
 *   check ADDR SIZE BYTE[|BYTE]     is every byte one of these?
 *   autocommit ADDR SIZE PROT       an access violation in the range commits the page it hit, and
 *                                   the access goes on
 *   autocommit off
 *   autocommits                     how many pages were committed so since it was set
 *
 *   area S SIZE                     S becomes a free area of this size on a 64 KiB border
 *   need ADDR SIZE                  end here with exit status 77 unless this range is free
 *   same ADDR ADDR                  are they equal?
 *   aligned ADDR SIZE               is ADDR a multiple of SIZE?
 *   above ADDR ADDR                 is the first one above the second?
 *   say TEXT                        copied through
 *   repeat S FIRST LAST STEP        the lines up to "end", with S from FIRST to LAST
 *   end
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include "access.h"

enum { STATUS_WRONG_SCRIPT = 2, STATUS_SKIPPED = 77 };

enum {
    LINES_MAX = 512,
    LINE_BYTES_MAX = 512,
    WORDS_MAX = 12,
    NAME_BYTES_MAX = 24,
    SYMBOLS_MAX = 64,
    LOOPS_MAX = 4,
    WATCHED_MAX = 512,
    WATCHED_DEFAULT = 64,
    QUERY_BYTES_MAX = 1024,
};

#define array_count(array) (sizeof(array) / sizeof *(array))

/* ---- names: numbers of Windows' ABI, not the header's, which is under test ---------------------
 */

struct name {
    const char *text;
    uint32_t value;
};

static const struct name type_names[] = {
    {"COMMIT", 0x1000},
    {"RESERVE", 0x2000},
    {"DECOMMIT", 0x4000},
    {"RELEASE", 0x8000},
    {"FREE", 0x10000},
    {"PRIVATE", 0x20000},
    {"MAPPED", 0x40000},
    {"RESET", 0x80000},
    {"TOP_DOWN", 0x100000},
    {"WRITE_WATCH", 0x200000},
    {"PHYSICAL", 0x400000},
    {"IMAGE", 0x1000000},
    {"LARGE_PAGES", 0x20000000},
    {"RESET_UNDO", 0x1000000},
    {"ROUND_TO_PAGE", 0x40000000},
    {NULL, 0},
};

static const struct name protection_names[] = {
    {"NOACCESS", 0x01},          {"READONLY", 0x02},          {"READWRITE", 0x04},
    {"WRITECOPY", 0x08},         {"EXECUTE", 0x10},           {"EXECUTE_READ", 0x20},
    {"EXECUTE_READWRITE", 0x40}, {"EXECUTE_WRITECOPY", 0x80}, {"GUARD", 0x100},
    {"NOCACHE", 0x200},          {"WRITECOMBINE", 0x400},     {NULL, 0},
};

static const struct name error_names[] = {
    {"ERROR_SUCCESS", 0},
    {"ERROR_INVALID_FUNCTION", 1},
    {"ERROR_ACCESS_DENIED", 5},
    {"ERROR_INVALID_HANDLE", 6},
    {"ERROR_NOT_ENOUGH_MEMORY", 8},
    {"ERROR_OUTOFMEMORY", 14},
    {"ERROR_BAD_LENGTH", 24},
    {"ERROR_NOT_SUPPORTED", 50},
    {"ERROR_UNEXP_NET_ERR", 59},
    {"ERROR_INVALID_PARAMETER", 87},
    {"ERROR_CALL_NOT_IMPLEMENTED", 120},
    {"ERROR_INSUFFICIENT_BUFFER", 122},
    {"ERROR_NOT_LOCKED", 158},
    {"ERROR_INVALID_ADDRESS", 487},
    {"ERROR_NOACCESS", 998},
    {"ERROR_PRIVILEGE_NOT_HELD", 1314},
    {"ERROR_NO_SYSTEM_RESOURCES", 1450},
    {"ERROR_COMMITMENT_LIMIT", 1455},
    {"STATUS_GUARD_PAGE_VIOLATION", 0x80000001},
    {NULL, 0},
};

/* ---- the script -------------------------------------------------------------------------------
 */

struct command;

struct line {
    int number; /* in the file */
    const struct command *command;
    char text[LINE_BYTES_MAX]; /* without comment and surrounding space */
    char copy[LINE_BYTES_MAX]; /* the same, cut into words */
    char *words[WORDS_MAX];
    int word_count;
    size_t partner; /* of repeat: its end; of end: its repeat */
};

struct command {
    const char *usage; /* begins with the name */
    int words_min;
    int words_max;
    void (*run)(struct line *line);
};

static struct {
    const char *file;
    struct line lines[LINES_MAX];
    size_t line_count;
    int line_number;   /* that errors are reported at */
    bool is_line_open; /* its outcome is still to be printed */
} script;

_Noreturn static void script_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

_Noreturn static void script_error(const char *format, ...)
{
    va_list arguments;
    if (script.is_line_open)
        printf("??? script error\n");
    fflush(stdout);
    fprintf(stderr, "player: %s:%d: ", script.file, script.line_number);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(STATUS_WRONG_SCRIPT);
}

/* ---- symbols and sums -------------------------------------------------------------------------
 */

struct symbol {
    char name[NAME_BYTES_MAX];
    uintptr_t value;
};

static struct symbol symbols[SYMBOLS_MAX];
static size_t symbol_count;

static SYSTEM_INFO facts; /* page size, granularity, lowest and highest address */

/* The value of a sum, and the first symbol in it: what addresses are printed relative to. */
struct sum {
    uintptr_t value;
    const struct symbol *base; /* or NULL */
};

static struct symbol *find_symbol(const char *name)
{
    for (size_t i = 0; i < symbol_count; i++)
        if (!strcmp(symbols[i].name, name))
            return &symbols[i];
    return NULL;
}

static void set_symbol(const char *name, uintptr_t value)
{
    if (!strcmp(name, "_"))
        return;
    struct symbol *symbol = find_symbol(name);
    if (!symbol) {
        if (symbol_count == SYMBOLS_MAX)
            script_error("more than %d symbols", SYMBOLS_MAX);
        if (strlen(name) >= NAME_BYTES_MAX)
            script_error("the symbol '%s' is too long", name);
        symbol = &symbols[symbol_count++];
        strcpy(symbol->name, name);
    }
    symbol->value = value;
}

static bool constant_value(const char *word, uintptr_t *value)
{
    const struct {
        const char *name;
        uintptr_t value;
    } constants[] = {
        {"NULL", 0},
        {"PAGE", facts.dwPageSize},
        {"GRAN", facts.dwAllocationGranularity},
        {"SIZE_MAX", UINTPTR_MAX},
        {"USER_MIN", (uintptr_t)facts.lpMinimumApplicationAddress},
        {"USER_MAX", (uintptr_t)facts.lpMaximumApplicationAddress},
    };
    for (size_t i = 0; i < array_count(constants); i++)
        if (!strcmp(constants[i].name, word)) {
            *value = constants[i].value;
            return true;
        }
    return false;
}

static uintptr_t number_value(const char *word)
{
    char *end;
    uint64_t value = strtoull(word, &end, 0);
    switch (*end) {
    case 'K':
        value <<= 10;
        end++;
        break;
    case 'M':
        value <<= 20;
        end++;
        break;
    case 'G':
        value <<= 30;
        end++;
        break;
    default:
        break;
    }
    if (*end)
        script_error("'%s' is not a number", word);
    return (uintptr_t)value;
}

static bool is_number(const char *word)
{
    return word[0] >= '0' && word[0] <= '9';
}

static uintptr_t term_value(const char *word, const struct symbol **base)
{
    uintptr_t value;
    if (is_number(word))
        return number_value(word);
    if (constant_value(word, &value))
        return value;
    const struct symbol *symbol = find_symbol(word);
    if (!symbol)
        script_error("unknown symbol '%s'", word);
    if (!*base)
        *base = symbol;
    return symbol->value;
}

static struct sum evaluate(const char *text)
{
    struct sum sum = {0, NULL};
    bool minus = false;
    const char *rest = text;
    do {
        char word[64];
        size_t length = strcspn(rest, "+-");
        if (!length || length >= sizeof word)
            script_error("'%s' is not a sum of numbers and symbols", text);
        memcpy(word, rest, length);
        word[length] = '\0';
        uintptr_t value = term_value(word, &sum.base);
        sum.value = minus ? sum.value - value : sum.value + value;
        rest += length;
        minus = *rest == '-';
    } while (*rest++);
    return sum;
}

static uintptr_t value_of(const char *text)
{
    return evaluate(text).value;
}

static uint32_t name_value(const struct name *names, const char *word)
{
    if (is_number(word))
        return (uint32_t)number_value(word);
    for (; names->text; names++)
        if (!strcmp(names->text, word))
            return names->value;
    script_error("unknown flag '%s'", word);
}

static uint32_t flags_of(const struct name *names, const char *text)
{
    char copy[LINE_BYTES_MAX];
    uint32_t flags = 0;
    strcpy(copy, text);
    for (char *word = strtok(copy, "|"); word; word = strtok(NULL, "|"))
        flags |= name_value(names, word);
    return flags;
}

/* The N of "prefixN". */
static bool has_prefix(const char *word, const char *prefix, uintptr_t *value)
{
    size_t length = strlen(prefix);
    if (strncmp(word, prefix, length))
        return false;
    *value = value_of(word + length);
    return true;
}

/* ---- printing outcomes ------------------------------------------------------------------------
 */

static void print_flags(const struct name *names, uint32_t flags)
{
    const char *separator = "";
    if (!flags)
        printf("0");
    for (; names->text; names++)
        if (flags & names->value) {
            printf("%s%s", separator, names->text);
            flags &= ~names->value;
            separator = "|";
        }
    if (flags)
        printf("%s0x%" PRIx32, separator, flags);
}

static void print_error(uint32_t error)
{
    for (const struct name *name = error_names; name->text; name++)
        if (name->value == error) {
            printf("%s", name->text);
            return;
        }
    printf("error_%" PRIu32, error);
}

static void print_address(uintptr_t address, const struct symbol *base)
{
    const uintptr_t near_bytes = (uintptr_t)1 << 40;
    uintptr_t distance = 0;
    if (base)
        distance = address >= base->value ? address - base->value : base->value - address;
    if (!base || distance > near_bytes)
        printf("0x%" PRIxPTR, address);
    else if (!distance)
        printf("%s", base->name);
    else
        printf("%s%c0x%" PRIxPTR, base->name, address >= base->value ? '+' : '-', distance);
}

static void print_yes(bool is_true)
{
    printf(is_true ? "yes" : "no");
}

static void print_alignment(uintptr_t address)
{
    printf(address % facts.dwAllocationGranularity ? "not aligned" : "64K-aligned");
}

static void print_access(const struct access *access, const struct symbol *base)
{
    static const char *const kinds[] = {"read", "write", "execute"};
    switch (access->outcome) {
    case ACCESS_DONE:
        printf("ok");
        return;
    case ACCESS_VIOLATION:
        printf("EXCEPTION_ACCESS_VIOLATION");
        break;
    case ACCESS_GUARD_PAGE:
        printf("STATUS_GUARD_PAGE_VIOLATION");
        break;
    case ACCESS_OTHER_EXCEPTION:
        printf("exception 0x%" PRIx32, access->code);
        break;
    }
    printf(" %s at ", kinds[access->fault_kind]);
    print_address(access->fault_address, base);
}

/* ---- calls ------------------------------------------------------------------------------------
 */

static struct {
    DWORD before; /* set before every call */
    DWORD after;
} last_error;

static void prepare_call(void)
{
    SetLastError(last_error.before);
}

/* Directly after a call: print its refusal, or tell that there was none. */
static bool has_succeeded(bool success)
{
    last_error.after = GetLastError();
    if (success)
        return true;
    printf("FAIL ");
    print_error((uint32_t)last_error.after);
    return false;
}

static void print_success(bool success)
{
    if (has_succeeded(success))
        printf("OK");
}

static void run_alloc(struct line *line)
{
    if (strcmp(line->words[2], "="))
        script_error("no '=' after '%s'", line->words[1]);
    struct sum address = evaluate(line->words[3]);
    SIZE_T size_bytes = value_of(line->words[4]);
    DWORD type = flags_of(type_names, line->words[5]);
    DWORD protection = flags_of(protection_names, line->words[6]);

    prepare_call();
    uintptr_t result = (uintptr_t)VirtualAlloc((LPVOID)address.value, size_bytes, type, protection);
    if (has_succeeded(result)) {
        printf("OK ");
        if (address.base || address.value)
            print_address(result, address.base);
        else
            print_alignment(result);
    }
    set_symbol(line->words[1], result);
}

static void run_free(struct line *line)
{
    uintptr_t address = value_of(line->words[1]);
    SIZE_T size_bytes = value_of(line->words[2]);
    DWORD type = flags_of(type_names, line->words[3]);

    prepare_call();
    print_success(VirtualFree((LPVOID)address, size_bytes, type));
}

static void run_protect(struct line *line)
{
    uintptr_t address = value_of(line->words[1]);
    SIZE_T size_bytes = value_of(line->words[2]);
    DWORD protection = flags_of(protection_names, line->words[3]);
    DWORD old = 0x5a5a5a5a;
    DWORD *where = &old;
    if (line->word_count == 5) {
        if (strcmp(line->words[4], "noold"))
            script_error("unknown option '%s'", line->words[4]);
        where = NULL;
    }

    prepare_call();
    if (has_succeeded(VirtualProtect((LPVOID)address, size_bytes, protection, where))) {
        printf("OK old=");
        print_flags(protection_names, (uint32_t)old);
    }
}

struct query_options {
    uintptr_t length_bytes;
    bool any_size;
};

static struct query_options query_options(const struct line *line)
{
    struct query_options options = {sizeof(MEMORY_BASIC_INFORMATION), false};
    for (int i = 2; i < line->word_count; i++) {
        if (!strcmp(line->words[i], "anysize"))
            options.any_size = true;
        else if (!strcmp(line->words[i], "short"))
            options.length_bytes = sizeof(MEMORY_BASIC_INFORMATION) - 1;
        else if (!has_prefix(line->words[i], "length=", &options.length_bytes) ||
                 options.length_bytes > QUERY_BYTES_MAX)
            script_error("bad option '%s'", line->words[i]);
    }
    return options;
}

static void print_information(const MEMORY_BASIC_INFORMATION *information,
                              const struct symbol *base, bool any_size)
{
    printf(" Base=");
    print_address((uintptr_t)information->BaseAddress, base);
    printf(" AllocBase=");
    if (information->AllocationBase)
        print_address((uintptr_t)information->AllocationBase, base);
    else
        printf("NULL");
    printf(" AllocProt=");
    print_flags(protection_names, (uint32_t)information->AllocationProtect);
    if (any_size)
        printf(" Size=any");
    else
        printf(" Size=0x%" PRIxPTR, (uintptr_t)information->RegionSize);
    printf(" State=");
    print_flags(type_names, (uint32_t)information->State);
    printf(" Prot=");
    print_flags(protection_names, (uint32_t)information->Protect);
    printf(" Type=");
    print_flags(type_names, (uint32_t)information->Type);
}

static void run_query(struct line *line)
{
    struct sum address = evaluate(line->words[1]);
    struct query_options options = query_options(line);
    union {
        MEMORY_BASIC_INFORMATION information;
        uint8_t bytes[QUERY_BYTES_MAX];
    } buffer;
    memset(&buffer, 0x5a, sizeof buffer);

    prepare_call();
    SIZE_T length_bytes =
        VirtualQuery((LPVOID)address.value, &buffer.information, options.length_bytes);
    if (has_succeeded(length_bytes)) {
        printf("OK%s", length_bytes == sizeof buffer.information ? "" : " (odd length)");
        print_information(&buffer.information, address.base, options.any_size);
    }
}

static void run_watch(struct line *line)
{
    struct sum address = evaluate(line->words[1]);
    SIZE_T size_bytes = value_of(line->words[2]);
    DWORD flags = 0;
    uintptr_t max = WATCHED_DEFAULT;
    for (int i = 3; i < line->word_count; i++) {
        if (!strcmp(line->words[i], "RESET"))
            flags |= WRITE_WATCH_FLAG_RESET;
        else if (!has_prefix(line->words[i], "max=", &max))
            flags |= (DWORD)value_of(line->words[i]);
    }
    if (max > WATCHED_MAX)
        script_error("max=%" PRIuPTR " is more than %d", max, WATCHED_MAX);
    PVOID pages[WATCHED_MAX];
    ULONG_PTR count = max;
    DWORD page_bytes = 0;

    prepare_call();
    if (!has_succeeded(
            !GetWriteWatch(flags, (PVOID)address.value, size_bytes, pages, &count, &page_bytes)))
        return;
    printf("OK gran=0x%" PRIx32 " count=%" PRIuPTR, (uint32_t)page_bytes, (uintptr_t)count);
    for (uintptr_t i = 0; i < count && i < WATCHED_MAX; i++) {
        printf(" ");
        print_address((uintptr_t)pages[i], address.base);
    }
}

static void run_resetwatch(struct line *line)
{
    uintptr_t address = value_of(line->words[1]);
    SIZE_T size_bytes = value_of(line->words[2]);

    prepare_call();
    print_success(!ResetWriteWatch((LPVOID)address, size_bytes));
}

static void run_lock(struct line *line)
{
    uintptr_t address = value_of(line->words[1]);
    SIZE_T size_bytes = value_of(line->words[2]);

    prepare_call();
    print_success(VirtualLock((LPVOID)address, size_bytes));
}

static void run_unlock(struct line *line)
{
    uintptr_t address = value_of(line->words[1]);
    SIZE_T size_bytes = value_of(line->words[2]);

    prepare_call();
    print_success(VirtualUnlock((LPVOID)address, size_bytes));
}

static void run_badread(struct line *line)
{
    uintptr_t address = value_of(line->words[1]);
    UINT_PTR size_bytes = value_of(line->words[2]);

    print_yes(IsBadReadPtr((const void *)address, size_bytes));
}

static void run_badwrite(struct line *line)
{
    uintptr_t address = value_of(line->words[1]);
    UINT_PTR size_bytes = value_of(line->words[2]);

    print_yes(IsBadWritePtr((LPVOID)address, size_bytes));
}

static void run_lasterror(struct line *line)
{
    if (line->word_count == 2)
        last_error.before = (DWORD)value_of(line->words[1]);
    print_error((uint32_t)(line->word_count == 2 ? last_error.before : last_error.after));
}

/* ---- accesses ---------------------------------------------------------------------------------
 */

static void run_touch(const struct line *line, enum access_kind kind, size_t size_bytes)
{
    struct sum address = evaluate(line->words[1]);
    struct access access = {.kind = kind, .size_bytes = size_bytes};
    if (kind == ACCESS_WRITE)
        access.value = value_of(line->words[2]);

    access_try(&access, address.value);
    print_access(&access, address.base);
    if (access.outcome == ACCESS_DONE && kind == ACCESS_READ)
        printf(" value=0x%0*" PRIx64, (int)size_bytes * 2, access.value);
}

static void run_touch_read(struct line *line)
{
    run_touch(line, ACCESS_READ, 1);
}

static void run_touch_write(struct line *line)
{
    run_touch(line, ACCESS_WRITE, 1);
}

static void run_touch_read8(struct line *line)
{
    run_touch(line, ACCESS_READ, 8);
}

static void run_touch_write8(struct line *line)
{
    run_touch(line, ACCESS_WRITE, 8);
}

static void run_touch_exec(struct line *line)
{
    run_touch(line, ACCESS_EXECUTE, 1);
}

static void run_put_ret(struct line *line)
{
    const uint8_t return_instruction = 0xc3; /* of x86 */
    struct sum address = evaluate(line->words[1]);
    struct access access = {.kind = ACCESS_WRITE, .size_bytes = 1, .value = return_instruction};

    access_try(&access, address.value);
    print_access(&access, address.base);
}

static void run_fill(struct line *line)
{
    struct sum address = evaluate(line->words[1]);
    uintptr_t size_bytes = value_of(line->words[2]);
    struct access access = {.kind = ACCESS_WRITE, .size_bytes = 1};
    access.value = value_of(line->words[3]);
    for (uintptr_t i = 0; i < size_bytes && access.outcome == ACCESS_DONE; i++)
        access_try(&access, address.value + i);
    print_access(&access, address.base);
}

struct pair {
    uint8_t first;
    uint8_t second;
};

static struct pair pair_of(const char *text)
{
    char first[LINE_BYTES_MAX];
    strcpy(first, text);
    char *second = strchr(first, '|');
    if (second)
        *second++ = '\0';
    uint8_t value = (uint8_t)value_of(first);
    return (struct pair){value, second ? (uint8_t)value_of(second) : value};
}

static void run_check(struct line *line)
{
    struct sum address = evaluate(line->words[1]);
    uintptr_t size_bytes = value_of(line->words[2]);
    struct pair wanted = pair_of(line->words[3]);
    struct access access = {.kind = ACCESS_READ, .size_bytes = 1};
    for (uintptr_t i = 0; i < size_bytes; i++) {
        access_try(&access, address.value + i);
        if (access.outcome != ACCESS_DONE) {
            print_access(&access, address.base);
            return;
        }
        if (access.value != wanted.first && access.value != wanted.second) {
            printf("differs at ");
            print_address(address.value + i, address.base);
            printf(" value=0x%02" PRIx64, access.value);
            return;
        }
    }
    printf("all match");
}

static void run_autocommit(struct line *line)
{
    if (line->word_count == 2 && !strcmp(line->words[1], "off"))
        access_auto_commit(0, 0, 0, facts.dwPageSize);
    else if (line->word_count == 4)
        access_auto_commit(value_of(line->words[1]), value_of(line->words[2]),
                           flags_of(protection_names, line->words[3]), facts.dwPageSize);
    else
        script_error("usage: %s", line->command->usage);
    printf("OK");
}

static void run_autocommits(struct line *line)
{
    (void)line;
    printf("%u", access_auto_commits());
}

/* ---- the rest ---------------------------------------------------------------------------------
 */

/* Reserve and release again; 0 when that cannot be had. */
static uintptr_t try_area(uintptr_t address, uintptr_t size_bytes)
{
    LPVOID area = VirtualAlloc((LPVOID)address, size_bytes, MEM_RESERVE, PAGE_NOACCESS);
    if (area && !VirtualFree(area, 0, MEM_RELEASE))
        script_error("a free area could not be released");
    return (uintptr_t)area;
}

static void run_area(struct line *line)
{
    uintptr_t area = try_area(0, value_of(line->words[2]));
    if (!area)
        script_error("there is no free area of %s bytes", line->words[2]);
    set_symbol(line->words[1], area);
    printf("OK ");
    print_alignment(area);
}

static void run_need(struct line *line)
{
    if (try_area(value_of(line->words[1]), value_of(line->words[2]))) {
        printf("free");
        return;
    }
    printf("taken\n");
    exit(STATUS_SKIPPED);
}

static void run_same(struct line *line)
{
    print_yes(value_of(line->words[1]) == value_of(line->words[2]));
}

static void run_aligned(struct line *line)
{
    uintptr_t alignment = value_of(line->words[2]);
    if (!alignment)
        script_error("nothing is a multiple of 0");
    print_yes(value_of(line->words[1]) % alignment == 0);
}

static void run_above(struct line *line)
{
    print_yes(value_of(line->words[1]) > value_of(line->words[2]));
}

/* These three are known to play(). */
static void run_nothing(struct line *line)
{
    (void)line;
}

static const struct command commands[] = {
    {"alloc S = ADDR SIZE TYPE PROT", 7, 7, run_alloc},
    {"free ADDR SIZE TYPE", 4, 4, run_free},
    {"protect ADDR SIZE PROT [noold]", 4, 5, run_protect},
    {"query ADDR [anysize] [short] [length=N]", 2, 5, run_query},
    {"watch ADDR SIZE [RESET] [NUMBER] [max=N]", 3, 6, run_watch},
    {"resetwatch ADDR SIZE", 3, 3, run_resetwatch},
    {"lock ADDR SIZE", 3, 3, run_lock},
    {"unlock ADDR SIZE", 3, 3, run_unlock},
    {"badread ADDR SIZE", 3, 3, run_badread},
    {"badwrite ADDR SIZE", 3, 3, run_badwrite},
    {"lasterror [NUMBER]", 1, 2, run_lasterror},
    {"touch_read ADDR", 2, 2, run_touch_read},
    {"touch_write ADDR BYTE", 3, 3, run_touch_write},
    {"touch_read8 ADDR", 2, 2, run_touch_read8},
    {"touch_write8 ADDR NUMBER", 3, 3, run_touch_write8},
    {"touch_exec ADDR", 2, 2, run_touch_exec},
    {"put_ret ADDR", 2, 2, run_put_ret},
    {"fill ADDR SIZE BYTE", 4, 4, run_fill},
    {"check ADDR SIZE BYTE[|BYTE]", 4, 4, run_check},
    {"autocommit ADDR SIZE PROT, or: autocommit off", 2, 4, run_autocommit},
    {"autocommits", 1, 1, run_autocommits},
    {"area S SIZE", 3, 3, run_area},
    {"need ADDR SIZE", 3, 3, run_need},
    {"same ADDR ADDR", 3, 3, run_same},
    {"aligned ADDR SIZE", 3, 3, run_aligned},
    {"above ADDR ADDR", 3, 3, run_above},
    {"say TEXT", 1, WORDS_MAX, run_nothing},
    {"repeat S FIRST LAST STEP", 5, 5, run_nothing},
    {"end", 1, 1, run_nothing},
};

/* ---- reading the script -----------------------------------------------------------------------
 */

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < array_count(commands); i++) {
        const char *usage = commands[i].usage;
        size_t length = strcspn(usage, " ");
        if (strlen(name) == length && !strncmp(usage, name, length))
            return &commands[i];
    }
    script_error("unknown command '%s'", name);
}

static bool is_command(const struct line *line, const char *name)
{
    return !strcmp(line->words[0], name);
}

/* Cut off what is no part of the command; whether anything is left. */
static bool trim(char *text)
{
    text[strcspn(text, "#\r\n")] = '\0';
    size_t start = strspn(text, " \t");
    size_t length = strlen(text + start);
    memmove(text, text + start, length + 1);
    while (length && strchr(" \t", text[length - 1]))
        text[--length] = '\0';
    return length;
}

static void parse_line(struct line *line, int number, const char *text)
{
    *line = (struct line){.number = number};
    strcpy(line->text, text);
    strcpy(line->copy, text);
    char *rest = line->copy;
    for (char *word; (word = strtok(rest, " \t")); rest = NULL) {
        if (line->word_count == WORDS_MAX && !is_command(line, "say"))
            script_error("more than %d words", WORDS_MAX);
        if (line->word_count < WORDS_MAX)
            line->words[line->word_count++] = word;
    }
    line->command = find_command(line->words[0]);
    if (line->word_count < line->command->words_min || line->word_count > line->command->words_max)
        script_error("usage: %s", line->command->usage);
}

static struct line *add_line(void)
{
    if (script.line_count == LINES_MAX)
        script_error("more than %d commands", LINES_MAX);
    return &script.lines[script.line_count++];
}

static void match_loops(void)
{
    size_t open[LOOPS_MAX];
    size_t depth = 0;
    for (size_t i = 0; i < script.line_count; i++) {
        struct line *line = &script.lines[i];
        script.line_number = line->number;
        if (is_command(line, "repeat")) {
            if (!strcmp(line->words[1], "_"))
                script_error("repeat needs a symbol");
            if (depth == LOOPS_MAX)
                script_error("more than %d loops in each other", LOOPS_MAX);
            open[depth++] = i;
        } else if (is_command(line, "end")) {
            if (!depth)
                script_error("end without repeat");
            line->partner = open[--depth];
            script.lines[line->partner].partner = i;
        }
    }
    if (depth) {
        script.line_number = script.lines[open[depth - 1]].number;
        script_error("repeat without end");
    }
}

static void read_script(const char *file_name)
{
    char text[LINE_BYTES_MAX];
    script.file = file_name;
    FILE *file = fopen(file_name, "r");
    if (!file) {
        fprintf(stderr, "player: %s: cannot be opened\n", file_name);
        exit(STATUS_WRONG_SCRIPT);
    }
    while (fgets(text, sizeof text, file)) {
        script.line_number++;
        if (!strchr(text, '\n') && !feof(file))
            script_error("more than %d characters", LINE_BYTES_MAX - 2);
        if (trim(text))
            parse_line(add_line(), script.line_number, text);
    }
    bool is_complete = !ferror(file);
    fclose(file);
    if (!is_complete)
        script_error("cannot be read any further");
    match_loops();
}

/* ---- playing it -------------------------------------------------------------------------------
 */

static void play_command(struct line *line)
{
    script.is_line_open = true;
    line->command->run(line);
    script.is_line_open = false;
    printf("\n");
}

/* Set the counter of a loop; whether there is a round for it. */
static bool begin_round(const struct line *line, uintptr_t counter)
{
    if (counter > value_of(line->words[3]))
        return false;
    set_symbol(line->words[1], counter);
    printf("%3d: %s => %s=0x%" PRIxPTR "\n", line->number, line->text, line->words[1], counter);
    return true;
}

/* The index of the line to play after this one. */
static size_t play_line(size_t index)
{
    struct line *line = &script.lines[index];
    script.line_number = line->number;
    if (is_command(line, "repeat"))
        return begin_round(line, value_of(line->words[2])) ? index + 1 : line->partner + 1;
    if (is_command(line, "end")) {
        const struct line *loop = &script.lines[line->partner];
        script.line_number = loop->number;
        uintptr_t step = value_of(loop->words[4]);
        if (!step)
            script_error("a step of 0 never ends");
        return begin_round(loop, find_symbol(loop->words[1])->value + step) ? line->partner + 1
                                                                            : index + 1;
    }
    if (is_command(line, "say")) {
        printf("%3d: %s\n", line->number, line->text);
        return index + 1;
    }
    printf("%3d: %s => ", line->number, line->text);
    fflush(stdout);
    play_command(line);
    return index + 1;
}

int main(int argument_count, char **arguments)
{
    if (argument_count != 2) {
        fprintf(stderr, "usage: player SCENARIO\n");
        return STATUS_WRONG_SCRIPT;
    }
    GetSystemInfo(&facts);
    read_script(arguments[1]);
    printf("page 0x%" PRIx32 " granularity 0x%" PRIx32 "\n", (uint32_t)facts.dwPageSize,
           (uint32_t)facts.dwAllocationGranularity);
    for (size_t index = 0; index < script.line_count;)
        index = play_line(index);
    if (fflush(stdout)) {
        fprintf(stderr, "player: the output cannot be written\n");
        return STATUS_WRONG_SCRIPT;
    }
    return 0;
}
