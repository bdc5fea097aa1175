// SPDX-License-Identifier: MIT
/* Sets of many paths, read by several threads. */
#include "sets/compare.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "sets/set-private.h"

/* More would wait for memory and disk rather than for a processor. */
#define THREADS_MAX 16

/*
 * What one path holds. A path is read by one thread, into a comparison of its own: no record, set or
 * JSON tree is ever seen by two threads. Parts are then put together in the order of their paths, so
 * that the result does not depend on who was faster.
 */
struct part {
	const char *path;
	struct comparison c;
	int ret; /* of compare_load() */
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
		p->ret = compare_load(&p->c, p->path);
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

static int append_sets(struct comparison *c, struct comparison *part)
{
	struct compare_set *longer =
		realloc(c->set, (c->sets + part->sets) * sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	c->set = longer;
	for (size_t s = 0; s < part->sets; s++)
		for (size_t i = 0; i < part->set[s].cells; i++)
			for (size_t j = 0; j < part->set[s].cell[i].runs; j++)
				part->set[s].cell[i].run[j].number += c->records;
	memcpy(&c->set[c->sets], part->set, part->sets * sizeof(*part->set));
	c->sets += part->sets;
	part->sets = 0; /* they are @c's now */
	return 0;
}

/* Adds what @part holds to @c. Returns 0 or -ENOMEM. */
static int append(struct comparison *c, struct comparison *part)
{
	int ret = 0;

	for (size_t i = 0; i < part->problems.n && ret == 0; i++)
		ret = text_list_add(&c->problems, "%s", part->problems.text[i]);
	if (ret == 0 && c->watch)
		ret = c->watch->join(c->watched, part->watched, c->records);
	if (ret == 0 && part->sets > 0)
		ret = append_sets(c, part);
	if (ret == 0)
		c->records += part->records;
	return ret;
}

/* The same where a part holds nothing: what is wrong with it is all that is left to say. */
static int keep_problems(struct comparison *c, struct part *p)
{
	struct text_list problems = c->problems;

	c->problems = p->c.problems;
	p->c.problems = problems;
	return p->ret < 0 ? p->ret : -ENODATA;
}

static int join_parts(struct comparison *c, struct pool *pool, size_t *at)
{
	for (*at = 0; *at < pool->n; ++*at) {
		struct part *p = &pool->part[*at];
		int ret = p->ret > 0 ? append(c, &p->c) : keep_problems(c, p);

		if (ret < 0)
			return ret;
	}
	return 0;
}

static int make_parts(const struct comparison *c, char *const *path, struct pool *pool)
{
	for (size_t i = 0; i < pool->n; i++) {
		struct part *p = &pool->part[i];

		compare_init(&p->c, c->options);
		p->path = path[i];
		p->c.watch = c->watch;
		p->c.watched = c->watch ? c->watch->begin(c->watched) : NULL;
		if (c->watch && !p->c.watched)
			return -ENOMEM;
	}
	return 0;
}

static void free_parts(struct pool *pool)
{
	for (size_t i = 0; i < pool->n; i++) {
		struct comparison *c = &pool->part[i].c;

		if (c->watched)
			c->watch->drop(c->watched);
		compare_free(c);
	}
	free(pool->part);
}

int compare_load_all(struct comparison *c, char *const *path, size_t n, size_t *at)
{
	struct pool pool = { .n = n, .part = calloc(n + 1, sizeof(*pool.part)) };
	int ret;

	*at = 0;
	if (!pool.part)
		return -ENOMEM;
	ret = make_parts(c, path, &pool);
	if (ret == 0) {
		read_parts(&pool);
		ret = join_parts(c, &pool, at);
	}
	free_parts(&pool);
	return ret;
}
