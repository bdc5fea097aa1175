// SPDX-License-Identifier: MIT
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

void sample_make(struct sample *s, size_t n, size_t m, double factor)
{
	for (size_t i = 0; i < n; i++) {
		s->value[0][i] = 1000 * pow(1.01, (double)((i * 7) % n));
		s->start[0][i] = (double)i;
	}
	for (size_t i = 0; i < m; i++) {
		s->value[1][i] = factor * 1000 * pow(1.01, (double)((i * 7) % m));
		s->start[1][i] = (double)(n + i);
	}
	s->row = (struct decide_row){
		.side = { { n, s->value[0], s->start[0] },
			  { m, s->value[1], s->start[1] } },
		.primary = true,
		.margin = .05,
	};
}

void sample_take_turns(struct sample *s)
{
	for (int side = 0; side < DECIDE_SIDES; side++)
		for (size_t i = 0; i < s->row.side[side].n; i++)
			s->start[side][i] = 2 * (double)i + side;
}

struct decide_options sample_options(void)
{
	struct decide_options o = decide_defaults();

	o.allow_order = true;
	o.bad_runs = o.bad_boots = 1;
	return o;
}

static struct decide_row decide_with(struct sample *s, struct decide_options o)
{
	assert_int_equal(decide(&s->row, 1, &o), 0);
	return s->row;
}

struct decide_row sample_decide(struct sample *s)
{
	return decide_with(s, sample_options());
}

struct decide_row sample_decide_strictly(struct sample *s)
{
	return decide_with(s, decide_defaults());
}
