/* SPDX-License-Identifier: MIT */
/* archive.c - zip archives: whole ones, damaged ones, and those made to do harm. */
#include "sheet/files/archive.h"

#include "parts.h"

static struct archive *open_archive(const char *path)
{
    struct archive *archive = archive_open(path, &problem);
    require(archive, "%s", problem.text);
    return archive;
}

static void refuse(const char *path, const char *words)
{
    problem.text[0] = '\0';
    require(!archive_open(path, &problem));
    require(strstr(problem.text, words), "%s", problem.text);
}

/* Bytes read; -1 with a sentence. */
static int64_t read_whole(struct archive *archive, const char *name, char *bytes, size_t room)
{
    struct archive_file *file = archive_file_open(archive, name, &problem);
    int64_t total = 0, count;
    require(file, "%s", problem.text);
    while ((count = archive_file_read(file, bytes, room, &problem)) > 0)
        total += count;
    archive_file_close(file);
    return count < 0 ? -1 : total;
}

START_TEST(reading)
{
    static const struct part parts[] = {{"a.txt", "hello", 0},
                                        {"Folder/B.xml", "<b/>", 0},
                                        {"back\\slash.xml", "x", 0},
                                        {"empty", "", 0}};
    struct file_path path = write_archive("a.zip", parts, array_count(parts));
    struct archive *archive = open_archive(path.text);
    char bytes[64] = {0};
    require_equal(archive_count(archive), 4);
    require(strcmp(archive_name(archive, 1), "Folder/B.xml") == 0);
    require(archive_has(archive, "folder/b.XML") && archive_has(archive, "back/slash.xml"));
    require(!archive_has(archive, "b.xml") && !archive_has(archive, "a.tx") &&
            !archive_has(archive, ""));
    require_equal(read_whole(archive, "FOLDER/b.xml", bytes, sizeof bytes), 4);
    require(strcmp(bytes, "<b/>") == 0);
    require_equal(read_whole(archive, "a.txt", bytes, 2), 5);
    require_equal(read_whole(archive, "empty", bytes, sizeof bytes), 0);
    require(!archive_file_open(archive, "missing.xml", &problem));
    require(strcmp(problem.text, "missing.xml is missing from the file") == 0, "%s", problem.text);
    /* One at a time. */
    struct archive_file *file = archive_file_open(archive, "a.txt", &problem);
    require(file && archive_file_size_bytes(file) == 5);
    require(!archive_file_open(archive, "empty", &problem));
    archive_close(archive); /* with the file */
}
END_TEST

START_TEST(no_archives)
{
    static const unsigned char old[] = {0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0};
    refuse(file_path("absent").text, "No such file");
    refuse(files_folder, "no plain file");
    refuse("/dev/null", "no plain file");
    refuse(put_file("empty", "", 0).text, "no zip archive");
    refuse(put_file("text", "hello, hello, hello", 19).text, "no zip archive");
    refuse(put_file("old.xls", old, sizeof old).text, "password");
}
END_TEST

START_TEST(damaged)
{
    char text[4096], bytes[4096];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + (i * 2654435761u >> 7) % 26);
    struct part part = {"a.txt", text, sizeof text};
    struct file_path path = write_archive("whole.zip", &part, 1);
    size_t size_bytes;
    char *whole = take_file(path.text, &size_bytes);
    /* Cut off anywhere. */
    for (size_t left = 0; left < size_bytes; left += 61) {
        struct file_path cut = put_file("cut.zip", whole, left);
        struct archive *archive = archive_open(cut.text, &problem);
        require(!archive, "%zu of %zu", left, size_bytes);
    }
    /* A byte of what is packed, and one of the checksums of it. */
    size_t places[] = {size_bytes / 2, 14, size_bytes};
    const char *central = memmem(whole, size_bytes, "PK\1\2", 4);
    require(central);
    places[2] = (size_t)(central - whole) + 16;
    for (size_t i = 0; i < array_count(places); i++) {
        whole[places[i]] = (char)(whole[places[i]] ^ 0x55);
        struct file_path bad = put_file("bad.zip", whole, size_bytes);
        struct archive *archive = archive_open(bad.text, &problem);
        if (archive && i != 1) { /* of the two checksums the central one counts */
            require_equal(read_whole(archive, "a.txt", bytes, sizeof bytes), -1);
            require(strstr(problem.text, "a.txt is damaged"), "%s", problem.text);
        }
        archive_close(archive);
        whole[places[i]] = (char)(whole[places[i]] ^ 0x55);
    }
    free(whole);
}
END_TEST

/* A file so large that a thread unpacks it: closed in the middle, read, damaged in the middle. */
START_TEST(read_ahead)
{
    enum { BYTES = 3 << 20 };
    char *text = malloc(BYTES), *bytes = malloc(BYTES);
    uint64_t chance = 1;
    require(text && bytes);
    for (size_t i = 0; i < BYTES; i++)
        text[i] = (char)random_below(&chance, 64);
    struct part parts[] = {{"large", text, BYTES}, {"small", "hello", 5}};
    struct file_path path = write_archive("large.zip", parts, 2);
    struct archive *archive = open_archive(path.text);
    for (int i = 0; i < 10; i++) {
        struct archive_file *file = archive_file_open(archive, "large", &problem);
        require(file);
        for (int64_t at = 0, count; at < (int64_t)i * 100000; at += count) {
            count = archive_file_read(file, bytes, 30000, &problem);
            require(count > 0 && memcmp(bytes, text + at, (size_t)count) == 0);
        }
        archive_file_close(file);
        require_equal(read_whole(archive, "small", bytes, BYTES), 5);
    }
    struct archive_file *file = archive_file_open(archive, "large", &problem);
    require(file);
    archive_close(archive); /* with the file */
    size_t size_bytes;
    char *whole = take_file(path.text, &size_bytes);
    whole[size_bytes / 2] = (char)(whole[size_bytes / 2] ^ 0x55);
    archive = open_archive(put_file("bad.zip", whole, size_bytes).text);
    require_equal(read_whole(archive, "large", bytes, BYTES), -1);
    require(strstr(problem.text, "large is damaged"), "%s", problem.text);
    archive_close(archive);
    free(whole);
    free(text);
    free(bytes);
}
END_TEST

START_TEST(passwords)
{
    struct part part = {"a.txt", "secret", 0};
    struct file_path path = write_archive("a.zip", &part, 1);
    size_t size_bytes;
    char *whole = take_file(path.text, &size_bytes);
    char *central = memmem(whole, size_bytes, "PK\1\2", 4);
    require(central);
    whole[6] |= 1; /* the flag for it, in both places */
    central[8] |= 1;
    path = put_file("a.zip", whole, size_bytes);
    struct archive *archive = open_archive(path.text);
    require(!archive_file_open(archive, "a.txt", &problem));
    require(strstr(problem.text, "password"), "%s", problem.text);
    archive_close(archive);
    free(whole);
}
END_TEST

START_TEST(bombs)
{
    enum { BYTES = 100 << 20 };
    char *zeros = calloc(1, BYTES), bytes[65536];
    require(zeros);
    struct part parts[] = {{"bomb", zeros, BYTES}, {"small", zeros, 15 << 20}};
    struct file_path path = write_archive("bomb.zip", parts, 2);
    free(zeros);
    struct archive *archive = open_archive(path.text);
    require_equal(read_whole(archive, "small", bytes, sizeof bytes), 15 << 20);
    require_equal(read_whole(archive, "bomb", bytes, sizeof bytes), -1);
    require(strstr(problem.text, "made to do harm"), "%s", problem.text);
    archive_close(archive);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("archive");
    TCase *all = test_case(suite, "archives");
    tcase_add_checked_fixture(all, files_begin, files_end);
    tcase_add_test(all, reading);
    tcase_add_test(all, no_archives);
    tcase_add_test(all, damaged);
    tcase_add_test(all, read_ahead);
    tcase_add_test(all, passwords);
    tcase_add_test(all, bombs);
    return test_main(suite);
}
