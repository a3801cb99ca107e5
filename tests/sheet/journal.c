/* SPDX-License-Identifier: MIT */
/* journal.c - commands that outlive the program: killed, cut off, damaged, locked, no room. */
#include "sheet/edits/journal.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include "files.h"

static struct file_path workbook, beside, old;

static void begin(void)
{
    files_begin();
    workbook = put_file("book.xlsx", "x", 1);
    beside = file_path(".book.xlsx.steppe-journal");
    old = file_path(".book.xlsx.steppe-journal.old");
}

static struct journal *open_journal(void)
{
    struct journal *journal = journal_open(workbook.text, &problem);
    require(journal, "%s", problem.text);
    return journal;
}

static void write_line(struct journal *journal, const char *command)
{
    require(journal_write(journal, command, &problem), "%s", problem.text);
}

struct gathered {
    char text[65536];
    unsigned count, stop_at;
};

static bool gather(void *context, const char *command)
{
    struct gathered *gathered = context;
    size_t used = strlen(gathered->text);
    (void)snprintf(gathered->text + used, sizeof gathered->text - used, "%s|", command);
    return ++gathered->count != gathered->stop_at;
}

static void require_commands(const char *expected)
{
    static struct gathered gathered;
    gathered = (struct gathered){.count = 0};
    require(journal_read(workbook.text, gather, &gathered, &problem), "%s", problem.text);
    require(strcmp(gathered.text, expected) == 0, "%s, not %s", gathered.text, expected);
}

static void require_finding(enum journal_finding finding, uint64_t count)
{
    uint64_t found = 77;
    require_equal(journal_look(workbook.text, &found), finding);
    require_equal(found, count);
}

static bool is_there(struct file_path path)
{
    return access(path.text, F_OK) == 0;
}

/* Leave a journal with three commands, as a killed program does. */
static void leave_three(void)
{
    struct journal *journal = open_journal();
    write_line(journal, "type A1 1");
    write_line(journal, "type A2 two words, \xC3\xA4");
    write_line(journal, "undo");
    journal_close(journal, false);
}

START_TEST(nothing)
{
    require_finding(JOURNAL_NONE, 0);
    require(!journal_read(workbook.text, gather, NULL, &problem));
    require_equal(journal_look("/nonexistent/folder/book.xlsx", NULL), JOURNAL_NONE);
    struct journal *journal = open_journal();
    require(is_there(beside));
    struct stat found;
    require(stat(beside.text, &found) == 0 && (found.st_mode & 07777) == 0600);
    journal_close(journal, false);
    require_finding(JOURNAL_NONE, 0);
    journal = open_journal();
    journal_close(journal, true);
    require(!is_there(beside) && !is_there(old));
    journal_close(NULL, true);
}
END_TEST

START_TEST(commands)
{
    leave_three();
    require_finding(JOURNAL_FOUND, 3);
    require_commands("type A1 1|type A2 two words, \xC3\xA4|undo|");
    static struct gathered gathered;
    gathered = (struct gathered){.stop_at = 2};
    require(!journal_read(workbook.text, gather, &gathered, &problem));
    require_equal(gathered.count, 2);
    struct journal *journal = open_journal();
    require(is_there(old) && is_there(beside));
    require(!is_there(file_path(".book.xlsx.steppe-journal.old2")));
    write_line(journal, "redo");
    require(journal_tick(journal, &problem));
    journal_close(journal, false);
    require_commands("redo|");
    struct stat first, now;
    require(stat(old.text, &first) == 0);
    journal = open_journal();
    journal_close(journal, true);
    require(is_there(old) && !is_there(beside));
    /* The one that was put away before is still that. */
    require(stat(old.text, &now) == 0 && now.st_ino == first.st_ino);
    require(is_there(file_path(".book.xlsx.steppe-journal.old2")));
    for (unsigned i = 0; i < 12; i++) {
        leave_three();
        journal_close(open_journal(), true);
    }
    require(is_there(file_path(".book.xlsx.steppe-journal.old9")));
    require_equal(files_visit(false), 1 + 9);
    /* Done again, and kept anew: the old one is not needed any more. */
    (void)files_visit(true);
    (void)put_file("book.xlsx", "x", 1);
    leave_three();
    journal = open_journal();
    write_line(journal, "type A1 1");
    require(is_there(old));
    journal_drop_old(journal);
    require(!is_there(old));
    journal_drop_old(journal);
    journal_close(journal, true);
    require_equal(files_visit(false), 1);
}
END_TEST

START_TEST(saved)
{
    struct journal *journal = open_journal();
    write_line(journal, "type A1 1");
    (void)put_file("book.xlsx", "changed", 7);
    require(journal_saved(journal, &problem), "%s", problem.text);
    write_line(journal, "type A2 2");
    journal_close(journal, false);
    require_finding(JOURNAL_FOUND, 1);
    require_commands("type A2 2|");
}
END_TEST

START_TEST(stale)
{
    leave_three();
    (void)put_file("book.xlsx", "another state", 13);
    require_finding(JOURNAL_STALE, 3);
    require(unlink(workbook.text) == 0);
    require_finding(JOURNAL_STALE, 3);
    struct journal *journal = open_journal();
    write_line(journal, "type A1 1");
    journal_close(journal, false);
    require_finding(JOURNAL_FOUND, 1);
    (void)put_file("book.xlsx", "x", 1);
    require_finding(JOURNAL_STALE, 1);
}
END_TEST

START_TEST(locked)
{
    struct journal *journal = open_journal();
    write_line(journal, "type A1 1");
    require_finding(JOURNAL_IN_USE, 0);
    require(!journal_open(workbook.text, &problem));
    require(strstr(problem.text, "another program has"), "%s", problem.text);
    /* By another name of the same file, too. */
    struct file_path link = file_path("link.xlsx");
    require(symlink("book.xlsx", link.text) == 0);
    require_equal(journal_look(link.text, NULL), JOURNAL_IN_USE);
    journal_close(journal, false);
    require_finding(JOURNAL_FOUND, 1);
    require_equal(journal_look(link.text, NULL), JOURNAL_FOUND);
}
END_TEST

/* Cut anywhere: as many commands as are whole. Any byte changed: none behind it. */
START_TEST(damaged)
{
    size_t count;
    leave_three();
    char *whole = take_file(beside.text, &count);
    size_t lines[5] = {0}, line_count = 0; /* where each command's line ends */
    for (size_t i = 0, newlines = 0; i < count; i++)
        if (whole[i] == '\n' && ++newlines >= 2)
            lines[line_count++] = i + 1;
    require_equal(line_count, 4);
    for (size_t cut = 0; cut <= count; cut++) {
        uint64_t found = 0, expected = 0;
        while (expected < 3 && lines[expected + 1] <= cut)
            expected++;
        (void)put_file(".book.xlsx.steppe-journal", whole, cut);
        enum journal_finding finding = journal_look(workbook.text, &found);
        require_equal(found, expected);
        require_equal(finding, expected                      ? JOURNAL_FOUND
                               : cut == 0 || cut >= lines[0] ? JOURNAL_NONE
                                                             : JOURNAL_DAMAGED);
    }
    for (size_t at = 0; at < count; at++) {
        uint64_t found = 0, expected = 0;
        char kept = whole[at];
        whole[at] = (char)(kept ^ (at % 2 ? 1 : 0xFF));
        while (at >= lines[0] && expected < 3 && lines[expected + 1] <= at)
            expected++;
        (void)put_file(".book.xlsx.steppe-journal", whole, count);
        (void)journal_look(workbook.text, &found);
        require(found == expected, "byte %zu: %zu commands, not %zu", at, (size_t)found,
                (size_t)expected);
        whole[at] = kept;
    }
    free(whole);
}
END_TEST

START_TEST(others)
{
    (void)put_file(".book.xlsx.steppe-journal", "something else\n", 15);
    require_finding(JOURNAL_DAMAGED, 0);
    require(!journal_read(workbook.text, gather, NULL, &problem));
    require(strstr(problem.text, "damaged"));
    struct journal *journal = open_journal();
    journal_close(journal, true);
    char *kept = take_file(old.text, NULL);
    require(strcmp(kept, "something else\n") == 0);
    free(kept);
    /* No link is followed, nothing but a plain file opened. */
    require(symlink("book.xlsx", beside.text) == 0);
    require_finding(JOURNAL_DAMAGED, 0);
    require(!journal_open(workbook.text, &problem));
    require(unlink(beside.text) == 0 && mkfifo(beside.text, 0600) == 0);
    require_finding(JOURNAL_DAMAGED, 0);
    require(!journal_open(workbook.text, &problem));
    require(!journal_open("/nonexistent/folder/book.xlsx", &problem));
    require(strstr(problem.text, "No such file"), "%s", problem.text);
}
END_TEST

/* A line that never ends is no reason for endless memory. */
START_TEST(long_lines)
{
    enum { LENGTH = 3 << 20 };
    leave_three();
    char *text = malloc(LENGTH);
    require(text);
    memset(text, 'x', LENGTH);
    FILE *file = fopen(beside.text, "ae");
    require(file && fwrite(text, 1, LENGTH, file) == LENGTH && fclose(file) == 0);
    require_finding(JOURNAL_FOUND, 3);
    struct journal *journal = open_journal();
    text[400000] = '\0';
    write_line(journal, text);
    text[400000] = 'x';
    text[LENGTH - 1] = '\0';
    require(!journal_write(journal, text, &problem));
    require(journal_write(journal, "told once", &problem));
    journal_close(journal, false);
    require_finding(JOURNAL_FOUND, 1);
    journal = open_journal();
    require(!journal_write(journal, "two\nlines", &problem));
    journal_close(journal, true);
    free(text);
}
END_TEST

/* The disk is full: what is there stays good, and it is said once. */
START_TEST(disk_full)
{
    struct rlimit limit, small = {4096, 4096};
    require(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    struct journal *journal = open_journal();
    require(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    small.rlim_max = limit.rlim_max;
    require(setrlimit(RLIMIT_FSIZE, &small) == 0);
    unsigned written = 0, refused = 0;
    for (unsigned i = 0; i < 1000; i++) {
        problem.text[0] = '\0';
        if (journal_write(journal, "type A1 some text", &problem))
            written += refused == 0;
        else
            refused++;
    }
    require_equal(refused, 1);
    require(written > 50 && written < 200);
    require(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    require(journal_write(journal, "no more", &problem));
    journal_close(journal, false);
    require_finding(JOURNAL_FOUND, written);
    /* After a save it is good again. */
    journal = open_journal();
    require(setrlimit(RLIMIT_FSIZE, &small) == 0);
    while (journal_write(journal, "type A1 some text", &problem))
        ;
    require(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    require(journal_saved(journal, &problem));
    write_line(journal, "again");
    journal_close(journal, false);
    require_commands("again|");
}
END_TEST

/* ---- killed -----------------------------------------------------------------------------------
 */

static bool check_number(void *context, const char *command)
{
    uint64_t *next = context;
    char expected[64];
    (void)snprintf(expected, sizeof expected, "type Sheet1!A%zu %zu", (size_t)*next + 1,
                   (size_t)*next);
    require(strcmp(command, expected) == 0, "%s, not %s", command, expected);
    ++*next;
    return true;
}

/* Whatever a killed program was told to be written, is. */
START_TEST(killed)
{
    uint64_t seed = 5;
    for (unsigned round = 0; round < 20; round++) {
        int ends[2];
        require(pipe(ends) == 0);
        pid_t child = fork();
        require(child >= 0);
        if (child == 0) {
            struct journal *journal = journal_open(workbook.text, NULL);
            for (uint64_t i = 0; journal; i++) {
                char command[64];
                (void)snprintf(command, sizeof command, "type Sheet1!A%zu %zu", (size_t)i + 1,
                               (size_t)i);
                if (!journal_write(journal, command, NULL) ||
                    write(ends[1], &i, sizeof i) != sizeof i)
                    break;
            }
            _exit(1);
        }
        require(close(ends[1]) == 0);
        uint64_t last = 0, told, wanted = random_below(&seed, 3000);
        while (last < wanted && read(ends[0], &told, sizeof told) == sizeof told)
            last = told;
        require(kill(child, SIGKILL) == 0);
        while (read(ends[0], &told, sizeof told) == sizeof told)
            last = told;
        int status;
        require(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
        require(close(ends[0]) == 0);
        uint64_t next = 0, count = 0;
        require(journal_read(workbook.text, check_number, &next, &problem), "%s", problem.text);
        require(next > last, "%zu of %zu", (size_t)next, (size_t)last);
        require_equal(journal_look(workbook.text, &count), JOURNAL_FOUND);
        require_equal(count, next);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journal");
    TCase *test = test_case(suite, "journal");
    tcase_add_checked_fixture(test, begin, files_end);
    tcase_add_test(test, nothing);
    tcase_add_test(test, commands);
    tcase_add_test(test, saved);
    tcase_add_test(test, stale);
    tcase_add_test(test, locked);
    tcase_add_test(test, damaged);
    tcase_add_test(test, others);
    tcase_add_test(test, long_lines);
    tcase_add_test(test, disk_full);
    tcase_add_test(test, killed);
    return test_main(suite);
}
