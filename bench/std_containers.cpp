/* SPDX-License-Identifier: MIT */
/* std_containers.cpp - the C++ library's containers: a hash table, and an array sorted at the end.
 */
#include "sparse.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace
{

using map = std::unordered_map<uint64_t, bench_record>;

void *make_map(uint64_t)
{
    return new map;
}

bool insert_in_map(void *container, uint64_t key)
{
    (*static_cast<map *>(container))[key].key = key;
    return true;
}

const bench_record *find_in_map(void *container, uint64_t key)
{
    const map &all = *static_cast<map *>(container);
    auto found = all.find(key);
    return found == all.end() ? nullptr : &found->second;
}

void end_map(void *container)
{
    delete static_cast<map *>(container);
}

struct sorted {
    std::vector<bench_record> records;
    bool is_sorted;
};

bool precedes(const bench_record &record, const bench_record &other)
{
    return record.key < other.key;
}

void *make_vector(uint64_t)
{
    return new sorted{{}, false};
}

bool insert_in_vector(void *container, uint64_t key)
{
    auto *all = static_cast<sorted *>(container);
    bench_record record{};
    record.key = key;
    all->records.push_back(record);
    all->is_sorted = false;
    return true;
}

const bench_record *find_in_vector(void *container, uint64_t key)
{
    auto *all = static_cast<sorted *>(container);
    if (!all->is_sorted)
        std::sort(all->records.begin(), all->records.end(), precedes);
    all->is_sorted = true;
    bench_record wanted{};
    wanted.key = key;
    auto found = std::lower_bound(all->records.begin(), all->records.end(), wanted, precedes);
    return found == all->records.end() || found->key != key ? nullptr : &*found;
}

void end_vector(void *container)
{
    delete static_cast<sorted *>(container);
}

} // namespace

const bench_sparse bench_unordered_map = {make_map, insert_in_map, find_in_map, end_map};
const bench_sparse bench_vector = {make_vector, insert_in_vector, find_in_vector, end_vector};
