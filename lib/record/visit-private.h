/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_VISIT_PRIVATE_H
#define PINLAT_RECORD_VISIT_PRIVATE_H

/* Private to lib/record: records_visit() on its way. */

#include "record/file.h"
#include "record/json_read-private.h"
#include "record/stream-private.h"

struct visit {
	const struct record_visitor *visitor;
	int ended; /* what the visitor ended it with */
	int records;
	json_object *environment; /* of the last record that had one */

	const char *path; /* of the file that is read */
	struct stream stream;
};

/** Tells the visitor of a problem. Returns 0 or -errno. */
int _visit_report(struct visit *v, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * A record or igt_runner's results in @text, which begins on the current line. What is wrong
 * with the JSON itself is left to the caller to report, in *@parsed, @at and @why as from
 * _json_parse(); all else is reported. Returns 0 or -errno.
 */
int _visit_text(struct visit *v, const char *text, size_t length, enum parsed *parsed,
		size_t *at, const char **why);

#endif
