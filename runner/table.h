/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUNNER_TABLE_H
#define PINLAT_RUNNER_TABLE_H

/* A text table: columns as wide as what stands in them. */

#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 16

struct table {
	size_t columns;
	size_t rows;
	char **cell;	   /* rows * columns, owned; NULL: empty */
	const char *align; /* "lrr…", a letter a column */
	int error;	   /* -ENOMEM once a cell was lost */
};

/** An empty table; @align must outlive it and has one letter, l or r, for each column. */
void table_init(struct table *t, const char *align);

/** Adds an empty row. */
void table_row(struct table *t);

/** Sets a cell of the last row. */
void table_set(struct table *t, size_t column, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** How wide it is with its columns one space apart. */
size_t table_width(const struct table *t);

/**
 * Prints it, columns two spaces apart, or one where it would be wider than @limit.
 * Returns 0, or -ENOMEM if memory had been short and it is not whole: nothing is printed.
 */
int table_print(const struct table *t, FILE *out, size_t limit);

/** Frees what @t owns. */
void table_free(struct table *t);

#endif
