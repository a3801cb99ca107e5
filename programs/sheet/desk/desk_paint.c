/* SPDX-License-Identifier: MIT */
/* desk_paint.c - colours: see desk_paint.h. */
#include "sheet/desk/desk_paint.h"

/* Where there are no colours, paper other than the default is reversed, and bold and underlined
 * tell the cursor from what is chosen. */
const struct screen_style desk_plain, desk_bold = {.flags = SCREEN_BOLD},
                                      desk_dim = {.ink = SCREEN_GRAY};
const struct screen_style desk_good = {.ink = SCREEN_GREEN},
                          desk_bad = {.ink = SCREEN_RED, .flags = SCREEN_BOLD};
const struct screen_style desk_header = {.ink = SCREEN_BLACK, .paper = SCREEN_GRAY},
                          desk_header_chosen = {.ink = SCREEN_BLACK,
                                                .paper = SCREEN_SKY,
                                                .flags = SCREEN_BOLD | SCREEN_UNDERLINE};
const struct screen_style desk_chosen = {.ink = SCREEN_BLACK, .paper = SCREEN_SKY},
                          desk_copied = {.ink = SCREEN_WHITE,
                                         .paper = SCREEN_DARK,
                                         .flags = SCREEN_UNDERLINE},
                          desk_cursor_style = {.ink = SCREEN_BLACK,
                                               .paper = SCREEN_ORANGE,
                                               .flags = SCREEN_BOLD | SCREEN_UNDERLINE};
const struct screen_style desk_tab = {.ink = SCREEN_GRAY}, desk_tab_active = {.ink = SCREEN_BLACK,
                                                                              .paper = SCREEN_SKY,
                                                                              .flags = SCREEN_BOLD};

uint8_t desk_paint_reference(size_t number)
{
    static const uint8_t colors[] = {SCREEN_GREEN, SCREEN_PURPLE, SCREEN_YELLOW, SCREEN_RED,
                                     SCREEN_SKY};
    return colors[number % (sizeof colors / sizeof *colors)];
}

static uint8_t ink_of_format(enum format_color color)
{
    static const uint32_t colors[] = {
        [FORMAT_BLACK] = 0x000000, [FORMAT_BLUE] = 0x0000FF,    [FORMAT_CYAN] = 0x00FFFF,
        [FORMAT_GREEN] = 0x00AF00, [FORMAT_MAGENTA] = 0xFF00FF, [FORMAT_RED] = 0xFF0000,
        [FORMAT_WHITE] = 0xFFFFFF, [FORMAT_YELLOW] = 0xFFFF00,
    };
    return screen_color_near(colors[color]);
}

static bool is_light(uint32_t rgb)
{
    return 299 * (rgb >> 16 & 0xFF) + 587 * (rgb >> 8 & 0xFF) + 114 * (rgb & 0xFF) > 128000;
}

/* Black ink on white paper is what is usual, and a terminal's own may be the other way round: white
 * paper is no paper, and on no paper black ink is the terminal's own; on a paper of its own it is
 * what can be read there. */
struct screen_style desk_paint_cell(const struct style *style, enum format_color color)
{
    struct screen_style painted = {0};
    if (style->flags & STYLE_HAS_PAPER && style->paper != 0xFFFFFF)
        painted.paper = screen_color_near(style->paper);
    if (color != FORMAT_NO_COLOR)
        painted.ink = color == FORMAT_BLACK && !painted.paper ? 0 : ink_of_format(color);
    else if (style->flags & STYLE_HAS_INK && (style->ink != 0 || painted.paper))
        painted.ink = screen_color_near(style->ink);
    else if (painted.paper)
        painted.ink = is_light(style->paper) ? SCREEN_BLACK : SCREEN_WHITE;
    if (style->flags & STYLE_BOLD)
        painted.flags |= SCREEN_BOLD;
    if (style->flags & STYLE_UNDERLINE)
        painted.flags |= SCREEN_UNDERLINE;
    if (style->flags & STYLE_ITALIC)
        painted.flags |= SCREEN_ITALIC;
    if (style->flags & STYLE_STRIKE)
        painted.flags |= SCREEN_DIM;
    return painted;
}
