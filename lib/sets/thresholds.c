// SPDX-License-Identifier: MIT
#include "sets/thresholds.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/units.h"

#define BLANK " \t\r\n"

/* One line; @what is why it is no rule. */
static int read_rule(struct threshold_list *list, char *text, size_t line,
		     const char **what)
{
	char *rest, *subtest, *metric, *margin;
	double fraction;

	text[strcspn(text, "#")] = '\0';
	subtest = strtok_r(text, BLANK, &rest);
	if (!subtest)
		return 0;
	metric = strtok_r(NULL, BLANK, &rest);
	margin = strtok_r(NULL, BLANK, &rest);
	*what = "a rule is SUBTEST METRIC MARGIN, as in \"thp-* p99 20%\"";
	if (!metric || !margin || strtok_r(NULL, BLANK, &rest))
		return -EINVAL;
	*what = "the margin must be a percentage up to 100%, as in \"20%\"";
	if (parse_percent(margin, &fraction) < 0)
		return -EINVAL;
	list->threshold = xgrow(list->threshold, list->n, sizeof(*list->threshold));
	list->threshold[list->n++] = (struct threshold){
		.subtest = xstrdup(subtest),
		.metric = xstrdup(metric),
		.margin = fraction,
		.line = line,
	};
	return 0;
}

int threshold_list_read(struct threshold_list *list, const char *path, char *why,
			size_t size)
{
	CLEANUP_FCLOSE FILE *file = fopen(path, "re");
	CLEANUP_FREE char *text = NULL;
	const char *what = "";
	size_t room = 0, line = 0;
	struct stat st;
	ssize_t length;
	int ret = 0;

	*list = (struct threshold_list){ 0 };
	if (!file)
		ret = -errno;
	else if (fstat(fileno(file), &st) == 0 && S_ISDIR(st.st_mode))
		ret = -EISDIR;
	if (ret < 0) {
		snprintf(why, size, "%s: cannot be read: %s", path, strerror(-ret));
		return ret;
	}
	while (ret == 0 && (length = getline(&text, &room, file)) >= 0) {
		line++;
		what = "holds a NUL byte";
		ret = strlen(text) < (size_t)length ? -EINVAL
						    : read_rule(list, text, line, &what);
	}
	if (ret == -EINVAL)
		snprintf(why, size, "%s:%zu: %s", path, line, what);
	else if (ferror(file)) {
		ret = -EIO;
		snprintf(why, size, "%s: cannot be read", path);
	}
	return ret;
}

const struct threshold *threshold_find(const struct threshold_list *list,
				       const char *subtest, const char *metric)
{
	for (size_t i = list ? list->n : 0; i-- > 0;) {
		const struct threshold *t = &list->threshold[i];

		if (fnmatch(t->subtest, subtest, 0) == 0 &&
		    fnmatch(t->metric, metric, 0) == 0)
			return t;
	}
	return NULL;
}

void threshold_list_free(struct threshold_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->threshold[i].subtest);
		free(list->threshold[i].metric);
	}
	free(list->threshold);
	*list = (struct threshold_list){ 0 };
}
