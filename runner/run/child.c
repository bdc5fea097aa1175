// SPDX-License-Identifier: MIT
#include "run/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "message.h"
#include "system/cleanup.h"
#include "system/clock.h"
#include "system/units.h"

/* The first stop signal of this process. */
static int stopped_by;

static void stop_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

void stop_signals_hold(void)
{
	sigset_t set;

	stop_set(&set);
	sigaddset(&set, SIGCHLD); /* waited for in the same place */
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int stop_signal(void)
{
	const struct timespec now = { 0, 0 };
	sigset_t set;
	int signal;

	stop_set(&set);
	while ((signal = sigtimedwait(&set, NULL, &now)) > 0)
		stopped_by = stopped_by ? stopped_by : signal;
	return stopped_by;
}

/* Runs in the child: becomes the test, or tells errno through @report. */
static void __attribute__((noreturn))
become(char *const argv[], int log, int report, pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), error;
	sigset_t none;

	sigemptyset(&none);
	dup2(null, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127); /* it died before it could be said */
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(argv[0], argv);
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* Waits for the end of @pid and hands stop signals on. */
static int watch(pid_t pid, void (*tick)(void *data), void *data)
{
	const struct timespec quarter = { 0, NSEC_PER_SEC / 4 };
	bool asked = false;
	sigset_t set;
	int status = 0;
	pid_t ended;

	stop_set(&set);
	sigaddset(&set, SIGCHLD);
	while ((ended = waitpid(pid, &status, WNOHANG)) == 0 ||
	       (ended < 0 && errno == EINTR)) {
		int signal = sigtimedwait(&set, NULL, &quarter);

		if (signal > 0 && signal != SIGCHLD) {
			if (asked)
				complain(
					"still waiting for the test to clean up after itself");
			else
				kill(pid, SIGTERM);
			asked = true;
			stopped_by = stopped_by ? stopped_by : signal;
		}
		tick(data);
	}
	return status;
}

int child_run(char *const argv[], const char *log_path, void (*tick)(void *data),
	      void *data, struct child_end *end)
{
	CLEANUP_CLOSE int log =
		open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
	int report[2], error = 0, status;
	double start = monotonic_seconds();
	pid_t parent = getpid(), pid;
	ssize_t n;

	if (log < 0 || pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		become(argv, log, report[1], parent);
	if (pid < 0)
		error = errno;
	close(report[1]);
	n = read(report[0], &error,
		 sizeof(error)); /* ends when the child has become the test */
	close(report[0]);
	if (pid < 0)
		return -error;
	status = watch(pid, tick, data);
	*end = (struct child_end){
		.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.seconds = monotonic_seconds() - start,
	};
	return n == sizeof(error) ? -error : 0;
}
