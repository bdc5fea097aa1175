/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_RECORD_FILE_H
#define PINLAT_RECORD_FILE_H

/*
 * Records on disk: one JSON line a record; a file may hold many, plain or gzip-compressed, and
 * a log may hold packs of them (record/pack.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/record.h"

/** The longest line, after decompression, and the longest document that are read. */
#define RECORD_SIZE_MAX (64 << 20)

/**
 * Replaces @path with @text (@length bytes): a temporary name beside it, fsync,
 * rename. So @path has either all of the new text or the old one. Of a link, the file that it names is replaced; a
 * device, a pipe, standard output and what is below /dev or /proc are written to as they are.
 * Returns 0 or -errno (-ENOSPC, -EISDIR, -ENOENT also of a link that leads nowhere, …), and then
 * leaves no temporary file.
 */
int file_replace(const char *path, const char *text, size_t length);

/** What is done with what a file holds. Each may return -errno, which ends the reading. */
struct record_visitor {
	/** A record, which is freed afterwards: what is to stay is moved out of @r. */
	int (*record)(struct record *r, void *data);
	/** What was left out and why, "file:line: what". */
	int (*problem)(const char *text, void *data);
	void *data;
	/*
	 * NULL, or takes each whole pack instead of record(): its name, which may be that of a file,
	 * and the lines of its records, ended by a NUL.
	 */
	int (*pack)(const char *name, const char *text, size_t length, void *data);
};

/**
 * Reads all records of @path: a record, a file of JSON lines (also .gz), an igt_runner
 * results.json (its tests' "out" holding "pinlat-record: " lines), a log, or a directory, whose
 * *.json, *.jsonl, *.jsonl.gz, *.log and *.log.gz are read in the order of their names, those of
 * its folders too. What is malformed is left out and named as a problem, and so is the rest of a
 * line or of compressed data that was cut. plan.json is no record and left alone in a directory.
 * A log is what holds packs, or lines that begin with "pinlat-record: ": plain text, LAVA's YAML,
 * JSON that has the log as a text. Its other lines are no problems. Each pack is read once,
 * however many copies there are, after the records that stand in the file as they are.
 * One record is in memory at a time. Those that follow each other share one environment if it
 * is the same. Threads may visit at the same time, each with a visitor of its own; the JSON
 * trees of a visit's records are for one thread at a time, since json-c counts references
 * without a lock.
 * Returns the number of records, or -errno if @path itself cannot be read or @visitor says so;
 * -EBADMSG, once the problem was told, where a file has bytes that are not compressed behind those
 * that are, or a pack that is not whole: somebody meant them to count, and who leaves them out does
 * not know what is missing.
 * Where memory is short the program ends.
 */
int records_visit(const char *path, const struct record_visitor *visitor);

/**
 * Whether records_visit() of @path reads @file, if that exists: both are the same file, or @file is
 * in directory @path and has the name of a record.
 */
bool records_include(const char *path, const char *file);

#endif
