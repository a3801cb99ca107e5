/* SPDX-License-Identifier: MIT */
/*
 * launch.c - starting and ending a command: see launch.h.
 *
 * A signal handler calls launch_poll and end_group: these only do what it may.
 */
#include "map/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "screen/terminal.h"

enum { END_TRIES = 100, END_PAUSE_MS = 10, POLL_READS = 64, NOT_STARTED = 127 };

/* The end of the output: the byte that came as number n is at n modulo the size. */
static struct {
    char bytes[LAUNCH_KEPT_BYTES];
    uint64_t byte_count; /* that ever came */
} kept;

static struct launch *volatile running; /* NULL: none */

/* ---- its output ----------------------------------------------------------------------------- */

/* Not without end: it may write as fast as this reads. */
static void read_output(struct launch *launch)
{
    for (int i = 0; i < POLL_READS && launch->output_fd >= 0; i++) {
        size_t at = kept.byte_count % sizeof kept.bytes;
        ssize_t count = read(launch->output_fd, kept.bytes + at, sizeof kept.bytes - at);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (count > 0) {
            kept.byte_count += (uint64_t)count;
            continue;
        }
        (void)close(launch->output_fd); /* only read from */
        launch->output_fd = -1;
    }
}

/* Whoever flushes the stream at the end tells that it could not be written to. */
void launch_show_output(const struct launch *launch, FILE *stream)
{
    uint64_t size = sizeof kept.bytes;
    if (!launch->pid)
        return;
    if (kept.byte_count <= size) {
        (void)fwrite(kept.bytes, 1, (size_t)kept.byte_count, stream);
        return;
    }
    size_t at = (size_t)(kept.byte_count % size);
    (void)fprintf(stream, "(%" PRIu64 " bytes before this are not shown)\n",
                  kept.byte_count - size);
    (void)fwrite(kept.bytes + at, 1, sizeof kept.bytes - at, stream);
    (void)fwrite(kept.bytes, 1, at, stream);
}

/* ---- its end -------------------------------------------------------------------------------- */

void launch_poll(struct launch *launch)
{
    siginfo_t end = {0};
    read_output(launch);
    if (launch->pid && !launch->has_ended)
        launch->has_ended =
            waitid(P_PID, (id_t)launch->pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            end.si_pid == launch->pid;
}

bool launch_needs_poll(const struct launch *launch)
{
    return launch->pid && (launch->output_fd >= 0 || !launch->has_ended);
}

/* Who is left when the first of them has ended gets no more time: there is no way to wait for
 * grandchildren. */
static void end_group(struct launch *launch)
{
    (void)kill(-launch->pid, SIGTERM); /* benign: all ended just now */
    (void)kill(-launch->pid, SIGCONT);
    launch_poll(launch);
    for (int i = 0; i < END_TRIES && !launch->has_ended; i++) {
        nanosleep(&(struct timespec){.tv_nsec = END_PAUSE_MS * 1000 * 1000}, NULL);
        launch_poll(launch);
    }
    (void)kill(-launch->pid, SIGKILL);
}

static void end_at_death(void)
{
    if (running)
        end_group(running);
}

static void end_at_exit(void)
{
    if (running)
        launch_end(running);
}

void launch_end(struct launch *launch)
{
    if (running == launch) {
        end_group(launch);
        running = NULL;
        warden_end(&launch->warden);
        launch->has_ended = waitpid(launch->pid, &launch->status, 0) == launch->pid;
        read_output(launch);
    }
    if (launch->output_fd >= 0)
        (void)close(launch->output_fd); /* somebody who left the group may have the other end */
    launch->output_fd = -1;
}

/* ---- its start ------------------------------------------------------------------------------ */

/* What the new process is told, and how it tells that it cannot be the command. */
struct birth {
    char *const *arguments;
    pid_t parent;
    int output_fd; /* for both outputs */
    int error_fd;  /* gets errno; closed by exec */
};

/* Our handlers must not run in the new process. What is ignored stays so, as exec has it; not
 * SIGPIPE, which those who start us in scripts of Python ignore without meaning to. */
static void reset_signals(void)
{
    struct sigaction action;
    sigset_t none;
    for (int i = 1; i <= SIGRTMAX; i++)
        if (sigaction(i, NULL, &action) == 0 && (action.sa_handler != SIG_IGN || i == SIGPIPE))
            signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void fail_birth(const struct birth *birth)
{
    int error = errno;
    (void)!write(birth->error_fd, &error, sizeof error); /* nobody else could be told */
    _exit(NOT_STARTED);
}

/* In the new process, where only what a signal handler may do is sound. */
static void become(const struct birth *birth)
{
    (void)setpgid(0, 0); /* cannot fail: no session's leader */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        fail_birth(birth);
    if (getppid() != birth->parent)
        _exit(NOT_STARTED); /* it ended before this */
    reset_signals();
    int input = open("/dev/null", O_RDONLY);
    if (input < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(birth->output_fd, STDOUT_FILENO) < 0 ||
        dup2(birth->output_fd, STDERR_FILENO) < 0)
        fail_birth(birth);
    if (input > STDERR_FILENO)
        (void)close(input);
    execvp(birth->arguments[0], birth->arguments);
    fail_birth(birth);
}

/* No signal comes between the birth and our knowing of it. */
static int fork_group(struct launch *launch, const struct birth *birth)
{
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    int error = pid < 0 ? errno : 0;
    if (pid == 0)
        become(birth);
    if (pid > 0) {
        (void)setpgid(pid, pid); /* whoever of both is first; too late is benign */
        launch->pid = pid;
        running = launch;
        error = warden_start(&launch->warden, pid);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return error;
}

/* Nothing comes where the command has begun. */
static int read_error(int error_fd)
{
    int error = 0;
    ssize_t count;
    do
        count = read(error_fd, &error, sizeof error);
    while (count < 0 && errno == EINTR);
    return count == (ssize_t)sizeof error ? error : 0;
}

static int give_birth(struct launch *launch, char *const arguments[], int output_fd)
{
    int errors[2];
    if (pipe2(errors, O_CLOEXEC) != 0)
        return errno;
    struct birth birth = {arguments, getpid(), output_fd, errors[1]};
    int error = fork_group(launch, &birth);
    (void)close(errors[1]);
    if (!error)
        error = read_error(errors[0]);
    (void)close(errors[0]);
    return error;
}

static int start(struct launch *launch, char *const arguments[], bool keeps_output)
{
    int output[2];
    if (!keeps_output)
        return give_birth(launch, arguments, STDERR_FILENO);
    if (pipe2(output, O_CLOEXEC) != 0)
        return errno;
    launch->output_fd = output[0];
    (void)fcntl(output[0], F_SETPIPE_SZ, LAUNCH_KEPT_BYTES);            /* less is only slower */
    int error = fcntl(output[0], F_SETFL, O_NONBLOCK) == 0 ? 0 : errno; /* our end only */
    if (!error)
        error = give_birth(launch, arguments, output[1]);
    (void)close(output[1]);
    return error;
}

const char *launch_start(struct launch *launch, char *const arguments[], bool keeps_output)
{
    static char text[512];
    static bool is_watched;
    *launch = (struct launch){.output_fd = -1, .warden.held_fd = -1};
    kept.byte_count = 0;
    signal(SIGCHLD, SIG_DFL); /* ignored, there would be no end to notice */
    screen_on_death(end_at_death);
    if (!is_watched)
        is_watched = atexit(end_at_exit) == 0;
    int error = start(launch, arguments, keeps_output);
    if (!error)
        return NULL;
    launch_end(launch);
    launch->pid = 0;
    snprintf(text, sizeof text, "cannot start '%s': %s", arguments[0], strerror(error));
    return text;
}
