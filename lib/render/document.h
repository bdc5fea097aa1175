/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RENDER_DOCUMENT_H
#define PINLAT_RENDER_DOCUMENT_H

/*
 * What is said of a comparison, as a list of blocks: headings, paragraphs, tables and so on. It is
 * built once (say/say.h), and lib/render makes text, mail, markdown and HTML of it. A block
 * says what it is about and which forms it is for: a renderer selects by these, and knows nothing
 * of the comparison. All text is as it is read: who renders it escapes it.
 *
 * Where memory is short, the program ends (system/alloc.h).
 */

#include <stdbool.h>
#include <stddef.h>

/** What a document becomes; a block, a column and a row is for one or several of these. */
enum doc_form {
	FOR_TEXT = 1 << 0,     /* `pinlat compare` in a terminal */
	FOR_MAIL = 1 << 1,     /* a mail to a kernel list: short */
	FOR_MARKDOWN = 1 << 2, /* a comment in a forge */
	FOR_PAGE =
		1 << 3, /* the page of `pinlat report`: has figures, and more in full */
};

#define FOR_READING (FOR_TEXT | FOR_MAIL | FOR_MARKDOWN)
#define FOR_ALL	    (FOR_READING | FOR_PAGE)

/** What a block is about. */
enum doc_subject {
	ABOUT_VERDICT,	   /* the answer */
	ABOUT_KERNELS,	   /* the table that it stands in */
	ABOUT_SETS,	   /* what was compared, on what, and how */
	ABOUT_JUDGED,	   /* the rows that the answer comes from */
	ABOUT_ATTRIBUTION, /* where the time of the slow samples went */
	ABOUT_OTHER,	   /* quantiles beside the judged ones */
	ABOUT_COUNTERS,	   /* what may explain a change */
	ABOUT_ENVIRONMENT, /* in what the machines differ */
	ABOUT_POWER,	   /* what such runs could have shown */
	ABOUT_WARNINGS,
	ABOUT_ALL, /* all of these */
};

enum doc_kind {
	BLOCK_WHERE, /* where all comes from: the first line */
	BLOCK_TAG,   /* one fact of that on a page; TONE_UNKNOWN: to be read with care */
	BLOCK_TITLE, /* of the whole; lead: its answer; name: of what */
	BLOCK_CHAPTER, /* all about one set follows */
	BLOCK_HEADING,
	BLOCK_PARAGRAPH, /* lead: a word or two before it, which its tone colours */
	BLOCK_KEY,	 /* lead: its name; name: of whom of that name */
	BLOCK_ENTRY, /* name: what it belongs to, as those beside it; lead: which of these */
	BLOCK_ITEM,   /* of a list; lead as that of a paragraph */
	BLOCK_POINT,  /* of a list whose items are sentences of their own */
	BLOCK_TABLE,  /* text: its caption, where headings do not say it */
	BLOCK_FIGURE, /* who renders the page draws it */
	BLOCK_FOLD, /* what follows, up to the end, is not read by all; text: what it is */
	BLOCK_FOLD_END,
};

/** What is good or bad news. */
enum doc_tone { TONE_NONE, TONE_SAME, TONE_GOOD, TONE_BAD, TONE_UNKNOWN };

/** What the cells of a column are, which gives their alignment. */
enum doc_type {
	COLUMN_GROUP, /* the name of the row, which rows that follow each other may share */
	COLUMN_NAME, /* the name of the row, its own */
	COLUMN_SET,  /* the same, of cell.set */
	COLUMN_WORDS,
	COLUMN_LONG, /* words that may be very many */
	COLUMN_NUMBER,
	COLUMN_INTERVAL, /* of a change */
	COLUMN_P,	 /* of a test */
	COLUMN_VERDICT,
	COLUMN_FIGURE, /* cell.drawn */
};

#define DOC_COLUMNS_MAX 20

struct doc_column {
	unsigned int form;
	enum doc_type type;
	const char *title;
	const char *hint; /* what the title means; NULL: plain enough */
	int spare;	 /* above 0: left out where a line has no room, the least first */
	char named[256]; /* the title where it is no literal; "": .title */
};

/** A column: DOC_COLUMN(FOR_PAGE, COLUMN_NUMBER, "n", .hint = "runs"). */
#define DOC_COLUMN(forms, what, ...)                                                     \
	{                                                                                \
		.form = (forms), .type = (what), .title = __VA_ARGS__                    \
	}
/** One of a page. */
#define PAGE_COLUMN(...) DOC_COLUMN(FOR_PAGE, __VA_ARGS__)

struct doc_cell {
	char *text, *hint; /* owned; NULL: nothing */
	char *below;	   /* owned; what stands below it in small type; NULL: nothing */
	enum doc_tone tone;
	size_t set;	   /* of COLUMN_SET */
	const char *link;  /* not owned; where it leads, a URL; NULL: nowhere */
	const void *drawn; /* not owned; of COLUMN_FIGURE: what who draws it knows */
};

struct doc_row {
	unsigned int form;
	bool group; /* the first cell spans all: a title of the rows that follow, of a page */
	struct doc_cell *cell; /* owned; one a column */
};

struct doc_table {
	size_t columns, rows;
	struct doc_column column[DOC_COLUMNS_MAX];
	struct doc_row *row; /* owned */
	size_t cells;	     /* of the last row, so far */
	bool axis;	     /* its figures share an axis, which is drawn below them */
};

struct doc_block {
	enum doc_kind kind;
	enum doc_subject about;
	size_t set; /* which new set it is about; 0: all */
	unsigned int form;
	char *lead, *name, *text; /* owned; NULL: it has none */
	enum doc_tone tone;	  /* of @lead */
	struct doc_table *table;  /* owned; of BLOCK_TABLE */
};

struct document {
	size_t n;
	struct doc_block *block; /* owned */
	/* what is added next is about */
	enum doc_subject about;
	size_t set;
};

/** Adds a block about d->about and d->set; it stays where it is until the next is added. */
struct doc_block *doc_add(struct document *d, enum doc_kind kind, unsigned int form,
			  const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Gives @b a word before its text. */
void doc_lead(struct doc_block *b, const char *word, enum doc_tone tone);

/** Adds a table of @columns columns; it stays where it is. */
struct doc_table *doc_add_table(struct document *d, unsigned int form,
				const char *caption, const struct doc_column *column,
				size_t columns);

/** The same of an array of columns. */
#define doc_table(d, form, caption, column)                                              \
	doc_add_table(d, form, caption, column, sizeof(column) / sizeof(*(column)))

/** Adds a row; each of its cells is to be said, in their order. */
void doc_row(struct doc_table *t, unsigned int form);

/** Adds a row of a page whose first cell names set @set. */
void doc_set_row(struct doc_table *t, const char *name, size_t set);

/** Adds a title to the table of a page, for the rows that follow. */
void doc_group(struct doc_table *t, const char *title);

/** Says the next cell of the last row; returns it, for what else it is. */
struct doc_cell *doc_cell(struct doc_table *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * The blocks about @about (ABOUT_ALL: all) that @form shows, in their order, ended by NULL;
 * free() the list. A table without rows is not shown, and no heading without what it is above.
 */
const struct doc_block **doc_select(const struct document *d, enum doc_subject about,
				    enum doc_form form);

/** The title of @column. */
const char *doc_title(const struct doc_column *column);

/** Whether the cells of @column are numbers, aligned as such. */
bool doc_is_number(const struct doc_column *column);

/** Whether row @row of @t is for @form and begins a group there: the one before has another name. */
bool doc_begins_group(const struct doc_table *t, size_t row, enum doc_form form);

/** Frees what @d owns. */
void doc_free(struct document *d);

#endif
