/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_ENGINE_FAKE_I915_H
#define PINLAT_UNIT_ENGINE_FAKE_I915_H

/*
 * A GPU behind ioctl(), with the i915 driver's rules and a clock of its own.
 *
 * This program's ioctl() comes before libc's, also for libdrm, whose drmIoctl() and its restarts
 * are thus part of what is tested. Device nodes are plain files that are said to be such. Each
 * ring runs its requests one after the other; waiting for one moves the clock on, at once.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the GPU is like; fake_reset() gives one of today. */
struct fake_gpu {
	bool no_userptr, no_probe, no_query, no_contexts, no_vm, no_reset_stats;
	uint16_t chipset;  /* PCI id */
	uint64_t gtt_size; /* bytes of an address space */
	int parser;	   /* version of the command parser; 0: there is none */
	bool no_softpin, no_gtt_param; /* the latter: the aperture tells */
	double clock_hz,
		clock_off;     /* of CTX_TIMESTAMP, as told; by how much it is faster */
	bool executes_nothing; /* a request takes request_ns, whatever its batch */
	const char *mock, *batch_us; /* what parameters of the module say, or NULL */
	unsigned int rings;	     /* that a query tells of */
	double ns_per_byte;	     /* of a batch */
	/* that, once a ring has worked for warm_ns; 0: it stays as it is */
	uint64_t warm_ns;
	double warm_ns_per_byte;
	uint64_t request_ns;	/* on top, for each request */
	uint64_t late_ns;	/* those who wait wake so much later, at most */
	uint64_t address_space; /* bytes that a request can list; 0: any number */
	bool real_time;		/* the machine's clock instead, and real waiting */
	/* these may change while threads are at work */
	_Atomic bool hangs;  /* nothing completes any more */
	_Atomic bool wedged; /* it gave up */
};

/* What it has seen. */
struct fake_seen {
	unsigned int calls; /* that fake_fail_any() counts */
	unsigned int objects, contexts, vms, persistent_contexts; /* that are there */
	unsigned int requests, broken_rules;
	uint64_t longest_ns, last_ns; /* that a ring worked on one request */
	uint64_t parsed;	      /* bytes of batches, read through on the CPU */
	unsigned int evicted,
		misplaced; /* objects in the way of others; not where they were said to be */
	unsigned int empty; /* requests on no object */
	uint64_t listed_sum;
	uint64_t rings_used, contexts_used; /* bit masks */
	unsigned int listed; /* by the last request, but its batch and marker */
	unsigned int busy;   /* objects in use when fake_look() looked */
};

extern struct fake_gpu fake;
extern struct fake_seen fake_seen;

/* A new GPU, a Gemini Lake, a new clock, no nodes, no failures. */
void fake_reset(void);

/* It is a Haswell instead: small address spaces that all contexts share, a parser on all rings. */
void fake_haswell(void);

/* Unbinds all objects, as the shrinker does. */
void fake_unbind(void);

/* A device as drm_devices_list() tells of it; @render, @card: files, or NULL. @name: what DRM_IOCTL_VERSION says. */
void fake_device(const char *card, const char *render, const char *syspath,
		 const char *slot, uint16_t device, const char *name);

/* Lets call number @nth (from 1) of @request fail with @error, and @times - 1 after it. */
void fake_fail(unsigned long request, unsigned int nth, int error, unsigned int times);

/* The same for call @nth of all that make or use something; 0: never. */
void fake_fail_any(unsigned int nth, int error);

/* The next request hangs, is reset, and @pending others with it. */
void fake_lose(uint32_t active, uint32_t pending);

/* Counts how many objects of at least @size bytes are in use now, into fake_seen.busy. */
void fake_look(uint64_t size);

/* What it has seen so far, while threads are at work. */
struct fake_seen fake_seen_now(void);

/* Nanoseconds of its clock. */
uint64_t fake_now(void);

/* Moves its clock on. */
void fake_pass(uint64_t ns);

#endif
