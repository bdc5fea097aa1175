// SPDX-License-Identifier: MIT
#include "engine/device-filter.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/text.h"
#include "system/units.h"

#define VENDOR_INTEL 0x8086
/* As in IGT: what is there is integrated, all else that is Intel's is discrete. */
#define INTEGRATED_SLOT "0000:00:02.0"

enum filter_kind { FILTER_PCI, FILTER_SYS, FILTER_DRM };

struct filter {
	enum filter_kind kind;
	char path[PATH_MAX]; /* of sys: and drm:, links resolved where they can be */
	char slot[32];	     /* of pci:, empty: any */
	long vendor, device; /* of pci:, -1: any */
	bool discrete;	     /* of pci:, at no place but that of an integrated GPU */
	uint64_t card;	     /* of pci:, which of those that match; UINT64_MAX: all */
};

static int parse_id(const char *text, long *id)
{
	char *end;

	errno = 0;
	*id = strtol(text, &end, 16);
	return *text && !*end && errno == 0 && *id >= 0 && *id <= 0xffff ? 0 : -EINVAL;
}

static int parse_pci_device(struct filter *f, const char *value)
{
	bool integrated = strcmp(value, "integrated") == 0;

	f->discrete = strcmp(value, "discrete") == 0;
	if (!integrated && !f->discrete)
		return parse_id(value, &f->device);
	f->vendor = VENDOR_INTEL;
	if (integrated)
		snprintf(f->slot, sizeof(f->slot), INTEGRATED_SLOT);
	return 0;
}

static int parse_pci_part(struct filter *f, const char *key, const char *value)
{
	if (strcmp(key, "slot") == 0)
		return (size_t)snprintf(f->slot, sizeof(f->slot), "%s", value) <
				       sizeof(f->slot)
			       ? 0
			       : -EINVAL;
	if (strcmp(key, "device") == 0)
		return parse_pci_device(f, value);
	/* All: the first of them that can be used is measured. */
	if (strcmp(key, "card") == 0 && (!strcmp(value, "all") || !strcmp(value, "*")))
		return 0;
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
	if (!realpath(rest, f->path))
		snprintf(f->path, sizeof(f->path), "%s", rest);
	return 0;
}

static bool matches_pci(const struct filter *f, const struct drm_device *d)
{
	return *d->pci_slot && (!*f->slot || strcmp(f->slot, d->pci_slot) == 0) &&
	       !(f->discrete && strcmp(d->pci_slot, INTEGRATED_SLOT) == 0) &&
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

int device_filter_check(const char *filter, char *why, size_t size)
{
	const char *device = strstr(filter, "device=");
	struct filter f;

	if (parse(filter, &f) == 0)
		return 0;
	if (strncmp(filter, "sriov:", strlen("sriov:")) == 0)
		return why_not(
			why, size, -EINVAL,
			"the device filter '%s' is not known here: name a virtual function by pci:slot=…",
			filter);
	if (strncmp(filter, "pci:", strlen("pci:")) == 0 && device)
		return why_not(
			why, size, -EINVAL,
			"the device filter '%s' has a code name that is not known here: give the PCI id in hexadecimal (lspci -nn), integrated or discrete",
			filter);
	return why_not(
		why, size, -EINVAL,
		"the device filter '%s' is none of pci:vendor=…,device=…,card=…; pci:slot=…; sys:/sys/…; drm:/dev/dri/…",
		filter);
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
