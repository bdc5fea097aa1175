// SPDX-License-Identifier: MIT
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engines/engines.h"
#include "options/run_options.h"
#include "system/units.h"

static char why[400];

static int set(struct run_options *o, const char *name, const char *value)
{
	return run_options_set(o, name, value, why, sizeof(why));
}

static void test_values(void **state)
{
	struct run_options o;

	(void)state;
	run_options_init(&o);
	assert_int_equal(set(&o, "arena", "cgroup:512M"), 0);
	assert_int_equal(o.arena, ARENA_CGROUP);
	assert_int_equal(o.arena_bytes, 512 * MIB);
	assert_int_equal(set(&o, "interval", "100us..1100us"), 0);
	assert_int_equal(o.interval_min_ns, 100000);
	assert_int_equal(o.interval_max_ns, 1100000);
	assert_int_equal(set(&o, "interval", "1ms"), 0);
	assert_int_equal(o.interval_min_ns, o.interval_max_ns);
	assert_int_equal(set(&o, "walker", "loop:2G"), 0);
	assert_int_equal(o.walker, WALK_LOOP);
	assert_int_equal(o.walker_size, 2 * GIB);
	assert_int_equal(set(&o, "walker", "stream"), 0);
	assert_int_equal(o.walker, WALK_STREAM);
	assert_int_equal(set(&o, "walker", "tree:/usr"), 0);
	assert_int_equal(o.walker, WALK_TREE);
	assert_string_equal(o.walker_tree, "/usr");
	assert_int_equal(set(&o, "walker", "tree:made"), 0);
	assert_true(o.walker == WALK_TREE && o.walker_made && !o.walker_tree);
	assert_int_equal(set(&o, "walker", "tree"), 0);
	assert_true(o.walker == WALK_TREE && !o.walker_made && !o.walker_tree);
	assert_int_equal(set(&o, "swap", "32M"), 0);
	assert_int_equal(o.swap, SWAP_FILE);
	assert_int_equal(o.swap_bytes, 32 * MIB);
	assert_int_equal(set(&o, "swap", "own"), 0);
	assert_true(o.swap == SWAP_OWN && o.swap_bytes == 0);
	assert_int_equal(set(&o, "swap", "auto:48M"), 0);
	assert_true(o.swap == SWAP_AUTO && o.swap_bytes == 48 * MIB);
	assert_int_equal(set(&o, "swap", "auto"), 0);
	assert_true(o.swap == SWAP_AUTO && o.swap_bytes == 0);
	assert_int_not_equal(set(&o, "swap", "auto:"), 0);
	assert_int_not_equal(set(&o, "swap", "own:48M"), 0);
}

/* A share and a size exclude each other; the last one counts. */
static void test_fill(void **state)
{
	struct run_options o;

	(void)state;
	run_options_init(&o);
	assert_int_equal(set(&o, "fill", "320M"), 0);
	assert_true(o.fill_fraction == 0);
	assert_int_equal(o.fill_bytes, 320 * MIB);
	assert_int_equal(set(&o, "fill", "50%"), 0);
	assert_true(o.fill_fraction == 0.5);
}

static void test_environment(void **state)
{
	struct run_options o;

	(void)state;
	run_options_init(&o);
	setenv("PINLAT_OBJECT_SIZE", "32M", 1);
	setenv("PINLAT_WALKER_RATE", "0", 1);
	assert_int_equal(run_options_from_environment(&o, why, sizeof(why)), 0);
	assert_int_equal(o.object_size, 32 * MIB);
	assert_int_equal(o.walker_rate, 0);
	setenv("PINLAT_OBJECT_SIZE", "none", 1);
	assert_int_not_equal(run_options_from_environment(&o, why, sizeof(why)), 0);
	assert_non_null(strstr(why, "PINLAT_OBJECT_SIZE: 'none' is not a size"));
	unsetenv("PINLAT_OBJECT_SIZE");
	unsetenv("PINLAT_WALKER_RATE");
}

/* Whoever misspells a variable would measure something else for hours. */
static void test_unknown_variables(void **state)
{
	static const char *const wrong[] = { "PINLAT_DURATOIN", "PINLAT_LIST_SIZES",
					     "PINLAT_WALKER_RATES", "PINLAT_" };
	struct run_options o;

	(void)state;
	run_options_init(&o);
	setenv("PINLAT_LOCK_DIR", "/run", 1);
	assert_int_equal(run_options_from_environment(&o, why, sizeof(why)), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		setenv(wrong[i], "2s", 1);
		assert_int_not_equal(run_options_from_environment(&o, why, sizeof(why)),
				     0);
		assert_int_equal(strncmp(why, wrong[i], strlen(wrong[i])), 0);
		assert_non_null(strstr(why, ": there is no option of that name"));
		unsetenv(wrong[i]);
	}
	unsetenv("PINLAT_LOCK_DIR");
}

/* What stands beside a preset holds, wherever it stands in the environment. */
static void test_preset(void **state)
{
	struct run_options o;

	(void)state;
	run_options_init(&o);
	assert_int_not_equal(set(&o, "preset", "fast"), 0);
	assert_int_equal(set(&o, "preset", "ci"), 0);
	assert_true(o.duration_ns == 4 * NSEC_PER_SEC && o.arena == ARENA_CGROUP &&
		    o.walker == WALK_STREAM);
	assert_int_equal(run_options_check(&o, why, sizeof(why)), 0);
	setenv("PINLAT_DURATION", "1s", 1);
	setenv("PINLAT_PRESET", "ci", 1);
	run_options_init(&o);
	assert_int_equal(run_options_from_environment(&o, why, sizeof(why)), 0);
	assert_true(o.duration_ns == NSEC_PER_SEC && o.walker == WALK_STREAM);
	unsetenv("PINLAT_DURATION");
	unsetenv("PINLAT_PRESET");
}

static void test_unknown(void **state)
{
	struct run_options o;

	(void)state;
	run_options_init(&o);
	assert_int_not_equal(set(&o, "colour", "red"), 0);
	assert_string_equal(why, "there is no option --colour");
}

/* Every option of the table can be set and has its words; its own standard is right. */
static void test_table(void **state)
{
	struct run_options o;

	(void)state;
	run_options_init(&o);
	for (const struct option_row *row = run_option_rows; row->name; row++) {
		assert_non_null(row->help);
		if (row->argument)
			assert_non_null(row->wanted);
		if (row->standard)
			assert_int_equal(set(&o, row->name, row->standard), 0);
	}
}

static void test_engines(void **state)
{
	const char *words = option_find(run_option_rows, "engine")->words;
	char name[32];
	size_t at = 0, n = 0, known = 1; /* auto */

	(void)state;
	while (next_item(words, &at, name, sizeof(name)))
		n++;
	for (; engines[known - 1]; known++)
		assert_true(list_has(words, engines[known - 1]->name));
	assert_true(list_has(words, "auto"));
	assert_true(at > strlen(words));
	assert_int_equal(n, known);
}

/* What `pinlat run` and a lone test call runs of a kernel that was built by hand. */
static void test_label(void **state)
{
	struct run_options o;
	char label[RUN_LABEL_SIZE], longest[80];

	(void)state;
	assert_string_equal(run_options_label("6.1.0-56-amd64+", label),
			    "6.1.0-56-amd64+");
	assert_string_equal(run_options_label("6.9~rc1 (me)", label), "6.9_rc1__me_");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(strlen(run_options_label(longest, label)), RUN_LABEL_SIZE - 1);
	run_options_init(&o);
	assert_int_equal(set(&o, "label", label), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_unknown_variables),
		cmocka_unit_test(test_preset),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_engines),
		cmocka_unit_test(test_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
