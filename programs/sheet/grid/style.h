/* SPDX-License-Identifier: MIT */
/*
 * style.h - how cells look: each way kept once, and known by a small number. 0 is the default.
 *
 * Styles are never forgotten while the workbook lives: there are at most 65,535, and files that
 * have more are told so.
 */
#ifndef STEPPE_SHEET_STYLE_H
#define STEPPE_SHEET_STYLE_H

#include <steppe/budget.h>

#include "sheet/grid/text.h"

typedef uint16_t style_id;

enum style_flag {
    STYLE_BOLD = 1,
    STYLE_ITALIC = 2,
    STYLE_UNDERLINE = 4,
    STYLE_STRIKE = 8,
    STYLE_WRAP = 16,
    STYLE_HAS_INK = 32,  /* ink is a colour */
    STYLE_HAS_PAPER = 64 /* paper is */
};

enum style_align { ALIGN_GENERAL, ALIGN_LEFT, ALIGN_CENTER, ALIGN_RIGHT };

struct style {
    text_id format;      /* number format code, held by the pool of styles; 0: General */
    uint32_t ink, paper; /* 0xRRGGBB */
    uint8_t flags, align;
    uint16_t unused; /* no gap at the end: styles are compared as bytes */
};

struct style_pool;

struct style_pool *style_pool_new(struct text_pool *texts, steppe_budget *budget);
void style_pool_free(struct style_pool *pool);

/* The number of a style, which is kept when it is new. false: there are too many, or memory was
 * refused (STEPPE_E_OUTSIDE, or the library's status). */
bool style_keep(struct style_pool *pool, const struct style *style, style_id *id);
/* What stands behind a number; the default for one that nobody kept. */
const struct style *style_of(const struct style_pool *pool, style_id id);
/* The same style with another format code. */
bool style_with_format(struct style_pool *pool, style_id id, const char *code, style_id *changed);
/* Its format code; "General" for the default. */
const char *style_format(const struct style_pool *pool, style_id id);
size_t style_count(const struct style_pool *pool);

#endif
