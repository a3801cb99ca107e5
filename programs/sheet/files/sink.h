/* SPDX-License-Identifier: MIT */
/*
 * sink.h - bytes written to a descriptor through a buffer. Whether writing failed is asked once, at
 * the end: after the first failure all else is thrown away.
 */
#ifndef STEPPE_SHEET_SINK_H
#define STEPPE_SHEET_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { SINK_BYTES = 65536, SINK_PIECE_BYTES = 8192, SINK_GROWTH_MAX = 2 };

struct progress;

/* What bytes become on their way out. They come in pieces of SINK_PIECE_BYTES at the most, which
 * may be cut anywhere; count 0: it is the end. Returns how many were put to out, where there is
 * room for SINK_GROWTH_MAX times as many, and 8. */
typedef size_t sink_filter(void *context, const char *bytes, size_t count, char *out);

struct sink {
    int descriptor;
    int error; /* errno of the first failure; 0: none */
    size_t used;
    const struct progress *progress;
    sink_filter *filter; /* NULL: none */
    void *filter_context;
    char bytes[SINK_BYTES];
};

/* Without setting the bytes. progress (may be NULL) is asked when a signal comes while writing has
 * to wait for whoever reads. */
void sink_begin(struct sink *sink, int descriptor, const struct progress *progress);
/* Before anything is put in. */
void sink_set_filter(struct sink *sink, sink_filter *filter, void *context);
void sink_put_slowly(struct sink *sink, const void *bytes, size_t count);
/* Everything to the descriptor. false: error says why. */
bool sink_end(struct sink *sink);

static inline void sink_put(struct sink *sink, const void *bytes, size_t count)
{
    if (count > SINK_BYTES - sink->used) {
        sink_put_slowly(sink, bytes, count);
        return;
    }
    memcpy(sink->bytes + sink->used, bytes, count);
    sink->used += count;
}

static inline void sink_put_char(struct sink *sink, char c)
{
    if (sink->used == SINK_BYTES)
        sink_put_slowly(sink, &c, 1);
    else
        sink->bytes[sink->used++] = c;
}

static inline void sink_put_string(struct sink *sink, const char *string)
{
    sink_put(sink, string, strlen(string));
}

#endif
