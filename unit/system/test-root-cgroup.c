// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/cgroup.h"
#include "system/swap.h"
#include "system/sysfile.h"
#include "system/units.h"
#include "tree.h"

#define LIMIT (64 * MIB)

static struct memcg cg;

static int setup(void **state)
{
	(void)state;
	return memcg_create(&cg, LIMIT);
}

static int teardown(void **state)
{
	(void)state;
	(void)memcg_kill(&cg);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return memcg_destroy(&cg, NSEC_PER_SEC);
}

/* A child of the test: @run there, and its value is the exit code. */
static pid_t start(int (*run)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run());
	return pid;
}

static int status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int touch(uint64_t bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	if (p == MAP_FAILED)
		return 1;
	for (uint64_t i = 0; i < bytes; i += 4096)
		((volatile char *)p)[i] = 1;
	return 0;
}

static int enter_and_wait(void)
{
	if (memcg_enter(&cg, 0) < 0)
		return 1;
	for (;;)
		pause();
}

static int enter_and_touch_16m(void)
{
	if (memcg_enter(&cg, 0) < 0 || touch(16 * MIB) != 0)
		return 1;
	raise(SIGSTOP); /* for the parent to look */
	return 0;
}

static int enter_and_touch_twice_the_limit(void)
{
	if (memcg_enter(&cg, 0) < 0)
		return 1;
	return touch(2 * LIMIT);
}

/* Whether process @pid is listed in the cgroup. */
static bool is_inside(pid_t pid)
{
	char path[PATH_MAX + 16], line[32];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cg.path);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		found |= strtol(line, NULL, 10) == pid;
	fclose(f);
	return found;
}

static void wait_until_inside(pid_t pid)
{
	for (unsigned int i = 0; i < 2000 && !is_inside(pid); i++)
		usleep(1000);
	assert_true(is_inside(pid));
}

static void is_made_as_described(void **state)
{
	char root[PATH_MAX], expected[64];
	uint64_t usage, limit;
	struct memcg_events e;

	(void)state;
	assert_int_equal(memcg_version(root, sizeof(root)), cg.version);
	assert_int_equal(strncmp(cg.path, root, strlen(root)), 0);
	snprintf(expected, sizeof(expected), "/pinlat-%d", getpid());
	assert_string_equal(strrchr(cg.path, '/'), expected);
	assert_int_equal(memcg_usage(&cg, &usage, &limit), 0);
	assert_int_equal(limit, LIMIT);
	assert_true(usage < MIB);
	assert_int_equal(memcg_read_events(&cg, &e), 0);
	assert_int_equal(e.limit_hits + e.oom_kills, 0);
	assert_int_equal(memcg_version(root, 3), -ENAMETOOLONG);
}

static void usage_is_seen(void **state)
{
	pid_t pid = start(enter_and_touch_16m);
	uint64_t usage, limit;
	int status;

	(void)state;
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(memcg_usage(&cg, &usage, &limit), 0);
	assert_in_range(usage, 16 * MIB, 24 * MIB);
	kill(pid, SIGCONT);
	assert_int_equal(status_of(pid), 0);
}

/* Keeps what is in the cgroup out of swap: else it would swap and live. */
static int forbid_swap(void)
{
	char path[PATH_MAX + 32];
	struct meminfo m;
	int ret;

	snprintf(path, sizeof(path), "%s/%s", cg.path,
		 cg.version == 1 ? "memory.swappiness" : "memory.swap.max");
	ret = sysfile_write(path, "0");
	/* A kernel without swap has no such file, and no swap. */
	return ret < 0 && meminfo_read(&m) == 0 && m.swap_free == 0 ? 0 : ret;
}

static bool oom_means_panic(void)
{
	uint64_t panic = 1;

	assert_int_equal(sysfile_u64("/proc/sys/vm/panic_on_oom", &panic), 0);
	return panic != 0;
}

static void too_much_is_killed(void **state)
{
	struct memcg_events e;
	int status;

	(void)state;
	if (oom_means_panic())
		skip();
	assert_int_equal(forbid_swap(), 0);
	status = status_of(start(enter_and_touch_twice_the_limit));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	assert_int_equal(memcg_read_events(&cg, &e), 0);
	assert_int_equal(e.oom_kills, 1);
	assert_true(e.limit_hits > 0);
}

static void kill_takes_all(void **state)
{
	pid_t pid[3];

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		pid[i] = start(enter_and_wait);
		wait_until_inside(pid[i]);
	}
	assert_int_equal(memcg_destroy(&cg, 5 * NSEC_PER_MSEC), -EBUSY);
	assert_int_equal(memcg_kill(&cg), 3);
	assert_int_equal(memcg_destroy(&cg, NSEC_PER_SEC), 0);
	assert_int_equal(access(cg.path, F_OK), -1);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(WTERMSIG(status_of(pid[i])), SIGKILL);
	assert_int_equal(memcg_create(&cg, LIMIT), 0);
	assert_int_equal(memcg_kill(&cg), 0);
}

/* The caller goes in, kills its neighbour there, lives, and comes out where it was. */
static int kill_from_inside(void)
{
	char before[4096], inside[4096];
	pid_t neighbour = fork();

	if (neighbour == 0)
		_exit(enter_and_wait());
	sysfile_read("/proc/self/cgroup", before, sizeof(before));
	if (memcg_enter(&cg, getpid()) < 0)
		return 1;
	sysfile_read("/proc/self/cgroup", inside, sizeof(inside));
	if (strcmp(before, inside) == 0)
		return 2;
	while (!is_inside(neighbour))
		usleep(1000);
	if (memcg_kill(&cg) != 1 || !is_inside(getpid()))
		return 3;
	return 0;
}

static void kill_spares_the_caller(void **state)
{
	(void)state;
	assert_int_equal(status_of(start(kill_from_inside)), 0);
}

/* Chains of processes that live only to fork the next one, though not for ever. */
static int enter_and_run_away(void)
{
	if (memcg_enter(&cg, 0) < 0)
		return 1;
	for (unsigned int chain = 0; chain < 8; chain++) {
		if (fork() != 0)
			continue;
		for (unsigned int i = 0; i < 2000; i++) {
			if (fork() != 0)
				_exit(0);
		}
		return enter_and_wait();
	}
	return enter_and_wait();
}

/* Those that are born while the list is worked through are killed, too. */
static void kill_catches_forks(void **state)
{
	pid_t pid = start(enter_and_run_away);

	(void)state;
	wait_until_inside(pid);
	assert_true(memcg_kill(&cg) >= 1);
	assert_int_equal(memcg_destroy(&cg, NSEC_PER_SEC), 0);
	assert_int_equal(WTERMSIG(status_of(pid)), SIGKILL);
	assert_int_equal(memcg_create(&cg, LIMIT), 0);
}

static void another_process_is_moved(void **state)
{
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		for (;;)
			pause();
	}
	assert_int_equal(memcg_enter(&cg, pid), 0);
	assert_true(is_inside(pid));
	assert_false(is_inside(getpid()));
	assert_int_equal(memcg_kill(&cg), 1);
	assert_int_equal(WTERMSIG(status_of(pid)), SIGKILL);
	assert_int_equal(memcg_enter(&cg, pid), -ESRCH);
}

static bool remove_directory(const char *path)
{
	return rmdir(path) == 0;
}

static void stale_ones_go(void **state)
{
	pid_t dead = start(getpid); /* ends at once */
	char path[PATH_MAX], parent[PATH_MAX];

	(void)state;
	status_of(dead);
	/* Of a run that was started elsewhere. */
	strcpy(parent, cg.path);
	strcpy(strrchr(parent, '/'), "/unit-elsewhere");
	assert_int_equal(mkdir(parent, 0755), 0);
	assert_true(snprintf(path, sizeof(path), "%s/pinlat-%d", parent, dead) <
		    (int)sizeof(path));
	assert_int_equal(mkdir(path, 0755), 0);
	assert_true(memcg_each_left_over(remove_directory) >= 1);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(rmdir(parent), 0);
	assert_int_equal(access(cg.path, F_OK), 0);
}

/* One left under this very pid, say of a boot whose pids are alike. */
static void an_empty_one_is_replaced(void **state)
{
	struct memcg again;

	(void)state;
	assert_int_equal(memcg_create(&again, LIMIT / 2), 0);
	assert_string_equal(again.path, cg.path);
	pid_t pid = start(enter_and_wait);

	wait_until_inside(pid);
	assert_int_equal(memcg_create(&again, LIMIT), -EBUSY);
	assert_int_equal(memcg_kill(&cg), 1);
	status_of(pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(is_made_as_described),	TEST(usage_is_seen),
		TEST(too_much_is_killed),	TEST(kill_takes_all),
		TEST(kill_spares_the_caller),	TEST(kill_catches_forks),
		TEST(another_process_is_moved), TEST(stale_ones_go),
		TEST(an_empty_one_is_replaced),
	};
	int ret;

	root_or_skip();
	(void)memcg_each_left_over(remove_directory);
	ret = memcg_create(&cg, LIMIT);
	if (ret < 0) {
		fprintf(stderr, "skipped: no memory cgroup to be had: %s\n",
			strerror(-ret));
		return 77;
	}
	memcg_destroy(&cg, NSEC_PER_SEC);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
