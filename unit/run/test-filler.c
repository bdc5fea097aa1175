// SPDX-License-Identifier: MIT
/* The filler in a small memory cgroup: reaches its target, or stops at its floor. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load/filler.h"
#include "load/process.h"
#include "system/units.h"

#define LIMIT  (128 * MIB)
#define OBJECT (4 * MIB)

struct answer {
	int filled; /* objects, or -errno */
	uint64_t usage;
	int zero_pages; /* pages that a kernel could store for free */
};

static int zero_pages(const struct object *object, int objects)
{
	int zero = 0;

	for (int i = 0; i < objects; i++) {
		const char *memory = object[i].memory;

		for (uint64_t at = 0; at < object[i].size; at += 4096)
			zero += *(const uint64_t *)(memory + at) == 0;
	}
	return zero;
}

static void fill_in_cgroup(struct filler_config *config, int to)
{
	struct answer a = { 0 };
	struct object *object = NULL;
	uint64_t limit;

	process_sacrifice();
	a.filled = memcg_enter(config->memcg, 0);
	if (a.filled == 0)
		a.filled = filler_fill(config, &object);
	memcg_usage(config->memcg, &a.usage, &limit);
	a.zero_pages = zero_pages(object, object ? a.filled : 0);
	_exit(write(to, &a, sizeof(a)) != sizeof(a));
}

/* In a child of its own, because the memory stays charged to the cgroup with the process. */
static struct answer fill_with(uint64_t target, unsigned int threads, uint64_t floor,
			       bool shared)
{
	struct filler_config config = { .target = target,
					.object_size = OBJECT,
					.floor = floor,
					.threads = threads,
					.shared = shared };
	struct answer a = { .filled = -1 };
	struct memcg memcg;
	int fds[2];
	pid_t pid;

	assert_int_equal(memcg_create(&memcg, LIMIT), 0);
	config.memcg = &memcg;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0)
		fill_in_cgroup(&config, fds[1]);
	close(fds[1]);
	if (read(fds[0], &a, sizeof(a)) != sizeof(a))
		a.filled = -1;
	close(fds[0]);
	waitpid(pid, NULL, 0);
	assert_int_equal(memcg_destroy(&memcg, 10 * NSEC_PER_SEC), 0);
	return a;
}

static struct answer fill(uint64_t target, unsigned int threads, uint64_t floor)
{
	return fill_with(target, threads, floor, false);
}

/* Shared memory is charged to the cgroup of who touched it, and goes when nobody has it. */
static void test_shared(void **state)
{
	struct answer a = fill_with(LIMIT / 2, 2, LIMIT / 20, true);

	(void)state;
	assert_int_equal(a.filled, LIMIT / 2 / OBJECT);
	assert_int_equal(a.zero_pages, 0);
	assert_true(a.usage >= LIMIT / 2);
}

/* With one thread and with many: what they fill at once must not be taken for what is missing. */
static void test_reaches_target(void **state)
{
	static const unsigned int threads[] = { 1, 2, 16, 64 };

	(void)state;
	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		struct answer a = fill(LIMIT / 2, threads[i], LIMIT / 20);

		assert_int_equal(a.filled, LIMIT / 2 / OBJECT);
		assert_int_equal(a.zero_pages, 0);
	}
}

/* A target above the limit: it stops by itself, and nobody is killed. */
static void test_stops_at_floor(void **state)
{
	uint64_t floor = LIMIT / 8;
	struct answer a = fill(2 * LIMIT, 2, floor);

	(void)state;
	assert_in_range(a.filled, (LIMIT - floor) / OBJECT - 4, (LIMIT - floor) / OBJECT);
	assert_true(a.usage <= LIMIT - floor);
}

static void test_too_small(void **state)
{
	struct object *object;
	struct filler_config config = { .target = OBJECT - 1,
					.object_size = OBJECT,
					.threads = 1 };

	(void)state;
	assert_true(filler_fill(&config, &object) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reaches_target),
		cmocka_unit_test(test_stops_at_floor),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_too_small),
	};

	if (geteuid() != 0) {
		printf("skipped: making a memory cgroup needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
