// SPDX-License-Identifier: MIT
/*
 * Bucket lists that json-c does not see: whatever the text, reading it so gives what json-c
 * alone gives.
 */
#include "cmocka_setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/internal.h"
#include "record/parse.h"
#include "sample.h"
#include "system/cleanup.h"

#define HEAD                                                                             \
	"{\"schema\":\"pinlat.record/1.0\",\"subtest\":\"thp-idle\",\"label\":\"a\",\"validity\":{\"valid\":true},"
#define TOTALS		   "\"count\":4,\"min\":10,\"max\":513,\"sum\":600,"
#define LIST		   "\"buckets\":[[10,3],[512,1]]"
#define TAIL		   "\"latency\":{\"scheduled\":{" TOTALS LIST "}}}"
#define SCHEDULED(buckets) HEAD "\"latency\":{\"scheduled\":{" TOTALS buckets "}}}"

/* What json-c alone makes of @text, written back; NULL: it is refused. */
static char *read_by_tree(const char *text)
{
	struct json_tokener *tok = json_tokener_new();
	json_object *root;
	char *line = NULL, why[256];
	struct record r;

	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tok, text, (int)strlen(text));
	json_tokener_free(tok);
	if (root && record_from_json(&r, root, NULL, why, sizeof(why)) == 0) {
		line = record_to_line(&r);
		record_free(&r);
	}
	json_object_put(root);
	return line;
}

/* The same with its lists lifted; @ret is whether that is possible. */
static char *read_lifted(const char *text, int *ret)
{
	struct record r;
	char *line;

	*ret = record_from_lifted(&r, text, strlen(text));
	if (*ret < 0)
		return NULL;
	line = record_to_line(&r);
	record_free(&r);
	return line;
}

static void check_same(const char *text, bool lifted)
{
	CLEANUP_FREE char *by_tree = read_by_tree(text);
	int ret;
	CLEANUP_FREE char *by_lift = read_lifted(text, &ret);

	assert_int_equal(ret, lifted ? 0 : -EINVAL);
	if (!lifted)
		return;
	assert_non_null(by_tree);
	assert_string_equal(by_tree, by_lift);
}

static void test_lifted(void **state)
{
	static const char *const texts[] = {
		SCHEDULED(LIST),
		SCHEDULED("\"buckets\" : [ [ 10 , 3 ]\n,\t[512,\r1 ] ]"),
		/* what is empty stays where it is */
		HEAD
		"\"thp\":{\"huge\":{\"count\":0,\"min\":0,\"max\":0,\"sum\":0,\"buckets\":[ ]}}," TAIL,
		HEAD "\"boot_id\":\"\\\"buckets\\\":[[1,2]]\"," TAIL,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		check_same(texts[i], true);
}

/* These are left to json-c, whether it takes them or not. */
static void test_left(void **state)
{
	static const char *const texts[] = {
		"",
		"{\"buckets\":",
		"{\"buckets\":[[1,2]]}",
		SCHEDULED("\"buckets\":[[10,3],[512,1]"),
		SCHEDULED("\"buckets\":[[10,3],[512,1],]"),
		SCHEDULED("\"buckets\":[[10,3],[512,01]]"),
		SCHEDULED("\"buckets\":[[10,3],[512,-1]]"),
		SCHEDULED("\"buckets\":[[10,3],[512,1.0]]"),
		SCHEDULED("\"buckets\":[[10,3],[512,1,1]]"),
		SCHEDULED("\"buckets\":[[10,3],[512,18446744073709551616]]"),
		SCHEDULED("\"buckets\":[[10,3],[512,0]]"),
		SCHEDULED("\"buckets\":[[10,3],[513,1]]"),
		SCHEDULED("\"\\u0062uckets\":[[10,3],[512,1]]"),
		/* a list that nobody reads, in a field that nobody knows */
		HEAD "\"power\":{" LIST "}," TAIL,
		/* of two, json-c takes the last */
		SCHEDULED("\"buckets\":[[10,4]]," LIST),
		SCHEDULED(LIST ",\"buckets\":[[10,3],[512,1]]"),
		/* no keys, or not this one */
		HEAD "\"boot_id\":\"buckets\"," TAIL,
		HEAD "\"boot\\\"buckets\":3," TAIL,
		HEAD "\"boot\\\"buckets\":[[1,2]]," TAIL,
		/* no JSON: the quote before "buckets" ends a string, or nothing can stand here */
		HEAD "\"boot_id\":\"a\"buckets\":[[1,2]]," TAIL,
		HEAD "\"boot_id\":\"a\\\\\"buckets\":[[1,2]]," TAIL,
		HEAD "\"boot_id\":[\"buckets\":[[1,2]]]," TAIL,
		SCHEDULED(LIST) "x",
		SCHEDULED(LIST "0"),
		SCHEDULED(LIST " 0"),
		/* numbers of lists made by hand: of a list, and of one that is elsewhere */
		SCHEDULED("\"buckets\":0"),
		SCHEDULED("\"\\u0062uckets\":0"),
		HEAD "\"power\":{" LIST "},\"latency\":{\"scheduled\":{" TOTALS
		     "\"buckets\":0}}}",
		HEAD "\"power\":{" LIST "},\"latency\":{\"scheduled\":{" TOTALS
		     "\"\\u0062uckets\":0}}}",
		HEAD "\"power\":{" LIST "},\"boot_id\":\"\\u0000\"," TAIL,
		/* trees that are kept as they are */
		HEAD "\"environment\":{" LIST "}," TAIL,
		HEAD "\"counters\":{\"a\":[{" LIST "}]}," TAIL,
		HEAD "\"timeline\":[{" LIST "}]," TAIL,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		check_same(texts[i], false);
}

/* And then the slow way does take those that are right. */
static void test_kept_trees(void **state)
{
	static const char text[] = HEAD "\"environment\":{" LIST "}," TAIL;
	struct record r;
	char why[256];

	(void)state;
	assert_int_equal(record_from_line(&r, text, strlen(text), why, sizeof(why)), 0);
	assert_string_equal(
		json_object_to_json_string_ext(r.environment, JSON_C_TO_STRING_PLAIN),
		"{" LIST "}");
	assert_int_equal(r.scheduled.buckets, 2);
	record_free(&r);
}

/* No text that ends early, and none with another byte in it, is read as something else. */
static void test_every_byte(void **state)
{
	static const char bytes[] = "\"\\[],:0 x";
	char text[] = SCHEDULED(LIST);
	size_t length = strlen(text);

	(void)state;
	for (size_t i = 0; i < length; i++) {
		struct record r;
		char kept = text[i];

		assert_int_equal(record_from_lifted(&r, text, i), -EINVAL);
		for (const char *b = bytes; *b; b++) {
			CLEANUP_FREE char *by_tree = NULL, *by_lift = NULL;
			int ret;

			text[i] = *b;
			by_lift = read_lifted(text, &ret);
			if (ret == 0) {
				by_tree = read_by_tree(text);
				assert_non_null(by_tree);
				assert_string_equal(by_lift, by_tree);
			}
		}
		text[i] = kept;
	}
}

/* A record as the library writes it goes the fast way, which is the point of it all. */
static void test_sample(void **state)
{
	struct record r;
	char *line;

	(void)state;
	assert_int_equal(sample_record(&r, "thp-busy", 3), 0);
	line = record_to_line(&r);
	assert_non_null(line);
	check_same(line, true);
	free(line);
	record_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lifted),	   cmocka_unit_test(test_left),
		cmocka_unit_test(test_kept_trees), cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
