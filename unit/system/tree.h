/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_SYSTEM_TREE_H
#define PINLAT_UNIT_SYSTEM_TREE_H

/* A directory of made-up files, for code that reads those of the machine. */

#include <limits.h>
#include <stddef.h>

struct tree {
	char root[256]; /* its absolute path */
	char path[PATH_MAX];
};

/* The tree of a test's fixture: made by tree_setup(), removed by tree_teardown(). */
extern struct tree tree;

int tree_setup(void **state);
int tree_teardown(void **state);

/* Makes an empty one below @parent. Fails the test where that cannot be. */
void tree_make(struct tree *t, const char *parent);

/* Removes it with all that is in it. */
void tree_remove(struct tree *t);

/* Absolute path of @name in it; good until the next call. */
const char *tree_path(struct tree *t, const char *name);

/* Makes directory @name and those above it. */
void tree_mkdir(struct tree *t, const char *name);

/* Writes @text to file @name; makes its directories. */
void tree_write(struct tree *t, const char *name, const char *text);

/* Makes @name a link to @target; makes its directories. */
void tree_link(struct tree *t, const char *name, const char *target);

/* Reads the whole of file @name into @buf. */
void tree_read(struct tree *t, const char *name, char *buf, size_t size);

/* How many files and directories are in it, at its top. */
unsigned int tree_entries(const struct tree *t);

/* Ends the test program with 77, which means skipped, unless it runs as root. */
void root_or_skip(void);

#endif
