/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_READ_H
#define PINLAT_RECORD_READ_H

/* What records_visit() is made of: one file after the other. */

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "record/file.h"
#include "record/pack_find.h"
#include "record/stream.h"

/* A problem that is told when its file has ended: of a log, most lines are no records. */
struct visit_problem {
	char *text;  /* owned */
	bool always; /* also of a log */
};

struct visit {
	const struct record_visitor *visitor;
	int ended; /* what the visitor ended it with */
	int records;
	json_object *environment; /* of the last record that had one */

	const char *path; /* of the file that is read */
	struct stream stream;
	bool log; /* it holds packs, or lines of the test's output */
	struct packs packs;
	const struct pack *pack; /* that is read; NULL: none */
	size_t pack_record;	 /* which of its lines, from 1 */
	bool of_record; /* what is read now is a record of ours, as far as one can see */
	size_t problems;
	struct visit_problem *problem; /* owned */
};

/**
 * Reads the records of file @path. Of a file that is @only_log, nothing is said if it holds neither
 * packs nor records. Returns 0 or -errno, as records_visit().
 */
int visit_file(struct visit *v, const char *path, bool only_log);

/** Tells the visitor of a problem at once. Returns 0 or -errno. */
int visit_report(struct visit *v, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
