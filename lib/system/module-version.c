// SPDX-License-Identifier: MIT
#include <libkmod.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "system/devices.h"
#include "system/sysfile.h"

/* What the module's file says of itself; the kernel's own answer comes first. */
static void kmod_version(const char *module, char *buf, size_t size)
{
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);
	struct kmod_list *info = NULL, *entry;
	struct kmod_module *mod = NULL;

	if (!ctx)
		return;
	kmod_set_log_priority(ctx, 0); /* a library prints nothing */
	if (kmod_module_new_from_name(ctx, module, &mod) == 0 &&
	    kmod_module_get_info(mod, &info) >= 0) {
		kmod_list_foreach(entry, info)
		{
			if (strcmp(kmod_module_info_get_key(entry), "version") == 0)
				snprintf(buf, size, "%s",
					 kmod_module_info_get_value(entry));
		}
		kmod_module_info_free_list(info);
	}
	kmod_module_unref(mod);
	kmod_unref(ctx);
}

void drm_module_version(const char *module, char *buf, size_t size)
{
	char path[PATH_MAX];

	buf[0] = '\0';
	snprintf(path, sizeof(path), "/sys/module/%s/version", module);
	if (sysfile_line(path, buf, size) < 0)
		kmod_version(module, buf, size);
}
