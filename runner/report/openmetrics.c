// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "message.h"
#include "openmetrics.h"
#include "say/attribution.h"
#include "sets/provenance.h"
#include "summary/words.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"
#include "system/units.h"

/*
 * What a series is called says which machine and which setup it is of, and never which kernel: a new
 * kernel goes on with the series of the one before it, so that a rule can compare them. What the
 * kernel was is told by pinlat_info, and when it was measured by pinlat_measured_timestamp_seconds.
 */

/* One family, while it is made. */
struct making {
	const struct report *r;
	struct openmetrics *om;
	double time; /* of what is added; NAN: without one */
};

/* What is said of each subtest, or of each row that was judged. */
struct family {
	const char *name, *unit, *help;
	void (*subtest)(struct making *k, const struct family *f,
			const struct report_subtest *t);
	void (*row)(struct making *k, const struct family *f,
		    const struct report_case *c);
	void (*machine)(struct making *k, const struct report_subtest *first);
	/*
	 * of medians: of which metrics, and of what base unit; 0: how many runs. Of changes: 0: ratios,
	 * else differences
	 */
	enum metric_kind kind;
	double scale;
	const char *type; /* NULL: gauge */
};

/* Whether set @s needs a label of its own: another one is of the same machine. */
static bool shares_machine(const struct report *r, size_t s)
{
	const struct set *set = r->set[s].set;

	for (size_t o = 0; o < r->c->sets; o++) {
		const struct set *other = r->set[o].set;

		for (size_t i = 0; o != s && i < set->machines; i++)
			for (size_t j = 0; j < other->machines; j++)
				if (strcmp(set->machine[i].id, other->machine[j].id) == 0)
					return true;
	}
	return false;
}

/* Which machine, and which of several sets. */
static void begin_machine(struct making *k, const struct report_subtest *t)
{
	size_t s = (size_t)(t->set - k->r->set);
	const char *side = report_side(k->r, s);

	openmetrics_begin(k->om);
	openmetrics_label(k->om, "host", report_host(t));
	if (k->r->compared || (!k->r->o->timestamps && shares_machine(k->r, s)))
		openmetrics_label(k->om, "set", *side ? side : k->r->set[s].name);
}

/* The labels that all of a subtest bear; the caller adds some and ends it. */
static void begin(struct making *k, const struct report_subtest *t)
{
	const struct record_config *config = &t->cell->config;
	CLEANUP_FREE char *engine = text_plain(config->engine, 64);
	CLEANUP_FREE char *arena = text_plain(config->arena, 64);
	CLEANUP_FREE char *walker = walker_name(config->walker);
	CLEANUP_FREE char *virtual = text_plain(facts_find(t->facts, "virtual"), 16);

	begin_machine(k, t);
	openmetrics_label(k->om, "subtest", t->name);
	openmetrics_label(k->om, "arena", arena);
	openmetrics_label(k->om, "engine", *engine ? engine : "none");
	openmetrics_label(k->om, "walker", walker);
	openmetrics_label(k->om, "virtual", *virtual ? virtual : "unknown");
	openmetrics_label(k->om, "mock", report_has_mock(t->facts) ? "true" : "false");
}

static void end(struct making *k, double value)
{
	openmetrics_end(k->om, value, k->time);
}

static void label_percentile(struct making *k, const struct metric *m)
{
	if (m->kind == METRIC_QUANTILE || m->kind == METRIC_FAULT_QUANTILE)
		openmetrics_quantile(k->om, m->p);
	if (m->kind == METRIC_STALLS)
		openmetrics_number(k->om, "at_least", (double)m->from_ns / NSEC_PER_SEC);
}

static void print_medians(struct making *k, const struct family *f,
			  const struct report_subtest *t)
{
	const struct metrics *metrics = &k->r->c->options->metrics;

	for (size_t i = 0; i < metrics->n; i++) {
		const struct cell_value *value = &t->value[i];

		if (!report_is_told(value) || metrics->metric[i].kind != f->kind)
			continue;
		begin(k, t);
		if (f->scale > 0)
			label_percentile(k, &metrics->metric[i]);
		else
			openmetrics_label(k->om, "metric", metrics->metric[i].name);
		end(k, f->scale > 0 ? value->median / f->scale : (double)value->n);
	}
}

static size_t runs_of(const struct report_subtest *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->cell->runs + t->cell->left_out; i++)
		n += run_is_on(&t->cell->run[i], t->machine);
	return n;
}

static void print_runs(struct making *k, const struct family *f,
		       const struct report_subtest *t)
{
	size_t invalid = report_invalid(t), valid = runs_of(t) - invalid;

	(void)f;
	begin(k, t);
	openmetrics_label(k->om, "valid", "false");
	end(k, (double)invalid);
	begin(k, t);
	openmetrics_label(k->om, "valid", "true");
	end(k, (double)valid);
}

/* On which latencies of planned instants depend. */
static void print_interval(struct making *k, const struct family *f,
			   const struct report_subtest *t)
{
	uint64_t ns = record_pace_ns(&t->cell->config);

	(void)f;
	if (ns == 0)
		return;
	begin(k, t);
	end(k, (double)ns / NSEC_PER_SEC);
}

static void print_share(struct making *k, const struct report_subtest *t,
			const char *samples, const char *cause, uint64_t part,
			uint64_t whole)
{
	begin(k, t);
	openmetrics_label(k->om, "samples", samples);
	openmetrics_label(k->om, "cause", cause);
	end(k, (double)part / (double)whole);
}

/* Where the time went, of all samples and of the slow ones; what no run could see is left out. */
static void print_attribution(struct making *k, const struct family *f,
			      const struct report_subtest *t)
{
	struct compare_attribution a;
	const struct {
		const char *name;
		const struct attribution_split *split;
	} of[] = { { "all", &a.all }, { "slow", &a.slow } };

	(void)f;
	if (compare_attribution_on(t->cell, t->machine, &a) == 0)
		return;
	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++) {
		const struct attribution_split *split = of[i].split;

		if (split->total_ns == 0)
			continue;
		for (unsigned int cause = 0; cause < CAUSES; cause++)
			if (a.seen & 1u << cause)
				print_share(
					k, t, of[i].name,
					attribution_name((enum attribution_cause)cause),
					split->cause_ns[cause], split->total_ns);
		print_share(k, t, of[i].name, "unexplained", split->unexplained_ns,
			    split->total_ns);
	}
}

static void label_fact(struct making *k, const struct report_subtest *t, const char *name,
		       const char *path)
{
	CLEANUP_FREE char *text = text_plain(facts_find(t->facts, path), 300);

	openmetrics_label(k->om, name, text);
}

/* What changes from kernel to kernel. */
static void print_info(struct making *k, const struct report_subtest *first)
{
	const struct report_kernel *kernel = &k->r->o->kernel;
	bool newest = first->set == &k->r->set[k->r->c->sets - 1];

	begin_machine(k, first);
	openmetrics_label(k->om, "label", first->set->name);
	label_fact(k, first, "kernel", "kernel.release");
	label_fact(k, first, "version", "kernel.version");
	label_fact(k, first, "cpu", "cpu.model");
	label_fact(k, first, "hypervisor", "hypervisor");
	label_fact(k, first, "machine_id", "machine_id");
	if (newest && kernel->tree)
		openmetrics_label(k->om, "tree", kernel->tree);
	if (newest && kernel->branch)
		openmetrics_label(k->om, "branch", kernel->branch);
	if (newest && kernel->commit)
		openmetrics_label(k->om, "commit", kernel->commit);
	end(k, 1);
}

static double measured(const struct report_subtest *t)
{
	return set_times_on(t->set->set, t->machine).last;
}

static void print_measured(struct making *k, const struct report_subtest *first)
{
	if (isnan(measured(first)))
		return;
	begin_machine(k, first);
	end(k, measured(first));
}

static void begin_row(struct making *k, const struct report_case *c)
{
	begin(k, c->subtest);
	openmetrics_label(k->om, "metric", compare_metric(k->r->c, c->row)->name);
}

/* One end of an interval, or its middle. */
static void print_bound(struct making *k, const struct report_case *c, const char *bound,
			double x)
{
	/* ln(-inf) comes back as -100 %: there is no end. */
	if (!isfinite(x) || (!c->row->d->difference && !(x > -1)))
		return;
	begin_row(k, c);
	openmetrics_label(k->om, "bound", bound);
	end(k, x);
}

/* Ratios are one family, and differences, which have units, another. */
static void print_change(struct making *k, const struct family *f,
			 const struct report_case *c)
{
	const struct interval *i = row_interval(c->row);

	if (c->row->d->difference != (f->scale > 0))
		return;
	print_bound(k, c, "low", i->low);
	print_bound(k, c, "estimate", c->row->d->change.estimate);
	print_bound(k, c, "high", i->high);
}

static void print_verdict(struct making *k, const struct family *f,
			  const struct report_case *c)
{
	(void)f;
	for (int verdict = VERDICT_SAME; verdict <= VERDICT_UNCLEAR; verdict++) {
		begin_row(k, c);
		openmetrics_label(k->om, "verdict", verdict_name((enum verdict)verdict));
		end(k, (int)c->row->d->verdict == verdict);
	}
}

#define MEDIANS(name, unit, kind, scale, help)                                           \
	{                                                                                \
		name, unit, help ", as the median over the valid runs.", print_medians,  \
			NULL, NULL, kind, scale, NULL                                    \
	}
#define QUANTILES(name, kind, help)                                                      \
	{                                                                                \
		name, "seconds", help ", as the median over the valid runs.",            \
			print_medians, NULL, NULL, kind, 1e9, "summary"                  \
	}

/* clang-format off */
static const struct family families[] = {
	{ "pinlat_info", NULL, "Of which kernel the numbers are.", .machine = print_info },
	{ "pinlat_measured_timestamp_seconds", "seconds", "When the last run began.",
	  .machine = print_measured },
	QUANTILES("pinlat_latency_seconds", METRIC_QUANTILE, "How late: quantiles"),
	{ "pinlat_latency_runs", NULL, "Of how many runs pinlat_latency_seconds is the median.",
	  print_medians, .kind = METRIC_QUANTILE },
	MEDIANS("pinlat_huge_ratio", "ratio", METRIC_HUGE, 100,
		"How many first touches got a huge page"),
	MEDIANS("pinlat_stalls_per_cpu_minute", NULL, METRIC_STALLS, 1,
		"Faults of a huge page that took at_least so many seconds, a CPU-minute outside of them"),
	MEDIANS("pinlat_fault_time_ratio", "ratio", METRIC_FAULT_TIME, 100,
		"Time spent in faults of huge pages"),
	QUANTILES("pinlat_fault_seconds", METRIC_FAULT_QUANTILE,
		  "Time of a fault of a huge page that was made: quantiles"),
	MEDIANS("pinlat_device_requests_per_second", NULL, METRIC_REQUESTS, 1,
		"Requests that the device completed"),
	MEDIANS("pinlat_walker_bytes_per_second", NULL, METRIC_WALKER, 1,
		"What the page-cache walk read"),
	{ "pinlat_attribution_ratio", "ratio",
	  "Where the time of samples went, of all and of the slow ones, as a part of it.",
	  .subtest = print_attribution },
	{ "pinlat_interval_seconds", "seconds",
	  "Mean time from one planned instant of the probe to the next; latencies of thp depend on it.",
	  .subtest = print_interval },
	{ "pinlat_runs", NULL,
	  "Runs by whether they are valid; numbers come from valid ones alone.",
	  .subtest = print_runs },
	{ "pinlat_change_ratio", "ratio",
	  "Change against the base, 0.05 is 5 % more, with its interval.",
	  .row = print_change },
	{ "pinlat_change_difference", NULL,
	  "The same of what may be 0, as a difference: stalls a CPU-minute, percentage points.",
	  .row = print_change, .scale = 1 },
	{ "pinlat_verdict", NULL,
	  "1 for the verdict of a judged number, 0 for the others.",
	  .row = print_verdict },
};
/* clang-format on */

/* The values of set @s; of a machine whose time is not known none, where times are wanted. */
static void add_set(struct making *k, const struct family *f,
		    const struct report_set *set)
{
	bool first = true;
	size_t machine = 0;

	for (size_t i = 0; i < set->parts; i++) {
		const struct report_subtest *t = &set->part[i];

		k->time = k->r->o->timestamps ? measured(t) : NAN;
		if (k->r->o->timestamps && isnan(k->time))
			continue;
		if (f->machine && (first || machine != t->machine))
			f->machine(k, t);
		if (f->subtest)
			f->subtest(k, f, t);
		first = false;
		machine = t->machine;
	}
	k->time = NAN;
	for (size_t i = 0; f->row && i < set->cases; i++)
		if (set->item[i].row)
			f->row(k, f, &set->item[i]);
}

/* Says what has no time to be put at. */
static void complain_of_times(const struct report *r)
{
	for (size_t s = 0; r->o->timestamps && s < r->c->sets; s++)
		if (isnan(set_times(r->set[s].set).last))
			complain("left out: %s does not tell when it was measured",
				 r->set[s].name);
}

static void print(const struct report *r, FILE *out)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		const struct family *f = &families[i];
		struct openmetrics om = { .name = f->name };
		struct making k = { .r = r, .om = &om, .time = NAN };
		size_t twice;

		if (f->row && !r->compared)
			continue;
		for (size_t s = 0; s < r->c->sets; s++)
			add_set(&k, f, &r->set[s]);
		twice = openmetrics_print(&om, out, f->type, f->unit, f->help);
		if (twice > 0)
			complain(
				"left out: %zu values of %s: their machine has others of the same time",
				twice, f->name);
	}
	complain_of_times(r);
	fputs("# EOF\n", out);
}

const struct report_format report_openmetrics = { "openmetrics", print, false };
