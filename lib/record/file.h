/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_FILE_H
#define PINLAT_RECORD_FILE_H

/*
 * Records on disk: one JSON line a record; a file may hold many ("packed"), plain
 * or gzip-compressed.
 */

#include <stddef.h>
#include <stdint.h>

#include "record/record.h"

/** The longest line, after decompression, and the longest document that are read. */
#define RECORD_SIZE_MAX (64 << 20)

/**
 * Replaces @path with @text (@length bytes): a temporary name beside it, fsync,
 * rename; so @path is whole or what it was. Returns 0 or -errno (-ENOSPC, …),
 * and then leaves no temporary file. What is no plain file is refused (-EISDIR, -EINVAL).
 */
int file_replace(const char *path, const char *text, size_t length);

/** What is done with what a file holds. Each may return -errno, which ends the reading. */
struct record_visitor {
	/** A record, which is freed afterwards: what is to stay is moved out of @r. */
	int (*record)(struct record *r, void *data);
	/** What was left out and why, "file:line: what". */
	int (*problem)(const char *text, void *data);
	void *data;
};

/**
 * Reads all records of @path: a record, a file of JSON lines (also .gz), an igt_runner
 * results.json (its tests' "out" holding "pinlat-record: " lines), or a directory, whose
 * *.json, *.jsonl and *.jsonl.gz are read in the order of their names.
 * What is malformed is left out and named as a problem, and so is the rest of a line or of
 * compressed data that was cut. plan.json is no record and left alone in a directory.
 * One record is in memory at a time. Those that follow each other share one environment if it
 * is the same. Threads may visit at the same time, each with a visitor of its own; the JSON
 * trees of a visit's records are for one thread at a time, since json-c counts references
 * without a lock.
 * Returns the number of records, or -errno if @path itself cannot be read or @visitor says so;
 * where memory is short the program ends.
 */
int records_visit(const char *path, const struct record_visitor *visitor);

#endif
