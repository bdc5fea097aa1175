// SPDX-License-Identifier: MIT
#include "system/facts-private.h"

#include <stdio.h>
#include <string.h>

#include "system/sysfile.h"

/* What @path says, or NULL, by the names that firmware and kernel use. */
static const char *make_in(const char *path)
{
	static const char *const makes[][2] = {
		{ "linux,kvm", "kvm" }, { "KVM", "kvm" },
		{ "QEMU", "qemu" },	{ "xen", "xen" },
		{ "VMware", "vmware" }, { "Virtual Machine", "hyperv" },
	};
	char text[128];

	if (sysfile_line(path, text, sizeof(text)) < 0)
		return NULL;
	for (size_t i = 0; i < sizeof(makes) / sizeof(makes[0]); i++) {
		if (strncmp(text, makes[i][0], strlen(makes[i][0])) == 0)
			return makes[i][1];
	}
	return NULL;
}

bool _hypervisor(char *make, size_t size)
{
	static const char *const paths[] = {
		"/proc/device-tree/hypervisor/compatible",
		"/sys/hypervisor/type",
		"/sys/class/dmi/id/sys_vendor",
		"/sys/class/dmi/id/product_name",
	};

	make[0] = '\0';
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *found = make_in(paths[i]);

		if (!found)
			continue;
		snprintf(make, size, "%s", found);
		return true;
	}
	return false;
}
