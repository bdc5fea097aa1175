// SPDX-License-Identifier: MIT
#include "system/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "system/sysfile.h"
#include "system/units.h"

bool has_capability(int capability)
{
	struct __user_cap_header_struct header = { .version =
							   _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (capability < 0 || capability >= 32 * _LINUX_CAPABILITY_U32S_3)
		return false;
	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	return data[capability / 32].effective >> (capability % 32) & 1;
}

static void *try_fifo(void *arg)
{
	const struct sched_param param = { .sched_priority = *(const int *)arg };

	/* 0 is the calling thread alone. */
	return sched_setscheduler(0, SCHED_FIFO, &param) == 0 ? arg : NULL;
}

/*
 * By trying, for neither CAP_SYS_NICE nor RLIMIT_RTPRIO tells all: with real-time group
 * scheduling a cgroup without a budget refuses root, too. On a thread of its own,
 * which ends right after, so that the caller's scheduling stays what it is.
 */
bool may_use_fifo(int priority)
{
	void *result = NULL;
	pthread_t thread;

	if (pthread_create(&thread, NULL, try_fifo, &priority) != 0)
		return false;
	pthread_join(thread, &result);
	return result != NULL;
}

/*
 * Whether the kernel lets this process lock more than its limit. By trying again: an
 * effective CAP_IPC_LOCK does not count inside a user namespace. The mapping is
 * never touched, and locked on fault only: no page of it comes to exist. It is readable, or
 * kernels before 5.18 say ENOMEM: their mlock2() looks at all pages, even of what is locked on fault.
 */
static bool limit_is_void(uint64_t limit)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = limit / page * page + page;
	void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);
	bool locked;

	if (p == MAP_FAILED)
		return false;
	locked = mlock2(p, size, MLOCK_ONFAULT) == 0;
	munmap(p, size);
	return locked;
}

uint64_t may_lock_bytes(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return 0;
	if (limit.rlim_cur == RLIM_INFINITY || limit_is_void(limit.rlim_cur))
		return UINT64_MAX;
	return limit.rlim_cur;
}

int hold_cpu_latency(void)
{
	const int32_t us = 0;
	int fd = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, &us, sizeof(us));
	if (n != sizeof(us)) {
		int err = n < 0 ? errno : EIO;

		close(fd);
		return -err;
	}
	return fd;
}

/*
 * Netlink is spoken by hand: libnl allocates for each message, which would reclaim memory in the
 * middle of what is measured.
 */

#define SWITCH "/proc/sys/kernel/task_delayacct"

/* Linux 6.14 put new members amid the others; version 16 has them at the end. */
#define VERSION_BROKEN 15

/* A request with one attribute of at most 16 bytes. */
struct request {
	struct nlmsghdr n;
	struct genlmsghdr g;
	struct nlattr a;
	char value[16];
};

/* Longer than any answer, whose struct taskstats grows with the versions. */
struct answer {
	struct nlmsghdr n;
	struct genlmsghdr g;
	char attributes[4096];
};

/*
 * Asks for what has @value as its @attribute. Returns the length of the answer's attributes, or
 * -errno.
 */
static ssize_t ask(int fd, uint16_t type, uint8_t command, uint16_t attribute,
		   const void *value, size_t size, struct answer *answer)
{
	struct request r = {
		.n = { .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST },
		.g = { .cmd = command, .version = 1 },
		.a = { .nla_type = attribute, .nla_len = (uint16_t)(NLA_HDRLEN + size) },
	};
	ssize_t n;
	int error;

	memcpy(r.value, value, size);
	r.n.nlmsg_len = (uint32_t)(offsetof(struct request, value) + NLA_ALIGN(size));
	if (send(fd, &r, r.n.nlmsg_len, 0) < 0)
		return -errno;
	n = recv(fd, answer, sizeof(*answer), 0);
	if (n < 0)
		return -errno;
	if ((size_t)n < NLMSG_HDRLEN || answer->n.nlmsg_len > (size_t)n)
		return -EPROTO;
	if (answer->n.nlmsg_type == NLMSG_ERROR) {
		memcpy(&error, &answer->g, sizeof(error));
		return error < 0 ? error : -EPROTO;
	}
	n = (ssize_t)answer->n.nlmsg_len - (ssize_t)offsetof(struct answer, attributes);
	return n < 0 ? -EPROTO : n;
}

/* The value of attribute @type among @length bytes, and its size; NULL: there is none. */
static const char *find(const char *attributes, size_t length, uint16_t type,
			size_t *size)
{
	struct nlattr a;
	size_t aligned;

	while (length >= sizeof(a)) {
		memcpy(&a, attributes, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > length)
			return NULL;
		if ((a.nla_type & NLA_TYPE_MASK) == type) {
			*size = a.nla_len - NLA_HDRLEN;
			return attributes + NLA_HDRLEN;
		}
		aligned = NLA_ALIGN((size_t)a.nla_len);
		if (aligned >= length)
			return NULL;
		length -= aligned;
		attributes += aligned;
	}
	return NULL;
}

static int find_family(struct taskstats_reader *t)
{
	struct answer answer;
	const char *value;
	size_t size;
	ssize_t n = ask(t->fd, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME,
			TASKSTATS_GENL_NAME, sizeof(TASKSTATS_GENL_NAME), &answer);

	if (n < 0)
		return (int)n;
	value = find(answer.attributes, (size_t)n, CTRL_ATTR_FAMILY_ID, &size);
	if (!value || size < sizeof(t->family))
		return -EPROTO;
	memcpy(&t->family, value, sizeof(t->family));
	return 0;
}

int taskstats_open(struct taskstats_reader *t)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct task_delays delays;
	int ret;

	*t = (struct taskstats_reader){
		.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC),
	};
	if (t->fd < 0)
		return -errno;
	ret = connect(t->fd, (struct sockaddr *)&kernel, sizeof(kernel)) < 0 ? -errno : 0;
	if (ret == 0)
		ret = find_family(t);
	/* Whether it may be asked at all. */
	if (ret == 0)
		ret = taskstats_query(t, getpid(), &delays);
	if (ret < 0)
		taskstats_close(t);
	return ret;
}

int taskstats_query(struct taskstats_reader *t, pid_t tid, struct task_delays *delays)
{
	uint32_t id = (uint32_t)tid;
	struct taskstats s = { 0 };
	struct answer answer;
	const char *value;
	size_t size = 0;
	ssize_t n = ask(t->fd, t->family, TASKSTATS_CMD_GET, TASKSTATS_CMD_ATTR_PID, &id,
			sizeof(id), &answer);

	if (n < 0)
		return (int)n;
	value = find(answer.attributes, (size_t)n, TASKSTATS_TYPE_AGGR_PID, &size);
	value = value ? find(value, size, TASKSTATS_TYPE_STATS, &size) : NULL;
	if (!value)
		return -EPROTO;
	/* An older kernel's is shorter, a newer one's longer. */
	memcpy(&s, value, size < sizeof(s) ? size : sizeof(s));
	t->version = s.version;
	if (s.version == VERSION_BROKEN || TASKSTATS_VERSION == VERSION_BROKEN)
		return -EPROTO;
	/* Of a task that runs it is 0 only where delays are not counted (CONFIG_TASK_DELAY_ACCT). */
	if (s.cpu_count == 0)
		return -EOPNOTSUPP;
	*delays = (struct task_delays){
		.direct_reclaim = s.freepages_delay_total,
		.compaction = s.compact_delay_total,
		.swapin = s.swapin_delay_total,
		.thrashing = s.thrashing_delay_total,
		.block_io = s.blkio_delay_total,
	};
	return 0;
}

void taskstats_close(struct taskstats_reader *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

bool delay_accounting_is_off(void)
{
	uint64_t on;

	/* Before 5.14 there was no switch, and it was on. */
	return sysfile_u64(SWITCH, &on) == 0 && !on;
}

int delay_accounting_enable(void)
{
	char cmdline[4096];
	int ret;

	if (access(SWITCH, F_OK) < 0 &&
	    sysfile_line("/proc/cmdline", cmdline, sizeof(cmdline)) > 0 &&
	    strstr(cmdline, "nodelayacct"))
		return -EOPNOTSUPP;
	if (!delay_accounting_is_off())
		return 0;
	ret = sysfile_write(SWITCH, "1");
	return ret < 0 ? ret : 1;
}

int delay_accounting_disable(void)
{
	return sysfile_write(SWITCH, "0");
}

bool process_is_gone(pid_t pid)
{
	return kill(pid, 0) < 0 && errno == ESRCH;
}

bool process_owner_is_gone(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);
	uint64_t pid;

	if (strncmp(name, prefix, len) != 0 || parse_u64(name + len, &pid) < 0)
		return false;
	return pid > 0 && pid <= INT_MAX && process_is_gone((pid_t)pid);
}

int is_own(const char *path, mode_t type)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	return (st.st_mode & S_IFMT) == type && st.st_uid == geteuid() ? 1 : -EPERM;
}

int each_left_over(const char *dir, const char *prefix, bool (*act)(const char *path))
{
	CLEANUP_CLOSEDIR DIR *d = opendir(dir);
	const struct dirent *entry;
	int removed = 0;

	if (!d)
		return -errno;
	while ((entry = readdir(d))) {
		char path[PATH_MAX];
		int n = snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);

		removed += n < PATH_MAX && process_owner_is_gone(entry->d_name, prefix) &&
			   act(path);
	}
	return removed;
}
