// SPDX-License-Identifier: MIT
/* Which device the engine works on. */
#include "engine/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

#include "system/cleanup.h"
#include "system/devices.h"
#include "system/sysfile.h"
#include "system/units.h"

/* A render node is enough, and needs no master and fewer privileges. */
static const char *node_of(const struct drm_device *d)
{
	return *d->render ? d->render : d->card;
}

/* renderD128, renderD129, …, then card0, card1, …: a device without a render node comes last. */
static int by_node(const void *a, const void *b)
{
	const struct drm_device *x = a, *y = b;

	if (!*x->render != !*y->render)
		return !*x->render - !*y->render;
	return strverscmp(node_of(x), node_of(y));
}

static int check_driver(int fd, const char *node, char *why, size_t size)
{
	drmVersionPtr version = drmGetVersion(fd);
	int ret = version && strcmp(version->name, "i915") == 0 ? 0 : -ENXIO;

	if (ret < 0)
		snprintf(why, size, "the driver of %s is %s, not i915", node,
			 version ? version->name : "not known");
	drmFreeVersion(version);
	return ret;
}

/* No list says which GPUs have userptr: the driver tells when it is asked for some. */
static int check_userptr(int fd, const char *node, char *why, size_t size)
{
	uint32_t handle = 0;
	void *page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret = page == MAP_FAILED ? -errno
				     : gem_userptr(fd, page, page_size(), false, &handle);

	if (ret == 0)
		gem_close(fd, handle);
	else if (ret == -ENODEV)
		snprintf(
			why, size,
			"%s has no userptr: its GPU does not share the CPU's caches, or the kernel is without CONFIG_MMU_NOTIFIER",
			node);
	else
		snprintf(why, size, "cannot make a userptr object on %s: %s", node,
			 strerror(-ret));
	if (page != MAP_FAILED)
		munmap(page, page_size());
	return ret;
}

static int check_alive(int fd, const char *node, char *why, size_t size)
{
	int ret = gem_throttle(fd);

	if (ret == -EIO)
		snprintf(why, size, "the GPU of %s is wedged: see dmesg, and reboot",
			 node);
	else if (ret < 0)
		snprintf(why, size, "the GPU of %s does not answer: %s", node,
			 strerror(-ret));
	return ret;
}

/* Opens @d if it can be used. Returns its file descriptor, or -errno with a sentence in @why. */
static int try_device(const struct drm_device *d, char *why, size_t size)
{
	const char *node = node_of(d);
	int fd = open(node, O_RDWR | O_CLOEXEC), ret;

	if (fd < 0) {
		ret = -errno;
		snprintf(why, size, "cannot open %s: %s%s", node, strerror(-ret),
			 ret == -EACCES ? " (join its group, render, or run as root)"
					: "");
		return ret;
	}
	ret = check_driver(fd, node, why, size);
	if (ret == 0)
		ret = check_userptr(fd, node, why, size);
	if (ret == 0)
		ret = check_alive(fd, node, why, size);
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

/* Tries those that @matches, up to the first that works, whose index goes to *@chosen. */
static int try_devices(const struct drm_device *devices, size_t n, const bool *matches,
		       size_t *chosen, char *why, size_t size)
{
	char said[300];
	int error = -ENXIO;

	for (size_t i = 0; i < n; i++) {
		int ret = matches[i] ? try_device(&devices[i], said, sizeof(said))
				     : -ENOENT;

		if (ret >= 0) {
			*chosen = i;
			return ret;
		}
		/* Why an Intel GPU does not work says more than that another device is none. */
		if (matches[i] && (ret != -ENXIO || error == -ENXIO)) {
			error = ret;
			snprintf(why, size, "%s", said);
		}
	}
	return error;
}

/* @devices[@i] alone, as a list of one, which takes over what it owns. */
static struct drm_device *take(struct drm_device *devices, size_t i)
{
	struct drm_device *one = malloc(sizeof(*one));

	if (!one)
		return NULL;
	*one = devices[i];
	devices[i].parameter = NULL;
	devices[i].parameters = 0;
	snprintf(one->driver, sizeof(one->driver), "i915");
	return one;
}

static int open_of(struct drm_device *devices, size_t n, const char *filter,
		   struct drm_device **device, char *why, size_t size)
{
	CLEANUP_FREE bool *matches = calloc(n ? n : 1, sizeof(*matches));
	size_t chosen = 0;
	int ret;

	if (!matches)
		return -ENOMEM;
	if (n > 0)
		qsort(devices, n, sizeof(*devices), by_node);
	ret = device_filter_match(filter, devices, n, matches);
	if (ret < 0)
		snprintf(
			why, size,
			"the device filter '%s' is none of pci:vendor=…,device=…,card=…; pci:slot=…; sys:/sys/…; drm:/dev/dri/…",
			filter);
	else if (ret == 0 && filter)
		snprintf(why, size, "no DRM device here matches '%s'", filter);
	else if (ret == 0)
		snprintf(why, size, "there is no DRM device here");
	if (ret <= 0)
		return ret < 0 ? ret : -ENODEV;
	ret = try_devices(devices, n, matches, &chosen, why, size);
	if (ret < 0 || !device)
		return ret;
	*device = take(devices, chosen);
	if (*device)
		return ret;
	close(ret);
	return -ENOMEM;
}

int i915_open_device(const char *filter, struct drm_device **device, char *why,
		     size_t size)
{
	struct drm_device *devices;
	int n = drm_devices_list(&devices), ret;

	if (n < 0) {
		snprintf(why, size, "cannot list the DRM devices: %s", strerror(-n));
		return n;
	}
	*why = '\0';
	ret = open_of(devices, (size_t)n, filter, device, why, size);
	if (ret < 0 && !*why)
		snprintf(why, size, "cannot open a device: %s", strerror(-ret));
	drm_devices_free(devices, (size_t)n);
	return ret;
}

/* The smallest number but 0, which means never, in the files that @pattern finds. */
static uint64_t least_of(const char *pattern)
{
	uint64_t least = UINT64_MAX;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return least;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		uint64_t value;

		if (sysfile_u64(found.gl_pathv[i], &value) == 0 && value > 0 &&
		    value < least)
			least = value;
	}
	globfree(&found);
	return least;
}

uint64_t i915_longest_request_ns(const char *syspath, const char *card)
{
	static const char *const timeouts[] = { "heartbeat_interval_ms",
						"preempt_timeout_ms" };
	const char *name = strrchr(card, '/');
	uint64_t least = UINT64_MAX;
	char pattern[PATH_MAX];

	for (size_t i = 0; name && i < 2; i++) {
		uint64_t ms;

		snprintf(pattern, sizeof(pattern), "%s/drm%s/engine/*/%s", syspath, name,
			 timeouts[i]);
		ms = least_of(pattern);
		if (ms < least)
			least = ms;
	}
	return least == UINT64_MAX ? least : least * NSEC_PER_MSEC / 4;
}
