// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "system/sysfile.h"
#include "tree.h"

static void read_whole(void **state)
{
	char buf[16];

	(void)state;
	tree_write(&tree, "f", "one\ntwo\n");
	assert_int_equal(sysfile_read(tree_path(&tree, "f"), buf, sizeof(buf)), 8);
	assert_string_equal(buf, "one\ntwo\n");
	assert_int_equal(sysfile_read(tree_path(&tree, "f"), buf, 4), 3);
	assert_string_equal(buf, "one");
	assert_int_equal(sysfile_read(tree_path(&tree, "f"), buf, 1), 0);
	assert_string_equal(buf, "");
	assert_int_equal(sysfile_read(tree_path(&tree, "f"), buf, 0), -EINVAL);

	strcpy(buf, "before");
	assert_int_equal(sysfile_read(tree_path(&tree, "none"), buf, sizeof(buf)),
			 -ENOENT);
	assert_string_equal(buf, "");
	strcpy(buf, "before");
	assert_int_equal(sysfile_pread(-1, buf, sizeof(buf)), -EBADF);
	assert_string_equal(buf, "");
	assert_int_equal(sysfile_read(tree.root, buf, sizeof(buf)), -EISDIR);
}

/* A file of /proc comes in pieces; reading again starts over. */
static void read_again(void **state)
{
	static char first[65536], again[65536];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	(void)state;
	assert_true(fd >= 0);
	n = sysfile_pread(fd, first, sizeof(first));
	assert_true(n > 0);
	assert_int_equal(first[n - 1], '\n');
	assert_true(sysfile_pread(fd, again, sizeof(again)) > 0);
	assert_memory_equal(first, again, 40);
	close(fd);
}

static void first_line(void **state)
{
	char buf[16];

	(void)state;
	tree_write(&tree, "f", "one\ntwo\n");
	tree_write(&tree, "bare", "one");
	tree_write(&tree, "empty", "");
	assert_int_equal(sysfile_line(tree_path(&tree, "f"), buf, sizeof(buf)), 3);
	assert_string_equal(buf, "one");
	assert_int_equal(sysfile_line(tree_path(&tree, "bare"), buf, sizeof(buf)), 3);
	assert_string_equal(buf, "one");
	assert_int_equal(sysfile_line(tree_path(&tree, "empty"), buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
	assert_int_equal(sysfile_line(tree_path(&tree, "none"), buf, sizeof(buf)),
			 -ENOENT);
}

static void number(void **state)
{
	uint64_t value = 5;

	(void)state;
	tree_write(&tree, "n", "18446744073709551615\n");
	tree_write(&tree, "big", "18446744073709551616\n");
	tree_write(&tree, "max", "max\n");
	tree_write(&tree, "negative", "-1\n");
	assert_int_equal(sysfile_u64(tree_path(&tree, "max"), &value), -EINVAL);
	assert_int_equal(sysfile_u64(tree_path(&tree, "negative"), &value), -EINVAL);
	assert_int_equal(sysfile_u64(tree_path(&tree, "big"), &value), -ERANGE);
	assert_int_equal(sysfile_u64(tree_path(&tree, "none"), &value), -ENOENT);
	assert_int_equal(value, 5);
	assert_int_equal(sysfile_u64(tree_path(&tree, "n"), &value), 0);
	assert_true(value == UINT64_MAX);
}

static void write_whole(void **state)
{
	char buf[32];

	(void)state;
	tree_write(&tree, "f", "something longer");
	assert_int_equal(sysfile_write(tree_path(&tree, "f"), "short"), 0);
	tree_read(&tree, "f", buf, sizeof(buf));
	assert_string_equal(buf, "short");
	assert_int_equal(sysfile_write(tree_path(&tree, "none"), "x"), -ENOENT);
	assert_int_equal(access(tree_path(&tree, "none"), F_OK), -1);
	assert_int_equal(sysfile_write("/dev/full", "x"), -ENOSPC);
}

static void find(void **state)
{
	static const char text[] = "nr_free_pages 12\nnr_free 7\n  indented 1\n"
				   "MemTotal:       24684112 kB\nTab\t:\t9\nno number\n"
				   "huge 18446744073709551616\nlast 3";
	uint64_t value = 0;

	(void)state;
	assert_int_equal(sysfile_find_u64(text, "nr_free", &value), 0);
	assert_int_equal(value, 7);
	assert_int_equal(sysfile_find_u64(text, "nr_free_pages", &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(sysfile_find_u64(text, "MemTotal", &value), 0);
	assert_int_equal(value, 24684112);
	assert_int_equal(sysfile_find_u64(text, "Tab", &value), 0);
	assert_int_equal(value, 9);
	assert_int_equal(sysfile_find_u64(text, "last", &value), 0);
	assert_int_equal(value, 3);
	assert_int_equal(sysfile_find_u64(text, "no", &value), -ENOENT);
	assert_int_equal(sysfile_find_u64(text, "huge", &value), -ENOENT);
	assert_int_equal(sysfile_find_u64(text, "indented", &value), -ENOENT);
	assert_int_equal(sysfile_find_u64(text, "free_pages", &value), -ENOENT);
	assert_int_equal(sysfile_find_u64(text, "nr_fre", &value), -ENOENT);
	assert_int_equal(sysfile_find_u64("", "x", &value), -ENOENT);
	assert_int_equal(sysfile_find_u64("x", "x", &value), -ENOENT);
	assert_int_equal(value, 3);
}

static void choice(void **state)
{
	char buf[16] = "before";

	(void)state;
	tree_write(&tree, "thp", "always [madvise] never\n");
	tree_write(&tree, "none", "always madvise never\n");
	tree_write(&tree, "open", "always [madvise never\n");
	assert_int_equal(sysfile_choice(tree_path(&tree, "thp"), buf, sizeof(buf)), 0);
	assert_string_equal(buf, "madvise");
	assert_int_equal(sysfile_choice(tree_path(&tree, "none"), buf, sizeof(buf)),
			 -EINVAL);
	assert_string_equal(buf, "");
	assert_int_equal(sysfile_choice(tree_path(&tree, "open"), buf, sizeof(buf)),
			 -EINVAL);
	assert_int_equal(sysfile_choice(tree_path(&tree, "gone"), buf, sizeof(buf)),
			 -ENOENT);
	assert_int_equal(sysfile_choice(tree_path(&tree, "thp"), buf, 7), -ENOSPC);
	assert_int_equal(sysfile_choice(tree_path(&tree, "thp"), buf, 8), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_whole),  cmocka_unit_test(read_again),
		cmocka_unit_test(first_line),  cmocka_unit_test(number),
		cmocka_unit_test(write_whole), cmocka_unit_test(find),
		cmocka_unit_test(choice),
	};

	return cmocka_run_group_tests(tests, tree_setup, tree_teardown);
}
