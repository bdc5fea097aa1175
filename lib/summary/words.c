// SPDX-License-Identifier: MIT
#include "summary/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stats/estimate.h"
#include "system/cleanup.h"
#include "system/units.h"

/* A value of the environment is shown up to this length. */
#define FACT_MAX 160

uint64_t whole_ns(double ns)
{
	return ns >= 0x1p64 ? UINT64_MAX : ns > 0 ? (uint64_t)ns : 0;
}

const char *value_text(const struct metric *m, double value, char *buf, size_t size)
{
	char number[32];

	if (!isfinite(value)) {
		snprintf(buf, size, "-");
		return buf;
	}
	switch (m->unit) {
	case UNIT_NS:
		return format_time(whole_ns(value), buf, size);
	case UNIT_PERCENT:
		snprintf(buf, size, "%.3g%%", value);
		return buf;
	case UNIT_BYTES:
		return format_size(whole_ns(value), buf, size);
	case UNIT_COUNT:
		return format_count(value, buf, size);
	case UNIT_PER_MINUTE:
	case UNIT_PER_SECOND:
	case UNIT_BYTES_PER_SECOND:
		if (value > 0 && value < 100)
			format_number(value, number, sizeof(number));
		else
			format_count(value, number, sizeof(number));
		snprintf(buf, size, "%s%s", number, metric_unit_name(m->unit));
		return buf;
	}
	return buf;
}

const char *side_text(const struct comparison *c, const struct compare_row *row, int side,
		      char *buf, size_t size)
{
	const struct metric *m = compare_metric(c, row);
	double median = row->d->median[side];

	if (isfinite(median) || row->few[side] + row->stalled[side] == 0)
		return value_text(m, median, buf, size);
	if (isinf(median))
		snprintf(buf, size, "too slow");
	else
		snprintf(buf, size, "n<%" PRIu64, quantile_samples_needed(m->p));
	return buf;
}

const char *exact_text(const struct metric *m, double median, size_t n, size_t few,
		       char *buf, size_t size)
{
	if (n == 0)
		snprintf(buf, size,
			 "%zu runs have fewer samples than this percentile needs", few);
	else if (!isfinite(median))
		snprintf(buf, size,
			 "most runs were so slow that they made too few samples for one");
	else
		snprintf(buf, size, "%.9g %s", median, metric_unit_name(m->unit));
	return buf;
}

const char *text_change(double change, char *buf, size_t size)
{
	double percent = 100 * change;

	if (!isfinite(change))
		snprintf(buf, size, "?");
	else if (percent >= 899.5)
		snprintf(buf, size, percent < 9900 ? "x%.1f" : "x%.0f", 1 + change);
	else if (fabs(percent) < 0.05)
		snprintf(buf, size, "0.0%%");
	else if (percent <= -99.5)
		snprintf(buf, size, "%+.2f%%", percent);
	else
		snprintf(buf, size, fabs(percent) < 9.95 ? "%+.1f%%" : "%+.0f%%",
			 percent);
	return buf;
}

const char *text_change_interval(double low, double high, char *buf, size_t size)
{
	char a[32], b[32];

	if (!interval_bounded(low, high))
		snprintf(buf, size, "[unknown]");
	else
		snprintf(buf, size, "[%s .. %s]", text_change(low, a, sizeof(a)),
			 text_change(high, b, sizeof(b)));
	return buf;
}

const struct interval *row_interval(const struct compare_row *row)
{
	return row->d->primary ? &row->d->family : &row->d->change;
}

bool row_bounded(const struct compare_row *row)
{
	const struct interval *i = row_interval(row);

	return row->d->difference ? isfinite(i->low) && isfinite(i->high)
				  : interval_bounded(i->low, i->high);
}

double row_ratio(const struct compare_row *row, double change)
{
	double base = row->d->median[DECIDE_BASE];

	if (!row->d->difference)
		return 1 + change;
	return base > 0 ? 1 + change / base : NAN;
}

double row_change(const struct comparison *c, const struct compare_row *row,
		  enum metric_unit *unit)
{
	const struct decide_row *d = row->d;

	*unit = d->difference ? compare_metric(c, row)->unit : UNIT_PERCENT;
	return d->difference ? d->change.estimate : 100 * d->change.estimate;
}

/* "+24.1", in the unit of the values. */
static const char *difference_text(double x, char *buf, size_t size)
{
	char number[32];

	if (isinf(x))
		snprintf(buf, size, "%cinf", x < 0 ? '-' : '+');
	else if (fabs(x) < 0.005)
		snprintf(buf, size, "+0");
	else
		snprintf(buf, size, "%s%s", x < 0 ? "-" : "+",
			 format_number(fabs(x), number, sizeof(number)));
	return buf;
}

const char *row_change_text(const struct comparison *c, const struct compare_row *row,
			    char *buf, size_t size)
{
	enum metric_unit unit = compare_metric(c, row)->unit;
	double x = row->d->change.estimate;
	char number[40];

	*buf = '\0';
	if (isnan(x))
		return buf;
	if (!row->d->difference)
		return text_change(x, buf, size);
	/* percentage points: a difference of shares is no change in percent */
	snprintf(buf, size, "%s%s", difference_text(x, number, sizeof(number)),
		 unit == UNIT_PERCENT ? "pp" : metric_unit_name(unit));
	return buf;
}

const char *range_text(const struct compare_row *row, char *buf, size_t size)
{
	const struct interval *i = row_interval(row);
	char low[40], high[40];
	size_t length;

	*buf = '\0';
	if (isnan(row->d->change.estimate))
		return buf;
	if (!row_bounded(row)) {
		snprintf(buf, size, "unknown");
		return buf;
	}
	if (row->d->difference) {
		snprintf(buf, size, "%s..%s", difference_text(i->low, low, sizeof(low)),
			 difference_text(i->high, high, sizeof(high)));
		return buf;
	}
	text_change(i->low, low, sizeof(low));
	text_change(i->high, high, sizeof(high));
	/* one scale for both ends */
	if (*high == 'x')
		snprintf(low, sizeof(low), "x%.3g", 1 + i->low);
	/* one % for both */
	length = strlen(low);
	if (low[length - 1] == '%' && high[strlen(high) - 1] == '%')
		low[length - 1] = '\0';
	snprintf(buf, size, "%s..%s", low, high);
	return buf;
}

const char *pace_text(const struct record_config *config, char *buf, size_t size)
{
	uint64_t ns = record_pace_ns(config);

	*buf = '\0';
	return ns > 0 ? format_duration(ns, buf, size) : buf;
}

const char *p_text(double p, char *buf, size_t size)
{
	if (isnan(p))
		snprintf(buf, size, "%s", "");
	else if (p >= 0.0001)
		snprintf(buf, size, "%.2g", p);
	else
		snprintf(buf, size, "<0.0001");
	return buf;
}

const char *judged_p_text(const struct decide_row *d, char *buf, size_t size)
{
	if (!d->hopeless)
		return p_text(d->p_adjusted, buf, size);
	snprintf(buf, size, d->least > 0 ? "n<%zu" : "-", d->least);
	return buf;
}

const char *time_stamp(double start, char *buf, size_t size)
{
	/* Years of four digits alone, as RFC 3339 has them. */
	bool known = start >= 0 && start < 253402300800.0;
	time_t t = known ? (time_t)start : 0;
	struct tm tm;

	*buf = '\0';
	if (known && gmtime_r(&t, &tm))
		strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return buf;
}

const char *time_text(double start, char *buf, size_t size)
{
	if (*time_stamp(start, buf, size)) {
		buf[10] = ' ';
		buf[16] = '\0';
	}
	return buf;
}

const char *units_name(const struct comparison *c, size_t s)
{
	const struct compare_row *row = compare_next_judged(c, s, NULL);

	return row && row->boots ? "boots" : "runs";
}

const char *margin_text(const struct comparison *c, char *buf, size_t size)
{
	*buf = '\0';
	if (!c->options->thresholds && c->options->margin > 0)
		snprintf(buf, size, " of %.3g%%", 100 * c->options->margin);
	return buf;
}

/* Fact @path of @set, made plain; the caller frees it. */
static char *plain_fact(const struct set *set, const char *path)
{
	return text_plain(set_fact(set, path), FACT_MAX);
}

const char *machine_text(const struct set *set, char *buf, size_t size)
{
	CLEANUP_FREE char *model = plain_fact(set, "cpu.model");
	CLEANUP_FREE char *cpus = plain_fact(set, "cpu.online");
	CLEANUP_FREE char *measured = plain_fact(set, "cpu.measured");
	bool part = *measured && strcmp(measured, cpus) != 0;
	CLEANUP_FREE char *hypervisor = plain_fact(set, "hypervisor");
	const char *total = set_fact(set, "memory.total");
	bool is_virtual = strcmp(set_fact(set, "virtual"), "true") == 0;
	char memory[32] = "unknown";

	if (set->facts.n == 0) {
		snprintf(buf, size, "unknown");
		return buf;
	}
	if (*total)
		format_size(strtoull(total, NULL, 10), memory, sizeof(memory));
	snprintf(buf, size, "%s, %s CPUs%s%s%s, %s memory, %s%s%s%s",
		 *model ? model : "unknown CPU", *cpus ? cpus : "?", part ? " (" : "",
		 part ? measured : "", part ? " measured)" : "", memory,
		 is_virtual ? "VIRTUAL MACHINE" : "real hardware",
		 *hypervisor ? " (" : "", hypervisor, *hypervisor ? ")" : "");
	return buf;
}

const char *kernel_text(const struct set *set, const char *unknown, char *buf,
			size_t size)
{
	CLEANUP_FREE char *release = plain_fact(set, "kernel.release");
	CLEANUP_FREE char *preempt = plain_fact(set, "kernel.preempt");

	snprintf(buf, size, "%s%s%s%s", *release ? release : unknown,
		 *preempt ? " (preempt " : "", preempt, *preempt ? ")" : "");
	return buf;
}

const char *overall_text(enum verdict v)
{
	return verdict_name(v == VERDICT_NONE ? VERDICT_UNCLEAR : v);
}

enum doc_tone tone_of(enum verdict v)
{
	static const enum doc_tone tone[] = {
		[VERDICT_NONE] = TONE_NONE,   [VERDICT_SAME] = TONE_SAME,
		[VERDICT_BETTER] = TONE_GOOD, [VERDICT_WORSE] = TONE_BAD,
		[VERDICT_MIXED] = TONE_BAD,   [VERDICT_UNCLEAR] = TONE_UNKNOWN,
	};

	return tone[v];
}

bool is_chosen(const struct comparison *c, const struct compare_row *row,
	       enum row_choice choice)
{
	const struct metric *m = compare_metric(c, row);
	const struct decide_row *d = row->d;

	switch (choice) {
	case ROWS_JUDGED:
		return d->primary;
	case ROWS_OTHER_QUANTILES:
		return !d->primary && m->kind == METRIC_QUANTILE;
	case ROWS_FAULTS:
		if (d->primary || !(metric_is_of_faults(m) || m->kind == METRIC_HUGE))
			return false;
		return compare_is_judged(c, row) || m->kind == METRIC_FAULT_MEAN ||
		       m->kind == METRIC_FAULT_TIME || m->kind == METRIC_HUGE ||
		       (m->kind == METRIC_STALLS && m->from_ns == NSEC_PER_SEC / 10);
	case ROWS_EXPLAINING:
		return m->kind != METRIC_QUANTILE && m->kind != METRIC_HUGE &&
		       !metric_is_of_faults(m) && !d->primary &&
		       (d->median[0] > 0 || d->median[1] > 0) &&
		       compare_is_judged(c, row);
	}
	return false;
}

/* Plain names. */

/* How a probe is called, and what happens to one of its samples. */
static const struct probe {
	const char *name, *title, *many, *lasts;
} probes[] = {
	{ "thp", "Huge-page fault", "huge-page faults", "take" },
	{ "timer", "Timer wake-up", "timer wake-ups", "come late by" },
	{ "pageout", "Reclaim of a page", "reclaims of a page", "take" },
};

#define PROBES (sizeof(probes) / sizeof(*probes))

static const struct probe *find_probe(const char *subtest)
{
	size_t length = strcspn(subtest, "-");

	for (size_t i = 0; i < PROBES; i++)
		if (strlen(probes[i].name) == length &&
		    strncmp(probes[i].name, subtest, length) == 0)
			return &probes[i];
	return NULL;
}

static const char *plain_probe(const char *subtest)
{
	const struct probe *probe = find_probe(subtest);

	return probe ? probe->title : subtest;
}

const char *plain_many(const char *subtest)
{
	const struct probe *probe = find_probe(subtest);

	return probe ? probe->many : subtest;
}

/* Whether the device of @cell is a GPU, or the mock of one. */
static bool is_gpu(const struct cell *cell)
{
	return *cell->config.engine && strcmp(cell->config.engine, "uring") != 0;
}

const char *plain_device(const struct cell *cell)
{
	return is_gpu(cell) ? "GPU" : "device";
}

const char *plain_load(const struct cell *cell, const char *subtest)
{
	const char *load = strchr(subtest, '-');

	if (!load)
		return "";
	if (strcmp(load, "-idle") == 0)
		return "nothing else running";
	if (strcmp(load, "-base") == 0)
		return "memory full";
	if (strcmp(load, "-locked") == 0)
		return "memory mlocked";
	if (strcmp(load, "-pinned") == 0)
		return is_gpu(cell) ? "memory pinned, GPU quiet" : "memory pinned";
	if (strcmp(load, "-busy") == 0)
		return is_gpu(cell) ? "GPU busy" : "device busy";
	return "";
}

const char *plain_subtest(const struct cell *cell, char *buf, size_t size)
{
	const char *load = plain_load(cell, cell->subtest);

	snprintf(buf, size, "%s%s%s", plain_probe(cell->subtest), *load ? ", " : "",
		 load);
	return buf;
}

/* "1 in 100" of p99, "half" of p50. */
static const char *share_text(double p, char *buf, size_t size)
{
	if (p > 0.49 && p < 0.51)
		snprintf(buf, size, "half");
	else if (p > 0.5)
		snprintf(buf, size, "1 in %.6g", 1 / (1 - p));
	else
		snprintf(buf, size, "%.4g%%", 100 * (1 - p));
	return buf;
}

const char *plain_number(const struct cell *cell, const struct metric *m, char *buf,
			 size_t size)
{
	char text[32];

	switch (m->kind) {
	case METRIC_QUANTILE:
	case METRIC_FAULT_QUANTILE:
		share_text(m->p, text, sizeof(text));
		snprintf(buf, size, "%s",
			 strcmp(text, "half") == 0 ? "typical (median)" : text);
		break;
	case METRIC_FAULT_MEAN:
		snprintf(buf, size, "mean");
		break;
	case METRIC_STALLS:
		snprintf(buf, size, "of %s or longer, per CPU-minute",
			 format_duration(m->from_ns, text, sizeof(text)));
		break;
	case METRIC_FAULT_TIME:
		snprintf(buf, size, "share of time inside faults");
		break;
	case METRIC_HUGE:
		snprintf(buf, size, "faults that got a huge page");
		break;
	case METRIC_REQUESTS:
		snprintf(buf, size, "%s requests completed", plain_device(cell));
		break;
	case METRIC_WALKER:
		snprintf(buf, size, "file data read");
		break;
	default:
		metric_words(m, buf, size);
	}
	return buf;
}

const char *plain_phrase(const struct cell *cell, const struct metric *m, char *buf,
			 size_t size)
{
	const struct probe *probe = find_probe(cell->subtest);
	const char *many = plain_many(cell->subtest);
	char text[64];

	switch (m->kind) {
	case METRIC_QUANTILE:
	case METRIC_FAULT_QUANTILE:
		share_text(m->p, text, sizeof(text));
		snprintf(buf, size, "%s of the %s %s at least", text, many,
			 probe ? probe->lasts : "take");
		break;
	case METRIC_FAULT_MEAN:
		snprintf(buf, size, "mean of the %s:", many);
		break;
	case METRIC_STALLS:
		snprintf(buf, size, "%s of %s or longer:", many,
			 format_duration(m->from_ns, text, sizeof(text)));
		break;
	case METRIC_FAULT_TIME:
		snprintf(buf, size, "share of time inside %s:", many);
		break;
	default:
		snprintf(buf, size, "%s:", plain_number(cell, m, text, sizeof(text)));
	}
	return buf;
}
