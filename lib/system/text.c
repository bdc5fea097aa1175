// SPDX-License-Identifier: MIT
#include "system/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/alloc.h"
#include "system/units.h"

int why_not(char *why, size_t size, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, size, format, args);
	va_end(args);
	return error;
}

size_t text_decode(const char *text, uint32_t *code)
{
	const unsigned char *u = (const unsigned char *)text;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *u < 0x80 ? 1 : *u < 0xc0 ? 0 : *u < 0xe0 ? 2 : *u < 0xf0 ? 3 : 4;

	*code = n == 1 ? *u : *u & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (u[i] & 0x3f);
	}
	if (*u > 0xf4 || *code < least[n] || *code > 0x10ffff || (*code >> 11) == 0x1b)
		return 0;
	return n;
}

bool text_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c ||
	       code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0xfeff ||
	       (code & 0xfffe) == 0xfffe;
}

char *text_plain(const char *text, size_t most)
{
	char *plain = xmalloc(strlen(text) + 4), *at = plain, *cut = plain;
	size_t n = 0;

	while (*text) {
		uint32_t code;
		size_t length = text_decode(text, &code);

		if (n == most) {
			memcpy(cut, "...", 4);
			return plain;
		}
		if (n++ + 3 == most)
			cut = at;
		if (length == 0 || text_is_control(code))
			*at++ = '?';
		else
			at = (char *)memcpy(at, text, length) + length;
		text += length ? length : 1;
	}
	*at = '\0';
	return plain;
}

char *make_printable(char *text)
{
	unsigned char *u = (unsigned char *)text;

	for (; *u; u++) {
		if (*u < 0x20 || *u == 0x7f)
			*u = '?';
		/* U+0080 to U+009F: some terminals obey them like ESC sequences */
		else if (u[0] == 0xc2 && u[1] >= 0x80 && u[1] <= 0x9f)
			u[0] = u[1] = '?';
	}
	return text;
}

const char *printable(const char *text, char *buf, size_t size)
{
	size_t n = strlen(text);

	if (n >= size) {
		n = size - 1;
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--; /* not within a character */
	}
	memcpy(buf, text, n);
	buf[n] = '\0';
	return make_printable(buf);
}

size_t text_width(const char *text)
{
	size_t n = 0;

	while (*text) {
		if (*text == '\033') {
			text += strcspn(text, "m"); /* ours: labels hold none */
			text += *text == 'm';
			continue;
		}
		n += ((unsigned char)*text++ & 0xc0) != 0x80;
	}
	return n;
}

bool text_has_word(const char *list, const char *between, const char *word)
{
	while (*list) {
		size_t len = strcspn(list, between);

		if (len == strlen(word) && strncmp(list, word, len) == 0)
			return true;
		list += len;
		list += strspn(list, between);
	}
	return false;
}

/* The longest name that is compared; a longer word is no slip of the finger. */
#define NAME_MOST 64

/*
 * How many characters have to be added, left out, replaced or exchanged with the next one to make @b of @a: the
 * optimal string alignment distance (Damerau 1964), row by row.
 */
static size_t distance(const char *a, const char *b)
{
	size_t row[3][NAME_MOST + 1], m = strlen(a), n = strlen(b);
	size_t *before = row[0], *last = row[1], *now = row[2];

	for (size_t j = 0; j <= n; j++)
		last[j] = j;
	for (size_t i = 1; i <= m; i++) {
		size_t *oldest = before;

		now[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t least = last[j - 1] + (a[i - 1] != b[j - 1]);

			if (last[j] + 1 < least)
				least = last[j] + 1;
			if (now[j - 1] + 1 < least)
				least = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < least)
				least = before[j - 2] + 1;
			now[j] = least;
		}
		before = last;
		last = now;
		now = oldest;
	}
	return last[n];
}

const char *text_nearest(const char *word, const char *const names[], size_t n)
{
	const char *nearest = NULL;
	size_t least = NAME_MOST;

	if (strlen(word) > NAME_MOST)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(names[i]), d;

		if (length > NAME_MOST)
			continue;
		d = distance(word, names[i]);
		if (d < least && d <= (length + 2) / 3) {
			least = d;
			nearest = names[i];
		}
	}
	return nearest;
}

char *text_quoted(const char *word)
{
	bool quote = !*word || word[strspn(word, TEXT_SHELL_PLAIN)];
	struct memstream m;
	FILE *out = memstream_open(&m);

	fputs(quote ? "'" : "", out);
	for (const char *c = word; *c; c++)
		if (*c == '\'')
			fputs("'\\''", out);
		else
			fputc(*c, out);
	fputs(quote ? "'" : "", out);
	return memstream_close(&m);
}

void text_list_add(struct text_list *list, const char *format, ...)
{
	va_list args;

	list->text = xgrow(list->text, list->n, sizeof(*list->text));
	va_start(args, format);
	list->text[list->n++] = xvasprintf(format, args);
	va_end(args);
}

bool text_list_has(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->text[i], text) == 0)
			return true;
	return false;
}

char *text_list_join(const struct text_list *list, const char *between)
{
	struct memstream m;
	FILE *out = memstream_open(&m);

	for (size_t i = 0; i < list->n; i++)
		fprintf(out, "%s%s", i ? between : "", list->text[i]);
	return memstream_close(&m);
}

void text_list_free(struct text_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->text[i]);
	free(list->text);
	*list = (struct text_list){ 0 };
}

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

struct time_unit unit_for(uint64_t ns)
{
	static const struct time_unit units[] = {
		{ "ns", 1 },
		{ "µs", 1e3 },
		{ "ms", 1e6 },
		{ "s", 1e9 },
	};
	size_t i = 0;

	while (i < 3 && (double)ns >= units[i + 1].ns)
		i++;
	return units[i];
}

char *format_number(double value, char *buf, size_t size)
{
	double below = 100;
	int decimals = 0;

	/* 99.96 with one decimal would read 100.0: four digits. */
	while (decimals < 6 && value > 0 && value < below * 0.9995) {
		decimals++;
		below /= 10;
	}
	snprintf(buf, size, "%.*f", decimals, value);
	return buf;
}

char *format_time(uint64_t ns, char *buf, size_t size)
{
	struct time_unit unit = unit_for(ns);
	char number[32];

	if (ns < 1000)
		snprintf(buf, size, "%uns", (unsigned int)ns);
	else
		snprintf(buf, size, "%s%s",
			 format_number((double)ns / unit.ns, number, sizeof(number)),
			 unit.name);
	return buf;
}

char *format_count(double value, char *buf, size_t size)
{
	static const char *const suffix[] = { "", "k", "M", "G", "T", "P", "E" };
	char number[32];
	size_t i = 0;

	if (value < 100000) {
		snprintf(buf, size, "%.0f", value);
		return buf;
	}
	while (value >= 999.5 && i < 6) {
		value /= 1000;
		i++;
	}
	snprintf(buf, size, "%s%s", format_number(value, number, sizeof(number)),
		 suffix[i]);
	return buf;
}

char *format_clock(double seconds, char *buf, size_t size)
{
	unsigned long whole = (unsigned long)(seconds + 0.5);

	if (whole < 100)
		snprintf(buf, size, "%lus", whole);
	else if (whole < 3600)
		snprintf(buf, size, "%lum%02lus", whole / 60, whole % 60);
	else
		snprintf(buf, size, "%luh%02lum", whole / 3600, whole / 60 % 60);
	return buf;
}
