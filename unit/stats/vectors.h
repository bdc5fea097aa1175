/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_STATS_VECTORS_H
#define PINLAT_UNIT_STATS_VECTORS_H

/* The files in vectors/: what a trusted implementation gives (see make_vectors.py). */

#include <stddef.h>

#define VECTOR_FIELDS 7
#define VECTOR_VALUES 512

/* A line: fields separated by ';', each of any number of numbers. */
struct vector {
	size_t fields;
	size_t n[VECTOR_FIELDS];
	double value[VECTOR_FIELDS][VECTOR_VALUES];
};

/** Calls @check for each line of the file @name, which must have @fields fields. */
void each_vector(const char *name, size_t fields, void (*check)(const struct vector *v));

/** Fails unless both are the same to 1e-9 of their size, or the same infinity, or no number. */
void assert_same(double value, double expected);

/** The numbers of field @field as what they are: small whole ones. */
const unsigned int *whole(const struct vector *v, size_t field, unsigned int *into);

#endif
