/* SPDX-License-Identifier: MIT */
/* sink.c - buffered writing: see sink.h. */
#include "sheet/sink.h"

#include <errno.h>
#include <unistd.h>

void sink_begin(struct sink *sink, int descriptor)
{
    sink->descriptor = descriptor;
    sink->error = 0;
    sink->used = 0;
}

static void write_out(struct sink *sink, const char *bytes, size_t count)
{
    while (count > 0 && !sink->error) {
        ssize_t written = write(sink->descriptor, bytes, count);
        if (written < 0 && errno != EINTR)
            sink->error = errno;
        if (written == 0) /* no device does that for ever but a broken one */
            sink->error = EIO;
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        }
    }
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
    sink->used = 0;
    return sink->error == 0;
}
