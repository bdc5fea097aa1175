// SPDX-License-Identifier: MIT
/*
 * The main process, what its children must not do in its name, and how it ends.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "igt/internal.h"

#define MAX_EXIT_HANDLERS 32

static struct {
	pid_t pid;
	pid_t tid;
} main_process;

static struct {
	void (*fn[MAX_EXIT_HANDLERS])(int sig);
	atomic_int count;
} exit_handlers;

bool igt__is_main_process(void)
{
	return getpid() == main_process.pid;
}

bool igt__is_main_thread(void)
{
	return igt__is_main_process() && gettid() == main_process.tid;
}

void igt__interrupt_main_thread(int sig)
{
	syscall(SYS_tgkill, main_process.pid, main_process.tid, sig);
}

/* Else a child that calls exit(3) would print what its parent has buffered. */
static void before_fork(void)
{
	if (igt__is_main_process())
		fflush(stdout);
}

static void at_exit(void)
{
	if (!igt__is_main_process())
		return;
	igt__exit_called();
	igt__run_exit_handlers(0);
}

void igt__process_init(void)
{
	main_process.pid = getpid();
	main_process.tid = gettid();
	if (pthread_atfork(before_fork, NULL, igt__signals_reset) || atexit(at_exit))
		igt__bug("out of memory");
}

void igt_install_exit_handler(void (*fn)(int sig))
{
	int i;

	if (!igt__is_main_process())
		return;
	i = atomic_load(&exit_handlers.count);
	if (i >= MAX_EXIT_HANDLERS)
		igt__bug("more than %d exit handlers", MAX_EXIT_HANDLERS);
	exit_handlers.fn[i] = fn;
	atomic_store(&exit_handlers.count, i + 1);
}

void igt__run_exit_handlers(int sig)
{
	/* Counted down before the call: a handler that crashes is not called again. */
	for (;;) {
		int n = atomic_load(&exit_handlers.count);

		if (n == 0)
			return;
		if (atomic_compare_exchange_strong(&exit_handlers.count, &n, n - 1))
			exit_handlers.fn[n - 1](sig);
	}
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
