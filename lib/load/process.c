// SPDX-License-Identifier: MIT
#include "load/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/sysfile.h"

static void close_from_to(int first, int last)
{
	if (first <= last)
		close_range((unsigned int)first, (unsigned int)last, 0);
}

/* All from 3 on. */
static void close_all_but(int a, int b)
{
	int low = a < b ? a : b, high = a < b ? b : a;

	low = low < 3 ? 2 : low;
	high = high < 3 ? 2 : high;
	close_from_to(3, low - 1);
	close_from_to(low + 1, high - 1);
	close_from_to(high + 1, INT_MAX);
}

void process_detach(const char *name, int keep, int also)
{
	int null = open("/dev/null", O_RDWR);

	for (int sig = 1; sig < NSIG; sig++) {
		bool spared = sig == SIGCHLD || sig == SIGSEGV || sig == SIGBUS ||
			      sig == SIGABRT || sig == SIGILL || sig == SIGFPE;

		signal(sig, spared ? SIG_DFL : SIG_IGN);
	}
	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	close_all_but(keep, also);
	prctl(PR_SET_NAME, name);
}

void process_die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
}

int process_sacrifice(void)
{
	return sysfile_write("/proc/self/oom_score_adj", "1000");
}

void process_spare(void)
{
	char score[16];

	if (sysfile_line("/proc/self/oom_score_adj", score, sizeof(score)) > 0 &&
	    score[0] != '-' && strcmp(score, "0") != 0)
		(void)sysfile_write("/proc/self/oom_score_adj", "0");
}

void process_kill(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
