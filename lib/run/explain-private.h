/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RUN_EXPLAIN_PRIVATE_H
#define PINLAT_RUN_EXPLAIN_PRIVATE_H

/* Shared by explain*.c: the worst samples and what became of them. */

#include "run/run-private.h"
#include "trace/reduce.h"
#include "trace/trace.h"

/* Samples whose events are kept. */
#define EXPLAIN_WORST 10

/* One of the worst samples. */
struct explained {
	size_t cpu;	  /* its place among the probe's */
	bool overwritten; /* its events, or some, were lost */
	struct reduction reduction;
};

struct explanation {
	size_t n;
	struct explained *sample; /* by CPU, then by time */
	size_t worst;
	const struct explained *of_worst[EXPLAIN_WORST]; /* longest first */
	struct trace_lines *lines;
	size_t *cursor;	     /* of each CPU: the sample that its next event is for */
	size_t *first;	     /* of each CPU, and one more: its first sample */
	uint64_t *oldest_ns; /* of each CPU: its first event; 0: none came */
};

/** The tree of what @r's tracing gave; @x's samples are reduced. NULL: out of memory. */
json_object *_explain_json(const struct run *r, const struct explanation *x);

#endif
