// SPDX-License-Identifier: MIT
#include "report_model.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compare/print.h"
#include "show/group.h"
#include "show/show.h"
#include "system/cleanup.h"

/* A fact may be as long as a kernel's command line; nothing honest is longer. */
#define FACT_MAX 4096

void report_slug(FILE *out, const char *text)
{
	bool gap = false;

	for (; *text; text++) {
		unsigned char u = (unsigned char)*text;
		bool plain = (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') ||
			     (u >= '0' && u <= '9') || strchr("._-", u);

		if (plain)
			fputc(u, out);
		else if (!gap && text[1])
			fputc('_', out);
		gap = !plain;
	}
}

static char *slug_of(const char *text)
{
	char *slug = NULL;
	size_t size;
	FILE *out = open_memstream(&slug, &size);

	if (!out)
		return NULL;
	report_slug(out, *text ? text : "_");
	if (fclose(out) == 0)
		return slug;
	free(slug);
	return NULL;
}

/* Makes *@name, the last of @n whose names are @stride bytes apart, one that no other has. */
static int make_unique(char **name, size_t n, size_t stride, const char *mark)
{
	_cleanup_free_ char *plain = *name ? strdup(*name) : NULL;
	size_t number = 1;

	if (!plain)
		return -ENOMEM;
	for (size_t i = 1; i < n; i++) {
		const char *other = *(char **)((char *)name - i * stride);

		if (strcmp(other, *name) != 0)
			continue;
		free(*name);
		if (asprintf(name, "%s%s%zu", plain, mark, ++number) < 0) {
			*name = NULL;
			return -ENOMEM;
		}
		i = 0; /* the new name may be taken as well */
	}
	return 0;
}

static int name_subtests(struct report_view *v, size_t s)
{
	const struct set *set = v->c->set[s];

	for (size_t i = 0; i < set->cells; i++) {
		struct report_subtest *t = &v->subtest[v->subtests++];
		int ret;

		t->set = s;
		t->cell = &set->cell[i];
		t->name = set_cell_name(set, t->cell);
		ret = make_unique(&t->name, i + 1, sizeof(*t), " #");
		if (ret < 0)
			return ret;
		t->slug = slug_of(t->name);
		ret = make_unique(&t->slug, i + 1, sizeof(*t), "_");
		if (ret < 0)
			return ret;
	}
	return 0;
}

int report_model_make(struct report_view *v)
{
	size_t cells = 1, sets = v->c->sets + 1; /* one more: there may be none at all */
	int ret = 0;

	for (size_t s = 0; s < v->c->sets; s++)
		cells += v->c->set[s]->cells;
	v->subtest = calloc(cells, sizeof(*v->subtest));
	v->set_name = calloc(sets, sizeof(*v->set_name));
	v->set_slug = calloc(sets, sizeof(*v->set_slug));
	if (!v->subtest || !v->set_name || !v->set_slug)
		return -ENOMEM;
	for (size_t s = 0; s < v->c->sets && ret == 0; s++) {
		v->set_name[s] = strdup(v->c->set[s]->name);
		ret = make_unique(&v->set_name[s], s + 1, sizeof(char *), " #");
		if (ret < 0)
			return ret;
		v->set_slug[s] = slug_of(v->set_name[s]);
		ret = make_unique(&v->set_slug[s], s + 1, sizeof(char *), "_");
		ret = ret ? ret : name_subtests(v, s);
	}
	return ret;
}

void report_model_free(struct report_view *v)
{
	for (size_t i = 0; i < v->subtests; i++) {
		free(v->subtest[i].name);
		free(v->subtest[i].slug);
	}
	for (size_t s = 0; s < v->c->sets; s++) {
		if (v->set_name)
			free(v->set_name[s]);
		if (v->set_slug)
			free(v->set_slug[s]);
	}
	free(v->subtest);
	free(v->set_name);
	free(v->set_slug);
}

bool report_is_shown(const struct report_view *v, size_t m)
{
	enum metric_kind kind = v->c->options->metrics.metric[m].kind;

	return kind == METRIC_QUANTILE || kind == METRIC_HUGE;
}

int report_median(const struct cell *cell, size_t m, struct report_value *value)
{
	_cleanup_free_ double *known = malloc((cell->runs + 1) * sizeof(*known));

	if (!known)
		return -ENOMEM;
	*value = (struct report_value){ .median = NAN };
	for (size_t i = 0; i < cell->runs; i++) {
		value->few += cell->run[i].few[m];
		if (!isnan(cell->run[i].value[m]))
			known[value->n++] = cell->run[i].value[m];
	}
	if (value->n > 0)
		value->median = sorted_median(known, value->n);
	return 0;
}

int report_digits(enum metric_unit unit)
{
	return unit == UNIT_NS ? 15 : 6;
}

const char *report_machine(const struct report_view *v, const struct report_subtest *t)
{
	const char *is_virtual = set_fact(v->c->set[t->set], "virtual");

	if (!*is_virtual)
		return "unknown";
	return strcmp(is_virtual, "true") == 0 ? "virtual" : "real";
}

/* What was written to @out, which is open_memstream()ed to *@text; NULL: out of memory. */
static char *finish_text(FILE *out, char **text, int ret)
{
	if (fclose(out) == 0 && ret == 0)
		return *text;
	free(*text);
	return NULL;
}

char *report_place(const struct report_view *v, const struct report_subtest *t)
{
	const struct set *set = v->c->set[t->set];
	_cleanup_free_ char *hypervisor = text_plain(set_fact(set, "hypervisor"), 64);
	_cleanup_free_ char *arena = text_plain(t->cell->config.arena, 64);
	const char *machine = report_machine(v, t);
	char engine[64], *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "%s %s", machine,
		strcmp(machine, "real") == 0 ? "hardware" : "machine");
	if (hypervisor && *hypervisor)
		fprintf(out, " (%s)", hypervisor);
	fprintf(out, ", engine %s",
		describe_engine(t->cell->config.engine, engine, sizeof(engine)));
	if (arena && *arena)
		fprintf(out, ", arena %s", arena);
	fprintf(out, ", as %s", v->c->options->woken ? "woken" : "scheduled");
	return finish_text(out, &text, 0);
}

void report_place_slug(const struct report_view *v, const struct report_subtest *t,
		       FILE *out)
{
	const struct set *set = v->c->set[t->set];
	const char *hypervisor = set_fact(set, "hypervisor");

	fputs(report_machine(v, t), out);
	if (strncmp(hypervisor, "qemu", 4) == 0)
		fputs("-qemu", out);
	if (*t->cell->config.engine) {
		fputc('-', out);
		report_slug(out, t->cell->config.engine);
	}
	if (*t->cell->config.arena) {
		fputc('-', out);
		report_slug(out, t->cell->config.arena);
	}
}

static enum report_status status_of_row(const struct report_view *v,
					const struct compare_row *row)
{
	enum verdict verdict = row->d->verdict;

	if (verdict == VERDICT_WORSE || judging_fails(v->judging->fail_on, verdict))
		return REPORT_FAIL;
	return verdict == VERDICT_UNCLEAR ? REPORT_UNCLEAR : REPORT_PASS;
}

typedef int case_visitor(const struct report_view *v, const struct report_case *c,
			 void *data);

static int each_of_subtest(const struct report_view *v, const struct report_subtest *t,
			   case_visitor *each, void *data)
{
	const struct cell *cell = t->cell;
	struct report_case c = { .subtest = t };
	int ret = 0;

	c.status = cell->runs > 0 ? REPORT_MEASURED : REPORT_NOTHING;
	if (v->compared || c.status == REPORT_NOTHING)
		ret = each(v, &c, data);
	for (size_t i = 0; i < cell->runs && !v->compared && ret == 0; i++) {
		c.run = &cell->run[i];
		c.number = i + 1;
		ret = each(v, &c, data);
	}
	c.status = REPORT_INVALID;
	for (size_t i = 0; i < cell->left_out && ret == 0; i++) {
		c.run = &cell->run[cell->runs + i];
		c.number = i + 1;
		ret = each(v, &c, data);
	}
	return ret;
}

/* The subtest of set @s that @cell is. */
static const struct report_subtest *find_subtest(const struct report_view *v,
						 const struct cell *cell)
{
	size_t i = 0;

	while (v->subtest[i].cell != cell)
		i++;
	return &v->subtest[i];
}

int report_each_case(const struct report_view *v, size_t s, case_visitor *each,
		     void *data)
{
	int ret = 0;

	for (size_t i = 0; i < v->subtests && ret == 0; i++)
		if (v->subtest[i].set == s)
			ret = each_of_subtest(v, &v->subtest[i], each, data);
	for (size_t i = 0; v->compared && i < v->c->rows && ret == 0; i++) {
		const struct compare_row *row = &v->c->row[i];
		const struct report_case c = {
			.subtest = find_subtest(v, row->cell[DECIDE_NEW]),
			.row = row,
			.status = status_of_row(v, row),
		};

		if (row->set == s && row->d->primary)
			ret = each(v, &c, data);
	}
	return ret;
}

char *report_case_name(const struct report_view *v, const struct report_case *c)
{
	char *name;
	int n;

	if (c->row)
		n = asprintf(&name, "%s %s", c->subtest->name,
			     v->c->options->metrics.metric[c->row->metric].name);
	else if (c->run)
		n = asprintf(&name, "%s%s run %zu", c->subtest->name,
			     c->status == REPORT_INVALID ? " invalid" : "", c->number);
	else
		n = asprintf(&name, "%s", c->subtest->name);
	return n < 0 ? NULL : name;
}

static void row_text(const struct report_view *v, const struct compare_row *row,
		     FILE *out)
{
	const struct decide_row *d = row->d;
	char base[CELL_SIZE], other[CELL_SIZE], change[CELL_SIZE], range[CELL_SIZE],
		p[CELL_SIZE], huge[CELL_SIZE];

	fprintf(out, "%s: %s to %s", verdict_name(d->verdict),
		side_text(v->c, row, DECIDE_BASE, base, sizeof(base)),
		side_text(v->c, row, DECIDE_NEW, other, sizeof(other)));
	if (*row_change_text(row, change, sizeof(change)))
		fprintf(out, ", %s [%s]", change, range_text(row, range, sizeof(range)));
	if (*judged_p_text(d, p, sizeof(p)))
		fprintf(out, ", p %s after Holm", p);
	fprintf(out, ", %zu against %zu %s", d->side[DECIDE_NEW].n,
		d->side[DECIDE_BASE].n, row->boots ? "boots" : "runs");
	if (*huge_text(v->c, row, huge, sizeof(huge)))
		fprintf(out, ", huge %s", huge);
}

/* The metrics of @t: of @run, or the medians over all of its runs. */
static int values_text(const struct report_view *v, const struct report_subtest *t,
		       const struct run *run, FILE *out)
{
	const struct metrics *metrics = &v->c->options->metrics;
	const char *between = "";

	for (size_t m = 0; m < metrics->n; m++) {
		struct report_value value = { 0 };
		char buf[CELL_SIZE];
		int ret = run ? 0 : report_median(t->cell, m, &value);

		if (ret < 0)
			return ret;
		if (run)
			value = (struct report_value){ run->value[m], 1, run->few[m] };
		if (!report_is_shown(v, m) || (isnan(value.median) && value.few == 0))
			continue;
		fprintf(out, "%s%s ", between, metrics->metric[m].name);
		between = ", ";
		if (isnan(value.median))
			fprintf(out, "unknown (n<%llu)",
				(unsigned long long)quantile_samples_needed(
					metrics->metric[m].p));
		else
			fputs(value_text(&metrics->metric[m], value.median, buf,
					 sizeof(buf)),
			      out);
	}
	return 0;
}

/* What came of a run or a subtest. */
static int outcome_text(const struct report_view *v, const struct report_case *c,
			FILE *out)
{
	const struct cell *cell = c->subtest->cell;

	if (c->status == REPORT_INVALID) {
		fprintf(out, "invalid: %s", c->run->reason);
		return 0;
	}
	if (c->status == REPORT_NOTHING) {
		fprintf(out, "no valid run: %zu invalid", cell->left_out);
		return 0;
	}
	if (!c->run)
		fprintf(out, "median of %zu run%s: ", cell->runs,
			cell->runs == 1 ? "" : "s");
	return values_text(v, c->subtest, c->run, out);
}

char *report_case_text(const struct report_view *v, const struct report_case *c)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret = 0;

	if (!out)
		return NULL;
	if (c->row)
		row_text(v, c->row, out);
	else
		ret = outcome_text(v, c, out);
	return finish_text(out, &text, ret);
}

int report_each_fact(const struct report_view *v, size_t s,
		     void (*each)(FILE *out, const char *path, const char *text))
{
	const struct fact_list *facts = &v->c->set[s]->facts;

	for (size_t i = 0; i < facts->n; i++) {
		_cleanup_free_ char *path = text_plain(facts->fact[i].path, FACT_MAX);
		_cleanup_free_ char *text = text_plain(facts->fact[i].text, FACT_MAX);

		if (!path || !text)
			return -ENOMEM;
		each(v->out, path, text);
	}
	return 0;
}

const char *report_time(double start, char *buf, size_t size)
{
	time_t seconds;
	struct tm tm;

	*buf = '\0';
	/* years of four digits alone: RFC 3339 */
	if (!(start >= 0 && start < 253402300800.0))
		return buf;
	seconds = (time_t)start;
	if (gmtime_r(&seconds, &tm))
		strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return buf;
}

double report_first_start(const struct report_view *v, size_t s)
{
	const struct set *set = v->c->set[s];
	double first = NAN;

	for (size_t i = 0; i < set->cells; i++)
		for (size_t k = 0; k < set->cell[i].runs + set->cell[i].left_out; k++)
			first = fmin(first, set->cell[i].run[k].start);
	return first;
}
