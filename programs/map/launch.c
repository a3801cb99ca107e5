/* SPDX-License-Identifier: MIT */
/* launch.c - starting and ending a command: see launch.h. */
#include "map/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { END_TRIES = 100, END_PAUSE_MS = 10, COPY_BYTES = 65536 };

extern char **environ;

/* What may fail is asked for once, at the end. */
static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes,
                   int output_fd)
{
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    int error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error && output_fd >= 0)
        error = posix_spawn_file_actions_adddup2(actions, output_fd, STDOUT_FILENO);
    if (!error && output_fd >= 0)
        error = posix_spawn_file_actions_adddup2(actions, output_fd, STDERR_FILENO);
    if (!error)
        error = posix_spawnattr_setsigmask(attributes, &none);
    if (!error)
        error = posix_spawnattr_setsigdefault(attributes, &defaults);
    if (!error)
        error = posix_spawnattr_setpgroup(attributes, 0);
    short group = output_fd >= 0 ? POSIX_SPAWN_SETPGROUP : 0;
    if (!error)
        error = posix_spawnattr_setflags(attributes,
                                         group | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    return error;
}

static int spawn(pid_t *pid, char *const arguments[], int output_fd)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (!error) {
        error = prepare(&actions, &attributes, output_fd);
        if (!error)
            error = posix_spawnp(pid, arguments[0], &actions, &attributes, arguments, environ);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

const char *launch_start(struct launch *launch, char *const arguments[], bool keeps_output)
{
    static char text[512];
    *launch = (struct launch){.output_fd = -1};
    if (keeps_output)
        launch->output_fd = memfd_create("output", MFD_CLOEXEC);
    if (keeps_output && launch->output_fd < 0) {
        snprintf(text, sizeof text, "no place for the command's output: %s", strerror(errno));
        return text;
    }
    int error = spawn(&launch->pid, arguments, launch->output_fd);
    if (!error)
        return NULL;
    launch->pid = 0;
    snprintf(text, sizeof text, "cannot start '%s': %s", arguments[0], strerror(error));
    return text;
}

void launch_poll(struct launch *launch)
{
    if (launch->pid && !launch->has_ended)
        launch->has_ended = waitpid(launch->pid, &launch->status, WNOHANG) == launch->pid;
}

void launch_show_output(const struct launch *launch)
{
    static char bytes[COPY_BYTES];
    off_t at = 0;
    ssize_t count;
    if (launch->output_fd < 0)
        return;
    while ((count = pread(launch->output_fd, bytes, sizeof bytes, at)) > 0) {
        if (fwrite(bytes, 1, (size_t)count, stdout) != (size_t)count)
            return; /* whoever flushes standard output at the end tells */
        at += count;
    }
}

static bool ends_soon(struct launch *launch)
{
    for (int i = 0; i < END_TRIES; i++) {
        launch_poll(launch);
        if (launch->has_ended)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = END_PAUSE_MS * 1000 * 1000}, NULL);
    }
    return false;
}

void launch_end(struct launch *launch)
{
    launch_poll(launch);
    if (launch->pid && !launch->has_ended) {
        pid_t all = launch->output_fd >= 0 ? -launch->pid : launch->pid;
        (void)kill(all, SIGTERM); /* benign: it ended just now */
        (void)kill(all, SIGCONT);
        if (!ends_soon(launch)) {
            (void)kill(all, SIGKILL);
            launch->has_ended = waitpid(launch->pid, &launch->status, 0) == launch->pid;
        }
    }
    if (launch->output_fd >= 0)
        close(launch->output_fd);
    launch->output_fd = -1;
}
