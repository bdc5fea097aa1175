// SPDX-License-Identifier: MIT
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "options/table.h"

struct inner {
	bool loud;
	const char *colour;
	int size;
};

struct settings {
	const char *file;
	struct inner inner;
	const char *given[8];
};

static int set_size(void *settings, const char *value)
{
	struct inner *inner = settings;

	inner->size = atoi(value);
	return inner->size > 0 ? 0 : -EINVAL;
}

static const struct option_row outer_rows[] = {
	{ .name = "output",
	  .letter = 'o',
	  .argument = "FILE",
	  .help = "where it goes",
	  .wanted = "a file",
	  .field = offsetof(struct settings, file) },
	{ 0 },
};

static const struct option_row inner_rows[] = {
	{ .name = "loud",
	  .words = "on,off",
	  .help = "or not",
	  .wanted = "on or off",
	  .field = offsetof(struct inner, loud) },
	{ .name = "colour",
	  .argument = "LIST",
	  .words = "red,green,blue",
	  .flags = OPTION_LIST,
	  .standard = "red",
	  .help = "a text that is so long that it does not fit beside the name of its option and has to be broken into lines",
	  .field = offsetof(struct inner, colour) },
	{ .name = "size",
	  .argument = "N",
	  .help = "how large",
	  .wanted = "a number above 0",
	  .set = set_size },
	{ .name = "secret",
	  .flags = OPTION_OF_THE_TEST,
	  .help = "not for everybody",
	  .field = offsetof(struct inner, loud) },
	{ 0 },
};

static const struct option_page page = {
	.name = "try",
	.usage = "try [OPTION]...",
	.about = "Tries.\n",
	.notes = "",
	.table = {
		{ .rows = outer_rows },
		{ .rows = inner_rows,
		  .settings = offsetof(struct settings, inner),
		  .given = offsetof(struct settings, given),
		  .less = OPTION_OF_THE_TEST },
	},
};

static char why[200];

/* Parses up to three words behind the command's name. */
static int parse(struct settings *s, const char *a, const char *b, const char *c)
{
	char *argv[] = { (char *)"try", (char *)a, (char *)b, (char *)c, NULL };
	int argc = 0;

	while (argv[argc])
		argc++;
	*s = (struct settings){ 0 };
	*why = '\0';
	optind = 0;
	return option_parse(&page, s, argc, argv, why, sizeof(why));
}

static void test_values(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(parse(&s, "-o", "x", "--colour=red,blue"), 0);
	assert_string_equal(s.file, "x");
	assert_string_equal(s.inner.colour, "red,blue");
	assert_string_equal(s.given[1], "red,blue");
	assert_int_equal(parse(&s, "--loud", "--size", "4"), 0);
	assert_true(s.inner.loud);
	assert_int_equal(s.inner.size, 4);
	assert_string_equal(s.given[0], "on");
	assert_null(s.given[1]);
	assert_int_equal(parse(&s, "--loud=off", NULL, NULL), 0);
	assert_false(s.inner.loud);
	assert_int_equal(parse(&s, "--loud", "operand", NULL), 0);
	assert_int_equal(optind, 2);
}

static void refused(const char *a, const char *b, const char *said)
{
	struct settings s;

	assert_int_equal(parse(&s, a, b, NULL), -EINVAL);
	assert_string_equal(why, said);
}

static void test_refusals(void **state)
{
	(void)state;
	refused("--colour", "red,pink",
		"--colour knows red, green and blue, not \"pink\"");
	refused("--size", "0", "--size must be a number above 0, not \"0\"");
	refused("--loud=maybe", NULL, "--loud must be on or off, not \"maybe\"");
	refused("--output", "", "--output must be a file, not \"\"");
	refused("--output", NULL, "--output needs a value; see `pinlat try --help`");
	refused("--secret", NULL, "there is no option --secret; see `pinlat try --help`");
	refused("-x", NULL, "there is no option -x; see `pinlat try --help`");
}

static void test_help(void **state)
{
	struct settings s;
	char text[2000] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	assert_int_equal(parse(&s, "--size", "4", "--help"), OPTION_HELP);
	option_print_page(out, &page);
	fclose(out);
	assert_non_null(strstr(text, "\n  -o, --output FILE   where it goes\n"));
	assert_non_null(strstr(text, "\n  --colour LIST       a text"));
	assert_non_null(strstr(text, "into lines (red)\n"));
	assert_null(strstr(text, "secret"));
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
