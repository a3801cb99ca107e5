/* SPDX-License-Identifier: MIT */
/* batch.c - looking without a screen: see batch.h. */
#include "map/batch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "map/launch.h"
#include "map/output.h"
#include "map/report.h"
#include "map/snapshot.h"
#include "map/target.h"

/* ---- the report ----------------------------------------------------------------------------- */

static bool write_capture(FILE *stream, const void *context)
{
    return output_json(stream, context);
}

static bool write_difference(FILE *stream, const void *context)
{
    return output_json_difference(stream, context);
}

static bool check_output(bool is_written, struct problem *problem)
{
    if (is_written)
        return true;
    return problem_say(problem, "standard output cannot be written to: %s", strerror(errno));
}

static bool print_html(const struct capture *capture, const struct difference *difference,
                       struct problem *problem)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *memory = open_memstream(&text, &bytes);
    if (!memory)
        return problem_say(problem, "out of memory");
    bool is_written =
        difference ? write_difference(memory, difference) : write_capture(memory, capture);
    is_written = fclose(memory) == 0 && is_written;
    bool is_printed = is_written ? check_output(report_write(stdout, text, bytes), problem)
                                 : problem_say(problem, "out of memory");
    free(text);
    return is_printed;
}

bool batch_write_html(const struct capture *capture, const struct difference *difference,
                      const char *path, struct problem *problem)
{
    if (strcmp(path, "-") == 0)
        return print_html(capture, difference, problem);
    if (difference)
        return report_save(path, write_difference, difference, problem);
    return report_save(path, write_capture, capture, problem);
}

/* 0: it is no terminal, or one that does not know. */
static int columns_of_output(void)
{
    struct winsize size = {0};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* ---- what was asked for --------------------------------------------------------------------- */

static bool say_capture(const struct options *options, const struct capture *capture,
                        const struct output_text_options *text, struct problem *problem)
{
    if (options->save && !snapshot_save(capture, options->save, problem))
        return false;
    if (options->html && !batch_write_html(capture, NULL, options->html, problem))
        return false;
    if (options->json)
        return check_output(output_json(stdout, capture), problem);
    if (options->csv)
        return check_output(output_csv(stdout, capture), problem);
    if (options->once)
        return check_output(output_text(stdout, capture, text), problem);
    return true;
}

static bool say_difference(const struct options *options, const struct difference *difference,
                           struct problem *problem)
{
    if (options->html && !batch_write_html(NULL, difference, options->html, problem))
        return false;
    if (options->json)
        return check_output(output_json_difference(stdout, difference), problem);
    if (options->csv)
        return check_output(output_csv_difference(stdout, difference), problem);
    if (options->once || !options->html)
        return check_output(output_text_difference(stdout, difference, columns_of_output()),
                            problem);
    return true;
}

static bool compare(const struct options *options, struct problem *problem)
{
    struct capture before = {0}, after = {0};
    struct difference difference = {0};
    bool is_done = snapshot_load(&before, options->before, problem) &&
                   snapshot_load(&after, options->after, problem) &&
                   difference_make(&difference, &before, &after, problem) &&
                   say_difference(options, &difference, problem);
    difference_free(&difference);
    capture_free(&before);
    capture_free(&after);
    return is_done;
}

/* ---- looking -------------------------------------------------------------------------------- */

static void pause_for(uint64_t ms)
{
    struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

/* Of another program the timeline has its earlier points, and nobody sees that in them. */
static bool refresh(struct target *target, struct problem *problem)
{
    uint32_t exec_count = target_capture(target)->exec_count;
    char name[sizeof target_capture(target)->name];
    memcpy(name, target_capture(target)->name, sizeof name);
    bool is_refreshed = target_refresh(target, problem);
    const struct capture *now = target_capture(target);
    if (now->exec_count != exec_count)
        fprintf(stderr,
                "steppe-map: exec: process %ld is %s now, and was %s: points of the timeline "
                "before are of that\n",
                (long)now->pid, now->name, name);
    return is_refreshed;
}

/* A process that ends meanwhile is told as it was seen last. */
static bool look_often(const struct options *options, struct target *target, struct launch *launch,
                       struct problem *problem)
{
    bool is_endless = options->way == OPTIONS_COMMAND && !options->sample_count;
    uint64_t count = options->sample_count ? options->sample_count : 1;
    for (uint64_t i = 1; is_endless || i < count; i++) {
        pause_for(options->interval_ms);
        launch_poll(launch);
        if (!refresh(target, problem) && target_is_live(target))
            return false;
        if (!target_is_live(target))
            break;
    }
    return true;
}

/* One that has ended by now stays as it was seen: an upper bound. */
static void ask_charges(const struct options *options, struct target *target)
{
    struct problem problem;
    if (options->smaps && target_is_live(target) && !process_ask_charges(target->process, &problem))
        fprintf(stderr, "steppe-map: without --smaps: %s\n", problem.text);
}

static bool look_and_say(const struct options *options, struct target *target,
                         struct launch *launch, struct problem *problem)
{
    struct capture capture = {0};
    if (!look_often(options, target, launch, problem))
        return false;
    ask_charges(options, target);
    if (!target_take(target, &capture))
        return problem_say(problem, "out of memory");
    if (*target->steppe_problem.text)
        fprintf(stderr, "steppe-map: without what Steppe published: %s\n",
                target->steppe_problem.text);
    const struct output_text_options text = {.is_steppe_unread = *target->steppe_problem.text,
                                             .columns = columns_of_output()};
    bool is_said = say_capture(options, &capture, &text, problem);
    capture_free(&capture);
    return is_said;
}

/* What is started has hardly begun: a first look now would see the loader at work, and a command
 * that lives for a moment only may be over before. */
static bool open_command(const struct options *options, struct launch *launch,
                         struct target *target, struct problem *problem)
{
    const char *why = launch_start(launch, options->command, false);
    if (why)
        return problem_say(problem, "%s", why);
    for (uint64_t ms = 0; ms < options->interval_ms && !launch->has_ended; ms += 10) {
        if (target->process) {
            struct problem ignored; /* the last good look counts */
            (void)target_refresh(target, &ignored);
        } else
            (void)target_open_process(target, launch->pid, problem);
        pause_for(10);
        launch_poll(launch);
    }
    if (target->process)
        return true;
    return problem_say(problem, "'%s' ended before it could be looked at", options->command[0]);
}

static bool look(const struct options *options, struct problem *problem)
{
    struct target target = {0};
    struct launch launch = {.output_fd = -1};
    bool is_open =
        options->way == OPTIONS_COMMAND ? open_command(options, &launch, &target, problem)
        : options->way == OPTIONS_LOAD  ? target_open_snapshot(&target, options->load, problem)
                                        : target_open_process(&target, options->pid, problem);
    bool is_done = is_open && look_and_say(options, &target, &launch, problem);
    target_close(&target);
    launch_end(&launch);
    return is_done;
}

bool batch_run(const struct options *options, struct problem *problem)
{
    return options->way == OPTIONS_DIFF ? compare(options, problem) : look(options, problem);
}
