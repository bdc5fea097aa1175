// SPDX-License-Identifier: MIT
/*
 * While it measures, the probe takes no page fault of its own, allocates nothing and
 * takes no lock. Shown three ways: by the kernel's fault count, by the system
 * calls that a tracer sees (no futex, no brk), and by counting every malloc() and
 * pthread_mutex_lock() that its process makes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load/process.h"
#include "probe/probe.h"
#include "probe-helper.h"
#include "system/units.h"
#include "system/process.h"

#define MAX_SYSCALL 1024

/* Shared with the probe's process: calls made after the window was opened. */
static struct calls {
	_Atomic int counting;
	_Atomic unsigned long mallocs, locks;
} * calls;

/* NOLINTBEGIN(bugprone-reserved-identifier): so glibc calls those that stand below. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
/* NOLINTEND(bugprone-reserved-identifier) */

static void count_malloc(void)
{
	if (calls && calls->counting)
		calls->mallocs++;
}

void *malloc(size_t size)
{
	count_malloc();
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	count_malloc();
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	count_malloc();
	return __libc_realloc(p, size);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	int (*real)(pthread_mutex_t *);

	*(void **)&real = dlsym(RTLD_NEXT, "pthread_mutex_lock");
	if (calls && calls->counting)
		calls->locks++;
	return real(mutex);
}

/* Follows the only process of @p to its end and counts its system calls by number. */
static void trace(struct probe *p, unsigned int *seen)
{
	pid_t pid = p->cpu[0].pid;
	int status, sig = 0;

	/* NOLINTNEXTLINE(performance-no-int-to-ptr): so are the options passed. */
	assert_int_equal(ptrace(PTRACE_SEIZE, pid, NULL, (void *)PTRACE_O_TRACESYSGOOD),
			 0);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL), 0);
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		sig = WSTOPSIG(status);
		if (sig == (SIGTRAP | 0x80) && calls->counting) {
			struct user_regs_struct regs;

			ptrace(PTRACE_GETREGS, pid, NULL, &regs);
			if (regs.orig_rax < MAX_SYSCALL)
				seen[regs.orig_rax]++;
		}
		/* Opened only now, so that everything in the window is seen. */
		if (!calls->counting) {
			calls->counting = 1;
			probe_open_window(p, monotonic_ns() + 50 * NSEC_PER_MSEC);
		}
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	}
	calls->counting = 0;
	p->cpu[0].pid = 0;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void measure(enum probe_kind kind, bool attribute, const long *allowed)
{
	struct probe_config config = {
		.kind = kind,
		.interval_min_ns = 5 * NSEC_PER_MSEC,
		.interval_max_ns = 6 * NSEC_PER_MSEC,
		.duration_ns = 500 * NSEC_PER_MSEC,
		.priority = kind == PROBE_TIMER ? 50 : 0,
		.attribute = attribute,
	};
	unsigned int seen[MAX_SYSCALL] = { 0 };
	struct probe p;

	assert_int_equal(probe_create(&p, &config), 0);
	start_probe(&p);
	trace(&p, seen);
	for (const long *a = allowed; *a >= 0; a++)
		seen[*a] = 0;
	for (int i = 0; i < MAX_SYSCALL; i++) {
		if (seen[i])
			fail_msg("system call %d was made in the window, %u times", i,
				 seen[i]);
	}
	assert_in_range(p.cpu[0].recorded, 50, 110);
	assert_int_equal(p.cpu[0].minor_faults, 0);
	assert_int_equal(p.cpu[0].major_faults, 0);
	assert_int_equal(calls->mallocs, 0);
	assert_int_equal(calls->locks, 0);
	probe_destroy(&p);
}

/* Before and after the window it asks for its resource usage; at its end it exits. */
#define AROUND SYS_clock_nanosleep, SYS_getrusage, SYS_exit_group, SYS_restart_syscall

static void test_timer(void **state)
{
	static const long allowed[] = { AROUND, -1 };
	static const long asking[] = { AROUND, SYS_pread64, -1 };

	(void)state;
	measure(PROBE_TIMER, false, allowed);
	measure(PROBE_TIMER, true, asking);
}

#define TOUCHING SYS_mmap, SYS_madvise, SYS_mincore, SYS_munmap

static void test_thp(void **state)
{
	static const long allowed[] = { AROUND, TOUCHING, -1 };
	static const long asking[] = { AROUND,	    TOUCHING,
				       SYS_sendto,  SYS_recvfrom,
				       SYS_pread64, SYS_clock_gettime,
				       -1 };

	(void)state;
	measure(PROBE_THP, false, allowed);
	measure(PROBE_THP, true, asking);
}

/* The counters count: else the test above could not fail. */
static void test_counters_count(void **state)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	void *volatile p;

	(void)state;
	calls->counting = 1;
	p = malloc(1);
	pthread_mutex_lock(&mutex);
	calls->counting = 0;
	free(p);
	assert_int_equal(calls->mallocs, 1);
	assert_int_equal(calls->locks, 1);
	calls->mallocs = calls->locks = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counters_count),
		cmocka_unit_test(test_timer),
		cmocka_unit_test(test_thp),
	};
	cpu_set_t one;

	if (!may_use_fifo(50)) {
		printf("skipped: needs SCHED_FIFO\n");
		return 77;
	}
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	calls = mmap(NULL, sizeof(*calls), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
