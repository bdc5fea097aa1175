// SPDX-License-Identifier: MIT
/* `pinlat report --index DIR`: a page that lists the reports below a folder. */
#include "report.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "system/text.h"
#include "message.h"
#include "pinlat.h"
#include "report/index.h"
#include "system/cleanup.h"

/* Folders in folders, at most. */
#define DEPTH_MAX 8

struct indexing {
	const char *title;
	char *folder; /* that the index stands in; NULL: unknown */
	size_t top;   /* length of the folder that is read, with its slash */
	struct index_list list;
};

static int read_folder(struct indexing *x, const char *path, unsigned int depth);

static bool is_page(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (strcmp(dot, ".html") == 0 || strcmp(dot, ".htm") == 0);
}

/* The beginning of the file, malloc()ed; NULL: it cannot be read. */
static char *read_head(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char *head = file ? malloc(INDEX_HEAD + 1) : NULL;
	size_t n;

	if (!head)
		return NULL;
	n = fread(head, 1, INDEX_HEAD, file);
	head[n] = '\0';
	if (!ferror(file))
		return head;
	free(head);
	return NULL;
}

static int read_page(struct indexing *x, const char *path)
{
	_cleanup_free_ char *head = read_head(path);
	_cleanup_free_ char *link = x->folder ? report_link(x->folder, path) : NULL;

	if (!head) {
		complain("report: left out: %s: cannot be read: %s", path,
			 strerror(errno));
		return 0;
	}
	index_add(&x->list, head, path + x->top, link);
	return 0;
}

static int read_entry(struct indexing *x, const char *folder, const struct dirent *entry,
		      unsigned int depth)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (entry->d_name[0] == '.')
		return 0;
	if (asprintf(&path, "%s/%s", folder, entry->d_name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (lstat(path, &st) < 0)
		return 0; /* gone in the meantime */
	if (S_ISDIR(st.st_mode))
		return depth < DEPTH_MAX ? read_folder(x, path, depth + 1) : 0;
	return S_ISREG(st.st_mode) && is_page(entry->d_name) ? read_page(x, path) : 0;
}

/* What cannot be read below the top is complained of and left out. */
static int read_folder(struct indexing *x, const char *path, unsigned int depth)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	struct dirent *entry;
	int ret = 0;

	if (!dir) {
		ret = depth == 0 ? -errno : 0;
		complain("%s: cannot be read: %s", path, strerror(errno));
		return ret;
	}
	while (ret == 0 && (entry = readdir(dir)))
		ret = read_entry(x, path, entry, depth);
	return ret;
}

static int print(FILE *out, void *data)
{
	struct indexing *x = data;

	index_write(out, &x->list, x->title);
	return 0;
}

int report_index(const struct report_command *o)
{
	_cleanup_free_ char *top = realpath(o->index, NULL);
	_cleanup_free_ char *shown = text_plain(o->index, 80);
	_cleanup_free_ char *folder = report_folder(o->output);
	_cleanup_free_ char *title = NULL;
	struct indexing x = { .folder = folder };
	int code = PINLAT_USAGE, ret;

	if (!top) {
		complain("%s: cannot be read: %s", o->index, strerror(errno));
		return PINLAT_USAGE;
	}
	if (!shown || asprintf(&title, "Reports in %s", shown) < 0) {
		title = NULL;
		complain("memory is short");
		return PINLAT_FAILED;
	}
	x.title = title;
	x.top = strlen(top) + 1;
	ret = read_folder(&x, top, 0);
	if (ret == -ENOMEM) {
		complain("memory is short");
		code = PINLAT_FAILED;
	} else if (ret == 0 && x.list.n == 0) {
		complain(
			"report: %s holds no report; write one there: pinlat report ... --output %s/report.html",
			o->index, o->index);
	} else if (ret == 0) {
		code = write_output(o->output, print, &x);
	}
	index_free(&x.list);
	return code;
}
