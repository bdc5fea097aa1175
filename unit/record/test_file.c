// SPDX-License-Identifier: MIT
/* Records on disk: whole or absent, plain, packed, compressed, cut, in igt_runner's results. */
#include "cmocka_setup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "list.h"
#include "sample.h"
#include "system/cleanup.h"

/* Every test works in an empty directory of its own, which is the current one. */
static char directory[] = "/tmp/pinlat-file-XXXXXX";

static int enter_directory(void **state)
{
	(void)state;
	strcpy(strrchr(directory, '-'), "-XXXXXX");
	return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

/* Removes plain files and one level of directories. */
static int leave_directory(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r -- '%s'", directory);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static size_t count_entries(void)
{
	CLEANUP_CLOSEDIR DIR *d = opendir(".");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	return n - 2; /* . and .. */
}

static char *sample_line(const char *subtest, uint64_t seq)
{
	struct record r;
	char *line;

	assert_int_equal(sample_record(&r, subtest, seq), 0);
	line = record_to_line(&r);
	assert_non_null(line);
	record_free(&r);
	return line;
}

static void write_sample(const char *path, const char *subtest, uint64_t seq)
{
	CLEANUP_FREE char *line = sample_line(subtest, seq);
	CLEANUP_FCLOSE FILE *f = fopen(path, "a");

	assert_non_null(f);
	assert_true(fprintf(f, "%s\n", line) > 0);
}

static void write_file(const char *path, const char *text)
{
	CLEANUP_FCLOSE FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

static void test_packed(void **state)
{
	struct record_list list = { 0 };

	(void)state;
	write_sample("a.json", "timer-idle", 1);
	write_sample("a.json", "thp-idle", 2);
	assert_int_equal(count_entries(), 1);
	assert_int_equal(record_list_read(&list, "a.json"), 2);
	assert_int_equal(list.problems, 0);
	assert_string_equal(list.record[0].source, "a.json:1");
	assert_string_equal(list.record[1].subtest, "thp-idle");
	assert_string_equal(list.record[1].source, "a.json:2");
	record_list_free(&list);
}

static void test_replace(void **state)
{
	char text[8] = "";
	struct stat st;

	(void)state;
	umask(022);
	assert_int_equal(file_replace("x", "old", 3), 0);
	assert_int_equal(file_replace("x", "news", 4), 0);
	assert_int_equal(stat("x", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(st.st_size, 4);
	{
		CLEANUP_FCLOSE FILE *f = fopen("x", "r");

		assert_non_null(f);
		assert_non_null(fgets(text, sizeof(text), f));
	}
	assert_string_equal(text, "news");
	assert_int_equal(file_replace("none/x", "a", 1), -ENOENT);
	assert_int_equal(file_replace(directory, "a", 1), -EISDIR);
	assert_int_equal(count_entries(), 1);
}

static void assert_holds(const char *path, const char *expected)
{
	CLEANUP_FCLOSE FILE *f = fopen(path, "r");
	char text[32] = "";

	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	assert_string_equal(text, expected);
}

/* Once root's -o /dev/stdout made a plain file of that link, for the whole machine. */
static void test_replace_no_link(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(file_replace("named", "old", 3), 0);
	assert_int_equal(symlink("named", "link"), 0);
	assert_int_equal(file_replace("link", "new", 3), 0);
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_holds("named", "new");
	assert_int_equal(symlink("nowhere", "loose"), 0);
	assert_int_equal(file_replace("loose", "a", 1), -ENOENT);
	assert_int_equal(lstat("loose", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink("loose");
	unlink("link");
	unlink("named");
}

/* What is not a plain file stays what it is, and gets what is written. */
static void test_write_through(void **state)
{
	struct stat st;
	char path[32];
	int fd;

	(void)state;
	assert_int_equal(file_replace("/dev/null", "a", 1), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	fd = open("through", O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(file_replace(path, "kept", 4), 0);
	assert_int_equal(write(fd, "K", 1), 1); /* the same file, not one in its place */
	close(fd);
	assert_holds("through", "Kept");
	unlink("through");
}

/* A write that fails half-way (here by a limit) leaves the old file and nothing else. */
static void test_failed_write(void **state)
{
	pid_t child;
	int status;

	(void)state;
	write_sample("a.json", "timer-idle", 1);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct rlimit limit = { 4096, 4096 };
		static char text[8192];

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(file_replace("a.json", text, sizeof(text)) == -EFBIG ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(count_entries(), 1);
	{
		struct record_list list = { 0 };

		assert_int_equal(record_list_read(&list, "a.json"), 1);
		assert_int_equal(list.problems, 0);
		record_list_free(&list);
	}
}

/* Exit status of a child in whose own mount namespace the disk has but 64 KiB. */
static int on_a_full_disk(void)
{
	static char text[1 << 20];
	struct stat st;
	int ret = 0;

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mkdir("disk", 0755) < 0 ||
	    mount("none", "disk", "tmpfs", 0, "size=64k") < 0 || chdir("disk") < 0)
		return 77;
	if (file_replace("a.json", text, 10000) < 0)
		return 1;
	ret = file_replace("a.json", text, sizeof(text));
	if (ret != -ENOSPC || count_entries() != 1)
		return 2;
	return stat("a.json", &st) == 0 && st.st_size == 10000 ? 0 : 3;
}

static void test_full_disk(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(on_a_full_disk());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip(); /* may not mount */
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_cut(void **state)
{
	CLEANUP_FREE char *line = sample_line("timer-idle", 1);
	CLEANUP_FCLOSE FILE *f = fopen("a.jsonl", "w");
	struct record_list list = { 0 };

	(void)state;
	assert_non_null(f);
	fprintf(f, "%s\n\n%s\n{\"schema\": oops\n%.500s", line, line, line);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(record_list_read(&list, "a.jsonl"), 2);
	assert_int_equal(list.problems, 2);
	assert_string_equal(list.record[1].source, "a.jsonl:3");
	assert_string_equal(list.problem[0],
			    "a.jsonl:4: unexpected character (at byte 12)");
	assert_string_equal(list.problem[1],
			    "a.jsonl:5: cut short, the rest of the last line is missing");
	record_list_free(&list);
}

/* The first line was cut, and then others followed: they are not part of it. */
static void test_cut_first(void **state)
{
	CLEANUP_FREE char *line = sample_line("timer-idle", 1);
	CLEANUP_FCLOSE FILE *f = fopen("a.jsonl", "w");
	struct record_list list = { 0 };

	(void)state;
	assert_non_null(f);
	fprintf(f, "\n%.500s\n%s\n", line, line);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(record_list_read(&list, "a.jsonl"), 1);
	assert_int_equal(list.problems, 1);
	assert_string_equal(list.problem[0],
			    "a.jsonl:2: cut short, the rest of this line is missing");
	assert_string_equal(list.record[0].source, "a.jsonl:3");
	record_list_free(&list);
}

static void test_nul(void **state)
{
	CLEANUP_FREE char *line = sample_line("timer-idle", 1);
	CLEANUP_FCLOSE FILE *f = fopen("a.jsonl", "w");
	struct record_list list = { 0 };

	(void)state;
	assert_non_null(f);
	fprintf(f, "{%c}\n%s\n", '\0', line);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(record_list_read(&list, "a.jsonl"), 1);
	assert_int_equal(list.problems, 1);
	assert_string_equal(list.problem[0], "a.jsonl:1: holds a NUL byte");
	record_list_free(&list);
}

static void test_pretty(void **state)
{
	CLEANUP_FREE char *line = sample_line("timer-idle", 1);
	json_object *root = json_tokener_parse(line);
	const char *text = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY);
	struct record_list list = { 0 };

	(void)state;
	write_file("a.json", text);
	assert_int_equal(record_list_read(&list, "a.json"), 1);
	assert_int_equal(list.problems, 0);
	record_list_free(&list);
	write_file("b.json", "{\n  \"schema\": 1,\n  oops\n}\n");
	assert_int_equal(record_list_read(&list, "b.json"), 0);
	assert_int_equal(list.problems, 1);
	assert_string_equal(list.problem[0],
			    "b.json:3: quoted object property name expected");
	record_list_free(&list);
	json_object_put(root);
}

static size_t write_gz(const char *path, const char *line, int n)
{
	gzFile gz = gzopen(path, "wb");
	struct stat st;

	for (int i = 0; i < n; i++) {
		assert_true(gzputs(gz, line) > 0);
		assert_int_equal(gzputc(gz, '\n'), '\n');
	}
	assert_int_equal(gzclose(gz), Z_OK);
	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

static void test_gz(void **state)
{
	CLEANUP_FREE char *line = sample_line("timer-idle", 1);
	struct record_list list = { 0 };
	size_t size = write_gz("a.jsonl.gz", line, 5);

	(void)state;
	assert_int_equal(record_list_read(&list, "a.jsonl.gz"), 5);
	assert_int_equal(list.problems, 0);
	assert_string_equal(list.record[4].source, "a.jsonl.gz:5");
	/* One machine, one tree. */
	assert_ptr_equal(list.record[0].environment, list.record[4].environment);
	record_list_free(&list);

	assert_int_equal(truncate("a.jsonl.gz", (off_t)size - 40), 0);
	assert_true(record_list_read(&list, "a.jsonl.gz") < 5);
	assert_non_null(strstr(list.problem[0], "the compressed data are cut short"));
	record_list_free(&list);
}

static void test_gz_damaged(void **state)
{
	CLEANUP_FREE char *line = sample_line("timer-idle", 1);
	struct record_list list = { 0 };
	size_t size = write_gz("a.jsonl.gz", line, 1);
	CLEANUP_FCLOSE FILE *f = fopen("a.jsonl.gz", "r+");

	(void)state;
	assert_non_null(f);
	assert_int_equal(fseek(f, (long)size - 6, SEEK_SET), 0); /* the checksum */
	assert_int_equal(fwrite("oops", 1, 4, f), 4);
	assert_int_equal(fflush(f), 0);
	assert_true(record_list_read(&list, "a.jsonl.gz") >= 0);
	assert_true(list.problems >= 1);
	assert_non_null(strstr(list.problem[0], "the compressed data are damaged"));
	record_list_free(&list);
}

static void append(const char *path, const char *text, size_t length)
{
	CLEANUP_FCLOSE FILE *f = fopen(path, "a");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, length, f), length);
}

/* Appends @from to @path as it is. */
static void append_file(const char *path, const char *from)
{
	static char text[1 << 20];
	CLEANUP_FCLOSE FILE *f = fopen(from, "r");
	size_t length;

	assert_non_null(f);
	length = fread(text, 1, sizeof(text), f);
	assert_true(feof(f));
	append(path, text, length);
}

/* As cat(1) puts them behind each other: large ones, small ones and none. */
static void test_gz_members(void **state)
{
	CLEANUP_FREE char *line = sample_line("timer-idle", 1);
	struct record_list list = { 0 };

	(void)state;
	write_gz("a.jsonl.gz", line, 5);
	write_gz("one.gz", line, 1);
	write_gz("none.gz", line, 0);
	append_file("a.jsonl.gz", "one.gz");
	append_file("a.jsonl.gz", "none.gz");
	append_file("a.jsonl.gz", "one.gz");
	append_file("a.jsonl.gz", "none.gz");
	assert_int_equal(record_list_read(&list, "a.jsonl.gz"), 7);
	assert_int_equal(list.problems, 0);
	assert_string_equal(list.record[6].source, "a.jsonl.gz:7");
	record_list_free(&list);
	assert_int_equal(record_list_read(&list, "none.gz"), 0);
	assert_int_equal(list.problems, 0);
	record_list_free(&list);
}

/* gzread() passes over it in silence: a half of the records would be gone. */
static void test_gz_behind(void **state)
{
	CLEANUP_FREE char *line = sample_line("timer-idle", 1);
	CLEANUP_FREE char *expected = NULL;
	const struct {
		const char *text;
		size_t length;
	} behind[] = { { line, strlen(line) }, { "\0\0\0", 3 }, { "\x1f", 1 } };

	(void)state;
	assert_int_equal(mkdir("set", 0755), 0);
	for (size_t i = 0; i < sizeof(behind) / sizeof(*behind); i++) {
		struct record_list list = { 0 };

		write_gz("set/a.jsonl.gz", line, 2);
		append("set/a.jsonl.gz", behind[i].text, behind[i].length);
		free(expected);
		assert_true(
			asprintf(
				&expected,
				"set/a.jsonl.gz:3: %zu byte%s behind the compressed data not read, since not compressed: pack the whole anew",
				behind[i].length, behind[i].length == 1 ? "" : "s") > 0);
		assert_int_equal(record_list_read(&list, "set/a.jsonl.gz"), -EBADMSG);
		assert_int_equal(list.problems, 1);
		assert_string_equal(list.problem[0], expected);
		/* one of a directory spoils it all, and is named once */
		assert_int_equal(record_list_read(&list, "set"), -EBADMSG);
		assert_int_equal(list.problems, 2);
		assert_string_equal(list.problem[1], expected);
		record_list_free(&list);
	}
}

/* 65 MiB of nothing, in 64 KiB. */
static void test_gz_bomb(void **state)
{
	CLEANUP_FREE char *nothing = calloc(1, 1 << 20);
	gzFile gz = gzopen("a.jsonl.gz", "wb1");
	struct record_list list = { 0 };

	(void)state;
	assert_non_null(nothing);
	memset(nothing, ' ', 1 << 20);
	for (int i = 0; i < 65; i++)
		assert_int_equal(gzwrite(gz, nothing, 1 << 20), 1 << 20);
	assert_int_equal(gzclose(gz), Z_OK);
	assert_int_equal(record_list_read(&list, "a.jsonl.gz"), 0);
	assert_int_equal(list.problems, 1);
	assert_non_null(
		strstr(list.problem[0], "larger than 64 MiB, the rest is not read"));
	record_list_free(&list);
}

static void test_directory(void **state)
{
	CLEANUP_FREE char *line = sample_line("thp-idle", 1);
	struct record_list list = { 0 };

	(void)state;
	write_sample("b.json", "timer-idle", 1);
	write_sample("a.jsonl", "timer-base", 2);
	write_gz("c.jsonl.gz", line, 2);
	write_file("plan.json", "{}");
	write_file("0000-timer-idle.log", "{}");
	write_file(".hidden.json", "{}");
	write_file("d.json", "{}");
	assert_int_equal(mkdir("e.json", 0755), 0);
	assert_int_equal(record_list_read(&list, "./"), 4);
	assert_string_equal(list.record[0].source, "./a.jsonl:1");
	assert_string_equal(list.record[1].source, "./b.json:1");
	assert_string_equal(list.record[3].source, "./c.jsonl.gz:2");
	assert_int_equal(list.problems, 1);
	assert_string_equal(list.problem[0],
			    "./d.json:1: schema: missing, so this is no pinlat record");
	assert_int_equal(record_list_read(&list, "none"), -ENOENT);
	assert_int_equal(list.n, 4);
	record_list_free(&list);
}

static void test_results(void **state)
{
	CLEANUP_FREE char *line = sample_line("thp-idle", 1);
	CLEANUP_FREE char *out = NULL;
	json_object *root = json_object_new_object(), *tests = json_object_new_object();
	json_object *one = json_object_new_object(), *two = json_object_new_object();
	struct record_list list = { 0 };

	(void)state;
	assert_true(asprintf(&out,
			     "IGT-Version: 2\n" RECORD_LINE_PREFIX
			     "%s\nSubtest thp-idle: SUCCESS\n"
			     "some " RECORD_LINE_PREFIX "is none\n" RECORD_LINE_PREFIX
			     "%.99s\n",
			     line, line) > 0);
	json_object_object_add(root, "__type__", json_object_new_string("TestrunResult"));
	json_object_object_add(root, "tests", tests);
	json_object_object_add(tests, "igt@core_auth@basic", one);
	json_object_object_add(one, "out", json_object_new_string("no record"));
	json_object_object_add(tests, "igt@gem_syslatency_pinned@thp-idle", two);
	json_object_object_add(two, "out", json_object_new_string(out));
	write_file("results.json",
		   json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY));
	assert_int_equal(record_list_read(&list, "results.json"), 1);
	assert_int_equal(list.problems, 1);
	assert_string_equal(list.record[0].source,
			    "results.json:1: test igt@gem_syslatency_pinned@thp-idle");
	assert_string_equal(
		list.problem[0],
		"results.json:1: test igt@gem_syslatency_pinned@thp-idle: the record is cut short");
	record_list_free(&list);
	json_object_put(root);
}

int main(void)
{
#define FILE_TEST(test)                                                                  \
	cmocka_unit_test_setup_teardown(test, enter_directory, leave_directory)
	const struct CMUnitTest tests[] = {
		FILE_TEST(test_packed),
		FILE_TEST(test_replace),
		FILE_TEST(test_replace_no_link),
		FILE_TEST(test_write_through),
		FILE_TEST(test_failed_write),
		FILE_TEST(test_full_disk),
		FILE_TEST(test_cut),
		FILE_TEST(test_cut_first),
		FILE_TEST(test_nul),
		FILE_TEST(test_pretty),
		FILE_TEST(test_gz),
		FILE_TEST(test_gz_damaged),
		FILE_TEST(test_gz_members),
		FILE_TEST(test_gz_behind),
		FILE_TEST(test_gz_bomb),
		FILE_TEST(test_directory),
		FILE_TEST(test_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
