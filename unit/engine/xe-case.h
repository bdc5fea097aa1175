/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_ENGINE_XE_CASE_H
#define PINLAT_UNIT_ENGINE_XE_CASE_H

/* What each test of the engine xe has: a fake GPU with a node, memory for objects, an engine. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "xe/xe.h"
#include "fake-xe.h"

#define OBJECT_SIZE (64ull * 1024)

struct xe_case {
	struct engine_config config;
	struct engine_progress progress;
	struct engine *engine;
	size_t objects;
	struct object *object;
	struct random_state random;
	char why[400];
};

/* For cmocka: before each test and after it. */
int case_setup(void **state);
int case_teardown(void **state);

/* Maps @objects objects of OBJECT_SIZE. They go with case_teardown(). */
struct xe_case *case_objects(size_t objects);

/* Opens the engine; opens it and binds all. Return 0, or -errno and why. */
int case_open(struct xe_case *c);
int case_start(struct xe_case *c);

/* Submits @n requests, one a lane in turn. Returns 0 or -errno. */
int case_work(struct xe_case *c, unsigned int n);

/* Idle, unpin, close; checks that nothing of it is left, and that no rule of the uAPI was broken. */
void case_close(struct xe_case *c);

/* The node's path. */
const char *case_node(void);

#define TEST(name) cmocka_unit_test_setup_teardown(name, case_setup, case_teardown)

#endif
