/* SPDX-License-Identifier: MIT */
/* sparse.h - what competes with slots and is written in C++ (std_containers.cpp). */
#ifndef BENCH_SPARSE_H
#define BENCH_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_RECORD_BYTES = 128 };

/* What is looked up: the key comes back in it. */
typedef struct bench_record {
    uint64_t key;
    char rest[BENCH_RECORD_BYTES - sizeof(uint64_t)];
} bench_record;

/* A container under test: made, filled, asked, ended. */
typedef struct bench_sparse {
    void *(*make)(uint64_t key_max);
    bool (*insert)(void *container, uint64_t key); /* a key that is not in it */
    const bench_record *(*find)(void *container, uint64_t key);
    void (*end)(void *container);
} bench_sparse;

extern const bench_sparse bench_unordered_map, bench_vector;

#ifdef __cplusplus
}
#endif
#endif
