/* SPDX-License-Identifier: MIT */
/* desk_path.c - see desk_path.h. */
#include "sheet/desk/desk_path.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool desk_path_expand(const char *path, char *expanded, size_t size_bytes)
{
    const char *home = getenv("HOME");
    bool is_home = path[0] == '~' && (path[1] == '/' || !path[1]) && home && *home;
    int length = snprintf(expanded, size_bytes, "%s%s", is_home ? home : "", path + is_home);
    return length >= 0 && (size_t)length < size_bytes;
}

struct completion {
    const char *start; /* of the name, as it is written */
    size_t start_bytes;
    char name[NAME_MAX + 1]; /* what all have in common */
    size_t count;
};

static void consider(struct completion *completion, const char *name)
{
    size_t same = 0;
    bool is_hidden = name[0] == '.' && completion->start[0] != '.';
    if (is_hidden || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        strncmp(name, completion->start, completion->start_bytes) != 0)
        return;
    if (completion->count++ == 0) {
        snprintf(completion->name, sizeof completion->name, "%s", name);
        return;
    }
    while (completion->name[same] && completion->name[same] == name[same])
        same++;
    while (same > 0 && ((unsigned char)completion->name[same] & 0xC0) == 0x80)
        same--; /* no half of a character */
    completion->name[same] = 0;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

size_t desk_path_complete(char *path, size_t size_bytes)
{
    char whole[PATH_MAX], found[PATH_MAX];
    if (!desk_path_expand(path, whole, sizeof whole))
        return 0;
    const char *slash = strrchr(whole, '/'), *written = strrchr(path, '/');
    struct completion completion = {.start = slash ? slash + 1 : whole};
    int folder_bytes = (int)(completion.start - whole);
    int kept_bytes = written ? (int)(written + 1 - path) : 0;
    completion.start_bytes = strlen(completion.start);
    snprintf(found, sizeof found, "%.*s", folder_bytes, whole);
    DIR *folder = opendir(folder_bytes > 0 ? found : ".");
    if (!folder)
        return 0;
    for (const struct dirent *entry; (entry = readdir(folder));)
        consider(&completion, entry->d_name);
    (void)closedir(folder); /* it was only read */
    if (completion.count == 0)
        return 0;
    int length = snprintf(found, sizeof found, "%.*s%s", folder_bytes, whole, completion.name);
    bool is_folder =
        completion.count == 1 && length > 0 && (size_t)length < sizeof found && is_directory(found);
    length = snprintf(found, sizeof found, "%.*s%s%s", kept_bytes, path, completion.name,
                      is_folder ? "/" : "");
    if (length > 0 && (size_t)length < sizeof found && (size_t)length < size_bytes)
        memcpy(path, found, (size_t)length + 1);
    return completion.count;
}
