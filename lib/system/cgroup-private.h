/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_CGROUP_PRIVATE_H
#define PINLAT_SYSTEM_CGROUP_PRIVATE_H

/* What cgroup.c and cgroup-place.c share, and what tests point at a made-up tree. */

#include <errno.h>
#include <stdio.h>

#include "system/cgroup.h"

static inline int _path_copy(char to[PATH_MAX], const char *from)
{
	return snprintf(to, PATH_MAX, "%s", from) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* "DIRECTORY/NAME" into @path. Returns 0 or -ENAMETOOLONG. */
static inline int _path_join(char path[PATH_MAX], const char *directory, const char *name)
{
	int n = snprintf(path, PATH_MAX, "%s/%s", directory, name);

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Where the memory controller is and where in it a process stands. */
struct _memcg_place {
	int version;
	char mount[PATH_MAX]; /* of the hierarchy */
	char home[PATH_MAX];  /* of the process; at or below @mount */
};

/*
 * Finds it from the text of a process's mountinfo and cgroup files. -ENOENT: no
 * hierarchy there has the memory controller.
 */
int _memcg_find(const char *mountinfo_path, const char *cgroup_path,
		struct _memcg_place *place);

/*
 * Finds the directory that a cgroup for limits is to be made in. @hand_out is true
 * where it must hand out the controller first. Returns 0 or -errno.
 */
int _memcg_parent(const struct _memcg_place *place, char parent[PATH_MAX],
		  bool *hand_out);

/* Sets the limit of a cgroup that exists. Returns 0 or -errno. */
int _memcg_set_limit(const struct memcg *cg, uint64_t limit);

/* memcg_remove_stale() in directory @parent. */
int _memcg_remove_stale_in(const char *parent);

#endif
