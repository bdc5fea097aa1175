/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RENDER_RENDER_H
#define PINLAT_RENDER_RENDER_H

/*
 * A document in each of its forms. All are pure functions of it: they know no clock, no locale and
 * no terminal; who has one says its width and whether it has colours. Where memory is short, the program
 * ends (system/alloc.h).
 */

#include <stdbool.h>
#include <stdio.h>

#include "render/document.h"

/** The widest text. */
#define TEXT_WIDTH 100

/** How a text is shown; other forms ignore it. */
struct look {
	bool colour;
	size_t width; /* of lines, at most; tables leave out columns that can be spared */
};

/** In lines of at most @look->width columns, which is 40 to TEXT_WIDTH. */
void render_text(FILE *out, const struct document *d, const struct look *look);

/** In lines of at most 72 columns, ASCII: "us" for "µs", and '?' for what else is not; no colours. */
void render_mail(FILE *out, const struct document *d, const struct look *look);

/** @text in ASCII: "us" for "µs", and '?' for what else is not. */
void print_ascii(FILE *out, const char *text);

/** As forges read it; nothing of a text is markup, calls somebody or is a link. No colours. */
void render_markdown(FILE *out, const struct document *d, const struct look *look);

/** What is drawn on a page. */
enum figure {
	FIGURE_IN_CELL, /* within a table, of cell.drawn */
	FIGURE_AXIS,	/* below such figures of one table */
	FIGURE_ALONE,	/* a BLOCK_FIGURE */
	FIGURE_SET,	/* what marks a set, before its name */
};

/** What the page adds to a document. */
struct page_hooks {
	void *data;
	/* Draws: @drawn is that of a cell; @set of FIGURE_SET. */
	void (*draw)(void *data, enum figure figure, enum doc_subject about,
		     const void *drawn, size_t set);
	/* Stand around what is about one set. */
	void (*begin_set)(void *data, size_t set);
	void (*end_set)(void *data, size_t set);
};

/** The blocks about @about as HTML. The ids of its tables begin with @id, which is the page's alone. */
void render_html(FILE *out, const struct document *d, enum doc_subject about,
		 const char *id, const struct page_hooks *hooks);

#endif
