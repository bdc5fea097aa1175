// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/devices.h"
#include "tree.h"

/*
 * A machine with GPUs, made up: a mount namespace whose /sys is a tmpfs with the files
 * that the kernel would show.
 */
static struct tree sys = { .root = "/sys" };

#define IGPU   "devices/pci0000:00/0000:00:02.0/"
#define VIRTIO "devices/pci0000:00/0000:00:05.0/"
#define VKMS   "devices/faux/vkms/"

static void write_node(const char *directory, const char *name, unsigned int minor)
{
	char path[256], text[256];

	snprintf(path, sizeof(path), "%sdrm/%s/uevent", directory, name);
	snprintf(text, sizeof(text),
		 "MAJOR=226\nMINOR=%u\nDEVNAME=dri/%s\nDEVTYPE=drm_minor\n", minor, name);
	tree_write(&sys, path, text);
	snprintf(path, sizeof(path), "%sdrm/%s/subsystem", directory, name);
	tree_link(&sys, path, "/sys/class/drm");
	snprintf(path, sizeof(path), "class/drm/%s", name);
	snprintf(text, sizeof(text), "/sys/%sdrm/%s", directory, name);
	tree_link(&sys, path, text);
}

/* Connectors are in the subsystem, too: "card0-eDP-1" has no device number. */
static void write_connector(void)
{
	tree_write(&sys, IGPU "drm/card0/card0-eDP-1/uevent", "");
	tree_link(&sys, IGPU "drm/card0/card0-eDP-1/subsystem", "/sys/class/drm");
	tree_link(&sys, "class/drm/card0-eDP-1", "/sys/" IGPU "drm/card0/card0-eDP-1");
}

static void write_pci(const char *directory, const char *vendor, const char *device)
{
	static const char *const names[] = { "vendor", "device", "revision", "uevent" };
	const char *const values[] = { vendor, device, "0x03\n", "" };
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", directory, names[i]);
		tree_write(&sys, path, values[i]);
	}
	snprintf(path, sizeof(path), "%ssubsystem", directory);
	tree_link(&sys, path, "/sys/bus/pci");
}

static void write_machine(void)
{
	write_pci(IGPU, "0x8086\n", "0x3185\n");
	tree_mkdir(&sys, "bus/pci/drivers/i915");
	tree_link(&sys, IGPU "driver", "/sys/bus/pci/drivers/i915");
	tree_link(&sys, "bus/pci/drivers/i915/module", "/sys/module/i915");
	tree_write(&sys, "module/i915/parameters/enable_guc", "0\n");
	tree_write(&sys, "module/i915/parameters/modeset", "-1\n");
	tree_write(&sys, "module/i915/version", "1.2.3\n");
	write_node(IGPU, "card0", 0);
	write_node(IGPU, "renderD128", 128);
	write_connector();

	/* A virtio GPU stands below its PCI device, and its module has another name. */
	write_pci(VIRTIO, "0x1af4\n", "0x1050\n");
	tree_write(&sys, VIRTIO "virtio1/uevent", "");
	tree_link(&sys, VIRTIO "virtio1/subsystem", "/sys/bus/virtio");
	tree_mkdir(&sys, "bus/virtio/drivers/virtio_gpu");
	tree_link(&sys, VIRTIO "virtio1/driver", "/sys/bus/virtio/drivers/virtio_gpu");
	tree_link(&sys, "bus/virtio/drivers/virtio_gpu/module",
		  "/sys/module/virtio_gpu_mod");
	tree_write(&sys, "module/virtio_gpu_mod/parameters/modeset", "1\n");
	write_node(VIRTIO "virtio1/", "card1", 1);

	/* No PCI, no driver. */
	tree_write(&sys, VKMS "uevent", "");
	tree_link(&sys, VKMS "subsystem", "/sys/bus/faux");
	tree_mkdir(&sys, "bus/faux");
	write_node(VKMS, "renderD129", 129);
}

static const struct drm_device *find(const struct drm_device *devices, int n,
				     const char *path)
{
	for (int i = 0; i < n; i++) {
		if (strstr(devices[i].syspath, path))
			return &devices[i];
	}
	return NULL;
}

#define PCI_IDS "/usr/share/misc"

/* libpciaccess's table of names, with one name in it. */
static void write_pci_ids(void)
{
	struct tree misc = { .root = PCI_IDS };

	assert_int_equal(mount("none", PCI_IDS, "tmpfs", 0, NULL), 0);
	tree_write(&misc, "pci.ids",
		   "8086  Intel Corporation\n\t3185  GeminiLake [UHD Graphics 600]\n");
}

static void check_list(void)
{
	struct drm_device *devices;
	int n = drm_devices_list(&devices);
	const struct drm_device *d;

	assert_int_equal(n, 3);
	d = find(devices, n, "0000:00:02.0");
	assert_non_null(d);
	assert_string_equal(d->syspath, "/sys/devices/pci0000:00/0000:00:02.0");
	assert_string_equal(d->card, "/dev/dri/card0");
	assert_string_equal(d->render, "/dev/dri/renderD128");
	assert_string_equal(d->driver, "i915");
	assert_string_equal(d->driver_version, "1.2.3");
	assert_string_equal(d->pci_slot, "0000:00:02.0");
	assert_int_equal(d->vendor, 0x8086);
	assert_int_equal(d->device, 0x3185);
	assert_int_equal(d->revision, 3);
	if (access(PCI_IDS "/pci.ids", R_OK) == 0)
		assert_string_equal(d->name,
				    "Intel Corporation GeminiLake [UHD Graphics 600]");
	assert_int_equal(d->parameters, 2);
	assert_string_equal(d->parameter[0].name, "enable_guc");
	assert_string_equal(d->parameter[1].value, "-1");

	d = find(devices, n, "virtio1");
	assert_non_null(d);
	assert_string_equal(d->card, "/dev/dri/card1");
	assert_string_equal(d->render, "");
	assert_string_equal(d->driver, "virtio_gpu");
	assert_string_equal(d->driver_version, "");
	assert_string_equal(d->pci_slot, "0000:00:05.0");
	assert_int_equal(d->vendor, 0x1af4);
	assert_int_equal(d->parameters, 1);

	d = find(devices, n, "vkms");
	assert_non_null(d);
	assert_string_equal(d->card, "");
	assert_string_equal(d->render, "/dev/dri/renderD129");
	assert_string_equal(d->driver, "");
	assert_string_equal(d->pci_slot, "");
	assert_int_equal(d->vendor, 0);
	assert_int_equal(d->parameters, 0);
	drm_devices_free(devices, (size_t)n);
}

static void made_up_machine(void **state)
{
	(void)state;
	write_machine();
	if (access(PCI_IDS, F_OK) == 0)
		write_pci_ids();
	check_list();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_up_machine),
	};

	root_or_skip();
	/* The namespace goes with this process, and all that is mounted in it. */
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/sys", "tmpfs", 0, NULL) < 0) {
		perror("skipped: no /sys of its own");
		return 77;
	}
	/* libudev else insists on a real sysfs. */
	setenv("SYSTEMD_DEVICE_VERIFY_SYSFS", "0", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
