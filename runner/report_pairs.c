// SPDX-License-Identifier: MIT
/* A page of each set and the one before it. */
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"
#include "pinlat.h"
#include "report/page.h"
#include "system/cleanup.h"

/* Characters of a label in the name of a file. */
#define NAME_KEPT 60

struct pair_view {
	const struct report_view *v;
	const struct comparison *pair;
	bool compared;
};

static int print(FILE *out, void *data)
{
	const struct pair_view *p = data;
	const struct page page = {
		.out = out,
		.c = p->pair,
		.curves = p->v->curves,
		.compared = p->compared,
		.asked = *p->v->asked,
		.command = p->v->command,
		.part = true,
	};

	page_write(&page);
	return 0;
}

/* "DIR/007-v6.9.html": the seventh set; of its label what is plain. */
static char *path_of(const struct report_view *v, const char *folder, size_t s)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
	char name[NAME_KEPT + 1], *path;
	size_t n = 0;

	for (const char *c = v->c->set[s]->label; *c && n < NAME_KEPT; c++)
		name[n++] = strchr(plain, *c) ? *c : '-';
	name[n] = '\0';
	return asprintf(&path, "%s/%03zu-%s.html", folder, s + 1, name) < 0 ? NULL : path;
}

static int write_pair(const struct report_view *v, const struct report_command *o,
		      size_t s, char **link)
{
	_cleanup_free_ char *path = path_of(v, o->pairs, s);
	_cleanup_free_ char *folder = report_folder(o->output);
	struct comparison pair;
	int ret =
		compare_begin_pair(&pair, v->c->options, v->c->set[s - 1], v->c->set[s]);
	int code = PINLAT_FAILED;

	ret = ret ? ret : compare(&pair);
	if (ret == -ENOMEM || !path)
		complain("memory is short");
	else
		code = write_output(path, print,
				    &(struct pair_view){ v, &pair, ret == 0 });
	compare_free(&pair);
	if (code == PINLAT_OK && folder)
		*link = report_link(folder, path);
	return code == PINLAT_OK ? -1 : code;
}

int report_pairs(const struct report_view *v, const struct report_command *o, char **pair)
{
	int code = -1;

	if (mkdir(o->pairs, 0777) < 0 && errno != EEXIST) {
		complain("%s: cannot be made: %s", o->pairs, strerror(errno));
		return PINLAT_FAILED;
	}
	for (size_t s = 1; s < v->c->sets && code < 0; s++)
		code = write_pair(v, o, s, &pair[s]);
	return code;
}
