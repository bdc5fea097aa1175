// SPDX-License-Identifier: MIT
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "summary/comparison.h"

/* More paths than threads. */
#define PATHS  40
#define LABELS 3

static char directory[] = "/tmp/pinlat-load-XXXXXX";

/* The seqs of a path's records, in the order of reading. */
struct seen {
	size_t n;
	uint64_t seq[7];
};

static int see(const struct record *r, size_t path, size_t number, void *watched)
{
	struct seen *seen = (struct seen *)watched + path;

	assert_int_equal(number, seen->n);
	seen->seq[seen->n++] = r->seq;
	return 0;
}

static void path_of(size_t i, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%zu.jsonl", directory, i);
}

/* Path @i holds i % 7 + 1 records under some labels, and a line that is none. */
static void write_path(size_t i)
{
	char path[64];
	FILE *f;

	path_of(i, path, sizeof(path));
	f = fopen(path, "w");
	assert_non_null(f);
	for (size_t j = 0; j < i % 7 + 1; j++)
		fprintf(f,
			"{\"schema\":\"pinlat.record/1.0\",\"subtest\":\"timer-busy\",\"label\":\"%zu-%zu\",\"boot_id\":\"b%zu\",\"seq\":%zu,\"environment\":{\"kernel\":{\"release\":\"6.%zu\"}},\"validity\":{\"valid\":true,\"reasons\":[]},\"latency\":{\"unit\":\"ns\",\"scheduled\":{\"count\":1,\"min\":1,\"max\":1,\"sum\":1,\"buckets\":[[1,1]]}}}\n",
			i, j % LABELS, j, 100 * i + j, i);
	fprintf(f, "line of path %zu that is no record\n", i);
	assert_int_equal(fclose(f), 0);
}

static void assert_same_set(const struct set *a, const struct set *b)
{
	assert_string_equal(a->label, b->label);
	assert_string_equal(a->path, b->path);
	assert_string_equal(set_fact(a, "kernel.release"), set_fact(b, "kernel.release"));
	assert_int_equal(a->records, b->records);
	assert_int_equal(a->boot.n, b->boot.n);
	assert_int_equal(a->cells, 1);
	assert_int_equal(b->cells, 1);
	assert_int_equal(a->cell->runs, b->cell->runs);
	for (size_t i = 0; i < a->cell->runs; i++) {
		assert_int_equal(a->cell->run[i].number, b->cell->run[i].number);
		assert_int_equal(a->cell->run[i].seq, b->cell->run[i].seq);
	}
}

static void make_paths(char **path)
{
	for (size_t i = 0; i < PATHS; i++) {
		path[i] = malloc(64);
		assert_non_null(path[i]);
		path_of(i, path[i], 64);
	}
}

static void free_paths(char **path)
{
	for (size_t i = 0; i < PATHS; i++)
		free(path[i]);
}

static void threads_read_what_one_reads(void **state)
{
	const struct compare_options options = compare_defaults();
	struct sets one = compare_sets(&options), all = one;
	struct seen seen[PATHS] = { 0 };
	char *path[PATHS];
	size_t at;

	(void)state;
	make_paths(path);
	all.watch = see;
	all.watched = seen;
	for (size_t i = 0; i < PATHS; i++)
		assert_int_equal(sets_load(&one, path[i]), i % 7 + 1);
	assert_int_equal(sets_load_all(&all, path, PATHS, &at), 0);

	assert_int_equal(all.records, one.records);
	assert_int_equal(all.n, one.n);
	for (size_t s = 0; s < one.n; s++)
		assert_same_set(&all.set[s], &one.set[s]);
	assert_int_equal(all.problems.n, PATHS);
	assert_int_equal(one.problems.n, PATHS);
	for (size_t i = 0; i < PATHS; i++) {
		assert_string_equal(all.problems.text[i], one.problems.text[i]);
		assert_int_equal(seen[i].n, i % 7 + 1);
		for (size_t j = 0; j < seen[i].n; j++)
			assert_int_equal(seen[i].seq[j], 100 * i + j);
	}
	sets_free(&one);
	sets_free(&all);
	free_paths(path);
}

/* Of several paths that hold nothing, the first one is told of, however fast the others are. */
static void first_bad_path_is_told(void **state)
{
	const struct compare_options options = compare_defaults();
	struct sets sets = compare_sets(&options);
	char *path[PATHS], name[64];
	size_t at;

	(void)state;
	make_paths(path);
	snprintf(path[20], 64, "%s/missing", directory);
	snprintf(path[30], 64, "%s/missing-too", directory);
	assert_int_equal(sets_load_all(&sets, path, PATHS, &at), -ENOENT);
	assert_int_equal(at, 20);
	assert_int_equal(sets.problems.n, 0);
	sets_free(&sets);

	snprintf(name, sizeof(name), "%s/17.jsonl", directory);
	assert_int_equal(truncate(name, 2), 0);
	sets = compare_sets(&options);
	assert_int_equal(sets_load_all(&sets, path, PATHS, &at), -ENODATA);
	assert_int_equal(at, 17);
	assert_int_equal(sets.problems.n, 1);
	assert_memory_equal(sets.problems.text[0], name, strlen(name));
	sets_free(&sets);
	free_paths(path);
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	for (size_t i = 0; i < PATHS; i++)
		write_path(i);
	return 0;
}

static int tear_down(void **state)
{
	char path[64];

	(void)state;
	for (size_t i = 0; i < PATHS; i++) {
		path_of(i, path, sizeof(path));
		unlink(path);
	}
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_read_what_one_reads),
		cmocka_unit_test(first_bad_path_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
