// SPDX-License-Identifier: MIT
/* What of a set is compared with what of the base, and what speaks against it. */
#include "summary/match.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sets/cell.h"
#include "summary/machines.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/units.h"

/* Characters of a fact that differs. */
#define FACT_MAX 160

static const char *const refusal_names[] = {
	[REFUSE_CONFIG] = "config",   [REFUSE_WALKER] = "walker",
	[REFUSE_ENGINE] = "engine",   [REFUSE_DEVICE] = "device",
	[REFUSE_MOCK] = "mock",	      [REFUSE_MEMORY] = "memory",
	[REFUSE_MACHINE] = "machine", [REFUSE_VIRTUAL] = "virtual",
	[REFUSE_CMDLINE] = "cmdline", [REFUSE_SUBTEST] = "subtest",
	[REFUSE_INVALID] = "invalid", [REFUSE_ONE_BOOT] = "one-boot",
	[REFUSE_ORDER] = "order",
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

/* What a fact is about; of those about one thing the first that differs is said. */
enum subject { OF_MACHINE, OF_MEMORY, OF_DEVICE, OF_KERNEL, OF_PROCESS, SUBJECTS };

/* Microseconds of CPU time a second, of all CPUs together. */
#define CPU_QUOTA "inherited.cpu_quota_us"

/* Facts in which two sets that are compared must agree, as far as both tell. */
static const struct {
	const char *path;
	enum subject of;
	enum refusal_kind kind;
	const char *what;
} required[] = {
	{ "virtual", OF_MACHINE, REFUSE_VIRTUAL, "real hardware and a virtual machine" },
	{ "machine_id", OF_MACHINE, REFUSE_MACHINE, "different machines" },
	{ "cpu.model", OF_MACHINE, REFUSE_MACHINE, "different models of CPU" },
	{ "cpu.online", OF_MACHINE, REFUSE_MACHINE, "different numbers of CPUs" },
	{ "memory.total", OF_MEMORY, REFUSE_MEMORY, "different sizes of memory" },
	{ "device.mock", OF_DEVICE, REFUSE_MOCK, "a mock GPU and a real one" },
	{ "device.vendor", OF_DEVICE, REFUSE_DEVICE, "different devices" },
	{ "device.device", OF_DEVICE, REFUSE_DEVICE, "different devices" },
	{ "device.revision", OF_DEVICE, REFUSE_DEVICE,
	  "different revisions of the device" },
	{ "device.name", OF_DEVICE, REFUSE_DEVICE, "different devices" },
	{ "kernel.cmdline", OF_KERNEL, REFUSE_CMDLINE, "different kernel command lines" },
	{ "cpu.measured", OF_PROCESS, REFUSE_CONFIG,
	  "different numbers of measured CPUs" },
	{ "inherited.nice", OF_PROCESS, REFUSE_CONFIG, "different nice values" },
	{ CPU_QUOTA, OF_PROCESS, REFUSE_CONFIG, "different CPU quotas of their cgroup" },
};

/* A required fact; "none" of a quota that a record would name if there were one. */
static const char *required_fact(const struct set *set, const char *path)
{
	const char *fact = set_fact(set, path);

	if (!*fact && strcmp(path, CPU_QUOTA) == 0 && *set_fact(set, "inherited.nice"))
		return "none";
	return fact;
}

/* A required fact for people, malloc()ed. */
static char *required_text(const char *path, const char *text)
{
	char size[32];

	if (strcmp(path, "virtual") == 0)
		return xstrdup(strcmp(text, "true") == 0 ? "virtual" : "real");
	if (strcmp(path, "device.mock") == 0)
		return xstrdup(strcmp(text, "true") == 0 ? "mock" : "real");
	if (strcmp(path, "memory.total") == 0)
		text = format_size(strtoull(text, NULL, 10), size, sizeof(size));
	if (strcmp(path, CPU_QUOTA) == 0 && strcmp(text, "none") != 0)
		return xasprintf("%g CPUs", strtod(text, NULL) / 1e6);
	return text_plain(*text ? text : "none", FACT_MAX);
}

/* Returns whether it spoke up. */
static bool check_required(struct comparison *c, size_t s, size_t i)
{
	const char *path = required[i].path;
	const char *a = required_fact(c->set[0], path);
	const char *b = required_fact(c->set[s], path);
	CLEANUP_FREE char *only_a = NULL, *only_b = NULL, *x = NULL, *y = NULL;

	if (!*a || !*b || !fact_differs(path, a, b))
		return false;
	if (required[i].kind == REFUSE_CMDLINE)
		fact_words(path, a, b, &only_a, &only_b);
	x = required_text(path, only_a ? only_a : a);
	y = required_text(path, only_b ? only_b : b);
	match_refuse(c, required[i].kind, "%s and %s have %s: %s against %s",
		     c->set[0]->name, c->set[s]->name, required[i].what, x, y);
	return true;
}

/* Within one set too, runs must be of one machine. Returns whether it spoke up. */
static bool check_mixture(struct comparison *c, size_t s, size_t i)
{
	if (!text_list_has(&c->set[s]->differing, required[i].path))
		return false;
	match_refuse(c, required[i].kind, "the runs of %s have %s among themselves (%s)",
		     c->set[s]->name, required[i].what, required[i].path);
	return true;
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

/* Refuses set @s where @check finds something required that differs. */
static void check_facts(struct comparison *c, size_t s,
			bool (*check)(struct comparison *c, size_t s, size_t i))
{
	bool said[SUBJECTS] = { false };

	for (size_t i = 0; i < sizeof(required) / sizeof(*required); i++)
		if (!said[required[i].of])
			said[required[i].of] = check(c, s, i);
}

static void check_itself(struct comparison *c, size_t s)
{
	check_facts(c, s, check_mixture);
}

static void check_against_base(struct comparison *c, size_t s)
{
	bool first = true;

	check_facts(c, s, check_required);
	for (size_t i = 0; i < c->differences; i++)
		first &= c->difference[i].set != s;
	if (first) /* of several machines one will do */
		find_differences(c, s);
}

/* What is no matter of a machine: real ones and others may not stand in one set. */
static void check_kinds(struct comparison *c, size_t s)
{
	for (size_t i = 0; i < sizeof(required) / sizeof(*required); i++)
		if (required[i].kind == REFUSE_VIRTUAL || required[i].kind == REFUSE_MOCK)
			check_mixture(c, s, i);
}

void match_machines(struct comparison *c)
{
	machines_number(c);
	for (size_t s = 0; s < c->sets; s++) {
		machines_each(c, s, check_itself);
		if (c->set[s]->machines > 1)
			check_kinds(c, s);
		if (s > 0 && !machines_each_shared(c, s, check_against_base)) {
			CLEANUP_FREE char *base = machines_names(c->set[0]);
			CLEANUP_FREE char *new = machines_names(c->set[s]);

			match_refuse(
				c, REFUSE_MACHINE,
				"%s and %s were not measured on the same machines: %s against %s",
				c->set[0]->name, c->set[s]->name, base, new);
			find_differences(c, s);
		}
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

static enum refusal_kind kind_of(size_t field)
{
	static const enum refusal_kind kind[] = {
		[SETUP_ENGINE] = REFUSE_ENGINE,
		[SETUP_WALKER] = REFUSE_WALKER,
		[SETUP_WALKER_RATE] = REFUSE_WALKER,
	};

	return field < sizeof(kind) / sizeof(*kind) ? kind[field] : REFUSE_CONFIG;
}

/* Refuses set @s where it was set up differently in a field that belongs to @kind. */
static void check_fields(struct comparison *c, const struct pair_list *pairs, size_t s,
			 enum refusal_kind kind)
{
	CLEANUP(text_list_free) struct text_list said = { 0 };
	CLEANUP_FREE char *joined = NULL;

	for (size_t field = 0; field < setup_fields(); field++)
		for (size_t i = 0; i < pairs->n && kind_of(field) == kind; i++)
			if (pairs->pair[i].set == s)
				say_field(pairs, &pairs->pair[i], field, &said);
	joined = text_list_join(&said, ", ");
	if (*joined)
		match_refuse(c, kind, "%s and %s were set up differently: %s",
			     c->set[0]->name, c->set[s]->name, joined);
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
		check_fields(c, pairs, s, REFUSE_ENGINE);
		check_fields(c, pairs, s, REFUSE_WALKER);
		check_fields(c, pairs, s, REFUSE_CONFIG);
	}
}
