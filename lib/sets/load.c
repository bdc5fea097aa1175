// SPDX-License-Identifier: MIT
/* Sets of many paths, read by several threads. */
#include "sets/internal.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

/* More would wait for memory and disk rather than for a processor. */
#define THREADS_MAX 16

/*
 * What one path holds. A path is read by one thread, into sets of its own: no record, set or
 * JSON tree is ever seen by two threads. Parts are then put together in the order of their paths, so
 * that the result does not depend on who was faster.
 */
struct part {
	const char *path;
	struct sets sets;
	int ret; /* of sets_load() */
};

struct pool {
	size_t n;
	struct part *part;
	atomic_size_t next; /* the first part that nobody has begun with */
	atomic_bool failed; /* a part holds no record: those behind it are not needed */
};

/* Parts are begun in their order: when one fails, all before it are read or being read. */
static void *work(void *data)
{
	struct pool *pool = data;

	while (!atomic_load(&pool->failed)) {
		size_t i = atomic_fetch_add(&pool->next, 1);
		struct part *p = &pool->part[i];

		if (i >= pool->n)
			break;
		p->ret = sets_load_path(&p->sets, p->path, i);
		if (p->ret <= 0)
			atomic_store(&pool->failed, true);
	}
	return NULL;
}

/* Processors that this process may run on. */
static size_t count_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
}

/* Reads all parts. Where a thread cannot be had, the others do its work. */
static void read_parts(struct pool *pool)
{
	size_t wanted = MIN(MIN(pool->n, count_processors()), THREADS_MAX), n = 0;
	pthread_t thread[THREADS_MAX];

	while (n + 1 < wanted && pthread_create(&thread[n], NULL, work, pool) == 0)
		n++;
	work(pool);
	while (n > 0)
		pthread_join(thread[--n], NULL);
}

/* Adds what @part holds to @sets. Returns 0 or -ENOMEM. */
static int append(struct sets *sets, struct sets *part)
{
	struct set *longer = realloc(sets->set, (sets->n + part->n) * sizeof(*longer));
	int ret = 0;

	if (!longer)
		return -ENOMEM;
	sets->set = longer;
	for (size_t i = 0; i < part->problems.n && ret == 0; i++)
		ret = text_list_add(&sets->problems, "%s", part->problems.text[i]);
	for (size_t s = 0; s < part->n; s++)
		for (size_t i = 0; i < part->set[s].cells; i++)
			for (size_t j = 0; j < part->set[s].cell[i].runs; j++)
				part->set[s].cell[i].run[j].number += sets->records;
	memcpy(&sets->set[sets->n], part->set, part->n * sizeof(*part->set));
	sets->n += part->n;
	sets->records += part->records;
	part->n = 0; /* they are @sets' now */
	return ret;
}

/* Of a part that holds nothing: what is wrong with it is all that is left to say. */
static int keep_problems(struct sets *sets, struct part *p)
{
	struct text_list problems = sets->problems;

	sets->problems = p->sets.problems;
	p->sets.problems = problems;
	return p->ret < 0 ? p->ret : -ENODATA;
}

static int join_parts(struct sets *sets, struct pool *pool, size_t *at)
{
	for (*at = 0; *at < pool->n; ++*at) {
		struct part *p = &pool->part[*at];
		int ret = p->ret > 0 ? append(sets, &p->sets) : keep_problems(sets, p);

		if (ret < 0)
			return ret;
	}
	return 0;
}

int sets_load_all(struct sets *sets, char *const *path, size_t n, size_t *at)
{
	struct pool pool = { .n = n, .part = calloc(n + 1, sizeof(*pool.part)) };
	int ret;

	*at = 0;
	if (!pool.part)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		pool.part[i].path = path[i];
		pool.part[i].sets = (struct sets){
			.metrics = sets->metrics,
			.woken = sets->woken,
			.watch = sets->watch,
			.watched = sets->watched,
		};
	}
	read_parts(&pool);
	ret = join_parts(sets, &pool, at);
	for (size_t i = 0; i < n; i++)
		sets_free(&pool.part[i].sets);
	free(pool.part);
	return ret;
}
