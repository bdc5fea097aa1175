// SPDX-License-Identifier: MIT
/* What of a set is compared with what of the base, and what speaks against it. */
#include "summary/match.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sets/cell.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/units.h"

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

void match_refuse(struct comparison *c, enum refusal_kind kind, const char *format, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list args;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	if (c->options->allow[kind])
		text_list_add(&c->warnings, "%s (compared all the same: --allow %s)",
			      text, refusal_names[kind]);
	else
		text_list_add(&c->refusals, "%s; --allow %s compares them all the same",
			      text, refusal_names[kind]);
}

/* Facts without which two sets are not compared. */
static const struct {
	const char *path;
	enum refusal_kind kind;
	const char *what;
} required[] = {
	{ "virtual", REFUSE_VIRTUAL, "real hardware and a virtual machine" },
	{ "memory.total", REFUSE_MEMORY, "different sizes of memory" },
	{ "device.vendor", REFUSE_DEVICE, "different devices" },
	{ "device.device", REFUSE_DEVICE, "different devices" },
	{ "device.revision", REFUSE_DEVICE, "different revisions of the device" },
	{ "device.name", REFUSE_DEVICE, "different devices" },
};

/* A required fact for people, malloc()ed. */
static char *required_text(const char *path, const char *text)
{
	char size[32];

	if (strcmp(path, "virtual") == 0)
		return xstrdup(strcmp(text, "true") == 0 ? "virtual" : "real");
	if (strcmp(path, "memory.total") == 0)
		text = format_size(strtoull(text, NULL, 10), size, sizeof(size));
	return text_plain(text, 60);
}

/* Returns whether it spoke up. */
static bool check_required(struct comparison *c, size_t s, size_t i)
{
	const char *path = required[i].path;
	const char *a = set_fact(c->set[0], path), *b = set_fact(c->set[s], path);
	CLEANUP_FREE char *x = required_text(path, a), *y = required_text(path, b);

	if (!*a || !*b || !fact_differs(path, a, b))
		return false;
	match_refuse(c, required[i].kind, "%s and %s have %s: %s against %s",
		     c->set[0]->name, c->set[s]->name, required[i].what, x, y);
	return true;
}

/* Within one set too, runs must be of one machine. */
static void check_mixture(struct comparison *c, size_t s, size_t i)
{
	if (text_list_has(&c->set[s]->differing, required[i].path))
		match_refuse(c, required[i].kind,
			     "the runs of %s have %s among themselves (%s)",
			     c->set[s]->name, required[i].what, required[i].path);
}

static void add_difference(struct comparison *c, size_t s, const char *path,
			   const char *a, const char *b)
{
	if (!fact_differs(path, a, b))
		return;
	c->difference = xgrow(c->difference, c->differences, sizeof(*c->difference));
	c->difference[c->differences++] = (struct difference){ s, path, a, b };
}

/* All in which the facts of set @s differ from the base's, in the order of their paths. */
static void find_differences(struct comparison *c, size_t s)
{
	const struct fact_list *a = &c->set[0]->facts, *b = &c->set[s]->facts;
	size_t i = 0, j = 0;

	while (i < a->n || j < b->n) {
		int order = i == a->n	? 1
			    : j == b->n ? -1
					: strcmp(a->fact[i].path, b->fact[j].path);
		const char *path = order <= 0 ? a->fact[i].path : b->fact[j].path;

		add_difference(c, s, path, order <= 0 ? a->fact[i].text : "",
			       order >= 0 ? b->fact[j].text : "");
		i += order <= 0;
		j += order >= 0;
	}
}

void match_machines(struct comparison *c)
{
	const size_t n = sizeof(required) / sizeof(*required);

	for (size_t s = 0; s < c->sets; s++) {
		bool device_said = false;

		for (size_t i = 0; i < n; i++)
			check_mixture(c, s, i);
		for (size_t i = 0; s > 0 && i < n; i++) {
			bool device = required[i].kind == REFUSE_DEVICE;

			/* Another device differs in more than one fact: one is said. */
			if (!device || !device_said)
				device_said |= check_required(c, s, i) && device;
		}
		if (s > 0)
			find_differences(c, s);
	}
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

/*
 * Pairs the cells of the base with those of set @s: those that are each other's
 * counterpart. The others have none.
 */
static void pair_cells(struct comparison *c, size_t s, struct pair_list *pairs)
{
	const struct set *base = c->set[0], *set = c->set[s];

	for (size_t i = 0; i < base->cells; i++) {
		const struct cell *cell = &base->cell[i], *other;

		other = cell->runs > 0 ? find_counterpart(set, cell) : NULL;
		if (!other || find_counterpart(base, other) != cell)
			continue;
		pairs->pair = xgrow(pairs->pair, pairs->n, sizeof(*pairs->pair));
		pairs->pair[pairs->n++] = (struct pair){ s, { cell, other } };
	}
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
	CLEANUP(text_list_free) struct text_list names = { 0 };

	for (size_t i = 0; i < pairs->n; i++)
		if (is_like(like, &pairs->pair[i], field))
			text_list_add(&names, "%s", pairs->pair[i].cell[0]->subtest);
	return names.n <= 3 ? text_list_join(&names, ", ")
			    : xasprintf("%zu subtests", names.n);
}

/* Adds how pair @p differs in @field to @said, unless another pair before it does so too. */
static void say_field(const struct pair_list *pairs, const struct pair *p, size_t field,
		      struct text_list *said)
{
	CLEANUP_FREE char *a = NULL, *b = NULL, *subtests = NULL;

	if (setup_field_alike(&p->cell[0]->config, &p->cell[1]->config, field))
		return;
	for (const struct pair *before = pairs->pair; before < p; before++)
		if (is_like(p, before, field))
			return;
	a = setup_field_text(&p->cell[0]->config, field);
	b = setup_field_text(&p->cell[1]->config, field);
	subtests = name_subtests(pairs, p, field);
	text_list_add(said, "%s %s against %s (%s)", setup_field_name(field),
		      *a ? a : "none", *b ? b : "none", subtests);
}

/* Refuses set @s where it was set up differently in the fields from @first to before @end. */
static void check_fields(struct comparison *c, const struct pair_list *pairs, size_t s,
			 size_t first, size_t end)
{
	CLEANUP(text_list_free) struct text_list said = { 0 };
	CLEANUP_FREE char *joined = NULL;

	for (size_t field = first; field < end; field++)
		for (size_t i = 0; i < pairs->n; i++)
			if (pairs->pair[i].set == s)
				say_field(pairs, &pairs->pair[i], field, &said);
	joined = text_list_join(&said, ", ");
	if (*joined)
		match_refuse(c, first == SETUP_ENGINE ? REFUSE_ENGINE : REFUSE_CONFIG,
			     "%s and %s were set up differently: %s", c->set[0]->name,
			     c->set[s]->name, joined);
}

/* Warns of the runs of @set that no pair holds: @which names the side that has no counterpart. */
static void warn_of_rest(struct comparison *c, const struct pair_list *pairs, size_t s,
			 int side)
{
	const struct set *set = c->set[side == DECIDE_BASE ? 0 : s];
	CLEANUP(text_list_free) struct text_list names = { 0 };
	CLEANUP_FREE char *joined = NULL;

	for (size_t i = 0; i < set->cells; i++) {
		bool paired = set->cell[i].runs == 0;

		for (size_t j = 0; j < pairs->n; j++)
			paired |= pairs->pair[j].set == s &&
				  pairs->pair[j].cell[side] == &set->cell[i];
		if (!paired && !text_list_has(&names, set->cell[i].subtest))
			text_list_add(&names, "%s", set->cell[i].subtest);
	}
	joined = text_list_join(&names, ", ");
	if (*joined)
		text_list_add(&c->warnings,
			      "%s has runs that %s has no counterpart for: %s", set->name,
			      c->set[side == DECIDE_BASE ? s : 0]->name, joined);
}

void match_cells(struct comparison *c, struct pair_list *pairs)
{
	for (size_t s = 1; s < c->sets; s++) {
		pair_cells(c, s, pairs);
		warn_of_rest(c, pairs, s, DECIDE_BASE);
		warn_of_rest(c, pairs, s, DECIDE_NEW);
	}
	for (size_t s = 1; s < c->sets && !c->view; s++) {
		check_fields(c, pairs, s, SETUP_ENGINE, SETUP_ENGINE + 1);
		check_fields(c, pairs, s, SETUP_ENGINE + 1, setup_fields());
	}
}
