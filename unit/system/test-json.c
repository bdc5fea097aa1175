// SPDX-License-Identifier: MIT
/* JSON trees: as they are written, and what is said where one is not what was expected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/cleanup.h"
#include "system/json.h"

static void check_text(json_object *root, const char *expected)
{
	assert_string_equal(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN),
			    expected);
}

static void written(void **state)
{
	CLEANUP(json_release) json_object *root = NULL, *kept = json_object_new_int(3);
	static const char *const texts[] = { "x", "y", NULL };
	struct json_out out;
	json_object *o, *array;

	(void)state;
	json_begin(&out);
	json_put_text(&out, out.root, "text", "gr\xc3\xbc\xc3\x9f");
	json_put_text(&out, out.root, "none", NULL);
	json_put_text(&out, out.root, "odd", "a\xff\xc3");
	json_put_format(&out, out.root, "format", "%d%%", 7);
	json_put_u64(&out, out.root, "u64", UINT64_MAX);
	json_put_i64(&out, out.root, "i64", -1);
	json_put_number(&out, out.root, "number", 1. / 3);
	json_put_number(&out, out.root, "inf", INFINITY);
	json_put_real(&out, out.root, "real", .5);
	json_put_bool(&out, out.root, "bool", true);
	json_put_null(&out, out.root, "null");
	json_put_texts(&out, out.root, "texts", texts, SIZE_MAX);
	json_put_kept(&out, out.root, "kept", kept);
	json_put_kept(&out, out.root, "absent", NULL);
	array = json_put_array(&out, out.root, "array");
	json_put_u64(&out, array, NULL, 1);
	json_put_number(&out, array, NULL, NAN);
	o = json_put_object(&out, array, NULL);
	json_put_u64(&out, o, "n", 2);
	assert_int_equal(json_end(&out, &root), 0);
	check_text(
		root,
		"{\"text\":\"gr\xc3\xbc\xc3\x9f\",\"none\":\"\",\"odd\":\"a??\",\"format\":\"7%\",\"u64\":18446744073709551615,\"i64\":-1,\"number\":0.333333333,\"inf\":null,\"real\":0.5,\"bool\":true,\"null\":null,\"texts\":[\"x\",\"y\"],\"kept\":3,\"array\":[1,null,{\"n\":2}]}");
}

/* What failed once stays so: nothing is added to what is not there, and there is no tree. */
static void failures_stick(void **state)
{
	struct json_out out;
	json_object *root;

	(void)state;
	json_begin(&out);
	json_put_u64(&out, NULL, "a", 1);
	assert_int_equal(out.error, -ENOMEM);
	assert_null(json_put_object(&out, out.root, "b"));
	json_put_text(&out, out.root, "c", "d");
	json_put_null(&out, out.root, "e");
	assert_int_equal(json_object_object_length(out.root), 0);
	assert_int_equal(json_end(&out, &root), -ENOMEM);
	assert_null(root);
}

static void printed_in_ascii(void **state)
{
	CLEANUP(json_release)
	json_object *root = json_tokener_parse(
		"{\"a\":\"\xc3\xbc\xf0\x9f\x90\xa7/\",\"b\":[1,{\"c\":[]}],\"d\":[]}");
	CLEANUP_FREE char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_int_equal(json_print(f, root), 0);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(
		text,
		"{\n \"a\": \"\\u00fc\\ud83d\\udc27/\",\n \"b\": [\n  1,\n  { \"c\": [ ] }\n ],\n \"d\": []\n}\n");
}

/* Reads @text as a configuration of some depth; returns the error, and says it in @why. */
static int read_config(const char *text, char why[200])
{
	CLEANUP(json_release) json_object *tree = json_tokener_parse(text);
	struct json_in in = { .why = strcpy(why, "before"), .size = 200 };
	struct json_at root = json_at(&in, tree), config, list, item;
	CLEANUP_FREE char *label = NULL, *note = NULL;
	char engine[4] = "-";
	uint64_t n = 7, sum = 0;
	int32_t priority = -1;
	bool on = false;
	double level = 0;

	json_need_copy(&root, "label", &label);
	json_get_copy(&root, "note", &note);
	json_need_real(&root, "level", &level);
	if (json_open(&root, "config", json_type_object, &config)) {
		json_get_u64(&config, "n", &n);
		json_get_i32(&config, "priority", &priority);
		json_get_text(&config, "engine", engine, sizeof(engine));
		json_get_bool(&config, "on", &on);
	}
	if (json_need(&root, "list", json_type_array, &list))
		for (size_t i = 0; i < json_length(&list); i++)
			if (json_item(&list, i, json_type_int, &item))
				sum += json_u64(&item);
	if (in.error == 0 && sum > 10)
		json_refuse(&list, NULL, "%d is too much", (int)sum);
	return in.error;
}

#define HEAD "\"label\":\"a\",\"level\":1,"

static void read_as_expected(void **state)
{
	char why[200];

	(void)state;
	assert_int_equal(read_config("{" HEAD "\"list\":[]}", why), 0);
	assert_int_equal(
		read_config(
			"{" HEAD
			"\"list\":[1,2],\"config\":{\"n\":1,\"priority\":99,\"engine\":\"abc\",\"on\":true},\"note\":\"x\",\"more\":null}",
			why),
		0);
	assert_string_equal(why, "before");
}

static void errors_name_their_place(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "[]", "a JSON object expected, array found" },
		{ "{}", "label: missing" },
		{ "{\"label\":\"\"}", "label: empty" },
		{ "{\"label\":null}", "label: string expected, null found" },
		{ "{\"label\":\"a\\u0000b\"}", "label: holds a NUL character" },
		{ "{\"label\":\"a\",\"level\":\"1\"}",
		  "level: number expected, string found" },
		{ "{" HEAD "\"config\":[]}", "config: object expected, array found" },
		{ "{" HEAD "\"config\":{\"n\":-1}}", "config.n: -1 is negative" },
		{ "{" HEAD "\"config\":{\"n\":1.5}}",
		  "config.n: whole number expected, double found" },
		{ "{" HEAD "\"config\":{\"priority\":2147483648}}",
		  "config.priority: 2147483648 is too large" },
		{ "{" HEAD "\"config\":{\"engine\":\"long\"}}",
		  "config.engine: longer than 3 bytes" },
		{ "{" HEAD "\"config\":{\"on\":1}}",
		  "config.on: true or false expected, int found" },
		{ "{" HEAD "\"config\":{}}", "list: missing" },
		{ "{" HEAD "\"list\":[1,\"2\"]}",
		  "list[1]: whole number expected, string found" },
		{ "{" HEAD "\"list\":[1,-2]}", "list[1]: -2 is negative" },
		{ "{" HEAD "\"list\":[11]}", "list: 11 is too much" },
		/* the first one is told */
		{ "{\"label\":1,\"level\":\"x\",\"list\":0}",
		  "label: string expected, int found" },
	};
	char why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(read_config(cases[i].text, why), -EINVAL);
		assert_string_equal(why, cases[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written),
		cmocka_unit_test(failures_stick),
		cmocka_unit_test(printed_in_ascii),
		cmocka_unit_test(read_as_expected),
		cmocka_unit_test(errors_name_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
