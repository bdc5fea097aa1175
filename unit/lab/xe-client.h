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

/* Where a virtual machine of open_gpu() has its memory. */
#define DATA_AT	 0x100000000ull
#define BATCH_AT 0x200000000ull
#define FENCE_AT 0x300000000ull

/* Pages of data. */
#define PAGES 64ul

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

/* Submits the batch at @at. *@done (0: nothing yet) is for wait_for(). */
int submit(struct gpu *gpu, uint64_t at, uint64_t *done);
/* Whether that job is over within @ms. */
bool wait_for(const struct gpu *gpu, uint64_t done, int ms);

/* Monotonic clock, in ms. */
double now_ms(void);

/* A parameter of the mock; a value of its statistics. */
void set_mock(const char *name, unsigned int value);
long long statistic(const char *name);
/* The mock's statistic by all callers: "notifier_calls". */
long long statistics(const char *name);

#endif
