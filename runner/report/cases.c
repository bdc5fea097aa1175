// SPDX-License-Identifier: MIT
#include "cases.h"

#include <inttypes.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "sets/provenance.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

void report_slug(FILE *out, const char *text)
{
	bool gap = false;

	for (; *text; text++) {
		bool plain = strchr(TEXT_ALNUM "._-", *text);

		if (plain)
			fputc(*text, out);
		else if (!gap && text[1])
			fputc('_', out);
		gap = !plain;
	}
}

void report_backslash(FILE *out, const char *text, const char *special)
{
	for (; *text; text++) {
		if (strchr(special, *text))
			fputc('\\', out);
		fputc(*text, out);
	}
}

static char *slug_of(const char *text)
{
	struct memstream m;

	report_slug(memstream_open(&m), *text ? text : "_");
	return memstream_close(&m);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

char *report_unique(void **taken, char *name, const char *mark)
{
	CLEANUP_FREE char *plain = xstrdup(name);

	for (size_t number = 2; tfind(name, taken, by_text); number++) {
		free(name);
		name = xasprintf("%s%s%zu", plain, mark, number);
	}
	xcheck(tsearch(xstrdup(name), taken, by_text));
	return name;
}

bool report_is_shown(const struct metric *m)
{
	return metric_can_be_judged(m) && m->kind != METRIC_FAULT_MEAN;
}

bool report_is_told(const struct cell_value *value)
{
	return value->n > 0 && isfinite(value->median);
}

int report_digits(enum metric_unit unit)
{
	return unit == UNIT_NS ? 15 : 6;
}

bool report_has_mock(const struct fact_list *facts)
{
	return strcmp(facts_find(facts, "device.mock"), "true") == 0;
}

size_t report_invalid(const struct report_subtest *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->cell->runs + t->cell->left_out; i++)
		n += t->cell->run[i].reason && run_is_on(&t->cell->run[i], t->machine);
	return n;
}

const char *report_host(const struct report_subtest *t)
{
	const struct set *set = t->set->set;
	size_t machine = t->machine == ALL_MACHINES ? 0 : t->machine;

	return *set->machine[machine].id ? set->machine[machine].name
					 : REPORT_HOST_UNKNOWN;
}

const char *report_case_host(const struct report_case *c)
{
	const struct set *set = c->subtest->set->set;
	const struct set_machine *machine = &set->machine[c->run ? c->run->machine : 0];

	return (c->run || set->machines == 1) && *machine->id ? machine->name : NULL;
}

const char *report_side(const struct report *r, size_t s)
{
	if (r->compared && s < 2)
		return s == 0 ? "base" : "new";
	return s == 0 ? "" : r->set[s].name;
}

static const char *machine_of(const struct fact_list *facts)
{
	const char *is_virtual = facts_find(facts, "virtual");

	if (!*is_virtual)
		return "unknown";
	return strcmp(is_virtual, "true") == 0 ? "virtual" : "real";
}

static char *place_of(const struct report *r, const struct report_subtest *t)
{
	CLEANUP_FREE char *where = provenance_of_cell(t->facts, t->cell);
	bool woken = r->c->options->woken;
	char pace[32] = "";

	if (!woken)
		pace_text(&t->cell->config, pace, sizeof(pace));
	return xasprintf("%s, as %s%s%s", where, woken ? "woken" : "scheduled",
			 *pace ? ", one every " : "", pace);
}

/* "-" and @text as a slug; nothing where there is none. */
static void put_slug(FILE *out, const char *text)
{
	if (!*text || strcmp(text, "none") == 0)
		return;
	fputc('-', out);
	report_slug(out, text);
}

static char *place_slug_of(const struct report_subtest *t)
{
	const struct record_config *config = &t->cell->config;
	CLEANUP_FREE char *walker = walker_name(config->walker);
	struct memstream m;
	FILE *out = memstream_open(&m);

	fputs(machine_of(t->facts), out);
	if (strncmp(facts_find(t->facts, "hypervisor"), "qemu", 4) == 0)
		fputs("-qemu", out);
	if (report_has_mock(t->facts))
		fputs("-mock", out);
	put_slug(out, config->engine);
	put_slug(out, walker);
	put_slug(out, config->arena);
	return memstream_close(&m);
}

static bool has_runs_on(const struct cell *cell, size_t machine)
{
	for (size_t i = 0; i < cell->runs + cell->left_out; i++)
		if (run_is_on(&cell->run[i], machine))
			return true;
	return false;
}

/* Adds the subtests of @set on @machine to those at @to. Returns how many. */
static size_t add_subtests(const struct report *r, const struct report_set *set,
			   size_t machine, struct report_subtest *to)
{
	size_t metrics = r->c->options->metrics.n, n = 0;
	void *names = NULL, *slugs = NULL;

	for (size_t i = 0; i < set->set->cells; i++) {
		struct report_subtest *t = &to[n];

		if (machine != ALL_MACHINES && !has_runs_on(&set->set->cell[i], machine))
			continue;
		n++;
		t->set = set;
		t->cell = &set->set->cell[i];
		t->machine = machine;
		t->facts = machine == ALL_MACHINES ? &set->set->facts
						   : &set->set->machine[machine].facts;
		t->name = report_unique(&names, xcheck(set_cell_name(set->set, t->cell)),
					" #");
		t->slug = report_unique(&slugs, slug_of(t->name), "_");
		t->place = place_of(r, t);
		t->place_slug = place_slug_of(t);
		t->value = xcalloc(metrics, sizeof(*t->value));
		for (size_t m = 0; m < metrics; m++)
			t->value[m] = cell_value_on(t->cell, m, machine);
	}
	tdestroy(names, free);
	tdestroy(slugs, free);
	return n;
}

static void make_subtests(const struct report *r, struct report_set *set)
{
	size_t machines = set->set->machines, cells = set->set->cells;

	set->subtest = xcalloc(cells, sizeof(*set->subtest));
	set->subtests = add_subtests(r, set, ALL_MACHINES, set->subtest);
	set->part = set->subtest;
	set->parts = set->subtests;
	if (machines < 2)
		return;
	set->part = xcalloc(machines * cells, sizeof(*set->part));
	set->parts = 0;
	for (size_t i = 0; i < machines; i++)
		set->parts += add_subtests(r, set, i, set->part + set->parts);
}

static void row_text(FILE *out, const struct comparison *c, const struct compare_row *row)
{
	const struct decide_row *d = row->d;
	char base[CELL_SIZE], other[CELL_SIZE], change[CELL_SIZE], range[CELL_SIZE],
		p[CELL_SIZE];

	fprintf(out, "%s: %s to %s", verdict_name(d->verdict),
		side_text(c, row, DECIDE_BASE, base, sizeof(base)),
		side_text(c, row, DECIDE_NEW, other, sizeof(other)));
	if (*row_change_text(c, row, change, sizeof(change)))
		fprintf(out, ", %s [%s]", change, range_text(row, range, sizeof(range)));
	if (*judged_p_text(d, p, sizeof(p)))
		fprintf(out, ", p %s after Holm", p);
	fprintf(out, ", %zu against %zu %s", d->side[DECIDE_NEW].n,
		d->side[DECIDE_BASE].n, row->boots ? "boots" : "runs");
	if (d->reason != REASON_NONE)
		fprintf(out, ", %s", decide_reason_name(d->reason));
}

/* The metrics of @c: of its run, or the medians over all runs of its subtest. */
static void values_text(FILE *out, const struct metrics *metrics,
			const struct report_case *c)
{
	const char *between = "";

	for (size_t i = 0; i < metrics->n; i++) {
		const struct metric *m = &metrics->metric[i];
		double x = c->run ? c->run->value[i] : c->subtest->value[i].median;
		size_t few = c->run ? c->run->few[i] : c->subtest->value[i].few;
		char buf[CELL_SIZE];

		if (!report_is_shown(m) || (!isfinite(x) && few == 0))
			continue;
		fprintf(out, "%s%s ", between, m->name);
		between = ", ";
		if (!isfinite(x))
			fprintf(out, "unknown (n<%" PRIu64 ")",
				quantile_samples_needed(m->p));
		else
			fputs(value_text(m, x, buf, sizeof(buf)), out);
	}
}

static char *text_of(const struct report *r, const struct report_case *c)
{
	const struct cell *cell = c->subtest->cell;
	struct memstream m;
	FILE *out = memstream_open(&m);

	if (c->row) {
		row_text(out, r->c, c->row);
	} else if (c->status == REPORT_INVALID) {
		fprintf(out, "invalid: %s", c->run->reason);
	} else if (c->status == REPORT_NOTHING) {
		fprintf(out, "no valid run: %zu invalid", cell->left_out);
	} else {
		if (!c->run)
			fprintf(out, "median of %zu run%s: ", cell->runs,
				PLURAL(cell->runs));
		values_text(out, &r->c->options->metrics, c);
	}
	return memstream_close(&m);
}

static char *name_of(const struct report *r, const struct report_case *c)
{
	if (c->row)
		return xasprintf("%s %s", c->subtest->name,
				 r->c->options->metrics.metric[c->row->metric].name);
	if (c->run)
		return xasprintf("%s%s run %zu", c->subtest->name,
				 c->status == REPORT_INVALID ? " invalid" : "",
				 c->number);
	return xstrdup(c->subtest->name);
}

static void add_case(const struct report *r, struct report_set *set, struct report_case c)
{
	c.name = name_of(r, &c);
	c.text = text_of(r, &c);
	set->item = xgrow(set->item, set->cases, sizeof(*set->item));
	set->item[set->cases++] = c;
}

static void add_subtest(const struct report *r, struct report_set *set,
			const struct report_subtest *t)
{
	const struct cell *cell = t->cell;
	struct report_case c = { .subtest = t };

	c.status = cell->runs > 0 ? REPORT_MEASURED : REPORT_NOTHING;
	if (r->compared || c.status == REPORT_NOTHING)
		add_case(r, set, c);
	for (size_t i = 0; i < cell->runs && !r->compared; i++) {
		c.run = &cell->run[i];
		c.number = i + 1;
		add_case(r, set, c);
	}
	c.status = REPORT_INVALID;
	for (size_t i = 0; i < cell->left_out; i++) {
		c.run = &cell->run[cell->runs + i];
		c.number = i + 1;
		add_case(r, set, c);
	}
}

static enum report_status status_of(const struct report *r, enum verdict verdict)
{
	if (verdict == VERDICT_WORSE || judging_fails(r->o->judging.fail_on, verdict))
		return REPORT_FAIL;
	return verdict == VERDICT_UNCLEAR ? REPORT_UNCLEAR : REPORT_PASS;
}

void report_cases_make(struct report *r)
{
	void *names = NULL, *slugs = NULL;

	r->set = xcalloc(r->c->sets, sizeof(*r->set));
	for (size_t s = 0; s < r->c->sets; s++) {
		struct report_set *set = &r->set[s];

		set->set = r->c->set[s];
		if (set->set->machines == 1 && *set->set->machine[0].id)
			set->host = set->set->machine[0].name;
		set->where = provenance_of_sets(&set->set, 1);
		set->name = report_unique(&names, xstrdup(set->set->name), " #");
		set->slug = report_unique(&slugs, slug_of(set->name), "_");
		make_subtests(r, set);
		for (size_t i = 0; i < set->subtests; i++)
			add_subtest(r, set, &set->subtest[i]);
	}
	for (size_t i = 0; r->compared && i < r->c->rows; i++) {
		const struct compare_row *row = &r->c->row[i];
		struct report_set *set = &r->set[row->set];
		ptrdiff_t cell = row->cell[DECIDE_NEW] - set->set->cell;

		if (row->d->primary)
			add_case(r, set,
				 (struct report_case){
					 .subtest = &set->subtest[cell],
					 .row = row,
					 .status = status_of(r, row->d->verdict),
				 });
	}
	tdestroy(names, free);
	tdestroy(slugs, free);
}

static void free_subtests(struct report_subtest *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(t[i].name);
		free(t[i].slug);
		free(t[i].place);
		free(t[i].place_slug);
		free(t[i].value);
	}
	free(t);
}

void report_cases_free(struct report *r)
{
	for (size_t s = 0; r->set && s < r->c->sets; s++) {
		struct report_set *set = &r->set[s];

		if (set->part != set->subtest)
			free_subtests(set->part, set->parts);
		free_subtests(set->subtest, set->subtests);
		for (size_t i = 0; i < set->cases; i++) {
			free(set->item[i].name);
			free(set->item[i].text);
		}
		free(set->item);
		free(set->name);
		free(set->slug);
		free(set->where);
	}
	free(r->set);
}
