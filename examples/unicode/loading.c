/* SPDX-License-Identifier: MIT */
#include "loading.h"

static void load_rest(struct loading *loading)
{
    struct record *table = loading->table.records;
    struct reader *reader = &loading->reader;
    for (; reader->state == READER_HAS_RECORD; reader_advance(reader))
        table[reader->code_point] = reader->record;
}

void loading_start(struct loading *loading, const struct dataset *dataset)
{
    reader_start(&loading->reader, dataset);
}

enum loading_end loading_run(struct loading *loading, steppe_fault *fault)
{
    STEPPE_TRY(fault)
    {
        load_rest(loading);
        return loading->reader.state == READER_AT_END ? LOADING_DONE : LOADING_FAILED;
    }
    STEPPE_CAUGHT
    {
        return LOADING_REFUSED;
    }
}
