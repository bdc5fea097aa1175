// SPDX-License-Identifier: MIT
#include "claim/leftover.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "claim/lock.h"
#include "claim/tracing.h"
#include "system/cgroup.h"
#include "system/process.h"
#include "system/swap.h"

/* It is there while delay accounting is on because of us. */
#define DELAYS_NOTE "pinlat.delays"

/* Where the note is; false: there is none, or another user has written it. */
static bool find_note(char *path, size_t size)
{
	return lock_path(DELAYS_NOTE, path, size) == 0 && is_own(path, S_IFREG) == 1;
}

int leftover_delays_on(void)
{
	char path[PATH_MAX];
	int fd, ret;

	if (!delay_accounting_is_off() || lock_path(DELAYS_NOTE, path, sizeof(path)) < 0)
		return delay_accounting_enable();
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	ret = delay_accounting_enable();
	if (ret <= 0 && find_note(path, sizeof(path)))
		unlink(path);
	return ret;
}

int leftover_delays_off(void)
{
	int ret = delay_accounting_disable();
	char path[PATH_MAX];

	if (ret == 0 && find_note(path, sizeof(path)))
		unlink(path);
	return ret;
}

/* Whether it is on because of a run that is dead. */
static bool delays_are_left(void)
{
	char path[PATH_MAX];

	return find_note(path, sizeof(path));
}

/* What is being looked for, and who is told. */
static struct {
	const char *what;
	void (*found)(const char *what, const char *where);
} telling;

static bool tell(const char *path)
{
	telling.found(telling.what, path);
	return false;
}

void leftovers_find(const char *scratch,
		    void (*found)(const char *what, const char *where))
{
	char who[300];

	if (lock_is_held(who, sizeof(who)))
		return; /* its holder removes it */
	telling.found = found;
	telling.what = "cgroup";
	memcg_each_left_over(tell);
	telling.what = "swap file";
	swap_each_left_over(scratch, tell);
	telling.what = "tree of the walker";
	each_left_over(scratch, TREE_PREFIX, tell);
	telling.what = "tracing";
	tracing_each_left_over(tell);
	if (delays_are_left())
		found("delay accounting is on", "kernel.task_delayacct");
}

static bool remove_directory(const char *path)
{
	return rmdir(path) == 0;
}

void leftovers_remove(const char *scratch)
{
	memcg_each_left_over(remove_directory);
	swap_remove_stale(scratch);
	tracing_remove_stale();
	if (delays_are_left())
		leftover_delays_off();
}
