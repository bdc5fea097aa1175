/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_INDEX_H
#define PINLAT_REPORT_INDEX_H

/*
 * A page over many reports. Each report tells of itself in its head, in elements of one form:
 *
 *	<meta name="pinlat-report" content="1">     it is one; the number of this form (a page that
 *	    another one links to has "pinlat-part" instead, and is not listed)
 *	<meta name="pinlat-verdict" content="worse">     better, same, unclear, "not compared", ""
 *	<meta name="pinlat-sentence" content="…">     the verdict in words
 *	<meta name="pinlat-sets" content="base; patched">
 *	<meta name="pinlat-measured" content="2026-01-31T10:00:00Z">     the last run; "" unknown
 *	<meta name="pinlat-machine" content="virtual machine (kvm), engine …">
 *
 * Whoever writes such a page may lie in them; what they say is text, and stays that.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "report/page.h"

enum index_fact {
	INDEX_VERDICT,
	INDEX_SENTENCE,
	INDEX_SETS,
	INDEX_MEASURED,
	INDEX_MACHINE,
	INDEX_FACTS
};

/** The head of a report is not longer than this. */
#define INDEX_HEAD (256 * 1024)

struct index_entry {
	char *file;  /* owned; as it is shown */
	char *link;  /* owned; a URL as seen from the index; NULL: it is named only */
	char *title; /* owned */
	char *fact[INDEX_FACTS]; /* owned; "": it does not tell */
};

struct index_list {
	size_t n;
	struct index_entry *entry; /* owned */
};

/** Writes what @page tells of itself into its head. */
void index_put_facts(const struct page *page);

/**
 * Adds the page that begins with @head to @list; if it is a report; @file and @link (may
 * be NULL) are copied.
 */
void index_add(struct index_list *list, const char *head, const char *file,
	       const char *link);

/** Writes the index, last measured first, under @title. Orders @list. */
void index_write(FILE *out, struct index_list *list, const char *title);

/** Frees what @list owns. */
void index_free(struct index_list *list);

#endif
