// SPDX-License-Identifier: MIT
/* The timeline: what each second of the window gave, drawn while it is open. */
#include <errno.h>
#include <stdlib.h>

#include "run/run-private.h"
#include "stats/distribution.h"
#include "system/units.h"

static void merge_cpus(const struct probe *p, struct histogram *sum)
{
	histogram_reset(sum);
	for (size_t i = 0; i < p->cpus; i++)
		histogram_merge(sum, &p->cpu[i].scheduled);
}

int _timeline_create(struct timeline *t, uint64_t duration_ns)
{
	/* One a second, one for what is left, one for what came after the window. */
	*t = (struct timeline){ .room = duration_ns / NSEC_PER_SEC + 2 };
	t->before = malloc(sizeof(*t->before));
	t->now = malloc(sizeof(*t->now));
	t->point = calloc(t->room, sizeof(*t->point));
	if (!t->before || !t->now || !t->point) {
		_timeline_free(t);
		return -ENOMEM;
	}
	histogram_reset(t->before);
	return 0;
}

void _timeline_start(struct timeline *t, uint64_t start_ns)
{
	t->start_ns = start_ns;
	t->next_ns = start_ns + NSEC_PER_SEC;
}

int _timeline_add(struct timeline *t, const struct probe *p, uint64_t now_ns)
{
	struct distribution d = { 0 };
	struct histogram *swap = t->before;
	int ret;

	if (t->points == t->room)
		return 0;
	merge_cpus(p, t->now);
	ret = distribution_between(&d, t->before, t->now);
	if (ret < 0)
		return ret;
	t->point[t->points++] = (struct timeline_point){
		.t_ns = now_ns - t->start_ns,
		.count = d.count,
		.p50 = distribution_quantile(&d, 0.5),
		.p99 = distribution_quantile(&d, 0.99),
		.max = d.max,
	};
	distribution_free(&d);
	t->before = t->now;
	t->now = swap;
	/* A look that came late stands for all the seconds that it covers. */
	while (t->next_ns <= now_ns)
		t->next_ns += NSEC_PER_SEC;
	return 0;
}

json_object *_timeline_json(const struct timeline *t)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < t->points; i++) {
		const struct timeline_point *from = &t->point[i];
		json_object *point = json_object_new_object();

		json_object_object_add(point, "t_ns", json_object_new_uint64(from->t_ns));
		json_object_object_add(point, "count",
				       json_object_new_uint64(from->count));
		json_object_object_add(point, "p50", json_object_new_uint64(from->p50));
		json_object_object_add(point, "p99", json_object_new_uint64(from->p99));
		json_object_object_add(point, "max", json_object_new_uint64(from->max));
		json_object_array_add(array, point);
	}
	return array;
}

void _timeline_free(struct timeline *t)
{
	free(t->before);
	free(t->now);
	free(t->point);
	*t = (struct timeline){ 0 };
}
