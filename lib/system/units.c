// SPDX-License-Identifier: MIT
#include "system/units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * Numbers are read by hand: strtod() and strtoull() take signs, blanks, hexadecimal
 * and the locale's decimal point, and a double does not hold 64 bits.
 */
struct decimal {
	uint64_t whole;
	uint64_t part;	/* what stands behind the point, in units of 1 / scale */
	uint64_t scale; /* 1: there is no point */
};

/* Reads "12" or "12.5" and leaves @text behind it. */
static int parse_decimal(const char **text, struct decimal *d)
{
	const char *s = *text;
	bool overflow = false;

	*d = (struct decimal){ .scale = 1 };
	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	for (; isdigit((unsigned char)*s); s++)
		overflow |=
			__builtin_mul_overflow(d->whole, 10, &d->whole) ||
			__builtin_add_overflow(d->whole, (uint64_t)(*s - '0'), &d->whole);
	if (*s == '.') {
		s++;
		if (!isdigit((unsigned char)*s))
			return -EINVAL;
		for (; isdigit((unsigned char)*s); s++) {
			if (d->scale >= 1000000000000000000ull)
				continue; /* far below any unit's last digit */
			d->part = d->part * 10 + (uint64_t)(*s - '0');
			d->scale *= 10;
		}
	}
	*text = s;
	return overflow ? -ERANGE : 0;
}

/* @d times @unit. A fraction of the smallest unit is a mistake. */
static int scale_decimal(const struct decimal *d, uint64_t unit, uint64_t *value)
{
	unsigned __int128 v = (unsigned __int128)d->whole * unit +
			      (unsigned __int128)d->part * unit / d->scale;

	if (unit == 1 && d->scale > 1)
		return -EINVAL;
	if (v > UINT64_MAX)
		return -ERANGE;
	*value = (uint64_t)v;
	return 0;
}

struct unit {
	const char *name;
	uint64_t factor;
};

/* Ascending, as format() wants them; the first one is the base. */
static const struct unit sizes[] = {
	{ "", 1 }, { "k", KIB }, { "M", MIB }, { "G", GIB }, { "T", 1024 * GIB },
};

static const struct unit durations[] = {
	{ "ns", 1 },
	{ "us", NSEC_PER_USEC },
	{ "ms", NSEC_PER_MSEC },
	{ "s", NSEC_PER_SEC },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The factor of a size's suffix, 0 where it is none. */
static uint64_t size_suffix(const char *suffix)
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		size_t len = strlen(sizes[i].name);

		if (strncasecmp(suffix, sizes[i].name, len) != 0)
			continue;
		if (suffix[len] == '\0' || (len > 0 && strcmp(suffix + len, "iB") == 0))
			return sizes[i].factor;
	}
	return 0;
}

static uint64_t duration_suffix(const char *suffix)
{
	if (*suffix == '\0')
		return NSEC_PER_SEC;
	if (strcmp(suffix, "m") == 0)
		return 60 * NSEC_PER_SEC;
	for (size_t i = 0; i < COUNT(durations); i++) {
		if (strcmp(suffix, durations[i].name) == 0)
			return durations[i].factor;
	}
	return 0;
}

static int parse_scaled(const char *text, uint64_t (*suffix)(const char *),
			uint64_t *value)
{
	struct decimal d;
	uint64_t unit;
	int ret;

	if (!text)
		return -EINVAL;
	ret = parse_decimal(&text, &d);
	if (ret == -EINVAL)
		return ret;
	unit = suffix(text);
	if (unit == 0)
		return -EINVAL;
	return ret < 0 ? ret : scale_decimal(&d, unit, value);
}

int parse_size(const char *text, uint64_t *bytes)
{
	return parse_scaled(text, size_suffix, bytes);
}

int parse_duration(const char *text, uint64_t *ns)
{
	return parse_scaled(text, duration_suffix, ns);
}

static uint64_t no_suffix(const char *suffix)
{
	return *suffix == '\0';
}

int parse_u64(const char *text, uint64_t *value)
{
	return parse_scaled(text, no_suffix, value);
}

int parse_percent(const char *text, double *fraction)
{
	struct decimal d;
	double percent;

	if (!text || parse_decimal(&text, &d) < 0 || strcmp(text, "%") != 0)
		return -EINVAL;
	percent = (double)d.whole + (double)d.part / (double)d.scale;
	if (!(percent > 0 && percent <= 100))
		return -EINVAL;
	*fraction = percent / 100;
	return 0;
}

/* Tenths of @unit in @value, rounded. */
static uint64_t tenths(uint64_t value, uint64_t unit)
{
	return (uint64_t)(((unsigned __int128)value * 10 + unit / 2) / unit);
}

static bool is_tenths(uint64_t value, uint64_t unit)
{
	return (unsigned __int128)value * 10 % unit == 0;
}

/*
 * The largest unit that @value reaches. Where one decimal cannot hold it there, the
 * unit below gets its chance, so that 1280M does not become 1.2G; but four digits
 * before the point are enough.
 */
static char *format(uint64_t value, const struct unit *units, size_t n, char *buf,
		    size_t size)
{
	size_t i = n - 1;
	uint64_t t;

	while (i > 0 && value < units[i].factor)
		i--;
	if (i > 0 && !is_tenths(value, units[i].factor) &&
	    is_tenths(value, units[i - 1].factor) && value / units[i - 1].factor < 10000)
		i--;
	t = tenths(value, units[i].factor);
	/* Rounded up into the next unit: 1023.96k is 1M. */
	if (i + 1 < n && !is_tenths(value, units[i].factor) &&
	    t == 10 * (units[i + 1].factor / units[i].factor)) {
		i++;
		t = 10;
	}
	if (t % 10)
		snprintf(buf, size, "%" PRIu64 ".%" PRIu64 "%s", t / 10, t % 10,
			 units[i].name);
	else
		snprintf(buf, size, "%" PRIu64 "%s", t / 10, units[i].name);
	return buf;
}

char *format_size(uint64_t bytes, char *buf, size_t size)
{
	return format(bytes, sizes, COUNT(sizes), buf, size);
}

char *format_duration(uint64_t ns, char *buf, size_t size)
{
	if (ns == 0) {
		snprintf(buf, size, "0s");
		return buf;
	}
	return format(ns, durations, COUNT(durations), buf, size);
}
