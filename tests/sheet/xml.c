/* SPDX-License-Identifier: MIT */
/* xml.c - XML as a stream: names, attributes, text; and everything that is refused. */
#include "sheet/files/xml.h"

#include "parts.h"

struct trace {
    char *text;
    size_t text_bytes;
    FILE *stream;
    const char *stop_at; /* this element, or NULL */
};

static bool on_start(void *context, const char *name, const char *const *attributes)
{
    struct trace *trace = context;
    (void)fprintf(trace->stream, "<%s", name);
    for (; *attributes; attributes += 2)
        (void)fprintf(trace->stream, " %s=%s", attributes[0], attributes[1]);
    (void)fputs(">", trace->stream);
    if (trace->stop_at && strcmp(name, trace->stop_at) == 0)
        return problem_say(&problem, "stopped by the handler");
    return true;
}

static bool on_end(void *context, const char *name)
{
    struct trace *trace = context;
    (void)fprintf(trace->stream, "</%s>", name);
    return true;
}

static bool on_text(void *context, const char *text, size_t text_bytes)
{
    struct trace *trace = context;
    (void)fwrite(text, 1, text_bytes, trace->stream);
    return true;
}

static bool read_bytes(struct trace *trace, const void *bytes, size_t count)
{
    struct xml_handler handler = {
        .start = on_start, .end = on_end, .text = on_text, .context = trace};
    struct file_path path = put_file("a.xml", bytes, count);
    trace->stream = open_memstream(&trace->text, &trace->text_bytes);
    problem.text[0] = '\0';
    bool is_read = xml_read_file(path.text, &handler, NULL, "", &problem);
    require(fclose(trace->stream) == 0);
    return is_read;
}

static void check_bytes(const void *bytes, size_t count, const char *expected)
{
    struct trace trace = {0};
    require(read_bytes(&trace, bytes, count), "%s", problem.text);
    require(strcmp(trace.text, expected) == 0, "%s, not %s", trace.text, expected);
    free(trace.text);
}

static void check(const char *text, const char *expected)
{
    check_bytes(text, strlen(text), expected);
}

static void refuse(const char *text, const char *words)
{
    struct trace trace = {0};
    require(!read_bytes(&trace, text, strlen(text)), "%s", text);
    require(strstr(problem.text, words), "%s", problem.text);
    free(trace.text);
}

START_TEST(elements)
{
    check("<a/>", "<a></a>");
    check("<a b='1' c=\"&lt;&#65;\">x &amp; y<![CDATA[<z>]]></a>", "<a b=1 c=<A>x & y<z></a>");
    check("<x:a xmlns:x='urn:x' xmlns='urn:y' x:b='1' c='2'><x:d/></x:a>",
          "<a b=1 c=2><d></d></a>");
    /* What would be the same keeps its prefix, if it comes second. */
    check("<a xmlns:x='u' xmlns:y='v' x:t='1' y:t='2' y:s='3' x:s='4'/>",
          "<a t=1 y:t=2 s=3 x:s=4></a>");
    check("<!-- no --><?pi?><!DOCTYPE a><a> <!-- no --> </a>", "<a>  </a>");
    check("\xef\xbb\xbf<a>\xc3\xa4</a>", "<a>\xc3\xa4</a>");
    check("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>", "<a>\xc3\xa4</a>");
    check("<?xml version='1.0' encoding='windows-1252'?><a>\x80\xe4</a>",
          "<a>\xe2\x82\xac\xc3\xa4</a>");
    check("<?xml version='1.0' encoding='windows-1251'?><a>\xc6</a>", "<a>\xd0\x96</a>");
    check("<?xml version='1.0' encoding='gb2312'?><a b='\xd6\xd0'>x</a>",
          "<a b=\xe4\xb8\xad>x</a>");
    check("<?xml version='1.0' encoding='euc-jp'?><a>\x8f\xb0\xa1\xa4\xa2</a>",
          "<a>\xe4\xb8\x82\xe3\x81\x82</a>");
    check_bytes("\xff\xfe<\0a\0/\0>\0", 10, "<a></a>");
}
END_TEST

START_TEST(relations)
{
    static const char old[] = XLSX_RELATIONS;
    static const char strict[] = "http://purl.oclc.org/ooxml/officeDocument/relationships";
    char text[512];
    check("<a xmlns:r='" XLSX_RELATIONS "' id='1' r:id='2'/>", "<a id=1 r:id=2></a>");
    const char *uris[] = {old, strict};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(text, sizeof text, "<a><b rel:id='0' xmlns:rel='%s'><c rel:id='1'/></b></a>",
                       uris[i]);
        check(text, "<a><b r:id=0><c r:id=1></c></b></a>");
    }
    check("<a xmlns:rel='urn:other/relationships' rel:id='1'/>", "<a id=1></a>");
}
END_TEST

START_TEST(attributes)
{
    static const char *const given[] = {
        "a", "12", "b", "-7", "c", "1x",   "d", "99999999999999999999", "e", "1", "f", "false",
        "g", "on", "h", "",   "i", "true", NULL};
    require(strcmp(xml_attribute(given, "b"), "-7") == 0 && !xml_attribute(given, "z"));
    require(xml_number(given, "a", 5) == 12 && xml_number(given, "b", 5) == -7);
    require(xml_number(given, "c", 5) == 5 && xml_number(given, "d", 5) == 5);
    require(xml_number(given, "h", 5) == 5 && xml_number(given, "z", 5) == 5);
    require(xml_truth(given, "e", false) && !xml_truth(given, "f", true));
    require(xml_truth(given, "g", false) && xml_truth(given, "i", false));
    require(!xml_truth(given, "h", true) && xml_truth(given, "z", true));
}
END_TEST

START_TEST(damaged)
{
    refuse("", "no element found");
    refuse("hello", "line 1");
    refuse("<a>\n\n<b></a>", "line 3");
    refuse("<a>", "no element found");
    refuse("<a/><b/>", "junk after");
    refuse("<a>\xff</a>", "not well-formed");
    refuse("<a>&nothing;</a>", "undefined entity");
    refuse("<a>&#0;</a>", "reference to invalid character");
    refuse("<a b='1' b='2'/>", "duplicate attribute");
    refuse("<?xml version='1.0' encoding='klingon'?><a/>", "unknown encoding");
    refuse("<?xml version='1.0' encoding='utf-7'?><a/>", "unknown encoding");
    refuse("<?xml version='1.0' encoding='iso-2022-jp'?><a/>", "unknown encoding");
    refuse("<?xml version='1.0' encoding='gb2312'?><a>\xff\xff</a>", "damaged");
    require(!xml_read_file(file_path("absent").text, &(struct xml_handler){0}, NULL, "", &problem));
}
END_TEST

static char *repeat(const char *front, const char *part, size_t count, const char *back)
{
    char *text = malloc(strlen(front) + strlen(part) * count + strlen(back) + 1), *end;
    require(text);
    end = stpcpy(text, front);
    for (size_t i = 0; i < count; i++)
        end = stpcpy(end, part);
    (void)stpcpy(end, back);
    return text;
}

static void refuse_repeated(const char *front, const char *part, size_t count, const char *back,
                            const char *words)
{
    char *text = repeat(front, part, count, back);
    refuse(text, words);
    free(text);
}

START_TEST(harmful)
{
    refuse("<!DOCTYPE a [<!ENTITY x 'xx'><!ENTITY y '&x;&x;'>]><a>&y;</a>", "refused");
    refuse("<!DOCTYPE a [<!ATTLIST a b CDATA 'x'>]><a/>", "refused");
    refuse("<!DOCTYPE a [<!ENTITY x SYSTEM '/etc/passwd'>]><a>&x;</a>", "refused");
    refuse_repeated("", "<a>", 100000, "", "within each other");
    refuse_repeated("", "<a>", XML_DEPTH_MAX + 1, "", "within each other");
    refuse_repeated("<a b='", "xxxxxxxxxxxxxxxx", 3000000, "'/>", "a tag of more than");
    refuse_repeated("<a", "aaaaaaaaaaaaaaaa", 3000000, "/>", "a tag of more than");
    refuse_repeated("<a><!--", "xxxxxxxxxxxxxxxx", 3000000, "--></a>", "a tag of more than");
    char many[8192];
    size_t length = (size_t)snprintf(many, sizeof many, "<a");
    for (int i = 0; i < 257; i++)
        length += (size_t)snprintf(many + length, sizeof many - length, " a%d='%d'", i, i);
    (void)snprintf(many + length, sizeof many - length, "/>");
    refuse(many, "too many attributes");
    /* A long attribute, text and depth that are sane. */
    struct trace trace = {0};
    char *text = repeat("<a b='", "0123456789abcdef", 700000, "'/>");
    require(read_bytes(&trace, text, strlen(text)), "%s", problem.text);
    require_equal(trace.text_bytes, 11200000 + 10);
    free(trace.text);
    free(text);
    text = repeat("<a>", "some text ", 300000, "</a>");
    require(read_bytes(&trace, text, strlen(text)));
    require_equal(trace.text_bytes, 3000000 + 7);
    free(trace.text);
    free(text);
}
END_TEST

static bool count_and_stop(void *context, const char *doing, uint64_t done, uint64_t total)
{
    unsigned *left = context;
    require(strcmp(doing, "reading") == 0 && done <= total);
    return (*left)-- > 0;
}

START_TEST(stopping)
{
    struct trace trace = {.stop_at = "c"};
    require(!read_bytes(&trace, "<a><b/><c x='1'/><d/></a>", 25));
    require(strcmp(problem.text, "stopped by the handler") == 0, "%s", problem.text);
    require(strcmp(trace.text, "<a><b></b><c x=1>") == 0, "%s", trace.text);
    free(trace.text);
    /* Cancelled on the way. */
    char *text = repeat("<a>", "<b>some text</b>", 50000, "</a>");
    struct part part = {"a.xml", text, 0};
    struct file_path path = write_archive("a.zip", &part, 1);
    struct archive *archive = archive_open(path.text, &problem);
    require(archive);
    trace = (struct trace){0};
    struct xml_handler handler = {
        .start = on_start, .end = on_end, .text = on_text, .context = &trace};
    for (unsigned steps = 0; steps < 40; steps += 3) {
        unsigned left = steps;
        struct progress progress = {.step = count_and_stop, .context = &left};
        trace.stream = open_memstream(&trace.text, &trace.text_bytes);
        bool is_read = xml_read_archive(archive, "a.xml", &handler, &progress, "reading", &problem);
        (void)fclose(trace.stream);
        free(trace.text);
        require(is_read == (steps >= 13), "%u", steps); /* of 64 KiB each */
        require(is_read || strcmp(problem.text, "stopped") == 0);
    }
    archive_close(archive);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xml");
    TCase *all = test_case(suite, "xml");
    tcase_add_checked_fixture(all, files_begin, files_end);
    tcase_add_test(all, elements);
    tcase_add_test(all, relations);
    tcase_add_test(all, attributes);
    tcase_add_test(all, damaged);
    tcase_add_test(all, harmful);
    tcase_add_test(all, stopping);
    return test_main(suite);
}
