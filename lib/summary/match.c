// SPDX-License-Identifier: MIT
#include "summary/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/cleanup.h"

static const char *const refusal_names[] = {
	[REFUSE_CONFIG] = "config",   [REFUSE_ENGINE] = "engine",
	[REFUSE_DEVICE] = "device",   [REFUSE_MEMORY] = "memory",
	[REFUSE_VIRTUAL] = "virtual", [REFUSE_SUBTEST] = "subtest",
	[REFUSE_INVALID] = "invalid",
};

const char *refusal_name(enum refusal_kind kind)
{
	return refusal_names[kind];
}

int _refuse(struct comparison *c, enum refusal_kind kind, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		text = NULL;
		return -ENOMEM;
	}
	if (c->options->allow[kind])
		return text_list_add(&c->warnings,
				     "%s (compared all the same: --allow %s)", text,
				     refusal_names[kind]);
	return text_list_add(&c->refusals, "%s; --allow %s compares them all the same",
			     text, refusal_names[kind]);
}

/* In how many fields the two were set up differently. */
static size_t count_differences(const struct cell *a, const struct cell *b)
{
	size_t n = 0;

	for (size_t i = 0; i < setup_fields(); i++)
		n += !setup_field_alike(&a->config, &b->config, i);
	return n;
}

/* The cell of @set for @cell's subtest that is set up most alike, or NULL. */
static const struct cell *find_counterpart(const struct set *set, const struct cell *cell)
{
	const struct cell *best = NULL;

	for (size_t i = 0; i < set->cells; i++) {
		const struct cell *other = &set->cell[i];

		if (other->runs > 0 && strcmp(other->subtest, cell->subtest) == 0 &&
		    (!best ||
		     count_differences(cell, other) < count_differences(cell, best)))
			best = other;
	}
	return best;
}

static int add_pair(struct pair_list *pairs, size_t set, const struct cell *base,
		    const struct cell *other)
{
	struct pair *longer = realloc(pairs->pair, (pairs->n + 1) * sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	pairs->pair = longer;
	pairs->pair[pairs->n++] = (struct pair){ set, { base, other } };
	return 0;
}

/*
 * Pairs the cells of the base with those of set @s: those that are each other's
 * counterpart. The others have none.
 */
static int pair_cells(struct comparison *c, size_t s, struct pair_list *pairs)
{
	const struct set *base = c->set[0], *set = c->set[s];
	int ret = 0;

	for (size_t i = 0; i < base->cells && ret == 0; i++) {
		const struct cell *cell = &base->cell[i], *other;

		other = cell->runs > 0 ? find_counterpart(set, cell) : NULL;
		if (other && find_counterpart(base, other) == cell)
			ret = add_pair(pairs, s, cell, other);
	}
	return ret;
}

/* Whether two pairs of one set differ in @field in the same way. */
static bool is_like(const struct pair *a, const struct pair *b, size_t field)
{
	return a->set == b->set &&
	       !setup_field_alike(&b->cell[0]->config, &b->cell[1]->config, field) &&
	       setup_field_alike(&a->cell[0]->config, &b->cell[0]->config, field) &&
	       setup_field_alike(&a->cell[1]->config, &b->cell[1]->config, field);
}

/* "thp-base, thp-busy" or "7 subtests": whose pairs differ in @field as @like does. */
static char *name_subtests(const struct pair_list *pairs, const struct pair *like,
			   size_t field)
{
	_cleanup_(text_list_free) struct text_list names = { 0 };
	char *counted;

	for (size_t i = 0; i < pairs->n; i++)
		if (is_like(like, &pairs->pair[i], field) &&
		    text_list_add(&names, "%s", pairs->pair[i].cell[0]->subtest) < 0)
			return NULL;
	if (names.n <= 3)
		return text_list_join(&names, ", ");
	return asprintf(&counted, "%zu subtests", names.n) < 0 ? NULL : counted;
}

/* Adds how pair @p differs in @field to @said, unless another pair before it does so too. */
static int say_field(const struct pair_list *pairs, const struct pair *p, size_t field,
		     struct text_list *said)
{
	_cleanup_free_ char *a = NULL, *b = NULL, *subtests = NULL;

	if (setup_field_alike(&p->cell[0]->config, &p->cell[1]->config, field))
		return 0;
	for (const struct pair *before = pairs->pair; before < p; before++)
		if (is_like(p, before, field))
			return 0;
	a = setup_field_text(&p->cell[0]->config, field);
	b = setup_field_text(&p->cell[1]->config, field);
	subtests = name_subtests(pairs, p, field);
	if (!a || !b || !subtests)
		return -ENOMEM;
	return text_list_add(said, "%s %s against %s (%s)", setup_field_name(field),
			     *a ? a : "none", *b ? b : "none", subtests);
}

/* Refuses set @s where it was set up differently in the fields from @first to before @end. */
static int check_fields(struct comparison *c, const struct pair_list *pairs, size_t s,
			size_t first, size_t end)
{
	_cleanup_(text_list_free) struct text_list said = { 0 };
	_cleanup_free_ char *joined = NULL;

	for (size_t field = first; field < end; field++)
		for (size_t i = 0; i < pairs->n; i++)
			if (pairs->pair[i].set == s &&
			    say_field(pairs, &pairs->pair[i], field, &said) < 0)
				return -ENOMEM;
	if (said.n == 0)
		return 0;
	joined = text_list_join(&said, ", ");
	if (!joined)
		return -ENOMEM;
	return _refuse(c, first == SETUP_ENGINE ? REFUSE_ENGINE : REFUSE_CONFIG,
		       "%s and %s were set up differently: %s", c->set[0]->name,
		       c->set[s]->name, joined);
}

/* Warns of the runs of @set that no pair holds: @which names the side that has no counterpart. */
static int warn_of_rest(struct comparison *c, const struct pair_list *pairs, size_t s,
			int side)
{
	const struct set *set = c->set[side == DECIDE_BASE ? 0 : s];
	_cleanup_(text_list_free) struct text_list names = { 0 };
	_cleanup_free_ char *joined = NULL;

	for (size_t i = 0; i < set->cells; i++) {
		bool paired = set->cell[i].runs == 0;

		for (size_t j = 0; j < pairs->n; j++)
			paired |= pairs->pair[j].set == s &&
				  pairs->pair[j].cell[side] == &set->cell[i];
		if (!paired && !text_list_has(&names, set->cell[i].subtest) &&
		    text_list_add(&names, "%s", set->cell[i].subtest) < 0)
			return -ENOMEM;
	}
	joined = text_list_join(&names, ", ");
	if (!joined || names.n == 0)
		return joined ? 0 : -ENOMEM;
	return text_list_add(&c->warnings,
			     "%s has runs that %s has no counterpart for: %s", set->name,
			     c->set[side == DECIDE_BASE ? s : 0]->name, joined);
}

int _match_cells(struct comparison *c, struct pair_list *pairs)
{
	int ret = 0;

	for (size_t s = 1; s < c->sets && ret == 0; s++) {
		ret = pair_cells(c, s, pairs);
		ret = ret ? ret : warn_of_rest(c, pairs, s, DECIDE_BASE);
		ret = ret ? ret : warn_of_rest(c, pairs, s, DECIDE_NEW);
	}
	for (size_t s = 1; s < c->sets && ret == 0; s++) {
		ret = check_fields(c, pairs, s, SETUP_ENGINE, SETUP_ENGINE + 1);
		ret = ret ? ret
			  : check_fields(c, pairs, s, SETUP_ENGINE + 1, setup_fields());
	}
	return ret;
}
