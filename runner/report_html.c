// SPDX-License-Identifier: MIT
/* The page: what a person opens. lib/report writes it. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "report/page.h"
#include "system/cleanup.h"

/* @path so that all of it is the path of a URL, and none of it a scheme, a query or a host. */
static char *url_of(const char *path)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
	char *url = NULL;
	size_t size;
	FILE *out = open_memstream(&url, &size);

	if (!out)
		return NULL;
	fputs("./", out);
	for (; *path; path++) {
		if (strchr(plain, *path))
			fputc(*path, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*path);
	}
	if (fclose(out) == 0)
		return url;
	free(url);
	return NULL;
}

char *report_folder(const char *output)
{
	const char *slash = output ? strrchr(output, '/') : NULL;
	char folder[PATH_MAX] = ".";

	if (slash)
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - output) + 1,
			 output);
	return realpath(folder, NULL);
}

char *report_link(const char *folder, const char *path)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	size_t length = strlen(folder);

	if (!real || strncmp(real, folder, length) != 0)
		return NULL;
	if (real[length] != '/' && strcmp(folder, "/") != 0)
		return NULL;
	return url_of(real + length + (real[length] == '/'));
}

int report_print_html(const struct report_view *v)
{
	_cleanup_free_ char *folder = v->output ? report_folder(v->output) : NULL;
	_cleanup_free_ char **link = calloc(v->c->sets + 1, sizeof(*link));
	const struct page page = {
		.out = v->out,
		.c = v->c,
		.curves = v->curves,
		.compared = v->compared,
		.asked = *v->asked,
		.command = v->command,
		.link = link,
		.history = v->history,
		.order = v->order,
		.pair = v->pair,
	};

	if (!link)
		return -ENOMEM;
	for (size_t s = 0; folder && s < v->c->sets; s++)
		link[s] = report_link(folder, v->c->set[s]->path);
	page_write(&page);
	for (size_t s = 0; s < v->c->sets; s++)
		free(link[s]);
	return 0;
}
