// SPDX-License-Identifier: MIT
/*
 * The engine "i915": an Intel GPU works on userptr objects, which i915 pins when it first uses
 * them, and which reclaim cannot have back before the GPU is done with them.
 */
#include "engine/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "system/cleanup.h"
#include "system/units.h"
#include "system/devices.h"

#define MAX_LANES 64
#define MAX_DEPTH 16

/* Long enough for reclaim to meet it at work, short enough for a GPU to seem alive. */
#define REQUEST_NS (5 * NSEC_PER_MSEC)

static int i915_usable(const struct engine_config *config, char *why, size_t size)
{
	int fd = i915_open_device(config->device, NULL, why, size);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static struct drm_device *i915_device(const struct engine_config *config)
{
	struct drm_device *device = NULL;
	char why[300];
	int fd = i915_open_device(config->device, &device, why, sizeof(why));

	if (fd < 0)
		return NULL;
	close(fd);
	return device;
}

static void i915_defaults(struct engine_config *config)
{
	config->request_size = 0;
	if (config->request_rate == REQUEST_RATE_AUTO)
		config->request_rate = 0;
	if (config->queue_depth == 0)
		config->queue_depth = 4;
}

static const char *i915_explain(int error)
{
	switch (-error) {
	case EIO:
		return "the GPU is lost: it hung, or is wedged (see dmesg)";
	case ETIME:
		return "the GPU hangs: it completed nothing for seconds (see dmesg)";
	case ENOSPC:
		return "the GPU's address space is too small for an object: make --object-size smaller";
	case EFAULT:
		return "the memory of an object is not there any more";
	case ENOMEM:
		return "the driver found no memory for its own needs: make --fill smaller";
	case ENODEV:
		return "there is no userptr on this GPU or kernel";
	default:
		return NULL;
	}
}

static unsigned int count_lanes(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 1 ? 1 : cpus > MAX_LANES ? MAX_LANES : (unsigned int)cpus;
}

static struct engine *create(const struct engine_config *config, struct object *object,
			     size_t objects, struct engine_progress *progress)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	*e = (struct engine){
		.fd = -1,
		.object = object,
		.objects = objects,
		.handle = calloc(objects, sizeof(*e->handle)),
		.progress = progress,
		.note_lock = PTHREAD_MUTEX_INITIALIZER,
		.target_ns = REQUEST_NS,
		.lanes = count_lanes(),
		.depth = (unsigned int)config->queue_depth,
	};
	for (unsigned int i = 0; i < MAX_RINGS; i++)
		pace_init(&e->ring[i].pace);
	if (e->handle)
		return e;
	free(e);
	return NULL;
}

static int open_device(struct engine *e, const char *filter, char *why, size_t size)
{
	struct drm_device *device;
	uint64_t longest;

	e->fd = i915_open_device(filter, &device, why, size);
	if (e->fd < 0)
		return e->fd;
	longest = i915_longest_request_ns(device->syspath, device->card);
	if (longest < e->target_ns)
		e->target_ns = longest;
	drm_devices_free(device, 1);
	return 0;
}

static void i915_close(struct engine *e)
{
	if (!e)
		return;
	i915_close_queues(e);
	i915_close_rings(e);
	if (e->fd >= 0)
		close(e->fd);
	for (unsigned int i = 0; i < MAX_RINGS; i++)
		pace_destroy(&e->ring[i].pace);
	pthread_mutex_destroy(&e->note_lock);
	free(e->handle);
	free(e);
}

static int open_all(struct engine *e, const char *filter, char *why, size_t size)
{
	int ret = open_device(e, filter, why, size);

	if (ret == 0)
		ret = i915_open_rings(e, why, size);
	if (ret < 0)
		return ret;
	*why = '\0';
	ret = i915_open_queues(e, why, size);
	if (ret < 0 && !*why)
		snprintf(why, size, "the GPU does not run a batch: %s",
			 i915_explain(ret) ? i915_explain(ret) : strerror(-ret));
	return ret;
}

static int i915_open(struct engine **engine, const struct engine_config *config,
		     struct object *object, size_t objects,
		     struct engine_progress *progress, char *why, size_t size)
{
	struct engine_config c = *config;
	struct engine *e;
	int ret;

	i915_defaults(&c);
	if (c.queue_depth > MAX_DEPTH) {
		snprintf(why, size,
			 "i915 queues at most %d requests a CPU: make --depth smaller",
			 MAX_DEPTH);
		return -EINVAL;
	}
	e = create(&c, object, objects, progress);
	if (!e)
		return -ENOMEM;
	ret = open_all(e, c.device, why, size);
	if (ret < 0) {
		i915_close(e);
		return ret;
	}
	*engine = e;
	return 0;
}

/* Making an object takes no page: its first use does, and is what can fail. */
static int i915_pin(struct engine *e, size_t index)
{
	struct object *o = &e->object[index];
	uint64_t start = monotonic_ns();
	int64_t ns = gem_userptr(e->fd, o->memory, o->size, e->probe, &e->handle[index]);

	if (ns < 0)
		return (int)ns;
	e->progress->create_ns += monotonic_ns() - start;
	ns = i915_use(e, index);
	if (ns >= 0)
		ns = i915_use(e, index);
	if (ns < 0)
		return (int)ns;
	e->progress->steady_ns += (uint64_t)ns;
	return 0;
}

static unsigned int i915_lanes(const struct engine *e)
{
	return e->lanes;
}

static int i915_unpin(struct engine *e, size_t index)
{
	uint32_t handle = e->handle[index];

	e->handle[index] = 0;
	return handle ? gem_close(e->fd, handle) : 0;
}

/* A wedged GPU refuses requests; one without any is asked, which costs it nothing. */
static int i915_check_resets(struct engine *e)
{
	atomic_fetch_add(&e->progress->resets, i915_new_resets(e));
	return e->in_flight ? 0 : gem_throttle(e->fd);
}

const struct engine_ops i915_engine = {
	.name = "i915",
	.summary =
		"Intel GPU: userptr objects, which i915 pins, and batches that work on them",
	/* i915 took mere references before Linux 5.8. */
	.may_pin_uncounted = true,
	.usable = i915_usable,
	.device = i915_device,
	.open = i915_open,
	.pin = i915_pin,
	.lanes = i915_lanes,
	.submit = i915_submit,
	.idle = i915_idle,
	.unpin = i915_unpin,
	.check_resets = i915_check_resets,
	.explain = i915_explain,
	.close = i915_close,
	.defaults = i915_defaults,
};
