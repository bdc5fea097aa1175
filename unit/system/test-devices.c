// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/devices.c" /* for what is static there: NOLINT(bugprone-suspicious-include) */
#include "tree.h"

static void parameters_by_name(void **state)
{
	struct drm_parameter *p;
	char value[300];

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	tree_write(&tree, "p/modeset", "-1\n");
	tree_write(&tree, "p/enable_guc", "3\n");
	tree_write(&tree, "p/long", value);
	tree_write(&tree, "p/empty", "");
	tree_mkdir(&tree,
		   "p/unreadable"); /* root reads whatever the mode; nobody reads this */
	assert_int_equal(module_parameters(tree_path(&tree, "p"), &p), 4);
	assert_string_equal(p[0].name, "empty");
	assert_string_equal(p[0].value, "");
	assert_string_equal(p[1].name, "enable_guc");
	assert_string_equal(p[1].value, "3");
	assert_string_equal(p[2].name, "long");
	assert_int_equal(strlen(p[2].value), sizeof(p->value) - 1);
	assert_string_equal(p[3].name, "modeset");
	assert_string_equal(p[3].value, "-1");
	free(p);

	tree_mkdir(&tree, "none");
	assert_int_equal(module_parameters(tree_path(&tree, "none"), &p), 0);
	free(p);
	assert_int_equal(module_parameters(tree_path(&tree, "absent"), &p), 0);
	assert_null(p);
}

/* "printk" is built into every kernel and has parameters. */
static void parameters_of_a_real_module(void **state)
{
	struct drm_parameter *p = NULL;
	ssize_t n = module_parameters("/sys/module/printk/parameters", &p);
	bool found = false;

	(void)state;
	for (ssize_t i = 0; p && i < n; i++)
		found |= strcmp(p[i].name, "time") == 0 && strchr("YN", p[i].value[0]);
	assert_true(found);
	free(p);
}

static void list_of_this_machine(void **state)
{
	struct drm_device *devices;
	int n = drm_devices_list(&devices);

	(void)state;
	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		assert_true(devices[i].card[0] || devices[i].render[0]);
		assert_int_equal(strncmp(devices[i].syspath, "/sys/", 5), 0);
		print_message("%s %s %s: %s\n", devices[i].card, devices[i].render,
			      devices[i].driver, devices[i].name);
	}
	drm_devices_free(devices, (size_t)n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_by_name),
		cmocka_unit_test(parameters_of_a_real_module),

		cmocka_unit_test(list_of_this_machine),
	};

	return cmocka_run_group_tests(tests, tree_setup, tree_teardown);
}
