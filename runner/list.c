// SPDX-License-Identifier: MIT
#include "pinlat.h"

#include <ctype.h>
#include <errno.h>
#include <libkmod.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "system/cleanup.h"
#include "system/devices.h"
#include "system/sysfile.h"
#include "test_binary.h"
#include "system/text.h"

static void print_line(const char *indent, const char *line, size_t length)
{
	char text[500], clean[400];

	snprintf(text, sizeof(text), "%.*s", (int)length, line);
	printf("%s%s\n", indent, printable(text, clean, sizeof(clean)));
}

/* --describe gives "SUB name file:line:" and below it the indented text. */
static void print_description(const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n"), name;

		if (strncmp(text, "SUB ", 4) == 0) {
			name = strcspn(text + 4, " \n");
			print_line("  ", text + 4, name);
		} else if (isspace((unsigned char)*text) && length > 0) {
			size_t blank = strspn(text, " \t");

			if (blank < length)
				print_line("      ", text + blank, length - blank);
		}
		text += length + (text[length] == '\n');
	}
}

static int list_subtests(const char *path)
{
	CLEANUP_FREE char *names = NULL, *text = NULL;
	int ret = test_binary_ask(path, "--describe", NULL, &text);

	printf("Subtests (probe-load)\n");
	if (ret == 0 && strstr(text, "SUB ")) {
		print_description(text);
		return PINLAT_OK;
	}
	ret = test_binary_ask(path, "--list-subtests", NULL, &names);
	if (ret != 0 || !*names) {
		complain("%s does not list its subtests; is it the right program?", path);
		return PINLAT_FAILED;
	}
	for (const char *line = names; *line;) {
		size_t length = strcspn(line, "\n");

		print_line("  ", line, length);
		line += length + (line[length] == '\n');
	}
	return PINLAT_OK;
}

static int list_engines(const char *path)
{
	struct part_answer engine[16];
	int n = test_binary_parts(path, "--list-engines", engine, 16);
	char why[200];

	printf("\nEngines\n");
	if (n < 0) {
		complain("%s does not list its engines; is it the right version?", path);
		return PINLAT_FAILED;
	}
	for (int i = 0; i < n; i++)
		printf("  %-8s %-14s %s\n", engine[i].name,
		       engine[i].usable ? "usable" : "not usable",
		       printable(engine[i].why, why, sizeof(why)));
	return PINLAT_OK;
}

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

/*
 * The version that @module states, as loaded or, in libkmod's words, by its file; empty: none. Not
 * a part of struct drm_device, because a measuring process locks all that it is made of, and libkmod
 * brings 6 MB of other libraries along.
 */
static void module_version(const char *module, char *buf, size_t size)
{
	char path[PATH_MAX];

	buf[0] = '\0';
	snprintf(path, sizeof(path), "/sys/module/%s/version", module);
	if (sysfile_line(path, buf, size) < 0)
		kmod_version(module, buf, size);
}

static void print_device(const struct drm_device *d)
{
	char name[160], value[128], version[64] = "";

	if (*d->module)
		module_version(d->module, version, sizeof(version));
	printf("  %s%s%s  driver %s", d->card, *d->card && *d->render ? " " : "",
	       d->render, *d->driver ? d->driver : "none");
	if (*version)
		printf(" %s", version);
	if (*d->pci_slot)
		printf(", PCI %s [%04x:%04x]", d->pci_slot, d->vendor, d->device);
	printf("\n");
	if (*d->name)
		printf("      %s\n", printable(d->name, name, sizeof(name)));
	printf("      module parameters:%s", d->parameters ? "" : " none");
	for (size_t i = 0; i < d->parameters; i++)
		printf(" %s=%s", d->parameter[i].name,
		       printable(d->parameter[i].value, value, sizeof(value)));
	printf("\n");
}

static int list_devices(void)
{
	struct drm_device *devices = NULL;
	int n = drm_devices_list(&devices);

	printf("\nDRM devices\n");
	if (n < 0) {
		complain("DRM devices cannot be listed: %s", strerror(-n));
		return PINLAT_FAILED;
	}
	if (n == 0)
		printf("  none\n");
	for (int i = 0; i < n; i++)
		print_device(&devices[i]);
	drm_devices_free(devices, (size_t)n);
	return PINLAT_OK;
}

static int pinlat_list(int argc, char **argv)
{
	char path[PATH_MAX];
	int code = PINLAT_FAILED, devices;

	parse_options(&list_page, NULL, argc, argv);
	if (test_binary_find(path, sizeof(path)) == 0) {
		int engines;

		code = list_subtests(path);
		engines = list_engines(path);
		code = code ? code : engines;
	}
	devices = list_devices();
	return finish_output(code ? code : devices);
}

const struct option_page list_page = {
	.name = "list",
	.what = "list subtests, engines and DRM devices",
	.usage = "pinlat list",
	.about =
		"Lists the subtests with what each measures, the engines and whether they can be\n"
		"used here, and the DRM devices of this machine.\n",
	.notes = "",
	.main = pinlat_list,
};
