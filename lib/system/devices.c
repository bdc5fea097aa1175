// SPDX-License-Identifier: MIT
#include "system/devices.h"

#include <errno.h>
#include <libudev.h>
#include <limits.h>
#include <pciaccess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/sysfile.h"

/*
 * Reads every readable parameter in @directory (/sys/module/NAME/parameters) into
 * *@parameters (owned by the caller), by name. Returns how many, or -errno.
 */
static ssize_t module_parameters(const char *directory, struct drm_parameter **parameters)
{
	struct dirent **names;
	int n = scandir(directory, &names, NULL, alphasort);
	struct drm_parameter *list;
	ssize_t count = 0;

	*parameters = NULL;
	if (n < 0)
		return errno == ENOENT ? 0 : -errno; /* a module need not have any */
	list = calloc(n > 0 ? (size_t)n : 1, sizeof(*list));
	for (int i = 0; i < n; i++) {
		CLEANUP_FREE struct dirent *entry = names[i];
		char path[PATH_MAX];

		if (!list || entry->d_name[0] == '.' ||
		    snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name) >=
			    PATH_MAX ||
		    sysfile_line(path, list[count].value, sizeof(list->value)) < 0)
			continue;
		snprintf(list[count].name, sizeof(list->name), "%.63s", entry->d_name);
		count++;
	}
	free(names);
	if (!list)
		return -ENOMEM;
	*parameters = list;
	return count;
}

/* The module that the driver at @syspath is part of; not always of the driver's name. */
static void module_of(const char *syspath, const char *driver, char *buf, size_t size)
{
	char path[PATH_MAX];
	CLEANUP_FREE char *target = NULL;

	snprintf(path, sizeof(path), "%s/driver/module", syspath);
	target = realpath(path, NULL);
	snprintf(buf, size, "%s", target ? strrchr(target, '/') + 1 : driver);
}

static unsigned long hex_attribute(struct udev_device *dev, const char *name)
{
	const char *text = udev_device_get_sysattr_value(dev, name);

	return text ? strtoul(text, NULL, 16) : 0;
}

/* "VENDOR DEVICE" out of pci.ids; asks no hardware and needs no pci_system_init(). */
static void pci_name(const struct drm_device *d, char *buf, size_t size)
{
	const struct pci_id_match match = {
		.vendor_id = d->vendor,
		.device_id = d->device,
		.subvendor_id = PCI_MATCH_ANY,
		.subdevice_id = PCI_MATCH_ANY,
	};
	const char *vendor = NULL, *device = NULL;

	pci_get_strings(&match, &device, &vendor, NULL, NULL);
	snprintf(buf, size, "%s%s%s", vendor ? vendor : "", vendor && device ? " " : "",
		 device ? device : "");
}

static void fill_pci(struct drm_device *d, struct udev_device *pci)
{
	snprintf(d->pci_slot, sizeof(d->pci_slot), "%s", udev_device_get_sysname(pci));
	d->vendor = (uint16_t)hex_attribute(pci, "vendor");
	d->device = (uint16_t)hex_attribute(pci, "device");
	d->revision = (uint8_t)hex_attribute(pci, "revision");
	pci_name(d, d->name, sizeof(d->name));
}

/* @parent is what the nodes belong to; a virtio GPU's PCI device is above it again. */
static int fill_device(struct drm_device *d, struct udev_device *parent)
{
	const char *driver = udev_device_get_driver(parent);
	char path[PATH_MAX];
	struct udev_device *pci = parent;
	const char *subsystem = udev_device_get_subsystem(parent);
	ssize_t n;

	snprintf(d->syspath, sizeof(d->syspath), "%s", udev_device_get_syspath(parent));
	if (!subsystem || strcmp(subsystem, "pci") != 0)
		pci = udev_device_get_parent_with_subsystem_devtype(parent, "pci", NULL);
	if (pci)
		fill_pci(d, pci);
	if (!driver)
		return 0;
	snprintf(d->driver, sizeof(d->driver), "%s", driver);
	module_of(d->syspath, driver, d->module, sizeof(d->module));
	snprintf(path, sizeof(path), "/sys/module/%s/version", d->module);
	sysfile_line(path, d->driver_version, sizeof(d->driver_version));
	snprintf(path, sizeof(path), "/sys/module/%s/parameters", d->module);
	n = module_parameters(path, &d->parameter);
	if (n < 0)
		return (int)n;
	d->parameters = (size_t)n;
	return 0;
}

struct device_list {
	struct drm_device *device;
	size_t n;
};

/* The device of @parent in @list, put there if it is new. Returns 0 or -errno. */
static int find_or_add(struct device_list *list, struct udev_device *parent,
		       struct drm_device **found)
{
	const char *syspath = udev_device_get_syspath(parent);
	struct drm_device *longer;

	for (size_t i = 0; i < list->n; i++) {
		*found = &list->device[i];
		if (strcmp((*found)->syspath, syspath) == 0)
			return 0;
	}
	longer = grow(list->device, list->n, sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	list->device = longer;
	*found = &longer[list->n++];
	memset(*found, 0, sizeof(**found));
	return fill_device(*found, parent);
}

/* Takes the node at @syspath in. Connectors are of the subsystem too, but have no node. */
static int add_node(struct device_list *list, struct udev *udev, const char *syspath)
{
	struct udev_device *dev = udev_device_new_from_syspath(udev, syspath), *parent;
	const char *node = dev ? udev_device_get_devnode(dev) : NULL;
	struct drm_device *d;
	int ret = 0;

	if (node) {
		parent = udev_device_get_parent(dev);
		ret = find_or_add(list, parent ? parent : dev, &d);
		if (ret == 0 && strncmp(udev_device_get_sysname(dev), "card", 4) == 0)
			snprintf(d->card, sizeof(d->card), "%s", node);
		else if (ret == 0)
			snprintf(d->render, sizeof(d->render), "%s", node);
	}
	udev_device_unref(dev);
	return ret;
}

static int scan(struct device_list *list, struct udev *udev, struct udev_enumerate *e)
{
	struct udev_list_entry *entry;
	int ret = udev_enumerate_add_match_subsystem(e, "drm");

	if (ret >= 0)
		ret = udev_enumerate_add_match_sysname(e, "card*");
	if (ret >= 0)
		ret = udev_enumerate_add_match_sysname(e, "renderD*");
	if (ret >= 0)
		ret = udev_enumerate_scan_devices(e);
	if (ret < 0)
		return ret;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(e))
	{
		ret = add_node(list, udev, udev_list_entry_get_name(entry));
		if (ret < 0)
			return ret;
	}
	return 0;
}

int drm_devices_list(struct drm_device **devices)
{
	struct udev *udev = udev_new();
	struct udev_enumerate *e = udev ? udev_enumerate_new(udev) : NULL;
	struct device_list list = { 0 };
	int ret = e ? scan(&list, udev, e) : -ENOMEM;

	udev_enumerate_unref(e);
	udev_unref(udev);
	if (ret < 0) {
		drm_devices_free(list.device, list.n);
		list = (struct device_list){ 0 };
	}
	*devices = list.device;
	return ret < 0 ? ret : (int)list.n;
}

const char *drm_device_parameter(const struct drm_device *device, const char *name)
{
	for (size_t i = 0; i < device->parameters; i++)
		if (strcmp(device->parameter[i].name, name) == 0)
			return device->parameter[i].value;
	return NULL;
}

void drm_devices_free(struct drm_device *devices, size_t n)
{
	for (size_t i = 0; devices && i < n; i++)
		free(devices[i].parameter);
	free(devices);
}
