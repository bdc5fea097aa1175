/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_XE_XE_H
#define PINLAT_XE_XE_H

/*
 * The engine "xe", shared by the files of xe/ alone.
 *
 * xe knows no list of objects that a request works on: a request may use all that is bound in its
 * address space (VM). So the objects are spread over several VMs, and each request goes to one
 * that is drawn at random. xe pins nothing. When reclaim unmaps a page of an object, xe's MMU
 * notifier waits for all requests of that VM, and the next request there brings the page back.
 *
 * Modes. "dma-fence", what graphics drivers use: the notifier waits until requests end. "lr" (long
 * running), what compute drivers use: it waits until they are preempted.
 *
 * What the driver calls an engine (a command streamer of the GPU) is called a ring here, since an
 * engine is something else in this program. A VM has a queue for each ring, which the lanes share.
 *
 * All memory that the GPU sees is user memory: the objects, and for each VM its service pages, of
 * which each queue has one for its batch; behind them are the fences of mode lr. These also lie
 * behind the last batch, so that a command streamer that reads ahead finds something.
 */

#include <drm/xe_drm.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

#define MAX_RINGS 64
#define MAX_VMS	  1024
#define MAX_DEPTH 16

struct ring {
	struct drm_xe_engine_class_instance instance;
	uint32_t ticks; /* of its clock, that a request runs for */
	uint32_t hz;	/* of its clock */
};

/* An address space. */
struct vm {
	uint32_t id;
	uint32_t queue[MAX_RINGS];
	_Atomic bool banned[MAX_RINGS]; /* known, and counted */
	char *service;			/* its service pages */
};

/* Where xe tells that something is done. */
struct slot {
	uint32_t syncobj; /* mode dma-fence */
	_Atomic uint64_t *
		fence; /* mode lr: where the GPU, or for a bind the kernel, writes value */
	uint64_t value;
	bool in_flight;
	struct vm *vm;
	unsigned int ring;
};

struct lane {
	unsigned int index, next, turn;
	struct slot slot[MAX_DEPTH];
};

struct engine {
	int fd;
	bool lr;
	uint16_t pat; /* index of the caching policy that memory is bound with */
	struct object *object;
	size_t objects;
	bool *bound; /* for each object */
	_Atomic uint64_t bound_bytes;
	uint64_t most_resident; /* bytes of this process, since it was opened */
	struct engine_progress *progress;
	struct ring ring[MAX_RINGS];
	unsigned int rings;
	struct vm *vm;
	unsigned int vms;
	char *service; /* memory of all service pages */
	size_t service_size;
	struct slot bind; /* of the thread that binds */
	_Atomic uint64_t bind_fence;
	struct lane *lane;
	unsigned int lanes, depth;
};

extern const struct engine_ops xe_engine;

#endif
