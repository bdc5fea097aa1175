// SPDX-License-Identifier: MIT
#include "engine/drm-device.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>

#include "engine/device-filter.h"
#include "engine/engine.h"
#include "system/cleanup.h"
#include "system/devices.h"
#include "system/text.h"

struct opening {
	const char *driver, *filter;
	int (*check)(int fd, const char *node, char *why, size_t size);
	char *why;
	size_t size;
};

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

static int check_driver(const struct opening *o, int fd, const char *node)
{
	drmVersionPtr version = drmGetVersion(fd);
	int ret = version && strcmp(version->name, o->driver) == 0 ? 0 : -ENXIO;

	if (ret < 0)
		snprintf(o->why, o->size, "the driver of %s is %s, not %s", node,
			 version ? version->name : "not known", o->driver);
	drmFreeVersion(version);
	return ret;
}

/* Opens @d if it can be used. Returns its file descriptor or -errno. */
static int try_device(const struct opening *o, const struct drm_device *d)
{
	const char *node = node_of(d);
	int fd = open(node, O_RDWR | O_CLOEXEC), ret = fd < 0 ? -errno : 0;

	if (fd < 0)
		return why_not(o->why, o->size, ret, "cannot open %s: %s%s", node,
			       strerror(-ret),
			       ret == -EACCES
				       ? " (join its group, render, or run as root)"
				       : "");
	ret = check_driver(o, fd, node);
	if (ret == 0)
		ret = o->check(fd, node, o->why, o->size);
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

/* Tries those that @matches, up to the first that works, whose index goes to *@chosen. */
static int try_devices(const struct opening *o, const struct drm_device *devices,
		       size_t n, const bool *matches, size_t *chosen)
{
	char said[300];
	const struct opening one = { o->driver, o->filter, o->check, said, sizeof(said) };
	int error = -ENXIO;

	for (size_t i = 0; i < n; i++) {
		int ret = matches[i] ? try_device(&one, &devices[i]) : -ENOENT;

		if (ret >= 0) {
			*chosen = i;
			return ret;
		}
		/* Why a device of this driver does not work says more than that another is none. */
		if (matches[i] && (ret != -ENXIO || error == -ENXIO)) {
			error = ret;
			snprintf(o->why, o->size, "%s", said);
		}
	}
	return error;
}

/* @devices[@i] alone, as a list of one, which takes over what it owns. */
static struct drm_device *take(struct drm_device *devices, size_t i, const char *driver)
{
	struct drm_device *one = malloc(sizeof(*one));

	if (!one)
		return NULL;
	*one = devices[i];
	devices[i].parameter = NULL;
	devices[i].parameters = 0;
	snprintf(one->driver, sizeof(one->driver), "%s", driver);
	return one;
}

static int open_one_of(const struct opening *o, struct drm_device *devices, size_t n,
		       struct drm_device **device)
{
	CLEANUP_FREE bool *matches = calloc(n ? n : 1, sizeof(*matches));
	size_t chosen = 0;
	int ret;

	if (!matches)
		return -ENOMEM;
	if (n > 0)
		qsort(devices, n, sizeof(*devices), by_node);
	ret = device_filter_match(o->filter, devices, n, matches);
	if (ret < 0)
		return why_not(
			o->why, o->size, ret,
			"the device filter '%s' is none of pci:vendor=…,device=…,card=…; pci:slot=…; sys:/sys/…; drm:/dev/dri/…",
			o->filter);
	if (ret == 0 && o->filter)
		return why_not(o->why, o->size, -ENODEV,
			       "no DRM device here matches '%s'", o->filter);
	if (ret == 0)
		return why_not(o->why, o->size, -ENODEV, "there is no DRM device here");
	ret = try_devices(o, devices, n, matches, &chosen);
	if (ret < 0 || !device)
		return ret;
	*device = take(devices, chosen, o->driver);
	if (*device)
		return ret;
	close(ret);
	return -ENOMEM;
}

int device_open(const char *driver,
		int (*check)(int fd, const char *node, char *why, size_t size),
		const char *filter, struct drm_device **device, char *why, size_t size)
{
	const struct opening o = { driver, filter, check, why, size };
	struct drm_device *devices;
	int n = drm_devices_list(&devices), ret;

	if (n < 0)
		return why_not(why, size, n, "cannot list the DRM devices: %s",
			       strerror(-n));
	*why = '\0';
	ret = open_one_of(&o, devices, (size_t)n, device);
	if (ret < 0 && !*why)
		snprintf(why, size, "cannot open a device: %s", strerror(-ret));
	drm_devices_free(devices, (size_t)n);
	return ret;
}

unsigned int engine_lanes(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 1			 ? 1
	       : cpus > ENGINE_LANES_MAX ? ENGINE_LANES_MAX
					 : (unsigned int)cpus;
}

void engine_note(struct engine_progress *p, const char *format, ...)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	size_t at;
	va_list ap;

	pthread_mutex_lock(&lock);
	at = strlen(p->note);
	if (at > 0 && at + 2 < sizeof(p->note))
		at += (size_t)snprintf(p->note + at, sizeof(p->note) - at, "; ");
	va_start(ap, format);
	vsnprintf(p->note + at, sizeof(p->note) - at, format, ap);
	va_end(ap);
	p->noted = 1;
	pthread_mutex_unlock(&lock);
}
