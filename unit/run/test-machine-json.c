// SPDX-License-Identifier: MIT
/* Counter deltas and machine facts, from made-up texts. */
#include "../record/cmocka_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../system/tree.h"
#include "run/machine_json.c" /* for what is static there: NOLINT(bugprone-suspicious-include) */

static const char *const before_text[COUNTER_FILES] = {
	[COUNTER_VMSTAT] =
		"nr_free_pages 1000\nnr_foll_pin_acquired 100\nnr_foll_pin_released 40\n"
		"allocstall_dma 0\nallocstall_normal 5\nallocstall_movable 10\n"
		"pgscan_anon 50\npgfault 1000\nworkingset_nodes 4\nkswapd_inodesteal 3\n",
	[COUNTER_MEMINFO] = "MemTotal:  8000 kB\nMemFree:   4000 kB\nMlocked:  0 kB\n",
	[COUNTER_BUDDYINFO] = "Node 0, zone      DMA      1      2      3 \n"
			      "Node 0, zone   Normal     10     20     30 \n",
	[COUNTER_PSI_MEMORY] = "some avg10=0.00 avg60=1.00 avg300=0.10 total=1000\n"
			       "full avg10=0.00 avg60=0.00 avg300=0.00 total=500\n",
	[COUNTER_PSI_CPU] = "some avg10=0.00 avg60=1.00 avg300=0.10 total=7\n",
	[COUNTER_SCHEDSTAT] =
		"version 15\ntimestamp 1\ncpu0 0 0 0 0 0 0 100 200 300\n"
		"domain0 3 0 0\ncpu1 0 0 0 0 0 0 1 2 3\ncpu10 0 0 0 0 0 0 9 9 9\n",
	[COUNTER_MOCK] =
		"notifier_calls_kswapd 4\nnotifier_longest_ns_kswapd 7\nshrinker_longest_ns_direct 3\n"
		"notifier_calls 5\nrequests 10\n",
};

static const char *const after_text[COUNTER_FILES] = {
	[COUNTER_VMSTAT] =
		"nr_free_pages 2000\nnr_foll_pin_acquired 600\nnr_foll_pin_released 40\n"
		"allocstall_dma 0\nallocstall_normal 6\nallocstall_movable 30\n"
		"pgscan_anon 5050\npgfault 1500\nworkingset_nodes 9\nkswapd_inodesteal 3\n",
	[COUNTER_MEMINFO] = "MemTotal:  8000 kB\nMemFree:   3000 kB\nMlocked:  8 kB\n",
	[COUNTER_BUDDYINFO] = "Node 0, zone      DMA      0      0      0 \n"
			      "Node 0, zone   Normal     11     21     31 \n",
	[COUNTER_PSI_MEMORY] = "some avg10=0.00 avg60=1.00 avg300=0.10 total=1600\n"
			       "full avg10=0.00 avg60=0.00 avg300=0.00 total=900\n",
	[COUNTER_PSI_CPU] = "some avg10=0.00 avg60=1.00 avg300=0.10 total=9\n",
	/* the text is cut within the last line, which must not count */
	[COUNTER_SCHEDSTAT] =
		"version 15\ntimestamp 2\ncpu0 0 0 0 0 0 0 100 250 310\n"
		"domain0 3 0 0\ncpu1 0 0 0 0 0 0 1 3 4\ncpu10 0 0 0 0 0 0 9 90 9",
	/* set to zero meanwhile: nothing grew */
	[COUNTER_MOCK] =
		"notifier_calls_kswapd 40\nnotifier_longest_ns_kswapd 9\nshrinker_longest_ns_direct 8\n"
		"notifier_calls 50\nrequests 0\n",
};

static struct counters *look(const char *const text[COUNTER_FILES], uint64_t t_ns)
{
	struct counters *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->t_ns = t_ns;
	for (int i = 0; i < COUNTER_FILES; i++)
		snprintf(c->text[i], sizeof(c->text[i]), "%s", text[i] ? text[i] : "");
	return c;
}

static void test_counters(void **state)
{
	struct counters *before = look(before_text, 5), *after = look(after_text, 25);
	json_object *o = machine_counters(before, after, NULL);

	(void)state;
	assert_non_null(o);
	assert_string_equal(
		json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
		"{\"window_ns\":20,\"vmstat\":{\"allocstall\":21,\"pgscan_anon\":5000,\"pgscan_file\":0,\"pgsteal_anon\":0,\"pgsteal_file\":0,\"pswpin\":0,\"pswpout\":0,\"compact_stall\":0,\"compact_fail\":0,\"compact_success\":0,\"thp_fault_alloc\":0,\"thp_fault_fallback\":0,\"pgmajfault\":0,\"nr_foll_pin_acquired\":500,\"nr_foll_pin_released\":0,\"allocstall_normal\":1,\"allocstall_movable\":20,\"pgfault\":500},\"psi\":{\"memory\":{\"some_us\":600,\"full_us\":400},\"cpu\":{\"some_us\":2}},\"meminfo\":{\"before\":{\"MemFree\":4096000,\"Mlocked\":0},\"after\":{\"MemFree\":3072000,\"Mlocked\":8192}},\"buddyinfo\":{\"before\":[11,22,33],\"after\":[11,21,31]},\"schedstat\":{\"run_delay_ns\":51,\"timeslices\":11},\"mock\":{\"notifier_calls_kswapd\":36,\"notifier_calls\":45,\"requests\":0}}");
	json_object_put(o);
	free(before);
	free(after);
}

/* What only the arena has done; gauges and what is below it are left out. */
static void test_arena(void **state)
{
	static const char before[] =
		"anon 5\npgscan 10\npgsteal_direct 3\ntotal_pgfault 1\n";
	static const char after[] =
		"anon 9\npgscan 25\npgsteal_direct 3\ntotal_pgfault 7\n";
	json_object *o = json_tokener_parse("{\"cgroup\":{\"limit_hits\":4}}");

	(void)state;
	assert_int_equal(machine_add_arena(o, before, after), 0);
	assert_string_equal(
		json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
		"{\"cgroup\":{\"limit_hits\":4,\"stat\":{\"pgscan\":15,\"pgsteal_direct\":0}}}");
	json_object_put(o);
}

/* Two ELF notes, of which the second is the build id; and what was cut. */
static void test_build_id(void **state)
{
	static const unsigned char notes[] = {
		4,   0,	  0,   0,    4,	   0,	 0,    0,    1,	   0, 0,
		0,   'n', 'e', 'X',  0,	   0x44, 0x33, 0x22, 0x11, 4, 0,
		0,   0,	  5,   0,    0,	   0,	 3,    0,    0,	   0, 'G',
		'N', 'U', 0,   0x12, 0x34, 0x56, 0x78, 0xab, 0,	   0, 0,
	};
	char text[32] = "";

	(void)state;
	assert_true(build_id((const char *)notes, sizeof(notes), text, sizeof(text)));
	assert_string_equal(text, "12345678ab");
	assert_false(
		build_id((const char *)notes, sizeof(notes) - 4, text, sizeof(text)));
	assert_false(build_id((const char *)notes, 20, text, sizeof(text)));
	assert_false(build_id("", 0, text, sizeof(text)));
}

/* A kernel that tells nothing at all. */
static void test_silent_kernel(void **state)
{
	const char *const nothing[COUNTER_FILES] = { NULL };
	struct counters *before = look(nothing, 5), *after = look(nothing, 5);
	json_object *o = machine_counters(before, after, NULL), *part;

	(void)state;
	assert_non_null(o);
	assert_true(json_object_object_get_ex(o, "psi", &part));
	assert_int_equal(json_object_object_length(part), 0);
	assert_true(json_object_object_get_ex(o, "schedstat", &part));
	assert_int_equal(json_object_object_length(part), 0);
	assert_false(json_object_object_get_ex(o, "mock", &part));
	json_object_put(o);
	free(before);
	free(after);
}

static void test_environment(void **state)
{
	struct drm_parameter parameter = { "enable_guc", "-1" };
	struct drm_device device = {
		.driver = "i915",
		.pci_slot = "0000:00:02.0",
		.vendor = 0x8086,
		.device = 0x3185,
		.revision = 3,
		.parameters = 1,
		.parameter = &parameter,
	};
	struct facts *f = calloc(1, sizeof(*f));
	json_object *o;

	(void)state;
	assert_non_null(f);
	strcpy(f->release, "6.1.0");
	strcpy(f->cmdline, "a=\xff");
	strcpy(f->cpu_model, "CPU");
	strcpy(f->machine_id, "0123456789abcdef");
	strcpy(f->thp_pmd, "inherit");
	f->cpus_online = 2;
	f->memory_total = 4096;
	o = machine_environment(f, &device);
	assert_non_null(o);
	assert_string_equal(
		json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
		"{\"kernel\":{\"release\":\"6.1.0\",\"cmdline\":\"a=?\"},\"cpu\":{\"online\":2,\"numa_nodes\":0,\"model\":\"CPU\"},\"memory\":{\"total\":4096,\"swap_total\":0,\"swap_free\":0,\"swappiness\":0,\"thp_pmd\":\"inherit\",\"min_free_kbytes\":0,\"watermark_scale_factor\":0,\"compaction_proactiveness\":0,\"memcg_version\":0},\"virtual\":false,\"machine_id\":\"0123456789abcdef\",\"device\":{\"driver\":\"i915\",\"pci_slot\":\"0000:00:02.0\",\"vendor\":\"8086\",\"device\":\"3185\",\"revision\":3,\"parameters\":{\"enable_guc\":\"-1\"},\"regime\":{\"releases\":\"5.13 to 6.8\",\"pins\":true,\"counted\":true,\"waits\":true,\"notifier\":\"waits for the GPU to finish with the object, and unpins nothing\",\"lets_go\":\"the next request on the object, the shrinker, close\",\"source\":\"ed29c2691188 (drm\\/i915: Fix userptr so we do not have to worry about obj->mm.lock)\"}}}");
	json_object_put(o);
	free(f);
}

/* What becomes of environment @before where @put adds what the made-up tree says. */
static void check_added(const char *before, const char *after,
			void (*put)(struct json_out *out, json_object *environment))
{
	CLEANUP(json_release) json_object *environment = json_tokener_parse(before);
	CLEANUP(json_release) json_object *none = NULL;
	struct json_out out;

	json_begin(&out);
	put(&out, environment);
	assert_int_equal(json_end(&out, &none), 0);
	assert_string_equal(
		json_object_to_json_string_ext(environment, JSON_C_TO_STRING_PLAIN),
		after);
}

static void mock_device(struct json_out *out, json_object *environment)
{
	put_mock_device(out, environment, tree_path(&tree, "module"));
}

/* The lab's drivers say that there is no hardware; a driver of hardware says no such thing. */
static void test_mock_device(void **state)
{
	static const char *const drivers[] = { "i915", "xe" };
	static const char *const no[] = { "0", "N", "n", "-1", "" };
	static const char *const yes[] = { "1", "Y", "y" };
	char name[64], said[80];

	(void)state;
	check_added("{}", "{}", mock_device);
	for (size_t d = 0; d < 2; d++) {
		snprintf(name, sizeof(name), "module/%s/parameters/mock", drivers[d]);
		snprintf(said, sizeof(said),
			 "{\"device\":{\"driver\":\"%s\",\"mock\":true}}", drivers[d]);
		for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++) {
			tree_write(&tree, name, no[i]);
			check_added("{}", "{}", mock_device);
		}
		for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
			tree_write(&tree, name, yes[i]);
			check_added("{}", said, mock_device);
		}
		/* the device that was used tells of itself */
		check_added("{\"device\":{\"mock\":true}}",
			    "{\"device\":{\"mock\":true}}", mock_device);
		tree_write(&tree, name, "N\n");
	}
}

static void movers(struct json_out *out, json_object *environment)
{
	char modules[PATH_MAX];

	snprintf(modules, sizeof(modules), "%s", tree_path(&tree, "module"));
	put_movers(out, environment, modules, tree_path(&tree, "proc"));
}

/* zswap and DAMON, on and off. */
static void test_movers(void **state)
{
	(void)state;
	check_added("{}", "{\"damon\":false}", movers);
	tree_write(&tree, "module/zswap/parameters/enabled", "N\n");
	tree_write(&tree, "proc/1/comm", "systemd\n");
	tree_write(&tree, "proc/self/comm", "kdamond.9\n");
	check_added("{}", "{\"zswap\":\"N\",\"damon\":false}", movers);
	tree_write(&tree, "module/zswap/parameters/enabled", "Y\n");
	tree_write(&tree, "proc/77/comm", "kdamond.0\n");
	check_added("{}", "{\"zswap\":\"Y\",\"damon\":true}", movers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena),	    cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_counters),    cmocka_unit_test(test_silent_kernel),
		cmocka_unit_test(test_environment), cmocka_unit_test(test_mock_device),
		cmocka_unit_test(test_movers),
	};

	return cmocka_run_group_tests(tests, tree_setup, tree_teardown);
}
