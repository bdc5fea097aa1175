/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_REPORT_CURVES_H
#define PINLAT_REPORT_CURVES_H

/*
 * What a page draws of each run, reduced to a few hundred bytes while records are read: its
 * tail, and its latency over time; and its worst samples, where it was traced.
 */

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/record.h"
#include "system/text.h"

/** Points of a tail, and how many of them there are for each power of ten of the share of samples. */
#define CURVE_POINTS 48
#define CURVE_DECADE 8
/** Points of a timeline, at most: longer ones are thinned out. */
#define CURVE_SECONDS 60

struct curve {
	uint64_t samples;
	/*
	 * Nanoseconds that the share curve_tail(i) of the samples reaches or exceeds: [0] is the least
	 * sample. NAN from where the share is less than one sample.
	 */
	float tail[CURVE_POINTS];
	float max;
	size_t seconds;
	struct {
		float end, p99; /* seconds since the window opened, ns */
	} second[CURVE_SECONDS];
	/* owned; of a traced run: the record's explain.worst; NULL: it was not traced */
	json_object *worst;
};

struct curves {
	bool woken; /* samples of wake-ups that happened */
	size_t n;
	struct curve *curve; /* owned; by run.number */
	/* owned; notes of valid runs, each once, whatever numbers are in it */
	struct text_list notes;
	struct curves_noted {
		size_t runs;
		bool varied; /* with other numbers in some of them */
	} * noted;	     /* owned; as many */
};

/** The share of samples that point @i of a tail is about: 1, .75, .56, …, .1, … */
static inline double curve_tail(size_t i)
{
	return pow(10, -(double)i / CURVE_DECADE);
}

/**
 * Makes curves of the records that sets read: their "watch". What it watched is an array of struct
 * curves, one a path.
 */
int curves_watch(const struct record *r, size_t path, size_t number, void *watched);

/** Adds @part to the end of @c; what it owned is @c's. */
void curves_join(struct curves *c, struct curves *part);

/** Frees what @c owns. */
void curves_free(struct curves *c);

#endif
