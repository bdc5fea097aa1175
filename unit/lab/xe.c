// SPDX-License-Identifier: MIT
/*
 * That xe's own code works on the mock of its hardware, and that the mock does what
 * lab/README.md says. Run in a guest of the lab, on its own there: times are compared
 * with those of jobs that are made to take long.
 */
#include "xe-client.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_FILE "/sys/class/drm/card0/device/tile0/gt0/engines/rcs/job_timeout_ms"
#define MODULE_FILE  "/sys/module/xe/parameters/mock"
#define CLIENTS_FILE "/sys/kernel/debug/dri/0/clients"

/* Of MI_COND_BATCH_BUFFER_END: it goes on while memory is greater. */
#define MAD_GREATER (0u << 12)

/* Offsets among an engine's registers */
#define CTX_TIMESTAMP 0x3a8u
#define GPR0	      0x600u

static int prepare(void **state)
{
	(void)state;
	set_job_ms(SHORT_MS);
	return 0;
}

static void the_device(void **state)
{
	struct gpu gpu = open_gpu(false);
	struct drm_xe_device_query query = { .query = DRM_XE_DEVICE_QUERY_CONFIG };
	struct drm_xe_query_config *config;
	char mock = 0;
	FILE *file;

	(void)state;
	assert_int_equal(call(&gpu, DRM_IOCTL_XE_DEVICE_QUERY, &query), 0);
	config = calloc(1, query.size);
	query.data = (uintptr_t)config;
	assert_int_equal(call(&gpu, DRM_IOCTL_XE_DEVICE_QUERY, &query), 0);
	assert_int_equal(config->info[DRM_XE_QUERY_CONFIG_REV_AND_DEVICE_ID] & 0xffff,
			 0x9a49);
	assert_int_equal(config->info[DRM_XE_QUERY_CONFIG_VA_BITS], 48);
	free(config);

	file = fopen(MODULE_FILE, "r");
	assert_non_null(file);
	assert_int_equal(fread(&mock, 1, 1, file), 1);
	assert_int_equal(mock, 'Y');
	fclose(file);
	close_gpu(&gpu);
}

static struct drm_xe_query_engine_cycles cycles(const struct gpu *gpu)
{
	struct drm_xe_query_engine_cycles cycles = { .clockid = CLOCK_MONOTONIC };
	struct drm_xe_device_query query = { .query = DRM_XE_DEVICE_QUERY_ENGINE_CYCLES,
					     .size = sizeof(cycles),
					     .data = (uintptr_t)&cycles };

	assert_int_equal(call(gpu, DRM_IOCTL_XE_DEVICE_QUERY, &query), 0);
	return cycles;
}

static void timestamps_move(void **state)
{
	struct gpu gpu = open_gpu(false);
	struct drm_xe_query_engine_cycles from = cycles(&gpu), to;
	double mhz;

	(void)state;
	usleep(200000);
	to = cycles(&gpu);
	mhz = 1e3 * (double)(to.engine_cycles - from.engine_cycles) /
	      (double)(to.cpu_timestamp - from.cpu_timestamp);
	print_message("engine cycles at %.2f MHz\n", mhz);
	assert_true(mhz > 17 && mhz < 22); /* 19.2 */
	close_gpu(&gpu);
}

/* The number behind @key, with which a line of the file begins; 0 if none does. */
static long long number_of(const char *path, const char *key)
{
	FILE *file = fopen(path, "r");
	long long found = 0;
	char line[256];

	assert_non_null(file);
	while (!found && fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0)
			found = strtoll(line + strlen(key), NULL, 10);
	fclose(file);
	return found;
}

/* Cycles that the kernel says this client's jobs have taken. */
static long long client_cycles(const struct gpu *gpu)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", gpu->fd);
	return number_of(path, "drm-cycles-rcs:");
}

static void a_job_takes_its_time_and_stores(void **state)
{
	struct gpu gpu = open_gpu(false);
	const long long before = client_cycles(&gpu);
	long long ran;
	uint32_t value = 0;
	double start;
	uint64_t done;

	(void)state;
	set_job_ms(LONG_MS);
	store_batch(&gpu, DATA_AT + 5 * PAGE + 8, 0xc0de);
	start = now_ms();
	assert_int_equal(submit(&gpu, BATCH_AT, &done), 0);
	assert_true(wait_for(&gpu, done, PATIENCE_MS));
	assert_true(now_ms() - start >= LONG_MS);
	memcpy(&value, gpu.data + 5 * PAGE + 8, sizeof(value));
	assert_int_equal(value, 0xc0de);

	/* CTX_TIMESTAMP in the context's image; the job is freed a little later. */
	usleep(100000);
	ran = client_cycles(&gpu) - before;
	print_message("a job of %d ms: %.1f ms by the context's timestamp\n", LONG_MS,
		      (double)ran / 19200);
	assert_true(ran >= LONG_MS * 19200ll && ran < 3 * LONG_MS * 19200ll);
	close_gpu(&gpu);
}

/* Two kinds of loop: one waits for memory, the other looks at a timestamp. */
static void loops(void **state)
{
	struct gpu gpu = open_gpu(false);
	const uint32_t jump = (uint32_t)(BATCH_AT >> 32);
	const uint32_t waits[] = { MI_COND_BATCH_BUFFER_END | MAD_GREATER,
				   0,
				   (uint32_t)DATA_AT,
				   (uint32_t)(DATA_AT >> 32),
				   MI_BATCH_BUFFER_START,
				   (uint32_t)BATCH_AT,
				   jump };
	const uint32_t timed[] = { MI_LOAD_REGISTER_REG,  CTX_TIMESTAMP,      GPR0,
				   MI_BATCH_BUFFER_START, (uint32_t)BATCH_AT, jump };
	double start;
	uint64_t done;

	(void)state;
	*(volatile uint32_t *)gpu.data = 1;
	set_batch(&gpu, waits, sizeof(waits) / sizeof(*waits));
	assert_int_equal(submit(&gpu, BATCH_AT, &done), 0);
	assert_false(wait_for(&gpu, done, LONG_MS));
	*(volatile uint32_t *)gpu.data = 0;
	assert_true(wait_for(&gpu, done, PATIENCE_MS));

	set_job_ms(LONG_MS);
	set_batch(&gpu, timed, sizeof(timed) / sizeof(*timed));
	start = now_ms();
	assert_int_equal(submit(&gpu, BATCH_AT, &done), 0);
	assert_true(wait_for(&gpu, done, PATIENCE_MS));
	assert_true(now_ms() - start >= LONG_MS);
	assert_int_equal(statistic("bans"), 0);
	close_gpu(&gpu);
}

static bool banned(const struct gpu *gpu)
{
	struct drm_xe_exec_queue_get_property get = {
		.exec_queue_id = gpu->queue,
		.property = DRM_XE_EXEC_QUEUE_GET_PROPERTY_BAN
	};

	assert_int_equal(call(gpu, DRM_IOCTL_XE_EXEC_QUEUE_GET_PROPERTY, &get), 0);
	return get.value;
}

/* The queue does nothing any more; a new one does. */
static void assert_banned(struct gpu *gpu)
{
	uint64_t done;

	assert_true(banned(gpu));
	assert_int_equal(submit(gpu, BATCH_AT, &done), -ECANCELED);
	gpu->queue = new_queue(gpu);
	assert_false(banned(gpu));
	assert_int_equal(submit(gpu, BATCH_AT, &done), 0);
	assert_true(wait_for(gpu, done, PATIENCE_MS));
}

static void set_timeout_ms(unsigned int ms)
{
	FILE *file = fopen(TIMEOUT_FILE, "w");

	assert_non_null(file);
	fprintf(file, "%u\n", ms);
	assert_int_equal(fclose(file), 0);
}

static void a_hang_bans_its_queue(void **state)
{
	struct gpu gpu;
	uint64_t hangs, behind;
	long long bans;

	(void)state;
	set_timeout_ms(1000);
	gpu = open_gpu(false);
	bans = statistic("bans");
	set_mock("hang", 1);
	assert_int_equal(submit(&gpu, BATCH_AT, &hangs), 0);
	assert_int_equal(submit(&gpu, BATCH_AT, &behind), 0);
	assert_false(banned(&gpu));
	assert_false(wait_for(&gpu, hangs, 100));
	assert_true(wait_for(&gpu, hangs, PATIENCE_MS));
	assert_true(wait_for(&gpu, behind, PATIENCE_MS));
	assert_int_equal(statistic("bans"), bans + 1);
	assert_banned(&gpu);
	close_gpu(&gpu);
	set_timeout_ms(5000);
}

static void a_page_fault_bans_its_queue(void **state)
{
	struct gpu gpu = open_gpu(false);
	const long long faults = statistic("faults");
	uint64_t done;

	(void)state;
	store_batch(&gpu, 0x700000000ull, 1);
	assert_int_equal(submit(&gpu, BATCH_AT, &done), 0);
	assert_true(wait_for(&gpu, done, PATIENCE_MS));
	assert_true(statistic("faults") > faults);
	store_batch(&gpu, DATA_AT, 0);
	assert_banned(&gpu);
	close_gpu(&gpu);
}

static void an_error_on_demand(void **state)
{
	struct gpu gpu = open_gpu(false);
	uint64_t done;

	(void)state;
	set_mock("error_rate", 1);
	assert_int_equal(submit(&gpu, BATCH_AT, &done), -EIO);
	set_mock("error_rate", 0);
	assert_int_equal(submit(&gpu, BATCH_AT, &done), 0);
	assert_true(wait_for(&gpu, done, PATIENCE_MS));
	close_gpu(&gpu);
}

static void bad_memory_is_refused(void **state)
{
	struct gpu gpu = open_gpu(false);
	unsigned char *gone = memory(PAGE);
	struct drm_xe_vm_bind request = { .vm_id = gpu.vm,
					  .num_binds = 1,
					  .bind = { .op = DRM_XE_VM_BIND_OP_MAP_USERPTR,
						    .userptr = (uintptr_t)gone,
						    .range = PAGE,
						    .addr = 0x600000000ull } };
	uint64_t done;

	(void)state;
	munmap(gone, PAGE);
	assert_int_equal(call(&gpu, DRM_IOCTL_XE_VM_BIND, &request), -EFAULT);

	/* Unmapped under it: its queue can still be used, as what was there is not. */
	munmap(gpu.data + 3 * PAGE, PAGE);
	assert_int_equal(submit(&gpu, BATCH_AT, &done), 0);
	assert_true(wait_for(&gpu, done, PATIENCE_MS));
	close_gpu(&gpu);
}

/* Of those that have the device open. */
static int clients(void)
{
	FILE *file = fopen(CLIENTS_FILE, "r");
	int lines = 0, c;

	assert_non_null(file);
	while ((c = fgetc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines - 1; /* The first line has the names of the columns. */
}

static long long available_kb(void)
{
	long long kb = number_of("/proc/meminfo", "MemAvailable:");

	assert_true(kb > 0);
	return kb;
}

/* Submits jobs, and dies with them in its queue. */
static void be_killed(bool long_running)
{
	enum { JOBS = 5 };
	struct gpu gpu = open_gpu(long_running);
	uint64_t done;

	for (int job = 0; job < JOBS; job++)
		submit(&gpu, BATCH_AT, &done);
	kill(getpid(), SIGKILL);
}

/*
 * Clients that are killed with jobs in their queue leave nothing behind: no client, and no
 * memory. Every fourth page of theirs that stayed would be seen.
 */
static void killed(void **state)
{
	enum { KILLS = 100 };
	const long long held_kb = KILLS * (PAGES + 2) * PAGE / 1024,
			before_kb = available_kb();
	const double end = now_ms() + PATIENCE_MS;
	struct gpu gpu;
	uint64_t done;

	(void)state;
	set_job_ms(SHORT_MS);
	for (int i = 0; i < KILLS; i++) {
		pid_t child = fork();
		int status;

		assert_return_code(child, errno);
		if (!child)
			be_killed(i & 1);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	while (clients() > 0 && now_ms() < end)
		usleep(10000);
	assert_int_equal(clients(), 0);
	while (available_kb() < before_kb - held_kb / 4 && now_ms() < end)
		usleep(10000);
	print_message(
		"%d clients killed, which held %lld MiB: %lld MiB less are available\n",
		KILLS, held_kb / 1024, (before_kb - available_kb()) / 1024);
	assert_true(available_kb() >= before_kb - held_kb / 4);

	gpu = open_gpu(false);
	assert_int_equal(submit(&gpu, BATCH_AT, &done), 0);
	assert_true(wait_for(&gpu, done, PATIENCE_MS));
	close_gpu(&gpu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_device, prepare),
		cmocka_unit_test_setup(timestamps_move, prepare),
		cmocka_unit_test_setup(a_job_takes_its_time_and_stores, prepare),
		cmocka_unit_test_setup(loops, prepare),
		cmocka_unit_test_setup(reclaim_waits_for_the_job, prepare),
		cmocka_unit_test_setup(somebody_else_waits, prepare),
		cmocka_unit_test_setup(others_jobs_are_not_waited_for, prepare),
		cmocka_unit_test_setup(the_owner_waits, prepare),
		cmocka_unit_test_setup(what_was_taken_comes_back, prepare),
		cmocka_unit_test_setup(a_long_running_machine_is_preempted, prepare),
		cmocka_unit_test_setup(a_hang_bans_its_queue, prepare),
		cmocka_unit_test_setup(a_page_fault_bans_its_queue, prepare),
		cmocka_unit_test_setup(an_error_on_demand, prepare),
		cmocka_unit_test_setup(bad_memory_is_refused, prepare),
		cmocka_unit_test_setup(killed, prepare),
	};

	/* A driver that hangs must not take the guest's time with it. */
	alarm(300);
	setvbuf(stdout, NULL, _IOLBF, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
