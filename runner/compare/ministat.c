// SPDX-License-Identifier: MIT
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "stats/estimate.h"
#include "system/cleanup.h"
#include "system/units.h"

/*
 * What ministat(1) of FreeBSD prints: a plot with a mark a value, stacked where they
 * fall together, a line below for each set (M its median, A its average, bars a standard
 * deviation to both sides) and a table.
 */

#define PLOT_WIDTH 74
#define SETS_MAX   7

static const char marks[SETS_MAX + 1] = "x+*%#@O";

/* The values of one set, and what is said of them. */
struct sample {
	const char *name;
	size_t n;
	const double *value;
	double min, max, median, average, deviation;
};

struct plot {
	const struct metric *metric;
	size_t samples;
	struct sample sample[SETS_MAX];
	double low, high; /* the ends of the plot */
	size_t height;
	char *dots; /* height rows of PLOT_WIDTH, the lowest first */
};

static int take_sample(struct sample *s, const char *name, const double *value, size_t n)
{
	double squares = 0;

	*s = (struct sample){ .name = name, .n = n, .value = value };
	if (n == 0)
		return 0;
	s->min = s->max = value[0];
	for (size_t i = 0; i < n; i++) {
		s->min = fmin(s->min, value[i]);
		s->max = fmax(s->max, value[i]);
		s->average += value[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++)
		squares += pow(value[i] - s->average, 2);
	s->deviation = n > 1 ? sqrt(squares / (double)(n - 1)) : 0;
	s->median = median(value, n);
	return 0;
}

static size_t column_of(const struct plot *p, double value)
{
	double x = (value - p->low) / (p->high - p->low) * (PLOT_WIDTH - 1);

	return !(x > 0) ? 0 : x > PLOT_WIDTH - 1 ? PLOT_WIDTH - 1 : (size_t)(x + 0.5);
}

/* The ends of the plot: all values, and all bars. */
static void find_ends(struct plot *p)
{
	p->low = INFINITY;
	p->high = -INFINITY;
	for (size_t s = 0; s < p->samples; s++) {
		const struct sample *of = &p->sample[s];

		if (of->n == 0)
			continue;
		p->low = fmin(p->low, fmin(of->min, of->average - of->deviation));
		p->high = fmax(p->high, fmax(of->max, of->average + of->deviation));
	}
	if (!(p->high > p->low)) {
		double room = fmax(1, fabs(p->low) / 100);

		p->low -= room;
		p->high += room;
	}
}

/* How high the marks are stacked: as many as the fullest column holds. */
static size_t find_height(const struct plot *p)
{
	size_t count[PLOT_WIDTH] = { 0 }, most = 1;

	for (size_t s = 0; s < p->samples; s++)
		for (size_t i = 0; i < p->sample[s].n; i++) {
			size_t n = ++count[column_of(p, p->sample[s].value[i])];

			most = n > most ? n : most;
		}
	return most;
}

static int place_marks(struct plot *p)
{
	size_t count[PLOT_WIDTH] = { 0 };

	p->height = find_height(p);
	p->dots = malloc(p->height * PLOT_WIDTH);
	if (!p->dots)
		return -ENOMEM;
	memset(p->dots, ' ', p->height * PLOT_WIDTH);
	for (size_t s = 0; s < p->samples; s++)
		for (size_t i = 0; i < p->sample[s].n; i++) {
			size_t x = column_of(p, p->sample[s].value[i]);

			p->dots[count[x]++ * PLOT_WIDTH + x] = marks[s];
		}
	return 0;
}

static void print_border(FILE *out)
{
	fputc('+', out);
	for (int i = 0; i < PLOT_WIDTH; i++)
		fputc('-', out);
	fputs("+\n", out);
}

/* |____M_A____| of one set, drawn into @line. */
static void draw_bar(const struct plot *p, const struct sample *s, char *line)
{
	size_t left = column_of(p, s->average - s->deviation);
	size_t right = column_of(p, s->average + s->deviation);

	memset(line + left, '_', right - left + 1);
	line[left] = line[right] = '|';
	line[column_of(p, s->median)] = 'M';
	line[column_of(p, s->average)] = 'A';
}

/* Whether @bar, and a blank to both sides of it, fall on nothing in @line. */
static bool has_room(const char *line, const char *bar)
{
	for (size_t i = 0; i < PLOT_WIDTH; i++) {
		bool near = bar[i] != ' ' || (i > 0 && bar[i - 1] != ' ') ||
			    (i + 1 < PLOT_WIDTH && bar[i + 1] != ' ');

		if (near && line[i] != ' ')
			return false;
	}
	return true;
}

/* The bars of all sets, each on the first line that has room for it. */
static void print_bars(FILE *out, const struct plot *p)
{
	char line[SETS_MAX][PLOT_WIDTH], bar[PLOT_WIDTH];
	size_t lines = 0;

	memset(line, ' ', sizeof(line));
	for (size_t s = 0; s < p->samples; s++) {
		size_t at = 0;

		if (p->sample[s].n == 0)
			continue;
		memset(bar, ' ', sizeof(bar));
		draw_bar(p, &p->sample[s], bar);
		while (!has_room(line[at], bar))
			at++;
		for (size_t i = 0; i < PLOT_WIDTH; i++)
			line[at][i] = bar[i] != ' ' ? bar[i] : line[at][i];
		lines = at >= lines ? at + 1 : lines;
	}
	for (size_t i = 0; i < lines; i++)
		fprintf(out, "|%.*s|\n", PLOT_WIDTH, line[i]);
}

/* Numbers in @unit. */
static void print_numbers(FILE *out, const struct plot *p, struct time_unit unit)
{
	fprintf(out, "%5s %13s %13s %13s %13s %13s\n", "N", "Min", "Max", "Median", "Avg",
		"Stddev");
	for (size_t s = 0; s < p->samples; s++) {
		const struct sample *of = &p->sample[s];

		fprintf(out, "%c %3zu", marks[s], of->n);
		if (of->n > 0)
			fprintf(out, " %13.8g %13.8g %13.8g %13.8g %13.8g",
				of->min / unit.ns, of->max / unit.ns,
				of->median / unit.ns, of->average / unit.ns,
				of->deviation / unit.ns);
		fputc('\n', out);
	}
}

static void print_plot(FILE *out, const struct plot *p, struct time_unit unit)
{
	for (size_t s = 0; s < p->samples; s++)
		fprintf(out, "%c %s\n", marks[s], p->sample[s].name);
	print_border(out);
	for (size_t row = p->height; row-- > 0;)
		fprintf(out, "|%.*s|\n", PLOT_WIDTH, p->dots + row * PLOT_WIDTH);
	print_bars(out, p);
	print_border(out);
	print_numbers(out, p, unit);
}

/* Where ministat says whether there is a difference, what was decided. */
static void print_decision(const struct compare_view *v, const struct compare_row *row)
{
	const struct comparison *c = v->c;
	const struct decide_row *d = row->d;
	char change[CELL_SIZE], range[CELL_SIZE];

	fprintf(v->out, "%s: %s %s, %.0f%% interval %s, p = %.2g (%.2g after Holm)\n",
		c->set[row->set]->name, verdict_name(d->verdict),
		row_change_text(row, change, sizeof(change)),
		100 * c->options->decide.level, range_text(row, range, sizeof(range)),
		d->p, d->p_adjusted);
}

/* The rows of all sets for what @first is the first row of. */
static int print_rows(const struct compare_view *v, size_t first, bool again)
{
	const struct comparison *c = v->c;
	const struct compare_row *base = &c->row[first];
	_cleanup_free_ char *name = compare_cell_name(c, base->cell[DECIDE_BASE]);
	struct plot p = { .metric = &c->options->metrics.metric[base->metric] };
	struct time_unit unit;
	int ret = name ? 0 : -ENOMEM;

	ret = ret ? ret
		  : take_sample(&p.sample[p.samples++], c->set[0]->name,
				base->value[DECIDE_BASE], base->d->side[DECIDE_BASE].n);
	for (size_t i = first; i < c->rows && p.samples < SETS_MAX && ret == 0; i++)
		if (c->row[i].cell[DECIDE_BASE] == base->cell[DECIDE_BASE] &&
		    c->row[i].metric == base->metric)
			ret = take_sample(&p.sample[p.samples++],
					  c->set[c->row[i].set]->name,
					  c->row[i].value[DECIDE_NEW],
					  c->row[i].d->side[DECIDE_NEW].n);
	find_ends(&p);
	ret = ret ? ret : place_marks(&p);
	if (ret < 0)
		return ret;
	unit = unit_for(whole_ns(p.high));
	fprintf(v->out, "%s%s %s (%s)\n", again ? "\n" : "", name, p.metric->name,
		unit.name);
	print_plot(v->out, &p, unit);
	for (size_t i = first; i < c->rows; i++)
		if (c->row[i].cell[DECIDE_BASE] == base->cell[DECIDE_BASE] &&
		    c->row[i].metric == base->metric)
			print_decision(v, &c->row[i]);
	if (c->sets > SETS_MAX)
		fprintf(v->out, "(%d of %zu sets are drawn)\n", SETS_MAX, c->sets);
	free(p.dots);
	return 0;
}

static int print_plots(const struct compare_view *v)
{
	const struct comparison *c = v->c;
	bool again = false;
	int ret = 0;

	for (size_t i = 0; i < c->rows && ret == 0; i++) {
		bool repeated = false;

		for (size_t j = 0; j < i; j++)
			repeated |= c->row[j].cell[0] == c->row[i].cell[0] &&
				    c->row[j].metric == c->row[i].metric;
		if (!c->row[i].d->primary || repeated)
			continue;
		ret = print_rows(v, i, again);
		again = true;
	}
	return ret;
}

int compare_print_ministat(const struct compare_view *v)
{
	return print_all_ascii(v, print_plots);
}
