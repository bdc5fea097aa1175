/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_ENGINE_FAKE_XE_H
#define PINLAT_UNIT_ENGINE_FAKE_XE_H

/*
 * A GPU behind ioctl(), with the rules of the driver xe, a command streamer that carries batches
 * out, and a clock of its own. Its node is a plain file that is said to be one. A queue runs its
 * requests one after the other; waiting for one moves the clock on, at once.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_VMS    64
#define FAKE_QUEUES 512

/* What the GPU is like; fake_reset() gives a Lunar Lake. */
struct fake_gpu {
	unsigned int rings;    /* of the classes 0, 1, 2, … */
	unsigned int version;  /* of its IP, major; 0: it does not tell */
	uint16_t device;       /* PCI id */
	uint32_t pats;	       /* bit i: policy i may be used for user memory */
	uint32_t clock;	       /* of timestamps, Hz; 0: none is told */
	bool no_userptr;       /* no CONFIG_DRM_GPUSVM */
	bool executes_nothing; /* batches end at once */
	_Atomic bool hangs;    /* requests that are submitted from now on never end */
	_Atomic bool wedged;   /* it gave up */
	unsigned int full;     /* so many execs in a row find a full ring, in mode lr */
};

/* What it has seen. */
struct fake_seen {
	unsigned int calls;			   /* that fake_fail_any() counts */
	unsigned int vms, queues, syncobjs, binds; /* that are there */
	unsigned int execs, broken_rules, faults;
	unsigned int of_vm[FAKE_VMS]; /* execs */
	uint64_t rings_used;	      /* bit mask */
	uint64_t last_ns;	      /* that the last request ran for */
	uint64_t bound_bytes;
	uint16_t pat; /* of the last bind */
};

extern struct fake_gpu fake;
extern struct fake_seen fake_seen;

/* A new GPU, a new clock, no failures. Its node is the file @node, or there is none (NULL). */
void fake_reset(const char *node, const char *driver);

/* Lets call number @nth (from 1) of @request fail with @error, and @times - 1 after it. */
void fake_fail(unsigned long request, unsigned int nth, int error, unsigned int times);

/* The same for call @nth of all that make or use something; 0: never. */
void fake_fail_any(unsigned int nth, int error);

/* The next VM that is used is closed, as where its memory cannot be bound again. */
void fake_close_vms(void);

/* Nanoseconds of its clock. */
uint64_t fake_now(void);

#endif
