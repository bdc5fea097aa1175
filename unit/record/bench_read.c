// SPDX-License-Identifier: MIT
/*
 * How fast result sets are read, and in how much memory: `bench-read RECORDS.jsonl.gz…`
 * makes two sets of a thousand records and two of five thousand out of those given, each
 * with a label and a seed of its own, and reads them as a comparison does, a thread a set.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "list.h"
#include "system/cleanup.h"
#include "system/sysfile.h"

#define SETS 2

static char directory[] = "/tmp/pinlat-bench-XXXXXX";

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void set_path(size_t set, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%zu.jsonl.gz", directory, set);
}

/* The lines that sets are made of. */
struct lines {
	size_t n;
	char *line[4096];
};

static int read_lines(struct lines *lines, const char *path)
{
	gzFile gz = gzopen(path, "rb");
	const int size = 1 << 20;
	CLEANUP_FREE char *line = malloc((size_t)size);
	const size_t room = sizeof(lines->line) / sizeof(*lines->line);

	while (gz && line && lines->n < room && gzgets(gz, line, size)) {
		lines->line[lines->n] = strdup(line);
		if (!lines->line[lines->n++])
			return -ENOMEM;
	}
	return gz ? gzclose(gz) : -EINVAL;
}

/* Writes @n records to @set. What stands before "config" is theirs alone. */
static int write_set(const struct lines *lines, size_t set, size_t n)
{
	char path[64];
	gzFile gz;
	int ret = 0;

	set_path(set, path, sizeof(path));
	gz = gzopen(path, "wb1");
	for (size_t i = 0; i < n && gz && ret == 0; i++) {
		const char *line = lines->line[i % lines->n];
		const char *rest = strstr(line, ",\"config\":");

		if (!rest)
			ret = -EINVAL;
		else if (
			gzprintf(
				gz,
				"{\"schema\":\"" RECORD_SCHEMA
				"\",\"subtest\":\"thp-busy\",\"label\":\"set-%zu\",\"seq\":%zu,\"seed\":%zu",
				set, i, 7 * i) < 0 ||
			gzputs(gz, rest) < 0)
			ret = -EIO;
	}
	return !gz || gzclose(gz) != Z_OK ? -EIO : ret;
}

static void make_sets(char **paths, size_t n)
{
	struct lines lines = { 0 };

	for (; *paths; paths++)
		if (read_lines(&lines, *paths) < 0)
			exit(EXIT_FAILURE);
	for (size_t set = 0; set < SETS; set++)
		if (lines.n == 0 || write_set(&lines, set, n / SETS) < 0)
			exit(EXIT_FAILURE);
	exit(EXIT_SUCCESS); /* this is a process of its own */
}

struct reading {
	size_t set;
	double sum; /* of the quantiles, which must not be optimised away */
	int records;
	bool failed;
};

static int take_quantiles(struct record *r, void *data)
{
	struct reading *reading = data;

	for (int percent = 50; percent < 100; percent += 5)
		reading->sum +=
			(double)distribution_quantile(&r->scheduled, percent / 100.0);
	return 0;
}

static int take_problem(const char *text, void *data)
{
	struct reading *reading = data;

	fprintf(stderr, "%s\n", text);
	reading->failed = true;
	return 0;
}

static void *read_set(void *data)
{
	struct reading *reading = data;
	const struct record_visitor visitor = { take_quantiles, take_problem, reading,
						NULL };
	char path[64];

	set_path(reading->set, path, sizeof(path));
	reading->records = records_visit(path, &visitor);
	return NULL;
}

static int read_sets(bool threads)
{
	struct reading reading[SETS] = { 0 };
	pthread_t thread[SETS];
	int records = 0;

	for (size_t i = 0; i < SETS; i++) {
		reading[i].set = i;
		if (!threads)
			read_set(&reading[i]);
		else if (pthread_create(&thread[i], NULL, read_set, &reading[i]) != 0)
			return -EAGAIN;
	}
	for (size_t i = 0; i < SETS; i++) {
		if (threads)
			pthread_join(thread[i], NULL);
		if (reading[i].failed || reading[i].records < 0)
			return -EINVAL;
		records += reading[i].records;
	}
	return records;
}

static int keep_sets(void)
{
	struct record_list list = { 0 };
	int ret = record_list_read(&list, directory);

	record_list_free(&list);
	return ret;
}

enum way {
	ONE_THREAD,
	TWO_THREADS,
	ALL_KEPT,
};

/* Reads, in a process of its own, and prints a row of the table. */
static void measure(enum way way)
{
	static const char *const names[] = { "one thread", "two threads", "all kept" };
	double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	int records = way == ALL_KEPT ? keep_sets() : read_sets(way == TWO_THREADS);
	char status[4096];
	uint64_t peak = 0;

	wall = seconds(CLOCK_MONOTONIC) - wall;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	if (records <= 0 ||
	    sysfile_read("/proc/self/status", status, sizeof(status)) < 0 ||
	    sysfile_find_u64(status, "VmHWM", &peak) < 0)
		exit(EXIT_FAILURE);
	printf("%7d  %-11s %6.2f %14.3f %9.1f\n", records, names[way], wall,
	       1000 * cpu / records, (double)peak / 1024);
	exit(EXIT_SUCCESS);
}

/* Whether the process that @pid is has done its work. */
static bool did(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool run_size(char **paths, size_t n, const enum way *ways, size_t count)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		make_sets(paths, n);
	if (!did(pid))
		return false;
	for (size_t i = 0; i < count; i++) {
		fflush(stdout);
		pid = fork();
		if (pid == 0)
			measure(ways[i]);
		if (!did(pid))
			return false;
	}
	return true;
}

static void remove_sets(void)
{
	char path[64];

	for (size_t set = 0; set < SETS; set++) {
		set_path(set, path, sizeof(path));
		unlink(path);
	}
	rmdir(directory);
}

int main(int argc, char **argv)
{
	static const enum way ways[] = { ONE_THREAD, TWO_THREADS, ALL_KEPT };
	bool done;

	if (argc < 2 || !mkdtemp(directory))
		return EXIT_FAILURE;
	printf("records  by          wall s  CPU ms/record  peak MiB\n");
	done = run_size(argv + 1, 2000, ways, 3) && run_size(argv + 1, 10000, ways, 2);
	remove_sets();
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
