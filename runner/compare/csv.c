// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "system/cleanup.h"

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

static int print_row(const struct compare_view *v, const struct compare_row *row)
{
	const struct comparison *c = v->c;
	const struct decide_row *d = row->d;
	const struct metric *m = &c->options->metrics.metric[row->metric];
	_cleanup_free_ char *name = compare_cell_name(c, row->cell[DECIDE_BASE]);
	bool open_ended = !isfinite(d->change.high) || !(d->change.low > -1);

	if (!name)
		return -ENOMEM;
	print_field(v->out, name);
	fprintf(v->out, ",%s,%s,", m->name, metric_unit_name(m->unit));
	print_field(v->out, c->set[row->set]->name);
	print_number(v->out, d->median[DECIDE_BASE]);
	print_number(v->out, d->median[DECIDE_NEW]);
	print_number(v->out, 100 * d->change.estimate);
	print_number(v->out, open_ended ? NAN : 100 * d->change.low);
	print_number(v->out, open_ended ? NAN : 100 * d->change.high);
	print_number(v->out, d->p);
	print_number(v->out, d->p_adjusted);
	fprintf(v->out, ",%zu,%zu,%s,%s\r\n", d->side[0].n, d->side[1].n,
		row->boots ? "boots" : "runs", verdict_name(d->verdict));
	return 0;
}

int compare_print_csv(const struct compare_view *v)
{
	int ret = 0;

	fprintf(v->out,
		"subtest,metric,unit,set,base,new,change_percent,ci_low,ci_high,p,p_adjusted,n_base,n_new,n_of,verdict\r\n");
	for (size_t i = 0; i < v->c->rows && ret == 0; i++)
		ret = print_row(v, &v->c->row[i]);
	return ret;
}
