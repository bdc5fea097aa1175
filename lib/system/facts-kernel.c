// SPDX-License-Identifier: MIT
#include "system/facts-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <zlib.h>

#include "system/sysfile.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The model that a line of the configuration chooses, or NULL. */
static const char *line_preempt(const char *line)
{
	static const struct {
		const char *option, *model;
	} options[] = {
		{ "CONFIG_PREEMPT_NONE", "none" },
		{ "CONFIG_PREEMPT_VOLUNTARY", "voluntary" },
		{ "CONFIG_PREEMPT", "full" },
		{ "CONFIG_PREEMPT_LAZY", "lazy" },
		{ "CONFIG_PREEMPT_RT", "rt" },
	};

	for (size_t i = 0; i < COUNT(options); i++) {
		size_t len = strlen(options[i].option);

		if (strncmp(line, options[i].option, len) == 0 &&
		    strcmp(line + len, "=y\n") == 0)
			return options[i].model;
	}
	return NULL;
}

int _kernel_config_read(const char *path, struct _kernel_config *config)
{
	char line[4096];
	gzFile f;

	*config = (struct _kernel_config){ 0 };
	errno = 0; /* stays so where zlib itself runs out of memory */
	f = gzopen(path, "re");
	if (!f)
		return errno ? -errno : -ENOMEM;
	while (gzgets(f, line, sizeof(line))) {
		const char *model = line_preempt(line);

		config->crc32 = (uint32_t)crc32(config->crc32, (const Bytef *)line,
						(uInt)strlen(line));
		/* The real-time option stands beside one of the others, and settles it. */
		if (model && strcmp(config->preempt, "rt") != 0)
			snprintf(config->preempt, sizeof(config->preempt), "%s", model);
	}
	if (!gzeof(f)) {
		gzclose(f);
		return -EIO;
	}
	return gzclose(f) == Z_OK ? 0 : -EIO;
}

static void read_config(const char *release, struct _kernel_config *config, char *hash,
			size_t size)
{
	char path[256];

	snprintf(path, sizeof(path), "/boot/config-%s", release);
	if (_kernel_config_read("/proc/config.gz", config) < 0 &&
	    _kernel_config_read(path, config) < 0) {
		*config = (struct _kernel_config){ 0 };
		return;
	}
	snprintf(hash, size, "%08x", config->crc32);
}

/* Whether @text has the word @word, parted by blanks. */
static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *s = text; (s = strstr(s, word)); s++) {
		if ((s == text || s[-1] == ' ') && (s[len] == ' ' || s[len] == '\0'))
			return true;
	}
	return false;
}

static const char *known_model(const char *name, size_t len)
{
	static const char *const models[] = { "none", "voluntary", "full", "lazy" };

	for (size_t i = 0; i < COUNT(models); i++) {
		if (strlen(models[i]) == len && strncmp(models[i], name, len) == 0)
			return models[i];
	}
	return NULL;
}

void _kernel_cmdline(char *cmdline)
{
	char *to = cmdline;

	for (const char *s = cmdline + strspn(cmdline, " "); *s; s += strspn(s, " ")) {
		size_t len = strcspn(s, " ");

		if (len == 2 && strncmp(s, "--", 2) == 0)
			break;
		if (strncmp(s, "init=", 5) && strncmp(s, "rdinit=", 7)) {
			if (to != cmdline)
				*to++ = ' ';
			memmove(to, s, len);
			to += len;
		}
		s += len;
	}
	*to = '\0';
}

/* The last preempt= wins. */
static const char *cmdline_model(const char *cmdline)
{
	static const char option[] = "preempt=";
	const char *model = NULL;

	for (const char *s = cmdline; *s; s += strspn(s, " ")) {
		size_t len = strcspn(s, " "), skip = sizeof(option) - 1;

		if (len > skip && strncmp(s, option, skip) == 0 &&
		    known_model(s + skip, len - skip))
			model = known_model(s + skip, len - skip);
		s += len;
	}
	return model;
}

static const char *debugfs_model(const char *text)
{
	const char *left = strchr(text, '('), *right = left ? strchr(left, ')') : NULL;

	return right ? known_model(left + 1, (size_t)(right - left - 1)) : NULL;
}

void _preempt_model(const char *version, const char *debugfs, const char *cmdline,
		    const char *config, char *model, size_t size)
{
	const char *found = NULL;

	if (has_word(version, "PREEMPT_RT")) {
		found = "rt";
	} else if (has_word(version, "PREEMPT_DYNAMIC")) {
		/* Only such a kernel heeds its command line. */
		found = debugfs_model(debugfs);
		if (!found)
			found = cmdline_model(cmdline);
		if (!found)
			found = *config ? config : "dynamic";
	} else if (has_word(version, "PREEMPT_LAZY")) {
		found = "lazy";
	} else if (has_word(version, "PREEMPT")) {
		found = "full";
	} else {
		/* Neither of "none" and "voluntary" shows in the version. */
		found = config;
	}
	snprintf(model, size, "%s", found);
}

void _facts_kernel(struct facts *f)
{
	struct _kernel_config config;
	struct utsname u;
	char debugfs[128];

	if (uname(&u) == 0) {
		snprintf(f->release, sizeof(f->release), "%s", u.release);
		snprintf(f->version, sizeof(f->version), "%s", u.version);
		snprintf(f->machine, sizeof(f->machine), "%.31s", u.machine);
	}
	sysfile_line("/proc/cmdline", f->cmdline, sizeof(f->cmdline));
	_kernel_cmdline(f->cmdline);
	sysfile_line("/proc/sys/kernel/tainted", f->tainted, sizeof(f->tainted));
	sysfile_line("/sys/kernel/debug/sched/preempt", debugfs, sizeof(debugfs));
	read_config(f->release, &config, f->config_hash, sizeof(f->config_hash));
	_preempt_model(f->version, debugfs, f->cmdline, config.preempt, f->preempt,
		       sizeof(f->preempt));
}
