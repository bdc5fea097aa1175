/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_LAB_XE_CLIENT_H
#define PINLAT_UNIT_LAB_XE_CLIENT_H

/*
 * A client of xe as small as can be: virtual machines whose memory is user pointers,
 * queues, and jobs. Every function fails the test if the driver refuses; those that
 * return an int say why it did (-errno).
 */

#include <drm/xe_drm.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PAGE 4096ul

/* Intel's programmer's reference manuals; with the length in dwords, less two */
#define MI_STORE_DATA_IMM	 (0x20u << 23 | 2)
#define MI_LOAD_REGISTER_REG	 (0x2au << 23 | 1)
#define MI_BATCH_BUFFER_START	 (0x31u << 23 | 1 << 8 | 1)
#define MI_COND_BATCH_BUFFER_END (0x36u << 23 | 2)
#define MI_BATCH_BUFFER_END	 (0x0au << 23)

/* Where a virtual machine of open_gpu() has its memory. */
#define DATA_AT	 0x100000000ull
#define BATCH_AT 0x200000000ull
#define FENCE_AT 0x300000000ull

/* A job that is met at work, however slow the guest; another; and what nothing takes. */
#define LONG_MS	    400
#define SHORT_MS    5
#define PATIENCE_MS 20000

/* Pages of data. */
#define PAGES 1024ul

struct gpu {
	int fd;
	uint32_t vm, queue;
	/* User pointers at DATA_AT, BATCH_AT, FENCE_AT */
	unsigned char *data;
	uint32_t *batch;
	volatile uint64_t *fence;
	uint64_t fences; /* how many jobs of a long-running machine were submitted */
	bool lr;
};

/* Memory that is not huge pages, touched. */
void *memory(size_t size);

/* The device opened anew, with one virtual machine, its memory and a queue. */
struct gpu open_gpu(bool long_running);
void close_gpu(struct gpu *gpu);

int call(const struct gpu *gpu, unsigned long request, void *args);
uint32_t new_queue(const struct gpu *gpu);

/* The batch stores @value at @to, as the GPU sees it, and ends. */
void store_batch(const struct gpu *gpu, uint64_t to, uint32_t value);

/* The batch is these @n dwords. */
void set_batch(const struct gpu *gpu, const uint32_t *dwords, size_t n);

/* Submits the batch at @at. *@done (0: nothing yet) is for wait_for(). */
int submit(struct gpu *gpu, uint64_t at, uint64_t *done);
/* Whether that job is over within @ms. */
bool wait_for(const struct gpu *gpu, uint64_t done, int ms);

/* Monotonic clock, in ms. */
double now_ms(void);

/* How long jobs take that are submitted from now on. */
void set_job_ms(unsigned int ms);
/* A parameter of the mock; a value of its statistics. */
void set_mock(const char *name, unsigned int value);
long long statistic(const char *name);
/* The mock's statistic by all callers: "notifier_calls". */
long long statistics(const char *name);

/* xe-reclaim.c */
void reclaim_waits_for_the_job(void **state);
void somebody_else_waits(void **state);
void others_jobs_are_not_waited_for(void **state);
void the_owner_waits(void **state);
void what_was_taken_comes_back(void **state);
void a_long_running_machine_is_preempted(void **state);

#endif
