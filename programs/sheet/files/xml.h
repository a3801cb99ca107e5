/* SPDX-License-Identifier: MIT */
/*
 * xml.h - reading XML as a stream (expat): elements and text to one handler, without entities of
 * its own, and never deeper, longer or slower than is sane.
 *
 * Declarations of its own (a DTD inside: XML bombs) make a document refused. Elements within each
 * other are counted (XML_DEPTH_MAX), and so are attributes and the bytes of one tag
 * (XML_TAG_BYTES_MAX). Text comes in pieces and is as long as it is: who gathers it takes no more
 * than he wants.
 */
#ifndef STEPPE_SHEET_XML_H
#define STEPPE_SHEET_XML_H

#include "sheet/book/book.h"
#include "sheet/files/archive.h"

enum { XML_DEPTH_MAX = 256, XML_ATTRIBUTES_MAX = 256, XML_TAG_BYTES_MAX = 16 << 20 };

/* Names come without their prefix: "row", "c", "table-cell". So do attributes, but for one that
 * would be like another in front of it (LibreOffice's office:value-type and calcext:value-type are
 * "value-type" and "calcext:value-type"), and for those of the namespace of relationships, which
 * begin with "r:", whatever its prefix is ("r:id"). Declarations of namespaces are left out. */
struct xml_handler {
    /* attributes: name, value, name, value ..., NULL. false: stop; the handler has its sentence. */
    bool (*start)(void *context, const char *name, const char *const *attributes);
    bool (*end)(void *context, const char *name);
    bool (*text)(void *context, const char *text, size_t text_bytes); /* in pieces; may be NULL */
    void *context;
};

/* NULL: there is none. */
const char *xml_attribute(const char *const *attributes, const char *name);
/* An attribute that is a whole number within limits; otherwise as given. */
int64_t xml_number(const char *const *attributes, const char *name, int64_t otherwise);
bool xml_truth(const char *const *attributes, const char *name, bool otherwise); /* 1, true, on */

/* Read a file of an archive, or of the file system, to its end. progress may be NULL; doing is what
 * it is told. false with a sentence: not well-formed (with its line), refused, stopped by the
 * handler (problem is then the handler's), cancelled. */
bool xml_read_archive(struct archive *archive, const char *name, const struct xml_handler *handler,
                      const struct progress *progress, const char *doing, struct problem *problem);
bool xml_read_file(const char *path, const struct xml_handler *handler,
                   const struct progress *progress, const char *doing, struct problem *problem);

#endif
