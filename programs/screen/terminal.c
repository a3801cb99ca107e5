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
    MODIFIED_KEYS = 4096 /* codes of curses from here on: no terminfo has as many */
};

static struct {
    bool is_open, is_ascii, has_more_keys;
    enum screen_colors colors;
    SCREEN *curses;
    struct termios modes;           /* before it was opened */
    volatile sig_atomic_t is_taken; /* from before curses begins until it has ended */
    void (*volatile do_last)(void);
    short pairs[PAIRS_ACROSS][PAIRS_ACROSS]; /* 0: none yet */
    short pair_count;
    int64_t clicked_ms; /* when and where the left button was pressed last; -1: does not count */
    int clicked_column, clicked_row;
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

/* The modes as they were; only what a signal handler may call, so nothing of curses. Where the
 * shell has the terminal meanwhile, curses gave it back when the job was stopped. */
static void give_back(void)
{
    static const char back[] = "\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?1l\033>\033[0m"
                               "\033[?1049l\033[?25h\r\n";
    if (tcgetpgrp(STDIN_FILENO) != getpgrp())
        return;
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

/* Without colours paper that is not the default is told by reversing. */
static attr_t attributes_of(struct screen_style style)
{
    bool is_marked = terminal.colors == SCREEN_COLORS_NONE && style.paper > SCREEN_BLACK;
    attr_t attributes = A_NORMAL;
    if (style.flags & SCREEN_BOLD)
        attributes |= A_BOLD;
    if (style.flags & SCREEN_DIM)
        attributes |= A_DIM;
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

/* A printer, or "dumb". curses would write rows one behind the other. */
static bool can_move(void)
{
    const char *sequence = tigetstr("cup");
    return sequence && sequence != (const char *)-1 && *sequence;
}

/* What terminals send that are not quite what TERM says, as inside of tmux: unknown, the parts of a
 * sequence would be keys of their own. */
static void define_further_keys(void)
{
    static const struct {
        const char *sequence;
        int code;
    } further[] = {
        {"\033[A", KEY_UP},    {"\033[B", KEY_DOWN}, {"\033[C", KEY_RIGHT}, {"\033[D", KEY_LEFT},
        {"\033OA", KEY_UP},    {"\033OB", KEY_DOWN}, {"\033OC", KEY_RIGHT}, {"\033OD", KEY_LEFT},
        {"\033[H", KEY_HOME},  {"\033[F", KEY_END},  {"\033OH", KEY_HOME},  {"\033OF", KEY_END},
        {"\033[1~", KEY_HOME}, {"\033[4~", KEY_END}, {"\033[7~", KEY_HOME}, {"\033[8~", KEY_END},
        {"\033[Z", KEY_BTAB},
    };
    for (size_t i = 0; i < sizeof further / sizeof *further; i++)
        if (key_defined(further[i].sequence) == 0) /* not by terminfo, nor as a beginning */
            (void)define_key(further[i].sequence, further[i].code);
}

/* ---- keys with Shift, Alt and Ctrl ---- */

static const struct {
    uint32_t key;
    char end;      /* CSI 1 ; modifier end */
    char number;   /* CSI number ; modifier ~ */
    char rxvt_end; /* as rxvt does: CSI a with Shift, SS3 a with Ctrl; 0: numbers alone */
} modified[] = {
    {SCREEN_KEY_UP, 'A', 0, 'a'},    {SCREEN_KEY_DOWN, 'B', 0, 'b'},
    {SCREEN_KEY_RIGHT, 'C', 0, 'c'}, {SCREEN_KEY_LEFT, 'D', 0, 'd'},
    {SCREEN_KEY_HOME, 'H', '7', 0},  {SCREEN_KEY_END, 'F', '8', 0},
    {SCREEN_KEY_INSERT, 0, '2', 0},  {SCREEN_KEY_DELETE, 0, '3', 0},
    {SCREEN_KEY_PAGE_UP, 0, '5', 0}, {SCREEN_KEY_PAGE_DOWN, 0, '6', 0},
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
            snprintf(sequence, sizeof sequence, "\033[%c;%d~", modified[place].number, bits + 1);
            define_modified(place, bits, sequence);
        }
    }
    if (modified[place].number) {
        snprintf(sequence, sizeof sequence, "\033[%c$", modified[place].number);
        define_modified(place, 1, sequence);
        snprintf(sequence, sizeof sequence, "\033[%c^", modified[place].number);
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

static void begin_keys(bool no_mouse)
{
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    define_further_keys();
    for (int i = 0; terminal.has_more_keys && i < MODIFIED_COUNT; i++)
        define_modified_key(i);
    set_escdelay(terminal.has_more_keys ? ESCAPE_DELAY_SHORT_MS : ESCAPE_DELAY_MS);
    if (no_mouse)
        return;
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
    endwin();
    terminal.is_taken = false;
    delscreen(terminal.curses);
}

void screen_size(int *columns, int *rows)
{
    *columns = COLS;
    *rows = LINES;
}

/* ---- showing -------------------------------------------------------------------------------- */

static void show_cell(int row, int column, const struct screen_cell *cell)
{
    wchar_t text[2] = {(wchar_t)cell->glyph, 0};
    cchar_t shown;
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
