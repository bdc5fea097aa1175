/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RENDER_TABLE_H
#define PINLAT_RENDER_TABLE_H

/* Text in columns: tables as wide as what stands in them, and lines that are broken. */

#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 16

struct table {
	size_t columns;
	size_t rows;
	char **cell;	   /* rows * columns, owned; NULL: empty */
	const char *align; /* "lrr…", a letter a column */
};

/** An empty table; @align must outlive it and has one letter, l or r, for each column. */
void table_init(struct table *t, const char *align);

/** Adds an empty row. */
void table_row(struct table *t);

/** Sets a cell of the last row. */
void table_set(struct table *t, size_t column, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** How wide it is at least. */
size_t table_width(const struct table *t);

/** Frees what @t owns, which is empty then. */
void table_free(struct table *t);

/**
 * Prints it, columns two spaces apart, or one where it would be wider than @limit; frees what it
 * owns.
 */
void table_print(struct table *t, FILE *out, size_t limit);

/**
 * Prints @text in lines of at most @width columns, broken at blanks, or within a word that is
 * longer than a line; later lines begin with @indent blanks. @at: the column where it starts.
 */
void print_wrapped(FILE *out, const char *text, size_t width, size_t at, size_t indent);

#endif
