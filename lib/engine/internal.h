/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_ENGINE_INTERNAL_H
#define PINLAT_ENGINE_INTERNAL_H

/*
 * The engine "i915", shared by its files alone.
 *
 * A request is a batch of MI_NOOPs that lists objects, so that the GPU counts as working on them
 * for some milliseconds. It holds no address, so it needs neither relocations nor a choice of
 * addresses on any generation. What i915 calls an engine (a command streamer of the GPU) is
 * called a ring here, as it once was, since an engine is something else in this program.
 *
 * All memory that the GPU sees is userptr: the objects, the batch, and a marker a request, which is
 * an object of one page that nothing else lists, so that waiting for it is waiting for that request.
 */

#include <i915_drm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "system/devices.h"

#define MAX_RINGS 64 /* I915_EXEC_RING_MASK + 1 */

/* i915-gpu.c: the ioctls. All return 0 or -errno; a signal restarts them. */

int gem_getparam(int fd, int32_t param, int *value);
/* An object of @size bytes at @memory (whole pages). -ENODEV: there is no userptr here. */
int gem_userptr(int fd, const void *memory, uint64_t size, bool probe, uint32_t *handle);
int gem_close(int fd, uint32_t handle);
int gem_execbuf(int fd, struct drm_i915_gem_execbuffer2 *request);
/* Waits until nothing uses the object. -ETIME: something still did after @timeout_ns. */
int gem_wait(int fd, uint32_t handle, uint64_t timeout_ns);
/* 1 or 0. */
int gem_busy(int fd, uint32_t handle);
/* -EIO: the GPU is wedged. Waits for requests that are older than 20 ms. */
int gem_throttle(int fd);

/* Finds the rings and makes @n contexts. Returns 0, or -errno with a sentence in @why. */
int i915_open_rings(struct engine *e, unsigned int n, char *why, size_t size);
void i915_close_rings(struct engine *e);

/* How many resets there were since the last call. */
uint64_t i915_new_resets(struct engine *e);

/* Adds a sentence to what a reader of the record should know. */
void i915_note(struct engine *e, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* device.c */

/*
 * IGT's device filters, as --device and IGT_DEVICE carry them:
 *
 *   pci:vendor=8086,device=3185,card=0   by PCI id, in hexadecimal (or vendor=intel); card counts
 *                                        the devices that match, from 0; each part may be absent
 *   pci:slot=0000:00:02.0                by place
 *   sys:/sys/devices/pci0000:00/…        by path in sysfs, of the device or below it
 *   drm:/dev/dri/card0                   by device node, or a link to it
 *
 * Of several, separated by semicolons, the first counts.
 *
 * Sets @matches[i] for each of the @n @devices that @filter names (NULL: all of them). Returns how
 * many, or -EINVAL: the filter cannot be understood.
 */
int device_filter_match(const char *filter, const struct drm_device *devices, size_t n,
			bool *matches);

/*
 * Opens the first device with the driver i915 and userptr among those that @filter names. Returns
 * its file descriptor, or -errno with a sentence in @why. @device (may be NULL): what it is
 * (drm_devices_free(*device, 1)).
 */
int i915_open_device(const char *filter, struct drm_device **device, char *why,
		     size_t size);

/*
 * For how long a request may run on the device @syspath with the node @card: a quarter of the
 * shortest timeout after which i915 takes a ring for hung. UINT64_MAX: there is none.
 */
uint64_t i915_longest_request_ns(const char *syspath, const char *card);

/* i915-queue.c: how long the GPU takes for a batch, and how long a batch has to be for that. */

#define PACE_SAMPLES 9

struct pace {
	pthread_mutex_t lock;
	uint64_t submitted; /* bytes of batches so far */
	uint64_t done;	  /* of these, at the end of the last request seen to complete */
	uint64_t done_ns; /* when that was */
	unsigned int samples;
	double ns_per_byte[PACE_SAMPLES];
};

/* A request as the pace sees it. */
struct paced {
	uint64_t end;	       /* bytes of batches submitted up to its own end */
	uint64_t submitted_ns; /* when it was in the queue */
	uint32_t length;       /* of its batch, in bytes */
};

void pace_init(struct pace *p);
void pace_destroy(struct pace *p);

/* Called right after a request with a batch of @length bytes was submitted. */
struct paced pace_submit(struct pace *p, uint32_t length, uint64_t now_ns);

/*
 * Called when a request was seen to complete, that is, when it had not yet a moment before. Returns
 * the median time a byte of the last PACE_SAMPLES in ns, or 0: not that many yet.
 */
double pace_complete(struct pace *p, const struct paced *request, uint64_t now_ns);

/* The same of the samples that there are; 0: none. Forgets them. */
double pace_take(struct pace *p);

/* i915-queue.c: the rings and contexts that requests go to, their batch, and their queues. */

struct ring {
	uint64_t flags;		 /* of execbuf, that choose it */
	_Atomic uint32_t length; /* of its batches, in bytes */
	struct pace pace;
};

struct context {
	uint32_t id;
	bool tells_resets;
	uint32_t active, pending; /* requests lost by resets, when last looked at */
};

struct batch {
	void *memory;
	uint64_t size; /* bytes, whole pages; all MI_NOOP but its end */
	uint32_t handle;
};

/* The least that a batch can be: its end, and a MI_NOOP for the alignment. */
#define BATCH_MIN 8

/*
 * Makes the batch and finds, for each ring, the length that takes it target_ns. The lanes must be
 * open. Returns 0 or -errno.
 */
int i915_open_batch(struct engine *e);
void i915_close_batch(struct engine *e);

struct slot {
	uint32_t marker;
	bool in_flight;
	struct ring *ring;
	struct paced request;
};

struct lane {
	unsigned int index, depth, next;
	unsigned int turn; /* requests that went to a ring so far */
	struct slot *slot; /* @depth of them, used in turn */
	uint32_t *order;   /* all objects; the first are the last draw */
	/* Room for all objects, the marker and the batch. */
	struct drm_i915_gem_exec_object2 *list;
};

/* How many contexts the lanes make use of. */
unsigned int i915_contexts_wanted(const struct engine *e);

/* Makes @e->lanes + 1 lanes; the last is for what is not part of the load. Returns 0 or -errno. */
int i915_open_lanes(struct engine *e);
void i915_close_lanes(struct engine *e);
struct lane *i915_quiet_lane(struct engine *e);

/* Draws @n different ones of @objects objects, the next that are listed. */
void i915_draw(struct lane *lane, size_t n, size_t objects, struct random_state *random);

/* The ring whose turn it is. */
struct ring *i915_next_ring(struct engine *e, struct lane *lane);

/*
 * Submits one request with a batch of @length bytes on @ring, which lists the first @objects
 * of @lane->order; waits for a place in the queue. Returns 0 or -errno.
 */
int i915_push(struct engine *e, struct lane *lane, struct ring *ring, uint32_t length,
	      size_t objects);

/* Waits until the lane's queue is empty. Returns 0 or -errno. */
int i915_drain(struct engine *e, struct lane *lane);

/* i915.c */

struct engine {
	int fd;
	bool probe; /* userptr can look whether there is memory */
	struct object *object;
	size_t objects;
	uint32_t *handle; /* one an object; 0: not pinned */
	struct engine_progress *progress;
	pthread_mutex_t note_lock;
	uint64_t target_ns; /* that a request shall take */
	struct ring ring[MAX_RINGS];
	unsigned int rings;
	uint32_t vm; /* that the contexts share; 0: none */
	struct context *context;
	unsigned int contexts;
	struct batch batch;
	struct lane *lane;
	unsigned int lanes, depth;
	void *markers; /* their memory */
	uint64_t markers_size;
	_Atomic size_t listed;		/* objects that a request lists */
	_Atomic unsigned int in_flight; /* requests */
};

#endif
