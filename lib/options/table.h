/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_OPTIONS_TABLE_H
#define PINLAT_OPTIONS_TABLE_H

/*
 * Options as tables. One row says all there is to say about an option: the command line is read
 * by it, and --help, the man page and the completion of the shell are printed from it.
 */

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_flag {
	OPTION_LIST = 1,	/* a comma list of @words */
	OPTION_FILE = 2,	/* the completion offers files, */
	OPTION_DIRECTORY = 4,	/* directories */
	OPTION_OF_THE_TEST = 8, /* `pinlat run` does not take it */
	OPTION_PAGES = 16,	/* a multiple of the page size */
};

/** One option. */
struct option_row {
	const char *name; /* "object-size" */
	char letter;	  /* 'o': -o means the same; 0: there is none */
	const char *
		argument; /* "SIZE"; NULL: a switch, which takes =WORD if there are @words */
	const char *help;     /* what it is, without a full stop */
	const char *more;     /* sentences that only the man page has, or NULL */
	const char *standard; /* the value that holds where none is given, or NULL */
	const char *usual; /* what holds then in words, where that is no value, or NULL */
	const char *words; /* "4k,thp": what the completion offers, or NULL */
	unsigned int flags; /* of enum option_flag */

	/* What a value must be, for complaints. NULL: one of @words, which is checked before @set. */
	const char *wanted;

	/* Takes a value, "on" from a switch alone. Returns 0, or negative: it is not what is wanted. */
	int (*set)(void *settings, const char *value);

	/* Without @set: offset of the const char * that becomes the value, or of a switch's bool. */
	size_t field;

	/* With @parse: offset of a uint64_t, which must be within these (@most 0: any). */
	int (*parse)(const char *text, uint64_t *value);
	uint64_t least, most;
};

/** A table of options, ended by a row without a name, and where its settings are. */
struct option_table {
	const struct option_row *rows;
	size_t settings; /* offset of what set() takes, in the settings of the page */
	size_t given; /* offset of an array of texts, one a row: what was given; 0: none */
	unsigned int less; /* rows with one of these flags do not belong to it */
};

#define OPTION_TABLES_MAX 4

/** A command with its options: all that its --help says. */
struct option_page {
	const char *name;		    /* "compare" */
	const char *what;		    /* what the command does, in a line */
	const char *usage;		    /* one line or more */
	const char *about;		    /* before the options, ended by a newline */
	const char *notes;		    /* after them, or "" */
	bool operands;			    /* what is no option is a file */
	int (*main)(int argc, char **argv); /* takes its own name as argv[0] */
	struct option_table table[OPTION_TABLES_MAX + 1]; /* ended by one without rows */
};

/** Whether @row belongs to @table. */
static inline bool option_belongs(const struct option_table *table,
				  const struct option_row *row)
{
	return !(row->flags & table->less);
}

/** The row of @name in @rows, or NULL. */
const struct option_row *option_find(const struct option_row *rows, const char *name);

/** Whether getopt_long() takes an argument to @row: no_argument, required_ or optional_. */
int option_takes(const struct option_row *row);

/** Gives @value ("on": a switch alone) to @row. Returns 0, or negative: it is not what is wanted. */
int option_take(const struct option_row *row, void *settings, const char *value);

/** Prints the rows of @table as --help lists them, at most 80 columns wide. */
void option_print_rows(FILE *out, const struct option_table *table);

/** Prints all that --help of @page says. */
void option_print_page(FILE *out, const struct option_page *page);

/** -h or --help was met. */
#define OPTION_HELP 1

/**
 * Reads the options of @page into @settings and leaves optind behind them. Returns 0,
 * OPTION_HELP, or -EINVAL with a line in @why.
 */
int option_parse(const struct option_page *page, void *settings, int argc, char **argv,
		 char *why, size_t size);

/** The part of comma list @list at *@at, copied to @buf; false at its end. */
bool next_item(const char *list, size_t *at, char *buf, size_t size);

/** Whether @item is in comma list @list. */
bool list_has(const char *list, const char *item);

#endif
