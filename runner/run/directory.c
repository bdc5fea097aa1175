// SPDX-License-Identifier: MIT
#include "run/session.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "run/outcome.h"
#include "system/alloc.h"
#include "pinlat.h"

static int plan_path(const struct run_session *s, char *path, size_t size)
{
	return snprintf(path, size, "%s/plan.json", s->arguments->directory) < (int)size
		       ? 0
		       : -ENAMETOOLONG;
}

/* Whether the nearest directory that exists above @path may be written to. */
static int check_parent(const char *path)
{
	char parent[PATH_MAX];
	struct stat st;

	if (snprintf(parent, sizeof(parent), "%s", path) >= (int)sizeof(parent))
		return -ENAMETOOLONG;
	while (stat(parent, &st) < 0) {
		char *slash;

		if (errno != ENOENT)
			return -errno;
		slash = strrchr(parent, '/');
		if (!slash)
			strcpy(parent, ".");
		else if (slash == parent)
			slash[1] = '\0';
		else
			*slash = '\0';
	}
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return access(parent, W_OK | X_OK) < 0 ? -errno : 0;
}

static int is_record_name(const struct dirent *entry)
{
	const char *name = entry->d_name;

	return strstr(name, ".json") != NULL && *name != '.';
}

/* Records without a plan would be taken for this one's. */
static bool holds_records(const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, is_record_name, NULL);

	for (int i = 0; i < n; i++)
		free(entry[i]);
	if (n >= 0)
		free(entry);
	return n > 0;
}

/* Reads the plan that --resume obeys. */
static void read_old_plan(struct run_session *s, const char *path)
{
	char why[128];
	int ret = plan_read(&s->plan, path, why, sizeof(why));

	if (ret < 0)
		usage_error("%s: cannot be resumed: %s; choose another -o DIR", path,
			    ret == -EINVAL ? why : strerror(-ret));
	plan_must_agree(&s->plan, s->arguments);
}

void directory_choose_plan(struct run_session *s)
{
	const struct run_arguments *a = s->arguments;
	char path[PATH_MAX];
	int ret = check_parent(a->directory);

	if (ret == 0)
		ret = plan_path(s, path, sizeof(path));
	if (ret < 0)
		usage_error("run: -o %s: no directory to write to: %s", a->directory,
			    strerror(-ret));
	if (access(path, F_OK) == 0 && a->resume) {
		read_old_plan(s, path);
		return;
	}
	if (access(path, F_OK) == 0)
		usage_error(
			"run: %s holds a plan already; add --resume to go on with it, or choose another -o DIR",
			a->directory);
	if (!a->label)
		usage_error(
			"run: --resume: %s holds no plan; to start one, add --label NAME",
			a->directory);
	if (holds_records(a->directory))
		usage_error("run: %s holds records, but no plan; choose another -o DIR",
			    a->directory);
	plan_make(&s->plan, a);
}

static int make_directories(const char *path)
{
	char part[PATH_MAX];

	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0777) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(part, 0777) < 0 && errno != EEXIST ? -errno : 0;
}

int directory_open(struct run_session *s, int *lock)
{
	const char *directory = s->arguments->directory;
	char path[PATH_MAX];
	int ret = make_directories(directory);

	if (ret < 0) {
		complain("run: -o %s: cannot be made: %s", directory, strerror(-ret));
		return PINLAT_USAGE;
	}
	*lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = *lock < 0 ? -errno : 0;
	if (ret == 0 && flock(*lock, LOCK_EX | LOCK_NB) < 0) {
		complain("run: another pinlat is at work in %s; wait for it", directory);
		return PINLAT_USAGE;
	}
	if (ret == 0)
		ret = plan_path(s, path, sizeof(path));
	if (ret == 0 && access(path, F_OK) < 0)
		ret = plan_write(&s->plan, path);
	if (ret < 0) {
		complain("run: %s: the plan cannot be written: %s", directory,
			 strerror(-ret));
		return ret == -ENOSPC ? PINLAT_FAILED : PINLAT_USAGE;
	}
	return 0;
}

int directory_update_plan(const struct run_session *s)
{
	char path[PATH_MAX];
	int ret = plan_path(s, path, sizeof(path));

	if (ret == 0)
		ret = plan_write(&s->plan, path);
	if (ret == 0)
		return 0;
	complain("%s: cannot be written: %s; put that right, then go on with --resume",
		 path, strerror(-ret));
	return PINLAT_FAILED;
}

int directory_name_files(struct run_session *s, size_t seq)
{
	const char *directory = s->arguments->directory, *subtest = s->plan.order[seq];
	int n = snprintf(s->record, sizeof(s->record), "%s/%04zu-%s.json", directory, seq,
			 subtest);

	if (n >= (int)sizeof(s->record))
		return -ENAMETOOLONG;
	snprintf(s->log, sizeof(s->log), "%.*s.log", n - (int)strlen(".json"), s->record);
	return 0;
}

/* What the record of run @seq says already. Returns 0 or -errno. */
static int read_known(struct run_session *s, size_t seq)
{
	struct outcome o;
	int ret = directory_name_files(s, seq);

	if (ret < 0)
		return ret;
	outcome_of_record(&o, s->record);
	s->left[seq] = o.kind == RUN_FAILED || o.kind == RUN_INTERRUPTED;
	s->valid += o.kind == RUN_VALID;
	if (!s->left[seq])
		s->known = seq + 1;
	if (s->plan.until && o.kind == RUN_VALID)
		until_take(&s->until, s->plan.order[seq], &o.scheduled);
	outcome_free(&o);
	return 0;
}

/* Left are runs without a record, or with an interrupted one. */
int directory_find_left(struct run_session *s)
{
	int ret = 0;

	if (s->plan.until)
		until_init(&s->until, &s->plan);
	s->left = xcalloc(s->plan.n, sizeof(*s->left));
	for (size_t seq = 0; seq < s->plan.n && ret == 0; seq++)
		ret = read_known(s, seq);
	return ret;
}
