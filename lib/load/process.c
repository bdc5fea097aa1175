// SPDX-License-Identifier: MIT
#include "load/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/sysfile.h"

static void close_all_but(int keep)
{
	unsigned int first = 3;

	if (keep >= 3) {
		if (keep > 3)
			syscall(SYS_close_range, 3, (unsigned int)keep - 1, 0);
		first = (unsigned int)keep + 1;
	}
	syscall(SYS_close_range, first, ~0u, 0);
}

void process_detach(const char *name, int keep)
{
	int null = open("/dev/null", O_RDWR);

	for (int sig = 1; sig < NSIG; sig++) {
		if (sig != SIGCHLD && sig != SIGSEGV && sig != SIGBUS && sig != SIGABRT &&
		    sig != SIGILL && sig != SIGFPE)
			signal(sig, SIG_IGN);
		else
			signal(sig, SIG_DFL);
	}
	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	close_all_but(keep);
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

int process_kill(pid_t pid)
{
	int status;

	if (pid <= 0)
		return 0;
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return status;
}
