// SPDX-License-Identifier: MIT
/* Text and memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/alloc.h"
#include "system/cleanup.h"
#include "system/text.h"

static void check_quoted(const char *word, const char *expected)
{
	CLEANUP_FREE char *quoted = text_quoted(word);

	assert_string_equal(quoted, expected);
}

static void quoted_for_a_shell(void **state)
{
	(void)state;
	check_quoted("results/a-b_c.jsonl", "results/a-b_c.jsonl");
	check_quoted("", "''");
	check_quoted("a b", "'a b'");
	check_quoted("$(reboot)", "'$(reboot)'");
	check_quoted("it's", "'it'\\''s'");
	check_quoted("gr\xc3\xbc\xc3\x9f", "'gr\xc3\xbc\xc3\x9f'");
}

static void printable_on_a_terminal(void **state)
{
	char text[] = "a\033[31mb\n\xc2\x9b"
		      "c\x7f\xc3\xbc",
	     cut[4];

	(void)state;
	assert_string_equal(make_printable(text), "a?[31mb???c?\xc3\xbc");
	assert_string_equal(printable("abc\n", cut, sizeof(cut)), "abc");
	/* not within a character */
	assert_string_equal(printable("ab\xc3\xbc", cut, sizeof(cut)), "ab");
	assert_int_equal(text_width("a\xc3\xbc\033[1mb\033[0m"), 3);
}

static void words_of_a_list(void **state)
{
	(void)state;
	assert_true(text_has_word("rw,memory,cpu", ",", "memory"));
	assert_true(text_has_word("memory", ",", "memory"));
	assert_false(text_has_word("memory2,xmemory", ",", "memory"));
	assert_false(text_has_word("", ",", "memory"));
	assert_true(text_has_word("#1 SMP  PREEMPT_RT", " ", "PREEMPT_RT"));
}

static void lists_grow(void **state)
{
	struct text_list list = { 0 };
	CLEANUP_FREE char *none = text_list_join(&list, ", ");
	CLEANUP_FREE char *joined = NULL;

	(void)state;
	assert_string_equal(none, "");
	for (int i = 0; i < 9; i++)
		text_list_add(&list, "%d", i);
	joined = text_list_join(&list, ", ");
	assert_string_equal(joined, "0, 1, 2, 3, 4, 5, 6, 7, 8");
	assert_true(text_list_has(&list, "8"));
	assert_false(text_list_has(&list, "9"));
	text_list_free(&list);
	assert_int_equal(list.n, 0);
	assert_null(list.text);
}

static void arrays_grow_by_doubling(void **state)
{
	int *array = NULL, *before;

	(void)state;
	for (size_t n = 0; n < 1000; n++) {
		before = array;
		array = xgrow(array, n, sizeof(*array));
		/* of 3 there is room for 4, of 4 there is not */
		if (n & (n - 1))
			assert_ptr_equal(array, before);
		array[n] = (int)n;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(array[i], i);
	free(array);
	assert_null(grow(NULL, 0, PTRDIFF_MAX));
	assert_null(grow(NULL, (size_t)1 << 40, (size_t)1 << 40));
}

static void die(void)
{
	_exit(42);
}

/* What @allocate ends its process with: 42 where the handler was called. */
static int status_of(void (*allocate)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		alloc_set_handler(die);
		allocate();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* volatile: a compiler knows that nothing is so large */
static volatile size_t huge = PTRDIFF_MAX;

static void too_much(void)
{
	free(xmalloc(huge));
}

static void too_many(void)
{
	free(xcalloc(huge, huge));
}

static void too_long(void)
{
	free(xrealloc(xmalloc(1), huge));
}

static void little(void)
{
	free(xmalloc(0));
	free(xcalloc(0, 8));
	free(xstrdup(""));
	free(xasprintf("%s", ""));
}

static void short_memory_calls_the_handler(void **state)
{
	(void)state;
	assert_int_equal(status_of(too_much), 42);
	assert_int_equal(status_of(too_many), 42);
	assert_int_equal(status_of(too_long), 42);
	assert_int_equal(status_of(little), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quoted_for_a_shell),
		cmocka_unit_test(printable_on_a_terminal),
		cmocka_unit_test(words_of_a_list),
		cmocka_unit_test(lists_grow),
		cmocka_unit_test(arrays_grow_by_doubling),
		cmocka_unit_test(short_memory_calls_the_handler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
