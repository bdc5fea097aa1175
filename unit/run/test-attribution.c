// SPDX-License-Identifier: MIT
/*
 * Delays that are made on purpose are laid to their cause, to within five points of what
 * is known of them without the kernel's accounting: from clocks, and from doing the same
 * without the delay.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load/process.h"
#include "probe/waits.h"
#include "system/cgroup.h"
#include "system/units.h"
#include "system/sysfile.h"
#include "system/swap.h"

#define POINTS 5.0
/*
 * What else the machine does falls into what is timed, or into what it is compared with: only
 * one of so many tries has to be undisturbed.
 */
#define TRIES 5

/* Filled by the child that is delayed. */
static struct seen {
	int failed;	 /* errno, or ENODATA: the delay could not be made */
	double expected; /* percent */
	struct attribution_split split;
} * seen;

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

static void spin(uint64_t ns)
{
	uint64_t until = cpu_ns() + ns;

	while (cpu_ns() < until)
		;
}

struct stopwatch {
	struct waits waits;
	uint64_t start, cpu;
};

static void start(struct stopwatch *w)
{
	waits_prepare(&w->waits);
	waits_begin(&w->waits);
	w->cpu = cpu_ns();
	w->start = monotonic_ns();
}

/* Returns how long it took. */
static uint64_t stop(struct stopwatch *w, uint64_t *cpu)
{
	uint64_t ns = monotonic_ns() - w->start, grown[GROWN];

	*cpu = cpu_ns() - w->cpu;
	waits_end(&w->waits, grown);
	attribution_split_add(&seen->split, ns, grown);
	return ns;
}

/* Runs @delayed in a child that the kernel accounts for; skips the test if it cannot be made. */
static void delay(void (*delayed)(struct stopwatch *w))
{
	int status, was_off = delay_accounting_enable();
	pid_t pid, parent = getpid();

	if (was_off < 0)
		skip();
	memset(seen, 0, sizeof(*seen));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct waits_errors errors;
		struct stopwatch w;

		process_die_with(parent);
		waits_open(&w.waits, true, &errors);
		if (errors.schedstat || errors.taskstats)
			seen->failed = ENODATA;
		else
			delayed(&w);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (was_off)
		delay_accounting_disable();
	assert_true(WIFEXITED(status));
	if (seen->failed == ENODATA)
		skip();
	assert_int_equal(seen->failed, 0);
}

/* Whether what was laid to @cause (CAUSES: to none) is what was expected. */
static bool is_as_expected(const char *what, int cause)
{
	const struct attribution_split *s = &seen->split;
	uint64_t ns = cause == CAUSES ? s->unexplained_ns : s->cause_ns[cause];
	double share = percent(ns, s->total_ns);
	char text[300];

	printf("%s: %.1f %% expected, %.1f %% found, of %.1f ms: %s\n", what,
	       seen->expected, share, (double)s->total_ns / 1e6,
	       attribution_describe(s, ~0u, text, sizeof(text)));
	return share > seen->expected - POINTS && share < seen->expected + POINTS;
}

static void expect(const char *what, int cause, void (*delayed)(struct stopwatch *w))
{
	bool good = false;

	for (int i = 0; i < TRIES && !good; i++) {
		delay(delayed);
		good = is_as_expected(what, cause);
	}
	assert_true(good);
}

static void only_runs(struct stopwatch *w)
{
	uint64_t cpu;

	start(w);
	spin(20 * NSEC_PER_MSEC);
	stop(w, &cpu);
	seen->expected = percent(cpu, seen->split.total_ns);
}

static void test_running(void **state)
{
	(void)state;
	expect("running", CAUSE_ON_CPU, only_runs);
}

static void only_sleeps(struct stopwatch *w)
{
	uint64_t cpu;

	start(w);
	sleep_ns(30 * NSEC_PER_MSEC);
	stop(w, &cpu);
	seen->expected = 100;
}

static void test_sleeping(void **state)
{
	(void)state;
	expect("sleeping", CAUSES, only_sleeps);
}

/* A real-time process takes the CPU away for 50 ms. */
static void has_a_rival(struct stopwatch *w)
{
	struct sched_param fifo = { .sched_priority = 1 };
	uint64_t cpu, all;
	cpu_set_t one;
	pid_t rival;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0) {
		seen->failed = errno;
		return;
	}
	start(w);
	rival = fork();
	if (rival == 0) {
		if (sched_setscheduler(0, SCHED_FIFO, &fifo) == 0)
			spin(50 * NSEC_PER_MSEC);
		_exit(0);
	}
	spin(20 * NSEC_PER_MSEC);
	all = stop(w, &cpu);
	waitpid(rival, NULL, 0);
	if (all < 40 * NSEC_PER_MSEC)
		seen->failed = ENODATA;
	seen->expected = percent(all - cpu, all);
}

static void test_rival(void **state)
{
	(void)state;
	expect("a real-time rival", CAUSE_RUN_QUEUE, has_a_rival);
}

/* A cgroup of the CPU controller below the root, with a quota of 25 ms in 100. */
static int make_quota(char *path, size_t size)
{
	char file[300];
	bool v1 = access("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", F_OK) == 0;
	int ret;

	snprintf(path, size, "/sys/fs/cgroup/%spinlat-quota-%d", v1 ? "cpu/" : "",
		 getpid());
	if (!v1)
		sysfile_write("/sys/fs/cgroup/cgroup.subtree_control", "+cpu");
	if (mkdir(path, 0755) < 0)
		return -errno;
	snprintf(file, sizeof(file), "%s/%s", path, v1 ? "cpu.cfs_quota_us" : "cpu.max");
	ret = sysfile_write(file, v1 ? "25000" : "25000 100000");
	if (ret < 0)
		rmdir(path);
	return ret;
}

static int enter(const char *path)
{
	char file[300];

	snprintf(file, sizeof(file), "%s/cgroup.procs", path);
	return sysfile_write(file, "0");
}

static char quota[200];

static void has_a_quota(struct stopwatch *w)
{
	uint64_t cpu, all;

	if (enter(quota) < 0) {
		seen->failed = ENODATA;
		return;
	}
	spin(30 * NSEC_PER_MSEC);
	start(w);
	spin(100 * NSEC_PER_MSEC);
	all = stop(w, &cpu);
	if (all < 200 * NSEC_PER_MSEC)
		seen->failed = ENODATA;
	seen->expected = percent(all - cpu, all);
}

static void test_quota(void **state)
{
	(void)state;
	if (make_quota(quota, sizeof(quota)) < 0)
		skip();
	expect("a CPU quota", CAUSE_RUN_QUEUE, has_a_quota);
	rmdir(quota);
}

#define TOUCHED (48 * MIB)
#define FILLED	(80 * MIB)
#define LIMIT	(96 * MIB)

static struct memcg small;
static struct swap_file swap;

static char *map(size_t size)
{
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	if (at == MAP_FAILED)
		_exit(1);
	madvise(at, size, MADV_NOHUGEPAGE);
	return at;
}

static void touch(char *at, size_t size)
{
	for (size_t i = 0; i < size; i += 4096)
		*(volatile char *)(at + i) = 1;
}

/* What touching takes where there is room, on a CPU. */
static uint64_t touch_freely(struct stopwatch *w)
{
	char *at = map(TOUCHED);
	uint64_t cpu;

	start(w);
	touch(at, TOUCHED);
	stop(w, &cpu);
	munmap(at, TOUCHED);
	return cpu;
}

static void reclaims(struct stopwatch *w)
{
	char *fill = map(FILLED), *then = map(TOUCHED);
	uint64_t freely = UINT64_MAX, ns, cpu;

	seen->failed = -memcg_enter(&small, 0);
	if (seen->failed)
		return;
	for (int i = 0; i < 3; i++) {
		cpu = touch_freely(w);
		freely = cpu < freely ? cpu : freely;
	}
	touch(fill, FILLED);
	memset(&seen->split, 0, sizeof(seen->split));
	start(w);
	touch(then, TOUCHED);
	ns = stop(w, &cpu);
	/* What it takes longer than where there was room is reclaim. */
	freely += seen->split.cause_ns[CAUSE_RUN_QUEUE];
	seen->expected = percent(ns > freely ? ns - freely : 0, ns);
	if (ns < 2 * freely)
		seen->failed = ENODATA;
}

static void test_direct_reclaim(void **state)
{
	(void)state;
	expect("a full memory cgroup", CAUSE_DIRECT_RECLAIM, reclaims);
}

static void swaps_in(struct stopwatch *w)
{
	char *fill = map(FILLED), *other = map(TOUCHED);
	uint64_t ns, cpu;

	seen->failed = -memcg_enter(&small, 0);
	if (seen->failed)
		return;
	touch(fill, FILLED);
	touch(other, TOUCHED);
	/* Room again, and nothing to reclaim for it. */
	munmap(other, TOUCHED);
	start(w);
	touch(fill, FILLED);
	ns = stop(w, &cpu);
	cpu += seen->split.cause_ns[CAUSE_RUN_QUEUE];
	seen->expected = percent(ns > cpu ? ns - cpu : 0, ns);
	if (seen->expected < 20)
		seen->failed = ENODATA;
}

static void test_swap_in(void **state)
{
	(void)state;
	expect("a swap file", CAUSE_SWAPIN, swaps_in);
}

#define CACHE_LIMIT (24 * MIB)
#define FILE_SIZE   (28 * MIB)
/* The kernel may know for some seconds only what a new cgroup has in use. */
#define SETTLE_NS (15 * NSEC_PER_SEC)

static int file_fd;

static void read_file(size_t size)
{
	/* So much that waiting takes long against going to sleep for it, which is work. */
	static char part[MIB];

	for (off_t at = 0; at < (off_t)size; at += sizeof(part)) {
		if (pread(file_fd, part, sizeof(part), at) != (ssize_t)sizeof(part))
			_exit(1);
	}
}

/* Pages that came back and had been in use: only waiting for those is thrashing. */
static double read_back(void)
{
	return (double)vmstat_now("workingset_restore_file");
}

/* Reads the file, what fits of it most often, until most of it comes back and had been in use. */
static bool settle(void)
{
	uint64_t until = monotonic_ns() + SETTLE_NS;
	double before, after;

	while (monotonic_ns() < until) {
		read_file(FILE_SIZE / 2);
		read_file(FILE_SIZE / 2);
		read_file(FILE_SIZE);
		before = read_back();
		read_file(FILE_SIZE);
		after = read_back();
		if (after - before > 0.6 * FILE_SIZE / 4096)
			return true;
	}
	return false;
}

static void thrashes(struct stopwatch *w)
{
	uint64_t ns, cpu;
	double before;

	seen->failed = -memcg_enter(&small, 0);
	if (seen->failed)
		return;
	if (!settle()) {
		seen->failed = ENODATA;
		return;
	}
	before = read_back();
	start(w);
	read_file(FILE_SIZE);
	ns = stop(w, &cpu);
	cpu += seen->split.cause_ns[CAUSE_RUN_QUEUE];
	seen->expected = percent(ns > cpu ? ns - cpu : 0, ns) * (read_back() - before) /
			 (FILE_SIZE / 4096.0);
}

static void test_thrashing(void **state)
{
	(void)state;
	expect("a file larger than its memory cgroup", CAUSE_THRASHING, thrashes);
}

static int set_up(void **state)
{
	(void)state;
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return seen == MAP_FAILED ? -1 : 0;
}

static int make_pressure(void **state)
{
	(void)state;
	if (memcg_create(&small, LIMIT) < 0)
		return -1;
	return swap_file_create(&swap, "/var/tmp", 128 * MIB) < 0 ? -1 : 0;
}

/* Without readahead: each page is waited for. */
static int make_file(void **state)
{
	char path[] = "/var/tmp/pinlat-thrash-XXXXXX", mib[MIB] = { 0 };

	(void)state;
	file_fd = mkstemp(path);
	if (file_fd < 0)
		return -1;
	unlink(path);
	for (size_t i = 0; i < FILE_SIZE / MIB; i++) {
		if (write(file_fd, mib, sizeof(mib)) != (ssize_t)sizeof(mib))
			return -1;
	}
	if (fdatasync(file_fd) < 0 || posix_fadvise(file_fd, 0, 0, POSIX_FADV_DONTNEED) ||
	    posix_fadvise(file_fd, 0, 0, POSIX_FADV_RANDOM))
		return -1;
	return memcg_create(&small, CACHE_LIMIT) < 0 ? -1 : 0;
}

static int remove_file(void **state)
{
	(void)state;
	close(file_fd);
	return memcg_destroy(&small, 30 * NSEC_PER_SEC) < 0 ? -1 : 0;
}

static int end_pressure(void **state)
{
	(void)state;
	memcg_destroy(&small, 30 * NSEC_PER_SEC);
	return swap_file_remove(&swap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_sleeping),
		cmocka_unit_test(test_rival),
		cmocka_unit_test(test_quota),
		cmocka_unit_test_setup_teardown(test_direct_reclaim, make_pressure,
						end_pressure),
		cmocka_unit_test_setup_teardown(test_swap_in, make_pressure,
						end_pressure),
		cmocka_unit_test_setup_teardown(test_thrashing, make_file, remove_file),
	};

	if (geteuid() != 0) {
		fputs("needs root\n", stderr);
		return 77;
	}
	return cmocka_run_group_tests(tests, set_up, NULL);
}
