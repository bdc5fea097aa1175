// SPDX-License-Identifier: MIT
#include "load/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/sysfile.h"

void process_detach(const char *name, int keep)
{
	int null = open("/dev/null", O_RDWR);

	for (int sig = 1; sig < NSIG; sig++) {
		bool spared = sig == SIGCHLD || sig == SIGSEGV || sig == SIGBUS ||
			      sig == SIGABRT || sig == SIGILL || sig == SIGFPE;

		signal(sig, spared ? SIG_DFL : SIG_IGN);
	}
	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	if (keep > 3)
		close_range(3, (unsigned int)keep - 1, 0);
	close_range(keep < 3 ? 3 : (unsigned int)keep + 1, ~0u, 0);
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

void process_kill(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
