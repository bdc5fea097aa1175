// SPDX-License-Identifier: MIT
/* Records one at a time: who owns them, who may end it, and texts that are hard to read. */
#include "cmocka_setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/file.h"
#include "sample.h"
#include "system/cleanup.h"

static char path[] = "/tmp/pinlat-visit-XXXXXX";

struct seen {
	size_t records, problems;
	size_t end_at;		  /* ends the visit at this record or problem; 0: never */
	char *label;		  /* of the last record, moved out of it */
	char problem[300];	  /* the last one */
	json_object *environment; /* of the last record; the same, or another one? */
	size_t environments;
};

static int see_record(struct record *r, void *data)
{
	struct seen *seen = data;

	free(seen->label);
	seen->label = r->label;
	r->label = NULL;
	seen->environments += r->environment != seen->environment;
	json_object_put(seen->environment);
	seen->environment = json_object_get(r->environment);
	return ++seen->records == seen->end_at ? -ECANCELED : 0;
}

static int see_problem(const char *text, void *data)
{
	struct seen *seen = data;

	snprintf(seen->problem, sizeof(seen->problem), "%s", text);
	return ++seen->problems == seen->end_at ? -ENOSPC : 0;
}

static int visit(struct seen *seen)
{
	const struct record_visitor visitor = { see_record, see_problem, seen, NULL };

	return records_visit(path, &visitor);
}

static void forget(struct seen *seen)
{
	free(seen->label);
	json_object_put(seen->environment);
	*seen = (struct seen){ 0 };
}

static char *sample_line(uint64_t seq)
{
	struct record r;
	char *line;

	assert_int_equal(sample_record(&r, "thp-idle", seq), 0);
	line = record_to_line(&r);
	assert_non_null(line);
	record_free(&r);
	return line;
}

static FILE *open_file(void)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	return f;
}

static void test_visit(void **state)
{
	CLEANUP_FREE char *line = sample_line(1);
	CLEANUP_FCLOSE FILE *f = open_file();
	struct seen seen = { 0 };

	(void)state;
	fprintf(f, "%s\n%s\noops\n%s\n", line, line, line);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(visit(&seen), 3);
	assert_int_equal(seen.records, 3);
	assert_int_equal(seen.problems, 1);
	assert_string_equal(seen.label, "base");
	assert_non_null(strstr(seen.problem, ":3: no record"));
	assert_int_equal(seen.environments, 1); /* one machine, one tree */
	forget(&seen);
}

static void test_visitor_ends_it(void **state)
{
	CLEANUP_FREE char *line = sample_line(1);
	CLEANUP_FCLOSE FILE *f = open_file();
	struct seen seen = { .end_at = 2 };

	(void)state;
	fprintf(f, "%s\n%s\n%s\noops\noops\noops\n", line, line, line);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(visit(&seen), -ECANCELED);
	assert_int_equal(seen.records, 2);
	assert_int_equal(seen.problems, 0);
	forget(&seen);
	seen.end_at = 4;
	rewind(f);
	fprintf(f, "%s\n%s\n%s\noops\noops\noops\noops\n", line, line, line);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(visit(&seen), -ENOSPC);
	assert_int_equal(seen.problems, 4);
	forget(&seen);
}

/* @text in a test's output, in results whose other test printed what is no UTF-8. */
static void write_results(const char *between, const char *text)
{
	json_object *out = json_object_new_string(text);
	CLEANUP_FCLOSE FILE *f = open_file();

	assert_non_null(out);
	fprintf(f,
		"{%s\"tests\":{%s\"a\":{\"out\":\"odd: \xff\xc3(\xed\xa0\x80\"},%s\"b\":{\"out\":%s}}}\n",
		between, between, between, json_object_to_json_string(out));
	json_object_put(out);
}

static void check_problem(const char *expected)
{
	struct seen seen = { 0 };

	assert_int_equal(visit(&seen), 0);
	assert_int_equal(seen.problems, 1);
	assert_string_equal(seen.problem + strlen(path), expected);
	forget(&seen);
}

/* Tests print what they like, and the records of others are no worse for it. */
static void test_odd_results(void **state)
{
	static const char *const between[] = { "", "\n " };
	CLEANUP_FREE char *line = sample_line(1), *out = NULL;

	(void)state;
	assert_true(asprintf(&out, "\xff\n" RECORD_LINE_PREFIX "%s\n\xff", line) > 0);
	for (size_t i = 0; i < sizeof(between) / sizeof(*between); i++) {
		struct seen seen = { 0 };

		write_results(between[i], out);
		assert_int_equal(visit(&seen), 1);
		assert_int_equal(seen.problems, 0);
		forget(&seen);
	}
	/* In the record itself it is not excused. */
	write_results("", RECORD_LINE_PREFIX "{\"schema\":\"\xff\"}");
	check_problem(":1: test b: invalid utf-8 string (at byte 12)");
}

static void repeat(FILE *f, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		assert_true(fputs(text, f) >= 0);
}

/* What would be 15 GiB as json-c's objects. */
static void test_too_many_values(void **state)
{
	(void)state;
	{
		CLEANUP_FCLOSE FILE *f = open_file();

		fputs("{\"a\":[", f);
		repeat(f, "{},", 10 << 20);
		fputs("{}]}\n", f);
	}
	check_problem(":1: more than a million values (at byte 1500005)");
}

/* Commas in a text are no values. */
static void test_long_text(void **state)
{
	(void)state;
	{
		CLEANUP_FCLOSE FILE *f = open_file();

		fputs("{\"a\":\"", f);
		repeat(f, ",[{\\\"", 2 << 20);
		fputs("\"}\n", f);
	}
	check_problem(":1: schema: missing, so this is no pinlat record");
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_visit),
		cmocka_unit_test(test_visitor_ends_it),
		cmocka_unit_test(test_odd_results),
		cmocka_unit_test(test_too_many_values),
		cmocka_unit_test(test_long_text),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
