/* SPDX-License-Identifier: MIT */
/*
 * xml_encoding.h - encodings of XML that expat has not itself ("windows-1252", "gb2312"), by
 * iconv, as far as the system has tables for them.
 */
#ifndef STEPPE_SHEET_XML_ENCODING_H
#define STEPPE_SHEET_XML_ENCODING_H

#include <expat.h>
#include <stdbool.h>

/* For XML_SetUnknownEncodingHandler; context is not used. */
int xml_encoding_find(void *context, const char *name, XML_Encoding *found);

#endif
