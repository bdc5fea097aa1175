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

bool report_has_mock(const struct set *set)
{
	return strcmp(set_fact(set, "device.mock"), "true") == 0;
}

static const char *machine_of(const struct set *set)
{
	const char *is_virtual = set_fact(set, "virtual");

	if (!*is_virtual)
		return "unknown";
	return strcmp(is_virtual, "true") == 0 ? "virtual" : "real";
}

static char *place_of(const struct report *r, const struct report_subtest *t)
{
	CLEANUP_FREE char *where = provenance_of_cell(t->set->set, t->cell);
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

	fputs(t->set->machine, out);
	if (strncmp(set_fact(t->set->set, "hypervisor"), "qemu", 4) == 0)
		fputs("-qemu", out);
	if (report_has_mock(t->set->set))
		fputs("-mock", out);
	put_slug(out, config->engine);
	put_slug(out, walker);
	put_slug(out, config->arena);
	return memstream_close(&m);
}

static void make_subtests(const struct report *r, struct report_set *set)
{
	size_t metrics = r->c->options->metrics.n;
	void *names = NULL, *slugs = NULL;

	set->subtests = set->set->cells;
	set->subtest = xcalloc(set->subtests, sizeof(*set->subtest));
	for (size_t i = 0; i < set->subtests; i++) {
		struct report_subtest *t = &set->subtest[i];

		t->set = set;
		t->cell = &set->set->cell[i];
		t->name = report_unique(&names, xcheck(set_cell_name(set->set, t->cell)),
					" #");
		t->slug = report_unique(&slugs, slug_of(t->name), "_");
		t->place = place_of(r, t);
		t->place_slug = place_slug_of(t);
		t->value = xcalloc(metrics, sizeof(*t->value));
		for (size_t m = 0; m < metrics; m++)
			t->value[m] = cell_value(t->cell, m);
	}
	tdestroy(names, free);
	tdestroy(slugs, free);
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
		set->machine = machine_of(set->set);
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

void report_cases_free(struct report *r)
{
	for (size_t s = 0; r->set && s < r->c->sets; s++) {
		struct report_set *set = &r->set[s];

		for (size_t i = 0; i < set->subtests; i++) {
			free(set->subtest[i].name);
			free(set->subtest[i].slug);
			free(set->subtest[i].place);
			free(set->subtest[i].place_slug);
			free(set->subtest[i].value);
		}
		for (size_t i = 0; i < set->cases; i++) {
			free(set->item[i].name);
			free(set->item[i].text);
		}
		free(set->subtest);
		free(set->item);
		free(set->name);
		free(set->slug);
		free(set->where);
	}
	free(r->set);
}
