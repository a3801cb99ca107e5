/* SPDX-License-Identifier: MIT */
/* sink.c - buffered writing: see sink.h. */
#include "sheet/files/sink.h"

#include <errno.h>
#include <unistd.h>

#include "sheet/book/book.h"

void sink_begin(struct sink *sink, int descriptor, const struct progress *progress)
{
    sink->descriptor = descriptor;
    sink->error = 0;
    sink->used = 0;
    sink->progress = progress;
    sink->filter = NULL;
}

void sink_set_filter(struct sink *sink, sink_filter *filter, void *context)
{
    sink->filter = filter;
    sink->filter_context = context;
}

static void write_plain(struct sink *sink, const char *bytes, size_t count)
{
    while (count > 0 && !sink->error) {
        ssize_t written = write(sink->descriptor, bytes, count);
        if (written < 0 && errno != EINTR)
            sink->error = errno;
        else if (written < (ssize_t)count && !progress_step(sink->progress, "writing", 0, 0))
            sink->error = ECANCELED; /* a signal ends a wait with less than all, or nothing */
        if (written == 0)            /* no device does that for ever but a broken one */
            sink->error = EIO;
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        }
    }
}

static void write_filtered(struct sink *sink, const char *bytes, size_t count)
{
    char out[SINK_GROWTH_MAX * SINK_PIECE_BYTES + 8];
    write_plain(sink, out, sink->filter(sink->filter_context, bytes, count, out));
}

static void write_out(struct sink *sink, const char *bytes, size_t count)
{
    if (!sink->filter) {
        write_plain(sink, bytes, count);
        return;
    }
    for (size_t at = 0; at < count; at += SINK_PIECE_BYTES)
        write_filtered(sink, bytes + at,
                       count - at < SINK_PIECE_BYTES ? count - at : SINK_PIECE_BYTES);
}

void sink_put_slowly(struct sink *sink, const void *bytes, size_t count)
{
    write_out(sink, sink->bytes, sink->used);
    sink->used = 0;
    if (count > SINK_BYTES / 2) {
        write_out(sink, bytes, count);
        return;
    }
    memcpy(sink->bytes, bytes, count);
    sink->used = count;
}

bool sink_end(struct sink *sink)
{
    write_out(sink, sink->bytes, sink->used);
    if (sink->filter)
        write_filtered(sink, NULL, 0);
    sink->used = 0;
    return sink->error == 0;
}
