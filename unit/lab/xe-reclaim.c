// SPDX-License-Identifier: MIT
/* What memory that xe has bound costs who reclaims it, and what becomes of it. */
#include "xe-client.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define CGROUP "/sys/fs/cgroup/xe-client"

/* Takes the page away from its owner, as reclaim does. Returns how long that took. */
static double page_out(unsigned char *page)
{
	const double start = now_ms();

	assert_return_code(madvise(page, PAGE, MADV_PAGEOUT), errno);
	return now_ms() - start;
}

static bool resident(unsigned char *page)
{
	unsigned char is = 0;

	assert_return_code(mincore(page, PAGE, &is), errno);
	return is & 1;
}

static uint64_t start_long_job(struct gpu *gpu)
{
	uint64_t done;

	set_job_ms(LONG_MS);
	assert_int_equal(submit(gpu, BATCH_AT, &done), 0);
	assert_false(wait_for(gpu, done, 0));
	return done;
}

void reclaim_waits_for_the_job(void **state)
{
	struct gpu gpu = open_gpu(false);
	unsigned char *other = memory(PAGE);
	long long calls, waits;
	double idle, free_page, busy;
	uint64_t done;

	(void)state;
	idle = page_out(gpu.data + PAGE);
	assert_false(resident(gpu.data + PAGE));

	done = start_long_job(&gpu); /* which also brings the page back */
	free_page = page_out(other);
	assert_false(wait_for(&gpu, done, 0));
	calls = statistic("notifier_calls_direct");
	waits = statistic("notifier_waits_direct");
	busy = page_out(gpu.data + 2 * PAGE);
	assert_true(wait_for(&gpu, done, 0));
	assert_false(resident(gpu.data + 2 * PAGE));
	assert_true(statistic("notifier_calls_direct") > calls);
	assert_true(statistic("notifier_waits_direct") > waits);

	print_message(
		"MADV_PAGEOUT: idle %.1f ms; while a job of %d ms runs: of a page that is "
		"not bound %.1f ms, of one that is %.1f ms\n",
		idle, LONG_MS, free_page, busy);
	munmap(other, PAGE);
	close_gpu(&gpu);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	/* memory.reclaim fails where it has got less than was asked for. */
	fclose(file);
}

/* A client in a cgroup of its own, with two jobs at a time or none, until it is killed. */
static pid_t start_client(bool busy)
{
	pid_t child = fork();
	struct gpu gpu;
	uint64_t done;

	if (child)
		return child;
	write_text(CGROUP "/cgroup.procs", "0");
	gpu = open_gpu(false);
	while (!busy)
		pause();
	submit(&gpu, BATCH_AT, &done);
	for (;;) {
		const uint64_t before = done;

		submit(&gpu, BATCH_AT, &done);
		wait_for(&gpu, before, PATIENCE_MS);
	}
}

/* How long the mean MiB takes that somebody else takes away from a client, in ms. */
static double reclaim_from_client(bool busy)
{
	enum { TIMES = 8 };
	pid_t child = start_client(busy);
	double start, sum = 0;

	assert_return_code(child, errno);
	usleep(1000000);
	for (int i = 0; i < TIMES; i++) {
		start = now_ms();
		write_text(CGROUP "/memory.reclaim", "1M swappiness=200");
		sum += now_ms() - start;
		usleep(50000);
	}
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	return sum / TIMES;
}

/* The complaint itself: who reclaims has nothing to do with the GPU. */
void somebody_else_waits(void **state)
{
	enum { JOB_MS = 50 };
	long long waits;
	double idle, busy;

	(void)state;
	write_text("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	assert_return_code(mkdir(CGROUP, 0755), errno);
	set_job_ms(JOB_MS);
	idle = reclaim_from_client(false);
	waits = statistic("notifier_waits_direct");
	busy = reclaim_from_client(true);
	print_message(
		"a MiB by memory.reclaim from a client: %.1f ms idle, %.1f ms with jobs of "
		"%d ms, two deep\n",
		idle, busy, JOB_MS);
	assert_true(statistic("notifier_waits_direct") > waits);
	assert_return_code(rmdir(CGROUP), errno);
}

void others_jobs_are_not_waited_for(void **state)
{
	struct gpu gpu = open_gpu(false), other = open_gpu(false);
	uint64_t done = start_long_job(&other);

	(void)state;
	page_out(gpu.data + PAGE);
	assert_false(wait_for(&other, done, 0));
	assert_true(wait_for(&other, done, PATIENCE_MS));
	close_gpu(&other);
	close_gpu(&gpu);
}

void the_owner_waits(void **state)
{
	struct gpu gpu = open_gpu(false);
	const long long waits = statistic("notifier_waits_owner");
	uint64_t done = start_long_job(&gpu);

	(void)state;
	assert_return_code(madvise(gpu.data + PAGE, PAGE, MADV_DONTNEED), errno);
	assert_true(wait_for(&gpu, done, 0));
	assert_true(statistic("notifier_waits_owner") > waits);
	close_gpu(&gpu);
}

void what_was_taken_comes_back(void **state)
{
	struct gpu gpu = open_gpu(false);
	long long pins, rebinds;
	uint64_t done;

	(void)state;
	gpu.data[7 * PAGE] = 42;
	page_out(gpu.data + 7 * PAGE);
	assert_false(resident(gpu.data + 7 * PAGE));
	pins = statistics("pin_calls");
	rebinds = statistics("rebind_calls");
	store_batch(&gpu, DATA_AT + 7 * PAGE + 8, 43);
	assert_int_equal(submit(&gpu, BATCH_AT, &done), 0);
	assert_true(wait_for(&gpu, done, PATIENCE_MS));
	assert_true(resident(gpu.data + 7 * PAGE));
	assert_int_equal(gpu.data[7 * PAGE], 42);
	assert_int_equal(gpu.data[7 * PAGE + 8], 43);
	assert_true(statistics("pin_calls") > pins);
	assert_true(statistics("rebind_calls") > rebinds);
	close_gpu(&gpu);
}

void a_long_running_machine_is_preempted(void **state)
{
	struct gpu gpu = open_gpu(true);
	uint64_t done = start_long_job(&gpu);
	double took = page_out(gpu.data + PAGE);

	(void)state;
	assert_false(wait_for(&gpu, done, 0));
	assert_true(wait_for(&gpu, done, PATIENCE_MS));
	print_message("MADV_PAGEOUT while a long-running job runs: %.1f ms\n", took);
	close_gpu(&gpu);
}
