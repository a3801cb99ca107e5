/* SPDX-License-Identifier: MIT */
/* workfile.c - which format a file has, and that saving leaves either the old file or the new one.
 */
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "files.h"

static struct book *book;
static struct sheet *sheet;
static struct workfile_options options;

static void begin(void)
{
    files_begin();
    book = new_book();
    sheet = book_add_sheet(book, "One", SIZE_MAX, &problem);
    require(sheet, "%s", problem.text);
    type(book, sheet, "A1", "1");
    type(book, sheet, "B1", "two");
    type(book, sheet, "C2", "=A1+1");
    require(book_recalculate(book, NULL, NULL, &problem));
    options = (struct workfile_options){.csv = {.header = CSV_HEADER_NO}};
}

static void end(void)
{
    book_free(book);
    files_end();
}

static void write_to(const char *path)
{
    losses = (struct losses){0};
    require(workfile_write(book, path, &options, &losses, &problem), "%s", problem.text);
}

static void refuses(const char *path, const char *says)
{
    problem.text[0] = '\0';
    require(!workfile_write(book, path, &options, &losses, &problem));
    require(strstr(problem.text, says), "%s does not say %s", problem.text, says);
}

static void require_text(struct file_path path, const char *expected)
{
    char *text = take_file(path.text, NULL);
    require(strcmp(text, expected) == 0, "%s, not %s", text, expected);
    free(text);
}

static void check_read(const char *path, const char *values)
{
    struct book *copy = new_book();
    require(workfile_read(copy, path, &options, &losses, &problem), "%s", problem.text);
    require_values(copy, copy->sheets[0], values);
    book_free(copy);
}

static void cannot_read(const char *path, const char *says)
{
    struct book *copy = new_book();
    problem.text[0] = '\0';
    require(!workfile_read(copy, path, &options, &losses, &problem));
    require(strstr(problem.text, says), "%s does not say %s", problem.text, says);
    book_free(copy);
}

/* ---- formats ----------------------------------------------------------------------------------
 */

START_TEST(format_names)
{
    static const struct {
        const char *path;
        enum workfile_format format;
    } cases[] = {
        {"a.csv", WORKFILE_CSV},       {"a.TSV", WORKFILE_TSV},    {"/x/y.z/a.xlsx", WORKFILE_XLSX},
        {"a.xlsm", WORKFILE_XLSX},     {"a.ods", WORKFILE_ODS},    {"a.fods", WORKFILE_FODS},
        {"a.json", WORKFILE_JSON},     {"a.txt", WORKFILE_CSV},    {"csv", WORKFILE_UNKNOWN},
        {"a.csv/b", WORKFILE_UNKNOWN}, {".csv", WORKFILE_UNKNOWN}, {"a.", WORKFILE_UNKNOWN},
        {"", WORKFILE_UNKNOWN},        {"-", WORKFILE_UNKNOWN},    {"a.doc", WORKFILE_UNKNOWN},
    };
    enum workfile_format format;
    for (size_t i = 0; i < array_count(cases); i++)
        require(workfile_format_of_name(cases[i].path) == cases[i].format, "%s", cases[i].path);
    require(workfile_format_parse("XlSx", &format) && format == WORKFILE_XLSX);
    require(!workfile_format_parse("xls", &format) && !workfile_format_parse("", &format));
    require(strcmp(workfile_format_name(WORKFILE_FODS), "FODS") == 0);
    require(strcmp(workfile_format_name(WORKFILE_UNKNOWN), "unknown") == 0);
}
END_TEST

START_TEST(first_bytes)
{
    static const struct {
        const char *bytes;
        size_t count;
        const char *says;
    } wrong[] = {
        {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8, "old Excel file"},
        {"\x1F\x8B\x08 ", 4, "unpack it first"},
        {"%PDF-1.4", 8, "PDF"},
        {"\x7F"
         "ELF\2\1\1",
         7, "a program"},
        {"{\"format\":\"steppe-sheet\",\"version\":1}", 37, "JSON, which is only written"},
        {"PK\3\4 and nothing else", 21, "archive"},
        {"\1\2\3\4\5\6\7\b", 8, "neither a workbook nor text"},
        {"<?xml version=\"1.0\"?><x xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"/>", 78,
         "Excel 2003"},
    };
    for (size_t i = 0; i < array_count(wrong); i++)
        cannot_read(put_file("wrong.xlsx", wrong[i].bytes, wrong[i].count).text, wrong[i].says);
    /* The name does not count. */
    check_read(put_file("text.xlsx", "1,2\n", 4).text, "A1=1 B1=2");
    check_read(put_file("text.tsv", "1,2\t3\n", 6).text, "A1='1,2' B1=3");
    check_read(put_file("empty.csv", "", 0).text, "");
    check_read(put_file("wide.csv",
                        "\xFF\xFE"
                        "1\0;\0"
                        "2\0",
                        8)
                   .text,
               "A1=1 B1=2");
    cannot_read(file_path("missing.csv").text, "missing.csv: No such file");
    cannot_read(files_folder, "directory");
    options.format = WORKFILE_JSON;
    cannot_read(file_path("text.tsv").text, "only written");
}
END_TEST

START_TEST(written_and_read)
{
    struct file_path path = file_path("book.xlsx");
    write_to(path.text);
    check_read(path.text, "A1=1 B1='two' C2=2");
    struct file_path renamed = file_path("book.csv");
    require(rename(path.text, renamed.text) == 0);
    check_read(renamed.text, "A1=1 B1='two' C2=2");
    path = file_path("book.tsv");
    write_to(path.text);
    require_text(path, "1\ttwo\t\n\t\t2\n");
    check_read(path.text, "A1=1 B1='two' C2=2");
    path = file_path("book.json");
    write_to(path.text);
    options.format = WORKFILE_CSV;
    path = file_path("noname");
    write_to(path.text);
    require_text(path, "1,two,\n,,2\n");
}
END_TEST

START_TEST(wrong_formats)
{
    refuses(file_path("a.ods").text, "ODS is only read; choose .xlsx");
    refuses(file_path("a.fods").text, "FODS is only read; choose .xlsx");
    refuses(file_path("a.xls").text, "choose a name with .xlsx");
    refuses(file_path("a").text, "choose a name with .xlsx");
    refuses(file_path("a.xlsm").text, "choose .xlsx");
    require_equal(files_visit(false), 0);
}
END_TEST

/* ---- the old file -----------------------------------------------------------------------------
 */

START_TEST(replacing)
{
    struct file_path path = put_file("a.csv", "old", 3);
    refuses(path.text, "is there already");
    require_text(path, "old");
    require_equal(files_visit(false), 1);
    require(chmod(path.text, 0640) == 0);
    options.replace = true;
    write_to(path.text);
    require_text(path, "1,two,\n,,2\n");
    struct stat found;
    require(stat(path.text, &found) == 0 && (found.st_mode & 07777) == 0640);
    require_equal(files_visit(false), 1);
    /* A new one has the mode of new ones. */
    path = file_path("b.xlsx");
    mode_t mask = umask(027);
    write_to(path.text);
    (void)umask(mask);
    require(stat(path.text, &found) == 0 && (found.st_mode & 07777) == 0640);
    require(chmod(path.text, 0600) == 0);
    write_to(path.text);
    require(stat(path.text, &found) == 0 && (found.st_mode & 07777) == 0600);
    require_equal(files_visit(false), 2);
}
END_TEST

START_TEST(links)
{
    struct file_path path = put_file("real.csv", "old", 3), link = file_path("link.csv");
    require(symlink("real.csv", link.text) == 0);
    refuses(link.text, "is there already");
    options.replace = true;
    write_to(link.text);
    struct stat found;
    require(lstat(link.text, &found) == 0 && S_ISLNK(found.st_mode));
    require_text(path, "1,two,\n,,2\n");
    /* One that leads to what is not there yet, and one in a circle. */
    require(unlink(path.text) == 0);
    options.replace = false;
    write_to(link.text);
    require(lstat(link.text, &found) == 0 && S_ISLNK(found.st_mode));
    require_text(path, "1,two,\n,,2\n");
    require(unlink(link.text) == 0 && symlink("link.csv", link.text) == 0);
    refuses(link.text, "symbolic links");
    require_equal(files_visit(false), 2);
}
END_TEST

START_TEST(not_permitted)
{
    options.replace = true;
    refuses(files_folder, "choose a name with");
    struct file_path folder = file_path("folder.csv");
    require(mkdir(folder.text, 0700) == 0);
    refuses(folder.text, "directory");
    require(rmdir(folder.text) == 0);
    refuses(file_path("missing/a.csv").text, "No such file");
    if (geteuid() == 0)
        return; /* may write everywhere */
    struct file_path path = put_file("a.csv", "old", 3);
    require(chmod(path.text, 0400) == 0);
    refuses(path.text, "Permission denied");
    require(chmod(path.text, 0600) == 0 && chmod(files_folder, 0500) == 0);
    refuses(path.text, "Permission denied");
    refuses(file_path("b.xlsx").text, "Permission denied");
    require(chmod(files_folder, 0700) == 0);
    require_text(path, "old");
    require_equal(files_visit(false), 1);
}
END_TEST

/* A workbook that no small disk holds. */
static void fill(void)
{
    uint64_t seed = 1;
    for (uint32_t row = 0; row < 20000; row++)
        require(cell_set_value(book, sheet, (struct position){row, 5},
                               value_number((double)(random_next(&seed) >> 11))));
}

START_TEST(no_room)
{
    static const char *const endings[] = {"csv", "tsv", "json", "xlsx"};
    struct rlimit limit, small = {16384, 16384};
    require(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    require(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    small.rlim_max = limit.rlim_max;
    fill();
    options.replace = true;
    for (size_t i = 0; i < array_count(endings); i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "a.%s", endings[i]);
        struct file_path path = put_file(name, "old", 3);
        require(setrlimit(RLIMIT_FSIZE, &small) == 0);
        refuses(path.text, "File too large");
        require(strncmp(problem.text, path.text, strlen(path.text)) == 0, "%s", problem.text);
        require(setrlimit(RLIMIT_FSIZE, &limit) == 0);
        require_text(path, "old");
        require_equal(files_visit(false), i + 1);
    }
}
END_TEST

/* The same on a disk that is full, where tests may make one. */
START_TEST(full_disk)
{
    struct file_path folder = file_path("disk");
    require(mkdir(folder.text, 0700) == 0);
    if (mount("none", folder.text, "tmpfs", 0, "size=64k") != 0) {
        require(rmdir(folder.text) == 0);
        skip_test("no file system can be mounted here");
    }
    fill();
    options.replace = true;
    static const char *const names[] = {"disk/a.csv", "disk/a.json", "disk/a.xlsx"};
    for (size_t i = 0; i < array_count(names); i++) {
        struct file_path path = put_file(names[i], "old", 3);
        refuses(path.text, "No space left");
        require_text(path, "old");
        require(unlink(path.text) == 0);
    }
    require(umount(folder.text) == 0);
    require(rmdir(folder.text) == 0);
}
END_TEST

/* Killed at any time: the old one, or the new one. */
START_TEST(killed)
{
    uint64_t seed = 9;
    fill();
    options.replace = true;
    struct file_path path = file_path("a.csv");
    write_to(path.text);
    size_t whole_bytes;
    char *whole = take_file(path.text, &whole_bytes);
    for (unsigned round = 0; round < 20; round++) {
        (void)put_file("a.csv", "old", 3);
        pid_t child = fork();
        require(child >= 0);
        if (child == 0) {
            struct losses lost = {0};
            (void)workfile_write(book, path.text, &options, &lost, NULL);
            _exit(0);
        }
        (void)usleep((useconds_t)random_below(&seed, 8000));
        (void)kill(child, SIGKILL);
        int status;
        require(waitpid(child, &status, 0) == child);
        size_t count;
        char *text = take_file(path.text, &count);
        require((count == 3 && memcmp(text, "old", 3) == 0) ||
                (count == whole_bytes && memcmp(text, whole, count) == 0));
        free(text);
    }
    free(whole);
}
END_TEST

static bool stop(void *context, const char *doing, uint64_t done, uint64_t total)
{
    (void)context;
    (void)done;
    (void)total;
    return strcmp(doing, "writing") != 0;
}

/* Nobody else may read what is beside the workbook while it is written. */
static bool look_beside(void *context, const char *doing, uint64_t done, uint64_t total)
{
    unsigned *looks = context;
    DIR *folder = opendir(files_folder);
    (void)done;
    (void)total;
    require(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        struct stat found;
        if (strcmp(doing, "writing") != 0 || entry->d_name[0] != '.' || !strchr(entry->d_name, '~'))
            continue;
        require(fstatat(dirfd(folder), entry->d_name, &found, 0) == 0);
        require((found.st_mode & 077) == 0, "%s: %o", entry->d_name, found.st_mode);
        ++*looks;
    }
    (void)closedir(folder);
    return true;
}

START_TEST(private_while_it_is_written)
{
    static const char *const names[] = {"a.csv", "a.xlsx", "a.json"};
    fill();
    options.replace = true;
    for (size_t i = 0; i < array_count(names); i++) {
        unsigned looks = 0;
        struct progress progress = {.step = look_beside, .context = &looks};
        struct file_path path = put_file(names[i], "old", 3);
        require(chmod(path.text, 0600) == 0);
        options.progress = &progress;
        write_to(path.text);
        require(looks > 0);
        struct stat found;
        require(stat(path.text, &found) == 0 && (found.st_mode & 07777) == 0600);
    }
}
END_TEST

START_TEST(cancelling)
{
    struct progress progress = {.step = stop};
    fill();
    options.replace = true;
    options.progress = &progress;
    struct file_path path = put_file("a.csv", "old", 3);
    refuses(path.text, "cancelled");
    require_text(path, "old");
    path = put_file("a.xlsx", "old", 3);
    refuses(path.text, "cancelled");
    require_text(path, "old");
    require_equal(files_visit(false), 2);
}
END_TEST

/* ---- streams ----------------------------------------------------------------------------------
 */

START_TEST(standard_streams)
{
    int in = dup(STDIN_FILENO), out = dup(STDOUT_FILENO);
    static const enum workfile_format formats[] = {WORKFILE_UNKNOWN, WORKFILE_TSV, WORKFILE_XLSX};
    for (size_t i = 0; i < array_count(formats); i++) {
        struct file_path path = file_path("stream");
        int file = open(path.text, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        require(file >= 0 && fflush(stdout) == 0 && dup2(file, STDOUT_FILENO) == STDOUT_FILENO);
        options.format = formats[i];
        bool is_written = workfile_write(book, "-", &options, &losses, &problem);
        require(dup2(out, STDOUT_FILENO) == STDOUT_FILENO);
        require(is_written, "%s", problem.text);
        /* Through a pipe, so that nothing can go back. */
        int ends[2];
        size_t count;
        char *bytes = take_file(path.text, &count);
        require(count > 0 && count < 65536 && pipe(ends) == 0);
        require(write(ends[1], bytes, count) == (ssize_t)count && close(ends[1]) == 0);
        require(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO && close(ends[0]) == 0);
        check_read("-", "A1=1 B1='two' C2=2");
        free(bytes);
        require(close(file) == 0);
    }
    require(dup2(in, STDIN_FILENO) == STDIN_FILENO && close(in) == 0 && close(out) == 0);
    options.format = WORKFILE_CSV;
    if (access("/dev/full", W_OK) == 0) {
        refuses("/dev/full", "/dev/full was not written: No space left");
        options.format = WORKFILE_XLSX;
        refuses("/dev/full", "No space left");
    }
    require_equal(files_visit(false), 1);
}
END_TEST

/* ---- losses -----------------------------------------------------------------------------------
 */

START_TEST(what_is_lost)
{
    struct style bold = {.flags = STYLE_BOLD};
    style_id style, percent;
    require(style_keep(book->styles, &bold, &style));
    require(style_with_format(book->styles, 0, "0.0%", &percent));
    require(cell_set_style(book, sheet, at("A1"), style));
    require(cell_set_style(book, sheet, at("C2"), percent));
    require(book_add_sheet(book, "Two", SIZE_MAX, &problem));
    struct line_span wide = {.first = 0, .last = 2, .size = 12.5};
    require(line_span_set(&sheet->columns, &wide));
    require(sheet_merge(sheet, area_of(at("D4"), at("E5"))));
    losses = (struct losses){0};
    workfile_losses(book, WORKFILE_CSV, NULL, &losses);
    require_losses("1 formula of which only values are kept (One), 1 look of cells (One), "
                   "1 number format of cells (One), 1 size of rows and columns (One), "
                   "1 merged area (One), 1 other sheet (Two)");
    losses = (struct losses){0};
    workfile_losses(book, WORKFILE_XLSX, NULL, &losses);
    require_losses("");
    write_to(file_path("a.csv").text);
    require_equal(losses.count, 6);
    options.csv.formulas = true;
    write_to(file_path("b.csv").text);
    require_equal(losses.count, 5);
    write_to(file_path("b.xlsx").text);
    require_losses("");
    write_to(file_path("b.json").text);
    require_losses("1 look of cells (One)");
}
END_TEST

/* A table with titles is what a CSV file comes back as. */
START_TEST(titles_are_no_loss)
{
    struct book *copy = new_book();
    options.csv.header = CSV_HEADER_GUESS;
    struct file_path path = put_file("a.csv", "name,day\nx,2024-01-31\n", 21);
    require(workfile_read(copy, path.text, &options, &losses, &problem), "%s", problem.text);
    require_equal(copy->sheets[0]->frozen.row, 1);
    workfile_losses(copy, WORKFILE_CSV, NULL, &losses);
    require_losses("");
    book_free(copy);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workfile");
    TCase *test = test_case(suite, "workfile");
    tcase_add_checked_fixture(test, begin, end);
    tcase_add_test(test, format_names);
    tcase_add_test(test, first_bytes);
    tcase_add_test(test, written_and_read);
    tcase_add_test(test, wrong_formats);
    tcase_add_test(test, replacing);
    tcase_add_test(test, links);
    tcase_add_test(test, not_permitted);
    tcase_add_test(test, no_room);
    tcase_add_test(test, full_disk);
    tcase_add_test(test, killed);
    tcase_add_test(test, private_while_it_is_written);
    tcase_add_test(test, cancelling);
    tcase_add_test(test, standard_streams);
    tcase_add_test(test, what_is_lost);
    tcase_add_test(test, titles_are_no_loss);
    return test_main(suite);
}
