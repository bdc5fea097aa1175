/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_LOAD_PAGEOUT_H
#define PINLAT_LOAD_PAGEOUT_H

/*
 * What a thread of the load child does with its own memory for the pageout probe: touch a part of
 * it, ask the kernel to reclaim it, and see what became of it. The one who asks and the one who
 * answers share a desk: a question is put there, then counted in "asked"; its answer is there
 * when "answered" is the same number.
 */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/engine.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21 /* Linux 5.4 */
#endif

enum pageout_question {
	PAGEOUT_TOUCH, /* write to every page of the part, so that it is there, and dirty */
	PAGEOUT_TOUCH_ALL, /* the same for all objects */
	PAGEOUT_RECLAIM,   /* MADV_PAGEOUT on the part */
	PAGEOUT_LOOK,	   /* see what became of it */
};

/** One call that was to reclaim memory. */
struct pageout_call {
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC */
	uint64_t cpu_ns;	   /* of it, that the caller was on a CPU */
	int error;		   /* 0 or -errno */
};

/** What became of pages. */
struct pageout_fate {
	uint64_t kept; /* still mapped by their owner */
	uint64_t
		unmapped; /* mapped no more, but still in memory: written to swap, or held by someone */
	uint64_t freed; /* neither */
};

struct pageout_desk {
	_Atomic unsigned int asked, answered;
	/* the question, of @bytes from @offset on of object @object */
	enum pageout_question question;
	size_t object;
	uint64_t offset, bytes;
	/* the answer */
	int error;     /* 0 or -errno: it could not be answered at all */
	void *address; /* of the part, in the load child */
	struct pageout_call call;
	struct pageout_fate fate;
};

/** Begins the timing of a call; end it with pageout_call_end(). */
void pageout_call_begin(struct pageout_call *call);

/** Ends it: @error is what it returned, 0 or -errno. */
void pageout_call_end(struct pageout_call *call, int error);

/** Answers what is asked of @objects objects until *@stop is set. */
void pageout_serve(struct pageout_desk *desk, const struct object *object, size_t objects,
		   _Atomic int *stop);

#endif
