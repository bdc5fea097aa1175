// SPDX-License-Identifier: MIT
#include "sets/sets.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <time.h>

#include "record/file.h"
#include "record/record.h"
#include "sets/cell.h"
#include "sets/machine.h"
#include "system/alloc.h"
#include "system/cleanup.h"

/* The longest reason of an invalid run, and the longest notes. */
#define REASON_MAX 300
/* So much of a kernel's release stands in the name of a set. */
#define RELEASE_MAX 32
/* More threads would wait for memory and disk rather than for a processor. */
#define THREADS_MAX 16

static void free_cell(struct cell *cell)
{
	for (size_t i = 0; i < cell->runs + cell->left_out; i++) {
		free(cell->run[i].reason);
		free(cell->run[i].notes);
	}
	free(cell->run);
	free(cell->subtest);
}

static void free_set(struct set *set)
{
	for (size_t i = 0; i < set->cells; i++)
		free_cell(&set->cell[i]);
	free(set->cell);
	free(set->path);
	free(set->shown_path);
	free(set->label);
	free(set->name);
	free(set->ignored);
	facts_free(&set->facts);
	set_free_machines(set);
	text_list_free(&set->differing);
	text_list_free(&set->boot);
	text_list_free(&set->invalid);
}

void sets_free(struct sets *sets)
{
	for (size_t i = 0; i < sets->n; i++)
		free_set(&sets->set[i]);
	free(sets->set);
	text_list_free(&sets->problems);
	*sets = (struct sets){ 0 };
}

size_t set_runs(const struct set *set, const char *subtest)
{
	size_t n = 0;

	for (size_t i = 0; i < set->cells; i++)
		if (!subtest || strcmp(set->cell[i].subtest, subtest) == 0)
			n += set->cell[i].runs;
	return n;
}

struct set_times set_times_on(const struct set *set, size_t machine)
{
	struct set_times t = { NAN, NAN };

	for (size_t i = 0; i < set->cells; i++) {
		for (size_t j = 0; j < set->cell[i].runs; j++) {
			const struct run *run = &set->cell[i].run[j];

			if (!run_is_on(run, machine))
				continue;
			t.first = fmin(t.first, run->start);
			t.last = fmax(t.last, run->start);
		}
	}
	return t;
}

struct set_times set_times(const struct set *set)
{
	return set_times_on(set, ALL_MACHINES);
}

const char *set_fact(const struct set *set, const char *path)
{
	return facts_find(&set->facts, path);
}

/* What is being read: one path. */
struct loading {
	struct sets *sets;
	size_t index; /* of the path */
	size_t first; /* its first set */
	const char *path;
	json_object *environment; /* of the record before, owned: most are the same */
	bool counts_mock;	  /* so did that record */
	struct fact_list facts;	  /* of that */
	const struct set *environment_of;
};

/* Whether records of @a and @b may be of one set. */
static bool is_kept_together(const struct sets *sets, const struct fact_list *a,
			     const struct fact_list *b)
{
	return sets->apart ? is_same_machine(a, b) : is_same_kernel(a, b);
}

/* The set that @r belongs to among those from @l->first on, made if need be. */
static struct set *find_set(const struct loading *l, const struct record *r)
{
	struct sets *sets = l->sets;

	for (size_t i = sets->n; i-- > l->first;)
		if (strcmp(sets->set[i].label, r->label) == 0 &&
		    is_kept_together(sets, &sets->set[i].facts, &l->facts))
			return &sets->set[i];
	sets->set = xgrow(sets->set, sets->n, sizeof(*sets->set));
	sets->set[sets->n] = (struct set){
		.path = xstrdup(l->path),
		.label = xstrdup(r->label),
		.shown_path = text_plain(l->path, PATH_MAX),
	};
	return &sets->set[sets->n++];
}

/* The cell that @r belongs to, made if need be. */
static struct cell *find_cell(struct set *set, const struct record *r)
{
	CLEANUP_FREE char *subtest = text_plain(r->subtest, NAME_MAX_SHOWN);

	for (size_t i = 0; i < set->cells; i++)
		if (strcmp(set->cell[i].subtest, subtest) == 0 &&
		    same_setup(&set->cell[i].config, &r->config))
			return &set->cell[i];
	set->cell = xgrow(set->cell, set->cells, sizeof(*set->cell));
	set->cell[set->cells] = (struct cell){
		.subtest = xstrdup(subtest),
		.config = r->config,
		.shortest = r->config.duration_ns,
		.longest = r->config.duration_ns,
	};
	return &set->cell[set->cells++];
}

/* The index of @id among the boots of @set. Runs of one boot mostly stand together. */
static size_t find_boot(struct set *set, const char *id)
{
	for (size_t i = set->boot.n; i-- > 0;)
		if (strcmp(set->boot.text[i], id) == 0)
			return i;
	text_list_add(&set->boot, "%s", id);
	return set->boot.n - 1;
}

/* An instant is the same one in any zone: "Z", "+00:00", "+02:00". */
static double seconds_of(const char *start)
{
	struct tm tm = { 0 };
	const char *end = strptime(start, "%Y-%m-%dT%H:%M:%S%z", &tm);
	long east = tm.tm_gmtoff; /* timegm() clears it */

	return end && !*end ? (double)(timegm(&tm) - east) : NAN;
}

/* @n texts in one plain line. */
static char *line_of(size_t n, char **text)
{
	const struct text_list list = { n, text };
	CLEANUP_FREE char *joined = text_list_join(&list, "; ");

	return text_plain(joined, REASON_MAX);
}

/* Why @r is invalid. */
static char *reason_of(const struct record *r)
{
	return r->reasons > 0 ? line_of(r->reasons, r->reason)
			      : xstrdup("no reason given");
}

/* Reduces @r to one run of @cell. */
static void add_run(struct cell *cell, size_t boot, size_t machine,
		    const struct record *r, const struct sets *sets)
{
	const struct distribution *d = sets->woken ? &r->woken : &r->scheduled;
	struct run *run;

	cell->run = xgrow(cell->run, cell->runs, sizeof(*cell->run));
	run = &cell->run[cell->runs++];
	*run = (struct run){
		.number = sets->records,
		.boot = boot,
		.machine = machine,
		.start = seconds_of(r->start),
		.seq = r->seq,
		.samples = d->count,
		.sum = d->sum,
		.reason = r->valid ? NULL : reason_of(r),
		.notes = r->notes > 0 ? line_of(r->notes, r->note) : NULL,
		.attributed = r->attribution.present,
		.seen = r->attribution.seen,
		.all = r->attribution.all,
		.slow = r->attribution.slow,
	};
	for (size_t i = 0; i < sets->metrics->n; i++) {
		struct reading got =
			metric_read(&sets->metrics->metric[i], r, sets->woken);

		run->value[i] = got.value;
		run->few[i] = got.few;
	}
	cell->shortest = MIN(cell->shortest, r->config.duration_ns);
	cell->longest = MAX(cell->longest, r->config.duration_ns);
}

static int add_record(struct record *r, void *data)
{
	struct loading *l = data;
	struct sets *sets = l->sets;
	size_t machine;
	struct set *set;
	int ret = 0;

	if (r->environment != l->environment || record_counts_mock(r) != l->counts_mock) {
		facts_free(&l->facts);
		l->facts = facts_of_record(r);
		json_object_put(l->environment);
		l->environment = json_object_get(r->environment);
		l->counts_mock = record_counts_mock(r);
		l->environment_of = NULL;
	}
	if (sets->host && strcmp(sets->host, facts_find(&l->facts, "host")) != 0)
		return 0;
	set = find_set(l, r);
	machine = set_find_machine(set, &l->facts);
	if (!l->environment_of || set != l->environment_of) {
		facts_merge(&set->facts, &l->facts, &set->differing);
		set_merge_machine(set, machine, &l->facts);
	}
	l->environment_of = set;
	add_run(find_cell(set, r), find_boot(set, r->boot_id), machine, r, sets);
	if (r->ignored && !set->ignored)
		set->ignored = text_plain(r->ignored, 200);
	set->records++;
	if (sets->watch)
		ret = sets->watch(r, l->index, sets->records, sets->watched);
	sets->records++;
	return ret;
}

static int add_problem(const char *text, void *data)
{
	const struct loading *l = data;

	text_list_add(&l->sets->problems, "%s", text);
	return 0;
}

static int load(struct sets *sets, const char *path, size_t index)
{
	struct loading l = {
		.sets = sets,
		.index = index,
		.first = sets->apart ? 0 : sets->n,
		.path = path,
	};
	const struct record_visitor visitor = { add_record, add_problem, &l, NULL };
	int n = records_visit(path, &visitor);

	json_object_put(l.environment);
	facts_free(&l.facts);
	return n;
}

int sets_load(struct sets *sets, const char *path)
{
	return load(sets, path, 0);
}

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
		p->ret = load(&p->sets, p->path, i);
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

/* Adds what @part holds to @sets. */
static void append(struct sets *sets, struct sets *part)
{
	for (size_t i = 0; i < part->problems.n; i++)
		text_list_add(&sets->problems, "%s", part->problems.text[i]);
	for (size_t s = 0; s < part->n; s++) {
		for (size_t i = 0; i < part->set[s].cells; i++)
			for (size_t j = 0; j < part->set[s].cell[i].runs; j++)
				part->set[s].cell[i].run[j].number += sets->records;
		sets->set = xgrow(sets->set, sets->n, sizeof(*sets->set));
		sets->set[sets->n++] = part->set[s];
	}
	sets->records += part->records;
	part->n = 0; /* they are @sets' now */
}

/* Of a part that holds nothing: what is wrong with it is all that is left to say. */
static int keep_problems(struct sets *sets, struct part *p)
{
	struct text_list problems = sets->problems;

	sets->problems = p->sets.problems;
	p->sets.problems = problems;
	return p->ret < 0 ? p->ret : -ENODATA;
}

int sets_load_all(struct sets *sets, char *const *path, size_t n, size_t *at)
{
	struct pool pool = { .n = n, .part = xcalloc(n, sizeof(*pool.part)) };
	int ret = 0;

	for (size_t i = 0; i < n; i++) {
		pool.part[i].path = path[i];
		pool.part[i].sets = (struct sets){
			.metrics = sets->metrics,
			.woken = sets->woken,
			.host = sets->host,
			.watch = sets->watch,
			.watched = sets->watched,
		};
	}
	read_parts(&pool);
	for (*at = 0; *at < n; ++*at) {
		struct part *p = &pool.part[*at];

		if (p->ret <= 0) {
			ret = keep_problems(sets, p);
			break;
		}
		append(sets, &p->sets);
	}
	for (size_t i = 0; i < n; i++)
		sets_free(&pool.part[i].sets);
	free(pool.part);
	return ret;
}

/* By start, then what tells runs of one second apart; unknown starts last. */
static int by_start(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	if (isnan(x->start) != isnan(y->start))
		return isnan(x->start) ? 1 : -1;
	if (x->start != y->start && !isnan(x->start))
		return x->start < y->start ? -1 : 1;
	if (x->boot != y->boot)
		return x->boot < y->boot ? -1 : 1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	if (x->samples != y->samples)
		return x->samples < y->samples ? -1 : 1;
	return (x->sum > y->sum) - (x->sum < y->sum);
}

/* Puts the runs of @cell in order: those that count, then those left out. */
static void finish_cell(struct set *set, struct cell *cell, bool use_invalid)
{
	CLEANUP_FREE struct run *left_out = xcalloc(cell->runs, sizeof(*left_out));
	size_t kept = 0;

	qsort(cell->run, cell->runs, sizeof(*cell->run), by_start);
	for (size_t i = 0; i < cell->runs; i++) {
		struct run run = cell->run[i];
		bool twice = i > 0 && !isnan(run.start) &&
			     by_start(&cell->run[i - 1], &run) == 0;

		if (twice) {
			set->duplicates++;
			free(run.reason);
			free(run.notes);
			continue;
		}
		if (run.reason) {
			cell->invalid++;
			text_list_add(&set->invalid, "%04" PRIu64 " %s: %s", run.seq,
				      cell->subtest, run.reason);
		}
		if (run.reason && !use_invalid)
			left_out[cell->left_out++] = run;
		else
			cell->run[kept++] = run;
	}
	memcpy(cell->run + kept, left_out, cell->left_out * sizeof(*left_out));
	cell->runs = kept;
}

/*
 * Runs that do not tell how often a fault stalled are those that stalled most: what the others of
 * @cell tell would be of a selection, and counts for nothing.
 */
static void forget_selections(struct cell *cell, const struct metrics *metrics)
{
	for (size_t m = 0; m < metrics->n; m++) {
		size_t known = 0;

		if (!metric_is_difference(&metrics->metric[m]))
			continue;
		for (size_t i = 0; i < cell->runs; i++)
			known += !isnan(cell->run[i].value[m]);
		for (size_t i = 0; i < cell->runs && known < cell->runs; i++)
			cell->run[i].value[m] = NAN;
	}
}

static int by_ladder(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;

	return ladder_compare(x->subtest, y->subtest);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* The end of @path, at most @most bytes and not beginning within a character. */
static const char *tail_of(const char *path, size_t most)
{
	size_t length = strlen(path);
	const char *tail = length > most ? path + length - most : path;

	while (((unsigned char)*tail & 0xc0) == 0x80)
		tail++;
	return tail;
}

/* How many other sets have the label of set @i; @same_file: and the name of its file. */
static size_t count_alike(const struct sets *sets, size_t i, bool same_file)
{
	const char *file = last_part(sets->set[i].path);
	size_t n = 0;

	for (size_t j = 0; j < sets->n; j++)
		n += j != i && strcmp(sets->set[j].label, sets->set[i].label) == 0 &&
		     (!same_file || strcmp(last_part(sets->set[j].path), file) == 0);
	return n;
}

/* Whether all other sets with the label of set @i are of its path, and of other releases. */
static bool is_told_by_kernel(const struct sets *sets, size_t i)
{
	const struct set *set = &sets->set[i];
	const char *release = set_fact(set, "kernel.release");

	for (size_t j = 0; j < sets->n; j++) {
		const struct set *other = &sets->set[j];

		if (j == i || strcmp(other->label, set->label) != 0)
			continue;
		if (strcmp(other->path, set->path) != 0 ||
		    strncmp(set_fact(other, "kernel.release"), release, RELEASE_MAX) == 0)
			return false;
	}
	return *release;
}

/*
 * What set @i is called: its label; where another set has that too, also its kernel, if that tells
 * them apart; else its file, or as much of the path as there is room for; where even that was
 * given before, also its number.
 */
static char *name_of(const struct sets *sets, size_t i)
{
	const struct set *set = &sets->set[i];
	CLEANUP_FREE char *label = text_plain(set->label, NAME_MAX_SHOWN / 2);
	CLEANUP_FREE char *file = NULL, *release = NULL;
	const char *where = last_part(set->path), *dots;
	size_t before = 0;

	if (count_alike(sets, i, false) == 0)
		return text_plain(set->label, NAME_MAX_SHOWN);
	if (is_told_by_kernel(sets, i)) {
		release = text_plain(set_fact(set, "kernel.release"),
				     RELEASE_MAX + strlen("..."));
		return xasprintf("%s (%s)", label, release);
	}
	if (count_alike(sets, i, true) > 0)
		where = set->path;
	for (size_t j = 0; j < i; j++)
		before += strcmp(sets->set[j].path, set->path) == 0;
	dots = strlen(where) > NAME_MAX_SHOWN / 2 ? "..." : "";
	file = text_plain(tail_of(where, NAME_MAX_SHOWN / 2), NAME_MAX_SHOWN);
	return before == 0 ? xasprintf("%s (%s%s)", label, dots, file)
			   : xasprintf("%s (%s%s) #%zu", label, dots, file, before + 1);
}

void sets_finish(struct sets *sets)
{
	for (size_t i = 0; i < sets->n; i++) {
		struct set *set = &sets->set[i];

		for (size_t j = 0; j < set->cells; j++) {
			finish_cell(set, &set->cell[j], sets->use_invalid);
			forget_selections(&set->cell[j], sets->metrics);
		}
		qsort(set->cell, set->cells, sizeof(*set->cell), by_ladder);
		set->name = name_of(sets, i);
	}
}
