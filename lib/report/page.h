/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_PAGE_H
#define PINLAT_REPORT_PAGE_H

/*
 * The skeleton of a page: one file, with nothing from anywhere else, no script, and a style
 * that it can do without. It also forbids itself, by a content policy of its own, to load or run
 * anything.
 *
 *	page_begin(out, "base against patched");
 *	… <header>, sections
 *	page_end(out);
 */

#include <stdio.h>

/** Begins the page; @title is escaped, and cut after a hundred characters. */
void page_begin(FILE *out, const char *title);

/** Begins a section under @title (escaped); @id is unique in the page. */
void page_section(FILE *out, const char *id, const char *title);

/** A paragraph of plain text, escaped. @class "note", "sub" or NULL. */
void page_text(FILE *out, const char *class, const char *text);

void page_section_end(FILE *out);

/** Ends the page, with the version that made it. */
void page_end(FILE *out);

#endif
