// SPDX-License-Identifier: MIT
/* A simulation that was stopped, at any byte, goes on with the parts that are whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "saved.h"

static const struct saved_key key = { .experiments = 20, .seed = 1 };
static char path[] = "/tmp/test-saved-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0)
		return -1;
	return close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static FILE *open_with(struct saved_key k)
{
	FILE *f = saved_open(path, k);

	assert_non_null(f);
	return f;
}

/* Reads all parts of @f: their numbers in the order of writing, as a decimal. */
static unsigned int read_parts(FILE *f)
{
	uint32_t part, size;
	unsigned int read = 0;

	while (saved_next(f, &part, &size)) {
		unsigned int value = 0;

		assert_int_equal(size, sizeof(value));
		assert_true(saved_read(f, part == 9 ? NULL : &value, size));
		assert_int_equal(value, part == 9 ? 0 : 100 + part);
		read = 10 * read + part;
	}
	return read;
}

static void put(FILE *f, unsigned int part)
{
	unsigned int value = 100 + part;

	assert_int_equal(saved_write(f, part, &value, sizeof(value)), 0);
}

static void goes_on(void **state)
{
	struct stat whole;
	FILE *f = open_with(key);

	(void)state;
	assert_int_equal(read_parts(f), 0);
	put(f, 3);
	put(f, 9);
	put(f, 1);
	fclose(f);
	f = open_with(key);
	assert_int_equal(read_parts(f), 391);
	put(f, 4);
	fclose(f);
	assert_int_equal(stat(path, &whole), 0);
	/* the last part is torn */
	for (int bytes = 1; bytes < 12; bytes++) {
		assert_int_equal(truncate(path, whole.st_size - bytes), 0);
		f = open_with(key);
		assert_int_equal(read_parts(f), 391);
		put(f, 4);
		fclose(f);
		f = open_with(key);
		assert_int_equal(read_parts(f), 3914);
		fclose(f);
	}
}

static void others_parts_are_not_taken(void **state)
{
	struct saved_key other = key;
	FILE *f = open_with(key);

	(void)state;
	assert_int_equal(read_parts(f), 3914);
	fclose(f);
	other.seed = 2;
	f = open_with(other);
	assert_int_equal(read_parts(f), 0);
	put(f, 2);
	fclose(f);
	f = open_with(other);
	assert_int_equal(read_parts(f), 2);
	fclose(f);
	assert_null(saved_open("/nonexistent/file", key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on),
		cmocka_unit_test(others_parts_are_not_taken),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
