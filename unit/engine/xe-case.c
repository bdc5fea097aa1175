// SPDX-License-Identifier: MIT
#include "xe-case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../system/tree.h"

static struct xe_case one;
static char node[300];

int case_setup(void **state)
{
	tree_setup(state);
	tree_write(&tree, "dri/renderD128", "");
	snprintf(node, sizeof(node), "%s", tree_path(&tree, "dri/renderD128"));
	fake_reset(node, "xe");
	one = (struct xe_case){ .config = { .request_rate = REQUEST_RATE_AUTO,
					    .seed = 1 } };
	one.random = random_stream(1, 0);
	return 0;
}

int case_teardown(void **state)
{
	for (size_t i = 0; i < one.objects; i++)
		munmap(one.object[i].memory, one.object[i].size);
	free(one.object);
	tree_teardown(state);
	return 0;
}

const char *case_node(void)
{
	return node;
}

struct xe_case *case_objects(size_t objects)
{
	one.objects = objects;
	one.object = calloc(objects, sizeof(*one.object));
	assert_non_null(one.object);
	for (size_t i = 0; i < objects; i++) {
		one.object[i].size = OBJECT_SIZE;
		one.object[i].memory = mmap(NULL, OBJECT_SIZE, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(one.object[i].memory, MAP_FAILED);
		memset(one.object[i].memory, 1, OBJECT_SIZE);
	}
	return &one;
}

int case_open(struct xe_case *c)
{
	xe_engine.defaults(&c->config);
	return xe_engine.open(&c->engine, &c->config, c->object, c->objects, &c->progress,
			      c->why, sizeof(c->why));
}

int case_start(struct xe_case *c)
{
	int ret = case_open(c);

	for (size_t i = 0; i < c->objects && ret == 0; i++)
		ret = xe_engine.pin(c->engine, i);
	return ret;
}

int case_work(struct xe_case *c, unsigned int n)
{
	int ret = 0;

	for (unsigned int i = 0; i < n && ret == 0; i++)
		ret = xe_engine.submit(c->engine, i % xe_engine.lanes(c->engine),
				       &c->random);
	return ret;
}

void case_close(struct xe_case *c)
{
	if (c->engine) {
		xe_engine.idle(c->engine);
		for (size_t i = 0; i < c->objects; i++)
			xe_engine.unpin(c->engine, i);
	}
	xe_engine.close(c->engine);
	c->engine = NULL;
	assert_int_equal(fake_seen.syncobjs, 0);
	assert_int_equal(fake_seen.queues, 0);
	assert_int_equal(fake_seen.vms, 0);
	assert_int_equal(fake_seen.binds, 0);
	assert_int_equal(fake_seen.broken_rules, 0);
}
