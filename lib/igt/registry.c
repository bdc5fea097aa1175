// SPDX-License-Identifier: MIT
/*
 * The names of a program's subtests with their descriptions, and what is printed
 * about them.
 */
#include "igt/registry.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "igt/process.h"

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

static void print_one(enum igt__mode mode, const struct subtest *s)
{
	if (mode == IGT__LIST) {
		puts(s->name);
	} else if (mode == IGT__SHOW_TESTLIST) {
		printf("igt@%s@%s\n", program_invocation_short_name, s->name);
	} else {
		printf("SUB %s %s:%d:\n", s->name, s->file, s->line);
		print_wrapped("  ",
			      *s->description ? s->description : "NO DOCUMENTATION!");
		putchar('\n');
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
 * One past the ']' of the set whose '[' is at @p, or NULL: it is not closed. A ']' in first
 * place is a member.
 */
static const char *set_end(const char *p)
{
	p += p[1] == '^' ? 2 : 1;
	p = strchr(*p ? p + 1 : p, ']');
	return p ? p + 1 : NULL;
}

/* The end of the pattern at @p: its comma, or the end of the list. */
static const char *pattern_end(const char *p)
{
	while (*p && *p != ',') {
		const char *end = *p == '[' ? set_end(p) : NULL;

		p = end ? end : p + (*p == '\\' && p[1] ? 2 : 1);
	}
	return p;
}

bool igt_pattern_match(const char *name, const char *list)
{
	bool matched = false;

	for (const char *p = list, *end;; p = end + 1) {
		bool negated = *p == '!';
		char *pattern, *at;

		p += negated;
		end = pattern_end(p);
		pattern = strndup(p, (size_t)(end - p));
		if (!pattern)
			igt__bug("out of memory");
		/* Only to fnmatch(3) is "[!" the same as "[^"; here '!' is a member that no name has. */
		while ((at = strstr(pattern, "[!")))
			at[1] = '_';
		if (fnmatch(pattern, name, 0) == 0)
			matched = !negated;
		free(pattern);
		if (!*end)
			return matched;
	}
}
