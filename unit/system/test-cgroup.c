// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/cgroup.c" /* for what is static there: NOLINT(bugprone-suspicious-include) */
#include "tree.h"

/* Each test has a made-up machine: a mountinfo, a cgroup file and the directories. */

/* Lines of mountinfo; %s becomes the root of the tree. */
static void write_mountinfo(const char *const *lines)
{
	char text[4096] = "22 27 0:21 / /proc rw,relatime - proc proc rw\n";
	size_t len = strlen(text);

	for (; *lines; lines++) {
		const char *root = strstr(*lines, "%s");

		assert_non_null(root);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s%s%s\n",
					(int)(root - *lines), *lines, tree.root,
					root + 2);
	}
	tree_write(&tree, "mountinfo", text);
}

static int find(const char *const *mounts, const char *cgroup, struct memcg_place *place)
{
	char mountinfo[PATH_MAX], own[PATH_MAX];

	write_mountinfo(mounts);
	tree_write(&tree, "own", cgroup);
	strcpy(mountinfo, tree_path(&tree, "mountinfo"));
	strcpy(own, tree_path(&tree, "own"));
	return place_find("memory", mountinfo, own, place);
}

#define V1     "35 31 0:32 / %s/memory rw shared:9 - cgroup cgroup rw,memory"
#define V1_CPU "32 31 0:29 / %s/cpu rw - cgroup cgroup rw,cpu"
#define V2     "41 31 0:38 / %s/unified rw - cgroup2 cgroup2 rw,nsdelegate"

static void version_1(void **state)
{
	static const char *const mounts[] = { V1_CPU, V1, NULL };
	struct memcg_place place = { 0 };
	char parent[PATH_MAX] = "";
	bool hand_out = false;

	(void)state;
	tree_mkdir(&tree, "memory/a/b:c");
	assert_int_equal(find(mounts, "4:cpu,memory:/a/b:c\n1:cpu:/x\n0::/y\n", &place),
			 0);
	assert_int_equal(place.version, 1);
	assert_string_equal(place.mount, tree_path(&tree, "memory"));
	assert_string_equal(place.home, tree_path(&tree, "memory/a/b:c"));
	/* Right below: limits above go on to hold. */
	assert_int_equal(memcg_parent(&place, parent, &hand_out), 0);
	assert_string_equal(parent, place.home);
	assert_false(hand_out);
}

static void hybrid_is_version_1(void **state)
{
	static const char *const mounts[] = { V2, V1, NULL };
	struct memcg_place place = { 0 };

	(void)state;
	tree_mkdir(&tree, "memory");
	tree_write(&tree, "unified/cgroup.controllers", "");
	assert_int_equal(find(mounts, "4:memory:/\n0::/elsewhere\n", &place), 0);
	assert_int_equal(place.version, 1);
	assert_string_equal(place.home, place.mount);
}

static void no_memory_controller(void **state)
{
	static const char *const none[] = { V1_CPU, V2, NULL };
	struct memcg_place place = { 0 };

	(void)state;
	tree_write(&tree, "unified/cgroup.controllers", "cpu memory_not mem io\n");
	assert_int_equal(find(none, "1:cpu:/\n0::/\n", &place), -ENOENT);
	assert_int_equal(
		place_find("memory", "/nonexistent", "/proc/self/cgroup", &place),
		-ENOENT);
	assert_int_equal(
		place_find("memory", "/proc/self/mountinfo", "/nonexistent", &place),
		-ENOENT);
}

static void cut_lines_are_passed_over(void **state)
{
	static const char *const mounts[] = {
		"35 %s",      "35 31 0:1 / %s - cgroup",
		"- %s - - -", "35 31 0:1 / %s rw - cgroup2 cgroup2",
		V1,	      NULL
	};
	struct memcg_place place = { 0 };

	(void)state;
	tree_mkdir(&tree, "memory");
	assert_int_equal(find(mounts, "nonsense\n\n:\n4:memory:/\n", &place), 0);
	assert_int_equal(place.version, 1);
	assert_int_equal(find(mounts, "nonsense\n", &place), -ENOENT);
}

/* Mounts of a container: from its own cgroup, with the path as seen from outside. */
static void container(void **state)
{
	static const char *const mounts[] = {
		"35 31 0:32 /docker/ab\\040c %s/memory rw - cgroup cgroup rw,memory", NULL
	};
	struct memcg_place place = { 0 };

	(void)state;
	tree_mkdir(&tree, "memory/below");
	assert_int_equal(find(mounts, "4:memory:/docker/ab c/below\n", &place), 0);
	assert_string_equal(place.home, tree_path(&tree, "memory/below"));
	assert_int_equal(find(mounts, "4:memory:/docker/ab c\n", &place), 0);
	assert_string_equal(place.home, tree_path(&tree, "memory"));
	/* Not to be seen from here: the top of what is mounted has to do. */
	tree_mkdir(&tree, "memory/de");
	tree_mkdir(&tree, "other");
	assert_int_equal(find(mounts, "4:memory:/podman/ab c/below\n", &place), 0);
	assert_string_equal(place.home, tree_path(&tree, "memory"));
	assert_int_equal(find(mounts, "4:memory:/docker/ab cde\n", &place), 0);
	assert_string_equal(place.home, tree_path(&tree, "memory"));
	assert_int_equal(find(mounts, "4:memory:/../other\n", &place), 0);
	assert_string_equal(place.home, tree_path(&tree, "memory"));
}

static void version_2(void **state)
{
	static const char *const mounts[] = { V2, NULL };
	struct memcg_place place = { 0 };
	char parent[PATH_MAX] = "";
	bool hand_out = false;

	(void)state;
	tree_write(&tree, "unified/cgroup.controllers", "cpuset cpu io memory pids\n");
	tree_write(&tree, "unified/cgroup.subtree_control", "cpu memory pids\n");
	tree_write(&tree, "unified/user.slice/cgroup.subtree_control", "memory\n");
	tree_write(&tree, "unified/user.slice/app/cgroup.subtree_control", "cpu\n");
	tree_write(&tree, "unified/user.slice/app/me/cgroup.subtree_control", "\n");
	assert_int_equal(find(mounts, "0::/user.slice/app/me\n", &place), 0);
	assert_int_equal(place.version, 2);
	assert_string_equal(place.home, tree_path(&tree, "unified/user.slice/app/me"));
	assert_int_equal(memcg_parent(&place, parent, &hand_out), 0);
	assert_string_equal(parent, tree_path(&tree, "unified/user.slice"));
	assert_false(hand_out);

	/* The caller's own counts, too. */
	tree_write(&tree, "unified/user.slice/app/me/cgroup.subtree_control",
		   "io memory\n");
	assert_int_equal(memcg_parent(&place, parent, &hand_out), 0);
	assert_string_equal(parent, place.home);

	/* Nobody below the root: the root hands it out. */
	tree_write(&tree, "unified/user.slice/app/me/cgroup.subtree_control", "\n");
	tree_write(&tree, "unified/user.slice/cgroup.subtree_control", "\n");
	assert_int_equal(memcg_parent(&place, parent, &hand_out), 0);
	assert_string_equal(parent, place.mount);
	assert_false(hand_out);
	tree_write(&tree, "unified/cgroup.subtree_control", "cpu\n");
	assert_int_equal(memcg_parent(&place, parent, &hand_out), 0);
	assert_string_equal(parent, place.mount);
	assert_true(hand_out);
}

static void fill(struct memcg *cg, int version)
{
	memset(cg, 0, sizeof(*cg));
	cg->version = version;
	tree_mkdir(&tree, "cg");
	strcpy(cg->path, tree_path(&tree, "cg"));
}

static void assert_file(const char *name, const char *text)
{
	char buf[256];

	tree_read(&tree, name, buf, sizeof(buf));
	assert_string_equal(buf, text);
}

static void limits(void **state)
{
	struct memcg cg;

	(void)state;
	fill(&cg, 1);
	assert_int_equal(set_limit(&cg, 67108864), -ENOENT);
	tree_write(&tree, "cg/memory.limit_in_bytes", "9223372036854771712\n");
	assert_int_equal(set_limit(&cg, 67108864), 0);
	assert_file("cg/memory.limit_in_bytes", "67108864");

	cg.version = 2;
	tree_write(&tree, "cg/memory.max", "max\n");
	tree_write(&tree, "cg/memory.oom.group", "1\n");
	assert_int_equal(set_limit(&cg, 4096), 0);
	assert_file("cg/memory.max", "4096");
	assert_file("cg/memory.oom.group", "0");
	assert_file("cg/memory.limit_in_bytes", "67108864");
}

static void moves(void **state)
{
	struct memcg cg;

	(void)state;
	fill(&cg, 2);
	tree_write(&tree, "cg/cgroup.procs", "");
	assert_int_equal(memcg_enter(&cg, 123), 0);
	assert_file("cg/cgroup.procs", "123");
	assert_int_equal(memcg_enter(&cg, 0), 0);
	assert_file("cg/cgroup.procs", "0");
}

static void usage_and_events_1(void **state)
{
	struct memcg_events events = { 0 };
	uint64_t usage = 0, limit = 0;
	struct memcg cg;

	(void)state;
	fill(&cg, 1);
	assert_int_equal(memcg_usage(&cg, &usage, &limit), -ENOENT);
	assert_int_equal(memcg_read_events(&cg, &events), -ENOENT);
	tree_write(&tree, "cg/memory.usage_in_bytes", "4096\n");
	tree_write(&tree, "cg/memory.limit_in_bytes", "67108864\n");
	tree_write(&tree, "cg/memory.failcnt", "17\n");
	tree_write(&tree, "cg/memory.oom_control",
		   "oom_kill_disable 0\nunder_oom 1\noom_kill 3\n");
	assert_int_equal(memcg_usage(&cg, &usage, &limit), 0);
	assert_int_equal(usage, 4096);
	assert_int_equal(limit, 67108864);
	assert_int_equal(memcg_read_events(&cg, &events), 0);
	assert_int_equal(events.limit_hits, 17);
	assert_int_equal(events.oom_kills, 3);
}

static void usage_and_events_2(void **state)
{
	struct memcg_events events = { 0 };
	uint64_t usage = 0, limit = 0;
	struct memcg cg;

	(void)state;
	fill(&cg, 2);
	tree_write(&tree, "cg/memory.current", "8192\n");
	tree_write(&tree, "cg/memory.max", "max\n");
	tree_write(&tree, "cg/memory.events",
		   "low 0\nhigh 9\nmax 21\noom 5\noom_kill 4\noom_group_kill 8\n");
	assert_int_equal(memcg_usage(&cg, &usage, &limit), 0);
	assert_int_equal(usage, 8192);
	assert_true(limit == UINT64_MAX);
	assert_int_equal(memcg_read_events(&cg, &events), 0);
	assert_int_equal(events.limit_hits, 21);
	assert_int_equal(events.oom_kills, 4);
	tree_write(&tree, "cg/memory.max", "4096\n");
	assert_int_equal(memcg_usage(&cg, &usage, &limit), 0);
	assert_int_equal(limit, 4096);
}

static pid_t pid_of_the_dead(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return pid;
}

static bool remove_directory(const char *path)
{
	return rmdir(path) == 0;
}

static void stale_ones_go(void **state)
{
	static const char *const kept[] = { "parent/pinlat-1", "parent/pinlat-",
					    "parent/other-9",  "parent/pinlat-12x",
					    "parent/pinlat-0", NULL };
	pid_t dead = pid_of_the_dead(), busy = pid_of_the_dead();
	char gone[64], full[64], inside[128];

	(void)state;
	snprintf(gone, sizeof(gone), "parent/pinlat-%d", dead);
	snprintf(full, sizeof(full), "parent/pinlat-%d", busy);
	snprintf(inside, sizeof(inside), "%s/child", full);
	tree_mkdir(&tree, gone);
	tree_mkdir(&tree, inside);
	for (const char *const *name = kept; *name; name++)
		tree_mkdir(&tree, *name);
	assert_int_equal(
		each_left_over(tree_path(&tree, "parent"), PREFIX, remove_directory), 1);
	assert_int_equal(access(tree_path(&tree, gone), F_OK), -1);
	assert_int_equal(access(tree_path(&tree, full), F_OK), 0);
	for (const char *const *name = kept; *name; name++)
		assert_int_equal(access(tree_path(&tree, *name), F_OK), 0);
	assert_int_equal(
		each_left_over(tree_path(&tree, "none"), PREFIX, remove_directory),
		-ENOENT);
}

/* Somebody else's process cannot be signalled, which does not make it dead. */
static void others_processes_live(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(2);
		_exit(process_owner_is_gone("pinlat-1", "pinlat-"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_gone_one_is_destroyed(void **state)
{
	struct memcg cg;

	(void)state;
	fill(&cg, 2);
	assert_int_equal(memcg_destroy(&cg, 0), 0);
	assert_int_equal(access(cg.path, F_OK), -1);
	assert_int_equal(memcg_destroy(&cg, 0), 0);
}

/* The least of a cgroup and those above it counts. */
static void limits_above(void **state)
{
	struct memcg_limit limit = { .bytes = NO_LIMIT };
	struct cpu_limits l = { UINT64_MAX, UINT64_MAX };
	struct memcg_place place = { .version = 1 };

	(void)state;
	tree_mkdir(&tree, "v1/a/b");
	tree_write(&tree, "v1/a/memory.limit_in_bytes", "268435456\n");
	tree_write(&tree, "v1/a/b/memory.limit_in_bytes", "9223372036854771712\n");
	tree_write(&tree, "v1/cpu.rt_runtime_us", "950000\n");
	tree_write(&tree, "v1/cpu.rt_period_us", "1000000\n");
	tree_write(&tree, "v1/a/cpu.cfs_quota_us", "20000\n");
	tree_write(&tree, "v1/a/cpu.cfs_period_us", "100000\n");
	tree_write(&tree, "v1/a/b/cpu.cfs_quota_us", "-1\n");
	tree_write(&tree, "v1/a/b/cpu.cfs_period_us", "100000\n");
	tree_write(&tree, "v1/a/b/cpu.rt_runtime_us", "10000\n");
	tree_write(&tree, "v1/a/b/cpu.rt_period_us", "1000000\n");
	strcpy(place.mount, tree_path(&tree, "v1"));
	strcpy(place.home, tree_path(&tree, "v1/a/b"));
	each_level(&place, look_at_memory, &limit);
	assert_int_equal(limit.bytes, 268435456);
	assert_string_equal(limit.path, tree_path(&tree, "v1/a"));
	strcpy(place.home, tree_path(&tree, "v1/a/b"));
	each_level(&place, look_at_cpu, &l);
	assert_int_equal(l.quota, 200000);
	assert_int_equal(l.rt_budget, 10000);

	tree_mkdir(&tree, "v2/a");
	tree_write(&tree, "v2/a/memory.max", "max\n");
	tree_write(&tree, "v2/a/cpu.max", "max 100000\n");
	tree_write(&tree, "v2/cpu.max", "150000 100000\n");
	place.version = 2;
	strcpy(place.mount, tree_path(&tree, "v2"));
	strcpy(place.home, tree_path(&tree, "v2/a"));
	limit = (struct memcg_limit){ .bytes = NO_LIMIT };
	each_level(&place, look_at_memory, &limit);
	assert_int_equal(limit.bytes, NO_LIMIT);
	l = (struct cpu_limits){ UINT64_MAX, UINT64_MAX };
	strcpy(place.home, tree_path(&tree, "v2/a"));
	each_level(&place, look_at_cpu, &l);
	assert_int_equal(l.quota, 1500000);
	assert_int_equal(l.rt_budget, UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
		TEST(version_1),
		TEST(hybrid_is_version_1),
		TEST(no_memory_controller),
		TEST(cut_lines_are_passed_over),
		TEST(container),
		TEST(version_2),
		TEST(limits),
		TEST(limits_above),
		TEST(moves),
		TEST(usage_and_events_1),
		TEST(usage_and_events_2),
		TEST(stale_ones_go),
		TEST(others_processes_live),
		TEST(a_gone_one_is_destroyed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
