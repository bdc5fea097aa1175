// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/sysfile.h"
#include "system/swap.h"
#include "system/units.h"
#include "tree.h"

#define SIZE (16 * MIB)

static struct tree disk; /* on a disk: /tmp may not be able to hold swap */
static struct tree shm;	 /* and one on a tmpfs, where a test wants it */
static struct swap_file swap;

static int setup(void **state)
{
	(void)state;
	tree_make(&disk, "/var/tmp");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)swap_file_remove(&swap);
	(void)swap_remove_stale(disk.root);
	tree_remove(&disk);
	tree_remove(&shm);
	return 0;
}

static int is_switched_on(const char *path)
{
	char text[16384];

	assert_true(sysfile_read("/proc/swaps", text, sizeof(text)) >= 0);
	return strstr(text, path) != NULL;
}

static uint64_t swap_total(void)
{
	struct meminfo m;

	assert_int_equal(meminfo_read(&m), 0);
	return m.swap_total;
}

static void on_and_off(void **state)
{
	uint64_t before = swap_total();
	struct meminfo first, now;
	char expected[PATH_MAX], path[PATH_MAX], page[4096];
	struct stat st;
	FILE *f;

	(void)state;
	assert_int_equal(meminfo_read(&first), 0);
	assert_int_equal(swap_file_create(&swap, disk.root, SIZE + 100), 0);
	snprintf(expected, sizeof(expected), "%s/pinlat-swap-%d", disk.root, getpid());
	assert_string_equal(swap.path, expected);
	assert_true(is_switched_on(swap.path));
	assert_int_equal(stat(swap.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, SIZE);
	/* The header's page is no swap. */
	assert_int_equal(swap_total() - before, SIZE - (uint64_t)sysconf(_SC_PAGESIZE));
	assert_int_equal(meminfo_read(&now), 0);
	assert_true(now.swap_free > first.swap_free);

	/* As other tools read it: the label at 1052. */
	f = fopen(swap.path, "re");
	assert_non_null(f);
	assert_int_equal(fread(page, 1, sizeof(page), f), sizeof(page));
	fclose(f);
	assert_string_equal(page + 1052, "pinlat");

	strcpy(path, swap.path);
	assert_int_equal(swap_file_remove(&swap), 0);
	assert_string_equal(swap.path, "");
	assert_false(is_switched_on(path));
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(swap_total(), before);
	assert_int_equal(tree_entries(&disk), 0);
}

static void what_is_not_there_is_removed(void **state)
{
	struct swap_file s = { .path = "" };

	(void)state;
	assert_int_equal(swap_file_remove(&s), 0);
	strcpy(s.path, tree_path(&disk, "vanished"));
	assert_int_equal(swap_file_remove(&s), 0);
	assert_string_equal(s.path, "");
	/* Made, never switched on. */
	tree_write(&disk, "file", "text");
	strcpy(s.path, tree_path(&disk, "file"));
	assert_int_equal(swap_file_remove(&s), 0);
	assert_int_equal(tree_entries(&disk), 0);
}

/* In a directory of everybody's, somebody may have put a link under the name. */
static void links_are_not_followed(void **state)
{
	struct swap_file s;

	(void)state;
	tree_write(&disk, "precious", "text");
	tree_link(&disk, "link", "precious");
	strcpy(s.path, tree_path(&disk, "link"));
	assert_int_equal(swap_file_remove(&s), -EPERM);
	assert_int_equal(tree_entries(&disk), 2);
	assert_true(s.path[0] != '\0');
}

static void a_file_of_this_pid_is_replaced(void **state)
{
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "pinlat-swap-%d", getpid());
	tree_write(&disk, name, "of the boot before");
	assert_int_equal(swap_file_create(&swap, disk.root, SIZE), 0);
	assert_true(is_switched_on(swap.path));
	assert_int_equal(swap_file_remove(&swap), 0);
}

static void failures_leave_nothing(void **state)
{
	(void)state;
	assert_int_equal(swap_file_create(&swap, disk.root, 4096), -EINVAL);
	assert_string_equal(swap.path, "");
	assert_int_equal(swap_file_create(&swap, "/nonexistent", SIZE), -ENOENT);
	assert_string_equal(swap.path, "");
	assert_int_equal(tree_entries(&disk), 0);

	/* tmpfs takes blocks, but no swap. */
	tree_make(&shm, "/dev/shm");
	assert_int_equal(swap_file_create(&swap, shm.root, SIZE), -EINVAL);
	assert_string_equal(swap.path, "");
	assert_int_equal(tree_entries(&shm), 0);
}

/* A run that is killed leaves its swap on; one that is killed early, a mere file. */
static void left_ones_go(void **state)
{
	pid_t pid = fork();
	char name[64], active[PATH_MAX];
	int status;

	(void)state;
	if (pid == 0)
		_exit(swap_file_create(&swap, disk.root, SIZE) == 0 ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	snprintf(name, sizeof(name), "pinlat-swap-%d", pid);
	strcpy(active, tree_path(&disk, name));
	assert_true(is_switched_on(active));

	pid = fork();
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	snprintf(name, sizeof(name), "pinlat-swap-%d", pid);
	tree_write(&disk, name, "half written");
	tree_write(&disk, "pinlat-swap-1", "its owner lives");
	tree_write(&disk, "other", "");

	/* What is switched on is found wherever it is. */
	assert_true(swap_remove_stale("/dev") >= 1);
	assert_false(is_switched_on(active));
	assert_int_equal(access(tree_path(&disk, name), F_OK), 0);
	assert_int_equal(swap_remove_stale(disk.root), 1);
	assert_int_equal(access(active, F_OK), -1);
	assert_int_equal(access(tree_path(&disk, name), F_OK), -1);
	assert_int_equal(tree_entries(&disk), 2);
	assert_int_equal(swap_remove_stale("/nonexistent"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(on_and_off),
		TEST(what_is_not_there_is_removed),
		TEST(links_are_not_followed),
		TEST(a_file_of_this_pid_is_replaced),
		TEST(failures_leave_nothing),
		TEST(left_ones_go),
	};
	int ret;

	root_or_skip();
	ret = swap_file_create(&swap, "/var/tmp", SIZE);
	if (ret == -EPERM || ret == -EINVAL || ret == -EOPNOTSUPP || ret == -ENOSYS) {
		fprintf(stderr, "skipped: no swap file in /var/tmp: %s\n",
			strerror(-ret));
		return 77;
	}
	swap_file_remove(&swap);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
