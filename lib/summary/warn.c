// SPDX-License-Identifier: MIT
#include "summary/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "system/cleanup.h"

/* The longest warning. */
#define WARNING_MAX 600
/* So many lines that could not be read are named one by one. */
#define PROBLEMS_NAMED 5

static int warn_of_reading(struct comparison *c)
{
	const struct text_list *problems = c->problems;
	int ret = 0;

	for (size_t i = 0; problems && i < problems->n && i < PROBLEMS_NAMED && ret == 0;
	     i++)
		ret = text_list_add(&c->warnings, "left out: %s", problems->text[i]);
	if (ret == 0 && problems && problems->n > PROBLEMS_NAMED)
		ret = text_list_add(&c->warnings, "left out: %zu more like these",
				    problems->n - PROBLEMS_NAMED);
	return ret;
}

static int warn_of_set(struct comparison *c, const struct set *set)
{
	int ret = 0;

	if (set->invalid.n > 0)
		ret = text_list_add(
			&c->warnings, "invalid runs of %s, %s: %zu of %zu (%s%s)",
			set->name,
			c->options->allow[REFUSE_INVALID]
				? "used all the same (--allow invalid)"
				: "left out",
			set->invalid.n, set->records - set->duplicates,
			set->invalid.text[0], set->invalid.n > 1 ? "; ..." : "");
	if (ret == 0 && set->duplicates > 0)
		ret = text_list_add(&c->warnings,
				    "copies of other records of %s, left out: %zu",
				    set->name, set->duplicates);
	if (ret == 0 && set->differing.n > 0) {
		_cleanup_free_ char *paths = text_list_join(&set->differing, ", ");

		ret = paths ? text_list_add(
				      &c->warnings,
				      "the runs of %s do not share one environment: they differ in %s",
				      set->name, paths)
			    : -ENOMEM;
	}
	if (ret == 0 && set->ignored)
		ret = text_list_add(&c->warnings,
				    "%s was written by a newer pinlat; ignored: %s",
				    set->name, set->ignored);
	return ret;
}

static bool is_same_run(const struct run *a, const struct run *b)
{
	return a->start == b->start && a->seq == b->seq && a->samples == b->samples &&
	       a->sum == b->sum;
}

/* How many runs of two cells, both in order of start, are the same ones. */
static size_t count_shared(const struct cell *a, const struct cell *b)
{
	size_t n = 0;

	for (size_t i = 0, j = 0; i < a->runs && j < b->runs;) {
		if (is_same_run(&a->run[i], &b->run[j]))
			n++;
		if (!(a->run[i].start > b->run[j].start))
			i++;
		else
			j++;
	}
	return n;
}

static int warn_of_shared(struct comparison *c, size_t s)
{
	size_t shared = 0;

	for (size_t i = 0; i < c->rows; i++)
		if (c->row[i].set == s && _is_first_of_pair(c, i))
			shared += count_shared(c->row[i].cell[0], c->row[i].cell[1]);
	if (shared == 0)
		return 0;
	return text_list_add(
		&c->warnings,
		"%s and %s have %zu run%s in common: a set compared with itself shows nothing",
		c->set[0]->name, c->set[s]->name, shared, PLURAL(shared));
}

static int warn_of_machine(struct comparison *c, size_t s)
{
	static const char *const same[] = { "cpu.model", "cpu.online", "cpu.numa_nodes" };
	const struct set *base = c->set[0], *set = c->set[s];
	int ret = 0;

	for (size_t i = 0; i < sizeof(same) / sizeof(*same) && ret == 0; i++) {
		const char *a = set_fact(base, same[i]);
		const char *b = set_fact(set, same[i]);

		if (*a && *b && strcmp(a, b) != 0)
			ret = text_list_add(
				&c->warnings,
				"%s and %s come from different machines (%s: %s against %s): this compares more than kernels",
				base->name, set->name, same[i], a, b);
	}
	if (ret == 0 && (base->facts.n == 0 || set->facts.n == 0))
		ret = text_list_add(
			&c->warnings,
			"%s does not tell its machine: nobody can check that it is the same",
			base->facts.n == 0 ? base->name : set->name);
	return ret;
}

static bool is_same_boot(const struct set *a, const struct set *b)
{
	return a->boot.n == 1 && b->boot.n == 1 && *a->boot.text[0] &&
	       strcmp(a->boot.text[0], b->boot.text[0]) == 0;
}

/* Boots differ more than their runs do: who has few of them does not know by how much. */
static int warn_of_boots(struct comparison *c, size_t s)
{
	const struct set *base = c->set[0], *set = c->set[s];

	if ((base->boot.n >= COMPARE_BOOTS && set->boot.n >= COMPARE_BOOTS) ||
	    is_same_boot(base, set))
		return 0;
	if (base->boot.n == 1 && set->boot.n == 1)
		return text_list_add(
			&c->warnings,
			"one boot each of %s and %s: how much boots differ is unknown, and a difference may be theirs; from %d boots each on, the boot is the unit (six rows need 5)",
			base->name, set->name, COMPARE_BOOTS);
	return text_list_add(
		&c->warnings,
		"%zu boot%s of %s and %zu of %s: runs of a boot are more alike than those of another, which the intervals do not know; from %d boots each on, the boot is the unit (six rows need 5)",
		base->boot.n, PLURAL(base->boot.n), base->name, set->boot.n, set->name,
		COMPARE_BOOTS);
}

/* Records come from elsewhere, and so do paths: nothing of them moves a cursor. */
static int make_plain(struct text_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		char *plain = text_plain(list->text[i], WARNING_MAX);

		if (!plain)
			return -ENOMEM;
		free(list->text[i]);
		list->text[i] = plain;
	}
	return 0;
}

int _warn(struct comparison *c)
{
	int ret = 0;

	for (size_t s = 0; s < c->sets && ret == 0; s++)
		ret = warn_of_set(c, c->set[s]);
	for (size_t s = 1; s < c->sets && ret == 0; s++) {
		ret = warn_of_shared(c, s);
		ret = ret ? ret : warn_of_machine(c, s);
		ret = ret ? ret : warn_of_boots(c, s);
	}
	ret = ret ? ret : _warn_of_rows(c);
	ret = ret ? ret : warn_of_reading(c);
	return ret ? ret : make_plain(&c->warnings);
}
