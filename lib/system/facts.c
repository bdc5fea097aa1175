// SPDX-License-Identifier: MIT
#include "system/facts.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "system/cgroup.h"
#include "system/cleanup.h"
#include "system/facts-private.h"
#include "system/privileges.h"
#include "system/sysfile.h"

void _os_release_value(const char *text, const char *key, char *buf, size_t size)
{
	size_t len = strlen(key), n;

	buf[0] = '\0';
	while (text && (strncmp(text, key, len) != 0 || text[len] != '=')) {
		text = strchr(text, '\n');
		text += text != NULL;
	}
	if (!text)
		return;
	text += len + 1;
	n = strcspn(text, "\n");
	if (n >= 2 && strchr("\"'", text[0]) && text[n - 1] == text[0]) {
		text++;
		n -= 2;
	}
	snprintf(buf, size, "%.*s", (int)n, text);
}

static void distribution(char *buf, size_t size)
{
	char text[4096];

	if (sysfile_read("/etc/os-release", text, sizeof(text)) < 0 &&
	    sysfile_read("/usr/lib/os-release", text, sizeof(text)) < 0)
		return;
	_os_release_value(text, "PRETTY_NAME", buf, size);
}

static bool in_group(uint64_t wanted)
{
	int n = getgroups(0, NULL);
	_cleanup_free_ gid_t *groups = calloc(n > 0 ? (size_t)n : 1, sizeof(*groups));

	if (getegid() == wanted)
		return true;
	n = groups ? getgroups(n, groups) : 0;
	for (int i = 0; i < n; i++) {
		if (groups[i] == wanted)
			return true;
	}
	return false;
}

/* 0: all may; 1: members of a group and CAP_SYS_ADMIN may; 2: nobody may. */
static bool io_uring_disabled(void)
{
	uint64_t disabled, group;

	if (sysfile_u64("/proc/sys/kernel/io_uring_disabled", &disabled) < 0 ||
	    disabled == 0)
		return false;
	if (disabled >= 2)
		return true;
	if (has_capability(CAP_SYS_ADMIN))
		return false;
	/* -1, which is no number here: there is no such group. */
	return sysfile_u64("/proc/sys/kernel/io_uring_group", &group) < 0 ||
	       !in_group(group);
}

void facts_collect(struct facts *f)
{
	int memcg;

	memset(f, 0, sizeof(*f));
	_facts_kernel(f);
	_facts_processor(f);
	_facts_memory(f);
	f->virtual_machine = _hypervisor(f->hypervisor, sizeof(f->hypervisor));
	sysfile_line("/sys/class/dmi/id/product_name", f->product, sizeof(f->product));
	distribution(f->distribution, sizeof(f->distribution));
	sysfile_line("/proc/sys/kernel/random/boot_id", f->boot_id, sizeof(f->boot_id));
	memcg = memcg_version(NULL, 0);
	f->memcg_version = memcg > 0 ? (uint32_t)memcg : 0;
	f->io_uring_disabled = io_uring_disabled();
}
