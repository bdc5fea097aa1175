// SPDX-License-Identifier: MIT
/*
 * The names of a program's subtests with their descriptions, and what is printed
 * about them.
 */
#include "igt/registry.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "igt/report.h"

#define WIDTH 80

struct subtest {
	char *name;
	char *description; /* "" if there is none */
	const char *file;
	int line;
};

static struct {
	struct subtest *subtests;
	size_t count;
	char description[2048]; /* of the subtest to come */
} registry;

/* Of a test that does not describe itself. Not const: clang would fold it, weak or not. */
__attribute__((weak)) const char *igt__test_description = "";

void igt_describe_f(const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(registry.description, sizeof(registry.description), fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(registry.description))
		igt__bug("description too long: \"%.40s...\"", registry.description);
}

void igt__check_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	if (!*name || name[strspn(name, allowed)])
		igt__bug("invalid subtest name \"%s\": it must be of [a-z0-9-]", name);
	if (strlen(name) >= IGT_NAME_MAX)
		igt__bug("subtest name too long: \"%s\"", name);
}

bool igt__registry_has(const char *name)
{
	for (size_t i = 0; i < registry.count; i++)
		if (!strcmp(registry.subtests[i].name, name))
			return true;
	return false;
}

void igt__registry_add(const char *file, int line, const char *name)
{
	struct subtest *s;

	igt__check_name(name);
	if (igt__registry_has(name))
		igt__bug("duplicate subtest name \"%s\" at %s:%d", name, file, line);
	s = reallocarray(registry.subtests, registry.count + 1, sizeof(*s));
	if (!s)
		igt__bug("out of memory");
	registry.subtests = s;
	s += registry.count++;
	*s = (struct subtest){
		.name = strdup(name),
		.description = strdup(registry.description),
		.file = file,
		.line = line,
	};
	if (!s->name || !s->description)
		igt__bug("out of memory");
	registry.description[0] = '\0';
}

static bool selected(const struct subtest *s, const char *patterns)
{
	return !patterns || igt_pattern_match(s->name, patterns);
}

bool igt__registry_selects(const char *patterns)
{
	for (size_t i = 0; i < registry.count; i++)
		if (selected(&registry.subtests[i], patterns))
			return true;
	return false;
}

/* Prints @text in lines of at most WIDTH columns, each after @indent. */
static void print_wrapped(const char *indent, const char *text)
{
	static const char space[] = " \t\n";
	size_t column = 0;

	for (text += strspn(text, space); *text; text += strspn(text, space)) {
		size_t word = strcspn(text, space);

		if (column && column + 1 + word > WIDTH) {
			putchar('\n');
			column = 0;
		}
		column +=
			(size_t)printf("%s%.*s", column ? " " : indent, (int)word, text);
		text += word;
	}
	putchar('\n');
}

void igt__registry_print_description(void)
{
	if (*igt__test_description)
		print_wrapped("", igt__test_description);
}

static void describe(const struct subtest *s)
{
	printf("SUB %s %s:%d:\n", s->name, s->file, s->line);
	print_wrapped("  ", *s->description ? s->description : "NO DOCUMENTATION!");
	putchar('\n');
}

static void print_one(enum igt__mode mode, const struct subtest *s)
{
	switch (mode) {
	case IGT__LIST:
		puts(s->name);
		break;
	case IGT__SHOW_TESTLIST:
		printf("igt@%s@%s\n", program_invocation_short_name, s->name);
		break;
	case IGT__DESCRIBE:
		describe(s);
		break;
	case IGT__RUN:
		break;
	}
}

void igt__registry_print(enum igt__mode mode, const char *patterns)
{
	if (mode == IGT__DESCRIBE && *igt__test_description) {
		igt__registry_print_description();
		putchar('\n');
	}
	for (size_t i = 0; i < registry.count; i++)
		if (selected(&registry.subtests[i], patterns))
			print_one(mode, &registry.subtests[i]);
}

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
