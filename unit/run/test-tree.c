// SPDX-License-Identifier: MIT
/* Trees for the walker: what is read, whether there is enough of it, and one that is made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "load/tree.h"
#include "system/units.h"

/* A directory on a disk: in memory there is no page cache to fill. */
struct place {
	char path[64];
};

static struct place make_place(void)
{
	struct place p = { "/var/tmp/pinlat-unit-XXXXXX" };

	assert_non_null(mkdtemp(p.path));
	return p;
}

static void release(struct place *p)
{
	struct made_tree all;

	snprintf(all.path, sizeof(all.path), "%s", p->path);
	assert_int_equal(made_tree_remove(&all), 0);
	assert_int_equal(access(p->path, F_OK), -1);
}

/* A file of @bytes, or of holes. */
static void put(const struct place *p, const char *name, uint64_t bytes, bool holes)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", p->path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(holes ? ftruncate(fd, (off_t)bytes)
			       : posix_fallocate(fd, 0, (off_t)bytes),
			 0);
	close(fd);
}

static void put_directory(const struct place *p, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", p->path, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

/* The number of files on the way through @root, and the sum of their sizes. */
static uint64_t walk(const char *root, uint64_t *bytes, uint64_t *least)
{
	FTS *fts = tree_open(root);
	uint64_t files = 0;
	FTSENT *entry;

	assert_non_null(fts);
	*bytes = 0;
	*least = UINT64_MAX;
	while ((entry = tree_next(fts))) {
		uint64_t size = (uint64_t)entry->fts_statp->st_size;

		*bytes += size;
		*least = size < *least ? size : *least;
		files++;
	}
	fts_close(fts);
	return files;
}

/* Neither the files of other runs nor what would be a stream. */
static void test_what_is_read(void **state)
{
	struct place p = make_place();
	uint64_t bytes, least;

	(void)state;
	put(&p, "a", MIB, false);
	put(&p, "lastlog", 3 * GIB, true);
	put(&p, "pinlat-swap-1", MIB, false);
	put_directory(&p, "pinlat-tree-1");
	put(&p, "pinlat-tree-1/b", MIB, false);
	put_directory(&p, "c");
	put(&p, "c/d", 2 * MIB, false);
	assert_int_equal(walk(p.path, &bytes, &least), 2);
	assert_int_equal(bytes, 3 * MIB);
	release(&p);
}

/* What is allocated counts, not what files seem to hold. */
static void test_enough(void **state)
{
	struct place p = make_place();

	(void)state;
	put(&p, "a", 4 * MIB, false);
	put(&p, "b", 512 * MIB, true);
	assert_true(tree_holds(p.path, 4 * MIB));
	assert_false(tree_holds(p.path, 8 * MIB));
	assert_false(tree_holds("/dev/shm", 0));
	release(&p);
}

static void test_made(void **state)
{
	struct place p = make_place();
	_Atomic uint64_t files = 0;
	uint64_t bytes, least;
	struct made_tree tree;

	(void)state;
	assert_int_equal(made_tree_name(&tree, p.path), 0);
	assert_int_equal(made_tree_fill(&tree, 64 * MIB, 7, &files), 0);
	assert_int_equal(walk(tree.path, &bytes, &least), files);
	assert_in_range(bytes, 56 * MIB, 72 * MIB);
	assert_in_range(least, 4096, 5000);
	assert_in_range(files, 1500, 1600);
	/* The run that made it is alive. */
	assert_int_equal(made_tree_remove_stale(p.path), 0);
	assert_int_equal(made_tree_remove(&tree), 0);
	assert_string_equal(tree.path, "");
	put_directory(&p, "pinlat-tree-4194305"); /* above any pid */
	assert_int_equal(made_tree_remove_stale(p.path), 1);
	release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_read),
		cmocka_unit_test(test_enough),
		cmocka_unit_test(test_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
