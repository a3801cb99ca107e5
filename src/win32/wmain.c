/* SPDX-License-Identifier: MIT */
/*
 * wmain.c - main for programs that have a wmain instead.
 *
 * In the static library this file stands alone, so that the linker takes it only where a main is
 * missing; in the shared one main is exported, and a program's own main goes before it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "utf8.h"

typedef int wide_main(int argument_count, wchar_t **arguments, wchar_t **environment);

/*
 * The program has at most one of these. Calling any of them with three arguments is right on every
 * processor whose callers, not callees, take arguments away: those not asked for are ignored. The
 * program's wmain may be C or C++, where the name tells its arguments.
 */
#define WEAK_NAME(name) __asm__(name) __attribute__((weak))
extern wide_main in_c WEAK_NAME("wmain");
extern wide_main in_cpp WEAK_NAME("_Z5wmainv");
extern wide_main in_cpp_with_arguments WEAK_NAME("_Z5wmainiPPw");
extern wide_main in_cpp_with_constants WEAK_NAME("_Z5wmainiPPKw");
extern wide_main in_cpp_with_environment WEAK_NAME("_Z5wmainiPPwS0_");

static wide_main *find_wide_main(void)
{
    if (in_c)
        return in_c;
    if (in_cpp)
        return in_cpp;
    if (in_cpp_with_arguments)
        return in_cpp_with_arguments;
    return in_cpp_with_constants ? in_cpp_with_constants : in_cpp_with_environment;
}

/* These live as long as the process; volatile, so that a leak checker finds them here. */
static wchar_t **volatile wide_arguments, **volatile wide_environment;

static wchar_t **widen(char **strings)
{
    size_t count = 0;
    while (strings[count])
        count++;
    wchar_t **wide = calloc(count + 1, sizeof *wide);
    for (size_t i = 0; wide && i < count; i++) {
        wide[i] = w32_utf8_to_wide(strings[i]);
        if (!wide[i]) {
            free(wide); /* not its strings: the process ends */
            return NULL;
        }
    }
    return wide;
}

int main(int argument_count, char **arguments, char **environment);

__attribute__((visibility("default"))) int main(int argument_count, char **arguments,
                                                char **environment)
{
    wide_main *wmain = find_wide_main();
    if (!wmain) {
        fputs("steppe-win32: the program has neither main nor wmain\n", stderr);
        return EXIT_FAILURE;
    }
    wide_arguments = widen(arguments);
    wide_environment = widen(environment);
    if (!wide_arguments || !wide_environment) {
        fputs("steppe-win32: no memory for the arguments\n", stderr);
        return EXIT_FAILURE;
    }
    return wmain(argument_count, wide_arguments, wide_environment);
}
