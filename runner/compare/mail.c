// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "summary/attribution.h"
#include "print.h"
#include "system/cleanup.h"
#include "text.h"

/* What moved by less does not explain anything: a mail leaves it out. */
#define EXPLAINING_LEAST 0.01

/* The longest name of a subtest that leaves room for the other columns. */
#define NAME_WIDTH 12

enum column {
	SUBTEST,
	METRIC,
	BASE,
	NEW,
	CHANGE,
	RANGE,
	HUGE,
	P,
	VERDICT,
};

/* "name     text …", wrapped. */
static void print_item(FILE *out, const char *name, const char *text)
{
	fprintf(out, "%-8s ", name);
	print_wrapped(out, text, MAIL_WIDTH, 9, 9);
}

static int print_head(const struct compare_view *v)
{
	const struct comparison *c = v->c;
	char buf[LINE_SIZE];

	fprintf(v->out, "pinlat: %s\n", overall_text(c->verdict));
	print_wrapped(v->out, c->sentence, MAIL_WIDTH, 0, 2);
	for (size_t s = 1; c->sets > 2 && s < c->sets; s++)
		print_wrapped(v->out, c->result[s].sentence, MAIL_WIDTH, 0, 2);
	fprintf(v->out, "\n");
	for (size_t s = 0; s < c->sets; s++) {
		_cleanup_free_ char *line = NULL;

		if (asprintf(&line, "%s: %s", c->set[s]->name,
			     set_text(c->set[s], buf, sizeof(buf))) < 0) {
			line = NULL;
			return -ENOMEM;
		}
		print_item(v->out, s ? "new" : "base", line);
	}
	print_item(v->out, "machine", machine_text(c->set[0], buf, sizeof(buf)));
	print_item(v->out, "setup", setup_text(c, buf, sizeof(buf)));
	print_item(v->out, "command", v->command);
	return 0;
}

static void add_head(struct table *t, enum row_choice choice, const struct comparison *c)
{
	table_row(t);
	table_set(t, SUBTEST, "subtest");
	table_set(t, METRIC, "%s", "");
	table_set(t, BASE, "base");
	table_set(t, NEW, "new");
	table_set(t, CHANGE, "change");
	if (choice == ROWS_EXPLAINING)
		return;
	table_set(t, RANGE, "%.0f%% int.", 100 * c->options->decide.level);
	table_set(t, HUGE, "huge");
	table_set(t, P, "p");
	table_set(t, VERDICT, "verdict");
}

static void add_row(struct table *t, const struct comparison *c,
		    const struct compare_row *row, const char *name)
{
	char buf[CELL_SIZE];

	table_row(t);
	table_set(t, SUBTEST, "%s", name);
	table_set(t, METRIC, "%s", c->options->metrics.metric[row->metric].name);
	table_set(t, BASE, "%s", side_text(c, row, DECIDE_BASE, buf, sizeof(buf)));
	table_set(t, NEW, "%s", side_text(c, row, DECIDE_NEW, buf, sizeof(buf)));
	table_set(t, CHANGE, "%s", row_change_text(row, buf, sizeof(buf)));
	if (!row->d->primary)
		return;
	table_set(t, RANGE, "%s", range_text(row, buf, sizeof(buf)));
	table_set(t, HUGE, "%s", huge_text(c, row, buf, sizeof(buf)));
	table_set(t, P, "%s", judged_p_text(row->d, buf, sizeof(buf)));
	table_set(t, VERDICT, "%s", verdict_name(row->d->verdict));
}

static bool is_wanted(const struct comparison *c, const struct compare_row *row, size_t s,
		      enum row_choice choice)
{
	double base = row->d->median[DECIDE_BASE], new = row->d->median[DECIDE_NEW];

	return is_chosen(c, row, s, choice) &&
	       (choice != ROWS_EXPLAINING ||
		fabs(new - base) >= EXPLAINING_LEAST * fmax(base, new));
}

/*
 * The rows of @choice of set @s; of the cells of @only (NULL: all), whose name the table does
 * without. @huge: with the column of that name.
 */
static void make_table(struct table *t, const struct compare_view *v, size_t s,
		       enum row_choice choice, const struct compare_row *only, bool huge)
{
	const struct comparison *c = v->c;
	const struct compare_row *before = NULL;

	table_init(t, "llrrrlrrl");
	add_head(t, choice, c);
	if (only)
		table_set(t, SUBTEST, "%s", "");
	if (!huge)
		table_set(t, HUGE, "%s", "");
	for (size_t i = 0; c->row && i < c->rows; i++) {
		const struct compare_row *row = &c->row[i];
		const char *name = row->cell[0]->subtest;

		if (!is_wanted(c, row, s, choice) ||
		    (only && row->cell[0] != only->cell[0]))
			continue;
		if (only || (before && before->cell[0] == row->cell[0]))
			name = "";
		add_row(t, c, row, name);
		if (!huge)
			table_set(t, HUGE, "%s", "");
		before = row;
	}
}

/* What the column "huge" would have said. */
static void print_huge(const struct compare_view *v, size_t s,
		       const struct compare_row *only)
{
	const struct comparison *c = v->c;
	char buf[CELL_SIZE];

	for (size_t i = 0; c->row && i < c->rows; i++) {
		const struct compare_row *row = &c->row[i];

		/* once for each subtest */
		if (!is_chosen(c, row, s, ROWS_JUDGED) ||
		    (only && row->cell[0] != only->cell[0]) ||
		    (i > 0 && row[-1].cell[0] == row->cell[0] && row[-1].d->primary))
			continue;
		if (*huge_text(c, row, buf, sizeof(buf)))
			fprintf(v->out, "huge pages at the first touch, %s: %s\n",
				row->cell[0]->subtest, buf);
	}
}

static int print_table(const struct compare_view *v, size_t s, enum row_choice choice,
		       const struct compare_row *only)
{
	struct table t;
	bool wide;
	int ret;

	make_table(&t, v, s, choice, only, true);
	wide = table_width(&t) > MAIL_WIDTH;
	if (wide) {
		table_free(&t);
		make_table(&t, v, s, choice, only, false);
	}
	ret = t.rows > 1 ? table_print(&t, v->out, MAIL_WIDTH) : 0;
	table_free(&t);
	if (ret == 0 && wide)
		print_huge(v, s, only);
	return ret;
}

/* One table, or where names are long one for each subtest below its name. */
static int print_rows(const struct compare_view *v, size_t s, enum row_choice choice)
{
	const struct comparison *c = v->c;
	const struct cell *before = NULL;
	bool is_short = are_names_short(c, NAME_WIDTH);
	int ret = 0;

	for (size_t i = 0; i < c->rows && ret == 0; i++) {
		const struct cell *cell = c->row[i].cell[0];
		_cleanup_free_ char *name = NULL;

		if ((before && cell == before) || !is_wanted(c, &c->row[i], s, choice))
			continue;
		if (!before && choice == ROWS_EXPLAINING)
			fprintf(v->out,
				"\nWhat may explain it (medians; what moved by less than 1%% is left out):\n");
		before = cell;
		fprintf(v->out, "\n");
		if (is_short)
			return print_table(v, s, choice, NULL);
		name = compare_cell_name(c, cell);
		if (!name)
			return -ENOMEM;
		print_wrapped(v->out, name, MAIL_WIDTH, 0, 2);
		ret = print_table(v, s, choice, &c->row[i]);
	}
	return ret;
}

static void print_difference(void *data, const char *path, const char *base,
			     const char *other)
{
	FILE *out = data;
	char line[LINE_SIZE];

	snprintf(line, sizeof(line), "%s: %s against %s", path, base, other);
	fprintf(out, "  ");
	print_wrapped(out, line, MAIL_WIDTH, 2, 4);
}

static int print_set(const struct compare_view *v, size_t s)
{
	const struct comparison *c = v->c;
	int ret;

	if (c->sets > 2)
		fprintf(v->out, "\n%s against %s:\n", c->set[s]->name, c->set[0]->name);
	ret = print_rows(v, s, ROWS_JUDGED);
	if (compare_is_set_judged(c, s))
		print_legend(v, s, MAIL_WIDTH);
	if (compare_has_attribution(c, s)) {
		fprintf(v->out, "\n%s:\n", ATTRIBUTION_TITLE);
		ret = ret ? ret : print_attribution(v, s, MAIL_WIDTH);
	}
	ret = ret ? ret : print_rows(v, s, ROWS_EXPLAINING);
	fprintf(v->out, "\nEnvironment: ");
	print_wrapped(v->out, c->result[s].environment, MAIL_WIDTH, 13, 2);
	return ret ? ret : each_difference(c, s, print_difference, v->out);
}

static int print_all(const struct compare_view *v)
{
	const struct comparison *c = v->c;
	int ret = print_head(v);

	for (size_t s = 1; s < c->sets && ret == 0; s++)
		ret = print_set(v, s);
	if (c->warnings.n > 0)
		fprintf(v->out, "\n");
	for (size_t i = 0; i < c->warnings.n; i++) {
		fprintf(v->out, "- ");
		print_wrapped(v->out, c->warnings.text[i], MAIL_WIDTH, 2, 2);
	}
	return ret;
}

int compare_print_mail(const struct compare_view *v)
{
	return print_all_ascii(v, print_all);
}
