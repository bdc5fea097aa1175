// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree.h"

struct tree tree;

int tree_setup(void **state)
{
	(void)state;
	tree_make(&tree, "/tmp");
	return 0;
}

int tree_teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

void tree_make(struct tree *t, const char *parent)
{
	snprintf(t->root, sizeof(t->root), "%s/pinlat-unit-XXXXXX", parent);
	assert_non_null(mkdtemp(t->root));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void tree_remove(struct tree *t)
{
	nftw(t->root, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

const char *tree_path(struct tree *t, const char *name)
{
	snprintf(t->path, sizeof(t->path), "%s/%s", t->root, name);
	return t->path;
}

/* Makes the directories above the last component of t->path. */
static void make_parents(struct tree *t)
{
	for (char *s = t->path + strlen(t->root) + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		assert_true(mkdir(t->path, 0755) == 0 || errno == EEXIST);
		*s = '/';
	}
}

void tree_mkdir(struct tree *t, const char *name)
{
	tree_path(t, name);
	make_parents(t);
	assert_true(mkdir(t->path, 0755) == 0 || errno == EEXIST);
}

void tree_write(struct tree *t, const char *name, const char *text)
{
	FILE *f;

	tree_path(t, name);
	make_parents(t);
	f = fopen(t->path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

void tree_link(struct tree *t, const char *name, const char *target)
{
	tree_path(t, name);
	make_parents(t);
	assert_int_equal(symlink(target, t->path), 0);
}

void tree_read(struct tree *t, const char *name, char *buf, size_t size)
{
	FILE *f = fopen(tree_path(t, name), "re");

	assert_non_null(f);
	buf[fread(buf, 1, size - 1, f)] = '\0';
	fclose(f);
}

unsigned int tree_entries(const struct tree *t)
{
	DIR *dir = opendir(t->root);
	unsigned int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2; /* "." and ".." */
}

void root_or_skip(void)
{
	if (geteuid() == 0)
		return;
	fprintf(stderr, "skipped: needs root\n");
	exit(77);
}
