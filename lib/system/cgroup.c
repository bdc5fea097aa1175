// SPDX-License-Identifier: MIT
#include "system/cgroup.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "system/cgroup-private.h"
#include "system/cleanup.h"
#include "system/owner-private.h"
#include "system/sysfile.h"

#define PREFIX "pinlat-"

static int find_here(struct _memcg_place *place)
{
	return _memcg_find("/proc/self/mountinfo", "/proc/self/cgroup", place);
}

int memcg_version(char *root, size_t size)
{
	struct _memcg_place place;
	int ret = find_here(&place);

	if (ret < 0)
		return ret;
	if (root && (size_t)snprintf(root, size, "%s", place.mount) >= size)
		return -ENAMETOOLONG;
	return place.version;
}

int _memcg_set_limit(const struct memcg *cg, uint64_t limit)
{
	char path[PATH_MAX], text[32];
	int ret;

	snprintf(text, sizeof(text), "%" PRIu64, limit);
	ret = _path_join(path, cg->path,
			 cg->version == 1 ? "memory.limit_in_bytes" : "memory.max");
	if (ret == 0)
		ret = sysfile_write(path, text);
	if (ret < 0 || cg->version == 1)
		return ret;
	/* The out-of-memory killer shall take the load child, not the whole run. */
	ret = _path_join(path, cg->path, "memory.oom.group");
	return ret < 0 ? ret : sysfile_write(path, "0");
}

static int hand_out_memory(const char *parent)
{
	char path[PATH_MAX];
	int ret = _path_join(path, parent, "cgroup.subtree_control");

	return ret < 0 ? ret : sysfile_write(path, "+memory");
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
	struct _memcg_place place;
	bool hand_out;
	int ret;

	memset(cg, 0, sizeof(*cg));
	ret = find_here(&place);
	if (ret < 0)
		return ret;
	ret = _memcg_parent(&place, parent, &hand_out);
	if (ret == 0 && hand_out)
		ret = hand_out_memory(parent);
	if (ret < 0)
		return ret;
	snprintf(name, sizeof(name), PREFIX "%d", getpid());
	ret = _path_join(cg->path, parent, name);
	if (ret == 0)
		ret = _path_copy(cg->home, place.home);
	if (ret == 0)
		ret = make_directory(cg->path);
	if (ret < 0)
		return ret;
	cg->version = place.version;
	ret = _memcg_set_limit(cg, limit);
	if (ret < 0)
		rmdir(cg->path);
	return ret;
}

static int move_process(const char *directory, pid_t pid)
{
	char path[PATH_MAX], text[32];
	int ret = _path_join(path, directory, "cgroup.procs");

	snprintf(text, sizeof(text), "%d", pid);
	return ret < 0 ? ret : sysfile_write(path, text);
}

int memcg_enter(const struct memcg *cg, pid_t pid)
{
	return move_process(cg->path, pid);
}

int memcg_leave(const struct memcg *cg)
{
	return move_process(cg->home, 0);
}

/* How long a killed process may take to go: freeing its memory takes a while. */
#define KILL_TIMEOUT_MS 10000

/*
 * Kills @pid and waits for its end. By a descriptor, since the pid may be another's by
 * then. Returns 1, 0 if it was gone before, or -errno.
 */
static int kill_process(pid_t pid)
{
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);
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
	_cleanup_free_ char *line = NULL;
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
	char path[PATH_MAX];

	others = _path_join(path, cg->path, "cgroup.procs");
	if (others < 0)
		return others;
	/* Again until the list is empty: they may have forked meanwhile. */
	do {
		_cleanup_fclose_ FILE *procs = fopen(path, "re");

		if (!procs)
			return -errno;
		others = kill_listed(procs, &killed);
	} while (others > 0);
	return others < 0 ? others : killed;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

int memcg_destroy(const struct memcg *cg, uint64_t timeout_ns)
{
	const struct timespec pause = { .tv_nsec = 2 * NSEC_PER_MSEC };
	uint64_t start = now_ns();

	/* A process that has died stays in for a moment. */
	while (rmdir(cg->path) < 0 && errno != ENOENT) {
		if (errno != EBUSY || now_ns() - start >= timeout_ns)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int read_u64(const struct memcg *cg, const char *name, uint64_t *value)
{
	char path[PATH_MAX];
	int ret = _path_join(path, cg->path, name);

	return ret < 0 ? ret : sysfile_u64(path, value);
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

static int read_text(const struct memcg *cg, const char *name, char *text, size_t size)
{
	char path[PATH_MAX];
	int ret = _path_join(path, cg->path, name);
	ssize_t n = ret < 0 ? ret : sysfile_read(path, text, size);

	return n < 0 ? (int)n : 0;
}

int memcg_read_events(const struct memcg *cg, struct memcg_events *events)
{
	bool v1 = cg->version == 1;
	char text[1024];
	int ret = read_text(cg, v1 ? "memory.oom_control" : "memory.events", text,
			    sizeof(text));

	if (ret < 0)
		return ret;
	ret = sysfile_find_u64(text, "oom_kill", &events->oom_kills);
	if (ret < 0)
		return ret;
	return v1 ? read_u64(cg, "memory.failcnt", &events->limit_hits)
		  : sysfile_find_u64(text, "max", &events->limit_hits);
}

int _memcg_remove_stale_in(const char *parent)
{
	_cleanup_closedir_ DIR *dir = opendir(parent);
	const struct dirent *entry;
	int removed = 0;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		char path[PATH_MAX];

		if (!_owner_is_gone(entry->d_name, PREFIX) ||
		    _path_join(path, parent, entry->d_name) < 0)
			continue;
		removed += rmdir(path) == 0;
	}
	return removed;
}

int memcg_remove_stale(void)
{
	struct _memcg_place place;
	char parent[PATH_MAX];
	bool hand_out;
	int ret = find_here(&place);

	if (ret == 0)
		ret = _memcg_parent(&place, parent, &hand_out);
	return ret < 0 ? ret : _memcg_remove_stale_in(parent);
}
