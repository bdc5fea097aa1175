// SPDX-License-Identifier: MIT
/*
 * Filling must cost no more than touching: seconds that the filler takes against
 * seconds that as many threads take which do nothing but touch, in interleaved pairs.
 *
 *	test-fill [SIZE [PAIRS]]	(512M 5; "80%" is of this machine's memory)
 *
 * The ratio of the medians must not be above 1.15.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load/filler.h"
#include "load/process.h"
#include "system/units.h"
#include "system/sysfile.h"

#define OBJECT	  (64 * MIB)
#define MAX_PAIRS 100
#define MAX_RATIO 1.15
#define THREADS	  2

struct share {
	char *memory;
	uint64_t size;
};

static void *touch(void *data)
{
	const struct share *s = data;

	for (uint64_t at = 0; at < s->size; at += 4096)
		*(volatile char *)(s->memory + at) = 1;
	return NULL;
}

static int touch_alone(uint64_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct share share[THREADS];
	pthread_t thread[THREADS];

	if (memory == MAP_FAILED)
		return -errno;
	madvise(memory, size, MADV_NOHUGEPAGE);
	for (int i = 0; i < THREADS; i++) {
		share[i] = (struct share){ memory + size / THREADS * (uint64_t)i,
					   size / THREADS };
		if (pthread_create(&thread[i], NULL, touch, &share[i]))
			return -EAGAIN;
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

static int fill(uint64_t size)
{
	struct filler_config config = { .target = size,
					.object_size = OBJECT,
					.threads = THREADS };
	struct object *object;
	int ret = filler_fill(&config, &object);

	return ret == (int)(size / OBJECT) ? 0 : -ENOMEM;
}

/* In a process of its own, the first that the OOM killer takes. Seconds, or negative. */
static double time_in_child(int (*work)(uint64_t), uint64_t size)
{
	uint64_t start = monotonic_ns();
	int status, fds[2];
	char done;
	pid_t pid;

	if (pipe(fds) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		process_sacrifice();
		if (work(size) < 0 || write(fds[1], "", 1) != 1)
			_exit(1);
		_exit(0);
	}
	close(fds[1]);
	/* Until the memory is there, not until it is gone again. */
	if (read(fds[0], &done, 1) != 1)
		start = UINT64_MAX;
	start = start == UINT64_MAX ? 0 : monotonic_ns() - start;
	close(fds[0]);
	waitpid(pid, &status, 0);
	sleep_ns(300 * NSEC_PER_MSEC + size / 10);
	return start && WIFEXITED(status) && WEXITSTATUS(status) == 0
		       ? (double)start / 1e9
		       : -1;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), compare);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static int parse(int argc, char **argv, uint64_t *size, uint64_t *pairs)
{
	struct meminfo m;
	double share;

	*size = 512 * MIB;
	*pairs = 5;
	if (argc > 1 && parse_percent(argv[1], &share) == 0 && meminfo_read(&m) == 0)
		*size = (uint64_t)((double)m.total * share);
	else if (argc > 1 && parse_size(argv[1], size) < 0)
		return -EINVAL;
	if (argc > 2 &&
	    (parse_u64(argv[2], pairs) < 0 || *pairs < 1 || *pairs > MAX_PAIRS))
		return -EINVAL;
	*size -= *size % OBJECT;
	return *size ? 0 : -EINVAL;
}

int main(int argc, char **argv)
{
	double touched[MAX_PAIRS], filled[MAX_PAIRS], ratio;
	uint64_t size, pairs;

	if (parse(argc, argv, &size, &pairs) < 0) {
		fprintf(stderr, "usage: test-fill [SIZE|PERCENT%% [PAIRS]]\n");
		return 2;
	}
	/* Whoever comes first meets memory that the host has yet to provide. */
	time_in_child(touch_alone, size);
	for (uint64_t i = 0; i < pairs; i++) {
		touched[i] = time_in_child(touch_alone, size);
		filled[i] = time_in_child(fill, size);
		if (touched[i] < 0 || filled[i] < 0) {
			fprintf(stderr, "test-fill: not enough memory\n");
			return 1;
		}
		printf("%llu MiB: touched in %.2f s, filled in %.2f s, ratio %.2f\n",
		       (unsigned long long)(size / MIB), touched[i], filled[i],
		       filled[i] / touched[i]);
	}
	ratio = median(filled, (int)pairs) / median(touched, (int)pairs);
	printf("ratio of the medians: %.2f, at most %.2f\n", ratio, MAX_RATIO);
	return ratio <= MAX_RATIO ? 0 : 1;
}
