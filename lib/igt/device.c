// SPDX-License-Identifier: MIT
/*
 * Which device the user asks for, and the configuration file that may say so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "igt/internal.h"

static const char *device_filter;

static char *trim(char *text)
{
	static const char space[] = " \t\r\n";
	size_t len;

	text += strspn(text, space);
	len = strlen(text);
	while (len && strchr(space, text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

/*
 * The value of "Device" in section "[Common]" of a key file, the last one if there
 * are several. The caller owns it. NULL if there is none.
 */
static char *read_device(FILE *file)
{
	char *line = NULL, *device = NULL;
	bool in_common = false;
	size_t size = 0;

	while (getline(&line, &size, file) >= 0) {
		char *key = trim(line), *value;

		if (*key == '[') {
			in_common = !strcmp(key, "[Common]");
			continue;
		}
		value = strchr(key, '=');
		if (!in_common || *key == '#' || !value)
			continue;
		*value++ = '\0';
		if (strcmp(trim(key), "Device"))
			continue;
		free(device);
		device = strdup(trim(value));
	}
	free(line);
	return device;
}

static FILE *open_config(void)
{
	const char *path = getenv("IGT_CONFIG_PATH"), *home = getenv("HOME");
	char *in_home;
	FILE *file;

	if (path)
		return fopen(path, "re");
	if (!home || asprintf(&in_home, "%s/.igtrc", home) < 0)
		return NULL;
	file = fopen(in_home, "re");
	free(in_home);
	return file;
}

void igt__device_init(const char *option)
{
	FILE *config;

	device_filter = option ? option : getenv("IGT_DEVICE");
	if (device_filter)
		return;
	config = open_config();
	if (!config)
		return;
	device_filter = read_device(config);
	fclose(config);
}

const char *igt_device_filter(void)
{
	return device_filter;
}
