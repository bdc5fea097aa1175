// SPDX-License-Identifier: MIT
#include "show.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "system/cleanup.h"
#include "system/units.h"
#include "render/table.h"
#include "system/text.h"

enum column {
	SUBTEST,
	RUNS,
	UNIT,
	P50,
	P90,
	P99,
	P999,
	MAX,
	RANGE,
	HUGE,
	SCANNED,
	PINNED,
	REQUESTS,
	WALKER,
};

/* The valid runs of one subtest. */
struct runs {
	size_t n;
	const struct record **record;
	double *value; /* room for one number a run */
	bool marked;   /* some quantile could not be stated */
};

static const double quantile_of[] = {
	[P50] = 0.5, [P90] = 0.9, [P99] = 0.99, [P999] = 0.999
};

/* The median over the runs of a quantile; false: not every run has the samples for it. */
static bool quantile_median(struct runs *runs, double p, double *ns)
{
	for (size_t i = 0; i < runs->n; i++) {
		const struct distribution *d = &runs->record[i]->scheduled;

		if (!distribution_supports(d, p))
			return false;
		runs->value[i] = (double)distribution_quantile(d, p);
	}
	*ns = sorted_median(runs->value, runs->n);
	return true;
}

static void set_quantile(struct table *t, struct runs *runs, enum column column,
			 struct time_unit unit)
{
	char number[32];
	double ns;

	if (quantile_median(runs, quantile_of[column], &ns)) {
		table_set(t, column, "%s",
			  format_number(ns / unit.ns, number, sizeof(number)));
		return;
	}
	runs->marked = true;
	table_set(t, column, "n<%" PRIu64, quantile_samples_needed(quantile_of[column]));
}

/* The unit of a row: that of the geometric middle between its p50 and its highest quantile. */
static struct time_unit row_unit(struct runs *runs)
{
	double low, high;

	if (!quantile_median(runs, 0.5, &low))
		return unit_for(runs->record[0]->scheduled.max);
	if (!quantile_median(runs, 0.99, &high) && !quantile_median(runs, 0.9, &high))
		high = low;
	return unit_for((uint64_t)sqrt(low * high));
}

static void set_latency(struct table *t, struct runs *runs)
{
	struct time_unit unit = row_unit(runs);
	char a[32], b[32];
	double ns;

	table_set(t, UNIT, "%s", unit.name);
	for (enum column c = P50; c <= P999; c++)
		set_quantile(t, runs, c, unit);
	for (size_t i = 0; i < runs->n; i++)
		runs->value[i] = (double)runs->record[i]->scheduled.max;
	table_set(t, MAX, "%s",
		  format_number(sorted_median(runs->value, runs->n) / unit.ns, a,
				sizeof(a)));
	/* quantile_median() leaves the runs' values sorted */
	if (quantile_median(runs, 0.99, &ns) && runs->n > 1)
		table_set(
			t, RANGE, "[%s..%s]",
			format_number(runs->value[0] / unit.ns, a, sizeof(a)),
			format_number(runs->value[runs->n - 1] / unit.ns, b, sizeof(b)));
}

/* The median of what @get finds; false where some run does not tell. */
static bool run_median(struct runs *runs, bool (*get)(const struct record *, double *),
		       double *value)
{
	for (size_t i = 0; i < runs->n; i++)
		if (!get(runs->record[i], &runs->value[i]))
			return false;
	*value = sorted_median(runs->value, runs->n);
	return true;
}

static bool get_huge(const struct record *r, double *percent)
{
	double huge = (double)r->huge.count, fallback = (double)r->fallback.count;

	*percent = huge + fallback > 0 ? 100 * huge / (huge + fallback) : 0;
	return huge + fallback > 0;
}

static bool get_scanned(const struct record *r, double *pages)
{
	return tree_number(r->counters, "vmstat.pgscan_anon", pages);
}

static bool get_pinned(const struct record *r, double *bytes)
{
	*bytes = (double)r->load.pinned_bytes;
	return r->load.pinned_bytes > 0;
}

static bool get_requests(const struct record *r, double *per_second)
{
	*per_second = (double)r->load.requests / ((double)r->config.duration_ns / 1e9);
	return r->load.requests > 0 && r->config.duration_ns > 0;
}

static bool get_walker(const struct record *r, double *mb_per_second)
{
	*mb_per_second = (double)r->load.walker_bytes / 1e6 /
			 ((double)r->config.duration_ns / 1e9);
	return *r->load.walker && r->config.duration_ns > 0;
}

static void set_load(struct table *t, struct runs *runs)
{
	char buf[32];
	double value;

	if (run_median(runs, get_huge, &value))
		table_set(t, HUGE, "%.0f", value);
	if (run_median(runs, get_scanned, &value))
		table_set(t, SCANNED, "%s", format_count(value, buf, sizeof(buf)));
	if (run_median(runs, get_pinned, &value))
		table_set(t, PINNED, "%s",
			  format_size((uint64_t)value, buf, sizeof(buf)));
	if (run_median(runs, get_requests, &value))
		table_set(t, REQUESTS, "%s", format_count(value, buf, sizeof(buf)));
	if (run_median(runs, get_walker, &value))
		table_set(t, WALKER, "%s", format_count(value, buf, sizeof(buf)));
}

static void set_head(struct table *t)
{
	static const char *const head[][2] = {
		[SUBTEST] = { "subtest", "" },
		[RUNS] = { "runs", "" },
		[UNIT] = { "", "" },
		[P50] = { "p50", "" },
		[P90] = { "p90", "" },
		[P99] = { "p99", "" },
		[P999] = { "p99.9", "" },
		[MAX] = { "max", "" },
		[RANGE] = { "p99 of runs", "" },
		[HUGE] = { "huge", "%" },
		[SCANNED] = { "scanned", "anon pg" },
		[PINNED] = { "pinned", "bytes" },
		[REQUESTS] = { "reqs", "/s" },
		[WALKER] = { "walker", "MB/s" },
	};

	for (int line = 0; line < 2; line++) {
		table_row(t);
		for (enum column c = SUBTEST; c <= WALKER; c++)
			table_set(t, c, "%s", head[c][line]);
	}
}

/* Collects the valid runs of @subtest in @g. */
static void collect_runs(const struct group *g, const char *subtest, struct runs *runs)
{
	runs->n = 0;
	for (size_t i = 0; i < g->n; i++)
		if (g->record[i]->valid && strcmp(g->record[i]->subtest, subtest) == 0)
			runs->record[runs->n++] = g->record[i];
}

static int by_ladder(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;

	return ladder_compare(x, y);
}

/* The table of @g; @marked: some quantile could not be stated. Returns 0 or -ENOMEM. */
static int print_table(const struct group *g, bool *marked)
{
	_cleanup_free_ const char **subtest = calloc(g->n, sizeof(*subtest));
	_cleanup_free_ const struct record **record = calloc(g->n, sizeof(*record));
	_cleanup_free_ double *value = calloc(g->n, sizeof(*value));
	struct runs runs = { .record = record, .value = value };
	struct table t;
	int ret;

	if (!subtest || !record || !value)
		return -ENOMEM;
	for (size_t i = 0; i < g->n; i++)
		subtest[i] = g->record[i]->subtest;
	qsort(subtest, g->n, sizeof(*subtest), by_ladder);
	table_init(&t, "lrlrrrrrlrrrrr");
	set_head(&t);
	for (size_t i = 0; i < g->n; i++) {
		char name[32];

		collect_runs(g, subtest[i], &runs);
		if (runs.n == 0 || (i > 0 && strcmp(subtest[i], subtest[i - 1]) == 0))
			continue;
		table_row(&t);
		table_set(&t, SUBTEST, "%s", printable(subtest[i], name, sizeof(name)));
		table_set(&t, RUNS, "%zu", runs.n);
		set_latency(&t, &runs);
		set_load(&t, &runs);
	}
	*marked = runs.marked;
	ret = t.rows > 2 ? table_print(&t, stdout, SHOW_WIDTH) : 0;
	table_free(&t);
	return ret;
}

static size_t count_invalid(const struct group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		n += !g->record[i]->valid;
	return n;
}

static void print_title(const struct group *g, bool colour)
{
	const struct record *r = g->record[0];
	char label[80], buf[256];
	size_t invalid = count_invalid(g);

	printf("%s%s%s: kernel %s\n", colour ? "\033[1m" : "",
	       printable(r->label, label, sizeof(label)), colour ? "\033[0m" : "",
	       describe_kernel(r, buf, sizeof(buf)));
	printf("%s\n", describe_machine(r, buf, sizeof(buf)));
	printf("engine %s, ", describe_engine(g->engine, buf, sizeof(buf)));
	printf("arena %s, ", *r->config.arena
				     ? printable(r->config.arena, buf, sizeof(buf))
				     : "unknown");
	if (invalid > 0)
		printf("%zu of %zu records valid\n", g->n - invalid, g->n);
	else
		printf("%zu record%s\n", g->n, g->n == 1 ? "" : "s");
}

static bool same_config(const struct record_config *a, const struct record_config *b)
{
	return a->duration_ns == b->duration_ns && a->object_size == b->object_size &&
	       strcmp(a->backing, b->backing) == 0;
}

/* Medians over runs that were set up differently mean nothing: say so. */
static void print_differences(const struct group *g)
{
	char subtest[32];

	for (size_t i = 0; i < g->n; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct record *a = g->record[i], *b = g->record[j];

			if (strcmp(a->subtest, b->subtest) != 0 ||
			    same_config(&a->config, &b->config))
				continue;
			printf("Careful: runs of %s differ in duration, object size or backing; medians mix them.\n",
			       printable(a->subtest, subtest, sizeof(subtest)));
			return;
		}
	}
}

static void print_invalid(const struct group *g)
{
	char subtest[32], reason[200];

	for (size_t i = 0; i < g->n; i++) {
		const struct record *r = g->record[i];

		if (r->valid)
			continue;
		printf("invalid: %04" PRIu64 " %s: ", r->seq,
		       printable(r->subtest, subtest, sizeof(subtest)));
		for (size_t j = 0; j < r->reasons; j++)
			printf("%s%s", j ? "; " : "",
			       printable(r->reason[j], reason, sizeof(reason)));
		printf("%s\n", r->reasons ? "" : "no reason given");
	}
}

static void print_ignored(const struct group *g)
{
	char ignored[200];

	for (size_t i = 0; i < g->n; i++) {
		if (!g->record[i]->ignored)
			continue;
		printf("Written by a newer pinlat; ignored: %s\n",
		       printable(g->record[i]->ignored, ignored, sizeof(ignored)));
		return;
	}
}

static int show_group(const struct group *g, bool colour)
{
	bool marked = false;
	int ret;

	print_title(g, colour);
	if (count_invalid(g) < g->n)
		printf("\n");
	ret = print_table(g, &marked);
	if (ret < 0)
		return ret;
	if (marked)
		printf("n<NUMBER: each run needs that many samples to state this quantile; measure longer\n");
	print_differences(g);
	if (count_invalid(g) > 0)
		printf("\n");
	print_invalid(g);
	print_ignored(g);
	return 0;
}

int show_set(const struct record_list *list, bool colour)
{
	struct group_list groups;
	int ret = group_records(list, &groups);

	for (size_t i = 0; i < groups.n && ret == 0; i++) {
		if (i > 0)
			printf("\n");
		ret = show_group(&groups.group[i], colour);
	}
	group_list_free(&groups);
	return ret;
}
