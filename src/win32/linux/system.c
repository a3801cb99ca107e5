/* SPDX-License-Identifier: MIT */
/* system.c - GetSystemInfo, GlobalMemoryStatusEx, GetLargePageMinimum. */
#include <cpuid.h>
#include <stdio.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <steppe/budget.h>
#include <steppe/region.h>

#include <windows.h>

#include "../last_error.h"
#include "../range.h"

/* Family in level, model and stepping in revision, as Windows fills them. */
static void describe_processor(SYSTEM_INFO *info)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d))
        return;
    unsigned family = a >> 8 & 0xf, model = a >> 4 & 0xf, stepping = a & 0xf;
    if (family == 6 || family == 15)
        model |= (a >> 16 & 0xf) << 4;
    if (family == 15)
        family += a >> 20 & 0xff;
    info->wProcessorLevel = (WORD)family;
    info->wProcessorRevision = (WORD)(model << 8 | stepping);
}

void WINAPI GetSystemInfo(LPSYSTEM_INFO info)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    if (count < 1)
        count = 1;
    *info = (SYSTEM_INFO){
        .wProcessorArchitecture = PROCESSOR_ARCHITECTURE_AMD64,
        .dwPageSize = (DWORD)steppe_page_bytes(),
        .lpMinimumApplicationAddress = (void *)W32_USER_FIRST,
        .lpMaximumApplicationAddress = (void *)(W32_USER_END - 1),
        .dwActiveProcessorMask = count >= 64 ? (DWORD_PTR)-1 : ((DWORD_PTR)1 << count) - 1,
        .dwNumberOfProcessors = (DWORD)count,
        .dwProcessorType = PROCESSOR_AMD_X8664,
        .dwAllocationGranularity = (DWORD)steppe_granularity_bytes(),
    };
    describe_processor(info);
}

void WINAPI GetNativeSystemInfo(LPSYSTEM_INFO info)
{
    GetSystemInfo(info);
}

SIZE_T WINAPI GetLargePageMinimum(void)
{
    return 0;
}

/* Without /proc: what sysinfo calls free, which is less. */
static ULONGLONG available_bytes(const struct sysinfo *info)
{
    unsigned long long kibibytes = 0;
    char line[128];
    FILE *file = fopen("/proc/meminfo", "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %llu kB", &kibibytes) == 1)
            break;
    if (file)
        (void)fclose(file); /* only read */
    return kibibytes ? kibibytes << 10 : (ULONGLONG)info->freeram * info->mem_unit;
}

static ULONGLONG smaller(ULONGLONG a, ULONGLONG b)
{
    return a < b ? a : b;
}

static ULONGLONG reserved_bytes(void)
{
    ULONGLONG bytes = 0;
    for (steppe_reservation r = steppe_first_reservation(); r.size_bytes;
         r = steppe_next_reservation(r))
        bytes += r.size_bytes;
    return bytes;
}

BOOL WINAPI GlobalMemoryStatusEx(LPMEMORYSTATUSEX status)
{
    struct sysinfo info;
    if (!status || status->dwLength != sizeof *status)
        return w32_fail(ERROR_INVALID_PARAMETER);
    if (sysinfo(&info) != 0)
        return w32_fail(ERROR_NOT_SUPPORTED);
    ULONGLONG limit = steppe_budget_limit_bytes(steppe_process_budget());
    ULONGLONG charged = steppe_budget_charged_bytes(steppe_process_budget());
    ULONGLONG total = (ULONGLONG)info.totalram * info.mem_unit;
    ULONGLONG available = smaller(available_bytes(&info), total);
    *status = (MEMORYSTATUSEX){
        .dwLength = sizeof *status,
        .dwMemoryLoad = (DWORD)((total - available) / (total / 100 ? total / 100 : 1)),
        .ullTotalPhys = total,
        .ullAvailPhys = available,
        .ullTotalPageFile = smaller(total + (ULONGLONG)info.totalswap * info.mem_unit, limit),
        .ullAvailPageFile = smaller(available + (ULONGLONG)info.freeswap * info.mem_unit,
                                    limit > charged ? limit - charged : 0),
        .ullTotalVirtual = W32_USER_END - W32_USER_FIRST,
        .ullAvailVirtual = W32_USER_END - W32_USER_FIRST - reserved_bytes(),
    };
    if (status->dwMemoryLoad > 100)
        status->dwMemoryLoad = 100;
    return TRUE;
}
