/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SIMULATE_SAVED_H
#define PINLAT_SIMULATE_SAVED_H

/* What is done of a simulation, in a file, so that one that was stopped can go on. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** What a file belongs to: the same program with the same options. */
struct saved_key {
	uint64_t experiments, seed;
	int64_t program_size, program_time; /* filled by saved_open() */
};

/**
 * Opens @path, which becomes empty if it belongs to another @key. NULL: errno says why. Close with
 * fclose().
 */
FILE *saved_open(const char *path, struct saved_key key);

/** Reads the number of the next part and its size; false: there is no other one that is whole. */
bool saved_next(FILE *f, uint32_t *part, uint32_t *size);

/** Reads what saved_next() announced to @data, or skips it if that is NULL. */
bool saved_read(FILE *f, void *data, uint32_t size);

/** Writes @part behind all others. Returns 0 or -errno. */
int saved_write(FILE *f, uint32_t part, const void *data, uint32_t size);

#endif
