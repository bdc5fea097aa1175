// SPDX-License-Identifier: MIT
#include "judging.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "pinlat.h"
#include "record/file.h"
#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

/* Characters of a command that are shown. */
#define LINE_MAX_SHOWN 2000

int judging_load(struct sets *sets, char **path)
{
	size_t n = 0, at;
	int ret;

	while (path[n])
		n++;
	ret = sets_load_all(sets, path, n, &at);
	if (ret == 0)
		return PINLAT_OK;
	if (ret != -ENODATA) {
		complain("%s: cannot be read: %s", path[at], strerror(-ret));
		return PINLAT_USAGE;
	}
	for (size_t i = 0; i < sets->problems.n; i++)
		complain("%s", sets->problems.text[i]);
	complain("%s: holds no record that can be read", path[at]);
	return PINLAT_USAGE;
}

int judging_refuse(const struct judging *j, const struct comparison *c, int error)
{
	for (size_t i = 0; c->problems && i < c->problems->n; i++)
		complain("%s", c->problems->text[i]);
	for (size_t i = 0; i < c->refusals.n; i++)
		complain("%s: %s", j->command, c->refusals.text[i]);
	return error == -ENODATA ? PINLAT_FAILED : PINLAT_USAGE;
}

bool judging_fails(enum verdict gate, enum verdict v)
{
	return gate != VERDICT_NONE &&
	       (v == VERDICT_WORSE || (v == VERDICT_UNCLEAR && gate == VERDICT_UNCLEAR));
}

int judging_gate(const struct judging *j, const struct comparison *c)
{
	int code = PINLAT_OK;

	for (size_t i = 0; i < c->rows; i++) {
		const struct compare_row *row = &c->row[i];
		enum verdict v = row->d->verdict;

		if (!judging_fails(j->fail_on, v))
			continue;
		complain("gate: %s %s of %s is %s", row->cell[0]->subtest,
			 c->options->metrics.metric[row->metric].name,
			 c->set[row->set]->name, verdict_name(v));
		code = PINLAT_GATE;
	}
	return code;
}

char *typed_line(int argc, char **argv)
{
	struct text_list words = { 0 };
	CLEANUP_FREE char *line = NULL;

	text_list_add(&words, "pinlat");
	for (int i = 0; i < argc; i++) {
		CLEANUP_FREE char *word = text_quoted(argv[i]);

		text_list_add(&words, "%s", word);
	}
	line = text_list_join(&words, " ");
	text_list_free(&words);
	return text_plain(line, LINE_MAX_SHOWN);
}

int write_output(const char *path, void (*print)(FILE *out, void *data), void *data)
{
	CLEANUP_FREE char *text = NULL;
	struct memstream m;
	int ret;

	if (!path) {
		print(stdout, data);
		return finish_output(PINLAT_OK);
	}
	print(memstream_open(&m), data);
	text = memstream_close(&m);
	ret = file_replace(path, text, m.size);
	if (ret == 0)
		return PINLAT_OK;
	complain("%s: cannot be written: %s", path, strerror(-ret));
	return PINLAT_FAILED;
}
