// SPDX-License-Identifier: MIT
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static size_t read_field(double *value, const char **at)
{
	size_t n = 0;

	while (**at != ';' && **at != '\n') {
		char *end;

		assert_true(n < VECTOR_VALUES);
		value[n++] = strtod(*at, &end);
		assert_true(end > *at);
		*at = end;
	}
	return n;
}

static void read_vector(struct vector *v, const char *line)
{
	v->fields = 0;
	for (const char *at = line;; at++) {
		assert_true(v->fields < VECTOR_FIELDS);
		v->n[v->fields] = read_field(v->value[v->fields], &at);
		v->fields++;
		if (*at == '\n')
			break;
	}
}

void each_vector(const char *name, size_t fields, void (*check)(const struct vector *v))
{
	static struct vector v;
	char path[4096], *line = NULL;
	size_t room = 0, lines = 0;
	FILE *file;

	snprintf(path, sizeof(path), VECTORS "/%s.csv", name);
	file = fopen(path, "re");
	assert_non_null(file);
	while (getline(&line, &room, file) > 0) {
		if (line[0] == '#')
			continue;
		read_vector(&v, line);
		assert_int_equal(v.fields, fields);
		check(&v);
		lines++;
	}
	free(line);
	fclose(file);
	assert_true(lines >= 10);
}

void assert_same(double value, double expected)
{
	if (isnan(expected) ? isnan(value) : value == expected)
		return;
	if (fabs(value - expected) <= 1e-9 * fabs(expected))
		return;
	fail_msg("%.17g is not %.17g", value, expected);
}

const unsigned int *whole(const struct vector *v, size_t field, unsigned int *into)
{
	for (size_t i = 0; i < v->n[field]; i++)
		into[i] = (unsigned int)v->value[field][i];
	return into;
}
