// SPDX-License-Identifier: MIT
/* The main process, what its children must not do in its name, its signals and its end. */
#include "igt/process.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "igt/igt.h"

static struct {
	pid_t pid;
	pid_t tid;
} main_process;

static struct igt__process_events events;

static bool is_main_process(void)
{
	return getpid() == main_process.pid;
}

static bool is_main_thread(void)
{
	return is_main_process() && gettid() == main_process.tid;
}

const char *igt__stray_caller(void)
{
	if (!is_main_process())
		return "a child process";
	return is_main_thread() ? NULL : "a thread other than the main one";
}

void igt__die_of(int sig)
{
	sigset_t set;

	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
	/* The init process of a container survives its own signals. */
	_exit(128 + sig);
}

/*
 * Signals: a crash is reported and kills, a request to stop only sets a flag.
 */

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const int crash_signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS };
static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static atomic_int pending;
static atomic_int crashing_tid;
static atomic_bool broken;

/* A crash for want of stack needs another one for its handler. */
static char crash_stack[128 * 1024];

static void on_crash(int sig)
{
	int expected = 0;

	if (!is_main_process())
		igt__die_of(sig);
	if (atomic_compare_exchange_strong(&crashing_tid, &expected, gettid())) {
		events.crashed(sig, broken || !is_main_thread());
	} else if (expected != gettid()) {
		/* Another thread is at it, and will end this one too. */
		for (;;)
			pause();
	}
	igt__die_of(sig);
}

void igt__process_survives(void)
{
	atomic_store(&crashing_tid, 0);
}

static void on_stop(int sig)
{
	int none = 0, saved_errno = errno;

	/* Made by clone(2) or vfork(2), which reset_signals() does not see. */
	if (!is_main_process())
		igt__die_of(sig);
	atomic_compare_exchange_strong(&pending, &none, sig);
	/* It is the main thread whose system call has to return. */
	if (!is_main_thread())
		syscall(SYS_tgkill, main_process.pid, main_process.tid, sig);
	errno = saved_errno;
}

/* A test whose runner was killed would go on alone, beside the next one's. */
static void end_with_runner(void)
{
	if (getenv("IGT_SENTINEL_ON_STDERR") || getenv("IGT_RUNNER_SOCKET_FD"))
		prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static bool is_ignored(int sig)
{
	struct sigaction old;

	return !sigaction(sig, NULL, &old) && old.sa_handler == SIG_IGN;
}

void igt__signals_init(void)
{
	/* NODEFER: a crash while one is reported must still end the program. */
	struct sigaction crash = { .sa_handler = on_crash,
				   .sa_flags = SA_ONSTACK | SA_NODEFER };
	struct sigaction stop = { .sa_handler = on_stop };
	stack_t stack = { .ss_sp = crash_stack, .ss_size = sizeof(crash_stack) };
	sigset_t none;

	sigaltstack(&stack, NULL);
	/* Inherited as ignored, it would hide from a test how its children end. */
	signal(SIGCHLD, SIG_DFL);
	for (size_t i = 0; i < LENGTH(crash_signals); i++)
		sigaction(crash_signals[i], &crash, NULL);
	for (size_t i = 0; i < LENGTH(stop_signals); i++) {
		/*
		 * Under nohup SIGHUP stays ignored. The others are not spared: a shell
		 * ignores them for background jobs, but a runner that was started as
		 * one still says by SIGQUIT that the time is over.
		 */
		if (stop_signals[i] == SIGHUP && is_ignored(SIGHUP))
			continue;
		sigaction(stop_signals[i], &stop, NULL);
	}
	/*
	 * A runner that reads its signals from a file descriptor has them blocked. Our children
	 * would inherit that.
	 */
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	end_with_runner();
}

void igt__bug(const char *fmt, ...)
{
	va_list args;

	broken = true;
	fflush(stdout);
	flockfile(stderr);
	fprintf(stderr, "%s: bug in the test program: ", program_invocation_short_name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	funlockfile(stderr);
	abort();
}

int igt_pending_signal(void)
{
	return atomic_load(&pending);
}

/* A child has none of ours. */
static void reset_signals(void)
{
	for (size_t i = 0; i < LENGTH(crash_signals); i++)
		signal(crash_signals[i], SIG_DFL);
	for (size_t i = 0; i < LENGTH(stop_signals); i++)
		if (!is_ignored(stop_signals[i]))
			signal(stop_signals[i], SIG_DFL);
	atomic_store(&pending, 0);
}

/* Else a child that calls exit(3) would print what its parent has buffered. */
static void before_fork(void)
{
	if (is_main_process())
		fflush(stdout);
}

static void at_exit(void)
{
	if (is_main_process())
		events.exit_called();
}

void igt__process_init(const struct igt__process_events *e)
{
	events = *e;
	main_process.pid = getpid();
	main_process.tid = gettid();
	if (pthread_atfork(before_fork, NULL, reset_signals) || atexit(at_exit))
		igt__bug("out of memory");
}
