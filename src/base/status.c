/* SPDX-License-Identifier: MIT */
#include "base/status.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { MESSAGE_BYTES = 600, PATH_BYTES = 200 };

static STP_THREAD_LOCAL struct stp_failure last_failure;
static STP_THREAD_LOCAL char last_message[MESSAGE_BYTES];
static STP_THREAD_LOCAL char last_path[PATH_BYTES]; /* its end, where it is longer */

_Noreturn void stp_check_failed(const char *expression, const char *file, int line)
{
    fprintf(stderr, "steppe: %s:%d: does not hold: %s\n", file, line, expression);
    abort();
}

static const char *const status_names[] = {
#define STATUS_NAME(name, number, text) [number] = #name,
    STEPPE_STATUS_LIST(STATUS_NAME)
#undef STATUS_NAME
};

static const char *const status_texts[] = {
#define STATUS_TEXT(name, number, text) [number] = text,
    STEPPE_STATUS_LIST(STATUS_TEXT)
#undef STATUS_TEXT
};

enum { STATUS_COUNT = sizeof status_names / sizeof *status_names };

const char *steppe_status_name(steppe_status status)
{
    return (unsigned)status < STATUS_COUNT ? status_names[status] : "STEPPE_E_?";
}

const char *steppe_status_text(steppe_status status)
{
    return (unsigned)status < STATUS_COUNT ? status_texts[status] : "not a status";
}

const char *steppe_version(void)
{
#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)
    return TEXT_OF(STEPPE_VERSION_MAJOR) "." TEXT_OF(STEPPE_VERSION_MINOR) "." TEXT_OF(
        STEPPE_VERSION_PATCH);
}

steppe_status stp_status_fail(const struct stp_failure *failure)
{
    STP_CHECK(failure->status != STEPPE_OK);
    last_failure = *failure;
    return failure->status;
}

void stp_status_tell_path(const char *path)
{
    size_t length = strlen(path);
    bool is_cut = length >= PATH_BYTES;
    snprintf(last_path, sizeof last_path, "%s%s", is_cut ? "..." : "",
             is_cut ? path + length - (PATH_BYTES - 4) : path);
    last_failure.has_path = true;
}

struct stp_failure stp_status_last(void)
{
    return last_failure;
}

void stp_status_put_back(const struct stp_failure *failure)
{
    last_failure = *failure;
}

steppe_status steppe_last_status(void)
{
    return last_failure.status;
}

/* Append to last_message; what does not fit is cut off. */
static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
    size_t length = strlen(last_message);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(last_message + length, sizeof last_message - length, format, arguments);
    va_end(arguments);
}

const char *steppe_last_message(void)
{
    const struct stp_failure *failure = &last_failure;
    last_message[0] = '\0';
    if (failure->status == STEPPE_OK)
        return last_message;
    say("%s: %s", failure->function, steppe_status_text(failure->status));
    if (failure->has_path)
        say(": %s", last_path);
    if (failure->address)
        say(": address %#" PRIxPTR, failure->address);
    if (failure->has_size)
        say("%s size %zu bytes", failure->address ? "," : ":", failure->size_bytes);
    if (failure->has_limit)
        say("; limit %" PRIu64 " bytes, charged %" PRIu64 " bytes", failure->limit_bytes,
            failure->charged_bytes);
    if (failure->has_request)
        say("; asked for %" PRIu64 " of %" PRIu64, failure->requested, failure->available);
    if (failure->mapping_limit)
        say("; reservations use %" PRIu64 " mappings, and may use %" PRIu64, failure->mapping_count,
            failure->mapping_limit);
    if (failure->note)
        say("; %s", failure->note);
    if (failure->os_error)
        say("; system error %d (%s)", failure->os_error, strerror(failure->os_error));
    return last_message;
}
