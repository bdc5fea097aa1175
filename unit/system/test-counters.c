// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "system/sysfile.h"
#include "system/units.h"
#include "tree.h"

static struct counters looks[2];

static void read_twice(void **state)
{
	struct counters_reader r;
	const size_t size = 1 << 20;
	char *p;

	(void)state;
	counters_open(&r);
	counters_read(&r, &looks[0]);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	assert_true(p != MAP_FAILED);
	munmap(p, size);
	counters_read(&r, &looks[1]);
	counters_close(&r);
	assert_true(looks[1].t_ns > looks[0].t_ns);
	assert_non_null(strstr(looks[0].text[COUNTER_VMSTAT], "nr_free_pages "));
	assert_non_null(strstr(looks[0].text[COUNTER_MEMINFO], "MemTotal:"));
	assert_non_null(strstr(looks[0].text[COUNTER_BUDDYINFO], "Node 0"));
	assert_true(counters_vmstat(&looks[0], "pgfault") > 0);
	assert_true(counters_vmstat(&looks[1], "pgalloc_normal") >=
		    counters_vmstat(&looks[0], "pgalloc_normal"));
	assert_int_equal(counters_vmstat(&looks[0], "no_such_counter"), 0);
}

static void missing_files_are_empty(void **state)
{
	struct counters_reader r;

	(void)state;
	counters_open(&r);
	counters_close(&r);
	strcpy(looks[0].text[COUNTER_PSI_IO], "from before");
	counters_read(&r, &looks[0]);
	for (size_t i = 0; i < COUNTER_FILES; i++)
		assert_string_equal(looks[0].text[i], "");
	counters_close(&r);
}

/* Between two of its own readings, the sum over a prefix has to be in between, too. */
static void sum_over_prefix(void **state)
{
	static const char *const keys[] = { "pgalloc_dma", "pgalloc_dma32",
					    "pgalloc_normal", "pgalloc_movable",
					    "pgalloc_device" };
	uint64_t sum, before = 0, after = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		before += vmstat_now(keys[i]) *
			  (strcmp(keys[i], "pgalloc_dma") != 0); /* a prefix of dma32 */
	sum = vmstat_now("pgalloc_");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		after += vmstat_now(keys[i]);
	assert_true(sum > 0);
	assert_true(sum >= before);
	assert_true(sum <= after);
	assert_int_equal(vmstat_now("no_such_counter"), 0);
}

static void pinned_pages(void **state)
{
	uint64_t pages = 0;
	int ret = vmstat_pinned_pages(&pages);

	(void)state;
	assert_true(ret == 0 || ret == -ENOENT);
	/* Less than there is memory: the difference has not wrapped. */
	assert_true(pages < (uint64_t)sysconf(_SC_PHYS_PAGES));
}

static void meminfo_of_this_machine(void **state)
{
	struct meminfo m;

	(void)state;
	assert_int_equal(meminfo_read(&m), 0);
	assert_in_range(m.available, 1, m.total);
	assert_in_range(m.free, 1, m.total);
	assert_true(m.swap_free <= m.swap_total);
	assert_true(m.total >= (uint64_t)sysconf(_SC_PHYS_PAGES) / 2 *
				       (uint64_t)sysconf(_SC_PAGESIZE));
}

static int pread_text(const char *text, struct meminfo *m)
{
	int fd, ret;

	tree_write(&tree, "meminfo", text);
	fd = open(tree_path(&tree, "meminfo"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	ret = meminfo_pread(fd, m);
	close(fd);
	return ret;
}

static void meminfo_fields(void **state)
{
	struct meminfo m;

	(void)state;
	assert_int_equal(
		pread_text("MemTotal:   8 kB\nMemFree:   7 kB\nMemAvailable:   6 kB\n"
			   "SwapCached:  9 kB\nSwapTotal:   5 kB\nSwapFree:   4 kB\n"
			   "Dirty:   3 kB\n",
			   &m),
		0);
	assert_int_equal(m.total, 8 * KIB);
	assert_int_equal(m.free, 7 * KIB);
	assert_int_equal(m.available, 6 * KIB);
	assert_int_equal(m.swap_total, 5 * KIB);
	assert_int_equal(m.swap_free, 4 * KIB);
	assert_int_equal(m.dirty, 3 * KIB);
	assert_int_equal(pread_text("MemTotal: 8 kB\nMemAvailable: 1 kB\n", &m), 0);
	assert_int_equal(m.swap_total, 0);
	assert_int_equal(pread_text("MemTotal: 8 kB\nMemFree: 1 kB\n", &m), -ENODATA);
	assert_int_equal(pread_text("", &m), -ENODATA);
	assert_int_equal(meminfo_pread(-1, &m), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_twice),
		cmocka_unit_test(missing_files_are_empty),
		cmocka_unit_test(sum_over_prefix),
		cmocka_unit_test(pinned_pages),
		cmocka_unit_test(meminfo_of_this_machine),
		cmocka_unit_test(meminfo_fields),
	};

	return cmocka_run_group_tests(tests, tree_setup, tree_teardown);
}
