// SPDX-License-Identifier: MIT
/* One line: read in both ways, written back, read again. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "record/internal.h"
#include "record/parse.h"
#include "system/json.h"
#include "system/cleanup.h"

/* The line that @r, which it frees, is written as. */
static char *written(struct record *r)
{
	char *line = record_to_line(r);

	MUST(line);
	record_free(r);
	return line;
}

/* What lifting the histograms gave must be what json-c's whole tree gives. */
static void read_by_tree(const char *text, size_t length, const char *lifted)
{
	CLEANUP(json_release) json_object *root = NULL;
	CLEANUP_FREE char *line = NULL;
	char why[256] = "";
	const char *what;
	struct record r;
	size_t at;

	MUST(record_parse(text, length, JSON_TOKENER_VALIDATE_UTF8, &root, &at, &what) ==
	     PARSED);
	MUST(record_from_json(&r, root, NULL, why, sizeof(why)) == 0);
	line = written(&r);
	MUST(strcmp(line, lifted) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *line = NULL, *again = NULL;
	const char *text = (const char *)data;
	char why[256] = "";
	struct record r;
	int ret = record_from_line(&r, text, size, why, sizeof(why));

	if (ret < 0) {
		MUST(ret == -EINVAL || ret == -EPROTONOSUPPORT);
		MUST(*why);
		return 0;
	}
	line = written(&r);
	MUST(record_from_line(&r, line, strlen(line), why, sizeof(why)) == 0);
	again = written(&r);
	MUST(strcmp(line, again) == 0);
	if (record_from_lifted(&r, text, size) == 0) {
		CLEANUP_FREE char *lifted = written(&r);

		read_by_tree(text, size, lifted);
	}
	return 0;
}
