// SPDX-License-Identifier: MIT
#include "run/timeline.h"

#include <errno.h>
#include <stdlib.h>

#include "run/internal.h"
#include "stats/distribution.h"
#include "stats/ranksum.h"
#include "system/cleanup.h"
#include "system/json.h"
#include "system/units.h"

/* A run in a hundred is said to change though it does not. */
#define HALF_LEVEL 0.01
/* Seconds a half; five against five cannot come below that level. */
#define HALF_LEAST 6

int timeline_create(struct timeline *t, uint64_t duration_ns)
{
	/* One a second, one for what is left, one for what came after the window. */
	*t = (struct timeline){ .room = duration_ns / NSEC_PER_SEC + 2 };
	t->before = malloc(sizeof(*t->before));
	t->now = malloc(sizeof(*t->now));
	t->point = calloc(t->room, sizeof(*t->point));
	if (!t->before || !t->now || !t->point)
		return -ENOMEM;
	histogram_reset(t->before);
	return 0;
}

void timeline_destroy(struct timeline *t)
{
	free(t->before);
	free(t->now);
	free(t->point);
}

void timeline_start(struct timeline *t, uint64_t start_ns)
{
	t->start_ns = start_ns;
	t->next_ns = start_ns + NSEC_PER_SEC;
}

/* All that the CPUs scheduled so far, and how many of their samples there were and how long. */
static void merge_cpus(const struct probe *p, struct histogram *sum, uint64_t *woken,
		       uint64_t *woken_ns)
{
	histogram_reset(sum);
	*woken = *woken_ns = 0;
	for (size_t i = 0; i < p->cpus; i++) {
		histogram_merge(sum, &p->cpu[i].scheduled);
		*woken += HISTOGRAM_LOAD(p->cpu[i].woken.count);
		*woken_ns += HISTOGRAM_LOAD(p->cpu[i].woken.sum);
	}
}

int timeline_add(struct run *r, uint64_t now_ns)
{
	struct timeline *t = &r->timeline;
	struct distribution d = { 0 };
	struct histogram *swap = t->before;
	uint64_t woken, woken_ns;
	int ret;

	if (t->points == t->room)
		return 0;
	merge_cpus(&r->probe, t->now, &woken, &woken_ns);
	ret = distribution_between(&d, t->before, t->now);
	if (ret < 0)
		return ret;
	t->point[t->points++] = (struct timeline_point){
		.t_ns = now_ns - t->start_ns,
		.count = d.count,
		.p50 = distribution_quantile(&d, 0.5),
		.p99 = distribution_quantile(&d, 0.99),
		.max = d.max,
		.woken = woken - t->woken_before,
		.woken_ns = woken_ns - t->woken_ns_before,
		.held_bytes = r->shared->held_bytes,
	};
	distribution_free(&d);
	t->before = t->now;
	t->now = swap;
	t->woken_before = woken;
	t->woken_ns_before = woken_ns;
	/* A look that came late stands for all the seconds that it covers. */
	while (t->next_ns <= now_ns)
		t->next_ns += NSEC_PER_SEC;
	return 0;
}

int timeline_json(const struct run *r, json_object **root)
{
	const struct timeline *t = &r->timeline;
	struct json_out out;

	json_begin_array(&out);
	for (size_t i = 0; i < t->points; i++) {
		const struct timeline_point *from = &t->point[i];
		json_object *point = json_put_object(&out, out.root, NULL);

		json_put_u64(&out, point, "t_ns", from->t_ns);
		json_put_u64(&out, point, "count", from->count);
		json_put_u64(&out, point, "p50", from->p50);
		json_put_u64(&out, point, "p99", from->p99);
		json_put_u64(&out, point, "max", from->max);
		json_put_u64(&out, point, "woken", from->woken);
		json_put_u64(&out, point, "woken_ns", from->woken_ns);
		if (run_has_device(r->request))
			json_put_u64(&out, point, "held_bytes", from->held_bytes);
	}
	return json_end(&out, root);
}

/* A half of the window: the means of its seconds, and what they are the means of. */
struct half {
	double *mean;
	size_t n;
	uint64_t woken, ns;
};

static uint64_t half_mean(const struct half *h)
{
	return h->woken ? h->ns / h->woken : 0;
}

/*
 * Seconds in which no sample ended have no mean; a stall of several is in the one in which it
 * ended. What is left of a second at the end is no second.
 */
static void fill_halves(const struct timeline *t, uint64_t window_ns, struct half half[2])
{
	uint64_t begin = 0;

	for (size_t i = 0; i < t->points; begin = t->point[i++].t_ns) {
		const struct timeline_point *p = &t->point[i];
		struct half *h = &half[begin + p->t_ns >= window_ns];

		if (p->woken == 0 || p->t_ns - begin < NSEC_PER_SEC / 2)
			continue;
		h->mean[h->n++] = (double)p->woken_ns / (double)p->woken;
		h->woken += p->woken;
		h->ns += p->woken_ns;
	}
}

void timeline_compare_halves(struct run *r)
{
	const struct timeline *t = &r->timeline;
	CLEANUP_FREE double *mean = calloc(2 * t->points + 1, sizeof(*mean));
	struct half half[2] = { { .mean = mean },
				{ .mean = mean ? mean + t->points : NULL } };
	char first[32], second[32];
	double p;
	int ret = mean ? 0 : -ENOMEM;

	if (ret == 0)
		fill_halves(t, r->request->options->duration_ns, half);
	if (ret == 0 && (half[0].n < HALF_LEAST || half[1].n < HALF_LEAST))
		return;
	if (ret == 0)
		ret = rank_sum(half[0].mean, half[0].n, half[1].mean, half[1].n, &p);
	if (ret < 0) {
		run_remember(r, ret);
		return;
	}
	if (p < HALF_LEVEL)
		run_note(
			r,
			"the halves of the window differ: a sample took %s on average in the first, %s in the second (rank test of the seconds, p %.2g)",
			format_time(half_mean(&half[0]), first, sizeof(first)),
			format_time(half_mean(&half[1]), second, sizeof(second)), p);
}
