/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_TRACE_EVENTS_H
#define PINLAT_TRACE_EVENTS_H

/* Shared by the files of trace/ alone: from the kernel's binary records to our events. */

#include <stdio.h>

#include <event-parse.h>

#include "trace/reduce.h"

#define SOURCE_FIELDS 8

/* One trace event of the kernel, and the fields of it that are read. */
struct source {
	const char *system, *name;
	enum trace_kind kind;
	const char *field[SOURCE_FIELDS];
	const char *irq; /* of an interrupt that has no name of its own */
};

/** All of them, ended by a NULL name. */
extern const struct source trace_sources[];
#define SOURCES_MAX 28

/** A source as this kernel has it. */
struct decoder {
	const struct source *source;
	struct tep_event *event; /* NULL: this kernel does not have it */
	struct tep_format_field *pid;
	struct tep_format_field *field[SOURCE_FIELDS]; /* NULL: this kernel lacks it */
	struct tep_format_field *comm[2];
};

/** Looks @source up. */
void trace_decoder_init(struct decoder *d, struct tep_handle *tep,
			const struct source *source);

/** Fills @e, but for its time, from the record @data. */
void trace_decode(const struct decoder *d, struct tep_record *record,
		  struct trace_event *e);

/** Writes the kernel's text @from with marks for Perfetto to @path. Returns 0 or -errno. */
int trace_keep_text(FILE *from, const char *path);

#endif
