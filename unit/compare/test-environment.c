// SPDX-License-Identifier: MIT
/* What records say of their machine, in what machines differ, and the line that all outputs begin with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sets/environment.h"
#include "sets/provenance.h"
#include "system/cleanup.h"

static void facts_of(struct fact_list *facts, const char *json)
{
	struct record r = { .environment = json_tokener_parse(json) };

	*facts = facts_of_record(&r);
	json_object_put(r.environment);
}

static void test_facts(void **state)
{
	struct text_list differing = { 0 };
	struct fact_list a, b;

	(void)state;
	facts_of(
		&a,
		"{\"virtual\": true, \"kernel\": {\"release\": \"6.1\", \"tainted\": null}, \"memory\": {\"total\": 1000000, \"swap_free\": 5}}");
	assert_string_equal(facts_find(&a, "kernel.release"), "6.1");
	assert_string_equal(facts_find(&a, "virtual"), "true");
	assert_string_equal(facts_find(&a, "kernel.tainted"), "");
	assert_string_equal(facts_find(&a, "kernel"), "");
	facts_of(
		&b,
		"{\"kernel\": {\"release\": \"6.2\"}, \"device\": {\"name\": \"x\"}, \"memory\": {\"total\": 1009000, \"swap_free\": 6}}");
	facts_merge(&a, &b, &differing);
	facts_merge(&a, &b, &differing);
	/* neither free swap nor less than 1 % of memory, and each once */
	assert_int_equal(differing.n, 1);
	assert_string_equal(differing.text[0], "kernel.release");
	assert_string_equal(facts_find(&a, "device.name"), "x");
	assert_true(fact_differs("memory.total", "1000000", "1020000"));
	assert_true(fact_differs("memory.total", "1000000", ""));
	text_list_free(&differing);
	facts_free(&a);
	facts_free(&b);
	facts_of(&a, "null");
	assert_int_equal(a.n, 0);
	assert_string_equal(facts_find(&a, "virtual"), "");
	facts_free(&a);
}

static void check_words(const char *path, const char *a, const char *b, const char *in_a,
			const char *in_b)
{
	CLEANUP_FREE char *only_a = NULL, *only_b = NULL;

	fact_words(path, a, b, &only_a, &only_b);
	assert_string_equal(only_a, in_a);
	assert_string_equal(only_b, in_b);
}

static void test_words(void **state)
{
	(void)state;
	check_words("kernel.cmdline", "root=/dev/vda quiet preempt=none nosmt",
		    "nosmt root=/dev/vdb preempt=full", "preempt=none", "preempt=full");
	check_words("cpu.mitigations", "a: x y; b: z", "a: x y; b: w; c", "b: z",
		    "b: w; c");
	check_words("kernel.cmdline", "", "psi=1", "", "psi=1");
	check_words("kernel.cmdline", "psi=1", "psi=1", "", "");
}

/* Where a kernel boots from and where it prints is no difference; all else is one. */
static void test_cmdline(void **state)
{
	static const char *const harmless[] = {
		"BOOT_IMAGE=/boot/vmlinuz-6.1", "root=UUID=1-2",
		"ro quiet console=ttyS0",	"systemd.unit=rescue.target",
		"rd.driver.pre=i915",		"initrd=/a",
	};
	static const char *const others[] = {
		"mitigations=off",
		"rootless",
		"nosmt",
		"transparent_hugepage=never",
		"i915.enable_guc=0",
		"system",
		"isolcpus=1 quiet",
		"rdx",
	};
	const char *path = "kernel.cmdline";
	char more[200];

	(void)state;
	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++) {
		snprintf(more, sizeof(more), "%s psi=1", harmless[i]);
		assert_false(fact_differs(path, "psi=1", more));
		assert_false(fact_differs(path, more, "psi=1"));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		snprintf(more, sizeof(more), "psi=1 %s", others[i]);
		assert_true(fact_differs(path, "psi=1", more));
		assert_true(fact_differs(path, more, "psi=1"));
	}
}

/* What tells a mock of a GPU: the driver, and in records before 1.4 what it counted. */
static void test_mock(void **state)
{
	static const struct {
		const char *environment, *counters, *mock;
	} records[] = {
		{ "{}", "{}", "" },
		{ "{}", "{\"mock\": {\"requests\": 5}}", "true" },
		{ "{\"device\": {\"driver\": \"i915\"}}", "{\"vmstat\": {}}", "false" },
		{ "{\"device\": {\"driver\": \"i915\"}}", "{\"mock\": {}}", "true" },
		{ "{\"device\": {\"mock\": true}}", "{}", "true" },
		{ "{\"device\": {\"mock\": false}}", "{}", "false" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(*records); i++) {
		struct record r = {
			.environment = json_tokener_parse(records[i].environment),
			.counters = json_tokener_parse(records[i].counters),
		};
		struct fact_list facts = facts_of_record(&r);

		assert_string_equal(facts_find(&facts, "device.mock"), records[i].mock);
		facts_free(&facts);
		json_object_put(r.environment);
		json_object_put(r.counters);
	}
}

static void check_where(const char *environment, const char *engine, const char *walker,
			const char *arena, const char *line)
{
	struct record r = { .environment = json_tokener_parse(environment) };
	CLEANUP_FREE char *where = NULL;

	snprintf(r.config.engine, sizeof(r.config.engine), "%s", engine);
	snprintf(r.config.walker, sizeof(r.config.walker), "%s", walker);
	snprintf(r.config.arena, sizeof(r.config.arena), "%s", arena);
	where = provenance_of_record(&r);
	assert_string_equal(where, line);
	json_object_put(r.environment);
}

static void test_provenance(void **state)
{
	(void)state;
	check_where(
		"{\"virtual\": true, \"hypervisor\": \"qemu-tcg\", \"device\": {\"driver\": \"i915\", \"mock\": true}}",
		"i915", "loop:420M", "machine",
		"MOCK GPU (i915), emulated (QEMU TCG), engine i915, walker loop, arena machine");
	check_where(
		"{\"virtual\": true, \"hypervisor\": \"kvm\"}", "uring", "tree:/usr",
		"cgroup:2G",
		"virtual machine (kvm), engine uring (io_uring, no GPU), walker tree:/usr, arena cgroup:2G");
	check_where(
		"{\"virtual\": false, \"device\": {\"driver\": \"xe\"}}", "xe", "none",
		"machine",
		"real hardware, engine xe (not pinned: reclaim unmaps it and waits for the GPU), walker none, arena machine");
	check_where("{}", "", "", "",
		    "machine unknown, engine none, walker none, arena unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts),	   cmocka_unit_test(test_words),
		cmocka_unit_test(test_cmdline),	   cmocka_unit_test(test_mock),
		cmocka_unit_test(test_provenance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
