// SPDX-License-Identifier: MIT
#include "history/order.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "system/alloc.h"
#include "system/cleanup.h"

const char *set_order_name(enum set_order order)
{
	static const char *const name[SET_ORDERS] = { "given", "date", "release",
						      "label" };

	return name[order];
}

enum set_order set_order_named(const char *name)
{
	enum set_order order = 0;

	while (strcmp(name, set_order_name(order)) != 0)
		order++;
	return order;
}

/* "-rc" and a digit: before anything else, the end too. */
static bool is_candidate(const char *text)
{
	return strncmp(text, "-rc", 3) == 0 && isdigit((unsigned char)text[3]);
}

/* The number at *@text by value, and *@text after it; of any length. */
static int compare_numbers(const char **a, const char **b)
{
	size_t n, m;
	int order;

	*a += strspn(*a, "0");
	*b += strspn(*b, "0");
	n = strspn(*a, "0123456789");
	m = strspn(*b, "0123456789");
	order = n != m ? (n < m ? -1 : 1) : strncmp(*a, *b, n);
	*a += n;
	*b += m;
	return order;
}

/*
 * Kernel releases in the order in which they appeared, as strcmp(): numbers by value, and what
 * has -rc before what has not: 6.9, 6.10-rc1, 6.10-rc10, 6.10, 6.10.1.
 */
static int release_compare(const char *a, const char *b)
{
	for (;;) {
		if (is_candidate(a) != is_candidate(b))
			return is_candidate(a) ? -1 : 1;
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			int order = compare_numbers(&a, &b);

			if (order != 0)
				return order;
			continue;
		}
		if (*a != *b)
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		if (!*a)
			return 0;
		a++;
		b++;
	}
}

/* Of what strptime() read up to @end; NAN: nothing, or something else follows. */
static double seconds_of(struct tm *tm, const char *end)
{
	time_t t;

	if (!end || (*end && *end != ')' && *end != ' '))
		return NAN;
	t = timegm(tm);
	return t < 0 ? NAN : (double)t;
}

/* "(2024-02-01)", as Debian has it. */
static double date_in_brackets(const char *version)
{
	for (const char *at = strchr(version, '('); at; at = strchr(at + 1, '(')) {
		struct tm tm = { 0 };
		const char *end = strptime(at + 1, "%Y-%m-%d", &tm);
		double seconds = seconds_of(&tm, end);

		if (!isnan(seconds))
			return seconds;
	}
	return NAN;
}

/* "Thu Feb  1 10:00:00 UTC 2024" from @at on. */
static double date_of_uname(const char *at)
{
	struct tm tm = { 0 };
	const char *rest = strptime(at, "%a %b %d %H:%M:%S", &tm);

	if (!rest || *rest != ' ')
		return NAN;
	rest += strspn(rest, " ");
	if (!isdigit((unsigned char)*rest))
		rest += strcspn(rest, " "); /* the time zone */
	rest = strptime(rest, " %Y", &tm);
	return seconds_of(&tm, rest);
}

/*
 * When a kernel of @version ("#1 SMP Thu Feb  1 10:00:00 UTC 2024", or Debian's) was built: seconds
 * since 1970, time zones taken for UTC; NAN: it does not tell.
 */
static double build_date(const char *version)
{
	for (const char *at = version; *at; at++) {
		double seconds;

		if (at > version && at[-1] != ' ')
			continue;
		seconds = date_of_uname(at);
		if (!isnan(seconds))
			return seconds;
	}
	return date_in_brackets(version);
}

double set_built(const struct set *set)
{
	return build_date(set_fact(set, "kernel.version"));
}

static bool all_tell_their_build(const struct sets *sets)
{
	for (size_t s = 0; s < sets->n; s++)
		if (isnan(set_built(&sets->set[s])))
			return false;
	return true;
}

const char *set_order_text(const struct sets *sets, enum set_order order)
{
	switch (order) {
	case ORDER_DATE:
		return all_tell_their_build(sets) ? "by the date of their build"
						  : "by the date of their first run";
	case ORDER_RELEASE:
		return "by their release";
	case ORDER_LABEL:
		return "by their label";
	default:
		return "as they were given";
	}
}

/* A set, and what it is ordered by. */
struct placed {
	struct set set;
	enum set_order order;
	size_t given;
	double date; /* INFINITY: unknown */
	const char *text;
};

static int by_place(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int order = 0;

	if (x->order == ORDER_DATE)
		order = (x->date > y->date) - (x->date < y->date);
	else if (x->order == ORDER_RELEASE)
		order = release_compare(x->text, y->text);
	else if (x->order == ORDER_LABEL)
		order = strverscmp(x->text, y->text);
	return order ? order : x->given < y->given ? -1 : 1;
}

void sets_order(struct sets *sets, enum set_order order)
{
	CLEANUP_FREE struct placed *placed = xcalloc(sets->n, sizeof(*placed));
	bool built = order == ORDER_DATE && all_tell_their_build(sets);

	for (size_t s = 0; s < sets->n; s++) {
		const struct set *set = &sets->set[s];
		double date = built ? set_built(set) : set_times(set).first;

		placed[s] = (struct placed){
			.set = *set,
			.order = order,
			.given = s,
			.date = isnan(date) ? INFINITY : date,
			.text = order == ORDER_LABEL ? set->label
						     : set_fact(set, "kernel.release"),
		};
	}
	qsort(placed, sets->n, sizeof(*placed), by_place);
	for (size_t s = 0; s < sets->n; s++)
		sets->set[s] = placed[s].set;
}
