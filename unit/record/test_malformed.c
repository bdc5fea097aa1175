// SPDX-License-Identifier: MIT
/* Bad records: each is refused with a sentence that says which field and why. */
#include "cmocka_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "list.h"

static const char good[] =
	"{\"schema\":\"pinlat.record/1.0\",\"subtest\":\"thp-idle\",\"label\":\"a\",\"boot_id\":\"b\",\"seq\":1,\"seed\":2,\"start\":\"now\",\"config\":{\"arena\":\"machine\",\"duration_ns\":5,\"priority\":9},\"environment\":{},\"validity\":{\"valid\":true,\"reasons\":[],\"notes\":[\"n\"]},\"latency\":{\"unit\":\"ns\",\"scheduled\":{\"count\":4,\"min\":10,\"max\":513,\"sum\":600,\"quantiles\":{},\"buckets\":[[10,3],[512,1]]},\"per_cpu\":[{\"cpu\":0,\"rusage\":{\"major_faults\":0}}]},\"periods\":{\"late\":0},\"load\":{\"objects\":1,\"walker\":{\"files\":7}},\"counters\":{},\"timeline\":[{}]}";

/* In the good record, @from becomes @to; "" is the whole of it. */
static const struct {
	const char *from, *to, *why;
} table[] = {
	{ "", "hello", "no record: it does not begin with '{'" },
	{ "", "[1, 2]", "no record: it does not begin with '{'" },
	{ "", "{}", "schema: missing, so this is no pinlat record" },
	{ "", "{\"tests\": 3}", "schema: missing, so this is no pinlat record" },
	{ "", "{\"a\":{\"a\":{\"a\"", "cut short, the rest of this line is missing" },
	{ "\"seq\":1", "\"seq\":'1'", "unexpected character (at byte 84)" },
	{ "\"seq\":1", "\"seq\":01", "number expected (at byte 86)" },
	{ "\"seq\":1", "\"seq\":NaN", "seq: whole number expected, double found" },
	{ "\"label\":\"a\"", "\"label\":\"\xff\"", "invalid utf-8 string (at byte 61)" },
	{ "[{}]}", "[{}]} x", "unexpected character (at byte 500)" },
	{ "\"pinlat.record/1.0\"", "7", "schema: string expected, int found" },
	{ "pinlat.record/1.0", "pinlat.record/1.0b",
	  "schema: \"pinlat.record/1.0b\" is not pinlat.record/1.x" },
	{ "\"subtest\":\"thp-idle\",", "", "subtest: missing" },
	{ "\"subtest\":\"thp-idle\"", "\"subtest\":\"\"", "subtest: empty" },
	{ "\"label\":\"a\"", "\"label\":null", "label: string expected, null found" },
	{ "\"label\":\"a\"", "\"label\":\"a\\u0000b\"", "label: holds a NUL character" },
	{ "\"boot_id\":\"b\"", "\"boot_id\":1", "boot_id: string expected, int found" },
	{ "\"seq\":1", "\"seq\":-1", "seq: -1 is negative" },
	{ "\"seq\":1", "\"seq\":1.5", "seq: whole number expected, double found" },
	{ "\"now\"", "\"a time of which one cannot say much\"",
	  "start: longer than 31 bytes" },
	{ "\"arena\":\"machine\"", "\"arena\":[]",
	  "config.arena: string expected, array found" },
	{ "\"duration_ns\":5", "\"duration_ns\":\"5\"",
	  "config.duration_ns: whole number expected, string found" },
	{ "\"priority\":9", "\"priority\":3000000000",
	  "config.priority: 3000000000 is too large" },
	{ "\"environment\":{}", "\"environment\":[]",
	  "environment: object expected, array found" },
	{ "\"validity\":{", "\"virtue\":{", "validity: missing" },
	{ "\"valid\":true,", "", "validity.valid: missing" },
	{ "\"valid\":true", "\"valid\":1",
	  "validity.valid: true or false expected, int found" },
	{ "\"reasons\":[]", "\"reasons\":[\"r\"]",
	  "validity: valid, but with reasons why it is not" },
	{ "\"reasons\":[]", "\"reasons\":{}",
	  "validity.reasons: array expected, object found" },
	{ "[\"n\"]", "[\"n\",2]", "validity.notes[1]: string expected, int found" },
	{ "\"latency\":{", "\"patience\":{",
	  "no histogram: neither latency.scheduled nor any other" },
	{ "\"unit\":\"ns\"", "\"unit\":\"us\"", "latency.unit: \"us\" is not \"ns\"" },
	{ "\"scheduled\":{", "\"woken\":[],\"scheduled\":{",
	  "latency.woken: object expected, array found" },
	{ "\"count\":4,", "", "latency.scheduled.count: missing" },
	{ "\"count\":4", "\"count\":5",
	  "latency.scheduled: count is 5, but the buckets hold 4" },
	{ "\"min\":10", "\"min\":11",
	  "latency.scheduled: min 11 is not in the first bucket" },
	{ "\"max\":513", "\"max\":514",
	  "latency.scheduled: max 514 is not in the last bucket" },
	{ "\"max\":513,", "", "latency.scheduled.max: missing" },
	{ "\"sum\":600", "\"sum\":true",
	  "latency.scheduled.sum: whole number expected, boolean found" },
	{ "\"quantiles\":{}", "\"quantiles\":0",
	  "latency.scheduled.quantiles: object expected, int found" },
	{ ",\"buckets\":[[10,3],[512,1]]", "", "latency.scheduled.buckets: missing" },
	{ "[512,1]", "[513,1]", "latency.scheduled.buckets[1]: no bucket begins at 513" },
	{ "[512,1]", "[10,1]", "latency.scheduled.buckets[1]: not ascending" },
	{ "[512,1]", "[512,0]", "latency.scheduled.buckets[1]: an empty bucket" },
	{ "[512,1]", "[512]",
	  "latency.scheduled.buckets[1]: a pair [lower, count] expected" },
	{ "[512,1]", "7",
	  "latency.scheduled.buckets[1]: a pair [lower, count] expected" },
	{ "[512,1]", "[512,\"1\"]",
	  "latency.scheduled.buckets[1]: whole number expected, string found" },
	{ "[512,1]", "[512,18446744073709551615]",
	  "latency.scheduled: bucket counts add up to more than 64 bits" },
	{ "\"count\":4,\"min\":10,\"max\":513,\"sum\":600,\"quantiles\":{},\"buckets\":[[10,3],[512,1]]",
	  "\"count\":0,\"min\":1,\"max\":0,\"sum\":0,\"buckets\":[]",
	  "latency.scheduled: no samples, but min, max or sum is not 0" },
	{ "\"count\":4,\"min\":10,\"max\":513,\"sum\":600,\"quantiles\":{},\"buckets\":[[10,3],[512,1]]",
	  "\"count\":2,\"min\":513,\"max\":512,\"sum\":1,\"buckets\":[[512,2]]",
	  "latency.scheduled: max is below min" },
	{ "[{\"cpu\":0", "[3,{\"cpu\":0",
	  "latency.per_cpu[0]: object expected, int found" },
	{ "\"cpu\":0,", "", "latency.per_cpu[0].cpu: missing" },
	{ "\"cpu\":0", "\"cpu\":-1", "latency.per_cpu[0].cpu: -1 is negative" },
	{ "\"major_faults\":0", "\"major_faults\":\"no\"",
	  "latency.per_cpu[0].rusage.major_faults: whole number expected, string found" },
	{ "\"late\":0", "\"late\":null",
	  "periods.late: whole number expected, null found" },
	{ "\"files\":7", "\"files\":-7", "load.walker.files: -7 is negative" },
	{ "\"counters\":{}", "\"counters\":\"\"",
	  "counters: object expected, string found" },
	{ "\"timeline\":[{}]", "\"timeline\":{}",
	  "timeline: array expected, object found" },
	{ "\"timeline\":[{}]", "\"timeline\":[{},4]",
	  "timeline[1]: object expected, int found" },
};

static char path[] = "/tmp/pinlat-malformed-XXXXXX";

static void write_text(const char *before, size_t n, const char *middle,
		       const char *after)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "%.*s%s%s\n", (int)n, before, middle, after);
	assert_int_equal(fclose(f), 0);
}

static void check_refused(const char *why)
{
	struct record_list list = { 0 };
	char expected[400];

	assert_int_equal(record_list_read(&list, path), 0);
	assert_int_equal(list.problems, 1);
	snprintf(expected, sizeof(expected), "%s:1: %s", path, why);
	assert_string_equal(list.problem[0], expected);
	record_list_free(&list);
}

static void test_good(void **state)
{
	struct record_list list = { 0 };

	(void)state;
	write_text(good, strlen(good), "", "");
	assert_int_equal(record_list_read(&list, path), 1);
	assert_int_equal(list.problems, 0);
	record_list_free(&list);
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const char *at = strstr(good, table[i].from);

		assert_non_null(at);
		if (*table[i].from)
			write_text(good, (size_t)(at - good), table[i].to,
				   at + strlen(table[i].from));
		else
			write_text("", 0, table[i].to, "");
		check_refused(table[i].why);
	}
}

static void test_deep(void **state)
{
	char deep[200] = "{\"a\":";

	(void)state;
	memset(deep + 5, '[', 100);
	write_text(deep, 105, "", "");
	check_refused("nested too deeply (at byte 37)");
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
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
