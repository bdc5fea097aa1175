// SPDX-License-Identifier: MIT
/* Files of records below a folder. */
#include "record/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "record/read.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* So deep folders are read. */
#define FOLDERS_MAX 16

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

static bool is_log_name(const char *name)
{
	return ends_with(name, ".log") || ends_with(name, ".log.gz");
}

static bool is_record_name(const char *name)
{
	return *name != '.' && strcmp(name, "plan.json") != 0 &&
	       (ends_with(name, ".json") || ends_with(name, ".jsonl") ||
		ends_with(name, ".jsonl.gz") || is_log_name(name));
}

/* What the name may be of: a file of records, or a folder. */
static int is_wanted(const struct dirent *entry)
{
	return *entry->d_name != '.' &&
	       (is_record_name(entry->d_name) || entry->d_type == DT_DIR ||
		entry->d_type == DT_UNKNOWN);
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

bool records_include(const char *path, const char *file)
{
	CLEANUP_FREE char *target = realpath(file, NULL);
	char *slash = target ? strrchr(target, '/') : NULL;

	if (!slash || is_same_file(path, file))
		return slash;
	if (!is_record_name(slash + 1))
		return false;
	for (int depth = 0; slash && depth <= FOLDERS_MAX; depth++) {
		*slash = '\0';
		if (is_same_file(path, *target ? target : "/"))
			return true;
		slash = strrchr(target, '/');
	}
	return false;
}

/* By bytes: alphasort() would go by the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int visit_folder(struct visit *v, const char *path, int depth);

/* One file of a folder: that it cannot be read is a problem, not the end. */
static int visit_member(struct visit *v, const char *path, const struct stat *st)
{
	int ret;

	if (st->st_size == 0 && !is_log_name(path))
		return visit_report(v, "%s:1: is empty: a record was to be there", path);
	ret = visit_file(v, path, is_log_name(path));
	if (ret < 0 && ret != -ENOMEM && ret != -EBADMSG && v->ended == 0)
		return visit_report(v, "%s:1: %s", path, strerror(-ret));
	return ret;
}

/* What is called @name in folder @dir. Links to folders are not followed: they may lead in circles. */
static int visit_entry(struct visit *v, const char *dir, const char *name, int depth)
{
	CLEANUP_FREE char *path = NULL;
	size_t length = strlen(dir);
	struct stat st, itself;

	while (length > 1 && dir[length - 1] == '/')
		length--;
	path = xasprintf("%.*s/%s", (int)length, dir, name);
	if (stat(path, &st) < 0 || lstat(path, &itself) < 0)
		return is_record_name(name)
			       ? visit_report(v, "%s:1: %s", path, strerror(errno))
			       : 0;
	if (S_ISDIR(itself.st_mode))
		return visit_folder(v, path, depth + 1);
	return S_ISREG(st.st_mode) && is_record_name(name) ? visit_member(v, path, &st)
							   : 0;
}

static int visit_folder(struct visit *v, const char *path, int depth)
{
	struct dirent **entry;
	int n, ret = 0;

	if (depth > FOLDERS_MAX)
		return visit_report(v, "%s:1: more than %d folders deep: not read", path,
				    FOLDERS_MAX);
	n = scandir(path, &entry, is_wanted, by_name);
	if (n < 0 && depth > 0)
		return visit_report(v, "%s:1: %s", path, strerror(errno));
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (ret == 0)
			ret = visit_entry(v, path, entry[i]->d_name, depth);
		free(entry[i]);
	}
	free(entry);
	return ret;
}

int records_visit(const char *path, const struct record_visitor *visitor)
{
	struct visit v = { .visitor = visitor };
	struct stat st;
	int ret;

	if (stat(path, &st) < 0)
		return -errno;
	ret = S_ISDIR(st.st_mode) ? visit_folder(&v, path, 0)
				  : visit_file(&v, path, false);
	json_object_put(v.environment);
	if (ret == -ENOMEM)
		alloc_failed();
	return ret < 0 ? ret : v.records;
}
