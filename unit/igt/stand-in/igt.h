/* SPDX-License-Identifier: MIT */
#ifndef PINLAT_UNIT_STAND_IN_IGT_H
#define PINLAT_UNIT_STAND_IN_IGT_H

/*
 * Declarations of what contrib/igt/ and the exported test use of IGT's library (2.2), so that both are
 * compiled here; nothing is linked. The macros have the shape of IGT's, and do nothing.
 */

#include <i915_drm.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define DRIVER_INTEL (1 << 0)
#define DRIVER_XE    (1 << 7)

#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#define IGT_EXIT_SUCCESS 0
#define IGT_EXIT_SKIP	 77
#define IGT_EXIT_INVALID 79

#define IGT_OPT_HANDLER_SUCCESS 0
#define IGT_OPT_HANDLER_ERROR	(-2)

#define MI_BATCH_BUFFER_END	   (0xA << 23)
#define to_user_pointer(x)	   ((uint64_t)(uintptr_t)(x))
#define ALIGN(x, a)		   (((x) + (a)-1) / (a) * (a))
#define IGT_TEST_DESCRIPTION(text) const char *igt_test_description_text = text

struct igt_helper_process {
	bool running;
	pid_t pid;
};

extern const char *igt_test_description_text;

int igt_subtest_init_parse_opts(int *argc, char **argv, const char *short_options,
				const struct option *long_options, const char *help,
				int (*handler)(int, int, void *), void *data);
void igt_exit(void);
bool igt_stand_in_enters(const char *name, ...) __attribute__((format(printf, 1, 2)));
void igt_stand_in_fails(bool skips, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void igt_describe_f(const char *format, ...) __attribute__((format(printf, 1, 2)));
void igt_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void igt_skip(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void igt_emit_ignore_dmesg_regex(const char *regex);

#define igt_fixture	   if (igt_stand_in_enters("fixture"))
#define igt_subtest_f(...) if (igt_stand_in_enters(__VA_ARGS__))
#define igt_main                                                                         \
	static void igt_stand_in_body(void);                                             \
	int main(void)                                                                   \
	{                                                                                \
		igt_stand_in_body();                                                     \
		return 0;                                                                \
	}                                                                                \
	static void igt_stand_in_body(void)

#define igt_assert_f(condition, ...)                                                     \
	do {                                                                             \
		if (!(condition))                                                        \
			igt_stand_in_fails(false, __VA_ARGS__);                          \
	} while (0)
#define igt_require_f(condition, ...)                                                    \
	do {                                                                             \
		if (!(condition))                                                        \
			igt_stand_in_fails(true, __VA_ARGS__);                           \
	} while (0)
#define igt_assert(condition)  igt_assert_f(condition, "%s", #condition)
#define igt_require(condition) igt_require_f(condition, "%s", #condition)
#define igt_assert_eq(a, b)    igt_assert((a) == (b))

bool igt_stand_in_forks(void);
#define igt_fork(child, n)                                                               \
	for (int child = 0; child < (n); child++)                                        \
		if (igt_stand_in_forks())
#define igt_fork_helper(process) for (; ((process)->running = igt_stand_in_forks());)
void igt_waitchildren(void);
void igt_stop_helper(struct igt_helper_process *process);

uint64_t igt_get_avail_ram_mb(void);
uint64_t igt_get_total_ram_mb(void);

int drm_open_driver(int chipset);
int drm_close_driver(int fd);
bool is_xe_device(int fd);

void gem_write(int fd, uint32_t handle, uint64_t offset, const void *data, uint64_t size);
void gem_close(int fd, uint32_t handle);
void gem_sync(int fd, uint32_t handle);
void gem_execbuf(int fd, struct drm_i915_gem_execbuffer2 *execbuf);
void gem_userptr(int fd, void *memory, uint64_t size, int read_only, uint32_t flags,
		 uint32_t *handle);
int __gem_userptr(int fd, void *memory, uint64_t size, int read_only, uint32_t flags,
		  uint32_t *handle);

#endif
