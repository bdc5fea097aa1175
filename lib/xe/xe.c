// SPDX-License-Identifier: MIT
/*
 * The engine "xe": an Intel GPU works in address spaces in which user memory is bound. xe does not
 * pin that memory: reclaim unmaps it, and waits for the GPU before it may.
 */
#include "xe/xe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/drm-device.h"
#include "system/devices.h"
#include "system/sysfile.h"
#include "system/text.h"
#include "system/units.h"
#include "xe/gpu.h"
#include "xe/queue.h"
#include "xe/vm.h"

#define DEFAULT_VMS   16
#define DEFAULT_DEPTH 4

static int check(int fd, const char *node, char *why, size_t size)
{
	int ret = xe_find_pat(fd, node, why, size);

	return ret < 0 ? ret : 0;
}

static int xe_usable(const struct engine_config *config, char *why, size_t size)
{
	int fd = device_open("xe", check, config->device, NULL, why, size);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static struct drm_device *xe_device(const struct engine_config *config)
{
	struct drm_device *device = NULL;
	char why[300];
	int fd = device_open("xe", check, config->device, &device, why, sizeof(why));

	if (fd < 0)
		return NULL;
	close(fd);
	return device;
}

static void xe_defaults(struct engine_config *config)
{
	config->request_size = 0;
	if (config->request_rate == REQUEST_RATE_AUTO)
		config->request_rate = 0;
	if (config->queue_depth == 0)
		config->queue_depth = DEFAULT_DEPTH;
	if (config->vms == 0)
		config->vms = DEFAULT_VMS;
	if (!config->mode)
		config->mode = "dma-fence";
	/* A request counts as using all that is bound in its address space. */
	config->cover = (double)engine_lanes() * (double)config->queue_depth /
			(double)config->vms;
}

static const char *xe_explain(int error)
{
	switch (-error) {
	case ECANCELED:
		return "xe has banned a queue, or closed an address space: a request hung, or used memory that is not bound (see dmesg)";
	case EIO:
		return "the GPU is lost: it hung, or is wedged (see dmesg)";
	case ETIME:
		return "the GPU hangs: it completed nothing for half a minute (see dmesg)";
	case EFAULT:
		return "the memory of an object is not there any more";
	case EINVAL:
		return "xe refuses it: the caching policy (PAT) or the alignment is not what this GPU wants";
	case ENOENT:
		return "an address space of the GPU (VM), or a queue, is gone";
	case ENOMEM:
		return "the driver found no memory for its own needs: make --fill smaller";
	case ENODEV:
		return "the device is gone";
	case EBUSY:
		return "for half a minute, reclaim took memory away faster than xe could get it back: make --fill smaller";
	default:
		return NULL;
	}
}

static struct engine *create(const struct engine_config *config, struct object *object,
			     size_t objects, struct engine_progress *progress)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	*e = (struct engine){
		.fd = -1,
		.lr = strcmp(config->mode, "lr") == 0,
		.object = object,
		.objects = objects,
		.bound = calloc(objects, sizeof(*e->bound)),
		.progress = progress,
		.vms = (unsigned int)(config->vms < objects ? config->vms : objects),
		.lanes = engine_lanes(),
		.depth = (unsigned int)config->queue_depth,
	};
	if (e->bound)
		return e;
	free(e);
	return NULL;
}

static void xe_close(struct engine *e)
{
	if (!e)
		return;
	xe_close_lanes(e);
	xe_close_vms(e);
	if (e->fd >= 0)
		close(e->fd);
	free(e->bound);
	free(e);
}

static int open_all(struct engine *e, const char *filter, char *why, size_t size)
{
	int ret = device_open("xe", check, filter, NULL, why, size);

	if (ret < 0)
		return ret;
	e->fd = ret;
	ret = xe_find_pat(e->fd, "the GPU", why, size);
	if (ret < 0)
		return ret;
	e->pat = (uint16_t)ret;
	ret = xe_open_rings(e, why, size);
	if (ret == 0)
		ret = xe_open_vms(e, why, size);
	return ret < 0 ? ret : xe_open_lanes(e, why, size);
}

/* Bytes of this process's memory that are mapped, but for files. */
static uint64_t resident(void)
{
	char text[4096];
	uint64_t anon = 0, shared = 0;

	if (sysfile_read("/proc/self/status", text, sizeof(text)) < 0)
		return 0;
	sysfile_find_u64(text, "RssAnon", &anon);
	sysfile_find_u64(text, "RssShmem", &shared);
	return (anon + shared) * KIB;
}

static int check_config(const struct engine_config *c, char *why, size_t size)
{
	if (strcmp(c->mode, "fault") == 0)
		return why_not(
			why, size, -EINVAL,
			"the engine xe has no mode fault: there is nothing here that it could be tried on");
	if (strcmp(c->mode, "dma-fence") != 0 && strcmp(c->mode, "lr") != 0)
		return why_not(why, size, -EINVAL,
			       "the engine xe has the modes dma-fence and lr, not '%s'",
			       c->mode);
	if (c->queue_depth > MAX_DEPTH)
		return why_not(
			why, size, -EINVAL,
			"xe queues at most %d requests a CPU: make --depth smaller",
			MAX_DEPTH);
	if (c->vms > MAX_VMS)
		return why_not(why, size, -EINVAL,
			       "xe uses at most %d address spaces: make --vms smaller",
			       MAX_VMS);
	return 0;
}

static int xe_open(struct engine **engine, const struct engine_config *config,
		   struct object *object, size_t objects,
		   struct engine_progress *progress, char *why, size_t size)
{
	struct engine_config c = *config;
	struct engine *e;
	int ret;

	xe_defaults(&c);
	ret = check_config(&c, why, size);
	if (ret < 0)
		return ret;
	e = create(&c, object, objects, progress);
	if (!e)
		return -ENOMEM;
	ret = open_all(e, c.device, why, size);
	if (ret < 0) {
		xe_close(e);
		return ret;
	}
	*engine = e;
	return 0;
}

/* It takes the pages of the object, as far as they are not there. */
static int xe_pin(struct engine *e, size_t index)
{
	int ret = xe_bind_object(e, index);
	uint64_t now = resident();

	if (now > e->most_resident)
		e->most_resident = now;
	return ret;
}

static unsigned int xe_lanes(const struct engine *e)
{
	return e->lanes;
}

/*
 * What is bound, less what reclaim has unmapped since: it leaves the GPU's page tables and ours
 * together. xe does not tell; the size of what is mapped here does, by how far it is below its most.
 */
static uint64_t xe_held(struct engine *e, uint64_t pinned)
{
	uint64_t bound = e->bound_bytes, now = resident(), gone;

	(void)pinned;
	if (now > e->most_resident)
		e->most_resident = now;
	gone = e->most_resident - now;
	return gone < bound ? bound - gone : 0;
}

static int xe_unpin(struct engine *e, size_t index)
{
	return xe_unbind_object(e, index);
}

const struct engine_ops xe_engine = {
	.name = "xe",
	.summary =
		"Intel GPU: user memory that xe binds, not pinned: reclaim unmaps it and waits for the GPU",
	.binds = true,
	.usable = xe_usable,
	.device = xe_device,
	.open = xe_open,
	.pin = xe_pin,
	.lanes = xe_lanes,
	.submit = xe_submit,
	.held = xe_held,
	.idle = xe_idle,
	.unpin = xe_unpin,
	.check_resets = xe_count_bans,
	.explain = xe_explain,
	.close = xe_close,
	.defaults = xe_defaults,
};
