// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "system/cleanup.h"

/*
 * The Go benchmark format (golang.org/design/14313-benchmark-format), for
 * `benchstat -col label FILE`: "key: value" lines hold for what follows them.
 */

/* "thp-busy" becomes "ThpBusy": a '-' in a name would precede GOMAXPROCS. */
static void print_name(FILE *out, const char *subtest)
{
	bool begins = true;

	fputs("Benchmark", out);
	for (; *subtest; subtest++) {
		unsigned char u = (unsigned char)*subtest;

		if (isalnum(u) && u < 0x80)
			fputc(begins ? toupper(u) : u, out);
		begins = !isalnum(u);
	}
}

/* "[arena machine]" becomes "/setup=arena_machine". */
static void print_note(FILE *out, const char *subtest, const char *name)
{
	const char *note = name + strlen(subtest);

	if (!*note)
		return;
	fputs("/setup=", out);
	for (note += 2; *note && *note != ']'; note++)
		fputc(isalnum((unsigned char)*note) || strchr(":.,", *note) ? *note : '_',
		      out);
}

/* One side of @row: a line a unit. */
static void print_side(const struct compare_view *v, const struct compare_row *row,
		       int side)
{
	const struct metric *m = &v->c->options->metrics.metric[row->metric];
	_cleanup_free_ char *name = compare_cell_name(v->c, row->cell[DECIDE_BASE]);
	const char *subtest = row->cell[DECIDE_BASE]->subtest;

	for (size_t i = 0; i < row->d->side[side].n; i++) {
		print_name(v->out, subtest);
		print_note(v->out, subtest, name ? name : subtest);
		fprintf(v->out, "/quantile=%s 1 %.0f ns/op\n", m->name,
			row->value[side][i]);
	}
}

static const char *const facts[][2] = {
	{ "kernel", "kernel.release" },
	{ "preempt", "kernel.preempt" },
	{ "cpu", "cpu.model" },
};

static bool is_shared(const struct comparison *c, const char *path)
{
	for (size_t s = 1; s < c->sets; s++)
		if (strcmp(set_fact(c->set[s], path), set_fact(c->set[0], path)) != 0)
			return false;
	return true;
}

/*
 * What holds for the lines of set @s. benchstat puts lines whose configuration differs into
 * tables of their own: what is to stand side by side may differ in its label alone, and the rest
 * is told in lines that it takes for none of its own.
 */
static void print_config(const struct compare_view *v, size_t s)
{
	fprintf(v->out, "label: %s\n", v->c->set[s]->name);
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
		_cleanup_free_ char *value =
			text_plain(set_fact(v->c->set[s], facts[i][1]), 200);

		if (value && *value)
			fprintf(v->out, "%s%s: %s\n",
				is_shared(v->c, facts[i][1]) ? "" : "# ", facts[i][0],
				value);
	}
}

static bool is_quantile(const struct comparison *c, const struct compare_row *row)
{
	return c->options->metrics.metric[row->metric].kind == METRIC_QUANTILE;
}

/* Whether the base's side of row @i stood in an earlier row, of another new set. */
static bool is_base_repeated(const struct comparison *c, size_t i)
{
	for (size_t j = 0; j < i && c->row[j].set < c->row[i].set; j++)
		if (c->row[j].cell[DECIDE_BASE] == c->row[i].cell[DECIDE_BASE] &&
		    c->row[j].metric == c->row[i].metric)
			return true;
	return false;
}

int compare_print_benchstat(const struct compare_view *v)
{
	const struct comparison *c = v->c;

	fprintf(v->out, "Unit ns/op better=lower\n\n");
	print_config(v, 0);
	for (size_t i = 0; i < c->rows; i++)
		if (is_quantile(c, &c->row[i]) && !is_base_repeated(c, i))
			print_side(v, &c->row[i], DECIDE_BASE);
	for (size_t s = 1; s < c->sets; s++) {
		fprintf(v->out, "\n");
		print_config(v, s);
		for (size_t i = 0; i < c->rows; i++)
			if (c->row[i].set == s && is_quantile(c, &c->row[i]))
				print_side(v, &c->row[i], DECIDE_NEW);
	}
	return 0;
}
