// SPDX-License-Identifier: MIT
/* The pages: what a person opens. lib/report writes them. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"
#include "pinlat.h"
#include "report.h"
#include "report/index.h"
#include "report/page.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

/* Characters of a label in the name of a file. */
#define NAME_KEPT 60
/* Folders in folders, at most. */
#define DEPTH_MAX 8

/* @path so that all of it is the path of a URL, and none of it a scheme, a query or a host. */
static char *url_of(const char *path)
{
	struct memstream m;
	FILE *out = memstream_open(&m);

	fputs("./", out);
	for (; *path; path++) {
		if (strchr(TEXT_ALNUM "-._~/", *path))
			fputc(*path, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*path);
	}
	return memstream_close(&m);
}

/* The folder that @output (NULL: standard output) stands in, resolved; malloc()ed, or NULL. */
static char *folder_of(const char *output)
{
	const char *slash = output ? strrchr(output, '/') : NULL;
	char folder[PATH_MAX] = ".";

	if (slash)
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - output) + 1,
			 output);
	return realpath(folder, NULL);
}

/*
 * What is at @path as seen from @folder: a URL where it is below it, so that both may be moved
 * together; else NULL, since a link would lead elsewhere on other machines. malloc()ed.
 */
static char *link_to(const char *folder, const char *path)
{
	CLEANUP_FREE char *real = realpath(path, NULL);
	size_t length = strlen(folder);

	if (!real || strncmp(real, folder, length) != 0)
		return NULL;
	if (real[length] != '/' && strcmp(folder, "/") != 0)
		return NULL;
	return url_of(real + length + (real[length] == '/'));
}

static struct page page_of(const struct report *r, FILE *out)
{
	return (struct page){
		.out = out,
		.c = r->c,
		.curves = &r->curves,
		.compared = r->compared,
		.command = r->o->line,
	};
}

/* Compares the memory pinned with the same memory mlocked, if @set has both. Returns whether. */
static bool compare_loads(struct comparison *c, const struct report *r,
			  const struct set *set)
{
	if (set_runs(set, "thp-locked") == 0 || set_runs(set, "thp-pinned") == 0)
		return false;
	compare_begin_within(c, r->c->options, set, "thp-locked", "thp-pinned");
	return compare(c) == 0;
}

static void print(const struct report *r, FILE *out)
{
	const struct report_command *o = r->o;
	CLEANUP_FREE char *folder = o->output ? folder_of(o->output) : NULL;
	CLEANUP_FREE char **link = NULL;
	struct page page = page_of(r, out);
	struct comparison within = { 0 };
	const struct comparison *c = r->c;

	if (r->c->sets == 1 && compare_loads(&within, r, r->c->set[0]))
		c = page.within = &within;
	page.link = link = xcalloc(c->sets, sizeof(*link));
	/* Who puts sets in order, or wants each beside the one before it, has a history. */
	page.history = o->history || o->ordered || o->pairs;
	page.order = set_order_text(r->sets, o->order);
	page.pair = r->pair;
	for (size_t s = 0; folder && s < c->sets; s++)
		link[s] = link_to(folder, c->set[s]->path);
	page_write(&page);
	for (size_t s = 0; s < c->sets; s++)
		free(link[s]);
	compare_free(&within);
}

const struct report_format report_html = { "html", print, true };

/* A page of two neighbours. */
static void print_pair(FILE *out, void *data)
{
	struct page page = page_of(data, out);

	page.part = true;
	page_write(&page);
}

/* "DIR/007-v6.9.html": the seventh set; of its label what is plain. */
static char *pair_path(const struct report *r, size_t s)
{
	char name[NAME_KEPT + 1];
	size_t n = 0;

	for (const char *c = r->c->set[s]->label; *c && n < NAME_KEPT; c++)
		name[n++] = strchr(TEXT_ALNUM "-._", *c) ? *c : '-';
	name[n] = '\0';
	return xasprintf("%s/%03zu-%s.html", r->o->pairs, s + 1, name);
}

/* The page of set @s and the one before it. Returns the exit code. */
static int write_pair(struct report *r, size_t s)
{
	CLEANUP_FREE char *path = pair_path(r, s);
	CLEANUP_FREE char *folder = folder_of(r->o->output);
	struct report of_pair = *r;
	struct comparison pair;
	int code;

	compare_begin_pair(&pair, r->c->options, r->c->set[s - 1], r->c->set[s]);
	of_pair.c = &pair;
	of_pair.compared = compare(&pair) == 0;
	code = write_output(path, print_pair, &of_pair);
	compare_free(&pair);
	if (code == PINLAT_OK && folder)
		r->pair[s] = link_to(folder, path);
	return code;
}

int report_pairs(struct report *r)
{
	int code = PINLAT_OK;

	if (mkdir(r->o->pairs, 0777) < 0 && errno != EEXIST) {
		complain("%s: cannot be made: %s", r->o->pairs, strerror(errno));
		return PINLAT_FAILED;
	}
	r->pair = xcalloc(r->c->sets, sizeof(*r->pair));
	for (size_t s = 1; s < r->c->sets && code == PINLAT_OK; s++)
		code = write_pair(r, s);
	return code;
}

/* A page that lists the reports below a folder. */
struct indexing {
	const char *title;
	char *folder; /* that the index stands in; NULL: unknown */
	size_t top;   /* length of the folder that is read, with its slash */
	struct index_list list;
};

static bool is_page(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (strcmp(dot, ".html") == 0 || strcmp(dot, ".htm") == 0);
}

/* The beginning of the file, malloc()ed; NULL: it cannot be read. */
static char *read_head(const char *path)
{
	CLEANUP_FCLOSE FILE *file = fopen(path, "re");
	char *head;
	size_t n;

	if (!file)
		return NULL;
	head = xmalloc(INDEX_HEAD + 1);
	n = fread(head, 1, INDEX_HEAD, file);
	head[n] = '\0';
	if (!ferror(file))
		return head;
	free(head);
	return NULL;
}

static void read_page(struct indexing *x, const char *path)
{
	CLEANUP_FREE char *head = read_head(path);
	CLEANUP_FREE char *link = x->folder ? link_to(x->folder, path) : NULL;

	if (head)
		index_add(&x->list, head, path + x->top, link);
	else
		complain("report: left out: %s: cannot be read: %s", path,
			 strerror(errno));
}

/* What cannot be read below the top is complained of and left out. Returns 0 or -1: the top. */
static int read_folder(struct indexing *x, const char *path, unsigned int depth)
{
	CLEANUP_CLOSEDIR DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir) {
		complain("%s: cannot be read: %s", path, strerror(errno));
		return depth == 0 ? -1 : 0;
	}
	while ((entry = readdir(dir))) {
		CLEANUP_FREE char *inside = NULL;
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		inside = xasprintf("%s/%s", path, entry->d_name);
		if (lstat(inside, &st) < 0)
			continue; /* gone in the meantime */
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			read_folder(x, inside, depth + 1);
		else if (S_ISREG(st.st_mode) && is_page(entry->d_name))
			read_page(x, inside);
	}
	return 0;
}

static void print_index(FILE *out, void *data)
{
	struct indexing *x = data;

	index_write(out, &x->list, x->title);
}

int report_index(const struct report_command *o)
{
	CLEANUP_FREE char *top = realpath(o->index, NULL);
	CLEANUP_FREE char *shown = text_plain(o->index, 80);
	CLEANUP_FREE char *title = xasprintf("Reports in %s", shown);
	CLEANUP_FREE char *folder = folder_of(o->output);
	struct indexing x = { .title = title, .folder = folder };
	int code = PINLAT_USAGE;

	if (!top) {
		complain("%s: cannot be read: %s", o->index, strerror(errno));
		return PINLAT_USAGE;
	}
	x.top = strlen(top) + 1;
	if (read_folder(&x, top, 0) < 0)
		return PINLAT_USAGE;
	if (x.list.n == 0)
		complain(
			"report: %s holds no report; write one there: pinlat report ... --output %s/report.html",
			o->index, o->index);
	else
		code = write_output(o->output, print_index, &x);
	index_free(&x.list);
	return code;
}
