// SPDX-License-Identifier: MIT
#include "system/cgroup.h"

#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <libmount.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "system/units.h"
#include "system/process.h"
#include "system/sysfile.h"
#include "system/text.h"

static int path_copy(char to[PATH_MAX], const char *from)
{
	return snprintf(to, PATH_MAX, "%s", from) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* "DIRECTORY/NAME" into @path. Returns 0 or -ENAMETOOLONG. */
static int path_join(char path[PATH_MAX], const char *directory, const char *name)
{
	int n = snprintf(path, PATH_MAX, "%s/%s", directory, name);

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Where a controller is and where in it a process stands. */
struct memcg_place {
	int version;
	char mount[PATH_MAX]; /* of the hierarchy */
	char home[PATH_MAX];  /* of the process; at or below @mount */
};

/* A path of one of the kernel's files; where it is too long the kernel says so. */
struct file_path {
	char text[PATH_MAX + 64];
};

static const char *file_in(const char *directory, const char *name,
			   struct file_path *path)
{
	snprintf(path->text, sizeof(path->text), "%s/%s", directory, name);
	return path->text;
}

static bool file_has_word(const char *directory, const char *name, const char *word)
{
	struct file_path path;
	char text[4096];

	return sysfile_line(file_in(directory, name, &path), text, sizeof(text)) >= 0 &&
	       text_has_word(text, " ", word);
}

/* The version of the hierarchy at @fs if @controller is there, else 0. */
static int controller_version(struct libmnt_fs *fs, const char *controller)
{
	const char *type = mnt_fs_get_fstype(fs), *options = mnt_fs_get_fs_options(fs);

	if (strcmp(type, "cgroup") == 0 && options &&
	    text_has_word(options, ",", controller))
		return 1; /* its superblock names the controllers */
	if (strcmp(type, "cgroup2") == 0 &&
	    file_has_word(mnt_fs_get_target(fs), "cgroup.controllers", controller))
		return 2;
	return 0;
}

struct found_mount {
	const char *controller;
	struct memcg_place *place;
	char root[PATH_MAX]; /* the directory of the hierarchy that is mounted */
};

/* Ends the search, by its version, where the controller is at @fs. */
static int look_at_mount(struct libmnt_fs *fs, void *data)
{
	struct found_mount *found = data;
	int version = controller_version(fs, found->controller);

	if (version == 0)
		return 0;
	if (path_copy(found->place->mount, mnt_fs_get_target(fs)) < 0 ||
	    path_copy(found->root, mnt_fs_get_root(fs)) < 0)
		return -ENAMETOOLONG;
	return version;
}

/* The path in the cgroup file @f that belongs to the hierarchy: ID:CONTROLLERS:PATH. */
static int find_own_path(FILE *f, const char *controller, int version,
			 char path[PATH_MAX])
{
	CLEANUP_FREE char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, f) > 0) {
		char *rest = line;
		const char *id = strsep(&rest, ":"), *controllers = strsep(&rest, ":");

		if (!controllers || !rest)
			continue;
		if (version == 1 ? !text_has_word(controllers, ",", controller)
				 : strcmp(id, "0") != 0)
			continue;
		rest[strcspn(rest, "\n")] = '\0';
		return path_copy(path, rest);
	}
	return -ENOENT;
}

/*
 * Finds it from the text of a process's mountinfo and cgroup files. -ENOENT: no
 * hierarchy there has the controller.
 */
static int place_find(const char *controller, const char *mountinfo_path,
		      const char *cgroup_path, struct memcg_place *place)
{
	CLEANUP_FCLOSE FILE *f = fopen(cgroup_path, "re");
	struct found_mount found = { .controller = controller, .place = place };
	char path[PATH_MAX];
	const char *below = path;
	size_t len;
	int ret;

	if (!f)
		return -errno;
	ret = sysfile_each_entry(SYSFILE_MOUNTS, mountinfo_path, look_at_mount, &found);
	if (ret <= 0)
		return ret < 0 ? ret : -ENOENT;
	place->version = ret;
	ret = find_own_path(f, controller, place->version, path);
	if (ret < 0)
		return ret;
	/* A container's mount begins at its own cgroup, and the path may count from above. */
	len = strcmp(found.root, "/") == 0 ? 0 : strlen(found.root);
	if (strncmp(path, found.root, len) == 0 &&
	    (path[len] == '/' || path[len] == '\0'))
		below += len;
	while (*below == '/')
		below++;
	if (*below == '\0')
		return path_copy(place->home, place->mount);
	ret = path_join(place->home, place->mount, below);
	/* A path from outside of what is mounted leads nowhere from here. */
	if (ret == 0 && (strncmp(below, "..", 2) == 0 || access(place->home, F_OK) < 0))
		ret = path_copy(place->home, place->mount);
	return ret;
}

/*
 * Finds the directory that a cgroup for limits is to be made in. @hand_out is true
 * where it must hand out the controller first. Returns 0 or -errno.
 */
static int memcg_parent(const struct memcg_place *place, char parent[PATH_MAX],
			bool *hand_out)
{
	int ret = path_copy(parent, place->home);

	*hand_out = false;
	if (ret < 0 || place->version == 1)
		return ret;
	/* A cgroup of version 2 that holds processes hands out nothing: go up. */
	while (!file_has_word(parent, "cgroup.subtree_control", "memory")) {
		char *slash = strrchr(parent, '/');

		if (strcmp(parent, place->mount) == 0) {
			*hand_out = true;
			return 0;
		}
		if (!slash)
			return -ENOENT;
		*slash = '\0';
	}
	return 0;
}

#define PREFIX "pinlat-"

static int find_controller(const char *controller, struct memcg_place *place)
{
	return place_find(controller, "/proc/self/mountinfo", "/proc/self/cgroup", place);
}

static int find_here(struct memcg_place *place)
{
	return find_controller("memory", place);
}

int memcg_version(char *root, size_t size)
{
	struct memcg_place place;
	int ret = find_here(&place);

	if (ret < 0)
		return ret;
	if (root && (size_t)snprintf(root, size, "%s", place.mount) >= size)
		return -ENAMETOOLONG;
	return place.version;
}

/* Sets the limit of a cgroup that exists. Returns 0 or -errno. */
static int set_limit(const struct memcg *cg, uint64_t limit)
{
	bool v1 = cg->version == 1;
	struct file_path path;
	char text[32];
	int ret;

	snprintf(text, sizeof(text), "%" PRIu64, limit);
	ret = sysfile_write(
		file_in(cg->path, v1 ? "memory.limit_in_bytes" : "memory.max", &path),
		text);
	if (ret < 0 || v1)
		return ret;
	/* The out-of-memory killer shall take the load child, not the whole run. */
	return sysfile_write(file_in(cg->path, "memory.oom.group", &path), "0");
}

static int make_directory(const char *path)
{
	if (mkdir(path, 0755) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	/* Of a former process with this pid: only an empty one goes. */
	if (rmdir(path) < 0 || mkdir(path, 0755) < 0)
		return -errno;
	return 0;
}

int memcg_create(struct memcg *cg, uint64_t limit)
{
	char parent[PATH_MAX], name[32];
	struct memcg_place place;
	struct file_path path;
	bool hand_out;
	int ret;

	memset(cg, 0, sizeof(*cg));
	ret = find_here(&place);
	if (ret < 0)
		return ret;
	ret = memcg_parent(&place, parent, &hand_out);
	if (ret == 0 && hand_out)
		ret = sysfile_write(file_in(parent, "cgroup.subtree_control", &path),
				    "+memory");
	if (ret < 0)
		return ret;
	snprintf(name, sizeof(name), PREFIX "%d", getpid());
	ret = path_join(cg->path, parent, name);
	if (ret == 0)
		ret = make_directory(cg->path);
	if (ret < 0)
		return ret;
	cg->version = place.version;
	ret = set_limit(cg, limit);
	if (ret < 0)
		rmdir(cg->path);
	return ret;
}

int memcg_enter(const struct memcg *cg, pid_t pid)
{
	struct file_path path;
	char text[32];

	snprintf(text, sizeof(text), "%d", pid);
	return sysfile_write(file_in(cg->path, "cgroup.procs", &path), text);
}

/* How long a killed process may take to go: freeing its memory takes a while. */
#define KILL_TIMEOUT_MS 10000

/*
 * Kills @pid and waits for its end. By a descriptor, since the pid may be another's by
 * then. Returns 1, 0 if it was gone before, or -errno.
 */
static int kill_process(pid_t pid)
{
	CLEANUP_CLOSE int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd end = { .fd = fd, .events = POLLIN };
	int ret;

	if (fd < 0 || syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) < 0)
		return errno == ESRCH ? 0 : -errno;
	do {
		ret = poll(&end, 1, KILL_TIMEOUT_MS);
	} while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return -errno;
	return ret == 0 ? -ETIMEDOUT : 1;
}

/* Kills those listed in @procs. Returns how many others than the caller there were. */
static int kill_listed(FILE *procs, int *killed)
{
	CLEANUP_FREE char *line = NULL;
	size_t size = 0;
	int others = 0;

	while (getline(&line, &size, procs) > 0) {
		uint64_t pid;
		int ret;

		line[strcspn(line, "\n")] = '\0';
		if (parse_u64(line, &pid) < 0 || (pid_t)pid == getpid())
			continue;
		/* 0 is what the kernel shows of a process in another pid namespace. */
		ret = pid > 0 ? kill_process((pid_t)pid) : -EPERM;
		if (ret < 0)
			return ret;
		*killed += ret;
		others++;
	}
	return others;
}

int memcg_kill(const struct memcg *cg)
{
	int killed = 0, others;
	struct file_path path;

	/* Again until the list is empty: they may have forked meanwhile. */
	do {
		CLEANUP_FCLOSE FILE *procs =
			fopen(file_in(cg->path, "cgroup.procs", &path), "re");

		if (!procs)
			return -errno;
		others = kill_listed(procs, &killed);
	} while (others > 0);
	return others < 0 ? others : killed;
}

int memcg_destroy(const struct memcg *cg, uint64_t timeout_ns)
{
	uint64_t start = monotonic_ns();

	/* A process that has died stays in for a moment. */
	while (rmdir(cg->path) < 0 && errno != ENOENT) {
		if (errno != EBUSY || monotonic_ns() - start >= timeout_ns)
			return -errno;
		sleep_ns(2 * NSEC_PER_MSEC);
	}
	return 0;
}

static int read_u64(const struct memcg *cg, const char *name, uint64_t *value)
{
	struct file_path path;

	return sysfile_u64(file_in(cg->path, name, &path), value);
}

int memcg_usage(const struct memcg *cg, uint64_t *usage, uint64_t *limit)
{
	bool v1 = cg->version == 1;
	int ret = read_u64(cg, v1 ? "memory.usage_in_bytes" : "memory.current", usage);

	if (ret < 0)
		return ret;
	ret = read_u64(cg, v1 ? "memory.limit_in_bytes" : "memory.max", limit);
	/* Version 2 says "max" where there is none. */
	if (ret == -EINVAL && !v1) {
		*limit = UINT64_MAX;
		return 0;
	}
	return ret;
}

int memcg_swappiness(const struct memcg *cg)
{
	uint64_t value;
	int ret = cg && cg->version == 1 ? read_u64(cg, "memory.swappiness", &value)
					 : sysfile_u64("/proc/sys/vm/swappiness", &value);

	return ret < 0 ? ret : (int)value;
}

int memcg_read_events(const struct memcg *cg, struct memcg_events *events)
{
	bool v1 = cg->version == 1;
	struct file_path path;
	char text[1024];
	ssize_t n = sysfile_read(
		file_in(cg->path, v1 ? "memory.oom_control" : "memory.events", &path),
		text, sizeof(text));
	int ret;

	if (n < 0)
		return (int)n;
	ret = sysfile_find_u64(text, "oom_kill", &events->oom_kills);
	if (ret < 0)
		return ret;
	return v1 ? read_u64(cg, "memory.failcnt", &events->limit_hits)
		  : sysfile_find_u64(text, "max", &events->limit_hits);
}

void memcg_read_stat(const struct memcg *cg, char *text, size_t size)
{
	struct file_path path;

	(void)sysfile_read(file_in(cg->path, "memory.stat", &path), text, size);
}

/*
 * Calls @look with each directory from @place->home, which is used up, to where the hierarchy is mounted:
 * what is above that, as in a container, cannot be seen.
 */
static void each_level(struct memcg_place *place,
		       void (*look)(const char *directory, int version, void *data),
		       void *data)
{
	size_t top = strlen(place->mount);

	for (;;) {
		char *slash = strrchr(place->home, '/');

		look(place->home, place->version, data);
		if (strlen(place->home) <= top || !slash)
			return;
		*slash = '\0';
	}
}

/* A number, or UINT64_MAX where there is none: no such file, "max", -1. */
static uint64_t number_in(const char *directory, const char *name)
{
	struct file_path path;
	uint64_t value;

	return sysfile_u64(file_in(directory, name, &path), &value) < 0 ? UINT64_MAX
									: value;
}

static void look_at_memory(const char *directory, int version, void *data)
{
	struct memcg_limit *least = data;
	uint64_t limit = number_in(directory,
				   version == 1 ? "memory.limit_in_bytes" : "memory.max");

	if (limit >= least->bytes)
		return;
	least->bytes = limit;
	(void)path_copy(least->path, directory);
}

/* Version 1 says "no limit" with the largest number of pages that fits. */
#define NO_LIMIT ((uint64_t)INT64_MAX / 65536 * 65536)

bool memcg_limit_above(struct memcg_limit *limit)
{
	struct memcg_place place;

	*limit = (struct memcg_limit){ .bytes = NO_LIMIT };
	if (find_here(&place) == 0)
		each_level(&place, look_at_memory, limit);
	return limit->bytes < NO_LIMIT;
}

/* In us of each second. */
static void take_share(uint64_t *least, uint64_t runtime, uint64_t period)
{
	uint64_t share = runtime == UINT64_MAX || period == 0 || period == UINT64_MAX
				 ? UINT64_MAX
				 : (uint64_t)((double)runtime * 1e6 / (double)period);

	if (share < *least)
		*least = share;
}

static void look_at_cpu(const char *directory, int version, void *data)
{
	struct cpu_limits *l = data;
	struct file_path path;
	uint64_t quota, period;
	char text[64];

	if (version == 1) {
		take_share(&l->quota, number_in(directory, "cpu.cfs_quota_us"),
			   number_in(directory, "cpu.cfs_period_us"));
		take_share(&l->rt_budget, number_in(directory, "cpu.rt_runtime_us"),
			   number_in(directory, "cpu.rt_period_us"));
	} else if (sysfile_line(file_in(directory, "cpu.max", &path), text,
				sizeof(text)) > 0 &&
		   sscanf(text, "%" SCNu64 " %" SCNu64, &quota, &period) == 2) {
		take_share(&l->quota, quota, period);
	}
}

void cgroup_cpu_limits(struct cpu_limits *l)
{
	struct memcg_place place;

	*l = (struct cpu_limits){ .quota = UINT64_MAX, .rt_budget = UINT64_MAX };
	take_share(&l->rt_budget, number_in("/proc/sys/kernel", "sched_rt_runtime_us"),
		   number_in("/proc/sys/kernel", "sched_rt_period_us"));
	if (find_controller("cpu", &place) == 0)
		each_level(&place, look_at_cpu, l);
}

int memcg_each_left_over(bool (*act)(const char *path))
{
	struct memcg_place place;
	char *top[] = { place.mount, NULL };
	int removed = 0, ret = find_here(&place);
	FTSENT *entry;
	FTS *fts;

	if (ret < 0)
		return ret;
	fts = fts_open(top, FTS_PHYSICAL | FTS_NOSTAT | FTS_NOCHDIR | FTS_XDEV, NULL);
	if (!fts)
		return -errno;
	while ((entry = fts_read(fts)))
		if (entry->fts_info == FTS_D &&
		    process_owner_is_gone(entry->fts_name, PREFIX)) {
			(void)fts_set(fts, entry, FTS_SKIP);
			removed += act(entry->fts_path);
		}
	fts_close(fts);
	return removed;
}
