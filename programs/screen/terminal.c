/* SPDX-License-Identifier: MIT */
/*
 * terminal.c - a terminal by way of ncursesw.
 *
 *   CLOSED --screen_open--> OPEN --screen_close, exit, a deadly signal--> CLOSED
 *
 * Colours are pairs to curses, made when a pair of them is first shown.
 */
#include "screen/terminal.h"

#include "screen/clock.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum {
    ESCAPE_DELAY_MS = 25,
    ESCAPE_DELAY_SHORT_MS = 5, /* or Escape and the next key were taken for Alt */
    DOUBLE_CLICK_MS = 400,
    CONTROL_H = 8,
    CONTROL_L = 12,
    CONTROL_Z = 26,
    WAIT_MS = 500,
    PAIRS_ACROSS = 256,
    /* Codes of curses from here on: no terminfo has as many. */
    MODIFIED_KEYS = 4096,
    CHARACTER_KEYS = 8192, /* + 8 * character + modifiers */
    PASTE_BEGINS = 16384,
    PASTE_ENDS,
    MOUSE_BEGINS,
    MOUSE_WAIT_MS = 100,
    MOUSE_FIGURES = 3,
    PASTE_WAIT_MS = 1000,
    PASTED_BYTES_MAX = 16 << 20,
    OFFER_BYTES_MAX = 64 << 10
};

static struct {
    bool is_open, is_ascii, has_more_keys;
    enum screen_colors colors;
    bool has_sequences; /* xterm's, and what has learnt from it */
    bool has_italic;
    SCREEN *curses;
    struct termios modes;           /* before it was opened */
    volatile sig_atomic_t is_taken; /* from before curses begins until it has ended */
    void (*volatile do_last)(void);
    short pairs[PAIRS_ACROSS][PAIRS_ACROSS]; /* 0: none yet */
    short pair_count;
    int64_t clicked_ms; /* when and where the left button was pressed last; -1: does not count */
    int clicked_column, clicked_row;
    char *pasted; /* PASTED_BYTES_MAX, once there was one */
    size_t pasted_bytes;
    bool is_pasted_whole;
} terminal;

bool screen_has_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

bool screen_wants_no_color(void)
{
    const char *value = getenv("NO_COLOR");
    return value && *value;
}

/* ---- signals -------------------------------------------------------------------------------- */

/* Keys with Shift and Ctrl as sequences of their own, where these keys say nothing else; texts that
 * are pasted with a mark in front and behind. */
static const char sequences_on[] = "\033[>4;1m\033[?2004h",
                  sequences_off[] = "\033[?2004l\033[>4;0m", mouse_on[] = "\033[?1002h\033[?1006h",
                  mouse_off[] = "\033[?1006l\033[?1002l";

/* The modes as they were; only what a signal handler may call, so nothing of curses. Where the
 * shell has the terminal meanwhile, curses gave it back when the job was stopped. */
static void give_back(void)
{
    static const char back[] = "\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?1l\033>\033[0m"
                               "\033[?1049l\033[?25h\r\n";
    if (tcgetpgrp(STDIN_FILENO) != getpgrp())
        return;
    if (terminal.has_sequences)
        (void)!write(STDOUT_FILENO, sequences_off, sizeof sequences_off - 1);
    (void)!write(STDOUT_FILENO, back, sizeof back - 1);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal.modes);
}

/* However a program dies, it must not leave a terminal without echo; and whoever waits for it must
 * see what it died of. Signals are blocked here: this one comes once it is let in again. */
static void die_of(int signal_number)
{
    sigset_t only;
    if (terminal.is_taken)
        give_back();
    if (terminal.do_last)
        terminal.do_last();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    sigemptyset(&only);
    sigaddset(&only, signal_number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
}

/* One that is ignored stays so, as under nohup. */
static void watch_signal(int signal_number)
{
    struct sigaction action = {.sa_handler = die_of, .sa_flags = SA_ONSTACK}, before;
    sigfillset(&action.sa_mask);
    if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
        (void)sigaction(signal_number, &action, NULL);
}

/* All that end a program by default. Before curses begins, which else would take two of them. */
static void watch_signals(void)
{
    static const int deadly[] = {SIGHUP,  SIGINT,  SIGQUIT,   SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                                 SIGFPE,  SIGUSR1, SIGSEGV,   SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
                                 SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO,   SIGPWR,  SIGSYS};
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        watch_signal(deadly[i]);
    for (int i = SIGRTMIN; i <= SIGRTMAX; i++)
        watch_signal(i);
}

void screen_on_death(void (*do_last)(void))
{
    terminal.do_last = do_last;
    watch_signals();
}

/* ---- colours -------------------------------------------------------------------------------- */

/* Bright ones only where the terminal has them: as a number beyond its last there is none. */
static short nearest_of_16(uint32_t rgb)
{
    static const uint32_t colors[16] = {0x000000, 0x800000, 0x008000, 0x808000, 0x000080, 0x800080,
                                        0x008080, 0xC0C0C0, 0x808080, 0xFF0000, 0x00FF00, 0xFFFF00,
                                        0x0000FF, 0xFF00FF, 0x00FFFF, 0xFFFFFF};
    int best = 0, best_distance = INT_MAX, count = COLORS >= 16 ? 16 : 8;
    for (int i = 0; i < count; i++) {
        int distance = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            int step = (int)(colors[i] >> shift & 0xFF) - (int)(rgb >> shift & 0xFF);
            distance += step * step;
        }
        if (distance < best_distance) {
            best = i;
            best_distance = distance;
        }
    }
    return (short)best;
}

static short color_of(uint8_t color)
{
    static const short of_256[SCREEN_COLORS] = {-1,  214, 74, 36,  227, 25,
                                                166, 175, 16, 238, 248, 231};
    static const short of_16[SCREEN_COLORS] = {-1, 3, 6, 2, 11, 4, 1, 5, 0, 8, 7, 15};
    static const short of_8[SCREEN_COLORS] = {-1, 3, 6, 2, 3, 4, 1, 5, 0, 0, 7, 7};
    if (color >= SCREEN_CUBE && terminal.colors == SCREEN_COLORS_256)
        return color;
    if (color >= SCREEN_CUBE)
        return nearest_of_16(screen_color_rgb(color));
    if (color >= SCREEN_COLORS || color == SCREEN_DEFAULT)
        return -1;
    if (terminal.colors == SCREEN_COLORS_256)
        return of_256[color];
    return COLORS >= 16 ? of_16[color] : of_8[color];
}

static short pair_of(struct screen_style style)
{
    uint8_t ink = style.ink, paper = style.paper;
    if (terminal.colors == SCREEN_COLORS_NONE || (!ink && !paper))
        return 0;
    short *pair = &terminal.pairs[ink][paper];
    if (*pair || terminal.pair_count + 1 >= COLOR_PAIRS || terminal.pair_count == SHRT_MAX)
        return *pair;
    if (init_pair(++terminal.pair_count, color_of(ink), color_of(paper)) == OK)
        *pair = terminal.pair_count;
    return *pair;
}

/* Without colours paper that is not the default is told by reversing; but not one that comes from
 * outside: it is there for its looks. */
static attr_t attributes_of(struct screen_style style)
{
    bool is_marked = terminal.colors == SCREEN_COLORS_NONE && style.paper != SCREEN_DEFAULT &&
                     style.paper != SCREEN_BLACK && style.paper < SCREEN_CUBE;
    attr_t attributes = A_NORMAL;
    if (style.flags & SCREEN_BOLD)
        attributes |= A_BOLD;
    if (style.flags & SCREEN_DIM)
        attributes |= A_DIM;
    if (style.flags & SCREEN_ITALIC)
        attributes |= terminal.has_italic ? A_ITALIC : A_UNDERLINE;
    if (style.flags & SCREEN_UNDERLINE)
        attributes |= A_UNDERLINE;
    if (!!(style.flags & SCREEN_REVERSE) != is_marked)
        attributes |= A_REVERSE;
    return attributes;
}

static void begin_colors(enum screen_colors wanted)
{
    terminal.colors = SCREEN_COLORS_NONE;
    if (wanted == SCREEN_COLORS_NONE || (wanted == SCREEN_COLORS_AUTO && screen_wants_no_color()))
        return;
    if (!has_colors() || start_color() != OK)
        return;
    use_default_colors();
    terminal.colors =
        COLORS >= 256 && wanted != SCREEN_COLORS_16 ? SCREEN_COLORS_256 : SCREEN_COLORS_16;
}

/* ---- open and close ------------------------------------------------------------------------- */

const char *screen_why_not(void)
{
    const char *name = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return "this needs a terminal; see --help for ways that need none";
    if (!name || !*name)
        return "TERM is not set: the kind of terminal is unknown";
    return NULL;
}

static bool has_capability(const char *name)
{
    char copy[8]; /* curses takes no const */
    snprintf(copy, sizeof copy, "%s", name);
    const char *sequence = tigetstr(copy);
    return sequence && sequence != (const char *)-1 && *sequence;
}

/* A printer, or "dumb". curses would write rows one behind the other. */
static bool can_move(void)
{
    return has_capability("cup");
}

/* No capability of terminfo tells, and the console of Linux shows a part of what it does not know.
 * In tmux TERM is one of screen's. */
static bool knows_sequences(void)
{
    static const char *const names[] = {"xterm",   "tmux",    "foot",     "mintty",
                                        "wezterm", "contour", "alacritty"};
    const char *name = getenv("TERM"), *tmux = getenv("TMUX");
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strncmp(name, names[i], strlen(names[i])) == 0)
            return true;
    return name && strncmp(name, "screen", 6) == 0 && tmux && *tmux;
}

static void write_sequence(const char *sequence)
{
    (void)fputs(sequence, stdout); /* curses has the same stream, and no more of a check */
    (void)fflush(stdout);
}

/* What terminals send that are not quite what TERM says, as inside of tmux: unknown, the parts of a
 * sequence would be keys of their own. */
static void define_further_keys(void)
{
    static const struct {
        const char *sequence;
        int code;
    } further[] = {
        {"\033[A", KEY_UP},      {"\033[B", KEY_DOWN},    {"\033[C", KEY_RIGHT},
        {"\033[D", KEY_LEFT},    {"\033OA", KEY_UP},      {"\033OB", KEY_DOWN},
        {"\033OC", KEY_RIGHT},   {"\033OD", KEY_LEFT},    {"\033[H", KEY_HOME},
        {"\033[F", KEY_END},     {"\033OH", KEY_HOME},    {"\033OF", KEY_END},
        {"\033[1~", KEY_HOME},   {"\033[4~", KEY_END},    {"\033[7~", KEY_HOME},
        {"\033[8~", KEY_END},    {"\033[Z", KEY_BTAB},    {"\033[2~", KEY_IC},
        {"\033[3~", KEY_DC},     {"\033[5~", KEY_PPAGE},  {"\033[6~", KEY_NPAGE},
        {"\033OP", KEY_F(1)},    {"\033OQ", KEY_F(2)},    {"\033OR", KEY_F(3)},
        {"\033OS", KEY_F(4)},    {"\033[11~", KEY_F(1)},  {"\033[12~", KEY_F(2)},
        {"\033[13~", KEY_F(3)},  {"\033[14~", KEY_F(4)},  {"\033[15~", KEY_F(5)},
        {"\033[17~", KEY_F(6)},  {"\033[18~", KEY_F(7)},  {"\033[19~", KEY_F(8)},
        {"\033[20~", KEY_F(9)},  {"\033[21~", KEY_F(10)}, {"\033[23~", KEY_F(11)},
        {"\033[24~", KEY_F(12)},
    };
    for (size_t i = 0; i < sizeof further / sizeof *further; i++)
        if (key_defined(further[i].sequence) == 0) /* not by terminfo, nor as a beginning */
            (void)define_key(further[i].sequence, further[i].code);
}

/* ---- keys with Shift, Alt and Ctrl ---- */

static const struct {
    uint32_t key;
    char end;      /* CSI 1 ; modifier end */
    short number;  /* CSI number ; modifier ~ */
    char rxvt_end; /* as rxvt does: CSI a with Shift, SS3 a with Ctrl; 0: numbers alone */
} modified[] = {
    {SCREEN_KEY_UP, 'A', 0, 'a'},    {SCREEN_KEY_DOWN, 'B', 0, 'b'},
    {SCREEN_KEY_RIGHT, 'C', 0, 'c'}, {SCREEN_KEY_LEFT, 'D', 0, 'd'},
    {SCREEN_KEY_HOME, 'H', 7, 0},    {SCREEN_KEY_END, 'F', 8, 0},
    {SCREEN_KEY_INSERT, 0, 2, 0},    {SCREEN_KEY_DELETE, 0, 3, 0},
    {SCREEN_KEY_PAGE_UP, 0, 5, 0},   {SCREEN_KEY_PAGE_DOWN, 0, 6, 0},
    {SCREEN_KEY_F1, 'P', 11, 0},     {SCREEN_KEY_F1 + 1, 'Q', 12, 0},
    {SCREEN_KEY_F1 + 2, 'R', 13, 0}, {SCREEN_KEY_F1 + 3, 'S', 14, 0},
    {SCREEN_KEY_F1 + 4, 0, 15, 0},   {SCREEN_KEY_F1 + 5, 0, 17, 0},
    {SCREEN_KEY_F1 + 6, 0, 18, 0},   {SCREEN_KEY_F1 + 7, 0, 19, 0},
    {SCREEN_KEY_F1 + 8, 0, 20, 0},   {SCREEN_KEY_F1 + 9, 0, 21, 0},
    {SCREEN_KEY_F1 + 10, 0, 23, 0},  {SCREEN_KEY_F1 + 11, 0, 24, 0},
};
enum { MODIFIED_COUNT = sizeof modified / sizeof *modified };

/* xterm's modifier is 1 and 1 for Shift, 2 for Alt, 4 for Ctrl. */
static uint32_t modifiers_of(int bits)
{
    return (bits & 1 ? SCREEN_KEY_SHIFT : 0u) | (bits & 2 ? SCREEN_KEY_ALT : 0u) |
           (bits & 4 ? SCREEN_KEY_CTRL : 0u);
}

static void define_modified(int place, int bits, const char *sequence)
{
    (void)define_key(sequence, MODIFIED_KEYS + 8 * place + bits);
}

static void define_modified_key(int place)
{
    char sequence[16];
    for (int bits = 1; bits < 8; bits++) {
        if (modified[place].end) {
            snprintf(sequence, sizeof sequence, "\033[1;%d%c", bits + 1, modified[place].end);
            define_modified(place, bits, sequence);
        }
        if (modified[place].number) {
            snprintf(sequence, sizeof sequence, "\033[%d;%d~", modified[place].number, bits + 1);
            define_modified(place, bits, sequence);
        }
    }
    if (modified[place].number) {
        snprintf(sequence, sizeof sequence, "\033[%d$", modified[place].number);
        define_modified(place, 1, sequence);
        snprintf(sequence, sizeof sequence, "\033[%d^", modified[place].number);
        define_modified(place, 4, sequence);
    }
    if (modified[place].rxvt_end) {
        snprintf(sequence, sizeof sequence, "\033[%c", modified[place].rxvt_end);
        define_modified(place, 1, sequence);
        snprintf(sequence, sizeof sequence, "\033O%c", modified[place].rxvt_end);
        define_modified(place, 4, sequence);
    }
}

static uint32_t modified_key_of(int code)
{
    static const uint32_t with_shift[] = {SCREEN_KEY_SHIFT_UP, SCREEN_KEY_SHIFT_DOWN,
                                          SCREEN_KEY_SHIFT_RIGHT, SCREEN_KEY_SHIFT_LEFT};
    int place = (code - MODIFIED_KEYS) / 8, bits = (code - MODIFIED_KEYS) % 8;
    if (code < MODIFIED_KEYS || place >= MODIFIED_COUNT)
        return 0;
    if (bits == 1 && place < 4)
        return with_shift[place];
    return modified[place].key | modifiers_of(bits);
}

/* ---- characters with Ctrl and Shift ---- */

static bool is_told_apart(int code)
{
    return code == SCREEN_KEY_TAB || code == SCREEN_KEY_ENTER || (code >= ' ' && code <= 127);
}

/* As xterm tells them (modifyOtherKeys), and as others do (CSI u). */
static void define_characters(void)
{
    static const char *const forms[] = {"\033[27;%d;%d~", "\033[%d;%du"};
    char sequence[24];
    for (int code = 0; code < 128; code++)
        for (int bits = 1; is_told_apart(code) && bits < 8; bits++) {
            snprintf(sequence, sizeof sequence, forms[0], bits + 1, code);
            (void)define_key(sequence, CHARACTER_KEYS + 8 * code + bits);
            snprintf(sequence, sizeof sequence, forms[1], code, bits + 1);
            (void)define_key(sequence, CHARACTER_KEYS + 8 * code + bits);
        }
    (void)define_key("\033[200~", PASTE_BEGINS);
    (void)define_key("\033[201~", PASTE_ENDS);
}

static uint32_t character_key_of(int code)
{
    uint32_t key = (uint32_t)(code - CHARACTER_KEYS) / 8;
    uint32_t modifiers = modifiers_of((code - CHARACTER_KEYS) % 8);
    bool is_letter = (key >= 'a' && key <= 'z') || (key >= 'A' && key <= 'Z');
    if (key == SCREEN_KEY_TAB && modifiers == SCREEN_KEY_SHIFT)
        return SCREEN_KEY_BACK_TAB;
    if (modifiers == SCREEN_KEY_SHIFT && key > ' ' && key < 127)
        return key;
    if (is_letter && modifiers == SCREEN_KEY_CTRL)
        return key & 0x1F;
    return (is_letter && modifiers & SCREEN_KEY_CTRL ? key | 0x20 : key) | modifiers;
}

static void begin_keys(bool no_mouse)
{
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    define_further_keys();
    for (int i = 0; terminal.has_more_keys && i < MODIFIED_COUNT; i++)
        define_modified_key(i);
    if (terminal.has_more_keys)
        define_characters();
    terminal.has_sequences = terminal.has_more_keys && knows_sequences();
    if (terminal.has_sequences)
        write_sequence(sequences_on);
    set_escdelay(terminal.has_more_keys ? ESCAPE_DELAY_SHORT_MS : ESCAPE_DELAY_MS);
    if (no_mouse)
        return;
    if (terminal.has_sequences) { /* curses knows presses, but not that a button is held */
        (void)define_key("\033[<", MOUSE_BEGINS);
        write_sequence(mouse_on);
        return;
    }
    mousemask(ALL_MOUSE_EVENTS | REPORT_MOUSE_POSITION, NULL);
    mouseinterval(0);
}

const char *screen_open(const struct screen_options *options)
{
    const char *fault = screen_why_not();
    if (fault)
        return fault;
    if (tcgetattr(STDIN_FILENO, &terminal.modes) != 0)
        return "the terminal does not tell its modes";
    watch_signals();
    terminal.is_taken = true;
    terminal.curses = newterm(NULL, stdout, stdin);
    if (!terminal.curses) {
        terminal.is_taken = false;
        return "TERM names a terminal that terminfo does not know";
    }
    if (!can_move()) {
        endwin();
        terminal.is_taken = false;
        delscreen(terminal.curses);
        return "TERM names a terminal that cannot move its cursor";
    }
    memset(terminal.pairs, 0, sizeof terminal.pairs);
    terminal.pair_count = 0;
    terminal.clicked_ms = -1;
    terminal.is_ascii = options->ascii || !screen_has_utf8();
    terminal.has_more_keys = options->more_keys;
    terminal.has_italic = has_capability("sitm");
    begin_colors(options->colors);
    begin_keys(options->no_mouse);
    if (!terminal.is_open)
        (void)atexit(screen_close);
    terminal.is_open = true;
    return NULL;
}

void screen_close(void)
{
    if (!terminal.is_open)
        return;
    terminal.is_open = false;
    /* Where there is no second screen to leave, the prompt comes on an empty line. */
    move(LINES - 1, 0);
    clrtoeol();
    refresh();
    if (terminal.has_sequences) {
        write_sequence(mouse_off);
        write_sequence(sequences_off);
    }
    endwin();
    terminal.is_taken = false;
    delscreen(terminal.curses);
    free(terminal.pasted);
    terminal.pasted = NULL;
}

void screen_size(int *columns, int *rows)
{
    *columns = COLS;
    *rows = LINES;
}

/* ---- showing -------------------------------------------------------------------------------- */

static void show_cell(int row, int column, const struct screen_cell *cell)
{
    wchar_t text[SCREEN_MARKS_MAX + 2] = {(wchar_t)cell->glyph};
    cchar_t shown;
    for (int i = 0; i < SCREEN_MARKS_MAX && cell->marks[i]; i++)
        text[i + 1] = (wchar_t)cell->marks[i];
    if (setcchar(&shown, text, attributes_of(cell->style), pair_of(cell->style), NULL) == OK)
        (void)mvadd_wch(row, column, &shown); /* the last cell of all moves nothing on: fails */
}

void screen_show(struct screen_grid *grid, int cursor_column, int cursor_row)
{
    if (terminal.is_ascii)
        screen_grid_to_ascii(grid);
    for (int row = 0; row < grid->rows && row < LINES; row++)
        for (int column = 0; column < grid->columns && column < COLS; column++) {
            const struct screen_cell *cell = &grid->cells[row * grid->columns + column];
            if (cell->glyph != SCREEN_NO_GLYPH)
                show_cell(row, column, cell);
        }
    (void)curs_set(cursor_column >= 0); /* some terminals cannot hide it */
    if (cursor_column >= 0)
        move(cursor_row, cursor_column);
    refresh();
}

/* ---- reading -------------------------------------------------------------------------------- */

static uint32_t key_of(wint_t code)
{
    static const struct {
        int code;
        uint32_t key;
    } keys[] = {
        {KEY_UP, SCREEN_KEY_UP},
        {KEY_DOWN, SCREEN_KEY_DOWN},
        {KEY_LEFT, SCREEN_KEY_LEFT},
        {KEY_RIGHT, SCREEN_KEY_RIGHT},
        {KEY_HOME, SCREEN_KEY_HOME},
        {KEY_END, SCREEN_KEY_END},
        {KEY_PPAGE, SCREEN_KEY_PAGE_UP},
        {KEY_NPAGE, SCREEN_KEY_PAGE_DOWN},
        {KEY_IC, SCREEN_KEY_INSERT},
        {KEY_DC, SCREEN_KEY_DELETE},
        {KEY_BTAB, SCREEN_KEY_BACK_TAB},
        {KEY_SLEFT, SCREEN_KEY_SHIFT_LEFT},
        {KEY_SRIGHT, SCREEN_KEY_SHIFT_RIGHT},
        {KEY_SR, SCREEN_KEY_SHIFT_UP},
        {KEY_SF, SCREEN_KEY_SHIFT_DOWN},
        {KEY_BACKSPACE, SCREEN_KEY_BACKSPACE},
        {KEY_ENTER, SCREEN_KEY_ENTER},
    };
    if ((int)code >= KEY_F(1) && (int)code <= KEY_F(12))
        return SCREEN_KEY_F1 + (uint32_t)((int)code - KEY_F(1));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].code == (int)code)
            return keys[i].key;
    if (terminal.has_more_keys && (int)code >= CHARACTER_KEYS &&
        (int)code < CHARACTER_KEYS + 8 * 128)
        return character_key_of((int)code);
    return terminal.has_more_keys ? modified_key_of((int)code) : 0;
}

/* Terminals send Escape in front of what is typed with Alt. */
static uint32_t key_behind_escape(void)
{
    wint_t code;
    timeout(0);
    int kind = get_wch(&code);
    if (kind == OK && code != SCREEN_KEY_ESCAPE)
        return SCREEN_KEY_ALT | (code == '\n' ? SCREEN_KEY_ENTER : (uint32_t)code);
    if (kind != ERR)
        (void)(kind == OK ? unget_wch((wchar_t)code) : ungetch((int)code));
    return SCREEN_KEY_ESCAPE;
}

/* A character as curses gives it, as a key. */
static uint32_t key_of_character(wint_t code)
{
    bool is_erase = terminal.modes.c_cc[VERASE] == CONTROL_H;
    if (code == '\n')
        return SCREEN_KEY_ENTER;
    if (code == CONTROL_H)
        return terminal.has_more_keys && !is_erase ? CONTROL_H : SCREEN_KEY_BACKSPACE;
    if (!terminal.has_more_keys)
        return code;
    return code == 0                   ? SCREEN_KEY_CTRL | ' '
           : code == SCREEN_KEY_ESCAPE ? key_behind_escape()
                                       : code;
}

/* curses would hold every click back to see whether it becomes two; so they are counted here, and
 * the first of two is a click as well. */
static enum screen_button count_clicks(const struct screen_event *event)
{
    int64_t ms = screen_clock_ms();
    bool is_second = terminal.clicked_ms >= 0 && ms - terminal.clicked_ms <= DOUBLE_CLICK_MS &&
                     event->column == terminal.clicked_column && event->row == terminal.clicked_row;
    terminal.clicked_ms = is_second ? -1 : ms;
    terminal.clicked_column = event->column;
    terminal.clicked_row = event->row;
    return is_second ? SCREEN_BUTTON_DOUBLE : SCREEN_BUTTON_LEFT;
}

static bool read_mouse(struct screen_event *event)
{
    MEVENT mouse;
    if (getmouse(&mouse) != OK)
        return false;
    event->modifiers = (mouse.bstate & BUTTON_SHIFT ? SCREEN_KEY_SHIFT : 0u) |
                       (mouse.bstate & BUTTON_ALT ? SCREEN_KEY_ALT : 0u) |
                       (mouse.bstate & BUTTON_CTRL ? SCREEN_KEY_CTRL : 0u);
    event->column = mouse.x;
    event->row = mouse.y;
    if (mouse.bstate & BUTTON4_PRESSED)
        event->button = SCREEN_WHEEL_UP;
    else if (mouse.bstate & BUTTON5_PRESSED)
        event->button = SCREEN_WHEEL_DOWN;
    else if (mouse.bstate & BUTTON1_DOUBLE_CLICKED)
        event->button = SCREEN_BUTTON_DOUBLE;
    else if (mouse.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED))
        event->button = count_clicks(event);
    else if (mouse.bstate & (BUTTON3_PRESSED | BUTTON3_CLICKED))
        event->button = SCREEN_BUTTON_RIGHT;
    else if (mouse.bstate & BUTTON1_RELEASED)
        event->button = SCREEN_BUTTON_UP;
    else if (mouse.bstate & REPORT_MOUSE_POSITION)
        event->button = SCREEN_DRAG;
    else
        return false;
    return true;
}

/* The mouse as xterm tells it (SGR): button ; column ; row, and M, or m when it is let go. false:
 * it is something else, or means nothing here. */
static bool read_figures(int figures[MOUSE_FIGURES], bool *is_up)
{
    wint_t code;
    int count = 0;
    memset(figures, 0, MOUSE_FIGURES * sizeof *figures);
    timeout(MOUSE_WAIT_MS);
    while (get_wch(&code) == OK && count < MOUSE_FIGURES) {
        if (code >= '0' && code <= '9' && figures[count] < SHRT_MAX)
            figures[count] = figures[count] * 10 + (int)(code - '0');
        else if (code == ';')
            count++;
        else {
            *is_up = code == 'm';
            return count == MOUSE_FIGURES - 1 && (code == 'M' || code == 'm');
        }
    }
    return false;
}

static bool read_own_mouse(struct screen_event *event)
{
    enum { SHIFT = 4, ALT = 8, CTRL = 16, MOVES = 32, WHEEL = 64, MORE = 128, RIGHT = 2 };
    int figures[MOUSE_FIGURES];
    bool is_up;
    if (!read_figures(figures, &is_up) || figures[0] >= MORE)
        return false;
    int state = figures[0], button = state & 3;
    event->column = figures[1] - 1;
    event->row = figures[2] - 1;
    event->modifiers = (state & SHIFT ? SCREEN_KEY_SHIFT : 0u) |
                       (state & ALT ? SCREEN_KEY_ALT : 0u) | (state & CTRL ? SCREEN_KEY_CTRL : 0u);
    if (state & WHEEL) {
        event->button = button & 1 ? SCREEN_WHEEL_DOWN : SCREEN_WHEEL_UP;
        event->modifiers |= button & 2 ? SCREEN_KEY_SHIFT : 0u; /* to the side */
        return !is_up;
    }
    if (button == RIGHT && !is_up && !(state & MOVES)) {
        event->button = SCREEN_BUTTON_RIGHT;
        return true;
    }
    if (button != 0)
        return false;
    event->button = is_up ? SCREEN_BUTTON_UP : state & MOVES ? SCREEN_DRAG : count_clicks(event);
    return true;
}

/* ---- what is pasted ---- */

static void keep_pasted(uint32_t glyph)
{
    char bytes[SCREEN_UTF8_BYTES_MAX];
    size_t length = screen_encode(glyph == '\r' ? '\n' : glyph, bytes);
    terminal.is_pasted_whole &= length < PASTED_BYTES_MAX - terminal.pasted_bytes;
    if (!terminal.is_pasted_whole)
        return;
    memcpy(terminal.pasted + terminal.pasted_bytes, bytes, length);
    terminal.pasted_bytes += length;
}

/* Up to the mark behind it, or until nothing has come for long. What looks like a key in it is left
 * out. */
static void read_pasted(void)
{
    wint_t code;
    if (!terminal.pasted)
        terminal.pasted = malloc(PASTED_BYTES_MAX);
    terminal.is_pasted_whole = terminal.pasted != NULL;
    terminal.pasted_bytes = 0;
    timeout(PASTE_WAIT_MS);
    for (int kind; (kind = get_wch(&code)) != ERR && (kind == OK || (int)code != PASTE_ENDS);)
        if (kind == OK && code && code != SCREEN_KEY_ESCAPE)
            keep_pasted((uint32_t)code);
        else if (kind != OK && (int)code == KEY_ENTER)
            keep_pasted('\n');
    if (terminal.pasted)
        terminal.pasted[terminal.pasted_bytes] = 0;
}

const char *screen_pasted(void)
{
    return terminal.is_pasted_whole ? terminal.pasted : NULL;
}

bool screen_offer(const char *text, size_t size_bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (!terminal.is_open || !terminal.has_sequences || size_bytes > OFFER_BYTES_MAX)
        return false;
    (void)fputs("\033]52;c;", stdout); /* as write_sequence */
    for (size_t i = 0; i < size_bytes; i += 3) {
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (i + j < size_bytes ? (unsigned char)text[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            (void)putchar(i + j <= size_bytes ? digits[bits >> (18 - 6 * j) & 63] : '=');
    }
    write_sequence("\a");
    return true;
}

/* A terminal that is gone reads as an error at once, again and again. */
static struct screen_event read_nothing(void)
{
    bool is_gone = !isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) < 0;
    return (struct screen_event){.kind = is_gone ? SCREEN_GONE : SCREEN_NOTHING};
}

/* Keys are no signals here, but this one still means what it means everywhere; curses gives the
 * terminal back, and takes it again when the program goes on. */
static struct screen_event stop(void)
{
    (void)kill(0, SIGTSTP); /* the whole job, as the terminal would */
    return (struct screen_event){.kind = SCREEN_RESIZE};
}

static struct screen_event read_once(int timeout_ms)
{
    struct screen_event event = {.kind = SCREEN_KEY};
    wint_t code;
    timeout(timeout_ms);
    int kind = get_wch(&code);
    if (kind == OK && code == CONTROL_Z && !terminal.has_more_keys)
        return stop();
    if (kind == OK && code == CONTROL_L) {
        clearok(curscr, TRUE); /* somebody else has written on the terminal */
        return (struct screen_event){.kind = SCREEN_RESIZE};
    }
    if (kind == ERR)
        return read_nothing();
    if (kind == OK)
        event.key = key_of_character(code);
    else if (code == KEY_RESIZE)
        event.kind = SCREEN_RESIZE;
    else if ((int)code == PASTE_BEGINS) {
        read_pasted();
        event.kind = SCREEN_PASTE;
    } else if ((int)code == MOUSE_BEGINS)
        event.kind = read_own_mouse(&event) ? SCREEN_MOUSE : SCREEN_NOTHING;
    else if (code == KEY_MOUSE)
        event.kind = read_mouse(&event) ? SCREEN_MOUSE : SCREEN_NOTHING;
    else
        event.key = key_of(code);
    if (event.kind == SCREEN_KEY && !event.key)
        event.kind = SCREEN_NOTHING;
    return event;
}

/* A change of size that comes just before curses begins to wait is not noticed before it waits
 * again; so nothing is waited for longer than this. */
struct screen_event screen_read(int timeout_ms)
{
    struct screen_event event;
    while (timeout_ms < 0 || timeout_ms > WAIT_MS) {
        event = read_once(WAIT_MS);
        if (event.kind != SCREEN_NOTHING)
            return event;
        timeout_ms -= timeout_ms < 0 ? 0 : WAIT_MS;
    }
    return read_once(timeout_ms);
}
