/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SUMMARY_SAY_TABLES_H
#define PINLAT_SUMMARY_SAY_TABLES_H

/* The tables of a comparison, added to a document. */

#include "summary/say.h"
#include "summary/words.h"

/** The tone of verdict @v. */
enum doc_tone tone_of(enum verdict v);

/** What was read: a row a set. */
void say_sets_table(struct document *d, const struct saying *s);

/** The verdicts of all new sets: a row each. */
void say_overview(struct document *d, const struct comparison *c);

/** The rows of @choice of set @set, below @caption on a page. Whether there are any for @form. */
void say_rows(struct document *d, const struct saying *s, size_t set,
	      enum row_choice choice, const char *caption);
bool has_rows(const struct saying *s, size_t set, enum row_choice choice,
	      unsigned int form);

/** What the judged rows of set @set could have shown. */
void say_power_table(struct document *d, const struct saying *s, size_t set);

/** Where the time of all cells went that are judged; of all, where nothing is compared. */
void say_attribution_table(struct document *d, const struct saying *s);

/** In what set @set differs from the base. */
void say_differences_table(struct document *d, const struct comparison *c, size_t set);

/** All facts of set @set. */
void say_facts_table(struct document *d, const struct set *set);

#endif
