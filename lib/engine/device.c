// SPDX-License-Identifier: MIT
/*
 * Which device an engine works on: of those that IGT's device filter names, the first that
 * can be used.
 */
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
#include "system/pages.h"
#include "system/sysfile.h"
#include "system/units.h"

#define VENDOR_INTEL 0x8086

enum filter_kind { FILTER_PCI, FILTER_SYS, FILTER_DRM };

struct filter {
	enum filter_kind kind;
	char path
		[PATH_MAX]; /* of sys: and drm:, links resolved where there is such a file */
	char slot[32];	    /* of pci:, empty: any */
	long vendor, device; /* of pci:, -1: any */
	uint64_t card;	     /* of pci:, which of those that match; UINT64_MAX: all */
};

static int parse_id(const char *text, long *id)
{
	char *end;

	errno = 0;
	*id = strtol(text, &end, 16);
	return *text && !*end && errno == 0 && *id >= 0 && *id <= 0xffff ? 0 : -EINVAL;
}

static int parse_pci_part(struct filter *f, const char *key, const char *value)
{
	if (strcmp(key, "slot") == 0)
		return (size_t)snprintf(f->slot, sizeof(f->slot), "%s", value) <
				       sizeof(f->slot)
			       ? 0
			       : -EINVAL;
	if (strcmp(key, "device") == 0)
		return parse_id(value, &f->device);
	if (strcmp(key, "card") == 0)
		return parse_u64(value, &f->card);
	if (strcmp(key, "vendor") != 0)
		return -EINVAL;
	f->vendor = VENDOR_INTEL;
	return strcasecmp(value, "intel") == 0 ? 0 : parse_id(value, &f->vendor);
}

static int parse_pci(struct filter *f, char *text)
{
	char *part, *rest = text;
	int ret = 0;

	while (ret == 0 && (part = strsep(&rest, ","))) {
		char *value = strchr(part, '=');

		if (!value)
			return -EINVAL;
		*value++ = '\0';
		ret = parse_pci_part(f, part, value);
	}
	return ret;
}

static void resolve(const char *path, char resolved[PATH_MAX])
{
	if (!realpath(path, resolved))
		snprintf(resolved, PATH_MAX, "%s", path);
}

static int parse(const char *text, struct filter *f)
{
	char first[PATH_MAX], *rest;

	*f = (struct filter){ .vendor = -1, .device = -1, .card = UINT64_MAX };
	if ((size_t)snprintf(first, sizeof(first), "%.*s", (int)strcspn(text, ";"),
			     text) >= sizeof(first))
		return -EINVAL;
	rest = strchr(first, ':');
	if (!rest || !rest[1])
		return -EINVAL;
	*rest++ = '\0';
	if (strcmp(first, "pci") == 0)
		return parse_pci(f, rest);
	f->kind = strcmp(first, "sys") == 0 ? FILTER_SYS : FILTER_DRM;
	if (*rest != '/' || (f->kind == FILTER_DRM && strcmp(first, "drm") != 0))
		return -EINVAL;
	resolve(rest, f->path);
	return 0;
}

static bool matches_pci(const struct filter *f, const struct drm_device *d)
{
	return *d->pci_slot && (!*f->slot || strcmp(f->slot, d->pci_slot) == 0) &&
	       (f->vendor < 0 || f->vendor == d->vendor) &&
	       (f->device < 0 || f->device == d->device);
}

static bool is_below(const char *path, const char *directory)
{
	size_t n = strlen(directory);

	return n && strncmp(path, directory, n) == 0 && (path[n] == '/' || !path[n]);
}

static bool matches(const struct filter *f, const struct drm_device *d)
{
	switch (f->kind) {
	case FILTER_PCI:
		return matches_pci(f, d);
	case FILTER_SYS:
		return is_below(f->path, d->syspath);
	case FILTER_DRM:
		break;
	}
	return strcmp(f->path, d->card) == 0 || strcmp(f->path, d->render) == 0;
}

int device_filter_match(const char *filter, const struct drm_device *devices, size_t n,
			bool *match)
{
	struct filter f = { .kind = FILTER_SYS };
	uint64_t seen = 0;
	int count = 0;

	if (filter && parse(filter, &f) < 0)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		match[i] = !filter || matches(&f, &devices[i]);
		if (match[i] && filter && f.kind == FILTER_PCI && f.card != UINT64_MAX)
			match[i] = seen++ == f.card;
		count += match[i];
	}
	return count;
}

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
