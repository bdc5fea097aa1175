// SPDX-License-Identifier: MIT
#include "show/show.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"
#include "pinlat.h"
#include "record/file.h"
#include "render/table.h"
#include "sets/cell.h"
#include "sets/provenance.h"
#include "show/faults.h"
#include "show/pageout.h"
#include "show/record.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

/* One table: the cells of a set that share arena and engine. */
struct shown {
	struct set
		set; /* its cells are those of the table; it borrows all but their list */
	size_t records, valid;
};

/* The columns after the names and the quantiles: what a run had for load. */
static const struct {
	const char *metric, *head, *unit;
} loads[] = {
	{ "huge", "huge", "%" },
	{ "scanned", "scanned", "anon pg" },
	{ "requests", "reqs", "/s" },
	{ "walker", "walker", "MB/s" },
};

static const char *const quantiles[] = { "p50", "p90", "p99" };

#define QUANTILES (sizeof(quantiles) / sizeof(*quantiles))
#define LOADS	  (sizeof(loads) / sizeof(*loads))

enum column { SUBTEST, RUNS, P50, RANGE = P50 + QUANTILES, MAX, LOAD };

static struct cell_value value_of(const struct sets *sets, const struct cell *cell,
				  const char *metric)
{
	return cell_value(cell, metrics_find(sets->metrics, metric));
}

/* Whether every run has the samples for the quantile. */
static bool is_known(const struct cell_value *v)
{
	return v->few == 0 && v->n > 0;
}

/* "7.04..11.9ms", "963µs..1.23ms" */
static void set_range(struct table *t, double low, double high)
{
	char a[32], b[32];

	if (unit_for(whole_ns(low)).ns == unit_for(whole_ns(high)).ns)
		format_number(low / unit_for(whole_ns(low)).ns, a, sizeof(a));
	else
		format_time(whole_ns(low), a, sizeof(a));
	table_set(t, RANGE, "%s..%s", a, format_time(whole_ns(high), b, sizeof(b)));
}

/* Returns whether a quantile could not be stated. */
static bool set_latency(struct table *t, const struct sets *sets, const struct cell *cell)
{
	struct cell_value v;
	bool marked = false;
	char a[32];

	for (size_t q = 0; q < QUANTILES; q++) {
		size_t m = metrics_find(sets->metrics, quantiles[q]);

		v = cell_value(cell, m);
		if (is_known(&v))
			table_set(t, P50 + q, "%s",
				  format_time(whole_ns(v.median), a, sizeof(a)));
		else
			table_set(t, P50 + q, "n<%" PRIu64,
				  quantile_samples_needed(sets->metrics->metric[m].p));
		marked |= !is_known(&v);
	}
	v = value_of(sets, cell, "p99");
	if (is_known(&v) && cell->runs > 1)
		set_range(t, v.low, v.high);
	v = value_of(sets, cell, "max");
	table_set(t, MAX, "%s", format_time(whole_ns(v.median), a, sizeof(a)));
	return marked;
}

/* All first touches of all runs got a huge page: nobody needs a column for that. */
static bool all_huge(const struct sets *sets, const struct set *set)
{
	for (size_t i = 0; i < set->cells; i++) {
		struct cell_value v = value_of(sets, &set->cell[i], "huge");

		if (set->cell[i].runs > 0 && v.n > 0 && v.low < 100)
			return false;
	}
	return true;
}

static void set_load(struct table *t, size_t column, const char *metric, double value)
{
	char buf[32];

	if (strcmp(metric, "huge") == 0)
		table_set(t, column, "%.0f", value);
	else
		table_set(
			t, column, "%s",
			format_count(strcmp(metric, "walker") == 0 ? value / 1e6 : value,
				     buf, sizeof(buf)));
}

static void set_head(struct table *t, bool all_are_huge)
{
	static const char *const head[] = { "subtest", "runs",	      "p50", "p90",
					    "p99",     "p99 of runs", "max" };

	table_row(t);
	for (size_t c = 0; c < LOAD; c++)
		table_set(t, c, "%s", head[c]);
	for (size_t l = all_are_huge; l < LOADS; l++)
		table_set(t, LOAD + l, "%s", loads[l].head);
	table_row(t);
	table_set(t, MAX, "median"); /* the longest of all is said of faults */
	for (size_t l = all_are_huge; l < LOADS; l++)
		table_set(t, LOAD + l, "%s", loads[l].unit);
}

/* Returns whether some quantile could not be stated. */
static bool print_table(const struct sets *sets, const struct shown *s)
{
	bool all_are_huge = all_huge(sets, &s->set), marked = false;
	struct table t;

	table_init(&t, "lrrrrrrrrrr");
	set_head(&t, all_are_huge);
	for (size_t i = 0; i < s->set.cells; i++) {
		const struct cell *cell = &s->set.cell[i];
		CLEANUP_FREE char *name = NULL;

		if (cell->runs == 0)
			continue;
		name = set_cell_name(&s->set, cell);
		table_row(&t);
		table_set(&t, SUBTEST, "%s", name);
		table_set(&t, RUNS, "%zu", cell->runs);
		marked |= set_latency(&t, sets, cell);
		for (size_t l = all_are_huge; l < LOADS; l++) {
			struct cell_value v = value_of(sets, cell, loads[l].metric);

			/* a median of some of the runs would be of other runs than its row */
			if (v.n == cell->runs)
				set_load(&t, LOAD + l, loads[l].metric, v.median);
		}
	}
	table_print(&t, stdout, SHOW_WIDTH);
	return marked;
}

/* "768M under DMA, ": the most of any subtest. */
static void print_pinned(const struct sets *sets, const struct set *set)
{
	double most = 0;
	char buf[32];

	for (size_t i = 0; i < set->cells; i++) {
		struct cell_value v = value_of(sets, &set->cell[i], "pinned");

		if (set->cell[i].runs > 0 && v.n > 0 && v.median > most)
			most = v.median;
	}
	if (most > 0)
		printf("%s under DMA, ", format_size(whole_ns(most), buf, sizeof(buf)));
}

static void print_title(const struct sets *sets, const struct shown *s, bool colour)
{
	const struct set *set = &s->set;
	CLEANUP_FREE char *label = text_plain(set->label, 80);
	CLEANUP_FREE char *where = provenance_of_sets(&set, 1);
	char buf[LINE_SIZE];

	print_where(where);
	printf("%s%s%s: kernel %s\n", colour ? "\033[1m" : "", label,
	       colour ? "\033[0m" : "", kernel_text(set, "unknown", buf, sizeof(buf)));
	printf("%s\n", machine_text(set, buf, sizeof(buf)));
	print_pinned(sets, set);
	if (s->valid < s->records)
		printf("%zu of %zu runs valid\n", s->valid, s->records);
	else
		printf("%zu run%s\n", s->records, PLURAL(s->records));
}

static void print_invalid(const struct cell *cell)
{
	for (size_t i = cell->runs; i < cell->runs + cell->left_out; i++) {
		CLEANUP_FREE char *text =
			xasprintf("invalid: %04" PRIu64 " %s: %s", cell->run[i].seq,
				  cell->subtest, cell->run[i].reason);

		print_wrapped(stdout, text, SHOW_WIDTH, 0, 2);
	}
}

/* What a reader should know of the table. */
static void print_notes(const struct shown *s)
{
	for (size_t i = 0; i < s->set.cells; i++) {
		const struct cell *cell = &s->set.cell[i];

		if (cell->shortest == cell->longest)
			continue;
		printf("Careful: runs of %s differ in duration; medians mix them.\n",
		       cell->subtest);
		break;
	}
	if (s->set.duplicates > 0)
		printf("Left out: %zu cop%s of other records.\n", s->set.duplicates,
		       s->set.duplicates == 1 ? "y" : "ies");
	if (s->valid < s->records)
		printf("\n");
	for (size_t i = 0; i < s->set.cells; i++)
		print_invalid(&s->set.cell[i]);
	if (s->set.ignored)
		printf("Written by a newer pinlat; ignored: %s\n", s->set.ignored);
}

/*
 * The engine of the cells that @cell belongs with. Loads without a device name none: they stand
 * beside those that do where there is but one such engine, else for themselves.
 */
static const char *engine_of(const struct set *set, const struct cell *cell)
{
	const char *engine = cell->config.engine;

	for (size_t i = 0; i < set->cells && !*cell->config.engine; i++) {
		const struct record_config *other = &set->cell[i].config;

		if (!*other->engine || strcmp(other->arena, cell->config.arena) != 0)
			continue;
		if (*engine && strcmp(engine, other->engine) != 0)
			return "";
		engine = other->engine;
	}
	return engine;
}

static bool belongs(const struct set *set, const struct cell *a, const struct cell *b)
{
	return strcmp(a->config.arena, b->config.arena) == 0 &&
	       strcmp(engine_of(set, a), engine_of(set, b)) == 0;
}

/* The table that begins with cell @first of @set; none, if that stands in an earlier one. */
static bool find_table(const struct set *set, size_t first, struct shown *s)
{
	const struct cell *cell = &set->cell[first];

	*s = (struct shown){ .set = *set };
	for (size_t i = 0; i < first; i++)
		if (belongs(set, &set->cell[i], cell))
			return false;
	s->set.cells = 0;
	s->set.cell = xcalloc(set->cells, sizeof(*s->set.cell));
	for (size_t i = first; i < set->cells; i++) {
		const struct cell *other = &set->cell[i];

		if (!belongs(set, other, cell))
			continue;
		s->set.cell[s->set.cells++] = *other;
		s->valid += other->runs;
		s->records += other->runs + other->left_out;
	}
	return true;
}

static void show_sets(const struct sets *sets, bool colour)
{
	const char *between = "";

	for (size_t i = 0; i < sets->n; i++) {
		for (size_t j = 0; j < sets->set[i].cells; j++) {
			struct shown s;

			if (!find_table(&sets->set[i], j, &s))
				continue;
			fputs(between, stdout);
			print_title(sets, &s, colour);
			if (s.valid > 0) {
				printf("\n");
				if (print_table(sets, &s))
					printf("n<NUMBER: too few samples for this percentile; use a longer --duration\n");
				show_faults(sets, &s.set);
				show_pageout(sets, &s.set);
			}
			print_notes(&s);
			free(s.set.cell);
			between = "\n";
		}
	}
}

struct show_command {
	const char *format;
};

static const struct option_row rows[] = {
	{ .name = "format",
	  .argument = "FORMAT",
	  .standard = "text",
	  .words = "text",
	  .help = "text is the only one; the records themselves are JSON",
	  .field = offsetof(struct show_command, format) },
	{ 0 },
};

/* What is read: the metrics of a comparison, and what a run had for load. */
static struct sets begin(struct metrics *m)
{
	metrics_init(m);
	metrics_add_loads(m);
	metrics_add_pageout(m);
	return (struct sets){ .metrics = m, .apart = true };
}

static void print_problems(const struct sets *sets)
{
	for (size_t i = 0; i < sets->problems.n; i++)
		complain("%s", sets->problems.text[i]);
}

static int print_page(struct record *r, void *colour)
{
	show_record(r, *(bool *)colour);
	return 0;
}

static int leave_problem(const char *text, void *colour)
{
	(void)text;
	(void)colour;
	return 0;
}

/* A page where one file gave one record, else tables. */
static void show_read(struct sets *sets, const char *path, bool colour)
{
	const struct record_visitor page = { print_page, leave_problem, &colour, NULL };
	struct stat st;

	if (sets->records == 1 && stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		records_visit(path, &page);
		return;
	}
	sets_finish(sets);
	show_sets(sets, colour);
}

static int show_paths(char **path, bool colour)
{
	struct metrics metrics;
	struct sets sets = begin(&metrics);
	int code = PINLAT_OK, ret;

	for (char **p = path; *p; p++) {
		ret = sets_load(&sets, *p);
		if (ret >= 0)
			continue;
		print_problems(&sets);
		complain("%s: cannot be read: %s", *p, unread_text(ret));
		sets_free(&sets);
		return PINLAT_USAGE;
	}
	print_problems(&sets);
	if (sets.records > 0) {
		show_read(&sets, *path, colour);
	} else {
		complain("%s: holds no record; `pinlat run` makes some", *path);
		code = PINLAT_USAGE;
	}
	sets_free(&sets);
	return finish_output(code);
}

int show_directory(const char *path, bool colour)
{
	struct metrics metrics;
	struct sets sets = begin(&metrics);
	int ret = sets_load(&sets, path);

	if (ret >= 0) {
		print_problems(&sets);
		sets_finish(&sets);
		show_sets(&sets, colour);
	}
	sets_free(&sets);
	return ret;
}

static int pinlat_show(int argc, char **argv)
{
	struct show_command command;

	parse_options(&show_page, &command, argc, argv);
	if (optind == argc)
		usage_error("show: which record or directory? See `pinlat show --help`");
	return show_paths(argv + optind, use_colour());
}

const struct option_page show_page = {
	.name = "show",
	.what = "print what a record or a set of records says",
	.usage = "pinlat show [OPTION]... RECORD|DIR...",
	.about =
		"Prints a page for a single record, and for a set of records (a directory, or a\n"
		"file of JSON lines, also .gz, igt_runner's results.json, or a log with packs) a\n"
		"table with a row a subtest: medians over the valid runs. Records of different\n"
		"labels, kernels, machines, arenas or engines never share a table.\n",
	.notes = "The text depends on the records alone. NO_COLOR turns colours off.\n",
	.operands = true,
	.table = { { .rows = rows } },
	.main = pinlat_show,
};
