// SPDX-License-Identifier: MIT
#include "claim/tracing.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "system/process.h"
#include "system/text.h"

/* Documentation/trace/ftrace.rst of the kernel: since Linux 4.1. */
#define USUAL_PLACE "/sys/kernel/tracing"
#define PREFIX	    "pinlat-"
/* What /proc/mounts says it was mounted from: a run whose watchdog died too leaves it to the next. */
#define SOURCE "pinlat"

static void end_mntent(FILE **f)
{
	if (*f)
		endmntent(*f);
}

/* Where it is mounted, should it be; the usual place first. */
static bool find_mount(struct tracing *t)
{
	CLEANUP(end_mntent) FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *m;

	while (mounts && (m = getmntent(mounts))) {
		if (strcmp(m->mnt_type, "tracefs") != 0 ||
		    strlen(m->mnt_dir) >= sizeof(t->root))
			continue;
		if (*t->root && strcmp(m->mnt_dir, USUAL_PLACE) != 0)
			continue;
		snprintf(t->root, sizeof(t->root), "%s", m->mnt_dir);
		t->mounted = strcmp(m->mnt_fsname, SOURCE) == 0;
	}
	return *t->root;
}

int tracing_possible(char *why, size_t size)
{
	struct tracing t = { 0 };
	bool mounted = find_mount(&t);

	if (!mounted && access(USUAL_PLACE, F_OK) < 0)
		return why_not(why, size, -ENOENT,
			       "this kernel has no tracer (CONFIG_TRACING)");
	if (mounted ? access(t.root, W_OK) < 0 : !has_capability(CAP_SYS_ADMIN))
		return why_not(why, size, -EPERM,
			       "this user may not trace (only root may)");
	return 0;
}

int tracing_open(struct tracing *t, char *why, size_t size)
{
	int error;

	*t = (struct tracing){ .owner = getpid() };
	if (find_mount(t))
		return 0;
	t->mounted = true;
	snprintf(t->root, sizeof(t->root), USUAL_PLACE);
	if (mount(SOURCE, USUAL_PLACE, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  NULL) == 0)
		return 0;
	error = errno;
	*t = (struct tracing){ 0 };
	return why_not(why, size, -error,
		       "tracefs cannot be mounted at " USUAL_PLACE ": %s%s",
		       strerror(error),
		       error == EPERM || error == EACCES ? " (only root may)"
		       : error == ENOENT || error == ENODEV
			       ? " (a kernel without CONFIG_TRACING?)"
			       : "");
}

int tracing_make_instance(const struct tracing *t, const char *name, char *path,
			  size_t size)
{
	int n = snprintf(path, size, "%s/instances/" PREFIX "%d-%s", t->root,
			 (int)t->owner, name);

	if (n >= (int)size)
		return -ENAMETOOLONG;
	return mkdir(path, 0700) < 0 ? -errno : 0;
}

/* The owner of instance @name; 0: it is none of ours. */
static pid_t owner_of(const char *name)
{
	int pid, end = 0;

	if (sscanf(name, PREFIX "%d-%n", &pid, &end) != 1 || end == 0 || pid <= 0)
		return 0;
	return pid;
}

/* Where instances are made; NULL: errno says why. */
static DIR *open_instances(const struct tracing *t)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/instances", t->root);
	return opendir(path);
}

/* The next instance of ours, and its owner; 0 at the end. Those of others are counted. */
static pid_t next_instance(const struct tracing *t, DIR *d, char path[PATH_MAX],
			   size_t *others)
{
	const struct dirent *entry;
	pid_t owner;

	while ((entry = readdir(d))) {
		owner = owner_of(entry->d_name);
		if (!owner)
			*others += entry->d_name[0] != '.';
		else if (snprintf(path, PATH_MAX, "%s/instances/%s", t->root,
				  entry->d_name) < PATH_MAX)
			return owner;
	}
	return 0;
}

/*
 * Removes those of @owner, or of all that are dead where it is 0. Returns 0 or -errno; how many of
 * others there are goes to *@others.
 */
static int remove_instances(const struct tracing *t, pid_t owner, size_t *others)
{
	CLEANUP_CLOSEDIR DIR *d = open_instances(t);
	char path[PATH_MAX];
	int error = 0;
	pid_t pid;

	if (!d)
		return -errno;
	while ((pid = next_instance(t, d, path, others))) {
		if (!(owner ? pid == owner : process_is_gone(pid)))
			(*others)++;
		else if (rmdir(path) < 0 && errno != ENOENT)
			error = errno;
	}
	return -error;
}

int tracing_put_back(struct tracing *t)
{
	size_t others = 0;
	int ret;

	if (!*t->root)
		return 0;
	ret = remove_instances(t, t->owner, &others);
	if (ret < 0 && ret != -ENOENT)
		return ret;
	/* Who else came to use it meanwhile keeps it: busy is no error then. */
	if (t->mounted && others == 0)
		umount2(t->root, UMOUNT_NOFOLLOW);
	t->root[0] = '\0';
	return 0;
}

int tracing_each_left_over(bool (*act)(const char *path))
{
	CLEANUP_CLOSEDIR DIR *d = NULL;
	struct tracing t = { 0 };
	char path[PATH_MAX];
	size_t others = 0;
	int removed = 0;
	pid_t pid;

	if (!find_mount(&t))
		return 0;
	d = open_instances(&t);
	while (d && (pid = next_instance(&t, d, path, &others)))
		if (process_is_gone(pid))
			removed += act(path);
	if (t.mounted)
		removed += act(t.root);
	return removed;
}

void tracing_remove_stale(void)
{
	struct tracing t = { 0 };
	size_t others = 0;

	if (!find_mount(&t))
		return;
	remove_instances(&t, 0, &others);
	if (t.mounted && others == 0)
		umount2(t.root, UMOUNT_NOFOLLOW);
}
