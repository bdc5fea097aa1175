/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_SYSTEM_UNITS_H
#define PINLAT_SYSTEM_UNITS_H

/* Sizes and times as people write them. All parsers refuse trailing text. */

#include <stddef.h>
#include <stdint.h>

#define KIB 1024ull
#define MIB (1024ull * KIB)
#define GIB (1024ull * MIB)

#define NSEC_PER_USEC 1000ull
#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_SEC  1000000000ull

/** "4096", "64k", "64M", "1.5G", "1T", also with "iB": bytes. Returns 0 or -EINVAL/-ERANGE. */
int parse_size(const char *text, uint64_t *bytes);

/** "20s", "1.5s", "500ms", "100us", "64ns", "2m", plain seconds. Returns 0 or -EINVAL/-ERANGE. */
int parse_duration(const char *text, uint64_t *ns);

/** A whole decimal number. Returns 0 or -EINVAL/-ERANGE. */
int parse_u64(const char *text, uint64_t *value);

/** "80%" -> 0.8, 0 < x <= 100. Returns 0 or -EINVAL. */
int parse_percent(const char *text, double *fraction);

/** Writes e.g. "64M", "1.5G", "512" (exact to one decimal) into @buf; returns @buf. */
char *format_size(uint64_t bytes, char *buf, size_t size);

/** Writes e.g. "20s", "1.5ms", "100us" into @buf; returns @buf. */
char *format_duration(uint64_t ns, char *buf, size_t size);

#endif
