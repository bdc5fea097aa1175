// SPDX-License-Identifier: MIT
#include "compare/formats.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "say/json.h"
#include "say/say.h"
#include "sets/provenance.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/json.h"

void compare_print_said(FILE *out, void *view)
{
	const struct compare_view *v = view;
	const struct saying s = { .c = v->c, .compared = true, .command = v->command };
	struct document d;

	say(&d, &s);
	v->render(out, &d, v->colour);
	doc_free(&d);
}

void compare_print_json(FILE *out, void *view)
{
	const struct compare_view *v = view;
	json_object *root = compare_to_json(v->c);

	if (json_print(out, root) < 0)
		alloc_failed();
	json_object_put(root);
}

/* A field after RFC 4180: in quotes where it has to be. */
static void print_field(FILE *out, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

/* A number, preceded by a comma; nothing where it is not known. */
static void print_number(FILE *out, double x)
{
	fputc(',', out);
	if (isfinite(x))
		fprintf(out, "%.9g", x);
}

static void print_row(FILE *out, const struct comparison *c,
		      const struct compare_row *row, const char *where)
{
	const struct decide_row *d = row->d;
	const struct metric *m = compare_metric(c, row);
	CLEANUP_FREE char *name = compare_cell_name(c, row->cell[DECIDE_BASE]);
	const struct record_config *config = &row->cell[DECIDE_NEW]->config;
	bool ratio = !d->difference, bounded = decide_bounded(d);
	bool holm = d->primary && row_bounded(row);
	double scale = ratio ? 100 : 1;

	print_field(out, name);
	fprintf(out, ",%s,%s,", m->name, metric_unit_name(m->unit));
	print_field(out, c->set[row->set]->name);
	print_number(out, d->median[DECIDE_BASE]);
	print_number(out, d->median[DECIDE_NEW]);
	print_number(out, ratio ? 100 * d->change.estimate : NAN);
	print_number(out, ratio && bounded ? 100 * d->change.low : NAN);
	print_number(out, ratio && bounded ? 100 * d->change.high : NAN);
	print_number(out, d->p);
	print_number(out, d->p_adjusted);
	fprintf(out, ",%zu,%zu,%s,%s", d->side[0].n, d->side[1].n,
		row->boots ? "boots" : "runs", verdict_name(d->verdict));
	print_number(out, ratio ? NAN : d->change.estimate);
	print_number(out, !ratio && bounded ? d->change.low : NAN);
	print_number(out, !ratio && bounded ? d->change.high : NAN);
	fprintf(out, ",%" PRIu64 ",", record_pace_ns(config));
	print_field(out, c->set[0]->name);
	fputc(',', out);
	print_field(out, where);
	print_number(out, holm ? scale * d->family.low : NAN);
	print_number(out, holm ? scale * d->family.high : NAN);
	fprintf(out, ",%s\r\n",
		d->reason != REASON_NONE ? decide_reason_name(d->reason) : "");
}

void compare_print_csv(FILE *out, void *view)
{
	const struct compare_view *v = view;
	CLEANUP_FREE char *where = provenance_of_sets(v->c->set, v->c->sets);

	fprintf(out,
		"subtest,metric,unit,set,base,new,change_percent,ci_low,ci_high,p,p_adjusted,n_base,n_new,n_of,verdict,difference,difference_low,difference_high,interval_ns,base_set,measured_on,holm_low,holm_high,reason\r\n");
	for (size_t i = 0; i < v->c->rows; i++)
		print_row(out, v->c, &v->c->row[i], where);
}

void compare_print_values(FILE *out, void *view)
{
	const struct compare_view *v = view;
	const struct set *set = v->c->set[0];
	const char *primary = v->c->options->primary, *colon = strchr(primary, ':');
	size_t length = (size_t)(colon - primary);
	size_t m = metrics_find(&v->c->options->metrics, colon + 1);

	for (size_t i = 0; i < set->cells; i++) {
		const struct cell *cell = &set->cell[i];

		if (strncmp(cell->subtest, primary, length) != 0 || cell->subtest[length])
			continue;
		for (size_t j = 0; j < cell->runs; j++)
			if (!isnan(cell->run[j].value[m]))
				fprintf(out, "%.9g\n", cell->run[j].value[m]);
	}
}
