// SPDX-License-Identifier: MIT
#include "report/curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "stats/histogram.h"
#include "system/alloc.h"

/* More than so many say nothing new. */
#define NOTES_MAX 20

/* The middle of a bucket, within what was really seen. */
static float middle_of(const struct distribution *d, const struct distribution_bucket *b)
{
	uint64_t upper = histogram_upper(b->lower);
	uint64_t middle = b->lower + (upper - b->lower) / 2;

	return (float)MIN(MAX(middle, d->min), d->max);
}

/* All quantiles in one go over the buckets: as distribution_quantile(), but for all points. */
static void reduce_tail(struct curve *curve, const struct distribution *d)
{
	double n = (double)d->count;
	uint64_t seen = 0;
	size_t point = 0;
	double tail = curve_tail(0);

	curve->samples = d->count;
	curve->max = d->count > 0 ? (float)d->max : NAN;
	for (size_t i = 0; i < d->buckets; i++) {
		seen += d->bucket[i].count;
		while (point < CURVE_POINTS && tail * n >= 1 &&
		       ceil((1 - tail) * n - 1e-6) <= (double)seen) {
			curve->tail[point++] = middle_of(d, &d->bucket[i]);
			tail = curve_tail(point);
		}
	}
	for (; point < CURVE_POINTS; point++)
		curve->tail[point] = NAN;
	if (d->count > 0)
		curve->tail[0] = (float)d->min;
}

static double member(json_object *o, const char *name)
{
	json_object *value;

	return json_object_object_get_ex(o, name, &value) ? json_object_get_double(value)
							  : NAN;
}

/* The worst of the seconds that fall together. */
static void reduce_timeline(struct curve *curve, json_object *timeline)
{
	size_t n, every;

	if (!timeline || json_object_get_type(timeline) != json_type_array)
		return;
	n = json_object_array_length(timeline);
	every = (n + CURVE_SECONDS - 1) / CURVE_SECONDS;
	for (size_t i = 0; i < n; i++) {
		json_object *point = json_object_array_get_idx(timeline, i);
		size_t at = i / every;
		double end = member(point, "t_ns"), p99 = member(point, "p99");

		if (!(end > 0) || !(p99 > 0) || !(member(point, "count") > 0))
			p99 = end = NAN;
		if (i % every == 0) {
			curve->second[at].end = curve->second[at].p99 = NAN;
			curve->seconds = at + 1;
		}
		curve->second[at].end = fmaxf(curve->second[at].end, (float)(end / 1e9));
		curve->second[at].p99 = fmaxf(curve->second[at].p99, (float)p99);
	}
}

/* Whether @a and @b say the same, but for the numbers in them. */
static bool is_alike(const char *a, const char *b)
{
	static const char number[] = "0123456789.";

	while (*a && *b) {
		size_t m = strspn(a, number), n = strspn(b, number);

		if ((m > 0) != (n > 0) || (m == 0 && *a != *b))
			return false;
		a += m ? m : 1;
		b += n ? n : 1;
	}
	return *a == *b;
}

/* Adds a note of @runs runs; @varied: with other numbers in some of them. */
static void add_note(struct curves *c, const char *note, size_t runs, bool varied)
{
	for (size_t i = 0; i < c->notes.n; i++) {
		if (!is_alike(c->notes.text[i], note))
			continue;
		c->noted[i].runs += runs;
		c->noted[i].varied |= varied || strcmp(c->notes.text[i], note) != 0;
		return;
	}
	if (c->notes.n == NOTES_MAX)
		return;
	c->noted = xgrow(c->noted, c->notes.n, sizeof(*c->noted));
	c->noted[c->notes.n] = (struct curves_noted){ runs, varied };
	text_list_add(&c->notes, "%s", note);
}

/* Traced samples alone: of others there is nothing to tell but their length. */
static json_object *worst_of(const struct record *r)
{
	json_object *worst;

	if (!r->valid || !json_object_object_get_ex(r->explain, "worst", &worst) ||
	    !json_object_is_type(worst, json_type_array) ||
	    json_object_object_get_ex(r->explain, "why_not", NULL))
		return NULL;
	return json_object_get(worst);
}

int curves_watch(const struct record *r, size_t path, size_t number, void *watched)
{
	struct curves *c = (struct curves *)watched + path;
	struct curve *curve;

	(void)number; /* counts them, as c->n does */
	c->curve = xgrow(c->curve, c->n, sizeof(*c->curve));
	curve = &c->curve[c->n++];
	*curve = (struct curve){ 0 };
	/* What is judged: of thp the faults that were made. */
	reduce_tail(curve, c->woken || strncmp(r->subtest, "thp", 3) == 0
				   ? &r->woken
				   : &r->scheduled);
	reduce_timeline(curve, r->timeline);
	curve->worst = worst_of(r);
	for (size_t i = 0; i < r->notes && r->valid; i++)
		add_note(c, r->note[i], 1, false);
	return 0;
}

void curves_join(struct curves *c, struct curves *part)
{
	for (size_t i = 0; i < part->n; i++) {
		c->curve = xgrow(c->curve, c->n, sizeof(*c->curve));
		c->curve[c->n++] = part->curve[i];
	}
	part->n = 0; /* what these own is the whole's now */
	for (size_t i = 0; i < part->notes.n; i++)
		add_note(c, part->notes.text[i], part->noted[i].runs,
			 part->noted[i].varied);
}

void curves_free(struct curves *c)
{
	for (size_t i = 0; i < c->n; i++)
		json_object_put(c->curve[i].worst);
	free(c->curve);
	free(c->noted);
	text_list_free(&c->notes);
	*c = (struct curves){ 0 };
}
