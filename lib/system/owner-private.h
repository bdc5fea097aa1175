/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_OWNER_PRIVATE_H
#define PINLAT_SYSTEM_OWNER_PRIVATE_H

/*
 * What outlives a killed run carries the pid of its owner in its name, so that a
 * later run can tell what is left over. A pid that is in use again only means
 * that the thing stays until the next time.
 */

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include "system/units.h"

/* Whether process @pid no longer lives. */
static inline bool _process_is_gone(pid_t pid)
{
	return kill(pid, 0) < 0 && errno == ESRCH;
}

/* Whether @name is @prefix and the pid of a process that no longer lives. */
static inline bool _owner_is_gone(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);
	uint64_t pid;

	if (strncmp(name, prefix, len) != 0 || parse_u64(name + len, &pid) < 0)
		return false;
	return pid > 0 && pid <= INT_MAX && _process_is_gone((pid_t)pid);
}

#endif
