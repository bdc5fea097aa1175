// SPDX-License-Identifier: MIT
#include "summary/machines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* So many machines are named, the others counted. */
#define NAMED 4

/* Machines whose names differ have them; where several are called alike their id too. */
static char *unique_name(const struct comparison *c, const struct set_machine *m)
{
	for (size_t i = 0; i < c->machine.n; i++)
		if (strcmp(c->machine.text[i], m->name) == 0)
			return xasprintf("%s (%.8s)", m->name, m->id);
	return xstrdup(m->name);
}

void machines_number(struct comparison *c)
{
	c->machine_of = xcalloc(c->sets, sizeof(*c->machine_of));
	for (size_t s = 0; s < c->sets; s++) {
		const struct set *set = c->set[s];

		c->machine_of[s] = xcalloc(set->machines, sizeof(**c->machine_of));
		for (size_t i = 0; i < set->machines; i++) {
			const struct set_machine *m = &set->machine[i];
			CLEANUP_FREE char *name = NULL;
			size_t k = 0;

			while (k < c->machine_id.n &&
			       strcmp(c->machine_id.text[k], m->id) != 0)
				k++;
			c->machine_of[s][i] = (unsigned int)k;
			if (k < c->machine_id.n)
				continue;
			name = unique_name(c, m);
			text_list_add(&c->machine_id, "%s", m->id);
			text_list_add(&c->machine, "%s", name);
		}
	}
}

unsigned int machine_number(const struct comparison *c, size_t s, size_t machine)
{
	return c->machine_of[s][machine];
}

const char *machine_name(const struct comparison *c, unsigned int number)
{
	return c->machine.text[number];
}

/* The machine of set @s that is machine @number, or NULL. */
static const struct set_machine *find_machine(const struct comparison *c, size_t s,
					      unsigned int number)
{
	for (size_t i = 0; i < c->set[s]->machines; i++)
		if (c->machine_of[s][i] == number)
			return &c->set[s]->machine[i];
	return NULL;
}

static size_t count_shared(const struct comparison *c, size_t s)
{
	size_t n = 0;

	for (size_t i = 0; i < c->set[0]->machines; i++)
		n += find_machine(c, s, c->machine_of[0][i]) != NULL;
	return n;
}

bool machines_are_blocks(const struct comparison *c, size_t s)
{
	return (c->set[0]->machines > 1 || c->set[s]->machines > 1) &&
	       count_shared(c, s) > 0;
}

/* @set as if it were from @m alone; its name is owned, all else borrowed. */
static struct set set_on(const struct set *set, const struct set_machine *m)
{
	struct set view = *set;

	view.name = xasprintf("%s on %s", set->name, m->name);
	view.facts = m->facts;
	view.differing = m->differing;
	return view;
}

void machines_each(struct comparison *c, size_t s,
		   void (*check)(struct comparison *c, size_t s))
{
	const struct set *set = c->set[s];

	if (set->machines < 2) {
		check(c, s);
		return;
	}
	for (size_t i = 0; i < set->machines; i++) {
		struct set view = set_on(set, &set->machine[i]);

		c->set[s] = &view;
		check(c, s);
		c->set[s] = set;
		free(view.name);
	}
}

bool machines_each_shared(struct comparison *c, size_t s,
			  void (*check)(struct comparison *c, size_t s))
{
	const struct set *base = c->set[0], *set = c->set[s];
	bool any = false;

	if (base->machines < 2 && set->machines < 2) {
		check(c, s);
		return true;
	}
	for (size_t i = 0; i < base->machines; i++) {
		const struct set_machine *m = find_machine(c, s, c->machine_of[0][i]);
		struct set view[DECIDE_SIDES];

		if (!m)
			continue;
		any = true;
		view[DECIDE_BASE] = set_on(base, &base->machine[i]);
		view[DECIDE_NEW] = set_on(set, m);
		c->set[0] = &view[DECIDE_BASE];
		c->set[s] = &view[DECIDE_NEW];
		check(c, s);
		c->set[0] = base;
		c->set[s] = set;
		free(view[DECIDE_BASE].name);
		free(view[DECIDE_NEW].name);
	}
	return any;
}

/* "nuc1, nuc2 and 3 more" of @names. */
static char *join_names(const struct text_list *names)
{
	struct text_list first = { names->n > NAMED ? NAMED : names->n, names->text };
	CLEANUP_FREE char *joined = text_list_join(&first, ", ");

	return names->n > NAMED ? xasprintf("%s and %zu more", joined, names->n - NAMED)
				: xstrdup(joined);
}

char *machines_names(const struct set *set)
{
	CLEANUP(text_list_free) struct text_list names = { 0 };

	for (size_t i = 0; i < set->machines; i++)
		text_list_add(&names, "%s", set->machine[i].name);
	return join_names(&names);
}

/* Names the machines of set @has that set @lacks is not from. */
static void warn_of_side(struct comparison *c, size_t has, size_t lacks)
{
	CLEANUP(text_list_free) struct text_list names = { 0 };
	CLEANUP_FREE char *joined = NULL;

	for (size_t i = 0; i < c->set[has]->machines; i++) {
		unsigned int number = c->machine_of[has][i];

		if (!find_machine(c, lacks, number))
			text_list_add(&names, "%s", machine_name(c, number));
	}
	if (names.n == 0)
		return;
	joined = join_names(&names);
	text_list_add(
		&c->warnings,
		"%s was measured on %s, and %s was not: these runs tell nothing of a change and are left out",
		c->set[has]->name, joined, c->set[lacks]->name);
}

void machines_warn(struct comparison *c, size_t s)
{
	if (!machines_are_blocks(c, s))
		return;
	warn_of_side(c, 0, s);
	warn_of_side(c, s, 0);
}

/* The machines with the largest and the smallest change of @row, of @n in @list. */
static void find_extremes(const struct machine_change *list, size_t n, size_t *most,
			  size_t *least)
{
	*most = *least = 0;
	for (size_t i = 1; i < n; i++) {
		if (list[i].change.estimate > list[*most].change.estimate)
			*most = i;
		if (list[i].change.estimate < list[*least].change.estimate)
			*least = i;
	}
}

/* Whether two changes of @row are farther apart than what matters to nobody. */
static bool differ_enough(const struct decide_row *d, double high, double low)
{
	double base = fabs(d->median[DECIDE_BASE]);

	if (d->difference)
		return high - low > fmax(d->absolute, d->margin * base);
	return (1 + high) / (1 + low) > 1 + d->margin;
}

bool machines_disagree(const struct comparison *c, const struct compare_row *row)
{
	CLEANUP_FREE struct machine_change *list = NULL;
	size_t n, most, least;

	if (!(row->d->agree_adjusted <= c->options->decide.alpha))
		return false;
	n = machines_changes(row->d, c->options->decide.level, &list);
	find_extremes(list, n, &most, &least);
	return differ_enough(row->d, list[most].change.estimate,
			     list[least].change.estimate);
}

struct compare_row machines_row(const struct compare_row *row,
				const struct machine_change *m, struct decide_row *d)
{
	struct compare_row on = *row;

	*d = *row->d;
	d->change = m->change;
	d->primary = false; /* its interval is one of this machine alone */
	on.d = d;
	return on;
}

/* The change on machine @m in words, as that of @row. */
static void tell_change(FILE *out, const struct comparison *c,
			const struct compare_row *row, const struct machine_change *m)
{
	struct decide_row d;
	struct compare_row on = machines_row(row, m, &d);
	char buf[CELL_SIZE];

	fprintf(out, "%s on %s", row_change_text(c, &on, buf, sizeof(buf)),
		machine_name(c, m->machine));
}

/* The largest and the smallest change. */
static void tell_extremes(FILE *out, const struct comparison *c,
			  const struct compare_row *row)
{
	CLEANUP_FREE struct machine_change *list = NULL;
	size_t n = machines_changes(row->d, c->options->decide.level, &list), most, least;

	find_extremes(list, n, &most, &least);
	tell_change(out, c, row, &list[most]);
	fprintf(out, ", ");
	tell_change(out, c, row, &list[least]);
}

void machines_tell(FILE *out, const struct comparison *c, size_t s)
{
	const struct compare_row *row = NULL;
	const char *between = "The machines do not agree. ";

	while ((row = compare_next_judged(c, s, row))) {
		CLEANUP_FREE char *name = NULL;
		char words[CELL_SIZE];

		if (!machines_disagree(c, row))
			continue;
		name = compare_cell_name(c, row->cell[DECIDE_BASE]);
		fprintf(out, "%s%s %s: ", between, name,
			metric_words(compare_metric(c, row), words, sizeof(words)));
		tell_extremes(out, c, row);
		between = "; ";
	}
	if (*between == ';')
		fprintf(out, ". Over all machines: ");
}
