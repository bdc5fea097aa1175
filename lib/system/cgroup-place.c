// SPDX-License-Identifier: MIT
/* Where on this machine memory cgroups are made, from mountinfo and cgroup files. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "system/cgroup-private.h"
#include "system/cleanup.h"
#include "system/sysfile-private.h"
#include "system/sysfile.h"

/* Whether @word is one of those in @list, which are parted by characters of @delimiters. */
static bool has_word(const char *list, const char *delimiters, const char *word)
{
	while (*list) {
		size_t len = strcspn(list, delimiters);

		if (len == strlen(word) && strncmp(list, word, len) == 0)
			return true;
		list += len;
		list += strspn(list, delimiters);
	}
	return false;
}

static bool file_has_word(const char *directory, const char *name, const char *word)
{
	char path[PATH_MAX], text[4096];

	if (_path_join(path, directory, name) < 0 ||
	    sysfile_line(path, text, sizeof(text)) < 0)
		return false;
	return has_word(text, " ", word);
}

/* One line of mountinfo (proc_pid_mountinfo(5)), cut into what is needed here. */
struct mount {
	char *root; /* the directory of the hierarchy that is mounted */
	char *point;
	char *type;
	char *options; /* of the superblock: a version 1 hierarchy names its controllers */
};

static bool split_mount(char *line, struct mount *m)
{
	char *rest = strstr(line, " - "), *save = NULL;
	const char *id, *parent, *device;

	if (!rest)
		return false;
	*rest = '\0';
	id = strtok_r(line, " ", &save);
	parent = strtok_r(NULL, " ", &save);
	device = strtok_r(NULL, " ", &save);
	m->root = strtok_r(NULL, " ", &save);
	m->point = strtok_r(NULL, " ", &save);
	if (!id || !parent || !device || !m->root || !m->point)
		return false;
	m->type = strtok_r(rest + 3, " ", &save);
	if (!m->type || !strtok_r(NULL, " ", &save))
		return false;
	m->options = strtok_r(NULL, " \n", &save);
	if (!m->options)
		return false;
	_sysfile_unescape(m->root);
	_sysfile_unescape(m->point);
	return true;
}

/* The version of the hierarchy at @m if the memory controller is there, else 0. */
static int memory_version(const struct mount *m)
{
	if (strcmp(m->type, "cgroup") == 0 && has_word(m->options, ",", "memory"))
		return 1;
	if (strcmp(m->type, "cgroup2") == 0 &&
	    file_has_word(m->point, "cgroup.controllers", "memory"))
		return 2;
	return 0;
}

/* Finds the mount into @place and its root into @root; the version, or -errno. */
static int find_mount(const char *mountinfo_path, struct _memcg_place *place,
		      char root[PATH_MAX])
{
	_cleanup_fclose_ FILE *f = fopen(mountinfo_path, "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!f)
		return -errno;
	while (getline(&line, &size, f) > 0) {
		struct mount m;

		if (!split_mount(line, &m))
			continue;
		place->version = memory_version(&m);
		if (place->version == 0)
			continue;
		if (_path_copy(place->mount, m.point) < 0 || _path_copy(root, m.root) < 0)
			return -ENAMETOOLONG;
		return place->version;
	}
	return -ENOENT;
}

/* The path in the cgroup file @f that belongs to the hierarchy: ID:CONTROLLERS:PATH. */
static int find_own_path(FILE *f, int version, char path[PATH_MAX])
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, f) > 0) {
		char *rest = line;
		const char *id = strsep(&rest, ":"), *controllers = strsep(&rest, ":");

		if (!controllers || !rest)
			continue;
		if (version == 1 ? !has_word(controllers, ",", "memory")
				 : strcmp(id, "0") != 0)
			continue;
		rest[strcspn(rest, "\n")] = '\0';
		return _path_copy(path, rest);
	}
	return -ENOENT;
}

int _memcg_find(const char *mountinfo_path, const char *cgroup_path,
		struct _memcg_place *place)
{
	_cleanup_fclose_ FILE *f = fopen(cgroup_path, "re");
	char root[PATH_MAX], path[PATH_MAX];
	const char *below = path;
	size_t len;
	int ret;

	if (!f)
		return -errno;
	ret = find_mount(mountinfo_path, place, root);
	if (ret < 0)
		return ret;
	ret = find_own_path(f, place->version, path);
	if (ret < 0)
		return ret;
	/* A container's mount begins at its own cgroup, and the path may count from above. */
	len = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(path, root, len) == 0 && (path[len] == '/' || path[len] == '\0'))
		below += len;
	while (*below == '/')
		below++;
	if (*below == '\0')
		return _path_copy(place->home, place->mount);
	ret = _path_join(place->home, place->mount, below);
	/* A path from outside of what is mounted leads nowhere from here. */
	if (ret == 0 && (strncmp(below, "..", 2) == 0 || access(place->home, F_OK) < 0))
		ret = _path_copy(place->home, place->mount);
	return ret;
}

int _memcg_parent(const struct _memcg_place *place, char parent[PATH_MAX], bool *hand_out)
{
	int ret = _path_copy(parent, place->home);

	*hand_out = false;
	if (ret < 0 || place->version == 1)
		return ret;
	/* A cgroup of version 2 that holds processes hands out nothing: go up. */
	while (!file_has_word(parent, "cgroup.subtree_control", "memory")) {
		char *slash = strrchr(parent, '/');

		if (strcmp(parent, place->mount) == 0) {
			*hand_out = true;
			return 0;
		}
		if (!slash)
			return -ENOENT;
		*slash = '\0';
	}
	return 0;
}
