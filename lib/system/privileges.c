// SPDX-License-Identifier: MIT
#include "system/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

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
 * never accessible, and locked on fault only: no page of it comes to exist.
 */
static bool limit_is_void(uint64_t limit)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = limit / page * page + page;
	void *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
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
