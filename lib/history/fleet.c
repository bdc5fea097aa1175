// SPDX-License-Identifier: MIT
#include "history/fleet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sets/cell.h"
#include "stats/estimate.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* What is followed over the years. Of work, less is worse. */
static const struct followed {
	const char *subtest, *metric;
} followed[] = {
	{ "timer-busy", "p50" }, { "timer-busy", "p90" },    { "timer-busy", "p99" },
	{ "thp-busy", "p50" },	 { "thp-busy", "p90" },	     { "thp-busy", "p99" },
	{ "thp-busy", "huge" },	 { "thp-busy", "requests" }, { "thp-busy", "walker" },
};

#define FOLLOWED (sizeof(followed) / sizeof(*followed))

static const char *id_of(const struct set *set, size_t machine)
{
	return set->machine[machine].id;
}

/* Which machine of @set has @id; their number: none. */
static size_t find_machine(const struct set *set, const char *id)
{
	size_t i = 0;

	while (i < set->machines && strcmp(id_of(set, i), id) != 0)
		i++;
	return i;
}

/* A machine of a fleet. */
struct making {
	const struct fleet *f;
	const struct fleet_machine *m;
	const char *id;
};

/* The kernel at @position of the machine. */
static const struct set *set_at(const struct making *k, size_t position)
{
	return &k->f->sets->set[k->m->set[position]];
}

static size_t runs_on(const struct cell *cell, size_t machine)
{
	size_t n = 0;

	for (size_t i = 0; i < cell->runs; i++)
		n += cell->run[i].machine == machine;
	return n;
}

/* The next cell from *@i on of @subtest with runs on @machine, or NULL. */
static const struct cell *next_cell(const struct set *set, const char *subtest,
				    size_t machine, size_t *i)
{
	for (; *i < set->cells; (*i)++) {
		const struct cell *cell = &set->cell[*i];

		if (strcmp(cell->subtest, subtest) == 0 && runs_on(cell, machine) > 0)
			return &set->cell[(*i)++];
	}
	return NULL;
}

/* The setup of @subtest that most kernels of the machine share; NULL: none has it. */
static const struct record_config *usual_setup(const struct making *k,
					       const char *subtest)
{
	const struct record_config **setup = NULL;
	CLEANUP_FREE size_t *seen = NULL;
	size_t setups = 0, best = 0;
	const struct record_config *found;

	for (size_t p = 0; p < k->m->kernels; p++) {
		const struct set *set = set_at(k, p);
		size_t machine = find_machine(set, k->id), i = 0, j;
		const struct cell *cell;

		while ((cell = next_cell(set, subtest, machine, &i))) {
			for (j = 0; j < setups && !same_setup(setup[j], &cell->config);
			     j++)
				;
			if (j == setups) {
				setup = xgrow(setup, setups, sizeof(*setup));
				seen = xgrow(seen, setups, sizeof(*seen));
				setup[setups] = &cell->config;
				seen[setups++] = 0;
			}
			seen[j]++;
		}
	}
	for (size_t j = 1; j < setups; j++)
		best = seen[j] > seen[best] ? j : best;
	found = setups > 0 ? setup[best] : NULL;
	free(setup);
	return found;
}

/* In what @config differs from @usual: "walker loop:9G, others loop:2G". */
static char *difference_of(const struct record_config *config,
			   const struct record_config *usual)
{
	for (size_t field = 0; field < setup_fields(); field++) {
		CLEANUP_FREE char *own = NULL, *others = NULL;

		if (setup_field_alike(config, usual, field))
			continue;
		own = setup_field_text(config, field);
		others = setup_field_text(usual, field);
		return xasprintf("%s %s, others %s", setup_field_name(field),
				 *own ? own : "none", *others ? others : "none");
	}
	return xstrdup("another setup");
}

/* The cell of the kernel at @position that is set up as @usual; else NULL, and @other is one that is not. */
static const struct cell *find_usual(const struct making *k, size_t position,
				     const char *subtest,
				     const struct record_config *usual,
				     const struct cell **other)
{
	const struct set *set = set_at(k, position);
	size_t machine = find_machine(set, k->id), i = 0;
	const struct cell *cell;

	while ((cell = next_cell(set, subtest, machine, &i))) {
		if (same_setup(&cell->config, usual))
			return cell;
		*other = cell;
	}
	return NULL;
}

/* The same; NULL, and why is said in @odd. */
static const struct cell *usual_cell(const struct making *k, size_t position,
				     const char *subtest,
				     const struct record_config *usual,
				     struct text_list *odd)
{
	const struct cell *other = NULL;
	const struct cell *cell = find_usual(k, position, subtest, usual, &other);
	CLEANUP_FREE char *name = NULL, *difference = NULL;

	if (cell || !other)
		return cell;
	name = fleet_kernel(k->f, k->m->set[position]);
	difference = difference_of(&other->config, usual);
	text_list_add(odd, "%s: %s has %s", name, subtest, difference);
	return NULL;
}

/* The median of metric @metric over the runs of @cell on @machine. */
static double median_on(const struct cell *cell, size_t machine, size_t metric)
{
	CLEANUP_FREE double *value = xcalloc(cell->runs, sizeof(*value));
	size_t n = 0;

	for (size_t i = 0; i < cell->runs; i++)
		if (cell->run[i].machine == machine && !isnan(cell->run[i].value[metric]))
			value[n++] = cell->run[i].value[metric];
	return median(value, n);
}

/* Adds the series of all that is followed of @subtest to @m, which is k->m. */
static void add_subtest(const struct making *k, struct fleet_machine *m, size_t subtest)
{
	const char *name = followed[subtest].subtest;
	const struct metrics *metrics = k->f->sets->metrics;
	const struct record_config *usual = usual_setup(k, name);
	size_t n = k->m->kernels;
	CLEANUP_FREE const struct cell **cell = xcalloc(n, sizeof(*cell));
	CLEANUP_FREE double *value = xcalloc(n, sizeof(*value));

	for (size_t p = 0; usual && p < n; p++)
		cell[p] = usual_cell(k, p, name, usual, &m->odd);
	for (size_t i = subtest; usual && i < FOLLOWED; i++) {
		size_t metric = metrics_find(metrics, followed[i].metric), known = 0;
		CLEANUP_FREE char *title = NULL;
		char words[64];

		if (strcmp(followed[i].subtest, name) != 0 || metric == metrics->n)
			continue;
		for (size_t p = 0; p < n; p++) {
			size_t machine = find_machine(set_at(k, p), k->id);

			value[p] = cell[p] ? median_on(cell[p], machine, metric) : NAN;
			known += value[p] > 0;
		}
		if (known == 0)
			continue;
		title = xasprintf(
			"%s %s", name,
			metric_words(&metrics->metric[metric], words, sizeof(words)));
		history_add(&m->history, title, i, metric, value, n);
	}
}

static void add_machine(struct fleet *f, const struct set_machine *machine)
{
	struct making k = { .f = f, .id = machine->id };
	struct fleet_machine *m;

	f->machine = xgrow(f->machine, f->machines, sizeof(*f->machine));
	k.m = m = &f->machine[f->machines++];
	*m = (struct fleet_machine){
		.name = xstrdup(machine->name),
		.id = machine->id,
		.set = xcalloc(f->sets->n, sizeof(*m->set)),
	};
	for (size_t s = 0; s < f->sets->n; s++)
		if (find_machine(&f->sets->set[s], k.id) < f->sets->set[s].machines)
			m->set[m->kernels++] = s;
	for (size_t i = 0; i < FOLLOWED; i++)
		if (i == 0 || strcmp(followed[i].subtest, followed[i - 1].subtest) != 0)
			add_subtest(&k, m, i);
	f->series += m->history.n;
}

static int by_name(const void *a, const void *b)
{
	const struct fleet_machine *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void fleet_make(struct fleet *f, const struct sets *sets, double alpha)
{
	CLEANUP(text_list_free) struct text_list known = { 0 };

	*f = (struct fleet){ .sets = sets, .alpha = alpha };
	for (size_t s = 0; s < sets->n; s++) {
		for (size_t i = 0; i < sets->set[s].machines; i++) {
			const struct set_machine *machine = &sets->set[s].machine[i];

			if (text_list_has(&known, machine->id))
				continue;
			text_list_add(&known, "%s", machine->id);
			add_machine(f, machine);
		}
	}
	if (f->machines > 0)
		qsort(f->machine, f->machines, sizeof(*f->machine), by_name);
	for (size_t i = 0; i < f->machines; i++) {
		struct history *h = &f->machine[i].history;

		/* the same share of alpha for each series of all machines */
		history_find(h, alpha * (double)h->n / (double)f->series,
			     FLEET_CORRELATION);
		f->changes += h->changes;
	}
}

double fleet_now(const struct fleet *f, const struct fleet_machine *m,
		 const char *subtest, const char *metric)
{
	const struct making k = { f, m, m->id };
	const struct record_config *usual = usual_setup(&k, subtest);
	size_t last = m->kernels - 1, which = metrics_find(f->sets->metrics, metric);
	const struct cell *cell = NULL, *other;

	if (usual && which < f->sets->metrics->n)
		cell = find_usual(&k, last, subtest, usual, &other);
	return cell ? median_on(cell, find_machine(set_at(&k, last), k.id), which) : NAN;
}

struct set_times fleet_measured(const struct fleet *f, const struct fleet_machine *m,
				size_t position)
{
	const struct set *set = &f->sets->set[m->set[position]];

	return set_times_on(set, find_machine(set, m->id));
}

static int by_place(const void *a, const void *b)
{
	const struct fleet_change *x = a, *y = b;

	if (x->set != y->set)
		return x->set < y->set ? -1 : 1;
	if (x->machine != y->machine)
		return x->machine < y->machine ? -1 : 1;
	return (x->series > y->series) - (x->series < y->series);
}

struct fleet_change *fleet_changes(const struct fleet *f)
{
	struct fleet_change *list = xcalloc(f->changes, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < f->machines; i++) {
		const struct fleet_machine *m = &f->machine[i];

		for (size_t j = 0; j < m->history.n; j++) {
			const struct history_series *s = &m->history.series[j];

			for (size_t k = 0; k < s->found.n; k++) {
				size_t at = s->found.change[k].at;

				list[n++] = (struct fleet_change){ m, s, k,
								   m->set[s->set[at]],
								   s->n - at };
			}
		}
	}
	if (n > 0)
		qsort(list, n, sizeof(*list), by_place);
	return list;
}

size_t fleet_event_end(const struct fleet *f, const struct fleet_change *changes,
		       size_t first)
{
	const char *label = f->sets->set[changes[first].set].label;
	size_t end = first + 1;

	while (end < f->changes &&
	       strcmp(f->sets->set[changes[end].set].label, label) == 0)
		end++;
	return end;
}

bool fleet_event(const struct fleet *f, const struct fleet_change *changes, size_t first,
		 size_t end, size_t of, struct fleet_event *e)
{
	CLEANUP_FREE double *change = xcalloc(end - first, sizeof(*change));
	CLEANUP_FREE bool *seen = xcalloc(f->machines, sizeof(*seen));
	const char *name = changes[of].series->name;
	size_t n = 0;

	*e = (struct fleet_event){ 0 };
	for (size_t i = first; i < end; i++) {
		const struct fleet_change *c = &changes[i];
		size_t machine = (size_t)(c->machine - f->machine);

		if (strcmp(c->series->name, name) != 0)
			continue;
		if (i < of)
			return false;
		change[n++] = history_change(c->series, c->change).estimate;
		e->machines += !seen[machine];
		seen[machine] = true;
	}
	e->change = median(change, n);
	return true;
}

char *fleet_kernel(const struct fleet *f, size_t set)
{
	return text_plain(f->sets->set[set].label, NAME_MAX_SHOWN);
}

void fleet_free(struct fleet *f)
{
	for (size_t i = 0; i < f->machines; i++) {
		free(f->machine[i].name);
		free(f->machine[i].set);
		history_free(&f->machine[i].history);
		text_list_free(&f->machine[i].odd);
	}
	free(f->machine);
	*f = (struct fleet){ 0 };
}
