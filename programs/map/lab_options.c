/* SPDX-License-Identifier: MIT */
/* lab_options.c - the command line of the lab: see lab_options.h. */
#include "map/lab_options.h"

#include "map/lab_report.h"
#include "map/lab_screen.h"
#include "map/lab_script.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS_DEFAULT = 80, ROWS_DEFAULT = 24 };

const char lab_options_help[] =
    "  --slots N            structures in the array (50; 2^34 may be written)\n"
    "  --slot-size SIZE     of each of them (2K)\n"
    "  --page-size SIZE     the unit of states, a power of two up to 2M (the system's page)\n"
    "  --strategy NAME      when pages are committed: by-fault, always, after-query, by-record\n"
    "  --give-back NAME     when they are given back: collected, batched, at-once\n"
    "  --mechanism NAME     best, guard, mprotect, uffd\n"
    "  --budget SIZE        refuse what would commit more, bookkeeping included\n"
    "  --strict             a fault commits one page, never a neighbour\n"
    "  --background         collect in the background\n"
    "  --interval MS        ... so often (1000)\n"
    "  --script FILE        run a script, a command a line; -: standard input\n"
    "  --once               print the screen as text, after the script\n"
    "  --json, --csv        print that, after the script\n"
    "  --html FILE          write a page with pictures, after the script\n"
    "  --columns N, --rows N  of a screen that is printed (80, 24)\n"
    "  --ascii              nothing but ASCII\n"
    "  --color WHEN         auto, never, 16, 256 (NO_COLOR is obeyed by auto)\n"
    "  --no-mouse           leave the mouse to the terminal\n";

enum lab_option {
    OPTION_SLOTS = 256,
    OPTION_SLOT_SIZE,
    OPTION_PAGE_SIZE,
    OPTION_STRATEGY,
    OPTION_GIVE_BACK,
    OPTION_MECHANISM,
    OPTION_BUDGET,
    OPTION_STRICT,
    OPTION_BACKGROUND,
    OPTION_INTERVAL,
    OPTION_SCRIPT,
    OPTION_ONCE,
    OPTION_JSON,
    OPTION_CSV,
    OPTION_HTML,
    OPTION_COLUMNS,
    OPTION_ROWS,
    OPTION_ASCII,
    OPTION_COLORS,
    OPTION_NO_MOUSE,
    OPTION_HELP,
};

static const struct option table[] = {
    {"slots", required_argument, NULL, OPTION_SLOTS},
    {"slot-size", required_argument, NULL, OPTION_SLOT_SIZE},
    {"page-size", required_argument, NULL, OPTION_PAGE_SIZE},
    {"strategy", required_argument, NULL, OPTION_STRATEGY},
    {"give-back", required_argument, NULL, OPTION_GIVE_BACK},
    {"mechanism", required_argument, NULL, OPTION_MECHANISM},
    {"budget", required_argument, NULL, OPTION_BUDGET},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"background", no_argument, NULL, OPTION_BACKGROUND},
    {"interval", required_argument, NULL, OPTION_INTERVAL},
    {"script", required_argument, NULL, OPTION_SCRIPT},
    {"once", no_argument, NULL, OPTION_ONCE},
    {"json", no_argument, NULL, OPTION_JSON},
    {"csv", no_argument, NULL, OPTION_CSV},
    {"html", required_argument, NULL, OPTION_HTML},
    {"columns", required_argument, NULL, OPTION_COLUMNS},
    {"rows", required_argument, NULL, OPTION_ROWS},
    {"ascii", no_argument, NULL, OPTION_ASCII},
    {"color", required_argument, NULL, OPTION_COLORS},
    {"no-mouse", no_argument, NULL, OPTION_NO_MOUSE},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* ---- parsing -------------------------------------------------------------------------------- */

static bool wrong(const char *name, const char *option, const char *value, const char *advice)
{
    fprintf(stderr, "%s: --%s %s: %s\n", name, option, value, advice);
    return false;
}

static bool parse_colors(const char *text, enum screen_colors *colors)
{
    static const char *const names[] = {[SCREEN_COLORS_AUTO] = "auto",
                                        [SCREEN_COLORS_NONE] = "never",
                                        [SCREEN_COLORS_16] = "16",
                                        [SCREEN_COLORS_256] = "256"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], text) == 0) {
            *colors = (enum screen_colors)i;
            return true;
        }
    return false;
}

static bool parse_between(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    return human_parse_number(text, value) && *value >= least && *value <= most;
}

/* Options with a value; NULL: taken, else what to write instead. */
static const char *take_value(struct lab_settings *settings, enum lab_option option,
                              const char *text)
{
    struct lab_options *lab = &settings->lab;
    uint64_t value;
    switch (option) {
    case OPTION_SLOTS:
        return human_parse_number(text, &lab->slot_max) && lab->slot_max
                   ? NULL
                   : "write how many structures, from 1 on";
    case OPTION_SLOT_SIZE:
        if (!human_parse_size(text, &value) || !value)
            return "write a size, such as 2048 or 2K";
        lab->slot_bytes = value;
        return NULL;
    case OPTION_PAGE_SIZE:
        if (!human_parse_size(text, &value) || !value)
            return "write a size, such as 4K or 64K";
        lab->page_bytes = value;
        return NULL;
    case OPTION_STRATEGY:
        return lab_find_strategy(text, &lab->strategy)
                   ? NULL
                   : "write by-fault, always, after-query or by-record";
    case OPTION_GIVE_BACK:
        return lab_find_give_back(text, &lab->give_back) ? NULL
                                                         : "write collected, batched or at-once";
    case OPTION_MECHANISM:
        return lab_find_mechanism(text, &lab->mechanism) ? NULL
                                                         : "write best, guard, mprotect or uffd";
    case OPTION_BUDGET:
        return human_parse_size(text, &lab->budget_bytes) ? NULL
                                                          : "write a size, such as 100K or 2M";
    case OPTION_INTERVAL:
        if (!parse_between(text, 1, UINT32_MAX - 1, &value))
            return "write milliseconds, from 1 on";
        lab->interval_ms = (uint32_t)value;
        return NULL;
    case OPTION_COLUMNS:
        if (!parse_between(text, 1, LAB_COLUMNS_MAX, &value))
            return "write 1 to 1000";
        settings->columns = (int)value;
        return NULL;
    case OPTION_ROWS:
        if (!parse_between(text, 1, LAB_ROWS_MAX, &value))
            return "write 1 to 500";
        settings->rows = (int)value;
        return NULL;
    case OPTION_COLORS:
        return parse_colors(text, &settings->screen.colors) ? NULL : "write auto, never, 16 or 256";
    case OPTION_SCRIPT:
        settings->script = text;
        return NULL;
    case OPTION_HTML:
        settings->html = text;
        return NULL;
    default:
        return "it is unknown";
    }
}

/* Options without one; false: none of them. */
static bool take_flag(struct lab_settings *settings, enum lab_option option)
{
    switch (option) {
    case OPTION_STRICT:
        return settings->lab.is_strict = true;
    case OPTION_BACKGROUND:
        return settings->lab.is_background = true;
    case OPTION_ONCE:
        return settings->prints_screen = true;
    case OPTION_JSON:
        return settings->prints_json = true;
    case OPTION_CSV:
        return settings->prints_csv = true;
    case OPTION_ASCII:
        return settings->screen.ascii = true;
    case OPTION_NO_MOUSE:
        return settings->screen.no_mouse = true;
    case OPTION_HELP:
        return settings->prints_help = true;
    default:
        return false;
    }
}

static bool check(const struct lab_settings *settings, const char *name)
{
    const char *why;
    uint64_t pages;
    size_t page_bytes = settings->lab.page_bytes ? settings->lab.page_bytes : steppe_page_bytes();
    if (settings->prints_json + settings->prints_csv + settings->prints_screen > 1) {
        fprintf(stderr, "%s: --once, --json and --csv exclude each other; take one\n", name);
        return false;
    }
    if (lab_count_pages(&settings->lab, page_bytes, &pages, &why))
        return true;
    fprintf(stderr, "%s: %s\n", name, why);
    return false;
}

bool lab_options_parse(struct lab_settings *settings, int argc, char **argv)
{
    int option, index = -1;
    *settings = (struct lab_settings){
        .lab = lab_default_options, .columns = COLUMNS_DEFAULT, .rows = ROWS_DEFAULT};
    optind = 0; /* from the start, also when it was called before */
    while ((option = getopt_long(argc, argv, "", table, &index)) != -1) {
        if (option == '?') /* getopt_long has said what */
            return fprintf(stderr, "%s: see --help\n", argv[0]), false;
        if (take_flag(settings, (enum lab_option)option))
            continue;
        const char *advice = take_value(settings, (enum lab_option)option, optarg);
        if (advice)
            return wrong(argv[0], table[index].name, optarg, advice);
    }
    if (optind < argc) {
        fprintf(stderr, "%s: '%s' is no option; see --help\n", argv[0], argv[optind]);
        return false;
    }
    return settings->prints_help || check(settings, argv[0]);
}

/* ---- running -------------------------------------------------------------------------------- */

/* NULL, or why it could not be. */
static const char *print_result(struct lab_session *session, const struct lab_settings *settings,
                                struct problem *problem)
{
    const char *why = NULL;
    errno = 0;
    if (settings->prints_json)
        why = lab_report_json(&session->lab, stdout);
    else if (settings->prints_csv)
        why = lab_report_csv(&session->lab, stdout);
    else if (settings->prints_screen && !lab_command_show(session, stdout))
        why = "it cannot be written";
    if (!why || !errno)
        return why;
    (void)problem_say(problem, "standard output cannot be written to: %s", strerror(errno));
    return problem->text;
}

/* Without a terminal there is no size to ask for. */
static int run(struct lab_session *session, const struct lab_settings *settings)
{
    bool prints = settings->prints_screen || settings->prints_json || settings->prints_csv;
    struct problem problem;
    const char *why = NULL;
    if (settings->script && !lab_script_run(session, settings->script, stderr))
        return LAB_EXIT_FAILED;
    if (settings->html && !lab_report_html(&session->lab, settings->html, &problem))
        why = problem.text;
    else if (prints)
        why = print_result(session, settings, &problem);
    else if (!settings->script && !settings->html)
        why = lab_screen_run(session, &settings->screen);
    if (!why && fflush(stdout) != 0)
        why = "standard output cannot be written";
    if (!why)
        return LAB_EXIT_OK;
    fprintf(stderr, "steppe-map lab: %s\n", why);
    return LAB_EXIT_FAILED;
}

int lab_options_run(const struct lab_settings *settings)
{
    struct lab_session session = {.output = stdout};
    session.is_ascii = settings->screen.ascii || !screen_has_utf8();
    if (!lab_open(&session.lab, &settings->lab)) {
        fprintf(stderr, "steppe-map lab: %s\n", session.lab.said);
        return LAB_EXIT_FAILED;
    }
    lab_view_open(&session.view, settings->columns, settings->rows);
    int status = run(&session, settings);
    lab_close(&session.lab);
    return status;
}
