/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RENDER_HTML_H
#define PINLAT_RENDER_HTML_H

/*
 * HTML text and tables. What comes from elsewhere (labels, command lines, kernel versions) passes
 * through html_text() or html_isolated() and nothing else, so that it stays text.
 *
 * Alignment stands in attributes, which HTML calls obsolete and every browser obeys: a page
 * whose style is blocked by a content policy must still have its columns in order.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * Writes @text so that it is text, between tags and within a quoted attribute. What is not UTF-8
 * becomes U+FFFD; what would move a cursor or turn the direction of writing is named: "[U+202E]".
 */
void html_text(FILE *out, const char *text);

/** The first @most characters of @text as html_text(), and "…" where more follow. */
void html_text_cut(FILE *out, const char *text, size_t most);

/**
 * @text of unknown direction and length, which turns nothing around it: if longer than @most
 * characters, its beginning, which opens to all of it. For cells, items and <div>: what it writes
 * may not stand within <p> or a heading.
 */
void html_isolated(FILE *out, const char *text, size_t most);

/** A name within a line of text: at most @most characters, isolated; a link where @link is not NULL. */
void html_name(FILE *out, const char *text, size_t most, const char *link);

/*
 * The skeleton of a page: one file, with nothing from anywhere else, no script, and a style that it
 * can do without. It forbids itself, by a content policy of its own, to load or run anything.
 */

/** Begins a page; @title is escaped, and cut after a hundred characters. More of the head may follow. */
void html_head(FILE *out, const char *title);
/** Ends the head. */
void html_body(FILE *out);
/** Ends the page, with the version that made it. */
void html_end(FILE *out);

/** Begins a section under @title (escaped), @folded or not; @id is unique in the page. */
void html_section(FILE *out, const char *id, const char *title, bool folded);
void html_section_end(FILE *out, bool folded);

/** A paragraph of the text that printf() would print, escaped. @class "note", "sub" or NULL. */
void html_paragraph(FILE *out, const char *class, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Begins the title of a column of words, which is aligned to the left as the first one is. */
#define HTML_WORDS "\t"

/** A column of a table. */
struct html_column {
	const char *title;
	const char *hint; /* what it means, shown on hover; NULL: plain enough */
};

/**
 * Begins a table within a frame of its own that scrolls where the page is too narrow. @id is
 * unique in the page; @columns columns. All text is escaped.
 */
void html_table_begin(FILE *out, const char *id, const char *caption,
		      const struct html_column *column, size_t columns);

/** Begins a row. In HTML the one before ends by itself, and so do cells. */
void html_row(FILE *out);

/** The cell that names its row; the caller writes what is in it, or its text. */
void html_open_head_cell(FILE *out);
void html_head_cell(FILE *out, const char *text);

/** A number: aligned to the right. */
void html_cell(FILE *out, const char *text);

/** A number with the exact value, or more about it, on hover; @hint NULL: none. */
void html_cell_hint(FILE *out, const char *text, const char *hint);

/** Words: aligned to the left, isolated, and cut after @most characters as html_isolated(). */
void html_text_cell(FILE *out, const char *text, size_t most);

/** Begins a cell whose content the caller writes, aligned to the left. */
void html_open_cell(FILE *out);

/** Ends the table. */
void html_table_end(FILE *out);

#endif
