/* SPDX-License-Identifier: MIT */
/*
 * xml.c - XML by expat: see xml.h.
 *
 * Expat keeps what is not yet a whole tag and looks at it again with each piece that comes. How
 * much that is, is looked at after each piece: the next one is as large, so that time goes with the
 * tag's length and not with its square; and memory does not go beyond XML_TAG_BYTES_MAX.
 */
#include "sheet/files/xml.h"

#include <errno.h>
#include <expat.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sheet/files/xml_encoding.h"

enum { PIECE_BYTES = 1 << 16, PREFIX_BYTES_MAX = 32 };

/* Where the bytes come from. */
struct source {
    const char *name;
    struct archive_file *file; /* or */
    int descriptor;
    uint64_t size_bytes; /* as it is said to be */
};

struct reader {
    XML_Parser parser;
    const struct xml_handler *handler;
    const char *name;
    struct problem *problem;
    unsigned depth;
    bool is_stopped;                             /* there is a sentence */
    char relations_prefix[PREFIX_BYTES_MAX + 1]; /* "r:", or what the file has for it */
    const char *attributes[2 * XML_ATTRIBUTES_MAX + 1];
    char relations_names[XML_ATTRIBUTES_MAX][PREFIX_BYTES_MAX]; /* "r:id" */
};

/* ---- attributes ------------------------------------------------------------------------------ */

const char *xml_attribute(const char *const *attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (strcmp(*attributes, name) == 0)
            return attributes[1];
    return NULL;
}

int64_t xml_number(const char *const *attributes, const char *name, int64_t otherwise)
{
    const char *text = xml_attribute(attributes, name);
    char *end;
    if (!text || !*text)
        return otherwise;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    return errno || *end ? otherwise : number;
}

bool xml_truth(const char *const *attributes, const char *name, bool otherwise)
{
    const char *text = xml_attribute(attributes, name);
    if (!text)
        return otherwise;
    return strcmp(text, "1") == 0 || strcasecmp(text, "true") == 0 || strcasecmp(text, "on") == 0;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* Names are short, and there are many: a call of strchr would take longer. */
static const char *colon_in(const char *name)
{
    while (*name && *name != ':')
        name++;
    return *name ? name : NULL;
}

static const char *without_prefix(const char *name)
{
    const char *colon = colon_in(name);
    return colon ? colon + 1 : name;
}

/* xmlns:rel="http://.../officeDocument/2006/relationships", or .../ooxml/officeDocument/... */
static void note_relations_prefix(struct reader *reader, const char *name, const char *uri)
{
    static const char end[] = "/relationships";
    size_t length = strlen(uri), prefix = strlen(name);
    if (length < sizeof end || strcmp(uri + length - (sizeof end - 1), end) != 0 ||
        !strstr(uri, "/officeDocument/") || prefix + 1 > PREFIX_BYTES_MAX)
        return;
    memcpy(reader->relations_prefix, name, prefix);
    memcpy(reader->relations_prefix + prefix, ":", 2);
}

static bool is_declaration(const char *name)
{
    return name[0] == 'x' && strncmp(name, "xmlns", 5) == 0 && (name[5] == ':' || !name[5]);
}

static bool is_taken(const struct reader *reader, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(reader->attributes[2 * i], name) == 0)
            return true;
    return false;
}

static const char *attribute_name(struct reader *reader, size_t count, const char *name)
{
    size_t prefix = strlen(reader->relations_prefix);
    const char *bare = without_prefix(name);
    if (bare == name)
        return name;
    if (strncmp(name, reader->relations_prefix, prefix) == 0 &&
        strlen(bare) + 3 <= PREFIX_BYTES_MAX) {
        char *kept = reader->relations_names[count];
        memcpy(kept, "r:", 2);
        memcpy(kept + 2, bare, strlen(bare) + 1);
        return kept;
    }
    return is_taken(reader, count, bare) ? name : bare;
}

/* How many there are, and does any have a prefix? */
static size_t count_attributes(const char *const *attributes, bool *is_plain)
{
    size_t count = 0;
    *is_plain = true;
    for (; attributes[2 * count]; count++)
        if (colon_in(attributes[2 * count]) || is_declaration(attributes[2 * count]))
            *is_plain = false;
    return count;
}

static const char *const *rename_attributes(struct reader *reader, const char *const *attributes)
{
    size_t count = 0;
    for (size_t i = 0; attributes[2 * i]; i++)
        if (strncmp(attributes[2 * i], "xmlns:", 6) == 0)
            note_relations_prefix(reader, attributes[2 * i] + 6, attributes[2 * i + 1]);
    for (; *attributes; attributes += 2) {
        if (is_declaration(*attributes))
            continue;
        reader->attributes[2 * count] = attribute_name(reader, count, *attributes);
        reader->attributes[2 * count + 1] = attributes[1];
        count++;
    }
    reader->attributes[2 * count] = NULL;
    return reader->attributes;
}

/* ---- what expat calls ------------------------------------------------------------------------ */

static void stop(struct reader *reader)
{
    reader->is_stopped = true;
    (void)XML_StopParser(reader->parser, XML_FALSE); /* it is running: it can be stopped */
}

static void stop_saying(struct reader *reader, const char *sentence)
{
    (void)problem_say(reader->problem, "%s, line %lu: %s", reader->name,
                      (unsigned long)XML_GetCurrentLineNumber(reader->parser), sentence);
    stop(reader);
}

/* Expat may call once more after it was stopped: for the end of an empty element. */
static void on_start(void *context, const char *name, const char **attributes)
{
    struct reader *reader = context;
    bool is_plain;
    if (reader->is_stopped)
        return;
    if (++reader->depth > XML_DEPTH_MAX) {
        stop_saying(reader, "too many elements within each other");
        return;
    }
    const char *const *given = (const char *const *)attributes;
    if (count_attributes(given, &is_plain) > XML_ATTRIBUTES_MAX) {
        stop_saying(reader, "too many attributes");
        return;
    }
    if (!is_plain)
        given = rename_attributes(reader, given);
    if (!reader->handler->start(reader->handler->context, without_prefix(name), given))
        stop(reader);
}

static void on_end(void *context, const char *name)
{
    struct reader *reader = context;
    if (reader->is_stopped)
        return;
    reader->depth--;
    if (!reader->handler->end(reader->handler->context, without_prefix(name)))
        stop(reader);
}

static void on_text(void *context, const char *text, int text_bytes)
{
    struct reader *reader = context;
    if (!reader->is_stopped && text_bytes > 0 &&
        !reader->handler->text(reader->handler->context, text, (size_t)text_bytes))
        stop(reader);
}

static void on_document_type(void *context, const char *name, const char *system_id,
                             const char *public_id, int has_internal_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    if (has_internal_subset)
        stop_saying(context, "declarations (<!DOCTYPE ... [...]>) are refused");
}

/* ---- reading --------------------------------------------------------------------------------- */

static int64_t read_piece(struct source *source, void *buffer, size_t buffer_bytes,
                          struct problem *problem)
{
    if (source->file)
        return archive_file_read(source->file, buffer, buffer_bytes, problem);
    ssize_t count;
    do
        count = read(source->descriptor, buffer, buffer_bytes);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        (void)problem_say(problem, "%s: %s", source->name, strerror(errno));
    return count;
}

static bool say_parse(struct reader *reader)
{
    if (reader->is_stopped)
        return false;
    enum XML_Error error = XML_GetErrorCode(reader->parser);
    const char *what = XML_ErrorString(error);
    return problem_say(reader->problem, "%s is damaged: line %lu: %s", reader->name,
                       (unsigned long)XML_GetCurrentLineNumber(reader->parser),
                       what ? what : "not well-formed");
}

/* What expat keeps, because it is not a whole tag yet. */
static uint64_t backlog_of(const struct reader *reader, uint64_t done_bytes)
{
    int64_t at = XML_GetCurrentByteIndex(reader->parser);
    return at < 0 || (uint64_t)at > done_bytes ? 0 : done_bytes - (uint64_t)at;
}

static bool read_all(struct reader *reader, struct source *source, const struct progress *progress,
                     const char *doing)
{
    uint64_t done_bytes = 0, backlog_bytes = 0;
    for (;;) {
        size_t piece_bytes = backlog_bytes > PIECE_BYTES ? (size_t)backlog_bytes : PIECE_BYTES;
        void *buffer = XML_GetBuffer(reader->parser, (int)piece_bytes);
        if (!buffer)
            return problem_say_memory(reader->problem, "%s: out of memory", reader->name);
        int64_t count = read_piece(source, buffer, piece_bytes, reader->problem);
        if (count < 0)
            return false;
        done_bytes += (uint64_t)count;
        if (XML_ParseBuffer(reader->parser, (int)count, count == 0) != XML_STATUS_OK)
            return say_parse(reader);
        if (count == 0)
            return true;
        backlog_bytes = backlog_of(reader, done_bytes);
        if (backlog_bytes > XML_TAG_BYTES_MAX)
            return problem_say(
                reader->problem, "%s, line %lu: a tag of more than %d bytes", reader->name,
                (unsigned long)XML_GetCurrentLineNumber(reader->parser), XML_TAG_BYTES_MAX);
        /* An archive may lie about a part's size: then nobody knows how much is to come. */
        uint64_t total_bytes = done_bytes <= source->size_bytes ? source->size_bytes : 0;
        if (!progress_step(progress, doing, done_bytes, total_bytes))
            return problem_say(reader->problem, "stopped");
    }
}

static bool read_source(struct source *source, const struct xml_handler *handler,
                        const struct progress *progress, const char *doing, struct problem *problem)
{
    struct reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return problem_say_memory(problem, "%s: out of memory", source->name);
    *reader = (struct reader){.handler = handler, .name = source->name, .problem = problem};
    memcpy(reader->relations_prefix, "r:", 3);
    reader->parser = XML_ParserCreate(NULL);
    if (!reader->parser) {
        free(reader);
        return problem_say_memory(problem, "%s: out of memory", source->name);
    }
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    if (handler->text)
        XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_document_type);
    XML_SetUnknownEncodingHandler(reader->parser, xml_encoding_find, NULL);
    bool is_read = read_all(reader, source, progress, doing);
    XML_ParserFree(reader->parser);
    free(reader);
    return is_read;
}

bool xml_read_archive(struct archive *archive, const char *name, const struct xml_handler *handler,
                      const struct progress *progress, const char *doing, struct problem *problem)
{
    struct source source = {.file = archive_file_open(archive, name, problem), .descriptor = -1};
    if (!source.file)
        return false;
    source.name = name;
    source.size_bytes = archive_file_size_bytes(source.file);
    bool is_read = read_source(&source, handler, progress, doing, problem);
    archive_file_close(source.file);
    return is_read;
}

bool xml_read_file(const char *path, const struct xml_handler *handler,
                   const struct progress *progress, const char *doing, struct problem *problem)
{
    struct source source = {.name = path, .descriptor = open(path, O_RDONLY | O_CLOEXEC)};
    struct stat facts;
    if (source.descriptor < 0)
        return problem_say(problem, "%s: %s", path, strerror(errno));
    if (fstat(source.descriptor, &facts) == 0 && S_ISREG(facts.st_mode))
        source.size_bytes = (uint64_t)facts.st_size;
    bool is_read = read_source(&source, handler, progress, doing, problem);
    (void)close(source.descriptor); /* only read */
    return is_read;
}
