// SPDX-License-Identifier: MIT
#include "igt/pattern.h"

#include <stddef.h>

/*
 * The end of the set whose '[' is at @p: one past its ']', or NULL if it is not
 * closed before @end. A ']' in first place is a member.
 */
static const char *set_end(const char *p, const char *end)
{
	p++;
	if (p < end && *p == '^')
		p++;
	if (p < end && *p == ']')
		p++;
	while (p < end && *p != ']')
		p++;
	return p < end ? p + 1 : NULL;
}

/* Is @c a member of the set [@p, @end), brackets included? */
static bool set_has(const char *p, const char *end, char c)
{
	bool negated = p[1] == '^', found = false;

	p += negated ? 2 : 1;
	end--;
	while (p < end) {
		char first = p[0], last = first;

		if (end - p > 2 && p[1] == '-') {
			last = p[2];
			p += 2;
		}
		p++;
		if (first <= c && c <= last)
			found = true;
	}
	return found != negated;
}

/*
 * Match @c against the one element at @p, which is anything but a '*'. Returns the
 * element after it, or NULL on a mismatch.
 */
static const char *match_one(const char *p, const char *end, char c)
{
	const char *next = p + 1;

	switch (*p) {
	case '?':
		return next;
	case '[':
		next = set_end(p, end);
		return next && set_has(p, next, c) ? next : NULL;
	case '\\':
		if (next < end)
			return *next == c ? next + 1 : NULL;
		break;
	default:
		break;
	}
	return *p == c ? next : NULL;
}

/*
 * Only the last '*' need ever be extended: an earlier one that took more would leave
 * less for the rest. So the time is bounded by the product of the lengths.
 */
static bool match_pattern(const char *name, const char *p, const char *end)
{
	const char *star = NULL, *retry = NULL, *next;

	while (*name) {
		if (p < end && *p == '*') {
			star = ++p;
			retry = name;
			continue;
		}
		next = p < end ? match_one(p, end, *name) : NULL;
		if (next) {
			p = next;
			name++;
		} else if (star) {
			p = star;
			name = ++retry;
		} else {
			return false;
		}
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

/* The end of the pattern at @p: its comma, or the end of the list. */
static const char *pattern_end(const char *p, const char *list_end)
{
	const char *end;

	while (p < list_end && *p != ',') {
		if (*p == '\\' && p + 1 < list_end)
			p += 2;
		else if (*p == '[' && (end = set_end(p, list_end)))
			p = end;
		else
			p++;
	}
	return p;
}

bool igt_pattern_match(const char *name, const char *list)
{
	const char *list_end = list, *end;
	bool matched = false;

	while (*list_end)
		list_end++;
	for (const char *p = list;; p = end + 1) {
		bool negated = *p == '!';

		p += negated;
		end = pattern_end(p, list_end);
		if (match_pattern(name, p, end))
			matched = !negated;
		if (end == list_end)
			return matched;
	}
}
