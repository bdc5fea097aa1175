/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SUMMARY_SAY_TABLES_H
#define PINLAT_SUMMARY_SAY_TABLES_H

/* The tables of a comparison, added to a document as being about its subject and its set. */

#include "summary/say.h"
#include "summary/words.h"

/** A fact of a machine is said up to this length. */
#define FACT_SHOWN 160

/** The tone of verdict @v. */
enum doc_tone tone_of(enum verdict v);

/** What was read: a row a set. */
void say_sets_table(struct document *d, const struct saying *s);

/** The verdicts of all new sets, if there are several: a row each. */
void say_overview(struct document *d, const struct comparison *c);

/** The rows of @choice. */
void say_rows(struct document *d, const struct saying *s, enum row_choice choice,
	      const char *caption);

/** What the judged rows could have shown. */
void say_power(struct document *d, const struct saying *s);

/** Where the time of slow samples went: the table, and a row of it for @cell of set @set. */
struct doc_table *say_attribution_table(struct document *d);
void say_attributed(struct doc_table *t, const struct comparison *c, size_t set,
		    const struct cell *cell);

/** In what the set differs from the base; where it is read, as a list. */
void say_differences(struct document *d, const struct comparison *c, size_t set);

/** All facts of @set. */
void say_facts(struct document *d, const struct set *set);

#endif
