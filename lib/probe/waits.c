// SPDX-License-Identifier: MIT
#include "probe/waits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "system/sysfile.h"
#include "system/units.h"

/* "time on a CPU, time waiting for one, time slices": Documentation/scheduler/sched-stats.rst */
#define SCHEDSTAT "/proc/self/schedstat"

static void read_run_queue(const struct waits *w, uint64_t *ns)
{
	char text[80];
	char *second;

	if (w->schedstat_fd < 0 || sysfile_pread(w->schedstat_fd, text, sizeof(text)) < 0)
		return;
	second = strchr(text, ' ');
	if (second)
		*ns = strtoull(second, NULL, 10);
}

/* Returns whether there was an answer; without one they are left as they are. */
static bool read_delays(struct waits *w, uint64_t ns[GROWN])
{
	struct task_delays d;

	if (w->taskstats.fd < 0 || taskstats_query(&w->taskstats, w->pid, &d) < 0)
		return false;
	ns[CAUSE_DIRECT_RECLAIM] = d.direct_reclaim;
	ns[CAUSE_COMPACTION] = d.compaction;
	ns[CAUSE_SWAPIN] = d.swapin;
	ns[CAUSE_THRASHING] = d.thrashing;
	ns[GROWN_BLOCK_IO] = d.block_io;
	return true;
}

/* A kernel that counts nothing answers zeros. */
static int open_schedstat(struct waits *w)
{
	char text[80];
	ssize_t ret;

	w->schedstat_fd = open(SCHEDSTAT, O_RDONLY | O_CLOEXEC);
	if (w->schedstat_fd < 0)
		return -errno;
	ret = sysfile_pread(w->schedstat_fd, text, sizeof(text));
	if (ret >= 0 && strcmp(text, "0 0 0\n") != 0)
		return 0;
	close(w->schedstat_fd);
	w->schedstat_fd = -1;
	return ret < 0 ? (int)ret : -EOPNOTSUPP;
}

void waits_open(struct waits *w, bool delays, struct waits_errors *errors)
{
	*w = (struct waits)WAITS_NONE;
	w->pid = getpid();
	errors->schedstat = open_schedstat(w);
	errors->taskstats = delays ? taskstats_open(&w->taskstats) : 0;
}

void waits_prepare(struct waits *w)
{
	w->asked = w->pid && read_delays(w, w->before);
}

void waits_begin(struct waits *w)
{
	if (!w->pid)
		return;
	read_run_queue(w, &w->before[CAUSE_RUN_QUEUE]);
	w->before[CAUSE_ON_CPU] = clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void waits_end(struct waits *w, uint64_t grown[GROWN])
{
	uint64_t now[GROWN];

	memset(grown, 0, GROWN * sizeof(*grown));
	if (!w->pid)
		return;
	memcpy(now, w->before, sizeof(now));
	now[CAUSE_ON_CPU] = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	read_run_queue(w, &now[CAUSE_RUN_QUEUE]);
	if (w->asked)
		read_delays(w, now);
	for (int i = 0; i < GROWN; i++)
		grown[i] = now[i] - w->before[i];
}

void waits_begin_sleep(struct waits *w)
{
	read_run_queue(w, &w->before[CAUSE_RUN_QUEUE]);
}

void waits_end_sleep(struct waits *w, uint64_t grown[GROWN])
{
	uint64_t now = w->before[CAUSE_RUN_QUEUE];

	read_run_queue(w, &now);
	memset(grown, 0, GROWN * sizeof(*grown));
	grown[CAUSE_RUN_QUEUE] = now - w->before[CAUSE_RUN_QUEUE];
	w->before[CAUSE_RUN_QUEUE] = now;
}
