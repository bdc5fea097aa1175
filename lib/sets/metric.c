// SPDX-License-Identifier: MIT
#include "sets/metric.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sets/stalls.h"
#include "system/units.h"

#define METRIC(text, which, of)                                                          \
	{                                                                                \
		.name = (text), .kind = (which), .unit = (of)                            \
	}
#define FAULT_QUANTILE(text, share)                                                      \
	{                                                                                \
		.name = (text), .kind = METRIC_FAULT_QUANTILE, .unit = UNIT_NS,          \
		.p = (share)                                                             \
	}
#define STALLS_FROM(text, ns)                                                            \
	{                                                                                \
		.name = (text), .kind = METRIC_STALLS, .unit = UNIT_PER_MINUTE,          \
		.from_ns = (ns)                                                          \
	}

static const struct metric explaining[] = {
	FAULT_QUANTILE("fault_p50", 0.5),
	FAULT_QUANTILE("fault_p90", 0.9),
	FAULT_QUANTILE("fault_p99", 0.99),
	METRIC("fault_mean", METRIC_FAULT_MEAN, UNIT_NS),
	STALLS_FROM("stalls_1ms", 1000000),
	STALLS_FROM("stalls_10ms", 10000000),
	STALLS_FROM("stalls_100ms", 100000000),
	METRIC("fault_time", METRIC_FAULT_TIME, UNIT_PERCENT),
	METRIC("faults", METRIC_FAULTS, UNIT_COUNT),
	METRIC("huge", METRIC_HUGE, UNIT_PERCENT),
	METRIC("requests", METRIC_REQUESTS, UNIT_PER_SECOND),
	METRIC("walker", METRIC_WALKER, UNIT_BYTES_PER_SECOND),
	METRIC("pgscan_anon", METRIC_COUNTER, UNIT_PER_SECOND),
	METRIC("pgscan_file", METRIC_COUNTER, UNIT_PER_SECOND),
	METRIC("pgsteal_anon", METRIC_COUNTER, UNIT_PER_SECOND),
	METRIC("pgsteal_file", METRIC_COUNTER, UNIT_PER_SECOND),
	METRIC("allocstall", METRIC_COUNTER, UNIT_PER_SECOND),
	METRIC("compact_stall", METRIC_COUNTER, UNIT_PER_SECOND),
	METRIC("compact_fail", METRIC_COUNTER, UNIT_PER_SECOND),
	METRIC("thp_fault_alloc", METRIC_COUNTER, UNIT_PER_SECOND),
	METRIC("thp_fault_fallback", METRIC_COUNTER, UNIT_PER_SECOND),
	METRIC("pswpin", METRIC_COUNTER, UNIT_PER_SECOND),
	METRIC("pswpout", METRIC_COUNTER, UNIT_PER_SECOND),
	METRIC("pgmajfault", METRIC_COUNTER, UNIT_PER_SECOND),
	METRIC("nr_foll_pin_acquired", METRIC_COUNTER, UNIT_PER_SECOND),
	METRIC("nr_foll_pin_released", METRIC_COUNTER, UNIT_PER_SECOND),
	/* The MMU notifier of userptr, by kswapd and inside of somebody's allocation. */
	METRIC("notifier_calls_kswapd", METRIC_MOCK, UNIT_PER_SECOND),
	METRIC("notifier_calls_direct", METRIC_MOCK, UNIT_PER_SECOND),
	METRIC("notifier_waits_direct", METRIC_MOCK, UNIT_PER_SECOND),
	/* Pinned pages that reclaim examined, in traced runs. */
	METRIC("pinned_anon", METRIC_PINNED, UNIT_PER_SECOND),
};

static const struct metric shown[] = {
	METRIC("max", METRIC_MAX, UNIT_NS),
	METRIC("fault_max", METRIC_FAULT_MAX, UNIT_NS),
	METRIC("scanned", METRIC_SCANNED, UNIT_COUNT),
	METRIC("pinned", METRIC_BYTES, UNIT_BYTES),
};

const char *const metric_pageout_rows[] = { "owner page",
					    "owner object",
					    "outside page",
					    "outside object",
					    "reclaim page",
					    "reclaim object",
					    NULL };

static const struct metric pageout[] = {
	METRIC("calls", METRIC_PAGEOUT, UNIT_COUNT),
	METRIC("freed", METRIC_PAGEOUT, UNIT_PERCENT),
	METRIC("unmapped", METRIC_PAGEOUT, UNIT_PERCENT),
	METRIC("p50", METRIC_PAGEOUT, UNIT_NS),
	METRIC("p90", METRIC_PAGEOUT, UNIT_NS),
	METRIC("max", METRIC_PAGEOUT, UNIT_NS),
	METRIC("waited", METRIC_PAGEOUT, UNIT_PERCENT),
};

#define PAGEOUT_ROWS (sizeof(metric_pageout_rows) / sizeof(*metric_pageout_rows) - 1)
#define PAGEOUT_EACH (sizeof(pageout) / sizeof(*pageout))

#define EXPLAINING (sizeof(explaining) / sizeof(*explaining))

_Static_assert(QUANTILES_MAX + EXPLAINING + sizeof(shown) / sizeof(*shown) +
			       PAGEOUT_ROWS * PAGEOUT_EACH <=
		       METRICS_MAX,
	       "room for all metrics");

const char *metric_unit_name(enum metric_unit unit)
{
	static const char *const name[] = {
		[UNIT_NS] = "ns",	    [UNIT_PERCENT] = "%",
		[UNIT_PER_SECOND] = "/s",   [UNIT_BYTES_PER_SECOND] = "B/s",
		[UNIT_BYTES] = "B",	    [UNIT_COUNT] = "",
		[UNIT_PER_MINUTE] = "/min",
	};

	return name[unit];
}

void metrics_init(struct metrics *m)
{
	*m = (struct metrics){ .n = EXPLAINING };
	memcpy(m->metric, explaining, sizeof(explaining));
	metrics_add(m, "p50");
	metrics_add(m, "p90");
	metrics_add(m, "p99");
}

int metrics_add(struct metrics *m, const char *name)
{
	struct metric new = { .kind = METRIC_QUANTILE, .unit = UNIT_NS };
	size_t i = 0;
	double percent;
	char *end;

	/* Digits alone: strtod() would take " 9", "+9", "1e1" and "nan" too. */
	if (name[0] != 'p' || name[1 + strspn(name + 1, "0123456789.")] != '\0')
		return -EINVAL;
	percent = strtod(name + 1, &end);
	if (*end || end == name + 1 || !(percent > 0 && percent < 100))
		return -EINVAL;
	new.p = percent / 100;
	snprintf(new.name, sizeof(new.name), "p%.10g", percent);
	while (i < m->quantiles && m->metric[i].p < new.p)
		i++;
	if (i < m->quantiles && m->metric[i].p == new.p)
		return 0;
	if (m->quantiles == QUANTILES_MAX)
		return -E2BIG;
	memmove(&m->metric[i + 1], &m->metric[i], (m->n - i) * sizeof(*m->metric));
	m->metric[i] = new;
	m->quantiles++;
	m->n++;
	return 0;
}

void metrics_add_loads(struct metrics *m)
{
	memcpy(&m->metric[m->n], shown, sizeof(shown));
	m->n += sizeof(shown) / sizeof(*shown);
}

void metrics_add_pageout(struct metrics *m)
{
	for (const char *const *row = metric_pageout_rows; *row; row++) {
		for (size_t i = 0; i < PAGEOUT_EACH; i++) {
			struct metric *new = &m->metric[m->n++];

			*new = pageout[i];
			snprintf(new->name, sizeof(new->name), "%.20s %.10s", *row,
				 pageout[i].name);
		}
	}
}

size_t metrics_find(const struct metrics *m, const char *name)
{
	size_t i = 0;

	while (i < m->n && strcmp(m->metric[i].name, name) != 0)
		i++;
	return i;
}

/*
 * Quantile @m of the samples @d that were made, of those planned in @r. Where the planned ones
 * would support it and the others do not, stalls took them.
 */
static struct reading read_quantile(const struct metric *m, const struct distribution *d,
				    const struct record *r)
{
	struct reading got = { NAN, !distribution_supports(d, m->p) };

	if (!got.few)
		got.value = (double)distribution_quantile(d, m->p);
	else if (d->count > 0 && distribution_supports(&r->scheduled, m->p))
		got.value = INFINITY;
	return got;
}

static double share_of_huge(const struct record *r)
{
	double huge = (double)r->huge.count, all = huge + (double)r->fallback.count;

	return all > 0 ? 100 * huge / all : NAN;
}

/* Count @name of @group of @tree; NAN: there is none. */
static double count_of(json_object *tree, const char *group, const char *name)
{
	json_object *count;

	return json_pointer_getf(tree, &count, "/%s/%s", group, name) == 0 &&
			       json_object_get_type(count) == json_type_int
		       ? (double)json_object_get_uint64(count)
		       : NAN;
}

/* A window of pageout ends when its samples are made. */
static double seconds_of_load(const struct record *r)
{
	json_object *window;

	if (r->pageout.rows &&
	    json_object_object_get_ex(r->counters, "window_ns", &window))
		return (double)json_object_get_uint64(window) / NSEC_PER_SEC;
	return (double)r->config.duration_ns / (double)NSEC_PER_SEC;
}

/* The same a second of the time between the two readings of the counters. */
static double rate_of(const struct record *r, json_object *tree, const char *group,
		      const char *name)
{
	json_object *window;
	double seconds = json_object_object_get_ex(r->counters, "window_ns", &window)
				 ? (double)json_object_get_uint64(window) / NSEC_PER_SEC
				 : seconds_of_load(r);

	return seconds > 0 ? count_of(tree, group, name) / seconds : NAN;
}

/* Whether the device was given work: that it completed none is a result. */
static bool is_device_busy(const struct record *r)
{
	const char *load = strchr(r->subtest, '-');

	return load && strcmp(load, "-busy") == 0 && *r->load.engine;
}

bool metric_is_of_faults(const struct metric *m)
{
	return m->kind >= METRIC_FAULTS && m->kind <= METRIC_FAULT_MAX;
}

bool metric_is_difference(const struct metric *m)
{
	return m->kind == METRIC_STALLS || m->kind == METRIC_FAULT_TIME ||
	       m->kind == METRIC_HUGE;
}

bool metric_is_work(const struct metric *m)
{
	return m->kind >= METRIC_HUGE && m->kind <= METRIC_WALKER;
}

bool metric_can_be_judged(const struct metric *m)
{
	switch (m->kind) {
	case METRIC_QUANTILE:
	case METRIC_FAULT_QUANTILE:
	case METRIC_FAULT_MEAN:
	case METRIC_STALLS:
	case METRIC_FAULT_TIME:
		return true;
	default:
		return metric_is_work(m);
	}
}

const char *metric_words(const struct metric *m, char *buf, size_t size)
{
	switch (m->kind) {
	case METRIC_FAULTS:
		snprintf(buf, size, "faults");
		break;
	case METRIC_FAULT_QUANTILE:
		snprintf(buf, size, "p%.10g of faults", 100 * m->p);
		break;
	case METRIC_FAULT_MEAN:
		snprintf(buf, size, "mean of faults");
		break;
	case METRIC_FAULT_MAX:
		snprintf(buf, size, "longest fault");
		break;
	case METRIC_STALLS:
		snprintf(buf, size, "stalls >=%s", m->name + strlen("stalls_"));
		break;
	case METRIC_FAULT_TIME:
		snprintf(buf, size, "time inside faults");
		break;
	case METRIC_HUGE:
		snprintf(buf, size, "huge pages");
		break;
	case METRIC_REQUESTS:
		snprintf(buf, size, "device requests");
		break;
	default:
		snprintf(buf, size, "%s", m->name);
	}
	return buf;
}

/* What @m says of the faults that were made. */
static struct reading read_faults(const struct metric *m, const struct record *r)
{
	struct reading got = { NAN, false };

	if (!stalls_are_known(r))
		return got;
	switch (m->kind) {
	case METRIC_FAULT_QUANTILE:
		return read_quantile(m, &r->woken, r);
	case METRIC_FAULT_MEAN:
		got.value = distribution_mean(&r->woken);
		break;
	case METRIC_FAULT_MAX:
		got.value = (double)r->woken.max;
		break;
	case METRIC_STALLS:
		got.value = stalls_per_minute(r, m->from_ns);
		break;
	case METRIC_FAULT_TIME:
		got.value = stalls_time_percent(r);
		break;
	default:
		got.value = (double)r->woken.count;
	}
	return got;
}

static double percent_of(uint64_t part, double all)
{
	return all > 0 ? 100 * (double)part / all : NAN;
}

static struct reading read_pageout_quantile(const struct distribution *d, double p)
{
	struct reading got = { NAN, !distribution_supports(d, p) };

	if (!got.few)
		got.value = (double)distribution_quantile(d, p);
	return got;
}

/* What is called @what of the calls of @row. */
static struct reading read_pageout_row(const char *what,
				       const struct record_pageout_row *row)
{
	double pages = (double)row->kept + (double)row->unmapped + (double)row->freed;
	struct reading got = { NAN, false };

	if (strcmp(what, "p50") == 0)
		return read_pageout_quantile(&row->time, 0.5);
	if (strcmp(what, "p90") == 0)
		return read_pageout_quantile(&row->time, 0.9);
	if (strcmp(what, "calls") == 0)
		got.value = (double)row->time.count;
	else if (strcmp(what, "freed") == 0)
		got.value = percent_of(row->freed, pages);
	else if (strcmp(what, "unmapped") == 0)
		got.value = percent_of(row->unmapped, pages);
	else if (strcmp(what, "max") == 0)
		got.value = (double)row->time.max;
	else
		got.value = percent_of(row->waited_ns, (double)row->time.sum);
	return got;
}

static struct reading read_pageout(const struct metric *m, const struct record *r)
{
	const struct reading none = { NAN, false };
	char way[12], unit[8], what[12];

	if (sscanf(m->name, "%11s %7s %11s", way, unit, what) != 3)
		return none;
	for (size_t i = 0; i < r->pageout.rows; i++) {
		const struct record_pageout_row *row = &r->pageout.row[i];

		if (strcmp(row->way, way) == 0 && strcmp(row->unit, unit) == 0)
			return read_pageout_row(what, row);
	}
	return none;
}

struct reading metric_read(const struct metric *m, const struct record *r, bool woken)
{
	struct reading got = { NAN, false };
	double seconds = seconds_of_load(r);

	if (metric_is_of_faults(m))
		return read_faults(m, r);
	switch (m->kind) {
	case METRIC_QUANTILE:
		return read_quantile(m, woken ? &r->woken : &r->scheduled, r);
	case METRIC_HUGE:
		got.value = share_of_huge(r);
		break;
	case METRIC_REQUESTS:
		if ((r->load.requests > 0 || is_device_busy(r)) && seconds > 0)
			got.value = (double)r->load.requests / seconds;
		break;
	case METRIC_WALKER:
		if (*r->load.walker && seconds > 0)
			got.value = (double)r->load.walker_bytes / seconds;
		break;
	case METRIC_COUNTER:
		got.value = rate_of(r, r->counters, "vmstat", m->name);
		break;
	case METRIC_MOCK:
		got.value = rate_of(r, r->counters, "mock", m->name);
		break;
	case METRIC_MAX:
		got.value = (double)(woken ? r->woken.max : r->scheduled.max);
		break;
	case METRIC_SCANNED:
		got.value = count_of(r->counters, "vmstat", "pgscan_anon");
		break;
	case METRIC_BYTES:
		if (r->load.pinned_bytes > 0)
			got.value = (double)r->load.pinned_bytes;
		break;
	case METRIC_PAGEOUT:
		return read_pageout(m, r);
	case METRIC_PINNED:
		got.value = rate_of(r, r->explain, "pinned/anon", "pinned");
		break;
	default:
		break;
	}
	return got;
}
