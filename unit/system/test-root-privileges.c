// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/process.h"
#include "tree.h"

static bool old_kernel;

/* Whether the mapping that begins at @p can be read. */
static bool is_readable(const void *p)
{
	FILE *f = fopen("/proc/self/maps", "re");
	bool readable = false;
	unsigned long start;
	char line[512], r;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%*x %c", &start, &r) == 2 &&
		    start == (unsigned long)p)
			readable = r == 'r';
	if (f)
		fclose(f);
	return readable;
}

/* Before libc's. Linux before 5.18 looks at all pages of the mapping, and says so where it may not. */
int mlock2(const void *p, size_t size, unsigned int flags)
{
	if (old_kernel && !is_readable(p)) {
		errno = ENOMEM;
		return -1;
	}
	return (int)syscall(SYS_mlock2, p, size, flags);
}

static int as_nobody(void)
{
	struct rlimit none = { 0, 0 }, some = { 1 << 20, 1 << 20 };

	if (setrlimit(RLIMIT_RTPRIO, &none) < 0 || setrlimit(RLIMIT_MEMLOCK, &some) < 0 ||
	    setgid(65534) < 0 || setuid(65534) < 0)
		return 1;
	if (may_use_fifo(1) || has_capability(CAP_SYS_ADMIN))
		return 2;
	if (may_lock_bytes() != some.rlim_cur)
		return 3;
	if (setrlimit(RLIMIT_MEMLOCK, &none) < 0 || may_lock_bytes() != 0)
		return 4;
	return hold_cpu_latency() < 0 ? 0 : 5;
}

static void nobody_may_nothing(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(as_nobody());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void ipc_lock_lifts_the_limit(void **state)
{
	(void)state;
	if (!has_capability(CAP_IPC_LOCK))
		skip();
	assert_true(may_lock_bytes() == UINT64_MAX);
}

/* With the limit that was usual before 5.16, and as that kernel answers. */
static int as_root_of_an_old_kernel(void)
{
	struct rlimit usual = { 65536, 65536 };

	old_kernel = true;
	return setrlimit(RLIMIT_MEMLOCK, &usual) == 0 && may_lock_bytes() == UINT64_MAX
		       ? 0
		       : 1;
}

static void ipc_lock_lifts_it_on_old_kernels(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (!has_capability(CAP_IPC_LOCK))
		skip();
	pid = fork();
	if (pid == 0)
		_exit(as_root_of_an_old_kernel());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Reading the file gives the value that all requests together make. */
static void latency_is_held_at_0(void **state)
{
	int32_t us = -1;
	FILE *f;
	int fd;

	(void)state;
	if (access("/dev/cpu_dma_latency", W_OK) < 0)
		skip();
	fd = hold_cpu_latency();
	assert_true(fd >= 0);
	f = fopen("/dev/cpu_dma_latency", "rbe");
	assert_non_null(f);
	assert_int_equal(fread(&us, sizeof(us), 1, f), 1);
	fclose(f);
	close(fd);
	assert_int_equal(us, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_may_nothing),
		cmocka_unit_test(ipc_lock_lifts_the_limit),
		cmocka_unit_test(ipc_lock_lifts_it_on_old_kernels),
		cmocka_unit_test(latency_is_held_at_0),
	};

	root_or_skip();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
