/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SETS_METRIC_H
#define PINLAT_SETS_METRIC_H

/* What of a record is compared: quantiles, and the numbers that explain them. */

#include <stdbool.h>
#include <stddef.h>

#include "record/record.h"

#define METRICS_MAX   96
#define QUANTILES_MAX 12

enum metric_kind {
	METRIC_QUANTILE,
	/* Work: */
	METRIC_HUGE,	 /* how many of the first touches got a huge page */
	METRIC_REQUESTS, /* that the device completed */
	METRIC_WALKER,	 /* bytes that the page-cache walk read */
	METRIC_COUNTER,	 /* of /proc/vmstat */
	METRIC_MOCK,	 /* of the lab's driver */
	METRIC_MAX,	 /* the largest sample */
	METRIC_SCANNED,	 /* anonymous pages that reclaim examined */
	METRIC_BYTES,	 /* that the engine had pinned */
	/* Of the `thp` probe, of the faults that were made (sets/stalls.h): */
	METRIC_FAULTS,	       /* how many */
	METRIC_FAULT_QUANTILE, /* of how long they took */
	METRIC_FAULT_MEAN,
	METRIC_STALLS,	   /* of from_ns or longer, a CPU-minute outside of them */
	METRIC_FAULT_TIME, /* the share of all time that was spent in faults */
	METRIC_FAULT_MAX,
	METRIC_PAGEOUT, /* of one way and unit of the `pageout` probe: "owner page p50" */
	METRIC_PINNED, /* pages that a BPF program saw reclaim examine in vain (--explain) */
};

enum metric_unit {
	UNIT_NS,
	UNIT_PERCENT,
	UNIT_PER_SECOND,
	UNIT_BYTES_PER_SECOND,
	UNIT_BYTES,
	UNIT_COUNT,
	UNIT_PER_MINUTE,
};

struct metric {
	char name[32]; /* "p99", "huge", "pgscan_anon" */
	enum metric_kind kind;
	enum metric_unit unit;
	double p;	  /* of a quantile, 0 to 1 */
	uint64_t from_ns; /* of stalls */
};

/** Quantiles in ascending order, then the others. */
struct metrics {
	size_t n, quantiles;
	struct metric metric[METRICS_MAX];
};

/** "ns", "%", "/s", "/min" (a CPU-minute), "B/s", "B" or "". */
const char *metric_unit_name(enum metric_unit unit);

/** p50, p90 and p99, then all that explains. */
void metrics_init(struct metrics *m);

/**
 * Adds the quantile that @name ("p99.9") stands for, in its place; one that is there stays.
 * Returns 0, -EINVAL (@name is no quantile above p0 and below p100) or -E2BIG (more than
 * QUANTILES_MAX).
 */
int metrics_add(struct metrics *m, const char *name);

/** Adds what is shown of a run and not compared: "max", "scanned", "pinned". */
void metrics_add_loads(struct metrics *m);

/** The ways and units of the `pageout` probe, "owner page" to "reclaim object", ended by NULL. */
extern const char *const metric_pageout_rows[];

/** Adds "ROW calls", "ROW freed", "ROW unmapped", "ROW p50", "ROW p90", "ROW max", "ROW waited". */
void metrics_add_pageout(struct metrics *m);

/** The index of metric @name in @m, or m->n. */
size_t metrics_find(const struct metrics *m, const char *name);

/** Whether @m is of the faults that the `thp` probe made. */
bool metric_is_of_faults(const struct metric *m);

/** Whether changes of @m are differences, not ratios: a count or a share that may well be 0. */
bool metric_is_difference(const struct metric *m);

/** Whether @m is work that was done: huge pages, device requests, what the walker read. */
bool metric_is_work(const struct metric *m);

/** Whether @m can be judged: a latency, stalls, the time in faults, or work. */
bool metric_can_be_judged(const struct metric *m);

/** What @m is called beside its value: "p99 of faults", "huge pages"; else its name; @buf. */
const char *metric_words(const struct metric *m, char *buf, size_t size);

/** What a record says of a metric. */
struct reading {
	/*
	 * NAN: it does not tell, or too few samples. INFINITY: stalls took so many of the planned
	 * samples that the rest does not support this quantile, so it ranks as the worst.
	 */
	double value;
	bool few; /* its samples do not support this quantile */
};

/** Reads metric @m from @r: as scheduled, or with @woken as woken. */
struct reading metric_read(const struct metric *m, const struct record *r, bool woken);

#endif
